-- The auth store of tokenkaart in PostgreSQL, from version 3 to 4: keys beside the token, mails, and
-- changes of an account that are under way. docs/auth-store.md explains it.
--
-- Run it once, behind 0003.sql, as the owner of the tables, in one transaction (psql -1 -f).
-- `tokenkaart-server store create` runs the same text.
--
-- What is sealed here is of no use without the service's key file, which is not in the store. The
-- root key of a lane is the holder; a mail of the office's own is in lane 256.

-- The keys of an account beside its token: an authenticator app, and codes by e-mail.
CREATE TABLE keys (
    lane    smallint NOT NULL,
    holder  text     NOT NULL,
    key     text     NOT NULL CHECK (key IN ('app', 'mail')),
    -- Another one for each key that takes the place of one.
    id      text     NOT NULL,
    -- The secret of RFC 6238, sealed.
    secret  text,
    made_at bigint   NOT NULL,
    PRIMARY KEY (lane, holder, key),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder),
    CHECK ((key = 'app') = (secret IS NOT NULL))
);

-- Which time steps an app's codes were taken of: the key lets one win.
CREATE TABLE app_uses (
    lane   smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder text     NOT NULL,
    id     text     NOT NULL,
    step   bigint   NOT NULL,
    at     bigint   NOT NULL,
    PRIMARY KEY (lane, holder, id, step)
);

-- Wrong codes in a row, of each key by itself.
CREATE TABLE key_attempts (
    lane       smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    holder     text     NOT NULL,
    key        text     NOT NULL CHECK (key IN ('app', 'mail')),
    failures   integer  NOT NULL CHECK (failures >= 0),
    not_before bigint   NOT NULL,
    PRIMARY KEY (lane, holder, key)
);

-- Codes that were sent by e-mail, each bound to the sign-in or the change whose id it has.
CREATE TABLE mail_codes (
    lane       smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    id         text     NOT NULL,
    -- Sealed.
    code       text     NOT NULL,
    expires_at bigint   NOT NULL,
    tries      smallint NOT NULL CHECK (tries >= 0),
    PRIMARY KEY (lane, id)
);

-- Addresses at which somebody has read a code.
CREATE TABLE confirmed (
    lane    smallint NOT NULL,
    holder  text     NOT NULL,
    address text     NOT NULL,
    at      bigint   NOT NULL,
    PRIMARY KEY (lane, holder, address),
    FOREIGN KEY (lane, holder) REFERENCES accounts (lane, holder)
);

-- Changes of an account that are under way, each begun by both factors.
CREATE TABLE changes (
    lane       smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
    id         text     NOT NULL,
    holder     text,
    -- What it was proven with, beside user name and password.
    key        text,
    what       text     NOT NULL,
    stage      text     NOT NULL,
    -- What was chosen on the way: an address, sealed.
    detail     text,
    -- The secret of an app that is not active yet, sealed.
    secret     text,
    request    text     NOT NULL,
    expires_at bigint   NOT NULL,
    PRIMARY KEY (lane, id)
);

CREATE INDEX changes_of_holder ON changes (lane, holder);

-- Mails that are to be sent. Recipient, subject and text are sealed; a mail that was sent is gone.
CREATE TABLE mails (
    lane    smallint NOT NULL CHECK (lane BETWEEN 0 AND 256),
    id      text     NOT NULL,
    holder  text,
    kind    text     NOT NULL,
    body    text     NOT NULL,
    made_at bigint   NOT NULL,
    -- Later it is of no use.
    until   bigint   NOT NULL,
    PRIMARY KEY (lane, id)
);

-- When a mail is tried next: who moves that on has the turn.
CREATE TABLE mail_turns (
    lane    smallint NOT NULL,
    id      text     NOT NULL,
    tries   integer  NOT NULL CHECK (tries >= 0),
    next_at bigint   NOT NULL,
    PRIMARY KEY (lane, id),
    FOREIGN KEY (lane, id) REFERENCES mails (lane, id) ON DELETE CASCADE
);

CREATE INDEX mail_turns_due ON mail_turns (next_at);

-- Mails that were tried for as long as they were of use; their text is gone.
CREATE TABLE mails_given_up (
    lane    smallint NOT NULL CHECK (lane BETWEEN 0 AND 256),
    id      text     NOT NULL,
    kind    text     NOT NULL,
    made_at bigint   NOT NULL,
    at      bigint   NOT NULL,
    tries   integer  NOT NULL,
    why     text     NOT NULL,
    PRIMARY KEY (lane, id)
);

INSERT INTO schema_version VALUES (4, (extract(epoch FROM now()) OPERATOR(pg_catalog.*) 1000)::bigint);
