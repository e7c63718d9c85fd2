//! What a received entry may become here: the receiver's half of what the sender should have checked.
//!
//! Nothing in this module can stop a lane. An entry that the ledger accepts always takes its place; what it says is stored, kept
//! waiting, kept sealed, or dropped, and the receipt tells which.

use verbund_guard::Guard;
use verbund_guard::gate::{Cleared, Path};
use verbund_ledger::{Entry, Examined, Frame, HeldReason, Outcome, RefusedReason};
use verbund_model::{
    AgencyId, Audience, Charter, DUE_DAYS, Reason, Transition, WithdrawalReason, day_number,
};
use verbund_store::{ReadingRow, ReceivedEntry, SituationProjection, Step};
use verbund_wire::convert::codes::{self, Codes, Kind};
use verbund_wire::convert::name;
use verbund_wire::convert::text::{self, Text};

use crate::steps::admit;

/// How many days ahead of ours an origin's clock may be before its erasure days count as wrong.
const CLOCKS_APART_DAYS: i32 = 2;

/// What judging needs to know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'a> {
    pub(crate) charter: &'a Charter,
    pub(crate) guard: &'a Guard,
    pub(crate) origin: &'a AgencyId,
    pub(crate) audience: &'a Audience,
    /// Today in the charter's zone, in days since 1970-01-01: content may be missing only after its erasure day.
    pub(crate) today: i32,
}

/// Judges one entry that has passed the ledger's checks. Content that is refused is dropped here and goes nowhere.
pub(crate) fn judge(bench: &Bench<'_>, entry: Entry, examined: &Examined) -> ReceivedEntry {
    let judged = Judged::of(bench, &entry, examined);
    let entry = match judged.outcome {
        // Half a content is none: neither part is kept without the other.
        Outcome::Refused(_) | Outcome::Erased | Outcome::Held(HeldReason::ContentMissing) => {
            Entry {
                codes: None,
                text: None,
                ..entry
            }
        }
        _ => entry,
    };
    ReceivedEntry {
        entry,
        sequence: examined.frame.sequence,
        hash: examined.hash,
        outcome: judged.outcome,
        erasure_day: examined.frame.erasure_day,
        subject: judged.codes.as_ref().map(|codes| codes.subject),
        erases: judged.codes.as_ref().map(erases).unwrap_or_default(),
        step: judged.codes.as_ref().is_some_and(is_step),
        projection: match judged.outcome {
            Outcome::Stored => judged
                .codes
                .as_ref()
                .and_then(|codes| project(bench.origin, codes)),
            _ => None,
        },
    }
}

#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) outcome: Outcome,
    /// Only of what is admitted.
    pub(crate) codes: Option<Codes>,
}

impl Judged {
    fn only(outcome: Outcome) -> Self {
        Self {
            outcome,
            codes: None,
        }
    }

    pub(crate) fn of(bench: &Bench<'_>, entry: &Entry, examined: &Examined) -> Self {
        let (Some(codes), Some(text)) = (&entry.codes, &entry.text) else {
            return Self::only(missing(bench, examined.frame.erasure_day));
        };
        if examined.frame.erasure_day < bench.today {
            return Self::only(Outcome::Erased);
        }
        if examined.frame.erasure_day > latest_erasure(bench, examined.frame.sequence) {
            return Self::only(Outcome::Refused(RefusedReason::PolicyViolated));
        }
        // First of all the guard: also what can't be read yet is stored only if nothing in it points at a person.
        if rejects(bench, &text.content) {
            return Self::only(Outcome::Refused(RefusedReason::GuardRejected));
        }
        let Ok(codes) = codes::decode(&codes.content) else {
            return Self::sealed(bench, &codes.content);
        };
        if codes.charter_version > bench.charter.version() {
            return Self::only(Outcome::Held(HeldReason::CharterUnknown));
        }
        let Ok(text) = text::decode(&text.content) else {
            return Self::only(Outcome::NotUnderstood);
        };
        // Field by field, as at the sender: in the bytes as a whole a length may look like a letter.
        let gated = bench.guard.gate(&Path::root("text"), text);
        let Ok(text) = gated.admitted() else {
            return Self::only(Outcome::Refused(RefusedReason::GuardRejected));
        };
        match Self::content(bench, &codes, &text, &examined.frame) {
            Ok(()) => Self {
                outcome: Outcome::Stored,
                codes: Some(codes),
            },
            Err(reason) => Self::only(Outcome::Refused(reason)),
        }
    }

    /// Codes that this release does not understand. They have no place for free text; if there is some, it must pass too.
    fn sealed(bench: &Bench<'_>, codes: &[u8]) -> Self {
        Self::only(match rejects(bench, codes) {
            true => Outcome::Refused(RefusedReason::GuardRejected),
            false => Outcome::NotUnderstood,
        })
    }

    fn content(
        bench: &Bench<'_>,
        codes: &Codes,
        text: &Text<Cleared>,
        frame: &Frame,
    ) -> Result<(), RefusedReason> {
        let (sequence, examined_day) = (frame.sequence, frame.erasure_day);
        let note = text.note.as_str();
        match &codes.kind {
            // A lane is opened once; its audience never changes.
            Kind::LaneOpened { .. } if sequence == 1 && *text == Text::none() => Ok(()),
            _ if sequence == 1 => Err(RefusedReason::TransitionIllegal),
            Kind::LaneOpened { .. } => Err(RefusedReason::TransitionIllegal),
            Kind::Situation(transition) => {
                let kept = admit::kept_days(bench.charter, &codes.kind);
                if *text != Text::of_note(text.note.clone()) || examined_day > latest(bench, kept) {
                    return Err(RefusedReason::PolicyViolated);
                }
                situation(bench, transition, codes, note)
            }
            kind => {
                if examined_day > latest(bench, admit::kept_days(bench.charter, kind)) {
                    return Err(RefusedReason::PolicyViolated);
                }
                let said = admit::Said {
                    charter: bench.charter,
                    origin: bench.origin,
                    audience: bench.audience,
                };
                said.admit(codes, text)
            }
        }
    }
}

