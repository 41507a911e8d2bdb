//! One row's values to one valid holder, or to every fault in it.

use std::{borrow::Cow, path::Path};

use tokenkaart_token::{
    holder::{FieldError, Holder, HolderId, HolderName, Line, PostalAddress, invisible},
    language::Language,
};

use super::{
    cell::{self, NoValue},
    columns::Columns,
    country::check_postal_code,
    damage::{self, Damage},
    fault::{Fault, FaultKind, Place},
    field::Field,
    register_number::RegisterNumber,
    remark::Remark,
    street::{self, Parts, Where},
    value::Value,
};

/// A holder and where its file says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The line, sheet row or entry.
    pub place: Place,
    /// The holder.
    pub holder: Holder,
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

    /// Makes a holder of the values and says what was mended, or lists everything that is wrong
    /// with them.
    pub(super) fn into_row(
        self,
        path: &Path,
        columns: &Columns,
    ) -> Result<(Row, Vec<Remark>), Vec<Fault>> {
        let mut reading =
            Reading { path, columns, draft: &self, faults: Vec::new(), remarks: Vec::new() };
        let id = reading.id();
        let name = reading.name();
        let language = reading.language();
        let address = reading.address(language);
        let email = reading.line(Field::Email);
        let user_name = reading.line(Field::UserName);
        match (id, name) {
            (Some(id), Some(name)) if reading.faults.is_empty() => {
                let holder = Holder { id, name, address, language, email, user_name };
                Ok((Row { place: self.place, holder }, reading.remarks))
            }
            _ => {
                // In the order of the columns, as whoever corrects them goes along the row.
                reading.faults.sort_by_key(|(index, _)| *index);
                Err(reading.faults.into_iter().map(|(_, fault)| fault).collect())
            }
        }
    }
}

/// A draft under examination.
struct Reading<'a> {
    path: &'a Path,
    columns: &'a Columns,
    draft: &'a Draft,
    /// Each with the place of its column.
    faults: Vec<(usize, Fault)>,
    remarks: Vec<Remark>,
}

