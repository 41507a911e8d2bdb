//! Cookies: `__Host-` ones, which no other host and no plain connection can set (RFC 6265bis
//! §4.1.3.2).

/// The sign-in under way.
pub(super) const SIGN_IN: &str = "__Host-sign-in";
/// Who is signed in.
pub(super) const SESSION: &str = "__Host-session";
/// A change of the account that is under way.
pub(super) const CHANGE: &str = "__Host-change";
/// The link of an activation that was opened.
pub(super) const LINK: &str = "__Host-link";
/// The code of an activation that was typed before, sealed.
pub(super) const CODE: &str = "__Host-code";
/// What form tokens are made of.
pub(super) const FORM: &str = "__Host-form";
/// The language that was chosen.
pub(super) const LANGUAGE: &str = "__Host-language";

/// The value of a cookie in the header of a request.
pub(crate) fn find<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    header.split(';').find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    })
}

/// Sets a cookie until the browser is closed.
pub(crate) fn set(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// Sets a cookie for a year.
pub(crate) fn keep(name: &str, value: &str) -> String {
    format!("{}; Max-Age=31536000", set(name, value))
}

/// Takes a cookie away.
pub(crate) fn delete(name: &str) -> String {
    format!("{}; Max-Age=0", set(name, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let header = "a=1; __Host-session=x=y;__Host-form=; b";
        assert_eq!(find(header, SESSION), Some("x=y"));
        assert_eq!(find(header, FORM), Some(""));
        assert_eq!(find(header, "Host-session"), None);
        assert_eq!(find("", SESSION), None);
    }
}
