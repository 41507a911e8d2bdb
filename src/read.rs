//! Holder files: CSV, JSON, JSON Lines and workbooks, read into valid [`Holder`]s.
//!
//! The whole file is checked before any holder of it is used: [`read`] gives every holder, or
//! every fault. [`HolderFile`] does the same at a memory that doesn't grow with the holders:
//! [`HolderFile::check_each`], then [`HolderFile::require_unchanged`].
//!
//! ```
//! use std::path::Path;
//! use tokenkaart::read::{self, Input, InputFormat, ReadOptions};
//!
//! let csv = "rijksregisternummer;naam;voornaam;taal\r\n85073003328;Peeters;Zoë;nl\r\n";
//! let input = Input::from_reader(Path::new("standard input"), csv.as_bytes())?;
//! let options = ReadOptions { format: Some(InputFormat::Csv), ..ReadOptions::default() };
//! let read = read::read(input, &options)?;
//! assert_eq!(read.rows[0].holder.name.as_str(), "Zoë Peeters");
//! assert_eq!(read.rows[0].place.to_string(), "line 2");
//! # Ok::<(), read::ReadError>(())
//! ```

mod csv;
mod encoding;
mod error;
mod fault;
mod header;
mod input;
mod json;
mod list;
mod row;
mod xlsx;

use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::Entry},
    fmt,
    hash::{BuildHasher, RandomState},
    io::BufReader,
    path::{Path, PathBuf},
    str::FromStr,
};

#[cfg(doc)]
use tokenkaart_token::holder::Holder;
use tokenkaart_token::holder::HolderId;

pub use self::{
    encoding::{Encoding, UnknownEncoding},
    error::{ColumnMappingError, ReadError, listed},
    fault::{Excerpt, Fault, FaultKind, Found, ListBreak, Place, shown},
    header::{ColumnMapping, Field, SameField, fold, is_id_header},
    input::Input,
    list::{List, ListError, ListRow},
    row::Row,
    xlsx::is_guarded,
};
use self::{
    encoding::{Survey, Utf8Reader},
    header::Columns,
    input::Original,
};

/// How many faults are listed; more are counted.
pub const MAX_FAULTS: usize = 50;
/// The longest row of a text file, in bytes.
pub const MAX_ROW_BYTES: usize = 1 << 20;
/// A line of more bytes than this holds no row, in whatever encoding.
const MAX_LINE_BYTES: usize = 4 * MAX_ROW_BYTES;

/// How a holder file is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum InputFormat {
    /// Delimited text: comma, semicolon, tab or bar.
    Csv,
    /// A list of objects.
    Json,
    /// An object on each line.
    JsonLines,
    /// A workbook of Excel 2007 or later.
    Xlsx,
}

/// The text names no format that a holder file can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a format is one of csv, json, jsonl, xlsx")]
pub struct UnknownInputFormat;

impl InputFormat {
    /// The format that a file's name tells.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }
}

impl fmt::Display for InputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Xlsx => "xlsx",
        })
    }
}

impl FromStr for InputFormat {
    type Err = UnknownInputFormat;

    /// Reads a format's name, which is a file extension, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_lowercase().as_str() {
            "csv" | "tsv" | "tab" | "txt" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "jsonl" | "ndjson" => Ok(Self::JsonLines),
            "xlsx" | "xlsm" => Ok(Self::Xlsx),
            _ => Err(UnknownInputFormat),
        }
    }
}

/// What the operator says of a holder file; what is left out is told from the file.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format, where the name doesn't tell it.
    pub format: Option<InputFormat>,
    /// The encoding of a text file.
    pub encoding: Option<Encoding>,
    /// Columns whose headers don't tell what they give.
    pub columns: Vec<ColumnMapping>,
}

/// Something the operator should know of a file that was read; each is one line.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// Columns that give nothing.
    IgnoredColumns {
        /// The holder file.
        path: PathBuf,
        /// Their headers.
        columns: Vec<String>,
    },
    /// The file isn't UTF-8 and was read as Windows-1252.
    GuessedEncoding {
        /// The holder file.
        path: PathBuf,
        /// The first line that isn't UTF-8.
        line: u64,
    },
    /// Only the first sheet was read.
    OtherSheets {
        /// The holder file.
        path: PathBuf,
        /// The sheet that was read.
        read: String,
        /// The sheets that weren't.
        others: Vec<String>,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IgnoredColumns { path, columns } => {
                write!(f, "{}: columns that are not used: {}", shown(path), listed(columns))
            }
            Self::GuessedEncoding { path, line } => write!(
                f,
                "{}: line {line} is not UTF-8, so the file is read as Windows-1252, as Excel \
                 writes it; --encoding says otherwise",
                shown(path)
            ),
            Self::OtherSheets { path, read, others } => write!(
                f,
                "{}: only sheet \"{}\" is read, not {}",
                shown(path),
                Excerpt::new(read),
                listed(others)
            ),
        }
    }
}

