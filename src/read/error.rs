//! Why a holder file is refused as a whole.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokenkaart_token::files::{FileAct as Act, remedy};

use super::{
    fault::{Excerpt, Fault, Found, harmless, shown},
    header::{Field, Fields, SameField},
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
    #[error("{}: pass --format csv, json, jsonl or xlsx, for its name does not tell which it is",
        shown(.path))]
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
    /// The old binary format of Excel, or a workbook with a password.
    #[error(
        "{}: is an old .xls file or is locked with a password; open it in Excel and save it \
         without password as .xlsx or CSV",
        shown(.path)
    )]
    OldWorkbook {
        /// The holder file.
        path: PathBuf,
    },
    /// A workbook under the name of a text file.
    #[error("{}: is a workbook, not text; name it .xlsx or pass --format xlsx", shown(.path))]
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
        source: calamine::XlsxError,
    },
    /// JSON that isn't a list of objects.
    #[error(
        "{}: {found} stands where a list of holders should; write [ … ] around the holders, or \
         pass --format jsonl if each line is one",
        shown(.path)
    )]
    NotAList {
        /// The holder file.
        path: PathBuf,
        /// What stands there.
        found: Found,
    },
    /// A required field has no column.
    #[error(
        "{}: no column gives the {field}; these columns are there: {}; say which it is with \
         --column {field}=…",
        shown(.path), listed(.headers)
    )]
    MissingColumn {
        /// The holder file.
        path: PathBuf,
        /// The field.
        field: Field,
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
        /// The first [`MAX_FAULTS`](super::MAX_FAULTS) of them.
        faults: Vec<Fault>,
        /// How many there are.
        total: usize,
    },
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

/// Names as a list, each in quotation marks, the first thirty.
#[must_use]
pub fn listed(names: &[String]) -> String {
    const MAX_LISTED: usize = 30;
    let mut texts: Vec<String> =
        names.iter().take(MAX_LISTED).map(|name| format!("\"{}\"", Excerpt::new(name))).collect();
    match names.len().saturating_sub(MAX_LISTED) {
        0 if texts.is_empty() => "none".to_owned(),
        0 => texts.join(", "),
        more => {
            let last = texts.pop().unwrap_or_default();
            format!("{}, {last} and {more} more", texts.join(", "))
        }
    }
}

/// Why an option's text names no column for a field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnMappingError {
    /// No `=` or nothing on one of its sides.
    #[error("write it as field=header, for example name=Achternaam")]
    Shape,
    /// There is no such field.
    #[error("there is no field \"{given}\"; the fields are {Fields}")]
    UnknownField {
        /// What was given.
        given: Excerpt,
    },
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

    #[test]
    fn a_long_list_of_names_is_cut() {
        let names: Vec<String> = (0..32).map(|n| format!("k{n}")).collect();
        assert_eq!(listed(&names[..2]), "\"k0\", \"k1\"");
        assert!(listed(&names[..30]).ends_with("\"k28\", \"k29\""));
        assert!(listed(&names).ends_with("\"k29\" and 2 more"));
        assert_eq!(listed(&[]), "none");
    }
}
