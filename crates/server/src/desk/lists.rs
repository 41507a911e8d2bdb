//! `/lists`: who needs something, sorted and by pages; and the same as CSV.

use std::{cmp::Reverse, sync::Arc};

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use tokenkaart_auth::{
    Lane,
    phase_out::week_of,
    store::{
        State, StoreError, Transaction, account, phase_out,
        token::{self, TokenRow},
    },
    verify::Policy,
};
use tokenkaart_token::csv;

use super::{
    at_desk::{AtDesk, page, read},
    key,
    person::{Person, state_in_words},
    shell::Shell,
};
use crate::{
    pages::fill,
    sign_in::{FailedVisit, Site, plain},
};

/// People on a page.
const PAGE: usize = 50;
/// People that are sorted and shown; the export has them all.
const MOST: u32 = 5000;
/// People of an export.
const ALL: u32 = 10_000_000;
/// Tokens that are read at a time.
const AT_ONCE: u32 = 1000;
/// Who came by token within so many weeks still does.
const WEEKS: i64 = 8;

/// A list.
#[derive(Clone, Debug, Eq, PartialEq)]
enum List {
    Low,
    Requested,
    Locked,
    Pending,
    Inactive,
    /// Still by token at an application that has a last day.
    Token(String),
}

impl List {
    fn of(name: Option<&str>, application: Option<&str>) -> Self {
        match name {
            Some("requested") => Self::Requested,
            Some("locked") => Self::Locked,
            Some("pending") => Self::Pending,
            Some("inactive") => Self::Inactive,
            Some("token") => Self::Token(application.unwrap_or_default().to_owned()),
            _ => Self::Low,
        }
    }

    /// As an address names it.
    fn query(&self) -> String {
        match self {
            Self::Low => "list=low".to_owned(),
            Self::Requested => "list=requested".to_owned(),
            Self::Locked => "list=locked".to_owned(),
            Self::Pending => "list=pending".to_owned(),
            Self::Inactive => "list=inactive".to_owned(),
            Self::Token(id) => format!("list=token&application={id}"),
        }
    }
}

/// Somebody on a list.
struct Entry {
    holder: String,
    token: Option<TokenRow>,
    /// Since when, in milliseconds since 1970.
    since: i64,
}

impl From<TokenRow> for Entry {
    fn from(token: TokenRow) -> Self {
        Self { holder: token.holder.clone(), since: token.state_since, token: Some(token) }
    }
}

#[derive(Template)]
#[template(path = "desk/lists.html")]
struct ListPage<'v> {
    shell: Shell<'v>,
    title: String,
    /// Each list: its address, its words, and whether it is this one.
    lists: Vec<(String, String, bool)>,
    count: String,
    cut: Option<String>,
    export: String,
    /// Each column: its address where it sorts, its words, whether it is sorted by, and a number.
    columns: Vec<(Option<String>, &'static str, bool, bool)>,
    rows: Vec<Shown>,
    page_of: String,
    previous: Option<String>,
    next: Option<String>,
}

/// Somebody as they are shown.
struct Shown {
    p: String,
    key: String,
    serial: String,
    state: &'static str,
    since: String,
    left: String,
    used: String,
}

/// `GET /lists`
pub(super) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let parameters = at.visit.parameters();
    let list = List::of(parameters.get("list"), parameters.get("application"));
    let sort = parameters.get("sort").unwrap_or("since").to_owned();
    let wanted = parameters.get("page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1);
    let looking = list.clone();
    let mut entries =
        at.blocking(move |site| read(site, |store| load(site, store, &looking, MOST + 1))).await?;
    let is_cut = entries.len() > MOST as usize;
    entries.truncate(MOST as usize);
    let left = |entry: &Entry| entry.token.as_ref().map_or(0, |token| token.unused);
    let used = |entry: &Entry| entry.token.as_ref().and_then(|token| token.last_used);
    match sort.as_str() {
        "key" => entries.sort_by(|a, b| a.holder.cmp(&b.holder)),
        "left" => entries.sort_by_key(left),
        "used" => entries.sort_by_key(|entry| Reverse(used(entry))),
        _ => entries.sort_by_key(|entry| Reverse(entry.since)),
    }
    let pages = entries.len().div_ceil(PAGE).max(1);
    let number = wanted.clamp(1, pages);
    let shell = at.shell();
    let t = shell.t;
    let mut rows = Vec::new();
    for entry in entries.iter().skip((number - 1) * PAGE).take(PAGE) {
        let token = entry.token.as_ref();
        let now = jiff::Timestamp::now();
        rows.push(Shown {
            p: at.seal(&Person::of(&entry.holder))?,
            key: key::masked(&entry.holder),
            serial: token.map(|token| token.serial.to_string()).unwrap_or_default(),
            state: token.map_or("", |token| state_in_words(token.state_at(now), t)),
            since: at.moment(entry.since),
            left: token.map(|token| token.unused.to_string()).unwrap_or_default(),
            used: used(entry).map(|used| at.moment(used)).unwrap_or_default(),
        });
    }
    let query = list.query();
    let to = |page: usize| format!("/lists?{query}&sort={sort}&page={page}");
    let column = |name: &str, words, is_number| {
        (Some(format!("/lists?{query}&sort={name}")), words, sort == name, is_number)
    };
    let lists = all(&at);
    let title = lists.iter().find(|(other, _)| *other == list);
    let shown = ListPage {
        title: title.map(|(_, words)| words.clone()).unwrap_or_default(),
        lists: lists
            .iter()
            .map(|(other, words)| {
                (format!("/lists?{}", other.query()), words.clone(), *other == list)
            })
            .collect(),
        count: match entries.len() {
            0 => t.list_empty.to_owned(),
            count => fill(t.list_count, &[("n", &count.to_string())]),
        },
        cut: is_cut.then(|| fill(t.list_cut, &[("n", &MOST.to_string())])),
        export: format!("/lists/export?{query}"),
        columns: vec![
            column("key", t.key, false),
            (None, t.serial, false, false),
            (None, t.state, false, false),
            column("since", t.since, false),
            column("left", t.codes_left, true),
            column("used", t.last_used, false),
        ],
        rows,
        page_of: fill(t.page_of, &[("n", &number.to_string()), ("m", &pages.to_string())]),
        previous: (number > 1).then(|| to(number - 1)),
        next: (number < pages).then(|| to(number + 1)),
        shell,
    };
    Ok(page(&shown))
}

