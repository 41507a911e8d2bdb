//! `tokenkaart-server import`: the records of runs into the auth store.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use tokenkaart_auth::{
    import::{self, ImportEvent, ImportOptions, Imported},
    store::{Store, signer},
};
use tokenkaart_terminal::{Failure, Outcome, Progress, count, note, result};
use tokenkaart_token::{
    hash::{Ceiling, Scheme},
    run_files::{
        manifest::Vouching,
        records::{self, Source, SourceError},
    },
    shell::shown,
    sign::Signers,
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
  tokenkaart-server import card-1 card-2 card-3 --store sqlite:auth.db
      Several runs of their own, such as the cards of a counter: all, or none if one has a fault.
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
    /// The folder of a finished run, or of several, of a run in shards all of them; or files of records
    /// alone
    #[arg(value_name = "RUN", required = true)]
    sources: Vec<PathBuf>,
    /// Take one shard of a run without the others
    #[arg(long)]
    shard_alone: bool,
    /// Take hashes below OWASP's minimum, of tests
    #[arg(long)]
    allow_weak_kdf: bool,
    /// Take dearer hashes than argon2id:m=65536,t=8,p=4 or pbkdf2-sha256:i=5000000; may be repeated
    #[arg(long, value_name = "KDF")]
    max_kdf: Vec<Scheme>,
    /// The run must be signed by this OpenSSH key, or one of these allowed signers
    #[arg(long, value_name = "KEY", conflicts_with = "unsigned")]
    signed_by: Option<PathBuf>,
    /// Take a run without a look at its signature, if it has one: nobody vouches for it then
    #[arg(long)]
    unsigned: bool,
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
    let said = args.signed_by.as_deref().map(Signers::read).transpose()?;
    let open = |signers: Option<&Signers>| {
        Source::all(&args.sources, |path| source(path, signers))
            .map_err(|errors| remedy::sources(&errors))
    };
    // What can be said without the store is said first.
    let mut sources = open(said.as_ref())?;
    records::fit_together(&sources, args.shard_alone).map_err(remedy::source)?;
    let mut store = Store::open(&args.store.address()?)?;
    if said.is_none()
        && let Some(signers) = signer::signers(&mut store)?
    {
        sources = open(Some(&signers))?;
    }
    let actor = args.actor.name();
    let options = ImportOptions {
        allow_weak: args.allow_weak_kdf,
        ceiling: args.max_kdf.iter().fold(Ceiling::default(), |most, kdf| most.of(*kdf)),
        unsigned: args.unsigned,
        dry_run: args.dry_run,
        now: Timestamp::now(),
        actor: &actor,
    };
    let mut progress = Progress::new(args.quiet);
    // A signal kills the program; the same command does what is left.
    let imported = import::import(&mut store, &sources, &options, &mut |event| match event {
        ImportEvent::Waits => progress.line("another import is at work; this one waits for it"),
        ImportEvent::Begun { records } | ImportEvent::Loading { records } => {
            progress.start(records, "tokens", 0);
        }
        ImportEvent::Read { records } | ImportEvent::Loaded { records } => progress.at(records),
        _ => {}
    });
    progress.finish();
    for source in &sources {
        if source.signer().is_none() && !args.unsigned && !args.quiet {
            note(format_args!("{}: not signed, so nobody vouches for it", shown(source.path())));
        }
    }
    let imported = imported.map_err(remedy::import)?;
    let line = |run: &Imported| match (args.json, args.quiet) {
        (true, _) => format!("{}\n", as_json(run, args.dry_run)),
        (false, true) => String::new(),
        (false, false) => format!("{}\n", in_words(run, args.dry_run)),
    };
    if args.json || !args.quiet {
        result(&imported.iter().map(line).collect::<String>())?;
    }
    Ok(Outcome::Done)
}

fn source(path: &Path, signers: Option<&Signers>) -> Result<Source, SourceError> {
    match signers {
        _ if path.is_file() => Source::file(path),
        Some(signers) => Source::run(path, Vouching::By(signers)),
        // The import looks whether somebody should have.
        None => Source::run(path, Vouching::Nobody),
    }
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
