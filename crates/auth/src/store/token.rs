//! The rows of tokens and their hashed codes.

use jiff::{Timestamp, civil::Date};
use tokenkaart_token::{
    hash::{KeyId, PhcString, Scheme},
    token::{CodeFormat, Position, Serial},
};

use super::{Row, State, StoreError, Transaction};

/// What the store knows of a token, but for its hashes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenRow {
    /// The public number.
    pub serial: Serial,
    /// The office's key for the holder.
    pub holder: String,
    /// The run that it came with.
    pub run: String,
    /// The date of issue.
    pub issued: Date,
    /// The first day on which it is no longer valid.
    pub expires: Option<Date>,
    /// Which pepper keyed its hashes.
    pub key_id: Option<KeyId>,
    /// What a person may type.
    pub code_format: CodeFormat,
    /// What has become of it.
    pub state: State,
    /// Since when, in milliseconds since 1970.
    pub state_since: i64,
    /// Why, as an operator said.
    pub reason: Option<String>,
    /// Codes that have not been used.
    pub unused: u8,
    /// The position that was used last.
    pub last_position: Option<Position>,
    /// When, in milliseconds since 1970.
    pub last_used: Option<i64>,
}

/// The columns of a [`TokenRow`], in a query that the rest is behind.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT serial, holder, run, issued, expires, key_id, code_format, state, state_since, \
             reason, unused, last_position, last_used FROM tokens ",
            $rest
        )
    };
}

impl TokenRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            serial: parsed(row, 0)?,
            holder: row.text(1)?.to_owned(),
            run: row.text(2)?.to_owned(),
            issued: parsed(row, 3)?,
            expires: row.text_or_null(4)?.map(|_| parsed(row, 4)).transpose()?,
            key_id: row.text_or_null(5)?.map(|_| parsed(row, 5)).transpose()?,
            code_format: code_format(row, 6)?,
            state: parsed(row, 7)?,
            state_since: row.int(8)?,
            reason: row.text_or_null(9)?.map(str::to_owned),
            unused: row.int(10)?.try_into().map_err(|_| row.malformed(10))?,
            last_position: row.int_or_null(11)?.map(|_| position(row, 11)).transpose()?,
            last_used: row.int_or_null(12)?,
        })
    }

    /// Whether its time is over on a day, whatever its state says.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        self.expires.is_some_and(|expires| expires <= today)
    }
}

fn parsed<T: std::str::FromStr>(row: &Row, column: usize) -> Result<T, StoreError> {
    row.text(column)?.parse().map_err(|_| row.malformed(column))
}

fn code_format(row: &Row, column: usize) -> Result<CodeFormat, StoreError> {
    serde_json::from_str(row.text(column)?).map_err(|_| row.malformed(column))
}

pub(super) fn position(row: &Row, column: usize) -> Result<Position, StoreError> {
    let number = u8::try_from(row.int(column)?).ok();
    number.and_then(Position::new).ok_or_else(|| row.malformed(column))
}

fn one(row: Option<Row>) -> Result<Option<TokenRow>, StoreError> {
    row.map(|row| TokenRow::read(&row)).transpose()
}

/// The holder's one live token.
///
/// # Errors
/// [`StoreError`].
pub fn live_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<TokenRow>, StoreError> {
    one(transaction.query_one(
        select!("WHERE holder = $1 AND state IN ('active', 'suspended', 'locked')"),
        &[holder.into()],
    )?)
}

/// The holder's live token, or else the one that came last.
///
/// # Errors
/// [`StoreError`].
pub fn latest_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<TokenRow>, StoreError> {
    let live = live_of(transaction, holder)?;
    if live.is_some() {
        return Ok(live);
    }
    one(transaction.query_one(
        select!("WHERE holder = $1 ORDER BY state_since DESC, serial LIMIT 1"),
        &[holder.into()],
    )?)
}

/// A token by its serial, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`].
pub fn lock(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
) -> Result<Option<TokenRow>, StoreError> {
    let serial = serial.to_string();
    one(transaction.query_one(select!("WHERE serial = $1 FOR UPDATE"), &[serial.into()])?)
}

/// A token by its serial.
///
/// # Errors
/// [`StoreError`].
pub fn by_serial(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
) -> Result<Option<TokenRow>, StoreError> {
    let serial = serial.to_string();
    one(transaction.query_one(select!("WHERE serial = $1"), &[serial.into()])?)
}

/// All tokens of a holder, the latest first.
///
/// # Errors
/// [`StoreError`].
pub fn all_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Vec<TokenRow>, StoreError> {
    let rows = transaction
        .query(select!("WHERE holder = $1 ORDER BY state_since DESC, serial"), &[holder.into()])?;
    rows.iter().map(TokenRow::read).collect()
}

