//! `[[application]]`: who has people signed in here, and what it may ask.

use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use tokenkaart_auth::{Key, phase_out::PhaseOut};

use super::{
    keys,
    levels::Levels,
    office::{self, Names},
    phase_out,
    reader::{At, Reader, Section},
    uri::RedirectUri,
};

/// How the hash form of a secret begins.
const SHA_256: &str = "sha256:";

/// An application that signs people in here: a client of OpenID Connect.
#[derive(Debug)]
pub(crate) struct Application {
    /// Its `client_id`.
    pub(crate) id: String,
    /// What people know it as.
    pub(crate) names: Names,
    /// Where people may be sent back to with an answer.
    pub(crate) redirect_uris: Vec<RedirectUri>,
    /// Where people may be sent to after they have signed out.
    pub(crate) post_logout_redirect_uris: Vec<RedirectUri>,
    /// Whose pairwise subjects it gets: the host of its addresses, if nothing else is said.
    pub(crate) sector: String,
    /// The keys that it takes, in the order that people are shown them.
    pub(crate) keys: Vec<Key>,
    /// The level below which nobody is let in; 0 for none.
    pub(crate) least_rank: u16,
    /// Until when it takes the token, if that was said.
    pub(crate) phase_out: Option<PhaseOut>,
    /// The number to call about it; the office's, if nothing else is said.
    pub(crate) help_line: Option<String>,
    /// How it proves who it is.
    pub(crate) auth: ClientAuth,
    /// Whether it must use PKCE.
    pub(crate) pkce: Pkce,
    /// What its ID tokens are signed by: ES256 or RS256; by the first key if it isn't said.
    pub(crate) id_token_alg: Option<String>,
    /// Whether it may ask for the register number.
    pub(crate) register_number: bool,
}

/// How a client proves who it is (OpenID Connect Core 1.0 §9).
#[derive(Debug)]
pub(crate) enum ClientAuth {
    /// `client_secret_basic` and `client_secret_post`.
    Secret(SecretHash),
    /// `private_key_jwt`, with the keys of this JWK Set.
    Keys(PathBuf),
}

/// Whether PKCE is needed (RFC 7636).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pkce {
    /// Without `code_challenge` nothing is granted.
    Needed,
    /// It is held to if it is used.
    Waived,
}

/// SHA-256 of a secret of 256 random bits, which needs no slow hash: nobody guesses it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of a secret.
    pub(crate) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// As it is written in the configuration.
    pub(crate) fn text(&self) -> String {
        format!("{SHA_256}{}", Base64UrlUnpadded::encode_string(&self.0))
    }

    fn new(text: &str) -> Result<Self, &'static str> {
        let wrong = "it must be sha256: and 43 characters, as `tokenkaart-server client new` \
                     prints it; the secret itself is the application's alone";
        let digest = text.strip_prefix(SHA_256).ok_or(wrong)?;
        let decoded = Base64UrlUnpadded::decode_vec(digest).map_err(|_| wrong)?;
        decoded.try_into().map(Self).map_err(|_| wrong)
    }

    /// Whether a secret is the one. Digests are compared, of which time tells nothing.
    pub(crate) fn is_of(&self, secret: &str) -> bool {
        *self == Self::of(secret)
    }
}

pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_, 't>,
    folder: &Path,
    levels: &Levels,
    warnings: &mut Vec<String>,
) -> Option<Application> {
    let id = reader.needed(section, "id", "\"tax-on-web\"").and_then(|text| id(reader, text));
    let names = office::names(reader, section, "names", "[[application]] names");
    let redirect_uris = uris(reader, section, "redirect_uris");
    if !section.has("redirect_uris") {
        reader.fault(
            section.line,
            "[[application]] redirect_uris is missing; write redirect_uris = \
             [\"https://app.example.be/back\"]",
        );
    }
    let post_logout_redirect_uris = uris(reader, section, "post_logout_redirect_uris");
    let sector = sector(reader, section, &redirect_uris);
    let keys = keys::read(reader, section, "keys");
    if !section.has("keys") {
        reader.fault(section.line, "[[application]] keys is missing; write keys = [\"token\"]");
    }
    let least_rank = reader.text(section, "level").and_then(|text| {
        let level = levels.named(&text.value);
        if level.is_none() {
            reader.fault(
                text.line,
                format!("[[application]] level: [levels] has no uri = \"{}\"", text.value),
            );
        }
        level.map(|level| level.rank)
    });
    let least_rank = least_rank.unwrap_or(0);
    if !keys.is_empty() && keys.iter().all(|key| levels.of(*key).rank < least_rank) {
        reader.fault(section.line, "[[application]] level: none of its keys is as strong");
    }
    let phase_out = phase_out::read(reader, section, &keys, least_rank, levels);
    let help_line = reader.text(section, "help_line");
    let help_line =
        help_line.and_then(|text| office::line(reader, "[[application]] help_line", &text));
    let auth = auth(reader, section, folder);
    let waived = reader.flag(section, "pkce_waived");
    if let (true, Some(id)) = (waived, &id) {
        warnings.push(format!(
            "line {}: \"{id}\" need not use PKCE; have it use PKCE, and take pkce_waived out",
            section.line
        ));
    }
    let register_number = reader.flag(section, "register_number");
    let id_token_alg = reader.text(section, "id_token_alg").map(|text| {
        if !["ES256", "RS256"].contains(&text.value.as_str()) {
            reader.fault(text.line, "[[application]] id_token_alg must be ES256 or RS256");
        }
        text.value
    });
    Some(Application {
        id_token_alg,
        id: id?,
        names: names?,
        redirect_uris,
        post_logout_redirect_uris,
        sector: sector?,
        keys,
        least_rank,
        phase_out,
        help_line,
        auth: auth?,
        pkce: if waived { Pkce::Waived } else { Pkce::Needed },
        register_number,
    })
}

fn id(reader: &mut Reader<'_>, text: At<String>) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_good = (1..=64).contains(&text.value.len()) && text.value.bytes().all(is_plain);
    if !is_good {
        reader.fault(
            text.line,
            "[[application]] id must be 1 to 64 of the letters a to z, digits, - _ and .",
        );
    }
    is_good.then_some(text.value)
}

fn uris<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_, 't>,
    key: &'static str,
) -> Vec<RedirectUri> {
    let mut uris = Vec::new();
    for text in reader.texts(section, key) {
        match RedirectUri::new(&text.value) {
            Ok(uri) => uris.push(uri),
            Err(error) => reader.fault(text.line, format!("[[application]] {key}: {error}")),
        }
    }
    uris
}

/// The host that all addresses share; where they don't, it must be said (OpenID Connect Core 1.0
/// §8.1).
fn sector<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_, 't>,
    uris: &[RedirectUri],
) -> Option<String> {
    if let Some(said) = reader.text(section, "sector") {
        return Some(said.value);
    }
    let first = uris.first()?.host();
    if uris.iter().any(|uri| uri.host() != first) {
        reader.fault(
            section.line,
            "[[application]] redirect_uris have several hosts; write sector = \"...\", the one \
             that subjects are made for",
        );
        return None;
    }
    Some(first.to_owned())
}

fn auth<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_, 't>,
    folder: &Path,
) -> Option<ClientAuth> {
    let secret = reader.text(section, "secret");
    let keys = reader.text(section, "jwks_file");
    match (secret, keys) {
        (Some(secret), None) => match SecretHash::new(&secret.value) {
            Ok(hash) => Some(ClientAuth::Secret(hash)),
            Err(error) => {
                reader.fault(secret.line, format!("[[application]] secret: {error}"));
                None
            }
        },
        (None, Some(path)) => Some(ClientAuth::Keys(folder.join(path.value))),
        (None, None) => {
            reader.fault(
                section.line,
                "[[application]] secret is missing; `tokenkaart-server client new` prints one, or \
                 write jwks_file = \"keys.json\" for private_key_jwt",
            );
            None
        }
        (Some(_), Some(keys)) => {
            reader.fault(keys.line, "[[application]] has secret and jwks_file; keep one");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash_alone() {
        let hash = SecretHash::of("a secret");
        assert_eq!(SecretHash::new(&hash.text()), Ok(hash.clone()));
        assert!(hash.is_of("a secret") && !hash.is_of("a secret "));
        // printf 'a secret' | openssl dgst -sha256 -binary | basenc --base64url
        assert_eq!(hash.text(), "sha256:mEylFiIAc0xZIUjxggtxBX8JhXPROGZrSGY-TjDNjTo");
        for bad in ["", "a secret", "sha256:", "sha256:AAAA"] {
            assert!(SecretHash::new(bad).is_err(), "{bad}");
        }
    }
}
