//! Which column gives which field: header names in Dutch, French, German and English.
//!
//! Case, accents, spaces and punctuation don't count. Some names mean different things in
//! different files, and the other columns decide:
//!
//! * `naam`, `nom`, `Name` beside a given name alone is the family name, else the whole name;
//! * `nr`, `numéro`, `number` is the id when nothing better is, and never after a street;
//! * `identifiant` is the id when nothing better is, else the user name.

use std::{fmt, str::FromStr};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{error::ColumnMappingError, fault::Excerpt};

/// What a holder file can say of a holder.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Field {
    /// The office's own key.
    Id,
    /// The whole name, as printed.
    Name,
    /// The given name, to be followed by the family name.
    GivenName,
    /// The family name.
    FamilyName,
    /// Street, house number and box.
    Street,
    /// Postal code.
    PostalCode,
    /// City.
    City,
    /// Country.
    Country,
    /// Language of the card.
    Language,
    /// Electronic mail.
    Email,
    /// The name the holder signs in with.
    UserName,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Id,
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Street,
        Self::PostalCode,
        Self::City,
        Self::Country,
        Self::Language,
        Self::Email,
        Self::UserName,
    ];

    /// The field as options and JSON name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Street => "street",
            Self::PostalCode => "postal_code",
            Self::City => "city",
            Self::Country => "country",
            Self::Language => "language",
            Self::Email => "email",
            Self::UserName => "user_name",
        }
    }

    /// Header names that always mean this field, as [`fold`] leaves them; national register numbers
    /// and the office's own numbers are ids.
    const fn headers(self) -> &'static str {
        match self {
            Self::Id => {
                "id holderid holder identifier identificatie identificatienummer \
                 identification identifikation kennung key sleutel houder titulaire inhaber \
                 persoonid personid idpersoon idpersonne rijksregisternummer rijksregisternr \
                 rijksregister rrn rrnummer rrnr insz insznummer inss niss bisnummer \
                 numerobis nationaalnummer numeronational nnational nrnational \
                 numeroderegistrenational numeroregistrenational registrenational \
                 nationalregisternummer nationalregister nationalregisternumber \
                 nationalnumber nationalnummer dossiernummer dossiernr dossier \
                 numerodedossier numerodossier ndedossier aktenzeichen klantnummer klantnr \
                 numeroclient kundennummer kundennr customernumber customerid lidnummer \
                 numerodemembre mitgliedsnummer membernumber memberid matricule \
                 numeromatricule stamnummer personeelsnummer personalnummer employeenumber \
                 employeeid referentie reference referenz"
            }
            Self::Name => {
                "volledigenaam naamvoluit nomcomplet vollername vollstandigername fullname \
                 displayname weergavenaam naamenvoornaam naamvoornaam voornaamennaam \
                 voornaamnaam voornaamenachternaam nometprenom nomprenom prenometnom \
                 prenomnom nomsetprenoms namevorname vornamename nameundvorname \
                 vornameundname vorundnachname vorundzuname naamhouder nomdutitulaire \
                 nametitulaire holdername"
            }
            Self::GivenName => {
                "givenname givennames firstname firstnames forename forenames voornaam \
                 voornamen roepnaam prenom prenoms vorname vornamen rufname"
            }
            Self::FamilyName => {
                "familyname lastname surname achternaam familienaam geslachtsnaam \
                 nomdefamille nomfamille patronyme nachname familienname zuname"
            }
            Self::Street => {
                "street streetaddress streetandnumber address addressline addressline1 \
                 address1 straat straatennummer straatennr straatnummer straathuisnummer \
                 adres adreslijn adreslijn1 adresregel1 rue rueetnumero ruenumero adresse \
                 adresse1 lignedadresse1 strasse strassehausnummer strasseundhausnummer \
                 strasseundnr strassenr anschrift"
            }
            Self::PostalCode => {
                "postalcode postcode zip zipcode postnummer postkode codepostal cp plz \
                 postleitzahl"
            }
            Self::City => {
                "city town municipality place gemeente stad plaats woonplaats woonplaatsnaam \
                 deelgemeente commune ville localite lieu ort wohnort stadt gemeinde"
            }
            Self::Country => "country countrycode land landcode pays codepays landercode",
            Self::Language => {
                "language lang languagecode locale taal taalcode taalkeuze langue codelangue \
                 langage sprache sprachcode"
            }
            Self::Email => {
                "email mail emailaddress mailaddress emailadres mailadres adressemail \
                 adresseemail adresseelectronique courriel adressecourriel emailadresse \
                 mailadresse"
            }
            Self::UserName => {
                "username user userid login loginname account accountname gebruikersnaam \
                 gebruiker aanmeldnaam nomdutilisateur nomutilisateur utilisateur \
                 benutzername benutzer anmeldename"
            }
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The names of all fields, as a list.
pub(super) struct Fields;

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Field::ALL.map(Field::name).join(", "))
    }
}

