//! Steps that no honest node takes: on others' tasks, without a role, on what never was, contradicting, too long, too many. Each
//! counts for nothing and says why, or is refused; the task goes its way between those whose it is.

use anyhow::Result;
use tonic::Status;
use tonic::transport::Channel;
use verbund_ledger::{Entry, FrameHash, Outcome, RefusedReason};
use verbund_model::{
    Cut, CutLane, Day, DeclineReason, MeetingTerms, MeetingTransition, Remark, SubjectId,
    SubjectKind, TaskTerms, TaskTransition,
};
use verbund_tests::federation::request_id;
use verbund_tests::{Forge, System, agency, audience, forge, raw};
use verbund_wire::agency::meeting_service_client::MeetingServiceClient;
use verbund_wire::agency::remark_service_client::RemarkServiceClient;
use verbund_wire::agency::task_service_client::TaskServiceClient;
use verbund_wire::agency::{
    AddRemarkRequest, Alarm, CreateTaskRequest, GetMeetingRequest, GetTaskRequest, GetTaskResponse,
    ListRemarksRequest, ListTasksRequest, Meeting, RemarkSubject, StepReceipt, StepStanding,
    SubjectKey, TakeTaskStepRequest, Task, TaskMove, TaskStatus, TermsDraft,
};
use verbund_wire::convert::codes::{self, Codes, Kind};
use verbund_wire::convert::name;
use verbund_wire::federation as wire;

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM, outcomes};

/// What coordinators do at a node.
#[derive(Clone)]
struct Desk {
    tasks: TaskServiceClient<Channel>,
    remarks: RemarkServiceClient<Channel>,
    meetings: MeetingServiceClient<Channel>,
}

impl Desk {
    fn of(system: &System) -> Self {
        Self {
            tasks: TaskServiceClient::new(system.channel.clone()),
            remarks: RemarkServiceClient::new(system.channel.clone()),
            meetings: MeetingServiceClient::new(system.channel.clone()),
        }
    }

    /// Asks the honest agency for something that the hostile one may see.
    async fn ask(&self) -> Result<StepReceipt, Status> {
        let request = CreateTaskRequest {
            request_id: request_id(),
            terms: Some(TermsDraft {
                assignee: HONEST.to_owned(),
                measure: "m1".to_owned(),
                category: "sauberkeit".to_owned(),
                title: "Glas am Brunnen entfernen".to_owned(),
                ..TermsDraft::default()
            }),
            audience: vec![HOSTILE.to_owned()],
            handling: wire::Handling::Amber.into(),
            ..CreateTaskRequest::default()
        };
        let answer = self.tasks.clone().create_task(request).await?;
        Ok(answer.into_inner().receipt.unwrap_or_default())
    }

    async fn make(&self, task: &SubjectKey, makes: TaskMove) -> Result<Task, Status> {
        let request = TakeTaskStepRequest {
            request_id: request_id(),
            task: Some(task.clone()),
            r#move: makes.into(),
            ..TakeTaskStepRequest::default()
        };
        let answer = self.tasks.clone().take_task_step(request).await?;
        Ok(answer.into_inner().task.unwrap_or_default())
    }

    async fn task(&self, task: &SubjectKey) -> Result<GetTaskResponse, Status> {
        let request = GetTaskRequest {
            task: Some(task.clone()),
        };
        Ok(self.tasks.clone().get_task(request).await?.into_inner())
    }

    async fn list(&self) -> Result<Vec<Task>, Status> {
        let request = ListTasksRequest::default();
        let page = self.tasks.clone().list_tasks(request).await?;
        Ok(page.into_inner().tasks)
    }

    async fn remark(&self, task: &SubjectKey, text: &str) -> Result<String, Status> {
        let request = AddRemarkRequest {
            request_id: request_id(),
            on: Some(on_task(task)),
            text: text.to_owned(),
            ..AddRemarkRequest::default()
        };
        let answer = self.remarks.clone().add_remark(request).await?;
        Ok(answer.into_inner().receipt.unwrap_or_default().step)
    }

