//! libpq's file of passwords (its documentation, "The Password File").

use std::path::Path;

use tokenkaart_token::files;
use zeroize::Zeroizing;

/// The largest file, in bytes.
const MAX_LEN: u64 = 1 << 16;

/// Who logs in where, as a line of the file has it.
pub(super) struct Login<'l> {
    pub(super) host: &'l str,
    pub(super) port: &'l str,
    pub(super) database: &'l str,
    pub(super) user: &'l str,
}

/// The password of the first line that is about a login.
///
/// # Errors
/// Why the file isn't taken, such as that others may read it.
pub(super) fn find(path: &Path, login: &Login<'_>) -> Result<Option<Zeroizing<String>>, String> {
    let bytes = files::read_secret(path, MAX_LEN).map_err(|error| error.to_string())?;
    let fault = |_| format!("{}: it is not UTF-8", path.display());
    let text = std::str::from_utf8(&bytes).map_err(fault)?;
    Ok(text.lines().find_map(|line| of_line(line, login)))
}

fn of_line(line: &str, login: &Login<'_>) -> Option<Zeroizing<String>> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = fields(line).into_iter();
    for wanted in [login.host, login.port, login.database, login.user] {
        let (field, is_any) = fields.next()?;
        if !is_any && *field != wanted {
            return None;
        }
    }
    fields.next().map(|(password, _)| password)
}

/// What stands between colons, without backslashes, and whether it is a bare star.
fn fields(line: &str) -> Vec<(Zeroizing<String>, bool)> {
    let field = || Zeroizing::new(String::with_capacity(line.len()));
    let mut all = Vec::new();
    let (mut text, mut is_escaped) = (field(), false);
    let mut symbols = line.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            ':' if all.len() < 4 => {
                let is_any = *text == "*" && !is_escaped;
                all.push((std::mem::replace(&mut text, field()), is_any));
                is_escaped = false;
            }
            '\\' => {
                is_escaped = true;
                text.extend(symbols.next());
            }
            symbol => text.push(symbol),
        }
    }
    all.push((text, false));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_is_about_a_login_has_its_password() {
        let file = "#comment\n\
            other:5432:cards:sign_in:no\n\
            db:5433:*:sign_in:by port\n\
            db:5432:ca\\:rds:sign_in:a\\:b\\\\c:d\n\
            \\*:5432:cards:star:a host of that name\n\
            *:*:*:clerk:any\n\
            db:5432\n";
        let asked = |host, port, database, user| {
            let login = Login { host, port, database, user };
            file.lines().find_map(|line| of_line(line, &login)).map(|found| found.to_string())
        };
        assert_eq!(asked("db", "5433", "x", "sign_in").as_deref(), Some("by port"));
        assert_eq!(asked("db", "5432", "ca:rds", "sign_in").as_deref(), Some("a:b\\c:d"));
        assert_eq!(asked("x", "1", "y", "clerk").as_deref(), Some("any"));
        assert_eq!(asked("db", "5432", "cards", "star"), None);
        assert_eq!(asked("db", "5432", "cards", "sign_in"), None);
    }
}
