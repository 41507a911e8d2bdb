//! A row of which the fields are known, but not yet whether they are valid.

use super::{fault::Place, field::Field, value::Value};

/// A row of which the fields are known, but not yet whether they are valid.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) place: Place,
    pub(super) values: [Value; Field::ALL.len()],
}

impl Draft {
    pub(super) fn new(place: Place) -> Self {
        Self { place, values: Default::default() }
    }

    pub(super) fn set(&mut self, field: Field, value: Value) {
        self.values[field as usize] = value;
    }
}
