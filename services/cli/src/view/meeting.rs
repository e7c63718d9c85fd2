//! Meetings and briefings as JSON.

use serde_json::{Value, json};
use verbund_wire::agency::{
    AgendaEntry, Contribution, Dissent, Invitation, Meeting, MeetingStatus, Pin, ProposedTask,
    RecordedDecision,
};
use verbund_wire::federation::{CutLane, MeetingAnswer};

use super::{none_if_empty, step};
use crate::words::short;

pub(crate) fn meeting(it: &Meeting) -> Value {
    json!({
        "key": it.key.as_ref().map(step::key),
        "meeting_type": it.meeting_type,
        "title": it.title,
        "status": short::<MeetingStatus>(it.status),
        "chair": it.chair,
        "deputy": it.deputy,
        "day": it.day,
        "start": it.start,
        "minutes": it.minutes,
        "place": none_if_empty(&it.place),
        "series": none_if_empty(&it.series),
        "invited": it.invited.iter().map(invitation).collect::<Vec<_>>(),
        "agenda": it.agenda.iter().map(entry).collect::<Vec<_>>(),
        "cut": it.cut.iter().map(lane).collect::<Vec<_>>(),
        "etag": it.etag,
        "erase_on": none_if_empty(&it.erase_on),
        "created_at_ms": it.created_at_ms,
        "changed_at_ms": it.changed_at_ms,
        "void_steps": it.void_steps,
        "circle": it.circle.as_ref().map(step::circle),
    })
}

fn invitation(it: &Invitation) -> Value {
    json!({
        "agency": it.agency,
        "answer": short::<MeetingAnswer>(it.answer),
        "participates": it.participates,
        "supports_deputy": it.supports_deputy,
        "behind": it.behind,
    })
}

fn lane(it: &CutLane) -> Value {
    json!({ "lane": hex::encode(&it.lane), "origin": it.origin, "sequence": it.sequence })
}

fn entry(it: &AgendaEntry) -> Value {
    let contributions = |all: &[Contribution]| all.iter().map(contribution).collect::<Value>();
    json!({
        "number": it.number,
        "title": it.title,
        "measure": none_if_empty(&it.measure),
        "approves": it.approves.as_ref().map(step::key),
        "pins": it.pins.iter().map(pin).collect::<Vec<_>>(),
        "findings": contributions(&it.findings),
        "proposed_decisions": contributions(&it.proposed_decisions),
        "proposed_tasks": it.proposed_tasks.iter().map(proposed_task).collect::<Vec<_>>(),
        "decisions": it.decisions.iter().map(decision).collect::<Vec<_>>(),
    })
}

fn pin(it: &Pin) -> Value {
    json!({
        "step": it.step,
        "agency": it.agency,
        "update": it.update.as_ref().map(step::key),
        "late": it.late,
    })
}

fn contribution(it: &Contribution) -> Value {
    json!({ "step": it.step, "agency": it.agency, "text": it.text, "late": it.late })
}

fn proposed_task(it: &ProposedTask) -> Value {
    json!({
        "step": it.step,
        "agency": it.agency,
        "terms": it.terms.as_ref().map(step::terms),
        "late": it.late,
    })
}

fn decision(it: &RecordedDecision) -> Value {
    let dissent = |it: &Dissent| json!({ "agencies": it.agencies, "recorded_by": it.recorded_by, "text": it.text });
    json!({
        "step": it.step,
        "agency": it.agency,
        "text": it.text,
        "proposal": none_if_empty(&it.proposal),
        "dissent": it.dissent.iter().map(dissent).collect::<Vec<_>>(),
        "late": it.late,
    })
}
