//! Outgoing connections: whom they take, and what they say when there is none.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::server::Acceptor as TlsAcceptor;
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::LazyConfigAcceptor;
use verbund_model::UnixMillis;
use verbund_transport::pki::{Issued, Request, Validity};
use verbund_transport::{Admit, ConnectError, Connector, Peer, Refusal, Stage, Tls};

use crate::kit::{DAY_MS, Kit, NOW, Server, agency, call, identity, issue, system, year};

/// An empty SETTINGS frame, with which an HTTP/2 server begins.
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

/// A server of any kind.
struct Other {
    certificate: Issued,
    alpn: Vec<Vec<u8>>,
    version: &'static SupportedProtocolVersion,
    says: Vec<u8>,
}

impl Other {
    fn with(certificate: Issued) -> Self {
        Self {
            certificate,
            alpn: vec![b"h2".to_vec()],
            version: &rustls::version::TLS13,
            says: SETTINGS.to_vec(),
        }
    }

    /// Answers one connection. Gives its address, and the name that was asked for.
    async fn start(self) -> (String, tokio::task::JoinHandle<Option<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        let chain = CertificateDer::pem_slice_iter(self.certificate.certificate_pem.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(self.certificate.key_pem.as_bytes()).unwrap();
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(&[self.version])
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key)
                .unwrap();
        config.alpn_protocols = self.alpn;
        let task = tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let start = LazyConfigAcceptor::new(TlsAcceptor::default(), tcp)
                .await
                .unwrap();
            let name = start.client_hello().server_name().map(str::to_owned);
            if let Ok(mut stream) = start.into_stream(Arc::new(config)).await {
                stream.write_all(&self.says).await.unwrap();
                stream.flush().await.unwrap();
                // Until the client goes; what it says doesn't matter.
                while stream.read_u8().await.is_ok() {}
            }
            name
        });
        (addr, task)
    }
}

/// What kod's node finds where it calls dhz.
async fn found(kit: &Kit, other: Other) -> ConnectError {
    let (addr, _serving) = other.start().await;
    Connector::new(&kit.node(&kit.kod))
        .connect(&addr, &agency("dhz"))
        .await
        .unwrap_err()
}

async fn found_certificate(kit: &Kit, certificate: Issued) -> &'static str {
    let error = found(kit, Other::with(certificate)).await;
    assert_eq!(error.stage(), Stage::Identity, "{error}");
    error.reason()
}

#[tokio::test]
async fn a_server_whose_certificate_is_wrong_is_not_taken() {
    let (kit, foreign) = (Kit::new(), Kit::new());
    let node = kit.dhz.node(year());
    let past = Validity {
        not_before: UnixMillis(NOW.0 - 2 * DAY_MS),
        not_after: UnixMillis(NOW.0 - DAY_MS),
    };
    let future = Validity {
        not_before: UnixMillis(NOW.0 + DAY_MS),
        not_after: UnixMillis(NOW.0 + 2 * DAY_MS),
    };
    let two = [node.uris[0].clone(), "https://dhz.example".to_owned()];
    for (request, reason) in [
        (kit.dhz.node(past), "CERTIFICATE_EXPIRED"),
        (kit.dhz.node(future), "CERTIFICATE_NOT_YET_VALID"),
        (
            Request {
                server: false,
                ..node.clone()
            },
            "WRONG_USAGE",
        ),
        (
            Request {
                uris: Vec::new(),
                ..node.clone()
            },
            "IDENTITY_MISSING",
        ),
        (
            Request {
                uris: two.to_vec(),
                ..node.clone()
            },
            "IDENTITY_AMBIGUOUS",
        ),
        (
            Request {
                uris: kit.polizei.node(year()).uris,
                ..node.clone()
            },
            "UNKNOWN_ISSUER",
        ),
        (
            Request {
                server: true,
                ..kit.dhz.system(system("duty-log"), year())
            },
            "IDENTITY_MISMATCH",
        ),
    ] {
        assert_eq!(
            found_certificate(&kit, issue(&kit.dhz, request)).await,
            reason
        );
    }
    assert_eq!(
        found_certificate(&kit, issue(&foreign.dhz, foreign.dhz.node(year()))).await,
        "UNKNOWN_ISSUER"
    );
}

#[tokio::test]
async fn another_agencys_node_at_the_address_is_not_taken() {
    let kit = Kit::new();
    let error = found(
        &kit,
        Other::with(issue(&kit.polizei, kit.polizei.node(year()))),
    )
    .await;
    assert_eq!(error.reason(), "IDENTITY_MISMATCH");
    assert_eq!(
        error.to_string(),
        "the other end is not accepted: the other end is the node of polizei, not the node of dhz"
    );
}

