//! A federation of three agencies with their authorities, a server that answers who called, and a client that shows
//! whatever certificate a test wants.

use std::convert::Infallible;
use std::future::Ready;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::Channel;
use tower::{Service, ServiceExt as _};
use verbund_model::{AgencyId, Clock, FederationId, UnixMillis};
use verbund_transport::limits::{self, Limits};
use verbund_transport::pki::{Authority, Issued, Request, Validity};
use verbund_transport::{Acceptor, Admit, Connector, Identity, PeerInfo, SystemName, Tls, Trust};

/// 2026-03-01T00:00:00Z. The tests' present: no test looks at the machine's clock.
pub(crate) const NOW: UnixMillis = UnixMillis(1_772_323_200_000);
pub(crate) const DAY_MS: i64 = 24 * 3600 * 1000;
/// Nothing here takes long; who waits this long waits for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that is set by hand.
#[derive(Debug, Clone)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

pub(crate) fn system(name: &str) -> SystemName {
    SystemName::parse(name).unwrap()
}

pub(crate) fn year() -> Validity {
    Validity::days(NOW, 365)
}

/// The authorities of dhz, kod and polizei.
pub(crate) struct Kit {
    pub(crate) clock: HandClock,
    pub(crate) dhz: Authority,
    pub(crate) kod: Authority,
    pub(crate) polizei: Authority,
}

impl Kit {
    pub(crate) fn new() -> Self {
        let federation = FederationId::parse("krefeld").unwrap();
        let authority = |id| Authority::create(agency(id), federation.clone(), year()).unwrap();
        Self {
            clock: HandClock(Arc::new(AtomicI64::new(NOW.0))),
            dhz: authority("dhz"),
            kod: authority("kod"),
            polizei: authority("polizei"),
        }
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::new(FederationId::parse("krefeld").unwrap())
            .with_roots(agency("dhz"), self.dhz.certificate_pem())
            .and_then(|trust| trust.with_roots(agency("kod"), self.kod.certificate_pem()))
            .and_then(|trust| trust.with_roots(agency("polizei"), self.polizei.certificate_pem()))
            .unwrap()
    }

    pub(crate) fn tls(&self, issued: &Issued, trust: Trust) -> Tls {
        Tls::new(identity(issued), trust, Arc::new(self.clock.clone())).unwrap()
    }

    /// The TLS of an agency's node.
    pub(crate) fn node(&self, authority: &Authority) -> Tls {
        self.tls(
            &authority.issue(&authority.node(year())).unwrap(),
            self.trust(),
        )
    }

    /// A list of dhz, kod or polizei on which these certificates are, good for a week.
    pub(crate) fn revoked(&self, authority: &Authority, serials: &[Vec<u8>]) -> String {
        authority
            .revocation_list(1, serials, Validity::days(NOW, 7))
            .unwrap()
    }
}

