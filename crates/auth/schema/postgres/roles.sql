-- Who may do what in the auth store, in PostgreSQL. docs/auth-store.md explains it.
--
-- Run it after the schema, in the same database and schema, as a role that may make roles and owns
-- the tables. It may be run again. The roles can't log in; give each program a login of its own that
-- is a member of one of them:
--
--     CREATE ROLE sign_in LOGIN IN ROLE tokenkaart_sign_in;
--
-- All grants are on whole tables. What a role may not change, it may at most add to.

-- Functions are named with their schema: somebody may have made one of the same name in this one.

DO $$
DECLARE
    name pg_catalog.text;
    given pg_catalog.text;
BEGIN
    EXECUTE pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', pg_catalog.current_schema());
    FOREACH name IN ARRAY ARRAY['tokenkaart_importer', 'tokenkaart_verifier',
        'tokenkaart_operator', 'tokenkaart_sign_in', 'tokenkaart_desk']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) name::pg_catalog.name) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                -- Somebody has made it a moment ago, for another database of the same server.
                NULL;
            END;
        END IF;
        EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', pg_catalog.current_schema(), name);
        EXECUTE pg_catalog.format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', pg_catalog.current_schema(), name);
    END LOOP;
    -- What others were given, such as by default privileges.
    FOR name, given IN
        SELECT DISTINCT c.relname::pg_catalog.text,
            CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC'
                 ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text) END
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
        WHERE n.nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema()
            AND a.grantee OPERATOR(pg_catalog.<>) c.relowner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON TABLE %I.%I FROM %s', pg_catalog.current_schema(),
            name, given);
    END LOOP;
    -- Importing stages its rows in temporary tables.
    EXECUTE pg_catalog.format('GRANT TEMPORARY ON DATABASE %I TO tokenkaart_importer', pg_catalog.current_database());
    EXECUTE pg_catalog.format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC', pg_catalog.current_schema());
END
$$;

GRANT SELECT ON schema_version
    TO tokenkaart_importer, tokenkaart_verifier, tokenkaart_operator, tokenkaart_sign_in,
       tokenkaart_desk;

-- All of them append to the audit: the head's foreign key has it name a row that is there.
GRANT INSERT ON audit
    TO tokenkaart_importer, tokenkaart_verifier, tokenkaart_operator, tokenkaart_sign_in,
       tokenkaart_desk;
GRANT SELECT, UPDATE ON audit_head
    TO tokenkaart_importer, tokenkaart_verifier, tokenkaart_operator, tokenkaart_sign_in,
       tokenkaart_desk;

-- The importer adds tokens, makes them active and ends the ones before. It neither reads a hash,
-- nor uses a code, nor lets a suspended or locked token be used again.
GRANT SELECT ON signers TO tokenkaart_importer;
GRANT SELECT, INSERT ON runs, tokens, ends, loads, switches, imported TO tokenkaart_importer;
GRANT INSERT ON codes TO tokenkaart_importer;
GRANT SELECT, INSERT, DELETE ON states TO tokenkaart_importer;
GRANT SELECT ON suspensions, locks TO tokenkaart_importer;
GRANT SELECT, INSERT, UPDATE ON decoys TO tokenkaart_importer;
-- It closes the requests for cards by post that a run has met, and reads no name and no address.
GRANT SELECT, DELETE ON post_requests TO tokenkaart_importer;
GRANT SELECT ON post_exports TO tokenkaart_importer;
GRANT SELECT, INSERT ON post_closed TO tokenkaart_importer;

-- The verifier asks, compares, marks and locks. It adds no token and no code, ends none, and lets
-- none be used again.
GRANT SELECT ON secrets, runs, imported, decoys, tokens, codes, states, ends TO tokenkaart_verifier;
GRANT SELECT ON suspensions TO tokenkaart_verifier;
GRANT SELECT, INSERT ON locks, uses, holders TO tokenkaart_verifier;
GRANT SELECT, INSERT, DELETE ON drawn, guesses TO tokenkaart_verifier;
GRANT SELECT, INSERT, UPDATE, DELETE ON challenges, attempts TO tokenkaart_verifier;
-- A lock ends the sessions of its holder.
GRANT SELECT, DELETE ON sessions, desk_sessions, steps, changes TO tokenkaart_verifier;

-- The operator changes states, unlocks, and reads everything but the hashes and the secret.
GRANT SELECT ON signers, runs, loads, switches, imported, decoys, tokens, uses, drawn, audit
    TO tokenkaart_operator;
