//! What a file is by its bytes, whatever its name says.

use std::{
    fmt,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

use zip::ZipArchive;

/// What a file that is no holder file is, as the person who sent it would call it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Nature {
    /// The binary workbook of Excel before 2007.
    OldWorkbook,
    /// A workbook that a password locks.
    LockedWorkbook,
    /// A workbook in Excel's binary format of today, `.xlsb`.
    BinaryWorkbook,
    /// A workbook in the XML of Excel 2003 or as one flat XML file of LibreOffice.
    XmlWorkbook,
    /// A workbook in the text of Multiplan, `.slk`.
    Sylk,
    /// A web page, as many programs export under the name `.xls`.
    WebPage,
    /// A document of a word processor.
    TextDocument,
    /// A workbook of Apple's Numbers.
    Numbers,
    /// A PDF file.
    Pdf,
    /// A picture.
    Picture,
    /// A compressed file or a folder in one file.
    Archive,
    /// A database of Access or SQLite.
    Database,
}

impl Nature {
    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::OldWorkbook | Self::BinaryWorkbook | Self::XmlWorkbook | Self::Sylk => {
                "open it in Excel or LibreOffice and save it as .xlsx or CSV"
            }
            Self::LockedWorkbook => "open it with its password and save it without one",
            Self::WebPage => {
                "open it in Excel or LibreOffice, look at its ids and names, and save it as .xlsx"
            }
            Self::Numbers => "export it from Numbers as an Excel workbook or CSV",
            Self::Archive => "unpack it, and give the file that is in it",
            Self::Database => "export the table as CSV",
            Self::TextDocument | Self::Pdf | Self::Picture => {
                "have the list sent as a workbook or as CSV"
            }
        }
    }
}

impl fmt::Display for Nature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OldWorkbook => "an old .xls workbook",
            Self::LockedWorkbook => "a workbook that is locked with a password",
            Self::BinaryWorkbook => "a binary workbook (.xlsb)",
            Self::XmlWorkbook => "a workbook as one XML file",
            Self::Sylk => "a workbook in the SYLK format (.slk)",
            Self::WebPage => "a web page, whatever its name says",
            Self::TextDocument => "a document of a word processor",
            Self::Numbers => "a Numbers document",
            Self::Pdf => "a PDF file",
            Self::Picture => "a picture",
            Self::Archive => "a compressed file",
            Self::Database => "a database file",
        })
    }
}

/// What the bytes of a file are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Found {
    /// Text, as far as can be seen.
    Text,
    /// A workbook of Excel 2007 or later.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
    /// An archive that is nothing that is known; it may be a damaged workbook.
    SomeArchive,
    /// Something that holds no holders.
    Other(Nature),
}

/// Looks at the bytes of a file.
pub(super) fn look(mut input: impl Read + Seek) -> io::Result<Found> {
    let mut head = Vec::new();
    input.seek(SeekFrom::Start(0))?;
    (&mut input).take(4096).read_to_end(&mut head)?;
    let other = |nature| Ok(Found::Other(nature));
    match head.as_slice() {
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Ok(Found::Other(compound(&mut input, &head)?)),
        [0x09, 0x00 | 0x02 | 0x04 | 0x08, _, 0x00, ..] => other(Nature::OldWorkbook),
        [b'P', b'K', 3, 4, ..] => archive(input),
        [b'P', b'K', 5, 6, ..]
        | [0x1F, 0x8B, ..]
        | [b'R', b'a', b'r', b'!', ..]
        | [b'7', b'z', 0xBC, 0xAF, ..]
        | [0xFD, b'7', b'z', b'X', ..]
        | [0x28, 0xB5, 0x2F, 0xFD, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x31, ..] => other(Nature::Archive),
        [b'%', b'P', b'D', b'F', ..] => other(Nature::Pdf),
        [b'{', b'\\', b'r', b't', b'f', ..] => other(Nature::TextDocument),
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', ..] => {
            other(Nature::Picture)
        }
        [0, 1, 0, 0, b'S', b't', b'a', b'n', ..] => other(Nature::Database),
        head if head.starts_with(b"SQLite format 3\0") => other(Nature::Database),
        head if is_sylk(head) => other(Nature::Sylk),
        head => Ok(of_markup(head).map_or(Found::Text, Found::Other)),
    }
}

