//! Correcting and withdrawing own updates. Both are new entries that refer to the version they change.

use std::collections::BTreeSet;
use std::sync::Arc;

use verbund_ledger::FrameHash;
use verbund_model::{Audience, AuditEvent, SubjectId, Transition, VERSIONS_MAX, WithdrawalReason};
use verbund_store::{Condition, PublishOutcome, RequestKey, SituationRecord, State};
use verbund_wire::agency::{
    CorrectSituationRequest, PublishReceipt, SituationDraft, WithdrawSituationRequest,
};
use verbund_wire::convert::codes::Kind;
use verbund_wire::convert::text::Text;
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::convert::{codes, etag, fingerprint};
use verbund_wire::error::{Error, ErrorCode};

use super::backlog;
use super::draft::Draft;
use super::issue::{Content, Judged, erasure_day, sha256, without_own};
use super::review::{self, Asked, Intent};
use super::{
    Step, has_room, not_stopping, ready, receipt, repeated, request_key, request_reused, stale,
    store, subject, too_many_versions, unavailable,
};
use crate::audit;
use crate::caller::Caller;
use crate::context::Context;

/// Replaces an own update by a better version.
///
/// # Errors
/// What is wrong with it, a newer version, or why the node can't take it now.
pub(crate) async fn correct(
    ctx: &Arc<Context>,
    caller: &Caller,
    request: CorrectSituationRequest,
) -> Result<PublishReceipt, Error> {
    ready(ctx)?;
    let key = request_key(caller, "CorrectSituation", &request.request_id)?;
    let fingerprint = sha256(&fingerprint::correct(&request));
    let subject = subject(&request.subject)?;
    let expected = etag::from_wire(&request.etag)
        .map_err(Error::from)?
        .ok_or_else(|| {
            Error::field(
                "etag",
                "MISSING_FIELD",
                "the version that is corrected; read the update to get it",
            )
        })?;
    if let Some(answer) = repeated(ctx, &key, &fingerprint).await? {
        return Ok(answer);
    }
    let current = Current::find(ctx, &subject).await?;
    let generalised = GeneralisedForm::of(ctx, &subject).await?;
    let mut draft = request.situation.ok_or_else(|| {
        Error::field(
            "situation",
            "MISSING_FIELD",
            "the better version is required",
        )
    })?;
    hold_audience(ctx, &mut draft, &current.audience, generalised.as_ref())?;
    let judged = Content::check(ctx, caller, Some(draft))?;
    if judged.checked().handling.needs_second_coordinator() {
        let message = "a correction can't be CLEAR: nobody else would confirm it; publish anew, with its second coordinator";
        return Err(Error::field(
            "situation.handling",
            "HANDLING_NOT_ACCEPTED",
            message,
        ));
    }
    if expected != current.latest {
        return Err(stale(&current.latest));
    }
    if current.versions as usize >= VERSIONS_MAX {
        return Err(too_many_versions());
    }
    let known = generalised.map(|it| it.subject);
    let content = match judged {
        Judged::Passes(content) => content,
        Judged::WantsReview(content, findings) => {
            let asked = Asked {
                key: &key,
                fingerprint,
                confirms: request.confirm_review,
            };
            let intent = Intent::Correct {
                subject,
                supersedes: expected,
                audience: current.audience,
                generalised: known,
            };
            return review::hold(ctx, caller, asked, content, &findings, intent).await;
        }
    };
    // What told police and prosecutor nothing before tells them nothing now either.
    let (generalised, pending) = known
        .and_then(|known| content.generalised(ctx, Some(known)))
        .unzip();
    let recipients = generalised
        .and(content.checked.generalised.as_ref())
        .map(|generalised| without_own(ctx, generalised));
    let erasure_day = erasure_day(ctx, &content.checked);
    let Content { checked, texts, .. } = content;
    let step = Step {
        request: Some(key),
        fingerprint,
        audience: current.audience.clone(),
        subject,
        condition: Condition::Supersedes(current.latest),
        parents: vec![current.latest],
        kind: Kind::Situation(Transition::Corrected(checked.observation)),
        owner: None,
        text: Text::of_note(texts.note),
        handling: checked.handling,
        reviewed: false,
        erasure_day,
        pending,
        generalised,
        consumes_pending: None,
        confirms: None,
        dequeues: false,
        audit: Vec::new(),
    };
    let outcome = store(ctx, step).await?;
    ctx.due.notify_one();
    answer(outcome, &subject, &current.audience, recipients.as_ref())
}

