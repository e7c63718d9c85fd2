//! Where traces go: an OTLP collector over gRPC that keeps what it gets as it came.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Context, Poll, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::raw::Raw;

/// A collector that listens until it is dropped.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    exported: Exported,
    _stop: DropGuard,
}

#[derive(Debug, Clone, Default)]
struct Exported(Arc<Mutex<Vec<u8>>>);

impl Collector {
    /// Listens on a free port of the loopback.
    ///
    /// # Errors
    /// When there is none.
    pub async fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let exported = Exported::default();
        let stop = CancellationToken::new();
        let serving = Server::builder()
            .add_service(exported.clone())
            .serve_with_incoming_shutdown(
                TcpListenerStream::new(listener),
                stop.clone().cancelled_owned(),
            );
        // It ends with the collector, or with the test's runtime.
        tokio::spawn(serving);
        Ok(Self {
            address,
            exported,
            _stop: stop.drop_guard(),
        })
    }

    /// What `telemetry.otlp_endpoint` takes.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All messages so far, one behind the other.
    ///
    /// # Panics
    /// Never: nothing panics while it adds to them.
    #[must_use]
    pub fn exported(&self) -> Vec<u8> {
        self.exported
            .0
            .lock()
            .expect("nothing panics while it adds to them")
            .clone()
    }
}

impl NamedService for Exported {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl Service<http::Request<Body>> for Exported {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let exported = self.clone();
        Box::pin(async move { Ok(Grpc::new(Raw).unary(exported, request).await) })
    }
}

impl UnaryService<Bytes> for Exported {
    type Response = Bytes;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        self.0
            .lock()
            .expect("nothing panics while it adds to them")
            .extend_from_slice(&request.into_inner());
        // An empty answer: everything was taken.
        ready(Ok(Response::new(Bytes::new())))
    }
}
