//! What one partner asked for, and how far it has been sent.

use std::collections::HashMap;
use std::sync::Arc;

use verbund_ledger::{LaneId, Outcome};
use verbund_model::AgencyId;
use verbund_store::Limit;
use verbund_wire::convert;
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use super::limits::{BATCH_BYTES, BATCH_ENTRIES};
use crate::context::Context;
use crate::lanes::Lane;

/// The subscriptions of one partner.
#[derive(Debug)]
pub(crate) struct Outgoing {
    ctx: Arc<Context>,
    peer: AgencyId,
    origins: HashMap<AgencyId, HashMap<LaneId, u64>>,
    /// Where the next look starts, so that one busy lane does not starve the others.
    turn: usize,
}

impl Outgoing {
    pub(crate) fn new(ctx: Arc<Context>, peer: AgencyId) -> Self {
        Self {
            ctx,
            peer,
            origins: HashMap::new(),
            turn: 0,
        }
    }

    /// Serves an origin's lanes from these positions on. What is not a member, or no lane that the partner is in, is passed over:
    /// nobody may fill this node with names.
    pub(crate) fn serve(&mut self, origin: AgencyId, have: Vec<(LaneId, u64)>) {
        if origin != self.ctx.agency && self.ctx.partners.partner(&origin).is_none() {
            return;
        }
        let served = |lane: &LaneId| {
            self.ctx
                .lanes
                .lane(lane)
                .is_some_and(|it| it.origin == origin && it.audience.contains(&self.peer))
        };
        let positions = have.into_iter().filter(|(lane, _)| served(lane)).collect();
        self.origins.insert(origin, positions);
    }

    /// Ends a subscription.
    pub(crate) fn cease(&mut self, origin: &AgencyId) {
        self.origins.remove(origin);
    }

    /// The next message that the partner lacks, or `None` where it has all.
    ///
    /// # Errors
    /// The store's, which is fatal.
    pub(crate) async fn next(&mut self) -> Result<Option<PeerMessage>, verbund_store::Error> {
        let mut candidates = self.candidates();
        if candidates.is_empty() {
            return Ok(None);
        }
        let index = self.turn % candidates.len();
        let (origin, lane, position) = candidates.swap_remove(index);
        self.turn = index + 1;
        let sent = self.read(&lane, position).await?;
        if sent.is_empty() {
            // A relay lacks what it refused or never got: another node must be asked for the rest of this lane.
            if let Some(lanes) = self.origins.get_mut(&origin) {
                lanes.insert(lane.id, u64::MAX);
            }
            return Ok(Some(exhausted(&origin)));
        }
        let reached = position + sent.len() as u64;
        if let Some(lanes) = self.origins.get_mut(&origin) {
            lanes.insert(lane.id, reached);
        }
        let traceparent = self.ctx.traces.for_partner(&self.peer, &lane.id, reached);
        let entries = federation::Entries {
            entries: sent,
            traceparent,
        };
        Ok(Some(PeerMessage {
            kind: Some(Kind::Entries(entries)),
        }))
    }

    /// The lanes in which the partner lacks something that it may have.
    fn candidates(&self) -> Vec<(AgencyId, Arc<Lane>, u64)> {
        let mut found = Vec::new();
        for (origin, positions) in &self.origins {
            for lane in self.ctx.lanes.of(origin) {
                let position = positions.get(&lane.id).copied().unwrap_or(0);
                if lane.audience.contains(&self.peer) && lane.head().sequence > position {
                    found.push((origin.clone(), lane, position));
                }
            }
        }
        found
    }

    /// Consecutive entries after `position`; empty where the next one can't be given.
    async fn read(
        &self,
        lane: &Lane,
        position: u64,
    ) -> Result<Vec<federation::Entry>, verbund_store::Error> {
        if let Some(found) = self.ctx.recent.after(
            &lane.id,
            position,
            BATCH_ENTRIES as usize,
            BATCH_BYTES as usize,
        ) {
            return Ok(found);
        }
        let limit = Limit {
            count: BATCH_ENTRIES,
            bytes: BATCH_BYTES,
        };
        let stored = self.ctx.store.entries(&lane.id, position, limit).await?;
        let own = lane.origin == self.ctx.agency;
        Ok(stored
            .into_iter()
            .take_while(|stored| own || can_relay(stored.outcome, &stored.entry))
            .map(|stored| convert::entry::to_wire(&stored.entry))
            .collect())
    }
}

/// Whether a third node may pass an entry on: it must have it whole, or know it erased.
fn can_relay(outcome: Outcome, entry: &verbund_ledger::Entry) -> bool {
    outcome == Outcome::Erased || (entry.codes.is_some() && entry.text.is_some())
}

fn exhausted(origin: &AgencyId) -> PeerMessage {
    let message = federation::Exhausted {
        origin: origin.to_string(),
        reason: "content-missing".to_owned(),
    };
    PeerMessage {
        kind: Some(Kind::Exhausted(message)),
    }
}
