//! A design file as it is written, and what is checked before it becomes a design.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokenkaart_token::{language::Language, run_files::Window, token::Position};
use toml::Spanned;

use super::{
    artwork::Artwork,
    colour::Colour,
    element::{
        Align, Design, Direction, FieldContent, Flow, Font, Grid, Logo, Rule, Sheet, Side,
        TextField, Vertical,
    },
    envelope::{
        RawAddress, RawFold, RawMark, RawSequence, Windows, check_address, check_mark,
        check_sequence, is_exposed,
    },
    fault::{DesignError, DesignFault},
    limits::{LEADING, MIN_CODE_SIZE, NEEDED, PLACEHOLDERS, VERSION},
    measure::{DesignFaultAt, MAX_LENGTH, black, contrast, measure},
    units::{Area, Mm, Pt},
};

/// The widest bleed, in millimetres; print shops ask for 2 to 5.
const MAX_BLEED: f32 = 10.0;
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDesign {
    version: Spanned<u8>,
    page: Spanned<RawPage>,
    text: Vec<Spanned<RawText>>,
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
    #[serde(default)]
    logo: Vec<Spanned<RawLogo>>,
    grid: Spanned<RawGrid>,
    qr: Option<Spanned<RawQr>>,
    address: Option<Spanned<RawAddress>>,
    fold: Option<Spanned<RawFold>>,
    mark: Option<Spanned<RawMark>>,
    sequence: Option<Spanned<RawSequence>>,
    sheet: Option<Spanned<RawSheet>>,
    #[serde(default)]
    tagged: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPage {
    width: Mm,
    height: Mm,
    safe: Mm,
    bleed: Option<Mm>,
}

#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum RawSide {
    #[default]
    Front,
    Back,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    key: String,
    #[serde(default)]
    side: RawSide,
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
    flow: Flow,
    #[serde(default = "leading")]
    leading: f32,
    #[serde(default)]
    align: Align,
    #[serde(default)]
    vertical: Vertical,
    #[serde(default = "black")]
    colour: Colour,
    heading: Option<u8>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    with_address: bool,
    width_without_qr: Option<Mm>,
    content: FieldContent,
    otherwise: Option<FieldContent>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(default)]
    side: RawSide,
    x: Mm,
    y: Mm,
    width: Mm,
    height: Mm,
    #[serde(default = "black")]
    colour: Colour,
    dash: Option<Mm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLogo {
    #[serde(default)]
    side: RawSide,
    x: Mm,
    y: Mm,
    width: Mm,
    height: Mm,
    file: String,
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
    #[serde(default)]
    number_font: Font,
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

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQr {
    x: Mm,
    y: Mm,
    size: Mm,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSheet {
    width: Mm,
    height: Mm,
    columns: u8,
    rows: u8,
    gutter: Mm,
    bleed: Mm,
    mark: Mm,
}

const fn one() -> u8 {
    1
}

const fn leading() -> f32 {
    LEADING
}

/// Gives an artwork file's bytes.
type Loader<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

/// Reads and checks a design file.
pub(super) fn parse(name: &str, text: &str, load: Loader<'_>) -> Result<Design, DesignError> {
    let raw: RawDesign = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let why = error.message().trim().replace('\n', ", ");
        fault_at(name, text, (at, DesignFault::Form(why)))
    })?;
    let mut digest = Sha256::new_with_prefix(text);
    let mut digested = |file: &str| load(file).inspect(|bytes| digest.update(bytes));
    let design = check(name, raw, &mut digested).map_err(|found| fault_at(name, text, found))?;
    Ok(Design { sha256: digest.finalize().into(), ..design })
}

fn fault_at(name: &str, text: &str, (at, fault): DesignFaultAt) -> DesignError {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    DesignError::DesignFault { name: name.to_owned(), line, column, fault }
}

