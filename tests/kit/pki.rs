//! What each agency of a test's federation has of its own: an authority, a node certificate, an entry key, an address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use verbund_ledger::{EntryKey, SystemEntropy};
use verbund_model::{AgencyId, Audience, Clock as _, FederationId, SystemClock};
use verbund_transport::SystemName;
use verbund_transport::pki::{Authority, Issued, Validity};

/// An agency by its id.
///
/// # Panics
/// Where it is no slug.
#[must_use]
pub fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).expect("tests name agencies by slugs")
}

/// An audience by its ids.
///
/// # Panics
/// Where one is no slug, or there is none.
#[must_use]
pub fn audience(ids: &[&str]) -> Audience {
    Audience::new(ids.iter().map(|id| agency(id))).expect("tests name at least one agency")
}

/// One agency of the federation, with all of its secrets.
#[derive(Debug)]
pub struct Member {
    /// The agency.
    pub agency: AgencyId,
    /// Its root.
    pub authority: Authority,
    /// What its node shows.
    pub node: Issued,
    /// What its node signs with.
    pub entry_key: Arc<EntryKey>,
    /// Where its node listens; no other agency of any test listens there.
    pub host: Ipv4Addr,
}

impl Member {
    pub(crate) fn new(agency: AgencyId, federation: &FederationId, host: Ipv4Addr) -> Result<Self> {
        let authority = Authority::create(agency.clone(), federation.clone(), year())?;
        let node = authority.issue(&authority.node(year()))?;
        let entry_key = Arc::new(EntryKey::generate(&SystemEntropy));
        Ok(Self {
            agency,
            authority,
            node,
            entry_key,
            host,
        })
    }

    /// A certificate for one of the agency's systems.
    ///
    /// # Errors
    /// Where the name is none.
    pub fn system(&self, name: &str) -> Result<Issued> {
        Ok(self
            .authority
            .issue(&self.authority.system(SystemName::parse(name)?, year()))?)
    }

    /// Where systems of the agency reach its node.
    #[must_use]
    pub fn agency_api(&self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.host), 7443)
    }

    /// Where partners reach its node.
    #[must_use]
    pub fn federation_api(&self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.host), 7444)
    }

    /// Where its operators reach its node.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.host), 7445)
    }
}

/// From an hour ago for a year.
pub(crate) fn year() -> Validity {
    Validity::days(SystemClock.now(), 365)
}
