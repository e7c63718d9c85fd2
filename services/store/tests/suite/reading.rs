//! What the feed and the partners' streams read.

use std::sync::Arc;

use verbund_model::{CategoryId, PlaceId};
use verbund_store::{Filter, Limit, PageKey, PublishItem, SituationProjection, State, Step, Store};

use super::Engine;
use super::kit::{Origin, TODAY, audience, hashes, issued, item, step, subject};

pub(crate) async fn entries_come_in_order_within_limits(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let items = (0..20).map(|_| item(&lane, &dhz)).collect();
    store.publish(items, dhz.signer()).await.unwrap();
    let read = async |after, count, bytes| {
        let entries = store
            .entries(&lane, after, Limit { count, bytes })
            .await
            .unwrap();
        entries
            .into_iter()
            .map(|entry| entry.sequence)
            .collect::<Vec<_>>()
    };
    let size = store
        .entries(&lane, 4, Limit { count: 1, bytes: 1 })
        .await
        .unwrap()[0]
        .entry
        .bytes();
    let size = u32::try_from(size).unwrap();
    assert_eq!(read(0, 3, u32::MAX).await, [1, 2, 3]);
    assert_eq!(read(19, 9, u32::MAX).await, [20, 21]);
    assert_eq!(read(21, 9, u32::MAX).await, []);
    assert_eq!(read(u64::MAX, 9, u32::MAX).await, []);
    assert_eq!(read(4, 9, 3 * size).await, [5, 6, 7]);
    assert_eq!(read(4, 9, 1).await, [5], "at least one");
    let unknown = dhz.lane(&audience(&["dhz"])).id;
    assert!(
        store
            .entries(&unknown, 0, Limit { count: 9, bytes: 9 })
            .await
            .unwrap()
            .is_empty()
    );
    store.close().await;
}

pub(crate) async fn frames_are_read_apart(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let entry = dhz.store(&store, item(&lane, &dhz)).await;
    assert_eq!(store.frame_hash(&lane, 2).await.unwrap(), Some(entry.hash));
    let frame = (entry.entry.frame.clone(), entry.entry.signature);
    assert_eq!(store.frame(&lane, 2).await.unwrap(), Some(frame));
    assert_eq!(store.frame_hash(&lane, 3).await.unwrap(), None);
    assert_eq!(store.frame(&lane, 3).await.unwrap(), None);
    store.close().await;
}

pub(crate) async fn a_situation_follows_its_entries(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let first = dhz.store(&store, item(&lane, &dhz)).await;
    let about = first.subject.unwrap();
    let read = async || store.situation(&about, None).await.unwrap().unwrap();

    let situation = read().await;
    assert_eq!((situation.state, situation.versions), (State::Current, 1));
    assert_eq!(
        (situation.latest.hash, situation.observed.hash),
        (first.hash, first.hash)
    );
    assert_eq!((situation.lane, &situation.origin), (lane, &dhz.agency));

    let second = dhz.store(&store, step(&first, &dhz, Step::Corrected)).await;
    let situation = read().await;
    assert_eq!((situation.state, situation.versions), (State::Current, 2));
    assert_eq!(
        (situation.latest.hash, situation.observed.hash),
        (second.hash, second.hash)
    );

    let third = dhz
        .store(&store, step(&second, &dhz, Step::Withdrawn))
        .await;
    let situation = read().await;
    assert_eq!((situation.state, situation.versions), (State::Withdrawn, 3));
    assert_eq!(
        (situation.latest.hash, situation.observed.hash),
        (third.hash, second.hash)
    );
    assert_eq!(situation.observed.entry, second.entry);

    let history = store.history(&about, None).await.unwrap();
    assert_eq!(hashes(&history), [first.hash, second.hash, third.hash]);
    assert!(store.situation(&subject(), None).await.unwrap().is_none());
    assert!(store.history(&subject(), None).await.unwrap().is_empty());
    store.close().await;
}

/// 240 situations: two agencies, three categories, four places, ten days.
async fn many(store: &Arc<dyn Store>) {
    let (dhz, kod) = (Origin::new("dhz"), Origin::new("kod"));
    for origin in [dhz, kod] {
        let lane = origin.open(store, &audience(&["dhz", "kod"])).await;
        let items = (0..120).map(|i: usize| PublishItem {
            projection: Some(SituationProjection {
                category: Some(CategoryId::parse(["konsum", "muell", "laerm"][i % 3]).unwrap()),
                place: Some(PlaceId::parse(["ost", "west", "nord", "sued"][i % 4]).unwrap()),
                day: Some(TODAY - i32::try_from(i / 12).unwrap()),
                ..issued(&origin.agency)
            }),
            ..item(&lane, &origin)
        });
        store
            .publish(items.collect(), origin.signer())
            .await
            .unwrap();
    }
}

async fn all_pages(store: &Arc<dyn Store>, filter: &Filter, limit: u32) -> Vec<i64> {
    let (mut before, mut all) = (None, Vec::new());
    loop {
        let page = store.situations(filter, before, limit).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        all.extend(page.items.iter().map(|it| it.changed));
        before = page.next;
        if before.is_none() {
            return all;
        }
    }
}

