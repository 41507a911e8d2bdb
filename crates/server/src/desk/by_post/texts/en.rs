//! English.

use super::PostTexts;

pub(super) const TEXTS: PostTexts = PostTexts {
    title: "Card by post",
    text: "The card is printed and posted later. Name and address are kept until it is made.",
    street: "Street, number and box",
    postal_code: "Postal code",
    city: "City",
    country: "Country",
    country_hint: "Only for an address in another country.",
    ask: "Ask for the card",
    street_missing: "Enter street and number.",
    postal_code_missing: "Enter the postal code.",
    city_missing: "Enter the city.",
    wrong: "This is too long, or has a sign that can't be printed.",
    formula: "No field may begin with {sign}, since a spreadsheet would compute it.",
    nameless: "Enter the name first.",
    asked: "Asked by {clerk} on {time}. The next batch takes it.",
    exported: "Asked by {clerk} on {time}, in batch {n}. The letter is being made.",
    imported: "The request before was met on {time}: that card went by post.",
    cancelled: "The request before was cancelled by {clerk} on {time}.",
    cancel: "Cancel the request",
    cancel_exported: "The card may be printed already: have the letter taken out of the post.",
    to_person: "To the person",
};
