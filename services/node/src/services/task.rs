//! Tasks: opening them, taking steps on them, listing and watching them.

use std::collections::BTreeSet;
use std::sync::Arc;

use tonic::{Request, Response, Status};
use verbund_model::{Day, SubjectKind, day_number};
use verbund_wire::agency::task_service_server::TaskService;
use verbund_wire::agency::{
    CreateTaskRequest, CreateTaskResponse, GetTaskRequest, GetTaskResponse, ListTasksRequest,
    ListTasksResponse, SuggestAssigneeRequest, SuggestAssigneeResponse, TakeTaskStepRequest,
    TakeTaskStepResponse, Task, TaskFilter, WatchTasksRequest, WatchTasksResponse,
};
use verbund_wire::convert::page::{self, List};
use verbund_wire::convert::step;
use verbund_wire::error::Error;

use super::{finished, watch};
use crate::caller;
use crate::context::Context;
use crate::steps::board::{Card, Record, Sieve};
use crate::steps::task;

#[derive(Debug)]
pub(crate) struct Tasks(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl TaskService for Tasks {
    async fn create_task(
        &self,
        request: Request<CreateTaskRequest>,
    ) -> Result<Response<CreateTaskResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let creating = async move { ctx.measured(task::create(&ctx, caller, request)).await };
        let receipt = finished(&self.0, creating).await?;
        Ok(Response::new(CreateTaskResponse {
            receipt: Some(receipt),
        }))
    }

    async fn take_task_step(
        &self,
        request: Request<TakeTaskStepRequest>,
    ) -> Result<Response<TakeTaskStepResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let taking = async move { ctx.measured(task::take_step(&ctx, caller, request)).await };
        let (receipt, task) = finished(&self.0, taking).await?;
        Ok(Response::new(TakeTaskStepResponse {
            receipt: Some(receipt),
            task,
        }))
    }

    async fn get_task(
        &self,
        request: Request<GetTaskRequest>,
    ) -> Result<Response<GetTaskResponse>, Status> {
        let request = request.into_inner();
        let key = step::key(request.task.as_ref(), &self.0.agency, "task")?;
        let (task, steps) = task::get(&self.0, &key).await?;
        Ok(Response::new(GetTaskResponse {
            task: Some(task),
            steps,
        }))
    }

    async fn list_tasks(
        &self,
        request: Request<ListTasksRequest>,
    ) -> Result<Response<ListTasksResponse>, Status> {
        let request = request.into_inner();
        let filter = request.filter.unwrap_or_default();
        let list = List::filtered("tasks", &filter);
        let chosen = Chosen::of(filter)?;
        let size = page::size(request.page_size)? as usize;
        let before = super::before(list, &request.page_token)?;
        let today = self.0.today();
        let sieve = chosen.sieve(today);
        let (tasks, next) = self
            .0
            .board
            .sift(SubjectKind::Task, &sieve, before, size, |record| {
                chosen.show(record, today)
            });
        Ok(Response::new(ListTasksResponse {
            tasks,
            next_page_token: super::next_page(list, next),
        }))
    }

    type WatchTasksStream = watch::Watched<WatchTasksResponse>;

    async fn watch_tasks(
        &self,
        request: Request<WatchTasksRequest>,
    ) -> Result<Response<Self::WatchTasksStream>, Status> {
        let chosen = Chosen::of(request.into_inner().filter.unwrap_or_default())?;
        let watched = watch::board(&self.0, move |ctx, record| match record {
            None => Some(WatchTasksResponse { task: None }),
            Some(record) => {
                let task = chosen.show(record, ctx.today())?;
                Some(WatchTasksResponse { task: Some(task) })
            }
        })?;
        Ok(Response::new(watched))
    }

    async fn suggest_assignee(
        &self,
        request: Request<SuggestAssigneeRequest>,
    ) -> Result<Response<SuggestAssigneeResponse>, Status> {
        let agencies = task::suggest(&self.0, &request.into_inner().category)?;
        Ok(Response::new(SuggestAssigneeResponse { agencies }))
    }
}

/// What a filter chooses.
struct Chosen {
    assigners: BTreeSet<String>,
    assignees: BTreeSet<String>,
    statuses: BTreeSet<i32>,
    measures: BTreeSet<String>,
    overdue: bool,
    due_by: Option<String>,
}

impl Chosen {
    fn of(filter: TaskFilter) -> Result<Self, Error> {
        step::words::<verbund_model::TaskStatus>(&filter.statuses, "filter.statuses")?;
        let due_by = super::day(&filter.due_by, "filter.due_by")?;
        Ok(Self {
            assigners: filter.assigners.into_iter().collect(),
            assignees: filter.assignees.into_iter().collect(),
            statuses: filter.statuses.into_iter().collect(),
            measures: filter.measures.into_iter().collect(),
            overdue: filter.overdue,
            due_by: due_by.map(|it| it.to_string()),
        })
    }

    /// What can be told of a task without looking into it.
    fn sieve(&self, today: Day) -> Sieve {
        let all = |set: &BTreeSet<String>| set.iter().cloned().collect();
        let due_by = self.due_by.as_ref().and_then(|it| it.parse::<Day>().ok());
        let late = self.overdue.then(|| day_number(today) - 1);
        let due_by = due_by.map(day_number);
        Sieve {
            owners: all(&self.assigners),
            assignees: all(&self.assignees),
            measures: all(&self.measures),
            statuses: self.statuses.iter().copied().collect(),
            due_by: late.into_iter().chain(due_by).min(),
        }
    }

    fn show(&self, record: &Record, today: Day) -> Option<Task> {
        let Card::Task(task) = &record.card else {
            return None;
        };
        let any = |set: &BTreeSet<String>, it: &str| set.is_empty() || set.contains(it);
        let terms = task.terms.as_ref()?;
        let due_by = |by: &String| !terms.due.is_empty() && terms.due <= *by;
        let chosen = any(&self.assigners, record.key.owner.as_str())
            && any(&self.assignees, &terms.assignee)
            && any(&self.measures, &terms.measure)
            && (self.statuses.is_empty() || self.statuses.contains(&task.status))
            && (!self.overdue || task::is_overdue(task, today))
            && self.due_by.as_ref().is_none_or(due_by);
        chosen.then(|| task::shown(&record.card, today)).flatten()
    }
}
