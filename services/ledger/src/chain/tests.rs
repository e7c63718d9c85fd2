use super::*;
use crate::frame::{DAY_MAX, SEQUENCE_MAX};
use crate::testing::{Reader, agency, chain, codes, entry, frame, key, other_key, text};
use crate::{CODES_MAX, TEXT_MAX};

fn first() -> Entry {
    entry(&frame(1, FrameHash::ZERO))
}

fn fault(entry: &Entry) -> Fault {
    examine(entry, &Reader::new().expect()).expect_err("a fault")
}

fn examined(entry: &Entry) -> Examined {
    examine(entry, &Reader::new().expect()).expect("a valid entry")
}

#[test]
fn a_valid_entry_is_taken_with_and_without_its_contents() {
    let good = first();
    let seen = examined(&good);
    assert_eq!(seen.frame, frame(1, FrameHash::ZERO));
    assert_eq!(seen.hash, frame::hash(&good.frame));
    assert_eq!(
        (seen.codes, seen.text),
        (Content::Present, Content::Present)
    );
    let erased = Entry {
        codes: None,
        text: None,
        ..good.clone()
    };
    let seen = examined(&erased);
    assert_eq!(
        (seen.codes, seen.text),
        (Content::Missing, Content::Missing)
    );
    let half = Entry { text: None, ..good };
    let seen = examined(&half);
    assert_eq!(
        (seen.codes, seen.text),
        (Content::Present, Content::Missing)
    );
}

/// Nobody on the way can change an entry unseen, nor make its origin look guilty by changing it.
#[test]
fn every_flipped_bit_is_found_and_never_blames_the_origin() {
    let good = first();
    let check = |place: &str, bytes: usize, flip: &dyn Fn(&mut Entry, usize, u8)| {
        for bit in 0..8 * bytes {
            let mut flipped = good.clone();
            flip(&mut flipped, bit / 8, 1 << (bit % 8));
            let found = fault(&flipped);
            assert!(!found.proves_origin(), "{place}, bit {bit}: {found}");
            let content = matches!(found, Fault::CommitmentMismatch { .. });
            let expected = matches!(place, "salt of codes" | "codes" | "salt of text" | "text");
            assert_eq!(content, expected, "{place}, bit {bit}: {found}");
        }
    };
    check("frame", good.frame.len(), &|e, at, bit| e.frame[at] ^= bit);
    check("signature", 64, &|e, at, bit| e.signature[at] ^= bit);
    check("salt of codes", 32, &|e, at, bit| {
        e.codes.as_mut().unwrap().salt[at] ^= bit;
    });
    check("codes", codes().content.len(), &|e, at, bit| {
        e.codes.as_mut().unwrap().content[at] ^= bit;
    });
    check("salt of text", 32, &|e, at, bit| {
        e.text.as_mut().unwrap().salt[at] ^= bit;
    });
    check("text", text().content.len(), &|e, at, bit| {
        e.text.as_mut().unwrap().content[at] ^= bit;
    });
}

#[test]
fn every_truncation_and_every_extension_is_found() {
    for length in 0..first().frame.len() {
        let mut cut = first();
        cut.frame.truncate(length);
        assert_eq!(fault(&cut), Fault::Malformed(FrameError::Truncated));
    }
    let mut longer = first();
    longer.frame.push(0);
    assert_eq!(fault(&longer), Fault::Malformed(FrameError::Trailing));
    for part in [Part::Codes, Part::Text] {
        let mut cut = first();
        let content = match part {
            Part::Codes => &mut cut.codes,
            Part::Text => &mut cut.text,
        };
        content.as_mut().unwrap().content.pop();
        assert_eq!(fault(&cut), Fault::CommitmentMismatch { part });
    }
}

#[test]
fn contents_cannot_change_places_or_entries() {
    let mut swapped = first();
    std::mem::swap(&mut swapped.codes, &mut swapped.text);
    let part = Part::Codes;
    assert_eq!(fault(&swapped), Fault::CommitmentMismatch { part });
    let mut replaced = first();
    replaced.text = Some(codes());
    let part = Part::Text;
    assert_eq!(fault(&replaced), Fault::CommitmentMismatch { part });
}

