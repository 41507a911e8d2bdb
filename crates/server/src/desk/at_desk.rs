//! A request of somebody who is signed in at the desk, as handlers see it.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use tokenkaart_auth::{DeskSessionId, clerk::Clerk, store::StoreError};
use tokenkaart_token::language::Language;

use super::{
    shell::{May, Shell},
    texts::{Texts, texts},
    upload::Upload,
};
use crate::sign_in::{FailedVisit, Site, Visit, html};

/// Who is signed in at the desk.
pub(super) const SESSION: &str = "__Host-desk";

/// A request of a clerk.
pub(super) struct AtDesk {
    pub(super) visit: Visit,
    pub(super) clerk: Clerk,
    pub(super) may: May,
    /// The file that came with a form, where one may.
    pub(super) file: Option<Upload>,
}

impl AtDesk {
    /// Whose request it is; the request itself where it is nobody's.
    ///
    /// # Errors
    /// [`FailedVisit`], with the request.
    pub(super) async fn find(
        visit: Visit,
        may: May,
    ) -> Result<Result<Self, Visit>, (Visit, FailedVisit)> {
        let Some(id) = session(&visit) else { return Ok(Err(visit)) };
        let found =
            visit.blocking(move |site| site.service.clerk(&site.pool, &id, &|| site.now())).await;
        match found {
            Ok(Some(clerk)) => Ok(Ok(Self { visit, clerk, may, file: None })),
            Ok(None) => Ok(Err(visit)),
            Err(failure) => Err((visit, failure)),
        }
    }

    /// The id of their session.
    ///
    /// # Errors
    /// [`FailedVisit::FormOver`] when there is none, which can't be here.
    pub(super) fn session(&self) -> Result<DeskSessionId, FailedVisit> {
        session(&self.visit).ok_or(FailedVisit::FormOver)
    }

    /// The frame of a page.
    pub(super) fn shell(&self) -> Shell<'_> {
        Shell::new(&self.visit, Some((&self.clerk, self.may)))
    }

    /// What the desk says in their language.
    pub(super) fn texts(&self) -> &'static Texts {
        texts(self.language())
    }

    /// Whether they may look at an address.
    pub(super) fn may(&self, path: &str) -> bool {
        (self.may)(self.clerk.role, path)
    }

    /// The language of their pages.
    pub(super) fn language(&self) -> Language {
        self.visit.language(Some(self.clerk.language))
    }

    /// A moment as a clock on the wall of the office shows it, given in milliseconds since 1970.
    pub(super) fn moment(&self, milliseconds: i64) -> String {
        let Ok(at) = Timestamp::from_millisecond(milliseconds) else { return String::new() };
        let at = at.to_zoned(self.visit.site.config.time_zone.clone());
        at.strftime("%d/%m/%Y %H:%M").to_string()
    }

    /// A field of the form that was posted, without blanks around it.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.visit.form.get(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Work that blocks, on a thread for it and with a connection to the store free.
    ///
    /// # Errors
    /// [`FailedVisit`].
    pub(super) async fn blocking<T: Send + 'static, E: Into<FailedVisit> + Send + 'static>(
        &self,
        work: impl FnOnce(&Site) -> Result<T, E> + Send + 'static,
    ) -> Result<T, FailedVisit> {
        self.visit.blocking(work).await
    }

    /// What a page carries on to the next in its address or its form, so that nobody else can read it:
    /// a register number stands in no address.
    ///
    /// # Errors
    /// [`FailedVisit`].
    pub(super) fn seal(&self, value: &impl Serialize) -> Result<String, FailedVisit> {
        let text = serde_json::to_vec(value).map_err(|_| FailedVisit::Fault)?;
        let service = &self.visit.site.service;
        let sealed = service.seal_for(&self.clerk, &text, &mut Site::random())?;
        sealed.ok_or(FailedVisit::Fault)
    }

    /// What was carried on under a name, in the form or the address; `None` when it is of no use here.
    pub(super) fn carried<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let of_form = self.visit.form.get(name).map(str::to_owned);
        let sealed = of_form.or_else(|| self.visit.parameters().get(name).map(str::to_owned))?;
        let opened = self.visit.site.service.open_for(&self.clerk, &sealed)?;
        serde_json::from_slice(&opened).ok()
    }
}

fn session(visit: &Visit) -> Option<DeskSessionId> {
    visit.cookie(SESSION)?.parse().ok()
}

/// A page.
pub(super) fn page(page: &impl Template) -> Response {
    asking(html(StatusCode::OK, page, None))
}

/// The same page, which may ask the desk by its script for what is being typed.
fn asking(mut response: Response) -> Response {
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY);
    let policy = policy
        .and_then(|policy| policy.to_str().ok())
        .map(|policy| HeaderValue::from_str(&format!("{policy}; connect-src 'self'")));
    if let Some(Ok(policy)) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page with its faults told.
pub(super) fn faulty(page: &impl Template) -> Response {
    asking(html(StatusCode::UNPROCESSABLE_ENTITY, page, None))
}

/// What is read of the store at once.
///
/// # Errors
/// [`StoreError`].
pub(super) fn read<T>(
    site: &Site,
    look: impl FnOnce(&mut tokenkaart_auth::store::Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    look(&mut site.pool.get()?.read()?)
}
