//! From whom each origin's entries are fetched: from itself while it is there, from a third node while it is away, from nobody while
//! it is over its quota or this node's disk is near full.
//!
//! One task compares what is wanted with what has been asked for, whenever something changes and once a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};
use verbund_ledger::frame::SEQUENCE_MAX;
use verbund_model::{AgencyId, Quota, UnixMillis};
use verbund_store::{StoredEntry, Usage};
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use super::Control;
use super::limits::{RELAY_AFTER, RELAY_TURN, STEWARD_TICK};
use crate::context::Context;
use crate::database::if_available;
use crate::lanes::Lane;
use crate::partners::Partner;

/// What has been asked of whom.
#[derive(Debug, Default)]
pub(crate) struct Steward {
    inner: Mutex<HashMap<AgencyId, Origin>>,
}

#[derive(Debug, Default, Clone)]
struct Origin {
    source: Option<Source>,
    /// Third nodes that could not serve this origin further, and since when.
    exhausted: HashMap<AgencyId, UnixMillis>,
    usage: Option<(i32, Usage)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    via: AgencyId,
    link: u64,
    since: UnixMillis,
}

impl Steward {
    /// Whether entries of an origin are taken from this carrier now.
    pub(crate) fn takes(&self, origin: &AgencyId, carrier: &AgencyId) -> bool {
        self.lock()
            .get(origin)
            .and_then(|origin| origin.source.as_ref())
            .is_some_and(|source| source.via == *carrier)
    }

    /// Asks the same source again, from where the lanes are now.
    pub(crate) fn restart(&self, origin: &AgencyId) {
        if let Some(origin) = self.lock().get_mut(origin) {
            origin.source = None;
        }
    }

    /// A third node can't serve an origin further.
    pub(crate) fn exhausted(&self, origin: &AgencyId, via: &AgencyId) {
        let mut inner = self.lock();
        let origin = inner.entry(origin.clone()).or_default();
        if let Some(source) = origin.source.take_if(|source| source.via == *via) {
            origin.exhausted.insert(via.clone(), source.since);
        }
    }

    /// Counts what has been taken in against the origin's quota of the day; tells whether that is used up.
    pub(crate) fn used(
        &self,
        origin: &AgencyId,
        day: i32,
        entries: &[Arc<StoredEntry>],
        quota: &Quota,
    ) -> bool {
        let mut inner = self.lock();
        let Some(origin) = inner.get_mut(origin) else {
            return false;
        };
        match &mut origin.usage {
            Some((counted, usage)) if *counted == day => {
                usage.entries += entries.len() as u64;
                usage.bytes += entries
                    .iter()
                    .map(|entry| entry.entry.bytes() as u64 + 64)
                    .sum::<u64>();
                is_used_up(usage, quota)
            }
            _ => false,
        }
    }

    /// Has the usage of the day counted anew: another replica may have taken something in.
    pub(crate) fn recount(&self) {
        for origin in self.lock().values_mut() {
            origin.usage = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AgencyId, Origin>> {
        self.inner
            .lock()
            .expect("no code panics while it holds the sources")
    }
}

/// Keeps what is asked for in step with what is wanted, until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), verbund_store::Error> {
    let mut tick = interval(STEWARD_TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            () = ctx.partners.changed.notified() => {}
            _ = tick.tick() => {}
        }
        for partner in ctx.partners.all() {
            if_available(tend(&ctx, &partner).await)?;
        }
    }
}

/// Brings one origin's source up to date.
async fn tend(ctx: &Context, partner: &Partner) -> Result<(), verbund_store::Error> {
    let origin = &partner.agency;
    let over_quota = over_quota(ctx, origin).await?;
    if over_quota != partner.snapshot().throttled {
        if over_quota {
            warn!(partner = %origin, "over its quota of the day: nothing more is taken from it until tomorrow");
        }
        partner.update(|state| state.throttled = over_quota);
    }
    // With each look, so that a partner who never was over it is told as well.
    ctx.metrics.throttled(origin, over_quota);
    let wanted = if over_quota || ctx.disk.is_read_only() {
        None
    } else {
        wanted(ctx, partner)
    };
    let relayed_by = wanted
        .as_ref()
        .map(|source| source.via.clone())
        .filter(|via| via != origin);
    if ask(ctx, origin, wanted) {
        partner.update(|state| state.relayed_by = relayed_by);
    }
    Ok(())
}

/// Has own entries fetched back from these partners, each for its turn; from nobody where there are none.
pub(crate) fn fetch_own(ctx: &Context, from: &[AgencyId]) {
    let now = ctx.clock.now();
    let wanted = {
        let mut inner = ctx.steward.lock();
        if from.is_empty() && !inner.contains_key(&ctx.agency) {
            return;
        }
        let origin = inner.entry(ctx.agency.clone()).or_default();
        let partners = from.iter().filter_map(|it| ctx.partners.partner(it));
        origin.turn(now, partners.collect())
    };
    ask(ctx, &ctx.agency, wanted);
}

