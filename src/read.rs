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

mod address;
mod cell;
mod columns;
mod country;
mod csv;
mod damage;
mod doubt;
mod draft;
mod encoding;
mod error;
mod excerpt;
mod fault;
mod field;
mod format;
mod input;
mod json;
mod limits;
mod list;
mod mapping;
mod name;
mod nature;
mod notice;
mod options;
mod reading;
mod register_number;
mod remark;
mod row;
mod rows;
mod single;
mod street;
mod survey;
mod table;
mod value;
mod vocabulary;
mod workbook;

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

#[cfg(doc)]
use tokenkaart_token::holder::Holder;
use tokenkaart_token::holder::HolderId;

pub use self::{
    columns::SameField,
    country::{Country, PostalCodeError},
    damage::Damage,
    encoding::{Encoding, UnknownEncoding},
    error::ReadError,
    excerpt::{Excerpt, listed},
    fault::{Fault, FaultKind, ListBreak, Place, shown},
    field::Field,
    format::{InputFormat, UnknownInputFormat},
    input::Input,
    limits::{MAX_FAULTS, MAX_ROW_BYTES},
    list::{List, ListError, ListRow},
    mapping::{ColumnMapping, ColumnMappingError},
    nature::Nature,
    notice::{Mended, Notice},
    options::{HiddenRows, ReadOptions, UnknownHiddenRows},
    register_number::{RegisterNumberError, as_register_number, check_register_number},
    row::Row,
    rows::Rows,
    single::single,
    value::NonText,
    vocabulary::{fold, is_id_header, is_register_number_header},
    workbook::WorkbookError,
};
use self::{
    columns::{Columns, Said},
    encoding::Utf8Reader,
    input::Original,
    limits::MAX_LINE_BYTES,
    nature::Found,
    rows::Source,
    survey::Survey,
    table::{Table, Understood, Wanted},
};
pub(crate) use self::{list::unframed, register_number::RegisterNumber};

/// A holder file without fault.
#[derive(Clone, Debug)]
pub struct ReadOutcome {
    /// Every holder and its place, in the file's order.
    pub rows: Vec<Row>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
    /// The header of the column that gives a field; of JSON the keys of the last entry.
    pub headers: Vec<(Field, String)>,
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
    /// The header of the column that gives a field; of JSON the keys of the last entry.
    pub headers: Vec<(Field, String)>,
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
    let Checked { notices, headers, .. } = checked;
    Ok(ReadOutcome { rows, notices, headers, sha256: *file.sha256() })
}

/// A holder file that can be read row by row, more than once.
pub struct HolderFile {
    path: PathBuf,
    source: FileSource,
    options: ReadOptions,
    notices: Vec<Notice>,
    original: Original,
}

/// A file whose header is known.
enum FileSource {
    Table { table: Box<Table>, columns: Box<Columns> },
    Json { input: Input, encoding: Encoding, shape: json::Shape },
}

