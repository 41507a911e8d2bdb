//! The numbered codes on a page, paired by where they stand.

use tokenkaart_token::token::{CodeFormat, Position};
use zeroize::Zeroizing;

use super::{
    text::{TextRun, Word},
    unit::POINTS_PER_MM,
};

/// A number stands on its code's row when the baselines differ by less than this part of the
/// code's size.
const SAME_ROW: f64 = 0.4;
/// Codes of one card are of one size, up to this part of it.
const SAME_SIZE: f64 = 0.02;
/// Codes of one column begin at one place, up to so many mm.
const SAME_COLUMN: f64 = 0.3;
/// So many other codes at least stand in the column of a code.
const OTHERS_IN_COLUMN: usize = 2;

/// Why the codes of a page can't be told apart; never with a code in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodesError {
    /// Two codes have the same number.
    #[error("position {0} stands beside two codes")]
    Twice(Position),
    /// Two numbers stand where one should.
    #[error("one code has two numbers beside it, {0} and {1}")]
    TwoNumbers(Position, Position),
    /// The same words could be two codes.
    #[error("the codes at positions {0} and {1} run into one another")]
    Overlap(Position, Position),
}

/// A code with its number, as they stand on a page.
pub struct NumberedCode<'a> {
    /// What the number says.
    pub position: Position,
    /// The number.
    pub number: &'a Word,
    /// The groups of the code, at least one.
    pub groups: &'a [Word],
}

impl NumberedCode<'_> {
    /// The code's symbols as they are hashed, without the spaces between the groups.
    #[must_use]
    pub fn symbols(&self) -> Zeroizing<String> {
        let length = self.groups.iter().map(|word| word.text().len()).sum();
        // Room for all of it, so that no copy is left behind by growing.
        let mut code = Zeroizing::new(String::with_capacity(length));
        for word in self.groups {
            code.push_str(word.text());
        }
        code
    }
}

/// Positions and symbols alone.
pub(super) fn symbols(found: &[NumberedCode<'_>]) -> Vec<(Position, Zeroizing<String>)> {
    found.iter().map(|code| (code.position, code.symbols())).collect()
}

/// Words that have the shape of a code.
struct CodeShape<'a> {
    run: usize,
    first: usize,
    number: &'a Word,
    words: &'a [Word],
}

pub(super) fn find<'a>(
    runs: &'a [TextRun],
    format: &CodeFormat,
) -> Result<Vec<NumberedCode<'a>>, CodesError> {
    let groups = groups(format);
    let mut numbered: Vec<(Position, CodeShape<'_>)> = Vec::new();
    for (run, words) in runs.iter().map(TextRun::words).enumerate() {
        for (first, words) in words.windows(groups.len()).enumerate() {
            if has_shape(words, &groups, format)
                && let Some((position, number)) = number_beside(&words[0], runs)?
            {
                numbered.push((position, CodeShape { run, first, number, words }));
            }
        }
    }
    leave_out_strays(&mut numbered);
    numbered.sort_by_key(|(position, _)| *position);
    for (index, (position, shape)) in numbered.iter().enumerate() {
        for (other, shape_of_other) in &numbered[index + 1..] {
            if shape.run == shape_of_other.run
                && shape.first.abs_diff(shape_of_other.first) < groups.len()
            {
                return Err(CodesError::Overlap(*position, *other));
            }
            if position == other {
                return Err(CodesError::Twice(*position));
            }
        }
    }
    let found = numbered.into_iter().map(|(position, shape)| NumberedCode {
        position,
        number: shape.number,
        groups: shape.words,
    });
    Ok(found.collect())
}

/// Leaves out what only looks like a code, as a name or a street may, where a number has a code
/// that stands in a column of codes.
fn leave_out_strays(numbered: &mut Vec<(Position, CodeShape<'_>)>) {
    let is_alike = |one: &Word, other: &Word| {
        (one.size - other.size).abs() <= SAME_SIZE * one.size
            && (one.x - other.x).abs() <= SAME_COLUMN
    };
    let is_in_column: Vec<bool> = numbered
        .iter()
        .map(|(position, shape)| {
            let others = numbered.iter().filter(|(other, _)| other != position);
            let alike = others.filter(|(_, other)| is_alike(&shape.words[0], &other.words[0]));
            alike.count() >= OTHERS_IN_COLUMN
        })
        .collect();
    let settled: Vec<Position> = numbered
        .iter()
        .zip(&is_in_column)
        .filter_map(|((position, _), is_in_column)| is_in_column.then_some(*position))
        .collect();
    let mut is_in_column = is_in_column.into_iter();
    numbered.retain(|(position, _)| {
        is_in_column.next().unwrap_or_default() || !settled.contains(position)
    });
}

/// How many symbols each printed group has.
fn groups(format: &CodeFormat) -> Vec<usize> {
    let (length, group) = (format.length(), format.grouping());
    if group == 0 {
        return vec![length];
    }
    (0..length).step_by(group).map(|start| group.min(length - start)).collect()
}

fn has_shape(words: &[Word], groups: &[usize], format: &CodeFormat) -> bool {
    words.iter().zip(groups).all(|(word, group)| {
        word.text().len() == *group
            && word.text().chars().all(|symbol| format.alphabet().as_str().contains(symbol))
    })
}

/// The number that is the next word to the left of a code, if it is one.
fn number_beside<'a>(
    code: &Word,
    runs: &'a [TextRun],
) -> Result<Option<(Position, &'a Word)>, CodesError> {
    let row = SAME_ROW * code.size / POINTS_PER_MM;
    let mut left = runs
        .iter()
        .flat_map(TextRun::words)
        .filter(|word| (word.y - code.y).abs() <= row && word.x < code.x)
        // Leaders (dots, dashes) may lead the eye from the number to its code.
        .filter(|word| word.text().chars().any(char::is_alphanumeric))
        .filter(|word| !std::ptr::eq(*word, code))
        .collect::<Vec<_>>();
    left.sort_by(|a, b| (b.x + b.width).total_cmp(&(a.x + a.width)));
    let [nearest, others @ ..] = left.as_slice() else {
        return Ok(None);
    };
    let Some(position) = number(nearest) else {
        return Ok(None);
    };
    // Another number printed over this one, or as near.
    let rival =
        others.iter().filter(|word| word.x + word.width > nearest.x).find_map(|word| number(word));
    match rival {
        Some(rival) => Err(CodesError::TwoNumbers(position, rival)),
        None => Ok(Some((position, nearest))),
    }
}

/// Reads `7`, `07`, `7.` and `7)`.
fn number(word: &Word) -> Option<Position> {
    let digits = word.text().trim_end_matches(['.', ')', ':']);
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok().and_then(Position::new)).flatten()
}
