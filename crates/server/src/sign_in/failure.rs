//! Why a request got no answer of its own; in one place it becomes a page or JSON.

use axum::http::StatusCode;
use tokenkaart_auth::{
    counter::CounterError,
    outbox::OutboxError,
    post::PostError,
    sign_in::SignInError,
    store::{Cause, StoreError},
    verify::VerifyError,
};

use super::{metrics::Counted, places::Full, site::Site};
use crate::{openid::KeyError, pages::Message};

/// Why a request got no answer of its own.
#[derive(Debug)]
pub(crate) enum Failure {
    /// All places are taken.
    Busy,
    /// A form of another browser, or of a page that is too old.
    FormOver,
    /// There is no such page.
    NotFound,
    /// A fault here, which was logged.
    Fault,
}

impl Failure {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::FormOver => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) const fn message(&self) -> Message {
        match self {
            Self::Busy => Message::Busy,
            Self::FormOver => Message::FormOver,
            Self::NotFound => Message::NotFound,
            Self::Fault => Message::Fault,
        }
    }

    /// As OAuth 2.0 names it.
    pub(super) const fn error(&self) -> &'static str {
        match self {
            Self::Busy => "temporarily_unavailable",
            Self::FormOver | Self::NotFound => "invalid_request",
            Self::Fault => "server_error",
        }
    }

    pub(crate) fn count(&self, site: &Site) {
        match self {
            Self::Busy => site.metrics.count(Counted::Busy),
            Self::Fault => site.metrics.count(Counted::Faults),
            Self::FormOver | Self::NotFound => {}
        }
    }
}

impl From<Full> for Failure {
    fn from(_: Full) -> Self {
        Self::Busy
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        tracing::error!("{error}");
        match error {
            SignInError::Verify(VerifyError::Overloaded) => Self::Busy,
            _ => Self::Fault,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!("{error}");
        match error {
            StoreError::Database { cause: Cause::Busy, .. } => Self::Busy,
            _ => Self::Fault,
        }
    }
}

impl From<OutboxError> for Failure {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Store(error) => error.into(),
            other => {
                tracing::error!("{other}");
                Self::Fault
            }
        }
    }
}

impl From<PostError> for Failure {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Store(error) => error.into(),
            other => {
                tracing::error!("{other}");
                Self::Fault
            }
        }
    }
}

impl From<CounterError> for Failure {
    fn from(error: CounterError) -> Self {
        match error {
            CounterError::Store(error) => error.into(),
            other => {
                tracing::error!("{other}");
                Self::Fault
            }
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        tracing::error!("{error}");
        Self::Fault
    }
}
