//! A measure of the concept: its updates, open tasks, decisions and figures.

use verbund_wire::agency::{
    GetPictureRequest, ListProtocolsRequest, ListSituationsRequest, ListTasksRequest, Picture,
    PicturePlace, Protocol, Situation, SituationFilter, SubjectKey, Task, TaskFilter, TaskStatus,
};

use crate::chart::{Bar, Figure};
use crate::error::Failure;
use crate::frame::Frame;
use crate::node::Acting;
use crate::page::span::Span;
use crate::page::{figure, kept};

/// The latest updates that are shown.
const UPDATES: i32 = 10;
/// The open tasks that are shown.
const TASKS: i32 = 50;
/// The protocols that are looked into for decisions: two years of weekly meetings.
const PROTOCOLS: i32 = 100;
/// The latest decisions that are shown.
const DECISIONS: usize = 20;

/// What the node told of a measure.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) updates: Vec<Situation>,
    pub(super) has_more_updates: bool,
    pub(super) tasks: Vec<Task>,
    pub(super) has_more_tasks: bool,
    pub(super) protocols: Vec<Protocol>,
    pub(super) picture: Picture,
}

impl Told {
    pub(super) async fn ask(node: &Acting, measure: &str, span: Span) -> Result<Self, Failure> {
        let measures = || vec![measure.to_owned()];
        let updates = ListSituationsRequest {
            filter: Some(SituationFilter {
                measures: measures(),
                ..SituationFilter::default()
            }),
            page_size: UPDATES,
            ..ListSituationsRequest::default()
        };
        let open = [
            TaskStatus::Proposed,
            TaskStatus::Assigned,
            TaskStatus::Accepted,
            TaskStatus::InProgress,
        ];
        let tasks = ListTasksRequest {
            filter: Some(TaskFilter {
                measures: measures(),
                statuses: open.map(i32::from).to_vec(),
                ..TaskFilter::default()
            }),
            page_size: TASKS,
            ..ListTasksRequest::default()
        };
        let protocols = ListProtocolsRequest {
            page_size: PROTOCOLS,
            ..ListProtocolsRequest::default()
        };
        let picture = GetPictureRequest {
            from_day: span.from.to_string(),
            to_day: span.to.to_string(),
            measures: measures(),
            ..GetPictureRequest::default()
        };
        let (mut of_updates, mut of_tasks, mut of_protocols, mut of_reports) = (
            node.situations(),
            node.tasks(),
            node.protocols(),
            node.reports(),
        );
        let (updates, tasks, protocols, picture) = tokio::try_join!(
            of_updates.list_situations(updates),
            of_tasks.list_tasks(tasks),
            of_protocols.list_protocols(protocols),
            of_reports.get_picture(picture),
        )?;
        let (updates, tasks) = (updates.into_inner(), tasks.into_inner());
        Ok(Self {
            has_more_updates: !updates.next_page_token.is_empty(),
            updates: updates.situations,
            has_more_tasks: !tasks.next_page_token.is_empty(),
            tasks: tasks.tasks,
            protocols: protocols.into_inner().protocols,
            picture: picture.into_inner().picture.unwrap_or_default(),
        })
    }
}

/// A measure as it is shown.
#[derive(Debug)]
pub(super) struct MeasureView {
    pub(super) name: String,
    /// Its id as the filters of other pages take it.
    pub(super) id: String,
    pub(super) updates: Vec<UpdateRow>,
    pub(super) has_more_updates: bool,
    pub(super) tasks: Vec<TaskRow>,
    pub(super) has_more_tasks: bool,
    pub(super) decisions: Vec<Decision>,
    pub(super) figures: Vec<Figure>,
    /// That updates of the days that are counted may be kept no longer.
    pub(super) gone: Option<String>,
}

/// An update in a line.
#[derive(Debug)]
pub(super) struct UpdateRow {
    pub(super) href: String,
    pub(super) what: String,
    pub(super) agency: String,
    pub(super) day: String,
    pub(super) is_exercise: bool,
    pub(super) note: String,
}

