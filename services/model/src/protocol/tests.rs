use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::Charter;
use crate::history::{History, Standing, Void};
use crate::id::{CategoryId, PlaceId, SubjectId};
use crate::situation::{SourceKind, Trend, Urgency};
use crate::testing::told::{comes_to_the_same, events, play};
use crate::testing::{agency, krefeld};

mod at_once;
mod door;
mod views;

pub(super) const OWNER: &str = "kod";
pub(super) const DEPUTY: &str = "dhz";
pub(super) const ATTENDING: &str = "polizei";
/// Invited, and was not there.
pub(super) const ABSENT: &str = "quartiersbuero";
pub(super) const STRANGER: &str = "staatsanwaltschaft";
const INVITED: [&str; 4] = [OWNER, DEPUTY, ATTENDING, ABSENT];
const PRESENT: [&str; 3] = [OWNER, DEPUTY, ATTENDING];

pub(super) type Told = crate::testing::told::Told<ProtocolMachine>;

pub(super) static CHARTER: LazyLock<Charter> = LazyLock::new(krefeld);

pub(super) fn agencies(ids: &[&str]) -> BTreeSet<AgencyId> {
    ids.iter().map(|id| agency(id)).collect()
}

pub(super) fn subject(byte: u8, owner: &str) -> SubjectRef {
    SubjectRef {
        subject: SubjectId::from_bytes([byte; 16]),
        owner: agency(owner),
    }
}

pub(super) fn item(number: u8) -> ProtocolItem {
    ProtocolItem {
        number: ItemNumber(number),
        measure: Some(MeasureId::parse("m1").unwrap()),
        updates: vec![subject(7, ATTENDING), subject(8, OWNER)],
        copies: vec![copy(7, ATTENDING), copy(8, OWNER)],
        assessments: vec![agency(OWNER), agency(ATTENDING), agency(DEPUTY)],
        decisions: vec![Decision {
            step: Some(StepId([3; 32])),
            dissent: agencies(&[ATTENDING]),
        }],
        tasks: vec![subject(9, OWNER)],
    }
}

pub(super) fn copy(byte: u8, owner: &str) -> UpdateCopy {
    UpdateCopy {
        update: subject(byte, owner),
        version: StepId([byte; 32]),
        handling: Handling::Amber,
        observation: Observation {
            category: CategoryId::parse("sauberkeit").unwrap(),
            place: PlaceId::parse("neumarkt").unwrap(),
            day: "2026-11-30".parse().unwrap(),
            window: None,
            trend: Trend::Rising,
            source: Some(SourceKind::OwnObservation),
            measure: MeasureId::parse("m1").unwrap(),
            urgency: Urgency::Routine,
            exercise: false,
            generalised: false,
            readings: Vec::new(),
        },
    }
}

pub(super) fn content() -> ProtocolContent {
    use Attendance::{Absent, Chair, Deputy, Participant};
    let attendance = [
        (OWNER, Chair),
        (DEPUTY, Deputy),
        (ATTENDING, Participant),
        (ABSENT, Absent),
    ];
    ProtocolContent {
        number: ProtocolNumber {
            meeting_type: MeetingTypeId::parse("lagebesprechung").unwrap(),
            year: 2026,
            chair: agency(OWNER),
            count: 3,
        },
        meeting: subject(1, OWNER),
        deputy: agency(DEPUTY),
        attendance: attendance.map(|(id, it)| (agency(id), it)).into(),
        items: vec![item(1), item(7)],
    }
}

pub(super) fn drafted() -> ProtocolTransition {
    ProtocolTransition::Drafted(Box::new(content()))
}

pub(super) fn revised() -> ProtocolTransition {
    ProtocolTransition::Revised(Box::new(content()))
}

pub(super) fn circulated() -> ProtocolTransition {
    ProtocolTransition::Circulated(Box::new(content()))
}

pub(super) fn signed(revision: StepId) -> ProtocolTransition {
    ProtocolTransition::SignedOff { revision }
}

pub(super) fn objected(revision: StepId) -> ProtocolTransition {
    ProtocolTransition::Objected {
        revision,
        item: Some(ItemNumber(7)),
    }
}

pub(super) fn proposed(revision: StepId) -> ProtocolTransition {
    ProtocolTransition::Proposed {
        revision,
        item: ItemNumber(1),
        part: ProposedPart::Affairs,
    }
}

pub(super) fn released(revision: StepId) -> ProtocolTransition {
    ProtocolTransition::Released { revision }
}

