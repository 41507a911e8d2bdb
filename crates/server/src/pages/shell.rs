//! The frame of all pages, and what may be wrong with a form.

use tokenkaart_auth::account::PasswordError;
use tokenkaart_token::{language::Language, token::Slip};

use super::texts::{self, Texts, fill};
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
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) is_current: bool,
}

/// What is wrong, and with which field.
pub(crate) struct Fault {
    pub(super) field: &'static str,
    pub(super) text: String,
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
    NoDigits,
    /// Of six digits.
    DigitsSlip,
    DigitsRefused,
    /// The code that was mailed is over; another was sent.
    DigitsOver,
    /// Of an app that is being set up.
    NotOfTheApp,
    NoAddress,
    NoNewPassword,
    NewPassword(PasswordError),
    NoActivationCode,
    /// Of an activation: of the code, or of the link with it.
    ActivationRefused,
    /// The code that was mailed is over; the user name is to be given again.
    MailedCodeOver,
    /// It can't be one.
    NoSuchUserName,
    UserNameTaken,
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
    pub(super) fn counts_down(&mut self, seconds: i64) {
        self.has_script = true;
        self.wait = Some(seconds.max(1));
    }

    pub(super) const fn texts(&self) -> &'static Texts {
        texts::texts(self.language)
    }

    /// A text with help line and desk in it.
    pub(super) fn local(&self, text: &str) -> String {
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
    pub(super) fn tell(&mut self, wrong: Option<Wrong>) -> Option<Fault> {
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
            Wrong::NoDigits => ("code", t.digits_missing.to_owned()),
            Wrong::DigitsSlip => ("code", t.six_digits.to_owned()),
            Wrong::DigitsRefused => ("code", t.digits_wrong.to_owned()),
            Wrong::DigitsOver => ("code", t.digits_over.to_owned()),
            Wrong::NotOfTheApp => ("code", t.prove_wrong.to_owned()),
            Wrong::NoAddress => ("email", t.address_wrong.to_owned()),
            Wrong::NoNewPassword => ("new_password", t.password_missing.to_owned()),
            Wrong::NewPassword(error) => ("new_password", refused_password(error, t).to_owned()),
            Wrong::NoActivationCode => ("code", t.first_code_missing.to_owned()),
            Wrong::ActivationRefused => ("code", self.local(t.first_refused)),
            Wrong::MailedCodeOver => ("user_name", t.forgotten_code_over.to_owned()),
            Wrong::NoSuchUserName => ("user_name", t.user_name_wrong.to_owned()),
            Wrong::UserNameTaken => ("user_name", t.user_name_taken.to_owned()),
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

const fn refused_password(error: PasswordError, t: &Texts) -> &'static str {
    match error {
        PasswordError::Short => t.password_short,
        PasswordError::Long | PasswordError::Control => t.password_long,
        _ => t.password_common,
    }
}

/// A slip as people are told of it.
pub(crate) fn in_words(slip: Slip, t: &Texts) -> String {
    match slip {
        Slip::Length { expected, .. } => fill(t.slip_length, &[("n", &expected.to_string())]),
        Slip::Symbol { .. } => t.slip_symbol.to_owned(),
        _ => t.slip_check.to_owned(),
    }
}

/// That one has to wait, for how long.
pub(crate) fn waiting(seconds: i64, t: &Texts) -> String {
    if seconds < 120 {
        return fill(t.wait_seconds, &[("n", &seconds.max(1).to_string())]);
    }
    fill(t.wait_minutes, &[("n", &((seconds + 59) / 60).to_string())])
}
