//! Whether what stands on a card stands beside the rest, within the safe area, and on a ground on
//! which it can be read.

use serde::Deserialize;
use tokenkaart_token::run_files::Window;

use super::{
    colour::Colour,
    element::{Grid, Rule, TextField},
    envelope::Windows,
    fault::DesignFault,
    fields::Faults,
    limits::MIN_CONTRAST,
    units::{Area, Mm},
};

/// The face of a card on which something stands.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Facing {
    #[default]
    Front,
    Back,
}

/// Something in its place.
#[derive(Clone)]
pub(super) struct Thing {
    pub(super) name: String,
    pub(super) facing: Facing,
    pub(super) area: Area,
    /// The colour in which it is printed on what lies beneath, if that shows through.
    pub(super) colour: Option<Colour>,
}

/// The things placed so far, and where none may be.
pub(super) struct Placing {
    safe_area: Area,
    safe: Mm,
    things: Vec<Thing>,
    /// The texts as they stand without a QR code.
    wide: Vec<Thing>,
    windows: Option<Windows>,
}

impl Placing {
    /// Nothing yet, on a page; a text may stand with the address, if there are windows to show it.
    pub(super) fn new(page: &Area, safe: Mm, windows: Option<Windows>) -> Self {
        Self {
            safe_area: page.grown(Mm(0.0) - safe),
            safe,
            things: Vec::new(),
            wide: Vec::new(),
            windows,
        }
    }

    /// A text, which if it moves with the address must find its place free on both sides.
    pub(super) fn put_text(
        &mut self,
        at: usize,
        facing: Facing,
        text: &TextField,
        faults: &mut Faults,
    ) {
        let name = format!("text `{}`", text.key);
        let thing = Thing { name, facing, area: text.area, colour: Some(text.colour) };
        let windows = self.windows.filter(|_| facing == Facing::Front);
        match windows {
            _ if !text.with_address => {
                let area = text.area_beside_qr(false);
                let wide = Thing { area, ..thing.clone() };
                // The QR code comes after the texts.
                let is_wrong =
                    self.is_wrong(at, &wide, faults) || overlaps(at, &wide, &self.wide, faults);
                if !is_wrong {
                    self.wide.push(wide);
                    self.put(at, thing, faults);
                }
            }
            None => faults.add(at, DesignFault::NoAddress { field: thing.name }),
            Some(windows) => {
                let shift = windows.address.shift(Window::Right);
                let right = Area { x: text.area.x + shift, ..text.area };
                let right = Thing { area: right, ..thing.clone() };
                let both = [thing, right];
                if !both.iter().any(|thing| self.is_wrong(at, thing, faults)) {
                    self.things.extend(both);
                }
            }
        }
    }

    /// A thing that stands apart from all others.
    pub(super) fn put(&mut self, at: usize, thing: Thing, faults: &mut Faults) {
        // What stands wrongly is in others' way all the same, but one fault of it is enough.
        if !self.is_wrong(at, &thing, faults) {
            self.things.push(thing);
        }
    }

    /// The address, which stands in one of two places.
    pub(super) fn put_address(&self, at: usize, faults: &mut Faults) {
        let Some(windows) = &self.windows else { return };
        let areas = [windows.address.area, windows.address.right];
        if areas.iter().any(|area| !self.safe_area.contains(area)) {
            let field = "the address".to_owned();
            faults.add(at, DesignFault::Unsafe { field, safe: self.safe.0 });
        }
    }

    fn is_wrong(&self, at: usize, thing: &Thing, faults: &mut Faults) -> bool {
        let Thing { name: field, facing, area, .. } = thing;
        if !self.safe_area.contains(area) {
            let field = field.clone();
            faults.add(at, DesignFault::Unsafe { field, safe: self.safe.0 });
            return true;
        }
        if overlaps(at, thing, &self.things, faults) {
            return true;
        }
        match self.windows.and_then(|windows| windows.fault(field, area)) {
            Some(fault) if *facing == Facing::Front => {
                faults.add(at, fault);
                true
            }
            _ => false,
        }
    }

    /// Whether what is printed on rules can be read: they lie under everything else. `rules` come
    /// with their places in the file, in the order in which they are drawn.
    pub(super) fn judge_grounds(
        &self,
        rules: &[(usize, Facing, Rule)],
        grid: Option<&Grid>,
        faults: &mut Faults,
    ) {
        let mut printed: Vec<Thing> = self
            .things
            .iter()
            .chain(&self.wide)
            .filter(|thing| thing.colour.is_some())
            .cloned()
            .collect();
        if let Some(windows) = &self.windows {
            let areas = [windows.address.area, windows.address.right];
            let name = || "the address".to_owned();
            printed.extend(areas.map(|area| Thing {
                name: name(),
                facing: Facing::Front,
                area,
                colour: Some(Colour::BLACK),
            }));
        }
        printed.extend(grid.into_iter().flat_map(on_grid));
        for (number, (at, facing, rule)) in rules.iter().enumerate() {
            let is_under = |thing: &&Thing| {
                // A rule that lies over it under all of the thing hides it.
                let hides = |(_, later, over): &(usize, Facing, Rule)| {
                    later == facing && over.dash.is_none() && over.area.contains(&thing.area)
                };
                thing.facing == *facing
                    && thing.area.overlaps(&rule.area)
                    && !rules[number + 1..].iter().any(hides)
            };
            // Of each thing the worst: a grid has many codes.
            let mut worst: Vec<(&str, f32)> = Vec::new();
            for thing in printed.iter().filter(is_under) {
                let contrast = thing.colour.map_or(f32::INFINITY, |it| it.contrast(rule.colour));
                match worst.iter_mut().find(|(name, _)| *name == thing.name) {
                    Some((_, least)) => *least = least.min(contrast),
                    None => worst.push((&thing.name, contrast)),
                }
            }
            for (name, contrast) in worst.into_iter().filter(|(_, least)| *least < MIN_CONTRAST) {
                let (rule, field) = (format!("rule {}", number + 1), name.to_owned());
                faults.add(*at, DesignFault::Ground { rule, field, contrast });
            }
        }
    }
}

