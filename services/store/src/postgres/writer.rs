//! The writer: takes what waits, takes the turn, decides, writes, commits, and only then tells its callers.
//!
//! Replicas take turns at the row of `meta`: whoever has it is the only one who writes, so decisions are made from the truth.
//! One turn for each batch. What is remembered from the last turn holds if nobody had one in between, which the row's edition
//! tells; otherwise it is read anew.
//!
//! A connection that is lost takes nothing along: before the commit was asked for, the batch is planned and run again; after,
//! the next turn begins with the question what became of it. Getting the turn means that it is decided.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgConnection;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use verbund_ledger::FrameHash;

use super::connect::{Database, Server, engine_error, unavailable};
use super::news::News;
use super::sql;
use super::turn::{Turn, arguments};
use crate::error::{Error, Result};
use crate::limits;
use crate::plan::batch::{Acks, Batch};
use crate::plan::job::Job;
use crate::plan::lookup::{Found, Wanted};
use crate::plan::{Memory, erase};
use crate::shared::{Shared, Watchdog};
use crate::statement::{Columns, Script, Value};

/// Entries from which planning leaves the async threads: signing and sealing them takes longer than changing over.
const OFFLOAD_ENTRIES: usize = 16;
/// How long callers wait while the database has been away before they came.
const AWAY_WAIT: Duration = Duration::from_secs(1);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MOST: Duration = Duration::from_millis(500);

pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) database: Database,
    pub(super) news: Arc<News>,
    pub(super) queue: mpsc::Receiver<Job>,
    /// Only `None` while another thread plans.
    pub(super) memory: Option<Box<Memory>>,
    pub(super) connection: Option<PgConnection>,
    /// When the server of that had started.
    pub(super) started: String,
    /// Of the last turn, when what is remembered is from it.
    pub(super) edition: Option<i64>,
    /// Taken from the queue, but to be done alone.
    pub(super) next: Option<Job>,
}

/// A transaction whose commit was asked for and not answered.
struct Doubt {
    traces: Traces,
    acks: Acks,
}

/// What a transaction can be found by.
#[derive(Clone)]
struct Traces {
    transaction: String,
    /// When the server that gave that number had started.
    started: String,
    /// The first of its entries, with its place: proof that it is there.
    proof: Option<(i64, FrameHash)>,
}

impl Writer {
    /// Writes until the queue is closed and empty, or the store fails.
    pub(super) async fn run(mut self) {
        let _watchdog = Watchdog(Arc::clone(&self.shared));
        while let Some(first) = self.first().await {
            let jobs = self.gather(first);
            if let Err(error) = self.settle(jobs).await {
                let error = match error {
                    error @ Error::Fatal { .. } => error,
                    // A row that can't be true, where a decision depends on it.
                    error => Error::fatal("run a transaction", error),
                };
                drop(self.shared.fail(error));
                return;
            }
        }
        if let Some(connection) = self.connection.take() {
            // The server ends a session that is not taken leave of as well.
            drop(sqlx::Connection::close(connection).await);
        }
    }

    async fn first(&mut self) -> Option<Job> {
        match self.next.take() {
            Some(job) => Some(job),
            None => self.queue.recv().await,
        }
    }

    /// What fits into one transaction.
    fn gather(&mut self, first: Job) -> Vec<Job> {
        let mut weight = first.weight();
        let alone = first.is_exclusive();
        let mut jobs = vec![first];
        while !alone && weight < limits::GROUP_ENTRIES {
            let Ok(job) = self.queue.try_recv() else {
                break;
            };
            if job.is_exclusive() {
                self.next = Some(job);
                break;
            }
            weight += job.weight();
            jobs.push(job);
        }
        jobs
    }

    /// Does jobs, however often the connection is lost; tells their callers when that takes too long.
    async fn settle(&mut self, jobs: Vec<Job>) -> Result<()> {
        let patience = if self.news.is_available() {
            limits::UNAVAILABLE_WAIT
        } else {
            AWAY_WAIT
        };
        let since = Instant::now();
        let mut pause = PAUSE;
        let mut doubt = None;
        loop {
            let error = match self.attempt(&jobs, &mut doubt).await {
                Ok(()) => {
                    self.news.available();
                    return Ok(());
                }
                Err(error @ Error::Unavailable { .. }) => error,
                Err(error) => return Err(error),
            };
            self.connection = None;
            self.edition = None;
            self.news.making(0);
            self.news.unavailable(&error);
            if since.elapsed() >= patience || self.shared.is_closed() {
                jobs.iter().for_each(|job| job.refuse(&error));
                return Ok(());
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MOST);
        }
    }

    async fn attempt(&mut self, jobs: &[Job], doubt: &mut Option<Doubt>) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        self.turn(&mut connection, jobs, doubt).await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn connect(&mut self) -> Result<PgConnection> {
        let connected = self.database.connect_to_write().await;
        let (connection, server): (PgConnection, Server) =
            connected.map_err(|error| match error {
                // It was suitable when the store was opened: somebody is at it.
                Error::Unsuitable(reason) => unavailable(&reason),
                error => error,
            })?;
        self.news.connected(&server);
        self.started.clone_from(&server.started);
        Ok(connection)
    }

