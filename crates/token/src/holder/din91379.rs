//! The characters of DIN 91379: what a European name may be written with.
//!
//! DIN 91379:2022-08, "Characters and defined character sequences in Unicode for the electronic
//! processing of names and data exchange in Europe", names 649 Latin letters, many of them
//! sequences of a letter and marks that Unicode has no single character for, and what may stand
//! beside them. The set below was made of the list that String-Latin publishes
//! (`latin_list_1.3.txt` of <https://github.com/String-Latin/DIN-91379-Characters-and-Sequences>,
//! CC BY 4.0), written as ranges, and as letters under the marks they carry. Everything is in
//! NFC, as the standard prescribes.

/// A part of the standard.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Group {
    /// Latin letters, single or as sequences (`bll`).
    LatinLetters,
    /// What may stand in a name beside letters: space, hyphen, apostrophes (`bnlreq`).
    NameMarks,
    /// Digits, punctuation and signs of other data (`bnl`).
    Signs,
    /// Signs that only some data need (`bnlopt`).
    RareSigns,
    /// White space that names and data mostly do without (`bnlnot`).
    WhiteSpace,
    /// Combining marks; they mean something only in the sequences (`dc`).
    CombiningMarks,
    /// Greek letters (`gl`).
    GreekLetters,
    /// Cyrillic letters (`cl`).
    CyrillicLetters,
    /// Further signs: quotation marks, superscripts (`enl`).
    FurtherSigns,
}

impl Group {
    /// All parts, in the order of the list.
    pub const ALL: [Self; 9] = [
        Self::LatinLetters,
        Self::NameMarks,
        Self::Signs,
        Self::RareSigns,
        Self::WhiteSpace,
        Self::CombiningMarks,
        Self::GreekLetters,
        Self::CyrillicLetters,
        Self::FurtherSigns,
    ];

    /// What the list calls it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::LatinLetters => "bll",
            Self::NameMarks => "bnlreq",
            Self::Signs => "bnl",
            Self::RareSigns => "bnlopt",
            Self::WhiteSpace => "bnlnot",
            Self::CombiningMarks => "dc",
            Self::GreekLetters => "gl",
            Self::CyrillicLetters => "cl",
            Self::FurtherSigns => "enl",
        }
    }

    /// What it is in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LatinLetters => "Latin letters",
            Self::NameMarks => "Marks in names",
            Self::Signs => "Signs",
            Self::RareSigns => "Rare signs",
            Self::WhiteSpace => "White space",
            Self::CombiningMarks => "Combining marks",
            Self::GreekLetters => "Greek letters",
            Self::CyrillicLetters => "Cyrillic letters",
            Self::FurtherSigns => "Further signs",
        }
    }

    /// Its entries: single characters in order of their code points, then sequences.
    pub fn entries(self) -> impl Iterator<Item = String> {
        let sequences: &[(&str, &str)] = if self == Self::LatinLetters { &SEQUENCES } else { &[] };
        let single = self.ranges().iter().flat_map(|(first, last)| *first..=*last);
        single.map(String::from).chain(
            sequences
                .iter()
                .flat_map(|(tail, bases)| bases.chars().map(move |base| format!("{base}{tail}"))),
        )
    }

    /// Its single characters.
    const fn ranges(self) -> &'static [(char, char)] {
        match self {
            Self::LatinLetters => &LATIN_LETTERS,
            Self::NameMarks => &NAME_MARKS,
            Self::Signs => &SIGNS,
            Self::RareSigns => &[('¤', '¤'), ('¦', '¦'), ('¸', '¸'), ('¼', '¾')],
            Self::WhiteSpace => &[('\t', '\n'), ('\r', '\r'), ('\u{A0}', '\u{A0}')],
            Self::CombiningMarks => &COMBINING_MARKS,
            Self::GreekLetters => &[('Ά', 'Ά'), ('Έ', 'Ί'), ('Ό', 'Ό'), ('Ύ', 'Ρ'), ('Σ', 'ώ')],
            Self::CyrillicLetters => &[
                ('Ѝ', 'Ѝ'),
                ('А', 'Ъ'),
                ('Ь', 'Ь'),
                ('Ю', 'ъ'),
                ('ь', 'ь'),
                ('ю', 'я'),
                ('ѝ', 'ѝ'),
            ],
            Self::FurtherSigns => &FURTHER_SIGNS,
        }
    }

    fn has(self, character: char) -> bool {
        self.ranges().iter().any(|(first, last)| (*first..=*last).contains(&character))
    }
}

