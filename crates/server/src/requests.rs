//! `tokenkaart-server requests`: requests for cards by post, exported for the run of letters.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use jiff::{Timestamp, Zoned};
use tokenkaart_auth::{
    post::{self, Batch, BatchCounts},
    store::Store,
};
use tokenkaart_terminal::{Document, Failure, Outcome, count, finding, result};
use tokenkaart_token::{
    csv, files,
    holder::{Holder, Line},
    language::Language,
    shell::{harmless, shown},
};

use crate::options::{Actor, StoreAddress};

const EXPORT_EXAMPLES: &str = "\
Examples:
  tokenkaart-server requests export --out holders.csv --store sqlite:auth.db
      All that were asked and never exported, as a holder file.
  tokenkaart issue holders.csv --out letters --design letter --office 'Stad Voorbeeld'
  tokenkaart-server import letters --store sqlite:auth.db
      Closes them: names and addresses are deleted.
  tokenkaart-server requests export --batch 7 --out again.csv --store sqlite:auth.db
      Those of batch 7 that are still open, if its file was lost.";

#[derive(Subcommand)]
pub(super) enum RequestsCommand {
    /// Write the requests for cards by post into a holder file
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(Export),
    /// Show the batches, and what has become of their requests
    List(List),
}

#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    actor: Actor,
    /// The file to make (CSV), readable by its owner alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Those of this batch that are still open, instead of a new one
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    batch: Option<u64>,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    store: StoreAddress,
}

pub(super) fn run(command: &RequestsCommand) -> Result<Outcome, Failure> {
    match command {
        RequestsCommand::Export(options) => export(options),
        RequestsCommand::List(options) => list(options),
    }
}

fn export(options: &Export) -> Result<Outcome, Failure> {
    let mut store = Store::open(&options.store.address()?)?;
    // Before the requests are in a batch that nobody has a file of.
    if files::is_there(&options.out)? {
        return Err(Failure::new(format!(
            "{}: is there already; take it away, or write --out with another name",
            shown(&options.out)
        )));
    }
    let found = match options.batch {
        Some(number) => post::batch(&mut store, number)?,
        None => post::export(&mut store, &options.actor.name(), &Zoned::now)?,
    };
    let Some(batch) = found else {
        finding(match options.batch {
            Some(number) => format!(
                "there is no batch {number} (`tokenkaart-server requests list` shows those that are)"
            ),
            None => "no request waits to be exported; no file was made".to_owned(),
        })?;
        return Ok(Outcome::Complaints);
    };
    let number = batch.counts.number;
    if batch.holders.is_empty() {
        finding(format_args!("of batch {number} no request is open any more; no file was made"))?;
        return Ok(Outcome::Complaints);
    }
    files::write_whole(&options.out, text(&batch.holders).as_bytes())
        .map_err(|error| Failure::from(error).followed_by(&again(number, &options.out)))?;
    result(&format!("{}\n", written(&batch, &options.out)))?;
    Ok(Outcome::Done)
}

/// How a batch is written once more, whose file was not.
fn again(number: u64, out: &Path) -> String {
    format!(
        " (the requests are in batch {number}: `tokenkaart-server requests export --batch {number} \
         --out {}`)",
        shown(out)
    )
}

fn written(batch: &Batch, out: &Path) -> String {
    let Batch { counts: BatchCounts { number, cancelled, .. }, holders } = batch;
    let cancelled = match cancelled {
        0 => String::new(),
        some => format!("; {} cancelled", count(*some, "other was", "others were")),
    };
    format!(
        "{}: batch {number}, {}{cancelled}; it has names and addresses, so delete it when the \
         letters are made",
        shown(out),
        count(holders.len() as u64, "request", "requests"),
    )
}

fn text_of(line: Option<&Line>) -> &str {
    line.map(Line::as_str).unwrap_or_default()
}

/// A holder file, as `tokenkaart issue` reads it.
fn text(holders: &[Holder]) -> String {
    let columns = [
        "id",
        "name",
        "street",
        "postal_code",
        "city",
        "country",
        "language",
        "email",
        "user_name",
    ];
    let mut text = csv::line(columns.map(str::to_owned));
    for holder in holders {
        let address = &holder.address;
        let language = holder.language.map(Language::code).unwrap_or_default();
        let cells = [
            // What a spreadsheet would compute; no other field begins so.
            &csv::inert(holder.id.as_str()),
            holder.name.as_str(),
            text_of(address.street.as_ref()),
            text_of(address.postal_code.as_ref()),
            text_of(address.city.as_ref()),
            text_of(address.country.as_ref()),
            language,
            text_of(holder.email.as_ref()),
            text_of(holder.user_name.as_ref()),
        ];
        text += &csv::line(cells.map(str::to_owned));
    }
    text
}

fn list(options: &List) -> Result<Outcome, Failure> {
    let mut store = Store::open(&options.store.address()?)?;
    let (waiting, batches) = (post::waiting(&mut store)?, post::batches(&mut store)?);
    let mut out = Document::begin();
    writeln!(out, "{} to be exported", count(waiting, "request waits", "requests wait"))?;
    for counts in batches {
        writeln!(out, "{}", in_words(&counts))?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn in_words(counts: &BatchCounts) -> String {
    let BatchCounts { number, clerk, at, requests, open, cancelled } = counts;
    let at = Timestamp::from_millisecond(*at).map_or_else(|_| String::new(), |at| at.to_string());
    let imported = requests.saturating_sub(open + cancelled);
    format!(
        "batch {number}: {} by {} at {at}; {open} open, {imported} imported, {cancelled} cancelled",
        count(*requests, "request", "requests"),
        harmless(clerk),
    )
}
