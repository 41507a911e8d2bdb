//! What says how PostgreSQL is reached, in the words of its own programs (its documentation, libpq,
//! "Parameter Key Words"): an address, a service, the environment.

use std::{fmt::Write as _, fs, path::PathBuf};

use super::AddressError;

/// The key words that are taken, each with its variable in the environment if it has one.
const TAKEN: [(&str, &str); 22] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("service", "PGSERVICE"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslnegotiation", "PGSSLNEGOTIATION"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    ("application_name", "PGAPPNAME"),
    ("options", "PGOPTIONS"),
    ("tcp_user_timeout", ""),
    ("keepalives", ""),
    ("keepalives_idle", ""),
    ("keepalives_interval", ""),
    ("keepalives_retries", ""),
];
/// libpq's other key words, and their variables, without which a connection would be another one
/// than was asked for.
const NOT_TAKEN: [(&str, &str); 19] = [
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslpassword", ""),
    ("sslcertmode", "PGSSLCERTMODE"),
    ("sslcrl", "PGSSLCRL"),
    ("sslcrldir", "PGSSLCRLDIR"),
    ("sslsni", ""),
    ("sslcompression", ""),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    ("requirepeer", "PGREQUIREPEER"),
    ("require_auth", "PGREQUIREAUTH"),
    ("client_encoding", ""),
    ("fallback_application_name", ""),
    ("gssencmode", ""),
    ("gsslib", ""),
    ("krbsrvname", ""),
    ("keepalives_count", ""),
    ("replication", ""),
];

/// What libpq's environment says where an address doesn't: its variables, and the home folder with
/// its files. The program reads it, and passes it on.
///
/// ```
/// use tokenkaart_auth::store::{Address, Surroundings};
///
/// let surroundings = Surroundings::of([("PGHOST", "db.example.be"), ("PGUSER", "sign_in")]);
/// let address = Address::parse("postgres:///cards", &surroundings)?;
/// assert_eq!(address.to_string(), "postgres://sign_in@db.example.be:5432/cards");
/// # Ok::<(), tokenkaart_auth::store::AddressError>(())
/// ```
#[derive(Clone, Default)]
pub struct Surroundings(Vec<(String, String)>);

impl Surroundings {
    /// Takes the variables that matter; others may be among them.
    pub fn of<N: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let all = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let ours = |(name, value): &(String, String)| {
            !value.is_empty() && (name.starts_with("PG") || ["HOME", "USER"].contains(&&**name))
        };
        Self(all.filter(ours).collect())
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// A file in the home folder, if it is there.
    pub(super) fn at_home(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.variable("HOME")?).join(name);
        path.exists().then_some(path)
    }
}

