//! Where an auth store is, as `--store` says it.

mod password;
mod settings;

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use tokio_postgres::config::{Host, SslMode};

pub use self::settings::Surroundings;
use self::{password::Login, settings::Settings};

/// Where PostgreSQL's socket is when the address names no host; Debian's place.
const SOCKETS: &str = "/var/run/postgresql";
/// How long a server may take to let one in, if the address doesn't say: to be reached, to agree on
/// TLS and to take the login.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what was sent may stay unanswered by the other machine's network.
const UNANSWERED: Duration = Duration::from_secs(30);
/// How long nothing is said before the other machine is asked whether it is there.
const IDLE: Duration = Duration::from_secs(30);

/// Where an auth store is: `sqlite:auth.db` or `postgres://user@host/database`.
///
/// It is shown without its password, and without all else that stands behind the `?`.
///
/// ```
/// use tokenkaart_auth::store::Address;
///
/// let address: Address = "postgres://sign_in:secret@db.example.be/cards".parse()?;
/// assert_eq!(address.to_string(), "postgres://sign_in@db.example.be:5432/cards");
/// # Ok::<(), tokenkaart_auth::store::AddressError>(())
/// ```
#[derive(Clone)]
pub struct Address(pub(super) Endpoint);

#[derive(Clone)]
pub(super) enum Endpoint {
    Sqlite(PathBuf),
    Postgres(Box<Server>),
}

/// A server of PostgreSQL, and how it is spoken to.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) config: tokio_postgres::Config,
    pub(super) encryption: Encryption,
    /// Whether statements are prepared once a connection: a pool that hands connections on between
    /// transactions must know of it.
    pub(super) prepares: bool,
    /// Why a file of passwords wasn't taken, for a login that is refused.
    pub(super) note: Option<String>,
}

/// Whether the way to a server is encrypted, and how it shows who it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Encryption {
    Off,
    /// A certificate for its name, by an authority that the system knows.
    System,
    /// A certificate by an authority of this file, or one that is in it.
    File {
        roots: PathBuf,
        /// Whether it must be for the server's name.
        names: bool,
    },
}

/// A text names no auth store.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Neither of the two databases.
    #[error("it names no auth store; write sqlite:auth.db or postgres://user@host/database")]
    Scheme,
    /// A file without a name.
    #[error("it names no file; write sqlite:auth.db")]
    NoFile,
    /// Not an address of PostgreSQL. What is wrong isn't repeated: it may be a part of a password.
    #[error(
        "it is no address of PostgreSQL; write postgres://user@host/database, and in a password \
         write %40 for @, %2F for /, %3A for :, %3F for ? and %23 for #"
    )]
    Postgres,
    /// A setting of PostgreSQL's own programs that this one doesn't have.
    #[error(
        "`{name}` is a setting of PostgreSQL's own programs that is not taken here, and the \
         connection would not be as it says; leave it out"
    )]
    NotTaken {
        /// Its key word, or the variable that says it.
        name: &'static str,
    },
    /// A setting with a value that it can't have.
    #[error("`{name}` can't be what it is; {remedy}")]
    Value {
        /// Its key word.
        name: &'static str,
        /// What it can be.
        remedy: &'static str,
    },
    /// A service without a section, or one with an unknown setting.
    #[error(
        "the service `{name}` is in no service file, or has a line there that can't be taken; see \
         PGSERVICEFILE, ~/.pg_service.conf and pg_service.conf"
    )]
    Service {
        /// Its name.
        name: String,
    },
}

impl Address {
    /// Reads an address; what it doesn't say, libpq's environment may.
    ///
    /// # Errors
    /// [`AddressError`]; nothing of a password is in it.
    pub fn parse(text: &str, surroundings: &Surroundings) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(AddressError::NoFile);
            }
            return Ok(Self(Endpoint::Sqlite(path.into())));
        }
        let rest = text.strip_prefix("postgres://").or(text.strip_prefix("postgresql://"));
        let mut settings = Settings::of_address(rest.ok_or(AddressError::Scheme)?)?;
        settings.fill(surroundings)?;
        Ok(Self(Endpoint::Postgres(Box::new(Server::new(&settings, surroundings)?))))
    }

    /// Whether it asks for a password that it hasn't.
    #[must_use]
    pub fn lacks_password(&self) -> bool {
        matches!(&self.0, Endpoint::Postgres(server) if server.config.get_password().is_none())
    }

    /// The same place with a password, which an address on a command line should not have: others
    /// on the machine can read that.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        if let Endpoint::Postgres(server) = &mut self.0 {
            server.config.password(password);
        }
        self
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Reads an address that says all itself.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, &Surroundings::default())
    }
}

