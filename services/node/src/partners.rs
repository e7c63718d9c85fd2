//! How this node stands with each partner: its link, what is known of it, and which of two links stays.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use verbund_model::{AgencyId, Audience, UnixMillis};
use verbund_transport::Shown;
use verbund_wire::convert::peer::{Certificate, DialBack};

use crate::replicate::Control;
use crate::replicate::hold::Place;

/// One partner.
#[derive(Debug)]
pub(crate) struct Partner {
    pub(crate) agency: AgencyId,
    state: Mutex<PartnerState>,
    /// Whether this replica has its stream.
    pub(crate) place: Place,
    /// Woken whenever the link comes or goes, here or at another replica.
    pub(crate) link_changed: Notify,
    /// What came of calling it back the last time that it asked; held while it is called.
    pub(crate) called_back: tokio::sync::Mutex<Option<(Instant, DialBack)>>,
}

/// What is known of a partner at the moment.
#[derive(Debug, Default, Clone)]
pub(crate) struct PartnerState {
    pub(crate) link: Option<LiveLink>,
    pub(crate) away_since: Option<UnixMillis>,
    pub(crate) problem: Option<String>,
    pub(crate) last_heard: Option<UnixMillis>,
    pub(crate) clock_offset_ms: Option<i64>,
    pub(crate) software: String,
    /// Of the charter that it named when the link came up.
    pub(crate) charter_version: u32,
    /// Its entries are not taken at the moment: over its quota of the day.
    pub(crate) throttled: bool,
    /// Its entries come through this partner.
    pub(crate) relayed_by: Option<AgencyId>,
    /// Another replica of this node has its stream.
    pub(crate) held_by: Option<String>,
    /// How long the oldest own entry without its receipt had waited at the last look.
    pub(crate) lag: Duration,
    /// The certificate that it showed when the last link began. It stays when the link ends: an end that nears is no less near.
    pub(crate) shown: Option<Shown>,
    /// The own certificate that it has seen, in its own words.
    pub(crate) seen: Option<Certificate>,
}

/// A link that is up.
#[derive(Debug, Clone)]
pub(crate) struct LiveLink {
    pub(crate) id: u64,
    dialled_by: AgencyId,
    peer_generation: u64,
    peer_stream: u64,
    /// To the task that writes the stream; bounded.
    pub(crate) control: mpsc::Sender<Control>,
    cancel: CancellationToken,
}

impl Partner {
    fn new(agency: AgencyId, now: UnixMillis) -> Self {
        let state = PartnerState {
            away_since: Some(now),
            ..PartnerState::default()
        };
        Self {
            agency,
            state: Mutex::new(state),
            place: Place::default(),
            link_changed: Notify::new(),
            called_back: tokio::sync::Mutex::new(None),
        }
    }

    /// A copy of what is known.
    pub(crate) fn snapshot(&self) -> PartnerState {
        self.state().clone()
    }

    /// Changes what is known.
    pub(crate) fn update(&self, change: impl FnOnce(&mut PartnerState)) {
        change(&mut self.state());
    }

    /// The link, where one is up.
    pub(crate) fn link(&self) -> Option<LiveLink> {
        self.state().link.clone()
    }

    fn state(&self) -> MutexGuard<'_, PartnerState> {
        self.state
            .lock()
            .expect("no code panics while it holds a partner's state")
    }
}

/// A new link that wants to be the partner's.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) dialled_by: AgencyId,
    pub(crate) peer_generation: u64,
    /// Rises whenever the partner's end moves to another of its replicas; 0 where it says nothing of that.
    pub(crate) peer_stream: u64,
    pub(crate) control: mpsc::Sender<Control>,
    pub(crate) cancel: CancellationToken,
}

/// All partners of the charter in force.
#[derive(Debug)]
pub(crate) struct Partners {
    by_agency: RwLock<BTreeMap<AgencyId, Arc<Partner>>>,
    next_link: AtomicU64,
    /// Woken whenever any link comes or goes, or an origin's entries are wanted or unwanted anew.
    pub(crate) changed: Notify,
}

impl Partners {
    pub(crate) fn new(members: &Audience, own: &AgencyId, now: UnixMillis) -> Self {
        let partners = Self {
            by_agency: RwLock::default(),
            next_link: AtomicU64::new(1),
            changed: Notify::new(),
        };
        partners.follow(members, own, now);
        partners
    }

    /// Begins all streams anew, with the own certificate that is in use now, so that everything is told again that is told once on each.
    pub(crate) fn restart_links(&self) {
        for link in self.all().iter().filter_map(|partner| partner.link()) {
            link.cancel.cancel();
        }
    }

    /// Takes the members of a new charter over; links of agencies that left are closed.
    pub(crate) fn follow(&self, members: &Audience, own: &AgencyId, now: UnixMillis) {
        let mut by_agency = self
            .by_agency
            .write()
            .expect("no code panics while it holds the partners");
        by_agency.retain(|agency, partner| {
            let stays = members.contains(agency);
            if !stays && let Some(link) = partner.link() {
                link.cancel.cancel();
            }
            stays
        });
        for agency in members.iter().filter(|agency| *agency != own) {
            by_agency
                .entry(agency.clone())
                .or_insert_with(|| Arc::new(Partner::new(agency.clone(), now)));
        }
    }

