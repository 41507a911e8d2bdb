//! All rows of one person, in every table that has any.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::{StoreError, StoreRow, Transaction, Value};
use crate::Lane;

/// What is told of a person, by table; nothing secret. Parameters: lane, holder.
const TOLD: [(&str, &str); 32] = [
    (
        "accounts",
        "SELECT user_name, email, name, language, made_at FROM accounts \
         WHERE lane = $1 AND holder = $2",
    ),
    ("passwords", "SELECT set_at FROM passwords WHERE lane = $1 AND holder = $2"),
    ("keys", "SELECT key, made_at FROM keys WHERE lane = $1 AND holder = $2"),
    (
        "key_attempts",
        "SELECT key, failures, not_before FROM key_attempts WHERE lane = $1 AND holder = $2",
    ),
    ("app_uses", "SELECT at FROM app_uses WHERE lane = $1 AND holder = $2 ORDER BY at"),
    ("confirmed", "SELECT address, at FROM confirmed WHERE lane = $1 AND holder = $2 ORDER BY at"),
    ("activations", "SELECT made_at, expires_at FROM activations WHERE lane = $1 AND holder = $2"),
    ("changes", "SELECT what, stage, expires_at FROM changes WHERE lane = $1 AND holder = $2"),
    ("mails", "SELECT kind, made_at, until FROM mails WHERE lane = $1 AND holder = $2"),
    ("sign_ins", "SELECT at, key FROM sign_ins WHERE lane = $1 AND holder = $2 ORDER BY at"),
    ("sessions", "SELECT key, signed_in_at, seen_at FROM sessions WHERE lane = $1 AND holder = $2"),
    ("steps", "SELECT step, key, expires_at FROM steps WHERE lane = $1 AND holder = $2"),
    ("grants", "SELECT client, given_at, expires_at FROM grants WHERE lane = $1 AND holder = $2"),
    (
        "visits",
        "SELECT application, week, key FROM visits WHERE lane = $1 AND holder = $2 \
         ORDER BY week, application",
    ),
    (
        "tokens",
        "SELECT serial, run, came_at, issued, expires, scheme FROM tokens \
         WHERE lane = $1 AND holder = $2 ORDER BY came_at, serial",
    ),
    (
        "states",
        "SELECT serial, state, since, pending_until FROM states WHERE lane = $1 AND holder = $2",
    ),
    (
        "suspensions",
        "SELECT serial, since, reason FROM suspensions WHERE lane = $1 AND holder = $2",
    ),
    ("locks", "SELECT serial, since, reason FROM locks WHERE lane = $1 AND holder = $2"),
    ("ends", "SELECT serial, state, at, reason FROM ends WHERE lane = $1 AND holder = $2"),
    ("uses", "SELECT serial, position, at FROM uses WHERE lane = $1 AND holder = $2 ORDER BY at"),
    ("drawn", "SELECT serial, position, at FROM drawn WHERE lane = $1 AND holder = $2"),
    (
        "challenges",
        "SELECT serial, position, drawn_at, expires_at FROM challenges \
         WHERE lane = $1 AND holder = $2",
    ),
    (
        "attempts",
        "SELECT failures, not_before, asked, last_used FROM attempts \
         WHERE lane = $1 AND holder = $2",
    ),
    ("guesses", "SELECT at FROM guesses WHERE lane = $1 AND holder = $2"),
    ("card_requests", "SELECT serial, at FROM card_requests WHERE lane = $1 AND holder = $2"),
    (
        "printed_cards",
        "SELECT serial, clerk, at FROM printed_cards WHERE lane = $1 AND holder = $2 ORDER BY at",
    ),
    (
        "handed_over",
        "SELECT serial, clerk, document, at FROM handed_over WHERE lane = $1 AND holder = $2",
    ),
    ("post_requests", "SELECT clerk, at FROM post_requests WHERE lane = $1 AND holder = $2"),
    (
        "post_addresses",
        "SELECT name, language, street, postal_code, city, country, email, user_name \
         FROM post_addresses WHERE lane = $1 AND holder = $2",
    ),
    (
        "post_closed",
        "SELECT asked, batch, how, clerk, at FROM post_closed WHERE lane = $1 AND holder = $2 \
         ORDER BY at",
    ),
    ("clerks", "SELECT user_name, role, since FROM clerks WHERE lane = $1 AND holder = $2"),
    (
        "desk_sessions",
        "SELECT key, signed_in_at, seen_at FROM desk_sessions WHERE lane = $1 AND holder = $2",
    ),
];

