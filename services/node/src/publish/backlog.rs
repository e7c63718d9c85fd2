//! Updates that are acknowledged while the node does not sign, after a restore (ADR 0024).
//!
//! - An update that would be published is checked like any other, kept durably and answered as queued, under the subject that it will
//!   have. The same request gets the same subject again, before it is signed and after.
//! - Once the node signs, [`run`] signs what is queued in its order. Each leaves the queue in the transaction that makes it an entry, so
//!   that a crash loses and doubles nothing, and several replicas may be at it. Until nothing is left, and every replica has surely seen
//!   the end of the recovery, what a caller sends goes behind what it has queued.
//! - One that guard or charter don't allow any more stays, with an alarm, until it is withdrawn, a charter allows it, or its erasure day is
//!   over. None is dropped without an alarm but by whoever withdraws it.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info};
use verbund_guard::gate::Cleared;
use verbund_model::{RequestId, SubjectId};
use verbund_store::{
    Error as StoreError, NewQueued, PublishOutcome, QueueOutcome, QueuedRecord, RequestKey,
};
use verbund_wire::agency::{GetSituationResponse, PublishReceipt};
use verbund_wire::error::Error;

use super::draft::{Draft, WaitsFor};
use super::issue::{Content, held_subject};
use super::{Step, receipt, repeated, request_reused, store, unavailable};
use crate::context::Context;
use crate::database::if_available;
use crate::incidents;

/// How often it is looked whether the node signs by now, and what could not be signed is tried again.
const TICK: Duration = Duration::from_secs(1);
/// Updates that are read at once.
const PAGE: u32 = 256;
/// How long after a recovery another replica may not have seen its end: it looks each second.
const SETTLE: Duration = Duration::from_secs(30);

/// Whether anything may be queued.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    inner: Mutex<Inner>,
    /// Wakes the task that signs.
    pub(crate) wake: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// Nothing is queued, and nobody queues.
    clear: bool,
    /// When the node was last seen not to sign.
    recovering: Option<Instant>,
}

impl Backlog {
    /// Notes that the node does not sign.
    pub(crate) fn recovering(&self) {
        let mut inner = self.lock();
        inner.clear = false;
        inner.recovering = Some(Instant::now());
    }

    fn is_clear(&self) -> bool {
        self.lock().clear
    }

    fn last_recovering(&self) -> Option<Instant> {
        self.lock().recovering
    }

    /// Nothing was queued when it was looked last, which was begun when the node had last been seen not to sign at `recovering`.
    fn found_empty(&self, recovering: Option<Instant>) {
        let mut inner = self.lock();
        let settled = recovering.is_none_or(|seen| seen.elapsed() >= SETTLE);
        inner.clear = settled && inner.recovering == recovering;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("no code panics while it holds the backlog")
    }
}

/// What came of an update before it was published.
pub(super) enum Diverted {
    /// It is queued, or was before.
    Queued(PublishReceipt),
    /// It is to be published.
    No(Content<Cleared>),
}

/// Queues an update where it can't be signed now, or where others of before are still to be signed.
///
/// # Errors
/// The request was used with other content, or as many are queued as may be.
pub(super) async fn divert(
    ctx: &Arc<Context>,
    key: &RequestKey,
    fingerprint: [u8; 32],
    content: Content<Cleared>,
) -> Result<Diverted, Error> {
    if !ctx.recovery.is_on() && ctx.backlog.is_clear() {
        return Ok(Diverted::No(content));
    }
    // In this order: what leaves the queue is found among the answers.
    let first = match queued_before(ctx, key, &fingerprint).await? {
        Some(first) => Some(first),
        None => repeated(ctx, key, &fingerprint).await?,
    };
    if let Some(first) = first {
        return Ok(Diverted::Queued(first));
    }
    if !ctx.recovery.is_on() {
        let counts = ctx.store.queue_counts().await.map_err(unavailable)?;
        if counts.all == counts.refused {
            return Ok(Diverted::No(content));
        }
    }
    enqueue(ctx, key, fingerprint, content)
        .await
        .map(Diverted::Queued)
}

async fn enqueue(
    ctx: &Arc<Context>,
    key: &RequestKey,
    fingerprint: [u8; 32],
    content: Content<Cleared>,
) -> Result<PublishReceipt, Error> {
    let subject = held_subject(ctx, key);
    let waits_for = WaitsFor::Signing {
        caller: key.caller.clone(),
        method: key.method.clone(),
        request_id: key.id.to_string(),
        fingerprint: hex::encode(fingerprint),
    };
    let (draft, erasure_day) = content.wait(ctx, subject, waits_for);
    let queued = NewQueued {
        subject,
        erasure_day,
        body: draft.to_body(),
    };
    match ctx.store.enqueue(queued).await.map_err(unavailable)? {
        QueueOutcome::Queued => {
            ctx.backlog.wake.notify_one();
            answer(ctx, subject, &draft)
        }
        // As before there was a queue: the same request may be sent again later.
        QueueOutcome::Full => Err(crate::recovery::recovering()),
        QueueOutcome::Known => known(ctx, key, &fingerprint, subject).await,
    }
}

