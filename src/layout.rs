//! Where each thing stands on the page.
//!
//! Lengths are millimetres from the top left of the trimmed page. Only [`crate::print`]
//! knows PDF points.

mod address;
mod contact;
pub(crate) mod count_sheet;
mod envelope;
mod face;
mod faces;
mod fallback;
mod grid;
mod marks;
mod naming;
mod script;
mod sheet;
mod text;

use std::collections::BTreeMap;

use jiff::civil::Date;
use tokenkaart_token::{
    holder::Holder,
    language::Language,
    run_files::Window,
    token::{CodeFormat, Serial, Token},
};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use self::{
    contact::contact_sheet,
    face::{Face, Glyph},
    faces::{BrokenFont, Faces},
    fallback::{FallbackError, FallbackFont, MAX_FALLBACK_BYTES},
    naming::NamingText,
};
use self::{faces::NoFace, grid::SetGrid};
use crate::{
    design::{Area, Colour, Design, Font, Logo, Mm, Pt, TextField},
    symbol::{
        Symbol,
        mark::{Envelope, NotAMark},
        matrix::MatrixError,
        qr::{self, QrError},
    },
};

/// Why a card can't be laid out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// No font has the character.
    #[error(
        "{field} has `{character}` (U+{:04X}), which no font of this program can print; \
         ask the holder for the name in Latin letters, as on the identity card, or give a \
         fallback font that has it",
        u32::from(*character)
    )]
    NoGlyph {
        /// Which text.
        field: String,
        /// The character.
        character: char,
    },
    /// The text needs two fonts.
    #[error(
        "{field} has `{character}` (U+{:04X}), which only the fallback font can print, and \
         `{other}` (U+{:04X}), which it can't; a text is set in one font, so give a fallback \
         font that has both",
        u32::from(*character),
        u32::from(*other)
    )]
    TwoFonts {
        /// Which text.
        field: String,
        /// What the design's own font lacks.
        character: char,
        /// What the fallback font lacks.
        other: char,
    },
    /// The text is written from right to left.
    #[error(
        "{field} has `{character}` (U+{:04X}), a letter written from right to left, which this \
         program can't set; ask the holder for the name in Latin letters, as on the identity card",
        u32::from(*character)
    )]
    RightToLeft {
        /// Which text.
        field: String,
        /// The character.
        character: char,
    },
    /// A text with the holder's name does not fit, not even small and broken.
    #[error(
        "{field} is too long for the card, also in small print{}; \
         shorten it, for example by leaving out second given names",
        on_lines(*lines)
    )]
    NameTooLong {
        /// Which text.
        field: String,
        /// The lines there may be.
        lines: usize,
    },
    /// The address does not fit, not even small.
    #[error(
        "the address is too long for the envelope's window, also in small print; shorten the \
         name, the street or the city in the holder file, as on an envelope written by hand"
    )]
    AddressTooLong,
    /// A text of the design does not fit, not even small and broken.
    #[error(
        "{field} is too long for its place, also in small print{}; shorten it, or give it more \
         room in the design",
        on_lines(*lines)
    )]
    TooLong {
        /// Which text.
        field: String,
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
    /// The envelope can't be marked.
    #[error(transparent)]
    Mark(#[from] NotAMark),
    /// The mark can't be shown as a Data Matrix.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// There is no place for it.
    #[error("the design has no place for a QR code; leave out the URL or choose another design")]
    NoPlaceForQr,
    /// A letter needs an address.
    #[error(
        "the design is a letter, and the holder has no {missing}; \
         add it to the holder file, or choose a design that needs none"
    )]
    NoAddress {
        /// What is missing.
        missing: &'static str,
    },
    /// The design shows what was not given.
    #[error("text `{field}` of the design shows the {placeholder}; give it")]
    NotGiven {
        /// Which text.
        field: String,
        /// What it shows.
        placeholder: &'static str,
    },
    /// There is nothing to print on it.
    #[error("the design has no back; leave the back out or choose another design")]
    NoBack,
    /// The program is broken.
    #[error(transparent)]
    Font(#[from] BrokenFont),
}

