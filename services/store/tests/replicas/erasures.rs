//! Forgetting while others write and read.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use verbund_ledger::Outcome;
use verbund_model::SubjectId;
use verbund_store::{Limit, Pending, PublishItem, Step, Store};

use crate::load::{ALL, Load, walk};
use crate::place::{Place, eventually};
use crate::suite::kit::{ERASED_ON, Origin, TODAY, audience, item, step, subject};

async fn publish_and_erase(
    store: &Arc<dyn Store>,
    origin: &Origin,
    item: PublishItem,
) -> SubjectId {
    let about = item.subject;
    let first = origin.store(store, item).await;
    let mut withdrawal = step(&first, origin, Step::Erased);
    withdrawal.erases = vec![first.hash];
    origin.store(store, withdrawal).await;
    about
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sealed_under_a_destroyed_key() {
    let place = Place::new();
    let stores = place.replicas(["one", "two", "three"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    dhz.store(&stores[1], item(&lane, &dhz)).await;
    let done = Arc::new(AtomicBool::new(false));
    let reading = tokio::spawn({
        let (store, done, lane) = (Arc::clone(&stores[2]), Arc::clone(&done), lane);
        async move {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                let limit = Limit { count: 300, ..ALL };
                let read = store.entries(&lane, 1, limit).await.unwrap();
                for entry in read {
                    assert!(
                        entry.entry.text.is_some() || entry.outcome == Outcome::Erased,
                        "{} at {reads}",
                        entry.sequence
                    );
                }
                reads += 1;
            }
            reads
        }
    });
    let load = Load::start(&stores[1..2], &dhz, &[lane], 3);
    let mut gone = HashSet::new();
    for round in 0..15 {
        // In turn at two replicas, and at the same time at both.
        let other = usize::from(round % 3 == 1);
        gone.insert(publish_and_erase(&stores[other], &dhz, item(&lane, &dhz)).await);
        if round % 3 == 2 {
            let (one, two) = tokio::join!(stores[0].finish_erasures(), stores[1].finish_erasures());
            assert!(one.unwrap() + two.unwrap() > 0);
        } else {
            assert!(stores[other].finish_erasures().await.unwrap() > 0);
        }
    }
    let told = load.end().await;
    done.store(true, Ordering::Relaxed);
    assert!(reading.await.unwrap() > 0);
    assert!(told.acknowledged.len() > 30);
    for store in &stores {
        assert_eq!(store.finish_erasures().await.unwrap(), 0);
    }
    for files in place.key_files().values() {
        assert_eq!(files.len(), 1, "{files:?}");
    }
    for store in &stores {
        for entry in walk(store, &lane).await {
            let is_gone = entry.outcome == Outcome::Erased;
            assert_eq!(
                is_gone,
                entry.version == 1 && entry.subject.is_some_and(|it| gone.contains(&it)),
                "{entry:?}"
            );
            assert_eq!(entry.entry.text.is_none(), is_gone, "{}", entry.sequence);
            if let Some((item, _)) = entry.subject.and_then(|it| told.acknowledged.get(&it)) {
                assert_eq!(entry.entry.text.as_ref(), Some(&item.text));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_is_finished_by_another_replica() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let stays = dhz.store(&stores[0], item(&lane, &dhz)).await;
    let draft = Pending {
        subject: subject(),
        due: None,
        erasure_day: ERASED_ON,
        body: b"a draft".to_vec(),
    };
    stores[1].put_pending(draft.clone()).await.unwrap();
    publish_and_erase(&stores[0], &dhz, item(&lane, &dhz)).await;
    let before = place.key_files();
    // The one that was asked dies before it has begun.
    stores[0].close().await;
    assert_eq!(stores[1].finish_erasures().await.unwrap(), 1);
    assert_ne!(place.key_files(), before);
    let entry = &walk(&stores[1], &lane).await[1];
    assert_eq!(entry.entry, stays.entry);
    assert_eq!(
        stores[1].pending(&draft.subject).await.unwrap(),
        Some(draft)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_make_a_new_day_s_key_at_the_same_time() {
    let place = Place::new();
    let stores = place.replicas(["one", "two", "three"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    for day in 1..15 {
        let calls = stores.iter().map(|store| {
            let item = PublishItem {
                erasure_day: ERASED_ON + day,
                ..item(&lane, &dhz)
            };
            dhz.store(store, item)
        });
        let all = futures_util::future::join_all(calls).await;
        for store in &stores {
            for entry in &all {
                let read = store.entries(&lane, entry.sequence - 1, Limit { count: 1, ..ALL });
                assert_eq!(read.await.unwrap()[0].entry, entry.entry);
            }
        }
    }
    for files in place.key_files().values() {
        assert_eq!(files.len(), 1, "{files:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_is_gone_at_every_replica() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let until = |day| PublishItem {
        erasure_day: day,
        ..item(&lane, &dhz)
    };
    for store in &stores {
        let due = (0..40).map(|_| until(TODAY - 1)).collect();
        store.publish(due, dhz.signer()).await.unwrap();
    }
    let stays = dhz.store(&stores[1], until(TODAY)).await;
    let (one, two) = tokio::join!(stores[0].erase_due(TODAY), stores[1].erase_due(TODAY));
    assert_eq!(one.unwrap() + two.unwrap(), 80);
    assert!(!place.key_files().contains_key(&(TODAY - 1).to_string()));
    for store in &stores {
        let all = walk(store, &lane).await;
        assert!(all[1..81].iter().all(|entry| entry.entry.text.is_none()));
        assert_eq!(all[81].entry, stays.entry);
    }
    // What still comes for that day, by a clock that is behind, harms nobody.
    for store in &stores {
        dhz.store(store, until(TODAY - 1)).await;
    }
    eventually("both go on", Duration::from_secs(5), async || {
        walk(&stores[0], &lane).await.len() == 84 && walk(&stores[1], &lane).await.len() == 84
    })
    .await;
}
