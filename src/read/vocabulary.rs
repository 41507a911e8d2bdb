//! What headers mean: those of Belgian, Dutch, French and German extracts, and of the programs
//! that write them.
//!
//! A header is compared as [`fold`] leaves it: case, accents, spaces and punctuation don't count.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::field::Field;

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
pub(super) enum Meaning {
    /// Always this field.
    Field(Field),
    /// This field, if no other column gives it; else nothing that is needed.
    OrNothing(Field),
    /// The whole name, or the family name beside a given name.
    SomeName,
    /// A number of something.
    SomeNumber,
    /// The id, or the name to sign in with.
    SomeIdentifier,
    /// The street with its number, or the number of the street beside it.
    SomeStreetNumber,
    /// Known, and nothing that a card or its address could lack.
    Harmless,
    /// Nothing that is known.
    Unknown,
}

impl Meaning {
    pub(super) fn of(header: &str) -> Self {
        let folded = fold(header);
        match folded.as_str() {
            "name" | "names" | "naam" | "nom" | "noms" => return Self::SomeName,
            "nr" | "no" | "n" | "num" | "nummer" | "numero" | "number" => return Self::SomeNumber,
            "identifiant" => return Self::SomeIdentifier,
            "straatnr" | "straatnummer" | "strassenr" | "strassennummer" | "streetnumber"
            | "numerorue" | "streetno" | "strnr" => return Self::SomeStreetNumber,
            _ => {}
        }
        if names_number_and_box(header) {
            return Self::Field(Field::HouseNumber);
        }
        if names_own_register_number(header, &folded) {
            return Self::Field(Field::Id);
        }
        WORDS.get(folded.as_str()).copied().unwrap_or(Self::Unknown)
    }
}

/// What the words below mean; of two meanings the one that stands first there. Also each cell without a
/// column of its own is looked up here, since it may be a header amid the rows.
static WORDS: LazyLock<HashMap<&'static str, Meaning>> = LazyLock::new(|| {
    let harmless = [(HARMLESS, Meaning::Harmless)];
    let spare = SPARE.iter().rev().map(|(field, list)| (*list, Meaning::OrNothing(*field)));
    let fields = Field::ALL.into_iter().rev().map(|field| (headers(field), Meaning::Field(field)));
    let register_numbers = [(REGISTER_NUMBERS, Meaning::Field(Field::Id))];
    let lists = harmless.into_iter().chain(spare).chain(fields).chain(register_numbers);
    lists.flat_map(|(list, of)| list.split_ascii_whitespace().map(move |word| (word, of))).collect()
});

/// Whether a text is the name of a column of ids.
#[must_use]
pub fn is_id_header(text: &str) -> bool {
    let meaning = Meaning::of(text);
    matches!(meaning, Meaning::Field(Field::Id) | Meaning::SomeNumber | Meaning::SomeIdentifier)
}

/// Whether a header names the number of the Belgian National Register or a BIS number.
#[must_use]
pub fn is_register_number_header(header: &str) -> bool {
    let folded = fold(header);
    REGISTER_NUMBERS.split_ascii_whitespace().any(|word| word == folded)
        || words(header).any(|word| is_register_word(&word))
}

/// The words of a header, each as it is compared.
fn words(header: &str) -> impl Iterator<Item = String> {
    header.split(|c: char| !c.is_alphanumeric()).map(fold).filter(|word| !word.is_empty())
}

const REGISTER_WORDS: [&str; 7] = ["insz", "niss", "inss", "ssin", "enss", "rrn", "nrn"];
const REGISTER_STEMS: [&str; 5] =
    ["rijksreg", "registrenational", "nationalregister", "inszn", "bisnummer"];

/// Whether no other number is called by a word.
fn is_register_word(word: &str) -> bool {
    REGISTER_WORDS.contains(&word) || REGISTER_STEMS.iter().any(|of| word.contains(of))
}

