-- The auth store of tokenkaart in PostgreSQL, version 1. docs/auth-store.md explains it.
--
-- Run it once, in an empty schema of a database with the encoding UTF8, as the role that is to
-- own the tables, in one transaction (psql -1 -f). `tokenkaart-server store create` runs the same text.
-- Points in time are milliseconds since 1970 in UTC, days are text like 2026-11-22.
--
-- `lane` is the first byte of the SHA-256 of the row's root key: the holder, in all tables but the
-- audit's. What belongs to no holder is in lane 256. There is no trigger, no function and no grant
-- on a column, so that the same text does on Citus: what happened is a row that is inserted, and
-- its key says that it happens once.

CREATE TABLE schema_version (
    version    integer PRIMARY KEY,
    applied_at bigint  NOT NULL
);

-- What only those may know who ask: an unknown holder is asked for positions
-- that follow from it.
CREATE TABLE secrets (
    name  text PRIMARY KEY,
    value text NOT NULL
);

INSERT INTO secrets VALUES
    ('unknown holders', pg_catalog.replace(
        pg_catalog.gen_random_uuid()::text OPERATOR(pg_catalog.||) pg_catalog.gen_random_uuid()::text,
        '-', ''));

-- Whose signature a run must have, if anybody is here.
CREATE TABLE signers (
    fingerprint text   PRIMARY KEY,
    key         text   NOT NULL,
    added_at    bigint NOT NULL
);

-- What is imported: a run, or a lone file of records. `imported` says that it is done.
CREATE TABLE runs (
    run             text   PRIMARY KEY,
    begun_at        bigint NOT NULL,
    manifest_sha256 text,
    tokens          bigint NOT NULL CHECK (tokens >= 0),
    -- As `tokenkaart issue --kdf` takes it, and as a record has it (JSON).
    scheme          text   NOT NULL,
    code_format     text   NOT NULL,
    program         text,
    -- The fingerprint of who signed it.
    signer          text
);

-- What an unknown holder's answer is read and hashed like: as most of the store's tokens are.
CREATE TABLE decoys (
    one         smallint PRIMARY KEY CHECK (one = 1),
    scheme      text     NOT NULL,
    code_format text     NOT NULL
);

-- The token of a run or, without one, of the desk. Without a row in `states` or `ends` it is
-- loading: its import has not come to its lane yet.
CREATE TABLE tokens (
    lane          smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder        text     NOT NULL,
    serial        text     NOT NULL,
    run           text     REFERENCES runs (run),
    came_at       bigint   NOT NULL,
    issued        text     NOT NULL,
    -- The first day on which the token is no longer valid.
    expires       text,
    -- Serials of tokens that this one stands in for, with a space between.
    voids         text,
    scheme        text     NOT NULL,
    key_id        text,
    code_format   text     NOT NULL,
    record_sha256 text     NOT NULL,
    PRIMARY KEY (lane, holder, serial)
);

CREATE INDEX tokens_by_serial ON tokens (serial);
CREATE INDEX tokens_of_run ON tokens (run, lane);

-- Each hash is a PHC string; no code is anywhere in the store.
CREATE TABLE codes (
    lane     smallint NOT NULL,
    holder   text     NOT NULL,
    serial   text     NOT NULL,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 24),
    hash     text     NOT NULL,
    PRIMARY KEY (lane, holder, serial, position),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

