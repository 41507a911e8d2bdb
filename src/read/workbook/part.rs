//! The parts of a workbook's archive, and the XML in them, both bounded.
//!
//! A zip archive of some kilobytes can claim terabytes, and XML can be one endless name; what is
//! read of either is counted while it is unpacked.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
};

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};
use zip::{ZipArchive, read::ZipFile, result::ZipError};

use crate::read::input::Input;

/// What a part may hold when unpacked.
pub(super) const MAX_PART_BYTES: u64 = 256 << 20;
/// A part that unpacks to more than [`SMALL_PART_BYTES`] and to more than this many times its
/// packed size was made to fill the memory: sheets take some 20 times.
const MAX_RATIO: u64 = 100;
const SMALL_PART_BYTES: u64 = 8 << 20;
/// The longest name, text or comment of a part's XML, in bytes; a cell has at most 32,767
/// characters.
const MAX_NODE_BYTES: usize = 1 << 20;

/// Why a workbook can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkbookError {
    /// The archive is damaged.
    #[error("its archive is damaged: {0}")]
    Archive(#[from] ZipError),
    /// A part of it is no well-formed XML.
    #[error("{part} is damaged: {source}")]
    Xml {
        /// The part.
        part: String,
        /// What is wrong with it.
        source: Box<quick_xml::Error>,
    },
    /// A part is not as the format wants it.
    #[error("{part} is damaged: {what}")]
    Malformed {
        /// The part.
        part: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A part that must be there isn't.
    #[error("it has no part {part}")]
    Missing {
        /// The part.
        part: String,
    },
    /// It unpacks to more than a workbook of people would.
    #[error("{part} unpacks to more than a list of holders would")]
    TooLarge {
        /// The part.
        part: String,
    },
    /// Its parts are locked with a password.
    #[error("it is locked with a password")]
    Locked,
}

/// A workbook's archive.
pub(super) type Archive = ZipArchive<BufReader<Input>>;

/// The XML of a part.
pub(super) type PartXml<'a> = Xml<BufReader<Bounded<ZipFile<'a, BufReader<Input>>>>>;

/// Opens a part by its name, which may be written in other case.
pub(super) fn open<'a>(archive: &'a mut Archive, name: &str) -> Result<PartXml<'a>, WorkbookError> {
    let index =
        index_of(archive, name).ok_or_else(|| WorkbookError::Missing { part: name.to_owned() })?;
    let part = archive.by_index(index)?;
    if part.encrypted() {
        return Err(WorkbookError::Locked);
    }
    // What it claims is not believed, but a claim that is too large is.
    if part.size() > MAX_PART_BYTES {
        return Err(WorkbookError::TooLarge { part: name.to_owned() });
    }
    let packed = part.compressed_size();
    let bounded = Bounded { part, packed, unpacked: 0 };
    Ok(Xml::new(BufReader::with_capacity(64 << 10, bounded), name))
}

/// Whether an archive has a part.
pub(super) fn has(archive: &Archive, name: &str) -> bool {
    index_of(archive, name).is_some()
}

fn index_of(archive: &Archive, name: &str) -> Option<usize> {
    let name = name.trim_start_matches('/');
    archive.index_for_name(name).or_else(|| {
        (0..archive.len()).find(|index| {
            let found = archive.name_for_index(*index).and_then(Result::ok);
            found.is_some_and(|found| found.trim_start_matches('/').eq_ignore_ascii_case(name))
        })
    })
}

/// A part while it is unpacked.
pub(super) struct Bounded<R> {
    part: R,
    packed: u64,
    unpacked: u64,
}

/// More than there may be.
#[derive(Debug)]
struct OverBound;

impl fmt::Display for OverBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is too much of it")
    }
}

impl std::error::Error for OverBound {}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.part.read(buffer)?;
        self.unpacked += length as u64;
        let is_bomb = self.unpacked > SMALL_PART_BYTES
            && self.unpacked > self.packed.saturating_mul(MAX_RATIO);
        if self.unpacked > MAX_PART_BYTES || is_bomb {
            return Err(io::Error::other(OverBound));
        }
        Ok(length)
    }
}

/// Counts what is read of one node.
struct Metered<R> {
    input: R,
    read: usize,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read > MAX_NODE_BYTES {
            return Err(io::Error::other(OverBound));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
        self.input.consume(amount);
    }
}

