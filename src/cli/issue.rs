//! `tokenkaart issue`: cards and hashed codes, from a holder file or for one holder.

use std::{
    ffi::OsString,
    io,
    num::NonZeroUsize,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Instant,
};

use jiff::civil::Date;
use rand::rngs::SysRng;
use serde_json::json;
use tokenkaart::{
    layout::{LayoutError, Settings},
    read::{Excerpt, HolderFile, Input, ReadOptions},
    run::{
        self, Event, Found, IfKnown, Known, Only, Order, Plan, PlanError, Planning, RunError, Stop,
        Summary, Work,
    },
    seal::Recipients,
};
use tokenkaart_terminal::{Failure, Outcome, Progress, count, duration, grouped, pepper};
use tokenkaart_token::{
    files::Sha256Digest,
    hash::{CodeHasher, Scheme},
    holder::{Holder, HolderId, HolderName},
    record::MAX_VOIDED,
    run_files::{CARDS, JOURNAL, RECORDS, journal, manifest::ListedBundle},
    shell::{quoted, quoted_path, shown},
    sign::SigningKey,
    token::{Alphabet, CheckSymbol, CodeFormat, Position, Random},
};

use super::{
    args::{CodeStyle, Issue},
    design,
    shard::shard,
};

/// Runs of more hashes a thread than this are told how long they will take.
const LONG_RUN_HASHES: u64 = 1200;

pub(super) fn run(args: &Issue) -> Result<Outcome, Failure> {
    let mut progress = Progress::new(args.quiet);
    if !args.allow_weak_kdf {
        args.kdf.require_minimum()?;
    }
    let code_format = code_format(args)?;
    let pepper = args.pepper_file.as_deref().map(pepper).transpose()?;
    let seal_to = Recipients::read(&args.seal_to, args.recipients_file.as_deref())?;
    let sign_with = args.sign_with.as_deref().map(SigningKey::read).transpose()?;
    let design = design::load(&args.design)?;
    let fallback_font = args.fallback_font.as_deref().map(design::fallback_font).transpose()?;
    let found = run::admit(&args.out, args.resume).map_err(|error| stopped(&args.out, &error))?;
    let threads = threads(args.jobs);
    let known = known(&args.not_in, args.replace)?;
    let replaced = known.as_ref().filter(|_| args.replace).and_then(|(known, _)| known.issued());
    let issued = date(args.date, replaced, &args.out, args.resume, &progress)?;
    let order = Order {
        out: args.out.clone(),
        design,
        settings: Settings {
            url: args.url.clone(),
            office: args.office.clone(),
            phone: args.phone.clone(),
            back: args.back,
            window: args.window.into(),
            ..Settings::new(code_format, issued)
        },
        expires: args.expires,
        fallback_font,
        language: args.language,
        scheme: args.kdf,
        pepper,
        sort: args.sort,
        shard: args.shard.as_deref().map(shard).transpose()?,
        known,
        only: args.only.as_deref().map(Only::read).transpose()?,
        reissue: None,
        bundle: args.bundle,
        seal_to,
        sign_with,
    };
    let plan = plan(args, Planning::new(order)?, &progress)?;
    let way = Way { found, resume: args.resume, threads, quiet: args.quiet, json: args.json };
    let summary = carry_out(&plan, way, &mut progress)?;
    if args.open {
        let first =
            summary.manifest.bundles.first().map(|bundle| args.out.join(&bundle.cards.path));
        if let Some(Err(error)) = first.map(|path| open::that_detached(&path)) {
            eprintln!(
                "the card is made, but the system's viewer can't be opened ({error}); open {} yourself",
                shown(&args.out.join(CARDS))
            );
            return Ok(Outcome::Complaints);
        }
    }
    Ok(Outcome::Done)
}

/// How a plan is carried out and told of.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// What stood under the name of the run's folder.
    pub(super) found: Found,
    pub(super) resume: bool,
    pub(super) threads: NonZeroUsize,
    pub(super) quiet: bool,
    pub(super) json: bool,
}

