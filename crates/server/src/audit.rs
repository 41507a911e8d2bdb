//! `tokenkaart-server audit`: what happened, verified, exported or told.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokenkaart_auth::{
    Lane,
    store::{
        Store,
        audit::{
            self, AuditRow,
            checkpoint::{self, Checkpoint},
        },
        token,
    },
};
use tokenkaart_terminal::{Document, Failure, Outcome, count, finding, result};
use tokenkaart_token::{
    csv::{self, inert},
    files,
    holder::HolderId,
    shell::{harmless, shown},
    sign::{Signers, SigningKey},
};

use crate::options::{StoreAddress, holder};

/// What the signature of a checkpoint is for.
const PURPOSE: &str = "tokenkaart-checkpoint";
/// The largest signature, in bytes.
const MAX_SIGNATURE: u64 = 1 << 16;

/// How the audit is shown.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum AuditFormat {
    /// In words and local time
    Text,
    /// One JSON object a line, as it is chained, and its hash
    Jsonl,
    /// With a header
    Csv,
}

const EXAMPLES: &str = "\
Examples:
  tokenkaart-server audit --verify --store sqlite:auth.db
      Recomputes all chains.
  tokenkaart-server audit --checkpoint 2026-11-24.json --sign-with key --store sqlite:auth.db
      Verifies them and writes their heads into a file, to be kept elsewhere.
  tokenkaart-server audit --verify --since 2026-11-24.json --store sqlite:auth.db
      Verifies what came after that, and that nothing before it was recomputed.
  tokenkaart-server audit --holder 4711 --since 2026-11-01 --store sqlite:auth.db
      What happened to a holder's tokens, in words.

Exit codes:
  0  exported; with --verify: whole
  1  a row was altered, removed or moved; the first one of each lane is named
  2  could not read it";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    store: StoreAddress,
    /// Recompute all chains; prints the digest over their heads
    #[arg(long, required_unless_present_any = ["format", "holder", "checkpoint"])]
    verify: bool,
    /// Verify, and write the heads into this file, to be kept elsewhere
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "holder"])]
    checkpoint: Option<PathBuf>,
    /// Sign the checkpoint with this OpenSSH key (Ed25519); the signature is FILE.sig
    #[arg(long, value_name = "KEY", requires = "checkpoint")]
    sign_with: Option<PathBuf>,
    /// With --verify a checkpoint that was kept, otherwise the first day that is shown
    #[arg(long, value_name = "FILE|DATE")]
    since: Option<String>,
    /// The checkpoint must be signed by this key, or one of these allowed signers
    #[arg(long, value_name = "KEY", requires = "since", conflicts_with_all = ["format", "holder"])]
    signed_by: Option<PathBuf>,
    /// Take the checkpoint without a look at its signature
    #[arg(long, requires = "since", conflicts_with_all = ["format", "holder", "signed_by"])]
    unsigned: bool,
    /// What happened to the tokens of one holder
    #[arg(long, value_name = "ID", value_parser = holder, conflicts_with = "verify")]
    holder: Option<HolderId>,
    /// Show or export rows [default with --holder: text]
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "verify")]
    format: Option<AuditFormat>,
}

const COLUMNS: [&str; 10] =
    ["lane", "seq", "at", "actor", "event", "ref", "serial", "position", "detail", "hash"];

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let mut store = Store::open(&args.store.address()?)?;
    if args.verify || args.checkpoint.is_some() {
        return verify(args, &store);
    }
    let since = args.since.as_deref().map(first_day).transpose()?;
    let format = args.format.unwrap_or(AuditFormat::Text);
    match &args.holder {
        Some(holder) => tell(&mut store, holder, format, since),
        None => export(&mut store, format, since),
    }
}

fn first_day(text: &str) -> Result<Timestamp, Failure> {
    let day: Date = text.parse().map_err(|_| {
        Failure::new("--since: write a date as 2026-11-22, or say --verify with a checkpoint")
    })?;
    Ok(day.to_zoned(TimeZone::system())?.timestamp())
}