    /// The texts of the remarks on a task, by agency.
    async fn remarks(&self, task: &SubjectKey) -> Result<Vec<(String, String)>, Status> {
        let request = ListRemarksRequest {
            on: Some(on_task(task)),
        };
        let answer = self.remarks.clone().list_remarks(request).await?;
        let remarks = answer.into_inner().remarks.into_iter();
        Ok(remarks.map(|it| (it.agency, it.text)).collect())
    }

    async fn meeting(&self, meeting: &SubjectKey) -> Result<Meeting, Status> {
        let request = GetMeetingRequest {
            meeting: Some(meeting.clone()),
        };
        let answer = self.meetings.clone().get_meeting(request).await?;
        Ok(answer.into_inner().meeting.unwrap_or_default())
    }
}

fn on_task(task: &SubjectKey) -> RemarkSubject {
    RemarkSubject {
        kind: wire::SubjectKind::Task.into(),
        key: Some(task.clone()),
    }
}

fn terms(assignee: &str) -> TaskTerms {
    let word = "a word of the vocabulary";
    TaskTerms {
        assignee: agency(assignee),
        measure: "m1".parse().expect(word),
        category: "sauberkeit".parse().expect(word),
        place: None,
        due: None,
        origin: None,
    }
}

fn key(owner: &str, subject: &SubjectId) -> SubjectKey {
    SubjectKey {
        subject: subject.to_string(),
        owner: owner.to_owned(),
    }
}

/// A task of the victim that all three have, and the frame that opened it.
struct Theirs {
    key: SubjectKey,
    subject: SubjectId,
    opening: FrameHash,
}

impl Theirs {
    async fn asked(scene: &Scene, desks: &[Desk; 2]) -> Result<Self> {
        let receipt = desks[0].ask().await?;
        let key = receipt.subject.unwrap_or_default();
        until(scene, "the honest node to have the task", async || {
            desks[1].task(&key).await.map(|_| true)
        })
        .await?;
        Ok(Self {
            subject: SubjectId::parse(&key.subject)?,
            opening: FrameHash(
                receipt
                    .position
                    .unwrap_or_default()
                    .frame_hash
                    .as_ref()
                    .try_into()?,
            ),
            key,
        })
    }

    /// Codes on it that name these parents.
    fn codes(&self, lane: &Forge, kind: Kind, parents: &[FrameHash]) -> Codes {
        Codes {
            subject: self.subject,
            parents: parents.to_vec(),
            owner: Some(agency(VICTIM)),
            ..lane.codes(kind)
        }
    }
}

async fn until(
    scene: &Scene,
    what: &str,
    look: impl AsyncFn() -> Result<bool, Status>,
) -> Result<()> {
    let look = async || match look().await {
        Ok(true) => Ok(()),
        Ok(false) => Err("not yet".to_owned()),
        Err(status) => Err(status.to_string()),
    };
    scene.fed.until(what, look).await
}

fn say(lane: &mut Forge, codes: &Codes, text: Vec<u8>) -> Entry {
    lane.next(codes::encode(codes), text)
}

