//! What a program says: results on standard output, all else on standard error.
//!
//! Either may be closed, or a pipe that nobody reads any more, or a file on a full disk. What nobody
//! reads of a run's progress is dropped; a result that is lost is an error, which tells what it
//! was where somebody may still listen. Nothing here panics.

use std::{
    error::Error,
    fmt,
    io::{self, Write},
};

use crate::{closed, say::Failure};

/// Prints a result as it is: what was done, or found out.
///
/// # Errors
/// [`Failure`] when it can't be written; the result is in it, so that it is told all the same.
pub fn result(text: &str) -> Result<(), Failure> {
    write_result(text).map_err(|why| Lost { why, result: Some(text.to_owned()) }.into())
}

/// Tells what is wrong with what was looked at: on standard error, and where nobody listens there
/// in place of a result.
///
/// # Errors
/// [`Failure`] when nobody listens anywhere.
pub fn finding(text: impl fmt::Display) -> Result<(), Failure> {
    let text = format!("{text}\n");
    if write_note(&text).is_ok() { Ok(()) } else { result(&text) }
}

/// Tells on standard error what can't be had once more, and doesn't belong to the result.
///
/// # Errors
/// [`Failure`] when nobody listens there.
pub fn aside(text: impl fmt::Display) -> Result<(), Failure> {
    write_note(&format!("{text}\n"))
        .map_err(|error| Failure::new(format!("cannot write to standard error ({error})")))
}

/// Tells on standard error how far something is, or what else is worth a look; it is dropped where
/// nobody reads that.
pub fn note(text: impl fmt::Display) {
    let _ = write_note(&format!("{text}\n"));
}

/// Holds that a document is whole which others printed on standard output.
pub(crate) fn require_whole(printed: io::Result<()>) -> Result<(), Failure> {
    printed.map_err(|error| lost(&error))?;
    Ok(Document { is_begun: true, ..Document::begin() }.flush()?)
}

fn write_result(text: &str) -> Result<(), String> {
    if closed::is_output_closed() {
        return Err("it is closed".to_owned());
    }
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| error.to_string())
}

fn write_note(text: &str) -> io::Result<()> {
    if closed::is_error_closed() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    // In one piece: several threads and several processes may write lines.
    io::stderr().lock().write_all(text.as_bytes())
}

/// A result that could not be written.
#[derive(Debug)]
struct Lost {
    why: String,
    /// What it was; a document that can be had once more isn't repeated.
    result: Option<String>,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write to standard output ({})", self.why)?;
        match &self.result {
            Some(result) => write!(f, ", which was to say:\n{}", result.trim_end()),
            None => write!(f, ", so what came out of it is not whole; don't use it"),
        }
    }
}

impl Error for Lost {}

/// A long result on its way to standard output. [`Write::flush`] must be its last word.
#[derive(Debug)]
pub struct Document {
    out: io::BufWriter<io::StdoutLock<'static>>,
    is_begun: bool,
}

impl Document {
    /// Begins one.
    #[must_use]
    pub fn begin() -> Self {
        let out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        Self { out, is_begun: false }
    }

    /// Leaves it as it is: what was not yet written, nobody is to have.
    pub fn abandon(self) {
        let _ = self.out.into_parts();
    }
}

impl Write for Document {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_begun = true;
        self.out.write(bytes).map_err(|error| lost(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_begun && closed::is_output_closed() {
            return Err(lost(&"it is closed"));
        }
        self.out.flush().map_err(|error| lost(&error))
    }
}

fn lost(why: &dyn fmt::Display) -> io::Error {
    io::Error::other(Lost { why: why.to_string(), result: None })
}
