//! The list of envelopes, by which a mailing house counts: where each is, and nobody's name.

use std::{borrow::Cow, io::Write as _};

use tokenkaart_token::{
    files::{self, FileAct, FileError, Writing},
    holder::Line,
    run_files::{JOURNAL, MAIL, bundles::InOrder, manifest::ListedFile},
    token::Serial,
};

use super::{error::RunError, plan::Plan};

/// Its first line.
pub const HEADER: &str = "sequence,serial,file,page,postal_code,pages\n";

/// An envelope, or a card in a run without letters.
#[derive(Clone, Copy, Debug)]
pub struct MailRow<'a> {
    /// Its place in the run, from 1.
    pub sequence: u64,
    /// The serial of its card.
    pub serial: &'a Serial,
    /// The file that it is in, from the run folder.
    pub file: &'a str,
    /// Its first page in this file, from 1.
    pub page: u64,
    /// How many pages it has; on a sheet, those that it shares with others.
    pub pages: u64,
}

impl MailRow<'_> {
    /// Its line up to the postal code, and from there on, without the line feed.
    #[must_use]
    pub(crate) fn around_postal_code(&self) -> (String, String) {
        let Self { sequence, serial, file, page, pages } = self;
        (format!("{sequence},{serial},{file},{page},"), format!(",{pages}"))
    }
}

/// Writes the list, with the postal codes of the roll and the serials of the journal.
pub(super) fn write(plan: &Plan) -> Result<ListedFile, RunError> {
    let journal = plan.out().join(JOURNAL);
    let composer = plan.composer();
    let (sides, of_a_page) =
        (u64::from(composer.sides()), u64::from(composer.design().cards_per_page()));
    let path = plan.out().join(MAIL);
    let failed = FileError::at(FileAct::Write, &path);
    let mut list = Writing::begin(&path)?;
    list.write_all(HEADER.as_bytes()).map_err(failed)?;
    let mut holders = plan.roll()?;
    let mut line = String::new();
    for bundle in InOrder::open(&journal)? {
        let bundle = bundle?;
        for (index, serial) in (0..).zip(&bundle.serials) {
            let Some(holder) = holders.next().transpose()? else {
                return Err(RunError::Damaged { path: journal });
            };
            let envelope = MailRow {
                sequence: bundle.first + index,
                serial,
                file: &bundle.cards.path,
                page: index / of_a_page * sides + 1,
                pages: sides,
            };
            let (before, after) = envelope.around_postal_code();
            let postal_code = holder.address.postal_code.as_ref().map_or("", Line::as_str);
            line.clear();
            line.extend([&*before, &*cell(postal_code), &*after, "\n"]);
            list.write_all(line.as_bytes()).map_err(failed)?;
        }
    }
    list.commit()?;
    let (sha256, bytes) = files::digest(&path)?;
    Ok(ListedFile { path: MAIL.to_owned(), sha256, bytes })
}

/// A text as a cell (RFC 4180). What a spreadsheet would compute gets an apostrophe before
/// it, which spreadsheets take for "this is a text".
fn cell(text: &str) -> Cow<'_, str> {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t']);
    if !is_formula && !text.contains([',', ';', '"', '\'']) {
        return text.into();
    }
    let apostrophe = if is_formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\"")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_becomes_two() {
        for (text, expected) in [
            ("", ""),
            ("9000", "9000"),
            ("B-9000", "B-9000"),
            ("SW1A 1AA", "SW1A 1AA"),
            ("=1+1", "\"'=1+1\""),
            ("+32", "\"'+32\""),
            ("-1", "\"'-1\""),
            ("@A1", "\"'@A1\""),
            ("a,b", "\"a,b\""),
            ("a;b", "\"a;b\""),
            ("\"a\"", "\"\"\"a\"\"\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
