//! The live feed from a cursor on, and what became of updates at the partners'.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use verbund_model::{ProtocolMachine, StepId, SubjectKind, SubjectRef};
use verbund_store::{Limit, StoredEntry};
use verbund_wire::agency::feed_service_server::FeedService;
use verbund_wire::agency::{
    AcknowledgeRequest, AcknowledgeResponse, BatchGetDeliveriesRequest, BatchGetDeliveriesResponse,
    FeedEvent, GetDeliveryRequest, GetDeliveryResponse, ListFeedRequest, ListFeedResponse,
    MarkShownRequest, MarkShownResponse, SubjectDelivery, SubjectKey, VersionDelivery,
    WatchDeliveriesRequest, WatchDeliveriesResponse, WatchFeedRequest, WatchFeedResponse,
};
use verbund_wire::convert::cursor::Cursor;
use verbund_wire::convert::filter::Filter;
use verbund_wire::convert::{delivery, name, page, situation, step};
use verbund_wire::error::{Error, ErrorCode};

use super::{finished, store_failed};
use crate::caller;
use crate::context::Context;
use crate::hub::{Commit, News};
use crate::shown;
use crate::steps::subject::Subject;
use crate::steps::taken::{self, Taken};
use crate::steps::{remark, take};
use crate::tasks::OnError;
use crate::views::{self, Content};

/// Entries read at once while a watcher catches up.
const PAGE: u32 = 200;
/// Bytes read at once from one lane.
const PAGE_BYTES: u32 = 1024 * 1024;
/// Messages that may wait for a watcher to read them; one that is slower reads the store again.
const WAITING: usize = 8;
/// How often a watcher gets a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(crate) struct Feed(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl FeedService for Feed {
    async fn list_feed(
        &self,
        request: Request<ListFeedRequest>,
    ) -> Result<Response<ListFeedResponse>, Status> {
        let request = request.into_inner();
        let filter = Filter::from_wire(request.filter)?;
        let mut cursor = Cursor::decode(&request.cursor)?;
        let size = page::size(request.page_size)?;
        let mut events = Vec::new();
        // A filter may pass over much: go on until the page is full or there is nothing more.
        while events.len() < size as usize {
            let found = next(&self.0, &cursor, size - events.len() as u32)
                .await
                .map_err(store_failed)?;
            if found.is_empty() {
                return Ok(Response::new(ListFeedResponse {
                    events,
                    cursor: cursor.encode(),
                    more: false,
                }));
            }
            events.extend(
                show(&self.0, &filter, &mut cursor, &found)
                    .await
                    .map_err(store_failed)?,
            );
        }
        Ok(Response::new(ListFeedResponse {
            events,
            cursor: cursor.encode(),
            more: true,
        }))
    }

    type WatchFeedStream = Pin<Box<dyn Stream<Item = Result<WatchFeedResponse, Status>> + Send>>;

    async fn watch_feed(
        &self,
        request: Request<WatchFeedRequest>,
    ) -> Result<Response<Self::WatchFeedStream>, Status> {
        let request = request.into_inner();
        let filter = Filter::from_wire(request.filter)?;
        let mut cursor = Cursor::decode(&request.cursor)?;
        if request.from_now {
            for lane in self.0.lanes.all() {
                cursor.advance(lane.id, lane.head().sequence);
            }
        }
        let place = self.0.watchers.enter().ok_or_else(|| {
            Error::new(
                ErrorCode::Overloaded,
                "as many feeds are watched as this node serves at once",
            )
        })?;
        let (events, watched) = mpsc::channel(WAITING);
        let watcher = Watcher {
            ctx: self.0.clone(),
            filter,
            cursor,
            events,
        };
        let stop = self.0.stop.clone();
        self.0
            .tasks
            .spawn("feed watcher", OnError::Log, async move {
                let _place = place;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = watcher.run() => {}
                }
                Ok::<_, Infallible>(())
            });
        Ok(Response::new(Box::pin(ReceiverStream::new(watched))))
    }

    async fn get_delivery(
        &self,
        request: Request<GetDeliveryRequest>,
    ) -> Result<Response<GetDeliveryResponse>, Status> {
        let request = request.into_inner();
        match step::optional_word(request.kind, "kind")? {
            None | Some(SubjectKind::Update) => {}
            Some(SubjectKind::Protocol) => {
                let versions = revisions(&self.0, request).await?;
                return Ok(Response::new(GetDeliveryResponse { versions }));
            }
            Some(SubjectKind::Task | SubjectKind::Meeting) => {
                let message = "updates and protocols have versions that are delivered";
                return Err(Error::field("kind", "INVALID_VALUE", message).into());
            }
        }
        let record = super::one(&self.0, &request.subject, &request.origin).await?;
        let versions = self
            .0
            .store
            .history(&record.subject, Some(&record.origin))
            .await
            .map_err(store_failed)?;
        let on = SubjectRef {
            subject: record.subject,
            owner: record.origin.clone(),
        };
        let beside = taken::on_subject(&self.0, &on, SubjectKind::Update).await;
        let beside = beside.map_err(store_failed)?;
        let mut delivery = Vec::with_capacity(versions.len());
        for stored in &versions {
            let delivered = delivered(&self.0, stored, &beside).await;
            delivery.push(delivered.map_err(store_failed)?);
        }
        Ok(Response::new(GetDeliveryResponse { versions: delivery }))
    }

    async fn batch_get_deliveries(
        &self,
        request: Request<BatchGetDeliveriesRequest>,
    ) -> Result<Response<BatchGetDeliveriesResponse>, Status> {
        let mut deliveries = Vec::new();
        for subject in request.into_inner().subjects {
            let key = subject.key.clone().unwrap_or_default();
            let asked = GetDeliveryRequest {
                subject: key.subject,
                origin: key.owner,
                kind: subject.kind,
            };
            let told = self.get_delivery(Request::new(asked)).await;
            let latest = told.ok().and_then(|it| it.into_inner().versions.pop());
            deliveries.extend(latest.map(|latest| SubjectDelivery {
                subject: Some(subject),
                latest: Some(latest),
            }));
        }
        Ok(Response::new(BatchGetDeliveriesResponse { deliveries }))
    }

    type WatchDeliveriesStream =
        Pin<Box<dyn Stream<Item = Result<WatchDeliveriesResponse, Status>> + Send>>;

    async fn watch_deliveries(
        &self,
        _: Request<WatchDeliveriesRequest>,
    ) -> Result<Response<Self::WatchDeliveriesStream>, Status> {
        let (messages, watched) = mpsc::channel(WAITING);
        // Room for one is there.
        let _ = messages.try_send(Ok(WatchDeliveriesResponse::default()));
        Ok(Response::new(Box::pin(ReceiverStream::new(watched))))
    }

    async fn acknowledge(
        &self,
        request: Request<AcknowledgeRequest>,
    ) -> Result<Response<AcknowledgeResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let acknowledging = async move {
            ctx.measured(remark::acknowledge(&ctx, caller, request))
                .await
        };
        let receipt = finished(&self.0, acknowledging).await?;
        Ok(Response::new(AcknowledgeResponse {
            receipt: Some(receipt),
        }))
    }

    async fn mark_shown(
        &self,
        request: Request<MarkShownRequest>,
    ) -> Result<Response<MarkShownResponse>, Status> {
        shown::mark(&self.0, request.get_ref()).await?;
        Ok(Response::new(MarkShownResponse {}))
    }
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
    let written = |id: &StepId| {
        let step = subject.history.step(id);
        step.is_some_and(|it| it.transition.content().is_some())
    };
    let mut versions = Vec::new();
    let steps = ctx.store.steps(&key.subject).await.map_err(store_failed)?;
    for stored in steps.iter().filter(|it| written(&name::step_of(&it.hash))) {
        let delivered = delivered(ctx, stored, &subject.beside).await;
        versions.push(delivered.map_err(store_failed)?);
    }
    Ok(versions)
}

