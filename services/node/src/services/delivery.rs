//! What became of updates and protocols at each agency of their audience: version by version, for many at once, and as it changes.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use verbund_ledger::LaneId;
use verbund_model::{AgencyId, Day, ProtocolMachine, SubjectKind, SubjectRef, WindowId};
use verbund_store::{Limit, ShownRecord, StoredEntry};
use verbund_wire::agency::{
    DeliverySubject, GetDeliveryRequest, SubjectDelivery, SubjectKey, VersionDelivery,
    WatchDeliveriesResponse,
};
use verbund_wire::convert::codes::{self, Kind};
use verbund_wire::convert::cursor::Cursor;
use verbund_wire::convert::{delivery, name, situation, step};
use verbund_wire::error::{Error, ErrorCode};

use super::store_failed;
use super::watch::{SIGN_OF_LIFE, Watched};
use crate::arrivals::{Arrival, Arrivals};
use crate::context::Context;
use crate::replicate::receipts::Spoken;
use crate::shown;
use crate::steps::subject::Subject;
use crate::steps::taken::{self, Taken};
use crate::steps::{remark, take};
use crate::tasks::OnError;

/// Subjects of one batch: more than a screen holds; the contract says so.
const BATCH_MAX: usize = 200;
/// Subjects that one message names; the contract says so. Beyond, naming them would cost more than reading a screen anew.
const NAMED_MAX: usize = 64;
/// How long changes are gathered: a receipt of each partner follows within moments of the first.
const GATHER: Duration = Duration::from_millis(100);
/// Messages that may wait for a watcher to read them.
const WAITING: usize = 8;

/// In which window an entry was first shown at each agency.
type Shown = HashMap<AgencyId, (Day, WindowId)>;

/// What became of each version of an update or a protocol, the oldest first.
///
/// # Errors
/// What is wrong with the request, there is no such subject here, or the store can't answer.
pub(super) async fn versions(
    ctx: &Arc<Context>,
    request: GetDeliveryRequest,
) -> Result<Vec<VersionDelivery>, Status> {
    if kind(request.kind, "kind")? == SubjectKind::Protocol {
        return revisions(ctx, request).await;
    }
    let record = super::one(ctx, &request.subject, &request.origin).await?;
    let versions = ctx.store.history(&record.subject, Some(&record.origin));
    let versions = versions.await.map_err(store_failed)?;
    let on = SubjectRef {
        subject: record.subject,
        owner: record.origin.clone(),
    };
    let beside = taken::on_subject(ctx, &on, SubjectKind::Update).await;
    let beside = beside.map_err(store_failed)?;
    let mut told = Vec::with_capacity(versions.len());
    for stored in &versions {
        let shown = shown::at(ctx, stored).await.map_err(store_failed)?;
        told.push(version(ctx, stored, &beside, &shown));
    }
    Ok(told)
}

/// What became of each revision of a protocol, in the order in which they came here.
async fn revisions(
    ctx: &Arc<Context>,
    request: GetDeliveryRequest,
) -> Result<Vec<VersionDelivery>, Status> {
    let key = SubjectKey {
        subject: request.subject,
        owner: request.origin,
    };
    let key = step::key(Some(&key), &ctx.agency, "protocol")?;
    let subject = Subject::<ProtocolMachine>::load(ctx, &key).await;
    let subject = subject
        .map_err(store_failed)?
        .ok_or_else(|| take::not_found(SubjectKind::Protocol))?;
    let steps = ctx.store.steps(&key.subject).await.map_err(store_failed)?;
    let mut versions = Vec::new();
    for stored in steps.iter().filter(|it| is_revision(&subject, it)) {
        let shown = shown::at(ctx, stored).await.map_err(store_failed)?;
        versions.push(version(ctx, stored, &subject.beside, &shown));
    }
    Ok(versions)
}

/// Whether an entry wrote a revision of a protocol.
fn is_revision(protocol: &Subject<ProtocolMachine>, stored: &StoredEntry) -> bool {
    let step = protocol.history.step(&name::step_of(&stored.hash));
    step.is_some_and(|it| it.transition.content().is_some())
}

