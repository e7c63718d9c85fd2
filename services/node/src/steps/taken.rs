//! A step as the store has it, decoded.

use verbund_guard::gate::Unguarded;
use verbund_ledger::{LaneId, Outcome};
use verbund_model::{
    AgencyId, Audience, Handling, ProtocolTransition, StepId, SubjectKind, SubjectRef, UnixMillis,
};
use verbund_store::StoredEntry;
use verbund_wire::convert::codes::{self, Kind};
use verbund_wire::convert::name;
use verbund_wire::convert::text::{self, Text};

use crate::context::Context;
use crate::lanes::Lane;

/// One step.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) id: StepId,
    pub(crate) by: AgencyId,
    pub(crate) lane: LaneId,
    pub(crate) sequence: u64,
    pub(crate) audience: Audience,
    pub(crate) subject: SubjectRef,
    pub(crate) parents: Vec<StepId>,
    pub(crate) kind: Kind,
    /// From the store: it came through the gate before it got there.
    pub(crate) text: Text<Unguarded>,
    pub(crate) handling: Handling,
    pub(crate) reviewed: bool,
    pub(crate) created_at: UnixMillis,
    /// In days since 1970-01-01.
    pub(crate) erasure_day: i32,
}

impl Taken {
    /// The step that an entry of this lane is; `None` for what is none, is gone, or is not admitted.
    pub(crate) fn of(lane: &Lane, stored: &StoredEntry) -> Option<Self> {
        if stored.outcome != Outcome::Stored {
            return None;
        }
        let codes = codes::decode(&stored.entry.codes.as_ref()?.content).ok()?;
        let owner = codes.owner?;
        let text = text::decode(&stored.entry.text.as_ref()?.content).ok()?;
        Some(Self {
            id: name::step_of(&stored.hash),
            by: lane.origin.clone(),
            lane: stored.lane,
            sequence: stored.sequence,
            audience: lane.audience.clone(),
            subject: SubjectRef {
                subject: codes.subject,
                owner,
            },
            parents: codes.parents.iter().map(name::step_of).collect(),
            kind: codes.kind,
            text,
            handling: codes.handling,
            reviewed: codes.reviewed,
            created_at: codes.created_at,
            erasure_day: stored.erasure_day,
        })
    }

    /// What kind of subject it is on.
    pub(crate) fn on(&self) -> Option<SubjectKind> {
        on(&self.kind)
    }

    /// Whether it closes its subject, if its history lets it: few steps follow such a one.
    pub(crate) fn closes(&self) -> bool {
        match &self.kind {
            Kind::Task(it) => it.erase_on().is_some(),
            Kind::Meeting(it) => it.erase_on().is_some(),
            Kind::Protocol(it) => matches!(
                it,
                ProtocolTransition::Released { .. } | ProtocolTransition::Reserved { .. }
            ),
            _ => false,
        }
    }
}

/// What kind of subject a step is on; `None` for what is no step.
pub(crate) fn on(kind: &Kind) -> Option<SubjectKind> {
    match kind {
        Kind::LaneOpened { .. } | Kind::Situation(_) => None,
        Kind::Task(_) => Some(SubjectKind::Task),
        Kind::Meeting(_) => Some(SubjectKind::Meeting),
        Kind::Protocol(_) => Some(SubjectKind::Protocol),
        Kind::Remark(on, _) | Kind::Acknowledgement(on, _) => Some(*on),
    }
}

/// All steps on a subject of this kind, whatever audience they have.
///
/// # Errors
/// The store's.
pub(crate) async fn on_subject(
    ctx: &std::sync::Arc<Context>,
    subject: &SubjectRef,
    kind: SubjectKind,
) -> Result<Vec<Taken>, verbund_store::Error> {
    let mut steps = Vec::new();
    for stored in ctx.store.steps(&subject.subject).await? {
        let Some(lane) = crate::follow::lane(ctx, &stored.lane).await? else {
            continue;
        };
        let step = Taken::of(&lane, &stored);
        steps.extend(step.filter(|it| it.subject == *subject && it.on() == Some(kind)));
    }
    Ok(steps)
}
