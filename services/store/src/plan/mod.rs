//! Decides what each job comes to, before anything of it is written. No engine shows through.
//!
//! Whoever plans is the only one who writes: on SQLite because there is one writer, on PostgreSQL because it has the turn. So
//! the [`Memory`] of lanes and positions is the truth, and a decision holds until its rows are on the disk: whatever a
//! transaction does can no longer fail for a reason of a job's own.
//!
//! Subjects and requests are too many for memory. What was [`read`](lookup) of them is completed by what the transaction
//! under way (`inflight`) and the one being planned (the batch and `answers`) change.
//!
//! [`job`]: what can be asked of the writer; [`batch`]: the rows of one transaction; [`erase`]: pieces of an erasure;
//! [`seen`]: what is certainly new, told from memory.

pub(crate) mod batch;
pub(crate) mod erase;
pub(crate) mod job;
pub(crate) mod lookup;
mod others;
mod own;
mod queue;
mod reviews;
mod rows;
pub(crate) mod seen;

use std::collections::HashMap;
use std::sync::Arc;

use verbund_ledger::{FrameHash, LaneHead, LaneId};
use verbund_model::{AgencyId, Entropy, RequestId, SubjectId};

use self::batch::{Batch, HeldRow, LatestStep, Meta, PendingRow, Subject};
use self::job::{Job, Reply};
use self::lookup::{Answer, Found};
use self::own::Unsealeds;
use self::queue::{drop_queued, refuse_queued};
use self::rows::erase_steps;
use self::seen::Seen;
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::hold::{Hold, Take};
use crate::lane::{LaneRecord, NewLane};
use crate::limits;
use crate::publish::RequestKey;
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord, ShownRecord};
use crate::row::{self, Cells};
use crate::situation::Step;
use crate::statement::{Read, Session};

/// What the writer remembers.
pub(crate) struct Memory {
    pub(crate) keys: Arc<ErasureKeys>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// This replica's name.
    pub(crate) replica: Arc<str>,
    pub(crate) lanes: Lanes,
    /// Of the newest entry.
    pub(crate) position: i64,
    pub(crate) meta: Option<Meta>,
    pub(crate) charter: Option<CharterRecord>,
    /// The generations of all holds that were ever taken.
    pub(crate) holds: HashMap<String, u64>,
    /// There is no other replica.
    pub(crate) alone: bool,
    /// `None` where other replicas write as well: then everything has to be looked up.
    pub(crate) seen: Option<Seen>,
    /// Requests that the batch being planned answers.
    answers: HashMap<RequestKey, Answer>,
    inflight: Inflight,
}

/// What the transaction under way changes.
#[derive(Default)]
struct Inflight {
    subjects: HashMap<(SubjectId, AgencyId), Subject>,
    steps: HashMap<(SubjectId, AgencyId), LatestStep>,
    answers: HashMap<RequestKey, Answer>,
}

/// All lanes. A lane's number is its place in the list, from 1.
#[derive(Default)]
pub(crate) struct Lanes {
    all: Vec<LaneRecord>,
    numbers: HashMap<LaneId, i64>,
}

impl Lanes {
    pub(crate) fn add(&mut self, lane: LaneRecord) -> i64 {
        let number = i64::try_from(self.all.len() + 1).expect("lanes fit into memory");
        self.numbers.insert(lane.id, number);
        self.all.push(lane);
        number
    }

