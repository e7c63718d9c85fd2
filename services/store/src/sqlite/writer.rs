//! The writer: two tasks, one that decides and one that commits.
//!
//! The planner takes jobs from a bounded queue and turns them into one batch of rows for as long as the committer is busy;
//! so a transaction is as large as the disk is slow, and signing and sealing go on while it flushes. The committer runs
//! the batch, and only then tells its callers.
//!
//! After the first error the committer stops for good, and everything that is queued or comes later is dropped unanswered:
//! callers learn [`Error::Poisoned`] from [`Shared::gone`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use verbund_model::SubjectId;

use super::lock::Lock;
use super::{script, sql};
use crate::error::{Error, Result};
use crate::limits;
use crate::plan::batch::{Acks, Batch};
use crate::plan::job::{Chunk, Job, Reply};
use crate::plan::lookup::Wanted;
use crate::plan::seen::SeenSubjects;
use crate::plan::{Memory, erase};
use crate::row::Cells;
use crate::shared::{Shared, Watchdog};
use crate::statement::{Lookup, Read, Script, Session, Value, columns};

/// Entries from which planning leaves the async threads: signing and sealing them takes longer than changing over.
const OFFLOAD_ENTRIES: usize = 16;
/// Pages of journal that are worth writing back, about 16 MiB: the hot ends of the trees are written once for all.
const JOURNAL_PAGES: u64 = 4096;
/// Pages at which the journal has to start again, 64 MiB: each reader looks through its index.
const JOURNAL_PAGES_MOST: i64 = 16_384;

/// How the journal stands.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Pages since it was last written back, about.
    pages: AtomicU64,
    full: Notify,
    restart: AtomicBool,
    /// One checkpoint at a time, so that the committer never waits for the other one.
    checkpoint: Mutex<()>,
}

/// What the planner hands to the committer.
enum Work {
    Commit {
        script: Script,
        acks: Acks,
        pages: u64,
    },
    Erase {
        chunk: Chunk,
        reply: Reply<u32>,
    },
}

/// Handed over together with the only permit: there is never more than one transaction under way.
type Handover = (Work, OwnedSemaphorePermit);

/// The tasks' futures; the store spawns and joins them.
pub(super) struct Writer {
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) planner: Planner,
    pub(super) committer: Committer,
}

pub(super) fn writer(
    shared: &Arc<Shared>,
    journal: &Arc<Journal>,
    lock: Lock,
    memory: Memory,
    reader: SqliteConnection,
    connection: SqliteConnection,
) -> Writer {
    let (jobs, queue) = mpsc::channel(limits::QUEUE_JOBS);
    let (work, handed_over) = mpsc::channel(1);
    let idle = Arc::new(Semaphore::new(1));
    Writer {
        jobs,
        planner: Planner {
            shared: Arc::clone(shared),
            idle: Arc::clone(&idle),
            state: Some(Box::new(State {
                memory,
                batch: Batch::default(),
            })),
            reader,
            queue,
            waiting: VecDeque::new(),
            weight: 0,
            work,
        },
        committer: Committer {
            shared: Arc::clone(shared),
            journal: Arc::clone(journal),
            idle,
            connection,
            handed_over,
            _lock: lock,
        },
    }
}

/// What planning changes; moved to another thread for large batches.
struct State {
    memory: Memory,
    batch: Batch,
}

pub(super) struct Planner {
    shared: Arc<Shared>,
    idle: Arc<Semaphore>,
    /// Only `None` while another thread plans.
    state: Option<Box<State>>,
    reader: SqliteConnection,
    queue: mpsc::Receiver<Job>,
    /// Taken from the queue, and not planned yet.
    waiting: VecDeque<Job>,
    /// Of the batch that is being planned.
    weight: usize,
    work: mpsc::Sender<Handover>,
}

