//! Who calls the agency's API, and with which roles: from the certificate and the configuration, before any handler runs.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poll_, Poll};

use tonic::{Code, Status};
use tower::{Layer, Service};
use verbund_transport::{Peer, PeerInfo};
use verbund_wire::error::{Error, ErrorCode};

use crate::config::Client;
use crate::metrics::Metrics;
use crate::roles::{self, Role};

/// A system of the own agency.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) name: String,
    roles: Arc<[Role]>,
}

impl Caller {
    /// Whether it has a role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// Lets a call through to its handler only if the caller's roles allow the method.
#[derive(Debug, Clone)]
pub(crate) struct Authorise {
    clients: Arc<BTreeMap<String, Arc<[Role]>>>,
    metrics: Arc<Metrics>,
}

impl Authorise {
    /// The systems that the configuration names.
    pub(crate) fn new(clients: &[Client], metrics: Arc<Metrics>) -> Self {
        let entry = |client: &Client| {
            (
                client.name.to_string(),
                client.roles.iter().copied().collect(),
            )
        };
        Self {
            clients: Arc::new(clients.iter().map(entry).collect()),
            metrics,
        }
    }

    fn admit<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        let peer = request.extensions().get::<PeerInfo>().cloned();
        let unknown = || {
            Error::new(
                ErrorCode::CallerUnknown,
                "the caller's certificate names no system that this node knows",
            )
        };
        let peer = peer.ok_or_else(unknown)?;
        if !peer.still_trusted() {
            let message = "the caller's certificate was revoked, has expired, or its root is no longer trusted";
            return Err(Error::new(ErrorCode::CertificateRevoked, message));
        }
        let Peer::System { name, .. } = peer.peer() else {
            return Err(Error::new(
                ErrorCode::WrongCaller,
                "this is for the agency's own systems; nodes talk to the federation port",
            ));
        };
        let roles = self.clients.get(name.as_str()).ok_or_else(unknown)?;
        let path = request.uri().path();
        if !roles::allowed(path, roles) {
            let message = format!("{name} has none of the roles that may call this");
            return Err(
                Error::new(ErrorCode::RoleMissing, message).with_metadata("roles", needed(path))
            );
        }
        let caller = Caller {
            name: name.as_str().to_owned(),
            roles: roles.clone(),
        };
        request.extensions_mut().insert(caller);
        Ok(())
    }
}

impl<S> Layer<S> for Authorise {
    type Service = Authorised<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authorised {
            inner,
            authorise: self.clone(),
        }
    }
}

/// A service behind [`Authorise`].
#[derive(Debug, Clone)]
pub(crate) struct Authorised<S> {
    inner: S,
    authorise: Authorise,
}

impl<S, B> Service<http::Request<B>> for Authorised<S>
where
    S: Service<http::Request<B>, Response = http::Response<tonic::body::Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Poll_<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        let metrics = self.authorise.metrics.clone();
        let path = request.uri().path().to_owned();
        match self.authorise.admit(&mut request) {
            Ok(()) => {
                let answering = self.inner.call(request);
                Box::pin(async move {
                    let response = answering.await?;
                    metrics.request(&path, code(&response));
                    Ok(response)
                })
            }
            Err(error) => {
                let response = Status::from(error).into_http();
                metrics.request(&path, code(&response));
                Box::pin(async move { Ok(response) })
            }
        }
    }
}

/// The gRPC code that an answer begins with: `OK` for one that has a body, also for a stream that fails later.
fn code<B>(response: &http::Response<B>) -> &'static str {
    let status = response.headers().get("grpc-status");
    let code = status.map_or(Code::Ok, |status| Code::from_bytes(status.as_bytes()));
    CODES[code as usize]
}

/// The names of the gRPC codes, by their numbers.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The roles that may call a method, in words.
fn needed(path: &str) -> String {
    let roles = roles::roles_of(path).unwrap_or_default();
    roles
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The caller that [`Authorise`] found.
pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<Caller, Status> {
    request
        .extensions()
        .get::<Caller>()
        .cloned()
        .ok_or_else(|| Error::internal().into())
}
