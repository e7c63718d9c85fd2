//! Remarks as JSON.

use serde_json::{Value, json};
use verbund_wire::agency::Remark;

use super::none_if_empty;

pub(crate) fn remark(it: &Remark) -> Value {
    json!({
        "step": it.step,
        "agency": it.agency,
        "answers": none_if_empty(&it.answers),
        "text": it.text,
        "retracted": it.retracted,
        "created_at_ms": it.created_at_ms,
    })
}