/// How many lines a text may take, if more than one.
fn on_lines(lines: usize) -> String {
    if lines > 1 { format!(" on {lines} lines") } else { String::new() }
}

impl LayoutError {
    fn no_face(field: &str, why: NoFace) -> Self {
        let field = field.to_owned();
        match why {
            NoFace::Missing(character) => Self::NoGlyph { field, character },
            NoFace::Mixed { face: character, fallback: other } => {
                Self::TwoFonts { field, character, other }
            }
            NoFace::RightToLeft(character) => Self::RightToLeft { field, character },
        }
    }
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
    Line(TextLine),
    /// A QR code or a Data Matrix, quiet zone included.
    Symbol {
        /// Where.
        area: Area,
        /// Its modules.
        symbol: Symbol,
    },
    /// A logo.
    Logo(Logo),
}

impl Item {
    /// The same thing elsewhere on the page.
    fn moved(self, right: Mm, down: Mm) -> Self {
        let moved = |area: Area| Area { x: area.x + right, y: area.y + down, ..area };
        match self {
            Self::Fill { area, colour } => Self::Fill { area: moved(area), colour },
            Self::Symbol { area, symbol } => Self::Symbol { area: moved(area), symbol },
            Self::Logo(logo) => Self::Logo(Logo { area: moved(logo.area), ..logo }),
            Self::Line(mut line) => {
                line.x += right;
                line.baseline += down;
                Self::Line(line)
            }
        }
    }
}