#[test]
fn what_is_meant_for_another_place_blames_the_carrier() {
    let reader = Reader::new();
    let (other_federation, other_origin) = (FederationId::parse("moers").unwrap(), agency("kod"));
    let cases = [
        (
            Expect {
                federation: &other_federation,
                ..reader.expect()
            },
            Fault::WrongFederation,
        ),
        (
            Expect {
                origin: &other_origin,
                ..reader.expect()
            },
            Fault::WrongOrigin,
        ),
        (
            Expect {
                lane: Some(LaneId([9; 16])),
                ..reader.expect()
            },
            Fault::WrongLane,
        ),
        (
            Expect {
                keys: &[],
                ..reader.expect()
            },
            Fault::UnknownKey,
        ),
        (
            Expect {
                keys: &reader.keys[..1],
                ..reader.expect()
            },
            Fault::UnknownKey,
        ),
    ];
    for (expect, fault) in cases {
        assert_eq!(examine(&first(), &expect).unwrap_err(), fault);
        assert!(!fault.proves_origin());
    }
    let any = Expect {
        lane: None,
        epoch: None,
        ..reader.expect()
    };
    assert!(
        examine(&first(), &any).is_ok(),
        "a lane that isn't known yet"
    );
}

/// Signed again by someone else: under the origin's key id, and under their own.
#[test]
fn signing_again_with_another_key_is_found() {
    let mut resigned = first();
    resigned.signature = other_key(2).sign_frame(&resigned.frame);
    assert_eq!(fault(&resigned), Fault::BadSignature);
    let claimed = Frame {
        key: other_key(2).id(),
        ..frame(1, FrameHash::ZERO)
    };
    let sealed = claimed.seal(&other_key(2));
    let foreign = Entry {
        frame: sealed.frame,
        signature: sealed.signature,
        ..first()
    };
    assert_eq!(fault(&foreign), Fault::UnknownKey);
    // A member's key that is not the origin's own: the reader is given the origin's keys only.
    let known = Frame {
        key: other_key(1).id(),
        ..frame(1, FrameHash::ZERO)
    };
    let mut crossed = first();
    crossed.frame = known.encode();
    assert_eq!(fault(&crossed), Fault::BadSignature);
}

#[test]
fn a_signature_for_another_purpose_is_none() {
    let mut entry = first();
    entry.signature = key().sign_receipt(&entry.frame);
    assert_eq!(fault(&entry), Fault::BadSignature);
}

#[test]
fn the_origin_answers_for_what_it_signed() {
    let epoch = Frame {
        epoch: 4,
        ..frame(1, FrameHash::ZERO)
    };
    let mismatch = fault(&entry(&epoch));
    assert_eq!(
        mismatch,
        Fault::EpochMismatch {
            expected: 3,
            got: 4
        }
    );
    assert!(mismatch.proves_origin());

    let large = |part: Part, bytes: usize| {
        let content = Committed {
            salt: [1; 32],
            content: vec![b'x'; bytes],
        };
        let mut frame = frame(1, FrameHash::ZERO);
        match part {
            Part::Codes => frame.codes = content.commitment(part),
            Part::Text => frame.text = content.commitment(part),
        }
        let mut entry = entry(&frame);
        match part {
            Part::Codes => entry.codes = Some(content),
            Part::Text => entry.text = Some(content),
        }
        entry
    };
    for (part, max) in [(Part::Codes, CODES_MAX), (Part::Text, TEXT_MAX)] {
        let bytes = max + 1;
        examined(&large(part, max));
        let too_large = fault(&large(part, bytes));
        assert_eq!(too_large, Fault::TooLarge { part, bytes });
        assert!(too_large.proves_origin());
    }
    // As large, but not what the origin committed to: the carrier made it up.
    let mut inflated = first();
    inflated.text.as_mut().unwrap().content = vec![b'x'; TEXT_MAX + 1];
    let part = Part::Text;
    assert_eq!(fault(&inflated), Fault::CommitmentMismatch { part });
}

