//! The embedded engine: one SQLite file with one writer.
//!
//! - [`schema`]: settings, migrations; [`lock`]: one process at a time;
//! - [`writer`]: the queue, group commit, checkpoints; [`job`]: what can be asked of it;
//! - [`plan`]: the decisions, from [`seen`] and [`lookup`]; [`batch`] and [`script`]: rows and statements; [`erase`]: pieces of an erasure;
//! - [`read`]: everything that only reads; [`row`]: rows into records; [`sql`]: every statement.

mod batch;
mod erase;
mod job;
mod lock;
mod lookup;
mod plan;
mod read;
mod row;
mod schema;
mod script;
mod seen;
mod sql;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as SyncMutex};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use verbund_ledger::{FrameHash, LaneId, Outcome};
use verbund_model::{AgencyId, FederationId, SubjectId};

use self::job::{Chunk, Job, Reply};
use self::lock::Lock;
use self::plan::Memory;
use self::read::Reader;
use self::row::Cells;
use self::seen::{SeenRequests, SeenSubjects};
use self::writer::{Shared, engine_error};
use crate::entry::{FrameBytes, Limit, Seal, SealedEntry, StoredEntry};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::fatal::FatalSignal;
use crate::lane::{LaneRecord, NewLane};
use crate::publish::{PublishItem, PublishOutcome, RequestKey, RequestRecord};
use crate::receive::{Readmission, Received, ReceivedBatch};
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord, Usage};
use crate::situation::{Filter, Page, PageKey, SituationRecord};
use crate::{OpenOptions, Store, limits};

/// Connections that read: reads take a fraction of a millisecond, and there are few cores.
const READERS: u32 = 3;
/// How long a read waits for one of them. It is reached only when the disk no longer answers.
const READER_WAIT: Duration = Duration::from_secs(30);

/// The embedded engine.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    folder: PathBuf,
    shared: Arc<Shared>,
    reader: Reader,
    /// Taken away when the store is closed.
    jobs: SyncMutex<Option<mpsc::Sender<Job>>>,
    tasks: Mutex<JoinSet<()>>,
    closed: CancellationToken,
    /// One erasure at a time.
    erasing: Mutex<()>,
}

