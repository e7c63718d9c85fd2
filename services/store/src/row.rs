//! Rows into records. A value that can't be true names its table, column and row.

use verbund_ledger::{Committed, Entry, FrameHash, LaneHead, LaneId, Outcome};
use verbund_model::{
    AgencyId, Audience, AuditEvent, AuditRole, Pseudonym, RequestId, ReviewId, SubjectId,
    UnixMillis, WindowId,
};

use crate::audit::AuditRecord;
use crate::entry::StoredEntry;
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::lane::LaneRecord;
use crate::plan::batch::{HeldRow, Meta};
use crate::publish::RequestKey;
use crate::queue::QueuedRecord;
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord, ShownRecord};
use crate::review::{ReviewRecord, ReviewState};
use crate::situation::State;
use crate::statement::Columns;

/// How many columns an entry takes in every statement that gives one.
pub(crate) const ENTRY_COLUMNS: usize = 15;

/// A row under the name of its table.
pub(crate) struct Cells<'r, C> {
    row: &'r C,
    table: &'static str,
}

impl<'r, C: Columns> Cells<'r, C> {
    pub(crate) fn new(row: &'r C, table: &'static str) -> Self {
        Self { row, table }
    }

    pub(crate) fn optional_int(&self, index: usize, column: &'static str) -> Result<Option<i64>> {
        self.row.int(index).map_err(|_| self.bad(column))
    }

    pub(crate) fn int(&self, index: usize, column: &'static str) -> Result<i64> {
        self.optional_int(index, column)?
            .ok_or_else(|| self.bad(column))
    }

    /// A number of a type that not every one fits into.
    pub(crate) fn number<N: TryFrom<i64>>(&self, index: usize, column: &'static str) -> Result<N> {
        let number = self.int(index, column)?;
        number.try_into().map_err(|_| self.bad(column))
    }

    pub(crate) fn u64(&self, index: usize, column: &'static str) -> Result<u64> {
        self.number(index, column)
    }

    pub(crate) fn u32(&self, index: usize, column: &'static str) -> Result<u32> {
        self.number(index, column)
    }

    pub(crate) fn day(&self, index: usize, column: &'static str) -> Result<i32> {
        self.number(index, column)
    }

    pub(crate) fn optional_day(&self, index: usize, column: &'static str) -> Result<Option<i32>> {
        let day = self.optional_int(index, column)?;
        day.map(TryInto::try_into)
            .transpose()
            .map_err(|_| self.bad(column))
    }

