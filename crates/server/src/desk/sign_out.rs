//! `POST /sign-out`

use std::sync::Arc;

use axum::response::Response;

use super::at_desk::{AtDesk, SESSION};
use crate::sign_in::{FailedVisit, no_cookie, redirect, with_cookie};

/// `POST /sign-out`
pub(super) async fn submit(at: Arc<AtDesk>) -> Result<Response, FailedVisit> {
    let id = at.session()?;
    at.blocking(move |site| site.service.leave_desk(&site.pool, &id, &|| site.now())).await?;
    Ok(with_cookie(redirect("/sign-in"), &no_cookie(SESSION)))
}
