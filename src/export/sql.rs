//! Statements that make two tables and fill them, in one transaction.
//!
//! Texts that are not ours, the holder ids, are quoted as each database reads them whatever its
//! settings are.

use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
};

use tokenkaart_token::{record::Record, token::Position};

use super::{
    error::Broken,
    fields::{code_format, voids},
};

/// Whose SQL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SqlDialect {
    /// That of PostgreSQL.
    PostgreSql,
    /// That of MariaDB.
    MariaDb,
    /// That of SQLite.
    Sqlite,
}

impl SqlDialect {
    const ALL: [Self; 3] = [Self::PostgreSql, Self::MariaDb, Self::Sqlite];

    /// The name as the user gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::MariaDb => "mariadb",
            Self::Sqlite => "sqlite",
        }
    }
}

impl fmt::Display for SqlDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text names no dialect.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("it must be postgresql, mariadb or sqlite")]
pub struct NoSuchSqlDialect;

impl FromStr for SqlDialect {
    type Err = NoSuchSqlDialect;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == text).ok_or(NoSuchSqlDialect)
    }
}

const POSTGRESQL: &str = "\
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
BEGIN;
CREATE TABLE IF NOT EXISTS tokenkaart_tokens (
  serial char(19) PRIMARY KEY,
  holder varchar(200) NOT NULL,
  issued date NOT NULL,
  expires date,
  scheme varchar(32) NOT NULL,
  key_id char(16),
  code_format text NOT NULL,
  voids text
);
CREATE INDEX IF NOT EXISTS tokenkaart_tokens_holder ON tokenkaart_tokens (holder);
CREATE TABLE IF NOT EXISTS tokenkaart_codes (
  serial char(19) NOT NULL REFERENCES tokenkaart_tokens (serial),
  position smallint NOT NULL CHECK (position BETWEEN 1 AND 24),
  hash varchar(160) NOT NULL,
  PRIMARY KEY (serial, position)
);
";

// Making a table ends a transaction there, so it comes before. Ids differ where their bytes do.
const MARIADB: &str = "\
SET NAMES utf8mb4;
CREATE TABLE IF NOT EXISTS tokenkaart_tokens (
  serial char(19) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  holder varchar(200) NOT NULL,
  issued date NOT NULL,
  expires date,
  scheme varchar(32) NOT NULL,
  key_id char(16),
  code_format text NOT NULL,
  voids text,
  INDEX tokenkaart_tokens_holder (holder)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS tokenkaart_codes (
  serial char(19) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position smallint NOT NULL CHECK (position BETWEEN 1 AND 24),
  hash varchar(160) NOT NULL,
  PRIMARY KEY (serial, position),
  FOREIGN KEY (serial) REFERENCES tokenkaart_tokens (serial)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
START TRANSACTION;
";

const SQLITE: &str = "\
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS tokenkaart_tokens (
  serial text PRIMARY KEY,
  holder text NOT NULL,
  issued text NOT NULL,
  expires text,
  scheme text NOT NULL,
  key_id text,
  code_format text NOT NULL,
  voids text
);
CREATE INDEX IF NOT EXISTS tokenkaart_tokens_holder ON tokenkaart_tokens (holder);
CREATE TABLE IF NOT EXISTS tokenkaart_codes (
  serial text NOT NULL REFERENCES tokenkaart_tokens (serial),
  position integer NOT NULL CHECK (position BETWEEN 1 AND 24),
  hash text NOT NULL,
  PRIMARY KEY (serial, position)
);
";

pub(super) fn head(dialect: SqlDialect, tokens: u64, out: &mut dyn Write) -> io::Result<()> {
    let tables = match dialect {
        SqlDialect::PostgreSql => POSTGRESQL,
        SqlDialect::MariaDb => MARIADB,
        SqlDialect::Sqlite => SQLITE,
    };
    out.write_all(tables.as_bytes())?;
    if dialect == SqlDialect::Sqlite {
        // The shell of SQLite goes on after an error and would commit the rest. So the rows are
        // counted at the end, and a transaction that lacks some is rolled back.
        let rows = tokens * (1 + u64::from(Position::MAX));
        write!(
            out,
            "CREATE TEMP TABLE tokenkaart_rows (\n  \
               before integer NOT NULL,\n  \
               after integer CHECK (after = before + 1 + {rows})\n);\n\
             INSERT INTO temp.tokenkaart_rows (before) VALUES (total_changes());\n"
        )?;
    }
    Ok(())
}

pub(super) fn token(
    dialect: SqlDialect,
    record: &Record,
    out: &mut dyn Write,
) -> Result<(), Broken> {
    let expires = record.expires().map_or_else(null, |date| format!("'{date}'"));
    let key_id = record.key_id().map_or_else(null, |id| format!("'{id}'"));
    let voids = voids(record).map_or_else(null, |serials| format!("'{serials}'"));
    write!(
        out,
        "INSERT INTO tokenkaart_tokens \
         (serial, holder, issued, expires, scheme, key_id, code_format, voids) \
         VALUES ('{}', {}, '{}', {expires}, '{}', {key_id}, '{}', {voids});\n\
         INSERT INTO tokenkaart_codes (serial, position, hash) VALUES",
        record.serial(),
        quoted(dialect, record.holder().as_str()),
        record.issued(),
        record.scheme(),
        code_format(record)?,
    )?;
    for (position, hash) in record.hashes() {
        let comma = if position.number() == 1 { "" } else { "," };
        write!(out, "{comma}\n('{}', {position}, '{hash}')", record.serial())?;
    }
    out.write_all(b";\n")?;
    Ok(())
}

pub(super) fn tail(dialect: SqlDialect, out: &mut dyn Write) -> io::Result<()> {
    if dialect == SqlDialect::Sqlite {
        out.write_all(
            b"UPDATE OR ROLLBACK temp.tokenkaart_rows SET after = total_changes();\n\
              DROP TABLE temp.tokenkaart_rows;\n",
        )?;
    }
    out.write_all(b"COMMIT;\n")
}

fn null() -> String {
    "NULL".to_owned()
}

/// A text that is not ours as a literal.
fn quoted(dialect: SqlDialect, text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '@');
    match dialect {
        // Whether a backslash is one depends on settings there, of the server and the client.
        SqlDialect::MariaDb if !text.chars().all(plain) => {
            let literal = text
                .bytes()
                .fold("_utf8mb4 X'".to_owned(), |literal, byte| format!("{literal}{byte:02X}"));
            literal + "'"
        }
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_can_t_end_its_literal() {
        for dialect in SqlDialect::ALL {
            assert_eq!(quoted(dialect, "4711 a.b-c_d@e"), "'4711 a.b-c_d@e'");
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        let hostile = "'; DROP TABLE x; --";
        assert_eq!(quoted(SqlDialect::PostgreSql, hostile), "'''; DROP TABLE x; --'");
        assert_eq!(quoted(SqlDialect::Sqlite, hostile), "'''; DROP TABLE x; --'");
        assert_eq!(quoted(SqlDialect::MariaDb, "\\'é"), "_utf8mb4 X'5C27C3A9'");
    }
}
