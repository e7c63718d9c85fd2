//! Own entries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use verbund_ledger::{LaneHead, LaneId, SealedFrame};
use verbund_store::{
    Condition, Error, Limit, Pending, PublishItem, PublishOutcome, Seal, State, Step, Unsealed,
    limits,
};

use super::kit::{
    ERASED_ON, Origin, audience, committed, hashes, item, request, step, stored, subject,
};
use super::{Engine, holds};

const ALL: Limit = Limit {
    count: 10_000,
    bytes: 1 << 30,
};

pub(crate) async fn entries_are_given_back_as_they_were_stored(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let items: Vec<_> = (0..100).map(|_| item(&lane, &dhz)).collect();
    let outcomes = store.publish(items.clone(), dhz.signer()).await.unwrap();
    let answered: Vec<_> = outcomes.into_iter().map(stored).collect();
    let read = store.entries(&lane, 1, ALL).await.unwrap();
    assert_eq!(read.len(), 100);
    let mut previous = store.frame_hash(&lane, 1).await.unwrap().unwrap();
    for (at, ((answered, read), item)) in answered.iter().zip(&read).zip(&items).enumerate() {
        assert_eq!(format!("{answered:?}"), format!("{read:?}"), "entry {at}");
        assert_eq!(read.entry, answered.entry);
        assert_eq!(read.entry.text.as_ref(), Some(&item.text));
        assert_eq!(read.entry.codes.as_ref(), Some(&item.codes));
        assert_eq!(
            (read.sequence, read.subject),
            (at as u64 + 2, Some(item.subject))
        );
        let frame = verbund_ledger::Frame::decode(&read.entry.frame).unwrap();
        assert_eq!((frame.previous, frame.sequence), (previous, read.sequence));
        previous = read.hash;
    }
    store.close().await;
}

pub(crate) async fn everything_survives_a_restart(engine: &impl Engine) {
    let dhz = Origin::new("dhz");
    let store = engine.open().await;
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let first = dhz.store(&store, item(&lane, &dhz)).await;
    store.close().await;
    let store = engine.open().await;
    let second = dhz.store(&store, step(&first, &dhz, Step::Corrected)).await;
    assert_eq!((second.sequence, second.version), (3, 2));
    assert!(second.position > first.position);
    let history = store.history(&first.subject.unwrap(), None).await.unwrap();
    assert_eq!(hashes(&history), [first.hash, second.hash]);
    assert_eq!(history[0].entry, first.entry);
    store.close().await;
}

pub(crate) async fn calls_at_once_share_lanes_without_gaps(engine: &impl Engine) {
    let store = engine.open().await;
    let (dhz, kod) = (Origin::new("dhz"), Origin::new("kod"));
    let narrow = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let wide = dhz
        .open(&store, &audience(&["dhz", "kod", "polizei"]))
        .await;
    let mut calls = tokio::task::JoinSet::new();
    for call in 0..200 {
        let (store, dhz, kod) = (Arc::clone(&store), dhz.clone(), kod.clone());
        calls.spawn(async move {
            let lanes = if call % 2 == 0 {
                [narrow, wide]
            } else {
                [wide, narrow]
            };
            let items: Vec<_> = lanes.iter().map(|lane| item(lane, &dhz)).collect();
            // Two different signers: their items must not be mixed up.
            let seal = if call % 3 == 0 {
                kod.signer()
            } else {
                dhz.signer()
            };
            store
                .publish(items, seal)
                .await
                .unwrap()
                .into_iter()
                .map(stored)
                .collect::<Vec<_>>()
        });
    }
    let answered: Vec<_> = calls.join_all().await.into_iter().flatten().collect();
    assert_eq!(answered.len(), 400);
    for lane in [narrow, wide] {
        let entries = store.entries(&lane, 0, ALL).await.unwrap();
        assert_eq!(entries.len(), 201);
        for (two, sequence) in entries.windows(2).zip(2..) {
            let frame = verbund_ledger::Frame::decode(&two[1].entry.frame).unwrap();
            assert_eq!(two[1].sequence, sequence);
            assert_eq!(frame.previous, two[0].hash);
        }
    }
    store.close().await;
}