/// Whether a header names house number and box in one: `Nr/bus`, `N° + boîte`; without the sign it
/// would name the number of the box.
fn names_number_and_box(header: &str) -> bool {
    const NUMBERS: &str = "nr no n num numero number nummer huisnr huisnummer hausnr hausnummer";
    const BOXES: &str = "bus busnr busnummer bte boite briefkasten bfk box";
    if !header.contains(['/', '+', '&']) {
        return false;
    }
    let words: Vec<String> = words(header).collect();
    let is_in = |list: &str, word: &String| list.split_ascii_whitespace().any(|of| of == word);
    matches!(words.as_slice(), [number, of_box] if is_in(NUMBERS, number) && is_in(BOXES, of_box))
}

/// Whether a header names the holder's own register number, in whatever order its words are; that of
/// a partner or a parent is no id.
fn names_own_register_number(header: &str, folded: &str) -> bool {
    const BESIDE: &str = "nr n no num nummer numero number id bis en et und of ou oder or van de du des \
        la le het der burger citoyen burgers persoon personne person houder titularis titulaire \
        holder inhaber inwoner habitant betrokkene interesse klant client lid membre mitglied \
        identificatienummer identificatie identification identifikation nationaal national \
        belge belgisch belgie";
    // A header's words one after the other are what it is folded to.
    if !REGISTER_WORDS.iter().chain(&REGISTER_STEMS).any(|of| folded.contains(of)) {
        return false;
    }
    let words: Vec<String> = words(header).collect();
    let beside: Vec<&String> = words.iter().filter(|word| !is_register_word(word)).collect();
    beside.len() < words.len()
        && beside.iter().all(|word| BESIDE.split_ascii_whitespace().any(|of| of == *word))
}

/// Headers that name a Belgian national register number or a BIS number.
const REGISTER_NUMBERS: &str = "rijksregisternummer rijksregisternr rijksregister \
    rijksregnr rijksregnummer rijksreg rrn rrnummer rrnr nrrr rr insz insznummer insznr inss \
    ssin niss numeroniss bisnummer bis numerobis rrbis nationaalnummer nn numeronational \
    numeroregistre nnational nonational noregistrenat numregnat nregnat noregnat numeroregistrenat \
    numerodidentificationnational nationalid nationalidnumber nrnational numnational numeroderegistrenational \
    numeroregistrenational numeroduregistrenational nderegistrenational nregistrenational \
    noregistrenational registrenational numregistrenational identificatienummerrijksregister \
    identificatienummervandesocialezekerheid numerodidentificationdelasecuritesociale \
    nationalregisternummer nationalregister nationalregisternr nationalregisternumber \
    nationalregistrynumber nationalnumber nationalnummer enss nationalregisternummerinsz \
    rijksregisternummerinsz rijksregisternummerbisnummer inszrijksregisternummer \
    rijksregisternummerofbisnummer socialezekerheidsnummer";

