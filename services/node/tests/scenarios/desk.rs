//! A coordinator's desk: tasks, meetings, remarks and acknowledgements at one agency's node.

use jiff::civil::Date;
use tonic::transport::Channel;
use tonic::{Status, Streaming};
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::meeting_service_client::MeetingServiceClient;
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::remark_service_client::RemarkServiceClient;
use verbund_wire::agency::take_meeting_step_request::Step as MeetingStep;
use verbund_wire::agency::task_service_client::TaskServiceClient;
use verbund_wire::agency::{
    AcknowledgeRequest, AddRemarkRequest, AgencyDelivery, AgendaDraft, AuditRecord,
    CreateTaskRequest, GetDeliveryRequest, GetMeetingRequest, GetMeetingResponse, GetTaskRequest,
    GetTaskResponse, ListAuditRecordsRequest, ListMeetingsRequest, ListRemarksRequest,
    ListTasksRequest, Meeting, MeetingDraft, MeetingFilter, PlanMeetingRequest, Remark,
    RemarkSubject, RetractRemarkRequest, StepReceipt, StepRecord, SubjectKey,
    TakeMeetingStepRequest, TakeTaskStepRequest, Task, TaskFilter, TaskMove, TermsDraft,
    WatchMeetingsRequest, WatchMeetingsResponse, WatchTasksRequest, WatchTasksResponse,
};
use verbund_wire::error::explain;
use verbund_wire::federation::{Handling, SubjectKind};

use crate::kit::{Federation, eventually, request_id};

/// A desk, connected for as long as its node runs.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) tasks: TaskServiceClient<Channel>,
    pub(crate) meetings: MeetingServiceClient<Channel>,
    remarks: RemarkServiceClient<Channel>,
    feed: FeedServiceClient<Channel>,
    node: NodeServiceClient<Channel>,
}

impl Desk {
    /// A coordinator's desk.
    pub(crate) async fn of(federation: &Federation, node: &str) -> Self {
        Self::system(federation, node, "duty-log").await
    }

    /// The desks of several agencies.
    pub(crate) async fn all<const N: usize>(
        federation: &Federation,
        nodes: [&str; N],
    ) -> [Self; N] {
        let mut desks = Vec::with_capacity(N);
        for node in nodes {
            desks.push(Self::of(federation, node).await);
        }
        desks.try_into().unwrap()
    }

    /// Another system's.
    pub(crate) async fn system(federation: &Federation, node: &str, system: &str) -> Self {
        let channel = federation.system(node, system).await;
        Self {
            tasks: TaskServiceClient::new(channel.clone()),
            meetings: MeetingServiceClient::new(channel.clone()),
            remarks: RemarkServiceClient::new(channel.clone()),
            feed: FeedServiceClient::new(channel.clone()),
            node: NodeServiceClient::new(channel),
        }
    }

