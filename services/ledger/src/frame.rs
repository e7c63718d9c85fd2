//! The frame: the signed, permanent part of an entry, which tells nothing of the content.
//!
//! **Promise.** A frame has exactly one encoding, and [`Frame::decode`] takes that one only: known format and suite, no
//! trailing bytes, all numbers in range. So equal hashes mean equal frames, and nobody can make a second spelling of one.
//!
//! The layout is written down in `docs/ledger.md`; it doesn't change. A new layout gets a new format byte.

use verbund_model::{AgencyId, FederationId};

use crate::domain;
use crate::hash::{Commitment, FrameHash, KeyId, LaneId, sha256};
use crate::key::{EntryKey, Signature};

/// Format byte of the one layout that exists.
const FORMAT: u8 = 1;
/// Bytes before the two names.
const FIXED: usize = 138;
/// The longest name: a slug has up to 63 characters.
const NAME_MAX: usize = 63;
/// No frame is longer than this.
pub const FRAME_MAX: usize = FIXED + 2 * (1 + NAME_MAX);
/// The highest sequence: what a signed 64-bit column of a database holds. At 15,000 entries a second it lasts 19 million years.
pub const SEQUENCE_MAX: u64 = i64::MAX as u64;
/// The last day that a calendar here knows, 9999-12-31, in days since 1970-01-01.
pub const DAY_MAX: i32 = 2_932_896;

/// The cryptography that a frame uses. Named in every frame, so that another can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// Ed25519 (RFC 8032, verified strictly) with SHA-256 for hashes and commitments.
    Ed25519,
}

impl Suite {
    const fn code(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
        }
    }
}

/// A frame, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The cryptography used.
    pub suite: Suite,
    /// The federation that the entry belongs to.
    pub federation: FederationId,
    /// The agency that made it.
    pub origin: AgencyId,
    /// The origin's epoch; a lost entry key opens another.
    pub epoch: u32,
    /// The lane that it is in.
    pub lane: LaneId,
    /// Its place in the lane, `1..=SEQUENCE_MAX`; without gaps.
    pub sequence: u64,
    /// Hash of the frame before it in the lane; zero in the first.
    pub previous: FrameHash,
    /// The key that signed it.
    pub key: KeyId,
    /// The last day on which its content may exist, in days since 1970-01-01; `0..=DAY_MAX`.
    pub erasure_day: i32,
    /// Binds the codes.
    pub codes: Commitment,
    /// Binds the text.
    pub text: Commitment,
}

/// A frame that its origin has encoded and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFrame {
    /// The frame's bytes.
    pub frame: Vec<u8>,
    /// The origin's signature over them.
    pub signature: Signature,
    /// Their hash.
    pub hash: FrameHash,
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Shorter than its layout says.
    #[error("frame is truncated")]
    Truncated,
    /// Longer than its layout says.
    #[error("frame has trailing bytes")]
    Trailing,
    /// A layout that this release doesn't know.
    #[error("frame format {0} is unknown")]
    UnknownFormat(u8),
    /// A signature suite that this release doesn't know.
    #[error("signature suite {0} is unknown")]
    UnknownSuite(u8),
    /// The sequence is 0 or above [`SEQUENCE_MAX`].
    #[error("sequence is out of range")]
    SequenceOutOfRange,
    /// The erasure day is outside `0..=DAY_MAX`.
    #[error("erasure day is out of range")]
    DayOutOfRange,
    /// The federation isn't an id.
    #[error("federation is not an id")]
    InvalidFederation,
    /// The origin isn't an id.
    #[error("origin is not an id")]
    InvalidOrigin,
}

