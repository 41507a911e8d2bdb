//! Parameters of a query or a form.

use std::{collections::BTreeMap, fmt};

/// The most parameters that are looked at.
const MOST: usize = 64;

/// What a query or a form says; of a name that is there twice nothing is taken.
#[derive(Default)]
pub(crate) struct Parameters {
    values: BTreeMap<String, String>,
    is_twice: bool,
}

/// Passwords and codes may be among them.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.values.values_mut().for_each(String::zeroize);
    }
}

impl Parameters {
    /// Reads what is `application/x-www-form-urlencoded`. A parameter without a value is one that
    /// is not there (RFC 6749 §3.1).
    pub(crate) fn read(encoded: &[u8]) -> Self {
        let mut found = Self::default();
        for (number, (name, value)) in form_urlencoded::parse(encoded).enumerate() {
            if number == MOST {
                found.is_twice = true;
                break;
            }
            if value.is_empty() {
                continue;
            }
            found.is_twice |= found.values.insert(name.into_owned(), value.into_owned()).is_some();
        }
        found
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// All of them as a query.
    pub(crate) fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.values);
        query.finish()
    }

    /// Whether one is there twice, which none may (RFC 6749 §3.1), or far too many are there.
    pub(crate) const fn is_twice(&self) -> bool {
        self.is_twice
    }
}

/// An address with parameters added to its query.
pub(crate) fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once_and_without_a_value_not_at_all() {
        let read = Parameters::read(b"a=1&b=&c=%C3%A9+%26");
        assert_eq!((read.get("a"), read.get("b"), read.get("c")), (Some("1"), None, Some("é &")));
        assert!(!read.is_twice());
        assert!(Parameters::read(b"a=1&a=1").is_twice());
        assert!(Parameters::read("x=1&".repeat(2).as_bytes()).is_twice());
        assert_eq!(format!("{:?}", Parameters::read(b"password=hunter2")), "{\"password\"}");
    }

    #[test]
    fn what_is_added_to_an_address_keeps_its_query() {
        let code = [("code", "a b"), ("state", "é")];
        assert_eq!(with_query("https://a.be/x", &code), "https://a.be/x?code=a+b&state=%C3%A9");
        assert_eq!(with_query("https://a.be/x?y=1", &code[..1]), "https://a.be/x?y=1&code=a+b");
        assert_eq!(with_query("https://a.be/x?", &code[..1]), "https://a.be/x?code=a+b");
    }
}
