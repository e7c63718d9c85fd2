//! The stream of events to one open page: `GET /live`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{CatchUp, Event, Listening, Topic};
use crate::app::App;
use crate::error::Failure;
use crate::security::token::TokenHash;
use crate::session::{Visitor, session_token};

/// Streams at the same time; each takes some KiB.
const STREAMS_MAX: usize = 1_024;
/// How often a silent stream says that it lives, so that proxies keep it.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// How often it is looked whether the session is still there.
const CHECK_EVERY: Duration = Duration::from_secs(10);
/// How long a browser waits after a break.
const RETRY: Duration = Duration::from_millis(800);

/// The data of an event that has none: browsers pass over an event without any.
const NOTHING: &str = "-";

#[derive(Debug, Deserialize)]
pub(crate) struct Since {
    /// The place at which the page was made.
    #[serde(default)]
    since: String,
}

/// Events from the page's place on, or from the last one that the browser heard.
pub(crate) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(Since { since }): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    visitor.person()?;
    let reads = visitor.roles().reads();
    let Some(token) = session_token(&app, &headers) else {
        return Err(Failure::Forbidden);
    };
    let heard = headers
        .get("last-event-id")
        .and_then(|it| it.to_str().ok())
        .unwrap_or(&since);
    let Some(place) = app.live().enter(STREAMS_MAX) else {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    };
    let listener = Listener::new(app, place, token.hash(), heard, reads);
    let events = futures_util::stream::unfold(listener, |mut listener| async move {
        let message = listener.next().await?;
        Some((Ok::<_, Infallible>(message), listener))
    });
    let alive = KeepAlive::new().interval(SIGN_OF_LIFE);
    let mut response = Sse::new(events).keep_alive(alive).into_response();
    // A proxy that gathers an answer before it passes it on would keep the events for itself.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

/// One open page that listens.
struct Listener {
    app: App,
    _place: Listening,
    session: TokenHash,
    reads: bool,
    coming: Receiver<Event>,
    /// What is to be said before anything new.
    waiting: VecDeque<Message>,
    checks: Interval,
}

impl Listener {
    fn new(app: App, place: Listening, session: TokenHash, heard: &str, reads: bool) -> Self {
        let (missed, coming) = app.live().listen(heard);
        let hello = Message::default().retry(RETRY).event("hello").data(NOTHING);
        let mut waiting = VecDeque::from([hello]);
        match missed {
            CatchUp::Events(missed) => {
                let may_hear = missed
                    .iter()
                    .filter(|it| reads || it.topic == Topic::Status);
                waiting.extend(may_hear.map(|it| message(&app, it)));
            }
            CatchUp::Anew => waiting.push_back(anew(&app)),
        }
        let mut checks = interval(CHECK_EVERY);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            app,
            _place: place,
            session,
            reads,
            coming,
            waiting,
            checks,
        }
    }

    /// The next message; `None` when the application stops or the session is no more.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Some(message);
            }
            tokio::select! {
                event = self.coming.recv() => match event {
                    Ok(event) if self.reads || event.topic == Topic::Status => {
                        return Some(message(&self.app, &event));
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Some(anew(&self.app)),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.checks.tick() => {
                    let now = Timestamp::now();
                    match self.app.store().session(&self.session, now).await {
                        Ok(Some(_)) => {}
                        _ => return None,
                    }
                }
                () = self.app.stop().cancelled() => return None,
            }
        }
    }
}

fn message(app: &App, event: &Event) -> Message {
    let data = serde_json::json!({ "topic": event.topic.word(), "subject": event.subject });
    let message = Message::default().id(app.live().id(event.number));
    message.event("change").data(data.to_string())
}

/// Look at everything anew.
fn anew(app: &App) -> Message {
    Message::default()
        .id(app.live().position())
        .event("anew")
        .data(NOTHING)
}
