//! The own updates that wait for a second coordinator, as coordinators see them.

use std::cmp::Reverse;

use tracing::error;
use verbund_model::day_from_number;
use verbund_store::{Pending, limits::PAGE_ROWS};
use verbund_wire::agency::{AwaitingSituation, ListAwaitingConfirmationResponse};
use verbund_wire::convert::situation::Awaiting;
use verbund_wire::error::Error;

use super::draft::{Draft, WaitsFor};
use super::unavailable;
use crate::caller::Caller;
use crate::context::Context;

/// Most that are told at once; the contract says so. Whoever has more waiting has other things to see to first.
const LISTED_MAX: usize = 200;

/// What waits, the latest first.
///
/// # Errors
/// The store can't answer.
pub(crate) async fn list(
    ctx: &Context,
    caller: &Caller,
) -> Result<ListAwaitingConfirmationResponse, Error> {
    let held = ctx.store.pending_held(PAGE_ROWS).await;
    let held = held.map_err(unavailable)?;
    let shown = held.iter().filter_map(|pending| show(ctx, caller, pending));
    let mut situations: Vec<AwaitingSituation> = shown.collect();
    situations.sort_by_key(|it| Reverse(it.situation.as_ref().map(|it| it.created_at_ms)));
    let more = situations.len() > LISTED_MAX;
    situations.truncate(LISTED_MAX);
    Ok(ListAwaitingConfirmationResponse { situations, more })
}

fn show(ctx: &Context, caller: &Caller, pending: &Pending) -> Option<AwaitingSituation> {
    let draft = match Draft::from_pending(pending) {
        Ok(draft) => draft,
        Err(problem) => {
            error!(problem, "a waiting draft can't be read");
            return None;
        }
    };
    let WaitsFor::SecondCoordinator { caller: first, .. } = &draft.waits_for else {
        return None;
    };
    let awaiting = Awaiting {
        update: draft.unsent(ctx, pending.subject)?,
        sent_by_caller: *first == caller.name,
        until: day_from_number(pending.erasure_day)?,
    };
    Some(awaiting.into())
}
