//! The review list: what the guard wants looked at is held here until a coordinator decides, and leaves the node only then.
//!
//! There is one way through it. A draft is held; confirmed, it is given to the guard and the charter in force once more and goes
//! out; `confirm_review` in the call that brings it is the same two steps in one. Each step and its record in the audit log are one
//! transaction.

use std::sync::Arc;

use verbund_guard::gate::{Findings, Unguarded};
use verbund_ledger::FrameHash;
use verbund_model::{
    Audience, AuditEvent, Day, ReviewId, SubjectId, Transition, day_from_number, day_number,
};
use verbund_store::{
    Condition, Decision, HoldOutcome, NewReview, PublishOutcome, RequestKey, ReviewRecord,
    ReviewState,
};
use verbund_wire::agency::{PublishReceipt, Review};
use verbund_wire::convert::codes::Kind;
use verbund_wire::convert::text::Text;
use verbund_wire::convert::{finding, review};
use verbund_wire::error::{Error, ErrorCode};

use super::draft::{Draft, WaitsFor};
use super::issue::{Content, codes, held_subject, sha256};
use super::{Step, ready, receipt, request_reused, stale, store, too_many_versions, unavailable};
use crate::audit;
use crate::caller::Caller;
use crate::context::Context;

/// How many days a draft may wait after the one on which it was held: a week with its weekend. Then its text is destroyed.
const WAIT_DAYS: i32 = 7;

/// What a draft is to do once it is confirmed.
#[derive(Debug)]
pub(super) enum Intent {
    /// Make a new update.
    Issue,
    /// Replace an own update's version.
    Correct {
        subject: SubjectId,
        supersedes: FrameHash,
        audience: Audience,
        /// The subject of what police and prosecutor were told.
        generalised: Option<SubjectId>,
    },
}

/// A request whose draft is to be held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) key: &'a RequestKey,
    pub(super) fingerprint: [u8; 32],
    /// Who sends it has read the findings and confirms it at once.
    pub(super) confirms: bool,
}

/// Holds a draft, and confirms it where that is asked for in the same call.
pub(super) async fn hold(
    ctx: &Arc<Context>,
    caller: &Caller,
    asked: Asked<'_>,
    content: Content<Unguarded>,
    findings: &Findings,
    intent: Intent,
) -> Result<PublishReceipt, Error> {
    if let Some(answer) = repeated(ctx, caller, asked).await? {
        return Ok(answer);
    }
    let id = review_id(ctx, asked.key);
    let (subject, draft) = drafted(ctx, asked, content, intent);
    let held = NewReview {
        id,
        subject,
        request: asked.key.clone(),
        held_at: ctx.clock.now(),
        last_day: day_number(ctx.today()) + WAIT_DAYS,
        body: draft.to_body(),
    };
    let last_day = held.last_day;
    let record = audit::by(ctx, caller, AuditEvent::ReviewHeld);
    let record = record.about(subject).on(id).finding(findings);
    let outcome = ctx.store.hold_review(held, record).await;
    match outcome.map_err(unavailable)? {
        // While the node does not sign it is held, and confirmed later.
        HoldOutcome::Held if asked.confirms && !ctx.recovery.is_on() => {
            confirm(ctx, caller, &id).await
        }
        HoldOutcome::Held => awaiting(ctx, &id, subject, last_day, &draft, findings),
        HoldOutcome::Full => Err(Error::new(
            ErrorCode::ReviewListFull,
            "as many drafts wait for review as may; decide on some of them first",
        )),
        // The same request at the same time.
        HoldOutcome::Known(_) => {
            let answer = repeated(ctx, caller, asked).await?;
            answer.ok_or_else(Error::internal)
        }
    }
}

/// The answer to a request whose draft was held before.
pub(super) async fn repeated(
    ctx: &Arc<Context>,
    caller: &Caller,
    asked: Asked<'_>,
) -> Result<Option<PublishReceipt>, Error> {
    let id = review_id(ctx, asked.key);
    let known = ctx.store.review(&id).await.map_err(unavailable)?;
    let Some(known) = known else {
        return Ok(None);
    };
    match known.state {
        ReviewState::Waiting => {}
        ReviewState::Confirmed => return confirmed_before(ctx, &known).await.map(Some),
        decided => return Err(closed(decided)),
    }
    let draft = opened(ctx, &known)?;
    if draft.fingerprint() != Some(asked.fingerprint) {
        return Err(request_reused());
    }
    if asked.confirms && !ctx.recovery.is_on() {
        // A stop came between the two steps the first time.
        return confirm(ctx, caller, &id).await.map(Some);
    }
    let findings = draft.gate(ctx)?.findings().clone();
    let answer = awaiting(ctx, &id, known.subject, known.last_day, &draft, &findings)?;
    Ok(Some(PublishReceipt {
        repeated_request: true,
        ..answer
    }))
}

