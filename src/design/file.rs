//! A design file as it is written, and what is checked before it becomes a design.

use sha2::{Digest, Sha256};
use tokenkaart_token::{language::Language, token::CodeFormat};
use toml::de::DeTable;

use super::{
    cells::grid,
    colour::Colour,
    element::{Design, Side, TextField},
    envelope::{Folds, Windows, address, mark, sequence},
    fault::{DesignError, DesignFault, FaultInFile},
    fields::{Faults, Fields},
    limits::{NEEDED, VERSION},
    placed::{Facing, Placing, Thing},
    tables::{Page, logo, page, qr, rule, sheet, text},
    units::{Area, Mm},
};

/// Gives an artwork file's bytes.
type Loader<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

/// Reads and checks a design file; if a format is given, also whether its codes fit.
pub(super) fn parse(
    name: &str,
    text: &str,
    load: Loader<'_>,
    format: Option<&CodeFormat>,
) -> Result<Design, DesignError> {
    let mut faults = Faults::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    let is_toml = errors.is_empty();
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        faults.add(at, DesignFault::Form(error.message().trim().replace('\n', ", ")));
    }
    let mut digest = Sha256::new_with_prefix(text);
    let mut digested = |file: &str| load(file).inspect(|bytes| digest.update(bytes));
    // Of what is no TOML nobody knows which table a key belongs to.
    let design = is_toml
        .then(|| design(name, table.into_inner(), &mut digested, format, &mut faults))
        .flatten();
    let faults = faults.sorted();
    match design {
        Some(design) if faults.is_empty() => {
            Ok(Design { sha256: digest.finalize().into(), ..design })
        }
        _ => {
            let faults = faults.into_iter().map(|(at, fault)| in_file(text, at, fault)).collect();
            Err(DesignError::Faulty { name: name.to_owned(), faults })
        }
    }
}

fn in_file(text: &str, at: usize, fault: DesignFault) -> FaultInFile {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    FaultInFile { line, column, fault }
}

/// Nothing lies off it: what is said where the page's own measures are wrong.
const ENDLESS: Area = Area { x: Mm(-1e6), y: Mm(-1e6), width: Mm(2e6), height: Mm(2e6) };

