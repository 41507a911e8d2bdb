//! What stands in a cell or behind a key.

use std::fmt;

/// What stands in a cell or behind a key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) enum Value {
    #[default]
    Empty,
    Text(String),
    /// A number, as it is shown.
    Number(String),
    /// The 0 of a formula: what one gives that points to an empty cell.
    FormulaZero,
    NotText(NonText),
}

impl Value {
    /// The text, where there is one; of a number, how it is shown.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::FormulaZero => Some("0"),
            Self::Empty | Self::NotText(_) => None,
        }
    }

    /// Whether nothing stands there, or blanks alone.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

/// A value that is no text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NonText {
    /// A JSON object.
    Object,
    /// A JSON list.
    List,
    /// A text, where an object should be.
    Text,
    /// Nothing, where an object should be.
    Null,
    /// True or false.
    Boolean,
    /// A number, where an object should be.
    Number,
    /// A number that a JSON reader or Excel may have rounded.
    RoundedNumber,
    /// A number that its cell shows with a percent sign, an exponent or as a fraction.
    CalculatedNumber,
    /// A number that its cell shows with signs between the thousands or behind a decimal sign.
    PunctuatedNumber,
    /// A number whose format shows nothing of it.
    HiddenNumber,
    /// A date or a time.
    Date,
    /// A formula's error, such as `#N/A`.
    SheetError,
    /// A formula whose result was not saved with it.
    Uncomputed,
    /// A sum or a count of other cells.
    Total,
    /// Two entries without a comma between them, or a comma too many.
    Nothing,
}

impl NonText {
    /// What to do about it.
    pub(super) const fn remedy(self) -> &'static str {
        match self {
            Self::RoundedNumber => "it may have lost digits, so write it as text",
            Self::Date | Self::CalculatedNumber | Self::PunctuatedNumber | Self::HiddenNumber => {
                "format the column as text and enter the value again"
            }
            Self::SheetError => "mend the formula or type the value",
            Self::Uncomputed => "open the workbook, let it calculate and save it again",
            Self::Total => "a total is no holder; delete the row",
            _ => "write it as text",
        }
    }
}

impl fmt::Display for NonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::List => "a list",
            Self::Text => "a text",
            Self::Null => "null",
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::RoundedNumber => "a number of so many digits or with a fraction",
            Self::CalculatedNumber => "a number that is shown as a percentage, fraction or power",
            Self::PunctuatedNumber => "a number that is shown with signs between its digits",
            Self::HiddenNumber => "a number that its format hides",
            Self::Date => "a date",
            Self::SheetError => "a formula's error",
            Self::Uncomputed => "a formula without its result",
            Self::Total => "the sum or count of other cells",
            Self::Nothing => "nothing",
        })
    }
}
