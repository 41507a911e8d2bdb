//! One row's values to one valid holder, or to every fault in it.

use std::path::Path;

use tokenkaart_token::holder::{FieldError, Holder, HolderId, HolderName, Line, PostalAddress};

use super::{
    fault::{Fault, FaultKind, Found, Place},
    header::{Columns, Field},
};

/// A holder and where its file says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The line, sheet row or entry.
    pub place: Place,
    /// The holder.
    pub holder: Holder,
}

/// What stands in a cell.
#[derive(Clone, Debug, Default)]
pub(super) enum Value {
    #[default]
    Empty,
    Text(String),
    NotText(Found),
}

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

    /// Makes a holder of the values, or lists everything that is wrong with them.
    pub(super) fn into_row(self, path: &Path, columns: &Columns) -> Result<Row, Vec<Fault>> {
        let mut reading = Reading { path, columns, draft: &self, faults: Vec::new() };
        let id = reading.id();
        let name = reading.name();
        let address = PostalAddress {
            street: reading.line(Field::Street),
            postal_code: reading.line(Field::PostalCode),
            city: reading.line(Field::City),
            country: reading.line(Field::Country),
        };
        let language = reading.text(Field::Language).and_then(|text| {
            text.parse()
                .map_err(|error| reading.fault(Field::Language, FaultKind::Language(error)))
                .ok()
        });
        let email = reading.line(Field::Email);
        let user_name = reading.line(Field::UserName);
        match (id, name) {
            (Some(id), Some(name)) if reading.faults.is_empty() => Ok(Row {
                place: self.place,
                holder: Holder { id, name, address, language, email, user_name },
            }),
            _ => Err(reading.faults),
        }
    }
}

/// A draft under examination.
struct Reading<'a> {
    path: &'a Path,
    columns: &'a Columns,
    draft: &'a Draft,
    faults: Vec<Fault>,
}

impl<'a> Reading<'a> {
    /// The text of a field; anything else than text is a fault.
    fn text(&mut self, field: Field) -> Option<&'a str> {
        match &self.draft.values[field as usize] {
            Value::Text(text) if text.trim().is_empty() => None,
            Value::Text(text) => Some(text),
            Value::Empty => None,
            Value::NotText(found) => {
                self.fault(field, FaultKind::NotText { found: *found });
                None
            }
        }
    }

    fn line(&mut self, field: Field) -> Option<Line> {
        let text = self.text(field)?;
        Line::new(text).unwrap_or_else(|error| {
            self.fault(field, FaultKind::Field(error));
            None
        })
    }

    fn id(&mut self) -> Option<HolderId> {
        let Some(text) = self.text(Field::Id) else {
            self.missing(Field::Id);
            return None;
        };
        if is_shortened_number(text) {
            self.fault(Field::Id, FaultKind::ShortenedNumber);
            return None;
        }
        HolderId::new(text).map_err(|error| self.fault(Field::Id, FaultKind::Field(error))).ok()
    }

    fn name(&mut self) -> Option<HolderName> {
        if self.columns.column(Field::Name).is_some() {
            let Some(text) = self.text(Field::Name) else {
                self.missing(Field::Name);
                return None;
            };
            return HolderName::new(text)
                .map_err(|error| self.fault(Field::Name, FaultKind::Field(error)))
                .ok();
        }
        let faults_before = self.faults.len();
        let [given, family] = [Field::GivenName, Field::FamilyName].map(|part| {
            let text = self.text(part).unwrap_or_default();
            // Each part is tried alone first, so that the fault names its column.
            if let Err(error @ (FieldError::Control { .. } | FieldError::TooLong { .. })) =
                HolderName::new(text)
            {
                self.fault(part, FaultKind::Field(error));
            }
            text
        });
        if self.faults.len() > faults_before {
            return None;
        }
        match HolderName::from_parts(given, family) {
            Ok(name) => Some(name),
            Err(FieldError::Empty) => {
                self.missing(Field::FamilyName);
                None
            }
            Err(error) => {
                self.fault(Field::FamilyName, FaultKind::Field(error));
                None
            }
        }
    }

    /// Faults an absent value, unless it is there and was faulted already.
    fn missing(&mut self, field: Field) {
        if !matches!(self.draft.values[field as usize], Value::NotText(_)) {
            let shown = if field == Field::FamilyName { Field::Name } else { field };
            self.fault(field, FaultKind::Missing { field: shown });
        }
    }

    fn fault(&mut self, field: Field, kind: FaultKind) {
        let mut fault = Fault::new(self.path, self.draft.place, kind);
        if let Some(column) = self.columns.column(field) {
            fault = fault.in_column(&column.header);
        }
        if let Value::Text(text) = &self.draft.values[field as usize] {
            fault = fault.with_value(text);
        }
        self.faults.push(fault);
    }
}

