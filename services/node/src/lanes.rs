//! Which lanes there are and how far each reaches: the store's lane table in memory.
//!
//! Heads only ever rise, and only after the store has flushed what they name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use tokio::sync::watch;
use verbund_ledger::{LaneHead, LaneId};
use verbund_model::{AgencyId, Audience};
use verbund_store::{LaneRecord, NewLane};

/// One lane: what never changes of it, and its head.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) id: LaneId,
    pub(crate) origin: AgencyId,
    pub(crate) epoch: u32,
    pub(crate) audience: Audience,
    state: Mutex<State>,
}

#[derive(Debug, Clone)]
struct State {
    head: LaneHead,
    stopped: Option<String>,
}

impl Lane {
    /// The last entry that is on stable storage.
    pub(crate) fn head(&self) -> LaneHead {
        self.state().head
    }

    /// Why nothing more is taken of this lane, if so.
    pub(crate) fn stopped(&self) -> Option<String> {
        self.state().stopped.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds a lane's state")
    }
}

/// All lanes that this node is in.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    inner: RwLock<Inner>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    by_id: HashMap<LaneId, Arc<Lane>>,
    by_origin: HashMap<AgencyId, Vec<Arc<Lane>>>,
}

impl Lanes {
    /// The lanes as the store has them.
    pub(crate) fn new(records: impl IntoIterator<Item = LaneRecord>) -> Self {
        let lanes = Self::default();
        for record in records {
            lanes.learn(record);
        }
        lanes
    }

    /// Takes in a lane that the store knows now; a known one only advances, or stops.
    pub(crate) fn learn(&self, record: LaneRecord) -> Arc<Lane> {
        let mut inner = self
            .inner
            .write()
            .expect("no code panics while it holds the lanes");
        if let Some(lane) = inner.by_id.get(&record.id) {
            let lane = lane.clone();
            drop(inner);
            if let Some(reason) = &record.stopped {
                self.stop(&lane.id, reason);
            }
            self.advance(&lane.id, record.head);
            return lane;
        }
        let lane = Arc::new(Lane {
            id: record.id,
            origin: record.origin,
            epoch: record.epoch,
            audience: record.audience,
            state: Mutex::new(State {
                head: record.head,
                stopped: record.stopped,
            }),
        });
        inner.by_id.insert(lane.id, lane.clone());
        inner
            .by_origin
            .entry(lane.origin.clone())
            .or_default()
            .push(lane.clone());
        drop(inner);
        self.changes.send_modify(|edition| *edition += 1);
        lane
    }

    /// A lane by its id.
    pub(crate) fn lane(&self, id: &LaneId) -> Option<Arc<Lane>> {
        self.read().by_id.get(id).cloned()
    }

    /// All lanes of one origin, in the order in which they became known.
    pub(crate) fn of(&self, origin: &AgencyId) -> Vec<Arc<Lane>> {
        self.read()
            .by_origin
            .get(origin)
            .cloned()
            .unwrap_or_default()
    }

    /// All lanes.
    pub(crate) fn all(&self) -> Vec<Arc<Lane>> {
        self.read().by_id.values().cloned().collect()
    }

    /// The origin's lane for exactly this audience that still goes on.
    pub(crate) fn open_for(&self, origin: &AgencyId, audience: &Audience) -> Option<Arc<Lane>> {
        let inner = self.read();
        let lanes = inner.by_origin.get(origin)?;
        lanes
            .iter()
            .find(|lane| &lane.audience == audience && lane.state().stopped.is_none())
            .cloned()
    }

    /// Moves a lane's head forward, never back.
    pub(crate) fn advance(&self, id: &LaneId, head: LaneHead) {
        if let Some(lane) = self.lane(id) {
            let mut state = lane.state();
            if head.sequence > state.head.sequence {
                state.head = head;
                drop(state);
                self.changes.send_modify(|edition| *edition += 1);
            }
        }
    }

    /// Ticks after every change of a head, and after every new lane.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Ticks although no head moved: receipts say something new.
    pub(crate) fn nudge(&self) {
        self.changes.send_modify(|edition| *edition += 1);
    }

    /// Marks a lane as stopped.
    pub(crate) fn stop(&self, id: &LaneId, reason: &str) {
        if let Some(lane) = self.lane(id) {
            lane.state()
                .stopped
                .get_or_insert_with(|| reason.to_owned());
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner
            .read()
            .expect("no code panics while it holds the lanes")
    }
}

/// The record of a lane that has just been opened by another origin.
pub(crate) fn opened(lane: NewLane, head: LaneHead) -> LaneRecord {
    LaneRecord {
        id: lane.id,
        origin: lane.origin,
        epoch: lane.epoch,
        audience: lane.audience,
        head,
        stopped: None,
    }
}
