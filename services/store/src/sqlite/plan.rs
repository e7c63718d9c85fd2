//! Decides what each job comes to, before anything of it is written.
//!
//! The writer is the only one who writes, so its memory of lanes and positions is the truth, and a decision holds until
//! its rows are on the disk: whatever a transaction does can no longer fail for a reason of a job's own, and an error of
//! the engine is always the end.
//!
//! Subjects and requests are too many for memory. What was read of them is completed by what the transaction under way
//! (`inflight`) and the one being planned (the batch and `answers`) change.

use std::collections::HashMap;
use std::sync::Arc;

use verbund_ledger::{
    Commitment, Entry, Frame, FrameHash, LaneHead, LaneId, Outcome, Part, RefusedReason,
    SealedFrame,
};
use verbund_model::{Entropy, SubjectId};

use super::batch::{Batch, EntryRow, PendingRow, Readings, RequestRow, Subject};
use super::job::{Job, Reply};
use super::lookup::{Answer, Found};
use crate::entry::{Position, Seal, SealedEntry, StoredEntry, Unsealed};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::lane::{LaneRecord, NewLane};
use crate::limits;
use crate::publish::{
    Condition, PublishItem, PublishOutcome, RequestKey, fingerprint_mac, fingerprint_matches,
};
use crate::receive::{Readmission, Received, ReceivedBatch, ReceivedEntry};
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord};
use crate::situation::{SituationProjection, State, Step};

/// What the writer remembers.
pub(super) struct Memory {
    pub(super) keys: Arc<ErasureKeys>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) lanes: Lanes,
    /// Of the newest entry.
    pub(super) position: i64,
    pub(super) meta: Option<(String, String, u64)>,
    pub(super) charter: Option<CharterRecord>,
    /// Requests that the batch being planned answers.
    answers: HashMap<RequestKey, Answer>,
    inflight: Inflight,
}

/// What the transaction under way changes.
#[derive(Default)]
struct Inflight {
    subjects: HashMap<SubjectId, Subject>,
    answers: HashMap<RequestKey, Answer>,
}

/// All lanes. A lane's number is its place in the list, from 1.
#[derive(Default)]
pub(super) struct Lanes {
    all: Vec<LaneRecord>,
    numbers: HashMap<LaneId, i64>,
}

impl Lanes {
    pub(super) fn add(&mut self, lane: LaneRecord) -> i64 {
        let number = i64::try_from(self.all.len() + 1).expect("lanes fit into memory");
        self.numbers.insert(lane.id, number);
        self.all.push(lane);
        number
    }

    pub(super) fn number(&self, id: &LaneId) -> Option<i64> {
        self.numbers.get(id).copied()
    }

    fn get(&self, number: i64) -> &LaneRecord {
        &self.all[index(number)]
    }

    fn get_mut(&mut self, number: i64) -> &mut LaneRecord {
        &mut self.all[index(number)]
    }

    fn taking(&self, id: &LaneId) -> Result<i64> {
        let number = self.number(id).ok_or(Error::LaneUnknown(*id))?;
        match self.get(number).stopped {
            None => Ok(number),
            Some(_) => Err(Error::LaneStopped(*id)),
        }
    }
}

fn index(number: i64) -> usize {
    usize::try_from(number - 1).expect("lanes are numbered from 1")
}

/// Where an entry stands: what its projection is applied with.
struct Placed {
    position: i64,
    lane: i64,
    hash: FrameHash,
}

/// Accepted items that have no frame yet, and the calls that they belong to.
#[derive(Default)]
struct Unsealeds {
    items: Vec<Accepted>,
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
    fn speak_on(&self, subject: &SubjectId) -> bool {
        self.items
            .iter()
            .rev()
            .any(|accepted| accepted.item.subject == *subject)
    }

    fn answer(&self, request: &RequestKey) -> bool {
        self.items
            .iter()
            .rev()
            .any(|accepted| accepted.item.request.as_ref() == Some(request))
    }
}