/// Whether a text is of records of SYLK, and no table whose first column is called `ID`: each line
/// begins with the one or two letters of its kind.
fn is_sylk(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.next().is_some_and(|first| first.starts_with(b"ID;P"))
        && lines.next().is_some_and(|second| {
            let kind = second.split(|byte| *byte == b';').next().unwrap_or_default();
            matches!(kind, b"P" | b"F" | b"B" | b"C" | b"O" | b"W" | b"NN" | b"NE" | b"NU" | b"E")
        })
}

/// What a text that begins as markup is.
fn of_markup(head: &[u8]) -> Option<Nature> {
    // A text in UTF-16 has a NUL beside each letter.
    let text: String = head
        .iter()
        .filter(|byte| !matches!(byte, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF))
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    let text = text.trim_start();
    if text.starts_with("mime-version:") {
        return Some(Nature::WebPage);
    }
    if !text.starts_with('<') {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["<workbook", "schemas-microsoft-com:office:spreadsheet", "<office:document"]) {
        Some(Nature::XmlWorkbook)
    } else if has(&["<html", "<!doctype html", "<table", "<meta", "<head", "<style", "<body"]) {
        Some(Nature::WebPage)
    } else {
        text.starts_with("<?xml").then_some(Nature::XmlWorkbook)
    }
}

