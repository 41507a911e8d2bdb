//! How a holder file is read.

use std::{io, path::Path};

use clap::Args;
use tokenkaart::{
    read::{ColumnMapping, Encoding, HolderFile, Input, InputFormat, ReadOptions},
    run::{Plan, PlanBuilder},
};
use tokenkaart_terminal::{Failure, Progress};
use tokenkaart_token::files::Sha256Digest;

/// How a holder file is read, where that can't be told from the file.
#[derive(Args)]
#[command(next_help_heading = "Holder file")]
pub(super) struct HolderFileOptions {
    /// The format, where the file's name doesn't tell it: csv, json, jsonl, xlsx
    #[arg(long, value_name = "FORMAT")]
    format: Option<InputFormat>,
    /// The encoding of a text file, where it is guessed wrongly: utf-8, windows-1252
    #[arg(long, value_name = "ENCODING")]
    encoding: Option<Encoding>,
    /// A column whose header is not understood, for example name=Achternaam; may be repeated
    #[arg(long = "column", value_name = "FIELD=HEADER")]
    columns: Vec<ColumnMapping>,
}

impl HolderFileOptions {
    /// Settles a plan for all holders of a file.
    pub(super) fn plan(
        &self,
        file: &Path,
        mut builder: PlanBuilder,
        progress: &Progress,
    ) -> Result<Plan, Failure> {
        let input = if file.as_os_str() == "-" {
            if self.format.is_none() {
                return Err(Failure::new(
                    "standard input has no name to tell its format; add --format csv, json, \
                     jsonl or xlsx",
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
        };
        let mut file = HolderFile::open(input, &options)?;
        let checked = file.check_each(|row| builder.add(&row.holder, Some(row.place)))?;
        file.require_unchanged()?;
        for notice in &checked.notices {
            progress.line(&notice.to_string());
        }
        Ok(builder.finish(Some(&path), Sha256Digest::from_bytes(*file.sha256()))?)
    }
}
