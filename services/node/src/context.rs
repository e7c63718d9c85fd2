//! What every part of a running node shares.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::{Mutex, Notify, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info_span};
use verbund_ledger::EntryKey;
use verbund_model::{AgencyId, Clock, Day, Entropy, FederationId};
use verbund_store::Store;
use verbund_transport::{Connector, Tls};
use verbund_wire::error::Error;

use crate::charter::CharterHandle;
use crate::config::Config;
use crate::deliveries::Deliveries;
use crate::disk::Reserve;
use crate::follow::Follow;
use crate::hub::{Hub, Watchers};
use crate::incidents::Incidents;
use crate::lanes::Lanes;
use crate::metrics::{Metrics, Stage};
use crate::partners::Partners;
use crate::publish::backlog::Backlog;
use crate::publish::queue::Queue;
use crate::recent::Recent;
use crate::recovery::Recovery;
use crate::replicate::receipts::Desk;
use crate::replicate::steward::Steward;
use crate::steps::board::Board;
use crate::tasks::{OnError, Tasks};
use crate::telemetry::Traces;
use crate::updates::Updates;

/// The parts of one node.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) agency: AgencyId,
    pub(crate) federation: FederationId,
    /// This replica's name among those of the node.
    pub(crate) replica: String,
    /// Of the store; rises with every start, also of another replica.
    pub(crate) generation: AtomicU64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) entry_key: Arc<EntryKey>,
    pub(crate) charter: CharterHandle,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tls: Tls,
    pub(crate) connector: Connector,
    pub(crate) lanes: Lanes,
    pub(crate) recent: Recent,
    pub(crate) queue: Queue,
    pub(crate) backlog: Backlog,
    pub(crate) hub: Hub,
    pub(crate) board: Board,
    pub(crate) updates: Updates,
    pub(crate) deliveries: Deliveries,
    pub(crate) watchers: Watchers,
    pub(crate) desk: Desk,
    pub(crate) follow: Follow,
    pub(crate) steward: Steward,
    pub(crate) recovery: Recovery,
    pub(crate) partners: Partners,
    pub(crate) incidents: Incidents,
    pub(crate) disk: Reserve,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) traces: Traces,
    /// Wakes the task that destroys what has been marked for erasure.
    pub(crate) erasure: Notify,
    /// Wakes the task that issues what waits for its day.
    pub(crate) due: Notify,
    /// Tells the version of the charter in force whenever a newer one is.
    pub(crate) charter_changed: watch::Sender<u32>,
    /// Held while a charter is being adopted.
    pub(crate) adopting: Mutex<()>,
    /// Drafts that waited when they were counted last, for a status while the database does not answer.
    pub(crate) waiting: AtomicU64,
    /// The same of those that wait for review.
    pub(crate) reviewing: AtomicU64,
    /// The same of those that are queued until the node signs.
    pub(crate) queued: AtomicU64,
    /// Everything that runs; work begun by a call belongs here too, so that it goes on when whoever asked for it has gone.
    pub(crate) tasks: Tasks,
    /// The soft stop: finish what you are at.
    pub(crate) stop: CancellationToken,
}

impl Context {
    /// Today in the charter's zone.
    pub(crate) fn today(&self) -> Day {
        self.charter.in_force().charter.today(self.clock.now())
    }

    /// The generation under which receipts and greetings go now.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Takes over a newer generation: another replica has started.
    pub(crate) fn renew_generation(&self, generation: u64) {
        self.generation.fetch_max(generation, Ordering::Relaxed);
    }

    /// Measures a publish from its arrival to its answer, by what became of it.
    pub(crate) async fn measured<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        let result = work.instrument(info_span!("publish")).await;
        let outcome = result
            .as_ref()
            .map_or_else(|error| error.code().reason(), |_| "stored");
        self.metrics.published(outcome);
        self.metrics.publish_stage(Stage::Total, started.elapsed());
        result
    }

    /// Runs work to its end even if whoever asked for it goes away: what follows from a commit must not hang on a connection.
    /// `None` only while the node is being torn down.
    pub(crate) async fn owned<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (done, result) = oneshot::channel();
        self.tasks.spawn(name, OnError::Log, async move {
            // Nobody may be waiting any more.
            drop(done.send(work.await));
            Ok::<_, Infallible>(())
        });
        result.await.ok()
    }

    /// Where a partner's node is to be reached, if it can be dialled at all.
    pub(crate) fn endpoint_of(&self, agency: &AgencyId) -> Option<String> {
        if let Some(endpoint) = self.config.partners.endpoint.get(agency) {
            return Some(endpoint.clone());
        }
        let in_force = self.charter.in_force();
        let endpoint = &in_force.charter.agency(agency)?.endpoint;
        (!endpoint.is_empty()).then(|| endpoint.clone())
    }
}
