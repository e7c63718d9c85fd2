//! What a meeting looks like, and the days of a series.

use super::*;

fn meeting(told: &Told) -> Meeting {
    Meeting::of(&told.history()).unwrap()
}

#[test]
fn an_answer_holds_until_another_day_time_or_place_is_planned() {
    let mut told = Told::new(CHAIR);
    told.step(CHAIR, MeetingTransition::Planned(terms()));
    let answers = |told: &Told| {
        let answers = meeting(told).answers;
        [OTHER, PARTICIPANT, ABSENT].map(|it| answers[&agency(it)])
    };
    assert_eq!(answers(&told), [Answer::Undecided; 3]);
    told.step(OTHER, MeetingTransition::Answered(Answer::Coming));
    told.step(PARTICIPANT, MeetingTransition::Answered(Answer::Declining));
    let given = [Answer::Coming, Answer::Declining, Answer::Undecided];
    assert_eq!(answers(&told), given);
    // Another agenda is no other meeting.
    let mut terms = terms();
    terms.agenda.push(item(9));
    told.step(CHAIR, MeetingTransition::Amended(terms.clone()));
    assert_eq!(answers(&told), given);
    terms.place = Some(PlaceId::parse("neumarkt").unwrap());
    let moved = told.step(CHAIR, MeetingTransition::Amended(terms.clone()));
    assert_eq!(answers(&told), [Answer::Undecided; 3]);
    // An answer that knew of it, and one more change of the agenda.
    told.step(OTHER, MeetingTransition::Answered(Answer::Coming));
    terms.agenda.pop();
    told.step(CHAIR, MeetingTransition::Amended(terms.clone()));
    assert_eq!(answers(&told)[0], Answer::Coming);
    let meeting = meeting(&told);
    assert_eq!(meeting.terms, terms);
    assert_ne!(meeting.planned, moved);
    type Change = fn(&mut MeetingTerms);
    let moves: [Change; 3] = [
        |it| it.day = day("2026-12-02"),
        |it| it.start_minute += 30,
        |it| it.minutes += 30,
    ];
    for change in moves {
        let mut told = told.clone();
        let mut terms = terms.clone();
        change(&mut terms);
        told.step(CHAIR, MeetingTransition::Amended(terms));
        assert_eq!(answers(&told)[0], Answer::Undecided);
    }
}

#[test]
fn what_was_said_stands_at_its_item() {
    let mut told = running();
    let pin = told.step(PARTICIPANT, step_of(MeetingMove::Pin, PARTICIPANT));
    let finding = told.step(OTHER, found());
    let proposal = told.step(OTHER, step_of(MeetingMove::ProposeDecision, OTHER));
    let task = told.step(DEPUTY, step_of(MeetingMove::ProposeTask, DEPUTY));
    let decision = told.step(
        CHAIR,
        MeetingTransition::Decided {
            item: ItemNumber(1),
            proposal: Some(proposal),
        },
    );
    let unknown = told.step(
        CHAIR,
        MeetingTransition::Decided {
            item: ItemNumber(7),
            proposal: Some(finding),
        },
    );
    let no = told.step(PARTICIPANT, dissented(decision, &[PARTICIPANT]));
    told.step(CHAIR, dissented(decision, &[OTHER, DEPUTY]));
    // From what is no decision nobody can differ.
    told.step(CHAIR, dissented(finding, &[OTHER]));
    told.step(CHAIR, closed());
    let meeting = meeting(&told);
    let numbers: Vec<u8> = meeting.items.iter().map(|it| it.number.0).collect();
    assert_eq!(numbers, [1, 7]);
    let said = |step: StepId, by: &str| (step, agency(by), false);
    let item = meeting.item(ItemNumber(1)).unwrap();
    let first = |it: &Said<()>| (it.step, it.by.clone(), it.late);
    assert_eq!(item.pins[0].what, subject(9, PARTICIPANT));
    assert_eq!(item.pins[0].step, pin);
    assert_eq!(first(&item.findings[0]), said(finding, OTHER));
    assert_eq!(first(&item.proposals[0]), said(proposal, OTHER));
    assert_eq!(item.tasks[0].what, asked());
    assert_eq!(item.tasks[0].step, task);
    let recorded = &item.decisions[0];
    assert_eq!(recorded.step, decision);
    assert_eq!(recorded.what.proposal, Some(proposal));
    assert_eq!(recorded.what.dissents[0].step, no);
    assert_eq!(
        recorded.what.dissent(),
        agencies(&[PARTICIPANT, OTHER, DEPUTY])
    );
    // What a decision names is a proposal, or nothing.
    let other = meeting.item(ItemNumber(7)).unwrap();
    assert_eq!(other.decisions[0].step, unknown);
    assert_eq!(other.decisions[0].what.proposal, None);
    assert_eq!(other.place, Some(1));
    assert_eq!(meeting.erase_on, Some(day("2027-06-01")));
    assert_eq!(meeting.supporters, agencies(&[DEPUTY, PARTICIPANT, OTHER]));
}

#[test]
fn what_somebody_said_on_an_item_that_the_chair_disowns_is_still_shown() {
    let mut told = Told::new(CHAIR);
    let plan = told.step(CHAIR, MeetingTransition::Planned(terms()));
    let mut longer = terms();
    longer.agenda.push(item(3));
    let longer = told.after(&[plan], CHAIR, MeetingTransition::Amended(longer));
    told.after(&[longer], CHAIR, opened());
    let on_it = MeetingTransition::Found {
        item: ItemNumber(3),
    };
    let finding = told.step(OTHER, on_it);
    told.after(&[plan], CHAIR, MeetingTransition::Amended(terms()));
    let meeting = meeting(&told);
    assert_eq!(meeting.status, MeetingStatus::Planned);
    assert_eq!(meeting.terms.numbers().len(), 2);
    let last = meeting.items.last().unwrap();
    assert_eq!((last.number, last.place), (ItemNumber(3), None));
    assert_eq!(last.findings[0].step, finding);
}