/// The answer to a request whose update was queued by a call at the same time, or is published by now.
async fn known(
    ctx: &Arc<Context>,
    key: &RequestKey,
    fingerprint: &[u8; 32],
    subject: SubjectId,
) -> Result<PublishReceipt, Error> {
    if let Some(first) = queued_before(ctx, key, fingerprint).await? {
        return Ok(first);
    }
    if let Some(first) = repeated(ctx, key, fingerprint).await? {
        return Ok(first);
    }
    // Its entry came back from a partner after another restore, which the request did not survive.
    let own = ctx.store.situation(&subject, Some(&ctx.agency)).await;
    let own = own.map_err(unavailable)?.ok_or_else(Error::internal)?;
    let lane = crate::follow::lane(ctx, &own.lane).await;
    let lane = lane.map_err(unavailable)?.ok_or_else(Error::internal)?;
    Ok(PublishReceipt {
        repeated_request: true,
        ..receipt(&own.latest.place(), &subject, &lane.audience, None)
    })
}

/// The answer to a request whose update is queued.
///
/// # Errors
/// It was used with other content.
pub(super) async fn queued_before(
    ctx: &Arc<Context>,
    key: &RequestKey,
    fingerprint: &[u8; 32],
) -> Result<Option<PublishReceipt>, Error> {
    if !ctx.recovery.is_on() && ctx.backlog.is_clear() {
        return Ok(None);
    }
    let subject = held_subject(ctx, key);
    let Some(draft) = queued(ctx, &subject).await? else {
        return Ok(None);
    };
    if draft.fingerprint() != Some(*fingerprint) {
        return Err(request_reused());
    }
    let first = answer(ctx, subject, &draft)?;
    Ok(Some(PublishReceipt {
        repeated_request: true,
        ..first
    }))
}

/// The queued update of a subject.
async fn queued(ctx: &Context, subject: &SubjectId) -> Result<Option<Draft>, Error> {
    let found = ctx.store.queued(subject).await.map_err(unavailable)?;
    let body = found.and_then(|queued| queued.body);
    let draft = body.map(|body| Draft::from_body(&body).map_err(super::review::unreadable));
    draft.transpose()
}

fn answer(ctx: &Context, subject: SubjectId, draft: &Draft) -> Result<PublishReceipt, Error> {
    Ok(PublishReceipt {
        queued: true,
        ..draft.receipt(ctx, subject)?
    })
}

/// A queued update, as the agency's own people see it.
///
/// # Errors
/// The store can't answer.
pub(crate) async fn shown(
    ctx: &Context,
    subject: &SubjectId,
) -> Result<Option<GetSituationResponse>, Error> {
    let Some(draft) = queued(ctx, subject).await? else {
        return Ok(None);
    };
    let unsent = draft.unsent(ctx, *subject).ok_or_else(Error::internal)?;
    Ok(Some(GetSituationResponse {
        situation: Some(unsent.into()),
        history: Vec::new(),
        queued: true,
    }))
}

/// Takes a queued update out of the queue, since it is withdrawn. Tells whether it was there and is not published.
pub(super) async fn withdraw(ctx: &Context, subject: &SubjectId) -> Result<bool, Error> {
    let dropped = ctx.store.drop_queued(subject).await.map_err(unavailable)?;
    if dropped {
        ctx.erasure.notify_one();
    }
    Ok(dropped)
}

/// Tells of queued updates whose day is over, or whose key is gone, and drops them: nobody can sign them any more.
///
/// # Errors
/// The store's.
pub(crate) async fn expire(ctx: &Context, today: i32) -> Result<(), StoreError> {
    if ctx.backlog.is_clear() {
        return Ok(());
    }
    let (mut after, mut gone) = (0, Vec::new());
    loop {
        let page = ctx.store.queue(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        let over = |it: &&QueuedRecord| it.erasure_day < today || it.body.is_none();
        gone.extend(page.iter().filter(over).map(|it| it.subject));
    }
    if !gone.is_empty() {
        // First the word, then the end of what it is about.
        incidents::queued_expired(ctx, gone.len()).await?;
    }
    for subject in gone {
        ctx.store.drop_queued(&subject).await?;
    }
    Ok(())
}

/// Signs what is queued whenever the node signs, until it stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), StoreError> {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            () = ctx.backlog.wake.notified() => {}
            _ = tick.tick() => {}
        }
        if !ctx.backlog.is_clear() && may_sign(&ctx) {
            if_available(sign_all(&ctx).await)?;
        }
    }
}

