//! The one table of the desk: which address, by which method, for whom.

use std::{
    future::{Future, ready},
    pin::Pin,
    sync::Arc,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, any, on},
};
use tokenkaart_auth::Role;

use super::{
    acts, at_desk::AtDesk, by_post, card, clerks, enter, file, find, help, home, language, lists,
    notice, person, screen, sign_in, sign_out, upload,
};
use crate::sign_in::{FailedVisit, Site, Visit, guard, health_of, script_of_pages, style_of};

/// What comes of a request.
type Answer = Pin<Box<dyn Future<Output = Result<Response, FailedVisit>> + Send>>;

/// An answer that waits for nothing.
fn now(answer: Result<Response, FailedVisit>) -> Answer {
    Box::pin(ready(answer))
}

/// A line of the table.
struct Route {
    is_post: bool,
    path: &'static str,
    act: Act,
}

/// Who may, and what is done then.
#[derive(Clone, Copy)]
enum Act {
    /// Whoever asks.
    Anybody(fn(Arc<Visit>) -> Answer),
    /// Who is signed in, whatever their role, also while the screen is locked.
    SignedIn(fn(Arc<AtDesk>) -> Answer),
    /// Who is signed in, has one of these roles, and an open screen.
    Staff(&'static [Role], fn(Arc<AtDesk>) -> Answer),
    /// The same with a form that has a file in it.
    Upload(&'static [Role], fn(Arc<AtDesk>) -> Answer),
}

/// All who work at the desk.
const ALL: &[Role] = &Role::ALL;
/// Those who change something; an auditor changes nothing.
const CLERKS: &[Role] = &[Role::Clerk, Role::Supervisor];

/// Those who see who did what.
const OVERSEERS: &[Role] = &[Role::Supervisor, Role::Auditor];
/// Those who say who works here.
const SUPERVISORS: &[Role] = &[Role::Supervisor];

const fn get(path: &'static str, act: Act) -> Route {
    Route { is_post: false, path, act }
}

/// What is posted must be a form of ours; nothing is posted here that isn't.
const fn post(path: &'static str, act: Act) -> Route {
    Route { is_post: true, path, act }
}

/// The table.
const ROUTES: &[Route] = &[
    get("/", Act::Staff(ALL, |at| now(Ok(home::show(&at))))),
    post("/find/typed", Act::Staff(ALL, |at| Box::pin(find::typed(at)))),
    get("/file", Act::Staff(CLERKS, |at| Box::pin(file::show(at)))),
    post("/file", Act::Upload(CLERKS, |at| Box::pin(file::submit(at)))),
    post("/file/forget", Act::Staff(CLERKS, |at| Box::pin(file::forget(at)))),
    post("/find", Act::Staff(ALL, |at| Box::pin(find::submit(at)))),
    get("/person", Act::Staff(ALL, |at| Box::pin(person::show(at)))),
    get("/person/enter", Act::Staff(CLERKS, |at| now(enter::show(&at)))),
    post("/person/enter", Act::Staff(CLERKS, |at| Box::pin(enter::submit(at)))),
    get("/card", Act::Staff(CLERKS, |at| Box::pin(card::see::show(at)))),
    get("/card/picture", Act::Staff(CLERKS, |at| Box::pin(card::picture::show(at)))),
    post("/card/print", Act::Staff(CLERKS, |at| Box::pin(card::print::submit(at)))),
    get("/card/outcome", Act::Staff(CLERKS, |at| Box::pin(card::outcome::show(at)))),
    post("/card/handed-over", Act::Staff(CLERKS, |at| Box::pin(card::hand_over::submit(at)))),
    post("/card/spoilt", Act::Staff(CLERKS, |at| Box::pin(card::spoil::submit(at)))),
    get("/card/receipt", Act::Staff(CLERKS, |at| Box::pin(card::receipt::show(at)))),
    post("/card/activation", Act::Staff(CLERKS, |at| Box::pin(card::activation::submit(at)))),
    get("/by-post", Act::Staff(CLERKS, |at| Box::pin(by_post::show::show(at)))),
    post("/by-post", Act::Staff(CLERKS, |at| Box::pin(by_post::ask::submit(at)))),
    post("/by-post/cancel", Act::Staff(CLERKS, |at| Box::pin(by_post::cancel::submit(at)))),
    post("/person/help", Act::Staff(CLERKS, |at| Box::pin(help::submit(at)))),
    get("/lists", Act::Staff(ALL, |at| Box::pin(lists::show(at)))),
    get("/lists/export", Act::Staff(ALL, |at| Box::pin(lists::export(at)))),
    get("/acts", Act::Staff(OVERSEERS, |at| Box::pin(acts::show(at)))),
    post("/acts", Act::Staff(OVERSEERS, |at| Box::pin(acts::submit(at)))),
    get("/acts/export", Act::Staff(OVERSEERS, |at| Box::pin(acts::export(at)))),
    get("/clerks", Act::Staff(OVERSEERS, |at| Box::pin(clerks::show(at)))),
    post("/clerks/add", Act::Staff(SUPERVISORS, |at| Box::pin(clerks::add(at)))),
    post("/clerks/stop", Act::Staff(SUPERVISORS, |at| Box::pin(clerks::stop(at)))),
    get("/locked", Act::SignedIn(|at| now(Ok(screen::show(&at))))),
    post("/lock", Act::SignedIn(|at| Box::pin(screen::lock(at)))),
    post("/unlock", Act::SignedIn(|at| Box::pin(screen::unlock(at)))),
    post("/sign-out", Act::SignedIn(|at| Box::pin(sign_out::submit(at)))),
    get("/sign-in", Act::Anybody(|visit| Box::pin(sign_in::show(visit)))),
    post("/sign-in", Act::Anybody(|visit| Box::pin(sign_in::submit(visit)))),
    post("/sign-in/code", Act::Anybody(|visit| Box::pin(sign_in::code(visit)))),
    get("/language", Act::Anybody(|visit| now(Ok(language::choose(&visit))))),
    get("/style.css", Act::Anybody(|visit| now(Ok(style_of(&visit.site))))),
    get("/page.js", Act::Anybody(|_| now(Ok(script_of_pages())))),
    get("/healthz", Act::Anybody(|visit| Box::pin(async move { health_of(&visit.site).await }))),
];

/// The paths of the desk, as its log names them.
pub(super) fn paths() -> Vec<&'static str> {
    ROUTES.iter().map(|route| route.path).collect()
}

/// Whether a role may look at an address.
fn may_see(role: Role, path: &str) -> bool {
    ROUTES.iter().any(|route| {
        let is_theirs = match route.act {
            Act::Anybody(_) | Act::SignedIn(_) => true,
            Act::Staff(roles, _) | Act::Upload(roles, _) => roles.contains(&role),
        };
        is_theirs && !route.is_post && route.path == path
    })
}

/// All addresses of the desk.
pub(crate) fn router(site: &Site) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let method = if route.is_post { MethodFilter::POST } else { MethodFilter::GET };
        let handler =
            move |State(site): State<Site>, request: Request| answer(route, site, request);
        router = router.route(route.path, on(method, handler));
    }
    router
        .fallback(any(nowhere))
        .layer(axum::middleware::from_fn_with_state(site.clone(), guard))
        .with_state(site.clone())
}

