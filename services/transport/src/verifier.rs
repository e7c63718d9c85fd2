//! The one certificate verifier, for both sides of a handshake.
//!
//! It asks [`Prepared::verify`](crate::trust::Prepared::verify) who the other end is, then the [`Policy`] whether that
//! one is welcome here. That the other end holds the certificate's key is rustls's and the provider's part.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, PeerIncompatible, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::identity::{Claims, Peer};
use crate::limits::Admit;
use crate::refusal::Refusal;
use crate::tls::Shared;
use crate::trust::Usage;

/// Who is welcome.
#[derive(Debug, Clone)]
pub(crate) enum Policy {
    /// At a listener.
    Admit(Admit),
    /// At the other end of an outgoing connection: this one and nobody else.
    Expect(Peer),
}

impl Policy {
    /// Judges a peer whose identity is proven. `own` is the agency of this side.
    pub(crate) fn judge(&self, peer: &Peer, own: &Peer) -> Result<(), Refusal> {
        match (self, peer) {
            (Self::Admit(Admit::Systems), Peer::System { agency, .. })
                if agency == own.agency() =>
            {
                Ok(())
            }
            (Self::Admit(Admit::Systems), Peer::System { agency, .. }) => {
                Err(Refusal::ForeignAgency(agency.clone()))
            }
            (Self::Admit(Admit::Nodes), Peer::Node(agency)) if agency != own.agency() => Ok(()),
            (Self::Admit(_), peer) => Err(Refusal::WrongKind(peer.clone())),
            (Self::Expect(expected), found) if expected == found => Ok(()),
            (Self::Expect(expected), found) => Err(Refusal::IdentityMismatch {
                expected: expected.clone(),
                found: found.clone(),
            }),
        }
    }

    pub(crate) fn usage(&self) -> Usage {
        match self {
            Self::Admit(_) => Usage::Client,
            Self::Expect(_) => Usage::Server,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) shared: Arc<Shared>,
    pub(crate) policy: Policy,
    pub(crate) algorithms: WebPkiSupportedAlgorithms,
    /// Takes what the first certificate says of itself, before it is judged.
    pub(crate) shown: Option<Arc<OnceLock<Claims>>>,
}

impl Verifier {
    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        if let (Some(shown), Ok(claims)) = (&self.shown, Claims::read(end_entity)) {
            // The first stays: a probe has one handshake.
            let _ = shown.set(claims);
        }
        self.shared
            .trust
            .load()
            .verify(self.policy.usage(), end_entity, intermediates, now)
            .and_then(|Claims { id, .. }| {
                self.policy
                    .judge(&id.peer, &self.shared.identity.load().id().peer)
            })
            .map_err(Refusal::into_rustls)
    }

    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }
}

/// TLS 1.2 is not configured, so nobody should ask.
fn not_tls12() -> Result<HandshakeSignatureValid, rustls::Error> {
    Err(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig.into())
}

impl ClientCertVerifier for Verifier {
    /// None: a client has one certificate to show, and the names of all authorities would fill each handshake.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.verify(end_entity, intermediates, now)
            .map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        not_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verify_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for Verifier {
    /// The name that was asked for is not compared: who the server is stands in its SPIFFE identity, and an address
    /// may change without a new certificate.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verify(end_entity, intermediates, now)
            .map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        not_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verify_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
