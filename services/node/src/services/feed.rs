//! The live feed from a cursor on, and what became of updates at the partners'.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use verbund_store::StoredEntry;
use verbund_wire::agency::feed_service_server::FeedService;
use verbund_wire::agency::{
    AcknowledgeRequest, AcknowledgeResponse, BatchGetDeliveriesRequest, BatchGetDeliveriesResponse,
    FeedEvent, GetDeliveryRequest, GetDeliveryResponse, ListFeedRequest, ListFeedResponse,
    MarkShownRequest, MarkShownResponse, WatchDeliveriesRequest, WatchDeliveriesResponse,
    WatchFeedRequest, WatchFeedResponse,
};
use verbund_wire::convert::cursor::Cursor;
use verbund_wire::convert::filter::Filter;
use verbund_wire::convert::page;
use verbund_wire::error::{Error, ErrorCode};

use super::watch::Watched;
use super::{delivery, finished, store_failed};
use crate::arrivals::{self, Arrival, Arrivals};
use crate::caller;
use crate::context::Context;
use crate::shown;
use crate::steps::remark;
use crate::tasks::OnError;
use crate::views::{self, Content};

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
            let found = arrivals::page(&self.0, &cursor, size - events.len() as u32)
                .await
                .map_err(store_failed)?;
            if found.is_empty() {
                return Ok(Response::new(ListFeedResponse {
                    events,
                    cursor: cursor.encode(),
                    more: false,
                }));
            }
            let shown = show(&self.0, &filter, &mut cursor, &found).await;
            events.extend(shown.map_err(store_failed)?);
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
        let versions = delivery::versions(&self.0, request.into_inner()).await?;
        Ok(Response::new(GetDeliveryResponse { versions }))
    }

    async fn batch_get_deliveries(
        &self,
        request: Request<BatchGetDeliveriesRequest>,
    ) -> Result<Response<BatchGetDeliveriesResponse>, Status> {
        let deliveries = delivery::latest(&self.0, request.into_inner().subjects).await?;
        Ok(Response::new(BatchGetDeliveriesResponse { deliveries }))
    }

    type WatchDeliveriesStream = Watched<WatchDeliveriesResponse>;

    async fn watch_deliveries(
        &self,
        _: Request<WatchDeliveriesRequest>,
    ) -> Result<Response<Self::WatchDeliveriesStream>, Status> {
        Ok(Response::new(delivery::watch(&self.0)?))
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
        let caller = caller::of(&request)?;
        shown::mark(&self.0, &caller, request.get_ref()).await?;
        Ok(Response::new(MarkShownResponse {}))
    }
}

/// The events among these entries that a filter chooses. The cursor moves past all of them.
async fn show(
    ctx: &Context,
    filter: &Filter,
    cursor: &mut Cursor,
    entries: impl IntoIterator<Item = &StoredEntry>,
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
    /// How far the caller has been told.
    cursor: Cursor,
    events: mpsc::Sender<Result<WatchFeedResponse, Status>>,
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
        let mut arrivals = Arrivals::after(self.ctx.clone(), self.cursor.clone());
        let mut life = interval(SIGN_OF_LIFE);
        life.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first one has been sent.
        life.reset();
        // All that was there has been told; and whether that is news to the caller.
        let (mut live, mut owed) = (false, true);
        loop {
            let arrival = tokio::select! {
                () = self.events.closed() => return Ok(()),
                _ = life.tick() => {
                    if self.send(Vec::new(), live).await.is_none() {
                        return Ok(());
                    }
                    continue;
                }
                arrival = arrivals.next() => arrival.map_err(store_failed)?,
            };
            let events = match arrival {
                None => return Ok(()),
                Some(Arrival::Entries(entries)) => self.show(&entries).await?,
                Some(Arrival::Admitted(entries)) => self.show(&entries).await?,
                Some(Arrival::Missed) => continue,
                Some(Arrival::CaughtUp) => {
                    live = true;
                    // Another replica's commits that say nothing to this watcher are no message.
                    if std::mem::take(&mut owed) && self.send(Vec::new(), true).await.is_none() {
                        return Ok(());
                    }
                    continue;
                }
            };
            if !events.is_empty() {
                owed |= !arrivals.is_live();
                if self.send(events, arrivals.is_live()).await.is_none() {
                    return Ok(());
                }
            }
        }
    }

    async fn show(&mut self, entries: &[Arc<StoredEntry>]) -> Result<Vec<FeedEvent>, Status> {
        let entries = entries.iter().map(AsRef::as_ref);
        let events = show(&self.ctx, &self.filter, &mut self.cursor, entries).await;
        events.map_err(store_failed)
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