/// A line of text, shaped and placed. It may hold a code, so it wipes itself.
#[derive(Clone)]
pub struct TextLine {
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
    content: PageContent,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct PageContent {
    text: String,
    glyphs: Vec<Glyph>,
}

impl TextLine {
    fn new(
        font: Font,
        size: Pt,
        x: Mm,
        baseline: Mm,
        colour: Colour,
        text: &str,
        glyphs: Vec<Glyph>,
    ) -> Self {
        let content = PageContent { text: text.to_owned(), glyphs };
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

/// What a run's cards have alike, beside the design.
#[derive(Clone, Debug)]
pub struct CardOptions {
    /// What codes look like.
    pub format: CodeFormat,
    /// The sign-in page in the QR code, `{serial}` standing for the serial.
    pub url: Option<String>,
    /// The date of request.
    pub date: Date,
    /// Who issues the cards.
    pub office: Option<String>,
    /// Whom to call when a card is lost.
    pub phone: Option<String>,
    /// Whether the back is printed too.
    pub back: bool,
    /// On which side the envelopes have their window.
    pub window: Window,
}

impl CardOptions {
    /// Codes of a format and a date of request; nothing else is shown.
    #[must_use]
    pub const fn new(format: CodeFormat, date: Date) -> Self {
        Self {
            format,
            url: None,
            date,
            office: None,
            phone: None,
            back: false,
            window: Window::Left,
        }
    }
}

/// What is alike on all cards of a run, made once.
pub struct Composer {
    design: Design,
    faces: Faces,
    settings: CardOptions,
    grid: SetGrid,
    /// What stands on every front and back, by language.
    common: BTreeMap<Language, [Vec<Item>; 2]>,
    /// Drawn once when it is the same for all.
    common_qr: Option<Symbol>,
}

impl Composer {
    /// Settles what all cards have alike, and finds out whether it fits.
    ///
    /// # Errors
    /// [`LayoutError`] when codes of that format, the URL or a text don't fit the design, or the
    /// design shows what was not given.
    pub fn new(design: Design, settings: CardOptions) -> Result<Self, LayoutError> {
        Self::with_fallback(design, settings, None)
    }

    /// As [`Composer::new`], with a font for names that the design's own font can't set.
    ///
    /// # Errors
    /// As [`Composer::new`].
    pub fn with_fallback(
        design: Design,
        settings: CardOptions,
        fallback: Option<FallbackFont>,
    ) -> Result<Self, LayoutError> {
        let faces = Faces::shipped()?.with_fallback(fallback);
        let grid = SetGrid::new(&faces, &design, &settings.format)?;
        let common = BTreeMap::new();
        let mut composer = Self { design, faces, settings, grid, common, common_qr: None };
        if composer.settings.back && composer.design.back.is_none() {
            return Err(LayoutError::NoBack);
        }
        for language in Language::ALL {
            let sides = composer.common_items(language)?;
            composer.common.insert(language, sides);
        }
        if let Some(url) = &composer.settings.url {
            let area = composer.design.qr.ok_or(LayoutError::NoPlaceForQr)?;
            // Serials are all of one length, so what fits with one fits with all.
            let symbol = qr::encode(&fill_url(url, &"2".repeat(19)), area.width.0)?;
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

    /// Faces of a card that are printed: the front, and the back if it was asked for.
    #[must_use]
    pub fn sides(&self) -> u32 {
        1 + u32::from(self.settings.back)
    }

    /// Whether a holder's card can be laid out; to be asked before a code is drawn.
    ///
    /// # Errors
    /// [`LayoutError`] when the name or the address is missing, does not fit or has a character
    /// without a glyph.
    pub fn check(&self, holder: &Holder, language: Language) -> Result<(), LayoutError> {
        let serial = [&*"W".repeat(4); 4].join("-");
        self.own_items(holder, language, &serial, &mut Vec::new())
    }

    /// Lays out one card: its front, and its back if it was asked for. The envelope is shown
    /// where the design has a place for its mark and its sequence.
    ///
    /// # Errors
    /// [`LayoutError`], all of which [`Composer::check`] and [`Composer::check_sequence`] find too.
    pub fn compose(
        &self,
        holder: &Holder,
        language: Language,
        token: &Token,
        envelope: &Envelope,
    ) -> Result<Vec<Page>, LayoutError> {
        // Two lines a code and what stands around them: one allocation, so that no copy is
        // left behind.
        let mut items = Vec::with_capacity(160);
        let common = self.common.get(&language);
        items.extend(common.iter().flat_map(|[front, _]| front).cloned());
        self.own_items(holder, language, &token.serial().to_string(), &mut items)?;
        self.mark(envelope, 1, &mut items)?;
        self.sequence(&envelope.sequence, &mut items)?;
        self.qr(token.serial(), &mut items)?;
        self.grid.codes(&self.faces, &self.settings.format, token, &mut items);
        let mut pages = vec![Page { items }];
        if self.settings.back {
            let mut back = common.map(|[_, back]| back.clone()).unwrap_or_default();
            self.mark(envelope, 2, &mut back)?;
            pages.push(Page { items: back });
        }
        Ok(pages)
    }

    /// Puts the pages of some cards on the pages that are printed: as they are, or several on a
    /// sheet, with `label` in its slug.
    ///
    /// # Errors
    /// [`LayoutError`] when the label does not fit.
    pub fn impose(&self, cards: Vec<Vec<Page>>, label: &str) -> Result<Vec<Page>, LayoutError> {
        match &self.design.sheet {
            None => Ok(cards.into_iter().flatten().collect()),
            Some(sheet) => sheet::impose(&self.faces, &self.design, sheet, cards, label),
        }
    }

    /// What stands on both faces of every card in a language.
    fn common_items(&self, language: Language) -> Result<[Vec<Item>; 2], LayoutError> {
        let mut front = Vec::new();
        self.grid.ground(&mut front);
        let mut sides = [front, Vec::new()];
        let back = self.design.back.as_ref().filter(|_| self.settings.back);
        for (side, items) in [Some(&self.design.front), back].into_iter().zip(&mut sides) {
            let Some(side) = side else { continue };
            for rule in &side.rules {
                marks::rule(rule, items);
            }
            items.extend(side.logos.iter().map(|logo| Item::Logo(fitted(logo))));
            for field in side.texts.iter().filter(|field| !is_own(field)) {
                let text = self.fill(field, language, "", "")?;
                items.extend(self.set(field, &text)?);
            }
        }
        Ok(sides)
    }

    /// What stands on the front of one holder's card alone.
    fn own_items(
        &self,
        holder: &Holder,
        language: Language,
        serial: &str,
        items: &mut Vec<Item>,
    ) -> Result<(), LayoutError> {
        if let Some(address) = &self.design.address {
            items.extend(
                address::set(&self.faces, address, self.settings.window, holder)?
                    .into_iter()
                    .map(Item::Line),
            );
        }
        for field in self.design.front.texts.iter().filter(|field| is_own(field)) {
            let text = self.fill(field, language, holder.name.as_str(), serial)?;
            items.extend(self.set(field, &text)?);
        }
        Ok(())
    }

    /// A field's lines, where they stand for the envelopes' window.
    fn set(&self, field: &TextField, text: &str) -> Result<Vec<Item>, LayoutError> {
        let right = match &self.design.address {
            Some(address) if field.with_address => address.shift(self.settings.window),
            _ => Mm(0.0),
        };
        let lines = text::set(&self.faces, field, text)?;
        Ok(lines.into_iter().map(|line| Item::Line(line).moved(right, Mm(0.0))).collect())
    }

    /// A field's text with its placeholders filled in; empty when it is left out.
    fn fill(
        &self,
        field: &TextField,
        language: Language,
        name: &str,
        serial: &str,
    ) -> Result<String, LayoutError> {
        let given = [("office", &self.settings.office), ("phone", &self.settings.phone)];
        for (placeholder, value) in given {
            if value.is_none() && field.names(placeholder) {
                return if field.optional {
                    Ok(String::new())
                } else {
                    Err(LayoutError::NotGiven { field: field.key.clone(), placeholder })
                };
            }
        }
        let date = language.date(self.settings.date);
        Ok(fill(field.content(language), |placeholder| match placeholder {
            "name" => Some(name),
            "serial" => Some(serial),
            "date" => Some(&date),
            "office" => self.settings.office.as_deref(),
            "phone" => self.settings.phone.as_deref(),
            _ => None,
        }))
    }

    fn qr(&self, serial: &Serial, items: &mut Vec<Item>) -> Result<(), LayoutError> {
        let (Some(url), Some(area)) = (&self.settings.url, self.design.qr) else { return Ok(()) };
        let symbol = match &self.common_qr {
            Some(symbol) => symbol.clone(),
            None => qr::encode(&fill_url(url, &serial.to_string()), area.width.0)?,
        };
        items.push(Item::Symbol { area, symbol });
        Ok(())
    }
}

/// A logo in the middle of its area, as large as fits.
fn fitted(logo: &Logo) -> Logo {
    let Area { x, y, width, height } = logo.area;
    let aspect = logo.artwork.aspect();
    let fitted_width = Mm(width.0.min(height.0 * aspect));
    let fitted_height = fitted_width / aspect;
    let area = Area {
        x: x + (width - fitted_width) / 2.0,
        y: y + (height - fitted_height) / 2.0,
        width: fitted_width,
        height: fitted_height,
    };
    Logo { area, artwork: logo.artwork.clone() }
}

/// Whether a text differs from card to card.
fn is_own(field: &TextField) -> bool {
    field.names("name") || field.names("serial")
}

/// The URL of a token's QR code.
#[must_use]
pub(crate) fn fill_url(url: &str, serial: &str) -> String {
    url.replace("{serial}", serial)
}

/// Fills in `{placeholders}` in one pass, so that a name with braces in it is left alone.
fn fill<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::new();
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
mod tests;
