//! Why a holder file is refused as a whole.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokenkaart_token::files::{FileAct as Act, remedy};

use super::{
    columns::SameField,
    encoding::Encoding,
    excerpt::{Excerpt, harmless, listed},
    fault::{Fault, shown},
    field::Field,
    nature::Nature,
    value::NonText,
    workbook::WorkbookError,
};

/// Why a holder file was refused; no holder of a refused file is used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such file.
    #[error("{}: there is no such file; check the name and the folder", shown(.path))]
    NotFound {
        /// The holder file.
        path: PathBuf,
    },
    /// A folder stands where the file should.
    #[error("{}: is a folder; name the file with the holders in it", shown(.path))]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The system refuses to read it.
    #[error("{}: could not be read: {source}{}", shown(.path), remedy(Act::Read, .source))]
    Unreadable {
        /// The holder file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody wrote to it in the meantime.
    #[error(
        "{}: was changed while it was read, so none of it is used; let whoever writes it \
         finish, and try again",
        shown(.path)
    )]
    Changed {
        /// The holder file.
        path: PathBuf,
    },
    /// Not a byte in it, or white space alone.
    #[error("{}: is empty; it needs a header and a row for each holder", shown(.path))]
    Empty {
        /// The holder file.
        path: PathBuf,
    },
    /// A header, or an empty list, and no holder.
    #[error("{}: has no holders, only {}", shown(.path), if *.header {
        "a header; add a row for each holder"
    } else {
        "an empty list; add an object for each holder"
    })]
    NoHolders {
        /// The holder file.
        path: PathBuf,
        /// There is a header.
        header: bool,
    },
    /// Neither the name nor an option tells the format.
    #[error(
        "{}: its name does not tell whether it is csv, json, jsonl, xlsx or ods; say which",
        shown(.path)
    )]
    UnknownFormat {
        /// The holder file.
        path: PathBuf,
    },
    /// Too large to be read as a whole, as this format and standard input must be.
    #[error("{}: holds more than {max_mebibytes} MiB{}; save the holders as a CSV file instead",
        shown(.path), if *.unpacked { " when unpacked" } else { "" })]
    TooLarge {
        /// The holder file.
        path: PathBuf,
        /// The bound, in MiB.
        max_mebibytes: u64,
        /// It is the size after decompression that is over the bound.
        unpacked: bool,
    },
    /// A file of another kind, whatever its name says.
    #[error("{}: is {nature}; {}", shown(.path), .nature.remedy())]
    NoHolderFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        nature: Nature,
    },
    /// A text under the name of a workbook.
    #[error("{}: is text, not a workbook; name it .csv if its columns are delimited", shown(.path))]
    IsText {
        /// The holder file.
        path: PathBuf,
    },
    /// A text in UTF-16 without the mark that says so.
    #[error("{}: is UTF-16 without a byte order mark, in {encoding}", shown(.path))]
    Utf16WithoutMark {
        /// The holder file.
        path: PathBuf,
        /// What it seems to be.
        encoding: Encoding,
    },
    /// The sheet that is read first has no header, and another has one.
    #[error(
        "{}: no column of sheet \"{}\" gives id and name, and row {row} of sheet \"{}\" looks like \
         the header; say which sheet is meant",
        shown(.path), Excerpt::new(.read), Excerpt::new(.sheet)
    )]
    OtherSheet {
        /// The holder file.
        path: PathBuf,
        /// The first visible sheet.
        read: String,
        /// The sheet with a header.
        sheet: String,
        /// The row of that header, from 1.
        row: u64,
    },
    /// There is no sheet of this name.
    #[error(
        "{}: there is no sheet \"{}\"; these are there: {}",
        shown(.path), Excerpt::new(.sheet), listed(.sheets)
    )]
    NoSuchSheet {
        /// The holder file.
        path: PathBuf,
        /// What was asked for.
        sheet: String,
        /// The visible ones.
        sheets: Vec<String>,
    },
    /// Nothing is in the row that was named as the header.
    #[error("{}: nothing is in row {row}, so it is no header", shown(.path))]
    NoSuchRow {
        /// The holder file.
        path: PathBuf,
        /// The row or line, from 1.
        row: u64,
    },
    /// Something was said that this format has not.
    #[error("{}: a {format} file has no {what}", shown(.path))]
    NotOfFormat {
        /// The holder file.
        path: PathBuf,
        /// Its format.
        format: super::InputFormat,
        /// What it has not.
        what: &'static str,
    },
    /// Columns that nobody knows, where an address is printed that may lack them.
    #[error(
        "{}: the address is printed, and it is not known whether these columns are of it: {}; say \
         what they give, or that they are not needed",
        shown(.path), listed(.columns)
    )]
    UnknownColumns {
        /// The holder file.
        path: PathBuf,
        /// Their headers.
        columns: Vec<String>,
    },
    /// A workbook under the name of a text file.
    #[error("{}: is a workbook, not text; name it .xlsx or .ods as it is", shown(.path))]
    IsWorkbook {
        /// The holder file.
        path: PathBuf,
    },
    /// Not a workbook, or one that can't be unpacked.
    #[error(
        "{}: is not a workbook that can be read ({}); open it in Excel and save it as \
         .xlsx or CSV",
        shown(.path), harmless(.source)
    )]
    NotAWorkbook {
        /// The holder file.
        path: PathBuf,
        /// What the workbook reader says.
        source: WorkbookError,
    },
    /// JSON that isn't a list of objects.
    #[error(
        "{}: {found} stands where a list of holders should; write [ … ] around the holders, or \
         say that each line is one",
        shown(.path)
    )]
    NotAList {
        /// The holder file.
        path: PathBuf,
        /// What stands there.
        found: NonText,
    },
    /// A required field has no column.
    #[error(
        "{}: no column gives the {field}; these columns are there{}: {}; say which it is",
        shown(.path), in_row(*.header_row), listed(.headers)
    )]
    MissingColumn {
        /// The holder file.
        path: PathBuf,
        /// The field.
        field: Field,
        /// The row or line that was taken for the header, where it isn't the first one.
        header_row: Option<u64>,
        /// The columns that are there.
        headers: Vec<String>,
    },
    /// A column that is to be ignored isn't in the file.
    #[error(
        "{}: there is no column \"{}\" to ignore; these are there: {}",
        shown(.path), Excerpt::new(.header), listed(.headers)
    )]
    NoSuchIgnored {
        /// The holder file.
        path: PathBuf,
        /// The column that was named.
        header: String,
        /// The columns that are there.
        headers: Vec<String>,
    },
    /// Two columns give the same field.
    #[error("{}: columns {same}", shown(.path))]
    SameField {
        /// The holder file.
        path: PathBuf,
        /// The field and the columns.
        same: SameField,
    },
    /// A column that an option names isn't in the file.
    #[error(
        "{}: there is no column \"{}\" to give the {field}; these are there: {}",
        shown(.path), Excerpt::new(.header), listed(.headers)
    )]
    NoSuchColumn {
        /// The holder file.
        path: PathBuf,
        /// The field that it would give.
        field: Field,
        /// The column that was asked for.
        header: String,
        /// The columns that are there.
        headers: Vec<String>,
    },
    /// Rows are wrong; see each [`Fault`].
    #[error("{}", report(path, .faults, *.total))]
    Faults {
        /// The holder file.
        path: PathBuf,
        /// The first [`MAX_FAULTS`](super::limits::MAX_FAULTS) of them.
        faults: Vec<Fault>,
        /// How many there are.
        total: usize,
    },
}

fn in_row(row: Option<u64>) -> String {
    row.map_or_else(String::new, |row| format!(" in row {row}"))
}

/// Every fault on its own line, how many there are before them and how many more after.
fn report(path: &Path, faults: &[Fault], total: usize) -> String {
    let mut lines = Vec::with_capacity(faults.len() + 2);
    if total > 1 {
        lines.push(format!("{}: {total} faults, so none of it is used:", shown(path)));
    }
    lines.extend(faults.iter().map(Fault::to_string));
    match total.saturating_sub(faults.len()) {
        0 => {}
        more => lines.push(format!("… and {more} more")),
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{FaultKind, Place};

    #[test]
    fn a_long_report_ends_in_how_many_more_there_are() {
        let path = PathBuf::from("h\u{1b}.csv");
        let faults = vec![Fault::new(&path, Place::Row(2), FaultKind::DuplicateId { first: 1 })];
        let error = ReadError::Faults { path, faults, total: 13 };
        assert_eq!(
            error.to_string(),
            "h\\u{1b}.csv: 13 faults, so none of it is used:\n\
             h\\u{1b}.csv: row 2: this id is already on row 1; a run makes one card a holder, so \
             delete one of the two\n… and 12 more"
        );
    }
}
