-- The auth store of tokenkaart in PostgreSQL, from version 1 to 2: accounts, sign-ins, and what
-- applications were given. docs/auth-store.md explains it.
--
-- Run it once, behind 0001.sql, as the owner of the tables, in one transaction (psql -1 -f).
-- `tokenkaart-server store create` runs the same text.
--
-- The root key of a lane is the holder in accounts, passwords, sign-ins, sessions and grants, the
-- user name in `logins`, the address in `emails`, the subject in `limits`. Ids of steps, sessions,
-- grants and access tokens are kept as SHA-256, so who reads the store can't use one.

-- What the service alone may know: whom an application's subjects stand for, and whose attempts
-- `limits` count.
INSERT INTO secrets VALUES
    ('subjects', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')),
    ('limits', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

-- A person who may sign in: one holder, one user name, one e-mail address.
CREATE TABLE accounts (
    lane      smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder    text     NOT NULL,
    user_name text     NOT NULL,
    email     text     NOT NULL,
    name      text,
    language  text     NOT NULL CHECK (language IN ('nl', 'fr', 'de', 'en')),
    made_at   bigint   NOT NULL,
    PRIMARY KEY (lane, holder)
);

-- Whose a user name is; in the lane of the user name.
CREATE TABLE logins (
    lane      smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    user_name text     NOT NULL,
    holder    text     NOT NULL,
    PRIMARY KEY (lane, user_name)
);

-- Whose an e-mail address is, in small letters; in the lane of the address.
CREATE TABLE emails (
    lane    smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    address text     NOT NULL,
    holder  text     NOT NULL,
    PRIMARY KEY (lane, address)
);

-- Each hash is a PHC string of Argon2id. An account without a row can't sign in yet.
CREATE TABLE passwords (
    lane   smallint NOT NULL,
    holder text     NOT NULL,
    hash   text     NOT NULL,
    set_at bigint   NOT NULL,
    PRIMARY KEY (lane, holder),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

-- Attempts that slow down: when the next one would be free of charge. Neither an address nor a user
-- name stands here, but a digest under a secret.
CREATE TABLE limits (
    lane    smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    subject text     NOT NULL,
    free_at bigint   NOT NULL,
    PRIMARY KEY (lane, subject)
);

-- Sign-ins under way, and how far each has come. Before the password is right it is nobody's, and
-- in a lane that was drawn.
CREATE TABLE steps (
    lane       smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    id         text     NOT NULL,
    step       text     NOT NULL CHECK (step IN ('begun', 'chosen', 'proven', 'asked')),
    key        text     CHECK (key IN ('token', 'app', 'mail')),
    holder     text,
    challenge  text,
    -- What the application asked for, in the words of the service.
    request    text     NOT NULL,
    expires_at bigint   NOT NULL,
    PRIMARY KEY (lane, id),
    CHECK ((step = 'begun') = (key IS NULL)),
    CHECK ((step IN ('proven', 'asked')) = (holder IS NOT NULL)),
    CHECK ((step = 'asked') = (challenge IS NOT NULL))
);

CREATE INDEX steps_of_holder ON steps (lane, holder);

-- Who is signed in, in which browser.
CREATE TABLE sessions (
    lane         smallint NOT NULL,
    id           text     NOT NULL,
    holder       text     NOT NULL,
    key          text     NOT NULL CHECK (key IN ('token', 'app', 'mail')),
    signed_in_at bigint   NOT NULL,
    seen_at      bigint   NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

CREATE INDEX sessions_of_holder ON sessions (lane, holder);

-- The sign-ins of a holder, as the page of one's own shows them.
CREATE TABLE sign_ins (
    lane    smallint NOT NULL,
    holder  text     NOT NULL,
    at      bigint   NOT NULL,
    -- The SHA-256 of the session's id.
    session text     NOT NULL,
    key     text     NOT NULL,
    PRIMARY KEY (lane, holder, at, session),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

-- What applications were given: a code of OpenID Connect, once, and what it stands for.
CREATE TABLE grants (
    lane         smallint NOT NULL,
    id           text     NOT NULL,
    holder       text     NOT NULL,
    session      text     NOT NULL,
    client       text     NOT NULL,
    redirect_uri text     NOT NULL,
    scopes       text     NOT NULL,
    nonce        text,
    -- The challenge of RFC 7636 by the method S256.
    pkce         text,
    acr          text,
    key          text     NOT NULL,
    signed_in_at bigint   NOT NULL,
    given_at     bigint   NOT NULL,
    expires_at   bigint   NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

-- Codes that were brought in: the key lets one win.
CREATE TABLE redeemed (
    lane smallint NOT NULL,
    id   text     NOT NULL,
    at   bigint   NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, id) REFERENCES grants (lane, id) ON DELETE CASCADE
);

-- Grants that count no longer, since their code came twice.
CREATE TABLE withdrawn (
    lane smallint NOT NULL,
    id   text     NOT NULL,
    at   bigint   NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, id) REFERENCES grants (lane, id) ON DELETE CASCADE
);

CREATE TABLE access_tokens (
    lane       smallint NOT NULL,
    id         text     NOT NULL,
    code       text     NOT NULL,
    expires_at bigint   NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, code) REFERENCES grants (lane, id) ON DELETE CASCADE
);

-- What applications have said who they are with (private_key_jwt), each once; in the lane of its id.
CREATE TABLE assertions (
    lane       smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    -- The SHA-256 of the application and the assertion's `jti`.
    id         text     NOT NULL,
    expires_at bigint   NOT NULL,
    PRIMARY KEY (lane, id)
);

INSERT INTO schema_version VALUES (2, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
