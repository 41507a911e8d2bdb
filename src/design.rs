//! A design file (TOML) made into a checked [`Design`]: what stands where on a card.
//!
//! A design that exists can be printed: its fields lie in the safe area and beside one
//! another, its texts lack no language, its codes stand out from the paper.

mod colour;
mod units;

use serde::Deserialize;
use toml::Spanned;

pub use self::{
    colour::{Colour, NotAColour},
    units::{Area, Mm, Pt},
};
use crate::{language::Language, token::Position};

/// The version of the design files that this program reads.
const VERSION: u8 = 1;
/// The smallest codes a card may have: what the code face still tells apart in office print.
const MIN_CODE_SIZE: Pt = Pt(7.0);
/// What codes and their numbers must reach on paper and band: WCAG 2.2, success criterion 1.4.3.
const MIN_CONTRAST: f32 = 4.5;
/// What a text may name in braces.
const PLACEHOLDERS: [&str; 3] = ["name", "serial", "date"];

/// The designs that the program carries, by name.
const BUILT_IN: [(&str, &str); 1] = [("card", include_str!("../assets/card/design.toml"))];

/// Where everything on a card stands.
#[derive(Clone, Debug)]
pub struct Design {
    /// The name it was asked for by.
    pub name: String,
    /// The trimmed page.
    pub page: Area,
    /// The texts, in reading order.
    pub texts: Vec<TextField>,
    /// The 24 codes.
    pub grid: Grid,
    /// The QR code, where there is room for one.
    pub qr: Option<Area>,
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
    /// To which side the lines are set.
    pub align: Align,
    /// Where in the area a text stands that doesn't fill it.
    pub vertical: Vertical,
    /// The colour.
    pub colour: Colour,
    content: Content,
}

impl TextField {
    /// The text in a language, placeholders not filled in.
    #[must_use]
    pub fn content(&self, language: Language) -> &str {
        match &self.content {
            Content::Same(text) => text,
            Content::PerLanguage { nl, fr, de, en } => match language {
                Language::Nl => nl,
                Language::Fr => fr,
                Language::De => de,
                Language::En => en,
            },
        }
    }
}

/// A text that is the same in all languages, or one text for each.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Same(String),
    PerLanguage { nl: String, fr: String, de: String, en: String },
}

/// The shipped faces, by what they are for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Font {
    /// Running text.
    #[default]
    Text,
    /// Headings and names.
    Bold,
    /// Codes.
    Codes,
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
    /// The size of the numbers.
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
}

/// What is wrong with a design.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// No such built-in design.
    #[error("there is no design `{name}`; choose one of: {}", built_in_names())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// It can't be read, or can't be printed as it stands.
    #[error("{name}:{line}:{column}: {fault}")]
    Fault {
        /// The design.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there, and what to do.
        fault: Fault,
    },
}

/// What is wrong at one place of a design file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The file's form.
    #[error("{0}")]
    Form(String),
    /// Another version.
    #[error("version {found} is unknown; this program reads version {VERSION}")]
    Version {
        /// The version named.
        found: u8,
    },
    /// A measure that can't be.
    #[error("{what} must be more than 0 and no more than {max}")]
    Measure {
        /// Which measure.
        what: &'static str,
        /// The most it may be.
        max: f32,
    },
    /// A field too near to the edge.
    #[error(
        "{field} leaves the safe area, {safe} mm from each edge of the page; move or shrink it"
    )]
    Unsafe {
        /// Which field.
        field: String,
        /// The safe distance.
        safe: f32,
    },
    /// Two fields in one place.
    #[error("{field} overlaps {other}; move or shrink one of them")]
    Overlap {
        /// Which field.
        field: String,
        /// The one it overlaps.
        other: String,
    },
    /// Not 24 places.
    #[error(
        "the grid has {rows} rows of {columns}; a card has {} codes, so take 8 rows of 3 or 6 of 4",
        Position::MAX
    )]
    Cells {
        /// Rows.
        rows: u8,
        /// Columns.
        columns: u8,
    },
    /// Codes too small to read.
    #[error("codes of {size} pt are too small to read; take {} pt or more", MIN_CODE_SIZE.0)]
    CodeSize {
        /// The size asked for.
        size: f32,
    },
    /// Too little contrast.
    #[error(
        "{what} has a contrast of {contrast:.1} to 1; take a darker colour, with {MIN_CONTRAST} to 1 or more (WCAG 2.2, 1.4.3)"
    )]
    Contrast {
        /// Which text.
        what: String,
        /// Its contrast ratio.
        contrast: f32,
    },
    /// A text with a placeholder that means nothing.
    #[error(
        "the text names {{{name}}}, which nothing fills in; there are {{name}}, {{serial}} and {{date}}"
    )]
    Placeholder {
        /// What stands in the braces.
        name: String,
    },
    /// A card must say whose it is, which it is and of when it is.
    #[error("no text shows {{{name}}}, and a card without it is of no use; add it")]
    Missing {
        /// The placeholder that is missing.
        name: &'static str,
    },
}

