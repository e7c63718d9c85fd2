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