/// Takes an own update back.
///
/// # Errors
/// As [`correct`].
pub(crate) async fn withdraw(
    ctx: &Arc<Context>,
    caller: &Caller,
    request: WithdrawSituationRequest,
) -> Result<PublishReceipt, Error> {
    not_stopping(ctx)?;
    let key = request_key(caller, "WithdrawSituation", &request.request_id)?;
    let fingerprint = sha256(&fingerprint::withdraw(&request));
    let subject = subject(&request.subject)?;
    let reason = WithdrawalReason::from_wire(request.reason)
        .ok()
        .flatten()
        .ok_or_else(|| {
            Error::field(
                "reason",
                "MISSING_FIELD",
                "why: error, obsolete, duplicate or personal-data",
            )
        })?;
    let expected = etag::from_wire(&request.etag).map_err(Error::from)?;
    if reason != WithdrawalReason::PersonalData {
        // What must be forgotten has its room in the disk's reserve.
        has_room(ctx)?;
    }
    if let Some(answer) = repeated(ctx, &key, &fingerprint).await? {
        // A stop may have come between them the first time.
        withdraw_generalised(ctx, &subject, reason).await?;
        review::discard_on(ctx, caller, &subject).await?;
        return Ok(answer);
    }
    if drop_waiting(ctx, &subject).await?
        || drop_held(ctx, caller, &subject).await?
        || backlog::withdraw(ctx, &subject).await?
    {
        return Ok(PublishReceipt {
            subject: subject.to_string(),
            ..PublishReceipt::default()
        });
    }
    if expected.is_none() && reason != WithdrawalReason::PersonalData {
        return Err(Error::field(
            "etag",
            "MISSING_FIELD",
            "the version that is withdrawn; read the update to get it",
        ));
    }
    loop {
        let current = Current::find_for_withdrawal(ctx, &subject, reason).await?;
        if let Some(expected) = expected
            && expected != current.latest
        {
            return Err(stale(&current.latest));
        }
        let step = withdrawal(
            ctx,
            &subject,
            &current,
            reason,
            Some(key.clone()),
            fingerprint,
        )
        .await?;
        let personal = reason == WithdrawalReason::PersonalData;
        let record = personal
            .then(|| audit::by(ctx, caller, AuditEvent::PersonalDataWithdrawn).about(subject));
        let step = Step {
            audit: record.into_iter().collect(),
            ..step
        };
        let outcome = store(ctx, step).await?;
        // Personal data never waits: a correction that came between is taken back as well.
        if matches!(outcome, PublishOutcome::Stale { .. }) && expected.is_none() {
            continue;
        }
        let answer = answer(outcome, &subject, &current.audience, None)?;
        withdraw_generalised(ctx, &subject, reason).await?;
        // A correction of what is withdrawn can't go any more.
        review::discard_on(ctx, caller, &subject).await?;
        return Ok(answer);
    }
}

async fn withdrawal(
    ctx: &Context,
    subject: &SubjectId,
    current: &Current,
    reason: WithdrawalReason,
    request: Option<RequestKey>,
    fingerprint: [u8; 32],
) -> Result<Step, Error> {
    let parents = match reason {
        // The frames whose content goes everywhere.
        WithdrawalReason::PersonalData => {
            let history = ctx
                .store
                .history(subject, Some(&ctx.agency))
                .await
                .map_err(unavailable)?;
            history.iter().map(|version| version.hash).collect()
        }
        _ => vec![current.latest],
    };
    Ok(Step {
        request,
        fingerprint,
        audience: current.audience.clone(),
        subject: *subject,
        condition: Condition::Supersedes(current.latest),
        parents,
        kind: Kind::Situation(Transition::Withdrawn(reason)),
        owner: None,
        text: Text::none(),
        handling: current.handling,
        reviewed: false,
        erasure_day: current.erasure_day,
        pending: None,
        generalised: None,
        consumes_pending: None,
        confirms: None,
        dequeues: false,
        audit: Vec::new(),
    })
}

