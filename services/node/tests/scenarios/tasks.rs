//! Tasks between real nodes: what one asks, the other answers, and all see alike.

use std::collections::BTreeSet;
use std::time::Instant;

use verbund_wire::agency::{
    AuditEvent, CreateTaskRequest, GetTaskResponse, Link, ListTasksRequest, StepStanding,
    SubjectKey, SuggestAssigneeRequest, TakeTaskStepRequest, Task, TaskFilter, TaskMove,
    TaskStatus, TermsDraft,
};
use verbund_wire::error::explain;
use verbund_wire::federation::{DeclineReason, SubjectKind};

use crate::desk::{Desk, asking, in_days, moves, on, reason, stepping, terms};
use crate::kit::{Ahead, Federation, VOCABULARY, draft, eventually};

/// In no lexicon, and so for review.
const CANARY: &str = "Qwxzyfalter";
/// Refused wherever it stands.
const ADDRESS: &str = "kanarienvogel@example.org";

/// The same task as another agency sees it: what may be done with it is each one's own.
fn common(mut seen: GetTaskResponse) -> GetTaskResponse {
    seen.task.as_mut().unwrap().next.clear();
    seen
}

fn with_title(title: &str) -> TermsDraft {
    TermsDraft {
        title: title.to_owned(),
        ..terms("polizei")
    }
}

