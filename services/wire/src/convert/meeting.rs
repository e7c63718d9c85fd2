//! Steps on meetings, as entries carry them.

use bytes::Bytes;
use verbund_model::{
    AgencyId, AgendaItem, Cut, CutLane, MeasureId, MeetingTerms, MeetingTransition, MeetingTypeId,
    PlaceId, SubjectId,
};

use super::vocabulary::{Word, required};
use super::{ConversionError, day, fixed, id, name, task};
use crate::federation;
use crate::federation::meeting_step::Transition as Wire;

pub(super) fn to_wire(it: &MeetingTransition) -> federation::MeetingStep {
    let transition = match it {
        MeetingTransition::Planned(terms) => Wire::Planned(terms_to_wire(terms)),
        MeetingTransition::Amended(terms) => Wire::Amended(terms_to_wire(terms)),
        MeetingTransition::Cancelled { erase_on } => {
            Wire::Cancelled(task::ending_to_wire(*erase_on))
        }
        MeetingTransition::Answered(answer) => Wire::Answered(federation::MeetingAnswered {
            answer: answer.to_wire(),
        }),
        MeetingTransition::Opened { participants, cut } => {
            Wire::Opened(federation::MeetingOpened {
                participants: name::agencies_to_wire(participants),
                cut: cut_to_wire(cut),
            })
        }
        MeetingTransition::Pinned { item, update } => Wire::Pinned(federation::MeetingPinned {
            item: u32::from(item.0),
            update: Some(name::subject_to_wire(update)),
        }),
        MeetingTransition::Found { item } => Wire::Found(u32::from(item.0)),
        MeetingTransition::ProposedDecision { item } => Wire::ProposedDecision(u32::from(item.0)),
        MeetingTransition::ProposedTask { item, terms } => {
            Wire::ProposedTask(federation::MeetingTaskProposed {
                item: u32::from(item.0),
                terms: Some(task::terms_to_wire(terms)),
            })
        }
        MeetingTransition::Decided { item, proposal } => {
            Wire::Decided(federation::MeetingDecided {
                item: u32::from(item.0),
                proposal: proposal
                    .as_ref()
                    .map(name::step_to_wire)
                    .unwrap_or_default(),
            })
        }
        MeetingTransition::Dissented { decision, agencies } => {
            Wire::Dissented(federation::MeetingDissented {
                decision: name::step_to_wire(decision),
                agencies: name::agencies_to_wire(agencies),
            })
        }
        MeetingTransition::Supported => Wire::Supported(federation::Plain {}),
        MeetingTransition::TookOver { participants } => {
            Wire::TookOver(federation::MeetingTakenOver {
                participants: name::agencies_to_wire(participants),
            })
        }
        MeetingTransition::Closed { erase_on } => Wire::Closed(task::ending_to_wire(*erase_on)),
    };
    federation::MeetingStep {
        transition: Some(transition),
    }
}

pub(super) fn from_wire(
    it: &federation::MeetingStep,
) -> Result<MeetingTransition, ConversionError> {
    let terms = |it, step: &'static str| terms(it).map_err(|error| error.within(step));
    Ok(match &it.transition {
        None => return Err(ConversionError::unknown("transition")),
        Some(Wire::Planned(it)) => MeetingTransition::Planned(terms(it, "planned")?),
        Some(Wire::Amended(it)) => MeetingTransition::Amended(terms(it, "amended")?),
        Some(Wire::Cancelled(it)) => MeetingTransition::Cancelled {
            erase_on: day(&it.erase_on, "cancelled.erase_on")?,
        },
        Some(Wire::Answered(it)) => {
            MeetingTransition::Answered(required(it.answer, "answered.answer")?)
        }
        Some(Wire::Opened(it)) => MeetingTransition::Opened {
            participants: name::agencies(&it.participants, "opened.participants")?,
            cut: cut(&it.cut).map_err(|error| error.within("opened"))?,
        },
        Some(Wire::Pinned(it)) => MeetingTransition::Pinned {
            item: name::item(it.item, "pinned.item")?,
            update: name::required_subject(it.update.as_ref(), "pinned.update")?,
        },
        Some(Wire::Found(item)) => MeetingTransition::Found {
            item: name::item(*item, "found")?,
        },
        Some(Wire::ProposedDecision(item)) => MeetingTransition::ProposedDecision {
            item: name::item(*item, "proposed_decision")?,
        },
        Some(Wire::ProposedTask(it)) => MeetingTransition::ProposedTask {
            item: name::item(it.item, "proposed_task.item")?,
            terms: match &it.terms {
                None => return Err(ConversionError::missing("proposed_task.terms")),
                Some(it) => task::terms(it).map_err(|error| error.within("proposed_task.terms"))?,
            },
        },
        Some(Wire::Decided(it)) => MeetingTransition::Decided {
            item: name::item(it.item, "decided.item")?,
            proposal: name::optional_step(&it.proposal, "decided.proposal")?,
        },
        Some(Wire::Dissented(it)) => MeetingTransition::Dissented {
            decision: name::step(&it.decision, "dissented.decision")?,
            agencies: name::agencies(&it.agencies, "dissented.agencies")?,
        },
        Some(Wire::Supported(_)) => MeetingTransition::Supported,
        Some(Wire::TookOver(it)) => MeetingTransition::TookOver {
            participants: name::agencies(&it.participants, "took_over.participants")?,
        },
        Some(Wire::Closed(it)) => MeetingTransition::Closed {
            erase_on: day(&it.erase_on, "closed.erase_on")?,
        },
    })
}

