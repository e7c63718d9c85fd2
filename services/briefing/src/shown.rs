//! Telling the own node what was on a coordinator's screen, so that its origin learns that the agency could see it.
//!
//! The node keeps the day and window of the first time and nothing finer (`FeedService.MarkShown`). Here nothing is kept of who looked:
//! only which versions the node has been told of, so that it is told once. It happens after the page was answered, and what does not
//! succeed is left: the next look tells it.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use tokio::sync::mpsc::{self, Receiver, Sender};
use verbund_wire::agency::{MarkShownRequest, ShownUpdate, Situation, SubjectKey};

use crate::node::Acting;
use crate::store::Store;

/// Pages that may wait to be told of. What is beyond is told at the next look.
const WAITING: usize = 64;
/// Versions remembered as told: more than coordinators look at in a day.
const REMEMBERED: usize = 16_384;
/// The most that the contract takes in one call.
const UPDATES_MAX: usize = 200;

/// Where pages tell what they showed.
#[derive(Debug)]
pub(crate) struct Shown {
    sender: Sender<Looked>,
    /// Taken by whoever runs it.
    receiver: Mutex<Option<Receiver<Looked>>>,
    told: Mutex<Told>,
}

/// What was on a screen, and the calls of whoever looked.
#[derive(Debug)]
struct Looked {
    node: Acting,
    updates: Vec<ShownUpdate>,
}

/// The versions that the node knows of, the oldest first to go.
#[derive(Debug, Default)]
struct Told {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Told {
    fn insert(&mut self, version: &str) {
        if !self.known.insert(version.to_owned()) {
            return;
        }
        self.order.push_back(version.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl Shown {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            told: Mutex::default(),
        }
    }

    /// These updates are about to be on a coordinator's screen. Own ones tell nobody anything.
    pub(crate) fn tell<'a>(&self, node: &Acting, updates: impl IntoIterator<Item = &'a Situation>) {
        let own = node.agency();
        let updates: Vec<ShownUpdate> = {
            let told = self.told.lock().expect("nobody panics while holding it");
            let new = updates
                .into_iter()
                .filter(|it| it.agency != own && !told.known.contains(&it.etag));
            new.map(shown).take(UPDATES_MAX).collect()
        };
        if !updates.is_empty() {
            let node = node.clone();
            // Full is fine: the next look tells it.
            let _ = self.sender.try_send(Looked { node, updates });
        }
    }

    /// Tells the node, until it is dropped; and with it how many may coordinate, by which it decides whether it keeps anything.
    pub(crate) async fn run(&self, store: &Store) {
        let receiver = self
            .receiver
            .lock()
            .expect("nobody panics while holding it")
            .take();
        let Some(mut receiver) = receiver else {
            return std::future::pending().await;
        };
        while let Some(Looked { node, updates }) = receiver.recv().await {
            let versions: Vec<String> = updates.iter().map(|it| it.version.clone()).collect();
            let coordinators = store.coordinators().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the application's database failed");
                0
            });
            let request = MarkShownRequest {
                updates,
                coordinators,
            };
            match node.feed().mark_shown(request).await {
                Ok(_) => {
                    let mut told = self.told.lock().expect("nobody panics while holding it");
                    versions.iter().for_each(|version| told.insert(version));
                }
                Err(status) => tracing::debug!(%status, "the node was not told what was shown"),
            }
        }
    }
}

fn shown(it: &Situation) -> ShownUpdate {
    ShownUpdate {
        key: Some(SubjectKey {
            subject: it.subject.clone(),
            owner: it.agency.clone(),
        }),
        version: it.etag.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_goes_first() {
        let mut told = Told::default();
        for number in 0..=REMEMBERED {
            told.insert(&number.to_string());
            told.insert(&number.to_string());
        }
        assert_eq!(told.known.len(), REMEMBERED);
        assert_eq!(told.order.len(), REMEMBERED);
        assert!(!told.known.contains("0") && told.known.contains("1"));
    }
}
