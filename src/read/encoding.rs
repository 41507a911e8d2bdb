//! Bytes to UTF-8: which encoding a file is in, and decoding it as it is read.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
    str::FromStr,
};

use encoding_rs::{CoderResult, Decoder};
use sha2::{Digest, Sha256};

use super::{
    InputFormat, MAX_ROW_BYTES,
    error::ReadError,
    fault::{Fault, FaultKind, Place},
    xlsx,
};

/// How a text file writes its letters.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// What Excel's "CSV" is in Western Europe.
    Windows1252,
    /// What Excel's "Unicode text" is.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// The text names no encoding that a holder file can be in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an encoding is one of utf-8, windows-1252, utf-16le, utf-16be")]
pub struct UnknownEncoding;

impl Encoding {
    fn decoder(self) -> Decoder {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
        }
        .new_decoder_with_bom_removal()
    }

    fn of_mark(head: &[u8]) -> Option<Self> {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => Some(Self::Utf8),
            [0xFF, 0xFE, ..] => Some(Self::Utf16Le),
            [0xFE, 0xFF, ..] => Some(Self::Utf16Be),
            _ => None,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        })
    }
}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    /// Reads a label in any case; Latin-1 is read as Windows-1252, as browsers do.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "windows-1252" | "windows1252" | "cp1252" | "cp-1252" | "ansi" | "latin1"
            | "latin-1" | "iso-8859-1" => Ok(Self::Windows1252),
            "utf-16le" | "utf16le" | "utf-16" | "utf16" => Ok(Self::Utf16Le),
            "utf-16be" | "utf16be" => Ok(Self::Utf16Be),
            _ => Err(UnknownEncoding),
        }
    }
}

/// What one look at all bytes tells, before any of them is parsed.
#[derive(Debug)]
pub(super) struct Survey {
    /// How many bytes there are.
    pub(super) bytes: u64,
    /// SHA-256 of the bytes.
    pub(super) sha256: [u8; 32],
    /// The first bytes, at most eight.
    pub(super) head: Vec<u8>,
    /// The encoding, when the file is text.
    pub(super) encoding: Encoding,
    /// The first line that isn't UTF-8, in a file without a byte order mark.
    pub(super) first_foreign_line: Option<u64>,
    /// There is nothing but white space.
    pub(super) is_blank: bool,
    /// The line that is longer than any may be, at which the look ended.
    pub(super) endless_line: Option<u64>,
}

impl Survey {
    /// Reads everything once, in small pieces; no further than a line of more than `max_line`
    /// bytes, if there is such a measure.
    pub(super) fn take(mut input: impl Read, max_line: Option<usize>) -> io::Result<Self> {
        let mut digest = Sha256::new();
        let mut head = Vec::new();
        let mut letters = Letters { line: 1, ..Letters::default() };
        let mut lines = Lines { line: 1, length: 0, after_cr: false };
        let mut endless_line = None;
        let mut bytes = 0;
        let mut is_blank = true;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let piece = &buffer[..length];
            bytes += length as u64;
            digest.update(piece);
            head.extend(piece.iter().take(8 - head.len()));
            is_blank &= piece.iter().all(|byte| {
                byte.is_ascii_whitespace() || matches!(byte, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF)
            });
            letters.look(piece);
            if max_line.is_some_and(|max| lines.look(piece, max)) {
                endless_line = Some(lines.line);
                break;
            }
        }
        letters.finish();
        let marked = Encoding::of_mark(&head);
        // A text of another encoding all but never forms UTF-8 sequences by chance. Where most
        // are well formed, the file is UTF-8 that was damaged, and reading it as Windows-1252
        // would print `Ã©` on cards.
        let guessed = if letters.foreign > letters.sequences {
            Encoding::Windows1252
        } else {
            Encoding::Utf8
        };
        Ok(Self {
            bytes,
            sha256: digest.finalize().into(),
            head,
            encoding: marked.unwrap_or(guessed),
            first_foreign_line: letters.first_foreign_line.filter(|_| marked.is_none()),
            is_blank,
            endless_line,
        })
    }
}

impl Survey {
    /// The format that the file is read in, if it can be read at all.
    pub(super) fn admit(
        &self,
        path: &Path,
        format: Option<InputFormat>,
    ) -> Result<InputFormat, ReadError> {
        let path = || path.to_owned();
        if self.is_blank {
            return Err(ReadError::Empty { path: path() });
        }
        if xlsx::is_old_workbook(&self.head) {
            return Err(ReadError::OldWorkbook { path: path() });
        }
        let format = format.ok_or_else(|| ReadError::UnknownFormat { path: path() })?;
        if format != InputFormat::Xlsx && xlsx::is_archive(&self.head) {
            return Err(ReadError::IsWorkbook { path: path() });
        }
        match self.endless_line {
            None => Ok(format),
            Some(line) => {
                let kind = FaultKind::TooLong { max: MAX_ROW_BYTES };
                let faults = vec![Fault::new(&path(), Place::Line(line), kind)];
                Err(ReadError::Faults { path: path(), faults, total: 1 })
            }
        }
    }
}

