//! `GET /`: the search.

use askama::Template;
use axum::response::Response;

use super::{
    at_desk::{AtDesk, page},
    key::may_be_number,
    shell::Shell,
    texts::Texts,
};

#[derive(Template)]
#[template(path = "desk/home.html")]
pub(super) struct Home<'v> {
    pub(super) shell: Shell<'v>,
    pub(super) t: &'static Texts,
    /// What was looked for.
    pub(super) text: &'v str,
    /// Whether somebody may be entered.
    pub(super) may_enter: bool,
    /// Who of today's holder file may be meant, if that was looked at.
    pub(super) results: Option<Vec<Listed>>,
    /// Whether these are of what is being typed.
    pub(super) is_typed: bool,
}

/// Somebody of today's holder file.
pub(super) struct Listed {
    /// The person, as the page carries it on.
    pub(super) p: String,
    pub(super) name: String,
    /// As keys are shown.
    pub(super) key: String,
}

/// `GET /`
pub(super) fn show(at: &AtDesk) -> Response {
    page(&Home::new(at))
}

impl<'v> Home<'v> {
    pub(super) fn new(at: &'v AtDesk) -> Self {
        let text = at.field("text").filter(|text| !may_be_number(text)).unwrap_or_default();
        let may_enter = at.may("/person/enter");
        Self { shell: at.shell(), t: at.texts(), text, may_enter, results: None, is_typed: false }
    }
}