-- A token that is in use or about to be. Its end takes the row away.
CREATE TABLE states (
    lane          smallint NOT NULL,
    holder        text     NOT NULL,
    serial        text     NOT NULL,
    state         text     NOT NULL CHECK (state IN ('pending', 'active')),
    since         bigint   NOT NULL,
    -- A pending token is void from then on, whether anybody sweeps or not.
    pending_until bigint CHECK ((pending_until IS NULL) = (state = 'active')),
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

-- A holder has one live token at most, and one at most that is pending.
CREATE UNIQUE INDEX states_active ON states (lane, holder) WHERE state = 'active';
CREATE UNIQUE INDEX states_pending ON states (lane, holder) WHERE state = 'pending';

-- What keeps an active token from being used: an operator who put it aside, and wrong answers. A
-- table each, for who locks neither suspends nor unlocks.
CREATE TABLE suspensions (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    serial text     NOT NULL,
    since  bigint   NOT NULL,
    reason text,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

CREATE TABLE locks (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    serial text     NOT NULL,
    since  bigint   NOT NULL,
    reason text,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

-- The ends of tokens. A row here outweighs all others, and nobody may change it or take it away.
CREATE TABLE ends (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    serial text     NOT NULL,
    state  text     NOT NULL CHECK (state IN ('revoked', 'voided', 'expired')),
    -- What it was before.
    was    text     NOT NULL
        CHECK (was IN ('loading', 'pending', 'active', 'suspended', 'locked')),
    at     bigint   NOT NULL,
    reason text,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

-- Each use of a code: its key lets one win.
CREATE TABLE uses (
    lane     smallint NOT NULL,
    holder   text     NOT NULL,
    serial   text     NOT NULL,
    position smallint NOT NULL,
    at       bigint   NOT NULL,
    PRIMARY KEY (lane, holder, serial, position),
    FOREIGN KEY (lane, holder, serial, position)
        REFERENCES codes (lane, holder, serial, position)
);

-- The positions that were drawn and not answered rightly yet: two at most.
CREATE TABLE drawn (
    lane     smallint NOT NULL,
    holder   text     NOT NULL,
    serial   text     NOT NULL,
    slot     smallint NOT NULL CHECK (slot IN (1, 2)),
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 24),
    at       bigint   NOT NULL,
    PRIMARY KEY (lane, holder, serial, slot),
    UNIQUE (lane, holder, serial, position),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

-- What holders are asked, until it is answered rightly. The id begins with the lane. `serial` is
-- null where the holder has no token.
CREATE TABLE challenges (
    lane       smallint NOT NULL,
    id         text     NOT NULL,
    holder     text     NOT NULL,
    serial     text,
    position   smallint NOT NULL CHECK (position BETWEEN 1 AND 24),
    drawn_at   bigint   NOT NULL,
    expires_at bigint   NOT NULL,
    slips      smallint NOT NULL DEFAULT 0 CHECK (slips >= 0),
    PRIMARY KEY (lane, id)
);

CREATE INDEX challenges_of_holder ON challenges (lane, holder, expires_at);

-- Wrong answers in a row and unanswered challenges, of known and unknown holders alike; `serial` is
-- the live token that they were given to.
CREATE TABLE attempts (
    lane          smallint NOT NULL,
    holder        text     NOT NULL,
    serial        text,
    failures      integer  NOT NULL CHECK (failures >= 0),
    not_before    bigint   NOT NULL,
    asked         integer  NOT NULL CHECK (asked >= 0),
    last_position smallint CHECK (last_position BETWEEN 1 AND 24),
    last_used     bigint,
    PRIMARY KEY (lane, holder)
);

-- Answers that are being judged; one whose verifier died stays.
CREATE TABLE guesses (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    number integer  NOT NULL,
    at     bigint   NOT NULL,
    PRIMARY KEY (lane, holder, number)
);

-- What the audit calls a holder. Without this row nobody can tell whom its rows are of.
CREATE TABLE holders (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    ref    text     NOT NULL,
    PRIMARY KEY (lane, holder)
);

-- What happened, a chain in each lane. `hash` is the SHA-256 of the row before and this one.
CREATE TABLE audit (
    lane     smallint NOT NULL CHECK (lane BETWEEN 0 AND 256),
    seq      bigint   NOT NULL CHECK (seq > 0),
    at       bigint   NOT NULL,
    actor    text     NOT NULL,
    event    text     NOT NULL,
    ref      text,
    serial   text,
    position smallint,
    detail   text     NOT NULL,
    hash     text     NOT NULL,
    PRIMARY KEY (lane, seq),
    UNIQUE (lane, seq, hash)
);

-- The last row of each chain. Who acts in a lane locks it, first of all.
CREATE TABLE audit_head (
    lane smallint PRIMARY KEY CHECK (lane BETWEEN 0 AND 256),
    seq  bigint,
    hash text,
    CHECK ((seq IS NULL) = (hash IS NULL)),
    FOREIGN KEY (lane, seq, hash) REFERENCES audit (lane, seq, hash)
);

INSERT INTO audit_head SELECT lane, NULL, NULL FROM generate_series(0, 256) AS lane;

-- Which records of a run have been loaded: so many from the first, which is 0.
CREATE TABLE loads (
    lane    smallint NOT NULL CHECK (lane = 256),
    run     text     NOT NULL REFERENCES runs (run),
    first   bigint   NOT NULL,
    records bigint   NOT NULL,
    PRIMARY KEY (lane, run, first)
);

-- Which lanes of a run have been switched, and what that did.
CREATE TABLE switches (
    lane   smallint NOT NULL,
    run    text     NOT NULL REFERENCES runs (run),
    at     bigint   NOT NULL,
    active bigint   NOT NULL,
    ended  bigint   NOT NULL,
    late   bigint   NOT NULL,
    PRIMARY KEY (lane, run)
);

-- Which runs have come in whole.
CREATE TABLE imported (
    lane smallint NOT NULL CHECK (lane = 256),
    run  text     NOT NULL REFERENCES runs (run),
    at   bigint   NOT NULL,
    PRIMARY KEY (lane, run)
);

INSERT INTO schema_version VALUES (1, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
