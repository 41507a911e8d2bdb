//! The encodings of text files, and their texts as UTF-8.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    str::FromStr,
};

use encoding_rs::{CoderResult, Decoder};

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

    /// The encoding that a byte order mark tells.
    pub(super) fn of_mark(head: &[u8]) -> Option<Self> {
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

    fn decoded(bytes: &[u8], encoding: Encoding) -> String {
        // A tiny buffer cuts letters in two.
        let mut reader = Utf8Reader::new(BufReader::with_capacity(3, bytes), encoding).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
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
