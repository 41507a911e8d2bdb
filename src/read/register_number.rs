//! The number of the Belgian National Register: eleven digits, the last two of which check the
//! others.
//!
//! Royal decree of 3 April 1984 on the composition of the identification number, articles 1 to 5:
//! the date of birth as `YYMMDD`, a serial number of three digits, and a check number, which is 97
//! less the remainder of the nine digits by 97; for whom was born from 2000 on, a 2 is put before
//! the nine. A BIS number (royal decree of 8 February 1991) adds 20 to the month where the sex was
//! not known, and 40 where it was.

/// Why a text is no number of the register.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RegisterNumberError {
    /// Other characters than digits and the signs between them, or another count of digits.
    #[error("is no national register number, which has eleven digits, as 93.05.18-223.61")]
    Shape,
    /// Eleven digits, of which the last two are not those of the first nine.
    #[error("is no national register number: its last two digits do not fit the others")]
    Check,
    /// Fewer digits, which no zeros before them would make one.
    #[error(
        "is no national register number: it has {digits} digits instead of eleven, and zeros \
         before them would not make it one"
    )]
    TooShort {
        /// How many.
        digits: usize,
    },
    /// A month that there is not, not even in a BIS number.
    #[error("is no national register number: its third and fourth digit are no month")]
    Month,
}

/// A number of the register, as eleven digits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RegisterNumber {
    digits: String,
    /// Zeros at its start were lost, as when it was taken for a number, and were put back.
    pub(super) is_mended: bool,
}

impl RegisterNumber {
    /// Reads a number however it is divided; where leading zeros were lost, the check tells.
    pub(crate) fn read(text: &str) -> Result<Self, RegisterNumberError> {
        let is_sign = |c: char| matches!(c, '.' | '-' | '/' | ' ');
        let text = text.trim();
        let mut digits: String = text.chars().filter(|c| !is_sign(*c)).collect();
        let is_plain = digits.len() == text.len();
        let starts_well = text.starts_with(|c: char| c.is_ascii_digit());
        if !starts_well || digits.bytes().any(|byte| !byte.is_ascii_digit()) || digits.len() > 11 {
            return Err(RegisterNumberError::Shape);
        }
        let found = digits.len();
        // Who was born in 2000 may have lost three zeros, and never the digits of a day too.
        let is_mended = is_plain && (8..11).contains(&found);
        if is_mended {
            digits.insert_str(0, &"0".repeat(11 - found));
        }
        let checked =
            if digits.len() == 11 { check(&digits) } else { Err(RegisterNumberError::Shape) };
        match checked {
            Ok(()) => Ok(Self { digits, is_mended }),
            Err(_) if found != 11 => Err(if is_plain {
                RegisterNumberError::TooShort { digits: found }
            } else {
                RegisterNumberError::Shape
            }),
            Err(error) => Err(error),
        }
    }

    /// The eleven digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.digits
    }
}

/// The eleven digits of a text that is a whole number of the Belgian National Register, however it
/// is divided; `None` for any other text.
#[must_use]
pub fn as_register_number(text: &str) -> Option<String> {
    check_register_number(text).ok()
}

/// The eleven digits of a text that is to be a whole number of the Belgian National Register, however
/// it is divided.
///
/// # Errors
/// [`RegisterNumberError`] when it is none.
pub fn check_register_number(text: &str) -> Result<String, RegisterNumberError> {
    let number = RegisterNumber::read(text)?;
    if number.is_mended { Err(RegisterNumberError::Shape) } else { Ok(number.digits) }
}

