//! Options put together behind a message.

pub(super) fn in_brackets(options: &str) -> String {
    if options.is_empty() { String::new() } else { format!(" ({options})") }
}

/// One after the other, none twice.
pub(super) fn each_once(options: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for options in options.filter(|options| !options.is_empty()) {
        if !all.contains(&options) {
            all.push(options);
        }
    }
    all.join(", ")
}
