//! Publishing a new update.

use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::digest::{SHA256, digest};
use verbund_ledger::FrameHash;
use verbund_model::{Checked, Generalised, Handling, SubjectId, Transition, day_number};
use verbund_store::{Condition, Pending, PublishOutcome, RequestKey};
use verbund_wire::agency::{PublishReceipt, PublishSituationRequest, SituationDraft};
use verbund_wire::convert::codes::{Codes, Kind};
use verbund_wire::convert::{draft, fingerprint};
use verbund_wire::error::{Error, ErrorCode};

use super::draft::{Draft, WaitsFor};
use super::{Step, guard, ready, receipt, repeated, request_key, request_reused, store};
use crate::caller::Caller;
use crate::context::Context;
use crate::metrics::Stage;
use crate::roles::Role;

pub(super) const METHOD: &str = "PublishSituation";

/// Publishes one update.
///
/// # Errors
/// What is wrong with it, or why the node can't take it now. Nothing is stored then.
pub(crate) async fn publish(
    ctx: &Arc<Context>,
    caller: &Caller,
    request: PublishSituationRequest,
) -> Result<PublishReceipt, Error> {
    ready(ctx)?;
    let key = request_key(caller, METHOD, &request.request_id)?;
    let fingerprint = sha256(&fingerprint::publish(&request));
    let content = match Content::check(ctx, caller, request.situation, request.confirm_review) {
        Ok(content) => content,
        // What was right when it was first sent may be late by now; its answer stays the same.
        Err(wrong) => return repeated(ctx, &key, &fingerprint).await?.ok_or(wrong),
    };
    if content.checked.handling.needs_second_coordinator() {
        return hold(ctx, caller, &key, fingerprint, content).await;
    }
    let subject = new_subject(ctx);
    let (generalised, pending) = content.generalised(ctx, None).unzip();
    let Content { checked, reviewed } = content;
    let step = Step {
        request: Some(key),
        fingerprint,
        audience: checked.audience.clone(),
        subject,
        condition: Condition::New,
        parents: Vec::new(),
        erasure_day: erasure_day(ctx, &checked),
        transition: Transition::Issued(checked.observation),
        note: checked.note,
        handling: checked.handling,
        reviewed,
        pending,
        generalised,
        consumes_pending: None,
    };
    let generalised = checked
        .generalised
        .map(|generalised| without_own(ctx, &generalised));
    match store(ctx, step).await? {
        PublishOutcome::Stored { position, .. } => {
            ctx.due.notify_one();
            Ok(receipt(
                &position,
                &subject,
                &checked.audience,
                generalised.as_ref(),
            ))
        }
        PublishOutcome::Repeated { position, subject } => {
            let first = receipt(&position, &subject, &checked.audience, generalised.as_ref());
            Ok(PublishReceipt {
                repeated_request: true,
                ..first
            })
        }
        PublishOutcome::RequestConflict => Err(request_reused()),
        outcome => unreachable!("a new random subject can't give {outcome:?}"),
    }
}

/// A draft's content after all checks that need no store.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) checked: Checked,
    pub(super) reviewed: bool,
}

impl Content {
    /// Checks a draft against the charter and the guard.
    pub(super) fn check(
        ctx: &Context,
        caller: &Caller,
        draft: Option<SituationDraft>,
        confirm: bool,
    ) -> Result<Self, Error> {
        let draft = draft.ok_or_else(|| {
            Error::field(
                "situation",
                "MISSING_FIELD",
                "the update itself is required",
            )
        })?;
        let started = Instant::now();
        let in_force = ctx.charter.in_force();
        let checked = draft::from_wire(draft)
            .check(&in_force.charter, &ctx.agency, ctx.clock.now())
            .map_err(|violations| Error::violations_in("situation", violations))?;
        ctx.metrics.publish_stage(Stage::Check, started.elapsed());
        let coordinator = caller.has(Role::Coordinator);
        if checked
            .generalised
            .as_ref()
            .is_some_and(|generalised| !generalised.note.is_empty())
            && !coordinator
        {
            let message =
                "only a coordinator can give police and prosecutor more than district and day";
            return Err(Error::new(ErrorCode::RoleMissing, message));
        }
        if checked.handling == Handling::Clear && !coordinator {
            return Err(Error::new(
                ErrorCode::RoleMissing,
                "CLEAR can't be called back: only coordinators publish it, two of them",
            ));
        }
        let mut reviewed = guard(ctx, caller, "situation.note", &checked.note, confirm)?;
        if let Some(generalised) = &checked.generalised {
            reviewed |= guard(
                ctx,
                caller,
                "situation.generalised_note",
                &generalised.note,
                confirm,
            )?;
        }
        Ok(Self { checked, reviewed })
    }

