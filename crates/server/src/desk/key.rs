//! Keys of holders, as clerks type and see them.

use tokenkaart::read::{RegisterNumberError, as_register_number, check_register_number};
use tokenkaart_token::holder::HolderId;

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyFault {
    /// Eleven digits that are no number of the National Register, by the last two of them.
    Check,
    /// Or by its month.
    Month,
    /// No holder can have it.
    NoKey,
}

/// The key that was typed: a number of the National Register as its eleven digits, however it is
/// divided, or the office's own.
///
/// # Errors
/// [`KeyFault`]. What has the eleven digits of such a number must be one.
pub(super) fn read(text: &str) -> Result<HolderId, KeyFault> {
    let key = if may_be_number(text) {
        check_register_number(text).map_err(|error| match error {
            RegisterNumberError::Month => KeyFault::Month,
            _ => KeyFault::Check,
        })?
    } else {
        text.to_owned()
    };
    HolderId::new(&key).map_err(|_| KeyFault::NoKey)
}

/// Whether a text has the eleven digits of a number of the National Register, right or wrong: such a
/// text is shown on no page again.
pub(super) fn may_be_number(text: &str) -> bool {
    let is_sign = |c: char| matches!(c, '.' | '-' | '/' | ' ');
    let digits = text.chars().filter(|c| !is_sign(*c));
    digits.clone().count() == 11 && digits.clone().all(|c| c.is_ascii_digit())
}

/// A key as pages show it: of a number of the National Register only the end.
pub(super) fn masked(key: &str) -> String {
    match as_register_number(key) {
        Some(digits) => format!("••.••.••-•{}", digits.get(7..).unwrap_or_default()),
        None => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_number_is_verified_and_shown_by_its_end_alone() {
        for text in ["85.07.30-033.28", "85073003328", " 850730 033 28 "] {
            assert_eq!(read(text).unwrap().as_str(), "85073003328", "{text}");
        }
        assert_eq!(read("85.07.30-033.29"), Err(KeyFault::Check));
        assert_eq!(read("85.73.30-033.01"), Err(KeyFault::Check));
        for key in ["85073003328", "85.07.30-033.28"] {
            assert_eq!(masked(key), "••.••.••-•3328");
        }
        assert_eq!(read("4711").unwrap().as_str(), "4711");
        assert_eq!(masked("4711"), "4711");
        assert_eq!(read("47\u{200b}11"), Err(KeyFault::NoKey));
    }
}
