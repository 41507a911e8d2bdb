//! The hashed-code record: what the auth store imports, one line of JSON a token.
//!
//! `docs/record-format.md` describes the format for operators and `docs/record.schema.json`
//! for machines. There is no name, no address and nothing printed on paper but the serial in it.

use std::{fmt, marker::PhantomData};

use jiff::civil::Date;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, value::MapAccessDeserializer},
};

use crate::{
    hash::{KeyId, PhcString, SchemeName},
    holder::HolderId,
    shell::harmless,
    token::{CodeFormat, Position, Serial},
};

/// The version of the format that this program writes and reads.
pub const VERSION: u32 = 1;

/// Hashes in a record.
const COUNT: usize = Position::MAX as usize;

/// What the auth store knows of one token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    serial: Serial,
    holder: HolderId,
    issued: Date,
    expires: Option<Date>,
    voids: Vec<Serial>,
    scheme: SchemeName,
    key_id: Option<KeyId>,
    code_format: CodeFormat,
    hashes: Box<[PhcString]>,
}

/// Why a line is no record; the caller adds the file and the line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not JSON, or JSON of another shape.
    #[error(
        "is not a record of a token: {}; records are one JSON object a line, as docs/record-format.md has it",
        harmless(&_0.to_string())
    )]
    Json(#[source] serde_json::Error),
    /// A later format than this program knows.
    #[error(
        "is a record of version {0}, and this program knows version {VERSION}; take a newer tokenkaart"
    )]
    Version(u64),
    /// Not a hash for each position.
    #[error("has {0} hashes; a token has {COUNT}")]
    Count(usize),
    /// Positions that repeat, are left out or out of order.
    #[error(
        "has position {found} where {expected} belongs; positions go from 1 to {COUNT} in order"
    )]
    Order {
        /// The position in the line.
        found: Position,
        /// The position that belongs there.
        expected: Position,
    },
    /// A hash of another scheme than the record names.
    #[error("names the scheme {named}, but the hash at position {position} is {found}")]
    Scheme {
        /// The scheme that the record names.
        named: SchemeName,
        /// The place of the hash.
        position: Position,
        /// The scheme of the hash.
        found: SchemeName,
    },
    /// A token that is never valid.
    #[error("expires on {expires}, which is not after its issue on {issued}")]
    Expiry {
        /// The date of issue.
        issued: Date,
        /// The date of expiry.
        expires: Date,
    },
    /// A token that voids itself, or another one twice.
    #[error("voids {0}, which is its own serial or stands there twice")]
    Voids(Serial),
    /// More tokens to void than a record names.
    #[error("voids {0} tokens, and at most {MAX_VOIDED} may be named")]
    TooManyVoids(usize),
}

/// Whom a record is of, without a look at its hashes.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// The holder.
    pub holder: HolderId,
    /// The token, if the line says it.
    pub serial: Option<Serial>,
    /// The date of issue, if the line says it.
    pub issued: Option<Date>,
}

/// The holder and the token that a record names; `None` if it names no holder.
#[must_use]
pub fn named(line: &str) -> Option<Named> {
    serde_json::from_str(line).ok()
}

/// The serials that a record voids, without a look at its hashes; `None` if it is no record.
#[must_use]
pub fn voided(line: &str) -> Option<Vec<Serial>> {
    #[derive(Deserialize)]
    struct Voids {
        #[serde(default)]
        voids: Vec<Serial>,
    }
    serde_json::from_str::<Voids>(line).ok().map(|record| record.voids)
}

impl Record {
    /// Puts a record together: the hashes stand in the order of their positions.
    ///
    /// # Errors
    /// [`RecordError`] unless there are 24 hashes of one scheme, and it expires after its issue.
    pub fn new(
        serial: Serial,
        holder: HolderId,
        issued: Date,
        expires: Option<Date>,
        key_id: Option<KeyId>,
        code_format: CodeFormat,
        hashes: Vec<PhcString>,
    ) -> Result<Self, RecordError> {
        let scheme = match hashes.first() {
            Some(hash) if hashes.len() == COUNT => hash.scheme().name(),
            _ => return Err(RecordError::Count(hashes.len())),
        };
        let hashes = hashes.into();
        let voids = Vec::new();
        let record =
            Self { serial, holder, issued, expires, voids, scheme, key_id, code_format, hashes };
        record.checked()
    }

