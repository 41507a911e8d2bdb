//! Whether the ink on a page is that of the texts that must stand there.
//!
//! What a PDF says of its glyphs (`ToUnicode`) is no ink: a black rule may lie over a code, its
//! font may draw other shapes, and the text stays the same. So the page is drawn ([`Grey`]), the
//! texts are set alone with the program's own fonts, and the dots are compared: where the text has
//! ink there must be ink of its colour, and everywhere else about it no ground darker than leaves
//! the text `MIN_CONTRAST` to 1. What may be on the ground beside that (a band, a light picture)
//! is nobody's business.
//!
//! The drawing is [`crate::paper`]'s, which has no part in printing; the outlines come from the font
//! files by another reader than the drawing's. benches/ink.rs measures how far the two are apart.

mod coverage;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use self::coverage::{Coverage, Shape, dots_in};
use crate::{
    design::{Font, MIN_CONTRAST, Mm, OutlinePiece, encoded, linear},
    layout::{Face, Faces, TextLine},
    paper::Grey,
};

/// The share of a glyph's ink that may be astray. Of honest pages it is a quarter of this at most;
/// another symbol, a line of 0.2 mm through a code, a dark grey one of 0.3 mm and a foot cut off are over it: docs/design.md has
/// the figures, and benches/ink.rs measures them.
pub const MOST_ASTRAY: f32 = 0.02;
/// How far a dot's lightness may be off, of 1: a place in a PDF is rounded, and so is a lightness.
const SLACK: f32 = 0.12;
/// How far around a glyph the ground must be clear, in ems: what lies nearer runs into it in print.
const MARGIN: f32 = 0.06;
/// The ink that a glyph counts for at least, in square ems: of a full stop a dot astray would be a
/// tenth.
const LEAST_INK: f32 = 0.02;

/// How far it may be off more where an outline passes: a curve is drawn as straight lines, which lie
/// up to a quarter of a dot from it.
const SLACK_OF_EDGES: f32 = 0.2;
/// How far the dots that a glyph fills may be off all together.
const SLACK_OF_FILLED: f32 = 0.06;
/// The same of those that it leaves free, and of each of these that lies off its edges.
const SLACK_OF_FREE: f32 = 0.02;
/// So few dots say nothing of all: those of a small mark all lie at its edge.
const A_FEW: usize = 8;
/// From here on a dot is filled.
const FILLED: f32 = 0.98;
/// What WCAG 2.2 adds to each luminance of a contrast ratio.
const LIGHT_OF_ROOM: f32 = 0.05;

/// The outline of a glyph.
type KeptOutline = Arc<[OutlinePiece]>;

/// Holds dots to texts that are set alone, always in the same faces, whose outlines it keeps.
#[derive(Default)]
pub struct Gauge {
    outlines: Mutex<HashMap<(Font, u16), KeptOutline>>,
}

/// A line of text that must stand on a page.
#[derive(Clone)]
pub struct Stencil {
    /// The line, from the top left of the page.
    pub line: TextLine,
    /// Whether it must have the line's colour; any that stands out from white will do otherwise.
    pub in_colour: bool,
}

/// A glyph with ink.
struct Inked {
    /// The place of its line among those that must stand there.
    line: usize,
    shape: Shape,
    /// Dots to the em.
    em: f32,
}

impl Inked {
    /// The dots that it fills, and those about it.
    fn dots(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [left, top, right, bottom] = self.shape.bounds;
        let margin = MARGIN * self.em;
        dots_in([left - margin, top - margin, right + margin, bottom + margin])
    }
}

impl Gauge {
    /// The share of ink that is astray in each line, in that of its glyphs that has most of it:
    /// ink that isn't there, or is pale, and what lies about it, in parts of the glyph's own ink.
    ///
    /// All lines that stand near one another must be given together: what isn't given is taken for
    /// something that lies over or under the others.
    #[must_use]
    pub fn astray(&self, faces: &Faces, grey: &Grey, stencils: &[Stencil]) -> Vec<f32> {
        let mut glyphs = Vec::new();
        for (number, stencil) in stencils.iter().enumerate() {
            let face = faces.get(stencil.line.font);
            self.set(number, face, &stencil.line, grey.dots_per_mm(), &mut glyphs);
        }
        let coverage = Coverage::of(glyphs.iter().map(|glyph| &glyph.shape));
        let inks: Vec<f32> = stencils
            .iter()
            .enumerate()
            .map(|(number, stencil)| {
                if stencil.in_colour {
                    of_one(encoded(stencil.line.colour.luminance()))
                } else {
                    let of_line = glyphs.iter().filter(|glyph| glyph.line == number);
                    darkness(grey, &coverage, of_line)
                }
            })
            .collect();
        // Of a text that has no ink to be looked for all is astray.
        let mut astray: Vec<Option<f32>> = vec![None; stencils.len()];
        for glyph in &glyphs {
            let share = share(grey, &coverage, glyph, inks[glyph.line]);
            let worst = &mut astray[glyph.line];
            *worst = Some(worst.map_or(share, |worst| worst.max(share)));
        }
        astray.into_iter().map(|share| share.unwrap_or(1.0)).collect()
    }

