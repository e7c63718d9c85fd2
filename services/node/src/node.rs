//! Puts a node together, starts its tasks, and takes it down again.
//!
//! Start: configuration, charter, TLS, store (which refuses a second process), lanes and receipts, entries that waited, and only then
//! the listeners. Stop: readiness off, accepting off, what was begun is finished, the store is closed last.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, watch};
use tracing::{error, info, warn};
use verbund_ledger::{EntryKey, SystemEntropy};
use verbund_model::{Clock, Day, Entropy, SystemClock};
use verbund_store::{FatalSignal, OpenOptions};
use verbund_transport::{Acceptor, Admit, Connector, Reloader, Tls, TlsFiles, Trust};

use crate::admin::{Admin, Readiness};
use crate::certificates;
use crate::charter::{self, CharterHandle, InForce};
use crate::config::Config;
use crate::context::Context;
use crate::database::if_available;
use crate::deliveries::Deliveries;
use crate::disk::Reserve;
use crate::follow::Follow;
use crate::hub::{Hub, Watchers};
use crate::incidents::{ALARMS_MAX, Incidents};
use crate::lanes::Lanes;
use crate::metrics::{Build, Metrics, Queue as Gauge};
use crate::partners::Partners;
use crate::publish::backlog::{self, Backlog};
use crate::publish::due;
use crate::publish::queue::{self, Queue};
use crate::publish::seal::OwnSeal;
use crate::recent::Recent;
use crate::replicate::dial;
use crate::replicate::receipts::Desk;
use crate::replicate::steward::{self, Steward};
use crate::servers;
use crate::steps::board::{self, Board};
use crate::steps::forget;
use crate::tasks::Tasks;
use crate::telemetry::Traces;
use crate::updates::{self, Updates};
use crate::{database, erasure, follow, readmission, recovery};

/// How often the disk and the partners' lag are looked at.
const OBSERVE: Duration = Duration::from_secs(1);
/// The reason for not being ready while the disk is down to its reserve.
const DISK_RESERVE: &str = "DISK_RESERVE";

