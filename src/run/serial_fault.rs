//! Rows of a list of serials that name no token to reissue.

use std::{fmt, path::PathBuf};

use tokenkaart_token::{shell::shown, token::Serial};

/// A row of a list that names no token to reissue.
#[derive(Clone, Debug)]
pub struct SerialFault {
    /// The list.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub what: WrongSerial,
}

/// What is wrong with a row of a list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WrongSerial {
    /// It is none.
    NoSerial,
    /// It stands in the list already.
    Twice {
        /// The serial.
        serial: Serial,
        /// The line of the first one.
        first: u64,
    },
    /// It is of another run.
    Foreign {
        /// The serial.
        serial: Serial,
    },
}

impl fmt::Display for SerialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", shown(&self.path), self.line)?;
        match &self.what {
            WrongSerial::NoSerial => write!(
                f,
                "not a serial, which has 16 symbols in four groups, the last of which checks the \
                 others; correct it"
            ),
            WrongSerial::Twice { serial, first } => {
                write!(f, "serial {serial} is already on line {first}; delete one of the two")
            }
            WrongSerial::Foreign { serial } => {
                write!(f, "serial {serial} is not from this run; name the run it is from")
            }
        }
    }
}