#[test]
fn entries_follow_each_other() {
    let chain = chain(3);
    let mut head = LaneHead::ORIGIN;
    for entry in &chain {
        let seen = examined(entry);
        assert_eq!(link(&head, &seen), Ok(Link::Next));
        head = seen.head();
    }
    assert_eq!(head.sequence, 3);
    for entry in &chain {
        assert_eq!(link(&head, &examined(entry)), Ok(Link::Known));
    }
}

#[test]
fn a_gap_blames_the_carrier() {
    let chain = chain(3);
    let gap = link(&LaneHead::ORIGIN, &examined(&chain[2])).unwrap_err();
    assert_eq!(
        gap,
        Fault::Gap {
            expected: 1,
            got: 3
        }
    );
    let head = examined(&chain[0]).head();
    let gap = link(&head, &examined(&chain[2])).unwrap_err();
    assert_eq!(
        gap,
        Fault::Gap {
            expected: 2,
            got: 3
        }
    );
    assert!(!gap.proves_origin());
    let far = entry(&frame(SEQUENCE_MAX, FrameHash([1; 32])));
    assert!(matches!(
        link(&head, &examined(&far)),
        Err(Fault::Gap { expected: 2, .. })
    ));
}

#[test]
fn a_fork_proves_the_origin() {
    let chain = chain(3);
    let heads: Vec<_> = chain.iter().map(|entry| examined(entry).head()).collect();
    let other = Frame {
        erasure_day: DAY_MAX,
        ..frame(2, heads[0].hash)
    };
    let fork = examined(&entry(&other));
    let found = link(&heads[1], &fork).unwrap_err();
    assert_eq!(found, Fault::Forked { sequence: 2 });
    assert!(found.proves_origin());
    // Below the head only the store knows.
    assert_eq!(link(&heads[2], &fork), Ok(Link::Known));
    assert_eq!(compare(&heads[1].hash, &fork), Err(found));
    assert_eq!(
        compare(&heads[1].hash, &examined(&chain[1])),
        Ok(Link::Known)
    );
}

#[test]
fn a_broken_chain_proves_the_origin() {
    let head = examined(&chain(1)[0]).head();
    let broken = examined(&entry(&frame(2, FrameHash([7; 32]))));
    let found = link(&head, &broken).unwrap_err();
    assert_eq!(found, Fault::ChainBroken { sequence: 2 });
    assert!(found.proves_origin());
    let opening = examined(&entry(&frame(1, FrameHash([7; 32]))));
    let found = link(&LaneHead::ORIGIN, &opening).unwrap_err();
    assert_eq!(found, Fault::NotALaneOpening);
    assert!(found.proves_origin());
}

#[test]
fn a_batch_is_followed_to_its_end() {
    let (reader, chain) = (Reader::new(), chain(5));
    let all = follow(LaneHead::ORIGIN, &chain, &reader.expect());
    assert_eq!((all.known, all.examined.len(), all.fault), (0, 5, None));
    assert_eq!(all.head, examined(&chain[4]).head());
    let again = follow(all.head, &chain, &reader.expect());
    assert_eq!(
        (again.known, again.examined.len(), again.fault),
        (5, 0, None)
    );
    assert_eq!(again.head, all.head);
    let overlap = follow(examined(&chain[2]).head(), &chain[1..], &reader.expect());
    assert_eq!((overlap.known, overlap.examined.len()), (2, 2));
    assert_eq!(overlap.head, all.head);
}

#[test]
fn a_batch_ends_at_its_first_fault() {
    let (reader, good) = (Reader::new(), chain(5));
    let mut spoilt = good.clone();
    spoilt[3].text.as_mut().unwrap().content.push(b'!');
    let followed = follow(LaneHead::ORIGIN, &spoilt, &reader.expect());
    let part = Part::Text;
    assert_eq!(
        followed.fault,
        Some((3, Fault::CommitmentMismatch { part }))
    );
    assert_eq!(followed.examined.len(), 3);
    assert_eq!(followed.head, examined(&good[2]).head());
}

