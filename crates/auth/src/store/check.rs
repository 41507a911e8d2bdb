//! Whether a store is sound: the database's own check, and what its tables say of one another.

use std::{collections::BTreeSet, io, path::Path};

use tokenkaart_token::files::{FileAct, FileError, Writing};

use super::{
    Connection, Store, StoreError, Transaction,
    audit::{self, Break},
    sqlite,
    strangers::{self, Stranger},
};
use crate::Lane;

/// What is wrong with a store.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The database's own words.
    #[error("the database says: {0}")]
    Database(String),
    /// Somebody else has a hand in the schema.
    #[error("{0}, and nobody but the store's owner should, or a role of its roles.sql")]
    Stranger(Stranger),
    /// The audit is not whole.
    #[error("lane {lane} of the audit: {broken}")]
    Audit {
        /// The chain.
        lane: Lane,
        /// Where it breaks.
        broken: Break,
    },
    /// The audit has accepted a code that isn't used.
    #[error(
        "token {serial}: the audit says that the code at position {position} was accepted, and it \
         is not used: a part of the store is older than the rest"
    )]
    NotUsed {
        /// The token.
        serial: String,
        /// The position.
        position: i64,
    },
    /// A code is used that the audit has not accepted.
    #[error(
        "token {serial}: the code at position {position} is used, and the audit has not accepted it"
    )]
    NotAccepted {
        /// The token.
        serial: String,
        /// The position.
        position: i64,
    },
}

impl Store {
    /// Copies an SQLite store into a new file, its owner's alone (0600), while others use it; whole,
    /// and of one moment. False for PostgreSQL, which makes its own backups.
    ///
    /// # Errors
    /// [`StoreError`], also when there is such a file; there is none of the backup then.
    pub fn backup(&mut self, path: &Path) -> Result<bool, StoreError> {
        let Connection::Sqlite(connection) = &self.connection else { return Ok(false) };
        // Private before anything is in it, and under its name when all is.
        let file = Writing::begin(path)?;
        let failed = |source| {
            let path = path.to_owned();
            StoreError::File(FileError { act: FileAct::Create, path, source })
        };
        // A name that begins with `file:` would be an address, of another file.
        let part = std::path::absolute(file.part()).map_err(failed)?;
        let part = part.to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
        let copied = connection.execute("VACUUM INTO ?1", [part]);
        copied.map_err(|error| sqlite::failed(&self.name, &error))?;
        file.commit()?;
        Ok(true)
    }

    /// Looks whether the store is sound; gives what is wrong.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be read.
    pub fn check(&mut self) -> Result<Vec<Problem>, StoreError> {
        let mut problems = self.of_database()?;
        let verified = audit::verify(self, None)?;
        problems.extend(
            verified.broken.into_iter().map(|(lane, broken)| Problem::Audit { lane, broken }),
        );
        for lane in Lane::of_holders() {
            heads_and_uses(&mut self.read()?, lane, &mut problems)?;
        }
        Ok(problems)
    }

    fn of_database(&mut self) -> Result<Vec<Problem>, StoreError> {
        let Connection::Sqlite(connection) = &self.connection else {
            let found = strangers::beside(&mut self.read()?)?;
            return Ok(found.into_iter().map(Problem::Stranger).collect());
        };
        let ask = |sql, is_well: fn(&str) -> bool| -> rusqlite::Result<Vec<Problem>> {
            let mut statement = connection.prepare(sql)?;
            let said = statement.query_map([], |row| row.get::<_, String>(0))?;
            let said = said.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(said.into_iter().filter(|said| !is_well(said)).map(Problem::Database).collect())
        };
        ask("PRAGMA integrity_check", |said| said == "ok")
            .and_then(|mut problems| {
                problems.extend(ask(
                    "SELECT 'there is a ' || type || ' ' || name || ', and no store has one' \
                     FROM sqlite_schema WHERE type IN ('trigger', 'view')",
                    |_| false,
                )?);
                problems.extend(ask(
                    "SELECT 'a row of ' || \"table\" || ' lacks the one of ' || parent || ' that it \
                     belongs to' FROM pragma_foreign_key_check",
                    |_| false,
                )?);
                Ok(problems)
            })
            .map_err(|error| sqlite::failed(&self.name, &error))
    }
}

/// Each code that was accepted is used, and the other way round.
fn heads_and_uses(
    transaction: &mut Transaction<'_>,
    lane: Lane,
    problems: &mut Vec<Problem>,
) -> Result<(), StoreError> {
    let mut pairs = |sql| -> Result<BTreeSet<(String, i64)>, StoreError> {
        let rows = transaction.query(sql, &[lane.into()])?;
        rows.iter().map(|row| Ok((row.text("serial")?.to_owned(), row.int("position")?))).collect()
    };
    // Of who was forgotten no use is left, and what the audit calls them resolves to nobody.
    let accepted = pairs(
        "SELECT DISTINCT a.serial AS serial, a.position AS position FROM audit a \
         JOIN holders h ON h.lane = a.lane AND h.ref = a.ref \
         WHERE a.lane = $1 AND a.event = 'accepted' \
         AND a.serial IS NOT NULL AND a.position IS NOT NULL",
    )?;
    let used = pairs("SELECT serial, position FROM uses WHERE lane = $1")?;
    problems.extend(accepted.difference(&used).map(|(serial, position)| Problem::NotUsed {
        serial: serial.clone(),
        position: *position,
    }));
    problems.extend(used.difference(&accepted).map(|(serial, position)| Problem::NotAccepted {
        serial: serial.clone(),
        position: *position,
    }));
    Ok(())
}
