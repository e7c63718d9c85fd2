//! After a restore: the node finds out what it once showed its partners before it signs anything (ADR 0024).
//!
//! - **Whether.** The [marker](verbund_store::marker) tells, at each start, and each second while the node runs: a database that falls
//!   behind its marker, or goes on another timeline, stops the node, and the next start counts as one after a restore.
//! - **How long.** Each partner says with its first words what it holds of this node's lanes. What is not here is fetched from it. A
//!   partner has *shown* its share when all of that is here. The node signs again when every member has, or the operator has forgone it.
//! - **Then.** Lanes that a forgone partner is in are closed, and what comes next goes to successors: no place in a lane is ever
//!   signed twice, whatever that partner holds.
//! - **Later.** An own entry that a partner holds and this node doesn't is fetched, and once its signature has held, the node does not
//!   sign until all partners have shown their share. A claim alone stops nothing.
//!
//! Reading, receiving, receipts and forgetting go on all the while, and new updates are [queued](crate::publish::backlog).

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info, warn};
use verbund_ledger::{FrameHash, LaneId};
use verbund_model::AgencyId;
use verbund_store::Error;
use verbund_store::marker::{self, Found, Marker, Restored, Standing, Verdict};
use verbund_wire::error::ErrorCode;
use verbund_wire::federation;

use crate::context::Context;
use crate::database::if_available;
use crate::incidents;
use crate::replicate::limits::LANES_PER_ORIGIN_MAX;
use crate::replicate::steward;

/// The reason for taking nothing new while a restored node does not sign.
pub(crate) const RECOVERING: &str = "RECOVERING";
/// More starts than a node has made since any backup: a partner that knows a generation beyond is not believed.
const GENERATIONS_MAX: u64 = 1_000_000;
/// How often the marker is brought up to date: by how much it can be behind when the machine fails.
const LOOK: Duration = Duration::from_secs(1);

/// Whether this node signs, and what the partners hold of it.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    inner: Mutex<Inner>,
    /// Woken when a partner has told something.
    told: Notify,
    /// A partner has handed over an own entry that was not here.
    came_back: AtomicBool,
    /// The marker could not be written the last time.
    unwritten: AtomicBool,
    /// The highest generation of this node that a partner knows.
    known_generation: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    on: Option<marker::Recovery>,
    /// What partners hold of the own lanes and has not been compared yet, or is not here yet.
    held: BTreeMap<AgencyId, HashMap<LaneId, (u64, FrameHash)>>,
}

impl Recovery {
    /// As the marker says.
    pub(crate) fn new(on: Option<marker::Recovery>) -> Self {
        let recovery = Self::default();
        recovery.lock().on = on;
        recovery
    }

    /// Whether the node does not sign.
    pub(crate) fn is_on(&self) -> bool {
        self.lock().on.is_some()
    }

    /// Refuses where the node does not sign.
    ///
    /// # Errors
    /// What a caller is told.
    pub(crate) fn may_sign(&self) -> Result<(), verbund_wire::error::Error> {
        match self.is_on() {
            true => Err(recovering()),
            false => Ok(()),
        }
    }

    /// Notes that a partner has handed over own entries that were not here.
    pub(crate) fn own_came_back(&self) {
        self.came_back.store(true, Ordering::Relaxed);
        self.told.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("no code panics while it holds the recovery")
    }
}

/// What a caller is told.
pub(crate) fn recovering() -> verbund_wire::error::Error {
    let message = "the node was restored and signs nothing until its partners have shown what they hold of it; send the same request again later";
    verbund_wire::error::Error::new(ErrorCode::Recovering, message)
}

/// The partners whose word is missing; none while the node signs.
pub(crate) fn awaited(ctx: &Context) -> Vec<AgencyId> {
    let inner = ctx.recovery.lock();
    let Some(on) = &inner.on else {
        return Vec::new();
    };
    let members = ctx.charter.in_force();
    let members = members.charter.members().iter();
    let heard = |agency: &AgencyId| on.shown.contains(agency) || on.forgone.contains(agency);
    members
        .filter(|it| **it != ctx.agency && !heard(it))
        .cloned()
        .collect()
}

/// What the marker says of the store as it stands, before the store is claimed.
#[derive(Debug)]
pub(crate) struct Start {
    folder: PathBuf,
    standing: Standing,
    verdict: Verdict,
    /// The generation that has been seen.
    pub(crate) generation: u64,
}