fn standings(task: &GetTaskResponse) -> Vec<(&str, &str, StepStanding, &str)> {
    let steps = task.steps.iter().filter(|it| it.agency == HOSTILE);
    steps
        .map(|it| {
            let words = (it.agency.as_str(), it.r#move.as_str());
            (words.0, words.1, it.standing(), it.void_reason.as_str())
        })
        .collect()
}

async fn void_alarms(system: &System) -> Result<Vec<Alarm>, Status> {
    let alarms = system.alarms().await?.into_iter();
    Ok(alarms.filter(|it| it.reason == "STEP_VOID").collect())
}

#[tokio::test]
async fn steps_without_a_right_count_for_nothing_and_raise_one_alarm() -> Result<()> {
    let mut scene = Scene::set().await?;
    let desks = [Desk::of(&scene.victim), Desk::of(&scene.honest)];
    let theirs = Theirs::asked(&scene, &desks).await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let opening = [theirs.opening];
    let erase_on: Day = "2026-01-01".parse()?;
    let withdrawn = TaskTransition::Withdrawn { erase_on };
    let steps = [
        (Kind::Task(TaskTransition::Accepted), &opening[..]),
        (Kind::Task(withdrawn), &opening),
        (
            Kind::Task(TaskTransition::Assigned(terms(HOSTILE))),
            &opening,
        ),
        // Its past never comes.
        (
            Kind::Task(TaskTransition::Declined(DeclineReason::NotOurs)),
            &[FrameHash([7; 32])],
        ),
    ];
    let mut entries = vec![lane.opening()];
    for (kind, parents) in &steps {
        let text = match kind {
            Kind::Task(TaskTransition::Assigned(_)) => raw::titled("Alles anders", ""),
            _ => raw::text(""),
        };
        let codes = theirs.codes(&lane, kind.clone(), parents);
        entries.push(say(&mut lane, &codes, text));
    }
    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, entries.len() as u64).await?;
    assert!(
        outcomes(&receipt)
            .iter()
            .all(|it| *it == Some(Outcome::Stored)),
        "kept, as all steps are"
    );

    for desk in &desks {
        until(&scene, "the steps are shown", async || {
            Ok(desk.task(&theirs.key).await?.steps.len() == 5)
        })
        .await?;
        let seen = desk.task(&theirs.key).await?;
        let mut found = standings(&seen);
        found.sort_unstable();
        let void = StepStanding::Void;
        assert_eq!(
            found,
            [
                (HOSTILE, "accept", void, "not-yours"),
                (HOSTILE, "assign", void, "not-yours"),
                (HOSTILE, "decline", StepStanding::Waiting, ""),
                (HOSTILE, "withdraw", void, "not-yours"),
            ]
        );
        let task = seen.task.unwrap_or_default();
        assert_eq!((task.status(), task.void_steps), (TaskStatus::Assigned, 3));
    }
    scene
        .victim
        .until_alarm("STEP_VOID", HOSTILE, "not-yours")
        .await?;
    let codes = theirs.codes(&lane, Kind::Task(TaskTransition::Finished), &opening);
    talk.give(&[say(&mut lane, &codes, raw::text(""))]).await?;
    talk.receipt(lane.lane, 6).await?;
    until(&scene, "the next step is shown", async || {
        Ok(desks[0].task(&theirs.key).await?.steps.len() == 6)
    })
    .await?;
    assert_eq!(void_alarms(&scene.victim).await?.len(), 1, "once is enough");

    // The task goes its way.
    for makes in [TaskMove::Accept, TaskMove::Finish] {
        desks[1].make(&theirs.key, makes).await?;
    }
    until(&scene, "the victim sees it done", async || {
        let seen = desks[0].task(&theirs.key).await?;
        Ok(seen.task.unwrap_or_default().status() == TaskStatus::Done)
    })
    .await?;
    let verified = desks[0].make(&theirs.key, TaskMove::Verify).await?;
    assert_eq!(verified.status(), TaskStatus::Verified);
    scene.others_go_on().await
}

