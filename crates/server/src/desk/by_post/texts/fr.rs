//! French.

use super::PostTexts;

pub(super) const TEXTS: PostTexts = PostTexts {
    title: "Carte par la poste",
    text: "La carte sera imprimée et envoyée plus tard. Le nom et l’adresse sont conservés jusqu’à ce que la carte soit faite.",
    street: "Rue, numéro et boîte",
    postal_code: "Code postal",
    city: "Localité",
    country: "Pays",
    country_hint: "Seulement pour une adresse dans un autre pays.",
    ask: "Demander la carte",
    street_missing: "Saisissez la rue et le numéro.",
    postal_code_missing: "Saisissez le code postal.",
    city_missing: "Saisissez la localité.",
    wrong: "C’est trop long, ou contient un signe qui ne peut pas être imprimé.",
    formula: "Aucun champ ne peut commencer par {sign}, car un tableur le calculerait.",
    nameless: "Saisissez d’abord le nom.",
    asked: "Demandée par {clerk} le {time}. La prochaine série la prendra.",
    exported: "Demandée par {clerk} le {time}, dans la série {n}. La lettre est en préparation.",
    imported: "La demande précédente a été traitée le {time}\u{a0}: cette carte est partie par la poste.",
    cancelled: "La demande précédente a été annulée par {clerk} le {time}.",
    cancel: "Annuler la demande",
    cancel_exported: "La carte est peut-être déjà imprimée\u{a0}: faites retirer la lettre du courrier.",
    to_person: "Vers la personne",
};
