//! The rows of one transaction, and who is to be told once it is on the disk.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use verbund_ledger::FrameHash;
use verbund_model::{AgencyId, CategoryId, PlaceId, RequestId, ReviewId, SubjectId, WindowId};

use super::job::Reply;
use crate::audit::AuditRecord;
use crate::entry::StoredEntry;
use crate::error::{Error, Result};
use crate::lane::LaneRecord;
use crate::limits;
use crate::queue::NewQueued;
use crate::record::{Alarm, CharterRecord, ReceiptRecord, ShownRecord, Usage};
use crate::review::{NewReview, ReviewState};
use crate::row::{review_state_code, state_code};
use crate::situation::{ReadingRow, State};
use crate::statement::{Args, Script, Write};

/// How long a hold lasts where there are other replicas.
const HOLD_MS: i64 = limits::HOLD_SECONDS * 1000;

/// Told when the transaction is on the disk, or has failed.
type Ack = Box<dyn FnOnce(Result<()>) + Send>;

/// Everything one transaction writes.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) meta: Option<Meta>,
    pub(crate) new_lanes: Vec<(i64, LaneRecord)>,
    pub(crate) stopped: Vec<(i64, String)>,
    pub(crate) entries: Vec<EntryRow>,
    pub(crate) readmitted: Vec<EntryRow>,
    pub(crate) subjects: HashMap<(SubjectId, AgencyId), Subject>,
    /// The latest of each agency's steps on a subject.
    pub(crate) steps: HashMap<(SubjectId, AgencyId), LatestStep>,
    /// By the position of the subject's first entry.
    pub(crate) readings: BTreeMap<i64, Readings>,
    pub(crate) requests: Vec<RequestRow>,
    pub(crate) receipts: Vec<(i64, ReceiptRecord)>,
    pub(crate) shown: Vec<(i64, ShownRecord)>,
    /// A subject's draft, or that it is to be dropped.
    pub(crate) pending: HashMap<SubjectId, Option<PendingRow>>,
    /// Drafts that are held from now on, with the generation of their key and their sealed bodies.
    pub(crate) reviews: Vec<(NewReview, u32, Vec<u8>)>,
    /// Held drafts that are decided, and what they become.
    pub(crate) decided: Vec<(ReviewId, ReviewState)>,
    /// Updates that are queued from now on, with the generation of their key and their sealed bodies.
    pub(crate) queued: Vec<(NewQueued, u32, Vec<u8>)>,
    /// Updates that leave the queue.
    pub(crate) dequeued: Vec<SubjectId>,
    /// Queued updates that could not be signed as they are.
    pub(crate) refused: Vec<SubjectId>,
    pub(crate) audit: Vec<AuditRecord>,
    pub(crate) links: Vec<(SubjectId, SubjectId)>,
    pub(crate) usage: BTreeMap<(AgencyId, i32), Usage>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) charters: Vec<CharterRecord>,
    /// Positions of entries that lose their content.
    pub(crate) erased: Vec<i64>,
    /// Days whose keys have to be renewed for that.
    pub(crate) erasing: BTreeSet<i32>,
    /// Taken in this transaction.
    pub(crate) holds: BTreeMap<String, HeldRow>,
    pub(crate) released: Vec<(String, u64)>,
    pub(crate) releases_all: bool,
    acks: Vec<Ack>,
}

/// Whose store it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) federation: String,
    pub(crate) agency: String,
    pub(crate) generation: u64,
}

/// Who has a hold.
#[derive(Debug, Clone)]
pub(crate) struct HeldRow {
    pub(crate) holder: String,
    pub(crate) generation: u64,
    /// Neither released nor expired.
    pub(crate) in_force: bool,
}

/// An entry with what its row has besides.
pub(crate) struct EntryRow {
    pub(crate) stored: Arc<StoredEntry>,
    pub(crate) lane: i64,
    /// The text, sealed.
    pub(crate) text: Option<Vec<u8>>,
    /// Of the key; 0 without any content.
    pub(crate) generation: u32,
}

impl EntryRow {
    /// Takes the content away before it was ever written.
    pub(crate) fn erase(&mut self) {
        let stored = Arc::make_mut(&mut self.stored);
        stored.entry.codes = None;
        stored.entry.text = None;
        stored.outcome = verbund_ledger::Outcome::Erased;
        self.text = None;
        self.generation = 0;
    }
}

