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

/// Why a command could not run, in the lines that the user reads.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// With these lines.
    pub fn new(lines: impl Into<String>) -> Self {
        Self(lines.into())
    }

    /// The lines, without the word that says that they are an error.
    pub fn lines(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.0)
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// `1 card`, `43 cards`, `1 000 000 cards`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A number with its digits in groups of three, as ISO 80000-1 §7.3.1 writes it.
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
