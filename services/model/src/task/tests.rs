use proptest::prelude::*;

use super::*;
use crate::history::{Standing, StepId};
use crate::testing::{agency, at, krefeld};
use crate::violation::Reason;
use crate::{Audience, Charter};

const KOD: &str = "kod";
const DHZ: &str = "dhz";

fn terms(assignee: &str) -> TaskTerms {
    TaskTerms {
        assignee: agency(assignee),
        measure: MeasureId::parse("m1").unwrap(),
        category: CategoryId::parse("sauberkeit").unwrap(),
        place: None,
        due: None,
        origin: None,
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A step of each kind.
fn step_of(it: TaskMove) -> TaskTransition {
    let erase_on = day("2027-12-31");
    match it {
        TaskMove::Propose => TaskTransition::Proposed(terms(DHZ)),
        TaskMove::Assign => TaskTransition::Assigned(terms(DHZ)),
        TaskMove::Amend => TaskTransition::Amended(terms(DHZ)),
        TaskMove::Return => TaskTransition::Returned,
        TaskMove::Verify => TaskTransition::Verified { erase_on },
        TaskMove::Withdraw => TaskTransition::Withdrawn { erase_on },
        TaskMove::Accept => TaskTransition::Accepted,
        TaskMove::Decline => TaskTransition::Declined(DeclineReason::NoCapacity),
        TaskMove::Progress => TaskTransition::Progressed,
        TaskMove::Finish => TaskTransition::Finished,
    }
}

fn party(role: TaskRole) -> AgencyId {
    agency(match role {
        TaskRole::Assigner => KOD,
        TaskRole::Assignee => DHZ,
    })
}

/// A history as it grows, each step knowing all before it unless told otherwise.
#[derive(Default, Clone)]
struct Told(Vec<Step<TaskTransition>>);

impl Told {
    fn history(&self) -> History<TaskMachine> {
        History::of(&agency(KOD), self.0.iter().cloned())
    }

    fn step(&mut self, it: TaskMove) -> StepId {
        let parents = self.history().parents();
        self.step_on(it, parents)
    }

    fn step_on(&mut self, it: TaskMove, parents: Vec<StepId>) -> StepId {
        self.by(party(it.role()), step_of(it), parents)
    }

    fn by(&mut self, by: AgencyId, transition: TaskTransition, parents: Vec<StepId>) -> StepId {
        let mut id = [0; 32];
        // Names that are not in the order in which steps are taken.
        id[0] = (self.0.len() as u8).wrapping_mul(167);
        id[1] = self.0.len() as u8;
        let id = StepId(id);
        self.0.push(Step {
            id,
            by,
            parents,
            transition,
        });
        id
    }

    fn status(&self) -> Option<TaskStatus> {
        self.history().state().copied()
    }

    fn standing(&self, id: StepId) -> Standing {
        let history = self.history();
        let mut steps = history.steps();
        steps.find(|(step, _)| step.id == id).unwrap().1
    }
}

/// The shortest way to each state.
fn way(to: TaskStatus) -> Told {
    use TaskMove::*;
    let moves: &[TaskMove] = match to {
        TaskStatus::Proposed => &[Propose],
        TaskStatus::Assigned => &[Assign],
        TaskStatus::Accepted => &[Assign, Accept],
        TaskStatus::Declined => &[Assign, Decline],
        TaskStatus::InProgress => &[Assign, Accept, Progress],
        TaskStatus::Done => &[Assign, Accept, Finish],
        TaskStatus::Verified => &[Assign, Accept, Finish, Verify],
        TaskStatus::Withdrawn => &[Assign, Withdraw],
    };
    let mut told = Told::default();
    for it in moves {
        told.step(*it);
    }
    assert_eq!(told.status(), Some(to));
    told
}

#[test]
fn every_move_in_every_state_is_as_the_table_says() {
    for state in TaskStatus::ALL {
        for it in TaskMove::ALL {
            let mut told = way(*state);
            let allowed = MOVES.contains(&Move {
                from: Some(*state),
                makes: *it,
            });
            let may = told.history().may(&party(it.role()), &step_of(*it));
            assert_eq!(may.is_ok(), allowed, "{state}: {it}");
            let id = told.step(*it);
            let standing = if allowed {
                Standing::Effective
            } else {
                Standing::Void(Void::NotNow)
            };
            assert_eq!(told.standing(id), standing, "{state}: {it}");
            if !allowed {
                assert_eq!(
                    told.status(),
                    Some(*state),
                    "{state}: {it} must change nothing"
                );
            }
        }
    }
}

#[test]
fn no_move_is_another_partys_or_a_third_agencys() {
    for it in TaskMove::ALL {
        for by in ["dhz", "kod", "polizei"] {
            if party(it.role()) == agency(by) {
                continue;
            }
            for state in TaskStatus::ALL {
                let mut told = way(*state);
                let parents = told.history().parents();
                let id = told.by(agency(by), step_of(*it), parents);
                assert_eq!(
                    told.standing(id),
                    Standing::Void(Void::NotYours),
                    "{state}: {it} by {by}"
                );
                assert_eq!(told.status(), Some(*state));
            }
        }
    }
}

#[test]
fn a_task_is_opened_by_its_owner_only_and_by_asking() {
    for it in TaskMove::ALL {
        let mut told = Told::default();
        let id = told.step_on(*it, Vec::new());
        let opens = MOVES.contains(&Move {
            from: None,
            makes: *it,
        });
        assert_eq!(told.standing(id) == Standing::Effective, opens, "{it}");
        let mut told = Told::default();
        let id = told.by(agency("polizei"), step_of(*it), Vec::new());
        assert_eq!(told.standing(id), Standing::Void(Void::NotOpened), "{it}");
        assert_eq!(told.status(), None);
    }
}

/// What two moves come to that know the same past and not each other.
fn at_once(state: TaskStatus, one: TaskMove, other: TaskMove) -> Option<TaskStatus> {
    let mut told = way(state);
    let parents = told.history().parents();
    told.step_on(one, parents.clone());
    told.step_on(other, parents);
    let mut reversed = told.clone();
    reversed.0.reverse();
    assert_eq!(told.status(), reversed.status());
    told.status()
}

#[test]
fn what_both_do_at_once_has_one_outcome() {
    use TaskMove::*;
    use TaskStatus::*;
    for (state, assigner, assignee, outcome) in [
        (Assigned, Withdraw, Accept, Withdrawn),
        (Assigned, Withdraw, Decline, Withdrawn),
        (Assigned, Amend, Accept, Assigned),
        (Assigned, Amend, Decline, Assigned),
        (Accepted, Amend, Progress, Assigned),
        (Accepted, Amend, Finish, Done),
        (Accepted, Withdraw, Finish, Withdrawn),
        (InProgress, Amend, Finish, Done),
        (Done, Verify, Progress, Verified),
        (Done, Return, Progress, InProgress),
        (Done, Withdraw, Progress, Withdrawn),
        (Declined, Amend, Accept, Assigned),
    ] {
        assert_eq!(
            at_once(state, assigner, assignee),
            Some(outcome),
            "{state}: {assigner} and {assignee}"
        );
    }
}

#[test]
fn the_table_of_states_covers_all_pairs() {
    let words = |role: TaskRole| {
        let its = TaskMove::ALL.iter().filter(move |it| it.role() == role);
        its.map(|it| Some(*it)).chain([None])
    };
    for assigner in words(TaskRole::Assigner) {
        for assignee in words(TaskRole::Assignee) {
            for knew in [false, true] {
                let status = status(assigner, assignee, knew);
                match assigner {
                    None | Some(TaskMove::Propose) => assert_eq!(status, TaskStatus::Proposed),
                    Some(TaskMove::Withdraw) => assert_eq!(status, TaskStatus::Withdrawn),
                    Some(TaskMove::Verify) => assert_eq!(status, TaskStatus::Verified),
                    // Nothing else closes a task or takes the question back.
                    Some(_) => assert!(!status.is_closed() && status != TaskStatus::Proposed),
                }
            }
        }
    }
}

#[test]
fn work_that_is_returned_is_done_again() {
    let mut told = way(TaskStatus::Done);
    told.step(TaskMove::Return);
    assert_eq!(told.status(), Some(TaskStatus::InProgress));
    told.step(TaskMove::Finish);
    assert_eq!(told.status(), Some(TaskStatus::Done));
    told.step(TaskMove::Verify);
    assert_eq!(told.status(), Some(TaskStatus::Verified));
}

#[test]
fn changed_terms_are_asked_again_and_shown() {
    let mut told = way(TaskStatus::Accepted);
    let parents = told.history().parents();
    let mut later = terms(DHZ);
    later.due = Some(day("2026-12-24"));
    told.by(agency(KOD), TaskTransition::Amended(later.clone()), parents);
    assert_eq!(told.status(), Some(TaskStatus::Assigned));
    told.step(TaskMove::Accept);
    let task = Task::of(&told.history()).unwrap();
    assert_eq!((task.status, task.terms), (TaskStatus::Accepted, later));
}

#[test]
fn the_assignee_is_fixed() {
    let mut told = way(TaskStatus::Declined);
    let parents = told.history().parents();
    let id = told.by(
        agency(KOD),
        TaskTransition::Amended(terms("polizei")),
        parents,
    );
    assert_eq!(told.standing(id), Standing::Void(Void::Fixed));
}

#[test]
fn an_agency_may_take_something_on_itself() {
    let mut told = Told::default();
    let own = TaskTransition::Assigned(terms(KOD));
    let first = told.by(agency(KOD), own, Vec::new());
    let second = told.by(agency(KOD), TaskTransition::Accepted, vec![first]);
    told.by(agency(KOD), TaskTransition::Finished, vec![second]);
    assert_eq!(told.status(), Some(TaskStatus::Done));
}

#[test]
fn who_contradicts_itself_is_taken_at_its_word_before() {
    let mut told = way(TaskStatus::Assigned);
    let parents = told.history().parents();
    let yes = told.step_on(TaskMove::Accept, parents.clone());
    let no = told.step_on(TaskMove::Decline, parents);
    assert_eq!(told.status(), Some(TaskStatus::Assigned));
    assert_eq!(told.history().contradicting(), [TaskRole::Assignee]);
    // Until it says, knowing both, what holds.
    told.step_on(TaskMove::Accept, vec![yes, no]);
    assert_eq!(told.status(), Some(TaskStatus::Accepted));
    assert!(told.history().contradicting().is_empty());
}

#[test]
fn a_task_opened_twice_is_none() {
    let mut told = Told::default();
    told.step_on(TaskMove::Assign, Vec::new());
    told.step_on(TaskMove::Propose, Vec::new());
    assert_eq!(told.status(), None);
}

#[test]
fn a_step_waits_for_its_past_and_then_counts() {
    let mut told = way(TaskStatus::Accepted);
    let last = told.step(TaskMove::Finish);
    let gap = told.0.remove(1);
    assert_eq!(told.standing(last), Standing::Waiting);
    assert_eq!(told.status(), Some(TaskStatus::Assigned));
    told.0.push(gap);
    assert_eq!(told.status(), Some(TaskStatus::Done));
}

#[test]
fn overdue_is_what_is_open_beyond_its_day() {
    let mut told = Told::default();
    let mut due = terms(DHZ);
    due.due = Some(day("2026-12-01"));
    told.by(agency(KOD), TaskTransition::Assigned(due), Vec::new());
    let overdue = |told: &Told, on: &str| Task::of(&told.history()).unwrap().is_overdue(day(on));
    assert!(!overdue(&told, "2026-12-01"));
    assert!(overdue(&told, "2026-12-02"));
    told.step(TaskMove::Accept);
    told.step(TaskMove::Finish);
    assert!(!overdue(&told, "2026-12-02"));
}

fn draft() -> TaskDraft {
    TaskDraft {
        assignee: "dhz".into(),
        measure: "m1".into(),
        category: "sauberkeit".into(),
        place: "theaterplatz".into(),
        due: "2026-12-01".into(),
        title: "Spritzenbox am Theaterplatz leeren".into(),
        ..TaskDraft::default()
    }
}

fn reasons(draft: &TaskDraft) -> Vec<(String, Reason)> {
    let charter: Charter = krefeld();
    match draft.check(&charter, at("2026-11-26T10:00")) {
        Ok(_) => Vec::new(),
        Err(found) => found.into_iter().map(|it| (it.field, it.reason)).collect(),
    }
}

#[test]
fn a_draft_is_checked_field_by_field() {
    assert_eq!(reasons(&draft()), []);
    let minimal = TaskDraft {
        place: String::new(),
        due: String::new(),
        ..draft()
    };
    assert_eq!(reasons(&minimal), []);
    type Change = fn(&mut TaskDraft);
    let cases: [(Change, &str, Reason); 10] = [
        (
            |it| it.assignee = "feuerwehr".into(),
            "assignee",
            Reason::UnknownAgency,
        ),
        (
            |it| it.measure = "m99".into(),
            "measure",
            Reason::UnknownMeasure,
        ),
        (
            |it| it.category = "".into(),
            "category",
            Reason::UnknownCategory,
        ),
        (|it| it.place = "mars".into(), "place", Reason::UnknownPlace),
        (|it| it.due = "bald".into(), "due", Reason::InvalidDay),
        (
            |it| it.due = "2026-11-25".into(),
            "due",
            Reason::InvalidRange,
        ),
        (
            |it| it.due = "2029-01-01".into(),
            "due",
            Reason::InvalidRange,
        ),
        (|it| it.title = "  ".into(), "title", Reason::MissingField),
        (
            |it| it.title = "a".repeat(121),
            "title",
            Reason::NoteTooLong,
        ),
        (
            |it| it.description = "eins\nzwei".into(),
            "description",
            Reason::ControlCharacter,
        ),
    ];
    for (change, field, reason) in cases {
        let mut draft = draft();
        change(&mut draft);
        assert_eq!(reasons(&draft), [(field.to_owned(), reason)]);
    }
}

#[test]
fn a_receiver_checks_the_vocabulary_and_the_audience_again() {
    let charter = krefeld();
    let audience = |ids: &[&str]| Audience::new(ids.iter().map(|id| agency(id))).unwrap();
    let fine = draft().check(&charter, at("2026-11-26T10:00")).unwrap();
    assert_eq!(fine.admit(&charter, &audience(&["dhz", "kod"])), Ok(()));
    let alone = fine
        .admit(&charter, &audience(&["kod", "polizei"]))
        .unwrap_err();
    assert_eq!(alone[0].reason, Reason::SubjectMismatch);
    let mut wrong = fine;
    wrong.measure = MeasureId::parse("m99").unwrap();
    wrong.place = Some(PlaceId::parse("mars").unwrap());
    let found = wrong
        .admit(&charter, &audience(&["dhz", "kod"]))
        .unwrap_err();
    let reasons: Vec<Reason> = found.into_iter().map(|it| it.reason).collect();
    assert_eq!(reasons, [Reason::UnknownMeasure, Reason::UnknownPlace]);
}

/// One thing that happens to one of the two nodes: it takes a step, knowing what it has, or hears of some of the other's.
#[derive(Debug, Clone)]
enum Event {
    Step { node: bool, makes: usize },
    Hear { node: bool, how_many: usize },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (any::<bool>(), 0..TaskMove::ALL.len()).prop_map(|(node, makes)| Event::Step { node, makes }),
        2 => (any::<bool>(), 1..6usize).prop_map(|(node, how_many)| Event::Hear { node, how_many }),
    ]
}

/// Plays what two nodes do, legal or not, and gives all steps.
fn play(events: &[Event]) -> Vec<Step<TaskTransition>> {
    let mut told = Told::default();
    told.step_on(TaskMove::Assign, Vec::new());
    // How many of the steps each node knows is its own and those it heard of, by place.
    let mut knows: [Vec<usize>; 2] = [vec![0], vec![]];
    for event in events {
        match event {
            Event::Hear { node, how_many } => {
                let known = &mut knows[usize::from(*node)];
                let missing: Vec<usize> =
                    (0..told.0.len()).filter(|it| !known.contains(it)).collect();
                known.extend(missing.into_iter().take(*how_many));
            }
            Event::Step { node, makes } => {
                let makes = TaskMove::ALL[*makes];
                let known = &mut knows[usize::from(*node)];
                let seen = Told(known.iter().map(|it| told.0[*it].clone()).collect());
                let parents = seen.history().parents();
                if parents.is_empty() {
                    continue;
                }
                known.push(told.0.len());
                let by = agency(if *node { DHZ } else { KOD });
                told.by(by, step_of(makes), parents);
            }
        }
    }
    told.0
}

fn summary(history: &History<TaskMachine>) -> (Option<Task>, Vec<(StepId, Standing)>) {
    let steps = history.steps().map(|(step, standing)| (step.id, standing));
    (Task::of(history), steps.collect())
}

proptest! {
    // With the seed that a failure prints, `PROPTEST_RNG_SEED` plays the same histories again.
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_repetition_come_to_the_same(
        events in prop::collection::vec(event(), 1..24),
        shuffle in any::<u64>(),
    ) {
        let steps = play(&events);
        let straight = History::<TaskMachine>::of(&agency(KOD), steps.iter().cloned());
        // Some arrive first and are judged with gaps; all arrive later, some of them twice, in another order.
        let mut mixed = steps.clone();
        let mut state = shuffle;
        for at in (1..mixed.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            mixed.swap(at, (state >> 33) as usize % (at + 1));
        }
        let some = (state >> 7) as usize % (mixed.len() + 1);
        let early = History::<TaskMachine>::of(&agency(KOD), mixed[..some].iter().cloned());
        let late = History::<TaskMachine>::of(&agency(KOD), mixed.iter().chain(&mixed[some / 2..]).cloned());
        prop_assert_eq!(summary(&straight), summary(&late));
        // What was judged with all its past stays as it was judged.
        let later: Vec<_> = late.steps().map(|(step, standing)| (step.id, standing)).collect();
        for (step, standing) in early.steps() {
            if standing != Standing::Waiting {
                prop_assert!(later.contains(&(step.id, standing)));
            }
        }
        // Nobody speaks for another.
        for (step, standing) in late.steps() {
            if standing == Standing::Effective {
                prop_assert_eq!(&step.by, &party(TaskMove::of(&step.transition).role()));
            }
        }
    }
}
