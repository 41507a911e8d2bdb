//! Pieces put together into runs and words by where they stand.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{
    glyphs::Piece,
    run::{TextRun, Word},
};
use crate::paper::unit::POINTS_PER_MM;

/// Baselines this near are one, in points.
const SAME_BASELINE: f64 = 0.6;
/// Sizes that differ by no more than this part are one.
const SAME_SIZE: f64 = 0.03;
/// A gap as wide as this, in ems, parts words: wider than tracking, narrower than any space.
const WORD_GAP: f64 = 0.15;
/// A gap wider than this, in ems, ends a run: 1.2 times the widest usual space of a text face.
const RUN_GAP: f64 = 0.4;
/// How far back, in ems, a glyph may start of where the one before it ended: kerning, and
/// marks that are set over their letter.
const BACKSTEP: f64 = 1.2;

/// Pieces that follow one another on one baseline.
struct Segment {
    pieces: Vec<Piece>,
    /// Where the text starts and ends along its direction, in points.
    start: f64,
    end: f64,
    /// The baseline's distance from the top left corner, across the direction, in points.
    across: f64,
    /// The direction in hundredths, so that like ones are equal.
    direction: (i32, i32),
    size: f64,
}

fn start_of(piece: &Piece) -> f64 {
    piece.origin.to_vec2().dot(piece.direction)
}

fn across_of(piece: &Piece) -> f64 {
    piece.direction.cross(piece.origin.to_vec2())
}

/// A unit vector in hundredths.
fn direction_of(piece: &Piece) -> (i32, i32) {
    // Between -100 and 100.
    #[allow(clippy::cast_possible_truncation)]
    let hundredths = |part: f64| (part * 100.0).round() as i32;
    (hundredths(piece.direction.x), hundredths(piece.direction.y))
}

fn same_size(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME_SIZE * a.max(b)
}

impl Segment {
    fn new(piece: Piece) -> Self {
        let start = start_of(&piece);
        Self {
            start,
            end: start + piece.advance.max(0.0),
            across: across_of(&piece),
            direction: direction_of(&piece),
            size: piece.size,
            pieces: vec![piece],
        }
    }

    /// Whether the piece that the page shows next continues this text.
    fn is_continued_by(&self, piece: &Piece) -> bool {
        // A mark takes no room of its own and may be lifted off the baseline.
        let lift = if piece.advance == 0.0 { self.size } else { SAME_BASELINE };
        let gap = start_of(piece) - self.end;
        direction_of(piece) == self.direction
            && same_size(piece.size, self.size)
            && (across_of(piece) - self.across).abs() <= lift
            && gap >= -BACKSTEP * self.size
            && gap <= RUN_GAP * self.size
            && start_of(piece) + piece.advance >= self.start
    }

    fn push(&mut self, piece: Piece) {
        self.end = self.end.max(start_of(&piece) + piece.advance);
        self.pieces.push(piece);
    }

    /// Whether another text stands right behind this one, though the page shows it elsewhere.
    fn is_followed_by(&self, next: &Self) -> bool {
        let gap = next.start - self.end;
        self.direction == next.direction
            && same_size(self.size, next.size)
            && (self.across - next.across).abs() <= SAME_BASELINE
            && gap >= -WORD_GAP * self.size
            && gap <= RUN_GAP * self.size
    }
}

/// All runs in reading order: upright text first, rows from the top, each from its start.
pub(in crate::paper) fn runs(pieces: Vec<Piece>) -> Vec<TextRun> {
    let mut segments: Vec<Segment> = Vec::new();
    for piece in pieces.into_iter().filter(|piece| !piece.text.is_empty()) {
        match segments.last_mut() {
            Some(last) if last.is_continued_by(&piece) => last.push(piece),
            _ => segments.push(Segment::new(piece)),
        }
    }
    in_rows(&mut segments);
    let mut joined: Vec<Segment> = Vec::new();
    for segment in segments {
        match joined.last_mut() {
            Some(last) if last.is_followed_by(&segment) => {
                last.end = last.end.max(segment.end);
                last.pieces.extend(segment.pieces);
            }
            _ => joined.push(segment),
        }
    }
    joined
        .into_iter()
        .map(|segment| TextRun { words: words(segment.pieces) })
        .filter(|run| !run.words.is_empty())
        .collect()
}

/// Sorts by direction, baseline and start, taking baselines that are nearly one as one.
fn in_rows(segments: &mut [Segment]) {
    let turn = |segment: &Segment| (segment.direction != (100, 0), segment.direction);
    segments.sort_by(|a, b| turn(a).cmp(&turn(b)).then_with(|| a.across.total_cmp(&b.across)));
    segments
        .chunk_by_mut(|a, b| {
            a.direction == b.direction && (b.across - a.across).abs() <= SAME_BASELINE
        })
        .for_each(|row| row.sort_by(|a, b| a.start.total_cmp(&b.start)));
}

/// Parts a run's pieces at white space and at gaps.
fn words(pieces: Vec<Piece>) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Vec<Piece> = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for piece in pieces.into_iter().flat_map(at_white_space) {
        let start = start_of(&piece);
        let is_space = piece.text.chars().all(char::is_whitespace);
        if is_space || start - end > WORD_GAP * piece.size {
            words.extend(word(&open));
            open.clear();
        }
        end = end.max(start + piece.advance);
        if !is_space {
            open.push(piece);
        }
    }
    words.extend(word(&open));
    words
}

/// Parts the text of one piece at its white space, if there is any: a text given for many
/// glyphs may have several words, whose places are computed from their share of the characters.
fn at_white_space(piece: Piece) -> Vec<Piece> {
    let white = piece.text.chars().filter(|c| c.is_whitespace()).count();
    let count = piece.text.chars().count();
    if white == 0 || white == count {
        return vec![piece];
    }
    // No page has 2^52 characters.
    #[allow(clippy::cast_precision_loss)]
    let share = |chars: usize| piece.advance * chars as f64 / count as f64;
    let mut parts = Vec::new();
    let mut before = 0;
    for part in piece.text.split_inclusive(char::is_whitespace) {
        let text = part.trim_end();
        let mut place = |text: &str| {
            let chars = text.chars().count();
            if chars > 0 {
                parts.push(Piece {
                    text: Zeroizing::new(text.to_owned()),
                    origin: piece.origin + piece.direction * share(before),
                    advance: share(chars),
                    ..piece
                });
            }
            before += chars;
        };
        place(text);
        place(&part[text.len()..]);
    }
    parts
}

/// Joins the pieces of one word.
fn word(pieces: &[Piece]) -> Option<Word> {
    let first = pieces.first()?;
    let start = start_of(first);
    let end = pieces.iter().map(|p| start_of(p) + p.advance).fold(start, f64::max);
    let letters = || pieces.iter().flat_map(|piece| piece.text.chars()).nfc();
    // Room for all of it, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(letters().map(char::len_utf8).sum()));
    text.extend(letters());
    Some(Word {
        x: first.origin.x / POINTS_PER_MM,
        y: first.origin.y / POINTS_PER_MM,
        width: (end - start) / POINTS_PER_MM,
        size: first.size,
        is_in_place: pieces.iter().all(|piece| !piece.is_given),
        text,
    })
}
