//! Forgetting.

use std::sync::Arc;

use verbund_ledger::{HeldReason, Outcome};
use verbund_store::{
    Filter, Limit, Pending, PublishItem, ReceivedEntry, State, Step, Store, StoredEntry,
};

use super::kit::{
    ERASED_ON, Origin, Remote, TODAY, audience, committed, item, request, step, subject,
};
use super::{Engine, holds};

const ALL: Limit = Limit {
    count: 10_000,
    bytes: 1 << 30,
};
const CANARY: &[u8] = b"Kanarienvogel am Theaterplatz";

/// An update whose codes and text hold the canary.
fn telling(lane: &verbund_ledger::LaneId, origin: &Origin) -> PublishItem {
    PublishItem {
        codes: committed(b"codes"),
        text: committed(CANARY),
        ..item(lane, origin)
    }
}

fn is_erased(entry: &StoredEntry) -> bool {
    entry.outcome == Outcome::Erased && entry.entry.codes.is_none() && entry.entry.text.is_none()
}

pub(crate) async fn text_is_never_on_disk_in_clear(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    dhz.store(&store, telling(&lane, &dhz)).await;
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    let entry = kod.next_with(b"codes", CANARY);
    store.receive(kod.batch(vec![entry])).await.unwrap();
    for _ in 0..2 {
        let bytes = engine.bytes();
        assert!(!holds(&bytes, CANARY) && !holds(&bytes, &CANARY[..12]));
        let keys = engine.keys();
        assert!(!keys.is_empty());
        assert!(
            !keys.iter().any(|key| holds(&bytes, key)),
            "a key lies beside what it seals"
        );
        store.close().await;
    }
}

