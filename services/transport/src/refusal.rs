//! Why a connection was not taken, as a closed list with stable reasons.
//!
//! A reason is decided by this side about the other: [`Refusal`] at the server about a client, and at the client about a
//! server. What a *client* learns of the server's decision is one TLS alert at most; see
//! [`ConnectError`](crate::ConnectError) for that side.

use std::sync::Arc;

use rustls::{AlertDescription, CertificateError, OtherError, PeerIncompatible};
use verbund_model::AgencyId;

use crate::identity::Peer;

/// Why the other end's connection is refused. Never carries text of the other end's making, except ids that parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It sent no certificate.
    #[error("no certificate was sent")]
    CertificateMissing,
    /// Its certificate can't be read, or holds something critical that nobody here understands.
    #[error("the certificate can't be read")]
    CertificateMalformed,
    /// Its certificate, or one above it, is past its end.
    #[error("the certificate has expired")]
    CertificateExpired,
    /// Its certificate, or one above it, has not begun to be valid. Often a clock that is wrong.
    #[error("the certificate is not yet valid")]
    CertificateNotYetValid,
    /// Its certificate, or one above it, is on its agency's revocation list.
    #[error("the certificate has been revoked")]
    CertificateRevoked,
    /// Its agency's revocation lists don't cover the certificate, or there is none where one is required.
    #[error("no revocation list covers the certificate")]
    RevocationUnknown,
    /// Its agency's revocation list is past its next update, so that nobody knows what was revoked since.
    #[error("the revocation list of the agency has expired")]
    RevocationListExpired,
    /// Its agency's revocation list is not signed by the certificate's issuer.
    #[error("the revocation list of the agency is not signed by the certificate's issuer")]
    RevocationListInvalid,
    /// Its certificate was not issued under a root of the agency that it names.
    #[error("the certificate was not issued under a root of the agency that it names")]
    UnknownIssuer,
    /// It showed a certificate whose key it does not have.
    #[error("the handshake is not signed with the certificate's key")]
    BadSignature,
    /// Its certificate is not meant for this use: the purpose "client" or "server" is missing, or it is a CA's.
    #[error("the certificate is not meant for this use")]
    WrongUsage,
    /// An algorithm that is not taken here.
    #[error("the certificate uses an algorithm that is not accepted")]
    UnsupportedAlgorithm,
    /// Its certificate names no URI.
    #[error("the certificate names no SPIFFE identity")]
    IdentityMissing,
    /// Its certificate names more than one URI.
    #[error("the certificate names more than one URI")]
    IdentityAmbiguous,
    /// The URI is none of `spiffe://<agency>.<federation>.verbund/node` and `…/system/<name>`.
    #[error("the URI in the certificate is not an identity of this kind of federation")]
    IdentityMalformed,
    /// It belongs to another federation.
    #[error("the certificate belongs to another federation")]
    ForeignFederation,
    /// The charter has no such agency (any more).
    #[error("the charter has no agency {0}")]
    UnknownAgency(AgencyId),
    /// A system of another agency at the agency API.
    #[error("this listener serves the own agency only, not {0}")]
    ForeignAgency(AgencyId),
    /// A node at the agency API, a system at the federation API, or the own node at its own federation API.
    #[error("this listener does not serve a {0}")]
    WrongKind(Peer),
    /// The server is someone else than the one that was called.
    #[error("the other end is the {found}, not the {expected}")]
    IdentityMismatch {
        /// Who was called.
        expected: Peer,
        /// Who answered.
        found: Peer,
    },
    /// It doesn't speak TLS 1.3.
    #[error("TLS 1.3 is required")]
    TlsVersion,
    /// It does not negotiate HTTP/2 (ALPN `h2`).
    #[error("HTTP/2 was not negotiated")]
    NotH2,
    /// What it sent is not TLS, or breaks its rules.
    #[error("the TLS handshake failed")]
    HandshakeFailed,
    /// It doesn't take *our* certificate, as its alert says.
    #[error("the other end refused the connection with the TLS alert {0}")]
    Alert(Alert),
    /// It took too long over the handshake.
    #[error("the TLS handshake took too long")]
    HandshakeTimeout,
    /// It went away during the handshake.
    #[error("the connection was closed during the TLS handshake")]
    Disconnected,
    /// Its handshake was the oldest of too many.
    #[error("too many handshakes at once")]
    Crowded,
    /// It, or all together, have too many connections open.
    #[error("too many open connections")]
    TooManyConnections,
}

