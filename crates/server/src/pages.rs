//! The pages: what each shows. Their markup is in `templates`, their words in [`mod@texts`]; nothing is
//! decided here.

mod change;
mod few;
mod first;
mod fixed;
mod forgotten;
mod shell;
mod texts;
mod warning;

use askama::Template;
use jiff::{Timestamp, tz::TimeZone};
use tokenkaart_auth::{Key, phase_out::Phase};

use self::shell::Fault;
pub(crate) use self::{
    change::{
        AskAddress, AskNewPassword, AskRemoval, ChooseLanguage, ChooseMethod, ConfirmAddress,
        MyKeys, OwnKey, QrCode, SetUpApp,
    },
    few::FewCodes,
    first::{AskActivation, AskFirst, BothThere, OpenLink},
    fixed::{Script, Style},
    forgotten::{AskForgotten, ForgottenCode, ForgottenKey, ForgottenToken},
    shell::{Shell, Wrong, in_words as slip_in_words, waiting},
    texts::{Texts, fill, texts},
    warning::Warning,
};

/// A key among others.
pub(crate) struct KeyChoice {
    name: &'static str,
    title: &'static str,
    hint: &'static str,
}

#[derive(Template)]
#[template(path = "choose.html")]
pub(crate) struct Choose<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    title: &'static str,
    application: Option<String>,
    /// That the token is taken no longer, and where to go.
    over: Option<[String; 2]>,
    keys: Vec<KeyChoice>,
}

fn application(shell: &Shell<'_>, name: Option<&str>) -> Option<String> {
    name.map(|name| fill(shell.texts().to_sign_in_to, &[("name", name)]))
}

impl<'s> Choose<'s> {
    pub(crate) fn new(shell: Shell<'s>, name: Option<&str>, keys: &[Key], phase: &Phase) -> Self {
        let t = shell.texts();
        let over = match phase {
            Phase::Over { last_day, .. } => {
                let day = shell.language.date(*last_day);
                let values = [("name", name.unwrap_or_default()), ("day", day.as_str())];
                let way = if keys.is_empty() { t.over_desk } else { t.over_other };
                Some([fill(t.over_text, &values), shell.local(way)])
            }
            Phase::Open | Phase::Warned { .. } => None,
        };
        let title = if keys.is_empty() { t.over } else { t.choose };
        let choice = |key: &Key| {
            let (title, hint) = match key {
                Key::Token => (t.token, t.token_hint),
                Key::App => (t.app, t.app_hint),
                Key::Mail => (t.mail, t.mail_hint),
            };
            KeyChoice { name: key.as_str(), title, hint }
        };
        let keys = keys.iter().map(choice).collect();
        Self { application: application(&shell, name), t, title, over, keys, shell }
    }
}

#[derive(Template)]
#[template(path = "password.html")]
pub(crate) struct AskPassword<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    application: Option<String>,
    fault: Option<Fault>,
    user_name: &'s str,
    lost: String,
    /// Whether another password can be had here.
    can_forget: bool,
}

impl<'s> AskPassword<'s> {
    pub(crate) fn new(
        mut shell: Shell<'s>,
        name: Option<&str>,
        user_name: &'s str,
        can_forget: bool,
        wrong: Option<Wrong>,
    ) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        let lost = shell.local(t.password_lost);
        let application = application(&shell, name);
        Self { shell, t, application, fault, user_name, lost, can_forget }
    }
}

#[derive(Template)]
#[template(path = "code.html")]
pub(crate) struct AskCode<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    application: Option<String>,
    fault: Option<Fault>,
    position: u8,
    no_card: String,
}

impl<'s> AskCode<'s> {
    pub(crate) fn new(
        mut shell: Shell<'s>,
        name: Option<&str>,
        position: u8,
        wrong: Option<Wrong>,
    ) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        let no_card = shell.local(t.no_card_text);
        Self { application: application(&shell, name), t, fault, position, no_card, shell }
    }
}

#[derive(Template)]
#[template(path = "key_code.html")]
pub(crate) struct AskKeyCode<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    application: Option<String>,
    fault: Option<Fault>,
    title: &'static str,
    label: &'static str,
    hint: &'static str,
    /// What was sent, where a code comes by e-mail: another can be had.
    sent: Option<&'static str>,
    no_card: String,
}