/// What went to police and prosecutor in generalised form is taken back too; what has not gone yet never goes.
async fn withdraw_generalised(
    ctx: &Arc<Context>,
    subject: &SubjectId,
    reason: WithdrawalReason,
) -> Result<(), Error> {
    let Some(generalised) = ctx
        .store
        .generalised_of(subject)
        .await
        .map_err(unavailable)?
    else {
        return Ok(());
    };
    ctx.store
        .drop_pending(&generalised)
        .await
        .map_err(unavailable)?;
    loop {
        let current = match Current::find_for_withdrawal(ctx, &generalised, reason).await {
            Ok(current) => current,
            // Never issued, or taken back before.
            Err(_) => return Ok(()),
        };
        let step = withdrawal(ctx, &generalised, &current, reason, None, [0; 32]).await?;
        if !matches!(store(ctx, step).await?, PublishOutcome::Stale { .. }) {
            return Ok(());
        }
    }
}

/// An update that still waits for its second coordinator is simply dropped; not one that the coordinator let go a moment ago.
async fn drop_waiting(ctx: &Context, subject: &SubjectId) -> Result<bool, Error> {
    let waits = ctx
        .store
        .pending(subject)
        .await
        .map_err(unavailable)?
        .is_some_and(|pending| pending.due.is_none());
    if !waits {
        return Ok(false);
    }
    ctx.store.drop_pending(subject).await.map_err(unavailable)?;
    // What was not published by now never is: its draft is gone.
    let published = ctx.store.situation(subject, Some(&ctx.agency)).await;
    Ok(published.map_err(unavailable)?.is_none())
}

/// An update that waits for review and was never published is simply discarded.
async fn drop_held(
    ctx: &Arc<Context>,
    caller: &Caller,
    subject: &SubjectId,
) -> Result<bool, Error> {
    let published = ctx.store.situation(subject, Some(&ctx.agency)).await;
    if published.map_err(unavailable)?.is_some() {
        return Ok(false);
    }
    review::discard_on(ctx, caller, subject).await
}

/// What police and prosecutor are told of a protected origin's update: under which subject, and who gets it.
struct GeneralisedForm {
    subject: SubjectId,
    audience: Audience,
}

impl GeneralisedForm {
    /// The generalised form that an update has, waiting or issued.
    async fn of(ctx: &Arc<Context>, subject: &SubjectId) -> Result<Option<Self>, Error> {
        let Some(subject) = ctx
            .store
            .generalised_of(subject)
            .await
            .map_err(unavailable)?
        else {
            return Ok(None);
        };
        // In this order: what waits now may be issued before the next look.
        let pending = ctx.store.pending(&subject).await.map_err(unavailable)?;
        let issued = ctx.store.situation(&subject, Some(&ctx.agency)).await;
        if let Some(issued) = issued.map_err(unavailable)? {
            let lane = crate::follow::lane(ctx, &issued.lane).await;
            let lane = lane.map_err(unavailable)?.ok_or_else(Error::internal)?;
            let audience = lane.audience.clone();
            return Ok(Some(Self { subject, audience }));
        }
        let draft = pending.and_then(|pending| Draft::from_pending(&pending).ok());
        Ok(draft.map(|draft| Self {
            subject,
            audience: draft.audience,
        }))
    }
}

/// All versions of an update go to whom the first went: the caller's list is either empty or that one, with or without those who get
/// the generalised form.
fn hold_audience(
    ctx: &Context,
    draft: &mut SituationDraft,
    full: &Audience,
    generalised: Option<&GeneralisedForm>,
) -> Result<(), Error> {
    let names = |audience: &Audience| -> BTreeSet<String> {
        let others = audience.iter().filter(|agency| **agency != ctx.agency);
        others.map(ToString::to_string).collect()
    };
    let full = names(full);
    let mut all = full.clone();
    all.extend(generalised.iter().flat_map(|it| names(&it.audience)));
    let mut given: BTreeSet<String> = draft.audience.drain(..).collect();
    given.remove(ctx.agency.as_str());
    if !given.is_empty() && given != full && given != all {
        let message = "all versions of an update have one audience; leave it empty, or withdraw and publish anew";
        return Err(Error::field(
            "situation.audience",
            "SUBJECT_MISMATCH",
            message,
        ));
    }
    draft.audience = all.into_iter().collect();
    if draft.audience.is_empty() {
        draft.audience.push(ctx.agency.to_string());
    }
    Ok(())
}

