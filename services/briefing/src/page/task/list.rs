//! All tasks, as a board and as a list. Both show the same and can do the same; which one, and what is shown, is in the address.

use std::borrow::Cow;
use std::cmp::Ordering;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use verbund_model::TaskStatus;
use verbund_wire::agency::{self, ListTasksRequest, Task, TaskFilter};
use verbund_wire::convert::vocabulary::Word as _;

use super::moves::{Move, moves, sends};
use super::path;
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::request_id;
use crate::page::choices::{self, Choice};
use crate::page::html;
use crate::session::Visitor;

/// Tasks that are looked at together: as many as the node gives in one page.
const PAGE: i32 = 500;
/// Cards of one column: what is beyond stands in the list.
const COLUMN_MAX: usize = 40;
/// The columns of the board, in their order, and those that are folded.
const COLUMNS: [(TaskStatus, bool); 8] = [
    (TaskStatus::Proposed, false),
    (TaskStatus::Assigned, false),
    (TaskStatus::Accepted, false),
    (TaskStatus::InProgress, false),
    (TaskStatus::Done, false),
    (TaskStatus::Verified, false),
    (TaskStatus::Declined, true),
    (TaskStatus::Withdrawn, true),
];

/// Whose tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// Asked of the own agency.
    #[default]
    OfUs,
    /// Asked by the own agency.
    ByUs,
    /// All that it has.
    All,
}

impl Part {
    const EACH: [(Self, &'static str, &'static str); 3] = [
        (Self::OfUs, "erbeten", "tasks-of-us"),
        (Self::ByUs, "vergeben", "tasks-by-us"),
        (Self::All, "alle", "tasks-all"),
    ];

    fn of_word(word: &str) -> Self {
        let found = Self::EACH.iter().find(|it| it.1 == word);
        found.map_or_else(Self::default, |it| it.0)
    }

    fn word(self) -> &'static str {
        let found = Self::EACH.iter().find(|it| it.0 == self);
        found.map_or("", |it| it.1)
    }
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sort {
    /// What changed last.
    #[default]
    Changed,
    Title,
    Status,
    Assigner,
    Assignee,
    Measure,
    Due,
}

impl Sort {
    const EACH: [(Self, &'static str, &'static str); 7] = [
        (Self::Title, "titel", "task-title"),
        (Self::Status, "stand", "task-status"),
        (Self::Assigner, "von", "task-assigner"),
        (Self::Assignee, "an", "task-assignee"),
        (Self::Measure, "massnahme", "task-measure"),
        (Self::Due, "faellig", "task-due"),
        (Self::Changed, "geaendert", "task-changed"),
    ];

    fn of_word(word: &str) -> Self {
        let found = Self::EACH.iter().find(|it| it.1 == word);
        found.map_or_else(Self::default, |it| it.0)
    }

    fn word(self) -> &'static str {
        let found = Self::EACH.iter().find(|it| it.0 == self);
        found.map_or("", |it| it.1)
    }

    fn compare(self, frame: &Frame, a: &Task, b: &Task) -> Ordering {
        let text =
            |say: &dyn Fn(&Task) -> String| say(a).to_lowercase().cmp(&say(b).to_lowercase());
        let terms = |task: &Task| task.terms.clone().unwrap_or_default();
        match self {
            // The latest is the one to see.
            Self::Changed => b.changed_at_ms.cmp(&a.changed_at_ms),
            Self::Title => text(&|it| terms(it).title),
            Self::Status => a.status.cmp(&b.status),
            Self::Assigner => text(&|it| frame.agency(assigner(it))),
            Self::Assignee => text(&|it| frame.agency(&terms(it).assignee)),
            Self::Measure => text(&|it| terms(it).measure),
            // What has no day comes after all that has one.
            Self::Due => {
                let key = |task: &Task| (terms(task).due.is_empty(), terms(task).due);
                key(a).cmp(&key(b))
            }
        }
    }
}

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    is_list: bool,
    part: Part,
    sort: Sort,
    is_backward: bool,
    assigner: String,
    assignee: String,
    measure: String,
    status: String,
    overdue: bool,
    due_by: String,
    after: String,
}

