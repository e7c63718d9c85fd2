//! Evidence: two frames that one agency signed and that can't both be honest.
//!
//! **Promise.** [`Evidence::verify`] needs the two frames and the origin's keys, nothing else, so that an outsider with the
//! charter can check it offline; and there is no way to make evidence against an agency without its key. It holds frames
//! only, so that it tells nothing of any content.

use verbund_model::{AgencyId, FederationId};

use crate::frame::{self, FRAME_MAX, Frame, FrameError};
use crate::hash::LaneId;
use crate::key::{PublicKey, Signature};

/// Format byte of the one layout that exists.
const FORMAT: u8 = 1;

/// A frame and its origin's signature, verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedFrame {
    /// The frame's bytes.
    pub frame: Vec<u8>,
    /// The origin's signature over them.
    pub signature: Signature,
}

impl From<(Vec<u8>, Signature)> for SignedFrame {
    fn from((frame, signature): (Vec<u8>, Signature)) -> Self {
        Self { frame, signature }
    }
}

/// What an agency is shown to have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Two different frames for one place in a lane.
    Fork {
        /// One of them.
        a: SignedFrame,
        /// The other.
        b: SignedFrame,
    },
    /// A frame, and another for the next place that names a different predecessor: the origin has a second story up to there.
    Break {
        /// The frame in the earlier place.
        before: SignedFrame,
        /// The frame in the next place.
        after: SignedFrame,
    },
}

/// Whom verified evidence is against, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The federation.
    pub federation: FederationId,
    /// The agency that signed both frames.
    pub origin: AgencyId,
    /// The lane.
    pub lane: LaneId,
    /// The place that the origin filled twice.
    pub sequence: u64,
}

/// Why something is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The file isn't evidence in the layout that exists.
    #[error("not an evidence file")]
    Malformed,
    /// One of the frames isn't a frame.
    #[error("{0}")]
    Frame(#[from] FrameError),
    /// One of the frames isn't signed by the given keys.
    #[error("a frame is not signed by its origin's keys")]
    NotSigned,
    /// The frames are of different federations, origins or lanes, or not in places that could contradict each other.
    #[error("frames do not concern one place in one lane")]
    Unrelated,
    /// The frames agree with each other.
    #[error("frames do not contradict each other")]
    Consistent,
}

impl Evidence {
    /// Checks that one agency signed both frames and that they contradict each other. `keys` are those that the charter gives,
    /// or gave, the frames' origin.
    ///
    /// # Errors
    /// Says what keeps it from being evidence.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<Proven, EvidenceError> {
        let (first, second) = self.frames();
        let (a, b) = (Frame::decode(&first.frame)?, Frame::decode(&second.frame)?);
        if !is_signed(&a, first, keys) || !is_signed(&b, second, keys) {
            return Err(EvidenceError::NotSigned);
        }
        let (step, contradiction) = match self {
            Self::Fork { .. } => (0, first.frame != second.frame),
            Self::Break { .. } => (1, b.previous != frame::hash(&first.frame)),
        };
        if (&a.federation, &a.origin, a.lane, a.sequence + step)
            != (&b.federation, &b.origin, b.lane, b.sequence)
        {
            return Err(EvidenceError::Unrelated);
        }
        if !contradiction {
            return Err(EvidenceError::Consistent);
        }
        Ok(Proven {
            federation: a.federation,
            origin: a.origin,
            lane: a.lane,
            sequence: a.sequence,
        })
    }

    /// Whom it claims to be against: tells which keys to verify it with.
    ///
    /// # Errors
    /// [`EvidenceError::Frame`] when the first frame isn't one.
    pub fn accused(&self) -> Result<AgencyId, EvidenceError> {
        Ok(Frame::decode(&self.frames().0.frame)?.origin)
    }

    /// Writes it as a file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let kind = match self {
            Self::Fork { .. } => 1,
            Self::Break { .. } => 2,
        };
        let (a, b) = self.frames();
        let mut out = vec![FORMAT, kind];
        for signed in [a, b] {
            // What is longer than a frame can be verifies nowhere, and is read nowhere either.
            let length = u16::try_from(signed.frame.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&signed.frame);
            out.extend_from_slice(&signed.signature);
        }
        out
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`EvidenceError::Malformed`] when the bytes are not what [`Evidence::encode`] writes. Nothing is verified yet.
    pub fn decode(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let (head, rest) = bytes.split_first_chunk().ok_or(EvidenceError::Malformed)?;
        let (first, rest) = split_frame(rest).ok_or(EvidenceError::Malformed)?;
        let (second, rest) = split_frame(rest).ok_or(EvidenceError::Malformed)?;
        match (head, rest) {
            ([FORMAT, 1], []) => Ok(Self::Fork {
                a: first,
                b: second,
            }),
            ([FORMAT, 2], []) => Ok(Self::Break {
                before: first,
                after: second,
            }),
            _ => Err(EvidenceError::Malformed),
        }
    }

    const fn frames(&self) -> (&SignedFrame, &SignedFrame) {
        match self {
            Self::Fork { a, b } => (a, b),
            Self::Break { before, after } => (before, after),
        }
    }
}

fn is_signed(frame: &Frame, signed: &SignedFrame, keys: &[PublicKey]) -> bool {
    keys.iter()
        .any(|key| key.id() == frame.key && key.verifies_frame(&signed.frame, &signed.signature))
}

fn split_frame(bytes: &[u8]) -> Option<(SignedFrame, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length > FRAME_MAX {
        return None;
    }
    let (frame, rest) = rest.split_at_checked(length)?;
    let (signature, rest) = rest.split_first_chunk()?;
    let signed = SignedFrame {
        frame: frame.to_vec(),
        signature: *signature,
    };
    Some((signed, rest))
}

#[cfg(test)]
mod tests;
