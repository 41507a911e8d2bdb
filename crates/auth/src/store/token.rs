//! The rows of tokens, and what they are together.

use jiff::{Timestamp, civil::Date};
use tokenkaart_token::{
    hash::{KeyId, SchemeName},
    token::{CodeFormat, Position, Serial},
};

use super::{State, StoreError, StoreRow, Transaction, Value, session};
use crate::Lane;

/// What the store knows of a token, but for its hashes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenRow {
    /// Its lane, its holder's.
    pub lane: Lane,
    /// The public number.
    pub serial: Serial,
    /// The office's key for the holder.
    pub holder: String,
    /// The run that it came with; none if it was made at a desk.
    pub run: Option<String>,
    /// When it came, in milliseconds since 1970.
    pub came_at: i64,
    /// The date of issue.
    pub issued: Date,
    /// The first day on which it is no longer valid.
    pub expires: Option<Date>,
    /// What its codes are hashed with.
    pub scheme: SchemeName,
    /// Which pepper keyed its hashes.
    pub key_id: Option<KeyId>,
    /// What a person may type.
    pub code_format: CodeFormat,
    /// What has become of it.
    pub state: State,
    /// Since when, in milliseconds since 1970.
    pub state_since: i64,
    /// Of a pending token: until when its card may be handed over.
    pub pending_until: Option<i64>,
    /// Why, as an operator said.
    pub reason: Option<String>,
    /// Codes that have not been used.
    pub unused: u8,
    /// The position that was used last.
    pub last_position: Option<Position>,
    /// When, in milliseconds since 1970.
    pub last_used: Option<i64>,
}

/// A token and all that says what has become of it, in a query that the rest is behind. A row of
/// `ends` outweighs the others, and no row of `states` or `ends` is a token that is loading.
macro_rules! select {
    ($columns:literal, $from:literal, $rest:expr) => {
        concat!(
            "SELECT t.lane AS lane, t.serial AS serial, t.holder AS holder, t.run AS run, \
             t.came_at AS came_at, t.issued AS issued, t.expires AS expires, t.scheme AS scheme, \
             t.key_id AS key_id, t.code_format AS code_format, s.state AS state, \
             s.since AS since, s.pending_until AS pending_until, \
             CASE WHEN h.serial IS NOT NULL THEN 'suspended' \
             WHEN l.serial IS NOT NULL THEN 'locked' END AS held, \
             COALESCE(h.since, l.since) AS held_since, \
             COALESCE(h.reason, l.reason) AS held_reason, e.state AS ended, e.at AS ended_at, \
             e.reason AS ended_reason, a.last_position AS last_position, \
             a.last_used AS last_used, \
             (SELECT count(*) FROM uses u WHERE u.lane = t.lane AND u.holder = t.holder \
              AND u.serial = t.serial) AS used, \
             (SELECT max(u.at) FROM uses u WHERE u.lane = t.lane AND u.holder = t.holder \
              AND u.serial = t.serial) AS used_at",
            $columns,
            " FROM ",
            $from,
            " LEFT JOIN states s \
             ON s.lane = t.lane AND s.holder = t.holder AND s.serial = t.serial \
             LEFT JOIN suspensions h \
             ON h.lane = t.lane AND h.holder = t.holder AND h.serial = t.serial \
             LEFT JOIN locks l \
             ON l.lane = t.lane AND l.holder = t.holder AND l.serial = t.serial \
             LEFT JOIN ends e \
             ON e.lane = t.lane AND e.holder = t.holder AND e.serial = t.serial \
             LEFT JOIN attempts a \
             ON a.lane = t.lane AND a.holder = t.holder AND a.serial = t.serial ",
            $rest
        )
    };
}

/// The token that a holder is asked for: the live one, or else the one that ended last.
macro_rules! face {
    () => {
        "AND (s.state = 'active' OR e.serial IS NOT NULL) \
         ORDER BY CASE WHEN e.serial IS NULL THEN 0 ELSE 1 END, e.at DESC, t.serial LIMIT 1"
    };
}

/// The token of a holder that is asked for. Parameters: lane, holder.
pub(crate) const FACE: &str =
    select!("", "tokens t", concat!("WHERE t.lane = $1 AND t.holder = $2 ", face!()));

