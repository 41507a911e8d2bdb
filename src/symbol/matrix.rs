//! A mark as a Data Matrix, and the modules of one back into its text (ISO/IEC 16022, ECC 200).
//!
//! All marks are of one length, and so all symbols of one size: 24 × 24 modules, of which 36
//! codewords hold the text and 24 mend damage: up to 12 that are wrong.

use datamatrix::{
    SymbolList, SymbolSize,
    data::{EncodationType, decode_data, encode_data},
    errorcode::encode_error,
    placement::MatrixMap,
};

use crate::symbol::{Symbol, mark::Mark};

/// Modules along a side.
pub const SIDE: usize = 24;
/// Modules of white on each side; the standard asks for one (7.1).
pub const QUIET_ZONE: usize = 2;
const SIZE: SymbolSize = SymbolSize::Square24;
/// Codewords that hold the text.
const DATA: usize = 36;

/// A mark can't be made a Data Matrix, which it must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a mark fits no Data Matrix of {SIDE} modules; please report it")]
pub struct MatrixError;

/// Encodes a mark.
///
/// # Errors
/// [`MatrixError`] when the program is broken.
pub fn encode(mark: Mark) -> Result<Symbol, MatrixError> {
    // No other mode can be shorter than C40 for digits and capitals; to look among all of them
    // takes 1 ms a mark instead of 0.03.
    let (list, modes) = (SymbolList::from(SIZE), EncodationType::C40 | EncodationType::Ascii);
    let text = mark.to_string();
    let (mut codewords, _) =
        encode_data(text.as_bytes(), &list, None, modes, false).map_err(|_| MatrixError)?;
    codewords.extend(encode_error(&codewords, SIZE));
    let bitmap = MatrixMap::new_with_codewords(&codewords, SIZE).bitmap();
    let mut dark = vec![false; SIDE * SIDE];
    for (column, row) in bitmap.pixels() {
        if let Some(module) = dark.get_mut(row * SIDE + column) {
            *module = true;
        }
    }
    Ok(Symbol::new(SIDE, QUIET_ZONE, dark))
}

/// The text of a Data Matrix of the size of our marks, given row by row with true for dark
/// modules; `None` if the modules are none, or one of them is wrong.
///
/// What a file says is exact, so nothing is mended here: what isn't exact was changed.
#[must_use]
pub fn read(dark: &[bool]) -> Option<String> {
    if dark.len() != SIDE * SIDE {
        return None;
    }
    let (map, _) = MatrixMap::try_from_bits(dark, SIDE).ok()?;
    let codewords = map.codewords();
    let (data, correction) = codewords.split_at_checked(DATA)?;
    if encode_error(data, SIZE) != correction {
        return None;
    }
    String::from_utf8(decode_data(data).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(sequence: u64) -> Mark {
        let run = "15d9b0233567bb3250f9f2981f5592e6".parse().unwrap();
        Mark::new(run, sequence, 1, 2).unwrap()
    }

    #[test]
    fn what_is_encoded_is_read() {
        for sequence in [1, 42, 10_000, 999_999_999] {
            let symbol = encode(mark(sequence)).unwrap();
            assert_eq!(symbol.side(), SIDE);
            assert_eq!(read(symbol.dark()), Some(mark(sequence).to_string()));
        }
    }

    #[test]
    fn not_one_module_may_be_wrong() {
        let symbol = encode(mark(42)).unwrap();
        for module in 0..SIDE * SIDE {
            let mut dark = symbol.dark().to_vec();
            dark[module] ^= true;
            assert_eq!(read(&dark), None, "{module}");
        }
        assert_eq!(read(&[]), None);
        assert_eq!(read(&symbol.dark()[1..]), None);
        assert_eq!(read(&[true; SIDE * SIDE]), None);
    }
}
