//! Forgetting: destroys what withdrawals marked, at once, and what has reached its erasure day, every hour.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};
use verbund_model::day_number;

use crate::context::Context;

/// How often the day is looked at.
const TICK: Duration = Duration::from_secs(3600);
/// Erasure pauses when the own clock is this far from the partners' median: a wrong clock must not destroy anything.
const CLOCK_OFF_MS: i64 = 3_600_000;

/// Destroys what is due, until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), verbund_store::Error> {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let erased = ctx.store.finish_erasures().await?;
        if erased > 0 {
            info!(days = erased, "withdrawn contents destroyed");
            // Only now do receipts say so.
            crate::readmission::restore_exceptions(&ctx).await?;
        }
        let due = tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            () = ctx.erasure.notified() => false,
            _ = tick.tick() => true,
        };
        if due && clock_agrees(&ctx) {
            let erased = ctx.store.erase_due(day_number(ctx.today())).await?;
            if erased > 0 {
                info!(entries = erased, "contents destroyed on their erasure day");
                crate::readmission::restore_exceptions(&ctx).await?;
            }
        }
    }
}

/// Whether the own clock is near the partners' median. With no partner in sight there is nothing to compare with.
fn clock_agrees(ctx: &Context) -> bool {
    let mut offsets: Vec<i64> = ctx
        .partners
        .all()
        .iter()
        .filter_map(|partner| partner.snapshot().clock_offset_ms)
        .collect();
    offsets.sort_unstable();
    let Some(median) = offsets.get(offsets.len() / 2) else {
        return true;
    };
    let agrees = median.abs() < CLOCK_OFF_MS;
    if !agrees {
        warn!(
            offset_ms = median,
            "erasure pauses: the clock differs from the partners' by an hour or more"
        );
    }
    agrees
}