/// Compares the store with its marker.
///
/// # Errors
/// The store's.
pub(crate) async fn look(
    store: &dyn verbund_store::Store,
    folder: PathBuf,
) -> Result<Start, Error> {
    // The marker first: what it says was so before.
    let found = marker::look(&folder)?;
    let standing = store.standing().await?;
    let verdict = marker::judge(&found, &standing);
    let seen = match found {
        Found::Marker(marker) => marker.generation,
        Found::Nothing | Found::Unreadable => 0,
    };
    Ok(Start {
        folder,
        standing,
        verdict,
        generation: seen.max(marker::MARKED),
    })
}

impl Start {
    /// Writes the marker, once the store has the generation. Gives why the node does not sign, if so.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn begin(self, generation: u64) -> Result<Recovery, Error> {
        let mut standing = self.standing;
        standing.generation = generation;
        let marker = marker::change(&self.folder, |marker| match self.verdict {
            Verdict::Restored(reason) => marker.restore(reason, &standing),
            Verdict::Honest | Verdict::Recovering(_) => marker.note(&standing),
        })?;
        if let Verdict::Restored(reason) | Verdict::Recovering(reason) = self.verdict {
            error!(
                reason = reason.as_str(),
                "the database was restored: nothing is signed until the partners have shown what they hold of this node"
            );
        }
        Ok(Recovery::new(marker.recovery))
    }
}

/// What this node holds of a partner's lanes.
pub(crate) fn known_of(ctx: &Context, partner: &AgencyId) -> federation::Known {
    let lanes = ctx.lanes.of(partner);
    let heads = lanes.iter().filter_map(|lane| {
        let head = lane.head();
        (head.sequence > 0).then(|| federation::KnownHead {
            lane: lane.id.as_bytes().to_vec().into(),
            sequence: head.sequence,
            hash: head.hash.0.to_vec().into(),
        })
    });
    federation::Known {
        heads: heads.collect(),
        generation: ctx.desk.generation_of(partner),
    }
}

/// Takes in what a partner holds of this node's lanes; one of an older release does not say.
pub(crate) fn heard(ctx: &Context, partner: &AgencyId, known: Option<&federation::Known>) {
    let Some(known) = known else {
        if ctx.recovery.is_on() {
            warn!(%partner, "its release does not tell what it holds of this node; it has to be forgone or brought up to date");
        }
        return;
    };
    let heads = known.heads.iter().take(LANES_PER_ORIGIN_MAX);
    let held = heads.filter_map(|head| {
        let lane = LaneId(head.lane.as_ref().try_into().ok()?);
        let hash = FrameHash(head.hash.as_ref().try_into().ok()?);
        Some((lane, (head.sequence, hash)))
    });
    if known.generation < ctx.generation().saturating_add(GENERATIONS_MAX) {
        ctx.recovery
            .known_generation
            .fetch_max(known.generation, Ordering::Relaxed);
    }
    ctx.recovery
        .lock()
        .held
        .insert(partner.clone(), held.collect());
    ctx.recovery.told.notify_one();
}

/// Keeps the marker and recovers, until the node stops.
///
/// # Errors
/// The store's, which is fatal; and when the database is not what it was a moment ago.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), Error> {
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            () = ctx.recovery.told.notified() => {}
            _ = tick.tick() => {}
        }
        if_available(tend(&ctx).await)?;
    }
}

/// Brings the marker up to date a last time.
pub(crate) async fn end(ctx: &Context) {
    if let Err(problem) = keep(ctx).await {
        warn!(%problem, "the marker could not be brought up to date");
    }
}

async fn tend(ctx: &Arc<Context>) -> Result<(), Error> {
    keep(ctx).await?;
    if ctx.recovery.came_back.load(Ordering::Relaxed) {
        if !ctx.recovery.is_on() {
            change(ctx, |marker| {
                let recovery = marker::Recovery::new(Restored::OwnHead);
                marker.recovery.get_or_insert(recovery);
            })
            .await?;
            incidents::own_entry_elsewhere(ctx).await?;
        }
        ctx.recovery.came_back.store(false, Ordering::Relaxed);
    }
    let partners: Vec<AgencyId> = ctx.recovery.lock().held.keys().cloned().collect();
    let (mut level, mut behind) = (Vec::new(), Vec::new());
    for partner in partners {
        match is_level(ctx, &partner).await? {
            true => level.push(partner),
            false => behind.push(partner),
        }
    }
    steward::fetch_own(ctx, &behind);
    let Some(on) = ctx.recovery.lock().on.clone() else {
        return Ok(());
    };
    if level.iter().any(|partner| !on.shown.contains(partner)) {
        change(ctx, |marker| {
            if let Some(recovery) = &mut marker.recovery {
                recovery.shown.extend(level);
            }
        })
        .await?;
    }
    // One that claims what it doesn't hand over can be forgone like one that is away.
    let delivers = behind.iter().any(|partner| !on.forgone.contains(partner));
    if awaited(ctx).is_empty() && !delivers {
        finish(ctx).await?;
    }
    Ok(())
}

