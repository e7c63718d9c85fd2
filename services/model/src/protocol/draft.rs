//! The first draft of a protocol, from the meeting that it is of.

use std::collections::{BTreeMap, BTreeSet};

use super::{Attendance, Decision, Protocol, ProtocolContent, ProtocolItem, ProtocolNumber};
use crate::history::StepId;
use crate::id::AgencyId;
use crate::meeting::{ItemNumber, Meeting, MeetingItem, MeetingStatus, Said};
use crate::subject::SubjectRef;

/// What a protocol begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolDraft {
    /// The agency that owns it: the one that chaired the meeting when it was closed.
    pub owner: AgencyId,
    /// What it says in codes. No tasks yet, and no copies: those are made when it circulates.
    pub content: ProtocolContent,
    /// The step of the meeting whose text is the title, and whose item titles are the titles of the items.
    pub planned: StepId,
    /// Where the texts of each item come from, in the order of the content's items.
    pub sources: Vec<ItemSources>,
}

/// Where the texts of one item come from. The state of affairs is for the writer to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSources {
    /// The item.
    pub number: ItemNumber,
    /// The place of its title among the agenda's, counted from 0; none when it is not on the agenda.
    pub title: Option<usize>,
    /// The findings, one for each assessment.
    pub assessments: Vec<StepId>,
    /// The decisions, one for each.
    pub decisions: Vec<StepId>,
    /// The dissents whose reasons belong to the item.
    pub dissents: Vec<StepId>,
    /// The tasks that were proposed. Those that are opened go into a later revision.
    pub tasks: Vec<StepId>,
}

impl Protocol {
    /// The first draft; `None` unless the meeting is closed. `subject` names the meeting, `count` is the next of the owner's
    /// protocols of that type in that year.
    ///
    /// What was said too late for whoever closed the meeting is not in it, nor what a chair recorded that was replaced. Each
    /// finding becomes an assessment of its agency. The deputy of the protocol is the other one of chair and deputy.
    pub fn draft(meeting: &Meeting, subject: SubjectRef, count: u32) -> Option<ProtocolDraft> {
        if meeting.status != MeetingStatus::Closed {
            return None;
        }
        let owner = meeting.acting.clone();
        let deputy = match meeting.taken_over {
            true => meeting.chair.clone(),
            false => meeting.terms.deputy.clone(),
        };
        let (items, sources) = meeting
            .items
            .iter()
            .filter(|it| it.place.is_some() || !it.is_empty_in_time())
            .map(|it| (content(it), sources(it)))
            .unzip();
        let content = ProtocolContent {
            number: ProtocolNumber {
                meeting_type: meeting.terms.meeting_type.clone(),
                year: meeting.terms.day.year(),
                chair: owner.clone(),
                count,
            },
            meeting: subject,
            attendance: attendance(meeting, &owner, &deputy),
            deputy,
            items,
        };
        Some(ProtocolDraft {
            owner,
            content,
            planned: meeting.planned,
            sources,
        })
    }
}

fn attendance(
    meeting: &Meeting,
    owner: &AgencyId,
    deputy: &AgencyId,
) -> BTreeMap<AgencyId, Attendance> {
    let attendance = |it: &AgencyId| {
        if it == owner {
            Attendance::Chair
        } else if !meeting.participants.contains(it) {
            Attendance::Absent
        } else if it == deputy {
            Attendance::Deputy
        } else {
            Attendance::Participant
        }
    };
    let invited = meeting.terms.invited.iter();
    invited.map(|it| (it.clone(), attendance(it))).collect()
}

fn in_time<T>(said: &[Said<T>]) -> impl Iterator<Item = &Said<T>> {
    said.iter().filter(|it| !it.late)
}

impl MeetingItem {
    fn is_empty_in_time(&self) -> bool {
        in_time(&self.pins).next().is_none()
            && in_time(&self.findings).next().is_none()
            && in_time(&self.tasks).next().is_none()
            && self.recorded().next().is_none()
    }

    /// The decisions that count and that whoever closed the meeting knew.
    fn recorded(&self) -> impl Iterator<Item = &Said<crate::meeting::DecisionView>> {
        in_time(&self.decisions).filter(|it| !it.what.overtaken)
    }
}

fn content(item: &MeetingItem) -> ProtocolItem {
    let mut seen = BTreeSet::new();
    ProtocolItem {
        number: item.number,
        measure: item.agenda.as_ref().and_then(|it| it.measure.clone()),
        updates: in_time(&item.pins)
            .map(|it| &it.what)
            .filter(|it| seen.insert(*it))
            .cloned()
            .collect(),
        copies: Vec::new(),
        assessments: in_time(&item.findings).map(|it| it.by.clone()).collect(),
        decisions: item
            .recorded()
            .map(|it| Decision {
                step: Some(it.step),
                dissent: it.what.dissent(),
            })
            .collect(),
        tasks: Vec::new(),
    }
}

fn sources(item: &MeetingItem) -> ItemSources {
    ItemSources {
        number: item.number,
        title: item.place,
        assessments: in_time(&item.findings).map(|it| it.step).collect(),
        decisions: item.recorded().map(|it| it.step).collect(),
        dissents: item
            .recorded()
            .flat_map(|it| in_time(&it.what.dissents))
            .map(|it| it.step)
            .collect(),
        tasks: in_time(&item.tasks).map(|it| it.step).collect(),
    }
}
