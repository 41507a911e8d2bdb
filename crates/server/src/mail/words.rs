//! What mails say, in four languages. A text that one of them lacks doesn't compile.
//!
//! `{office}` stands for the office, `{name}` for an application, `{user}` for a user name, `{time}`
//! for a moment, `{day}` for a day, `{address}` for an e-mail address, `{line}` for the help line,
//! `{desk}` for the desk, `{user_name}` for a user name that was just chosen.

mod de;
mod en;
mod fr;
mod nl;

use askama::Template;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokenkaart_auth::{
    Key,
    outbox::{CodeUse, News, Written},
};
use tokenkaart_token::language::Language;
use zeroize::Zeroizing;

use crate::{
    config::{Config, Names, Office},
    openid::AuthorizationRequest,
    pages::fill,
};

/// Where somebody activates their account, behind the issuer.
pub(crate) const ACTIVATION: &str = "/start";

/// The last day of which each hour is before a moment.
pub(crate) fn last_day(until: Timestamp, zone: &TimeZone) -> Date {
    let date = until.to_zoned(zone.clone()).date();
    date.yesterday().unwrap_or(date)
}

/// All texts of a language.
struct MailTexts {
    /// What a mail begins with.
    hello: &'static str,
    code_subject: &'static str,
    code_sign_in: &'static str,
    code_own_page: &'static str,
    code_address: &'static str,
    code_password: &'static str,
    code_is: &'static str,
    code_never: &'static str,
    code_not_you: &'static str,
    activation_subject: &'static str,
    activation: &'static str,
    activation_code: &'static str,
    activation_not_you: &'static str,
    activated_subject: &'static str,
    activated: &'static str,
    unlocked_subject: &'static str,
    unlocked: &'static str,
    app: &'static str,
    mail: &'static str,
    token: &'static str,
    active_subject: &'static str,
    active: &'static str,
    token_ended: &'static str,
    lost_subject: &'static str,
    lost: &'static str,
    removed_subject: &'static str,
    removed: &'static str,
    address_subject: &'static str,
    address: &'static str,
    password_subject: &'static str,
    password: &'static str,
    language_subject: &'static str,
    language: &'static str,
    not_you: &'static str,
    automatic: &'static str,
}

const fn texts(language: Language) -> &'static MailTexts {
    match language {
        Language::Nl => &nl::TEXTS,
        Language::Fr => &fr::TEXTS,
        Language::De => &de::TEXTS,
        Language::En => &en::TEXTS,
    }
}

/// What mails are written with.
pub(crate) struct Writer {
    office: Office,
    issuer: String,
    zone: TimeZone,
    applications: Vec<(String, Names)>,
}

/// A mail as a page of HTML that needs nothing from elsewhere.
#[derive(Template)]
#[template(path = "mail.html")]
struct Page<'p> {
    language: &'p str,
    subject: &'p str,
    office: &'p str,
    colour: &'p str,
    paragraphs: &'p [Paragraph],
    automatic: &'p str,
}

enum Paragraph {
    Text(String),
    Code(Zeroizing<String>),
    Link(Zeroizing<String>),
}

impl Writer {
    pub(crate) fn new(config: &Config) -> Self {
        let names = config.applications.iter();
        Self {
            office: config.office.clone(),
            issuer: config.issuer.as_str().to_owned(),
            zone: config.time_zone.clone(),
            applications: names.map(|found| (found.id.clone(), found.names.clone())).collect(),
        }
    }