/// What became of the latest version of each subject that is here, in the order in which they were asked for.
///
/// # Errors
/// What is wrong with the request, or that the store can't answer.
pub(super) async fn latest(
    ctx: &Arc<Context>,
    asked: Vec<DeliverySubject>,
) -> Result<Vec<SubjectDelivery>, Status> {
    if asked.len() > BATCH_MAX {
        let message = format!("are more than {BATCH_MAX}");
        return Err(Error::field("subjects", "INVALID_VALUE", message).into());
    }
    let mut wanted = Vec::with_capacity(asked.len());
    for subject in &asked {
        let kind = kind(subject.kind, "subjects.kind")?;
        let key = step::key(subject.key.as_ref(), &ctx.agency, "subjects.key")?;
        wanted.push((kind, key));
    }
    let of = |kind| wanted.iter().filter(move |it| it.0 == kind).map(|it| &it.1);
    let keys = ctx.updates.keys(ctx, of(SubjectKind::Update)).await?;
    let updates = ctx.store.situations_at(&keys).await.map_err(store_failed)?;
    let mut entries: HashMap<(SubjectKind, SubjectRef), StoredEntry> = updates
        .into_iter()
        .map(|record| {
            let on = SubjectRef {
                subject: record.subject,
                owner: record.origin,
            };
            ((SubjectKind::Update, on), record.latest)
        })
        .collect();
    let subjects: BTreeSet<_> = wanted.iter().map(|(_, key)| key.subject).collect();
    let subjects: Vec<_> = subjects.into_iter().collect();
    let steps = ctx.store.steps_on(&subjects).await.map_err(store_failed)?;
    let mut beside = by_subject(ctx, &steps).await.map_err(store_failed)?;
    for key in of(SubjectKind::Protocol) {
        let taken = beside.remove(&(SubjectKind::Protocol, key.clone()));
        let Some(protocol) = Subject::<ProtocolMachine>::of_all(key, taken.unwrap_or_default())
        else {
            continue;
        };
        let mut revisions = steps.iter().rev();
        if let Some(latest) = revisions.find(|it| is_revision(&protocol, it)) {
            let on = (SubjectKind::Protocol, key.clone());
            entries.insert(on.clone(), latest.clone());
            beside.insert(on, protocol.beside);
        }
    }
    let positions: Vec<i64> = entries.values().map(|it| it.position).collect();
    let shown = ctx.store.shown_of(&positions).await.map_err(store_failed)?;
    let mut by_entry: HashMap<(LaneId, u64), Vec<ShownRecord>> = HashMap::new();
    for record in shown {
        let of = by_entry.entry((record.lane, record.sequence)).or_default();
        of.push(record);
    }
    let deliveries = wanted.into_iter().filter_map(|on| {
        let stored = entries.get(&on)?;
        let shown = by_entry.get(&(stored.lane, stored.sequence));
        let shown = shown::over(ctx, shown.cloned().unwrap_or_default());
        let beside = beside.get(&on).map(Vec::as_slice).unwrap_or_default();
        Some(SubjectDelivery {
            subject: Some(delivery::subject(on.0, &on.1)),
            latest: Some(version(ctx, stored, beside, &shown)),
        })
    });
    Ok(deliveries.collect())
}

/// Steps by what they are on.
async fn by_subject(
    ctx: &Arc<Context>,
    steps: &[StoredEntry],
) -> Result<HashMap<(SubjectKind, SubjectRef), Vec<Taken>>, verbund_store::Error> {
    let mut all: HashMap<_, Vec<Taken>> = HashMap::new();
    for stored in steps {
        let Some(lane) = crate::follow::lane(ctx, &stored.lane).await? else {
            continue;
        };
        let Some(step) = Taken::of(&lane, stored) else {
            continue;
        };
        if let Some(kind) = step.on() {
            let on = (kind, step.subject.clone());
            all.entry(on).or_default().push(step);
        }
    }
    Ok(all)
}