/// Writes how the database stands into the marker, and takes over what other replicas and the operator have written there.
async fn keep(ctx: &Context) -> Result<(), Error> {
    let folder = ctx.config.store.erasure_keys.clone();
    let found = blocking(move || marker::look(&folder)).await?;
    let standing = ctx.store.standing().await?;
    if let Found::Marker(before) = &found {
        let honest = Found::Marker(Marker {
            recovery: None,
            ..before.clone()
        });
        if let Verdict::Restored(reason) = marker::judge(&honest, &standing) {
            let detail = format!(
                "it was restored while the node ran ({}): start the node again",
                reason.as_str()
            );
            return Err(Error::Unsuitable(detail));
        }
    }
    let written = change(ctx, move |marker| marker.note(&standing)).await;
    let unwritten = written.is_err();
    if let Err(problem) = written
        && !ctx.recovery.unwritten.swap(true, Ordering::Relaxed)
    {
        // A disk that is full, say: no reason to end a node that can still be read.
        error!(
            problem = crate::text::chain(&problem),
            "the marker can't be written: until it can, a database that is restored may not be noticed"
        );
    }
    ctx.recovery.unwritten.store(unwritten, Ordering::Relaxed);
    Ok(())
}

/// Changes the marker, and goes by what it says then.
async fn change(
    ctx: &Context,
    change: impl FnOnce(&mut Marker) + Send + 'static,
) -> Result<(), Error> {
    let folder = ctx.config.store.erasure_keys.clone();
    let marker = blocking(move || marker::change(&folder, change)).await?;
    ctx.metrics.recovering(marker.recovery.is_some());
    if marker.recovery.is_some() {
        ctx.backlog.recovering();
    }
    ctx.recovery.lock().on = marker.recovery;
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .expect("the marker's code does not panic, and the runtime outlives its tasks")
}

/// Whether everything that a partner holds of the own lanes is here. What has been compared is let go of.
async fn is_level(ctx: &Arc<Context>, partner: &AgencyId) -> Result<bool, Error> {
    let held = ctx.recovery.lock().held.get(partner).cloned();
    let mut level = true;
    for (id, (sequence, hash)) in held.unwrap_or_default() {
        match ctx.lanes.lane(&id) {
            Some(lane) if lane.origin != ctx.agency => {}
            Some(lane) if lane.head().sequence >= sequence => {
                let here = ctx.store.frame_hash(&id, sequence).await?;
                if here != Some(hash) {
                    incidents::own_histories_differ(ctx, partner, &id, sequence).await?;
                }
            }
            // Nothing more is taken of it, and nothing more is signed in it.
            Some(lane) if lane.stopped().is_some() => {
                incidents::own_lane_ends_elsewhere(ctx, partner, &id, sequence).await?;
            }
            _ => {
                level = false;
                continue;
            }
        }
        if let Some(held) = ctx.recovery.lock().held.get_mut(partner) {
            held.remove(&id);
        }
    }
    Ok(level)
}

/// The node signs again.
async fn finish(ctx: &Arc<Context>) -> Result<(), Error> {
    let on = ctx.recovery.lock().on.clone();
    let Some(on) = on else { return Ok(()) };
    let unheard = |agency: &AgencyId| on.forgone.contains(agency) && !on.shown.contains(agency);
    for lane in ctx.lanes.of(&ctx.agency) {
        if lane.stopped().is_none() && lane.audience.iter().any(unheard) {
            incidents::close_unheard_lane(ctx, &lane.id).await?;
        }
    }
    let known = ctx.recovery.known_generation.load(Ordering::Relaxed);
    if known >= ctx.generation() {
        // Receipts under a lower one would be older than those that partners have.
        let claimed = ctx
            .store
            .claim_above(&ctx.federation, &ctx.agency, known)
            .await?;
        ctx.renew_generation(claimed);
    }
    change(ctx, |marker| marker.recovery = None).await?;
    info!(
        reason = on.reason.as_str(),
        shown = on.shown.len(),
        forgone = on.forgone.len(),
        "all that partners hold of this node is here: it signs again"
    );
    ctx.backlog.wake.notify_one();
    ctx.due.notify_one();
    // Receipts for what was not here have been passed over.
    ctx.partners.restart_links();
    Ok(())
}