impl Wanted {
    fn read(query: &str) -> Self {
        let fields = Fields::parse(query.as_bytes());
        let sort = fields.one("sortiert");
        let text = |name: &str| fields.one(name).to_owned();
        Self {
            is_list: fields.one("ansicht") == "liste",
            part: Part::of_word(fields.one("teil")),
            sort: Sort::of_word(sort.trim_start_matches('-')),
            is_backward: sort.starts_with('-'),
            assigner: text("von"),
            assignee: text("an"),
            measure: text("massnahme"),
            status: text("stand"),
            overdue: fields.has("ueberfaellig"),
            due_by: text("bis"),
            after: text("ab"),
        }
    }

    /// The address that asks for this.
    fn href(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let sort = format!(
            "{}{}",
            if self.is_backward { "-" } else { "" },
            self.sort.word()
        );
        let sort = if sort == Sort::default().word() {
            ""
        } else {
            &sort
        };
        let part = if self.part == Part::default() {
            ""
        } else {
            self.part.word()
        };
        for (name, value) in [
            ("ansicht", if self.is_list { "liste" } else { "" }),
            ("teil", part),
            ("von", &self.assigner),
            ("an", &self.assignee),
            ("massnahme", &self.measure),
            ("stand", &self.status),
            ("ueberfaellig", if self.overdue { "ja" } else { "" }),
            ("bis", &self.due_by),
            ("sortiert", sort),
            ("ab", &self.after),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        let sign = if query.is_empty() { "" } else { "?" };
        format!("/aufgaben{sign}{query}")
    }

    fn filter(&self, own: &str) -> TaskFilter {
        let one = |id: &str| {
            if id.is_empty() {
                Vec::new()
            } else {
                vec![id.to_owned()]
            }
        };
        let (mut assigners, mut assignees) = (one(&self.assigner), one(&self.assignee));
        match self.part {
            Part::OfUs => assignees = one(own),
            Part::ByUs => assigners = one(own),
            Part::All => {}
        }
        let status = verbund_wire::words::number::<agency::TaskStatus>(&self.status);
        TaskFilter {
            assigners,
            assignees,
            statuses: status.into_iter().collect(),
            measures: one(&self.measure),
            overdue: self.overdue,
            due_by: self.due_by.clone(),
        }
    }

    fn is_filtered(&self) -> bool {
        let texts = [
            &self.assigner,
            &self.assignee,
            &self.measure,
            &self.status,
            &self.due_by,
        ];
        self.overdue || texts.iter().any(|it| !it.is_empty())
    }
}

/// A task as a card and as a row.
struct Card {
    id: String,
    href: String,
    title: String,
    status: i32,
    assigner: String,
    assignee: String,
    measure: String,
    place: String,
    due: String,
    is_overdue: bool,
    is_contradicting: bool,
    changed: String,
    changed_at_ms: i64,
    etag: String,
    request: String,
    moves: Vec<Move>,
}

impl Card {
    fn new(frame: &Frame, task: Task) -> Self {
        let moves = moves(frame, &task);
        let key = task.key.unwrap_or_default();
        let terms = task.terms.unwrap_or_default();
        Self {
            href: path(&key),
            id: key.subject,
            title: terms.title,
            status: task.status,
            assigner: key.owner,
            assignee: terms.assignee,
            measure: terms.measure,
            place: terms.place,
            due: terms.due,
            is_overdue: task.overdue,
            is_contradicting: !task.contradicting.is_empty(),
            changed: frame.moment(task.changed_at_ms),
            changed_at_ms: task.changed_at_ms,
            etag: task.etag,
            request: request_id(),
            moves,
        }
    }
}

impl Card {
    /// One of the moves is a button that sends something.
    fn sends(&self) -> bool {
        sends(&self.moves)
    }

    /// There are moves behind the next one.
    fn has_more_moves(&self) -> bool {
        self.moves.iter().any(|it| !it.is_next)
    }
}

struct Column {
    word: String,
    status: i32,
    is_folded: bool,
    cards: Vec<Card>,
    /// Tasks that there are beyond the cards.
    more: usize,
    /// The list of all of them.
    list: String,
}

impl Column {
    fn count(&self) -> usize {
        self.cards.len() + self.more
    }

    fn more_text(&self, frame: &Frame) -> Option<Cow<'static, str>> {
        (self.more > 0).then(|| frame.t1("tasks-more-in-list", "count", self.more))
    }
}

impl ListPage {
    /// Nobody has asked anybody for anything yet.
    fn is_first(&self) -> bool {
        let is_empty = self.rows.is_empty() && self.columns.iter().all(|it| it.count() == 0);
        is_empty && !self.wanted.is_filtered() && self.wanted.after.is_empty()
    }
}

