//! `tokenkaart issue`: cards and hashed codes, from a holder file or for one holder.

use std::{
    io,
    num::NonZeroUsize,
    panic::resume_unwind,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use rand::rngs::SysRng;
use serde_json::json;
use tokenkaart::{
    design::Window,
    files::{self, Sha256Digest},
    hash::{CodeHasher, Pepper, Scheme},
    holder::{Holder, HolderId, HolderName},
    layout::Settings,
    read::{self, Excerpt, Input, MAX_FAULTS, Place, ReadOptions, shown},
    run::{self, Event, Order, Plan, PlanError, RunError, Summary},
    seal::Recipients,
    sign::SigningKey,
    token::{Alphabet, CheckSymbol, CodeFormat, Position, Random},
};

use super::{
    args::{CodeStyle, Issue, WindowSide},
    design,
    progress::Progress,
    say::{Failure, Outcome, count, duration},
};

/// Runs of more hashes a thread than this are told how long they will take.
const LONG_RUN_HASHES: u64 = 1200;

/// The holders of a run, and where each stands.
struct Source {
    holders: Vec<Holder>,
    places: Vec<Place>,
    /// None for one holder from the arguments.
    path: Option<PathBuf>,
    sha256: Sha256Digest,
}

pub(super) fn run(args: Issue) -> Result<Outcome, Failure> {
    let mut progress = Progress::new(args.quiet);
    if !args.allow_weak_kdf {
        args.kdf.require_minimum()?;
    }
    let code_format = code_format(&args)?;
    let pepper = args.pepper_file.as_deref().map(pepper).transpose()?;
    let seal_to = Recipients::read(&args.seal_to, args.recipients_file.as_deref())?;
    let sign_with = args.sign_with.as_deref().map(SigningKey::read).transpose()?;
    let signer = sign_with.as_ref().map(SigningKey::fingerprint);
    let design = design::load(&args.design)?;
    let fallback_font = args.fallback_font.as_deref().map(design::fallback_font).transpose()?;
    if args.out.symlink_metadata().is_ok() {
        return Err(RunError::Exists { path: args.out }.into());
    }
    let threads = threads(args.jobs);
    let source = source(&args, &progress)?;
    let order = Order {
        holders: source.holders,
        input_sha256: source.sha256,
        out: args.out.clone(),
        design,
        settings: Settings {
            url: args.url.clone(),
            office: args.office.clone(),
            phone: args.phone.clone(),
            back: args.back,
            window: match args.window {
                WindowSide::Left => Window::Left,
                WindowSide::Right => Window::Right,
            },
            ..Settings::new(code_format, args.date.unwrap_or_else(|| jiff::Zoned::now().date()))
        },
        fallback_font,
        language: args.language,
        scheme: args.kdf,
        pepper,
        bundle: args.bundle,
        seal_to,
        sign_with,
    };
    let plan = match Plan::new(order) {
        Ok(plan) => plan,
        Err(PlanError::Unprintable(holders)) => {
            return Err(unprintable(&holders, &source.places, source.path.as_deref()));
        }
        Err(error) => return Err(error.into()),
    };
    tell_duration(&plan, threads, &progress)?;
    let begun = Instant::now();
    let mut random = Random::new(SysRng);
    let summary = run::issue(&plan, threads, &mut random, &mut |event| match event {
        Event::Started { cards, .. } => progress.start(cards, "cards"),
        Event::Progress { hashes } => progress.at(hashes / u64::from(Position::MAX)),
        Event::BundleDone { number, cards } if plan.bundles() > 1 => {
            progress.done(number, plan.bundles(), cards);
        }
        _ => {}
    });
    progress.finish();
    let summary = summary.map_err(|error| stopped(&args.out, &error))?;
    if args.json {
        println!("{}", as_json(&args, &summary, signer.as_deref(), begun.elapsed().as_secs_f64()));
    } else if !args.quiet {
        print!("{}", in_words(&args, &summary, signer.as_deref()));
    }
    if args.open {
        let first =
            summary.manifest.bundles.first().map(|bundle| args.out.join(&bundle.cards.path));
        if let Some(Err(error)) = first.map(|path| opener::open(&path)) {
            eprintln!(
                "the card is made, but the system's viewer can't be opened ({error}); open {} yourself",
                args.out.join(run::CARDS).display()
            );
            return Ok(Outcome::Complaints);
        }
    }
    Ok(Outcome::Done)
}

/// As many threads as asked for, or as there are cores.
pub(super) fn threads(jobs: Option<NonZeroUsize>) -> NonZeroUsize {
    jobs.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// Reads a pepper.
pub(super) fn pepper(path: &Path) -> Result<Pepper, Failure> {
    let bytes = files::read_secret(path, tokenkaart::hash::MAX_PEPPER_LEN as u64)?;
    Pepper::new(bytes).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn code_format(args: &Issue) -> Result<CodeFormat, Failure> {
    let base = match args.code_style {
        CodeStyle::Grouped => CodeFormat::default(),
        CodeStyle::Federal => CodeFormat::federal(),
    };
    let alphabet = match &args.code_alphabet {
        Some(symbols) => Alphabet::new(symbols)?,
        None => base.alphabet().clone(),
    };
    let length = args.code_length.unwrap_or(base.length());
    let check = if args.no_check_symbol { CheckSymbol::None } else { base.check() };
    // A code shorter than a group is shown in one piece.
    let grouping = if base.grouping() < length { base.grouping() } else { 0 };
    Ok(CodeFormat::new(alphabet, length, grouping, check)?)
}

fn source(args: &Issue, progress: &Progress) -> Result<Source, Failure> {
    let Some(file) = &args.file else {
        return one_holder(
            args.id.as_deref().unwrap_or_default(),
            args.name.as_deref().unwrap_or_default(),
        );
    };
    let options =
        ReadOptions { format: args.format, encoding: args.encoding, columns: args.columns.clone() };
    let input = if file.as_os_str() == "-" {
        if args.format.is_none() {
            return Err(Failure::new(
                "standard input has no name to tell its format; add --format csv, json, jsonl or xlsx",
            ));
        }
        Input::from_reader(Path::new("standard input"), io::stdin().lock())?
    } else {
        Input::open(file)?
    };
    let path = Some(input.path().to_owned());
    let outcome = read::read(input, &options)?;
    for notice in &outcome.notices {
        progress.line(&notice.to_string());
    }
    let (places, holders) = outcome.rows.into_iter().map(|row| (row.place, row.holder)).unzip();
    let sha256 = Sha256Digest::from_bytes(outcome.sha256);
    Ok(Source { holders, places, path, sha256 })
}

fn one_holder(id: &str, name: &str) -> Result<Source, Failure> {
    let named = |argument: &'static str| {
        move |error| Failure::new(format!("{argument} {error}; type it anew"))
    };
    let holder = Holder::new(
        HolderId::new(id).map_err(named("--id"))?,
        HolderName::new(name).map_err(named("--name"))?,
    );
    let input = json!({ "id": holder.id.as_str(), "name": holder.name.as_str() }).to_string();
    let sha256 = Sha256Digest::of(input.as_bytes());
    Ok(Source { holders: vec![holder], places: Vec::new(), path: None, sha256 })
}

fn unprintable(holders: &[run::Unprintable], places: &[Place], path: Option<&Path>) -> Failure {
    let listed: Vec<String> = holders
        .iter()
        .take(MAX_FAULTS)
        .map(|holder| match (path, places.get(holder.index)) {
            (Some(path), Some(place)) => {
                let name = Excerpt::new(holder.name.as_str());
                format!("{}: {place}, value \"{name}\": {}", shown(path), holder.error)
            }
            _ => holder.error.to_string(),
        })
        .collect();
    let listed = listed.join("\n");
    let (Some(path), 2..) = (path, holders.len()) else { return Failure::new(listed) };
    let more = match holders.len().saturating_sub(MAX_FAULTS) {
        0 => String::new(),
        more => format!("\n… and {more} more"),
    };
    Failure::new(format!(
        "{}: {} names can't be printed, so none of it is used:\n{listed}{more}",
        shown(path),
        holders.len()
    ))
}

/// Why a run stopped, and what to do with what it left.
fn stopped(out: &Path, error: &RunError) -> Failure {
    let left = !matches!(error, RunError::Exists { .. }) && out.join(run::JOURNAL).exists();
    let rest = if left {
        format!("\n{} is not finished: print none of it, delete it and issue anew", shown(out))
    } else {
        String::new()
    };
    Failure::new(format!("{error}{rest}"))
}

/// Says how long a long run will take, by a few hashes of nothing.
fn tell_duration(plan: &Plan, threads: NonZeroUsize, progress: &Progress) -> Result<(), Failure> {
    let hashes = plan.holders().len() as u64 * u64::from(Position::MAX);
    let of_each = hashes / threads.get() as u64;
    if of_each < LONG_RUN_HASHES {
        return Ok(());
    }
    let total = of_each as f64 * seconds_of_a_hash(plan.parameters().scheme, threads)?;
    progress.line(&format!(
        "{}: about {} on {}",
        count(plan.holders().len() as u64, "card", "cards"),
        duration(total),
        count(threads.get() as u64, "core", "cores"),
    ));
    Ok(())
}

/// What a hash takes while all threads make some, for they share caches and memory.
fn seconds_of_a_hash(scheme: Scheme, threads: NonZeroUsize) -> Result<f64, Failure> {
    const TRIED: u8 = 3;
    let work = || {
        let nothing = CodeFormat::federal().read("BBBBBB")?;
        let mut hasher = CodeHasher::new(scheme, None)?;
        // The first hash also has the system fetch the memory.
        hasher.hash(&nothing, &[0; 16])?;
        let begun = Instant::now();
        for salt in 0..TRIED {
            hasher.hash(&nothing, &[salt; 16])?;
        }
        Ok(begun.elapsed().as_secs_f64() / f64::from(TRIED))
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.get()).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_fold(0.0, |slowest: f64, worker| {
            let seconds: Result<f64, Failure> =
                worker.join().unwrap_or_else(|panic| resume_unwind(panic));
            seconds.map(|seconds| slowest.max(seconds))
        })
    })
}

