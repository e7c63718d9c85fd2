use std::sync::atomic::{AtomicU8, Ordering};

use proptest::prelude::*;

use super::*;

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    parse_hex(hex).expect("hex of the right length")
}

/// The private key of test 1 in RFC 8032, section 7.1.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

#[derive(Debug, Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

#[test]
fn agrees_with_rfc_8032() {
    let key = EntryKey::from_seed_hex(SEED).unwrap();
    assert_eq!(key.public().as_bytes(), &bytes(PUBLIC));
    assert_eq!(key.id().to_string(), "21fe31dfa154a261");
    let signature = bytes(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    assert!(key.public().verifies_strictly(b"", &signature));
}

/// The example key of RFC 8410, section 10.3.
#[test]
fn reads_pkcs8() {
    let der: [u8; 48] = bytes(
        "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
    );
    let key = EntryKey::from_pkcs8(&der).unwrap();
    let public = bytes("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    assert_eq!(key.public().as_bytes(), &public);
    assert_eq!(key.seed()[..], der[16..]);
    assert_eq!(
        EntryKey::from_pkcs8(&der[..47]).unwrap_err(),
        KeyError::Malformed
    );
}

#[test]
fn takes_seeds_as_one_spelling_of_hex_only() {
    for bad in ["", "9d61", &SEED.to_uppercase(), &format!("{SEED}\n")] {
        assert_eq!(
            EntryKey::from_seed_hex(bad).unwrap_err(),
            KeyError::Malformed
        );
    }
}

#[test]
fn new_keys_come_from_the_given_entropy() {
    let entropy = Counting::default();
    let (a, b) = (EntryKey::generate(&entropy), EntryKey::generate(&entropy));
    assert_ne!(a.public(), b.public());
    assert_eq!(a.seed()[..], [0; 32]);
    assert_eq!(b.seed()[..], [1; 32]);
}

#[test]
fn debug_output_names_the_key_and_tells_nothing() {
    let key = EntryKey::from_seed_hex(SEED).unwrap();
    assert_eq!(format!("{key:?}"), "EntryKey(21fe31dfa154a261)");
    assert_eq!(format!("{:?}", key.public()), "PublicKey(21fe31dfa154a261)");
}

#[test]
fn a_signature_holds_for_its_own_purpose_only() {
    let key = EntryKey::from_seed_hex(SEED).unwrap();
    let public = key.public();
    let long = vec![5; 3 * STACK_BYTES];
    for message in [&b""[..], b"message", &long] {
        let (frame, receipt, charter) = (
            key.sign_frame(message),
            key.sign_receipt(message),
            key.sign_charter(message),
        );
        assert!(public.verifies_frame(message, &frame));
        assert!(public.verifies_receipt(message, &receipt));
        assert!(public.verifies_charter(message, &charter));
        assert!(
            !public.verifies_frame(message, &receipt) && !public.verifies_frame(message, &charter)
        );
        assert!(
            !public.verifies_receipt(message, &frame)
                && !public.verifies_receipt(message, &charter)
        );
        assert!(
            !public.verifies_charter(message, &frame)
                && !public.verifies_charter(message, &receipt)
        );
    }
}

#[test]
fn refuses_every_encoding_of_small_order() {
    for y in SMALL_ORDER_Y {
        let mut negative = y;
        negative[31] |= 0x80;
        assert_eq!(PublicKey::parse(y).unwrap_err(), KeyError::SmallOrder);
        assert_eq!(
            PublicKey::parse(negative).unwrap_err(),
            KeyError::SmallOrder
        );
    }
}

#[test]
fn refuses_every_y_from_p_on() {
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut y = [0xff; 32];
            (y[0], y[31]) = (low, high);
            assert!(PublicKey::parse(y).is_err(), "{low:x} {high:x}");
        }
    }
    let mut below = [0xff; 32];
    (below[0], below[31]) = (0xeb, 0x7f);
    assert!(PublicKey::parse(below).is_ok(), "p - 2 is canonical");
}

/// Edge cases and the verdicts on them: those of ed25519-dalek 2.2 `verify_strict`. Made with curve25519-dalek from the secret
/// scalars 0x07..07 (key) and 0x09..09 (nonce), reduced mod L, and points of small order. Where a name says that plain
/// verification accepts, aws-lc alone would, and only the checks here stand.
struct Edge {
    name: &'static str,
    key: &'static str,
    message: &'static [u8],
    r: &'static str,
    s: &'static str,
    strict: bool,
}

const LARGE: &str = "c8f4cfd7ec9c81e16c77144a4d1ce0dca0339661df313cceb9203113468fb608";
const MIXED: &str = "5e3c61e750df5f4b2c2d91c167ef3f6c5636c71b5cdc5e117920f6b9c33d9780";
const R_LARGE: &str = "4faa93763d0702316ddef05a7921b30b30e81530b44cf9f35773ffee16f68638";
const R_MIXED: &str = "c57077b154392b0b71e903bd8831bf29222550dad8280c56d2b0cc32ee16ee1f";

