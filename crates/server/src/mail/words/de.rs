//! German.

use super::MailTexts;

pub(super) const TEXTS: MailTexts = MailTexts {
    hello: "Guten Tag {user},",
    code_subject: "Ihr Code für {office}",
    code_sign_in: "Jemand hat Ihren Benutzernamen und Ihr Passwort eingegeben, um sich bei {name} anzumelden: {time}.",
    code_own_page: "Jemand hat Ihren Benutzernamen und Ihr Passwort eingegeben, um sich bei Ihrem Konto anzumelden: {time}.",
    code_address: "Jemand hat diese E-Mail-Adresse für Ihr Konto eingegeben: {time}.",
    code_password: "Jemand möchte ein neues Passwort für Ihr Konto wählen: {time}.",
    code_is: "Waren Sie das? Dann tippen Sie diesen Code auf der Seite, die danach fragt. Er gilt zehn Minuten, und nur im selben Browser:",
    code_never: "Sagen Sie diesen Code niemandem, auch nicht jemandem, der sagt, dass er für {office} anruft.",
    code_not_you: "Waren Sie das nicht? Dann benutzen Sie den Code nicht. Vielleicht kennt jemand Ihr Passwort: wählen Sie ein neues, und rufen Sie {line} an.",
    app: "Sicherheitscode über App",
    mail: "Sicherheitscode über E-Mail",
    token: "Sicherheitscode über Token",
    active_subject: "Ihr neuer digitaler Schlüssel ist aktiv",
    active: "Ab jetzt können Sie sich mit diesem digitalen Schlüssel anmelden: {name}.",
    token_ended: "Ihr Token ist beendet. Die Codes auf der Karte gelten nicht mehr: Sie können die Karte vernichten.",
    lost_subject: "Ihr Token ist beendet",
    lost: "Sie haben Ihren Token als verloren gemeldet, oder jemand, der Ihr Passwort kennt. Niemand kann sich mehr mit der Karte anmelden.",
    removed_subject: "Ein digitaler Schlüssel wurde entfernt",
    removed: "Sie können sich nicht mehr mit diesem digitalen Schlüssel anmelden: {name}.",
    address_subject: "Ihre E-Mail-Adresse wurde geändert",
    address: "Ab jetzt schreiben wir Ihnen an diese Adresse: {address}.",
    password_subject: "Ihr Passwort wurde geändert",
    password: "Ab jetzt melden Sie sich mit dem neuen Passwort an.",
    language_subject: "Ihre Sprache wurde geändert",
    language: "Ab jetzt schreiben wir Ihnen auf Deutsch.",
    not_you: "Waren Sie das nicht? Dann benutzt vielleicht jemand anders Ihr Konto. Rufen Sie sofort {line} an. Schalter: {desk}.",
    automatic: "{office} hat diese E-Mail automatisch gesendet; niemand liest eine Antwort. Brauchen Sie Hilfe? Rufen Sie {line} an.",
};
