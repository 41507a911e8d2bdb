//! The page that says until when an application takes the token, and what can be done.

use askama::Template;
use jiff::civil::Date;

use super::{
    shell::Shell,
    texts::{Texts, fill},
};

#[derive(Template)]
#[template(path = "warning.html")]
pub(crate) struct Warning<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    title: String,
    text: String,
    go_on_hint: String,
}

impl<'s> Warning<'s> {
    /// Of the application of that name.
    pub(crate) fn new(mut shell: Shell<'s>, name: &str, last_day: Date) -> Self {
        let t = shell.texts();
        let day = shell.language.date(last_day);
        let values = [("name", name), ("day", day.as_str())];
        shell.has_script = true;
        Self {
            title: fill(t.warning, &values),
            text: fill(t.warning_text, &values),
            go_on_hint: fill(t.choice_continue_hint, &values),
            t,
            shell,
        }
    }
}
