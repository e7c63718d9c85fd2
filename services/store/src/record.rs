//! The smaller records: receipts, pending drafts, usage, alarms, the charter.

use verbund_ledger::LaneId;
use verbund_model::{AgencyId, SubjectId, UnixMillis, WindowId};

/// A recipient's signed word on a lane. Only the latest for each lane and recipient is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRecord {
    /// The lane it speaks of.
    pub lane: LaneId,
    /// Who speaks.
    pub recipient: AgencyId,
    /// The recipient's generation.
    pub generation: u64,
    /// Up to where it holds the lane.
    pub sequence: u64,
    /// The receipt's bytes, verbatim.
    pub body: Vec<u8>,
    /// The recipient's signature over them.
    pub signature: [u8; 64],
}

/// In which window an entry was first on a screen of an agency, as that agency told, unsigned. Nothing that is finer is kept, so it
/// tells nothing of the work of a single person. Kept for [`limits::SHOWN_DAYS`](crate::limits::SHOWN_DAYS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRecord {
    /// The entry's lane.
    pub lane: LaneId,
    /// The entry's place in it.
    pub sequence: u64,
    /// On whose screen it was.
    pub agency: AgencyId,
    /// The day that the window belongs to, in days since 1970-01-01.
    pub day: i32,
    /// The charter's window.
    pub window: WindowId,
}

/// An own draft that waits: for the next day, or for a second coordinator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The subject that it will speak on once it is published.
    pub subject: SubjectId,
    /// The first day on which it may be published by itself; `None` when somebody has to act.
    pub due: Option<i32>,
    /// The day on which it is destroyed at the latest, in days since 1970-01-01.
    pub erasure_day: i32,
    /// The draft in the caller's encoding. It holds text, so it is kept sealed like a text.
    pub body: Vec<u8>,
}

/// What an origin has used of its quota on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Entries.
    pub entries: u64,
    /// Bytes of frames, signatures and contents.
    pub bytes: u64,
}

/// Something that an operator has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its number, once it is stored; later ones are higher.
    pub number: i64,
    /// When it was raised.
    pub at: UnixMillis,
    /// The stable name of its kind.
    pub kind: String,
    /// The lane it is about.
    pub lane: Option<LaneId>,
    /// The agency it is about.
    pub agency: Option<AgencyId>,
    /// What happened, in words; never content.
    pub detail: String,
    /// Proof, in the ledger's encoding.
    pub evidence: Option<Vec<u8>>,
}

/// A charter as it was adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterRecord {
    /// Its version.
    pub version: u32,
    /// Its bytes, verbatim.
    pub body: Vec<u8>,
    /// The members' signatures in the caller's encoding.
    pub signatures: Vec<u8>,
}
