//! The bounds of a listener: nobody can hold its doors.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use verbund_transport::limits::{self, Limits};
use verbund_transport::{Admit, Connector};

use crate::kit::{Kit, PATIENCE, Server, Stranger, agency, issue, system, who, year};

async fn with(kit: &Kit, change: impl Fn(&mut Limits)) -> Server {
    let mut limits = Admit::Nodes.limits();
    change(&mut limits);
    Server::with_limits(&kit.node(&kit.dhz), Admit::Nodes, limits).await
}

/// The server has closed this connection.
async fn is_closed(mut tcp: TcpStream) {
    let read = tokio::time::timeout(PATIENCE, tcp.read_u8()).await.unwrap();
    assert!(read.is_err());
}

#[tokio::test]
async fn who_stalls_the_handshake_is_dropped() {
    let kit = Kit::new();
    // The beginning of a ClientHello, and no more of it.
    for begun in [&b""[..], &[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]] {
        let server = with(&kit, |limits| limits.handshake = Duration::from_millis(200)).await;
        let mut tcp = TcpStream::connect(server.addr).await.unwrap();
        tcp.write_all(begun).await.unwrap();
        is_closed(tcp).await;
        server.refused("HANDSHAKE_TIMEOUT").await;
        server
            .until(|acceptor| acceptor.counts().handshaking == 0)
            .await;
        server.stop().await;
    }
}

#[tokio::test]
async fn a_crowd_that_stalls_keeps_nobody_out() {
    let kit = Kit::new();
    let server = with(&kit, |limits| {
        limits.handshakes = 2;
        limits.handshake = PATIENCE;
    })
    .await;
    let oldest = TcpStream::connect(server.addr).await.unwrap();
    let _second = TcpStream::connect(server.addr).await.unwrap();
    server
        .until(|acceptor| acceptor.counts().handshaking == 2)
        .await;
    let (peer, _) = who(&Connector::new(&kit.node(&kit.kod)), &server.endpoint()).await;
    assert_eq!(peer, "node of kod");
    is_closed(oldest).await;
    server.refused("CROWDED").await;
    server.stop().await;
}

#[tokio::test]
async fn one_peer_can_not_take_all_connections() {
    let kit = Kit::new();
    let server = with(&kit, |limits| limits.connections_per_peer = 2).await;
    let kod = Connector::new(&kit.node(&kit.kod));
    let first = kod
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap();
    let _second = kod
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap();
    let third = kod
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    assert_eq!(third.reason(), "CLOSED_BY_PEER");
    server.refused("TOO_MANY_CONNECTIONS").await;
    who(&Connector::new(&kit.node(&kit.polizei)), &server.endpoint()).await;
    drop(first);
    server.until(|acceptor| acceptor.counts().open == 1).await;
    who(&kod, &server.endpoint()).await;
    server.stop_now().await;
}

#[tokio::test]
async fn all_together_can_not_have_more_than_there_are() {
    let kit = Kit::new();
    let server = with(&kit, |limits| limits.connections = 1).await;
    let _open = Connector::new(&kit.node(&kit.kod))
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap();
    let other = Connector::new(&kit.node(&kit.polizei))
        .connect(&server.endpoint(), &agency("dhz"))
        .await;
    assert_eq!(other.unwrap_err().reason(), "CLOSED_BY_PEER");
    server.refused("TOO_MANY_CONNECTIONS").await;
    server.stop_now().await;
}

#[tokio::test]
async fn what_is_not_tls_is_refused() {
    let kit = Kit::new();
    let server = with(&kit, |_| {}).await;
    let mut tcp = TcpStream::connect(server.addr).await.unwrap();
    tcp.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // A TLS alert, or nothing; never HTTP.
    let _ = tokio::time::timeout(PATIENCE, tcp.read_to_end(&mut answer))
        .await
        .unwrap();
    assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
    server.refused("HANDSHAKE_FAILED").await;
    server.stop().await;
}

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn strangers_can_not_fill_the_log() {
    let kit = Kit::new();
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let logging = tracing::subscriber::set_default(log);
    let server = with(&kit, |_| {}).await;
    for number in 1..=60 {
        let mut tcp = TcpStream::connect(server.addr).await.unwrap();
        tcp.write_all(b"GET /secret HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        server
            .until(|acceptor| acceptor.counts().refused.get("HANDSHAKE_FAILED") == Some(&number))
            .await;
    }
    drop(logging);
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(
        lines.matches("reason=\"HANDSHAKE_FAILED\"").count(),
        50,
        "{lines}"
    );
    assert!(
        lines.contains("listener=\"federation\"") && !lines.contains("secret"),
        "{lines}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_probe_that_connects_and_goes_is_counted() {
    let kit = Kit::new();
    let server = with(&kit, |_| {}).await;
    drop(TcpStream::connect(server.addr).await.unwrap());
    server.refused("DISCONNECTED").await;
    server.stop().await;
}

#[tokio::test]
async fn stopping_gives_up_handshakes_and_the_port() {
    let kit = Kit::new();
    let server = with(&kit, |limits| limits.handshake = PATIENCE).await;
    let addr = server.addr;
    let stalled = TcpStream::connect(addr).await.unwrap();
    server
        .until(|acceptor| acceptor.counts().handshaking == 1)
        .await;
    server.stop().await;
    is_closed(stalled).await;
    assert!(TcpStream::connect(addr).await.is_err());
}

/// HTTP/2 settings that a server announces, by number.
async fn settings(kit: &Kit, admit: Admit) -> Vec<(u16, u32)> {
    let server = Server::start(&kit.node(&kit.dhz), admit).await;
    let certificate = match admit {
        Admit::Nodes => issue(&kit.kod, kit.kod.node(year())),
        Admit::Systems => issue(&kit.dhz, kit.dhz.system(system("duty-log"), year())),
    };
    let mut stream = Stranger::with(certificate)
        .connect(server.addr)
        .await
        .unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "SETTINGS come first");
    let mut body = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
    stream.read_exact(&mut body).await.unwrap();
    drop(stream);
    server.stop().await;
    let setting = |bytes: &[u8]| {
        let value = u32::from_be_bytes(bytes[2..6].try_into().unwrap());
        (u16::from_be_bytes([bytes[0], bytes[1]]), value)
    };
    body.chunks_exact(6).map(setting).collect()
}

#[tokio::test]
async fn streams_windows_frames_and_headers_are_bounded() {
    let kit = Kit::new();
    for admit in [Admit::Nodes, Admit::Systems] {
        let settings = settings(&kit, admit).await;
        for expected in [
            (3, admit.limits().streams),
            (4, limits::STREAM_WINDOW_BYTES),
            (5, limits::FRAME_BYTES),
            (6, limits::REQUEST_HEADERS_BYTES),
        ] {
            assert!(
                settings.contains(&expected),
                "{expected:?} is not among {settings:?}"
            );
        }
    }
}
