//! What goes into a statement and comes out of it: the few kinds of value that both databases have.

use std::sync::Arc;

use super::StoreError;
use crate::Lane;

/// A value of a column or a parameter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number: a count, a position, milliseconds since 1970.
    Int(i64),
    /// A text.
    Text(String),
}

/// The kind of a column that rows are written into: see [`super::Transaction::bulk`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `smallint` in PostgreSQL.
    Small,
    /// `bigint` in PostgreSQL.
    Big,
    /// `text`.
    Text,
}

/// A value that is written into a column, among many.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'c> {
    /// No value.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(&'c str),
}

impl<'c> From<Option<&'c str>> for Cell<'c> {
    fn from(text: Option<&'c str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<Lane> for Value {
    fn from(lane: Lane) -> Self {
        Self::Int(lane.number().into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row that a query found; its columns are read by their names.
#[derive(Clone, Debug)]
pub struct StoreRow {
    pub(super) store: Arc<str>,
    pub(super) columns: Arc<[Box<str>]>,
    pub(super) values: Vec<Value>,
}

impl StoreRow {
    fn value(&self, column: &'static str) -> Result<&Value, StoreError> {
        let place = self.columns.iter().position(|name| **name == *column);
        place.and_then(|place| self.values.get(place)).ok_or_else(|| self.malformed(column))
    }

    /// The whole number in a column.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when there is none.
    pub fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.int_or_null(column)?.ok_or_else(|| self.malformed(column))
    }

    /// The text in a column.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when there is none.
    pub fn text(&self, column: &'static str) -> Result<&str, StoreError> {
        self.text_or_null(column)?.ok_or_else(|| self.malformed(column))
    }

    /// The whole number in a column, if it has a value.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it has another kind of value, or there is no such column.
    pub fn int_or_null(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            Value::Text(_) => Err(self.malformed(column)),
        }
    }

    /// The text in a column, if it has a value.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it has another kind of value, or there is no such column.
    pub fn text_or_null(&self, column: &'static str) -> Result<Option<&str>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Int(_) => Err(self.malformed(column)),
        }
    }

    /// The value that a column's text stands for.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it stands for none.
    pub fn parsed<T: std::str::FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|_| self.malformed(column))
    }

    /// The value that a column's text stands for, if it has a value.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it stands for none.
    pub fn parsed_or_null<T: std::str::FromStr>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        self.text_or_null(column)?.map(|_| self.parsed(column)).transpose()
    }

    /// A count, a position or another number that has a narrower type.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it doesn't fit.
    pub fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        self.int(column)?.try_into().map_err(|_| self.malformed(column))
    }

    /// A column whose value is none of the type that it should be.
    ///
    /// What it is isn't repeated: it may be a hash.
    #[must_use]
    pub fn malformed(&self, column: &'static str) -> StoreError {
        StoreError::Malformed { store: self.store.to_string(), column }
    }
}