const EDGES: [Edge; 10] = [
    Edge {
        name: "ordinary",
        key: LARGE,
        message: b"message 0",
        r: R_LARGE,
        s: "86b8971a8351f932f9fd0ff8a7127ce87baa135a8cb7ad75594b48800ac63e0a",
        strict: true,
    },
    Edge {
        name: "S + L",
        key: LARGE,
        message: b"message 0",
        r: R_LARGE,
        s: "738c8d779db40b8bcf9a079b860c5bfd7baa135a8cb7ad75594b48800ac63e1a",
        strict: false,
    },
    Edge {
        name: "R the identity; plain accepts",
        key: LARGE,
        message: b"message 0",
        r: "0100000000000000000000000000000000000000000000000000000000000000",
        s: "e03877cfbc995f479e52c58af47b013c1eab2aaa81494f52d28ed79bd41d1905",
        strict: false,
    },
    Edge {
        name: "R the identity, not canonical",
        key: LARGE,
        message: b"message 0",
        r: "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        s: "618a899aa551010c5a4e2d8cac54c01f4632e8c392844cbfe2bd408d4d88a70a",
        strict: false,
    },
    Edge {
        name: "R of order 8, key mixed; plain accepts",
        key: MIXED,
        message: b"message 2",
        r: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        s: "992e7de9f50072a0f62269b5190b579345d283f32605106f8373bf734775940e",
        strict: false,
    },
    Edge {
        name: "R of order 2, key mixed; plain accepts",
        key: "250b302813637e1e9388ebb5b2e31f235fcc699e20cec33146dfceecb97049f7",
        message: b"message 1",
        r: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        s: "d493a4d0a84b99906b1968f54c9552d7a7ca820577a72f03a3b8d8c8b31b6000",
        strict: false,
    },
    Edge {
        name: "key and R mixed, the cofactorless equation holds",
        key: MIXED,
        message: b"message 0",
        r: R_MIXED,
        s: "0b8555859328daea1ca98e2fe1ab6d4b3d7b26220a3cbbddb991b0321712cb0e",
        strict: true,
    },
    Edge {
        name: "key mixed, the cofactorless equation holds",
        key: MIXED,
        message: b"message 2",
        r: R_LARGE,
        s: "60108d66d8b309dd2a64a5836e96ceadc1828b119b4235f18f86756176a6150b",
        strict: true,
    },
    Edge {
        name: "R mixed, only the equation with cofactor holds",
        key: LARGE,
        message: b"message 0",
        r: R_MIXED,
        s: "e9b0720b3e839a6f2b2040b671e2d3e24881080ca8d2d951397ed5d70c7bac01",
        strict: false,
    },
    Edge {
        name: "key mixed, only the equation with cofactor holds",
        key: MIXED,
        message: b"message 0",
        r: R_LARGE,
        s: "0f619db029dc354f5485d41ef5c57f6c251a09f741cf3e074e14415ffcc5e90b",
        strict: false,
    },
];

#[test]
fn verifies_as_strictly_as_verify_strict() {
    for edge in &EDGES {
        let key = PublicKey::parse(bytes(edge.key)).unwrap();
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&bytes::<32>(edge.r));
        signature[32..].copy_from_slice(&bytes::<32>(edge.s));
        let verdict = key.verifies_strictly(edge.message, &signature);
        assert_eq!(verdict, edge.strict, "{}", edge.name);
        let plain = key.parsed.verify_sig(edge.message, &signature).is_ok();
        let claimed = edge.strict || edge.name.ends_with("plain accepts");
        assert_eq!(plain, claimed, "{}: aws-lc alone", edge.name);
    }
}

/// Under a key of small order a signature can hold for whichever message; aws-lc takes it, so parsing must not.
#[test]
fn keys_of_small_order_would_verify_without_the_check() {
    let s = "0909090909090909090909090909090909090909090909090909090909090909";
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&bytes::<32>(R_LARGE));
    signature[32..].copy_from_slice(&bytes::<32>(s));
    let identity = SMALL_ORDER_Y[1];
    let unchecked = ParsedPublicKey::new(&ED25519, identity).unwrap();
    assert!(unchecked.verify_sig(b"one", &signature).is_ok());
    assert!(unchecked.verify_sig(b"other", &signature).is_ok());
    assert_eq!(
        PublicKey::parse(identity).unwrap_err(),
        KeyError::SmallOrder
    );
}

proptest! {
    #[test]
    fn any_flipped_bit_breaks_a_signature(
        message in prop::collection::vec(any::<u8>(), 1..600),
        bit in any::<prop::sample::Index>(),
    ) {
        let key = EntryKey::from_seed_hex(SEED).unwrap();
        let signature = key.sign_receipt(&message);
        prop_assert!(key.public().verifies_receipt(&message, &signature));

        let at = bit.index(8 * 64);
        let mut flipped = signature;
        flipped[at / 8] ^= 1 << (at % 8);
        prop_assert!(!key.public().verifies_receipt(&message, &flipped));

        let at = bit.index(8 * message.len());
        let mut other = message.clone();
        other[at / 8] ^= 1 << (at % 8);
        prop_assert!(!key.public().verifies_receipt(&other, &signature));
    }
}

#[test]
fn a_pseudonym_is_one_callers_in_one_period() {
    let key = EntryKey::from_seed_hex(SEED).unwrap();
    let of = |period, caller| key.pseudonym(period, caller);
    let first = of("2026-11", "duty-log");
    assert_eq!(
        EntryKey::from_seed_hex(SEED)
            .unwrap()
            .pseudonym("2026-11", "duty-log"),
        first,
        "another replica makes the same"
    );
    let other = EntryKey::generate(&Counting::default());
    for another in [
        of("2026-12", "duty-log"),
        of("2026-11", "briefing"),
        of("2026-1", "1duty-log"),
        other.pseudonym("2026-11", "duty-log"),
    ] {
        assert_ne!(another, first);
    }
    assert_eq!(first.to_string().len(), 16);
}
