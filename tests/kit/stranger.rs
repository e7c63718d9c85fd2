//! Whoever knocks: a TLS client that does not ask whether its own certificate is any good.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use verbund_model::UnixMillis;
use verbund_transport::pki::{Issued, Validity};

/// What a stranger meets at a node's door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Met {
    /// The first word of HTTP/2: it is let in.
    Welcome,
    /// A TLS alert, by its name in RFC 8446, such as `CertificateExpired`.
    Alert(String),
    /// The door, closed without a word.
    Closed,
}

/// Knocks with this certificate, or with none, at a node whose authority has this root.
///
/// In TLS 1.3 the client is done before the server has looked at its certificate; what the server thinks of it is known
/// when it speaks first.
///
/// # Errors
/// When nobody is there, or it is not the node that the root vouches for.
pub async fn knock(
    address: SocketAddr,
    root_pem: &str,
    certificate: Option<&Issued>,
) -> Result<Met> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root_pem.as_bytes())?)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots);
    let mut config = match certificate {
        Some(issued) => {
            let chain = CertificateDer::pem_slice_iter(issued.certificate_pem.as_bytes());
            let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes())?;
            builder.with_client_auth_cert(chain.collect::<Result<_, _>>()?, key)?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = TcpStream::connect(address)
        .await
        .context("nobody is there")?;
    let name = ServerName::try_from("localhost")?;
    let met = match TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
    {
        Ok(mut stream) => stream.read_u8().await.map(|_| Met::Welcome),
        Err(error) => Err(error),
    };
    met.or_else(|error| refusal(&error))
}

fn refusal(error: &io::Error) -> Result<Met> {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        Some(rustls::Error::AlertReceived(alert)) => Ok(Met::Alert(format!("{alert:?}"))),
        Some(other) => Err(anyhow::anyhow!(
            "the stranger does not trust the node: {other}"
        )),
        None => Ok(Met::Closed),
    }
}

/// From so many days before now (negative) or after it, to so many.
#[must_use]
pub fn days(now: UnixMillis, from: i64, to: i64) -> Validity {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    Validity {
        not_before: now.saturating_add_ms(from * DAY_MS),
        not_after: now.saturating_add_ms(to * DAY_MS),
    }
}
