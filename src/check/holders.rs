//! Whose card each is: what is printed, held to a holder file by the id in the record.
//!
//! A run has no names. So whether An's card has An's codes on it is known only to who has the
//! holder file too: the record says whose the codes are, and the file what that holder is called.

use std::{
    collections::HashMap,
    fmt,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName, Line, PostalAddress, invisible},
    language::Language,
    listed::Listed,
    record::Record,
    run_files::Parameters,
    shard::Shard,
    shell::shown,
    token::{CodeFormat, Position},
};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::{
    card::Card,
    disagreement::{Disagreement, FilePlace, Mismatch},
    error::CheckError,
    records::CheckedRecord,
    report::Findings,
};
use crate::{
    design::Design,
    layout::{CardOptions, NamingPlaces, NamingText},
    paper::Region,
    read::{Place, Row, as_register_number},
};

/// By how much what is printed may miss its area: lengths are rounded on their way into a PDF.
const ROUNDING: f64 = 0.1;

/// The holders of a file, for whom the cards should be.
#[derive(Debug)]
pub struct ExpectedHolders {
    file: PathBuf,
    holders: HashMap<HolderId, Expected>,
    /// Ids that are register numbers in another form, by their eleven digits.
    register_numbers: HashMap<String, HolderId>,
}

/// What the file says of a holder.
#[derive(Debug)]
struct Expected {
    place: Place,
    language: Option<Language>,
    /// Name, street, postal code, city and country, a line each: of a million holders five texts
    /// each would take twice the memory.
    lines: Box<str>,
    /// Whether a record of what was checked is theirs.
    is_met: AtomicBool,
}

impl ExpectedHolders {
    /// Nobody yet, of a file that messages name.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self { file, holders: HashMap::new(), register_numbers: HashMap::new() }
    }

    /// Adds the holder of a row.
    pub fn add(&mut self, row: &Row) {
        let Holder { id, name, address, language, .. } = &row.holder;
        let PostalAddress { street, postal_code, city, country } = address;
        let parts = [street, postal_code, city, country];
        let parts = parts.map(|part| part.as_ref().map(Line::as_str).unwrap_or_default());
        let lines = format!("{name}\n{}", parts.join("\n")).into();
        let is_met = AtomicBool::new(false);
        let expected = Expected { place: row.place, language: *language, lines, is_met };
        self.holders.insert(id.clone(), expected);
        if let Some(number) = as_register_number(id.as_str()).filter(|n| n != id.as_str()) {
            self.register_numbers.insert(number, id.clone());
        }
    }

    /// The holder of a record, also where one of the two writes a register number otherwise.
    fn of(&self, id: &HolderId) -> Option<&Expected> {
        self.holders.get(id).or_else(|| {
            let number = as_register_number(id.as_str())?;
            let other = self.register_numbers.get(&number).cloned();
            self.holders.get(&other.or_else(|| HolderId::new(&number).ok())?)
        })
    }

    /// Holders of whom no record was seen, in the order of the file: all of them, or those of
    /// some shards.
    #[must_use]
    pub fn unmet(&self, shards: &[Shard]) -> Listed<Unmet> {
        let is_of_them = |id: &HolderId| shards.is_empty() || shards.iter().any(|s| s.has(id));
        let mut unmet: Vec<(&HolderId, Place)> = self
            .holders
            .iter()
            .filter(|(id, expected)| !expected.is_met.load(Ordering::Relaxed) && is_of_them(id))
            .map(|(id, expected)| (id, expected.place))
            .collect();
        unmet.sort_unstable_by_key(|(_, place)| *place);
        let unmet = unmet.into_iter().map(|(holder, place)| Unmet {
            file: self.file.clone(),
            place,
            holder: holder.clone(),
        });
        unmet.collect()
    }
}

impl Expected {
    /// The holder, as far as a card shows one.
    fn holder(&self, id: &HolderId) -> Option<Holder> {
        let mut lines = self.lines.split('\n');
        let name = HolderName::new(lines.next()?).ok()?;
        let mut line = || Line::new(lines.next().unwrap_or_default()).ok().flatten();
        let address =
            PostalAddress { street: line(), postal_code: line(), city: line(), country: line() };
        Some(Holder { address, ..Holder::new(id.clone(), name) })
    }
}

/// A holder of the file who has no card in what was checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unmet {
    /// The holder file.
    pub file: PathBuf,
    /// The holder's row.
    pub place: Place,
    /// The holder.
    pub holder: HolderId,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, holder } = self;
        write!(f, "{}: {place}: holder {holder} has no card in what was checked", shown(file))
    }
}

/// How the cards of one run say whom they are for.
pub(super) struct Naming<'a> {
    expected: &'a ExpectedHolders,
    places: NamingPlaces,
    language: Language,
    format: CodeFormat,
    regions: Vec<Region>,
}

impl<'a> Naming<'a> {
    /// Finds where the names of a run stand, by its design.
    pub(super) fn new(
        expected: &'a ExpectedHolders,
        design: Option<&Design>,
        parameters: &Parameters,
    ) -> Result<Self, CheckError> {
        let design = design.ok_or_else(|| CheckError::DesignNeeded(parameters.design.clone()))?;
        // Cards of a sheet lie where the manifest says; a page of its own has room for bleed.
        let bleed = if design.sheet.is_some() { 0.0 } else { f64::from(design.bleed.0) };
        let settings = options(parameters);
        let places = NamingPlaces { design: design.clone(), settings };
        let regions = places.areas().into_iter().map(|area| Region {
            x: f64::from(area.x.0) + bleed - ROUNDING,
            y: f64::from(area.y.0) + bleed - ROUNDING,
            width: f64::from(area.width.0) + 2.0 * ROUNDING,
            height: f64::from(area.height.0) + 2.0 * ROUNDING,
        });
        let regions = regions.collect();
        let Parameters { language, code_format: format, .. } = parameters.clone();
        Ok(Self { expected, places, language, format, regions })
    }

