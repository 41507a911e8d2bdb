//! The receipt that a holder signs when a card is handed over.

use jiff::civil::Date;
use tokenkaart_token::{holder::HolderName, language::Language, token::Serial};
use zeroize::Zeroizing;

use super::{error::HandoutError, page::Sheet};
use crate::layout::{FallbackFont, handout::Block};

/// What a holder signs for.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    /// Who hands the card over.
    pub office: &'a str,
    /// The day.
    pub date: Date,
    /// The holder.
    pub name: &'a HolderName,
    /// The card's serial.
    pub serial: &'a Serial,
    /// Whom to call when the card is lost.
    pub phone: Option<&'a str>,
}

struct Words {
    title: &'static str,
    name: &'static str,
    serial: &'static str,
    date: &'static str,
    office: &'static str,
    received: &'static str,
    duties: &'static str,
    lost: &'static str,
    place_and_date: &'static str,
    signature: &'static str,
    clerk: &'static str,
}

const NL: Words = Words {
    title: "Ontvangstbewijs",
    name: "Naam",
    serial: "Serienummer",
    date: "Datum",
    office: "Afgegeven door",
    received: "Ik heb vandaag een tokenkaart met 24 codes ontvangen. Het serienummer op de kaart is \
               hetzelfde als hierboven, en mijn naam staat er juist op. Een oudere kaart werkt niet \
               meer.",
    duties: "Ik bewaar de kaart veilig en geef ze aan niemand door. Ik schrijf er geen wachtwoord of \
             gebruikersnaam op.",
    lost: "Is de kaart verloren of gestolen, dan meld ik dat meteen",
    place_and_date: "Plaats en datum",
    signature: "Handtekening van de houder",
    clerk: "Handtekening van de medewerker",
};

const FR: Words = Words {
    title: "Accusé de réception",
    name: "Nom",
    serial: "Numéro de série",
    date: "Date",
    office: "Remise par",
    received: "J’ai reçu aujourd’hui une carte de 24 codes. Le numéro de série imprimé sur la carte \
               est celui qui figure ci-dessus et mon nom y est correct. Une carte plus ancienne ne \
               fonctionne plus.",
    duties: "Je conserve la carte en lieu sûr et je ne la transmets à personne. Je n’y écris ni mot de \
             passe ni nom d’utilisateur.",
    lost: "En cas de perte ou de vol de la carte, je le signale immédiatement",
    place_and_date: "Lieu et date",
    signature: "Signature du titulaire",
    clerk: "Signature de l’agent",
};

const DE: Words = Words {
    title: "Empfangsbestätigung",
    name: "Name",
    serial: "Seriennummer",
    date: "Datum",
    office: "Ausgehändigt von",
    received: "Ich habe heute eine Codekarte mit 24 Codes erhalten. Die Seriennummer auf der Karte ist \
               die oben genannte, und mein Name steht richtig darauf. Eine ältere Karte gilt nicht mehr.",
    duties: "Ich bewahre die Karte sicher auf und gebe sie niemandem weiter. Ich schreibe weder Passwort \
             noch Benutzernamen darauf.",
    lost: "Einen Verlust oder Diebstahl der Karte melde ich sofort",
    place_and_date: "Ort und Datum",
    signature: "Unterschrift der Inhaberin oder des Inhabers",
    clerk: "Unterschrift der Mitarbeiterin oder des Mitarbeiters",
};

const EN: Words = Words {
    title: "Receipt",
    name: "Name",
    serial: "Serial number",
    date: "Date",
    office: "Handed over by",
    received: "I have received a token card with 24 codes today. The serial number on the card is the \
               one above, and my name is right on it. An older card no longer works.",
    duties: "I keep the card safe and pass it on to nobody. I write neither a password nor a user name \
             on it.",
    lost: "If the card is lost or stolen, I report it at once",
    place_and_date: "Place and date",
    signature: "Signature of the holder",
    clerk: "Signature of the clerk",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::Nl => &NL,
        Language::Fr => &FR,
        Language::De => &DE,
        Language::En => &EN,
    }
}

impl Receipt<'_> {
    /// The page as a PDF, A4.
    ///
    /// # Errors
    /// [`HandoutError`] when a text can't be set.
    pub fn print(
        &self,
        language: Language,
        fallback: Option<FallbackFont>,
    ) -> Result<Zeroizing<Vec<u8>>, HandoutError> {
        let Self { office, date, name, serial, phone } = *self;
        let words = words(language);
        let (serial, day) = (serial.to_string(), language.date(date));
        let lost = match phone {
            // A number that is cut at the end of a line is misdialled.
            Some(phone) => format!("{}: {}.", words.lost, phone.replace(' ', "\u{a0}")),
            None => format!("{}.", words.lost),
        };
        let sheet = Sheet { title: words.title, office, date, language, fallback };
        sheet.print(&[
            Block::Office(office),
            Block::Title(words.title),
            Block::Fact(words.name, name.as_str()),
            Block::Fact(words.serial, &serial),
            Block::Fact(words.date, &day),
            Block::Fact(words.office, office),
            Block::Gap,
            Block::Paragraph(words.received),
            Block::Paragraph(words.duties),
            Block::Paragraph(&lost),
            Block::Blank(words.place_and_date),
            Block::Blank(words.signature),
            Block::Blank(words.clerk),
        ])
    }
}
