//! The records of finished runs into an auth store: all that is named, or nothing.
//!
//! Everything is checked before anything is written: the records are staged in temporary tables and
//! held to one another and to what the store has, and a fault means that nothing was changed. Then
//! the run's tokens are loaded in short transactions; nobody sees them, and nobody is asked for
//! their codes. Last, lane by lane, the old tokens end and the new ones become active, in one short
//! transaction each. So sign-ins go on all the while, and whatever is killed leaves every holder
//! with the one live token or the other. The same call does what is left. Memory doesn't grow with
//! the records.
//!
//! A holder's new token voids the one before it. Runs may be imported in another order than they
//! were made in: a token that is older than one of the same holder, or that such a one names in
//! `voids`, comes in voided.

mod check;
mod guard;
mod load;
mod switch;

use std::path::PathBuf;

use jiff::Timestamp;
use tokenkaart_token::{
    files::FileError,
    hash::Ceiling,
    record::RecordError,
    run_files::records::{Faults, Source},
    shell::shown,
};

use self::{check::Checked, guard::Guard, load::Loading};
use crate::store::{Store, StoreError, StoreRow, Transaction, signer};

/// How an import goes.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions<'a> {
    /// Take hashes below OWASP's minimum, of tests.
    pub allow_weak: bool,
    /// The most that a hash may cost.
    pub ceiling: Ceiling,
    /// Take runs whose signature nobody has verified, where the store has no signer.
    pub unsigned: bool,
    /// Find out what would be done, and do none of it.
    pub dry_run: bool,
    /// Now, for the audit.
    pub now: Timestamp,
    /// Who does it, for the audit.
    pub actor: &'a str,
}

/// What an import reports while it works.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ImportEvent {
    /// Another import is at work, which is waited for.
    Waits,
    /// So many records are to be checked.
    Begun {
        /// Records of runs that the store doesn't have.
        records: u64,
    },
    /// So many have been read, to be checked.
    Read {
        /// Of all.
        records: u64,
    },
    /// So many are to be loaded.
    Loading {
        /// Records that the store doesn't have.
        records: u64,
    },
    /// So many have been loaded.
    Loaded {
        /// Of all.
        records: u64,
    },
}

/// What became of a source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imported {
    /// The run's folder, or the file.
    pub path: PathBuf,
    /// The run's id, or the SHA-256 of the file.
    pub run: String,
    /// Tokens that came into the store, also by an earlier call that was cut off.
    pub tokens: u64,
    /// Tokens that were there already, with the same record.
    pub known: u64,
    /// Older tokens that were voided by these.
    pub voided: u64,
    /// Of `tokens` those that came in voided, since the store has newer ones of their holders.
    pub late: u64,
}

/// Why an import was refused, or cut off.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Something is wrong with the records.
    #[error("{0}\nnothing was imported")]
    Faulty(Faults),
    /// Another import has some of these tokens half done.
    #[error(
        "the import of {run} was cut off, and some of its tokens are among these; finish it \
         first, by the same command as then"
    )]
    Unfinished {
        /// The run's id, or the SHA-256 of the file.
        run: String,
    },
    /// The store takes signed runs alone.
    #[error(
        "{}; nothing was imported",
        each(
            paths,
            "the store takes runs alone that one of its signers has signed, and this one is not"
        )
    )]
    NotSigned {
        /// The runs' folders, or the files.
        paths: Vec<PathBuf>,
    },
    /// A signature that nobody has looked at.
    #[error(
        "{}; nothing was imported",
        each(paths, "this run has a signature, and nobody has said whose it must be")
    )]
    NotVerified {
        /// The runs' folders.
        paths: Vec<PathBuf>,
    },
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database says no, or is gone.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that has no text.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An earlier call loaded a changed file, in which records were missing.
    #[error(
        "{}: the store has {found} of the {expected} tokens that were loaded: the files were changed \
         in the middle of an earlier call; nothing of the run is used, so issue these cards again",
        shown(path)
    )]
    Incomplete {
        /// The run's folder, or the file.
        path: PathBuf,
        /// The tokens that there should be.
        expected: u64,
        /// Those that are there.
        found: u64,
    },
    /// The run's files were changed while they were imported.
    #[error(
        "{0}\nthe import was cut off; put the files back as they were and give the command again"
    )]
    ChangedMeanwhile(Faults),
}

/// The same of each path, a line each.
fn each(paths: &[PathBuf], what: &str) -> String {
    paths.iter().map(|path| format!("{}: {what}", shown(path))).collect::<Vec<_>>().join("\n")
}

