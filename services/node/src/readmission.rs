//! A second look at entries that waited: for a charter that has come, or for a release that understands them.

use std::sync::Arc;

use tracing::info;
use verbund_ledger::{Content, Examined, Frame, Outcome};
use verbund_model::day_number;
use verbund_store::{Error, Readmission};

use crate::admission::{self, Bench, Judged};
use crate::context::Context;

/// Entries looked at in one go.
const PAGE: u32 = 256;

/// Judges all waiting entries again. Run at each start, and when a newer charter comes into force.
///
/// # Errors
/// The store's.
pub(crate) async fn run(ctx: &Arc<Context>) -> Result<(), Error> {
    let mut after = None;
    let mut admitted = 0;
    loop {
        let waiting = ctx.store.unadmitted(after, PAGE).await?;
        let Some(last) = waiting.last() else { break };
        after = Some((last.lane, last.sequence));
        let items: Vec<Readmission> = waiting
            .into_iter()
            .filter_map(|stored| judge(ctx, &stored))
            .collect();
        if items.is_empty() {
            continue;
        }
        admitted += admit(ctx, items).await?;
    }
    if admitted > 0 {
        info!(
            entries = admitted,
            "entries that waited were looked at again"
        );
    }
    Ok(())
}

/// Stores what has become of entries that waited, and tells of it. Gives how many have changed.
///
/// # Errors
/// The store's.
pub(crate) async fn admit(ctx: &Context, items: Vec<Readmission>) -> Result<usize, Error> {
    let changed = ctx.store.readmit(items).await?;
    for stored in &changed {
        ctx.desk
            .note(&stored.lane, [(stored.sequence, stored.outcome)]);
    }
    let count = changed.len();
    ctx.hub.readmitted(changed);
    ctx.erasure.notify_one();
    Ok(count)
}

fn judge(ctx: &Context, stored: &verbund_store::StoredEntry) -> Option<Readmission> {
    let lane = ctx.lanes.lane(&stored.lane)?;
    let in_force = ctx.charter.in_force();
    let bench = Bench {
        charter: &in_force.charter,
        guard: &in_force.guard,
        origin: &lane.origin,
        audience: &lane.audience,
        today: day_number(in_force.charter.today(ctx.clock.now())),
    };
    let there = |present: bool| {
        if present {
            Content::Present
        } else {
            Content::Missing
        }
    };
    // Its signature and place were checked when it came.
    let examined = Examined {
        frame: Frame::decode(&stored.entry.frame).ok()?,
        hash: stored.hash,
        codes: there(stored.entry.codes.is_some()),
        text: there(stored.entry.text.is_some()),
    };
    let judged = Judged::of(&bench, &stored.entry, &examined);
    if judged.outcome == stored.outcome {
        return None;
    }
    let codes = judged
        .codes
        .as_ref()
        .filter(|_| judged.outcome == Outcome::Stored);
    Some(Readmission {
        lane: stored.lane,
        sequence: stored.sequence,
        outcome: judged.outcome,
        content: None,
        subject: codes.map(|codes| codes.subject),
        projection: codes.and_then(|codes| admission::project(&lane.origin, codes)),
        step: codes.is_some_and(admission::is_step),
        erases: codes.map(admission::erases).unwrap_or_default(),
    })
}
