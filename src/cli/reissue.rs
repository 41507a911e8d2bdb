//! `tokenkaart reissue`: new cards for holders whose letters were spoilt, the old ones voided.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use clap::Args;
use jiff::civil::Date;
use tokenkaart::{
    design::Design,
    layout::{FallbackFont, Settings},
    read::{ColumnMapping, Encoding, InputFormat, ReadOptions},
    run::{self, Finished, Order, PlanError, Planning, Reissue as Tokens},
    seal::Recipients,
};
use tokenkaart_terminal::{Failure, Outcome, Progress, pepper};
use tokenkaart_token::{
    files::Sha256Digest,
    hash::{Pepper, Scheme},
    language::Language,
    run_files::{Parameters, Sort, manifest},
    shell::shown,
    sign::SigningKey,
};

use super::{
    args::{WindowSide, at_least_one, date, short_text, url},
    design,
    issue::{self, Way, add_file, carry_out, known, stopped, threads, unplanned},
};

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

// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Reissue {
    /// The folder of the run that the cards are of; of a run in shards, all of them
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// The serials of the cards to make anew, as CSV with a column `serial`
    #[arg(long, value_name = "FILE")]
    serials: PathBuf,
    /// The holder file, sent again: a run keeps no names, so that nobody can print from it
    #[arg(long, value_name = "FILE", required = false)]
    holders: Option<PathBuf>,
    /// The folder to make; a run is never overwritten
    #[arg(long, short, value_name = "FOLDER")]
    out: PathBuf,

    /// The format, where the holder file's name doesn't tell it: csv, json, jsonl, xlsx
    #[arg(long, value_name = "FORMAT", help_heading = "Holder file")]
    format: Option<InputFormat>,
    /// The encoding of a text file, where it is guessed wrongly: utf-8, windows-1252
    #[arg(long, value_name = "ENCODING", help_heading = "Holder file")]
    encoding: Option<Encoding>,
    /// A column whose header is not understood, for example name=Achternaam; may be repeated
    #[arg(long = "column", value_name = "FIELD=HEADER", help_heading = "Holder file")]
    columns: Vec<ColumnMapping>,

    /// The date of request printed on the cards, as 2026-11-22 [default: today, or RUN's if
    /// that is later]
    #[arg(long, value_parser = date, help_heading = "Cards")]
    date: Option<Date>,
    /// The first day on which the tokens are no longer valid [default: RUN's]
    #[arg(long, value_name = "DATE", value_parser = date, help_heading = "Cards")]
    expires: Option<Date>,
    /// The language of holders who have none of their own [default: RUN's]
    #[arg(long, short, help_heading = "Cards")]
    language: Option<Language>,
    /// The sign-in page in the QR code [default: RUN's]
    #[arg(long, value_parser = url, help_heading = "Cards")]
    url: Option<String>,
    /// What the cards look like [default: RUN's, if the program carries it]
    #[arg(long, help_heading = "Cards")]
    design: Option<String>,
    /// A TrueType font for names in letters that the program's own fonts lack
    #[arg(long, value_name = "FILE", help_heading = "Cards")]
    fallback_font: Option<PathBuf>,
    /// Take another design or fallback font than RUN's
    #[arg(long, help_heading = "Cards")]
    other_design: bool,
    /// Print the backs too [default: as RUN]
    #[arg(long, help_heading = "Cards")]
    back: bool,
    /// On which side the envelopes of letters have their window [default: RUN's]
    #[arg(long, value_enum, value_name = "SIDE", help_heading = "Cards")]
    window: Option<WindowSide>,
    /// Who issues the cards [default: RUN's]
    #[arg(long, value_name = "NAME", value_parser = short_text, help_heading = "Cards")]
    office: Option<String>,
    /// Whom to call when a card is lost [default: RUN's]
    #[arg(long, value_name = "NUMBER", value_parser = short_text, help_heading = "Cards")]
    phone: Option<String>,

    /// How codes are hashed [default: as RUN's]
    #[arg(long, value_name = "SCHEME", help_heading = "Hashes")]
    kdf: Option<Scheme>,
    /// Allow hashing below OWASP's minimum, for tests
    #[arg(long, help_heading = "Hashes")]
    allow_weak_kdf: bool,
    /// The verifier's secret key, RUN's: 32 bytes or more in a file that only you may read
    #[arg(long, value_name = "FILE", help_heading = "Hashes")]
    pepper_file: Option<PathBuf>,
    /// Take another pepper than RUN's, or none
    #[arg(long, help_heading = "Hashes")]
    other_pepper: bool,

    /// Encrypt the cards to this recipient of age (age1…) or SSH key; may be repeated
    #[arg(long, value_name = "RECIPIENT", help_heading = "Hand-over")]
    seal_to: Vec<String>,
    /// Encrypt the cards to the recipients of a file, one on each line
    #[arg(long, value_name = "FILE", help_heading = "Hand-over")]
    recipients_file: Option<PathBuf>,
    /// Leave the cards readable, though RUN's are sealed
    #[arg(long, conflicts_with_all = ["seal_to", "recipients_file"], help_heading = "Hand-over")]
    unsealed: bool,
    /// Sign the manifest with an Ed25519 key of OpenSSH
    #[arg(long, value_name = "KEY", help_heading = "Hand-over")]
    sign_with: Option<PathBuf>,
    /// Leave the manifest without a signature, though RUN's has one
    #[arg(long, conflicts_with = "sign_with", help_heading = "Hand-over")]
    unsigned: bool,

    /// In which order the cards are: input or postal-code [default: RUN's]
    #[arg(long, value_name = "ORDER", help_heading = "Run")]
    sort: Option<Sort>,
    /// Refuse holders who have a token of this run, or stand in this list of ids; may be repeated
    #[arg(long, value_name = "RUN", help_heading = "Run")]
    not_in: Vec<PathBuf>,
    /// Go on with a run that was stopped or killed; where there is none, begin it
    #[arg(long, help_heading = "Run")]
    resume: bool,
    /// Holders per bundle: the unit of work, of memory and of files [default: RUN's]
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU32>, help_heading = "Run")]
    bundle: Option<NonZeroU32>,
    /// Cores to use [default: all]
    #[arg(long, short, value_name = "N", value_parser = at_least_one::<NonZeroUsize>, help_heading = "Run")]
    jobs: Option<NonZeroUsize>,
    /// Say nothing but errors
    #[arg(long, short, help_heading = "Run")]
    quiet: bool,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Run")]
    json: bool,
}

