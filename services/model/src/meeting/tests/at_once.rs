//! What comes of steps that cross on their way.

use super::*;

fn shown(told: &Told) -> Meeting {
    told.state();
    Meeting::of(&told.history()).unwrap()
}

/// Two steps that know all before and not each other.
fn both(
    told: &mut Told,
    one: (&str, MeetingTransition),
    other: (&str, MeetingTransition),
) -> (StepId, StepId) {
    let parents = told.history().parents();
    let one = told.after(&parents, one.0, one.1);
    (one, told.after(&parents, other.0, other.1))
}

#[test]
fn takeover_wins_over_a_closing_that_did_not_know_of_it() {
    let mut told = running();
    let (over, close) = both(&mut told, (DEPUTY, took_over()), (CHAIR, closed()));
    assert_eq!(told.standing(close), Standing::Effective);
    assert_eq!(told.standing(over), Standing::Effective);
    let meeting = shown(&told);
    assert_eq!(meeting.status, MeetingStatus::Running);
    assert_eq!(meeting.acting, agency(DEPUTY));
    assert_eq!((meeting.ended, meeting.erase_on), (None, None));
    assert_eq!(meeting.participants, agencies(&PRESENT));
    // Who knows both goes on under the deputy, who closes.
    let finding = told.step(OTHER, found());
    assert_eq!(told.standing(finding), Standing::Effective);
    let end = told.step(DEPUTY, closed());
    let meeting = shown(&told);
    assert_eq!(meeting.status, MeetingStatus::Closed);
    assert_eq!(meeting.ended, Some(end));
}

#[test]
fn a_deputy_who_knows_that_it_is_closed_takes_nothing_over() {
    let mut told = running();
    told.step(CHAIR, closed());
    let over = told.step(DEPUTY, took_over());
    assert_eq!(told.standing(over), Standing::Void(Void::NotNow));
    assert_eq!(shown(&told).acting, agency(CHAIR));
}

#[test]
fn a_chair_that_is_replaced_records_and_closes_nothing_more() {
    let mut told = taken_over();
    for it in [MeetingMove::Decide, MeetingMove::Close] {
        let id = told.step(CHAIR, step_of(it, CHAIR));
        assert_eq!(told.standing(id), Standing::Void(Void::NotNow), "{it}");
    }
    // It takes part as before.
    let finding = told.step(CHAIR, found());
    assert_eq!(told.standing(finding), Standing::Effective);
}

#[test]
fn what_a_chair_recorded_without_knowing_of_the_takeover_counts_for_nothing() {
    let mut told = running();
    let before = told.step(CHAIR, decided());
    let (_, after) = both(&mut told, (DEPUTY, took_over()), (CHAIR, decided()));
    let dissent = told.after(&[after], CHAIR, dissented(before, &[OTHER, CHAIR]));
    let by_deputy = told.step(DEPUTY, decided());
    let meeting = shown(&told);
    let decisions = &meeting.item(ItemNumber(1)).unwrap().decisions;
    let overtaken = |id: StepId| {
        let decision = decisions.iter().find(|it| it.step == id).unwrap();
        decision.what.overtaken
    };
    assert!(!overtaken(before) && overtaken(after) && !overtaken(by_deputy));
    // Nor does it say who did not agree, but for itself.
    let decision = decisions.iter().find(|it| it.step == before).unwrap();
    assert_eq!(decision.what.dissents[0].step, dissent);
    assert_eq!(decision.what.dissent(), agencies(&[CHAIR]));
    told.step(DEPUTY, closed());
    let draft = crate::Protocol::draft(&shown(&told), subject(1, CHAIR), 1);
    assert_eq!(draft.unwrap().sources[0].decisions, [before, by_deputy]);
}

#[test]
fn a_contribution_while_it_is_closed_stays_and_is_late() {
    let mut told = running();
    let early = told.step(OTHER, found());
    let (late, _) = both(&mut told, (OTHER, found()), (CHAIR, closed()));
    let pin = step_of(MeetingMove::Pin, PARTICIPANT);
    let after = told.step(PARTICIPANT, pin);
    assert_eq!(told.standing(late), Standing::Effective);
    assert_eq!(told.standing(after), Standing::Void(Void::NotNow));
    let meeting = shown(&told);
    let item = meeting.item(ItemNumber(1)).unwrap();
    let findings: Vec<(StepId, bool)> = item.findings.iter().map(|it| (it.step, it.late)).collect();
    assert_eq!(findings, [(early, false), (late, true)]);
    assert!(item.pins.is_empty());
    let draft = crate::Protocol::draft(&meeting, subject(1, CHAIR), 1).unwrap();
    assert_eq!(draft.sources[0].assessments, [early]);
}

