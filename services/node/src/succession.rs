//! Own lanes: opening the lane for an audience, and going on in a successor after a partner stopped one.

use std::sync::Arc;

use tracing::info;
use verbund_ledger::{Committed, Frame, FrameHash, LaneId, Part, Suite};
use verbund_model::{AgencyId, Audience, Handling, SubjectId, day_number};
use verbund_store::{Error, NewLane, SealedEntry};
use verbund_wire::convert::codes::{self, Codes, Kind, Predecessor};
use verbund_wire::convert::text::{self, Text};

use crate::context::Context;
use crate::incidents;
use crate::lanes::Lane;

/// The epoch of the entry key; a new one begins when the key is lost.
pub(crate) const EPOCH: u32 = 1;

/// The own lane for an audience; opened if there is none.
///
/// # Errors
/// The store's.
pub(crate) async fn own_lane(ctx: &Context, audience: &Audience) -> Result<Arc<Lane>, Error> {
    if let Some(lane) = ctx.lanes.open_for(&ctx.agency, audience) {
        return Ok(lane);
    }
    let (lane, opening) = opening(ctx, audience);
    let record = ctx.store.open_lane(lane, opening).await?;
    info!(lane = %record.id, agencies = record.audience.len(), "lane opened");
    Ok(ctx.lanes.learn(record))
}

fn opening(ctx: &Context, audience: &Audience) -> (NewLane, SealedEntry) {
    let in_force = ctx.charter.in_force();
    let now = ctx.clock.now();
    let mut subject = [0; 16];
    ctx.entropy.fill(&mut subject);
    let codes = Codes {
        charter_version: in_force.charter.version(),
        guard_version: verbund_guard::VERSION.to_owned(),
        subject: SubjectId::from_random(subject),
        parents: Vec::new(),
        created_at: now,
        reviewed: false,
        handling: Handling::AmberStrict,
        owner: None,
        kind: Kind::LaneOpened {
            audience: audience.clone(),
            predecessor: last_stopped(ctx, audience),
        },
    };
    let codes = Committed::new(codes::encode(&codes), ctx.entropy.as_ref());
    let text = Committed::new(text::encode(Text::none()), ctx.entropy.as_ref());
    let codes_commitment = codes.commitment(Part::Codes);
    let lane = NewLane {
        id: LaneId::of(&ctx.federation, &ctx.agency, EPOCH, &codes_commitment),
        origin: ctx.agency.clone(),
        epoch: EPOCH,
        audience: audience.clone(),
    };
    // A lane's opening names nothing but its audience and is needed as long as the lane: as long as the longest-kept reading.
    let kept_days = in_force.charter.retention().reading_days;
    let kept_days = i32::try_from(kept_days).unwrap_or(i32::MAX / 2);
    let erasure_day = day_number(in_force.charter.today(now)).saturating_add(kept_days);
    let frame = Frame {
        suite: Suite::Ed25519,
        federation: ctx.federation.clone(),
        origin: ctx.agency.clone(),
        epoch: EPOCH,
        lane: lane.id,
        sequence: 1,
        previous: FrameHash::ZERO,
        key: ctx.entry_key.id(),
        erasure_day,
        codes: codes_commitment,
        text: text.commitment(Part::Text),
    };
    let opening = SealedEntry {
        frame: frame.seal(&ctx.entry_key),
        codes,
        text,
        erasure_day,
    };
    (lane, opening)
}

fn last_stopped(ctx: &Context, audience: &Audience) -> Option<Predecessor> {
    let stopped = ctx
        .lanes
        .of(&ctx.agency)
        .into_iter()
        .rfind(|lane| &lane.audience == audience && lane.stopped().is_some())?;
    let head = stopped.head();
    Some(Predecessor {
        lane: stopped.id,
        sequence: head.sequence,
        frame_hash: head.hash,
    })
}

/// A partner takes nothing more of a lane. If it is one of ours it is closed, and what comes next goes to a successor; a partner
/// can cost us no more than a few of them a day.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn partner_stopped(
    ctx: &Arc<Context>,
    by: &AgencyId,
    lane: &LaneId,
    sequence: u64,
    reason: &str,
) -> Result<(), Error> {
    let Some(lane) = ctx.lanes.lane(lane) else {
        return Ok(());
    };
    if lane.origin != ctx.agency || !lane.audience.contains(by) || lane.stopped().is_some() {
        return Ok(());
    }
    let goes_on = ctx
        .incidents
        .may_succeed(&lane.audience, day_number(ctx.today()));
    incidents::own_lane_stopped(ctx, by, &lane.id, sequence, reason, goes_on).await?;
    if goes_on {
        incidents::close_own_lane(ctx, by, &lane.id).await?;
    }
    Ok(())
}
