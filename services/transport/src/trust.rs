//! Whose certificates are believed: each agency's own roots, and its revocation lists.

use std::collections::BTreeMap;
use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime};
use verbund_model::{AgencyId, FederationId, UnixMillis, Validity};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::revocation_list::CertificateRevocationList;

use crate::error::Error;
use crate::identity::{Claims, SpiffeId, validity};
use crate::refusal::Refusal;

/// Revocation lists by agency. An agency that has a key here must have every certificate covered by one of its lists,
/// also when there is none: that is how an unreadable list shuts out its agency, and no other.
pub(crate) type RevocationLists = BTreeMap<AgencyId, Vec<CertificateRevocationListDer<'static>>>;

/// The agencies of a federation with their TLS roots and revocation lists. Nothing is believed of it before
/// [`Tls::new`](crate::Tls::new) or [`Tls::replace_trust`](crate::Tls::replace_trust) has checked it whole.
#[derive(Debug, Clone)]
pub struct Trust {
    pub(crate) federation: FederationId,
    pub(crate) roots: BTreeMap<AgencyId, Vec<CertificateDer<'static>>>,
    pub(crate) lists: RevocationLists,
    require_lists: bool,
}

impl Trust {
    /// Believes nobody yet.
    pub fn new(federation: FederationId) -> Self {
        Self {
            federation,
            roots: BTreeMap::new(),
            lists: BTreeMap::new(),
            require_lists: false,
        }
    }

    /// Sets an agency's roots: one or more certificates of authorities in PEM form, as the charter has them.
    ///
    /// # Errors
    /// [`Error::BadRoot`] when there is none, or one can't be read or is no authority's.
    pub fn with_roots(mut self, agency: AgencyId, pem: &str) -> Result<Self, Error> {
        let roots = read(pem).map_err(|reason| Error::BadRoot {
            agency: agency.clone(),
            reason,
        })?;
        let roots = roots.into_iter().map(|root| CertificateDer::from(root.der));
        self.roots.insert(agency, roots.collect());
        Ok(self)
    }

    /// Adds a revocation list of an agency, in PEM or DER form.
    ///
    /// # Errors
    /// [`Error::BadRevocationList`].
    pub fn with_revocation_list(mut self, agency: AgencyId, list: &[u8]) -> Result<Self, Error> {
        self.lists
            .entry(agency)
            .or_default()
            .extend(read_revocation_lists(list)?);
        Ok(self)
    }

    /// Refuses the agencies that have no revocation list at all. Without this they are believed until the end of
    /// their certificates, which is right where those are short-lived.
    #[must_use]
    pub fn require_revocation_lists(mut self, require: bool) -> Self {
        self.require_lists = require;
        self
    }

    /// The federation.
    pub fn federation(&self) -> &FederationId {
        &self.federation
    }

    /// The agencies with roots.
    pub fn agencies(&self) -> impl Iterator<Item = &AgencyId> {
        self.roots.keys()
    }

    /// Until when each agency's revocation lists hold: of several, the first end. `None`: there is a list that can't be read, and
    /// nobody believes the agency. Agencies without lists are not among them.
    pub fn revocation_lists_end(&self) -> impl Iterator<Item = (&AgencyId, Option<UnixMillis>)> {
        self.lists
            .iter()
            .map(|(agency, lists)| (agency, first_end(lists)))
    }

    /// Takes the roots of another, so that a new charter keeps the lists.
    pub(crate) fn adopt_roots(&mut self, other: Self) {
        self.federation = other.federation;
        self.roots = other.roots;
    }

    pub(crate) fn prepare(self, generation: u64) -> Result<Prepared, Error> {
        let mut agencies = BTreeMap::new();
        let mut owners: BTreeMap<Vec<u8>, AgencyId> = BTreeMap::new();
        for (agency, roots) in &self.roots {
            let mut anchors = Vec::with_capacity(roots.len());
            for root in roots {
                let anchor = webpki::anchor_from_trusted_cert(root)
                    .map_err(|_| Error::BadRoot {
                        agency: agency.clone(),
                        reason: "not usable as a root",
                    })?
                    .to_owned();
                // The key and not the certificate: whoever holds the key issues for both.
                if let Some(first) =
                    owners.insert(anchor.subject_public_key_info.to_vec(), agency.clone())
                    && first != *agency
                {
                    return Err(Error::SharedRoot {
                        first,
                        second: agency.clone(),
                    });
                }
                anchors.push(anchor);
            }
            let lists = match self.lists.get(agency) {
                Some(lists) => Some(parse(lists)?),
                None if self.require_lists => Some(Vec::new()),
                None => None,
            };
            agencies.insert(agency.clone(), Agency { anchors, lists });
        }
        Ok(Prepared {
            source: self,
            agencies,
            generation,
        })
    }
}

/// The certificate of an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its bytes, whose SHA-256 people compare.
    pub der: Vec<u8>,
    /// From when to when it is valid. As a root it is believed beyond that.
    pub validity: Validity,
}

/// Reads the certificates of authorities from a text in PEM form.
///
/// # Errors
/// [`Error::NotARoot`] when there is none, or one can't be read or is no authority's.
pub fn read_roots(pem: &str) -> Result<Vec<Root>, Error> {
    read(pem).map_err(Error::NotARoot)
}

fn read(pem: &str) -> Result<Vec<Root>, &'static str> {
    let roots: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| "not PEM")?;
    if roots.is_empty() {
        return Err("no certificate in PEM form");
    }
    let root = |der: CertificateDer<'static>| {
        let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| "not a certificate")?;
        if !certificate.is_ca() {
            return Err("not the certificate of an authority");
        }
        let validity = validity(certificate.validity());
        Ok(Root {
            der: der.to_vec(),
            validity,
        })
    };
    roots.into_iter().map(root).collect()
}

