//! Outgoing connections: to a partner's node, or from an agency's system to its own node.
//!
//! A channel's connections go to one named peer and to nobody else, whatever answers at the address. A connection
//! counts as made when the other end has sent its first HTTP/2 frame: in TLS 1.3 a client's handshake is complete before
//! the server has looked at its certificate, so only that frame says that the server took it.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use verbund_model::{AgencyId, Validity};

use crate::connection::{Arrival, Connection};
use crate::explain::ConnectError;
use crate::identity::{Claims, Peer, SpiffeId};
use crate::limits::{self, Admit, TCP_CONNECT, TLS_CONNECT};
use crate::own::Resolver;
use crate::refusal::Refusal;
use crate::server::ALPN_H2;
use crate::tls::{Shared, Tls};
use crate::verifier::{Policy, Verifier};

/// Makes channels to other nodes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connector {
    shared: Arc<Shared>,
    tcp: Duration,
    tls: Duration,
}

impl Connector {
    /// Connects with the certificate and the trust that are in use at the time of each connection.
    pub fn new(tls: &Tls) -> Self {
        Self {
            shared: tls.0.clone(),
            tcp: TCP_CONNECT,
            tls: TLS_CONNECT,
        }
    }

    /// Waits this long for each of the two steps, TCP and TLS, instead of [`TCP_CONNECT`] and [`TLS_CONNECT`].
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            tcp: timeout,
            tls: timeout,
            ..self
        }
    }

    /// Opens a channel to the node of `agency` at `host:port`. When its connection is lost, the next call on it opens
    /// another, to the same peer.
    ///
    /// # Errors
    /// Why there is no connection. Within [`TCP_CONNECT`] and [`TLS_CONNECT`].
    pub async fn connect(
        &self,
        endpoint: &str,
        agency: &AgencyId,
    ) -> Result<Channel, ConnectError> {
        let (target, endpoint) = self.target(endpoint, agency)?;
        let result = endpoint
            .connect_with_connector(tower::service_fn(move |_: Uri| target.clone().open()))
            .await;
        result.map_err(|error| {
            // HTTP/2 itself can only fail here when the connection goes away at that moment.
            ConnectError::find(&error)
                .cloned()
                .unwrap_or(ConnectError::Closed)
        })
    }

    /// A channel like that of [`Connector::connect`] that opens its first connection with its first call.
    /// [`ConnectError::find`] gives the reason when the call fails.
    ///
    /// # Errors
    /// [`ConnectError::Address`].
    pub fn connect_lazy(&self, endpoint: &str, agency: &AgencyId) -> Result<Channel, ConnectError> {
        let (target, endpoint) = self.target(endpoint, agency)?;
        Ok(endpoint
            .connect_with_connector_lazy(tower::service_fn(move |_: Uri| target.clone().open())))
    }

    /// Opens a connection, says what it found, and closes it again. For `verbund doctor`: it calls with a certificate that
    /// is over as well, and tells what the other end showed also where that is not accepted.
    pub async fn probe(&self, endpoint: &str, agency: &AgencyId) -> Probe {
        let shown = Arc::new(OnceLock::new());
        let result = async {
            let (target, _) = self.target(endpoint, agency)?;
            let target = Target {
                config: self.config(Peer::Node(agency.clone()), Some(shown.clone())),
                ..target
            };
            let began = Instant::now();
            let connection = target.open_now().await?;
            Ok(Reached {
                addr: connection.peer_info().addr(),
                key_exchange: connection.key_exchange().unwrap_or_default(),
                took: began.elapsed(),
            })
        };
        let result = result.await;
        let shown = shown.get().map(|claims: &Claims| Shown {
            peer: claims.id.peer.clone(),
            serial: claims.serial.to_string(),
            validity: claims.validity,
        });
        Probe { shown, result }
    }

    fn target(
        &self,
        endpoint: &str,
        agency: &AgencyId,
    ) -> Result<(Target, Endpoint), ConnectError> {
        let (host, port) = endpoint.rsplit_once(':').ok_or(ConnectError::Address)?;
        let port: u16 = port.parse().map_err(|_| ConnectError::Address)?;
        let plain = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        // An IPv6 address without brackets has more than one way to be read.
        let unclear = plain.is_none() && host.contains(':');
        if port == 0 || unclear || ServerName::try_from(plain.unwrap_or(host)).is_err() {
            return Err(ConnectError::Address);
        }
        let peer = Peer::Node(agency.clone());
        let id = SpiffeId {
            federation: self.shared.trust.load().source.federation.clone(),
            peer: peer.clone(),
        };
        // The scheme `http` keeps tonic from wrapping its own TLS around ours; the origin is what the peer sees.
        let dial = Endpoint::from_shared(format!("http://{host}:{port}"))
            .map_err(|_| ConnectError::Address)?;
        let origin: Uri = format!("https://{}", id.trust_domain())
            .parse()
            .map_err(|_| ConnectError::Address)?;
        let target = Target {
            connector: self.clone(),
            config: self.config(peer, None),
            agency: agency.clone(),
            name: id.trust_domain(),
            host: Arc::from(plain.unwrap_or(host)),
            port,
        };
        Ok((target, limits::bound_endpoint(dial).origin(origin)))
    }

    fn config(&self, peer: Peer, shown: Option<Arc<OnceLock<Claims>>>) -> Arc<ClientConfig> {
        let shared = &self.shared;
        let verifier = Verifier {
            shared: shared.clone(),
            policy: Policy::Expect(peer),
            algorithms: shared.provider.signature_verification_algorithms,
            shown,
        };
        let mut config =
            ClientConfig::builder_with_details(shared.provider.clone(), shared.clone())
                .with_protocol_versions(&[&rustls::version::TLS13])
                .expect("the provider has suites and groups for TLS 1.3")
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_client_cert_resolver(Arc::new(Resolver(shared.identity.clone())));
        config.alpn_protocols = vec![ALPN_H2.to_vec()];
        config.resumption = Resumption::disabled();
        Arc::new(config)
    }
}