/// A task in a line.
#[derive(Debug)]
pub(super) struct TaskRow {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) assignee: String,
    /// Until when; empty without a deadline.
    pub(super) due: String,
    pub(super) is_overdue: bool,
}

/// A decision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) text: String,
    pub(super) protocol: String,
    pub(super) href: String,
    /// Agencies that did not agree; empty where all did.
    pub(super) dissent: String,
}

impl MeasureView {
    pub(super) fn new(frame: &Frame, measure: &str, span: Span, told: Told) -> Self {
        let figures = [
            figure::days(frame, &told.picture.days),
            places(frame, &told.picture, span),
        ];
        Self {
            name: frame.measure(measure),
            id: form_urlencoded::byte_serialize(measure.as_bytes()).collect(),
            updates: told
                .updates
                .iter()
                .filter_map(|it| update_row(frame, it))
                .collect(),
            has_more_updates: told.has_more_updates,
            tasks: told
                .tasks
                .iter()
                .filter_map(|it| task_row(frame, it))
                .collect(),
            has_more_tasks: told.has_more_tasks,
            decisions: decisions(frame, measure, &told.protocols),
            figures: figures.into_iter().flatten().collect(),
            gone: told.picture.incomplete.then(|| kept::updates(frame)),
        }
    }
}

fn update_row(frame: &Frame, it: &Situation) -> Option<UpdateRow> {
    let observation = it.observation.as_ref()?;
    Some(UpdateRow {
        href: format!("/meldung/{}/{}", it.agency, it.subject),
        what: format!(
            "{} · {}",
            frame.place(&observation.place),
            frame.category(&observation.category)
        ),
        agency: frame.agency(&it.agency),
        day: format!(
            "{}, {}",
            frame.day(&observation.day),
            frame.window(&observation.window)
        ),
        is_exercise: observation.exercise,
        note: it.note.clone(),
    })
}

fn task_row(frame: &Frame, it: &Task) -> Option<TaskRow> {
    let (key, terms) = (it.key.as_ref()?, it.terms.as_ref()?);
    Some(TaskRow {
        href: subject_href("/aufgaben", key),
        title: terms.title.clone(),
        status: frame.task_status(it.status).into_owned(),
        assignee: frame.agency(&terms.assignee),
        due: if terms.due.is_empty() {
            String::new()
        } else {
            frame.day(&terms.due)
        },
        is_overdue: it.overdue,
    })
}

fn subject_href(page: &str, key: &SubjectKey) -> String {
    format!("{page}/{}/{}", key.owner, key.subject)
}

/// The decisions on a measure, those of the protocols that changed last first.
fn decisions(frame: &Frame, measure: &str, protocols: &[Protocol]) -> Vec<Decision> {
    let of_protocol = |protocol: &Protocol| {
        let href = protocol
            .key
            .as_ref()
            .map(|key| subject_href("/protokolle", key));
        let items = protocol.items.iter().filter(|it| it.measure == measure);
        let decisions = items.flat_map(|it| &it.decisions).map(|it| Decision {
            text: it.text.clone(),
            protocol: format!(
                "{} · {}",
                protocol.number,
                frame.protocol_status(protocol.status)
            ),
            href: href.clone().unwrap_or_default(),
            dissent: frame.agencies(&it.dissent),
        });
        decisions.collect::<Vec<_>>()
    };
    protocols
        .iter()
        .flat_map(of_protocol)
        .take(DECISIONS)
        .collect()
}

fn places(frame: &Frame, picture: &Picture, span: Span) -> Option<Figure> {
    let bar = |it: &PicturePlace| Bar {
        name: frame.place(&it.place),
        href: span.feed_href(&it.place),
        now: it.count,
        before: it.before,
    };
    let bars = picture.places.iter().map(bar).collect();
    figure::counts(
        frame,
        "places",
        ["report-by-place", "chart-place"],
        picture.compared,
        bars,
    )
}
