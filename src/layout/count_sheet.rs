//! One page that says what a run is made of, with room for counts and signatures.

use super::{
    faces::Faces,
    page::{Item, Page, TextLine},
};
use crate::design::{Area, Colour, Font, Mm, Pt};

/// White at the left and right edge of the page.
const MARGIN: Mm = Mm(18.0);
const TITLE_SIZE: Pt = Pt(15.0);
const SIZE: Pt = Pt(9.0);
/// The size of the table of files; smaller where a text is too long for its column.
const FILE_SIZE: Pt = Pt(7.5);
/// From one line to the next.
const LINE: Mm = Mm(4.6);
const FILE_LINE: Mm = Mm(4.4);
/// From the left margin to what a fact says.
const FACT: Mm = Mm(42.0);
/// The columns of the table of files.
const FILE_COLUMNS: [Mm; 6] = [Mm(0.0), Mm(30.0), Mm(54.0), Mm(66.0), Mm(103.0), Mm(140.0)];
/// A row to be filled in by hand.
const COUNT_ROW: Mm = Mm(7.0);
/// From the left margin to where each party writes.
const PARTIES: [Mm; 2] = [Mm(62.0), Mm(120.0)];
const RULE: Mm = Mm(0.2);

/// From the upper edge of the page to the title's baseline.
const TOP: Mm = Mm(20.0);
/// White at the lower edge of the page; printers need some.
const BOTTOM: Mm = Mm(15.0);
/// Between the names of the parties and the first row that they fill in.
const UNDER_PARTIES: Mm = Mm(1.5);
/// A row to be signed is so much higher than one to be counted in.
const SIGNATURE_ROW: Mm = Mm(9.0);
/// From a baseline to the line that is written on.
const BLANK: Mm = Mm(1.0);
/// The most facts there is room for.
pub(crate) const MAX_FACTS: usize = 16;

/// What stands on the page, in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountSheet {
    /// What the page is.
    pub(crate) title: String,
    /// What is known of the run: a name and what it is, at most [`MAX_FACTS`].
    pub(crate) facts: Vec<[String; 2]>,
    /// The head of the table of files.
    pub(crate) head: [String; 6],
    /// The files, at most as many as there is [room](CountSheet::room) for.
    pub(crate) files: Vec<[String; 6]>,
    /// The two who count and sign.
    pub(crate) parties: [String; 2],
    /// What each counts, to be filled in by hand.
    pub(crate) counts: Vec<String>,
    /// What each signs with.
    pub(crate) signature: [String; 3],
}

impl CountSheet {
    /// How many files there is room for on a page, beside all else that stands on it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn room(&self, page: &Area) -> usize {
        let facts = self.facts.len().min(MAX_FACTS) as f32;
        // The title and a line under it, the facts and another, the head, and two under the files.
        let above = TOP + LINE * (5.0 + facts) + FILE_LINE;
        let counts = UNDER_PARTIES + COUNT_ROW * self.counts.len() as f32;
        let below = counts + LINE + SIGNATURE_ROW * self.signature.len() as f32 + BLANK + RULE;
        let room = page.height - BOTTOM - above - below;
        (room.0 / FILE_LINE.0).max(0.0) as usize
    }
}

/// Lays the page out.
#[must_use]
pub(crate) fn lay_out(faces: &Faces, page: &Area, counted: &CountSheet) -> Page {
    let mut sheet = CountSheetPage { faces, right: page.width - MARGIN, items: Vec::new(), y: TOP };
    sheet.line(Font::Bold, TITLE_SIZE, Mm(0.0), page.width, &counted.title);
    sheet.y += LINE + LINE;
    for [name, what] in counted.facts.iter().take(MAX_FACTS) {
        sheet.line(Font::Text, SIZE, Mm(0.0), FACT, name);
        sheet.line(Font::Text, SIZE, FACT, page.width, what);
        sheet.y += LINE;
    }
    sheet.y += LINE;
    sheet.files(Font::Bold, &counted.head);
    sheet.rule();
    for file in counted.files.iter().take(counted.room(page)) {
        sheet.files(Font::Text, file);
    }
    sheet.y += LINE + LINE;
    for (party, x) in counted.parties.iter().zip(PARTIES) {
        sheet.line(Font::Bold, SIZE, x, Mm(50.0), party);
    }
    sheet.y += UNDER_PARTIES;
    for count in &counted.counts {
        sheet.y += COUNT_ROW;
        sheet.line(Font::Text, SIZE, Mm(0.0), Mm(60.0), count);
        sheet.blanks();
    }
    sheet.y += LINE;
    for what in &counted.signature {
        sheet.y += SIGNATURE_ROW;
        sheet.line(Font::Text, SIZE, Mm(0.0), Mm(60.0), what);
        sheet.blanks();
    }
    Page { items: sheet.items }
}

/// The page so far, and where it goes on.
struct CountSheetPage<'a> {
    faces: &'a Faces,
    right: Mm,
    items: Vec<Item>,
    y: Mm,
}

impl CountSheetPage<'_> {
    /// A text from the margin on; made smaller when it is too long for its width.
    fn line(&mut self, font: Font, size: Pt, x: Mm, width: Mm, text: &str) {
        let face = self.faces.get(font);
        let glyphs = face.shape(text);
        let x = MARGIN + x;
        let room = if x + width > self.right { self.right - x } else { width };
        let length = Mm::from(face.length(&glyphs, size));
        let size = if length > room { Pt(size.0 * room.0 / length.0) } else { size };
        let line = TextLine::new(font, size, x, self.y, Colour::BLACK, text, glyphs);
        self.items.push(Item::Line(line));
    }

    fn files(&mut self, font: Font, cells: &[String; 6]) {
        let ends = FILE_COLUMNS[1..].iter().copied().chain([self.right - MARGIN]);
        for ((cell, x), end) in cells.iter().zip(FILE_COLUMNS).zip(ends) {
            self.line(font, FILE_SIZE, x, end - x - Mm(1.5), cell);
        }
        self.y += FILE_LINE;
    }

    /// A line across the page, under what stands there.
    fn rule(&mut self) {
        let (y, width) = (self.y - FILE_LINE + Mm(1.3), self.right - MARGIN);
        self.fill(MARGIN, y, width);
    }

    /// Where both parties write.
    fn blanks(&mut self) {
        for x in PARTIES {
            self.fill(MARGIN + x, self.y + BLANK, Mm(50.0));
        }
    }

    fn fill(&mut self, x: Mm, y: Mm, width: Mm) {
        let area = Area { x, y, width, height: RULE };
        self.items.push(Item::Fill { area, colour: Colour::BLACK });
    }
}
