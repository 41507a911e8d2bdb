//! A TOML file read table by table, so that all that is wrong with it can be told at once.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// What is wrong at a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// Counted from 1.
    pub(crate) line: usize,
    /// What happened and what to do.
    pub(crate) what: String,
}

/// A value and the line that it is on.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) line: usize,
}

/// The text of a file, and the faults that were found in it.
pub(super) struct Reader<'t> {
    text: &'t str,
    pub(super) faults: Vec<Fault>,
}

/// A table of the file, of which each key is asked for once.
pub(super) struct Section<'r, 't> {
    table: &'r DeTable<'t>,
    /// As `[office]` or `[[application]]`; empty at the top.
    name: &'static str,
    pub(super) line: usize,
    asked: Vec<&'static str>,
}

impl<'t> Reader<'t> {
    /// Reads what is TOML in a text; what isn't is a fault.
    pub(super) fn new(text: &'t str) -> (Self, Spanned<DeTable<'t>>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reader = Self { text, faults: Vec::new() };
        for error in errors {
            let start = error.span().map_or(0, |span| span.start);
            reader.fault(reader.line(start), format!("not TOML: {}", error.message()));
        }
        (reader, table)
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    pub(super) fn fault(&mut self, line: usize, what: impl Into<String>) {
        self.faults.push(Fault { line, what: what.into() });
    }

    pub(super) fn section<'r>(
        &self,
        table: &'r DeTable<'t>,
        name: &'static str,
        offset: usize,
    ) -> Section<'r, 't> {
        Section { table, name, line: self.line(offset), asked: Vec::new() }
    }

    fn of_another_kind(&mut self, at: &Section<'_, '_>, key: &str, line: usize, wanted: &str) {
        let name = at.full(key);
        self.fault(line, format!("{name} must be {wanted}"));
    }

