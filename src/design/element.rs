//! A design and what stands on its faces: texts, codes, rules, logos, the address, the sheet.

use serde::Deserialize;
use tokenkaart_token::{
    language::Language,
    run_files::Window,
    token::{CodeFormat, Position},
};

use super::{
    artwork::Artwork,
    colour::Colour,
    limits::CODE_ADVANCE,
    units::{Area, Mm, Pt},
};

/// Where everything on a card stands.
#[derive(Clone, Debug)]
pub struct Design {
    /// The name it was asked for by.
    pub name: String,
    /// The SHA-256 of its file and its artwork, in the order in which the file names them.
    pub sha256: [u8; 32],
    /// The trimmed page: a card, or a letter.
    pub page: Area,
    /// How far its ground may run over its edges, to be cut off.
    pub bleed: Mm,
    /// The face with the codes.
    pub front: Side,
    /// The other face, printed only when asked for.
    pub back: Option<Side>,
    /// The 24 codes.
    pub grid: Grid,
    /// The QR code, where there is room for one.
    pub qr: Option<Area>,
    /// The address in an envelope's window.
    pub address: Option<AddressField>,
    /// The Data Matrix that inserting machines read, quiet zone included; on each page.
    pub mark: Option<Area>,
    /// The place in the run and in the file, for people.
    pub sequence: Option<TextField>,
    /// How cards lie on a sheet that is cut.
    pub sheet: Option<Sheet>,
    /// Whether its files are tagged for screen readers unasked.
    pub tagged: bool,
}

impl Design {
    /// The page that is printed: the sheet, if cards lie on one.
    #[must_use]
    pub fn printed_page(&self) -> Area {
        self.sheet.map_or(self.page, |sheet| sheet.page)
    }

    /// What is left of the printed page when its edges are cut off: the card, or all cards of
    /// a sheet in one piece.
    #[must_use]
    pub fn trimmed(&self) -> Area {
        let Some(sheet) = &self.sheet else { return self.page };
        let first = sheet.cell(0, &self.page, false);
        let last = sheet.cell(sheet.cards().saturating_sub(1), &self.page, false);
        Area { width: last.right() - first.x, height: last.bottom() - first.y, ..first }
    }

    /// The design as it stands on cards with or without a QR code: where there is none, texts take its
    /// room.
    #[must_use]
    pub(crate) fn beside_qr(mut self, has_qr: bool) -> Self {
        for text in
            self.front.texts.iter_mut().chain(self.back.iter_mut().flat_map(|b| &mut b.texts))
        {
            text.area = text.area_beside_qr(has_qr);
        }
        self
    }

    /// Cards on a printed page.
    #[must_use]
    pub(crate) fn cards_per_page(&self) -> u32 {
        self.sheet.map_or(1, |sheet| sheet.cards())
    }
}

/// What stands on one face beside the codes.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// The texts, in reading order.
    pub texts: Vec<TextField>,
    /// Lines and blocks of colour, under the texts.
    pub rules: Vec<Rule>,
    /// Logos.
    pub logos: Vec<Logo>,
}

/// A logo in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Logo {
    /// Where it stands: as large as fits, in the middle.
    pub area: Area,
    /// What it shows.
    pub artwork: Artwork,
}

/// A line or a block of colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Where it stands.
    pub area: Area,
    /// The colour.
    pub colour: Colour,
    /// The length of a dash and of the gap behind it, along the longer side.
    pub dash: Option<Mm>,
}