impl Server {
    fn new(settings: &Settings, surroundings: &Surroundings) -> Result<Self, AddressError> {
        let words = settings.to_words();
        let mut config: tokio_postgres::Config = words.parse().map_err(|_| fault(settings))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host(SOCKETS);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        config.keepalives(true);
        if settings.get("keepalives_idle").is_none() {
            config.keepalives_idle(IDLE);
        }
        if settings.get("keepalives_interval").is_none() {
            config.keepalives_interval(IDLE / 3);
        }
        let encryption = encryption(settings, surroundings, &config)?;
        let is_plain = encryption == Encryption::Off;
        config.ssl_mode(if is_plain { SslMode::Disable } else { SslMode::Require });
        let prepares = settings.get("prepare") != Some("no");
        let mut server = Self { config, encryption, prepares, note: None };
        if server.config.get_password().is_none() {
            server.look_up_password(settings, surroundings);
        }
        Ok(server)
    }

    /// Takes the password of libpq's file for this login, if there is one.
    fn look_up_password(&mut self, settings: &Settings, surroundings: &Surroundings) {
        let named = settings.get("passfile").map(PathBuf::from);
        let Some(path) = named.or_else(|| surroundings.at_home(".pgpass")) else { return };
        let config = &self.config;
        let user = config.get_user().or(surroundings.variable("USER")).unwrap_or_default();
        let hosts = config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            // As libpq looks for its own socket.
            Host::Unix(folder) if folder == Path::new(SOCKETS) => "localhost".to_owned(),
            Host::Unix(folder) => folder.display().to_string(),
        });
        let mut found = None;
        for (index, host) in hosts.enumerate() {
            let ports = config.get_ports();
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432).to_string();
            let database = config.get_dbname().unwrap_or(user);
            let login = Login { host: &host, port: &port, database, user };
            match password::find(&path, &login) {
                Ok(password) => found = found.or(password),
                Err(why) => self.note = Some(why),
            }
        }
        if let Some(password) = found {
            self.config.password(&*password);
        }
    }
}

/// Which setting it is that has a value which it can't have.
fn fault(settings: &Settings) -> AddressError {
    for (name, remedy) in [
        ("port", "write a number from 1 to 65535"),
        ("hostaddr", "write an IP address"),
        ("connect_timeout", "write a number of seconds"),
        ("target_session_attrs", "write any, read-write or read-only"),
        ("channel_binding", "write disable, prefer or require"),
        ("sslnegotiation", "write postgres or direct"),
        ("load_balance_hosts", "write disable or random"),
        ("tcp_user_timeout", "write a number of seconds"),
        ("keepalives", "write 1"),
        ("keepalives_idle", "write a number of seconds"),
        ("keepalives_interval", "write a number of seconds"),
        ("keepalives_retries", "write a number"),
    ] {
        let Some(value) = settings.get(name) else { continue };
        let alone = format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
        if alone.parse::<tokio_postgres::Config>().is_err() {
            return AddressError::Value { name, remedy };
        }
    }
    AddressError::Postgres
}

/// How libpq's words are taken. They are never weaker than there; without `sslrootcert` the
/// certificates of the system are, which libpq takes for nothing less than `verify-full` either.
fn encryption(
    settings: &Settings,
    surroundings: &Surroundings,
    config: &tokio_postgres::Config,
) -> Result<Encryption, AddressError> {
    let mode = settings.get("sslmode").unwrap_or("prefer");
    let said = settings.get("sslrootcert");
    let names = match mode {
        "disable" => return Ok(Encryption::Off),
        "prefer" | "require" | "verify-ca" => settings.get("sslmode").is_none(),
        "verify-full" => true,
        _ => {
            return Err(AddressError::Value {
                name: "sslmode",
                remedy: "write disable, prefer, require, verify-ca or verify-full",
            });
        }
    };
    let is_socket = |host: &Host| matches!(host, Host::Unix(_));
    let is_near = config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_socket);
    // `prefer` would fall back to plain text without a word, on the way to another machine too.
    if is_near || (mode == "prefer" && said.is_none() && !is_remote(config)) {
        return Ok(Encryption::Off);
    }
    let file = match said {
        Some("system") => None,
        Some(path) => Some(PathBuf::from(path)),
        None => surroundings.at_home(".postgresql/root.crt"),
    };
    Ok(file.map_or(Encryption::System, |roots| Encryption::File { roots, names }))
}

