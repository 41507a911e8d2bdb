//! `/clerks`: who works at the desk; added and stopped by a supervisor.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use tokenkaart_auth::{
    Role,
    account::UserName,
    clerk::{self, ClerkError},
};

use super::{
    at_desk::{AtDesk, faulty, page},
    shell::{Shell, role_in_words},
};
use crate::sign_in::{FailedVisit, redirect};

#[derive(Template)]
#[template(path = "desk/clerks.html")]
struct ClerksPage<'v> {
    shell: Shell<'v>,
    clerks: Vec<Shown>,
    /// Whether anybody can be added and stopped by whoever looks.
    may_change: bool,
    user_name: &'v str,
    roles: [(&'static str, &'static str); 3],
}

/// A clerk, as they are shown.
struct Shown {
    user_name: String,
    role: &'static str,
    since: String,
    is_own: bool,
}

/// `GET /clerks`
pub(super) async fn show(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    look(&at, None).await
}

async fn look(
    at: &AtDesk,
    wrong: Option<(&'static str, &'static str)>,
) -> Result<Response, FailedVisit> {
    let clerks = at.blocking(|site| clerk::list(&mut *site.pool.get()?)).await?;
    let mut shell = at.shell();
    if let Some((field, text)) = wrong {
        shell.fault(field, text);
    }
    let t = shell.t;
    let shown = clerks.into_iter().map(|row| Shown {
        is_own: row.user_name == at.clerk.user_name,
        user_name: row.user_name,
        role: role_in_words(row.role, t),
        since: at.moment(row.since),
    });
    let shown = ClerksPage {
        clerks: shown.collect(),
        may_change: at.clerk.role == Role::Supervisor,
        user_name: at.field("user_name").unwrap_or_default(),
        roles: Role::ALL.map(|role| (role.as_str(), role_in_words(role, t))),
        shell,
    };
    Ok(if wrong.is_some() { faulty(&shown) } else { page(&shown) })
}

/// `POST /clerks/add`
pub(super) async fn add(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let t = at.texts();
    let user_name = at.field("user_name").and_then(|name| name.parse::<UserName>().ok());
    let Some(user_name) = user_name else {
        return look(&at, Some(("user_name", t.clerks_no_account))).await;
    };
    let role = at.field("role").and_then(|role| role.parse::<Role>().ok());
    let (role, actor) = (role.unwrap_or(Role::Clerk), at.clerk.actor());
    let added = at.blocking(move |site| {
        let mut store = site.pool.get()?;
        match clerk::add(&mut store, &user_name, role, &actor, Timestamp::now()) {
            Ok(_) => Ok(None),
            Err(ClerkError::Store(error)) => Err(FailedVisit::from(error)),
            Err(ClerkError::OtherRole { .. }) => Ok(Some(t.clerks_other_role)),
            Err(_) => Ok(Some(t.clerks_no_account)),
        }
    });
    match added.await? {
        None => Ok(redirect("/clerks")),
        Some(wrong) => look(&at, Some(("user_name", wrong))).await,
    }
}

/// `POST /clerks/stop`: nobody stops themselves, so that a supervisor is left.
pub(super) async fn stop(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let user_name = at.field("stop").and_then(|name| name.parse::<UserName>().ok());
    let Some(user_name) = user_name else { return Ok(redirect("/clerks")) };
    if user_name.as_str() == at.clerk.user_name {
        return look(&at, Some(("user_name", at.texts().clerks_own))).await;
    }
    let actor = at.clerk.actor();
    let stopped = at.blocking(move |site| {
        let mut store = site.pool.get()?;
        match clerk::stop(&mut store, &user_name, &actor, Timestamp::now()) {
            Err(ClerkError::Store(error)) => Err(FailedVisit::from(error)),
            // Who was stopped a moment ago stays so.
            _ => Ok(()),
        }
    });
    stopped.await?;
    Ok(redirect("/clerks"))
}
