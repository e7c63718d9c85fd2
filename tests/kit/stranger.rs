//! Whoever knocks: a gRPC client with tonic's own TLS, which does not ask whether its own certificate is any good.

use std::net::SocketAddr;
use std::time::Duration;

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use verbund_model::UnixMillis;
use verbund_transport::pki::{Issued, Validity};

use crate::raw;

/// Connects with this certificate, or with none, to a node whose authority has this root.
///
/// In TLS 1.3 the client is done before the server has looked at its certificate: a connection that is made may still be
/// refused at the first call.
///
/// # Errors
/// What ended the handshake, with all of its causes.
pub async fn knock(
    address: SocketAddr,
    root_pem: &str,
    certificate: Option<&Issued>,
) -> Result<Channel, String> {
    verbund_transport::install_crypto_provider();
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(root_pem))
        .domain_name("localhost");
    if let Some(issued) = certificate {
        tls = tls.identity(Identity::from_pem(&issued.certificate_pem, &issued.key_pem));
    }
    let endpoint =
        Endpoint::from_shared(format!("https://{address}")).map_err(|error| raw::chain(&error))?;
    let endpoint = endpoint
        .tls_config(tls)
        .map_err(|error| raw::chain(&error))?;
    endpoint
        .connect_timeout(Duration::from_secs(10))
        .connect()
        .await
        .map_err(|error| raw::chain(&error))
}

/// What a stranger meets: an answer of the service behind the door, or whatever ended the connection.
///
/// # Errors
/// What ended the connection, with all of its causes.
pub async fn call(channel: &Channel, path: &str) -> Result<tonic::Code, String> {
    match raw::call(channel, path, &[]).await {
        Ok(_) => Ok(tonic::Code::Ok),
        // An answer of the service comes by itself; what the connection met is its cause.
        Err(status) if std::error::Error::source(&status).is_none() => Ok(status.code()),
        Err(status) => Err(raw::chain(&status)),
    }
}

/// Days from so many days before now (negative) or after it, to so many.
#[must_use]
pub fn days(now: UnixMillis, from: i64, to: i64) -> Validity {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    Validity {
        not_before: now.saturating_add_ms(from * DAY_MS),
        not_after: now.saturating_add_ms(to * DAY_MS),
    }
}
