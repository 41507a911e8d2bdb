//! `/sign-in`: name and password, and then a code of the token or the app.

use std::sync::Arc;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use form_urlencoded::byte_serialize;
use tokenkaart_auth::{
    DeskSessionId, Key, SignInId,
    account::Password,
    phase_out::Phase,
    session::{Demand, Levels, Prompt},
    sign_in::{
        Choice, CodeAnswer, CodeAsked, KeyAnswer, KeyAsked, Proof, Question, SignedIn, Step,
    },
};
use zeroize::Zeroizing;

use super::{at_desk::SESSION, language::own_page, shell::Shell};
use crate::{
    pages::slip_in_words,
    sign_in::{
        Counted, FailedVisit, Site, Visit, html, no_cookie, redirect, set_cookie, too_many,
        with_cookie,
    },
};

/// The sign-in under way.
const SIGN_IN: &str = "__Host-desk-sign-in";

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct AskPassword<'v> {
    shell: Shell<'v>,
    user_name: &'v str,
    /// The keys that can be had here: name, words, and whether it is the chosen one.
    keys: Vec<(&'static str, &'static str, bool)>,
    next: &'v str,
}

#[derive(Template)]
#[template(path = "desk/code.html")]
struct AskCode<'v> {
    shell: Shell<'v>,
    /// Of a token: which code.
    position: Option<u8>,
    next: &'v str,
}

/// What a sign-in at the desk must be: by token or app, both worth the same here.
fn demand(site: &Site) -> Demand {
    let keys = [Key::Token, Key::App];
    Demand {
        keys: keys.into_iter().filter(|key| site.service.offers(*key)).collect(),
        level: 0,
        levels: Levels { token: 1, app: 1, mail: 0 },
        phase: Phase::Open,
        prompt: Prompt::Any,
        max_age: None,
    }
}

/// Sends somebody who is not signed in to where they can, and back to what they looked at.
pub(super) fn wanted(visit: &Visit) -> Response {
    let here = format!("{}?{}", visit.path, visit.query);
    let here = here.trim_end_matches('?');
    if visit.method != axum::http::Method::GET || here == "/" {
        return redirect("/sign-in");
    }
    redirect(&format!("/sign-in?next={}", byte_serialize(here.as_bytes()).collect::<String>()))
}

/// Where the sign-in goes on.
fn next(visit: &Visit) -> String {
    let said = visit.form.get("next").map(str::to_owned);
    let said = said.or_else(|| visit.parameters().get("next").map(str::to_owned));
    own_page(said.as_deref()).to_owned()
}

fn under_way(visit: &Visit) -> Option<SignInId> {
    visit.cookie(SIGN_IN)?.parse().ok()
}

/// `GET /sign-in`: the page of the step that the sign-in has reached.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, FailedVisit> {
    let Some(id) = under_way(&visit).filter(|_| visit.parameters().get("again").is_none()) else {
        let page = ask_password(&visit, StatusCode::OK, |_| {});
        return Ok(with_cookie(page, &no_cookie(SIGN_IN)));
    };
    let from = visit.from;
    let question = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let (service, pool) = (&site.service, &site.pool);
        Ok::<_, FailedVisit>(match service.step(pool, &id, &clock)? {
            Some(Step::Asked(asked)) => Some(Question::Asked(asked)),
            Some(Step::KeyAsked(asked)) => Some(Question::KeyAsked(asked)),
            Some(Step::Proven(proven)) => {
                Some(proven.ask(service, pool, &demand(site), from, &clock, random)?)
            }
            _ => None,
        })
    });
    Ok(match question.await? {
        Some(Question::Asked(asked)) => {
            ask_code(&visit, Some(asked.position().number()), StatusCode::OK, |_| {})
        }
        Some(Question::KeyAsked(_)) => ask_code(&visit, None, StatusCode::OK, |_| {}),
        Some(Question::Wait { until, .. }) => {
            let seconds = Visit::seconds_until(until);
            too_many(
                ask_password(&visit, StatusCode::OK, |shell| {
                    shell.waits("password", seconds);
                }),
                seconds,
            )
        }
        _ => with_cookie(ask_password(&visit, StatusCode::OK, |_| {}), &no_cookie(SIGN_IN)),
    })
}