impl Frame {
    /// Writes the one encoding of this frame.
    ///
    /// The ranges of [`Frame::sequence`] and [`Frame::erasure_day`] are the caller's to keep: outside of them the bytes are
    /// such that nobody decodes them.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        debug_assert!(
            (1..=SEQUENCE_MAX).contains(&self.sequence),
            "sequences start at 1"
        );
        debug_assert!(
            (0..=DAY_MAX).contains(&self.erasure_day),
            "a day of the calendar"
        );
        let (federation, origin) = (self.federation.as_str(), self.origin.as_str());
        let mut out = Vec::with_capacity(FIXED + 2 + federation.len() + origin.len());
        out.extend_from_slice(&[FORMAT, self.suite.code()]);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.lane.0);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.previous.0);
        out.extend_from_slice(&self.key.0);
        out.extend_from_slice(&self.erasure_day.to_be_bytes());
        out.extend_from_slice(&self.codes.0);
        out.extend_from_slice(&self.text.0);
        for name in [federation, origin] {
            out.push(u8::try_from(name.len()).expect("an id has at most 63 characters"));
            out.extend_from_slice(name.as_bytes());
        }
        out
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// Says what keeps the bytes from being the one encoding of a frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let view = FrameView::read(bytes)?;
        let federation = name(view.federation).and_then(|name| FederationId::parse(name).ok());
        let origin = name(view.origin).and_then(|name| AgencyId::parse(name).ok());
        Ok(view.with_names(
            federation.ok_or(FrameError::InvalidFederation)?,
            origin.ok_or(FrameError::InvalidOrigin)?,
        ))
    }

    /// Encodes, hashes and signs in one go. `key` must be the one that [`Frame::key`] names.
    #[must_use]
    pub fn seal(&self, key: &EntryKey) -> SealedFrame {
        debug_assert_eq!(self.key, key.id(), "a frame names the key that signs it");
        let frame = self.encode();
        SealedFrame {
            signature: key.sign_frame(&frame),
            hash: hash(&frame),
            frame,
        }
    }
}

/// The hash that names a frame: SHA-256 over [`domain::FRAME_HASH`] and the frame's bytes, without the signature.
#[must_use]
pub fn hash(frame: &[u8]) -> FrameHash {
    FrameHash(sha256(&[domain::FRAME_HASH, frame]))
}

/// Where a frame says it belongs, read without checking the rest: enough to drop a repetition before paying for its
/// signature, never enough to believe it.
///
/// # Errors
/// As [`Frame::decode`], but for the two names.
pub fn position(frame: &[u8]) -> Result<(LaneId, u64), FrameError> {
    let view = FrameView::read(frame)?;
    Ok((view.lane, view.sequence))
}

/// A frame's fields with the names still in the bytes: whoever knows which names to expect compares them and saves the
/// allocations.
#[derive(Debug)]
pub(crate) struct FrameView<'a> {
    suite: Suite,
    epoch: u32,
    pub(crate) lane: LaneId,
    pub(crate) sequence: u64,
    previous: FrameHash,
    pub(crate) key: KeyId,
    erasure_day: i32,
    codes: Commitment,
    text: Commitment,
    pub(crate) federation: &'a [u8],
    pub(crate) origin: &'a [u8],
}

impl<'a> FrameView<'a> {
    /// Reads everything; that the two names are ids is left to the caller.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let mut reader = Reader(bytes);
        let [format] = reader.take()?;
        if format != FORMAT {
            return Err(FrameError::UnknownFormat(format));
        }
        let suite = match reader.take()? {
            [1] => Suite::Ed25519,
            [other] => return Err(FrameError::UnknownSuite(other)),
        };
        let view = Self {
            suite,
            epoch: u32::from_be_bytes(reader.take()?),
            lane: LaneId(reader.take()?),
            sequence: u64::from_be_bytes(reader.take()?),
            previous: FrameHash(reader.take()?),
            key: KeyId(reader.take()?),
            erasure_day: i32::from_be_bytes(reader.take()?),
            codes: Commitment(reader.take()?),
            text: Commitment(reader.take()?),
            federation: reader.name()?,
            origin: reader.name()?,
        };
        if !reader.0.is_empty() {
            return Err(FrameError::Trailing);
        }
        if !(1..=SEQUENCE_MAX).contains(&view.sequence) {
            return Err(FrameError::SequenceOutOfRange);
        }
        if !(0..=DAY_MAX).contains(&view.erasure_day) {
            return Err(FrameError::DayOutOfRange);
        }
        Ok(view)
    }

    /// The frame, with names that the caller has found to be those in the bytes.
    pub(crate) fn with_names(&self, federation: FederationId, origin: AgencyId) -> Frame {
        Frame {
            suite: self.suite,
            federation,
            origin,
            epoch: self.epoch,
            lane: self.lane,
            sequence: self.sequence,
            previous: self.previous,
            key: self.key,
            erasure_day: self.erasure_day,
            codes: self.codes,
            text: self.text,
        }
    }
}

fn name(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(FrameError::Truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    fn name(&mut self) -> Result<&'a [u8], FrameError> {
        let [length] = self.take()?;
        let (name, rest) = self
            .0
            .split_at_checked(length.into())
            .ok_or(FrameError::Truncated)?;
        self.0 = rest;
        Ok(name)
    }
}

#[cfg(test)]
mod tests;
