//! JSON: a list of objects, or an object on each line, read entry by entry.
//!
//! The text is first cut into entries, so that a large file needs little memory and a broken
//! entry doesn't hide the faults of the next one; each is then read by `serde_json`.

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, BufRead},
    path::Path,
};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    columns::{Columns, Said},
    draft::Draft,
    error::ReadError,
    fault::{Fault, FaultKind, ListBreak, Place},
    limits::MAX_ROW_BYTES,
    mapping::ColumnMapping,
    value::{NonText, Value},
};

/// What stands at the start of a JSON text; `None` when it is blank.
pub(super) fn first_value(mut input: impl BufRead) -> io::Result<Option<NonText>> {
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if let Some(byte) = bytes.iter().find(|byte| !is_space(**byte)) {
            return Ok(Some(kind_of(*byte)));
        }
        let length = bytes.len();
        input.consume(length);
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

const fn kind_of(first: u8) -> NonText {
    match first {
        b'{' => NonText::Object,
        b'[' => NonText::List,
        b't' | b'f' => NonText::Boolean,
        b'n' => NonText::Null,
        b'-' | b'0'..=b'9' => NonText::Number,
        _ => NonText::Text,
    }
}

/// Why no further entry can be cut from the text.
#[derive(Debug)]
enum Stop {
    Unreadable(io::Error),
    TooLong,
    Broken(ListBreak),
}

impl From<Stop> for FaultKind {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Unreadable(error) => Self::Unreadable(error),
            Stop::TooLong => Self::TooLong { max: MAX_ROW_BYTES },
            Stop::Broken(found) => Self::BrokenList { found },
        }
    }
}

/// How the entries are held together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// One list around all.
    List,
    /// A line each.
    Lines,
}

/// Cuts a JSON text into its entries.
struct Entries<R> {
    input: R,
    shape: Shape,
    line: u64,
    number: u64,
    /// The line on which the entry begins.
    first_line: u64,
    entry: Vec<u8>,
    /// The closing bracket was read.
    is_closed: bool,
}

impl<R: BufRead> Entries<R> {
    fn new(input: R, shape: Shape) -> Self {
        Self {
            input,
            shape,
            line: 1,
            number: 0,
            first_line: 1,
            entry: Vec::new(),
            is_closed: false,
        }
    }

    fn place(&self) -> Place {
        match self.shape {
            // Of a list without entries the first one is missing.
            Shape::List => Place::Entry { number: self.number.max(1), line: self.first_line },
            Shape::Lines => Place::Line(self.first_line),
        }
    }

    /// Reads the next entry; `false` at the end.
    fn read(&mut self) -> Result<bool, Stop> {
        match self.shape {
            Shape::List => self.read_element(),
            Shape::Lines => self.read_line(),
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            match self.input.fill_buf() {
                Ok([]) => return Ok(None),
                Ok([byte, ..]) => {
                    let byte = *byte;
                    self.input.consume(1);
                    self.line += u64::from(byte == b'\n');
                    return Ok(Some(byte));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::Unreadable(error)),
            }
        }
    }

    /// Reads a line with something on it; one that is too long is read past.
    fn read_line(&mut self) -> Result<bool, Stop> {
        loop {
            self.entry.clear();
            self.first_line = self.line;
            self.number += 1;
            let mut is_too_long = false;
            let mut byte = self.byte()?;
            let is_end = byte.is_none();
            while let Some(next) = byte.filter(|byte| *byte != b'\n') {
                is_too_long |= self.entry.len() == MAX_ROW_BYTES;
                if !is_too_long {
                    self.entry.push(next);
                }
                byte = self.byte()?;
            }
            if is_too_long {
                return Err(Stop::TooLong);
            }
            if is_end || !self.entry.iter().all(|byte| is_space(*byte)) {
                return Ok(!is_end);
            }
        }
    }

