//! What can go wrong: with the application as a whole, and with one request.

use std::path::PathBuf;
use std::time::Duration;

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use tonic::Status;

use crate::refusal::Refusal;
use crate::store::StoreError;

/// Why the application does not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The application's own files, or the certificates.
    #[error(transparent)]
    Tls(#[from] verbund_transport::Error),
    /// The certificate is none of an agency's system.
    #[error("{0} is not the certificate of a system of an agency")]
    NotASystem(String),
    /// The node's address is none.
    #[error("node.address: {0}")]
    NodeAddress(#[from] verbund_transport::ConnectError),
    /// What `[sign_in.oidc]` says can't be used.
    #[error("sign_in.oidc: {0}")]
    OpenId(String),
    /// A secret's file can't be read.
    #[error("can't read {}", path.display())]
    Secret {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Notifications.
    #[error(transparent)]
    Notify(#[from] crate::notify::SetUpError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can't listen.
    #[error("can't listen on {address}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// Why a request is not answered with what it asked for. It becomes a page in the visitor's language.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Sign in first; then go on there.
    SignIn {
        /// Path and query that were asked for.
        then: String,
    },
    /// Prove first who you are; then go on there.
    Prove {
        /// Path and query to go on to.
        then: String,
    },
    /// The person's roles do not allow it.
    Forbidden,
    /// There is no such page, or nothing there that this person may know of.
    NotFound,
    /// The form is not one that this application gave to this browser, or it is too old.
    ForeignForm {
        /// What was written in it, so that it isn't lost; nothing where it came from elsewhere.
        written: Vec<String>,
    },
    /// The session ended while the form was open.
    SessionEnded {
        /// What was written in it, so that it isn't lost.
        written: Vec<String>,
    },
    /// Too many tries, or too much at once.
    TooMany {
        /// After which it may be tried again.
        wait: Duration,
    },
    /// More was sent than is taken.
    TooLarge,
    /// What was sent is not what the form asks for; a browser does not send such a thing by itself.
    Malformed,
    /// The node refused it.
    Refused(Box<Refusal>),
    /// Something went wrong that the person can do nothing about. The cause is in the log.
    Internal,
}

impl Failure {
    /// The status that it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } | Self::Prove { .. } => StatusCode::SEE_OTHER,
            Self::Forbidden | Self::ForeignForm { .. } | Self::SessionEnded { .. } => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Refused(refusal) => refusal.status(),
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The part of the catalogue's keys that names it: `failure-<word>-title` and `-text`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::SignIn { .. } | Self::Prove { .. } => "sign-in",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::ForeignForm { .. } => "foreign-form",
            Self::SessionEnded { .. } => "session-ended",
            Self::TooMany { .. } => "too-many",
            Self::TooLarge => "too-large",
            Self::Malformed => "malformed",
            Self::Refused(_) => "refused",
            Self::Internal => "internal",
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let refusal = Refusal::of(&status);
        if refusal.is_not_found() {
            Self::NotFound
        } else {
            Self::Refused(Box::new(refusal))
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the application's database failed"
        );
        Self::Internal
    }
}

/// The page itself is made where the visitor is known: `session` finds the failure among the extensions.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let way = match &self {
            Self::SignIn { then } => Some(("/anmelden", then)),
            Self::Prove { then } => Some(("/nachweis", then)),
            _ => None,
        };
        if let Some((page, then)) = way {
            let then: String = form_urlencoded::byte_serialize(then.as_bytes()).collect();
            return Redirect::to(&format!("{page}?then={then}")).into_response();
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
