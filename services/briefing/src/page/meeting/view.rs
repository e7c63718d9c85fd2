//! A meeting as its pages show it: the items with what was contributed to them, and its steps in words.

use std::collections::HashMap;

use verbund_model::{Handling, Use};
use verbund_wire::agency::{AgendaEntry, Meeting, Pin, StepRecord};
use verbund_wire::convert::vocabulary::Word as _;

use super::situation::{UpdateKey, update_key};
use crate::page::update::card::Card;

/// One item of the agenda.
#[derive(Debug)]
pub(super) struct Item {
    /// Its place in the agenda, from 1: what people call it.
    pub(super) place: usize,
    /// What the node tells of it.
    pub(super) entry: AgendaEntry,
    /// The updates on the table.
    pub(super) pins: Vec<Pinned>,
}

/// An update on the table.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) pin: Pin,
    /// The update; none where it is erased, or not here yet.
    pub(super) card: Option<Card>,
    /// Its handling allows the screen in the meeting room, where guests may sit.
    pub(super) is_for_projector: bool,
}

/// The items of a meeting. Updates that are not among `cards` are not here.
pub(super) fn items(meeting: &Meeting, cards: &HashMap<UpdateKey, Card>) -> Vec<Item> {
    let item = |(index, entry): (usize, &AgendaEntry)| Item {
        place: index + 1,
        pins: entry.pins.iter().map(|pin| pinned(pin, cards)).collect(),
        entry: entry.clone(),
    };
    meeting.agenda.iter().enumerate().map(item).collect()
}

fn pinned(pin: &Pin, cards: &HashMap<UpdateKey, Card>) -> Pinned {
    let key = pin.update.as_ref().map(update_key);
    let card = key.and_then(|key| cards.get(&key)).cloned();
    Pinned {
        pin: pin.clone(),
        is_for_projector: card
            .as_ref()
            .is_some_and(|it| is_for_projector(it.situation.handling)),
        card,
    }
}

/// Whether something may be on the screen in the meeting room. What a release does not know may not.
pub(super) fn is_for_projector(handling: i32) -> bool {
    let known = Handling::from_wire(handling).ok().flatten();
    known.is_some_and(|it| it.allows(Use::Projector))
}

impl Item {
    /// A proposal became a decision.
    pub(super) fn is_decided(&self, proposal: &str) -> bool {
        self.entry
            .decisions
            .iter()
            .any(|it| it.proposal == proposal)
    }

    /// Nobody said anything to it.
    pub(super) fn is_bare(&self) -> bool {
        let it = &self.entry;
        it.pins.is_empty()
            && it.findings.is_empty()
            && it.proposed_decisions.is_empty()
            && it.proposed_tasks.is_empty()
            && it.decisions.is_empty()
    }

    /// A step was taken on it.
    fn has_step(&self, step: &str) -> bool {
        let it = &self.entry;
        let mut steps = it
            .pins
            .iter()
            .map(|it| &it.step)
            .chain(it.findings.iter().map(|it| &it.step))
            .chain(it.proposed_decisions.iter().map(|it| &it.step))
            .chain(it.proposed_tasks.iter().map(|it| &it.step))
            .chain(it.decisions.iter().map(|it| &it.step));
        steps.any(|it| it == step)
    }
}

/// The item that was spoken on last; the first one where none was.
pub(super) fn spoken_on(items: &[Item], steps: &[StepRecord]) -> usize {
    let mut latest = steps.iter().rev();
    let place = latest.find_map(|step| {
        let item = items.iter().find(|it| it.has_step(&step.step))?;
        Some(item.place)
    });
    place.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use verbund_model::{MeetingMove, MeetingStatus};
    use verbund_wire::agency::{Contribution, RecordedDecision};

    use super::*;
    use crate::lang::Lang;

    #[test]
    fn each_step_and_each_state_has_words() {
        let steps = MeetingMove::ALL.iter().map(|it| format!("step-made-{it}"));
        let states = MeetingStatus::ALL
            .iter()
            .map(|it| format!("trouble-state-{it}"));
        for key in steps.chain(states) {
            assert!(Lang::ALL.into_iter().all(|it| it.has(&key)), "no {key}");
        }
    }

    #[test]
    fn only_what_the_table_allows_comes_on_the_screen() {
        for handling in Handling::ALL {
            let allowed = handling.allows(Use::Projector);
            assert_eq!(is_for_projector(handling.to_wire()), allowed, "{handling}");
        }
        assert!(!is_for_projector(0) && !is_for_projector(99));
    }

    #[test]
    fn the_item_that_was_spoken_on_last_is_in_focus() {
        let finding = |step: &str| Contribution {
            step: step.to_owned(),
            ..Contribution::default()
        };
        let entry = |findings: Vec<Contribution>| AgendaEntry {
            findings,
            ..AgendaEntry::default()
        };
        let meeting = Meeting {
            agenda: vec![
                entry(vec![finding("a")]),
                entry(vec![finding("b")]),
                entry(vec![]),
            ],
            ..Meeting::default()
        };
        let items = items(&meeting, &HashMap::new());
        let step = |step: &str| StepRecord {
            step: step.to_owned(),
            ..StepRecord::default()
        };
        assert_eq!(spoken_on(&items, &[]), 1);
        assert_eq!(
            spoken_on(&items, &[step("a"), step("b"), step("support")]),
            2
        );
        assert!(items[2].is_bare() && !items[0].is_bare());
    }

    #[test]
    fn a_proposal_that_was_agreed_to_is_not_offered_again() {
        let decision = RecordedDecision {
            proposal: "p".to_owned(),
            ..RecordedDecision::default()
        };
        let item = Item {
            place: 1,
            entry: AgendaEntry {
                decisions: vec![decision],
                ..AgendaEntry::default()
            },
            pins: Vec::new(),
        };
        assert!(item.is_decided("p") && !item.is_decided("q"));
    }
}
