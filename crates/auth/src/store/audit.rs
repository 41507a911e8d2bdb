//! The audit: a row for each thing that happened, each with the digest of the one before.
//!
//! Each lane has a chain of its own. The digest of a row is SHA-256 over the digest of the row
//! before, as 64 hexadecimal digits, and the row as one line of JSON without its `hash`: members in
//! the order of the columns, no spaces. Before the first row stand 64 zeros. So a row that was
//! altered, removed or moved breaks its chain there, unless all that follow were recomputed; that
//! shows against a [`checkpoint`] that was kept elsewhere.
//!
//! A row names a holder by a reference, which the table `holders` alone can resolve.

pub mod checkpoint;
mod verify;

use jiff::Timestamp;
use serde::Serialize;
use tokenkaart_token::files::Sha256Digest;

use super::{Cell, Kind, StoreError, StoreRow, Transaction, Value};
use crate::Lane;

pub use self::verify::{Break, Verdict, Verified, verify};

/// Rows that are written by [`Transaction::bulk`] rather than one by one, when there are as many.
const MANY: usize = 64;
/// Rows that are read at a time.
const PAGE: i64 = 1000;
/// Before the first row.
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const COLUMNS: [(&str, Kind); 10] = [
    ("lane", Kind::Small),
    ("seq", Kind::Big),
    ("at", Kind::Big),
    ("actor", Kind::Text),
    ("event", Kind::Text),
    ("ref", Kind::Text),
    ("serial", Kind::Text),
    ("position", Kind::Small),
    ("detail", Kind::Text),
    ("hash", Kind::Text),
];

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A run's tokens came into the store, all of them.
    Imported,
    /// A lane's tokens of a run became active, and those before them ended.
    Switched,
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
    /// Runs must be signed, by this key among others.
    SignerAdded,
    /// A signature of this key counts no more.
    SignerRemoved,
    /// A holder may sign in by user name and password.
    AccountMade,
    /// The password was right.
    PasswordAccepted,
    /// The password was wrong, or the user name unknown.
    PasswordRefused,
    /// Both factors were right.
    SignedIn,
    /// A holder has ended their session.
    SignedOut,
    /// An application was given a code.
    Granted,
    /// An application has brought its code in.
    Redeemed,
    /// What a code gave counts no longer, since it came twice.
    Withdrawn,
    /// An application's last day with the token was seen to be past.
    PhasedOut,
    /// A holder asked for a new card.
    CardAsked,
    /// Somebody was told of an application's last day with the token, and goes on with it.
    Warned,
    /// A mail was sent.
    MailSent,
    /// A mail could not be sent while it was of use.
    MailGivenUp,
    /// A code was sent by e-mail.
    CodeMailed,
    /// A digital key is active.
    KeyActive,
    /// A digital key was removed, or another one took its place.
    KeyRemoved,
    /// The code of a key beside the token was right.
    KeyAccepted,
    /// The code of a key beside the token was wrong, or none could be right.
    KeyRefused,
    /// A token ended, since another key took its place.
    Replaced,
    /// Somebody has read a code at their address.
    AddressConfirmed,
    /// The account has another address.
    AddressChanged,
    /// A holder may activate their account by a code on paper and a link that was mailed.
    ActivationBegun,
    /// Code and link of an activation were right.
    ActivationAccepted,
    /// They weren't, or their time was over.
    ActivationRefused,
    /// An account has the user name and the password that its holder has chosen.
    Activated,
    /// The account has another user name.
    UserNameChanged,
    /// An operator let a digital key be used again that was locked by wrong codes.
    KeyUnlocked,
    /// The account has another password.
    PasswordChanged,
    /// The account has another language.
    LanguageChanged,
    /// A card was printed at a counter; its token is pending.
    CardPrinted,
    /// A card that was printed at a counter was handed over; its token is active.
    CardHandedOver,
    /// A card that was printed at a counter was spoilt; its token is void.
    CardSpoilt,
    /// Nobody said in time what became of a card; its token is void.
    CardLapsed,
    /// A card by post was asked for at a counter.
    PostAsked,
    /// Requests for cards by post were exported together.
    PostExported,
    /// A request for a card by post was cancelled.
    PostCancelled,
    /// Requests for cards by post were closed, since their run was imported.
    PostClosed,
    /// A desk has the holder file of a day.
    DayListKept,
    /// And has it no longer, before the day was over.
    DayListForgotten,
    /// All that the store had of a person was deleted.
    PersonForgotten,
    /// Somebody may work at the desk.
    ClerkAdded,
    /// Somebody may work at the desk no longer.
    ClerkStopped,
    /// A clerk has locked their screen.
    ScreenLocked,
    /// And opened it again, by the password.
    ScreenOpened,
}

