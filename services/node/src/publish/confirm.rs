//! Letting an update go that waits for its second coordinator.

use std::sync::Arc;

use verbund_model::{AuditEvent, RequestId};
use verbund_store::{PublishOutcome, RequestKey};
use verbund_wire::agency::{ConfirmSituationRequest, PublishReceipt};
use verbund_wire::error::{Error, ErrorCode};

use super::draft::{Draft, WaitsFor};
use super::{Step, ready, receipt, store, subject};
use crate::audit;
use crate::caller::Caller;
use crate::context::Context;
use crate::incidents;

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
    let draft = Draft::from_pending(&pending).map_err(super::review::unreadable)?;
    let WaitsFor::SecondCoordinator {
        caller: first,
        request_id,
        ..
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
    let note = match draft.cleared(ctx) {
        Ok(note) => note,
        Err(objection) => {
            let alarm = incidents::draft_refused(ctx, &subject, &objection.words()).await;
            alarm.map_err(super::unavailable)?;
            return Err(objection.error());
        }
    };
    let sent = draft.fingerprint().ok_or_else(Error::internal)?;
    // Under the first one's request: repeated with other content it must be refused from now on as well.
    let request_id = request_id
        .as_deref()
        .and_then(|id| RequestId::parse(id).ok());
    let request = request_id.map(|id| RequestKey {
        caller: first.clone(),
        method: super::issue::METHOD.to_owned(),
        id,
    });
    let (audience, erasure_day) = (draft.audience.clone(), pending.erasure_day);
    let step = Step {
        audit: vec![audit::by(ctx, caller, AuditEvent::ClearConfirmed).about(subject)],
        consumes_pending: Some(pending),
        ..draft.into_step(subject, (request, sent), note, erasure_day)
    };
    match store(ctx, step).await? {
        PublishOutcome::Stored { position, .. } => {
            ctx.due.notify_one();
            Ok(receipt(&position, &subject, &audience, None))
        }
        // Somebody else confirmed it a moment ago.
        PublishOutcome::Repeated { subject: of, .. } if of == subject => Err(nothing()),
        // The request was used for something else meanwhile; what waits stays for whoever sent it to withdraw.
        PublishOutcome::RequestConflict | PublishOutcome::Repeated { .. } => {
            Err(super::request_reused())
        }
        PublishOutcome::SubjectExists => {
            // A repeated request came so late that it was kept once more.
            let dropped = ctx.store.drop_pending(&subject).await;
            dropped.map_err(super::unavailable)?;
            Err(nothing())
        }
        // Or took it back.
        _ => Err(nothing()),
    }
}