#[tokio::test]
async fn what_nobody_may_open_or_say_is_refused_with_its_reason() -> Result<()> {
    let mut scene = Scene::set().await?;
    let desk = Desk::of(&scene.victim);
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = vec![lane.opening()];
    let mut expected = vec![Outcome::Stored];
    let refused = Outcome::Refused;
    let asks = || Kind::Task(TaskTransition::Assigned(terms(VICTIM)));
    let outsider = || Kind::Task(TaskTransition::Assigned(terms("polizei")));
    let plain = raw::titled("Glas am Brunnen entfernen", "");
    let for_another = Codes {
        owner: Some(agency(HONEST)),
        ..lane.codes(asks())
    };
    let of_nobody = Codes {
        owner: Some(agency("polizei")),
        ..lane.codes(asks())
    };
    let answer_first = lane.codes(Kind::Task(TaskTransition::Accepted));
    let unknown = lane.codes(Kind::Task(TaskTransition::Assigned(TaskTerms {
        category: "straftat".parse()?,
        ..terms(VICTIM)
    })));
    let cases = [
        (
            for_another,
            plain.clone(),
            refused(RefusedReason::TransitionIllegal),
        ),
        (
            of_nobody,
            plain.clone(),
            refused(RefusedReason::TransitionIllegal),
        ),
        (
            answer_first,
            raw::text(""),
            refused(RefusedReason::TransitionIllegal),
        ),
        (
            lane.codes(outsider()),
            plain.clone(),
            refused(RefusedReason::PolicyViolated),
        ),
        (
            unknown,
            plain.clone(),
            refused(RefusedReason::VocabularyUnknown),
        ),
        (
            lane.codes(asks()),
            raw::titled("Rückfragen an kanarienvogel@example.org", ""),
            refused(RefusedReason::GuardRejected),
        ),
        (
            lane.codes(asks()),
            raw::titled("Glas", "Rückfragen an kanarienvogel@example.org"),
            refused(RefusedReason::GuardRejected),
        ),
        (
            lane.codes(asks()),
            raw::titled(&"Glas ".repeat(25), ""),
            refused(RefusedReason::Oversize),
        ),
        (
            lane.codes(asks()),
            raw::titled("Glas", &"Glas ".repeat(201)),
            refused(RefusedReason::Oversize),
        ),
        (
            lane.codes(asks()),
            raw::text("Nur eine Notiz."),
            refused(RefusedReason::PolicyViolated),
        ),
        (lane.codes(asks()), plain, Outcome::Stored),
    ];
    for (codes, text, outcome) in cases {
        entries.push(say(&mut lane, &codes, text));
        expected.push(outcome);
    }
    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, entries.len() as u64).await?;
    for (sequence, outcome) in (1..).zip(&expected) {
        assert_eq!(
            receipt.outcome(sequence),
            Some(*outcome),
            "entry {sequence}"
        );
    }
    // The honest node gets no further than to what the victim refused: that it hands on to nobody.
    until(&scene, "the one task is there", async || {
        Ok(desk.list().await?.len() == 1)
    })
    .await?;
    assert!(void_alarms(&scene.victim).await?.is_empty());
    scene.others_go_on().await
}

/// Its own words, told in two ways: neither counts until one comes that knows both.
#[tokio::test]
async fn whoever_contradicts_itself_is_shown_and_harms_nobody_else() -> Result<()> {
    let mut scene = Scene::set().await?;
    let desks = [Desk::of(&scene.victim), Desk::of(&scene.honest)];
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = vec![lane.opening()];
    let asks = lane.codes(Kind::Task(TaskTransition::Assigned(terms(VICTIM))));
    let title = raw::titled("Glas am Brunnen entfernen", "");
    entries.push(say(&mut lane, &asks, title));
    let opening = forge::hash(&entries[1]);
    let next = |transition| Codes {
        subject: asks.subject,
        parents: vec![opening],
        ..lane.codes(Kind::Task(transition))
    };
    let erase_on = "2099-01-01".parse()?;
    let both = [
        (
            next(TaskTransition::Amended(terms(VICTIM))),
            raw::titled("Alles anders", ""),
        ),
        (next(TaskTransition::Withdrawn { erase_on }), raw::text("")),
    ];
    for (codes, text) in both {
        entries.push(say(&mut lane, &codes, text));
    }
    talk.give(&entries).await?;
    talk.receipt(lane.lane, 4).await?;
    let key = key(HOSTILE, &asks.subject);
    for desk in &desks {
        until(&scene, "the contradiction is shown", async || {
            let seen = desk.task(&key).await?.task.unwrap_or_default();
            Ok(seen.contradicting == [HOSTILE])
        })
        .await?;
        let seen = desk.task(&key).await?;
        let task = seen.task.unwrap_or_default();
        assert_eq!(
            task.status(),
            TaskStatus::Assigned,
            "its word is the last one before"
        );
        assert_eq!(
            task.terms.unwrap_or_default().title,
            "Glas am Brunnen entfernen"
        );
    }
    // The one who is asked can answer all the same.
    let declined = TakeTaskStepRequest {
        request_id: request_id(),
        task: Some(key.clone()),
        r#move: TaskMove::Decline.into(),
        decline_reason: wire::DeclineReason::NotOurs.into(),
        ..TakeTaskStepRequest::default()
    };
    desks[0].tasks.clone().take_task_step(declined).await?;
    until(
        &scene,
        "the answer is shown at the honest node",
        async || {
            let seen = desks[1].task(&key).await?.task.unwrap_or_default();
            Ok(seen.status() == TaskStatus::Declined)
        },
    )
    .await?;
    scene.others_go_on().await
}

