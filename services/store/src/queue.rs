//! The queue: own updates that were acknowledged while the node signs nothing, in the order in which they are signed afterwards.

use verbund_model::SubjectId;

/// An own update to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQueued {
    /// The subject that it will speak on; the same for the same request.
    pub subject: SubjectId,
    /// The day on which it is destroyed at the latest, in days since 1970-01-01.
    pub erasure_day: i32,
    /// The draft in the caller's encoding. It holds text, so it is kept sealed like a text.
    pub body: Vec<u8>,
}

/// An own update that is queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedRecord {
    /// Its place: later ones have higher numbers, among those that are queued at the same time.
    pub number: i64,
    /// The subject that it will speak on.
    pub subject: SubjectId,
    /// The day on which it is destroyed at the latest.
    pub erasure_day: i32,
    /// It could not be signed as it was.
    pub refused: bool,
    /// The draft; `None` when its key has been destroyed.
    pub body: Option<Vec<u8>>,
}

/// What came of queueing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueOutcome {
    /// It is queued, and on stable storage.
    Queued,
    /// The subject is queued, or published by now; nothing was stored now.
    Known,
    /// As many are queued as may be: [`limits::QUEUED`](crate::limits::QUEUED).
    Full,
}

/// How many are queued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// All of them.
    pub all: u64,
    /// Those among them that could not be signed as they were.
    pub refused: u64,
}
