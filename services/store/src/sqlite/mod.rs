//! The embedded engine: one SQLite file with one writer.
//!
//! - [`schema`]: settings, migrations; [`lock`]: one process at a time;
//! - [`writer`]: the queue, group commit, checkpoints; [`script`]: running a transaction; [`sql`]: every statement;
//! - [`whole`]: all of it at once, for copies, checks and repairs.

mod lock;
mod schema;
mod script;
mod sql;
pub(crate) mod whole;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt, iter};
use sqlx::sqlite::{SqlitePoolOptions, SqliteRow};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::lock::Lock;
use self::writer::{Journal, engine_error};
use crate::erasure::{ErasureKeys, Sharing};
use crate::error::{Error, Result};
use crate::front::{Backend, Front};
use crate::health::{Engine, Health, Traits};
use crate::hold::Hold;
use crate::migrations::Newer;
use crate::plan::Memory;
use crate::plan::seen::{self, Seen, SeenRequests, SeenSubjects};
use crate::read::{Reader, Source};
use crate::row::Cells;
use crate::shared::{Shared, blocking};
use crate::statement::{Lookup, Read, Session, Value};
use crate::upkeep::whole::check_marks;
use crate::{Migrated, OpenOptions, Store};

/// Connections that read: reads take a fraction of a millisecond, and there are few cores.
const READERS: u32 = 3;
/// How long a read waits for one of them. It is reached only when the disk no longer answers.
const READER_WAIT: Duration = Duration::from_secs(30);

/// Opens the database at a path; see [`crate::open`].
pub(crate) async fn open(path: &str, options: OpenOptions) -> Result<Arc<dyn Store>> {
    let database = parse_path(path)?;
    let lock = lock_file(&database).await?;
    let keys = {
        let entropy = Arc::clone(&options.entropy);
        let folder = options.erasure_keys.clone();
        let opened = blocking("open the erasure keys", move || {
            ErasureKeys::open(folder, entropy, Sharing::Alone)
        });
        Arc::new(opened.await?)
    };
    let mut connection = connect(schema::writer_options(&database)).await?;
    schema::check_engine(&mut connection).await?;
    schema::migrate(&mut connection, options.migrate, Newer::Allowed).await?;
    let marks: Option<(i64, i64)> = sqlx::query_as(sql::MARKS)
        .fetch_optional(&mut connection)
        .await
        .map_err(|error| engine_error("look whose store it is", error))?;
    if let Some((generation, edition)) = marks {
        check_marks(generation, edition)?;
    }
    let version: String = sqlx::query_scalar(sql::VERSION)
        .fetch_one(&mut connection)
        .await
        .map_err(|error| engine_error("ask for the engine's version", error))?;
    let (memory, seen) = remember(&mut connection, &keys, &options).await?;
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
    let journal = Arc::new(Journal::default());
    let writer = writer::writer(&shared, &journal, lock, memory, planner_reader, connection);
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
        journal,
        checkpointer,
        closed.clone(),
    ));
    let backend = Sqlite {
        tasks: Mutex::new(tasks),
        closed,
        elsewhere: watch::Sender::new(0),
        health: watch::Sender::new(Health::Available),
        traits: Traits {
            engine: Engine::Sqlite,
            version,
            replica: options.replica,
            warnings: Vec::new(),
        },
    };
    let source = Readers {
        pool: readers,
        shared: Arc::clone(&shared),
    };
    Ok(Arc::new(Front::new(backend, source, shared, writer.jobs)))
}

/// Brings the schema of a database up to this release.
pub(crate) async fn migrate(path: &str) -> Result<Migrated> {
    let database = parse_path(path)?;
    let _lock = lock_file(&database).await?;
    let mut connection = connect(schema::writer_options(&database)).await?;
    schema::check_engine(&mut connection).await?;
    let migrated = schema::migrate(&mut connection, true, Newer::Allowed).await?;
    let closed = sqlx::Connection::close(connection).await;
    closed.map_err(|error| engine_error("close", error))?;
    Ok(migrated)
}

