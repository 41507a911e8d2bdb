-- The auth store of tokenkaart in SQLite, version 1. docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (assets/store/postgres/0001.sql), where they are explained.
-- Points in time are milliseconds since 1970 in UTC, days are text like 2026-11-22.

CREATE TABLE runs (
    run             TEXT    NOT NULL PRIMARY KEY,
    imported_at     INTEGER NOT NULL,
    manifest_sha256 TEXT,
    tokens          INTEGER NOT NULL CHECK (tokens >= 0),
    scheme          TEXT    NOT NULL,
    code_format     TEXT    NOT NULL,
    program         TEXT
) STRICT;

CREATE TABLE tokens (
    serial        TEXT    NOT NULL PRIMARY KEY,
    holder        TEXT    NOT NULL,
    run           TEXT    NOT NULL REFERENCES runs (run),
    issued        TEXT    NOT NULL,
    expires       TEXT,
    voids         TEXT,
    scheme        TEXT    NOT NULL,
    key_id        TEXT,
    code_format   TEXT    NOT NULL,
    record_sha256 TEXT    NOT NULL,
    state         TEXT    NOT NULL DEFAULT 'active'
        CHECK (state IN ('active', 'suspended', 'locked', 'revoked', 'voided', 'expired')),
    state_since   INTEGER NOT NULL,
    reason        TEXT,
    unused        INTEGER NOT NULL DEFAULT 24 CHECK (unused BETWEEN 0 AND 24),
    last_position INTEGER CHECK (last_position BETWEEN 1 AND 24),
    last_used     INTEGER
) STRICT;

CREATE UNIQUE INDEX tokens_live ON tokens (holder)
    WHERE state IN ('active', 'suspended', 'locked');
CREATE INDEX tokens_of_holder ON tokens (holder);
CREATE INDEX tokens_of_run ON tokens (run);

CREATE TABLE codes (
    serial   TEXT    NOT NULL REFERENCES tokens (serial),
    position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 24),
    hash     TEXT    NOT NULL,
    used_at  INTEGER,
    PRIMARY KEY (serial, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE challenges (
    id          TEXT    NOT NULL PRIMARY KEY,
    holder      TEXT    NOT NULL,
    serial      TEXT    REFERENCES tokens (serial),
    position    INTEGER NOT NULL CHECK (position BETWEEN 1 AND 24),
    drawn_at    INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    answered_at INTEGER,
    slips       INTEGER NOT NULL DEFAULT 0 CHECK (slips >= 0)
) STRICT;

CREATE INDEX challenges_of_holder ON challenges (holder, expires_at);
CREATE INDEX challenges_by_age ON challenges (expires_at);

CREATE TABLE attempts (
    holder     TEXT    NOT NULL PRIMARY KEY,
    serial     TEXT,
    failures   INTEGER NOT NULL CHECK (failures >= 0),
    not_before INTEGER NOT NULL
) STRICT;

CREATE INDEX attempts_by_age ON attempts (not_before);

CREATE TABLE audit (
    seq      INTEGER NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    event    TEXT    NOT NULL,
    holder   TEXT,
    serial   TEXT,
    position INTEGER,
    detail   TEXT    NOT NULL,
    hash     TEXT    NOT NULL
) STRICT;

CREATE TABLE audit_head (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash TEXT    NOT NULL
) STRICT;

INSERT INTO audit_head
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit is append-only');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit is append-only');
END;

CREATE TRIGGER head_goes_forward BEFORE UPDATE ON audit_head WHEN NEW.seq < OLD.seq
BEGIN
    SELECT raise(ABORT, 'the head of the audit goes forward only');
END;

CREATE TRIGGER head_is_of_a_row BEFORE UPDATE ON audit_head
WHEN NOT EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq AND hash = NEW.hash)
BEGIN
    SELECT raise(ABORT, 'the head of the audit is that of a row of it');
END;

CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON audit_head
BEGIN
    SELECT raise(ABORT, 'the head of the audit goes forward only');
END;

CREATE TRIGGER ends_are_ends BEFORE UPDATE ON tokens
WHEN OLD.state IN ('revoked', 'voided', 'expired') AND NEW.state <> OLD.state
BEGIN
    SELECT raise(ABORT, 'a revoked, voided or expired token stays so');
END;

CREATE TRIGGER used_is_used BEFORE UPDATE ON codes
WHEN OLD.used_at IS NOT NULL AND NEW.used_at IS NULL
BEGIN
    SELECT raise(ABORT, 'a code that was used stays used');
END;

CREATE TABLE schema_version (
    version    INTEGER NOT NULL PRIMARY KEY,
    applied_at INTEGER NOT NULL
) STRICT;

INSERT INTO schema_version VALUES (1, CAST(unixepoch('subsec') * 1000 AS INTEGER));