/// A holder file without fault.
#[derive(Clone, Debug)]
pub struct ReadOutcome {
    /// Every holder and its place, in the file's order.
    pub rows: Vec<Row>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
    /// SHA-256 of the file's bytes.
    pub sha256: [u8; 32],
}

/// What [`HolderFile::check`] found in a file without fault.
#[derive(Clone, Debug)]
pub struct Checked {
    /// How many holders there are.
    pub holders: u64,
    /// What the operator should know.
    pub notices: Vec<Notice>,
}

/// Reads and checks a whole holder file.
///
/// # Errors
/// [`ReadError::Faults`] with the faults of all rows, or what is wrong with the file as a
/// whole.
pub fn read(input: Input, options: &ReadOptions) -> Result<ReadOutcome, ReadError> {
    let mut file = HolderFile::open(input, options)?;
    let mut rows = Vec::new();
    let checked = file.check_each(|row| rows.push(row))?;
    Ok(ReadOutcome { rows, notices: checked.notices, sha256: *file.sha256() })
}

/// A holder file that can be read row by row, more than once.
pub struct HolderFile {
    path: PathBuf,
    table: Table,
    mappings: Vec<ColumnMapping>,
    notices: Vec<Notice>,
    original: Original,
}

/// A file whose header is known.
enum Table {
    Csv { input: Input, encoding: Encoding, header: csv::Header, columns: Columns },
    Json { input: Input, encoding: Encoding, shape: json::Shape },
    Xlsx { workbook: Box<xlsx::Workbook>, columns: Columns },
}

type Text<'a> = Utf8Reader<BufReader<&'a mut Input>>;

impl HolderFile {
    /// Looks at all bytes once, finds format and encoding, and reads the header.
    ///
    /// # Errors
    /// What is wrong with the file as a whole; a header that can't be read is
    /// [`ReadError::Faults`], and a file that was changed meanwhile is [`ReadError::Changed`].
    pub fn open(mut input: Input, options: &ReadOptions) -> Result<Self, ReadError> {
        let path = input.path().to_owned();
        let unreadable = |source| ReadError::Unreadable { path: path.clone(), source };
        let format = options.format.or_else(|| InputFormat::of_path(&path));
        // So that a file of one endless line is not read to its end.
        let has_rows = matches!(format, Some(InputFormat::Csv | InputFormat::JsonLines));
        let survey = Survey::take(&mut input, has_rows.then_some(MAX_LINE_BYTES));
        let survey = survey.map_err(unreadable)?;
        let mut original = Original::new(&input, survey.sha256).map_err(unreadable)?;
        if survey.endless_line.is_none() {
            input.require_uncut(survey.bytes)?;
        }
        let format = survey.admit(&path, format)?;
        let mut notices = Vec::new();
        let mappings = &options.columns;
        match table(input, format, options, &survey, &mut notices) {
            Ok(table) => Ok(Self { path, table, mappings: mappings.clone(), notices, original }),
            Err(error) => {
                // What stands in a file that was changed is no fault of its author's.
                original.require_unchanged()?;
                Err(error)
            }
        }
    }

    /// Finds out whether the file's bytes are still those that it was opened with; to be asked
    /// when its rows have been read.
    ///
    /// # Errors
    /// [`ReadError::Changed`], and [`ReadError::Unreadable`].
    pub fn require_unchanged(&mut self) -> Result<(), ReadError> {
        self.original.require_unchanged()
    }

