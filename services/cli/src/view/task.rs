//! Tasks as JSON.

use serde_json::{Value, json};
use verbund_wire::agency::{Task, TaskMove, TaskStatus};
use verbund_wire::federation::DeclineReason;

use super::{none_if_empty, step};
use crate::words::short;

pub(crate) fn task(it: &Task) -> Value {
    let next = it.next.iter().map(|it| short::<TaskMove>(*it));
    json!({
        "key": it.key.as_ref().map(step::key),
        "terms": it.terms.as_ref().map(step::terms),
        "status": short::<TaskStatus>(it.status),
        "overdue": it.overdue,
        "decline_reason": short::<DeclineReason>(it.decline_reason),
        "note": it.note,
        "circle": it.circle.as_ref().map(step::circle),
        "etag": it.etag,
        "erase_on": none_if_empty(&it.erase_on),
        "created_at_ms": it.created_at_ms,
        "changed_at_ms": it.changed_at_ms,
        "next": next.collect::<Vec<_>>(),
        "void_steps": it.void_steps,
        "contradicting": it.contradicting,
    })
}