    /// Names the tokens that this one voids.
    ///
    /// # Errors
    /// [`RecordError::Voids`] when one is the token itself or stands twice, and
    /// [`RecordError::TooManyVoids`] for more than [`MAX_VOIDED`].
    pub fn voiding(mut self, serials: Vec<Serial>) -> Result<Self, RecordError> {
        self.voids = serials;
        self.checked()
    }

    /// Reads a line, with or without its line feed.
    ///
    /// # Errors
    /// [`RecordError`] for anything but a whole record of [`VERSION`]: unknown or repeated
    /// members, missing ones, an unknown scheme, positions out of order, a hash of another
    /// scheme.
    pub fn from_line(line: &str) -> Result<Self, RecordError> {
        let Object(read) = serde_json::from_str::<Object<RecordRead>>(line)
            .map_err(|error| later_version(line).unwrap_or(RecordError::Json(error)))?;
        if read.version != VERSION {
            return Err(RecordError::Version(read.version.into()));
        }
        if read.codes.len() != COUNT {
            return Err(RecordError::Count(read.codes.len()));
        }
        let mut hashes = Vec::with_capacity(COUNT);
        for (expected, Object(entry)) in Position::all().zip(read.codes) {
            if entry.position != expected {
                return Err(RecordError::Order { found: entry.position, expected });
            }
            hashes.push(entry.hash);
        }
        let record = Self {
            serial: read.serial.0,
            holder: read.holder.0,
            issued: read.issued.0,
            expires: read.expires.map(|date| date.0),
            voids: read.voids.into_iter().map(|serial| serial.0).collect(),
            scheme: read.scheme,
            key_id: read.key_id,
            code_format: read.code_format.0,
            hashes: hashes.into(),
        };
        record.checked()
    }

    /// The record as one line of JSON, without a line feed.
    ///
    /// # Errors
    /// [`RecordError::Json`] when there is no memory for it.
    pub fn to_line(&self) -> Result<String, RecordError> {
        let written = Written {
            version: VERSION,
            serial: &self.serial,
            holder: &self.holder,
            issued: CanonicalText(&self.issued),
            expires: self.expires.as_ref().map(CanonicalText),
            voids: self.voids.iter().map(CanonicalText).collect(),
            scheme: self.scheme,
            key_id: self.key_id,
            code_format: &self.code_format,
            codes: self.hashes().map(|(position, hash)| RecordEntry { position, hash }).collect(),
        };
        serde_json::to_string(&written).map_err(RecordError::Json)
    }

    fn checked(self) -> Result<Self, RecordError> {
        for (position, hash) in self.hashes() {
            let found = hash.scheme().name();
            if found != self.scheme {
                return Err(RecordError::Scheme { named: self.scheme, position, found });
            }
        }
        if self.voids.len() > MAX_VOIDED {
            return Err(RecordError::TooManyVoids(self.voids.len()));
        }
        for (index, voided) in self.voids.iter().enumerate() {
            if *voided == self.serial || self.voids[..index].contains(voided) {
                return Err(RecordError::Voids(voided.clone()));
            }
        }
        match self.expires {
            Some(expires) if expires <= self.issued => {
                Err(RecordError::Expiry { issued: self.issued, expires })
            }
            _ => Ok(self),
        }
    }

    /// The token's public number.
    #[must_use]
    pub const fn serial(&self) -> &Serial {
        &self.serial
    }

    /// The office's key for the holder.
    #[must_use]
    pub const fn holder(&self) -> &HolderId {
        &self.holder
    }

    /// The date of issue, as printed.
    #[must_use]
    pub const fn issued(&self) -> Date {
        self.issued
    }

    /// The first day on which the token is no longer valid, if it ends at all.
    #[must_use]
    pub const fn expires(&self) -> Option<Date> {
        self.expires
    }

    /// The serials of tokens that are no longer valid once this one is known: those whose cards
    /// it stands in for.
    #[must_use]
    pub fn voids(&self) -> &[Serial] {
        &self.voids
    }

    /// The scheme of all its hashes.
    #[must_use]
    pub const fn scheme(&self) -> SchemeName {
        self.scheme
    }

    /// Which pepper keyed the hashes, if one did.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        self.key_id
    }

    /// What a person may type.
    #[must_use]
    pub const fn code_format(&self) -> &CodeFormat {
        &self.code_format
    }

    /// The hash at a position.
    #[must_use]
    pub fn hash(&self, position: Position) -> &PhcString {
        &self.hashes[position.index()]
    }

    /// All hashes with their positions, in order.
    pub fn hashes(&self) -> impl Iterator<Item = (Position, &PhcString)> {
        Position::all().zip(&self.hashes)
    }
}

