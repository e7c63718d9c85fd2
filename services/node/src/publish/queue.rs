//! Gathers what many callers publish at once into batches: one lock of the lane's head and one flush for each batch.
//!
//! Whoever comes while a batch is being flushed is handed on at once, so that signing goes on meanwhile, and the store puts
//! into one transaction what waits for it; an idle node adds no wait.

use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::sync::{mpsc, oneshot};
use tracing::Span;
use verbund_ledger::LaneHead;
use verbund_store::{PublishItem, PublishOutcome, Seal};
use verbund_wire::convert;
use verbund_wire::error::{Error, ErrorCode};

use crate::context::Context;

/// Items in one batch: at the full rate some 60 flushes a second, so that they are a small part of the work.
const BATCH: usize = 256;
/// Batches that are with the store at once; beyond, what waits becomes larger batches.
const UNDER_WAY: usize = 8;
type Answer = oneshot::Sender<Result<PublishOutcome, verbund_store::Error>>;

/// An item that waits, within which span it came, and where its answer goes.
pub(crate) struct Waiting {
    item: PublishItem,
    span: Span,
    answer: Answer,
}

/// Where callers put their items.
#[derive(Debug)]
pub(crate) struct Queue {
    sender: mpsc::Sender<Waiting>,
}

impl Queue {
    /// A queue for so many items, and the end that [`run`] empties. Beyond, callers are told to come again: waiting longer helps
    /// nobody.
    pub(crate) fn new(bound: usize) -> (Self, mpsc::Receiver<Waiting>) {
        let (sender, receiver) = mpsc::channel(bound);
        (Self { sender }, receiver)
    }

    /// Items that wait.
    pub(crate) fn depth(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// Publishes an item and waits until it is on stable storage. `None` if its lane was stopped meanwhile: choose again.
    pub(crate) async fn publish(&self, item: PublishItem) -> Result<Option<PublishOutcome>, Error> {
        let (answer, answered) = oneshot::channel();
        self.sender
            .try_send(Waiting {
                item,
                span: Span::current(),
                answer,
            })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => Error::new(
                    ErrorCode::Overloaded,
                    "too many publishes wait; come again shortly",
                ),
                mpsc::error::TrySendError::Closed(_) => {
                    Error::new(ErrorCode::Stopping, "the node is stopping")
                }
            })?;
        match answered.await {
            Ok(Ok(outcome)) => Ok(Some(outcome)),
            Ok(Err(verbund_store::Error::LaneStopped(_))) => Ok(None),
            Ok(Err(error)) => Err(super::unavailable(error)),
            Err(_) => Err(Error::new(
                ErrorCode::Stopping,
                "the node is stopping; whether this was stored is not known: send it again",
            )),
        }
    }
}

/// A batch that is with the store.
struct Batch {
    started: Instant,
    destroys: bool,
    spans: Vec<Span>,
    answers: Vec<Answer>,
}

/// Empties the queue until the node stops and nothing waits any more.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(
    ctx: Arc<Context>,
    seal: Arc<dyn Seal>,
    mut queue: mpsc::Receiver<Waiting>,
) -> Result<(), verbund_store::Error> {
    let mut waiting = Vec::new();
    // In their order: what is told of a lane goes by its sequences.
    let mut under_way = FuturesOrdered::new();
    let (mut stopping, mut emptied) = (false, false);
    loop {
        tokio::select! {
            biased;
            Some((batch, published)) = under_way.next(), if !under_way.is_empty() => {
                settle(&ctx, batch, published)?;
            }
            count = queue.recv_many(&mut waiting, BATCH), if !emptied && under_way.len() < UNDER_WAY => {
                emptied = count == 0;
                if !emptied {
                    under_way.push_back(publish(ctx.clone(), seal.clone(), std::mem::take(&mut waiting)));
                }
            }
            () = ctx.stop.cancelled(), if !stopping => {
                stopping = true;
                queue.close();
            }
            else => return Ok(()),
        }
    }
}

/// Hands a batch to the store; gives what became of it.
fn publish(
    ctx: Arc<Context>,
    seal: Arc<dyn Seal>,
    waiting: Vec<Waiting>,
) -> impl Future<Output = (Batch, verbund_store::Result<Vec<PublishOutcome>>)> {
    let mut items = Vec::with_capacity(waiting.len());
    let mut batch = Batch {
        started: Instant::now(),
        destroys: false,
        spans: Vec::with_capacity(waiting.len()),
        answers: Vec::with_capacity(waiting.len()),
    };
    for Waiting { item, span, answer } in waiting {
        batch.destroys |= !item.erases.is_empty();
        items.push(item);
        batch.spans.push(span);
        batch.answers.push(answer);
    }
    async move {
        let published = ctx.store.publish(items, seal).await;
        (batch, published)
    }
}

/// Makes known what became of a batch.
fn settle(
    ctx: &Context,
    batch: Batch,
    published: verbund_store::Result<Vec<PublishOutcome>>,
) -> Result<(), verbund_store::Error> {
    match published {
        Ok(outcomes) => {
            ctx.metrics
                .committed(batch.answers.len(), batch.started.elapsed());
            if batch.destroys {
                // Before the head moves: what is to be forgotten must not be sent any more.
                ctx.recent.clear();
                ctx.erasure.notify_one();
            }
            tell(ctx, &outcomes, &batch.spans);
            for (answer, outcome) in batch.answers.into_iter().zip(outcomes) {
                // A caller that has gone finds its answer by its request id.
                let _ = answer.send(Ok(outcome));
            }
        }
        // A partner stopped a lane between the choice of it and now. Nothing of the batch is stored: all choose again.
        Err(error @ verbund_store::Error::LaneStopped(lane)) => {
            ctx.lanes.stop(&lane, "stopped");
            refuse(batch.answers, &error);
        }
        // The next batch may find the database again.
        Err(
            error @ (verbund_store::Error::TooManyErasureDays { .. }
            | verbund_store::Error::Unavailable { .. }),
        ) => refuse(batch.answers, &error),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn refuse(answers: Vec<Answer>, error: &verbund_store::Error) {
    for answer in answers {
        // A caller that has gone finds its answer by its request id.
        let _ = answer.send(Err(error.clone()));
    }
}

/// Makes a batch known: first to the partners' streams, then to those who watch here.
fn tell(ctx: &Context, outcomes: &[PublishOutcome], spans: &[Span]) {
    let mut stored = Vec::with_capacity(outcomes.len());
    for (outcome, span) in outcomes.iter().zip(spans) {
        if let PublishOutcome::Stored { position, entry } = outcome {
            ctx.recent.push(
                position.lane,
                position.sequence,
                convert::entry::to_wire(&entry.entry),
            );
            ctx.traces
                .published(&position.lane, position.sequence, span);
            stored.push(entry.clone());
        }
    }
    let mut heads = std::collections::HashMap::new();
    for entry in &stored {
        heads.insert(
            entry.lane,
            LaneHead {
                sequence: entry.sequence,
                hash: entry.hash,
            },
        );
    }
    for (lane, head) in heads {
        ctx.lanes.advance(&lane, head);
    }
    ctx.hub.committed(stored);
}