fn verify(args: &Options, store: &Store) -> Result<Outcome, Failure> {
    let since = match &args.since {
        Some(path) => Some(kept(Path::new(path), args.signed_by.as_deref(), args.unsigned)?),
        None => None,
    };
    // Before the work, and not after it.
    let key = args.sign_with.as_deref().map(SigningKey::read).transpose()?;
    let verified = audit::verify(store, since.as_ref())?;
    if !verified.broken.is_empty() {
        let mut lines = Vec::new();
        for (lane, broken) in &verified.broken {
            lines.push(format!("{}: lane {lane} of the audit: {broken}", store.name()));
        }
        lines.push(
            "keep a copy of the database as it is, and find out who could write to it".into(),
        );
        finding(lines.join("\n"))?;
        return Ok(Outcome::Complaints);
    }
    let mut said = format!(
        "{}: the audit is whole, {}{}; the digest over its heads:\n{}\n",
        store.name(),
        count(verified.rows, "row", "rows"),
        since.map(|since| format!(" since {}", since.at())).unwrap_or_default(),
        checkpoint::digest(&verified.heads)
    );
    if let Some(path) = &args.checkpoint {
        let text = Checkpoint::new(Timestamp::now(), verified.heads).to_text();
        files::write_whole(path, text.as_bytes())?;
        if let Some(key) = key {
            let signature = key.sign_for(PURPOSE, text.as_bytes())?;
            files::write_whole(&signature_of(path), signature.as_bytes())?;
        }
        said += &shown(path);
        said += ": the heads are in it; keep it where nobody of this store can write\n";
    }
    result(&said)?;
    Ok(Outcome::Done)
}

fn signature_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// A checkpoint that was kept, signed by whom it must be.
fn kept(path: &Path, signed_by: Option<&Path>, unsigned: bool) -> Result<Checkpoint, Failure> {
    if signed_by.is_none() && !unsigned && files::is_there(&signature_of(path))? {
        return Err(Failure::new(format!(
            "{}: a signature lies beside it, and nobody has said whose it must be (--signed-by KEY \
             verifies it, --unsigned takes the checkpoint without)",
            shown(path)
        )));
    }
    if let Some(signers) = signed_by {
        let signers = Signers::read_for(PURPOSE, signers)?;
        let text = files::read_whole(path, 1 << 20)?;
        let signature = files::read_whole(&signature_of(path), MAX_SIGNATURE)?;
        signers
            .verify_for(PURPOSE, &text, &signature)
            .map_err(|error| Failure::new(format!("{}: {error}", shown(path))))?;
    }
    Checkpoint::read(path).map_err(|error| Failure::new(format!("{}: {error}", shown(path))))
}

