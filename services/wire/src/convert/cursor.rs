//! Feed cursors: for each lane, the last sequence that the reader has.
//!
//! A cursor is made of places in the ledger and never of times, so it loses nothing and repeats nothing, also at another
//! replica of the node. Lanes are named in full: their ids are chosen by their origins, and a shortened one could be chosen to
//! collide with another origin's.

use std::collections::BTreeMap;

use verbund_ledger::LaneId;

use super::opaque;
use crate::error::{Error, ErrorCode};

const VERSION: u8 = 1;

/// Most lanes in one cursor: ten times what a federation of 50 agencies has with a handful of audiences each. A node has to
/// bound its lanes below this.
pub const LANES_MAX: usize = 4096;

/// A varint of 64 bits takes ten bytes at most.
const SEQUENCE_BYTES: usize = 10;
const TEXT_MAX: usize = (1 + LANES_MAX * (LaneId::BYTES + SEQUENCE_BYTES)).div_ceil(3) * 4;

/// How far a reader of the feed has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    positions: BTreeMap<LaneId, u64>,
}

impl Cursor {
    /// The cursor before everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// The last sequence of a lane that the reader has; 0 is none.
    pub fn position(&self, lane: &LaneId) -> u64 {
        self.positions.get(lane).copied().unwrap_or(0)
    }

    /// Moves on in a lane. A cursor never goes back.
    pub fn advance(&mut self, lane: LaneId, sequence: u64) {
        if sequence > 0 {
            let position = self.positions.entry(lane).or_default();
            *position = sequence.max(*position);
        }
    }

    /// All lanes of which the reader has something, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&LaneId, u64)> {
        self.positions.iter().map(|(lane, at)| (lane, *at))
    }

    /// The cursor as callers hand it back.
    pub fn encode(&self) -> String {
        if self.positions.is_empty() {
            return String::new();
        }
        let mut payload = Vec::with_capacity(self.positions.len() * (LaneId::BYTES + 3));
        for (lane, sequence) in &self.positions {
            payload.extend_from_slice(lane.as_bytes());
            prost::encoding::encode_varint(*sequence, &mut payload);
        }
        opaque::write(VERSION, &payload)
    }

    /// Reads what [`Cursor::encode`] wrote, and nothing else; the empty text is the cursor before everything.
    ///
    /// # Errors
    /// [`ErrorCode::CursorInvalid`].
    pub fn decode(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Ok(Self::new());
        }
        opaque::read(VERSION, text, TEXT_MAX)
            .and_then(|payload| Self::read(&payload))
            .ok_or_else(|| {
                Error::new(
                    ErrorCode::CursorInvalid,
                    "the cursor is not one that a node of this release gave out",
                )
            })
    }

    fn read(mut payload: &[u8]) -> Option<Self> {
        let mut positions = BTreeMap::new();
        while !payload.is_empty() {
            let (lane, rest) = payload.split_first_chunk()?;
            payload = rest;
            let lane = LaneId(*lane);
            let before = payload.len();
            let sequence = prost::encoding::decode_varint(&mut payload).ok()?;
            let ascends = positions
                .last_key_value()
                .is_none_or(|(last, _)| *last < lane);
            // One position has one spelling: ascending, not zero, and no varint longer than it must be.
            if !ascends
                || sequence == 0
                || before - payload.len() != prost::encoding::encoded_len_varint(sequence)
            {
                return None;
            }
            positions.insert(lane, sequence);
        }
        (1..=LANES_MAX)
            .contains(&positions.len())
            .then_some(Self { positions })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::super::samples;
    use super::*;

    fn cursor() -> impl Strategy<Value = Cursor> {
        btree_map(samples::lane(), 1..=u64::MAX, 0..20).prop_map(|positions| Cursor { positions })
    }

    fn refused(text: &str) -> bool {
        matches!(Cursor::decode(text), Err(error) if error.code() == ErrorCode::CursorInvalid)
    }

    fn text(payload: &[u8]) -> String {
        opaque::write(VERSION, payload)
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(cursor in cursor()) {
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        }

        #[test]
        fn one_cursor_has_one_text(bytes in vec(any::<u8>(), 0..80)) {
            let text = text(&bytes);
            if let Ok(cursor) = Cursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            prop_assert!(text.is_empty() || Cursor::decode(&text).is_err() || text.is_ascii());
        }
    }

    #[test]
    fn starts_before_everything_and_never_goes_back() {
        let lane = LaneId([1; 16]);
        let mut cursor = Cursor::new();
        assert_eq!(cursor.encode(), "");
        assert_eq!(cursor.position(&lane), 0);
        cursor.advance(lane, 0);
        assert_eq!(cursor, Cursor::new());
        cursor.advance(lane, 7);
        cursor.advance(lane, 3);
        assert_eq!(cursor.position(&lane), 7);
        assert_eq!(cursor.iter().collect::<Vec<_>>(), [(&lane, 7)]);
        assert_eq!(cursor.position(&LaneId([2; 16])), 0);
    }

    #[test]
    fn what_no_node_wrote_is_refused() {
        let place = |lane: u8, sequence: u8| {
            let mut bytes = vec![lane; 16];
            bytes.push(sequence);
            bytes
        };
        assert!(!refused(&text(&place(1, 1))));
        assert!(refused("%"), "not base64");
        assert!(
            refused(&opaque::write(VERSION + 1, &place(1, 1))),
            "another version"
        );
        assert!(refused(&text(&[])), "nothing has a text of its own");
        assert!(refused(&text(&[1; 15])), "half a lane");
        assert!(refused(&text(&[1; 16])), "no sequence");
        assert!(refused(&text(&place(1, 0))), "sequence 0");
        assert!(
            refused(&text(&[place(1, 1), place(1, 2)].concat())),
            "a lane twice"
        );
        assert!(
            refused(&text(&[place(2, 1), place(1, 1)].concat())),
            "not ascending"
        );
        let mut overlong = place(1, 0x81);
        overlong.push(0);
        assert!(refused(&text(&overlong)), "an overlong varint");
        assert!(refused(&format!("{}=", text(&place(1, 1)))), "padding");
        assert!(refused(&"A".repeat(TEXT_MAX + 1)), "too long to look at");
    }

    #[test]
    fn the_largest_fits_and_one_more_does_not() {
        let mut cursor = Cursor::new();
        for at in 0..LANES_MAX as u128 {
            cursor.advance(LaneId(at.to_be_bytes()), u64::MAX);
        }
        assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor.clone()));
        cursor.advance(LaneId([255; 16]), 1);
        assert!(refused(&cursor.encode()));
    }
}
