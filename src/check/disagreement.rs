//! What doesn't agree, and where; never with a code in it.

use std::fmt;

use tokenkaart_token::{
    holder::HolderId,
    record::RecordError,
    shell::harmless,
    sign::SignatureError,
    token::{Position, Serial, Slip},
};

use crate::{
    paper::{CodesError, PaperError},
    seal::UnsealError,
    symbol::mark::{Mark, Sequence},
};

/// Why ink may not be that of its text.
const ASTRAY: &str = "something lies over or under it, or it is pale, cut off, moved, or of other \
                      glyphs";

/// One thing that doesn't agree with another.
#[derive(Debug)]
pub struct Disagreement {
    /// The file, from the run folder, `/` between its parts.
    pub file: String,
    /// Where in the file.
    pub place: FilePlace,
    /// The card it is about, if that is known.
    pub serial: Option<Serial>,
    /// What is wrong.
    pub fault: Mismatch,
}

/// Where in a file something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FilePlace {
    /// Somewhere, or everywhere.
    File,
    /// A line, the first being 1.
    Line(usize),
    /// A page, the first being 1.
    Page(usize),
    /// A card's place on a sheet.
    Cell {
        /// The page, the first being 1.
        page: usize,
        /// The place, the first being 1, along the first row and then the second; on a page of
        /// backs it is that of the card's front.
        cell: usize,
    },
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Page(page) => write!(f, "page {page}"),
            Self::Cell { page, cell } => write!(f, "page {page}, place {cell}"),
        }
    }
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The manifest does not have the digest that it says it has.
    #[error("the manifest was changed since it was written; print none of the run")]
    ManifestChanged,
    /// The manifest is none.
    #[error("this is no manifest of this program ({0}); print none of the run")]
    NoManifest(String),
    /// Nobody who may sign signed the manifest.
    #[error("{0}")]
    Signature(SignatureError),
    /// The manifest is not signed.
    #[error("the manifest is not signed, so nobody knows who made this run; print none of it")]
    Unsigned,
    /// Sealed cards that can't be opened.
    #[error("{0}")]
    Sealed(UnsealError),
    /// Cards that lie open though they should be sealed.
    #[error(
        "this file should be sealed and can be read by anybody; destroy the run and issue the cards again"
    )]
    NotSealed,
    /// Cards of one run, some sealed and some not, or sealed to nobody.
    #[error("the run's parameters and this file's name differ in whether it is sealed")]
    SealedOtherwise,
    /// A listed file is gone.
    #[error("the manifest lists this file and it is not there")]
    Missing,
    /// Cards that should have been destroyed.
    #[error(
        "the paper should be destroyed, and whoever reads this file has its codes; destroy it too"
    )]
    PaperThere,
    /// A file is there that no list names.
    #[error("the manifest does not list this file; move it out of the run folder")]
    Unlisted,
    /// A link, a folder or a device in a file's place.
    #[error("this is not a plain file")]
    NotAFile,
    /// Two entries of the manifest name one file.
    #[error("the manifest lists this file twice")]
    ListedTwice,
    /// An entry of the manifest that leads out of the run folder.
    #[error("the manifest lists a file that is not in the run folder; it was left alone")]
    Outside,
    /// Not the bytes that were written.
    #[error(
        "the file was changed since it was written (its size or SHA-256 is not the listed one)"
    )]
    Changed,
    /// Too large to be read.
    #[error("the file has {bytes} bytes, far more than any that this program writes")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// A count that differs from what is there.
    #[error("{listed} {what} are listed and {found} are there")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many the list has.
        listed: u64,
        /// How many there are.
        found: u64,
    },
    /// A file that has another number of pages than its cards take.
    #[error("{listed} pages are listed, and its {cards} cards take {wanted}")]
    Pages {
        /// The pages in the list.
        listed: u32,
        /// The cards, by the list.
        cards: u32,
        /// The pages they take.
        wanted: u64,
    },
    /// Fronts without backs, or backs that nobody asked for.
    #[error("{listed} pages a card or sheet are listed, and a run like this has {wanted}")]
    PagesPerCard {
        /// What the list says.
        listed: u32,
        /// What follows from the run's parameters.
        wanted: usize,
    },
    /// The journal is none.
    #[error("this is no line of a journal: {0}")]
    JournalLine(String),
    /// The journal and the manifest tell different things.
    #[error("the journal and the manifest differ in {0}")]
    Journal(&'static str),
    /// The journal and the manifest tell different things of a bundle.
    #[error("the journal and the manifest differ in {what} of bundle {number}")]
    JournalBundle {
        /// The bundle.
        number: u32,
        /// In what.
        what: &'static str,
    },
    /// The list of envelopes and the journal tell different things.
    #[error("{0}; print none of the run")]
    Mail(&'static str),
    /// A line of the records is no record.
    #[error("the line {0}")]
    NotARecord(RecordError),
    /// The records are not text.
    #[error("the records are not UTF-8")]
    NotText,
    /// The records end in the middle of a line.
    #[error("the last line is cut off")]
    CutOff,
    /// A record and the manifest tell different things.
    #[error("the record and the manifest differ in {0}")]
    Record(&'static str),
    /// A record is not where the journal says that it is.
    #[error("the journal has another serial in this place")]
    OutOfOrder,
    /// A holder has two tokens in one run.
    #[error("holder {holder} has another record in this run, on line {line} of {file}")]
    HolderTwice {
        /// The holder.
        holder: HolderId,
        /// The file of the earlier record.
        file: String,
        /// Its line.
        line: usize,
    },
    /// Two records have one serial.
    #[error("another record in this run has this serial, on line {line} of {file}")]
    SerialTwice {
        /// The file of the earlier record.
        file: String,
        /// Its line.
        line: usize,
    },
    /// A record of somebody whom the holder file hasn't.
    #[error("the record is of holder {0}, who is not in the holder file")]
    NotInFile(HolderId),
    /// Another name or address than that of the record's holder.
    #[error(
        "\"{}\" is printed, and holder {holder} of its record is \"{}\" in the holder file",
        harmless(.found),
        harmless(.expected)
    )]
    OtherHolder {
        /// The holder of the record.
        holder: HolderId,
        /// What is printed; a word that may be of a code isn't in it.
        found: String,
        /// What should be.
        expected: String,
    },
    /// A record without a card.
    #[error("no card bears the serial of this record")]
    NoCard,
    /// A card without a record.
    #[error("no record of this bundle has the serial of this card")]
    NoRecord,
    /// A card that doesn't say where it belongs.
    #[error("no sequence in the run can be read, and each card of this run has one")]
    NoSequence,
    /// A card in another's place.
    #[error("this is card {found}, and {wanted} belongs here")]
    OutOfSequence {
        /// What it says it is.
        found: Sequence,
        /// What it should be.
        wanted: Sequence,
    },
    /// No Data Matrix, or one that can't be read.
    #[error("no mark for inserting machines can be read, and each page of this run has one")]
    NoMark,
    /// A Data Matrix that no order asks for.
    #[error("there is a Data Matrix, and the run's pages bear no mark")]
    MarkUnexpected,
    /// A Data Matrix of another page.
    #[error("{}", mark_of(found.as_ref()))]
    MarkDiffers {
        /// What it says, if it is a mark.
        found: Option<Mark>,
    },
    /// A secret where machines read it.
    #[error("a Data Matrix gives away the code at position {0}; destroy this card")]
    MarkHoldsCode(Position),
    /// Two cards with one serial.
    #[error("{0} has this serial too")]
    CardTwice(FilePlace),
    /// Nothing where a card should be.
    #[error("a card belongs here, and neither serial nor codes can be read")]
    Blank,
    /// Something where no card should be.
    #[error("no card belongs here, and something of one stands here")]
    Stray,
    /// The back of another card.
    #[error("the back has the serial of another card, {0}")]
    ForeignBack(Serial),
    /// Secrets on the face that is shown.
    #[error("the back shows a code at {}; destroy this card", at(.0))]
    CodesOnBack(Vec<Position>),
    /// A QR code on the face that has none.
    #[error("there is a QR code on the back, and no design has one there")]
    QrOnBack,
    /// The paper can't be read.
    #[error("{0}")]
    Paper(PaperError),
    /// A card that can't be told from others.
    #[error("no serial can be read on this card")]
    NoSerial,
    /// A card with several serials.
    #[error("this card has {0} different serials")]
    ManySerials(usize),
    /// Numbers and codes can't be told apart.
    #[error("{0}")]
    Codes(CodesError),
    /// Positions without a code.
    #[error("no code can be read at {}", at(.0))]
    MissingCodes(Vec<Position>),
    /// Ink that is not that of what the text says.
    #[error(
        "the ink at {} is not that of the codes and numbers that the file has there: {ASTRAY}",
        at(.0)
    )]
    InkOfCodes(Vec<Position>),
    /// The same of another text.
    #[error("the ink of the text `{}` is not that of its letters: {ASTRAY}", harmless(.0))]
    InkOfText(String),
    /// A page of another size than the design's.
    #[error(
        "the page is {:.1} × {:.1} mm, and its design has {:.1} × {:.1} mm",
        found[0], found[1], wanted[0], wanted[1]
    )]
    PageSize {
        /// Its width and height, in mm.
        found: [f64; 2],
        /// What they should be.
        wanted: [f64; 2],
    },
    /// What is shown on a screen and not on paper, or the other way round.
    #[error(
        "the page has annotations, layers or a unit of its own, so that it is printed otherwise \
         than it is shown"
    )]
    PrintsOtherwise,
    /// What is printed is no code of the run.
    #[error("what is printed at position {position} is not a code: {slip}")]
    NotACode {
        /// The position.
        position: Position,
        /// Why not.
        slip: Slip,
    },
    /// One code at two positions.
    #[error("the same code is printed at positions {0} and {1}")]
    SameCode(Position, Position),
    /// The hash is not the code's.
    #[error(
        "the code printed at position {0} does not fit its hash, so nobody could sign in with it"
    )]
    WrongCode(Position),
    /// The QR code is not there or can't be read.
    #[error("no QR code can be read, and the run has a sign-in page")]
    QrMissing,
    /// The QR code leads elsewhere.
    #[error("a QR code leads elsewhere than to the run's sign-in page for this card")]
    QrDiffers,
    /// A QR code that should not be there.
    #[error("there is a QR code, and the run has no sign-in page")]
    QrUnexpected,
    /// A secret where machines read it.
    #[error("a QR code gives away the code at position {0}; destroy this card")]
    QrHoldsCode(Position),
}