/// All lists, and what they are called.
fn all(at: &AtDesk) -> Vec<(List, String)> {
    let t = at.texts();
    let mut all = vec![
        (List::Low, t.list_low.to_owned()),
        (List::Requested, t.list_requested.to_owned()),
        (List::Locked, t.list_locked.to_owned()),
        (List::Pending, t.list_pending.to_owned()),
        (List::Inactive, t.list_inactive.to_owned()),
    ];
    for application in &at.visit.site.config.applications {
        let Some(phase_out) = &application.phase_out else { continue };
        let day = at.language().date(phase_out.last_day);
        let name = application.names.in_language(at.language());
        let words = fill(t.list_token, &[("name", name), ("day", &day)]);
        all.push((List::Token(application.id.clone()), words));
    }
    all
}

/// Who is on a list, as far as `most`.
fn load(
    site: &Site,
    store: &mut Transaction<'_>,
    list: &List,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    let of_tokens = |tokens: Vec<TokenRow>| tokens.into_iter().map(Entry::from).collect();
    match list {
        List::Low => {
            let at_most = Policy::default().warn_below;
            by_pages(most, |after| token::low(store, at_most, after, AT_ONCE))
        }
        List::Requested => by_pages(most, |after| token::asked_for(store, after, AT_ONCE)),
        List::Locked => Ok(of_tokens(token::locked(store, most)?)),
        List::Pending => Ok(of_tokens(token::pending(store, site.now().timestamp(), most)?)),
        List::Inactive => {
            let found = account::never_activated(store, most)?.into_iter();
            Ok(found.map(|(holder, since)| Entry { holder, token: None, since }).collect())
        }
        List::Token(application) => {
            let today = site.now().date();
            let first = today.checked_sub(jiff::Span::new().weeks(WEEKS)).unwrap_or(today);
            let mut entries = Vec::new();
            for lane in Lane::of_holders() {
                for holder in phase_out::by_token(store, lane, application, week_of(first))? {
                    if entries.len() >= most as usize {
                        return Ok(entries);
                    }
                    entries.extend(token::live_of(store, &holder)?.map(Entry::from));
                }
            }
            Ok(entries)
        }
    }
}

fn by_pages(
    most: u32,
    mut next: impl FnMut(Option<&TokenRow>) -> Result<Vec<TokenRow>, StoreError>,
) -> Result<Vec<Entry>, StoreError> {
    let (mut entries, mut after) = (Vec::new(), None);
    while entries.len() < most as usize {
        let page = next(after.as_ref())?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        entries.extend(page.into_iter().map(Entry::from));
    }
    entries.truncate(most as usize);
    Ok(entries)
}

/// The columns of an export; `tokenkaart issue` takes the first as the holder's.
const COLUMNS: [&str; 6] = ["id", "serial", "state", "since", "unused", "last_used"];

/// `GET /lists/export`: with whole keys, for the next run.
pub(super) async fn export(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let parameters = at.visit.parameters();
    let list = List::of(parameters.get("list"), parameters.get("application"));
    let text = at.blocking(move |site| {
        read(site, |store| {
            let mut text = csv::line(COLUMNS.map(str::to_owned));
            for entry in load(site, store, &list, ALL)? {
                text += &csv::line(cells(&entry));
            }
            Ok(text)
        })
    });
    Ok(download(text.await?, "list.csv"))
}

/// A file that the browser saves.
pub(super) fn download(text: String, name: &str) -> Response {
    let mut response = plain("text/csv; charset=utf-8", text);
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn cells(entry: &Entry) -> [String; 6] {
    let moment = |milliseconds: i64| {
        jiff::Timestamp::from_millisecond(milliseconds)
            .map_or_else(|_| String::new(), |at| at.to_string())
    };
    let token = entry.token.as_ref();
    let state = token.map(|token| token.state_at(jiff::Timestamp::now()));
    [
        csv::inert(&entry.holder).into_owned(),
        token.map(|token| token.serial.to_string()).unwrap_or_default(),
        state.map(State::as_str).unwrap_or_default().to_owned(),
        moment(entry.since),
        token.map(|token| token.unused.to_string()).unwrap_or_default(),
        token.and_then(|token| token.last_used).map(moment).unwrap_or_default(),
    ]
}
