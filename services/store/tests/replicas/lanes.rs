//! Everybody publishes, to the same lanes, at the same time.

use std::sync::Arc;

use verbund_ledger::LaneId;
use verbund_store::{Condition, PublishItem, PublishOutcome, Step};

use crate::load::{Load, is_whole, walk};
use crate::place::Place;
use crate::suite::kit::{Origin, Remote, audience, item, request, step, stored, subject};

/// Lanes that are opened at different replicas.
async fn lanes(stores: &[Arc<dyn verbund_store::Store>], origin: &Origin) -> Vec<LaneId> {
    let mut lanes = Vec::new();
    for (store, readers) in stores.iter().cycle().zip([
        &["dhz", "kod"][..],
        &["dhz", "polizei"],
        &["dhz", "kod", "polizei"],
    ]) {
        lanes.push(origin.open(store, &audience(readers)).await);
    }
    lanes
}

async fn publish_together(stores: &[Arc<dyn verbund_store::Store>]) {
    let dhz = Origin::new("dhz");
    let lanes = lanes(stores, &dhz).await;
    let load = Load::start(stores, &dhz, &lanes, 4);
    load.goes_on(40).await;
    let told = load.end().await;
    assert_eq!(told.refused, 0);
    assert!(told.acknowledged.len() > 60 * stores.len());
    is_whole(stores, &told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_share_lanes() {
    let place = Place::new();
    publish_together(&place.replicas(["one", "two"]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_share_lanes() {
    let place = Place::new();
    publish_together(&place.replicas(["one", "two", "three"]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_is_opened_once() {
    let place = Place::new();
    let stores = place.replicas(["one", "two", "three"]).await;
    let dhz = Origin::new("dhz");
    for _ in 0..10 {
        let audience = audience(&["dhz", "kod"]);
        let opened = stores.iter().map(|store| dhz.open(store, &audience));
        let opened = futures_util::future::join_all(opened).await;
        assert!(opened.iter().all(|lane| *lane == opened[0]), "{opened:?}");
    }
    for store in &stores {
        assert_eq!(store.lanes().await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_answered_once_over_replicas() {
    let place = Place::new();
    let stores = place.replicas(["one", "two", "three"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    for round in 0..20 {
        let asked = PublishItem {
            request: Some(request("duty-log")),
            ..item(&lane, &dhz)
        };
        let calls = stores.iter().map(|store| {
            // As a client does that sends it again to another replica: what it says is the same, the subject is made anew.
            let again = PublishItem {
                subject: subject(),
                ..asked.clone()
            };
            dhz.publish(store, again)
        });
        let outcomes = futures_util::future::join_all(calls).await;
        let mut places = Vec::new();
        let mut answered = 0;
        for outcome in outcomes {
            match outcome {
                PublishOutcome::Stored { position, .. } => {
                    answered += 1;
                    places.push(position);
                }
                PublishOutcome::Repeated { position, .. } => places.push(position),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(answered, 1, "in round {round}");
        assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
        let another = PublishItem {
            fingerprint: [2; 32],
            ..asked
        };
        let conflict = dhz.publish(&stores[round % 3], another).await;
        assert!(matches!(conflict, PublishOutcome::RequestConflict));
    }
    assert_eq!(walk(&stores[2], &lane).await.len(), 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_step_follows_whoever_publishes_it() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let mut latest = dhz.store(&stores[1], item(&lane, &dhz)).await;
    for _ in 0..10 {
        let calls = stores
            .iter()
            .map(|store| dhz.publish(store, step(&latest, &dhz, Step::Corrected)));
        let outcomes = futures_util::future::join_all(calls).await;
        let (stored_ones, others): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|outcome| matches!(outcome, PublishOutcome::Stored { .. }));
        assert_eq!(stored_ones.len(), 1, "{others:?}");
        let next = stored(stored_ones.into_iter().next().unwrap());
        assert!(
            matches!(others[..], [PublishOutcome::Stale { latest }] if latest == next.hash),
            "{others:?}"
        );
        latest = next;
    }
    let begun = PublishItem {
        condition: Condition::New,
        ..step(&latest, &dhz, Step::Issued)
    };
    let again = dhz.publish(&stores[0], begun).await;
    assert!(matches!(again, PublishOutcome::SubjectExists), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_replicas_receive_is_stored_once() {
    let place = Place::new();
    let stores = place.replicas(["one", "two"]).await;
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    for _ in 0..20 {
        let entries: Vec<_> = (0..5).map(|_| kod.step(subject(), Step::Issued)).collect();
        let calls = stores
            .iter()
            .map(|store| store.receive(kod.batch(entries.clone())));
        let mut news = 0;
        for received in futures_util::future::join_all(calls).await {
            let received = received.unwrap();
            assert_eq!(received.head, kod.head);
            assert_eq!(received.stored + received.known, 5);
            news += received.stored;
        }
        assert_eq!(news, 5);
    }
    for store in &stores {
        assert_eq!(walk(store, &kod.lane.id).await.len(), 100);
        let used = store.usage(&kod.origin.agency, crate::suite::kit::TODAY);
        assert_eq!(used.await.unwrap().entries, 100);
    }
}