/// Counts what is UTF-8 and what isn't, over pieces that may cut a letter in two.
#[derive(Default)]
struct Letters {
    rest: Vec<u8>,
    line: u64,
    /// Letters outside ASCII in well-formed UTF-8.
    sequences: u64,
    /// Bytes or cut sequences that aren't UTF-8.
    foreign: u64,
    first_foreign_line: Option<u64>,
}

impl Letters {
    fn look(&mut self, piece: &[u8]) {
        let joined;
        let mut bytes = piece;
        if !self.rest.is_empty() {
            joined = [self.rest.as_slice(), piece].concat();
            bytes = &joined;
        }
        let mut rest = Vec::new();
        for chunk in bytes.utf8_chunks() {
            let valid = chunk.valid();
            self.sequences += valid.bytes().filter(|byte| *byte >= 0xC0).count() as u64;
            self.line += valid.bytes().filter(|byte| *byte == b'\n').count() as u64;
            let invalid = chunk.invalid();
            let is_at_end = invalid.as_ptr_range().end == bytes.as_ptr_range().end;
            if is_at_end && is_cut_short(invalid) {
                rest = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.mark_foreign();
            }
        }
        self.rest = rest;
    }

    fn finish(&mut self) {
        if !self.rest.is_empty() {
            self.mark_foreign();
        }
    }

    fn mark_foreign(&mut self) {
        self.foreign += 1;
        self.first_foreign_line.get_or_insert(self.line);
    }
}

/// Measures lines that end in LF, CR or both, over pieces that may cut a line end in two.
struct Lines {
    line: u64,
    length: usize,
    after_cr: bool,
}

impl Lines {
    /// Whether a line has more than `max` bytes so far; it is the one that is counted then.
    fn look(&mut self, piece: &[u8], max: usize) -> bool {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            if self.length + end > max {
                return true;
            }
            let is_second_half = self.after_cr && end == 0 && rest[0] == b'\n';
            self.line += u64::from(!is_second_half);
            self.after_cr = rest[end] == b'\r';
            self.length = 0;
            rest = &rest[end + 1..];
        }
        self.after_cr &= rest.is_empty();
        self.length += rest.len();
        self.length > max
    }
}

/// Whether more bytes could still make a letter of these.
fn is_cut_short(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// A text file as UTF-8, without its byte order mark.
///
/// What claims to be UTF-8 is passed on as it is, so that a broken letter is a fault on its
/// own line; what can't be decoded otherwise becomes U+FFFD, which no holder may have.
pub(super) struct Utf8Reader<R> {
    input: R,
    decoder: Option<Decoder>,
    decoded: Vec<u8>,
    taken: usize,
    is_ended: bool,
}

impl<R: Read + Seek> Utf8Reader<BufReader<R>> {
    /// Reads a file from its start.
    pub(super) fn from_start(mut file: R, encoding: Encoding) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        Self::new(BufReader::with_capacity(64 << 10, file), encoding)
    }
}

impl<R: BufRead> Utf8Reader<R> {
    pub(super) fn new(mut input: R, encoding: Encoding) -> io::Result<Self> {
        let decoder = (encoding != Encoding::Utf8).then(|| encoding.decoder());
        if decoder.is_none() {
            let head = input.fill_buf()?;
            if head.starts_with(b"\xEF\xBB\xBF") {
                input.consume(3);
            }
        }
        Ok(Self { input, decoder, decoded: Vec::new(), taken: 0, is_ended: false })
    }
}

impl<R: BufRead> BufRead for Utf8Reader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Some(decoder) = &mut self.decoder else { return self.input.fill_buf() };
        while self.taken == self.decoded.len() && !self.is_ended {
            let bytes = self.input.fill_buf()?;
            self.is_ended = bytes.is_empty();
            self.decoded.resize(64 << 10, 0);
            let (result, read, written, _) =
                decoder.decode_to_utf8(bytes, &mut self.decoded, self.is_ended);
            self.decoded.truncate(written);
            self.taken = 0;
            self.input.consume(read);
            // The decoder holds back what did not fit and wants to be asked again.
            self.is_ended &= result == CoderResult::InputEmpty;
        }
        Ok(&self.decoded[self.taken..])
    }

    fn consume(&mut self, amount: usize) {
        if self.decoder.is_some() {
            self.taken += amount;
        } else {
            self.input.consume(amount);
        }
    }
}

