//! What an envelope and the machines that fill it ask of a design: window, folds, mark, sequence.

use super::{
    colour::Colour,
    element::{AddressField, Align, FieldContent, Flow, Font, Rule, TextField, Vertical},
    fault::DesignFault,
    fields::{Faults, Fields},
    limits::LEADING,
    placed::Facing,
    units::{Area, Mm, Pt},
};
use crate::symbol::matrix;

/// How far a fold may miss its place, in millimetres.
const FOLD_TOLERANCE: Mm = Mm(3.0);
/// From the upper edge of what a window may show to the address: DIN 5008 has the sender there.
const ABOVE_ADDRESS: Mm = Mm(15.0);
/// The smallest module of a mark, in millimetres: machines read it while the paper runs.
const MIN_MODULE: f32 = 0.4;
/// The largest one, which any camera sees whole.
const MAX_MODULE: f32 = 1.0;
/// Modules along a side of a mark with its quiet zone.
const MODULES: f32 = (matrix::SIDE + 2 * matrix::QUIET_ZONE) as f32;

/// The windows, wherever the envelope has them, and what the post wants free around them.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    pub(super) address: AddressField,
    left: Mm,
    right: Mm,
    below: Mm,
}

/// Reads the address and what must be free around it.
pub(super) fn address(mut fields: Fields<'_>, faults: &mut Faults) -> Option<Windows> {
    let area = fields.area(["the address's width", "the address's height"], faults);
    let right_x: Option<Mm> = fields.needed("right_x", faults);
    let size: Option<Pt> = fields.measure("size", "the address's size", 14.0, faults);
    let most = size.map_or(14.0, |size| size.0);
    let min_size = fields.measure("min_size", "the address's smallest size", most, faults);
    let [left, right, below] =
        ["clear_left", "clear_right", "clear_below"].map(|key| fields.needed::<Mm>(key, faults));
    fields.finish(faults);
    let area = area?;
    let right_area = Area { x: right_x?, ..area };
    let address = AddressField { area, right: right_area, size: size?, min_size: min_size? };
    Some(Windows { address, left: left?, right: right?, below: below? })
}

impl Windows {
    /// What is wrong with a field that stands where nothing may.
    pub(super) fn fault(&self, field: &str, area: &Area) -> Option<DesignFault> {
        self.clear(Mm(0.0)).iter().any(|clear| clear.overlaps(area)).then(|| DesignFault::Window {
            field: field.to_owned(),
            left: self.left.0,
            right: self.right.0,
            below: self.below.0,
        })
    }

    /// The two clear zones, begun so much higher than the address.
    fn clear(&self, above: Mm) -> [Area; 2] {
        [self.address.area, self.address.right].map(|window| Area {
            x: window.x - self.left,
            y: window.y - above,
            width: window.width + self.left + self.right,
            height: window.height + above + self.below,
        })
    }
}

/// Where a letter is folded, from its upper edge.
pub(super) struct Folds(Vec<Mm>);

impl Folds {
    pub(super) fn read(mut fields: Fields<'_>, faults: &mut Faults) -> Option<Self> {
        let at: Option<Vec<Mm>> = fields.needed("at", faults);
        fields.finish(faults);
        at.map(Self)
    }

    fn cross(&self, area: &Area) -> bool {
        self.0
            .iter()
            .any(|fold| area.y < *fold + FOLD_TOLERANCE && area.bottom() + FOLD_TOLERANCE > *fold)
    }

    /// Whether an area lies above the first fold, where the envelope's window is, or on a fold.
    pub(super) fn expose(&self, area: &Area) -> bool {
        self.cross(area) || self.0.iter().all(|fold| area.y < *fold)
    }
}

/// The place of a mark on its own: how large it is, and that neither a fold nor a window nor a
/// line is in its way; whatever may be under other fields would spoil a mark.
pub(super) fn mark(
    mut fields: Fields<'_>,
    folds: Option<&Folds>,
    windows: Option<&Windows>,
    rules: &[(usize, Facing, Rule)],
    faults: &mut Faults,
) -> Option<Area> {
    let at = fields.at;
    let (x, y) = (fields.needed("x", faults), fields.needed("y", faults));
    let size: Option<Mm> = fields.needed("size", faults);
    let at_size = fields.place("size");
    fields.finish(faults);
    let size = size?;
    // Not a number is neither.
    if !(MIN_MODULE * MODULES..=MAX_MODULE * MODULES).contains(&size.0) {
        let (min, max) = (MIN_MODULE * MODULES, MAX_MODULE * MODULES);
        faults.add(at_size, DesignFault::MarkSize { size: size.0, min, max });
        return None;
    }
    let area = Area { x: x?, y: y?, width: size, height: size };
    if folds.is_some_and(|folds| folds.cross(&area)) {
        faults.add(at, DesignFault::MarkOnFold);
    }
    let is_shown = windows.is_some_and(|windows| {
        windows.clear(ABOVE_ADDRESS).iter().any(|clear| clear.overlaps(&area))
    });
    if is_shown {
        faults.add(at, DesignFault::MarkInWindow { above: ABOVE_ADDRESS.0 });
    }
    for ((_, _, rule), number) in rules.iter().zip(1..) {
        if rule.area.overlaps(&area) {
            let (field, other) = ("the mark".to_owned(), format!("rule {number}"));
            faults.add(at, DesignFault::Overlap { field, other });
        }
    }
    Some(area)
}

