//! The pages on which somebody comes to another password.

use askama::Template;

use super::{
    shell::{Fault, Shell, Wrong},
    texts::Texts,
};

#[derive(Template)]
#[template(path = "forgotten_name.html")]
pub(crate) struct AskForgotten<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    user_name: &'s str,
}

impl<'s> AskForgotten<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, user_name: &'s str, wrong: Option<Wrong>) -> Self {
        let fault = shell.tell(wrong);
        Self { t: shell.texts(), fault, user_name, shell }
    }
}

#[derive(Template)]
#[template(path = "forgotten_code.html")]
pub(crate) struct ForgottenCode<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    title: &'static str,
    /// What is said of a code that comes by e-mail; none of an app.
    sent: Option<&'static str>,
    label: &'static str,
    hint: &'static str,
}

impl<'s> ForgottenCode<'s> {
    /// `is_mailed` says that the code comes by e-mail, and not of an app.
    pub(crate) fn new(mut shell: Shell<'s>, is_mailed: bool, wrong: Option<Wrong>) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        let (title, sent, label, hint) = if is_mailed {
            (t.mail_code, Some(t.forgotten_sent), t.mail_code_label, t.mail_code_hint)
        } else {
            (t.app_code, None, t.app_code_label, t.app_code_hint)
        };
        Self { shell, t, fault, title, sent, label, hint }
    }
}

#[derive(Template)]
#[template(path = "forgotten_key.html")]
pub(crate) struct ForgottenKey<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    way: String,
}

impl<'s> ForgottenKey<'s> {
    pub(crate) fn new(shell: Shell<'s>) -> Self {
        let t = shell.texts();
        Self { t, way: shell.local(t.forgotten_key_text), shell }
    }
}

#[derive(Template)]
#[template(path = "forgotten_token.html")]
pub(crate) struct ForgottenToken<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    position: u8,
    way: String,
}

impl<'s> ForgottenToken<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, position: u8, wrong: Option<Wrong>) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        Self { t, fault, position, way: shell.local(t.no_card_text), shell }
    }
}
