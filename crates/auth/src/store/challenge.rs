//! The rows of challenges, of positions that stay drawn, and of answers.

use jiff::Timestamp;
use tokenkaart_token::token::{Position, Serial};

use super::{StoreError, StoreRow, Transaction, Value, token};
use crate::Lane;

/// A challenge: who is asked for which code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChallengeRow {
    /// Whose lane it is in.
    pub lane: Lane,
    /// Who was asked.
    pub holder: String,
    /// Of which token; none when the holder had none.
    pub serial: Option<Serial>,
    /// For the code at which position.
    pub position: Position,
    /// Until when it may be answered, in milliseconds since 1970.
    pub expires_at: i64,
    /// Typing slips so far.
    pub slips: i64,
}

/// What a holder's answers have been since the last right one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attempts {
    /// The live token that they were given to.
    pub serial: Option<String>,
    /// How many were judged wrong.
    pub failures: u32,
    /// No other answer is taken before, in milliseconds since 1970.
    pub not_before: i64,
    /// Challenges that nobody has answered rightly.
    pub asked: u32,
    /// The position of the last right answer.
    pub last_position: Option<Position>,
    /// When that was, in milliseconds since 1970.
    pub last_used: Option<i64>,
}

/// Answers that are being judged, or whose verifier died over them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Guesses {
    /// How many.
    pub count: u32,
    /// The highest of their numbers.
    pub last: i64,
    /// When the first of them was taken, in milliseconds since 1970.
    pub oldest: Option<i64>,
}

/// What the store has of a holder beside the token.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) attempts: Attempts,
    pub(crate) guesses: Guesses,
    /// What the audit calls the holder.
    pub(crate) reference: Option<String>,
    /// What the positions of an unknown holder follow from.
    pub(crate) secret: String,
    /// What an unknown holder's answer is read and hashed like: scheme and code format.
    pub(crate) decoy: Option<(String, String)>,
}

/// All of [`About`] in one query: what is behind the columns, and whose it is.
macro_rules! about {
    ($columns:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT a.serial AS attempts_serial, a.failures AS failures, \
             a.not_before AS not_before, a.asked AS asked, a.last_position AS last_position, \
             a.last_used AS last_used, g.guesses AS guesses, g.last_guess AS last_guess, \
             g.oldest_guess AS oldest_guess, r.ref AS ref, x.value AS secret, \
             d.scheme AS decoy_scheme, d.code_format AS decoy_format",
            $columns,
            " FROM ",
            $from,
            " LEFT JOIN attempts a ON a.lane = c.lane AND a.holder = c.holder \
             LEFT JOIN (SELECT lane, holder, count(*) AS guesses, max(number) AS last_guess, \
               min(at) AS oldest_guess FROM guesses WHERE lane = $1 GROUP BY lane, holder) g \
               ON g.lane = c.lane AND g.holder = c.holder \
             LEFT JOIN holders r ON r.lane = c.lane AND r.holder = c.holder \
             LEFT JOIN secrets x ON x.name = 'unknown holders' \
             LEFT JOIN decoys d ON d.one = 1 ",
            $rest
        )
    };
}

/// What the store has of a holder. Parameters: lane, holder.
pub(crate) const ABOUT: &str =
    about!("", "(SELECT CAST($1 AS smallint) AS lane, CAST($2 AS text) AS holder) c", "");

/// A challenge, and what the store has of its holder. Parameters: lane, challenge.
pub(crate) const ABOUT_CHALLENGE: &str = about!(
    ", c.holder AS holder, c.serial AS serial, c.position AS position, \
     c.expires_at AS expires_at, c.slips AS slips",
    "challenges c",
    "WHERE c.lane = $1 AND c.id = $2"
);

/// The positions that a holder's tokens were used at and are drawn for, and those of the challenges
/// that are open. Parameters: lane, holder, now.
pub(crate) const POSITIONS: &str = "\
    SELECT 'used' AS kind, u.serial AS serial, u.position AS position, 0 AS number \
    FROM uses u JOIN states s ON s.lane = u.lane AND s.holder = u.holder AND s.serial = u.serial \
    WHERE u.lane = $1 AND u.holder = $2 AND s.state = 'active' \
    UNION ALL \
    SELECT 'drawn' AS kind, d.serial AS serial, d.position AS position, d.slot AS number \
    FROM drawn d WHERE d.lane = $1 AND d.holder = $2 \
    UNION ALL \
    SELECT 'open' AS kind, COALESCE(c.serial, '') AS serial, c.position AS position, \
    count(*) AS number \
    FROM challenges c WHERE c.lane = $1 AND c.holder = $2 AND c.expires_at > $3 \
    GROUP BY c.serial, c.position";

