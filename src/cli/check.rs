//! `tokenkaart check`: a finished run read back, each disagreement named.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use clap::Args;
use rand::{TryRng as _, rngs::SysRng};
use serde_json::json;
use tokenkaart::{
    check::{
        self, CheckEvent, CheckOptions, CheckReport, Disagreement, ExpectedHolders, Mismatch,
        Sample,
    },
    seal::Identity,
};
use tokenkaart_terminal::{Failure, Outcome, Progress, count, pepper, result};
use tokenkaart_token::{run_files::manifest::Manifest, shell::shown, sign::Signers};

use super::{
    design_file,
    holder_file::HolderFileOptions,
    parts,
    report::Report,
    threads::{Threads, at_least_one},
};

const EXAMPLES: &str = "\
Examples:
  tokenkaart check run
      Every code of every page against its record, every file against the manifest.
  tokenkaart check run --sample 500
      A large run: all files, and every code of 500 cards drawn at random.
  tokenkaart check shard-1 shard-2 shard-3
      A run in shards: each of them, and that none is missing, double or foreign.
  tokenkaart check run --identity key --signed-by operator.pub
      A sealed run, opened in memory; without --identity its paper is not read.
  tokenkaart check run --holders holders.csv
      Also whose name and address is on each card: that of the holder in its record.
  tokenkaart check run --paper-destroyed
      After the cards were handed over and deleted: what is left, and that no card is.

Exit codes:
  0  all agree
  1  something disagrees; each disagreement is named
  2  could not run";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder of a finished run; of a run in shards, all of them
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Read so many cards, drawn at random, instead of all
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    sample: Option<NonZeroUsize>,
    /// The verifier's secret key, if the hashes were made with one
    #[arg(long, value_name = "FILE")]
    pepper_file: Option<PathBuf>,
    /// The secret key that opens sealed cards: of age, or of SSH without a passphrase
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The cards were handed over and their files destroyed: hold what is left to the manifest, and see
    /// that no card is left
    #[arg(long, conflicts_with_all = ["sample", "identity", "holders"])]
    paper_destroyed: bool,
    /// Who must have signed the manifest: a .pub file of SSH, or a file of allowed signers
    #[arg(long, value_name = "FILE")]
    signed_by: Option<PathBuf>,
    /// Hold the name and the address on each card to this holder file, by the id in its record; of
    /// several runs the file has all holders
    #[arg(long, value_name = "FILE", help_heading = "Holder file")]
    holders: Option<PathBuf>,
    /// The design that the run was made with, if it is a .toml file of your own: without it nobody knows
    /// where codes should stand
    #[arg(long, value_name = "FILE", conflicts_with = "paper_destroyed")]
    design: Option<String>,
    /// The font that --fallback-font named when the run was made: without it the ink of names in that
    /// font is not looked at
    #[arg(long, value_name = "FILE", conflicts_with = "paper_destroyed")]
    fallback_font: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    report: Report,
    #[command(flatten)]
    holder_file: HolderFileOptions,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let mut options = CheckOptions {
        sample: None,
        pepper: args.pepper_file.as_deref().map(pepper).transpose()?,
        holders: holders(args)?,
        design: args.design.as_deref().map(design_file::load).transpose()?,
        fallback_font: args.fallback_font.as_deref().map(design_file::fallback_font).transpose()?,
        paper_destroyed: args.paper_destroyed,
        identity: args.identity.as_deref().map(Identity::read).transpose()?,
        signers: args.signed_by.as_deref().map(Signers::read).transpose()?,
        threads: args.threads.number(),
    };
    let mut agree = true;
    let mut manifests = Vec::new();
    for run in &args.runs {
        options.sample = args.sample.map(sample).transpose()?;
        let report = check_one(args, run, &options)?;
        agree &= report.agrees();
        // A manifest that does not count has been told, and its shard is missing.
        manifests.extend(report.manifest.map(|manifest| (run.clone(), manifest)));
    }
    agree &= parts::agree(&args.runs, &manifests, args.report)?;
    if let Some(holders) = &options.holders {
        agree &= all_have_cards(holders, args, &manifests)?;
    } else if args.report.in_words() && !args.paper_destroyed {
        result("not looked at: whose name and address is on each card (--holders)\n")?;
    }
    Ok(if agree { Outcome::Done } else { Outcome::Complaints })
}

/// The holders whose names should be on the cards, if a file of them is given.
fn holders(args: &Options) -> Result<Option<ExpectedHolders>, Failure> {
    let Some(file) = &args.holders else {
        if args.holder_file.says_something() {
            return Err(Failure::new(
                "options on how a holder file is read are given, and no holder file; name it with \
                 --holders",
            ));
        }
        return Ok(None);
    };
    let mut holders = ExpectedHolders::new(file.clone());
    let progress = Progress::new(args.report.quiet);
    // A column that nobody knows was let through or not when the cards were made.
    args.holder_file.read(file, false, &progress, |row| holders.add(&row))?;
    Ok(Some(holders))
}