fn statuses(tasks: &[Task]) -> Vec<TaskStatus> {
    tasks.iter().map(Task::status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_its_way_and_a_third_sees_it_as_both_do() {
    let federation = Federation::with(&["kod", "polizei", "quartiersbuero"]).await;
    let [kod, polizei, third] = Desk::all(&federation, ["kod", "polizei", "quartiersbuero"]).await;
    let task = kod.ask(terms("polizei")).await;
    assert_eq!(task.owner, "kod");
    let seen = polizei.until_task(&task, "it has come", |_| true).await;
    let seen = seen.task.unwrap();
    assert_eq!(seen.status(), TaskStatus::Assigned);
    assert_eq!(
        seen.next().collect::<Vec<_>>(),
        [TaskMove::Accept, TaskMove::Decline]
    );
    assert_eq!(
        seen.circle.unwrap().audience.len(),
        6,
        "all of the federation"
    );

    let accepted = TakeTaskStepRequest {
        note: "Machen wir.".into(),
        etag: seen.etag,
        ..stepping(&task, TaskMove::Accept)
    };
    let accepted = polizei.step(accepted).await.unwrap();
    assert_eq!(
        (accepted.status(), accepted.note.as_str()),
        (TaskStatus::Accepted, "Machen wir.")
    );
    for (makes, becomes) in [
        (TaskMove::Progress, TaskStatus::InProgress),
        (TaskMove::Finish, TaskStatus::Done),
    ] {
        assert_eq!(polizei.make(&task, makes).await.unwrap().status(), becomes);
    }
    kod.until_task(&task, "it is done", |it| it.status() == TaskStatus::Done)
        .await;
    let verified = kod.make(&task, TaskMove::Verify).await.unwrap();
    assert_eq!(verified.erase_on, in_days(365).to_string());
    assert!(verified.next.is_empty());

    let is_verified = |it: &Task| it.status() == TaskStatus::Verified;
    let told = third.until_task(&task, "all has come", is_verified).await;
    assert_eq!(
        moves(&told.steps),
        ["assign", "accept", "progress", "finish", "verify"]
    );
    let effective =
        |it: &verbund_wire::agency::StepRecord| it.standing() == StepStanding::Effective;
    assert!(told.steps.iter().all(effective));
    let told = common(told);
    for desk in [&kod, &polizei] {
        let seen = desk.until_task(&task, "all has come", is_verified).await;
        assert_eq!(common(seen), told);
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_declines_says_why_and_changed_terms_ask_anew() {
    let federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let task = kod.ask(terms("polizei")).await;
    polizei.until_task(&task, "it has come", |_| true).await;
    let silent = polizei.make(&task, TaskMove::Decline).await.unwrap_err();
    let silent = explain(&silent);
    assert_eq!(silent.reason, "VALIDATION_FAILED");
    assert_eq!(silent.violations[0].field, "decline_reason");
    let declined = TakeTaskStepRequest {
        decline_reason: DeclineReason::NoCapacity.into(),
        note: "Erst nach dem Wochenende.".into(),
        ..stepping(&task, TaskMove::Decline)
    };
    polizei.step(declined).await.unwrap();
    let seen = kod
        .until_task(&task, "it is declined", |it| {
            it.status() == TaskStatus::Declined
        })
        .await;
    let seen = seen.task.unwrap();
    assert_eq!(seen.decline_reason(), DeclineReason::NoCapacity);
    assert_eq!(seen.note, "Erst nach dem Wochenende.");

    let amending = |terms: TermsDraft| TakeTaskStepRequest {
        terms: Some(terms),
        ..stepping(&task, TaskMove::Amend)
    };
    let another = kod
        .step(amending(terms("quartiersbuero")))
        .await
        .unwrap_err();
    let another = explain(&another);
    assert_eq!(
        (another.reason.as_str(), another.metadata["void"].as_str()),
        ("STEP_NOT_ALLOWED", "fixed")
    );
    let later = TermsDraft {
        due: in_days(10).to_string(),
        ..terms("polizei")
    };
    let amended = kod.step(amending(later)).await.unwrap();
    assert_eq!(amended.status(), TaskStatus::Assigned);
    assert_eq!(amended.decline_reason(), DeclineReason::Unspecified);
    polizei
        .until_task(&task, "it is asked again", |it| {
            it.status() == TaskStatus::Assigned
        })
        .await;
    polizei.make(&task, TaskMove::Accept).await.unwrap();
    let accepted = |it: &Task| it.status() == TaskStatus::Accepted;
    kod.until_task(&task, "it is accepted", accepted).await;
    // And once more, of work that was agreed to on other terms.
    let sooner = TermsDraft {
        due: in_days(2).to_string(),
        ..terms("polizei")
    };
    let amended = kod.step(amending(sooner)).await.unwrap();
    assert_eq!(amended.status(), TaskStatus::Assigned);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_proposed_asks_nobody() {
    let federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let proposing = CreateTaskRequest {
        propose: true,
        ..asking(terms("polizei"))
    };
    let task = kod.create(proposing).await.unwrap().subject.unwrap();
    let seen = polizei.until_task(&task, "it has come", |_| true).await;
    let seen = seen.task.unwrap();
    assert_eq!(seen.status(), TaskStatus::Proposed);
    assert!(seen.next.is_empty());
    let early = polizei.make(&task, TaskMove::Accept).await.unwrap_err();
    let early = explain(&early);
    assert_eq!(early.reason, "STEP_NOT_ALLOWED");
    assert_eq!(
        (
            early.metadata["state"].as_str(),
            early.metadata["void"].as_str()
        ),
        ("proposed", "not-now")
    );
    let assigned = kod.make(&task, TaskMove::Assign).await.unwrap();
    let asked = assigned.terms.unwrap();
    assert_eq!(
        (asked.title.as_str(), asked.description.as_str()),
        ("Glas am Brunnen entfernen", "Vor dem Markttag."),
        "as it was proposed"
    );
    polizei
        .until_task(&task, "it is asked", |it| {
            it.status() == TaskStatus::Assigned
        })
        .await;
    polizei.make(&task, TaskMove::Accept).await.unwrap();
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawn_here_and_accepted_there_is_the_same_everywhere_once_they_meet() {
    let nodes = ["kod", "polizei", "quartiersbuero"];
    let mut federation = Federation::with(&nodes).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let task = kod.ask(terms("polizei")).await;
    polizei.until_task(&task, "it has come", |_| true).await;
    federation.isolate("polizei").await;
    let polizei = Desk::of(&federation, "polizei").await;
    for makes in [TaskMove::Accept, TaskMove::Progress] {
        polizei.make(&task, makes).await.unwrap();
    }
    let withdrawn = kod.make(&task, TaskMove::Withdraw).await.unwrap();
    assert_eq!(withdrawn.status(), TaskStatus::Withdrawn);
    let alone = polizei.task(&task).await.unwrap().task.unwrap();
    assert_eq!(alone.status(), TaskStatus::InProgress, "it can't know");

    federation.restart("polizei").await;
    let desks = Desk::all(&federation, nodes).await;
    let mut seen = Vec::new();
    for desk in &desks {
        let mut found = None;
        eventually("both words have come", async || {
            found = desk.task(&task).await.ok();
            found.as_ref().is_some_and(|it| it.steps.len() == 4)
        })
        .await;
        seen.push(common(found.unwrap()));
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:#?}");
    let (outcome, steps) = (seen[0].task.clone().unwrap(), &seen[0].steps);
    assert_eq!(outcome.status(), TaskStatus::Withdrawn);
    // Both were right when they spoke: what the assigner takes back stays so all the same.
    assert_eq!(outcome.void_steps, 0);
    assert!(outcome.contradicting.is_empty());
    let standing: BTreeSet<(&str, StepStanding)> = steps
        .iter()
        .map(|it| (it.r#move.as_str(), it.standing()))
        .collect();
    let effective = StepStanding::Effective;
    assert_eq!(
        standing,
        ["accept", "assign", "progress", "withdraw"]
            .map(|it| (it, effective))
            .into()
    );
    let late = desks[1].make(&task, TaskMove::Finish).await.unwrap_err();
    assert_eq!(explain(&late).metadata["state"], "withdrawn");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_why_and_nothing_about_what_one_may_not_know() {
    let federation = Federation::with(&["kod", "polizei", "quartiersbuero"]).await;
    let [kod, polizei, third] = Desk::all(&federation, ["kod", "polizei", "quartiersbuero"]).await;
    let narrow = CreateTaskRequest {
        audience: vec!["polizei".into()],
        ..asking(terms("polizei"))
    };
    let first = kod.create(narrow.clone()).await.unwrap();
    assert_eq!(first.audience, ["kod", "polizei"]);
    let task = first.subject.clone().unwrap();

    let again = kod.create(narrow.clone()).await.unwrap();
    assert!(again.repeated_request && !first.repeated_request);
    assert_eq!((&again.step, &again.subject), (&first.step, &first.subject));
    let other = CreateTaskRequest {
        terms: Some(with_title("Täglich reinigen")),
        ..narrow.clone()
    };
    assert_eq!(reason(kod.create(other).await), "REQUEST_ID_REUSED");
    assert_eq!(kod.list(TaskFilter::default()).await.len(), 1);

    let seen = polizei.until_task(&task, "it has come", |_| true).await;
    let before = seen.task.unwrap().etag;
    let accept = TakeTaskStepRequest {
        etag: before.clone(),
        ..stepping(&task, TaskMove::Accept)
    };
    let accepted = polizei.step(accept.clone()).await.unwrap();
    let repeated = polizei.step(accept.clone()).await.unwrap();
    assert_eq!(
        repeated.etag, accepted.etag,
        "the same answer, and no second step"
    );
    assert_eq!(polizei.task(&task).await.unwrap().steps.len(), 2);
    let reused = TakeTaskStepRequest {
        r#move: TaskMove::Progress.into(),
        ..accept
    };
    assert_eq!(reason(polizei.step(reused).await), "REQUEST_ID_REUSED");
    let stale = TakeTaskStepRequest {
        etag: before,
        ..stepping(&task, TaskMove::Progress)
    };
    let stale = explain(&polizei.step(stale).await.unwrap_err());
    assert_eq!(stale.reason, "STALE_ETAG");
    assert_eq!(stale.metadata["latest_etag"], accepted.etag);
    let twice = explain(&polizei.make(&task, TaskMove::Accept).await.unwrap_err());
    assert_eq!(
        (twice.reason.as_str(), twice.metadata["state"].as_str()),
        ("STEP_NOT_ALLOWED", "accepted")
    );
    let not_its_own = explain(&polizei.make(&task, TaskMove::Verify).await.unwrap_err());
    assert_eq!(not_its_own.metadata["void"], "not-yours");

    // What is not for its eyes is, for the third, as if it were not there.
    let nowhere = SubjectKey {
        subject: uuid::Uuid::new_v4().to_string(),
        owner: "kod".into(),
    };
    let words = |status: tonic::Status| (status.code(), status.message().to_owned());
    let unknown = words(third.task(&nowhere).await.unwrap_err());
    assert_eq!(words(third.task(&task).await.unwrap_err()), unknown);
    assert_eq!(reason(third.task(&task).await), "SUBJECT_NOT_FOUND");
    let unknown = words(third.make(&nowhere, TaskMove::Accept).await.unwrap_err());
    let hidden = third.make(&task, TaskMove::Accept).await.unwrap_err();
    assert_eq!(words(hidden), unknown);
    let on_task = |key: &SubjectKey| on(SubjectKind::Task, key);
    let unknown = words(third.remarks(&on_task(&nowhere)).await.unwrap_err());
    assert_eq!(
        words(third.remarks(&on_task(&task)).await.unwrap_err()),
        unknown
    );

    // In a wider circle, whoever is not asked has no say.
    let wide = kod.ask(terms("polizei")).await;
    third.until_task(&wide, "it has come", |_| true).await;
    let meddling = explain(&third.make(&wide, TaskMove::Accept).await.unwrap_err());
    assert_eq!(
        (meddling.reason.as_str(), meddling.metadata["void"].as_str()),
        ("STEP_NOT_ALLOWED", "not-yours")
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_task_is_nowhere_else() {
    let mut federation = Federation::with(&["kod", "polizei", "quartiersbuero"]).await;
    let [kod, polizei, third] = Desk::all(&federation, ["kod", "polizei", "quartiersbuero"]).await;
    let mut watched = third.watch_tasks().await;
    let narrow = CreateTaskRequest {
        audience: vec!["polizei".into()],
        ..asking(terms("polizei"))
    };
    let narrow = kod.create(narrow).await.unwrap();
    let task = narrow.subject.unwrap();
    polizei.until_task(&task, "it has come", |_| true).await;
    polizei.make(&task, TaskMove::Accept).await.unwrap();
    let wide = kod.ask(terms("polizei")).await;
    let told = watched.message().await.unwrap().unwrap().task.unwrap();
    assert_eq!(told.key.as_ref(), Some(&wide), "nothing was told before it");
    let listed = third.list(TaskFilter::default()).await;
    assert_eq!(listed.len(), 1);
    // The wider lane's opening and the one task: of the other lane not even that it is there.
    assert_eq!(
        federation.partner("quartiersbuero", "kod").await.received,
        2
    );
    assert_eq!(
        federation
            .partner("quartiersbuero", "polizei")
            .await
            .received,
        0
    );
    federation.stop("quartiersbuero").await;
    let lane = narrow.position.unwrap().lane;
    assert!(federation.holds("kod", &lane), "where it is, it is found");
    assert!(!federation.holds("quartiersbuero", &lane));
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_reads_title_description_and_note_and_keeps_nothing() {
    let mut federation = Federation::with(&["kod"]).await;
    let kod = Desk::of(&federation, "kod").await;
    let title = format!("Rückfragen an {ADDRESS}");
    let described = TermsDraft {
        description: title.clone(),
        ..terms("polizei")
    };
    for (bad, field) in [(with_title(&title), "title"), (described, "description")] {
        let refused = kod.create(asking(bad)).await.unwrap_err();
        assert!(!refused.message().contains(ADDRESS));
        let refused = explain(&refused);
        assert_eq!(refused.reason, "GUARD_REJECTED");
        assert_eq!(refused.violations[0].field, format!("text.{field}"));
    }
    assert!(kod.list(TaskFilter::default()).await.is_empty());

    let task = kod.ask(terms("polizei")).await;
    let noted = TakeTaskStepRequest {
        note: title,
        ..stepping(&task, TaskMove::Withdraw)
    };
    let refused = explain(&kod.step(noted).await.unwrap_err());
    assert_eq!(refused.reason, "GUARD_REJECTED");
    assert_eq!(refused.violations[0].field, "text.note");
    assert_eq!(kod.task(&task).await.unwrap().steps.len(), 1);
    federation.stop("kod").await;
    assert!(!federation.holds("kod", ADDRESS.as_bytes()));
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_review_takes_a_coordinators_word_and_the_audit_log_tells_of_it() {
    let federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let machine = Desk::system(&federation, "kod", "machine").await;
    let doubtful = asking(with_title(&format!("Den {CANARY} entfernen")));
    let confirming = CreateTaskRequest {
        confirm_review: true,
        ..doubtful.clone()
    };
    for refused in [
        kod.create(doubtful).await,
        machine.create(confirming.clone()).await,
    ] {
        assert_eq!(reason(refused), "GUARD_REVIEW", "nobody has looked at it");
    }
    assert!(kod.audit().await.is_empty());
    let task = kod.create(confirming).await.unwrap().subject.unwrap();
    let seen = polizei.until_task(&task, "it has come", |_| true).await;
    assert!(seen.steps[0].reviewed);
    assert!(seen.task.unwrap().terms.unwrap().title.contains(CANARY));

    let doubtful = TakeTaskStepRequest {
        note: format!("Der {CANARY} bleibt."),
        decline_reason: DeclineReason::NotOurs.into(),
        ..stepping(&task, TaskMove::Decline)
    };
    assert_eq!(reason(polizei.step(doubtful.clone()).await), "GUARD_REVIEW");
    let confirming = TakeTaskStepRequest {
        confirm_review: true,
        ..doubtful
    };
    polizei.step(confirming).await.unwrap();
    for (desk, field) in [(&kod, "text.title"), (&polizei, "text.note")] {
        let audit = desk.audit().await;
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0].event(), AuditEvent::ReviewConfirmed);
        assert_eq!(
            (audit[0].role.as_str(), audit[0].subject.as_str()),
            ("coordinator", task.subject.as_str())
        );
        assert_eq!(audit[0].findings[0].field, field);
        assert!(!format!("{audit:?}").contains(CANARY));
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_overdue_when_its_day_is_over_and_it_is_not_done() {
    let mut federation = Federation::new();
    let clock = Ahead::default();
    for node in ["kod", "polizei"] {
        federation.start_by(node, &clock).await;
    }
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let due = |days: i64| TermsDraft {
        due: in_days(days).to_string(),
        ..terms("polizei")
    };
    let [soon, later, done] = [due(1), due(9), due(1)];
    let soon = kod.ask(soon).await;
    let later = kod.ask(later).await;
    let done = kod.ask(done).await;
    polizei.until_task(&done, "all have come", |_| true).await;
    for makes in [TaskMove::Accept, TaskMove::Finish] {
        polizei.make(&done, makes).await.unwrap();
    }
    let finished = |it: &Task| it.status() == TaskStatus::Done;
    kod.until_task(&done, "it is done", finished).await;
    let overdue = async |desk: &Desk| {
        let filter = TaskFilter {
            overdue: true,
            ..TaskFilter::default()
        };
        desk.list(filter).await
    };
    assert!(overdue(&kod).await.is_empty());
    clock.days(2);
    for desk in [&kod, &polizei] {
        let listed = overdue(desk).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].key.as_ref(), Some(&soon));
        assert!(listed[0].overdue);
        let other = desk.task(&later).await.unwrap().task.unwrap();
        assert!(!other.overdue);
    }
    let past = kod.create(asking(due(1))).await.unwrap_err();
    assert_eq!(explain(&past).violations[0].field, "terms.due");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_chosen_by_every_filter_and_paged_without_gaps() {
    let federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let due = |assignee: &str, measure: &str, days: i64| TermsDraft {
        measure: measure.into(),
        due: in_days(days).to_string(),
        ..terms(assignee)
    };
    let mut all = Vec::new();
    for number in 0..7 {
        let measure = ["m1", "m2"][number % 2];
        let days = i64::try_from(number).unwrap() + 1;
        all.push(kod.ask(due("polizei", measure, days)).await);
    }
    all.push(polizei.ask(due("kod", "m1", 1)).await);
    let last = all.last().unwrap();
    kod.until_task(last, "the police's has come", |_| true)
        .await;
    let declining = TakeTaskStepRequest {
        decline_reason: DeclineReason::NotOurs.into(),
        ..stepping(last, TaskMove::Decline)
    };
    kod.step(declining).await.unwrap();

    let chosen = async |filter: TaskFilter| kod.list(filter).await.len();
    let filter = TaskFilter::default();
    let one = |word: &str| vec![word.to_owned()];
    let assigners = TaskFilter {
        assigners: one("kod"),
        ..filter.clone()
    };
    let assignees = TaskFilter {
        assignees: one("kod"),
        ..filter.clone()
    };
    let measures = TaskFilter {
        measures: one("m2"),
        ..filter.clone()
    };
    let declined = TaskFilter {
        statuses: vec![TaskStatus::Declined.into()],
        ..filter.clone()
    };
    let due_by = TaskFilter {
        due_by: in_days(3).to_string(),
        ..filter.clone()
    };
    let both = TaskFilter {
        assigners: one("kod"),
        ..due_by.clone()
    };
    assert_eq!(chosen(filter.clone()).await, 8);
    assert_eq!(chosen(assigners).await, 7);
    assert_eq!(chosen(assignees).await, 1);
    assert_eq!(chosen(measures.clone()).await, 3);
    assert_eq!(chosen(declined).await, 1);
    assert_eq!(chosen(due_by).await, 4);
    assert_eq!(chosen(both).await, 3);
    for bad in [
        TaskFilter {
            due_by: "3.12.".into(),
            ..filter.clone()
        },
        TaskFilter {
            statuses: vec![99],
            ..filter.clone()
        },
    ] {
        let request = ListTasksRequest {
            filter: Some(bad),
            ..ListTasksRequest::default()
        };
        assert_eq!(
            reason(kod.tasks.clone().list_tasks(request).await),
            "VALIDATION_FAILED"
        );
    }

    let mut request = ListTasksRequest {
        page_size: 3,
        ..ListTasksRequest::default()
    };
    let (mut found, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let page = kod.tasks.clone().list_tasks(request.clone()).await.unwrap();
        let page = page.into_inner();
        sizes.push(page.tasks.len());
        found.extend(page.tasks.into_iter().map(|it| it.key.unwrap()));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(sizes, [3, 3, 2]);
    let newest_first: Vec<SubjectKey> = all.iter().rev().cloned().collect();
    assert_eq!(
        found, newest_first,
        "the one that was declined has changed last"
    );
    let elsewhere = ListTasksRequest {
        filter: Some(measures),
        ..request
    };
    let elsewhere = kod.tasks.clone().list_tasks(elsewhere).await;
    assert_eq!(reason(elsewhere), "PAGE_TOKEN_INVALID");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_are_told_of_each_change() {
    let federation = Federation::with(&["kod", "polizei"]).await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let (mut at_kod, mut at_polizei) = (kod.watch_tasks().await, polizei.watch_tasks().await);
    let asked = Instant::now();
    let task = kod.ask(terms("polizei")).await;
    let told = at_polizei.message().await.unwrap().unwrap().task.unwrap();
    eprintln!(
        "a new task was told at the other node after {:?}",
        asked.elapsed()
    );
    assert_eq!(told.key.as_ref(), Some(&task));
    let mut made = Vec::new();
    for makes in [TaskMove::Accept, TaskMove::Progress, TaskMove::Finish] {
        let asked = Instant::now();
        let status = polizei.make(&task, makes).await.unwrap().status();
        loop {
            let told = at_kod.message().await.unwrap().unwrap().task.unwrap();
            if told.status() == status {
                break;
            }
        }
        eprintln!(
            "a step was told at the other node after {:?}",
            asked.elapsed()
        );
        made.push(status);
    }
    assert_eq!(
        made,
        [
            TaskStatus::Accepted,
            TaskStatus::InProgress,
            TaskStatus::Done
        ]
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_charter_tells_who_is_asked_first() {
    let federation = Federation::with(&["kod"]).await;
    let kod = Desk::of(&federation, "kod").await;
    let suggest = async |category: &str| {
        let category = category.to_owned();
        let request = SuggestAssigneeRequest { category };
        let answer = kod.tasks.clone().suggest_assignee(request).await;
        answer.map(|it| it.into_inner().agencies)
    };
    assert_eq!(suggest("kontrolle").await.unwrap(), ["polizei"]);
    assert!(
        suggest("beschwerde").await.unwrap().is_empty(),
        "nobody in particular"
    );
    assert_eq!(reason(suggest("straftat").await), "VALIDATION_FAILED");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_starts_again_has_the_board_that_it_had() {
    let mut federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let mut tasks = Vec::new();
    for _ in 0..4 {
        tasks.push(kod.ask(terms("polizei")).await);
    }
    polizei
        .until_task(&tasks[3], "all have come", |_| true)
        .await;
    polizei.make(&tasks[1], TaskMove::Accept).await.unwrap();
    kod.until_task(&tasks[1], "it is accepted", |it| {
        it.status() == TaskStatus::Accepted
    })
    .await;
    kod.make(&tasks[0], TaskMove::Withdraw).await.unwrap();
    let before = kod.list(TaskFilter::default()).await;
    let steps = kod.task(&tasks[1]).await.unwrap();
    assert_eq!(
        statuses(&before),
        [
            TaskStatus::Withdrawn,
            TaskStatus::Accepted,
            TaskStatus::Assigned,
            TaskStatus::Assigned
        ]
    );
    federation.restart("kod").await;
    let kod = Desk::of(&federation, "kod").await;
    assert_eq!(kod.list(TaskFilter::default()).await, before);
    assert_eq!(kod.task(&tasks[1]).await.unwrap(), steps);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charter_of_an_older_level_has_no_tasks() {
    let vocabulary = VOCABULARY.replace("protocol_level = 2", "protocol_level = 1");
    assert_ne!(vocabulary, VOCABULARY);
    let mut federation = Federation::under(&vocabulary);
    federation.start("kod").await;
    let kod = Desk::of(&federation, "kod").await;
    assert_eq!(
        reason(kod.create(asking(terms("polizei"))).await),
        "PROTOCOL_LEVEL"
    );
    let update = federation.publish("kod", draft()).await;
    let key = SubjectKey {
        subject: update.subject,
        owner: "kod".into(),
    };
    let on_update = on(SubjectKind::Update, &key);
    let question = kod.remark(&on_update, "", "Seit wann?").await;
    assert_eq!(reason(question), "PROTOCOL_LEVEL");
    assert_eq!(reason(kod.acknowledge(&key, "").await), "PROTOCOL_LEVEL");
    federation.end().await;
}

/// Its entries could be kept for more than a year; the assigner's word on the day counts, on every node.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_task_is_forgotten_whole_on_its_day() {
    let vocabulary = VOCABULARY.replace("task_after_close = 365", "task_after_close = 3");
    assert_ne!(vocabulary, VOCABULARY);
    let mut federation = Federation::under(&vocabulary);
    let clock = Ahead::default();
    // One of them lays down what it forgets.
    let archive = tempfile::tempdir().unwrap();
    let mut config = federation.config("kod");
    config.store.archive = Some(archive.path().join("archive"));
    let ahead = std::sync::Arc::new(clock.clone());
    federation.start_with("kod", config, ahead).await;
    federation.start_by("polizei", &clock).await;
    let desks = Desk::all(&federation, ["kod", "polizei"]).await;
    let [kod, polizei] = &desks;
    let closed = kod.ask(with_title("Täglich reinigen")).await;
    let open = kod.ask(terms("polizei")).await;
    polizei.until_task(&open, "both have come", |_| true).await;
    for makes in [TaskMove::Accept, TaskMove::Finish] {
        polizei.make(&closed, makes).await.unwrap();
    }
    for task in [&closed, &open] {
        let on_task = on(SubjectKind::Task, task);
        polizei.remark(&on_task, "", "Seit wann?").await.unwrap();
        let asked = |it: &[verbund_wire::agency::Remark]| it.len() == 1;
        kod.until_remarks(&on_task, "the question has come", asked)
            .await;
    }
    kod.until_task(&closed, "it is done", |it| it.status() == TaskStatus::Done)
        .await;
    let verified = kod.make(&closed, TaskMove::Verify).await.unwrap();
    assert_eq!(verified.erase_on, in_days(3).to_string());
    let is_verified = |it: &Task| it.status() == TaskStatus::Verified;
    polizei
        .until_task(&closed, "it is verified", is_verified)
        .await;

    // Nobody sees it once more at a node that was off when its day came.
    federation.stop("polizei").await;
    clock.days(3);
    federation.start_by("polizei", &clock).await;
    let late = Desk::of(&federation, "polizei").await;
    assert_eq!(late.list(TaskFilter::default()).await.len(), 1);
    let desks = [kod, &late];
    for desk in desks {
        eventually("it is forgotten", async || {
            desk.task(&closed).await.is_err()
        })
        .await;
        let gone = on(SubjectKind::Task, &closed);
        assert_eq!(reason(desk.task(&closed).await), "SUBJECT_NOT_FOUND");
        assert_eq!(reason(desk.remarks(&gone).await), "SUBJECT_NOT_FOUND");
        let left = desk.list(TaskFilter::default()).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].key.as_ref(), Some(&open));
        let stays = on(SubjectKind::Task, &open);
        assert_eq!(desk.remarks(&stays).await.unwrap()[0].text, "Seit wann?");
    }
    let name = format!("task-kod-{}.json", closed.subject);
    let laid = std::fs::read(archive.path().join("archive").join(name)).unwrap();
    let laid: serde_json::Value = serde_json::from_slice(&laid).unwrap();
    assert_eq!(laid["title"], "Täglich reinigen");
    assert_eq!(laid["status"], "verified");
    assert_eq!(laid["steps"].as_array().unwrap().len(), 4);
    // Nor does it come back.
    for node in ["kod", "polizei"] {
        federation.stop(node).await;
        federation.start_by(node, &clock).await;
        let desk = Desk::of(&federation, node).await;
        assert_eq!(desk.list(TaskFilter::default()).await.len(), 1);
        let repeated = stepping(&closed, TaskMove::Return);
        assert_eq!(reason(desk.step(repeated).await), "SUBJECT_NOT_FOUND");
    }
    federation.end().await;
}