#[test]
fn a_protocol_begins_with_what_was_said_in_time() {
    let mut told = running();
    assert_eq!(
        crate::Protocol::draft(&meeting(&told), subject(1, CHAIR), 3),
        None
    );
    told.step(PARTICIPANT, step_of(MeetingMove::Pin, PARTICIPANT));
    told.step(OTHER, step_of(MeetingMove::Pin, OTHER));
    let finding = told.step(OTHER, found());
    let decision = told.step(CHAIR, decided());
    let dissent = told.step(OTHER, dissented(decision, &[OTHER]));
    let task = told.step(OTHER, step_of(MeetingMove::ProposeTask, OTHER));
    told.step(CHAIR, closed());
    let meeting = meeting(&told);
    let draft = crate::Protocol::draft(&meeting, subject(1, CHAIR), 3).unwrap();
    assert_eq!(draft.owner, agency(CHAIR));
    assert_eq!(
        draft.content.number.to_string(),
        "lagebesprechung-2026-kod-3"
    );
    assert_eq!(draft.content.deputy, agency(DEPUTY));
    assert_eq!(draft.planned, meeting.planned);
    use crate::Attendance::{Absent, Chair, Deputy, Participant};
    let attendance = [
        (CHAIR, Chair),
        (DEPUTY, Deputy),
        (PARTICIPANT, Participant),
        (OTHER, Participant),
        (ABSENT, Absent),
    ];
    let attendance = attendance.map(|(id, it)| (agency(id), it));
    assert_eq!(draft.content.attendance, attendance.into());
    let item = &draft.content.items[0];
    // Two pins of one update are one.
    assert_eq!(item.updates, [subject(9, PARTICIPANT)]);
    assert_eq!(item.assessments, [agency(OTHER)]);
    assert_eq!(item.decisions[0].step, Some(decision));
    assert_eq!(item.decisions[0].dissent, agencies(&[OTHER]));
    let sources = &draft.sources[0];
    assert_eq!(sources.title, Some(0));
    assert_eq!(sources.assessments, [finding]);
    assert_eq!(sources.decisions, [decision]);
    assert_eq!(sources.dissents, [dissent]);
    assert_eq!(sources.tasks, [task]);
    assert_eq!(draft.content.items[1].number, ItemNumber(7));
    assert_eq!(draft.sources.len(), draft.content.items.len());
}

#[test]
fn after_a_takeover_the_deputy_owns_the_protocol_and_the_chair_is_its_deputy() {
    let mut told = taken_over();
    told.step(DEPUTY, closed());
    let draft = crate::Protocol::draft(&meeting(&told), subject(1, CHAIR), 1).unwrap();
    assert_eq!(draft.owner, agency(DEPUTY));
    assert_eq!(draft.content.number.chair, agency(DEPUTY));
    assert_eq!(draft.content.deputy, agency(CHAIR));
    let attendance = &draft.content.attendance;
    assert_eq!(attendance[&agency(DEPUTY)], crate::Attendance::Chair);
    assert_eq!(attendance[&agency(CHAIR)], crate::Attendance::Deputy);
}

#[test]
fn a_series_comes_again_on_its_weekday() {
    let days = |first: &str, rhythm: Rhythm, count: usize| -> Vec<String> {
        let days = Meeting::series(day(first), rhythm, count).unwrap();
        days.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        days("2026-12-22", Rhythm::Weekly, 3),
        ["2026-12-22", "2026-12-29", "2027-01-05"]
    );
    assert_eq!(
        days("2026-12-22", Rhythm::Fortnightly, 2),
        ["2026-12-22", "2027-01-05"]
    );
    // The second Tuesday.
    assert_eq!(
        days("2026-12-08", Rhythm::Monthly, 4),
        ["2026-12-08", "2027-01-12", "2027-02-09", "2027-03-09"]
    );
    assert_eq!(
        days("2026-12-08", Rhythm::TwoMonthly, 2),
        ["2026-12-08", "2027-02-09"]
    );
    // A fifth Tuesday is a last one; a fourth one is a fourth one, be it the last or not.
    assert_eq!(
        days("2026-12-29", Rhythm::Monthly, 3),
        ["2026-12-29", "2027-01-26", "2027-02-23"]
    );
    assert_eq!(
        days("2027-02-23", Rhythm::Monthly, 2),
        ["2027-02-23", "2027-03-23"]
    );
}

#[test]
fn a_series_has_its_bounds() {
    let first = day("2026-12-08");
    let reason = |first: Day, count: usize| {
        Meeting::series(first, Rhythm::Weekly, count)
            .map(|days| days.len())
            .map_err(|it| (it.field, it.reason))
    };
    use crate::Reason::{InvalidDay, InvalidRange};
    assert_eq!(reason(first, 60), Ok(60));
    assert_eq!(reason(first, 0), Err(("count".into(), InvalidRange)));
    assert_eq!(reason(first, 61), Err(("count".into(), InvalidRange)));
    assert_eq!(reason(Day::MAX, 2), Err(("day".into(), InvalidDay)));
}