/// What became of one version at each agency of its audience but its origin.
fn version(
    ctx: &Context,
    stored: &StoredEntry,
    beside: &[Taken],
    shown: &Shown,
) -> VersionDelivery {
    let acknowledging = remark::acknowledging(beside, &name::step_of(&stored.hash));
    let mut agencies = Vec::new();
    if let Some(lane) = ctx.lanes.lane(&stored.lane) {
        let others = lane.audience.iter().filter(|it| **it != lane.origin);
        for agency in others {
            let outcome = if *agency == ctx.agency {
                Some(stored.outcome)
            } else {
                ctx.desk.outcome(&stored.lane, agency, stored.sequence)
            };
            let first = shown.get(agency).map(|(day, window)| (*day, window));
            let acknowledged = acknowledging.contains(agency);
            agencies.push(delivery::to_wire(agency, outcome, first, acknowledged));
        }
    }
    VersionDelivery {
        position: Some(situation::position(
            &stored.lane,
            stored.sequence,
            &stored.hash,
        )),
        agencies,
    }
}

/// What kind of subject is asked about: an update where nothing is said.
fn kind(word: i32, path: &'static str) -> Result<SubjectKind, Error> {
    match step::optional_word(word, path)? {
        None | Some(SubjectKind::Update) => Ok(SubjectKind::Update),
        Some(SubjectKind::Protocol) => Ok(SubjectKind::Protocol),
        Some(SubjectKind::Task | SubjectKind::Meeting) => {
            let message = "updates and protocols have versions that are delivered";
            Err(Error::field(path, "INVALID_VALUE", message))
        }
    }
}

/// Names subjects whose delivery changes, from now on.
///
/// # Errors
/// As many watch as this node serves.
pub(super) fn watch(ctx: &Arc<Context>) -> Result<Watched<WatchDeliveriesResponse>, Error> {
    let place = ctx.watchers.enter().ok_or_else(|| {
        let message = "as many watch as this node serves at once";
        Error::new(ErrorCode::Overloaded, message)
    })?;
    let (messages, watched) = mpsc::channel(WAITING);
    let mut now = Cursor::new();
    for lane in ctx.lanes.all() {
        now.advance(lane.id, lane.head().sequence);
    }
    let watcher = Watcher {
        changes: ctx.deliveries.watch(),
        arrivals: Arrivals::after(ctx.clone(), now),
        ctx: ctx.clone(),
        messages,
    };
    let stop = ctx.stop.clone();
    ctx.tasks
        .spawn("delivery watcher", OnError::Log, async move {
            let _place = place;
            tokio::select! {
                () = stop.cancelled() => {}
                () = watcher.run() => {}
            }
            Ok::<_, Infallible>(())
        });
    Ok(Box::pin(ReceiverStream::new(watched)))
}

/// Follows what changes for one caller.
struct Watcher {
    ctx: Arc<Context>,
    changes: broadcast::Receiver<Spoken>,
    /// Acknowledgements and remarks are entries.
    arrivals: Arrivals,
    messages: mpsc::Sender<Result<WatchDeliveriesResponse, Status>>,
}

/// What changed since the last message.
#[derive(Debug, Default)]
struct Changed {
    /// Entries whose subjects are still to be looked up.
    entries: BTreeSet<(LaneId, u64)>,
    subjects: BTreeSet<(SubjectKind, SubjectRef)>,
    /// More than can be named.
    all: bool,
}

impl Changed {
    fn entries(&mut self, spoken: Spoken) {
        let more = usize::try_from(spoken.last - spoken.first).unwrap_or(usize::MAX);
        if more >= NAMED_MAX {
            self.all = true;
            return;
        }
        let sequences = spoken.first..=spoken.last;
        self.entries
            .extend(sequences.map(|sequence| (spoken.lane, sequence)));
        self.all |= self.entries.len() > NAMED_MAX;
    }

    fn is_empty(&self) -> bool {
        !self.all && self.entries.is_empty() && self.subjects.is_empty()
    }
}

impl Watcher {
    async fn run(mut self) {
        if let Err(status) = self.follow().await {
            // Nobody may be reading any more.
            let _ = self.messages.send(Err(status)).await;
        }
    }

