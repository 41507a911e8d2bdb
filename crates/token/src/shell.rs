//! Words as a shell takes them, so that a command that is shown can be pasted, and texts that do
//! nothing to a terminal.

use std::{ffi::OsStr, fmt::Write as _, path::Path};

use unicode_normalization::char::is_combining_mark;

/// A word as a POSIX shell reads it back, byte for byte: as it is, in single quotes, or as `$'…'`
/// (POSIX.1-2024, XCU §2.2.4) where it holds bytes that are no text or would garble a terminal.
#[must_use]
pub fn quoted(word: &OsStr) -> String {
    let bytes = word.as_encoded_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Ok(text) if text.chars().all(is_shown) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => escaped(bytes),
    }
}

/// A path as a shell and a command read it back: one that begins with a hyphen would be an option.
#[must_use]
pub fn quoted_path(path: &Path) -> String {
    let is_option = path.as_os_str().as_encoded_bytes().starts_with(b"-");
    if is_option { quoted(Path::new(".").join(path).as_os_str()) } else { quoted(path.as_os_str()) }
}

/// Whether no shell takes it for anything but itself.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "-_./:=,@+%".contains(c)
}

/// Whether a terminal shows it and does nothing else.
fn is_shown(c: char) -> bool {
    matches!(c, '\'' | '"' | '\\') || is_combining_mark(c) || c.escape_debug().len() == 1
}

/// A path as it may be shown: a name can hold escape sequences too.
#[must_use]
pub fn shown(path: &Path) -> String {
    escaped_text(&path.display().to_string())
}

/// What a library says of a file, which may quote it: as one short line that can't garble a
/// terminal. Of a long one the beginning and the end are left, where it says what and where.
#[must_use]
pub fn harmless(text: &str) -> String {
    const BEGINNING: usize = 400;
    const END: usize = 100;

    let mut shown = escaped_text(text);
    let length = shown.chars().count();
    if length > BEGINNING + END {
        let beginning: String = shown.chars().take(BEGINNING).collect();
        let end: String = shown.chars().skip(length - END).collect();
        shown = format!("{beginning} … {end}");
    }
    shown
}

/// A text without anything that a terminal would do more with than show it: controls, marks that turn
/// the direction of writing and unassigned characters are escaped.
#[must_use]
pub fn escaped_text(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        if is_shown(c) {
            shown.push(c);
        } else {
            shown.extend(c.escape_debug());
        }
    }
    shown
}

fn escaped(bytes: &[u8]) -> String {
    let octal = |text: &mut String, bytes: &[u8]| {
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\{byte:03o}");
        }
    };
    let mut text = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => text.extend(['\\', c]),
                c if is_shown(c) => text.push(c),
                c => octal(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        octal(&mut text, chunk.invalid());
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be_and_shown_harmlessly() {
        for (word, shown) in [
            ("holders.csv", "holders.csv"),
            ("/srv/Größe/h-1_a.csv", "/srv/Größe/h-1_a.csv"),
            ("", "''"),
            ("my file", "'my file'"),
            ("~/x", "'~/x'"),
            ("a;b $HOME `x`", "'a;b $HOME `x`'"),
            ("d'Hondt \"x\"", "'d'\\''Hondt \"x\"'"),
            ("e\u{301} 1", "'e\u{301} 1'"),
            ("a\nb'c\\", r"$'a\012b\'c\\'"),
            ("\u{1b}[31m\u{202e}é", r"$'\033[31m\342\200\256é'"),
        ] {
            assert_eq!(quoted(OsStr::new(word)), shown, "{word:?}");
        }
    }

    #[test]
    fn a_path_is_no_option() {
        for (path, shown) in [("-sp.csv", "./-sp.csv"), ("a-b", "a-b"), ("-a b", "'./-a b'")] {
            assert_eq!(quoted_path(Path::new(path)), shown);
        }
    }

    #[test]
    fn what_a_library_says_is_one_short_line() {
        assert_eq!(
            harmless("unknown field `a\u{1b}[2J\nb'é`"),
            "unknown field `a\\u{1b}[2J\\nb'é`"
        );
        let long = harmless(&format!("unknown field `{}` at line 7 column 9", "x".repeat(1000)));
        assert!(long.starts_with("unknown field `xxx") && long.ends_with("xx` at line 7 column 9"));
        assert_eq!(long.chars().count(), 503);
    }

    #[test]
    fn a_path_is_shown_as_it_is_and_does_nothing_to_a_terminal() {
        assert_eq!(shown(Path::new("my d'H\u{e9} run/x")), "my d'H\u{e9} run/x");
        assert_eq!(shown(Path::new("a\u{1b}[2J\u{202e}\n")), "a\\u{1b}[2J\\u{202e}\\n");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_kept() {
        use std::os::unix::ffi::OsStrExt as _;

        assert_eq!(quoted(OsStr::from_bytes(b"kaart \xe9\xff1")), r"$'kaart \351\3771'");
    }
}
