//! `tokenkaart check`: a finished run read back, each disagreement named.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use rand::{TryRng as _, rngs::SysRng};
use serde_json::json;
use tokenkaart::{
    check::{self, CheckEvent, CheckOptions, CheckReport, MAX_KEPT, Sample},
    seal::Identity,
};
use tokenkaart_terminal::{Failure, Outcome, Progress, count, pepper};
use tokenkaart_token::{
    run_files::{manifest::Manifest, parts},
    shell::shown,
    sign::Signers,
};

use super::{args::Check, issue::threads};

pub(super) fn run(args: &Check) -> Result<Outcome, Failure> {
    let mut options = CheckOptions {
        sample: None,
        pepper: args.pepper_file.as_deref().map(pepper).transpose()?,
        identity: args.identity.as_deref().map(Identity::read).transpose()?,
        signers: args.signed_by.as_deref().map(Signers::read).transpose()?,
        threads: threads(args.jobs),
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
    agree &= check_parts(&args.runs, &manifests, args.quiet || args.json);
    Ok(if agree { Outcome::Done } else { Outcome::Complaints })
}

fn sample(cards: NonZeroUsize) -> Result<Sample, Failure> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed)?;
    Ok(Sample { cards: cards.get(), seed })
}

/// Holds a run to itself and tells how it is.
fn check_one(args: &Check, run: &Path, options: &CheckOptions) -> Result<CheckReport, Failure> {
    let mut progress = Progress::new(args.quiet);
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
    for disagreement in &report.disagreements {
        eprintln!("{disagreement}");
    }
    if report.disagreement_count > report.disagreements.len() as u64 {
        eprintln!("… and {} more", report.disagreement_count - MAX_KEPT as u64);
    }
    if args.json {
        println!("{}", as_json(&report));
    } else if !args.quiet {
        print!("{}", in_words(run, &report));
    }
    Ok(report)
}

/// Whether the shards that were named are one whole run.
pub(super) fn check_parts(named: &[PathBuf], runs: &[(PathBuf, Manifest)], quiet: bool) -> bool {
    let part = runs.first().and_then(|(_, manifest)| manifest.parameters.part.as_ref());
    if let (1, Some(part)) = (named.len(), part) {
        if !quiet {
            println!("this is shard {}; name all shards to check that none is missing", part.shard);
        }
        return true;
    }
    if named.len() == 1 {
        return true;
    }
    let faults = parts::parts(runs);
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() && !quiet {
        let holders: u64 = runs.iter().map(|(_, manifest)| manifest.holders).sum();
        let shards = count(runs.len() as u64, "shard", "shards");
        println!("{shards} make one whole run of {}", count(holders, "card", "cards"));
    }
    faults.is_empty()
}

fn in_words(run: &Path, report: &CheckReport) -> String {
    let verdict = if report.agrees() && report.cards_sealed > 0 {
        "files, counts and records agree; the paper was not compared with the hashes, for it is \
         sealed (--identity opens it)"
            .to_owned()
    } else if report.agrees() {
        "paper and hashes agree".to_owned()
    } else {
        let disagreements = count(report.disagreement_count, "disagreement", "disagreements");
        format!("{disagreements}: print none of this run, import none of it")
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
    ) + &match &report.signed_by {
        Some(signer) => format!("signed by {signer}\n"),
        None if report.is_signed && report.agrees() => {
            "who signed it was not checked (--signed-by)\n".to_owned()
        }
        None => String::new(),
    }
}

fn as_json(report: &CheckReport) -> serde_json::Value {
    json!({
        "run": report.run,
        "agrees": report.agrees(),
        "cards": report.cards,
        "cards_read": report.cards_read,
        "cards_sealed": report.cards_sealed,
        "signed_by": report.signed_by,
        "files": report.files,
        "codes_verified": report.codes_verified,
        "qr_codes_read": report.qr_codes_read,
        "disagreements": report.disagreement_count,
    })
}