#[tokio::test]
async fn a_server_without_http_2_is_not_taken() {
    let kit = Kit::new();
    let node = || Other::with(issue(&kit.dhz, kit.dhz.node(year())));
    for alpn in [Vec::new(), vec![b"http/1.1".to_vec()]] {
        assert_eq!(
            found(&kit, Other { alpn, ..node() }).await.reason(),
            "NOT_H2"
        );
    }
}

#[tokio::test]
async fn a_server_of_tls_1_2_is_not_taken() {
    let kit = Kit::new();
    let node = Other::with(issue(&kit.dhz, kit.dhz.node(year())));
    let error = found(
        &kit,
        Other {
            version: &rustls::version::TLS12,
            ..node
        },
    )
    .await;
    assert_eq!((error.reason(), error.stage()), ("TLS_VERSION", Stage::Tls));
}

#[tokio::test]
async fn a_server_that_says_nothing_after_the_handshake_is_given_up() {
    let kit = Kit::new();
    let node = Other::with(issue(&kit.dhz, kit.dhz.node(year())));
    let (addr, _serving) = Other {
        says: Vec::new(),
        ..node
    }
    .start()
    .await;
    let connector = Connector::new(&kit.node(&kit.kod)).with_timeout(Duration::from_millis(300));
    let error = connector.connect(&addr, &agency("dhz")).await.unwrap_err();
    assert_eq!(
        (error.reason(), error.stage()),
        ("HANDSHAKE_TIMEOUT", Stage::Tls)
    );
}

#[tokio::test]
async fn the_name_in_tls_is_the_peers_in_the_federation() {
    let kit = Kit::new();
    let (addr, serving) = Other::with(issue(&kit.dhz, kit.dhz.node(year())))
        .start()
        .await;
    Connector::new(&kit.node(&kit.kod))
        .probe(&addr, &agency("dhz"))
        .await
        .result
        .unwrap();
    assert_eq!(
        serving.await.unwrap().as_deref(),
        Some("dhz.krefeld.verbund")
    );
}

#[tokio::test]
async fn what_answers_does_not_speak_tls() {
    let kit = Kit::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let _serving = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        while tcp.read_u8().await.is_ok() {}
    });
    let error = Connector::new(&kit.node(&kit.kod))
        .connect(&addr.to_string(), &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(error, ConnectError::NotTls { addr });
}

#[tokio::test]
async fn what_answers_hangs_up() {
    let kit = Kit::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let _serving = tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    let error = Connector::new(&kit.node(&kit.kod))
        .connect(&addr.to_string(), &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(error, ConnectError::Closed);
}

#[tokio::test]
async fn nothing_answers() {
    let kit = Kit::new();
    let connector = Connector::new(&kit.node(&kit.kod)).with_timeout(Duration::from_secs(2));
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = connector
        .connect(&free.to_string(), &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(
        (&error, error.stage()),
        (&ConnectError::Refused { addr: free }, Stage::Tcp)
    );
    let error = connector
        .connect("nowhere.invalid:7443", &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.reason(), error.stage()),
        ("NAME_NOT_FOUND", Stage::Address)
    );
    for bad in [
        "",
        "dhz",
        "dhz:",
        ":7443",
        "dhz:70000",
        "dhz:0",
        "::1:7443",
        "http://dhz:7443",
        "dhz/x:7443",
        "a b:1",
    ] {
        let error = connector.connect_lazy(bad, &agency("dhz")).map(drop);
        assert_eq!(error, Err(ConnectError::Address), "{bad}");
    }
    connector
        .connect_lazy("[::1]:7443", &agency("dhz"))
        .unwrap();
}

#[tokio::test]
async fn a_refusal_at_the_server_is_told_at_once_and_not_with_the_first_call() {
    let kit = Kit::new();
    let lost = issue(&kit.kod, kit.kod.node(year()));
    let list = kit.revoked(&kit.kod, std::slice::from_ref(&lost.serial));
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    let server = Server::start(
        &kit.tls(&issue(&kit.dhz, kit.dhz.node(year())), trust),
        Admit::Nodes,
    )
    .await;
    let connector = Connector::new(&kit.tls(&lost, kit.trust()));

    let error = connector
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.reason(), error.stage()),
        ("REFUSED_BY_PEER", Stage::Admission)
    );
    assert!(
        error.advice().contains("revocation list"),
        "{}",
        error.advice()
    );

    let lazy = connector
        .connect_lazy(&server.endpoint(), &agency("dhz"))
        .unwrap();
    let failed = call(&lazy, "Ask").await.unwrap_err();
    assert_eq!(ConnectError::find(&failed), Some(&error));
    // As the callers of generated clients see it.
    let status = tonic::Status::from_error(Box::new(failed));
    assert_eq!(ConnectError::find(&status), Some(&error));
    server.stop().await;
}

