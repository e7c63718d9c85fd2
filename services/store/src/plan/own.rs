//! Own entries: what is published, and lanes that are opened.

use std::collections::HashSet;
use std::sync::Arc;

use verbund_ledger::{Commitment, Entry, LaneId, Outcome, Part, SealedFrame};
use verbund_model::{AgencyId, RequestId, ReviewId, SubjectId};

use super::batch::{Batch, RequestRow};
use super::job::Reply;
use super::lookup::{Answer, Found};
use super::reviews::waits;
use super::rows::Bearing;
use super::{Memory, versions_before};
use crate::entry::{Seal, SealedEntry, Unsealed};
use crate::error::{Error, Result};
use crate::lane::{LaneRecord, NewLane};
use crate::publish::{
    Condition, PublishItem, PublishOutcome, fingerprint_mac, fingerprint_matches,
};
use crate::review::ReviewState;
use crate::situation::State;

/// Accepted items that have no frame yet, and the calls that they belong to.
#[derive(Default)]
pub(super) struct Unsealeds {
    items: Vec<Accepted>,
    subjects: HashSet<SubjectId>,
    requests: HashSet<RequestId>,
    confirms: HashSet<ReviewId>,
    calls: Vec<Call>,
}

struct Accepted {
    item: PublishItem,
    lane: i64,
    seal: Arc<dyn Seal>,
    call: usize,
    slot: usize,
}

struct Call {
    reply: Reply<Vec<PublishOutcome>>,
    outcomes: Vec<Option<PublishOutcome>>,
}

impl Unsealeds {
    /// Whether an item's answer depends on one that has no frame yet.
    fn precede(&self, item: &PublishItem) -> bool {
        let request = item.request.as_ref();
        let confirms = item.confirms.as_ref();
        self.subjects.contains(&item.subject)
            || confirms.is_some_and(|review| self.confirms.contains(review))
            || request.is_some_and(|request| self.requests.contains(&request.id))
    }

    fn add(&mut self, accepted: Accepted) {
        self.subjects.insert(accepted.item.subject);
        self.requests
            .extend(accepted.item.request.as_ref().map(|request| request.id));
        self.confirms.extend(accepted.item.confirms);
        self.items.push(accepted);
    }

    fn take(&mut self) -> Vec<Accepted> {
        self.subjects.clear();
        self.requests.clear();
        self.confirms.clear();
        std::mem::take(&mut self.items)
    }
}

