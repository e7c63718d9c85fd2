//! Others' entries: what is received, and what is judged again.

use std::sync::Arc;

use verbund_ledger::{Entry, Frame, FrameHash, LaneHead, Outcome, RefusedReason};
use verbund_model::SubjectId;

use super::batch::Batch;
use super::lookup::Found;
use super::rows::Bearing;
use super::{Memory, Placed, versions_before};
use crate::entry::StoredEntry;
use crate::error::{Error, Result};
use crate::receive::{Readmission, Received, ReceivedBatch, ReceivedEntry};
use crate::situation::{SituationProjection, State, Step};

impl Memory {
    pub(super) fn receive(
        &mut self,
        received: ReceivedBatch,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<Received> {
        if let Some(hold) = &received.hold
            && self.holds.get(&*hold.name) != Some(&hold.generation)
        {
            return Err(Error::HoldLost);
        }
        let new_from = self.check_received(&received)?;
        let lane = match self.lanes.number(&received.lane) {
            Some(lane) => lane,
            None if received.entries.is_empty() => {
                return Ok(Received {
                    head: LaneHead::ORIGIN,
                    stored: 0,
                    known: 0,
                    changed: Vec::new(),
                    entries: Vec::new(),
                });
            }
            None => {
                let lane = received.opens.ok_or(Error::LaneUnknown(received.lane))?;
                self.add_lane(lane, batch)
            }
        };
        let first_row = batch.entries.len();
        let mut changed = Vec::new();
        for entry in received.entries.into_iter().skip(new_from) {
            let usage = batch
                .usage
                .entry((received.origin.clone(), received.usage_day))
                .or_default();
            usage.entries += 1;
            usage.bytes += entry.entry.bytes() as u64;
            let (sequence, handed_in) = (entry.sequence, entry.outcome);
            let outcome = self.store_received(lane, entry, found, batch)?;
            if outcome != handed_in {
                changed.push((sequence, outcome));
            }
        }
        let entries: Vec<_> = batch.entries[first_row..]
            .iter()
            .map(|row| Arc::clone(&row.stored))
            .collect();
        for entry in &entries {
            // One that an entry of the same batch takes back.
            if entry.outcome == Outcome::Erased
                && !changed
                    .iter()
                    .any(|(sequence, _)| *sequence == entry.sequence)
            {
                changed.push((entry.sequence, Outcome::Erased));
            }
        }
        changed.sort_unstable_by_key(|(sequence, _)| *sequence);
        Ok(Received {
            head: self.lanes.get(lane).head,
            stored: u32::try_from(entries.len()).expect("a batch is bounded"),
            known: u32::try_from(new_from).expect("a batch is bounded"),
            changed,
            entries,
        })
    }

    /// Whether a batch continues its lane as it stands; gives the index of its first new entry.
    fn check_received(&self, received: &ReceivedBatch) -> Result<usize> {
        let lane = received.lane;
        let head = match self.lanes.number(&lane) {
            Some(number) => self.lanes.get(number).head,
            None if received
                .opens
                .as_ref()
                .is_some_and(|opens| opens.id == lane) =>
            {
                LaneHead::ORIGIN
            }
            None => return Err(Error::LaneUnknown(lane)),
        };
        let moved = || Error::HeadMoved { lane, head };
        let entries = &received.entries;
        let known = entries
            .iter()
            .take_while(|entry| entry.sequence <= head.sequence)
            .count();
        let gapless = entries
            .windows(2)
            .all(|two| two[0].sequence.checked_add(1) == Some(two[1].sequence));
        if !gapless {
            return Err(moved());
        }
        if let Some(last_known) = entries[..known].last()
            && last_known.sequence == head.sequence
            && last_known.hash != head.hash
        {
            return Err(moved());
        }
        let Some(first_new) = entries.get(known) else {
            return Ok(known);
        };
        if self.lanes.number(&lane).is_some() {
            self.lanes.taking(&lane)?;
        }
        // That the others follow each other is the caller's to know; that the first follows this head can only be told here.
        let follows = first_new.sequence == head.sequence + 1
            && (known > 0
                || Frame::decode(&first_new.entry.frame)
                    .is_ok_and(|frame| frame.previous == head.hash));
        if !follows {
            return Err(moved());
        }
        for entry in &entries[known..] {
            if entry.entry.codes.is_some() || entry.entry.text.is_some() {
                self.have_key(entry.erasure_day)?;
            }
        }
        Ok(known)
    }

    fn store_received(
        &mut self,
        lane: i64,
        received: ReceivedEntry,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<Outcome> {
        let ReceivedEntry {
            entry,
            outcome,
            erasure_day,
            subject,
            projection,
            step,
            erases,
            ..
        } = received;
        let says = Says::of(projection, step);
        let placed = self.advance(lane, received.hash);
        let judged = self.judge(
            &placed, entry, outcome, subject, says, &erases, found, batch,
        );
        let stored = self.stored(
            &placed,
            judged.entry,
            judged.outcome,
            erasure_day,
            judged.bearing,
        );
        self.push(lane, stored, batch)?;
        Ok(judged.outcome)
    }

    /// Refuses what the subject does not allow, and applies the rest.
    #[expect(
        clippy::too_many_arguments,
        reason = "what an entry comes to depends on all of it"
    )]
    fn judge(
        &self,
        placed: &Placed,
        mut entry: Entry,
        mut outcome: Outcome,
        subject: Option<SubjectId>,
        says: Option<Says>,
        erases: &[FrameHash],
        found: &Found,
        batch: &mut Batch,
    ) -> Judged {
        let mut bearing = Bearing {
            subject,
            ..Bearing::default()
        };
        match (outcome, subject, says) {
            (Outcome::Stored, Some(subject), Some(Says::Situation(projection))) => {
                let kind = projection.kind;
                match self.refusal(placed.lane, &subject, kind, found, batch) {
                    Some(reason) => outcome = Outcome::Refused(reason),
                    None => {
                        self.erase(&subject, placed.lane, Some(kind), erases, found, batch);
                        bearing.version = self.apply(
                            placed,
                            subject,
                            projection,
                            !erases.is_empty(),
                            found,
                            batch,
                        );
                    }
                }
            }
            (Outcome::Stored, Some(subject), Some(Says::Step)) => {
                self.erase(&subject, placed.lane, None, erases, found, batch);
                self.take_step(placed, subject, batch);
                bearing.step = true;
            }
            _ => {}
        }
        if matches!(outcome, Outcome::Refused(_)) {
            (entry.codes, entry.text) = (None, None);
            // A refused entry must not hang on a subject that it has no right to speak on.
            bearing.subject = None;
        }
        Judged {
            entry,
            outcome,
            bearing,
        }
    }

