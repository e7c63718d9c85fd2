//! Requests to the identity provider: with a deadline, answers of bounded length, and no redirect followed.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use tokio::time::timeout;
use verbund_transport::web_connector;

use crate::error::Error;

/// How long one question may take: somebody is waiting for the page.
const CALL_MAX: Duration = Duration::from_secs(10);
/// The longest answer: a list of keys or a person's groups is some KiB.
const ANSWER_BYTES_MAX: usize = 1 << 20;

type Inner = Client<verbund_transport::WebConnector, Full<Bytes>>;

/// The way to the provider.
#[derive(Debug)]
pub(crate) struct Http(Inner);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// It can't be reached.
    #[error("it can't be reached")]
    Connect(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off, or is too long.
    #[error("the answer broke off or is too long")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It took too long.
    #[error("it does not answer in time")]
    Late,
}

impl Http {
    /// `roots` are trusted besides the system's; `plain` lets `http://` through, for a loopback.
    pub(crate) fn new(roots: Option<&Path>, plain: bool) -> Result<Self, Error> {
        let connector = web_connector(roots, plain)?;
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request: Request<Full<Bytes>> = request.map(|body| Full::new(Bytes::from(body)));
        let (parts, body) = self.0.request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(HttpError::Answer)?.to_bytes();
        Ok(Response::from_parts(parts, body.to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            timeout(CALL_MAX, self.ask(request))
                .await
                .unwrap_or(Err(HttpError::Late))
        })
    }
}
