//! Ed25519 keys: entry keys that sign, and public keys that check.
//!
//! **Promise.** Verification accepts exactly what `verify_strict` of ed25519-dalek accepts, minus public keys that are not
//! canonically encoded: S below the group order, neither the key nor R of small order, R compared in its one canonical
//! encoding, the cofactorless equation. So all nodes, and an outsider with another library, agree on each signature, and no
//! key exists under which one signature holds for many messages.
//!
//! aws-lc does the arithmetic; it checks S and compares R byte for byte, but lets keys and R of small order pass. Those are
//! few and known, so they are refused by a table. Whether a key lies on the curve at all is left to verification, where one
//! that doesn't verifies nothing.

use std::fmt;

use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use verbund_model::{Entropy, Pseudonym};
use zeroize::Zeroizing;

use crate::domain;
use crate::hash::{KeyId, parse_hex, sha256};

/// An Ed25519 signature as RFC 8032 writes it: R, then S.
pub type Signature = [u8; 64];

/// Messages up to this size are put together on the stack: a frame with its domain fits, and most receipts.
const STACK_BYTES: usize = 512;

/// The y coordinates of all points of small order, little-endian and without the sign bit, with the non-canonical
/// encodings that reduce to them.
///
/// Source: the points of E[8] as curve25519-dalek lists them (`EIGHT_TORSION`; also in "Taming the many EdDSAs", Chalkias,
/// Garillot, Nikolaenko, SSR 2020); the same seven that libsodium's `ge25519_has_small_order` refuses.
const SMALL_ORDER_Y: [[u8; 32]; 7] = [
    // 0: order 4
    y("0000000000000000000000000000000000000000000000000000000000000000"),
    // 1: order 1
    y("0100000000000000000000000000000000000000000000000000000000000000"),
    // order 8
    y("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    // order 8: p minus the one above
    y("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    // p - 1: order 2
    y("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    // p, reduces to 0
    y("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    // p + 1, reduces to 1
    y("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
];

const fn y(hex: &str) -> [u8; 32] {
    const fn digit(c: u8) -> u8 {
        if c.is_ascii_digit() {
            c - b'0'
        } else {
            c - b'a' + 10
        }
    }
    let hex = hex.as_bytes();
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        bytes[i] = digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]);
        i += 1;
    }
    bytes
}

/// Whether these bytes encode a point of small order, canonically or not.
fn has_small_order(point: &[u8; 32]) -> bool {
    let mut without_sign = *point;
    without_sign[31] &= 0x7f;
    SMALL_ORDER_Y.contains(&without_sign)
}

/// Whether y, without the sign bit, is below p = 2^255 - 19.
fn has_canonical_y(point: &[u8; 32]) -> bool {
    let all_ones = point[31] & 0x7f == 0x7f && point[1..31].iter().all(|byte| *byte == 0xff);
    !(all_ones && point[0] >= 0xed)
}

/// Why 32 bytes are no public key, or other bytes no private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The point is one of the eight of small order; anyone could sign for it.
    #[error("public key has small order")]
    SmallOrder,
    /// The coordinate isn't below the field's prime: the same key would have two spellings.
    #[error("public key is not canonically encoded")]
    NotCanonical,
    /// The bytes are no key at all.
    #[error("not an Ed25519 key")]
    Malformed,
}

/// A public entry key that has been checked.
#[derive(Clone)]
pub struct PublicKey {
    bytes: [u8; 32],
    id: KeyId,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// Takes a key in the encoding of RFC 8032.
    ///
    /// # Errors
    /// Refuses keys of small order and those that are not canonically encoded.
    pub fn parse(bytes: [u8; 32]) -> Result<Self, KeyError> {
        if has_small_order(&bytes) {
            return Err(KeyError::SmallOrder);
        }
        if !has_canonical_y(&bytes) {
            return Err(KeyError::NotCanonical);
        }
        let parsed = ParsedPublicKey::new(&ED25519, bytes).map_err(|_| KeyError::Malformed)?;
        Ok(Self {
            bytes,
            id: key_id(&bytes),
            parsed,
        })
    }

    /// Takes a key written as 64 lower-case hex digits, as charters do.
    ///
    /// # Errors
    /// As [`PublicKey::parse`], and [`KeyError::Malformed`] for another text.
    pub fn parse_hex(text: &str) -> Result<Self, KeyError> {
        Self::parse(parse_hex(text).ok_or(KeyError::Malformed)?)
    }

    /// The key in the encoding of RFC 8032.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The name under which frames and receipts point to it.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Whether the key's owner signed these bytes as a frame.
    #[must_use]
    pub fn verifies_frame(&self, frame: &[u8], signature: &Signature) -> bool {
        self.verifies(domain::FRAME_SIGNATURE, frame, signature)
    }

    /// Whether the key's owner signed these bytes as a receipt.
    #[must_use]
    pub fn verifies_receipt(&self, receipt: &[u8], signature: &Signature) -> bool {
        self.verifies(domain::RECEIPT_SIGNATURE, receipt, signature)
    }

    /// Whether the key's owner signed these bytes as a charter.
    #[must_use]
    pub fn verifies_charter(&self, charter: &[u8], signature: &Signature) -> bool {
        self.verifies(domain::CHARTER_SIGNATURE, charter, signature)
    }

    fn verifies(&self, domain: &[u8], bytes: &[u8], signature: &Signature) -> bool {
        with_domain(domain, bytes, |message| {
            self.verifies_strictly(message, signature)
        })
    }

    fn verifies_strictly(&self, message: &[u8], signature: &Signature) -> bool {
        let r: &[u8; 32] = signature.first_chunk().expect("a signature has 64 bytes");
        !has_small_order(r) && self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

/// An agency's private entry key: signs its frames, its receipts and its word on charters.
///
/// aws-lc keeps the private half and wipes it when it is freed; seeds that pass through here are wiped too.
pub struct EntryKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl EntryKey {
    /// Makes a new key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut());
        Self::from_seed(&seed).expect("every 32 bytes are a seed of a key of large order")
    }

    /// Takes the 32 bytes that RFC 8032 calls the private key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when aws-lc refuses them.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::from_pair(Ed25519KeyPair::from_seed_unchecked(seed))
    }

    /// Takes a key from 64 lower-case hex digits of its seed.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for another text.
    pub fn from_seed_hex(text: &str) -> Result<Self, KeyError> {
        let seed = Zeroizing::new(parse_hex(text).ok_or(KeyError::Malformed)?);
        Self::from_seed(&seed)
    }

    /// Takes a key in PKCS#8 (RFC 8410), DER, with or without the public half.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it isn't one, or its halves don't belong together.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pair(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der))
    }

    fn from_pair(
        pair: Result<Ed25519KeyPair, aws_lc_rs::error::KeyRejected>,
    ) -> Result<Self, KeyError> {
        let pair = pair.map_err(|_| KeyError::Malformed)?;
        let public = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| KeyError::Malformed)?;
        let public = PublicKey::parse(public)?;
        Ok(Self { pair, public })
    }

    /// The private half, for writing it to a file that only the node may read.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        let secret = self.pair.seed().expect("an Ed25519 key pair has a seed");
        let bytes = secret.as_be_bytes().expect("a seed has bytes");
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(bytes.as_ref());
        seed
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The name of the public half.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.public.id
    }

    /// Signs a frame's bytes.
    #[must_use]
    pub fn sign_frame(&self, frame: &[u8]) -> Signature {
        self.sign(domain::FRAME_SIGNATURE, frame)
    }

    /// Signs a receipt's bytes.
    #[must_use]
    pub fn sign_receipt(&self, receipt: &[u8]) -> Signature {
        self.sign(domain::RECEIPT_SIGNATURE, receipt)
    }

    /// Signs a charter's bytes.
    #[must_use]
    pub fn sign_charter(&self, charter: &[u8]) -> Signature {
        self.sign(domain::CHARTER_SIGNATURE, charter)
    }

    /// What stands for a caller of the agency's own node in one period, such as a month. All replicas make the same, since the
    /// signature that it is a hash of is never shown and always the same; without the key nobody can try names.
    #[must_use]
    pub fn pseudonym(&self, period: &str, caller: &str) -> Pseudonym {
        let named = [period.as_bytes(), &[0], caller.as_bytes()].concat();
        let hash = sha256(&[&self.sign(domain::PSEUDONYM, &named)]);
        Pseudonym(*hash.first_chunk().expect("a SHA-256 has 32 bytes"))
    }

    fn sign(&self, domain: &[u8], bytes: &[u8]) -> Signature {
        with_domain(domain, bytes, |message| {
            let signature = self.pair.sign(message);
            signature
                .as_ref()
                .try_into()
                .expect("an Ed25519 signature has 64 bytes")
        })
    }
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryKey({})", self.public.id)
    }
}

/// The first 8 bytes of the SHA-256 of a public key.
fn key_id(public: &[u8; 32]) -> KeyId {
    let hash = sha256(&[public]);
    KeyId(*hash.first_chunk().expect("a SHA-256 has 32 bytes"))
}

/// Calls `use_message` with domain and bytes in one piece, since aws-lc signs and verifies contiguous messages only.
fn with_domain<T>(domain: &[u8], bytes: &[u8], use_message: impl FnOnce(&[u8]) -> T) -> T {
    let length = domain.len() + bytes.len();
    if length <= STACK_BYTES {
        let mut message = [0; STACK_BYTES];
        message[..domain.len()].copy_from_slice(domain);
        message[domain.len()..length].copy_from_slice(bytes);
        use_message(&message[..length])
    } else {
        use_message(&[domain, bytes].concat())
    }
}

#[cfg(test)]
mod tests;