fn export(
    store: &mut Store,
    format: AuditFormat,
    since: Option<Timestamp>,
) -> Result<Outcome, Failure> {
    let mut out = Document::begin();
    header(&mut out, format)?;
    for lane in Lane::all() {
        audit::read(&mut store.read()?, lane, 0, |row| write(&mut out, format, since, row))?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// What happened to one holder's tokens: the rows of the audit, and in words also how the tokens
/// came, which the audit tells of whole lanes.
fn tell(
    store: &mut Store,
    holder: &HolderId,
    format: AuditFormat,
    since: Option<Timestamp>,
) -> Result<Outcome, Failure> {
    let lane = Lane::of(holder.as_str());
    let mut transaction = store.read()?;
    let reference = audit::reference(&mut transaction, holder.as_str())?;
    let tokens = token::all_of(&mut transaction, holder.as_str())?;
    let mut rows: Vec<AuditRow> = Vec::new();
    if let Some(reference) = &reference {
        audit::read(&mut transaction, lane, 0, |row| {
            if row.reference.as_ref() == Some(reference) {
                rows.push(row);
            }
            Ok::<(), Failure>(())
        })?;
    }
    let mut out = Document::begin();
    if format != AuditFormat::Text {
        header(&mut out, format)?;
        for row in rows {
            write(&mut out, format, since, row)?;
        }
        out.flush()?;
        return Ok(Outcome::Done);
    }
    let mut lines: Vec<(i64, String)> = rows.iter().map(|row| (row.at, in_words(row))).collect();
    for token in &tokens {
        let from = token.run.as_ref().map_or("a desk".to_owned(), |run| format!("run {run}"));
        lines.push((token.came_at, format!("token {} came in from {from}", token.serial)));
        // What the audit tells of a whole lane.
        if token.state.is_end() && !rows.iter().any(|row| is_end_of(row, token)) {
            let reason = token.reason.as_deref().map(harmless).unwrap_or_default();
            lines.push((
                token.state_since,
                format!("token {} was {}: {reason}", token.serial, token.state),
            ));
        }
    }
    lines.sort();
    let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
    lines.retain(|(at, _)| *at >= since);
    if lines.is_empty() {
        finding(format_args!("nothing is known of holder {holder}, or nothing since then"))?;
        return Ok(Outcome::Complaints);
    }
    for (at, line) in lines {
        writeln!(out, "{}  {line}", local(at))?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn is_end_of(row: &AuditRow, token: &token::TokenRow) -> bool {
    row.event == token.state.as_str() && row.serial.as_deref() == Some(&token.serial.to_string())
}

/// A moment as a clock on the wall shows it.
fn local(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).map_or_else(
        |_| milliseconds.to_string(),
        |at| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

fn in_words(row: &AuditRow) -> String {
    let detail = harmless(&row.detail);
    let position = row.position.unwrap_or_default();
    let said = match row.event.as_str() {
        "challenged" => format!("code {position} was asked for"),
        "accepted" => format!("code {position} was right"),
        "refused" => format!("the answer to code {position} was refused"),
        "locked" => "the token was locked".to_owned(),
        "unlocked" => "the token was unlocked".to_owned(),
        "suspended" => "the token was suspended".to_owned(),
        "resumed" => "the token was resumed".to_owned(),
        "revoked" => "the token was revoked".to_owned(),
        "expired" => "the token expired".to_owned(),
        "account made" => "the account was made".to_owned(),
        "password accepted" => "the password was right".to_owned(),
        "password refused" => "a password was refused".to_owned(),
        "signed in" => "the holder signed in".to_owned(),
        "signed out" => "the holder signed out".to_owned(),
        "granted" => "an application was given a code".to_owned(),
        "redeemed" => "the application brought its code in".to_owned(),
        "withdrawn" => "what the code gave was taken back, since it came twice".to_owned(),
        "phased out" => "the last day with the token is past".to_owned(),
        "card asked" => "the holder asked for a new card".to_owned(),
        "warned" => "told of the last day with the token, and going on with it".to_owned(),
        "mail sent" => "a mail was sent".to_owned(),
        "mail given up" => "a mail could not be sent".to_owned(),
        "code mailed" => "a code was sent by e-mail".to_owned(),
        "key active" => "a digital key became active".to_owned(),
        "key removed" => "a digital key was removed".to_owned(),
        "key accepted" => "the code of a digital key was right".to_owned(),
        "key refused" => "the code of a digital key was refused".to_owned(),
        "replaced" => "the token ended, since another key took its place".to_owned(),
        "address confirmed" => "the address was confirmed".to_owned(),
        "address changed" => "the address was changed".to_owned(),
        "activation begun" => "a code and a link to activate the account were given".to_owned(),
        "activation accepted" => "code and link of an activation were right".to_owned(),
        "activation refused" => "code or link of an activation were refused".to_owned(),
        "activated" => "user name and password were chosen".to_owned(),
        "user name changed" => "the user name was changed".to_owned(),
        "key unlocked" => "a digital key was unlocked".to_owned(),
        "password changed" => "the password was changed".to_owned(),
        "language changed" => "the language was changed".to_owned(),
        "card printed" => "a card was printed at a counter".to_owned(),
        "card handed over" => "the card was handed over, so its token is in use".to_owned(),
        "card spoilt" => "the card was spoilt, so its token is void".to_owned(),
        "post asked" => "a card by post was asked for".to_owned(),
        "post exported" => "requests for cards by post were exported".to_owned(),
        "post cancelled" => "the request for a card by post was cancelled".to_owned(),
        "post closed" => "requests for cards by post were closed by an import".to_owned(),
        "person forgotten" => "all that the store had of the person was deleted".to_owned(),
        "card lapsed" => "nobody handed the card over in time, so its token is void".to_owned(),
        "day list kept" => "a holder file of the day was uploaded".to_owned(),
        "day list forgotten" => "the holder file of the day was deleted".to_owned(),
        "clerk added" => "somebody may work at the desk".to_owned(),
        "clerk stopped" => "somebody may work at the desk no longer".to_owned(),
        "screen locked" => "the screen was locked".to_owned(),
        "screen opened" => "the screen was opened".to_owned(),
        other => harmless(other),
    };
    let token = row.serial.as_ref().map(|serial| format!(", token {}", harmless(serial)));
    let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
    format!("{said}{detail}{}, by {}", token.unwrap_or_default(), harmless(&row.actor))
}

fn header(out: &mut impl io::Write, format: AuditFormat) -> Result<(), Failure> {
    if format == AuditFormat::Csv {
        out.write_all(csv::line(COLUMNS.map(str::to_owned)).as_bytes())?;
    }
    Ok(())
}

fn write(
    out: &mut impl io::Write,
    format: AuditFormat,
    since: Option<Timestamp>,
    row: AuditRow,
) -> Result<(), Failure> {
    if since.is_some_and(|since| row.at < since.as_millisecond()) {
        return Ok(());
    }
    let line = match format {
        AuditFormat::Text => format!("{}  {}\n", local(row.at), in_words(&row)),
        AuditFormat::Jsonl => serde_json::to_string(&row)? + "\n",
        AuditFormat::Csv => csv::line(cells(row)),
    };
    Ok(out.write_all(line.as_bytes())?)
}

/// Actors and reasons are other people's texts.
fn cells(row: AuditRow) -> [String; 10] {
    [
        row.lane.to_string(),
        row.seq.to_string(),
        row.at.to_string(),
        inert(&row.actor).into_owned(),
        row.event,
        row.reference.unwrap_or_default(),
        row.serial.unwrap_or_default(),
        row.position.map(|position| position.to_string()).unwrap_or_default(),
        inert(&row.detail).into_owned(),
        row.hash,
    ]
}
