//! A run's records in the words of other stores: SQL, CSV, LDIF.
//!
//! All records are read and held to their manifest before the first byte is written. They are
//! read once more to be written, and held to it again: a file that was changed in between ends
//! the export without a result. Of a code there is its hash, and nothing else.

mod cells;
mod ldif;
mod sql;

use std::{
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tokenkaart_token::{
    files::{FileError, Writing},
    record::{Record, RecordError},
    run_files::records::{Faults, Source},
};

pub use self::{
    ldif::{BaseDn, BaseDnError},
    sql::Dialect,
};
use crate::run::Stop;

/// In whose words.
#[derive(Clone, Debug)]
pub enum Format {
    /// Statements that make two tables and fill them, in one transaction.
    Sql(Dialect),
    /// A line a code, with a header (RFC 4180).
    Csv,
    /// An entry a token and one a code (RFC 2849).
    Ldif(BaseDn),
}

/// Where it goes.
pub enum Target<'a> {
    /// A file to make; it is whole or not there.
    File(&'a Path),
    /// Whatever takes bytes. When an export fails in the middle, its reader has a part.
    Stream(&'a mut dyn Write),
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// What an export reports while it works.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ExportEvent {
    /// The records are as their runs wrote them; so many are to be written.
    Checked {
        /// Tokens.
        tokens: u64,
    },
    /// One more is written.
    TokenWritten,
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Something is wrong with the records.
    #[error("{0}\nnothing was exported")]
    Faulty(Faults),
    /// A file can't be read or made.
    #[error(transparent)]
    File(#[from] FileError),
    /// What was begun can't be written to its end.
    #[error("cannot write {}: {source}", path.as_ref().map_or_else(
        || "to standard output".to_owned(), |path| path.display().to_string()
    ))]
    Write {
        /// The file; none for a stream.
        path: Option<PathBuf>,
        /// Why, in the system's words.
        source: io::Error,
    },
    /// A record that has no text.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// It was asked to stop.
    #[error("stopped; nothing was exported")]
    Stopped,
}

/// Writes the records of sources that fit together; gives the number of tokens.
///
/// # Errors
/// [`ExportError`]; no file is left behind then.
pub fn export(
    sources: &[Source],
    format: &Format,
    target: Target<'_>,
    stop: &Stop,
    on_event: &mut dyn FnMut(ExportEvent),
) -> Result<u64, ExportError> {
    let tokens = check(sources, stop)?;
    on_event(ExportEvent::Checked { tokens });
    match target {
        Target::File(path) => {
            let mut file = Writing::begin(path)?;
            write(sources, format, tokens, &mut file, stop, on_event).map_err(at(Some(path)))?;
            file.commit()?;
        }
        Target::Stream(stream) => {
            write(sources, format, tokens, stream, stop, on_event).map_err(at(None))?;
        }
    }
    Ok(tokens)
}

/// Reads everything once; nothing is written while there is a fault.
fn check(sources: &[Source], stop: &Stop) -> Result<u64, ExportError> {
    let mut faults = Faults::default();
    let mut tokens = 0;
    for source in sources {
        source.read(&mut faults, &mut |_, _| {
            tokens += 1;
            if stop.is_asked() { Err(ExportError::Stopped) } else { Ok(()) }
        })?;
    }
    if faults.count() > 0 { Err(ExportError::Faulty(faults)) } else { Ok(tokens) }
}

/// Why the second reading, that writes, ended early.
enum Broken {
    Write(io::Error),
    Other(ExportError),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<FileError> for Broken {
    fn from(error: FileError) -> Self {
        Self::Other(error.into())
    }
}

impl From<RecordError> for Broken {
    fn from(error: RecordError) -> Self {
        Self::Other(error.into())
    }
}

fn at(path: Option<&Path>) -> impl FnOnce(Broken) -> ExportError {
    move |broken| match broken {
        Broken::Write(source) => ExportError::Write { path: path.map(Path::to_owned), source },
        Broken::Other(error) => error,
    }
}

fn write(
    sources: &[Source],
    format: &Format,
    tokens: u64,
    out: &mut dyn Write,
    stop: &Stop,
    on_event: &mut dyn FnMut(ExportEvent),
) -> Result<(), Broken> {
    match format {
        Format::Sql(dialect) => sql::head(*dialect, tokens, out)?,
        Format::Csv => cells::head(out)?,
        Format::Ldif(_) => ldif::head(out)?,
    }
    let mut faults = Faults::default();
    for source in sources {
        source.read(&mut faults, &mut |line, _| {
            if stop.is_asked() {
                return Err(Broken::Other(ExportError::Stopped));
            }
            match format {
                Format::Sql(dialect) => sql::token(*dialect, &line.record, out)?,
                Format::Csv => cells::token(&line.record, out)?,
                Format::Ldif(base) => ldif::token(base, &line.record, out)?,
            }
            on_event(ExportEvent::TokenWritten);
            Ok(())
        })?;
    }
    if faults.count() > 0 {
        return Err(Broken::Other(ExportError::Faulty(faults)));
    }
    if let Format::Sql(dialect) = format {
        sql::tail(*dialect, out)?;
    }
    Ok(out.flush()?)
}

/// What codes of a token look like, as the record has it: an object of JSON.
fn code_format(record: &Record) -> Result<String, RecordError> {
    serde_json::to_string(record.code_format()).map_err(RecordError::Json)
}

/// The serials that a token voids, with a space between; none when it voids none.
fn voids(record: &Record) -> Option<String> {
    let serials: Vec<String> = record.voids().iter().map(ToString::to_string).collect();
    (!serials.is_empty()).then(|| serials.join(" "))
}
