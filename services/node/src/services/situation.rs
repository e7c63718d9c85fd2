//! Publishing and reading situation updates.

use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use verbund_model::{SubjectId, day_number};
use verbund_store::{Filter, Page, PageKey, SituationRecord};
use verbund_wire::agency::publish_situations_response::Outcome;
use verbund_wire::agency::situation_service_server::SituationService;
use verbund_wire::agency::{
    ConfirmSituationRequest, ConfirmSituationResponse, CorrectSituationRequest,
    CorrectSituationResponse, GetSituationRequest, GetSituationResponse,
    ListAwaitingConfirmationRequest, ListAwaitingConfirmationResponse, ListSituationsRequest,
    ListSituationsResponse, PublishSituationRequest, PublishSituationResponse,
    PublishSituationsRequest, PublishSituationsResponse, WithdrawSituationRequest,
    WithdrawSituationResponse,
};
use verbund_wire::convert::{filter, page};
use verbund_wire::error::Error;

use super::{finished, store_failed};
use crate::caller::{self, Caller};
use crate::context::Context;
use crate::publish::{awaiting, backlog, change, confirm, issue};
use crate::tasks::OnError;
use crate::views;

/// Items of one publish stream that may wait for their answer; the contract says so.
const WAITING_MAX: usize = 1024;
/// Answers that may wait for the caller to read them.
const ANSWERS: usize = 256;

#[derive(Debug)]
pub(crate) struct Situations(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl SituationService for Situations {
    async fn publish_situation(
        &self,
        request: Request<PublishSituationRequest>,
    ) -> Result<Response<PublishSituationResponse>, Status> {
        let caller = caller::of(&request)?;
        let receipt = self
            .0
            .measured(issue::publish(&self.0, &caller, request.into_inner()))
            .await?;
        Ok(Response::new(PublishSituationResponse {
            receipt: Some(receipt),
        }))
    }

    type PublishSituationsStream =
        Pin<Box<dyn Stream<Item = Result<PublishSituationsResponse, Status>> + Send>>;

    async fn publish_situations(
        &self,
        request: Request<Streaming<PublishSituationsRequest>>,
    ) -> Result<Response<Self::PublishSituationsStream>, Status> {
        let caller = caller::of(&request)?;
        let (answers, answered) = mpsc::channel(ANSWERS);
        let ctx = self.0.clone();
        // Owned by the node: what was taken from a caller who then goes is still finished.
        let publishing = publish_all(ctx, caller, request.into_inner(), answers);
        self.0.tasks.spawn("publish stream", OnError::Log, async {
            publishing.await;
            Ok::<_, Infallible>(())
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answered))))
    }

    async fn correct_situation(
        &self,
        request: Request<CorrectSituationRequest>,
    ) -> Result<Response<CorrectSituationResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let changing = async move { ctx.measured(change::correct(&ctx, &caller, request)).await };
        let receipt = finished(&self.0, changing).await?;
        Ok(Response::new(CorrectSituationResponse {
            receipt: Some(receipt),
        }))
    }

    async fn withdraw_situation(
        &self,
        request: Request<WithdrawSituationRequest>,
    ) -> Result<Response<WithdrawSituationResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let changing = async move { ctx.measured(change::withdraw(&ctx, &caller, request)).await };
        let receipt = finished(&self.0, changing).await?;
        Ok(Response::new(WithdrawSituationResponse {
            receipt: Some(receipt),
        }))
    }

    async fn confirm_situation(
        &self,
        request: Request<ConfirmSituationRequest>,
    ) -> Result<Response<ConfirmSituationResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let changing = async move { ctx.measured(confirm::confirm(&ctx, &caller, request)).await };
        let receipt = finished(&self.0, changing).await?;
        Ok(Response::new(ConfirmSituationResponse {
            receipt: Some(receipt),
        }))
    }

    async fn list_awaiting_confirmation(
        &self,
        request: Request<ListAwaitingConfirmationRequest>,
    ) -> Result<Response<ListAwaitingConfirmationResponse>, Status> {
        let caller = caller::of(&request)?;
        Ok(Response::new(awaiting::list(&self.0, &caller).await?))
    }

    async fn get_situation(
        &self,
        request: Request<GetSituationRequest>,
    ) -> Result<Response<GetSituationResponse>, Status> {
        let request = request.into_inner();
        let found = super::one(&self.0, &request.subject, &request.origin).await;
        let record = match found {
            Ok(record) => record,
            Err(missing) => {
                let queued = queued(&self.0, &request).await?;
                return queued.map(Response::new).ok_or(missing);
            }
        };
        let lane = crate::follow::lane(&self.0, &record.lane).await;
        let lane = lane.map_err(store_failed)?.ok_or_else(Error::internal)?;
        let situation = views::latest(&self.0, &record);
        let versions = self
            .0
            .store
            .history(&record.subject, Some(&record.origin))
            .await
            .map_err(store_failed)?;
        let history = versions
            .iter()
            .map(|stored| views::version(stored, &record.observed, &record.origin, &lane.audience));
        Ok(Response::new(GetSituationResponse {
            situation,
            history: history.collect(),
            queued: false,
        }))
    }

    async fn list_situations(
        &self,
        request: Request<ListSituationsRequest>,
    ) -> Result<Response<ListSituationsResponse>, Status> {
        let request = request.into_inner();
        let filter = filter::Filter::from_wire(request.filter)?;
        let size = page::size(request.page_size)?;
        let before = page::key(&filter, &request.page_token)?.map(PageKey);
        let found = if filter.is_indexed() {
            list(&self.0, &filter, before, size).await?
        } else {
            pick(&self.0, &filter, before, size).await?
        };
        let next_page_token = found
            .next
            .map(|key| page::token(&filter, key.0))
            .unwrap_or_default();
        let situations = found
            .items
            .iter()
            .filter_map(|record| views::latest(&self.0, record))
            .collect();
        Ok(Response::new(ListSituationsResponse {
            situations,
            next_page_token,
        }))
    }
}

