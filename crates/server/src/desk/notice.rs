//! Pages that only say something: why there is no other.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

use super::{at_desk::AtDesk, shell::Shell};
use crate::sign_in::{FailedVisit, Visit, html};

#[derive(Template)]
#[template(path = "desk/notice.html")]
struct Notice<'v> {
    shell: Shell<'v>,
    title: &'static str,
    text: &'static str,
}

/// What is said of a request that got no answer of its own.
pub(super) fn failed(visit: &Visit, failure: &FailedVisit) -> Response {
    failure.count(&visit.site);
    let shell = Shell::new(visit, None);
    let t = shell.t;
    let (title, text) = match failure {
        FailedVisit::Busy => (t.busy, t.busy_text),
        FailedVisit::FormOver => (t.form_over, t.form_over_text),
        FailedVisit::NotFound => (t.not_found, ""),
        FailedVisit::Fault => (t.fault, t.fault_text),
    };
    let mut response = html(failure.status(), &Notice { shell, title, text }, None);
    if matches!(failure, FailedVisit::Busy) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
    }
    visit.with_form_cookie(response)
}

/// What is said when a page is of somebody that nobody can tell any more.
pub(super) fn person_over(at: &AtDesk) -> Response {
    let shell = at.shell();
    let (title, text) = (shell.t.person, shell.t.person_over);
    html(StatusCode::NOT_FOUND, &Notice { shell, title, text }, None)
}

/// What is said to somebody whose role it isn't.
pub(super) fn not_yours(at: &AtDesk) -> Response {
    let shell = at.shell();
    let (title, text) = (shell.t.not_yours, shell.t.not_yours_text);
    html(StatusCode::FORBIDDEN, &Notice { shell, title, text }, None)
}