/// The token of the holder of a challenge, with the hash of the code that is asked for and its use.
/// Parameters: lane, challenge.
pub(crate) const FACE_OF_CHALLENGE: &str = select!(
    ", (SELECT k.hash FROM codes k WHERE k.lane = t.lane AND k.holder = t.holder \
       AND k.serial = t.serial AND k.position = c.position) AS hash, \
       (SELECT u.at FROM uses u WHERE u.lane = t.lane AND u.holder = t.holder \
       AND u.serial = t.serial AND u.position = c.position) AS position_used_at",
    "challenges c JOIN tokens t ON t.lane = c.lane AND t.holder = c.holder",
    concat!("WHERE c.lane = $1 AND c.id = $2 ", face!())
);

/// Whether a token that is neither loading nor over is live.
macro_rules! live {
    () => {
        "s.state = 'active' AND e.serial IS NULL "
    };
}

impl TokenRow {
    pub(crate) fn read(row: &StoreRow) -> Result<Self, StoreError> {
        let ended = row.parsed_or_null::<State>("ended")?;
        let held = row.parsed_or_null::<State>("held")?;
        let stated = row.parsed_or_null::<State>("state")?;
        let text = |column| row.text_or_null(column).map(|text| text.map(str::to_owned));
        let (state, state_since, reason) = match (ended, stated, held) {
            (Some(end), _, _) => (end, row.int("ended_at")?, text("ended_reason")?),
            (None, Some(State::Active), Some(held)) => {
                (held, row.int("held_since")?, text("held_reason")?)
            }
            (None, Some(state), _) => (state, row.int("since")?, None),
            (None, None, _) => (State::Loading, row.int("came_at")?, None),
        };
        let used: i64 = row.int("used")?;
        let last_position = match row.int_or_null("last_position")? {
            Some(_) => Some(position(row, "last_position")?),
            None => None,
        };
        Ok(Self {
            lane: lane(row)?,
            serial: row.parsed("serial")?,
            holder: row.text("holder")?.to_owned(),
            run: text("run")?,
            came_at: row.int("came_at")?,
            issued: row.parsed("issued")?,
            expires: row.parsed_or_null("expires")?,
            scheme: scheme_name(row)?,
            key_id: row.parsed_or_null("key_id")?,
            code_format: code_format(row, "code_format")?,
            state,
            state_since,
            pending_until: row.int_or_null("pending_until")?,
            reason,
            unused: u8::try_from(24 - used).map_err(|_| row.malformed("used"))?,
            last_position,
            last_used: row.int_or_null("last_used")?.max(row.int_or_null("used_at")?),
        })
    }

    /// Whether its time is over on a day, whatever its state says.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        self.expires.is_some_and(|expires| expires <= today)
    }

    /// Its state at a moment: a pending token whose time is up is void.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.pending_until {
            Some(until) if self.state == State::Pending && until <= now.as_millisecond() => {
                State::Voided
            }
            _ => self.state,
        }
    }
}

fn lane(row: &StoreRow) -> Result<Lane, StoreError> {
    Lane::new(row.number("lane")?).ok_or_else(|| row.malformed("lane"))
}

/// Of the scheme with its parameters.
fn scheme_name(row: &StoreRow) -> Result<SchemeName, StoreError> {
    let scheme: tokenkaart_token::hash::Scheme = row.parsed("scheme")?;
    Ok(scheme.name())
}

pub(crate) fn code_format(row: &StoreRow, column: &'static str) -> Result<CodeFormat, StoreError> {
    serde_json::from_str(row.text(column)?).map_err(|_| row.malformed(column))
}

pub(crate) fn position(row: &StoreRow, column: &'static str) -> Result<Position, StoreError> {
    let number = u8::try_from(row.int(column)?).ok();
    number.and_then(Position::new).ok_or_else(|| row.malformed(column))
}

fn one(row: Option<StoreRow>) -> Result<Option<TokenRow>, StoreError> {
    row.map(|row| TokenRow::read(&row)).transpose()
}

fn each(rows: &[StoreRow]) -> Result<Vec<TokenRow>, StoreError> {
    rows.iter().map(TokenRow::read).collect()
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
        select!("", "tokens t", concat!("WHERE t.lane = $1 AND t.holder = $2 AND ", live!())),
        &[Lane::of(holder).into(), holder.into()],
    )?)
}

