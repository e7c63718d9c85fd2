//! Streams that go on for ever: opened again when they break, with what has changed meanwhile listed again.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::{Response, Status, Streaming};
use verbund_wire::error::explain;

use crate::client::failed;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::publish::may_pass;
use crate::text;

/// First and longest pause before a broken stream is opened again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// The pauses before a stream is opened again.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
}

impl Pauses {
    pub(crate) fn new() -> Self {
        Self { next: BACKOFF.0 }
    }

    /// Waits before the stream is opened again, shortly at first.
    ///
    /// # Errors
    /// When opening it again would not help.
    pub(crate) async fn after(&mut self, status: &Status, stood: Duration) -> anyhow::Result<()> {
        let explained = explain(status);
        if !may_pass(status, &explained) {
            return Err(failed(status));
        }
        if stood > BACKOFF.1 {
            self.next = BACKOFF.0;
        }
        output::note(text::FEED_BROKEN.fill(&[&output::clean(&explained.message)]));
        sleep(explained.retry_after.unwrap_or(self.next).min(BACKOFF.1)).await;
        self.next = (self.next * 2).min(BACKOFF.1);
        Ok(())
    }
}

/// Goes on for ever. `stands` is called each time the stream stands, before anything that comes from it: what it lists
/// can't fall between two streams.
///
/// # Errors
/// When the node refuses the stream, or whatever `stands` and `came` give, but for a node that can't be reached.
pub(crate) async fn follow<M>(
    open: impl AsyncFn() -> Result<Response<Streaming<M>>, Status>,
    mut stands: impl AsyncFnMut() -> anyhow::Result<()>,
    mut came: impl AsyncFnMut(M) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut pauses = Pauses::new();
    loop {
        let began = Instant::now();
        let status = match one(&open, &mut stands, &mut came).await? {
            Some(status) => status,
            None => Status::unavailable(text::STREAM_ENDED.to_string()),
        };
        pauses.after(&status, began.elapsed()).await?;
    }
}

/// One stream until it breaks (its status) or ends (`None`).
async fn one<M>(
    open: &impl AsyncFn() -> Result<Response<Streaming<M>>, Status>,
    stands: &mut impl AsyncFnMut() -> anyhow::Result<()>,
    came: &mut impl AsyncFnMut(M) -> anyhow::Result<()>,
) -> anyhow::Result<Option<Status>> {
    let mut stream = match open().await {
        Ok(response) => response.into_inner(),
        Err(status) => return Ok(Some(status)),
    };
    let mut stood = false;
    loop {
        let message = match stream.message().await {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(None),
            Err(status) => return Ok(Some(status)),
        };
        let mut done = Ok(());
        if !stood {
            stood = true;
            done = stands().await;
        }
        if done.is_ok() {
            done = came(message).await;
        }
        match done {
            Ok(()) => {}
            // The stream will say the same, and is opened again.
            Err(error) if Failure::exit_of(&error) == Exit::Unreachable => {
                return Ok(Some(Status::unavailable(error.to_string())));
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_opening_again_would_not_help_ends_it() {
        let refused = Status::permission_denied("no");
        let ended = Pauses::new().after(&refused, Duration::ZERO).await;
        assert_eq!(Failure::exit_of(&ended.unwrap_err()), Exit::Refused);
    }

    #[tokio::test]
    async fn a_stream_that_is_refused_is_not_followed() {
        let open = async || Err::<Response<Streaming<()>>, _>(Status::permission_denied("no"));
        let stands = async || unreachable!("it never stood");
        let ended = follow(open, stands, async |()| Ok(())).await;
        assert_eq!(Failure::exit_of(&ended.unwrap_err()), Exit::Refused);
    }
}
