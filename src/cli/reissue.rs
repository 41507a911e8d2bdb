//! `tokenkaart reissue`: new cards for holders whose letters were spoilt, the old ones voided.

use std::path::{Path, PathBuf};

use clap::Args;
use tokenkaart::{
    design::Design,
    layout::FallbackFont,
    run::{Finished, IfKnown, IssueOptions, PlanBuilder, Reissue},
    seal::Recipients,
};
use tokenkaart_terminal::{Failure, Outcome, Progress};
use tokenkaart_token::{
    files::Sha256Digest,
    hash::Pepper,
    run_files::{Parameters, manifest},
    shell::shown,
    sign::SigningKey,
};

use super::{run_options::RunOptions, signed_by::Demanded, work::carry_out};

const EXAMPLES: &str = "\
Examples:
  tokenkaart reissue run --serials spoilt.csv --holders holders.csv --out run2
      New cards for the holders of these serials, as run's were made. The list is what
      `tokenkaart reconcile run --to-reissue spoilt.csv` wrote, or any with a column `serial`.
  tokenkaart reissue run --serials spoilt.csv --holders holders.csv --out run3 --not-in run2
      The same, and nobody who got a card in run2.

Exit codes:
  0  done
  2  could not run, or not to its end; there is nothing to print";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder of the run that the cards are of; of a run in shards, all of them
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// The serials of the cards to reissue, as CSV with a column `serial`
    #[arg(long, value_name = "FILE")]
    serials: PathBuf,
    /// The holder file, sent again: a run keeps no names, so that nobody can print from it
    #[arg(long, value_name = "FILE", required = false)]
    holders: Option<PathBuf>,
    /// Who must have signed RUN: a .pub file of SSH, or a file of allowed signers
    #[arg(long, value_name = "KEY")]
    signed_by: Option<PathBuf>,
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    other: Otherwise,
}

/// What may be otherwise than in the run.
// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(next_help_heading = "Other than RUN")]
struct Otherwise {
    /// Take another design or fallback font than RUN's
    #[arg(long)]
    other_design: bool,
    /// Take another pepper than RUN's, or none
    #[arg(long)]
    other_pepper: bool,
    /// Leave the cards readable, though RUN's are sealed
    #[arg(long, conflicts_with_all = ["seal_to", "recipients_file"])]
    unsealed: bool,
    /// Demand no signature where RUN has one: take RUN without a look at it, but for --signed-by, and
    /// leave the new manifest without one, but for --sign-with
    #[arg(long)]
    unsigned: bool,
}

pub(super) fn run(options: &Options) -> Result<Outcome, Failure> {
    let Options { run, .. } = options;
    let mut progress = Progress::new(run.report.quiet);
    let Some(holders) = &options.holders else {
        return Err(Failure::new(
            "a run keeps no names and no addresses, so that nobody can print a card from it; \
             have the holder file sent again, and give it with --holders",
        ));
    };
    let demanded = Demanded::read(options.signed_by.as_ref(), options.other.unsigned)?;
    let runs = Finished::open_all(&options.runs, demanded.vouching())?;
    let parameters = common_parameters(&runs)?;
    let scheme = run.hashes.scheme(parameters.scheme)?;
    let pepper = same_pepper(options, parameters)?;
    let (design, fallback_font) = same_design(options, parameters)?;
    let seal_to = recipients(options, parameters)?;
    let sign_with = signing_key(options, &runs)?;
    let tokens = Reissue::find(&runs, &options.serials)?;
    let found = run.admit()?;
    let issued = run.date(tokens.issued(), &progress)?;
    let issue = IssueOptions {
        fallback_font,
        scheme,
        pepper,
        known: run.known(IfKnown::Refuse)?,
        reissue: Some(tokens),
        seal_to,
        sign_with,
        ..IssueOptions::like(parameters, run.out.clone(), design, issued)
    };
    let builder = PlanBuilder::new(run.over(issue))?;
    let plan = run.holder_file.plan(holders, builder, &progress)?;
    carry_out(&plan, found, run, &mut progress)?;
    Ok(Outcome::Done)
}

