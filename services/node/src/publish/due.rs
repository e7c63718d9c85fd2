//! Issues what waits for its day: the generalised entries for police and prosecutor.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info};
use verbund_model::{SubjectId, Transition, day_number};
use verbund_store::{Condition, Error, Pending, PublishOutcome};
use verbund_wire::convert::codes::Kind;
use verbund_wire::convert::text::Text;

use super::draft::Draft;
use super::{Step, store};
use crate::context::Context;
use crate::database::if_available;
use crate::incidents;

/// How often the day is looked at; whoever publishes something that is due already wakes the task at once.
const TICK: Duration = Duration::from_secs(30);
/// Drafts that are taken at once.
const PAGE: u32 = 256;

/// Issues what is due until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), Error> {
    // Refused drafts that were told of, and under which charter.
    let mut refused = HashMap::new();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            () = ctx.due.notified() => {}
            _ = tick.tick() => {}
        }
        if_available(issue_due(&ctx, &mut refused).await)?;
    }
}

/// Issues everything that is due today.
async fn issue_due(ctx: &Arc<Context>, refused: &mut HashMap<SubjectId, u32>) -> Result<(), Error> {
    while !ctx.stop.is_cancelled() && !ctx.disk.is_read_only() && !ctx.recovery.is_on() {
        let today = day_number(
            ctx.charter
                .in_force()
                .charter
                .operational_day(ctx.clock.now()),
        );
        let due = ctx.store.pending_due(today, PAGE).await?;
        let last = due.len() < PAGE as usize;
        let mut issued = 0;
        for pending in due {
            issued += u32::from(issue(ctx, refused, pending).await?);
        }
        if issued > 0 {
            info!(issued, "generalised entries issued");
        }
        if last || issued == 0 {
            break;
        }
    }
    Ok(())
}

/// Issues one draft, or corrects what was issued of it before. Tells whether it went.
async fn issue(
    ctx: &Arc<Context>,
    refused: &mut HashMap<SubjectId, u32>,
    pending: Pending,
) -> Result<bool, Error> {
    let draft = match Draft::from_pending(&pending) {
        Ok(draft) => draft,
        Err(problem) => {
            error!(problem, "a waiting draft can't be read");
            return Ok(false);
        }
    };
    let Transition::Issued(observation) = draft.transition().clone() else {
        error!("a waiting draft is no observation");
        return Ok(false);
    };
    let note = match draft.cleared(ctx) {
        Ok(note) => note,
        Err(objection) => {
            let charter = ctx.charter.in_force().charter.version();
            if refused.insert(pending.subject, charter) != Some(charter) {
                incidents::draft_refused(ctx, &pending.subject, &objection.words()).await?;
            }
            return Ok(false);
        }
    };
    let own = Some(&ctx.agency);
    let issued = ctx.store.situation(&pending.subject, own).await?;
    let latest = issued.map(|issued| issued.latest.hash);
    let (condition, transition) = match latest {
        None => (Condition::New, Transition::Issued(observation)),
        Some(latest) => (
            Condition::Supersedes(latest),
            Transition::Corrected(observation),
        ),
    };
    let subject = pending.subject;
    let step = Step {
        request: None,
        fingerprint: [0; 32],
        audience: draft.audience.clone(),
        subject,
        condition,
        parents: latest.into_iter().collect(),
        kind: Kind::Situation(transition),
        owner: None,
        text: Text::of_note(note),
        handling: draft.codes.handling,
        reviewed: draft.codes.reviewed,
        erasure_day: pending.erasure_day,
        pending: None,
        generalised: None,
        consumes_pending: Some(pending),
        confirms: None,
        dequeues: false,
        audit: Vec::new(),
    };
    match store(ctx, step).await {
        Ok(PublishOutcome::Stored { .. }) => Ok(true),
        // It was taken back, or corrected as often as it may be: nothing more is told.
        Ok(PublishOutcome::SubjectUnknown | PublishOutcome::TooManyVersions) => {
            ctx.store.drop_pending(&subject).await?;
            Ok(false)
        }
        // Taken back, replaced, or issued by another replica since it was read; what replaced it is read next.
        Ok(_) => Ok(false),
        Err(problem) => {
            error!(
                reason = problem.code().reason(),
                "a waiting draft could not be issued"
            );
            Ok(false)
        }
    }
}