/// Has an origin's entries sent from here on by another source, or by nobody; `false` where it is the same as before.
fn ask(ctx: &Context, origin: &AgencyId, wanted: Option<Source>) -> bool {
    let before = ctx
        .steward
        .lock()
        .get(origin)
        .and_then(|origin| origin.source.clone());
    let same = |a: &Source, b: &Source| a.via == b.via && a.link == b.link;
    if before
        .as_ref()
        .zip(wanted.as_ref())
        .is_some_and(|(a, b)| same(a, b))
        || (before.is_none() && wanted.is_none())
    {
        return false;
    }
    if let Some(before) = before {
        send(
            ctx,
            &before,
            Kind::Unsubscribe(federation::Unsubscribe {
                origin: origin.to_string(),
            }),
        );
    }
    if let Some(wanted) = &wanted {
        let have = ctx
            .lanes
            .of(origin)
            .iter()
            .map(|lane| federation::LaneCursor {
                lane: lane.id.as_bytes().to_vec().into(),
                sequence: position(ctx, lane, wanted),
            })
            .collect();
        // Entered first: what answers may be quicker than the next line.
        set(ctx, origin, Some(wanted.clone()));
        if !send(
            ctx,
            wanted,
            Kind::Subscribe(federation::Subscribe {
                origin: origin.to_string(),
                have,
            }),
        ) {
            set(ctx, origin, None);
        } else if wanted.via != *origin {
            info!(%origin, via = %wanted.via, "an absent partner's entries are fetched from a third node");
        }
    } else {
        set(ctx, origin, None);
    }
    true
}

/// After which entry of a lane a source is to begin.
fn position(ctx: &Context, lane: &Lane, source: &Source) -> u64 {
    if lane.stopped().is_some() {
        // A lane that isn't named is sent from its beginning; of this one nothing more is taken.
        return SEQUENCE_MAX;
    }
    let head = lane.head().sequence;
    // A relay may have dropped contents. The origin itself has them; a relay that hasn't could give nothing of what follows.
    let missing = (source.via == lane.origin).then(|| ctx.desk.first_missing(&lane.id));
    let before_missing = missing.flatten().map(|first| first - 1);
    before_missing.map_or(head, |before| head.min(before))
}

fn set(ctx: &Context, origin: &AgencyId, source: Option<Source>) {
    ctx.steward.lock().entry(origin.clone()).or_default().source = source;
}

/// The best source there is: the origin itself, or else a third node, each for its turn.
fn wanted(ctx: &Context, partner: &Partner) -> Option<Source> {
    let now = ctx.clock.now();
    let state = partner.snapshot();
    if let Some(link) = &state.link {
        return Some(Source {
            via: partner.agency.clone(),
            link: link.id,
            since: now,
        });
    }
    if state.held_by.is_some() {
        // Another replica takes its entries.
        return None;
    }
    let away_ms = state.away_since.map_or(0, |since| now.0 - since.0);
    if away_ms < RELAY_AFTER.as_millis() as i64 {
        return None;
    }
    let mut inner = ctx.steward.lock();
    let origin = inner.entry(partner.agency.clone()).or_default();
    let others = ctx.partners.all().into_iter();
    origin.turn(
        now,
        others
            .filter(|node| node.agency != partner.agency)
            .collect(),
    )
}

impl Origin {
    /// One of several carriers, each for its turn.
    fn turn(&mut self, now: UnixMillis, carriers: Vec<Arc<Partner>>) -> Option<Source> {
        let turn_ms = RELAY_TURN.as_millis() as i64;
        self.exhausted.retain(|_, since| now.0 - since.0 < turn_ms);
        let mut nodes: Vec<Source> = carriers
            .into_iter()
            .filter(|node| !self.exhausted.contains_key(&node.agency))
            .filter_map(|node| {
                node.link().map(|link| Source {
                    via: node.agency.clone(),
                    link: link.id,
                    since: now,
                })
            })
            .collect();
        if let Some(current) = &self.source
            && now.0 - current.since.0 < turn_ms
            && nodes
                .iter()
                .any(|node| node.via == current.via && node.link == current.link)
        {
            return Some(current.clone());
        }
        if nodes.is_empty() {
            return None;
        }
        // The next after the one whose turn is over, in the order of their ids.
        let last = self.source.as_ref().map(|source| source.via.clone());
        let next = nodes
            .iter()
            .position(|node| last.as_ref().is_none_or(|last| node.via > *last))
            .unwrap_or(0);
        Some(nodes.swap_remove(next))
    }
}

fn send(ctx: &Context, source: &Source, kind: Kind) -> bool {
    let Some(link) = ctx
        .partners
        .partner(&source.via)
        .and_then(|partner| partner.link())
    else {
        return false;
    };
    link.id == source.link
        && link
            .control
            .try_send(Control::Send(Box::new(PeerMessage { kind: Some(kind) })))
            .is_ok()
}

async fn over_quota(ctx: &Context, origin: &AgencyId) -> Result<bool, verbund_store::Error> {
    let day = verbund_model::day_number(ctx.today());
    let counted = ctx
        .steward
        .lock()
        .get(origin)
        .and_then(|origin| origin.usage);
    let usage = match counted {
        Some((counted, usage)) if counted == day => usage,
        _ => {
            let usage = ctx.store.usage(origin, day).await?;
            ctx.steward.lock().entry(origin.clone()).or_default().usage = Some((day, usage));
            usage
        }
    };
    let in_force = ctx.charter.in_force();
    Ok(is_used_up(&usage, in_force.charter.quota()))
}

fn is_used_up(usage: &Usage, quota: &Quota) -> bool {
    usage.entries >= quota.entries_per_day || usage.bytes >= quota.bytes_per_day
}
