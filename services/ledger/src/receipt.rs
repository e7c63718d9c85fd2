//! Receipts: a recipient's signed word on how far it holds a lane, and on which entries it doesn't hold as they are.
//!
//! **Promise.** A receipt has exactly one encoding. Of two receipts by one recipient on one lane all nodes agree which one
//! counts, in whatever order they arrive: [`Receipt::supersedes`] is a total order, so gossip ends.

use std::cmp::Ordering;

use verbund_model::AgencyId;

use crate::frame::SEQUENCE_MAX;
use crate::hash::{FrameHash, KeyId, LaneId};
use crate::key::{EntryKey, PublicKey, Signature};
use crate::outcome::Outcome;

mod exceptions;

pub use exceptions::{Exceptions, RANGES_MAX, Range};

/// Format byte of the one layout that exists.
const FORMAT: u8 = 1;
/// Code of the one signature suite, Ed25519.
const SUITE: u8 = 1;
/// Bytes before the recipient's name.
const FIXED: usize = 82;
/// Bytes of one range.
const RANGE: usize = 17;
/// No receipt is longer than this.
pub const RECEIPT_MAX: usize = FIXED + 64 + 2 + RANGES_MAX * RANGE;

/// How far a recipient holds a lane. It holds all entries up to `sequence` as `stored`, but for the exceptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The agency whose word it is.
    pub recipient: AgencyId,
    /// Generation of the recipient's store; rises with every start.
    pub generation: u64,
    /// The lane.
    pub lane: LaneId,
    /// The last sequence that the recipient has flushed, `1..=SEQUENCE_MAX`.
    pub sequence: u64,
    /// Hash of the frame with that sequence: with it all before it is named too.
    pub hash: FrameHash,
    /// The entries that aren't simply stored.
    pub exceptions: Exceptions,
}

/// A receipt as it travels and as it is kept: bytes that nobody encodes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReceipt {
    /// The receipt's bytes.
    pub body: Vec<u8>,
    /// The recipient's signature over them.
    pub signature: Signature,
}

/// Why bytes are no receipt of the agency they name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Shorter than its layout says.
    #[error("receipt is truncated")]
    Truncated,
    /// Longer than its layout says.
    #[error("receipt has trailing bytes")]
    Trailing,
    /// A layout that this release doesn't know.
    #[error("receipt format {0} is unknown")]
    UnknownFormat(u8),
    /// A signature suite that this release doesn't know.
    #[error("signature suite {0} is unknown")]
    UnknownSuite(u8),
    /// An outcome that this release doesn't know.
    #[error("outcome {0} is unknown")]
    UnknownOutcome(u8),
    /// The recipient isn't an id.
    #[error("recipient is not an id")]
    InvalidRecipient,
    /// The sequence is 0 or above [`SEQUENCE_MAX`].
    #[error("sequence is out of range")]
    SequenceOutOfRange,
    /// The exceptions are not ascending, merged, within the lane and within their bound.
    #[error("exceptions are not canonical")]
    ExceptionsNotCanonical,
    /// The charter gives the recipient no such key.
    #[error("receipt is signed with a key that the charter doesn't list for its recipient")]
    UnknownKey,
    /// The signature doesn't verify.
    #[error("signature does not verify")]
    BadSignature,
}