    /// Reads up to the comma or bracket that ends an element of the list.
    fn read_element(&mut self) -> Result<bool, Stop> {
        self.entry.clear();
        self.first_line = self.line;
        if self.number == 0 {
            // The caller has seen that the text begins with a bracket.
            while self.byte()?.is_some_and(|byte| byte != b'[') {}
        }
        let (mut depth, mut is_text, mut is_escaped) = (0_u32, false, false);
        while !self.is_closed {
            let Some(byte) = self.byte()? else { return self.unclosed() };
            if is_text {
                is_text = is_escaped || byte != b'"';
                is_escaped = !is_escaped && byte == b'\\';
            } else {
                match byte {
                    b',' if depth == 0 => {
                        self.number += 1;
                        return Ok(true);
                    }
                    b']' if depth == 0 => {
                        self.is_closed = true;
                        // `[]` has no entry, `[1,]` has an empty one that is a fault.
                        if self.number > 0 || !self.entry.is_empty() {
                            self.number += 1;
                            return Ok(true);
                        }
                        break;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    b'"' => is_text = true,
                    _ => {}
                }
            }
            if self.entry.is_empty() {
                if is_space(byte) {
                    continue;
                }
                self.first_line = self.line;
            }
            if self.entry.len() == MAX_ROW_BYTES {
                self.number += 1;
                return Err(Stop::TooLong);
            }
            self.entry.push(byte);
        }
        while let Some(byte) = self.byte()? {
            if !is_space(byte) {
                self.first_line = self.line;
                return Err(Stop::Broken(ListBreak::Trailing));
            }
        }
        Ok(false)
    }

    fn unclosed(&mut self) -> Result<bool, Stop> {
        self.number += u64::from(!self.entry.is_empty());
        Err(Stop::Broken(ListBreak::Unclosed))
    }
}

/// The holders of a JSON text, as drafts.
pub(super) struct Drafts<'a, R> {
    entries: Entries<R>,
    path: &'a Path,
    said: Said<'a>,
    /// The keys of the last entry, for most entries have the same.
    keys: Vec<String>,
    columns: Columns,
    /// Keys that some entry has; at most [`MAX_KEYS`].
    seen: BTreeSet<String>,
    /// Keys that give nothing; at most [`MAX_KEYS`].
    ignored: BTreeSet<String>,
    /// Those of them that nobody knows; at most [`MAX_KEYS`].
    unknown: BTreeSet<String>,
    /// Mappings whose key no entry had so far.
    unmet: Vec<&'a ColumnMapping>,
    is_ended: bool,
}

/// How many different keys are remembered for messages.
const MAX_KEYS: usize = 100;

impl<'a, R: BufRead> Drafts<'a, R> {
    pub(super) fn new(input: R, shape: Shape, path: &'a Path, said: Said<'a>) -> Self {
        Self {
            entries: Entries::new(input, shape),
            path,
            said,
            keys: Vec::new(),
            columns: Columns::default(),
            seen: BTreeSet::new(),
            ignored: BTreeSet::new(),
            unknown: BTreeSet::new(),
            unmet: said.mappings.iter().collect(),
            is_ended: false,
        }
    }

    /// What the keys of the entry that was read last mean.
    pub(super) const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The keys that gave nothing, and those of them that nobody knows, once all entries are read.
    pub(super) fn finish(self) -> Result<(Vec<String>, Vec<String>), ReadError> {
        match self.unmet.first() {
            Some(mapping) if !self.seen.is_empty() => {
                let ColumnMapping { field, header } = (*mapping).clone();
                let headers = self.seen.into_iter().collect();
                Err(ReadError::NoSuchColumn { path: self.path.to_owned(), field, header, headers })
            }
            _ => Ok((self.ignored.into_iter().collect(), self.unknown.into_iter().collect())),
        }
    }

    fn remember(&mut self) {
        for key in &self.keys {
            self.unmet.retain(|mapping| !mapping.names(key));
            if self.seen.len() < MAX_KEYS && !self.seen.contains(key) {
                self.seen.insert(key.clone());
            }
        }
        for (keys, all) in
            [(&self.columns.ignored, &mut self.ignored), (&self.columns.unknown, &mut self.unknown)]
        {
            for key in keys {
                if all.len() < MAX_KEYS && !all.contains(key) {
                    all.insert(key.clone());
                }
            }
        }
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault::new(self.path, self.entries.place(), kind)
    }

