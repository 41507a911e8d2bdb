-- The auth store of tokenkaart in SQLite, from version 7 to 8: who works at the desk.
-- docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0008.sql), where they are explained.

CREATE TABLE clerks (
    lane      INTEGER NOT NULL CHECK (lane = 256),
    holder    TEXT    NOT NULL,
    user_name TEXT    NOT NULL,
    role      TEXT    NOT NULL CHECK (role IN ('clerk', 'supervisor', 'auditor')),
    since     INTEGER NOT NULL,
    PRIMARY KEY (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE desk_sessions (
    lane         INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    holder       TEXT    NOT NULL,
    key          TEXT    NOT NULL CHECK (key IN ('token', 'app')),
    signed_in_at INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    locked_at    INTEGER,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE INDEX desk_sessions_of_holder ON desk_sessions (lane, holder);

CREATE TABLE day_lists (
    lane    INTEGER NOT NULL CHECK (lane = 256),
    list    TEXT    NOT NULL,
    page    INTEGER NOT NULL CHECK (page >= 0),
    pages   INTEGER NOT NULL CHECK (pages > page),
    body    TEXT    NOT NULL,
    made_at INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (lane, list, page)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_of_clerks ON audit (at) WHERE actor >= 'clerk ' AND actor < 'clerk!';

INSERT INTO schema_version VALUES (8, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