/// Header names that always mean a field, as [`fold`] leaves them.
#[allow(clippy::too_many_lines, reason = "a table of words")]
const fn headers(field: Field) -> &'static str {
    match field {
        Field::Id => {
            "id holderid holder identifier identificatie identificatienummer identification \
             identifikation kennung key sleutel houder titulaire inhaber persoonid personid \
             idpersoon idpersonne persoonsnummer persoonsid numerodepersonne \
             dossiernummer dossiernr dossier numerodedossier numerodossier ndedossier \
             nodossier aktenzeichen klantnummer klantnr numeroclient noclient kundennummer \
             kundennr customernumber customerid customerno clientid lidnummer lidnr \
             numerodemembre mitgliedsnummer mitgliedsnr membernumber memberid matricule \
             numeromatricule nomatricule stamnummer stamnr personeelsnummer personeelsnr \
             personalnummer personalnr employeenumber employeeid referentie reference \
             referenz pernr kunnr partner businesspartner bsn burgerservicenummer \
             administratienummer anummer steuerid steueridentifikationsnummer \
             identifikationsnummer"
        }
        Field::Name => {
            "volledigenaam naamvoluit nomcomplet vollername vollstandigername fullname \
             displayname weergavenaam naamenvoornaam naamvoornaam naamvoornamen \
             voornaamennaam voornaamnaam voornaamenachternaam naamenvoornamen nometprenom \
             nomprenom nomprenoms prenometnom prenomnom nomsetprenoms nometprenoms namevorname \
             vornamename nameundvorname vornameundname vorundnachname vorundzuname naamhouder \
             nomdutitulaire nametitulaire holdername achternaamvoornaam nachnamevorname \
             lastnamefirstname firstnamelastname voornaamachternaam naampersoon \
             persoonnaam"
        }
        Field::GivenName => {
            "givenname givennames firstname firstnames forename forenames voornaam voornamen \
             roepnaam prenom prenoms vorname vornamen rufname eerstevoornaam premierprenom \
             officielevoornaam vorna namefirst prenomusuel voornaam1 prenom1 vorname1 firstname1"
        }
        Field::NamePrefix => {
            "nameprefix tussenvoegsel tussenvoegsels voorvoegsel voorvoegsels \
             voorvoegselgeslachtsnaam particule namenszusatz namensvorsatz nobiliaryparticle \
             vorsw"
        }
        Field::FamilyName => {
            "familyname lastname surname achternaam familienaam geslachtsnaam nomdefamille \
             nomfamille patronyme nachname familienname zuname nachn namelast nomusuel \
             nomdusage officielenaam"
        }
        Field::Street => {
            "street streetaddress streetandnumber streetandhousenumber address addressline \
             addressline1 address1 straat straatnaam straatennummer straatennr \
             straathuisnummer straatenhuisnummer straatnummerbus straatnrbus \
             straatnrenbus straathuisnummerbus adres adreslijn adreslijn1 adresregel1 \
             rue nomdelarue nomderue libelledevoie libellevoie voie rueetnumero rueetno \
             ruenumero rueno ruenumeroboite rueetn adresse adresse1 lignedadresse1 \
             adresseligne1 strasse strassenname strassehausnummer strassehausnr \
             strasseundhausnummer strasseundhausnr strasseundnr strassenundhausnummer \
             anschrift stras openbareruimte openbareruimtenaam adresserue adresstraat str \
             strnaam nomdevoie nomvoie straatadres"
        }
        Field::HouseNumber => {
            "housenumber houseno house huisnummer huisnr huisn hnr housenr numerodemaison \
             numeromaison nmaison nomaison numerodevoie numerovoie nvoie novoie numerodanslavoie \
             numerodhabitation numerohabitation nhabitation hausnummer hausnr hausn hsnr \
             hausno housenum1 numerodepolice nodemaison nummerhuis huisnummer1 ndemaison nrmaison \
             nrdemaison numerodelamaison adressenumero adreshuisnummer huisnummerenbus \
             huisnrenbus nrenbus nummerenbus numeroetboite netboite netbte"
        }
        Field::HouseNumberSuffix => {
            "housenumbersuffix housenumberaddition huisletter huisnummertoevoeging toevoeging \
             toevoeginghuisnummer huisnrtoevoeging huisnummertoev toev indicederepetition \
             indicerepetition repetition hausnummernzusatz hausnummerzusatz hausnrzusatz \
             hausnrzus hnrzusatz housenum2 bistoevoeging"
        }
        Field::Box => {
            "box boxnumber boxnr boxno bus busnummer busnr busn postbusnummer boite boiteno \
             numerodeboite numeroboite nboite bte bt bteno btenr nbte boitenumero \
             boitenr brievenbus brievenbusnummer briefkasten briefkastennummer bfk ndeboite ndebte \
             nodeboite numerobte numerodebte adresseboite adresbus adresbusnummer busnum"
        }
        Field::PostalCode => {
            "postalcode postcode postcodes zip zipcode postnummer postnr postkode codepostal \
             codespostaux cp pc pk plz postleitzahl pstlz postcode1 postco adressecodepostal adressecp adrespostcode plzcode"
        }
        Field::City => {
            "city town municipality place gemeente gemeentenaam stad plaats plaatsnaam \
             woonplaats woonplaatsnaam commune nomcommune ville localite lieu ort ortsname \
             wohnort stadt gemeinde ort01 city1 posttown plzort plzundort plzwohnort \
             postcodeplaats postcodeenplaats postcodegemeente postcodeengemeente \
             postcodewoonplaats postcodeenwoonplaats pcgemeente pcplaats cpville cpetville \
             cplocalite cpcommune codepostalville codepostaletville codepostallocalite \
             codepostaletlocalite codepostalcommune codepostaletcommune postcodecity \
             adresselocalite adressecommune adresseville adresgemeente adresplaats gem"
        }
        Field::Country => {
            "country countrycode land landcode landnaam pays codepays landercode \
             landerkennzeichen landeskennzeichen land1 countryname"
        }
        Field::Language => {
            "language lang languagecode locale taal taalcode taalkeuze taalrol taalstelsel \
             correspondentietaal voorkeurstaal langue codelangue rolelinguistique \
             regimelinguistique langagedecorrespondance languedecorrespondance langage \
             sprache sprachcode korrespondenzsprache sprachrolle spras sprsl langu"
        }
        Field::Email => {
            "email mail emailaddress mailaddress emailadres mailadres adressemail \
             adresseemail adresseelectronique courriel adressecourriel emailadresse \
             mailadresse smtpaddr epost"
        }
        Field::UserName => {
            "username user userid login loginname account accountname gebruikersnaam \
             gebruiker aanmeldnaam nomdutilisateur nomutilisateur utilisateur benutzername \
             benutzer anmeldename bname"
        }
        Field::PasswordHash => {
            "passwordhash passwordhashed hashedpassword passwordencoded encodedpassword \
             passwordencrypted encryptedpassword passwordcrypt \
             wachtwoordhash gehashtwachtwoord hashwachtwoord hashmotdepasse motdepassehash \
             motdepassehache passworthash"
        }
    }
}

