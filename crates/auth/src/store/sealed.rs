//! The columns that hold what is sealed, and the places that it is bound to.

use super::{StoreError, Transaction};
use crate::Lane;

/// A column that holds sealed texts.
pub(crate) struct Column {
    /// What its places begin with.
    name: &'static str,
    /// Finds a lane's rows: `key`, `other` (a second part of the key, or empty) and `text`.
    select: &'static str,
    /// Writes one. Parameters: lane, key, other, the text before, the text from now on.
    update: &'static str,
}

/// A sealed text and where it stands.
pub(crate) struct SealedText {
    pub(crate) key: String,
    pub(crate) other: String,
    pub(crate) text: String,
}

const APP: &str = "keys";
const MAIL: &str = "mails";
const CODE: &str = "mail_codes";
const DETAIL: &str = "changes detail";
const SECRET: &str = "changes secret";
const DAY_LIST: &str = "day_lists";

/// All of them.
pub(crate) const COLUMNS: [Column; 6] = [
    Column {
        name: APP,
        select: "SELECT holder AS key, id AS other, secret AS text FROM keys \
                 WHERE lane = $1 AND secret IS NOT NULL",
        update: "UPDATE keys SET secret = $5 WHERE lane = $1 AND holder = $2 AND id = $3 \
                 AND secret = $4",
    },
    Column {
        name: MAIL,
        select: "SELECT id AS key, '' AS other, body AS text FROM mails WHERE lane = $1",
        update: "UPDATE mails SET body = $5 WHERE lane = $1 AND id = $2 AND $3 = '' AND body = $4",
    },
    Column {
        name: CODE,
        select: "SELECT id AS key, '' AS other, code AS text FROM mail_codes WHERE lane = $1",
        update: "UPDATE mail_codes SET code = $5 WHERE lane = $1 AND id = $2 AND $3 = '' \
                 AND code = $4",
    },
    Column {
        name: DETAIL,
        select: "SELECT id AS key, '' AS other, detail AS text FROM changes \
                 WHERE lane = $1 AND detail IS NOT NULL",
        update: "UPDATE changes SET detail = $5 WHERE lane = $1 AND id = $2 AND $3 = '' \
                 AND detail = $4",
    },
    Column {
        name: SECRET,
        select: "SELECT id AS key, '' AS other, secret AS text FROM changes \
                 WHERE lane = $1 AND secret IS NOT NULL",
        update: "UPDATE changes SET secret = $5 WHERE lane = $1 AND id = $2 AND $3 = '' \
                 AND secret = $4",
    },
    Column {
        name: DAY_LIST,
        select: "SELECT list AS key, CAST(page AS text) AS other, body AS text FROM day_lists \
                 WHERE lane = $1",
        update: "UPDATE day_lists SET body = $5 WHERE lane = $1 AND list = $2 \
                 AND CAST(page AS text) = $3 AND body = $4",
    },
];

impl Column {
    /// What a text in this column is bound to.
    pub(crate) fn place(&self, lane: Lane, row: &SealedText) -> String {
        place(self.name, lane, &row.key, &row.other)
    }
}

fn place(name: &str, lane: Lane, key: &str, other: &str) -> String {
    // The length parts the two, whatever is in them.
    format!("{name} {lane} {} {key} {other}", key.len())
}

/// What the secret of a holder's app is bound to.
pub(crate) fn of_app(holder: &str, id: &str) -> String {
    place(APP, Lane::of(holder), holder, id)
}

/// What the body of a mail is bound to.
pub(crate) fn of_mail(lane: Lane, id: &str) -> String {
    place(MAIL, lane, id, "")
}

/// What a code that was sent by e-mail is bound to.
pub(crate) fn of_code(lane: Lane, id: &str) -> String {
    place(CODE, lane, id, "")
}

/// What the detail of a change is bound to.
pub(crate) fn of_detail(lane: Lane, id: &str) -> String {
    place(DETAIL, lane, id, "")
}

/// What the secret of a change is bound to.
pub(crate) fn of_secret(lane: Lane, id: &str) -> String {
    place(SECRET, lane, id, "")
}

/// A lane's sealed texts of a column.
pub(crate) fn read(
    transaction: &mut Transaction<'_>,
    column: &Column,
    lane: Lane,
) -> Result<Vec<SealedText>, StoreError> {
    let rows = transaction.query(column.select, &[lane.into()])?;
    let text = |row: &super::StoreRow, column| row.text(column).map(str::to_owned);
    rows.iter()
        .map(|row| {
            Ok(SealedText {
                key: text(row, "key")?,
                other: text(row, "other")?,
                text: text(row, "text")?,
            })
        })
        .collect()
}

/// Puts a text in the place of one, unless somebody else has.
pub(crate) fn write(
    transaction: &mut Transaction<'_>,
    column: &Column,
    lane: Lane,
    row: &SealedText,
    fresh: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        column.update,
        vec![
            lane.into(),
            row.key.as_str().into(),
            row.other.as_str().into(),
            row.text.as_str().into(),
            fresh.into(),
        ],
    )
}

/// What a page of a desk's list of the day is bound to.
pub(crate) fn of_day_list(list: &str, page: u32) -> String {
    place(DAY_LIST, Lane::OFFICE, list, &page.to_string())
}
