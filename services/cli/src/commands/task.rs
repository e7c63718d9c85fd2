//! `verbund task`: what agencies ask of each other, and what became of it.

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_wire::agency::{
    CreateTaskRequest, DecisionKey, GetMeetingRequest, GetTaskRequest, ListTasksRequest,
    SubjectKey, SuggestAssigneeRequest, TakeTaskStepRequest, Task, TaskFilter, TaskMove,
    TaskStatus, Terms, TermsDraft, WatchTasksRequest, terms, terms_draft,
};
use verbund_wire::federation::{DeclineReason, Handling, SubjectKind};

use super::meeting::briefing::step_ids;
use crate::client::{ClientArgs, Node, answer, ask};
use crate::exit;
use crate::names::Names;
use crate::output::{self, Format, clean};
use crate::sending::{Sending, handling, said, said_or_nothing};
use crate::subject::{Named, SubjectArgs, whole_step};
use crate::watching::follow;
use crate::words::{self, each};
use crate::{table, text, view};

/// What the node gives at most in one page.
const PAGE_MAX: u32 = 500;

#[derive(Args, Debug)]
pub(crate) struct TaskArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_TASK_CREATE)]
    Create(Create),
    #[command(about = text::ABOUT_TASK_ASSIGN)]
    Assign(Change),
    #[command(about = text::ABOUT_TASK_AMEND)]
    Amend(Change),
    #[command(about = text::ABOUT_TASK_ACCEPT)]
    Accept(Step),
    #[command(about = text::ABOUT_TASK_DECLINE)]
    Decline(Decline),
    #[command(about = text::ABOUT_TASK_PROGRESS)]
    Progress(Step),
    #[command(about = text::ABOUT_TASK_FINISH)]
    Finish(Step),
    #[command(about = text::ABOUT_TASK_RETURN)]
    Return(Step),
    #[command(about = text::ABOUT_TASK_VERIFY)]
    Verify(Step),
    #[command(about = text::ABOUT_TASK_WITHDRAW)]
    Withdraw(Step),
    #[command(about = text::ABOUT_TASK_SHOW)]
    Show(One),
    #[command(about = text::ABOUT_TASK_LIST)]
    List(List),
    #[command(about = text::ABOUT_TASK_WATCH)]
    Watch(Watch),
    #[command(about = text::ABOUT_TASK_SUGGEST)]
    Suggest(Suggest),
}

/// What is asked of whom, where it is said for the first time.
#[derive(Args, Debug)]
pub(crate) struct TermsArgs {
    #[arg(long, value_name = text::TEXT.now(), help = text::ARG_TASK_TITLE)]
    title: String,
    #[arg(long, value_name = "ID", help = text::ARG_TASK_MEASURE)]
    measure: String,
    #[arg(long, value_name = "ID", help = text::ARG_TASK_CATEGORY)]
    category: String,
    #[arg(long, value_name = text::AGENCY.now(), help = text::ARG_ASSIGNEE)]
    assignee: Option<String>,
    #[arg(long, value_name = "ID", help = text::ARG_TASK_PLACE)]
    place: Option<String>,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_DUE)]
    due: Option<String>,
    #[arg(long, value_name = text::TEXT.now(), help = text::ARG_DESCRIPTION)]
    description: Option<String>,
    #[arg(long, value_name = text::SUBJECT.now(), help = text::ARG_FROM_UPDATE, conflicts_with = "from_decision")]
    from_update: Option<Named>,
    #[arg(long, num_args = 2, value_names = [text::MEETING.now(), text::STEP.now()], help = text::ARG_FROM_DECISION)]
    from_decision: Vec<String>,
}

impl TermsArgs {
    /// What is asked; of the agency that the charter names first where none was given.
    ///
    /// # Errors
    /// When the charter names none, what it comes from isn't there, or as any call.
    pub(crate) async fn draft(self, node: &Node) -> anyhow::Result<TermsDraft> {
        let origin = self.origin(node).await?;
        let assignee = match self.assignee {
            Some(assignee) => assignee,
            None => suggested(&self.category, node)
                .await?
                .into_iter()
                .next()
                .ok_or_else(|| {
                    exit::usage(text::NOBODY_SUGGESTED.fill(&[&clean(&self.category)]))
                })?,
        };
        Ok(TermsDraft {
            assignee,
            measure: self.measure.to_lowercase(),
            category: self.category,
            place: self.place.unwrap_or_default(),
            due: self.due.unwrap_or_default(),
            title: said(self.title)?,
            description: said_or_nothing(self.description)?,
            origin,
        })
    }

