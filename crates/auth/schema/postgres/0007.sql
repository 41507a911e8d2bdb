-- The auth store of tokenkaart in PostgreSQL, from version 6 to 7: cards by post.
-- docs/auth-store.md explains it.
--
-- Run it once, behind 0006.sql, as the owner of the tables, in one transaction (psql -1 -f).
-- `tokenkaart-server store create` runs the same text.

-- Whose card is to be made by a run and posted; one for a holder. The row goes when that run is
-- imported, or the request is cancelled, and what the letter needed goes with it.
CREATE TABLE post_requests (
    lane   smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder text     NOT NULL,
    act    text     NOT NULL,
    clerk  text     NOT NULL,
    at     bigint   NOT NULL,
    PRIMARY KEY (lane, holder)
);

-- What a letter needs; a table of its own, so that who imports can close a request without reading it.
CREATE TABLE post_addresses (
    lane        smallint NOT NULL,
    holder      text     NOT NULL,
    name        text     NOT NULL,
    language    text,
    street      text     NOT NULL,
    postal_code text     NOT NULL,
    city        text     NOT NULL,
    country     text,
    email       text,
    user_name   text,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES post_requests (lane, holder) ON DELETE CASCADE
);

-- The batches in which requests were exported, by number.
CREATE TABLE post_batches (
    lane     smallint NOT NULL CHECK (lane = 256),
    batch    bigint   NOT NULL CHECK (batch > 0),
    clerk    text     NOT NULL,
    at       bigint   NOT NULL,
    requests bigint   NOT NULL,
    PRIMARY KEY (lane, batch)
);

-- Which request is in which batch.
CREATE TABLE post_exports (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    batch  bigint   NOT NULL,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES post_requests (lane, holder) ON DELETE CASCADE
);

-- Requests that are closed: that they were, when, by whom and how. No name and no address is left.
CREATE TABLE post_closed (
    lane   smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder text     NOT NULL,
    act    text     NOT NULL,
    asked  bigint   NOT NULL,
    batch  bigint,
    how    text     NOT NULL CHECK (how IN ('imported', 'cancelled')),
    clerk  text     NOT NULL,
    at     bigint   NOT NULL,
    PRIMARY KEY (lane, holder, act)
);

INSERT INTO schema_version VALUES (7, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
