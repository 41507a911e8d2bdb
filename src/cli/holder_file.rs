//! How a holder file is read.

use std::{
    io,
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use clap::Args;
use tokenkaart::{
    read::{ColumnMapping, Encoding, HiddenRows, HolderFile, Input, InputFormat, ReadOptions, Row},
    run::{Plan, PlanBuilder},
};
use tokenkaart_terminal::{Failure, Progress};
use tokenkaart_token::files::Sha256Digest;

use super::{remedy, threads::at_least_one};

/// How a holder file is read, where that can't be told from the file.
#[derive(Args)]
#[command(next_help_heading = "Holder file")]
pub(super) struct HolderFileOptions {
    /// The format, where the file's name doesn't tell it: csv, json, jsonl, xlsx, ods
    #[arg(long, value_name = "FORMAT")]
    format: Option<InputFormat>,
    /// The encoding of a text file, where it is guessed wrongly: utf-8, windows-1252
    #[arg(long, value_name = "ENCODING")]
    encoding: Option<Encoding>,
    /// A column whose header is not understood, for example name=Achternaam; may be repeated
    #[arg(long = "column", value_name = "FIELD=HEADER")]
    columns: Vec<ColumnMapping>,
    /// A column that is of no address, where it is not known whether it is; may be repeated
    #[arg(long = "ignore-column", value_name = "HEADER")]
    ignored_columns: Vec<String>,
    /// The sheet of a workbook [default: the first visible one]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The row of a sheet, or the line of a text, in which the header is
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU64>)]
    header_row: Option<NonZeroU64>,
    /// What to do with rows that a workbook hides: print or skip [default: refuse them]
    #[arg(long, value_name = "WHAT")]
    hidden_rows: Option<HiddenRows>,
}

impl HolderFileOptions {
    /// Settles a plan for all holders of a file.
    pub(super) fn plan(
        &self,
        file: &Path,
        mut builder: PlanBuilder,
        progress: &Progress,
    ) -> Result<Plan, Failure> {
        let prints_address = builder.prints_address();
        let keep = |row: Row| builder.add(&row.holder, Some(row.place));
        let (path, sha256) = self.read(file, prints_address, progress, keep)?;
        Ok(builder.finish(Some(&path), sha256)?)
    }

    /// Gives each holder of a file, and says what the operator should know; gives what the file is
    /// called in messages, and its digest.
    pub(super) fn read(
        &self,
        file: &Path,
        prints_address: bool,
        progress: &Progress,
        keep: impl FnMut(Row),
    ) -> Result<(PathBuf, Sha256Digest), Failure> {
        let input = if file.as_os_str() == "-" {
            if self.format.is_none() {
                return Err(Failure::new(
                    "standard input has no name to tell its format; add --format csv, json, \
                     jsonl, xlsx or ods",
                ));
            }
            Input::from_reader(Path::new("standard input"), io::stdin().lock())?
        } else {
            Input::open(file)?
        };
        let path = input.path().to_owned();
        let options = ReadOptions {
            format: self.format,
            encoding: self.encoding,
            columns: self.columns.clone(),
            ignored_columns: self.ignored_columns.clone(),
            sheet: self.sheet.clone(),
            header_row: self.header_row.map(NonZeroU64::get),
            hidden_rows: self.hidden_rows,
            prints_address,
        };
        let mut file = HolderFile::open(input, &options)?;
        let checked = file.check_each(keep)?;
        file.require_unchanged()?;
        for notice in &checked.notices {
            progress.line(&format!("{notice}{}", remedy::of_notice(notice)));
        }
        Ok((path, Sha256Digest::from_bytes(*file.sha256())))
    }

    /// Whether anything is said of how a file is read.
    pub(super) const fn says_something(&self) -> bool {
        let Self { format, encoding, columns, ignored_columns, sheet, header_row, hidden_rows } =
            self;
        format.is_some()
            || encoding.is_some()
            || !columns.is_empty()
            || !ignored_columns.is_empty()
            || sheet.is_some()
            || header_row.is_some()
            || hidden_rows.is_some()
    }
}
