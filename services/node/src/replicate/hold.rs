//! Which replica of this node has a partner's stream: at most one at a time, under a fencing generation.
//!
//! Several replicas share one database, and a load balancer may bring a partner's stream to any of them: the newest wins. Whoever
//! dials takes the stream only while nobody has it. The hold is kept once a second as long as a stream uses it, and given back at
//! once after that; when its replica dies it expires, and another replica dials. What comes through a stream is stored only while
//! its hold is in force, so a replica that lost it without knowing stores nothing.
//!
//! Streams of one replica share its hold: which of two stays is for [`Partners::admit`](crate::partners::Partners::admit) to say.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, info};
use verbund_model::AgencyId;
use verbund_store::{Error, Take};

use crate::context::Context;
use crate::partners::Partner;
use crate::tasks::OnError;

/// How often a hold is kept.
const KEEP: Duration = Duration::from_secs(1);
/// A hold that could not be kept for this long has expired by the database's clock, whatever that could not tell us.
const EXPIRED: Duration = Duration::from_secs(verbund_store::limits::HOLD_SECONDS.unsigned_abs());
/// What the names of these holds begin with.
const PREFIX: &str = "link/";

/// This replica has a partner's stream as long as one of these lives and [`Held::lost`] is not cancelled.
#[derive(Debug)]
pub(crate) struct Held {
    hold: verbund_store::Hold,
    lost: CancellationToken,
    _in_use: DropGuard,
}

impl Held {
    /// What the store is shown.
    pub(crate) fn hold(&self) -> &verbund_store::Hold {
        &self.hold
    }

    /// Resolves when another replica has it, or may have it by now.
    pub(crate) async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

/// The hold of one partner's stream, where this replica has it.
#[derive(Debug, Default)]
pub(crate) struct Place(tokio::sync::Mutex<Weak<Held>>);

impl Place {
    /// Takes the stream for this replica, or shares what it has already. `None` where another replica has it, which only
    /// [`Take::IfFree`] can give.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn take(
        &self,
        ctx: &Arc<Context>,
        agency: &AgencyId,
        take: Take,
    ) -> Result<Option<Arc<Held>>, Error> {
        let mut place = self.0.lock().await;
        if let Some(held) = place.upgrade()
            && !held.lost.is_cancelled()
        {
            // Another replica may have taken it a moment ago, and the newest is asked for.
            if ctx.store.keep_hold(&held.hold).await? {
                return Ok(Some(held));
            }
            held.lost.cancel();
        }
        let name = format!("{PREFIX}{agency}");
        let Some(hold) = ctx.store.take_hold(&name, take).await? else {
            return Ok(None);
        };
        debug!(partner = %agency, generation = hold.generation, "this replica has the stream");
        let (lost, in_use) = (CancellationToken::new(), CancellationToken::new());
        let held = Arc::new(Held {
            hold: hold.clone(),
            lost: lost.clone(),
            _in_use: in_use.clone().drop_guard(),
        });
        let keeping = keep(ctx.clone(), hold, lost, in_use);
        ctx.tasks
            .spawn(format!("hold {agency}"), OnError::Log, keeping);
        *place = Arc::downgrade(&held);
        drop(place);
        // What the replica before this one took in is known here before anything more is asked for.
        crate::follow::catch_up(ctx).await?;
        Ok(Some(held))
    }
}

/// Keeps a hold as long as it is in use, then gives it back.
async fn keep(
    ctx: Arc<Context>,
    hold: verbund_store::Hold,
    lost: CancellationToken,
    unused: CancellationToken,
) -> Result<(), Error> {
    let mut tick = interval(KEEP);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut kept = Instant::now();
    loop {
        tokio::select! {
            () = unused.cancelled() => return ctx.store.release_hold(&hold).await,
            () = lost.cancelled() => return Ok(()),
            _ = tick.tick() => {}
        }
        // A database that does not answer can't prolong anything: by its clock the hold ends meanwhile.
        let left = EXPIRED.saturating_sub(kept.elapsed());
        let asked = Instant::now();
        match tokio::time::timeout(left, ctx.store.keep_hold(&hold)).await {
            Ok(Ok(true)) => kept = asked,
            Ok(Ok(false)) => {
                info!(hold = &*hold.name, "another replica has taken over");
                lost.cancel();
            }
            Ok(Err(Error::Unavailable { .. })) if kept.elapsed() < EXPIRED => {}
            Ok(Err(error)) if !matches!(error, Error::Unavailable { .. }) => {
                lost.cancel();
                return Err(error);
            }
            Ok(Err(_)) | Err(_) => lost.cancel(),
        }
    }
}

/// Looks which streams other replicas have.
///
/// # Errors
/// The store's.
pub(crate) async fn look(ctx: &Context) -> Result<(), Error> {
    let own = &ctx.replica;
    let held: std::collections::HashMap<String, String> = ctx
        .store
        .holds()
        .await?
        .into_iter()
        .filter(|record| record.in_force && record.holder != *own)
        .filter_map(|record| {
            let agency = record.name.strip_prefix(PREFIX)?.to_owned();
            Some((agency, record.holder))
        })
        .collect();
    for partner in ctx.partners.all() {
        elsewhere(ctx, &partner, held.get(partner.agency.as_str()).cloned());
    }
    Ok(())
}

/// Notes which other replica has a partner's stream, if any.
pub(crate) fn elsewhere(ctx: &Context, partner: &Partner, holder: Option<String>) {
    let mut changed = false;
    let now = ctx.clock.now();
    partner.update(|state| {
        changed = state.held_by != holder;
        // As long as another replica has it the partner is not away.
        if state.link.is_none() && (holder.is_some() || changed) {
            state.away_since = Some(now);
            state.problem = None;
        }
        state.held_by = holder;
    });
    if changed {
        partner.link_changed.notify_waiters();
        ctx.partners.changed.notify_one();
    }
}
