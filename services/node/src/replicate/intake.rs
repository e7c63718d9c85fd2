//! Taking in what a partner sends: examine, admit, store, and only then tell.
//!
//! Two steps run beside each other: the next batch is examined while the last one is flushed. A fault that its origin signed, or that
//! the origin itself carried, stops the one lane. A fault that a third node carried blames that node, and the lane goes on from
//! elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{Instrument as _, debug, warn};
use verbund_ledger::{Entry, Evidence, Fault, Frame, HeldReason, LaneHead, LaneId, Link, Outcome};
use verbund_model::AgencyId;
use verbund_store::{Error, Readmission, ReceivedBatch, ReceivedEntry};
use verbund_wire::convert;
use verbund_wire::federation;

use super::examination::{self, Next, Place};
use super::hold::Held;
use super::limits::{BATCH_ENTRIES_MAX, LANES_PER_ORIGIN_MAX, STORED_MAX};
use super::link::End;
use crate::context::Context;
use crate::incidents;

/// Takes in batches until the link ends.
pub(crate) async fn run(
    ctx: Arc<Context>,
    carrier: AgencyId,
    held: Arc<Held>,
    batches: mpsc::Receiver<federation::Entries>,
) -> End {
    let heads = Heads::default();
    let (judged, to_store) = mpsc::channel(1);
    let judging = Judging {
        ctx: ctx.clone(),
        carrier: carrier.clone(),
        held,
        heads: &heads,
        judged,
    };
    tokio::select! {
        end = judging.run(batches) => end,
        end = store(&ctx, &heads, to_store) => end,
    }
}

/// How far each lane has been examined, ahead of what is flushed.
#[derive(Debug, Default)]
struct Heads(Mutex<HashMap<LaneId, LaneHead>>);

impl Heads {
    fn of(&self, lane: &LaneId, flushed: LaneHead) -> LaneHead {
        let heads = self.lock();
        heads
            .get(lane)
            .filter(|head| head.sequence > flushed.sequence)
            .copied()
            .unwrap_or(flushed)
    }

    fn reach(&self, lane: LaneId, head: LaneHead) {
        self.lock().insert(lane, head);
    }

    fn forget(&self, lane: &LaneId) {
        self.lock().remove(lane);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<LaneId, LaneHead>> {
        self.0
            .lock()
            .expect("no code panics while it holds the heads")
    }
}

/// A batch that has been judged.
#[derive(Debug)]
struct Judged {
    batch: ReceivedBatch,
    traceparent: String,
}

struct Judging<'a> {
    ctx: Arc<Context>,
    carrier: AgencyId,
    held: Arc<Held>,
    heads: &'a Heads,
    judged: mpsc::Sender<Judged>,
}

