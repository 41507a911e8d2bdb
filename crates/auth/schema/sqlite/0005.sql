-- The auth store of tokenkaart in SQLite, from version 4 to 5: cards at a counter.
-- docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0005.sql), where they are explained.

CREATE TABLE printed_cards (
    lane   INTEGER NOT NULL,
    holder TEXT    NOT NULL,
    serial TEXT    NOT NULL,
    act    TEXT    NOT NULL,
    clerk  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, serial),
    UNIQUE (lane, holder, act),
    FOREIGN KEY (lane, holder, serial) REFERENCES tokens (lane, holder, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE handed_over (
    lane     INTEGER NOT NULL,
    holder   TEXT    NOT NULL,
    serial   TEXT    NOT NULL,
    clerk    TEXT    NOT NULL,
    document TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (lane, holder, serial),
    FOREIGN KEY (lane, holder, serial) REFERENCES printed_cards (lane, holder, serial)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version VALUES (5, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
