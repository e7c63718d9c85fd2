//! A development PKI: one authority for each agency, certificates for its node and its systems, revocation lists.
//!
//! For demonstrations and tests, and the model of what an agency's real authority (cert-manager, step-ca, by hand) has to
//! issue. Keys are P-256, which every gRPC client can use. Keys are drawn from the system's randomness by the library;
//! everything else, the dates too, is the caller's.

use std::net::IpAddr;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SanType, SerialNumber,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use time::OffsetDateTime;
pub use verbund_model::Validity;
use verbund_model::{AgencyId, FederationId, UnixMillis};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::Error;
use crate::identity::{Peer, SpiffeId, SystemName};

/// An agency's certificate authority with its private key.
pub struct Authority {
    agency: AgencyId,
    federation: FederationId,
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    /// Of an intermediate: its own certificate, which its certificates carry along.
    chain: String,
}

impl Authority {
    /// Makes a root with a new key.
    ///
    /// # Errors
    /// [`Error::Pki`].
    pub fn create(
        agency: AgencyId,
        federation: FederationId,
        validity: Validity,
    ) -> Result<Self, Error> {
        let key = KeyPair::generate().map_err(pki)?;
        let name = format!("Verbund development root of {agency} in {federation}");
        let params = authority_params(&name, BasicConstraints::Unconstrained, validity)?;
        let certificate = params.self_signed(&key).map_err(pki)?.pem();
        Ok(Self {
            agency,
            federation,
            issuer: Issuer::new(params, key),
            certificate,
            chain: String::new(),
        })
    }

    /// Takes up a root again from what [`Authority::certificate_pem`] and [`Authority::key_pem`] gave.
    ///
    /// # Errors
    /// [`Error::Pki`].
    pub fn from_pem(
        agency: AgencyId,
        federation: FederationId,
        certificate: &str,
        key: &str,
    ) -> Result<Self, Error> {
        let key = KeyPair::from_pem(key).map_err(pki)?;
        let issuer = Issuer::from_ca_cert_pem(certificate, key).map_err(pki)?;
        Ok(Self {
            agency,
            federation,
            issuer,
            certificate: certificate.to_owned(),
            chain: String::new(),
        })
    }

    /// Makes an authority below this one.
    ///
    /// # Errors
    /// [`Error::Pki`].
    pub fn intermediate(&self, validity: Validity) -> Result<Self, Error> {
        let key = KeyPair::generate().map_err(pki)?;
        let name = format!(
            "Verbund development intermediate of {} in {}",
            self.agency, self.federation
        );
        let params = authority_params(&name, BasicConstraints::Constrained(0), validity)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(pki)?.pem();
        Ok(Self {
            agency: self.agency.clone(),
            federation: self.federation.clone(),
            issuer: Issuer::new(params, key),
            chain: format!("{certificate}{}", self.chain),
            certificate,
        })
    }

    /// The authority's certificate. A root's belongs into the charter.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    /// The authority's private key. Whoever has it can be anybody in this agency.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// What a certificate for the agency's node has to say. Add the names by which it is reached.
    pub fn node(&self, validity: Validity) -> Request {
        let id = SpiffeId {
            federation: self.federation.clone(),
            peer: Peer::Node(self.agency.clone()),
        };
        Request {
            uris: vec![id.to_string()],
            // For clients that compare the name they called: the demonstration's addresses, and the name in TLS.
            names: vec![
                id.trust_domain(),
                "localhost".into(),
                "127.0.0.1".into(),
                "::1".into(),
            ],
            server: true,
            client: true,
            validity,
        }
    }

    /// What a certificate for one of the agency's systems or people has to say.
    pub fn system(&self, name: SystemName, validity: Validity) -> Request {
        let peer = Peer::System {
            agency: self.agency.clone(),
            name,
        };
        let id = SpiffeId {
            federation: self.federation.clone(),
            peer,
        };
        Request {
            uris: vec![id.to_string()],
            names: Vec::new(),
            server: false,
            client: true,
            validity,
        }
    }

