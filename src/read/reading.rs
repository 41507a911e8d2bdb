//! A draft under examination: its values as they were meant, and what is wrong with them.

use std::{borrow::Cow, path::Path};

use tokenkaart_token::holder::{Line, invisible};

use super::{
    cell::{self, NoValue},
    columns::Columns,
    draft::Draft,
    fault::{Fault, FaultKind},
    field::Field,
    remark::Remark,
    value::Value,
};

/// A draft under examination.
pub(super) struct Reading<'a> {
    path: &'a Path,
    pub(super) columns: &'a Columns,
    pub(super) draft: &'a Draft,
    /// Each with the place of its column.
    pub(super) faults: Vec<(usize, Fault)>,
    pub(super) remarks: Vec<Remark>,
}

impl<'a> Reading<'a> {
    pub(super) const fn new(path: &'a Path, columns: &'a Columns, draft: &'a Draft) -> Self {
        Self { path, columns, draft, faults: Vec::new(), remarks: Vec::new() }
    }

    /// The text of a field; anything else than text is a fault.
    pub(super) fn text(&mut self, field: Field) -> Option<&'a str> {
        match &self.draft.values[field as usize] {
            Value::NotText(found) => {
                self.fault(field, FaultKind::NotText { found: *found });
                None
            }
            value => value.text().filter(|text| !text.trim().is_empty()),
        }
    }

    /// The value of a field that is no name, without what programs put around it.
    pub(super) fn value(&mut self, field: Field, is_code: bool) -> Option<Cow<'a, str>> {
        if matches!(self.draft.values[field as usize], Value::FormulaZero) {
            self.fault(field, FaultKind::Zero);
            return None;
        }
        let text = self.text(field)?;
        match cell::value(text, is_code) {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(why) => {
                self.fault(field, fault_of(why));
                None
            }
        }
    }

    /// The text of a line that need not be there; a dash alone says that it isn't.
    pub(super) fn cleaned(&mut self, field: Field, is_code: bool) -> Option<String> {
        let value = self.value(field, is_code).filter(|value| !cell::is_dash(value))?;
        let is_odd =
            |c: char| invisible::is_odd_blank(c) || invisible::is_ignorable(c) && c != '\u{200D}';
        if !value.contains(is_odd) {
            return Some(value.into_owned());
        }
        let plain = |c: char| {
            if invisible::is_odd_blank(c) { Some(' ') } else { (!is_odd(c)).then_some(c) }
        };
        let plain: String = value.chars().filter_map(plain).collect();
        // What nobody sees may have hidden that it was framed.
        match cell::value(&plain, is_code) {
            Ok(value) if cell::is_dash(&value) => None,
            Ok(value) => Some(value.into_owned()),
            Err(why) => {
                self.fault(field, fault_of(why));
                None
            }
        }
    }

    pub(super) fn made(&mut self, field: Field, text: &str) -> Option<Line> {
        Line::new(text).unwrap_or_else(|error| {
            self.fault(field, FaultKind::Field(error));
            None
        })
    }

    pub(super) fn line(&mut self, field: Field) -> Option<Line> {
        let text = self.cleaned(field, false)?;
        self.made(field, &text)
    }

    /// Faults an absent value, unless it is there and was faulted already.
    pub(super) fn missing(&mut self, field: Field) {
        if !matches!(self.draft.values[field as usize], Value::NotText(_)) {
            let shown = if field == Field::FamilyName { Field::Name } else { field };
            self.fault(field, FaultKind::Missing { field: shown });
        }
    }

    pub(super) fn fault(&mut self, field: Field, kind: FaultKind) {
        let mut fault = Fault::new(self.path, self.draft.place, kind);
        let mut index = usize::MAX;
        if let Some(column) = self.columns.column(field) {
            fault = fault.in_column(&column.header);
            index = column.index;
        }
        // A hash is not for a terminal.
        let is_shown = field != Field::PasswordHash;
        if let Some(text) = self.draft.values[field as usize].text().filter(|_| is_shown) {
            fault = fault.with_value(text);
        }
        self.faults.push((index, fault));
    }
}

/// What is wrong with a cell that has no value.
const fn fault_of(why: NoValue) -> FaultKind {
    match why {
        NoValue::Formula => FaultKind::Formula,
        NoValue::ErrorWord => FaultKind::ErrorWord,
        NoValue::Calculated => FaultKind::ShortenedNumber,
    }
}
