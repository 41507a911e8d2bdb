-- The auth store of tokenkaart in SQLite, from version 1 to 2: accounts, sign-ins, and what
-- applications were given. docs/auth-store.md explains it.
--
-- `tokenkaart-server store create` runs this text, in one transaction; the tables are those of
-- PostgreSQL (crates/auth/schema/postgres/0002.sql), where they are explained.

INSERT INTO secrets VALUES
    ('subjects', lower(hex(randomblob(32)))),
    ('limits', lower(hex(randomblob(32))));

CREATE TABLE accounts (
    lane      INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder    TEXT    NOT NULL,
    user_name TEXT    NOT NULL,
    email     TEXT    NOT NULL,
    name      TEXT,
    language  TEXT    NOT NULL CHECK (language IN ('nl', 'fr', 'de', 'en')),
    made_at   INTEGER NOT NULL,
    PRIMARY KEY (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE logins (
    lane      INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    user_name TEXT    NOT NULL,
    holder    TEXT    NOT NULL,
    PRIMARY KEY (lane, user_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE emails (
    lane    INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    address TEXT    NOT NULL,
    holder  TEXT    NOT NULL,
    PRIMARY KEY (lane, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE passwords (
    lane   INTEGER NOT NULL,
    holder TEXT    NOT NULL,
    hash   TEXT    NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE limits (
    lane    INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    subject TEXT    NOT NULL,
    free_at INTEGER NOT NULL,
    PRIMARY KEY (lane, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
    lane       INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    id         TEXT    NOT NULL,
    step       TEXT    NOT NULL CHECK (step IN ('begun', 'chosen', 'proven', 'asked')),
    key        TEXT    CHECK (key IN ('token', 'app', 'mail')),
    holder     TEXT,
    challenge  TEXT,
    request    TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (lane, id),
    CHECK ((step = 'begun') = (key IS NULL)),
    CHECK ((step IN ('proven', 'asked')) = (holder IS NOT NULL)),
    CHECK ((step = 'asked') = (challenge IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX steps_of_holder ON steps (lane, holder);

CREATE TABLE sessions (
    lane         INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    holder       TEXT    NOT NULL,
    key          TEXT    NOT NULL CHECK (key IN ('token', 'app', 'mail')),
    signed_in_at INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_holder ON sessions (lane, holder);

CREATE TABLE sign_ins (
    lane    INTEGER NOT NULL,
    holder  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    session TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    PRIMARY KEY (lane, holder, at, session),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    lane         INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    holder       TEXT    NOT NULL,
    session      TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    redirect_uri TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    nonce        TEXT,
    pkce         TEXT,
    acr          TEXT,
    key          TEXT    NOT NULL,
    signed_in_at INTEGER NOT NULL,
    given_at     INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE redeemed (
    lane INTEGER NOT NULL,
    id   TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, id) REFERENCES grants (lane, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE withdrawn (
    lane INTEGER NOT NULL,
    id   TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, id) REFERENCES grants (lane, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE access_tokens (
    lane       INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    code       TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, code) REFERENCES grants (lane, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE assertions (
    lane       INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 255),
    id         TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (lane, id)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version VALUES (2, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
