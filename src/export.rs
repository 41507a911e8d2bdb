//! A run's records in the words of other stores: SQL, CSV, LDIF.
//!
//! All records are read and held to their manifest before the first byte is written. They are
//! read once more to be written, and held to it again: a file that was changed in between ends
//! the export without a result. Of a code there is its hash, and nothing else.

mod cells;
mod error;
mod fields;
mod ldif;
mod sql;

use std::{fmt, io::Write, num::NonZeroUsize, path::Path};

use tokenkaart_token::{
    files::Writing,
    run_files::records::{Faults, Source},
};

use self::error::Broken;
pub use self::{
    error::ExportError,
    ldif::{BaseDn, BaseDnError},
    sql::SqlDialect,
};
use crate::run::Stop;

/// In whose words.
#[derive(Clone, Debug)]
pub enum Format {
    /// Statements that make two tables and fill them, in one transaction.
    Sql(SqlDialect),
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
            write(sources, format, tokens, &mut file, stop, on_event)
                .map_err(|broken| broken.at(Some(path)))?;
            file.commit()?;
        }
        Target::Stream(stream) => {
            write(sources, format, tokens, stream, stop, on_event)
                .map_err(|broken| broken.at(None))?;
        }
    }
    Ok(tokens)
}

/// Reads everything once; nothing is written while there is a fault.
fn check(sources: &[Source], stop: &Stop) -> Result<u64, ExportError> {
    let mut faults = Faults::default();
    let mut tokens = 0;
    for source in sources {
        source.read(NonZeroUsize::MIN, &mut faults, &mut |_, _| {
            tokens += 1;
            if stop.is_asked() { Err(ExportError::Stopped) } else { Ok(()) }
        })?;
    }
    if faults.count() > 0 { Err(ExportError::Faulty(faults)) } else { Ok(tokens) }
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
        source.read(NonZeroUsize::MIN, &mut faults, &mut |line, _| {
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
