//! The way of an own update from its draft to stable storage.
//!
//! - [`issue`], [`change`], [`confirm`]: what callers ask for. All checks are done here, before anything is stored or sent.
//! - [`queue`]: gathers what many callers ask for at once into batches, one flush for each.
//! - [`seal`]: makes and signs the frames of a batch, chained to the lane's head.
//! - [`review`]: the list of what the guard wants looked at;
//! - [`awaiting`]: the list of what waits for a second coordinator;
//! - [`backlog`]: what is acknowledged while the node does not sign;
//! - [`draft`]: drafts that wait, for review, for a second coordinator or for the next day; [`due`] issues them when their day has
//!   come.
//!
//! A [`Step`] holds texts that have come through the guard's gate, and no others.

pub(crate) mod awaiting;
pub(crate) mod backlog;
pub(crate) mod change;
pub(crate) mod confirm;
pub(crate) mod draft;
pub(crate) mod due;
pub(crate) mod issue;
pub(crate) mod queue;
pub(crate) mod review;
pub(crate) mod seal;

use std::sync::Arc;
use std::time::Instant;

use verbund_guard::gate::{Cleared, Gated, Path, Texts, Unguarded};
use verbund_ledger::{Committed, FrameHash, LaneId};
use verbund_model::{AgencyId, Audience, Handling, RequestId, ReviewId, SubjectId};
use verbund_store::{
    AuditRecord, Condition, Pending, Position, PublishItem, PublishOutcome, RequestKey,
};
use verbund_wire::agency::PublishReceipt;
use verbund_wire::convert::codes::{self, Codes, Kind};
use verbund_wire::convert::text::{self, Text};
use verbund_wire::convert::{etag, situation};
use verbund_wire::error::{Error, ErrorCode};

pub(crate) use issue::sha256;

use crate::admission;
use crate::caller::Caller;
use crate::context::Context;
use crate::metrics::{Side, Stage};

/// One step on a subject, checked, and ready to become an entry.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) request: Option<RequestKey>,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) audience: Audience,
    pub(crate) subject: SubjectId,
    pub(crate) condition: Condition,
    /// The frames that it builds on.
    pub(crate) parents: Vec<FrameHash>,
    /// What kind of entry it is.
    pub(crate) kind: Kind,
    /// Who opened the subject, where several agencies may speak on it.
    pub(crate) owner: Option<AgencyId>,
    pub(crate) text: Text<Cleared>,
    pub(crate) handling: Handling,
    pub(crate) reviewed: bool,
    /// In days since 1970-01-01.
    pub(crate) erasure_day: i32,
    /// A draft to be kept with it.
    pub(crate) pending: Option<Pending>,
    pub(crate) generalised: Option<SubjectId>,
    /// The waiting draft that this is made of, as it was read.
    pub(crate) consumes_pending: Option<Pending>,
    /// The held draft that this is.
    pub(crate) confirms: Option<ReviewId>,
    /// It leaves the queue of what could not be signed when it came.
    pub(crate) dequeues: bool,
    /// What the audit log tells of it.
    pub(crate) audit: Vec<AuditRecord>,
}

/// Puts a step into its lane and waits until it is on stable storage.
pub(crate) async fn store(ctx: &Arc<Context>, step: Step) -> Result<PublishOutcome, Error> {
    ctx.recovery.may_sign()?;
    let in_force = ctx.charter.in_force();
    let codes = Codes {
        charter_version: in_force.charter.version(),
        guard_version: verbund_guard::VERSION.to_owned(),
        subject: step.subject,
        parents: step.parents,
        created_at: ctx.clock.now(),
        reviewed: step.reviewed,
        handling: step.handling,
        owner: step.owner,
        kind: step.kind,
    };
    let mut item = PublishItem {
        request: step.request,
        fingerprint: step.fingerprint,
        lane: LaneId::ZERO,
        subject: step.subject,
        condition: step.condition,
        projection: admission::project(&ctx.agency, &codes),
        erases: admission::erases(&codes),
        codes: Committed::new(codes::encode(&codes), ctx.entropy.as_ref()),
        text: Committed::new(text::encode(step.text), ctx.entropy.as_ref()),
        erasure_day: step.erasure_day,
        pending: step.pending,
        generalised: step.generalised,
        consumes_pending: step.consumes_pending,
        confirms: step.confirms,
        dequeues: step.dequeues,
        audit: step.audit,
    };
    let started = Instant::now();
    // A partner may stop the lane in between; then a successor is chosen. The day's bound on successors bounds this.
    loop {
        let lane = crate::succession::own_lane(ctx, &step.audience).await;
        item.lane = lane.map_err(unavailable)?.id;
        if let Some(outcome) = ctx.queue.publish(item.clone()).await? {
            ctx.metrics.publish_stage(Stage::Commit, started.elapsed());
            return Ok(outcome);
        }
    }
}

/// Refuses what can't be taken right now.
pub(crate) fn ready(ctx: &Context) -> Result<(), Error> {
    ctx.recovery.may_sign()?;
    takes(ctx)
}