/// Where a subject stands.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// It has no row yet.
    pub(crate) is_new: bool,
    pub(crate) first: i64,
    pub(crate) latest: i64,
    pub(crate) latest_lane: i64,
    pub(crate) latest_hash: FrameHash,
    pub(crate) observed: i64,
    pub(crate) versions: u32,
    pub(crate) state: State,
    pub(crate) agency: AgencyId,
    pub(crate) category: Option<CategoryId>,
    pub(crate) place: Option<PlaceId>,
    pub(crate) day: Option<i32>,
    pub(crate) window: Option<WindowId>,
}

/// An agency's latest step on a subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LatestStep {
    pub(crate) position: i64,
    pub(crate) hash: FrameHash,
}

/// A subject's readings as they are to be.
pub(crate) struct Readings {
    /// There may be some in the database that have to go.
    pub(crate) replace: bool,
    pub(crate) agency: AgencyId,
    pub(crate) rows: Vec<ReadingRow>,
}

pub(crate) struct RequestRow {
    pub(crate) id: RequestId,
    pub(crate) caller: String,
    pub(crate) method: String,
    pub(crate) mac: [u8; 32],
    pub(crate) position: i64,
}

pub(crate) struct PendingRow {
    pub(crate) due: Option<i32>,
    pub(crate) erasure_day: i32,
    pub(crate) generation: u32,
    pub(crate) body: Vec<u8>,
}

impl Batch {
    /// Whether there is nothing to do and nobody to tell.
    pub(crate) fn is_idle(&self) -> bool {
        self.acks.is_empty()
    }