/// Lets a held draft go.
///
/// # Errors
/// Nothing waits, guard or charter in force say something against it, its update has moved on, or the node can't take it now.
pub(crate) async fn confirm(
    ctx: &Arc<Context>,
    caller: &Caller,
    id: &ReviewId,
) -> Result<PublishReceipt, Error> {
    ready(ctx)?;
    let held = find(ctx, id).await?;
    match held.state {
        ReviewState::Waiting => {}
        ReviewState::Confirmed => return confirmed_before(ctx, &held).await,
        decided => return Err(closed(decided)),
    }
    let draft = opened(ctx, &held)?;
    let gated = draft.gate(ctx)?;
    let findings = gated.findings().clone();
    let note = match gated.admitted() {
        Ok(texts) => texts.note,
        Err(findings) => {
            let record = audit::by(ctx, caller, AuditEvent::ReviewRefused);
            let record = record.finding(&findings);
            decide(ctx, &held, ReviewState::Refused, record).await?;
            return Err(finding::refusal(&findings));
        }
    };
    draft
        .admit(ctx)
        .map_err(|violations| Error::violations_in("situation", violations))?;
    let record = audit::by(ctx, caller, AuditEvent::ReviewConfirmed);
    let record = record.about(held.subject).on(*id).finding(&findings);
    let (supersedes, sent) = (draft.supersedes(), draft.fingerprint());
    let sent = sent.ok_or_else(Error::internal)?;
    let erasure_day = draft.erasure_day(ctx);
    if draft.codes.handling.needs_second_coordinator() {
        let (subject, audience) = (held.subject, draft.audience.clone());
        let waits = Draft {
            waits_for: WaitsFor::SecondCoordinator {
                caller: held.request.caller.clone(),
                fingerprint: hex::encode(sent),
                request_id: Some(held.request.id.to_string()),
            },
            ..draft
        };
        let decision = Decision {
            review: *id,
            becomes: ReviewState::Confirmed,
            pending: Some(waits.to_pending(subject, None, erasure_day)),
            audit: record,
        };
        let decided = ctx.store.decide_review(decision).await;
        return match decided.map_err(unavailable)? {
            true => Ok(awaiting_second(subject, &audience)),
            false => Err(closed(find(ctx, id).await?.state)),
        };
    }
    let recipients = draft.generalised_recipients(ctx)?;
    let step = Step {
        request: Some(held.request.clone()),
        fingerprint: sent,
        audience: draft.audience.clone(),
        subject: held.subject,
        condition: supersedes.map_or(Condition::New, Condition::Supersedes),
        parents: supersedes.into_iter().collect(),
        kind: Kind::Situation(draft.transition().clone()),
        owner: None,
        text: Text::of_note(note),
        handling: draft.codes.handling,
        reviewed: true,
        erasure_day,
        generalised: draft.generalised.as_ref().map(|pending| pending.subject),
        pending: draft.generalised.map(|pending| *pending),
        consumes_pending: None,
        confirms: Some(*id),
        dequeues: false,
        audit: vec![record.clone()],
    };
    match store(ctx, step).await? {
        PublishOutcome::Stored { position, .. } => {
            ctx.due.notify_one();
            let (subject, audience) = (&held.subject, &draft.audience);
            Ok(receipt(&position, subject, audience, recipients.as_ref()))
        }
        // The same request went through without review meanwhile: a newer charter knows its words.
        PublishOutcome::Repeated { .. } => {
            decide(ctx, &held, ReviewState::Confirmed, record).await?;
            confirmed_before(ctx, &held).await
        }
        PublishOutcome::RequestConflict => Err(request_reused()),
        PublishOutcome::Stale { latest } => Err(stale(&latest)),
        PublishOutcome::TooManyVersions => Err(too_many_versions()),
        PublishOutcome::ReviewClosed => {
            // Somebody else decided a moment ago.
            let now = find(ctx, id).await?;
            match now.state {
                ReviewState::Confirmed => confirmed_before(ctx, &now).await,
                decided => Err(closed(decided)),
            }
        }
        PublishOutcome::SubjectUnknown => Err(Error::new(
            ErrorCode::SituationWithdrawn,
            "the update that this corrects was withdrawn",
        )),
        PublishOutcome::SubjectExists
        | PublishOutcome::PendingChanged
        | PublishOutcome::NotQueued => Err(closed(ReviewState::Confirmed)),
    }
}