fn check(name: &str, raw: RawDesign, load: Loader<'_>) -> Result<Design, DesignFaultAt> {
    let version = *raw.version.get_ref();
    if version != VERSION {
        return Err((raw.version.span().start, DesignFault::Version { found: version }));
    }
    let page = check_page(&raw.page)?;
    let sheet = raw.sheet.as_ref().map(|raw| check_sheet(raw, &page)).transpose()?;
    // Between cards there is as much room as the sheet leaves.
    let of_page = raw.page.get_ref().bleed.unwrap_or(Mm(0.0));
    let bleed = sheet.map_or(of_page, |sheet| sheet.bleed);
    let mut taken = Taken::new(page, raw.page.get_ref().safe);
    let mut front = Side::default();
    let mut back = Side::default();
    let address = raw.address.as_ref().map(check_address).transpose()?;
    if let (Some(raw), Some(address)) = (&raw.address, &address) {
        let at = raw.span().start;
        for area in [address.area, address.right] {
            if !taken.safe_area.contains(&area) {
                let field = "the address".to_owned();
                return Err((at, DesignFault::Unsafe { field, safe: taken.safe.0 }));
            }
        }
        taken.windows = Some(Windows::new(*raw.get_ref(), *address));
    }
    for raw in raw.text {
        let (at, side) = (raw.span().start, raw.get_ref().side);
        let text = check_text(raw)?;
        taken.place_text(at, side, &text)?;
        let side = if side == RawSide::Front { &mut front } else { &mut back };
        side.texts.push(text);
    }
    for (number, raw) in raw.rule.iter().enumerate() {
        let rule = check_rule(raw, number + 1, &page.grown(bleed))?;
        let side = if raw.get_ref().side == RawSide::Front { &mut front } else { &mut back };
        side.rules.push(rule);
    }
    for raw in raw.logo {
        let (at, side) = (raw.span().start, raw.get_ref().side);
        let field = format!("logo `{}`", raw.get_ref().file);
        let logo = check_logo(raw, load)?;
        taken.place(at, side, field, logo.area)?;
        let side = if side == RawSide::Front { &mut front } else { &mut back };
        side.logos.push(logo);
    }
    for name in NEEDED {
        let marker = format!("{{{name}}}");
        let shown =
            |language| front.texts.iter().any(|text| text.content(language).contains(&marker));
        if !Language::ALL.into_iter().all(shown) {
            return Err((0, DesignFault::Missing { name }));
        }
    }
    let at = raw.grid.span().start;
    let grid = check_grid(raw.grid)?;
    taken.place(at, RawSide::Front, "the grid".to_owned(), grid.area)?;
    let fold = raw.fold.map(Spanned::into_inner);
    if fold.as_ref().is_some_and(|fold| is_exposed(fold, &grid.area)) {
        return Err((at, DesignFault::Exposed));
    }
    let mut qr = None;
    if let Some(raw) = raw.qr {
        let at = raw.span().start;
        let RawQr { x, y, size } = raw.into_inner();
        let area = Area { x, y, width: size, height: size };
        measure(at, "the QR code's size", size.0, page.width.0)?;
        taken.place(at, RawSide::Front, "the QR code".to_owned(), area)?;
        qr = Some(area);
    }
    let mut mark = None;
    if let Some(raw) = &raw.mark {
        let (at, sides) = (raw.span().start, [&front, &back]);
        let area = check_mark(raw, fold.as_ref(), taken.windows.as_ref(), sides)?;
        // It stands on each page of the set.
        for side in [RawSide::Front, RawSide::Back] {
            taken.place(at, side, "the mark".to_owned(), area)?;
        }
        mark = Some(area);
    }
    let mut sequence = None;
    if let Some(raw) = &raw.sequence {
        let text = check_sequence(raw)?;
        taken.place(raw.span().start, RawSide::Front, "the sequence".to_owned(), text.area)?;
        sequence = Some(text);
    }
    let has_back = !back.texts.is_empty() || !back.rules.is_empty() || !back.logos.is_empty();
    let back = has_back.then_some(back);
    let (name, sha256, tagged) = (name.to_owned(), [0; 32], raw.tagged);
    Ok(Design {
        name,
        sha256,
        page,
        bleed,
        front,
        back,
        grid,
        qr,
        address,
        mark,
        sequence,
        sheet,
        tagged,
    })
}

/// The fields placed so far, and where none may be.
struct Taken {
    safe_area: Area,
    safe: Mm,
    fields: Vec<(RawSide, String, Area)>,
    /// The texts as they stand without a QR code.
    wide: Vec<(RawSide, String, Area)>,
    windows: Option<Windows>,
}

