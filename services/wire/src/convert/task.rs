//! Steps on tasks, as entries carry them.

use verbund_model::{
    AgencyId, CategoryId, Day, MeasureId, PlaceId, TaskOrigin, TaskTerms, TaskTransition,
};

use super::vocabulary::{Word, required};
use super::{ConversionError, day, id, name};
use crate::federation;
use crate::federation::task_step::Transition as Wire;
use crate::federation::task_terms::Origin as WireOrigin;

pub(super) fn to_wire(it: &TaskTransition) -> federation::TaskStep {
    let plain = federation::Plain {};
    let transition = match it {
        TaskTransition::Proposed(terms) => Wire::Proposed(terms_to_wire(terms)),
        TaskTransition::Assigned(terms) => Wire::Assigned(terms_to_wire(terms)),
        TaskTransition::Amended(terms) => Wire::Amended(terms_to_wire(terms)),
        TaskTransition::Accepted => Wire::Accepted(plain),
        TaskTransition::Declined(reason) => Wire::Declined(federation::TaskDeclined {
            reason: reason.to_wire(),
        }),
        TaskTransition::Progressed => Wire::Progressed(plain),
        TaskTransition::Finished => Wire::Finished(plain),
        TaskTransition::Returned => Wire::Returned(plain),
        TaskTransition::Verified { erase_on } => Wire::Verified(ending_to_wire(*erase_on)),
        TaskTransition::Withdrawn { erase_on } => Wire::Withdrawn(ending_to_wire(*erase_on)),
    };
    federation::TaskStep {
        transition: Some(transition),
    }
}

pub(super) fn from_wire(it: &federation::TaskStep) -> Result<TaskTransition, ConversionError> {
    let terms = |it, step: &'static str| terms(it).map_err(|error| error.within(step));
    Ok(match &it.transition {
        None => return Err(ConversionError::unknown("transition")),
        Some(Wire::Proposed(it)) => TaskTransition::Proposed(terms(it, "proposed")?),
        Some(Wire::Assigned(it)) => TaskTransition::Assigned(terms(it, "assigned")?),
        Some(Wire::Amended(it)) => TaskTransition::Amended(terms(it, "amended")?),
        Some(Wire::Accepted(_)) => TaskTransition::Accepted,
        Some(Wire::Declined(it)) => {
            TaskTransition::Declined(required(it.reason, "declined.reason")?)
        }
        Some(Wire::Progressed(_)) => TaskTransition::Progressed,
        Some(Wire::Finished(_)) => TaskTransition::Finished,
        Some(Wire::Returned(_)) => TaskTransition::Returned,
        Some(Wire::Verified(it)) => TaskTransition::Verified {
            erase_on: day(&it.erase_on, "verified.erase_on")?,
        },
        Some(Wire::Withdrawn(it)) => TaskTransition::Withdrawn {
            erase_on: day(&it.erase_on, "withdrawn.erase_on")?,
        },
    })
}

pub(super) fn ending_to_wire(erase_on: Day) -> federation::Ending {
    federation::Ending {
        erase_on: erase_on.to_string(),
    }
}

/// What is asked, as it travels.
#[must_use]
pub fn terms_to_wire(it: &TaskTerms) -> federation::TaskTerms {
    federation::TaskTerms {
        assignee: it.assignee.as_str().to_owned(),
        measure: it.measure.as_str().to_owned(),
        category: it.category.as_str().to_owned(),
        place: it
            .place
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        due: it.due.map_or_else(String::new, |it| it.to_string()),
        origin: it.origin.as_ref().map(|it| match it {
            TaskOrigin::Update(update) => WireOrigin::Update(name::subject_to_wire(update)),
            TaskOrigin::Decision { meeting, decision } => {
                WireOrigin::Decision(federation::DecisionName {
                    meeting: Some(name::subject_to_wire(meeting)),
                    decision: name::step_to_wire(decision),
                })
            }
        }),
    }
}

/// What is asked, in the domain's types. Whether a charter allows it is asked of [`TaskTerms::admit`].
///
/// # Errors
/// The first field that no terms can have.
pub fn terms(it: &federation::TaskTerms) -> Result<TaskTerms, ConversionError> {
    Ok(TaskTerms {
        assignee: id(&it.assignee, "assignee", AgencyId::parse)?,
        measure: id(&it.measure, "measure", MeasureId::parse)?,
        category: id(&it.category, "category", CategoryId::parse)?,
        place: name::optional(&it.place, "place", PlaceId::parse)?,
        due: if it.due.is_empty() {
            None
        } else {
            Some(day(&it.due, "due")?)
        },
        origin: it.origin.as_ref().map(origin).transpose()?,
    })
}

/// What a task comes from.
pub(super) fn origin(it: &WireOrigin) -> Result<TaskOrigin, ConversionError> {
    match it {
        WireOrigin::Update(it) => name::subject(it)
            .map(TaskOrigin::Update)
            .map_err(|error| error.within("update")),
        WireOrigin::Decision(it) => Ok(TaskOrigin::Decision {
            meeting: name::required_subject(it.meeting.as_ref(), "decision.meeting")?,
            decision: name::step(&it.decision, "decision.decision")?,
        }),
    }
}
