//! `/change`, `/account/keys` and `/activate`: somebody changes their account. Each change begins with a
//! sign-in of its own, whose factors are good for that alone.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use tokenkaart_auth::{
    ChangeId, Key,
    account::{EmailAddress, Password, PasswordError, UserName},
    change::{Change, ChangeKind, Changed, Done, Stage},
    sign_in::{BothFactors, SignInError, Step},
    store::State,
};
use tokenkaart_token::language::Language;
use zeroize::Zeroizing;

use super::{
    answer::{html, redirect, with_cookie},
    authorize, cookie,
    failure::Failure,
    flow::{self, Purpose},
    password::too_many,
    qr,
    site::Site,
    visit::Visit,
};
use crate::pages::{
    AskAddress, AskFirst, AskNewPassword, AskRemoval, ChooseLanguage, ChooseMethod, ConfirmAddress,
    Message, MyKeys, OwnKey, SetUpApp, Wrong,
};

/// `GET /activate`: by a code of the token.
pub(super) async fn activate(visit: Arc<Visit>) -> Result<Response, Failure> {
    activate_for(&visit, "").await
}

/// Begins the activation of another key, and goes on with a request afterwards.
pub(super) async fn activate_for(visit: &Visit, request: &str) -> Result<Response, Failure> {
    let kept = flow::for_change(ChangeKind::Activate, request);
    let begun = visit.blocking(move |site| {
        let clock = || site.now();
        let demand = Purpose::kept(&kept).demand(site)?;
        let id = site.service.begin(&site.pool, &kept, &clock, &mut Site::random())?;
        // There is nothing to choose from.
        if let Some(Step::Begun(begun)) = site.service.step(&site.pool, &id, &clock)? {
            begun.choose(&site.pool, Key::Token, &demand, false)?;
        }
        Ok::<_, Failure>(id)
    });
    Ok(visit.to_new("/sign-in", &begun.await?, false))
}

/// `GET /account/keys`
pub(super) async fn keys(visit: Arc<Visit>) -> Result<Response, Failure> {
    let Some(id) = visit.session() else { return Ok(redirect("/account")) };
    let found = visit.blocking(move |site| {
        let Some(session) = site.service.session(&site.pool, &id, &|| site.now())? else {
            return Ok(None);
        };
        let overview = site.service.overview(&site.pool, &session)?;
        let own = site.service.own_keys(&site.pool, &session.holder)?;
        Ok::<_, SignInError>(overview.map(|overview| (overview, own)))
    });
    let Some((overview, own)) = found.await? else { return Ok(redirect("/account")) };
    let site = &visit.site;
    let offered = [Key::App, Key::Mail].into_iter().filter(|key| site.service.offers(*key));
    let keys: Vec<OwnKey> = offered
        .map(|key| {
            let since = own.iter().find(|facts| facts.key == key).map(|facts| facts.since);
            OwnKey { key, since }
        })
        .collect();
    let token = overview.token.as_ref();
    let codes = token.filter(|token| token.state == State::Active).map(|token| token.left);
    let shell = visit.shell(Some(overview.account.language));
    let page = MyKeys::new(shell, codes, token.is_some(), &keys, &site.config.time_zone);
    Ok(html(StatusCode::OK, &page, None))
}

/// `POST /account/keys`: what is to be changed; both factors are given for it first.
pub(super) async fn choose(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    let kind = visit.form.get("change").and_then(|kind| kind.parse::<ChangeKind>().ok());
    match kind.filter(|kind| !kind.keys().is_empty()) {
        Some(kind) => flow::begin(&visit, flow::for_change(kind, "")).await,
        None => Ok(redirect("/account/keys")),
    }
}

/// Begins a change by the factors of a sign-in for it.
pub(super) async fn begin(
    visit: &Visit,
    proof: BothFactors,
    kept: &str,
) -> Result<Response, Failure> {
    let Some(kind) = Purpose::kept(kept).change else { return Ok(redirect("/account")) };
    let request = flow::behind_change(kept).to_owned();
    let begun = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        site.service.begin_change(&site.pool, proof, kind, &request, &clock, random)
    });
    match begun.await? {
        Some(id) => {
            let cookie = cookie::set(cookie::CHANGE, id.expose());
            Ok(with_cookie(redirect("/change"), &cookie))
        }
        None => Ok(redirect("/account")),
    }
}

async fn find(visit: &Visit) -> Result<Option<Change>, Failure> {
    let Some(id) = visit.change() else { return Ok(None) };
    find_by(visit, id).await
}

async fn find_by(visit: &Visit, id: ChangeId) -> Result<Option<Change>, Failure> {
    visit.blocking(move |site| site.service.change(&site.pool, &id, &|| site.now())).await
}

