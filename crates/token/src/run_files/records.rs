//! The records of finished runs, read back line by line and held to their manifests.
//!
//! What is wrong is collected, file by file and line by line, while the records go on to whoever
//! wants them: he takes none of them in the end if there is a fault. Nothing grows with the
//! number of records.

mod fault;
mod lines;
mod parsed;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

pub use self::fault::{Faults, RecordFault, Why};
use self::{lines::RecordLines, parsed::parsed};
use crate::{
    files::{self, FileError, Sha256Digest},
    record::Record,
    run_files::{
        differences,
        manifest::{self, Manifest, ManifestError, Vouching},
        parts::{self, PartFault},
    },
    shard::Shard,
    shell::shown,
};

/// Where records come from: a finished run, or a file of records alone.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    run: String,
    manifest: Option<(Manifest, Sha256Digest)>,
    records: u64,
    /// The fingerprint of who signed it, where somebody has looked.
    signer: Option<String>,
}

/// A record and where it was read.
#[derive(Debug)]
pub struct RecordLine<'a> {
    /// Its file.
    pub file: &'a Path,
    /// Its line, from 1.
    pub number: u64,
    /// The SHA-256 of what it says, however the line is written: of the line that this program writes
    /// of it, without a line feed.
    pub sha256: Sha256Digest,
    /// What it says.
    pub record: Record,
}

/// Why there are no records to read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no finished run.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Several runs that are neither of their own nor the parts of one.
    #[error("{}", in_lines(.0))]
    Parts(Vec<PartFault>),
    /// One part of a run without the others.
    #[error(
        "{} is shard {shard} of a run; name the folders of all {}",
        shown(.run), shard.of()
    )]
    ShardAlone {
        /// Its folder.
        run: PathBuf,
        /// Which part it is.
        shard: Shard,
    },
    /// The same records twice.
    #[error("{} has the same records as {}; name one of them", shown(.path), shown(.first))]
    Twice {
        /// The file.
        path: PathBuf,
        /// The one before it.
        first: PathBuf,
    },
}

