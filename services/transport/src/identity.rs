//! Who a certificate says its holder is: exactly one SPIFFE URI, in the form that DESIGN §6 and §8 give.
//!
//! `spiffe://<agency>.<federation>.verbund/node` is an agency's node, `…/system/<name>` one of its systems or people.
//! Reading it proves nothing: whether the certificate may say so is the verifier's question.

use std::fmt;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use verbund_model::{AgencyId, FederationId, UnixMillis, Validity};
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

use crate::refusal::Refusal;

const SCHEME: &str = "spiffe://";
const TRUST_DOMAIN_END: &str = "verbund";

/// The name of one of an agency's systems, such as `duty-log`: a slug like the agency's own id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemName(Arc<str>);

impl SystemName {
    /// Takes a slug: `[a-z0-9][a-z0-9-]{0,62}`.
    ///
    /// # Errors
    /// [`Refusal::IdentityMalformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        // The same rule as for agencies, so that it is written once.
        AgencyId::parse(text).map_err(|_| Refusal::IdentityMalformed)?;
        Ok(Self(Arc::from(text)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SystemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for SystemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SystemName({})", self.0)
    }
}

/// The other end of a connection, or this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// An agency's node.
    Node(AgencyId),
    /// A system of an agency, or a person's client.
    System {
        /// The agency that it belongs to.
        agency: AgencyId,
        /// Its name there, to which the node's configuration gives roles.
        name: SystemName,
    },
}

impl Peer {
    /// The agency that the peer belongs to.
    pub fn agency(&self) -> &AgencyId {
        match self {
            Self::Node(agency) | Self::System { agency, .. } => agency,
        }
    }
}

/// As logs and errors say it: `node of dhz`, `system duty-log of dhz`.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(agency) => write!(f, "node of {agency}"),
            Self::System { agency, name } => write!(f, "system {name} of {agency}"),
        }
    }
}

/// A peer and the federation in which it is that.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpiffeId {
    /// The federation of the trust domain.
    pub federation: FederationId,
    /// Who it is there.
    pub peer: Peer,
}

impl SpiffeId {
    /// Reads `spiffe://<agency>.<federation>.verbund/node` or `…/system/<name>`, and nothing that is like them: no
    /// other case, port, query, fragment or trailing slash (SPIFFE-ID §2; one identity has one spelling).
    ///
    /// # Errors
    /// [`Refusal::IdentityMalformed`]. The text is not repeated: it came from a stranger.
    pub fn parse(uri: &str) -> Result<Self, Refusal> {
        Self::read(uri).ok_or(Refusal::IdentityMalformed)
    }

    fn read(uri: &str) -> Option<Self> {
        let (domain, path) = uri.strip_prefix(SCHEME)?.split_once('/')?;
        let mut labels = domain.split('.');
        let agency = AgencyId::parse(labels.next()?).ok()?;
        let federation = FederationId::parse(labels.next()?).ok()?;
        if labels.next()? != TRUST_DOMAIN_END || labels.next().is_some() {
            return None;
        }
        let peer = match path.strip_prefix("system/") {
            Some(name) => Peer::System {
                agency,
                name: SystemName::parse(name).ok()?,
            },
            None if path == "node" => Peer::Node(agency),
            None => return None,
        };
        Some(Self { federation, peer })
    }

    /// `<agency>.<federation>.verbund`: the trust domain, and the name by which a node is asked for in TLS.
    pub fn trust_domain(&self) -> String {
        format!(
            "{}.{}.{TRUST_DOMAIN_END}",
            self.peer.agency(),
            self.federation
        )
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.trust_domain())?;
        match &self.peer {
            Peer::Node(_) => f.write_str("/node"),
            Peer::System { name, .. } => write!(f, "/system/{name}"),
        }
    }
}

/// What an end-entity certificate says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Claims {
    pub(crate) id: SpiffeId,
    pub(crate) serial: Arc<str>,
    pub(crate) validity: Validity,
    pub(crate) key_purposes: bool,
}

