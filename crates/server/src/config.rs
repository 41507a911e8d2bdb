//! `server.toml`: how the sign-in service is set up, with all that is wrong with it told at once.

mod application;
mod desk;
mod keys;
mod levels;
mod mail;
mod network;
mod office;
mod phase_out;
mod reader;
mod uri;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use tokenkaart_auth::store::Address;
use tokenkaart_token::{
    files::{self, FileError},
    hash::{Ceiling, Scheme},
    shell::{harmless, shown},
};

use self::reader::{At, Fault, Reader, Section};
pub(crate) use self::{
    application::{Application, ClientAuth, Pkce, SecretHash},
    desk::Desk,
    levels::Levels,
    mail::{MailServer, MailTls},
    network::{Network, client},
    office::{Names, Office},
    uri::{Issuer, RedirectUri},
};

/// No configuration is longer, in bytes.
const MAX_CONFIG: u64 = 1024 * 1024;
/// How much memory hashes of passwords and codes may take together, in KiB, if nobody says more.
const HASH_MEMORY: u32 = 256 * 1024;

/// A checked `server.toml`.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where people and applications find the service.
    pub(crate) issuer: Issuer,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// Where `/metrics` is; nowhere if it isn't said.
    pub(crate) metrics: Option<SocketAddr>,
    /// The auth store.
    pub(crate) store: Address,
    /// How many connections to it are kept.
    pub(crate) connections: u32,
    /// Days and hours go by it.
    pub(crate) time_zone: TimeZone,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<Network>,
    /// What signs form tokens: a file of at least 32 random bytes, the same on all instances.
    pub(crate) secret_file: PathBuf,
    /// Private keys in PEM; the first one signs, all are published.
    pub(crate) signing_keys: Vec<PathBuf>,
    /// Peppers that hashes are keyed with.
    pub(crate) pepper_files: Vec<PathBuf>,
    /// How new passwords are hashed.
    pub(crate) password_kdf: Scheme,
    /// The memory that hashes may take together, in KiB.
    pub(crate) hash_memory: u32,
    /// The most that the hash of a code may cost.
    pub(crate) ceiling: Ceiling,
    /// Whose service it is.
    pub(crate) office: Office,
    /// How strong a sign-in by each key is.
    pub(crate) levels: Levels,
    /// What seals: secrets of apps, codes and mails are kept under the keys of this file. Without it
    /// people sign in by token alone.
    pub(crate) seal_keys: Option<PathBuf>,
    /// Whether a token ends when another key is activated with it.
    pub(crate) ends_token: bool,
    /// Where mails go out.
    pub(crate) mail: Option<MailServer>,
    /// The desk, if there is one.
    pub(crate) desk: Option<Desk>,
    /// Who signs people in here.
    pub(crate) applications: Vec<Application>,
    /// What is allowed and should not be.
    pub(crate) warnings: Vec<String>,
}

/// Why a configuration was refused.
#[derive(Debug)]
pub(crate) enum ConfigError {
    /// The file can't be read.
    File(FileError),
    /// It is no text.
    NotUtf8(PathBuf),
    /// What is wrong with it, in the order of lines.
    Faulty { path: PathBuf, faults: Vec<Fault> },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::NotUtf8(path) => write!(f, "{}: not UTF-8; save it as UTF-8", shown(path)),
            Self::Faulty { path, faults } => {
                for (number, fault) in faults.iter().enumerate() {
                    let line_feed = if number > 0 { "\n" } else { "" };
                    let what = harmless(&fault.what);
                    write!(f, "{line_feed}{}:{}: {what}", shown(path), fault.line)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads a configuration; paths in it are from the folder that it is in.
    ///
    /// # Errors
    /// [`ConfigError`] with all that is wrong.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = files::read_whole(path, MAX_CONFIG).map_err(ConfigError::File)?;
        let text = String::from_utf8(bytes).map_err(|_| ConfigError::NotUtf8(path.to_owned()))?;
        let folder = files::folder_of(path);
        Self::parse(&text, folder)
            .map_err(|faults| ConfigError::Faulty { path: path.to_owned(), faults })
    }

    /// The application of that id.
    pub(crate) fn application(&self, id: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.id == id)
    }

    /// # Errors
    /// All that is wrong, in the order of lines.
    pub(crate) fn parse(text: &str, folder: &Path) -> Result<Self, Vec<Fault>> {
        let (mut reader, table) = Reader::new(text);
        if !reader.faults.is_empty() {
            // What can't be read is not missing.
            reader.faults.sort_by_key(|fault| fault.line);
            return Err(reader.faults);
        }
        let mut top = reader.section(table.get_ref(), "", 0);
        let read = read(&mut reader, &mut top, folder);
        reader.finish(&top);
        reader.faults.sort_by_key(|fault| fault.line);
        match read {
            Some(config) if reader.faults.is_empty() => Ok(config),
            _ => Err(reader.faults),
        }
    }
}