pub(crate) async fn a_request_gets_its_first_answer_again(engine: &impl Engine) {
    let dhz = Origin::new("dhz");
    let store = engine.open().await;
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let asked = PublishItem {
        request: Some(request("duty-log")),
        ..item(&lane, &dhz)
    };
    let first = dhz.store(&store, asked.clone()).await;
    store.close().await;
    let store = engine.open().await;
    // The caller has drawn a new subject and new salts: it doesn't know that the first call came through.
    let again = PublishItem {
        request: asked.request.clone(),
        ..item(&lane, &dhz)
    };
    match dhz.publish(&store, again.clone()).await {
        PublishOutcome::Repeated { position, subject } => {
            assert_eq!((position, Some(subject)), (first.place(), first.subject));
        }
        other => panic!("{other:?}"),
    }
    let mut of_another = asked.request.clone().unwrap();
    of_another.caller = "needle-finds".to_owned();
    assert!(store.request(&of_another).await.unwrap().is_none());
    let other_caller = PublishItem {
        request: Some(of_another),
        ..again
    };
    dhz.store(&store, other_caller).await;
    let record = store
        .request(&asked.request.unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (record.position, Some(record.subject)),
        (first.place(), first.subject)
    );
    assert_eq!(record.matches(&[1; 32]), Some(true));
    assert_eq!(record.matches(&[2; 32]), Some(false));
    store.close().await;
}

pub(crate) async fn a_request_with_another_content_is_refused(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let asked = PublishItem {
        request: Some(request("duty-log")),
        ..item(&lane, &dhz)
    };
    dhz.store(&store, asked.clone()).await;
    let other = PublishItem {
        fingerprint: [2; 32],
        subject: subject(),
        ..asked
    };
    assert!(matches!(
        dhz.publish(&store, other).await,
        PublishOutcome::RequestConflict
    ));
    assert_eq!(store.entries(&lane, 0, ALL).await.unwrap().len(), 2);
    store.close().await;
}

pub(crate) async fn the_same_request_twice_in_one_call(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let asked = PublishItem {
        request: Some(request("duty-log")),
        ..item(&lane, &dhz)
    };
    let conflicting = PublishItem {
        fingerprint: [2; 32],
        ..asked.clone()
    };
    let items = vec![asked.clone(), asked, conflicting, item(&lane, &dhz)];
    let mut outcomes = store
        .publish(items, dhz.signer())
        .await
        .unwrap()
        .into_iter();
    let first = stored(outcomes.next().unwrap());
    match outcomes.next() {
        Some(PublishOutcome::Repeated { position, .. }) => assert_eq!(position, first.place()),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        outcomes.next(),
        Some(PublishOutcome::RequestConflict)
    ));
    assert_eq!(stored(outcomes.next().unwrap()).sequence, 3);
    store.close().await;
}

pub(crate) async fn a_fingerprint_is_kept_under_the_text_s_salt_only(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let fingerprint = *b"the fingerprint of a content....";
    let asked = PublishItem {
        request: Some(request("duty-log")),
        fingerprint,
        ..item(&lane, &dhz)
    };
    let salt = asked.text.salt;
    dhz.store(&store, asked).await;
    store.close().await;
    let bytes = engine.bytes();
    assert!(!holds(&bytes, &fingerprint) && !holds(&bytes, &salt));
}

pub(crate) async fn a_subject_begins_once(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let first = item(&lane, &dhz);
    let items = vec![first.clone(), first.clone()];
    let outcomes = store.publish(items, dhz.signer()).await.unwrap();
    assert!(matches!(
        outcomes[..],
        [PublishOutcome::Stored { .. }, PublishOutcome::SubjectExists]
    ));
    assert!(matches!(
        dhz.publish(&store, first).await,
        PublishOutcome::SubjectExists
    ));
    store.close().await;
}

