//! What tasks, meetings and protocols have in common, as JSON.

use serde_json::{Value, json};
use verbund_wire::agency::{
    Circle, DecisionKey, StepReceipt, StepRecord, StepStanding, SubjectKey, Terms, terms,
};
use verbund_wire::federation::Handling;

use super::{none_if_empty, position};
use crate::words::short;

pub(crate) fn key(it: &SubjectKey) -> Value {
    json!({ "subject": it.subject, "owner": none_if_empty(&it.owner) })
}

pub(crate) fn keys(all: &[SubjectKey]) -> Value {
    all.iter().map(key).collect()
}

pub(crate) fn receipt(it: &StepReceipt) -> Value {
    json!({
        "subject": it.subject.as_ref().map(key),
        "step": it.step,
        "audience": it.audience,
        "position": it.position.as_ref().map(position),
        "repeated_request": it.repeated_request,
    })
}

fn record(it: &StepRecord) -> Value {
    json!({
        "step": it.step,
        "agency": it.agency,
        "move": it.r#move,
        "standing": short::<StepStanding>(it.standing),
        "void_reason": none_if_empty(&it.void_reason),
        "created_at_ms": it.created_at_ms,
        "reviewed": it.reviewed,
        "text": it.text,
        "parents": it.parents,
        "position": it.position.as_ref().map(position),
    })
}

pub(crate) fn records(steps: &[StepRecord]) -> Value {
    steps.iter().map(record).collect()
}

pub(crate) fn terms(it: &Terms) -> Value {
    let decision = |it: &DecisionKey| json!({ "meeting": it.meeting.as_ref().map(key), "decision": it.decision });
    let (update, decision) = match &it.origin {
        Some(terms::Origin::Update(update)) => (Some(key(update)), None),
        Some(terms::Origin::Decision(it)) => (None, Some(decision(it))),
        None => (None, None),
    };
    json!({
        "assignee": it.assignee,
        "measure": it.measure,
        "category": it.category,
        "place": none_if_empty(&it.place),
        "due": none_if_empty(&it.due),
        "title": it.title,
        "description": it.description,
        "update": update,
        "decision": decision,
    })
}

pub(crate) fn circle(it: &Circle) -> Value {
    json!({ "audience": it.audience, "handling": short::<Handling>(it.handling) })
}