/// The holder's pending token, also when its time is up.
///
/// # Errors
/// [`StoreError`].
pub fn pending_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<TokenRow>, StoreError> {
    one(transaction.query_one(
        select!(
            "",
            "tokens t",
            "WHERE t.lane = $1 AND t.holder = $2 AND s.state = 'pending' AND e.serial IS NULL"
        ),
        &[Lane::of(holder).into(), holder.into()],
    )?)
}

/// A token of a holder by its serial.
///
/// # Errors
/// [`StoreError`].
pub fn of_holder(
    transaction: &mut Transaction<'_>,
    holder: &str,
    serial: &Serial,
) -> Result<Option<TokenRow>, StoreError> {
    one(transaction.query_one(
        select!("", "tokens t", "WHERE t.lane = $1 AND t.holder = $2 AND t.serial = $3"),
        &[Lane::of(holder).into(), holder.into(), serial.to_string().into()],
    )?)
}

/// A token by its serial: the one look-up that asks all lanes.
///
/// # Errors
/// [`StoreError`].
pub fn by_serial(
    transaction: &mut Transaction<'_>,
    serial: &Serial,
) -> Result<Option<TokenRow>, StoreError> {
    one(transaction
        .query_one(select!("", "tokens t", "WHERE t.serial = $1"), &[serial.to_string().into()])?)
}

/// All tokens of a holder, the latest first.
///
/// # Errors
/// [`StoreError`].
pub fn all_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Vec<TokenRow>, StoreError> {
    let rows = transaction.query(
        select!(
            "",
            "tokens t",
            "WHERE t.lane = $1 AND t.holder = $2 ORDER BY t.came_at DESC, t.serial"
        ),
        &[Lane::of(holder).into(), holder.into()],
    )?;
    let mut tokens = each(&rows)?;
    tokens.sort_by_key(|token| (!token.state.is_live(), -token.state_since));
    Ok(tokens)
}

/// A page of the tokens that are active and have at most so many unused codes, by lane and holder.
///
/// # Errors
/// [`StoreError`].
pub fn low(
    transaction: &mut Transaction<'_>,
    at_most: u8,
    after: Option<&TokenRow>,
    page: u32,
) -> Result<Vec<TokenRow>, StoreError> {
    let (lane, holder) = after.map_or((Value::Int(-1), String::new().into()), |after| {
        (after.lane.into(), after.holder.as_str().into())
    });
    let rows = transaction.query(
        select!(
            "",
            "tokens t",
            concat!(
                "WHERE ",
                live!(),
                "AND h.serial IS NULL AND (SELECT count(*) FROM uses u WHERE u.lane = t.lane \
                 AND u.holder = t.holder AND u.serial = t.serial) >= $1 \
                 AND (t.lane, t.holder) > ($2, $3) ORDER BY t.lane, t.holder LIMIT $4"
            )
        ),
        &[(24_u8.saturating_sub(at_most)).into(), lane, holder, page.into()],
    )?;
    each(&rows)
}

/// A page of the tokens that their holders asked for a new card in place of, by lane and holder; what
/// has ended since is not among them.
///
/// # Errors
/// [`StoreError`].
pub fn asked_for(
    transaction: &mut Transaction<'_>,
    after: Option<&TokenRow>,
    page: u32,
) -> Result<Vec<TokenRow>, StoreError> {
    let (lane, holder) = after.map_or((Value::Int(-1), String::new().into()), |after| {
        (after.lane.into(), after.holder.as_str().into())
    });
    let rows = transaction.query(
        select!(
            "",
            "card_requests r \
             JOIN tokens t ON t.lane = r.lane AND t.holder = r.holder AND t.serial = r.serial",
            concat!(
                "WHERE ",
                live!(),
                "AND (t.lane, t.holder) > ($1, $2) ORDER BY t.lane, t.holder LIMIT $3"
            )
        ),
        &[lane, holder, page.into()],
    )?;
    each(&rows)
}

/// The tokens that are locked, the latest first, as far as `at_most`.
///
/// # Errors
/// [`StoreError`].
pub fn locked(
    transaction: &mut Transaction<'_>,
    at_most: u32,
) -> Result<Vec<TokenRow>, StoreError> {
    let rows = transaction.query(
        select!(
            "",
            "locks k JOIN tokens t ON t.lane = k.lane AND t.holder = k.holder \
             AND t.serial = k.serial",
            concat!("WHERE ", live!(), "ORDER BY k.since DESC, t.lane, t.holder LIMIT $1")
        ),
        &[at_most.into()],
    )?;
    each(&rows)
}

