//! A request as handlers see it, and what answers are made with.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, FromRequest, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::Timestamp;
use tokenkaart_auth::{ChangeId, SessionId, SignInId};
use tokenkaart_token::language::Language;

use super::{
    answer::{html, json_error, redirect, with_cookie},
    cookie,
    failure::Failure,
    language,
    site::Site,
    tabs::{Tabs, tag},
};
use crate::{
    openid::{Parameters, language as of_tag},
    pages::{Message, Notice, Shell},
};

/// No query of an address is longer, in bytes: what an application asks is kept while somebody signs in.
const MAX_QUERY: usize = 8 * 1024;
/// No form is longer, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// A request.
pub(crate) struct Visit {
    pub(crate) site: Site,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    /// What was posted; nothing when it is no form.
    pub(crate) form: Parameters,
    /// Who asks, by the proxies that are trusted.
    pub(crate) from: IpAddr,
    /// What the browser's form tokens are made of, and whether it has to be told.
    form_cookie: String,
    is_form_cookie_new: bool,
    /// The language that was chosen, if one was.
    pub(crate) chosen: Option<Language>,
}

impl FromRequest<Site> for Visit {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let visit = Self::of(parts, site).map_err(IntoResponse::into_response)?;
        visit.posted(body).await.map_err(IntoResponse::into_response)
    }
}

impl Visit {
    /// A request but for what was posted.
    ///
    /// # Errors
    /// What one that is too long is answered.
    pub(crate) fn of(parts: Parts, site: &Site) -> Result<Self, StatusCode> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        let text = |name| values(&parts.headers, name);
        let from =
            crate::config::client(peer, &text("x-forwarded-for"), &site.config.trusted_proxies);
        if parts.uri.query().is_some_and(|query| query.len() > MAX_QUERY) {
            return Err(StatusCode::URI_TOO_LONG);
        }
        let cookies = text(header::COOKIE.as_str());
        let found = cookie::find(&cookies, site.face.form_cookie).filter(|value| value.len() == 22);
        let (form_cookie, is_form_cookie_new) = match found {
            Some(value) => (value.to_owned(), false),
            None => (fresh(), true),
        };
        let chosen = cookie::find(&cookies, cookie::LANGUAGE).and_then(of_tag);
        Ok(Self {
            site: site.clone(),
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            form: Parameters::default(),
            from,
            form_cookie,
            is_form_cookie_new,
            chosen,
        })
    }

    /// The same with the form that was posted, if it is one.
    ///
    /// # Errors
    /// What one that is too long is answered.
    pub(crate) async fn posted(self, body: Body) -> Result<Self, StatusCode> {
        let kind = self.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let is_form = kind.split(';').next().is_some_and(|kind| {
            kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        if self.method != Method::POST || !is_form {
            return Ok(self);
        }
        let read = to_bytes(body, MAX_FORM).await;
        let read = read.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        let form = Parameters::read(&read);
        // The only other copy of what was typed, if the connection has left it to us alone.
        if let Ok(mut bytes) = read.try_into_mut() {
            zeroize::Zeroize::zeroize(bytes.as_mut());
        }
        Ok(Self { form, ..self })
    }
}

/// All values of a header, as one.
fn values(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(if name == "cookie" { "; " } else { ", " })
}

/// 128 random bits; all the same when the system gives none, for whom no form does then.
fn fresh() -> String {
    Site::random()
        .salt()
        .map_or_else(|_| String::new(), |salt| Base64UrlUnpadded::encode_string(&salt))
}

/// Makes a handler of what answers with pages.
pub(super) fn page<H, F>(
    handler: H,
) -> impl Fn(Visit) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>> + Clone + Send + 'static
where
    H: Fn(std::sync::Arc<Visit>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    move |visit: Visit| {
        let visit = std::sync::Arc::new(visit);
        let answer = handler(std::sync::Arc::clone(&visit));
        Box::pin(async move {
            if let Some(response) = visit.other_language() {
                return response;
            }
            match answer.await {
                Ok(response) => visit.with_form_cookie(response),
                Err(failure) => visit.failed(&failure),
            }
        })
    }
}

/// Makes a handler of what answers with something else than pages.
pub(super) fn raw<H, F>(
    handler: H,
) -> impl Fn(Visit) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>> + Clone + Send + 'static
where
    H: Fn(Visit) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    move |visit: Visit| {
        let site = visit.site.clone();
        let answer = handler(visit);
        Box::pin(async move {
            answer.await.unwrap_or_else(|failure| {
                failure.count(&site);
                json_error(failure.status(), failure.error())
            })
        })
    }
}

