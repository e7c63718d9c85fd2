//! The answer to a COMMIT is lost: whether it was done has to be found out, and never guessed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use verbund_store::limits::UNAVAILABLE_WAIT;
use verbund_store::{Error, PublishItem, PublishOutcome, StoredEntry};
use verbund_test_postgres::Cluster;

use crate::load::walk;
use crate::place::{Place, claim, eventually, open};
use crate::suite::kit::{Origin, audience, item, request};
use crate::wire::{Psql, Wire};

const WITHIN: Duration = Duration::from_secs(10);

/// The server's processes that are like this.
fn pids(server: &Cluster, like: &str) -> Vec<String> {
    let all = server
        .psql(&format!(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'verbund' AND {like}"
        ))
        .unwrap();
    all.lines().map(str::to_owned).collect()
}

async fn one_is(server: &Cluster, like: &str) -> String {
    eventually(like, WITHIN, async || !pids(server, like).is_empty()).await;
    pids(server, like).remove(0)
}

fn publish(
    store: &Arc<dyn verbund_store::Store>,
    dhz: &Origin,
    item: &PublishItem,
) -> JoinHandle<PublishOutcome> {
    let (store, dhz, item) = (Arc::clone(store), dhz.clone(), item.clone());
    tokio::spawn(async move { dhz.publish(&store, item).await })
}

fn are(all: &[StoredEntry], item: &PublishItem, times: usize) {
    let found = all.iter().filter(|it| it.subject == Some(item.subject));
    assert_eq!(found.count(), times);
}

const WAITS_FOR_STANDBY: &str = "wait_event = 'SyncRep'";
const WAITS_FOR_TURN: &str = "wait_event_type = 'Lock' AND query LIKE '%UPDATE meta%'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_answered_once() {
    let place = Place::alone();
    let server = place.cluster();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    for round in 0..3 {
        let asked = PublishItem {
            request: Some(request("duty-log")),
            ..item(&lane, &dhz)
        };
        // A commit is done here, and then waits for a standby that nobody has.
        server.set("synchronous_standby_names", "nobody").unwrap();
        let answer = publish(&stores[0], &dhz, &asked);
        let pid = one_is(server, WAITS_FOR_STANDBY).await;
        server
            .psql(&format!("SELECT pg_terminate_backend({pid})"))
            .unwrap();
        // It comes back, asks, and again waits for the standby that what it found is safe with.
        eventually("another session commits", WITHIN, async || {
            pids(server, WAITS_FOR_STANDBY).iter().any(|it| *it != pid)
        })
        .await;
        assert!(!answer.is_finished(), "answered before it is safe");
        server.set("synchronous_standby_names", "").unwrap();
        let PublishOutcome::Stored { position, entry } = answer.await.unwrap() else {
            panic!("it was stored, for the first time, in round {round}");
        };
        assert_eq!(entry.place(), position);
        let all = walk(&stores[1], &lane).await;
        are(&all, &asked, 1);
        assert_eq!(all.last().unwrap().hash, entry.hash);
        let again = dhz.publish(&stores[1], asked).await;
        assert!(
            matches!(again, PublishOutcome::Repeated { .. }),
            "{again:?}"
        );
    }
    assert_eq!(walk(&stores[0], &lane).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_committed_is_done_again() {
    let place = Place::alone();
    let server = place.cluster();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let another = Psql::connect(&place.database.url().to_string()).await;
    for _ in 0..3 {
        another
            .run("BEGIN; UPDATE meta SET edition = edition")
            .await;
        let first = item(&lane, &dhz);
        let answer = publish(&stores[0], &dhz, &first);
        let pid = one_is(server, WAITS_FOR_TURN).await;
        server
            .psql(&format!("SELECT pg_terminate_backend({pid})"))
            .unwrap();
        eventually("another session waits", WITHIN, async || {
            pids(server, WAITS_FOR_TURN).iter().any(|it| *it != pid)
        })
        .await;
        another.run("ROLLBACK").await;
        let outcome = answer.await.unwrap();
        assert!(matches!(outcome, PublishOutcome::Stored { .. }));
        are(&walk(&stores[1], &lane).await, &first, 1);
    }
    assert_eq!(walk(&stores[0], &lane).await.len(), 4);
}

/// The transaction's number is given again by the server that takes over, to somebody else's that is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_a_failover_lost_is_done_again() {
    let place = Place::alone();
    let first = place.cluster();
    let second = first.standby("second").unwrap();
    first
        .set("synchronous_standby_names", "ANY 1 (second)")
        .unwrap();
    let wire = Wire::to(first.port()).await;
    let url = place
        .database
        .url()
        .host(&format!("127.0.0.1:{}", wire.port))
        .query("sslmode=disable")
        .to_string();
    let store = open(&url, place.options("one")).await.unwrap();
    claim(&store).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let before = dhz.store(&store, item(&lane, &dhz)).await;

    second.stop().unwrap();
    let lost = item(&lane, &dhz);
    let answer = tokio::spawn({
        let (store, signer, lost) = (Arc::clone(&store), dhz.signer(), lost.clone());
        async move { store.publish(vec![lost], signer).await }
    });
    one_is(first, WAITS_FOR_STANDBY).await;
    let number = first
        .psql("SELECT max(backend_xid::text::bigint) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        .unwrap();
    let next = first
        .psql("SELECT pg_snapshot_xmax(pg_current_snapshot())")
        .unwrap();
    let cut = Instant::now();
    wire.lead_to(None);
    first.kill().unwrap();
    second.start().unwrap();
    second.promote().unwrap();
    // Whoever writes there next gets the numbers that were lost.
    loop {
        let given = second.psql("SELECT pg_current_xact_id()").unwrap();
        if given.parse::<u64>().unwrap() > next.parse().unwrap() {
            break;
        }
    }
    wire.lead_to(Some(second.port()));
    let outcome = match answer.await.unwrap() {
        Ok(mut outcomes) => outcomes.remove(0),
        // A server that takes longer to be promoted than a call waits: the caller asks again, as it is told to.
        Err(Error::Unavailable { .. }) if cut.elapsed() >= UNAVAILABLE_WAIT => {
            dhz.publish(&store, lost.clone()).await
        }
        Err(error) => panic!("{error} for {number}"),
    };
    let PublishOutcome::Stored { entry, .. } = outcome else {
        panic!("{outcome:?} of {number}");
    };
    let all = walk(&store, &lane).await;
    assert_eq!(all.len(), 3, "the opening, the one before, and this");
    assert_eq!((all[1].hash, all[2].hash), (before.hash, entry.hash));
    are(&all, &lost, 1);
}
