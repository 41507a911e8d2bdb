-- The auth store of tokenkaart in PostgreSQL, from version 5 to 6: first activations, and what a change
-- under way is bound to. docs/auth-store.md explains it.
--
-- Run it once, behind 0005.sql, as the owner of the tables, in one transaction (psql -1 -f).
-- `tokenkaart-server store create` runs the same text.

-- Who may choose user name and password by a code on paper and a link that was mailed. One of a holder:
-- a new one takes its place, and who has used it has none. One whose time is over stays, so that it
-- can be seen who never came.
CREATE TABLE activations (
    lane       smallint NOT NULL,
    holder     text     NOT NULL,
    -- The SHA-256 of the link's id.
    link       text     NOT NULL,
    -- The HMAC-SHA-256 of the code under the link's id: of no use to who has not both.
    code       text     NOT NULL,
    made_at    bigint   NOT NULL,
    expires_at bigint   NOT NULL,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

CREATE UNIQUE INDEX activations_by_link ON activations (lane, link);

-- The activation that a change began with, or the question for a token's code that it waits for.
ALTER TABLE changes ADD COLUMN bound_to text;

INSERT INTO schema_version VALUES (6, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
