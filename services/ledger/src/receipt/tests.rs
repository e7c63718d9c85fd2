use proptest::prelude::*;

use super::*;
use crate::outcome::{HeldReason, RefusedReason};
use crate::testing::{LANE, agency, any_outcome, key, other_key};

/// Bytes and signature were made apart from this code, with a few lines of Python and `openssl pkeyutl`.
const BODY: &str = concat!(
    "01",
    "01",
    "21fe31dfa154a261",
    "0000000000000007",
    "000102030405060708090a0b0c0d0e0f",
    "000000000000012c",
    "48c9b2e1824f66b4b9945835fdcad310b4c641fa1b5b464ffc9ab830f390cc79",
    "0000000000000028",
    "07",
    "706f6c697a6569",
    "0002",
    "0000000000000029",
    "0000000000000029",
    "20",
    "000000000000002a",
    "0000000000000064",
    "40",
);
const SIGNATURE: &str = "3688e0de00ef0cfdd126e12e2d8a94105fa80cec42db0b19122b4102a2cdf0c9df96fb6eb2a3cf55ac4725ea7882e091c3b627cde321efd2ee65a32099b62406";

const HELD: Outcome = Outcome::Held(HeldReason::CharterUnknown);
const REFUSED: Outcome = Outcome::Refused(RefusedReason::GuardRejected);

fn receipt() -> Receipt {
    let erased = (42..=100).map(|sequence| (sequence, Outcome::Erased));
    let mut exceptions = Exceptions::from_outcomes(erased.chain([(41, REFUSED)]));
    exceptions.truncate_below(40);
    Receipt {
        recipient: agency("polizei"),
        generation: 7,
        lane: LANE,
        sequence: 300,
        hash: "48c9b2e1824f66b4b9945835fdcad310b4c641fa1b5b464ffc9ab830f390cc79"
            .parse()
            .unwrap(),
        exceptions,
    }
}

