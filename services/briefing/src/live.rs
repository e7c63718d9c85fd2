//! What changes, told to every open page as it happens.
//!
//! The application watches its node once, whoever looks on. An event says only what kind of thing changed and which; the page
//! then fetches itself anew and puts in what is different. So nothing can get lost that a look at the page would not show, and
//! no content goes through the stream, whatever the rights of who listens.
//!
//! **Promise.** An event's id is a place in the order of events. A page carries the place at which it was made, and the stream
//! begins there; after a break it begins at the last event that was heard. Whoever asks for a place that is forgotten, or of
//! another run, is told to begin anew.

pub(crate) mod stream;
pub(crate) mod watch;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;

/// Events that are remembered: some minutes of a busy day.
const REMEMBERED: usize = 4_096;
/// Events that one slow listener may be behind.
const BEHIND: usize = 256;

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// An update came, or changed.
    Feed,
    /// What became of something at the partners.
    Delivery,
    /// A task.
    Task,
    /// A meeting.
    Meeting,
    /// A protocol.
    Protocol,
    /// The node or a partner.
    Status,
    /// The vocabulary.
    Concept,
    /// Drafts that wait for somebody of the own agency.
    Review,
}

impl Topic {
    /// The word for it, in events and in `data-topics` of a page.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Delivery => "delivery",
            Self::Task => "task",
            Self::Meeting => "meeting",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Concept => "concept",
            Self::Review => "review",
        }
    }
}

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its place in the order.
    pub(crate) number: u64,
    /// What kind of thing.
    pub(crate) topic: Topic,
    /// Which one, a UUID; empty where it may be any.
    pub(crate) subject: String,
}

/// The order of events, and who listens.
#[derive(Debug)]
pub(crate) struct Live {
    /// Tells this run from others.
    run: String,
    past: Mutex<Past>,
    /// Where the node's feed stands, as the node writes it.
    feed: Mutex<String>,
    sender: broadcast::Sender<Event>,
    listeners: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Past {
    events: VecDeque<Event>,
    last: u64,
}

/// What a listener has to catch up with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CatchUp {
    /// These, in their order.
    Events(Vec<Event>),
    /// More than is remembered: look at everything anew.
    Anew,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            run: format!("{:08x}", uuid::Uuid::new_v4().as_fields().0),
            past: Mutex::default(),
            feed: Mutex::default(),
            sender: broadcast::Sender::new(BEHIND),
            listeners: Arc::default(),
        }
    }

    /// Tells that something changed.
    pub(crate) fn tell(&self, topic: Topic, subject: impl Into<String>) {
        let mut past = self.past.lock().expect("nobody panics while holding it");
        past.last += 1;
        let event = Event {
            number: past.last,
            topic,
            subject: subject.into(),
        };
        if past.events.len() == REMEMBERED {
            past.events.pop_front();
        }
        past.events.push_back(event.clone());
        // Under the lock, so that listeners get events in their order. That nobody listens is fine.
        let _ = self.sender.send(event);
    }

    /// The node's feed has come to this place.
    pub(crate) fn reached(&self, place: String) {
        *self.feed.lock().expect("nobody panics while holding it") = place;
    }

    /// Where the node's feed stands at least; empty until it was heard of.
    pub(crate) fn feed_place(&self) -> String {
        self.feed
            .lock()
            .expect("nobody panics while holding it")
            .clone()
    }

    /// Where the events stand, for a page that is about to be made.
    pub(crate) fn position(&self) -> String {
        let past = self.past.lock().expect("nobody panics while holding it");
        self.id(past.last)
    }

    /// An event's id.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.run)
    }

    /// What came after a place, and all that comes from now on, without a gap between.
    pub(crate) fn listen(&self, after: &str) -> (CatchUp, broadcast::Receiver<Event>) {
        let past = self.past.lock().expect("nobody panics while holding it");
        let receiver = self.sender.subscribe();
        let after = after
            .split_once('-')
            .filter(|(run, _)| *run == self.run)
            .and_then(|(_, number)| number.parse::<u64>().ok())
            .filter(|number| *number <= past.last);
        let oldest = past.events.front().map_or(past.last + 1, |it| it.number);
        let catch_up = match after {
            Some(number) if number + 1 >= oldest => {
                let missed = past.events.iter().filter(|it| it.number > number);
                CatchUp::Events(missed.cloned().collect())
            }
            _ => CatchUp::Anew,
        };
        (catch_up, receiver)
    }

    /// Takes one of `most` places for listeners, until it is dropped.
    pub(crate) fn enter(&self, most: usize) -> Option<Listening> {
        let taken = self
            .listeners
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < most).then_some(count + 1)
            });
        taken.ok().map(|_| Listening(self.listeners.clone()))
    }
}

/// A listener's place.
#[derive(Debug)]
pub(crate) struct Listening(Arc<AtomicUsize>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_hears_each_event_once_and_in_order() {
        let live = Live::new();
        live.tell(Topic::Feed, "a");
        let page = live.position();
        live.tell(Topic::Task, "b");
        let (missed, mut coming) = live.listen(&page);
        live.tell(Topic::Meeting, "c");
        let CatchUp::Events(missed) = missed else {
            panic!("one event is not too many");
        };
        assert_eq!(missed.len(), 1);
        assert_eq!((missed[0].topic, missed[0].number), (Topic::Task, 2));
        let next = coming.try_recv().unwrap();
        assert_eq!((next.topic, next.number), (Topic::Meeting, 3));
        assert!(coming.try_recv().is_err());
        assert_eq!(live.listen(&live.id(3)).0, CatchUp::Events(vec![]));
    }

    #[test]
    fn what_is_forgotten_or_of_another_run_begins_anew() {
        let live = Live::new();
        let page = live.position();
        for _ in 0..=REMEMBERED {
            live.tell(Topic::Feed, "");
        }
        assert_eq!(live.listen(&page).0, CatchUp::Anew);
        for strange in [
            "",
            "1",
            "00000000-1",
            &live.id(99_999),
            &format!("{}x", live.id(1)),
        ] {
            assert_eq!(live.listen(strange).0, CatchUp::Anew, "{strange}");
        }
    }

    #[test]
    fn places_for_listeners_are_bounded_and_given_back() {
        let live = Live::new();
        let first = live.enter(1);
        assert!(first.is_some() && live.enter(1).is_none());
        drop(first);
        assert!(live.enter(1).is_some());
    }
}
