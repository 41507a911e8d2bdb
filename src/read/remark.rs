//! What was mended while a file was read: counted, and told in a line each.

use std::{collections::BTreeSet, path::Path};

use super::{
    fault::Place,
    notice::{Mended, Notice},
};

/// Something that was mended in a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Remark {
    /// A character of a name that nobody sees was left out, or a blank made the plain one.
    Cleaned(char),
    /// Leading zeros of a national register number were put back, as its check says.
    Zeros,
    /// A name or an address has letters that are seldom right.
    Doubtful,
    /// The row was the header once more, and was skipped.
    Header,
    /// The row was hidden, and was skipped or printed as was asked for.
    Hidden,
}

/// All that was mended in a file.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    cleaned: Option<Mended>,
    /// The characters that were left out; a few of them, if there are very many.
    characters: BTreeSet<char>,
    zeros: Option<Mended>,
    doubtful: Option<Mended>,
    headers: Option<Mended>,
    hidden: Option<Mended>,
}

impl Remarks {
    /// Counts what was mended in a row; what stands twice there counts once.
    pub(super) fn add(&mut self, place: Place, remarks: &[Remark]) {
        const MAX_CHARACTERS: usize = 10;
        let (mut is_cleaned, mut is_doubtful) = (false, false);
        for remark in remarks {
            match remark {
                Remark::Cleaned(character) => {
                    if !is_cleaned {
                        Mended::add(place, &mut self.cleaned);
                    }
                    is_cleaned = true;
                    if self.characters.len() < MAX_CHARACTERS {
                        self.characters.insert(*character);
                    }
                }
                Remark::Doubtful => {
                    if !is_doubtful {
                        Mended::add(place, &mut self.doubtful);
                    }
                    is_doubtful = true;
                }
                Remark::Zeros => Mended::add(place, &mut self.zeros),
                Remark::Header => Mended::add(place, &mut self.headers),
                Remark::Hidden => Mended::add(place, &mut self.hidden),
            }
        }
    }

    /// What the operator should know of it.
    pub(super) fn into_notices(
        self,
        path: &Path,
        are_printed: bool,
    ) -> impl Iterator<Item = Notice> {
        let path = || path.to_owned();
        let Self { cleaned, characters, zeros, doubtful, headers, hidden } = self;
        let characters = characters.into_iter().collect();
        [
            headers.map(|rows| Notice::RepeatedHeader { path: path(), rows }),
            hidden.map(|rows| Notice::HiddenRows { path: path(), rows, are_printed }),
            zeros.map(|rows| Notice::MendedNumbers { path: path(), rows }),
            cleaned.map(|rows| Notice::CleanedNames { path: path(), rows, characters }),
            doubtful.map(|rows| Notice::DoubtfulNames { path: path(), rows }),
        ]
        .into_iter()
        .flatten()
    }
}