    /// SHA-256 of the file's bytes.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        self.original.sha256()
    }

    /// The rows from the first on; ids that stand twice are left to [`HolderFile::check`].
    ///
    /// # Errors
    /// [`ReadError::Unreadable`] and [`ReadError::NotAWorkbook`] when the file has gone bad
    /// since it was opened.
    pub fn rows(&mut self) -> Result<Rows<'_>, ReadError> {
        let path = &self.path;
        let unreadable = |source| ReadError::Unreadable { path: path.clone(), source };
        let source = match &mut self.table {
            Table::Csv { input, encoding, header, columns } => {
                let text = Utf8Reader::from_start(input, *encoding).map_err(unreadable)?;
                Source::Csv { drafts: csv::Drafts::new(text, path, header, columns), columns }
            }
            Table::Json { input, encoding, shape } => {
                let text = Utf8Reader::from_start(input, *encoding).map_err(unreadable)?;
                Source::Json(json::Drafts::new(text, *shape, path, &self.mappings))
            }
            Table::Xlsx { workbook, columns } => {
                Source::Xlsx { drafts: xlsx::Drafts::new(workbook, path, columns)?, columns }
            }
        };
        Ok(Rows { path, source, pending: VecDeque::new() })
    }

    /// Reads every row once and looks for everything that is wrong, ids that stand twice
    /// included.
    ///
    /// Remembers 8 bytes for each holder, and nothing else.
    ///
    /// # Errors
    /// [`ReadError::Faults`], [`ReadError::NoHolders`], and for JSON
    /// [`ReadError::NoSuchColumn`], whose columns are known only at the end.
    pub fn check(&mut self) -> Result<Checked, ReadError> {
        self.check_each(drop)
    }

    /// As [`HolderFile::check`], and gives each row that is without fault; what was given
    /// counts only when the whole file is.
    ///
    /// # Errors
    /// As [`HolderFile::check`], and [`ReadError::Changed`] when the file has faults that it did
    /// not have when it was opened.
    pub fn check_each(&mut self, keep: impl FnMut(Row)) -> Result<Checked, ReadError> {
        let checked = self.check_rows(keep);
        if checked.is_err() {
            self.original.require_unchanged()?;
        }
        checked
    }

    fn check_rows(&mut self, mut keep: impl FnMut(Row)) -> Result<Checked, ReadError> {
        let (path, mut notices) = (self.path.clone(), self.notices.clone());
        let mut ids = Ids::default();
        let mut found = FaultsFound::default();
        let mut holders = 0;
        let (ignored, header) = {
            let mut rows = self.rows()?;
            for row in rows.by_ref() {
                match row {
                    Ok(row) => {
                        holders += 1;
                        ids.add(&row.holder.id);
                        keep(row);
                    }
                    Err(fault) => found.add(fault),
                }
            }
            match rows.source {
                Source::Csv { columns, .. } | Source::Xlsx { columns, .. } => {
                    (columns.ignored.clone(), true)
                }
                Source::Json(drafts) => (drafts.finish()?, false),
            }
        };
        let twice = ids.twice();
        if !twice.is_empty() {
            found = self.find_with_duplicates(&ids.key, &twice)?;
        }
        let FaultsFound { faults, total } = found;
        if total > 0 {
            return Err(ReadError::Faults { path, faults, total });
        }
        if holders == 0 {
            return Err(ReadError::NoHolders { path, header });
        }
        if !ignored.is_empty() {
            notices.push(Notice::IgnoredColumns { path, columns: ignored });
        }
        Ok(Checked { holders, notices })
    }

    /// All faults in the order of their rows, when ids with these hashes stand more than once.
    fn find_with_duplicates(
        &mut self,
        key: &RandomState,
        hashes: &HashSet<u64>,
    ) -> Result<FaultsFound, ReadError> {
        let mut found = FaultsFound::default();
        let mut first: HashMap<HolderId, u64> = HashMap::new();
        let mut rows = self.rows()?;
        while let Some(row) = rows.next() {
            match row {
                Ok(row) if hashes.contains(&key.hash_one(&row.holder.id)) => {
                    match first.entry(row.holder.id.clone()) {
                        Entry::Occupied(first) => found.add(rows.duplicate(&row, *first.get())),
                        Entry::Vacant(free) => {
                            free.insert(row.place.number());
                        }
                    }
                }
                Ok(_) => {}
                Err(fault) => found.add(fault),
            }
        }
        Ok(found)
    }
}

/// The first faults of a file, and how many there are.
#[derive(Default)]
struct FaultsFound {
    faults: Vec<Fault>,
    total: usize,
}

impl FaultsFound {
    fn add(&mut self, fault: Fault) {
        self.total += 1;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }
}

fn table(
    input: Input,
    format: InputFormat,
    options: &ReadOptions,
    survey: &Survey,
    notices: &mut Vec<Notice>,
) -> Result<Table, ReadError> {
    let path = input.path().to_owned();
    let mappings = &options.columns;
    match format {
        InputFormat::Csv => {
            let encoding = options.encoding.unwrap_or(survey.encoding);
            if let (None, Encoding::Windows1252, Some(line)) =
                (options.encoding, encoding, survey.first_foreign_line)
            {
                notices.push(Notice::GuessedEncoding { path, line });
            }
            csv_table(input, encoding, mappings)
        }
        InputFormat::Json | InputFormat::JsonLines => {
            // JSON is UTF-8 by its standard, so nothing is guessed of its letters.
            let guessed = match survey.encoding {
                Encoding::Windows1252 => Encoding::Utf8,
                other => other,
            };
            json_table(input, options.encoding.unwrap_or(guessed), format)
        }
        InputFormat::Xlsx => {
            let workbook = Box::new(xlsx::Workbook::open(input)?);
            let columns = columns_of(&path, &workbook.headers, mappings)?;
            if !workbook.other_sheets.is_empty() {
                let (read, others) = (workbook.sheet.clone(), workbook.other_sheets.clone());
                notices.push(Notice::OtherSheets { path, read, others });
            }
            Ok(Table::Xlsx { workbook, columns })
        }
    }
}