impl Visit {
    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        find_cookie(&self.headers, name)
    }

    /// The sign-in under way in this tab; the latest where the tab doesn't say which.
    pub(super) fn sign_in(&self) -> Option<SignInId> {
        self.tabs().find(self.tab().as_deref())
    }

    fn tabs(&self) -> Tabs {
        Tabs::read(&self.cookie(cookie::SIGN_IN).unwrap_or_default())
    }

    /// What this tab calls its sign-in.
    fn tab(&self) -> Option<String> {
        let said = self.form.get("tab").map(str::to_owned);
        said.or_else(|| self.parameters().get("tab").map(str::to_owned))
    }

    /// Sends the browser on in this tab.
    pub(super) fn to(&self, path: &str) -> Response {
        match self.sign_in() {
            Some(id) => redirect(&format!("{path}?tab={}", tag(&id))),
            None => redirect(path),
        }
    }

    /// Sends the browser on with a new id, in place of this tab's or beside the others.
    pub(super) fn to_new(&self, path: &str, id: &SignInId, is_in_place: bool) -> Response {
        let old = self.sign_in().filter(|_| is_in_place).map(|id| tag(&id));
        let cookie = self.tabs().with(old.as_deref(), Some(id));
        let response = redirect(&format!("{path}?tab={}", tag(id)));
        with_cookie(response, &cookie::set(cookie::SIGN_IN, &cookie))
    }

    /// The same answer, after which this tab has no sign-in under way.
    pub(super) fn without_sign_in(&self, response: Response) -> Response {
        let old = self.sign_in().map(|id| tag(&id));
        let cookie = match self.tabs().with(old.as_deref(), None) {
            none if none.is_empty() => cookie::delete(cookie::SIGN_IN),
            others => cookie::set(cookie::SIGN_IN, &others),
        };
        with_cookie(response, &cookie)
    }

    /// Who is signed in, if it is so.
    pub(super) fn session(&self) -> Option<SessionId> {
        self.cookie(cookie::SESSION)?.parse().ok()
    }

    /// The change of an account under way.
    pub(super) fn change(&self) -> Option<ChangeId> {
        self.cookie(cookie::CHANGE)?.parse().ok()
    }

    /// The parameters of the query.
    pub(crate) fn parameters(&self) -> Parameters {
        Parameters::read(self.query.as_bytes())
    }

    /// Whether what was posted was posted from a page of ours in this browser.
    ///
    /// # Errors
    /// [`Failure::FormOver`].
    pub(crate) fn require_own_form(&self) -> Result<(), Failure> {
        let is_same_site =
            self.header("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
        let origin = self.header("origin");
        let is_same_origin = origin.is_none_or(|origin| origin == self.site.face.origin.as_str());
        let token = self.form.get("form").unwrap_or_default();
        let is_ours = !self.form_cookie.is_empty()
            && !self.is_form_cookie_new
            && self.site.forms.is_of(&self.form_cookie, token);
        if is_same_site && is_same_origin && is_ours && !self.form.is_twice() {
            Ok(())
        } else {
            Err(Failure::FormOver)
        }
    }

    /// The language of a page, where `wished` is what application or account would have.
    pub(crate) fn language(&self, wished: Option<Language>) -> Language {
        let accepted = || language::accepted(self.header("accept-language").unwrap_or_default());
        self.chosen.or(wished).or_else(accepted).unwrap_or_default()
    }

    /// The frame of a page.
    pub(super) fn shell(&self, wished: Option<Language>) -> Shell<'_> {
        let token = self.form_token();
        let (style, script) = (&self.site.face.style.path, &self.site.script.path);
        // What was posted can't be shown in another language; the step that it belongs to can.
        let path = match self.path.as_str() {
            path if self.method == Method::GET => path,
            "/change" => "/change",
            "/start" => "/start",
            "/forgotten" => "/forgotten",
            _ => "/sign-in",
        };
        let office = &self.site.config.office;
        let tab = self.sign_in().map(|id| tag(&id));
        Shell::new(self.language(wished), office, style, script, path, token).in_tab(tab)
    }

    /// A page that only says something.
    pub(super) fn notice(&self, status: StatusCode, message: Message) -> Response {
        html(status, &Notice::new(self.shell(None), message), None)
    }

    /// The same with a form that was read otherwise.
    pub(crate) fn with_form(self, form: Parameters) -> Self {
        Self { form, ..self }
    }

    /// What the forms of this browser come with.
    pub(crate) fn form_token(&self) -> String {
        self.site.forms.token(&self.form_cookie)
    }

    /// Tells the browser the cookie of its forms, if it has none.
    pub(crate) fn with_form_cookie(&self, response: Response) -> Response {
        if self.is_form_cookie_new {
            let cookie = cookie::set(self.site.face.form_cookie, &self.form_cookie);
            return with_cookie(response, &cookie);
        }
        response
    }

    fn failed(&self, failure: &Failure) -> Response {
        failure.count(&self.site);
        let mut response = self.notice(failure.status(), failure.message());
        if matches!(failure, Failure::Busy) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
        }
        response
    }

    /// `?lang=fr` on any page: the choice is kept, and the page shown without it.
    fn other_language(&self) -> Option<Response> {
        if self.method != Method::GET || !self.query.starts_with("lang=") {
            return None;
        }
        let language = of_tag(self.parameters().get("lang")?)?;
        // After two slashes, of whichever kind, a browser expects a host.
        let path = format!("/{}", self.path.trim_start_matches(['/', '\\']));
        let page = match self.tab() {
            Some(_) => self.to(&path),
            None => redirect(&path),
        };
        Some(with_cookie(page, &cookie::keep(cookie::LANGUAGE, language.code())))
    }

    /// Work that blocks, on a thread for it and with a connection to the store free.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn blocking<T: Send + 'static, E: Into<Failure> + Send + 'static>(
        &self,
        work: impl FnOnce(&Site) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure> {
        self.site.blocking(work).await
    }

    /// The same, with the memory of a hash free.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn hashing<T: Send + 'static, E: Into<Failure> + Send + 'static>(
        &self,
        work: impl FnOnce(&Site) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure> {
        self.hashing_in(self.site.hash_kib, work).await
    }

    /// The same, with so many KiB for hashes free.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn hashing_in<T: Send + 'static, E: Into<Failure> + Send + 'static>(
        &self,
        kib: u32,
        work: impl FnOnce(&Site) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure> {
        let memory = self.site.memory.take(kib).await?;
        self.blocking(move |site| {
            let done = work(site);
            drop(memory);
            done
        })
        .await
    }

    /// How long it is until a moment, in whole seconds.
    pub(crate) fn seconds_until(until: Timestamp) -> i64 {
        let left = until.as_millisecond() - Timestamp::now().as_millisecond();
        ((left + 999) / 1000).max(1)
    }
}

/// The value of a cookie in the headers of a request.
pub(crate) fn find_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    cookie::find(&values(headers, "cookie"), name).map(str::to_owned)
}
