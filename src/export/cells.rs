//! A line a code, as RFC 4180 has it, that a spreadsheet may open.
//!
//! A cell that begins with `=`, `+`, `-` or `@` is computed by spreadsheets as a formula, and
//! holder ids are other people's texts. Such an id gets an apostrophe before it, and so does one
//! that begins with an apostrophe, so that taking one off gives the id back. The holder stands
//! first and always in quotes: so it stays one cell also for who splits lines at semicolons.

use std::io::{self, Write};

use tokenkaart_token::{
    csv::{inert, quoted},
    holder::HolderId,
    record::Record,
};

use super::{
    error::Broken,
    fields::{code_format, voids},
};

pub(super) fn head(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"holder,serial,issued,expires,scheme,key_id,code_format,voids,position,hash\r\n")
}

pub(super) fn token(record: &Record, out: &mut dyn Write) -> Result<(), Broken> {
    let expires = record.expires().map_or_else(String::new, |date| date.to_string());
    let key_id = record.key_id().map_or_else(String::new, |id| id.to_string());
    let token = format!(
        "{},{},{},{expires},{},{key_id},{},{}",
        holder(record.holder()),
        record.serial(),
        record.issued(),
        record.scheme(),
        quoted(&code_format(record)?),
        voids(record).unwrap_or_default(),
    );
    for (position, hash) in record.hashes() {
        write!(out, "{token},{position},{}\r\n", quoted(&hash.to_string()))?;
    }
    Ok(())
}

fn holder(id: &HolderId) -> String {
    quoted(&inert(id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_holder_is_a_formula_and_each_comes_back() {
        for (id, cell) in [
            ("4711", "\"4711\""),
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            ("-1", "\"'-1\""),
            ("+1", "\"'+1\""),
            ("\u{FF1D}1", "\"'\u{FF1D}1\""),
            ("'=1", "\"''=1\""),
            ("a\"b,c;=1", "\"a\"\"b,c;=1\""),
        ] {
            let written = holder(&HolderId::new(id).unwrap());
            assert_eq!(written, cell);
            let cell = written[1..written.len() - 1].replace("\"\"", "\"");
            assert_eq!(cell.strip_prefix('\'').unwrap_or(&cell), id);
        }
    }
}