fn in_lines(faults: &[PartFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Source {
    /// A finished run, vouched for as is demanded.
    ///
    /// # Errors
    /// [`SourceError`] when it has no manifest, or one that was changed, or nobody vouches for it
    /// who should.
    pub fn run(folder: &Path, vouching: Vouching<'_>) -> Result<Self, SourceError> {
        let (manifest, sha256, signer) = Manifest::read_vouched(folder, vouching)?;
        let listed = manifest.bundles.iter().map(|bundle| u64::from(bundle.records.records));
        Ok(Self {
            path: folder.to_owned(),
            run: manifest.run.clone(),
            records: listed.sum(),
            manifest: Some((manifest, sha256)),
            signer,
        })
    }

    /// A source of each path, or what is wrong with any of them.
    ///
    /// # Errors
    /// All that [`Source::run`] or [`Source::file`] say, as `open` calls them.
    pub fn all(
        paths: &[PathBuf],
        open: impl Fn(&Path) -> Result<Self, SourceError>,
    ) -> Result<Vec<Self>, Vec<SourceError>> {
        let (mut sources, mut errors) = (Vec::with_capacity(paths.len()), Vec::new());
        for path in paths {
            match open(path) {
                Ok(source) => sources.push(source),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(sources) } else { Err(errors) }
    }

    /// A file of records without its run; its SHA-256 stands for the run's id.
    ///
    /// # Errors
    /// [`SourceError`] when it can't be read.
    pub fn file(path: &Path) -> Result<Self, SourceError> {
        let (sha256, records) = lines::survey(path)?;
        let run = sha256.to_string();
        Ok(Self { path: path.to_owned(), run, manifest: None, records, signer: None })
    }

    /// The run's folder, or the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's id, 32 hexadecimal digits; of a file alone its SHA-256, 64 of them.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.run
    }

    /// The run's manifest and its SHA-256; a file alone has none.
    #[must_use]
    pub const fn manifest(&self) -> Option<&(Manifest, Sha256Digest)> {
        self.manifest.as_ref()
    }

    /// The fingerprint of who signed the run, if its signature was verified.
    #[must_use]
    pub fn signer(&self) -> Option<&str> {
        self.signer.as_deref()
    }

    /// Whether a signature lies beside the run's manifest, of whomever.
    #[must_use]
    pub fn has_signature(&self) -> bool {
        self.manifest.is_some() && manifest::has_signature(&self.path)
    }

    /// How many records there should be: those of the manifest, or the lines of the file.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Reads all records in order and adds what is wrong with them to `faults`; a line with a
    /// fault of its own goes to nobody. So many threads share what there is to parse.
    ///
    /// # Errors
    /// [`FileError`] when a file can't be read, or what `each` says.
    pub fn read<E: From<FileError>>(
        &self,
        threads: NonZeroUsize,
        faults: &mut Faults,
        each: &mut dyn FnMut(RecordLine<'_>, &mut Faults) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((manifest, _)) = &self.manifest else {
            let end = self.read_file(&self.path, threads, faults, each)?;
            if end.lines == 0 {
                faults.add(RecordFault::in_file(&self.path, Why::Empty));
            }
            if end.sha256.to_string() != self.run {
                faults.add(RecordFault::in_file(&self.path, Why::ChangedNow));
            }
            return Ok(());
        };
        if manifest.holders != self.records {
            let why = Why::Count { listed: manifest.holders, found: self.records };
            faults.add(RecordFault::in_file(&self.path.join(manifest::NAME), why));
        }
        for bundle in &manifest.bundles {
            let listed = &bundle.records;
            let Some(path) = files::inside(&self.path, &listed.path) else {
                faults.add(RecordFault::in_file(&self.path.join(&listed.path), Why::Outside));
                continue;
            };
            match files::kind(&path) {
                Ok(kind) if kind.is_file() => {}
                Ok(_) => {
                    faults.add(RecordFault::in_file(&path, Why::NotAFile));
                    continue;
                }
                Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => {
                    faults.add(RecordFault::in_file(&path, Why::Missing));
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            let end = self.read_file(&path, threads, faults, each)?;
            if end.lines != u64::from(listed.records) {
                let why = Why::Count { listed: listed.records.into(), found: end.lines };
                faults.add(RecordFault::in_file(&path, why));
            }
            if (end.sha256, end.bytes) != (listed.sha256, listed.bytes) {
                faults.add(RecordFault::in_file(&path, Why::Changed));
            }
        }
        Ok(())
    }

    fn read_file<E: From<FileError>>(
        &self,
        path: &Path,
        threads: NonZeroUsize,
        faults: &mut Faults,
        each: &mut dyn FnMut(RecordLine<'_>, &mut Faults) -> Result<(), E>,
    ) -> Result<lines::End, E> {
        let mut lines = RecordLines::open(path)?;
        loop {
            let read = lines.next_lines()?;
            if read.is_empty() {
                return Ok(lines.end());
            }
            for (number, parsed) in parsed(read, threads) {
                let at = |why| RecordFault { file: path.to_owned(), line: Some(number), why };
                let (record, sha256) = match parsed {
                    Ok(parsed) => parsed,
                    Err(why) => {
                        faults.add(at(why));
                        continue;
                    }
                };
                if let Some((manifest, _)) = &self.manifest {
                    for what in differences(&record, &manifest.parameters) {
                        faults.add(at(Why::Differs(what)));
                    }
                }
                each(RecordLine { file: path, number, sha256, record }, faults)?;
            }
        }
    }
}

/// Holds sources to one another: several runs are each of their own, or the parts of one, all of
/// them.
///
/// # Errors
/// [`SourceError`] when a part is missing, double or foreign, when one is alone and `shard_alone`
/// does not allow it, or when a run or a file is named twice.
pub fn fit_together(sources: &[Source], shard_alone: bool) -> Result<(), SourceError> {
    for (index, source) in sources.iter().enumerate() {
        let same = |other: &&Source| source.manifest.is_none() && other.run == source.run;
        if let Some(first) = sources[..index].iter().find(same) {
            return Err(SourceError::Twice {
                path: source.path.clone(),
                first: first.path.clone(),
            });
        }
    }
    let runs: Vec<(PathBuf, Manifest)> = sources
        .iter()
        .filter_map(|source| {
            let (manifest, _) = source.manifest.as_ref()?;
            Some((source.path.clone(), manifest.clone()))
        })
        .collect();
    match &runs[..] {
        [] => Ok(()),
        [(run, manifest)] => match &manifest.parameters.part {
            Some(part) if !shard_alone && part.shard.of() > 1 => {
                Err(SourceError::ShardAlone { run: run.clone(), shard: part.shard })
            }
            _ => Ok(()),
        },
        several => match parts::together(several) {
            faults if faults.is_empty() => Ok(()),
            faults => Err(SourceError::Parts(faults)),
        },
    }
}
