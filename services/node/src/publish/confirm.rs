//! Letting an update go that waits for its second coordinator.

use std::sync::Arc;

use verbund_store::{Condition, PublishOutcome};
use verbund_wire::agency::{ConfirmSituationRequest, PublishReceipt};
use verbund_wire::error::{Error, ErrorCode};

use super::draft::{Draft, WaitsFor};
use super::{Step, ready, receipt, store, subject};
use crate::caller::Caller;
use crate::context::Context;

/// Publishes a waiting update in its second coordinator's name.
///
/// # Errors
/// Nothing waits, the caller is the one who sent it, or the node can't take it now.
pub(crate) async fn confirm(
    ctx: &Arc<Context>,
    caller: &Caller,
    request: ConfirmSituationRequest,
) -> Result<PublishReceipt, Error> {
    ready(ctx)?;
    let subject = subject(&request.subject)?;
    let _drafts = ctx.drafts.lock().await;
    let nothing = || {
        Error::new(
            ErrorCode::NothingToConfirm,
            "nothing of this update waits for a confirmation",
        )
    };
    let pending = ctx
        .store
        .pending(&subject)
        .await
        .map_err(super::unavailable)?
        .ok_or_else(nothing)?;
    let draft = Draft::from_pending(&pending).map_err(|problem| {
        tracing::error!(problem, "a waiting draft can't be read");
        Error::internal()
    })?;
    let WaitsFor::SecondCoordinator {
        caller: first,
        fingerprint,
    } = &draft.waits_for
    else {
        return Err(nothing());
    };
    if *first == caller.name {
        return Err(Error::new(
            ErrorCode::SameCoordinator,
            "whoever sent the update can't confirm it; a second coordinator must",
        ));
    }
    let mut sent = [0; 32];
    hex::decode_to_slice(fingerprint, &mut sent).map_err(|_| Error::internal())?;
    let step = Step {
        request: None,
        fingerprint: sent,
        audience: draft.audience.clone(),
        subject,
        condition: Condition::New,
        parents: Vec::new(),
        transition: draft.transition().clone(),
        note: draft.note.clone(),
        handling: draft.codes.handling,
        reviewed: draft.codes.reviewed,
        erasure_day: pending.erasure_day,
        generalised: draft.generalised.as_ref().map(|pending| pending.subject),
        pending: draft.generalised.map(|pending| *pending),
        consumes_pending: true,
    };
    match store(ctx, step).await? {
        PublishOutcome::Stored { position, .. } => {
            ctx.due.notify_one();
            Ok(receipt(&position, &subject, &draft.audience, None))
        }
        // Somebody else confirmed it a moment ago.
        _ => Err(nothing()),
    }
}