impl Claims {
    /// Reads the claims of a certificate that nobody has verified yet.
    pub(crate) fn read(certificate: &CertificateDer<'_>) -> Result<Self, Refusal> {
        let (rest, certificate) =
            X509Certificate::from_der(certificate).map_err(|_| Refusal::CertificateMalformed)?;
        if !rest.is_empty() {
            return Err(Refusal::CertificateMalformed);
        }
        let names = certificate
            .subject_alternative_name()
            .map_err(|_| Refusal::CertificateMalformed)?;
        // All URIs count, not only those with SPIFFE's scheme (X509-SVID §2): which of two holds must never be a
        // question of the reader.
        let mut uris = names
            .iter()
            .flat_map(|names| &names.value.general_names)
            .filter_map(|name| match name {
                GeneralName::URI(uri) => Some(*uri),
                _ => None,
            });
        let uri = uris.next().ok_or(Refusal::IdentityMissing)?;
        if uris.next().is_some() {
            return Err(Refusal::IdentityAmbiguous);
        }
        Ok(Self {
            id: SpiffeId::parse(uri)?,
            serial: Arc::from(certificate.raw_serial_as_string()),
            validity: validity(certificate.validity()),
            key_purposes: certificate
                .extended_key_usage()
                .is_ok_and(|usage| usage.is_some()),
        })
    }
}

/// From when to when a certificate is valid.
pub(crate) fn validity(it: &x509_parser::certificate::Validity) -> Validity {
    let millis = |time: ASN1Time| UnixMillis(time.timestamp().saturating_mul(1000));
    Validity {
        not_before: millis(it.not_before),
        not_after: millis(it.not_after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for uri in [
            "spiffe://dhz.krefeld.verbund/node",
            "spiffe://kod.krefeld.verbund/system/duty-log",
        ] {
            assert_eq!(SpiffeId::parse(uri).unwrap().to_string(), uri);
        }
        let id = SpiffeId::parse("spiffe://kod.krefeld.verbund/system/duty-log").unwrap();
        assert_eq!(id.peer.agency().as_str(), "kod");
        assert_eq!(id.peer.to_string(), "system duty-log of kod");
        assert_eq!(id.trust_domain(), "kod.krefeld.verbund");
    }

    #[test]
    fn one_identity_has_one_spelling() {
        for uri in [
            "",
            "spiffe://",
            "https://dhz.krefeld.verbund/node",
            "SPIFFE://dhz.krefeld.verbund/node",
            "spiffe://DHZ.krefeld.verbund/node",
            "spiffe://dhz.krefeld.verbund",
            "spiffe://dhz.krefeld.verbund/",
            "spiffe://dhz.krefeld.verbund/node/",
            "spiffe://dhz.krefeld.verbund//node",
            "spiffe://dhz.krefeld.verbund/Node",
            "spiffe://dhz.krefeld.verbund/node?x",
            "spiffe://dhz.krefeld.verbund/node#x",
            "spiffe://dhz.krefeld.verbund:443/node",
            "spiffe://user@dhz.krefeld.verbund/node",
            "spiffe://dhz.krefeld.verbund./node",
            "spiffe://dhz.krefeld.example/node",
            "spiffe://dhz.verbund/node",
            "spiffe://a.dhz.krefeld.verbund/node",
            "spiffe://dhz.krefeld.verbund/system",
            "spiffe://dhz.krefeld.verbund/system/",
            "spiffe://dhz.krefeld.verbund/system/a/b",
            "spiffe://dhz.krefeld.verbund/system/../node",
            "spiffe://dhz.krefeld.verbund/system/Duty",
        ] {
            assert_eq!(
                SpiffeId::parse(uri),
                Err(Refusal::IdentityMalformed),
                "{uri}"
            );
        }
    }
}
