//! What an envelope and the machines that fill it ask of a design: window, folds, mark, sequence.

use serde::Deserialize;
use toml::Spanned;

use super::{
    colour::Colour,
    element::{AddressField, Align, FieldContent, Flow, Font, Side, TextField, Vertical},
    fault::DesignFault,
    limits::LEADING,
    measure::{DesignFaultAt, MAX_LENGTH, black, contrast, measure},
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

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAddress {
    x: Mm,
    right_x: Mm,
    y: Mm,
    width: Mm,
    height: Mm,
    size: Pt,
    min_size: Pt,
    clear_left: Mm,
    clear_right: Mm,
    clear_below: Mm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFold {
    at: Vec<Mm>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMark {
    x: Mm,
    y: Mm,
    size: Mm,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSequence {
    x: Mm,
    y: Mm,
    width: Mm,
    height: Mm,
    #[serde(default)]
    font: Font,
    size: Pt,
    min_size: Pt,
    #[serde(default)]
    align: Align,
    #[serde(default)]
    vertical: Vertical,
    #[serde(default = "black")]
    colour: Colour,
}

pub(super) fn check_address(raw: &Spanned<RawAddress>) -> Result<AddressField, DesignFaultAt> {
    let at = raw.span().start;
    let RawAddress { x, right_x, y, width, height, size, min_size, .. } = *raw.get_ref();
    measure(at, "the address's width", width.0, MAX_LENGTH)?;
    measure(at, "the address's height", height.0, MAX_LENGTH)?;
    measure(at, "the address's size", size.0, 14.0)?;
    measure(at, "the address's smallest size", min_size.0, size.0)?;
    let area = Area { x, y, width, height };
    Ok(AddressField { area, right: Area { x: right_x, ..area }, size, min_size })
}

/// The windows, wherever the envelope has them, and what the post wants free around them.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    raw: RawAddress,
    pub(super) address: AddressField,
}

impl Windows {
    pub(super) const fn new(raw: RawAddress, address: AddressField) -> Self {
        Self { raw, address }
    }

    /// What is wrong with a field that stands where nothing may.
    pub(super) fn fault(&self, field: &str, area: &Area) -> Option<DesignFault> {
        let raw = &self.raw;
        self.clear(Mm(0.0)).iter().any(|clear| clear.overlaps(area)).then(|| DesignFault::Window {
            field: field.to_owned(),
            left: raw.clear_left.0,
            right: raw.clear_right.0,
            below: raw.clear_below.0,
        })
    }

    /// The two clear zones, begun so much higher than the address.
    fn clear(&self, above: Mm) -> [Area; 2] {
        let raw = &self.raw;
        [self.address.area, self.address.right].map(|window| Area {
            x: window.x - raw.clear_left,
            y: window.y - above,
            width: window.width + raw.clear_left + raw.clear_right,
            height: window.height + above + raw.clear_below,
        })
    }
}

fn is_on_a_fold(folds: &[Mm], area: &Area) -> bool {
    folds
        .iter()
        .any(|fold| area.y < *fold + FOLD_TOLERANCE && area.bottom() + FOLD_TOLERANCE > *fold)
}

/// Whether an area lies above the first fold, where the envelope's window is, or on a fold.
pub(super) fn is_exposed(fold: &RawFold, area: &Area) -> bool {
    is_on_a_fold(&fold.at, area) || fold.at.iter().all(|fold| area.y < *fold)
}

/// The place of a mark on its own: how large it is, and that neither a fold nor a window nor a
/// line is in its way; whatever may be under other fields would spoil a mark.
pub(super) fn check_mark(
    raw: &Spanned<RawMark>,
    fold: Option<&RawFold>,
    windows: Option<&Windows>,
    sides: [&Side; 2],
) -> Result<Area, DesignFaultAt> {
    let at = raw.span().start;
    let RawMark { x, y, size } = *raw.get_ref();
    let area = Area { x, y, width: size, height: size };
    // Not a number is neither.
    if !(MIN_MODULE * MODULES..=MAX_MODULE * MODULES).contains(&size.0) {
        let (min, max) = (MIN_MODULE * MODULES, MAX_MODULE * MODULES);
        return Err((at, DesignFault::MarkSize { size: size.0, min, max }));
    }
    if fold.is_some_and(|fold| is_on_a_fold(&fold.at, &area)) {
        return Err((at, DesignFault::MarkOnFold));
    }
    let shown = windows.is_some_and(|windows| {
        windows.clear(ABOVE_ADDRESS).iter().any(|clear| clear.overlaps(&area))
    });
    if shown {
        return Err((at, DesignFault::MarkInWindow { above: ABOVE_ADDRESS.0 }));
    }
    for (number, rule) in
        sides.iter().flat_map(|side| side.rules.iter().zip(1..).map(|(r, n)| (n, r)))
    {
        if rule.area.overlaps(&area) {
            let (field, other) = ("the mark".to_owned(), format!("rule {number}"));
            return Err((at, DesignFault::Overlap { field, other }));
        }
    }
    Ok(area)
}

pub(super) fn check_sequence(raw: &Spanned<RawSequence>) -> Result<TextField, DesignFaultAt> {
    let at = raw.span().start;
    let raw = *raw.get_ref();
    measure(at, "the sequence's width", raw.width.0, MAX_LENGTH)?;
    measure(at, "the sequence's height", raw.height.0, MAX_LENGTH)?;
    measure(at, "the sequence's size", raw.size.0, 72.0)?;
    measure(at, "the sequence's smallest size", raw.min_size.0, raw.size.0)?;
    contrast(at, "the sequence", raw.colour, Colour::WHITE)?;
    Ok(TextField {
        key: "sequence".to_owned(),
        area: Area { x: raw.x, y: raw.y, width: raw.width, height: raw.height },
        font: raw.font,
        size: raw.size,
        min_size: raw.min_size,
        lines: 1,
        flow: Flow::Even,
        leading: LEADING,
        align: raw.align,
        vertical: raw.vertical,
        colour: raw.colour,
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
