//! The rows of phase-outs: last days that are past, who was told, and who still comes by which key.

use jiff::{Timestamp, civil::Date};

use super::{StoreError, Transaction};
use crate::{Key, Lane};

/// Whether an application's last day was seen to be past.
///
/// # Errors
/// [`StoreError`].
pub fn is_closed(
    transaction: &mut Transaction<'_>,
    application: &str,
    last_day: Date,
) -> Result<bool, StoreError> {
    let row = transaction.query_one(
        "SELECT at FROM closed WHERE lane = $1 AND application = $2 AND last_day = $3",
        &[Lane::OFFICE.into(), application.into(), last_day.to_string().into()],
    )?;
    Ok(row.is_some())
}

/// Keeps that an application's last day is past; false when that is kept already.
pub(crate) fn close(
    transaction: &mut Transaction<'_>,
    application: &str,
    last_day: Date,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let inserted = transaction.execute(
        "INSERT INTO closed (lane, application, last_day, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (lane, application, last_day) DO NOTHING",
        &[
            Lane::OFFICE.into(),
            application.into(),
            last_day.to_string().into(),
            now.as_millisecond().into(),
        ],
    )?;
    Ok(inserted == 1)
}

/// Whether somebody was told in a session of an application's last day.
pub(crate) fn is_told(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    session: &str,
    application: &str,
) -> Result<bool, StoreError> {
    let row = transaction.query_one(
        "SELECT at FROM told WHERE lane = $1 AND session = $2 AND application = $3",
        &[lane.into(), session.into(), application.into()],
    )?;
    Ok(row.is_some())
}

/// Keeps that somebody was told, and goes on with the token.
pub(crate) fn tell(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    session: &str,
    application: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO told (lane, session, application, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (lane, session, application) DO NOTHING",
        vec![lane.into(), session.into(), application.into(), now.as_millisecond().into()],
    )
}

/// Keeps that a holder came to an application by a key in the week that begins on a Monday.
pub(crate) fn visit(
    transaction: &mut Transaction<'_>,
    holder: &str,
    application: &str,
    monday: Date,
    key: Key,
) -> Result<(), StoreError> {
    transaction.queue(
        "INSERT INTO visits (lane, application, week, holder, key) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (lane, application, week, holder, key) DO NOTHING",
        vec![
            Lane::of(holder).into(),
            application.into(),
            monday.to_string().into(),
            holder.into(),
            key.as_str().into(),
        ],
    )
}

/// How many holders came to an application in a week, by each key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Week {
    /// The application's id.
    pub application: String,
    /// The week's Monday.
    pub monday: Date,
    /// By token.
    pub token: u64,
    /// By app code.
    pub app: u64,
    /// By e-mail code.
    pub mail: u64,
}

/// The figures of all applications, by application and week.
///
/// # Errors
/// [`StoreError`].
pub fn weeks(transaction: &mut Transaction<'_>) -> Result<Vec<Week>, StoreError> {
    let rows = transaction.query(
        "SELECT application, week, key, count(*) AS holders FROM visits \
         GROUP BY application, week, key ORDER BY application, week, key",
        &[],
    )?;
    let mut weeks: Vec<Week> = Vec::new();
    for row in &rows {
        let application = row.text("application")?;
        let monday: Date = row.parsed("week")?;
        let is_new = weeks
            .last()
            .is_none_or(|week| week.application != application || week.monday != monday);
        if is_new {
            let application = application.to_owned();
            weeks.push(Week { application, monday, token: 0, app: 0, mail: 0 });
        }
        let Some(week) = weeks.last_mut() else { continue };
        *match row.parsed("key")? {
            Key::Token => &mut week.token,
            Key::App => &mut week.app,
            Key::Mail => &mut week.mail,
        } = row.number("holders")?;
    }
    Ok(weeks)
}

/// The holders of a lane who came to an application by token in a week or later, and have a token
/// that can be used; in order.
///
/// # Errors
/// [`StoreError`].
pub fn by_token(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    application: &str,
    since: Date,
) -> Result<Vec<String>, StoreError> {
    let rows = transaction.query(
        "SELECT DISTINCT v.holder AS holder FROM visits v \
         JOIN states s ON s.lane = v.lane AND s.holder = v.holder AND s.state = 'active' \
         WHERE v.lane = $1 AND v.application = $2 AND v.key = 'token' AND v.week >= $3 \
         ORDER BY v.holder",
        &[lane.into(), application.into(), since.to_string().into()],
    )?;
    rows.iter().map(|row| Ok(row.text("holder")?.to_owned())).collect()
}

/// Forgets a lane's visits of weeks before one.
pub(crate) fn sweep(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    before: Timestamp,
) -> Result<(), StoreError> {
    let before = before.to_zoned(jiff::tz::TimeZone::UTC).date();
    transaction.queue(
        "DELETE FROM visits WHERE lane = $1 AND week < $2",
        vec![lane.into(), before.to_string().into()],
    )
}
