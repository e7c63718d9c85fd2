//! Names of subjects, steps and agencies inside an entry's codes.

use std::collections::BTreeSet;

use bytes::Bytes;
use verbund_ledger::FrameHash;
use verbund_model::{AgencyId, ItemNumber, StepId, SubjectId, SubjectRef};

use super::{ConversionError, fixed, id};
use crate::federation;

pub(super) fn subject_to_wire(it: &SubjectRef) -> federation::SubjectName {
    federation::SubjectName {
        subject: Bytes::copy_from_slice(it.subject.as_bytes()),
        owner: it.owner.as_str().to_owned(),
    }
}

pub(super) fn subject(it: &federation::SubjectName) -> Result<SubjectRef, ConversionError> {
    Ok(SubjectRef {
        subject: SubjectId::from_bytes(fixed(&it.subject, "subject", "is not 16 bytes")?),
        owner: id(&it.owner, "owner", AgencyId::parse)?,
    })
}

/// A subject that has to be named.
pub(super) fn required_subject(
    it: Option<&federation::SubjectName>,
    path: &'static str,
) -> Result<SubjectRef, ConversionError> {
    let it = it.ok_or_else(|| ConversionError::missing(path))?;
    subject(it).map_err(|error| error.within(path))
}

pub(super) fn subjects(
    all: &[federation::SubjectName],
    path: &'static str,
) -> Result<Vec<SubjectRef>, ConversionError> {
    all.iter()
        .map(|it| subject(it).map_err(|error| error.within(path)))
        .collect()
}

pub(super) fn step_to_wire(it: &StepId) -> Bytes {
    Bytes::copy_from_slice(&it.0)
}

pub(super) fn step(bytes: &[u8], path: &'static str) -> Result<StepId, ConversionError> {
    fixed(bytes, path, "is not 32 bytes").map(StepId)
}

/// A step that may be left out.
pub(super) fn optional_step(
    bytes: &[u8],
    path: &'static str,
) -> Result<Option<StepId>, ConversionError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    step(bytes, path).map(Some)
}

/// The step that a frame carries.
#[must_use]
pub const fn step_of(frame: &FrameHash) -> StepId {
    StepId(frame.0)
}

/// The frame that carries a step.
#[must_use]
pub const fn frame_of(step: &StepId) -> FrameHash {
    FrameHash(step.0)
}

pub(super) fn agencies_to_wire(all: &BTreeSet<AgencyId>) -> Vec<String> {
    all.iter().map(|it| it.as_str().to_owned()).collect()
}

/// Agencies in ascending order, each once: two spellings of one set would be two contents.
pub(super) fn agencies(
    all: &[String],
    path: &'static str,
) -> Result<BTreeSet<AgencyId>, ConversionError> {
    let ids = all
        .iter()
        .map(|it| id(it, path, AgencyId::parse))
        .collect::<Result<Vec<_>, _>>()?;
    if !ids.windows(2).all(|pair| pair[0] < pair[1]) {
        let right = "are not in ascending order, each once";
        return Err(ConversionError::invalid(path, right));
    }
    Ok(ids.into_iter().collect())
}

/// An id of the vocabulary that may be left out.
pub(super) fn optional<T>(
    text: &str,
    path: &'static str,
    parse: fn(&str) -> Result<T, verbund_model::IdError>,
) -> Result<Option<T>, ConversionError> {
    if text.is_empty() {
        return Ok(None);
    }
    id(text, path, parse).map(Some)
}

/// The number of an item, from 1.
pub(super) fn item(number: u32, path: &'static str) -> Result<ItemNumber, ConversionError> {
    optional_item(number, path)?.ok_or_else(|| ConversionError::missing(path))
}

/// The number of an item, or 0 for none.
pub(super) fn optional_item(
    number: u32,
    path: &'static str,
) -> Result<Option<ItemNumber>, ConversionError> {
    let number =
        u8::try_from(number).map_err(|_| ConversionError::invalid(path, "is more than 255"))?;
    Ok(Some(ItemNumber(number)).filter(|it| it.0 > 0))
}
