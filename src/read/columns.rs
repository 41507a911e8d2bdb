//! Which column gives which field.
//!
//! Some header names mean different things in different files, and the other columns decide:
//!
//! * `naam`, `nom`, `Name` beside a given name alone is the family name, else the whole name;
//! * `nr`, `numéro`, `number` beside a street is the house number, else the id when nothing
//!   better is;
//! * `identifiant` is the id when nothing better is, else the user name;
//! * `straatnr` beside a street is the house number, else street and number in one.

use super::{
    excerpt::Excerpt,
    field::Field,
    mapping::{ColumnMapping, is_same_header},
    vocabulary::{Meaning, fold, is_id_header, is_register_number_header},
};

/// A column that gives a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Column {
    /// Its place in the row, from 0.
    pub(super) index: usize,
    /// Its header as in the file.
    pub(super) header: String,
}

/// Which column gives which field, for one header.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Columns {
    used: [Option<Column>; Field::ALL.len()],
    /// The headers of the columns that give nothing.
    pub(super) ignored: Vec<String>,
    /// Those of them that neither the vocabulary nor the operator calls harmless.
    pub(super) unknown: Vec<String>,
}

/// Two columns of a table, or two keys of a JSON entry, give the same field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "\"{}\" and \"{}\" both give the {field}; choose one of them",
    Excerpt::new(.first), Excerpt::new(.second)
)]
pub struct SameField {
    /// The field.
    pub field: Field,
    /// The header of the first.
    pub first: String,
    /// The header of the second.
    pub second: String,
}

/// What an operator says of the columns of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    /// Columns that give a field.
    pub(super) mappings: &'a [ColumnMapping],
    /// Columns that give nothing.
    pub(super) ignored: &'a [String],
}

impl Columns {
    /// Finds the fields in a header; what the operator says comes before what its names mean.
    pub(super) fn resolve(headers: &[String], said: Said<'_>) -> Result<Self, SameField> {
        let mut columns = Self::default();
        let mut meanings: Vec<Meaning> = headers.iter().map(|text| Meaning::of(text)).collect();
        let mut is_settled = vec![false; headers.len()];
        for (index, header) in headers.iter().enumerate() {
            if said.ignored.iter().any(|ignored| is_same_header(ignored, header)) {
                (meanings[index], is_settled[index]) = (Meaning::Harmless, true);
                columns.ignored.push(header.trim().to_owned());
            }
        }
        for mapping in said.mappings {
            for (index, header) in headers.iter().enumerate() {
                if mapping.names(header) {
                    columns.give(mapping.field, index, header)?;
                    (meanings[index], is_settled[index]) = (Meaning::Field(mapping.field), true);
                }
            }
        }
        let mapped = columns.used.each_ref().map(Option::is_some);
        let others = Others { meanings: &meanings, mapped: &mapped };
        for (index, header) in headers.iter().enumerate() {
            if is_settled[index] || header.trim().is_empty() {
                continue;
            }
            match others.field_of(index) {
                Some(field) if !mapped[field as usize] => {
                    // Of several columns that would do in its stead the first one does.
                    let is_spare = matches!(meanings[index], Meaning::OrNothing(_));
                    if !(is_spare && columns.has(field)) {
                        columns.give(field, index, header)?;
                        continue;
                    }
                }
                // Mapped from elsewhere, so that this one is known and not wanted.
                Some(_) => {}
                None if matches!(meanings[index], Meaning::Harmless | Meaning::OrNothing(_)) => {}
                None => columns.unknown.push(header.trim().to_owned()),
            }
            columns.ignored.push(header.trim().to_owned());
        }
        columns.settle_names(&mapped);
        Ok(columns)
    }

    fn give(&mut self, field: Field, index: usize, header: &str) -> Result<(), SameField> {
        match &mut self.used[field as usize] {
            Some(first) => Err(SameField {
                field,
                first: first.header.clone(),
                second: header.trim().to_owned(),
            }),
            empty => {
                *empty = Some(Column { index, header: header.trim().to_owned() });
                Ok(())
            }
        }
    }

    /// A whole name needs no parts, unless the operator mapped the parts.
    fn settle_names(&mut self, mapped: &[bool; Field::ALL.len()]) {
        if !self.has(Field::Name) {
            return;
        }
        let parts = [Field::GivenName, Field::NamePrefix, Field::FamilyName];
        let wants_parts =
            !mapped[Field::Name as usize] && parts.iter().any(|part| mapped[*part as usize]);
        let spare: &[Field] = if wants_parts { &[Field::Name] } else { &parts };
        for field in spare {
            self.ignored.extend(self.used[*field as usize].take().map(|column| column.header));
        }
    }