impl<'a> Reading<'a> {
    /// The text of a field; anything else than text is a fault.
    fn text(&mut self, field: Field) -> Option<&'a str> {
        match &self.draft.values[field as usize] {
            Value::NotText(found) => {
                self.fault(field, FaultKind::NotText { found: *found });
                None
            }
            value => value.text().filter(|text| !text.trim().is_empty()),
        }
    }

    /// The value of a field that is no name, without what programs put around it.
    fn value(&mut self, field: Field, is_code: bool) -> Option<Cow<'a, str>> {
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
    fn cleaned(&mut self, field: Field, is_code: bool) -> Option<String> {
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

    fn made(&mut self, field: Field, text: &str) -> Option<Line> {
        Line::new(text).unwrap_or_else(|error| {
            self.fault(field, FaultKind::Field(error));
            None
        })
    }

    fn line(&mut self, field: Field) -> Option<Line> {
        let text = self.cleaned(field, false)?;
        self.made(field, &text)
    }

    fn id(&mut self) -> Option<HolderId> {
        let faults_before = self.faults.len();
        let Some(value) = self.value(Field::Id, true) else {
            if self.faults.len() == faults_before {
                self.missing(Field::Id);
            }
            return None;
        };
        if !value.chars().any(char::is_alphanumeric) {
            self.fault(Field::Id, FaultKind::ErrorWord);
            return None;
        }
        if !value.bytes().any(|byte| byte.is_ascii_digit()) && damage::is_total(&value) {
            self.fault(Field::Id, FaultKind::Damaged(Damage::TotalRow));
            return None;
        }
        let id = match HolderId::new(&value) {
            Ok(id) => id,
            Err(error) => {
                self.fault(Field::Id, FaultKind::Field(error));
                return None;
            }
        };
        if !self.columns.has_register_numbers() {
            return Some(id);
        }
        match RegisterNumber::read(id.as_str()) {
            Ok(number) => {
                self.remarks.extend(number.is_mended.then_some(Remark::Zeros));
                HolderId::new(number.as_str()).ok()
            }
            Err(error) => {
                self.fault(Field::Id, FaultKind::RegisterNumber(error));
                None
            }
        }
    }

    fn name(&mut self) -> Option<HolderName> {
        if self.columns.has(Field::Name) {
            let faults_before = self.faults.len();
            let Some(name) = self.part_of_name(Field::Name) else {
                if self.faults.len() == faults_before {
                    self.missing(Field::Name);
                }
                return None;
            };
            if let Some(damage) = of_whole_name(&name) {
                self.fault(Field::Name, FaultKind::Damaged(damage));
                return None;
            }
            return HolderName::new(&name)
                .map_err(|error| self.fault(Field::Name, FaultKind::Field(error)))
                .ok();
        }
        let faults_before = self.faults.len();
        let [given, prefix, family] =
            [Field::GivenName, Field::NamePrefix, Field::FamilyName].map(|part| {
                let text = self.part_of_name(part).unwrap_or_default();
                // Each part is tried alone first, so that the fault names its column.
                match HolderName::new(&text) {
                    Ok(_) | Err(FieldError::Empty) => {}
                    Err(error) => self.fault(part, FaultKind::Field(error)),
                }
                text
            });
        if self.faults.len() > faults_before {
            return None;
        }
        // In some extracts the family name has its prefix already.
        let has_prefix = family.to_lowercase().starts_with(&prefix.to_lowercase());
        let family =
            if has_prefix || prefix.is_empty() { family } else { format!("{prefix} {family}") };
        match HolderName::from_parts(&given, &family) {
            Ok(name) => match of_whole_name(name.as_str()) {
                Some(damage) => {
                    self.fault(Field::FamilyName, FaultKind::Damaged(damage));
                    None
                }
                None => Some(name),
            },
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

    /// A name or a part of one, without what nobody sees in it; a damaged one is a fault.
    fn part_of_name(&mut self, field: Field) -> Option<String> {
        let text = self.text(field)?;
        if matches!(self.draft.values[field as usize], Value::Number(_) | Value::FormulaZero) {
            self.fault(field, FaultKind::Damaged(Damage::Number));
            return None;
        }
        let Ok(name) = cell::unframed(text, false) else {
            self.fault(field, FaultKind::Damaged(Damage::Formula));
            return None;
        };
        // Parts may be empty, and extracts write a dash then.
        if field != Field::Name && cell::is_dash(&name) {
            return None;
        }
        if let Some(damage) = damage::of_name(&name) {
            self.fault(field, FaultKind::Damaged(damage));
            return None;
        }
        // What nobody sees may have hidden a frame or a damage.
        let seen = self.without_invisible(&name);
        let Ok(name) = cell::unframed(&seen, false) else {
            self.fault(field, FaultKind::Damaged(Damage::Formula));
            return None;
        };
        if let Some(damage) = damage::of_name(&name) {
            self.fault(field, FaultKind::Damaged(damage));
            return None;
        }
        Some(name.into_owned())
    }

    /// A name without characters that nobody sees, with plain blanks; said in a remark.
    fn without_invisible(&mut self, name: &str) -> String {
        // Marks that turn the direction of writing are refused, since they may mislead on purpose.
        let is_turning = |c: char| {
            matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{202A}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}')
        };
        let chars: Vec<char> = name.chars().collect();
        let mut cleaned = String::with_capacity(name.len());
        for (index, &c) in chars.iter().enumerate() {
            let is_joiner = matches!(c, '\u{200C}' | '\u{200D}');
            let beside = index.checked_sub(1).and_then(|before| chars.get(before));
            // Joiners shape the letters of scripts that join them, and nothing in others.
            let shapes = beside.is_some_and(
                |beside| matches!(*beside, '\u{0600}'..='\u{08FF}' | '\u{0900}'..='\u{0DFF}'),
            );
            if is_turning(c) || is_joiner && shapes {
                cleaned.push(c);
            } else if invisible::is_odd_blank(c) {
                cleaned.push(' ');
                self.remarks.push(Remark::Cleaned(c));
            } else if invisible::is_ignorable(c) {
                self.remarks.push(Remark::Cleaned(c));
            } else {
                cleaned.push(c);
            }
        }
        cleaned
    }

    fn language(&mut self) -> Option<Language> {
        let value = self.value(Field::Language, false)?;
        value.parse().map_err(|error| self.fault(Field::Language, FaultKind::Language(error))).ok()
    }

    fn address(&mut self, language: Option<Language>) -> PostalAddress {
        let country = self.address_line(Field::Country);
        let postal_code = self.postal_code(country.as_deref());
        let city = self.address_line(Field::City);
        let street = self.street(country.as_deref(), postal_code.as_deref(), language);
        let mut line = |field, text: Option<String>| self.made(field, &text?);
        PostalAddress {
            street: line(Field::Street, street),
            postal_code: line(Field::PostalCode, postal_code),
            city: line(Field::City, city),
            country: line(Field::Country, country),
        }
    }

    /// A line of an address as it is printed; a damaged one is a fault.
    fn address_line(&mut self, field: Field) -> Option<String> {
        if matches!(self.draft.values[field as usize], Value::FormulaZero) {
            self.fault(field, FaultKind::Zero);
            return None;
        }
        let text = self.cleaned(field, false)?;
        let damage = if text.bytes().all(|byte| byte == b'0') {
            self.fault(field, FaultKind::Zero);
            return None;
        } else if field != Field::Street && !text.chars().any(char::is_alphabetic) {
            Some(Damage::NoLetter)
        } else {
            damage::of_text(&text)
        };
        match damage {
            Some(damage) => {
                self.fault(field, FaultKind::Damaged(damage));
                None
            }
            None => Some(text),
        }
    }

    fn postal_code(&mut self, country: Option<&str>) -> Option<String> {
        let value = self.value(Field::PostalCode, true).filter(|value| !cell::is_dash(value))?;
        // A blank of any width is one between digits and letters.
        let code: String = value
            .chars()
            .map(|c| if invisible::is_odd_blank(c) { ' ' } else { c })
            .filter(|c| !invisible::is_ignorable(*c))
            .collect();
        if let Err(error) = check_postal_code(&code, country) {
            self.fault(Field::PostalCode, FaultKind::PostalCode(error));
            return None;
        }
        Some(code)
    }

    /// The street with house number and box, where these have columns of their own.
    fn street(
        &mut self,
        country: Option<&str>,
        postal_code: Option<&str>,
        language: Option<Language>,
    ) -> Option<String> {
        let street = self.address_line(Field::Street);
        let [number, suffix, box_number] =
            [Field::HouseNumber, Field::HouseNumberSuffix, Field::Box].map(|field| {
                if matches!(self.draft.values[field as usize], Value::FormulaZero) {
                    return None;
                }
                let value = self.cleaned(field, true)?;
                if street::is_date(&value) {
                    self.fault(field, FaultKind::DateForNumber);
                    return None;
                }
                if let Some(damage) = damage::of_text(&value) {
                    self.fault(field, FaultKind::Damaged(damage));
                    return None;
                }
                Some(value)
            });
        let box_header = self.columns.column(Field::Box).map(|column| column.header.as_str());
        let [number, suffix, box_number] =
            [number, suffix, box_number].map(Option::unwrap_or_default);
        let parts = Parts {
            street: street.as_deref().unwrap_or_default(),
            number: &number,
            suffix: &suffix,
            box_number: &box_number,
            box_header: box_header.unwrap_or_default(),
        };
        let joined = street::joined(parts, Where { country, postal_code, language });
        if cell::unframed(&joined, false).is_ok_and(|plain| plain != joined) {
            self.fault(Field::Street, FaultKind::Damaged(Damage::UnpairedQuote));
            return None;
        }
        Some(joined).filter(|street| !street.is_empty())
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
        let mut index = usize::MAX;
        if let Some(column) = self.columns.column(field) {
            fault = fault.in_column(&column.header);
            index = column.index;
        }
        if let Some(text) = self.draft.values[field as usize].text() {
            fault = fault.with_value(text);
        }
        self.faults.push((index, fault));
    }
}

/// What is wrong with a name as a whole: a total, or a mark at each end from different parts.
fn of_whole_name(name: &str) -> Option<Damage> {
    if damage::is_total(name) {
        return Some(Damage::TotalRow);
    }
    let is_framed = cell::unframed(name, false).is_ok_and(|plain| plain != name.trim());
    is_framed.then_some(Damage::UnpairedQuote).or_else(|| damage::of_name(name))
}

/// What is wrong with a cell that has no value.
const fn fault_of(why: NoValue) -> FaultKind {
    match why {
        NoValue::Formula => FaultKind::Formula,
        NoValue::ErrorWord => FaultKind::ErrorWord,
        NoValue::Reckoned => FaultKind::ShortenedNumber,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::columns::Said;

    fn read_row(header: &str, cells: &[&str]) -> Result<(Row, Vec<Remark>), Vec<String>> {
        let headers: Vec<String> = header.split(';').map(str::to_owned).collect();
        let columns = Columns::resolve(&headers, Said::default()).unwrap();
        let mut draft = Draft::new(Place::Line(2));
        for (field, column) in columns.used() {
            draft.set(field, Value::Text(cells[column.index].to_owned()));
        }
        draft
            .into_row(Path::new("h.csv"), &columns)
            .map_err(|faults| faults.iter().map(Fault::to_string).collect())
    }

    fn read(header: &str, cells: &[&str]) -> Result<Holder, Vec<String>> {
        read_row(header, cells).map(|(row, _)| row.holder)
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
                "h.csv: line 2, column \"taal\", value \"it\": a language is one of nl, fr, de, en; \
                 write one of these, or leave it empty for the run's own",
                "h.csv: line 2, column \"straat\", value \"a\\u{1}b\": has the control character \
                 U+0001 at character 2; correct it in the file",
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
            ("-", ".", "column \"naam\", value \".\": no name"),
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
    fn a_prefix_in_a_column_of_its_own_is_of_the_name() {
        for (prefix, family, name) in [
            ("van den", "Berg", "Jan van den Berg"),
            ("", "Peeters", "Jan Peeters"),
            ("van den", "van den Berg", "Jan van den Berg"),
        ] {
            let holder =
                read("id;voornaam;tussenvoegsel;achternaam", &["1", "Jan", prefix, family]);
            assert_eq!(holder.unwrap().name.as_str(), name);
        }
    }

    #[test]
    fn a_number_that_a_program_shortened_is_no_value() {
        for id in ["8,50731E+10", "8.5E+10", "9E+14", " 8,5e+10 ", "4711.0"] {
            let faults = read("id;naam", &[id, "Jan"]).unwrap_err();
            assert!(faults[0].contains("shortened it"), "{faults:?}");
        }
        for id in ["85073003328", "85.07.30-033.28", "1E10", "A1E+", "E+1", "Be+1", "1,2,3E+1"] {
            assert!(read("id;naam", &[id, "Jan"]).is_ok(), "{id}");
        }
    }

    #[test]
    fn a_register_number_is_one_text_under_its_header_and_left_alone_elsewhere() {
        for text in ["85.07.31-002.29", "85073100229", "850731 002 29", "=\"85073100229\""] {
            let (row, remarks) = read_row("INSZ;naam", &[text, "Jan"]).unwrap();
            assert_eq!(row.holder.id.as_str(), "85073100229", "{text}");
            assert_eq!(remarks, []);
        }
        let (row, remarks) = read_row("NISS;nom", &["5010100113", "Jan"]).unwrap();
        assert_eq!(row.holder.id.as_str(), "05010100113");
        assert_eq!(remarks, [Remark::Zeros]);
        let faults = read("rijksregisternummer;naam", &["85073100228", "Jan"]).unwrap_err();
        assert!(faults[0].contains("its last two digits do not fit"), "{faults:?}");
        for header in ["id;naam", "dossiernummer;naam"] {
            let holder = read(header, &["85.07.31-002.29", "Jan"]).unwrap();
            assert_eq!(holder.id.as_str(), "85.07.31-002.29");
        }
    }

    #[test]
    fn what_nobody_sees_is_refused_in_an_id_and_left_out_of_a_name() {
        for (id, code_point) in [
            ("4711\u{200b}", "U+200B"),
            ("4711\u{ad}", "U+00AD"),
            ("\u{2060}4711", "U+2060"),
            ("47\u{a0}11", "U+00A0"),
        ] {
            let faults = read("id;naam", &[id, "Jan"]).unwrap_err();
            assert!(faults[0].contains(code_point), "{faults:?}");
        }
        let (row, remarks) = read_row("id;naam", &["1", "Jan\u{a0}Pee\u{ad}ters\u{200b}"]).unwrap();
        assert_eq!(row.holder.name.as_str(), "Jan Peeters");
        assert_eq!(remarks, ['\u{a0}', '\u{ad}', '\u{200b}'].map(Remark::Cleaned));
        assert!(read("id;naam", &["1", "Jan \u{202e}sreteeP"]).is_err());
    }

    #[test]
    fn an_address_is_read_as_meant_or_faulted() {
        let header = "id;naam;straat;nr;bus;postcode;gemeente;land";
        let street = |cells: [&str; 6]| {
            let cells = [&["1", "Jan"][..], &cells].concat();
            read(header, &cells).map(|holder| {
                let address = holder.address;
                let text = |line: Option<Line>| line.map(|line| line.as_str().to_owned());
                [text(address.street), text(address.city), text(address.country)]
                    .map(Option::unwrap_or_default)
                    .join("|")
            })
        };
        for (cells, expected) in [
            (["Dorp", "1", "2", "2000", "Antwerpen", ""], "Dorp 1 bus 2|Antwerpen|"),
            (["=\"Dorp\"", "'1", "-", "2000", "'Antwerpen'", "-"], "Dorp 1|Antwerpen|"),
            (
                ["'s-Gravenweg", "1", "", "1234 AB", "'s-Hertogenbosch", "NL"],
                "'s-Gravenweg 1|'s-Hertogenbosch|NL",
            ),
            (
                ["Rue\u{a0}Haute", "\u{ad}1", "", "1000", "Bruxelles", "B"],
                "Rue Haute 1|Bruxelles|B",
            ),
        ] {
            assert_eq!(street(cells).unwrap(), expected);
        }
        for cells in [
            ["0", "", "", "2000", "Antwerpen", ""],
            ["#NAAM?", "1", "", "2000", "Antwerpen", ""],
            ["Dorp", "5-jul", "", "2000", "Antwerpen", ""],
            ["Dorp", "1.0", "", "2000", "Antwerpen", ""],
            ["Dorp", "1", "", "2000.0", "Antwerpen", ""],
            ["Dorp", "1", "", "200", "Antwerpen", ""],
            ["Dorp", "1", "", "1067", "Dresden", "DE"],
            ["Dorp", "1", "", "2000", "NULL", ""],
            ["Dorp", "1", "", "2000", "0", ""],
            ["Dorp", "1", "", "2000", "Li?ge", ""],
            ["Dorp", "1", "", "2000", "LiÃ¨ge", ""],
            ["Dorp", "1", "", "2000", "Antwerpen", "\\N"],
        ] {
            let faults = street(cells).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
        }
    }
}
