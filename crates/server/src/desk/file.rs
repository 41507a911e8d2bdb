//! `/file`: the holder file of a day, uploaded, and forgotten.

use std::{path::Path, sync::Arc};

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use tokenkaart::read::{self, Fault, FaultKind, Input, ReadError, ReadOptions, Row};
use tokenkaart_auth::day_list::{DayHolder, DayList, MOST_HOLDERS};

use super::{
    at_desk::{AtDesk, faulty, page},
    shell::Shell,
    texts::Texts,
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, Site, redirect},
};

#[derive(Template)]
#[template(path = "desk/file.html")]
struct FilePage<'v> {
    shell: Shell<'v>,
    /// What there is today, in words.
    today: Option<String>,
    faults: Vec<ShownFault>,
    /// How many faults more there are.
    more: Option<String>,
}

/// What is wrong in a file, as it is shown.
struct ShownFault {
    place: String,
    column: String,
    text: String,
    /// Whether the text is the reader's own, in English.
    is_english: bool,
}

/// What came of reading a file.
enum Outcome {
    Kept,
    /// None of it is used.
    Faulty(Vec<ShownFault>, usize),
    /// It is no holder file, or has too many.
    Refused(String),
}

/// `GET /file`
pub(super) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    look(&at, Vec::new(), 0, None).await
}

async fn look(
    at: &AtDesk,
    faults: Vec<ShownFault>,
    total: usize,
    wrong: Option<String>,
) -> Result<Response, FailedVisit> {
    let list = at.blocking(|site| site.service.day_list(&site.pool, &|| site.now())).await?;
    let mut shell = at.shell();
    let t = shell.t;
    let is_wrong = wrong.is_some();
    if let Some(wrong) = wrong {
        shell.fault("file", wrong);
    }
    let more = total.saturating_sub(faults.len());
    let shown = FilePage {
        today: list.map(|list| today(at, &list, t)),
        more: (more > 0).then(|| fill(t.file_more, &[("n", &more.to_string())])),
        faults,
        shell,
    };
    Ok(if is_wrong { faulty(&shown) } else { page(&shown) })
}

/// What there is today, in words.
pub(super) fn today(at: &AtDesk, list: &DayList, t: &Texts) -> String {
    let (count, time) = (list.holders.len().to_string(), at.moment(list.made_at));
    let values =
        [("n", count.as_str()), ("file", &list.file), ("name", &list.clerk), ("time", &time)];
    fill(t.file_today, &values)
}

/// `POST /file`
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let t = at.texts();
    let Some(file) = &at.file else {
        return look(&at, Vec::new(), 0, Some(t.file_missing.to_owned())).await;
    };
    // The only copy goes to where it is read.
    let (name, bytes) = (file.name.clone(), file.bytes.clone());
    let (clerk, actor) = (at.clerk.user_name.clone(), at.clerk.actor());
    let outcome = at.blocking(move |site| keep(site, name, &bytes, clerk, &actor, t)).await?;
    match outcome {
        Outcome::Kept => Ok(redirect("/file")),
        Outcome::Refused(why) => look(&at, Vec::new(), 0, Some(why)).await,
        Outcome::Faulty(faults, total) => {
            let wrong = fill(t.file_faulty, &[("n", &total.to_string())]);
            look(&at, faults, total, Some(wrong)).await
        }
    }
}

/// Reads a file by the program's reader, and keeps who is in it until the day is over.
fn keep(
    site: &Site,
    name: String,
    bytes: &[u8],
    clerk: String,
    actor: &str,
    t: &Texts,
) -> Result<Outcome, FailedVisit> {
    let read = Input::from_reader(Path::new(&name), bytes)
        .and_then(|input| read::read(input, &ReadOptions::default()));
    let read = match read {
        Ok(read) => read,
        Err(ReadError::Faults { faults, total, .. }) => {
            return Ok(Outcome::Faulty(
                faults.iter().map(|fault| shown(fault, t)).collect(),
                total,
            ));
        }
        Err(error) => return Ok(Outcome::Refused(error.to_string())),
    };
    if read.rows.len() > MOST_HOLDERS {
        return Ok(Outcome::Refused(fill(t.file_long, &[("n", &MOST_HOLDERS.to_string())])));
    }
    let now = site.now();
    let until = now.date().tomorrow().and_then(|day| day.to_zoned(now.time_zone().clone()));
    let until = until.map_or(Timestamp::MAX, |until| until.timestamp());
    let holders = read.rows.into_iter().map(day_holder).collect();
    let made_at = now.timestamp().as_millisecond();
    let list = DayList { file: name, clerk, made_at, holders };
    let random = &mut Site::random();
    site.service.keep_day_list(&site.pool, &list, until, actor, random)?;
    Ok(Outcome::Kept)
}

fn day_holder(row: Row) -> DayHolder {
    let holder = row.holder;
    let text =
        |line: Option<tokenkaart_token::holder::Line>| line.map(|line| line.as_str().to_owned());
    DayHolder {
        id: holder.id.into(),
        name: holder.name.as_str().to_owned(),
        language: holder.language.map(|language| language.code().to_owned()),
        user_name: text(holder.user_name),
        email: text(holder.email),
    }
}

/// A fault with its row and column; its value may be a register number, and is not shown.
fn shown(fault: &Fault, t: &Texts) -> ShownFault {
    let own = match &fault.kind {
        FaultKind::Missing { .. } => Some(t.fault_missing.to_owned()),
        FaultKind::DuplicateId { first } => Some(fill(t.fault_twice, &[("n", &first.to_string())])),
        FaultKind::RegisterNumber(_) => Some(t.fault_number.to_owned()),
        FaultKind::Language(_) => Some(t.fault_language.to_owned()),
        FaultKind::HiddenRow => Some(t.fault_hidden.to_owned()),
        _ => None,
    };
    ShownFault {
        place: fault.place.number().to_string(),
        column: fault.column.as_deref().unwrap_or_default().to_owned(),
        is_english: own.is_none(),
        text: own.unwrap_or_else(|| fault.kind.to_string()),
    }
}

/// `POST /file/forget`
pub(super) async fn forget(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let actor = at.clerk.actor();
    at.blocking(move |site| site.service.forget_day_list(&site.pool, &actor, &|| site.now()))
        .await?;
    Ok(redirect("/file"))
}
