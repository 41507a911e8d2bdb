-- The auth store of tokenkaart in SQLite, version 1. docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0001.sql), where they are explained.
-- Points in time are milliseconds since 1970 in UTC, days are text like 2026-11-22.

CREATE TABLE schema_version (
    version    INTEGER PRIMARY KEY,
    applied_at INTEGER  NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO secrets VALUES ('unknown holders', lower(hex(randomblob(32))));

CREATE TABLE signers (
    fingerprint TEXT   PRIMARY KEY,
    key         TEXT   NOT NULL,
    added_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    run             TEXT   PRIMARY KEY,
    begun_at        INTEGER NOT NULL,
    manifest_sha256 TEXT,
    tokens          INTEGER NOT NULL CHECK (tokens >= 0),
    scheme          TEXT   NOT NULL,
    code_format     TEXT   NOT NULL,
    program         TEXT,
    signer          TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE decoys (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    scheme      TEXT     NOT NULL,
    code_format TEXT     NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    lane          INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder        TEXT     NOT NULL,
    serial        TEXT     NOT NULL,
    run           TEXT     REFERENCES runs (run),
    came_at       INTEGER   NOT NULL,
    issued        TEXT     NOT NULL,
    expires       TEXT,
    voids         TEXT,
    scheme        TEXT     NOT NULL,
    key_id        TEXT,
    code_format   TEXT     NOT NULL,
    record_sha256 TEXT     NOT NULL,
    PRIMARY KEY (lane, holder, serial)
) STRICT;

CREATE INDEX tokens_by_serial ON tokens (serial);
CREATE INDEX tokens_of_run ON tokens (run, lane);

CREATE TABLE codes (
    lane     INTEGER NOT NULL,
    holder   TEXT     NOT NULL,
    serial   TEXT     NOT NULL,
    position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 24),
    hash     TEXT     NOT NULL,
    PRIMARY KEY (lane, holder, serial, position),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE states (
    lane          INTEGER NOT NULL,
    holder        TEXT     NOT NULL,
    serial        TEXT     NOT NULL,
    state         TEXT     NOT NULL CHECK (state IN ('pending', 'active')),
    since         INTEGER   NOT NULL,
    pending_until INTEGER CHECK ((pending_until IS NULL) = (state = 'active')),
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX states_active ON states (lane, holder) WHERE state = 'active';
CREATE UNIQUE INDEX states_pending ON states (lane, holder) WHERE state = 'pending';

CREATE TABLE suspensions (
    lane   INTEGER NOT NULL,
    holder TEXT     NOT NULL,
    serial TEXT     NOT NULL,
    since  INTEGER   NOT NULL,
    reason TEXT,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE locks (
    lane   INTEGER NOT NULL,
    holder TEXT     NOT NULL,
    serial TEXT     NOT NULL,
    since  INTEGER   NOT NULL,
    reason TEXT,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE ends (
    lane   INTEGER NOT NULL,
    holder TEXT     NOT NULL,
    serial TEXT     NOT NULL,
    state  TEXT     NOT NULL CHECK (state IN ('revoked', 'voided', 'expired')),
    was    TEXT     NOT NULL
        CHECK (was IN ('loading', 'pending', 'active', 'suspended', 'locked')),
    at     INTEGER   NOT NULL,
    reason TEXT,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE uses (
    lane     INTEGER NOT NULL,
    holder   TEXT     NOT NULL,
    serial   TEXT     NOT NULL,
    position INTEGER NOT NULL,
    at       INTEGER   NOT NULL,
    PRIMARY KEY (lane, holder, serial, position),
    FOREIGN KEY (lane, holder, serial, position)
        REFERENCES codes (lane, holder, serial, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE drawn (
    lane     INTEGER NOT NULL,
    holder   TEXT     NOT NULL,
    serial   TEXT     NOT NULL,
    slot     INTEGER NOT NULL CHECK (slot IN (1, 2)),
    position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 24),
    at       INTEGER   NOT NULL,
    PRIMARY KEY (lane, holder, serial, slot),
    UNIQUE (lane, holder, serial, position),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE challenges (
    lane       INTEGER NOT NULL,
    id         TEXT     NOT NULL,
    holder     TEXT     NOT NULL,
    serial     TEXT,
    position   INTEGER NOT NULL CHECK (position BETWEEN 1 AND 24),
    drawn_at   INTEGER   NOT NULL,
    expires_at INTEGER   NOT NULL,
    slips      INTEGER NOT NULL DEFAULT 0 CHECK (slips >= 0),
    PRIMARY KEY (lane, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX challenges_of_holder ON challenges (lane, holder, expires_at);

CREATE TABLE attempts (
    lane          INTEGER NOT NULL,
    holder        TEXT     NOT NULL,
    serial        TEXT,
    failures      INTEGER  NOT NULL CHECK (failures >= 0),
    not_before    INTEGER   NOT NULL,
    asked         INTEGER  NOT NULL CHECK (asked >= 0),
    last_position INTEGER CHECK (last_position BETWEEN 1 AND 24),
    last_used     INTEGER,
    PRIMARY KEY (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE guesses (
    lane   INTEGER NOT NULL,
    holder TEXT     NOT NULL,
    number INTEGER  NOT NULL,
    at     INTEGER   NOT NULL,
    PRIMARY KEY (lane, holder, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE holders (
    lane   INTEGER NOT NULL,
    holder TEXT     NOT NULL,
    ref    TEXT     NOT NULL,
    PRIMARY KEY (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    lane     INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 256),
    seq      INTEGER   NOT NULL CHECK (seq > 0),
    at       INTEGER   NOT NULL,
    actor    TEXT     NOT NULL,
    event    TEXT     NOT NULL,
    ref      TEXT,
    serial   TEXT,
    position INTEGER,
    detail   TEXT     NOT NULL,
    hash     TEXT     NOT NULL,
    PRIMARY KEY (lane, seq),
    UNIQUE (lane, seq, hash)
) STRICT;

CREATE TABLE audit_head (
    lane INTEGER PRIMARY KEY CHECK (lane BETWEEN 0 AND 256),
    seq  INTEGER,
    hash TEXT,
    CHECK ((seq IS NULL) = (hash IS NULL)),
    FOREIGN KEY (lane, seq, hash) REFERENCES audit (lane, seq, hash)
) STRICT, WITHOUT ROWID;

INSERT INTO audit_head 
WITH RECURSIVE lanes (lane) AS (SELECT 0 UNION ALL SELECT lane + 1 FROM lanes WHERE lane < 256)
SELECT lane, NULL, NULL FROM lanes;

CREATE TABLE loads (
    lane    INTEGER NOT NULL CHECK (lane = 256),
    run     TEXT     NOT NULL REFERENCES runs (run),
    first   INTEGER   NOT NULL,
    records INTEGER   NOT NULL,
    PRIMARY KEY (lane, run, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE switches (
    lane   INTEGER NOT NULL,
    run    TEXT     NOT NULL REFERENCES runs (run),
    at     INTEGER   NOT NULL,
    active INTEGER   NOT NULL,
    ended  INTEGER   NOT NULL,
    late   INTEGER   NOT NULL,
    PRIMARY KEY (lane, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE imported (
    lane INTEGER NOT NULL CHECK (lane = 256),
    run  TEXT     NOT NULL REFERENCES runs (run),
    at   INTEGER   NOT NULL,
    PRIMARY KEY (lane, run)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version VALUES (1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
