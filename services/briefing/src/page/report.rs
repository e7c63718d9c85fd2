//! The committee's report (Bericht): a period in figures, and the same as a file.

mod view;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use verbund_wire::agency::{ExportReportRequest, FileFormat, FileLanguage, GetReportRequest};
use verbund_wire::words::number;

use self::view::ReportView;
use super::download::download;
use super::html;
use super::span::{NoSpan, Span};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::lang::Lang;
use crate::session::Visitor;

/// The formats that a report comes in, by the contract's names.
const FORMATS: [&str; 3] = ["pdf", "csv", "markdown"];

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/bericht", get(show))
        .route("/bericht/datei", get(export))
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    presets: Vec<Preset>,
    /// Days as they were typed.
    from: String,
    to: String,
    /// What is wrong with them.
    wrong: Option<NoSpan>,
    files: Vec<File>,
    view: ReportView,
}

/// A period that committees ask for.
#[derive(Debug)]
struct Preset {
    text: String,
    href: String,
    is_chosen: bool,
}

/// A file to fetch.
#[derive(Debug)]
struct File {
    text: String,
    href: String,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Report);
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let (span, wrong) = span(&frame, &asked);
    let request = GetReportRequest {
        from_day: span.from.to_string(),
        to_day: span.to.to_string(),
    };
    let answer = node.reports().get_report(request).await?;
    let report = answer.into_inner().report.unwrap_or_default();
    let view = ReportView::new(&frame, &report, span);
    let typed = |name: &str, day: jiff::civil::Date| match wrong {
        Some(_) => asked.one(name).to_owned(),
        None => day.to_string(),
    };
    let mut response = html(&ReportPage {
        presets: presets(&frame, span),
        from: typed("von", span.from),
        to: typed("bis", span.to),
        files: files(&frame, span),
        frame,
        wrong,
        view,
    })?;
    if wrong.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn export(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let span = Span::between(asked.one("von"), asked.one("bis")).map_err(|_| Failure::Malformed)?;
    let format = FORMATS.into_iter().find(|it| *it == asked.one("format"));
    let format = format
        .and_then(number::<FileFormat>)
        .ok_or(Failure::Malformed)?;
    let language = match visitor.lang() {
        Lang::De => FileLanguage::German,
        Lang::En => FileLanguage::English,
    };
    let request = ExportReportRequest {
        from_day: span.from.to_string(),
        to_day: span.to.to_string(),
        format,
        language: language.into(),
    };
    let answer = node.reports().export_report(request).await?;
    answer
        .into_inner()
        .file
        .map(download)
        .ok_or(Failure::NotFound)
}

/// The span that is asked for, the last month where none is. Where it is none, what is wrong with it.
fn span(frame: &Frame, asked: &Fields) -> (Span, Option<NoSpan>) {
    let usual = Span::last_month(frame.today());
    match (asked.one("von"), asked.one("bis")) {
        ("", "") => (usual, None),
        (from, to) => match Span::between(from, to) {
            Ok(span) => (span, None),
            Err(wrong) => (usual, Some(wrong)),
        },
    }
}

fn presets(frame: &Frame, chosen: Span) -> Vec<Preset> {
    let today = frame.today();
    let preset = |key: &str, span: Span| Preset {
        text: frame.t(key).into_owned(),
        href: format!("/bericht?{span}"),
        is_chosen: span == chosen,
    };
    vec![
        preset("report-last-month", Span::last_month(today)),
        preset("report-last-quarter", Span::last_quarter(today)),
        preset("report-last-year", Span::last_year(today)),
    ]
}

fn files(frame: &Frame, span: Span) -> Vec<File> {
    let file = |format: &str| File {
        text: frame
            .file_format(number::<FileFormat>(format).unwrap_or_default())
            .into_owned(),
        href: format!("/bericht/datei?{span}&format={format}"),
    };
    FORMATS.into_iter().map(file).collect()
}

#[cfg(test)]
mod tests;
