//! Incoming connections: a TCP listener in, connections with proven peers out.
//!
//! Handshakes run beside each other, bounded in time and number. Whoever stalls is dropped, first the oldest; whoever
//! is refused is logged with the reason and counted. Nothing runs on after the stream is dropped.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Sleep;
use tokio_rustls::LazyConfigAcceptor;
use tokio_stream::Stream;

use crate::connection::{Arrival, Connection};
use crate::error::Error;
use crate::limits::{Admit, LISTEN_BACKLOG, Limits};
use crate::own::Resolver;
use crate::refusal::Refusal;
use crate::tls::{Counts, Shared, Tls};
use crate::verifier::{Policy, Verifier};

pub(crate) const ALPN_H2: &[u8] = b"h2";

/// Out of file descriptors, say: wait a little for some to come back instead of spinning.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Refusals that are logged within [`LOG_WINDOW`]; the rest are counted, and said as a number. A stranger must not be
/// able to fill the disk with log lines.
const LOGGED_REFUSALS: u32 = 50;
const LOG_WINDOW: Duration = Duration::from_secs(10);

/// Takes connections at one listener. Cheap to clone; all clones count together.
#[derive(Clone)]
pub struct Acceptor {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    config: Arc<ServerConfig>,
    admit: Admit,
    limits: Limits,
    counts: Mutex<Ledger>,
}

/// Counts and the allowance of log lines.
#[derive(Debug)]
struct Ledger {
    counts: Counts,
    window: Instant,
    logged: u32,
    hidden: u64,
}

impl Acceptor {
    /// Serves whom `admit` names, within its [`Limits`].
    ///
    /// # Errors
    /// [`Error::Setup`] when the TLS library can't be configured.
    pub fn new(tls: &Tls, admit: Admit) -> Result<Self, Error> {
        Self::with_limits(tls, admit, admit.limits())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// As for [`Acceptor::new`].
    pub fn with_limits(tls: &Tls, admit: Admit, limits: Limits) -> Result<Self, Error> {
        let shared = tls.0.clone();
        let verifier = Verifier {
            shared: shared.clone(),
            policy: Policy::Admit(admit),
            algorithms: shared.provider.signature_verification_algorithms,
            shown: None,
        };
        let mut config =
            ServerConfig::builder_with_details(shared.provider.clone(), shared.clone())
                .with_protocol_versions(&[&rustls::version::TLS13])?
                .with_client_cert_verifier(Arc::new(verifier))
                .with_cert_resolver(Arc::new(Resolver(shared.identity.clone())));
        config.alpn_protocols = vec![ALPN_H2.to_vec()];
        // No resumption: a ticket would let a peer back in without a look at its certificate.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        let counts = Mutex::new(Ledger {
            counts: Counts::default(),
            window: Instant::now(),
            logged: 0,
            hidden: 0,
        });
        Ok(Self {
            inner: Arc::new(Inner {
                shared,
                config: Arc::new(config),
                admit,
                limits,
                counts,
            }),
        })
    }

    /// Opens a listener with the backlog that suits the acceptor.
    ///
    /// # Errors
    /// What the system says, for example that the address is in use.
    pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        let socket = match address {
            SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
            SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
        };
        // A restarted node takes its port back without waiting for old connections to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(LISTEN_BACKLOG)
    }

    /// The connections that come in at a listener, for tonic's `serve_with_incoming_shutdown`.
    pub fn incoming(&self, listener: TcpListener) -> Incoming {
        Incoming {
            inner: self.inner.clone(),
            listener,
            handshakes: JoinSet::new(),
            oldest: VecDeque::new(),
            pause: None,
        }
    }

    /// What happened here so far.
    pub fn counts(&self) -> Counts {
        let mut counts = self.inner.ledger().counts.clone();
        let open = self.inner.shared.register.count(self.inner.admit);
        counts.open = u64::try_from(open).unwrap_or(u64::MAX);
        counts
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("admit", &self.inner.admit)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Numbers only: a panic elsewhere leaves them as good as they were.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts and logs. Nothing that the stranger wrote is in it, except ids that parsed.
    fn refuse(&self, addr: SocketAddr, refusal: &Refusal) {
        let listener = self.admit.as_str();
        let mut ledger = self.ledger();
        ledger.counts.refuse(refusal);
        if matches!(refusal, Refusal::Disconnected) {
            // Probes of load balancers and port scans; the count tells of them.
            tracing::debug!(listener, %addr, reason = refusal.reason(), "connection refused");
            return;
        }
        if ledger.window.elapsed() >= LOG_WINDOW {
            if ledger.hidden > 0 {
                tracing::warn!(
                    listener,
                    count = ledger.hidden,
                    "more connections were refused than were logged"
                );
            }
            (ledger.window, ledger.logged, ledger.hidden) = (Instant::now(), 0, 0);
        }
        if ledger.logged >= LOGGED_REFUSALS {
            ledger.hidden += 1;
            return;
        }
        ledger.logged += 1;
        drop(ledger);
        tracing::warn!(listener, %addr, reason = refusal.reason(), detail = %refusal, "connection refused");
    }

    async fn handshake(self: Arc<Self>, tcp: TcpStream, addr: SocketAddr) -> Option<Connection> {
        let result = tokio::time::timeout(self.limits.handshake, self.establish(tcp, addr)).await;
        match result.unwrap_or(Err(Refusal::HandshakeTimeout)) {
            Ok(connection) => {
                self.ledger().counts.accepted += 1;
                let info = connection.peer_info();
                tracing::debug!(listener = self.admit.as_str(), peer = %info.peer(), %addr, "connection accepted");
                Some(connection)
            }
            Err(refusal) => {
                self.refuse(addr, &refusal);
                None
            }
        }
    }

    async fn establish(&self, tcp: TcpStream, addr: SocketAddr) -> Result<Connection, Refusal> {
        // Replies are small and must not wait for the one before to be confirmed.
        tcp.set_nodelay(true).map_err(|_| Refusal::Disconnected)?;
        let generation = self.shared.trust.load().generation;
        let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), tcp)
            .await
            .map_err(|error| Refusal::from_io(&error))?;
        let stream = start
            .into_stream(self.config.clone())
            .await
            .map_err(|error| Refusal::from_io(&error))?;
        let (_, session) = stream.get_ref();
        // rustls lets a client pass that offers no protocol at all.
        if session.alpn_protocol() != Some(ALPN_H2) {
            return Err(Refusal::NotH2);
        }
        let arrival = Arrival {
            chain: session
                .peer_certificates()
                .ok_or(Refusal::CertificateMissing)?
                .to_vec(),
            policy: Policy::Admit(self.admit),
            addr,
            age_hard: self.limits.age_hard,
            generation,
        };
        let bounds = (self.limits.connections, self.limits.connections_per_peer);
        Connection::enter(&self.shared, stream.into(), arrival, Some(bounds))
    }
}

