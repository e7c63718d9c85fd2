//! Waiting for something, and saying what was waited for when it doesn't come.

use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::time::{Instant, sleep, timeout_at};

/// Between two looks. What the tests wait for takes milliseconds; looking more often would only slow it down.
const PAUSE: Duration = Duration::from_millis(10);

/// The one deadline of a test: all of its waits end by then.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    began: Instant,
    ends: Instant,
}

impl Patience {
    /// From now for so long.
    #[must_use]
    pub fn of(limit: Duration) -> Self {
        let began = Instant::now();
        Self {
            began,
            ends: began + limit,
        }
    }

    /// Looks again and again until what is looked for is there. A look that fails says what is there instead.
    ///
    /// # Errors
    /// At the deadline: what was waited for, and what the last look saw.
    pub async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<T, String>,
    ) -> Result<T> {
        let mut seen = "no answer".to_owned();
        loop {
            match timeout_at(self.ends, look()).await {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(now)) => seen = now,
                // The look before says more than that this one was cut off.
                Err(_) => {}
            }
            if Instant::now() >= self.ends {
                return Err(self.over(what, &seen));
            }
            sleep(PAUSE).await;
        }
    }

    /// Waits for a future.
    ///
    /// # Errors
    /// At the deadline: what was waited for.
    pub async fn within<T>(&self, what: &str, future: impl Future<Output = T>) -> Result<T> {
        timeout_at(self.ends, future)
            .await
            .map_err(|_| self.over(what, "nothing came"))
    }

    fn over(&self, what: &str, seen: &str) -> anyhow::Error {
        anyhow!(
            "after {:.1} s still waiting for {what}; at last: {seen}",
            self.began.elapsed().as_secs_f32()
        )
    }
}