/// The tasks of an open database.
#[derive(Debug)]
struct Sqlite {
    tasks: Mutex<JoinSet<()>>,
    closed: CancellationToken,
    /// Never ticks: nobody else has the database open.
    elsewhere: watch::Sender<u64>,
    /// Never changes: what fails here fails for good.
    health: watch::Sender<Health>,
    traits: Traits,
}

#[async_trait]
impl Backend for Sqlite {
    type Source = Readers;
    /// There is no other replica.
    type Erasing = ();

    fn elsewhere(&self) -> watch::Receiver<u64> {
        self.elsewhere.subscribe()
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    fn traits(&self) -> Traits {
        self.traits.clone()
    }

    async fn keep_hold(&self, reader: &Reader<Readers>, hold: &Hold) -> Result<bool> {
        let holds = reader.holds().await?;
        let kept = |it: &crate::HoldRecord| {
            it.name == *hold.name && it.generation == hold.generation && it.in_force
        };
        Ok(holds.iter().any(kept))
    }

    async fn erasing(&self) -> Result<()> {
        Ok(())
    }

    async fn close(&self) {
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
    pool: SqlitePool,
    shared: Arc<Shared>,
}

impl Source for Readers {
    type Row = SqliteRow;

    fn fetch<'s>(&'s self, read: Read, values: &[Value]) -> BoxStream<'s, sqlx::Result<SqliteRow>> {
        let args = script::arguments(values.iter().cloned());
        sqlx::query_with(sql::read(read), args).fetch(&self.pool)
    }

    fn look_up<'s>(
        &'s self,
        lookup: Lookup,
        keys: &[Value],
    ) -> BoxStream<'s, sqlx::Result<SqliteRow>> {
        let lookups = script::lookups(sql::look_up(lookup), keys.to_vec());
        iter(lookups)
            .flat_map(|(sql, args)| sqlx::query_with(sql, args).fetch(&self.pool))
            .boxed()
    }

    async fn again(&self, error: sqlx::Error, _since: Instant, _times: u32) -> Result<()> {
        Err(self.shared.fail(engine_error("read", error)))
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

/// The file that an address names.
fn parse_path(path: &str) -> Result<PathBuf> {
    let bad = |reason: &str| Error::BadUrl {
        url: format!("sqlite:{path}"),
        reason: reason.to_owned(),
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

/// Makes the file if it isn't there, and keeps other processes out.
async fn lock_file(database: &Path) -> Result<Lock> {
    let database = database.to_owned();
    let locked = blocking("open the store", move || {
        if let Some(folder) = database
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder)
                .map_err(|error| Error::fatal("make the folder of the store", error))?;
        }
        let lock = Lock::take(&database)?;
        schema::make_file(&database)?;
        Ok(lock)
    });
    locked.await
}

async fn connect(options: sqlx::sqlite::SqliteConnectOptions) -> Result<SqliteConnection> {
    options
        .connect()
        .await
        .map_err(|error| engine_error("open the database", error))
}

/// Reads what the writer remembers; and gives the subjects, which are still to be read.
async fn remember(
    connection: &mut SqliteConnection,
    keys: &Arc<ErasureKeys>,
    options: &OpenOptions,
) -> Result<(Memory, Arc<SeenSubjects>)> {
    let most = u64::try_from(seen::REQUESTS).expect("a small number");
    let requests = connection
        .read(Read::LastRequests, vec![most.into()])
        .await?;
    let requests: Result<_> = requests
        .iter()
        .map(|row| Cells::new(row, "request").bytes(0, "request_id"))
        .collect();
    let position = match connection
        .read(Read::LastPosition, Vec::new())
        .await?
        .first()
    {
        Some(row) => Cells::new(row, "entry").int(0, "position")?,
        None => 0,
    };
    let subjects = Arc::new(SeenSubjects::new(position.unsigned_abs()));
    let seen = Seen {
        subjects: Arc::clone(&subjects),
        requests: SeenRequests::new(requests?),
    };
    let mut memory = Memory::new(
        Arc::clone(keys),
        Arc::clone(&options.entropy),
        options.replica.as_str().into(),
        true,
        Some(seen),
    );
    memory.refresh(connection).await?;
    Ok((memory, subjects))
}

#[cfg(test)]
mod tests;
