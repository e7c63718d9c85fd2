//! Decides what each job comes to, before anything of it is written.
//!
//! The writer is the only one who writes, so its memory of lanes and positions is the truth, and a decision holds until
//! its rows are on the disk: whatever a transaction does can no longer fail for a reason of a job's own, and an error of
//! the engine is always the end.
//!
//! Subjects and requests are too many for memory. What was read of them is completed by what the transaction under way
//! (`inflight`) and the one being planned (the batch and `answers`) change.

mod others;
mod own;
mod rows;

use std::collections::HashMap;
use std::sync::Arc;

use verbund_ledger::{FrameHash, LaneHead, LaneId};
use verbund_model::{Entropy, SubjectId};

use self::own::Unsealeds;
use super::batch::{Batch, PendingRow, Subject};
use super::job::{Job, Reply};
use super::lookup::{Answer, Found};
use super::seen::{SeenRequests, SeenSubjects};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::lane::{LaneRecord, NewLane};
use crate::limits;
use crate::publish::RequestKey;
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord};
use crate::situation::Step;

/// What the writer remembers.
pub(super) struct Memory {
    pub(super) keys: Arc<ErasureKeys>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) lanes: Lanes,
    /// Of the newest entry.
    pub(super) position: i64,
    pub(super) meta: Option<(String, String, u64)>,
    pub(super) charter: Option<CharterRecord>,
    pub(super) seen_subjects: Arc<SeenSubjects>,
    pub(super) seen_requests: SeenRequests,
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

impl Memory {
    pub(super) fn new(
        keys: Arc<ErasureKeys>,
        entropy: Arc<dyn Entropy>,
        seen_subjects: Arc<SeenSubjects>,
        seen_requests: SeenRequests,
    ) -> Self {
        Self {
            keys,
            entropy,
            seen_subjects,
            seen_requests,
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
        let mut subjects = batch.subjects.clone();
        for subject in subjects.values_mut() {
            subject.is_new = false;
        }
        self.inflight = Inflight {
            subjects,
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
    /// Makes the key now, so that nothing can fail once rows are being planned.
    fn have_key(&self, day: i32) -> Result<()> {
        match self.keys.sealing_at_hand(day) {
            Some(_) => Ok(()),
            None => self.keys.sealing(day).map(drop),
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

/// How many versions there may be before a step: taking back must always be possible, and erasing after that.
const fn versions_before(kind: Step) -> u32 {
    match kind {
        Step::Issued | Step::Corrected => limits::VERSIONS,
        Step::Withdrawn => limits::VERSIONS + 1,
        Step::Erased => limits::VERSIONS + 2,
    }
}
