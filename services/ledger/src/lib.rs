//! The ledger of a federation: what entries are made of, who signed them, and whether history holds together.
//!
//! **Promise.** Nothing here reads a clock, a file or a socket; randomness is passed in. Whatever is accepted has exactly one
//! byte form and one author, and every refusal says whether the author or the carrier is to blame. The byte layouts, the
//! domains and a check by hand are described in `docs/ledger.md`.
//!
//! - [`frame`]: the signed, permanent part of an entry; [`entry`]: codes and text, bound to it by salted commitments;
//! - [`key`]: Ed25519 with strict verification; [`hash`]: the names of frames, lanes and keys; [`domain`]: what keeps hashes and
//!   signatures apart;
//! - [`chain`]: is an entry what its origin signed, and does it follow in its lane?
//! - [`outcome`] and [`receipt`]: what became of entries at a recipient, signed;
//! - [`charter`]: who signed a charter, and whether one succeeds another;
//! - [`evidence`]: two signed frames that can't both be honest.

pub mod chain;
pub mod charter;
pub mod domain;
pub mod entropy;
pub mod entry;
pub mod evidence;
pub mod frame;
pub mod hash;
pub mod key;
pub mod outcome;
pub mod receipt;

#[cfg(test)]
mod testing;

pub use chain::{
    Content, Examined, Expect, Fault, Followed, Lane, LaneHead, Link, compare, examine, follow,
    link,
};
pub use charter::{
    CharterFault, CharterSignature, Keyring, charter_hash, signed_by_majority, signers, succeeds,
    verify_charter,
};
pub use entropy::SystemEntropy;
pub use entry::{CODES_MAX, Committed, Entry, Part, SALT_BYTES, TEXT_MAX};
pub use evidence::{Evidence, EvidenceError, Proven, SignedFrame};
pub use frame::{FRAME_MAX, Frame, FrameError, SealedFrame, Suite};
pub use hash::{Commitment, FrameHash, HexError, KeyId, LaneId, fingerprint};
pub use key::{EntryKey, KeyError, PublicKey, Signature};
pub use outcome::{HeldReason, Outcome, RefusedReason};
pub use receipt::{Exceptions, Range, Receipt, ReceiptError, SignedReceipt};
