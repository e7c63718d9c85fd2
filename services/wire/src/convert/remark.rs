//! Remarks and acknowledgements, as entries carry them.

use verbund_model::{Acknowledgement, Remark, SubjectKind};

use super::vocabulary::{Word, required};
use super::{ConversionError, name};
use crate::federation;
use crate::federation::remark_step::Transition as Wire;

pub(super) fn to_wire(on: SubjectKind, it: &Remark) -> federation::RemarkStep {
    federation::RemarkStep {
        on: on.to_wire(),
        transition: Some(match it {
            Remark::Asked => Wire::Asked(federation::Plain {}),
            Remark::Answered { question } => Wire::Answered(name::step_to_wire(question)),
            Remark::Retracted { remark } => Wire::Retracted(name::step_to_wire(remark)),
        }),
    }
}

pub(super) fn from_wire(
    it: &federation::RemarkStep,
) -> Result<(SubjectKind, Remark), ConversionError> {
    let remark = match &it.transition {
        None => return Err(ConversionError::unknown("transition")),
        Some(Wire::Asked(_)) => Remark::Asked,
        Some(Wire::Answered(it)) => Remark::Answered {
            question: name::step(it, "answered")?,
        },
        Some(Wire::Retracted(it)) => Remark::Retracted {
            remark: name::step(it, "retracted")?,
        },
    };
    Ok((required(it.on, "on")?, remark))
}

pub(super) fn acknowledgement_to_wire(
    on: SubjectKind,
    it: &Acknowledgement,
) -> federation::Acknowledgement {
    federation::Acknowledgement {
        on: on.to_wire(),
        version: name::step_to_wire(&it.version),
    }
}

pub(super) fn acknowledgement(
    it: &federation::Acknowledgement,
) -> Result<(SubjectKind, Acknowledgement), ConversionError> {
    let version = name::step(&it.version, "version")?;
    Ok((required(it.on, "on")?, Acknowledgement { version }))
}
