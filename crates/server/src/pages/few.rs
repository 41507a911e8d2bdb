//! The page that says how few codes are left, with a way to a new card.

use askama::Template;

use super::{
    shell::Shell,
    texts::{Texts, fill},
};

#[derive(Template)]
#[template(path = "few.html")]
pub(crate) struct FewCodes<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    text: String,
    new_card: String,
    /// Where the sign-in goes on.
    next: String,
}

impl<'s> FewCodes<'s> {
    pub(crate) fn new(shell: Shell<'s>, left: u8, next: String) -> Self {
        let t = shell.texts();
        let text = match left {
            0 => t.few_none.to_owned(),
            left => fill(t.few_text, &[("n", &left.to_string())]),
        };
        Self { text, new_card: shell.local(t.new_card), next, t, shell }
    }
}