#[test]
fn a_batch_out_of_order_is_a_gap() {
    let (reader, mut swapped) = (Reader::new(), chain(4));
    swapped.swap(1, 2);
    let followed = follow(LaneHead::ORIGIN, &swapped, &reader.expect());
    let gap = Fault::Gap {
        expected: 2,
        got: 3,
    };
    assert_eq!(followed.fault, Some((1, gap)));
    // A repetition amid a batch isn't what the reader asked for.
    let mut repeated = chain(3);
    repeated.insert(2, repeated[0].clone());
    let followed = follow(LaneHead::ORIGIN, &repeated, &reader.expect());
    let gap = Fault::Gap {
        expected: 3,
        got: 1,
    };
    assert_eq!(followed.fault, Some((2, gap)));
    assert_eq!(followed.examined.len(), 2);
}

/// What lies below the head is dropped unread, so a forged repetition costs nothing and does nothing; in the head's place it
/// is examined, since a fork may lie there.
#[test]
fn repetitions_are_dropped_by_their_place() {
    let (reader, chain) = (Reader::new(), chain(3));
    let head = examined(&chain[2]).head();
    let mut forged = chain.clone();
    forged[0].signature = [0; 64];
    let followed = follow(head, &forged[..1], &reader.expect());
    assert_eq!((followed.known, followed.fault), (1, None));
    forged[2].signature = [0; 64];
    let followed = follow(head, &forged[2..], &reader.expect());
    assert_eq!(followed.fault, Some((0, Fault::BadSignature)));
    let fork = entry(&frame(3, FrameHash([1; 32])));
    let followed = follow(head, &[fork], &reader.expect());
    assert_eq!(followed.fault, Some((0, Fault::Forked { sequence: 3 })));
}

/// Another lane's entry is no repetition, wherever it says it lies; and nothing is one before the lane is known.
#[test]
fn only_the_lane_itself_repeats() {
    let (reader, chain) = (Reader::new(), chain(3));
    let head = examined(&chain[2]).head();
    let elsewhere = entry(&Frame {
        lane: LaneId([9; 16]),
        ..frame(1, FrameHash::ZERO)
    });
    let followed = follow(head, &[elsewhere], &reader.expect());
    assert_eq!(followed.fault, Some((0, Fault::WrongLane)));
    let mut forged = chain[0].clone();
    forged.signature = [0; 64];
    let any_lane = Expect {
        lane: None,
        ..reader.expect()
    };
    let followed = follow(head, &[forged], &any_lane);
    assert_eq!(followed.fault, Some((0, Fault::BadSignature)));
}

#[test]
fn reasons_are_stable() {
    let (part, bytes) = (Part::Text, 1);
    let (expected, got) = (1, 2);
    let sequence = 1;
    let reasons = [
        (Fault::Malformed(FrameError::Truncated), "malformed"),
        (
            Fault::Malformed(FrameError::UnknownFormat(2)),
            "unknown-format",
        ),
        (
            Fault::Malformed(FrameError::UnknownSuite(2)),
            "unknown-suite",
        ),
        (Fault::WrongFederation, "wrong-federation"),
        (Fault::WrongOrigin, "wrong-origin"),
        (Fault::WrongLane, "wrong-lane"),
        (Fault::UnknownKey, "unknown-key"),
        (Fault::BadSignature, "bad-signature"),
        (
            Fault::EpochMismatch {
                expected: 1,
                got: 2,
            },
            "epoch-mismatch",
        ),
        (Fault::CommitmentMismatch { part }, "commitment-mismatch"),
        (Fault::TooLarge { part, bytes }, "too-large"),
        (Fault::Gap { expected, got }, "gap"),
        (Fault::ChainBroken { sequence }, "chain-broken"),
        (Fault::Forked { sequence }, "forked"),
        (Fault::NotALaneOpening, "not-a-lane-opening"),
    ];
    for (fault, reason) in reasons {
        assert_eq!(fault.as_str(), reason);
    }
}