/// What the operator says of one column: `--column name=Achternaam`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ColumnMapping {
    /// The field.
    pub field: Field,
    /// The header of the column that gives it, as in the file; case and accents don't count.
    pub header: String,
}

impl ColumnMapping {
    /// Whether the header is the one that is meant.
    pub(super) fn names(&self, header: &str) -> bool {
        let folded = fold(&self.header);
        header.trim() == self.header || !folded.is_empty() && fold(header) == folded
    }
}

impl FromStr for ColumnMapping {
    type Err = ColumnMappingError;

    /// Reads `field=header`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (field, header) = text.split_once('=').ok_or(ColumnMappingError::Shape)?;
        let (field, header) = (field.trim(), header.trim());
        if field.is_empty() || header.is_empty() {
            return Err(ColumnMappingError::Shape);
        }
        let folded = fold(field);
        Field::ALL
            .into_iter()
            .find(|known| fold(known.name()) == folded)
            .map(|field| Self { field, header: header.to_owned() })
            .ok_or_else(|| ColumnMappingError::UnknownField { given: Excerpt::new(field) })
    }
}

/// A header as it is compared: lower case, letters and digits alone, no accents.
#[must_use]
pub fn fold(header: &str) -> String {
    header
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .flat_map(|c| match c {
            'ß' => ['s', 's'].into_iter().take(2),
            'œ' => ['o', 'e'].into_iter().take(2),
            c => [c, c].into_iter().take(1),
        })
        .collect()
}

/// What a header may mean before the other headers are known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Meaning {
    /// Always this field.
    Field(Field),
    /// The whole name, or the family name beside a given name.
    SomeName,
    /// A number of something.
    SomeNumber,
    /// The id, or the name to sign in with.
    SomeIdentifier,
    /// Nothing that is known.
    Unknown,
}

impl Meaning {
    fn of(header: &str) -> Self {
        let folded = fold(header);
        match folded.as_str() {
            "name" | "names" | "naam" | "nom" | "noms" => Self::SomeName,
            "nr" | "no" | "n" | "num" | "nummer" | "numero" | "number" => Self::SomeNumber,
            "identifiant" => Self::SomeIdentifier,
            folded => Field::ALL
                .into_iter()
                .find(|field| field.headers().split(' ').any(|header| header == folded))
                .map_or(Self::Unknown, Self::Field),
        }
    }
}

/// Whether a text is the name of a column of ids.
#[must_use]
pub fn is_id_header(text: &str) -> bool {
    let meaning = Meaning::of(text);
    matches!(meaning, Meaning::Field(Field::Id) | Meaning::SomeNumber | Meaning::SomeIdentifier)
}

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
}

/// Two columns of a table, or two keys of a JSON entry, give the same field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "\"{}\" and \"{}\" both give the {field}; choose one with --column {field}=…",
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