impl Refusal {
    /// Stable, for logs, metrics and pages of documentation.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::CertificateMissing => "CERTIFICATE_MISSING",
            Self::CertificateMalformed => "CERTIFICATE_MALFORMED",
            Self::CertificateExpired => "CERTIFICATE_EXPIRED",
            Self::CertificateNotYetValid => "CERTIFICATE_NOT_YET_VALID",
            Self::CertificateRevoked => "CERTIFICATE_REVOKED",
            Self::RevocationUnknown => "REVOCATION_UNKNOWN",
            Self::RevocationListExpired => "REVOCATION_LIST_EXPIRED",
            Self::RevocationListInvalid => "REVOCATION_LIST_INVALID",
            Self::UnknownIssuer => "UNKNOWN_ISSUER",
            Self::BadSignature => "BAD_SIGNATURE",
            Self::WrongUsage => "WRONG_USAGE",
            Self::UnsupportedAlgorithm => "UNSUPPORTED_ALGORITHM",
            Self::IdentityMissing => "IDENTITY_MISSING",
            Self::IdentityAmbiguous => "IDENTITY_AMBIGUOUS",
            Self::IdentityMalformed => "IDENTITY_MALFORMED",
            Self::ForeignFederation => "FOREIGN_FEDERATION",
            Self::UnknownAgency(_) => "UNKNOWN_AGENCY",
            Self::ForeignAgency(_) => "FOREIGN_AGENCY",
            Self::WrongKind(_) => "WRONG_KIND",
            Self::IdentityMismatch { .. } => "IDENTITY_MISMATCH",
            Self::TlsVersion => "TLS_VERSION",
            Self::NotH2 => "NOT_H2",
            Self::HandshakeFailed => "HANDSHAKE_FAILED",
            Self::Alert(_) => "REFUSED_BY_PEER",
            Self::HandshakeTimeout => "HANDSHAKE_TIMEOUT",
            Self::Disconnected => "DISCONNECTED",
            Self::Crowded => "CROWDED",
            Self::TooManyConnections => "TOO_MANY_CONNECTIONS",
        }
    }

    /// As an error of the handshake, chosen so that the alert tells the other end what it may know: the state of its
    /// own certificate. What has no alert travels inside, and comes back out of [`Refusal::from_rustls`].
    pub(crate) fn into_rustls(self) -> rustls::Error {
        match self {
            Self::CertificateMissing => rustls::Error::NoCertificatesPresented,
            Self::CertificateMalformed => CertificateError::BadEncoding.into(),
            Self::CertificateExpired => CertificateError::Expired.into(),
            Self::CertificateNotYetValid => CertificateError::NotValidYet.into(),
            Self::CertificateRevoked => CertificateError::Revoked.into(),
            Self::UnknownIssuer => CertificateError::UnknownIssuer.into(),
            Self::WrongUsage => CertificateError::InvalidPurpose.into(),
            other => CertificateError::Other(OtherError(Arc::new(other))).into(),
        }
    }

    pub(crate) fn from_rustls(error: &rustls::Error) -> Self {
        use rustls::Error;
        match error {
            Error::NoCertificatesPresented => Self::CertificateMissing,
            Error::InvalidCertificate(error) => Self::from_certificate(error),
            Error::NoApplicationProtocol => Self::NotH2,
            Error::PeerIncompatible(
                PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::Tls13RequiredForQuic
                | PeerIncompatible::SupportedVersionsExtensionRequired
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            )
            | Error::AlertReceived(AlertDescription::ProtocolVersion) => Self::TlsVersion,
            Error::AlertReceived(alert) => Self::Alert(Alert(*alert)),
            _ => Self::HandshakeFailed,
        }
    }

    /// Back from what [`Refusal::into_rustls`] made, or from rustls's own check of the handshake's signature.
    fn from_certificate(error: &CertificateError) -> Self {
        use CertificateError as E;
        match error {
            E::Expired => Self::CertificateExpired,
            E::NotValidYet => Self::CertificateNotYetValid,
            E::Revoked => Self::CertificateRevoked,
            E::UnknownIssuer => Self::UnknownIssuer,
            E::BadSignature => Self::BadSignature,
            E::InvalidPurpose => Self::WrongUsage,
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                Self::UnsupportedAlgorithm
            }
            E::Other(OtherError(inner)) => inner
                .downcast_ref::<Self>()
                .cloned()
                .unwrap_or(Self::CertificateMalformed),
            _ => Self::CertificateMalformed,
        }
    }

    /// From the error that a handshake's future gives.
    pub(crate) fn from_io(error: &std::io::Error) -> Self {
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            Some(error) => Self::from_rustls(error),
            None => Self::Disconnected,
        }
    }
}

/// A TLS alert that the other end sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert(pub(crate) AlertDescription);

impl std::fmt::Display for Alert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_str() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", u8::from(self.0)),
        }
    }
}

impl From<webpki::Error> for Refusal {
    fn from(error: webpki::Error) -> Self {
        use webpki::Error as E;
        match error {
            E::CertExpired { .. } | E::InvalidCertValidity => Self::CertificateExpired,
            E::CertNotValidYet { .. } => Self::CertificateNotYetValid,
            E::CertRevoked => Self::CertificateRevoked,
            E::UnknownRevocationStatus => Self::RevocationUnknown,
            E::CrlExpired { .. } => Self::RevocationListExpired,
            E::InvalidCrlSignatureForPublicKey
            | E::IssuerNotCrlSigner
            | E::UnsupportedCrlSignatureAlgorithmContext(_)
            | E::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => {
                Self::RevocationListInvalid
            }
            // A chain that leads nowhere, to a root of the same name with another key, or past the bounds of the search.
            E::UnknownIssuer
            | E::InvalidSignatureForPublicKey
            | E::NameConstraintViolation
            | E::PathLenConstraintViolated
            | E::MaximumPathBuildCallsExceeded
            | E::MaximumPathDepthExceeded
            | E::MaximumSignatureChecksExceeded
            | E::MaximumNameConstraintComparisonsExceeded => Self::UnknownIssuer,
            E::RequiredEkuNotFoundContext(_)
            | E::EmptyEkuExtension
            | E::CaUsedAsEndEntity
            | E::EndEntityUsedAsCa => Self::WrongUsage,
            E::UnsupportedSignatureAlgorithmContext(_)
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::UnsupportedAlgorithm,
            _ => Self::CertificateMalformed,
        }
    }
}