fn answer(
    outcome: PublishOutcome,
    subject: &SubjectId,
    audience: &Audience,
    generalised: Option<&Audience>,
) -> Result<PublishReceipt, Error> {
    match outcome {
        PublishOutcome::Stored { position, .. } => {
            Ok(receipt(&position, subject, audience, generalised))
        }
        PublishOutcome::Repeated { position, subject } => Ok(PublishReceipt {
            repeated_request: true,
            ..receipt(&position, &subject, audience, generalised)
        }),
        PublishOutcome::RequestConflict => Err(request_reused()),
        PublishOutcome::Stale { latest } => Err(stale(&latest)),
        PublishOutcome::TooManyVersions => Err(too_many_versions()),
        PublishOutcome::SubjectUnknown
        | PublishOutcome::SubjectExists
        | PublishOutcome::PendingChanged
        | PublishOutcome::NotQueued
        | PublishOutcome::ReviewClosed => Err(not_found(subject)),
    }
}

/// An own update that still holds.
struct Current {
    audience: Audience,
    latest: FrameHash,
    versions: u32,
    handling: verbund_model::Handling,
    erasure_day: i32,
}

impl Current {
    async fn find(ctx: &Arc<Context>, subject: &SubjectId) -> Result<Self, Error> {
        let record = Self::own(ctx, subject).await?;
        if record.state != State::Current {
            return Err(Error::new(
                ErrorCode::SituationWithdrawn,
                "the update was withdrawn; publish a new one",
            ));
        }
        Self::of(ctx, record).await
    }

    /// What was withdrawn for another reason can still be withdrawn because of personal data.
    async fn find_for_withdrawal(
        ctx: &Arc<Context>,
        subject: &SubjectId,
        reason: WithdrawalReason,
    ) -> Result<Self, Error> {
        let record = Self::own(ctx, subject).await?;
        let gone = match reason {
            WithdrawalReason::PersonalData => record.state == State::Erased,
            _ => record.state != State::Current,
        };
        if gone {
            return Err(Error::new(
                ErrorCode::SituationWithdrawn,
                "the update was withdrawn before",
            ));
        }
        Self::of(ctx, record).await
    }

    async fn own(ctx: &Arc<Context>, subject: &SubjectId) -> Result<SituationRecord, Error> {
        if ctx
            .store
            .pending(subject)
            .await
            .map_err(unavailable)?
            .is_some_and(|pending| pending.due.is_none())
        {
            let message = "the update waits for its second coordinator and was not sent yet";
            return Err(Error::new(ErrorCode::SecondCoordinatorRequired, message));
        }
        let own = ctx.store.situation(subject, Some(&ctx.agency)).await;
        if let Some(own) = own.map_err(unavailable)? {
            return Ok(own);
        }
        let others = ctx.store.situation(subject, None).await;
        Err(match others.map_err(unavailable)? {
            Some(_) => Error::new(
                ErrorCode::NotOwnSituation,
                "only the agency that an update comes from can change it",
            ),
            None => not_found(subject),
        })
    }

    async fn of(ctx: &Arc<Context>, record: SituationRecord) -> Result<Self, Error> {
        let lane = crate::follow::lane(ctx, &record.lane).await;
        let lane = lane.map_err(unavailable)?.ok_or_else(Error::internal)?;
        let handling = record
            .observed
            .entry
            .codes
            .as_ref()
            .and_then(|codes| codes::decode(&codes.content).ok());
        Ok(Self {
            audience: lane.audience.clone(),
            latest: record.latest.hash,
            versions: record.versions,
            handling: handling.map_or(verbund_model::Handling::AmberStrict, |codes| codes.handling),
            erasure_day: record.latest.erasure_day,
        })
    }
}

fn not_found(subject: &SubjectId) -> Error {
    Error::new(ErrorCode::SituationNotFound, "there is no such update here")
        .with_resource("situation", subject.to_string())
}
