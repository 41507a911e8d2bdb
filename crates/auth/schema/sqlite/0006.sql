-- The auth store of tokenkaart in SQLite, from version 5 to 6: first activations, and what a change
-- under way is bound to. docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0006.sql), where they are explained.

CREATE TABLE activations (
    lane       INTEGER NOT NULL,
    holder     TEXT    NOT NULL,
    link       TEXT    NOT NULL,
    code       TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX activations_by_link ON activations (lane, link);

ALTER TABLE changes ADD COLUMN bound_to TEXT;

INSERT INTO schema_version VALUES (6, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
