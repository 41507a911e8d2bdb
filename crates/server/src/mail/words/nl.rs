//! Dutch.

use super::MailTexts;

pub(super) const TEXTS: MailTexts = MailTexts {
    hello: "Dag {user},",
    code_subject: "Uw code voor {office}",
    code_sign_in: "Iemand heeft uw gebruikersnaam en uw wachtwoord ingevuld om zich aan te melden bij {name}: {time}.",
    code_own_page: "Iemand heeft uw gebruikersnaam en uw wachtwoord ingevuld om zich aan te melden bij uw account: {time}.",
    code_address: "Iemand heeft dit e-mailadres ingevuld voor uw account: {time}.",
    code_password: "Iemand wil een nieuw wachtwoord kiezen voor uw account: {time}.",
    code_is: "Was u dat? Typ dan deze code op de pagina die erom vraagt. De code werkt tien minuten, alleen in dezelfde browser:",
    code_never: "Vertel deze code aan niemand, ook niet aan iemand die zegt dat hij belt voor {office}.",
    code_not_you: "Was u dat niet? Gebruik de code dan niet. Misschien kent iemand uw wachtwoord: kies een nieuw, en bel {line}.",
    app: "Beveiligingscode via app",
    mail: "Beveiligingscode via e-mail",
    token: "Beveiligingscode via token",
    active_subject: "Uw nieuwe digitale sleutel is actief",
    active: "Vanaf nu kunt u zich aanmelden met deze digitale sleutel: {name}.",
    token_ended: "Uw token is beëindigd. De codes op de kaart werken niet meer: u mag de kaart vernietigen.",
    lost_subject: "Uw token is beëindigd",
    lost: "U hebt het verlies van uw token gemeld, of iemand die uw wachtwoord kent. Niemand kan zich nog aanmelden met de kaart.",
    removed_subject: "Een digitale sleutel is verwijderd",
    removed: "U kunt zich niet meer aanmelden met deze digitale sleutel: {name}.",
    address_subject: "Uw e-mailadres is gewijzigd",
    address: "Vanaf nu schrijven we u op dit adres: {address}.",
    password_subject: "Uw wachtwoord is gewijzigd",
    password: "Vanaf nu meldt u zich aan met het nieuwe wachtwoord.",
    language_subject: "Uw taal is gewijzigd",
    language: "Vanaf nu schrijven we u in het Nederlands.",
    not_you: "Was u dat niet? Dan gebruikt misschien iemand anders uw account. Bel meteen {line}, of ga naar {desk}.",
    automatic: "{office} stuurde deze mail automatisch; niemand leest een antwoord erop. Hulp nodig? Bel {line}.",
};
