//! The tables of a design file but for the grid and what belongs to envelopes: page, texts, rules,
//! logos, sheet.

use tokenkaart_token::language::Language;
use toml::de::DeValue;

use super::{
    artwork::Artwork,
    colour::Colour,
    element::{Align, FieldContent, Flow, Font, Logo, Rule, Sheet, TextField, Vertical},
    fault::DesignFault,
    fields::{Faults, Fields},
    limits::{LEADING, MAX_BLEED, MAX_LENGTH, PLACEHOLDERS},
    placed::Facing,
    units::{Area, Mm, Pt},
};

/// What is said of a page.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) area: Area,
    pub(super) safe: Mm,
    pub(super) bleed: Mm,
}

pub(super) fn page(mut fields: Fields<'_>, faults: &mut Faults) -> Option<Page> {
    let width: Option<Mm> = fields.measure("width", "the page's width", MAX_LENGTH, faults);
    let height: Option<Mm> = fields.measure("height", "the page's height", MAX_LENGTH, faults);
    let least = width.into_iter().chain(height).map(|side| side.0).fold(MAX_LENGTH, f32::min);
    let safe: Option<Mm> = fields.measure("safe", "the safe distance", least / 2.0, faults);
    let bleed: Option<Mm> = fields.optional("bleed", faults);
    if let Some(bleed) = bleed {
        faults.measure(fields.place("bleed"), "the page's bleed", bleed.0, MAX_BLEED);
    }
    fields.finish(faults);
    let area = Area { x: Mm(0.0), y: Mm(0.0), width: width?, height: height? };
    Some(Page { area, safe: safe?, bleed: bleed.unwrap_or_default() })
}

pub(super) fn text(mut fields: Fields<'_>, faults: &mut Faults) -> Option<(Facing, TextField)> {
    let key: Option<String> = fields.needed("key", faults);
    if let Some(key) = &key {
        fields.name = format!("text `{key}`");
    }
    let facing = fields.or("side", Facing::Front, faults);
    let area = fields.area(["a text's width", "a text's height"], faults);
    let font = fields.or("font", Font::Text, faults);
    let size: Option<Pt> = fields.measure("size", "a text's size", 72.0, faults);
    let most = size.map_or(72.0, |size| size.0);
    let min_size = fields.measure("min_size", "a text's smallest size", most, faults);
    let lines: u8 = fields.or("lines", 1, faults);
    faults.measure(fields.place("lines"), "a text's number of lines", f32::from(lines), 60.0);
    let flow = fields.or("flow", Flow::Even, faults);
    let leading: f32 = fields.or("leading", LEADING, faults);
    faults.measure(fields.place("leading"), "a text's leading", leading, 3.0);
    let align = fields.or("align", Align::Left, faults);
    let vertical = fields.or("vertical", Vertical::Top, faults);
    let colour = fields.or("colour", Colour::BLACK, faults);
    let heading: Option<u8> = fields.optional("heading", faults);
    if let Some(level) = heading {
        faults.measure(fields.place("heading"), "a heading's level", f32::from(level), 3.0);
    }
    let optional = fields.or("optional", false, faults);
    let width_without_qr: Option<Mm> = fields.optional("width_without_qr", faults);
    if let Some(width) = width_without_qr {
        let at = fields.place("width_without_qr");
        faults.measure(at, "a text's width without the QR code", width.0, MAX_LENGTH);
    }
    let with_address = fields.or("with_address", false, faults);
    if !fields.has("content") {
        let table = fields.name.clone();
        faults.add(fields.at, DesignFault::NoValue { table, field: "content" });
    }
    let [said, otherwise] = ["content", "otherwise"].map(|key| content(key, &mut fields, faults));
    let name = fields.name.clone();
    faults.contrast(fields.place("colour"), &name, colour, &[Colour::WHITE]);
    fields.finish(faults);
    let field = TextField {
        key: key?,
        area: area?,
        font,
        size: size?,
        min_size: min_size?,
        lines: usize::from(lines),
        flow,
        leading,
        align,
        vertical,
        colour,
        heading,
        optional,
        width_without_qr,
        with_address,
        content: said?,
        otherwise,
    };
    Some((facing, field))
}

/// A text for all languages, or one for each.
fn content(
    key: &'static str,
    fields: &mut Fields<'_>,
    faults: &mut Faults,
) -> Option<FieldContent> {
    let name = fields.name.clone();
    let value = fields.take(key)?;
    let at = value.span().start;
    let content = match value.into_inner() {
        DeValue::String(text) => Some(FieldContent::Same(text.into_owned())),
        DeValue::Table(table) => {
            let mut languages = Fields::new(format!("`{key}` of {name}"), at, table);
            let [nl, fr, de, en] = ["nl", "fr", "de", "en"].map(|language| {
                let is_there = languages.has(language);
                let text: Option<String> = languages.optional(language, faults);
                if !is_there {
                    let field = name.clone();
                    faults.add(at, DesignFault::NoLanguage { field, language });
                }
                text
            });
            languages.finish(faults);
            match (nl, fr, de, en) {
                (Some(nl), Some(fr), Some(de), Some(en)) => {
                    Some(FieldContent::PerLanguage { nl, fr, de, en })
                }
                _ => None,
            }
        }
        _ => {
            let why =
                "give one text for all languages, or a table with nl, fr, de and en".to_owned();
            faults.add(at, DesignFault::Value { table: name, field: key, why });
            None
        }
    };
    if let Some(content) = &content {
        let unknown = Language::ALL
            .iter()
            .find_map(|language| unknown_placeholder(content.in_language(*language)));
        if let Some(name) = unknown {
            let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
            faults.add(at, DesignFault::Placeholder { name, known });
        }
    }
    content
}

