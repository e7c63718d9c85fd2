//! Forgetting: destroys what withdrawals marked, at once, and what has reached its erasure day, with the figures that the charter keeps no
//! longer, some seconds after midnight.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};
use verbund_model::{Retention, day_number};
use verbund_store::{Error, Store};

use crate::context::Context;
use crate::database::if_available;
use crate::steps::forget;

/// How often the day and the clock are looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How often the same day's are looked for: an entry may come to this node when its day has passed.
const AGAIN: Duration = Duration::from_secs(3600);
/// The file that holds the last day on which erasure found the clock right, in days since 1970-01-01.
const LAST_DAY: &str = "last-erasure-day";
/// A node that was off for longer, or whose clock leapt by more, asks a partner's clock before it destroys anything.
const LEAP_DAYS: i32 = 30;
/// Erasure pauses when the own clock is this far from the partners' median: a wrong clock must not destroy anything.
const CLOCK_OFF_MS: u64 = 3_600_000;

/// Destroys what is due, until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), Error> {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut paused = !believable(&ctx.config.node.data, day_number(ctx.today()));
    let mut done: Option<(i32, Instant)> = None;
    loop {
        if_available(destroy(&ctx).await)?;
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            () = ctx.erasure.notified() => continue,
            _ = look.tick() => {}
        }
        let today = day_number(ctx.today());
        if done.is_some_and(|(day, at)| day == today && at.elapsed() < AGAIN) {
            continue;
        }
        paused = pauses(&ctx, paused);
        if paused {
            continue;
        }
        if_available(crate::publish::review::expire(&ctx, today).await)?;
        if_available(crate::publish::backlog::expire(&ctx, today).await)?;
        if let Some(1..) = if_available(forget::due(&ctx, today).await)? {
            if_available(destroy(&ctx).await)?;
        }
        let retention = *ctx.charter.in_force().charter.retention();
        let Some(erased) = if_available(due(&*ctx.store, &retention, today).await)? else {
            continue;
        };
        // Also where another replica was quicker.
        ctx.recent.clear();
        if erased > 0 {
            info!(entries = erased, "contents destroyed on their erasure day");
            if_available(tell(&ctx).await)?;
            if_available(ctx.board.rebuild(&ctx).await)?;
        }
        remember(&ctx.config.node.data, today);
        done = Some((today, Instant::now()));
    }
}

/// Destroys what is due on a day: contents, whose number it gives, and figures.
///
/// # Errors
/// The store's.
pub(crate) async fn due(
    store: &dyn Store,
    retention: &Retention,
    today: i32,
) -> Result<u32, Error> {
    let erased = store.erase_due(today).await?;
    let updates = store
        .forget_readings(retention.readings_from(today))
        .await?;
    if updates > 0 {
        info!(
            updates,
            "figures forgotten that the charter keeps no longer"
        );
    }
    Ok(erased)
}

/// Whether the own clock may be believed without asking anybody: it has not leapt since it was last found right. A machine that
/// starts with a wrong clock must not destroy what is not due.
pub(crate) fn believable(data: &Path, today: i32) -> bool {
    let last = std::fs::read_to_string(data.join(LAST_DAY)).ok();
    let last = last.and_then(|text| text.trim().parse::<i32>().ok());
    let believable = last.is_none_or(|last| today.saturating_sub(last) <= LEAP_DAYS);
    if !believable {
        warn!(
            "erasure waits for a partner's clock: the own one has leapt by more than {LEAP_DAYS} days since the last erasure"
        );
    }
    believable
}

/// Notes that the clock was right on this day. Lost, the next start just asks nobody.
fn remember(data: &Path, today: i32) {
    if let Err(problem) = std::fs::write(data.join(LAST_DAY), format!("{today}\n")) {
        warn!(%problem, "the day of the last erasure can't be noted");
    }
}

/// Destroys what withdrawals marked, and only then lets the receipts say so.
async fn destroy(ctx: &Context) -> Result<(), Error> {
    let erased = ctx.store.finish_erasures().await?;
    if erased > 0 {
        info!(days = erased, "withdrawn contents destroyed");
        tell(ctx).await?;
    }
    Ok(())
}

/// Lets the receipts say what has been erased.
async fn tell(ctx: &Context) -> Result<(), Error> {
    for lane in ctx.lanes.all() {
        crate::follow::exceptions(ctx, &lane.id).await?;
    }
    ctx.lanes.nudge();
    Ok(())
}

/// Whether the own clock is too far from the partners' median. With no partner in sight there is nothing to compare with, and
/// what was found last stays.
fn pauses(ctx: &Context, paused: bool) -> bool {
    let mut offsets: Vec<i64> = ctx
        .partners
        .all()
        .iter()
        .filter_map(|partner| partner.snapshot().clock_offset_ms)
        .collect();
    offsets.sort_unstable();
    let Some(median) = offsets.get(offsets.len() / 2) else {
        return paused;
    };
    let off = median.unsigned_abs() >= CLOCK_OFF_MS;
    match (paused, off) {
        (false, true) => warn!(
            offset_ms = median,
            "erasure pauses: the clock differs from the partners' by an hour or more"
        ),
        (true, false) => info!(
            offset_ms = median,
            "erasure goes on: the clock agrees with the partners'"
        ),
        _ => {}
    }
    off
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_leapt_is_not_believed() {
        let data = tempfile::tempdir().unwrap();
        assert!(
            believable(data.path(), 20_000),
            "the first start has nothing to compare with"
        );
        remember(data.path(), 20_000);
        assert!(believable(data.path(), 20_000 + LEAP_DAYS));
        assert!(!believable(data.path(), 20_001 + LEAP_DAYS));
        assert!(
            believable(data.path(), 19_000),
            "a clock that is late destroys too little, not too much"
        );
    }
}