    /// Where names stand, from the corner of a card.
    pub(super) fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Notes whose records these are, and reports those of nobody in the file.
    pub(super) fn meet(&self, file: &str, lines: &[CheckedRecord], findings: &mut Findings<'_>) {
        for CheckedRecord { number, record } in lines {
            match self.expected.of(record.holder()) {
                Some(expected) => expected.is_met.store(true, Ordering::Relaxed),
                None => findings.add(Disagreement::new(
                    file,
                    FilePlace::Line(*number),
                    Some(record.serial()),
                    Mismatch::NotInFile(record.holder().clone()),
                )),
            }
        }
    }

    /// What a card says of another than the holder of its record.
    pub(super) fn judge(&self, card: &Card, record: &Record) -> Result<Vec<Mismatch>, CheckError> {
        let id = record.holder();
        // One who is not in the file has been told.
        let Some(expected) = self.expected.of(id) else { return Ok(Vec::new()) };
        let Some(holder) = expected.holder(id) else { return Ok(Vec::new()) };
        let language = expected.language.unwrap_or(self.language);
        let texts = self.places.texts(&holder, language, record.serial())?;
        let differs = |(printed, text): &(&Zeroizing<String>, NamingText)| {
            letters(printed) != letters(&text.lines.concat())
        };
        let others = card.names.iter().zip(texts).filter(differs);
        Ok(others
            .map(|(printed, text)| Mismatch::OtherHolder {
                holder: id.clone(),
                found: without_codes(printed, &card.codes, &self.format),
                expected: text.lines.join(", "),
            })
            .collect())
    }
}

/// What the texts of a run's cards are filled in with.
fn options(parameters: &Parameters) -> CardOptions {
    CardOptions {
        url: parameters.url.clone(),
        expires: parameters.expires,
        office: parameters.office.clone(),
        phone: parameters.phone.clone(),
        reply_to: parameters.reply_to.clone(),
        country: parameters.country,
        back: parameters.back,
        window: parameters.window,
        ..CardOptions::new(parameters.code_format.clone(), parameters.issued)
    }
}

/// What is left of a text when it may be broken anywhere: a line is broken behind a space, which
/// is not printed, or behind a hyphen.
fn letters(text: &str) -> Zeroizing<String> {
    let seen = |c: &char| !c.is_whitespace() && !invisible::is_ignorable(*c);
    Zeroizing::new(text.nfc().filter(seen).collect())
}

/// What is printed as one line, without words that may be of a code: nobody knows what was printed
/// in the place of a name.
fn without_codes(
    printed: &str,
    codes: &[(Position, Zeroizing<String>)],
    format: &CodeFormat,
) -> String {
    let words: Vec<&str> = printed.split_whitespace().collect();
    let grouping = if format.grouping() == 0 { format.length() } else { format.grouping() };
    let groups = format.length().div_ceil(grouping);
    let is_of_alphabet = |word: &&str| word.chars().all(|c| format.alphabet().as_str().contains(c));
    let is_of_known = |word: &&str| {
        word.len() >= grouping.min(3) && codes.iter().any(|(_, code)| code.contains(*word))
    };
    let mut hidden: Vec<bool> = words.iter().map(is_of_known).collect();
    for (first, window) in words.windows(groups).enumerate() {
        let length: usize = window.iter().map(|word| word.len()).sum();
        if length == format.length() && window.iter().all(is_of_alphabet) {
            hidden[first..first + groups].fill(true);
        }
    }
    let mut index = 0;
    let mut shown: Vec<String> = Vec::new();
    for line in printed.lines() {
        let words = line.split_whitespace().map(|word| {
            index += 1;
            if hidden[index - 1] { "…" } else { word }
        });
        shown.push(words.collect::<Vec<_>>().join(" "));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_card_has_no_word_of_a_code() {
        let known = [(Position::new(3).unwrap(), Zeroizing::new("CDF234567".to_owned()))];
        let grouped = CodeFormat::default();
        for (printed, shown) in [
            ("An Peeters\nKerkstraat 23\n3000 Leuven\n", "An Peeters, Kerkstraat 23, 3000 Leuven"),
            ("An CDF\n", "An …"),
            ("234 567\n", "… …"),
            ("KRT XCH 229\n", "… … …"),
            ("KRT XCH\n229 An\n", "… …, … An"),
            ("KRT An XCH\n", "KRT An XCH"),
        ] {
            assert_eq!(without_codes(printed, &known, &grouped), shown);
        }
        assert_eq!(without_codes("An QWRTXP\n", &[], &CodeFormat::federal()), "An …");
    }

    #[test]
    fn a_text_is_the_same_however_its_lines_are_broken() {
        for printed in ["Ren\u{e9}e Maes-\nPeeters\n", "Rene\u{301}e\nMaes-Peeters\n"] {
            assert_eq!(*letters(printed), *letters("Ren\u{e9}e Maes-Peeters"));
        }
        assert_ne!(*letters("An Maes\n"), *letters("An Mae"));
    }
}
