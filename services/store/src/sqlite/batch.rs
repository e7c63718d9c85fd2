//! The rows of one transaction, and who is to be told once it is on the disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use verbund_ledger::FrameHash;
use verbund_model::{AgencyId, CategoryId, PlaceId, RequestId, SubjectId, WindowId};

use super::job::Reply;
use super::row::state_code;
use super::script::{Args, Script};
use super::sql;
use crate::entry::StoredEntry;
use crate::error::{Error, Result};
use crate::lane::LaneRecord;
use crate::limits;
use crate::record::{Alarm, CharterRecord, ReceiptRecord, Usage};
use crate::situation::{ReadingRow, State};

/// Entries up to which a transaction is run as a whole: few enough for its compositions to stay prepared.
const WHOLE_ENTRIES: usize = 2;

/// Told when the transaction is on the disk, or has failed.
type Ack = Box<dyn FnOnce(Result<()>) + Send>;

/// Everything one transaction writes.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) meta: Option<(String, String, u64)>,
    pub(super) new_lanes: Vec<(i64, LaneRecord)>,
    pub(super) stopped: Vec<(i64, String)>,
    pub(super) entries: Vec<EntryRow>,
    pub(super) readmitted: Vec<EntryRow>,
    pub(super) subjects: HashMap<SubjectId, Subject>,
    /// By the position of the subject's first entry.
    pub(super) readings: BTreeMap<i64, Readings>,
    pub(super) requests: Vec<RequestRow>,
    pub(super) receipts: Vec<(i64, ReceiptRecord)>,
    /// A subject's draft, or that it is to be dropped.
    pub(super) pending: HashMap<SubjectId, Option<PendingRow>>,
    pub(super) links: Vec<(SubjectId, SubjectId)>,
    pub(super) usage: BTreeMap<(AgencyId, i32), Usage>,
    pub(super) alarms: Vec<Alarm>,
    pub(super) charters: Vec<CharterRecord>,
    /// Positions of entries that lose their content.
    pub(super) erased: Vec<i64>,
    /// Days whose keys have to be renewed for that.
    pub(super) erasing: BTreeSet<i32>,
    acks: Vec<Ack>,
}

/// An entry with what its row has besides.
pub(super) struct EntryRow {
    pub(super) stored: Arc<StoredEntry>,
    pub(super) lane: i64,
    /// The text, sealed.
    pub(super) text: Option<Vec<u8>>,
    /// Of the key; 0 without any content.
    pub(super) generation: u32,
}

impl EntryRow {
    /// Takes the content away before it was ever written.
    pub(super) fn erase(&mut self) {
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
pub(super) struct Subject {
    /// It has no row yet.
    pub(super) is_new: bool,
    pub(super) first: i64,
    pub(super) latest: i64,
    pub(super) latest_lane: i64,
    pub(super) latest_hash: FrameHash,
    pub(super) observed: i64,
    pub(super) versions: u32,
    pub(super) state: State,
    pub(super) agency: AgencyId,
    pub(super) category: Option<CategoryId>,
    pub(super) place: Option<PlaceId>,
    pub(super) day: Option<i32>,
    pub(super) window: Option<WindowId>,
}

/// A subject's readings as they are to be.
pub(super) struct Readings {
    /// There may be some in the database that have to go.
    pub(super) replace: bool,
    pub(super) agency: AgencyId,
    pub(super) rows: Vec<ReadingRow>,
}

pub(super) struct RequestRow {
    pub(super) id: RequestId,
    pub(super) caller: String,
    pub(super) method: String,
    pub(super) mac: [u8; 32],
    pub(super) position: i64,
}

pub(super) struct PendingRow {
    pub(super) due: Option<i32>,
    pub(super) erasure_day: i32,
    pub(super) generation: u32,
    pub(super) body: Vec<u8>,
}

impl Batch {
    /// Whether there is nothing to do and nobody to tell.
    pub(super) fn is_idle(&self) -> bool {
        self.acks.is_empty()
    }

    /// Tells a caller, once the transaction is on the disk.
    pub(super) fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, value: T) {
        self.acks.push(Box::new(move |done| {
            // A caller that has gone away needs no answer.
            drop(reply.send(done.map(|()| value)));
        }));
    }

    /// Those who are to be told.
    pub(super) fn take_acks(&mut self) -> Acks {
        Acks(std::mem::take(&mut self.acks))
    }

    /// The position of the newest entry that others may want to hear of.
    pub(super) fn ticks(&self) -> bool {
        !self.entries.is_empty() || !self.readmitted.is_empty()
    }

    /// About how many pages the journal grows by: only to know when it is time to write it back.
    pub(super) fn pages(&self) -> u64 {
        10 + 2 * (self.entries.len() + self.readmitted.len() + self.erased.len()) as u64
    }

    /// The statements; `None` when nothing is to be written.
    pub(super) fn into_script(self) -> Option<Script> {
        let mut s = Script::begin(
            self.entries.len() <= WHOLE_ENTRIES && self.subjects.len() <= WHOLE_ENTRIES,
        );
        let empty = s.len();
        if let Some((federation, agency, generation)) = self.meta {
            s.add(sql::META_PUT)
                .put(federation)
                .put(agency)
                .put(int(generation));
        }
        for (number, lane) in self.new_lanes {
            s.add(sql::LANE_INSERT)
                .put(number)
                .put(&lane.id.0[..])
                .put(lane.origin.as_str())
                .put(i64::from(lane.epoch))
                .put(lane.audience.key());
        }
        for (number, reason) in self.stopped {
            s.add(sql::LANE_STOP).put(reason).put(number);
        }
        s.add_rows(&sql::ENTRY_INSERT, self.entries, put_entry);
        for row in self.readmitted {
            put_readmitted(&mut s.add(sql::READMIT), row);
        }
        s.add_rows(&sql::ENTRY_ERASE, self.erased, |args, position| {
            args.put(position);
        });
        for day in self.erasing {
            s.add(sql::ERASING_PUT).put(i64::from(day));
        }
        let (new, changed): (Vec<_>, Vec<_>) = self
            .subjects
            .into_iter()
            .partition(|(_, subject)| subject.is_new);
        s.add_rows(&sql::SITUATION_INSERT, new, put_subject);
        s.add_rows(&sql::SITUATION_REPLACE, changed, put_subject);
        let replaced = self
            .readings
            .iter()
            .filter(|(_, readings)| readings.replace);
        let replaced = replaced.map(|(first, _)| *first).collect();
        s.add_rows(&sql::READING_DELETE, replaced, |args, first| {
            args.put(first);
        });
        s.add_rows(&sql::READING_INSERT, flat(self.readings), put_reading);
        s.add_rows(&sql::REQUEST_INSERT, self.requests, put_request);
        s.add_rows(&sql::RECEIPT_PUT, self.receipts, put_receipt);
        let (kept, dropped): (Vec<_>, Vec<_>) = self
            .pending
            .into_iter()
            .partition(|(_, pending)| pending.is_some());
        s.add_rows(&sql::PENDING_DROP, dropped, |args, (subject, _)| {
            args.put(&subject.as_bytes()[..]);
        });
        for (subject, pending) in kept {
            let pending = pending.expect("the partition put the others aside");
            s.add(sql::PENDING_PUT)
                .put(&subject.as_bytes()[..])
                .put(pending.due)
                .put(i64::from(pending.erasure_day))
                .put(i64::from(pending.generation))
                .put(pending.body);
        }
        for (subject, generalised) in self.links {
            s.add(sql::LINK_PUT)
                .put(&subject.as_bytes()[..])
                .put(&generalised.as_bytes()[..]);
        }
        for ((origin, day), usage) in self.usage {
            s.add(sql::USAGE_ADD)
                .put(origin.as_str())
                .put(i64::from(day))
                .put(int(usage.entries))
                .put(int(usage.bytes));
        }
        let alarms = !self.alarms.is_empty();
        for alarm in self.alarms {
            put_alarm(&mut s.add(sql::ALARM_INSERT), alarm);
        }
        if alarms {
            s.add(sql::ALARM_PRUNE).put(i64::from(limits::ALARMS));
        }
        for charter in self.charters {
            s.add(sql::CHARTER_PUT)
                .put(i64::from(charter.version))
                .put(charter.body)
                .put(charter.signatures);
        }
        (s.len() > empty).then_some(s)
    }
}

/// Those who wait for a transaction. Dropped without a word, they learn that the store is gone.
pub(super) struct Acks(Vec<Ack>);

impl Acks {
    pub(super) fn done(self) {
        for ack in self.0 {
            ack(Ok(()));
        }
    }