impl Memory {
    pub(super) fn new(keys: Arc<ErasureKeys>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            keys,
            entropy,
            lanes: Lanes::default(),
            position: 0,
            meta: None,
            charter: None,
            answers: HashMap::new(),
            inflight: Inflight::default(),
        }
    }

    /// Notes that a batch is on its way to the disk; the one before it is there.
    pub(super) fn handed_over(&mut self, batch: &Batch) {
        self.inflight = Inflight {
            subjects: batch.subjects.clone(),
            answers: std::mem::take(&mut self.answers),
        };
    }

    /// Adds what the jobs come to. An error is the end of the store; those of the jobs' own go to their callers.
    pub(super) fn plan(&mut self, jobs: Vec<Job>, found: &Found, batch: &mut Batch) -> Result<()> {
        let mut unsealed = Unsealeds::default();
        for job in jobs {
            if !matches!(job, Job::Publish { .. }) {
                self.seal(&mut unsealed, found, batch)?;
            }
            match job {
                Job::Publish { items, seal, reply } => {
                    self.publish(items, seal, reply, &mut unsealed, found, batch)?
                }
                Job::Receive {
                    batch: received,
                    reply,
                } => {
                    let answer = self.receive(received, found, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::OpenLane {
                    lane,
                    opening,
                    reply,
                } => {
                    let answer = self.open_lane(lane, opening, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::StopLane {
                    lane,
                    reason,
                    alarm,
                    reply,
                } => {
                    let answer = self.stop_lane(lane, reason, alarm, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::Readmit { items, reply } => {
                    let answer = self.readmit(items, found, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::Claim {
                    federation,
                    agency,
                    reply,
                } => {
                    let answer = self.claim(federation.as_str(), agency.as_str(), batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::PutReceipts { receipts, reply } => {
                    self.put_receipts(receipts, batch);
                    batch.answer(reply, ());
                }
                Job::PutPending { pending, reply } => {
                    let answer = self.put_pending(pending, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::DropPending { subject, reply } => {
                    batch.pending.insert(subject, None);
                    batch.answer(reply, ());
                }
                Job::PutAlarm { alarm, reply } => {
                    batch.alarms.push(alarm);
                    batch.answer(reply, ());
                }
                Job::PutCharter { charter, reply } => {
                    let answer = self.put_charter(charter, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::Erase { .. } => unreachable!("erasures are run, not planned"),
            }
        }
        self.seal(&mut unsealed, found, batch)
    }

    /// An answer waits for the flush, an error of the job's own doesn't, and one of the store's ends it.
    fn settle<T: Send + 'static>(
        &self,
        reply: Reply<T>,
        answer: Result<T>,
        batch: &mut Batch,
    ) -> Result<()> {
        match answer {
            Ok(answer) => batch.answer(reply, answer),
            Err(error @ (Error::Fatal { .. } | Error::DiskFull)) => {
                drop(reply.send(Err(error.clone())));
                return Err(error);
            }
            Err(error) => drop(reply.send(Err(error))),
        }
        Ok(())
    }

    // --- publishing

    fn publish(
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
            let waits = unsealed.speak_on(&item.subject)
                || item
                    .request
                    .as_ref()
                    .is_some_and(|request| unsealed.answer(request));
            if waits {
                // What this item's answer depends on has to get its hash first.
                self.seal_items(unsealed, found, batch)?;
            }
            match self.decide(&item, found, batch) {
                Some(outcome) => unsealed.calls[call].outcomes[slot] = Some(outcome),
                None => unsealed.items.push(Accepted {
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
            self.have_key(item.erasure_day)?;
            if let Some(pending) = &item.pending {
                self.have_key(pending.erasure_day)?;
            }
            Ok(lane)
        };
        items.iter().map(check).collect()
    }

    /// Makes the key now, so that nothing can fail once rows are being planned.
    fn have_key(&self, day: i32) -> Result<()> {
        match self.keys.sealing_at_hand(day) {
            Some(_) => Ok(()),
            None => self.keys.sealing(day).map(drop),
        }
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
        let subject = self.find_subject(&item.subject, found, batch);
        match (item.condition, subject) {
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
                let full = subject.versions >= versions_before(item.projection.kind);
                full.then_some(PublishOutcome::TooManyVersions)
            }
        }
    }

    fn find_subject<'a>(
        &'a self,
        id: &SubjectId,
        found: &'a Found,
        batch: &'a Batch,
    ) -> Option<&'a Subject> {
        let planned = batch
            .subjects
            .get(id)
            .or_else(|| self.inflight.subjects.get(id));
        planned.or_else(|| found.subjects.get(id))
    }

    fn find_answer<'a>(&'a self, request: &RequestKey, found: &'a Found) -> Option<&'a Answer> {
        let planned = self
            .answers
            .get(request)
            .or_else(|| self.inflight.answers.get(request));
        planned.or_else(|| found.requests.get(request))
    }

    /// Gives all accepted items their frames, and hands the calls to the batch.
    fn seal(&mut self, unsealed: &mut Unsealeds, found: &Found, batch: &mut Batch) -> Result<()> {
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
        let mut items = std::mem::take(&mut unsealed.items);
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
        let placed = self.advance(lane, frame.hash, batch);
        if let Some(request) = item.request {
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
        self.erase(
            &item.subject,
            lane,
            item.projection.kind,
            &item.erases,
            found,
            batch,
        );
        let erases = !item.erases.is_empty();
        let version = self.apply(&placed, item.subject, item.projection, erases, found, batch);
        let stored = self.stored(
            &placed,
            entry,
            Outcome::Stored,
            item.erasure_day,
            Some(item.subject),
            version,
        );
        let stored = self.push(lane, stored, batch)?;
        if item.consumes_pending {
            batch.pending.insert(item.subject, None);
        }
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

    // --- rows

    /// The next position, and the next place in a lane.
    fn advance(&mut self, lane: i64, hash: FrameHash, batch: &mut Batch) -> Placed {
        self.position += 1;
        let head = &mut self.lanes.get_mut(lane).head;
        head.sequence += 1;
        head.hash = hash;
        batch.heads.insert(lane, (head.sequence, hash));
        Placed {
            position: self.position,
            lane,
            hash,
        }
    }

    /// Of an entry that has just become its lane's head.
    fn place_of(&self, placed: &Placed) -> Position {
        let lane = self.lanes.get(placed.lane);
        Position {
            lane: lane.id,
            sequence: lane.head.sequence,
            hash: placed.hash,
        }
    }

    fn stored(
        &self,
        placed: &Placed,
        entry: Entry,
        outcome: Outcome,
        erasure_day: i32,
        subject: Option<SubjectId>,
        version: u32,
    ) -> StoredEntry {
        let Position {
            lane,
            sequence,
            hash,
        } = self.place_of(placed);
        StoredEntry {
            lane,
            sequence,
            position: placed.position,
            hash,
            entry,
            outcome,
            erasure_day,
            subject,
            version,
        }
    }

    /// Seals the text and makes the row.
    fn row(&self, lane: i64, stored: StoredEntry) -> Result<EntryRow> {
        let day = stored.erasure_day;
        let mut row = EntryRow {
            stored: Arc::new(stored),
            lane,
            text: None,
            generation: 0,
        };
        let it = &row.stored;
        if it.entry.codes.is_some() || it.entry.text.is_some() {
            let key = match self.keys.sealing_at_hand(day) {
                Some(key) => key,
                None => self.keys.sealing(day)?,
            };
            row.generation = key.generation;
            let text = it.entry.text.as_ref();
            row.text = text.map(|text| key.seal_text(&*self.entropy, &it.lane, it.sequence, text));
        }
        Ok(row)
    }

    fn push(&self, lane: i64, stored: StoredEntry, batch: &mut Batch) -> Result<Arc<StoredEntry>> {
        let row = self.row(lane, stored)?;
        let stored = Arc::clone(&row.stored);
        batch.entries.push(row);
        Ok(stored)
    }

    /// Brings a subject to where an entry puts it; gives the entry's version. Whether it may has been decided.
    fn apply(
        &self,
        placed: &Placed,
        id: SubjectId,
        projection: SituationProjection,
        erases: bool,
        found: &Found,
        batch: &mut Batch,
    ) -> u32 {
        let existing = self.find_subject(&id, found, batch).cloned();
        let replace = existing.is_some();
        let mut subject = existing.unwrap_or(Subject {
            first: placed.position,
            latest: placed.position,
            latest_lane: placed.lane,
            latest_hash: placed.hash,
            observed: placed.position,
            versions: 0,
            state: State::Current,
            agency: projection.agency.clone(),
            category: None,
            place: None,
            day: None,
            window: None,
        });
        subject.versions += 1;
        let version = subject.versions;
        // An entry that was held may be admitted after later ones: then it is history at once.
        if placed.position >= subject.latest {
            subject.latest = placed.position;
            subject.latest_lane = placed.lane;
            subject.latest_hash = placed.hash;
            let mut readings = Vec::new();
            let kind = if erases {
                Step::Erased
            } else {
                projection.kind
            };
            match kind {
                Step::Issued | Step::Corrected => {
                    subject.state = State::Current;
                    subject.observed = placed.position;
                    subject.agency = projection.agency;
                    subject.category = projection.category.or(subject.category);
                    subject.place = projection.place.or(subject.place);
                    subject.day = projection.day.or(subject.day);
                    subject.window = projection.window;
                    readings = projection.readings;
                }
                Step::Withdrawn => subject.state = State::Withdrawn,
                Step::Erased => {
                    subject.state = State::Erased;
                    (subject.category, subject.place) = (None, None);
                    (subject.day, subject.window) = (None, None);
                }
            }
            if replace || !readings.is_empty() {
                let readings = Readings {
                    replace,
                    agency: subject.agency.clone(),
                    rows: readings,
                };
                batch.readings.insert(subject.first, readings);
            }
        }
        batch.subjects.insert(id, subject);
        version
    }

    /// Takes away what a withdrawal because of personal data names, and all else of its subject.
    fn erase(
        &self,
        subject: &SubjectId,
        lane: i64,
        kind: Step,
        hashes: &[FrameHash],
        found: &Found,
        batch: &mut Batch,
    ) {
        if kind != Step::Erased && hashes.is_empty() {
            return;
        }
        for it in &found.erasable {
            let of_subject =
                it.subject.as_ref() == Some(subject) && (it.version > 0 || it.lane == lane);
            if of_subject || (it.lane == lane && hashes.contains(&it.hash)) {
                batch.erased.push(it.position);
                batch.erasing.insert(it.day);
            }
        }
        for row in batch.entries.iter_mut().chain(&mut batch.readmitted) {
            let of_subject = row.stored.subject.as_ref() == Some(subject)
                && (row.stored.version > 0 || row.lane == lane);
            if of_subject || (row.lane == lane && hashes.contains(&row.stored.hash)) {
                row.erase();
            }
        }
    }

    // --- lanes

    fn open_lane(
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
        let placed = self.advance(number, opening.frame.hash, batch);
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
            None,
            0,
        );
        self.push(number, stored, batch)?;
        Ok(self.lanes.get(number).clone())
    }

    fn add_lane(&mut self, lane: NewLane, batch: &mut Batch) -> i64 {
        let record = LaneRecord {
            id: lane.id,
            origin: lane.origin,
            epoch: lane.epoch,
            audience: lane.audience,
            head: LaneHead::ORIGIN,
            stopped: None,
        };
        let number = self.lanes.add(record.clone());
        batch.new_lanes.push((number, record));
        number
    }

    fn stop_lane(
        &mut self,
        lane: LaneId,
        reason: String,
        alarm: Alarm,
        batch: &mut Batch,
    ) -> Result<()> {
        let number = self.lanes.number(&lane).ok_or(Error::LaneUnknown(lane))?;
        let stopped = &mut self.lanes.get_mut(number).stopped;
        if stopped.is_none() {
            *stopped = Some(reason.clone());
            batch.stopped.push((number, reason));
            batch.alarms.push(alarm);
        }
        Ok(())
    }

    // --- receiving

    fn receive(
        &mut self,
        received: ReceivedBatch,
        found: &Found,
        batch: &mut Batch,
    ) -> Result<Received> {
        let new_from = self.check_received(&received)?;
        let lane = match self.lanes.number(&received.lane) {
            Some(lane) => lane,
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
        if let Some(last_known) = entries[..known].last() {
            if last_known.sequence == head.sequence && last_known.hash != head.hash {
                return Err(moved());
            }
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
            erases,
            ..
        } = received;
        let placed = self.advance(lane, received.hash, batch);
        let judged = self.judge(
            &placed, entry, outcome, subject, projection, &erases, found, batch,
        );
        let stored = self.stored(
            &placed,
            judged.entry,
            judged.outcome,
            erasure_day,
            judged.subject,
            judged.version,
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
        projection: Option<SituationProjection>,
        erases: &[FrameHash],
        found: &Found,
        batch: &mut Batch,
    ) -> Judged {
        let mut version = 0;
        let admitted = match (outcome, subject, projection) {
            (Outcome::Stored, Some(subject), Some(projection)) => Some((subject, projection)),
            _ => None,
        };
        if let Some((subject, projection)) = admitted {
            match self.refusal(placed.lane, &subject, projection.kind, found, batch) {
                Some(reason) => outcome = Outcome::Refused(reason),
                None => {
                    self.erase(&subject, placed.lane, projection.kind, erases, found, batch);
                    version = self.apply(
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
        if matches!(outcome, Outcome::Refused(_)) {
            (entry.codes, entry.text) = (None, None);
        }
        Judged {
            entry,
            outcome,
            // A refused entry must not hang on a subject that it has no right to speak on.
            subject: subject.filter(|_| !matches!(outcome, Outcome::Refused(_))),
            version,
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
        match (kind, self.find_subject(subject, found, batch)) {
            (Step::Issued, None) => None,
            (Step::Issued, Some(_)) | (_, None) => illegal,
            (_, Some(it)) => {
                let (theirs, ours) = (self.lanes.get(it.latest_lane), self.lanes.get(lane));
                if theirs.origin != ours.origin
                    || it.state == State::Erased
                    || it.versions >= versions_before(kind)
                {
                    illegal
                } else {
                    (theirs.audience != ours.audience)
                        .then_some(RefusedReason::SubjectAudienceMismatch)
                }
            }
        }
    }

    fn readmit(
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
                item.projection,
                &item.erases,
                found,
                batch,
            );
            let stored = StoredEntry {
                entry: judged.entry,
                outcome: judged.outcome,
                subject: judged.subject,
                version: judged.version,
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

    // --- the rest

    fn claim(&mut self, federation: &str, agency: &str, batch: &mut Batch) -> Result<u64> {
        let generation = match &self.meta {
            Some((of_federation, of_agency, generation)) => {
                if (of_federation.as_str(), of_agency.as_str()) != (federation, agency) {
                    return Err(Error::WrongNode {
                        expected: format!("{agency}.{federation}"),
                        found: format!("{of_agency}.{of_federation}"),
                    });
                }
                generation + 1
            }
            None => 1,
        };
        let meta = (federation.to_owned(), agency.to_owned(), generation);
        self.meta = Some(meta.clone());
        batch.meta = Some(meta);
        Ok(generation)
    }

    fn put_receipts(&self, receipts: Vec<ReceiptRecord>, batch: &mut Batch) {
        let known = receipts
            .into_iter()
            .filter_map(|receipt| Some((self.lanes.number(&receipt.lane)?, receipt)));
        batch.receipts.extend(known);
    }

    fn put_pending(&self, pending: Pending, batch: &mut Batch) -> Result<()> {
        let key = self.keys.sealing(pending.erasure_day)?;
        let row = PendingRow {
            due: pending.due,
            erasure_day: pending.erasure_day,
            generation: key.generation,
            body: key.seal_draft(&*self.entropy, &pending.subject, &pending.body),
        };
        batch.pending.insert(pending.subject, Some(row));
        Ok(())
    }

    fn put_charter(&mut self, charter: CharterRecord, batch: &mut Batch) -> Result<()> {
        match &self.charter {
            Some(current) if *current == charter => Ok(()),
            Some(current) if current.version >= charter.version => {
                Err(Error::CharterNotNewer(current.version))
            }
            _ => {
                self.charter = Some(charter.clone());
                batch.charters.push(charter);
                Ok(())
            }
        }
    }
}

/// What an entry came to.
struct Judged {
    entry: Entry,
    outcome: Outcome,
    subject: Option<SubjectId>,
    version: u32,
}

/// How many versions there may be before a step: taking back must always be possible, and erasing after that.
const fn versions_before(kind: Step) -> u32 {
    match kind {
        Step::Issued | Step::Corrected => limits::VERSIONS,
        Step::Withdrawn => limits::VERSIONS + 1,
        Step::Erased => limits::VERSIONS + 2,
    }
}

/// Whether an entry may be judged again.
fn waits(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Held(_) | Outcome::NotUnderstood)
}