    pub(crate) fn number(&self, id: &LaneId) -> Option<i64> {
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

impl Memory {
    pub(crate) fn new(
        keys: Arc<ErasureKeys>,
        entropy: Arc<dyn Entropy>,
        replica: Arc<str>,
        alone: bool,
        seen: Option<Seen>,
    ) -> Self {
        Self {
            keys,
            entropy,
            replica,
            alone,
            seen,
            lanes: Lanes::default(),
            position: 0,
            meta: None,
            charter: None,
            holds: HashMap::new(),
            answers: HashMap::new(),
            inflight: Inflight::default(),
        }
    }

    /// Reads what is remembered anew: at start, and after others have written.
    pub(crate) async fn refresh<S: Session>(&mut self, session: &mut S) -> Result<()> {
        let mut lanes = Lanes::default();
        for row in session.read(Read::Lanes, Vec::new()).await? {
            let (number, lane) = row::lane(&row)?;
            if lanes.add(lane) != number {
                return Err(Error::BadRow {
                    table: "lane",
                    column: "number",
                    id: number.to_string(),
                });
            }
        }
        self.lanes = lanes;
        for row in session.read(Read::LastPosition, Vec::new()).await? {
            self.position = Cells::new(&row, "entry").int(0, "position")?;
        }
        self.meta = None;
        for row in session.read(Read::Meta, Vec::new()).await? {
            self.meta = row::meta(&row)?;
        }
        self.charter = None;
        for row in session.read(Read::Charter, Vec::new()).await? {
            self.charter = Some(row::charter(&row)?);
        }
        self.holds.clear();
        for row in session.read(Read::Holds, Vec::new()).await? {
            let (name, hold) = row::hold(&row)?;
            self.holds.insert(name, hold.generation);
        }
        for row in session.read(Read::Renewed, Vec::new()).await? {
            let cells = Cells::new(&row, "erasing");
            self.keys
                .renewed(cells.day(0, "day")?, cells.u32(1, "generation")?);
        }
        self.answers.clear();
        self.inflight = Inflight::default();
        Ok(())
    }

    /// Whether a subject may be in the database.
    fn may_know(&self, subject: &SubjectId) -> bool {
        self.seen
            .as_ref()
            .is_none_or(|seen| seen.subjects.may_hold(subject))
    }

    /// Whether a request may have been answered.
    fn may_have_answered(&self, request: &RequestId) -> bool {
        self.seen
            .as_ref()
            .is_none_or(|seen| seen.requests.may_hold(request))
    }

    /// Notes that a batch is on the disk, with nothing under way.
    pub(crate) fn settled(&mut self) {
        self.answers.clear();
    }

    /// Notes that a batch is on its way to the disk; the one before it is there.
    pub(crate) fn handed_over(&mut self, batch: &Batch) {
        let mut subjects = batch.subjects.clone();
        for subject in subjects.values_mut() {
            subject.is_new = false;
        }
        self.inflight = Inflight {
            subjects,
            steps: batch.steps.clone(),
            answers: std::mem::take(&mut self.answers),
        };
    }

    /// Adds what the jobs come to. An error is the end of the store; those of the jobs' own go to their callers.
    pub(crate) fn plan(&mut self, jobs: Vec<Job>, found: &Found, batch: &mut Batch) -> Result<()> {
        let mut unsealed = Unsealeds::default();
        for job in jobs {
            if job.is_answered() {
                // Told why it can't be, when this transaction was planned before.
                continue;
            }
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
                Job::EraseSteps {
                    subject,
                    frames,
                    reply,
                } => {
                    let erased = erase_steps(&subject, &frames, found, batch);
                    batch.answer(reply, erased);
                }
                Job::Claim {
                    federation,
                    agency,
                    above,
                    reply,
                } => {
                    let answer = self.claim(federation.as_str(), agency.as_str(), above, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::PutReceipts { receipts, reply } => {
                    self.put_receipts(receipts, batch);
                    batch.answer(reply, ());
                }
                Job::PutShown { shown, reply } => {
                    self.put_shown(shown, batch);
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
                Job::HoldReview {
                    review,
                    audit,
                    reply,
                } => {
                    let answer = self.hold_review(review, audit, found, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::DecideReview { decision, reply } => {
                    let answer = self.decide_review(decision, found, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::Enqueue { queued, reply } => {
                    let answer = self.enqueue(queued, found, batch);
                    self.settle(reply, answer, batch)?;
                }
                Job::RefuseQueued { subject, reply } => {
                    let refused = refuse_queued(&subject, found, batch);
                    batch.answer(reply, refused);
                }
                Job::DropQueued { subject, reply } => {
                    let dropped = drop_queued(&subject, found, batch);
                    batch.answer(reply, dropped);
                }
                Job::PutAudit { record, reply } => {
                    batch.audit.push(record);
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
                Job::TakeHold { name, take, reply } => {
                    let hold = self.take_hold(name, take, found, batch);
                    batch.answer(reply, hold);
                }
                Job::ReleaseHold { hold, reply } => {
                    self.release_hold(&hold, batch);
                    batch.answer(reply, ());
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
                reply.send(Err(error.clone()));
                return Err(error);
            }
            Err(error) => reply.send(Err(error)),
        }
        Ok(())
    }
    /// Makes the key now, so that nothing can fail once rows are being planned.
    fn have_key(&self, day: i32) -> Result<()> {
        match self.keys.sealing_at_hand(day) {
            Some(_) => Ok(()),
            None => self.keys.sealing(day).map(drop),
        }
    }

    fn find_subject<'a>(
        &'a self,
        id: &(SubjectId, AgencyId),
        found: &'a Found,
        batch: &'a Batch,
    ) -> Option<&'a Subject> {
        let planned = batch
            .subjects
            .get(id)
            .or_else(|| self.inflight.subjects.get(id));
        planned.or_else(|| found.subjects.get(id))
    }

    /// An agency's latest step on a subject. One that was admitted late is not the latest, though it was the last to be
    /// written.
    fn latest_step(
        &self,
        id: &(SubjectId, AgencyId),
        found: &Found,
        batch: &Batch,
    ) -> Option<FrameHash> {
        let known = [&batch.steps, &self.inflight.steps, &found.steps];
        let known = known.into_iter().filter_map(|steps| steps.get(id));
        Some(known.max_by_key(|step| step.position)?.hash)
    }

    fn find_answer<'a>(&'a self, request: &RequestKey, found: &'a Found) -> Option<&'a Answer> {
        let planned = self
            .answers
            .get(request)
            .or_else(|| self.inflight.answers.get(request));
        planned.or_else(|| found.requests.get(request))
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

    fn claim(
        &mut self,
        federation: &str,
        agency: &str,
        above: u64,
        batch: &mut Batch,
    ) -> Result<u64> {
        let known = match &self.meta {
            Some(meta) => {
                if (&*meta.federation, &*meta.agency) != (federation, agency) {
                    return Err(Error::WrongNode {
                        expected: format!("{agency}.{federation}"),
                        found: format!("{}.{}", meta.agency, meta.federation),
                    });
                }
                meta.generation
            }
            None => 0,
        };
        let generation = known.max(above) + 1;
        let meta = Meta {
            federation: federation.to_owned(),
            agency: agency.to_owned(),
            generation,
        };
        self.meta = Some(meta.clone());
        batch.meta = Some(meta);
        // What the process before this one held is nobody's.
        batch.releases_all |= self.alone;
        Ok(generation)
    }

    fn take_hold(
        &mut self,
        name: Arc<str>,
        take: Take,
        found: &Found,
        batch: &mut Batch,
    ) -> Option<Hold> {
        let released = |hold: &HeldRow| {
            batch.releases_all
                || batch
                    .released
                    .iter()
                    .any(|(of, generation)| **of == *name && *generation == hold.generation)
        };
        let held = batch
            .holds
            .get(&*name)
            .or_else(|| found.holds.get(&*name).filter(|hold| !released(hold)))
            .filter(|hold| hold.in_force && *hold.holder != *self.replica);
        if take == Take::IfFree && held.is_some() {
            return None;
        }
        let generation = self.holds.get(&*name).copied().unwrap_or(0) + 1;
        let hold = HeldRow {
            holder: self.replica.to_string(),
            generation,
            in_force: true,
        };
        batch.holds.insert(name.to_string(), hold);
        self.holds.insert(name.to_string(), generation);
        Some(Hold { name, generation })
    }

    fn release_hold(&mut self, hold: &Hold, batch: &mut Batch) {
        // One that is taken and released in one transaction is written as released.
        if let Some(row) = batch.holds.get_mut(&*hold.name)
            && row.generation == hold.generation
        {
            row.in_force = false;
        }
        batch
            .released
            .push((hold.name.to_string(), hold.generation));
    }

    fn put_receipts(&self, receipts: Vec<ReceiptRecord>, batch: &mut Batch) {
        let known = receipts
            .into_iter()
            .filter_map(|receipt| Some((self.lanes.number(&receipt.lane)?, receipt)));
        batch.receipts.extend(known);
    }

    fn put_shown(&self, shown: Vec<ShownRecord>, batch: &mut Batch) {
        let known = shown
            .into_iter()
            .filter_map(|it| Some((self.lanes.number(&it.lane)?, it)));
        batch.shown.extend(known);
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

/// How many versions there may be before a step: taking back must always be possible, and erasing after that.
const fn versions_before(kind: Step) -> u32 {
    match kind {
        Step::Issued | Step::Corrected => limits::VERSIONS,
        Step::Withdrawn => limits::VERSIONS + 1,
        Step::Erased => limits::VERSIONS + 2,
    }
}
