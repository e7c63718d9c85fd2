//! Steps on protocols, as entries carry them; revisions as their writers send them and as callers read them.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use verbund_guard::gate::Unguarded;
use verbund_ledger::FrameHash;
use verbund_model::{
    AgencyId, Decision, MeasureId, MeetingTypeId, PARTS_MAX, ProtocolContent, ProtocolItem,
    ProtocolNumber, ProtocolTransition, SubjectRef, UpdateCopy,
};

use super::text::{ItemText, Text};
use super::vocabulary::{Word, required};
use super::{ConversionError, id, name, observation, step};
use crate::error::Error;
use crate::federation::protocol_step::Transition as Wire;
use crate::{agency, federation};

pub(super) fn to_wire(it: &ProtocolTransition) -> federation::ProtocolStep {
    let plain = federation::Plain {};
    let transition = match it {
        ProtocolTransition::Drafted(it) => Wire::Drafted(content_to_wire(it)),
        ProtocolTransition::Revised(it) => Wire::Revised(content_to_wire(it)),
        ProtocolTransition::Circulated(it) => Wire::Circulated(content_to_wire(it)),
        ProtocolTransition::SignedOff { revision } => Wire::SignedOff(name::step_to_wire(revision)),
        ProtocolTransition::Objected { revision, item } => {
            Wire::Objected(federation::ProtocolObjected {
                revision: name::step_to_wire(revision),
                item: item.map_or(0, |it| u32::from(it.0)),
            })
        }
        ProtocolTransition::Proposed {
            revision,
            item,
            part,
        } => Wire::Proposed(federation::ProtocolProposed {
            revision: name::step_to_wire(revision),
            item: u32::from(item.0),
            part: part.to_wire(),
        }),
        ProtocolTransition::Released { revision } => Wire::Released(name::step_to_wire(revision)),
        ProtocolTransition::Reserved {
            revision,
            silent,
            objecting,
        } => Wire::Reserved(federation::ProtocolReserved {
            revision: name::step_to_wire(revision),
            silent: name::agencies_to_wire(silent),
            objecting: name::agencies_to_wire(objecting),
        }),
        ProtocolTransition::Approved { meeting } => Wire::Approved(name::subject_to_wire(meeting)),
        ProtocolTransition::Corrected { item } => {
            Wire::Corrected(item.map_or(0, |it| u32::from(it.0)))
        }
        ProtocolTransition::Supported => Wire::Supported(plain),
        ProtocolTransition::TookOver => Wire::TookOver(plain),
    };
    federation::ProtocolStep {
        transition: Some(transition),
    }
}

pub(super) fn from_wire(
    it: &federation::ProtocolStep,
) -> Result<ProtocolTransition, ConversionError> {
    let written = |it, step: &'static str| {
        content(it)
            .map(Box::new)
            .map_err(|error| error.within(step))
    };
    Ok(match &it.transition {
        None => return Err(ConversionError::unknown("transition")),
        Some(Wire::Drafted(it)) => ProtocolTransition::Drafted(written(it, "drafted")?),
        Some(Wire::Revised(it)) => ProtocolTransition::Revised(written(it, "revised")?),
        Some(Wire::Circulated(it)) => ProtocolTransition::Circulated(written(it, "circulated")?),
        Some(Wire::SignedOff(it)) => ProtocolTransition::SignedOff {
            revision: name::step(it, "signed_off")?,
        },
        Some(Wire::Objected(it)) => ProtocolTransition::Objected {
            revision: name::step(&it.revision, "objected.revision")?,
            item: name::optional_item(it.item, "objected.item")?,
        },
        Some(Wire::Proposed(it)) => ProtocolTransition::Proposed {
            revision: name::step(&it.revision, "proposed.revision")?,
            item: name::item(it.item, "proposed.item")?,
            part: required(it.part, "proposed.part")?,
        },
        Some(Wire::Released(it)) => ProtocolTransition::Released {
            revision: name::step(it, "released")?,
        },
        Some(Wire::Reserved(it)) => ProtocolTransition::Reserved {
            revision: name::step(&it.revision, "reserved.revision")?,
            silent: name::agencies(&it.silent, "reserved.silent")?,
            objecting: name::agencies(&it.objecting, "reserved.objecting")?,
        },
        Some(Wire::Approved(it)) => ProtocolTransition::Approved {
            meeting: name::subject(it).map_err(|error| error.within("approved"))?,
        },
        Some(Wire::Corrected(item)) => ProtocolTransition::Corrected {
            item: name::optional_item(*item, "corrected")?,
        },
        Some(Wire::Supported(_)) => ProtocolTransition::Supported,
        Some(Wire::TookOver(_)) => ProtocolTransition::TookOver,
    })
}