/// What is nowhere in the table.
async fn nowhere(State(site): State<Site>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let (parts, _) = request.into_parts();
    match Visit::of(parts, &site) {
        Ok(visit) => notice::failed(&visit, &FailedVisit::NotFound),
        Err(status) => status.into_response(),
    }
}

/// Lets in who may, and nobody else; only then what was posted is read.
async fn answer(route: &'static Route, site: Site, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match Visit::of(parts, &site) {
        Ok(visit) => visit,
        Err(status) => return status.into_response(),
    };
    let (roles, act) = match route.act {
        Act::Anybody(act) => {
            let visit = match visit.posted(body).await {
                Ok(visit) => Arc::new(visit),
                Err(status) => return status.into_response(),
            };
            return finished(route, &visit, act(Arc::clone(&visit))).await;
        }
        Act::SignedIn(act) => (None, act),
        Act::Staff(roles, act) | Act::Upload(roles, act) => (Some(roles), act),
    };
    let at = match AtDesk::find(visit, may_see).await {
        Ok(Ok(at)) => at,
        Ok(Err(visit)) => return sign_in::wanted(&visit),
        Err((visit, failure)) => return notice::failed(&visit, &failure),
    };
    if let Some(roles) = roles {
        if at.clerk.is_locked {
            return screen::wanted(&at);
        }
        if !roles.contains(&at.clerk.role) {
            return notice::not_yours(&at);
        }
    }
    let AtDesk { visit, clerk, may, .. } = at;
    let posted = match route.act {
        Act::Upload(..) => upload::posted(visit, body).await,
        _ => visit.posted(body).await.map(|visit| (visit, None)),
    };
    let (visit, file) = match posted {
        Ok(posted) => posted,
        Err(status) => return status.into_response(),
    };
    let at = Arc::new(AtDesk { visit, clerk, may, file });
    finished(route, &at.visit, act(Arc::clone(&at))).await
}

/// The answer, if the form is ours and nothing goes wrong.
async fn finished(route: &Route, visit: &Visit, answer: Answer) -> Response {
    if route.is_post
        && let Err(failure) = visit.require_own_form()
    {
        return notice::failed(visit, &failure);
    }
    match answer.await {
        Ok(response) => visit.with_form_cookie(response),
        Err(failure) => notice::failed(visit, &failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `docs/desk.md`, which the tests over HTTP try line by line, is this one.
    #[test]
    fn the_documented_table_is_the_one_that_the_router_is_built_from() {
        let document = std::fs::read_to_string("../../docs/desk.md").unwrap();
        let documented: Vec<&str> = document
            .lines()
            .filter(|line| line.starts_with("| `GET /") || line.starts_with("| `POST /"))
            .collect();
        let lines = ROUTES.iter().map(|route| {
            let method = if route.is_post { "POST" } else { "GET" };
            let may = |who: Option<Role>| match (route.act, who) {
                (Act::Anybody(_), _) | (Act::SignedIn(_), Some(_)) => "yes",
                (Act::Staff(roles, _) | Act::Upload(roles, _), Some(role))
                    if roles.contains(&role) =>
                {
                    "yes"
                }
                _ => "no",
            };
            let [clerk, supervisor, auditor] = Role::ALL.map(|role| may(Some(role)));
            let nobody = may(None);
            let path = route.path;
            format!("| `{method} {path}` | {nobody} | {clerk} | {supervisor} | {auditor} |")
        });
        let lines: Vec<String> = lines.collect();
        assert_eq!(documented, lines.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn an_auditor_changes_nothing() {
        for route in ROUTES.iter().filter(|route| route.is_post) {
            if let Act::Staff(roles, _) = route.act {
                let may = roles.contains(&Role::Auditor);
                // What is looked for may be a register number, so it is posted.
                assert!(
                    !may || ["/find", "/find/typed", "/acts"].contains(&route.path),
                    "{}",
                    route.path
                );
            }
        }
    }
}