/// What to do about holders who have a token already.
const IF_KNOWN: &str = "take the serial out of the list, or leave --not-in out for one token more";

pub(super) fn run(args: &Reissue) -> Result<Outcome, Failure> {
    let mut progress = Progress::new(args.quiet);
    let Some(holders) = &args.holders else {
        return Err(Failure::new(
            "a run keeps no names and no addresses, so that nobody can print a card from it; \
             have the holder file sent again, and give it with --holders",
        ));
    };
    let runs = Finished::open_all(&args.runs)?;
    let parameters = common_parameters(&runs)?;
    let scheme = args.kdf.unwrap_or(parameters.scheme);
    if !args.allow_weak_kdf {
        scheme.require_minimum()?;
    }
    let pepper = same_pepper(args, parameters)?;
    let (design, fallback_font) = same_design(args, parameters)?;
    let seal_to = recipients(args, parameters)?;
    let sign_with = signing_key(args, &runs)?;
    let tokens = Tokens::find(&runs, &args.serials)?;
    let (faults, fault_count) = tokens.faults();
    let (faults, fault_count) =
        (faults.iter().map(ToString::to_string).collect::<Vec<_>>(), fault_count);
    let found = run::admit(&args.out, args.resume).map_err(|error| stopped(&args.out, &error))?;
    let settings = Settings {
        url: args.url.clone().or_else(|| parameters.url.clone()),
        office: args.office.clone().or_else(|| parameters.office.clone()),
        phone: args.phone.clone().or_else(|| parameters.phone.clone()),
        back: args.back || parameters.back,
        window: args.window.map_or(parameters.window, Into::into),
        ..Settings::new(
            parameters.code_format.clone(),
            issue::date(args.date, tokens.issued(), &args.out, args.resume, &progress)?,
        )
    };
    let order = Order {
        out: args.out.clone(),
        design,
        settings,
        fallback_font,
        language: args.language.unwrap_or(parameters.language),
        expires: args.expires.or(parameters.expires),
        scheme,
        pepper,
        sort: args.sort.unwrap_or(parameters.sort),
        shard: None,
        known: known(&args.not_in, false)?,
        only: None,
        reissue: Some(tokens),
        bundle: args.bundle.or(NonZeroU32::new(parameters.bundle)).unwrap_or(NonZeroU32::MIN),
        seal_to,
        sign_with,
    };
    let mut planning = Planning::new(order)?;
    let options =
        ReadOptions { format: args.format, encoding: args.encoding, columns: args.columns.clone() };
    let (path, sha256) = add_file(holders, &options, &mut planning, &progress)?;
    // What is wrong with the list and with the holder file is told at once.
    let plan = match (planning.finish(sha256), fault_count) {
        (Ok(plan), 0) => plan,
        (Err(error), 0) => return Err(unplanned(error, Some(&path), IF_KNOWN)),
        (Ok(_) | Err(PlanError::NoHolder), _) => {
            return Err(refused(args, faults, fault_count, None));
        }
        (Err(error), _) => {
            let failure = unplanned(error, Some(&path), IF_KNOWN);
            return Err(refused(args, faults, fault_count, Some(&failure)));
        }
    };
    let way = Way {
        found,
        resume: args.resume,
        threads: threads(args.jobs),
        quiet: args.quiet,
        json: args.json,
    };
    carry_out(&plan, way, &mut progress)?;
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
            "{} and {} were made otherwise, so they are no shards of one run; reissue each by itself",
            shown(first.folder()),
            shown(other.folder())
        ))),
    }
}

