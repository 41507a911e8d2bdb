//! `tokenkaart-server status`: tokens of an auth store, as text, CSV or JSON.

use std::io::Write;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use tokenkaart_auth::{
    import::{self, Unfinished},
    store::{
        Cause, Store, StoreError,
        challenge::{self, Attempts},
        mail::{self, MailCounts},
        token::{self, TokenRow},
    },
    verify::Policy,
};
use tokenkaart_terminal::{Document, Failure, Outcome, count, finding, grouped, note};
use tokenkaart_token::{
    csv,
    holder::HolderId,
    shell::harmless,
    token::{Position, Serial},
};

use crate::options::{StoreAddress, holder};

/// How tokens are shown.
#[derive(Clone, Copy, Default, Eq, PartialEq, ValueEnum)]
enum StatusFormat {
    /// To be read
    #[default]
    Text,
    /// With a header; the column id is the holder's
    Csv,
    /// One array
    Json,
}

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    store: StoreAddress,
    /// The token with this serial
    #[arg(long, group = "which")]
    serial: Option<Serial>,
    /// All tokens of this holder
    #[arg(long, value_name = "ID", value_parser = holder, group = "which")]
    holder: Option<HolderId>,
    /// Active tokens with at most N unused codes: their holders need new ones
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "6", group = "which")]
    low: Option<u8>,
    /// Tokens whose holders asked for a new card and have got none yet
    #[arg(long, group = "which")]
    requested: bool,
    /// How to show them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: StatusFormat,
}

/// Tokens that are read at a time.
const PAGE: u32 = 1000;
/// How many of the mails are shown that were given up.
const GIVEN_UP: u32 = 10;
const COLUMNS: [&str; 10] =
    ["id", "serial", "state", "since", "reason", "issued", "expires", "unused", "last_used", "run"];

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let mut store = Store::open(&args.store.address()?)?;
    let mut out = Document::begin();
    if args.serial.is_none() && args.holder.is_none() && args.low.is_none() && !args.requested {
        counts(args, &mut store, &mut out)?;
        out.flush()?;
        return Ok(Outcome::Done);
    }
    let mut rows = 0_u64;
    match args.format {
        StatusFormat::Text => {}
        StatusFormat::Csv => out.write_all(csv::line(COLUMNS.map(str::to_owned)).as_bytes())?,
        StatusFormat::Json => out.write_all(b"[")?,
    }
    each(args, &mut store, |row| {
        match args.format {
            StatusFormat::Text => writeln!(out, "{}", in_words(row))?,
            StatusFormat::Csv => out.write_all(csv::line(cells(row)).as_bytes())?,
            StatusFormat::Json => {
                let comma = if rows > 0 { "," } else { "" };
                write!(out, "{comma}\n{}", as_json(row))?;
            }
        }
        rows += 1;
        Ok(())
    })?;
    if args.format == StatusFormat::Json {
        out.write_all(b"\n]\n")?;
    }
    if let (Some(holder), StatusFormat::Text) = (&args.holder, args.format) {
        let attempts = challenge::attempts_of(&mut store.read()?, holder.as_str())?;
        if let Some(attempts) = attempts {
            if attempts.failures > 0 {
                let wrong = count(attempts.failures.into(), "wrong answer", "wrong answers");
                let Attempts { failures, not_before, .. } = attempts;
                let wait = Policy::default().wait(failures, not_before, Timestamp::now());
                let wait = wait.map(|until| format!("; no answer is taken until {until}"));
                writeln!(out, "{wrong} in a row{}", wait.unwrap_or_default())?;
            }
            if attempts.asked > 0 {
                let asked = count(attempts.asked.into(), "challenge", "challenges");
                writeln!(out, "{asked} since the last right answer, not answered rightly")?;
            }
        }
    }
    out.flush()?;
    if rows == 0 && args.low.is_none() && !args.requested {
        finding("there is no such token in the store")?;
        return Ok(Outcome::Complaints);
    }
    Ok(Outcome::Done)
}

/// Every token that was asked for.
fn each(
    args: &Options,
    store: &mut Store,
    mut show: impl FnMut(&TokenRow) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut transaction = store.read()?;
    if let Some(serial) = &args.serial {
        token::by_serial(&mut transaction, serial)?.iter().try_for_each(show)
    } else if let Some(holder) = &args.holder {
        token::all_of(&mut transaction, holder.as_str())?.iter().try_for_each(show)
    } else {
        let mut after = None;
        loop {
            let at_most = args.low.unwrap_or(Position::MAX);
            let page = if args.requested {
                token::asked_for(&mut transaction, after.as_ref(), PAGE)?
            } else {
                token::low(&mut transaction, at_most, after.as_ref(), PAGE)?
            };
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            page.iter().try_for_each(&mut show)?;
        }
    }
}