/// Why the planner stops.
enum Stop {
    /// The committer has gone.
    Gone,
    /// The store has failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Planner {
    /// Plans until the queue is closed and empty, or the store fails.
    pub(super) async fn run(mut self) {
        let _watchdog = Watchdog(Arc::clone(&self.shared));
        if let Err(Stop::Failed(error)) = self.plan_all().await {
            self.idle.close();
            let error = match error {
                error @ (Error::Fatal { .. } | Error::DiskFull) => error,
                // A row that can't be true, where a decision depends on it.
                error => Error::fatal("plan a transaction", error),
            };
            drop(self.shared.fail(error));
        }
        if let Err(error) = self.reader.close().await {
            drop(self.shared.fail(Error::fatal("close", error)));
        }
    }

    async fn plan_all(&mut self) -> Result<(), Stop> {
        let mut open = true;
        loop {
            if self.waiting.is_empty() && self.batch().is_idle() {
                match self.queue.recv().await {
                    Some(job) => self.waiting.push_back(job),
                    None => return Ok(()),
                }
            }
            let (jobs, exclusive) = self.gather();
            if !jobs.is_empty() {
                self.plan(jobs).await?;
            }
            if let Some(job) = exclusive {
                self.run_alone(job).await?;
                continue;
            }
            if self.batch().is_idle() {
                continue;
            }
            let has_room = open && self.weight < limits::GROUP_ENTRIES;
            tokio::select! {
                biased;
                permit = self.permit() => self.hand_over(permit?).await?,
                job = self.queue.recv(), if has_room => match job {
                    Some(job) => self.waiting.push_back(job),
                    None => open = false,
                },
            }
        }
    }

    /// What fits into the batch, and the job that has to follow it alone.
    fn gather(&mut self) -> (Vec<Job>, Option<Job>) {
        let mut jobs = Vec::new();
        while self.weight < limits::GROUP_ENTRIES {
            let Some(job) = self
                .waiting
                .pop_front()
                .or_else(|| self.queue.try_recv().ok())
            else {
                break;
            };
            if job.is_exclusive() {
                return (jobs, Some(job));
            }
            self.weight += job.weight();
            jobs.push(job);
        }
        (jobs, None)
    }

    async fn plan(&mut self, jobs: Vec<Job>) -> Result<()> {
        let mut state = self.state.take().expect("nobody else plans");
        let mut wanted = Wanted::default();
        for job in &jobs {
            wanted.add(job, &state.memory);
        }
        let found = wanted
            .read(&mut self.reader, &self.shared.keys, &state.memory)
            .await?;
        let weight: usize = jobs.iter().map(Job::weight).sum();
        let plan = move || {
            let planned = state.memory.plan(jobs, &found, &mut state.batch);
            (state, planned)
        };
        let (state, planned) = if weight > OFFLOAD_ENTRIES {
            let planned = tokio::task::spawn_blocking(plan).await;
            planned.map_err(|error| Error::fatal("plan a transaction", error))?
        } else {
            plan()
        };
        self.state = Some(state);
        planned
    }

    /// A job that needs the transactions before it on the disk.
    async fn run_alone(&mut self, job: Job) -> Result<(), Stop> {
        if !self.batch().is_idle() {
            let permit = self.permit().await?;
            self.hand_over(permit).await?;
        }
        let permit = self.permit().await?;
        match job {
            Job::Erase { chunk, reply } => {
                self.send(Work::Erase { chunk, reply }, permit).await?;
            }
            job => {
                self.plan(vec![job]).await?;
                self.hand_over(permit).await?;
            }
        }
        // What is planned next may depend on rows that only the committer knew.
        drop(self.permit().await?);
        Ok(())
    }

    /// The committer's permit, when it has nothing to do any more.
    fn permit(&self) -> impl Future<Output = Result<OwnedSemaphorePermit, Stop>> + use<> {
        let permit = Arc::clone(&self.idle).acquire_owned();
        async { permit.await.map_err(|_| Stop::Gone) }
    }

    async fn hand_over(&mut self, permit: OwnedSemaphorePermit) -> Result<(), Stop> {
        let state = self.state.as_mut().expect("nobody else plans");
        state.memory.handed_over(&state.batch);
        let mut batch = std::mem::take(&mut state.batch);
        self.weight = 0;
        let work = Work::Commit {
            acks: batch.take_acks(),
            // About how many pages the journal grows by: only to know when it is time to write it back.
            pages: 10 + 2 * batch.rows() as u64,
            script: batch.into_script(),
        };
        self.send(work, permit).await
    }