/// The tokens whose cards wait for a word at a counter, the latest first, as far as `at_most`.
///
/// # Errors
/// [`StoreError`].
pub fn pending(
    transaction: &mut Transaction<'_>,
    now: Timestamp,
    at_most: u32,
) -> Result<Vec<TokenRow>, StoreError> {
    let rows = transaction.query(
        select!(
            "",
            "tokens t",
            "WHERE s.state = 'pending' AND s.pending_until > $1 AND e.serial IS NULL \
             ORDER BY s.since DESC, t.lane, t.holder LIMIT $2"
        ),
        &[now.as_millisecond().into(), at_most.into()],
    )?;
    each(&rows)
}

/// Keeps that a holder asked for a new card in place of a token; false when that is kept already.
pub(crate) fn ask_for(
    transaction: &mut Transaction<'_>,
    token: &TokenRow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let inserted = transaction.execute(
        "INSERT INTO card_requests (lane, holder, serial, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (lane, holder, serial) DO NOTHING",
        &[
            token.lane.into(),
            token.holder.as_str().into(),
            token.serial.to_string().into(),
            now.as_millisecond().into(),
        ],
    )?;
    Ok(inserted == 1)
}

/// When a holder asked for a new card in place of a token, in milliseconds since 1970.
pub(crate) fn asked_at(
    transaction: &mut Transaction<'_>,
    token: &TokenRow,
) -> Result<Option<i64>, StoreError> {
    let row = transaction.query_one(
        "SELECT at FROM card_requests WHERE lane = $1 AND holder = $2 AND serial = $3",
        &[token.lane.into(), token.holder.as_str().into(), token.serial.to_string().into()],
    )?;
    row.map(|row| row.int("at")).transpose()
}

/// A page of a lane's live tokens whose time is over on a day, or that were last used, or issued if
/// never, before another; by holder.
///
/// # Errors
/// [`StoreError`].
pub fn past(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    today: Date,
    unused_since: Option<(Date, Timestamp)>,
    page: u32,
) -> Result<Vec<TokenRow>, StoreError> {
    // No date is before the empty text, and no moment before the first.
    let (day, moment) = unused_since.map_or((String::new(), i64::MIN), |(day, moment)| {
        (day.to_string(), moment.as_millisecond())
    });
    let rows = transaction.query(
        select!(
            "",
            "tokens t",
            concat!(
                "WHERE t.lane = $1 AND ",
                live!(),
                "AND (t.expires <= $2 OR (t.issued < $4 AND NOT EXISTS (SELECT 1 FROM uses u \
                 WHERE u.lane = t.lane AND u.holder = t.holder AND u.serial = t.serial \
                 AND u.at >= $3) AND (a.last_used IS NULL OR a.last_used < $3))) \
                 ORDER BY t.holder LIMIT $5"
            )
        ),
        &[lane.into(), today.to_string().into(), moment.into(), day.into(), page.into()],
    )?;
    each(&rows)
}

/// How many live tokens [`past`] would find in all lanes, and how many there are.
///
/// # Errors
/// [`StoreError`].
pub fn count_past(
    transaction: &mut Transaction<'_>,
    today: Date,
    unused_since: Option<(Date, Timestamp)>,
) -> Result<(u64, u64), StoreError> {
    let (day, moment) = unused_since.map_or((String::new(), i64::MIN), |(day, moment)| {
        (day.to_string(), moment.as_millisecond())
    });
    let row = transaction.query_one(
        "SELECT count(*) AS live, count(CASE WHEN t.expires <= $1 OR (t.issued < $3 \
         AND NOT EXISTS (SELECT 1 FROM uses u WHERE u.lane = t.lane AND u.holder = t.holder \
                         AND u.serial = t.serial AND u.at >= $2) \
         AND (a.last_used IS NULL OR a.last_used < $2)) THEN 1 END) AS past \
         FROM states s JOIN tokens t ON t.lane = s.lane AND t.holder = s.holder \
         AND t.serial = s.serial \
         LEFT JOIN ends e ON e.lane = s.lane AND e.holder = s.holder AND e.serial = s.serial \
         LEFT JOIN attempts a ON a.lane = t.lane AND a.holder = t.holder AND a.serial = t.serial \
         WHERE s.state = 'active' AND e.serial IS NULL",
        &[today.to_string().into(), moment.into(), day.into()],
    )?;
    row.map_or(Ok((0, 0)), |row| Ok((row.number("past")?, row.number("live")?)))
}

