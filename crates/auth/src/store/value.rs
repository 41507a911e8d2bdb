//! What goes into a statement and comes out of it: the few kinds of value that both databases have.

use super::StoreError;

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

/// A row that a query found.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) store: String,
    pub(super) values: Vec<Value>,
}

impl Row {
    /// The whole number in a column, the first being 0.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when there is none.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.values.get(column) {
            Some(Value::Int(number)) => Ok(*number),
            _ => Err(self.malformed(column)),
        }
    }

    /// The text in a column, the first being 0.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when there is none.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.values.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(self.malformed(column)),
        }
    }

    /// The whole number in a column, if it has a value.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it has another kind of value.
    pub fn int_or_null(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.values.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.int(column).map(Some),
        }
    }

    /// The text in a column, if it has a value.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it has another kind of value.
    pub fn text_or_null(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.values.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// A column whose text is no value of the type that it should be.
    ///
    /// What it is isn't repeated: it may be a hash.
    #[must_use]
    pub fn malformed(&self, column: usize) -> StoreError {
        StoreError::Malformed { store: self.store.clone(), column }
    }
}
