use jiff::civil::time;

use super::*;
use crate::notify::matter::{Matter, Urgencies, Urgency};
use crate::notify::rules::Quiet;
use crate::store::Target;

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

/// Minutes after 12:00 on a Friday in Berlin.
fn at(minutes: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-27T11:00:00Z".parse().unwrap();
    noon + SignedDuration::from_mins(minutes)
}

fn pending(matters: &[(Matter, i64)]) -> Vec<Pending> {
    let of = |(index, (matter, due)): (usize, &(Matter, i64))| Pending {
        number: index as i64 + 1,
        matter: *matter,
        subject: format!("dhz/{index}"),
        due_at: at(*due),
        ends_at: at(*due + 3 * 24 * 60),
    };
    matters.iter().enumerate().map(of).collect()
}

fn matters(pending: &[&Pending]) -> Vec<Matter> {
    pending.iter().map(|it| it.matter).collect()
}

fn quiet_at_noon(is_woken: bool) -> Choice {
    let (from, to) = (time(11, 30, 0, 0), time(13, 0, 0, 0));
    Choice {
        quiet: Some(Quiet { from, to }),
        is_woken,
        ..Choice::default()
    }
}

fn coordinator() -> Roles {
    "coordinator".parse().unwrap()
}

#[test]
fn what_is_due_takes_along_what_waits() {
    let pending = pending(&[(Matter::UpdateRoutine, 200), (Matter::UpdateImmediate, 0)]);
    let choice = Choice::default();
    let early = plan(
        &pending,
        Channel::Mail,
        coordinator(),
        &choice,
        at(-1),
        &berlin(),
    );
    assert_eq!(
        early,
        Plan {
            now: vec![],
            later: vec![],
            never: vec![]
        }
    );
    let due = plan(
        &pending,
        Channel::Mail,
        coordinator(),
        &choice,
        at(0),
        &berlin(),
    );
    assert_eq!(
        matters(&due.now),
        [Matter::UpdateRoutine, Matter::UpdateImmediate]
    );
    assert!(due.later.is_empty() && due.never.is_empty());
}

#[test]
fn nothing_is_said_that_is_not_wanted_or_not_theirs_any_more() {
    let pending = pending(&[
        (Matter::TaskAsked, 0),
        (Matter::UpdateRoutine, 0),
        (Matter::UpdateSoon, 0),
    ]);
    let choice = Choice::default();
    let reader = plan(
        &pending,
        Channel::Push,
        "reader".parse().unwrap(),
        &choice,
        at(1),
        &berlin(),
    );
    assert_eq!(matters(&reader.now), [Matter::UpdateSoon]);
    assert_eq!(
        matters(&reader.never),
        [Matter::TaskAsked, Matter::UpdateRoutine]
    );
    let nobody = plan(
        &pending,
        Channel::Mail,
        Roles::default(),
        &choice,
        at(1),
        &berlin(),
    );
    assert_eq!(nobody.never.len(), 3);
    let none = Choice {
        mail: Urgencies::default(),
        ..choice
    };
    let unwanted = plan(
        &pending,
        Channel::Mail,
        coordinator(),
        &none,
        at(1),
        &berlin(),
    );
    assert_eq!(unwanted.never.len(), 3);
}

#[test]
fn quiet_hours_hold_everything_back_to_their_end() {
    let pending = pending(&[
        (Matter::UpdateImmediate, 0),
        (Matter::TaskAsked, 5),
        (Matter::UpdateRoutine, 210),
    ]);
    let quiet = plan(
        &pending,
        Channel::Mail,
        coordinator(),
        &quiet_at_noon(false),
        at(6),
        &berlin(),
    );
    assert!(quiet.now.is_empty());
    // What is due later anyway keeps its time.
    let until: Vec<_> = quiet
        .later
        .iter()
        .map(|(it, until)| (it.matter, *until))
        .collect();
    assert_eq!(
        until,
        [
            (Matter::UpdateImmediate, at(60)),
            (Matter::TaskAsked, at(60))
        ]
    );
    let after = plan(
        &pending,
        Channel::Mail,
        coordinator(),
        &quiet_at_noon(false),
        at(60),
        &berlin(),
    );
    assert_eq!(after.now.len(), 3);
}

#[test]
fn who_is_woken_is_told_all_at_once() {
    let matters_due = [(Matter::TaskAsked, 0), (Matter::UpdateImmediate, 1)];
    let pending = pending(&matters_due);
    let woken = quiet_at_noon(true);
    let before = plan(
        &pending,
        Channel::Mail,
        coordinator(),
        &woken,
        at(0),
        &berlin(),
    );
    assert_eq!(before.now, Vec::<&Pending>::new(), "a task wakes nobody");
    assert_eq!(before.later.len(), 1);
    let waking = plan(
        &pending,
        Channel::Mail,
        coordinator(),
        &woken,
        at(1),
        &berlin(),
    );
    assert_eq!(waking.now.len(), 2);
    assert!(
        waking
            .now
            .iter()
            .any(|it| it.matter.urgency() == Urgency::Immediate)
    );
}

#[test]
fn trying_again_takes_ever_longer_up_to_a_bound() {
    let pause_after = |failures: u32, after: Option<u64>| {
        let route = Route {
            id: Uuid::nil(),
            person: Uuid::nil(),
            target: Target::Mail(String::new()),
            is_confirmed: true,
            failing_since: None,
            failures,
        };
        pause(&route, after).as_secs()
    };
    assert_eq!(
        [0, 1, 2, 9].map(|it| pause_after(it, None)),
        [5, 10, 20, 1_800]
    );
    assert_eq!(pause_after(4_000_000, None), 1_800);
    assert_eq!(
        pause_after(0, Some(600)),
        600,
        "as long as the service wants"
    );
    assert_eq!(pause_after(5, Some(1)), 160);
}