fn built_in_names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDesign {
    version: Spanned<u8>,
    page: Spanned<RawPage>,
    text: Vec<Spanned<RawText>>,
    grid: Spanned<RawGrid>,
    qr: Option<Spanned<RawQr>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPage {
    width: Mm,
    height: Mm,
    safe: Mm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    key: String,
    x: Mm,
    y: Mm,
    width: Mm,
    height: Mm,
    #[serde(default)]
    font: Font,
    size: Pt,
    min_size: Pt,
    #[serde(default = "one")]
    lines: u8,
    #[serde(default)]
    align: Align,
    #[serde(default)]
    vertical: Vertical,
    #[serde(default = "black")]
    colour: Colour,
    content: Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGrid {
    x: Mm,
    y: Mm,
    width: Mm,
    height: Mm,
    columns: u8,
    rows: u8,
    #[serde(default)]
    direction: Direction,
    code_size: Pt,
    min_code_size: Pt,
    group_gap: f32,
    number_size: Pt,
    number_right: Mm,
    code_left: Mm,
    #[serde(default = "black")]
    code_colour: Colour,
    number_colour: Colour,
    band_colour: Colour,
    rule_colour: Colour,
    rule_width: Pt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQr {
    x: Mm,
    y: Mm,
    size: Mm,
}

const fn one() -> u8 {
    1
}

const fn black() -> Colour {
    Colour::BLACK
}

/// A fault and the byte of the file at which it was found.
type Found = (usize, Fault);

impl Design {
    /// A design that the program carries.
    ///
    /// # Errors
    /// [`DesignError::Unknown`] with the names there are.
    pub fn built_in(name: &str) -> Result<Self, DesignError> {
        let (name, text) = BUILT_IN
            .into_iter()
            .find(|(built_in, _)| *built_in == name)
            .ok_or_else(|| DesignError::Unknown { name: name.to_owned() })?;
        Self::parse(name, text)
    }

    /// Reads a design file's text; `name` is what messages call it.
    ///
    /// # Errors
    /// [`DesignError::Fault`] with line, column and remedy.
    pub fn parse(name: &str, text: &str) -> Result<Self, DesignError> {
        let raw: RawDesign = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            fault_at(name, text, (at, Fault::Form(error.message().trim().to_owned())))
        })?;
        Self::check(name, raw).map_err(|found| fault_at(name, text, found))
    }

    fn check(name: &str, raw: RawDesign) -> Result<Self, Found> {
        let version = *raw.version.get_ref();
        if version != VERSION {
            return Err((raw.version.span().start, Fault::Version { found: version }));
        }
        let (page, safe_area, safe) = check_page(&raw.page)?;
        let mut taken: Vec<(String, Area)> = Vec::new();
        let mut place = |at: usize, field: String, area: Area| -> Result<(), Found> {
            if !safe_area.contains(&area) {
                return Err((at, Fault::Unsafe { field, safe: safe.0 }));
            }
            if let Some((other, _)) = taken.iter().find(|(_, other)| other.overlaps(&area)) {
                return Err((at, Fault::Overlap { field, other: other.clone() }));
            }
            taken.push((field, area));
            Ok(())
        };
        let mut texts = Vec::with_capacity(raw.text.len());
        for text in raw.text {
            let at = text.span().start;
            let text = check_text(text)?;
            place(at, format!("text `{}`", text.key), text.area)?;
            texts.push(text);
        }
        for name in PLACEHOLDERS {
            let marker = format!("{{{name}}}");
            let shown = Language::ALL
                .iter()
                .all(|language| texts.iter().any(|text| text.content(*language).contains(&marker)));
            if !shown {
                return Err((0, Fault::Missing { name }));
            }
        }
        let at = raw.grid.span().start;
        let grid = check_grid(raw.grid)?;
        place(at, "the grid".to_owned(), grid.area)?;
        let mut qr = None;
        if let Some(raw) = raw.qr {
            let at = raw.span().start;
            let RawQr { x, y, size } = raw.into_inner();
            let area = Area { x, y, width: size, height: size };
            measure(at, "the QR code's size", size.0, page.width.0)?;
            place(at, "the QR code".to_owned(), area)?;
            qr = Some(area);
        }
        Ok(Self { name: name.to_owned(), page, texts, grid, qr })
    }
}

fn check_page(raw: &Spanned<RawPage>) -> Result<(Area, Area, Mm), Found> {
    let at = raw.span().start;
    let RawPage { width, height, safe } = *raw.get_ref();
    measure(at, "the page's width", width.0, 420.0)?;
    measure(at, "the page's height", height.0, 420.0)?;
    measure(at, "the safe distance", safe.0, width.0.min(height.0) / 2.0)?;
    let page = Area { x: Mm(0.0), y: Mm(0.0), width, height };
    let safe_area =
        Area { x: safe, y: safe, width: width - safe * 2.0, height: height - safe * 2.0 };
    Ok((page, safe_area, safe))
}

fn check_text(raw: Spanned<RawText>) -> Result<TextField, Found> {
    let at = raw.span().start;
    let raw = raw.into_inner();
    measure(at, "a text's width", raw.width.0, 420.0)?;
    measure(at, "a text's height", raw.height.0, 420.0)?;
    measure(at, "a text's size", raw.size.0, 72.0)?;
    measure(at, "a text's smallest size", raw.min_size.0, raw.size.0)?;
    measure(at, "a text's number of lines", f32::from(raw.lines), 60.0)?;
    let field = TextField {
        area: Area { x: raw.x, y: raw.y, width: raw.width, height: raw.height },
        font: raw.font,
        size: raw.size,
        min_size: raw.min_size,
        lines: usize::from(raw.lines),
        align: raw.align,
        vertical: raw.vertical,
        colour: raw.colour,
        content: raw.content,
        key: raw.key,
    };
    for language in Language::ALL {
        if let Some(name) = unknown_placeholder(field.content(language)) {
            return Err((at, Fault::Placeholder { name }));
        }
    }
    contrast(at, &format!("text `{}`", field.key), field.colour, Colour::WHITE)?;
    Ok(field)
}

fn unknown_placeholder(text: &str) -> Option<String> {
    text.split('{').skip(1).find_map(|rest| {
        let name = rest.split('}').next().unwrap_or_default();
        (!rest.contains('}') || !PLACEHOLDERS.contains(&name)).then(|| name.to_owned())
    })
}

fn check_grid(raw: Spanned<RawGrid>) -> Result<Grid, Found> {
    let at = raw.span().start;
    let raw = raw.into_inner();
    if u16::from(raw.columns) * u16::from(raw.rows) != u16::from(Position::MAX) {
        return Err((at, Fault::Cells { rows: raw.rows, columns: raw.columns }));
    }
    for size in [raw.min_code_size, raw.code_size] {
        if size.0.is_nan() || size < MIN_CODE_SIZE {
            return Err((at, Fault::CodeSize { size: size.0 }));
        }
    }
    measure(at, "the grid's width", raw.width.0, 420.0)?;
    measure(at, "the grid's height", raw.height.0, 420.0)?;
    measure(at, "the smallest code size", raw.min_code_size.0, raw.code_size.0)?;
    measure(at, "the code size", raw.code_size.0, 72.0)?;
    measure(at, "the group gap", raw.group_gap, 2.0)?;
    measure(at, "the number size", raw.number_size.0, raw.code_size.0)?;
    measure(at, "the place of the codes", raw.code_left.0, raw.width.0 / f32::from(raw.columns))?;
    measure(at, "the place of the numbers", raw.number_right.0, raw.code_left.0)?;
    measure(at, "the hairline", raw.rule_width.0, 2.0)?;
    for ground in [Colour::WHITE, raw.band_colour] {
        contrast(at, "the code", raw.code_colour, ground)?;
        contrast(at, "the number", raw.number_colour, ground)?;
    }
    Ok(Grid {
        area: Area { x: raw.x, y: raw.y, width: raw.width, height: raw.height },
        columns: raw.columns,
        rows: raw.rows,
        direction: raw.direction,
        code_size: raw.code_size,
        min_code_size: raw.min_code_size,
        group_gap: raw.group_gap,
        number_size: raw.number_size,
        number_right: raw.number_right,
        code_left: raw.code_left,
        code_colour: raw.code_colour,
        number_colour: raw.number_colour,
        band_colour: raw.band_colour,
        rule_colour: raw.rule_colour,
        rule_width: raw.rule_width,
    })
}

fn measure(at: usize, what: &'static str, value: f32, max: f32) -> Result<(), Found> {
    // Not a number is neither.
    if value > 0.0 && value <= max { Ok(()) } else { Err((at, Fault::Measure { what, max })) }
}

fn contrast(at: usize, what: &str, colour: Colour, ground: Colour) -> Result<(), Found> {
    let contrast = colour.contrast(ground);
    if contrast >= MIN_CONTRAST {
        Ok(())
    } else {
        Err((at, Fault::Contrast { what: what.to_owned(), contrast }))
    }
}

fn fault_at(name: &str, text: &str, (at, fault): Found) -> DesignError {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    DesignError::Fault { name: name.to_owned(), line, column, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = BUILT_IN[0].1;

    fn message(from: &str, to: &str) -> String {
        assert!(CARD.contains(from), "{from}");
        Design::parse("my.toml", &CARD.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn every_built_in_design_can_be_printed() {
        for (name, _) in BUILT_IN {
            let design = Design::built_in(name).unwrap();
            assert_eq!(design.name, name);
        }
    }

    #[test]
    fn the_card_is_an_id_1_card() {
        let page = Design::built_in("card").unwrap().page;
        assert_eq!((page.width, page.height), (Mm(85.60), Mm(53.98)));
    }

    #[test]
    fn a_fault_is_told_with_line_column_and_remedy() {
        for (from, to, told) in [
            ("version = 1", "version = 2", "my.toml:4:11: version 2 is unknown"),
            ("safe = 3.0", "safe = 30.0", "the safe distance must be more than 0"),
            ("x = 3.0\ny = 3.0", "x = 2.0\ny = 3.0", "text `title` leaves the safe area"),
            ("x = 29.5", "x = 20.5", "text `date` overlaps text `title`; move or shrink"),
            ("rows = 8", "rows = 7", "take 8 rows of 3 or 6 of 4"),
            ("min_code_size = 7.0", "min_code_size = 5.0", "codes of 5 pt are too small"),
            ("#595959", "#999999", "the number has a contrast of"),
            ("#595959", "#59595", "a colour is written #RRGGBB"),
            ("content = \"{name}\"", "content = \"{nmae}\"", "names {nmae}"),
            ("content = \"{name}\"", "content = \"Jan\"", "no text shows {name}"),
            ("de = \"Codekarte\"\n", "", "did not match"),
            ("size = 13.4", "size = nan", "the QR code's size must be"),
            ("size = 13.4", "size = 20", "the QR code leaves"),
            ("rule_width = 0.25", "rule_widht = 0.25", "unknown field `rule_widht`"),
        ] {
            let message = message(from, to);
            assert!(message.contains(told), "{message}");
            assert!(message.starts_with("my.toml:"), "{message}");
        }
    }

    #[test]
    fn a_name_that_no_design_has_is_told_with_those_there_are() {
        let error = Design::built_in("kaart").unwrap_err().to_string();
        assert_eq!(error, "there is no design `kaart`; choose one of: card");
    }

    #[test]
    fn numbers_run_down_the_columns() {
        let grid = Design::built_in("card").unwrap().grid;
        let cell = |number| grid.cell(Position::new(number).unwrap());
        assert_eq!((cell(1), cell(8), cell(9), cell(24)), ((0, 0), (7, 0), (0, 1), (7, 2)));
    }
}
