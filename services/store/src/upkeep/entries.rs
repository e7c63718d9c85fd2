//! Whether entries are what their origins signed, and stand where they belong.
//!
//! What costs (hashes, signatures, opening texts) is done for a page on all cores; what needs the order is done after that.

use std::collections::HashMap;
use std::thread;

use verbund_ledger::{
    Commitment, Committed, Frame, FrameHash, LaneHead, LaneId, Outcome, Part, frame,
};
use verbund_model::{AgencyId, Audience};

use super::Signers;
use super::finding::{Finding, FindingKind};
use super::tables::{self, Kind, LANE, Row};
use super::whole::{Pages, Whole};
use crate::erasure::ErasureKeys;
use crate::error::Result;
use crate::row::Cells;
use crate::statement::Columns;

/// A lane, and how far it has been followed.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub(super) id: LaneId,
    pub(super) origin: AgencyId,
    epoch: u32,
    pub(super) head: LaneHead,
}

/// All lanes by their numbers.
pub(super) type Lanes = HashMap<i64, Lane>;

/// Reads all lanes, and what is wrong with them.
pub(super) async fn lanes(whole: &mut Whole) -> Result<(Lanes, Vec<Finding>)> {
    let (mut lanes, mut findings, mut expected) = (Lanes::new(), Vec::new(), 1);
    let mut pages = Pages::of(whole, &LANE).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            return Ok((lanes, findings));
        }
        for row in &rows {
            let cells = Cells::new(row, "lane");
            let number = cells.int(0, "number")?;
            let mut wrong = |detail: &str| {
                findings.push(Finding::new(FindingKind::Lane, "lane", number, detail));
            };
            if number != expected {
                wrong("the lane before it is missing");
            }
            expected = number + 1;
            let audience = cells.optional(4, "audience", |key| Audience::from_key(key).ok());
            if !matches!(audience, Ok(Some(_))) {
                wrong("the audience can't be read");
            }
            let (Ok(id), Ok(origin), Ok(epoch)) = (
                cells.bytes(1, "lane_id"),
                cells.agency(2, "origin"),
                cells.u32(3, "epoch"),
            ) else {
                wrong("its name, origin or epoch can't be read");
                continue;
            };
            let lane = Lane {
                id: LaneId(id),
                origin,
                epoch,
                head: LaneHead::ORIGIN,
            };
            lanes.insert(number, lane);
        }
    }
}

/// Sets the lanes to where a database ends.
pub(super) async fn follow_to_heads(whole: &mut Whole, lanes: &mut Lanes) -> Result<()> {
    let kinds = [Kind::Int, Kind::Int, Kind::Blob];
    for row in whole.rows(tables::HEADS, Vec::new(), &kinds).await? {
        let cells = Cells::new(&row, "entry");
        if let Some(lane) = lanes.get_mut(&cells.int(0, "lane")?) {
            lane.head = LaneHead {
                sequence: cells.u64(1, "sequence")?,
                hash: FrameHash(cells.bytes(2, "hash")?),
            };
        }
    }
    Ok(())
}

/// What entries are judged by.
pub(super) struct Bench<'a> {
    pub(super) federation: &'a str,
    pub(super) signers: &'a dyn Signers,
    pub(super) keys: &'a ErasureKeys,
    pub(super) today: i32,
}

/// An entry that was looked at alone.
struct Examined {
    position: i64,
    lane: i64,
    sequence: u64,
    hash: FrameHash,
    /// Of the frame before it; `None` when the frame can't be read.
    previous: Option<FrameHash>,
    findings: Vec<Finding>,
}

