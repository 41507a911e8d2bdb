//! A page of text that a counter hands out: facts, what to do, a code to type off, lines to sign on.

use tokenkaart_token::language::Language;

use super::{
    error::LayoutError,
    face::Face,
    faces::Faces,
    page::{Item, Page, TextLine},
    tag::Tag,
    text::fill_lines,
};
use crate::design::{Area, Colour, Font, Mm, Pt};

/// White at the left and right edge of the page.
const MARGIN: Mm = Mm(22.0);
/// From the upper edge of the page to the first line.
const TOP: Mm = Mm(24.0);
/// White at the lower edge of the page; printers need some.
const BOTTOM: Mm = Mm(15.0);
const SMALL: Pt = Pt(10.0);
const TEXT: Pt = Pt(11.5);
const HEADING: Pt = Pt(13.5);
const TITLE: Pt = Pt(22.0);
const CODE: Pt = Pt(24.0);
/// No text is set smaller.
const SMALLEST: Pt = Pt(7.0);
const STEP: Pt = Pt(0.5);
/// From one baseline to the next, in ems.
const LEADING: f32 = 1.4;
/// From the left margin to what a fact says.
const FACT: Mm = Mm(52.0);
/// Between two blocks, in ems of running text.
const GAP: f32 = 0.75;
/// White around the code in its ground.
const AROUND: Mm = Mm(5.0);
/// Behind the code.
const GROUND: Colour = Colour { rgb: [0xEE, 0xF1, 0xF4] };
/// Room for a hand that writes above a line.
const HAND: Mm = Mm(13.0);
const RULE: Mm = Mm(0.2);

/// A part of the page, in the order of reading.
pub(crate) enum Block<'a> {
    /// Who hands it out.
    Office(&'a str),
    /// What it is.
    Title(&'a str),
    /// What the next paragraphs are about.
    Heading(&'a str),
    /// A text.
    Paragraph(&'a str),
    /// A name and what it is.
    Fact(&'a str, &'a str),
    /// What is typed off.
    Code(&'a str),
    /// A line to write on, and what belongs there.
    Blank(&'a str),
    /// White.
    Gap,
}

/// Lays the page out.
///
/// # Errors
/// [`LayoutError`] when a text has a character without a glyph, or there is too much of it.
pub(crate) fn lay_out(
    faces: &Faces,
    page: &Area,
    language: Language,
    blocks: &[Block<'_>],
) -> Result<Page, LayoutError> {
    // A code is among the lines: one allocation, so that no copy is left behind.
    let items = Vec::with_capacity(200);
    let mut sheet = HandoutPage { faces, page, language, place: 0, y: TOP, items };
    for block in blocks {
        sheet.block(block)?;
    }
    if sheet.y > page.height - BOTTOM {
        return Err(LayoutError::TooLong { field: "the page".to_owned(), lines: 1 });
    }
    Ok(Page { items: sheet.items })
}

/// The page so far, and where it goes on.
struct HandoutPage<'a> {
    faces: &'a Faces,
    page: &'a Area,
    language: Language,
    /// How many texts there are.
    place: usize,
    y: Mm,
    items: Vec<Item>,
}

impl HandoutPage<'_> {
    fn width(&self) -> Mm {
        self.page.width - MARGIN - MARGIN
    }

    fn block(&mut self, block: &Block<'_>) -> Result<(), LayoutError> {
        let width = self.width();
        match block {
            Block::Office(text) => {
                self.text(Font::Bold, SMALL, (MARGIN, width), None, text)?;
                self.y += Mm(8.0);
            }
            Block::Title(text) => {
                self.text(Font::Bold, TITLE, (MARGIN, width), Some(1), text)?;
                self.y += Mm(3.0);
            }
            Block::Heading(text) => {
                self.y += Mm(3.0);
                self.text(Font::Bold, HEADING, (MARGIN, width), Some(2), text)?;
                self.y += Mm(1.5);
            }
            Block::Paragraph(text) => {
                self.text(Font::Text, TEXT, (MARGIN, width), None, text)?;
                self.y += Mm::from(Pt(TEXT.0 * GAP));
            }
            Block::Fact(name, what) => {
                let top = self.y;
                self.text(Font::Text, TEXT, (MARGIN, FACT - Mm(3.0)), None, name)?;
                let under = self.y;
                self.y = top;
                self.text(Font::Bold, TEXT, (MARGIN + FACT, width - FACT), None, what)?;
                self.y = Mm(self.y.0.max(under.0)) + Mm(1.0);
            }
            Block::Gap => self.y += Mm(6.0),
            Block::Code(text) => self.code(text)?,
            Block::Blank(text) => {
                self.y += HAND;
                let area = Area { x: MARGIN, y: self.y, width: Mm(95.0), height: RULE };
                self.items.push(Item::Fill { area, colour: Colour::BLACK });
                self.y += Mm(1.0);
                self.text(Font::Text, SMALL, (MARGIN, width), None, text)?;
            }
        }
        Ok(())
    }

    fn code(&mut self, text: &str) -> Result<(), LayoutError> {
        let width = self.width();
        let place = self.items.len();
        let top = self.y;
        self.y += AROUND;
        let inside = (MARGIN + AROUND, width - AROUND - AROUND);
        self.text(Font::Codes, CODE, inside, None, text)?;
        self.y += AROUND;
        let area = Area { x: MARGIN, y: top, width, height: self.y - top };
        self.items.insert(place, Item::Fill { area, colour: GROUND });
        self.y += Mm(4.0);
        Ok(())
    }

    /// A text from the left on, on as many lines as it takes; smaller where a word is longer than
    /// the width.
    fn text(
        &mut self,
        font: Font,
        size: Pt,
        (x, width): (Mm, Mm),
        heading: Option<u8>,
        text: &str,
    ) -> Result<(), LayoutError> {
        let font = self
            .faces
            .choose(font, text)
            .map_err(|why| LayoutError::no_face("a text of the page", why))?;
        let face = self.faces.get(font);
        let fits = |size: &Pt| {
            fill_lines(face, text, Pt::from(width).0 / size.0).map(|lines| (*size, lines))
        };
        let (size, lines) = std::iter::successors(Some(size), |size| Some(*size - STEP))
            .take_while(|size| size.0 >= SMALLEST.0)
            .find_map(|size| fits(&size))
            .unwrap_or_else(|| (SMALL, torn(face, text, Pt::from(width).0 / SMALL.0)));
        let tag = Tag::text(self.place, heading, self.language);
        self.place += 1;
        let mut baseline = self.y;
        for line in lines {
            baseline += Mm::from(size);
            let glyphs = face.shape(line);
            let line = TextLine::new(font, size, x, baseline, Colour::BLACK, line, glyphs);
            self.items.push(Item::Line(line.tagged(tag)));
            baseline += Mm::from(Pt(size.0 * (LEADING - 1.0)));
        }
        self.y = baseline;
        Ok(())
    }
}

/// Lines of so many ems of a text with a word that is longer than any of them.
fn torn<'t>(face: &Face, text: &'t str, room: f32) -> Vec<&'t str> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, symbol) in text.char_indices() {
        let end = at + symbol.len_utf8();
        if at > start && face.length(&face.shape(&text[start..end]), Pt(1.0)).0 > room {
            lines.push(&text[start..at]);
            start = at;
        }
    }
    lines.push(&text[start..]);
    lines
}