/// What deletes them, those before which hang on others. Parameters: lane, holder.
const DELETED: [&str; 37] = [
    "DELETE FROM withdrawn WHERE lane = $1 AND id IN \
     (SELECT g.id FROM grants g WHERE g.lane = $1 AND g.holder = $2)",
    "DELETE FROM redeemed WHERE lane = $1 AND id IN \
     (SELECT g.id FROM grants g WHERE g.lane = $1 AND g.holder = $2)",
    "DELETE FROM access_tokens WHERE lane = $1 AND code IN \
     (SELECT g.id FROM grants g WHERE g.lane = $1 AND g.holder = $2)",
    "DELETE FROM grants WHERE lane = $1 AND holder = $2",
    "DELETE FROM told WHERE lane = $1 AND session IN \
     (SELECT s.id FROM sessions s WHERE s.lane = $1 AND s.holder = $2)",
    "DELETE FROM sessions WHERE lane = $1 AND holder = $2",
    "DELETE FROM desk_sessions WHERE lane = $1 AND holder = $2",
    "DELETE FROM sign_ins WHERE lane = $1 AND holder = $2",
    "DELETE FROM steps WHERE lane = $1 AND holder = $2",
    "DELETE FROM visits WHERE lane = $1 AND holder = $2",
    "DELETE FROM changes WHERE lane = $1 AND holder = $2",
    "DELETE FROM activations WHERE lane = $1 AND holder = $2",
    "DELETE FROM confirmed WHERE lane = $1 AND holder = $2",
    "DELETE FROM app_uses WHERE lane = $1 AND holder = $2",
    "DELETE FROM key_attempts WHERE lane = $1 AND holder = $2",
    "DELETE FROM keys WHERE lane = $1 AND holder = $2",
    "DELETE FROM mails WHERE lane = $1 AND holder = $2",
    "DELETE FROM passwords WHERE lane = $1 AND holder = $2",
    "DELETE FROM accounts WHERE lane = $1 AND holder = $2",
    "DELETE FROM post_addresses WHERE lane = $1 AND holder = $2",
    "DELETE FROM post_exports WHERE lane = $1 AND holder = $2",
    "DELETE FROM post_requests WHERE lane = $1 AND holder = $2",
    "DELETE FROM post_closed WHERE lane = $1 AND holder = $2",
    "DELETE FROM handed_over WHERE lane = $1 AND holder = $2",
    "DELETE FROM printed_cards WHERE lane = $1 AND holder = $2",
    "DELETE FROM card_requests WHERE lane = $1 AND holder = $2",
    "DELETE FROM guesses WHERE lane = $1 AND holder = $2",
    "DELETE FROM attempts WHERE lane = $1 AND holder = $2",
    "DELETE FROM challenges WHERE lane = $1 AND holder = $2",
    "DELETE FROM drawn WHERE lane = $1 AND holder = $2",
    "DELETE FROM uses WHERE lane = $1 AND holder = $2",
    "DELETE FROM ends WHERE lane = $1 AND holder = $2",
    "DELETE FROM locks WHERE lane = $1 AND holder = $2",
    "DELETE FROM suspensions WHERE lane = $1 AND holder = $2",
    "DELETE FROM states WHERE lane = $1 AND holder = $2",
    "DELETE FROM codes WHERE lane = $1 AND holder = $2",
    "DELETE FROM tokens WHERE lane = $1 AND holder = $2",
];

/// Their user name and address, which have lanes of their own, and what the audit calls them.
const LOGIN: &str = "DELETE FROM logins WHERE lane = $1 AND user_name = $2";
const EMAIL: &str = "DELETE FROM emails WHERE lane = $1 AND address = $2";
const REFERENCE: &str = "DELETE FROM holders WHERE lane = $1 AND holder = $2";

fn key(holder: &str) -> Vec<Value> {
    vec![Lane::of(holder).into(), holder.into()]
}

/// The rows of a person, by table; tables that have none are left out.
pub(crate) fn told(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Map<String, Json>, StoreError> {
    let statements = TOLD.iter().map(|(_, sql)| (*sql, key(holder))).collect();
    let found = transaction.all(statements)?;
    let mut tables = Map::new();
    for ((table, _), rows) in TOLD.iter().zip(found) {
        if !rows.is_empty() {
            tables.insert((*table).to_owned(), rows.iter().map(as_json).collect());
        }
    }
    Ok(tables)
}

/// A row by its columns; moments as RFC 3339 has them.
fn as_json(row: &StoreRow) -> Json {
    let cells = row.columns.iter().zip(&row.values).map(|(column, value)| {
        let json = match value {
            Value::Null => Json::Null,
            Value::Text(text) => text.as_str().into(),
            Value::Int(number) if is_moment(column) => Timestamp::from_millisecond(*number)
                .map_or_else(|_| (*number).into(), |at| at.to_string().into()),
            Value::Int(number) => (*number).into(),
        };
        (column.to_string(), json)
    });
    Json::Object(cells.collect())
}

fn is_moment(column: &str) -> bool {
    column.ends_with("_at")
        || ["at", "since", "until", "pending_until", "asked", "not_before", "last_used"]
            .contains(&column)
}

/// Whether somebody works at the desk.
pub(crate) fn is_clerk(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<bool, StoreError> {
    let row = transaction
        .query_one("SELECT role FROM clerks WHERE lane = $1 AND holder = $2", &key(holder))?;
    Ok(row.is_some())
}

/// Deletes all rows of a person, in a lane that is locked; says how many there were.
pub(crate) fn delete(transaction: &mut Transaction<'_>, holder: &str) -> Result<u64, StoreError> {
    let account = transaction.query_one(
        "SELECT user_name, email FROM accounts WHERE lane = $1 AND holder = $2",
        &key(holder),
    )?;
    let mut deleted = 0;
    if let Some(account) = account {
        deleted += transaction.execute(LOGIN, &key(account.text("user_name")?))?;
        deleted += transaction.execute(EMAIL, &key(&account.text("email")?.to_lowercase()))?;
    }
    for sql in DELETED {
        deleted += transaction.execute(sql, &key(holder))?;
    }
    Ok(deleted + transaction.execute(REFERENCE, &key(holder))?)
}
