//! Where each thing stands on the page.
//!
//! Lengths are millimetres from the top left of the trimmed page. Only [`crate::print`]
//! knows PDF points.

mod face;
mod grid;
mod text;

use jiff::civil::Date;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use self::face::{BrokenFont, Face, Faces, Glyph};
use self::grid::SetGrid;
use crate::{
    design::{Area, Colour, Design, Font, Mm, Pt},
    holder::HolderName,
    language::Language,
    qr::{QrError, Symbol},
    token::{CodeFormat, Serial, Token},
};

/// Why a card can't be laid out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// No shipped font has the character.
    #[error(
        "{field} has `{character}` (U+{:04X}), which no font of this program can print; \
         ask the holder for the name in Latin letters, as on the identity card",
        u32::from(*character)
    )]
    NoGlyph {
        /// Which text.
        field: String,
        /// The character.
        character: char,
    },
    /// The text does not fit, not even small and broken.
    #[error(
        "{field} does not fit, not even at {min_size} pt in {lines} lines; \
         shorten it as the identity card does"
    )]
    TooLong {
        /// Which text.
        field: String,
        /// The smallest size of that text.
        min_size: f32,
        /// The lines there may be.
        lines: usize,
    },
    /// Codes would be too small to read.
    #[error(
        "codes of {symbols} symbols would be {size:.1} pt high on this design, and under \
         {min_size} pt nobody can read them; choose shorter codes"
    )]
    CodeTooLong {
        /// Symbols of a code.
        symbols: usize,
        /// The size at which they fit.
        size: f32,
        /// The size they must have.
        min_size: f32,
    },
    /// The URL can't be shown as a QR code.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// There is no place for it.
    #[error("the design has no place for a QR code; leave out --url or choose another design")]
    NoPlaceForQr,
    /// The program is broken.
    #[error(transparent)]
    Font(#[from] BrokenFont),
}

/// One thing on a page.
#[derive(Clone)]
pub enum Item {
    /// A filled rectangle.
    Fill {
        /// Where.
        area: Area,
        /// In which colour.
        colour: Colour,
    },
    /// A line of text.
    Line(Line),
    /// A QR code, quiet zone included.
    Qr {
        /// Where.
        area: Area,
        /// Its modules.
        symbol: Symbol,
    },
}

/// A line of text, shaped and placed. It may hold a code, so it wipes itself.
#[derive(Clone)]
pub struct Line {
    /// The face.
    pub font: Font,
    /// The size.
    pub size: Pt,
    /// The left end of the baseline.
    pub x: Mm,
    /// The baseline, from the top of the page.
    pub baseline: Mm,
    /// The colour.
    pub colour: Colour,
    content: Content,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Content {
    text: String,
    glyphs: Vec<Glyph>,
}

impl Line {
    fn new(
        font: Font,
        size: Pt,
        x: Mm,
        baseline: Mm,
        colour: Colour,
        text: &str,
        glyphs: Vec<Glyph>,
    ) -> Self {
        let content = Content { text: text.to_owned(), glyphs };
        Self { font, size, x, baseline, colour, content }
    }

    /// The characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.content.text
    }

    /// The glyphs, from left to right.
    #[must_use]
    pub fn glyphs(&self) -> &[Glyph] {
        &self.content.glyphs
    }
}

/// One page of a card.
pub struct Page {
    /// What stands on it, in order of drawing, which is the order of reading too.
    pub items: Vec<Item>,
}

/// What is alike on all cards of a run, made once.
pub struct Composer {
    design: Design,
    faces: Faces,
    format: CodeFormat,
    url: Option<String>,
    date: Date,
    grid: SetGrid,
    /// Drawn once when it is the same for all.
    common_qr: Option<Symbol>,
}

impl Composer {
    /// Settles what all cards have alike, and finds out whether it fits.
    ///
    /// # Errors
    /// [`LayoutError`] when codes of that format or the URL don't fit the design.
    pub fn new(
        design: Design,
        format: CodeFormat,
        url: Option<String>,
        date: Date,
    ) -> Result<Self, LayoutError> {
        let faces = Faces::shipped()?;
        let grid = SetGrid::new(&faces, &design, &format)?;
        let mut composer = Self { design, faces, format, url, date, grid, common_qr: None };
        if let Some(url) = &composer.url {
            let area = composer.design.qr.ok_or(LayoutError::NoPlaceForQr)?;
            // Serials are all of one length, so what fits with one fits with all.
            let symbol = Symbol::encode(&fill_url(url, &"2".repeat(19)), area.width.0)?;
            if !url.contains("{serial}") {
                composer.common_qr = Some(symbol);
            }
        }
        Ok(composer)
    }

