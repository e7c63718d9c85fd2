//! What the tests of this crate share: one key, one lane, entries that follow each other.

use proptest::prelude::*;
use verbund_model::{AgencyId, FederationId};

use crate::chain::Expect;
use crate::entry::{Committed, Entry, Part};
use crate::frame::{DAY_MAX, Frame, SEQUENCE_MAX, Suite};
use crate::hash::{Commitment, FrameHash, KeyId, LaneId};
use crate::key::{EntryKey, PublicKey};
use crate::outcome::Outcome;

/// The lane that all tests use.
pub(crate) const LANE: LaneId = LaneId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/// The key of the origin: test 1 of RFC 8032, section 7.1.
pub(crate) fn key() -> EntryKey {
    EntryKey::from_seed_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        .unwrap()
}

/// A key of nobody in particular.
pub(crate) fn other_key(number: u8) -> EntryKey {
    EntryKey::from_seed(&[number; 32]).unwrap()
}

pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

pub(crate) fn codes() -> Committed {
    Committed {
        salt: [0xc0; 32],
        content: b"codes of an entry".to_vec(),
    }
}

pub(crate) fn text() -> Committed {
    Committed {
        salt: [0x7e; 32],
        content: b"note".to_vec(),
    }
}

pub(crate) fn frame(sequence: u64, previous: FrameHash) -> Frame {
    Frame {
        suite: Suite::Ed25519,
        federation: FederationId::parse("krefeld").unwrap(),
        origin: agency("dhz"),
        epoch: 3,
        lane: LANE,
        sequence,
        previous,
        key: key().id(),
        erasure_day: 20_500,
        codes: codes().commitment(Part::Codes),
        text: text().commitment(Part::Text),
    }
}

/// A frame's entry, signed by the origin.
pub(crate) fn entry(frame: &Frame) -> Entry {
    let sealed = frame.seal(&key());
    Entry {
        frame: sealed.frame,
        signature: sealed.signature,
        codes: Some(codes()),
        text: Some(text()),
    }
}

/// The first entries of the lane.
pub(crate) fn chain(length: u64) -> Vec<Entry> {
    let mut previous = FrameHash::ZERO;
    let mut next = |sequence| {
        let entry = entry(&frame(sequence, previous));
        previous = crate::frame::hash(&entry.frame);
        entry
    };
    (1..=length).map(&mut next).collect()
}

/// What a reader of the lane expects.
pub(crate) struct Reader {
    pub(crate) federation: FederationId,
    pub(crate) origin: AgencyId,
    pub(crate) keys: Vec<PublicKey>,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self {
            federation: FederationId::parse("krefeld").unwrap(),
            origin: agency("dhz"),
            keys: vec![other_key(1).public().clone(), key().public().clone()],
        }
    }

    pub(crate) fn expect(&self) -> Expect<'_> {
        Expect {
            federation: &self.federation,
            origin: &self.origin,
            keys: &self.keys,
            lane: Some(LANE),
            epoch: Some(3),
        }
    }
}

pub(crate) fn any_frame() -> impl Strategy<Value = Frame> {
    let slug = "[a-z0-9][a-z0-9-]{0,62}";
    let names = (slug, slug);
    let numbers = (any::<u32>(), 1..=SEQUENCE_MAX, 0..=DAY_MAX);
    let bytes = (
        any::<[u8; 16]>(),
        any::<[u8; 32]>(),
        any::<[u8; 8]>(),
        any::<[u8; 32]>(),
        any::<[u8; 32]>(),
    );
    (names, numbers, bytes).prop_map(
        |(
            (federation, origin),
            (epoch, sequence, erasure_day),
            (lane, previous, key, codes, text),
        )| Frame {
            suite: Suite::Ed25519,
            federation: FederationId::parse(&federation).unwrap(),
            origin: agency(&origin),
            epoch,
            lane: LaneId(lane),
            sequence,
            previous: FrameHash(previous),
            key: KeyId(key),
            erasure_day,
            codes: Commitment(codes),
            text: Commitment(text),
        },
    )
}

pub(crate) fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(Outcome::ALL.to_vec())
}