    /// Tells a caller, once the transaction is on the disk.
    pub(crate) fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, value: T) {
        self.acks.push(Box::new(move |done| {
            reply.send(done.map(|()| value));
        }));
    }

    /// Those who are to be told.
    pub(crate) fn take_acks(&mut self) -> Acks {
        Acks(std::mem::take(&mut self.acks))
    }

    /// How many rows of entries it writes.
    pub(crate) fn rows(&self) -> usize {
        self.entries.len() + self.readmitted.len() + self.erased.len()
    }

    /// The statements; none when nothing is to be written.
    pub(crate) fn into_script(self) -> Script {
        let mut s = Script::default();
        if let Some(meta) = self.meta {
            s.add(Write::MetaPut)
                .put(meta.federation)
                .put(meta.agency)
                .put(meta.generation);
        }
        s.add_rows(Write::LaneInsert, self.new_lanes, |args, (number, lane)| {
            args.put(number)
                .put(&lane.id)
                .put(&lane.origin)
                .put(lane.epoch)
                .put(lane.audience.key());
        });
        s.add_rows(Write::LaneStop, self.stopped, |args, (number, reason)| {
            args.put(reason).put(number);
        });
        s.add_rows(Write::EntryInsert, self.entries, put_entry);
        s.add_rows(Write::Readmit, self.readmitted, put_readmitted);
        let erased: BTreeSet<i64> = self.erased.into_iter().collect();
        s.add_rows(Write::EntryErase, erased.iter(), |args, position| {
            args.put(*position);
        });
        s.add_rows(Write::ShownErase, erased, |args, position| {
            args.put(position);
        });
        s.add_rows(Write::ErasingPut, self.erasing, |args, day| {
            args.put(day);
        });
        let (new, changed): (Vec<_>, Vec<_>) = self
            .subjects
            .into_iter()
            .partition(|(_, subject)| subject.is_new);
        s.add_rows(Write::SituationInsert, new, put_subject);
        s.add_rows(Write::SituationReplace, changed, put_subject);
        let replaced = self
            .readings
            .iter()
            .filter(|(_, readings)| readings.replace);
        let replaced: Vec<i64> = replaced.map(|(first, _)| *first).collect();
        s.add_rows(Write::ReadingDelete, replaced, |args, first| {
            args.put(first);
        });
        s.add_rows(Write::ReadingInsert, flat(self.readings), put_reading);
        s.add_rows(Write::RequestInsert, self.requests, put_request);
        s.add_rows(Write::ReceiptPut, newest(self.receipts), put_receipt);
        s.add_rows(Write::ShownPut, self.shown, put_shown);
        let (kept, dropped): (Vec<_>, Vec<_>) = self
            .pending
            .into_iter()
            .partition(|(_, pending)| pending.is_some());
        s.add_rows(Write::PendingDrop, dropped, |args, (subject, _)| {
            args.put(&subject);
        });
        s.add_rows(Write::PendingPut, kept, |args, (subject, pending)| {
            let pending = pending.expect("the partition put the others aside");
            args.put(&subject)
                .put(pending.due)
                .put(pending.erasure_day)
                .put(pending.generation)
                .put(pending.body);
        });
        s.add_rows(Write::ReviewInsert, self.reviews, put_review);
        s.add_rows(
            Write::ReviewDecide,
            self.decided,
            |args, (review, state)| {
                args.put(review_state_code(state)).put(&review);
            },
        );
        s.add_rows(
            Write::QueueInsert,
            self.queued,
            |args, (queued, generation, body)| {
                args.put(&queued.subject)
                    .put(queued.erasure_day)
                    .put(generation)
                    .put(body);
            },
        );
        s.add_rows(Write::QueueRefuse, self.refused, |args, subject| {
            args.put(&subject);
        });
        s.add_rows(Write::QueueDrop, self.dequeued, |args, subject| {
            args.put(&subject);
        });
        let audits = !self.audit.is_empty();
        s.add_rows(Write::AuditInsert, self.audit, put_audit);
        if audits {
            s.add(Write::AuditPrune).put(limits::AUDIT_RECORDS);
        }
        s.add_rows(
            Write::LinkPut,
            self.links.into_iter().collect::<HashMap<_, _>>(),
            |args, (subject, generalised)| {
                args.put(&subject).put(&generalised);
            },
        );
        s.add_rows(
            Write::UsageAdd,
            self.usage,
            |args, ((origin, day), usage)| {
                args.put(&origin)
                    .put(day)
                    .put(usage.entries)
                    .put(usage.bytes);
            },
        );
        let alarms = !self.alarms.is_empty();
        s.add_rows(Write::AlarmInsert, self.alarms, put_alarm);
        if alarms {
            s.add(Write::AlarmPrune).put(limits::ALARMS);
        }
        s.add_rows(Write::CharterPut, self.charters, |args, charter| {
            args.put(charter.version)
                .put(charter.body)
                .put(charter.signatures);
        });
        if self.releases_all {
            s.add(Write::HoldReleaseAll);
        }
        s.add_rows(Write::HoldPut, self.holds, |args, (name, hold)| {
            args.put(name)
                .put(hold.holder)
                .put(hold.generation)
                .put(if hold.in_force { HOLD_MS } else { 0 });
        });
        s.add_rows(
            Write::HoldRelease,
            self.released,
            |args, (name, generation)| {
                args.put(name).put(generation);
            },
        );
        s
    }
}

/// Those who wait for a transaction. Dropped without a word, they learn that the store is gone.
pub(crate) struct Acks(Vec<Ack>);

impl Acks {
    pub(crate) fn done(self) {
        for ack in self.0 {
            ack(Ok(()));
        }
    }

    pub(crate) fn failed(self, error: &Error) {
        for ack in self.0 {
            ack(Err(error.clone()));
        }
    }
}

/// The newest receipt of each recipient for each lane: one statement can't write a row twice.
fn newest(receipts: Vec<(i64, ReceiptRecord)>) -> Vec<(i64, ReceiptRecord)> {
    let mut newest = BTreeMap::new();
    for (lane, receipt) in receipts {
        let at = |it: &ReceiptRecord| (it.generation, it.sequence);
        match newest.entry((lane, receipt.recipient.clone())) {
            Entry::Vacant(vacant) => {
                vacant.insert(receipt);
            }
            Entry::Occupied(mut occupied) => {
                if at(&receipt) >= at(occupied.get()) {
                    occupied.insert(receipt);
                }
            }
        }
    }
    newest
        .into_iter()
        .map(|((lane, _), receipt)| (lane, receipt))
        .collect()
}

