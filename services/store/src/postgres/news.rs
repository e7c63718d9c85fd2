//! What replicas hear of each other, and whether the database answers.
//!
//! Each commit is announced on a connection of its own, as many at once as there are: a notification within the transaction
//! would make all commits of the database wait for each other. Notifications can be lost with their connection, so the
//! edition is looked at each second as well; that also tells whether the database answers.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connect::{Database, Server, engine_error, unavailable};
use super::sql;
use crate::error::{Error, Result};
use crate::health::{Engine, Health, Traits};
use crate::shared::{Shared, Watchdog, blocking};

/// The channel of notifications; each says which replica has committed which edition.
const CHANNEL: &str = "verbund";
/// How often the edition is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long that may take.
const LOOK_MAX: Duration = Duration::from_secs(2);
/// How often keys that other replicas have destroyed are let go of.
const FORGET: Duration = Duration::from_secs(20);
/// How long taking leave of the server may take.
const LEAVE_MAX: Duration = Duration::from_secs(1);
/// Between two attempts at listening.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(super) struct News {
    replica: String,
    /// The newest edition that this replica has made or told of.
    known: AtomicI64,
    /// The newest that it has made and not announced.
    made: AtomicI64,
    /// The one that it has asked to be committed, and has heard nothing of.
    making: AtomicI64,
    announce: Notify,
    /// Notifications that have come.
    heard: AtomicU64,
    /// There are commits of others, and no notifications: listening has to begin anew.
    deaf: Notify,
    elsewhere: watch::Sender<u64>,
    health: watch::Sender<Health>,
    traits: Mutex<Traits>,
}

impl News {
    pub(super) fn new(replica: String, server: &Server) -> Self {
        let traits = Traits {
            engine: Engine::Postgres,
            version: server.version.clone(),
            replica: replica.clone(),
            warnings: server.losses(),
        };
        Self {
            replica,
            known: AtomicI64::new(0),
            made: AtomicI64::new(0),
            making: AtomicI64::new(0),
            announce: Notify::new(),
            heard: AtomicU64::new(0),
            deaf: Notify::new(),
            elsewhere: watch::Sender::new(0),
            health: watch::Sender::new(Health::Available),
            traits: Mutex::new(traits),
        }
    }

    /// This replica is about to commit; 0: it has not come to it.
    pub(super) fn making(&self, edition: i64) {
        self.making.store(edition, Ordering::Release);
    }

    /// This replica has committed.
    pub(super) fn committed(&self, edition: i64) {
        // Only the next one: whoever made those in between is yet to be heard of.
        let _ =
            self.known
                .compare_exchange(edition - 1, edition, Ordering::AcqRel, Ordering::Acquire);
        self.made.fetch_max(edition, Ordering::AcqRel);
        self.announce.notify_one();
    }

    /// Others have committed up to an edition; told once, however often it is heard of.
    pub(super) fn elsewhere(&self, edition: i64) {
        if self.known.fetch_max(edition, Ordering::AcqRel) < edition {
            self.elsewhere.send_modify(|ticks| *ticks += 1);
        }
    }

    /// A new connection has been made, and tells what the server is.
    pub(super) fn connected(&self, server: &Server) {
        let mut traits = self.lock();
        traits.version.clone_from(&server.version);
        traits.warnings = server.losses();
    }

    pub(super) fn available(&self) {
        self.say(Health::Available);
    }

    pub(super) fn unavailable(&self, error: &Error) {
        let reason = match error {
            Error::Unavailable { reason } => Arc::clone(reason),
            error => error.to_string().into(),
        };
        self.say(Health::Unavailable { reason });
    }

    fn say(&self, now: Health) {
        self.health.send_if_modified(|health| {
            let turned = std::mem::discriminant(health) != std::mem::discriminant(&now);
            match &now {
                Health::Unavailable { reason } if turned => {
                    tracing::error!(%reason, "the database can't be used");
                }
                Health::Available if turned => tracing::info!("the database can be used again"),
                _ => {}
            }
            let news = *health != now;
            *health = now;
            news
        });
    }

    pub(super) fn is_available(&self) -> bool {
        *self.health.borrow() == Health::Available
    }

    pub(super) fn watch_elsewhere(&self) -> watch::Receiver<u64> {
        self.elsewhere.subscribe()
    }

    pub(super) fn watch_health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    pub(super) fn traits(&self) -> Traits {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Traits> {
        self.traits
            .lock()
            .expect("nothing panics while it holds the traits")
    }
}

/// Announces commits and looks at the edition, until the store is closed.
pub(super) async fn tell(
    shared: Arc<Shared>,
    news: Arc<News>,
    database: Database,
    closed: CancellationToken,
) {
    let _watchdog = Watchdog(Arc::clone(&shared));
    let mut connection = None;
    let mut missed = Missed::default();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let looked = tokio::select! {
            () = closed.cancelled() => break,
            () = news.announce.notified() => announce(&news, &database, &mut connection).await,
            _ = look.tick() => look_at(&news, &database, &mut connection, &mut missed).await,
        };
        if let Err(error) = looked {
            connection = None;
            news.unavailable(&error);
        }
    }
    if let Some(connection) = connection {
        // The server ends a session that is not taken leave of as well.
        drop(Connection::close(connection).await);
    }
}

