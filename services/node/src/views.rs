//! Updates as callers read them, made from entries as the store has them.

use verbund_guard::gate::Unguarded;
use verbund_ledger::Outcome;
use verbund_model::{AgencyId, Audience, Observation, Transition, WithdrawalReason};
use verbund_store::{Error, SituationRecord, StoredEntry};
use verbund_wire::agency::{FeedEvent, Situation};
use verbund_wire::convert::codes::{self, Codes, Kind};
use verbund_wire::convert::situation::{State, View, position};
use verbund_wire::convert::text;

use crate::context::Context;

/// An entry's content, decoded.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) codes: Codes,
    /// From the store: it came through the gate before it got there.
    pub(crate) note: Unguarded,
}

impl Content {
    /// What an entry says; `None` where that is gone, sealed, or no situation.
    pub(crate) fn of(stored: &StoredEntry) -> Option<Self> {
        if stored.outcome != Outcome::Stored {
            return None;
        }
        let codes = codes::decode(&stored.entry.codes.as_ref()?.content).ok()?;
        let note = stored
            .entry
            .text
            .as_ref()
            .and_then(|text| text::decode(&text.content).ok())
            .map(|text| text.note)
            .unwrap_or_default();
        matches!(codes.kind, Kind::Situation(_)).then_some(Self { codes, note })
    }

    fn transition(&self) -> &Transition {
        match &self.codes.kind {
            Kind::Situation(transition) => transition,
            _ => unreachable!("contents are of situations only"),
        }
    }

    /// What it tells, where it tells something.
    pub(crate) fn observation(&self) -> Option<&Observation> {
        match self.transition() {
            Transition::Issued(observation) | Transition::Corrected(observation) => {
                Some(observation)
            }
            Transition::Withdrawn(_) => None,
        }
    }

    fn withdrawal(&self) -> Option<WithdrawalReason> {
        match self.transition() {
            Transition::Withdrawn(reason) => Some(*reason),
            Transition::Issued(_) | Transition::Corrected(_) => None,
        }
    }
}

/// An update in its latest state.
pub(crate) fn latest(ctx: &Context, record: &SituationRecord) -> Option<Situation> {
    let lane = ctx.lanes.lane(&record.lane)?;
    Some(version(
        &record.latest,
        &record.observed,
        &record.origin,
        &lane.audience,
    ))
}

/// One version of an update; what it tells is `observed`'s where the version itself takes back.
pub(crate) fn version(
    stored: &StoredEntry,
    observed: &StoredEntry,
    origin: &AgencyId,
    audience: &Audience,
) -> Situation {
    let own = Content::of(stored);
    let told = if own.as_ref().is_some_and(|own| own.observation().is_none()) {
        Content::of(observed)
    } else {
        None
    };
    let withdrawal = own.as_ref().and_then(Content::withdrawal);
    let state = match (&own, withdrawal) {
        (None, _) | (_, Some(WithdrawalReason::PersonalData)) => State::Erased,
        (_, Some(_)) => State::Withdrawn,
        (Some(_), None) => State::Current,
    };
    let erased = state == State::Erased;
    let told = told.as_ref().or(own.as_ref()).filter(|_| !erased);
    let view = View {
        subject: stored
            .subject
            .unwrap_or_else(|| verbund_model::SubjectId::from_bytes([0; 16])),
        agency: origin,
        state,
        observation: told.and_then(Content::observation),
        note: told.map_or("", |told| told.note.read()),
        handling: told.map(|told| told.codes.handling),
        audience,
        version: stored.version,
        frame: stored.hash,
        created_at: own.as_ref().map(|own| own.codes.created_at),
        reviewed: told.is_some_and(|told| told.codes.reviewed),
        withdrawal,
    };
    view.into()
}

/// An entry as a feed event; `None` for what a feed does not show.
///
/// # Errors
/// The store's.
pub(crate) async fn event(ctx: &Context, stored: &StoredEntry) -> Result<Option<FeedEvent>, Error> {
    let (Some(subject), Some(lane)) = (&stored.subject, ctx.lanes.lane(&stored.lane)) else {
        return Ok(None);
    };
    if stored.version == 0 {
        return Ok(None);
    }
    let takes_back = Content::of(stored).is_some_and(|content| content.observation().is_none());
    let situation = if takes_back {
        let Some(record) = ctx.store.situation(subject, Some(&lane.origin)).await? else {
            return Ok(None);
        };
        version(stored, &record.observed, &lane.origin, &lane.audience)
    } else {
        version(stored, stored, &lane.origin, &lane.audience)
    };
    Ok(Some(FeedEvent {
        situation: Some(situation),
        cursor: String::new(),
        position: Some(position(&stored.lane, stored.sequence, &stored.hash)),
    }))
}