    /// The fonts that the pages use.
    #[must_use]
    pub const fn faces(&self) -> &Faces {
        &self.faces
    }

    /// The design.
    #[must_use]
    pub const fn design(&self) -> &Design {
        &self.design
    }

    /// Pages of one card.
    #[must_use]
    pub const fn pages_per_card(&self) -> u32 {
        1
    }

    /// Whether a holder's card can be laid out; to be asked before a code is drawn.
    ///
    /// # Errors
    /// [`LayoutError`] when the name does not fit or has a character without a glyph.
    pub fn check(&self, name: &HolderName, language: Language) -> Result<(), LayoutError> {
        let serial = "W".repeat(4);
        let serial = [&*serial; 4].join("-");
        self.texts(name, language, &serial, &mut Vec::new())
    }

    /// Lays out one card.
    ///
    /// # Errors
    /// [`LayoutError`], all of which [`Composer::check`] finds too.
    pub fn compose(
        &self,
        name: &HolderName,
        language: Language,
        token: &Token,
    ) -> Result<Vec<Page>, LayoutError> {
        // Two lines a code and some rules: one allocation, so that no copy is left behind.
        let mut items = Vec::with_capacity(96);
        self.grid.ground(&mut items);
        let serial = token.serial().to_string();
        self.texts(name, language, &serial, &mut items)?;
        self.qr(token.serial(), &mut items)?;
        self.grid.codes(&self.faces, &self.format, token, &mut items);
        Ok(vec![Page { items }])
    }

    fn texts(
        &self,
        name: &HolderName,
        language: Language,
        serial: &str,
        items: &mut Vec<Item>,
    ) -> Result<(), LayoutError> {
        let date = language.date(self.date);
        for field in &self.design.texts {
            let text = fill(field.content(language), |placeholder| match placeholder {
                "name" => Some(name.as_str()),
                "serial" => Some(serial),
                "date" => Some(&date),
                _ => None,
            });
            items.extend(text::set(&self.faces, field, &text)?.into_iter().map(Item::Line));
        }
        Ok(())
    }

    fn qr(&self, serial: &Serial, items: &mut Vec<Item>) -> Result<(), LayoutError> {
        let (Some(url), Some(area)) = (&self.url, self.design.qr) else { return Ok(()) };
        let symbol = match &self.common_qr {
            Some(symbol) => symbol.clone(),
            None => Symbol::encode(&fill_url(url, &serial.to_string()), area.width.0)?,
        };
        items.push(Item::Qr { area, symbol });
        Ok(())
    }
}

/// The URL of a token's QR code.
#[must_use]
pub fn fill_url(url: &str, serial: &str) -> String {
    url.replace("{serial}", serial)
}

