//! The audit: a row for each thing that happened, each with the digest of the one before.
//!
//! The digest of a row is SHA-256 over the digest of the row before, as 64 hexadecimal digits, and
//! the row as one line of JSON without its `hash`: members in the order of the columns, no spaces.
//! Before the first row stand 64 zeros. So a row that was altered, removed or moved breaks the
//! chain there, unless all that follow were made anew; that shows against a head that was kept
//! elsewhere.

use jiff::Timestamp;
use serde::Serialize;
use tokenkaart_token::files::Sha256Digest;

use super::{Kind, Row, StoreError, Transaction, Value};

/// Rows that are written by [`Transaction::bulk`] rather than one by one, when there are as many.
const MANY: usize = 16;
/// Rows that are read at a time.
const PAGE: i64 = 1000;
const COLUMNS: [(&str, Kind); 9] = [
    ("seq", Kind::Big),
    ("at", Kind::Big),
    ("actor", Kind::Text),
    ("event", Kind::Text),
    ("holder", Kind::Text),
    ("serial", Kind::Text),
    ("position", Kind::Small),
    ("detail", Kind::Text),
    ("hash", Kind::Text),
];

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A run's tokens came into the store.
    Imported,
    /// A new token of the same holder ended this one.
    Voided,
    /// A code was asked for.
    Challenged,
    /// The code was right; it is used now.
    Accepted,
    /// The code was wrong, or none could be right.
    Refused,
    /// Too many wrong answers.
    Locked,
    /// An operator let a locked token be used again.
    Unlocked,
    /// An operator put a token aside.
    Suspended,
    /// An operator let a suspended token be used again.
    Resumed,
    /// An operator ended a token.
    Revoked,
    /// A token's time is over.
    Expired,
}

impl Event {
    /// The name in the store and in what is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Voided => "voided",
            Self::Challenged => "challenged",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// What is told of a thing that happened. Never a code or a hash of one.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What happened.
    pub event: Event,
    /// To whom, if it was one holder.
    pub holder: Option<&'a str>,
    /// To which token, if it was one.
    pub serial: Option<&'a str>,
    /// At which position, if it was one.
    pub position: Option<u8>,
    /// More of it, in words; may be empty.
    pub detail: &'a str,
}

/// A row of the audit, as it is chained and exported.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AuditRow {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When, in milliseconds since 1970 in UTC.
    pub at: i64,
    /// Who did it: a login, or a program.
    pub actor: String,
    /// What happened: see [`Event`].
    pub event: String,
    /// To whom.
    pub holder: Option<String>,
    /// To which token.
    pub serial: Option<String>,
    /// At which position.
    pub position: Option<i64>,
    /// More of it, in words.
    pub detail: String,
    /// The digest of the row before and this one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub hash: String,
}

/// The last row of the audit: what to keep elsewhere, so that nobody can make it anew unseen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The number of the last row; 0 when there is none.
    pub seq: i64,
    /// Its digest, 64 hexadecimal digits.
    pub hash: String,
}

impl Head {
    /// What stands before the first row.
    fn first() -> Self {
        Self { seq: 0, hash: "0".repeat(64) }
    }

    /// Puts a row behind this head, and it becomes the head; none when there are no numbers left.
    fn chain(&mut self, mut row: AuditRow) -> Option<AuditRow> {
        row.seq = self.seq.checked_add(1)?;
        row.hash = digest(&self.hash, &row);
        self.seq = row.seq;
        row.hash.clone_into(&mut self.hash);
        Some(row)
    }
}

/// The digest of a row behind another.
fn digest(before: &str, row: &AuditRow) -> String {
    let bare = AuditRow { hash: String::new(), ..row.clone() };
    // A row of texts and numbers has a JSON.
    let json = serde_json::to_string(&bare).unwrap_or_default();
    Sha256Digest::of(format!("{before}{json}").as_bytes()).to_string()
}

