//! Watching the node: one watch of each kind for all who look on, taken up again when it breaks.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, interval, sleep_until};
use tonic::{Request, Status, Streaming};
use verbund_transport::ConnectError;
use verbund_wire::agency::{
    GetStatusRequest, GetStatusResponse, WatchDeliveriesRequest, WatchFeedRequest,
    WatchMeetingsRequest, WatchProtocolsRequest, WatchTasksRequest,
};

use super::Topic;
use crate::app::App;

/// How long after a break until the watch is taken up again.
const AGAIN: Duration = Duration::from_millis(500);
/// How often the node is asked how it and its partners are.
const STATUS_EVERY: Duration = Duration::from_secs(2);
/// How often it is asked for a newer charter's vocabulary.
const CONCEPT_EVERY: Duration = Duration::from_secs(30);
/// Signs of life come every 15 seconds.
const SILENCE_MAX: Duration = Duration::from_secs(40);

/// Watches until it is dropped.
pub(crate) async fn run(app: App) {
    tokio::join!(
        again(|| feed(&app), &app, Topic::Feed),
        again(|| tasks(&app), &app, Topic::Task),
        again(|| meetings(&app), &app, Topic::Meeting),
        again(|| protocols(&app), &app, Topic::Protocol),
        again(|| deliveries(&app), &app, Topic::Delivery),
        status(&app),
        concept(&app),
    );
}

/// Takes a watch up again whenever it ends. What changed in between is not known, so that a first sign of life after a break
/// says that anything may have.
async fn again<F: Future<Output = Result<(), Status>>>(
    watch: impl Fn() -> F,
    app: &App,
    topic: Topic,
) {
    loop {
        let next = Instant::now() + AGAIN;
        if let Err(status) = watch().await {
            tracing::debug!(topic = topic.word(), %status, "a watch of the node ended");
        }
        sleep_until(next).await;
        app.live().tell(topic, "");
    }
}

async fn feed(app: &App) -> Result<(), Status> {
    let request = WatchFeedRequest {
        from_now: true,
        ..WatchFeedRequest::default()
    };
    let watched = app.node().watching().feed().watch_feed(request).await?;
    each(watched.into_inner(), |answer| {
        app.live().reached(answer.cursor);
        for event in answer.events {
            let subject = event.situation.map(|it| it.subject);
            app.live().tell(Topic::Feed, subject.unwrap_or_default());
        }
    })
    .await
}

async fn tasks(app: &App) -> Result<(), Status> {
    let request = WatchTasksRequest::default();
    let watched = app.node().watching().tasks().watch_tasks(request).await?;
    each(watched.into_inner(), |answer| {
        if let Some(key) = answer.task.and_then(|it| it.key) {
            app.live().tell(Topic::Task, key.subject);
        }
    })
    .await
}

async fn meetings(app: &App) -> Result<(), Status> {
    let request = WatchMeetingsRequest::default();
    let mut meetings = app.node().watching().meetings();
    let watched = meetings.watch_meetings(request).await?;
    each(watched.into_inner(), |answer| {
        if let Some(key) = answer.meeting.and_then(|it| it.key) {
            app.live().tell(Topic::Meeting, key.subject);
        }
    })
    .await
}

async fn protocols(app: &App) -> Result<(), Status> {
    let request = WatchProtocolsRequest::default();
    let mut protocols = app.node().watching().protocols();
    let watched = protocols.watch_protocols(request).await?;
    each(watched.into_inner(), |answer| {
        if let Some(key) = answer.protocol.and_then(|it| it.key) {
            app.live().tell(Topic::Protocol, key.subject);
        }
    })
    .await
}

async fn deliveries(app: &App) -> Result<(), Status> {
    let request = WatchDeliveriesRequest::default();
    let mut feed = app.node().watching().feed();
    let watched = feed.watch_deliveries(request).await?;
    each(watched.into_inner(), |answer| {
        if answer.all {
            app.live().tell(Topic::Delivery, "");
        }
        for key in answer.subjects.into_iter().filter_map(|it| it.key) {
            app.live().tell(Topic::Delivery, key.subject);
        }
    })
    .await
}

/// Takes each message until the stream ends, or is silent for longer than a living one is.
async fn each<T>(mut watched: Streaming<T>, mut take: impl FnMut(T)) -> Result<(), Status> {
    loop {
        let Ok(next) = tokio::time::timeout(SILENCE_MAX, watched.next()).await else {
            return Err(Status::deadline_exceeded("no sign of life"));
        };
        match next {
            Some(message) => take(message?),
            None => return Ok(()),
        }
    }
}

/// Tells when the node or a partner is not as it was, or more or less waits for somebody of the own agency. Clocks and lags go on all the time, and only their coming and going counts.
async fn status(app: &App) {
    let mut ticks = interval(STATUS_EVERY);
    let mut before = None;
    let mut is_away = false;
    loop {
        ticks.tick().await;
        let mut request = Request::new(GetStatusRequest {});
        request.set_timeout(STATUS_EVERY);
        let asked = app.node().watching().node().get_status(request).await;
        is_away = log_away(is_away, asked.as_ref().err());
        let now = asked.ok().map(|it| standing(it.into_inner()));
        let waiting = |it: &Option<GetStatusResponse>| {
            (it.as_ref()).map(|it| (it.review_entries, it.pending_entries))
        };
        if waiting(&now) != waiting(&before) {
            app.live().tell(Topic::Review, "");
        }
        if now != before {
            app.live().tell(Topic::Status, "");
            before = now;
        }
    }
}

/// Logs that the node has gone, with what to do where that is known, or that it is back.
fn log_away(was_away: bool, why: Option<&Status>) -> bool {
    match why {
        Some(status) if !was_away => {
            let connect = std::error::Error::source(status).and_then(ConnectError::find);
            tracing::warn!(
                reason = connect.map(ConnectError::reason),
                advice = connect.map(ConnectError::advice),
                why = status.message(),
                "the node does not answer"
            );
        }
        None if was_away => tracing::info!("the node answers again"),
        _ => {}
    }
    why.is_some()
}

/// What of a status is worth a look.
fn standing(mut status: GetStatusResponse) -> GetStatusResponse {
    status.disk_free_bytes = 0;
    status.own_entries = 0;
    status.partner_entries = 0;
    for partner in &mut status.partners {
        partner.last_heard_ms = 0;
        partner.clock_offset_ms = 0;
        partner.lag_ms = u64::from(partner.lag_ms >= 60_000);
        partner.received = 0;
        partner.sent = 0;
        partner.receipted = 0;
    }
    status
}

async fn concept(app: &App) {
    let mut ticks = interval(CONCEPT_EVERY);
    loop {
        ticks.tick().await;
        let before = app.concept();
        while let Err(status) = app.refresh_concept().await {
            tracing::debug!(%status, "the node does not tell the vocabulary");
            tokio::time::sleep(AGAIN).await;
        }
        let is_new = match (before, app.concept()) {
            (Some(before), Some(now)) => !std::sync::Arc::ptr_eq(&before, &now),
            _ => true,
        };
        if is_new {
            app.live().tell(Topic::Concept, "");
        }
    }
}
