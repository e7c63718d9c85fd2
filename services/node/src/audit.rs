//! The node's own audit log: what was decided on texts, in which role. Nobody is named, and no text is kept; the store sees to that.

use verbund_model::{AuditEvent, AuditRole};
use verbund_store::AuditRecord;

use crate::caller::Caller;
use crate::context::Context;
use crate::roles::Role;

/// Something that a caller decided. Its pseudonym is another one each month, so that nobody's work can be followed for long.
pub(crate) fn by(ctx: &Context, caller: &Caller, event: AuditEvent) -> AuditRecord {
    let role = if caller.has(Role::Coordinator) {
        AuditRole::Coordinator
    } else {
        AuditRole::Publisher
    };
    let month = ctx.today().strftime("%Y-%m").to_string();
    let pseudonym = ctx.entry_key.pseudonym(&month, &caller.name);
    AuditRecord::of(ctx.clock.now(), event, role, pseudonym)
}

/// Something that the node did by itself.
pub(crate) fn by_node(ctx: &Context, event: AuditEvent) -> AuditRecord {
    AuditRecord::of_node(ctx.clock.now(), event)
}