impl<R: BufRead> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn survey(bytes: &[u8]) -> Survey {
        Survey::take(bytes, None).unwrap()
    }

    fn decoded(bytes: &[u8], encoding: Encoding) -> String {
        // A tiny buffer cuts letters in two.
        let mut reader = Utf8Reader::new(BufReader::with_capacity(3, bytes), encoding).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_encoding_is_told_from_the_bytes() {
        for (bytes, encoding, line) in [
            (&b"naam\nJan"[..], Encoding::Utf8, None),
            ("naam\nZoë".as_bytes(), Encoding::Utf8, None),
            (b"\xEF\xBB\xBFnaam", Encoding::Utf8, None),
            (b"naam\r\nJan\r\nZo\xEB\r\n", Encoding::Windows1252, Some(3)),
            (b"Zo\xEB", Encoding::Windows1252, Some(1)),
            (b"\xFF\xFEn\0", Encoding::Utf16Le, None),
            (b"\xFE\xFF\0n", Encoding::Utf16Be, None),
            // UTF-8 with one broken letter stays UTF-8
            (b"Zo\xC3\xAB Ren\xC3\xA9e\nRen\xE9e", Encoding::Utf8, Some(2)),
            (b"\xEF\xBB\xBFRen\xE9e", Encoding::Utf8, None),
        ] {
            let survey = survey(bytes);
            assert_eq!(survey.encoding, encoding, "{bytes:?}");
            assert_eq!(survey.first_foreign_line, line, "{bytes:?}");
        }
    }

    #[test]
    fn a_letter_cut_in_two_by_the_reading_is_no_fault() {
        for padding in 0..4 {
            let text = format!("{}{}", "x".repeat(padding), "€".repeat(50_000));
            let survey = survey(text.as_bytes());
            assert_eq!(survey.first_foreign_line, None);
        }
    }

    #[test]
    fn a_line_that_is_too_long_ends_the_look_and_is_told_by_its_number() {
        for (text, line) in [
            ("abc\nabcd\nab", None),
            ("abcde", Some(1)),
            ("a\r\nb\rc\n\nabcde\nx", Some(5)),
            ("\r\n\r\nabcde", Some(3)),
        ] {
            assert_eq!(Survey::take(text.as_bytes(), Some(4)).unwrap().endless_line, line);
            // However it comes, in whatever pieces.
            let mut lines = Lines { line: 1, length: 0, after_cr: false };
            let found = text.as_bytes().chunks(1).find_map(|piece| {
                let is_too_long = lines.look(piece, 4);
                is_too_long.then_some(lines.line)
            });
            assert_eq!(found, line, "{text:?}");
        }
        let endless = io::repeat(b'x');
        assert_eq!(Survey::take(endless, Some(1 << 20)).unwrap().endless_line, Some(1));
    }

    #[test]
    fn white_space_alone_is_blank() {
        for bytes in [&b""[..], b" \r\n\t", b"\xEF\xBB\xBF\r\n", b"\xFF\xFE\n\0"] {
            assert!(survey(bytes).is_blank, "{bytes:?}");
        }
        assert!(!survey(b"\xEF\xBB\xBFx").is_blank);
    }

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let start = survey(b"abc").sha256[..4].to_vec();
        assert_eq!(start, [0xBA, 0x78, 0x16, 0xBF]);
    }

    #[test]
    fn excels_encodings_are_decoded() {
        assert_eq!(decoded(b"\xEF\xBB\xBFZo\xC3\xAB", Encoding::Utf8), "Zoë");
        assert_eq!(decoded(b"Zo\xEB \x80\x8C\x92", Encoding::Windows1252), "Zoë €Œ’");
        assert_eq!(decoded(b"\xFF\xFEZ\0\xEB\0", Encoding::Utf16Le), "Zë");
        assert_eq!(decoded(b"\xFE\xFF\0Z\0\xEB", Encoding::Utf16Be), "Zë");
        assert_eq!(decoded(b"Z\0\xEB", Encoding::Utf16Le), "Z\u{fffd}");
    }

    #[test]
    fn an_encoding_is_named_as_people_name_it() {
        for encoding in
            [Encoding::Utf8, Encoding::Windows1252, Encoding::Utf16Le, Encoding::Utf16Be]
        {
            assert_eq!(encoding.to_string().parse(), Ok(encoding));
        }
        assert_eq!("CP1252".parse(), Ok(Encoding::Windows1252));
        assert_eq!("ebcdic".parse::<Encoding>(), Err(UnknownEncoding));
    }

    proptest! {
        #[test]
        fn text_survives_utf16(text in "\\PC*") {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let marked = [&b"\xFF\xFE"[..], &bytes].concat();
            prop_assert_eq!(decoded(&marked, Encoding::Utf16Le), text);
        }
    }
}