    /// The column that gives a field.
    pub(super) fn column(&self, field: Field) -> Option<&Column> {
        self.used[field as usize].as_ref()
    }

    /// The fields that are given, and the columns that give them.
    pub(super) fn used(&self) -> impl Iterator<Item = (Field, &Column)> {
        Field::ALL.into_iter().filter_map(|field| Some((field, self.column(field)?)))
    }

    pub(super) fn has(&self, field: Field) -> bool {
        self.column(field).is_some()
    }

    /// Whether the ids are numbers of the Belgian National Register, by their header.
    pub(super) fn has_register_numbers(&self) -> bool {
        self.column(Field::Id).is_some_and(|column| is_register_number_header(&column.header))
    }

    /// The first field that every holder needs and no column gives.
    pub(super) fn missing(&self) -> Option<Field> {
        let parts = (self.has(Field::GivenName), self.has(Field::FamilyName));
        if !self.has(Field::Id) {
            return Some(Field::Id);
        }
        match parts {
            _ if self.has(Field::Name) => None,
            (true, true) => None,
            (true, false) => Some(Field::FamilyName),
            (false, true) => Some(Field::GivenName),
            (false, false) => Some(Field::Name),
        }
    }
}

/// All columns of a header, to decide what one of them means.
struct Others<'a> {
    meanings: &'a [Meaning],
    mapped: &'a [bool; Field::ALL.len()],
}

impl Others<'_> {
    /// Whether a column always means a field.
    fn means(&self, field: Field) -> bool {
        self.mapped[field as usize] || self.meanings.contains(&Meaning::Field(field))
    }

    fn has_some_name(&self) -> bool {
        self.meanings.contains(&Meaning::SomeName) || self.means(Field::Name)
    }

    fn is_street(&self, index: Option<usize>) -> bool {
        let meaning = index.and_then(|index| self.meanings.get(index));
        meaning == Some(&Meaning::Field(Field::Street))
    }

    /// What a column gives beside the others.
    fn field_of(&self, index: usize) -> Option<Field> {
        let follows_street = self.is_street(index.checked_sub(1));
        match self.meanings[index] {
            Meaning::Field(field) => Some(field),
            Meaning::OrNothing(field) => {
                let is_given = self.means(field);
                let is_needed = match field {
                    Field::GivenName => !is_given && self.means(Field::FamilyName),
                    Field::FamilyName => !is_given && !self.has_some_name(),
                    _ => !is_given,
                };
                is_needed.then_some(field)
            }
            Meaning::SomeName if self.means(Field::GivenName) && !self.means(Field::FamilyName) => {
                Some(Field::FamilyName)
            }
            Meaning::SomeName => {
                let is_mapped = |part: Field| self.mapped[part as usize];
                let parts = [Field::GivenName, Field::FamilyName];
                (!parts.into_iter().any(is_mapped)).then_some(Field::Name)
            }
            Meaning::SomeIdentifier if !self.means(Field::Id) => Some(Field::Id),
            Meaning::SomeIdentifier => (!self.means(Field::UserName)).then_some(Field::UserName),
            Meaning::SomeStreetNumber if !self.means(Field::Street) => Some(Field::Street),
            Meaning::SomeStreetNumber => {
                (!self.means(Field::HouseNumber)).then_some(Field::HouseNumber)
            }
            Meaning::SomeNumber => {
                let has_id =
                    self.means(Field::Id) || self.meanings.contains(&Meaning::SomeIdentifier);
                let is_beside_street = follows_street || has_id && self.is_street(Some(index + 1));
                if is_beside_street {
                    (!self.means(Field::HouseNumber)).then_some(Field::HouseNumber)
                } else {
                    (!has_id).then_some(Field::Id)
                }
            }
            Meaning::Harmless | Meaning::Unknown => None,
        }
    }
}

/// Whether a row's cells are the header once more: a file that was made of several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Repeated {
    /// It is a row like the others.
    No,
    /// It is the header.
    Header,
    /// It is the header of another table, whose rows have other columns.
    OtherHeader,
}

