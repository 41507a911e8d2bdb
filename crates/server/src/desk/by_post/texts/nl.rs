//! Dutch.

use super::PostTexts;

pub(super) const TEXTS: PostTexts = PostTexts {
    title: "Kaart per post",
    text: "De kaart wordt later gedrukt en opgestuurd. Naam en adres worden bewaard tot de kaart gemaakt is.",
    street: "Straat, nummer en bus",
    postal_code: "Postcode",
    city: "Gemeente",
    country: "Land",
    country_hint: "Alleen voor een adres in een ander land.",
    ask: "Kaart aanvragen",
    street_missing: "Vul straat en nummer in.",
    postal_code_missing: "Vul de postcode in.",
    city_missing: "Vul de gemeente in.",
    wrong: "Dit is te lang, of bevat een teken dat niet gedrukt kan worden.",
    formula: "Geen veld mag met {sign} beginnen, want een rekenblad zou het uitrekenen.",
    nameless: "Voer eerst de naam in.",
    asked: "Aangevraagd door {clerk} op {time}. De volgende reeks neemt ze mee.",
    exported: "Aangevraagd door {clerk} op {time}, in reeks {n}. De brief wordt gemaakt.",
    imported: "De vorige aanvraag is afgehandeld op {time}: die kaart is met de post meegegeven.",
    cancelled: "De vorige aanvraag is geannuleerd door {clerk} op {time}.",
    cancel: "Aanvraag annuleren",
    cancel_exported: "De kaart is misschien al gedrukt: laat de brief uit de post halen.",
    to_person: "Naar de persoon",
};