/// Destroys a held draft.
///
/// # Errors
/// It was decided otherwise, or never there.
pub(crate) async fn discard(
    ctx: &Arc<Context>,
    caller: &Caller,
    id: &ReviewId,
) -> Result<(), Error> {
    let held = find(ctx, id).await?;
    let record = audit::by(ctx, caller, AuditEvent::ReviewDiscarded);
    let state = match held.state {
        ReviewState::Waiting => {
            if decide(ctx, &held, ReviewState::Discarded, record).await? {
                return Ok(());
            }
            find(ctx, id).await?.state
        }
        decided => decided,
    };
    match state {
        // By an earlier call: what was asked for is so.
        ReviewState::Discarded => Ok(()),
        decided => Err(closed(decided)),
    }
}

/// Destroys what is held on a subject, since that is being withdrawn. Tells whether there was anything.
pub(super) async fn discard_on(
    ctx: &Arc<Context>,
    caller: &Caller,
    subject: &SubjectId,
) -> Result<bool, Error> {
    let held = ctx.store.reviews().await.map_err(unavailable)?;
    let mut any = false;
    for held in held.iter().filter(|held| held.subject == *subject) {
        let record = audit::by(ctx, caller, AuditEvent::ReviewDiscarded);
        any |= decide(ctx, held, ReviewState::Discarded, record).await?;
    }
    Ok(any)
}

/// The drafts that wait, as coordinators see them. One that this release can't read is logged, and keeps no other from being seen.
///
/// # Errors
/// The store's.
pub(crate) async fn list(ctx: &Context) -> Result<Vec<Review>, Error> {
    let held = ctx.store.reviews().await.map_err(unavailable)?;
    let held = held.iter().filter(|held| !is_over(ctx, held));
    Ok(held.filter_map(|held| shown(ctx, held).ok()).collect())
}

/// One draft that waits.
///
/// # Errors
/// There is none, or it was decided.
pub(crate) async fn one(ctx: &Context, id: &ReviewId) -> Result<Review, Error> {
    let held = find(ctx, id).await?;
    match held.state {
        ReviewState::Waiting => shown(ctx, &held),
        decided => Err(closed(decided)),
    }
}

/// Notes what nobody has decided on in time. Its text goes with the key of its last day.
///
/// # Errors
/// The store's.
pub(crate) async fn expire(ctx: &Context, today: i32) -> Result<(), verbund_store::Error> {
    for held in ctx.store.reviews().await? {
        if held.last_day < today {
            let record = audit::by_node(ctx, AuditEvent::ReviewExpired);
            let decision = Decision {
                review: held.id,
                becomes: ReviewState::Expired,
                pending: None,
                audit: record.about(held.subject).on(held.id),
            };
            ctx.store.decide_review(decision).await?;
        }
    }
    Ok(())
}

/// Decides on a draft that publishes nothing, and sees to it that its text is destroyed.
async fn decide(
    ctx: &Context,
    held: &ReviewRecord,
    becomes: ReviewState,
    record: verbund_store::AuditRecord,
) -> Result<bool, Error> {
    let decision = Decision {
        review: held.id,
        becomes,
        pending: None,
        audit: record.about(held.subject).on(held.id),
    };
    let decided = ctx.store.decide_review(decision).await;
    ctx.erasure.notify_one();
    decided.map_err(unavailable)
}

/// The draft as it would go out once it is confirmed: it says already that it was reviewed.
fn drafted(
    ctx: &Context,
    asked: Asked<'_>,
    content: Content<Unguarded>,
    intent: Intent,
) -> (SubjectId, Draft) {
    let content = Content {
        reviewed: true,
        ..content
    };
    let (subject, supersedes, audience, told) = match intent {
        Intent::Issue => {
            let subject = held_subject(ctx, asked.key);
            let audience = content.checked.audience.clone();
            let told = content.generalised(ctx, None);
            (subject, None, audience, told)
        }
        Intent::Correct {
            subject,
            supersedes,
            audience,
            generalised,
        } => {
            let told = generalised.and_then(|known| content.generalised(ctx, Some(known)));
            (subject, Some(supersedes), audience, told)
        }
    };
    let Content { checked, texts, .. } = content;
    let transition = match supersedes {
        None => Transition::Issued(checked.observation),
        Some(_) => Transition::Corrected(checked.observation),
    };
    let draft = Draft {
        waits_for: WaitsFor::Review {
            fingerprint: hex::encode(asked.fingerprint),
            supersedes: supersedes.map(|hash| hex::encode(hash.as_bytes())),
        },
        audience,
        codes: codes(ctx, subject, transition, checked.handling, true),
        note: texts.note,
        generalised: told.map(|(_, pending)| Box::new(pending)),
    };
    (subject, draft)
}