impl Columns {
    /// Finds the fields in a header; mappings come before what the header's names mean.
    pub(super) fn resolve(
        headers: &[String],
        mappings: &[ColumnMapping],
    ) -> Result<Self, SameField> {
        let mut columns = Self::default();
        let mut is_mapped = vec![false; headers.len()];
        for mapping in mappings {
            for (index, header) in headers.iter().enumerate() {
                if mapping.names(header) {
                    columns.give(mapping.field, index, header)?;
                    is_mapped[index] = true;
                }
            }
        }
        let meanings: Vec<Meaning> = headers
            .iter()
            .zip(&is_mapped)
            .map(|(header, mapped)| if *mapped { Meaning::Unknown } else { Meaning::of(header) })
            .collect();
        let mapped_parts = columns.has(Field::GivenName) || columns.has(Field::FamilyName);
        let mapped = columns.used.clone().map(|column| column.is_some());
        let means =
            |field: Field| mapped[field as usize] || meanings.contains(&Meaning::Field(field));
        for (index, header) in headers.iter().enumerate() {
            let follows_street = index
                .checked_sub(1)
                .is_some_and(|before| meanings[before] == Meaning::Field(Field::Street));
            let field = match meanings[index] {
                Meaning::Field(field) => Some(field),
                Meaning::SomeName if means(Field::GivenName) && !means(Field::FamilyName) => {
                    Some(Field::FamilyName)
                }
                Meaning::SomeName => (!mapped_parts).then_some(Field::Name),
                Meaning::SomeIdentifier if !means(Field::Id) => Some(Field::Id),
                Meaning::SomeIdentifier => (!means(Field::UserName)).then_some(Field::UserName),
                Meaning::SomeNumber => (!means(Field::Id)
                    && !meanings.contains(&Meaning::SomeIdentifier)
                    && !follows_street)
                    .then_some(Field::Id),
                Meaning::Unknown => None,
            };
            match field {
                Some(field) if !mapped[field as usize] => columns.give(field, index, header)?,
                _ if is_mapped[index] || header.trim().is_empty() => {}
                _ => columns.ignored.push(header.trim().to_owned()),
            }
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
        let parts = [Field::GivenName, Field::FamilyName];
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

    fn has(&self, field: Field) -> bool {
        self.column(field).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(headers: &str, mappings: &[&str]) -> Result<Columns, SameField> {
        let headers: Vec<String> = headers.split(';').map(str::to_owned).collect();
        let mappings: Vec<ColumnMapping> =
            mappings.iter().map(|mapping| mapping.parse().unwrap()).collect();
        Columns::resolve(&headers, &mappings)
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
        ] {
            assert_eq!(shown(headers, &[]), found, "{headers}");
        }
    }

    #[test]
    fn a_header_of_two_meanings_takes_the_one_that_the_others_leave() {
        for (headers, found) in [
            ("id;naam", "id=id name=naam | "),
            ("id;naam;voornaam", "id=id given_name=voornaam family_name=naam | "),
            ("id;name;given_name;family_name", "id=id name=name | given_name family_name"),
            ("naam;straat;nr;id", "id=id name=naam street=straat | nr"),
            ("naam;straat;nr", "name=naam street=straat | nr"),
            ("nr;naam;straat;nr", "id=nr name=naam street=straat | nr"),
            ("identifiant;nom", "id=identifiant name=nom | "),
            ("id;nom;identifiant", "id=id name=nom user_name=identifiant | "),
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
    fn every_known_header_is_written_as_it_is_compared_and_means_one_thing() {
        let mut seen = std::collections::HashSet::new();
        for field in Field::ALL {
            assert_eq!(field as usize, Field::ALL.iter().position(|f| *f == field).unwrap());
            if field != Field::Name {
                assert_eq!(Meaning::of(field.name()), Meaning::Field(field));
            }
            for header in field.headers().split(' ') {
                assert_eq!(fold(header), header);
                assert!(seen.insert(header), "{header} twice");
                assert_eq!(Meaning::of(header), Meaning::Field(field));
            }
        }
    }

    #[test]
    fn a_mapping_names_a_field_there_is() {
        let mapping: ColumnMapping = "Postal-Code = Code = x".parse().unwrap();
        assert_eq!(mapping.field, Field::PostalCode);
        assert_eq!(mapping.header, "Code = x");
        for text in ["", "name", "name=", "=x"] {
            assert_eq!(text.parse::<ColumnMapping>(), Err(ColumnMappingError::Shape), "{text}");
        }
        let error = "naam=x".parse::<ColumnMapping>().unwrap_err();
        assert!(
            error.to_string().starts_with("there is no field \"naam\"; the fields are id, name")
        );
    }
}