/// Makes a run and tells how it goes.
pub(super) fn carry_out(
    plan: &Plan,
    way: Way,
    progress: &mut Progress,
) -> Result<Summary, Failure> {
    let Way { found, resume, threads, quiet, json } = way;
    let (out, scheme) = (plan.out(), plan.parameters().scheme);
    let begun = Instant::now();
    let stop = stop_on_signal();
    let work = Work { threads, resume, process: std::process::id(), stop: &stop };
    let mut random = Random::new(SysRng);
    let summary = run::issue(plan, work, &mut random, &mut |event| match event {
        Event::Started { cards, cards_done, bundles_done, bundles } => {
            if bundles_done > 0 {
                progress.line(&format!(
                    "{} of {bundles} bundles are done already",
                    grouped(u64::from(bundles_done)),
                ));
            }
            tell_duration(cards - cards_done, scheme, threads, progress);
            progress.start(cards, "cards", cards_done);
        }
        Event::Progress { hashes } => progress.at(hashes / u64::from(Position::MAX)),
        Event::BundleDone { number, cards } if plan.bundles() > 1 => {
            progress.done(number, plan.bundles(), cards);
        }
        Event::Stopping { bundles } => progress.line(&format!(
            "stopping when {} in hand {} done; once more stops at once",
            count(bundles as u64, "bundle", "bundles"),
            if bundles == 1 { "is" } else { "are" },
        )),
        _ => {}
    });
    progress.finish();
    let summary = summary.map_err(|error| stopped(out, &error))?;
    if found == Found::Finished {
        progress.line(&format!("{} was finished already; nothing was done", shown(out)));
    }
    if json {
        println!("{}", as_json(out, &summary, begun.elapsed().as_secs_f64()));
    } else if !quiet {
        print!("{}", in_words(out, &summary));
    }
    Ok(summary)
}

/// What Ctrl-C and the signals that end a program ask to stop; to be called once.
pub(super) fn stop_on_signal() -> Arc<Stop> {
    let stop = Arc::new(Stop::new());
    let asked = Arc::clone(&stop);
    // Without it a signal kills the program, which leaves nothing that looks finished either.
    let _ = ctrlc::set_handler(move || asked.ask());
    stop
}

/// The date on the cards: what was said, or that of the run that is gone on with, or today's; but
/// not before that of the cards that they stand in for.
pub(super) fn date(
    said: Option<Date>,
    replaced: Option<Date>,
    out: &Path,
    resume: bool,
    progress: &Progress,
) -> Result<Date, Failure> {
    if let Some(date) = said {
        return Ok(date);
    }
    let journal = out.join(JOURNAL);
    let begun = if resume && journal.exists() { journal::run(&journal)? } else { None };
    if let Some(run) = begun {
        return Ok(run.parameters.issued);
    }
    let today = jiff::Zoned::now().date();
    let Some(replaced) = replaced.filter(|replaced| *replaced > today) else { return Ok(today) };
    progress.line(&format!(
        "the new cards are dated {replaced}, as those that they stand in for, and not today"
    ));
    Ok(replaced)
}

/// As many threads as asked for, or as there are cores.
pub(super) fn threads(jobs: Option<NonZeroUsize>) -> NonZeroUsize {
    jobs.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
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

/// Who has a token already.
pub(super) fn known(
    not_in: &[PathBuf],
    replace: bool,
) -> Result<Option<(Known, IfKnown)>, Failure> {
    if not_in.is_empty() {
        return Ok(None);
    }
    let mut known = Known::default();
    not_in.iter().try_for_each(|path| known.add(path))?;
    Ok(Some((known, if replace { IfKnown::Replace } else { IfKnown::Refuse })))
}

/// Reads the holders, and settles what is done for them.
fn plan(args: &Issue, mut planning: Planning, progress: &Progress) -> Result<Plan, Failure> {
    let Some(file) = &args.file else {
        let (holder, sha256) = one_holder(
            args.id.as_deref().unwrap_or_default(),
            args.name.as_deref().unwrap_or_default(),
        )?;
        planning.add(&holder, None);
        return planning.finish(sha256).map_err(|error| unplanned(error, None, IF_KNOWN));
    };
    let options =
        ReadOptions { format: args.format, encoding: args.encoding, columns: args.columns.clone() };
    let (path, sha256) = add_file(file, &options, &mut planning, progress)?;
    planning.finish(sha256).map_err(|error| unplanned(error, Some(&path), IF_KNOWN))
}

/// Gives a plan all holders of a file; says the file's name, as messages give it, and its digest.
pub(super) fn add_file(
    file: &Path,
    options: &ReadOptions,
    planning: &mut Planning,
    progress: &Progress,
) -> Result<(PathBuf, Sha256Digest), Failure> {
    let input = if file.as_os_str() == "-" {
        if options.format.is_none() {
            return Err(Failure::new(
                "standard input has no name to tell its format; add --format csv, json, jsonl or xlsx",
            ));
        }
        Input::from_reader(Path::new("standard input"), io::stdin().lock())?
    } else {
        Input::open(file)?
    };
    let path = input.path().to_owned();
    let mut file = HolderFile::open(input, options)?;
    let checked = file.check_each(|row| planning.add(&row.holder, Some(row.place)))?;
    file.require_unchanged()?;
    for notice in &checked.notices {
        progress.line(&notice.to_string());
    }
    Ok((path, Sha256Digest::from_bytes(*file.sha256())))
}

fn one_holder(id: &str, name: &str) -> Result<(Holder, Sha256Digest), Failure> {
    let named = |argument: &'static str| {
        move |error| Failure::new(format!("{argument} {error}; type it anew"))
    };
    let holder = Holder::new(
        HolderId::new(id).map_err(named("--id"))?,
        HolderName::new(name).map_err(named("--name"))?,
    );
    let input = json!({ "id": holder.id.as_str(), "name": holder.name.as_str() }).to_string();
    Ok((holder, Sha256Digest::of(input.as_bytes())))
}

