//! The sheet with the code that activates a digital key.

use jiff::civil::Date;
use tokenkaart_token::{holder::HolderName, language::Language};
use zeroize::Zeroizing;

use super::{error::HandoutError, page::Sheet};
use crate::layout::{FallbackFont, handout::Block};

/// What a holder needs to activate a digital key, beside the mail with the link. It has a code in
/// it: nothing shows it.
#[derive(Clone, Copy)]
pub struct ActivationSheet<'a> {
    /// Who hands it out.
    pub office: &'a str,
    /// The day.
    pub date: Date,
    /// The holder.
    pub name: &'a HolderName,
    /// What they sign in with.
    pub user_name: &'a str,
    /// Where the mail with the link goes.
    pub email: &'a str,
    /// The activation code, as it is typed.
    pub code: &'a str,
    /// The page where it is typed, without `https://`.
    pub address: &'a str,
    /// The last day on which it can be.
    pub until: Date,
    /// The number to call.
    pub phone: &'a str,
}

struct Words {
    title: &'static str,
    name: &'static str,
    user_name: &'static str,
    email: &'static str,
    until: &'static str,
    code: &'static str,
    how: &'static str,
    steps: [&'static str; 3],
    safe: &'static str,
    help: &'static str,
}

const NL: Words = Words {
    title: "Activeringscode",
    name: "Naam",
    user_name: "Gebruikersnaam",
    email: "E-mailadres",
    until: "Geldig tot en met",
    code: "Uw activeringscode",
    how: "Zo activeert u uw digitale sleutel",
    steps: [
        "1.\u{a0}Open de link in de e-mail die wij u nu sturen, of ga naar {address}.",
        "2.\u{a0}Geef de activeringscode van dit blad in.",
        "3.\u{a0}Volg de stappen op het scherm.",
    ],
    safe: "Geef dit blad aan niemand door. Vernietig het zodra u klaar bent.",
    help: "Hulp nodig? Bel {phone}.",
};

const FR: Words = Words {
    title: "Code d’activation",
    name: "Nom",
    user_name: "Nom d’utilisateur",
    email: "Adresse électronique",
    until: "Valable jusqu’au (inclus)",
    code: "Votre code d’activation",
    how: "Comment activer votre clé numérique",
    steps: [
        "1.\u{a0}Ouvrez le lien du courriel que nous vous envoyons maintenant, ou allez sur {address}.",
        "2.\u{a0}Saisissez le code d’activation de cette feuille.",
        "3.\u{a0}Suivez les étapes à l’écran.",
    ],
    safe: "Ne transmettez cette feuille à personne. Détruisez-la dès que vous avez terminé.",
    help: "Besoin d’aide\u{a0}? Appelez le {phone}.",
};

const DE: Words = Words {
    title: "Aktivierungscode",
    name: "Name",
    user_name: "Benutzername",
    email: "E-Mail-Adresse",
    until: "Gültig bis einschließlich",
    code: "Ihr Aktivierungscode",
    how: "So aktivieren Sie Ihren digitalen Schlüssel",
    steps: [
        "1.\u{a0}Öffnen Sie den Link in der E-Mail, die wir Ihnen jetzt senden, oder gehen Sie zu \
         {address}.",
        "2.\u{a0}Geben Sie den Aktivierungscode von diesem Blatt ein.",
        "3.\u{a0}Folgen Sie den Schritten auf dem Bildschirm.",
    ],
    safe: "Geben Sie dieses Blatt niemandem weiter. Vernichten Sie es, sobald Sie fertig sind.",
    help: "Brauchen Sie Hilfe? Rufen Sie {phone} an.",
};

const EN: Words = Words {
    title: "Activation code",
    name: "Name",
    user_name: "User name",
    email: "E-mail address",
    until: "Valid until the end of",
    code: "Your activation code",
    how: "How to activate your digital key",
    steps: [
        "1.\u{a0}Open the link in the e-mail that we are sending you now, or go to {address}.",
        "2.\u{a0}Enter the activation code from this sheet.",
        "3.\u{a0}Follow the steps on the screen.",
    ],
    safe: "Pass this sheet on to nobody. Destroy it as soon as you are done.",
    help: "Need help? Call {phone}.",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::Nl => &NL,
        Language::Fr => &FR,
        Language::De => &DE,
        Language::En => &EN,
    }
}

impl ActivationSheet<'_> {
    /// The page as a PDF, A4; the bytes wipe themselves.
    ///
    /// # Errors
    /// [`HandoutError`] when a text can't be set.
    pub fn print(
        &self,
        language: Language,
        fallback: Option<FallbackFont>,
    ) -> Result<Zeroizing<Vec<u8>>, HandoutError> {
        let Self { office, date, .. } = *self;
        let words = words(language);
        let until = language.date(self.until);
        let [first, second, third] =
            words.steps.map(|text| text.replace("{address}", self.address));
        // A number that is cut at the end of a line is misdialled.
        let help = words.help.replace("{phone}", &self.phone.replace(' ', "\u{a0}"));
        let sheet = Sheet { title: words.title, office, date, language, fallback };
        sheet.print(&[
            Block::Office(office),
            Block::Title(words.title),
            Block::Fact(words.name, self.name.as_str()),
            Block::Fact(words.user_name, self.user_name),
            Block::Fact(words.email, self.email),
            Block::Fact(words.until, &until),
            Block::Heading(words.code),
            Block::Code(self.code),
            Block::Heading(words.how),
            Block::Paragraph(&first),
            Block::Paragraph(&second),
            Block::Paragraph(&third),
            Block::Paragraph(words.safe),
            Block::Paragraph(&help),
        ])
    }
}