impl Columns {
    /// Looks whether a row is a header, by the texts of its cells that are used.
    pub(super) fn repeated<'a>(
        &self,
        cell: impl Fn(usize) -> Option<&'a str>,
        others: impl Iterator<Item = &'a str>,
    ) -> Repeated {
        let id = self.column(Field::Id);
        let is_own = |column: &Column| {
            cell(column.index).is_some_and(|text| fold(text) == fold(&column.header))
        };
        if id.is_some_and(is_own) {
            let is_all = self.used().all(|(_, column)| {
                is_own(column) || cell(column.index).is_none_or(|text| text.trim().is_empty())
            });
            return if is_all { Repeated::Header } else { Repeated::OtherHeader };
        }
        // Two headers that are understood are in no row of a person.
        let is_header = |text: &str| {
            let meaning = Meaning::of(text);
            // A single letter is no header of another table: databases write `\N` for nothing.
            !matches!(meaning, Meaning::Unknown | Meaning::Harmless) && fold(text).len() > 1
        };
        let is_id = |text: &&str| is_id_header(text);
        let texts: Vec<&str> = others.collect();
        let known = texts.iter().filter(|text| is_header(text)).count();
        if known >= 2 && texts.iter().any(is_id) { Repeated::OtherHeader } else { Repeated::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(headers: &str, mappings: &[&str]) -> Result<Columns, SameField> {
        let headers: Vec<String> = headers.split(';').map(str::to_owned).collect();
        let mappings: Vec<ColumnMapping> =
            mappings.iter().map(|mapping| mapping.parse().unwrap()).collect();
        Columns::resolve(&headers, Said { mappings: &mappings, ignored: &[] })
    }

    fn shown(headers: &str, mappings: &[&str]) -> String {
        let columns = resolve(headers, mappings).unwrap();
        let used: Vec<String> =
            columns.used().map(|(field, column)| format!("{field}={}", column.header)).collect();
        format!("{} | {}", used.join(" "), columns.ignored.join(" "))
    }

    #[test]
    fn headers_are_understood_in_four_languages() {
        for (headers, found) in [
            (
                "Rijksregisternummer;Voornaam;Achternaam;Straat;Postcode;Gemeente;Taal",
                "id=Rijksregisternummer given_name=Voornaam family_name=Achternaam street=Straat \
                 postal_code=Postcode city=Gemeente language=Taal | ",
            ),
            (
                "Numéro national;NOM;PRÉNOM;Rue;Code postal;Commune;Langue;Pays",
                "id=Numéro national given_name=PRÉNOM family_name=NOM street=Rue \
                 postal_code=Code postal city=Commune country=Pays language=Langue | ",
            ),
            (
                "Nationalregisternummer;Name;Vorname;Straße;PLZ;Ort;Sprache;Land",
                "id=Nationalregisternummer given_name=Vorname family_name=Name street=Straße \
                 postal_code=PLZ city=Ort country=Land language=Sprache | ",
            ),
            (
                "id;name;e-mail;User name;postal_code",
                "id=id name=name postal_code=postal_code email=e-mail user_name=User name | ",
            ),
            ("N\u{b0};NAAM;geboortedatum", "id=N\u{b0} name=NAAM | geboortedatum"),
            ("nr;pre\u{301}nom;nom", "id=nr given_name=pre\u{301}nom family_name=nom | "),
            (
                "NN;Naam;Voornaam;Taalrol;Straat + nr;PC;Gemeente",
                "id=NN given_name=Voornaam family_name=Naam street=Straat + nr postal_code=PC \
                 city=Gemeente language=Taalrol | ",
            ),
            (
                "PERNR;VORNA;NACHN;STRAS;PSTLZ;ORT01;LAND1;SPRSL",
                "id=PERNR given_name=VORNA family_name=NACHN street=STRAS postal_code=PSTLZ \
                 city=ORT01 country=LAND1 language=SPRSL | ",
            ),
            (
                "BSN;Voorletters;Tussenvoegsel;Achternaam;Straatnaam;Huisnummer;Huisletter;\
                 Woonplaats",
                "id=BSN given_name=Voorletters name_prefix=Tussenvoegsel family_name=Achternaam \
                 street=Straatnaam house_number=Huisnummer house_number_suffix=Huisletter \
                 city=Woonplaats | ",
            ),
        ] {
            assert_eq!(shown(headers, &[]), found, "{headers}");
        }
    }

    #[test]
    fn a_house_number_and_a_box_have_columns_of_their_own() {
        for (headers, found) in [
            ("id;naam;straat;huisnummer;bus", "street=straat house_number=huisnummer box=bus | "),
            ("id;naam;straat;nr;bus", "street=straat house_number=nr box=bus | "),
            ("id;nom;rue;numéro;boîte", "street=rue house_number=numéro box=boîte | "),
            ("id;nom;n°;rue;bte", "street=rue house_number=n° box=bte | "),
            ("id;Name;Straße;Hausnummer", "street=Straße house_number=Hausnummer | "),
            ("id;naam;straat;straatnr", "street=straat house_number=straatnr | "),
            ("id;naam;straatnr", "street=straatnr | "),
            ("id;naam;straat;huisnr;nr", "street=straat house_number=huisnr | nr"),
            ("id;naam;gemeente;deelgemeente", "city=gemeente | deelgemeente"),
            ("id;naam;deelgemeente", "city=deelgemeente | "),
        ] {
            let shown = shown(headers, &[]);
            let rest = shown.split_once("name=").and_then(|(_, rest)| rest.split_once(' '));
            assert_eq!(rest.unwrap().1, found, "{headers}");
        }
    }

    #[test]
    fn a_column_that_nobody_knows_is_told_from_one_that_does_no_harm() {
        let columns = resolve("id;naam;geboortedatum;adresregel 2;Kleur;nr", &[]).unwrap();
        assert_eq!(columns.ignored, ["geboortedatum", "adresregel 2", "Kleur", "nr"]);
        assert_eq!(columns.unknown, ["adresregel 2", "Kleur", "nr"]);
    }

    #[test]
    fn a_header_of_two_meanings_takes_the_one_that_the_others_leave() {
        for (headers, found) in [
            ("id;naam", "id=id name=naam | "),
            ("id;naam;voornaam", "id=id given_name=voornaam family_name=naam | "),
            ("id;name;given_name;family_name", "id=id name=name | given_name family_name"),
            ("naam;straat;nr;id", "id=id name=naam street=straat house_number=nr | "),
            ("naam;straat;nr", "name=naam street=straat house_number=nr | "),
            ("nr;naam;straat;nr", "id=nr name=naam street=straat house_number=nr | "),
            ("identifiant;nom", "id=identifiant name=nom | "),
            ("id;nom;identifiant", "id=id name=nom user_name=identifiant | "),
            (
                "id;nom;nom de naissance;prénom",
                "id=id given_name=prénom family_name=nom | nom de naissance",
            ),
            (
                "id;nom de naissance;prénom",
                "id=id given_name=prénom family_name=nom de naissance | ",
            ),
            ("id;naam;initialen", "id=id name=naam | initialen"),
        ] {
            assert_eq!(shown(headers, &[]), found, "{headers}");
        }
    }

    #[test]
    fn what_the_operator_maps_comes_first() {
        for (headers, mappings, found) in [
            ("Persoon;Wie", &["id=persoon", "name=WIE"][..], "id=Persoon name=Wie | "),
            ("id;naam;aanhef naam", &["name=aanhef naam"], "id=id name=aanhef naam | naam"),
            ("id;dossier;naam", &["id=dossier"], "id=dossier name=naam | id"),
            (
                "id;naam;roep;stam",
                &["given_name=roep", "family_name=stam"],
                "id=id given_name=roep family_name=stam | naam",
            ),
            ("id;naam;***", &["email=***"], "id=id name=naam email=*** | "),
        ] {
            assert_eq!(shown(headers, mappings), found, "{headers}");
        }
    }

    #[test]
    fn one_field_from_two_columns_is_refused_naming_both() {
        let clash = |field, first: &str, second: &str| {
            Err(SameField { field, first: first.to_owned(), second: second.to_owned() })
        };
        assert_eq!(resolve("id;Adres;Straat;naam", &[]), clash(Field::Street, "Adres", "Straat"));
        assert_eq!(resolve("RRN;ID;naam", &[]), clash(Field::Id, "RRN", "ID"));
        assert_eq!(resolve("id;a;b", &["name=a", "name=b"]), clash(Field::Name, "a", "b"));
        assert_eq!(resolve("id;naam;Naam", &[]), clash(Field::Name, "naam", "Naam"));
    }

    #[test]
    fn a_header_without_id_or_name_is_told() {
        for (headers, missing) in [
            ("naam", Some(Field::Id)),
            ("id", Some(Field::Name)),
            ("id;voornaam", Some(Field::FamilyName)),
            ("id;achternaam", Some(Field::GivenName)),
            ("id;voornaam;achternaam", None),
            ("id;naam", None),
        ] {
            assert_eq!(resolve(headers, &[]).unwrap().missing(), missing, "{headers}");
        }
    }

    #[test]
    fn a_header_in_the_middle_of_a_file_is_told_from_a_holder() {
        let columns = resolve("id;naam;straat", &[]).unwrap();
        for (cells, found) in [
            (["id", "naam", "straat"], Repeated::Header),
            (["ID ", "Naam", ""], Repeated::Header),
            (["id", "straat", "naam"], Repeated::OtherHeader),
            (["naam", "id", "straat"], Repeated::OtherHeader),
            (["nr", "nom", "rue"], Repeated::OtherHeader),
            (["4711", "Naam", "Straat"], Repeated::No),
            (["4711", "Jan", "Rue"], Repeated::No),
            (["", "", ""], Repeated::No),
        ] {
            let repeated = columns.repeated(|index| cells.get(index).copied(), cells.into_iter());
            assert_eq!(repeated, found, "{cells:?}");
        }
    }
}
