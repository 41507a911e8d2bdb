//! Why a store can't do what was asked. Nothing of a password, a hash or a row is in it.

use std::path::PathBuf;

use tokenkaart_token::files::FileError;

use super::{schema::VERSION, strangers::Stranger};

/// How many strangers one error names.
const SHOWN: usize = 5;

/// Why the auth store couldn't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database says no.
    #[error("{store}: {why}{}", .cause.remedy())]
    Database {
        /// The store, without a password.
        store: String,
        /// What kind of failure it is.
        cause: Cause,
        /// The database's own words, without the row that it was about.
        why: String,
    },
    /// There is no file.
    #[error("{}: there is no such file", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The file of a store can't be made.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is a database and no store in it.
    #[error("{store} has no auth store in it")]
    NoStore {
        /// The database, without a password.
        store: String,
    },
    /// Another program made the store.
    #[error(
        "{store} has an auth store of version {found}, and this program knows version {VERSION}; {}",
        if *.found > VERSION { "take a newer tokenkaart" } else { "it is to be brought up to date" }
    )]
    OtherVersion {
        /// The store, without a password.
        store: String,
        /// The version of its schema.
        found: i64,
    },
    /// The database can't hold every name.
    #[error("{store} has the encoding {encoding}; make a database with ENCODING 'UTF8'")]
    Encoding {
        /// The database, without a password.
        store: String,
        /// Its encoding.
        encoding: String,
    },
    /// Others than its owner have a hand in the schema.
    #[error(
        "{store}: {}; who uses the store could run what they wrote. Take that away (REVOKE CREATE ON \
         SCHEMA … FROM …, DROP …), or give the store a schema of its own",
        listed(.found)
    )]
    Strangers {
        /// The database, without a password.
        store: String,
        /// Who they are, and what they may do or have made.
        found: Vec<Stranger>,
    },
    /// No certificate of the system can be read, so no server can be trusted.
    #[error(
        "{store}: the system has no certificates to know the server by; install ca-certificates, \
         or name a file of certificates in SSL_CERT_FILE"
    )]
    NoCertificates {
        /// The store, without a password.
        store: String,
    },
    /// The certificates by which a server is to be known can't be read.
    #[error("{store}: {}: {why}; name a file of certificates in PEM (sslrootcert)", path.display())]
    Certificates {
        /// The store, without a password.
        store: String,
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A row holds what this program never writes.
    #[error(
        "{store}: the column `{column}` of a row holds what no tokenkaart wrote; restore the store from \
         a backup, and look who else writes to it"
    )]
    Malformed {
        /// The store, without a password.
        store: String,
        /// The column's name.
        column: &'static str,
    },
}

/// The first few, and how many more there are.
fn listed(strangers: &[Stranger]) -> String {
    let shown: Vec<String> = strangers.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = strangers.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    format!("{}{more}", shown.join(", "))
}

impl StoreError {
    /// Whether the store is of an earlier version than this program, which can bring it up to date.
    #[must_use]
    pub const fn is_older(&self) -> bool {
        matches!(self, Self::OtherVersion { found, .. } if *found < VERSION)
    }
}

/// What kind of failure a database reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// There is no connection to be had.
    Unreachable,
    /// The server is starting or stopping.
    Starting,
    /// The server takes no more connections.
    Crowded,
    /// The connection was lost before the commit: nothing was done, and it is done again by
    /// itself, some times.
    Lost,
    /// The connection was lost in the moment of the commit: it was done or it was not.
    InDoubt,
    /// The password, the user or the certificate was not taken.
    Refused,
    /// The server doesn't show who it is, or speaks no TLS.
    Untrusted,
    /// The role may not do that.
    Denied,
    /// Others hold what was needed, for too long.
    Busy,
    /// The database was told to give up after a time, or by somebody.
    Cancelled,
    /// The database has undone it for the sake of others; it is done again by itself, some times.
    Undone,
    /// A rule of the schema is broken.
    Conflict,
    /// A pooler gave a connection to somebody else in between, with the statements that it had
    /// prepared.
    Pooled,
    /// The server is a standby, or was told to take no writes.
    ReadOnly,
    /// The file of a store can't be written to.
    ReadOnlyFile,
    /// The file of a store can't be opened.
    Unreadable,
    /// A server of this kind can't do that: a standby, or one that is too old.
    Unsupported,
    /// There is no such database on the server.
    NoDatabase,
    /// There is no room.
    Full,
    /// Not a database, or a damaged one.
    Damaged,
    /// Anything else.
    Other,
}

impl Cause {
    const fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "; see that the server runs and can be reached, then give the command again: \
                 nothing is half done"
            }
            Self::Starting => "; the server is starting or stopping, so try again in a moment",
            Self::Crowded => {
                "; the server takes no more connections: have programs keep fewer, put PgBouncer \
                 before it, or raise max_connections"
            }
            Self::Lost => {
                "; the connection was lost, and what was begun is undone: see why in the server's \
                 log, then give the command again"
            }
            Self::InDoubt => {
                "; the connection was lost in the moment of the commit, so that it was done or was \
                 not: look in the audit which, then give the command again"
            }
            Self::Refused => "; check user, password and certificate",
            Self::Denied => "; take a login of the right role",
            Self::Busy | Self::Undone => "; another program holds the store, so try again",
            Self::Cancelled => {
                "; somebody cancelled it, or it took longer than it may, and nothing of it is done: \
                 see what the server waits for, then try again"
            }
            Self::Pooled => {
                "; a pooler stands between that knows no prepared statements: write prepare=no \
                 behind the ? of the address, or take PgBouncer 1.21 or newer with \
                 max_prepared_statements"
            }
            Self::ReadOnly => {
                "; this server is a standby: name the primary, or write \
                 target_session_attrs=read-write and all hosts into the address"
            }
            Self::ReadOnlyFile => {
                "; the file or its folder can't be written to by this login, so that the store can \
                 only be looked at"
            }
            Self::Unreadable => "; take a login that may read the file, and its folder too",
            Self::Unsupported => {
                "; this server can't do that: name the primary if it is a standby, and have \
                 PostgreSQL 14 or newer"
            }
            Self::NoDatabase => "; make the database first, or name another",
            Self::Full => "; free some space",
            Self::Damaged => "; name the file of an auth store, or restore it from a backup",
            Self::Untrusted | Self::Conflict | Self::Other => "",
        }
    }
}
