//! HTTPS as browsers and public services speak it: for the coordinators' application, which people reach without a client
//! certificate, and for what it calls outside of the federation (an identity provider, push services).
//!
//! This is apart from the federation's own TLS: here names are DNS names, and trust is the system's certificate store, with
//! the roots that the operator adds. TLS 1.3 only, as everywhere.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::error::Error;

/// How long a browser's handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// Handshakes at the same time; whoever comes then waits in the listener's backlog.
const HANDSHAKES_MAX: usize = 256;
/// How long to wait after an error of the listener, such as too many open files, before it is asked again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Takes browsers' connections over TLS. Handshakes go on beside each other: a slow one keeps nobody waiting.
#[derive(Debug)]
pub struct WebListener {
    tcp: TcpListener,
    tls: Option<WebIdentity>,
    shaking: JoinSet<Option<(WebStream, SocketAddr)>>,
}

/// A browser's connection: over TLS, or plain where a proxy in front does TLS.
pub type WebStream = tokio_util::either::Either<Box<TlsStream<TcpStream>>, TcpStream>;

/// A server's certificate as browsers check it.
#[derive(Clone)]
pub struct WebIdentity(Arc<ServerConfig>);

impl std::fmt::Debug for WebIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebIdentity")
    }
}

impl WebIdentity {
    /// Reads a certificate with its intermediates, and its key, both PEM.
    ///
    /// # Errors
    /// Which file is unusable, and why.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let in_file = |path: &Path, reason: Error| Error::File {
            path: path.to_owned(),
            reason: Box::new(reason),
        };
        let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|_| in_file(certificate, Error::NoCertificate))?;
        if chain.is_empty() {
            return Err(in_file(certificate, Error::NoCertificate));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|_| in_file(key, Error::NoKey))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("the provider has suites and groups for TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|_| in_file(key, Error::BadKey))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

impl WebListener {
    /// Listens; without an identity connections are plain.
    ///
    /// # Errors
    /// Where the address can't be had.
    pub async fn bind(address: SocketAddr, identity: Option<WebIdentity>) -> io::Result<Self> {
        Ok(Self {
            tcp: TcpListener::bind(address).await?,
            tls: identity,
            shaking: JoinSet::new(),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Another certificate from the next handshake on. Nothing where connections are plain.
    pub fn replace_identity(&mut self, identity: WebIdentity) {
        if self.tls.is_some() {
            self.tls = Some(identity);
        }
    }

    /// The next connection. Can be dropped and called again without losing one.
    pub async fn accept(&mut self) -> (WebStream, SocketAddr) {
        loop {
            tokio::select! {
                Some(shaken) = self.shaking.join_next() => {
                    if let Ok(Some(connection)) = shaken {
                        return connection;
                    }
                }
                accepted = self.tcp.accept(), if self.shaking.len() < HANDSHAKES_MAX => match accepted {
                    Ok((tcp, address)) => {
                        // Events are small and must not wait for the one before to be confirmed.
                        let _ = tcp.set_nodelay(true);
                        match self.tls.clone() {
                            Some(identity) => {
                                self.shaking.spawn(shake(identity.0.into(), tcp, address));
                            }
                            None => return (WebStream::Right(tcp), address),
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a browser's connection could not be taken");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }
}

async fn shake(
    tls: TlsAcceptor,
    tcp: TcpStream,
    address: SocketAddr,
) -> Option<(WebStream, SocketAddr)> {
    match timeout(HANDSHAKE_MAX, tls.accept(tcp)).await {
        Ok(Ok(stream)) => Some((WebStream::Left(Box::new(stream)), address)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a browser's handshake failed");
            None
        }
        Err(_) => None,
    }
}

/// The way to public services over HTTPS.
pub type WebConnector = HttpsConnector<HttpConnector>;

/// Connects to public services over HTTPS.
///
/// `extra_roots` is a PEM file with roots to trust besides the system's: an agency's own authority, say. `plain` also lets
/// `http://` through, which only tests and a loopback need.
///
/// # Errors
/// When the file can't be read, or when there is nothing at all to trust.
pub fn web_connector(extra_roots: Option<&Path>, plain: bool) -> Result<WebConnector, Error> {
    let mut roots = RootCertStore::empty();
    for root in rustls_native_certs::load_native_certs().certs {
        // A root that this library does not understand is none; the others count.
        let _ = roots.add(root);
    }
    if let Some(path) = extra_roots {
        let bad = |_| Error::File {
            path: path.to_owned(),
            reason: Box::new(Error::NoCertificate),
        };
        let added: Vec<_> = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(bad)?;
        roots.add_parsable_certificates(added);
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .expect("the provider has suites and groups for both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = HttpsConnectorBuilder::new().with_tls_config(config);
    let schemes = if plain {
        builder.https_or_http()
    } else {
        builder.https_only()
    };
    Ok(schemes.enable_http1().build())
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
