//! What went wrong and stays wrong until somebody looks: each incident is logged, counted, and kept as an alarm.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tracing::{error, warn};
use verbund_ledger::{Evidence, Fault, LaneId, Receipt};
use verbund_model::{AgencyId, Audience};
use verbund_store::{Alarm, Error};
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use crate::context::Context;
use crate::replicate::Control;
use crate::replicate::limits::SUCCESSORS_PER_DAY;

/// Lanes that could not be opened are remembered up to this many, so that a hostile partner can't fill the alarms with one trick.
const REMEMBERED: usize = 1024;

/// Alarms that are counted and given at once; the contract says so.
pub(crate) const ALARMS_MAX: u32 = 500;

/// What has been raised already.
#[derive(Debug, Default)]
pub(crate) struct Incidents {
    lanes: Mutex<HashSet<LaneId>>,
    carriers: Mutex<HashSet<(AgencyId, AgencyId)>>,
    open: AtomicUsize,
    /// Successor lanes that partners have cost, by audience: the day, and how many on it.
    successors: Mutex<HashMap<Audience, (i32, usize)>>,
}

impl Incidents {
    /// None raised since the start, `open` from before.
    pub(crate) fn with_open(open: usize) -> Self {
        Self {
            open: AtomicUsize::new(open),
            ..Self::default()
        }
    }

