//! Meetings and joint briefings between real nodes.

use std::collections::BTreeSet;
use std::time::Instant;

use verbund_wire::agency::take_meeting_step_request::Step;
use verbund_wire::agency::{
    ExportCalendarRequest, GetMeetingResponse, ItemNote, Meeting, MeetingDraft, MeetingFilter,
    MeetingStatus, OpenBriefing, PinUpdate, PlanMeetingRequest, ProposeTask, PublishReceipt,
    RecordDecision, RecordDissent, Rhythm, SituationDraft, StepStanding, SubjectKey,
};
use verbund_wire::error::explain;
use verbund_wire::federation::{MeetingAnswer, Plain};

use crate::desk::{Desk, in_days, meeting, planning, reason, terms};
use crate::kit::{Federation, draft, request_id};

const THREE: [&str; 3] = ["kod", "polizei", "quartiersbuero"];

fn note(item: u32, text: &str) -> ItemNote {
    ItemNote {
        item,
        text: text.to_owned(),
    }
}

/// An update for these agencies and its own.
fn told_to(audience: &[&str]) -> SituationDraft {
    SituationDraft {
        audience: audience.iter().map(|it| (*it).to_owned()).collect(),
        ..draft()
    }
}

fn pin(item: u32, owner: &str, update: &PublishReceipt) -> Step {
    let update = SubjectKey {
        subject: update.subject.clone(),
        owner: owner.to_owned(),
    };
    Step::Pin(PinUpdate {
        item,
        update: Some(update),
    })
}

fn open(participants: &[&str]) -> Step {
    let participants = participants.iter().map(|it| (*it).to_owned()).collect();
    Step::Open(OpenBriefing { participants })
}

fn answers(meeting: &Meeting) -> Vec<(&str, MeetingAnswer)> {
    let invited = meeting.invited.iter();
    invited
        .map(|it| (it.agency.as_str(), it.answer()))
        .collect()
}

fn behind(meeting: &Meeting) -> Vec<&str> {
    let behind = meeting.invited.iter().filter(|it| it.behind);
    behind.map(|it| it.agency.as_str()).collect()
}

fn findings(meeting: &Meeting, item: usize) -> BTreeSet<(&str, &str, bool)> {
    let found = meeting.agenda[item].findings.iter();
    found
        .map(|it| (it.agency.as_str(), it.text.as_str(), it.late))
        .collect()
}

/// The same meeting at another node: who is behind is what each one knows.
fn common(mut seen: GetMeetingResponse) -> GetMeetingResponse {
    for invited in &mut seen.meeting.as_mut().unwrap().invited {
        invited.behind = false;
    }
    seen
}