/// A page of the tokens that are active and have at most so many unused codes, by serial.
///
/// # Errors
/// [`StoreError`].
pub fn low(
    transaction: &mut Transaction<'_>,
    at_most: u8,
    after: Option<&Serial>,
    page: u32,
) -> Result<Vec<TokenRow>, StoreError> {
    let after = after.map_or_else(String::new, Serial::to_string);
    let rows = transaction.query(
        select!("WHERE state = 'active' AND unused <= $1 AND serial > $2 ORDER BY serial LIMIT $3"),
        &[at_most.into(), after.into(), page.into()],
    )?;
    rows.iter().map(TokenRow::read).collect()
}

/// A page of the live tokens whose time is over on a day, or that were last used, or issued if
/// never, before another; by serial.
///
/// # Errors
/// [`StoreError`].
pub fn past(
    transaction: &mut Transaction<'_>,
    today: Date,
    unused_since: Option<(Date, Timestamp)>,
    after: Option<&Serial>,
    page: u32,
) -> Result<Vec<TokenRow>, StoreError> {
    // No date is before the empty text, and no moment before the first.
    let (day, moment) = unused_since.map_or((String::new(), i64::MIN), |(day, moment)| {
        (day.to_string(), moment.as_millisecond())
    });
    let after = after.map_or_else(String::new, Serial::to_string);
    let rows = transaction.query(
        select!(
            "WHERE state IN ('active', 'suspended', 'locked') AND (expires <= $1 \
             OR last_used < $2 OR (last_used IS NULL AND issued < $3)) AND serial > $4 \
             ORDER BY serial LIMIT $5"
        ),
        &[today.to_string().into(), moment.into(), day.into(), after.into(), page.into()],
    )?;
    rows.iter().map(TokenRow::read).collect()
}

/// How many tokens are in each state that any is in.
///
/// # Errors
/// [`StoreError`].
pub fn counts(transaction: &mut Transaction<'_>) -> Result<Vec<(State, u64)>, StoreError> {
    let rows = transaction.query("SELECT state, count(*) FROM tokens GROUP BY state", &[])?;
    let mut counts = Vec::new();
    for row in rows {
        let count = row.int(1)?.try_into().map_err(|_| row.malformed(1))?;
        counts.push((parsed::<State>(&row, 0)?, count));
    }
    counts.sort_by_key(|(state, _)| State::ALL.iter().position(|other| other == state));
    Ok(counts)
}

/// Moves a token from one state to another; false when it isn't in the first any more.
///
/// # Errors
/// [`StoreError`].
pub fn set_state(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
    (from, to): (State, State),
    reason: Option<&str>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(
        "UPDATE tokens SET state = $1, state_since = $2, reason = $3 \
         WHERE serial = $4 AND state = $5",
        &[
            to.as_str().into(),
            at.as_millisecond().into(),
            reason.into(),
            serial.to_string().into(),
            from.as_str().into(),
        ],
    )?;
    Ok(changed == 1)
}

/// The positions whose codes have not been used, in order.
///
/// # Errors
/// [`StoreError`].
pub fn unused(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
) -> Result<Vec<Position>, StoreError> {
    let rows = transaction.query(
        "SELECT position FROM codes WHERE serial = $1 AND used_at IS NULL ORDER BY position",
        &[serial.to_string().into()],
    )?;
    rows.iter().map(|row| position(row, 0)).collect()
}

/// The hash of a token's code.
///
/// # Errors
/// [`StoreError`].
pub fn hash(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
    position: Position,
) -> Result<Option<PhcString>, StoreError> {
    let row = transaction.query_one(
        "SELECT hash FROM codes WHERE serial = $1 AND position = $2",
        &[serial.to_string().into(), position.number().into()],
    )?;
    row.map(|row| parsed(&row, 0)).transpose()
}

/// Marks a token's code as used, if it isn't yet; whether it wasn't.
///
/// # Errors
/// [`StoreError`].
pub fn consume(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
    position: Position,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let (at, serial) = (at.as_millisecond(), serial.to_string());
    let used = transaction.execute(
        "UPDATE codes SET used_at = $1 WHERE serial = $2 AND position = $3 AND used_at IS NULL",
        &[at.into(), serial.into(), position.number().into()],
    )?;
    Ok(used == 1)
}

/// Notes which position a token was used at, and that so many fewer of its codes are unused.
///
/// # Errors
/// [`StoreError`].
pub fn note_use(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
    position: Position,
    consumed: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE tokens SET unused = unused - $1, last_position = $2, last_used = $3 \
         WHERE serial = $4",
        &[
            u8::from(consumed).into(),
            position.number().into(),
            at.as_millisecond().into(),
            serial.to_string().into(),
        ],
    )?;
    Ok(())
}

/// What the run that was imported last hashes with and what its codes look like; what a holder
/// whom the store doesn't know is answered with.
///
/// # Errors
/// [`StoreError`].
pub fn newest_run(
    transaction: &mut Transaction<'_>,
) -> Result<Option<(Scheme, CodeFormat)>, StoreError> {
    let row = transaction.query_one(
        "SELECT scheme, code_format FROM runs ORDER BY imported_at DESC, run LIMIT 1",
        &[],
    )?;
    row.map(|row| Ok((parsed(&row, 0)?, code_format(&row, 1)?))).transpose()
}