fn unknown_placeholder(text: &str) -> Option<String> {
    text.split('{').skip(1).find_map(|rest| {
        let name = rest.split('}').next().unwrap_or_default();
        (!rest.contains('}') || !PLACEHOLDERS.contains(&name)).then(|| name.to_owned())
    })
}

pub(super) fn rule(
    mut fields: Fields<'_>,
    number: usize,
    page: &Area,
    faults: &mut Faults,
) -> Option<(Facing, Rule)> {
    let facing = fields.or("side", Facing::Front, faults);
    let area = fields.area(["a rule's width", "a rule's height"], faults);
    let colour = fields.or("colour", Colour::BLACK, faults);
    let dash: Option<Mm> = fields.optional("dash", faults);
    let mut can_be = true;
    if let Some(dash) = dash {
        can_be = faults.measure(fields.place("dash"), "a dash", dash.0, MAX_LENGTH);
    }
    let at = fields.at;
    fields.finish(faults);
    let area = area?;
    if !page.contains(&area) {
        faults.add(at, DesignFault::OffPage { field: format!("rule {number}") });
    }
    can_be.then_some((facing, Rule { area, colour, dash }))
}

pub(super) fn logo(
    mut fields: Fields<'_>,
    load: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    faults: &mut Faults,
) -> Option<(Facing, String, Logo)> {
    let facing = fields.or("side", Facing::Front, faults);
    let area = fields.area(["a logo's width", "a logo's height"], faults);
    let file: Option<String> = fields.needed("file", faults);
    let at = fields.place("file");
    fields.finish(faults);
    let file = file?;
    let artwork = load(&file)
        .and_then(|bytes| Artwork::read(&bytes).map_err(|error| error.to_string()))
        .map_err(|why| faults.add(at, DesignFault::Artwork { file: file.clone(), why }));
    Some((facing, file, Logo { area: area?, artwork: artwork.ok()? }))
}

/// The square of a QR code.
pub(super) fn qr(mut fields: Fields<'_>, page: &Area, faults: &mut Faults) -> Option<Area> {
    let (x, y) = (fields.needed("x", faults), fields.needed("y", faults));
    let size: Option<Mm> = fields.measure("size", "the QR code's size", page.width.0, faults);
    fields.finish(faults);
    Some(Area { x: x?, y: y?, width: size?, height: size? })
}

pub(super) fn sheet(
    mut fields: Fields<'_>,
    card: Option<Area>,
    faults: &mut Faults,
) -> Option<Sheet> {
    let at = fields.at;
    let width: Option<Mm> = fields.measure("width", "the sheet's width", MAX_LENGTH, faults);
    let height: Option<Mm> = fields.measure("height", "the sheet's height", MAX_LENGTH, faults);
    let columns: Option<u8> = fields.needed("columns", faults);
    let rows: Option<u8> = fields.needed("rows", faults);
    let counts = [
        ("columns", "the sheet's columns", columns, 10.0),
        ("rows", "the sheet's rows", rows, 20.0),
    ];
    let mut can_be = true;
    for (key, what, count, most) in counts {
        if let Some(count) = count {
            can_be &= faults.measure(fields.place(key), what, f32::from(count), most);
        }
    }
    let mark: Option<Mm> = fields.measure("mark", "a crop mark", 20.0, faults);
    let gutter: Option<Mm> = fields.needed("gutter", faults);
    let bleed: Option<Mm> = fields.needed("bleed", faults);
    // Cards may touch.
    let half = gutter.map_or(10.0, |gutter| gutter.0 / 2.0);
    for (key, what, length, max) in
        [("gutter", "the gutter", gutter, 20.0), ("bleed", "the bleed", bleed, half)]
    {
        if length.is_some_and(|length| !(0.0..=max).contains(&length.0)) {
            faults.add(fields.place(key), DesignFault::Measure { what, max });
            can_be = false;
        }
    }
    fields.finish(faults);
    let page = Area { x: Mm(0.0), y: Mm(0.0), width: width?, height: height? };
    let sheet =
        Sheet { page, columns: columns?, rows: rows?, gutter: gutter?, bleed: bleed?, mark: mark? };
    if !can_be {
        return None;
    }
    let card = card?;
    let room = sheet.bleed + sheet.mark;
    let usable = page.grown(Mm(0.0) - room);
    let last = sheet.cards() - 1;
    let fits = [0, last].iter().all(|index| usable.contains(&sheet.cell(*index, &card, false)));
    if !fits {
        let (columns, rows) = (sheet.columns, sheet.rows);
        faults.add(at, DesignFault::Sheet { columns, rows });
    }
    fits.then_some(sheet)
}
