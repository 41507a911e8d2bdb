//! The pages: what each shows. Their markup is in `templates`, their words in [`texts`]; nothing is
//! decided here.

mod few;
mod fixed;
mod texts;
mod warning;

use askama::Template;
use jiff::{Timestamp, tz::TimeZone};
use tokenkaart_auth::{Key, phase_out::Phase};
use tokenkaart_token::{language::Language, token::Slip};

use self::texts::Texts;
pub(crate) use self::{
    few::FewCodes,
    fixed::{Script, Style},
    texts::fill,
    warning::Warning,
};
use crate::config::Office;

/// What all pages share.
pub(crate) struct Shell<'s> {
    pub(crate) language: Language,
    pub(crate) office: &'s str,
    pub(crate) help_line: &'s str,
    pub(crate) desk: &'s str,
    pub(crate) style: &'s str,
    pub(crate) script: &'s str,
    /// Where another language is chosen.
    pub(crate) path: &'s str,
    /// What a form must come with.
    pub(crate) form_token: String,
    /// What the tab calls its sign-in under way, if there is one.
    pub(crate) tab: Option<String>,
    pub(crate) is_error: bool,
    /// Whether the page is better with the script.
    pub(crate) has_script: bool,
    /// For how many seconds one has to wait, where one has to.
    pub(crate) wait: Option<i64>,
    pub(crate) help: String,
    fault: Option<(&'static str, String)>,
}

/// A link to a language.
pub(crate) struct OtherLanguage {
    code: &'static str,
    name: &'static str,
    is_current: bool,
}

/// What is wrong, and with which field.
pub(crate) struct Fault {
    field: &'static str,
    text: String,
}

/// What may be wrong with a form; its words are the language's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrong {
    NoUserName,
    NoPassword,
    NotRight,
    NoCode,
    CodeRefused,
    Slip(Slip),
    /// For so many seconds nothing is taken; of a field.
    Wait(&'static str, i64),
    PasswordNotRight,
}

impl<'s> Shell<'s> {
    /// The frame of a page.
    pub(crate) fn new(
        language: Language,
        office: &'s Office,
        style: &'s str,
        script: &'s str,
        path: &'s str,
        form_token: String,
    ) -> Self {
        let help_line = office.help_line.as_str();
        Self {
            language,
            office: office.name.in_language(language),
            help_line,
            desk: office.desk.in_language(language),
            style,
            script,
            path,
            form_token,
            tab: None,
            is_error: false,
            has_script: false,
            wait: None,
            help: fill(texts::texts(language).help, &[("line", help_line)]),
            fault: None,
        }
    }

    /// The same, of a tab with a sign-in under way.
    pub(crate) fn in_tab(self, tab: Option<String>) -> Self {
        Self { tab, ..self }
    }

    /// The tab, behind a path.
    pub(crate) fn tab_query(&self) -> String {
        self.tab.as_ref().map(|tab| format!("?tab={tab}")).unwrap_or_default()
    }

    /// The same, with the help line of an application, if it has one.
    pub(crate) fn helped_by(mut self, help_line: Option<&'s str>) -> Self {
        if let Some(line) = help_line {
            self.help_line = line;
            self.help = fill(self.texts().help, &[("line", line)]);
        }
        self
    }

    /// Has a wait count down.
    fn counts_down(&mut self, seconds: i64) {
        self.has_script = true;
        self.wait = Some(seconds.max(1));
    }

    const fn texts(&self) -> &'static Texts {
        texts::texts(self.language)
    }

    /// A text with help line and desk in it.
    fn local(&self, text: &str) -> String {
        fill(text, &[("line", self.help_line), ("desk", self.desk)])
    }

    pub(crate) fn languages(&self) -> [OtherLanguage; 4] {
        Language::ALL.map(|language| OtherLanguage {
            code: language.code(),
            name: texts::texts(language).own_name,
            is_current: language == self.language,
        })
    }

    pub(crate) fn faulty(&self, field: &str) -> bool {
        self.fault.as_ref().is_some_and(|(faulty, _)| *faulty == field)
    }

    pub(crate) fn fault_at(&self, field: &str) -> Option<&str> {
        self.fault.as_ref().filter(|(faulty, _)| *faulty == field).map(|(_, text)| text.as_str())
    }

    /// Says what is wrong, above and beside the field.
    fn tell(&mut self, wrong: Option<Wrong>) -> Option<Fault> {
        let t = self.texts();
        let (field, text) = match wrong? {
            Wrong::NoUserName => ("user_name", t.user_name_missing.to_owned()),
            Wrong::NoPassword => ("password", t.password_missing.to_owned()),
            // Which of the two is wrong isn't said; one has to be gone to.
            Wrong::NotRight => ("user_name", t.not_right.to_owned()),
            Wrong::PasswordNotRight => ("password", t.not_right.to_owned()),
            Wrong::NoCode => ("code", t.code_missing.to_owned()),
            Wrong::CodeRefused => ("code", t.code_wrong.to_owned()),
            Wrong::Slip(slip) => ("code", in_words(slip, t)),
            Wrong::Wait(field, seconds) => {
                self.counts_down(seconds);
                (field, waiting(seconds, t))
            }
        };
        self.is_error = true;
        self.fault = Some((field, text.clone()));
        Some(Fault { field, text })
    }
}

fn in_words(slip: Slip, t: &Texts) -> String {
    match slip {
        Slip::Length { expected, .. } => fill(t.slip_length, &[("n", &expected.to_string())]),
        Slip::Symbol { .. } => t.slip_symbol.to_owned(),
        _ => t.slip_check.to_owned(),
    }
}

fn waiting(seconds: i64, t: &Texts) -> String {
    if seconds < 120 {
        return fill(t.wait_seconds, &[("n", &seconds.max(1).to_string())]);
    }
    fill(t.wait_minutes, &[("n", &((seconds + 59) / 60).to_string())])
}

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
}

impl<'s> AskPassword<'s> {
    pub(crate) fn new(
        mut shell: Shell<'s>,
        name: Option<&str>,
        user_name: &'s str,
        wrong: Option<Wrong>,
    ) -> Self {
        let t = shell.texts();
        let fault = shell.tell(wrong);
        let lost = shell.local(t.password_lost);
        Self { application: application(&shell, name), t, fault, user_name, lost, shell }
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
}

impl<'s> Waiting<'s> {
    pub(crate) fn new(mut shell: Shell<'s>, seconds: i64) -> Self {
        let t = shell.texts();
        shell.counts_down(seconds);
        let (wait, way) = (waiting(seconds, t), shell.local(t.no_card_text));
        Self { shell, t, title: t.problem, wait, way }
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
}

/// What the own page shows.
pub(crate) struct Own<'o> {
    pub(crate) user_name: &'o str,
    /// Codes left, and whether these are few; none without a token that can be used.
    pub(crate) codes: Option<(u8, bool)>,
    pub(crate) has_token: bool,
    /// When a new card was asked for.
    pub(crate) card_asked_at: Option<Timestamp>,
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
                key: match key {
                    Key::Token => t.token,
                    Key::App => t.app,
                    Key::Mail => t.mail,
                },
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
