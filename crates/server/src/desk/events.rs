//! What happened, in words: of each event of the audit that is about a person or the desk.

use tokenkaart_auth::store::audit::AuditRow;
use tokenkaart_token::language::Language;

use crate::pages::fill;

/// Of each event its words in Dutch, French, German and English; `{n}` stands for a position.
const EVENTS: &[(&str, [&str; 4])] = &[
    (
        "challenged",
        ["code {n} gevraagd", "code {n} demandé", "Code {n} verlangt", "code {n} asked for"],
    ),
    (
        "accepted",
        [
            "code {n} was juist",
            "le code {n} était correct",
            "Code {n} war richtig",
            "code {n} was right",
        ],
    ),
    (
        "refused",
        [
            "het antwoord op code {n} is geweigerd",
            "la réponse au code {n} a été refusée",
            "die Antwort auf Code {n} wurde abgelehnt",
            "the answer to code {n} was refused",
        ],
    ),
    ("locked", ["kaart geblokkeerd", "carte bloquée", "Karte gesperrt", "card locked"]),
    ("unlocked", ["blokkering opgeheven", "carte débloquée", "Sperre aufgehoben", "card unlocked"]),
    ("suspended", ["kaart opgeschort", "carte suspendue", "Karte ausgesetzt", "card suspended"]),
    (
        "resumed",
        ["opschorting opgeheven", "suspension levée", "Aussetzung aufgehoben", "suspension lifted"],
    ),
    ("revoked", ["kaart ingetrokken", "carte révoquée", "Karte widerrufen", "card revoked"]),
    ("expired", ["kaart verlopen", "carte expirée", "Karte abgelaufen", "card expired"]),
    ("account made", ["account gemaakt", "compte créé", "Konto angelegt", "account made"]),
    (
        "password accepted",
        ["wachtwoord juist", "mot de passe correct", "Passwort richtig", "password right"],
    ),
    (
        "password refused",
        ["wachtwoord geweigerd", "mot de passe refusé", "Passwort abgelehnt", "password refused"],
    ),
    ("signed in", ["aangemeld", "connexion", "angemeldet", "signed in"]),
    ("signed out", ["afgemeld", "déconnexion", "abgemeldet", "signed out"]),
    (
        "granted",
        [
            "een toepassing kreeg een code",
            "une application a reçu un code",
            "eine Anwendung erhielt einen Code",
            "an application was given a code",
        ],
    ),
    (
        "redeemed",
        [
            "de toepassing bracht haar code binnen",
            "l’application a remis son code",
            "die Anwendung löste ihren Code ein",
            "the application brought its code in",
        ],
    ),
    (
        "withdrawn",
        [
            "een code van een toepassing kwam twee keer",
            "le code d’une application est venu deux fois",
            "der Code einer Anwendung kam zweimal",
            "the code of an application came twice",
        ],
    ),
    (
        "card asked",
        [
            "nieuwe kaart gevraagd",
            "nouvelle carte demandée",
            "neue Karte verlangt",
            "new card asked for",
        ],
    ),
    (
        "warned",
        [
            "gewaarschuwd voor de laatste dag met de token",
            "averti du dernier jour du token",
            "vor dem letzten Tag mit dem Token gewarnt",
            "told of the last day with the token",
        ],
    ),
    ("mail sent", ["mail verstuurd", "e-mail envoyé", "E-Mail gesendet", "mail sent"]),
    (
        "mail given up",
        ["mail niet verstuurd", "e-mail non envoyé", "E-Mail nicht gesendet", "mail not sent"],
    ),
    (
        "code mailed",
        [
            "code per e-mail verstuurd",
            "code envoyé par e-mail",
            "Code per E-Mail gesendet",
            "code sent by e-mail",
        ],
    ),
    (
        "key active",
        [
            "digitale sleutel geactiveerd",
            "clé numérique activée",
            "digitaler Schlüssel aktiviert",
            "digital key activated",
        ],
    ),
    (
        "key removed",
        [
            "digitale sleutel verwijderd",
            "clé numérique supprimée",
            "digitaler Schlüssel entfernt",
            "digital key removed",
        ],
    ),
    (
        "key accepted",
        [
            "code van een digitale sleutel juist",
            "code d’une clé numérique correct",
            "Code eines digitalen Schlüssels richtig",
            "code of a digital key right",
        ],
    ),
    (
        "key refused",
        [
            "code van een digitale sleutel geweigerd",
            "code d’une clé numérique refusé",
            "Code eines digitalen Schlüssels abgelehnt",
            "code of a digital key refused",
        ],
    ),
    (
        "key unlocked",
        [
            "foute codes van een digitale sleutel vergeten",
            "codes erronés d’une clé numérique oubliés",
            "falsche Codes eines digitalen Schlüssels vergessen",
            "wrong codes of a digital key forgotten",
        ],
    ),
    (
        "replaced",
        [
            "kaart vervangen door een andere sleutel",
            "carte remplacée par une autre clé",
            "Karte durch einen anderen Schlüssel ersetzt",
            "card replaced by another key",
        ],
    ),
    (
        "address confirmed",
        [
            "e-mailadres bevestigd",
            "adresse e-mail confirmée",
            "E-Mail-Adresse bestätigt",
            "e-mail address confirmed",
        ],
    ),
    (
        "address changed",
        [
            "e-mailadres gewijzigd",
            "adresse e-mail modifiée",
            "E-Mail-Adresse geändert",
            "e-mail address changed",
        ],
    ),
    (
        "password changed",
        ["wachtwoord gewijzigd", "mot de passe modifié", "Passwort geändert", "password changed"],
    ),
    (
        "language changed",
        ["taal gewijzigd", "langue modifiée", "Sprache geändert", "language changed"],
    ),
    (
        "user name changed",
        [
            "gebruikersnaam gewijzigd",
            "nom d’utilisateur modifié",
            "Benutzername geändert",
            "user name changed",
        ],
    ),
    (
        "activation begun",
        [
            "activeringscode gegeven",
            "code d’activation donné",
            "Aktivierungscode gegeben",
            "activation code given",
        ],
    ),
    (
        "activation accepted",
        [
            "activeringscode juist",
            "code d’activation correct",
            "Aktivierungscode richtig",
            "activation code right",
        ],
    ),
    (
        "activation refused",
        [
            "activeringscode geweigerd",
            "code d’activation refusé",
            "Aktivierungscode abgelehnt",
            "activation code refused",
        ],
    ),
    ("activated", ["account geactiveerd", "compte activé", "Konto aktiviert", "account activated"]),
    (
        "card printed",
        [
            "kaart gedrukt aan het loket",
            "carte imprimée au guichet",
            "Karte am Schalter gedruckt",
            "card printed at the desk",
        ],
    ),
    (
        "card handed over",
        ["kaart overhandigd", "carte remise", "Karte ausgehändigt", "card handed over"],
    ),
    ("card spoilt", ["kaart mislukt", "carte ratée", "Karte misslungen", "card spoilt"]),
    (
        "card lapsed",
        [
            "kaart niet op tijd bevestigd",
            "carte non confirmée à temps",
            "Karte nicht rechtzeitig bestätigt",
            "card not confirmed in time",
        ],
    ),
    (
        "post asked",
        [
            "kaart per post gevraagd",
            "carte par la poste demandée",
            "Karte per Post verlangt",
            "card by post asked for",
        ],
    ),
    (
        "post exported",
        [
            "kaarten per post uitgevoerd",
            "cartes par la poste exportées",
            "Karten per Post ausgeführt",
            "cards by post exported",
        ],
    ),
    (
        "post cancelled",
        [
            "kaart per post geannuleerd",
            "carte par la poste annulée",
            "Karte per Post storniert",
            "card by post cancelled",
        ],
    ),
    (
        "post closed",
        [
            "kaart per post afgehandeld",
            "carte par la poste clôturée",
            "Karte per Post erledigt",
            "card by post closed",
        ],
    ),
    (
        "person forgotten",
        ["persoon vergeten", "personne oubliée", "Person vergessen", "person forgotten"],
    ),
    (
        "day list kept",
        [
            "bestand van de dag opgeladen",
            "fichier du jour chargé",
            "Datei des Tages hochgeladen",
            "file of the day uploaded",
        ],
    ),
    (
        "day list forgotten",
        [
            "bestand van de dag gewist",
            "fichier du jour effacé",
            "Datei des Tages gelöscht",
            "file of the day deleted",
        ],
    ),
    (
        "clerk added",
        [
            "toegang tot het loket gegeven",
            "accès au guichet donné",
            "Zugang zum Schalter gegeben",
            "access to the desk given",
        ],
    ),
    (
        "clerk stopped",
        [
            "toegang tot het loket weggenomen",
            "accès au guichet retiré",
            "Zugang zum Schalter genommen",
            "access to the desk taken away",
        ],
    ),
    (
        "screen locked",
        ["scherm vergrendeld", "écran verrouillé", "Bildschirm gesperrt", "screen locked"],
    ),
    ("screen opened", ["scherm geopend", "écran ouvert", "Bildschirm geöffnet", "screen opened"]),
];

/// A row of the audit in words; an event that has none is named as the audit names it.
pub(super) fn in_words(row: &AuditRow, language: Language) -> String {
    let words = EVENTS.iter().find(|(event, _)| *event == row.event);
    let said = words.map_or(row.event.as_str(), |(_, words)| words[language as usize]);
    let position = row.position.map(|position| position.to_string()).unwrap_or_default();
    let said = fill(said, &[("n", &position)]);
    if row.detail.is_empty() { said } else { format!("{said} ({})", row.detail) }
}