#[tokio::test]
async fn a_subject_in_another_circle_is_another_one() -> Result<()> {
    let mut scene = Scene::set().await?;
    let desks = [Desk::of(&scene.victim), Desk::of(&scene.honest)];
    let theirs = Theirs::asked(&scene, &desks).await?;
    let mut talk = scene.wanted().await?;
    let mut narrow = Forge::new(&scene.fed, HOSTILE, audience(&[HOSTILE, VICTIM]));
    let mut entries = vec![narrow.opening()];
    // A step on the victim's task, and a task of its own with the same id.
    let accepted = Kind::Task(TaskTransition::Accepted);
    let codes = theirs.codes(&narrow, accepted, &[theirs.opening]);
    entries.push(say(&mut narrow, &codes, raw::text("")));
    let own = Codes {
        subject: theirs.subject,
        ..narrow.codes(Kind::Task(TaskTransition::Assigned(terms(VICTIM))))
    };
    entries.push(say(&mut narrow, &own, raw::titled("Alles anders", "")));
    talk.give(&entries).await?;
    talk.receipt(narrow.lane, 3).await?;
    let copied = key(HOSTILE, &theirs.subject);
    until(&scene, "the hostile task is shown", async || {
        Ok(desks[0].task(&copied).await.is_ok())
    })
    .await?;
    for desk in &desks {
        let seen = desk.task(&theirs.key).await?;
        assert_eq!(
            seen.steps.len(),
            1,
            "nothing was said on it in its own circle"
        );
        let task = seen.task.unwrap_or_default();
        assert_eq!(
            task.terms.unwrap_or_default().title,
            "Glas am Brunnen entfernen"
        );
    }
    desks[1].make(&theirs.key, TaskMove::Accept).await?;
    until(&scene, "the victim sees it accepted", async || {
        let seen = desks[0].task(&theirs.key).await?.task.unwrap_or_default();
        Ok(seen.status() == TaskStatus::Accepted)
    })
    .await?;
    assert!(
        desks[1].task(&copied).await.is_err(),
        "it is not for its eyes"
    );
    scene.others_go_on().await
}

#[tokio::test]
async fn a_flood_on_one_subject_takes_nobody_elses_word_away() -> Result<()> {
    const FLOOD: usize = 600;
    let mut scene = Scene::set().await?;
    let desks = [Desk::of(&scene.victim), Desk::of(&scene.honest)];
    let theirs = Theirs::asked(&scene, &desks).await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = vec![lane.opening()];
    for _ in 0..FLOOD {
        let accepted = Kind::Task(TaskTransition::Accepted);
        let codes = theirs.codes(&lane, accepted, &[theirs.opening]);
        entries.push(say(&mut lane, &codes, raw::text("")));
        let asked = Kind::Remark(SubjectKind::Task, Remark::Asked);
        let codes = theirs.codes(&lane, asked, &[]);
        entries.push(say(&mut lane, &codes, raw::text("Seit wann?")));
    }
    for some in entries.chunks(100) {
        talk.give(some).await?;
    }
    talk.receipt(lane.lane, entries.len() as u64).await?;
    // Both nodes have all of it, and each counts no more than one agency may say.
    for (system, desk) in [&scene.victim, &scene.honest].into_iter().zip(&desks) {
        let all = |it: &verbund_wire::agency::Partner| it.received == entries.len() as u64;
        system.until_partner(HOSTILE, "received whole", all).await?;
        until(&scene, "the flood is cut off", async || {
            let remarks = desk.remarks(&theirs.key).await?.len();
            let steps = desk.task(&theirs.key).await?.steps.len() - 1;
            Ok(remarks > 0 && steps > 0 && remarks + steps <= 256)
        })
        .await?;
    }
    desks[1].make(&theirs.key, TaskMove::Accept).await?;
    desks[1].remark(&theirs.key, "Machen wir morgen.").await?;
    until(&scene, "the victim sees both", async || {
        let seen = desks[0].task(&theirs.key).await?.task.unwrap_or_default();
        let remarks = desks[0].remarks(&theirs.key).await?;
        let answer = (HONEST.to_owned(), "Machen wir morgen.".to_owned());
        Ok(seen.status() == TaskStatus::Accepted && remarks.contains(&answer))
    })
    .await?;
    scene.others_go_on().await
}

