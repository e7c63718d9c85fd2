//! The trait over an engine: calls that read go to the [`Reader`], calls that write to the writer's queue.

use std::fmt::Debug;
use std::sync::{Arc, Mutex as SyncMutex};

use async_trait::async_trait;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::timeout;
use verbund_ledger::{FrameHash, LaneId, Outcome};
use verbund_model::{AgencyId, FederationId, ReviewId, SubjectId};

use crate::audit::AuditRecord;
use crate::entry::{FrameBytes, Limit, Seal, SealedEntry, StoredEntry};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::fatal::FatalSignal;
use crate::health::{Health, Traits};
use crate::hold::{Hold, HoldRecord, Take};
use crate::lane::{LaneRecord, NewLane};
use crate::marker::Standing;
use crate::plan::job::{Chunk, Job, Reply};
use crate::publish::{PublishItem, PublishOutcome, RequestKey, RequestRecord};
use crate::queue::{NewQueued, QueueCounts, QueueOutcome, QueuedRecord};
use crate::read::{Reader, Source};
use crate::receive::{Readmission, Received, ReceivedBatch};
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord, ShownRecord, Usage};
use crate::review::{Decision, HoldOutcome, NewReview, ReviewRecord};
use crate::shared::{Shared, blocking};
use crate::situation::{Filter, Page, PageKey, SituationRecord, StepCursor};
use crate::{Store, limits};

/// What engines do in ways of their own.
#[async_trait]
pub(crate) trait Backend: Debug + Send + Sync + 'static {
    type Source: Source;

    /// Held while keys are renewed or destroyed, so that replicas don't do that at the same time.
    type Erasing: Send;

    fn elsewhere(&self) -> watch::Receiver<u64>;
    fn health(&self) -> watch::Receiver<Health>;
    fn traits(&self) -> Traits;
    async fn keep_hold(&self, reader: &Reader<Self::Source>, hold: &Hold) -> Result<bool>;
    async fn erasing(&self) -> Result<Self::Erasing>;
    /// Ends the tasks, once the queue is closed.
    async fn close(&self);
    /// The same without waiting, for a store that is dropped: what was begun must not be cut off in the middle.
    fn abandon(&mut self);
}

/// A store on an engine.
#[derive(Debug)]
pub(crate) struct Front<B: Backend> {
    backend: B,
    reader: Reader<B::Source>,
    shared: Arc<Shared>,
    /// Taken away when the store is closed.
    jobs: SyncMutex<Option<mpsc::Sender<Job>>>,
    /// One erasure at a time.
    erasing: Mutex<()>,
}

impl<B: Backend> Front<B> {
    pub(crate) fn new(
        backend: B,
        source: B::Source,
        shared: Arc<Shared>,
        jobs: mpsc::Sender<Job>,
    ) -> Self {
        Self {
            backend,
            reader: Reader::new(source, Arc::clone(&shared)),
            shared,
            jobs: SyncMutex::new(Some(jobs)),
            erasing: Mutex::new(()),
        }
    }

    /// Queues a job and waits for its answer. From the moment it is queued it is done whether anybody waits or not.
    async fn submit<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T> {
        let jobs = self
            .jobs
            .lock()
            .expect("nothing panics while it holds the sender")
            .clone();
        let jobs = jobs.ok_or_else(|| self.shared.gone())?;
        if self.shared.has_failed() {
            return Err(Error::Poisoned);
        }
        let (reply, answer) = oneshot::channel();
        jobs.send(job(Reply::new(reply)))
            .await
            .map_err(|_| self.shared.gone())?;
        tokio::select! {
            answer = answer => answer.map_err(|_| self.shared.gone())?,
            reason = self.given_up() => Err(Error::Unavailable { reason }),
        }
    }