/// Appends rows; the head stays locked until the transaction ends, so this comes last.
///
/// # Errors
/// [`StoreError`], also when somebody has set the head to the last number that there is; the
/// transaction is to be dropped then.
pub fn append(
    transaction: &mut Transaction<'_>,
    at: Timestamp,
    actor: &str,
    entries: &[Entry<'_>],
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut head = head_for_update(transaction)?;
    let store = transaction.store.to_owned();
    let rows = entries.iter().map(|entry| {
        let row = AuditRow {
            seq: 0,
            at: at.as_millisecond(),
            actor: actor.to_owned(),
            event: entry.event.as_str().to_owned(),
            holder: entry.holder.map(str::to_owned),
            serial: entry.serial.map(str::to_owned),
            position: entry.position.map(i64::from),
            detail: entry.detail.to_owned(),
            hash: String::new(),
        };
        let row = head.chain(row);
        row.map(values).ok_or_else(|| StoreError::Malformed { store: store.clone(), column: 0 })
    });
    if entries.len() < MANY {
        for row in rows {
            transaction.execute(
                "INSERT INTO audit \
                 (seq, at, actor, event, holder, serial, position, detail, hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                &row?,
            )?;
        }
    } else {
        let mut bulk = transaction.bulk("audit", &COLUMNS)?;
        for row in rows {
            bulk.push(&row?)?;
        }
        bulk.finish()?;
    }
    transaction.execute(
        "UPDATE audit_head SET seq = $1, hash = $2 WHERE one = 1",
        &[head.seq.into(), head.hash.into()],
    )?;
    Ok(())
}

fn head_for_update(transaction: &mut Transaction<'_>) -> Result<Head, StoreError> {
    let found =
        transaction.query_one("SELECT seq, hash FROM audit_head WHERE one = 1 FOR UPDATE", &[])?;
    found.map_or_else(|| Ok(Head::first()), |row| read_head(&row))
}

fn read_head(row: &Row) -> Result<Head, StoreError> {
    Ok(Head { seq: row.int(0)?, hash: row.text(1)?.to_owned() })
}

fn values(row: AuditRow) -> [Value; 9] {
    [
        row.seq.into(),
        row.at.into(),
        row.actor.into(),
        row.event.into(),
        row.holder.into(),
        row.serial.into(),
        row.position.into(),
        row.detail.into(),
        row.hash.into(),
    ]
}

/// Reads all rows in order, a page at a time.
///
/// # Errors
/// [`StoreError`], or what `each` returns.
pub fn read<E: From<StoreError>>(
    transaction: &mut Transaction<'_>,
    mut each: impl FnMut(AuditRow) -> Result<(), E>,
) -> Result<(), E> {
    let mut last = i64::MIN;
    loop {
        let rows = transaction.query(
            "SELECT seq, at, actor, event, holder, serial, position, detail, hash FROM audit \
             WHERE seq > $1 ORDER BY seq LIMIT $2",
            &[last.into(), PAGE.into()],
        )?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.int(0)?;
        for row in &rows {
            each(read_row(row)?)?;
        }
    }
}

fn read_row(row: &Row) -> Result<AuditRow, StoreError> {
    let text = |column| row.text_or_null(column).map(|text| text.map(str::to_owned));
    Ok(AuditRow {
        seq: row.int(0)?,
        at: row.int(1)?,
        actor: row.text(2)?.to_owned(),
        event: row.text(3)?.to_owned(),
        holder: text(4)?,
        serial: text(5)?,
        position: row.int_or_null(6)?,
        detail: row.text(7)?.to_owned(),
        hash: row.text(8)?.to_owned(),
    })
}

/// Where the chain breaks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Break {
    /// A number is left out.
    #[error("row {0} of the audit is missing")]
    Missing(i64),
    /// A row is not what its digest says.
    #[error("row {0} of the audit was altered, or stands where another stood")]
    Altered(i64),
    /// Rows at the end are missing.
    #[error("the audit ends at row {last}, and its head says {head}: the rows between are missing")]
    Cut {
        /// The last row that is there.
        last: i64,
        /// The row that the head names.
        head: i64,
    },
    /// The head isn't that of the last row.
    #[error("the head of the audit is not that of its last row, {last}")]
    Head {
        /// The last row.
        last: i64,
    },
    /// A head that was kept is in no row.
    #[error(
        "no row of the audit has the head that was kept: the audit was made anew or cut after it"
    )]
    NotKept,
}

/// How the audit stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// Rows that were read.
    pub rows: u64,
    /// The head that its rows make, as far as they are whole.
    pub head: Head,
    /// The first break, if there is one.
    pub broken: Option<Break>,
}

/// Reckons the whole chain anew, and looks for a head that was kept elsewhere.
///
/// # Errors
/// [`StoreError`].
pub fn verify(
    transaction: &mut Transaction<'_>,
    kept: Option<&str>,
) -> Result<Verdict, StoreError> {
    let mut verdict = Verdict { rows: 0, head: Head::first(), broken: None };
    let mut is_kept = kept.is_none_or(|kept| kept == verdict.head.hash);
    read(transaction, |row| {
        verdict.rows += 1;
        if verdict.broken.is_none() {
            let expected = verdict.head.seq.saturating_add(1);
            if row.seq > expected {
                verdict.broken = Some(Break::Missing(expected));
            } else if row.seq < expected || row.hash != digest(&verdict.head.hash, &row) {
                verdict.broken = Some(Break::Altered(row.seq));
            } else {
                is_kept |= kept == Some(row.hash.as_str());
                verdict.head = Head { seq: row.seq, hash: row.hash };
            }
        }
        Ok::<(), StoreError>(())
    })?;
    let stated = transaction
        .query_one("SELECT seq, hash FROM audit_head WHERE one = 1", &[])?
        .map_or_else(|| Ok(Head::first()), |row| read_head(&row))?;
    if verdict.broken.is_none() {
        let last = verdict.head.seq;
        verdict.broken = if stated.seq > last {
            Some(Break::Cut { last, head: stated.seq })
        } else if stated != verdict.head {
            Some(Break::Head { last })
        } else if is_kept {
            None
        } else {
            Some(Break::NotKept)
        };
    }
    Ok(verdict)
}
