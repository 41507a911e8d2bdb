//! Words, and the runs that they stand in.

use zeroize::Zeroizing;

/// A word: what stands between spaces.
///
/// It may be part of a code, so there is no `Debug`, and it is wiped on drop.
pub struct Word {
    /// Where its baseline starts, in mm from the left of the page.
    pub x: f64,
    /// Its baseline, in mm from the top of the page.
    pub y: f64,
    /// How far it reaches along its baseline, in mm.
    pub width: f64,
    /// Font size in points.
    pub size: f64,
    /// Whether its place is that of its own glyphs; that of a word in a text that was given for many
    /// glyphs is known by its share of the letters, but for the first.
    pub is_in_place: bool,
    pub(super) text: Zeroizing<String>,
}

impl Word {
    /// The characters, in NFC.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Words on one baseline, of one size, with no more than a space between.
pub struct TextRun {
    pub(super) words: Vec<Word>,
}

impl TextRun {
    /// The words, at least one, in reading order.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The words with a space between.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        // Room for all of it, so that no copy is left behind by growing.
        let length = self.words.iter().map(|word| word.text.len() + 1).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        text
    }
}