    fn draft(&mut self) -> Result<Draft, Fault> {
        let bytes = self.entries.entry.trim_ascii();
        let text = std::str::from_utf8(bytes).map_err(|error| {
            self.fault(FaultKind::NotUtf8 { byte: error.valid_up_to() + 1 })
                .with_value(&String::from_utf8_lossy(bytes))
        })?;
        match text.bytes().next().map(kind_of) {
            Some(NonText::Object) => {}
            found => {
                let found = found.unwrap_or(NonText::Nothing);
                return Err(self.fault(FaultKind::NotAnObject { found }).with_value(text));
            }
        }
        let Object(members) = serde_json::from_str(text)
            .map_err(|error| self.fault(FaultKind::Json(error)).with_value(text))?;
        if !members.iter().map(|(key, _)| key).eq(&self.keys) {
            let keys: Vec<String> = members.iter().map(|(key, _)| key.clone()).collect();
            for (index, key) in keys.iter().enumerate() {
                if keys[..index].contains(key) {
                    return Err(self.fault(FaultKind::SameKeyTwice).in_column(key));
                }
            }
            self.columns = Columns::resolve(&keys, self.said)
                .map_err(|same| self.fault(FaultKind::SameField(Box::new(same))))?;
            self.keys = keys;
            self.remember();
        }
        let mut members: Vec<Value> = members.into_iter().map(|(_, value)| value).collect();
        let mut draft = Draft::new(self.entries.place());
        for (field, column) in self.columns.used() {
            draft.set(field, std::mem::take(&mut members[column.index]));
        }
        Ok(draft)
    }
}

impl<R: BufRead> Iterator for Drafts<'_, R> {
    type Item = Result<Draft, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        match self.entries.read() {
            Ok(true) => Some(self.draft()),
            Ok(false) => {
                self.is_ended = true;
                None
            }
            Err(stop) => {
                self.is_ended = self.entries.shape == Shape::List || !matches!(stop, Stop::TooLong);
                Some(Err(self.fault(stop.into())))
            }
        }
    }
}

