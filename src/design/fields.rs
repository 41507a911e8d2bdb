//! The tables of a design file, read key by key, so that all that is wrong is found at once.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    colour::Colour,
    fault::DesignFault,
    limits::{MAX_LENGTH, MIN_CONTRAST},
    units::Area,
};

/// What is wrong with a design, and the byte of the file at which each was found.
#[derive(Default)]
pub(super) struct Faults(Vec<(usize, DesignFault)>);

impl Faults {
    pub(super) fn add(&mut self, at: usize, fault: DesignFault) {
        self.0.push((at, fault));
    }

    /// All of them, in the order of the file.
    pub(super) fn sorted(mut self) -> Vec<(usize, DesignFault)> {
        self.0.sort_by_key(|(at, _)| *at);
        self.0
    }

    /// Whether a measure can be, which is a fault if not.
    pub(super) fn measure(&mut self, at: usize, what: &'static str, value: f32, max: f32) -> bool {
        // Not a number is neither.
        let can_be = value > 0.0 && value <= max;
        if !can_be {
            self.add(at, DesignFault::Measure { what, max });
        }
        can_be
    }

    /// Holds a colour to the ground, of several, on which it can be read worst.
    pub(super) fn contrast(&mut self, at: usize, what: &str, colour: Colour, grounds: &[Colour]) {
        let contrasts = grounds.iter().map(|ground| colour.contrast(*ground));
        let contrast = contrasts.fold(f32::INFINITY, f32::min);
        if contrast < MIN_CONTRAST {
            self.add(at, DesignFault::Contrast { what: what.to_owned(), contrast });
        }
    }
}

/// A table of a design file.
pub(super) struct Fields<'t> {
    /// What messages call it.
    pub(super) name: String,
    /// Where it begins.
    pub(super) at: usize,
    table: DeTable<'t>,
    places: BTreeMap<&'static str, usize>,
}

impl<'t> Fields<'t> {
    pub(super) fn new(name: impl Into<String>, at: usize, table: DeTable<'t>) -> Self {
        Self { name: name.into(), at, table, places: BTreeMap::new() }
    }

    /// Where the value of a key stands that was asked for; the table's beginning if there is none.
    pub(super) fn place(&self, key: &str) -> usize {
        self.places.get(key).copied().unwrap_or(self.at)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value of a key, taken out of the table.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'t>>> {
        let value = self.table.remove(key);
        self.places.insert(key, value.as_ref().map_or(self.at, |value| value.span().start));
        value
    }

    /// A value that may be left out.
    pub(super) fn optional<T: Deserialize<'t>>(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<T> {
        let value = self.take(key)?;
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                let why = error.message().trim().replace('\n', ", ");
                let (table, field) = (self.name.clone(), key);
                faults.add(self.place(key), DesignFault::Value { table, field, why });
                None
            }
        }
    }

    /// A value that may be left out for the usual one.
    pub(super) fn or<T: Deserialize<'t>>(
        &mut self,
        key: &'static str,
        usual: T,
        faults: &mut Faults,
    ) -> T {
        self.optional(key, faults).unwrap_or(usual)
    }

    /// A value that must be there.
    pub(super) fn needed<T: Deserialize<'t>>(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<T> {
        if self.table.contains_key(key) {
            return self.optional(key, faults);
        }
        self.take(key);
        faults.add(self.at, DesignFault::NoValue { table: self.name.clone(), field: key });
        None
    }

    /// A length or a size that must be there, more than 0 and no more than the most.
    pub(super) fn measure<T: Deserialize<'t> + Copy + Into<f32>>(
        &mut self,
        key: &'static str,
        what: &'static str,
        max: f32,
        faults: &mut Faults,
    ) -> Option<T> {
        let value: T = self.needed(key, faults)?;
        faults.measure(self.place(key), what, value.into(), max).then_some(value)
    }

    /// The area that four keys give.
    pub(super) fn area(&mut self, what: [&'static str; 2], faults: &mut Faults) -> Option<Area> {
        let (x, y) = (self.needed("x", faults), self.needed("y", faults));
        let width = self.measure("width", what[0], MAX_LENGTH, faults);
        let height = self.measure("height", what[1], MAX_LENGTH, faults);
        Some(Area { x: x?, y: y?, width: width?, height: height? })
    }

    /// A table that may be left out.
    pub(super) fn table(&mut self, key: &'static str, faults: &mut Faults) -> Option<Fields<'t>> {
        let value = self.take(key)?;
        let at = value.span().start;
        if let DeValue::Table(table) = value.into_inner() {
            return Some(Fields::new(format!("[{key}]"), at, table));
        }
        let why = "a table belongs here".to_owned();
        faults.add(at, DesignFault::Value { table: self.name.clone(), field: key, why });
        None
    }

    /// Tables of which there may be several.
    pub(super) fn tables(&mut self, key: &'static str, faults: &mut Faults) -> Vec<Fields<'t>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let at = value.span().start;
        let mut tables = Vec::new();
        let mut is_list = true;
        match value.into_inner() {
            DeValue::Array(list) => {
                for (value, number) in list.into_iter().zip(1..) {
                    let at = value.span().start;
                    match value.into_inner() {
                        DeValue::Table(table) => {
                            tables.push(Fields::new(format!("{key} {number}"), at, table));
                        }
                        _ => is_list = false,
                    }
                }
            }
            _ => is_list = false,
        }
        if !is_list {
            let why = format!("write each of them under [[{key}]]");
            faults.add(at, DesignFault::Value { table: self.name.clone(), field: key, why });
        }
        tables
    }

    /// Notes what nobody asked for.
    pub(super) fn finish(self, faults: &mut Faults) {
        let known: Vec<String> = self.places.keys().map(|key| format!("`{key}`")).collect();
        for (key, _) in self.table {
            let (table, known) = (self.name.clone(), known.join(", "));
            let field = key.get_ref().clone().into_owned();
            faults.add(key.span().start, DesignFault::Unknown { table, field, known });
        }
    }
}
