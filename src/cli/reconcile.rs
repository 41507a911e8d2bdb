//! `tokenkaart reconcile`: what became of each letter, by what the inserting machine read, and which
//! came back undelivered.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tokenkaart::{
    reconcile::{self, ReturnedLetter, Returns, Tally},
    run::Finished,
};
use tokenkaart_terminal::{Failure, Outcome, count, note, result};
use tokenkaart_token::{
    csv,
    shell::{quoted_path, shown},
};

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
  tokenkaart reconcile run --returned back.csv > returned.csv
  tokenkaart-server revoke --from returned.csv --reason undelivered --store sqlite:auth.db
      Letters that came back undelivered, scanned at the office: their serials and holders.

Exit codes:
  0  each letter was read once or reissued, and nothing else was; all that came back was found
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
        required_unless_present = "returned",
        long_help = "What the camera read, as CSV with a header; may be repeated\n\n\
            A column `mark` (the text of the Data Matrix), or `serial`, or `sequence`; and, if \
            letters were thrown out, `status`: ok or spoilt. Headers and states are understood in \
            Dutch, French, German and English."
    )]
    scanned: Vec<PathBuf>,
    /// Letters that came back undelivered: their marks, scanned, as CSV with a header or one on each
    /// line; writes their serials and holders to standard output; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scanned", "reissued", "to_reissue"])]
    returned: Vec<PathBuf>,
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
    if !args.returned.is_empty() {
        return returned(args, &runs);
    }
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

/// Letters that came back: the list is the result, and all else is said beside it.
fn returned(args: &Options, runs: &[Finished]) -> Result<Outcome, Failure> {
    let returns = reconcile::returned(runs, &args.returned)?;
    if !args.report.quiet {
        returns.notes.iter().for_each(note);
    }
    for findings in [&returns.foreign, &returns.unreadable] {
        if !findings.is_empty() {
            note(findings);
        }
    }
    if args.report.json {
        result(&format!("{}\n", returned_as_json(&returns)))?;
    } else {
        let cells = |letter: &ReturnedLetter| {
            let holder = csv::inert(letter.holder.as_str()).into_owned();
            csv::line([letter.serial.to_string(), holder, letter.sequence.to_string()])
        };
        let header = csv::line(["serial", "holder", "sequence"].map(str::to_owned));
        result(&(header + &returns.letters.iter().map(cells).collect::<String>()))?;
    }
    if args.report.in_words() {
        note(format!(
            "{} came back; {}, {} foreign and {} unreadable; next: tokenkaart-server revoke --from FILE, \
             which takes this list",
            count(returns.letters.len() as u64, "letter", "letters"),
            count(returns.rows, "row", "rows"),
            returns.foreign.count(),
            returns.unreadable.count(),
        ));
    }
    let is_clear = returns.foreign.is_empty() && returns.unreadable.is_empty();
    Ok(if is_clear { Outcome::Done } else { Outcome::Complaints })
}

fn returned_as_json(returns: &Returns) -> serde_json::Value {
    let letter = |letter: &ReturnedLetter| {
        json!({
            "serial": letter.serial,
            "holder": letter.holder,
            "sequence": letter.sequence,
            "run": letter.run.to_string_lossy(),
        })
    };
    json!({
        "letters": returns.letters.iter().map(letter).collect::<Vec<_>>(),
        "rows": returns.rows,
        "foreign": returns.foreign.count(),
        "unreadable": returns.unreadable.count(),
        "notes": returns.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
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