async fn connected<'c>(
    database: &Database,
    connection: &'c mut Option<PgConnection>,
) -> Result<&'c mut PgConnection> {
    if connection.is_none() {
        *connection = Some(database.connect().await?);
    }
    Ok(connection.as_mut().expect("it has just been made"))
}

async fn announce(
    news: &News,
    database: &Database,
    connection: &mut Option<PgConnection>,
) -> Result<()> {
    let edition = news.made.load(Ordering::Acquire);
    let payload = format!("{edition} {}", news.replica);
    let notify = sqlx::query(sql::NOTIFY)
        .bind(payload)
        .execute(connected(database, connection).await?);
    in_time(notify).await.map(drop)
}

/// Looks that have found what no notification told.
#[derive(Default)]
struct Missed {
    times: u32,
    heard: u64,
}

/// From so many on nobody seems to listen any more; a single one may have been quicker than its notification.
const DEAF: u32 = 2;

async fn look_at(
    news: &News,
    database: &Database,
    connection: &mut Option<PgConnection>,
    missed: &mut Missed,
) -> Result<()> {
    let read = sqlx::query_as(sql::EDITION).fetch_optional(connected(database, connection).await?);
    let found: Option<(i64, bool)> = in_time(read).await?;
    let Some((edition, in_recovery)) = found else {
        return Ok(());
    };
    if in_recovery {
        return Err(unavailable("the server is a standby and takes no writes"));
    }
    news.available();
    // Looked at before what is known: one that is both is this replica's own, seen before the writer has heard of it.
    let making = news.making.load(Ordering::Acquire);
    let known = news.known.load(Ordering::Acquire);
    let own = edition == making && edition == known + 1;
    let heard = news.heard.load(Ordering::Acquire);
    if heard != missed.heard {
        *missed = Missed { times: 0, heard };
    }
    if edition > known && !own {
        news.elsewhere(edition);
        missed.times += 1;
        if missed.times >= DEAF {
            missed.times = 0;
            news.deaf.notify_one();
        }
    }
    Ok(())
}

async fn in_time<T>(run: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match timeout(LOOK_MAX, run).await {
        Ok(done) => done.map_err(|error| engine_error("look at the edition", error)),
        Err(_) => Err(unavailable("the server does not answer")),
    }
}

/// Hears of others' commits, until the store is closed.
pub(super) async fn hear(
    shared: Arc<Shared>,
    news: Arc<News>,
    database: Database,
    closed: CancellationToken,
) {
    let _watchdog = Watchdog(Arc::clone(&shared));
    let options = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None);
    loop {
        // One of its own for each attempt: a connection that is silent is never given back to it.
        let pool = database.readers(options.clone());
        let last = tokio::select! {
            () = closed.cancelled() => true,
            ended = listen(&news, &pool) => {
                // That it ends is told by the look at the edition.
                if let Err(error) = ended {
                    tracing::debug!(%error, "not listening for other replicas");
                }
                false
            }
            () = news.deaf.notified() => {
                tracing::debug!("nothing is heard of other replicas: listening anew");
                false
            }
        };
        drop(timeout(LEAVE_MAX, pool.close()).await);
        if last {
            return;
        }
        tokio::select! {
            () = closed.cancelled() => return,
            () = sleep(PAUSE) => {}
        }
    }
}

async fn listen(news: &News, pool: &sqlx::PgPool) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.ignore_pool_close_event(true);
    listener.listen(CHANNEL).await?;
    // Whatever was committed before is not heard of.
    news.elsewhere.send_modify(|ticks| *ticks += 1);
    while let Some(notification) = listener.try_recv().await? {
        let heard = notification.payload().split_once(' ');
        if let Some((edition, replica)) = heard
            && replica != news.replica
        {
            news.heard.fetch_add(1, Ordering::AcqRel);
            news.elsewhere(edition.parse().unwrap_or(0));
        }
    }
    Ok(())
}

/// Lets go of keys that other replicas have destroyed, until the store is closed.
pub(super) async fn forget(shared: Arc<Shared>, closed: CancellationToken) {
    let _watchdog = Watchdog(Arc::clone(&shared));
    let mut tick = interval(FORGET);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = closed.cancelled() => return,
            _ = tick.tick() => {}
        }
        let keys = Arc::clone(&shared.keys);
        let done = blocking("look at the erasure keys", move || keys.forget_destroyed()).await;
        if let Err(error) = done {
            drop(shared.fail(error));
            return;
        }
    }
}
