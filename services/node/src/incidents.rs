//! What went wrong and stays wrong until somebody looks: each incident is logged, counted, and kept as an alarm.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tracing::error;
use verbund_ledger::{Evidence, Fault, LaneId, Receipt};
use verbund_model::{AgencyId, Audience, SubjectId, SubjectKind, SubjectRef};
use verbund_store::{Alarm, Error};
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use crate::context::Context;
use crate::replicate::Control;
use crate::replicate::limits::SUCCESSORS_PER_DAY;
use crate::steps::board::Voided;

/// Alarms of one kind about one agency that are kept in a day. Whoever provokes more gains nothing by it: the first ones say what
/// is going on, and those about others stay in sight.
const KEPT_PER_DAY: u32 = 16;

/// Alarms that are counted and given at once; the contract says so.
pub(crate) const ALARMS_MAX: u32 = 500;

/// What has been raised already.
#[derive(Debug, Default)]
pub(crate) struct Incidents {
    today: Mutex<Today>,
    open: AtomicUsize,
    /// Successor lanes that partners have cost, by audience: the day, and how many on it.
    successors: Mutex<HashMap<Audience, (i32, usize)>>,
}

/// What has been raised on one day; bounded by [`KEPT_PER_DAY`] for each agency and kind.
#[derive(Debug, Default)]
struct Today {
    day: i32,
    raised: HashMap<(AgencyId, &'static str), u32>,
    lanes: HashSet<(AgencyId, &'static str, LaneId)>,
}

impl Incidents {
    /// None raised since the start, `open` from before.
    pub(crate) fn with_open(open: usize) -> Self {
        Self {
            open: AtomicUsize::new(open),
            ..Self::default()
        }
    }

    /// Takes over how many are open, another replica's included.
    pub(crate) fn recounted(&self, open: usize) {
        self.open.store(open, Ordering::Relaxed);
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
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

    /// Whether an alarm is to be kept: the first of its kind about this agency and lane today, and not one too many.
    fn is_news(
        &self,
        day: i32,
        agency: &AgencyId,
        kind: &'static str,
        lane: Option<&LaneId>,
    ) -> bool {
        let mut today = self
            .today
            .lock()
            .expect("no code panics while it holds the incidents");
        if today.day != day {
            *today = Today {
                day,
                ..Today::default()
            };
        }
        let raised = today.raised.get(&(agency.clone(), kind));
        if raised.is_some_and(|raised| *raised >= KEPT_PER_DAY) {
            return false;
        }
        if let Some(lane) = lane
            && !today.lanes.insert((agency.clone(), kind, *lane))
        {
            return false;
        }
        *today.raised.entry((agency.clone(), kind)).or_default() += 1;
        true
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
    // Whoever carried it is to be asked first, also where that is not the origin.
    let detail = if origin == carrier {
        detail.to_owned()
    } else {
        format!("{detail} (a lane of {origin})")
    };
    raise(ctx, carrier, Some(lane), "LANE_NOT_OPENED", detail).await
}

/// A third node carried what its origin did not write.
pub(crate) async fn carrier_fault(
    ctx: &Arc<Context>,
    carrier: &AgencyId,
    origin: &AgencyId,
    lane: &LaneId,
    fault: &Fault,
) -> Result<(), Error> {
    let detail = format!("it carried an entry of {origin} that does not hold: {fault}");
    raise(ctx, carrier, Some(lane), "CARRIER_FAULT", detail).await
}

/// A partner signed for more than this node has written: this node's store is older than what it has sent.
pub(crate) async fn receipt_beyond_head(ctx: &Context, receipt: &Receipt) -> Result<(), Error> {
    let detail = format!(
        "its receipt names entry {} of an own lane that has fewer",
        receipt.sequence
    );
    let (recipient, lane) = (&receipt.recipient, &receipt.lane);
    raise(ctx, recipient, Some(lane), "RECEIPT_BEYOND_HEAD", detail).await
}

/// A partner signed for another history of a lane than this node holds: its origin has told two.
pub(crate) async fn receipt_for_another_history(
    ctx: &Context,
    origin: &AgencyId,
    receipt: &Receipt,
) -> Result<(), Error> {
    let detail = format!(
        "{} holds another entry {} of its lane than this node",
        receipt.recipient, receipt.sequence
    );
    raise(ctx, origin, Some(&receipt.lane), "HISTORIES_DIFFER", detail).await
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
    let detail = format!("it stopped our lane after entry {sequence} ({reason}); {outcome}");
    raise(ctx, by, Some(lane), "OWN_LANE_STOPPED", detail).await
}

/// Closes an own lane that a partner stopped: the next entry for its audience opens a successor.
pub(crate) async fn close_own_lane(
    ctx: &Context,
    by: &AgencyId,
    lane: &LaneId,
) -> Result<(), Error> {
    let detail = "closed since a partner takes nothing more of it; a successor goes on".to_owned();
    let alarm = alarm(ctx, by, Some(lane), "OWN_LANE_CLOSED", detail);
    close(ctx, lane, "stopped-by-partner", alarm).await
}

/// A partner has handed over an own entry that was not here: the node goes on as after a restore.
pub(crate) async fn own_entry_elsewhere(ctx: &Context) -> Result<(), Error> {
    let detail = "a partner has own entries that were not here; nothing is signed until all have shown theirs";
    raise(
        ctx,
        &ctx.agency,
        None,
        "OWN_ENTRY_ELSEWHERE",
        detail.to_owned(),
    )
    .await
}

/// A partner holds another entry in a place of an own lane: two were signed there. The lane is closed.
pub(crate) async fn own_histories_differ(
    ctx: &Context,
    by: &AgencyId,
    lane: &LaneId,
    sequence: u64,
) -> Result<(), Error> {
    let detail = format!(
        "it holds another entry {sequence} of our lane than this node; the lane is closed, a successor goes on"
    );
    error!(partner = %by, %lane, sequence, "two entries were signed for one place");
    let alarm = alarm(ctx, by, Some(lane), "OWN_HISTORIES_DIFFER", detail);
    close(ctx, lane, "histories-differ", alarm).await
}

/// A partner holds more of a closed own lane than this node: what was signed there before a restore.
pub(crate) async fn own_lane_ends_elsewhere(
    ctx: &Context,
    by: &AgencyId,
    lane: &LaneId,
    sequence: u64,
) -> Result<(), Error> {
    let detail = format!("it holds our closed lane up to entry {sequence}, which this node lacks");
    raise(ctx, by, Some(lane), "OWN_LANE_ENDS_ELSEWHERE", detail).await
}

/// Closes an own lane of which a forgone partner may hold more than this node.
pub(crate) async fn close_unheard_lane(ctx: &Context, lane: &LaneId) -> Result<(), Error> {
    let detail =
        "closed after a restore, since not all of its agencies were heard; a successor goes on";
    let alarm = alarm(
        ctx,
        &ctx.agency,
        Some(lane),
        "OWN_LANE_CLOSED",
        detail.to_owned(),
    );
    close(ctx, lane, "restored", alarm).await
}

async fn close(ctx: &Context, lane: &LaneId, reason: &str, alarm: Alarm) -> Result<(), Error> {
    let open = ctx
        .lanes
        .lane(lane)
        .is_some_and(|it| it.stopped().is_none());
    ctx.store.stop_lane(lane, reason, alarm).await?;
    ctx.lanes.stop(lane, reason);
    if open {
        ctx.metrics.alarms(ctx.incidents.raised());
    }
    Ok(())
}

/// A partner took a step that what it knew did not allow. It counts for nothing; an honest node takes none.
pub(crate) async fn step_void(
    ctx: &Context,
    on: SubjectKind,
    key: &SubjectRef,
    step: &Voided,
) -> Result<(), Error> {
    let Voided { makes, why, .. } = step;
    let subject = &key.subject;
    let detail = format!("its step `{makes}` on the {on} {subject} counts for nothing: {why}");
    raise(ctx, &step.by, Some(&step.lane), "STEP_VOID", detail).await
}

/// A waiting draft can't go any more as it is.
pub(crate) async fn draft_refused(
    ctx: &Context,
    subject: &SubjectId,
    objection: &str,
) -> Result<(), Error> {
    let detail = format!(
        "a waiting draft ({subject}) is refused by {objection}; it stays until its update is corrected or withdrawn"
    );
    raise(ctx, &ctx.agency, None, "DRAFT_REFUSED", detail).await
}

/// An update that was acknowledged while the node did not sign can't be signed as it is.
pub(crate) async fn queued_refused(
    ctx: &Context,
    subject: &SubjectId,
    objection: &str,
) -> Result<(), Error> {
    let detail = format!(
        "a queued update ({subject}) is refused by {objection}; it was acknowledged and is sent to nobody: withdraw it and publish it anew"
    );
    raise(ctx, &ctx.agency, None, "QUEUED_REFUSED", detail).await
}

/// Updates that were acknowledged while the node did not sign are forgotten unsent.
pub(crate) async fn queued_expired(ctx: &Context, number: usize) -> Result<(), Error> {
    let detail = format!(
        "{number} queued updates can't be read any more, since their erasure day is over or their key is gone; they were sent to nobody"
    );
    raise(ctx, &ctx.agency, None, "QUEUED_EXPIRED", detail).await
}

/// A charter was offered that can't be taken.
pub(crate) async fn charter_refused(
    ctx: &Context,
    by: &AgencyId,
    detail: String,
) -> Result<(), Error> {
    raise(ctx, by, None, "CHARTER_REFUSED", detail).await
}

/// A certificate runs out, the own one or a partner's. One alarm for each certificate, across restarts too.
pub(crate) async fn certificate_ends(
    ctx: &Context,
    of: &AgencyId,
    serial: &str,
    ends: &str,
) -> Result<(), Error> {
    const KIND: &str = "CERTIFICATE_ENDS";
    let detail = format!("its certificate {serial} ends at {ends}, and it shows no newer one");
    let alarms = ctx.store.alarms(ALARMS_MAX).await?;
    if alarms
        .iter()
        .any(|it| it.kind == KIND && it.detail == detail)
    {
        return Ok(());
    }
    raise(ctx, of, None, KIND, detail).await
}

fn alarm(
    ctx: &Context,
    agency: &AgencyId,
    lane: Option<&LaneId>,
    kind: &str,
    detail: String,
) -> Alarm {
    Alarm {
        number: 0,
        at: ctx.clock.now(),
        kind: kind.to_owned(),
        lane: lane.copied(),
        agency: Some(agency.clone()),
        detail,
        evidence: None,
    }
}

/// Logs and keeps an alarm that a partner's doing calls for, unless it has been told often enough.
async fn raise(
    ctx: &Context,
    agency: &AgencyId,
    lane: Option<&LaneId>,
    kind: &'static str,
    detail: String,
) -> Result<(), Error> {
    let day = verbund_model::day_number(ctx.today());
    if !ctx.incidents.is_news(day, agency, kind, lane) {
        return Ok(());
    }
    let shown = lane.map(ToString::to_string).unwrap_or_default();
    error!(partner = %agency, lane = shown, reason = kind, detail, "alarm");
    ctx.metrics.alarms(ctx.incidents.raised());
    ctx.store
        .put_alarm(alarm(ctx, agency, lane, kind, detail))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(id: &str) -> AgencyId {
        AgencyId::parse(id).expect("a slug")
    }

    fn lane(number: u8) -> LaneId {
        LaneId([number; 16])
    }

    #[test]
    fn the_same_thing_is_told_once_a_day() {
        let incidents = Incidents::default();
        let dhz = agency("dhz");
        let tell = |day, kind, number| incidents.is_news(day, &dhz, kind, Some(&lane(number)));
        assert!(tell(1, "CARRIER_FAULT", 1));
        assert!(!tell(1, "CARRIER_FAULT", 1));
        assert!(
            tell(1, "CARRIER_FAULT", 2),
            "another lane is another matter"
        );
        assert!(tell(1, "HISTORIES_DIFFER", 1), "and so is another kind");
        assert!(tell(2, "CARRIER_FAULT", 1), "a day later it is news again");
    }

    #[test]
    fn one_agencys_tricks_hide_no_other_agency() {
        let incidents = Incidents::default();
        let (dhz, kod) = (agency("dhz"), agency("kod"));
        let kept = (0..200)
            .filter(|number| incidents.is_news(1, &dhz, "LANE_NOT_OPENED", Some(&lane(*number))))
            .count();
        assert_eq!(kept, KEPT_PER_DAY as usize);
        assert!(!incidents.is_news(1, &dhz, "LANE_NOT_OPENED", None));
        assert!(incidents.is_news(1, &kod, "LANE_NOT_OPENED", Some(&lane(1))));
        assert!(incidents.is_news(1, &dhz, "CHARTER_REFUSED", None));
    }
}