impl Bench<'_> {
    /// What is wrong with a page of entries, in their order; moves the lanes' heads on.
    pub(super) fn judge(&self, rows: &[Row], lanes: &mut Lanes) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for examined in self.examine_all(rows, lanes)? {
            findings.extend(examined.findings);
            let Some(lane) = lanes.get_mut(&examined.lane) else {
                continue;
            };
            let place = |kind, detail: String| {
                Finding::new(kind, "entry", examined.position, detail)
                    .at(lane.id, examined.sequence)
            };
            let follows = lane.head.sequence + 1;
            if examined.sequence > follows {
                let detail = format!("{follows} to {} are missing", examined.sequence - 1);
                findings.push(place(FindingKind::Gap, detail));
            } else if examined.sequence < follows {
                let detail = format!("the lane has come to {} before", lane.head.sequence);
                findings.push(place(FindingKind::Fork, detail));
                continue;
            } else if examined.previous.is_some_and(|it| it != lane.head.hash) {
                let detail = "the frame before it is another one".to_owned();
                findings.push(place(FindingKind::ChainBroken, detail));
            }
            lane.head = LaneHead {
                sequence: examined.sequence,
                hash: examined.hash,
            };
        }
        Ok(findings)
    }

    fn examine_all(&self, rows: &[Row], lanes: &Lanes) -> Result<Vec<Examined>> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = rows.len().div_ceil(cores).max(1);
        let examine = |rows: &[Row]| -> Result<Vec<Examined>> {
            rows.iter().map(|row| self.examine(row, lanes)).collect()
        };
        thread::scope(|scope| {
            let shares: Vec<_> = rows
                .chunks(share)
                .map(|share| scope.spawn(move || examine(share)))
                .collect();
            let mut all = Vec::with_capacity(rows.len());
            for share in shares {
                all.extend(share.join().expect("looking at an entry does not panic")?);
            }
            Ok(all)
        })
    }

    /// Looks at one row alone; also to look at it again.
    pub(super) fn look_again(&self, row: &Row, lanes: &Lanes) -> Result<Vec<Finding>> {
        Ok(self.examine(row, lanes)?.findings)
    }

    fn examine(&self, row: &Row, lanes: &Lanes) -> Result<Examined> {
        let cells = Cells::new(row, "entry");
        let (position, number) = (cells.int(0, "position")?, cells.int(1, "lane")?);
        let sequence = cells.u64(2, "sequence")?;
        let lane = lanes.get(&number);
        let mut findings = Vec::new();
        let mut wrong = |kind, detail: &str| {
            let finding = Finding::new(kind, "entry", position, detail);
            findings.push(match lane {
                Some(lane) => finding.at(lane.id, sequence),
                None => finding,
            });
        };
        let bytes = cells.blob(8, "frame")?;
        let hash = frame::hash(&bytes);
        if row.blob(7).ok().flatten() != Some(&hash.0[..]) {
            wrong(
                FindingKind::FrameHash,
                "the hash beside the frame is another one",
            );
        }
        let mut examined = Examined {
            position,
            lane: number,
            sequence,
            hash,
            previous: None,
            findings: Vec::new(),
        };
        match (lane, Frame::decode(&bytes)) {
            (None, _) => wrong(
                FindingKind::LaneMissing,
                &format!("there is no lane {number}"),
            ),
            (Some(_), Err(error)) => wrong(FindingKind::Frame, &error.to_string()),
            (Some(lane), Ok(frame)) => {
                examined.previous = Some(frame.previous);
                self.check_place(&cells, lane, &frame, &mut wrong)?;
                self.check_signature(&cells, lane, &frame, &bytes, &mut wrong);
                self.check_content(&cells, lane, &frame, &mut wrong)?;
            }
        }
        examined.findings = findings;
        Ok(examined)
    }

    fn check_place(
        &self,
        cells: &Cells<'_, Row>,
        lane: &Lane,
        frame: &Frame,
        wrong: &mut dyn FnMut(FindingKind, &str),
    ) -> Result<()> {
        let said = [
            ("federation", frame.federation.as_str() == self.federation),
            ("origin", frame.origin == lane.origin),
            ("lane", frame.lane == lane.id),
            ("epoch", frame.epoch == lane.epoch),
            ("sequence", frame.sequence == cells.u64(2, "sequence")?),
            (
                "erasure day",
                i64::from(frame.erasure_day) == cells.int(5, "erasure_day")?,
            ),
        ];
        let other: Vec<&str> = said.iter().filter(|it| !it.1).map(|it| it.0).collect();
        if !other.is_empty() {
            let detail = format!("the frame names another {}", other.join(", "));
            wrong(FindingKind::FramePlace, &detail);
        }
        Ok(())
    }

    fn check_signature(
        &self,
        cells: &Cells<'_, Row>,
        lane: &Lane,
        frame: &Frame,
        bytes: &[u8],
        wrong: &mut dyn FnMut(FindingKind, &str),
    ) {
        let Ok(signature) = cells.bytes(9, "signature") else {
            return wrong(FindingKind::Signature, "it is no signature");
        };
        let keys = self.signers.keys(&lane.origin);
        let mut named = keys.iter().filter(|key| key.id() == frame.key).peekable();
        if named.peek().is_none() {
            let detail = format!("no charter gives {} the key {}", lane.origin, frame.key);
            wrong(FindingKind::KeyUnknown, &detail);
        } else if !named.any(|key| key.verifies_frame(bytes, &signature)) {
            wrong(FindingKind::Signature, "the signature does not hold");
        }
    }

    fn check_content(
        &self,
        cells: &Cells<'_, Row>,
        lane: &Lane,
        frame: &Frame,
        wrong: &mut dyn FnMut(FindingKind, &str),
    ) -> Result<()> {
        let Ok(outcome) = cells.outcome(3) else {
            wrong(FindingKind::Outcome, "no outcome has this code");
            return Ok(());
        };
        let day = cells.day(5, "erasure_day")?;
        let generation = cells.u32(6, "generation")?;
        let salt = cells.optional_blob(11, "codes_salt")?;
        let codes = cells.optional_blob(12, "codes")?;
        let text = cells.optional_blob(13, "text")?;
        let present = (codes.is_some(), text.is_some());
        match outcome {
            Outcome::Stored if present != (true, true) => {
                wrong(
                    FindingKind::ContentMissing,
                    "stored, and its content is not there",
                );
            }
            Outcome::Erased | Outcome::Refused(_) if present != (false, false) => {
                let detail = format!("{outcome}, and its content is there");
                wrong(FindingKind::ContentLeft, &detail);
            }
            _ => {}
        }
        if (generation > 0) != (present.0 || present.1) {
            let detail = format!("content under key generation {generation}");
            wrong(FindingKind::ContentLeft, &detail);
        }
        if (present.0 || present.1) && day < self.today {
            wrong(FindingKind::ContentOverdue, "its last day is over");
        }
        match (salt.map(<[u8; 32]>::try_from), codes) {
            (None, None) => {}
            (Some(Ok(salt)), Some(content)) => {
                let codes = Committed { salt, content };
                if !binds(&codes, Part::Codes, &frame.codes) {
                    wrong(FindingKind::Codes, "the frame binds other codes");
                }
            }
            _ => wrong(FindingKind::Codes, "codes and their salt don't go together"),
        }
        let (Some(sealed), true) = (text, generation > 0) else {
            return Ok(());
        };
        match self.keys.opening(day, generation)? {
            None if day < self.today => {}
            None => {
                let detail = format!("the key {day}.{generation} is not there");
                wrong(FindingKind::ErasureKeyMissing, &detail);
            }
            Some(key) => match key.open_text(&lane.id, cells.u64(2, "sequence")?, sealed) {
                None => wrong(FindingKind::TextSealed, "its key does not open it"),
                Some(text) if !binds(&text, Part::Text, &frame.text) => {
                    wrong(FindingKind::Text, "the frame binds another text");
                }
                Some(_) => {}
            },
        }
        Ok(())
    }
}

fn binds(content: &Committed, part: Part, commitment: &Commitment) -> bool {
    content.commitment(part) == *commitment
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What runs on several threads at once has to be able to.
    #[test]
    fn a_bench_can_be_shared() {
        fn shared<T: Sync>() {}
        shared::<Bench<'_>>();
    }
}