    /// Waits until the database has not been available for as long as a call waits for it; gives why.
    async fn given_up(&self) -> Arc<str> {
        let mut health = self.backend.health();
        loop {
            let away = health.wait_for(|health| *health != Health::Available).await;
            if away.map(drop).is_err() {
                // Nobody tells any more.
                std::future::pending::<()>().await;
            }
            let back = health.wait_for(|health| *health == Health::Available);
            let came_back = timeout(limits::UNAVAILABLE_WAIT, back).await.is_ok();
            if let Health::Unavailable { reason } = &*health.borrow()
                && !came_back
            {
                return Arc::clone(reason);
            }
        }
    }

    /// Runs a piece of an erasure.
    async fn erase(&self, chunk: Chunk) -> Result<u32> {
        self.submit(|reply| Job::Erase { chunk, reply }).await
    }

    /// Runs pieces of an erasure until one is not full.
    async fn erase_all(&self, chunk: Chunk) -> Result<u32> {
        let mut total = 0;
        loop {
            let erased = self.erase(chunk.clone()).await?;
            total += erased;
            if erased < limits::ERASE_ROWS {
                return Ok(total);
            }
        }
    }

    /// Does something to the folder of keys.
    async fn with_keys<T: Send + 'static>(
        &self,
        run: impl FnOnce(&ErasureKeys) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let keys = Arc::clone(&self.shared.keys);
        let done = blocking("change the erasure keys", move || run(&keys)).await;
        done.map_err(|error| self.shared.fail(error))
    }
}

#[async_trait]
impl<B: Backend> Store for Front<B> {
    async fn claim_above(
        &self,
        federation: &FederationId,
        agency: &AgencyId,
        above: u64,
    ) -> Result<u64> {
        self.submit(|reply| Job::Claim {
            federation: federation.clone(),
            agency: agency.clone(),
            above,
            reply,
        })
        .await
    }

    async fn standing(&self) -> Result<Standing> {
        self.reader.standing().await
    }

    async fn generation(&self) -> Result<u64> {
        self.reader.generation().await
    }

    async fn lanes(&self) -> Result<Vec<LaneRecord>> {
        self.reader.lanes().await
    }

    async fn open_lane(&self, lane: NewLane, opening: SealedEntry) -> Result<LaneRecord> {
        self.submit(|reply| Job::OpenLane {
            lane,
            opening,
            reply,
        })
        .await
    }

    async fn publish(
        &self,
        items: Vec<PublishItem>,
        seal: Arc<dyn Seal>,
    ) -> Result<Vec<PublishOutcome>> {
        bounded("publish", items.len(), limits::BATCH_ENTRIES)?;
        for pending in items.iter().filter_map(|item| item.pending.as_ref()) {
            bounded("a pending draft", pending.body.len(), limits::PENDING_BYTES)?;
        }
        self.submit(|reply| Job::Publish { items, seal, reply })
            .await
    }

    async fn receive(&self, batch: ReceivedBatch) -> Result<Received> {
        bounded("receive", batch.entries.len(), limits::BATCH_ENTRIES)?;
        self.submit(|reply| Job::Receive { batch, reply }).await
    }

    async fn stop_lane(&self, lane: &LaneId, reason: &str, alarm: Alarm) -> Result<()> {
        check_alarm(&alarm)?;
        self.submit(|reply| Job::StopLane {
            lane: *lane,
            reason: reason.to_owned(),
            alarm,
            reply,
        })
        .await
    }

    async fn entries(&self, lane: &LaneId, after: u64, limit: Limit) -> Result<Vec<StoredEntry>> {
        self.reader.entries(lane, after, limit).await
    }

    async fn frame_hash(&self, lane: &LaneId, sequence: u64) -> Result<Option<FrameHash>> {
        self.reader.frame_hash(lane, sequence).await
    }

    async fn frame(&self, lane: &LaneId, sequence: u64) -> Result<Option<FrameBytes>> {
        self.reader.frame(lane, sequence).await
    }

    async fn situation(
        &self,
        subject: &SubjectId,
        origin: Option<&AgencyId>,
    ) -> Result<Option<SituationRecord>> {
        self.reader.situation(subject, origin).await
    }

