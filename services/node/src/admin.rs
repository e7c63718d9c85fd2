//! The admin port: health, readiness and metrics over plain HTTP, for the operators' own network.
//!
//! **Promise.** It tells nothing of any content, takes no input but a path, and serves so few connections for so short a time
//! that whoever floods it floods only it. It goes on answering while the node drains, and says that the node is stopping.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use http::header::CONTENT_TYPE;
use http::{StatusCode, header};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

use crate::metrics::{MEDIA_TYPE, Metrics};

/// Connections at the same time: a scraper, a prober and some people with curl.
const CONNECTIONS_MAX: usize = 64;

/// A connection that sends nothing for so long is closed; two scrapes are usually 15 s apart.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// The reason while the node starts.
pub const STARTING: &str = "STARTING";

/// The reason while the node stops.
pub const STOPPING: &str = "STOPPING";

/// Why the node is not ready, as far as it isn't. Clones are the same.
#[derive(Clone, Debug)]
pub struct Readiness {
    reasons: Arc<ArcSwap<BTreeMap<&'static str, String>>>,
}

/// One reason for not being ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable word, such as [`STARTING`] or `DISK_RESERVE`.
    pub reason: &'static str,
    /// In words.
    pub description: String,
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

impl Readiness {
    /// Not ready, since the node only starts: [`STARTING`].
    #[must_use]
    pub fn new() -> Self {
        let readiness = Self {
            reasons: Arc::default(),
        };
        readiness.set(STARTING, "the node is starting");
        readiness
    }

    /// Adds a reason, or gives it other words.
    pub fn set(&self, reason: &'static str, description: impl Into<String>) {
        let description = description.into();
        self.reasons.rcu(|reasons| {
            let mut reasons = BTreeMap::clone(reasons);
            reasons.insert(reason, description.clone());
            reasons
        });
    }

    /// Takes a reason away. [`STOPPING`] stays.
    pub fn clear(&self, reason: &'static str) {
        if reason == STOPPING || !self.reasons.load().contains_key(reason) {
            return;
        }
        self.reasons.rcu(|reasons| {
            let mut reasons = BTreeMap::clone(reasons);
            reasons.remove(reason);
            reasons
        });
    }

    /// The node has started: [`STARTING`] goes.
    pub fn started(&self) {
        self.clear(STARTING);
    }

    /// The node stops, for good: [`STOPPING`].
    pub fn stopping(&self) {
        self.set(STOPPING, "the node is stopping");
    }

    /// Nothing stands against sending it work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reasons.load().is_empty()
    }

    /// What stands against it, in the order of the words.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let reasons = self.reasons.load();
        let tell = |(reason, description): (&&'static str, &String)| Reason {
            reason,
            description: description.clone(),
        };
        reasons.iter().map(tell).collect()
    }
}

/// The admin port, bound and not yet served.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
}

#[derive(Clone)]
struct Shared {
    readiness: Readiness,
    metrics: Arc<Metrics>,
}

impl Admin {
    /// Takes the port.
    ///
    /// # Errors
    /// Where the address is taken or not this machine's.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens; the real port where the configuration said 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is cancelled and what was asked by then is answered.
    ///
    /// # Errors
    /// None that are known; accepting goes on after what concerns one connection.
    pub async fn serve(
        self,
        readiness: Readiness,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let listener = Bounded {
            listener: self.listener,
            places: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        };
        let shared = Shared { readiness, metrics };
        axum::serve(listener, router(shared))
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics))
        .with_state(shared)
}

/// The process lives and answers. A node whose store failed doesn't come so far: it ends.
async fn health() -> Response {
    json(StatusCode::OK, &serde_json::json!({ "alive": true }))
}

async fn readiness(State(shared): State<Shared>) -> Response {
    let reasons = shared.readiness.reasons();
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    json(
        status,
        &serde_json::json!({ "ready": reasons.is_empty(), "reasons": reasons }),
    )
}

async fn metrics(State(shared): State<Shared>) -> Response {
    match shared.metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, format!("{body}\n")).into_response()
}

/// A listener that takes no more connections than it has places for.
struct Bounded {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = self.places.clone().acquire_owned().await;
        let place = place.expect("nobody closes the semaphore");
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Connection::new(stream, place), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that gives its place back when it is closed, and is closed when it is idle.
struct Connection {
    stream: TcpStream,
    idle: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit) -> Self {
        Self {
            stream,
            idle: Box::pin(tokio::time::sleep(IDLE_MAX)),
            _place: place,
        }
    }

    fn busy(&mut self) {
        self.idle.as_mut().reset(Instant::now() + IDLE_MAX);
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.busy();
            return Poll::Ready(read);
        }
        ready!(self.idle.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write(cx, bytes) {
            self.busy();
            return Poll::Ready(written);
        }
        ready!(self.idle.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