    /// Sets a line: the outlines of its glyphs, where they have ink.
    #[allow(clippy::cast_possible_truncation)]
    fn set(
        &self,
        number: usize,
        face: &Face,
        line: &TextLine,
        dots_per_mm: f64,
        glyphs: &mut Vec<Inked>,
    ) {
        let scale = dots_per_mm as f32;
        let em = Mm::from(line.size).0 * scale;
        let units = face.units_per_em();
        let mut pen = 0;
        for glyph in line.glyphs() {
            let right = (pen + glyph.x_offset) as f32 / units;
            let up = glyph.y_offset as f32 / units;
            let origin = [line.x.0 * scale + right * em, line.baseline.0 * scale - up * em];
            pen += glyph.advance;
            let outline = self.outline(line.font, face, glyph.id);
            let shape = Shape::new(&outline, origin, em);
            glyphs.extend(shape.map(|shape| Inked { line: number, shape, em }));
        }
    }

    fn outline(&self, font: Font, face: &Face, glyph: u16) -> KeptOutline {
        // Whoever panicked while holding it left a whole map behind.
        let mut outlines = self.outlines.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = || face.outline(glyph).into();
        outlines.entry((font, glyph)).or_insert_with(drawn).clone()
    }
}

/// How light a line is, 0 to 1, where its glyphs fill dots wholly: the middle one of these, so that
/// what lies over some of them doesn't count, and no lighter than may stand on white.
fn darkness<'g>(grey: &Grey, coverage: &Coverage, glyphs: impl Iterator<Item = &'g Inked>) -> f32 {
    let mut filled: Vec<f32> = glyphs
        .flat_map(Inked::dots)
        .filter(|(column, row)| coverage.at(*column, *row) > FILLED)
        .map(|(column, row)| of_one(grey.lightness(column, row)))
        .collect();
    let palest = (1.0 + LIGHT_OF_ROOM) / MIN_CONTRAST - LIGHT_OF_ROOM;
    rank(&mut filled, 2).unwrap_or_default().min(of_one(encoded(palest)))
}

/// The share of a glyph's ink that is astray; `ink` is how light its ink should be, 0 to 1.
fn share(grey: &Grey, coverage: &Coverage, glyph: &Inked, ink: f32) -> f32 {
    let darkest = (light(ink) + LIGHT_OF_ROOM) * MIN_CONTRAST - LIGHT_OF_ROOM;
    let ground = of_one(encoded(darkest.min(1.0)));
    let (mut astray, mut all) = (0.0, 0.0);
    let (mut filled, mut free) = (Vec::new(), Vec::new());
    for (column, row) in glyph.dots() {
        let covered = coverage.at(column, row);
        let lightness = of_one(grey.lightness(column, row));
        let on = |ground: f32| ink * covered + ground * (1.0 - covered);
        let slack = SLACK + SLACK_OF_EDGES * (4.0 * covered.min(1.0 - covered)).min(1.0);
        // Off all edges the ground is what it is.
        let slack_of_ground = if is_free(coverage, column, row) { SLACK_OF_FREE } else { slack };
        let (least, most) = (on(ground) - slack_of_ground, on(1.0) + slack);
        // In parts of what it is if there is all ink, or none.
        if lightness < least {
            astray += (least - lightness) / (ground - slack_of_ground).max(SLACK);
        } else if lightness > most {
            astray += (lightness - most) / (1.0 - ink - slack).max(SLACK);
        }
        all += covered;
        if covered > FILLED {
            filled.push(lightness);
        } else if covered < 1.0 - FILLED {
            free.push(lightness);
        }
    }
    // What is pale or dark as a whole is so by less than a dot may be.
    // Of a dot of three rows, or a stem of two columns, half lie at an edge that may be off: who is pale
    // as a whole is so in the darkest quarter too.
    let is_pale = rank(&mut filled, 4).is_some_and(|filled| filled > ink + SLACK_OF_FILLED);
    let is_dark = rank(&mut free, 2).is_some_and(|free| free < ground - SLACK_OF_FREE);
    if is_pale || is_dark {
        return 1.0;
    }
    astray / all.max(LEAST_INK * glyph.em * glyph.em)
}

/// Whether neither a dot nor its neighbours have ink.
fn is_free(coverage: &Coverage, column: usize, row: usize) -> bool {
    let (left, above) = (column.saturating_sub(1), row.saturating_sub(1));
    [(column, row), (left, row), (column + 1, row), (column, above), (column, row + 1)]
        .into_iter()
        .all(|(column, row)| coverage.at(column, row) < 1.0 - FILLED)
}

/// The one of several that so large a part of them is not over (2 is half of them), of more than a few.
fn rank(values: &mut [f32], part: usize) -> Option<f32> {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / part).copied().filter(|_| values.len() > A_FEW)
}

/// A lightness of 255 as one of 1.
fn of_one(lightness: u8) -> f32 {
    f32::from(lightness) / 255.0
}

/// The luminance of a grey of a lightness of 1.
// From 0 to 255.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn light(lightness: f32) -> f32 {
    linear((lightness * 255.0).round() as u8)
}