/// How many tokens are in each state that any is in, at a moment.
///
/// # Errors
/// [`StoreError`].
pub fn counts(
    transaction: &mut Transaction<'_>,
    now: Timestamp,
) -> Result<Vec<(State, u64)>, StoreError> {
    let rows = transaction.query(
        "SELECT CASE WHEN e.state IS NOT NULL THEN e.state \
         WHEN s.state = 'active' AND h.serial IS NOT NULL THEN 'suspended' \
         WHEN s.state = 'active' AND l.serial IS NOT NULL THEN 'locked' \
         WHEN s.state = 'pending' AND s.pending_until <= $1 THEN 'voided' \
         WHEN s.state IS NOT NULL THEN s.state ELSE 'loading' END AS state, count(*) AS tokens \
         FROM tokens t \
         LEFT JOIN states s ON s.lane = t.lane AND s.holder = t.holder AND s.serial = t.serial \
         LEFT JOIN suspensions h \
         ON h.lane = t.lane AND h.holder = t.holder AND h.serial = t.serial \
         LEFT JOIN locks l ON l.lane = t.lane AND l.holder = t.holder AND l.serial = t.serial \
         LEFT JOIN ends e ON e.lane = t.lane AND e.holder = t.holder AND e.serial = t.serial \
         GROUP BY 1",
        &[now.as_millisecond().into()],
    )?;
    let mut counts = Vec::new();
    for row in rows {
        counts.push((row.parsed::<State>("state")?, row.number("tokens")?));
    }
    counts.sort_by_key(|(state, _)| State::ALL.iter().position(|other| other == state));
    Ok(counts)
}

/// Ends a token that is live or pending, and the sessions of its holder if it is revoked; nobody has in this lane, whose head is locked.
///
/// # Errors
/// [`StoreError`], also when it has an end already; the transaction is to be dropped then.
pub fn end(
    transaction: &mut Transaction<'_>,
    token: &TokenRow,
    end: State,
    reason: Option<&str>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let key = [token.lane.into(), token.holder.as_str().into(), token.serial.to_string().into()];
    let [lane, holder, serial]: [Value; 3] = key.clone();
    transaction.queue(
        "INSERT INTO ends (lane, holder, serial, state, was, at, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        vec![
            lane,
            holder,
            serial,
            end.as_str().into(),
            token.state.as_str().into(),
            at.as_millisecond().into(),
            reason.into(),
        ],
    )?;
    transaction.queue(
        "DELETE FROM states WHERE lane = $1 AND holder = $2 AND serial = $3",
        key.to_vec(),
    )?;
    if end == State::Revoked {
        session::end_all(transaction, token.lane, &token.holder)?;
    }
    Ok(())
}

/// Keeps an active token from being used, and ends the sessions of its holder; nobody does in this lane, whose head is locked.
///
/// # Errors
/// [`StoreError`], also when it is kept already; the transaction is to be dropped then.
pub fn hold(
    transaction: &mut Transaction<'_>,
    token: &TokenRow,
    hold: State,
    reason: Option<&str>,
    at: Timestamp,
) -> Result<(), StoreError> {
    // A table each: who locks may not suspend.
    transaction.queue(
        if hold == State::Locked {
            "INSERT INTO locks (lane, holder, serial, since, reason) VALUES ($1, $2, $3, $4, $5)"
        } else {
            "INSERT INTO suspensions (lane, holder, serial, since, reason) \
             VALUES ($1, $2, $3, $4, $5)"
        },
        vec![
            token.lane.into(),
            token.holder.as_str().into(),
            token.serial.to_string().into(),
            at.as_millisecond().into(),
            reason.into(),
        ],
    )?;
    session::end_all(transaction, token.lane, &token.holder)
}

/// Lets a token be used again that was suspended or locked.
///
/// # Errors
/// [`StoreError`]; the transaction is to be dropped then.
pub fn release(transaction: &mut Transaction<'_>, token: &TokenRow) -> Result<(), StoreError> {
    transaction.queue(
        if token.state == State::Locked {
            "DELETE FROM locks WHERE lane = $1 AND holder = $2 AND serial = $3"
        } else {
            "DELETE FROM suspensions WHERE lane = $1 AND holder = $2 AND serial = $3"
        },
        vec![token.lane.into(), token.holder.as_str().into(), token.serial.to_string().into()],
    )
}
