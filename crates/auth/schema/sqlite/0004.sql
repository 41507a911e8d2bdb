-- The auth store of tokenkaart in SQLite, from version 3 to 4: keys beside the token, mails, and
-- changes of an account that are under way. docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0004.sql), where they are explained.

CREATE TABLE keys (
    lane    INTEGER NOT NULL,
    holder  TEXT    NOT NULL,
    key     TEXT    NOT NULL CHECK (key IN ('app', 'mail')),
    id      TEXT    NOT NULL,
    secret  TEXT,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, key),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder),
    CHECK ((key = 'app') = (secret IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE app_uses (
    lane   INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    step   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_attempts (
    lane       INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder     TEXT    NOT NULL,
    key        TEXT    NOT NULL CHECK (key IN ('app', 'mail')),
    failures   INTEGER NOT NULL CHECK (failures >= 0),
    not_before INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_codes (
    lane       INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    id         TEXT    NOT NULL,
    code       TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    tries      INTEGER NOT NULL CHECK (tries >= 0),
    PRIMARY KEY (lane, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE confirmed (
    lane    INTEGER NOT NULL,
    holder  TEXT    NOT NULL,
    address TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, address),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    lane       INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    id         TEXT    NOT NULL,
    holder     TEXT,
    key        TEXT,
    what       TEXT    NOT NULL,
    stage      TEXT    NOT NULL,
    detail     TEXT,
    secret     TEXT,
    request    TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (lane, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX changes_of_holder ON changes (lane, holder);

CREATE TABLE mails (
    lane    INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 256),
    id      TEXT    NOT NULL,
    holder  TEXT,
    kind    TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    made_at INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (lane, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_turns (
    lane    INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    tries   INTEGER NOT NULL CHECK (tries >= 0),
    next_at INTEGER NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, id) REFERENCES mails (lane, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_turns_due ON mail_turns (next_at);

CREATE TABLE mails_given_up (
    lane    INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 256),
    id      TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    made_at INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    why     TEXT    NOT NULL,
    PRIMARY KEY (lane, id)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version VALUES (4, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