    fn find<'r>(
        &self,
        section: &mut Section<'r, 't>,
        key: &'static str,
    ) -> Option<At<&'r DeValue<'t>>> {
        section.asked.push(key);
        let value = section.table.get(key)?;
        Some(At { line: self.line(value.span().start), value: value.get_ref() })
    }

    /// A text that may be missing.
    pub(super) fn text(
        &mut self,
        section: &mut Section<'_, 't>,
        key: &'static str,
    ) -> Option<At<String>> {
        let found = self.find(section, key)?;
        if let DeValue::String(text) = found.value {
            return Some(At { value: text.to_string(), line: found.line });
        }
        self.of_another_kind(section, key, found.line, "a text in quotes");
        None
    }

    /// A text that must be there.
    pub(super) fn needed(
        &mut self,
        section: &mut Section<'_, 't>,
        key: &'static str,
        example: &str,
    ) -> Option<At<String>> {
        if section.table.get(key).is_none() {
            section.asked.push(key);
            let name = section.full(key);
            self.fault(section.line, format!("{name} is missing; write {key} = {example}"));
            return None;
        }
        self.text(section, key)
    }

    /// A text that is parsed.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(
        &mut self,
        section: &mut Section<'_, 't>,
        key: &'static str,
    ) -> Option<T> {
        let text = self.text(section, key)?;
        match text.value.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let name = section.full(key);
                self.fault(text.line, format!("{name}: {error}"));
                None
            }
        }
    }

    /// `true` or `false`; `false` where it is missing.
    pub(super) fn flag(&mut self, section: &mut Section<'_, 't>, key: &'static str) -> bool {
        let Some(found) = self.find(section, key) else { return false };
        if let DeValue::Boolean(flag) = found.value {
            return *flag;
        }
        self.of_another_kind(section, key, found.line, "true or false");
        false
    }

    /// A whole number of a range.
    pub(super) fn number(
        &mut self,
        section: &mut Section<'_, 't>,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let found = self.find(section, key)?;
        if let DeValue::Integer(number) = found.value
            && let Ok(number) = number.to_string().parse()
            && range.contains(&number)
        {
            return Some(number);
        }
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        self.of_another_kind(section, key, found.line, &wanted);
        None
    }

    /// A day, in quotes or as TOML writes one.
    pub(super) fn date(
        &mut self,
        section: &mut Section<'_, 't>,
        key: &'static str,
    ) -> Option<At<Date>> {
        let found = self.find(section, key)?;
        let text = match found.value {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(moment) => moment.to_string(),
            _ => String::new(),
        };
        // More than a day would be cut off.
        match text.parse() {
            Ok(value) if text.len() == "2026-12-31".len() => Some(At { value, line: found.line }),
            _ => {
                self.of_another_kind(section, key, found.line, "a day, as \"2026-12-31\"");
                None
            }
        }
    }

    /// The line of a key's value, if it is there.
    pub(super) fn line_of(&self, section: &Section<'_, 't>, key: &str) -> Option<usize> {
        section.table.get(key).map(|value| self.line(value.span().start))
    }

    /// A list of texts; empty where it is missing.
    pub(super) fn texts(
        &mut self,
        section: &mut Section<'_, 't>,
        key: &'static str,
    ) -> Vec<At<String>> {
        let Some(found) = self.find(section, key) else { return Vec::new() };
        let DeValue::Array(items) = found.value else {
            self.of_another_kind(section, key, found.line, "a list of texts: [\"...\", \"...\"]");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            let line = self.line(item.span().start);
            match item.get_ref() {
                DeValue::String(text) => texts.push(At { value: text.to_string(), line }),
                _ => self.of_another_kind(section, key, line, "a list of texts alone"),
            }
        }
        texts
    }

    /// A table inside of another one; `None` where it is missing.
    pub(super) fn table<'r>(
        &mut self,
        section: &mut Section<'r, 't>,
        key: &'static str,
        name: &'static str,
    ) -> Option<Section<'r, 't>> {
        section.asked.push(key);
        let value = section.table.get(key)?;
        let start = value.span().start;
        if let DeValue::Table(table) = value.get_ref() {
            return Some(self.section(table, name, start));
        }
        let line = self.line(start);
        self.of_another_kind(section, key, line, &format!("a table: {name}"));
        None
    }

    /// The tables of a list of tables.
    pub(super) fn tables<'r>(
        &mut self,
        section: &mut Section<'r, 't>,
        key: &'static str,
        name: &'static str,
    ) -> Vec<Section<'r, 't>> {
        let Some(found) = self.find(section, key) else { return Vec::new() };
        let DeValue::Array(items) = found.value else {
            self.of_another_kind(section, key, found.line, &format!("tables: {name}"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            let start = item.span().start;
            if let DeValue::Table(table) = item.get_ref() {
                tables.push(self.section(table, name, start));
            } else {
                let line = self.line(start);
                self.of_another_kind(section, key, line, &format!("tables: {name}"));
            }
        }
        tables
    }

    /// Says which keys of a table nobody asked for, and what there is.
    pub(super) fn finish(&mut self, section: &Section<'_, 't>) {
        for key in section.table.keys() {
            if !section.asked.iter().any(|asked| *asked == key.get_ref().as_ref()) {
                let line = self.line(key.span().start);
                let known = section.asked.join(", ");
                let name = section.full(key.get_ref());
                self.fault(line, format!("{name} is unknown; there is {known}"));
            }
        }
    }
}

impl Section<'_, '_> {
    /// Whether there is anything of that name, right or wrong; an empty list is nothing.
    pub(super) fn has(&self, key: &str) -> bool {
        let is_empty = |value: &DeValue<'_>| value.as_array().is_some_and(|list| list.is_empty());
        self.table.get(key).is_some_and(|value| !is_empty(value.get_ref()))
    }

    /// Whether there is a table of that name, in place of a text.
    pub(super) fn is_table(&self, key: &str) -> bool {
        matches!(self.table.get(key).map(Spanned::get_ref), Some(DeValue::Table(_)))
    }

    /// A key with its table, as a fault names it.
    pub(super) fn full(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{} {key}", self.name) }
    }
}