impl<'s> AskKeyCode<'s> {
    pub(crate) fn new(
        mut shell: Shell<'s>,
        name: Option<&str>,
        key: Key,
        wrong: Option<Wrong>,
    ) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        let (title, label, hint, sent) = match key {
            Key::Mail => (t.mail_code, t.mail_code_label, t.mail_code_hint, Some(t.mail_code_sent)),
            _ => (t.app_code, t.app_code_label, t.app_code_hint, None),
        };
        let no_card = shell.local(t.no_card_text);
        let application = application(&shell, name);
        Self { shell, t, application, fault, title, label, hint, sent, no_card }
    }
}

/// A link that goes on.
pub(crate) struct Link {
    href: String,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    title: &'static str,
    texts: Vec<String>,
    link: Option<Link>,
}

/// What a page says that asks for nothing.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// A new card was asked for; one goes on at an address.
    CardAsked(String),
    Ended,
    /// By another key than the token.
    KeyEnded,
    /// A key is active; whether the token ended by it, and where one goes on.
    KeyActive(Key, bool, String),
    KeyRemoved,
    LastKey,
    AddressChanged,
    AddressTaken,
    PasswordChanged,
    LanguageChanged,
    /// User name and password were chosen.
    Activated,
    /// On the way to another password.
    ForgottenOver,
    Reported,
    NoToken,
    SignedOut,
    NotFound,
    NoClient,
    NoRedirect,
    FormOver,
    Busy,
    Fault,
}

/// A key as people know it.
const fn key_name(key: Key, t: &Texts) -> &'static str {
    match key {
        Key::Token => t.token,
        Key::App => t.app,
        Key::Mail => t.mail,
    }
}

/// The link to one's own page.
fn own(t: &Texts) -> Link {
    Link { href: "/account".to_owned(), text: t.to_account }
}

impl<'s> Notice<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, message: Message) -> Self {
        let t = shell.texts();
        let begin = || Some(Link { href: "/account".to_owned(), text: t.begin_again });
        let one = |text: &str| vec![shell.local(text)];
        let mut is_error = true;
        let (title, texts, link) = match message {
            Message::CardAsked(href) => {
                is_error = false;
                (t.card_asked, one(t.card_asked_text), Some(Link { href, text: t.go_on }))
            }
            Message::Ended => (t.ended, one(t.ended_text), begin()),
            Message::KeyEnded => (t.ended, one(t.ended_key_text), begin()),
            Message::KeyActive(key, token_ended, href) => {
                is_error = false;
                let name = key_name(key, t);
                let mut texts = vec![fill(t.key_active_text, &[("name", name)])];
                if token_ended {
                    texts.push(t.token_replaced.to_owned());
                }
                texts.push(t.mail_told.to_owned());
                (t.key_active, texts, Some(Link { href, text: t.go_on }))
            }
            Message::LastKey => (t.last_key, one(t.last_key_text), Some(own(t))),
            Message::KeyRemoved => {
                is_error = false;
                (t.removed, one(t.mail_told), Some(own(t)))
            }
            Message::AddressChanged => {
                is_error = false;
                (t.address_changed, one(t.mail_told), Some(own(t)))
            }
            Message::AddressTaken => (t.problem, one(t.address_taken), Some(own(t))),
            Message::PasswordChanged => {
                is_error = false;
                let texts = vec![t.password_changed_text.to_owned(), t.mail_told.to_owned()];
                (t.password_changed, texts, begin())
            }
            Message::LanguageChanged => {
                is_error = false;
                (t.language_changed, one(t.mail_told), Some(own(t)))
            }
            Message::ForgottenOver => {
                let link = Link { href: "/forgotten?step=name".to_owned(), text: t.begin_again };
                (t.forgotten_over, one(t.forgotten_over_text), Some(link))
            }
            Message::Activated => {
                is_error = false;
                let texts = vec![t.activated_text.to_owned(), t.mail_told.to_owned()];
                (t.activated, texts, Some(own(t)))
            }
            Message::Reported => {
                is_error = false;
                (t.reported, vec![t.reported_text.to_owned(), shell.local(t.new_card)], None)
            }
            Message::NoToken => (t.no_token, Vec::new(), begin()),
            Message::SignedOut => {
                is_error = false;
                (t.signed_out, one(t.signed_out_text), begin())
            }
            Message::NotFound => (t.not_found, one(t.not_found_text), begin()),
            Message::NoClient => (t.application_fault, one(t.no_client), None),
            Message::NoRedirect => (t.application_fault, one(t.no_redirect), None),
            Message::FormOver => (t.form_over, one(t.form_over_text), begin()),
            Message::Busy => (t.busy, one(t.busy_text), None),
            Message::Fault => (t.fault, one(t.fault_text), None),
        };
        shell.is_error = is_error;
        Self { shell, t, title, texts, link }
    }
}

