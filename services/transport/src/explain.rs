//! Why an outgoing connection did not come about, in words that an operator can act on.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;

use rustls::AlertDescription;

use crate::refusal::{Alert, Refusal};

/// How far an outgoing connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Reading the configured address and finding the host's.
    Address,
    /// The TCP connection.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// Who the other end is.
    Identity,
    /// Whether the other end takes us.
    Admission,
}

impl Stage {
    /// In one word, for tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Identity => "identity",
            Self::Admission => "admission",
        }
    }
}

/// Why an outgoing connection did not come about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not of the form `host:port`.
    #[error("the address is not of the form host:port")]
    Address,
    /// The name has no address.
    #[error("the name {host} can't be resolved")]
    Name {
        /// The host part of the address.
        host: String,
    },
    /// The host answers that nothing listens there.
    #[error("{addr} refuses connections")]
    Refused {
        /// The last address tried.
        addr: SocketAddr,
    },
    /// The host can't be reached.
    #[error("{addr} can't be reached: {kind}")]
    Unreachable {
        /// The last address tried.
        addr: SocketAddr,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// No answer at all.
    #[error("no answer from {addr}")]
    TcpTimeout {
        /// The last address tried.
        addr: SocketAddr,
    },
    /// The TCP connection stands, and TLS gets no answer.
    #[error("{addr} takes connections and then says nothing")]
    TlsTimeout {
        /// Where.
        addr: SocketAddr,
    },
    /// Something that is not TLS answers there.
    #[error("what answers at {addr} does not speak TLS")]
    NotTls {
        /// Where.
        addr: SocketAddr,
    },
    /// The own certificate has ended, so that calling is of no use.
    #[error("the own certificate has expired")]
    OwnCertificateExpired,
    /// *We* don't take the other end.
    #[error("the other end is not accepted: {0}")]
    Peer(#[source] Refusal),
    /// The other end doesn't take *us*, and says why as far as TLS has words for it.
    #[error("the other end refuses this node with the TLS alert {0}")]
    Rejected(Alert),
    /// The other end hung up without a word.
    #[error("the other end closed the connection without saying why")]
    Closed,
}

impl ConnectError {
    /// Stable, for logs, metrics and pages of documentation. Where we judge the other end's certificate, the same
    /// reasons as at the server.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Address => "BAD_ADDRESS",
            Self::Name { .. } => "NAME_NOT_FOUND",
            Self::Refused { .. } => "CONNECTION_REFUSED",
            Self::Unreachable { .. } => "UNREACHABLE",
            Self::TcpTimeout { .. } => "TCP_TIMEOUT",
            Self::TlsTimeout { .. } => "HANDSHAKE_TIMEOUT",
            Self::NotTls { .. } => "NOT_TLS",
            Self::OwnCertificateExpired => "OWN_CERTIFICATE_EXPIRED",
            Self::Peer(refusal) => refusal.reason(),
            Self::Rejected(_) => "REFUSED_BY_PEER",
            Self::Closed => "CLOSED_BY_PEER",
        }
    }

    /// How far it came.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Address | Self::Name { .. } => Stage::Address,
            Self::Refused { .. } | Self::Unreachable { .. } | Self::TcpTimeout { .. } => Stage::Tcp,
            Self::TlsTimeout { .. } | Self::NotTls { .. } => Stage::Tls,
            Self::Peer(Refusal::TlsVersion | Refusal::NotH2 | Refusal::HandshakeFailed) => {
                Stage::Tls
            }
            Self::Peer(_) => Stage::Identity,
            Self::OwnCertificateExpired | Self::Rejected(_) | Self::Closed => Stage::Admission,
        }
    }

    /// What to do about it, in a sentence or two.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Address => {
                "Write the endpoint as host:port, for example verbund.example.org:7443, and an IPv6 address in brackets."
            }
            Self::Name { .. } => {
                "Check the name in the charter or in [partners.endpoint], and this machine's DNS."
            }
            Self::Refused { .. } => {
                "The machine is there and nothing listens on that port. Ask the partner whether its node runs, and compare the port."
            }
            Self::Unreachable { .. } | Self::TcpTimeout { .. } => {
                "Packets don't arrive. Check the address, the route and the firewalls on both sides for outgoing and incoming connections."
            }
            Self::TlsTimeout { .. } => {
                "Something takes the connection and does not answer: a firewall in between, another service, or a node that hangs."
            }
            Self::NotTls { .. } => {
                "Another service answers on this port. Compare the port with the partner's [federation] listen, and not its admin port."
            }
            Self::OwnCertificateExpired => {
                "Have the own agency's authority issue a new certificate and put it in place; it is taken up without a restart."
            }
            Self::Peer(refusal) => peer_advice(refusal),
            Self::Rejected(alert) => alert_advice(*alert),
            Self::Closed => {
                "The partner's log has the reason under \"connection refused\". A proxy in between that ends TLS would look like this, too."
            }
        }
    }

    /// Finds the reason in the causes of an error of tonic's: a failed call, a failed channel.
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            // An io::Error hides what it carries from `source`.
            if let Some(found) = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref)
                .and_then(|inner| inner.downcast_ref())
            {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }

    pub(crate) fn from_handshake(error: &io::Error, addr: SocketAddr) -> Self {
        let tls = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match tls {
            Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => {
                Self::NotTls { addr }
            }
            // Not ours: the other end can't read what *we* speak.
            Some(rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
                Self::Peer(Refusal::NotH2)
            }
            Some(error) => match Refusal::from_rustls(error) {
                Refusal::Alert(alert) => Self::Rejected(alert),
                refusal => Self::Peer(refusal),
            },
            None => Self::Closed,
        }
    }
}

