//! The pages on which somebody changes their account: keys, address, password, language.

use askama::Template;
use jiff::{Timestamp, tz::TimeZone};
use tokenkaart_auth::Key;
use zeroize::Zeroizing;

use super::{
    shell::{Fault, Shell, Wrong},
    texts::{Texts, fill},
};

#[derive(Template)]
#[template(path = "change_address.html")]
pub(crate) struct AskAddress<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    text: &'static str,
    button: &'static str,
    email: &'s str,
}

impl<'s> AskAddress<'s> {
    /// `is_known` says that a mail was read there already.
    pub(crate) fn new(
        mut shell: Shell<'s>,
        email: &'s str,
        is_known: bool,
        wrong: Option<Wrong>,
    ) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        let (text, button) =
            if is_known { (t.first_address_text, t.go_on) } else { (t.address_text, t.send_code) };
        Self { shell, t, fault, text, button, email }
    }
}

#[derive(Template)]
#[template(path = "change_confirm.html")]
pub(crate) struct ConfirmAddress<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    label: &'static str,
    hint: &'static str,
    sent: String,
}

impl<'s> ConfirmAddress<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, email: &str, wrong: Option<Wrong>) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        let sent = fill(t.confirm_text, &[("address", email)]);
        Self { t, fault, label: t.mail_code_label, hint: t.mail_code_hint, sent, shell }
    }
}

#[derive(Template)]
#[template(path = "change_method.html")]
pub(crate) struct ChooseMethod<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
}

impl<'s> ChooseMethod<'s> {
    pub(crate) fn new(shell: Shell<'s>) -> Self {
        Self { t: shell.texts(), shell }
    }
}

#[derive(Template)]
#[template(path = "change_app.html")]
pub(crate) struct SetUpApp<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    label: &'static str,
    hint: &'static str,
    qr: QrCode,
    secret: Zeroizing<String>,
}

/// A QR code as a drawing: modules along a side with the white around, and its dark strips.
pub(crate) struct QrCode {
    pub(crate) side: usize,
    /// As a path of SVG.
    pub(crate) path: Zeroizing<String>,
}

impl<'s> SetUpApp<'s> {
    pub(crate) fn new(
        mut shell: Shell<'s>,
        qr: QrCode,
        secret: Zeroizing<String>,
        wrong: Option<Wrong>,
    ) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        Self { t, fault, label: t.app_code_label, hint: t.prove_app, qr, secret, shell }
    }
}

#[derive(Template)]
#[template(path = "change_password.html")]
pub(crate) struct AskNewPassword<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    user_name: &'s str,
}

impl<'s> AskNewPassword<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, user_name: &'s str, wrong: Option<Wrong>) -> Self {
        let fault = shell.tell(wrong);
        Self { t: shell.texts(), fault, user_name, shell }
    }
}

#[derive(Template)]
#[template(path = "change_language.html")]
pub(crate) struct ChooseLanguage<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
}

impl<'s> ChooseLanguage<'s> {
    pub(crate) fn new(shell: Shell<'s>) -> Self {
        Self { t: shell.texts(), shell }
    }
}

#[derive(Template)]
#[template(path = "change_remove.html")]
pub(crate) struct AskRemoval<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    text: String,
}

impl<'s> AskRemoval<'s> {
    pub(crate) fn new(shell: Shell<'s>, key: Key) -> Self {
        let t = shell.texts();
        let name = if key == Key::Mail { t.mail } else { t.app };
        Self { t, text: fill(t.remove_text, &[("name", name)]), shell }
    }
}

/// A key of somebody's own, beside the token.
pub(crate) struct OwnKey {
    pub(crate) key: Key,
    /// Since when it is active, if it is.
    pub(crate) since: Option<Timestamp>,
}

/// A key as it is shown: its name, since when, and what can be done.
struct ShownKey {
    name: &'static str,
    since: String,
    /// What is asked for, and in which words.
    changes: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "my_keys.html")]
pub(crate) struct MyKeys<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    token: String,
    has_token: bool,
    keys: Vec<ShownKey>,
    details: [(&'static str, &'static str); 3],
}

impl<'s> MyKeys<'s> {
    /// `codes` are those left of the token, if it is active.
    pub(crate) fn new(
        shell: Shell<'s>,
        codes: Option<u8>,
        has_token: bool,
        keys: &[OwnKey],
        zone: &TimeZone,
    ) -> Self {
        let t = shell.texts();
        let language = shell.language;
        let shown = |own: &OwnKey| {
            let since = own.since.map(|at| language.date(at.to_zoned(zone.clone()).date()));
            let is_app = own.key == Key::App;
            let changes = match (is_app, since.is_some()) {
                (true, false) => vec![("app", t.activate_app)],
                (true, true) => vec![("app", t.renew_app), ("remove-app", t.remove_app)],
                (false, false) => vec![("mail", t.activate_mail)],
                (false, true) => vec![("remove-mail", t.remove_mail)],
            };
            ShownKey {
                name: if is_app { t.app } else { t.mail },
                since: since.map_or_else(
                    || t.not_active.to_owned(),
                    |since| fill(t.active_since, &[("time", &since)]),
                ),
                changes,
            }
        };
        let token = match codes {
            Some(left) => fill(t.codes_left, &[("n", &left.to_string())]),
            None => t.codes_none.to_owned(),
        };
        let details = [
            ("email", t.change_address),
            ("password", t.change_password),
            ("language", t.change_language),
        ];
        Self { token, has_token, keys: keys.iter().map(shown).collect(), details, t, shell }
    }
}