/// What to do about holders who have a token already.
const IF_KNOWN: &str =
    "take the holder out, or add --replace for a new token that voids the old one";

/// Why there is no plan, with the places of the holders who can't get a card.
pub(super) fn unplanned(error: PlanError, path: Option<&Path>, if_known: &str) -> Failure {
    let file = path.map(shown).unwrap_or_default();
    let (listed, total, what): (Vec<String>, _, _) = match error {
        PlanError::Unprintable { holders, total } => {
            let listed = holders.iter().map(|holder| {
                let name = Excerpt::new(holder.name.as_str());
                match (holder.place, &holder.error) {
                    (Some(place), error) => format!("{file}: {place}, value \"{name}\": {error}"),
                    // Another name would have no address either.
                    (_, error @ LayoutError::NoAddress { .. }) => error.to_string(),
                    (_, error) => format!("--name \"{name}\": {error}"),
                }
            });
            (listed.collect(), total, "names can't be printed")
        }
        PlanError::Known { holders, total } => {
            let listed = holders.iter().map(|holder| {
                let id = Excerpt::new(holder.id.as_str());
                let remedy = format!("has a token already, by --not-in; {if_known}");
                match holder.place {
                    Some(place) => format!("{file}: {place}, value \"{id}\": {remedy}"),
                    None => format!("--id \"{id}\": {remedy}"),
                }
            });
            (listed.collect(), total, "holders have a token already")
        }
        PlanError::TooManyVoids { holders, total } => {
            let listed = holders.iter().map(|(holder, count)| {
                let id = Excerpt::new(holder.id.as_str());
                let remedy = format!(
                    "has {count} tokens to void, and a record names at most {MAX_VOIDED}; name \
                     fewer serials, or fewer runs with --not-in"
                );
                match holder.place {
                    Some(place) => format!("{file}: {place}, value \"{id}\": {remedy}"),
                    None => format!("--id \"{id}\": {remedy}"),
                }
            });
            (listed.collect(), total, "holders have too many tokens to void")
        }
        PlanError::NotThere { holders, total } => {
            let listed = holders.iter().map(|(id, serial)| {
                let id = Excerpt::new(id.as_str());
                format!(
                    "{file}: holder \"{id}\", of serial {serial}, is not there; have a file sent \
                     in which all are, for the run keeps no names"
                )
            });
            (listed.collect(), total, "holders are missing")
        }
        PlanError::NotInFile { holders, total } => {
            let listed = holders.iter().map(|holder| {
                let (list, id) = (shown(&holder.list), Excerpt::new(holder.id.as_str()));
                format!(
                    "{list}:{}: holder \"{id}\" is not in {file}; take the line out, or have a \
                     file sent in which all are",
                    holder.line
                )
            });
            (listed.collect(), total, "holders of --only are missing")
        }
        error => return error.into(),
    };
    let more = match total.saturating_sub(listed.len() as u64) {
        0 => String::new(),
        more => format!("\n… and {more} more"),
    };
    let listed = listed.join("\n");
    if total < 2 {
        return Failure::new(listed);
    }
    Failure::new(format!("{file}: {total} {what}, so none of it is used:\n{listed}{more}"))
}