fn may_sign(ctx: &Context) -> bool {
    !ctx.stop.is_cancelled() && !ctx.recovery.is_on() && !ctx.disk.is_read_only()
}

/// What became of a queued update.
enum Signed {
    /// It is published; `bool`: by this call.
    Published(bool),
    /// It can't be, as it is.
    Stays,
    /// Not at the moment. What comes after it has to wait as well.
    NotNow,
}

/// Signs all that is queued, in its order.
async fn sign_all(ctx: &Arc<Context>) -> Result<(), StoreError> {
    let recovering = ctx.backlog.last_recovering();
    let (mut after, mut signed, mut left) = (0, 0_u64, 0_u64);
    'queue: loop {
        let page = ctx.store.queue(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for queued in page {
            if !may_sign(ctx) {
                left += 1;
                break 'queue;
            }
            match sign(ctx, queued).await? {
                Signed::Published(now) => signed += u64::from(now),
                Signed::Stays => left += 1,
                Signed::NotNow => {
                    left += 1;
                    break 'queue;
                }
            }
        }
    }
    if signed > 0 {
        info!(signed, left, "queued updates signed");
        ctx.due.notify_one();
    }
    if left == 0 {
        ctx.backlog.found_empty(recovering);
    }
    Ok(())
}

/// Signs one.
async fn sign(ctx: &Arc<Context>, queued: QueuedRecord) -> Result<Signed, StoreError> {
    let subject = queued.subject;
    let Some(body) = &queued.body else {
        // Its day is over; whoever forgets tells of it.
        return Ok(Signed::Stays);
    };
    let read = Draft::from_body(body).and_then(|draft| match request_of(&draft) {
        Some(request) => Ok((draft, request)),
        None => Err("no draft that waits for the signature".to_owned()),
    });
    let (draft, request) = match read {
        Ok(read) => read,
        Err(problem) => {
            error!(problem, "a queued update can't be read");
            return refuse(ctx, &queued, "this release, which can't read it").await;
        }
    };
    let note = match draft.cleared(ctx) {
        Ok(note) => note,
        Err(objection) => return refuse(ctx, &queued, &objection.words()).await,
    };
    let request = (Some(request), draft.fingerprint().unwrap_or_default());
    let step = Step {
        dequeues: true,
        ..draft.into_step(subject, request, note, queued.erasure_day)
    };
    match store(ctx, step).await {
        Ok(PublishOutcome::Stored { .. }) => Ok(Signed::Published(true)),
        // By another replica, or taken back since it was read.
        Ok(PublishOutcome::NotQueued) => Ok(Signed::Published(false)),
        // In a backup that was made while it was queued, and signed since.
        Ok(PublishOutcome::SubjectExists | PublishOutcome::Repeated { .. }) => {
            ctx.store.drop_queued(&subject).await?;
            ctx.erasure.notify_one();
            Ok(Signed::Published(false))
        }
        Ok(_) => refuse(ctx, &queued, "a request of the same id with other content").await,
        Err(problem) => {
            let reason = problem.code().reason();
            error!(reason, "a queued update could not be signed now");
            Ok(Signed::NotNow)
        }
    }
}

/// Which request brought it.
fn request_of(draft: &Draft) -> Option<RequestKey> {
    let WaitsFor::Signing {
        caller,
        method,
        request_id,
        ..
    } = &draft.waits_for
    else {
        return None;
    };
    Some(RequestKey {
        caller: caller.clone(),
        method: method.clone(),
        id: RequestId::parse(request_id).ok()?,
    })
}

/// Tells once that a queued update can't go as it is.
async fn refuse(
    ctx: &Context,
    queued: &QueuedRecord,
    objection: &str,
) -> Result<Signed, StoreError> {
    if !queued.refused {
        incidents::queued_refused(ctx, &queued.subject, objection).await?;
        ctx.store.refuse_queued(&queued.subject).await?;
    }
    Ok(Signed::Stays)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_clear_once_nobody_can_queue_any_more() {
        let backlog = Backlog::default();
        assert!(!backlog.is_clear(), "nobody has looked yet");
        backlog.found_empty(backlog.last_recovering());
        assert!(backlog.is_clear());
        backlog.recovering();
        assert!(!backlog.is_clear());
        let recovering = backlog.last_recovering();
        backlog.found_empty(recovering);
        assert!(!backlog.is_clear(), "another replica may not have heard");
        let earlier = Instant::now().checked_sub(2 * SETTLE);
        backlog.lock().recovering = earlier;
        backlog.found_empty(recovering);
        assert!(!backlog.is_clear(), "it began anew in between");
        backlog.found_empty(earlier);
        assert!(backlog.is_clear());
    }
}
