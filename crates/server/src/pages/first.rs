//! The pages on which somebody activates their account: code and link, and then a user name and a
//! password.

use askama::Template;

use super::{
    shell::{Fault, Shell, Wrong},
    texts::Texts,
};

#[derive(Template)]
#[template(path = "first_code.html")]
pub(crate) struct AskActivation<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
}

impl<'s> AskActivation<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, wrong: Option<Wrong>) -> Self {
        let fault = shell.tell(wrong);
        Self { t: shell.texts(), fault, shell }
    }
}

/// The code was typed, and the link is to be opened yet.
#[derive(Template)]
#[template(path = "first_link.html")]
pub(crate) struct OpenLink<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    text: String,
}

impl<'s> OpenLink<'s> {
    pub(crate) fn new(shell: Shell<'s>) -> Self {
        let t = shell.texts();
        Self { t, text: shell.local(t.first_link_text), shell }
    }
}

/// The code was typed before, and the link was opened now.
#[derive(Template)]
#[template(path = "first_both.html")]
pub(crate) struct BothThere<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
}

impl<'s> BothThere<'s> {
    pub(crate) fn new(shell: Shell<'s>) -> Self {
        Self { t: shell.texts(), shell }
    }
}

/// User name and password are to be chosen.
#[derive(Template)]
#[template(path = "first_account.html")]
pub(crate) struct AskFirst<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    user_name: &'s str,
}

impl<'s> AskFirst<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, user_name: &'s str, wrong: Option<Wrong>) -> Self {
        let fault = shell.tell(wrong);
        Self { t: shell.texts(), fault, user_name, shell }
    }
}
