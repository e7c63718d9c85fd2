//! Every bound of this crate, with its reason, and a tonic server that keeps to them.
//!
//! A peer is authenticated, not trusted: a partner whose node was taken over has a valid certificate. So each bound
//! holds for each connection, and the number of connections is bounded for each peer.

use std::time::Duration;

use tonic::transport::{Endpoint, Server};

/// Whom a listener serves, and within which bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Admit {
    /// The agency API: systems and people of the own agency, and nobody else.
    Systems,
    /// The federation API: nodes of the *other* agencies, and nobody else.
    Nodes,
}

impl Admit {
    /// The listener's name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Systems => "agency",
            Self::Nodes => "federation",
        }
    }

    /// The bounds of this kind of listener.
    pub fn limits(self) -> Limits {
        match self {
            Self::Systems => Limits {
                connections: 1024,
                connections_per_peer: 64,
                streams: 1024,
                ..Limits::SHARED
            },
            Self::Nodes => Limits {
                // 50 nodes in a mesh (DESIGN §5), each with a few connections while one replaces another.
                connections: 512,
                connections_per_peer: 8,
                // One replication stream, and a few short calls beside it.
                streams: 64,
                ..Limits::SHARED
            },
        }
    }
}

/// The bounds of one listener. [`Admit::limits`] gives the ones to use; tests make theirs smaller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the TCP connection to the end of the TLS handshake. A handshake takes two round trips and 1 ms of
    /// computing; 5 s is a bad mobile connection with a lost packet or two.
    pub handshake: Duration,
    /// Handshakes under way at once. When one more comes, the oldest of them is dropped: honest ones take
    /// milliseconds, so the oldest is the one that stalls, and a crowd that stalls can't keep a partner out.
    pub handshakes: usize,
    /// Open connections. Each can hold [`CONNECTION_WINDOW_BYTES`] of unread data.
    pub connections: usize,
    /// Open connections of one peer, so that one can't use up all of them.
    pub connections_per_peer: usize,
    /// Concurrent HTTP/2 streams of one connection. A stream costs about 6 KiB: 20,000 of them took 128 MiB. An agency
    /// system may have that many publishes in flight.
    pub streams: u32,
    /// After this time the peer is told to open a new connection, and this one ends when its calls have ended.
    pub age: Duration,
    /// After this time a connection is closed whatever runs on it, by [`Tls::revalidate`](crate::Tls::revalidate).
    /// Streams that last pick up at their cursor.
    pub age_hard: Duration,
}

impl Limits {
    const SHARED: Self = Self {
        handshake: Duration::from_secs(5),
        handshakes: 256,
        connections: 256,
        connections_per_peer: 8,
        streams: 64,
        age: Duration::from_secs(6 * 3600),
        age_hard: Duration::from_secs(24 * 3600),
    };
}

/// What one stream may have in flight unread: 1 MiB fills 100 Mbit/s at 80 ms. On a loopback, bulk data went three times
/// as fast as with HTTP/2's own 64 KiB.
pub const STREAM_WINDOW_BYTES: u32 = 1 << 20;
/// What one connection may have in flight unread, whatever the number of its streams. The bound on memory that a
/// connection can take: with [`Limits::connections_per_peer`] of a node, 16 MiB for a hostile partner.
pub const CONNECTION_WINDOW_BYTES: u32 = 2 << 20;
/// Largest HTTP/2 frame taken. Four TLS records: bulk data went half as fast again as with HTTP/2's own 16 KiB, while a
/// ping still gets through between them.
pub const FRAME_BYTES: u32 = 64 << 10;
/// Request headers. Ours take about 400 bytes; trace context and a client's own metadata have room.
pub const REQUEST_HEADERS_BYTES: u32 = 8 << 10;
/// Response headers and trailers. Error details with many field violations travel in a trailer.
pub const RESPONSE_HEADERS_BYTES: u32 = 16 << 10;
/// Streams reset because of a peer's errors, and streams that a peer reset before they were served, after which the
/// connection ends ("rapid reset", CVE-2023-44487). A system that gives up all its publishes at once stays within.
pub const RESET_STREAMS: usize = 1024;
/// The connection ends after this many streams that we reset because of the peer's protocol errors (CVE-2025-8671).
pub const LOCAL_ERROR_RESETS: usize = 256;
/// A ping goes out after this silence. Shorter than the idle limit of common NAT gateways (60 s at worst).
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// No answer to a ping for this long, and the connection is dead.
pub const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// To find an address and to open a TCP connection to it; all addresses of a name share it.
pub const TCP_CONNECT: Duration = Duration::from_secs(5);
/// For the TLS handshake of an outgoing connection *and* the partner's first HTTP/2 frame, which says that it took us.
pub const TLS_CONNECT: Duration = Duration::from_secs(5);
/// How often open connections are checked again ([`Tls::revalidate`](crate::Tls::revalidate)): half of the minute
/// within which DESIGN §8 promises to close those of a revoked or removed peer.
pub const REVALIDATE_INTERVAL: Duration = Duration::from_secs(30);
/// How often the files of certificates, keys and revocation lists are looked at for a change.
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(2);
/// The kernel's queue of connections that wait to be accepted.
pub const LISTEN_BACKLOG: u32 = 1024;
/// Largest message of the agency API, either way. An update takes about 2 KiB; a page of 500 in the feed fits.
pub const AGENCY_MESSAGE_BYTES: usize = 2 << 20;
/// Largest message of the federation API, either way: a batch of entries of which one may take 20 KiB.
pub const FEDERATION_MESSAGE_BYTES: usize = 4 << 20;
/// Largest file of certificates or of a key. A chain of five takes 10 KiB.
pub const PEM_FILE_BYTES: u64 = 256 << 10;
/// Largest revocation list: about 100,000 revoked certificates.
pub const CRL_FILE_BYTES: u64 = 4 << 20;
/// Most files in the folder of revocation lists: some for each of a mesh's agencies.
pub const CRL_FILES: usize = 512;

/// A tonic server within the bounds of this kind of listener, to be served with
/// [`Acceptor::incoming`](crate::Acceptor::incoming). Message sizes are set at each service.
///
/// There is no grace for the age: tonic's would end connections hard and without notice.
/// [`Limits::age_hard`] does that part.
pub fn grpc_server(admit: Admit) -> Server {
    let limits = admit.limits();
    Server::builder()
        .max_concurrent_streams(limits.streams)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES)
        .http2_max_header_list_size(REQUEST_HEADERS_BYTES)
        .http2_max_local_error_reset_streams(Some(LOCAL_ERROR_RESETS))
        .http2_max_pending_accept_reset_streams(Some(RESET_STREAMS))
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_connection_age(limits.age)
        .accept_http1(false)
}

/// The same bounds for an outgoing channel.
pub(crate) fn bound_endpoint(endpoint: Endpoint) -> Endpoint {
    endpoint
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES)
        .http2_max_header_list_size(RESPONSE_HEADERS_BYTES)
        .http2_max_local_error_reset_streams(LOCAL_ERROR_RESETS)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
}
