use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::Charter;
use crate::history::{History, Standing, Void};
use crate::testing::told::{comes_to_the_same, events, play};
use crate::testing::{agency, krefeld};

mod at_once;
mod drafts;
mod views;

pub(super) const CHAIR: &str = "kod";
pub(super) const DEPUTY: &str = "dhz";
pub(super) const PARTICIPANT: &str = "polizei";
pub(super) const OTHER: &str = "quartiersbuero";
/// Invited, and does not take part.
pub(super) const ABSENT: &str = "streetwork";
pub(super) const STRANGER: &str = "staatsanwaltschaft";
const INVITED: [&str; 5] = [CHAIR, DEPUTY, PARTICIPANT, OTHER, ABSENT];
const PRESENT: [&str; 4] = [CHAIR, DEPUTY, PARTICIPANT, OTHER];

pub(super) type Told = crate::testing::told::Told<MeetingMachine>;

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn agencies(ids: &[&str]) -> BTreeSet<AgencyId> {
    ids.iter().map(|id| agency(id)).collect()
}

pub(super) fn subject(byte: u8, owner: &str) -> SubjectRef {
    SubjectRef {
        subject: SubjectId::from_bytes([byte; 16]),
        owner: agency(owner),
    }
}

pub(super) fn item(number: u8) -> AgendaItem {
    AgendaItem {
        number: ItemNumber(number),
        measure: Some(MeasureId::parse("m1").unwrap()),
        approves: None,
    }
}

pub(super) fn terms() -> MeetingTerms {
    MeetingTerms {
        meeting_type: MeetingTypeId::parse("lagebesprechung").unwrap(),
        deputy: agency(DEPUTY),
        invited: agencies(&INVITED),
        day: day("2026-12-01"),
        start_minute: 540,
        minutes: 60,
        place: None,
        agenda: vec![item(1), item(7)],
        series: None,
    }
}

fn asked() -> TaskTerms {
    TaskTerms {
        assignee: agency(OTHER),
        measure: MeasureId::parse("m1").unwrap(),
        category: crate::CategoryId::parse("sauberkeit").unwrap(),
        place: None,
        due: None,
        origin: None,
    }
}

pub(super) fn opened() -> MeetingTransition {
    MeetingTransition::Opened {
        participants: agencies(&PRESENT),
        cut: Cut::default(),
    }
}

pub(super) fn took_over() -> MeetingTransition {
    MeetingTransition::TookOver {
        participants: agencies(&PRESENT),
    }
}

pub(super) fn closed() -> MeetingTransition {
    MeetingTransition::Closed {
        erase_on: day("2027-06-01"),
    }
}

pub(super) fn decided() -> MeetingTransition {
    MeetingTransition::Decided {
        item: ItemNumber(1),
        proposal: None,
    }
}

pub(super) fn found() -> MeetingTransition {
    MeetingTransition::Found {
        item: ItemNumber(1),
    }
}

pub(super) fn dissented(decision: StepId, by: &[&str]) -> MeetingTransition {
    MeetingTransition::Dissented {
        decision,
        agencies: agencies(by),
    }
}

/// A step of each kind, as this agency would take it.
pub(super) fn step_of(it: MeetingMove, by: &str) -> MeetingTransition {
    let item = ItemNumber(1);
    match it {
        MeetingMove::Plan => MeetingTransition::Planned(terms()),
        MeetingMove::Amend => MeetingTransition::Amended(terms()),
        MeetingMove::Cancel => MeetingTransition::Cancelled {
            erase_on: day("2027-06-01"),
        },
        MeetingMove::Answer => MeetingTransition::Answered(Answer::Coming),
        MeetingMove::Open => opened(),
        MeetingMove::Pin => MeetingTransition::Pinned {
            item,
            update: subject(9, PARTICIPANT),
        },
        MeetingMove::Find => found(),
        MeetingMove::ProposeDecision => MeetingTransition::ProposedDecision { item },
        MeetingMove::ProposeTask => MeetingTransition::ProposedTask {
            item,
            terms: asked(),
        },
        MeetingMove::Decide => decided(),
        MeetingMove::Dissent => dissented(StepId([0; 32]), &[by]),
        MeetingMove::Support => MeetingTransition::Supported,
        MeetingMove::TakeOver => took_over(),
        MeetingMove::Close => closed(),
    }
}

