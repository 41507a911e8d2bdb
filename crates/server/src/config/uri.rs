//! Addresses that applications and people are sent to, held as they are written.

/// Where the service is found: the value of `iss`, and the beginning of all its addresses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Issuer(String);

/// An address that a client may have people sent back to; compared byte for byte.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RedirectUri(String);

/// The parts of an address that matter here.
struct Parts<'u> {
    scheme: &'u str,
    authority: &'u str,
    rest: &'u str,
}

fn split(uri: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = uri.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let is_clean =
        uri.bytes().all(|byte| byte.is_ascii_graphic() && !br#""<>\^`{|}'"#.contains(&byte));
    // Who is named before `@` is never who answers.
    let is_host = !authority.is_empty() && !authority.contains('@');
    (is_clean && is_host).then_some(Parts { scheme, authority, rest })
}

/// Whether nobody on the way can listen: TLS, or this machine.
fn is_private(parts: &Parts<'_>) -> bool {
    let host = match parts.authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => parts.authority,
    };
    let is_here =
        matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
    parts.scheme == "https" || (parts.scheme == "http" && is_here)
}

impl Issuer {
    /// Takes an address without path, query and fragment (OpenID Connect Discovery 1.0 §3).
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let Some(parts) = split(text).filter(is_private) else {
            return Err(format!(
                "\"{text}\" is no address of https (http only at localhost and its subdomains)"
            ));
        };
        if !parts.rest.is_empty() {
            return Err(format!(
                "\"{text}\" must have no path, query or slash at its end; write {}://{}",
                parts.scheme, parts.authority
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// An address of the service, of a path that begins with a slash.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether people come over TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl RedirectUri {
    /// Takes an address without fragment and wildcard (RFC 6749 §3.1.2, RFC 9700 §2.1).
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        if text.contains('*') {
            return Err(format!("\"{text}\" has a wildcard; write each address out"));
        }
        if text.contains('#') {
            return Err(format!("\"{text}\" has a fragment; write it without #"));
        }
        if !split(text).is_some_and(|parts| is_private(&parts)) {
            return Err(format!(
                "\"{text}\" is no address of https (http only at localhost and its subdomains)"
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, as `form-action` takes it.
    pub(crate) fn origin(&self) -> &str {
        let scheme = self.0.find("://").map_or(0, |place| place + 3);
        let end = self.0[scheme..].find(['/', '?']).map_or(self.0.len(), |place| scheme + place);
        &self.0[..end]
    }

    /// The host, which is the sector of pairwise subjects (OpenID Connect Core 1.0 §8.1).
    pub(crate) fn host(&self) -> &str {
        let origin = self.origin();
        let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_this_machine_and_nothing_more() {
        for good in ["https://a.be", "https://a.be:8443", "http://a.localhost:1", "http://[::1]:1"]
        {
            assert!(Issuer::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.be",
            "http://a.be",
            "https://",
            "https://a.be/",
            "https://a.be/x",
            "https://a.be?x",
            "https://a@b.be",
            "https://a .be",
            "ftp://a.be",
            "http://localhost.evil.be",
            "https://a.be\n",
        ] {
            assert!(Issuer::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_redirect_uri_is_whole_and_has_an_origin() {
        let uri = RedirectUri::new("https://app.be:8443/back?x=1").unwrap();
        assert_eq!((uri.origin(), uri.host()), ("https://app.be:8443", "app.be"));
        assert_eq!(RedirectUri::new("https://app.be").unwrap().origin(), "https://app.be");
        for bad in ["https://*.be/x", "https://a.be/#x", "http://a.be/x", "/x", "javascript:x"] {
            assert!(RedirectUri::new(bad).is_err(), "{bad}");
        }
    }
}
