//! The embedded engine.
use crate::*;
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::watch;
use verbund_ledger::{FrameHash, LaneId, Outcome};
use verbund_model::{AgencyId, FederationId, SubjectId};
#[derive(Debug)]
pub(crate) struct SqliteStore {
    fatal: FatalSignal,
    commits: watch::Sender<u64>,
}
impl SqliteStore {
    pub(crate) async fn open(_path: &str, options: OpenOptions) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            fatal: options.fatal,
            commits: watch::Sender::new(0),
        }))
    }
}
#[async_trait]
impl Store for SqliteStore {
    async fn claim(&self, _: &FederationId, _: &AgencyId) -> Result<u64> {
        Err(Error::Closed)
    }
    async fn lanes(&self) -> Result<Vec<LaneRecord>> {
        Err(Error::Closed)
    }
    async fn open_lane(&self, _: NewLane, _: SealedEntry) -> Result<LaneRecord> {
        Err(Error::Closed)
    }
    async fn publish(&self, _: Vec<PublishItem>, _: Arc<dyn Seal>) -> Result<Vec<PublishOutcome>> {
        Err(Error::Closed)
    }
    async fn receive(&self, _: ReceivedBatch) -> Result<Received> {
        Err(Error::Closed)
    }
    async fn stop_lane(&self, _: &LaneId, _: &str, _: Alarm) -> Result<()> {
        Err(Error::Closed)
    }
    async fn entries(&self, _: &LaneId, _: u64, _: Limit) -> Result<Vec<StoredEntry>> {
        Err(Error::Closed)
    }
    async fn frame_hash(&self, _: &LaneId, _: u64) -> Result<Option<FrameHash>> {
        Err(Error::Closed)
    }
    async fn frame(&self, _: &LaneId, _: u64) -> Result<Option<FrameBytes>> {
        Err(Error::Closed)
    }
    async fn situation(&self, _: &SubjectId) -> Result<Option<SituationRecord>> {
        Err(Error::Closed)
    }
    async fn history(&self, _: &SubjectId) -> Result<Vec<StoredEntry>> {
        Err(Error::Closed)
    }
    async fn situations(
        &self,
        _: &Filter,
        _: Option<PageKey>,
        _: u32,
    ) -> Result<Page<SituationRecord>> {
        Err(Error::Closed)
    }
    async fn request(&self, _: &RequestKey) -> Result<Option<RequestRecord>> {
        Err(Error::Closed)
    }
    async fn put_receipts(&self, _: Vec<ReceiptRecord>) -> Result<()> {
        Err(Error::Closed)
    }
    async fn receipts(&self) -> Result<Vec<ReceiptRecord>> {
        Err(Error::Closed)
    }
    async fn exceptions(&self, _: &LaneId) -> Result<Vec<(u64, Outcome)>> {
        Err(Error::Closed)
    }
    async fn unadmitted(&self, _: Option<(LaneId, u64)>, _: u32) -> Result<Vec<StoredEntry>> {
        Err(Error::Closed)
    }
    async fn readmit(&self, _: Vec<Readmission>) -> Result<Vec<Arc<StoredEntry>>> {
        Err(Error::Closed)
    }
    async fn pending(&self, _: &SubjectId) -> Result<Option<Pending>> {
        Err(Error::Closed)
    }
    async fn pending_due(&self, _: i32, _: u32) -> Result<Vec<Pending>> {
        Err(Error::Closed)
    }
    async fn put_pending(&self, _: Pending) -> Result<()> {
        Err(Error::Closed)
    }
    async fn drop_pending(&self, _: &SubjectId) -> Result<()> {
        Err(Error::Closed)
    }
    async fn pending_count(&self) -> Result<u64> {
        Err(Error::Closed)
    }
    async fn generalised_of(&self, _: &SubjectId) -> Result<Option<SubjectId>> {
        Err(Error::Closed)
    }
    async fn finish_erasures(&self) -> Result<u32> {
        Err(Error::Closed)
    }
    async fn erase_due(&self, _: i32) -> Result<u32> {
        Err(Error::Closed)
    }
    async fn usage(&self, _: &AgencyId, _: i32) -> Result<Usage> {
        Err(Error::Closed)
    }
    async fn put_alarm(&self, _: Alarm) -> Result<()> {
        Err(Error::Closed)
    }
    async fn alarms(&self, _: u32) -> Result<Vec<Alarm>> {
        Err(Error::Closed)
    }
    async fn charter(&self) -> Result<Option<CharterRecord>> {
        Err(Error::Closed)
    }
    async fn put_charter(&self, _: CharterRecord) -> Result<()> {
        Err(Error::Closed)
    }
    async fn disk_free(&self) -> Result<u64> {
        Err(Error::Closed)
    }
    fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }
    fn fatal(&self) -> FatalSignal {
        self.fatal.clone()
    }
    async fn close(&self) {}
}
