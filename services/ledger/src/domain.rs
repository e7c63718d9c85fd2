//! The domains that keep every hash and every signature apart from all others.
//!
//! Each is ASCII and ends in a NUL byte that occurs nowhere else in it, so that no domain is a prefix of another and what
//! follows can't be mistaken for a part of it. A change of what is hashed or signed gets a new domain, never a new meaning.

/// Before the frame bytes, for a frame's hash.
pub const FRAME_HASH: &[u8] = b"verbund/v1/frame-hash\0";
/// Before the frame bytes, for an origin's signature.
pub const FRAME_SIGNATURE: &[u8] = b"verbund/v1/frame-signature\0";
/// Before salt and content, for the commitment to the codes.
pub const CODES: &[u8] = b"verbund/v1/codes\0";
/// Before salt and content, for the commitment to the text.
pub const TEXT: &[u8] = b"verbund/v1/text\0";
/// Before what a lane's name is made of.
pub const LANE: &[u8] = b"verbund/v1/lane\0";
/// Before the receipt bytes, for a recipient's signature.
pub const RECEIPT_SIGNATURE: &[u8] = b"verbund/v1/receipt-signature\0";
/// Before the charter's bytes, for a member's signature.
pub const CHARTER_SIGNATURE: &[u8] = b"verbund/v1/charter-signature\0";
/// Before a month and a caller's name, for what stands for that caller in the node's own audit log.
pub const PSEUDONYM: &[u8] = b"verbund/v1/pseudonym\0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_domain_begins_another() {
        let all = [
            FRAME_HASH,
            FRAME_SIGNATURE,
            CODES,
            TEXT,
            LANE,
            RECEIPT_SIGNATURE,
            CHARTER_SIGNATURE,
            PSEUDONYM,
        ];
        for (i, a) in all.iter().enumerate() {
            assert_eq!(a.iter().position(|b| *b == 0), Some(a.len() - 1));
            for (j, b) in all.iter().enumerate() {
                assert!(i == j || !b.starts_with(a));
            }
        }
    }
}