pub(crate) fn identity(issued: &Issued) -> Identity {
    Identity::from_pem(issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap()
}

pub(crate) fn issue(authority: &Authority, request: Request) -> Issued {
    authority.issue(&request).unwrap()
}

/// A listener of the node of dhz that answers calls.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) acceptor: Acceptor,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(tls: &Tls, admit: Admit) -> Self {
        Self::with_limits(tls, admit, admit.limits()).await
    }

    pub(crate) async fn with_limits(tls: &Tls, admit: Admit, limits: Limits) -> Self {
        let acceptor = Acceptor::with_limits(tls, admit, limits).unwrap();
        let listener = Acceptor::bind("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let incoming = acceptor.incoming(listener);
        let addr = incoming.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = limits::grpc_server(admit)
            .add_service(Who)
            .serve_with_incoming_shutdown(incoming, stopped);
        let serving = tokio::spawn(async move { server.await.unwrap() });
        Self {
            addr,
            acceptor,
            stop,
            serving,
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        self.addr.to_string()
    }

    /// Waits until exactly this has been refused, once, and nothing else.
    pub(crate) async fn refused(&self, reason: &str) {
        self.until(|acceptor| !acceptor.counts().refused.is_empty())
            .await;
        let refused = self.acceptor.counts().refused;
        assert_eq!(refused.into_iter().collect::<Vec<_>>(), [(reason, 1)]);
    }

    pub(crate) async fn until(&self, holds: impl Fn(&Acceptor) -> bool) {
        let waiting = async {
            while !holds(&self.acceptor) {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{:?}", self.acceptor.counts());
    }

    /// For tests that leave calls under way, for which a server that stops would wait.
    pub(crate) async fn stop_now(self) {
        self.serving.abort();
        assert!(self.serving.await.unwrap_err().is_cancelled());
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.serving)
            .await
            .unwrap()
            .unwrap();
    }
}

/// A gRPC service of one method that tells who called, and whether that one is still trusted.
#[derive(Clone)]
struct Who;

impl NamedService for Who {
    const NAME: &'static str = "test.Who";
}

impl Service<http::Request<Body>> for Who {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let info = request.extensions().get::<PeerInfo>().unwrap();
        let body = match request.uri().path() {
            // Never ends, so that a test can see what a call under way feels.
            "/test.Who/Wait" => Body::new(Never),
            _ => Body::empty(),
        };
        let response = http::Response::builder()
            .header("content-type", "application/grpc")
            .header("grpc-status", "0")
            .header("peer", info.peer().to_string())
            .header("authority", request.uri().to_string())
            .header("trusted", info.still_trusted().to_string());
        std::future::ready(Ok(response.body(body).unwrap()))
    }
}

struct Never;

impl hyper::body::Body for Never {
    type Data = hyper::body::Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        Poll::Pending
    }
}

/// Calls a method of the test's service.
pub(crate) async fn call(
    channel: &Channel,
    method: &str,
) -> Result<http::Response<Body>, tonic::transport::Error> {
    let request = http::Request::post(format!("/test.Who/{method}"))
        .header("content-type", "application/grpc")
        .body(Body::empty())
        .unwrap();
    channel.clone().ready().await?.call(request).await
}

/// Who the server of dhz takes the owner of this certificate for.
pub(crate) async fn who(connector: &Connector, endpoint: &str) -> (String, String) {
    let channel = connector.connect(endpoint, &agency("dhz")).await.unwrap();
    let response = call(&channel, "Ask").await.unwrap();
    let header = |name| response.headers()[name].to_str().unwrap().to_owned();
    (header("peer"), header("trusted"))
}

/// What a client feels that does not look at the server's certificate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Felt {
    /// The first HTTP/2 frame.
    Accepted,
    Alert(rustls::AlertDescription),
    /// Hung up without a word.
    Closed,
}

/// A client of any kind.
pub(crate) struct Stranger {
    pub(crate) certificate: Option<Issued>,
    pub(crate) alpn: Vec<Vec<u8>>,
    pub(crate) version: &'static SupportedProtocolVersion,
}

impl Stranger {
    pub(crate) fn with(certificate: Issued) -> Self {
        Self {
            certificate: Some(certificate),
            alpn: vec![b"h2".to_vec()],
            version: &rustls::version::TLS13,
        }
    }

    pub(crate) async fn call(self, addr: SocketAddr) -> Felt {
        match self.connect(addr).await {
            Ok(mut stream) => {
                let read = tokio::time::timeout(PATIENCE, stream.read_u8())
                    .await
                    .unwrap();
                read.map_or_else(|error| felt(&error), |_| Felt::Accepted)
            }
            Err(error) => felt(&error),
        }
    }

    pub(crate) async fn connect(self, addr: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[self.version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Blind));
        let mut config = match self.certificate {
            Some(issued) => {
                let chain = CertificateDer::pem_slice_iter(issued.certificate_pem.as_bytes());
                let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap();
                config
                    .with_client_auth_cert(chain.collect::<Result<_, _>>().unwrap(), key)
                    .unwrap()
            }
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = self.alpn;
        let tcp = TcpStream::connect(addr).await.unwrap();
        let name = ServerName::try_from("dhz.krefeld.verbund").unwrap();
        tokio_rustls::TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await
    }
}

fn felt(error: &io::Error) -> Felt {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        Some(rustls::Error::AlertReceived(alert)) => Felt::Alert(*alert),
        Some(other) => panic!("{other}"),
        None => Felt::Closed,
    }
}

/// Believes every server.
#[derive(Debug)]
struct Blind;

impl ServerCertVerifier for Blind {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