impl About {
    pub(crate) fn read(row: &StoreRow) -> Result<Self, StoreError> {
        let last_position = match row.int_or_null("last_position")? {
            Some(_) => Some(token::position(row, "last_position")?),
            None => None,
        };
        let attempts = match row.int_or_null("failures")? {
            None => Attempts::default(),
            Some(_) => Attempts {
                serial: row.text_or_null("attempts_serial")?.map(str::to_owned),
                failures: row.number("failures")?,
                not_before: row.int("not_before")?,
                asked: row.number("asked")?,
                last_position,
                last_used: row.int_or_null("last_used")?,
            },
        };
        let guesses = match row.int_or_null("guesses")? {
            None => Guesses::default(),
            Some(_) => Guesses {
                count: row.number("guesses")?,
                last: row.int("last_guess")?,
                oldest: row.int_or_null("oldest_guess")?,
            },
        };
        let decoy = match row.text_or_null("decoy_scheme")? {
            Some(scheme) => Some((scheme.to_owned(), row.text("decoy_format")?.to_owned())),
            None => None,
        };
        Ok(Self {
            attempts,
            guesses,
            reference: row.text_or_null("ref")?.map(str::to_owned),
            secret: row.text("secret")?.to_owned(),
            decoy,
        })
    }
}

impl ChallengeRow {
    pub(crate) fn read(lane: Lane, row: &StoreRow) -> Result<Self, StoreError> {
        Ok(Self {
            lane,
            holder: row.text("holder")?.to_owned(),
            serial: row.parsed_or_null("serial")?,
            position: token::position(row, "position")?,
            expires_at: row.int("expires_at")?,
            slips: row.int("slips")?,
        })
    }

    /// Whether it can still be answered, while nobody has.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.expires_at > now.as_millisecond()
    }

    /// Keeps it as a new challenge.
    pub(crate) fn insert(
        &self,
        transaction: &mut Transaction<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transaction.queue(
            "INSERT INTO challenges (lane, id, holder, serial, position, drawn_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![
                self.lane.into(),
                id.into(),
                self.holder.as_str().into(),
                self.serial.as_ref().map(Serial::to_string).into(),
                self.position.number().into(),
                now.as_millisecond().into(),
                self.expires_at.into(),
            ],
        )
    }
}

/// Counts a typing slip.
pub(crate) fn slip(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    id: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "UPDATE challenges SET slips = slips + 1 WHERE lane = $1 AND id = $2",
        vec![lane.into(), id.into()],
    )
}

/// Keeps a position drawn for a token.
pub(crate) fn draw(
    transaction: &mut Transaction<'_>,
    row: &ChallengeRow,
    serial: &Serial,
    slot: u8,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO drawn (lane, holder, serial, slot, position, at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        vec![
            row.lane.into(),
            row.holder.as_str().into(),
            serial.to_string().into(),
            slot.into(),
            row.position.number().into(),
            now.as_millisecond().into(),
        ],
    )
}

/// Uses the code that a challenge asks for: its key lets one win. The position is drawn no longer,
/// and whatever else asks for it is over.
pub(crate) fn answer(
    transaction: &mut Transaction<'_>,
    row: &ChallengeRow,
    serial: &Serial,
    is_first: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key: [Value; 4] = [
        row.lane.into(),
        row.holder.as_str().into(),
        serial.to_string().into(),
        row.position.number().into(),
    ];
    if is_first {
        let mut values = key.to_vec();
        values.push(now.as_millisecond().into());
        transaction.queue(
            "INSERT INTO uses (lane, holder, serial, position, at) VALUES ($1, $2, $3, $4, $5)",
            values,
        )?;
    }
    transaction.queue(
        "DELETE FROM drawn WHERE lane = $1 AND holder = $2 AND serial = $3 AND position = $4",
        key.to_vec(),
    )?;
    transaction.queue(
        "DELETE FROM challenges \
         WHERE lane = $1 AND holder = $2 AND serial = $3 AND position = $4",
        key.to_vec(),
    )
}