/// A design, if all that it needs is there; it may have faults all the same.
fn design(
    name: &str,
    table: DeTable<'_>,
    load: Loader<'_>,
    format: Option<&CodeFormat>,
    faults: &mut Faults,
) -> Option<Design> {
    let mut file = Fields::new("the file", 0, table);
    let version: u8 = file.needed("version", faults)?;
    if version != VERSION {
        faults.add(file.place("version"), DesignFault::Version { found: version });
        return None;
    }
    let page = required(&mut file, "page", faults).and_then(|fields| page(fields, faults));
    let of_grid = required(&mut file, "grid", faults);
    let [of_sheet, of_address, of_fold, of_qr, of_mark, of_sequence] =
        ["sheet", "address", "fold", "qr", "mark", "sequence"].map(|key| file.table(key, faults));
    let [texts, rules, logos] = ["text", "rule", "logo"].map(|key| file.tables(key, faults));
    let tagged = file.or("tagged", false, faults);
    file.finish(faults);

    let known = page;
    let page = known.unwrap_or(Page { area: ENDLESS, safe: Mm(0.0), bleed: Mm(0.0) });
    let sheet = of_sheet.and_then(|fields| sheet(fields, known.map(|page| page.area), faults));
    // Between cards there is as much room as the sheet leaves.
    let bleed = sheet.map_or(page.bleed, |sheet| sheet.bleed);
    let at_address = of_address.as_ref().map_or(0, |fields| fields.at);
    let windows: Option<Windows> = of_address.and_then(|fields| address(fields, faults));
    let mut placing = Placing::new(&page.area, page.safe, windows);
    placing.put_address(at_address, faults);
    let mut sides = [Side::default(), Side::default()];
    put_texts(texts, &mut placing, &mut sides, faults);
    let mut placed_rules = Vec::with_capacity(rules.len());
    for (fields, number) in rules.into_iter().zip(1..) {
        let at = fields.at;
        let Some((facing, rule)) = rule(fields, number, &page.area.grown(bleed), faults) else {
            continue;
        };
        placed_rules.push((at, facing, rule));
        sides[facing as usize].rules.push(rule);
    }
    for fields in logos {
        let at = fields.at;
        let Some((facing, file, logo)) = logo(fields, load, faults) else { continue };
        let name = format!("logo `{file}`");
        placing.put(at, Thing { name, facing, area: logo.area, colour: None }, faults);
        sides[facing as usize].logos.push(logo);
    }
    let folds = of_fold.and_then(|fields| Folds::read(fields, faults));
    let at_grid = of_grid.as_ref().map_or(0, |fields| fields.at);
    let grid = of_grid.and_then(|fields| grid(fields, format, faults));
    if let Some(grid) = &grid {
        placing.put(at_grid, thing("the grid", grid.area, None), faults);
        if folds.as_ref().is_some_and(|folds| folds.expose(&grid.area)) {
            faults.add(at_grid, DesignFault::Exposed);
        }
    }
    let at_qr = of_qr.as_ref().map_or(0, |fields| fields.at);
    let qr = of_qr.and_then(|fields| qr(fields, &page.area, faults));
    if let Some(area) = qr {
        placing.put(at_qr, thing("the QR code", area, Some(Colour::BLACK)), faults);
    }
    let mut of_machines = None;
    if let Some(fields) = of_mark {
        let at = fields.at;
        let area = mark(fields, folds.as_ref(), windows.as_ref(), &placed_rules, faults);
        for facing in [Facing::Front, Facing::Back] {
            // It stands on each page of the set.
            if let Some(area) = area {
                placing.put(at, Thing { facing, ..thing("the mark", area, None) }, faults);
            }
        }
        of_machines = area;
    }
    let mut of_people = None;
    if let Some(fields) = of_sequence {
        let at = fields.at;
        of_people = sequence(fields, faults);
        if let Some(text) = &of_people {
            placing.put(at, thing("the sequence", text.area, Some(text.colour)), faults);
        }
    }
    placing.judge_grounds(&placed_rules, grid.as_ref(), faults);
    let [front, back] = sides;
    let has_back = !back.texts.is_empty() || !back.rules.is_empty() || !back.logos.is_empty();
    Some(Design {
        name: name.to_owned(),
        sha256: [0; 32],
        page: page.area,
        bleed,
        front,
        back: has_back.then_some(back),
        grid: grid?,
        qr,
        address: windows.map(|windows| windows.address),
        mark: of_machines,
        sequence: of_people,
        sheet,
        tagged,
    })
}

/// Puts the texts in their places, and sees that the front shows what it must.
fn put_texts(
    texts: Vec<Fields<'_>>,
    placing: &mut Placing,
    sides: &mut [Side; 2],
    faults: &mut Faults,
) {
    let mut shown: Vec<TextField> = Vec::new();
    let are_all = texts.len();
    for fields in texts {
        let at = fields.at;
        let Some((facing, text)) = text(fields, faults) else { continue };
        placing.put_text(at, facing, &text, faults);
        if facing == Facing::Front {
            shown.push(text.clone());
        }
        sides[facing as usize].texts.push(text);
    }
    // Of a text that can't be read nobody knows what it shows.
    let are_known = sides.iter().map(|side| side.texts.len()).sum::<usize>() == are_all;
    for name in NEEDED.iter().filter(|_| are_known) {
        let marker = format!("{{{name}}}");
        let is_shown = |language| shown.iter().any(|text| text.content(language).contains(&marker));
        if !Language::ALL.into_iter().all(is_shown) {
            faults.add(0, DesignFault::Missing { name });
        }
    }
}

/// Something on the front.
fn thing(name: &str, area: Area, colour: Option<Colour>) -> Thing {
    Thing { name: name.to_owned(), facing: Facing::Front, area, colour }
}

/// A table that no design may be without.
fn required<'t>(
    file: &mut Fields<'t>,
    key: &'static str,
    faults: &mut Faults,
) -> Option<Fields<'t>> {
    if !file.has(key) {
        faults.add(0, DesignFault::NoValue { table: file.name.clone(), field: key });
    }
    file.table(key, faults)
}