fn with(outcomes: impl IntoIterator<Item = (u64, Outcome)>) -> Receipt {
    Receipt {
        exceptions: Exceptions::from_outcomes(outcomes),
        ..receipt()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_layout_is_the_documented_one() {
    let signed = receipt().sign(&key());
    assert_eq!(hex(&signed.body), BODY);
    assert_eq!(hex(&signed.signature), SIGNATURE);
    assert_eq!(Receipt::decode(&signed.body), Ok((receipt(), key().id())));
}

#[test]
fn the_longest_receipt_has_the_stated_length() {
    let longest = Receipt {
        recipient: agency(&"p".repeat(63)),
        sequence: 1000,
        ..with((1..=300).map(|n| (2 * n, REFUSED)))
    };
    assert_eq!(longest.encode(key().id()).len(), RECEIPT_MAX);
}

#[test]
fn verifies_with_the_keys_of_the_agency_that_it_names() {
    let keys = [other_key(1).public().clone(), key().public().clone()];
    let signed = receipt().sign(&key());
    let verified = signed.verify(|recipient| {
        assert_eq!(recipient.as_str(), "polizei");
        &keys
    });
    assert_eq!(verified, Ok(receipt()));
    assert_eq!(signed.verify(|_| &[]), Err(ReceiptError::UnknownKey));
    assert_eq!(signed.verify(|_| &keys[..1]), Err(ReceiptError::UnknownKey));
    let foreign = SignedReceipt {
        signature: other_key(1).sign_receipt(&signed.body),
        ..signed
    };
    assert_eq!(foreign.verify(|_| &keys), Err(ReceiptError::BadSignature));
}

#[test]
fn every_flipped_bit_is_found() {
    let keys = [key().public().clone()];
    let signed = receipt().sign(&key());
    for bit in 0..8 * signed.body.len() {
        let mut flipped = signed.clone();
        flipped.body[bit / 8] ^= 1 << (bit % 8);
        assert!(flipped.verify(|_| &keys).is_err(), "bit {bit}");
    }
}

#[test]
fn what_is_not_the_one_encoding_is_refused() {
    let good = receipt().encode(key().id());
    let with = |at: usize, bytes: &[u8]| {
        let mut body = good.clone();
        body[at..at + bytes.len()].copy_from_slice(bytes);
        Receipt::decode(&body).unwrap_err()
    };
    const NOT_CANONICAL: ReceiptError = ReceiptError::ExceptionsNotCanonical;
    assert_eq!(with(0, &[2]), ReceiptError::UnknownFormat(2));
    assert_eq!(with(1, &[9]), ReceiptError::UnknownSuite(9));
    assert_eq!(with(34, &[0; 8]), ReceiptError::SequenceOutOfRange);
    assert_eq!(with(34, &[0x80]), ReceiptError::SequenceOutOfRange);
    assert_eq!(with(83, b"P"), ReceiptError::InvalidRecipient);
    assert_eq!(with(82, &[6]), ReceiptError::ExceptionsNotCanonical);
    assert_eq!(with(82, &[8]), ReceiptError::InvalidRecipient);
    assert_eq!(with(82, &[255]), ReceiptError::Truncated);
    // Told from 42 on, but the first range is 41; from 1 on is told as 0; not beyond the lane.
    assert_eq!(with(74, &42u64.to_be_bytes()), NOT_CANONICAL);
    assert_eq!(with(74, &1u64.to_be_bytes()), NOT_CANONICAL);
    // The first range: beginning at 0, ending before it begins, reaching into the next; its outcome the next's, unknown, or
    // stored.
    assert_eq!(with(92, &0u64.to_be_bytes()), NOT_CANONICAL);
    assert_eq!(with(100, &40u64.to_be_bytes()), NOT_CANONICAL);
    assert_eq!(with(100, &42u64.to_be_bytes()), NOT_CANONICAL);
    assert_eq!(with(100, &u64::MAX.to_be_bytes()), NOT_CANONICAL);
    assert_eq!(with(108, &[64]), NOT_CANONICAL);
    assert_eq!(with(108, &[99]), ReceiptError::UnknownOutcome(99));
    assert_eq!(with(108, &[0]), NOT_CANONICAL);
    // The last range ends beyond the lane.
    assert_eq!(with(117, &301u64.to_be_bytes()), NOT_CANONICAL);
    assert_eq!(with(90, &257u16.to_be_bytes()), NOT_CANONICAL);
    assert_eq!(with(90, &3u16.to_be_bytes()), ReceiptError::Truncated);
    assert_eq!(with(90, &1u16.to_be_bytes()), ReceiptError::Trailing);
    for length in 0..good.len() {
        assert!(Receipt::decode(&good[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn tells_what_became_of_each_entry_and_no_more() {
    let receipt = receipt();
    assert_eq!(receipt.outcome(0), None);
    assert_eq!(receipt.outcome(39), None, "dropped");
    assert_eq!(receipt.outcome(40), Some(Outcome::Stored));
    assert_eq!(receipt.outcome(41), Some(REFUSED));
    assert_eq!(receipt.outcome(100), Some(Outcome::Erased));
    assert_eq!(receipt.outcome(300), Some(Outcome::Stored));
    assert_eq!(receipt.outcome(301), None, "not there yet");
}

#[test]
fn an_exception_beyond_the_sequence_is_left_out() {
    let early = with([(299, HELD), (300, HELD), (301, HELD), (400, REFUSED)]);
    let (read, _) = Receipt::decode(&early.encode(key().id())).unwrap();
    assert_eq!(read, with([(299, HELD), (300, HELD)]));
}

#[test]
fn the_later_receipt_counts() {
    let old = with([(5, HELD)]);
    let supersedes = |new: &Receipt, old: &Receipt| {
        assert!(new.supersedes(old), "{new:?} counts instead of {old:?}");
        assert!(!old.supersedes(new));
    };
    let next = Receipt {
        sequence: 301,
        ..old.clone()
    };
    supersedes(&next, &old);
    // A restored store: further back, but a later start.
    supersedes(
        &Receipt {
            generation: 8,
            sequence: 10,
            ..with([])
        },
        &next,
    );
    // Waiting, then settled, then erased.
    supersedes(&with([(5, Outcome::NotUnderstood)]), &old);
    supersedes(&with([]), &old);
    supersedes(&with([(5, REFUSED)]), &old);
    supersedes(&with([(5, Outcome::Erased)]), &with([(5, REFUSED)]));
    supersedes(&with([(5, Outcome::Erased)]), &with([]));
    assert!(!old.supersedes(&old));
}

#[test]
fn receipts_of_others_and_of_other_lanes_are_not_compared() {
    let old = receipt();
    let newer = Receipt {
        sequence: 301,
        ..receipt()
    };
    let foreign = Receipt {
        recipient: agency("kod"),
        ..newer.clone()
    };
    let elsewhere = Receipt {
        lane: LaneId([9; 16]),
        ..newer.clone()
    };
    assert!(newer.supersedes(&old));
    assert!(!foreign.supersedes(&old) && !elsewhere.supersedes(&old));
}

fn any_receipt() -> impl Strategy<Value = Receipt> {
    let outcomes = prop::collection::vec((1u64..30, any_outcome()), 0..6);
    (0u64..2, 20u64..22, 0u8..2, 0u64..4, outcomes).prop_map(
        |(generation, sequence, hash, below, outcomes)| {
            let mut exceptions = Exceptions::from_outcomes(outcomes).up_to(sequence);
            exceptions.truncate_below(if below == 1 { 0 } else { below });
            Receipt {
                generation,
                sequence,
                hash: FrameHash([hash; 32]),
                exceptions,
                ..receipt()
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(receipt in any_receipt()) {
        let bytes = receipt.encode(key().id());
        prop_assert_eq!(Receipt::decode(&bytes), Ok((receipt, key().id())));
    }

    #[test]
    fn what_is_decoded_has_one_encoding(
        receipt in any_receipt(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = receipt.encode(key().id());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok((receipt, id)) = Receipt::decode(&bytes) {
            prop_assert_eq!(receipt.encode(id), bytes);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let decoded = Receipt::decode(&bytes);
        prop_assert!(decoded.is_err() || decoded.is_ok_and(|(receipt, id)| receipt.encode(id) == bytes));
    }

    /// Of any set of receipts one counts, in whatever order they arrive: so gossip ends, and ends the same everywhere.
    #[test]
    fn superseding_is_a_total_order(receipts in prop::collection::vec(any_receipt(), 3..8)) {
        for a in &receipts {
            for b in &receipts {
                let decided = usize::from(a.supersedes(b)) + usize::from(b.supersedes(a));
                prop_assert_eq!(decided, usize::from(a != b));
                for c in &receipts {
                    prop_assert!(!(a.supersedes(b) && b.supersedes(c)) || a.supersedes(c));
                }
            }
        }
        let last = |order: &mut dyn Iterator<Item = &Receipt>| {
            order.cloned().reduce(|held, new| if new.supersedes(&held) { new } else { held })
        };
        prop_assert_eq!(last(&mut receipts.iter()), last(&mut receipts.iter().rev()));
    }

    /// What an honest recipient says later counts, as long as nothing had to be dropped.
    #[test]
    fn later_words_of_an_honest_recipient_count(steps in prop::collection::vec((1u64..20, any_outcome()), 1..60)) {
        let mut held: Option<Receipt> = None;
        let mut exceptions = Exceptions::from_outcomes((1..20).map(|sequence| (sequence, HELD)));
        for (sequence, outcome) in steps {
            let now = exceptions.outcome(sequence).unwrap();
            if outcome.progress() > now.progress() {
                exceptions.record(sequence, outcome);
                let new = Receipt { exceptions: exceptions.clone(), ..receipt() };
                prop_assert!(held.is_none_or(|old| new.supersedes(&old)));
                held = Some(new);
            }
        }
    }
}