/// Headers that mean a field where no better column gives it.
const SPARE: [(Field, &str); 4] = [
    (
        Field::GivenName,
        "initialen voorletters initiales initials initialien andrevoornamen tweedevoornaam \
         overigevoornamen middlename middlenames autresprenoms deuxiemeprenom weiterevornamen",
    ),
    (
        Field::FamilyName,
        "geboortenaam meisjesnaam nomdenaissance nomdejeunefille geburtsname birthname \
         maidenname",
    ),
    (Field::City, "deelgemeente sectie anciennecommune ortsteil ortschaft district wijk stadsdeel"),
    (Field::Country, "landiso isoland countryiso paysiso codepaysiso landnis"),
];

/// Columns that extracts have and that neither a card nor its address could lack.
const HARMLESS: &str = "geboortedatum geboorteplaats geboorteland geboortejaar geb \
    datumgeboorte datenaissance datedenaissance lieudenaissance paysdenaissance \
    anneedenaissance neele geburtsdatum geburtsort geburtsjahr geboren birthdate dateofbirth \
    dob birthplace placeofbirth birthday gbdat leeftijd age alter geslacht sexe genre sex \
    gender geschlecht gesch m v mv aanspreking aanspreektitel aanhef civilite titre titel \
    title anrede salutation academischetitel burgerlijkestaat burgerlijkstand etatcivil \
    familienstand maritalstatus famst nationaliteit nationalite nationalitat nationality \
    staatsangehorigkeit telefoon telefoonnummer tel telnr gsm gsmnummer mobiel mobielnummer \
    telephone tele numerodetelephone portable telefon telefonnummer handy mobil mobilnummer \
    mobile phone phonenumber fax faxnummer website opmerking opmerkingen commentaar nota \
    notities bemerking remarque remarques commentaire commentaires observations bemerkung \
    bemerkungen kommentar notiz anmerkung anmerkungen comment comments note notes remark \
    remarks memo status statut etat state actief actif aktiv active toestand zustand type \
    soort sorte art categorie kategorie category groep groupe gruppe group dienst service \
    abteilung afdeling departement department afdelingscode functie fonction funktion function \
    datum date inschrijvingsdatum datuminschrijving dateinscription inschreven lidsinds \
    einddatum begindatum startdatum datedebut datefin startdate enddate eintritt austritt \
    eintrittsdatum austrittsdatum aanvraagdatum datumaanvraag datedelademande antragsdatum \
    requestdate created createdat modified updated updatedat gewijzigd aangemaakt modifie \
    timestamp tijdstip niscode nis codenis codeins ins nisgemeente straatcode coderue \
    codestraat gemeentecode gemeindeschlussel agsnummer ags regio region province provincie \
    provinz kanton bundesland partij gezinshoofd gezinssamenstelling gezinsgrootte \
    samenstelling chefdemenage haushaltsvorstand kaartnummer idkaartnummer \
    numerodecarte numerocarteidentite kartennummer documentnummer rekeningnummer iban bic \
    btwnummer ondernemingsnummer kbonummer numerotva numeroentreprise nace rang volgorde \
    ordre reihenfolge volgnummer rijnummer lijnnummer laufnummer laufendenummer lfdnr lfnr \
    numerodordre numeroordre rownumber rownum rowid serienummer aantal nombre anzahl count \
    wijknummer x y latitude longitude lat lon mandt bukrs werks endda begda anred \
    activationcode activationaddress activationuntil";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_header_is_written_as_it_is_compared_and_means_one_thing() {
        let mut seen = std::collections::HashSet::new();
        let mut meet = |words: &'static str, meaning: Meaning| {
            for header in words.split_ascii_whitespace() {
                assert_eq!(fold(header), header);
                assert!(seen.insert(header), "{header} twice");
                assert_eq!(Meaning::of(header), meaning, "{header}");
            }
        };
        meet(REGISTER_NUMBERS, Meaning::Field(Field::Id));
        for field in Field::ALL {
            assert_eq!(field as usize, Field::ALL.iter().position(|f| *f == field).unwrap());
            if field != Field::Name {
                assert_eq!(Meaning::of(field.name()), Meaning::Field(field));
            }
            meet(headers(field), Meaning::Field(field));
        }
        for (field, words) in SPARE {
            meet(words, Meaning::OrNothing(field));
        }
        meet(HARMLESS, Meaning::Harmless);
    }

    #[test]
    fn house_number_and_box_are_told_from_the_number_of_a_box() {
        for (header, field) in [
            ("Nr/bus", Field::HouseNumber),
            ("Huisnr. / bus", Field::HouseNumber),
            ("N° + boîte", Field::HouseNumber),
            ("Numéro/Bte", Field::HouseNumber),
            ("Hausnr. & Bfk.", Field::HouseNumber),
            ("Numéro boîte", Field::Box),
            ("N° bte", Field::Box),
            ("N° de boîte", Field::Box),
            ("N° de maison", Field::HouseNumber),
            ("Adresse - numéro", Field::HouseNumber),
            ("Adresse - boîte", Field::Box),
            ("Adresse - rue", Field::Street),
            ("Straat/nr/bus", Field::Street),
            ("Gem.", Field::City),
        ] {
            assert_eq!(Meaning::of(header), Meaning::Field(field), "{header}");
        }
    }

    #[test]
    fn the_register_number_of_another_person_is_no_id() {
        for header in
            ["INSZ partner", "Rijksregisternummer gezinshoofd", "NISS du conjoint", "INSZ ouder 1"]
        {
            assert_eq!(Meaning::of(header), Meaning::Unknown, "{header}");
            // Chosen by the operator, it is still such a number.
            assert!(is_register_number_header(header), "{header}");
        }
    }

    #[test]
    fn a_register_number_is_named_in_each_language() {
        for header in [
            "INSZ",
            "NISS",
            "Rijksregisternummer",
            "Rijksregisternr.",
            "NN",
            "N° national",
            "Numéro de registre national",
            "Num. national",
            "Nationalregisternummer",
            "National register number",
            "BIS-nummer",
            "Nr. INSZ",
            "Identificatienummer (INSZ)",
            "INSZ / BIS",
            "NISS/BIS",
            "Rijksregisternummer van de titularis",
            "id_rijksregister",
            "No. registre nat.",
            "Num. reg. nat.",
            "NRN",
            "National ID",
        ] {
            assert!(is_register_number_header(header), "{header}");
            assert!(is_id_header(header), "{header}");
        }
        for header in ["id", "dossiernummer", "BSN", "matricule", ""] {
            assert!(!is_register_number_header(header), "{header}");
        }
    }
}
