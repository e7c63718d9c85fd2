//! What the contract and the charter ask of a step. Whether its subject's state allows it is no question here: that is told by
//! all steps together, and one that counts for nothing is kept.

use verbund_guard::gate::Cleared;
use verbund_ledger::RefusedReason;
use verbund_model::{
    AgencyId, Audience, Charter, DUE_DAYS, ItemTexts, Machine, MeetingMachine, ProtocolMachine,
    Reason, Remark, SubjectKind, TaskMachine, Texts, Violation,
};
use verbund_wire::convert::codes::{Codes, Kind};
use verbund_wire::convert::text::Text;

/// Days that an open task or a meeting that nobody closed is kept beyond its time.
pub(crate) const GRACE_DAYS: u32 = 366;

/// Who says a step to whom, under which charter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) charter: &'a Charter,
    pub(crate) origin: &'a AgencyId,
    pub(crate) audience: &'a Audience,
}

impl Said<'_> {
    /// Whether a step may stand where it does: who opens a subject is its owner, and the charter is far enough.
    pub(crate) fn has_place(&self, codes: &Codes) -> bool {
        let Some(owner) = &codes.owner else {
            return false;
        };
        let opening = codes.parents.is_empty();
        let opens = match &codes.kind {
            Kind::LaneOpened { .. } | Kind::Situation(_) => return false,
            Kind::Task(it) => TaskMachine::opens(it),
            Kind::Meeting(it) => MeetingMachine::opens(it),
            Kind::Protocol(it) => ProtocolMachine::opens(it),
            // They name what they are on by themselves.
            Kind::Remark(..) | Kind::Acknowledgement(..) => {
                return opening && self.audience.contains(owner);
            }
        };
        self.audience.contains(owner) && (!opening || (opens && owner == self.origin))
    }

    /// What is wrong with what it says.
    pub(crate) fn violations(&self, codes: &Codes, text: &Text<Cleared>) -> Vec<Violation> {
        let items: Vec<ItemTexts<'_>> = text.items.iter().map(item).collect();
        let texts = Texts {
            note: text.note.as_str(),
            title: text.title.as_str(),
            description: text.description.as_str(),
            items: &items,
        };
        let (terms, mut found) = match &codes.kind {
            Kind::LaneOpened { .. } | Kind::Situation(_) => return Vec::new(),
            Kind::Task(it) => {
                let terms = it.terms().map(|it| it.admit(self.charter, self.audience));
                (terms.unwrap_or(Ok(())), it.admit_texts(&texts))
            }
            Kind::Meeting(it) => (
                it.admit(self.charter, self.audience),
                it.admit_texts(&texts),
            ),
            Kind::Protocol(it) => {
                let owner = codes.owner.as_ref().unwrap_or(self.origin);
                (
                    it.admit(self.charter, owner, self.audience),
                    it.admit_texts(&texts),
                )
            }
            Kind::Remark(_, it) => (it.admit(texts.note), only_note(&texts)),
            Kind::Acknowledgement(on, _) => (acknowledgeable(*on), no_texts(&texts)),
        };
        found.extend(terms.err().unwrap_or_default());
        found
    }

    /// Why a received step is refused.
    ///
    /// # Errors
    /// The reason for the receipt.
    pub(crate) fn admit(&self, codes: &Codes, text: &Text<Cleared>) -> Result<(), RefusedReason> {
        if !self.has_place(codes) {
            return Err(RefusedReason::TransitionIllegal);
        }
        if codes.kind.protocol_level() > self.charter.protocol_level() {
            return Err(RefusedReason::PolicyViolated);
        }
        let found = self.violations(codes, text);
        if found.is_empty() {
            return Ok(());
        }
        let all = |test: fn(Reason) -> bool| found.iter().all(|it| test(it.reason));
        Err(if all(crate::admission::is_vocabulary) {
            RefusedReason::VocabularyUnknown
        } else if all(|it| it == Reason::NoteTooLong) {
            RefusedReason::Oversize
        } else {
            RefusedReason::PolicyViolated
        })
    }
}

fn item(it: &verbund_wire::convert::text::ItemText<Cleared>) -> ItemTexts<'_> {
    fn all(texts: &[Cleared]) -> Vec<&str> {
        texts.iter().map(Cleared::as_str).collect()
    }
    ItemTexts {
        title: it.title.as_str(),
        affairs: it.affairs.as_str(),
        assessments: all(&it.assessments),
        decisions: all(&it.decisions),
        notes: all(&it.notes),
    }
}

fn only_note(texts: &Texts<'_>) -> Vec<Violation> {
    no_texts(&Texts { note: "", ..*texts })
}

fn no_texts(texts: &Texts<'_>) -> Vec<Violation> {
    if *texts == Texts::default() {
        return Vec::new();
    }
    let detail = "such a step has no place for this text";
    vec![Violation::new("text", Reason::SubjectMismatch, detail)]
}

/// Versions of updates and revisions of protocols are read as they are; of what goes on changing, nobody can take note once.
fn acknowledgeable(on: SubjectKind) -> Result<(), Vec<Violation>> {
    match on {
        SubjectKind::Update | SubjectKind::Protocol => Ok(()),
        SubjectKind::Task | SubjectKind::Meeting => {
            let detail = "updates and protocols are acknowledged";
            Err(vec![Violation::new(
                "kind",
                Reason::SubjectMismatch,
                detail,
            )])
        }
    }
}

/// How many days after today the content of such a step may want to be kept at most.
pub(crate) fn kept_days(charter: &Charter, kind: &Kind) -> u32 {
    let retention = charter.retention();
    let due = DUE_DAYS.unsigned_abs();
    match kind {
        Kind::Protocol(_) | Kind::Remark(SubjectKind::Protocol, _) => retention.protocol_days,
        Kind::Acknowledgement(SubjectKind::Protocol, _) => retention.protocol_days,
        Kind::Task(_) | Kind::Remark(SubjectKind::Task, _) => {
            due + GRACE_DAYS + retention.task_after_close_days
        }
        Kind::Meeting(_) | Kind::Remark(SubjectKind::Meeting, _) => {
            due + GRACE_DAYS + retention.update_days
        }
        Kind::LaneOpened { .. }
        | Kind::Situation(_)
        | Kind::Remark(SubjectKind::Update, _)
        | Kind::Acknowledgement(..) => {
            retention.update_days + verbund_model::PLANNED_DAYS.unsigned_abs()
        }
    }
}

/// The frames whose content goes with this step: remarks that are taken back.
pub(crate) fn retracts(kind: &Kind) -> Option<verbund_model::StepId> {
    match kind {
        Kind::Remark(_, Remark::Retracted { remark }) => Some(*remark),
        _ => None,
    }
}
