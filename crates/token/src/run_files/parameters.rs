//! What a run does alike for all its holders, as its journal and its manifest say it.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    country::Country,
    files::Sha256Digest,
    hash::{KeyId, Scheme},
    language::Language,
    record::Record,
    shard::Shard,
    token::CodeFormat,
};

/// What a run does alike for all its holders.
// Each switch is one of the run's own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The date of request, printed on each card.
    pub issued: Date,
    /// The first day on which the tokens are no longer valid, if they end at all.
    #[serde(default)]
    pub expires: Option<Date>,
    /// The name of the design.
    pub design: String,
    /// The digest of the design's file and artwork.
    pub design_sha256: Sha256Digest,
    /// The digest of the font for names that the design's own font can't set.
    pub fallback_font: Option<Sha256Digest>,
    /// The language of holders who have none of their own.
    pub language: Language,
    /// Who issues the cards.
    pub office: Option<String>,
    /// Whom to call when a card is lost.
    pub phone: Option<String>,
    /// Where to write to the office.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The country of the office, where letters are posted.
    #[serde(default)]
    pub country: Country,
    /// Whether the backs are printed too.
    pub back: bool,
    /// On which side the envelopes have their window.
    pub window: Window,
    /// Whether each page bears the mark that inserting machines read.
    pub marked: bool,
    /// Whether each card shows its place in the run and in its file.
    pub numbered: bool,
    /// Whether the pages are tagged for screen readers.
    #[serde(default)]
    pub tagged: bool,
    /// The sign-in page in the QR code, `{serial}` standing for the serial.
    pub url: Option<String>,
    /// What codes look like.
    pub code_format: CodeFormat,
    /// The hashing scheme with its parameters.
    pub scheme: Scheme,
    /// The key id of the pepper.
    pub key_id: Option<KeyId>,
    /// In which order the cards are.
    pub sort: Sort,
    /// Which part of a larger run it is, if several machines share one.
    #[serde(default)]
    pub part: Option<Part>,
    /// Whose place its cards take, if they stand in for others.
    #[serde(default)]
    pub replaces: Option<Replaces>,
    /// Holders per bundle.
    pub bundle: u32,
    /// Whom the cards are sealed to, by fingerprint; nobody when they are not sealed.
    pub sealed_to: Vec<String>,
}

/// A run that is a part of a larger one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which part.
    pub shard: Shard,
    /// The id that all parts share, 32 hexadecimal digits.
    pub whole: String,
    /// The holders of all parts.
    pub holders: u64,
}

/// The tokens that a run's own void.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Replaces {
    /// The ids of the runs that they are of, where these are known.
    pub runs: Vec<String>,
    /// How many serials are voided.
    pub serials: u64,
    /// The digest of these serials, each on a line, in the order of their holders in the holder
    /// file.
    pub sha256: Sha256Digest,
}

/// On which side an envelope has its window.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// On the left, as DIN 5008 has it.
    #[default]
    Left,
    /// On the right, as Belgian envelopes have it.
    Right,
}

impl Window {
    /// The side that is usual in a country; elsewhere than in these it is on the left.
    #[must_use]
    pub fn usual_in(country: Country) -> Self {
        if [Country::BELGIUM, Country::FRANCE].contains(&country) {
            Self::Right
        } else {
            Self::Left
        }
    }
}

/// In which order cards are printed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// As the holder file has them.
    #[default]
    Input,
    /// By postal code, then street, then house number, as the post sorts for its rounds; the
    /// own country first, and those who have no postal code last.
    PostalCode,
}

/// The text names no order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an order is one of input, postal-code")]
pub struct UnknownSort;

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "input" => Ok(Self::Input),
            "postal-code" => Ok(Self::PostalCode),
            _ => Err(UnknownSort),
        }
    }
}

/// In what a record differs from what the run says of all of them.
pub fn differences(record: &Record, parameters: &Parameters) -> impl Iterator<Item = &'static str> {
    let same_scheme = record.hashes().all(|(_, hash)| hash.scheme() == parameters.scheme);
    let part = parameters.part.as_ref();
    let of_this_shard = part.is_none_or(|part| part.shard.has(record.holder()));
    [
        (record.issued() == parameters.issued, "the date of issue"),
        (record.expires() == parameters.expires, "the end date"),
        (*record.code_format() == parameters.code_format, "what codes look like"),
        (same_scheme, "the hashing scheme"),
        (record.key_id() == parameters.key_id, "the key id of the pepper"),
        (of_this_shard, "the shard that the holder is in"),
    ]
    .into_iter()
    .filter_map(|(same, what)| (!same).then_some(what))
}