impl Judging<'_> {
    async fn run(self, mut batches: mpsc::Receiver<federation::Entries>) -> End {
        while let Some(batch) = batches.recv().await {
            if let Err(end) = self.take(batch).await {
                return end;
            }
        }
        End::Closed
    }

    async fn take(&self, batch: federation::Entries) -> Result<(), End> {
        if batch.entries.len() > BATCH_ENTRIES_MAX {
            return Err(End::Protocol("a batch holds too many entries"));
        }
        let Ok(entries) = batch
            .entries
            .into_iter()
            .map(convert::entry::from_wire)
            .collect::<Result<Vec<Entry>, _>>()
        else {
            return Err(End::Protocol("an entry can't be read"));
        };
        let Some(first) = entries.first() else {
            return Ok(());
        };
        let Ok(first) = Frame::decode(&first.frame) else {
            return Err(End::Protocol("a frame can't be read"));
        };
        let Some(place) = self.place(&first, &entries[0]).await? else {
            return Ok(());
        };
        let (examined, fault) = examination::examine(&self.ctx, &place, entries).await;
        self.compare_known(&place, &examined).await?;
        self.complete_known(&place, &examined).await?;
        self.hand_on(&place, examined, batch.traceparent).await?;
        match fault {
            Some(fault) => self.blame(&place, fault).await,
            None => Ok(()),
        }
    }

    /// Which lane a batch belongs to and where that stands; `None` where nothing is to be taken.
    async fn place(&self, first: &Frame, entry: &Entry) -> Result<Option<Place>, End> {
        // Own ones too, where they are being fetched back.
        if !self.ctx.steward.takes(&first.origin, &self.carrier) {
            debug!(carrier = %self.carrier, origin = %first.origin, "entries that nobody asked for");
            return Ok(None);
        }
        if let Some(lane) = self.ctx.lanes.lane(&first.lane) {
            if lane.stopped().is_some() {
                return Ok(None);
            }
            let head = self.heads.of(&lane.id, lane.head());
            let place = Place {
                lane: lane.id,
                origin: lane.origin.clone(),
                epoch: lane.epoch,
                audience: lane.audience.clone(),
                head,
                opens: None,
            };
            return Ok(Some(place));
        }
        if self.ctx.lanes.of(&first.origin).len() >= LANES_PER_ORIGIN_MAX {
            let detail = "its origin has as many lanes as it may have";
            self.not_opened(&first.origin, &first.lane, detail).await?;
            return Ok(None);
        }
        match examination::opening(&self.ctx.agency, &self.carrier, first, entry) {
            Ok(opens) => Ok(Some(Place {
                lane: opens.id,
                origin: opens.origin.clone(),
                epoch: opens.epoch,
                audience: opens.audience.clone(),
                head: LaneHead::ORIGIN,
                opens: Some(opens),
            })),
            Err(detail) => {
                self.not_opened(&first.origin, &first.lane, detail).await?;
                Ok(None)
            }
        }
    }

    async fn not_opened(&self, origin: &AgencyId, lane: &LaneId, detail: &str) -> Result<(), End> {
        incidents::lane_not_opened(&self.ctx, origin, &self.carrier, lane, detail).await?;
        Ok(())
    }

    /// An entry that is here already must be the same one: two signed frames for one place are evidence.
    async fn compare_known(&self, place: &Place, examined: &[Next]) -> Result<(), End> {
        for next in examined.iter().filter(|next| next.link == Link::Known) {
            let sequence = next.received.sequence;
            let Some((frame, signature)) = self.ctx.store.frame(&place.lane, sequence).await?
            else {
                continue;
            };
            if verbund_ledger::frame::hash(&frame) != next.received.hash {
                let other = (
                    next.received.entry.frame.clone(),
                    next.received.entry.signature,
                );
                let evidence = Evidence::Fork {
                    a: (frame, signature).into(),
                    b: other.into(),
                };
                return self
                    .stop(place, &Fault::Forked { sequence }, Some(evidence))
                    .await;
            }
        }
        Ok(())
    }

    /// An entry that came without its content before and has it now is judged anew.
    async fn complete_known(&self, place: &Place, examined: &[Next]) -> Result<(), End> {
        let missing = Outcome::Held(HeldReason::ContentMissing);
        let known = |next: &&Next| {
            next.link == Link::Known && next.received.outcome != missing && {
                let here = self
                    .ctx
                    .desk
                    .own_outcome(&place.lane, next.received.sequence);
                here == Some(missing)
            }
        };
        let items: Vec<Readmission> = examined
            .iter()
            .filter(known)
            .map(|next| {
                let received = &next.received;
                let entry = received.entry.clone();
                Readmission {
                    lane: place.lane,
                    sequence: received.sequence,
                    outcome: received.outcome,
                    content: entry.codes.zip(entry.text),
                    subject: received.subject,
                    projection: received.projection.clone(),
                    step: received.step,
                    erases: received.erases.clone(),
                }
            })
            .collect();
        if !items.is_empty() {
            crate::readmission::admit(&self.ctx, items).await?;
        }
        Ok(())
    }

    async fn hand_on(
        &self,
        place: &Place,
        examined: Vec<Next>,
        traceparent: String,
    ) -> Result<(), End> {
        let entries: Vec<ReceivedEntry> = examined
            .into_iter()
            .filter(|next| next.link == Link::Next)
            .map(|next| next.received)
            .collect();
        let Some(last) = entries.last() else {
            return Ok(());
        };
        self.heads.reach(
            place.lane,
            LaneHead {
                sequence: last.sequence,
                hash: last.hash,
            },
        );
        let usage_day = verbund_model::day_number(self.ctx.today());
        let batch = ReceivedBatch {
            lane: place.lane,
            origin: place.origin.clone(),
            opens: place.opens.clone(),
            entries,
            usage_day,
            hold: Some(self.held.hold().clone()),
        };
        self.judged
            .send(Judged { batch, traceparent })
            .await
            .map_err(|_| End::Closed)?;
        if place.opens.is_some() {
            // What follows needs the lane to be known.
            self.stored(&place.lane, 1).await?;
        }
        Ok(())
    }

    /// Waits until the storing step has taken a lane in up to here.
    async fn stored(&self, lane: &LaneId, sequence: u64) -> Result<(), End> {
        let mut changes = self.ctx.lanes.changes();
        loop {
            changes.borrow_and_update();
            if self
                .ctx
                .lanes
                .lane(lane)
                .is_some_and(|lane| lane.head().sequence >= sequence)
            {
                return Ok(());
            }
            tokio::select! {
                () = self.judged.closed() => return Err(End::Closed),
                changed = timeout(STORED_MAX, changes.changed()) => match changed {
                    Ok(Ok(())) => {}
                    // It moved by another way, or was stopped; what follows finds out.
                    Ok(Err(_)) | Err(_) => return Ok(()),
                }
            }
        }
    }

    async fn blame(&self, place: &Place, (fault, entry): (Fault, Entry)) -> Result<(), End> {
        if fault == Fault::UnknownKey && self.charter_is_older_than_theirs(&place.origin) {
            // Its key may be in the charter that is on its way.
            crate::charter::ask_for_newer(&self.ctx, &self.carrier);
            return Err(End::Protocol(
                "an entry is signed with a key that the charter here does not list yet",
            ));
        }
        if fault.proves_origin() || self.carrier == place.origin {
            let evidence = self.fork_evidence(place, &fault, &entry).await?;
            return self.stop(place, &fault, evidence).await;
        }
        warn!(carrier = %self.carrier, origin = %place.origin, fault = fault.as_str(), "a third node carried what does not hold");
        incidents::carrier_fault(&self.ctx, &self.carrier, &place.origin, &place.lane, &fault)
            .await?;
        self.ctx.steward.exhausted(&place.origin, &self.carrier);
        self.ctx.partners.changed.notify_one();
        Ok(())
    }

    fn charter_is_older_than_theirs(&self, origin: &AgencyId) -> bool {
        let own = self.ctx.charter.in_force().charter.version();
        let version = |agency| {
            self.ctx
                .partners
                .partner(agency)
                .map_or(0, |it| it.snapshot().charter_version)
        };
        version(origin).max(version(&self.carrier)) > own
    }

    async fn fork_evidence(
        &self,
        place: &Place,
        fault: &Fault,
        entry: &Entry,
    ) -> Result<Option<Evidence>, End> {
        let theirs = (entry.frame.clone(), entry.signature).into();
        let evidence = match fault {
            Fault::Forked { sequence } => {
                let ours = self.ctx.store.frame(&place.lane, *sequence).await?;
                ours.map(|ours| Evidence::Fork {
                    a: ours.into(),
                    b: theirs,
                })
            }
            // It follows another past than the one that its origin signed before.
            Fault::ChainBroken { sequence } => {
                self.stored(&place.lane, sequence - 1).await?;
                let before = self.ctx.store.frame(&place.lane, sequence - 1).await?;
                before.map(|before| Evidence::Break {
                    before: before.into(),
                    after: theirs,
                })
            }
            _ => None,
        };
        Ok(evidence)
    }

    /// Stops a lane, once what came before the fault is stored.
    async fn stop(
        &self,
        place: &Place,
        fault: &Fault,
        evidence: Option<Evidence>,
    ) -> Result<(), End> {
        if self.ctx.lanes.lane(&place.lane).is_none() {
            return self
                .not_opened(&place.origin, &place.lane, fault.as_str())
                .await;
        }
        let examined = self.heads.of(&place.lane, LaneHead::ORIGIN);
        self.stored(&place.lane, examined.sequence).await?;
        let (ctx, origin, lane, fault) =
            (self.ctx.clone(), place.origin.clone(), place.lane, *fault);
        let stopping =
            async move { incidents::stop_lane(&ctx, &origin, &lane, &fault, evidence).await };
        self.ctx
            .owned("stop lane", stopping)
            .await
            .ok_or(End::Closed)??;
        Ok(())
    }
}