impl Receipt {
    /// Writes the one encoding of this receipt under a key. Exceptions beyond its sequence are left out: an entry may have
    /// arrived between the caller's two looks at the lane.
    #[must_use]
    pub fn encode(&self, key: KeyId) -> Vec<u8> {
        debug_assert!(
            (1..=SEQUENCE_MAX).contains(&self.sequence),
            "sequences start at 1"
        );
        let recipient = self.recipient.as_str();
        let exceptions = self.exceptions.up_to(self.sequence);
        let ranges = exceptions.ranges();
        let mut out = Vec::with_capacity(FIXED + 1 + recipient.len() + 2 + ranges.len() * RANGE);
        out.extend_from_slice(&[FORMAT, SUITE]);
        out.extend_from_slice(&key.0);
        out.extend_from_slice(&self.generation.to_be_bytes());
        out.extend_from_slice(&self.lane.0);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.hash.0);
        out.extend_from_slice(&exceptions.truncated_below().to_be_bytes());
        out.push(u8::try_from(recipient.len()).expect("an id has at most 63 characters"));
        out.extend_from_slice(recipient.as_bytes());
        let count = u16::try_from(ranges.len()).expect("exceptions are capped");
        out.extend_from_slice(&count.to_be_bytes());
        for range in ranges {
            out.extend_from_slice(&range.first.to_be_bytes());
            out.extend_from_slice(&range.last.to_be_bytes());
            out.push(range.outcome.code());
        }
        out
    }

    /// Reads a receipt and the name of the key that it is signed with. Proves nothing yet: see [`SignedReceipt::verify`].
    ///
    /// # Errors
    /// Says what keeps the bytes from being the one encoding of a receipt.
    pub fn decode(bytes: &[u8]) -> Result<(Self, KeyId), ReceiptError> {
        let mut reader = Reader(bytes);
        let [format] = reader.take()?;
        if format != FORMAT {
            return Err(ReceiptError::UnknownFormat(format));
        }
        let [suite] = reader.take()?;
        if suite != SUITE {
            return Err(ReceiptError::UnknownSuite(suite));
        }
        let key = KeyId(reader.take()?);
        let generation = reader.number()?;
        let lane = LaneId(reader.take()?);
        let sequence = reader.number()?;
        let hash = FrameHash(reader.take()?);
        let truncated_below = reader.number()?;
        let recipient = reader.name()?;
        let ranges = reader.ranges()?;
        if !reader.0.is_empty() {
            return Err(ReceiptError::Trailing);
        }
        if !(1..=SEQUENCE_MAX).contains(&sequence) {
            return Err(ReceiptError::SequenceOutOfRange);
        }
        let receipt = Self {
            recipient,
            generation,
            lane,
            sequence,
            hash,
            exceptions: Exceptions::from_canonical(ranges, truncated_below, sequence)
                .ok_or(ReceiptError::ExceptionsNotCanonical)?,
        };
        Ok((receipt, key))
    }

    /// Encodes and signs.
    #[must_use]
    pub fn sign(&self, key: &EntryKey) -> SignedReceipt {
        let body = self.encode(key.id());
        SignedReceipt {
            signature: key.sign_receipt(&body),
            body,
        }
    }

    /// What became of one entry; `None` where the receipt doesn't say, because it doesn't reach so far or had to drop its
    /// oldest exceptions.
    #[must_use]
    pub fn outcome(&self, sequence: u64) -> Option<Outcome> {
        if !(1..=self.sequence).contains(&sequence) {
            return None;
        }
        self.exceptions.outcome(sequence)
    }

    /// Whether this receipt counts instead of `other`. False for receipts of other recipients or lanes, and for itself.
    ///
    /// The higher generation wins, then the higher sequence, then the one whose entries have come further (waiting, settled,
    /// erased), since an honest recipient only goes that way. What is left can't be told apart in time, and is ordered by its
    /// content, so that all nodes keep the same one. Where a receipt had to drop exceptions the third step sees those that are
    /// left only; a wrong choice there lasts until the recipient's next sequence or start.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        self.recipient == other.recipient
            && self.lane == other.lane
            && self.compare_age(other) == Ordering::Greater
    }

    fn compare_age(&self, other: &Self) -> Ordering {
        let rank = |receipt: &Self| {
            (
                receipt.generation,
                receipt.sequence,
                receipt.exceptions.progress(),
                receipt.exceptions.truncated_below(),
                receipt.hash,
            )
        };
        rank(self)
            .cmp(&rank(other))
            .then_with(|| self.exceptions.ranges().cmp(other.exceptions.ranges()))
    }
}

impl SignedReceipt {
    /// Reads the receipt and checks it with the keys that the charter gives the agency it names.
    ///
    /// That this agency belongs to the lane's audience, and that the hash is the lane's, is the caller's to check: both need
    /// the lane.
    ///
    /// # Errors
    /// As [`Receipt::decode`], and [`ReceiptError::UnknownKey`], [`ReceiptError::BadSignature`].
    pub fn verify<'k>(
        &self,
        keys_of: impl FnOnce(&AgencyId) -> &'k [PublicKey],
    ) -> Result<Receipt, ReceiptError> {
        let (receipt, id) = Receipt::decode(&self.body)?;
        let mut error = ReceiptError::UnknownKey;
        for key in keys_of(&receipt.recipient)
            .iter()
            .filter(|key| key.id() == id)
        {
            if key.verifies_receipt(&self.body, &self.signature) {
                return Ok(receipt);
            }
            error = ReceiptError::BadSignature;
        }
        Err(error)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReceiptError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(ReceiptError::Truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    fn number(&mut self) -> Result<u64, ReceiptError> {
        self.take().map(u64::from_be_bytes)
    }

    fn name(&mut self) -> Result<AgencyId, ReceiptError> {
        let [length] = self.take()?;
        let (name, rest) = self
            .0
            .split_at_checked(length.into())
            .ok_or(ReceiptError::Truncated)?;
        self.0 = rest;
        let name = str::from_utf8(name).map_err(|_| ReceiptError::InvalidRecipient)?;
        AgencyId::parse(name).map_err(|_| ReceiptError::InvalidRecipient)
    }

    fn ranges(&mut self) -> Result<Vec<Range>, ReceiptError> {
        let count = usize::from(u16::from_be_bytes(self.take()?));
        if count > RANGES_MAX {
            return Err(ReceiptError::ExceptionsNotCanonical);
        }
        let mut ranges = Vec::with_capacity(count);
        for _ in 0..count {
            let (first, last, [code]) = (self.number()?, self.number()?, self.take()?);
            let outcome = Outcome::from_code(code).ok_or(ReceiptError::UnknownOutcome(code))?;
            ranges.push(Range {
                first,
                last,
                outcome,
            });
        }
        Ok(ranges)
    }
}

#[cfg(test)]
mod tests;