/// What is planned, as it travels.
#[must_use]
pub fn terms_to_wire(it: &MeetingTerms) -> federation::MeetingTerms {
    federation::MeetingTerms {
        meeting_type: it.meeting_type.as_str().to_owned(),
        deputy: it.deputy.as_str().to_owned(),
        invited: name::agencies_to_wire(&it.invited),
        day: it.day.to_string(),
        start_minute: u32::from(it.start_minute),
        minutes: u32::from(it.minutes),
        place: it
            .place
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        agenda: it.agenda.iter().map(agenda_item_to_wire).collect(),
        series: it
            .series
            .map(|it| Bytes::copy_from_slice(it.as_bytes()))
            .unwrap_or_default(),
    }
}

fn agenda_item_to_wire(it: &AgendaItem) -> federation::AgendaItem {
    federation::AgendaItem {
        number: u32::from(it.number.0),
        measure: it
            .measure
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        approves: it.approves.as_ref().map(name::subject_to_wire),
    }
}

fn terms(it: &federation::MeetingTerms) -> Result<MeetingTerms, ConversionError> {
    let minute = |number: u32, path| {
        u16::try_from(number).map_err(|_| ConversionError::invalid(path, "is more than 65535"))
    };
    Ok(MeetingTerms {
        meeting_type: id(&it.meeting_type, "meeting_type", MeetingTypeId::parse)?,
        deputy: id(&it.deputy, "deputy", AgencyId::parse)?,
        invited: name::agencies(&it.invited, "invited")?,
        day: day(&it.day, "day")?,
        start_minute: minute(it.start_minute, "start_minute")?,
        minutes: minute(it.minutes, "minutes")?,
        place: name::optional(&it.place, "place", PlaceId::parse)?,
        agenda: it
            .agenda
            .iter()
            .enumerate()
            .map(|(at, it)| agenda_item(it).map_err(|error| error.within(&format!("agenda[{at}]"))))
            .collect::<Result<_, _>>()?,
        series: if it.series.is_empty() {
            None
        } else {
            let series = fixed(&it.series, "series", "is not 16 bytes")?;
            Some(SubjectId::from_bytes(series))
        },
    })
}

fn agenda_item(it: &federation::AgendaItem) -> Result<AgendaItem, ConversionError> {
    Ok(AgendaItem {
        number: name::item(it.number, "number")?,
        measure: name::optional(&it.measure, "measure", MeasureId::parse)?,
        approves: it
            .approves
            .as_ref()
            .map(|it| name::subject(it).map_err(|error| error.within("approves")))
            .transpose()?,
    })
}

/// A cut, as it travels.
#[must_use]
pub fn cut_to_wire(it: &Cut) -> Vec<federation::CutLane> {
    let lane = |it: &CutLane| federation::CutLane {
        lane: Bytes::copy_from_slice(&it.lane),
        origin: it.origin.as_str().to_owned(),
        sequence: it.sequence,
    };
    it.lanes.iter().map(lane).collect()
}

fn cut(all: &[federation::CutLane]) -> Result<Cut, ConversionError> {
    let lanes = all
        .iter()
        .map(|it| {
            Ok(CutLane {
                lane: fixed(&it.lane, "cut.lane", "is not 16 bytes")?,
                origin: id(&it.origin, "cut.origin", AgencyId::parse)?,
                sequence: it.sequence,
            })
        })
        .collect::<Result<_, ConversionError>>()?;
    Ok(Cut { lanes })
}