fn ask_password(visit: &Visit, status: StatusCode, tell: impl FnOnce(&mut Shell<'_>)) -> Response {
    let mut shell = Shell::new(visit, None);
    tell(&mut shell);
    let chosen = visit.form.get("key").unwrap_or("token");
    let words = |key| if key == Key::App { shell.t.by_app } else { shell.t.by_token };
    let keys = demand(&visit.site).keys.into_iter();
    let keys = keys.map(|key| (key.as_str(), words(key), key.as_str() == chosen)).collect();
    let user_name = visit.form.get("user_name").unwrap_or_default();
    html(status, &AskPassword { shell, user_name, keys, next: &next(visit) }, None)
}

fn ask_code(
    visit: &Visit,
    position: Option<u8>,
    status: StatusCode,
    tell: impl FnOnce(&mut Shell<'_>),
) -> Response {
    let mut shell = Shell::new(visit, None);
    tell(&mut shell);
    html(status, &AskCode { shell, position, next: &next(visit) }, None)
}

/// `POST /sign-in`: name and password.
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, FailedVisit> {
    let again = |tell: &dyn Fn(&mut Shell<'_>)| {
        ask_password(&visit, StatusCode::UNPROCESSABLE_ENTITY, tell)
    };
    let (user_name, password) = (visit.form.get("user_name"), visit.form.get("password"));
    let (Some(user_name), Some(password)) = (user_name.map(str::to_owned), password) else {
        return Ok(again(&|shell| {
            if user_name.is_none() {
                shell.fault("user_name", shell.c.user_name_missing);
            }
            if password.is_none() {
                shell.fault("password", shell.c.password_missing);
            }
        }));
    };
    let password = Password::typed(password);
    let key = visit.form.get("key").and_then(|key| key.parse::<Key>().ok()).unwrap_or(Key::Token);
    let from = visit.from;
    let proof = visit.hashing(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let (service, pool) = (&site.service, &site.pool);
        let id = service.begin(pool, "", &clock, random)?;
        let Some(Step::Begun(begun)) = service.step(pool, &id, &clock)? else { return Ok(None) };
        let Choice::Chosen(chosen) = begun.choose(pool, key, &demand(site), false)? else {
            return Ok(None);
        };
        let proof = chosen.prove(service, pool, &user_name, &password, from, &clock, random)?;
        if !matches!(proof, Proof::Proven(..)) {
            // The next try begins at the start.
            service.abandon(pool, &id)?;
        }
        Ok::<_, FailedVisit>(Some(proof))
    });
    let metrics = &visit.site.metrics;
    Ok(match proof.await? {
        Some(Proof::Proven(id, _)) => {
            metrics.count(Counted::PasswordsRight);
            let next: String = byte_serialize(next(&visit).as_bytes()).collect();
            set_cookie(redirect(&format!("/sign-in?next={next}")), SIGN_IN, id.expose())
        }
        Some(Proof::Wait { until, .. }) => {
            metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            too_many(again(&|shell| shell.waits("password", seconds)), seconds)
        }
        Some(Proof::Refused(_) | Proof::Over) | None => {
            metrics.count(Counted::PasswordsWrong);
            again(&|shell| shell.fault("user_name", shell.t.not_right))
        }
    })
}

/// What came of a code.
enum Judged {
    In(DeskSessionId),
    /// The code of the token at a position, or of the app, is asked for again, for a reason.
    Again(Option<u8>, Why),
    Over,
}

enum Why {
    Refused,
    Digits,
    Slip(tokenkaart_token::token::Slip),
    Wait(jiff::Timestamp),
}

/// `POST /sign-in/code`
pub(super) async fn code(visit: Arc<Visit>) -> Result<Response, FailedVisit> {
    let Some(id) = under_way(&visit) else { return Ok(over(&visit)) };
    let Some(typed) = visit.form.get("code").map(|code| Zeroizing::new(code.to_owned())) else {
        return Ok(redirect("/sign-in"));
    };
    let judged = visit.hashing(move |site| {
        Ok::<_, FailedVisit>(match site.service.step(&site.pool, &id, &|| site.now())? {
            Some(Step::Asked(asked)) => of_token(site, asked, &typed)?,
            Some(Step::KeyAsked(asked)) => of_app(site, asked, &typed)?,
            _ => Judged::Over,
        })
    });
    let metrics = &visit.site.metrics;
    Ok(match judged.await? {
        Judged::In(session) => {
            metrics.count(Counted::SignedIn);
            if let Some(before) = visit.cookie(SESSION).and_then(|id| id.parse().ok()) {
                // Of one browser one is signed in.
                let ended = visit.blocking(move |site| {
                    site.service.leave_desk(&site.pool, &before, &|| site.now())
                });
                ended.await?;
            }
            let response = set_cookie(redirect(&next(&visit)), SESSION, session.expose());
            with_cookie(response, &no_cookie(SIGN_IN))
        }
        Judged::Again(position, Why::Wait(until)) => {
            metrics.count(Counted::Waits);
            let seconds = Visit::seconds_until(until);
            let page = ask_code(&visit, position, StatusCode::OK, |shell| {
                shell.waits("code", seconds);
            });
            too_many(page, seconds)
        }
        Judged::Again(position, why) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ask_code(&visit, position, status, |shell| {
                let text = match why {
                    Why::Slip(slip) => slip_in_words(slip, shell.c),
                    Why::Digits => shell.c.six_digits.to_owned(),
                    _ if position.is_some() => shell.c.code_wrong.to_owned(),
                    _ => shell.c.digits_wrong.to_owned(),
                };
                shell.fault("code", text);
            })
        }
        Judged::Over => {
            metrics.count(Counted::Ended);
            over(&visit)
        }
    })
}

