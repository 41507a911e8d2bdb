//! One look at all bytes of a file, before any of them is parsed: its digest, its encoding, and
//! whether it can be text at all.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::encoding::Encoding;

/// What one look at all bytes tells, before any of them is parsed.
#[derive(Debug)]
pub(super) struct Survey {
    /// How many bytes there are.
    pub(super) bytes: u64,
    /// SHA-256 of the bytes.
    pub(super) sha256: [u8; 32],
    /// The encoding, when the file is text.
    pub(super) encoding: Encoding,
    /// It looks like UTF-16, and has no byte order mark.
    pub(super) unmarked_utf16: Option<Encoding>,
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
        let mut zeros = Zeros::default();
        let mut bytes: u64 = 0;
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
            zeros.look(piece, bytes);
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
            unmarked_utf16: zeros.encoding(bytes).filter(|_| marked.is_none()),
            encoding: marked.unwrap_or(guessed),
            first_foreign_line: letters.first_foreign_line.filter(|_| marked.is_none()),
            is_blank,
            endless_line,
        })
    }
}

/// Counts zero bytes, of which half of a Western text in UTF-16 consists.
#[derive(Default)]
struct Zeros {
    /// At even places, from 0, and at odd ones.
    at: [u64; 2],
}

impl Zeros {
    fn look(&mut self, piece: &[u8], before: u64) {
        for (place, _) in (before..).zip(piece).filter(|(_, byte)| **byte == 0) {
            self.at[usize::from(place % 2 == 1)] += 1;
        }
    }

    /// The encoding in which most letters have their zero byte there and none elsewhere.
    fn encoding(&self, bytes: u64) -> Option<Encoding> {
        let is_most = |zeros: u64| zeros * 3 > bytes && zeros > 1;
        match self.at {
            [0, odd] if is_most(odd) => Some(Encoding::Utf16Le),
            [even, 0] if is_most(even) => Some(Encoding::Utf16Be),
            _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(bytes: &[u8]) -> Survey {
        Survey::take(bytes, None).unwrap()
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
    fn utf16_without_a_mark_is_told_by_its_zeros() {
        let text = "id;naam\r\n1;Zo\u{eb}\r\n";
        let units = |of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
        let unmarked = |bytes: &[u8]| survey(bytes).unmarked_utf16;
        assert_eq!(unmarked(&units(u16::to_le_bytes)), Some(Encoding::Utf16Le));
        assert_eq!(unmarked(&units(u16::to_be_bytes)), Some(Encoding::Utf16Be));
        let marked = [b"\xFF\xFE".as_slice(), &units(u16::to_le_bytes)].concat();
        assert_eq!(unmarked(&marked), None);
        assert_eq!(unmarked(text.as_bytes()), None);
        assert_eq!(unmarked(b"id;naam\n1;a\0b\n"), None);
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
}
