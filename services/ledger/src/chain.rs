//! Ledger validity: is this entry what its origin signed, and does it follow in its lane?
//!
//! **Promise.** [`examine`] looks at an entry alone, [`link`] at its place in a lane; an entry that passes both is exactly the
//! next thing that the origin said there. Each [`Fault`] knows whom it blames: [`Fault::proves_origin`] is true only where
//! the origin's own signature shows the fault, so that no carrier can make another agency look guilty.
//!
//! What the content *says* is not looked at here. That is admissibility, and it never stops a lane.

use verbund_model::{AgencyId, Audience, FederationId};

use crate::entry::{Committed, Entry, Part};
use crate::frame::{self, Frame, FrameError, FrameView};
use crate::hash::{Commitment, FrameHash, LaneId};
use crate::key::PublicKey;

/// How far a lane goes: its last frame's sequence and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LaneHead {
    /// The last sequence; 0 before the first frame.
    pub sequence: u64,
    /// The last frame's hash; zero before the first frame.
    pub hash: FrameHash,
}

impl LaneHead {
    /// The head of a lane without frames.
    pub const ORIGIN: Self = Self {
        sequence: 0,
        hash: FrameHash::ZERO,
    };
}

impl Default for LaneHead {
    fn default() -> Self {
        Self::ORIGIN
    }
}

/// One origin's entries for one audience, which never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The lane's name.
    pub id: LaneId,
    /// The agency whose entries it holds.
    pub origin: AgencyId,
    /// The origin's epoch.
    pub epoch: u32,
    /// Who may know of it, the origin included.
    pub audience: Audience,
}

/// What an entry must be to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// The federation that this node belongs to.
    pub federation: &'a FederationId,
    /// The agency whose lane is being read.
    pub origin: &'a AgencyId,
    /// The origin's entry keys under the charter.
    pub keys: &'a [PublicKey],
    /// The lane; `None` for whichever comes.
    pub lane: Option<LaneId>,
    /// The lane's epoch; `None` while its first entry isn't there.
    pub epoch: Option<u32>,
}

/// Whether a part of an entry came with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// It is there and is what the frame binds.
    Present,
    /// It isn't there: erased, or held back.
    Missing,
}

/// An entry that is what its origin signed.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The frame, decoded.
    pub frame: Frame,
    /// The frame's hash.
    pub hash: FrameHash,
    /// Whether the codes are there.
    pub codes: Content,
    /// Whether the text is there.
    pub text: Content,
}

impl Examined {
    /// The lane's head once this entry is in.
    #[must_use]
    pub const fn head(&self) -> LaneHead {
        LaneHead {
            sequence: self.frame.sequence,
            hash: self.hash,
        }
    }
}

/// Where an examined entry stands to a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It follows the head.
    Next,
    /// It lies at or below the head: a repetition, unless its hash differs from the one stored there ([`compare`]).
    Known,
}

/// Why an entry isn't valid in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes are no frame, or one that this release can't read.
    #[error("{0}")]
    Malformed(#[from] FrameError),
    /// The frame names another federation.
    #[error("entry belongs to another federation")]
    WrongFederation,
    /// The frame names another origin.
    #[error("entry names another origin")]
    WrongOrigin,
    /// The frame names another lane.
    #[error("entry belongs to another lane")]
    WrongLane,
    /// The charter gives the origin no such key.
    #[error("entry is signed with a key that the charter doesn't list for its origin")]
    UnknownKey,
    /// The signature doesn't verify.
    #[error("signature does not verify")]
    BadSignature,
    /// The frame names another epoch than the lane's first.
    #[error("entry of epoch {got} in a lane of epoch {expected}")]
    EpochMismatch {
        /// The lane's epoch.
        expected: u32,
        /// The entry's epoch.
        got: u32,
    },
    /// A content isn't what the signed frame binds. The origin signed no such thing: whoever carried it changed it.
    #[error("{part} are not what the frame commits to")]
    CommitmentMismatch {
        /// The part that differs.
        part: Part,
    },
    /// The origin committed to a content above its bound.
    #[error("{part} of {bytes} bytes, {} are allowed", part.max_bytes())]
    TooLarge {
        /// The part that is too large.
        part: Part,
        /// How large it is.
        bytes: usize,
    },
    /// Entries between the head and this one are missing.
    #[error("sequence {got} where {expected} follows")]
    Gap {
        /// The sequence that follows the head.
        expected: u64,
        /// The sequence that came.
        got: u64,
    },
    /// The next entry, but it names another predecessor than the head.
    #[error("entry {sequence} does not follow the lane's head")]
    ChainBroken {
        /// The entry's sequence.
        sequence: u64,
    },
    /// Another entry than the one stored in the same place.
    #[error("two entries in place {sequence} of a lane")]
    Forked {
        /// The place.
        sequence: u64,
    },
    /// A first entry that names a predecessor, or doesn't open a lane.
    #[error("first entry does not open a lane")]
    NotALaneOpening,
}