/// Reads one list in DER form, or all of a PEM file.
pub(crate) fn read_revocation_lists(
    bytes: &[u8],
) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let lists = if bytes.starts_with(b"\x30") {
        vec![CertificateRevocationListDer::from(bytes.to_vec())]
    } else {
        CertificateRevocationListDer::pem_slice_iter(bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| Error::BadRevocationList)?
    };
    if lists.is_empty() {
        return Err(Error::BadRevocationList);
    }
    parse(&lists)?;
    Ok(lists)
}

/// The end of a revocation list, in PEM or DER form; of several, the earliest. After it nobody believes the list's
/// agency until there is a newer one, so that `verbund doctor` warns before.
///
/// # Errors
/// [`Error::BadRevocationList`].
pub fn revocation_lists_end(bytes: &[u8]) -> Result<UnixMillis, Error> {
    first_end(&read_revocation_lists(bytes)?).ok_or(Error::BadRevocationList)
}

/// The earliest end of some lists; `None` where there is none, or one can't be read or has none.
fn first_end(lists: &[CertificateRevocationListDer<'_>]) -> Option<UnixMillis> {
    let ends = lists.iter().map(|list| {
        let (_, list) = CertificateRevocationList::from_der(list).ok()?;
        let end = list.next_update()?;
        Some(UnixMillis(end.timestamp().saturating_mul(1000)))
    });
    ends.min()?
}

fn parse(
    lists: &[CertificateRevocationListDer<'static>],
) -> Result<Vec<CertRevocationList<'static>>, Error> {
    lists
        .iter()
        .map(|list| {
            OwnedCertRevocationList::from_der(list)
                .map(Into::into)
                .map_err(|_| Error::BadRevocationList)
        })
        .collect()
}

/// What a certificate is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Client,
    Server,
}

#[derive(Debug)]
struct Agency {
    anchors: Vec<TrustAnchor<'static>>,
    /// `None`: the agency publishes no list. `Some`: every certificate must be covered.
    lists: Option<Vec<CertRevocationList<'static>>>,
}

/// Trust in use. The generation tells a connection that there is a newer one than it was checked with.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) source: Trust,
    agencies: BTreeMap<AgencyId, Agency>,
    pub(crate) generation: u64,
}

impl Prepared {
    /// Who holds this chain's first certificate, proven: identity first, then that agency's roots and no others.
    ///
    /// Everything but the proof that the holder has the key, which is the handshake's part.
    pub(crate) fn verify(
        &self,
        usage: Usage,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Claims, Refusal> {
        let claims = Claims::read(end_entity)?;
        let SpiffeId { federation, peer } = &claims.id;
        if *federation != self.source.federation {
            return Err(Refusal::ForeignFederation);
        }
        let agency = self
            .agencies
            .get(peer.agency())
            .ok_or_else(|| Refusal::UnknownAgency(peer.agency().clone()))?;
        let certificate = EndEntityCert::try_from(end_entity)?;
        // webpki takes a missing purpose for any purpose. That is kept for intermediates, which rarely name one.
        if !claims.key_purposes {
            return Err(Refusal::WrongUsage);
        }
        let check_with = |list: Option<&CertRevocationList<'_>>, depth, unknown| {
            let list: Option<Vec<_>> = list.map(|list| vec![list]);
            let revocation = match &list {
                Some(list) => Some(
                    RevocationOptionsBuilder::new(list)
                        .map_err(|_| Refusal::RevocationUnknown)?
                        .with_depth(depth)
                        .with_status_policy(unknown)
                        .with_expiration_policy(ExpirationPolicy::Enforce)
                        .build(),
                ),
                None => None,
            };
            let path = certificate.verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &agency.anchors,
                intermediates,
                now,
                match usage {
                    Usage::Client => KeyUsage::client_auth(),
                    Usage::Server => KeyUsage::server_auth(),
                },
                revocation,
                None,
            )?;
            Ok::<_, Refusal>(path.intermediate_certificates().next().is_some())
        };
        // webpki takes the first list that names the issuer. Where an authority has a new key under its old name, as during a change of roots,
        // that may be the list of the other key; so each list is asked by itself. One that names the certificate is enough to refuse it,
        // and one that is the issuer's and does not name it to take it.
        let check = |depth, unknown| {
            let Some(lists) = &agency.lists else {
                return check_with(None, depth, unknown);
            };
            let mut verdict = Err(Refusal::RevocationUnknown);
            for list in lists {
                match (check_with(Some(list), depth, unknown), &verdict) {
                    (Err(Refusal::CertificateRevoked), _) => {
                        return Err(Refusal::CertificateRevoked);
                    }
                    (Ok(path), _) => verdict = Ok(path),
                    (Err(refusal), Err(Refusal::RevocationUnknown)) => verdict = Err(refusal),
                    (Err(_), _) => {}
                }
            }
            verdict
        };
        // An authority that issues through an intermediate often publishes a list of the intermediate's only. So the
        // certificate itself must be covered, and an intermediate must not be on a list.
        let through_intermediate =
            check(RevocationCheckDepth::EndEntity, UnknownStatusPolicy::Deny)?;
        if through_intermediate && agency.lists.is_some() {
            check(RevocationCheckDepth::Chain, UnknownStatusPolicy::Allow)?;
        }
        Ok(claims)
    }
}

/// A clock before 1970 reads as 1970: every certificate is then not yet valid, and nothing is believed.
pub(crate) fn unix_time(now: UnixMillis) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(now.0).unwrap_or(0)))
}
