//! German.

use super::PostTexts;

pub(super) const TEXTS: PostTexts = PostTexts {
    title: "Karte mit der Post",
    text: "Die Karte wird später gedruckt und verschickt. Name und Adresse werden aufbewahrt, bis die Karte gemacht ist.",
    street: "Straße und Hausnummer",
    postal_code: "Postleitzahl",
    city: "Ort",
    country: "Land",
    country_hint: "Nur für eine Adresse in einem anderen Land.",
    ask: "Karte beantragen",
    street_missing: "Geben Sie Straße und Hausnummer ein.",
    postal_code_missing: "Geben Sie die Postleitzahl ein.",
    city_missing: "Geben Sie den Ort ein.",
    wrong: "Das ist zu lang oder enthält ein Zeichen, das nicht gedruckt werden kann.",
    formula: "Kein Feld darf mit {sign} beginnen, denn eine Tabellenkalkulation würde es ausrechnen.",
    nameless: "Geben Sie zuerst den Namen ein.",
    asked: "Beantragt von {clerk} am {time}. Die nächste Serie nimmt sie mit.",
    exported: "Beantragt von {clerk} am {time}, in Serie {n}. Der Brief wird gemacht.",
    imported: "Der vorige Antrag wurde am {time} erledigt: Diese Karte ging mit der Post.",
    cancelled: "Der vorige Antrag wurde von {clerk} am {time} storniert.",
    cancel: "Antrag stornieren",
    cancel_exported: "Die Karte ist vielleicht schon gedruckt: Lassen Sie den Brief aus der Post nehmen.",
    to_person: "Zur Person",
};
