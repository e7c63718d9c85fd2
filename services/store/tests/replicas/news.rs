//! What replicas hear of each other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use verbund_ledger::LaneId;
use verbund_store::Store;

use crate::load::Load;
use crate::place::{Place, eventually, open};
use crate::suite::kit::{Origin, audience, item};

/// The net below the notifications looks once a second. So many commits, one after the other, are heard of in less than
/// that time each only if notifications come through.
const COMMITS: u32 = 8;
const WITHOUT_NET: Duration = Duration::from_secs(4);

async fn tick(heard: &mut watch::Receiver<u64>) {
    let ticked = timeout(Duration::from_secs(10), heard.changed()).await;
    ticked.expect("the other's commit is heard of").unwrap();
}

/// Waits until commits are heard of at once.
async fn is_told(teller: &Arc<dyn Store>, dhz: &Origin, lane: &LaneId, listener: &Arc<dyn Store>) {
    let mut heard = listener.elsewhere();
    eventually("notifications", Duration::from_secs(15), async || {
        let since = Instant::now();
        for _ in 0..COMMITS {
            heard.borrow_and_update();
            dhz.store(teller, item(lane, dhz)).await;
            tick(&mut heard).await;
        }
        since.elapsed() < WITHOUT_NET
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_commits_are_told_and_the_own_are_not() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    is_told(&stores[0], &dhz, &lane, &stores[1]).await;
    is_told(&stores[1], &dhz, &lane, &stores[0]).await;

    let mut of_one = stores[0].elsewhere();
    // What the last of the other's commits had to say comes twice at most: as a notification and by the net.
    while timeout(Duration::from_millis(1500), of_one.changed())
        .await
        .is_ok()
    {}
    let load = Load::start(&stores[..1], &dhz, &[lane], 4);
    let ticked = timeout(Duration::from_secs(3), of_one.changed()).await;
    load.end().await;
    assert!(
        ticked.is_err(),
        "of its own commits nobody needs to be told"
    );
    let mut of_two = stores[1].elsewhere();
    of_two.borrow_and_update();
    dhz.store(&stores[0], item(&lane, &dhz)).await;
    tick(&mut of_two).await;
    assert_eq!(
        stores[1].lanes().await.unwrap(),
        stores[0].lanes().await.unwrap()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_commits_are_told_after_the_connection_was_lost() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    for _ in 0..3 {
        is_told(&stores[0], &dhz, &lane, &stores[1]).await;
        let mut heard = stores[1].elsewhere();
        heard.borrow_and_update();
        let ended = place.database.terminate_backends().unwrap();
        assert!(ended >= 6, "{ended} connections");
        dhz.store(&stores[0], item(&lane, &dhz)).await;
        // Whatever was committed while nobody listened: the value seen after the last tick is not older.
        tick(&mut heard).await;
        eventually("the head is known", Duration::from_secs(5), async || {
            stores[1].lanes().await.unwrap() == stores[0].lanes().await.unwrap()
        })
        .await;
    }
}

/// Where the server's machine has lost its power nobody says that the connection is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_commits_are_told_after_the_connection_fell_silent() {
    let place = Place::alone();
    let wire = crate::wire::Wire::to(place.cluster().port()).await;
    let url = place
        .database
        .url()
        .host(&format!("127.0.0.1:{}", wire.port))
        .query("sslmode=disable")
        .to_string();
    let one = place.replica("one").await;
    let two = open(&url, place.options("two")).await.unwrap();
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&one, &audience(&["dhz", "kod"])).await;
    is_told(&one, &dhz, &lane, &two).await;
    wire.silence();
    is_told(&one, &dhz, &lane, &two).await;
    wire.silence();
    two.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_raises_everybody_s_generation() {
    let place = Place::new();
    let one = place.replica("one").await;
    let mut heard = one.elsewhere();
    let before = one.generation().await.unwrap();
    let two = place.replica("two").await;
    eventually(
        "the start is heard of",
        Duration::from_secs(10),
        async || {
            heard.changed().await.unwrap();
            one.generation().await.unwrap() == before + 1
        },
    )
    .await;
    assert_eq!(two.generation().await.unwrap(), before + 1);
}
