//! Entries as they are handed to the store, sealed, kept and given back.

use verbund_ledger::{
    Commitment, Committed, Entry, FrameHash, LaneHead, LaneId, Outcome, SealedFrame, Signature,
};
use verbund_model::SubjectId;

/// Where an entry stands, and which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Its lane.
    pub lane: LaneId,
    /// Its place in the lane; the first is 1.
    pub sequence: u64,
    /// Its frame's hash.
    pub hash: FrameHash,
}

/// An entry that is being published, before it has a frame: all that a frame needs of it.
#[derive(Debug, Clone, Copy)]
pub struct Unsealed<'a> {
    /// The commitment to its codes.
    pub codes_commitment: &'a Commitment,
    /// The commitment to its text.
    pub text_commitment: &'a Commitment,
    /// The day on which its content is destroyed at the latest, in days since 1970-01-01.
    pub erasure_day: i32,
}

/// Makes and signs frames. Called by the writer while it holds the lane's head.
pub trait Seal: Send + Sync {
    /// One frame for each item, in their order: the first follows `head`, each next one follows the one before it.
    /// It may use threads. It must not fail: a key that can't sign is found out before publishing.
    fn seal(&self, lane: &LaneId, head: LaneHead, items: &[Unsealed<'_>]) -> Vec<SealedFrame>;
}

/// A complete own entry: the opening of a lane, whose content depends on nothing that the store decides.
#[derive(Debug, Clone)]
pub struct SealedEntry {
    /// Frame, signature and hash; its sequence is 1.
    pub frame: SealedFrame,
    /// The codes with their salt.
    pub codes: Committed,
    /// The text with its salt.
    pub text: Committed,
    /// As in the frame.
    pub erasure_day: i32,
}

/// An entry as this node has it.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    /// Its lane.
    pub lane: LaneId,
    /// Its place in the lane; the first is 1.
    pub sequence: u64,
    /// The order in which entries arrived at this node, over all lanes; has gaps, is never told to anybody else.
    pub position: i64,
    /// Its frame's hash.
    pub hash: FrameHash,
    /// Frame and signature verbatim, and the content as far as it is (still) here, text opened.
    pub entry: Entry,
    /// What became of it at this node.
    pub outcome: Outcome,
    /// The day on which its content is destroyed at the latest, in days since 1970-01-01.
    pub erasure_day: i32,
    /// The subject that it belongs to, where that is known.
    pub subject: Option<SubjectId>,
    /// Which version of the subject it is, from 1; 0 when it is none (steps, lane openings, entries that wait or were refused).
    pub version: u32,
    /// Whether it is an admitted step of the subject, and not a version of a situation.
    pub step: bool,
}

impl StoredEntry {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Position {
        Position {
            lane: self.lane,
            sequence: self.sequence,
            hash: self.hash,
        }
    }
}

/// Frame and signature of an entry, without any content.
pub type FrameBytes = (Vec<u8>, Signature);

/// How much is read at once: whichever is reached first, but always at least one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Entries.
    pub count: u32,
    /// Bytes of frames, signatures and contents together.
    pub bytes: u32,
}
