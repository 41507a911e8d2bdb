//! Why nobody gets a card: holders and rows of lists that stand in the way, all told at once.

use std::{error::Error, fmt, path::PathBuf};

use tokenkaart_token::{
    holder::HolderId, listed::Listed, record::MAX_VOIDED, shell::shown, token::Serial,
};

use super::serial_fault::SerialFault;
use crate::{
    layout::LayoutError,
    read::{Excerpt, Place},
};

/// All that stands in the way of a plan: the first ones, and how many there are.
#[derive(Debug, Default)]
pub struct Refusal {
    pub(super) file: Option<PathBuf>,
    pub(super) refused: Listed<Refused>,
}

/// One thing that stands in the way.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused {
    /// A row of a list of serials.
    Serial(SerialFault),
    /// A holder who can't get a card.
    Holder {
        /// Where the holder file has the holder.
        place: Option<Place>,
        /// Who it is: the name that can't be printed, or the id.
        value: Excerpt,
        /// Why.
        why: WhyRefused,
    },
    /// A holder whose token is to be reissued is not in the holder file.
    Absent {
        /// The serial of the token.
        serial: Serial,
        /// Who it is.
        id: HolderId,
    },
    /// A holder of a list is not in the holder file.
    NotInFile {
        /// The list.
        list: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Who it is.
        id: HolderId,
    },
}

/// Why a holder can't get a card.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WhyRefused {
    /// The card can't be laid out.
    #[error(transparent)]
    Layout(LayoutError),
    /// There is a token already.
    #[error(
        "has a token already, by {}; take the holder out, skip those who have one, or let the new \
         token void the old one",
        shown(.by)
    )]
    Known {
        /// The run or list that says so.
        by: PathBuf,
    },
    /// There is a token already, and it is not the one that is reissued.
    #[error(
        "has another token already; take the serial out of the list, or let the holder have one \
         token more"
    )]
    Reissued,
    /// A record can't name all tokens that are to be voided.
    #[error(
        "has {0} tokens to void, and a record names at most {MAX_VOIDED}; name fewer serials or \
         fewer runs"
    )]
    TooManyVoids(usize),
}

impl Refusal {
    /// The first of what stands in the way.
    #[must_use]
    pub fn first(&self) -> &[Refused] {
        self.refused.kept()
    }

    /// How many stand in the way.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.refused.count()
    }

    fn write(&self, refused: &Refused, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_deref().map_or("the holder file".to_owned(), shown);
        match refused {
            Refused::Serial(fault) => write!(f, "{fault}"),
            Refused::Holder { place: Some(place), value, why } => {
                write!(f, "{file}: {place}, value \"{value}\": {why}")
            }
            Refused::Holder { place: None, value, why } => write!(f, "\"{value}\": {why}"),
            Refused::Absent { serial, id } => write!(
                f,
                "{file}: holder \"{}\", of serial {serial}, is not there; have a file sent in \
                 which all are, for the run keeps no names",
                Excerpt::new(id.as_str())
            ),
            Refused::NotInFile { list, line, id } => write!(
                f,
                "{}:{line}: holder \"{}\" is not in {file}; take the line out, or have a file \
                 sent in which all are",
                shown(list),
                Excerpt::new(id.as_str())
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.total() > 1 {
            writeln!(f, "{} faults, so no card is made:", self.total())?;
        }
        for (index, refused) in self.first().iter().enumerate() {
            f.write_str(if index > 0 { "\n" } else { "" })?;
            self.write(refused, f)?;
        }
        match self.refused.more() {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

impl Error for Refusal {}