/// What all the runs do alike; only the part of the holders may differ.
fn common_parameters(runs: &[Finished]) -> Result<&Parameters, Failure> {
    let alike = |run: &Finished| {
        let parameters = run.manifest().parameters.clone();
        Parameters { part: None, replaces: None, sealed_to: Vec::new(), ..parameters }
    };
    let [first, others @ ..] = runs else {
        return Err(Failure::new("no run is named; name the folder of the run"));
    };
    match others.iter().find(|other| alike(other) != alike(first)) {
        None => Ok(&first.manifest().parameters),
        Some(other) => Err(Failure::new(format!(
            "{} and {} were made in different ways, so they are no shards of one run; reissue each by \
             itself",
            shown(first.folder()),
            shown(other.folder())
        ))),
    }
}

/// The pepper, which must be that of the run.
fn same_pepper(options: &Options, parameters: &Parameters) -> Result<Option<Pepper>, Failure> {
    let given = options.run.hashes.pepper()?;
    if options.other.other_pepper {
        return Ok(given);
    }
    let message = match (parameters.key_id, given.as_ref().map(Pepper::key_id)) {
        (needed, given_id) if needed == given_id => return Ok(given),
        (Some(needed), None) => format!(
            "the run's hashes are keyed with the pepper {needed}; give it with --pepper-file, or \
             another one or none with --other-pepper"
        ),
        (Some(needed), Some(given)) => format!(
            "the run's hashes are keyed with the pepper {needed}, not with {given}; give that one, \
             or add --other-pepper"
        ),
        (None, given) => format!(
            "the run's hashes are not keyed; leave out --pepper-file, or add --other-pepper to \
             key the new ones with {}",
            given.map(|given| given.to_string()).unwrap_or_default()
        ),
    };
    Err(Failure::new(message))
}

/// The design and the fallback font, which must be those of the run.
fn same_design(
    options: &Options,
    parameters: &Parameters,
) -> Result<(Design, Option<FallbackFont>), Failure> {
    let is_built_in = Design::built_in_names().any(|name| name == parameters.design);
    let cards = &options.run.cards;
    if cards.design.is_none() && !is_built_in {
        return Err(Failure::new(format!(
            "the run's design is a file, {}, and the run doesn't keep it; give it with --design",
            shown(Path::new(&parameters.design))
        )));
    }
    let design = cards.design(&parameters.design)?;
    if !options.other.other_design
        && Sha256Digest::from_bytes(design.sha256) != parameters.design_sha256
    {
        return Err(Failure::new(format!(
            "the design {} is not the one that the run was made with ({}, or another version of \
             it); give that one, or add --other-design",
            design.name, parameters.design
        )));
    }
    let font = cards.fallback_font()?;
    let digest = font.as_ref().map(|font| Sha256Digest::of(font.bytes()));
    if !options.other.other_design && digest != parameters.fallback_font {
        return Err(Failure::new(if parameters.fallback_font.is_some() {
            "the run was made with a fallback font, and this is not it; give that one with \
             --fallback-font, or add --other-design"
        } else {
            "the run was made without a fallback font; leave out --fallback-font, or add \
             --other-design"
        }));
    }
    Ok((design, font))
}

/// Whom the cards are sealed to: nobody only when the run's aren't sealed either, or it is said.
fn recipients(options: &Options, parameters: &Parameters) -> Result<Option<Recipients>, Failure> {
    let recipients = options.run.hand_over.recipients()?;
    if recipients.is_none() && !parameters.sealed_to.is_empty() && !options.other.unsealed {
        return Err(Failure::new(format!(
            "the run's cards are sealed to {}; say to whom the new ones are with --seal-to or \
             --recipients-file, or --unsealed to leave them readable",
            parameters.sealed_to.join(", ")
        )));
    }
    Ok(recipients)
}

/// Who signs: nobody only when the run isn't signed either, or it is said.
fn signing_key(options: &Options, runs: &[Finished]) -> Result<Option<SigningKey>, Failure> {
    let key = options.run.hand_over.signing_key()?;
    let is_signed = |run: &Finished| manifest::has_signature(run.folder());
    if key.is_none() && !options.other.unsigned && runs.iter().any(is_signed) {
        return Err(Failure::new(
            "the run is signed; say by which key the new one is with --sign-with, or --unsigned to \
             leave it without a signature",
        ));
    }
    Ok(key)
}