/// Stores judged batches in their order.
async fn store(ctx: &Arc<Context>, heads: &Heads, mut judged: mpsc::Receiver<Judged>) -> End {
    while let Some(Judged { batch, traceparent }) = judged.recv().await {
        let lane = batch.lane;
        let origin = batch.origin.clone();
        let committing = commit(ctx.clone(), batch, traceparent);
        match ctx.owned("commit", committing).await {
            Some(Ok(())) => {}
            Some(Err(Error::HeadMoved { .. })) => {
                // Another node delivered the same meanwhile, or another replica took it in; go on from where the lane is now.
                if let Err(error) = crate::follow::catch_up(ctx).await {
                    return error.into();
                }
                heads.forget(&lane);
                ctx.steward.restart(&origin);
                ctx.partners.changed.notify_one();
            }
            Some(Err(Error::LaneStopped(_))) => {
                heads.forget(&lane);
                ctx.lanes.stop(&lane, "stopped");
            }
            Some(Err(error)) => return error.into(),
            None => return End::Closed,
        }
    }
    End::Closed
}

async fn commit(ctx: Arc<Context>, batch: ReceivedBatch, traceparent: String) -> Result<(), Error> {
    let span = ctx.traces.received(&batch.origin, &traceparent);
    let lane = batch.lane;
    let origin = batch.origin.clone();
    let opens = batch.opens.clone();
    let usage_day = batch.usage_day;
    let erases = batch.entries.iter().any(|entry| !entry.erases.is_empty());
    let started = Instant::now();
    let received = ctx.store.receive(batch).instrument(span).await?;
    ctx.metrics
        .committed(received.entries.len(), started.elapsed());
    if origin == ctx.agency && received.stored > 0 {
        ctx.recovery.own_came_back();
    }
    // Before the head moves: a receipt that is made of the new head must know its exceptions.
    ctx.desk.took_in(&lane, &received.entries);
    let reached = ctx.lanes.lane(&lane).map_or(0, |it| it.head().sequence);
    if reached + received.entries.len() as u64 != received.head.sequence {
        // Another replica has stored some of these, and knows what became of them.
        crate::follow::exceptions(&ctx, &lane).await?;
    }
    if let Some(opens) = opens {
        ctx.lanes.learn(crate::lanes::opened(opens, received.head));
    }
    ctx.lanes.advance(&lane, received.head);
    let in_force = ctx.charter.in_force();
    let quota = in_force.charter.quota();
    if ctx
        .steward
        .used(&origin, usage_day, &received.entries, quota)
    {
        // At once, not at the next tick: thousands more would be taken in until then.
        ctx.partners.changed.notify_one();
    }
    for entry in &received.entries {
        ctx.metrics.received(&origin, entry.outcome);
    }
    if received
        .entries
        .iter()
        .any(|entry| entry.outcome == Outcome::Held(HeldReason::CharterUnknown))
    {
        crate::charter::ask_for_newer(&ctx, &origin);
    }
    ctx.hub.committed(received.entries);
    if erases {
        ctx.erasure.notify_one();
    }
    Ok(())
}
