//! Lanes, and whose store it is.

use verbund_store::{Error, Limit};

use super::Engine;
use super::kit::{Origin, Remote, agency, alarm, audience, federation, item};

pub(crate) async fn opening_stores_the_first_entry(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.lane(&audience(&["dhz", "kod"]));
    let opening = dhz.opening(&lane.id);
    let record = store
        .open_lane(lane.clone(), opening.clone())
        .await
        .unwrap();
    assert_eq!(record.id, lane.id);
    assert_eq!(
        (record.head.sequence, record.head.hash),
        (1, opening.frame.hash)
    );
    assert_eq!(record.stopped, None);
    assert_eq!(store.lanes().await.unwrap(), [record]);
    let entries = store
        .entries(
            &lane.id,
            0,
            Limit {
                count: 9,
                bytes: 1 << 20,
            },
        )
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].entry.frame, opening.frame.frame);
    assert_eq!(entries[0].entry.codes, Some(opening.codes));
    assert_eq!((entries[0].subject, entries[0].version), (None, 0));
    store.close().await;
}

pub(crate) async fn the_same_audience_has_one_open_lane(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let open = async |epoch, ids: &[&str]| {
        let mut lane = dhz.lane(&audience(ids));
        lane.epoch = epoch;
        let opening = dhz.opening(&lane.id);
        store.open_lane(lane, opening).await.unwrap()
    };
    let (first, again, wider, later) = tokio::join!(
        open(1, &["dhz", "kod"]),
        open(1, &["kod", "dhz"]),
        open(1, &["dhz", "kod", "polizei"]),
        open(2, &["dhz", "kod"]),
    );
    assert_eq!(first, again);
    assert!(first.id != wider.id && first.id != later.id);
    store
        .stop_lane(&first.id, "forked", alarm(""))
        .await
        .unwrap();
    assert_ne!(open(1, &["dhz", "kod"]).await.id, first.id, "a successor");
    assert_eq!(store.lanes().await.unwrap().len(), 4);
    store.close().await;
}

pub(crate) async fn a_stopped_lane_takes_nothing_and_says_why(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let own = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    let first = kod.next();
    store.receive(kod.batch(vec![first.clone()])).await.unwrap();
    for lane in [own, kod.lane.id] {
        store
            .stop_lane(&lane, "forked", alarm("first"))
            .await
            .unwrap();
        store
            .stop_lane(&lane, "gap", alarm("second"))
            .await
            .unwrap();
    }
    let stopped: Vec<_> = store
        .lanes()
        .await
        .unwrap()
        .into_iter()
        .map(|lane| lane.stopped)
        .collect();
    assert_eq!(
        stopped,
        [Some("forked".to_owned()), Some("forked".to_owned())]
    );
    let details: Vec<_> = store
        .alarms(9)
        .await
        .unwrap()
        .into_iter()
        .map(|alarm| alarm.detail)
        .collect();
    assert_eq!(details, ["first", "first"], "the first reason stays");
    let published = store.publish(vec![item(&own, &dhz)], dhz.signer()).await;
    assert!(matches!(published, Err(Error::LaneStopped(lane)) if lane == own));
    let second = kod.next();
    let received = store.receive(kod.batch(vec![first.clone(), second])).await;
    assert!(matches!(received, Err(Error::LaneStopped(lane)) if lane == kod.lane.id));
    let known = store.receive(kod.batch(vec![first])).await.unwrap();
    assert_eq!(
        (known.stored, known.known),
        (0, 1),
        "what is here can be acknowledged again"
    );
    let unknown = kod.origin.lane(&kod.lane.audience).id;
    let stopped = store.stop_lane(&unknown, "gap", alarm("")).await;
    assert!(matches!(stopped, Err(Error::LaneUnknown(lane)) if lane == unknown));
    store.close().await;
    assert_eq!(
        engine.open().await.lanes().await.unwrap()[0]
            .stopped
            .as_deref(),
        Some("forked")
    );
}

pub(crate) async fn the_store_belongs_to_one_node(engine: &impl Engine) {
    for generation in 1..=3 {
        let store = engine.open().await;
        assert_eq!(
            store.claim(&federation(), &agency("dhz")).await.unwrap(),
            generation
        );
        store.close().await;
    }
    let store = engine.open().await;
    match store.claim(&federation(), &agency("kod")).await {
        Err(Error::WrongNode { expected, found }) => {
            assert_eq!(
                (expected.as_str(), found.as_str()),
                ("kod.krefeld", "dhz.krefeld")
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.claim(&federation(), &agency("dhz")).await.unwrap(), 4);
    store.close().await;
}
