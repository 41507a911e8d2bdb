//! Every letter of DIN 91379 on pages, so that people can look at them.

use tokenkaart_token::holder::din91379::Group;

use super::{
    faces::Faces,
    page::{Item, Page, TextLine},
};
use crate::design::{Area, Colour, Font, Mm, Pt};

/// White at each edge of the page.
const MARGIN: Mm = Mm(15.0);
/// Entries beside one another.
const COLUMNS: usize = 6;
/// From one row of entries to the next.
const ROW: Mm = Mm(14.5);
/// From the top of a row to the letters' baseline; capitals with two marks fit.
const LETTERS: Mm = Mm(7.0);
/// From the top of a row to the code points' baseline; a letter with descender and dot fits.
const POINTS: Mm = Mm(12.9);
/// From a cell's left edge to the entry in bold.
const BOLD: Mm = Mm(13.0);
const LETTER_SIZE: Pt = Pt(16.0);
const POINTS_SIZE: Pt = Pt(5.5);
const HEADING_SIZE: Pt = Pt(10.0);
/// What carries a mark that stands alone.
const CARRIER: char = '◌';
/// What stands in place of an entry that a font lacks.
const LACKING: &str = "no glyph";

/// Lays out every entry of DIN 91379 that can be seen, in both text faces with its code points
/// under it, group by group on pages of a size. Of white space only the code points are seen.
#[must_use]
pub fn contact_sheet(faces: &Faces, page: &Area) -> Vec<Page> {
    let mut sheet = ContactSheetPage { faces, page, pages: Vec::new(), top: page.height };
    for group in Group::ALL {
        let entries: Vec<String> = group.entries().collect();
        sheet.heading(&format!("{} ({}): {}", group.name(), group.key(), entries.len()));
        for row in entries.chunks(COLUMNS) {
            sheet.row(group, row);
        }
    }
    sheet.pages
}

/// The pages so far, and where the last one goes on.
struct ContactSheetPage<'a> {
    faces: &'a Faces,
    page: &'a Area,
    pages: Vec<Page>,
    top: Mm,
}

impl ContactSheetPage<'_> {
    /// A group's heading, on the page of the group's first row.
    fn heading(&mut self, text: &str) {
        self.make_room(ROW + ROW);
        let baseline = self.top + Mm(7.0);
        self.line(Font::Bold, HEADING_SIZE, MARGIN, baseline, text);
        self.top += Mm(9.0);
    }

    fn row(&mut self, group: Group, entries: &[String]) {
        self.make_room(ROW);
        let width = (self.page.width - MARGIN - MARGIN) / COLUMNS as f32;
        for (column, entry) in entries.iter().enumerate() {
            let left = MARGIN + width * column as f32;
            if !entry.trim().is_empty() {
                for (font, x) in [(Font::Text, left), (Font::Bold, left + BOLD)] {
                    self.entry(font, x, group, entry);
                }
            }
            self.line(Font::Text, POINTS_SIZE, left, self.top + POINTS, &code_points(entry));
        }
        self.top += ROW;
    }

    fn entry(&mut self, font: Font, x: Mm, group: Group, entry: &str) {
        let baseline = self.top + LETTERS;
        if self.faces.get(font).missing(entry).is_some() {
            self.line(font, POINTS_SIZE, x, baseline, LACKING);
        } else if group == Group::CombiningMarks {
            self.line(font, LETTER_SIZE, x, baseline, &format!("{CARRIER}{entry}"));
        } else {
            self.line(font, LETTER_SIZE, x, baseline, entry);
        }
    }

    /// Begins a new page when so much does not fit on this one.
    fn make_room(&mut self, height: Mm) {
        if self.top + height > self.page.height - MARGIN {
            self.pages.push(Page { items: Vec::new() });
            self.top = MARGIN;
        }
    }

    fn line(&mut self, font: Font, size: Pt, x: Mm, baseline: Mm, text: &str) {
        let glyphs = self.faces.get(font).shape(text);
        let line = TextLine::new(font, size, x, baseline, Colour::BLACK, text, glyphs);
        if let Some(page) = self.pages.last_mut() {
            page.items.push(Item::Line(line));
        }
    }
}

/// `U+004B U+035F`.
fn code_points(text: &str) -> String {
    let points: Vec<String> =
        text.chars().map(|character| format!("U+{:04X}", u32::from(character))).collect();
    points.join(" ")
}
