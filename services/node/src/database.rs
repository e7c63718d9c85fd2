//! A database that goes away and comes back: whatever must go on goes on, and readiness tells the truth.

use std::sync::Arc;

use tracing::{error, info};
use verbund_store::{Error, Health};

use crate::admin::Readiness;
use crate::context::Context;

/// The reason for not being ready, and for taking nothing new, while the database does not answer.
pub(crate) const STORE_UNAVAILABLE: &str = "STORE_UNAVAILABLE";

/// What a task that must go on makes of the store's answer: `None` while the database does not answer, to be tried again at the next
/// turn.
///
/// # Errors
/// Every other one of the store's.
pub(crate) fn if_available<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::Unavailable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why the database does not answer, if so.
pub(crate) fn problem(ctx: &Context) -> Option<Arc<str>> {
    match &*ctx.store.health().borrow() {
        Health::Available => None,
        Health::Unavailable { reason } => Some(reason.clone()),
    }
}

/// Keeps readiness in step with the database until the node stops.
///
/// # Errors
/// None.
pub(crate) async fn watch(
    ctx: Arc<Context>,
    readiness: Readiness,
) -> Result<(), std::convert::Infallible> {
    let mut health = ctx.store.health();
    let mut away = false;
    loop {
        let now = health.borrow_and_update().clone();
        match now {
            Health::Unavailable { reason } => {
                readiness.set(
                    STORE_UNAVAILABLE,
                    format!("the database does not answer: {reason}"),
                );
                if !away {
                    error!(%reason, "the database does not answer: nothing is acknowledged until it does");
                }
                away = true;
            }
            Health::Available => {
                readiness.clear(STORE_UNAVAILABLE);
                if away {
                    info!("the database answers again");
                    // What could not be done meanwhile need not wait for its next turn.
                    ctx.erasure.notify_one();
                    ctx.due.notify_one();
                    ctx.partners.changed.notify_one();
                }
                away = false;
            }
        }
        ctx.metrics.store_available(!away);
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            changed = health.changed() => if changed.is_err() {
                // The store is closed, which is the end of the node.
                ctx.stop.cancelled().await;
                return Ok(());
            },
        }
    }
}