    async fn origin(&self, node: &Node) -> anyhow::Result<Option<terms_draft::Origin>> {
        if let Some(update) = &self.from_update {
            let update = update.find(SubjectKind::Update, node).await?;
            return Ok(Some(terms_draft::Origin::Update(update)));
        }
        let [meeting, step] = self.from_decision.as_slice() else {
            return Ok(None);
        };
        let meeting: Named = (meeting.parse())
            .map_err(|error| exit::usage(text::BAD_ID.fill(&[&"--from-decision", &error])))?;
        let meeting = meeting.find(SubjectKind::Meeting, node).await?;
        let request = ask(GetMeetingRequest {
            meeting: Some(meeting.clone()),
        });
        let found = answer(node.meetings().get_meeting(request).await)?;
        let decision = whole_step(step, step_ids(&found.meeting.unwrap_or_default()))?;
        Ok(Some(terms_draft::Origin::Decision(DecisionKey {
            meeting: Some(meeting),
            decision,
        })))
    }
}

#[derive(Args, Debug)]
struct Create {
    #[command(flatten)]
    terms: TermsArgs,
    #[arg(long, help = text::ARG_TASK_PROPOSE)]
    propose: bool,
    #[arg(long, value_name = text::AGENCY.now(), value_delimiter = ',', help = text::ARG_TASK_AUDIENCE)]
    audience: Vec<String>,
    #[arg(long, value_parser = words::parser::<Handling>(), default_value = "amber", value_name = "TLP", help = text::ARG_HANDLING)]
    handling: String,
    #[command(flatten)]
    sending: Sending,
}

/// A step with nothing but a note.
#[derive(Args, Debug)]
struct Step {
    #[command(flatten)]
    task: SubjectArgs,
    #[arg(long, value_name = text::TEXT.now(), help = text::ARG_NOTE)]
    note: Option<String>,
    #[arg(long, value_name = "ETAG", help = text::ARG_STATE_ETAG)]
    etag: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Args, Debug)]
struct Decline {
    #[arg(long, value_parser = words::parser::<DeclineReason>(), value_name = text::REASON.now(), help = text::ARG_DECLINE_REASON)]
    reason: String,
    #[command(flatten)]
    step: Step,
}

/// New terms; what isn't given stays as it is.
#[derive(Args, Debug)]
struct Change {
    #[arg(long, value_name = text::TEXT.now(), help = text::ARG_TASK_TITLE)]
    title: Option<String>,
    #[arg(long, value_name = text::TEXT.now(), help = text::ARG_DESCRIPTION)]
    description: Option<String>,
    #[arg(long, value_name = "ID", help = text::ARG_TASK_MEASURE)]
    measure: Option<String>,
    #[arg(long, value_name = "ID", help = text::ARG_TASK_CATEGORY)]
    category: Option<String>,
    #[arg(long, value_name = "ID", help = text::ARG_NEW_PLACE)]
    place: Option<String>,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_NEW_DUE)]
    due: Option<String>,
    #[command(flatten)]
    step: Step,
}

impl Change {
    fn is_empty(&self) -> bool {
        let all = [
            &self.title,
            &self.description,
            &self.measure,
            &self.category,
            &self.place,
            &self.due,
        ];
        all.into_iter().all(Option::is_none)
    }

    /// The terms with what was given in its place.
    fn of(&mut self, terms: Terms) -> anyhow::Result<TermsDraft> {
        let title = self.title.take().map(said).transpose()?;
        let description = self.description.take().map(said).transpose()?;
        let measure = self.measure.take().map(|it| it.to_lowercase());
        Ok(TermsDraft {
            assignee: terms.assignee,
            measure: measure.unwrap_or(terms.measure),
            category: self.category.take().unwrap_or(terms.category),
            place: self.place.take().unwrap_or(terms.place),
            due: self.due.take().unwrap_or(terms.due),
            title: title.unwrap_or(terms.title),
            description: description.unwrap_or(terms.description),
            origin: terms.origin.map(|it| match it {
                terms::Origin::Update(update) => terms_draft::Origin::Update(update),
                terms::Origin::Decision(decision) => terms_draft::Origin::Decision(decision),
            }),
        })
    }
}

