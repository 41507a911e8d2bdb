//! An entry a token and one a code, as RFC 2849 has it.
//!
//! The attributes are our own (`assets/store/openldap.ldif`). Hashes are not in `userPassword`:
//! no server takes them for passwords, so that a code never binds, and a code that was used is
//! an entry that was deleted, which happens once.

use std::{
    fmt::Display,
    io::{self, Write},
    str::FromStr,
};

use base64ct::{Base64, Encoding};
use jiff::civil::Date;
use tokenkaart_token::record::Record;

use super::{error::Broken, fields::code_format};

/// The entry under which tokens come, as `ou=tokens,dc=example,dc=be`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseDn(String);

/// A text is no name of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("it must be the name of an entry, such as ou=tokens,dc=example,dc=be")]
pub struct BaseDnError;

impl FromStr for BaseDn {
    type Err = BaseDnError;

    /// Takes what looks like a distinguished name (RFC 4514); the server knows the rest.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let mut parts = vec![String::new()];
        let mut escaped = false;
        for c in text.chars() {
            if c == ',' && !escaped {
                parts.push(String::new());
            } else if let Some(part) = parts.last_mut() {
                part.push(c);
            }
            escaped = c == '\\' && !escaped;
        }
        let is_part = |part: &String| {
            part.split_once('=').is_some_and(|(name, value)| {
                let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
                let name = name.trim();
                !name.is_empty() && name.chars().all(letter) && !value.trim().is_empty()
            })
        };
        let is_name = parts.iter().all(is_part) && !text.chars().any(char::is_control);
        if is_name { Ok(Self(text.to_owned())) } else { Err(BaseDnError) }
    }
}

pub(super) fn head(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"version: 1\n")
}

pub(super) fn token(base: &BaseDn, record: &Record, out: &mut dyn Write) -> Result<(), Broken> {
    let token = format!("tokenkaartSerial={},{}", record.serial(), base.0);
    entry(out, &token, "tokenkaartToken")?;
    line(out, "tokenkaartSerial", record.serial())?;
    line(out, "tokenkaartHolder", record.holder())?;
    line(out, "tokenkaartIssued", midnight(record.issued()))?;
    if let Some(expires) = record.expires() {
        line(out, "tokenkaartExpires", midnight(expires))?;
    }
    line(out, "tokenkaartScheme", record.scheme())?;
    if let Some(key_id) = record.key_id() {
        line(out, "tokenkaartKeyId", key_id)?;
    }
    line(out, "tokenkaartCodeFormat", code_format(record)?)?;
    for serial in record.voids() {
        line(out, "tokenkaartVoids", serial)?;
    }
    for (position, hash) in record.hashes() {
        entry(out, &format!("tokenkaartPosition={position},{token}"), "tokenkaartCode")?;
        line(out, "tokenkaartPosition", position)?;
        line(out, "tokenkaartHash", hash)?;
    }
    Ok(())
}

fn entry(out: &mut dyn Write, name: &str, class: &str) -> io::Result<()> {
    out.write_all(b"\n")?;
    line(out, "dn", name)?;
    line(out, "objectClass", class)
}

/// The beginning of a day as LDAP writes times (RFC 4517 §3.3.13).
fn midnight(date: Date) -> String {
    format!("{:04}{:02}{:02}000000Z", date.year(), date.month(), date.day())
}

fn line(out: &mut dyn Write, name: &str, value: impl Display) -> io::Result<()> {
    let value = value.to_string();
    if is_safe(&value) {
        writeln!(out, "{name}: {value}")
    } else {
        writeln!(out, "{name}:: {}", Base64::encode_string(value.as_bytes()))
    }
}

/// Whether a value stands in a line as it is (SAFE-STRING of RFC 2849); others go in Base64.
fn is_safe(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii() && !c.is_ascii_control())
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &str) -> String {
        let mut out = Vec::new();
        line(&mut out, "x", value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_value_is_a_value_whatever_it_begins_with() {
        assert_eq!(written("4711 #a: <b"), "x: 4711 #a: <b\n");
        for value in [" a", "a ", ":a", "<file:///etc/passwd", "é", "a\nb", "\0"] {
            let encoded = Base64::encode_string(value.as_bytes());
            assert_eq!(written(value), format!("x:: {encoded}\n"), "{value:?}");
        }
    }

    #[test]
    fn a_base_is_the_name_of_an_entry() {
        for good in ["dc=be", "ou=tokens, dc=example,dc=be", "o=A\\, B,c=BE", "o=É", "2.5.4.10=x"]
        {
            assert!(good.parse::<BaseDn>().is_ok(), "{good}");
        }
        for bad in ["", "be", "dc=", "dc=a,", "dc=a,b", "dc=a\nx: y", "=a", "d c=a"] {
            assert!(bad.parse::<BaseDn>().is_err(), "{bad}");
        }
    }
}