    async fn history(
        &self,
        subject: &SubjectId,
        origin: Option<&AgencyId>,
    ) -> Result<Vec<StoredEntry>> {
        self.reader.history(subject, origin).await
    }

    async fn steps(&self, subject: &SubjectId) -> Result<Vec<StoredEntry>> {
        self.reader.steps(subject).await
    }

    async fn steps_on(&self, subjects: &[SubjectId]) -> Result<Vec<StoredEntry>> {
        bounded("subjects", subjects.len(), limits::PAGE_ROWS as usize)?;
        self.reader.steps_on(subjects).await
    }

    async fn steps_after(
        &self,
        after: Option<StepCursor>,
        limit: u32,
    ) -> Result<Vec<(StepCursor, StoredEntry)>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.steps_after(after, limit).await
    }

    async fn erase_entries(&self, subject: &SubjectId, frames: Vec<FrameHash>) -> Result<u32> {
        bounded("erase_entries", frames.len(), limits::STEPS as usize)?;
        let subject = *subject;
        self.submit(|reply| Job::EraseSteps {
            subject,
            frames,
            reply,
        })
        .await
    }

    async fn situations(
        &self,
        filter: &Filter,
        before: Option<PageKey>,
        limit: u32,
    ) -> Result<Page<SituationRecord>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.situations(filter, before, limit).await
    }

    async fn situations_at(&self, keys: &[PageKey]) -> Result<Vec<SituationRecord>> {
        bounded("keys", keys.len(), limits::PAGE_ROWS as usize)?;
        self.reader.situations_at(keys).await
    }

    async fn request(&self, key: &RequestKey) -> Result<Option<RequestRecord>> {
        self.reader.request(key).await
    }

    async fn put_receipts(&self, receipts: Vec<ReceiptRecord>) -> Result<()> {
        bounded("put_receipts", receipts.len(), limits::RECEIPTS)?;
        self.submit(|reply| Job::PutReceipts { receipts, reply })
            .await
    }

    async fn receipts(&self) -> Result<Vec<ReceiptRecord>> {
        self.reader.receipts().await
    }

    async fn put_shown(&self, shown: Vec<ShownRecord>) -> Result<()> {
        bounded("put_shown", shown.len(), limits::SHOWN)?;
        self.submit(|reply| Job::PutShown { shown, reply }).await
    }

    async fn shown(&self, lane: &LaneId, sequence: u64) -> Result<Vec<ShownRecord>> {
        self.reader.shown(lane, sequence).await
    }

    async fn shown_of(&self, positions: &[i64]) -> Result<Vec<ShownRecord>> {
        bounded("entries", positions.len(), limits::PAGE_ROWS as usize)?;
        self.reader.shown_of(positions).await
    }

    async fn shown_at(
        &self,
        agency: &AgencyId,
        from_day: i32,
        after: Option<(LaneId, u64)>,
        limit: u32,
    ) -> Result<Vec<ShownRecord>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.shown_at(agency, from_day, after, limit).await
    }

    async fn exceptions(&self, lane: &LaneId) -> Result<Vec<(u64, Outcome)>> {
        self.reader.exceptions(lane).await
    }

    async fn unadmitted(
        &self,
        after: Option<(LaneId, u64)>,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.unadmitted(after, limit).await
    }

    async fn readmit(&self, items: Vec<Readmission>) -> Result<Vec<Arc<StoredEntry>>> {
        bounded("readmit", items.len(), limits::BATCH_ENTRIES)?;
        self.submit(|reply| Job::Readmit { items, reply }).await
    }

    async fn pending(&self, subject: &SubjectId) -> Result<Option<Pending>> {
        self.reader.pending(subject).await
    }

    async fn pending_due(&self, day: i32, limit: u32) -> Result<Vec<Pending>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.pending_due(day, limit).await
    }

    async fn pending_held(&self, limit: u32) -> Result<Vec<Pending>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.pending_held(limit).await
    }

    async fn put_pending(&self, pending: Pending) -> Result<()> {
        bounded("a pending draft", pending.body.len(), limits::PENDING_BYTES)?;
        self.submit(|reply| Job::PutPending { pending, reply })
            .await
    }

    async fn drop_pending(&self, subject: &SubjectId) -> Result<()> {
        let subject = *subject;
        self.submit(|reply| Job::DropPending { subject, reply })
            .await
    }

    async fn pending_count(&self) -> Result<u64> {
        self.reader.pending_count().await
    }

    async fn hold_review(&self, review: NewReview, audit: AuditRecord) -> Result<HoldOutcome> {
        bounded("a held draft", review.body.len(), limits::PENDING_BYTES)?;
        self.submit(|reply| Job::HoldReview {
            review,
            audit,
            reply,
        })
        .await
    }

    async fn decide_review(&self, decision: Decision) -> Result<bool> {
        if let Some(pending) = &decision.pending {
            bounded("a pending draft", pending.body.len(), limits::PENDING_BYTES)?;
        }
        self.submit(|reply| Job::DecideReview { decision, reply })
            .await
    }

    async fn review(&self, id: &ReviewId) -> Result<Option<ReviewRecord>> {
        self.reader.review(id).await
    }

    async fn reviews(&self) -> Result<Vec<ReviewRecord>> {
        self.reader.reviews().await
    }

    async fn review_count(&self) -> Result<u64> {
        self.reader.review_count().await
    }

    async fn enqueue(&self, queued: NewQueued) -> Result<QueueOutcome> {
        bounded("a queued update", queued.body.len(), limits::QUEUED_BYTES)?;
        self.submit(|reply| Job::Enqueue { queued, reply }).await
    }

    async fn queued(&self, subject: &SubjectId) -> Result<Option<QueuedRecord>> {
        self.reader.queued(subject).await
    }

    async fn queue(&self, after: i64, limit: u32) -> Result<Vec<QueuedRecord>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.queue(after, limit).await
    }

    async fn queue_counts(&self) -> Result<QueueCounts> {
        self.reader.queue_counts().await
    }

    async fn refuse_queued(&self, subject: &SubjectId) -> Result<bool> {
        let subject = *subject;
        self.submit(|reply| Job::RefuseQueued { subject, reply })
            .await
    }

    async fn drop_queued(&self, subject: &SubjectId) -> Result<bool> {
        let subject = *subject;
        self.submit(|reply| Job::DropQueued { subject, reply })
            .await
    }

    async fn put_audit(&self, record: AuditRecord) -> Result<()> {
        self.submit(|reply| Job::PutAudit { record, reply }).await
    }

    async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditRecord>> {
        bounded("a page", limit as usize, limits::PAGE_ROWS as usize)?;
        self.reader.audit(before, limit).await
    }

    async fn generalised_of(&self, subject: &SubjectId) -> Result<Option<SubjectId>> {
        self.reader.generalised_of(subject).await
    }

    async fn finish_erasures(&self) -> Result<u32> {
        let _alone = self.erasing.lock().await;
        let asked_for = self.reader.erasing().await?;
        let several = self.with_keys(|keys| Ok(keys.days_with_several())).await?;
        if asked_for.is_empty() && several.is_empty() {
            return Ok(0);
        }
        let _no_other_replica = self.backend.erasing().await?;
        // Another one may have finished it meanwhile.
        let mut asked_for = self.reader.erasing().await?;
        let several = self.with_keys(|keys| {
            keys.forget_destroyed()?;
            Ok(keys.days_with_several())
        });
        let several = several.await?;
        // Where a crash came between the new key and the old one's end.
        for day in several {
            if !asked_for.iter().any(|(asked, _)| *asked == day) {
                asked_for.push((day, 0));
            }
        }
        for (day, times) in &asked_for {
            let (day, times) = (*day, *times);
            let generation = self
                .with_keys(move |keys| keys.renew(day))
                .await?
                .generation;
            self.erase(Chunk::Renewed { day, generation }).await?;
            self.erase_all(Chunk::Reseal { day }).await?;
            self.with_keys(move |keys| keys.destroy_older(day, generation))
                .await?;
            self.erase(Chunk::Done { day, times }).await?;
        }
        Ok(u32::try_from(asked_for.len()).expect("days are bounded"))
    }

    async fn erase_due(&self, today: i32) -> Result<u32> {
        let _alone = self.erasing.lock().await;
        let _no_other_replica = self.backend.erasing().await?;
        self.with_keys(move |keys| keys.destroy_before(today))
            .await?;
        let erased = self.erase_all(Chunk::Due { today }).await?;
        self.erase_all(Chunk::Prune { today }).await?;
        Ok(erased)
    }

    async fn forget_readings(&self, before: i32) -> Result<u64> {
        let _alone = self.erasing.lock().await;
        let _no_other_replica = self.backend.erasing().await?;
        let (mut after, mut forgotten) = (0, 0);
        loop {
            let firsts = self.reader.readings_before(before, after).await?;
            if firsts.is_empty() && forgotten == 0 {
                return Ok(0);
            }
            after = firsts.last().copied().unwrap_or(after);
            forgotten += firsts.len() as u64;
            let piece = Chunk::Readings { firsts, before };
            let is_last = piece.is_last();
            self.erase(piece).await?;
            if is_last {
                return Ok(forgotten);
            }
        }
    }

    async fn usage(&self, origin: &AgencyId, day: i32) -> Result<Usage> {
        self.reader.usage(origin, day).await
    }

    async fn put_alarm(&self, alarm: Alarm) -> Result<()> {
        check_alarm(&alarm)?;
        self.submit(|reply| Job::PutAlarm { alarm, reply }).await
    }

    async fn alarms(&self, limit: u32) -> Result<Vec<Alarm>> {
        bounded("a page", limit as usize, limits::ALARMS as usize)?;
        self.reader.alarms(limit).await
    }

    async fn charter(&self) -> Result<Option<CharterRecord>> {
        self.reader.charter().await
    }

    async fn charter_after(&self, version: u32) -> Result<Option<CharterRecord>> {
        self.reader.charter_after(version).await
    }

    async fn put_charter(&self, charter: CharterRecord) -> Result<()> {
        self.submit(|reply| Job::PutCharter { charter, reply })
            .await
    }

    async fn take_hold(&self, name: &str, take: Take) -> Result<Option<Hold>> {
        self.submit(|reply| Job::TakeHold {
            name: name.into(),
            take,
            reply,
        })
        .await
    }

    async fn keep_hold(&self, hold: &Hold) -> Result<bool> {
        self.backend.keep_hold(&self.reader, hold).await
    }

    async fn release_hold(&self, hold: &Hold) -> Result<()> {
        self.submit(|reply| Job::ReleaseHold {
            hold: hold.clone(),
            reply,
        })
        .await
    }

    async fn holds(&self) -> Result<Vec<HoldRecord>> {
        self.reader.holds().await
    }

    fn elsewhere(&self) -> watch::Receiver<u64> {
        self.backend.elsewhere()
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.backend.health()
    }

    fn traits(&self) -> Traits {
        self.backend.traits()
    }

    fn fatal(&self) -> FatalSignal {
        self.shared.fatal()
    }

    async fn close(&self) {
        drop(
            self.jobs
                .lock()
                .expect("nothing panics while it holds the sender")
                .take(),
        );
        self.shared.close();
        // Readers first: SQLite's journal can only be emptied when nobody looks at it.
        self.reader.close().await;
        self.backend.close().await;
    }
}

impl<B: Backend> Drop for Front<B> {
    fn drop(&mut self) {
        self.backend.abandon();
    }
}

fn bounded(what: &'static str, number: usize, limit: usize) -> Result<()> {
    if number <= limit {
        Ok(())
    } else {
        Err(Error::TooMany { what, limit })
    }
}

fn check_alarm(alarm: &Alarm) -> Result<()> {
    let evidence = alarm.evidence.as_ref().map_or(0, Vec::len);
    bounded("an alarm's evidence", evidence, limits::EVIDENCE_BYTES)
}