/// What a protocol says in codes, as it travels.
#[must_use]
pub fn content_to_wire(it: &ProtocolContent) -> federation::ProtocolContent {
    let attending = it
        .attendance
        .iter()
        .map(|(agency, attendance)| federation::Attending {
            agency: agency.as_str().to_owned(),
            r#as: attendance.to_wire(),
        });
    federation::ProtocolContent {
        meeting_type: it.number.meeting_type.as_str().to_owned(),
        year: u32::try_from(it.number.year).unwrap_or_default(),
        chair: it.number.chair.as_str().to_owned(),
        count: it.number.count,
        meeting: Some(name::subject_to_wire(&it.meeting)),
        deputy: it.deputy.as_str().to_owned(),
        attendance: attending.collect(),
        items: it.items.iter().map(item_to_wire).collect(),
    }
}

/// The bytes that this takes among an entry's codes.
#[must_use]
pub fn content_bytes(it: &ProtocolContent) -> usize {
    content_to_wire(it).encoded_len()
}

fn item_to_wire(it: &ProtocolItem) -> federation::ProtocolItem {
    let decision = |it: &Decision| federation::ProtocolDecision {
        step: it.step.as_ref().map(name::step_to_wire).unwrap_or_default(),
        dissent: name::agencies_to_wire(&it.dissent),
    };
    federation::ProtocolItem {
        number: u32::from(it.number.0),
        measure: it
            .measure
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        updates: it.updates.iter().map(name::subject_to_wire).collect(),
        copies: it.copies.iter().map(copy_to_wire).collect(),
        assessments: it
            .assessments
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        decisions: it.decisions.iter().map(decision).collect(),
        tasks: it.tasks.iter().map(name::subject_to_wire).collect(),
    }
}

fn copy_to_wire(it: &UpdateCopy) -> federation::UpdateCopy {
    federation::UpdateCopy {
        update: Some(name::subject_to_wire(&it.update)),
        version: name::step_to_wire(&it.version),
        handling: it.handling.to_wire(),
        observation: Some(observation::to_wire(&it.observation)),
    }
}