pub(crate) async fn a_step_follows_the_latest(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let first = dhz.store(&store, item(&lane, &dhz)).await;
    let unknown = PublishItem {
        subject: subject(),
        ..step(&first, &dhz, Step::Corrected)
    };
    assert!(matches!(
        dhz.publish(&store, unknown).await,
        PublishOutcome::SubjectUnknown
    ));
    // Two at once, of which the second has not seen the first.
    let both = vec![
        step(&first, &dhz, Step::Corrected),
        step(&first, &dhz, Step::Withdrawn),
    ];
    let mut outcomes = store.publish(both, dhz.signer()).await.unwrap().into_iter();
    let second = stored(outcomes.next().unwrap());
    match outcomes.next() {
        Some(PublishOutcome::Stale { latest }) => assert_eq!(latest, second.hash),
        other => panic!("{other:?}"),
    }
    let (a, b) = tokio::join!(
        dhz.publish(&store, step(&second, &dhz, Step::Corrected)),
        dhz.publish(&store, step(&second, &dhz, Step::Corrected)),
    );
    let one_of_two = matches!(
        (&a, &b),
        (PublishOutcome::Stored { .. }, PublishOutcome::Stale { .. })
            | (PublishOutcome::Stale { .. }, PublishOutcome::Stored { .. })
    );
    assert!(one_of_two, "{a:?} {b:?}");
    store.close().await;
}

pub(crate) async fn versions_are_bounded_but_taking_back_is_not(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let mut latest = dhz.store(&store, item(&lane, &dhz)).await;
    for version in 2..=limits::VERSIONS {
        latest = dhz
            .store(&store, step(&latest, &dhz, Step::Corrected))
            .await;
        assert_eq!(latest.version, version);
    }
    let more = dhz
        .publish(&store, step(&latest, &dhz, Step::Corrected))
        .await;
    assert!(matches!(more, PublishOutcome::TooManyVersions));
    latest = dhz
        .store(&store, step(&latest, &dhz, Step::Withdrawn))
        .await;
    let more = dhz
        .publish(&store, step(&latest, &dhz, Step::Withdrawn))
        .await;
    assert!(matches!(more, PublishOutcome::TooManyVersions));
    latest = dhz.store(&store, step(&latest, &dhz, Step::Erased)).await;
    assert_eq!(latest.version, limits::VERSIONS + 2);
    let subject = latest.subject.unwrap();
    assert_eq!(store.history(&subject, None).await.unwrap().len(), 17);
    assert_eq!(
        store
            .situation(&subject, None)
            .await
            .unwrap()
            .unwrap()
            .state,
        State::Erased
    );
    let after = dhz
        .publish(&store, step(&latest, &dhz, Step::Corrected))
        .await;
    assert!(matches!(after, PublishOutcome::SubjectUnknown));
    store.close().await;
}

pub(crate) async fn what_can_t_be_taken_whole_is_not_taken(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let unknown = dhz.lane(&audience(&["dhz"])).id;
    let items = vec![item(&lane, &dhz), item(&unknown, &dhz)];
    let published = store.publish(items, dhz.signer()).await;
    assert!(matches!(published, Err(Error::LaneUnknown(lane)) if lane == unknown));
    let many = (0..=limits::BATCH_ENTRIES)
        .map(|_| item(&lane, &dhz))
        .collect();
    assert!(matches!(
        store.publish(many, dhz.signer()).await,
        Err(Error::TooMany { .. })
    ));
    assert_eq!(store.entries(&lane, 0, ALL).await.unwrap().len(), 1);
    store.close().await;
}

/// Signs when it is let.
struct Patient {
    origin: Origin,
    reached: Arc<Notify>,
    calls: Arc<AtomicUsize>,
}

