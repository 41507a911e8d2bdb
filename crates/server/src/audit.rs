//! `tokenkaart-server audit`: what happened, verified or exported.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use tokenkaart_auth::store::{
    Store,
    audit::{self, AuditRow},
};
use tokenkaart_terminal::{Failure, Outcome, count};
use tokenkaart_token::csv::{self, inert};

use crate::options::StoreAddress;

/// How the audit is exported.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum AuditFormat {
    /// One JSON object a line, as it is chained, and its hash
    Jsonl,
    /// With a header
    Csv,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  exported; with --verify: whole
  1  a row was altered, removed or moved; the first one is named
  2  could not read it";

#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Options {
    #[command(flatten)]
    store: StoreAddress,
    /// Reckon the whole chain anew; prints its head, to be kept elsewhere
    #[arg(long, required_unless_present = "format")]
    verify: bool,
    /// A head that was kept elsewhere, which the chain must go through
    #[arg(long, value_name = "HASH", requires = "verify")]
    head: Option<String>,
    /// Export all rows
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "verify")]
    format: Option<AuditFormat>,
}

const COLUMNS: [&str; 9] =
    ["seq", "at", "actor", "event", "holder", "serial", "position", "detail", "hash"];

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let mut store = Store::open(&args.store.address()?)?;
    match args.format {
        Some(format) => export(&mut store, format),
        None => verify(args, &mut store),
    }
}

fn verify(args: &Options, store: &mut Store) -> Result<Outcome, Failure> {
    let verdict = audit::verify(&mut store.read()?, args.head.as_deref())?;
    if let Some(broken) = verdict.broken {
        eprintln!(
            "{}: {broken}; keep a copy of the database as it is, and find out who could write to it",
            store.name()
        );
        return Ok(Outcome::Complaints);
    }
    println!(
        "{}: the audit is whole, {}; its head, to be kept elsewhere:\n{}",
        store.name(),
        count(verdict.rows, "row", "rows"),
        verdict.head.hash
    );
    Ok(Outcome::Done)
}

fn export(store: &mut Store, format: AuditFormat) -> Result<Outcome, Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if format == AuditFormat::Csv {
        out.write_all(csv::line(COLUMNS.map(str::to_owned)).as_bytes())?;
    }
    audit::read(&mut store.read()?, |row| {
        let line = match format {
            AuditFormat::Jsonl => serde_json::to_string(&row)? + "\n",
            AuditFormat::Csv => csv::line(cells(row)),
        };
        Ok::<_, Failure>(out.write_all(line.as_bytes())?)
    })?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// Holders, actors and reasons are other people's texts.
fn cells(row: AuditRow) -> [String; 9] {
    [
        row.seq.to_string(),
        row.at.to_string(),
        inert(&row.actor).into_owned(),
        row.event,
        inert(&row.holder.unwrap_or_default()).into_owned(),
        row.serial.unwrap_or_default(),
        row.position.map(|position| position.to_string()).unwrap_or_default(),
        inert(&row.detail).into_owned(),
        row.hash,
    ]
}
