//! All protocols: first those that wait for the own agency's word, then the rest by what changed last.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use verbund_wire::agency::{ListProtocolsRequest, Protocol, ProtocolFilter, ProtocolStatus};
use verbund_wire::words::number;

use super::may::{May, attending};
use super::path;
use super::show::{deadline, signed, waits_for};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::page::choices::{self, Choice};
use crate::page::html;
use crate::session::Visitor;

/// Protocols of one page.
const PAGE: i32 = 50;
/// Those that wait for a word: an agency that has more has other troubles.
const WAITING: i32 = 20;

struct Row {
    id: String,
    href: String,
    number: String,
    title: String,
    status: i32,
    writer: String,
    signed: usize,
    attending: usize,
    /// Until when a word is asked for; empty where none is.
    deadline: String,
    changed: String,
    /// What the own agency is asked for; empty where it is not.
    asked: &'static str,
}

impl Row {
    fn new(frame: &Frame, it: Protocol) -> Self {
        let may = May::new(frame, &it);
        let asked = if waits_for(&it, &frame.own) {
            "protocol-asked-word"
        } else if may.has("release") {
            "protocol-asked-release"
        } else if may.has("revise") {
            "protocol-asked-circulate"
        } else {
            ""
        };
        let key = it.key.clone().unwrap_or_default();
        Self {
            href: path(&key),
            id: key.subject,
            signed: signed(&it),
            attending: attending(&it).count(),
            deadline: deadline(frame, &it).map_or_else(String::new, |it| frame.lang.day(it)),
            changed: frame.moment(it.changed_at_ms),
            status: it.status,
            number: it.number,
            title: it.title,
            writer: it.writer,
            asked,
        }
    }

    fn is_draft(&self) -> bool {
        self.status == ProtocolStatus::Draft as i32
    }
}

#[derive(Template)]
#[template(path = "protocol/list.html")]
struct ListPage {
    frame: Frame,
    waiting: Vec<Row>,
    rows: Vec<Row>,
    statuses: Vec<Choice>,
    next: String,
}

/// `?stand=<status>&ab=<page>`
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Protocols);
    let given = Fields::parse(query.unwrap_or_default().as_bytes());
    let status = given.one("stand");
    let all = ListProtocolsRequest {
        filter: Some(ProtocolFilter {
            statuses: number::<ProtocolStatus>(status).into_iter().collect(),
            ..ProtocolFilter::default()
        }),
        page_size: PAGE,
        page_token: given.one("ab").to_owned(),
    };
    let waiting = ListProtocolsRequest {
        filter: Some(ProtocolFilter {
            awaiting_word: true,
            ..ProtocolFilter::default()
        }),
        page_size: WAITING,
        ..ListProtocolsRequest::default()
    };
    let (mut first, mut second) = (node.protocols(), node.protocols());
    let (all, waiting) = tokio::join!(first.list_protocols(all), second.list_protocols(waiting));
    let (all, waiting) = (all?.into_inner(), waiting?.into_inner());
    let rows = |protocols: Vec<Protocol>| -> Vec<Row> {
        protocols
            .into_iter()
            .map(|it| Row::new(&frame, it))
            .collect()
    };
    let say = |it: i32| frame.protocol_status(it).into_owned();
    let mut statuses = choices::words::<ProtocolStatus>(say, status);
    statuses.insert(0, choices::none(frame.t("all").into_owned(), status));
    let next = match all.next_page_token.as_str() {
        "" => String::new(),
        token => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("stand", status).append_pair("ab", token);
            format!("/protokolle?{}", query.finish())
        }
    };
    html(&ListPage {
        waiting: rows(waiting.protocols),
        rows: rows(all.protocols),
        statuses,
        next,
        frame,
    })
}