    /// Why an admissible entry can't be a step of its subject.
    fn refusal(
        &self,
        lane: i64,
        subject: &SubjectId,
        kind: Step,
        found: &Found,
        batch: &Batch,
    ) -> Option<RefusedReason> {
        let illegal = Some(RefusedReason::TransitionIllegal);
        let ours = self.lanes.get(lane);
        // Subjects are their origin's: one that another agency has used already keeps nobody out.
        let key = (*subject, ours.origin.clone());
        match (kind, self.find_subject(&key, found, batch)) {
            // A node that was away meets the withdrawal of what it never saw the content of.
            (Step::Issued | Step::Erased, None) => None,
            (Step::Issued, Some(_)) | (_, None) => illegal,
            (_, Some(it)) => {
                let theirs = self.lanes.get(it.latest_lane);
                if it.state == State::Erased || it.versions >= versions_before(kind) {
                    illegal
                } else {
                    (theirs.audience != ours.audience)
                        .then_some(RefusedReason::SubjectAudienceMismatch)
                }
            }
        }
    }

    pub(super) fn readmit(
        &mut self,
        items: Vec<Readmission>,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<Vec<Arc<StoredEntry>>> {
        for item in &items {
            if let Some(entry) = found.entries.get(&(item.lane, item.sequence)) {
                self.have_key(entry.erasure_day)?;
            }
        }
        for item in items {
            let Some(stored) = found.entries.get(&(item.lane, item.sequence)) else {
                continue;
            };
            let again = batch
                .readmitted
                .iter()
                .any(|row| row.stored.position == stored.position);
            if again || !waits(stored.outcome) || batch.erased.contains(&stored.position) {
                continue;
            }
            // Also of a lane that has been stopped since: what came before can still be judged.
            let lane = self
                .lanes
                .number(&item.lane)
                .ok_or(Error::LaneUnknown(item.lane))?;
            let placed = Placed {
                position: stored.position,
                lane,
                hash: stored.hash,
            };
            let mut entry = stored.entry.clone();
            if let Some((codes, text)) = item.content {
                (entry.codes, entry.text) = (Some(codes), Some(text));
            }
            let (outcome, subject) = (item.outcome, item.subject.or(stored.subject));
            let judged = self.judge(
                &placed,
                entry,
                outcome,
                subject,
                Says::of(item.projection, item.step),
                &item.erases,
                found,
                batch,
            );
            let stored = StoredEntry {
                entry: judged.entry,
                outcome: judged.outcome,
                subject: judged.bearing.subject,
                version: judged.bearing.version,
                step: judged.bearing.step,
                ..stored.clone()
            };
            let row = self.row(lane, stored)?;
            batch.readmitted.push(row);
        }
        Ok(batch
            .readmitted
            .iter()
            .map(|row| Arc::clone(&row.stored))
            .collect())
    }
}

/// What an entry came to.
struct Judged {
    entry: Entry,
    outcome: Outcome,
    bearing: Bearing,
}

/// What an entry says to its subject.
enum Says {
    Situation(SituationProjection),
    Step,
}

impl Says {
    fn of(projection: Option<SituationProjection>, step: bool) -> Option<Self> {
        projection
            .map(Self::Situation)
            .or(step.then_some(Self::Step))
    }
}

/// Whether an entry may be judged again.
fn waits(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Held(_) | Outcome::NotUnderstood)
}