/// Whether a thing lies over one of others on its side, which is a fault then.
fn overlaps(at: usize, thing: &Thing, others: &[Thing], faults: &mut Faults) -> bool {
    let mut others = others.iter().filter(|other| other.facing == thing.facing);
    let other = others.find(|other| other.area.overlaps(&thing.area));
    if let Some(other) = other {
        let (field, other) = (thing.name.clone(), other.name.clone());
        faults.add(at, DesignFault::Overlap { field, other });
    }
    other.is_some()
}

/// What is printed in each cell of a grid: the number and the code. A rule may run between the rows
/// and beside the columns.
fn on_grid(grid: &Grid) -> Vec<Thing> {
    let (column, row) =
        (grid.area.width / f32::from(grid.columns), grid.area.height / f32::from(grid.rows));
    let mut things = Vec::new();
    for (line, at) in (0..grid.rows).flat_map(|line| (0..grid.columns).map(move |at| (line, at))) {
        let left = grid.area.x + column * f32::from(at);
        let middle = grid.area.y + row * (f32::from(line) + 0.5);
        // From the foot of a capital to its head, and what a letter may have beyond.
        let part = |left: Mm, right: Mm, size: Mm| Area {
            x: left,
            y: middle - size * 0.5,
            width: right - left,
            height: size,
        };
        // Two figures are no wider than so much of their size.
        let number = Mm::from(grid.number_size);
        let begin = left + grid.number_right - number * 1.3;
        let number = part(begin, left + grid.number_right, number);
        let code = part(left + grid.code_left, left + column, Mm::from(grid.code_size));
        let colours =
            [("the numbers", number, grid.number_colour), ("the codes", code, grid.code_colour)];
        things.extend(colours.map(|(name, area, colour)| Thing {
            name: name.to_owned(),
            facing: Facing::Front,
            area,
            colour: Some(colour),
        }));
    }
    things
}

#[cfg(test)]
mod tests {
    use crate::design::{Design, fault::message};

    fn rule(area: [f32; 4], colour: &str) -> String {
        let [x, y, width, height] = area;
        format!(
            "[[rule]]\nx = {x:.2}\ny = {y:.2}\nwidth = {width:.2}\nheight = {height:.2}\n\
             colour = \"{colour}\"\n"
        )
    }

    #[test]
    fn a_rule_on_which_codes_or_names_cannot_be_read_is_refused() {
        for (area, colour, told) in [
            // Over all codes, over one, as thin as a line through a row; under the name; on the numbers.
            (
                [3.0, 16.9, 79.6, 34.08],
                "#000000",
                "rule 1 lies under the codes, with a contrast of 1.0",
            ),
            ([8.0, 20.2, 9.0, 3.0], "#404040", "under the codes"),
            ([3.0, 22.0, 79.6, 0.1], "#800000", "under the codes"),
            ([3.0, 8.0, 20.0, 3.0], "#707070", "rule 1 lies under text `name`"),
            ([4.0, 20.5, 2.4, 28.0], "#B0B0B0", "under the numbers"),
            ([70.0, 4.0, 5.0, 5.0], "#333333", "under the QR code"),
            ([-1.0, 3.0, 4.0, 4.0], "#FFFFFF", "rule 1 leaves the page"),
        ] {
            let to = rule(area, colour) + "[grid]";
            let message = message("card", "[grid]", &to);
            assert!(message.contains(told), "{area:?} {colour}: {message}");
        }
        // Beside and between them, and on a light ground, they may be.
        for (area, colour) in [
            ([3.0, 20.0, 79.6, 30.98], "#E8F0FF"),
            ([3.0, 23.78, 79.6, 0.18], "#000000"),
            ([0.0, 52.0, 85.6, 1.98], "#000000"),
        ] {
            let text = Design::built_in_text("card").unwrap();
            let text = text.replacen("[grid]", &(rule(area, colour) + "[grid]"), 1);
            let parsed = Design::parse("my.toml", &text, &mut |_| Err(String::new()));
            assert!(parsed.is_ok(), "{area:?}: {}", parsed.unwrap_err());
        }
    }

    #[test]
    fn a_rule_that_another_one_hides_is_no_ground() {
        let all = [0.0, 0.0, 85.6, 53.98];
        let panel = rule(all, "#103060") + &rule([1.0, 1.0, 83.6, 52.0], "#FFFFFF") + "[grid]";
        let text = Design::built_in_text("card").unwrap().replacen("[grid]", &panel, 1);
        let parsed = Design::parse("my.toml", &text, &mut |_| Err(String::new()));
        assert!(parsed.is_ok(), "{}", parsed.unwrap_err());
        let turned = rule([1.0, 1.0, 83.6, 52.0], "#FFFFFF") + &rule(all, "#103060") + "[grid]";
        assert!(message("card", "[grid]", &turned).contains("rule 2 lies under"));
    }
}
