//! What signs somebody in, and whom a card is for, as it must stand on the front: for who holds
//! printed paper to it.

use tokenkaart_token::{
    run_files::Window,
    token::{CodeFormat, Position},
};
use zeroize::Zeroizing;

use super::{
    error::LayoutError, faces::Faces, fallback::FallbackFont, filling::is_own, grid::SetGrid,
    page::TextLine,
};
use crate::design::{Area, Colour, Design, Font, Mm, Pt};

/// A text that differs from card to card: the address, and what shows the name or the serial.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnText {
    /// What it is called in messages.
    pub key: String,
    /// Where it stands, from the corner of the trimmed card; nothing else stands there.
    pub area: Area,
    /// The face.
    pub font: Font,
    /// The smallest size that it may have, and the largest.
    pub sizes: [Pt; 2],
    /// The colour.
    pub colour: Colour,
    /// Whether a card may be without it.
    pub optional: bool,
    /// Whether the serial is in it.
    pub shows_serial: bool,
}

/// Where the cards of a run have what signs somebody in, and in which faces; what the texts beside it
/// say is not asked.
pub struct Standing {
    design: Design,
    format: CodeFormat,
    window: Window,
    faces: Faces,
    grid: SetGrid,
}

impl Standing {
    /// Of cards of a design, whose codes have a format, for envelopes with a window.
    ///
    /// # Errors
    /// [`LayoutError`] when codes of that format don't fit the design.
    pub fn new(
        design: Design,
        format: CodeFormat,
        window: Window,
        fallback: Option<FallbackFont>,
    ) -> Result<Self, LayoutError> {
        let faces = Faces::shipped()?.with_fallback(fallback);
        let grid = SetGrid::new(&faces, &design, &format)?;
        Ok(Self { design, format, window, faces, grid })
    }

    /// The design.
    #[must_use]
    pub const fn design(&self) -> &Design {
        &self.design
    }

    /// The fonts.
    #[must_use]
    pub const fn faces(&self) -> &Faces {
        &self.faces
    }

    /// The texts on the front that differ from card to card, but for the codes.
    #[must_use]
    pub fn own_texts(&self) -> Vec<OwnText> {
        let address = self.design.address.as_ref();
        let of_address = address.map(|field| OwnText {
            key: "address".to_owned(),
            area: field.at(self.window),
            font: Font::Text,
            sizes: [field.min_size, field.size],
            colour: Colour::BLACK,
            optional: false,
            shows_serial: false,
        });
        let texts = self.design.front.texts.iter().filter(|field| is_own(field)).map(|field| {
            let shift = match address {
                Some(address) if field.with_address => address.shift(self.window),
                _ => Mm(0.0),
            };
            OwnText {
                key: field.key.clone(),
                area: Area { x: field.area.x + shift, ..field.area },
                font: field.font,
                sizes: [field.min_size, field.size],
                colour: field.colour,
                optional: field.optional,
                shows_serial: field.names("serial"),
            }
        });
        of_address.into_iter().chain(texts).collect()
    }

    /// The number and the code of a position, where they stand from the corner of the trimmed
    /// card; `symbols` are the code's, as they are hashed.
    #[must_use]
    pub fn numbered_code(&self, position: Position, symbols: &str) -> [TextLine; 2] {
        let text = grouped(symbols, &self.format);
        [self.grid.number(position), self.grid.code(&self.faces, position, &text)]
    }
}

/// A line of text that begins at a place; `None` when neither the face nor the fallback font can
/// set it.
#[must_use]
pub fn line(
    faces: &Faces,
    font: Font,
    size: Pt,
    place: [Mm; 2],
    colour: Colour,
    text: &str,
) -> Option<TextLine> {
    let font = faces.choose(font, text).ok()?;
    let [x, baseline] = place;
    Some(TextLine::new(font, size, x, baseline, colour, text, faces.get(font).shape(text)))
}

/// The symbols of a code in the groups in which they are printed.
fn grouped(symbols: &str, format: &CodeFormat) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * symbols.len()));
    for (index, symbol) in symbols.chars().enumerate() {
        if index > 0 && format.grouping() > 0 && index % format.grouping() == 0 {
            text.push(' ');
        }
        text.push(symbol);
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rand::{SeedableRng, rngs::ChaCha20Rng};
    use tokenkaart_token::{
        holder::{Holder, HolderId, HolderName},
        language::Language,
        token::{Random, Token},
    };

    use super::*;
    use crate::{
        design::Design,
        layout::{CardOptions, Composer, Item},
        symbol::mark::{Envelope, RunId, Sequence},
    };

    #[test]
    fn what_must_stand_on_a_card_is_what_is_laid_out() {
        for format in [CodeFormat::default(), CodeFormat::federal()] {
            let settings = CardOptions::new(format.clone(), date(2026, 11, 22));
            let design = Design::built_in("card").unwrap();
            let composer = Composer::new(design.clone(), settings).unwrap();
            let standing = Standing::new(design, format.clone(), Window::Left, None).unwrap();
            let token =
                Token::draw(&format, &mut Random::new(ChaCha20Rng::seed_from_u64(5))).unwrap();
            let holder =
                Holder::new(HolderId::new("1").unwrap(), HolderName::new("An Peeters").unwrap());
            let sequence = Sequence { number: 1, total: 1, file: 1, card: 1, cards: 1 };
            let envelope = Envelope { run: RunId::from_bytes([0; 16]), sequence };
            let pages = composer.compose(&holder, Language::Nl, &token, &envelope).unwrap();
            let laid: Vec<&TextLine> = pages[0]
                .items
                .iter()
                .filter_map(|item| match item {
                    Item::Line(line) => Some(line),
                    _ => None,
                })
                .collect();
            let is_there = |wanted: &TextLine| {
                laid.iter().any(|line| {
                    let ids = |line: &TextLine| -> Vec<(u16, i32)> {
                        line.glyphs().iter().map(|glyph| (glyph.id, glyph.advance)).collect()
                    };
                    line.text() == wanted.text()
                        && (line.x, line.baseline, line.size)
                            == (wanted.x, wanted.baseline, wanted.size)
                        && (line.font, line.colour) == (wanted.font, wanted.colour)
                        && ids(line) == ids(wanted)
                })
            };
            for position in Position::all() {
                let symbols = token.code(position).printed(&format).replace(' ', "");
                let wanted = standing.numbered_code(position, &symbols);
                assert!(wanted.iter().all(is_there), "{position}");
            }
            let own = standing.own_texts();
            assert_eq!(own.iter().map(|text| &*text.key).collect::<Vec<_>>(), ["name", "serial"]);
        }
    }
}
