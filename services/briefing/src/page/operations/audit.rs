//! The audit log as it is shown: roles and pseudonyms, never a name.

use std::borrow::Cow;

use verbund_wire::agency::AuditRecord;

use crate::frame::Frame;

/// A record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RecordRow {
    pub(super) number: String,
    pub(super) at: String,
    pub(super) event: Cow<'static, str>,
    pub(super) role: String,
    /// Another one each month; empty for the node itself.
    pub(super) pseudonym: String,
    pub(super) subject: String,
    /// The rules by which the guard found something, each once.
    pub(super) rules: String,
    pub(super) guard: String,
}

impl RecordRow {
    pub(super) fn new(frame: &Frame, it: &AuditRecord) -> Self {
        let mut rules: Vec<&str> = it.findings.iter().map(|it| it.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        let role = format!("operations-role-{}", it.role);
        Self {
            number: frame.lang.number(it.number),
            at: frame.moment(it.at_ms),
            event: frame.audit(it.event),
            role: if frame.lang.has(&role) {
                frame.t(&role).into_owned()
            } else {
                it.role.clone()
            },
            pseudonym: it.pseudonym.clone(),
            subject: it.subject.clone(),
            rules: rules.join(", "),
            guard: it.guard_version.clone(),
        }
    }
}
