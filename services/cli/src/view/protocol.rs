//! Protocols as JSON.

use serde_json::{Value, json};
use verbund_wire::agency::{
    Assessment, AttendingAgency, CopiedUpdate, Correction, DecisionDraft, Protocol, ProtocolItem,
    ProtocolStatus, ProtocolWord, TextProposal,
};
use verbund_wire::federation::{Attendance, Handling, ProposedPart};

use super::{none_if_empty, observation, step};
use crate::words::short;

pub(crate) fn protocol(it: &Protocol) -> Value {
    json!({
        "key": it.key.as_ref().map(step::key),
        "number": it.number,
        "title": it.title,
        "status": short::<ProtocolStatus>(it.status),
        "writer": it.writer,
        "meeting": it.meeting.as_ref().map(step::key),
        "revision": it.revision,
        "circulated": none_if_empty(&it.circulated),
        "circulated_on": none_if_empty(&it.circulated_on),
        "attendance": it.attendance.iter().map(attending).collect::<Vec<_>>(),
        "items": it.items.iter().map(item).collect::<Vec<_>>(),
        "proposals": it.proposals.iter().map(proposal).collect::<Vec<_>>(),
        "corrections": it.corrections.iter().map(correction).collect::<Vec<_>>(),
        "approved_by": it.approved_by.as_ref().map(step::key),
        "etag": it.etag,
        "circle": it.circle.as_ref().map(step::circle),
        "created_at_ms": it.created_at_ms,
        "changed_at_ms": it.changed_at_ms,
        "void_steps": it.void_steps,
    })
}

fn attending(it: &AttendingAgency) -> Value {
    json!({
        "agency": it.agency,
        "attendance": short::<Attendance>(it.attendance),
        "word": short::<ProtocolWord>(it.word),
        "objection": none_if_empty(&it.objection),
        "objection_item": it.objection_item,
        "bound": it.bound,
        "acknowledged": it.acknowledged,
    })
}

fn item(it: &ProtocolItem) -> Value {
    let assessment = |it: &Assessment| json!({ "agency": it.agency, "text": it.text });
    let decision = |it: &DecisionDraft| json!({ "text": it.text, "step": none_if_empty(&it.step), "dissent": it.dissent });
    json!({
        "number": it.number,
        "measure": none_if_empty(&it.measure),
        "title": it.title,
        "affairs": it.affairs,
        "updates": step::keys(&it.updates),
        "copies": it.copies.iter().map(copy).collect::<Vec<_>>(),
        "assessments": it.assessments.iter().map(assessment).collect::<Vec<_>>(),
        "decisions": it.decisions.iter().map(decision).collect::<Vec<_>>(),
        "tasks": step::keys(&it.tasks),
    })
}

fn copy(it: &CopiedUpdate) -> Value {
    json!({
        "update": it.update.as_ref().map(step::key),
        "observation": it.observation.as_ref().map(observation),
        "note": it.note,
        "handling": short::<Handling>(it.handling),
        "blocked": it.blocked,
    })
}

fn proposal(it: &TextProposal) -> Value {
    json!({
        "step": it.step,
        "agency": it.agency,
        "revision": it.revision,
        "item": it.item,
        "part": short::<ProposedPart>(it.part),
        "text": it.text,
        "stale": it.stale,
    })
}

fn correction(it: &Correction) -> Value {
    json!({ "step": it.step, "item": it.item, "text": it.text })
}