/// Takes an answer to be judged.
pub(crate) fn take_guess(
    transaction: &mut Transaction<'_>,
    row: &ChallengeRow,
    number: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO guesses (lane, holder, number, at) VALUES ($1, $2, $3, $4)",
        vec![
            row.lane.into(),
            row.holder.as_str().into(),
            number.into(),
            now.as_millisecond().into(),
        ],
    )
}

/// An answer was judged.
pub(crate) fn drop_guess(
    transaction: &mut Transaction<'_>,
    row: &ChallengeRow,
    number: i64,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM guesses WHERE lane = $1 AND holder = $2 AND number = $3",
        vec![row.lane.into(), row.holder.as_str().into(), number.into()],
    )
}

/// All answers of a holder that were taken count no longer, or as wrong ones.
pub(crate) fn drop_guesses(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    holder: &str,
) -> Result<(), StoreError> {
    transaction.queue(
        "DELETE FROM guesses WHERE lane = $1 AND holder = $2",
        vec![lane.into(), holder.into()],
    )
}

/// The most that a column of the counts holds.
const MOST: u32 = i32::MAX as u32;

/// Writes a holder's attempts.
pub(crate) fn set_attempts(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    holder: &str,
    attempts: &Attempts,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO attempts \
         (lane, holder, serial, failures, not_before, asked, last_position, last_used) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (lane, holder) DO UPDATE SET serial = excluded.serial, \
         failures = excluded.failures, not_before = excluded.not_before, asked = excluded.asked, \
         last_position = excluded.last_position, last_used = excluded.last_used",
        vec![
            lane.into(),
            holder.into(),
            attempts.serial.clone().into(),
            attempts.failures.min(MOST).into(),
            attempts.not_before.into(),
            attempts.asked.min(MOST).into(),
            attempts.last_position.map(Position::number).into(),
            attempts.last_used.into(),
        ],
    )
}

/// What has become of a holder's answers since the last right one.
///
/// # Errors
/// [`StoreError`].
pub fn attempts_of(
    transaction: &mut Transaction<'_>,
    holder: &str,
) -> Result<Option<Attempts>, StoreError> {
    let row = transaction.query_one(
        "SELECT serial, failures, not_before, asked, last_position, last_used FROM attempts \
         WHERE lane = $1 AND holder = $2",
        &[Lane::of(holder).into(), holder.into()],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Attempts {
        serial: row.text_or_null("serial")?.map(str::to_owned),
        failures: row.number("failures")?,
        not_before: row.int("not_before")?,
        asked: row.number("asked")?,
        last_position: None,
        last_used: row.int_or_null("last_used")?,
    }))
}

/// What [`sweep`] forgot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forgotten {
    pub(crate) challenges: u64,
    pub(crate) attempts: u64,
}

/// Forgets a lane's challenges that ended before a moment, the attempts of holders without a live
/// token that are older than another, and of those who were only asked what is older than the
/// first.
pub(crate) fn sweep(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    challenges_before: Timestamp,
    attempts_before: Timestamp,
) -> Result<Forgotten, StoreError> {
    let challenges = transaction.execute(
        "DELETE FROM challenges WHERE lane = $1 AND expires_at < $2",
        &[lane.into(), challenges_before.as_millisecond().into()],
    )?;
    let attempts = transaction.execute(
        "DELETE FROM attempts WHERE lane = $1 \
         AND (not_before < $2 OR (not_before < $3 AND failures = 0)) \
         AND NOT EXISTS (SELECT 1 FROM states s WHERE s.lane = attempts.lane \
                         AND s.holder = attempts.holder AND s.state = 'active')",
        &[
            lane.into(),
            attempts_before.as_millisecond().into(),
            challenges_before.as_millisecond().into(),
        ],
    )?;
    transaction.queue(
        "DELETE FROM guesses WHERE lane = $1 AND at < $2",
        vec![lane.into(), attempts_before.as_millisecond().into()],
    )?;
    Ok(Forgotten { challenges, attempts })
}