/// `GET /change`: the page of the step that the change has come to.
pub(super) async fn show(visit: Arc<Visit>) -> Result<Response, Failure> {
    match find(&visit).await? {
        Some(change) => page(&visit, &change, StatusCode::OK, None),
        None => Ok(redirect("/account")),
    }
}

/// The page of a step.
fn page(
    visit: &Visit,
    change: &Change,
    status: StatusCode,
    wrong: Option<Wrong>,
) -> Result<Response, Failure> {
    let service = &visit.site.service;
    let account = change.account();
    let shell = visit.shell(Some(account.language));
    Ok(match change.stage() {
        Stage::Address => {
            let address = change.address(service)?;
            let email = visit.form.get("email").unwrap_or(&address);
            let is_known = change.kind() == ChangeKind::First;
            html(status, &AskAddress::new(shell, email, is_known, wrong), None)
        }
        Stage::Confirm => {
            let address = change.address(service)?;
            html(status, &ConfirmAddress::new(shell, &address, wrong), None)
        }
        Stage::Method => html(status, &ChooseMethod::new(shell), None),
        Stage::App => {
            let Some(secret) = change.app_secret(service)? else { return Err(Failure::Fault) };
            let office = visit.site.config.office.name.in_language(shell.language);
            let code = qr::drawn(&secret.uri(office, &account.user_name))?;
            html(status, &SetUpApp::new(shell, code, secret.groups(), wrong), None)
        }
        Stage::Act => match (change.kind(), change.removes()) {
            (_, Some(key)) => html(status, &AskRemoval::new(shell, key), None),
            (ChangeKind::First, _) => {
                let user_name = visit.form.get("user_name").unwrap_or(&account.user_name);
                html(status, &AskFirst::new(shell, user_name, wrong), None)
            }
            (ChangeKind::Password, _) => {
                html(status, &AskNewPassword::new(shell, &account.user_name, wrong), None)
            }
            _ => html(status, &ChooseLanguage::new(shell), None),
        },
    })
}

/// `POST /change`: what the step asks for.
pub(super) async fn submit(visit: Arc<Visit>) -> Result<Response, Failure> {
    visit.require_own_form()?;
    let Some(change) = find(&visit).await? else { return Err(Failure::FormOver) };
    let again = |change: &Change, wrong| {
        page(&visit, change, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong))
    };
    let field = |name| visit.form.get(name);
    let code = field("code").map(|code| Zeroizing::new(code.to_owned()));
    match (change.stage(), field("again")) {
        (Stage::Address, _) => match field("email").unwrap_or_default().parse::<EmailAddress>() {
            Ok(address) => send_code(&visit, change, address).await,
            Err(_) => again(&change, Wrong::NoAddress),
        },
        (Stage::Confirm, Some("address")) => {
            let changed = visit.blocking(move |site| change.other_address(&site.pool)).await?;
            answer(&visit, changed).await
        }
        (Stage::Confirm, Some(_)) => match change.address(&visit.site.service)?.parse() {
            Ok(address) => send_code(&visit, change, address).await,
            Err(_) => Err(Failure::Fault),
        },
        (Stage::Confirm | Stage::App, None) if code.is_none() => again(&change, Wrong::NoDigits),
        _ => act(&visit, change, code.unwrap_or_default()).await,
    }
}

/// Takes the step with what was given for it.
async fn act(visit: &Visit, change: Change, code: Zeroizing<String>) -> Result<Response, Failure> {
    let field = |name| visit.form.get(name);
    let method = field("method").and_then(|method| method.parse::<Key>().ok());
    let language = field("language").and_then(|language| language.parse::<Language>().ok());
    let is_sure = field("remove").is_some();
    let (mut user_name, mut password) = (None, None);
    if change.stage() == Stage::Act {
        let chosen = match change.kind() {
            ChangeKind::First => {
                first(visit, &change).map(|(name, password)| (Some(name), Some(password)))
            }
            ChangeKind::Password => {
                let name = &change.account().user_name;
                new_password(visit, &change, name).map(|password| (None, Some(password)))
            }
            _ => Ok((None, None)),
        };
        match chosen {
            Ok(chosen) => (user_name, password) = chosen,
            Err(wrong) => {
                return page(visit, &change, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong));
            }
        }
    }
    let work = move |site: &Site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        let (service, pool) = (&site.service, &site.pool);
        match (change.stage(), method, password, language) {
            (Stage::Confirm, ..) => change.confirm(service, pool, &code, &clock, random),
            (Stage::App, ..) => change.prove(service, pool, &code, &clock, random),
            (Stage::Method, Some(key), ..) => change.choose(service, pool, key, &clock, random),
            (Stage::Act, _, Some(password), _) if let Some(name) = user_name => {
                change.set_up(service, pool, &name, &password, &clock, random)
            }
            (Stage::Act, _, Some(password), _) => {
                change.set_password(service, pool, &password, &clock, random)
            }
            (Stage::Act, _, _, Some(language)) => {
                change.set_language(service, pool, language, &clock, random)
            }
            (Stage::Act, ..) if is_sure => change.remove(service, pool, &clock, random),
            _ => Ok(Changed::Next),
        }
    };
    // A new password is hashed.
    let changed = visit.hashing(work).await?;
    answer(visit, changed).await
}