GRANT SELECT, INSERT ON ends, holders TO tokenkaart_operator;
GRANT SELECT, DELETE ON states, challenges, guesses TO tokenkaart_operator;
GRANT SELECT, INSERT, DELETE ON suspensions TO tokenkaart_operator;
GRANT SELECT, DELETE ON locks TO tokenkaart_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO tokenkaart_operator;
-- So does suspending and revoking, and what is of no use any more is swept. The operator makes
-- accounts, and reads no password's hash.
GRANT SELECT, DELETE ON sessions, desk_sessions, steps, sign_ins, grants, limits, assertions,
    changes, mail_codes, app_uses, mails_given_up, day_lists TO tokenkaart_operator;
-- Of mails the operator sees how many wait, and writes those that tell of the operator's own acts;
-- their text is sealed.
GRANT SELECT, INSERT ON mails TO tokenkaart_operator;
GRANT INSERT ON mail_turns TO tokenkaart_operator;
GRANT SELECT, INSERT ON accounts, logins, emails TO tokenkaart_operator;
GRANT INSERT ON passwords TO tokenkaart_operator;
-- Removes and unlocks keys of who has lost the phone; the secrets of apps are sealed.
GRANT SELECT, DELETE ON keys, key_attempts TO tokenkaart_operator;
-- Gives people a code and a link to activate their account with, of which there are digests here.
GRANT SELECT, INSERT, DELETE ON activations TO tokenkaart_operator;
-- And sees how far applications are with phasing the token out, and who asked for a new card.
GRANT SELECT ON closed, card_requests TO tokenkaart_operator;
-- And which cards came from a counter.
GRANT SELECT ON printed_cards, handed_over TO tokenkaart_operator;
GRANT SELECT, DELETE ON visits TO tokenkaart_operator;
-- And says who works at the desk.
GRANT SELECT, INSERT, DELETE ON clerks TO tokenkaart_operator;

-- The sign-in service is a verifier whose holders may end their own token.
GRANT tokenkaart_verifier TO tokenkaart_sign_in;
GRANT INSERT ON ends TO tokenkaart_sign_in;
GRANT DELETE ON states TO tokenkaart_sign_in;
GRANT SELECT ON accounts, logins, emails, passwords TO tokenkaart_sign_in;
GRANT SELECT, INSERT, UPDATE, DELETE ON limits, steps, sessions TO tokenkaart_sign_in;
GRANT SELECT, INSERT ON sign_ins, grants, redeemed, withdrawn, access_tokens, assertions
    TO tokenkaart_sign_in;
GRANT SELECT, INSERT ON closed, told, visits, card_requests TO tokenkaart_sign_in;
-- They also add and remove keys, and change their address, password and language. Secrets of keys,
-- codes and mails are sealed.
GRANT UPDATE ON accounts, passwords TO tokenkaart_sign_in;
GRANT INSERT, DELETE ON emails TO tokenkaart_sign_in;
-- Who activates their account chooses a user name and a first password, and their activation is used
-- up by it.
GRANT INSERT, DELETE ON logins TO tokenkaart_sign_in;
GRANT INSERT ON passwords TO tokenkaart_sign_in;
GRANT SELECT, DELETE ON activations TO tokenkaart_sign_in;
GRANT SELECT, INSERT, DELETE ON keys, app_uses, mails TO tokenkaart_sign_in;
GRANT SELECT, INSERT ON confirmed, mails_given_up TO tokenkaart_sign_in;
GRANT SELECT, INSERT, UPDATE, DELETE ON key_attempts, mail_codes, changes, mail_turns
    TO tokenkaart_sign_in;

-- The desk is an operator who brings in tokens, which are pending until their card is handed over;
-- and a verifier, for its clerks sign in there as citizens do elsewhere.
GRANT tokenkaart_operator, tokenkaart_verifier TO tokenkaart_desk;
GRANT SELECT ON passwords TO tokenkaart_desk;
GRANT INSERT, UPDATE ON limits, steps TO tokenkaart_desk;
GRANT INSERT ON sign_ins, app_uses, day_lists TO tokenkaart_desk;
GRANT INSERT, UPDATE ON desk_sessions TO tokenkaart_desk;
GRANT INSERT, UPDATE ON key_attempts TO tokenkaart_desk;
GRANT INSERT ON tokens, codes TO tokenkaart_desk;
GRANT INSERT, UPDATE ON states TO tokenkaart_desk;
GRANT SELECT, INSERT ON printed_cards, handed_over TO tokenkaart_desk;
-- And who asks for cards by post, and exports who did.
GRANT SELECT, INSERT, DELETE ON post_requests TO tokenkaart_desk;
GRANT SELECT, INSERT ON post_addresses, post_batches, post_exports, post_closed TO tokenkaart_desk;