/// Refuses what can't even be kept until it can be signed.
fn takes(ctx: &Context) -> Result<(), Error> {
    not_stopping(ctx)?;
    has_room(ctx)
}

fn not_stopping(ctx: &Context) -> Result<(), Error> {
    if ctx.stop.is_cancelled() {
        return Err(Error::new(ErrorCode::Stopping, "the node is stopping"));
    }
    Ok(())
}

fn has_room(ctx: &Context) -> Result<(), Error> {
    if ctx.disk.is_read_only() {
        let message = "the disk is down to its reserve: the node reads and takes nothing new until there is room";
        return Err(Error::new(ErrorCode::DiskReserve, message));
    }
    Ok(())
}

/// Gives a caller's texts to the guard, and counts what it finds.
pub(crate) fn gate<X: Texts<Unguarded>>(
    ctx: &Context,
    at: &Path<'_>,
    texts: X,
) -> Gated<X::Of<Cleared>> {
    let started = Instant::now();
    let gated = ctx.charter.in_force().guard.gate(at, texts);
    ctx.metrics.publish_stage(Stage::Guard, started.elapsed());
    for found in &gated.findings().told {
        ctx.metrics.finding(found.finding.class, Side::Sender);
    }
    gated
}

pub(crate) fn request_key(caller: &Caller, method: &str, id: &str) -> Result<RequestKey, Error> {
    let id = RequestId::parse(id).map_err(|error| {
        Error::field(
            "request_id",
            "INVALID_REQUEST_ID",
            format!("{error}; a UUIDv7 of the caller's making"),
        )
    })?;
    Ok(RequestKey {
        caller: caller.name.clone(),
        method: method.to_owned(),
        id,
    })
}

fn subject(id: &str) -> Result<SubjectId, Error> {
    SubjectId::parse(id).map_err(|error| Error::field("subject", "INVALID_ID", error.to_string()))
}

fn receipt(
    position: &Position,
    subject: &SubjectId,
    audience: &Audience,
    generalised: Option<&Audience>,
) -> PublishReceipt {
    let names = |audience: &Audience| audience.iter().map(ToString::to_string).collect();
    PublishReceipt {
        subject: subject.to_string(),
        etag: etag::to_wire(&position.hash),
        audience: names(audience),
        generalised_audience: generalised.map(names).unwrap_or_default(),
        position: Some(situation::position(
            &position.lane,
            position.sequence,
            &position.hash,
        )),
        ..PublishReceipt::default()
    }
}

pub(crate) fn request_reused() -> Error {
    Error::new(
        ErrorCode::RequestIdReused,
        "this request id was used before with other content",
    )
    .with_resource("request", "request_id")
}

fn stale(latest: &FrameHash) -> Error {
    Error::new(
        ErrorCode::StaleEtag,
        "there is a newer version; read it and decide again",
    )
    .with_metadata("latest_etag", etag::to_wire(latest))
}

fn too_many_versions() -> Error {
    Error::new(
        ErrorCode::TooManyVersions,
        "the update was corrected as often as it may be; withdraw it and publish another",
    )
}

/// The first answer to a request that was answered before: what it changed may have moved on since.
async fn repeated(
    ctx: &Arc<Context>,
    key: &RequestKey,
    fingerprint: &[u8; 32],
) -> Result<Option<PublishReceipt>, Error> {
    let Some(first) = ctx.store.request(key).await.map_err(unavailable)? else {
        return Ok(None);
    };
    if first.matches(fingerprint) == Some(false) {
        return Err(request_reused());
    }
    first_answer(ctx, key).await
}

/// What a request was answered with, whoever asks for it.
async fn first_answer(
    ctx: &Arc<Context>,
    key: &RequestKey,
) -> Result<Option<PublishReceipt>, Error> {
    let Some(first) = ctx.store.request(key).await.map_err(unavailable)? else {
        return Ok(None);
    };
    let lane = crate::follow::lane(ctx, &first.position.lane).await;
    let lane = lane.map_err(unavailable)?.ok_or_else(Error::internal)?;
    let answer = receipt(&first.position, &first.subject, &lane.audience, None);
    Ok(Some(PublishReceipt {
        repeated_request: true,
        ..answer
    }))
}

/// A store that did not do what it was asked.
pub(crate) fn unavailable(error: verbund_store::Error) -> Error {
    use verbund_store::Error as Store;
    if let Store::Unavailable { .. } = error {
        // Told once by whoever watches the database, not for each call.
        return Error::new(
            ErrorCode::StoreUnavailable,
            "the node's database does not answer; whether this was stored may not be known: send it again",
        );
    }
    tracing::error!(
        error = crate::text::chain(&error),
        "the store could not do what it was asked"
    );
    match error {
        Store::Fatal { .. } | Store::DiskFull | Store::Poisoned | Store::Closed => Error::new(
            ErrorCode::Stopping,
            "the node's store has failed; nothing was acknowledged",
        ),
        _ => Error::internal(),
    }
}