impl SqliteStore {
    /// Opens the database at a path; see [`crate::open`].
    pub(crate) async fn open(path: &str, options: OpenOptions) -> Result<Arc<Self>> {
        let database = parse_path(path)?;
        let folder = database.parent().unwrap_or(Path::new("")).to_owned();
        let (lock, keys) = blocking("open the store", {
            let database = database.clone();
            let entropy = Arc::clone(&options.entropy);
            move || {
                if let Some(folder) = database
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty())
                {
                    std::fs::create_dir_all(folder)
                        .map_err(|error| Error::fatal("make the folder of the store", error))?;
                }
                let lock = Lock::take(&database)?;
                schema::make_file(&database)?;
                Ok((lock, ErasureKeys::open(options.erasure_keys, entropy)?))
            }
        })
        .await?;
        let keys = Arc::new(keys);
        let mut connection = connect(schema::writer_options(&database)).await?;
        schema::check_engine(&mut connection).await?;
        schema::migrate(&mut connection).await?;
        let memory = remember(&mut connection, &keys, &options.entropy).await?;
        let seen = Arc::clone(&memory.seen_subjects);
        let subjects_reader = connect(schema::reader_options(&database)).await?;
        let planner_reader = connect(schema::reader_options(&database)).await?;
        let checkpointer = connect(schema::checkpointer_options(&database)).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(READER_WAIT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(schema::reader_options(&database));
        let shared = Arc::new(Shared::new(keys, options.fatal));
        let writer = writer::writer(&shared, lock, memory, planner_reader, connection);
        let closed = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.planner.run());
        tasks.spawn(writer.committer.run());
        tasks.spawn(writer::remember_subjects(
            Arc::clone(&shared),
            subjects_reader,
            seen,
            closed.clone(),
        ));
        tasks.spawn(writer::keep_journal_short(
            Arc::clone(&shared),
            checkpointer,
            closed.clone(),
        ));
        Ok(Arc::new(Self {
            folder,
            reader: Reader::new(readers, Arc::clone(&shared)),
            shared,
            jobs: SyncMutex::new(Some(writer.jobs)),
            tasks: Mutex::new(tasks),
            closed,
            erasing: Mutex::new(()),
        }))
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
        jobs.send(job(reply))
            .await
            .map_err(|_| self.shared.gone())?;
        answer.await.map_err(|_| self.shared.gone())?
    }

    /// Runs pieces of an erasure until one is not full.
    async fn erase_all(&self, chunk: Chunk) -> Result<u32> {
        let mut total = 0;
        loop {
            let erased = self.submit(|reply| Job::Erase { chunk, reply }).await?;
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
impl Store for SqliteStore {
    async fn claim(&self, federation: &FederationId, agency: &AgencyId) -> Result<u64> {
        self.submit(|reply| Job::Claim {
            federation: federation.clone(),
            agency: agency.clone(),
            reply,
        })
        .await
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

    async fn situation(&self, subject: &SubjectId) -> Result<Option<SituationRecord>> {
        self.reader.situation(subject).await
    }

    async fn history(&self, subject: &SubjectId) -> Result<Vec<StoredEntry>> {
        self.reader.history(subject).await
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

    async fn generalised_of(&self, subject: &SubjectId) -> Result<Option<SubjectId>> {
        self.reader.generalised_of(subject).await
    }

    async fn finish_erasures(&self) -> Result<u32> {
        let _alone = self.erasing.lock().await;
        let mut asked_for = self.reader.erasing().await?;
        // Where a crash came between the new key and the old one's end.
        for day in self.shared.keys.days_with_several() {
            if !asked_for.iter().any(|(asked, _)| *asked == day) {
                asked_for.push((day, 0));
            }
        }
        for (day, times) in &asked_for {
            let (day, times) = (*day, *times);
            let newest = self
                .with_keys(move |keys| keys.renew(day))
                .await?
                .generation;
            self.erase_all(Chunk::Reseal { day }).await?;
            self.with_keys(move |keys| keys.destroy_older(day, newest))
                .await?;
            self.submit(|reply| Job::Erase {
                chunk: Chunk::Done { day, times },
                reply,
            })
            .await?;
        }
        Ok(u32::try_from(asked_for.len()).expect("days are bounded"))
    }

    async fn erase_due(&self, today: i32) -> Result<u32> {
        let _alone = self.erasing.lock().await;
        self.with_keys(move |keys| keys.destroy_before(today))
            .await?;
        let erased = self.erase_all(Chunk::Due { today }).await?;
        self.erase_all(Chunk::Prune { today }).await?;
        Ok(erased)
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

    async fn put_charter(&self, charter: CharterRecord) -> Result<()> {
        self.submit(|reply| Job::PutCharter { charter, reply })
            .await
    }

    async fn disk_free(&self) -> Result<u64> {
        let folder = if self.folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            self.folder.clone()
        };
        let free = blocking("ask for free space", move || {
            let disk = rustix::fs::statvfs(&folder)
                .map_err(|error| Error::fatal("ask for free space", error))?;
            Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
        });
        free.await.map_err(|error| self.shared.fail(error))
    }

    fn commits(&self) -> watch::Receiver<u64> {
        self.shared.commits.subscribe()
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
        self.closed.cancel();
        // Readers first: the journal can only be emptied when nobody looks at it.
        self.reader.close().await;
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Without `close` the tasks finish by themselves; they must not be cut off in the middle.
        self.closed.cancel();
        self.tasks.get_mut().detach_all();
    }
}

/// The file that an address names.
fn parse_path(path: &str) -> Result<PathBuf> {
    let bad = |reason| Error::BadUrl {
        url: format!("sqlite:{path}"),
        reason,
    };
    let path = path.strip_prefix("//").unwrap_or(path);
    match path {
        "" => Err(bad("it names no file")),
        // It would be gone with its connection, and every connection would have its own.
        ":memory:" => Err(bad("it must name a file, memory keeps nothing")),
        _ if path.contains('?') => Err(bad("it takes no parameters")),
        _ => Ok(PathBuf::from(path)),
    }
}

async fn connect(options: sqlx::sqlite::SqliteConnectOptions) -> Result<SqliteConnection> {
    options
        .connect()
        .await
        .map_err(|error| engine_error("open the database", error))
}

/// Reads what the writer remembers.
async fn remember(
    connection: &mut SqliteConnection,
    keys: &Arc<ErasureKeys>,
    entropy: &Arc<dyn verbund_model::Entropy>,
) -> Result<Memory> {
    let failed = |error| engine_error("read the database", error);
    let position: i64 = sqlx::query_scalar(sql::LAST_POSITION)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let most = i64::try_from(seen::REQUESTS).expect("a small number");
    let requests = sqlx::query(sql::LAST_REQUESTS)
        .bind(most)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    let requests: Result<_> = requests
        .iter()
        .map(|row| Cells::new(row, "request").bytes(0, "request_id"))
        .collect();
    let mut memory = Memory::new(
        Arc::clone(keys),
        Arc::clone(entropy),
        Arc::new(SeenSubjects::new(position.unsigned_abs())),
        SeenRequests::new(requests?),
    );
    memory.position = position;
    let lanes = sqlx::query(sql::LANES)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    for row in &lanes {
        let (number, lane) = row::lane(row)?;
        if memory.lanes.add(lane) != number {
            return Err(Error::BadRow {
                table: "lane",
                column: "number",
                id: number.to_string(),
            });
        }
    }
    let meta: Option<(String, String, i64)> = sqlx::query_as(sql::META)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    memory.meta = meta
        .map(|(federation, agency, generation)| (federation, agency, generation.unsigned_abs()));
    let charter = sqlx::query(sql::CHARTER)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    memory.charter = charter.as_ref().map(row::charter).transpose()?;
    Ok(memory)
}

/// Runs something that touches the disk off the async threads.
async fn blocking<T: Send + 'static>(
    doing: &'static str,
    run: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(run).await;
    done.map_err(|error| Error::fatal(doing, error))?
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

#[cfg(test)]
mod tests;