    pub(crate) fn partner(&self, agency: &AgencyId) -> Option<Arc<Partner>> {
        self.read().get(agency).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Partner>> {
        self.read().values().cloned().collect()
    }

    /// Makes a link the partner's, unless a better one is up. Both ends decide alike: a partner whose end moved or that restarted
    /// replaces its old link, the newest of one dialler wins, and of two diallers the smaller agency id.
    pub(crate) fn admit(&self, partner: &Partner, candidate: Candidate) -> Option<u64> {
        let mut state = partner.state();
        if let Some(current) = &state.link {
            let told = current.peer_stream > 0 && candidate.peer_stream > 0;
            let replaces = if told && current.peer_stream != candidate.peer_stream {
                candidate.peer_stream > current.peer_stream
            } else {
                current.peer_generation != candidate.peer_generation
                    || current.dialled_by == candidate.dialled_by
                    || candidate.dialled_by < current.dialled_by
            };
            if !replaces {
                return None;
            }
            current.cancel.cancel();
        }
        let id = self.next_link.fetch_add(1, Ordering::Relaxed);
        let Candidate {
            dialled_by,
            peer_generation,
            peer_stream,
            control,
            cancel,
        } = candidate;
        state.link = Some(LiveLink {
            id,
            dialled_by,
            peer_generation,
            peer_stream,
            control,
            cancel,
        });
        state.problem = None;
        state.away_since = None;
        drop(state);
        partner.link_changed.notify_waiters();
        self.changed.notify_one();
        Some(id)
    }

    /// Takes a link back; a newer one stays. Tells whether the partner has none now.
    pub(crate) fn dismiss(
        &self,
        partner: &Partner,
        link: u64,
        problem: Option<String>,
        now: UnixMillis,
    ) -> bool {
        let mut state = partner.state();
        if state
            .link
            .as_ref()
            .is_some_and(|current| current.id == link)
        {
            state.link = None;
            state.clock_offset_ms = None;
            state.away_since = Some(now);
            state.problem = problem;
        }
        let none = state.link.is_none();
        drop(state);
        partner.link_changed.notify_waiters();
        self.changed.notify_one();
        none
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<AgencyId, Arc<Partner>>> {
        self.by_agency
            .read()
            .expect("no code panics while it holds the partners")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(id: &str) -> AgencyId {
        AgencyId::parse(id).expect("a slug")
    }

    fn candidate(dialled_by: &str, peer_generation: u64) -> (Candidate, CancellationToken) {
        let cancel = CancellationToken::new();
        let (control, _) = mpsc::channel(1);
        (
            Candidate {
                dialled_by: agency(dialled_by),
                peer_generation,
                peer_stream: 0,
                control,
                cancel: cancel.clone(),
            },
            cancel,
        )
    }

    fn partners() -> Partners {
        let members = Audience::new([agency("a"), agency("b")]).expect("two agencies");
        Partners::new(&members, &agency("a"), UnixMillis(0))
    }

    #[test]
    fn of_two_diallers_the_smaller_stays() {
        let partners = partners();
        let b = partners.partner(&agency("b")).expect("a partner");
        let (from_b, b_closed) = candidate("b", 1);
        let (from_a, a_closed) = candidate("a", 1);
        assert!(partners.admit(&b, from_b).is_some());
        let kept = partners.admit(&b, from_a);
        assert!(kept.is_some() && b_closed.is_cancelled());
        let (late, _) = candidate("b", 1);
        assert!(
            partners.admit(&b, late).is_none(),
            "the larger id's link does not displace"
        );
        assert!(!a_closed.is_cancelled());
    }

    #[test]
    fn of_two_replicas_of_a_partner_the_newest_stays_whoever_dialled() {
        let partners = partners();
        let b = partners.partner(&agency("b")).expect("a partner");
        let at = |dialled_by, peer_stream| {
            let (candidate, closed) = candidate(dialled_by, 1);
            let candidate = Candidate {
                peer_stream,
                ..candidate
            };
            (candidate, closed)
        };
        let (first, first_closed) = at("a", 3);
        assert!(partners.admit(&b, first).is_some());
        let (late, _) = at("a", 2);
        assert!(
            partners.admit(&b, late).is_none(),
            "the replica that lost the stream does not get it back"
        );
        let (second, second_closed) = at("b", 4);
        assert!(partners.admit(&b, second).is_some());
        assert!(first_closed.is_cancelled() && !second_closed.is_cancelled());
    }

    #[test]
    fn a_restarted_partner_replaces_its_dead_link() {
        let partners = partners();
        let b = partners.partner(&agency("b")).expect("a partner");
        let (old, old_closed) = candidate("a", 1);
        partners.admit(&b, old);
        let (new, _) = candidate("b", 2);
        let id = partners.admit(&b, new).expect("admitted");
        assert!(old_closed.is_cancelled());
        partners.dismiss(&b, id - 1, None, UnixMillis(1));
        assert!(
            b.link().is_some(),
            "the old link's end does not take the new one down"
        );
        partners.dismiss(&b, id, None, UnixMillis(1));
        assert!(b.link().is_none());
    }
}