#[derive(Template)]
#[template(path = "wait.html")]
pub(crate) struct Waiting<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    title: &'static str,
    wait: String,
    way: String,
    back: String,
    on: String,
}

impl<'s> Waiting<'s> {
    pub(crate) fn new(shell: Shell<'s>, seconds: i64) -> Self {
        let tab = shell.tab_query();
        Self::between(shell, seconds, [format!("/sign-in/key{tab}"), format!("/sign-in{tab}")])
    }

    /// The same elsewhere than in a sign-in: where one goes back to, and on.
    pub(crate) fn between(mut shell: Shell<'s>, seconds: i64, [back, on]: [String; 2]) -> Self {
        let t = shell.texts();
        shell.counts_down(seconds);
        let (wait, way) = (waiting(seconds, t), shell.local(t.no_card_text));
        Self { shell, t, title: t.problem, wait, way, back, on }
    }
}

/// A sign-in that was, as it is shown.
pub(crate) struct ShownSignIn {
    when: String,
    key: &'static str,
}

#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct OwnPage<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    signed_in_as: String,
    codes_left: String,
    new_card: Option<String>,
    /// Whether a new card can be asked for, and what is said where one was.
    can_ask: bool,
    asked: Option<String>,
    sign_ins: Vec<ShownSignIn>,
    has_token: bool,
    has_keys: bool,
}

/// What the own page shows.
pub(crate) struct Own<'o> {
    pub(crate) user_name: &'o str,
    /// Codes left, and whether these are few; none without a token that can be used.
    pub(crate) codes: Option<(u8, bool)>,
    pub(crate) has_token: bool,
    /// When a new card was asked for.
    pub(crate) card_asked_at: Option<Timestamp>,
    /// Whether there are other keys to be had here.
    pub(crate) has_keys: bool,
    pub(crate) sign_ins: Vec<(Timestamp, Key)>,
}

impl<'s> OwnPage<'s> {
    pub(crate) fn new(shell: Shell<'s>, own: Own<'_>, zone: &TimeZone) -> Self {
        let t = shell.texts();
        let language = shell.language;
        let shown = |(at, key): (Timestamp, Key)| {
            let at = at.to_zoned(zone.clone());
            ShownSignIn {
                when: format!("{}, {:02}:{:02}", language.date(at.date()), at.hour(), at.minute()),
                key: key_name(key, t),
            }
        };
        let codes_left = match own.codes {
            Some((left, _)) => fill(t.codes_left, &[("n", &left.to_string())]),
            None => t.codes_none.to_owned(),
        };
        let needs_card = own.codes.is_none_or(|(_, low)| low);
        let asked = own.card_asked_at.map(|at| {
            let day = language.date(at.to_zoned(zone.clone()).date());
            fill(t.card_asked_on, &[("day", &day)])
        });
        Self {
            can_ask: needs_card && own.has_token && asked.is_none(),
            asked,
            signed_in_as: fill(t.signed_in_as, &[("name", own.user_name)]),
            codes_left,
            new_card: needs_card.then(|| shell.local(t.new_card)),
            sign_ins: own.sign_ins.into_iter().map(shown).collect(),
            has_token: own.has_token,
            has_keys: own.has_keys,
            t,
            shell,
        }
    }
}

#[derive(Template)]
#[template(path = "lost.html")]
pub(crate) struct ReportLost<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    fault: Option<Fault>,
    user_name: &'s str,
}

impl<'s> ReportLost<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, user_name: &'s str, wrong: Option<Wrong>) -> Self {
        let fault = shell.tell(wrong);
        Self { t: shell.texts(), fault, user_name, shell }
    }
}

#[derive(Template)]
#[template(path = "sign_out.html")]
pub(crate) struct SignOut<'s> {
    shell: Shell<'s>,
    t: &'static Texts,
    /// What the application asked for, to be looked at again.
    query: Option<&'s str>,
}

impl<'s> SignOut<'s> {
    pub(crate) fn new(shell: Shell<'s>, query: Option<&'s str>) -> Self {
        Self { t: shell.texts(), query, shell }
    }
}