/// The update that a caller names, where it is an own one that is queued.
async fn queued(
    ctx: &Context,
    request: &GetSituationRequest,
) -> Result<Option<GetSituationResponse>, Error> {
    let own = request.origin.is_empty() || request.origin == ctx.agency.as_str();
    match SubjectId::parse(&request.subject) {
        Ok(subject) if own => backlog::shown(ctx, &subject).await,
        _ => Ok(None),
    }
}

/// A page of what a filter chooses by what the store has no index for.
async fn pick(
    ctx: &Context,
    filter: &filter::Filter,
    before: Option<PageKey>,
    size: u32,
) -> Result<Page<SituationRecord>, Status> {
    let size = size as usize;
    // One more tells whether there is another page.
    let mut keys = ctx.updates.chosen(ctx, filter, before, size + 1).await?;
    let more = keys.len() > size;
    keys.truncate(size);
    let next = keys.last().filter(|_| more).copied();
    let items = ctx.store.situations_at(&keys).await.map_err(store_failed)?;
    Ok(Page { items, next })
}

/// Single filters that one list may come to: agencies × categories × places. Each is a query of its own, led by an index.
const FILTERS_MAX: usize = 64;

/// A page of what any of the filter's combinations chooses, the last changed first.
async fn list(
    ctx: &Context,
    filter: &filter::Filter,
    before: Option<PageKey>,
    size: u32,
) -> Result<Page<SituationRecord>, Status> {
    let filters = combinations(filter)?;
    let mut found = Page {
        items: Vec::new(),
        next: None,
    };
    for filter in &filters {
        let page = ctx
            .store
            .situations(filter, before, size)
            .await
            .map_err(store_failed)?;
        found.items.extend(page.items);
        found.next = found.next.max(page.next);
    }
    if filters.len() > 1 {
        found
            .items
            .sort_unstable_by_key(|record| Reverse(record.changed));
        let more = found.items.len() > size as usize || found.next.is_some();
        found.items.truncate(size as usize);
        found.next = found
            .items
            .last()
            .filter(|_| more)
            .map(|last| PageKey(last.changed));
    }
    Ok(found)
}

/// The store's filters, each with one value of a kind, that together choose what a caller's filter chooses.
fn combinations(filter: &filter::Filter) -> Result<Vec<Filter>, Error> {
    fn each<T: Clone>(chosen: &BTreeSet<T>) -> Vec<Option<T>> {
        if chosen.is_empty() {
            vec![None]
        } else {
            chosen.iter().cloned().map(Some).collect()
        }
    }
    let (agencies, categories, places) = (
        each(&filter.agencies),
        each(&filter.categories),
        each(&filter.places),
    );
    if agencies.len() * categories.len() * places.len() > FILTERS_MAX {
        let message = format!(
            "agencies × categories × places may come to {FILTERS_MAX} combinations; ask for fewer at once"
        );
        return Err(Error::field("filter", "TOO_MANY_COMBINATIONS", message));
    }
    let mut filters = Vec::new();
    for agency in &agencies {
        for category in &categories {
            for place in &places {
                filters.push(Filter {
                    agency: agency.clone(),
                    category: category.clone(),
                    place: place.clone(),
                    from_day: filter.from.map(day_number),
                    to_day: filter.to.map(day_number),
                });
            }
        }
    }
    Ok(filters)
}

/// Publishes what a stream brings, as many at once as the contract allows, until it ends.
async fn publish_all(
    ctx: Arc<Context>,
    caller: Caller,
    mut items: Streaming<PublishSituationsRequest>,
    answers: mpsc::Sender<Result<PublishSituationsResponse, Status>>,
) {
    let mut waiting = FuturesUnordered::new();
    let mut ready: VecDeque<PublishSituationsResponse> = VecDeque::new();
    let mut open = true;
    while open || !waiting.is_empty() {
        tokio::select! {
            biased;
            Some(answer) = waiting.next(), if !waiting.is_empty() => {
                ready.push_back(answer);
            }
            item = items.next(), if open && waiting.len() < WAITING_MAX => match item {
                Some(Ok(item)) => waiting.push(answer(&ctx, &caller, item)),
                Some(Err(status)) => {
                    // What was taken is answered before the stream ends with its error.
                    while let Some(answer) = waiting.next().await {
                        if answers.send(Ok(answer)).await.is_err() {
                            break;
                        }
                    }
                    // The caller that broke the stream may be gone.
                    let _ = answers.send(Err(status)).await;
                    return;
                }
                None => open = false,
            },
            () = ctx.stop.cancelled(), if open => open = false,
        }
        while let Some(answer) = ready.pop_front() {
            if answers.send(Ok(answer)).await.is_err() {
                // Nobody reads any more; what waits is finished by the queue all the same.
                return;
            }
        }
    }
}

async fn answer(
    ctx: &Arc<Context>,
    caller: &Caller,
    item: PublishSituationsRequest,
) -> PublishSituationsResponse {
    let Some(request) = item.request else {
        let error = Error::field("request", "MISSING_FIELD", "an item without a request");
        return PublishSituationsResponse {
            request_id: String::new(),
            outcome: Some(Outcome::Error(error.into_item())),
        };
    };
    let request_id = request.request_id.clone();
    let outcome = match ctx.measured(issue::publish(ctx, caller, request)).await {
        Ok(receipt) => Outcome::Receipt(receipt),
        Err(error) => Outcome::Error(error.into_item()),
    };
    PublishSituationsResponse {
        request_id,
        outcome: Some(outcome),
    }
}
