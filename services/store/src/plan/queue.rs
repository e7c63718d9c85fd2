//! The queue of what is to be signed later.

use verbund_model::SubjectId;

use super::Memory;
use super::batch::Batch;
use super::lookup::Found;
use crate::error::Result;
use crate::limits;
use crate::queue::{NewQueued, QueueOutcome};

impl Memory {
    pub(super) fn enqueue(
        &self,
        queued: NewQueued,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<QueueOutcome> {
        if found.queued.contains_key(&queued.subject) || self.has_published(&queued.subject, found)
        {
            return Ok(QueueOutcome::Known);
        }
        if found.queue_count >= limits::QUEUED {
            return Ok(QueueOutcome::Full);
        }
        let key = self.keys.sealing(queued.erasure_day)?;
        let body = key.seal_queued(&*self.entropy, &queued.subject, &queued.body);
        batch.queued.push((queued, key.generation, body));
        Ok(QueueOutcome::Queued)
    }

    /// Whether the store's agency has spoken on a subject.
    fn has_published(&self, subject: &SubjectId, found: &Found) -> bool {
        let own = self.meta.as_ref().map(|meta| &*meta.agency);
        let mut spoken = found.subjects.keys();
        spoken.any(|(of, agency)| of == subject && Some(agency.as_str()) == own)
    }
}

/// Drops a queued update that was never signed; what a backup holds of it can't be read once its key is gone.
pub(super) fn drop_queued(subject: &SubjectId, found: &Found, batch: &mut Batch) -> bool {
    let queued = found.queued.get(subject);
    if let Some(queued) = queued {
        batch.erasing.insert(queued.erasure_day);
        batch.dequeued.push(*subject);
    }
    queued.is_some()
}

/// Notes that a queued update could not be signed as it is.
pub(super) fn refuse_queued(subject: &SubjectId, found: &Found, batch: &mut Batch) -> bool {
    let waits = found.queued.get(subject).is_some_and(|it| !it.refused);
    if waits {
        batch.refused.push(*subject);
    }
    waits
}
