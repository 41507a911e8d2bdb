//! Lists of ids that an operator names: a table with a column of ids, or an id on each line.
//!
//! One reader serves the list of those who alone get a card and the list of those who have one, so
//! that the same file means the same people in both.

use std::{fmt, path::Path};

use tokenkaart_token::{
    files::{BoundedLines, FileError},
    holder::HolderId,
};

use crate::read::{
    List, ListError, RegisterNumber, as_register_number, is_id_header, is_register_number_header,
};

/// The longest line of a list, in bytes.
const MAX_LINE: usize = 1 << 20;

/// Why a list of ids can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdListError {
    /// The list can't be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// The list can't be read to its end.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why a text of a list is no id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct NotAnId(String);

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives the ids of a list, each with its line or row, from 1, and as it is written.
///
/// Headers are those of holder files. Under one that names national register numbers they are
/// normalised as there.
pub(super) fn for_each_id(
    list: &Path,
    mut give: impl FnMut(u64, &str, Result<HolderId, NotAnId>),
) -> Result<(), IdListError> {
    let table = List::open_by(list, 1, |header| is_id_header(header).then_some(0))?;
    if let Some(header) = table.header(0) {
        let is_register = is_register_number_header(header);
        for row in table {
            let row = row?;
            let text = row.cells.concat();
            let id = if row.is_sound {
                id(&text, is_register)
            } else {
                Err(NotAnId("is in a row that does not fit the header".to_owned()))
            };
            give(row.line, &text, id);
        }
        return Ok(());
    }
    if !table.is_bare() {
        return Err(table.lacks("the id").into());
    }
    let mut lines = BoundedLines::open(list, MAX_LINE)?;
    while let Some((number, bytes)) = lines.next_line()? {
        let line = String::from_utf8_lossy(bytes);
        let line = line.trim_start_matches('\u{feff}').trim().trim_matches('\u{1a}');
        let line = crate::read::unframed(line);
        if !line.is_empty() {
            give(number, &line, id(&line, false));
        }
    }
    Ok(())
}

fn id(text: &str, is_register: bool) -> Result<HolderId, NotAnId> {
    let id = HolderId::new(text).map_err(|error| NotAnId(error.to_string()))?;
    if !is_register {
        return Ok(id);
    }
    let number = RegisterNumber::read(text).map_err(|error| NotAnId(error.to_string()))?;
    HolderId::new(number.as_str()).map_err(|error| NotAnId(error.to_string()))
}

/// The text by which an id is compared with one of another file: of a national register number its
/// digits, for one file may divide them and the other not.
pub(super) fn compared(id: &HolderId) -> String {
    as_register_number(id.as_str()).unwrap_or_else(|| id.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &[u8]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        let mut ids = Vec::new();
        for_each_id(&path, |line, text, id| {
            ids.push(match id {
                Ok(id) => format!("{line}:{id}"),
                Err(why) => format!("{line}:{text} {why}"),
            });
        })
        .map_err(|error| error.to_string())?;
        Ok(ids)
    }

    #[test]
    fn a_list_has_the_headers_of_a_holder_file_or_none() {
        for (text, expected) in [
            ("id\n4711\n", &["2:4711"][..]),
            ("id\n=\"0004711\"\n", &["2:0004711"]),
            ("Naam;INSZ\nJan;93.05.18-223.61\n", &["2:93051822361"]),
            ("NISS\n93051822361\n", &["2:93051822361"]),
            ("dossiernummer,x\n7,8\n", &["2:7"]),
            ("4711\n\n4712\n", &["1:4711", "3:4712"]),
            ("\u{feff}4711\r\n'0004712\r\n\u{1a}", &["1:4711", "2:0004712"]),
            ("93.05.18-223.61\n", &["1:93.05.18-223.61"]),
        ] {
            assert_eq!(ids(text.as_bytes()).unwrap(), expected, "{text:?}");
        }
        let invisible = ids("4711\u{200b}\n".as_bytes()).unwrap();
        assert!(invisible[0].contains("has U+200B"), "{invisible:?}");
        assert!(ids(b"INSZ\n93051822362\n").unwrap()[0].contains("do not fit"));
        assert!(ids(b"naam;straat\nJan;Dorp\n").unwrap_err().contains("no column gives the id"));
        let id = |text| HolderId::new(text).unwrap();
        assert_eq!(compared(&id("93.05.18-223.61")), compared(&id("93051822361")));
        assert_ne!(compared(&id("93.05.18-223.62")), compared(&id("93051822362")));
    }

    #[test]
    fn a_workbook_is_a_list_too_and_its_bytes_are_no_header() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "id").unwrap().write(1, 0, 4711).unwrap().write(2, 0, "B-2").unwrap();
        // Whatever its name is.
        for name in ["list.xlsx", "list.csv", "list"] {
            let path = folder.path().join(name);
            book.save(&path).unwrap();
            let mut ids = Vec::new();
            for_each_id(&path, |line, _, id| ids.push((line, id.unwrap().to_string()))).unwrap();
            assert_eq!(ids, [(2, "4711".to_owned()), (3, "B-2".to_owned())]);
        }
    }
}
