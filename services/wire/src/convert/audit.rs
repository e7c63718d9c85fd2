//! Records of the audit log, as operators and auditors see them.

use verbund_guard::gate::FindingRecord;
use verbund_model::{AuditEvent, AuditRole, Pseudonym, ReviewId, SubjectId, UnixMillis};

use super::finding;
use crate::agency;

/// All that is shown of a record, which is all that it holds.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: UnixMillis,
    /// What happened.
    pub event: AuditEvent,
    /// In which role.
    pub role: AuditRole,
    /// The caller's pseudonym; `None` for the node itself.
    pub pseudonym: Option<Pseudonym>,
    /// The update that it is about.
    pub subject: Option<SubjectId>,
    /// The held draft.
    pub review: Option<ReviewId>,
    /// Version of the guard that found what is told; empty where nothing is.
    pub guard_version: &'a str,
    /// What it found.
    pub findings: &'a [FindingRecord],
}

impl From<View<'_>> for agency::AuditRecord {
    fn from(it: View<'_>) -> Self {
        fn or_empty(it: Option<impl ToString>) -> String {
            it.map(|it| it.to_string()).unwrap_or_default()
        }
        Self {
            number: it.number,
            at_ms: it.at.0,
            event: event(it.event) as i32,
            role: it.role.to_string(),
            pseudonym: or_empty(it.pseudonym),
            subject: or_empty(it.subject),
            review: or_empty(it.review),
            guard_version: it.guard_version.to_owned(),
            findings: it.findings.iter().map(finding::recorded).collect(),
        }
    }
}

fn event(it: AuditEvent) -> agency::AuditEvent {
    match it {
        AuditEvent::ReviewHeld => agency::AuditEvent::ReviewHeld,
        AuditEvent::ReviewConfirmed => agency::AuditEvent::ReviewConfirmed,
        AuditEvent::ReviewDiscarded => agency::AuditEvent::ReviewDiscarded,
        AuditEvent::ReviewExpired => agency::AuditEvent::ReviewExpired,
        AuditEvent::ReviewRefused => agency::AuditEvent::ReviewRefused,
        AuditEvent::ClearConfirmed => agency::AuditEvent::ClearConfirmed,
        AuditEvent::PersonalDataWithdrawn => agency::AuditEvent::PersonalDataWithdrawn,
    }
}
