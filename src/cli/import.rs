//! `tokenkaart import`: the records of runs into the auth store.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use tokenkaart::{
    import::{self, ImportEvent, ImportOptions, Imported},
    read::shown,
    records::{self, Source, SourceError},
    store::Store,
};

use super::{
    args::Import,
    progress::Progress,
    say::{Failure, Outcome, count},
    store,
};

pub(super) fn run(args: &Import) -> Result<Outcome, Failure> {
    let sources =
        args.sources.iter().map(|path| source(path)).collect::<Result<Vec<_>, SourceError>>()?;
    records::fit_together(&sources, args.shard_alone)?;
    let mut store = Store::open(&store::address(&args.store)?)?;
    let actor = store::actor(&args.actor);
    let options = ImportOptions {
        allow_weak: args.allow_weak_kdf,
        dry_run: args.dry_run,
        now: Timestamp::now(),
        actor: &actor,
    };
    let mut progress = Progress::new(args.quiet);
    // A signal kills the program, and the database undoes what isn't committed.
    let imported = import::import(&mut store, &sources, &options, &mut |event| match event {
        ImportEvent::Begun { records } => progress.start(records, "tokens", 0),
        ImportEvent::Read { records } => progress.at(records),
        _ => {}
    });
    progress.finish();
    for run in imported? {
        if args.json {
            println!("{}", as_json(&run, args.dry_run));
        } else if !args.quiet {
            println!("{}", in_words(&run, args.dry_run));
        }
    }
    Ok(Outcome::Done)
}

fn source(path: &Path) -> Result<Source, SourceError> {
    if path.is_file() { Source::file(path) } else { Source::run(path) }
}

fn in_words(run: &Imported, dry_run: bool) -> String {
    let Imported { path, tokens, known, voided, late, .. } = run;
    let path = shown(path);
    let were = |number: u64| match number {
        _ if dry_run => "would be",
        1 => "was",
        _ => "were",
    };
    if *tokens == 0 {
        let all = count(*known, "token", "tokens");
        return format!("{path}: the store has this already ({all}); nothing was changed");
    }
    let mut parts =
        vec![format!("{} {} imported", count(*tokens, "token", "tokens"), were(*tokens))];
    if *known > 0 {
        parts.push(format!("{known} more are there already"));
    }
    if *voided > 0 {
        let older = count(*voided, "older token", "older tokens");
        parts.push(format!("{older} {} voided", were(*voided)));
    }
    if *late > 0 {
        let (these, were) = (count(*late, "of these", "of these"), were(*late));
        parts.push(format!("{these} {were} voided on arrival, for their holders have newer ones"));
    }
    if dry_run {
        parts.push("nothing was changed (--dry-run)".to_owned());
    }
    format!("{path}: {}", parts.join("; "))
}

fn as_json(run: &Imported, dry_run: bool) -> serde_json::Value {
    json!({
        "run": run.run,
        "path": run.path,
        "tokens": run.tokens,
        "known": run.known,
        "voided": run.voided,
        "late": run.late,
        "dry_run": dry_run,
    })
}