pub(crate) async fn a_withdrawal_hides_at_once_and_destroys_when_finished(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let mut first = telling(&lane, &dhz);
    first.codes = committed(b"canary in the codes");
    first.request = Some(request("duty-log"));
    let (request, about) = (first.request.clone().unwrap(), first.subject);
    let first = dhz.store(&store, first).await;
    let second = dhz.store(&store, step(&first, &dhz, Step::Corrected)).await;
    let keys = engine.keys();

    let mut withdrawal = step(&second, &dhz, Step::Erased);
    withdrawal.erases = vec![first.hash, second.hash];
    let withdrawal = dhz.store(&store, withdrawal).await;
    let history = store.history(&about, None).await.unwrap();
    assert_eq!(history.len(), 3);
    assert!(is_erased(&history[0]) && is_erased(&history[1]));
    assert_eq!(history[0].entry.frame, first.entry.frame, "frames stay");
    assert_eq!(
        history[2].outcome,
        Outcome::Stored,
        "the withdrawal itself stays"
    );
    assert!(history[2].entry.codes.is_some());
    let situation = store.situation(&about, None).await.unwrap().unwrap();
    assert_eq!(
        (situation.state, situation.latest.hash),
        (State::Erased, withdrawal.hash)
    );
    assert!(
        store
            .situations(&Filter::default(), None, 9)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let asked = store.request(&request).await.unwrap().unwrap();
    assert_eq!(
        asked.matches(&[1; 32]),
        None,
        "the comparison died with the salt"
    );
    let exceptions = store.exceptions(&lane).await.unwrap();
    assert_eq!(exceptions, [(2, Outcome::Erased), (3, Outcome::Erased)]);

    assert_eq!(engine.keys(), keys, "not finished yet");
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    assert_eq!(store.finish_erasures().await.unwrap(), 0);
    let left = engine.keys();
    assert_eq!(left.len(), keys.len());
    assert!(
        keys.iter().all(|key| !left.contains(key)),
        "the old key is gone"
    );
    let read = store.entries(&lane, 3, ALL).await.unwrap();
    assert_eq!(read[0].entry, withdrawal.entry, "what stays can be read");
    assert!(
        !holds(&engine.settled_bytes(), b"canary in the codes"),
        "not even in the journal"
    );
    store.close().await;
}

pub(crate) async fn a_received_withdrawal_takes_what_came_with_it(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    let (early, late) = (subject(), subject());
    let before = kod.step(early, Step::Issued);
    store
        .receive(kod.batch(vec![before.clone()]))
        .await
        .unwrap();
    let with = kod.step(late, Step::Issued);
    let erases_early = ReceivedEntry {
        erases: vec![before.hash],
        ..kod.step(early, Step::Erased)
    };
    let erases_late = ReceivedEntry {
        erases: vec![with.hash],
        ..kod.step(late, Step::Erased)
    };
    let received = store
        .receive(kod.batch(vec![with, erases_early, erases_late]))
        .await
        .unwrap();
    assert_eq!(received.changed, [(2, Outcome::Erased)]);
    assert!(is_erased(&received.entries[0]), "not even pushed");
    let read = store.entries(&kod.lane.id, 0, ALL).await.unwrap();
    assert!(is_erased(&read[0]) && is_erased(&read[1]));
    assert_eq!(
        (read[2].outcome, read[3].outcome),
        (Outcome::Stored, Outcome::Stored)
    );
    for about in [early, late] {
        let situation = store.situation(&about, None).await.unwrap().unwrap();
        assert_eq!((situation.state, situation.versions), (State::Erased, 2));
    }
    let back = kod.step(early, Step::Corrected);
    let refused = store.receive(kod.batch(vec![back])).await.unwrap().changed;
    assert_eq!(refused.len(), 1, "nobody speaks on it any more");
    store.close().await;
}

pub(crate) async fn a_withdrawal_names_entries_that_wait(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    let about = subject();
    let first = kod.step(about, Step::Issued);
    let held = ReceivedEntry {
        outcome: Outcome::Held(HeldReason::CharterUnknown),
        ..kod.next()
    };
    let other = ReceivedEntry {
        outcome: Outcome::NotUnderstood,
        ..kod.next()
    };
    store
        .receive(kod.batch(vec![first, held.clone(), other]))
        .await
        .unwrap();
    let erases = ReceivedEntry {
        erases: vec![held.hash],
        ..kod.step(about, Step::Erased)
    };
    store.receive(kod.batch(vec![erases])).await.unwrap();
    let read = store.entries(&kod.lane.id, 0, ALL).await.unwrap();
    assert!(is_erased(&read[0]) && is_erased(&read[1]));
    assert_eq!(
        read[2].outcome,
        Outcome::NotUnderstood,
        "what was not named stays"
    );
    assert!(read[2].entry.text.is_some());
    store.close().await;
}

/// A node that was away gets frames without content, and then the withdrawal that took it.
pub(crate) async fn a_withdrawal_of_what_never_came_is_understood(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    let about = subject();
    let missing: Vec<_> = (0..2)
        .map(|_| {
            let mut entry = kod.next();
            entry.outcome = Outcome::Held(HeldReason::ContentMissing);
            (entry.entry.codes, entry.entry.text) = (None, None);
            entry
        })
        .collect();
    let mut withdrawal = kod.step(about, Step::Erased);
    withdrawal.erases = missing.iter().map(|entry| entry.hash).collect();
    let mut other = kod.next();
    other.outcome = Outcome::Held(HeldReason::ContentMissing);
    (other.entry.codes, other.entry.text) = (None, None);
    store.receive(kod.batch(missing)).await.unwrap();
    let received = store
        .receive(kod.batch(vec![withdrawal, other]))
        .await
        .unwrap();
    assert_eq!(received.changed, []);
    let read = store.entries(&kod.lane.id, 0, ALL).await.unwrap();
    let outcomes: Vec<_> = read.iter().map(|entry| entry.outcome).collect();
    let held = Outcome::Held(HeldReason::ContentMissing);
    assert_eq!(
        outcomes,
        [Outcome::Erased, Outcome::Erased, Outcome::Stored, held]
    );
    assert_eq!(store.unadmitted(None, 9).await.unwrap().len(), 1);
    let situation = store.situation(&about, None).await.unwrap().unwrap();
    assert_eq!((situation.state, situation.versions), (State::Erased, 1));
    assert_eq!(
        store.finish_erasures().await.unwrap(),
        0,
        "there is no text to destroy"
    );
    store.close().await;
}

/// Publishes a subject's update and its withdrawal because of personal data.
async fn publish_and_erase(store: &Arc<dyn Store>, origin: &Origin, first: PublishItem) {
    let first = origin.store(store, first).await;
    let mut withdrawal = step(&first, origin, Step::Erased);
    withdrawal.erases = vec![first.hash];
    origin.store(store, withdrawal).await;
}

pub(crate) async fn others_of_the_day_stay_readable(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    // More than one piece of the erasure, and a number that fills the last one.
    let items: Vec<_> = (0..512).map(|_| item(&lane, &dhz)).collect();
    store.publish(items.clone(), dhz.signer()).await.unwrap();
    let draft = Pending {
        subject: subject(),
        due: None,
        erasure_day: ERASED_ON,
        body: b"a draft".to_vec(),
    };
    store.put_pending(draft.clone()).await.unwrap();
    publish_and_erase(&store, &dhz, telling(&lane, &dhz)).await;
    store.finish_erasures().await.unwrap();
    assert_eq!(engine.keys().len(), 1);
    store.close().await;
    let store = engine.open().await;
    let read = store.entries(&lane, 1, ALL).await.unwrap();
    for (read, item) in read.iter().zip(&items) {
        assert_eq!(
            read.entry.text.as_ref(),
            Some(&item.text),
            "{}",
            read.sequence
        );
    }
    assert_eq!(store.pending(&draft.subject).await.unwrap(), Some(draft));
    store.close().await;
}

pub(crate) async fn an_erasure_is_finished_after_a_restart(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let stays = dhz.store(&store, item(&lane, &dhz)).await;
    publish_and_erase(&store, &dhz, telling(&lane, &dhz)).await;
    store.close().await;
    let keys = engine.keys();
    let store = engine.open().await;
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    assert!(engine.keys().iter().all(|key| !keys.contains(key)));
    assert_eq!(
        store.entries(&lane, 1, ALL).await.unwrap()[0].entry,
        stays.entry
    );
    store.close().await;
}

pub(crate) async fn an_erasure_asked_for_meanwhile_is_not_lost(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    store
        .publish((0..900).map(|_| item(&lane, &dhz)).collect(), dhz.signer())
        .await
        .unwrap();
    publish_and_erase(&store, &dhz, telling(&lane, &dhz)).await;
    // Both at once: whichever the order, afterwards no key of before the second erasure is left.
    let (first, ()) = tokio::join!(store.finish_erasures(), async {
        publish_and_erase(&store, &dhz, telling(&lane, &dhz)).await;
    });
    first.unwrap();
    let before = engine.keys();
    let finished = store.finish_erasures().await.unwrap();
    let after = engine.keys();
    assert_eq!(after.len(), 1);
    // Either the first call saw both, or the second one had something to do.
    assert!(finished == 0 || before.iter().all(|key| !after.contains(key)));
    assert_eq!(store.finish_erasures().await.unwrap(), 0);
    store.close().await;
}

pub(crate) async fn what_is_due_is_destroyed(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let until = |day| PublishItem {
        erasure_day: day,
        codes: committed(b"canary in the codes"),
        generalised: Some(subject()),
        ..telling(&lane, &dhz)
    };
    let due: Vec<_> = (0..300).map(|i| until(TODAY - 1 - i % 3)).collect();
    let (first, last) = (due[0].clone(), due[299].clone());
    store.publish(due, dhz.signer()).await.unwrap();
    let today = dhz
        .store(
            &store,
            PublishItem {
                codes: committed(b"stays"),
                ..until(TODAY)
            },
        )
        .await;
    // Issued early, corrected for longer: what is shown is not due yet.
    let early = dhz.store(&store, until(TODAY - 1)).await;
    let longer = PublishItem {
        erasure_day: TODAY + 1,
        codes: committed(b"stays"),
        ..step(&early, &dhz, Step::Corrected)
    };
    let longer = dhz.store(&store, longer).await;
    let draft = |day| Pending {
        subject: subject(),
        due: None,
        erasure_day: day,
        body: CANARY.to_vec(),
    };
    let (old, new) = (draft(TODAY - 1), draft(TODAY));
    store.put_pending(old.clone()).await.unwrap();
    store.put_pending(new.clone()).await.unwrap();
    let keys = engine.keys().len();

    assert_eq!(store.erase_due(TODAY).await.unwrap(), 301);
    assert_eq!(engine.keys().len(), keys - 3);
    assert_eq!(store.erase_due(TODAY).await.unwrap(), 0);
    let read = store.entries(&lane, 1, ALL).await.unwrap();
    assert!(read[..300].iter().all(is_erased));
    assert_eq!(read[300].entry, today.entry);
    assert!(is_erased(&read[301]));
    assert_eq!(read[302].entry, longer.entry);
    for gone in [&first, &last] {
        let situation = store.situation(&gone.subject, None).await.unwrap().unwrap();
        assert_eq!(situation.state, State::Erased);
        assert_eq!(store.generalised_of(&gone.subject).await.unwrap(), None);
    }
    let listed = store
        .situations(&Filter::default(), None, 9)
        .await
        .unwrap()
        .items;
    let listed: Vec<_> = listed.into_iter().map(|it| Some(it.subject)).collect();
    assert_eq!(listed, [longer.subject, today.subject]);
    assert_eq!(store.pending(&old.subject).await.unwrap(), None);
    assert_eq!(store.pending(&new.subject).await.unwrap(), Some(new));
    assert!(
        !holds(&engine.settled_bytes(), b"canary in the codes"),
        "not even in the journal"
    );
    store.close().await;
}

pub(crate) async fn readings_outlive_what_told_them_and_go_on_their_day(engine: &impl Engine) {
    const OLD: &[u8] = b"Kanarienwert";
    const NEW: &[u8] = b"Dompfaffwert";
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let told = |day, value: &[u8]| {
        let mut it = item(&lane, &dhz);
        it.erasure_day = TODAY - 1;
        let reading = &mut it.projection.as_mut().unwrap().readings[0];
        reading.day = day;
        reading.value = String::from_utf8(value.to_vec()).unwrap();
        it
    };
    // More than one piece, and a number that fills the last one.
    let due: Vec<_> = (0..512).map(|i| told(TODAY - 1 - i % 3, OLD)).collect();
    store.publish(due, dhz.signer()).await.unwrap();
    dhz.store(&store, told(TODAY, NEW)).await;
    // Another day is told of it now than first.
    let moved = dhz.store(&store, told(TODAY - 1, OLD)).await;
    let mut later = step(&moved, &dhz, Step::Corrected);
    later.projection = told(TODAY, NEW).projection;
    later.projection.as_mut().unwrap().kind = Step::Corrected;
    dhz.store(&store, later).await;

    store.erase_due(TODAY).await.unwrap();
    let bytes = engine.settled_bytes();
    assert!(
        holds(&bytes, OLD) && holds(&bytes, NEW),
        "they are kept for longer than what told them"
    );
    assert_eq!(store.forget_readings(TODAY - 3).await.unwrap(), 0);
    assert_eq!(store.forget_readings(TODAY).await.unwrap(), 512);
    assert_eq!(store.forget_readings(TODAY).await.unwrap(), 0);
    let bytes = engine.settled_bytes();
    assert!(!holds(&bytes, OLD), "not even in the journal");
    assert!(holds(&bytes, NEW), "the last day is a whole one");
    assert_eq!(store.forget_readings(TODAY + 1).await.unwrap(), 2);
    store.close().await;
}

pub(crate) async fn requests_are_forgotten_after_their_time(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let asked = PublishItem {
        request: Some(request("duty-log")),
        ..item(&lane, &dhz)
    };
    let key = asked.request.clone().unwrap();
    dhz.store(&store, asked).await;
    let made = uuid::Uuid::from_bytes(*key.id.as_bytes())
        .get_timestamp()
        .unwrap()
        .to_unix()
        .0;
    let day = i32::try_from(made / 86_400).unwrap();
    store.erase_due(day + 30).await.unwrap();
    assert!(store.request(&key).await.unwrap().is_some());
    store.erase_due(day + 31).await.unwrap();
    assert!(store.request(&key).await.unwrap().is_none());
    store.close().await;
}

pub(crate) async fn reads_are_whole_while_keys_change(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    store
        .publish((0..600).map(|_| item(&lane, &dhz)).collect(), dhz.signer())
        .await
        .unwrap();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let reading = tokio::spawn({
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        async move {
            let mut reads = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let read = store
                    .entries(&lane, 1, Limit { count: 600, ..ALL })
                    .await
                    .unwrap();
                assert_eq!(read.len(), 600);
                assert!(
                    read.iter().all(|entry| entry.entry.text.is_some()),
                    "after {reads} reads"
                );
                reads += 1;
            }
            reads
        }
    });
    for _ in 0..5 {
        publish_and_erase(&store, &dhz, telling(&lane, &dhz)).await;
        store.finish_erasures().await.unwrap();
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(reading.await.unwrap() > 0);
    store.close().await;
}