/// The pepper, which must be that of the run.
fn same_pepper(args: &Reissue, parameters: &Parameters) -> Result<Option<Pepper>, Failure> {
    let given = args.pepper_file.as_deref().map(pepper).transpose()?;
    if args.other_pepper {
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
    args: &Reissue,
    parameters: &Parameters,
) -> Result<(Design, Option<FallbackFont>), Failure> {
    let is_built_in = Design::built_in_names().any(|name| name == parameters.design);
    let design = match &args.design {
        Some(design) => design::load(design)?,
        None if is_built_in => design::load(&parameters.design)?,
        None => {
            return Err(Failure::new(format!(
                "the run's design is a file, {}, and the run doesn't keep it; give it with --design",
                parameters.design
            )));
        }
    };
    if !args.other_design && Sha256Digest::from_bytes(design.sha256) != parameters.design_sha256 {
        return Err(Failure::new(format!(
            "the design {} is not the one that the run was made with ({}, or another version of \
             it); give that one, or add --other-design",
            design.name, parameters.design
        )));
    }
    let font = args.fallback_font.as_deref().map(design::fallback_font).transpose()?;
    let digest = font.as_ref().map(|font| Sha256Digest::of(font.bytes()));
    if !args.other_design && digest != parameters.fallback_font {
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
fn recipients(args: &Reissue, parameters: &Parameters) -> Result<Option<Recipients>, Failure> {
    let recipients = Recipients::read(&args.seal_to, args.recipients_file.as_deref())?;
    if recipients.is_none() && !parameters.sealed_to.is_empty() && !args.unsealed {
        return Err(Failure::new(format!(
            "the run's cards are sealed to {}; say to whom the new ones are with --seal-to or \
             --recipients-file, or --unsealed to leave them readable",
            parameters.sealed_to.join(", ")
        )));
    }
    Ok(recipients)
}

/// Who signs: nobody only when the run isn't signed either, or it is said.
fn signing_key(args: &Reissue, runs: &[Finished]) -> Result<Option<SigningKey>, Failure> {
    let key = args.sign_with.as_deref().map(SigningKey::read).transpose()?;
    let is_signed = |run: &Finished| run.folder().join(manifest::SIGNATURE).exists();
    if key.is_none() && !args.unsigned && runs.iter().any(is_signed) {
        return Err(Failure::new(
            "the run is signed; say by which key the new one is with --sign-with, or --unsigned to \
             leave it without a signature",
        ));
    }
    Ok(key)
}

/// All that is wrong with the list of serials, and then with the holder file.
fn refused(
    args: &Reissue,
    mut lines: Vec<String>,
    fault_count: u64,
    holders: Option<&Failure>,
) -> Failure {
    if let more @ 1.. = fault_count.saturating_sub(lines.len() as u64) {
        lines.push(format!("… and {more} more"));
    }
    if fault_count > 1 {
        let list = shown(&args.serials);
        lines.insert(0, format!("{list}: {fault_count} faults, so none of it is used:"));
    }
    lines.extend(holders.map(|failure| failure.lines().to_owned()));
    Failure::new(lines.join("\n"))
}