/// What [`Connector::probe`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The certificate that the other end showed, if it came to that. Proven only where there is a connection.
    pub shown: Option<Shown>,
    /// The connection, or why there is none.
    pub result: Result<Reached, ConnectError>,
}

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Whose it is.
    pub peer: Peer,
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// From when to when it is valid.
    pub validity: Validity,
}

/// A connection that came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The address that answered.
    pub addr: SocketAddr,
    /// The key exchange that was negotiated, such as `X25519MLKEM768`.
    pub key_exchange: String,
    /// From the look-up of the name to the first HTTP/2 frame.
    pub took: Duration,
}

/// Where a channel's connections go.
#[derive(Debug, Clone)]
struct Target {
    connector: Connector,
    config: Arc<ClientConfig>,
    agency: AgencyId,
    name: String,
    host: Arc<str>,
    port: u16,
}

impl Target {
    async fn open(self) -> Result<TokioIo<Connection>, ConnectError> {
        self.dial().await.map(TokioIo::new)
    }

    async fn dial(&self) -> Result<Connection, ConnectError> {
        let validity = self.connector.shared.identity.load().validity();
        if self.connector.shared.clock.now() > validity.not_after {
            return Err(ConnectError::OwnCertificateExpired);
        }
        self.open_now().await
    }

    async fn open_now(&self) -> Result<Connection, ConnectError> {
        let generation = self.connector.shared.trust.load().generation;
        let (tcp, addr) = self.tcp().await?;
        let connection = timeout_at(
            Instant::now() + self.connector.tls,
            self.tls(tcp, addr, generation),
        )
        .await
        .unwrap_or(Err(ConnectError::TlsTimeout { addr }))?;
        tracing::debug!(peer = %connection.peer_info().peer(), %addr, "connected");
        Ok(connection)
    }

    /// Tries the name's addresses in turn, each with its share of the time that is left.
    async fn tcp(&self) -> Result<(TcpStream, SocketAddr), ConnectError> {
        let deadline = Instant::now() + self.connector.tcp;
        let not_found = || ConnectError::Name {
            host: self.host.to_string(),
        };
        let addresses: Vec<SocketAddr> =
            timeout_at(deadline, tokio::net::lookup_host((&*self.host, self.port)))
                .await
                .map_err(|_| not_found())?
                .map_err(|_| not_found())?
                .collect();
        let mut failure = not_found();
        for (index, addr) in addresses.iter().copied().enumerate() {
            let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            match timeout_at(Instant::now() + share, TcpStream::connect(addr)).await {
                Ok(Ok(tcp)) => return Ok((tcp, addr)),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    failure = ConnectError::Refused { addr };
                }
                Ok(Err(error)) => {
                    failure = ConnectError::Unreachable {
                        addr,
                        kind: error.kind(),
                    }
                }
                Err(_) => failure = ConnectError::TcpTimeout { addr },
            }
        }
        Err(failure)
    }

    async fn tls(
        &self,
        tcp: TcpStream,
        addr: SocketAddr,
        generation: u64,
    ) -> Result<Connection, ConnectError> {
        // Requests are small and must not wait for the one before to be confirmed.
        tcp.set_nodelay(true).map_err(|_| ConnectError::Closed)?;
        // The peer's name in the federation, by which a third node can pass the connection on without seeing inside.
        // An agency id that is no DNS label (it ends in "-") goes without.
        let name = ServerName::try_from(self.name.clone()).unwrap_or_else(|_| addr.ip().into());
        let stream = TlsConnector::from(self.config.clone())
            .connect(name, tcp)
            .await
            .map_err(|error| ConnectError::from_handshake(&error, addr))?;
        let (_, session) = stream.get_ref();
        if session.alpn_protocol() != Some(ALPN_H2) {
            return Err(ConnectError::Peer(Refusal::NotH2));
        }
        let arrival = Arrival {
            chain: session
                .peer_certificates()
                .ok_or(ConnectError::Peer(Refusal::CertificateMissing))?
                .to_vec(),
            policy: Policy::Expect(Peer::Node(self.agency.clone())),
            addr,
            age_hard: Admit::Nodes.limits().age_hard,
            generation,
        };
        let mut connection =
            Connection::enter(&self.connector.shared, stream.into(), arrival, None)
                .map_err(ConnectError::Peer)?;
        match connection.speaks().await {
            Ok(true) => Ok(connection),
            Ok(false) => Err(ConnectError::Closed),
            Err(error) => Err(ConnectError::from_handshake(&error, addr)),
        }
    }
}