#[cfg(test)]
mod tests {
    use tokenkaart_token::token::Position;

    use super::*;
    use crate::design::{fault::message, units::Pt};

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
            ("de = \"Codekarte\"\n", "", "text `title` has no text in the language `de`; add it"),
            ("key = \"title\"\n", "", "text 1 has no `key`; add it"),
            (
                "y = 3.0\nwidth = 64.5",
                "y = \"3\"\nwidth = 64.5",
                "`y` of text `title`: invalid type",
            ),
            ("version = 1", "version = 1\nfold = 3", "`fold` of the file: a table belongs here"),
            ("safe = 3.0", "safe = 3.0\nsafe = 4.0", "duplicate key"),
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
    fn all_faults_are_told_at_once_each_with_its_place() {
        let text = Design::built_in_text("card").unwrap();
        let changes = [
            ("safe = 3.0", "safe = 3.0\nsaef = 3.0"),
            ("de = \"Codekarte\"\n", ""),
            ("en = \"Token card\"\n", ""),
            ("min_size = 7.0\nlines = 2", "lines = \"two\""),
            ("#595959", "#999999"),
            ("min_code_size = 7.0", "min_code_size = 5.0"),
            ("size = 13.4", "size = 20"),
        ];
        let changed = changes.into_iter().fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let error = Design::parse("my.toml", &changed, &mut |_| Err(String::new())).unwrap_err();
        let DesignError::Faulty { faults, .. } = &error else { panic!("{error}") };
        let said = error.to_string();
        for told in [
            "unknown field `saef` in [page]; take it out, or write one of `bleed`, `height`, `safe`",
            "text `title` has no text in the language `de`",
            "text `title` has no text in the language `en`",
            "`lines` of text `name`: invalid type",
            "text `name` has no `min_size`; add it",
            "codes of 5 pt are too small",
            "the number has a contrast of",
            "the QR code leaves",
        ] {
            assert!(said.contains(told), "{told}: {said}");
        }
        assert_eq!(said.lines().count(), faults.len());
        assert!(faults.is_sorted_by_key(|found| (found.line, found.column)), "{said}");
        // Each line of the message names the line of the file that is wrong.
        let lines: Vec<&str> = changed.lines().collect();
        let colour =
            faults.iter().find(|found| matches!(found.fault, DesignFault::Contrast { .. }));
        let colour = colour.unwrap();
        assert!(lines[colour.line - 1][colour.column - 1..].starts_with("\"#999999\""), "{said}");
    }

    #[test]
    fn a_file_that_is_no_toml_has_all_its_slips_told() {
        let text = "version = 1\n[page\nwidth = = 3\n[grid]\nx = 1..2\n";
        let error = Design::parse("my.toml", text, &mut |_| Err(String::new())).unwrap_err();
        let DesignError::Faulty { faults, .. } = &error else { panic!("{error}") };
        assert!(faults.len() > 1 && faults.iter().any(|found| found.line == 5), "{error}");
    }

    #[test]
    fn a_grid_without_room_for_its_codes_is_refused_where_codes_are_said_to_be_usual() {
        let text = Design::built_in_text("card").unwrap();
        let narrow =
            text.replacen("width = 79.6\nheight = 30.98", "width = 50.0\nheight = 30.98", 1);
        assert_ne!(narrow, text);
        let mut none = |_: &str| Err(String::new());
        // Six letters fit, and a run may have them.
        assert!(Design::parse("my.toml", &narrow, &mut none).is_ok());
        let refused = |format: &CodeFormat| {
            Design::parse_for("my.toml", &narrow, &mut |_| Err(String::new()), format)
        };
        assert!(refused(&CodeFormat::federal()).is_ok());
        let error = refused(&CodeFormat::default()).unwrap_err().to_string();
        let line = narrow.lines().position(|line| line == "[grid]").unwrap() + 1;
        assert!(error.starts_with(&format!("my.toml:{line}:")), "{error}");
        assert!(error.contains("codes of 9 symbols would be"), "{error}");
        assert!(
            error.contains("under the smallest size, 7 pt; give the grid more width"),
            "{error}"
        );
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
