//! What is acknowledged while the node does not sign.

use std::sync::Arc;

use verbund_ledger::LaneId;
use verbund_model::SubjectId;
use verbund_store::{
    Error, NewQueued, PublishItem, PublishOutcome, QueueCounts, QueueOutcome, RequestKey, Store,
    limits,
};

use super::kit::{ERASED_ON, Origin, agency, audience, federation, item, request, stored, subject};
use super::{Engine, holds};

const CANARY: &[u8] = b"Zitronenfalter am Theaterplatz";

fn update(body: &[u8]) -> NewQueued {
    NewQueued {
        subject: subject(),
        erasure_day: ERASED_ON,
        body: body.to_vec(),
    }
}

async fn enqueue(store: &Arc<dyn Store>, update: &NewQueued) -> QueueOutcome {
    store.enqueue(update.clone()).await.unwrap()
}

async fn bodies(store: &Arc<dyn Store>) -> Vec<Vec<u8>> {
    let queue = store.queue(0, limits::PAGE_ROWS).await.unwrap();
    queue.into_iter().map(|it| it.body.unwrap()).collect()
}

fn signed(lane: &LaneId, origin: &Origin, subject: SubjectId, request: &RequestKey) -> PublishItem {
    PublishItem {
        request: Some(request.clone()),
        subject,
        dequeues: true,
        ..item(lane, origin)
    }
}

async fn counts(store: &Arc<dyn Store>) -> (u64, u64) {
    let QueueCounts { all, refused } = store.queue_counts().await.unwrap();
    (all, refused)
}

pub(crate) async fn what_is_queued_keeps_its_order_and_survives_a_restart(engine: &impl Engine) {
    let store = engine.open().await;
    let updates: Vec<NewQueued> = (0..20).map(|number| update(&[number])).collect();
    for it in &updates[..10] {
        assert_eq!(enqueue(&store, it).await, QueueOutcome::Queued);
    }
    store.close().await;
    let store = engine.open().await;
    for it in &updates[10..] {
        assert_eq!(enqueue(&store, it).await, QueueOutcome::Queued);
    }
    let wanted: Vec<Vec<u8>> = updates.iter().map(|it| it.body.clone()).collect();
    assert_eq!(bodies(&store).await, wanted);
    let again = NewQueued {
        body: b"other".to_vec(),
        ..updates[3].clone()
    };
    assert_eq!(enqueue(&store, &again).await, QueueOutcome::Known);
    assert_eq!(counts(&store).await, (20, 0));
    let queue = store.queue(0, 5).await.unwrap();
    let after = store.queue(queue[4].number, 2).await.unwrap();
    let subjects: Vec<SubjectId> = after.iter().map(|it| it.subject).collect();
    assert_eq!(subjects, [updates[5].subject, updates[6].subject]);
    let found = store.queued(&updates[3].subject).await.unwrap().unwrap();
    assert_eq!(found, queue[3]);
    assert_eq!((found.erasure_day, found.refused), (ERASED_ON, false));
    assert_eq!(store.queued(&subject()).await.unwrap(), None);
    let large = update(&vec![0; limits::QUEUED_BYTES + 1]);
    let large = store.enqueue(large).await;
    assert!(matches!(large, Err(Error::TooMany { .. })), "{large:?}");
    store.close().await;
}

pub(crate) async fn a_queued_update_is_published_once_and_leaves_in_the_same_transaction(
    engine: &impl Engine,
) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let (it, other) = (update(CANARY), update(CANARY));
    for it in [&it, &other] {
        enqueue(&store, it).await;
    }
    let (asked, besides) = (request("duty-log"), request("duty-log"));
    // However many try at once, and twice in one call.
    let tries = (0..4).map(|_| dhz.publish(&store, signed(&lane, &dhz, it.subject, &asked)));
    let outcomes = futures_util::future::join_all(tries).await;
    let stored = |it: &&PublishOutcome| matches!(it, PublishOutcome::Stored { .. });
    assert_eq!(outcomes.iter().filter(stored).count(), 1, "{outcomes:?}");
    let repeated = |it: &&PublishOutcome| matches!(it, PublishOutcome::Repeated { .. });
    assert_eq!(outcomes.iter().filter(repeated).count(), 3, "{outcomes:?}");
    assert_eq!(store.queued(&it.subject).await.unwrap(), None);
    let first = store.request(&asked).await.unwrap().unwrap();
    assert_eq!(first.subject, it.subject);
    let twice = [&besides, &request("another")]
        .map(|request| signed(&lane, &dhz, other.subject, request))
        .to_vec();
    let outcomes = store.publish(twice, dhz.signer()).await.unwrap();
    assert!(
        matches!(
            &outcomes[..],
            [PublishOutcome::Stored { .. }, PublishOutcome::NotQueued]
        ),
        "{outcomes:?}"
    );
    assert_eq!(counts(&store).await, (0, 0));
    // What is not queued is not published that way.
    let never = signed(&lane, &dhz, subject(), &request("duty-log"));
    let never = dhz.publish(&store, never).await;
    assert!(matches!(never, PublishOutcome::NotQueued), "{never:?}");
    store.close().await;
}