/// What became of one version at each agency of its audience but its origin.
async fn delivered(
    ctx: &Context,
    stored: &StoredEntry,
    beside: &[Taken],
) -> Result<VersionDelivery, verbund_store::Error> {
    let shown = shown::at(ctx, stored).await?;
    let mut agencies = Vec::new();
    let acknowledging = remark::acknowledging(beside, &name::step_of(&stored.hash));
    if let Some(lane) = ctx.lanes.lane(&stored.lane) {
        for agency in lane
            .audience
            .iter()
            .filter(|agency| **agency != lane.origin)
        {
            let outcome = if *agency == ctx.agency {
                Some(stored.outcome)
            } else {
                ctx.desk.outcome(&stored.lane, agency, stored.sequence)
            };
            let first = shown.get(agency);
            let first = first.map(|(day, window)| (*day, window));
            let acknowledged = acknowledging.contains(agency);
            agencies.push(delivery::to_wire(agency, outcome, first, acknowledged));
        }
    }
    Ok(VersionDelivery {
        position: Some(situation::position(
            &stored.lane,
            stored.sequence,
            &stored.hash,
        )),
        agencies,
    })
}

/// The next entries after a cursor, in the order in which they came here.
async fn next(
    ctx: &Context,
    cursor: &Cursor,
    count: u32,
) -> Result<Vec<StoredEntry>, verbund_store::Error> {
    let mut found = Vec::new();
    for lane in ctx.lanes.all() {
        let after = cursor.position(&lane.id);
        if lane.head().sequence > after {
            found.extend(
                ctx.store
                    .entries(
                        &lane.id,
                        after,
                        Limit {
                            count,
                            bytes: PAGE_BYTES,
                        },
                    )
                    .await?,
            );
        }
    }
    found.sort_unstable_by_key(|stored| stored.position);
    found.truncate(count as usize);
    Ok(found)
}

/// The events among these entries that a filter chooses. The cursor moves past all of them.
async fn show(
    ctx: &Context,
    filter: &Filter,
    cursor: &mut Cursor,
    entries: &[StoredEntry],
) -> Result<Vec<FeedEvent>, verbund_store::Error> {
    let mut events = Vec::new();
    for stored in entries {
        cursor.advance(stored.lane, stored.sequence);
        if let Some(mut event) = event(ctx, filter, stored).await? {
            event.cursor = cursor.encode();
            events.push(event);
        }
    }
    Ok(events)
}