/// What a compound file of Microsoft's is, by the names of its streams (MS-CFB, 2.6).
fn compound(input: &mut (impl Read + Seek), head: &[u8]) -> io::Result<Nature> {
    let number = |at: usize, bytes: usize| {
        let found = head.get(at..at + bytes).unwrap_or_default();
        found.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let shift = number(30, 2).min(12);
    let mut directory = Vec::new();
    input.seek(SeekFrom::Start((number(48, 4) + 1) << shift))?;
    input.take(16 << 10).read_to_end(&mut directory)?;
    let name = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let has = |text: &str| directory.windows(text.len() * 2).any(|part| part == name(text));
    Ok(if has("EncryptedPackage") || has("EncryptionInfo") {
        Nature::LockedWorkbook
    } else if has("WordDocument") {
        Nature::TextDocument
    } else {
        Nature::OldWorkbook
    })
}

/// What a zip archive is, by the names of its parts.
fn archive(mut input: impl Read + Seek) -> io::Result<Found> {
    input.seek(SeekFrom::Start(0))?;
    let Ok(mut archive) = ZipArchive::new(BufReader::new(input)) else {
        return Ok(Found::SomeArchive);
    };
    let names: Vec<String> = (0..archive.len().min(10_000))
        .filter_map(|index| Some(archive.name_for_index(index)?.ok()?.to_lowercase()))
        .collect();
    let has = |name: &str| names.iter().any(|found| found.trim_start_matches('/') == name);
    let starts = |name: &str| names.iter().any(|found| found.starts_with(name));
    let mut mimetype = String::new();
    if let Ok(part) = archive.by_name("mimetype") {
        // A part that can't be read tells nothing, and the others are still there.
        let _ = part.take(100).read_to_string(&mut mimetype);
    }
    let of_document = mimetype.trim().strip_prefix("application/vnd.oasis.opendocument.");
    Ok(match of_document {
        Some(kind) if kind.starts_with("spreadsheet") => Found::Ods,
        Some(_) => Found::Other(Nature::TextDocument),
        None if has("xl/workbook.bin") => Found::Other(Nature::BinaryWorkbook),
        None if starts("word/") || starts("ppt/") => Found::Other(Nature::TextDocument),
        None if starts("xl/") || has("[content_types].xml") => Found::Xlsx,
        None if has("content.xml") => Found::Ods,
        None if starts("index/") || has("index.zip") => Found::Other(Nature::Numbers),
        None => Found::Other(Nature::Archive),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;

    fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    /// The head of a compound file with one sector of names.
    fn compound_file(stream: &str) -> Vec<u8> {
        let mut bytes = vec![0; 1024];
        bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
        bytes[30] = 9;
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes[640..640 + name.len()].copy_from_slice(&name);
        bytes
    }

    #[test]
    fn a_file_is_told_by_its_bytes() {
        let of_ods = "application/vnd.oasis.opendocument.spreadsheet";
        let of_odt = "application/vnd.oasis.opendocument.text";
        let utf16: Vec<u8> =
            "\u{feff}<html><table>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, found) in [
            (&b"id;naam\n"[..], Found::Text),
            (b"[{\"id\":1}]", Found::Text),
            (b"", Found::Text),
            (b"<nobody>;x", Found::Text),
            (b"ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K\"id\"\r\n", Found::Other(Nature::Sylk)),
            (b"ID;PCALC\nC;X1;Y1;K1\nE\n", Found::Other(Nature::Sylk)),
            (b"ID;PC;naam\n4711;9000;An\n", Found::Text),
            (b"<html><body><table><tr><td>id", Found::Other(Nature::WebPage)),
            (b"\r\n<!DOCTYPE HTML PUBLIC", Found::Other(Nature::WebPage)),
            (b"\xEF\xBB\xBF<meta http-equiv=content-type>", Found::Other(Nature::WebPage)),
            (b"<table border=1><tr>", Found::Other(Nature::WebPage)),
            (&utf16, Found::Other(Nature::WebPage)),
            (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook", Found::Other(Nature::WebPage)),
            (b"<?xml version=\"1.0\"?><Workbook xmlns=", Found::Other(Nature::XmlWorkbook)),
            (b"<?xml version=\"1.0\"?><office:document", Found::Other(Nature::XmlWorkbook)),
            (&compound_file("Workbook"), Found::Other(Nature::OldWorkbook)),
            (&compound_file("EncryptedPackage"), Found::Other(Nature::LockedWorkbook)),
            (&compound_file("WordDocument"), Found::Other(Nature::TextDocument)),
            (b"\xD0\xCF\x11\xE0", Found::Other(Nature::OldWorkbook)),
            (b"\x09\x08\x10\x00\x00\x06", Found::Other(Nature::OldWorkbook)),
            (b"%PDF-1.7", Found::Other(Nature::Pdf)),
            (b"{\\rtf1", Found::Other(Nature::TextDocument)),
            (b"\x1F\x8B\x08", Found::Other(Nature::Archive)),
            (b"PK\x03\x04rest", Found::SomeArchive),
            (&zipped(&[("xl/workbook.xml", "")]), Found::Xlsx),
            (&zipped(&[("[Content_Types].xml", "")]), Found::Xlsx),
            (&zipped(&[("xl/workbook.bin", "")]), Found::Other(Nature::BinaryWorkbook)),
            (&zipped(&[("mimetype", of_ods), ("content.xml", "")]), Found::Ods),
            (&zipped(&[("mimetype", of_odt)]), Found::Other(Nature::TextDocument)),
            (
                &zipped(&[("[Content_Types].xml", ""), ("word/document.xml", "")]),
                Found::Other(Nature::TextDocument),
            ),
            (&zipped(&[("Index/Document.iwa", "")]), Found::Other(Nature::Numbers)),
            (&zipped(&[("holders.csv", "id;naam")]), Found::Other(Nature::Archive)),
        ] {
            assert_eq!(look(Cursor::new(bytes)).unwrap(), found, "{}", bytes.escape_ascii());
        }
    }
}
