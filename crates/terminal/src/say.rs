//! How things went, in exit codes and words.

use std::{error::Error, fmt, process::ExitCode};

/// How a command ended; the exit codes are documented in `--help` and the README.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// All is done.
    Done,
    /// It is done, and something must be looked at.
    Complaints,
    /// Nothing was done.
    CouldNotRun,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Complaints => 1,
            Outcome::CouldNotRun => 2,
        })
    }
}

/// Why a command could not run.
#[derive(Debug)]
pub struct Failure {
    cause: Box<dyn Error + Send + Sync>,
    after: String,
}

impl Failure {
    /// With these lines.
    pub fn new(lines: impl Into<String>) -> Self {
        Self { cause: lines.into().into(), after: String::new() }
    }

    /// The same, and then this.
    #[must_use]
    pub fn followed_by(mut self, text: &str) -> Self {
        self.after.push_str(text);
        self
    }

    /// The same with what this program knows to do about the cause, right after it.
    #[must_use]
    pub fn remedied(mut self, remedy: impl FnOnce(&(dyn Error + 'static)) -> String) -> Self {
        self.after.insert_str(0, &remedy(&*self.cause));
        self
    }
}

/// The lines that the user reads.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}{}", self.cause, self.after)
    }
}

/// The error is kept, so that [`Failure::remedied`] can tell what it is.
impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { cause: Box::new(error), after: String::new() }
    }
}

/// `1 card`, `43 cards`, `1 000 000 cards`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A number with its digits in groups of three, as ISO 80000-1 §7.3.1 writes it.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 6);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `40 s`, `12 min`, `7 h 30 min`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    // A run is far shorter than 2^64 seconds.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_read_well() {
        assert_eq!(count(1, "card", "cards"), "1 card");
        assert_eq!(count(1_000_000, "card", "cards"), "1 000 000 cards");
        assert_eq!(grouped(2400), "2400");
        assert_eq!(grouped(24_000), "24 000");
        assert_eq!(
            [0.4, 119.0, 150.0, 27_000.0].map(duration),
            ["0 s", "119 s", "3 min", "7 h 30 min"]
        );
    }
}
