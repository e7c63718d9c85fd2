//! Protocols as files: what a protocol says, the signed entries that say so, and a check that needs the charter alone.
//!
//! **Promise.** [`verify`] tells that a file is whole only where each of its bytes is what the signed entries in it come to: who wrote the
//! revision, who signed it off, who objected, and every text. A file with one other byte is refused.
//!
//! It leaves two things open, and says so: whether an agency has changed its word since the file was made, which only a node can tell; and
//! texts of a protocol of which something was left out: a commitment covers all of a text, so what is not passed on can't be
//! proven in parts. Then the signatures alone are.
//!
//! - [`stated`]: what is said; [`proof`]: what proves it; [`document`]: the same for people to read.

pub mod document;
pub mod proof;
pub mod stated;

use serde::{Deserialize, Serialize};

pub use proof::{NotVerified, Proven, Verified, verify};

/// The form of a file. Another form gets another name.
pub const FORMAT: &str = "verbund-protocol/1";
/// Most bytes of a file: 512 steps on a subject take far less, but for two entries of 64 KiB in base64.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A protocol as a JSON file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolFile {
    /// [`FORMAT`].
    pub format: String,
    /// The federation.
    pub federation: String,
    /// What the protocol says.
    pub protocol: stated::Stated,
    /// The signed entries: the revision that circulates, the words on it, and what its writer did with it, in this order. None of a
    /// draft.
    pub proof: Vec<proof::Signed>,
}

impl ProtocolFile {
    /// The one spelling of this file.
    ///
    /// # Errors
    /// None that a file of this form can have; serde's.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// The JSON file that is attached to a PDF file of an export; nothing where there is none.
#[must_use]
pub fn attached_to(pdf: &[u8]) -> Option<Vec<u8>> {
    verbund_document::attachment(pdf)
}
