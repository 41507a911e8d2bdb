-- Who may do what in the auth store, in PostgreSQL. docs/auth-store.md explains it.
--
-- Run it after the schema, in the same database and schema, as a role that may make roles and owns
-- the tables. It may be run again. The three roles can't log in; give each program a login of its
-- own that is a member of one of them:
--
--     CREATE ROLE sign_in LOGIN IN ROLE tokenkaart_verifier;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tokenkaart_importer', 'tokenkaart_verifier', 'tokenkaart_operator']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), name);
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), name);
    END LOOP;
    -- Importing stages its rows in temporary tables.
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO tokenkaart_importer', current_database());
END
$$;

REVOKE ALL ON runs, tokens, codes, challenges, attempts, audit, audit_head, schema_version
    FROM PUBLIC;

GRANT SELECT ON schema_version
    TO tokenkaart_importer, tokenkaart_verifier, tokenkaart_operator;

-- All of them append to the audit.
GRANT INSERT ON audit TO tokenkaart_importer, tokenkaart_verifier, tokenkaart_operator;
GRANT SELECT, UPDATE (seq, hash) ON audit_head
    TO tokenkaart_importer, tokenkaart_verifier, tokenkaart_operator;

-- The importer adds tokens and voids old ones. It neither reads a hash nor marks a code as used.
GRANT SELECT, INSERT ON runs TO tokenkaart_importer;
GRANT SELECT, INSERT ON tokens TO tokenkaart_importer;
GRANT UPDATE (state, state_since, reason) ON tokens TO tokenkaart_importer;
GRANT INSERT, SELECT (serial, position) ON codes TO tokenkaart_importer;

-- The verifier asks, compares and marks. It adds no token and no code.
GRANT SELECT ON runs, tokens, codes TO tokenkaart_verifier;
GRANT UPDATE (state, state_since, reason, unused, last_position, last_used) ON tokens
    TO tokenkaart_verifier;
GRANT UPDATE (used_at) ON codes TO tokenkaart_verifier;
GRANT SELECT, INSERT, UPDATE, DELETE ON challenges, attempts TO tokenkaart_verifier;

-- The operator changes states, unlocks, and reads everything but the hashes.
GRANT SELECT ON runs, tokens, audit TO tokenkaart_operator;
GRANT SELECT (serial, position, used_at) ON codes TO tokenkaart_operator;
GRANT UPDATE (state, state_since, reason) ON tokens TO tokenkaart_operator;
GRANT SELECT, DELETE ON challenges TO tokenkaart_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO tokenkaart_operator;

-- Which state each of them may give a token. Only the operator, and who owns the tables, let a
-- suspended or locked one be used again. A grant knows columns, not values.
CREATE OR REPLACE FUNCTION tokenkaart_states_by_role() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner oid := (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID);
BEGIN
    IF pg_has_role(current_user, owner, 'USAGE')
        OR pg_has_role(current_user, 'tokenkaart_operator', 'USAGE')
        OR (NEW.state = 'voided' AND pg_has_role(current_user, 'tokenkaart_importer', 'USAGE'))
        OR (NEW.state = 'locked' AND OLD.state = 'active'
            AND pg_has_role(current_user, 'tokenkaart_verifier', 'USAGE'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% may not make a token % that is %', current_user, NEW.state, OLD.state
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE OR REPLACE TRIGGER states_by_role BEFORE UPDATE ON tokens FOR EACH ROW
    WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION tokenkaart_states_by_role();
