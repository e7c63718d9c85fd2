//! The audit log: what was decided on texts, when and in which role.
//!
//! **Promise.** No text has a place in it. A record is put together from closed words, ids, a pseudonym, and what the guard's gate
//! lets be kept of a finding; who is outside of this crate can make none of anything else.

use verbund_guard::gate::{FindingRecord, Findings};
use verbund_model::{AuditEvent, AuditRole, Pseudonym, ReviewId, SubjectId, UnixMillis};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditRecord {
    /// Its number, once it is stored; later ones are higher.
    pub number: i64,
    /// When.
    pub at: UnixMillis,
    /// What happened.
    pub event: AuditEvent,
    /// In which role.
    pub role: AuditRole,
    /// Who stands behind it, for a month; `None` for the node itself.
    pub pseudonym: Option<Pseudonym>,
    /// The update that it is about.
    pub subject: Option<SubjectId>,
    /// The held draft.
    pub review: Option<ReviewId>,
    /// Version of the guard that found what is told here; empty where nothing is.
    pub guard_version: String,
    /// What it found; at most 64.
    pub findings: Vec<FindingRecord>,
}

impl AuditRecord {
    /// Something that somebody decided in a role.
    #[must_use]
    pub fn of(at: UnixMillis, event: AuditEvent, role: AuditRole, pseudonym: Pseudonym) -> Self {
        Self {
            role,
            pseudonym: Some(pseudonym),
            ..Self::of_node(at, event)
        }
    }

    /// Something that the node did by itself.
    #[must_use]
    pub fn of_node(at: UnixMillis, event: AuditEvent) -> Self {
        Self {
            number: 0,
            at,
            event,
            role: AuditRole::Node,
            pseudonym: None,
            subject: None,
            review: None,
            guard_version: String::new(),
            findings: Vec::new(),
        }
    }

    /// The same, about an update.
    #[must_use]
    pub fn about(mut self, subject: SubjectId) -> Self {
        self.subject = Some(subject);
        self
    }

    /// The same, about a held draft.
    #[must_use]
    pub fn on(mut self, review: ReviewId) -> Self {
        self.review = Some(review);
        self
    }

    /// The same, with what this release's guard found.
    #[must_use]
    pub fn finding(mut self, findings: &Findings) -> Self {
        verbund_guard::VERSION.clone_into(&mut self.guard_version);
        self.findings = findings.told.iter().map(FindingRecord::from).collect();
        self
    }

    /// The findings as they are stored: a line for each.
    pub(crate) fn lines(&self) -> String {
        let lines: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    /// Reads what [`lines`](Self::lines) wrote; `None` for anything else.
    pub(crate) fn read_lines(lines: &str) -> Option<Vec<FindingRecord>> {
        let lines = lines.split('\n').filter(|_| !lines.is_empty());
        lines.map(|line| line.parse().ok()).collect()
    }
}
