//! The records of finished runs into an auth store: all that is named, or nothing.
//!
//! All of it is one transaction. A run that the store has already changes nothing, so that after
//! a lost connection or a killed server the same command is given again. The records are staged
//! some thousands at a time, held against what the store has, and written; memory doesn't grow
//! with their number. What is wrong with them is collected to the end, and then nothing is kept.
//!
//! A holder's new token voids the one before it. Runs may be imported in another order than they
//! were made in: a token that is older than one of the same holder, or that such a one names in
//! `voids`, comes in voided.

mod staging;

use std::path::PathBuf;

use jiff::Timestamp;
use tokenkaart_token::{
    files::FileError,
    record::RecordError,
    run_files::{
        manifest,
        records::{Fault, Faults, Source, Why},
    },
};

use self::staging::{Chunk, Staging};
use crate::store::{
    Store, StoreError, Transaction,
    audit::{self, Entry, Event},
};

/// How an import goes.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions<'a> {
    /// Take hashes below OWASP's minimum, of tests.
    pub allow_weak: bool,
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
    /// So many records are to be read.
    Begun {
        /// Records of runs that the store doesn't have.
        records: u64,
    },
    /// So many have been read and staged.
    Read {
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
    /// Tokens that came into the store.
    pub tokens: u64,
    /// Tokens that were there already, with the same record.
    pub known: u64,
    /// Older tokens that were voided by these.
    pub voided: u64,
    /// Of `tokens` those that came in voided, since the store has newer ones of their holders.
    pub late: u64,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Something is wrong with the records.
    #[error("{0}\nnothing was imported")]
    Faulty(Faults),
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database says no, or is gone.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that has no text.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Imports sources that fit together.
///
/// # Errors
/// [`ImportError`]; the store is as it was then.
pub fn import(
    store: &mut Store,
    sources: &[Source],
    options: &ImportOptions<'_>,
    on_event: &mut dyn FnMut(ImportEvent),
) -> Result<Vec<Imported>, ImportError> {
    let mut transaction = store.begin()?;
    let mut staging = Staging::begin(&mut transaction)?;
    let mut faults = Faults::default();
    let mut imported = Vec::new();
    let mut unread = Vec::new();
    for source in sources {
        let mut is_known = false;
        if let Some(known) = staging::find_run(&mut transaction, source.run_id())? {
            let manifest = source.manifest().map(|(_, sha256)| sha256.to_string());
            is_known = manifest == known.manifest_sha256;
            if !is_known {
                let file = source.path().join(manifest::NAME);
                faults.add(Fault { file, line: None, why: Why::OtherManifest });
            }
        }
        unread.push(!is_known);
        imported.push(Imported {
            path: source.path().to_owned(),
            run: source.run_id().to_owned(),
            tokens: 0,
            known: if is_known { source.records() } else { 0 },
            voided: 0,
            late: 0,
        });
    }
    let to_read = || sources.iter().zip(&unread).filter(|(_, unread)| **unread);
    on_event(ImportEvent::Begun { records: to_read().map(|(source, _)| source.records()).sum() });

    let mut work = Work {
        transaction: &mut transaction,
        staging: &mut staging,
        options,
        chunk: Chunk::default(),
        read: 0,
        on_event,
    };
    for (index, source) in sources.iter().enumerate().filter(|(index, _)| unread[*index]) {
        work.source(source, &mut imported[index], &mut faults)?;
    }
    if faults.count() > 0 {
        return Err(ImportError::Faulty(faults));
    }
    let changes = imported.iter().any(|imported| imported.tokens > 0);
    if changes && !options.dry_run {
        tell(&mut transaction, &imported, options)?;
        staging::end(&mut transaction)?;
        transaction.commit()?;
    }
    Ok(imported)
}

/// An import at work.
struct Work<'a, 's> {
    transaction: &'a mut Transaction<'s>,
    staging: &'a mut Staging,
    options: &'a ImportOptions<'a>,
    chunk: Chunk,
    read: u64,
    on_event: &'a mut dyn FnMut(ImportEvent),
}

impl Work<'_, '_> {
    fn source(
        &mut self,
        source: &Source,
        imported: &mut Imported,
        faults: &mut Faults,
    ) -> Result<(), ImportError> {
        if let Some((manifest, _)) = source.manifest()
            && let Err(weak) = manifest.parameters.scheme.require_minimum()
            && !self.options.allow_weak
        {
            let file = source.path().join(manifest::NAME);
            faults.add(Fault { file, line: None, why: Why::Weak(weak) });
        }
        self.staging.is_run_there = false;
        source.read(faults, &mut |line, faults| {
            // Those of a run are what its manifest says.
            if source.manifest().is_none() && !self.options.allow_weak {
                let weak = |(_, hash): (_, &tokenkaart_token::hash::PhcString)| {
                    hash.scheme().require_minimum().err()
                };
                if let Some(weak) = line.record.hashes().find_map(weak) {
                    let (file, line) = (line.file.to_owned(), Some(line.number));
                    faults.add(Fault { file, line, why: Why::Weak(weak) });
                }
            }
            self.chunk.add(line);
            if self.chunk.is_full() {
                self.flush(source, imported, faults)?;
            }
            Ok::<(), ImportError>(())
        })?;
        self.flush(source, imported, faults)
    }

    /// Stages what was read, holds it against the store and writes it.
    fn flush(
        &mut self,
        source: &Source,
        imported: &mut Imported,
        faults: &mut Faults,
    ) -> Result<(), ImportError> {
        let chunk = std::mem::take(&mut self.chunk);
        if chunk.is_empty() {
            return Ok(());
        }
        self.read += chunk.len();
        let known = self.staging.stage(self.transaction, &chunk, faults)?;
        let fresh = chunk.len() - known.len() as u64;
        imported.known += known.len() as u64;
        if faults.count() == 0 && fresh > 0 {
            imported.tokens += fresh;
            imported.late += staging::find_late(self.transaction)?;
            imported.voided += if self.options.dry_run {
                staging::would_void(self.transaction)?
            } else {
                let now = self.options.now;
                self.staging.write(self.transaction, source, &chunk, &known, now)?
            };
        }
        (self.on_event)(ImportEvent::Read { records: self.read });
        Ok(())
    }
}

/// The audit: a row a run, and one a voided token. It comes last, for its head stays locked.
fn tell(
    transaction: &mut Transaction<'_>,
    imported: &[Imported],
    options: &ImportOptions<'_>,
) -> Result<(), StoreError> {
    for run in imported.iter().filter(|run| run.tokens > 0) {
        let detail = format!("run {}, {} tokens", run.run, run.tokens);
        let entry = Entry {
            event: Event::Imported,
            holder: None,
            serial: None,
            position: None,
            detail: &detail,
        };
        audit::append(transaction, options.now, options.actor, &[entry])?;
    }
    let mut last = 0;
    loop {
        let voided = staging::voided_after(transaction, last)?;
        let Some(end) = voided.last() else { return Ok(()) };
        last = end.number;
        let entries: Vec<Entry<'_>> = voided
            .iter()
            .map(|voided| Entry {
                event: Event::Voided,
                holder: Some(&voided.holder),
                serial: Some(&voided.serial),
                position: None,
                detail: &voided.reason,
            })
            .collect();
        audit::append(transaction, options.now, options.actor, &entries)?;
    }
}
