-- The auth store of tokenkaart in PostgreSQL, from version 4 to 5: cards at a counter.
-- docs/auth-store.md explains it.
--
-- Run it once, behind 0004.sql, as the owner of the tables, in one transaction (psql -1 -f).
-- `tokenkaart-server store create` runs the same text.

-- Cards that were printed at a counter: of which token, by whom, and what the form called the act,
-- so that one that is sent twice prints once. Whether a token is pending stands in `states`.
CREATE TABLE printed_cards (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    serial text     NOT NULL,
    act    text     NOT NULL,
    clerk  text     NOT NULL,
    at     bigint   NOT NULL,
    PRIMARY KEY (lane, holder, serial),
    UNIQUE (lane, holder, act),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
);

-- That such a card was handed over: by whom, and which kind of identity document they saw. Its
-- number is nowhere.
CREATE TABLE handed_over (
    lane     smallint NOT NULL,
    holder   text     NOT NULL,
    serial   text     NOT NULL,
    clerk    text     NOT NULL,
    document text     NOT NULL,
    at       bigint   NOT NULL,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES printed_cards (lane, holder, serial)
);

INSERT INTO schema_version VALUES (5, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
