//! A text made to fit its area: smaller, then in more lines, never clipped.

use super::{error::LayoutError, face::Face, faces::Faces, page::TextLine};
use crate::design::{Align, Flow, Font, Mm, Pt, TextField, Vertical};

/// From the top of an area to the first baseline, in ems: capitals with two marks fit.
const ASCENT: f32 = 1.0;
/// From the last baseline to the bottom of an area, in ems.
const DESCENT: f32 = 0.25;
/// By how much a paragraph's size is lowered at a time.
const STEP: Pt = Pt(0.25);
/// What a size may be rounded up by, in points, without a text leaving its area visibly.
const ROUNDING: f32 = 1e-3;

/// The size at which a text fits its field; none where nothing stands.
pub(super) fn size(
    faces: &Faces,
    field: &TextField,
    text: &str,
) -> Result<Option<Pt>, LayoutError> {
    if text.is_empty() {
        return Ok(None);
    }
    fitted(faces, field, text).map(|(_, size, _)| Some(size))
}

/// Sets a text in its field.
pub(super) fn set(
    faces: &Faces,
    field: &TextField,
    text: &str,
) -> Result<Vec<TextLine>, LayoutError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let (font, size, lines) = fitted(faces, field, text)?;
    Ok(place(faces.get(font), font, field, size, &lines))
}

/// The font of a text, its size and its lines.
pub(super) fn fitted<'a>(
    faces: &Faces,
    field: &TextField,
    text: &'a str,
) -> Result<(Font, Pt, Vec<&'a str>), LayoutError> {
    let font = faces
        .choose(field.font, &text.replace('\n', ""))
        .map_err(|why| LayoutError::no_face(&field.key, why))?;
    let face = faces.get(font);
    let (size, lines) = fit(face, field, text).ok_or_else(|| {
        let (key, lines) = (field.key.clone(), field.lines);
        if field.names("name") {
            LayoutError::NameTooLong { field: key, lines }
        } else {
            LayoutError::TooLong { field: format!("text `{key}` of the design"), lines }
        }
    })?;
    Ok((font, size, lines))
}

/// The largest size in the field's bounds, and the lines.
fn fit<'a>(face: &Face, field: &TextField, text: &'a str) -> Option<(Pt, Vec<&'a str>)> {
    match field.flow {
        Flow::Even => fit_evenly(face, field, text),
        Flow::Paragraph => fit_paragraph(face, field, text),
    }
}

/// The largest size at which the text, each line as full as can be, fits the field.
fn fit_paragraph<'a>(face: &Face, field: &TextField, text: &'a str) -> Option<(Pt, Vec<&'a str>)> {
    let mut size = field.size;
    while size.0 + ROUNDING >= field.min_size.0 {
        let room = Pt::from(field.area.width).0 / size.0;
        if let Some(lines) = fill_lines(face, text, room) {
            let high = size.0 * height(lines.len(), field.leading);
            if lines.len() <= field.lines && high <= Pt::from(field.area.height).0 + ROUNDING {
                return Some((size, lines));
            }
        }
        size = size - STEP;
    }
    None
}

/// Fills lines of so many ems; `None` when a single word is longer.
pub(super) fn fill_lines<'a>(face: &Face, text: &'a str, room: f32) -> Option<Vec<&'a str>> {
    let length = |line: &str| face.length(&face.shape(line), Pt(1.0)).0;
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut start = 0;
        let mut end = 0;
        for word in paragraph.split_inclusive(' ') {
            let next = end + word.len();
            if length(paragraph[start..next].trim_end()) > room {
                if start == end {
                    return None;
                }
                lines.push(paragraph[start..end].trim_end());
                start = end;
                if length(word.trim_end()) > room {
                    return None;
                }
            }
            end = next;
        }
        lines.push(paragraph[start..].trim_end());
    }
    Some(lines)
}

/// As few lines as do.
fn fit_evenly<'a>(face: &Face, field: &TextField, text: &'a str) -> Option<(Pt, Vec<&'a str>)> {
    // A name is torn at its hyphen only when breaking at spaces doesn't do.
    let ways = (1..=field.lines).flat_map(|count| [(count, &[' '][..]), (count, &[' ', '-'][..])]);
    ways.into_iter().find_map(|(count, at)| {
        let lines = break_lines(face, text, count, at)?;
        let size = largest(face, field, &lines).min(field.size.0);
        (size + ROUNDING >= field.min_size.0).then_some((Pt(size), lines))
    })
}

/// The largest size at which the lines fit an area.
fn largest(face: &Face, field: &TextField, lines: &[&str]) -> f32 {
    let area = &field.area;
    let em = lines.iter().map(|line| face.length(&face.shape(line), Pt(1.0)).0).fold(0.0, f32::max);
    (Pt::from(area.height).0 / height(lines.len(), field.leading)).min(Pt::from(area.width).0 / em)
}

/// The height of so many lines, in ems.
fn height(lines: usize, leading: f32) -> f32 {
    ASCENT + (lines.saturating_sub(1)) as f32 * leading + DESCENT
}

/// Breaks a text into exactly so many lines behind characters of `at`, the longest line as
/// short as can be.
pub(super) fn break_lines<'a>(
    face: &Face,
    text: &'a str,
    count: usize,
    at: &[char],
) -> Option<Vec<&'a str>> {
    let breaks: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| at.contains(c))
        .map(|(index, c)| index + c.len_utf8())
        .filter(|index| *index < text.len())
        .collect();
    let length = |line: &str| face.length(&face.shape(line.trim()), Pt(1.0)).0;
    break_evenly(text, 0, &breaks, count, &length).map(|(_, lines)| lines)
}

fn break_evenly<'a>(
    text: &'a str,
    start: usize,
    breaks: &[usize],
    count: usize,
    length: &impl Fn(&str) -> f32,
) -> Option<(f32, Vec<&'a str>)> {
    if count == 1 {
        let line = text[start..].trim();
        return Some((length(line), vec![line]));
    }
    let mut best: Option<(f32, Vec<&str>)> = None;
    for (index, end) in breaks.iter().enumerate() {
        let line = text[start..*end].trim();
        let first = length(line);
        if best.as_ref().is_some_and(|(longest, _)| first >= *longest) {
            break;
        }
        let Some((rest, lines)) = break_evenly(text, *end, &breaks[index + 1..], count - 1, length)
        else {
            continue;
        };
        let longest = first.max(rest);
        if best.as_ref().is_none_or(|(best, _)| longest < *best) {
            let mut all = vec![line];
            all.extend(lines);
            best = Some((longest, all));
        }
    }
    best
}

fn place(face: &Face, font: Font, field: &TextField, size: Pt, lines: &[&str]) -> Vec<TextLine> {
    let area = &field.area;
    let slack = area.height - Mm::from(size * height(lines.len(), field.leading));
    let top = match field.vertical {
        Vertical::Top => area.y,
        Vertical::Middle => area.y + slack / 2.0,
        Vertical::Bottom => area.y + slack,
    };
    lines
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
        .map(|(index, text)| {
            let glyphs = face.shape(text);
            let slack = area.width - Mm::from(face.length(&glyphs, size));
            let x = match field.align {
                Align::Left => area.x,
                Align::Centre => area.x + slack / 2.0,
                Align::Right => area.x + slack,
            };
            let baseline = top + Mm::from(size * (ASCENT + index as f32 * field.leading));
            TextLine::new(font, size, x, baseline, field.colour, text, glyphs)
        })
        .collect()
}