/// Whether any of the hosts is another machine.
fn is_remote(config: &tokio_postgres::Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().any(|address| !address.is_loopback());
    }
    let is_loopback = |name: &str| {
        name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(name) if !is_loopback(name)))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = match &self.0 {
            Endpoint::Sqlite(path) => return write!(f, "sqlite:{}", path.display()),
            Endpoint::Postgres(server) => &server.config,
        };
        f.write_str("postgres://")?;
        if let Some(user) = config.get_user() {
            write!(f, "{user}@")?;
        }
        let ports = config.get_ports();
        for (index, host) in config.get_hosts().iter().enumerate() {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            let comma = if index > 0 { "," } else { "" };
            match host {
                Host::Tcp(name) if name.contains(':') => write!(f, "{comma}[{name}]:{port}")?,
                Host::Tcp(name) => write!(f, "{comma}{name}:{port}")?,
                Host::Unix(folder) => write!(f, "{comma}{}:{port}", folder.display())?,
            }
        }
        match config.get_dbname() {
            Some(name) => write!(f, "/{name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_encrypted(text: &str) -> bool {
        match text.parse::<Address>().unwrap().0 {
            Endpoint::Postgres(server) => {
                let is_encrypted = server.encryption != Encryption::Off;
                assert_eq!(
                    server.config.get_ssl_mode(),
                    if is_encrypted { SslMode::Require } else { SslMode::Disable }
                );
                is_encrypted
            }
            Endpoint::Sqlite(_) => panic!("{text}"),
        }
    }

    #[test]
    fn another_machine_is_never_spoken_to_in_plain_text_unless_that_is_written_out() {
        for plain in [
            "postgres:///cards",
            "postgres:///cards?host=/tmp/sockets",
            "postgres://%2Ftmp%2Fsockets/cards",
            "postgres://localhost/cards",
            "postgres://127.0.0.1/cards",
            "postgresql://[::1]:5433/cards",
            "postgres://db.example.be/cards?sslmode=disable",
        ] {
            assert!(!is_encrypted(plain), "{plain}");
        }
        for encrypted in [
            "postgres://db.example.be/cards",
            "postgres://db.example.be/cards?sslmode=prefer",
            "postgres://db.example.be/cards?sslmode=require",
            "postgres://db.example.be/cards?sslmode=verify-full",
            "postgres://localhost/cards?sslmode=require",
            "postgres://localhost,db.example.be/cards",
            "postgres://localhost/cards?hostaddr=192.0.2.7",
            "postgres://10.0.0.1/cards",
        ] {
            assert!(is_encrypted(encrypted), "{encrypted}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for text in [
            "postgres://sign_in:hunter2@db.example.be:5433/cards",
            "postgres://db.example.be:5433/cards?user=sign_in&password=hunter2",
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), "postgres://sign_in@db.example.be:5433/cards");
            assert_eq!(
                format!("{address:?}"),
                "Address(postgres://sign_in@db.example.be:5433/cards)"
            );
        }
        let address: Address = "sqlite:folder/auth.db".parse().unwrap();
        assert_eq!(address.to_string(), "sqlite:folder/auth.db");
    }

    #[test]
    fn what_names_no_store_is_refused_without_repeating_it() {
        for (text, error) in [
            ("", AddressError::Scheme),
            ("auth.db", AddressError::Scheme),
            ("mysql://host/cards", AddressError::Scheme),
            ("sqlite:", AddressError::NoFile),
            ("postgres://user@host/cards?hunter2", AddressError::Postgres),
            ("postgres://user:hunter2@host:port/cards", AddressError::Postgres),
            ("postgres://user:a@hunter2@host/cards", AddressError::Postgres),
            ("postgres://user:a?hunter2=x@host/cards", AddressError::Postgres),
            ("postgres://user:%hunter2@host/cards", AddressError::Postgres),
        ] {
            let refused = text.parse::<Address>().map(drop).unwrap_err();
            assert_eq!(refused, error, "{text}");
            assert!(!refused.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_password_can_come_later() {
        let address: Address = "postgres://sign_in@db.example.be/cards".parse().unwrap();
        assert!(address.lacks_password());
        let address = address.with_password("hunter2");
        assert!(!address.lacks_password());
        assert!(!address.to_string().contains("hunter2"));
    }

    fn server(text: &str, variables: &[(&str, &str)]) -> Server {
        let surroundings = Surroundings::of(variables.iter().copied());
        match Address::parse(text, &surroundings).unwrap().0 {
            Endpoint::Postgres(server) => *server,
            Endpoint::Sqlite(_) => panic!("{text}"),
        }
    }

    #[test]
    fn the_environment_says_what_an_address_does_not() {
        let all = [
            ("PGHOST", "db.example.be"),
            ("PGPORT", "5433"),
            ("PGUSER", "sign_in"),
            ("PGDATABASE", "cards"),
            ("PGPASSWORD", "it's a \\ secret"),
        ];
        let shown = |text: &str| Address::parse(text, &Surroundings::of(all)).unwrap().to_string();
        assert_eq!(shown("postgres://"), "postgres://sign_in@db.example.be:5433/cards");
        assert_eq!(shown("postgres:///other"), "postgres://sign_in@db.example.be:5433/other");
        assert_eq!(shown("postgres://eva@one,two:1/"), "postgres://eva@one:5432,two:1/cards");
        assert_eq!(shown("postgres://[::1]/"), "postgres://sign_in@[::1]:5433/cards");
        assert_eq!(shown("postgres://[::1]:7/"), "postgres://sign_in@[::1]:7/cards");
        let password = server("postgres://", &all).config.get_password().map(<[u8]>::to_vec);
        assert_eq!(password.as_deref(), Some("it's a \\ secret".as_bytes()));
        let own = server("postgres://x:y%40z@h/d", &all);
        assert_eq!(own.config.get_password(), Some("y@z".as_bytes()));
    }

    #[test]
    fn sslmode_is_taken_as_libpq_has_it_and_never_weaker() {
        let of = |text: &str| server(text, &[("PGSSLROOTCERT", "/root.pem")]).encryption;
        let file = |names| Encryption::File { roots: "/root.pem".into(), names };
        assert_eq!(of("postgres://db/cards?sslmode=disable"), Encryption::Off);
        assert_eq!(of("postgres://db/cards"), file(true));
        assert_eq!(of("postgres://db/cards?sslmode=prefer"), file(false));
        assert_eq!(of("postgres://db/cards?sslmode=require"), file(false));
        assert_eq!(of("postgres://db/cards?sslmode=verify-ca"), file(false));
        assert_eq!(of("postgres://db/cards?sslmode=verify-full"), file(true));
        assert_eq!(of("postgres://db/cards?sslrootcert=system"), Encryption::System);
        assert_eq!(of("postgres:///cards?sslmode=require"), Encryption::Off);
        let mode = [("PGSSLMODE", "verify-full")];
        assert_eq!(server("postgres://localhost/cards", &mode).encryption, Encryption::System);
        let refused = Address::parse("postgres://db/", &Surroundings::of([("PGSSLMODE", "allow")]));
        assert!(matches!(refused, Err(AddressError::Value { name: "sslmode", .. })));
    }

    #[test]
    fn what_is_not_taken_is_named() {
        let refused = |text: &str, variables: &[(&str, &str)]| {
            let surroundings = Surroundings::of(variables.iter().copied());
            Address::parse(text, &surroundings).unwrap_err().to_string()
        };
        for key in ["sslcert", "sslcrl", "requirepeer", "gssencmode", "client_encoding"] {
            let said = refused(&format!("postgres://u:hunter2@db/cards?{key}=x"), &[]);
            assert!(said.contains(&format!("`{key}`")) && !said.contains("hunter2"), "{said}");
        }
        let said = refused("postgres://db/cards", &[("PGSSLKEY", "key.pem")]);
        assert!(said.contains("`PGSSLKEY`"), "{said}");
        for (text, name) in [
            ("postgres://db/?port=x", "port"),
            ("postgres://db:70000/", "port"),
            ("postgres://db/?hostaddr=db", "hostaddr"),
            ("postgres://db/?connect_timeout=long", "connect_timeout"),
            ("postgres://db/?target_session_attrs=primary", "target_session_attrs"),
        ] {
            let said = refused(text, &[]);
            assert!(said.contains(&format!("`{name}` can't be what it is")), "{said}");
        }
        let said = refused("postgres://?service=none", &[]);
        assert!(said.contains("the service `none`"), "{said}");
    }
}