/// Connections as they are accepted; it never ends and never fails. Dropping it closes the listener and gives up the
/// handshakes under way.
pub struct Incoming {
    inner: Arc<Inner>,
    listener: TcpListener,
    handshakes: JoinSet<Option<Connection>>,
    oldest: VecDeque<(AbortHandle, SocketAddr)>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    /// The address that the listener has, with the port that it was given when it asked for any.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    fn begin(&mut self, tcp: TcpStream, addr: SocketAddr) {
        self.oldest
            .retain(|(handshake, _)| !handshake.is_finished());
        if self.oldest.len() >= self.inner.limits.handshakes
            && let Some((handshake, addr)) = self.oldest.pop_front()
        {
            handshake.abort();
            self.inner.refuse(addr, &Refusal::Crowded);
        }
        let under_way = UnderWay::begin(self.inner.clone());
        let handshake = self
            .handshakes
            .spawn(async move { under_way.0.clone().handshake(tcp, addr).await });
        self.oldest.push_back((handshake, addr));
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            // Refused, dropped as the oldest, or panicked: each has been told where it happened.
            while let Poll::Ready(Some(done)) = this.handshakes.poll_join_next(cx) {
                if let Ok(Some(connection)) = done {
                    return Poll::Ready(Some(Ok(connection)));
                }
            }
            if let Some(pause) = &mut this.pause {
                std::task::ready!(pause.as_mut().poll(cx));
                this.pause = None;
            }
            match std::task::ready!(this.listener.poll_accept(cx)) {
                Ok((tcp, addr)) => this.begin(tcp, addr),
                // The stranger hung up before it was accepted.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::error!(listener = this.inner.admit.as_str(), %error, "connections can't be accepted");
                    this.pause = Some(Box::pin(tokio::time::sleep(ACCEPT_PAUSE)));
                }
            }
        }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}

/// Counts a handshake for as long as it lasts, however it ends.
struct UnderWay(Arc<Inner>);

impl UnderWay {
    fn begin(inner: Arc<Inner>) -> Self {
        inner.ledger().counts.handshaking += 1;
        Self(inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ledger().counts.handshaking -= 1;
    }
}