    /// Counts one more; gives how many are open.
    fn raised(&self) -> usize {
        self.open.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether one more successor lane for an audience is within the day's bound; counted if so.
    pub(crate) fn may_succeed(&self, audience: &Audience, today: i32) -> bool {
        let mut successors = self
            .successors
            .lock()
            .expect("no code panics while it holds the incidents");
        let (day, count) = successors.entry(audience.clone()).or_insert((today, 0));
        if *day != today {
            (*day, *count) = (today, 0);
        }
        *count += 1;
        *count <= SUCCESSORS_PER_DAY
    }

    /// Whether this lane has given no incident so far; it has from now on.
    pub(crate) fn first_time(&self, lane: &LaneId) -> bool {
        let mut lanes = self
            .lanes
            .lock()
            .expect("no code panics while it holds the incidents");
        lanes.len() < REMEMBERED && lanes.insert(*lane)
    }
}

/// Stops a lane for a ledger fault. Everything else goes on.
pub(crate) async fn stop_lane(
    ctx: &Arc<Context>,
    origin: &AgencyId,
    lane: &LaneId,
    fault: &Fault,
    evidence: Option<Evidence>,
) -> Result<(), Error> {
    let head = ctx
        .lanes
        .lane(lane)
        .map(|lane| lane.head())
        .unwrap_or_default();
    error!(%origin, %lane, reason = fault.as_str(), sequence = head.sequence, "lane stopped");
    let alarm = Alarm {
        evidence: evidence.map(|evidence| evidence.encode()),
        ..alarm(
            ctx,
            origin,
            Some(lane),
            "LANE_STOPPED",
            format!("{fault}; nothing more is taken of this lane"),
        )
    };
    ctx.store.stop_lane(lane, fault.as_str(), alarm).await?;
    ctx.lanes.stop(lane, fault.as_str());
    ctx.metrics.alarms(ctx.incidents.raised());
    if let Some(link) = ctx
        .partners
        .partner(origin)
        .and_then(|partner| partner.link())
    {
        let stopped = federation::LaneStopped {
            lane: lane.as_bytes().to_vec().into(),
            sequence: head.sequence,
            reason: fault.as_str().to_owned(),
        };
        let message = PeerMessage {
            kind: Some(Kind::LaneStopped(stopped)),
        };
        // If the queue is full the origin learns of it from our receipts, which no longer move.
        let _ = link.control.try_send(Control::Send(Box::new(message)));
    }
    Ok(())
}

/// A lane began in a way that can't be taken.
pub(crate) async fn lane_not_opened(
    ctx: &Arc<Context>,
    origin: &AgencyId,
    carrier: &AgencyId,
    lane: &LaneId,
    detail: &str,
) -> Result<(), Error> {
    warn!(%origin, %carrier, %lane, reason = detail, "a lane can't be taken");
    let agency = if origin == carrier { origin } else { carrier };
    raise(
        ctx,
        alarm(
            ctx,
            agency,
            Some(lane),
            "LANE_NOT_OPENED",
            detail.to_owned(),
        ),
    )
    .await
}

/// A third node carried what its origin did not write.
pub(crate) async fn carrier_fault(
    ctx: &Arc<Context>,
    carrier: &AgencyId,
    origin: &AgencyId,
    lane: &LaneId,
    fault: &Fault,
) -> Result<(), Error> {
    let first = {
        let mut carriers = ctx
            .incidents
            .carriers
            .lock()
            .expect("no code panics while it holds the incidents");
        carriers.insert((carrier.clone(), origin.clone()))
    };
    if !first {
        return Ok(());
    }
    let detail = format!("it carried an entry of {origin} that does not hold: {fault}");
    raise(
        ctx,
        alarm(ctx, carrier, Some(lane), "CARRIER_FAULT", detail),
    )
    .await
}

/// A partner signed for more than this node has written: this node's store is older than what it has sent.
pub(crate) async fn receipt_beyond_head(ctx: &Context, receipt: &Receipt) -> Result<(), Error> {
    if !ctx.incidents.first_time(&receipt.lane) {
        return Ok(());
    }
    let detail = format!(
        "its receipt names entry {} of an own lane that has fewer",
        receipt.sequence
    );
    raise(
        ctx,
        alarm(
            ctx,
            &receipt.recipient,
            Some(&receipt.lane),
            "RECEIPT_BEYOND_HEAD",
            detail,
        ),
    )
    .await
}

/// A partner signed for another history of a lane than this node holds.
pub(crate) async fn receipt_for_another_history(
    ctx: &Context,
    receipt: &Receipt,
) -> Result<(), Error> {
    if !ctx.incidents.first_time(&receipt.lane) {
        return Ok(());
    }
    let detail = format!(
        "its receipt names another entry {} than the one that is here",
        receipt.sequence
    );
    raise(
        ctx,
        alarm(
            ctx,
            &receipt.recipient,
            Some(&receipt.lane),
            "HISTORIES_DIFFER",
            detail,
        ),
    )
    .await
}

/// A partner stopped an own lane.
pub(crate) async fn own_lane_stopped(
    ctx: &Context,
    by: &AgencyId,
    lane: &LaneId,
    sequence: u64,
    reason: &str,
    goes_on: bool,
) -> Result<(), Error> {
    let outcome = if goes_on {
        "its next entries go to a successor lane"
    } else {
        "the lane goes on for the others"
    };
    let reason = crate::text::bounded(reason, 64);
    error!(partner = %by, %lane, sequence, reason, "a partner stopped one of our lanes");
    let detail = format!("it stopped our lane after entry {sequence} ({reason}); {outcome}");
    raise(ctx, alarm(ctx, by, Some(lane), "OWN_LANE_STOPPED", detail)).await
}

/// Closes an own lane that a partner stopped: the next entry for its audience opens a successor.
pub(crate) async fn close_own_lane(
    ctx: &Context,
    by: &AgencyId,
    lane: &LaneId,
) -> Result<(), Error> {
    let detail = "closed since a partner takes nothing more of it; a successor goes on".to_owned();
    let alarm = alarm(ctx, by, Some(lane), "OWN_LANE_CLOSED", detail);
    ctx.store
        .stop_lane(lane, "stopped-by-partner", alarm)
        .await?;
    ctx.lanes.stop(lane, "stopped-by-partner");
    Ok(())
}

/// A charter was offered that can't be taken.
pub(crate) async fn charter_refused(
    ctx: &Context,
    by: &AgencyId,
    detail: String,
) -> Result<(), Error> {
    warn!(partner = %by, reason = detail, "a charter was not taken");
    raise(ctx, alarm(ctx, by, None, "CHARTER_REFUSED", detail)).await
}

fn alarm(
    ctx: &Context,
    agency: &AgencyId,
    lane: Option<&LaneId>,
    kind: &str,
    detail: String,
) -> Alarm {
    Alarm {
        at: ctx.clock.now(),
        kind: kind.to_owned(),
        lane: lane.copied(),
        agency: Some(agency.clone()),
        detail,
        evidence: None,
    }
}

async fn raise(ctx: &Context, alarm: Alarm) -> Result<(), Error> {
    ctx.metrics.alarms(ctx.incidents.raised());
    ctx.store.put_alarm(alarm).await
}