    async fn turn(
        &mut self,
        connection: &mut PgConnection,
        jobs: &[Job],
        doubt: &mut Option<Doubt>,
    ) -> Result<()> {
        let mut turn = Turn(connection);
        let taken = match turn.take().await? {
            Some(taken) => Some(taken),
            None => turn.take_first().await?,
        };
        let (edition, transaction) = taken.ok_or(Error::BadRow {
            table: "meta",
            column: "only_row",
            id: "1".to_owned(),
        })?;
        if let Some(lost) = doubt.as_ref().map(|lost| lost.traces.clone()) {
            let fate = fate_of(&mut turn, lost, &self.started).await?;
            if fate == Fate::Committed {
                // This commit waits for the standbys that the lost one may not have waited for.
                turn.execute(sql::COMMIT).await?;
                self.news.committed(edition);
                doubt.take().into_iter().for_each(|lost| lost.acks.done());
                return Ok(());
            }
            *doubt = None;
            if fate == Fate::Unknown {
                // The question has ended this transaction.
                return Err(unavailable("a transaction was lost in a failover"));
            }
        }
        if self.edition != Some(edition - 1) {
            let others = self.edition.take().is_some();
            self.memory_mut().refresh(&mut turn).await?;
            if others {
                self.news.elsewhere(edition - 1);
            }
        }
        // Only a turn that is committed leaves a memory behind that holds.
        self.edition = None;
        let (script, acks, proof) = self.plan(&mut turn, jobs).await?;
        if script.is_empty() {
            turn.execute(sql::ROLLBACK).await?;
            self.edition = Some(edition - 1);
            acks.done();
            return Ok(());
        }
        turn.run(script).await?;
        let traces = Traces {
            transaction,
            started: self.started.clone(),
            proof,
        };
        *doubt = Some(Doubt { traces, acks });
        self.news.making(edition);
        turn.execute(sql::COMMIT).await?;
        self.edition = Some(edition);
        self.memory_mut().settled();
        self.news.committed(edition);
        doubt.take().into_iter().for_each(|sure| sure.acks.done());
        Ok(())
    }

    /// What the jobs come to.
    async fn plan(
        &mut self,
        turn: &mut Turn<'_>,
        jobs: &[Job],
    ) -> Result<(Script, Acks, Option<(i64, FrameHash)>)> {
        let mut batch = Batch::default();
        if let [Job::Erase { chunk, reply }] = jobs {
            let (rows, script) = erase::plan(turn, &self.shared.keys, chunk.clone()).await?;
            batch.answer(reply.clone(), rows);
            return Ok((script, batch.take_acks(), None));
        }
        let mut wanted = Wanted::default();
        for job in jobs {
            wanted.add(job, self.memory_mut());
        }
        let keys = Arc::clone(&self.shared.keys);
        let found: Found = wanted.read(turn, &keys, self.memory_mut()).await?;
        let weight: usize = jobs.iter().map(Job::weight).sum();
        // They are needed again if the connection is lost.
        let jobs = jobs.to_vec();
        let mut memory = self.memory.take().expect("nobody else plans");
        let plan = move || {
            let planned = memory.plan(jobs, &found, &mut batch);
            (memory, batch, planned)
        };
        let (memory, mut batch, planned) = if weight > OFFLOAD_ENTRIES {
            let planned = tokio::task::spawn_blocking(plan).await;
            planned.map_err(|error| Error::fatal("plan a transaction", error))?
        } else {
            plan()
        };
        self.memory = Some(memory);
        planned?;
        let acks = batch.take_acks();
        let first = batch.entries.first();
        let proof = first.map(|row| (row.stored.position, row.stored.hash));
        Ok((batch.into_script(), acks, proof))
    }

    fn memory_mut(&mut self) -> &mut Memory {
        self.memory.as_mut().expect("nobody else plans")
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Committed,
    Aborted,
    /// This server has never heard of it: there has been a failover, and it is not here.
    Unknown,
}

/// Finds out what became of a transaction. Its number alone proves nothing once the server has started anew, or another one
/// has taken its place: what was lost with the old one has had its number given to somebody else's. So entries are looked for;
/// what has none is written again after a start, which changes nothing.
async fn fate_of(turn: &mut Turn<'_>, lost: Traces, started: &str) -> Result<Fate> {
    /// `invalid_parameter_value`: the id is higher than any that the server has given.
    const IN_THE_FUTURE: &str = "22023";
    let transaction = lost.transaction;
    if let Some((position, hash)) = lost.proof {
        let found = turn
            .rows(sql::HASH_AT, arguments([Value::from(position)]))
            .await?;
        let is_there = found
            .iter()
            .any(|row| row.blob(0).is_ok_and(|found| found == Some(&hash.0[..])));
        return Ok(if is_there {
            Fate::Committed
        } else {
            Fate::Aborted
        });
    }
    if lost.started != started {
        return Ok(Fate::Aborted);
    }
    let status: sqlx::Result<Option<String>> = sqlx::query_scalar(sql::XACT_STATUS)
        .bind(&transaction)
        .fetch_one(&mut *turn.0)
        .await;
    match status {
        Ok(status) if status.as_deref() == Some("committed") => Ok(Fate::Committed),
        Ok(_) => Ok(Fate::Aborted),
        Err(sqlx::Error::Database(said)) if said.code().as_deref() == Some(IN_THE_FUTURE) => {
            tracing::warn!(
                transaction,
                "a transaction was lost in a failover; it is run again"
            );
            Ok(Fate::Unknown)
        }
        Err(error) => Err(engine_error("ask what became of a transaction", error)),
    }
}
