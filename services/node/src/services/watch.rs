//! Watching the board: each subject that changes, as it is after the change.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use verbund_wire::error::{Error, ErrorCode};

use crate::context::Context;
use crate::steps::board::Record;
use crate::tasks::OnError;

/// Messages that may wait for a watcher to read them.
const WAITING: usize = 64;
/// How often a watcher gets a sign of life.
pub(super) const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// What a watcher gets.
pub(super) type Watched<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Tells of each record from now on that `show` makes a message of; `None` is a sign of life, which comes first.
///
/// # Errors
/// As many watch as this node serves.
pub(super) fn board<T: Send + 'static>(
    ctx: &Arc<Context>,
    show: impl Fn(&Context, Option<&Record>) -> Option<T> + Send + Sync + 'static,
) -> Result<Watched<T>, Error> {
    let place = ctx.watchers.enter().ok_or_else(|| {
        Error::new(
            ErrorCode::Overloaded,
            "as many watch as this node serves at once",
        )
    })?;
    let changes = ctx.board.watch();
    let (messages, watched) = mpsc::channel(WAITING);
    let own = ctx.clone();
    ctx.tasks.spawn("board watcher", OnError::Log, async move {
        let _place = place;
        tokio::select! {
            () = own.stop.cancelled() => {}
            () = tell(&own, changes, messages, show) => {}
        }
        Ok::<_, Infallible>(())
    });
    Ok(Box::pin(ReceiverStream::new(watched)))
}

async fn tell<T>(
    ctx: &Context,
    mut changes: broadcast::Receiver<Arc<Record>>,
    messages: mpsc::Sender<Result<T, Status>>,
    show: impl Fn(&Context, Option<&Record>) -> Option<T>,
) {
    let mut sign = interval(SIGN_OF_LIFE);
    sign.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            _ = sign.tick() => show(ctx, None),
            changed = changes.recv() => match changed {
                Ok(record) => show(ctx, Some(&record)),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    let behind = "more has changed than was read; list again and watch again";
                    let error = Error::new(ErrorCode::Overloaded, behind);
                    // Nobody may be reading any more.
                    let _ = messages.send(Err(error.into())).await;
                    return;
                }
                Err(broadcast::error::RecvError::Closed) => return,
            },
        };
        if let Some(message) = message
            && messages.send(Ok(message)).await.is_err()
        {
            return;
        }
    }
}
