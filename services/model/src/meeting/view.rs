//! A meeting as its steps have made it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Acting, AgendaItem, Answer, Cut, ItemNumber, MeetingMachine, MeetingRole, MeetingStatus,
    MeetingTerms, MeetingTransition,
};
use crate::history::{History, StepId};
use crate::id::AgencyId;
use crate::subject::SubjectRef;
use crate::task::TaskTerms;
use crate::time::Day;

/// A meeting as its steps have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The agency that planned it, and whose the meeting is.
    pub chair: AgencyId,
    /// Who chairs by now: the chair, or its deputy once it has taken over.
    pub acting: AgencyId,
    /// Whether the deputy has taken over.
    pub taken_over: bool,
    /// What is planned by now.
    pub terms: MeetingTerms,
    /// The step that planned it so: its texts are those in force.
    pub planned: StepId,
    /// Where it stands.
    pub status: MeetingStatus,
    /// The answer of each invited agency. Who has not answered, or answered before another day, time or place was planned, is
    /// undecided.
    pub answers: BTreeMap<AgencyId, Answer>,
    /// Who takes part; empty before it was opened.
    pub participants: BTreeSet<AgencyId>,
    /// Who wants the deputy to take over.
    pub supporters: BTreeSet<AgencyId>,
    /// What all participants look at, once it was opened.
    pub cut: Option<Cut>,
    /// What was said on each item: those of the agenda in their order, and after them any other that somebody spoke on.
    pub items: Vec<MeetingItem>,
    /// The step that ended it, once it has ended.
    pub ended: Option<StepId>,
    /// The day on which all of it is erased, once it has ended.
    pub erase_on: Option<Day>,
    /// Roles that contradict themselves: two steps of which neither knows of the other.
    pub contradicting: Vec<MeetingRole>,
}

/// What was said on one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingItem {
    /// Names it.
    pub number: ItemNumber,
    /// Its place on the agenda by now, counted from 0, which is that of its title; none for one that is not there.
    pub place: Option<usize>,
    /// What the agenda tells of it.
    pub agenda: Option<AgendaItem>,
    /// Updates that were laid on the table.
    pub pins: Vec<Said<SubjectRef>>,
    /// Findings; each is text.
    pub findings: Vec<Said<()>>,
    /// Decisions that were proposed; each is text.
    pub proposals: Vec<Said<()>>,
    /// Tasks that were proposed; title and description are text.
    pub tasks: Vec<Said<TaskTerms>>,
    /// Decisions that were recorded.
    pub decisions: Vec<Said<DecisionView>>,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// The step that said it, and that has its text.
    pub step: StepId,
    /// Who said it.
    pub by: AgencyId,
    /// Whoever closed the meeting did not know of it: it stays, and is not in the protocol.
    pub late: bool,
    /// What was said.
    pub what: T,
}

/// A recorded decision; what was decided is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionView {
    /// The proposal that was agreed to, if it was one that whoever recorded it knew.
    pub proposal: Option<StepId>,
    /// The chair recorded it without knowing that its deputy had taken over: it counts for nothing.
    pub overtaken: bool,
    /// Who did not agree, as it was recorded; each reason is text.
    pub dissents: Vec<Said<BTreeSet<AgencyId>>>,
}

impl DecisionView {
    /// Who did not agree, as far as the meeting's end knew.
    pub fn dissent(&self) -> BTreeSet<AgencyId> {
        let in_time = self.dissents.iter().filter(|it| !it.late);
        in_time.flat_map(|it| it.what.iter().cloned()).collect()
    }
}

impl Meeting {
    /// What a history comes to; `None` without an opening, or with two.
    pub fn of(history: &History<MeetingMachine>) -> Option<Self> {
        let state = history.state()?;
        let opening = history.opening()?;
        let planned = history.latest(&MeetingRole::Chair, |it| it.terms().is_some())?;
        let terms = planned.transition.terms()?.clone();
        let deputy = &opening.transition.terms()?.deputy;
        let taken_over = state.acting == Acting::Deputy;
        let acting = match state.acting {
            Acting::Chair => MeetingRole::Chair,
            Acting::Deputy => MeetingRole::Deputy,
        };
        let ended = history.latest(&acting, |it| it.erase_on().is_some());
        let opened = history.latest(&MeetingRole::Chair, |it| it.cut().is_some());
        let answers = terms.invited.iter().map(|it| {
            let answer = answer(history, it);
            (it.clone(), answer.unwrap_or(Answer::Undecided))
        });
        Some(Self {
            chair: opening.by.clone(),
            acting: if taken_over { deputy } else { &opening.by }.clone(),
            taken_over,
            planned: planned.id,
            status: state.status,
            answers: answers.collect(),
            participants: state.participants.clone(),
            supporters: state.supporters.clone(),
            cut: opened.and_then(|it| it.transition.cut()).cloned(),
            items: Table::of(history, &terms, ended.map(|it| it.id)).items,
            ended: ended.map(|it| it.id),
            erase_on: ended.and_then(|it| it.transition.erase_on()),
            contradicting: history.contradicting().to_vec(),
            terms,
        })
    }

    /// What was said on one item.
    pub fn item(&self, number: ItemNumber) -> Option<&MeetingItem> {
        self.items.iter().find(|it| it.number == number)
    }
}