fn in_words(args: &Issue, summary: &Summary, signer: Option<&str>) -> String {
    let manifest = &summary.manifest;
    let parameters = &manifest.parameters;
    let format = &parameters.code_format;
    let out = args.out.display();
    let cards = count(manifest.holders, "card", "cards");
    let records = count(manifest.holders, "record", "records");
    let files = count(manifest.bundles.len() as u64, "file", "files");
    let check = match format.check() {
        CheckSymbol::WeightedSum => " and a check symbol",
        CheckSymbol::None => "",
    };
    let sealed = parameters.sealed_to.iter().map(|recipient| format!("sealed to: {recipient}\n"));
    let signed = signer.map(|signer| format!("signed by: {signer}\n"));
    let hand_over: String = sealed.chain(signed).collect();
    let key = parameters.key_id.map_or("no pepper".to_owned(), |id| format!("pepper {id}"));
    format!(
        "{cards} in {out}/{} ({files}), {records} in {out}/{}\n\
         codes: {} of {} symbols{check}, {:.1} bits each\n\
         hashes: {}, {key}; {} verified with a second implementation\n\
         {hand_over}\
         next: tokenkaart check {out}\n",
        run::CARDS,
        run::RECORDS,
        format.random_symbols(),
        format.alphabet().size(),
        format.bits(),
        parameters.scheme,
        summary.verified,
    )
}

fn as_json(
    args: &Issue,
    summary: &Summary,
    signer: Option<&str>,
    seconds: f64,
) -> serde_json::Value {
    let manifest = &summary.manifest;
    let files = |path: &dyn Fn(&run::manifest::ListedBundle) -> String| {
        manifest.bundles.iter().map(path).collect::<Vec<_>>()
    };
    json!({
        "run": manifest.run,
        "out": args.out,
        "cards": manifest.holders,
        "records": manifest.holders,
        "card_files": files(&|bundle| bundle.cards.path.clone()),
        "record_files": files(&|bundle| bundle.records.path.clone()),
        "code_bits": (manifest.parameters.code_format.bits() * 10.0).round() / 10.0,
        "scheme": manifest.parameters.scheme,
        "key_id": manifest.parameters.key_id,
        "sealed_to": manifest.parameters.sealed_to,
        "signed_by": signer,
        "verified": summary.verified,
        "seconds": (seconds * 1000.0).round() / 1000.0,
    })
}