/// Whose mark was read; what is no mark isn't shown, since it could be anything.
fn mark_of(found: Option<&Mark>) -> String {
    found.map_or_else(
        || "the Data Matrix holds no mark of this program".to_owned(),
        |mark| {
            let (page, pages, sequence) = (mark.page(), mark.pages(), mark.sequence());
            let run = mark.run();
            format!(
                "the mark is that of page {page} of {pages} of envelope {sequence} of run {run}"
            )
        },
    )
}

fn at(positions: &[Position]) -> String {
    let numbers: Vec<String> = positions.iter().map(ToString::to_string).collect();
    let word = if numbers.len() == 1 { "position" } else { "positions" };
    format!("{word} {}", numbers.join(", "))
}

impl Disagreement {
    pub(super) fn new(
        file: &str,
        place: FilePlace,
        serial: Option<&Serial>,
        fault: Mismatch,
    ) -> Self {
        Self { file: file.to_owned(), place, serial: serial.cloned(), fault }
    }

    pub(super) fn in_file(file: &str, fault: Mismatch) -> Self {
        Self::new(file, FilePlace::File, None, fault)
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.place != FilePlace::File {
            write!(f, ", {}", self.place)?;
        }
        if let Some(serial) = &self.serial {
            write!(f, ", card {serial}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disagreement_names_file_page_and_serial() {
        let serial: Serial = "2222-2222-2222-2222".parse().unwrap();
        let position = |number| Position::new(number).unwrap();
        let fault = Mismatch::MissingCodes(vec![position(3), position(24)]);
        let disagreement =
            Disagreement::new("cards/0001.pdf", FilePlace::Page(7), Some(&serial), fault);
        assert_eq!(
            disagreement.to_string(),
            "cards/0001.pdf, page 7, card 2222-2222-2222-2222: \
             no code can be read at positions 3, 24"
        );
        assert_eq!(
            Disagreement::in_file("a.pdf", Mismatch::MissingCodes(vec![position(1)])).to_string(),
            "a.pdf: no code can be read at position 1"
        );
    }
}
