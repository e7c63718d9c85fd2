//! The way in: whether a password is right, and how a session begins.

use std::time::{Duration, Instant};

use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use uuid::Uuid;

use crate::app::App;
use crate::error::Failure;
use crate::security::password::Secret;
use crate::security::throttle::{Attempt, Origin};
use crate::session::{Visitor, set_cookie};
use crate::store::Person;

/// How long after somebody showed who they are nothing needs to be proven again.
pub(crate) const PROVEN: SignedDuration = SignedDuration::from_mins(10);
/// How many months a browser that signed in is known. They end with a month: the end does not tell the day.
const KNOWN_MONTHS: i64 = 6;

/// Whether a password is the one of the account of this name, which is `person` where there is one. What is tried in vain makes
/// the next try wait.
///
/// # Errors
/// [`Failure::TooMany`] where it has to wait now.
pub(crate) async fn is_right(
    app: &App,
    visitor: &Visitor,
    name: &str,
    person: Option<&Person>,
    password: &Secret,
) -> Result<bool, Failure> {
    // The database is asked for an unknown account, too, so that the answer takes as long.
    let id = person.map_or(Uuid::nil(), |person| person.id);
    let mut origin = Origin::Network(visitor.network());
    if let Some(device) = visitor.device() {
        let hash = device.hash();
        if app
            .store()
            .knows_device(&hash, id, Timestamp::now())
            .await?
        {
            origin = Origin::Device(hash);
        }
    }
    let attempt = Attempt::new(name, origin);
    let begun = app.throttle().begin(&attempt, Instant::now());
    begun.map_err(|wait| Failure::TooMany { wait })?;
    let hash = person.and_then(|person| person.password.as_deref());
    let is_right = app.passwords().is_right(password, hash).await?;
    if is_right {
        app.throttle().succeeded(&attempt);
    }
    Ok(is_right)
}

/// Begins a session of somebody who has shown who they are, and goes on to `then`. The session that this browser may have had
/// ends: its cookie is another one from now on.
///
/// # Errors
/// The database's.
pub(crate) async fn begin(
    app: &App,
    visitor: &Visitor,
    person: &Person,
    proven_until: Timestamp,
    then: &str,
) -> Result<Response, Failure> {
    if let Some(before) = visitor.session() {
        app.store().end_session(before.person.id, before.id).await?;
    }
    let now = Timestamp::now();
    let hours = i64::from(app.config().sign_in.session_hours);
    let ends_at = now + SignedDuration::from_hours(hours);
    let begun = app
        .store()
        .begin_session(person.id, visitor.browser(), ends_at, proven_until);
    let token = begun.await?;
    let mut response = Redirect::to(then).into_response();
    let age = Duration::from_secs(hours.unsigned_abs() * 3_600);
    let cookie = app.cookie(&app.cookies().session, &token.reveal(), Some(age));
    set_cookie(&mut response, &cookie);
    Ok(response)
}

/// Knows this browser as one of the person's from now on, where it isn't yet.
///
/// # Errors
/// The database's.
pub(crate) async fn know_browser(
    app: &App,
    visitor: &Visitor,
    person: &Person,
    response: &mut Response,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    if let Some(device) = visitor.device()
        && app
            .store()
            .knows_device(&device.hash(), person.id, now)
            .await?
    {
        return Ok(());
    }
    let ends_at = known_until(now);
    let token = app.store().add_device(person.id, ends_at).await?;
    let age = ends_at.duration_since(now).unsigned_abs();
    let cookie = app.cookie(&app.cookies().device, &token.reveal(), Some(age));
    set_cookie(response, &cookie);
    Ok(())
}

fn known_until(now: Timestamp) -> Timestamp {
    let month = now.to_zoned(TimeZone::UTC).date().first_of_month();
    let end = month.saturating_add(KNOWN_MONTHS.months());
    let end = end.to_zoned(TimeZone::UTC).map(|it| it.timestamp());
    end.unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_browser_is_known_does_not_tell_the_day() {
        let until = |now: &str| known_until(now.parse().unwrap()).to_string();
        assert_eq!(until("2026-11-01T06:00:00Z"), "2027-05-01T00:00:00Z");
        assert_eq!(until("2026-11-27T13:37:00Z"), "2027-05-01T00:00:00Z");
    }
}
