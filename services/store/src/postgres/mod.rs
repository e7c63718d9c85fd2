//! The engine for several replicas: one PostgreSQL database, of which any replica is a writer in its turn.
//!
//! - [`connect`]: addresses, TLS, sessions, and what a server must be; [`delay`]: sending at once; [`schema`]: migrations;
//! - [`writer`]: turns, batches, lost connections; [`turn`]: statements within one;
//! - [`whole`]: all of it at once, for copies, checks and repairs;
//! - [`news`]: what replicas hear of each other, and health; [`sql`]: every statement.

mod connect;
mod delay;
mod news;
mod schema;
pub(crate) mod scratch;
mod sql;
#[cfg(test)]
mod tests;
mod turn;
pub(crate) mod whole;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt, iter, once};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPoolOptions, PgRow};
use sqlx::{PgConnection, PgPool};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::connect::{Database, engine_error, unavailable};
use self::news::News;
use self::writer::Writer;
use crate::erasure::{ErasureKeys, Sharing};
use crate::error::{Error, Result};
use crate::front::{Backend, Front};
use crate::health::{Health, Traits};
use crate::hold::Hold;
use crate::migrations::Newer;
use crate::plan::Memory;
use crate::read::{Reader, Source};
use crate::shared::{Shared, blocking};
use crate::statement::{Lookup, Read, Value};
use crate::upkeep::whole::check_marks;
use crate::{Migrated, OpenOptions, Store, limits};

/// Connections that read, beside the three for writing, telling and hearing: reads take a millisecond.
const READERS: u32 = 5;
/// How long a read waits for one of them.
const READER_WAIT: Duration = Duration::from_secs(2);
/// Attempts that are made at once, since all connections may be dead after a restart of the server.
const AT_ONCE: u32 = READERS + 2;
/// Between the attempts after those.
const PAUSE: Duration = Duration::from_millis(100);
/// How long keeping a hold may take: it is in force for three times as long.
const KEEP_MAX: Duration = Duration::from_secs(1);