/// Why a run stopped, and what to do with what it left.
pub(super) fn stopped(out: &Path, error: &RunError) -> Failure {
    let unfinished = run::look(out) == Found::Unfinished;
    let rest = match error {
        RunError::Unfinished { .. } => format!(":\n  {}", command_to_go_on()),
        RunError::Differs { .. } | RunError::Damaged { .. } | RunError::Resume(_) => String::new(),
        _ if unfinished => format!(
            "\n{} is not finished: print none of it; go on with:\n  {}",
            shown(out),
            command_to_go_on()
        ),
        _ => String::new(),
    };
    Failure::new(format!("{error}{rest}"))
}

/// This very command, so that the run is gone on with.
fn command_to_go_on() -> String {
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if !words.iter().any(|word| word == "--resume") {
        // What follows `--` is no option.
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        words.insert(end, "--resume".into());
    }
    let words = words.iter().map(|word| format!(" {}", quoted(word)));
    format!("tokenkaart{}", words.collect::<String>())
}

/// Says how long a long run will take, by a few hashes of nothing.
fn tell_duration(cards: u64, scheme: Scheme, threads: NonZeroUsize, progress: &Progress) {
    let of_each = cards * u64::from(Position::MAX) / threads.get() as u64;
    if of_each < LONG_RUN_HASHES {
        return;
    }
    // If it can't be told, the run itself will say why.
    let Ok(seconds) = seconds_of_a_hash(scheme, threads) else { return };
    progress.line(&format!(
        "{}: about {} on {}",
        count(cards, "card", "cards"),
        duration(of_each as f64 * seconds),
        count(threads.get() as u64, "core", "cores"),
    ));
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

fn in_words(out: &Path, summary: &Summary) -> String {
    let manifest = &summary.manifest;
    let parameters = &manifest.parameters;
    let format = &parameters.code_format;
    let next = quoted_path(out);
    let out = shown(out);
    let cards = count(manifest.holders, "card", "cards");
    let records = count(manifest.holders, "record", "records");
    let files = count(manifest.bundles.len() as u64, "file", "files");
    let check = match format.check() {
        CheckSymbol::WeightedSum => " and a check symbol",
        CheckSymbol::None => "",
    };
    let sealed = parameters.sealed_to.iter().map(|recipient| format!("sealed to: {recipient}\n"));
    let signed = summary.signed_by.as_ref().map(|signer| format!("signed by: {signer}\n"));
    let replaces = parameters.replaces.as_ref().map(|replaces| {
        format!("voids: {} of earlier cards\n", count(replaces.serials, "serial", "serials"))
    });
    let hand_over: String = sealed.chain(signed).chain(replaces).collect();
    let key = parameters.key_id.map_or("no pepper".to_owned(), |id| format!("pepper {id}"));
    format!(
        "{cards} in {out}/{} ({files}), {records} in {out}/{}\n\
         codes: {} of {} symbols{check}, {:.1} bits each\n\
         hashes: {}, {key}; {} verified with a second implementation\n\
         {hand_over}\
         next: tokenkaart check {next}\n",
        CARDS,
        RECORDS,
        format.random_symbols(),
        format.alphabet().size(),
        format.bits(),
        parameters.scheme,
        summary.verified,
    )
}

fn as_json(out: &Path, summary: &Summary, seconds: f64) -> serde_json::Value {
    let manifest = &summary.manifest;
    let files = |path: &dyn Fn(&ListedBundle) -> String| {
        manifest.bundles.iter().map(path).collect::<Vec<_>>()
    };
    json!({
        "run": manifest.run,
        "out": out.to_string_lossy(),
        "cards": manifest.holders,
        "records": manifest.holders,
        "card_files": files(&|bundle| bundle.cards.path.clone()),
        "record_files": files(&|bundle| bundle.records.path.clone()),
        "code_bits": (manifest.parameters.code_format.bits() * 10.0).round() / 10.0,
        "scheme": manifest.parameters.scheme,
        "key_id": manifest.parameters.key_id,
        "sealed_to": manifest.parameters.sealed_to,
        "signed_by": summary.signed_by,
        "verified": summary.verified,
        "voids": manifest.parameters.replaces.as_ref().map_or(0, |replaces| replaces.serials),
        "seconds": (seconds * 1000.0).round() / 1000.0,
    })
}
