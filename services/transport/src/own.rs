//! This side's own certificate and key, and the way rustls asks for them.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use verbund_model::Validity;

use crate::error::Error;
use crate::identity::{Claims, SpiffeId};

/// A certificate with its chain and its private key. Whether anybody will accept it is checked when it is put to use
/// ([`Tls::new`](crate::Tls::new), [`Tls::replace_identity`](crate::Tls::replace_identity)).
#[derive(Clone)]
pub struct Identity {
    pub(crate) key: Arc<CertifiedKey>,
    claims: Claims,
}

impl Identity {
    /// Reads a certificate chain (the own certificate first, intermediates after it) and a private key.
    ///
    /// # Errors
    /// When one of them is missing or unusable, when they don't belong together, or when the certificate names no
    /// identity of a federation.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, Error> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| Error::NoCertificate)?;
        let claims = Claims::read(chain.first().ok_or(Error::NoCertificate)?)
            .map_err(Error::OwnCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::NoKey)?;
        let key = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => Error::KeyMismatch,
            _ => Error::BadKey,
        })?;
        Ok(Self {
            key: Arc::new(key),
            claims,
        })
    }

    /// Who the certificate says this side is.
    pub fn id(&self) -> &SpiffeId {
        &self.claims.id
    }

    /// The certificate's serial number, in hexadecimal.
    pub fn serial(&self) -> &str {
        &self.claims.serial
    }

    /// From when to when the certificate is valid.
    pub fn validity(&self) -> Validity {
        self.claims.validity
    }
}

/// Without the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("id", &self.claims.id)
            .field("serial", &self.claims.serial)
            .finish()
    }
}

/// TLS 1.3's suites and the groups in our order: the hybrid first, plain X25519 and P-256 for clients that lack it.
pub(crate) fn provider() -> CryptoProvider {
    use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
    CryptoProvider {
        kx_groups: vec![
            kx_group::X25519MLKEM768,
            kx_group::X25519,
            kx_group::SECP256R1,
        ],
        ..default_provider()
    }
}

/// Shows the certificate that is in use at the moment of the handshake.
#[derive(Debug)]
pub(crate) struct Resolver(pub(crate) Arc<ArcSwap<Identity>>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load().key.clone())
    }
}

impl ResolvesClientCert for Resolver {
    // Every server of the federation asks for the one certificate that there is, so hints are not looked at.
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load().key.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