/// Waits until all desks see the same of a meeting, and it is so.
async fn agree(
    desks: &[Desk],
    meeting: &SubjectKey,
    what: &str,
    is: impl Fn(&Meeting) -> bool,
) -> GetMeetingResponse {
    let mut all = Vec::new();
    for desk in desks {
        all.push(common(desk.until_meeting(meeting, what, &is).await));
    }
    assert!(
        all.windows(2).all(|two| two[0] == two[1]),
        "{what}: {all:#?}"
    );
    all.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_planned_at_once_and_each_meeting_is_one_of_its_own() {
    let federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let weekly = PlanMeetingRequest {
        rhythm: Rhythm::Weekly.into(),
        count: 4,
        ..planning(meeting("polizei", &["polizei"]))
    };
    let planned = kod.plan(weekly.clone()).await.unwrap();
    assert_eq!(planned.len(), 4);
    let again = kod.plan(weekly).await.unwrap();
    assert!(again.iter().all(|it| it.repeated_request));
    let subjects = |receipts: &[verbund_wire::agency::StepReceipt]| -> Vec<SubjectKey> {
        receipts
            .iter()
            .map(|it| it.subject.clone().unwrap())
            .collect()
    };
    assert_eq!(subjects(&again), subjects(&planned));

    // The second Tuesday of every other month.
    let first = (0..)
        .map(|days| in_days(7 + days))
        .find(|day| day.weekday() == jiff::civil::Weekday::Tuesday && (day.day() - 1) / 7 == 1)
        .unwrap();
    let two_monthly = PlanMeetingRequest {
        rhythm: Rhythm::TwoMonthly.into(),
        count: 3,
        ..planning(MeetingDraft {
            day: first.to_string(),
            meeting_type: "lenkungskreis".into(),
            ..meeting("polizei", &["polizei"])
        })
    };
    let seldom = kod.plan(two_monthly).await.unwrap();
    let all: Vec<_> = subjects(&planned)
        .into_iter()
        .chain(subjects(&seldom))
        .collect();
    let mut series = Vec::new();
    for key in &all {
        let seen = polizei.until_meeting(key, "it has come", |_| true).await;
        let seen = seen.meeting.unwrap();
        series.push((
            seen.series,
            seen.day.parse::<jiff::civil::Date>().unwrap(),
            seen.title,
        ));
    }
    for (at, (id, day, title)) in series[..4].iter().enumerate() {
        assert_eq!((id, title.as_str()), (&series[0].0, "Lagebesprechung"));
        assert_eq!(*day, in_days(7 + 7 * i64::try_from(at).unwrap()));
    }
    for (at, (id, day, title)) in series[4..].iter().enumerate() {
        assert_eq!((id, title.as_str()), (&series[4].0, "Lenkungskreis"));
        let month =
            first.first_of_month() + jiff::Span::new().months(2 * i64::try_from(at).unwrap());
        let second = month.nth_weekday_of_month(2, jiff::civil::Weekday::Tuesday);
        assert_eq!(*day, second.unwrap());
    }
    assert_ne!(series[0].0, series[4].0);
    let filter = MeetingFilter {
        series: series[4].0.clone(),
        ..MeetingFilter::default()
    };
    assert_eq!(polizei.list_meetings(filter.clone()).await.len(), 3);
    let until = MeetingFilter {
        to_day: first.to_string(),
        ..filter
    };
    assert_eq!(polizei.list_meetings(until).await.len(), 1);

    // One of them is called off; the others stand.
    kod.meet(&all[1], Step::Cancel(Plain {})).await.unwrap();
    let cancelled = |it: &Meeting| it.status() == MeetingStatus::Cancelled;
    let seen = polizei
        .until_meeting(&all[1], "it is called off", cancelled)
        .await;
    assert_eq!(seen.meeting.unwrap().erase_on, in_days(90).to_string());
    let planned = MeetingFilter {
        statuses: vec![MeetingStatus::Planned.into()],
        ..MeetingFilter::default()
    };
    assert_eq!(polizei.list_meetings(planned).await.len(), 6);
    let coming = Step::Answer(MeetingAnswer::Coming.into());
    assert_eq!(
        reason(polizei.meet(&all[1], coming).await),
        "STEP_NOT_ALLOWED"
    );
    let endless = PlanMeetingRequest {
        rhythm: Rhythm::Weekly.into(),
        count: 61,
        ..planning(meeting("polizei", &["polizei"]))
    };
    assert_eq!(reason(kod.plan(endless).await), "VALIDATION_FAILED");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_another_time_is_none() {
    let federation = Federation::with(&THREE).await;
    let desks = Desk::all(&federation, THREE).await;
    let [kod, polizei, office] = &desks;
    let key = kod
        .invite(meeting("polizei", &["polizei", "quartiersbuero"]))
        .await;
    for (desk, answer) in [
        (polizei, MeetingAnswer::Coming),
        (office, MeetingAnswer::Declining),
    ] {
        desk.until_meeting(&key, "it has come", |_| true).await;
        desk.meet(&key, Step::Answer(answer.into())).await.unwrap();
    }
    let unsaid = MeetingAnswer::Unspecified;
    let answered = [
        ("kod", unsaid),
        ("polizei", MeetingAnswer::Coming),
        ("quartiersbuero", MeetingAnswer::Declining),
    ];
    agree(&desks, &key, "both have answered", |it| {
        answers(it) == answered
    })
    .await;

    let titled = MeetingDraft {
        title: "Lage am Theaterplatz".into(),
        ..MeetingDraft::default()
    };
    kod.meet(&key, Step::Amend(titled)).await.unwrap();
    let seen = agree(&desks, &key, "it has another title", |it| {
        it.title == "Lage am Theaterplatz"
    })
    .await;
    assert_eq!(
        answers(seen.meeting.as_ref().unwrap()),
        answered,
        "the time is the same"
    );

    let moved = MeetingDraft {
        start: "11:00".into(),
        ..MeetingDraft::default()
    };
    kod.meet(&key, Step::Amend(moved)).await.unwrap();
    let seen = agree(&desks, &key, "it is at another time", |it| {
        it.start == "11:00"
    })
    .await;
    let seen = seen.meeting.unwrap();
    assert!(answers(&seen).iter().all(|(_, answer)| *answer == unsaid));
    assert_eq!(seen.title, "Lage am Theaterplatz", "what is left out stays");
    assert_eq!(seen.agenda.len(), 2);
    polizei
        .meet(&key, Step::Answer(MeetingAnswer::Undecided.into()))
        .await
        .unwrap();
    let undecided = ("polizei", MeetingAnswer::Undecided);
    agree(&desks, &key, "it has answered anew", |it| {
        answers(it)[1] == undecided
    })
    .await;
    let other = MeetingDraft {
        deputy: "quartiersbuero".into(),
        ..MeetingDraft::default()
    };
    let fixed = explain(&kod.meet(&key, Step::Amend(other)).await.unwrap_err());
    assert_eq!(
        (fixed.reason.as_str(), fixed.metadata["void"].as_str()),
        ("STEP_NOT_ALLOWED", "fixed")
    );
    let not_its_own = polizei.meet(&key, open(&["polizei", "kod"])).await;
    assert_eq!(reason(not_its_own), "STEP_NOT_ALLOWED");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_look_at_the_same_and_nobody_at_what_is_not_for_all() {
    let mut federation = Federation::with(&THREE).await;
    let all_three = ["polizei", "quartiersbuero", "kod"];
    let early = federation.publish("kod", told_to(&all_three)).await;
    let theirs = federation.publish("polizei", told_to(&all_three)).await;
    let narrow = [
        federation.publish("kod", told_to(&["polizei"])).await,
        federation.publish("polizei", told_to(&["kod"])).await,
        federation
            .publish("kod", told_to(&["quartiersbuero"]))
            .await,
    ];
    for (node, receipt) in [
        ("kod", &theirs),
        ("kod", &narrow[1]),
        ("polizei", &narrow[0]),
    ] {
        federation
            .until(node, &receipt.subject, "it has come", |_| true)
            .await;
    }
    for receipt in [&early, &theirs, &narrow[2]] {
        federation
            .until("quartiersbuero", &receipt.subject, "it has come", |_| true)
            .await;
    }
    let [kod, polizei, office] = Desk::all(&federation, THREE).await;
    let key = kod
        .invite(meeting("polizei", &["polizei", "quartiersbuero"]))
        .await;
    office.until_meeting(&key, "it has come", |_| true).await;
    polizei.until_meeting(&key, "it has come", |_| true).await;

    federation.isolate("quartiersbuero").await;
    let late = federation.publish("kod", told_to(&all_three)).await;
    let (_, running) = kod
        .meet(&key, open(&["polizei", "quartiersbuero"]))
        .await
        .unwrap();
    assert_eq!(running.status(), MeetingStatus::Running);
    let is_behind = |it: &Meeting| behind(it) == ["quartiersbuero"];
    let seen = kod
        .until_meeting(&key, "who is away is behind", is_behind)
        .await;
    polizei
        .until_meeting(&key, "who is away is behind", is_behind)
        .await;

    // Up to the last entry before it was opened, of the lanes that all three are in and of no other.
    let cut = seen.meeting.unwrap().cut;
    let position = |it: &PublishReceipt| it.position.clone().unwrap();
    let wide: BTreeSet<Vec<u8>> = [&early, &theirs]
        .map(|it| position(it).lane.to_vec())
        .into();
    let lanes: BTreeSet<Vec<u8>> = cut.iter().map(|it| it.lane.to_vec()).collect();
    assert_eq!(lanes, wide);
    let of_kod = cut.iter().find(|it| it.origin == "kod").unwrap();
    assert!(of_kod.sequence >= position(&late).sequence);

    federation.restart("quartiersbuero").await;
    let office = Desk::of(&federation, "quartiersbuero").await;
    let desks = [kod, polizei, office];
    for desk in &desks {
        desk.until_meeting(&key, "nobody is behind", |it| {
            it.status() == MeetingStatus::Running && behind(it).is_empty()
        })
        .await;
    }
    let has_it = federation.get("quartiersbuero", &late.subject).await;
    assert!(has_it.is_some(), "who is not behind has what the cut holds");
    let seen = agree(&desks, &key, "it runs", |it| {
        it.status() == MeetingStatus::Running
    })
    .await;
    for receipt in &narrow {
        let lane = position(receipt).lane;
        let steps = &seen.steps;
        assert!(
            seen.meeting
                .as_ref()
                .unwrap()
                .cut
                .iter()
                .all(|it| it.lane != lane)
        );
        let at = |it: &verbund_wire::agency::StepRecord| it.position.as_ref().unwrap().lane == lane;
        assert!(!steps.iter().any(at));
    }

    // The same is asked of what is laid on the table.
    let [kod, polizei, office] = &desks;
    let refused = explain(&kod.meet(&key, pin(1, "kod", &narrow[0])).await.unwrap_err());
    assert_eq!(refused.reason, "VALIDATION_FAILED");
    assert_eq!(
        (
            refused.violations[0].field.as_str(),
            refused.violations[0].reason.as_str()
        ),
        ("pin.update", "AUDIENCE_MISMATCH")
    );
    let unseen = office.meet(&key, pin(1, "kod", &narrow[0])).await;
    assert_eq!(reason(unseen), "SUBJECT_NOT_FOUND");
    polizei.meet(&key, pin(1, "kod", &early)).await.unwrap();
    office.meet(&key, pin(1, "polizei", &theirs)).await.unwrap();
    let seen = agree(&desks, &key, "both are on the table", |it| {
        it.agenda[0].pins.len() == 2
    })
    .await;
    let pinned: BTreeSet<(String, String)> = seen.meeting.unwrap().agenda[0]
        .pins
        .iter()
        .map(|it| (it.agency.clone(), it.update.clone().unwrap().subject))
        .collect();
    let expected = [("polizei", &early), ("quartiersbuero", &theirs)];
    assert_eq!(
        pinned,
        expected
            .map(|(agency, it)| (agency.to_owned(), it.subject.clone()))
            .into()
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn participants_contribute_and_the_chair_records() {
    let federation = Federation::with(&THREE).await;
    let desks = Desk::all(&federation, THREE).await;
    let [kod, polizei, office] = &desks;
    let key = kod
        .invite(meeting("polizei", &["polizei", "quartiersbuero"]))
        .await;
    for desk in [polizei, office] {
        desk.until_meeting(&key, "it has come", |_| true).await;
        desk.meet(&key, Step::Answer(MeetingAnswer::Coming.into()))
            .await
            .unwrap();
    }
    let early = polizei
        .meet(&key, Step::Find(note(1, "Es ist ruhig.")))
        .await;
    assert_eq!(reason(early), "STEP_NOT_ALLOWED", "it has not begun");
    kod.until_meeting(&key, "both come", |it| {
        answers(it)[1..]
            .iter()
            .all(|(_, answer)| *answer == MeetingAnswer::Coming)
    })
    .await;
    // All who come take part where nobody is named.
    kod.meet(&key, open(&[])).await.unwrap();
    let runs = |it: &Meeting| it.status() == MeetingStatus::Running;
    let seen = agree(&desks, &key, "it has begun", runs).await;
    let all_take_part = seen
        .meeting
        .unwrap()
        .invited
        .iter()
        .all(|it| it.participates);
    assert!(all_take_part);

    let mut watched = office.watch_meeting(&key).await;
    let asked = Instant::now();
    polizei
        .meet(&key, Step::Find(note(1, "Es ist ruhig.")))
        .await
        .unwrap();
    let told = watched.message().await.unwrap().unwrap().meeting.unwrap();
    eprintln!(
        "a finding was told at the other node after {:?}",
        asked.elapsed()
    );
    let found = [("polizei", "Es ist ruhig.", false)].into();
    assert_eq!(findings(&told, 0), found);

    let (proposal, _) = office
        .meet(
            &key,
            Step::ProposeDecision(note(1, "Wir reinigen täglich.")),
        )
        .await
        .unwrap();
    let task = ProposeTask {
        item: 2,
        terms: Some(terms("polizei")),
    };
    office.meet(&key, Step::ProposeTask(task)).await.unwrap();
    let proposed = |it: &Meeting| {
        it.agenda[0].proposed_decisions.len() == 1 && it.agenda[1].proposed_tasks.len() == 1
    };
    agree(&desks, &key, "both are proposed", proposed).await;
    let decision = RecordDecision {
        item: 1,
        text: String::new(),
        proposal: proposal.clone(),
    };
    let not_its_own = polizei.meet(&key, Step::Decide(decision.clone())).await;
    assert_eq!(reason(not_its_own), "STEP_NOT_ALLOWED");
    let (decided, _) = kod.meet(&key, Step::Decide(decision)).await.unwrap();
    polizei
        .until_meeting(&key, "it is decided", |it| {
            it.agenda[0].decisions.len() == 1
        })
        .await;
    let dissent = |agencies: &[&str], text: &str| {
        Step::Dissent(RecordDissent {
            decision: decided.clone(),
            agencies: agencies.iter().map(|it| (*it).to_owned()).collect(),
            text: text.to_owned(),
        })
    };
    let for_another = polizei.meet(&key, dissent(&["quartiersbuero"], "")).await;
    assert_eq!(reason(for_another), "STEP_NOT_ALLOWED");
    polizei
        .meet(&key, dissent(&[], "Das ist zu oft."))
        .await
        .unwrap();
    kod.meet(&key, dissent(&["quartiersbuero"], ""))
        .await
        .unwrap();
    let nothing = kod.meet(&key, Step::Find(note(1, ""))).await;
    assert_eq!(reason(nothing), "VALIDATION_FAILED");
    let address = Step::Find(note(1, "Rückfragen an kanarienvogel@example.org"));
    assert_eq!(reason(kod.meet(&key, address).await), "GUARD_REJECTED");

    let seen = agree(&desks, &key, "both dissent", |it| {
        it.agenda[0].decisions[..]
            .iter()
            .any(|it| it.dissent.len() == 2)
    })
    .await;
    let seen = seen.meeting.unwrap();
    let recorded = &seen.agenda[0].decisions[0];
    assert_eq!(
        (recorded.text.as_str(), &recorded.proposal),
        ("Wir reinigen täglich.", &proposal)
    );
    let dissents: BTreeSet<(&str, &str, &str)> = recorded
        .dissent
        .iter()
        .map(|it| {
            (
                it.agencies[0].as_str(),
                it.recorded_by.as_str(),
                it.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        dissents,
        [
            ("polizei", "polizei", "Das ist zu oft."),
            ("quartiersbuero", "kod", "")
        ]
        .into()
    );
    let task = seen.agenda[1].proposed_tasks[0].terms.clone().unwrap();
    assert_eq!(task.title, "Glas am Brunnen entfernen");
    kod.meet(&key, Step::Close(Plain {})).await.unwrap();
    let closed = |it: &Meeting| it.status() == MeetingStatus::Closed;
    let seen = agree(&desks, &key, "it is over", closed)
        .await
        .meeting
        .unwrap();
    assert_eq!(seen.erase_on, in_days(90).to_string());
    assert_eq!(seen.void_steps, 0);
    let too_late = polizei
        .meet(&key, Step::Find(note(1, "Es ist ruhig.")))
        .await;
    assert_eq!(reason(too_late), "STEP_NOT_ALLOWED");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_drops_out_and_returns_has_lost_nothing_and_what_came_too_late_is_marked() {
    let mut federation = Federation::with(&THREE).await;
    let [kod, polizei, office] = Desk::all(&federation, THREE).await;
    let key = kod
        .invite(meeting("polizei", &["polizei", "quartiersbuero"]))
        .await;
    for desk in [&polizei, &office] {
        desk.until_meeting(&key, "it has come", |_| true).await;
    }
    kod.meet(&key, open(&["polizei", "quartiersbuero"]))
        .await
        .unwrap();
    let runs = |it: &Meeting| it.status() == MeetingStatus::Running;
    office.until_meeting(&key, "it has begun", runs).await;
    polizei.until_meeting(&key, "it has begun", runs).await;

    federation.isolate("quartiersbuero").await;
    let office = Desk::of(&federation, "quartiersbuero").await;
    office
        .meet(&key, Step::Find(note(1, "Am Abend ist es laut.")))
        .await
        .unwrap();
    polizei
        .meet(&key, Step::Find(note(1, "Es ist ruhig.")))
        .await
        .unwrap();
    federation.restart("quartiersbuero").await;
    let office = Desk::of(&federation, "quartiersbuero").await;
    let desks = [kod.clone(), polizei.clone(), office];
    let seen = agree(&desks, &key, "both findings have come", |it| {
        it.agenda[0].findings.len() == 2
    })
    .await;
    let both = [
        ("polizei", "Es ist ruhig.", false),
        ("quartiersbuero", "Am Abend ist es laut.", false),
    ];
    assert_eq!(findings(seen.meeting.as_ref().unwrap(), 0), both.into());

    federation.isolate("quartiersbuero").await;
    let office = Desk::of(&federation, "quartiersbuero").await;
    office
        .meet(&key, Step::Find(note(2, "Das fehlt noch.")))
        .await
        .unwrap();
    kod.meet(&key, Step::Close(Plain {})).await.unwrap();
    federation.restart("quartiersbuero").await;
    let office = Desk::of(&federation, "quartiersbuero").await;
    let desks = [kod, polizei, office];
    let seen = agree(
        &desks,
        &key,
        "it is over, and the last word has come",
        |it| it.status() == MeetingStatus::Closed && it.agenda[1].findings.len() == 1,
    )
    .await;
    let seen = seen.meeting.unwrap();
    let late = [("quartiersbuero", "Das fehlt noch.", true)];
    assert_eq!(findings(&seen, 1), late.into());
    assert_eq!(findings(&seen, 0), both.into(), "these were in time");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deputy_takes_over_from_a_chair_that_is_gone_with_a_majority() {
    let nodes = ["kod", "polizei", "quartiersbuero", "dhz"];
    let mut federation = Federation::with(&nodes).await;
    let [kod, polizei, office, dhz] = Desk::all(&federation, nodes).await;
    let others = ["polizei", "quartiersbuero", "dhz"];
    let key = kod.invite(meeting("polizei", &others)).await;
    for desk in [&polizei, &office, &dhz] {
        desk.until_meeting(&key, "it has come", |_| true).await;
    }
    kod.meet(&key, open(&others)).await.unwrap();
    kod.meet(&key, Step::Find(note(1, "Es ist ruhig.")))
        .await
        .unwrap();
    for desk in [&polizei, &office, &dhz] {
        desk.until_meeting(&key, "all has come", |it| it.agenda[0].findings.len() == 1)
            .await;
    }
    federation.stop("kod").await;

    // The others go on.
    dhz.meet(&key, Step::Find(note(1, "Am Abend ist es laut.")))
        .await
        .unwrap();
    let left = [polizei.clone(), office.clone(), dhz.clone()];
    agree(&left, &key, "the others go on", |it| {
        it.agenda[0].findings.len() == 2
    })
    .await;
    let supporters = |it: &Meeting| it.invited.iter().filter(|it| it.supports_deputy).count();
    let take_over = || Step::TakeOver(Plain {});
    assert_eq!(
        reason(polizei.meet(&key, take_over()).await),
        "STEP_NOT_ALLOWED"
    );
    for desk in [&polizei, &office] {
        desk.meet(&key, Step::Support(Plain {})).await.unwrap();
    }
    polizei
        .until_meeting(&key, "two of four", |it| supporters(it) == 2)
        .await;
    let half = polizei.meet(&key, take_over()).await;
    assert_eq!(reason(half), "STEP_NOT_ALLOWED", "half is no majority");
    dhz.meet(&key, Step::Support(Plain {})).await.unwrap();
    polizei
        .until_meeting(&key, "three of four", |it| supporters(it) == 3)
        .await;
    assert_eq!(
        reason(office.meet(&key, take_over()).await),
        "STEP_NOT_ALLOWED"
    );
    let (_, taken) = polizei.meet(&key, take_over()).await.unwrap();
    assert_eq!(
        (taken.chair.as_str(), taken.status()),
        ("polizei", MeetingStatus::Running)
    );
    let decision = |text: &str| {
        Step::Decide(RecordDecision {
            item: 1,
            text: text.into(),
            proposal: String::new(),
        })
    };
    polizei
        .meet(&key, decision("Wir reinigen täglich."))
        .await
        .unwrap();

    // The old chair is up again, where it can't know, and ends what is no longer its own.
    federation.isolate("kod").await;
    let kod = Desk::of(&federation, "kod").await;
    kod.meet(&key, decision("Es bleibt, wie es ist."))
        .await
        .unwrap();
    let (_, closed) = kod.meet(&key, Step::Close(Plain {})).await.unwrap();
    assert_eq!(closed.status(), MeetingStatus::Closed);
    federation.restart("kod").await;
    let kod = Desk::of(&federation, "kod").await;
    let desks = [kod, polizei, office, dhz];
    let mut steps = 0;
    for desk in &desks {
        let mut seen = None;
        crate::kit::eventually(
            "the old chair's word has come, and counts for nothing",
            async || {
                let found = desk.meeting(&key).await.unwrap();
                let all = found.steps.iter().filter(|it| it.agency == "kod").count() == 5
                    && found
                        .steps
                        .iter()
                        .filter(|it| it.agency == "polizei")
                        .count()
                        == 3
                    // The takeover counts only where the supports that it knew have come as well.
                    && found
                        .steps
                        .iter()
                        .all(|it| it.standing() != StepStanding::Waiting);
                steps = found.steps.len();
                seen = found.meeting;
                all
            },
        )
        .await;
        let seen = seen.unwrap();
        assert_eq!(
            (seen.chair.as_str(), seen.status()),
            ("polizei", MeetingStatus::Running)
        );
        assert!(seen.erase_on.is_empty());
        let texts: Vec<&str> = seen.agenda[0]
            .decisions
            .iter()
            .map(|it| it.text.as_str())
            .collect();
        assert_eq!(texts, ["Wir reinigen täglich."]);
        assert_eq!(seen.agenda[0].findings.len(), 2);
    }
    assert!(steps > 0);
    let [kod, polizei, ..] = &desks;
    let no_more = kod.meet(&key, Step::Close(Plain {})).await;
    assert_eq!(reason(no_more), "STEP_NOT_ALLOWED", "now it knows");
    polizei.meet(&key, Step::Close(Plain {})).await.unwrap();
    let closed = |it: &Meeting| it.status() == MeetingStatus::Closed;
    let seen = agree(&desks, &key, "the deputy has ended it", closed).await;
    let seen = seen.meeting.unwrap();
    assert_eq!((seen.chair.as_str(), seen.void_steps), ("polizei", 0));
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_has_the_own_meetings_and_due_tasks() {
    let federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let titled = MeetingDraft {
        title: "Lage am Theaterplatz, täglich".into(),
        ..meeting("polizei", &["polizei"])
    };
    let first = kod.invite(titled).await;
    let second = kod.invite(meeting("polizei", &["polizei"])).await;
    kod.meet(&second, Step::Cancel(Plain {})).await.unwrap();
    let mut due = terms("polizei");
    due.due = in_days(9).to_string();
    let task = kod.ask(due).await;
    polizei.until_task(&task, "all has come", |_| true).await;
    polizei
        .until_meeting(&second, "it is called off", |it| {
            it.status() == MeetingStatus::Cancelled
        })
        .await;
    let export = async |meeting: Option<SubjectKey>| {
        let request = ExportCalendarRequest {
            meeting,
            language: 0,
        };
        let answer = polizei.meetings.clone().export_calendar(request).await;
        answer.map(|it| it.into_inner().file.unwrap())
    };
    let file = export(None).await.unwrap();
    assert_eq!(file.media_type, "text/calendar; charset=utf-8");
    let calendar = parsed(&file.content);
    let of = |kind: &str, name: &str| -> Vec<String> {
        let mut found: Vec<String> = calendar
            .iter()
            .filter(|it| it.0 == kind)
            .flat_map(|it| it.1.iter().filter(|(key, _)| key == name))
            .map(|(_, value)| value.clone())
            .collect();
        found.sort();
        found
    };
    let titles = of("VEVENT", "SUMMARY");
    assert!(
        titles
            .iter()
            .any(|it| it.contains("Lage am Theaterplatz\\, täglich")),
        "{titles:?}"
    );
    assert_eq!(
        of("VEVENT", "STATUS")
            .iter()
            .filter(|it| *it == "CANCELLED")
            .count(),
        1
    );
    assert_eq!(of("VTODO", "SUMMARY").len(), 1);
    assert!(of("VTODO", "SUMMARY")[0].contains("Glas am Brunnen entfernen"));
    let starts = of("VEVENT", "DTSTART");
    let day = in_days(7).strftime("%Y%m%d").to_string();
    assert_eq!(
        starts
            .iter()
            .filter(|it| **it == format!("{day}T093000"))
            .count(),
        2,
        "{starts:?}"
    );

    let one = parsed(&export(Some(first.clone())).await.unwrap().content);
    assert_eq!(one.iter().filter(|it| it.0 == "VEVENT").count(), 1);
    let nowhere = SubjectKey {
        subject: request_id(),
        ..first
    };
    assert!(export(Some(nowhere)).await.is_err());
    federation.end().await;
}

/// A part of a calendar: its name, and its properties.
type Part = (String, Vec<(String, String)>);

/// The parts of a calendar, as RFC 5545 has them: unfolded lines, and parameters left out.
fn parsed(content: &[u8]) -> Vec<Part> {
    let text = String::from_utf8(content.to_vec()).unwrap();
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    let unfolded = text.replace("\r\n ", "");
    let (mut parts, mut open) = (Vec::<Part>::new(), Vec::<Part>::new());
    for line in unfolded.split("\r\n").filter(|it| !it.is_empty()) {
        let (name, value) = line.split_once(':').unwrap();
        match name {
            "BEGIN" => open.push((value.to_owned(), Vec::new())),
            "END" => {
                let part = open.pop().unwrap();
                assert_eq!(part.0, value);
                parts.push(part);
            }
            _ => {
                let name = name.split(';').next().unwrap().to_owned();
                open.last_mut().unwrap().1.push((name, value.to_owned()));
            }
        }
    }
    assert!(open.is_empty());
    assert_eq!(parts.last().unwrap().0, "VCALENDAR");
    parts
}