impl Event {
    /// The name in the store and in what is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Switched => "switched",
            Self::Challenged => "challenged",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::SignerAdded => "signer added",
            Self::SignerRemoved => "signer removed",
            Self::AccountMade => "account made",
            Self::PasswordAccepted => "password accepted",
            Self::PasswordRefused => "password refused",
            Self::SignedIn => "signed in",
            Self::SignedOut => "signed out",
            Self::Granted => "granted",
            Self::Redeemed => "redeemed",
            Self::Withdrawn => "withdrawn",
            Self::PhasedOut => "phased out",
            Self::CardAsked => "card asked",
            Self::Warned => "warned",
            Self::MailSent => "mail sent",
            Self::MailGivenUp => "mail given up",
            Self::CodeMailed => "code mailed",
            Self::KeyActive => "key active",
            Self::KeyRemoved => "key removed",
            Self::KeyAccepted => "key accepted",
            Self::KeyRefused => "key refused",
            Self::Replaced => "replaced",
            Self::AddressConfirmed => "address confirmed",
            Self::AddressChanged => "address changed",
            Self::ActivationBegun => "activation begun",
            Self::ActivationAccepted => "activation accepted",
            Self::ActivationRefused => "activation refused",
            Self::Activated => "activated",
            Self::UserNameChanged => "user name changed",
            Self::KeyUnlocked => "key unlocked",
            Self::PasswordChanged => "password changed",
            Self::LanguageChanged => "language changed",
            Self::CardPrinted => "card printed",
            Self::CardHandedOver => "card handed over",
            Self::CardSpoilt => "card spoilt",
            Self::CardLapsed => "card lapsed",
            Self::PostAsked => "post asked",
            Self::PostExported => "post exported",
            Self::PostCancelled => "post cancelled",
            Self::PostClosed => "post closed",
            Self::DayListKept => "day list kept",
            Self::DayListForgotten => "day list forgotten",
            Self::PersonForgotten => "person forgotten",
            Self::ClerkAdded => "clerk added",
            Self::ClerkStopped => "clerk stopped",
            Self::ScreenLocked => "screen locked",
            Self::ScreenOpened => "screen opened",
        }
    }
}

/// What is told of a thing that happened. Never a code or a hash of one, nor a holder.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What happened.
    pub event: Event,
    /// To whom, if it was one holder: the reference, see [`reference()`].
    pub reference: Option<&'a str>,
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
    /// Its chain: the lane of the holder, or 256 for what is of none.
    pub lane: u16,
    /// Its number in the chain, from 1 without gaps.
    pub seq: i64,
    /// When, in milliseconds since 1970 in UTC.
    pub at: i64,
    /// Who did it: a login, or a program.
    pub actor: String,
    /// What happened: see [`Event`].
    pub event: String,
    /// To whom.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
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

/// The last row of a chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The chain.
    pub lane: Lane,
    /// The number of the last row; 0 when there is none.
    pub seq: i64,
    /// Its digest, 64 hexadecimal digits.
    pub hash: String,
}

impl Head {
    /// What stands before the first row.
    #[must_use]
    pub fn first(lane: Lane) -> Self {
        Self { lane, seq: 0, hash: ZEROS.to_owned() }
    }

