//! Lists of digital keys, as an application has them.

use tokenkaart_auth::Key;

use super::reader::{Reader, Section};

/// The keys of a list of an application; what is no key, or there twice, is a fault.
pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_, 't>,
    list: &'static str,
) -> Vec<Key> {
    let mut keys = Vec::new();
    for text in reader.texts(section, list) {
        match text.value.parse() {
            Ok(key) if keys.contains(&key) => {
                reader
                    .fault(text.line, format!("[[application]] {list}: \"{}\" twice", text.value));
            }
            Ok(key) => keys.push(key),
            Err(_) => reader.fault(
                text.line,
                format!(
                    "[[application]] {list}: \"{}\" is no key; there is token, app, mail",
                    text.value
                ),
            ),
        }
    }
    keys
}
