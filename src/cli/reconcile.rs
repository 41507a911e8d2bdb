//! `tokenkaart reconcile`: what became of each letter, by what the inserting machine read.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tokenkaart::{
    reconcile::{self, Tally},
    run::Finished,
};
use tokenkaart_terminal::{Failure, Outcome, count};
use tokenkaart_token::shell::{quoted_path, shown};

use super::{parts, report::Report, signed_by::SignedBy};

const EXAMPLES: &str = "\
Examples:
  tokenkaart reconcile run --scanned scans.csv
      Each letter that was not read, was read twice or is spoilt.
  tokenkaart reconcile run --scanned monday.csv --scanned bin.csv --to-reissue spoilt.csv
      The same of several lists, and the serials for `tokenkaart reissue`.
  tokenkaart reconcile run --scanned monday.csv --scanned bin.csv --reissued run2
      When letters were reissued in run2: which ones are still to be looked at.
  tokenkaart reconcile shard-1 shard-2 --scanned scans.csv
      A run in shards: name all of them.

Exit codes:
  0  each letter was read once or reissued, and nothing else was
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
    /// A run that `tokenkaart reissue` made of these letters, which need not be reissued again; may
    /// be repeated
    #[arg(long, value_name = "RUN2")]
    reissued: Vec<PathBuf>,
    /// The file to make for the serials of letters that are missing, double or spoilt
    #[arg(long, value_name = "FILE")]
    to_reissue: Option<PathBuf>,
    #[command(flatten)]
    signed_by: SignedBy,
    #[command(flatten)]
    report: Report,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let to_reissue = args.to_reissue.as_deref();
    to_reissue.map_or(Ok(()), reconcile::require_new)?;
    let demanded = args.signed_by.read()?;
    let runs = Finished::open_all(&args.runs, demanded.vouching())?;
    let reissued = Finished::open_all(&args.reissued, demanded.vouching())?;
    let tally = reconcile::reconcile(&runs, &args.scanned, &reissued, to_reissue)?;
    if !args.report.quiet {
        for note in &tally.notes {
            args.report.finding(note)?;
        }
    }
    let are_reissued = (!args.report.quiet).then_some(&tally.reissued);
    for findings in tally.findings().chain(are_reissued) {
        if !findings.is_empty() {
            args.report.finding(findings)?;
        }
    }
    args.report.tell(|| in_words(args, &tally), || as_json(&tally))?;
    let manifests: Vec<_> =
        runs.iter().map(|run| (run.folder().to_owned(), run.manifest().clone())).collect();
    let is_whole = parts::agree(&args.runs, &manifests, args.report)?;
    Ok(if tally.is_settled() && is_whole { Outcome::Done } else { Outcome::Complaints })
}

fn in_words(args: &Options, tally: &Tally) -> String {
    let letters = count(tally.letters, "letter", "letters");
    let reissued = match tally.reissued.count() {
        0 => String::new(),
        reissued => format!(", {reissued} of them reissued"),
    };
    let reissued = match tally.void.count() {
        0 => reissued,
        void => format!("{reissued}, {void} read as good though reissued"),
    };
    if tally.is_settled() {
        return format!("all {letters} accounted for{reissued}\n");
    }
    let reissue = match &args.to_reissue {
        _ if tally.to_reissue == 0 => String::new(),
        Some(path) => format!(
            "{} in {}; next: tokenkaart reissue {} --serials {} --holders FILE --out FOLDER{}{}\n",
            count(tally.to_reissue, "serial", "serials"),
            shown(path),
            args.runs.iter().map(|run| quoted_path(run)).collect::<Vec<_>>().join(" "),
            quoted_path(path),
            args.reissued
                .iter()
                .map(|run| format!(" --not-in {}", quoted_path(run)))
                .collect::<Vec<_>>()
                .concat(),
            args.signed_by.again(),
        ),
        None => format!(
            "{} to reissue; --to-reissue writes their serials\n",
            count(tally.to_reissue, "letter", "letters")
        ),
    };
    format!(
        "{letters}{reissued}: {} missing, {} double, {} spoilt, {} unclear; {}, {} foreign and {} unreadable\n{reissue}",
        tally.missing.count(),
        tally.double.count(),
        tally.spoilt.count(),
        tally.unclear.count(),
        count(tally.rows, "row", "rows"),
        tally.foreign.count(),
        tally.unreadable.count(),
    )
}

fn as_json(tally: &Tally) -> serde_json::Value {
    json!({
        "settled": tally.is_settled(),
        "letters": tally.letters,
        "rows": tally.rows,
        "missing": tally.missing.count(),
        "double": tally.double.count(),
        "spoilt": tally.spoilt.count(),
        "unclear": tally.unclear.count(),
        "void": tally.void.count(),
        "reissued": tally.reissued.count(),
        "foreign": tally.foreign.count(),
        "unreadable": tally.unreadable.count(),
        "to_reissue": tally.to_reissue,
        "notes": tally.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
