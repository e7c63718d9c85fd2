//! The concept (Konzept): its measures with what came of them, and the vocabulary that the agencies agreed on.

mod measure;
mod vocabulary;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use verbund_wire::agency::{GetReportRequest, Report};

use self::measure::MeasureView;
use self::vocabulary::Vocabulary;
use super::html;
use super::span::Span;
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::node::Acting;
use crate::session::Visitor;

/// How far the figures on these pages reach back.
const DAYS: i32 = 28;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/konzept", get(show))
        .route("/konzept/{measure}", get(show_measure))
}

#[derive(Template)]
#[template(path = "concept.html")]
struct ConceptPage {
    frame: Frame,
    measures: Vec<MeasureCard>,
    /// The node does not make a report just now.
    lacks_figures: bool,
    vocabulary: Vocabulary,
}

/// A measure with its figures.
#[derive(Debug, PartialEq, Eq)]
struct MeasureCard {
    id: String,
    name: String,
    href: String,
    updates: u32,
    open: u32,
    overdue: u32,
    done: u32,
    decisions: u32,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Concept);
    // The vocabulary is there also when no report can be made, such as while two others are.
    let report = report(&node, Span::last(DAYS, frame.today())).await.ok();
    html(&ConceptPage {
        lacks_figures: report.is_none(),
        measures: cards(&frame, &report.unwrap_or_default()),
        vocabulary: Vocabulary::new(&frame),
        frame,
    })
}

async fn report(node: &Acting, span: Span) -> Result<Report, Failure> {
    let request = GetReportRequest {
        from_day: span.from.to_string(),
        to_day: span.to.to_string(),
    };
    let answer = node.reports().get_report(request).await?;
    Ok(answer.into_inner().report.unwrap_or_default())
}

fn cards(frame: &Frame, report: &Report) -> Vec<MeasureCard> {
    let measures = frame.concept.iter().flat_map(|it| &it.told.measures);
    let card = |it: &verbund_wire::agency::Term| {
        let of = |counts: &[verbund_wire::agency::ReportCount]| {
            counts
                .iter()
                .find(|count| count.id == it.id)
                .map_or(0, |count| count.count)
        };
        let tasks = report.tasks.iter().find(|tasks| tasks.measure == it.id);
        MeasureCard {
            name: frame.measure(&it.id),
            href: href(&it.id),
            updates: of(&report.by_measure),
            open: tasks.map_or(0, |it| it.open),
            overdue: tasks.map_or(0, |it| it.overdue),
            done: tasks.map_or(0, |it| it.done),
            decisions: of(&report.decisions),
            id: it.id.clone(),
        }
    };
    measures.map(card).collect()
}

/// The page of a measure.
pub(crate) fn href(measure: &str) -> String {
    let measure: String = form_urlencoded::byte_serialize(measure.as_bytes()).collect();
    format!("/konzept/{measure}")
}

#[derive(Template)]
#[template(path = "concept_measure.html")]
struct MeasurePage {
    frame: Frame,
    view: MeasureView,
}

async fn show_measure(
    State(app): State<App>,
    visitor: Visitor,
    Path(measure): Path<String>,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Concept);
    let is_known = frame
        .concept
        .as_deref()
        .is_none_or(|it| it.measure(&measure).is_some());
    if !is_known {
        return Err(Failure::NotFound);
    }
    let span = Span::last(DAYS, frame.today());
    let told = measure::Told::ask(&node, &measure, span).await?;
    html(&MeasurePage {
        view: MeasureView::new(&frame, &measure, span, told),
        frame,
    })
}

#[cfg(test)]
mod tests;
