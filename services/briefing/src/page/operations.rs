//! Operations (Betrieb): how the own node and its partners are, what went wrong, and what was decided on texts.
//!
//! Readers see the partners; the node, alarms, evidence and the audit log are for operators. Nothing here is content.

mod advice;
mod audit;
mod view;

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use verbund_wire::agency::{
    ExportEvidenceRequest, GetStatusRequest, ListAlarmsRequest, ListAuditRecordsRequest,
};

use self::audit::RecordRow;
use self::view::{AlarmRow, NodeView, PartnerView};
use super::download::download;
use super::html;
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::session::Visitor;

/// Audit records of one page.
const RECORDS: i32 = 50;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/betrieb", get(show))
        .route("/betrieb/protokoll", get(show_audit))
        .route("/betrieb/beweis/{alarm}", get(export_evidence))
}

#[derive(Template)]
#[template(path = "operations.html")]
struct OperationsPage {
    frame: Frame,
    partners: Vec<PartnerView>,
    /// The own node, for operators.
    node: Option<NodeView>,
    alarms: Vec<AlarmRow>,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let operator = visitor.operating(&app);
    let node = match &operator {
        Ok(node) => node.clone(),
        Err(_) => visitor.reading(&app)?,
    };
    let frame = Frame::new(&app, &visitor, Nav::Operations);
    let status = node
        .node()
        .get_status(GetStatusRequest {})
        .await?
        .into_inner();
    let now = Timestamp::now();
    let alarms = match &operator {
        Ok(node) => {
            node.node()
                .list_alarms(ListAlarmsRequest {})
                .await?
                .into_inner()
                .alarms
        }
        Err(_) => Vec::new(),
    };
    html(&OperationsPage {
        partners: status
            .partners
            .iter()
            .map(|it| PartnerView::new(&frame, it, &status.certificate_serial, now))
            .collect(),
        node: operator
            .is_ok()
            .then(|| NodeView::new(&frame, &status, now)),
        alarms: alarms.iter().map(|it| AlarmRow::new(&frame, it)).collect(),
        frame,
    })
}

#[derive(Template)]
#[template(path = "operations_audit.html")]
struct AuditPage {
    frame: Frame,
    records: Vec<RecordRow>,
    /// Where older ones are; empty when there are none.
    next: String,
    is_first: bool,
}

async fn show_audit(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.operating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Operations);
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let request = ListAuditRecordsRequest {
        page_size: RECORDS,
        page_token: asked.one("seite").to_owned(),
    };
    let answer = node.node().list_audit_records(request).await?.into_inner();
    let next: String = form_urlencoded::byte_serialize(answer.next_page_token.as_bytes()).collect();
    html(&AuditPage {
        records: answer
            .records
            .iter()
            .map(|it| RecordRow::new(&frame, it))
            .collect(),
        next: if next.is_empty() {
            next
        } else {
            format!("/betrieb/protokoll?seite={next}")
        },
        is_first: asked.one("seite").is_empty(),
        frame,
    })
}

async fn export_evidence(
    State(app): State<App>,
    visitor: Visitor,
    Path(alarm): Path<u64>,
) -> Result<Response, Failure> {
    let node = visitor.operating(&app)?;
    let answer = node
        .node()
        .export_evidence(ExportEvidenceRequest { alarm })
        .await?;
    answer
        .into_inner()
        .file
        .map(download)
        .ok_or(Failure::NotFound)
}

#[cfg(test)]
mod tests;