struct Tab {
    href: String,
    text: String,
    is_here: bool,
}

struct Head {
    text: String,
    href: String,
    /// As `aria-sort` says it.
    sorted: &'static str,
}

struct Filters {
    assigners: Vec<Choice>,
    assignees: Vec<Choice>,
    measures: Vec<Choice>,
    statuses: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "task/list.html")]
struct ListPage {
    frame: Frame,
    wanted: Wanted,
    tabs: Vec<Tab>,
    board: Tab,
    list: Tab,
    filters: Filters,
    columns: Vec<Column>,
    rows: Vec<Card>,
    heads: Vec<Head>,
    next: String,
    /// Where a form goes back to.
    here: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    let wanted = Wanted::read(&query.unwrap_or_default());
    let request = ListTasksRequest {
        filter: Some(wanted.filter(&frame.own)),
        page_size: PAGE,
        page_token: wanted.after.clone(),
    };
    let answer = node.tasks().list_tasks(request).await?.into_inner();
    html(&page(frame, wanted, answer.tasks, answer.next_page_token))
}

fn page(frame: Frame, wanted: Wanted, mut tasks: Vec<Task>, next: String) -> ListPage {
    let tab = |wanted: Wanted, text: &str, is_here: bool| Tab {
        href: wanted.href(),
        text: frame.t(text).into_owned(),
        is_here,
    };
    let first = Wanted {
        after: String::new(),
        ..wanted.clone()
    };
    let tabs = Part::EACH.iter().map(|(part, _, text)| {
        let there = Wanted {
            part: *part,
            ..first.clone()
        };
        tab(there, text, *part == wanted.part)
    });
    let as_view = |is_list: bool| Wanted {
        is_list,
        ..first.clone()
    };
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    if wanted.is_list {
        tasks.sort_by(|a, b| {
            let order = wanted.sort.compare(&frame, a, b);
            if wanted.is_backward {
                order.reverse()
            } else {
                order
            }
        });
        rows = tasks.into_iter().map(|it| Card::new(&frame, it)).collect();
    } else {
        // What is due first stands on top.
        tasks.sort_by(|a, b| Sort::Due.compare(&frame, a, b));
        columns = self::columns(&frame, &first, tasks);
    }
    let heads = Sort::EACH.iter().map(|(sort, _, text)| {
        let is_here = *sort == wanted.sort;
        let there = Wanted {
            sort: *sort,
            is_backward: is_here && !wanted.is_backward,
            ..first.clone()
        };
        // The latest change comes first: that is downwards.
        let is_descending = wanted.is_backward != (*sort == Sort::Changed);
        Head {
            text: frame.t(text).into_owned(),
            href: there.href(),
            sorted: match (is_here, is_descending) {
                (false, _) => "none",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
        }
    });
    let all = || frame.t("all").into_owned();
    let with_all = |mut choices: Vec<Choice>, chosen: &str| {
        choices.insert(0, choices::none(all(), chosen));
        choices
    };
    let status = |it: i32| frame.task_status(it).into_owned();
    let filters = Filters {
        assigners: with_all(
            choices::agencies(&frame, &wanted.assigner),
            &wanted.assigner,
        ),
        assignees: with_all(
            choices::agencies(&frame, &wanted.assignee),
            &wanted.assignee,
        ),
        measures: with_all(choices::measures(&frame, &wanted.measure), &wanted.measure),
        statuses: with_all(
            choices::words::<agency::TaskStatus>(status, &wanted.status),
            &wanted.status,
        ),
    };
    let next = if next.is_empty() {
        next
    } else {
        let there = Wanted {
            after: next,
            ..wanted.clone()
        };
        there.href()
    };
    ListPage {
        tabs: tabs.collect(),
        board: tab(as_view(false), "tasks-board", !wanted.is_list),
        list: tab(as_view(true), "tasks-list", wanted.is_list),
        heads: heads.collect(),
        here: wanted.href(),
        filters,
        columns,
        rows,
        next,
        wanted,
        frame,
    }
}

fn columns(frame: &Frame, wanted: &Wanted, tasks: Vec<Task>) -> Vec<Column> {
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .map(|(status, is_folded)| Column {
            word: status_word(*status),
            status: status.to_wire(),
            is_folded: *is_folded,
            cards: Vec::new(),
            more: 0,
            list: Wanted {
                is_list: true,
                status: status_word(*status),
                ..wanted.clone()
            }
            .href(),
        })
        .collect();
    for task in tasks {
        let Some(column) = columns.iter_mut().find(|it| it.status == task.status) else {
            continue;
        };
        if column.cards.len() < COLUMN_MAX {
            column.cards.push(Card::new(frame, task));
        } else {
            column.more += 1;
        }
    }
    columns
}

fn status_word(status: TaskStatus) -> String {
    verbund_wire::words::short::<agency::TaskStatus>(status.to_wire()).unwrap_or_default()
}

fn assigner(task: &Task) -> &str {
    task.key.as_ref().map_or("", |it| &it.owner)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{SubjectKey, Terms};

    use super::*;
    use crate::lang::Lang;

    fn task(title: &str, due: &str, status: agency::TaskStatus) -> Task {
        Task {
            key: Some(SubjectKey {
                subject: format!("id-{}", title.len()),
                owner: "kod".to_owned(),
            }),
            terms: Some(Terms {
                title: title.to_owned(),
                due: due.to_owned(),
                assignee: "dhz".to_owned(),
                ..Terms::default()
            }),
            status: status as i32,
            ..Task::default()
        }
    }

    fn shown(query: &str, tasks: Vec<Task>) -> ListPage {
        page(
            Frame::sample(Lang::De),
            Wanted::read(query),
            tasks,
            String::new(),
        )
    }

    #[test]
    fn an_address_says_what_it_asks_for() {
        let query = "ansicht=liste&teil=alle&von=kod&stand=done&ueberfaellig=ja&bis=2026-12-01&sortiert=-faellig";
        let wanted = Wanted::read(query);
        assert_eq!(wanted.href(), format!("/aufgaben?{query}"));
        assert!(wanted.is_filtered() && wanted.is_list && wanted.is_backward);
        assert_eq!(Wanted::read("").href(), "/aufgaben");
        assert_eq!(
            Wanted::read("teil=erbeten&sortiert=unsinn").href(),
            "/aufgaben"
        );
    }

    #[test]
    fn the_own_part_comes_first() {
        let filter = |query: &str| Wanted::read(query).filter("kod");
        assert_eq!(filter("").assignees, ["kod"]);
        assert_eq!(filter("teil=vergeben").assigners, ["kod"]);
        let all = filter("teil=alle&stand=in-progress&von=dhz");
        assert_eq!(all.assigners, ["dhz"]);
        assert_eq!(all.statuses, [agency::TaskStatus::InProgress as i32]);
    }

    #[test]
    fn what_has_no_day_comes_last_and_a_column_ends() {
        use agency::TaskStatus::Assigned;
        let board = shown(
            "",
            vec![task("a", "", Assigned), task("bb", "2026-12-01", Assigned)],
        );
        let column = &board.columns[1];
        assert_eq!(column.word, "assigned");
        let titles: Vec<&str> = column.cards.iter().map(|it| it.title.as_str()).collect();
        assert_eq!(titles, ["bb", "a"]);
        let many = vec![task("a", "", Assigned); COLUMN_MAX + 3];
        assert_eq!(shown("", many).columns[1].more, 3);
    }

    #[test]
    fn the_list_is_sorted_both_ways_and_says_how() {
        use agency::TaskStatus::Done;
        let tasks = vec![task("Müll", "", Done), task("Ärger", "", Done)];
        let titles = |query: &str| {
            let page = shown(query, tasks.clone());
            let sorted = page.heads[0].sorted;
            let titles: Vec<String> = page.rows.into_iter().map(|it| it.title).collect();
            (titles, sorted)
        };
        assert_eq!(titles("ansicht=liste&sortiert=titel").1, "ascending");
        let (backward, sorted) = titles("ansicht=liste&sortiert=-titel");
        assert_eq!((backward[1].as_str(), sorted), ("Müll", "descending"));
    }

    #[test]
    fn what_an_agency_wrote_stays_text() {
        use agency::TaskStatus::Done;
        let hostile = "<script>alert(1)</script>";
        for query in ["teil=alle", "teil=alle&ansicht=liste"] {
            let page = shown(query, vec![task(hostile, "", Done)])
                .render()
                .unwrap();
            assert!(!page.contains("<script>alert"), "{query}");
            assert!(page.contains("alert(1)"), "{query}");
        }
    }
}