    pub(super) fn failed(self, error: &Error) {
        for ack in self.0 {
            ack(Err(error.clone()));
        }
    }
}

/// Numbers that frames and receipts carry fit; what would not is as good as the largest.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn put_entry(args: &mut Args<'_>, row: EntryRow) {
    let it = &row.stored;
    let codes = it.entry.codes.as_ref();
    args.put(it.position)
        .put(row.lane)
        .put(int(it.sequence))
        .put(i64::from(it.outcome.code()))
        .put(i64::from(it.version))
        .put(i64::from(it.erasure_day))
        .put(i64::from(row.generation))
        .put(&it.hash.0[..])
        .put(&it.entry.frame[..])
        .put(&it.entry.signature[..])
        .put(it.subject.as_ref().map(|subject| &subject.as_bytes()[..]))
        .put(codes.map(|codes| &codes.salt[..]))
        .put(codes.map(|codes| &codes.content[..]))
        .put(row.text);
}

fn put_readmitted(args: &mut Args<'_>, row: EntryRow) {
    let it = &row.stored;
    let codes = it.entry.codes.as_ref();
    args.put(i64::from(it.outcome.code()))
        .put(i64::from(it.version))
        .put(i64::from(row.generation))
        .put(it.subject.as_ref().map(|subject| &subject.as_bytes()[..]))
        .put(codes.map(|codes| &codes.salt[..]))
        .put(codes.map(|codes| &codes.content[..]))
        .put(row.text)
        .put(it.position);
}

fn put_subject(args: &mut Args<'_>, (id, it): (SubjectId, Subject)) {
    args.put(it.latest)
        .put(&id.as_bytes()[..])
        .put(it.first)
        .put(it.observed)
        .put(it.latest_lane)
        .put(i64::from(it.versions))
        .put(state_code(it.state))
        .put(it.agency.as_str())
        .put(it.category.as_ref().map(CategoryId::as_str))
        .put(it.place.as_ref().map(PlaceId::as_str))
        .put(it.day.map(i64::from))
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
        .put(agency.as_str())
        .put(row.indicator.as_str())
        .put(row.place.as_str())
        .put(i64::from(row.period))
        .put(i64::from(row.day))
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
        .put(it.recipient.as_str())
        .put(int(it.generation))
        .put(int(it.sequence))
        .put(it.body)
        .put(&it.signature[..]);
}

fn put_alarm(args: &mut Args<'_>, alarm: Alarm) {
    args.put(alarm.at.0)
        .put(alarm.kind)
        .put(alarm.lane.as_ref().map(|lane| &lane.0[..]))
        .put(alarm.agency.as_ref().map(AgencyId::as_str))
        .put(alarm.detail)
        .put(alarm.evidence);
}
