//! Drafts that are held for review, and what is decided on them.

use verbund_model::ReviewId;

use super::Memory;
use super::batch::Batch;
use super::lookup::Found;
use crate::audit::AuditRecord;
use crate::error::Result;
use crate::limits;
use crate::review::{Decision, HoldOutcome, NewReview, ReviewState};

impl Memory {
    pub(super) fn hold_review(
        &self,
        review: NewReview,
        audit: AuditRecord,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<HoldOutcome> {
        if let Some(known) = found.reviews.get(&review.id) {
            return Ok(HoldOutcome::Known(known.state));
        }
        if found.review_count >= limits::REVIEWS {
            return Ok(HoldOutcome::Full);
        }
        let key = self.keys.sealing(review.last_day)?;
        let body = key.seal_review(&*self.entropy, &review.id, &review.body);
        batch.reviews.push((review, key.generation, body));
        batch.audit.push(audit);
        Ok(HoldOutcome::Held)
    }

    pub(super) fn decide_review(
        &self,
        decision: Decision,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<bool> {
        let Decision {
            review,
            becomes,
            pending,
            audit,
        } = decision;
        if !waits(&review, found, batch) {
            return Ok(false);
        }
        if let Some(pending) = pending {
            self.put_pending(pending, batch)?;
        }
        if matches!(becomes, ReviewState::Discarded | ReviewState::Refused) {
            // It may have named somebody: also what a backup holds of it can't be read once its key is gone.
            batch.erasing.insert(found.reviews[&review].last_day);
        }
        batch.decided.push((review, becomes));
        batch.audit.push(audit);
        Ok(true)
    }
}

/// Whether nobody has decided on a draft yet.
pub(super) fn waits(review: &ReviewId, found: &Found, batch: &Batch) -> bool {
    let held = found.reviews.get(review);
    held.is_some_and(|held| held.state == ReviewState::Waiting)
        && batch.decided.iter().all(|(decided, _)| decided != review)
}