    pub(crate) fn flag(&self, index: usize, column: &'static str) -> Result<bool> {
        match self.int(index, column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.bad(column)),
        }
    }

    fn optional_str(&self, index: usize, column: &'static str) -> Result<Option<&'r str>> {
        self.row.text(index).map_err(|_| self.bad(column))
    }

    pub(crate) fn optional_text(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<Option<String>> {
        Ok(self.optional_str(index, column)?.map(str::to_owned))
    }

    pub(crate) fn text(&self, index: usize, column: &'static str) -> Result<String> {
        self.optional_text(index, column)?
            .ok_or_else(|| self.bad(column))
    }

    /// A text that has to be read as something.
    pub(crate) fn optional<R>(
        &self,
        index: usize,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<R>,
    ) -> Result<Option<R>> {
        let text = self.optional_str(index, column)?;
        text.map(|text| parse(text).ok_or_else(|| self.bad(column)))
            .transpose()
    }

    pub(crate) fn agency(&self, index: usize, column: &'static str) -> Result<AgencyId> {
        self.optional(index, column, |id| AgencyId::parse(id).ok())?
            .ok_or_else(|| self.bad(column))
    }

    fn optional_slice(&self, index: usize, column: &'static str) -> Result<Option<&'r [u8]>> {
        self.row.blob(index).map_err(|_| self.bad(column))
    }

    pub(crate) fn optional_blob(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<Option<Vec<u8>>> {
        Ok(self.optional_slice(index, column)?.map(<[u8]>::to_vec))
    }

    pub(crate) fn blob(&self, index: usize, column: &'static str) -> Result<Vec<u8>> {
        self.optional_blob(index, column)?
            .ok_or_else(|| self.bad(column))
    }

    pub(crate) fn optional_bytes<const N: usize>(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<Option<[u8; N]>> {
        let bytes = self.optional_slice(index, column)?;
        bytes
            .map(TryInto::try_into)
            .transpose()
            .map_err(|_| self.bad(column))
    }

    pub(crate) fn bytes<const N: usize>(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<[u8; N]> {
        self.optional_bytes(index, column)?
            .ok_or_else(|| self.bad(column))
    }

    pub(crate) fn outcome(&self, index: usize) -> Result<Outcome> {
        let code = self.number(index, "outcome")?;
        Outcome::from_code(code).ok_or_else(|| self.bad("outcome"))
    }

    pub(crate) fn state(&self, index: usize) -> Result<State> {
        match self.int(index, "state")? {
            0 => Ok(State::Current),
            1 => Ok(State::Withdrawn),
            2 => Ok(State::Erased),
            _ => Err(self.bad("state")),
        }
    }

    /// The first column of every table is its key.
    pub(crate) fn bad(&self, column: &'static str) -> Error {
        let id = match self.row.int(0) {
            Ok(Some(id)) => id.to_string(),
            _ => "?".to_owned(),
        };
        Error::BadRow {
            table: self.table,
            column,
            id,
        }
    }
}

/// The code of a state in its column.
pub(crate) const fn state_code(state: State) -> i64 {
    match state {
        State::Current => 0,
        State::Withdrawn => 1,
        State::Erased => 2,
    }
}

/// An entry from the [`ENTRY_COLUMNS`] columns that begin `at` one, its text opened. A text whose key has been destroyed is gone.
pub(crate) fn entry(row: &impl Columns, at: usize, keys: &ErasureKeys) -> Result<StoredEntry> {
    let cells = Cells::new(row, "entry");
    let lane = LaneId(cells.bytes(at + 1, "lane")?);
    let sequence = cells.u64(at + 2, "sequence")?;
    let erasure_day = cells.day(at + 5, "erasure_day")?;
    let generation = cells.u32(at + 6, "generation")?;
    let codes = match (
        cells.optional_bytes(at + 11, "codes_salt")?,
        cells.optional_blob(at + 12, "codes")?,
    ) {
        (Some(salt), Some(content)) => Some(Committed { salt, content }),
        (None, None) => None,
        _ => return Err(cells.bad("codes")),
    };
    let text = match cells.optional_blob(at + 13, "text")? {
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
        position: cells.int(at, "position")?,
        hash: FrameHash(cells.bytes(at + 7, "hash")?),
        entry: Entry {
            frame: cells.blob(at + 8, "frame")?,
            signature: cells.bytes(at + 9, "signature")?,
            codes,
            text,
        },
        outcome: cells.outcome(at + 3)?,
        erasure_day,
        subject: cells
            .optional_bytes(at + 10, "subject")?
            .map(SubjectId::from_bytes),
        version: cells.u32(at + 4, "version")?,
        step: cells.flag(at + 14, "step")?,
    })
}

/// A lane with its number.
pub(crate) fn lane(row: &impl Columns) -> Result<(i64, LaneRecord)> {
    let cells = Cells::new(row, "lane");
    let record = LaneRecord {
        id: LaneId(cells.bytes(1, "lane_id")?),
        origin: cells.agency(2, "origin")?,
        epoch: cells.u32(3, "epoch")?,
        audience: cells
            .optional(4, "audience", |key| Audience::from_key(key).ok())?
            .ok_or_else(|| cells.bad("audience"))?,
        head: LaneHead {
            sequence: cells.u64(5, "sequence")?,
            hash: FrameHash(cells.bytes(6, "hash")?),
        },
        stopped: cells.optional_text(7, "stopped")?,
    };
    Ok((cells.int(0, "number")?, record))
}

pub(crate) fn receipt(row: &impl Columns) -> Result<ReceiptRecord> {
    let cells = Cells::new(row, "receipt");
    Ok(ReceiptRecord {
        lane: LaneId(cells.bytes(0, "lane")?),
        recipient: cells.agency(1, "recipient")?,
        generation: cells.u64(2, "generation")?,
        sequence: cells.u64(3, "sequence")?,
        body: cells.blob(4, "body")?,
        signature: cells.bytes(5, "signature")?,
    })
}

pub(crate) fn shown(row: &impl Columns) -> Result<ShownRecord> {
    let cells = Cells::new(row, "shown");
    Ok(ShownRecord {
        lane: LaneId(cells.bytes(0, "lane")?),
        sequence: cells.u64(1, "sequence")?,
        agency: cells.agency(2, "agency")?,
        day: cells.day(3, "day")?,
        window: cells
            .optional(4, "time_window", |id| WindowId::parse(id).ok())?
            .ok_or_else(|| cells.bad("time_window"))?,
    })
}

/// A pending draft; `None` when its key has been destroyed.
pub(crate) fn pending(row: &impl Columns, keys: &ErasureKeys) -> Result<Option<Pending>> {
    let cells = Cells::new(row, "pending");
    let subject = SubjectId::from_bytes(cells.bytes(0, "subject")?);
    let erasure_day = cells.day(2, "erasure_day")?;
    let Some(key) = keys.opening(erasure_day, cells.u32(3, "generation")?)? else {
        return Ok(None);
    };
    let body = key
        .open_draft(&subject, cells.blob(4, "body")?)
        .ok_or_else(|| cells.bad("body"))?;
    Ok(Some(Pending {
        subject,
        due: cells.optional_day(1, "due")?,
        erasure_day,
        body,
    }))
}

/// The code of a held draft's state in its column.
pub(crate) const fn review_state_code(state: ReviewState) -> i64 {
    match state {
        ReviewState::Waiting => 0,
        ReviewState::Confirmed => 1,
        ReviewState::Discarded => 2,
        ReviewState::Expired => 3,
        ReviewState::Refused => 4,
    }
}

/// A held draft, its body opened. One whose key has been destroyed has none.
pub(crate) fn review(row: &impl Columns, keys: &ErasureKeys) -> Result<ReviewRecord> {
    let cells = Cells::new(row, "review");
    let id = ReviewId::from_bytes(cells.bytes(0, "review")?);
    let code = cells.int(6, "state")?;
    let mut states = ReviewState::ALL.iter().copied();
    let state = states
        .find(|state| review_state_code(*state) == code)
        .ok_or_else(|| cells.bad("state"))?;
    let last_day = cells.day(7, "erasure_day")?;
    let generation = cells.u32(8, "generation")?;
    let body = match (state, cells.optional_blob(9, "body")?) {
        (ReviewState::Waiting, Some(sealed)) => match keys.opening(last_day, generation)? {
            Some(key) => Some(
                key.open_review(&id, sealed)
                    .ok_or_else(|| cells.bad("body"))?,
            ),
            None => None,
        },
        (ReviewState::Waiting, None) => return Err(cells.bad("body")),
        (_, Some(_)) => return Err(cells.bad("state")),
        (_, None) => None,
    };
    Ok(ReviewRecord {
        id,
        subject: SubjectId::from_bytes(cells.bytes(1, "subject")?),
        request: RequestKey {
            caller: cells.text(2, "caller")?,
            method: cells.text(3, "method")?,
            id: RequestId::from_bytes(cells.bytes(4, "request_id")?)
                .map_err(|_| cells.bad("request_id"))?,
        },
        held_at: UnixMillis(cells.int(5, "held_at")?),
        last_day,
        state,
        body,
    })
}

/// A queued update, its body opened. One whose key has been destroyed has none.
pub(crate) fn queued(row: &impl Columns, keys: &ErasureKeys) -> Result<QueuedRecord> {
    let cells = Cells::new(row, "queued");
    let subject = SubjectId::from_bytes(cells.bytes(1, "subject")?);
    let erasure_day = cells.day(2, "erasure_day")?;
    let sealed = cells.blob(5, "body")?;
    let body = match keys.opening(erasure_day, cells.u32(3, "generation")?)? {
        Some(key) => Some(
            key.open_queued(&subject, sealed)
                .ok_or_else(|| cells.bad("body"))?,
        ),
        None => None,
    };
    Ok(QueuedRecord {
        number: cells.int(0, "number")?,
        subject,
        erasure_day,
        refused: cells.flag(4, "refused")?,
        body,
    })
}

/// A record of the audit log. Whatever is not in its words is no record.
pub(crate) fn audit(row: &impl Columns) -> Result<AuditRecord> {
    let cells = Cells::new(row, "audit");
    let event = |word: &str| {
        let mut all = AuditEvent::ALL.iter();
        all.find(|it| it.as_str() == word).copied()
    };
    let role = |word: &str| {
        let mut all = AuditRole::ALL.iter();
        all.find(|it| it.as_str() == word).copied()
    };
    let version = |word: &str| {
        let graphic = word.bytes().all(|byte| byte.is_ascii_graphic());
        graphic.then(|| word.to_owned())
    };
    let there = |value: Option<_>, column| value.ok_or_else(|| cells.bad(column));
    Ok(AuditRecord {
        number: cells.int(0, "number")?,
        at: UnixMillis(cells.int(1, "at")?),
        event: cells
            .optional(2, "event", event)?
            .ok_or_else(|| cells.bad("event"))?,
        role: cells
            .optional(3, "role", role)?
            .ok_or_else(|| cells.bad("role"))?,
        pseudonym: cells.optional_bytes(4, "pseudonym")?.map(Pseudonym),
        subject: cells
            .optional_bytes(5, "subject")?
            .map(SubjectId::from_bytes),
        review: cells.optional_bytes(6, "review")?.map(ReviewId::from_bytes),
        guard_version: there(
            cells.optional(7, "guard_version", version)?,
            "guard_version",
        )?,
        findings: cells
            .optional(8, "findings", AuditRecord::read_lines)?
            .ok_or_else(|| cells.bad("findings"))?,
    })
}

pub(crate) fn alarm(row: &impl Columns) -> Result<Alarm> {
    let cells = Cells::new(row, "alarm");
    Ok(Alarm {
        number: cells.int(0, "number")?,
        at: UnixMillis(cells.int(1, "at")?),
        kind: cells.text(2, "kind")?,
        lane: cells.optional_bytes(3, "lane_id")?.map(LaneId),
        agency: cells.optional(4, "agency", |id| AgencyId::parse(id).ok())?,
        detail: cells.text(5, "detail")?,
        evidence: cells.optional_blob(6, "evidence")?,
    })
}

pub(crate) fn charter(row: &impl Columns) -> Result<CharterRecord> {
    let cells = Cells::new(row, "charter");
    Ok(CharterRecord {
        version: cells.u32(0, "version")?,
        body: cells.blob(1, "body")?,
        signatures: cells.blob(2, "signatures")?,
    })
}

/// Whose store it is; `None` before that has been said.
pub(crate) fn meta(row: &impl Columns) -> Result<Option<Meta>> {
    let cells = Cells::new(row, "meta");
    let meta = Meta {
        federation: cells.text(0, "federation")?,
        agency: cells.text(1, "agency")?,
        generation: cells.u64(2, "generation")?,
    };
    Ok((meta.generation > 0).then_some(meta))
}

/// A hold with its name.
pub(crate) fn hold(row: &impl Columns) -> Result<(String, HeldRow)> {
    let cells = Cells::new(row, "hold");
    let hold = HeldRow {
        holder: cells.text(1, "holder")?,
        generation: cells.u64(2, "generation")?,
        in_force: cells.int(3, "until")? > 0,
    };
    Ok((cells.text(0, "name")?, hold))
}