/// An object's members in their order, also those that stand twice.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(Value::Text(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Text(number.to_string()))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
                Ok(Value::NotText(NonText::RoundedNumber))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
                Ok(Value::NotText(NonText::Boolean))
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Empty)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::NotText(NonText::Object))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::NotText(NonText::List))
            }
        }

        deserializer.deserialize_any(AnyValue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each entry gives: its place and holder, or its faults.
    fn shown(text: &[u8], shape: Shape) -> Vec<String> {
        let mut drafts = Drafts::new(text, shape, Path::new("h.json"), Said::default());
        let mut shown = Vec::new();
        while let Some(draft) = drafts.next() {
            match draft.map(|draft| {
                draft.into_row(Path::new("h.json"), drafts.columns()).map(|(row, _)| row)
            }) {
                Ok(Ok(row)) => {
                    shown.push(format!("{}: {} {}", row.place, row.holder.id, row.holder.name));
                }
                Ok(Err(faults)) => shown.extend(faults.iter().map(Fault::to_string)),
                Err(fault) => shown.push(fault.to_string()),
            }
        }
        shown
    }

    #[track_caller]
    fn assert_starts(found: &[String], starts: &[&str]) {
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        for (found, start) in found.iter().zip(starts) {
            assert!(found.starts_with(start), "{found}\n{start}");
        }
    }

    #[test]
    fn a_list_is_read_entry_by_entry_and_goes_on_after_a_fault() {
        let text = br#"
            [{"id": 4711, "naam": "Jan, \"de\" Man", "y": "[\\"}, {"id":"a","nom":"B","prenom":null,"x":[{}]},
             {"id": 1.5, "name": {"a": [1, "]"]}},
             7, {"id": "b" "name": "x"}, {"id": 1, "id": 2}, , {"id": 2, "taal": "nl", "Langue": "fr"},
             {"name": ["x"]}, {"id": 99999999999999999999999, "name": true}, "x"]
        "#;
        assert_starts(
            &shown(text, Shape::List),
            &[
                r#"entry 1 (line 2): 4711 Jan, "de" Man"#,
                "entry 2 (line 2): a B",
                "h.json: entry 3 (line 3), column \"id\": a number of so many digits",
                "h.json: entry 3 (line 3), column \"name\": an object can't be read as text; write",
                "h.json: entry 4 (line 4), value \"7\": a number stands where a holder should",
                "h.json: entry 5 (line 4), value \"{\"id\": \"b\" \"name\": \"x\"}\": not valid JSON: \
                 expected `,` or `}` at byte 12;",
                "h.json: entry 6 (line 4), column \"id\": this key stands twice",
                "h.json: entry 7 (line 4): nothing stands where a holder should",
                "h.json: entry 8 (line 4): \"taal\" and \"Langue\" both give the language",
                "h.json: entry 9 (line 5), column \"name\": a list can't",
                "h.json: entry 9 (line 5): no id",
                "h.json: entry 10 (line 5), column \"id\": a number of so many",
                "h.json: entry 10 (line 5), column \"name\": true or false can't",
                "h.json: entry 11 (line 5), value \"\"x\"\": a text stands",
            ],
        );
    }

    #[test]
    fn a_list_that_is_not_closed_or_goes_on_behind_its_end_is_refused() {
        for (text, faults) in [
            (&b"[]"[..], &[][..]),
            (b" [ ]\n ", &[]),
            (
                b"[{\"id\":1,\"name\":\"x\"}",
                &["h.json: entry 1 (line 1): after this entry the list is not closed"],
            ),
            (b"[{\"id\":1", &["h.json: entry 1 (line 1): after this entry the list is not closed"]),
            (b"[\"", &["h.json: entry 1 (line 1): after this entry the list is not closed"]),
            (
                b"[{\"id\":1,\"name\":\"x\"}]\n[2]",
                &[
                    "entry 1 (line 1): 1 x",
                    "h.json: entry 1 (line 2): after this entry the list is closed",
                ],
            ),
            (
                b"[{\"id\":1,\"name\":\"x\"},]",
                &["entry 1 (line 1): 1 x", "h.json: entry 2 (line 1): nothing stands"],
            ),
        ] {
            assert_starts(&shown(text, Shape::List), faults);
        }
    }

    #[test]
    fn lines_are_read_one_by_one_and_blank_ones_skipped() {
        let long = "x".repeat(MAX_ROW_BYTES);
        let text = [
            b"{\"id\":1,\"name\":\"Zo\xC3\xAB\"}\r\n\r\n  \n{\"id\":2,\"name\":\"Zo\xEB\"}\n{\"id\":3\n".as_slice(),
            format!("{{\"id\":\"{long}\"}}\n{{\"name\":\"x\",\"id\":4}}").as_bytes(),
        ]
        .concat();
        assert_starts(
            &shown(&text, Shape::Lines),
            &[
                "line 1: 1 Zoë",
                "h.json: line 4, value \"{\"id\":2,\"name\":\"Zo\u{fffd}\"}\": byte 19 is not UTF-8",
                "h.json: line 5, value \"{\"id\":3\": not valid JSON: EOF while parsing an object at byte 7;",
                "h.json: line 6: is longer than 1048576 bytes",
                "line 7: 4 x",
            ],
        );
    }

    #[test]
    fn deep_nesting_is_a_fault_and_no_overflow() {
        let text = format!("[{{\"id\":{}{}}}]", "[".repeat(100_000), "]".repeat(100_000));
        assert_starts(
            &shown(text.as_bytes(), Shape::List),
            &[
                "h.json: entry 1 (line 1), column \"id\": a list",
                "h.json: entry 1 (line 1): no name",
            ],
        );
    }

    #[test]
    fn an_endless_entry_is_refused_before_it_fills_the_memory() {
        let endless = io::Read::chain(&b"["[..], io::repeat(b'x'));
        let mut entries = Entries::new(io::BufReader::new(endless), Shape::List);
        assert!(matches!(entries.read(), Err(Stop::TooLong)));
    }

    #[test]
    fn the_first_value_of_a_text_is_told() {
        for (text, found) in [
            ("", None),
            (" \r\n\t", None),
            (" \n[", Some(NonText::List)),
            ("{", Some(NonText::Object)),
            ("-1", Some(NonText::Number)),
            ("id;naam", Some(NonText::Text)),
        ] {
            assert_eq!(first_value(text.as_bytes()).unwrap(), found, "{text:?}");
        }
    }
}