/// Whether each holder of the file has a record in what was checked; says who has none.
fn all_have_cards(
    holders: &ExpectedHolders,
    args: &Options,
    manifests: &[(PathBuf, Manifest)],
) -> Result<bool, Failure> {
    if manifests.len() < args.runs.len() {
        // Whose cards are in a run without a manifest that counts, nobody knows.
        return Ok(false);
    }
    let parts = manifests.iter().filter_map(|(_, manifest)| manifest.parameters.part.as_ref());
    let shards: Vec<_> = parts.map(|part| part.shard).collect();
    let unmet = holders.unmet(&shards);
    if !unmet.is_empty() {
        args.report.finding(&unmet)?;
    }
    Ok(unmet.is_empty())
}

fn sample(cards: NonZeroUsize) -> Result<Sample, Failure> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed)?;
    Ok(Sample { cards: cards.get(), seed })
}

/// Holds a run to itself and tells how it is.
fn check_one(args: &Options, run: &Path, options: &CheckOptions) -> Result<CheckReport, Failure> {
    let mut progress = Progress::new(args.report.quiet);
    let mut verified = 0;
    let report = check::check(run, options, &mut |event| match event {
        CheckEvent::Begun { codes, .. } => progress.start(codes, "codes", 0),
        CheckEvent::CodeVerified => {
            verified += 1;
            progress.at(verified);
        }
        _ => {}
    });
    progress.finish();
    let report = report?;
    if !report.agrees() {
        args.report.finding(&report.disagreements)?;
    }
    let words = || {
        let names = args.holders.as_ref().map(|holders| names_in_words(holders, &report));
        in_words(run, &report) + &names.unwrap_or_default()
    };
    args.report.tell(words, || as_json(&report))?;
    Ok(report)
}

fn in_words(run: &Path, report: &CheckReport) -> String {
    let verdict = if report.agrees() && report.is_paper_destroyed {
        "files, counts and records agree; the paper was destroyed, so its digests were left out and \
         no card was read"
            .to_owned()
    } else if report.agrees() && report.cards_sealed > 0 {
        "files, counts and records agree; the paper was not compared with the hashes, for it is \
         sealed (--identity opens it)"
            .to_owned()
    } else if report.agrees() {
        "paper and hashes agree".to_owned()
    } else {
        let disagreements = count(report.disagreements.count(), "disagreement", "disagreements");
        let paper = if only_paper_is_gone(report) {
            "; if its cards were handed over and destroyed, say so with --paper-destroyed"
        } else {
            ""
        };
        format!("{disagreements}: print none of this run, import none of it{paper}")
    };
    format!(
        "{}: {verdict}\n\
         read {} of {} and {}; {} fit their hashes; {} read\n",
        shown(run),
        count(report.cards_read, "card", "cards"),
        report.cards,
        count(report.files, "file", "files"),
        count(report.codes_verified, "code", "codes"),
        count(report.qr_codes_read, "QR code", "QR codes"),
    ) + &unseen_in_words(report)
        + &match &report.signed_by {
            Some(signer) => format!("signed by {signer}\n"),
            None if report.is_signed && report.agrees() => {
                "who signed it was not checked (--signed-by)\n".to_owned()
            }
            None => String::new(),
        }
}

/// What of the paper nobody looked at.
fn unseen_in_words(report: &CheckReport) -> String {
    let mut words = String::new();
    if report.cards_read > 0 && !report.is_placed {
        words.push_str(
            "not looked at: whether codes and names stand where the run's design has them (--design)\n",
        );
    }
    if report.texts_unseen > 0 {
        let texts = count(report.texts_unseen, "text", "texts");
        words += "not looked at: the ink of ";
        words += &texts;
        words += " in the run's fallback font (--fallback-font)\n";
    }
    words
}

/// Whether nothing is wrong but that files of cards aren't there.
fn only_paper_is_gone(report: &CheckReport) -> bool {
    let is_paper = |found: &Disagreement| {
        let listed = report.manifest.iter().flat_map(|manifest| &manifest.bundles);
        let mut paths = listed.map(|bundle| &bundle.cards.path);
        matches!(found.fault, Mismatch::Missing) && paths.any(|path| *path == found.file)
    };
    !report.agrees() && report.disagreements.kept().iter().all(is_paper)
}

fn names_in_words(holders: &Path, report: &CheckReport) -> String {
    let read = count(report.names_read, "card", "cards");
    let file = shown(holders);
    let why = match report.cards - report.names_read.min(report.cards) {
        0 => String::new(),
        _ if report.cards_sealed > 0 => {
            format!(" of {} (--identity opens those that are sealed)", report.cards)
        }
        _ => format!(" of {}", report.cards),
    };
    format!("names and addresses held to {file}: those of {read}{why}\n")
}

fn as_json(report: &CheckReport) -> serde_json::Value {
    let mut told = json!({
        "run": report.run,
        "agrees": report.agrees(),
        "cards": report.cards,
        "cards_read": report.cards_read,
        "cards_sealed": report.cards_sealed,
        "signed_by": report.signed_by,
        "files": report.files,
        "codes_verified": report.codes_verified,
        "codes_seen": report.codes_seen,
        "texts_unseen": report.texts_unseen,
        "placed": report.is_placed,
        "names_read": report.names_read,
        "qr_codes_read": report.qr_codes_read,
        "disagreements": report.disagreements.count(),
    });
    if report.is_paper_destroyed {
        told["paper_destroyed"] = true.into();
    }
    told
}