/// Fills in `{placeholders}` in one pass, so that a name with braces in it is left alone.
fn fill<'a>(text: &'a str, value: impl Fn(&str) -> Option<&'a str>) -> Zeroizing<String> {
    let mut filled = Zeroizing::new(String::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(value(name).unwrap_or_default());
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;
    use crate::token::{Alphabet, CheckSymbol, Random};

    const URL: &str = "https://aanmelden.example.be/?s={serial}";

    fn composer() -> Composer {
        let date = jiff::civil::date(2026, 11, 22);
        let design = Design::built_in("card").unwrap();
        Composer::new(design, CodeFormat::default(), Some(URL.to_owned()), date).unwrap()
    }

    fn token() -> Token {
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        Token::draw(&CodeFormat::default(), &mut random).unwrap()
    }

    /// The area a line's letters stand in: from the ascender of capitals to the descender.
    fn area(composer: &Composer, line: &Line) -> Area {
        let face = composer.faces.get(line.font);
        let rise = Mm::from(line.size * face.cap_height());
        Area {
            x: line.x,
            y: line.baseline - rise,
            width: face.length(line.glyphs(), line.size).into(),
            height: rise + Mm::from(line.size * 0.22),
        }
    }

    fn assert_tidy(composer: &Composer, page: &Page) {
        let safe = Area { x: Mm(3.0), y: Mm(3.0), width: Mm(79.6), height: Mm(47.98) };
        let mut placed: Vec<(Area, &str)> = Vec::new();
        for item in &page.items {
            let (area, what) = match item {
                Item::Fill { .. } => continue,
                Item::Line(line) => (area(composer, line), line.text()),
                Item::Qr { area, .. } => (*area, "QR"),
            };
            assert!(safe.contains(&area), "{what} leaves the safe area: {area:?}");
            for (other, what_other) in &placed {
                assert!(!area.overlaps(other), "{what} overlaps {what_other}");
            }
            placed.push((area, what));
        }
        assert_eq!(placed.iter().filter(|(_, what)| *what == "QR").count(), 1);
    }

    fn size_and_lines(name: &str) -> Result<(f32, Vec<String>), LayoutError> {
        let composer = composer();
        let name = HolderName::new(name).unwrap();
        let pages = composer.compose(&name, Language::Nl, &token())?;
        assert_tidy(&composer, &pages[0]);
        let lines: Vec<_> = pages[0]
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Line(line) if line.font == Font::Bold && line.x == Mm(3.0) => Some(line),
                _ => None,
            })
            .skip(1)
            .collect();
        Ok((lines[0].size.0, lines.iter().map(|line| line.text().to_owned()).collect()))
    }

    #[test]
    fn a_short_name_is_set_large_in_one_line() {
        assert_eq!(size_and_lines("Jan Peeters").unwrap(), (11.0, vec!["Jan Peeters".to_owned()]));
    }

    #[test]
    fn a_longer_name_is_set_smaller_before_it_is_broken() {
        let (size, lines) = size_and_lines("Marie-Louise Vandenbroucke-Desmedt").unwrap();
        assert_eq!(lines.len(), 1);
        assert!((7.0..11.0).contains(&size), "{size}");
    }

    #[test]
    fn the_longest_name_of_the_register_fits_in_two_lines() {
        let name = "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche";
        let (size, lines) = size_and_lines(name).unwrap();
        assert_eq!(lines.join(" "), name);
        assert_eq!(lines.len(), 2);
        assert!(size >= 7.0);
    }

    #[test]
    fn a_name_that_cannot_fit_is_refused_before_the_run() {
        let composer = composer();
        let name = HolderName::new(&"Wolfeschlegelsteinhausenbergerdorff ".repeat(5)).unwrap();
        let error = composer.check(&name, Language::De).unwrap_err();
        assert!(matches!(error, LayoutError::TooLong { .. }), "{error}");
        assert!(composer.compose(&name, Language::De, &token()).is_err());
    }

    #[test]
    fn a_name_in_letters_without_a_font_is_refused_by_character() {
        let name = HolderName::new("Jan გიორგი").unwrap();
        let error = composer().check(&name, Language::Nl).unwrap_err().to_string();
        assert!(error.contains("`გ` (U+10D2)"), "{error}");
    }

    #[test]
    fn braces_in_a_name_are_left_alone() {
        let (_, lines) = size_and_lines("Jan {serial} Peeters").unwrap();
        assert_eq!(lines, ["Jan {serial} Peeters"]);
    }

    #[test]
    fn codes_are_large_and_every_format_that_fits_is_readable() {
        let composer = composer();
        assert!(composer.grid.code_size().0 >= 9.5, "{:?}", composer.grid.code_size());
        let design = Design::built_in("card").unwrap();
        let date = jiff::civil::date(2026, 11, 22);
        let alphabet = Alphabet::new(Alphabet::DEFAULT).unwrap();
        for (length, fits) in [(6, true), (12, true), (16, false)] {
            let format = CodeFormat::new(alphabet.clone(), length, 4, CheckSymbol::None).unwrap();
            let composed = Composer::new(design.clone(), format, None, date);
            assert_eq!(composed.is_ok(), fits, "{length}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_two_things_overlap_and_none_leaves_the_safe_area(
            words in prop::collection::vec("[A-Za-zÀ-žΑ-ωА-я'’-]{1,14}", 1..9),
            language in prop::sample::select(Language::ALL.to_vec()),
        ) {
            let composer = composer();
            let name = HolderName::new(&words.join(" ")).unwrap();
            if composer.check(&name, language).is_ok() {
                let pages = composer.compose(&name, language, &token()).unwrap();
                assert_tidy(&composer, &pages[0]);
            }
        }
    }
}
