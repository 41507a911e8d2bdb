//! Texts with their placeholders filled in, or left out where what they name was not given.

use std::borrow::Cow;

use tokenkaart_token::{holder::Holder, language::Language};

use super::{error::LayoutError, options::CardOptions};
use crate::{design::TextField, read};

/// What a text says of one card: of whom it is, and which.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) holder: &'a Holder,
    pub(super) serial: &'a str,
}

/// Whether a text differs from card to card.
pub(super) fn is_own(field: &TextField) -> bool {
    ["name", "serial", "id"].iter().any(|placeholder| field.names(placeholder))
}

/// A field's text with its placeholders filled in: its content, or else what is said without what
/// that names; empty when it is left out.
pub(super) fn filled(
    options: &CardOptions,
    field: &TextField,
    language: Language,
    subject: Option<Subject<'_>>,
) -> Result<String, LayoutError> {
    let value = |placeholder: &str| value(options, language, subject, placeholder);
    let mut lacking = None;
    for text in field.contents(language) {
        let missing = placeholders(text).find(|placeholder| value(placeholder).is_none());
        match missing {
            None => return Ok(fill(text, value)),
            Some(missing) => lacking = lacking.or(Some(missing)),
        }
    }
    match lacking {
        Some(missing) if !field.optional => Err(if missing == "id" && subject.is_some() {
            LayoutError::RegisterNumber { field: field.key.clone() }
        } else {
            LayoutError::NotGiven { field: field.key.clone(), placeholder: missing.to_owned() }
        }),
        _ => Ok(String::new()),
    }
}

/// What a text names in braces, in the order of its words.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// What stands in the place of a placeholder, if it was given.
fn value<'a>(
    options: &'a CardOptions,
    language: Language,
    subject: Option<Subject<'a>>,
    placeholder: &str,
) -> Option<Cow<'a, str>> {
    match placeholder {
        "name" => subject.map(|subject| subject.holder.name.as_str().into()),
        "serial" => subject.map(|subject| subject.serial.into()),
        // Whoever finds a card learns nothing from it that opens a register.
        "id" => {
            let id = subject?.holder.id.as_str();
            read::as_register_number(id).is_none().then(|| id.into())
        }
        "date" => Some(language.date(options.date).into()),
        "expires" => {
            let last = options.expires?.yesterday().ok()?;
            Some(language.date(last).into())
        }
        "url" => sign_in_address(options.url.as_deref()?).map(Into::into),
        "office" => options.office.as_deref().map(Into::into),
        // A number that is cut at the end of a line is misdialled.
        "phone" => options.phone.as_deref().map(|phone| phone.replace(' ', "\u{a0}").into()),
        "reply_to" => options.reply_to.as_deref().map(Into::into),
        _ => None,
    }
}

/// What is read in the place of the QR code of a sign-in page.
pub(super) fn spoken_qr(url: &str, language: Language) -> String {
    let code = match language {
        Language::Nl => "QR-code van de aanmeldpagina",
        Language::Fr => "Code QR de la page de connexion",
        Language::De => "QR-Code der Anmeldeseite",
        Language::En => "QR code of the sign-in page",
    };
    match sign_in_address(url) {
        Some(address) => format!("{code}: {address}"),
        None => code.to_owned(),
    }
}

/// A sign-in page as people type it: without `https://`, and without what names the card.
fn sign_in_address(url: &str) -> Option<&str> {
    let address = url.strip_prefix("https://").unwrap_or(url);
    let address = address.split(['?', '#']).next()?;
    let address = match address.split_once("{serial}") {
        Some((before, _)) => before.rsplit_once('/')?.0,
        None => address,
    };
    Some(address.trim_end_matches('/')).filter(|address| !address.is_empty())
}

/// Fills in `{placeholders}` in one pass, so that a name with braces in it is left alone.
fn fill<'a>(text: &str, value: impl Fn(&str) -> Option<Cow<'a, str>>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(&value(name).unwrap_or_default());
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_address_is_what_people_type() {
        for (url, typed) in [
            ("https://sign-in.example.be/?s={serial}", Some("sign-in.example.be")),
            ("https://example.be/aanmelden/", Some("example.be/aanmelden")),
            ("https://example.be/t/{serial}/x", Some("example.be/t")),
            ("https://example.be/t?s={serial}#top", Some("example.be/t")),
            ("https://{serial}.example.be/", None),
        ] {
            assert_eq!(sign_in_address(url), typed, "{url}");
        }
    }
}
