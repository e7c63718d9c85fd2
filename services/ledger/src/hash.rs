//! The fixed-size names of the ledger: hashes, commitments, lanes and keys.
//!
//! Each is a type of its own, so that a commitment can't be passed where a frame hash is wanted. All show and parse as
//! lower-case hex.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use verbund_model::{AgencyId, FederationId};

use crate::domain;

/// Text that isn't the hex of a value of the wanted length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {0} bytes in lower-case hex")]
pub struct HexError(pub usize);

macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// How many bytes it has.
            pub const BYTES: usize = $len;
            /// All zero: stands for "none" where the format has a fixed field for it.
            pub const ZERO: Self = Self([0; $len]);

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = std::array::TryFromSliceError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "("))?;
                write_hex(f, &self.0)?;
                f.write_str(")")
            }
        }

        impl FromStr for $name {
            type Err = HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_hex(text).map(Self).ok_or(HexError($len))
            }
        }
    };
}

bytes_type!(
    /// Names a frame: SHA-256 over its domain and its bytes. The signature is not part of it.
    FrameHash,
    32
);
bytes_type!(
    /// Binds a frame to a content that it doesn't tell: SHA-256 over a domain, a salt and the content.
    Commitment,
    32
);
bytes_type!(
    /// Names a lane; see [`LaneId::of`].
    LaneId,
    16
);
bytes_type!(
    /// Names a public key: the first 8 bytes of its SHA-256. A hint which key to take, never a proof.
    KeyId,
    8
);

impl LaneId {
    /// The name of the lane that an opening opens. It hangs on the origin and on the salted commitment to the opening's codes: it
    /// tells nothing, and nobody else can open a lane of that name.
    #[must_use]
    pub fn of(
        federation: &FederationId,
        origin: &AgencyId,
        epoch: u32,
        codes: &Commitment,
    ) -> Self {
        let name = |id: &str| {
            [
                &[u8::try_from(id.len()).expect("an id has at most 63 bytes")],
                id.as_bytes(),
            ]
            .concat()
        };
        let hash = sha256(&[
            domain::LANE,
            &name(federation.as_str()),
            &name(origin.as_str()),
            &epoch.to_be_bytes(),
            &codes.0,
        ]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self(bytes)
    }
}

/// SHA-256 of some bytes, for people to compare: of a root's certificate, say.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    sha256(&[bytes])
}

/// SHA-256 of the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

/// Bytes from exactly `2 * N` lower-case hex digits: one value has one spelling.
pub(crate) fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    fn digit(c: u8) -> Option<u8> {
        match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        }
    }
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lanes_name_is_its_origins() {
        let federation = FederationId::parse("krefeld").unwrap();
        let agency = |id| AgencyId::parse(id).unwrap();
        let name = LaneId::of(&federation, &agency("kod"), 1, &Commitment([7; 32]));
        // printf 'verbund/v1/lane\0\7krefeld\3kod\0\0\0\1' | cat - <(32 bytes of 7) | sha256sum
        assert_eq!(name.to_string(), "00544c32e70e519ebf48ca4e4cccf18a");
        for other in [
            LaneId::of(&federation, &agency("dhz"), 1, &Commitment([7; 32])),
            LaneId::of(&federation, &agency("kod"), 2, &Commitment([7; 32])),
            LaneId::of(&federation, &agency("kod"), 1, &Commitment([8; 32])),
        ] {
            assert_ne!(name, other);
        }
    }

    #[test]
    fn shows_and_parses_as_lower_case_hex() {
        let key = KeyId([0, 1, 0xab, 0xcd, 0xef, 0x10, 0x7f, 0xff]);
        assert_eq!(key.to_string(), "0001abcdef107fff");
        assert_eq!("0001abcdef107fff".parse(), Ok(key));
        assert_eq!(format!("{key:?}"), "KeyId(0001abcdef107fff)");
        for bad in [
            "",
            "0001ABCDEF107FFF",
            "0001abcdef107ff",
            "0001abcdef107fff0",
            "0001abcdef107f+f",
            "ä001abcdef107ff",
        ] {
            assert_eq!(bad.parse::<KeyId>(), Err(HexError(8)), "{bad}");
        }
    }

    #[test]
    fn hashing_in_parts_is_hashing_the_whole() {
        assert_eq!(sha256(&[b"ab", b"", b"c"]), sha256(&[b"abc"]));
        assert_eq!(
            FrameHash(sha256(&[b"abc"])).to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
