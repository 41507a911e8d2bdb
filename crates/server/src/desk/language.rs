//! `GET /language`: another language is chosen, on whichever page.

use axum::response::Response;

use crate::{
    openid::language as of_tag,
    sign_in::{Visit, lasting_cookie, redirect, with_cookie},
};

/// The language that was chosen; the sign-in service knows it by the same name.
const LANGUAGE: &str = "__Host-language";
/// No page has a longer address, in bytes.
const LONGEST: usize = 4096;

/// `GET /language`
pub(super) fn choose(visit: &Visit) -> Response {
    let parameters = visit.parameters();
    let back = redirect(own_page(parameters.get("back")));
    match parameters.get("to").and_then(of_tag) {
        Some(language) => with_cookie(back, &lasting_cookie(LANGUAGE, language.code())),
        None => back,
    }
}

/// A page of the desk that somebody is to come back to, or its first one. After two slashes, of
/// whichever kind, a browser expects a host.
pub(super) fn own_page(said: Option<&str>) -> &str {
    let is_own = |path: &&str| {
        path.len() < LONGEST
            && path.starts_with('/')
            && !path[1..].starts_with(['/', '\\'])
            && path.bytes().all(|byte| byte.is_ascii_graphic())
    };
    said.filter(is_own).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::own_page;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for own in ["/", "/person?p=a.b-c_d", "/x/y"] {
            assert_eq!(own_page(Some(own)), own);
        }
        let long = format!("/{}", "x".repeat(5000));
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "x",
            "/a b",
            "/\n",
            &long,
        ] {
            assert_eq!(own_page(Some(other)), "/", "{other}");
        }
        assert_eq!(own_page(None), "/");
    }
}
