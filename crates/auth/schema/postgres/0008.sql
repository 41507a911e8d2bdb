-- The auth store of tokenkaart in PostgreSQL, from version 7 to 8: who works at the desk.
-- docs/auth-store.md explains it.
--
-- Run it once, behind 0007.sql, as the owner of the tables, in one transaction (psql -1 -f).
-- `tokenkaart-server store create` runs the same text.

-- Who may do what at the desk. Without a row here nobody signs in there, and a session counts no
-- longer.
CREATE TABLE clerks (
    lane      smallint NOT NULL CHECK (lane = 256),
    holder    text     NOT NULL,
    user_name text     NOT NULL,
    role      text     NOT NULL CHECK (role IN ('clerk', 'supervisor', 'auditor')),
    since     bigint   NOT NULL,
    PRIMARY KEY (lane, holder)
);

-- Who is signed in at the desk, in which browser: other sessions than those of citizens.
CREATE TABLE desk_sessions (
    lane         smallint NOT NULL,
    -- The SHA-256 of its id.
    id           text     NOT NULL,
    holder       text     NOT NULL,
    key          text     NOT NULL CHECK (key IN ('token', 'app')),
    signed_in_at bigint   NOT NULL,
    seen_at      bigint   NOT NULL,
    -- Since when its screen is locked, if it is.
    locked_at    bigint,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

CREATE INDEX desk_sessions_of_holder ON desk_sessions (lane, holder);

-- The holder files of a day, a page of holders in each row, sealed. They are gone when their day is.
CREATE TABLE day_lists (
    lane     smallint NOT NULL CHECK (lane = 256),
    list     text     NOT NULL,
    page     integer  NOT NULL CHECK (page >= 0),
    pages    integer  NOT NULL CHECK (pages > page),
    body     text     NOT NULL,
    made_at  bigint   NOT NULL,
    until    bigint   NOT NULL,
    PRIMARY KEY (lane, list, page)
);

-- What was done at the desk, by day; actors there are clerks.
CREATE INDEX audit_of_clerks ON audit (at) WHERE actor >= 'clerk ' AND actor < 'clerk!';

INSERT INTO schema_version VALUES (8, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
