use super::*;
use crate::hash::FrameHash;
use crate::testing::{LANE, frame, key, other_key};

fn signed(frame: &Frame) -> SignedFrame {
    let sealed = frame.seal(&key());
    (sealed.frame, sealed.signature).into()
}

/// Two frames for place 2 of a lane.
fn fork() -> (Frame, Frame) {
    let honest = frame(2, FrameHash([1; 32]));
    let other = Frame {
        erasure_day: honest.erasure_day + 1,
        ..honest.clone()
    };
    (honest, other)
}

fn verify_fork(a: &Frame, b: &Frame) -> Result<Proven, EvidenceError> {
    let (a, b) = (signed(a), signed(b));
    Evidence::Fork { a, b }.verify(&[key().public().clone()])
}

fn verify_break(before: &Frame, after: &Frame) -> Result<Proven, EvidenceError> {
    let (before, after) = (signed(before), signed(after));
    Evidence::Break { before, after }.verify(&[key().public().clone()])
}

#[test]
fn two_frames_for_one_place_convict() {
    let (a, b) = fork();
    let proven = verify_fork(&a, &b).unwrap();
    assert_eq!(proven.federation.as_str(), "krefeld");
    assert_eq!(proven.origin.as_str(), "dhz");
    assert_eq!((proven.lane, proven.sequence), (LANE, 2));
    assert_eq!(verify_fork(&b, &a), Ok(proven));
    // Another epoch doesn't excuse: it is the same place in the same lane.
    let epoch = Frame {
        epoch: 4,
        ..a.clone()
    };
    assert!(verify_fork(&a, &epoch).is_ok());
}

#[test]
fn a_frame_that_disowns_its_predecessor_convicts() {
    let before = frame(2, FrameHash([1; 32]));
    let hash = frame::hash(&before.encode());
    let proven = verify_break(&before, &frame(3, FrameHash([9; 32]))).unwrap();
    assert_eq!(proven.sequence, 2);
    let honest = verify_break(&before, &frame(3, hash));
    assert_eq!(honest, Err(EvidenceError::Consistent));
}

#[test]
fn an_honest_lane_gives_no_evidence() {
    let (a, _) = fork();
    let next = frame(3, frame::hash(&a.encode()));
    assert_eq!(verify_fork(&a, &a), Err(EvidenceError::Consistent));
    assert_eq!(verify_fork(&a, &next), Err(EvidenceError::Unrelated));
    assert_eq!(verify_break(&a, &a), Err(EvidenceError::Unrelated));
    assert_eq!(verify_break(&next, &a), Err(EvidenceError::Unrelated));
    let elsewhere = Frame {
        lane: LaneId([9; 16]),
        ..a.clone()
    };
    assert_eq!(verify_fork(&a, &elsewhere), Err(EvidenceError::Unrelated));
    let federation = FederationId::parse("moers").unwrap();
    let abroad = Frame {
        federation,
        ..a.clone()
    };
    assert_eq!(verify_fork(&a, &abroad), Err(EvidenceError::Unrelated));
    let origin = AgencyId::parse("kod").unwrap();
    let other = Frame {
        origin,
        ..a.clone()
    };
    assert_eq!(verify_fork(&a, &other), Err(EvidenceError::Unrelated));
}

#[test]
fn nobody_can_accuse_without_the_key() {
    let (a, b) = fork();
    let keys = [key().public().clone()];
    let forged = |frame: &Frame| SignedFrame {
        signature: other_key(1).sign_frame(&frame.encode()),
        ..signed(frame)
    };
    let verify = |a: SignedFrame, b: SignedFrame, keys| Evidence::Fork { a, b }.verify(keys);
    let not_signed = Err(EvidenceError::NotSigned);
    assert!(verify(signed(&a), signed(&b), &keys).is_ok());
    assert_eq!(verify(signed(&a), forged(&b), &keys), not_signed);
    assert_eq!(verify(forged(&a), signed(&b), &keys), not_signed);
    assert_eq!(verify(signed(&a), signed(&b), &[]), not_signed);
    let foreign = [other_key(1).public().clone()];
    assert_eq!(verify(signed(&a), signed(&b), &foreign), not_signed);
    // Signed by the origin's key, but naming another: no node would have taken it.
    let misnamed = Frame {
        key: other_key(1).id(),
        ..b
    };
    let misnamed = SignedFrame {
        signature: key().sign_frame(&misnamed.encode()),
        frame: misnamed.encode(),
    };
    assert_eq!(verify(signed(&a), misnamed, &keys), not_signed);
}

/// Ed25519 lets a key's owner sign one message in many ways, and only the frame counts. This signature was made with
/// ed25519-dalek and another nonce than RFC 8032 prescribes.
#[test]
fn a_second_signature_over_one_frame_is_no_fork() {
    const OTHER: &str = "18b6a6fcedbf7c4abbc961c0d2c4451286afa6e065bbf8a739b1432bd8cab01f3bf3c15c9ea4515381a67a502d60dc7db0282e1b49f13affbddd3dab2341f006";
    let (a, _) = fork();
    let second = SignedFrame {
        signature: crate::hash::parse_hex(OTHER).unwrap(),
        ..signed(&a)
    };
    assert_ne!(second.signature, signed(&a).signature);
    assert!(
        key()
            .public()
            .verifies_frame(&second.frame, &second.signature)
    );
    let evidence = Evidence::Fork {
        a: signed(&a),
        b: second,
    };
    let verdict = evidence.verify(&[key().public().clone()]);
    assert_eq!(verdict, Err(EvidenceError::Consistent));
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let (a, b) = fork();
    let (a, b) = (signed(&a), signed(&b));
    let fork = Evidence::Fork {
        a: a.clone(),
        b: b.clone(),
    };
    let broken = Evidence::Break {
        before: a.clone(),
        after: b,
    };
    for evidence in [&fork, &broken] {
        let file = evidence.encode();
        assert_eq!(file.len(), 2 + 2 * (2 + a.frame.len() + 64));
        assert_eq!(Evidence::decode(&file).as_ref(), Ok(evidence));
        assert_eq!(evidence.accused().unwrap().as_str(), "dhz");
        for length in 0..file.len() {
            assert_eq!(
                Evidence::decode(&file[..length]),
                Err(EvidenceError::Malformed)
            );
        }
        let longer = [&file[..], &[0]].concat();
        assert_eq!(Evidence::decode(&longer), Err(EvidenceError::Malformed));
    }
    let mut file = fork.encode();
    file[1] = 3;
    assert_eq!(Evidence::decode(&file), Err(EvidenceError::Malformed));
    file[..4].copy_from_slice(&[1, 1, 0xff, 0xff]);
    assert_eq!(Evidence::decode(&file), Err(EvidenceError::Malformed));
}

#[test]
fn a_file_with_what_is_longer_than_a_frame_is_refused() {
    let (a, _) = fork();
    let file = |bytes: usize| {
        let long = SignedFrame {
            frame: vec![1; bytes],
            signature: [0; 64],
        };
        Evidence::Fork {
            a: signed(&a),
            b: long,
        }
        .encode()
    };
    assert!(Evidence::decode(&file(FRAME_MAX)).is_ok());
    let longer = Evidence::decode(&file(FRAME_MAX + 1));
    assert_eq!(longer, Err(EvidenceError::Malformed));
}
