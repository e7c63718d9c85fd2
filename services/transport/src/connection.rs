//! An open connection, what is known of its peer, and the register through which it can be closed from outside.
//!
//! A TLS stream stays open however the world changes. So each is registered with the certificates that it was taken on,
//! they are checked again when trust changes and as time passes, and closing wakes whoever reads.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;
use tonic::transport::server::Connected;
use verbund_model::{UnixMillis, Validity};

use crate::client::Shown;
use crate::identity::{Claims, Peer};
use crate::limits::Admit;
use crate::refusal::Refusal;
use crate::tls::Shared;
use crate::trust::unix_time;
use crate::verifier::Policy;

/// One open connection as the register knows it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) number: u64,
    claims: Claims,
    chain: Vec<CertificateDer<'static>>,
    policy: Policy,
    addr: SocketAddr,
    opened: UnixMillis,
    age_hard: Duration,
    /// The generation of trust under which the chain was last found good.
    generation: AtomicU64,
    closed: AtomicBool,
    reader: AtomicWaker,
}

impl Link {
    /// Whether this side has opened it, to this peer.
    pub(crate) fn is_to(&self, peer: &Peer) -> bool {
        matches!(self.policy, Policy::Expect(_)) && self.claims.id.peer == *peer
    }

    fn close(&self) -> bool {
        let first = !self.closed.swap(true, Ordering::AcqRel);
        self.reader.wake();
        first
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// What a new connection brings to the register.
pub(crate) struct Arrival {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) policy: Policy,
    pub(crate) addr: SocketAddr,
    pub(crate) age_hard: Duration,
    /// The generation of trust from *before* the handshake: if it changed in between, the first request checks again.
    pub(crate) generation: u64,
}

/// All open connections of a process.
#[derive(Debug, Default)]
pub(crate) struct Register(Mutex<Links>);

#[derive(Debug, Default)]
struct Links {
    next: u64,
    open: HashMap<u64, Arc<Link>>,
}

impl Register {
    fn lock(&self) -> MutexGuard<'_, Links> {
        // Each change is one insert or remove, so a panic elsewhere leaves nothing half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn links(&self) -> Vec<Arc<Link>> {
        self.lock().open.values().cloned().collect()
    }

    /// Connections open at this kind of listener.
    pub(crate) fn count(&self, admit: Admit) -> usize {
        self.lock()
            .open
            .values()
            .filter(|link| matches!(link.policy, Policy::Admit(at) if at == admit))
            .count()
    }

    /// Enters a connection, unless that would make too many: of one peer at this kind of listener, or of all there.
    fn enter(
        &self,
        arrival: Arrival,
        claims: Claims,
        opened: UnixMillis,
        bounds: Option<(usize, usize)>,
    ) -> Result<Arc<Link>, Refusal> {
        let mut links = self.lock();
        if let Some((of_all, of_peer)) = bounds {
            let here = links
                .open
                .values()
                .filter(|link| same_listener(&link.policy, &arrival.policy));
            let (all, peer) = here.fold((0, 0), |(all, peer), link| {
                (all + 1, peer + usize::from(link.claims.id == claims.id))
            });
            if all >= of_all || peer >= of_peer {
                return Err(Refusal::TooManyConnections);
            }
        }
        let number = links.next;
        links.next += 1;
        let link = Arc::new(Link {
            number,
            claims,
            chain: arrival.chain,
            policy: arrival.policy,
            addr: arrival.addr,
            opened,
            age_hard: arrival.age_hard,
            generation: AtomicU64::new(arrival.generation),
            closed: AtomicBool::new(false),
            reader: AtomicWaker::new(),
        });
        links.open.insert(number, link.clone());
        Ok(link)
    }

    fn leave(&self, link: &Link) {
        self.lock().open.remove(&link.number);
    }
}

fn same_listener(one: &Policy, other: &Policy) -> bool {
    matches!((one, other), (Policy::Admit(one), Policy::Admit(other)) if one == other)
}

/// Who is at the other end of a connection. tonic puts it into the extensions of every request on it. Cheap to clone.
#[derive(Clone)]
pub struct PeerInfo {
    shared: Arc<Shared>,
    link: Arc<Link>,
}

impl PeerInfo {
    pub(crate) fn new(shared: Arc<Shared>, link: Arc<Link>) -> Self {
        Self { shared, link }
    }

    /// Who it is, proven by its certificate.
    pub fn peer(&self) -> &Peer {
        &self.link.claims.id.peer
    }

    /// Its certificate's serial number, in hexadecimal.
    pub fn serial(&self) -> &str {
        &self.link.claims.serial
    }

    /// From when to when its certificate is valid.
    pub fn validity(&self) -> Validity {
        self.link.claims.validity
    }