/// A meeting that runs, in which three of four want the deputy to take over.
pub(super) fn running() -> Told {
    let mut told = Told::new(CHAIR);
    told.step(CHAIR, MeetingTransition::Planned(terms()));
    told.step(CHAIR, opened());
    for by in [DEPUTY, PARTICIPANT, OTHER] {
        told.step(by, MeetingTransition::Supported);
    }
    told
}

/// A meeting that runs, and that the deputy chairs.
pub(super) fn taken_over() -> Told {
    let mut told = running();
    told.step(DEPUTY, took_over());
    told
}

/// A way to each state, and whether the deputy chairs there.
static WAYS: LazyLock<Vec<(MeetingStatus, bool, Told)>> = LazyLock::new(ways);

fn ways() -> Vec<(MeetingStatus, bool, Told)> {
    let mut planned = Told::new(CHAIR);
    planned.step(CHAIR, MeetingTransition::Planned(terms()));
    let then = |mut told: Told, by: &str, transition: MeetingTransition| {
        told.step(by, transition);
        told
    };
    vec![
        (
            MeetingStatus::Cancelled,
            false,
            then(planned.clone(), CHAIR, step_of(MeetingMove::Cancel, CHAIR)),
        ),
        (MeetingStatus::Planned, false, planned),
        (
            MeetingStatus::Closed,
            false,
            then(running(), CHAIR, closed()),
        ),
        (MeetingStatus::Running, false, running()),
        (
            MeetingStatus::Closed,
            true,
            then(taken_over(), DEPUTY, closed()),
        ),
        (MeetingStatus::Running, true, taken_over()),
    ]
}

/// Whether an agency is one of a party while a meeting runs.
fn is(by: &str, party: MeetingParty, deputy_chairs: bool) -> bool {
    match party {
        MeetingParty::Chair => by == CHAIR,
        MeetingParty::Deputy => by == DEPUTY,
        MeetingParty::Acting => by == if deputy_chairs { DEPUTY } else { CHAIR },
        MeetingParty::Invited => INVITED.contains(&by),
        MeetingParty::Participant => PRESENT.contains(&by),
    }
}

#[test]
fn every_move_in_every_state_by_every_agency_is_as_the_table_says() {
    for (status, deputy_chairs, told) in WAYS.clone() {
        assert_eq!(told.state().unwrap().status, status);
        for it in MeetingMove::ALL {
            for by in INVITED.into_iter().chain([STRANGER]) {
                // Nobody takes over twice.
                let again = *it == MeetingMove::TakeOver && deputy_chairs;
                let allowed = !again
                    && MEETING_MOVES.iter().any(|rule| {
                        rule.from == Some(status)
                            && rule.makes == *it
                            && is(by, rule.by, deputy_chairs)
                    });
                let says = format!("{status}, deputy chairs: {deputy_chairs}: {it} by {by}");
                let may = told.history().may(&agency(by), &step_of(*it, by));
                assert_eq!(may.is_ok(), allowed, "{says}");
                let mut told = told.clone();
                let before = told.state();
                let id = told.step(by, step_of(*it, by));
                match told.standing(id) {
                    Standing::Effective => assert!(allowed, "{says}"),
                    Standing::Void(void) => {
                        assert!(!allowed, "{says}: {void}");
                        assert_eq!(told.state(), before, "{says} must change nothing");
                        // Who has no part in it at any time is told so.
                        let recorder = matches!(by, CHAIR | DEPUTY);
                        if by == STRANGER || *it == MeetingMove::Decide && !recorder {
                            assert_eq!(void, Void::NotYours, "{says}");
                        }
                    }
                    Standing::Waiting => panic!("{says} waits"),
                }
            }
        }
    }
}

#[test]
fn each_move_leads_where_it_should() {
    for (status, deputy_chairs, told) in WAYS.clone() {
        for it in MeetingMove::ALL {
            for by in INVITED {
                let mut told = told.clone();
                let id = told.step(by, step_of(*it, by));
                if told.standing(id) != Standing::Effective {
                    continue;
                }
                let leads = match it {
                    MeetingMove::Cancel => MeetingStatus::Cancelled,
                    MeetingMove::Open => MeetingStatus::Running,
                    MeetingMove::Close => MeetingStatus::Closed,
                    _ => status,
                };
                let state = told.state().unwrap();
                assert_eq!(state.status, leads, "{status}: {it} by {by}");
                let deputy_chairs = deputy_chairs || *it == MeetingMove::TakeOver;
                assert_eq!(state.acting == Acting::Deputy, deputy_chairs);
            }
        }
    }
}