pub(crate) async fn a_subject_that_is_published_is_not_queued_again(engine: &impl Engine) {
    let store = engine.open().await;
    store.claim(&federation(), &agency("dhz")).await.unwrap();
    let (dhz, kod) = (Origin::new("dhz"), Origin::new("kod"));
    let it = update(CANARY);
    // Another agency's subject of the same name is nothing to this one.
    let theirs = kod.open(&store, &audience(&["dhz", "kod"])).await;
    let theirs = PublishItem {
        subject: it.subject,
        ..item(&theirs, &kod)
    };
    stored(kod.publish(&store, theirs).await);
    assert_eq!(enqueue(&store, &it).await, QueueOutcome::Queued);
    let lane = dhz.open(&store, &audience(&["dhz", "polizei"])).await;
    let asked = request("duty-log");
    stored(
        dhz.publish(&store, signed(&lane, &dhz, it.subject, &asked))
            .await,
    );
    assert_eq!(enqueue(&store, &it).await, QueueOutcome::Known);
    assert_eq!(counts(&store).await, (0, 0));
    store.close().await;
}

pub(crate) async fn what_is_refused_stays_and_what_is_dropped_goes_with_its_key(
    engine: &impl Engine,
) {
    let store = engine.open().await;
    let (refused, dropped) = (update(b"refused"), update(CANARY));
    for it in [&refused, &dropped] {
        enqueue(&store, it).await;
    }
    assert!(!holds(&engine.bytes(), CANARY) && !holds(&engine.bytes(), &CANARY[..12]));
    assert!(store.refuse_queued(&refused.subject).await.unwrap());
    assert!(
        !store.refuse_queued(&refused.subject).await.unwrap(),
        "it is told once"
    );
    assert!(!store.refuse_queued(&subject()).await.unwrap());
    assert_eq!(counts(&store).await, (2, 1));
    let sealed = engine.keys();
    assert_eq!(sealed.len(), 1);
    assert!(store.drop_queued(&dropped.subject).await.unwrap());
    assert!(!store.drop_queued(&dropped.subject).await.unwrap());
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    assert!(
        !engine.keys().contains(&sealed[0]),
        "a copy of the database can't be read either"
    );
    assert_eq!(bodies(&store).await, [b"refused"]);
    let stays = store.queued(&refused.subject).await.unwrap().unwrap();
    assert!(stays.refused);
    store.close().await;
}

pub(crate) async fn as_much_is_queued_as_may(engine: &impl Engine) {
    let store = engine.open().await;
    engine.fill_queue(limits::QUEUED - 2).await;
    let all = [update(b"1"), update(b"2"), update(b"3")];
    let outcomes = futures_util::future::join_all(all.iter().map(|it| enqueue(&store, it))).await;
    let full: Vec<usize> = (0..all.len())
        .filter(|at| outcomes[*at] == QueueOutcome::Full)
        .collect();
    assert_eq!(full.len(), 1, "however many come at once: {outcomes:?}");
    assert_eq!(store.queued(&all[full[0]].subject).await.unwrap(), None);
    let room = (full[0] + 1) % all.len();
    assert!(store.drop_queued(&all[room].subject).await.unwrap());
    assert_eq!(enqueue(&store, &all[full[0]]).await, QueueOutcome::Queued);
    store.close().await;
}

pub(crate) async fn what_is_queued_stays_readable_when_its_day_gets_a_new_key(
    engine: &impl Engine,
) {
    let store = engine.open().await;
    let (kept, dropped) = (update(CANARY), update(b"dropped"));
    for it in [&kept, &dropped] {
        enqueue(&store, it).await;
    }
    let before = engine.keys();
    store.drop_queued(&dropped.subject).await.unwrap();
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    let after = engine.keys();
    assert!(before.iter().all(|key| !after.contains(key)));
    assert_eq!(bodies(&store).await, [CANARY]);
    store.close().await;
}

pub(crate) async fn what_is_queued_is_gone_when_its_day_is_over(engine: &impl Engine) {
    let store = engine.open().await;
    let it = update(CANARY);
    enqueue(&store, &it).await;
    store.erase_due(ERASED_ON).await.unwrap();
    assert_eq!(bodies(&store).await, [CANARY]);
    store.erase_due(ERASED_ON + 1).await.unwrap();
    assert_eq!(engine.keys().len(), 0);
    // The row is left without a text until somebody has been told.
    let found = store.queued(&it.subject).await.unwrap().unwrap();
    assert_eq!((found.body, found.erasure_day), (None, ERASED_ON));
    assert!(store.drop_queued(&it.subject).await.unwrap());
    assert_eq!(counts(&store).await, (0, 0));
    store.close().await;
}