    async fn send(&mut self, work: Work, permit: OwnedSemaphorePermit) -> Result<(), Stop> {
        self.work.send((work, permit)).await.map_err(|_| Stop::Gone)
    }

    fn batch(&self) -> &Batch {
        &self.state.as_ref().expect("nobody else plans").batch
    }
}

pub(super) struct Committer {
    shared: Arc<Shared>,
    journal: Arc<Journal>,
    idle: Arc<Semaphore>,
    connection: SqliteConnection,
    handed_over: mpsc::Receiver<Handover>,
    /// Let go when everything is written back.
    _lock: Lock,
}

impl Committer {
    /// Commits until the planner has gone, then writes the journal back; or until the store fails.
    pub(super) async fn run(mut self) {
        let _watchdog = Watchdog(Arc::clone(&self.shared));
        while let Some((work, permit)) = self.handed_over.recv().await {
            if self.shared.has_failed() {
                // Another task has found the disk bad: what is not flushed yet must not be acknowledged any more.
                return self.idle.close();
            }
            match work {
                Work::Commit {
                    script,
                    acks,
                    pages,
                } => match self.commit(script, pages).await {
                    Ok(()) => acks.done(),
                    Err(error) => acks.failed(&error),
                },
                Work::Erase { chunk, reply } => {
                    let done = self.erase(chunk).await;
                    reply.send(done.map_err(|error| self.shared.fail(error)));
                }
            }
            if self.shared.has_failed() {
                return self.idle.close();
            }
            if let Err(error) = self.restart_journal().await {
                drop(self.shared.fail(error));
                return self.idle.close();
            }
            drop(permit);
        }
        if !self.shared.has_failed() {
            self.finish().await;
        }
    }

    async fn commit(&mut self, script: Script, pages: u64) -> Result<()> {
        if script.is_empty() {
            return Ok(());
        }
        script::commit(script, &mut self.connection)
            .await
            .map_err(|error| self.shared.fail(engine_error("commit", error)))?;
        if self.shared.has_failed() {
            // Another task has found the disk bad meanwhile: its word on this flush is worth nothing.
            return Err(Error::Poisoned);
        }
        let before = self.journal.pages.fetch_add(pages, Ordering::Relaxed);
        if before + pages >= JOURNAL_PAGES {
            self.journal.full.notify_one();
        }
        Ok(())
    }

    async fn erase(&mut self, chunk: Chunk) -> Result<u32> {
        let is_last = chunk.is_last();
        let (erased, script) = erase::plan(&mut self.connection, &self.shared.keys, chunk).await?;
        if !script.is_empty() {
            script::commit(script, &mut self.connection)
                .await
                .map_err(|error| engine_error("erase", error))?;
        }
        if is_last {
            // The journal holds codes that have been deleted.
            let _alone = self.journal.checkpoint.lock().await;
            checkpoint(&mut self.connection, sql::CHECKPOINT_TRUNCATE).await?;
        }
        Ok(erased)
    }

    /// Under steady load the journal is never written back to its end and would grow for ever: between two transactions
    /// there is little left of it to write.
    async fn restart_journal(&mut self) -> Result<()> {
        if !self.journal.restart.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Ok(_alone) = self.journal.checkpoint.try_lock() else {
            return Ok(());
        };
        self.journal.restart.store(false, Ordering::Relaxed);
        checkpoint(&mut self.connection, sql::CHECKPOINT_RESTART)
            .await
            .map(drop)
    }

    async fn finish(mut self) {
        let _alone = self.journal.checkpoint.lock().await;
        let finished = async {
            checkpoint(&mut self.connection, sql::CHECKPOINT_TRUNCATE).await?;
            self.connection
                .close()
                .await
                .map_err(|error| engine_error("close", error))
        };
        if let Err(error) = finished.await {
            drop(self.shared.fail(error));
        }
    }
}

