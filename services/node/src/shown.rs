//! What was on a screen: the coordinators' application says so, the node keeps the day and window of the first time, and shows callers
//! what each agency told.
//!
//! **Promise.** Neither who called nor when is kept, logged or counted; nothing is kept where the configuration says so; and nobody, not
//! even the own agency, is shown a window that still runs.

use std::collections::HashMap;
use std::sync::Arc;

use verbund_ledger::Outcome;
use verbund_model::{AgencyId, Day, StepId, SubjectRef, WindowId, day_from_number, day_number};
use verbund_store::{ShownRecord, StoredEntry, limits::SHOWN_DAYS};
use verbund_wire::agency::MarkShownRequest;
use verbund_wire::convert::{name, step};
use verbund_wire::error::Error;

use crate::caller::Caller;
use crate::context::Context;
use crate::publish::unavailable;
use crate::views::Content;

/// Updates in one call: more than a screen holds. Each costs a read.
const UPDATES_MAX: usize = 200;

/// Notes that updates are on a screen.
///
/// # Errors
/// What is wrong with the request, or that the store can't answer.
pub(crate) async fn mark(
    ctx: &Arc<Context>,
    caller: &Caller,
    request: &MarkShownRequest,
) -> Result<(), Error> {
    if request.updates.len() > UPDATES_MAX {
        let message = format!("are more than {UPDATES_MAX}");
        return Err(Error::field("updates", "INVALID_VALUE", message));
    }
    let mut asked = Vec::with_capacity(request.updates.len());
    for update in &request.updates {
        let key = step::key(update.key.as_ref(), &ctx.agency, "updates.key")?;
        let version = step::optional_step(&update.version, "updates.version")?;
        asked.push((key, version));
    }
    let people = usize::try_from(request.coordinators).unwrap_or(usize::MAX);
    if !ctx.config.keeps_shown(caller.client(), people) {
        return Ok(());
    }
    let in_force = ctx.charter.in_force();
    let (day, window) = in_force.charter.operational_day_window(ctx.clock.now());
    let mut shown = Vec::new();
    for (key, version) in asked {
        if key.owner == ctx.agency {
            continue;
        }
        let entry = version_of(ctx, &key, version.as_ref(), day).await;
        shown.extend(entry.map_err(unavailable)?.map(|entry| ShownRecord {
            lane: entry.lane,
            sequence: entry.sequence,
            agency: ctx.agency.clone(),
            day: day_number(day),
            window: window.clone(),
        }));
    }
    if shown.is_empty() {
        return Ok(());
    }
    ctx.store.put_shown(shown).await.map_err(unavailable)
}

/// The entry of a version that is still news: once a showing has been forgotten, a later look at the same update is no first one.
async fn version_of(
    ctx: &Context,
    key: &SubjectRef,
    version: Option<&StepId>,
    today: Day,
) -> Result<Option<StoredEntry>, verbund_store::Error> {
    let versions = ctx.store.history(&key.subject, Some(&key.owner)).await?;
    let mut contents = versions.iter().rev().filter_map(Content::of);
    let told = contents.find_map(|it| it.observation().map(|it| it.day));
    if told.is_some_and(|day| day_number(day) + SHOWN_DAYS < day_number(today)) {
        return Ok(None);
    }
    let wanted =
        |it: &StoredEntry| version.is_none_or(|version| name::step_of(&it.hash) == *version);
    let found = versions.into_iter().rev().find(wanted);
    Ok(found.filter(|it| it.outcome == Outcome::Stored))
}

/// In which window an entry was first shown at each agency that told it, as far as that is over.
///
/// # Errors
/// The store's.
pub(crate) async fn at(
    ctx: &Context,
    entry: &StoredEntry,
) -> Result<HashMap<AgencyId, (Day, WindowId)>, verbund_store::Error> {
    let told = ctx.store.shown(&entry.lane, entry.sequence).await?;
    Ok(over(ctx, told))
}

/// What is told of one entry, as far as its windows are over.
pub(crate) fn over(ctx: &Context, told: Vec<ShownRecord>) -> HashMap<AgencyId, (Day, WindowId)> {
    let in_force = ctx.charter.in_force();
    let now = ctx.clock.now();
    let told = told.into_iter().filter_map(|it| {
        let day = day_from_number(it.day)?;
        let over = in_force.charter.has_ended(day, &it.window, now);
        over.then_some((it.agency, (day, it.window)))
    });
    told.collect()
}
