//! Saying what is due, by each way in its own time.

use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use uuid::Uuid;

use super::Outcome;
use super::message::{Message, Waiting};
use super::rules::{Channel, Choice};
use crate::app::App;
use crate::role::Roles;
use crate::store::{Pending, Route, StoreError};

/// Messages at the same time through one channel.
const TOGETHER: usize = 4;
/// The first pause after a failure; each next one is twice as long.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// The longest pause.
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(30);
/// How long to wait at most until it is looked again whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How long what is on its way may take when the application stops.
const DRAIN_MAX: Duration = Duration::from_secs(5);
/// How long to wait after the database failed, or until the charter's time zone is known.
const AGAIN: Duration = Duration::from_secs(2);

/// Sends what is due through one channel, until the application stops and what is on its way then is there, or was given its time.
pub(super) async fn run(app: &App, channel: Channel) {
    while !app.stop().is_cancelled() {
        let done = tokio::select! {
            done = round(app, channel, Timestamp::now()) => done,
            () = drained(app) => return,
        };
        let wait = match done {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "notifications could not be read"
                );
                AGAIN
            }
        };
        tokio::select! {
            () = app.notify().bell(channel).notified() => {}
            () = sleep(wait) => {}
            () = app.stop().cancelled() => {}
        }
    }
}

/// A server that has taken a message on, and whose word for it was not heard, would get it again after the next start.
async fn drained(app: &App) {
    app.stop().cancelled().await;
    sleep(DRAIN_MAX).await;
}

/// Sends what is due, and tells how long nothing else will be.
async fn round(app: &App, channel: Channel, now: Timestamp) -> Result<Duration, StoreError> {
    // Quiet hours are those of the charter's time zone.
    let Some(concept) = app.concept() else {
        return Ok(AGAIN);
    };
    let ready = app.store().ready_routes(channel, now).await?;
    futures_util::stream::iter(ready)
        .for_each_concurrent(TOGETHER, |route| {
            let zone = &concept.zone;
            async move {
                if let Err(error) = say(app, channel, route, now, zone).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a notification was not kept in order"
                    );
                }
            }
        })
        .await;
    let next = app.store().next_due(channel).await?;
    let wait = next.and_then(|next| Duration::try_from(next.duration_since(Timestamp::now())).ok());
    Ok(wait.map_or(LOOK_EVERY, |wait| {
        wait.clamp(Duration::from_millis(50), LOOK_EVERY)
    }))
}

/// What to do with what waits for one way.
#[derive(Debug, PartialEq, Eq)]
struct Plan<'a> {
    /// Said now, in one message.
    now: Vec<&'a Pending>,
    /// Said after quiet hours.
    later: Vec<(&'a Pending, Timestamp)>,
    /// Not said: the person does not want it any more, or may not know of it any more.
    never: Vec<&'a Pending>,
}

/// A message is sent as soon as one thing is due that may be told now, and then tells all that waits: one message instead of two.
fn plan<'a>(
    pending: &'a [Pending],
    channel: Channel,
    roles: Roles,
    choice: &Choice,
    now: Timestamp,
    zone: &TimeZone,
) -> Plan<'a> {
    let (wanted, never): (Vec<&Pending>, Vec<&Pending>) = pending
        .iter()
        .partition(|it| it.matter.concerns(roles) && choice.wants(channel, it.matter));
    let held = |it: &Pending| choice.held_until(it.matter, now, zone);
    let is_time = wanted
        .iter()
        .any(|it| it.due_at <= now && held(it).is_none());
    let later = |it: &&'a Pending| {
        held(it)
            .filter(|until| it.due_at < *until)
            .map(|until| (*it, until))
    };
    Plan {
        later: if is_time {
            Vec::new()
        } else {
            wanted.iter().filter_map(later).collect()
        },
        now: if is_time { wanted } else { Vec::new() },
        never,
    }
}

async fn say(
    app: &App,
    channel: Channel,
    route: Uuid,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(), StoreError> {
    let store = app.store();
    let Some(route) = store.notify_route(route).await? else {
        return Ok(());
    };
    let pending = store.pending(route.id).await?;
    let person = store.person(route.person).await?;
    let roles = person
        .filter(|it| !it.is_disabled)
        .map_or_else(Roles::default, |it| it.roles);
    let choice = store.notify_choice(route.person).await?;
    let plan = plan(&pending, channel, roles, &choice, now, zone);
    store.pending_done(plan.never.iter().copied()).await?;
    store.pending_later(&plan.later).await?;

    let mut waiting = Waiting::new();
    for pending in &plan.now {
        *waiting.entry(pending.matter).or_default() += 1;
    }
    let Some(message) = Message::waiting(&waiting, choice.lang, &app.config().public_url) else {
        return Ok(());
    };
    let numbers: Vec<String> = plan.now.iter().map(|it| it.number.to_string()).collect();
    match app.notify().send(&message, &route, &numbers).await {
        Outcome::Sent => {
            store.pending_done(plan.now.iter().copied()).await?;
            store.route_works(route.id).await
        }
        Outcome::Gone => store.forget_route(route.person, route.id).await.map(|_| ()),
        Outcome::Refused => {
            give_up(channel, &plan.now, "refused");
            store.pending_done(plan.now.iter().copied()).await?;
            store.route_fails(route.id, now, now).await
        }
        Outcome::Later(after) => {
            let over: Vec<&Pending> = plan
                .now
                .into_iter()
                .filter(|it| it.ends_at <= now)
                .collect();
            if !over.is_empty() {
                give_up(channel, &over, "no answer for days");
                store.pending_done(over).await?;
            }
            let pause = pause(&route, after);
            store.route_fails(route.id, now, now + pause).await
        }
    }
}

/// Ever longer, up to a bound, and as long as the server wants.
fn pause(route: &Route, after: Option<u64>) -> SignedDuration {
    let doubled = PAUSE
        .checked_mul(1 << route.failures.min(10))
        .unwrap_or(PAUSE_MAX);
    let after = SignedDuration::from_secs(after.unwrap_or(0).cast_signed());
    doubled.min(PAUSE_MAX).max(after)
}

/// Counted, and nobody named.
fn give_up(channel: Channel, lost: &[&Pending], reason: &str) {
    let count = lost.len();
    tracing::warn!(
        channel = channel.word(),
        count,
        reason,
        "notifications were given up"
    );
}

#[cfg(test)]
mod tests;