impl Taken {
    fn new(page: Area, safe: Mm) -> Self {
        let safe_area = Area {
            x: safe,
            y: safe,
            width: page.width - safe * 2.0,
            height: page.height - safe * 2.0,
        };
        Self { safe_area, safe, fields: Vec::new(), wide: Vec::new(), windows: None }
    }

    /// A text that moves with the address must find its place free on both sides.
    fn place_text(
        &mut self,
        at: usize,
        side: RawSide,
        text: &TextField,
    ) -> Result<(), DesignFaultAt> {
        let field = format!("text `{}`", text.key);
        if !text.with_address {
            self.check_wide(at, side, &field, text)?;
            return self.place(at, side, field, text.area);
        }
        let Some(windows) = self.windows.filter(|_| side == RawSide::Front) else {
            return Err((at, DesignFault::NoAddress { field }));
        };
        let shift = windows.address.shift(Window::Right);
        let right = Area { x: text.area.x + shift, ..text.area };
        for area in [text.area, right] {
            self.check(at, side, &field, area)?;
        }
        self.fields.extend([text.area, right].map(|area| (side, field.clone(), area)));
        Ok(())
    }

    /// A text that is wider without a QR code must find its place free then too; the QR code comes
    /// after the texts.
    fn check_wide(
        &mut self,
        at: usize,
        side: RawSide,
        field: &str,
        text: &TextField,
    ) -> Result<(), DesignFaultAt> {
        let wide = text.area_beside_qr(false);
        self.check(at, side, field, wide)?;
        for (other_side, other, area) in &self.wide {
            if *other_side == side && area.overlaps(&wide) {
                let (field, other) = (field.to_owned(), other.clone());
                return Err((at, DesignFault::Overlap { field, other }));
            }
        }
        self.wide.push((side, field.to_owned(), wide));
        Ok(())
    }

    fn place(
        &mut self,
        at: usize,
        side: RawSide,
        field: String,
        area: Area,
    ) -> Result<(), DesignFaultAt> {
        self.check(at, side, &field, area)?;
        self.fields.push((side, field, area));
        Ok(())
    }

    fn check(
        &self,
        at: usize,
        side: RawSide,
        field: &str,
        area: Area,
    ) -> Result<(), DesignFaultAt> {
        let field = field.to_owned();
        if !self.safe_area.contains(&area) {
            return Err((at, DesignFault::Unsafe { field, safe: self.safe.0 }));
        }
        let other = self
            .fields
            .iter()
            .find(|(other_side, _, other)| *other_side == side && other.overlaps(&area));
        if let Some((_, other, _)) = other {
            return Err((at, DesignFault::Overlap { field, other: other.clone() }));
        }
        match self.windows.and_then(|windows| windows.fault(&field, &area)) {
            Some(fault) if side == RawSide::Front => Err((at, fault)),
            _ => Ok(()),
        }
    }
}

fn check_page(raw: &Spanned<RawPage>) -> Result<Area, DesignFaultAt> {
    let at = raw.span().start;
    let RawPage { width, height, safe, bleed } = *raw.get_ref();
    measure(at, "the page's width", width.0, MAX_LENGTH)?;
    measure(at, "the page's height", height.0, MAX_LENGTH)?;
    measure(at, "the safe distance", safe.0, width.0.min(height.0) / 2.0)?;
    if let Some(bleed) = bleed {
        measure(at, "the page's bleed", bleed.0, MAX_BLEED)?;
    }
    Ok(Area { x: Mm(0.0), y: Mm(0.0), width, height })
}