/// Writes the journal back off the writer's path, until the store is closed.
pub(super) async fn keep_journal_short(
    shared: Arc<Shared>,
    journal: Arc<Journal>,
    mut connection: SqliteConnection,
    closed: CancellationToken,
) {
    let _watchdog = Watchdog(Arc::clone(&shared));
    loop {
        tokio::select! {
            () = closed.cancelled() => break,
            () = journal.full.notified() => {}
        }
        let _alone = journal.checkpoint.lock().await;
        journal.pages.store(0, Ordering::Relaxed);
        match checkpoint(&mut connection, sql::CHECKPOINT_PASSIVE).await {
            Ok(pages) if pages > JOURNAL_PAGES_MOST => {
                journal.restart.store(true, Ordering::Relaxed)
            }
            Ok(_) => {}
            Err(error) => {
                drop(shared.fail(error));
                return;
            }
        }
    }
    if let Err(error) = connection.close().await {
        drop(shared.fail(engine_error("close", error)));
    }
}

/// Remembers all subjects of the database, until the store is closed; until then the planner looks each one up.
pub(super) async fn remember_subjects(
    shared: Arc<Shared>,
    mut connection: SqliteConnection,
    seen: Arc<SeenSubjects>,
    closed: CancellationToken,
) {
    let _watchdog = Watchdog(Arc::clone(&shared));
    let read = async {
        // In pieces: as long as a read goes on, the journal can't start again.
        let mut after = Vec::new();
        loop {
            let rows = sqlx::query(sql::SOME_SUBJECTS)
                .bind(&after)
                .fetch_all(&mut connection)
                .await;
            let rows = rows.map_err(|error| engine_error("read", error))?;
            for row in &rows {
                let subject =
                    SubjectId::from_bytes(Cells::new(row, "situation").bytes(0, "subject")?);
                seen.add(&subject);
                after = subject.as_bytes().to_vec();
            }
            if rows.is_empty() {
                seen.set_complete();
                return Ok(());
            }
        }
    };
    let read = tokio::select! {
        read = read => read,
        () = closed.cancelled() => Ok(()),
    };
    let closed = connection.close().await;
    let done = read.and(closed.map_err(|error| engine_error("close", error)));
    if let Err(error) = done {
        drop(shared.fail(error));
    }
}

/// Runs a checkpoint; gives the pages that the journal has.
async fn checkpoint(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64> {
    let done: (i64, i64, i64) = sqlx::query_as_with(sql, SqliteArguments::default())
        .fetch_one(connection)
        .await
        .map_err(|error| engine_error("write the journal back", error))?;
    Ok(done.1)
}

/// Any error of the engine is the end of the store; a full disk has its own name.
pub(super) fn engine_error(doing: &'static str, error: sqlx::Error) -> Error {
    /// `SQLITE_FULL`.
    const FULL: &str = "13";
    let full = error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code == FULL);
    match error {
        _ if full => Error::DiskFull,
        sqlx::Error::PoolClosed => Error::Closed,
        error => Error::fatal(doing, error),
    }
}

columns!(SqliteRow);

impl Session for SqliteConnection {
    type Row = SqliteRow;

    async fn read(&mut self, read: Read, values: Vec<Value>) -> Result<Vec<SqliteRow>> {
        rows(self, sql::read(read), script::arguments(values)).await
    }

    /// What is looked up has been asked of memory already.
    async fn may_know(&mut self, _subjects: Vec<Value>, _requests: Vec<Value>) -> Result<bool> {
        Ok(true)
    }

    async fn look_up(&mut self, lookup: Lookup, keys: Vec<Value>) -> Result<Vec<SqliteRow>> {
        let mut found = Vec::new();
        for (sql, args) in script::lookups(sql::look_up(lookup), keys) {
            found.extend(rows(self, sql, args).await?);
        }
        Ok(found)
    }
}

async fn rows(
    connection: &mut SqliteConnection,
    sql: &'static str,
    args: SqliteArguments,
) -> Result<Vec<SqliteRow>> {
    let rows = sqlx::query_with(sql, args).fetch_all(connection).await;
    rows.map_err(|error| engine_error("look up what a write depends on", error))
}
