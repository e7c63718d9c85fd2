//! Who signed a charter, and whether one charter succeeds another.
//!
//! **Promise.** A charter changes only by the word of more than half of the members of the one before it, each word signed
//! over the charter's very bytes. Signatures that don't hold count for nothing and harm nothing, so that nobody can spoil a
//! charter on its way by adding to it.

use std::collections::HashMap;

use verbund_model::{Agency, AgencyId, Charter};

use crate::hash::{KeyId, sha256};
use crate::key::{EntryKey, KeyError, PublicKey, Signature};

/// The most signatures that are looked at: four for each of the most members that a federation has. Bounds what a hostile
/// carrier can make a node verify.
pub const SIGNATURES_MAX: usize = 256;

/// One member's word on a charter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharterSignature {
    /// The member.
    pub agency: AgencyId,
    /// The key that signed.
    pub key: KeyId,
    /// The signature over the charter's bytes.
    pub signature: Signature,
}

impl CharterSignature {
    /// Signs a charter's bytes for a member.
    #[must_use]
    pub fn sign(body: &[u8], agency: AgencyId, key: &EntryKey) -> Self {
        Self {
            agency,
            key: key.id(),
            signature: key.sign_charter(body),
        }
    }
}

/// Why a charter isn't taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CharterFault {
    /// The charter is of another federation.
    #[error("charter belongs to another federation")]
    WrongFederation,
    /// Its version doesn't follow the one in force.
    #[error("charter version {got} where {expected} follows")]
    NotNext {
        /// The version that follows.
        expected: u32,
        /// The version that came.
        got: u32,
    },
    /// It names another predecessor than the charter in force: there are two stories.
    #[error("charter does not name the one in force as its predecessor")]
    WrongPredecessor,
    /// A key that it lists for an agency is none.
    #[error("entry key of {agency}: {error}")]
    InvalidKey {
        /// The agency.
        agency: AgencyId,
        /// What is wrong with the key.
        error: KeyError,
    },
    /// Fewer members signed than must.
    #[error("charter is signed by {have} members, {need} are needed")]
    TooFewSignatures {
        /// Members whose signature holds.
        have: usize,
        /// Members that must sign: more than half.
        need: usize,
    },
    /// The key isn't the member's.
    #[error("charter is signed with a key that is not the member's")]
    UnknownKey,
    /// The signature doesn't verify.
    #[error("signature does not verify")]
    BadSignature,
}

impl CharterFault {
    /// The stable reason, as alarms and logs give it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::WrongFederation => "wrong-federation",
            Self::NotNext { .. } => "not-next",
            Self::WrongPredecessor => "wrong-predecessor",
            Self::InvalidKey { .. } => "invalid-key",
            Self::TooFewSignatures { .. } => "too-few-signatures",
            Self::UnknownKey => "unknown-key",
            Self::BadSignature => "bad-signature",
        }
    }
}

/// The entry keys of all members of a charter, parsed once.
#[derive(Clone, Debug, Default)]
pub struct Keyring(HashMap<AgencyId, Vec<PublicKey>>);

impl Keyring {
    /// The keys that a charter lists.
    ///
    /// # Errors
    /// [`CharterFault::InvalidKey`] for the first that isn't one.
    pub fn of(charter: &Charter) -> Result<Self, CharterFault> {
        let keys = charter.agencies().map(|agency| match entry_keys(agency) {
            Ok(keys) => Ok((agency.id.clone(), keys)),
            Err(error) => Err(CharterFault::InvalidKey {
                agency: agency.id.clone(),
                error,
            }),
        });
        Ok(Self(keys.collect::<Result<_, _>>()?))
    }

    /// An agency's keys; none for one that isn't a member.
    #[must_use]
    pub fn keys(&self, agency: &AgencyId) -> &[PublicKey] {
        self.0.get(agency).map_or(&[], Vec::as_slice)
    }
}

fn entry_keys(agency: &Agency) -> Result<Vec<PublicKey>, KeyError> {
    let keys = agency.entry_keys.iter();
    keys.map(|key| PublicKey::parse(key.to_bytes())).collect()
}

/// The hash by which its successor names a charter: plain SHA-256 of its bytes, so that `sha256sum` gives the same.
#[must_use]
pub fn charter_hash(body: &[u8]) -> [u8; 32] {
    sha256(&[body])
}

/// Checks one member's signature over a charter's bytes with that member's keys.
///
/// # Errors
/// [`CharterFault::UnknownKey`], [`CharterFault::BadSignature`].
pub fn verify_charter(
    body: &[u8],
    signature: &CharterSignature,
    keys: &[PublicKey],
) -> Result<(), CharterFault> {
    let mut fault = CharterFault::UnknownKey;
    for key in keys.iter().filter(|key| key.id() == signature.key) {
        if key.verifies_charter(body, &signature.signature) {
            return Ok(());
        }
        fault = CharterFault::BadSignature;
    }
    Err(fault)
}

/// The members whose signature over these bytes holds, ascending, each once. At most [`SIGNATURES_MAX`] signatures are
/// looked at.
#[must_use]
pub fn signers(body: &[u8], signatures: &[CharterSignature], members: &Keyring) -> Vec<AgencyId> {
    let mut signers: Vec<AgencyId> = Vec::new();
    for signature in signatures.iter().take(SIGNATURES_MAX) {
        if let Err(place) = signers.binary_search(&signature.agency)
            && verify_charter(body, signature, members.keys(&signature.agency)).is_ok()
        {
            signers.insert(place, signature.agency.clone());
        }
    }
    signers
}

/// Checks that more than half of a charter's members signed these bytes: the members of the charter itself for a first
/// charter, those of the one in force for its successor.
///
/// # Errors
/// [`CharterFault::TooFewSignatures`], [`CharterFault::InvalidKey`].
pub fn signed_by_majority(
    members: &Charter,
    body: &[u8],
    signatures: &[CharterSignature],
) -> Result<(), CharterFault> {
    let keyring = Keyring::of(members)?;
    let need = members.members().len() / 2 + 1;
    let have = signers(body, signatures, &keyring).len();
    if have < need {
        return Err(CharterFault::TooFewSignatures { have, need });
    }
    Ok(())
}

/// Checks that `next` takes the place of the charter in force: same federation, the next version, the hash of the one in
/// force, keys that are keys, and the signatures of more than half of the *current* members over `next_body`, which must be
/// the bytes that `next` was parsed from.
///
/// A node that is several versions behind takes them one after the other.
///
/// # Errors
/// The first of these that doesn't hold.
pub fn succeeds(
    current: &Charter,
    current_hash: &[u8; 32],
    next: &Charter,
    next_body: &[u8],
    signatures: &[CharterSignature],
) -> Result<(), CharterFault> {
    if next.federation() != current.federation() {
        return Err(CharterFault::WrongFederation);
    }
    let (expected, got) = (current.version().saturating_add(1), next.version());
    if got != expected {
        return Err(CharterFault::NotNext { expected, got });
    }
    if next.previous_hash().as_ref() != Some(current_hash) {
        return Err(CharterFault::WrongPredecessor);
    }
    Keyring::of(next)?;
    signed_by_majority(current, next_body, signatures)
}

#[cfg(test)]
mod tests;
