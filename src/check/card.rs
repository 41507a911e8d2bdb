//! What one card says, and whether that is what it should.

use zeroize::Zeroizing;

use super::disagreement::Fault;
use crate::{
    journal::Parameters,
    paper::{CodesError, Page, Paper, TextRun},
    token::{CodeFormat, Position, Serial},
};

/// A card as it was read from its pages.
pub(super) struct Card {
    /// The first page, from 1.
    pub(super) page: usize,
    /// None when it can't be read, which is among the faults.
    pub(super) serial: Option<Serial>,
    /// The symbols of the codes, at most one a position, in order.
    pub(super) codes: Vec<(Position, Zeroizing<String>)>,
    /// What is wrong with it alone, with the page.
    pub(super) faults: Vec<(usize, Fault)>,
    /// Whether a QR code was read.
    pub(super) has_qr: bool,
}

/// Reads the card that begins at a page, the first being 1.
pub(super) fn read(paper: &Paper, first: usize, pages: usize, parameters: &Parameters) -> Card {
    let mut texts = Texts::default();
    let mut faults = Vec::new();
    for number in first..first + pages {
        if let Err(fault) = paper
            .page(number)
            .map_err(Fault::Paper)
            .and_then(|page| texts.add(&page, &parameters.code_format))
        {
            faults.push((number, fault));
        }
    }
    let Texts { serials, codes, qr } = texts;
    let alone = judge(&serials, &codes, &qr, parameters);
    faults.extend(alone.into_iter().map(|fault| (first, fault)));
    let serial = match serials.as_slice() {
        [serial] => Some(serial.clone()),
        _ => None,
    };
    Card { page: first, serial, codes, faults, has_qr: !qr.is_empty() }
}

/// What stands on the pages of a card.
#[derive(Default)]
struct Texts {
    serials: Vec<Serial>,
    codes: Vec<(Position, Zeroizing<String>)>,
    qr: Vec<Zeroizing<String>>,
}

impl Texts {
    fn add(&mut self, page: &Page<'_>, format: &CodeFormat) -> Result<(), Fault> {
        for serial in page.lines().iter().flat_map(TextRun::words).filter_map(|w| serial(w.text()))
        {
            if !self.serials.contains(&serial) {
                self.serials.push(serial);
            }
        }
        let qr = page.qr_codes().map_err(Fault::Paper)?;
        self.qr.extend(qr.into_iter().map(Zeroizing::new));
        for (position, code) in page.codes(format).map_err(Fault::Codes)? {
            if self.codes.iter().any(|(other, _)| *other == position) {
                return Err(Fault::Codes(CodesError::Twice(position)));
            }
            self.codes.push((position, code));
        }
        self.codes.sort_by_key(|(position, _)| *position);
        Ok(())
    }
}

/// A serial as it is printed: all of it in one word, with its hyphens and in capitals.
fn serial(word: &str) -> Option<Serial> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let serial: Serial = word.parse().ok()?;
    (serial.to_string() == word).then_some(serial)
}

/// All that is wrong with a card by itself, whatever its hashes are.
fn judge(
    serials: &[Serial],
    codes: &[(Position, Zeroizing<String>)],
    qr: &[Zeroizing<String>],
    parameters: &Parameters,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    match serials {
        [_] => {}
        [] => faults.push(Fault::NoSerial),
        several => faults.push(Fault::ManySerials(several.len())),
    }
    let missing: Vec<Position> =
        Position::all().filter(|p| !codes.iter().any(|(other, _)| other == p)).collect();
    if !missing.is_empty() {
        faults.push(Fault::MissingCodes(missing));
    }
    for (index, (position, code)) in codes.iter().enumerate() {
        if let Some((other, _)) = codes[..index].iter().find(|(_, other)| other == code) {
            faults.push(Fault::SameCode(*other, *position));
        }
    }
    let wanted = match (&parameters.url, serials) {
        (Some(url), [serial]) => Some(url.replace("{serial}", &serial.to_string())),
        _ => None,
    };
    match (&parameters.url, qr) {
        (None, []) => {}
        (None, _) => faults.push(Fault::QrUnexpected),
        (Some(_), []) => faults.push(Fault::QrMissing),
        // What it should say is not known without the serial, which is a fault of its own.
        (Some(_), texts) => {
            let leads_elsewhere = |text: &Zeroizing<String>| Some(&**text) != wanted.as_ref();
            if serials.len() == 1 && texts.iter().any(leads_elsewhere) {
                faults.push(Fault::QrDiffers);
            }
        }
    }
    // What is printed by order of the run is no secret, whatever letters it has.
    let others = qr.iter().filter(|text| Some(&***text) != wanted.as_ref());
    faults.extend(others.filter_map(|text| given_away(text, codes)).map(Fault::QrHoldsCode));
    faults
}

/// The first code that a text has in it, in capitals or not, with separators or not.
fn given_away(text: &str, codes: &[(Position, Zeroizing<String>)]) -> Option<Position> {
    let mut symbols = Zeroizing::new(String::with_capacity(text.len()));
    symbols
        .extend(text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()));
    codes.iter().find(|(_, code)| symbols.contains(code.as_str())).map(|(position, _)| *position)
}
