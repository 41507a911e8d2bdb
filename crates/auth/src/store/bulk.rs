//! Many rows into one table.

use rusqlite::params_from_iter;

use super::{Cell, Kind, StoreError, postgres::Copy, sqlite};

/// Writes rows into a table, one after the other: see [`super::Transaction::bulk`].
pub struct Bulk<'t> {
    store: String,
    writer: Writer<'t>,
}

enum Writer<'t> {
    Sqlite(rusqlite::CachedStatement<'t>, u64),
    Postgres(Copy<'t>),
}

impl<'t> Bulk<'t> {
    pub(super) fn sqlite(
        store: &str,
        open: &'t rusqlite::Transaction<'_>,
        table: &str,
        columns: &[(&str, Kind)],
    ) -> Result<Self, StoreError> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let sql =
            format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        let statement = open.prepare_cached(&sql).map_err(|error| sqlite::failed(store, &error))?;
        Ok(Self { store: store.to_owned(), writer: Writer::Sqlite(statement, 0) })
    }

    pub(super) fn postgres(store: &str, copy: Copy<'t>) -> Self {
        Self { store: store.to_owned(), writer: Writer::Postgres(copy) }
    }

    /// Writes a row: a value for each column, in order.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction is to be dropped then.
    pub fn push(&mut self, row: &[Cell<'_>]) -> Result<(), StoreError> {
        match &mut self.writer {
            Writer::Sqlite(statement, rows) => {
                statement
                    .execute(params_from_iter(row))
                    .map_err(|error| sqlite::failed(&self.store, &error))?;
                *rows += 1;
                Ok(())
            }
            Writer::Postgres(copy) => copy.push(&self.store, row),
        }
    }

    /// Ends it, and says how many rows were written.
    ///
    /// # Errors
    /// [`StoreError`], also of rows that were pushed long ago; the transaction is to be dropped
    /// then.
    pub fn finish(self) -> Result<u64, StoreError> {
        match self.writer {
            Writer::Sqlite(_, rows) => Ok(rows),
            Writer::Postgres(copy) => copy.finish(&self.store),
        }
    }
}
