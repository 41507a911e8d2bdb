//! Where an auth store is, as `--store` says it.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

use tokio_postgres::config::{Host, SslMode};

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

/// A server of PostgreSQL, and whether the way to it is encrypted.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) config: tokio_postgres::Config,
    pub(super) is_encrypted: bool,
    /// Whether statements are prepared once a connection: a pool that hands connections on between
    /// transactions must know of it.
    pub(super) prepares: bool,
}

/// A text names no auth store.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
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
}

impl Address {
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

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(AddressError::NoFile);
            }
            return Ok(Self(Endpoint::Sqlite(path.into())));
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(AddressError::Scheme);
        }
        // Certificates are always verified, so libpq's stricter words mean the same here.
        let text = text
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let (text, prepares) = without_prepare(&text);
        let mut config: tokio_postgres::Config =
            text.parse().map_err(|_| AddressError::Postgres)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host(SOCKETS);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        config.keepalives(true).keepalives_idle(IDLE).keepalives_interval(IDLE / 3);
        let is_encrypted = match config.get_ssl_mode() {
            SslMode::Disable => false,
            SslMode::Require => true,
            // `prefer` would fall back to plain text without a word.
            _ => is_remote(&config),
        };
        config.ssl_mode(if is_encrypted { SslMode::Require } else { SslMode::Disable });
        Ok(Self(Endpoint::Postgres(Box::new(Server { config, is_encrypted, prepares }))))
    }
}

/// The address without `prepare=no` behind its `?`, which is ours, and whether it wasn't there.
fn without_prepare(text: &str) -> (String, bool) {
    let Some((place, options)) = text.split_once('?') else { return (text.to_owned(), true) };
    let others: Vec<&str> = options.split('&').filter(|option| *option != "prepare=no").collect();
    let prepares = others.len() == options.split('&').count();
    (format!("{place}?{}", others.join("&")).trim_end_matches('?').to_owned(), prepares)
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
                assert_eq!(
                    server.config.get_ssl_mode(),
                    if server.is_encrypted { SslMode::Require } else { SslMode::Disable }
                );
                server.is_encrypted
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
}
