//! Publishing all the time, as clients with retries do, and what has to be true of it afterwards.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use verbund_ledger::{Frame, LaneHead, LaneId};
use verbund_model::SubjectId;
use verbund_store::{Error, Limit, Position, PublishItem, PublishOutcome, Store, StoredEntry};

use crate::place::eventually;
use crate::suite::kit::{Origin, item, request};

pub(crate) const ALL: Limit = Limit {
    count: 1000,
    bytes: 1 << 26,
};

/// What was handed in and answered.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) acknowledged: HashMap<SubjectId, (PublishItem, Position)>,
    /// How often a call had to be made again, and how long the longest one took to say so.
    pub(crate) refused: u64,
    pub(crate) longest: Duration,
}

/// Callers that publish until they are told to stop; each makes a call again until it is answered.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    answered: Vec<Arc<AtomicU64>>,
    callers: JoinSet<Told>,
}

impl Load {
    /// `callers` at each store, over all lanes.
    pub(crate) fn start(
        stores: &[Arc<dyn Store>],
        origin: &Origin,
        lanes: &[LaneId],
        callers: usize,
    ) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            answered: Vec::new(),
            callers: JoinSet::new(),
        };
        for store in stores {
            let answered = Arc::new(AtomicU64::new(0));
            for number in 0..callers {
                load.callers.spawn(call(
                    Arc::clone(store),
                    origin.clone(),
                    lanes.to_vec(),
                    number,
                    Arc::clone(&load.stop),
                    Arc::clone(&answered),
                ));
            }
            load.answered.push(answered);
        }
        load
    }

    /// Waits until every store has answered so many more calls.
    pub(crate) async fn goes_on(&self, calls: u64) {
        let counts = || self.answered.iter().map(|it| it.load(Ordering::Relaxed));
        let wanted: Vec<u64> = counts().map(|count| count + calls).collect();
        eventually(
            "publishes at every replica",
            Duration::from_secs(30),
            || {
                let there = counts().zip(&wanted).all(|(is, wanted)| is >= *wanted);
                async move { there }
            },
        )
        .await;
    }

    pub(crate) async fn end(mut self) -> Told {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Told::default();
        while let Some(told) = self.callers.join_next().await {
            let told = told.unwrap();
            all.acknowledged.extend(told.acknowledged);
            all.refused += told.refused;
            all.longest = all.longest.max(told.longest);
        }
        all
    }
}

async fn call(
    store: Arc<dyn Store>,
    origin: Origin,
    lanes: Vec<LaneId>,
    number: usize,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
) -> Told {
    let mut told = Told::default();
    let mut turn = number;
    while !stop.load(Ordering::Relaxed) {
        turn += 1;
        let items: Vec<_> = (0..1 + turn % 4)
            .map(|offset| PublishItem {
                request: Some(request("duty-log")),
                ..item(&lanes[(turn + offset) % lanes.len()], &origin)
            })
            .collect();
        let outcomes = loop {
            let since = Instant::now();
            let outcomes = store.publish(items.clone(), origin.signer()).await;
            match outcomes {
                Ok(outcomes) => break outcomes,
                Err(Error::Unavailable { .. }) => {
                    told.refused += 1;
                    told.longest = told.longest.max(since.elapsed());
                }
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(outcomes.len(), items.len());
        for (item, outcome) in items.into_iter().zip(outcomes) {
            let (PublishOutcome::Stored { position, .. }
            | PublishOutcome::Repeated { position, .. }) = outcome
            else {
                panic!("{outcome:?}");
            };
            told.acknowledged.insert(item.subject, (item, position));
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
    told
}

/// All entries of a lane, which have to follow each other without gap or fork up to the head that is told.
pub(crate) async fn walk(store: &Arc<dyn Store>, lane: &LaneId) -> Vec<StoredEntry> {
    let mut all: Vec<StoredEntry> = Vec::new();
    let mut head = LaneHead::ORIGIN;
    loop {
        let page = store.entries(lane, head.sequence, ALL).await.unwrap();
        if page.is_empty() {
            break;
        }
        for entry in page {
            let frame = Frame::decode(&entry.entry.frame).unwrap();
            assert_eq!(
                (frame.sequence, frame.previous),
                (head.sequence + 1, head.hash)
            );
            head = LaneHead {
                sequence: entry.sequence,
                hash: entry.hash,
            };
            all.push(entry);
        }
    }
    let lanes = store.lanes().await.unwrap();
    let told = lanes.iter().find(|known| known.id == *lane).unwrap();
    assert_eq!(told.head, head);
    all
}

/// Nothing acknowledged is lost, nothing is there twice, and all replicas tell the same.
pub(crate) async fn is_whole(stores: &[Arc<dyn Store>], told: &Told) {
    let mut first: Option<BTreeMap<LaneId, LaneHead>> = None;
    for store in stores {
        let (mut subjects, mut positions) = (HashMap::new(), HashSet::new());
        let mut heads = BTreeMap::new();
        for lane in store.lanes().await.unwrap() {
            let mut previous = 0;
            for entry in walk(store, &lane.id).await {
                assert!(positions.insert(entry.position), "{}", entry.position);
                assert!(entry.position > previous, "positions follow the lane");
                previous = entry.position;
                if let Some(subject) = entry.subject {
                    let twice = subjects.insert(subject, entry.clone());
                    assert!(twice.is_none(), "{subject} is there twice");
                }
            }
            heads.insert(lane.id, lane.head);
        }
        for (subject, (item, position)) in &told.acknowledged {
            let entry = subjects
                .get(subject)
                .unwrap_or_else(|| panic!("lost: {position:?}"));
            assert_eq!(entry.place(), *position);
            assert_eq!(entry.entry.text.as_ref(), Some(&item.text));
            assert_eq!(entry.entry.codes.as_ref(), Some(&item.codes));
        }
        assert_eq!(*first.get_or_insert_with(|| heads.clone()), heads);
    }
}