impl Memory {
    pub(super) fn publish(
        &mut self,
        items: Vec<PublishItem>,
        seal: Arc<dyn Seal>,
        reply: Reply<Vec<PublishOutcome>>,
        unsealed: &mut Unsealeds,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<()> {
        let lanes = match self.check_items(&items) {
            Ok(lanes) => lanes,
            Err(error) => return self.settle(reply, Err(error), batch),
        };
        let call = unsealed.calls.len();
        unsealed.calls.push(Call {
            reply,
            outcomes: Vec::new(),
        });
        unsealed.calls[call]
            .outcomes
            .resize_with(items.len(), || None);
        for (slot, (item, lane)) in items.into_iter().zip(lanes).enumerate() {
            if unsealed.precede(&item) {
                // What this item's answer depends on has to get its hash first.
                self.seal_items(unsealed, found, batch)?;
            }
            match self.decide(&item, found, batch) {
                Some(outcome) => unsealed.calls[call].outcomes[slot] = Some(outcome),
                None => unsealed.add(Accepted {
                    item,
                    lane,
                    seal: Arc::clone(&seal),
                    call,
                    slot,
                }),
            }
        }
        Ok(())
    }

    /// The lanes' numbers, or why the whole call can't be taken.
    fn check_items(&self, items: &[PublishItem]) -> Result<Vec<i64>> {
        let check = |item: &PublishItem| {
            let lane = self.lanes.taking(&item.lane)?;
            if matches!(item.condition, Condition::Follows(_)) != item.projection.is_none() {
                return Err(Error::ConditionUnfit);
            }
            self.have_key(item.erasure_day)?;
            if let Some(pending) = &item.pending {
                self.have_key(pending.erasure_day)?;
            }
            Ok(lane)
        };
        items.iter().map(check).collect()
    }

    /// Of a lane that has been checked to be there.
    fn origin_of(&self, lane: &LaneId) -> AgencyId {
        let number = self.lanes.number(lane).expect("the call's lanes are known");
        self.lanes.get(number).origin.clone()
    }

    /// An item's answer, if it is not to be stored.
    fn decide(&self, item: &PublishItem, found: &Found, batch: &Batch) -> Option<PublishOutcome> {
        if let Some(answer) = item
            .request
            .as_ref()
            .and_then(|request| self.find_answer(request, found))
        {
            let same = answer
                .salt
                .is_none_or(|salt| fingerprint_matches(&salt, &item.fingerprint, &answer.mac));
            return Some(if same {
                PublishOutcome::Repeated {
                    position: answer.position,
                    subject: answer.subject,
                }
            } else {
                PublishOutcome::RequestConflict
            });
        }
        if let Some(draft) = &item.consumes_pending {
            let changed = batch.pending.contains_key(&item.subject)
                || found.pendings.get(&item.subject) != Some(draft);
            if changed {
                return Some(PublishOutcome::PendingChanged);
            }
        }
        if let Some(review) = &item.confirms
            && !waits(review, found, batch)
        {
            return Some(PublishOutcome::ReviewClosed);
        }
        if item.dequeues
            && (!found.queued.contains_key(&item.subject) || batch.dequeued.contains(&item.subject))
        {
            return Some(PublishOutcome::NotQueued);
        }
        let origin = self.origin_of(&item.lane);
        let id = (item.subject, origin);
        let subject = self.find_subject(&id, found, batch);
        match (item.condition, subject) {
            (Condition::Follows(previous), _) => {
                let latest = self.latest_step(&id, found, batch);
                match latest {
                    _ if latest == previous => None,
                    Some(latest) => Some(PublishOutcome::Stale { latest }),
                    None => Some(PublishOutcome::SubjectUnknown),
                }
            }
            (Condition::New, None) => None,
            (Condition::New, Some(_)) => Some(PublishOutcome::SubjectExists),
            (Condition::Supersedes(_), None) => Some(PublishOutcome::SubjectUnknown),
            (Condition::Supersedes(_), Some(subject)) if subject.state == State::Erased => {
                Some(PublishOutcome::SubjectUnknown)
            }
            (Condition::Supersedes(hash), Some(subject)) if subject.latest_hash != hash => {
                Some(PublishOutcome::Stale {
                    latest: subject.latest_hash,
                })
            }
            (Condition::Supersedes(_), Some(subject)) => {
                let kind = item.projection.as_ref().map(|it| it.kind);
                let full = kind.is_some_and(|kind| subject.versions >= versions_before(kind));
                full.then_some(PublishOutcome::TooManyVersions)
            }
        }
    }

    /// Gives all accepted items their frames, and hands the calls to the batch.
    pub(super) fn seal(
        &mut self,
        unsealed: &mut Unsealeds,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<()> {
        self.seal_items(unsealed, found, batch)?;
        for call in unsealed.calls.drain(..) {
            let outcomes = call.outcomes.into_iter();
            let outcomes =
                outcomes.map(|outcome| outcome.expect("every item was decided or sealed"));
            batch.answer(call.reply, outcomes.collect());
        }
        Ok(())
    }

    fn seal_items(
        &mut self,
        unsealed: &mut Unsealeds,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<()> {
        // Lanes are independent of each other: bring each one's items together, in their order.
        let mut items = unsealed.take();
        items.sort_by_key(|accepted| accepted.lane);
        let mut rest = items.into_iter().peekable();
        while let Some(first) = rest.next() {
            let (lane, seal) = (first.lane, Arc::clone(&first.seal));
            let mut run = vec![first];
            while let Some(next) =
                rest.next_if(|next| next.lane == lane && Arc::ptr_eq(&next.seal, &seal))
            {
                run.push(next);
            }
            let frames = self.frames(lane, &*seal, &run)?;
            for (accepted, frame) in run.into_iter().zip(frames) {
                let (call, slot) = (accepted.call, accepted.slot);
                let outcome = self.store_own(accepted, frame, found, batch)?;
                unsealed.calls[call].outcomes[slot] = Some(outcome);
            }
        }
        Ok(())
    }

    fn frames(&self, lane: i64, seal: &dyn Seal, run: &[Accepted]) -> Result<Vec<SealedFrame>> {
        let commitments: Vec<(Commitment, Commitment)> = run
            .iter()
            .map(|accepted| {
                let item = &accepted.item;
                (
                    item.codes.commitment(Part::Codes),
                    item.text.commitment(Part::Text),
                )
            })
            .collect();
        let unsealed: Vec<Unsealed<'_>> = run
            .iter()
            .zip(&commitments)
            .map(|(accepted, (codes, text))| Unsealed {
                codes_commitment: codes,
                text_commitment: text,
                erasure_day: accepted.item.erasure_day,
            })
            .collect();
        let lane = self.lanes.get(lane);
        let frames = seal.seal(&lane.id, lane.head, &unsealed);
        if frames.len() == run.len() {
            Ok(frames)
        } else {
            let problem = format!("{} frames for {} items", frames.len(), run.len());
            Err(Error::fatal("seal entries", std::io::Error::other(problem)))
        }
    }

    fn store_own(
        &mut self,
        accepted: Accepted,
        frame: SealedFrame,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<PublishOutcome> {
        let Accepted { item, lane, .. } = accepted;
        let placed = self.advance(lane, frame.hash);
        if let Some(request) = item.request {
            if let Some(seen) = &mut self.seen {
                seen.requests.add(&request.id);
            }
            let mac = fingerprint_mac(&item.text.salt, &item.fingerprint);
            batch.requests.push(RequestRow {
                id: request.id,
                caller: request.caller.clone(),
                method: request.method.clone(),
                mac,
                position: placed.position,
            });
            let answer = Answer {
                position: self.place_of(&placed),
                subject: item.subject,
                mac,
                salt: Some(item.text.salt),
            };
            self.answers.insert(request, answer);
        }
        let entry = Entry {
            frame: frame.frame,
            signature: frame.signature,
            codes: Some(item.codes),
            text: Some(item.text),
        };
        let kind = item.projection.as_ref().map(|it| it.kind);
        self.erase(&item.subject, lane, kind, &item.erases, found, batch);
        let erases = !item.erases.is_empty();
        let mut bearing = Bearing {
            subject: Some(item.subject),
            version: 0,
            step: item.projection.is_none(),
        };
        match item.projection {
            Some(says) => {
                bearing.version = self.apply(&placed, item.subject, says, erases, found, batch);
            }
            None => self.take_step(&placed, item.subject, batch),
        }
        let stored = self.stored(&placed, entry, Outcome::Stored, item.erasure_day, bearing);
        let stored = self.push(lane, stored, batch)?;
        if item.consumes_pending.is_some() {
            batch.pending.insert(item.subject, None);
        }
        batch.dequeued.extend(item.dequeues.then_some(item.subject));
        let confirmed = item.confirms;
        batch
            .decided
            .extend(confirmed.map(|review| (review, ReviewState::Confirmed)));
        batch.audit.extend(item.audit);
        if let Some(pending) = item.pending {
            self.put_pending(pending, batch)?;
        }
        batch.links.extend(
            item.generalised
                .map(|generalised| (item.subject, generalised)),
        );
        Ok(PublishOutcome::Stored {
            position: stored.place(),
            entry: stored,
        })
    }

    pub(super) fn open_lane(
        &mut self,
        lane: NewLane,
        opening: SealedEntry,
        batch: &mut Batch,
    ) -> Result<LaneRecord> {
        let open = self.lanes.all.iter().find(|it| {
            it.stopped.is_none()
                && (&it.origin, it.epoch, &it.audience)
                    == (&lane.origin, lane.epoch, &lane.audience)
        });
        if let Some(open) = open {
            return Ok(open.clone());
        }
        self.have_key(opening.erasure_day)?;
        let number = self.add_lane(lane, batch);
        let placed = self.advance(number, opening.frame.hash);
        let entry = Entry {
            frame: opening.frame.frame,
            signature: opening.frame.signature,
            codes: Some(opening.codes),
            text: Some(opening.text),
        };
        let stored = self.stored(
            &placed,
            entry,
            Outcome::Stored,
            opening.erasure_day,
            Bearing::default(),
        );
        self.push(number, stored, batch)?;
        Ok(self.lanes.get(number).clone())
    }
}
