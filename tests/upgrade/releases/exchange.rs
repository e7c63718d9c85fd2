//! What two agencies do with each other besides telling: a task is asked for and accepted, a remark made, personal data withdrawn.

use anyhow::{Context as _, Result};
use tonic::Status;
use verbund_tests::federation::request_id;
use verbund_tests::{Federation, System};
use verbund_wire::agency::remark_service_client::RemarkServiceClient;
use verbund_wire::agency::task_service_client::TaskServiceClient;
use verbund_wire::agency::{
    AddRemarkRequest, CreateTaskRequest, DeliveryState, GetTaskRequest, ListRemarksRequest,
    RemarkSubject, SubjectKey, TakeTaskStepRequest, TaskMove, TaskStatus, TermsDraft,
    WithdrawSituationRequest,
};
use verbund_wire::federation::{Handling, SubjectKind, WithdrawalReason};

/// One asks, the other answers; what is seen at each is what the other did.
pub(crate) async fn exchange(
    fed: &Federation,
    (asking, asker): (&str, &System),
    (asked, answerer): (&str, &System),
) -> Result<()> {
    task_and_remark(fed, (asking, asker), (asked, answerer))
        .await
        .with_context(|| format!("a task of {asking} for {asked}"))?;
    withdrawal(fed, (asking, asker), (asked, answerer))
        .await
        .with_context(|| format!("a withdrawal of {asking} at {asked}"))
}

async fn task_and_remark(
    fed: &Federation,
    (asking, asker): (&str, &System),
    (asked, answerer): (&str, &System),
) -> Result<()> {
    let terms = TermsDraft {
        assignee: asked.to_owned(),
        measure: "m1".to_owned(),
        category: "sauberkeit".to_owned(),
        title: "Glas am Brunnen entfernen".to_owned(),
        ..TermsDraft::default()
    };
    let request = CreateTaskRequest {
        request_id: request_id(),
        terms: Some(terms),
        handling: Handling::Amber.into(),
        ..CreateTaskRequest::default()
    };
    let created = TaskServiceClient::new(asker.channel.clone())
        .create_task(request)
        .await?
        .into_inner();
    let key = created
        .receipt
        .and_then(|it| it.subject)
        .context("a task")?;
    let key = SubjectKey {
        owner: asking.to_owned(),
        ..key
    };
    stands(fed, answerer, &key, TaskStatus::Assigned).await?;
    let step = TakeTaskStepRequest {
        request_id: request_id(),
        task: Some(key.clone()),
        r#move: TaskMove::Accept.into(),
        ..TakeTaskStepRequest::default()
    };
    TaskServiceClient::new(answerer.channel.clone())
        .take_task_step(step)
        .await?;
    stands(fed, asker, &key, TaskStatus::Accepted).await?;

    let on = RemarkSubject {
        kind: SubjectKind::Task.into(),
        key: Some(key),
    };
    let remark = AddRemarkRequest {
        request_id: request_id(),
        on: Some(on.clone()),
        text: "Auch die Seite am Theater?".to_owned(),
        ..AddRemarkRequest::default()
    };
    RemarkServiceClient::new(answerer.channel.clone())
        .add_remark(remark)
        .await?;
    let look = async || {
        let request = ListRemarksRequest {
            on: Some(on.clone()),
        };
        let mut remarks = RemarkServiceClient::new(asker.channel.clone());
        let listed = remarks.list_remarks(request).await;
        let listed = listed.map_err(told)?.into_inner().remarks;
        let is_there = listed.iter().any(|it| it.agency == asked);
        is_there.then_some(()).ok_or_else(|| format!("{listed:?}"))
    };
    fed.until("the remark", look).await
}

/// Waits until a task stands so.
async fn stands(
    fed: &Federation,
    at: &System,
    task: &SubjectKey,
    status: TaskStatus,
) -> Result<()> {
    let look = async || {
        let request = GetTaskRequest {
            task: Some(task.clone()),
        };
        let mut tasks = TaskServiceClient::new(at.channel.clone());
        let found = tasks.get_task(request).await.map_err(told)?.into_inner();
        let found = found.task.unwrap_or_default();
        (found.status() == status)
            .then_some(())
            .ok_or_else(|| format!("{found:?}"))
    };
    fed.until(&format!("the task to be {status:?}"), look).await
}

/// The note is gone at the partner, and the partner's receipt says so.
async fn withdrawal(
    fed: &Federation,
    (telling, teller): (&str, &System),
    (told_to, reader): (&str, &System),
) -> Result<()> {
    let receipt = teller
        .tell("Hätte nicht gesagt werden sollen.", &[])
        .await?;
    reader.until_subject(&receipt.subject).await?;
    let request = WithdrawSituationRequest {
        request_id: request_id(),
        subject: receipt.subject.clone(),
        etag: String::new(),
        reason: WithdrawalReason::PersonalData.into(),
    };
    teller
        .situations
        .clone()
        .withdraw_situation(request)
        .await?;
    let gone = async || {
        let events = reader.events().await.map_err(told)?;
        let mut theirs = events.into_iter().filter_map(|it| it.situation);
        let left = theirs.find(|it| it.subject == receipt.subject && !it.note.is_empty());
        left.map_or(Ok(()), |it| Err(format!("{it:?}")))
    };
    let what = format!("a note of {telling} to be destroyed at {told_to}");
    fed.until(&what, gone).await?;
    let erased = async || {
        let delivery = teller.delivery(&receipt.subject, told_to).await;
        let delivery = delivery.map_err(told)?;
        (delivery.state() == DeliveryState::Erased)
            .then_some(())
            .ok_or_else(|| format!("{delivery:?}"))
    };
    fed.until("the receipt that says so", erased).await
}

fn told(status: Status) -> String {
    status.to_string()
}
