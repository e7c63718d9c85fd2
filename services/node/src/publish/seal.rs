//! Makes and signs the frames of a batch. Called by the store's writer while it holds the lane's head.

use std::sync::Arc;

use verbund_ledger::{EntryKey, Frame, LaneHead, LaneId, Suite};
use verbund_model::{AgencyId, FederationId};
use verbund_store::{Seal, SealedFrame, Unsealed};

use crate::succession::EPOCH;

/// The own agency's seal.
#[derive(Debug)]
pub(crate) struct OwnSeal {
    pub(crate) federation: FederationId,
    pub(crate) origin: AgencyId,
    pub(crate) key: Arc<EntryKey>,
}

impl Seal for OwnSeal {
    fn seal(&self, lane: &LaneId, head: LaneHead, items: &[Unsealed<'_>]) -> Vec<SealedFrame> {
        let mut head = head;
        let mut sealed = Vec::with_capacity(items.len());
        for item in items {
            let frame = Frame {
                suite: Suite::Ed25519,
                federation: self.federation.clone(),
                origin: self.origin.clone(),
                epoch: EPOCH,
                lane: *lane,
                sequence: head.sequence + 1,
                previous: head.hash,
                key: self.key.id(),
                erasure_day: item.erasure_day,
                codes: *item.codes_commitment,
                text: *item.text_commitment,
            };
            let frame = frame.seal(&self.key);
            head = LaneHead {
                sequence: head.sequence + 1,
                hash: frame.hash,
            };
            sealed.push(frame);
        }
        sealed
    }
}