/// A text on a card.
#[derive(Clone, Debug)]
pub struct TextField {
    /// What it is called in messages.
    pub key: String,
    /// Where it stands.
    pub area: Area,
    /// The face.
    pub font: Font,
    /// The size to begin with.
    pub size: Pt,
    /// The size to go down to before a line is broken, and before the text is refused.
    pub min_size: Pt,
    /// How many lines there may be.
    pub lines: usize,
    /// How lines are broken.
    pub flow: Flow,
    /// From one baseline to the next, in ems.
    pub leading: f32,
    /// To which side the lines are set.
    pub align: Align,
    /// Where in the area a text stands that doesn't fill it.
    pub vertical: Vertical,
    /// The colour.
    pub colour: Colour,
    /// The level of a heading, from 1; none of other texts.
    pub heading: Option<u8>,
    /// Whether it is left out when what it names is not given.
    pub optional: bool,
    /// How wide it is where no QR code is printed, if it is wider then.
    pub width_without_qr: Option<Mm>,
    /// Whether it stands with the address, and moves with it when the window is on the right.
    pub with_address: bool,
    pub(super) content: FieldContent,
    /// What is said when what the content names is not given.
    pub(super) otherwise: Option<FieldContent>,
}

impl TextField {
    /// The text in a language, placeholders not filled in.
    #[must_use]
    pub fn content(&self, language: Language) -> &str {
        self.content.in_language(language)
    }

    /// The text in a language and what is said without what it names, if anything is; placeholders
    /// not filled in.
    pub fn contents(&self, language: Language) -> impl Iterator<Item = &str> {
        let contents = std::iter::once(&self.content).chain(&self.otherwise);
        contents.map(move |content| content.in_language(language))
    }

    /// Whether the text names a placeholder, in any language.
    #[must_use]
    pub fn names(&self, placeholder: &str) -> bool {
        let marker = format!("{{{placeholder}}}");
        let mut contents = Language::ALL.iter().flat_map(|language| self.contents(*language));
        contents.any(|content| content.contains(&marker))
    }

    /// Where it stands on cards with or without a QR code.
    #[must_use]
    pub fn area_beside_qr(&self, has_qr: bool) -> Area {
        match self.width_without_qr {
            Some(width) if !has_qr => Area { width, ..self.area },
            _ => self.area,
        }
    }
}

/// A text that is the same in all languages, or one text for each.
#[derive(Clone, Debug)]
pub(super) enum FieldContent {
    Same(String),
    PerLanguage { nl: String, fr: String, de: String, en: String },
}

impl FieldContent {
    pub(super) fn in_language(&self, language: Language) -> &str {
        match self {
            Self::Same(text) => text,
            Self::PerLanguage { nl, fr, de, en } => match language {
                Language::Nl => nl,
                Language::Fr => fr,
                Language::De => de,
                Language::En => en,
            },
        }
    }
}

/// The address of a letter, as the post reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AddressField {
    /// Where the lines stand: within what the window shows however the letter slips.
    pub area: Area,
    /// Where they stand for an envelope with its window on the right.
    pub right: Area,
    /// The size to begin with.
    pub size: Pt,
    /// The size to go down to.
    pub min_size: Pt,
}

impl AddressField {
    /// Where the lines stand for an envelope.
    #[must_use]
    pub const fn at(&self, window: Window) -> Area {
        match window {
            Window::Left => self.area,
            Window::Right => self.right,
        }
    }

    /// How far to the right it stands of where it stands for a window on the left.
    #[must_use]
    pub fn shift(&self, window: Window) -> Mm {
        self.at(window).x - self.area.x
    }
}

/// How cards lie on a sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    /// The sheet of paper.
    pub page: Area,
    /// Cards beside one another.
    pub columns: u8,
    /// Cards below one another.
    pub rows: u8,
    /// The gap between cards, which takes the bleed of both.
    pub gutter: Mm,
    /// How far crop marks stand off the cards: their bleed.
    pub bleed: Mm,
    /// The length of a crop mark.
    pub mark: Mm,
}

impl Sheet {
    /// Cards on a sheet.
    #[must_use]
    pub fn cards(&self) -> u32 {
        u32::from(self.columns) * u32::from(self.rows)
    }

    /// Where a card of a size lies, the first being 0, along the first row and then the second.
    ///
    /// On the back of the sheet the columns are mirrored, so that with the sheet turned over
    /// its long edge each back lies behind its front.
    #[must_use]
    pub fn cell(&self, index: u32, card: &Area, back: bool) -> Area {
        let columns = u32::from(self.columns);
        let (row, column) = (index / columns, index % columns);
        let column = if back { columns - 1 - column } else { column };
        let origin = self.origin(card);
        Area {
            x: origin.0 + (card.width + self.gutter) * column as f32,
            y: origin.1 + (card.height + self.gutter) * row as f32,
            width: card.width,
            height: card.height,
        }
    }

