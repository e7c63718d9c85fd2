use proptest::prelude::*;

use super::*;
use crate::testing::{any_frame, frame, key};

/// The first two frames of a lane. Bytes, hashes and signatures were made apart from this code, with a few lines of Python
/// and `openssl pkeyutl`: the layout can't drift without breaking them.
const FIRST: &str = concat!(
    "01",
    "01",
    "00000003",
    "000102030405060708090a0b0c0d0e0f",
    "0000000000000001",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "21fe31dfa154a261",
    "00005014",
    "a214c7adb271d699bf1669ef014802ef8a67adf881988a16312d05ef3817859b",
    "f36de708496b7695eab2e10709456db0d60791305549ecb2c9dcdbaf395733d8",
    "07",
    "6b726566656c64",
    "03",
    "64687a",
);
const FIRST_HASH: &str = "f6f4867021c1fbf94d4e6df22ce5653337c78eb6cc0e8ab5add362000f73f724";
const FIRST_SIGNATURE: &str = "f08c2a888dd612decd0e639ecae5aa62ac69a87f324ff5da4d4a1502a3eeff82709ba88923c48c7ca2e48a04f2d13bc65d4af8f6d0c7cad4a6c128a1b3dce001";
const SECOND_HASH: &str = "48c9b2e1824f66b4b9945835fdcad310b4c641fa1b5b464ffc9ab830f390cc79";
const SECOND_SIGNATURE: &str = "e71cc2959561a912a72a4c56fce0d6fdfea03b2f5e29e614b70f694e7c20acf9d799b85ad86f31546164b027c171e1ec0799bc61d47190d141ddec6463b49108";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_layout_is_the_documented_one() {
    let first = frame(1, FrameHash::ZERO).seal(&key());
    assert_eq!(hex(&first.frame), FIRST);
    assert_eq!(first.hash.to_string(), FIRST_HASH);
    assert_eq!(hex(&first.signature), FIRST_SIGNATURE);
    let second = frame(2, first.hash).seal(&key());
    assert_eq!(second.hash.to_string(), SECOND_HASH);
    assert_eq!(hex(&second.signature), SECOND_SIGNATURE);
}

#[test]
fn the_longest_frame_has_the_stated_length() {
    let longest = Frame {
        federation: FederationId::parse(&"f".repeat(NAME_MAX)).unwrap(),
        origin: AgencyId::parse(&"a".repeat(NAME_MAX)).unwrap(),
        ..frame(SEQUENCE_MAX, FrameHash([1; 32]))
    };
    let bytes = longest.encode();
    assert_eq!(bytes.len(), FRAME_MAX);
    assert_eq!(Frame::decode(&bytes), Ok(longest));
}

#[test]
fn the_last_day_is_the_calendars() {
    let last = verbund_model::day_from_number(DAY_MAX).unwrap();
    assert_eq!(last.to_string(), "9999-12-31");
}

#[test]
fn what_is_not_the_one_encoding_is_refused() {
    let good = frame(1, FrameHash::ZERO).encode();
    let with = |at: usize, bytes: &[u8]| {
        let mut frame = good.clone();
        frame[at..at + bytes.len()].copy_from_slice(bytes);
        Frame::decode(&frame).unwrap_err()
    };
    assert_eq!(with(0, &[0]), FrameError::UnknownFormat(0));
    assert_eq!(with(0, &[2]), FrameError::UnknownFormat(2));
    assert_eq!(with(1, &[0]), FrameError::UnknownSuite(0));
    assert_eq!(with(1, &[2]), FrameError::UnknownSuite(2));
    assert_eq!(with(22, &[0; 8]), FrameError::SequenceOutOfRange);
    assert_eq!(with(22, &[0x80]), FrameError::SequenceOutOfRange);
    assert_eq!(with(70, &[0xff; 4]), FrameError::DayOutOfRange);
    let late = (DAY_MAX + 1).to_be_bytes();
    assert_eq!(with(70, &late), FrameError::DayOutOfRange);
    assert_eq!(with(139, b"K"), FrameError::InvalidFederation);
    assert_eq!(with(139, b"-"), FrameError::InvalidFederation);
    assert_eq!(with(139, &[0xc3]), FrameError::InvalidFederation);
    assert_eq!(with(147, b"_"), FrameError::InvalidOrigin);
    assert_eq!(with(138, &[6]), FrameError::Truncated);
    assert_eq!(with(138, &[255]), FrameError::Truncated);
    assert_eq!(with(146, &[2]), FrameError::Trailing);
    assert_eq!(with(146, &[4]), FrameError::Truncated);
}

#[test]
fn every_truncation_and_every_extension_is_refused() {
    let good = frame(1, FrameHash::ZERO).encode();
    for length in 0..good.len() {
        assert_eq!(
            Frame::decode(&good[..length]),
            Err(FrameError::Truncated),
            "{length} bytes"
        );
    }
    let longer = [&good[..], &[0]].concat();
    assert_eq!(Frame::decode(&longer), Err(FrameError::Trailing));
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(frame in any_frame()) {
        let bytes = frame.encode();
        prop_assert!(bytes.len() <= FRAME_MAX);
        prop_assert_eq!(position(&bytes), Ok((frame.lane, frame.sequence)));
        prop_assert_eq!(Frame::decode(&bytes), Ok(frame));
    }

    /// Whatever is taken is the encoding of what it is taken for.
    #[test]
    fn what_is_decoded_has_one_encoding(frame in any_frame(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)) {
        let mut bytes = frame.encode();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(frame) = Frame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let decoded = Frame::decode(&bytes);
        prop_assert!(decoded.is_err() || decoded.unwrap().encode() == bytes);
    }
}
