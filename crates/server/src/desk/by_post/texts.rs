//! What the pages of a card by post say, in four languages. A text that one of them lacks doesn't compile.
//!
//! `{clerk}` stands for who did it, `{time}` for a moment, `{n}` for a batch.

mod de;
mod en;
mod fr;
mod nl;

use tokenkaart_token::language::Language;

/// The texts of a language.
pub(super) struct PostTexts {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) street: &'static str,
    pub(super) postal_code: &'static str,
    pub(super) city: &'static str,
    pub(super) country: &'static str,
    pub(super) country_hint: &'static str,
    pub(super) ask: &'static str,
    pub(super) street_missing: &'static str,
    pub(super) postal_code_missing: &'static str,
    pub(super) city_missing: &'static str,
    pub(super) wrong: &'static str,
    pub(super) formula: &'static str,
    pub(super) nameless: &'static str,
    pub(super) asked: &'static str,
    pub(super) exported: &'static str,
    pub(super) imported: &'static str,
    pub(super) cancelled: &'static str,
    pub(super) cancel: &'static str,
    pub(super) cancel_exported: &'static str,
    pub(super) to_person: &'static str,
}

/// The texts of a language.
pub(super) const fn post_texts(language: Language) -> &'static PostTexts {
    match language {
        Language::Nl => &nl::TEXTS,
        Language::Fr => &fr::TEXTS,
        Language::De => &de::TEXTS,
        Language::En => &en::TEXTS,
    }
}