    fn read(lane: Lane, row: &StoreRow) -> Result<Self, StoreError> {
        match (row.int_or_null("seq")?, row.text_or_null("hash")?) {
            (Some(seq), Some(hash)) => Ok(Self { lane, seq, hash: hash.to_owned() }),
            _ => Ok(Self::first(lane)),
        }
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

/// What locks a lane's head. Parameter: lane.
pub(crate) const LOCK: &str = "SELECT seq, hash FROM audit_head WHERE lane = $1 FOR UPDATE";

/// Locks a lane until the transaction ends; every act in it begins so.
///
/// # Errors
/// [`StoreError`].
pub fn lock(transaction: &mut Transaction<'_>, lane: Lane) -> Result<Head, StoreError> {
    let found = transaction.query_one(LOCK, &[lane.into()])?;
    locked(lane, found.as_ref())
}

/// The head that a lock has found.
pub(crate) fn locked(lane: Lane, found: Option<&StoreRow>) -> Result<Head, StoreError> {
    found.map_or_else(|| Ok(Head::first(lane)), |row| Head::read(lane, row))
}

/// Appends rows to a lane that is locked.
///
/// # Errors
/// [`StoreError`], also when somebody has set the head to the last number that there is; the
/// transaction is to be dropped then.
pub fn append(
    transaction: &mut Transaction<'_>,
    head: &mut Head,
    at: Timestamp,
    actor: &str,
    entries: &[Entry<'_>],
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let store = transaction.store.to_string();
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let row = AuditRow {
            lane: head.lane.number(),
            seq: 0,
            at: at.as_millisecond(),
            actor: actor.to_owned(),
            event: entry.event.as_str().to_owned(),
            reference: entry.reference.map(str::to_owned),
            serial: entry.serial.map(str::to_owned),
            position: entry.position.map(i64::from),
            detail: entry.detail.to_owned(),
            hash: String::new(),
        };
        let malformed = || StoreError::Malformed { store: store.clone(), column: "seq" };
        rows.push(head.chain(row).ok_or_else(malformed)?);
    }
    if rows.len() < MANY {
        for row in rows {
            transaction.queue(
                "INSERT INTO audit \
                 (lane, seq, at, actor, event, ref, serial, position, detail, hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                values(row).into(),
            )?;
        }
    } else {
        let mut bulk = transaction.bulk("audit", &COLUMNS)?;
        for row in &rows {
            bulk.push(&cells(row))?;
        }
        bulk.finish()?;
    }
    transaction.queue(
        "UPDATE audit_head SET seq = $1, hash = $2 WHERE lane = $3",
        vec![head.seq.into(), head.hash.as_str().into(), head.lane.into()],
    )
}

fn values(row: AuditRow) -> [Value; 10] {
    [
        i64::from(row.lane).into(),
        row.seq.into(),
        row.at.into(),
        row.actor.into(),
        row.event.into(),
        row.reference.into(),
        row.serial.into(),
        row.position.into(),
        row.detail.into(),
        row.hash.into(),
    ]
}

fn cells(row: &AuditRow) -> [Cell<'_>; 10] {
    [
        Cell::Int(row.lane.into()),
        Cell::Int(row.seq),
        Cell::Int(row.at),
        Cell::Text(&row.actor),
        Cell::Text(&row.event),
        row.reference.as_deref().into(),
        row.serial.as_deref().into(),
        row.position.map_or(Cell::Null, Cell::Int),
        Cell::Text(&row.detail),
        Cell::Text(&row.hash),
    ]
}

/// What finds what the audit calls a holder. Parameters: lane, holder.
pub(crate) const REFERENCE: &str = "SELECT ref FROM holders WHERE lane = $1 AND holder = $2";

/// What the audit calls a holder; `None` when it calls them nothing yet, or any more.
///
/// # Errors
/// [`StoreError`].
pub fn reference(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<String>, StoreError> {
    let row = transaction.query_one(REFERENCE, &[Lane::of(holder).into(), holder.into()])?;
    row.map(|row| row.text("ref").map(str::to_owned)).transpose()
}

/// Has the audit call a holder by a reference, who has none yet, in a lane that is locked.
pub(crate) fn refer(
    transaction: &mut Transaction<'_>,
    holder: &str,
    reference: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO holders (lane, holder, ref) VALUES ($1, $2, $3)",
        vec![Lane::of(holder).into(), holder.into(), reference.into()],
    )
}

/// The heads of all lanes, in order.
///
/// # Errors
/// [`StoreError`].
pub fn heads(transaction: &mut Transaction<'_>) -> Result<Vec<Head>, StoreError> {
    let rows = transaction.query("SELECT lane, seq, hash FROM audit_head ORDER BY lane", &[])?;
    let mut heads: Vec<Head> = Lane::all().map(Head::first).collect();
    for row in &rows {
        let lane = Lane::new(row.number("lane")?).ok_or_else(|| row.malformed("lane"))?;
        heads[usize::from(lane.number())] = Head::read(lane, row)?;
    }
    Ok(heads)
}

/// When the last thing happened in any lane, and the last one before a moment. One that no calendar
/// has is the end of all time, or its beginning.
///
/// # Errors
/// [`StoreError`].
pub fn last_moments(
    transaction: &mut Transaction<'_>,
    before: Timestamp,
) -> Result<[Option<Timestamp>; 2], StoreError> {
    let row = transaction.query_one(
        "SELECT max(a.at) AS at, max((SELECT b.at FROM audit b WHERE b.lane = h.lane AND b.at < $1 \
         ORDER BY b.seq DESC LIMIT 1)) AS earlier \
         FROM audit_head h JOIN audit a ON a.lane = h.lane AND a.seq = h.seq",
        &[before.as_millisecond().into()],
    )?;
    let moment = |column| {
        let at = row.as_ref().map(|row| row.int_or_null(column)).transpose()?.flatten();
        let end = |at| if at < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Ok::<_, StoreError>(at.map(|at| Timestamp::from_millisecond(at).unwrap_or(end(at))))
    };
    Ok([moment("at")?, moment("earlier")?])
}

/// Reads a lane's rows in order, a page at a time, those after a number.
///
/// # Errors
/// [`StoreError`], or what `each` returns.
pub fn read<E: From<StoreError>>(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    after: i64,
    mut each: impl FnMut(AuditRow) -> Result<(), E>,
) -> Result<(), E> {
    let mut last = after;
    loop {
        let rows = transaction.query(
            "SELECT lane, seq, at, actor, event, ref, serial, position, detail, hash FROM audit \
             WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            &[lane.into(), last.into(), PAGE.into()],
        )?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.int("seq")?;
        for row in &rows {
            each(read_row(row)?)?;
        }
    }
}

/// The last rows that are about a holder, by their reference, the latest first.
///
/// # Errors
/// [`StoreError`].
pub fn of_reference(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    reference: &str,
    at_most: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows = transaction.query(
        "SELECT lane, seq, at, actor, event, ref, serial, position, detail, hash FROM audit \
         WHERE lane = $1 AND ref = $2 ORDER BY seq DESC LIMIT $3",
        &[lane.into(), reference.into(), at_most.into()],
    )?;
    rows.iter().map(read_row).collect()
}

/// Which acts of clerks are looked for.
#[derive(Clone, Debug)]
pub struct ActsOf {
    /// From this moment on.
    pub from: Timestamp,
    /// And before this one.
    pub until: Timestamp,
    /// Of this actor alone, as the audit names them.
    pub actor: Option<String>,
}

/// What clerks did at the desk, in all lanes, the latest first: of many the last ones.
///
/// # Errors
/// [`StoreError`].
pub fn of_clerks(
    transaction: &mut Transaction<'_>,
    acts: &ActsOf,
    at_most: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    // The index has the rows of clerks alone: `clerk ` and whatever follows.
    let rows = transaction.query(
        "SELECT lane, seq, at, actor, event, ref, serial, position, detail, hash FROM audit \
         WHERE actor >= 'clerk ' AND actor < 'clerk!' AND at >= $1 AND at < $2 \
         AND ($3 = '' OR actor = $3) ORDER BY at DESC, lane, seq DESC LIMIT $4",
        &[
            acts.from.as_millisecond().into(),
            acts.until.as_millisecond().into(),
            acts.actor.as_deref().unwrap_or_default().into(),
            at_most.into(),
        ],
    )?;
    rows.iter().map(read_row).collect()
}

/// Whom a reference in a lane means; `None` when they were forgotten.
///
/// # Errors
/// [`StoreError`].
pub fn holder_of(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    reference: &str,
) -> Result<Option<String>, StoreError> {
    let row = transaction.query_one(
        "SELECT holder FROM holders WHERE lane = $1 AND ref = $2",
        &[lane.into(), reference.into()],
    )?;
    row.map(|row| row.text("holder").map(str::to_owned)).transpose()
}

fn read_row(row: &StoreRow) -> Result<AuditRow, StoreError> {
    let text = |column| row.text_or_null(column).map(|text| text.map(str::to_owned));
    Ok(AuditRow {
        lane: row.number("lane")?,
        seq: row.int("seq")?,
        at: row.int("at")?,
        actor: row.text("actor")?.to_owned(),
        event: row.text("event")?.to_owned(),
        reference: text("ref")?,
        serial: text("serial")?,
        position: row.int_or_null("position")?,
        detail: row.text("detail")?.to_owned(),
        hash: row.text("hash")?.to_owned(),
    })
}
