//! The signal that the store has failed and that the process must stop.

use std::sync::Arc;

use tokio::sync::watch;

/// Raised once, with the first reason, when the store can no longer be trusted. Cheap to clone; all clones are one signal.
#[derive(Debug, Clone)]
pub struct FatalSignal {
    reason: Arc<watch::Sender<Option<Arc<str>>>>,
}

impl Default for FatalSignal {
    fn default() -> Self {
        Self::new()
    }
}

impl FatalSignal {
    /// A signal that has not been raised.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reason: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Raises it. Only the first reason is kept: what follows a failure is mostly its consequence.
    pub fn raise(&self, reason: &str) {
        self.reason.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(reason.into());
            }
            first
        });
    }

    /// The reason, once it has been raised.
    #[must_use]
    pub fn reason(&self) -> Option<Arc<str>> {
        self.reason.borrow().clone()
    }

    /// Waits until it is raised and gives the reason. Safe to drop and call again.
    pub async fn fatal(&self) -> Arc<str> {
        let mut reason = self.reason.subscribe();
        match reason.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().expect("waited for a reason"),
            Err(_) => unreachable!("the sender lives in self"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_reason_stays_and_reaches_everyone() {
        let signal = FatalSignal::new();
        assert_eq!(signal.reason(), None);
        let waiting = tokio::spawn({
            let signal = signal.clone();
            async move { signal.fatal().await }
        });
        signal.raise("first");
        signal.raise("second");
        assert_eq!(&*waiting.await.unwrap(), "first");
        assert_eq!(&*signal.fatal().await, "first");
    }
}