    async fn follow(&mut self) -> Result<(), Status> {
        let mut sign = interval(SIGN_OF_LIFE);
        sign.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changed = Changed::default();
        let mut due = Instant::now();
        loop {
            let idle = changed.is_empty();
            tokio::select! {
                () = self.messages.closed() => return Ok(()),
                _ = sign.tick() => {
                    if self.messages.send(Ok(WatchDeliveriesResponse::default())).await.is_err() {
                        return Ok(());
                    }
                }
                () = sleep_until(due), if !idle => {
                    let message = self.message(std::mem::take(&mut changed)).await;
                    let message = message.map_err(store_failed)?;
                    let says_something = message.all || !message.subjects.is_empty();
                    if says_something && self.messages.send(Ok(message)).await.is_err() {
                        return Ok(());
                    }
                }
                spoken = self.changes.recv() => match spoken {
                    Ok(spoken) => changed.entries(spoken),
                    // Nothing is lost by it: what is told is that something changed.
                    Err(broadcast::error::RecvError::Lagged(_)) => changed.all = true,
                    Err(broadcast::error::RecvError::Closed) => return Ok(()),
                },
                arrival = self.arrivals.next() => match arrival.map_err(store_failed)? {
                    None => return Ok(()),
                    Some(Arrival::Entries(entries)) => {
                        for stored in &entries {
                            changed.subjects.extend(self.spoken_of(stored));
                        }
                    }
                    // What became of them here has changed.
                    Some(Arrival::Admitted(entries)) => {
                        for stored in entries.iter() {
                            changed.subjects.extend(self.delivered(stored));
                            changed.subjects.extend(self.spoken_of(stored));
                        }
                    }
                    Some(Arrival::Missed) => changed.all = true,
                    Some(Arrival::CaughtUp) => {}
                },
            }
            if idle && !changed.is_empty() {
                due = Instant::now() + GATHER;
            }
        }
    }

    /// What changed, by the subjects that it is about.
    async fn message(
        &self,
        mut changed: Changed,
    ) -> Result<WatchDeliveriesResponse, verbund_store::Error> {
        if !changed.all {
            for (lane, sequence) in &changed.entries {
                let limit = Limit { count: 1, bytes: 1 };
                let found = self.ctx.store.entries(lane, sequence - 1, limit).await?;
                let of = found.first().filter(|it| it.sequence == *sequence);
                changed
                    .subjects
                    .extend(of.and_then(|it| self.delivered(it)));
            }
        }
        let all = changed.all || changed.subjects.len() > NAMED_MAX;
        let subjects = changed.subjects.iter().filter(|_| !all);
        Ok(WatchDeliveriesResponse {
            subjects: subjects
                .map(|(kind, key)| delivery::subject(*kind, key))
                .collect(),
            all,
        })
    }

    /// The update or protocol that an entry is a version of.
    fn delivered(&self, stored: &StoredEntry) -> Option<(SubjectKind, SubjectRef)> {
        let lane = self.ctx.lanes.lane(&stored.lane)?;
        if stored.version > 0 {
            let on = SubjectRef {
                subject: stored.subject?,
                owner: lane.origin.clone(),
            };
            return Some((SubjectKind::Update, on));
        }
        let step = Taken::of(&lane, stored)?;
        let writes = match &step.kind {
            Kind::Protocol(it) => it.content().is_some(),
            _ => false,
        };
        writes.then_some((SubjectKind::Protocol, step.subject))
    }

    /// The update or protocol of which an entry says that an agency has taken note, or on which it asks or answers something.
    fn spoken_of(&self, stored: &StoredEntry) -> Option<(SubjectKind, SubjectRef)> {
        if !stored.step {
            return None;
        }
        let codes = codes::decode(&stored.entry.codes.as_ref()?.content).ok()?;
        let (Kind::Acknowledgement(on, _) | Kind::Remark(on, _)) = codes.kind else {
            return None;
        };
        // Tasks and meetings have watches of their own, which tell their remarks too.
        if !matches!(on, SubjectKind::Update | SubjectKind::Protocol) {
            return None;
        }
        let key = SubjectRef {
            subject: codes.subject,
            owner: codes.owner?,
        };
        Some((on, key))
    }
}