/// Key words and their values; the first that says something of one counts.
#[derive(Default)]
pub(super) struct Settings(Vec<(&'static str, String)>);

impl Settings {
    /// What an address says: `postgres://user:password@host:port,host/database?key=value`.
    pub(super) fn of_address(rest: &str) -> Result<Self, AddressError> {
        let mut settings = Self::default();
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (login, hosts) = authority.split_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        for (key, value) in [("user", user), ("password", password), ("dbname", database)] {
            if !value.is_empty() {
                settings.add(key, decoded(value)?);
            }
        }
        settings.add_hosts(hosts)?;
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').ok_or(AddressError::Postgres)?;
            settings.add_named(key, decoded(value)?, AddressError::Postgres)?;
        }
        Ok(settings)
    }

    fn add_hosts(&mut self, hosts: &str) -> Result<(), AddressError> {
        if hosts.is_empty() {
            return Ok(());
        }
        let mut names = Vec::new();
        let mut ports = Vec::new();
        for host in hosts.split(',') {
            let end = host.rfind(']').unwrap_or(0);
            let (name, port) = match host[end..].split_once(':') {
                Some((before, port)) => (&host[..end + before.len()], port),
                None => (host, ""),
            };
            // An IPv6 address stands in brackets.
            let name =
                name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
            // What has two of it is a password whose own is not written %40.
            if name.contains('@') || !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(AddressError::Postgres);
            }
            names.push(decoded(name)?);
            ports.push(port);
        }
        self.add("host", names.join(","));
        if ports.iter().any(|port| !port.is_empty()) {
            self.add("port", ports.join(","));
        }
        Ok(())
    }

    fn add(&mut self, key: &'static str, value: String) {
        if self.get(key).is_none() {
            self.0.push((key, value));
        }
    }

    /// Adds what others have named; a name that nobody knows isn't repeated, it may be a part of a
    /// password.
    fn add_named(
        &mut self,
        key: &str,
        value: String,
        unknown: AddressError,
    ) -> Result<(), AddressError> {
        if key == "prepare" && ["yes", "no"].contains(&&*value) {
            self.add("prepare", value);
            return Ok(());
        }
        if let Some((key, _)) = TAKEN.iter().find(|(name, _)| *name == key) {
            self.add(key, value);
            return Ok(());
        }
        let known = NOT_TAKEN.iter().find(|(name, _)| *name == key);
        Err(known.map_or(unknown, |(name, _)| AddressError::NotTaken { name }))
    }

    /// What the service says that is named, and then the environment, of all that isn't said yet.
    pub(super) fn fill(&mut self, surroundings: &Surroundings) -> Result<(), AddressError> {
        let refused =
            NOT_TAKEN.iter().find(|(_, variable)| surroundings.variable(variable).is_some());
        if let Some((_, name)) = refused {
            return Err(AddressError::NotTaken { name });
        }
        let service = self.get("service").or(surroundings.variable("PGSERVICE")).map(str::to_owned);
        if let Some(service) = service {
            self.fill_by_service(&service, surroundings)?;
        }
        for (key, variable) in TAKEN {
            if let Some(value) = surroundings.variable(variable) {
                self.add(key, value.to_owned());
            }
        }
        Ok(())
    }

    /// A section of a file (libpq, "The Connection Service File").
    fn fill_by_service(
        &mut self,
        service: &str,
        surroundings: &Surroundings,
    ) -> Result<(), AddressError> {
        let fault = || AddressError::Service { name: service.to_owned() };
        let folder = surroundings.variable("PGSYSCONFDIR").unwrap_or("/etc/postgresql-common");
        let own = surroundings.variable("PGSERVICEFILE").map(PathBuf::from);
        let own = own.or_else(|| surroundings.at_home(".pg_service.conf"));
        let common = PathBuf::from(folder).join("pg_service.conf");
        for path in own.into_iter().chain([common]) {
            let Ok(text) = fs::read_to_string(path) else { continue };
            let mut is_inside = false;
            let mut is_there = false;
            for line in text.lines().map(str::trim) {
                if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                    is_inside = name == service && !is_there;
                    is_there |= is_inside;
                } else if is_inside && !line.is_empty() && !line.starts_with('#') {
                    let (key, value) = line.split_once('=').ok_or_else(fault)?;
                    self.add_named(key, value.to_owned(), fault())?;
                }
            }
            if is_there {
                return Ok(());
            }
        }
        Err(fault())
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == key).map(|(_, value)| &**value)
    }

    /// What `tokio-postgres` reads: all but what is seen to here.
    pub(super) fn to_words(&self) -> String {
        let ours = ["prepare", "passfile", "service", "sslmode", "sslrootcert"];
        let mut words = String::new();
        for (key, value) in self.0.iter().filter(|(key, _)| !ours.contains(key)) {
            let value = value.replace('\\', "\\\\").replace('\'', "\\'");
            let _ = write!(words, "{key}='{value}' ");
        }
        words
    }
}

/// `%40` and its like (RFC 3986, section 2.1).
fn decoded(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            let (Some(high), Some(low)) = (digit(), digit()) else {
                return Err(AddressError::Postgres);
            };
            u8::try_from(high * 16 + low).map_err(|_| AddressError::Postgres)?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).map_err(|_| AddressError::Postgres)
}