#[test]
fn a_meeting_is_opened_by_its_owner_only_and_by_planning() {
    for it in MeetingMove::ALL {
        let mut told = Told::new(CHAIR);
        let id = told.step(CHAIR, step_of(*it, CHAIR));
        let opens = MEETING_MOVES
            .iter()
            .any(|rule| rule.from.is_none() && rule.makes == *it);
        assert_eq!(told.standing(id) == Standing::Effective, opens, "{it}");
        let mut told = Told::new(CHAIR);
        let id = told.step(DEPUTY, step_of(*it, DEPUTY));
        assert_eq!(told.standing(id), Standing::Void(Void::NotOpened), "{it}");
        assert_eq!(told.state(), None);
    }
    let mut twice = Told::new(CHAIR);
    twice.after(&[], CHAIR, MeetingTransition::Planned(terms()));
    twice.after(&[], CHAIR, MeetingTransition::Planned(terms()));
    assert_eq!(twice.state(), None);
}

#[test]
fn what_is_fixed_stays() {
    type Change = fn(&mut MeetingTerms);
    let fixed: [Change; 4] = [
        |it| it.meeting_type = MeetingTypeId::parse("lenkungskreis").unwrap(),
        |it| it.deputy = agency(OTHER),
        |it| drop(it.invited.pop_last()),
        |it| it.series = Some(SubjectId::from_bytes([1; 16])),
    ];
    let free: [Change; 4] = [
        |it| it.day = day("2026-12-02"),
        |it| it.start_minute = 600,
        |it| it.minutes = 90,
        |it| it.agenda = vec![item(3)],
    ];
    let amend = |change: Change| {
        let mut told = Told::new(CHAIR);
        told.step(CHAIR, MeetingTransition::Planned(terms()));
        let mut terms = terms();
        change(&mut terms);
        let id = told.step(CHAIR, MeetingTransition::Amended(terms));
        told.standing(id)
    };
    for change in fixed {
        assert_eq!(amend(change), Standing::Void(Void::Fixed));
    }
    for change in free {
        assert_eq!(amend(change), Standing::Effective);
    }
}

#[test]
fn a_briefing_has_its_chair_and_another_and_only_who_is_invited() {
    for (participants, fine) in [
        (agencies(&[CHAIR, OTHER]), true),
        (agencies(&INVITED), true),
        (agencies(&[CHAIR]), false),
        (agencies(&[DEPUTY, OTHER]), false),
        (agencies(&[CHAIR, STRANGER]), false),
    ] {
        let mut told = Told::new(CHAIR);
        told.step(CHAIR, MeetingTransition::Planned(terms()));
        let says = format!("{participants:?}");
        let id = told.step(
            CHAIR,
            MeetingTransition::Opened {
                participants,
                cut: Cut::default(),
            },
        );
        assert_eq!(told.standing(id) == Standing::Effective, fine, "{says}");
    }
}

#[test]
fn who_only_takes_part_dissents_for_itself_alone() {
    let mut told = running();
    let decision = told.step(CHAIR, decided());
    for (by, whose, fine) in [
        (PARTICIPANT, vec![PARTICIPANT], true),
        (PARTICIPANT, vec![OTHER], false),
        (PARTICIPANT, vec![PARTICIPANT, OTHER], false),
        (DEPUTY, vec![OTHER], false),
        (CHAIR, vec![PARTICIPANT, OTHER], true),
        (CHAIR, vec![ABSENT], false),
        (CHAIR, vec![], false),
    ] {
        let may = told
            .history()
            .may(&agency(by), &dissented(decision, &whose));
        assert_eq!(may.is_ok(), fine, "{by} for {whose:?}");
    }
}

#[test]
fn nothing_is_said_on_an_item_that_is_not_on_the_agenda() {
    let told = running();
    for number in [1, 7] {
        let said = MeetingTransition::Found {
            item: ItemNumber(number),
        };
        assert_eq!(told.history().may(&agency(OTHER), &said), Ok(()));
    }
    let said = MeetingTransition::Found {
        item: ItemNumber(2),
    };
    assert_eq!(told.history().may(&agency(OTHER), &said), Err(Void::NotNow));
}

