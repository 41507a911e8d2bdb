//! `tokenkaart-server import`: the records of runs into the auth store.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use tokenkaart_auth::{
    import::{self, ImportEvent, ImportOptions, Imported},
    store::Store,
};
use tokenkaart_terminal::{Failure, Outcome, Progress, count};
use tokenkaart_token::{
    run_files::records::{self, Source, SourceError},
    shell::shown,
};

use crate::{
    options::{Actor, StoreAddress},
    remedy,
};

const EXAMPLES: &str = "\
Examples:
  tokenkaart-server import run --store sqlite:auth.db
      All records of a finished run; each token voids the one that its holder had.
  tokenkaart-server import run --store postgres://importer@db.example.be/auth
      Given once more after a lost connection, it does what is left.
  tokenkaart-server import shard-1 shard-2 shard-3 --store sqlite:auth.db
      A run in shards: all of them.
  tokenkaart-server import run --store sqlite:auth.db --dry-run
      What would be done, and all that is wrong.

Exit codes:
  0  all records are in the store, now or already
  2  refused, with nothing changed; or cut off, then the same command does what is left";

// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder of a finished run, of a run in shards all of them; or a file of records alone
    #[arg(value_name = "RUN", required = true)]
    sources: Vec<PathBuf>,
    /// Take one shard of a run without the others
    #[arg(long)]
    shard_alone: bool,
    /// Take hashes below OWASP's minimum, of tests
    #[arg(long)]
    allow_weak_kdf: bool,
    /// Say what would be done, and do none of it
    #[arg(long)]
    dry_run: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreAddress,
    #[command(flatten)]
    actor: Actor,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let sources =
        args.sources.iter().map(|path| source(path)).collect::<Result<Vec<_>, SourceError>>()?;
    records::fit_together(&sources, args.shard_alone).map_err(remedy::source)?;
    let mut store = Store::open(&args.store.address()?)?;
    let actor = args.actor.name();
    let options = ImportOptions {
        allow_weak: args.allow_weak_kdf,
        dry_run: args.dry_run,
        now: Timestamp::now(),
        actor: &actor,
    };
    let mut progress = Progress::new(args.quiet);
    // A signal kills the program; the same command does what is left.
    let imported = import::import(&mut store, &sources, &options, &mut |event| match event {
        ImportEvent::Begun { records } | ImportEvent::Loading { records } => {
            progress.start(records, "tokens", 0);
        }
        ImportEvent::Read { records } | ImportEvent::Loaded { records } => progress.at(records),
        _ => {}
    });
    progress.finish();
    for run in imported.map_err(remedy::import)? {
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