fn over(visit: &Visit) -> Response {
    let page = ask_password(visit, StatusCode::FORBIDDEN, |shell| {
        shell.fault("user_name", shell.t.ended);
    });
    with_cookie(page, &no_cookie(SIGN_IN))
}

fn of_token(site: &Site, asked: CodeAsked, typed: &str) -> Result<Judged, FailedVisit> {
    let (clock, random) = (|| site.now(), &mut Site::random());
    let (service, pool) = (&site.service, &site.pool);
    let at = |asked: &CodeAsked| Some(asked.position().number());
    Ok(match asked.answer(service, pool, typed, &demand(site), &clock, random)? {
        CodeAnswer::SignedIn(signed_in) => Judged::In(SignedIn::at_desk(signed_in)),
        CodeAnswer::Refused(asked) => Judged::Again(at(&asked), Why::Refused),
        CodeAnswer::Slip(slip, asked) => Judged::Again(at(&asked), Why::Slip(slip)),
        CodeAnswer::Wait { until, step } => Judged::Again(at(&step), Why::Wait(until)),
        CodeAnswer::Again(_) | CodeAnswer::NotTaken | CodeAnswer::Ended => Judged::Over,
    })
}

fn of_app(site: &Site, asked: KeyAsked, typed: &str) -> Result<Judged, FailedVisit> {
    let (clock, random) = (|| site.now(), &mut Site::random());
    let (service, pool) = (&site.service, &site.pool);
    Ok(match asked.answer(service, pool, typed, &demand(site), &clock, random)? {
        KeyAnswer::SignedIn(signed_in) => Judged::In(SignedIn::at_desk(signed_in)),
        KeyAnswer::Refused(_) => Judged::Again(None, Why::Refused),
        KeyAnswer::Slip(_) => Judged::Again(None, Why::Digits),
        KeyAnswer::Wait { until, .. } => Judged::Again(None, Why::Wait(until)),
        KeyAnswer::Again(_) | KeyAnswer::NotTaken | KeyAnswer::Ended => Judged::Over,
    })
}