impl Fault {
    /// The stable reason, as alarms, metrics and `LaneStopped` give it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Malformed(FrameError::UnknownFormat(_)) => "unknown-format",
            Self::Malformed(FrameError::UnknownSuite(_)) => "unknown-suite",
            Self::Malformed(_) => "malformed",
            Self::WrongFederation => "wrong-federation",
            Self::WrongOrigin => "wrong-origin",
            Self::WrongLane => "wrong-lane",
            Self::UnknownKey => "unknown-key",
            Self::BadSignature => "bad-signature",
            Self::EpochMismatch { .. } => "epoch-mismatch",
            Self::CommitmentMismatch { .. } => "commitment-mismatch",
            Self::TooLarge { .. } => "too-large",
            Self::Gap { .. } => "gap",
            Self::ChainBroken { .. } => "chain-broken",
            Self::Forked { .. } => "forked",
            Self::NotALaneOpening => "not-a-lane-opening",
        }
    }

    /// Whether the origin's valid signature shows this fault. Everything else blames whoever carried the entry, and another
    /// carrier is asked.
    #[must_use]
    pub const fn proves_origin(&self) -> bool {
        match self {
            Self::EpochMismatch { .. }
            | Self::TooLarge { .. }
            | Self::ChainBroken { .. }
            | Self::Forked { .. }
            | Self::NotALaneOpening => true,
            Self::Malformed(_)
            | Self::WrongFederation
            | Self::WrongOrigin
            | Self::WrongLane
            | Self::UnknownKey
            | Self::BadSignature
            | Self::CommitmentMismatch { .. }
            | Self::Gap { .. } => false,
        }
    }
}

/// Checks that an entry is what its origin signed. Costs one signature verification, and one hash for the frame and each
/// content; allocates nothing, so that thousands a second can be examined on every core.
///
/// # Errors
/// The first fault found; cheap checks come before the signature, and everything that blames the origin after it.
pub fn examine(entry: &Entry, expect: &Expect<'_>) -> Result<Examined, Fault> {
    let view = FrameView::read(&entry.frame)?;
    if view.federation != expect.federation.as_str().as_bytes() {
        return Err(Fault::WrongFederation);
    }
    if view.origin != expect.origin.as_str().as_bytes() {
        return Err(Fault::WrongOrigin);
    }
    if expect.lane.is_some_and(|lane| lane != view.lane) {
        return Err(Fault::WrongLane);
    }
    verify(&view, entry, expect.keys)?;
    let frame = view.with_names(expect.federation.clone(), expect.origin.clone());
    if let Some(expected) = expect.epoch
        && expected != frame.epoch
    {
        let got = frame.epoch;
        return Err(Fault::EpochMismatch { expected, got });
    }
    Ok(Examined {
        codes: open(entry.codes.as_ref(), Part::Codes, frame.codes)?,
        text: open(entry.text.as_ref(), Part::Text, frame.text)?,
        hash: frame::hash(&entry.frame),
        frame,
    })
}

/// Checks the signature with the key that the frame names. Eight bytes are no proof of a key, so each that bears the name is
/// tried.
fn verify(view: &FrameView<'_>, entry: &Entry, keys: &[PublicKey]) -> Result<(), Fault> {
    let mut fault = Fault::UnknownKey;
    for key in keys.iter().filter(|key| key.id() == view.key) {
        if key.verifies_frame(&entry.frame, &entry.signature) {
            return Ok(());
        }
        fault = Fault::BadSignature;
    }
    Err(fault)
}