#[test]
fn a_deputy_takes_over_with_more_than_half_and_the_same_participants() {
    let mut told = Told::new(CHAIR);
    told.step(CHAIR, MeetingTransition::Planned(terms()));
    told.step(CHAIR, opened());
    let may = |told: &Told| told.history().may(&agency(DEPUTY), &took_over());
    assert_eq!(may(&told), Err(Void::NotNow));
    told.step(PARTICIPANT, MeetingTransition::Supported);
    told.step(PARTICIPANT, MeetingTransition::Supported);
    told.step(OTHER, MeetingTransition::Supported);
    // Two of four, one of them twice; who does not take part can't support.
    assert_eq!(may(&told), Err(Void::NotNow));
    told.step(ABSENT, MeetingTransition::Supported);
    assert_eq!(may(&told), Err(Void::NotNow));
    told.step(DEPUTY, MeetingTransition::Supported);
    assert_eq!(may(&told), Ok(()));
    let fewer = MeetingTransition::TookOver {
        participants: agencies(&[CHAIR, DEPUTY, OTHER]),
    };
    assert_eq!(
        told.history().may(&agency(DEPUTY), &fewer),
        Err(Void::Fixed)
    );
}

#[test]
fn a_support_that_the_deputy_did_not_know_does_not_count() {
    let mut told = Told::new(CHAIR);
    told.step(CHAIR, MeetingTransition::Planned(terms()));
    let opening = told.step(CHAIR, opened());
    let one = told.after(&[opening], PARTICIPANT, MeetingTransition::Supported);
    let two = told.after(&[opening], OTHER, MeetingTransition::Supported);
    told.after(&[opening], DEPUTY, MeetingTransition::Supported);
    let id = told.after(&[one, two], DEPUTY, took_over());
    assert_eq!(told.standing(id), Standing::Void(Void::NotNow));
    assert_eq!(told.state().unwrap().acting, Acting::Chair);
}

static CHARTER: LazyLock<Charter> = LazyLock::new(krefeld);

/// What an agency might do, right or wrong.
fn moves(history: &History<MeetingMachine>, by: &AgencyId) -> Vec<MeetingTransition> {
    let by = by.as_str();
    let mut moves: Vec<MeetingTransition> =
        MeetingMove::ALL.iter().map(|it| step_of(*it, by)).collect();
    let later = MeetingTerms {
        day: day("2026-12-08"),
        ..terms()
    };
    moves.push(MeetingTransition::Amended(later));
    moves.push(MeetingTransition::Answered(Answer::Declining));
    moves.push(MeetingTransition::Opened {
        participants: agencies(&[CHAIR, OTHER, DEPUTY]),
        cut: Cut::default(),
    });
    let participants = history.state().map(|it| it.participants.clone());
    moves.push(MeetingTransition::TookOver {
        participants: participants.unwrap_or_default(),
    });
    let decisions = history
        .effective()
        .filter(|(it, _)| matches!(it.transition, MeetingTransition::Decided { .. }));
    moves.extend(decisions.map(|(it, _)| dissented(it.id, &[by])));
    moves
}

proptest! {
    // With the seed that a failure prints, `PROPTEST_RNG_SEED` plays the same histories again.
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_repetition_come_to_the_same(
        begun in 0..WAYS.len(),
        events in events(INVITED.len()),
        shuffle in any::<u64>(),
    ) {
        let begun = WAYS[begun].2.clone();
        let told = play(begun, &INVITED, &events, moves);
        comes_to_the_same(&told, shuffle, Meeting::of)?;
        let history = told.history();
        let meeting = Meeting::of(&history).unwrap();
        // Whatever was said, nobody takes part who was not invited, and only who is to chair chairs.
        prop_assert!(meeting.participants.is_subset(&meeting.terms.invited));
        prop_assert!(meeting.acting == meeting.chair || meeting.acting == meeting.terms.deputy);
        let over = matches!(meeting.status, MeetingStatus::Closed | MeetingStatus::Cancelled);
        prop_assert_eq!(over, meeting.erase_on.is_some());
        if let Some(draft) = crate::Protocol::draft(&meeting, subject(1, CHAIR), 1) {
            let audience = crate::Audience::new(meeting.terms.invited.iter().cloned()).unwrap();
            prop_assert_eq!(draft.content.admit(&CHARTER, &draft.owner, &audience), Ok(()));
        }
    }
}
