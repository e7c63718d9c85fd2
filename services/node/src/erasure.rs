//! Forgetting: destroys what withdrawals marked, at once, and what has reached its erasure day, some seconds after midnight.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};
use verbund_model::day_number;

use crate::context::Context;

/// How often the day and the clock are looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How often the same day's are looked for: an entry may come to this node when its day has passed.
const AGAIN: Duration = Duration::from_secs(3600);
/// Erasure pauses when the own clock is this far from the partners' median: a wrong clock must not destroy anything.
const CLOCK_OFF_MS: i64 = 3_600_000;

/// Destroys what is due, until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), verbund_store::Error> {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut paused = false;
    let mut done: Option<(i32, Instant)> = None;
    loop {
        let erased = ctx.store.finish_erasures().await?;
        if erased > 0 {
            info!(days = erased, "withdrawn contents destroyed");
            // Only now do receipts say so.
            crate::readmission::restore_exceptions(&ctx).await?;
        }
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
        let erased = ctx.store.erase_due(today).await?;
        if erased > 0 {
            info!(entries = erased, "contents destroyed on their erasure day");
            crate::readmission::restore_exceptions(&ctx).await?;
        }
        done = Some((today, Instant::now()));
    }
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
    let off = median.abs() >= CLOCK_OFF_MS;
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
