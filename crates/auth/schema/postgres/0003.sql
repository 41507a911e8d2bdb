-- The auth store of tokenkaart in PostgreSQL, from version 2 to 3. docs/auth-store.md explains it.
--
-- Run it once, behind 0002.sql, as the owner of the tables, in one transaction (psql -1 -f).
-- `tokenkaart-server store create` runs the same text.

-- Last days with the token that were seen to be past, by application: what is here stays past,
-- whatever a clock says later. Days are written as 2026-12-31.
CREATE TABLE closed (
    lane        smallint NOT NULL CHECK (lane = 256),
    application text     NOT NULL,
    last_day    text     NOT NULL,
    at          bigint   NOT NULL,
    PRIMARY KEY (lane, application, last_day)
);

-- Who was told of an application's last day, in which session, and goes on with the token.
CREATE TABLE told (
    lane        smallint NOT NULL,
    session     text     NOT NULL,
    application text     NOT NULL,
    at          bigint   NOT NULL,
    PRIMARY KEY (lane, session, application),
    FOREIGN KEY (lane, session) REFERENCES sessions (lane, id) ON DELETE CASCADE
);

-- Who came to an application that phases the token out, by which key, in the week that begins on
-- a Monday: the figures of its progress, and whom a letter goes to.
CREATE TABLE visits (
    lane        smallint NOT NULL,
    application text     NOT NULL,
    week        text     NOT NULL,
    holder      text     NOT NULL,
    key         text     NOT NULL CHECK (key IN ('token', 'app', 'mail')),
    PRIMARY KEY (lane, application, week, holder, key),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

-- Who asked for a new card in place of which token; it is met when that token has ended.
CREATE TABLE card_requests (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    serial text     NOT NULL,
    at     bigint   NOT NULL,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

INSERT INTO schema_version VALUES (3, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
