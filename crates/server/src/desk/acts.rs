//! `/acts`: who did what, for those who look after it; and the same as CSV.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use tokenkaart_auth::{
    Lane,
    clerk::{self, ACTOR},
    store::{
        StoreError, Transaction,
        audit::{self, ActsOf, AuditRow},
        token,
    },
};
use tokenkaart_token::{
    csv::{self, inert},
    token::Serial,
};

use super::{
    at_desk::{AtDesk, faulty, page, read},
    events::in_words,
    find::known,
    key,
    lists::download,
    shell::Shell,
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, Site, redirect},
};

/// Acts that are shown.
const SHOWN: u32 = 500;
/// Acts of an export.
const ALL: u32 = 1_000_000;
/// Days that are shown if nobody says.
const DAYS: i64 = 7;

/// Which acts are looked for; a page carries it on sealed, for it may name a person.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Filter {
    /// As dates are written.
    from: Option<String>,
    until: Option<String>,
    /// The user name of a clerk.
    clerk: Option<String>,
    /// The id of a holder.
    holder: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/acts.html")]
struct Acts<'v> {
    shell: Shell<'v>,
    from: String,
    until: String,
    /// The clerks, and whether each is chosen.
    clerks: Vec<(String, bool)>,
    /// Whom it is about, as keys are shown.
    holder: String,
    cut: Option<String>,
    export: String,
    rows: Vec<Shown>,
}

/// An act, as it is shown.
struct Shown {
    when: String,
    who: String,
    what: String,
    whom: String,
    serial: String,
}

/// `GET /acts`
pub(super) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let filter = at.carried::<Filter>("f").unwrap_or_default();
    look(&at, filter, &[]).await
}

/// `POST /acts`: others are looked for.
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let text = |name: &str| at.field(name).map(str::to_owned);
    let mut filter =
        Filter { from: text("from"), until: text("until"), clerk: text("clerk"), holder: None };
    let t = at.texts();
    let mut faults = Vec::new();
    for (name, day) in [("from", &filter.from), ("until", &filter.until)] {
        if day.as_ref().is_some_and(|day| day.parse::<Date>().is_err()) {
            faults.push((name, t.day_wrong));
        }
    }
    if let Some(typed) = text("holder") {
        let read_key = key::read(&typed).ok().map(|key| key.as_str().to_owned());
        let found =
            at.blocking(move |site| read(site, |store| known(store, &typed, read_key.as_deref())));
        filter.holder = found.await?;
        if filter.holder.is_none() {
            faults.push(("holder", t.acts_none));
        }
    }
    if faults.is_empty() {
        return Ok(redirect(&format!("/acts?f={}", at.seal(&filter)?)));
    }
    filter.from = filter.from.filter(|day| day.parse::<Date>().is_ok());
    filter.until = filter.until.filter(|day| day.parse::<Date>().is_ok());
    look(&at, filter, &faults).await
}

async fn look(
    at: &AtDesk,
    filter: Filter,
    faults: &[(&'static str, &'static str)],
) -> Result<Response, FailedVisit> {
    let (looking, language) = (filter.clone(), at.language());
    let found = at.blocking(move |site| {
        let clerks = clerk::list(&mut *site.pool.get()?)?;
        let rows = read(site, |store| load(site, store, &looking, SHOWN))?;
        Ok::<_, StoreError>((clerks, rows))
    });
    let (clerks, rows) = found.await?;
    let mut shell = at.shell();
    for (field, text) in faults {
        shell.fault(field, *text);
    }
    let [from, until] = days(&at.visit.site, &filter);
    let is_cut = rows.len() >= SHOWN as usize;
    let shown = Acts {
        from: from.to_string(),
        until: until.to_string(),
        clerks: clerks
            .into_iter()
            .map(|row| {
                let is_chosen = filter.clerk.as_ref() == Some(&row.user_name);
                (row.user_name, is_chosen)
            })
            .collect(),
        holder: filter.holder.as_deref().map(key::masked).unwrap_or_default(),
        cut: is_cut.then(|| fill(shell.t.acts_cut, &[("n", &SHOWN.to_string())])),
        export: format!("/acts/export?f={}", at.seal(&filter)?),
        rows: rows
            .iter()
            .map(|(row, holder)| Shown {
                when: at.moment(row.at),
                who: row.actor.trim_start_matches(ACTOR).to_owned(),
                what: in_words(row, language),
                whom: holder.as_deref().map(key::masked).unwrap_or_default(),
                serial: row.serial.clone().unwrap_or_default(),
            })
            .collect(),
        shell,
    };
    Ok(if faults.is_empty() { page(&shown) } else { faulty(&shown) })
}