    /// Opens a task.
    pub(crate) async fn create(&self, request: CreateTaskRequest) -> Result<StepReceipt, Status> {
        let answer = self.tasks.clone().create_task(request).await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    /// Opens a task with nothing wrong in it.
    pub(crate) async fn ask(&self, terms: TermsDraft) -> SubjectKey {
        let receipt = self.create(asking(terms)).await.unwrap();
        receipt.subject.unwrap()
    }

    /// Takes a step on a task.
    pub(crate) async fn step(&self, request: TakeTaskStepRequest) -> Result<Task, Status> {
        let answer = self.tasks.clone().take_task_step(request).await;
        Ok(answer?.into_inner().task.unwrap())
    }

    /// Takes a step on a task that needs nothing said.
    pub(crate) async fn make(&self, task: &SubjectKey, makes: TaskMove) -> Result<Task, Status> {
        self.step(stepping(task, makes)).await
    }

    /// A task with its steps.
    pub(crate) async fn task(&self, task: &SubjectKey) -> Result<GetTaskResponse, Status> {
        let request = GetTaskRequest {
            task: Some(task.clone()),
        };
        let answer = self.tasks.clone().get_task(request).await;
        Ok(answer?.into_inner())
    }

    /// Waits until a task is as it should be.
    pub(crate) async fn until_task(
        &self,
        task: &SubjectKey,
        what: &str,
        is: impl Fn(&Task) -> bool,
    ) -> GetTaskResponse {
        let mut found = None;
        eventually(what, async || {
            found = self.task(task).await.ok();
            found
                .as_ref()
                .is_some_and(|it| is(it.task.as_ref().unwrap()))
        })
        .await;
        found.unwrap()
    }

    /// All tasks that a filter chooses, the last changed first.
    pub(crate) async fn list(&self, filter: TaskFilter) -> Vec<Task> {
        let request = ListTasksRequest {
            filter: Some(filter),
            page_size: 500,
            page_token: String::new(),
        };
        let page = self.tasks.clone().list_tasks(request).await.unwrap();
        page.into_inner().tasks
    }

    /// Tasks as they change from now on: the sign of life that comes first has been read.
    pub(crate) async fn watch_tasks(&self) -> Streaming<WatchTasksResponse> {
        let request = WatchTasksRequest { filter: None };
        let watched = self.tasks.clone().watch_tasks(request).await;
        let mut watched = watched.unwrap().into_inner();
        let sign = watched.message().await.unwrap().unwrap();
        assert_eq!(sign.task, None);
        watched
    }

    /// Plans meetings.
    pub(crate) async fn plan(
        &self,
        request: PlanMeetingRequest,
    ) -> Result<Vec<StepReceipt>, Status> {
        let answer = self.meetings.clone().plan_meeting(request).await;
        Ok(answer?.into_inner().receipts)
    }

    /// Plans one meeting.
    pub(crate) async fn invite(&self, meeting: MeetingDraft) -> SubjectKey {
        let receipts = self.plan(planning(meeting)).await.unwrap();
        receipts[0].subject.clone().unwrap()
    }

    /// Takes a step on a meeting; gives the step's name and the meeting after it.
    pub(crate) async fn meet(
        &self,
        meeting: &SubjectKey,
        step: MeetingStep,
    ) -> Result<(String, Meeting), Status> {
        let request = TakeMeetingStepRequest {
            request_id: request_id(),
            meeting: Some(meeting.clone()),
            step: Some(step),
            ..TakeMeetingStepRequest::default()
        };
        let answer = self.meetings.clone().take_meeting_step(request).await;
        let answer = answer?.into_inner();
        Ok((answer.receipt.unwrap().step, answer.meeting.unwrap()))
    }

    /// A meeting with its steps.
    pub(crate) async fn meeting(&self, meeting: &SubjectKey) -> Result<GetMeetingResponse, Status> {
        let request = GetMeetingRequest {
            meeting: Some(meeting.clone()),
        };
        let answer = self.meetings.clone().get_meeting(request).await;
        Ok(answer?.into_inner())
    }

    /// Waits until a meeting is as it should be.
    pub(crate) async fn until_meeting(
        &self,
        meeting: &SubjectKey,
        what: &str,
        is: impl Fn(&Meeting) -> bool,
    ) -> GetMeetingResponse {
        let mut found = None;
        eventually(what, async || {
            found = self.meeting(meeting).await.ok();
            let meeting = found.as_ref().and_then(|it| it.meeting.as_ref());
            meeting.is_some_and(&is)
        })
        .await;
        found.unwrap()
    }

    /// All meetings that a filter chooses.
    pub(crate) async fn list_meetings(&self, filter: MeetingFilter) -> Vec<Meeting> {
        let request = ListMeetingsRequest {
            filter: Some(filter),
            page_size: 500,
            page_token: String::new(),
        };
        let page = self.meetings.clone().list_meetings(request).await.unwrap();
        page.into_inner().meetings
    }

    /// A meeting as it changes from now on: the sign of life that comes first has been read.
    pub(crate) async fn watch_meeting(
        &self,
        meeting: &SubjectKey,
    ) -> Streaming<WatchMeetingsResponse> {
        let request = WatchMeetingsRequest {
            meeting: Some(meeting.clone()),
        };
        let watched = self.meetings.clone().watch_meetings(request).await;
        let mut watched = watched.unwrap().into_inner();
        let sign = watched.message().await.unwrap().unwrap();
        assert_eq!(sign.meeting, None);
        watched
    }

    /// Asks something, or answers a question.
    pub(crate) async fn remark(
        &self,
        on: &RemarkSubject,
        answers: &str,
        text: &str,
    ) -> Result<StepReceipt, Status> {
        let request = AddRemarkRequest {
            request_id: request_id(),
            on: Some(on.clone()),
            answers: answers.to_owned(),
            text: text.to_owned(),
            confirm_review: false,
        };
        let answer = self.remarks.clone().add_remark(request).await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    /// Takes a remark back.
    pub(crate) async fn retract(
        &self,
        on: &RemarkSubject,
        remark: &str,
    ) -> Result<StepReceipt, Status> {
        let request = RetractRemarkRequest {
            request_id: request_id(),
            on: Some(on.clone()),
            remark: remark.to_owned(),
        };
        let answer = self.remarks.clone().retract_remark(request).await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    /// The conversation on a subject.
    pub(crate) async fn remarks(&self, on: &RemarkSubject) -> Result<Vec<Remark>, Status> {
        let request = ListRemarksRequest {
            on: Some(on.clone()),
        };
        let answer = self.remarks.clone().list_remarks(request).await;
        Ok(answer?.into_inner().remarks)
    }

    /// Waits until the conversation on a subject is as it should be.
    pub(crate) async fn until_remarks(
        &self,
        on: &RemarkSubject,
        what: &str,
        is: impl Fn(&[Remark]) -> bool,
    ) -> Vec<Remark> {
        let mut found = Vec::new();
        eventually(what, async || {
            found = self.remarks(on).await.unwrap_or_default();
            is(&found)
        })
        .await;
        found
    }

    /// Takes note of a version of an update.
    pub(crate) async fn acknowledge(
        &self,
        update: &SubjectKey,
        version: &str,
    ) -> Result<StepReceipt, Status> {
        let request = AcknowledgeRequest {
            request_id: request_id(),
            kind: SubjectKind::Update.into(),
            key: Some(update.clone()),
            version: version.to_owned(),
        };
        let answer = self.feed.clone().acknowledge(request).await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    /// What became of each version of an update.
    pub(crate) async fn delivery(&self, update: &SubjectKey) -> Vec<Vec<AgencyDelivery>> {
        let request = GetDeliveryRequest {
            subject: update.subject.clone(),
            origin: update.owner.clone(),
            ..GetDeliveryRequest::default()
        };
        let answer = self.feed.clone().get_delivery(request).await;
        let versions = answer.map(|it| it.into_inner().versions);
        let versions = versions.unwrap_or_default().into_iter();
        versions.map(|it| it.agencies).collect()
    }

    /// The audit log, the latest record first.
    pub(crate) async fn audit(&self) -> Vec<AuditRecord> {
        let request = ListAuditRecordsRequest::default();
        let page = self.node.clone().list_audit_records(request).await;
        page.unwrap().into_inner().records
    }
}

/// What is asked, with nothing wrong in it.
pub(crate) fn terms(assignee: &str) -> TermsDraft {
    TermsDraft {
        assignee: assignee.to_owned(),
        measure: "m1".to_owned(),
        category: "sauberkeit".to_owned(),
        place: "theaterplatz".to_owned(),
        title: "Glas am Brunnen entfernen".to_owned(),
        description: "Vor dem Markttag.".to_owned(),
        ..TermsDraft::default()
    }
}

/// A request for a task, for all of the federation.
pub(crate) fn asking(terms: TermsDraft) -> CreateTaskRequest {
    CreateTaskRequest {
        request_id: request_id(),
        terms: Some(terms),
        handling: Handling::Amber.into(),
        ..CreateTaskRequest::default()
    }
}

/// A request for a step on a task.
pub(crate) fn stepping(task: &SubjectKey, makes: TaskMove) -> TakeTaskStepRequest {
    TakeTaskStepRequest {
        request_id: request_id(),
        task: Some(task.clone()),
        r#move: makes.into(),
        ..TakeTaskStepRequest::default()
    }
}

/// A meeting that the order service's node can plan, with nothing wrong in it.
pub(crate) fn meeting(deputy: &str, invited: &[&str]) -> MeetingDraft {
    let item = |title: &str, measure: &str| AgendaDraft {
        title: title.to_owned(),
        measure: measure.to_owned(),
        ..AgendaDraft::default()
    };
    MeetingDraft {
        meeting_type: "lagebesprechung".to_owned(),
        deputy: deputy.to_owned(),
        invited: invited.iter().map(|it| (*it).to_owned()).collect(),
        day: in_days(7).to_string(),
        start: "09:30".to_owned(),
        minutes: 45,
        agenda: vec![
            item("Lage am Theaterplatz", "m1"),
            item("Verschiedenes", ""),
        ],
        ..MeetingDraft::default()
    }
}

/// A request for one meeting.
pub(crate) fn planning(meeting: MeetingDraft) -> PlanMeetingRequest {
    PlanMeetingRequest {
        request_id: request_id(),
        meeting: Some(meeting),
        ..PlanMeetingRequest::default()
    }
}

/// The day so many days from today.
pub(crate) fn in_days(days: i64) -> Date {
    let today = jiff::Timestamp::now()
        .in_tz("Europe/Berlin")
        .unwrap()
        .date();
    today.saturating_add(jiff::Span::new().days(days))
}

/// Names a subject for those who speak on it.
pub(crate) fn on(kind: SubjectKind, key: &SubjectKey) -> RemarkSubject {
    RemarkSubject {
        kind: kind.into(),
        key: Some(key.clone()),
    }
}

/// The reason of a refusal.
pub(crate) fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    explain(&answer.unwrap_err()).reason
}

/// What steps do, in their order.
pub(crate) fn moves(steps: &[StepRecord]) -> Vec<&str> {
    steps.iter().map(|it| it.r#move.as_str()).collect()
}
