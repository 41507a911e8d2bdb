-- The auth store of tokenkaart in PostgreSQL, version 1. docs/auth-store.md explains it.
--
-- Run it once, in an empty schema of a database with the encoding UTF8, as the role that is to
-- own the tables, in one transaction (psql -1 -f). `tokenkaart-server store create` runs the same text.
-- Points in time are milliseconds since 1970 in UTC, days are text like 2026-11-22.

-- What was imported: a run, or a lone file of records.
CREATE TABLE runs (
    run             text     PRIMARY KEY,
    imported_at     bigint   NOT NULL,
    manifest_sha256 text,
    tokens          bigint   NOT NULL CHECK (tokens >= 0),
    -- As `tokenkaart issue --kdf` takes it, and as a record has it (JSON); for answers to holders
    -- whom the store doesn't know.
    scheme          text     NOT NULL,
    code_format     text     NOT NULL,
    program         text
);

CREATE TABLE tokens (
    serial        text     PRIMARY KEY,
    holder        text     NOT NULL,
    run           text     NOT NULL REFERENCES runs (run),
    issued        text     NOT NULL,
    -- The first day on which the token is no longer valid.
    expires       text,
    -- Serials of tokens that this one stands in for, with a space between.
    voids         text,
    scheme        text     NOT NULL,
    key_id        text,
    code_format   text     NOT NULL,
    -- Of the record's line, without its line feed.
    record_sha256 text     NOT NULL,
    state         text     NOT NULL DEFAULT 'active'
        CHECK (state IN ('active', 'suspended', 'locked', 'revoked', 'voided', 'expired')),
    state_since   bigint   NOT NULL,
    reason        text,
    -- Codes that have not been used.
    unused        smallint NOT NULL DEFAULT 24 CHECK (unused BETWEEN 0 AND 24),
    last_position smallint CHECK (last_position BETWEEN 1 AND 24),
    last_used     bigint
);

-- A holder has one live token at most.
CREATE UNIQUE INDEX tokens_live ON tokens (holder)
    WHERE state IN ('active', 'suspended', 'locked');
CREATE INDEX tokens_of_holder ON tokens (holder);
CREATE INDEX tokens_of_run ON tokens (run);

-- Each hash is a PHC string; no code is anywhere in the store.
CREATE TABLE codes (
    serial   text     NOT NULL REFERENCES tokens (serial),
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 24),
    hash     text     NOT NULL,
    used_at  bigint,
    PRIMARY KEY (serial, position)
);

-- What holders are asked. `serial` is null where no code can be right: the holder is unknown
-- or has no token that may be used.
CREATE TABLE challenges (
    id          text     PRIMARY KEY,
    holder      text     NOT NULL,
    serial      text     REFERENCES tokens (serial),
    position    smallint NOT NULL CHECK (position BETWEEN 1 AND 24),
    drawn_at    bigint   NOT NULL,
    expires_at  bigint   NOT NULL,
    answered_at bigint,
    slips       smallint NOT NULL DEFAULT 0 CHECK (slips >= 0)
);

CREATE INDEX challenges_of_holder ON challenges (holder, expires_at);
CREATE INDEX challenges_by_age ON challenges (expires_at);

-- Wrong answers in a row, of known and unknown holders alike; `serial` is the live token that
-- they were given to.
CREATE TABLE attempts (
    holder     text    PRIMARY KEY,
    serial     text,
    failures   integer NOT NULL CHECK (failures >= 0),
    not_before bigint  NOT NULL
);

CREATE INDEX attempts_by_age ON attempts (not_before);

-- What happened. `hash` is the SHA-256 of the row before and this one.
CREATE TABLE audit (
    seq      bigint   PRIMARY KEY,
    at       bigint   NOT NULL,
    actor    text     NOT NULL,
    event    text     NOT NULL,
    holder   text,
    serial   text,
    position smallint,
    detail   text     NOT NULL,
    hash     text     NOT NULL
);

-- The last row of the audit; who appends locks it.
CREATE TABLE audit_head (
    one  integer PRIMARY KEY CHECK (one = 1),
    seq  bigint  NOT NULL,
    hash text    NOT NULL
);

INSERT INTO audit_head VALUES (1, 0, repeat('0', 64));

CREATE FUNCTION tokenkaart_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END
$$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION tokenkaart_audit_is_append_only();

-- Who appends may not read the audit, so this looks with its owner's rights; and only where no
-- temporary table of somebody can stand in for it.
CREATE FUNCTION tokenkaart_head_goes_forward() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_there boolean;
BEGIN
    IF TG_OP = 'DELETE' OR NEW.seq < OLD.seq THEN
        RAISE EXCEPTION 'the head of the audit goes forward only';
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.audit WHERE seq = $1 AND hash = $2)',
                   TG_TABLE_SCHEMA) INTO is_there USING NEW.seq, NEW.hash;
    IF NOT is_there THEN
        RAISE EXCEPTION 'the head of the audit is that of a row of it';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER head_goes_forward BEFORE UPDATE OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION tokenkaart_head_goes_forward();

-- Revoked, voided and expired are ends: no program, whatever it thinks, brings such a token back.
CREATE FUNCTION tokenkaart_ends_are_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'token % is %, which is an end', OLD.serial, OLD.state;
END
$$;

CREATE TRIGGER ends_are_ends BEFORE UPDATE ON tokens FOR EACH ROW
    WHEN (OLD.state IN ('revoked', 'voided', 'expired') AND NEW.state <> OLD.state)
    EXECUTE FUNCTION tokenkaart_ends_are_ends();

-- A code that was used stays used.
CREATE FUNCTION tokenkaart_used_is_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the code at position % of token % was used', OLD.position, OLD.serial;
END
$$;

CREATE TRIGGER used_is_used BEFORE UPDATE ON codes FOR EACH ROW
    WHEN (OLD.used_at IS NOT NULL AND NEW.used_at IS NULL)
    EXECUTE FUNCTION tokenkaart_used_is_used();

CREATE TABLE schema_version (
    version    integer PRIMARY KEY,
    applied_at bigint  NOT NULL
);

INSERT INTO schema_version VALUES (1, (extract(epoch FROM now()) * 1000)::bigint);
