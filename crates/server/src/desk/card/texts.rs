//! What the pages of a card say, in four languages. A text that one of them lacks doesn't compile.
//!
//! `{serial}` stands for a card, `{clerk}` for who did it, `{time}` and `{until}` for moments.

mod de;
mod en;
mod fr;
mod nl;

use tokenkaart_token::language::Language;

/// The texts of a language.
pub(super) struct CardTexts {
    pub(super) see: &'static str,
    pub(super) see_text: &'static str,
    pub(super) picture_alt: &'static str,
    pub(super) look_at: &'static str,
    pub(super) old_ends: &'static str,
    pub(super) remark_small: &'static str,
    pub(super) remark_lines: &'static str,
    pub(super) remark_font: &'static str,
    pub(super) no_sign: &'static str,
    pub(super) too_long: &'static str,
    pub(super) not_possible: &'static str,
    pub(super) print: &'static str,
    pub(super) print_hint: &'static str,
    pub(super) printed_next: &'static str,
    pub(super) outcome: &'static str,
    pub(super) outcome_text: &'static str,
    pub(super) came_out: &'static str,
    pub(super) document: &'static str,
    pub(super) document_hint: &'static str,
    pub(super) document_missing: &'static str,
    pub(super) identity_card: &'static str,
    pub(super) passport: &'static str,
    pub(super) residence_permit: &'static str,
    pub(super) other_document: &'static str,
    pub(super) hand_over: &'static str,
    pub(super) spoilt: &'static str,
    pub(super) spoilt_text: &'static str,
    pub(super) spoil: &'static str,
    pub(super) in_use: &'static str,
    pub(super) was_in_use: &'static str,
    pub(super) in_use_text: &'static str,
    pub(super) receipt: &'static str,
    pub(super) activation_begun: &'static str,
    pub(super) activation_lacks: &'static str,
    pub(super) no_mail: &'static str,
    pub(super) user_name_taken: &'static str,
    pub(super) email_taken: &'static str,
    pub(super) over: &'static str,
    pub(super) over_spoilt: &'static str,
    pub(super) over_lapsed: &'static str,
    pub(super) over_other: &'static str,
    pub(super) another: &'static str,
    pub(super) to_person: &'static str,
}

/// The texts of a language.
pub(super) const fn card_texts(language: Language) -> &'static CardTexts {
    match language {
        Language::Nl => &nl::TEXTS,
        Language::Fr => &fr::TEXTS,
        Language::De => &de::TEXTS,
        Language::En => &en::TEXTS,
    }
}
