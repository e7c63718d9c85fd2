//! Others' entries: what is handed in after the checks, and what is given back.

use std::sync::Arc;

use verbund_ledger::{Committed, Entry, FrameHash, LaneHead, LaneId, Outcome};
use verbund_model::{AgencyId, SubjectId};

use crate::entry::StoredEntry;
use crate::hold::Hold;
use crate::lane::NewLane;
use crate::situation::SituationProjection;

/// Consecutive entries of one lane that have passed the ledger's checks.
#[derive(Debug, Clone)]
pub struct ReceivedBatch {
    /// The lane.
    pub lane: LaneId,
    /// Its origin, whose usage is counted.
    pub origin: AgencyId,
    /// The lane itself, when the batch begins with its opening; ignored when the lane is here already.
    pub opens: Option<NewLane>,
    /// Ascending, without gaps, chained to each other.
    pub entries: Vec<ReceivedEntry>,
    /// The day that the usage is counted on, in days since 1970-01-01.
    pub usage_day: i32,
    /// The hold on the stream that it came through; refused once another replica has taken that.
    pub hold: Option<Hold>,
}

/// One of others' entries, judged.
#[derive(Debug, Clone)]
pub struct ReceivedEntry {
    /// The entry; its content is already dropped where it was refused.
    pub entry: Entry,
    /// Its place in the lane.
    pub sequence: u64,
    /// Its frame's hash.
    pub hash: FrameHash,
    /// What the caller's checks came to. The store still refuses, when it is `Stored` with a projection, what its subject
    /// does not allow: issuing what is there already, correcting or withdrawing what isn't, what is another origin's or
    /// erased, or what has too many versions (`TransitionIllegal`); or what has another audience
    /// (`SubjectAudienceMismatch`).
    pub outcome: Outcome,
    /// As in its frame.
    pub erasure_day: i32,
    /// Its subject, where the codes could be read.
    pub subject: Option<SubjectId>,
    /// What the feed needs of it; `None` unless it is admitted and a situation's.
    pub projection: Option<SituationProjection>,
    /// Whether it is a step of its subject. It counts only when the entry is `Stored`, and has a subject and no projection. The
    /// store refuses none: who may take which is the caller's to know.
    pub step: bool,
    /// Frames of the same subject or lane whose content goes in the same transaction (a withdrawal because of personal
    /// data); see [`Store::finish_erasures`](crate::Store::finish_erasures). A step takes along what it names of its agency's
    /// steps on the subject, and of what waits in its lane; a situation's withdrawal, all of its versions.
    pub erases: Vec<FrameHash>,
}

/// What became of a batch.
#[derive(Debug, Clone)]
pub struct Received {
    /// The lane's head by now.
    pub head: LaneHead,
    /// Entries that were new, whatever their outcome.
    pub stored: u32,
    /// Entries that were here already.
    pub known: u32,
    /// Those new ones whose outcome is not the one that was handed in.
    pub changed: Vec<(u64, Outcome)>,
    /// The new ones as they were stored.
    pub entries: Vec<Arc<StoredEntry>>,
}

/// The second judgement on an entry that waited.
#[derive(Debug, Clone)]
pub struct Readmission {
    /// Its lane.
    pub lane: LaneId,
    /// Its place in the lane.
    pub sequence: u64,
    /// What became of it now. `Refused` drops the content.
    pub outcome: Outcome,
    /// Codes and text, when they came only now.
    pub content: Option<(Committed, Committed)>,
    /// Its subject.
    pub subject: Option<SubjectId>,
    /// As in [`ReceivedEntry::projection`].
    pub projection: Option<SituationProjection>,
    /// As in [`ReceivedEntry::step`].
    pub step: bool,
    /// As in [`ReceivedEntry::erases`].
    pub erases: Vec<FrameHash>,
}
