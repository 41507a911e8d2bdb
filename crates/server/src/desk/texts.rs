//! What the desk says, in four languages. A text that one of them lacks doesn't compile.
//!
//! `{name}` stands for a person, `{role}` for what they may do, `{key}` for a key as it is shown, `{n}`
//! for a number, `{time}` for a moment.

mod all;
mod de;
mod en;
mod fr;
mod nl;

use tokenkaart_token::language::Language;

pub(super) use self::all::Texts;

/// The texts of a language.
pub(super) const fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Nl => &nl::TEXTS,
        Language::Fr => &fr::TEXTS,
        Language::De => &de::TEXTS,
        Language::En => &en::TEXTS,
    }
}