/// Whether eleven digits are a number of the register.
fn check(digits: &str) -> Result<(), RegisterNumberError> {
    let (Ok(number), Ok(check)) = (
        digits.get(..9).unwrap_or("-").parse::<u64>(),
        digits.get(9..).unwrap_or("-").parse::<u64>(),
    ) else {
        return Err(RegisterNumberError::Shape);
    };
    // Of somebody born from 2000 on, a 2 stands before the nine digits.
    let is_of = |number: u64| 97 - number % 97 == check;
    if !(is_of(number) || is_of(2_000_000_000 + number)) {
        return Err(RegisterNumberError::Check);
    }
    // Of whom the date is not known the month is 0.
    match number / 100_000 % 100 {
        0..=12 | 20..=32 | 40..=52 => Ok(()),
        _ => Err(RegisterNumberError::Month),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_divided() {
        for text in [
            "85073100229",
            "85.07.31-002.29",
            "850731-002-29",
            "850731 002 29",
            "85 07 31 002 29",
            "85/07/31-002.29",
            " 850731-00229 ",
        ] {
            let number = RegisterNumber::read(text).unwrap();
            assert_eq!(number.as_str(), "85073100229", "{text}");
            assert!(!number.is_mended);
        }
    }

    /// The nine digits with their check number, by the rule of one century.
    fn with_check(nine: u64, from_2000: bool) -> String {
        let number = if from_2000 { 2_000_000_000 + nine } else { nine };
        format!("{nine:09}{:02}", 97 - number % 97)
    }

    #[test]
    fn both_centuries_and_bis_numbers_are_known() {
        for (nine, from_2000) in [
            (850_731_002, false),
            (10_203_001, true),
            (50_101_001, true),
            (852_731_002, false),
            (854_731_002, false),
            (224_731_002, true),
            (850_000_002, false),
        ] {
            let number = with_check(nine, from_2000);
            assert_eq!(RegisterNumber::read(&number).unwrap().as_str(), number);
        }
        // Published in the instructions of the register.
        for known in ["93051822361", "40000095579", "00012556777"] {
            assert!(RegisterNumber::read(known).is_ok(), "{known}");
        }
    }

    #[test]
    fn lost_zeros_are_put_back_where_the_check_says_so() {
        for (nine, lost) in [(50_101_001, 1), (1_231_001, 2), (512_001, 3)] {
            let whole = with_check(nine, true);
            let number = RegisterNumber::read(&whole[lost..]).unwrap();
            assert_eq!(number.as_str(), whole);
            assert!(number.is_mended);
        }
        assert_eq!(
            RegisterNumber::read("8507310026"),
            Err(RegisterNumberError::TooShort { digits: 10 })
        );
    }

    #[test]
    fn what_is_no_number_of_the_register_is_told_why() {
        let of_no_month = with_check(851_331_002, false);
        for (text, why) in [
            ("85073100228", RegisterNumberError::Check),
            ("85073100292", RegisterNumberError::Check),
            ("58073100229", RegisterNumberError::Check),
            ("850731002290", RegisterNumberError::Shape),
            ("85.07.31-002", RegisterNumberError::Shape),
            // Ten digits of which the last one fits the nine before it by chance.
            ("505.18-223.61", RegisterNumberError::Shape),
            ("4711", RegisterNumberError::TooShort { digits: 4 }),
            ("B4711", RegisterNumberError::Shape),
            ("", RegisterNumberError::Shape),
            ("-85073100229", RegisterNumberError::Shape),
            (of_no_month.as_str(), RegisterNumberError::Month),
        ] {
            assert_eq!(RegisterNumber::read(text), Err(why), "{text}");
        }
    }

    #[test]
    fn one_wrong_digit_or_two_turned_about_never_pass() {
        let number = "85073100229";
        let refused = |text: &str| RegisterNumber::read(text).is_err();
        let mut passed = 0;
        for place in 0..11 {
            for digit in '0'..='9' {
                let mut wrong: Vec<char> = number.chars().collect();
                wrong[place] = digit;
                let wrong: String = wrong.into_iter().collect();
                passed += usize::from(wrong != number && !refused(&wrong));
            }
            if place < 10 {
                let mut turned: Vec<char> = number.chars().collect();
                turned.swap(place, place + 1);
                let turned: String = turned.into_iter().collect();
                passed += usize::from(turned != number && !refused(&turned));
            }
        }
        // The other century's rule lets one through now and then.
        assert!(passed <= 2, "{passed}");
    }
}