    /// The upper left corner of the first card: the block of cards lies in the middle.
    fn origin(&self, card: &Area) -> (Mm, Mm) {
        let block = |size: Mm, count: u8| {
            size * f32::from(count) + self.gutter * f32::from(count.saturating_sub(1))
        };
        (
            (self.page.width - block(card.width, self.columns)) / 2.0,
            (self.page.height - block(card.height, self.rows)) / 2.0,
        )
    }
}

/// The shipped faces, by what they are for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Font {
    /// Running text.
    #[default]
    Text,
    /// Headings and names.
    Bold,
    /// Codes.
    Codes,
    /// The operator's own font, for names in letters that the others lack; no design asks for it.
    #[serde(skip)]
    Fallback,
}

/// How lines are broken.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// As few lines as do, evenly filled.
    #[default]
    Even,
    /// Each line as full as can be, and where the text itself breaks.
    Paragraph,
}

/// To which side a line is set.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// To the left edge.
    #[default]
    Left,
    /// To the middle.
    Centre,
    /// To the right edge.
    Right,
}

/// Where in its area a text stands that doesn't fill it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Vertical {
    /// At the top.
    #[default]
    Top,
    /// In the middle.
    Middle,
    /// At the bottom.
    Bottom,
}

/// In which way the numbers run.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Down the first column, then down the second.
    #[default]
    Down,
    /// Along the first row, then along the second.
    Across,
}

/// The 24 codes in rows and columns.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Where the grid stands.
    pub area: Area,
    /// How many columns there are.
    pub columns: u8,
    /// How many rows there are.
    pub rows: u8,
    /// In which way the numbers run.
    pub direction: Direction,
    /// The size of codes to begin with.
    pub code_size: Pt,
    /// The size of codes to go down to.
    pub min_code_size: Pt,
    /// The gap between the groups of a code, in parts of the code size.
    pub group_gap: f32,
    /// The face of the numbers.
    pub number_font: Font,
    /// The size of the numbers; they are no larger than the codes.
    pub number_size: Pt,
    /// From a column's left edge to the right edge of its numbers.
    pub number_right: Mm,
    /// From a column's left edge to its codes.
    pub code_left: Mm,
    /// The colour of the codes.
    pub code_colour: Colour,
    /// The colour of the numbers.
    pub number_colour: Colour,
    /// The colour of every other row's band.
    pub band_colour: Colour,
    /// The colour of the hairlines.
    pub rule_colour: Colour,
    /// The thickness of the hairlines.
    pub rule_width: Pt,
}

impl Grid {
    /// The row and the column of a position, from 0.
    #[must_use]
    pub fn cell(&self, position: Position) -> (u8, u8) {
        let index = position.number() - 1;
        match self.direction {
            Direction::Down => (index % self.rows, index / self.rows),
            Direction::Across => (index / self.columns, index % self.columns),
        }
    }

    /// The size, in points, of codes that are so many ems long: no larger than asked for, and none of
    /// them over the next column or row.
    #[must_use]
    pub(crate) fn size_of(&self, ems: f32) -> Pt {
        let column = self.area.width / f32::from(self.columns);
        let row = self.area.height / f32::from(self.rows);
        let room = Pt::from(column - self.code_left - Mm(0.3)).0;
        Pt((room / ems).min(self.code_size.0).min(Pt::from(row).0 / 1.1))
    }

    /// The size of codes of a format.
    #[must_use]
    pub(crate) fn size_of_format(&self, format: &CodeFormat) -> Pt {
        let (length, group) = (format.length(), format.grouping());
        let groups = if group == 0 { 1 } else { length.div_ceil(group) };
        self.size_of(CODE_ADVANCE * length as f32 + self.group_gap * (groups - 1) as f32)
    }
}