#[derive(Args, Debug)]
struct One {
    #[command(flatten)]
    task: SubjectArgs,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct Filter {
    #[arg(long, value_name = text::AGENCY.now(), value_delimiter = ',', help = text::ARG_ASSIGNERS)]
    assigner: Vec<String>,
    #[arg(long, value_name = text::AGENCY.now(), value_delimiter = ',', help = text::ARG_ASSIGNEES)]
    assignee: Vec<String>,
    #[arg(long, value_parser = words::parser::<TaskStatus>(), value_delimiter = ',', value_name = text::STATUS.now(), help = text::ARG_STATUSES)]
    status: Vec<String>,
    #[arg(long, value_name = "ID", value_delimiter = ',', help = text::ARG_MEASURE_FILTER)]
    measure: Vec<String>,
    #[arg(long, help = text::ARG_OVERDUE)]
    overdue: bool,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_DUE_BY)]
    due_by: Option<String>,
}

impl Filter {
    fn message(&self) -> TaskFilter {
        TaskFilter {
            assigners: self.assigner.clone(),
            assignees: self.assignee.clone(),
            statuses: each::<TaskStatus>(&self.status),
            measures: self.measure.iter().map(|it| it.to_lowercase()).collect(),
            overdue: self.overdue,
            due_by: self.due_by.clone().unwrap_or_default(),
        }
    }
}