    /// The draft of the generalised second entry: under its own subject, or the one that it already has.
    pub(super) fn generalised(
        &self,
        ctx: &Context,
        subject: Option<SubjectId>,
    ) -> Option<(SubjectId, Pending)> {
        let generalised = self.checked.generalised.as_ref()?;
        let subject = subject.unwrap_or_else(|| new_subject(ctx));
        let transition = Transition::Issued(generalised.observation.clone());
        let draft = Draft {
            waits_for: WaitsFor::Day,
            audience: generalised.audience.clone(),
            codes: codes(
                ctx,
                subject,
                transition,
                self.checked.handling,
                self.reviewed,
            ),
            note: generalised.note.clone(),
            generalised: None,
        };
        let due = Some(day_number(generalised.not_before));
        let pending = draft.to_pending(subject, due, erasure_day(ctx, &self.checked));
        Some((subject, pending))
    }
}

/// Keeps an update that the world may know until a second coordinator has confirmed it.
async fn hold(
    ctx: &Arc<Context>,
    caller: &Caller,
    key: &RequestKey,
    fingerprint: [u8; 32],
    content: Content,
) -> Result<PublishReceipt, Error> {
    if let Some(answer) = repeated(ctx, key, &fingerprint).await? {
        return Ok(answer);
    }
    let subject = held_subject(ctx, key);
    let waits_for = WaitsFor::SecondCoordinator {
        caller: caller.name.clone(),
        fingerprint: hex::encode(fingerprint),
        request_id: Some(key.id.to_string()),
    };
    let held = ctx
        .store
        .pending(&subject)
        .await
        .map_err(super::unavailable)?;
    // Of the first release, whose confirmed updates left no trace of the request; or confirmed since the look above.
    let published = ctx
        .store
        .situation(&subject, Some(&ctx.agency))
        .await
        .map_err(super::unavailable)?;
    if held.is_none() && published.is_some() {
        let repeated = repeated(ctx, key, &fingerprint).await?;
        if let Some(answer) = repeated {
            return Ok(answer);
        }
    }
    let answer = PublishReceipt {
        subject: subject.to_string(),
        audience: content
            .checked
            .audience
            .iter()
            .map(ToString::to_string)
            .collect(),
        awaiting_confirmation: published.is_none(),
        repeated_request: held.is_some() || published.is_some(),
        ..PublishReceipt::default()
    };
    if let Some(held) = held {
        let same = Draft::from_pending(&held).is_ok_and(|draft| {
            matches!(draft.waits_for, WaitsFor::SecondCoordinator { fingerprint: held, .. } if held == hex::encode(fingerprint))
        });
        return if same {
            Ok(answer)
        } else {
            Err(request_reused())
        };
    }
    if published.is_some() {
        return Ok(answer);
    }
    let generalised = content
        .generalised(ctx, None)
        .map(|(_, pending)| Box::new(pending));
    let erasure_day = erasure_day(ctx, &content.checked);
    let Content { checked, reviewed } = content;
    let transition = Transition::Issued(checked.observation);
    let codes = codes(ctx, subject, transition, checked.handling, reviewed);
    let draft = Draft {
        waits_for,
        audience: checked.audience,
        codes,
        note: checked.note,
        generalised,
    };
    ctx.store
        .put_pending(draft.to_pending(subject, None, erasure_day))
        .await
        .map_err(super::unavailable)?;
    Ok(answer)
}

/// The subject of an update that waits: the same for the same request, so that a repetition finds it.
fn held_subject(ctx: &Context, key: &RequestKey) -> SubjectId {
    let name = format!("verbund held {} {} {} ", ctx.agency, key.method, key.caller);
    let hash = sha256(&[name.as_bytes(), key.id.as_bytes()].concat());
    SubjectId::from_random(hash[..16].try_into().expect("half a hash has 16 bytes"))
}

pub(super) fn codes(
    ctx: &Context,
    subject: SubjectId,
    transition: Transition,
    handling: Handling,
    reviewed: bool,
) -> Codes {
    Codes {
        charter_version: ctx.charter.in_force().charter.version(),
        guard_version: verbund_guard::VERSION.to_owned(),
        subject,
        parents: Vec::<FrameHash>::new(),
        created_at: ctx.clock.now(),
        reviewed,
        handling,
        kind: Kind::Situation(transition),
    }
}

pub(super) fn erasure_day(ctx: &Context, checked: &Checked) -> i32 {
    day_number(
        ctx.charter
            .in_force()
            .charter
            .erasure_day(checked.observation.day, ctx.clock.now()),
    )
}

pub(super) fn new_subject(ctx: &Context) -> SubjectId {
    let mut bytes = [0; 16];
    ctx.entropy.fill(&mut bytes);
    SubjectId::from_random(bytes)
}

pub(super) fn without_own(ctx: &Context, generalised: &Generalised) -> verbund_model::Audience {
    generalised
        .audience
        .without(std::slice::from_ref(&ctx.agency))
        .expect("a generalised update has recipients")
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes)
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes")
}