fn situation(
    bench: &Bench<'_>,
    transition: &Transition,
    codes: &Codes,
    note: &str,
) -> Result<(), RefusedReason> {
    match transition {
        Transition::Issued(observation) | Transition::Corrected(observation) => {
            let corrects = matches!(transition, Transition::Corrected(_));
            if corrects == codes.parents.is_empty() {
                return Err(RefusedReason::TransitionIllegal);
            }
            observation
                .admit(bench.charter, bench.origin, bench.audience)
                .map_err(|violations| {
                    let vocabulary = violations
                        .iter()
                        .all(|violation| is_vocabulary(violation.reason));
                    if vocabulary {
                        RefusedReason::VocabularyUnknown
                    } else {
                        RefusedReason::PolicyViolated
                    }
                })?;
        }
        Transition::Withdrawn(_) => {
            if codes.parents.is_empty() || !note.is_empty() {
                return Err(RefusedReason::TransitionIllegal);
            }
        }
    }
    verbund_model::admit_note(note).map_err(|violation| match violation.reason {
        Reason::NoteTooLong => RefusedReason::Oversize,
        _ => RefusedReason::PolicyViolated,
    })?;
    Ok(())
}

/// The last day until which any content may want to be kept: what the charter retains, for what is planned the furthest ahead. Each
/// such day costs a key, so nobody may choose freely.
fn latest_erasure(bench: &Bench<'_>, sequence: u64) -> i32 {
    let retention = bench.charter.retention();
    let longest = retention.protocol_days.max(
        retention
            .task_after_close_days
            .saturating_add(DUE_DAYS.unsigned_abs())
            .saturating_add(admit::GRACE_DAYS),
    );
    latest(
        bench,
        match sequence {
            1 => retention.reading_days,
            _ => longest,
        },
    )
}

/// So many days from now, and what clocks may be apart.
fn latest(bench: &Bench<'_>, days: u32) -> i32 {
    let tolerated = i32::try_from(days)
        .unwrap_or(i32::MAX)
        .saturating_add(CLOCKS_APART_DAYS);
    bench.today.saturating_add(tolerated)
}

/// Whether a newer charter might know what this one does not.
pub(crate) fn is_vocabulary(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::UnknownPlace
            | Reason::UnknownCategory
            | Reason::UnknownIndicator
            | Reason::UnknownMeasure
            | Reason::UnknownWindow
            | Reason::UnknownMeetingType
    )
}

/// Whether the guard rejects anything that can be read in these bytes. What wanted review was the sender's to confirm.
fn rejects(bench: &Bench<'_>, content: &[u8]) -> bool {
    bench.guard.check_bytes(content).outcome == verbund_guard::Outcome::Reject
}

/// Content that did not come is fine once its day is over; before that, its origin's signed erasure must explain it.
fn missing(bench: &Bench<'_>, erasure_day: i32) -> Outcome {
    if erasure_day < bench.today {
        Outcome::Erased
    } else {
        Outcome::Held(HeldReason::ContentMissing)
    }
}

/// The frames whose content goes with this entry.
#[must_use]
pub fn erases(codes: &Codes) -> Vec<verbund_ledger::FrameHash> {
    match &codes.kind {
        Kind::Situation(Transition::Withdrawn(WithdrawalReason::PersonalData)) => {
            codes.parents.clone()
        }
        kind => admit::retracts(kind).iter().map(name::frame_of).collect(),
    }
}

/// Whether an entry is a step of its subject, and no version of a situation.
#[must_use]
pub fn is_step(codes: &Codes) -> bool {
    codes.kind.is_step()
}

/// What the feed needs of an admitted entry; `None` for what is no situation.
#[must_use]
pub fn project(origin: &AgencyId, codes: &Codes) -> Option<SituationProjection> {
    let Kind::Situation(transition) = &codes.kind else {
        return None;
    };
    let (kind, observation) = match transition {
        Transition::Issued(observation) => (Step::Issued, Some(observation)),
        Transition::Corrected(observation) => (Step::Corrected, Some(observation)),
        Transition::Withdrawn(WithdrawalReason::PersonalData) => (Step::Erased, None),
        Transition::Withdrawn(_) => (Step::Withdrawn, None),
    };
    let readings = observation.map(|observation| {
        let day = day_number(observation.day);
        let row = |reading: &verbund_model::Reading| ReadingRow {
            indicator: reading.indicator.clone(),
            place: observation.place.clone(),
            period: reading.period as u8,
            day,
            value: reading.value.to_string(),
        };
        observation.readings.iter().map(row).collect()
    });
    Some(SituationProjection {
        kind,
        agency: origin.clone(),
        category: observation.map(|observation| observation.category.clone()),
        place: observation.map(|observation| observation.place.clone()),
        day: observation.map(|observation| day_number(observation.day)),
        window: observation.and_then(|observation| observation.window.clone()),
        readings: readings.unwrap_or_default(),
    })
}