fn csv_table(
    mut input: Input,
    encoding: Encoding,
    mappings: &[ColumnMapping],
) -> Result<Table, ReadError> {
    let path = input.path().to_owned();
    let header = csv::Header::find(&mut input, encoding, mappings);
    let header = header
        .map_err(|(place, kind)| {
            let faults = vec![Fault::new(&path, place, kind)];
            ReadError::Faults { path: path.clone(), faults, total: 1 }
        })?
        .ok_or_else(|| ReadError::Empty { path: path.clone() })?;
    let columns = columns_of(&path, &header.headers, mappings)?;
    Ok(Table::Csv { input, encoding, header, columns })
}

fn json_table(
    mut input: Input,
    encoding: Encoding,
    format: InputFormat,
) -> Result<Table, ReadError> {
    let path = input.path().to_owned();
    let first = Utf8Reader::from_start(&mut input, encoding)
        .and_then(json::first_value)
        .map_err(|source| ReadError::Unreadable { path: path.clone(), source })?;
    let shape = match (format, first) {
        (_, None) => return Err(ReadError::Empty { path }),
        (InputFormat::JsonLines, _) => json::Shape::Lines,
        (_, Some(Found::List)) => json::Shape::List,
        (_, Some(found)) => return Err(ReadError::NotAList { path, found }),
    };
    Ok(Table::Json { input, encoding, shape })
}

/// What the columns of a table give, with all that every holder needs.
fn columns_of(
    path: &Path,
    headers: &[String],
    mappings: &[ColumnMapping],
) -> Result<Columns, ReadError> {
    let path = path.to_owned();
    let named = || headers.iter().map(|header| header.trim().to_owned()).collect();
    if let Some(mapping) =
        mappings.iter().find(|mapping| !headers.iter().any(|header| mapping.names(header)))
    {
        let ColumnMapping { field, header } = mapping.clone();
        return Err(ReadError::NoSuchColumn { path, field, header, headers: named() });
    }
    let columns = match Columns::resolve(headers, mappings) {
        Ok(columns) => columns,
        Err(same) => return Err(ReadError::SameField { path, same }),
    };
    match columns.missing() {
        Some(field) => Err(ReadError::MissingColumn { path, field, headers: named() }),
        None => Ok(columns),
    }
}

/// The rows of a holder file: each a valid holder, or one of the faults of a row.
pub struct Rows<'a> {
    path: &'a Path,
    source: Source<'a>,
    /// Further faults of the last row.
    pending: VecDeque<Fault>,
}

enum Source<'a> {
    Csv { drafts: csv::Drafts<'a, Text<'a>>, columns: &'a Columns },
    Json(json::Drafts<'a, Text<'a>>),
    Xlsx { drafts: xlsx::Drafts<'a>, columns: &'a Columns },
}

impl Source<'_> {
    /// The columns of the draft that was read last.
    const fn columns(&self) -> &Columns {
        match self {
            Self::Csv { columns, .. } | Self::Xlsx { columns, .. } => columns,
            Self::Json(drafts) => drafts.columns(),
        }
    }
}

impl Rows<'_> {
    fn duplicate(&self, row: &Row, first: u64) -> Fault {
        let fault = Fault::new(self.path, row.place, FaultKind::DuplicateId { first })
            .with_value(row.holder.id.as_str());
        match self.source.columns().column(Field::Id) {
            Some(column) => fault.in_column(&column.header),
            None => fault,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.pending.pop_front() {
            return Some(Err(fault));
        }
        let draft = match &mut self.source {
            Source::Csv { drafts, .. } => drafts.next()?,
            Source::Json(drafts) => drafts.next()?,
            Source::Xlsx { drafts, .. } => drafts.next()?,
        };
        match draft.map(|draft| draft.into_row(self.path, self.source.columns())) {
            Ok(Ok(row)) => Some(Ok(row)),
            Ok(Err(faults)) => {
                self.pending = faults.into();
                self.pending.pop_front().map(Err)
            }
            Err(fault) => Some(Err(fault)),
        }
    }
}

/// The ids of a file, each as 64 bits of a hash with a random key, however long it is.
///
/// Two ids may share a hash, so what is found here is looked at once more.
#[derive(Default)]
struct Ids {
    key: RandomState,
    hashes: Vec<u64>,
}

impl Ids {
    fn add(&mut self, id: &HolderId) {
        self.hashes.push(self.key.hash_one(id));
    }

    /// The hashes that stand more than once.
    fn twice(&mut self) -> HashSet<u64> {
        self.hashes.sort_unstable();
        self.hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
    }
}

#[cfg(test)]
mod tests;