async fn find(ctx: &Context, id: &ReviewId) -> Result<ReviewRecord, Error> {
    let found = ctx.store.review(id).await.map_err(unavailable)?;
    found.ok_or_else(|| {
        Error::new(
            ErrorCode::ReviewNotFound,
            "no such draft is or was in the review list",
        )
        .with_resource("review", id.to_string())
    })
}

fn shown_day(number: i32) -> Result<Day, Error> {
    day_from_number(number).ok_or_else(Error::internal)
}

fn is_over(ctx: &Context, held: &ReviewRecord) -> bool {
    held.last_day < day_number(ctx.today()) || held.body.is_none()
}

/// A waiting draft, read.
fn opened(ctx: &Context, held: &ReviewRecord) -> Result<Draft, Error> {
    if is_over(ctx, held) {
        return Err(closed(ReviewState::Expired));
    }
    let body = held.body.as_deref().unwrap_or_default();
    Draft::from_body(body).map_err(unreadable)
}

/// What a held draft holds is beyond this release.
pub(super) fn unreadable(problem: String) -> Error {
    tracing::error!(problem, "a waiting draft can't be read");
    Error::internal()
}

fn shown(ctx: &Context, held: &ReviewRecord) -> Result<Review, Error> {
    let draft = opened(ctx, held)?;
    let gated = draft.gate(ctx)?;
    let follows = draft.follows().map_err(unreadable)?;
    let told = draft.generalised_recipients(ctx)?;
    let observation = draft.observation().ok_or_else(Error::internal)?;
    let view = review::View {
        review: held.id,
        subject: held.subject,
        corrects: draft.supersedes(),
        held_at: held.held_at,
        until: shown_day(held.last_day)?,
        findings: gated.findings(),
        guard_version: verbund_guard::VERSION,
        observation,
        note: &draft.note,
        handling: draft.codes.handling,
        audience: &draft.audience,
        generalised: told.as_ref().zip(follows.as_ref().map(|it| &it.note)),
    };
    Ok(view.into())
}

/// The answer while a draft waits.
fn awaiting(
    ctx: &Context,
    id: &ReviewId,
    subject: SubjectId,
    last_day: i32,
    draft: &Draft,
    findings: &Findings,
) -> Result<PublishReceipt, Error> {
    Ok(PublishReceipt {
        awaiting_confirmation: draft.codes.handling.needs_second_coordinator(),
        awaiting_review: true,
        review: id.to_string(),
        review_until: shown_day(last_day)?.to_string(),
        findings: finding::told(findings),
        ..draft.receipt(ctx, subject)?
    })
}

fn awaiting_second(subject: SubjectId, audience: &Audience) -> PublishReceipt {
    PublishReceipt {
        subject: subject.to_string(),
        audience: audience.iter().map(ToString::to_string).collect(),
        awaiting_confirmation: true,
        ..PublishReceipt::default()
    }
}

/// What came of a draft that was confirmed before: it is published, or waits for its second coordinator.
async fn confirmed_before(
    ctx: &Arc<Context>,
    held: &ReviewRecord,
) -> Result<PublishReceipt, Error> {
    if let Some(first) = super::first_answer(ctx, &held.request).await? {
        return Ok(first);
    }
    let pending = ctx
        .store
        .pending(&held.subject)
        .await
        .map_err(unavailable)?;
    let draft = pending.and_then(|pending| Draft::from_pending(&pending).ok());
    let draft = draft.ok_or_else(|| closed(ReviewState::Confirmed))?;
    Ok(PublishReceipt {
        repeated_request: true,
        ..awaiting_second(held.subject, &draft.audience)
    })
}

fn closed(state: ReviewState) -> Error {
    let message = format!(
        "the draft does not wait for review any more: {}",
        state.as_str()
    );
    Error::new(ErrorCode::ReviewClosed, message).with_metadata("decision", state.as_str())
}

/// The id of the draft that a request brings: the same for the same request, so that a repetition finds it.
fn review_id(ctx: &Context, key: &RequestKey) -> ReviewId {
    let name = format!(
        "verbund review {} {} {} ",
        ctx.agency, key.method, key.caller
    );
    let hash = sha256(&[name.as_bytes(), key.id.as_bytes()].concat());
    ReviewId::from_hash(hash[..16].try_into().expect("half a hash has 16 bytes"))
}