pub(crate) async fn pages_meet_without_gaps_or_repeats(engine: &impl Engine) {
    let store = engine.open().await;
    assert!(
        store
            .situations(&Filter::default(), None, 9)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    many(&store).await;
    let all = all_pages(&store, &Filter::default(), 1000).await;
    assert_eq!(all.len(), 240);
    assert!(all.is_sorted_by(|a, b| a > b), "the last changed first");
    for limit in [1, 7, 60, 239, 240] {
        assert_eq!(
            all_pages(&store, &Filter::default(), limit).await,
            all,
            "pages of {limit}"
        );
    }
    assert!(
        store
            .situations(&Filter::default(), None, 1001)
            .await
            .is_err()
    );
    store.close().await;
}

pub(crate) async fn filters_narrow_in_every_combination(engine: &impl Engine) {
    let store = engine.open().await;
    many(&store).await;
    let page = store
        .situations(&Filter::default(), None, 1000)
        .await
        .unwrap();
    // Which subject says what is told by the order in which `many` made them.
    let facts: Vec<_> = page
        .items
        .iter()
        .rev()
        .enumerate()
        .map(|(at, it)| (it.changed, at / 120, at % 120))
        .collect();
    for choice in 0..64_usize {
        let on = |bit: usize| choice >> bit & 1 == 1;
        // The last two: a narrow range of days, one wider than an index by day is good for, or an open one.
        let days = match choice >> 3 & 7 {
            0 => (None, None),
            1 => (Some(TODAY - 4), Some(TODAY - 2)),
            2 => (Some(TODAY - 4), Some(TODAY + 50)),
            3 => (Some(TODAY - 4), Some(TODAY + 200)),
            4 => (None, Some(TODAY - 3)),
            5 => (Some(TODAY - 1), None),
            6 => (Some(TODAY), Some(TODAY)),
            _ => (Some(TODAY + 1), Some(TODAY)),
        };
        let filter = Filter {
            agency: on(0).then(|| super::kit::agency("kod")),
            category: on(1).then(|| CategoryId::parse("muell").unwrap()),
            place: on(2).then(|| PlaceId::parse("nord").unwrap()),
            from_day: days.0,
            to_day: days.1,
        };
        let mut expected: Vec<i64> = facts
            .iter()
            .filter(|(_, origin, i)| {
                let day = TODAY - i32::try_from(i / 12).unwrap();
                (!on(0) || *origin == 1)
                    && (!on(1) || i % 3 == 1)
                    && (!on(2) || i % 4 == 2)
                    && days.0.is_none_or(|from| day >= from)
                    && days.1.is_none_or(|to| day <= to)
            })
            .map(|(changed, ..)| *changed)
            .collect();
        expected.reverse();
        assert_eq!(all_pages(&store, &filter, 11).await, expected, "{filter:?}");
    }
    store.close().await;
}

pub(crate) async fn what_changes_moves_to_the_front(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let mut entries = Vec::new();
    for _ in 0..4 {
        entries.push(dhz.store(&store, item(&lane, &dhz)).await);
    }
    let at = async |store: &Arc<dyn Store>, keys: &[i64]| {
        let keys: Vec<PageKey> = keys.iter().map(|key| PageKey(*key)).collect();
        let found = store.situations_at(&keys).await.unwrap();
        found.into_iter().map(|it| it.subject).collect::<Vec<_>>()
    };
    let keys: Vec<i64> = entries.iter().map(|entry| entry.position).collect();
    let of = |places: &[usize]| -> Vec<_> {
        let subjects = places.iter().map(|place| entries[*place].subject);
        subjects.map(Option::unwrap).collect()
    };
    assert_eq!(at(&store, &[keys[0], keys[2], -1]).await, of(&[2, 0]));
    assert_eq!(at(&store, &[]).await, []);
    let mut moved = step(&entries[1], &dhz, Step::Corrected);
    moved.projection.as_mut().unwrap().place = Some(PlaceId::parse("bahnhof").unwrap());
    dhz.store(&store, moved).await;
    dhz.store(&store, step(&entries[0], &dhz, Step::Withdrawn))
        .await;
    dhz.store(&store, step(&entries[3], &dhz, Step::Erased))
        .await;
    assert_eq!(
        at(&store, &keys).await,
        of(&[2]),
        "keys of what has changed since, or is erased, find nothing"
    );
    let subjects = async |place: Option<&str>| {
        let filter = Filter {
            place: place.map(|place| PlaceId::parse(place).unwrap()),
            ..Filter::default()
        };
        let page = store.situations(&filter, None, 9).await.unwrap();
        let at = |subject| {
            entries
                .iter()
                .position(|entry| entry.subject == Some(subject))
                .unwrap()
        };
        page.items
            .into_iter()
            .map(|it| at(it.subject))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        subjects(None).await,
        [0, 1, 2],
        "and what was erased is gone"
    );
    assert_eq!(
        subjects(Some("theaterplatz")).await,
        [0, 2],
        "a withdrawn one stays where it was"
    );
    assert_eq!(subjects(Some("bahnhof")).await, [1]);
    store.close().await;
}
