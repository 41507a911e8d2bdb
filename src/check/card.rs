//! What one card says, and whether that is what it should.

use tokenkaart_token::{
    run_files::Parameters,
    token::{Position, Serial},
};
use zeroize::Zeroizing;

use super::{
    disagreement::{FilePlace, Mismatch},
    envelope::{Wanted, judge_marks, judge_sequence},
};
use crate::{
    paper::{PaperPart, TextRun},
    symbol::mark::Mark,
};

/// The symbols of a card's codes, at most one a position, in order.
type CardCodes = [(Position, Zeroizing<String>)];

/// A card as it was read from its front and back.
pub(super) struct Card {
    /// Where its front stands.
    pub(super) place: FilePlace,
    /// None when it can't be read, which is among the faults.
    pub(super) serial: Option<Serial>,
    /// The symbols of the codes, at most one a position, in order.
    pub(super) codes: Vec<(Position, Zeroizing<String>)>,
    /// What is wrong with it alone, and where.
    pub(super) faults: Vec<(FilePlace, Mismatch)>,
    /// Whether a QR code was read.
    pub(super) has_qr: bool,
    /// What stands where the design says whom it is for, if anybody asks; a line for each.
    pub(super) names: Vec<Zeroizing<String>>,
    /// Codes whose ink was looked at, and texts whose ink could not be.
    pub(super) codes_seen: u64,
    pub(super) texts_unseen: u64,
}

/// Reads a card, the first of its file being 0; parts come with their places, and there is no
/// back if none was printed.
pub(super) fn read(
    front: &(FilePlace, PaperPart<'_, '_>),
    backs: &[(FilePlace, PaperPart<'_, '_>)],
    wanted: &Wanted<'_>,
    card: usize,
) -> Card {
    let (place, front) = front;
    let (parameters, sequence) = (wanted.parameters, wanted.sequence(card));
    let mut faults = Vec::new();
    let serials = serials(front);
    let codes = front.codes(&parameters.code_format).map_err(Mismatch::Codes);
    let qr = qr_codes(front);
    let is_blank = serials.is_empty()
        && codes.as_ref().is_ok_and(Vec::is_empty)
        && qr.as_ref().is_ok_and(Vec::is_empty);
    let mut or_fault = |fault| faults.push(fault);
    let has_qr = qr.as_ref().is_ok_and(|qr| !qr.is_empty());
    if is_blank {
        or_fault(Mismatch::Blank);
    } else {
        judge_serials(&serials).into_iter().for_each(&mut or_fault);
        if let Ok(codes) = &codes {
            judge_codes(codes).into_iter().for_each(&mut or_fault);
        }
        if let Ok(qr) = &qr {
            let codes = codes.as_deref().unwrap_or_default();
            judge_qr(qr, &serials, codes, parameters).into_iter().for_each(&mut or_fault);
        }
        if parameters.numbered {
            judge_sequence(front, sequence).into_iter().for_each(&mut or_fault);
        }
        let (mark, codes) = (wanted.mark(sequence, 1), codes.as_deref().unwrap_or_default());
        judge_matrices(front, mark, codes, parameters).into_iter().for_each(&mut or_fault);
    }
    qr.err().into_iter().for_each(&mut or_fault);
    let codes = codes.unwrap_or_else(|fault| {
        or_fault(fault);
        Vec::new()
    });
    let mut faults: Vec<(FilePlace, Mismatch)> =
        faults.into_iter().map(|fault| (*place, fault)).collect();
    for ((place, back), page) in backs.iter().zip(2..) {
        let mut found = judge_back(back, &serials, &codes, parameters);
        found.extend(judge_matrices(back, wanted.mark(sequence, page), &codes, parameters));
        faults.extend(found.into_iter().map(|fault| (*place, fault)));
    }
    let serial = match serials.as_slice() {
        [serial] => Some(serial.clone()),
        _ => None,
    };
    let (codes_seen, texts_unseen) = (0, 0);
    Card {
        place: *place,
        serial,
        codes,
        faults,
        has_qr,
        names: Vec::new(),
        codes_seen,
        texts_unseen,
    }
}

/// Whether something stands there that belongs on a card.
pub(super) fn is_part_of_one(part: &PaperPart<'_, '_>, parameters: &Parameters) -> bool {
    !serials(part).is_empty()
        || part.codes(&parameters.code_format).map_or(true, |codes| !codes.is_empty())
        || part.qr_codes().is_ok_and(|qr| !qr.is_empty())
        || !part.matrices().is_empty()
}

fn serials(part: &PaperPart<'_, '_>) -> Vec<Serial> {
    let mut serials = Vec::new();
    for serial in part.lines().iter().flat_map(TextRun::words).filter_map(|w| serial(w.text())) {
        if !serials.contains(&serial) {
            serials.push(serial);
        }
    }
    serials
}

fn qr_codes(part: &PaperPart<'_, '_>) -> Result<Vec<Zeroizing<String>>, Mismatch> {
    let texts = part.qr_codes().map_err(Mismatch::Paper)?;
    Ok(texts.into_iter().map(Zeroizing::new).collect())
}

