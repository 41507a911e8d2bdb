-- The auth store of tokenkaart in SQLite, from version 2 to 3. docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0003.sql), where they are explained.

CREATE TABLE closed (
    lane        INTEGER NOT NULL CHECK (lane = 256),
    application TEXT    NOT NULL,
    last_day    TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (lane, application, last_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE told (
    lane        INTEGER NOT NULL,
    session     TEXT    NOT NULL,
    application TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (lane, session, application),
    FOREIGN KEY (lane, session) REFERENCES sessions (lane, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE visits (
    lane        INTEGER NOT NULL,
    application TEXT    NOT NULL,
    week        TEXT    NOT NULL,
    holder      TEXT    NOT NULL,
    key         TEXT    NOT NULL CHECK (key IN ('token', 'app', 'mail')),
    PRIMARY KEY (lane, application, week, holder, key),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE card_requests (
    lane   INTEGER NOT NULL,
    holder TEXT    NOT NULL,
    serial TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version VALUES (3, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