/// The days that are looked at, both included: the last week if nobody says.
fn days(site: &Site, filter: &Filter) -> [Date; 2] {
    let read = |day: &Option<String>| day.as_ref().and_then(|day| day.parse::<Date>().ok());
    let until = read(&filter.until).unwrap_or_else(|| site.now().date());
    let usual = until.checked_sub((DAYS - 1).days()).unwrap_or(until);
    [read(&filter.from).unwrap_or(usual), until]
}

/// The acts, each with whom it was about if that is known still.
fn load(
    site: &Site,
    store: &mut Transaction<'_>,
    filter: &Filter,
    at_most: u32,
) -> Result<Vec<(AuditRow, Option<String>)>, StoreError> {
    let [from, until] = days(site, filter);
    let zone = &site.config.time_zone;
    let start = |day: Date| day.to_zoned(zone.clone()).map(|start| start.timestamp());
    let acts = ActsOf {
        from: start(from).unwrap_or(Timestamp::MIN),
        until: until.tomorrow().and_then(start).unwrap_or(Timestamp::MAX),
        actor: filter.clerk.as_deref().map(clerk::actor),
    };
    // Of one person the acts are found among all.
    let looked_at = if filter.holder.is_some() { ALL } else { at_most };
    let mut found = Vec::new();
    for row in audit::of_clerks(store, &acts, looked_at)? {
        let holder = whom(store, &row)?;
        let is_meant = filter.holder.is_none() || filter.holder == holder;
        if is_meant && found.len() < at_most as usize {
            found.push((row, holder));
        }
    }
    Ok(found)
}

/// Whom an act was about: by the audit's reference or, where it has none yet, by the card.
fn whom(store: &mut Transaction<'_>, row: &AuditRow) -> Result<Option<String>, StoreError> {
    if let Some(reference) = &row.reference {
        let lane = Lane::new(row.lane).unwrap_or(Lane::OFFICE);
        return audit::holder_of(store, lane, reference);
    }
    match row.serial.as_ref().and_then(|serial| serial.parse::<Serial>().ok()) {
        Some(serial) => Ok(token::by_serial(store, &serial)?.map(|token| token.holder)),
        None => Ok(None),
    }
}

const COLUMNS: [&str; 7] = ["at", "clerk", "event", "id", "serial", "detail", "ref"];

/// `GET /acts/export`
pub(super) async fn export(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let filter = at.carried::<Filter>("f").unwrap_or_default();
    let rows = at.blocking(move |site| read(site, |store| load(site, store, &filter, ALL)));
    let mut text = csv::line(COLUMNS.map(str::to_owned));
    for (row, holder) in rows.await? {
        let moment =
            Timestamp::from_millisecond(row.at).map_or_else(|_| String::new(), |at| at.to_string());
        text += &csv::line([
            moment,
            inert(row.actor.trim_start_matches(ACTOR)).into_owned(),
            row.event,
            holder.as_deref().map(inert).unwrap_or_default().into_owned(),
            row.serial.unwrap_or_default(),
            inert(&row.detail).into_owned(),
            row.reference.unwrap_or_default(),
        ]);
    }
    Ok(download(text, "acts.csv"))
}
