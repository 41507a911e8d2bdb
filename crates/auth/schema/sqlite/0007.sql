-- The auth store of tokenkaart in SQLite, from version 6 to 7: cards by post.
-- docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0007.sql), where they are explained.

CREATE TABLE post_requests (
    lane   INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder TEXT     NOT NULL,
    act    TEXT     NOT NULL,
    clerk  TEXT     NOT NULL,
    at     INTEGER   NOT NULL,
    PRIMARY KEY (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE post_addresses (
    lane        INTEGER NOT NULL,
    holder      TEXT     NOT NULL,
    name        TEXT     NOT NULL,
    language    TEXT,
    street      TEXT     NOT NULL,
    postal_code TEXT     NOT NULL,
    city        TEXT     NOT NULL,
    country     TEXT,
    email       TEXT,
    user_name   TEXT,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES post_requests (lane, holder) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE post_batches (
    lane     INTEGER NOT NULL CHECK (lane = 256),
    batch    INTEGER   NOT NULL CHECK (batch > 0),
    clerk    TEXT     NOT NULL,
    at       INTEGER   NOT NULL,
    requests INTEGER   NOT NULL,
    PRIMARY KEY (lane, batch)
) STRICT, WITHOUT ROWID;

CREATE TABLE post_exports (
    lane   INTEGER NOT NULL,
    holder TEXT     NOT NULL,
    batch  INTEGER   NOT NULL,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES post_requests (lane, holder) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE post_closed (
    lane   INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder TEXT     NOT NULL,
    act    TEXT     NOT NULL,
    asked  INTEGER   NOT NULL,
    batch  INTEGER,
    how    TEXT     NOT NULL CHECK (how IN ('imported', 'cancelled')),
    clerk  TEXT     NOT NULL,
    at     INTEGER   NOT NULL,
    PRIMARY KEY (lane, holder, act)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version VALUES (7, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