/// Tells a record of a later version from a broken one.
fn later_version(line: &str) -> Option<RecordError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u64,
    }
    let Object(Versioned { version }) = serde_json::from_str(line).ok()?;
    (version != u64::from(VERSION)).then_some(RecordError::Version(version))
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    serial: &'a Serial,
    holder: &'a HolderId,
    issued: CanonicalText<&'a Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<CanonicalText<&'a Date>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    voids: Vec<CanonicalText<&'a Serial>>,
    scheme: SchemeName,
    key_id: Option<KeyId>,
    code_format: &'a CodeFormat,
    codes: Vec<RecordEntry<&'a PhcString>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordRead {
    version: u32,
    serial: CanonicalText<Serial>,
    holder: CanonicalText<HolderId>,
    issued: CanonicalText<Date>,
    /// Left out or a date, never null.
    #[serde(default, deserialize_with = "some")]
    expires: Option<CanonicalText<Date>>,
    /// Left out or a list of some.
    #[serde(default, deserialize_with = "some_serials")]
    voids: Vec<CanonicalText<Serial>>,
    scheme: SchemeName,
    /// Null or an id, never left out.
    #[serde(deserialize_with = "Option::deserialize")]
    key_id: Option<KeyId>,
    code_format: Object<CodeFormat>,
    codes: Vec<Object<RecordEntry<PhcString>>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RecordEntry<H> {
    position: Position,
    hash: H,
}

fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The most tokens that one record voids.
pub const MAX_VOIDED: usize = 100;

fn some_serials<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<CanonicalText<Serial>>, D::Error> {
    let serials = Vec::<CanonicalText<Serial>>::deserialize(from)?;
    if (1..=MAX_VOIDED).contains(&serials.len()) {
        return Ok(serials);
    }
    Err(de::Error::invalid_length(
        serials.len(),
        &"a list of 1 to 100 serials, or no member `voids`",
    ))
}

/// A value with one text, and refused in any other: what is compared as text must be.
struct CanonicalText<T>(T);

impl<T: fmt::Display> Serialize for CanonicalText<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// What [`CanonicalText`] reads.
trait FromText: fmt::Display + Sized {
    const NAME: &'static str;
    fn from_text(text: &str) -> Option<Self>;
}

impl FromText for Serial {
    const NAME: &'static str = "a serial in upper case with its hyphens";
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromText for HolderId {
    const NAME: &'static str = "a holder id, trimmed and in NFC";
    fn from_text(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }
}

impl FromText for Date {
    const NAME: &'static str = "a date like 2026-11-22";
    fn from_text(text: &str) -> Option<Self> {
        // Years of other lengths have a sign and don't compare as text.
        text.parse().ok().filter(|date: &Self| date.year() >= 0)
    }
}

impl<'de, T: FromText> Deserialize<'de> for CanonicalText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::from_text(&text)
            .filter(|value| value.to_string() == text)
            .map(Self)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &T::NAME))
    }
}