fn check_text(raw: Spanned<RawText>) -> Result<TextField, DesignFaultAt> {
    let at = raw.span().start;
    let raw = raw.into_inner();
    measure(at, "a text's width", raw.width.0, MAX_LENGTH)?;
    measure(at, "a text's height", raw.height.0, MAX_LENGTH)?;
    if let Some(width) = raw.width_without_qr {
        measure(at, "a text's width without the QR code", width.0, MAX_LENGTH)?;
    }
    measure(at, "a text's size", raw.size.0, 72.0)?;
    measure(at, "a text's smallest size", raw.min_size.0, raw.size.0)?;
    if let Some(level) = raw.heading {
        measure(at, "a heading's level", f32::from(level), 3.0)?;
    }
    measure(at, "a text's leading", raw.leading, 3.0)?;
    measure(at, "a text's number of lines", f32::from(raw.lines), 60.0)?;
    let field = TextField {
        area: Area { x: raw.x, y: raw.y, width: raw.width, height: raw.height },
        font: raw.font,
        size: raw.size,
        min_size: raw.min_size,
        lines: usize::from(raw.lines),
        flow: raw.flow,
        leading: raw.leading,
        align: raw.align,
        vertical: raw.vertical,
        colour: raw.colour,
        heading: raw.heading,
        optional: raw.optional,
        width_without_qr: raw.width_without_qr,
        with_address: raw.with_address,
        content: raw.content,
        otherwise: raw.otherwise,
        key: raw.key,
    };
    let contents = || Language::ALL.iter().flat_map(|language| field.contents(*language));
    if let Some(name) = contents().find_map(unknown_placeholder) {
        let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
        return Err((at, DesignFault::Placeholder { name, known }));
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

fn check_rule(raw: &Spanned<RawRule>, number: usize, page: &Area) -> Result<Rule, DesignFaultAt> {
    let at = raw.span().start;
    let RawRule { x, y, width, height, colour, dash, .. } = *raw.get_ref();
    measure(at, "a rule's width", width.0, MAX_LENGTH)?;
    measure(at, "a rule's height", height.0, MAX_LENGTH)?;
    if let Some(dash) = dash {
        measure(at, "a dash", dash.0, MAX_LENGTH)?;
    }
    let area = Area { x, y, width, height };
    if !page.contains(&area) {
        return Err((at, DesignFault::OffPage { field: format!("rule {number}") }));
    }
    Ok(Rule { area, colour, dash })
}

fn check_logo(raw: Spanned<RawLogo>, load: Loader<'_>) -> Result<Logo, DesignFaultAt> {
    let at = raw.span().start;
    let RawLogo { x, y, width, height, file, .. } = raw.into_inner();
    measure(at, "a logo's width", width.0, MAX_LENGTH)?;
    measure(at, "a logo's height", height.0, MAX_LENGTH)?;
    let failed = |why| (at, DesignFault::Artwork { file: file.clone(), why });
    let bytes = load(&file).map_err(failed)?;
    let artwork = Artwork::read(&bytes).map_err(|error| failed(error.to_string()))?;
    Ok(Logo { area: Area { x, y, width, height }, artwork })
}

fn check_grid(raw: Spanned<RawGrid>) -> Result<Grid, DesignFaultAt> {
    let at = raw.span().start;
    let raw = raw.into_inner();
    if u16::from(raw.columns) * u16::from(raw.rows) != u16::from(Position::MAX) {
        return Err((at, DesignFault::Cells { rows: raw.rows, columns: raw.columns }));
    }
    for size in [raw.min_code_size, raw.code_size] {
        if size.0.is_nan() || size < MIN_CODE_SIZE {
            return Err((at, DesignFault::CodeSize { size: size.0 }));
        }
    }
    measure(at, "the grid's width", raw.width.0, MAX_LENGTH)?;
    measure(at, "the grid's height", raw.height.0, MAX_LENGTH)?;
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
        number_font: raw.number_font,
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

fn check_sheet(raw: &Spanned<RawSheet>, card: &Area) -> Result<Sheet, DesignFaultAt> {
    let at = raw.span().start;
    let RawSheet { width, height, columns, rows, gutter, bleed, mark } = *raw.get_ref();
    measure(at, "the sheet's width", width.0, MAX_LENGTH)?;
    measure(at, "the sheet's height", height.0, MAX_LENGTH)?;
    measure(at, "the sheet's columns", f32::from(columns), 10.0)?;
    measure(at, "the sheet's rows", f32::from(rows), 20.0)?;
    measure(at, "a crop mark", mark.0, 20.0)?;
    if !(0.0..=20.0).contains(&gutter.0) {
        return Err((at, DesignFault::Measure { what: "the gutter", max: 20.0 }));
    }
    if !(0.0..=gutter.0 / 2.0).contains(&bleed.0) {
        return Err((at, DesignFault::Measure { what: "the bleed", max: gutter.0 / 2.0 }));
    }
    let page = Area { x: Mm(0.0), y: Mm(0.0), width, height };
    let sheet = Sheet { page, columns, rows, gutter, bleed, mark };
    let room = bleed + mark;
    let usable = Area { x: room, y: room, width: width - room * 2.0, height: height - room * 2.0 };
    let last = sheet.cards() - 1;
    let fits = [0, last].iter().all(|index| usable.contains(&sheet.cell(*index, card, false)));
    if fits { Ok(sheet) } else { Err((at, DesignFault::Sheet { columns, rows })) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::fault::message;

    #[test]
    fn every_built_in_design_can_be_printed() {
        for name in Design::built_in_names() {
            let design = Design::built_in(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(design.name, name);
        }
    }

    #[test]
    fn the_card_is_an_id_1_card() {
        for name in ["card", "sheet", "sheet-10"] {
            let page = Design::built_in(name).unwrap().page;
            assert_eq!((page.width, page.height), (Mm(85.60), Mm(53.98)));
        }
    }

    #[test]
    fn codes_are_at_least_7_points_on_a_card_and_11_on_a_letter() {
        assert!(Design::built_in("card").unwrap().grid.min_code_size >= Pt(7.0));
        assert!(Design::built_in("letter").unwrap().grid.min_code_size >= Pt(11.0));
    }

    #[test]
    fn a_fault_is_told_with_line_column_and_remedy() {
        for (from, to, told) in [
            ("version = 1", "version = 2", "my.toml:4:11: version 2 is unknown"),
            ("safe = 3.0", "safe = 30.0", "the safe distance must be more than 0"),
            ("x = 3.0\ny = 3.0", "x = 2.0\ny = 3.0", "text `title` leaves the safe area"),
            ("y = 13.78", "y = 12.0", "text `date` overlaps text `name`; move or shrink"),
            (
                "width_without_qr = 79.6",
                "width_without_qr = 89.6",
                "text `title` leaves the safe area",
            ),
            ("nl = \"Tokenkaart\"", "nl = \"{kaart}\"", "names {kaart}"),
            ("rows = 8", "rows = 7", "take 8 rows of 3 or 6 of 4"),
            ("min_code_size = 7.0", "min_code_size = 5.0", "codes of 5 pt are too small"),
            ("#595959", "#999999", "the number has a contrast of"),
            ("#595959", "#59595", "a colour is written #RRGGBB"),
            ("content = \"{name}\"", "content = \"{nmae}\"", "names {nmae}"),
            ("content = \"{name}\"", "content = \"Jan\"", "no text shows {name}"),
            ("de = \"Codekarte\"\n", "", "did not match"),
            ("size = 13.4", "size = nan", "the QR code's size must be"),
            ("size = 13.4", "size = 20", "the QR code leaves"),
            (
                "[qr]",
                "[[logo]]\nx = 3.0\ny = 3.0\nwidth = 5.0\nheight = 5.0\nfile = \"w.svg\"\n[qr]",
                "the logo `w.svg` can't be used: no such file",
            ),
            ("rule_width = 0.25", "rule_widht = 0.25", "unknown field `rule_widht`"),
        ] {
            let message = message("card", from, to);
            assert!(message.contains(told), "{message}");
            assert!(message.starts_with("my.toml:"), "{message}");
        }
    }

    #[test]
    fn a_sheet_that_its_cards_do_not_fit_is_refused() {
        let message = message("sheet", "rows = 4", "rows = 6");
        assert!(message.contains("2 by 6 cards don't fit the sheet"), "{message}");
    }

    #[test]
    fn a_back_lies_behind_its_front_when_the_sheet_is_turned() {
        let design = Design::built_in("sheet").unwrap();
        let sheet = design.sheet.unwrap();
        for index in 0..sheet.cards() {
            let front = sheet.cell(index, &design.page, false);
            let back = sheet.cell(index, &design.page, true);
            let mirrored = sheet.page.width - front.right();
            assert!((back.x.0 - mirrored.0).abs() < 0.01 && back.y == front.y);
        }
    }

    #[test]
    fn a_name_that_no_design_has_is_told_with_those_there_are() {
        let error = Design::built_in("kaart").unwrap_err().to_string();
        assert!(error.contains("choose one of: card, letter, large, sheet, sheet-10"), "{error}");
    }

    #[test]
    fn numbers_run_down_the_columns() {
        let grid = Design::built_in("card").unwrap().grid;
        let cell = |number| grid.cell(Position::new(number).unwrap());
        assert_eq!((cell(1), cell(8), cell(9), cell(24)), ((0, 0), (7, 0), (0, 1), (7, 2)));
    }
}
