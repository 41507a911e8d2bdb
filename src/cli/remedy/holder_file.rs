//! What to type where a holder file can't be read as it is.

use std::ffi::OsStr;

use tokenkaart::read::{FaultKind, Notice, ReadError};
use tokenkaart_token::shell::quoted;

use super::joined::each_once;

/// What follows an error of a holder file.
pub(super) fn of_read(error: &ReadError) -> String {
    match error {
        ReadError::UnknownFormat { .. } | ReadError::IsWorkbook { .. } => " (--format)".to_owned(),
        ReadError::IsText { .. } => ", or add --format csv, json or jsonl".to_owned(),
        ReadError::NotAList { .. } => " (--format jsonl)".to_owned(),
        ReadError::Utf16WithoutMark { encoding, .. } => {
            format!("; add --encoding {encoding}")
        }
        ReadError::MissingColumn { field, .. } => {
            format!(" with --column {field}=…, or where the header is (--header-row, --sheet)")
        }
        ReadError::SameField { same, .. } => format!(" with --column {}=…", same.field),
        ReadError::NoSuchColumn { .. } => " (--column)".to_owned(),
        ReadError::NoSuchIgnored { .. } => " (--ignore-column)".to_owned(),
        ReadError::UnknownColumns { .. } => " (--column street=…, --ignore-column …)".to_owned(),
        ReadError::OtherSheet { sheet, .. } => {
            format!(" with --sheet {}", quoted(OsStr::new(sheet)))
        }
        ReadError::NoSuchSheet { .. } => " (--sheet)".to_owned(),
        ReadError::NoSuchRow { .. } => " (--header-row)".to_owned(),
        ReadError::NotOfFormat { .. } => " (--sheet, --header-row)".to_owned(),
        ReadError::Faults { faults, total, .. } => {
            let options = each_once(faults.iter().map(|fault| {
                let options = match fault.kind {
                    FaultKind::HiddenRow => "--hidden-rows print or --hidden-rows skip",
                    FaultKind::NotUtf8 { .. } => "--encoding windows-1252",
                    FaultKind::SameField(_) => "--column",
                    _ => "",
                };
                options.to_owned()
            }));
            match (options.is_empty(), total) {
                (true, _) => String::new(),
                (_, 1) => format!(" ({options})"),
                // Behind a list it would seem to be of the last line alone.
                _ => format!("\noptions for this: {options}"),
            }
        }
        _ => String::new(),
    }
}

/// The option by which what was noticed is said otherwise.
pub(in crate::cli) const fn of_notice(notice: &Notice) -> &'static str {
    match notice {
        Notice::GuessedEncoding { .. } => " (--encoding)",
        Notice::OtherSheets { .. } => " (--sheet)",
        Notice::TitleRows { .. } => " (--header-row)",
        _ => "",
    }
}
