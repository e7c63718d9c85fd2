//! Following the other replicas of this node: what they commit is taken over into what this one holds in memory.
//!
//! Every replica takes publishes, and each partner's stream is at one of them; the store tells when another one has committed. Lanes
//! come first, since watchers and partners' streams wait for them; what can wait a moment (receipts, exceptions, the charter, alarms,
//! the generation) is looked at once a second at most.
//!
//! **Promise.** A lane's head moves only after what its receipt must say of the entries up to it is known here, and a receipt says
//! `erased` only of what has no key any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use verbund_ledger::{LaneId, Outcome};
use verbund_store::{Engine, Error, Limit, StoredEntry};

use crate::context::Context;
use crate::database::if_available;
use crate::incidents::ALARMS_MAX;
use crate::lanes::Lane;
use crate::replicate::hold;

/// How often streams that other replicas have are looked at, and everything that may wait.
const LOOK: Duration = Duration::from_secs(1);
/// Entries read at once of what another replica has admitted.
const PAGE: u32 = 256;

/// How far the others are followed.
#[derive(Debug, Default)]
pub(crate) struct Follow {
    /// Held by whoever looks, so that nobody looks twice for the same.
    turn: tokio::sync::Mutex<()>,
    /// Entries wait for a second judgement that a lost database has put off.
    judge_again: AtomicBool,
}

impl Follow {
    /// Has what waits judged again as soon as the database answers.
    pub(crate) fn judge_again(&self) {
        self.judge_again.store(true, Ordering::Relaxed);
    }
}

/// Follows until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), Error> {
    let mut elsewhere = ctx.store.elsewhere();
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut news, mut owed, mut looked) = (false, false, Instant::now());
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            Ok(()) = elsewhere.changed() => {
                elsewhere.borrow_and_update();
                news = true;
            }
            _ = tick.tick() => {
                if_available(hold::look(&ctx).await)?;
                if ctx.follow.judge_again.swap(false, Ordering::Relaxed)
                    && if_available(crate::readmission::run(&ctx).await)?.is_none()
                {
                    ctx.follow.judge_again();
                }
            }
        }
        if news && if_available(catch_up(&ctx).await)?.is_some() {
            (news, owed) = (false, true);
        }
        if owed && looked.elapsed() >= LOOK && if_available(look_around(&ctx).await)?.is_some() {
            (owed, looked) = (false, Instant::now());
        }
    }
}

/// Takes over the lanes as the store has them now, and lets watchers and streams go on from there.
///
/// # Errors
/// The store's.
pub(crate) async fn catch_up(ctx: &Arc<Context>) -> Result<(), Error> {
    let _turn = ctx.follow.turn.lock().await;
    let mut moved = false;
    for record in ctx.store.lanes().await? {
        let known = ctx.lanes.lane(&record.id);
        let reached = known.as_ref().map_or(0, |lane| lane.head().sequence);
        let stops = known
            .as_ref()
            .is_some_and(|lane| record.stopped.is_some() && lane.stopped().is_none());
        if known.is_some() && record.head.sequence <= reached && !stops {
            continue;
        }
        if record.origin == ctx.agency {
            // Something of this lane may have been withdrawn, and must not be sent from memory any more.
            ctx.recent.clear();
        } else {
            exceptions(ctx, &record.id).await?;
        }
        moved |= record.head.sequence > reached;
        ctx.lanes.learn(record);
    }
    if moved {
        ctx.hub.behind();
    }
    Ok(())
}

/// A lane, also one that another replica has opened a moment ago.
///
/// # Errors
/// The store's.
pub(crate) async fn lane(ctx: &Arc<Context>, id: &LaneId) -> Result<Option<Arc<Lane>>, Error> {
    if let Some(lane) = ctx.lanes.lane(id) {
        return Ok(Some(lane));
    }
    if ctx.store.traits().engine == Engine::Sqlite {
        // There is no other replica.
        return Ok(None);
    }
    catch_up(ctx).await?;
    Ok(ctx.lanes.lane(id))
}

/// Takes over what became of a lane's entries, as the store has it now.
///
/// # Errors
/// The store's.
pub(crate) async fn exceptions(ctx: &Context, lane: &LaneId) -> Result<(), Error> {
    loop {
        let edition = ctx.desk.edition(lane);
        let outcomes = ctx.store.exceptions(lane).await?;
        let news = |(sequence, outcome): &(u64, Outcome)| {
            *outcome == Outcome::Erased
                && ctx.desk.own_outcome(lane, *sequence) != Some(Outcome::Erased)
        };
        if outcomes.iter().any(news) {
            // Hidden at once, but told only when the key is gone; whoever hid it may not have come so far.
            ctx.store.finish_erasures().await?;
        }
        // What was noted meanwhile is not in what was read: read again.
        if let Some(admitted) = ctx.desk.replace(lane, outcomes, edition) {
            return tell_admitted(ctx, lane, admitted).await;
        }
    }
}

/// Tells watchers of entries that waited and were admitted by another replica.
async fn tell_admitted(
    ctx: &Context,
    lane: &LaneId,
    sequences: BTreeSet<u64>,
) -> Result<(), Error> {
    let mut admitted: Vec<Arc<StoredEntry>> = Vec::new();
    let mut reached = 0;
    for sequence in &sequences {
        if *sequence <= reached {
            continue;
        }
        let limit = Limit {
            count: PAGE,
            bytes: u32::MAX,
        };
        let read = ctx.store.entries(lane, sequence - 1, limit).await?;
        reached = read.last().map_or(*sequence, |last| last.sequence);
        let stored = read
            .into_iter()
            .filter(|it| it.outcome == Outcome::Stored && sequences.contains(&it.sequence));
        admitted.extend(stored.map(Arc::new));
    }
    ctx.hub.readmitted(admitted);
    Ok(())
}

/// Takes over everything else that another replica may have changed.
async fn look_around(ctx: &Arc<Context>) -> Result<(), Error> {
    ctx.renew_generation(ctx.store.generation().await?);
    crate::charter::follow(ctx).await?;
    for spoken in ctx.desk.learn(ctx.store.receipts().await?) {
        ctx.deliveries.changed(spoken);
    }
    for lane in ctx.lanes.all() {
        if lane.origin != ctx.agency {
            exceptions(ctx, &lane.id).await?;
        }
    }
    let alarms = ctx.store.alarms(ALARMS_MAX).await?.len();
    ctx.incidents.recounted(alarms);
    ctx.metrics.alarms(alarms);
    ctx.steward.recount();
    // What the other one has put into the queues of this node is there for whoever comes first.
    ctx.due.notify_one();
    ctx.lanes.nudge();
    Ok(())
}