fn put_entry(args: &mut Args<'_>, row: EntryRow) {
    let it = &row.stored;
    let codes = it.entry.codes.as_ref();
    args.put(it.position)
        .put(row.lane)
        .put(it.sequence)
        .put(i64::from(it.outcome.code()))
        .put(it.version)
        .put(it.erasure_day)
        .put(row.generation)
        .put(&it.hash.0[..])
        .put(&it.entry.frame[..])
        .put(&it.entry.signature[..])
        .put(it.subject.as_ref())
        .put(codes.map(|codes| &codes.salt[..]))
        .put(codes.map(|codes| &codes.content[..]))
        .put(row.text)
        .put(it.step);
}

fn put_readmitted(args: &mut Args<'_>, row: EntryRow) {
    let it = &row.stored;
    let codes = it.entry.codes.as_ref();
    args.put(i64::from(it.outcome.code()))
        .put(it.version)
        .put(row.generation)
        .put(it.subject.as_ref())
        .put(codes.map(|codes| &codes.salt[..]))
        .put(codes.map(|codes| &codes.content[..]))
        .put(row.text)
        .put(it.step)
        .put(it.position);
}

fn put_subject(args: &mut Args<'_>, ((id, _), it): ((SubjectId, AgencyId), Subject)) {
    args.put(it.latest)
        .put(&id)
        .put(it.first)
        .put(it.observed)
        .put(it.latest_lane)
        .put(it.versions)
        .put(state_code(it.state))
        .put(&it.agency)
        .put(it.category.as_ref().map(CategoryId::as_str))
        .put(it.place.as_ref().map(PlaceId::as_str))
        .put(it.day)
        .put(it.window.as_ref().map(WindowId::as_str));
}

fn flat(readings: BTreeMap<i64, Readings>) -> Vec<(i64, i64, AgencyId, ReadingRow)> {
    let rows = readings.into_iter().flat_map(|(first, readings)| {
        let agency = readings.agency;
        (0..)
            .zip(readings.rows)
            .map(move |(ordinal, row)| (first, ordinal, agency.clone(), row))
    });
    rows.collect()
}

fn put_reading(
    args: &mut Args<'_>,
    (first, ordinal, agency, row): (i64, i64, AgencyId, ReadingRow),
) {
    args.put(first)
        .put(ordinal)
        .put(&agency)
        .put(row.indicator.as_str())
        .put(row.place.as_str())
        .put(i64::from(row.period))
        .put(row.day)
        .put(row.value);
}

fn put_request(args: &mut Args<'_>, row: RequestRow) {
    args.put(&row.id.as_bytes()[..])
        .put(row.caller)
        .put(row.method)
        .put(&row.mac[..])
        .put(row.position);
}

fn put_receipt(args: &mut Args<'_>, (lane, it): (i64, ReceiptRecord)) {
    args.put(lane)
        .put(&it.recipient)
        .put(it.generation)
        .put(it.sequence)
        .put(it.body)
        .put(&it.signature[..]);
}

fn put_shown(args: &mut Args<'_>, (lane, it): (i64, ShownRecord)) {
    args.put(lane)
        .put(it.sequence)
        .put(&it.agency)
        .put(it.day)
        .put(it.window.as_str());
}

fn put_review(args: &mut Args<'_>, (it, generation, body): (NewReview, u32, Vec<u8>)) {
    args.put(&it.id)
        .put(&it.subject)
        .put(it.request.caller)
        .put(it.request.method)
        .put(&it.request.id.as_bytes()[..])
        .put(it.held_at.0)
        .put(review_state_code(ReviewState::Waiting))
        .put(it.last_day)
        .put(generation)
        .put(body);
}

fn put_audit(args: &mut Args<'_>, it: AuditRecord) {
    let findings = it.lines();
    args.put(it.at.0)
        .put(it.event.as_str())
        .put(it.role.as_str())
        .put(it.pseudonym.as_ref().map(|pseudonym| &pseudonym.0[..]))
        .put(it.subject.as_ref())
        .put(it.review.as_ref())
        .put(it.guard_version)
        .put(findings);
}

fn put_alarm(args: &mut Args<'_>, alarm: Alarm) {
    args.put(alarm.at.0)
        .put(alarm.kind)
        .put(alarm.lane.as_ref())
        .put(alarm.agency.as_ref())
        .put(alarm.detail)
        .put(alarm.evidence);
}