/// The 649 Latin letters and sequences.
pub fn latin() -> impl Iterator<Item = String> {
    Group::LatinLetters.entries()
}

/// The whole set, group by group.
pub fn entries() -> impl Iterator<Item = (Group, String)> {
    Group::ALL.into_iter().flat_map(|group| group.entries().map(move |entry| (group, entry)))
}

/// Whether a text in NFC is written with letters, sequences and signs of the standard alone.
///
/// A mark counts only where a listed sequence has it.
#[must_use]
pub fn contains(text: &str) -> bool {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let behind = &rest[character.len_utf8()..];
        let tail = SEQUENCES
            .iter()
            .filter(|(tail, bases)| behind.starts_with(tail) && bases.contains(character))
            .map(|(tail, _)| tail.len())
            .max();
        let single = || {
            Group::ALL.iter().any(|group| *group != Group::CombiningMarks && group.has(character))
        };
        match tail {
            Some(tail) => rest = &behind[tail..],
            None if single() => rest = behind,
            None => return false,
        }
    }
    true
}

#[rustfmt::skip]
const LATIN_LETTERS: [(char, char); 38] = [
    ('A', 'Z'), ('a', 'z'), ('À', 'Ö'), ('Ø', 'ö'), ('ø', 'ž'), ('Ƈ', 'ƈ'), ('Ə', 'Ə'),
    ('Ɨ', 'Ɨ'), ('Ơ', 'ơ'), ('Ư', 'ư'), ('Ʒ', 'Ʒ'), ('Ǎ', 'ǜ'), ('Ǟ', 'ǟ'), ('Ǣ', 'ǰ'),
    ('Ǵ', 'ǵ'), ('Ǹ', 'ǿ'), ('Ȓ', 'ȓ'), ('Ș', 'ț'), ('Ȟ', 'ȟ'), ('ȧ', 'ȳ'), ('ə', 'ə'),
    ('ɨ', 'ɨ'), ('ʒ', 'ʒ'), ('Ḃ', 'ḃ'), ('Ḇ', 'ḇ'), ('Ḋ', 'ḑ'), ('ḗ', 'ḗ'), ('Ḝ', 'ḫ'),
    ('ḯ', 'ḷ'), ('Ḻ', 'ḻ'), ('Ṁ', 'ṉ'), ('Ṓ', 'ṛ'), ('Ṟ', 'ṣ'), ('Ṫ', 'ṯ'), ('Ẁ', 'ẇ'),
    ('Ẍ', 'ẗ'), ('ẞ', 'ẞ'), ('Ạ', 'ỹ'),
];

#[rustfmt::skip]
const NAME_MARKS: [(char, char); 14] = [
    (' ', ' '), ('\'', '\''), (',', '.'), ('`', '`'), ('~', '~'), ('¨', '¨'), ('´', '´'),
    ('·', '·'), ('ʹ', 'ʺ'), ('ʾ', 'ʿ'), ('ˈ', 'ˈ'), ('ˌ', 'ˌ'), ('’', '’'), ('‡', '‡'),
];

#[rustfmt::skip]
const SIGNS: [(char, char); 16] = [
    ('!', '&'), ('(', '+'), ('/', '@'), ('[', '_'), ('{', '}'), ('¡', '£'), ('¥', '¥'),
    ('§', '§'), ('©', '¬'), ('®', '³'), ('µ', '¶'), ('¹', '»'), ('¿', '¿'), ('×', '×'),
    ('÷', '÷'), ('€', '€'),
];

#[rustfmt::skip]
const COMBINING_MARKS: [(char, char); 11] = [
    ('\u{300}', '\u{302}'), ('\u{304}', '\u{304}'), ('\u{306}', '\u{308}'),
    ('\u{30B}', '\u{30D}'), ('\u{310}', '\u{310}'), ('\u{315}', '\u{315}'),
    ('\u{31B}', '\u{31B}'), ('\u{323}', '\u{323}'), ('\u{325}', '\u{328}'),
    ('\u{331}', '\u{331}'), ('\u{35F}', '\u{35F}'),
];