/// An import that was cut off; the same call finishes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unfinished {
    /// The run's id, or the SHA-256 of the file.
    pub run: String,
    /// When it was begun, in milliseconds since 1970.
    pub begun_at: i64,
    /// The records that it has.
    pub tokens: u64,
    /// How many of them are loaded.
    pub loaded: u64,
    /// In how many lanes they are in use.
    pub lanes: u64,
}

/// The imports that were cut off, or are at work.
///
/// # Errors
/// [`StoreError`].
pub fn unfinished(transaction: &mut Transaction<'_>) -> Result<Vec<Unfinished>, StoreError> {
    let rows = transaction.query(
        "SELECT r.run AS run, r.begun_at AS begun_at, r.tokens AS tokens, \
         (SELECT CAST(COALESCE(sum(l.records), 0) AS bigint) FROM loads l \
          WHERE l.lane = 256 AND l.run = r.run) AS loaded, \
         (SELECT count(*) FROM switches s WHERE s.run = r.run) AS lanes FROM runs r \
         WHERE NOT EXISTS (SELECT 1 FROM imported i WHERE i.lane = 256 AND i.run = r.run) \
         ORDER BY r.begun_at, r.run",
        &[],
    )?;
    let unfinished = |row: &StoreRow| {
        Ok(Unfinished {
            run: row.text("run")?.to_owned(),
            begun_at: row.int("begun_at")?,
            tokens: row.number("tokens")?,
            loaded: row.number("loaded")?,
            lanes: row.number("lanes")?,
        })
    };
    rows.iter().map(unfinished).collect()
}

/// Whether somebody vouches for each source, as the store and the caller demand.
fn vouched(
    store: &mut Store,
    sources: &[Source],
    options: &ImportOptions<'_>,
) -> Result<(), ImportError> {
    let signers = signer::list(&mut store.read()?)?;
    let is_ours =
        |fingerprint: &str| signers.iter().any(|signer| signer.fingerprint == fingerprint);
    let paths = |is_refused: &dyn Fn(&Source) -> bool| -> Vec<PathBuf> {
        let refused = sources.iter().filter(|source| is_refused(source));
        refused.map(|source| source.path().to_owned()).collect()
    };
    if signers.is_empty() {
        let paths = paths(&|source| source.signer().is_none() && source.has_signature());
        if !paths.is_empty() && !options.unsigned {
            return Err(ImportError::NotVerified { paths });
        }
    } else {
        let paths = paths(&|source| !source.signer().is_some_and(is_ours));
        if !paths.is_empty() {
            return Err(ImportError::NotSigned { paths });
        }
    }
    Ok(())
}

/// Sees that all tokens of a source were loaded before any of them is used.
fn require_whole(store: &mut Store, source: &Source, expected: u64) -> Result<(), ImportError> {
    let loaded = store.read()?.query_one(
        "SELECT count(*) AS tokens FROM tokens WHERE run = $1",
        &[source.run_id().into()],
    )?;
    let found = loaded.map_or(Ok(0), |row| row.number("tokens"))?;
    if found == expected {
        return Ok(());
    }
    Err(ImportError::Incomplete { path: source.path().to_owned(), expected, found })
}

/// Imports sources that fit together.
///
/// # Errors
/// [`ImportError`]. What is wrong with the records is found before anything is changed; what goes
/// wrong after that is done by the same call again.
pub fn import(
    store: &mut Store,
    sources: &[Source],
    options: &ImportOptions<'_>,
    on_event: &mut dyn FnMut(ImportEvent),
) -> Result<Vec<Imported>, ImportError> {
    let mut guard = Guard::take(store, &mut || on_event(ImportEvent::Waits))?;
    vouched(store, sources, options)?;
    let checked = check::check(store, sources, options, on_event)?;
    if options.dry_run {
        return Ok(checked.into_iter().map(|checked| checked.imported).collect());
    }
    let records = checked.iter().map(Checked::to_load).sum();
    if records > 0 {
        on_event(ImportEvent::Loading { records });
    }
    let mut loaded = 0;
    let mut imported = Vec::with_capacity(sources.len());
    let last = checked.iter().rposition(|checked| !checked.is_done);
    for (index, (source, checked)) in sources.iter().zip(checked).enumerate() {
        let expected = checked.to_load();
        let Checked { imported: mut run, is_done, .. } = checked;
        if !is_done {
            let loading = Loading { source, known: run.known, options, guard: &mut guard };
            loading.run(store, &mut |records| {
                loaded += records;
                on_event(ImportEvent::Loaded { records: loaded });
            })?;
            require_whole(store, source, expected)?;
            let is_last = Some(index) == last;
            let switched = switch::switch(store, source, options, &mut guard, is_last)?;
            run.tokens = switched.active + switched.late;
            run.voided = switched.ended;
            run.late = switched.late;
        }
        imported.push(run);
    }
    Ok(imported)
}
