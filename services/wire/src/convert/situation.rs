//! Updates as callers read them.

use bytes::Bytes;
use verbund_ledger::{FrameHash, LaneId};
use verbund_model::{
    AgencyId, Audience, Day, Handling, Observation, SubjectId, UnixMillis, WithdrawalReason,
};

use super::vocabulary::Word;
use super::{etag, observation};
use crate::agency;

/// Where an update stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It holds.
    Current,
    /// Its origin took it back.
    Withdrawn,
    /// Its text is destroyed.
    Erased,
}

/// All that is shown of one version of an update.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The update.
    pub subject: SubjectId,
    /// Where it comes from.
    pub agency: &'a AgencyId,
    /// Where it stands.
    pub state: State,
    /// What it tells; `None` once erased.
    pub observation: Option<&'a Observation>,
    /// Its note; empty where there is none, or none any more.
    pub note: &'a str,
    /// How far it may travel; `None` once erased.
    pub handling: Option<Handling>,
    /// The agencies that have it.
    pub audience: &'a Audience,
    /// Which version this is, from 1.
    pub version: u32,
    /// The frame that made this version.
    pub frame: FrameHash,
    /// When its origin made it; `None` once erased.
    pub created_at: Option<UnixMillis>,
    /// A coordinator confirmed what the guard wanted reviewed.
    pub reviewed: bool,
    /// Why it was withdrawn.
    pub withdrawal: Option<WithdrawalReason>,
}

impl From<View<'_>> for agency::Situation {
    fn from(it: View<'_>) -> Self {
        Self {
            subject: it.subject.to_string(),
            agency: it.agency.as_str().to_owned(),
            state: match it.state {
                State::Current => agency::SituationState::Current,
                State::Withdrawn => agency::SituationState::Withdrawn,
                State::Erased => agency::SituationState::Erased,
            } as i32,
            observation: it.observation.map(observation::to_wire),
            note: it.note.to_owned(),
            handling: it.handling.map_or(0, Word::to_wire),
            audience: it
                .audience
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            version: it.version,
            etag: etag::to_wire(&it.frame),
            created_at_ms: it.created_at.map_or(0, |it| it.0),
            reviewed: it.reviewed,
            withdrawal_reason: it.withdrawal.map_or(0, Word::to_wire),
        }
    }
}

/// All that is shown of an own update that is not published yet.
#[derive(Clone, Debug)]
pub struct Unsent<'a> {
    /// The update that it will be.
    pub subject: SubjectId,
    /// The own agency.
    pub agency: &'a AgencyId,
    /// What it tells.
    pub observation: &'a Observation,
    /// Its note.
    pub note: &'a str,
    /// How far it may travel.
    pub handling: Handling,
    /// The agencies that would get it.
    pub audience: &'a Audience,
    /// When it was sent.
    pub sent_at: UnixMillis,
    /// A coordinator confirmed what the guard wanted reviewed.
    pub reviewed: bool,
}

impl From<Unsent<'_>> for agency::Situation {
    fn from(it: Unsent<'_>) -> Self {
        Self {
            subject: it.subject.to_string(),
            agency: it.agency.as_str().to_owned(),
            observation: Some(observation::to_wire(it.observation)),
            note: it.note.to_owned(),
            handling: it.handling.to_wire(),
            audience: it.audience.iter().map(ToString::to_string).collect(),
            created_at_ms: it.sent_at.0,
            reviewed: it.reviewed,
            ..Self::default()
        }
    }
}

/// An own update that waits for a second coordinator.
#[derive(Clone, Debug)]
pub struct Awaiting<'a> {
    /// What is shown of it.
    pub update: Unsent<'a>,
    /// The caller sent it.
    pub sent_by_caller: bool,
    /// The last day on which it can be confirmed.
    pub until: Day,
}

impl From<Awaiting<'_>> for agency::AwaitingSituation {
    fn from(it: Awaiting<'_>) -> Self {
        Self {
            situation: Some(it.update.into()),
            sent_by_caller: it.sent_by_caller,
            until: it.until.to_string(),
        }
    }
}

/// An entry's place in its origin's ledger.
pub fn position(lane: &LaneId, sequence: u64, frame: &FrameHash) -> agency::EntryPosition {
    agency::EntryPosition {
        lane: Bytes::copy_from_slice(lane.as_bytes()),
        sequence,
        frame_hash: Bytes::copy_from_slice(frame.as_bytes()),
    }
}
