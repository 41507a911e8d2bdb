//! What an operator says of a column whose header doesn't tell what it gives.

use std::str::FromStr;

use super::{
    excerpt::Excerpt,
    field::{Field, Fields},
    vocabulary::fold,
};

/// What the operator says of one column: `name=Achternaam`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ColumnMapping {
    /// The field.
    pub field: Field,
    /// The header of the column that gives it, as in the file; case and accents don't count.
    pub header: String,
}

impl ColumnMapping {
    /// Whether the header is the one that is meant.
    pub(super) fn names(&self, header: &str) -> bool {
        is_same_header(&self.header, header)
    }
}

/// Whether an operator who says one header means the other.
pub(super) fn is_same_header(said: &str, header: &str) -> bool {
    let folded = fold(said);
    header.trim() == said.trim() || !folded.is_empty() && fold(header) == folded
}

/// Why an option's text names no column for a field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnMappingError {
    /// No `=` or nothing on one of its sides.
    #[error("write it as field=header, for example name=Achternaam")]
    Shape,
    /// There is no such field.
    #[error("there is no field \"{given}\"; the fields are {Fields}")]
    UnknownField {
        /// What was given.
        given: Excerpt,
    },
}

impl FromStr for ColumnMapping {
    type Err = ColumnMappingError;

    /// Reads `field=header`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (field, header) = text.split_once('=').ok_or(ColumnMappingError::Shape)?;
        let (field, header) = (field.trim(), header.trim());
        if field.is_empty() || header.is_empty() {
            return Err(ColumnMappingError::Shape);
        }
        let folded = fold(field);
        Field::ALL
            .into_iter()
            .find(|known| fold(known.name()) == folded)
            .map(|field| Self { field, header: header.to_owned() })
            .ok_or_else(|| ColumnMappingError::UnknownField { given: Excerpt::new(field) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_names_a_field_there_is() {
        let mapping: ColumnMapping = "Postal-Code = Code = x".parse().unwrap();
        assert_eq!(mapping.field, Field::PostalCode);
        assert_eq!(mapping.header, "Code = x");
        for text in ["", "name", "name=", "=x"] {
            assert_eq!(text.parse::<ColumnMapping>(), Err(ColumnMappingError::Shape), "{text}");
        }
        let error = "naam=x".parse::<ColumnMapping>().unwrap_err();
        assert!(
            error.to_string().starts_with("there is no field \"naam\"; the fields are id, name")
        );
    }
}
