//! The picture of the situation (Lage): where, when and what was told in a period, where it is going, and what moved.

mod view;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use verbund_wire::agency::GetPictureRequest;

use self::view::PictureView;
use super::html;
use super::span::{NoSpan, Span};
use crate::app::App;
use crate::chart::Figure;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::session::Visitor;

/// The periods to choose from, in days.
const PERIODS: [i32; 3] = [7, 28, 90];
/// The one that is shown when nothing is asked for.
const PERIOD: i32 = 28;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/lage", get(show))
}

#[derive(Template)]
#[template(path = "picture.html")]
struct PicturePage {
    frame: Frame,
    form: Form,
    view: PictureView,
    /// Whose map lies under the places.
    attribution: Option<String>,
}

/// What the form above the picture shows.
#[derive(Debug)]
struct Form {
    /// Days as they were typed.
    from: String,
    to: String,
    /// What is wrong with them.
    wrong: Option<NoSpan>,
    periods: Vec<Period>,
    agencies: Vec<Choice>,
    measures: Vec<Choice>,
    /// Something besides the period is chosen.
    is_filtered: bool,
}

/// A period to choose.
#[derive(Debug)]
struct Period {
    days: i32,
    href: String,
    is_chosen: bool,
}

/// A box to tick.
#[derive(Debug)]
struct Choice {
    id: String,
    name: String,
    is_chosen: bool,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Picture);
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let (span, wrong) = span(&frame, &asked);
    let (agencies, measures) = (ids(&asked, "stelle"), ids(&asked, "massnahme"));
    let request = GetPictureRequest {
        from_day: span.from.to_string(),
        to_day: span.to.to_string(),
        agencies: agencies.clone(),
        measures: measures.clone(),
    };
    let answer = node.reports().get_picture(request).await?;
    let picture = answer.into_inner().picture.unwrap_or_default();
    let map = app.config().map.as_ref();
    let view = PictureView::new(&frame, &picture, span, map.map(|it| it.tiles.as_str()));
    // Whose map it is stands there where its pictures are.
    let attribution = map.filter(|_| view.map.as_ref().is_some_and(Figure::has_pictures));
    let attribution = attribution.map(|it| it.attribution.clone());
    let form = Form::new(&frame, &asked, span, wrong, &agencies, &measures);
    let mut response = html(&PicturePage {
        frame,
        form,
        view,
        attribution,
    })?;
    if wrong.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The span that is asked for. Where it is none, what is wrong with it, and the usual one.
fn span(frame: &Frame, asked: &Fields) -> (Span, Option<NoSpan>) {
    let today = frame.today();
    let (from, to) = (asked.one("von"), asked.one("bis"));
    if from.is_empty() && to.is_empty() {
        let days = asked
            .one("tage")
            .parse()
            .ok()
            .filter(|it| PERIODS.contains(it));
        return (Span::last(days.unwrap_or(PERIOD), today), None);
    }
    match Span::between(from, to) {
        Ok(span) => (span, None),
        Err(wrong) => (Span::last(PERIOD, today), Some(wrong)),
    }
}

fn ids(asked: &Fields, name: &str) -> Vec<String> {
    asked.all(name).map(str::to_owned).collect()
}

impl Form {
    fn new(
        frame: &Frame,
        asked: &Fields,
        span: Span,
        wrong: Option<NoSpan>,
        agencies: &[String],
        measures: &[String],
    ) -> Self {
        let typed = |name: &str, day: jiff::civil::Date| match wrong {
            Some(_) => asked.one(name).to_owned(),
            None => day.to_string(),
        };
        let mut filters = form_urlencoded::Serializer::new(String::new());
        filters.extend_pairs(agencies.iter().map(|it| ("stelle", it)));
        filters.extend_pairs(measures.iter().map(|it| ("massnahme", it)));
        let filters = filters.finish();
        let sign = if filters.is_empty() { "" } else { "&" };
        let period = |days: i32| Period {
            days,
            href: format!("/lage?tage={days}{sign}{filters}"),
            is_chosen: wrong.is_none() && span == Span::last(days, frame.today()),
        };
        let concept = frame.concept.as_deref();
        let agency_ids = concept.map(|it| it.agency_ids().collect::<Vec<_>>());
        let choice = |id: &str, name: String, chosen: &[String]| Choice {
            id: id.to_owned(),
            name,
            is_chosen: chosen.iter().any(|it| it == id),
        };
        Self {
            from: typed("von", span.from),
            to: typed("bis", span.to),
            wrong,
            periods: PERIODS.into_iter().map(period).collect(),
            agencies: (agency_ids.into_iter().flatten())
                .map(|id| choice(id, frame.agency(id), agencies))
                .collect(),
            measures: (concept.iter().flat_map(|it| &it.told.measures))
                .map(|it| choice(&it.id, frame.measure(&it.id), measures))
                .collect(),
            is_filtered: !agencies.is_empty() || !measures.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests;