pub(super) fn reserved(
    revision: StepId,
    silent: &[&str],
    objecting: &[&str],
) -> ProtocolTransition {
    ProtocolTransition::Reserved {
        revision,
        silent: agencies(silent),
        objecting: agencies(objecting),
    }
}

/// A step of each kind that fits what a history has come to.
pub(super) fn step_of(it: ProtocolMove, history: &History<ProtocolMachine>) -> ProtocolTransition {
    let state = history.state();
    let current = state.and_then(|it| it.current).unwrap_or(StepId([0; 32]));
    let revision = state
        .and_then(|it| it.circulated)
        .unwrap_or(StepId([0; 32]));
    match it {
        ProtocolMove::Draft => drafted(),
        ProtocolMove::Revise => revised(),
        ProtocolMove::Circulate => circulated(),
        ProtocolMove::SignOff => signed(revision),
        ProtocolMove::Object => objected(revision),
        ProtocolMove::Propose => proposed(current),
        ProtocolMove::Release => released(revision),
        ProtocolMove::Reserve => {
            let objecting = state.map(|it| it.objecting.clone()).unwrap_or_default();
            let signed = state.map(|it| it.signed.clone()).unwrap_or_default();
            let mut silent = agencies(&PRESENT);
            silent.retain(|it| !signed.contains(it) && !objecting.contains(it));
            ProtocolTransition::Reserved {
                revision,
                silent,
                objecting,
            }
        }
        ProtocolMove::Approve => ProtocolTransition::Approved {
            meeting: subject(2, OWNER),
        },
        ProtocolMove::Correct => ProtocolTransition::Corrected {
            item: Some(ItemNumber(1)),
        },
        ProtocolMove::Support => ProtocolTransition::Supported,
        ProtocolMove::TakeOver => ProtocolTransition::TookOver,
    }
}

pub(super) trait Tale {
    /// A step of that kind that knows all before it.
    fn makes(&mut self, by: &str, it: ProtocolMove) -> StepId;
}

impl Tale for Told {
    fn makes(&mut self, by: &str, it: ProtocolMove) -> StepId {
        let transition = step_of(it, &self.history());
        self.step(by, transition)
    }
}

/// A draft that two of three want the deputy to take over.
pub(super) fn draft() -> Told {
    let mut told = Told::new(OWNER);
    told.step(OWNER, drafted());
    told.step(DEPUTY, ProtocolTransition::Supported);
    told.step(ATTENDING, ProtocolTransition::Supported);
    told
}

/// What circulates, and its revision.
pub(super) fn circulating() -> (Told, StepId) {
    let mut told = draft();
    let revision = told.step(OWNER, circulated());
    (told, revision)
}

/// What all have signed off, and its revision.
pub(super) fn all_signed() -> (Told, StepId) {
    let (mut told, revision) = circulating();
    for by in PRESENT {
        told.step(by, signed(revision));
    }
    (told, revision)
}

/// A way to each state, and whether the deputy writes there.
static WAYS: LazyLock<Vec<(ProtocolStatus, bool, Told)>> = LazyLock::new(ways);

fn ways() -> Vec<(ProtocolStatus, bool, Told)> {
    use ProtocolMove::*;
    let mut ways = Vec::new();
    for deputy_writes in [false, true] {
        let writer = if deputy_writes { DEPUTY } else { OWNER };
        let mut draft = draft();
        if deputy_writes {
            draft.makes(DEPUTY, TakeOver);
        }
        let then = |told: &Told, moves: &[(&str, ProtocolMove)]| {
            let mut told = told.clone();
            for (by, it) in moves {
                told.makes(by, *it);
            }
            told
        };
        let circulating = then(&draft, &[(writer, Circulate)]);
        let reserved = then(&circulating, &[(OWNER, SignOff), (writer, Reserve)]);
        let signed = PRESENT.map(|by| (by, SignOff));
        let released = then(&then(&circulating, &signed), &[(writer, Release)]);
        let objected = then(&circulating, &[(ATTENDING, Object)]);
        let approved = then(&released, &[(writer, Approve)]);
        ways.extend([
            (ProtocolStatus::Draft, deputy_writes, draft),
            (ProtocolStatus::Circulating, deputy_writes, circulating),
            (ProtocolStatus::Objected, deputy_writes, objected),
            (ProtocolStatus::Released, deputy_writes, released),
            (ProtocolStatus::Reserved, deputy_writes, reserved),
            (ProtocolStatus::Approved, deputy_writes, approved),
        ]);
    }
    ways
}

