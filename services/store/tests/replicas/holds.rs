//! What only one replica may have at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use verbund_store::{Error, Hold, HoldRecord, Store, Take};

use crate::load::walk;
use crate::place::{Place, eventually};
use crate::suite::kit::{Remote, audience};

const NAME: &str = "link/kod";
/// A stream moves within this when its holder dies.
const MOVES: Duration = Duration::from_secs(5);

async fn take(store: &Arc<dyn Store>, how: Take) -> Option<Hold> {
    store.take_hold(NAME, how).await.unwrap()
}

async fn record(store: &Arc<dyn Store>) -> HoldRecord {
    store.holds().await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_one_replica_s_until_it_is_released() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let first = take(&stores[0], Take::IfFree).await.unwrap();
    assert_eq!(take(&stores[1], Take::IfFree).await, None);
    let told = record(&stores[1]).await;
    assert_eq!(
        (told.name.as_str(), told.holder.as_str(), told.in_force),
        (NAME, "one", true)
    );
    assert!(stores[0].keep_hold(&first).await.unwrap());
    stores[0].release_hold(&first).await.unwrap();
    assert!(!record(&stores[1]).await.in_force);
    assert!(!stores[0].keep_hold(&first).await.unwrap());
    let second = take(&stores[1], Take::IfFree).await.unwrap();
    assert!(second.generation > first.generation);
    // Released too late: it is another one's by now.
    stores[0].release_hold(&first).await.unwrap();
    assert!(stores[1].keep_hold(&second).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_ends_when_nobody_keeps_it() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let hold = take(&stores[0], Take::IfFree).await.unwrap();
    let taken = Instant::now();
    // Kept for longer than it lasts by itself.
    while taken.elapsed() < Duration::from_secs(4) {
        assert!(stores[0].keep_hold(&hold).await.unwrap());
        assert_eq!(take(&stores[1], Take::IfFree).await, None);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let left = Instant::now();
    eventually("the hold is free", MOVES, async || {
        take(&stores[1], Take::IfFree).await.is_some()
    })
    .await;
    assert!(
        left.elapsed() > Duration::from_secs(1),
        "it was in force for a while after it was kept"
    );
    assert!(!stores[0].keep_hold(&hold).await.unwrap());
    assert_eq!(record(&stores[0]).await.holder, "two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_wins_and_who_lost_it_stores_nothing_more() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let former = take(&stores[0], Take::IfFree).await.unwrap();
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    let batch = |kod: &mut Remote, hold: &Hold| {
        let entry = kod.next();
        let mut batch = kod.batch(vec![entry]);
        batch.hold = Some(hold.clone());
        batch
    };
    let first = batch(&mut kod, &former);
    stores[0].receive(first).await.unwrap();
    let second = batch(&mut kod, &former);

    let newer = take(&stores[1], Take::Always).await.unwrap();
    let late = stores[0].receive(second.clone()).await;
    assert!(matches!(late, Err(Error::HoldLost)), "{late:?}");
    assert!(!stores[0].keep_hold(&former).await.unwrap());
    assert_eq!(walk(&stores[0], &kod.lane.id).await.len(), 1);
    let mut again = second;
    again.hold = Some(newer.clone());
    stores[1].receive(again).await.unwrap();
    assert_eq!(walk(&stores[0], &kod.lane.id).await.len(), 2);

    // Back and forth, as a load balancer may send it: there is always exactly one.
    let mut holders = vec![newer];
    for turn in 0..10 {
        let store = &stores[turn % 2];
        let hold = take(store, Take::Always).await.unwrap();
        let batch = batch(&mut kod, &hold);
        for (old, lost) in holders.iter().rev().take(2).enumerate() {
            let mut stale = batch.clone();
            stale.hold = Some(lost.clone());
            let refused = stores[(turn + old + 1) % 2].receive(stale).await;
            assert!(matches!(refused, Err(Error::HoldLost)), "{refused:?}");
        }
        store.receive(batch).await.unwrap();
        holders.push(hold);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_a_free_hold_one_gets_it() {
    let place = Place::new();
    let stores = place.replicas(["one", "two", "three"]).await;
    for _ in 0..10 {
        let takes = stores.iter().map(|store| take(store, Take::IfFree));
        let taken = futures_util::future::join_all(takes).await;
        let mut got = taken.iter().zip(&stores).filter_map(|(hold, store)| {
            let hold = hold.clone()?;
            Some((hold, store))
        });
        let (hold, store) = got.next().unwrap();
        assert!(got.next().is_none(), "{taken:?}");
        store.release_hold(&hold).await.unwrap();
    }
}