fn read<'t>(reader: &mut Reader<'t>, top: &mut Section<'_, 't>, folder: &Path) -> Option<Config> {
    let mut warnings = Vec::new();
    let issuer = reader.needed(top, "issuer", "\"https://sign-in.example.be\"");
    let issuer = issuer.and_then(|text| checked(reader, "issuer", &text, Issuer::new));
    let listen = reader.needed(top, "listen", "\"127.0.0.1:8080\"");
    let listen = listen.and_then(|text| checked(reader, "listen", &text, socket));
    let metrics = reader.text(top, "metrics");
    let metrics = metrics.and_then(|text| checked(reader, "metrics", &text, socket));
    let store = reader.needed(top, "store", "\"sqlite:auth.db\"");
    let store =
        store.and_then(|text| checked(reader, "store", &text, |text| address(text, folder)));
    let connections = reader.number(top, "connections", 1..=1000).unwrap_or(8);
    let time_zone = reader.needed(top, "time_zone", "\"Europe/Brussels\"");
    let time_zone = time_zone.and_then(|text| checked(reader, "time_zone", &text, zone));
    let mut trusted_proxies = Vec::new();
    for text in reader.texts(top, "trusted_proxies") {
        trusted_proxies.extend(checked(reader, "trusted_proxies", &text, Network::new));
    }
    let secret_file = reader.needed(top, "secret_file", "\"form.secret\"");
    let mut paths = |key| -> Vec<PathBuf> {
        reader.texts(top, key).into_iter().map(|text| folder.join(text.value)).collect()
    };
    let signing_keys = paths("signing_keys");
    let pepper_files = paths("pepper_files");
    if signing_keys.is_empty() {
        reader.fault(
            top.line,
            "signing_keys is missing; write signing_keys = [\"signing.pem\"], a private key in \
             PEM (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)",
        );
    }
    let password_kdf = reader.parsed::<Scheme>(top, "password_kdf");
    let hash_memory = reader.number(top, "hash_memory", 1..=u32::MAX).unwrap_or(HASH_MEMORY);
    let ceiling = most_of_a_hash(reader, top);
    let office = office::read(reader, top);
    let levels = levels::read(reader, top);
    let seal_keys = reader.text(top, "seal_keys").map(|text| folder.join(text.value));
    let ends_token = !top.has("ends_token") | reader.flag(top, "ends_token");
    if top.has("mail") && seal_keys.is_none() {
        reader.fault(
            top.line,
            "seal_keys is missing, which [mail] needs; write seal_keys = \"seal.keys\", a file that \
             `tokenkaart-server keys new` makes",
        );
    }
    let mail = mail::read(reader, top, folder);
    let desk = desk::read(reader, top, folder);
    let mut applications = Vec::new();
    for mut section in reader.tables(top, "application", "[[application]]") {
        let read = application::read(reader, &mut section, folder, &levels, &mut warnings);
        reader.finish(&section);
        applications.extend(read.map(|application| (application, section.line)));
    }
    for (place, (application, line)) in applications.iter().enumerate() {
        let earlier = applications.iter().take(place).find(|(other, _)| other.id == application.id);
        if let Some((_, first)) = earlier {
            reader.fault(
                *line,
                format!("[[application]] id = \"{}\" is on line {first} already", application.id),
            );
        }
    }
    Some(Config {
        issuer: issuer?,
        listen: listen?,
        metrics,
        store: store?,
        connections,
        time_zone: time_zone?,
        trusted_proxies,
        secret_file: folder.join(secret_file?.value),
        signing_keys,
        pepper_files,
        password_kdf: password_kdf.unwrap_or_default(),
        hash_memory,
        ceiling,
        office: office?,
        levels,
        seal_keys,
        ends_token,
        mail,
        desk,
        applications: applications.into_iter().map(|(application, _)| application).collect(),
        warnings,
    })
}

/// A value made of a text, or its fault.
fn checked<T, E: fmt::Display>(
    reader: &mut Reader<'_>,
    key: &str,
    text: &At<String>,
    make: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    match make(&text.value) {
        Ok(value) => Some(value),
        Err(error) => {
            reader.fault(text.line, format!("{key}: {error}"));
            None
        }
    }
}

/// The most that the hash of a code may cost: the usual, but for the schemes of `max_kdf`.
fn most_of_a_hash<'t>(reader: &mut Reader<'t>, top: &mut Section<'_, 't>) -> Ceiling {
    let mut most = Ceiling::default();
    for text in reader.texts(top, "max_kdf") {
        if let Some(kdf) = checked(reader, "max_kdf", &text, str::parse) {
            most = most.of(kdf);
        }
    }
    most
}

fn socket(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("\"{text}\" is no address and port; write 127.0.0.1:8080 or [::1]:8080")
    })
}

fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text)
        .map_err(|_| format!("there is no time zone \"{text}\" here; write Europe/Brussels"))
}

/// The store; a file of SQLite is from the folder of the configuration.
fn address(text: &str, folder: &Path) -> Result<Address, String> {
    let text = match text.strip_prefix("sqlite:") {
        Some(path) if Path::new(path).is_relative() => {
            format!("sqlite:{}", folder.join(path).display())
        }
        _ => text.to_owned(),
    };
    text.parse().map_err(|error: tokenkaart_auth::store::AddressError| error.to_string())
}
