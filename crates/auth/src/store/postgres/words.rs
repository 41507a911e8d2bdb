//! What a failure of PostgreSQL means, by its code; its own words, without the row that it was about.

use std::{error::Error as _, io, time::Duration};

use tokio_postgres::error::SqlState;

use super::tls;
use crate::store::{
    Cause, StoreError,
    address::{Encryption, Server},
};

/// The server's message and its code. Its detail is left out: the row stands in it.
pub(super) fn failed(store: &str, error: &tokio_postgres::Error) -> StoreError {
    let (cause, why) = error.as_db_error().map_or_else(
        || unsaid(error),
        |said| (cause(said.code()), format!("{} ({})", said.message(), said.code().code())),
    );
    StoreError::Database { store: store.to_owned(), cause, why }
}

/// The same of a connection that was never there, so that it can't be lost.
pub(super) fn not_connected(
    store: &str,
    server: &Server,
    error: &tokio_postgres::Error,
) -> StoreError {
    if let Some(why) = tls::why(error, &server.encryption) {
        return StoreError::Database { store: store.to_owned(), cause: Cause::Untrusted, why };
    }
    match failed(store, error) {
        StoreError::Database { store, cause: Cause::Refused, mut why } => {
            if let Some(note) = &server.note {
                why = format!("{why}; no password was taken from a file: {note}");
            } else if server.config.get_password().is_none() {
                why += "; no password was given for this login";
            }
            if server.encryption == Encryption::Off {
                why += "; it was spoken to in plain text, so write sslmode=verify-full if it wants TLS";
            }
            StoreError::Database { store, cause: Cause::Refused, why }
        }
        StoreError::Database { store, cause: Cause::Lost, why } => {
            StoreError::Database { store, cause: Cause::Unreachable, why }
        }
        other => other,
    }
}

/// A connection that is gone, and nobody said why.
pub(super) fn lost(store: &str) -> StoreError {
    let why = "the connection is closed".to_owned();
    StoreError::Database { store: store.to_owned(), cause: Cause::Lost, why }
}

/// Nothing came for so long; the connection is given up, and what was on the way with it.
pub(super) fn silent(store: &str, waited: Duration) -> StoreError {
    let why = format!("the server has not answered for {} seconds", waited.as_secs());
    StoreError::Database { store: store.to_owned(), cause: Cause::Unreachable, why }
}

/// What went wrong without a word of the server: on the way there, or in this process.
fn unsaid(error: &tokio_postgres::Error) -> (Cause, String) {
    let said = error.to_string();
    let source = error.source();
    let cause = match source.and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(_) => Cause::Lost,
        None if error.is_closed() || said.contains("connect") || said.contains("timeout") => {
            Cause::Lost
        }
        None if said.contains("authentication") || said.contains("configuration") => Cause::Refused,
        None => Cause::Other,
    };
    (cause, source.map_or_else(|| said.clone(), |source| format!("{said}: {source}")))
}

/// By the codes and classes of PostgreSQL's Appendix A.
fn cause(code: &SqlState) -> Cause {
    match code.code() {
        "42501" => Cause::Denied,
        "40001" | "40P01" => Cause::Undone,
        "55P03" => Cause::Busy,
        "57014" => Cause::Cancelled,
        "53300" => Cause::Crowded,
        "26000" | "42P05" => Cause::Pooled,
        "25006" => Cause::ReadOnly,
        "0A000" => Cause::Unsupported,
        "3D000" => Cause::NoDatabase,
        "53100" => Cause::Full,
        "57P03" => Cause::Starting,
        "08001" | "08004" => Cause::Unreachable,
        "08P01" => Cause::Other,
        // Its time in a transaction was over; an administrator or a crash ended it.
        "25P03" => Cause::Lost,
        code if code.starts_with("08") || code.starts_with("57P") => Cause::Lost,
        code if code.starts_with("28") => Cause::Refused,
        code if code.starts_with("23") => Cause::Conflict,
        code if code.starts_with("XX") => Cause::Damaged,
        _ => Cause::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_that_operators_meet_has_its_meaning_and_its_remedy() {
        for (code, meant, remedy) in [
            ("55P03", Cause::Busy, "another program holds the store"),
            ("57014", Cause::Cancelled, "see what the server waits for"),
            ("25P03", Cause::Lost, "what was begun is undone"),
            ("57P01", Cause::Lost, "give the command again"),
            ("57P02", Cause::Lost, "give the command again"),
            ("57P05", Cause::Lost, "give the command again"),
            ("08003", Cause::Lost, "give the command again"),
            ("08006", Cause::Lost, "give the command again"),
            ("08001", Cause::Unreachable, "see that the server runs"),
            ("57P03", Cause::Starting, "try again in a moment"),
            ("53300", Cause::Crowded, "raise max_connections"),
            ("25006", Cause::ReadOnly, "name the primary"),
            ("0A000", Cause::Unsupported, "name the primary"),
            ("42P05", Cause::Pooled, "write prepare=no"),
            ("26000", Cause::Pooled, "write prepare=no"),
            ("3D000", Cause::NoDatabase, "make the database first"),
            ("28P01", Cause::Refused, "check user, password"),
            ("53100", Cause::Full, "free some space"),
        ] {
            let found = cause(&SqlState::from_code(code));
            assert_eq!(found, meant, "{code}");
            let store = "postgres://x".to_owned();
            let told = StoreError::Database { store, cause: found, why: code.to_owned() };
            assert!(told.to_string().contains(remedy), "{told}");
        }
    }
}