#[tokio::test]
async fn an_expired_own_certificate_is_told_before_calling() {
    let kit = Kit::new();
    let short = kit.tls(
        &issue(&kit.kod, kit.kod.node(Validity::days(NOW, 1))),
        kit.trust(),
    );
    kit.clock.advance(2 * DAY_MS);
    let error = Connector::new(&short)
        .connect("127.0.0.1:1", &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(error, ConnectError::OwnCertificateExpired);
}

#[tokio::test]
async fn a_probe_tells_what_was_shown_also_where_that_is_over_on_either_side() {
    let kit = Kit::new();
    let past = Validity {
        not_before: UnixMillis(NOW.0 - 2 * DAY_MS),
        not_after: UnixMillis(NOW.0 - DAY_MS),
    };
    // The partner's.
    let (addr, _serving) = Other::with(issue(&kit.dhz, kit.dhz.node(past)))
        .start()
        .await;
    let kod = Connector::new(&kit.node(&kit.kod));
    let probe = kod.probe(&addr, &agency("dhz")).await;
    assert_eq!(probe.shown.unwrap().validity, past);
    assert_eq!(probe.result.unwrap_err().reason(), "CERTIFICATE_EXPIRED");

    // The own one: it takes `examine` to have it at all, and the partner says what it thinks of it.
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let own = identity(&issue(&kit.kod, kit.kod.node(past)));
    let clock = Arc::new(kit.clock.clone());
    assert!(Tls::new(own.clone(), kit.trust(), clock.clone()).is_err());
    let (tls, refusal) = Tls::examine(own, kit.trust(), clock).unwrap();
    assert_eq!(refusal, Some(Refusal::CertificateExpired));
    let probe = Connector::new(&tls)
        .probe(&server.endpoint(), &agency("dhz"))
        .await;
    assert_eq!(probe.shown.unwrap().validity, year());
    let error = probe.result.unwrap_err();
    assert_eq!(error.stage(), Stage::Admission, "{error}");
    server.stop().await;
}

#[tokio::test]
async fn the_hybrid_key_exchange_is_negotiated() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let connector = Connector::new(&kit.node(&kit.kod));
    let probe = connector.probe(&server.endpoint(), &agency("dhz")).await;
    let reached = probe.result.unwrap();
    assert_eq!(reached.key_exchange, "X25519MLKEM768");
    assert_eq!(
        (reached.addr, probe.shown.unwrap().peer),
        (server.addr, Peer::Node(agency("dhz")))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_client_without_the_hybrid_is_served_and_gets_no_ticket() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let issued = issue(&kit.kod, kit.kod.node(year()));
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(kit.dhz.certificate_pem().as_bytes()).unwrap())
        .unwrap();
    let provider = rustls::crypto::CryptoProvider {
        kx_groups: vec![kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let mut config = ClientConfig::builder_with_details(Arc::new(provider), Arc::new(AtNow))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = tokio::net::TcpStream::connect(server.addr).await.unwrap();
    // As an ordinary client does it: by the name in the certificate.
    let name = "localhost".try_into().unwrap();
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
        .unwrap();
    stream.read_u8().await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(
        session.negotiated_key_exchange_group().unwrap().name(),
        rustls::NamedGroup::X25519
    );
    assert_eq!(session.tls13_tickets_received(), 0);
    drop(stream);
    server.stop().await;
}

/// The tests' present, for a client that is not ours.
#[derive(Debug)]
struct AtNow;

impl rustls::time_provider::TimeProvider for AtNow {
    fn current_time(&self) -> Option<rustls_pki_types::UnixTime> {
        let seconds = u64::try_from(NOW.0 / 1000).unwrap();
        Some(rustls_pki_types::UnixTime::since_unix_epoch(
            Duration::from_secs(seconds),
        ))
    }
}

#[tokio::test]
async fn a_call_names_the_peer_and_https() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let connector = Connector::new(&kit.node(&kit.kod));
    let channel = connector
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap();
    let response = call(&channel, "Ask").await.unwrap();
    assert_eq!(
        response.headers()["authority"],
        "https://dhz.krefeld.verbund/test.Who/Ask"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_channel_finds_back_to_the_same_peer() {
    let kit = Kit::new();
    let tls = kit.node(&kit.dhz);
    let server = Server::start(&tls, Admit::Nodes).await;
    let connector = Connector::new(&kit.node(&kit.kod));
    let channel = connector
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap();
    call(&channel, "Ask").await.unwrap();
    for open in tls.connections() {
        open.close();
    }
    server.until(|_| tls.connections().is_empty()).await;
    // The first call may still meet the dead connection.
    let mut answered = call(&channel, "Ask").await.is_ok();
    if !answered {
        answered = call(&channel, "Ask").await.is_ok();
    }
    assert!(answered);
    assert_eq!(server.acceptor.counts().accepted, 2);
    server.stop().await;
}