    /// Issues what was asked for, with a new key.
    ///
    /// # Errors
    /// [`Error::Pki`].
    pub fn issue(&self, request: &Request) -> Result<Issued, Error> {
        let key = KeyPair::generate().map_err(pki)?;
        let mut params = request.params()?;
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(pki)?.pem();
        Ok(Issued {
            serial: serial(&certificate)?,
            certificate_pem: format!("{certificate}{}", self.chain),
            key_pem: key.serialize_pem(),
        })
    }

    /// A revocation list in PEM form over the certificates that this authority issued. `number` rises with each list;
    /// `validity` is its date and its next update, after which nobody believes the agency until there is a newer list.
    ///
    /// # Errors
    /// [`Error::Pki`].
    pub fn revocation_list(
        &self,
        number: u64,
        revoked: &[Vec<u8>],
        validity: Validity,
    ) -> Result<String, Error> {
        let this_update = date(validity.not_before)?;
        let revoked_certs = revoked
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: SerialNumber::from_slice(serial),
                revocation_time: this_update,
                reason_code: Some(RevocationReason::Unspecified),
                invalidity_date: None,
            })
            .collect();
        CertificateRevocationListParams {
            this_update,
            next_update: date(validity.not_after)?,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&self.issuer)
        .map_err(pki)?
        .pem()
        .map_err(pki)
    }
}

/// Without the key.
impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("agency", &self.agency)
            .finish_non_exhaustive()
    }
}

/// What a certificate shall say. [`Authority::node`] and [`Authority::system`] give the right ones; the fields are open
/// so that tests can make every wrong one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// URIs. Exactly one is right.
    pub uris: Vec<String>,
    /// Host names and addresses. Nodes don't compare them; other clients do.
    pub names: Vec<String>,
    /// To be shown by a server.
    pub server: bool,
    /// To be shown by a client.
    pub client: bool,
    /// From when to when.
    pub validity: Validity,
}

impl Request {
    /// The same as a signing request (PKCS #10) in PEM form for the agency's real authority, with its new private key.
    ///
    /// # Errors
    /// [`Error::Pki`].
    pub fn signing_request(&self) -> Result<(String, String), Error> {
        let key = KeyPair::generate().map_err(pki)?;
        let request = self.params()?.serialize_request(&key).map_err(pki)?;
        Ok((request.pem().map_err(pki)?, key.serialize_pem()))
    }

    fn params(&self) -> Result<CertificateParams, Error> {
        let mut params = CertificateParams::default();
        params.not_before = date(self.validity.not_before)?;
        params.not_after = date(self.validity.not_after)?;
        // Empty: the identity stands in the URI, and a second place for it could say something else.
        params.distinguished_name = DistinguishedName::new();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        for uri in &self.uris {
            params.subject_alt_names.push(SanType::URI(
                Ia5String::try_from(uri.as_str()).map_err(pki)?,
            ));
        }
        for name in &self.names {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(Ia5String::try_from(name.as_str()).map_err(pki)?),
            });
        }
        let purposes = [
            (self.server, ExtendedKeyUsagePurpose::ServerAuth),
            (self.client, ExtendedKeyUsagePurpose::ClientAuth),
        ];
        params.extended_key_usages = purposes
            .into_iter()
            .filter(|(wanted, _)| *wanted)
            .map(|(_, purpose)| purpose)
            .collect();
        Ok(params)
    }
}

/// A certificate with its private key.
#[derive(Clone)]
pub struct Issued {
    /// The certificate, then the intermediate that issued it, if there is one.
    pub certificate_pem: String,
    /// The private key.
    pub key_pem: String,
    /// The serial number, to revoke it by.
    pub serial: Vec<u8>,
}

/// Without the key.
impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// The serial number of the first certificate in a PEM text, for [`Authority::revocation_list`].
///
/// # Errors
/// [`Error::NoCertificate`].
pub fn serial(certificate_pem: &str) -> Result<Vec<u8>, Error> {
    let der = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
        .map_err(|_| Error::NoCertificate)?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| Error::NoCertificate)?;
    Ok(certificate.raw_serial().to_vec())
}

fn authority_params(
    name: &str,
    constraints: BasicConstraints,
    validity: Validity,
) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    params.not_before = date(validity.not_before)?;
    params.not_after = date(validity.not_after)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn date(at: UnixMillis) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).map_err(pki)
}

fn pki(error: impl std::fmt::Display) -> Error {
    Error::Pki(error.to_string())
}