/// A JSON object; serde takes an array for a struct as well, and the format doesn't.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Members<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$\
                        AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn record() -> Record {
        Record::new(
            "K7M2-P9RT-3XYV-4CDX".parse().unwrap(),
            HolderId::new("4711").unwrap(),
            Date::constant(2026, 11, 22),
            None,
            None,
            CodeFormat::default(),
            vec![HASH.parse().unwrap(); 24],
        )
        .unwrap()
    }

    fn refusal(line: &str) -> String {
        Record::from_line(line).map(|_| "taken").unwrap_err().to_string()
    }

    #[test]
    fn a_record_is_written_as_documented_and_read_back_the_same() {
        let mut record = record();
        let line = record.to_line().unwrap();
        assert!(
            line.starts_with(
                r#"{"version":1,"serial":"K7M2-P9RT-3XYV-4CDX","holder":"4711","issued":"2026-11-22","scheme":"argon2id","key_id":null,"code_format":{"alphabet":"23456789CDFHJKMNPRTVWXY","length":9,"grouping":3,"check":"weighted-sum"},"codes":[{"position":1,"hash":"$argon2id$v=19$m=19456,t=2,p=1$"#
            ),
            "{line}"
        );
        assert!(!line.contains('\n'));
        assert_eq!(Record::from_line(&line).unwrap(), record);
        assert_eq!(Record::from_line(&format!(" {line}\r\n")).unwrap(), record);

        record.expires = Some(Date::constant(2027, 11, 22));
        record.key_id = Some("0123456789abcdef".parse().unwrap());
        let line = record.to_line().unwrap();
        assert!(!line.contains("voids"));
        let voided =
            ["2222-2222-2222-2222", "3222-2222-2222-222F"].map(|text| text.parse().unwrap());
        record = record.voiding(voided.to_vec()).unwrap();
        assert_eq!(record.voids(), voided);
        let line = record.to_line().unwrap();
        let voids = r#""expires":"2027-11-22","voids":["2222-2222-2222-2222","3222-2222-2222-222F"],"scheme""#;
        assert!(line.contains(voids), "{line}");
        assert_eq!(Record::from_line(&line).unwrap(), record);
        assert!(line.contains(r#""issued":"2026-11-22","expires":"2027-11-22","voids""#));
        assert!(line.contains(r#""key_id":"0123456789abcdef""#));
        assert_eq!(Record::from_line(&line).unwrap(), record);
    }

    #[test]
    fn a_later_version_is_refused_by_name() {
        let line = record().to_line().unwrap();
        let later = line.replace(r#""version":1"#, r#""version":2"#);
        assert!(refusal(&later).contains("version 2"), "{}", refusal(&later));
        let later = later.replace(r#""holder""#, r#""owner""#);
        assert!(refusal(&later).contains("version 2"), "{}", refusal(&later));
        let later = later.replace(r#""version":2"#, r#""version":99999999999"#);
        assert!(refusal(&later).contains("version 99999999999"), "{}", refusal(&later));
    }

    #[test]
    fn a_refusal_says_what_is_wrong() {
        let line = record().to_line().unwrap();
        for (from, to, says) in [
            (r#""scheme":"argon2id""#, r#""scheme":"bcrypt""#, "unknown variant `bcrypt`"),
            (r#""scheme":"argon2id""#, r#""scheme":"pbkdf2-sha256""#, "position 1 is argon2id"),
            (r#""position":2,"#, r#""position":3,"#, "position 3 where 2 belongs"),
            (r#""position":2,"#, r#""position":25,"#, "a position is a number from 1 to 24"),
            (r#""holder":"4711","#, "", "missing field `holder`"),
            (r#""holder":"4711","#, r#""holder":"4711","holder":"4711","#, "duplicate field"),
            (r#""holder":"4711","#, r#""holder":"4711","name":"Jan","#, "unknown field `name`"),
            (r#""key_id":null,"#, "", "missing field `key_id`"),
            (r#""issued":"2026-11-22""#, r#""issued":"2026-02-30""#, "a date like"),
            ("m=19456", "m=4294967295", "argon2id takes m from 8 to 4194304 KiB"),
            ("4CDX", "4CDP", "a serial"),
            (r#""scheme""#, r#""voids":[],"scheme""#, "1 to 100 serials"),
            (r#""scheme""#, r#""voids":["4711"],"scheme""#, "a serial"),
            (r#""scheme""#, r#""voids":["K7M2-P9RT-3XYV-4CDX"],"scheme""#, "voids K7M2-P9RT"),
        ] {
            let refusal = refusal(&line.replacen(from, to, 1));
            assert!(refusal.contains(says), "{refusal}");
        }
        let cut = line.replacen(&format!(r#"{{"position":1,"hash":"{HASH}"}},"#), "", 1);
        assert!(refusal(&cut).contains("has 23 hashes"), "{}", refusal(&cut));
    }

    #[test]
    fn a_token_never_expires_before_its_issue() {
        let mut record = record();
        record.expires = Some(record.issued);
        let line = record.to_line().unwrap();
        assert!(refusal(&line).contains("not after its issue"), "{}", refusal(&line));
    }

    #[test]
    fn a_record_has_hashes_of_one_scheme() {
        let record = record();
        let other = "$pbkdf2-sha256$i=600000,l=32$AAECAwQFBgcICQoLDA0ODw$\
                     AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let line = record.to_line().unwrap();
        let at = line.rfind("$argon2id").unwrap();
        let mixed = format!("{}{other}\"}}]}}", &line[..at]);
        assert!(refusal(&mixed).contains("position 24 is pbkdf2-sha256"), "{}", refusal(&mixed));
    }
}