#[tokio::test]
async fn nobody_takes_back_what_another_has_asked() -> Result<()> {
    let mut scene = Scene::set().await?;
    let desks = [Desk::of(&scene.victim), Desk::of(&scene.honest)];
    let theirs = Theirs::asked(&scene, &desks).await?;
    let question = desks[0].remark(&theirs.key, "Geht es morgen?").await?;
    until(&scene, "the honest node has the question", async || {
        Ok(desks[1].remarks(&theirs.key).await?.len() == 1)
    })
    .await?;
    let frame: FrameHash = question.parse()?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = vec![lane.opening()];
    let remark = name::step_of(&frame);
    let retracted = Kind::Remark(SubjectKind::Task, Remark::Retracted { remark });
    let codes = theirs.codes(&lane, retracted, &[]);
    entries.push(say(&mut lane, &codes, raw::text("")));
    let asked = Kind::Remark(SubjectKind::Task, Remark::Asked);
    let codes = theirs.codes(&lane, asked, &[]);
    entries.push(say(&mut lane, &codes, raw::text("Seit wann?")));
    talk.give(&entries).await?;
    talk.receipt(lane.lane, 3).await?;
    for desk in &desks {
        until(&scene, "what came after it is shown", async || {
            Ok(desk.remarks(&theirs.key).await?.len() == 2)
        })
        .await?;
        let texts: Vec<String> = desk
            .remarks(&theirs.key)
            .await?
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(texts, ["Geht es morgen?", "Seit wann?"]);
    }
    scene.others_go_on().await
}

#[tokio::test]
async fn a_cut_with_lanes_that_nobody_has_leaves_everybody_behind_and_up() -> Result<()> {
    let mut scene = Scene::set().await?;
    let desks = [Desk::of(&scene.victim), Desk::of(&scene.honest)];
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = vec![lane.opening()];
    let word = "a word of the vocabulary";
    let all = [HOSTILE, VICTIM, HONEST];
    let planned = lane.codes(Kind::Meeting(MeetingTransition::Planned(MeetingTerms {
        meeting_type: "lagebesprechung".parse().expect(word),
        deputy: agency(VICTIM),
        invited: all.map(agency).into(),
        day: lane.day,
        start_minute: 570,
        minutes: 45,
        place: None,
        agenda: Vec::new(),
        series: None,
    })));
    entries.push(say(&mut lane, &planned, raw::titled("Lagebesprechung", "")));
    let opening = forge::hash(&entries[1]);
    let cut = |lanes: u16| Cut {
        lanes: (0..lanes)
            .map(|number| {
                let mut lane = [0; 16];
                lane[..2].copy_from_slice(&number.to_be_bytes());
                CutLane {
                    lane,
                    origin: agency(HONEST),
                    sequence: u64::MAX,
                }
            })
            .collect(),
    };
    let opened = |lanes| Codes {
        subject: planned.subject,
        parents: vec![opening],
        ..lane.codes(Kind::Meeting(MeetingTransition::Opened {
            participants: all.map(agency).into(),
            cut: cut(lanes),
        }))
    };
    for codes in [opened(9), opened(257)] {
        entries.push(say(&mut lane, &codes, raw::text("")));
    }
    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, 4).await?;
    let policy = Outcome::Refused(RefusedReason::PolicyViolated);
    let stored = Some(Outcome::Stored);
    assert_eq!(outcomes(&receipt), [stored, stored, stored, Some(policy)]);
    let key = key(HOSTILE, &planned.subject);
    for (desk, others) in desks.iter().zip([1, 0]) {
        until(&scene, "the briefing runs", async || {
            Ok(desk.meeting(&key).await?.cut.len() == 9)
        })
        .await?;
        let invited = desk.meeting(&key).await?.invited;
        let behind: Vec<&str> = invited
            .iter()
            .filter(|it| it.behind)
            .map(|it| it.agency.as_str())
            .collect();
        // Whose lanes they would be has all that is its own, say the others; it knows better.
        assert_eq!(behind, all[..all.len() - others]);
    }
    scene.others_go_on().await
}