impl HolderFile {
    /// Looks at all bytes once, finds format and encoding, and reads the header.
    ///
    /// # Errors
    /// What is wrong with the file as a whole; a header that can't be read is
    /// [`ReadError::Faults`], and a file that was changed meanwhile is [`ReadError::Changed`].
    pub fn open(mut input: Input, options: &ReadOptions) -> Result<Self, ReadError> {
        let path = input.path().to_owned();
        let unreadable = |source| ReadError::Unreadable { path: path.clone(), source };
        let said = options.format.or_else(|| InputFormat::of_path(&path));
        // So that a file of one endless line is not read to its end.
        let has_rows = matches!(said, Some(InputFormat::Csv | InputFormat::JsonLines));
        let survey = Survey::take(&mut input, has_rows.then_some(MAX_LINE_BYTES));
        let survey = survey.map_err(unreadable)?;
        let mut original = Original::new(&input, survey.sha256).map_err(unreadable)?;
        if survey.endless_line.is_none() {
            input.require_uncut(survey.bytes)?;
        }
        let format = format(&mut input, &survey, said)?;
        let mut notices = Vec::new();
        match source(input, format, options, &survey, &mut notices) {
            Ok(source) => Ok(Self { path, source, options: options.clone(), notices, original }),
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
        let source = match &mut self.source {
            FileSource::Table { table, columns } => {
                let header = table.header.clone();
                Source::Table { rows: table.rows(path)?, header, columns }
            }
            FileSource::Json { input, encoding, shape } => {
                let text = Utf8Reader::from_start(input, *encoding)
                    .map_err(|source| ReadError::Unreadable { path: path.clone(), source })?;
                Source::Json(json::Drafts::new(text, *shape, path, said(&self.options)))
            }
        };
        Ok(Rows::new(path, source, self.options.hidden_rows))
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
        let hidden_rows = self.options.hidden_rows;
        let prints_address = self.options.prints_address;
        let (ignored, unknown, header, remarks, headers) = {
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
            let remarks = rows.remarks;
            let used = rows.source.columns().used();
            let headers = used.map(|(field, column)| (field, column.header.clone())).collect();
            match rows.source {
                Source::Table { columns, .. } => {
                    (columns.ignored.clone(), columns.unknown.clone(), true, remarks, headers)
                }
                Source::Json(drafts) => {
                    let (ignored, unknown) = drafts.finish()?;
                    (ignored, unknown, false, remarks, headers)
                }
            }
        };
        if prints_address && !unknown.is_empty() {
            return Err(ReadError::UnknownColumns { path, columns: unknown });
        }
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
            notices.push(Notice::IgnoredColumns { path: path.clone(), columns: ignored });
        }
        let are_printed = hidden_rows == Some(HiddenRows::Print);
        notices.extend(remarks.into_notices(&path, are_printed));
        Ok(Checked { holders, notices, headers })
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

/// What an operator says of columns.
fn said(options: &ReadOptions) -> Said<'_> {
    Said { mappings: &options.columns, ignored: &options.ignored_columns }
}

/// The format that a file is read in, if it can be read at all.
fn format(
    input: &mut Input,
    survey: &Survey,
    said: Option<InputFormat>,
) -> Result<InputFormat, ReadError> {
    let path = input.path().to_owned();
    if survey.is_blank {
        return Err(ReadError::Empty { path });
    }
    let found = match nature::look(input) {
        Ok(found) => found,
        Err(source) => return Err(ReadError::Unreadable { path, source }),
    };
    let format = match (found, said) {
        (Found::Other(nature), _) => return Err(ReadError::NoHolderFile { path, nature }),
        (Found::Xlsx, Some(said)) if said.is_workbook() => InputFormat::Xlsx,
        (Found::Ods, Some(said)) if said.is_workbook() => InputFormat::Ods,
        // What is left of it is told by whoever tries to read it.
        (Found::SomeArchive, Some(said)) if said.is_workbook() => said,
        (Found::Xlsx | Found::Ods | Found::SomeArchive, _) => {
            return Err(ReadError::IsWorkbook { path });
        }
        (Found::Text, Some(said)) if said.is_workbook() => {
            return Err(ReadError::IsText { path });
        }
        (Found::Text, Some(said)) => said,
        // A text under a name that is of workbooks alone.
        (Found::Text, None) if is_of_workbooks(&path) => return Err(ReadError::IsText { path }),
        (Found::Text, None) => return Err(ReadError::UnknownFormat { path }),
    };
    match survey.endless_line {
        None => Ok(format),
        Some(line) => {
            let kind = FaultKind::TooLong { max: MAX_ROW_BYTES };
            let faults = vec![Fault::new(&path, Place::Line(line), kind)];
            Err(ReadError::Faults { path, faults, total: 1 })
        }
    }
}

/// Whether a file is named as workbooks are that are not read here.
fn is_of_workbooks(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["xls", "xlsb", "xlt", "xltx"].iter().any(|of| ending.eq_ignore_ascii_case(of))
}

fn source(
    input: Input,
    format: InputFormat,
    options: &ReadOptions,
    survey: &Survey,
    notices: &mut Vec<Notice>,
) -> Result<FileSource, ReadError> {
    let path = input.path().to_owned();
    let refuse = |what| ReadError::NotOfFormat { path: path.clone(), format, what };
    if options.sheet.is_some() && !format.is_workbook() {
        return Err(refuse("sheets"));
    }
    let is_json = matches!(format, InputFormat::Json | InputFormat::JsonLines);
    if options.header_row.is_some() && is_json {
        return Err(refuse("row of headers"));
    }
    if let (None, Some(encoding), false) =
        (options.encoding, survey.unmarked_utf16, format.is_workbook())
    {
        return Err(ReadError::Utf16WithoutMark { path, encoding });
    }
    if is_json {
        // JSON is UTF-8 by its standard, so nothing is guessed of its letters.
        let guessed = match survey.encoding {
            Encoding::Windows1252 => Encoding::Utf8,
            other => other,
        };
        return json_source(input, options.encoding.unwrap_or(guessed), format);
    }
    let wanted = Wanted { sheet: options.sheet.as_deref(), header_row: options.header_row };
    let understood = |headers: &[String]| understood(headers, said(options));
    let table = if format.is_workbook() {
        Table::of_workbook(input, format, wanted, &understood)?
    } else {
        let encoding = options.encoding.unwrap_or(survey.encoding);
        if let (None, Encoding::Windows1252, Some(line)) =
            (options.encoding, encoding, survey.first_foreign_line)
        {
            notices.push(Notice::GuessedEncoding { path: path.clone(), line });
        }
        Table::of_text(input, encoding, wanted, &understood)?
    };
    let columns = columns_of(&path, &table.header, said(options))?;
    if let Some((read, others)) = &table.sheets
        && !others.is_empty()
    {
        let (read, others) = (read.clone(), others.clone());
        notices.push(Notice::OtherSheets { path: path.clone(), read, others });
    }
    let hidden = columns
        .used()
        .map(|(_, column)| column)
        .filter(|column| table.hidden_columns.iter().any(|hidden| hidden.contains(&column.index)));
    let hidden: Vec<String> = hidden.map(|column| column.header.clone()).collect();
    if !hidden.is_empty() {
        notices.push(Notice::HiddenColumns { path: path.clone(), columns: hidden });
    }
    if table.header.title.is_some() && options.header_row.is_none() {
        notices.push(Notice::TitleRows { path, header: table.header.place });
    }
    Ok(FileSource::Table { table: Box::new(table), columns: Box::new(columns) })
}

/// How well a row is understood as the header of holders.
fn understood(headers: &[String], said: Said<'_>) -> Understood {
    match Columns::resolve(headers, said) {
        Ok(columns) => {
            Understood { is_complete: columns.missing().is_none(), known: columns.used().count() }
        }
        // Understood all too well.
        Err(_) => Understood { is_complete: false, known: 2 },
    }
}

fn json_source(
    mut input: Input,
    encoding: Encoding,
    format: InputFormat,
) -> Result<FileSource, ReadError> {
    let path = input.path().to_owned();
    let first = Utf8Reader::from_start(&mut input, encoding)
        .and_then(json::first_value)
        .map_err(|source| ReadError::Unreadable { path: path.clone(), source })?;
    let shape = match (format, first) {
        (_, None) => return Err(ReadError::Empty { path }),
        (InputFormat::JsonLines, _) => json::Shape::Lines,
        (_, Some(NonText::List)) => json::Shape::List,
        (_, Some(found)) => return Err(ReadError::NotAList { path, found }),
    };
    Ok(FileSource::Json { input, encoding, shape })
}

/// What the columns of a table give, with all that every holder needs.
fn columns_of(path: &Path, header: &table::Header, said: Said<'_>) -> Result<Columns, ReadError> {
    let path = path.to_owned();
    let headers = &header.texts;
    let named = || headers.iter().map(|header| header.trim().to_owned()).collect();
    let is_there = |said: &str| headers.iter().any(|header| mapping::is_same_header(said, header));
    if let Some(mapping) = said.mappings.iter().find(|mapping| !is_there(&mapping.header)) {
        let ColumnMapping { field, header } = mapping.clone();
        return Err(ReadError::NoSuchColumn { path, field, header, headers: named() });
    }
    if let Some(ignored) = said.ignored.iter().find(|ignored| !is_there(ignored)) {
        let header = ignored.clone();
        return Err(ReadError::NoSuchIgnored { path, header, headers: named() });
    }
    let columns = match Columns::resolve(headers, said) {
        Ok(columns) => columns,
        Err(same) => return Err(ReadError::SameField { path, same }),
    };
    match columns.missing() {
        Some(field) => {
            let header_row = header.title.map(|_| header.place.number());
            Err(ReadError::MissingColumn { path, field, header_row, headers: named() })
        }
        None => Ok(columns),
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