#[test]
fn a_dissent_while_it_is_closed_is_late() {
    let mut told = running();
    let decision = told.step(CHAIR, decided());
    let late = dissented(decision, &[OTHER]);
    let (late, _) = both(&mut told, (OTHER, late), (CHAIR, closed()));
    let meeting = shown(&told);
    let decision = &meeting.item(ItemNumber(1)).unwrap().decisions[0].what;
    assert_eq!(decision.dissents[0].step, late);
    assert!(decision.dissents[0].late && decision.dissent().is_empty());
}

#[test]
fn what_a_step_names_without_knowing_it_is_nothing_to_it() {
    let mut told = running();
    let proposal = MeetingTransition::ProposedDecision {
        item: ItemNumber(1),
    };
    // Who makes names up can't hit one; who hears of one by other ways, and names it, has not built on it.
    let parents = told.history().parents();
    let proposal = told.after(&parents, OTHER, proposal);
    told.after(&parents, DEPUTY, found());
    let agreed = MeetingTransition::Decided {
        item: ItemNumber(1),
        proposal: Some(proposal),
    };
    let decision = told.after(&parents, CHAIR, agreed);
    // Some of these come after it by their names, some before.
    for by in [PARTICIPANT, DEPUTY, OTHER, CHAIR] {
        told.after(&parents, by, dissented(decision, &[by]));
    }
    let meeting = shown(&told);
    let decision = &meeting.item(ItemNumber(1)).unwrap().decisions[0].what;
    assert_eq!(decision.proposal, None);
    assert!(decision.dissents.is_empty());
}

#[test]
fn an_answer_while_it_is_called_off_or_opened_changes_nothing() {
    for (it, status) in [
        (MeetingMove::Cancel, MeetingStatus::Cancelled),
        (MeetingMove::Open, MeetingStatus::Running),
    ] {
        let mut told = Told::new(CHAIR);
        told.step(CHAIR, MeetingTransition::Planned(terms()));
        let answer = MeetingTransition::Answered(Answer::Declining);
        let (answer, _) = both(&mut told, (OTHER, answer), (CHAIR, step_of(it, CHAIR)));
        assert_eq!(told.standing(answer), Standing::Effective);
        let meeting = shown(&told);
        assert_eq!(meeting.status, status);
        assert_eq!(meeting.answers[&agency(OTHER)], Answer::Declining);
    }
}

#[test]
fn a_chair_that_contradicts_itself_is_taken_at_its_word_before() {
    let mut told = Told::new(CHAIR);
    told.step(CHAIR, MeetingTransition::Planned(terms()));
    let fewer = MeetingTransition::Opened {
        participants: agencies(&[CHAIR, OTHER]),
        cut: Cut::default(),
    };
    let (one, other) = both(&mut told, (CHAIR, opened()), (CHAIR, fewer));
    let before = shown(&told);
    assert_eq!(before.status, MeetingStatus::Planned);
    assert_eq!(before.contradicting, [MeetingRole::Chair]);
    assert!(before.participants.is_empty() && before.cut.is_none());
    // Until it says, knowing both, what holds.
    told.after(&[one, other], CHAIR, opened());
    let after = shown(&told);
    assert_eq!(after.status, MeetingStatus::Running);
    assert!(after.contradicting.is_empty());
}

#[test]
fn a_support_counts_only_of_who_takes_part_by_now() {
    let mut told = Told::new(CHAIR);
    told.step(CHAIR, MeetingTransition::Planned(terms()));
    let (one, other) = both(&mut told, (CHAIR, opened()), (CHAIR, opened()));
    let supports =
        [DEPUTY, PARTICIPANT].map(|it| told.after(&[one], it, MeetingTransition::Supported));
    let fewer = MeetingTransition::Opened {
        participants: agencies(&[CHAIR, OTHER]),
        cut: Cut::default(),
    };
    told.after(&[supports.as_slice(), &[other]].concat(), CHAIR, fewer);
    let state = told.state().unwrap();
    assert_eq!(state.supporters, agencies(&[DEPUTY, PARTICIPANT]));
    assert!(!state.is_supported());
}

#[test]
fn a_step_waits_for_its_past_and_then_counts() {
    let mut told = taken_over();
    let last = told.step(DEPUTY, closed());
    let gap = told.steps.remove(1);
    assert_eq!(told.standing(last), Standing::Waiting);
    assert_eq!(shown(&told).status, MeetingStatus::Planned);
    told.steps.push(gap);
    assert_eq!(shown(&told).status, MeetingStatus::Closed);
}