/// Opens a database; see [`crate::open`].
pub(crate) async fn open(url: &str, options: OpenOptions) -> Result<Arc<dyn Store>> {
    let database = Database::parse(url, options.accept_data_loss)?;
    let (mut connection, server) = patiently(|| database.connect_to_write()).await?;
    for warning in server.losses() {
        tracing::warn!(
            warning,
            "the database is set to lose data, and that is accepted"
        );
    }
    schema::migrate(&mut connection, options.migrate, Newer::Allowed).await?;
    let marks: Option<(i64, i64)> = sqlx::query_as(sql::MARKS)
        .fetch_optional(&mut connection)
        .await
        .map_err(|error| engine_error("look whose store it is", error))?;
    if let Some((generation, edition)) = marks {
        check_marks(generation, edition)?;
    }
    let keys = {
        let entropy = Arc::clone(&options.entropy);
        let opened = blocking("open the erasure keys", move || {
            ErasureKeys::open(options.erasure_keys, entropy, Sharing::Replicas)
        });
        Arc::new(opened.await?)
    };
    let memory = Memory::new(
        Arc::clone(&keys),
        options.entropy,
        options.replica.as_str().into(),
        false,
        None,
    );
    let shared = Arc::new(Shared::new(keys, options.fatal));
    let news = Arc::new(News::new(options.replica, &server));
    let (jobs, queue) = mpsc::channel(limits::QUEUE_JOBS);
    let closed = CancellationToken::new();
    let writer = Writer {
        shared: Arc::clone(&shared),
        database: database.clone(),
        news: Arc::clone(&news),
        queue,
        memory: Some(Box::new(memory)),
        connection: Some(connection),
        started: server.started.clone(),
        edition: None,
        next: None,
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(writer.run());
    tasks.spawn(news::tell(
        Arc::clone(&shared),
        Arc::clone(&news),
        database.clone(),
        closed.clone(),
    ));
    tasks.spawn(news::hear(
        Arc::clone(&shared),
        Arc::clone(&news),
        database.clone(),
        closed.clone(),
    ));
    tasks.spawn(news::forget(Arc::clone(&shared), closed.clone()));
    let readers = PgPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(READER_WAIT)
        // A connection that has died is found out by its first use, which is made again.
        .test_before_acquire(false);
    let readers = database.readers(readers);
    let source = Readers {
        pool: readers.clone(),
        shared: Arc::clone(&shared),
        news: Arc::clone(&news),
    };
    let backend = Postgres {
        database,
        readers,
        news,
        tasks: Mutex::new(tasks),
        closed,
    };
    Ok(Arc::new(Front::new(backend, source, shared, jobs)))
}

/// Brings the schema of a database up to this release.
pub(crate) async fn migrate(url: &str) -> Result<Migrated> {
    let database = Database::parse(url, true)?;
    let (mut connection, _) = patiently(|| database.connect_to_write()).await?;
    let migrated = schema::migrate(&mut connection, true, Newer::Allowed).await?;
    let closed = sqlx::Connection::close(connection).await;
    closed.map_err(|error| engine_error("close", error))?;
    Ok(migrated)
}

/// Tries for a while: a server that starts at the same time needs some seconds.
async fn patiently<T, F: Future<Output = Result<T>>>(attempt: impl Fn() -> F) -> Result<T> {
    let since = Instant::now();
    loop {
        match attempt().await {
            Err(Error::Unavailable { .. }) if since.elapsed() < limits::UNAVAILABLE_WAIT => {
                sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// The tasks of an open database.
#[derive(Debug)]
struct Postgres {
    database: Database,
    readers: PgPool,
    news: Arc<News>,
    tasks: Mutex<JoinSet<()>>,
    closed: CancellationToken,
}

#[async_trait]
impl Backend for Postgres {
    type Source = Readers;
    /// The session that has the lock: it ends with it.
    type Erasing = PgConnection;

    fn elsewhere(&self) -> watch::Receiver<u64> {
        self.news.watch_elsewhere()
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.news.watch_health()
    }

    fn traits(&self) -> Traits {
        self.news.traits()
    }

    async fn keep_hold(&self, _reader: &Reader<Readers>, hold: &Hold) -> Result<bool> {
        let values = [
            Value::from(&*hold.name),
            hold.generation.into(),
            (limits::HOLD_SECONDS * 1000).into(),
        ];
        let keep = fetch(&self.readers, sql::HOLD_KEEP, turn::arguments(values));
        match timeout(KEEP_MAX, keep).await {
            Ok(Ok(kept)) => Ok(kept.len() == 1),
            Ok(Err(error)) => Err(engine_error("keep a hold", error)),
            Err(_) => Err(unavailable("the server does not answer")),
        }
    }

    async fn erasing(&self) -> Result<PgConnection> {
        let mut connection = patiently(|| self.database.connect()).await?;
        sqlx::query(sql::ERASING_LOCK)
            .execute(&mut connection)
            .await
            .map_err(|error| engine_error("wait for other replicas' erasures", error))?;
        Ok(connection)
    }

    async fn close(&self) {
        // The writer ends by itself, with its queue.
        self.closed.cancel();
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }

    fn abandon(&mut self) {
        self.closed.cancel();
        self.tasks.get_mut().detach_all();
    }
}

/// The connections that read.
#[derive(Debug)]
struct Readers {
    pool: PgPool,
    shared: Arc<Shared>,
    news: Arc<News>,
}

/// Runs a statement. A connection whose answer is not waited for until it comes is given up: nobody else must wait for it.
async fn fetch(pool: &PgPool, sql: &'static str, args: PgArguments) -> sqlx::Result<Vec<PgRow>> {
    let mut lent = Lent(Some(pool.acquire().await?));
    let connection = lent.0.as_mut().expect("it has just been lent");
    let rows = sqlx::query_with(sql, args)
        .fetch_all(&mut **connection)
        .await;
    drop(lent.0.take());
    rows
}

/// A connection of the pool, while it is not known to answer.
struct Lent(Option<PoolConnection<sqlx::Postgres>>);

impl Drop for Lent {
    fn drop(&mut self) {
        // The pool itself would wait for the answer, without an end.
        drop(self.0.take().map(PoolConnection::detach));
    }
}

impl Readers {
    /// All rows, in time or not at all: a cable that is pulled says nothing.
    fn rows(&self, sql: &'static str, args: PgArguments) -> BoxStream<'_, sqlx::Result<PgRow>> {
        let rows = async move {
            let all = fetch(&self.pool, sql, args);
            match timeout(limits::UNAVAILABLE_WAIT, all).await {
                Ok(rows) => rows,
                Err(_) => Err(sqlx::Error::PoolTimedOut),
            }
        };
        once(rows)
            .map_ok(|rows| iter(rows.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }
}

impl Source for Readers {
    type Row = PgRow;

    fn fetch<'s>(&'s self, read: Read, values: &[Value]) -> BoxStream<'s, sqlx::Result<PgRow>> {
        self.rows(sql::read(read), turn::arguments(values.iter().cloned()))
    }

    fn look_up<'s>(&'s self, lookup: Lookup, keys: &[Value]) -> BoxStream<'s, sqlx::Result<PgRow>> {
        self.rows(sql::look_up(lookup), turn::keys_of(keys.to_vec()))
    }

    async fn again(&self, error: sqlx::Error, since: Instant, times: u32) -> Result<()> {
        match engine_error("read", error) {
            error @ Error::Unavailable { .. } => {
                if since.elapsed() >= limits::UNAVAILABLE_WAIT {
                    self.news.unavailable(&error);
                    return Err(error);
                }
                if times > AT_ONCE {
                    self.news.unavailable(&error);
                    sleep(PAUSE).await;
                }
                Ok(())
            }
            error => Err(self.shared.fail(error)),
        }
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
