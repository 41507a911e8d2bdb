//! `tokenkaart reconcile`: what became of each letter, by what the inserting machine read.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tokenkaart::{
    reconcile::{self, Account},
    run::Finished,
};
use tokenkaart_terminal::{Failure, Outcome, count};
use tokenkaart_token::shell::{quoted_path, shown};

use super::{parts, report::Report};

const EXAMPLES: &str = "\
Examples:
  tokenkaart reconcile run --scanned scans.csv
      Each letter that was not read, was read twice or is spoilt.
  tokenkaart reconcile run --scanned monday.csv --scanned bin.csv --to-reissue spoilt.csv
      The same of several lists, and the serials for `tokenkaart reissue`.
  tokenkaart reconcile run --scanned monday.csv --scanned bin.csv --reissued run2
      When letters were made anew in run2: which ones are still to be looked at.
  tokenkaart reconcile shard-1 shard-2 --scanned scans.csv
      A run in shards: name all of them.

Exit codes:
  0  each letter was read once or made anew, and nothing else was
  1  something must be looked at; it is named
  2  could not run";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder of a finished run; of a run in shards, all of them
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// What the camera read, as CSV with a header; may be repeated
    #[arg(
        long,
        value_name = "FILE",
        required = true,
        long_help = "What the camera read, as CSV with a header; may be repeated\n\n\
            A column `mark` (the text of the Data Matrix), or `serial`, or `sequence`; and, if \
            letters were thrown out, `status`: ok or spoilt. Headers and states are understood in \
            Dutch, French, German and English."
    )]
    scanned: Vec<PathBuf>,
    /// A run that `tokenkaart reissue` made of these letters, which need not be made anew again; may
    /// be repeated
    #[arg(long, value_name = "RUN2")]
    reissued: Vec<PathBuf>,
    /// The file to make for the serials of letters that are missing, double or spoilt
    #[arg(long, value_name = "FILE")]
    to_reissue: Option<PathBuf>,
    #[command(flatten)]
    report: Report,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let to_reissue = args.to_reissue.as_deref();
    to_reissue.map_or(Ok(()), reconcile::require_new)?;
    let runs = Finished::open_all(&args.runs)?;
    let reissued = Finished::open_all(&args.reissued)?;
    let account = reconcile::reconcile(&runs, &args.scanned, &reissued, to_reissue)?;
    if !args.report.quiet {
        for note in &account.notes {
            eprintln!("{note}");
        }
    }
    let made_anew = (!args.report.quiet).then_some(&account.made_anew);
    for findings in account.findings().chain(made_anew) {
        for finding in &findings.first {
            eprintln!("{finding}");
        }
        if let more @ 1.. = findings.total.saturating_sub(findings.first.len() as u64) {
            eprintln!("… and {more} more");
        }
    }
    if args.report.json {
        println!("{}", as_json(&account));
    } else if args.report.in_words() {
        print!("{}", in_words(args, &account));
    }
    let manifests: Vec<_> =
        runs.iter().map(|run| (run.folder().to_owned(), run.manifest().clone())).collect();
    let is_whole = parts::agree(&args.runs, &manifests, !args.report.in_words());
    Ok(if account.is_settled() && is_whole { Outcome::Done } else { Outcome::Complaints })
}

fn in_words(args: &Options, account: &Account) -> String {
    let letters = count(account.letters, "letter", "letters");
    let made_anew = match account.made_anew.total {
        0 => String::new(),
        made_anew => format!(", {made_anew} of them made anew"),
    };
    let made_anew = match account.void.total {
        0 => made_anew,
        void => format!("{made_anew}, {void} read as good though made anew"),
    };
    if account.is_settled() {
        return format!("all {letters} accounted for{made_anew}\n");
    }
    let reissue = match &args.to_reissue {
        _ if account.to_reissue == 0 => String::new(),
        Some(path) => format!(
            "{} in {}; next: tokenkaart reissue {} --serials {} --holders FILE --out FOLDER{}\n",
            count(account.to_reissue, "serial", "serials"),
            shown(path),
            args.runs.iter().map(|run| quoted_path(run)).collect::<Vec<_>>().join(" "),
            quoted_path(path),
            args.reissued
                .iter()
                .map(|run| format!(" --not-in {}", quoted_path(run)))
                .collect::<Vec<_>>()
                .concat(),
        ),
        None => format!(
            "{} to make anew; --to-reissue writes their serials\n",
            count(account.to_reissue, "letter", "letters")
        ),
    };
    format!(
        "{letters}{made_anew}: {} missing, {} double, {} spoilt, {} unclear; {}, {} foreign and {} unreadable\n{reissue}",
        account.missing.total,
        account.double.total,
        account.spoilt.total,
        account.unclear.total,
        count(account.rows, "row", "rows"),
        account.foreign.total,
        account.unreadable.total,
    )
}

fn as_json(account: &Account) -> serde_json::Value {
    json!({
        "settled": account.is_settled(),
        "letters": account.letters,
        "rows": account.rows,
        "missing": account.missing.total,
        "double": account.double.total,
        "spoilt": account.spoilt.total,
        "unclear": account.unclear.total,
        "void": account.void.total,
        "made_anew": account.made_anew.total,
        "foreign": account.foreign.total,
        "unreadable": account.unreadable.total,
        "to_reissue": account.to_reissue,
    })
}