/// An agency's answer to the day, time and place that are planned by now. One that it gave before they were changed is none.
fn answer(history: &History<MeetingMachine>, agency: &AgencyId) -> Option<Answer> {
    let word = history.latest(&MeetingRole::Answering(agency.clone()), |_| true)?;
    let plans: Vec<(StepId, &MeetingTerms)> = history
        .undisputed(&MeetingRole::Chair)
        .into_iter()
        .filter_map(|it| Some((it.id, it.transition.terms()?)))
        .collect();
    let moved = plans
        .windows(2)
        .rev()
        .find(|two| !two[0].1.is_at_the_time_of(two[1].1))
        .map(|two| two[1].0);
    let knew = moved.is_none_or(|moved| history.knew(&word.id, &moved));
    match &word.transition {
        MeetingTransition::Answered(answer) if knew => Some(*answer),
        _ => None,
    }
}

/// What was said, sorted by items.
struct Table<'a> {
    history: &'a History<MeetingMachine>,
    ended: Option<StepId>,
    items: Vec<MeetingItem>,
}

impl<'a> Table<'a> {
    fn of(
        history: &'a History<MeetingMachine>,
        terms: &MeetingTerms,
        ended: Option<StepId>,
    ) -> Self {
        let items = terms.agenda.iter().enumerate();
        let mut table = Self {
            history,
            ended,
            items: items
                .map(|(place, it)| MeetingItem {
                    place: Some(place),
                    agenda: Some(it.clone()),
                    ..MeetingItem::empty(it.number)
                })
                .collect(),
        };
        let taken_over = history.latest(&MeetingRole::Deputy, |it| it.participants().is_some());
        let chair = history.opening().map(|it| &it.by);
        // The chair's record that did not know of the takeover, which did not know of it either.
        let overtaken = |step: &StepId, by: &AgencyId| {
            Some(by) == chair && taken_over.is_some_and(|over| !history.knew(&over.id, step))
        };
        for (step, _) in history.effective() {
            let (id, by) = (step.id, &step.by);
            match &step.transition {
                MeetingTransition::Pinned { item, update } => {
                    let said = table.said(id, by, update.clone());
                    table.item(*item).pins.push(said);
                }
                MeetingTransition::Found { item } => {
                    let said = table.said(id, by, ());
                    table.item(*item).findings.push(said);
                }
                MeetingTransition::ProposedDecision { item } => {
                    let said = table.said(id, by, ());
                    table.item(*item).proposals.push(said);
                }
                MeetingTransition::ProposedTask { item, terms } => {
                    let said = table.said(id, by, terms.clone());
                    table.item(*item).tasks.push(said);
                }
                MeetingTransition::Decided { item, proposal } => {
                    let decision = DecisionView {
                        proposal: proposal.filter(|it| table.proposes(&id, it)),
                        overtaken: overtaken(&id, by),
                        dissents: Vec::new(),
                    };
                    let said = table.said(id, by, decision);
                    table.item(*item).decisions.push(said);
                }
                MeetingTransition::Dissented { decision, agencies } => {
                    let mut agencies = agencies.clone();
                    if overtaken(&id, by) {
                        // It still speaks for itself.
                        agencies.retain(|it| it == by);
                    }
                    let said = table.said(id, by, agencies);
                    table.dissent(decision, said);
                }
                _ => {}
            }
        }
        // An item that is not on the agenda comes after those that are.
        table
            .items
            .sort_by_key(|it| (it.place.is_none(), it.place, it.number));
        table
    }

    fn said<T>(&self, step: StepId, by: &AgencyId, what: T) -> Said<T> {
        Said {
            step,
            by: by.clone(),
            late: self
                .ended
                .is_some_and(|ended| !self.history.knew(&ended, &step)),
            what,
        }
    }

    fn item(&mut self, number: ItemNumber) -> &mut MeetingItem {
        let place = self.items.iter().position(|it| it.number == number);
        let place = place.unwrap_or_else(|| {
            self.items.push(MeetingItem::empty(number));
            self.items.len() - 1
        });
        &mut self.items[place]
    }

    /// Whether `step` knew a proposal of that name.
    fn proposes(&self, step: &StepId, proposal: &StepId) -> bool {
        let named = self.history.step(proposal);
        self.history.knew(step, proposal)
            && named.is_some_and(|it| {
                matches!(it.transition, MeetingTransition::ProposedDecision { .. })
            })
    }

    /// Notes a dissent beside its decision. One from a decision that its maker did not know counts for nothing.
    fn dissent(&mut self, decision: &StepId, said: Said<BTreeSet<AgencyId>>) {
        if said.what.is_empty() || !self.history.knew(&said.step, decision) {
            return;
        }
        let mut decisions = self.items.iter_mut().flat_map(|it| &mut it.decisions);
        if let Some(found) = decisions.find(|it| it.step == *decision) {
            found.what.dissents.push(said);
        }
    }
}

impl MeetingItem {
    fn empty(number: ItemNumber) -> Self {
        Self {
            number,
            place: None,
            agenda: None,
            pins: Vec::new(),
            findings: Vec::new(),
            proposals: Vec::new(),
            tasks: Vec::new(),
            decisions: Vec::new(),
        }
    }
}