#[derive(Args, Debug)]
struct List {
    #[command(flatten)]
    filter: Filter,
    #[arg(long, default_value_t = 50, value_name = "N", help = text::ARG_LIMIT)]
    limit: u32,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct Watch {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct Suggest {
    #[arg(value_name = "ID", help = text::ARG_TASK_CATEGORY)]
    category: String,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: TaskArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Create(args) => create(args, format).await,
        Command::Assign(args) => change(args, TaskMove::Assign, format).await,
        Command::Amend(args) => change(args, TaskMove::Amend, format).await,
        Command::Accept(args) => step(args, TaskMove::Accept, 0, format).await,
        Command::Decline(Decline { reason, step: args }) => {
            let reason = words::number::<DeclineReason>(&reason).unwrap_or_default();
            step(args, TaskMove::Decline, reason, format).await
        }
        Command::Progress(args) => step(args, TaskMove::Progress, 0, format).await,
        Command::Finish(args) => step(args, TaskMove::Finish, 0, format).await,
        Command::Return(args) => step(args, TaskMove::Return, 0, format).await,
        Command::Verify(args) => step(args, TaskMove::Verify, 0, format).await,
        Command::Withdraw(args) => step(args, TaskMove::Withdraw, 0, format).await,
        Command::Show(args) => show(args, format).await,
        Command::List(args) => list(&args, format).await,
        Command::Watch(args) => watch(&args, format).await,
        Command::Suggest(args) => suggest(args, format).await,
    }
}

async fn create(args: Create, format: Format) -> anyhow::Result<()> {
    let node = args.sending.client.connect().await?;
    let request = CreateTaskRequest {
        request_id: args.sending.request_id(),
        terms: Some(args.terms.draft(&node).await?),
        propose: args.propose,
        audience: args.audience,
        handling: handling(&args.handling),
        confirm_review: args.sending.confirm_review,
    };
    let response = answer(node.tasks().create_task(ask(request)).await)?;
    let receipt = response.receipt.unwrap_or_default();
    match format {
        Format::Json => output::json(&json!({ "receipt": view::step::receipt(&receipt) }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(table::step::receipt(&receipt, &names))?;
        }
    }
    Ok(())
}

async fn change(mut args: Change, makes: TaskMove, format: Format) -> anyhow::Result<()> {
    if makes == TaskMove::Amend && args.is_empty() {
        return Err(exit::usage(text::NOTHING_TO_CHANGE.to_string()));
    }
    let node = args.step.sending.client.connect().await?;
    let key = args.step.task.find(SubjectKind::Task, &node).await?;
    let mut request = request(&args.step, key.clone(), makes)?;
    if !args.is_empty() {
        let task = get(&key, &node).await?.0;
        // The terms are built on this state, so the step is for no other.
        if request.etag.is_empty() {
            request.etag.clone_from(&task.etag);
        }
        request.terms = Some(args.of(task.terms.unwrap_or_default())?);
    }
    send(request, &node, format).await
}

async fn step(args: Step, makes: TaskMove, reason: i32, format: Format) -> anyhow::Result<()> {
    let node = args.sending.client.connect().await?;
    let key = args.task.find(SubjectKind::Task, &node).await?;
    let mut request = request(&args, key, makes)?;
    request.decline_reason = reason;
    send(request, &node, format).await
}

fn request(args: &Step, task: SubjectKey, makes: TaskMove) -> anyhow::Result<TakeTaskStepRequest> {
    Ok(TakeTaskStepRequest {
        request_id: args.sending.request_id(),
        task: Some(task),
        etag: args.etag.clone().unwrap_or_default(),
        r#move: makes.into(),
        terms: None,
        decline_reason: 0,
        note: said_or_nothing(args.note.clone())?,
        confirm_review: args.sending.confirm_review,
    })
}

async fn send(request: TakeTaskStepRequest, node: &Node, format: Format) -> anyhow::Result<()> {
    let response = answer(node.tasks().take_task_step(ask(request)).await)?;
    let receipt = response.receipt.unwrap_or_default();
    let task = response.task.unwrap_or_default();
    match format {
        Format::Json => output::json(&json!({
            "receipt": view::step::receipt(&receipt),
            "task": view::task::task(&task),
        }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(table::step::receipt(&receipt, &names))?;
            output::line(table::task::line(&task, &names))?;
        }
    }
    Ok(())
}

async fn get(
    key: &SubjectKey,
    node: &Node,
) -> anyhow::Result<(Task, Vec<verbund_wire::agency::StepRecord>)> {
    let request = GetTaskRequest {
        task: Some(key.clone()),
    };
    let response = answer(node.tasks().get_task(ask(request)).await)?;
    Ok((response.task.unwrap_or_default(), response.steps))
}

async fn show(args: One, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let key = args.task.find(SubjectKind::Task, &node).await?;
    let (task, steps) = get(&key, &node).await?;
    match format {
        Format::Json => output::json(&json!({
            "task": view::task::task(&task),
            "steps": view::step::records(&steps),
        }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(table::task::with_steps(&task, &steps, &names))?;
        }
    }
    Ok(())
}

async fn list(args: &List, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let list = pages(&args.filter, args.limit, &node).await?;
    match format {
        Format::Json => list.iter().try_for_each(say_json)?,
        Format::Table if list.is_empty() => output::note(text::NO_TASKS.to_string()),
        Format::Table => output::table(&table::task::tasks(&list, &node.names().await?))?,
    }
    Ok(())
}

/// The tasks that were changed last, the latest first.
async fn pages(filter: &Filter, limit: u32, node: &Node) -> anyhow::Result<Vec<Task>> {
    super::pages(limit, PAGE_MAX, async |page_size, page_token| {
        let request = ListTasksRequest {
            filter: Some(filter.message()),
            page_size,
            page_token,
        };
        let page = answer(node.tasks().list_tasks(ask(request)).await)?;
        Ok((page.tasks, page.next_page_token))
    })
    .await
}

async fn watch(args: &Watch, format: Format) -> anyhow::Result<()> {
    let node = &args.client.connect().await?;
    let names = match format {
        Format::Table => node.names().await?,
        Format::Json => Names::default(),
    };
    let say = |task: &Task| match format {
        Format::Json => say_json(task),
        Format::Table => output::line(table::task::line(task, &names)),
    };
    let open = async || {
        let filter = Some(args.filter.message());
        node.tasks().watch_tasks(WatchTasksRequest { filter }).await
    };
    let shown = &super::Shown::default();
    let stands = async || {
        let list = pages(&args.filter, 50, node).await?;
        for task in list.iter().rev() {
            if shown.is_new(task.key.as_ref(), &task.etag) {
                say(task)?;
            }
        }
        Ok(())
    };
    let came = async |message: verbund_wire::agency::WatchTasksResponse| {
        if let Some(task) = message.task
            && shown.is_new(task.key.as_ref(), &task.etag)
        {
            say(&task)?;
        }
        Ok(())
    };
    follow(open, stands, came).await
}

fn say_json(task: &Task) -> std::io::Result<()> {
    output::json(&json!({ "task": view::task::task(task) }))
}

async fn suggested(category: &str, node: &Node) -> anyhow::Result<Vec<String>> {
    let request = SuggestAssigneeRequest {
        category: category.to_owned(),
    };
    let response = answer(node.tasks().suggest_assignee(ask(request)).await)?;
    Ok(response.agencies)
}

async fn suggest(args: Suggest, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let agencies = suggested(&args.category, &node).await?;
    match format {
        Format::Json => output::json(&json!({ "agencies": agencies }))?,
        Format::Table if agencies.is_empty() => {
            output::note(text::NOBODY_SUGGESTED.fill(&[&clean(&args.category)]));
        }
        Format::Table => {
            let names = node.names().await?;
            for agency in &agencies {
                output::line(format!("{}  {}", clean(agency), names.agency(agency)))?;
            }
        }
    }
    Ok(())
}