    /// The certificate that it showed.
    pub fn shown(&self) -> Shown {
        Shown {
            peer: self.peer().clone(),
            serial: self.serial().to_owned(),
            validity: self.validity(),
        }
    }

    /// The address that it comes from, or was called at.
    pub fn addr(&self) -> SocketAddr {
        self.link.addr
    }

    /// When the connection was opened.
    pub fn opened(&self) -> UnixMillis {
        self.link.opened
    }

    /// Whether this peer would be taken now. To be asked for every request, and cheap enough for it: an atomic read
    /// and a look at the clock, unless trust has changed since the last time.
    pub fn still_trusted(&self) -> bool {
        if self.link.is_closed() || self.shared.clock.now() > self.validity().not_after {
            return false;
        }
        if self.shared.trust.load().generation == self.link.generation.load(Ordering::Acquire) {
            return true;
        }
        self.check().is_ok()
    }

    /// The whole check again: chain, validity, lists, and whether this peer is welcome.
    fn check(&self) -> Result<(), Refusal> {
        let trust = self.shared.trust.load();
        let (end_entity, intermediates) = self
            .link
            .chain
            .split_first()
            .ok_or(Refusal::CertificateMissing)?;
        let now = unix_time(self.shared.clock.now());
        trust.verify(self.link.policy.usage(), end_entity, intermediates, now)?;
        self.link
            .policy
            .judge(self.peer(), &self.shared.identity.load().id().peer)?;
        self.link
            .generation
            .store(trust.generation, Ordering::Release);
        Ok(())
    }

    /// Closes the connection if its peer is not trusted any more or it has lasted too long.
    pub(crate) fn close_if_over(&self) -> bool {
        if self.link.is_closed() {
            return false;
        }
        let reason = match self.check() {
            Err(refusal) => refusal.reason(),
            Ok(()) if self.is_too_old() => "CONNECTION_AGE",
            Ok(()) => return false,
        };
        tracing::warn!(peer = %self.peer(), serial = self.serial(), addr = %self.addr(), reason, "connection closed");
        self.close()
    }

    fn is_too_old(&self) -> bool {
        let age_ms = self.shared.clock.now().0.saturating_sub(self.link.opened.0);
        u128::try_from(age_ms).is_ok_and(|age| age > self.link.age_hard.as_millis())
    }

    /// Closes the connection with everything on it. `false` if it was closed already.
    pub fn close(&self) -> bool {
        self.link.close()
    }
}

impl fmt::Debug for PeerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerInfo")
            .field("peer", self.peer())
            .field("serial", &self.serial())
            .field("addr", &self.addr())
            .finish_non_exhaustive()
    }
}

/// An open connection whose peer is proven, incoming or outgoing. It leaves the register when it is dropped.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    info: PeerInfo,
}

impl Connection {
    /// Registers a stream whose handshake is complete. `bounds`: connections of all, and of this peer.
    pub(crate) fn enter(
        shared: &Arc<Shared>,
        stream: TlsStream<TcpStream>,
        arrival: Arrival,
        bounds: Option<(usize, usize)>,
    ) -> Result<Self, Refusal> {
        let claims = Claims::read(arrival.chain.first().ok_or(Refusal::CertificateMissing)?)?;
        let link = shared
            .register
            .enter(arrival, claims, shared.clock.now(), bounds)?;
        Ok(Self {
            stream,
            info: PeerInfo::new(shared.clone(), link),
        })
    }

    /// Who is at the other end.
    pub fn peer_info(&self) -> &PeerInfo {
        &self.info
    }

    /// The name of the key exchange that was negotiated, such as `X25519MLKEM768`.
    pub fn key_exchange(&self) -> Option<String> {
        let (_, session) = self.stream.get_ref();
        session
            .negotiated_key_exchange_group()
            .map(|group| format!("{:?}", group.name()))
    }

    /// Waits for the first bytes without taking them. `false` at the end of the stream.
    pub(crate) async fn speaks(&mut self) -> io::Result<bool> {
        std::future::poll_fn(|cx| {
            Pin::new(&mut self.stream)
                .poll_fill_buf(cx)
                .map_ok(|bytes| !bytes.is_empty())
        })
        .await
    }

    fn open(&self) -> io::Result<()> {
        if self.info.link.is_closed() {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the connection was closed on this side",
            ));
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.info.link.close();
        self.info.shared.register.leave(&self.info.link);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.info).finish()
    }
}

impl Connected for Connection {
    type ConnectInfo = PeerInfo;

    fn connect_info(&self) -> PeerInfo {
        self.info.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // HTTP/2 always has a read pending, so waking the reader reaches the connection's task at any time.
        self.info.link.reader.register(cx.waker());
        self.open()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.open()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.open()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
