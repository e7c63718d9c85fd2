//! Entries: frame + codes + text, and the commitments that tie them.
//!
//! **Promise.** A content is bound to its frame by a salted hash, so that the frame can stay for ever, prove the content
//! while it exists, and tell nothing once salt and content are gone. Neither content nor salt ever appears in debug output.

use std::fmt;

use verbund_model::Entropy;

use crate::domain;
use crate::hash::{Commitment, sha256};
use crate::key::Signature;

/// The largest codes: room for a protocol with copies of 64 updates, or for a cut over 256 lanes.
pub const CODES_MAX: usize = 32 * 1024;
/// The largest text: a protocol of some 15 pages. A note of 280 characters takes 1.1 KiB at most.
pub const TEXT_MAX: usize = 32 * 1024;
/// Bytes of a salt; as many as the hash, so that a commitment is as hard to guess as to forge.
pub const SALT_BYTES: usize = 32;

/// The part of an entry that a commitment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The closed-vocabulary part.
    Codes,
    /// The free-text part.
    Text,
}

impl Part {
    /// The largest content of this part, in bytes.
    #[must_use]
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Codes => CODES_MAX,
            Self::Text => TEXT_MAX,
        }
    }

    const fn domain(self) -> &'static [u8] {
        match self {
            Self::Codes => domain::CODES,
            Self::Text => domain::TEXT,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Codes => "codes",
            Self::Text => "text",
        })
    }
}

/// A content with the salt that opens its commitment. Both parts exist at the origin, even where the text is empty: whether
/// there was one is nobody else's business.
#[derive(Clone, PartialEq, Eq)]
pub struct Committed {
    /// Random bytes; they are destroyed with the content.
    pub salt: [u8; SALT_BYTES],
    /// The content as its origin encoded it.
    pub content: Vec<u8>,
}

impl Committed {
    /// A content under a fresh salt.
    #[must_use]
    pub fn new(content: Vec<u8>, entropy: &dyn Entropy) -> Self {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt);
        Self { salt, content }
    }

    /// What a frame holds to bind this content.
    #[must_use]
    pub fn commitment(&self, part: Part) -> Commitment {
        Commitment(sha256(&[part.domain(), &self.salt, &self.content]))
    }
}

impl fmt::Debug for Committed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Committed({} bytes)", self.content.len())
    }
}

/// One signed step of an origin's lane, as it travels and as it is stored: bytes that nobody encodes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The frame's bytes, see [`crate::frame`].
    pub frame: Vec<u8>,
    /// The origin's signature over the frame.
    pub signature: Signature,
    /// The closed-vocabulary part; absent once erased.
    pub codes: Option<Committed>,
    /// The free-text part; absent once erased.
    pub text: Option<Committed>,
}

impl Entry {
    /// Bytes that count against quotas: frame and contents.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let content = |part: &Option<Committed>| part.as_ref().map_or(0, |part| part.content.len());
        self.frame.len() + content(&self.codes) + content(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(content: &[u8]) -> Committed {
        Committed {
            salt: [7; SALT_BYTES],
            content: content.to_vec(),
        }
    }

    /// Computed apart from this code: `printf 'verbund/v1/codes\0' | cat - salt content | sha256sum`.
    #[test]
    fn commitments_are_as_documented() {
        assert_eq!(
            committed(b"abc").commitment(Part::Codes).to_string(),
            "beef6dd7fde5d07415aa017764cb7e4c3cd36f23fde1f246a3c5d056ef982c05"
        );
        assert_eq!(
            committed(b"").commitment(Part::Text).to_string(),
            "ee499b81e5683b0453fa42384753daeca8f3770f71cc6cf324d56d4ea4cbf1c6"
        );
    }

    #[test]
    fn part_salt_and_content_all_count() {
        let base = committed(b"abc");
        let mut salted = base.clone();
        salted.salt[31] ^= 1;
        assert_ne!(base.commitment(Part::Codes), base.commitment(Part::Text));
        assert_ne!(base.commitment(Part::Codes), salted.commitment(Part::Codes));
        assert_ne!(
            base.commitment(Part::Codes),
            committed(b"abd").commitment(Part::Codes)
        );
    }

    #[test]
    fn debug_output_holds_neither_content_nor_salt() {
        let entry = Entry {
            frame: vec![],
            signature: [0; 64],
            codes: None,
            text: Some(committed(b"canary")),
        };
        let shown = format!("{entry:?}");
        assert!(shown.contains("Committed(6 bytes)"), "{shown}");
        assert!(
            !shown.contains("canary") && !shown.contains("99, 97, 110") && !shown.contains("7, 7")
        );
    }

    #[test]
    fn bytes_count_frame_and_contents() {
        let entry = Entry {
            frame: vec![0; 160],
            signature: [0; 64],
            codes: Some(committed(b"abc")),
            text: Some(committed(b"de")),
        };
        assert_eq!(entry.bytes(), 165);
        assert_eq!(
            Entry {
                codes: None,
                text: None,
                ..entry
            }
            .bytes(),
            160
        );
    }
}