/// An entry as an event, if the filter chooses it. What is erased tells nothing that a filter could ask for.
async fn event(
    ctx: &Context,
    filter: &Filter,
    stored: &StoredEntry,
) -> Result<Option<FeedEvent>, verbund_store::Error> {
    let Some(event) = views::event(ctx, stored).await? else {
        return Ok(None);
    };
    if *filter == Filter::default() {
        return Ok(Some(event));
    }
    let Some(lane) = ctx.lanes.lane(&stored.lane) else {
        return Ok(None);
    };
    let observed = match Content::of(stored) {
        Some(content) if content.observation().is_some() => Some(content),
        _ => match &stored.subject {
            Some(subject) => ctx
                .store
                .situation(subject, Some(&lane.origin))
                .await?
                .and_then(|record| Content::of(&record.observed)),
            None => None,
        },
    };
    let chosen = match observed.as_ref().and_then(Content::observation) {
        Some(it) => filter.chooses(&lane.origin, it),
        None => filter.agencies.is_empty() || filter.agencies.contains(&lane.origin),
    };
    Ok(chosen.then_some(event))
}

/// Follows the feed for one caller.
struct Watcher {
    ctx: Arc<Context>,
    filter: Filter,
    cursor: Cursor,
    events: mpsc::Sender<Result<WatchFeedResponse, Status>>,
}

/// How telling of a commit went.
enum Told {
    All,
    /// Something before it is missing; the store has it.
    Behind,
}

impl Watcher {
    async fn run(mut self) {
        if let Err(status) = self.follow().await {
            // The watcher may be gone.
            let _ = self.events.send(Err(status)).await;
        }
    }

    async fn follow(&mut self) -> Result<(), Status> {
        if self.send(Vec::new(), false).await.is_none() {
            return Ok(());
        }
        let mut life = interval(SIGN_OF_LIFE);
        life.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut live = false;
        loop {
            // First listen, then read: nothing can fall between.
            let mut commits = self.ctx.hub.subscribe();
            let Some(found) = self.catch_up().await? else {
                return Ok(());
            };
            // Another replica's commits that say nothing to this watcher are no message.
            if (found || !live) && self.send(Vec::new(), true).await.is_none() {
                return Ok(());
            }
            live = true;
            loop {
                tokio::select! {
                    () = self.events.closed() => return Ok(()),
                    _ = life.tick() => if self.send(Vec::new(), true).await.is_none() {
                        return Ok(());
                    },
                    commit = commits.recv() => match commit {
                        Ok(News::Behind) => break,
                        Ok(News::Commit(commit)) => match self.tell(&commit).await? {
                            Some(Told::All) => {}
                            Some(Told::Behind) => break,
                            None => return Ok(()),
                        },
                        // Too slow: what was missed is in the store.
                        Err(broadcast::error::RecvError::Lagged(_)) => break,
                        Err(broadcast::error::RecvError::Closed) => return Ok(()),
                    },
                }
            }
        }
    }

    /// Sends what the store has after the cursor, and tells whether that was anything. `None` when nobody listens any more.
    async fn catch_up(&mut self) -> Result<Option<bool>, Status> {
        let mut sent = false;
        loop {
            let found = next(&self.ctx, &self.cursor, PAGE)
                .await
                .map_err(store_failed)?;
            if found.is_empty() {
                return Ok(Some(sent));
            }
            let events = show(&self.ctx, &self.filter, &mut self.cursor, &found)
                .await
                .map_err(store_failed)?;
            if events.is_empty() {
                continue;
            }
            sent = true;
            if self.send(events, false).await.is_none() {
                return Ok(None);
            }
        }
    }

    /// Sends what one commit brought. `None` when nobody listens any more.
    async fn tell(&mut self, commit: &Commit) -> Result<Option<Told>, Status> {
        let mut events = Vec::new();
        let mut told = Told::All;
        for stored in commit.entries.iter() {
            let reached = self.cursor.position(&stored.lane);
            if !commit.readmitted {
                if stored.sequence <= reached {
                    // Committed while this watcher caught up, and read from the store.
                    continue;
                }
                if stored.sequence > reached + 1 {
                    // Another commit of the lane is told after this one: read both in their order.
                    told = Told::Behind;
                    break;
                }
            }
            self.cursor.advance(stored.lane, stored.sequence);
            if let Some(mut event) = event(&self.ctx, &self.filter, stored)
                .await
                .map_err(store_failed)?
            {
                event.cursor = self.cursor.encode();
                events.push(event);
            }
        }
        if events.is_empty() {
            return Ok(Some(told));
        }
        Ok(self.send(events, true).await.map(|()| told))
    }

    async fn send(&self, events: Vec<FeedEvent>, live: bool) -> Option<()> {
        let message = WatchFeedResponse {
            events,
            cursor: self.cursor.encode(),
            live,
        };
        self.events.send(Ok(message)).await.ok()
    }
}