/// Whether Excel has written a number of twelve or more digits as `8,50731E+10`, which is
/// the same text for many numbers.
fn is_shortened_number(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once(['E', 'e']) else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_fraction = mantissa
        .split_once([',', '.'])
        .is_some_and(|(whole, fraction)| is_digits(whole) && is_digits(fraction));
    (has_fraction || is_digits(mantissa)) && exponent.strip_prefix('+').is_some_and(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, cells: &[&str]) -> Result<Holder, Vec<String>> {
        let headers: Vec<String> = header.split(';').map(str::to_owned).collect();
        let columns = Columns::resolve(&headers, &[]).unwrap();
        let mut draft = Draft::new(Place::Line(2));
        for (field, column) in columns.used() {
            draft.set(field, Value::Text(cells[column.index].to_owned()));
        }
        draft
            .into_row(Path::new("h.csv"), &columns)
            .map(|row| row.holder)
            .map_err(|faults| faults.iter().map(Fault::to_string).collect())
    }

    #[test]
    fn a_holder_has_what_its_row_says() {
        let holder = read(
            "id;nom;prénom;rue;cp;ville;pays;langue;email;login",
            &["7", "Dupont", "René", "Rue 1", "1000", " ", "", "FR", "r@d.be", "rené"],
        )
        .unwrap();
        assert_eq!(holder.id.as_str(), "7");
        assert_eq!(holder.name.as_str(), "René Dupont");
        assert_eq!(holder.address.street.unwrap().as_str(), "Rue 1");
        assert_eq!(holder.address.postal_code.unwrap().as_str(), "1000");
        assert_eq!(holder.address.city, None);
        assert_eq!(holder.language.unwrap().code(), "fr");
        assert_eq!(holder.user_name.unwrap().as_str(), "rené");
    }

    #[test]
    fn every_fault_of_a_row_is_listed() {
        let faults = read("id;naam;taal;straat", &["", "Jan\0", "it", "a\u{1}b"]).unwrap_err();
        assert_eq!(
            faults,
            [
                "h.csv: line 2, column \"id\": no id; every holder needs an id and a name",
                "h.csv: line 2, column \"naam\", value \"Jan\\0\": has the control character \
                 U+0000 at character 4; correct it in the file",
                "h.csv: line 2, column \"straat\", value \"a\\u{1}b\": has the control character \
                 U+0001 at character 2; correct it in the file",
                "h.csv: line 2, column \"taal\", value \"it\": a language is one of nl, fr, de, en; \
                 write one of these, or leave it empty for the run's own",
            ]
        );
    }

    #[test]
    fn a_name_in_parts_faults_the_part_that_is_wrong() {
        let long = "x".repeat(201);
        for (given, family, fault) in [
            ("J\tn", "Peeters", "column \"voornaam\", value \"J\\tn\""),
            ("Jan", long.as_str(), "column \"naam\", value \"xxxx"),
            (" ", "", "column \"naam\": no name"),
            (&long[..150], &long[..150], "301 characters; at most 200"),
        ] {
            let faults = read("id;voornaam;naam", &["1", given, family]).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains(fault), "{faults:?}");
        }
        assert_eq!(
            read("id;voornaam;naam", &["1", "", "Rihanna"]).unwrap().name.as_str(),
            "Rihanna"
        );
    }

    #[test]
    fn a_number_that_excel_shortened_is_no_id() {
        for id in ["8,50731E+10", "8.5E+10", "9E+14", " 8,5e+10 "] {
            let faults = read("id;naam", &[id, "Jan"]).unwrap_err();
            assert!(faults[0].contains("Excel has shortened"), "{faults:?}");
        }
        for id in ["85073003328", "85.07.30-033.28", "1E10", "A1E+", "E+1", "Be+1", "1,2,3E+1"] {
            assert!(read("id;naam", &[id, "Jan"]).is_ok(), "{id}");
        }
    }
}
