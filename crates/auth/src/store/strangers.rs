//! Who else may make something where a store of PostgreSQL is, or has made it.
//!
//! A name in a statement is looked for in all schemas of the search path, and of several functions or
//! operators the one is taken whose arguments fit best, wherever it is. So who may make functions
//! there has whoever uses the store run what he wrote, with their rights (PostgreSQL's documentation,
//! "Writing Functions Securely" and "Function Type Resolution").

use std::fmt;

use super::{StoreError, StoreRow, Transaction};

/// What somebody may do, or has made, where nobody should but the store's owner.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stranger {
    /// A role's name; PUBLIC stands for everybody.
    who: String,
    what: String,
    /// A name with its schema.
    name: String,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, what, name } = self;
        write!(f, "{who} {what} {name}")
    }
}

/// Whoever is not a superuser, the owner of the database, or who asks now; and `$or` others.
macro_rules! strangers {
    ($or:literal, $and:literal) => {
        concat!(
            "WITH t AS MATERIALIZED (SELECT r.oid FROM pg_catalog.pg_roles r \
               WHERE r.rolsuper OR r.rolname = CURRENT_USER OR r.rolname = 'pg_database_owner' \
               OR r.oid IN (SELECT d.datdba FROM pg_catalog.pg_database d \
                            WHERE d.datname = pg_catalog.current_database()) \
               OR (pg_catalog.pg_has_role(CURRENT_USER, r.oid, 'MEMBER'::text) \
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles m \
                                   WHERE m.rolname = CURRENT_USER AND m.rolsuper)) ",
            $or,
            "), s AS MATERIALIZED (SELECT n.oid, n.nspname, n.nspowner, n.nspacl \
               FROM pg_catalog.pg_namespace n \
               WHERE n.nspname = ANY (pg_catalog.current_schemas(false))), \
             found AS (\
               SELECT COALESCE(r.rolname::text, 'PUBLIC'::text) AS who, \
                 'may make objects in the schema'::text AS what, s.nspname::text AS name \
               FROM s CROSS JOIN LATERAL pg_catalog.aclexplode(s.nspacl) a \
               LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee \
               WHERE a.privilege_type = 'CREATE'::text AND a.grantee NOT IN (SELECT oid FROM t) \
               UNION ALL SELECT pg_catalog.pg_get_userbyid(s.nspowner)::text, \
                 'owns the schema'::text, s.nspname::text \
               FROM s WHERE s.nspowner NOT IN (SELECT oid FROM t) \
               UNION ALL SELECT pg_catalog.pg_get_userbyid(c.relowner)::text, \
                 'owns the table or view'::text, pg_catalog.concat(s.nspname::text, '.'::text, c.relname::text) \
               FROM pg_catalog.pg_class c JOIN s ON s.oid = c.relnamespace \
               WHERE c.relowner NOT IN (SELECT oid FROM t) \
               AND c.relkind::text IN ('r'::text, 'v'::text, 'm'::text, 'f'::text, 'p'::text) \
               UNION ALL SELECT pg_catalog.pg_get_userbyid(p.proowner)::text, \
                 'owns the function'::text, pg_catalog.concat(s.nspname::text, '.'::text, p.proname::text) \
               FROM pg_catalog.pg_proc p JOIN s ON s.oid = p.pronamespace \
               WHERE p.proowner NOT IN (SELECT oid FROM t) \
               UNION ALL SELECT pg_catalog.pg_get_userbyid(o.oprowner)::text, \
                 'owns the operator'::text, pg_catalog.concat(s.nspname::text, '.'::text, o.oprname::text) \
               FROM pg_catalog.pg_operator o JOIN s ON s.oid = o.oprnamespace \
               WHERE o.oprowner NOT IN (SELECT oid FROM t)",
            $and,
            ") \
             SELECT DISTINCT who, what, name FROM found ORDER BY who, what, name"
        )
    };
}
const BEFORE: &str = strangers!("", "");
/// The owner of the tables need not be who looks at them.
const BESIDE: &str = strangers!(
    "OR r.oid IN (SELECT c.relowner FROM pg_catalog.pg_class c \
                  WHERE c.oid = pg_catalog.to_regclass('schema_version'::text)::oid)",
    // The store has no trigger, rule or policy, and gives its roles alone something.
    " UNION ALL SELECT COALESCE(r.rolname::text, 'PUBLIC'::text), 'may use the table'::text, \
        pg_catalog.concat(s.nspname::text, '.'::text, c.relname::text) \
      FROM pg_catalog.pg_class c JOIN s ON s.oid = c.relnamespace \
      CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a \
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee \
      WHERE a.grantee NOT IN (SELECT oid FROM t) AND a.grantee <> c.relowner \
      AND COALESCE(r.rolname::text, ''::text) NOT IN ('tokenkaart_importer'::text, \
        'tokenkaart_verifier'::text, 'tokenkaart_operator'::text, 'tokenkaart_sign_in'::text, \
        'tokenkaart_desk'::text) \
      UNION ALL SELECT 'somebody'::text, 'has put a trigger on the table'::text, \
        pg_catalog.concat(s.nspname::text, '.'::text, c.relname::text) \
      FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid \
      JOIN s ON s.oid = c.relnamespace WHERE NOT g.tgisinternal \
      UNION ALL SELECT 'somebody'::text, 'has put a rule on the table'::text, \
        pg_catalog.concat(s.nspname::text, '.'::text, c.relname::text) \
      FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class \
      JOIN s ON s.oid = c.relnamespace WHERE w.rulename <> '_RETURN'::name \
      UNION ALL SELECT 'somebody'::text, 'has put a policy on the table'::text, \
        pg_catalog.concat(s.nspname::text, '.'::text, c.relname::text) \
      FROM pg_catalog.pg_policy y JOIN pg_catalog.pg_class c ON c.oid = y.polrelid \
      JOIN s ON s.oid = c.relnamespace"
);

/// Strangers to who is about to make a store, or to bring one up to date.
pub(super) fn before(transaction: &mut Transaction<'_>) -> Result<Vec<Stranger>, StoreError> {
    asked(transaction, BEFORE)
}

/// Strangers to the owner of a store.
pub(super) fn beside(transaction: &mut Transaction<'_>) -> Result<Vec<Stranger>, StoreError> {
    asked(transaction, BESIDE)
}

fn asked(
    transaction: &mut Transaction<'_>,
    sql: &'static str,
) -> Result<Vec<Stranger>, StoreError> {
    let stranger = |row: &StoreRow| {
        let text = |column| row.text(column).map(str::to_owned);
        Ok(Stranger { who: text("who")?, what: text("what")?, name: text("name")? })
    };
    transaction.query(sql, &[])?.iter().map(stranger).collect()
}
