//! `GET /`: the search.

use askama::Template;
use axum::response::Response;

use super::{
    at_desk::{AtDesk, page},
    key::may_be_number,
    shell::Shell,
};
#[derive(Template)]
#[template(path = "desk/home.html")]
pub(super) struct Home<'v> {
    pub(super) shell: Shell<'v>,
    /// What was looked for.
    pub(super) text: &'v str,
    /// Whether somebody may be entered.
    pub(super) may_enter: bool,
}

/// `GET /`
pub(super) fn show(at: &AtDesk) -> Response {
    page(&Home::new(at))
}

impl<'v> Home<'v> {
    pub(super) fn new(at: &'v AtDesk) -> Self {
        let text = at.field("text").filter(|text| !may_be_number(text)).unwrap_or_default();
        Self { shell: at.shell(), text, may_enter: at.may("/person/enter") }
    }
}