fn peer_advice(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::CertificateExpired => {
            "The partner must renew its certificate. If it is valid there, compare both clocks."
        }
        Refusal::CertificateNotYetValid => {
            "Compare both clocks: the partner's certificate begins in this machine's future."
        }
        Refusal::CertificateRevoked => {
            "The partner's authority has revoked this certificate. Call the partner: either it has a new one, or somebody else has the old one."
        }
        Refusal::RevocationUnknown
        | Refusal::RevocationListExpired
        | Refusal::RevocationListInvalid => {
            "Fetch the partner's current revocation list into the folder [tls] crls; it is taken up without a restart."
        }
        Refusal::UnknownIssuer | Refusal::BadSignature => {
            "The partner's certificate was not issued under the root that the charter has for it. Compare the roots; if the partner changed its authority, the charter needs a new version."
        }
        Refusal::IdentityMismatch { .. } | Refusal::WrongKind(_) | Refusal::ForeignAgency(_) => {
            "Another agency's node answers at this address. Compare the endpoint with the charter."
        }
        Refusal::ForeignFederation | Refusal::UnknownAgency(_) => {
            "What answers is not a member of this federation. Compare the endpoint with the charter, and the charter's version with the partner's."
        }
        Refusal::IdentityMissing
        | Refusal::IdentityAmbiguous
        | Refusal::IdentityMalformed
        | Refusal::WrongUsage
        | Refusal::CertificateMalformed
        | Refusal::UnsupportedAlgorithm
        | Refusal::CertificateMissing => {
            "The partner's certificate is not made for this: it needs exactly one URI spiffe://<agency>.<federation>.verbund/node and the purposes server and client."
        }
        Refusal::TlsVersion | Refusal::NotH2 | Refusal::HandshakeFailed => {
            "What answers there is not a node: it does not speak TLS 1.3 with HTTP/2. Compare the port, and look for a proxy in between."
        }
        Refusal::Alert(alert) => alert_advice(*alert),
        Refusal::HandshakeTimeout
        | Refusal::Disconnected
        | Refusal::Crowded
        | Refusal::TooManyConnections => {
            "Try again; if it stays, the partner's log has the reason under \"connection refused\"."
        }
    }
}

fn alert_advice(alert: Alert) -> &'static str {
    match alert.0 {
        AlertDescription::CertificateExpired => {
            "The partner says that the own certificate has expired or is not valid yet. Look at its dates, and compare both clocks."
        }
        AlertDescription::CertificateRevoked => {
            "The partner has the own certificate on a revocation list. Have the own authority issue a new one."
        }
        AlertDescription::UnknownCA => {
            "The partner does not know the root under which the own certificate was issued. Its charter must hold the own agency's current root; compare the versions."
        }
        AlertDescription::UnsupportedCertificate => {
            "The own certificate lacks a purpose: it needs client, and for a node server as well."
        }
        AlertDescription::CertificateUnknown | AlertDescription::AccessDenied => {
            "The partner does not accept who the own certificate says this is, or has no current revocation list of the own agency. Its log has the reason under \"connection refused\"."
        }
        AlertDescription::ProtocolVersion => {
            "The partner does not speak TLS 1.3. Look for a proxy in between."
        }
        _ => "The partner's log has the reason under \"connection refused\".",
    }
}