/// The user name and the password that were chosen.
fn first(visit: &Visit, change: &Change) -> Result<(UserName, Password), Wrong> {
    let name = visit.form.get("user_name").ok_or(Wrong::NoUserName)?;
    let name = name.parse::<UserName>().map_err(|_| Wrong::NoSuchUserName)?;
    let password = new_password(visit, change, name.as_str())?;
    Ok((name, password))
}

fn new_password(visit: &Visit, change: &Change, user_name: &str) -> Result<Password, Wrong> {
    let text = visit.form.get("new_password").ok_or(Wrong::NoNewPassword)?;
    let account = change.account();
    let mut personal = vec![user_name, account.email.as_str()];
    personal.extend(account.name.as_deref());
    Password::chosen(text, &personal).map_err(|error: PasswordError| Wrong::NewPassword(error))
}

async fn send_code(
    visit: &Visit,
    change: Change,
    address: EmailAddress,
) -> Result<Response, Failure> {
    let from = visit.from;
    let changed = visit.blocking(move |site| {
        let (clock, random) = (|| site.now(), &mut Site::random());
        change.send_code(&site.service, &site.pool, &address, from, &clock, random)
    });
    answer(visit, changed.await?).await
}

/// What comes of a step.
async fn answer(visit: &Visit, changed: Changed) -> Result<Response, Failure> {
    let again =
        |change: &Change, wrong| page(visit, change, StatusCode::UNPROCESSABLE_ENTITY, Some(wrong));
    let over = |response| with_cookie(response, &cookie::delete(cookie::CHANGE));
    match changed {
        Changed::Next => Ok(redirect("/change")),
        Changed::Refused(change) if change.stage() == Stage::App => {
            again(&change, Wrong::NotOfTheApp)
        }
        Changed::Refused(change) => again(&change, Wrong::DigitsRefused),
        Changed::Slip(change) => again(&change, Wrong::DigitsSlip),
        Changed::CodeOver(change) => {
            // Another one is sent by itself, and that is said.
            let address = change.address(&visit.site.service)?.parse::<EmailAddress>();
            let (Ok(address), Some(id)) = (address, visit.change()) else {
                return Err(Failure::Fault);
            };
            let from = visit.from;
            let sent = visit.blocking(move |site| {
                let (clock, random) = (|| site.now(), &mut Site::random());
                change.send_code(&site.service, &site.pool, &address, from, &clock, random)
            });
            match (sent.await?, find_by(visit, id).await?) {
                (Changed::Next, Some(change)) => again(&change, Wrong::DigitsOver),
                (Changed::Wait { until, .. }, _) => {
                    Ok(flow::wait(visit, &Purpose::kept(""), until))
                }
                _ => Ok(redirect("/change")),
            }
        }
        Changed::Wait { until, step } => {
            let seconds = Visit::seconds_until(until);
            let field = match step.stage() {
                Stage::Address => "email",
                Stage::Act => "user_name",
                _ => "code",
            };
            Ok(too_many(again(&step, Wrong::Wait(field, seconds))?, seconds))
        }
        Changed::UserNameTaken(change) => again(&change, Wrong::UserNameTaken),
        Changed::Activated { next: Some(id) } => {
            // There is no key to sign in with yet.
            Ok(with_cookie(redirect("/change"), &cookie::set(cookie::CHANGE, id.expose())))
        }
        Changed::Activated { next: None } => {
            let response = over(visit.notice(StatusCode::OK, Message::Activated));
            Ok(with_cookie(response, &cookie::delete(cookie::SESSION)))
        }
        Changed::AddressTaken => Ok(over(visit.notice(StatusCode::OK, Message::AddressTaken))),
        Changed::LastKey => Ok(over(visit.notice(StatusCode::OK, Message::LastKey))),
        Changed::Over => Ok(over(redirect("/account"))),
        Changed::Done(done) => Ok(over(visit.notice(StatusCode::OK, told(done)))),
    }
}

/// What is said of a change that is done.
fn told(done: Done) -> Message {
    match done {
        Done::KeyActive { key, token_ended, request } => {
            let to = match Purpose::kept(&request).request {
                Some(request) => authorize::address(&request),
                None => "/account".to_owned(),
            };
            Message::KeyActive(key, token_ended, to)
        }
        Done::KeyRemoved => Message::KeyRemoved,
        Done::AddressChanged => Message::AddressChanged,
        Done::PasswordChanged => Message::PasswordChanged,
        Done::LanguageChanged(_) => Message::LanguageChanged,
    }
}