fn content(it: &federation::ProtocolContent) -> Result<ProtocolContent, ConversionError> {
    let year = i16::try_from(it.year)
        .ok()
        .filter(|it| *it > 0)
        .ok_or_else(|| ConversionError::invalid("year", "is not a year"))?;
    let mut attendance = BTreeMap::new();
    for attending in &it.attendance {
        let agency = id(&attending.agency, "attendance.agency", AgencyId::parse)?;
        if attendance
            .last_key_value()
            .is_some_and(|(last, _)| *last >= agency)
        {
            let right = "is not in ascending order, each agency once";
            return Err(ConversionError::invalid("attendance", right));
        }
        attendance.insert(agency, required(attending.r#as, "attendance.as")?);
    }
    Ok(ProtocolContent {
        number: ProtocolNumber {
            meeting_type: id(&it.meeting_type, "meeting_type", MeetingTypeId::parse)?,
            year,
            chair: id(&it.chair, "chair", AgencyId::parse)?,
            count: it.count,
        },
        meeting: name::required_subject(it.meeting.as_ref(), "meeting")?,
        deputy: id(&it.deputy, "deputy", AgencyId::parse)?,
        attendance,
        items: it
            .items
            .iter()
            .enumerate()
            .map(|(at, it)| item(it).map_err(|error| error.within(&format!("items[{at}]"))))
            .collect::<Result<_, _>>()?,
    })
}

fn item(it: &federation::ProtocolItem) -> Result<ProtocolItem, ConversionError> {
    let decision = |it: &federation::ProtocolDecision| {
        Ok(Decision {
            step: name::optional_step(&it.step, "decisions.step")?,
            dissent: name::agencies(&it.dissent, "decisions.dissent")?,
        })
    };
    Ok(ProtocolItem {
        number: name::item(it.number, "number")?,
        measure: name::optional(&it.measure, "measure", MeasureId::parse)?,
        updates: name::subjects(&it.updates, "updates")?,
        copies: it
            .copies
            .iter()
            .map(|it| copy(it).map_err(|error| error.within("copies")))
            .collect::<Result<_, _>>()?,
        assessments: it
            .assessments
            .iter()
            .map(|it| id(it, "assessments", AgencyId::parse))
            .collect::<Result<_, _>>()?,
        decisions: it
            .decisions
            .iter()
            .map(decision)
            .collect::<Result<_, ConversionError>>()?,
        tasks: name::subjects(&it.tasks, "tasks")?,
    })
}

fn copy(it: &federation::UpdateCopy) -> Result<UpdateCopy, ConversionError> {
    let told = it
        .observation
        .as_ref()
        .ok_or_else(|| ConversionError::missing("observation"))?;
    Ok(UpdateCopy {
        update: name::required_subject(it.update.as_ref(), "update")?,
        version: name::step(&it.version, "version")?,
        handling: required(it.handling, "handling")?,
        observation: observation::from_wire(told).map_err(|error| error.within("observation"))?,
    })
}

/// A revision as its writer sends it, on what was fixed when the protocol was opened. It has no copies: those are made when it
/// circulates.
///
/// # Errors
/// The first field that no revision can have. What the charter allows is asked of [`ProtocolContent::admit`].
pub fn draft(
    it: agency::ProtocolDraft,
    opened: &ProtocolContent,
    own: &AgencyId,
) -> Result<(ProtocolContent, Text<Unguarded>), Error> {
    let items = it.items.into_iter().enumerate();
    let items = items.map(|(at, it)| {
        drafted_item(it, own).map_err(|error| error.within(&format!("items[{at}]")))
    });
    let items: Vec<_> = items.collect::<Result<_, _>>()?;
    let (items, texts) = items.into_iter().unzip();
    let content = ProtocolContent {
        items,
        ..opened.clone()
    };
    let text = Text {
        title: Unguarded::new(it.title),
        items: texts,
        ..Text::default()
    };
    Ok((content, text))
}

fn drafted_item(
    it: agency::ProtocolItemDraft,
    own: &AgencyId,
) -> Result<(ProtocolItem, ItemText<Unguarded>), ConversionError> {
    let assessment = |it: &agency::Assessment| id(&it.agency, "agency", AgencyId::parse);
    let item = ProtocolItem {
        number: name::item(it.number, "number")?,
        measure: name::optional(&it.measure, "measure", MeasureId::parse)?,
        updates: keys(&it.updates, own, "updates")?,
        copies: Vec::new(),
        assessments: each(&it.assessments, "assessments", assessment)?,
        decisions: each(&it.decisions, "decisions", drafted_decision)?,
        tasks: keys(&it.tasks, own, "tasks")?,
    };
    let assessments = it.assessments.into_iter().map(|it| it.text);
    let decisions = it.decisions.into_iter().map(|it| it.text);
    let text = ItemText {
        title: Unguarded::new(it.title),
        affairs: Unguarded::new(it.affairs),
        assessments: assessments.map(Unguarded::new).collect(),
        decisions: decisions.map(Unguarded::new).collect(),
        notes: Vec::new(),
    };
    Ok((item, text))
}

fn drafted_decision(it: &agency::DecisionDraft) -> Result<Decision, ConversionError> {
    let step = if it.step.is_empty() {
        None
    } else {
        let frame: FrameHash = it
            .step
            .parse()
            .map_err(|_| ConversionError::invalid("step", "is not a step that a node named"))?;
        Some(name::step_of(&frame))
    };
    let dissent = it.dissent.iter();
    let dissent = dissent.map(|it| id(it, "dissent", AgencyId::parse));
    Ok(Decision {
        step,
        dissent: dissent.collect::<Result<BTreeSet<_>, _>>()?,
    })
}

fn keys(
    all: &[agency::SubjectKey],
    own: &AgencyId,
    path: &str,
) -> Result<Vec<SubjectRef>, ConversionError> {
    within_bounds(all, path)?;
    let all = all.iter().enumerate();
    all.map(|(at, it)| step::parse_key(Some(it), own, &format!("{path}[{at}]")))
        .collect()
}

fn each<W, T>(
    all: &[W],
    path: &str,
    read: impl Fn(&W) -> Result<T, ConversionError>,
) -> Result<Vec<T>, ConversionError> {
    within_bounds(all, path)?;
    let all = all.iter().enumerate();
    all.map(|(at, it)| read(it).map_err(|error| error.within(&format!("{path}[{at}]"))))
        .collect()
}

fn within_bounds<T>(all: &[T], path: &str) -> Result<(), ConversionError> {
    if all.len() > PARTS_MAX {
        return Err(ConversionError::invalid(path, "are more than 512"));
    }
    Ok(())
}

/// An item as callers read it. `blocked` tells of the copy in each place whether its agency objects.
#[must_use]
pub fn item_view(
    it: &ProtocolItem,
    text: &ItemText<Unguarded>,
    blocked: impl Fn(usize) -> bool,
) -> agency::ProtocolItem {
    let said = |all: &[Unguarded], at: usize| {
        all.get(at)
            .map_or_else(String::new, |it| it.read().to_owned())
    };
    let copies = it
        .copies
        .iter()
        .enumerate()
        .map(|(at, copy)| agency::CopiedUpdate {
            update: Some(step::key_to_wire(&copy.update)),
            observation: Some(observation::to_wire(&copy.observation)),
            note: said(&text.notes, at),
            handling: copy.handling.to_wire(),
            blocked: blocked(at),
        });
    let assessments = it.assessments.iter().enumerate();
    let assessments = assessments.map(|(at, agency)| agency::Assessment {
        agency: agency.as_str().to_owned(),
        text: said(&text.assessments, at),
    });
    let decisions = it.decisions.iter().enumerate();
    let decisions = decisions.map(|(at, decision)| agency::DecisionDraft {
        text: said(&text.decisions, at),
        step: decision
            .step
            .as_ref()
            .map_or_else(String::new, step::step_to_wire),
        dissent: name::agencies_to_wire(&decision.dissent),
    });
    agency::ProtocolItem {
        number: u32::from(it.number.0),
        measure: it
            .measure
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        title: text.title.read().to_owned(),
        affairs: text.affairs.read().to_owned(),
        updates: it.updates.iter().map(step::key_to_wire).collect(),
        copies: copies.collect(),
        assessments: assessments.collect(),
        decisions: decisions.collect(),
        tasks: it.tasks.iter().map(step::key_to_wire).collect(),
    }
}