/// XML, node by node; an element without content has a start and an end too.
pub(super) struct Xml<R: BufRead> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    part: String,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(input: R, part: &str) -> Self {
        let mut reader = Reader::from_reader(Metered { input, read: 0 });
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), part: part.to_owned() }
    }

    /// Reads the next node.
    pub(super) fn next(&mut self) -> Result<Event<'_>, WorkbookError> {
        self.buffer.clear();
        self.reader.get_mut().read = 0;
        match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => Ok(event),
            Err(quick_xml::Error::Io(error))
                if error
                    .get_ref()
                    .is_some_and(<dyn std::error::Error + Send + Sync>::is::<OverBound>) =>
            {
                Err(WorkbookError::TooLarge { part: self.part.clone() })
            }
            Err(source) => {
                Err(WorkbookError::Xml { part: self.part.clone(), source: Box::new(source) })
            }
        }
    }

    pub(super) fn malformed(&self, what: &'static str) -> WorkbookError {
        WorkbookError::Malformed { part: self.part.clone(), what }
    }

    /// Reads past the end of the element whose start was read.
    pub(super) fn skip(&mut self) -> Result<(), WorkbookError> {
        let mut depth = 1_u32;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.malformed("it ends too early")),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the texts of the element whose start was read, up to its end. Elements inside give
    /// their text too, but those for which `is_other` holds.
    pub(super) fn text(
        &mut self,
        is_other: impl Fn(&str) -> bool,
    ) -> Result<String, WorkbookError> {
        let mut text = String::new();
        let (mut depth, mut skipped) = (1_u32, 0_u32);
        while depth > 0 {
            let mut unknown = false;
            match self.next()? {
                Event::Start(element) => {
                    depth += 1;
                    if skipped > 0 || is_other(element.local_name().as_ref()) {
                        skipped += 1;
                    }
                }
                Event::End(_) => {
                    depth -= 1;
                    skipped = skipped.saturating_sub(1);
                }
                Event::Text(part) if skipped == 0 => text.push_str(&part.xml10_content()),
                Event::CData(part) if skipped == 0 => text.push_str(&part.xml10_content()),
                Event::GeneralRef(part) if skipped == 0 => match resolved(&part) {
                    Some(character) => text.push(character),
                    None => unknown = true,
                },
                Event::Eof => return Err(self.malformed("it ends too early")),
                _ => {}
            }
            if unknown {
                return Err(self.malformed("it has an entity that XML does not know"));
            }
            if text.len() > MAX_NODE_BYTES {
                return Err(WorkbookError::TooLarge { part: self.part.clone() });
            }
        }
        Ok(text)
    }
}

/// The character that a reference stands for: XML has five names, and numbers.
pub(super) fn resolved(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    match reference.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// An attribute by its name without prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .and_then(|attribute| attribute.normalized_value(XmlVersion::Explicit1_0).ok())
        .map(std::borrow::Cow::into_owned)
}

/// Whether an attribute says yes, as XML Schema's booleans do.
pub(super) fn is_set(element: &BytesStart<'_>, name: &str) -> bool {
    attribute(element, name).is_some_and(|value| matches!(value.trim(), "1" | "true" | "on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_endless_name_is_refused_before_it_fills_the_memory() {
        for start in [&b"<x "[..], b"<x>", b"<!-- ", b"<x><![CDATA["] {
            let endless = io::Cursor::new(start).chain(io::repeat(b'y'));
            let mut xml = Xml::new(BufReader::new(endless), "part");
            let error = loop {
                match xml.next() {
                    Ok(_) => {}
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, WorkbookError::TooLarge { .. }), "{error}");
            assert!(xml.buffer.capacity() < 4 * MAX_NODE_BYTES);
        }
    }

    #[test]
    fn texts_are_joined_and_references_resolved() {
        let text = |xml: &str| {
            let mut xml = Xml::new(xml.as_bytes(), "part");
            assert!(matches!(xml.next(), Ok(Event::Start(_))));
            xml.text(|name| name == "rPh")
        };
        for (xml, expected) in [
            ("<t>Zo&#235; &amp; <r>An</r><![CDATA[<b>]]></t>", "Zoë & An<b>"),
            ("<t><r>Kana</r><rPh><t>kana</t></rPh></t>", "Kana"),
            ("<t/>", ""),
            ("<x:t xmlns:x='y'>An</x:t>", "An"),
        ] {
            assert_eq!(text(xml).unwrap(), expected, "{xml}");
        }
        assert!(text("<t>&euml;</t>").is_err());
        assert!(text("<t>An").is_err());
    }
}