/// A serial as it is printed: all of it in one word, with its hyphens and in capitals.
fn serial(word: &str) -> Option<Serial> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let serial: Serial = word.parse().ok()?;
    (serial.to_string() == word).then_some(serial)
}

fn judge_serials(serials: &[Serial]) -> Option<Mismatch> {
    match serials {
        [_] => None,
        [] => Some(Mismatch::NoSerial),
        several => Some(Mismatch::ManySerials(several.len())),
    }
}

fn judge_codes(codes: &CardCodes) -> Vec<Mismatch> {
    let mut faults = Vec::new();
    let missing: Vec<Position> =
        Position::all().filter(|p| !codes.iter().any(|(other, _)| other == p)).collect();
    if !missing.is_empty() {
        faults.push(Mismatch::MissingCodes(missing));
    }
    for (index, (position, code)) in codes.iter().enumerate() {
        if let Some((other, _)) = codes[..index].iter().find(|(_, other)| other == code) {
            faults.push(Mismatch::SameCode(*other, *position));
        }
    }
    faults
}

fn judge_qr(
    qr: &[Zeroizing<String>],
    serials: &[Serial],
    codes: &CardCodes,
    parameters: &Parameters,
) -> Vec<Mismatch> {
    let mut faults = Vec::new();
    let wanted = match (&parameters.url, serials) {
        (Some(url), [serial]) => Some(url.replace("{serial}", &serial.to_string())),
        _ => None,
    };
    match (&parameters.url, qr) {
        (None, []) => {}
        (None, _) => faults.push(Mismatch::QrUnexpected),
        (Some(_), []) => faults.push(Mismatch::QrMissing),
        // What it should say is unknown without the serial, which is a fault of its own.
        (Some(_), texts) => {
            let leads_elsewhere = |text: &Zeroizing<String>| Some(&**text) != wanted.as_ref();
            if serials.len() == 1 && texts.iter().any(leads_elsewhere) {
                faults.push(Mismatch::QrDiffers);
            }
        }
    }
    // What is printed by order of the run is no secret, whatever letters it has.
    let others = qr.iter().filter(|text| Some(&***text) != wanted.as_ref());
    faults.extend(others.filter_map(|text| given_away(text, codes)).map(Mismatch::QrHoldsCode));
    faults
}

/// What the Data Matrix codes of a page are that they shouldn't be.
fn judge_matrices(
    part: &PaperPart<'_, '_>,
    wanted: Option<Mark>,
    codes: &CardCodes,
    parameters: &Parameters,
) -> Vec<Mismatch> {
    let found = part.matrices();
    let text = wanted.map(|mark| mark.to_string());
    let others = found.iter().filter(|found| Some(&***found) != text.as_ref());
    let mut faults: Vec<Mismatch> =
        others.filter_map(|other| given_away(other, codes)).map(Mismatch::MarkHoldsCode).collect();
    faults.extend(judge_marks(&found, wanted, parameters.marked));
    faults
}

/// What stands on a back that belongs on a front, or on another card.
fn judge_back(
    back: &PaperPart<'_, '_>,
    serials_of_front: &[Serial],
    codes: &CardCodes,
    parameters: &Parameters,
) -> Vec<Mismatch> {
    let mut faults = Vec::new();
    let foreign = serials(back).into_iter().find(|serial| !serials_of_front.contains(serial));
    faults.extend(foreign.map(Mismatch::ForeignBack));
    let numbered = back.codes(&parameters.code_format).map_err(Mismatch::Codes);
    let mut shown: Vec<Position> = shown(back, codes).collect();
    match numbered {
        Ok(numbered) => shown.extend(numbered.iter().map(|(position, _)| *position)),
        Err(fault) => faults.push(fault),
    }
    shown.sort_unstable();
    shown.dedup();
    if !shown.is_empty() {
        faults.push(Mismatch::CodesOnBack(shown));
    }
    match qr_codes(back) {
        Ok(qr) => {
            if !qr.is_empty() {
                faults.push(Mismatch::QrOnBack);
            }
            faults.extend(
                qr.iter().filter_map(|text| given_away(text, codes)).map(Mismatch::QrHoldsCode),
            );
        }
        Err(fault) => faults.push(fault),
    }
    faults
}

/// The card's codes that stand there as words, with a number beside them or not.
fn shown<'c>(
    part: &PaperPart<'_, '_>,
    codes: &'c CardCodes,
) -> impl Iterator<Item = Position> + use<'c> {
    let mut rows: Vec<Zeroizing<String>> = Vec::new();
    for run in part.lines() {
        for first in 0..run.words().len() {
            let mut row = Zeroizing::new(String::new());
            run.words()[first..].iter().for_each(|word| row.push_str(word.text()));
            rows.push(row);
        }
    }
    let stands = move |code: &str| rows.iter().any(|row| row.starts_with(code));
    codes.iter().filter(move |(_, code)| stands(code)).map(|(position, _)| *position)
}

/// The first code that a text has in it, in capitals or not, with separators or not.
fn given_away(text: &str, codes: &[(Position, Zeroizing<String>)]) -> Option<Position> {
    let mut symbols = Zeroizing::new(String::with_capacity(text.len()));
    symbols
        .extend(text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()));
    codes.iter().find(|(_, code)| symbols.contains(code.as_str())).map(|(position, _)| *position)
}
