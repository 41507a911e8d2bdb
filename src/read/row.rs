//! One row's values to one valid holder, or to every fault in it.

use std::path::Path;

use tokenkaart_token::{
    holder::{Holder, HolderId},
    language::Language,
};

use super::{
    cell,
    columns::Columns,
    damage::{self, Damage},
    draft::Draft,
    fault::{Fault, FaultKind, Place},
    field::Field,
    reading::Reading,
    register_number::RegisterNumber,
    remark::Remark,
};

/// A holder and where its file says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The line, sheet row or entry.
    pub place: Place,
    /// The holder.
    pub holder: Holder,
    /// The hash of a password, as written, for accounts alone.
    pub password_hash: Option<String>,
}

impl Draft {
    /// Makes a holder of the values and says what was mended, or lists everything that is wrong
    /// with them.
    pub(super) fn into_row(
        self,
        path: &Path,
        columns: &Columns,
    ) -> Result<(Row, Vec<Remark>), Vec<Fault>> {
        let mut reading = Reading::new(path, columns, &self);
        let id = reading.id();
        let name = reading.name();
        let language = reading.language();
        let address = reading.address(language);
        let email = reading.line(Field::Email);
        let user_name = reading.line(Field::UserName);
        let password_hash = reading.password_hash();
        match (id, name) {
            (Some(id), Some(name)) if reading.faults.is_empty() => {
                let holder = Holder { id, name, address, language, email, user_name };
                Ok((Row { place: self.place, holder, password_hash }, reading.remarks))
            }
            _ => {
                // In the order of the columns, as whoever corrects them goes along the row.
                reading.faults.sort_by_key(|(index, _)| *index);
                Err(reading.faults.into_iter().map(|(_, fault)| fault).collect())
            }
        }
    }
}

impl Reading<'_> {
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

    fn password_hash(&mut self) -> Option<String> {
        let value = self.value(Field::PasswordHash, true)?;
        (!cell::is_dash(&value)).then(|| value.into_owned())
    }

    fn language(&mut self) -> Option<Language> {
        let value = self.value(Field::Language, false)?;
        value.parse().map_err(|error| self.fault(Field::Language, FaultKind::Language(error))).ok()
    }
}

#[cfg(test)]
mod tests {
    use tokenkaart_token::holder::Line;

    use super::*;
    use crate::read::{columns::Said, value::Value};

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
