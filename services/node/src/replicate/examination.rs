//! Examining a batch: signatures, commitments, content and chain, on as many threads as pay.
//!
//! A signature takes some 40 µs to check and depends on nothing but its entry; so halves of a large batch are examined beside each
//! other, and only then linked, in their order.

use std::sync::Arc;

use verbund_ledger::{
    Entry, Examined, Expect, Fault, Frame, LaneHead, LaneId, Link, examine as examine_entry, link,
};
use verbund_model::{AgencyId, Audience};
use verbund_store::{NewLane, ReceivedEntry};
use verbund_wire::convert::codes::{self, Kind};

use super::limits::{INLINE_ENTRIES, SPLIT_ENTRIES};
use crate::admission::{self, Bench};
use crate::context::Context;

/// Where a batch belongs.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) lane: LaneId,
    pub(super) origin: AgencyId,
    pub(super) epoch: u32,
    pub(super) audience: Audience,
    pub(super) head: LaneHead,
    pub(super) opens: Option<NewLane>,
}

/// An examined entry.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) link: Link,
    pub(super) received: ReceivedEntry,
}

/// An entry with what the ledger and the admission say of it by itself; its place in the lane is not looked at yet.
type Alone = Result<(Examined, ReceivedEntry), (Fault, Entry)>;

/// Examines and admits what follows the lane's head, up to the first fault.
pub(super) async fn examine(
    ctx: &Arc<Context>,
    place: &Place,
    entries: Vec<Entry>,
) -> (Vec<Next>, Option<(Fault, Entry)>) {
    if entries.len() <= INLINE_ENTRIES {
        return chain(place, alone(ctx, place, entries));
    }
    let mut first = entries;
    let second = if first.len() >= SPLIT_ENTRIES {
        first.split_off(first.len() / 2)
    } else {
        Vec::new()
    };
    let beside = |entries: Vec<Entry>| {
        let (ctx, place) = (ctx.clone(), place.clone());
        tokio::task::spawn_blocking(move || alone(&ctx, &place, entries))
    };
    let (first, second) = (beside(first), beside(second));
    let finished = "examining does not panic, and the runtime outlives its links";
    let mut all = first.await.expect(finished);
    all.extend(second.await.expect(finished));
    chain(place, all)
}

/// Examines each entry by itself, up to the first fault.
fn alone(ctx: &Context, place: &Place, entries: Vec<Entry>) -> Vec<Alone> {
    let in_force = ctx.charter.in_force();
    let keys = in_force.keys(&place.origin);
    let expect = Expect {
        federation: &ctx.federation,
        origin: &place.origin,
        keys: &keys,
        lane: Some(place.lane),
        epoch: Some(place.epoch),
    };
    let bench = Bench {
        charter: &in_force.charter,
        guard: &in_force.guard,
        origin: &place.origin,
        audience: &place.audience,
        today: verbund_model::day_number(in_force.charter.today(ctx.clock.now())),
    };
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        match examine_entry(&entry, &expect) {
            Ok(examined) => {
                let received = admission::judge(&bench, entry, &examined);
                all.push(Ok((examined, received)));
            }
            Err(fault) => {
                all.push(Err((fault, entry)));
                break;
            }
        }
    }
    all
}

/// Links the entries to the lane's head, in their order, up to the first fault.
fn chain(place: &Place, all: Vec<Alone>) -> (Vec<Next>, Option<(Fault, Entry)>) {
    let mut head = place.head;
    let mut linked = Vec::with_capacity(all.len());
    for alone in all {
        let (examined, received) = match alone {
            Ok(alone) => alone,
            Err(fault) => return (linked, Some(fault)),
        };
        match link(&head, &examined) {
            Ok(link) => {
                if link == Link::Next {
                    head = examined.head();
                }
                linked.push(Next { link, received });
            }
            Err(fault) => return (linked, Some((fault, received.entry))),
        }
    }
    (linked, None)
}

/// Reads a lane's opening, or says in words why it is none for us.
pub(super) fn opening(
    own: &AgencyId,
    carrier: &AgencyId,
    first: &Frame,
    entry: &Entry,
) -> Result<NewLane, &'static str> {
    if first.sequence != 1 {
        return Err("entries of a lane whose opening never came");
    }
    if first.lane != LaneId::of(&first.federation, &first.origin, first.epoch, &first.codes) {
        return Err("its name is not its own");
    }
    let codes = entry
        .codes
        .as_ref()
        .ok_or("its opening came without its codes")?;
    let codes = codes::decode(&codes.content).map_err(|_| "its opening is not understood")?;
    let Kind::LaneOpened { audience, .. } = codes.kind else {
        return Err("its first entry does not open it");
    };
    if !audience.contains(&first.origin) {
        return Err("its origin is not in it");
    }
    if !audience.contains(own) || !audience.contains(carrier) {
        return Err("it was carried beyond its audience");
    }
    Ok(NewLane {
        id: first.lane,
        origin: first.origin.clone(),
        epoch: first.epoch,
        audience,
    })
}