#[rustfmt::skip]
const FURTHER_SIGNS: [(char, char); 22] = [
    ('ƒ', 'ƒ'), ('ʰ', 'ʰ'), ('ʳ', 'ʳ'), ('ˆ', 'ˆ'), ('˜', '˜'), ('ˢ', 'ˢ'), ('ᵈ', 'ᵈ'),
    ('ᵗ', 'ᵗ'), ('‘', '‘'), ('‚', '‚'), ('“', '„'), ('†', '†'), ('…', '…'), ('‰', '‰'),
    ('′', '″'), ('‹', '›'), ('⁰', '⁰'), ('⁴', '⁹'), ('ⁿ', '₉'), ('™', '™'), ('∞', '∞'),
    ('≤', '≥'),
];

/// Sequences: what follows, and the letters that it follows.
const SEQUENCES: [(&str, &str); 23] = [
    ("\u{30B}", "Aa"),
    ("\u{300}", "CFGKMPSTZcfgkmpstz"),
    ("\u{304}", "CFHKNPSTZcfhknpstzÛûḲḳṢṣṬṭỤụ"),
    ("\u{306}", "CMNRZcmnrzÇç"),
    ("\u{308}", "CTZczẠạỌọỤụ"),
    ("\u{315}", "CKPTckptČč"),
    ("\u{323}", "CPcpČč"),
    ("\u{326}", "CHKLNchklnŽž"),
    ("\u{328}\u{306}", "Cc"),
    ("\u{302}", "DKLMNdklmn"),
    ("\u{331}", "HSs"),
    ("\u{301}", "JjÿĪī"),
    ("\u{30C}", "J"),
    ("\u{307}", "KUku"),
    ("\u{31B}", "KTkt"),
    ("\u{35F}H", "K"),
    ("\u{35F}h", "Kk"),
    ("\u{325}", "LRlr"),
    ("\u{325}\u{304}", "LRlr"),
    ("\u{310}", "Mm"),
    ("\u{31B}\u{304}", "Ss"),
    ("\u{327}", "ZzŽž"),
    ("\u{30D}", "ēō"),
];

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use unicode_normalization::is_nfc;

    use super::*;

    /// The SHA-256 of the list's lines, `group;code points in hexadecimal, + between`, sorted
    /// and each with a line feed behind it.
    const LIST: &str = "ee7d1b13bb3f2996c33b02d1efdfb02a35b0503bdb504e24c6f355db867ea28c";

    fn line(group: Group, entry: &str) -> String {
        let points: Vec<String> =
            entry.chars().map(|character| format!("{:04X}", u32::from(character))).collect();
        format!("{};{}\n", group.key(), points.join("+"))
    }

    #[test]
    fn each_group_has_as_many_entries_as_the_standard() {
        let counts = Group::ALL.map(|group| (group.key(), group.entries().count()));
        assert_eq!(
            counts,
            [
                ("bll", 649),
                ("bnlreq", 18),
                ("bnl", 60),
                ("bnlopt", 6),
                ("bnlnot", 4),
                ("dc", 20),
                ("gl", 69),
                ("cl", 62),
                ("enl", 42)
            ]
        );
        assert_eq!(latin().filter(|letter| letter.chars().count() == 1).count(), 500);
    }

    #[test]
    fn the_ranges_and_sequences_are_the_published_list() {
        let mut lines: Vec<String> = entries().map(|(group, entry)| line(group, &entry)).collect();
        lines.sort();
        let digest: [u8; 32] = Sha256::digest(lines.concat()).into();
        assert_eq!(format!("{digest:02x?}").replace([',', ' ', '[', ']'], ""), LIST);
    }

    #[test]
    fn every_entry_is_composed_as_names_are() {
        assert!(entries().all(|(_, entry)| is_nfc(&entry)));
    }

    #[test]
    fn a_text_is_of_the_set_when_each_of_its_letters_is() {
        assert!(
            entries()
                .all(|(group, entry)| { contains(&entry) == (group != Group::CombiningMarks) })
        );
        assert!(contains("K\u{35F}Hadija S\u{31B}\u{304}ükrü O’Neill-Ελένη, Стоян"));
        assert!(contains(""));
        for foreign in ["Jan გიორგი", "X\u{300}", "L\u{325}\u{301}", "Ωραία\u{345}", "Ы"]
        {
            assert!(!contains(foreign), "{foreign}");
        }
    }
}