pub(super) fn sequence(mut fields: Fields<'_>, faults: &mut Faults) -> Option<TextField> {
    let area = fields.area(["the sequence's width", "the sequence's height"], faults);
    let font = fields.or("font", Font::Text, faults);
    let size: Option<Pt> = fields.measure("size", "the sequence's size", 72.0, faults);
    let most = size.map_or(72.0, |size| size.0);
    let min_size = fields.measure("min_size", "the sequence's smallest size", most, faults);
    let align = fields.or("align", Align::Left, faults);
    let vertical = fields.or("vertical", Vertical::Top, faults);
    let colour = fields.or("colour", Colour::BLACK, faults);
    faults.contrast(fields.place("colour"), "the sequence", colour, &[Colour::WHITE]);
    fields.finish(faults);
    Some(TextField {
        key: "sequence".to_owned(),
        area: area?,
        font,
        size: size?,
        min_size: min_size?,
        lines: 1,
        flow: Flow::Even,
        leading: LEADING,
        align,
        vertical,
        colour,
        heading: None,
        optional: false,
        width_without_qr: None,
        with_address: false,
        content: FieldContent::Same(String::new()),
        otherwise: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Design, fault::message};

    #[test]
    fn a_letter_that_shows_its_codes_or_confuses_the_post_is_refused() {
        for (from, to, told) in [
            ("at = [105.0, 210.0]", "at = [105.0, 240.0]", "the codes lie on a fold"),
            ("at = [105.0, 210.0]", "at = [290.0]", "the codes lie on a fold or on the outer"),
            ("clear_below = 30.0", "clear_below = 40.0", "lies in the window's clear zone"),
            ("y = 45.5", "y = 55.0", "text `sender` lies in the window's clear zone"),
            ("y = 14.0\nwidth = 160.0", "y = 46.0\nwidth = 60.0", "overlaps text `office`"),
        ] {
            let message = message("letter", from, to);
            assert!(message.contains(told), "{message}");
        }
    }

    #[test]
    fn a_mark_that_no_machine_reads_is_refused() {
        let at = "x = 8.0\ny = 12.0";
        for (from, to, told) in [
            ("size = 14.0", "size = 11.0", "a mark of 11 mm is too small or too large"),
            ("size = 14.0", "size = 29.0", "take 11.2 to 28.0 mm, the quiet zone included"),
            ("size = 14.0", "size = nan", "a mark of NaN mm is too small"),
            (at, "x = 8.0\ny = 94.0", "the mark lies on a fold"),
            (at, "x = 8.0\ny = 212.0", "the mark lies on a fold"),
            // Over the address on the left, beside the one on the right, between both.
            (at, "x = 25.0\ny = 30.0", "the mark lies where a window"),
            (at, "x = 188.0\ny = 60.0", "the mark lies where a window"),
            (at, "x = 101.0\ny = 70.0", "the mark lies where a window"),
            (at, "x = 8.0\ny = 140.0", "the mark overlaps rule 2; move or shrink"),
            (at, "x = 20.0\ny = 12.0", "the mark overlaps text `office`"),
            (at, "x = 7.0\ny = 12.0", "the mark leaves the safe area, 8 mm"),
        ] {
            let message = message("letter", from, to);
            assert!(message.contains(told), "{message}");
        }
        // With another address on the right alone.
        let right =
            Design::built_in_text("letter").unwrap().replace("right_x = 115.0", "right_x = 80.0");
        let moved = right.replacen(at, "x = 188.0\ny = 60.0", 1);
        let parsed = Design::parse("my.toml", &moved, &mut |_| Err(String::new()));
        assert_eq!(parsed.unwrap().mark.map(|area| area.x), Some(Mm(188.0)));
    }

    #[test]
    fn a_mark_stands_on_the_back_too_and_finds_its_place_free() {
        let back = "[[text]]\nkey = \"b\"\nside = \"back\"\nx = 10.0\ny = 20.0\nwidth = 50.0\n\
                    height = 9.0\nsize = 9.0\nmin_size = 9.0\ncontent = \"x\"\n\n[grid]";
        let told = message("letter", "[grid]", back);
        assert!(told.contains("the mark overlaps text `b`"), "{told}");
    }

    #[test]
    fn a_sequence_that_nobody_reads_is_refused() {
        for (from, to, told) in [
            ("y = 8.0\nwidth = 160.0", "y = 12.0\nwidth = 160.0", "the sequence overlaps text"),
            ("min_size = 5.0", "min_size = 7.0", "the sequence's smallest size must be"),
            ("colour = \"#404040\"", "colour = \"#A0A0A0\"", "the sequence has a contrast of"),
            ("y = 8.0\nwidth = 160.0", "y = 60.0\nwidth = 60.0", "the sequence lies in the window"),
        ] {
            let message = message("letter", from, to);
            assert!(message.contains(told), "{message}");
        }
    }
}
