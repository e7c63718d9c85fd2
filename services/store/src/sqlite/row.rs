//! Rows into records. A value that can't be true names its table, column and row.

use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use verbund_ledger::{Committed, Entry, FrameHash, LaneHead, LaneId, Outcome};
use verbund_model::{AgencyId, Audience, SubjectId, UnixMillis};

use crate::entry::StoredEntry;
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::lane::LaneRecord;
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord};
use crate::situation::State;

/// How many columns an entry takes in every statement that gives one.
pub(super) const ENTRY_COLUMNS: usize = 14;

/// A row under the name of its table.
pub(super) struct Cells<'r> {
    row: &'r SqliteRow,
    table: &'static str,
}

impl<'r> Cells<'r> {
    pub(super) fn new(row: &'r SqliteRow, table: &'static str) -> Self {
        Self { row, table }
    }

    /// A value as the engine has it.
    pub(super) fn get<T>(&self, index: usize, column: &'static str) -> Result<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row.try_get(index).map_err(|_| self.bad(column))
    }

    /// A value of a type that not every value of the engine's fits into.
    pub(super) fn parse<T, R>(
        &self,
        index: usize,
        column: &'static str,
        parse: impl FnOnce(T) -> Option<R>,
    ) -> Result<R>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        parse(self.get(index, column)?).ok_or_else(|| self.bad(column))
    }

    pub(super) fn u64(&self, index: usize, column: &'static str) -> Result<u64> {
        self.parse(index, column, |value: i64| value.try_into().ok())
    }

    pub(super) fn u32(&self, index: usize, column: &'static str) -> Result<u32> {
        self.parse(index, column, |value: i64| value.try_into().ok())
    }

    pub(super) fn day(&self, index: usize, column: &'static str) -> Result<i32> {
        self.parse(index, column, |value: i64| value.try_into().ok())
    }

    pub(super) fn bytes<const N: usize>(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<[u8; N]> {
        self.parse(index, column, |value: &[u8]| value.try_into().ok())
    }

    pub(super) fn optional_bytes<const N: usize>(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<Option<[u8; N]>> {
        self.parse(index, column, |value: Option<&[u8]>| {
            value.map(TryInto::try_into).transpose().ok()
        })
    }

    pub(super) fn agency(&self, index: usize, column: &'static str) -> Result<AgencyId> {
        self.parse(index, column, |value: &str| AgencyId::parse(value).ok())
    }

    pub(super) fn state(&self, index: usize) -> Result<State> {
        self.parse(index, "state", |value: i64| match value {
            0 => Some(State::Current),
            1 => Some(State::Withdrawn),
            2 => Some(State::Erased),
            _ => None,
        })
    }

    /// The first column of every table is its key.
    fn bad(&self, column: &'static str) -> Error {
        let id = match self.row.try_get_unchecked::<i64, _>(0) {
            Ok(id) => id.to_string(),
            Err(_) => "?".to_owned(),
        };
        Error::BadRow {
            table: self.table,
            column,
            id,
        }
    }
}

/// The code of a state in its column.
pub(super) const fn state_code(state: State) -> i64 {
    match state {
        State::Current => 0,
        State::Withdrawn => 1,
        State::Erased => 2,
    }
}

/// An entry from the [`ENTRY_COLUMNS`] columns that begin `at` one, its text opened. A text whose key has been destroyed is gone.
pub(super) fn entry(row: &SqliteRow, at: usize, keys: &ErasureKeys) -> Result<StoredEntry> {
    let cells = Cells::new(row, "entry");
    let lane = LaneId(cells.bytes(at + 1, "lane")?);
    let sequence = cells.u64(at + 2, "sequence")?;
    let erasure_day = cells.day(at + 5, "erasure_day")?;
    let generation = cells.u32(at + 6, "generation")?;
    let codes = match (
        cells.optional_bytes(at + 11, "codes_salt")?,
        cells.get(at + 12, "codes")?,
    ) {
        (Some(salt), Some(content)) => Some(Committed { salt, content }),
        (None, None) => None,
        _ => return Err(cells.bad("codes")),
    };
    let text = match cells.get::<Option<Vec<u8>>>(at + 13, "text")? {
        None => None,
        Some(sealed) => match keys.opening(erasure_day, generation)? {
            Some(key) => Some(
                key.open_text(&lane, sequence, sealed)
                    .ok_or_else(|| cells.bad("text"))?,
            ),
            None => None,
        },
    };
    Ok(StoredEntry {
        lane,
        sequence,
        position: cells.get(at, "position")?,
        hash: FrameHash(cells.bytes(at + 7, "hash")?),
        entry: Entry {
            frame: cells.get(at + 8, "frame")?,
            signature: cells.bytes(at + 9, "signature")?,
            codes,
            text,
        },
        outcome: cells.parse(at + 3, "outcome", outcome)?,
        erasure_day,
        subject: cells
            .optional_bytes(at + 10, "subject")?
            .map(SubjectId::from_bytes),
        version: cells.u32(at + 4, "version")?,
    })
}

pub(super) fn outcome(code: i64) -> Option<Outcome> {
    Outcome::from_code(code.try_into().ok()?)
}

/// A lane with its number.
pub(super) fn lane(row: &SqliteRow) -> Result<(i64, LaneRecord)> {
    let cells = Cells::new(row, "lane");
    let record = LaneRecord {
        id: LaneId(cells.bytes(1, "lane_id")?),
        origin: cells.agency(2, "origin")?,
        epoch: cells.u32(3, "epoch")?,
        audience: cells.parse(4, "audience", |key: &str| Audience::from_key(key).ok())?,
        head: LaneHead {
            sequence: cells.u64(5, "sequence")?,
            hash: FrameHash(cells.bytes(6, "hash")?),
        },
        stopped: cells.get(7, "stopped")?,
    };
    Ok((cells.get(0, "number")?, record))
}

pub(super) fn receipt(row: &SqliteRow) -> Result<ReceiptRecord> {
    let cells = Cells::new(row, "receipt");
    Ok(ReceiptRecord {
        lane: LaneId(cells.bytes(0, "lane")?),
        recipient: cells.agency(1, "recipient")?,
        generation: cells.u64(2, "generation")?,
        sequence: cells.u64(3, "sequence")?,
        body: cells.get(4, "body")?,
        signature: cells.bytes(5, "signature")?,
    })
}

/// A pending draft; `None` when its key has been destroyed.
pub(super) fn pending(row: &SqliteRow, keys: &ErasureKeys) -> Result<Option<Pending>> {
    let cells = Cells::new(row, "pending");
    let subject = SubjectId::from_bytes(cells.bytes(0, "subject")?);
    let erasure_day = cells.day(2, "erasure_day")?;
    let Some(key) = keys.opening(erasure_day, cells.u32(3, "generation")?)? else {
        return Ok(None);
    };
    let body = key
        .open_draft(&subject, cells.get(4, "body")?)
        .ok_or_else(|| cells.bad("body"))?;
    Ok(Some(Pending {
        subject,
        due: cells.get(1, "due")?,
        erasure_day,
        body,
    }))
}

pub(super) fn alarm(row: &SqliteRow) -> Result<Alarm> {
    let cells = Cells::new(row, "alarm");
    Ok(Alarm {
        at: UnixMillis(cells.get(1, "at")?),
        kind: cells.get(2, "kind")?,
        lane: cells.optional_bytes(3, "lane_id")?.map(LaneId),
        agency: cells.parse(4, "agency", |agency: Option<&str>| {
            agency.map(AgencyId::parse).transpose().ok()
        })?,
        detail: cells.get(5, "detail")?,
        evidence: cells.get(6, "evidence")?,
    })
}

pub(super) fn charter(row: &SqliteRow) -> Result<CharterRecord> {
    let cells = Cells::new(row, "charter");
    Ok(CharterRecord {
        version: cells.u32(0, "version")?,
        body: cells.get(1, "body")?,
        signatures: cells.get(2, "signatures")?,
    })
}
