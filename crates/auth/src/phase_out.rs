//! The phase-out of the token: applications that take it until a day, and say so before.
//!
//! A day ends at midnight of the office's zone. Nothing here reads a clock or a store: what is known
//! of the day is an argument, and [`crate::session::Demand::decide`] says what follows.

use jiff::civil::{Date, Weekday};

use crate::Key;

/// What an application has said of its last day with the token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PhaseOut {
    /// The day from which people are warned.
    pub warn_from: Date,
    /// The last day on which the token is taken.
    pub last_day: Date,
    /// The keys that stay after it.
    pub stay: Vec<Key>,
}

/// How an application stands to the token now.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Phase {
    /// It takes the token like any other of its keys.
    #[default]
    Open,
    /// It takes it still, and people are told until when.
    Warned {
        /// The last day on which it is taken.
        last_day: Date,
    },
    /// It takes it no longer.
    Over {
        /// The last day on which it was taken.
        last_day: Date,
        /// The keys that stay.
        stay: Vec<Key>,
    },
}

impl PhaseOut {
    /// How it stands on a day, where `is_closed` says that the last day was seen to be past before:
    /// a clock that leaps back opens nothing again.
    #[must_use]
    pub fn on(&self, today: Date, is_closed: bool) -> Phase {
        let last_day = self.last_day;
        if is_closed || today > last_day {
            Phase::Over { last_day, stay: self.stay.clone() }
        } else if today >= self.warn_from {
            Phase::Warned { last_day }
        } else {
            Phase::Open
        }
    }
}

impl Phase {
    /// Whether a key is among those that are left.
    #[must_use]
    pub fn leaves(&self, key: Key) -> bool {
        match self {
            Self::Open | Self::Warned { .. } => true,
            Self::Over { stay, .. } => key != Key::Token && stay.contains(&key),
        }
    }

    /// The last day, where somebody who comes by a key is to be told of it first.
    #[must_use]
    pub fn warns_of(&self, key: Key) -> Option<Date> {
        match self {
            Self::Warned { last_day } if key == Key::Token => Some(*last_day),
            _ => None,
        }
    }
}

/// The Monday of a day's week (ISO 8601).
#[must_use]
pub fn week_of(day: Date) -> Date {
    let since_monday = day.weekday().since(Weekday::Monday);
    // The first days that can be written have no Monday before them.
    day.checked_sub(jiff::Span::new().days(since_monday)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        assert_eq!(week_of(date(2026, 11, 28)), date(2026, 11, 23));
        assert_eq!(week_of(date(2026, 11, 23)), date(2026, 11, 23));
        assert_eq!(week_of(date(2026, 11, 29)), date(2026, 11, 23));
        assert_eq!(week_of(date(2027, 1, 1)), date(2026, 12, 28));
    }
}
