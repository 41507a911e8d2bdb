//! The language of a page: as chosen, as the application wishes, of the account, of the browser.

use tokenkaart_token::language::Language;

use crate::openid::language as of_tag;

/// The best of the languages that a browser takes (RFC 9110 §12.5.4); Dutch where there is none.
pub(super) fn accepted(header: &str) -> Option<Language> {
    let mut best: Option<(u16, Language)> = None;
    for item in header.split(',').take(32) {
        let (tag, weight) = item.split_once(';').unwrap_or((item, ""));
        let Some(language) = of_tag(tag.trim()) else { continue };
        let Some(weight) = quality(weight) else { continue };
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// `q=0.8` in thousandths; `None` for what is not wanted, or is no weight.
fn quality(text: &str) -> Option<u16> {
    let text = text.trim();
    if text.is_empty() {
        return Some(1000);
    }
    let weight: f32 = text.strip_prefix("q=")?.trim().parse().ok()?;
    // Between 0 and 1000.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (weight > 0.0 && weight <= 1.0).then_some((weight * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_language_that_a_browser_takes_is_taken() {
        assert_eq!(accepted("en;q=0.5, fr-BE, nl;q=0.9"), Some(Language::Fr));
        assert_eq!(accepted("it, de;q=0.1, en;q=0"), Some(Language::De));
        for nothing in ["", "*", "it", "en;q=2", "en;q=x", "en;q=NaN"] {
            assert_eq!(accepted(nothing), None, "{nothing}");
        }
    }
}