/// How many tokens there are in each state, and which imports were cut off.
fn counts(args: &Options, store: &mut Store, out: &mut impl Write) -> Result<(), Failure> {
    let mut transaction = store.read()?;
    let counts = token::counts(&mut transaction, Timestamp::now())?;
    let unfinished = import::unfinished(&mut transaction)?;
    drop(transaction);
    let mails = mails(store)?;
    match args.format {
        StatusFormat::Text => {
            if counts.is_empty() {
                writeln!(out, "{}: no token yet", store.name())?;
            }
            for (state, number) in counts {
                writeln!(out, "{state}: {}", count(number, "token", "tokens"))?;
            }
            for import in unfinished {
                writeln!(out, "{}", cut_off(&import))?;
            }
            for line in in_lines(&mails) {
                writeln!(out, "{line}")?;
            }
        }
        StatusFormat::Csv => {
            out.write_all(b"state,tokens\r\n")?;
            for (state, number) in counts {
                write!(out, "{state},{number}\r\n")?;
            }
            // What is read by a program stays a table.
            for import in unfinished {
                note(cut_off(&import));
            }
            for line in in_lines(&mails) {
                note(line);
            }
        }
        StatusFormat::Json => {
            let states = counts.iter().map(|(state, number)| (state.to_string(), json!(number)));
            let mut all: serde_json::Map<_, _> = states.collect();
            if !unfinished.is_empty() {
                let imports = unfinished.iter().map(|import| {
                    json!({
                        "run": import.run,
                        "begun_at": moment(import.begun_at),
                        "tokens": import.tokens,
                        "loaded": import.loaded,
                        "lanes_switched": import.lanes,
                    })
                });
                all.insert("unfinished_imports".to_owned(), imports.collect());
            }
            if mails != MailCounts::default() {
                all.insert("mails".to_owned(), of_mails(&mails));
            }
            writeln!(out, "{}", serde_json::Value::Object(all))?;
        }
    }
    Ok(())
}

/// What is left of mails; nothing for a login that may not see it.
fn mails(store: &mut Store) -> Result<MailCounts, StoreError> {
    match mail::counts(&mut store.read()?, GIVEN_UP) {
        Err(StoreError::Database { cause: Cause::Denied, .. }) => Ok(MailCounts::default()),
        other => other,
    }
}

fn in_lines(mails: &MailCounts) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(oldest) = mails.oldest {
        let waiting = count(mails.waiting, "mail waits", "mails wait");
        lines.push(format!("{waiting} to be sent, the oldest since {}", moment(oldest)));
    }
    if mails.given_up > 0 {
        let given_up = count(mails.given_up, "mail was given up", "mails were given up");
        lines.push(format!("{given_up}; the last:"));
    }
    lines.extend(mails.last_given_up.iter().map(|mail| {
        format!(
            "  {} of {}, after {}: {}",
            harmless(&mail.kind),
            moment(mail.made_at),
            count(mail.tries.into(), "try", "tries"),
            harmless(&mail.why),
        )
    }));
    lines
}

fn of_mails(mails: &MailCounts) -> serde_json::Value {
    let given_up = mails.last_given_up.iter().map(|mail| {
        json!({
            "kind": mail.kind,
            "written_at": moment(mail.made_at),
            "given_up_at": moment(mail.at),
            "tries": mail.tries,
            "why": mail.why,
        })
    });
    json!({
        "waiting": mails.waiting,
        "oldest": mails.oldest.map(moment),
        "given_up": mails.given_up,
        "last_given_up": given_up.collect::<Vec<_>>(),
    })
}

fn cut_off(import: &Unfinished) -> String {
    format!(
        "the import of {} is unfinished: begun {}, {} of {} loaded, in use in {}; give its command \
         again unless it is at work",
        import.run,
        moment(import.begun_at),
        grouped(import.loaded),
        count(import.tokens, "token", "tokens"),
        count(import.lanes, "lane", "lanes"),
    )
}

fn moment(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).map_or_else(|_| String::new(), |at| at.to_string())
}

fn in_words(row: &TokenRow) -> String {
    let reason = row.reason.as_ref().map(|reason| format!(" ({})", harmless(reason)));
    let expires = row.expires.map(|date| format!(", ends on {date}"));
    let used = row.last_used.map_or("never used".to_owned(), |at| format!("used {}", moment(at)));
    format!(
        "{} of holder {}: {} since {}{}, issued {}{}, {} left, {used}",
        row.serial,
        row.holder,
        row.state_at(Timestamp::now()),
        moment(row.state_since),
        reason.unwrap_or_default(),
        row.issued,
        expires.unwrap_or_default(),
        count(row.unused.into(), "code", "codes"),
    )
}

fn cells(row: &TokenRow) -> [String; 10] {
    [
        csv::inert(&row.holder).into_owned(),
        row.serial.to_string(),
        row.state_at(Timestamp::now()).to_string(),
        moment(row.state_since),
        row.reason.as_deref().map(csv::inert).unwrap_or_default().into_owned(),
        row.issued.to_string(),
        row.expires.map(|date| date.to_string()).unwrap_or_default(),
        row.unused.to_string(),
        row.last_used.map(moment).unwrap_or_default(),
        row.run.clone().unwrap_or_default(),
    ]
}

fn as_json(row: &TokenRow) -> serde_json::Value {
    json!({
        "id": row.holder,
        "serial": row.serial,
        "state": row.state_at(Timestamp::now()).as_str(),
        "since": moment(row.state_since),
        "reason": row.reason,
        "issued": row.issued,
        "expires": row.expires,
        "unused": row.unused,
        "last_used": row.last_used.map(moment),
        "run": row.run,
    })
}