/// Why a node did not start or had to stop. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The charter is not there, or not one.
    #[error("the charter {path}: {problem}")]
    Charter {
        /// Its file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The agency is not a member, or its key is not the charter's.
    #[error("{0}")]
    Membership(String),
    /// The entry key can't be used.
    #[error("the entry key {path}: {problem}")]
    EntryKey {
        /// Its file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// Certificates, roots or revocation lists can't be used.
    #[error("TLS: {0}")]
    Tls(#[from] verbund_transport::Error),
    /// The store can't be opened or has failed.
    #[error("the store: {0}")]
    Store(#[from] verbund_store::Error),
    /// A port can't be listened on.
    #[error("can't listen on {address} ({listener}): {source}")]
    Listen {
        /// What for.
        listener: &'static str,
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store failed while the node ran.
    #[error("the store has failed: {0}; nothing more is acknowledged")]
    StoreFailed(String),
    /// A part of the node failed for good.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// Whether the disk or the database engine failed, so that a restart by itself would be wrong before somebody has looked.
    #[must_use]
    pub fn is_of_the_store(&self) -> bool {
        use verbund_store::Error as Store;
        matches!(
            self,
            Self::StoreFailed(_) | Self::Store(Store::Fatal { .. } | Store::DiskFull)
        )
    }
}

/// Where a running node listens; ports that were configured as 0 are told here.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// The agency's systems.
    pub agency_api: SocketAddr,
    /// The partners' nodes.
    pub federation: SocketAddr,
    /// Health and metrics.
    pub admin: SocketAddr,
}

/// An agency's node.
#[derive(Debug)]
pub struct Node {
    ctx: Arc<Context>,
    /// The admin port: it answers until all else has ended.
    last_tasks: Tasks,
    readiness: Readiness,
    addresses: Addresses,
    fatal: FatalSignal,
}

impl Node {
    /// Starts a node. It serves when this returns.
    ///
    /// # Errors
    /// What keeps it from starting, in words that an operator can act on.
    pub async fn start(config: Config) -> Result<Self, Error> {
        Self::start_with(config, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// The same with another clock and other randomness.
    ///
    /// # Errors
    /// As [`Node::start`].
    pub async fn start_with(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let entry_key = Arc::new(entry_key(&config.entry_key.file)?);
        let configured = configured_charter(&config)?;
        let fatal = FatalSignal::new();
        let store = verbund_store::open(
            config.store.url.expose(),
            OpenOptions {
                erasure_keys: config.store.erasure_keys.clone(),
                entropy: entropy.clone(),
                fatal: fatal.clone(),
                replica: config.node.replica(),
                migrate: config.store.migrates(),
                accept_data_loss: config.store.accept_data_loss,
            },
        )
        .await?;
        let traits = store.traits();
        for warning in &traits.warnings {
            warn!(warning, "the operator has accepted it");
        }
        let in_force = newest(&config, configured, store.charter().await?)?;
        let charter = &in_force.charter;
        let agency = config.node.agency.clone();
        check_membership(&in_force, &agency, &entry_key)?;
        let federation = charter.federation().clone();
        let tls_files = TlsFiles {
            certificate: config.tls.certificate.clone(),
            key: config.tls.key.clone(),
            crls: Some(config.tls.crls.clone()),
        };
        let (trust, unusable) = tls_files.revocation_lists(trust(&in_force)?)?;
        for problem in unusable {
            warn!(
                problem = crate::text::chain(&problem),
                "a revocation list can't be used; its agency is shut out"
            );
        }
        let tls = Tls::new(tls_files.identity()?, trust, clock.clone())?;
        let start = recovery::look(&*store, config.store.erasure_keys.clone()).await?;
        let generation = store
            .claim_above(&federation, &agency, start.generation)
            .await?;
        let recovery = start.begin(generation)?;
        // What was to be forgotten is gone before anything is read, and before any listener opens.
        store.finish_erasures().await?;
        let today = verbund_model::day_number(charter.today(clock.now()));
        let believable = erasure::believable(&config.node.data, today);
        if believable {
            erasure::due(&*store, charter.retention(), today).await?;
        }
        match store.put_charter(charter::record(&in_force)).await {
            // Another replica has adopted a newer one since it was read: `follow` takes that over.
            Ok(()) | Err(verbund_store::Error::CharterNotNewer(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let lanes = Lanes::new(store.lanes().await?);
        let desk = Desk::default();
        let mut exceptions = Vec::new();
        for lane in lanes.all() {
            exceptions.push((lane.id, store.exceptions(&lane.id).await?));
        }
        desk.restore(store.receipts().await?, exceptions);

        let build = Build {
            version: crate::SOFTWARE,
            guard: verbund_guard::VERSION,
            agency: &agency,
        };
        let metrics = Arc::new(Metrics::new(&build, charter.members()));
        let partners = Partners::new(charter.members(), &agency, clock.now());
        let disk = Reserve::new(config.node.data.clone(), config.store.disk_reserve_bytes);
        // A node that starts on a full disk is read-only before its first call; `observe` goes on looking.
        let _ = disk.look();
        let (queue, queued) = Queue::new(config.limits.publish_queue);
        let seal = Arc::new(OwnSeal {
            federation: federation.clone(),
            origin: agency.clone(),
            key: entry_key.clone(),
        });
        let tasks = Tasks::new();
        let incidents = Incidents::with_open(store.alarms(ALARMS_MAX).await?.len());
        let traces = Traces::new(config.telemetry.share_traces_with.iter().cloned());
        let ctx = Arc::new(Context {
            agency,
            federation,
            replica: traits.replica.clone(),
            generation: AtomicU64::new(generation),
            clock,
            entropy,
            entry_key,
            charter: CharterHandle::new(in_force),
            connector: Connector::new(&tls),
            tls: tls.clone(),
            store,
            lanes,
            recent: Recent::default(),
            queue,
            backlog: Backlog::default(),
            hub: Hub::default(),
            board: Board::default(),
            updates: Updates::default(),
            deliveries: Deliveries::default(),
            desk,
            follow: Follow::default(),
            steward: Steward::default(),
            recovery,
            partners,
            incidents,
            watchers: Watchers::new(config.limits.feed_watchers),
            disk,
            metrics,
            traces,
            erasure: Notify::new(),
            due: Notify::new(),
            charter_changed: watch::Sender::new(0),
            adopting: Mutex::new(()),
            waiting: AtomicU64::new(0),
            reviewing: AtomicU64::new(0),
            queued: AtomicU64::new(0),
            stop: tasks.stop_token(),
            tasks,
            config,
        });
        readmission::run(&ctx).await?;
        // From before it is read, so that nothing comes between.
        let news = ctx.hub.subscribe();
        ctx.board.rebuild(&ctx).await?;
        if believable && forget::due(&ctx, today).await? > 0 {
            ctx.store.finish_erasures().await?;
        }

        let agency_listener = listen("agency API", ctx.config.agency_api.listen).await?;
        let federation_listener = listen("federation", ctx.config.federation.listen).await?;
        let address = ctx.config.admin.listen;
        let admin = Admin::bind(address).await.map_err(|source| Error::Listen {
            listener: "admin",
            address,
            source,
        })?;
        let address = |listener: &TcpListener| {
            listener
                .local_addr()
                .expect("a bound listener has an address")
        };
        let addresses = Addresses {
            agency_api: address(&agency_listener),
            federation: address(&federation_listener),
            admin: admin.address(),
        };
        let readiness = Readiness::new();
        let agency_acceptor = Acceptor::new(&tls, Admit::Systems)?;
        let federation_acceptor = Acceptor::new(&tls, Admit::Nodes)?;
        let acceptors = [agency_acceptor.clone(), federation_acceptor.clone()];
        let last_tasks = Tasks::new();
        last_tasks.spawn_essential(
            "admin",
            admin.serve(
                readiness.clone(),
                ctx.metrics.clone(),
                last_tasks.stop_token(),
            ),
        );
        let tasks = &ctx.tasks;
        tasks.spawn_essential("publish", queue::run(ctx.clone(), seal, queued));
        tasks.spawn_essential("board", board::run(ctx.clone(), news));
        tasks.spawn_essential("updates", updates::run(ctx.clone()));
        tasks.spawn_essential("backlog", backlog::run(ctx.clone()));
        tasks.spawn_essential("due", due::run(ctx.clone()));
        tasks.spawn_essential("erasure", erasure::run(ctx.clone()));
        tasks.spawn_essential("database", database::watch(ctx.clone(), readiness.clone()));
        tasks.spawn_essential("follow", follow::run(ctx.clone()));
        tasks.spawn_essential("steward", steward::run(ctx.clone()));
        tasks.spawn_essential("recovery", recovery::run(ctx.clone()));
        tasks.spawn_essential("dialling", dial::all(ctx.clone()));
        tasks.spawn_essential(
            "certificates",
            certificates::run(ctx.clone(), Reloader::new(tls_files, tls)),
        );
        tasks.spawn_essential("charter file", charter::watch_file(ctx.clone()));
        tasks.spawn_essential(
            "observe",
            observe(ctx.clone(), readiness.clone(), acceptors),
        );
        tasks.spawn_essential(
            "agency API",
            servers::agency(ctx.clone(), agency_acceptor.incoming(agency_listener)),
        );
        tasks.spawn_essential(
            "federation",
            servers::federation(
                ctx.clone(),
                federation_acceptor.incoming(federation_listener),
            ),
        );
        readiness.started();
        info!(
            agency = %ctx.agency,
            federation = %ctx.federation,
            agency_api = %addresses.agency_api,
            federation_api = %addresses.federation,
            admin = %addresses.admin,
            generation,
            replica = ctx.replica,
            database = traits.engine.name(),
            database_version = traits.version,
            software = crate::SOFTWARE,
            "node up"
        );
        Ok(Self {
            ctx,
            last_tasks,
            readiness,
            addresses,
            fatal,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Waits until the node can't go on by itself, and says why.
    pub async fn failed(&self) -> Error {
        tokio::select! {
            // What the store says comes first: a task that fails with it is its consequence.
            biased;
            reason = self.fatal.fatal() => Error::StoreFailed(reason.to_string()),
            failure = self.ctx.tasks.failed() => Error::Failed(crate::text::chain(failure.as_ref())),
            failure = self.last_tasks.failed() => Error::Failed(crate::text::chain(failure.as_ref())),
        }
    }

    /// Takes the node down: what was begun is finished, within the time that the configuration gives.
    pub async fn stop(self) {
        info!("stopping");
        let drain = self.ctx.config.node.drain;
        self.ctx.tasks.stop(&self.readiness, drain).await;
        recovery::end(&self.ctx).await;
        self.ctx.store.close().await;
        self.last_tasks
            .stop(&self.readiness, Duration::from_secs(1))
            .await;
        info!("stopped");
    }
}

async fn listen(listener: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    Acceptor::bind(address)
        .await
        .map_err(|source| Error::Listen {
            listener,
            address,
            source,
        })
}

fn entry_key(path: &Path) -> Result<EntryKey, Error> {
    let wrong = |problem: String| Error::EntryKey {
        path: path.display().to_string(),
        problem,
    };
    crate::keyfile::read(path).map_err(wrong)
}

fn configured_charter(config: &Config) -> Result<InForce, Error> {
    let wrong = |problem: String| Error::Charter {
        path: config.charter.file.display().to_string(),
        problem,
    };
    let in_force = charter::in_file(config)
        .and_then(InForce::new)
        .map_err(wrong)?;
    let signed = verbund_ledger::signed_by_majority(
        &in_force.charter,
        &in_force.document.body,
        &in_force.document.signatures,
    );
    signed.map_err(|fault| {
        wrong(format!(
            "{}; members sign it with `verbund charter sign`",
            crate::text::chain(&fault)
        ))
    })?;
    Ok(in_force)
}

/// The newer of the configured charter and the one that was adopted last; never back to an older one.
fn newest(
    config: &Config,
    configured: InForce,
    adopted: Option<verbund_store::CharterRecord>,
) -> Result<InForce, Error> {
    let Some(adopted) = adopted.filter(|adopted| adopted.version > configured.charter.version())
    else {
        return Ok(configured);
    };
    let wrong = |problem: String| Error::Charter {
        path: format!("version {} in the store", adopted.version),
        problem,
    };
    info!(version = adopted.version, file = %config.charter.file.display(), "a newer charter than the file's was adopted before");
    charter::document(&adopted)
        .and_then(InForce::new)
        .map_err(wrong)
}

fn check_membership(
    in_force: &InForce,
    agency: &verbund_model::AgencyId,
    key: &EntryKey,
) -> Result<(), Error> {
    if in_force.charter.agency(agency).is_none() {
        let members: Vec<_> = in_force
            .charter
            .agencies()
            .map(|member| member.id.to_string())
            .collect();
        return Err(Error::Membership(format!(
            "{agency} is no member of the federation; members are {}",
            members.join(", ")
        )));
    }
    if !in_force
        .keys(agency)
        .iter()
        .any(|known| known.id() == key.id())
    {
        return Err(Error::Membership(format!(
            "the entry key {} is none of those that the charter lists for {agency}: nobody would accept what it signs",
            key.id()
        )));
    }
    Ok(())
}

/// One root for each agency, as the charter has them.
pub(crate) fn trust(in_force: &InForce) -> Result<Trust, verbund_transport::Error> {
    let mut trust = Trust::new(in_force.charter.federation().clone());
    for agency in in_force.charter.agencies() {
        trust = trust.with_roots(agency.id.clone(), &agency.tls_roots_pem)?;
    }
    Ok(trust)
}

/// Keeps the disk's state, readiness and the metrics that nobody else writes up to date.
async fn observe(
    ctx: Arc<Context>,
    readiness: Readiness,
    acceptors: [Acceptor; 2],
) -> Result<(), verbund_store::Error> {
    let mut tick = tokio::time::interval(OBSERVE);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told_expired = None;
    let mut told_certificates = certificates::Told::default();
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            _ = tick.tick() => {}
        }
        look_at_disk(&ctx, &readiness);
        look_at_charter(&ctx, &mut told_expired);
        ctx.metrics
            .certificate(ctx.tls.identity().validity().not_after.0 / 1000);
        ctx.metrics.queue(Gauge::Publish, ctx.queue.depth());
        ctx.metrics.queue(Gauge::Watchers, ctx.watchers.len());
        for (listener, acceptor) in ["agency", "federation"].into_iter().zip(&acceptors) {
            ctx.metrics.connections(listener, &acceptor.counts());
        }
        // Also for a partner that was never reached since the start: its row would be missed by whoever waits for a nought.
        for partner in ctx.partners.all() {
            let up = partner.link().is_some();
            ctx.metrics.link_up(&partner.agency, up);
        }
        if_available(observe_store(&ctx).await)?;
        if_available(certificates::observe(&ctx, &mut told_certificates).await)?;
    }
}

/// The metrics that the store must be asked for.
async fn observe_store(ctx: &Context) -> Result<(), verbund_store::Error> {
    let waiting = ctx.store.pending_count().await?;
    ctx.waiting.store(waiting, Ordering::Relaxed);
    let reviewing = ctx.store.review_count().await?;
    ctx.reviewing.store(reviewing, Ordering::Relaxed);
    let queued = ctx.store.queue_counts().await?.all;
    ctx.queued.store(queued, Ordering::Relaxed);
    let queued = usize::try_from(queued).unwrap_or(usize::MAX);
    ctx.metrics.queue(Gauge::Signing, queued);
    for partner in ctx.partners.all() {
        let waits = crate::services::node::unreceipted(ctx, &partner.agency);
        ctx.metrics.unreceipted(&partner.agency, waits);
        let lag = crate::services::node::lag(ctx, &partner.agency).await?;
        partner.update(|state| state.lag = lag);
        ctx.metrics.lag(&partner.agency, lag);
    }
    Ok(())
}

/// A charter that has expired freezes membership, never traffic; it is said once a day.
fn look_at_charter(ctx: &Context, told: &mut Option<Day>) {
    let in_force = ctx.charter.in_force();
    let (charter, today) = (&in_force.charter, ctx.today());
    let zone = charter.time_zone().clone();
    let expires = charter
        .expires()
        .to_zoned(zone)
        .map_or(i64::MAX, |at| at.timestamp().as_second());
    ctx.metrics.charter(charter.version(), expires);
    if charter.expires() < today && *told != Some(today) {
        error!(expired = %charter.expires(), "the charter has expired: traffic goes on, membership can't change until a newer one is signed");
        *told = Some(today);
    }
}

fn look_at_disk(ctx: &Context, readiness: &Readiness) {
    let look = match ctx.disk.look() {
        Ok(look) => look,
        Err(problem) => return warn!(%problem, "the data folder can't be looked at"),
    };
    if look.read_only {
        readiness.set(
            DISK_RESERVE,
            "the disk is down to its reserve: the node reads and takes nothing new",
        );
    } else {
        readiness.clear(DISK_RESERVE);
    }
    if look.changed {
        let reserve = ctx.disk.reserve_bytes();
        if look.read_only {
            error!(
                free = look.free_bytes,
                reserve, "the disk is down to its reserve: read-only"
            );
        } else {
            info!(free = look.free_bytes, reserve, "room on the disk again");
        }
        ctx.partners.changed.notify_one();
    }
    ctx.metrics.disk(&look);
}