    /// Writes what is told, to a user name.
    pub(crate) fn write(&self, news: &News<'_>, user: &str, language: Language) -> Written {
        let t = texts(language);
        let office = self.office.name.in_language(language);
        let (line, desk) = (&self.office.help_line, self.office.desk.in_language(language));
        let more = self.values(news, t, language);
        let mut values =
            vec![("office", office), ("user", user), ("line", line.as_str()), ("desk", desk)];
        values.extend(more.iter().map(|(name, value)| (*name, value.as_str())));
        let text = |text: &str| Paragraph::Text(fill(text, &values));
        let mut paragraphs = vec![text(t.hello)];
        let subject = match news {
            News::Code { code, use_of, request, .. } => {
                let is_own_page = AuthorizationRequest::kept(request).is_none();
                paragraphs.push(text(match use_of {
                    CodeUse::SignIn if is_own_page => t.code_own_page,
                    CodeUse::SignIn => t.code_sign_in,
                    CodeUse::Address => t.code_address,
                    CodeUse::Password => t.code_password,
                }));
                paragraphs.push(text(t.code_is));
                paragraphs.push(Paragraph::Code(Zeroizing::new((*code).to_owned())));
                paragraphs.push(text(t.code_never));
                paragraphs.push(text(t.code_not_you));
                t.code_subject
            }
            News::Activation { link, .. } => {
                paragraphs.push(text(t.activation));
                let address = format!("{}{ACTIVATION}?link={}", self.issuer, link.expose());
                paragraphs.push(Paragraph::Link(Zeroizing::new(address)));
                paragraphs.push(text(t.activation_code));
                paragraphs.push(text(t.activation_not_you));
                t.activation_subject
            }
            News::Activated { .. } => {
                paragraphs.push(text(t.activated));
                t.activated_subject
            }
            News::KeyUnlocked { .. } => {
                paragraphs.push(text(t.unlocked));
                t.unlocked_subject
            }
            News::KeyActive { token_ended, .. } => {
                paragraphs.push(text(t.active));
                if *token_ended {
                    paragraphs.push(text(t.token_ended));
                }
                t.active_subject
            }
            News::TokenLost => {
                paragraphs.push(text(t.lost));
                t.lost_subject
            }
            News::KeyRemoved { .. } => {
                paragraphs.push(text(t.removed));
                t.removed_subject
            }
            News::EmailChanged { .. } => {
                paragraphs.push(text(t.address));
                t.address_subject
            }
            News::PasswordChanged => {
                paragraphs.push(text(t.password));
                t.password_subject
            }
            _ => {
                paragraphs.push(text(t.language));
                t.language_subject
            }
        };
        if !matches!(news, News::Code { .. } | News::Activation { .. }) {
            paragraphs.push(text(t.not_you));
        }
        self.letter(fill(subject, &values), &paragraphs, &fill(t.automatic, &values), language)
    }

    /// What stands for the words in braces that are of this mail alone.
    fn values(
        &self,
        news: &News<'_>,
        t: &MailTexts,
        language: Language,
    ) -> Vec<(&'static str, String)> {
        match news {
            News::Code { request, at, .. } => {
                let client = AuthorizationRequest::kept(request).map(|request| request.client);
                let mut names = self.applications.iter();
                let name = names.find(|(id, _)| Some(id) == client.as_ref());
                let name = name.map_or("", |(_, names)| names.in_language(language));
                vec![("time", self.time(*at, language)), ("name", name.to_owned())]
            }
            News::Activation { until, .. } => {
                vec![("day", language.date(last_day(*until, &self.zone)))]
            }
            News::Activated { user_name } => vec![("user_name", (*user_name).to_owned())],
            News::KeyActive { key, .. } | News::KeyRemoved { key } | News::KeyUnlocked { key } => {
                let name = match key {
                    Key::Token => t.token,
                    Key::App => t.app,
                    Key::Mail => t.mail,
                };
                vec![("name", name.to_owned())]
            }
            News::EmailChanged { address } => vec![("address", (*address).to_owned())],
            _ => Vec::new(),
        }
    }

    fn time(&self, at: Timestamp, language: Language) -> String {
        let at = at.to_zoned(self.zone.clone());
        format!("{}, {:02}:{:02}", language.date(at.date()), at.hour(), at.minute())
    }

    fn letter(
        &self,
        subject: String,
        paragraphs: &[Paragraph],
        automatic: &str,
        language: Language,
    ) -> Written {
        let length = paragraphs.iter().map(|paragraph| paragraph.as_str().len() + 4).sum::<usize>();
        let mut text = Zeroizing::new(String::with_capacity(length + automatic.len() + 8));
        for paragraph in paragraphs {
            text.push_str(paragraph.as_str());
            text.push_str("\n\n");
        }
        text.push_str("-- \n");
        text.push_str(automatic);
        text.push('\n');
        let page = Page {
            language: language.code(),
            subject: &subject,
            office: self.office.name.in_language(language),
            colour: self.office.colour.as_str(),
            paragraphs,
            automatic,
        };
        let html = Zeroizing::new(page.render().unwrap_or_default());
        Written { subject, text, html }
    }
}

impl Paragraph {
    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Code(code) | Self::Link(code) => code,
        }
    }
}
