//! What all handshakes of a process share, and can be changed while it runs: the own certificate, the roots and lists of
//! the agencies, the clock, and the register of open connections.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use verbund_model::{AgencyId, Clock};

use crate::connection::{PeerInfo, Register};
use crate::error::Error;
use crate::identity::Peer;
use crate::own::{self, Identity};
use crate::refusal::Refusal;
use crate::trust::{Prepared, RevocationLists, Trust, Usage, unix_time};

/// The TLS of a process: clone it freely, all clones are the same one.
#[derive(Clone, Debug)]
pub struct Tls(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) identity: Arc<ArcSwap<Identity>>,
    pub(crate) trust: ArcSwap<Prepared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) register: Register,
    /// Held while something is read, changed and published.
    change: Mutex<()>,
}

impl Tls {
    /// Puts a certificate and trust to use, with the clock that says what is valid now.
    ///
    /// # Errors
    /// When the roots or lists are unusable, or when the own certificate would be refused by everybody who believes the
    /// same: expired, not yet valid, revoked, or not issued under the own agency's root.
    pub fn new(identity: Identity, trust: Trust, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        match Self::examine(identity, trust, clock)? {
            (tls, None) => Ok(tls),
            (_, Some(refusal)) => Err(Error::OwnCertificate(refusal)),
        }
    }

    /// The same with a certificate that everybody would refuse, and why they would. For `verbund doctor`, which has to look at
    /// partners also when the own certificate is over.
    ///
    /// # Errors
    /// When the roots or lists are unusable.
    pub fn examine(
        identity: Identity,
        trust: Trust,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Option<Refusal>), Error> {
        let trust = trust.prepare(0)?;
        let refusal = check_own(&identity, &trust, clock.as_ref()).err();
        let tls = Self(Arc::new(Shared {
            identity: Arc::new(ArcSwap::from_pointee(identity)),
            trust: ArcSwap::from_pointee(trust),
            clock,
            provider: Arc::new(own::provider()),
            register: Register::default(),
            change: Mutex::new(()),
        }));
        Ok((tls, refusal))
    }

    /// The own certificate in use.
    pub fn identity(&self) -> Arc<Identity> {
        self.0.identity.load_full()
    }

    /// The trust in use.
    pub fn trust(&self) -> Trust {
        self.0.trust.load().source.clone()
    }

    /// Uses another certificate of the same identity from now on. Open connections go on with the one that they began
    /// with.
    ///
    /// # Errors
    /// As for [`Tls::new`], and [`Error::OtherIdentity`]. The one in use stays.
    pub fn replace_identity(&self, identity: Identity) -> Result<(), Error> {
        let _changing = self.changing();
        if identity.id() != self.0.identity.load().id() {
            return Err(Error::OtherIdentity);
        }
        check_own(&identity, &self.0.trust.load(), self.0.clock.as_ref())
            .map_err(Error::OwnCertificate)?;
        self.0.identity.store(Arc::new(identity));
        Ok(())
    }

    /// Believes this from now on, and closes the open connections that it does not cover any more.
    ///
    /// The own certificate is not compared: a charter without the own agency must be adopted, too.
    ///
    /// # Errors
    /// When roots or lists are unusable. What is in use stays.
    pub fn replace_trust(&self, trust: Trust) -> Result<(), Error> {
        let changing = self.changing();
        self.publish(trust, changing)
    }

    /// Takes the federation and the roots of `trust`, and keeps the revocation lists in use. For a new charter.
    ///
    /// # Errors
    /// As for [`Tls::replace_trust`].
    pub fn replace_roots(&self, trust: Trust) -> Result<(), Error> {
        let changing = self.changing();
        let mut next = self.trust();
        next.adopt_roots(trust);
        self.publish(next, changing)
    }

    pub(crate) fn replace_revocation_lists(&self, lists: RevocationLists) -> Result<(), Error> {
        let changing = self.changing();
        let mut next = self.trust();
        next.lists = lists;
        self.publish(next, changing)
    }

    fn publish(&self, trust: Trust, changing: MutexGuard<'_, ()>) -> Result<(), Error> {
        let generation = self.0.trust.load().generation + 1;
        self.0.trust.store(Arc::new(trust.prepare(generation)?));
        drop(changing);
        self.revalidate();
        Ok(())
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        // Nothing is left half-changed by a panic: each change is one store.
        self.0.change.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks the certificate of every open connection again, both incoming and outgoing, and closes those whose peer
    /// would not be taken now: revoked, removed, expired. Closes those that are too old, too. Returns how many.
    ///
    /// Costs about 0.1 ms of computing for each connection.
    ///
    /// It is called after each change of trust by itself; the process calls it every
    /// [`REVALIDATE_INTERVAL`](crate::limits::REVALIDATE_INTERVAL) for what time alone ends.
    pub fn revalidate(&self) -> usize {
        self.connections()
            .into_iter()
            .filter(PeerInfo::close_if_over)
            .count()
    }

    /// The newest of the open connections that this side has opened to a node.
    pub fn newest_to(&self, agency: &AgencyId) -> Option<PeerInfo> {
        let peer = Peer::Node(agency.clone());
        let links = self.0.register.links().into_iter();
        let newest = links
            .filter(|link| link.is_to(&peer))
            .max_by_key(|link| link.number);
        newest.map(|link| PeerInfo::new(self.0.clone(), link))
    }

    /// The open connections, incoming and outgoing.
    pub fn connections(&self) -> Vec<PeerInfo> {
        self.0
            .register
            .links()
            .into_iter()
            .map(|link| PeerInfo::new(self.0.clone(), link))
            .collect()
    }
}

fn check_own(identity: &Identity, trust: &Prepared, clock: &dyn Clock) -> Result<(), Refusal> {
    // Nodes call and are called; a system only calls.
    let usages: &[Usage] = match identity.id().peer {
        Peer::Node(_) => &[Usage::Server, Usage::Client],
        Peer::System { .. } => &[Usage::Client],
    };
    let (own, chain) = identity
        .key
        .cert
        .split_first()
        .ok_or(Refusal::CertificateMissing)?;
    for usage in usages {
        trust.verify(*usage, own, chain, unix_time(clock.now()))?;
    }
    Ok(())
}

/// rustls asks for the time through this, so that the whole crate has one clock.
impl TimeProvider for Shared {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix_time(self.clock.now()))
    }
}

/// What a listener has done so far. Numbers since the start, except `open` and `handshaking`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections taken.
    pub accepted: u64,
    /// Connections open now.
    pub open: u64,
    /// Handshakes under way now.
    pub handshaking: u64,
    /// Connections refused, by [`Refusal::reason`].
    pub refused: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub(crate) fn refuse(&mut self, refusal: &Refusal) {
        *self.refused.entry(refusal.reason()).or_default() += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} accepted, {} open, {} refused",
            self.accepted,
            self.open,
            self.refused.values().sum::<u64>()
        )
    }
}