impl Seal for Patient {
    fn seal(&self, lane: &LaneId, head: LaneHead, items: &[Unsealed<'_>]) -> Vec<SealedFrame> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.reached.notify_one();
        self.origin.seal(lane, head, items)
    }
}

pub(crate) async fn a_dropped_call_is_finished(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let (reached, calls) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let seal = Arc::new(Patient {
        origin: dhz.clone(),
        reached: Arc::clone(&reached),
        calls: Arc::clone(&calls),
    });
    let items = (0..50).map(|_| item(&lane, &dhz)).collect();
    let call = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.publish(items, seal).await }
    });
    reached.notified().await;
    call.abort();
    // Whatever is queued later is answered later.
    store.drop_pending(&subject()).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(store.entries(&lane, 1, ALL).await.unwrap().len(), 50);
    let next = dhz.store(&store, item(&lane, &dhz)).await;
    assert_eq!(next.sequence, 52);
    store.close().await;
}

pub(crate) async fn drafts_and_links_come_with_their_item(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let tomorrow = subject();
    let draft = Pending {
        subject: tomorrow,
        due: Some(20_781),
        erasure_day: ERASED_ON,
        body: b"generalised".to_vec(),
    };
    let full = PublishItem {
        pending: Some(draft.clone()),
        generalised: Some(tomorrow),
        ..item(&lane, &dhz)
    };
    let conflicting = PublishItem {
        pending: Some(Pending {
            subject: subject(),
            ..draft.clone()
        }),
        ..full.clone()
    };
    let outcomes = store
        .publish(vec![full.clone(), conflicting], dhz.signer())
        .await
        .unwrap();
    assert!(matches!(outcomes[1], PublishOutcome::SubjectExists));
    assert_eq!(
        store.generalised_of(&full.subject).await.unwrap(),
        Some(tomorrow)
    );
    assert_eq!(store.pending(&tomorrow).await.unwrap(), Some(draft.clone()));
    assert_eq!(
        store.pending_count().await.unwrap(),
        1,
        "nothing of an item that wasn't stored"
    );
    let generalised = PublishItem {
        subject: tomorrow,
        consumes_pending: Some(draft.clone()),
        condition: Condition::New,
        text: committed(b""),
        ..item(&lane, &dhz)
    };
    let of_another_draft = PublishItem {
        consumes_pending: Some(Pending {
            body: b"as it was before".to_vec(),
            ..draft
        }),
        ..generalised.clone()
    };
    let outcome = dhz.publish(&store, of_another_draft).await;
    assert!(matches!(outcome, PublishOutcome::PendingChanged));
    assert_eq!(store.pending_count().await.unwrap(), 1);
    dhz.store(&store, generalised.clone()).await;
    assert_eq!(store.pending_count().await.unwrap(), 0);
    let again = PublishItem {
        subject: subject(),
        ..generalised
    };
    let outcome = dhz.publish(&store, again).await;
    assert!(matches!(outcome, PublishOutcome::PendingChanged));
    store.close().await;
}

/// Two at once use up one draft: what was taken back or issued elsewhere is not issued again.
pub(crate) async fn a_draft_is_used_up_once(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    for round in 0..10 {
        let draft = Pending {
            subject: subject(),
            due: None,
            erasure_day: ERASED_ON,
            body: vec![round],
        };
        store.put_pending(draft.clone()).await.unwrap();
        let item = || PublishItem {
            subject: draft.subject,
            consumes_pending: Some(draft.clone()),
            ..item(&lane, &dhz)
        };
        let (one, other) = tokio::join!(dhz.publish(&store, item()), dhz.publish(&store, item()));
        let stored = [&one, &other]
            .into_iter()
            .filter(|outcome| matches!(outcome, PublishOutcome::Stored { .. }));
        assert_eq!(stored.count(), 1, "{one:?} {other:?}");
    }
    store.close().await;
}