/// Whether an agency is one of a party.
fn is(by: &str, party: ProtocolParty, deputy_writes: bool) -> bool {
    match party {
        ProtocolParty::Owner => by == OWNER,
        ProtocolParty::Deputy => by == DEPUTY,
        ProtocolParty::Writer => by == if deputy_writes { DEPUTY } else { OWNER },
        ProtocolParty::Attending => PRESENT.contains(&by),
        ProtocolParty::Invited => INVITED.contains(&by),
    }
}

#[test]
fn every_move_in_every_state_by_every_agency_is_as_the_table_says() {
    for (status, deputy_writes, told) in WAYS.clone() {
        assert_eq!(told.state().unwrap().status, status);
        for it in ProtocolMove::ALL {
            for by in INVITED.into_iter().chain([STRANGER]) {
                // Nobody takes over twice, and nothing is released that not all have signed.
                let beyond =
                    *it == ProtocolMove::TakeOver && deputy_writes || *it == ProtocolMove::Release;
                let listed = PROTOCOL_MOVES.iter().any(|rule| {
                    rule.from == Some(status) && rule.makes == *it && is(by, rule.by, deputy_writes)
                });
                let allowed = listed && !beyond;
                let says = format!("{status}, deputy writes: {deputy_writes}: {it} by {by}");
                let transition = step_of(*it, &told.history());
                let may = told.history().may(&agency(by), &transition);
                assert_eq!(may.is_ok(), allowed, "{says}");
                let mut told = told.clone();
                let before = told.state();
                let id = told.step(by, transition);
                match told.standing(id) {
                    Standing::Effective => assert!(allowed, "{says}"),
                    Standing::Void(void) => {
                        assert!(!allowed, "{says}: {void}");
                        assert_eq!(told.state(), before, "{says} must change nothing");
                        if by == STRANGER {
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
fn what_all_have_signed_is_released_by_whoever_writes() {
    for deputy_writes in [false, true] {
        let (mut told, revision) = all_signed();
        if deputy_writes {
            told.makes(DEPUTY, ProtocolMove::TakeOver);
        }
        assert_eq!(told.state().unwrap().status, ProtocolStatus::Circulating);
        for by in INVITED {
            let may = told.history().may(&agency(by), &released(revision));
            assert_eq!(
                may.is_ok(),
                is(by, ProtocolParty::Writer, deputy_writes),
                "{by}"
            );
        }
    }
}

#[test]
fn each_move_leads_where_it_should() {
    use ProtocolStatus::*;
    for (status, deputy_writes, told) in WAYS.clone() {
        for it in ProtocolMove::ALL {
            for by in INVITED {
                let mut told = told.clone();
                let id = told.makes(by, *it);
                if told.standing(id) != Standing::Effective {
                    continue;
                }
                let leads = match it {
                    ProtocolMove::Circulate => Circulating,
                    ProtocolMove::Object => Objected,
                    // The one who objected has changed its mind.
                    ProtocolMove::SignOff if by == ATTENDING => Circulating,
                    ProtocolMove::Reserve => Reserved,
                    ProtocolMove::Approve => Approved,
                    _ => status,
                };
                let state = told.state().unwrap();
                assert_eq!(state.status, leads, "{status}: {it} by {by}");
                let deputy_writes = deputy_writes || *it == ProtocolMove::TakeOver;
                assert_eq!(state.writer == Writer::Deputy, deputy_writes);
            }
        }
    }
}

#[test]
fn a_protocol_is_opened_by_its_owner_only_and_by_a_draft() {
    for it in ProtocolMove::ALL {
        let mut told = Told::new(OWNER);
        let id = told.makes(OWNER, *it);
        let opens = PROTOCOL_MOVES
            .iter()
            .any(|rule| rule.from.is_none() && rule.makes == *it);
        assert_eq!(told.standing(id) == Standing::Effective, opens, "{it}");
        let mut told = Told::new(OWNER);
        let id = told.makes(DEPUTY, *it);
        assert_eq!(told.standing(id), Standing::Void(Void::NotOpened), "{it}");
        assert_eq!(told.state(), None);
    }
    let mut twice = Told::new(OWNER);
    twice.after(&[], OWNER, drafted());
    twice.after(&[], OWNER, drafted());
    assert_eq!(twice.state(), None);
}

#[test]
fn what_is_fixed_stays() {
    type Change = fn(&mut ProtocolContent);
    let fixed: [Change; 4] = [
        |it| it.number.count = 4,
        |it| it.meeting = subject(2, OWNER),
        |it| it.deputy = agency(ATTENDING),
        |it| {
            it.attendance
                .insert(agency(ABSENT), Attendance::Participant);
        },
    ];
    let standing = |change: Change, circulates: bool| {
        let mut told = draft();
        let mut content = Box::new(content());
        change(&mut content);
        let id = told.step(
            OWNER,
            match circulates {
                true => ProtocolTransition::Circulated(content),
                false => ProtocolTransition::Revised(content),
            },
        );
        told.standing(id)
    };
    for circulates in [false, true] {
        for change in fixed {
            assert_eq!(standing(change, circulates), Standing::Void(Void::Fixed));
        }
        let free: Change = |it| drop(it.items.pop());
        assert_eq!(standing(free, circulates), Standing::Effective);
    }
}

#[test]
fn a_word_is_on_what_circulates_and_on_nothing_else() {
    let (mut told, old) = circulating();
    told.step(ATTENDING, signed(old));
    let new = told.step(OWNER, circulated());
    let draft = told.steps[0].id;
    for (revision, fine) in [(old, false), (draft, false), (new, true)] {
        for word in [signed(revision), objected(revision)] {
            let may = told.history().may(&agency(ATTENDING), &word);
            assert_eq!(may.is_ok(), fine, "{word:?}");
        }
    }
    // A word on an older revision does not count for a newer one.
    assert!(told.state().unwrap().signed.is_empty());
    let on_no_item = ProtocolTransition::Objected {
        revision: new,
        item: Some(ItemNumber(2)),
    };
    let may = told.history().may(&agency(ATTENDING), &on_no_item);
    assert_eq!(may, Err(Void::NotNow));
}

#[test]
fn a_release_needs_the_word_of_each_on_this_very_revision() {
    let (mut told, revision) = circulating();
    let may = |told: &Told| told.history().may(&agency(OWNER), &released(revision));
    for by in PRESENT {
        assert_eq!(may(&told), Err(Void::NotNow), "without {by}");
        told.step(by, signed(revision));
    }
    assert_eq!(may(&told), Ok(()));
    told.step(ATTENDING, objected(revision));
    assert_eq!(may(&told), Err(Void::NotNow));
    told.step(ATTENDING, signed(revision));
    assert_eq!(may(&told), Ok(()));
    let draft = released(told.steps[0].id);
    assert_eq!(
        told.history().may(&agency(OWNER), &draft),
        Err(Void::NotNow)
    );
    told.step(OWNER, circulated());
    assert_eq!(may(&told), Err(Void::NotNow));
}

#[test]
fn a_reservation_names_exactly_who_was_silent_and_who_objected() {
    let (mut told, revision) = circulating();
    told.step(OWNER, signed(revision));
    told.step(ATTENDING, objected(revision));
    for (silent, objecting, fine) in [
        (vec![DEPUTY], vec![ATTENDING], true),
        (vec![], vec![ATTENDING], false),
        (vec![DEPUTY], vec![], false),
        (vec![DEPUTY, ATTENDING], vec![], false),
        (vec![DEPUTY, OWNER], vec![ATTENDING], false),
        (vec![DEPUTY, ABSENT], vec![ATTENDING], false),
    ] {
        let step = reserved(revision, &silent, &objecting);
        let may = told.history().may(&agency(OWNER), &step);
        assert_eq!(may.is_ok(), fine, "{silent:?}, {objecting:?}");
    }
    let draft = reserved(told.steps[0].id, &[DEPUTY], &[ATTENDING]);
    let may = told.history().may(&agency(OWNER), &draft);
    assert_eq!(may, Err(Void::NotNow));
    // Where nobody has a reservation it is no release with reservation.
    let (told, revision) = all_signed();
    let none = reserved(revision, &[], &[]);
    let may = told.history().may(&agency(OWNER), &none);
    assert_eq!(may, Err(Void::NotNow));
}

#[test]
fn a_proposal_is_on_the_revision_in_force_and_on_an_item_of_it() {
    let (mut told, revision) = circulating();
    let may = |told: &Told, it: &ProtocolTransition| told.history().may(&agency(ABSENT), it);
    assert_eq!(may(&told, &proposed(revision)), Ok(()));
    assert_eq!(may(&told, &proposed(told.steps[0].id)), Err(Void::NotNow));
    let on_no_item = ProtocolTransition::Proposed {
        revision,
        item: ItemNumber(2),
        part: ProposedPart::Title,
    };
    assert_eq!(may(&told, &on_no_item), Err(Void::NotNow));
    told.step(OWNER, circulated());
    assert_eq!(may(&told, &proposed(revision)), Err(Void::NotNow));
}

#[test]
fn a_correction_is_to_an_item_or_to_all() {
    let (mut told, revision) = all_signed();
    told.step(OWNER, released(revision));
    told.makes(OWNER, ProtocolMove::Approve);
    for (item, fine) in [(None, true), (Some(7), true), (Some(2), false)] {
        let item = item.map(ItemNumber);
        let step = ProtocolTransition::Corrected { item };
        let may = told.history().may(&agency(OWNER), &step);
        assert_eq!(may.is_ok(), fine, "{item:?}");
    }
}

#[test]
fn a_deputy_takes_over_with_more_than_half_of_those_who_attended() {
    let mut told = Told::new(OWNER);
    let first = told.step(OWNER, drafted());
    let may = |told: &Told| {
        told.history()
            .may(&agency(DEPUTY), &ProtocolTransition::TookOver)
    };
    told.step(ATTENDING, ProtocolTransition::Supported);
    told.step(ATTENDING, ProtocolTransition::Supported);
    told.step(ABSENT, ProtocolTransition::Supported);
    assert_eq!(may(&told), Err(Void::NotNow));
    let mut unaware = told.clone();
    told.step(DEPUTY, ProtocolTransition::Supported);
    assert_eq!(may(&told), Ok(()));
    // A support that it did not know does not count.
    unaware.after(&[first], OWNER, ProtocolTransition::Supported);
    let known = unaware.steps[1].id;
    let id = unaware.after(&[known], DEPUTY, ProtocolTransition::TookOver);
    assert_eq!(unaware.standing(id), Standing::Void(Void::NotNow));
}

#[test]
fn half_of_those_who_attended_are_not_more_than_half() {
    let mut content = Box::new(content());
    content
        .attendance
        .insert(agency(ABSENT), Attendance::Participant);
    let mut told = Told::new(OWNER);
    told.step(OWNER, ProtocolTransition::Drafted(content));
    for (by, fine) in [(DEPUTY, false), (ABSENT, false), (ATTENDING, true)] {
        told.step(by, ProtocolTransition::Supported);
        let may = told
            .history()
            .may(&agency(DEPUTY), &ProtocolTransition::TookOver);
        assert_eq!(may.is_ok(), fine, "{by}");
    }
}

/// What an agency might do, right or wrong.
fn moves(history: &History<ProtocolMachine>, _: &AgencyId) -> Vec<ProtocolTransition> {
    let mut moves: Vec<ProtocolTransition> = ProtocolMove::ALL
        .iter()
        .map(|it| step_of(*it, history))
        .collect();
    // Words and releases of whichever revision there is.
    let revisions = history
        .effective()
        .filter(|(it, _)| it.transition.content().is_some());
    for (revision, _) in revisions {
        moves.extend([
            signed(revision.id),
            objected(revision.id),
            released(revision.id),
            proposed(revision.id),
        ]);
    }
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
        comes_to_the_same(&told, shuffle, Protocol::of)?;
        let history = told.history();
        let protocol = Protocol::of(&history).unwrap();
        let attending: BTreeSet<AgencyId> = protocol.content.attending().cloned().collect();
        let over = protocol.released.is_some();
        prop_assert_eq!(over, matches!(
            protocol.status,
            ProtocolStatus::Released | ProtocolStatus::Reserved | ProtocolStatus::Approved
        ));
        prop_assert!(protocol.silent.is_disjoint(&protocol.bound));
        prop_assert!(protocol.bound.is_subset(&attending));
        // Nothing binds an agency that has not signed what was released.
        for bound in &protocol.bound {
            let signed_off = ProtocolTransition::SignedOff { revision: protocol.circulated.unwrap() };
            let mut its = history.effective().filter(|(it, _)| it.by == *bound);
            prop_assert!(its.any(|(it, _)| it.transition == signed_off));
        }
        // What is blocked is of an agency that objects to what circulates.
        for blocked in protocol.blocked() {
            prop_assert!(protocol.objecting().contains(&blocked.agency));
        }
    }
}