/// Checks a content against its commitment, and its size only then: a size that nobody signed would blame the wrong one.
fn open(content: Option<&Committed>, part: Part, commitment: Commitment) -> Result<Content, Fault> {
    let Some(content) = content else {
        return Ok(Content::Missing);
    };
    if content.commitment(part) != commitment {
        return Err(Fault::CommitmentMismatch { part });
    }
    let bytes = content.content.len();
    if bytes > part.max_bytes() {
        return Err(Fault::TooLarge { part, bytes });
    }
    Ok(Content::Present)
}

/// Says where an examined entry stands to the head of its lane.
///
/// # Errors
/// [`Fault::Gap`], [`Fault::NotALaneOpening`], [`Fault::ChainBroken`], and [`Fault::Forked`] for another entry than the head
/// in the head's place. Further down only the store knows what is there: [`compare`] with it.
pub fn link(head: &LaneHead, examined: &Examined) -> Result<Link, Fault> {
    let sequence = examined.frame.sequence;
    if sequence <= head.sequence {
        return if sequence == head.sequence {
            compare(&head.hash, examined)
        } else {
            Ok(Link::Known)
        };
    }
    // No overflow: the head is below a sequence that was decoded.
    let expected = head.sequence + 1;
    if sequence != expected {
        let got = sequence;
        return Err(Fault::Gap { expected, got });
    }
    match examined.frame.previous == head.hash {
        true => Ok(Link::Next),
        false if head.sequence == 0 => Err(Fault::NotALaneOpening),
        false => Err(Fault::ChainBroken { sequence }),
    }
}

/// Compares an examined entry with the hash that is stored in its place.
///
/// # Errors
/// [`Fault::Forked`] when they differ: the origin signed two entries for one place.
pub fn compare(stored: &FrameHash, examined: &Examined) -> Result<Link, Fault> {
    if *stored == examined.hash {
        Ok(Link::Known)
    } else {
        let sequence = examined.frame.sequence;
        Err(Fault::Forked { sequence })
    }
}

/// What [`follow`] found in a batch.
#[derive(Debug)]
pub struct Followed {
    /// The entries that follow the head, in order: those of the batch from index `known` on.
    pub examined: Vec<Examined>,
    /// How many entries at the batch's start were there already.
    pub known: usize,
    /// The head after the last good entry.
    pub head: LaneHead,
    /// What ended the batch early: the index of the bad entry, and its fault.
    pub fault: Option<(usize, Fault)>,
}

/// Examines and links a batch of one lane's entries up to its end or its first fault.
///
/// Repetitions at the start are dropped by their place alone, below the head without paying for their signatures: nothing is
/// believed of them. To use several cores, [`examine`] parts of the batch apart and [`link`] them in order.
#[must_use]
pub fn follow(head: LaneHead, entries: &[Entry], expect: &Expect<'_>) -> Followed {
    let mut followed = Followed {
        examined: Vec::with_capacity(entries.len()),
        known: 0,
        head,
        fault: None,
    };
    for (index, entry) in entries.iter().enumerate() {
        if let Err(fault) = followed.step(entry, expect) {
            followed.fault = Some((index, fault));
            break;
        }
    }
    followed
}

impl Followed {
    fn step(&mut self, entry: &Entry, expect: &Expect<'_>) -> Result<(), Fault> {
        let (lane, sequence) = frame::position(&entry.frame)?;
        let repeats = self.examined.is_empty() && sequence < self.head.sequence;
        if repeats && expect.lane == Some(lane) {
            self.known += 1;
            return Ok(());
        }
        let examined = examine(entry, expect)?;
        match link(&self.head, &examined)? {
            Link::Next => {
                self.head = examined.head();
                self.examined.push(examined);
            }
            // After the first new entry a step back is no repetition of what the reader asked for but a disorder.
            Link::Known if !self.examined.is_empty() => {
                let expected = self.head.sequence + 1;
                let got = examined.frame.sequence;
                return Err(Fault::Gap { expected, got });
            }
            Link::Known => self.known += 1,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
