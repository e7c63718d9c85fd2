use verbund_wire::agency::Invitation;
use verbund_wire::federation::Observation;

use super::*;

fn update(subject: &str, urgency: Urgency, version: u32, state: SituationState) -> FeedEvent {
    let observation = Observation {
        urgency: urgency.into(),
        ..Observation::default()
    };
    FeedEvent {
        situation: Some(Situation {
            subject: subject.to_owned(),
            agency: "dhz".to_owned(),
            state: state.into(),
            observation: (state != Erased).then_some(observation),
            note: "never to be told".to_owned(),
            version,
            ..Situation::default()
        }),
        ..FeedEvent::default()
    }
}

fn drill(mut event: FeedEvent) -> FeedEvent {
    let situation = event.situation.as_mut().unwrap();
    situation.observation.as_mut().unwrap().exercise = true;
    event
}

fn new(events: &[FeedEvent]) -> Vec<(Matter, String)> {
    told(events, "kod").0.into_iter().collect()
}

use SituationState::{Current, Erased, Withdrawn};

#[test]
fn an_update_is_told_by_its_urgency() {
    for (urgency, matter) in [
        (Urgency::Immediate, Matter::UpdateImmediate),
        (Urgency::Soon, Matter::UpdateSoon),
        (Urgency::Routine, Matter::UpdateRoutine),
    ] {
        let event = update("a", urgency, 1, Current);
        assert_eq!(
            new(std::slice::from_ref(&event)),
            [(matter, "dhz/a".to_owned())]
        );
        assert_eq!(
            new(&[drill(event.clone())]),
            [(Matter::Drill, "dhz/a".to_owned())]
        );
        let own = told(&[event], "dhz");
        assert!(
            own.0.is_empty() && own.1.is_empty(),
            "what the own agency says is no news to it"
        );
    }
}

#[test]
fn small_corrections_are_no_news_and_changes_of_something_urgent_are() {
    assert!(new(&[update("a", Urgency::Soon, 2, Current)]).is_empty());
    assert!(new(&[update("a", Urgency::Routine, 2, Withdrawn)]).is_empty());
    assert_eq!(new(&[update("a", Urgency::Immediate, 2, Current)]).len(), 1);
    assert_eq!(
        new(&[update("a", Urgency::Immediate, 2, Withdrawn)]).len(),
        1
    );
    assert!(new(&[drill(update("a", Urgency::Immediate, 2, Current))]).is_empty());
}

#[test]
fn what_was_taken_back_before_it_was_told_is_not_told() {
    let came = update("a", Urgency::Soon, 1, Current);
    for state in [Withdrawn, Erased] {
        let (new, gone) = told(&[came.clone(), update("a", Urgency::Soon, 2, state)], "kod");
        assert!(new.is_empty());
        assert!(gone.contains(&(Matter::UpdateSoon, "dhz/a".to_owned())));
    }
    // What became urgent is told as such, once.
    let (new, gone) = told(&[came, update("a", Urgency::Immediate, 2, Current)], "kod");
    assert_eq!(
        new.into_iter().collect::<Vec<_>>(),
        [(Matter::UpdateImmediate, "dhz/a".to_owned())]
    );
    assert!(gone.contains(&(Matter::UpdateSoon, "dhz/a".to_owned())));
}

#[test]
fn a_meeting_waits_for_who_is_invited_and_has_said_nothing() {
    let of = |status: MeetingStatus, answer: MeetingAnswer, participates: bool, chair: &str| {
        let invitation = Invitation {
            agency: "kod".to_owned(),
            answer: answer.into(),
            participates,
            ..Invitation::default()
        };
        let it = Meeting {
            status: status.into(),
            chair: chair.to_owned(),
            day: "2026-11-27".to_owned(),
            invited: vec![invitation],
            ..Meeting::default()
        };
        meeting(&it, "kod", "2026-11-27")
    };
    use MeetingAnswer::{Coming, Unspecified};
    use MeetingStatus::{Closed, Planned, Running};
    assert_eq!(
        of(Planned, Unspecified, false, "dhz"),
        Some(Matter::Invitation)
    );
    assert_eq!(of(Planned, Coming, false, "dhz"), None);
    assert_eq!(of(Planned, Unspecified, false, "kod"), None);
    assert_eq!(
        of(Running, Coming, true, "dhz"),
        Some(Matter::BriefingBegun)
    );
    assert_eq!(of(Running, Coming, false, "dhz"), None);
    assert_eq!(of(Running, Coming, true, "kod"), None);
    assert_eq!(of(Closed, Coming, true, "dhz"), None);
    let elsewhere = Meeting {
        status: Planned.into(),
        ..Meeting::default()
    };
    assert_eq!(meeting(&elsewhere, "kod", ""), None);
}

#[test]
fn each_matter_comes_from_one_part() {
    let standing: Vec<Matter> = Part::ALL
        .iter()
        .flat_map(|it| it.standing())
        .copied()
        .collect();
    let mut all: Vec<Matter> = standing.into_iter().chain(UPDATES).collect();
    all.sort();
    assert_eq!(all, Matter::ALL);
}
