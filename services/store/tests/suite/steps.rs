//! Steps of several agencies on one subject: in their agency's order, beside situations, and forgotten with their subject.

use std::sync::Arc;

use verbund_ledger::{FrameHash, HeldReason, LaneId, Outcome};
use verbund_model::SubjectId;
use verbund_store::{
    Condition, Error, Limit, PublishItem, PublishOutcome, Readmission, ReceivedEntry, State, Step,
    StepCursor, Store, StoredEntry,
};

use super::kit::{
    ERASED_ON, Origin, Remote, TODAY, audience, committed, hashes, item, request, step, stored,
    subject,
};
use super::{Engine, holds};

const ALL: Limit = Limit {
    count: 1000,
    bytes: u32::MAX,
};

/// An own step.
fn taken(lane: &LaneId, origin: &Origin, on: SubjectId, follows: Option<FrameHash>) -> PublishItem {
    PublishItem {
        subject: on,
        condition: Condition::Follows(follows),
        projection: None,
        ..item(lane, origin)
    }
}

/// Another agency's next step.
fn theirs(of: &mut Remote, on: SubjectId) -> ReceivedEntry {
    ReceivedEntry {
        subject: Some(on),
        step: true,
        ..of.next()
    }
}

async fn steps(store: &Arc<dyn Store>, on: &SubjectId) -> Vec<FrameHash> {
    hashes(&store.steps(on).await.unwrap())
}

fn is_stale(outcome: &PublishOutcome, wanted: &FrameHash) -> bool {
    matches!(outcome, PublishOutcome::Stale { latest } if latest == wanted)
}

fn is_erased(entry: &StoredEntry) -> bool {
    entry.outcome == Outcome::Erased && entry.entry.codes.is_none() && entry.entry.text.is_none()
}

pub(crate) async fn a_step_follows_its_agencys_latest(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let on = subject();
    let unknown = taken(&lane, &dhz, on, Some(FrameHash([1; 32])));
    let unknown = dhz.publish(&store, unknown).await;
    assert!(
        matches!(unknown, PublishOutcome::SubjectUnknown),
        "{unknown:?}"
    );

    let asked = PublishItem {
        request: Some(request("briefing")),
        ..taken(&lane, &dhz, on, None)
    };
    let first = dhz.store(&store, asked.clone()).await;
    assert!(first.step && first.version == 0 && first.subject == Some(on));
    let repeated = dhz.publish(&store, asked.clone()).await;
    assert!(
        matches!(&repeated, PublishOutcome::Repeated { position, subject } if *position == first.place() && *subject == on),
        "{repeated:?}"
    );
    let other = PublishItem {
        fingerprint: [2; 32],
        ..asked
    };
    let conflict = dhz.publish(&store, other).await;
    assert!(
        matches!(conflict, PublishOutcome::RequestConflict),
        "{conflict:?}"
    );
    let again = dhz.publish(&store, taken(&lane, &dhz, on, None)).await;
    assert!(is_stale(&again, &first.hash), "{again:?}");

    // Of one call, too, and of calls that share a transaction.
    let follows = Some(first.hash);
    let both = vec![
        taken(&lane, &dhz, on, follows),
        taken(&lane, &dhz, on, follows),
    ];
    let mut both = store.publish(both, dhz.signer()).await.unwrap();
    let late = both.remove(1);
    let second = stored(both.remove(0));
    assert!(is_stale(&late, &second.hash), "{late:?}");
    let at_once = [(); 8].map(|()| dhz.publish(&store, taken(&lane, &dhz, on, Some(second.hash))));
    let at_once = futures_util::future::join_all(at_once).await;
    let (took, stale): (Vec<_>, Vec<_>) = at_once
        .into_iter()
        .partition(|it| matches!(it, PublishOutcome::Stored { .. }));
    let third = stored(took.into_iter().next().unwrap());
    assert_eq!(stale.len(), 7);
    assert!(stale.iter().all(|it| is_stale(it, &third.hash)));
    store.close().await;

    let store = engine.open().await;
    let stale = dhz.publish(&store, taken(&lane, &dhz, on, follows)).await;
    assert!(is_stale(&stale, &third.hash), "{stale:?}");
    // In whichever lane its agency spoke last.
    let wider = dhz
        .open(&store, &audience(&["dhz", "kod", "polizei"]))
        .await;
    let fourth = dhz
        .store(&store, taken(&wider, &dhz, on, Some(third.hash)))
        .await;
    let all = store.steps(&on).await.unwrap();
    assert_eq!(
        hashes(&all),
        [first.hash, second.hash, third.hash, fourth.hash]
    );
    assert!(all.iter().all(|it| it.step && it.version == 0));
    assert_eq!(all[0].entry, first.entry);
    assert!(store.steps(&subject()).await.unwrap().is_empty());
    store.close().await;
}

pub(crate) async fn a_condition_fits_what_it_is_for(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let unfit = [
        PublishItem {
            condition: Condition::New,
            ..taken(&lane, &dhz, subject(), None)
        },
        PublishItem {
            condition: Condition::Follows(None),
            ..item(&lane, &dhz)
        },
    ];
    for unfit in unfit {
        let items = vec![item(&lane, &dhz), unfit];
        let refused = store.publish(items, dhz.signer()).await;
        assert!(matches!(refused, Err(Error::ConditionUnfit)), "{refused:?}");
    }
    assert_eq!(store.lanes().await.unwrap()[0].head.sequence, 1);
    store.close().await;
}

pub(crate) async fn agencies_step_beside_each_other(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let near = audience(&["dhz", "kod", "polizei"]);
    let lane = dhz.open(&store, &near).await;
    let (mut kod, mut polizei) = (Remote::new("kod", &near), Remote::new("polizei", &near));
    let on = subject();
    let mut expected = Vec::new();
    let mut own = None;
    for _ in 0..3 {
        let entry = dhz.store(&store, taken(&lane, &dhz, on, own)).await;
        own = Some(entry.hash);
        expected.push(entry.hash);
        for other in [&mut kod, &mut polizei] {
            // Two at once, one of them on something else.
            let entries = vec![theirs(other, on), theirs(other, subject())];
            expected.push(entries[0].hash);
            let received = store.receive(other.batch(entries)).await.unwrap();
            assert!(received.changed.is_empty());
            assert!(received.entries.iter().all(|it| it.step && it.version == 0));
        }
    }
    assert_eq!(steps(&store, &on).await, expected);
    assert!(store.situation(&on, None).await.unwrap().is_none());
    assert!(store.history(&on, None).await.unwrap().is_empty());
    let read = store.entries(&kod.lane.id, 0, ALL).await.unwrap();
    assert!(read.iter().all(|it| it.step));
    store.close().await;

    let store = engine.open().await;
    assert_eq!(steps(&store, &on).await, expected);
    dhz.store(&store, taken(&lane, &dhz, on, own)).await;
    store.close().await;
}

pub(crate) async fn a_situation_is_undisturbed_by_steps_on_it(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let near = audience(&["dhz", "kod"]);
    let lane = dhz.open(&store, &near).await;
    let wide = dhz
        .open(&store, &audience(&["dhz", "kod", "polizei"]))
        .await;
    let mut kod = Remote::new("kod", &near);
    let on = subject();
    // Remarks before it, from elsewhere, and after each of its versions.
    let before = dhz.store(&store, taken(&wide, &dhz, on, None)).await;
    let update = PublishItem {
        subject: on,
        ..item(&lane, &dhz)
    };
    let first = dhz.store(&store, update.clone()).await;
    assert_eq!((first.version, first.step), (1, false));
    let exists = dhz.publish(&store, update).await;
    assert!(
        matches!(exists, PublishOutcome::SubjectExists),
        "{exists:?}"
    );
    let remark = dhz
        .store(&store, taken(&lane, &dhz, on, Some(before.hash)))
        .await;
    let theirs_first = theirs(&mut kod, on);
    let answer = theirs_first.hash;
    store.receive(kod.batch(vec![theirs_first])).await.unwrap();
    let second = dhz.store(&store, step(&first, &dhz, Step::Corrected)).await;
    assert_eq!(second.version, 2);
    dhz.store(&store, taken(&lane, &dhz, on, Some(remark.hash)))
        .await;

    let history = store.history(&on, None).await.unwrap();
    assert_eq!(hashes(&history), [first.hash, second.hash]);
    let situation = store.situation(&on, None).await.unwrap().unwrap();
    assert_eq!(
        (situation.versions, situation.latest.hash),
        (2, second.hash)
    );
    let on_it = store.steps(&on).await.unwrap();
    assert_eq!(hashes(&on_it)[..3], [before.hash, remark.hash, answer]);
    assert_eq!(on_it.len(), 4);

    // What others say of the same name is judged without the steps, whatever their audience is.
    let issued = kod.step(on, Step::Issued);
    let corrected = kod.step(on, Step::Corrected);
    let theirs_too = store
        .receive(kod.batch(vec![issued, corrected]))
        .await
        .unwrap();
    assert!(theirs_too.changed.is_empty(), "{:?}", theirs_too.changed);
    assert_eq!(theirs_too.entries[1].version, 2);
    store.close().await;
}

pub(crate) async fn a_situations_erasure_leaves_steps(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let update = dhz.store(&store, item(&lane, &dhz)).await;
    let on = update.subject.unwrap();
    let stays = dhz.store(&store, taken(&lane, &dhz, on, None)).await;
    let quotes = dhz
        .store(&store, taken(&lane, &dhz, on, Some(stays.hash)))
        .await;
    let withdrawal = PublishItem {
        // A remark that says the same can be named.
        erases: vec![update.hash, quotes.hash],
        ..step(&update, &dhz, Step::Erased)
    };
    let withdrawal = dhz.store(&store, withdrawal).await;
    assert_eq!(steps(&store, &on).await, [stays.hash]);
    let read = store.entries(&lane, 1, ALL).await.unwrap();
    assert!(is_erased(&read[0]) && is_erased(&read[2]));
    let situation = store.situation(&on, None).await.unwrap().unwrap();
    assert_eq!(situation.state, State::Erased);
    assert_eq!(
        hashes(&store.history(&on, None).await.unwrap()),
        [update.hash, withdrawal.hash]
    );
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    // The next one follows what is hidden.
    let next = taken(&lane, &dhz, on, Some(quotes.hash));
    dhz.store(&store, next).await;
    store.close().await;
}

pub(crate) async fn a_step_takes_back_what_it_names_and_nothing_else(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let near = audience(&["dhz", "kod"]);
    let lane = dhz.open(&store, &near).await;
    let mut kod = Remote::new("kod", &near);
    let update = dhz.store(&store, item(&lane, &dhz)).await;
    let on = update.subject.unwrap();
    let one = dhz.store(&store, taken(&lane, &dhz, on, None)).await;
    let two = dhz
        .store(&store, taken(&lane, &dhz, on, Some(one.hash)))
        .await;
    let elsewhere = dhz.store(&store, taken(&lane, &dhz, subject(), None)).await;
    let answer = theirs(&mut kod, on);
    let answered = answer.hash;
    store.receive(kod.batch(vec![answer])).await.unwrap();
    // Neither a version, nor what is another agency's or another subject's.
    let named = vec![one.hash, answered, update.hash, elsewhere.hash];
    let withdrawal = PublishItem {
        erases: named.clone(),
        ..taken(&lane, &dhz, on, Some(two.hash))
    };
    let withdrawal = dhz.store(&store, withdrawal).await;
    let left = [two.hash, answered, withdrawal.hash];
    assert_eq!(steps(&store, &on).await, left);
    let situation = store.situation(&on, None).await.unwrap().unwrap();
    assert_eq!(situation.state, State::Current);
    assert!(situation.latest.entry.text.is_some());
    assert_eq!(
        steps(&store, &elsewhere.subject.unwrap()).await,
        [elsewhere.hash]
    );
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    assert_eq!(steps(&store, &on).await, left, "sealed anew");

    // Others' in the same way, and what came with it or waits.
    let with = theirs(&mut kod, on);
    let waits = ReceivedEntry {
        outcome: Outcome::Held(HeldReason::CharterUnknown),
        ..kod.next()
    };
    let takes = ReceivedEntry {
        erases: vec![answered, with.hash, waits.hash, two.hash],
        ..theirs(&mut kod, on)
    };
    let last = takes.hash;
    let received = store
        .receive(kod.batch(vec![with, waits, takes]))
        .await
        .unwrap();
    assert_eq!(
        received.changed,
        [(2, Outcome::Erased), (3, Outcome::Erased)]
    );
    assert_eq!(
        steps(&store, &on).await,
        [two.hash, withdrawal.hash, last],
        "not this agency's"
    );
    store.close().await;
}

pub(crate) async fn a_closed_subject_goes_whole_and_nothing_else(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let near = audience(&["dhz", "kod"]);
    let lane = dhz.open(&store, &near).await;
    let mut kod = Remote::new("kod", &near);
    let update = dhz.store(&store, item(&lane, &dhz)).await;
    let (on, other) = (update.subject.unwrap(), subject());
    let mut all = Vec::new();
    let mut latest = None;
    for _ in 0..3 {
        let own = dhz.store(&store, taken(&lane, &dhz, on, latest)).await;
        latest = Some(own.hash);
        let answer = theirs(&mut kod, on);
        all.extend([own.hash, answer.hash]);
        store.receive(kod.batch(vec![answer])).await.unwrap();
    }
    let stays = dhz.store(&store, taken(&lane, &dhz, other, None)).await;
    let mut named = all.clone();
    named.extend([update.hash, stays.hash, FrameHash([9; 32])]);
    assert_eq!(store.erase_entries(&on, named.clone()).await.unwrap(), 6);
    assert!(store.steps(&on).await.unwrap().is_empty());
    assert_eq!(steps(&store, &other).await, [stays.hash]);
    let situation = store.situation(&on, None).await.unwrap().unwrap();
    assert!(situation.latest.entry.text.is_some());
    assert_eq!(store.erase_entries(&on, named).await.unwrap(), 0, "once");
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    assert_eq!(steps(&store, &other).await, [stays.hash], "sealed anew");
    // Frames stay, and the order of what its agency has said.
    let read = store.entries(&kod.lane.id, 0, ALL).await.unwrap();
    assert!(read.iter().all(|it| is_erased(it) && it.step));
    assert!(read.iter().all(|it| it.subject == Some(on)));
    let stale = dhz.publish(&store, taken(&lane, &dhz, on, None)).await;
    assert!(is_stale(&stale, &latest.unwrap()), "{stale:?}");
    let many = vec![FrameHash([1; 32]); verbund_store::limits::STEPS as usize + 1];
    let many = store.erase_entries(&on, many).await;
    assert!(matches!(many, Err(Error::TooMany { .. })), "{many:?}");
    store.close().await;
}

pub(crate) async fn a_flood_in_one_lane_hides_no_other(engine: &impl Engine) {
    let store = engine.open().await;
    let near = audience(&["dhz", "kod"]);
    let (dhz, mut kod) = (Origin::new("dhz"), Remote::new("kod", &near));
    let lane = dhz.open(&store, &near).await;
    let on = subject();
    let limit = verbund_store::limits::STEPS_OF_LANE as usize;
    let flood: Vec<ReceivedEntry> = (0..limit + 44).map(|_| theirs(&mut kod, on)).collect();
    let first: Vec<FrameHash> = flood[..limit].iter().map(|it| it.hash).collect();
    for some in flood.chunks(100) {
        store.receive(kod.batch(some.to_vec())).await.unwrap();
    }
    assert_eq!(steps(&store, &on).await, first);
    let own = dhz.store(&store, taken(&lane, &dhz, on, None)).await;
    let seen = steps(&store, &on).await;
    assert_eq!((seen.len(), seen.last()), (limit + 1, Some(&own.hash)));
    // The same where several subjects are asked for at once.
    let other = subject();
    let beside = dhz.store(&store, taken(&lane, &dhz, other, None)).await;
    let all = store.steps_on(&[other, on, subject()]).await.unwrap();
    let of = |subject| {
        let mut of: Vec<StoredEntry> = all.clone();
        of.retain(|it| it.subject == Some(subject));
        hashes(&of)
    };
    assert_eq!((of(on), of(other)), (seen, vec![beside.hash]));
    assert_eq!(all.len(), limit + 2);
    // What is taken back makes room for what came after it.
    let erased = store.erase_entries(&on, first[..3].to_vec()).await;
    assert_eq!(erased.unwrap(), 3);
    store.finish_erasures().await.unwrap();
    assert_eq!(steps(&store, &on).await.len(), limit + 1);
    store.close().await;
}

pub(crate) async fn a_closed_subject_is_destroyed_when_finished(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let on = subject();
    let canary = PublishItem {
        codes: committed(b"canary in a step"),
        ..taken(&lane, &dhz, on, None)
    };
    let step = dhz.store(&store, canary).await;
    let keys = engine.keys();
    let erased = store.erase_entries(&on, vec![step.hash]).await;
    assert_eq!(erased.unwrap(), 1);
    assert_eq!(engine.keys(), keys, "not finished yet");
    store.close().await;
    let store = engine.open().await;
    assert!(store.steps(&on).await.unwrap().is_empty(), "hidden at once");
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    let left = engine.keys();
    assert!(
        keys.iter().all(|key| !left.contains(key)),
        "the old key is gone"
    );
    assert!(
        !holds(&engine.settled_bytes(), b"canary in a step"),
        "not even in the journal"
    );
    store.close().await;
}

pub(crate) async fn steps_are_forgotten_on_their_day(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let generalised = subject();
    let update = PublishItem {
        generalised: Some(generalised),
        ..item(&lane, &dhz)
    };
    let update = dhz.store(&store, update).await;
    let on = update.subject.unwrap();
    let early = PublishItem {
        erasure_day: TODAY,
        ..taken(&lane, &dhz, on, None)
    };
    let early = dhz.store(&store, early).await;
    let late = taken(&lane, &dhz, on, Some(early.hash));
    let late = dhz.store(&store, late).await;
    assert_eq!(store.erase_due(TODAY).await.unwrap(), 0);
    assert_eq!(steps(&store, &on).await, [early.hash, late.hash]);
    assert_eq!(store.erase_due(TODAY + 1).await.unwrap(), 1);
    assert_eq!(steps(&store, &on).await, [late.hash]);
    let page = store.steps_after(None, 10).await.unwrap();
    assert_eq!(hashes(page.iter().map(|(_, it)| it)), [late.hash]);
    // The situation and what hangs on it are not the step's.
    let situation = store.situation(&on, None).await.unwrap().unwrap();
    assert_eq!(situation.state, State::Current);
    assert_eq!(store.generalised_of(&on).await.unwrap(), Some(generalised));
    assert!(store.erase_due(ERASED_ON + 1).await.unwrap() > 0);
    assert!(store.steps_after(None, 10).await.unwrap().is_empty());
    store.close().await;
}

pub(crate) async fn every_step_is_read_once_while_others_come(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let near = audience(&["dhz", "kod"]);
    let lane = dhz.open(&store, &near).await;
    let mut kod = Remote::new("kod", &near);
    let add = async |kod: &mut Remote, number: usize| -> Vec<FrameHash> {
        let own = (0..number).flat_map(|_| {
            // Updates in between are none.
            [taken(&lane, &dhz, subject(), None), item(&lane, &dhz)]
        });
        let own = store.publish(own.collect(), dhz.signer()).await.unwrap();
        let own: Vec<_> = own.into_iter().map(stored).collect();
        let others: Vec<_> = (0..number).map(|_| theirs(kod, subject())).collect();
        let others = store.receive(kod.batch(others)).await.unwrap().entries;
        let all = own.iter().chain(&others).filter(|it| it.step);
        all.map(|it| it.hash).collect()
    };
    assert!(store.steps_after(None, 7).await.unwrap().is_empty());
    let mut expected = add(&mut kod, 20).await;
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = store.steps_after(after, 7).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        assert!(page.len() <= 7);
        assert!(page.is_sorted_by_key(|(cursor, _)| *cursor));
        after = Some(*last);
        for (cursor, it) in page {
            assert_eq!(cursor, StepCursor(it.position));
            assert!(it.step && it.entry.codes.is_some() && it.entry.text.is_some());
            read.push(it.hash);
        }
        if expected.len() < 100 {
            expected.extend(add(&mut kod, 10).await);
        }
    }
    assert_eq!(read, expected);
    let too_many = store.steps_after(None, 1001).await;
    assert!(
        matches!(too_many, Err(Error::TooMany { .. })),
        "{too_many:?}"
    );
    store.close().await;
}

pub(crate) async fn what_waited_becomes_a_step_in_its_place(engine: &impl Engine) {
    let store = engine.open().await;
    // Own entries that are fetched back from partners come like others'.
    let mut dhz = Remote::new("dhz", &audience(&["dhz", "kod"]));
    let on = subject();
    let waits = ReceivedEntry {
        outcome: Outcome::NotUnderstood,
        subject: None,
        step: false,
        ..theirs(&mut dhz, on)
    };
    let latest = theirs(&mut dhz, on);
    let refused = ReceivedEntry {
        outcome: Outcome::Refused(verbund_ledger::RefusedReason::GuardRejected),
        ..theirs(&mut dhz, on)
    };
    store
        .receive(dhz.batch(vec![waits.clone(), latest.clone(), refused]))
        .await
        .unwrap();
    assert_eq!(steps(&store, &on).await, [latest.hash]);
    let second = Readmission {
        lane: dhz.lane.id,
        sequence: waits.sequence,
        outcome: Outcome::Stored,
        content: None,
        subject: Some(on),
        projection: None,
        step: true,
        erases: Vec::new(),
    };
    let changed = store.readmit(vec![second]).await.unwrap();
    assert!(changed[0].step && changed[0].version == 0);
    assert_eq!(steps(&store, &on).await, [waits.hash, latest.hash]);
    let read = store.entries(&dhz.lane.id, 0, ALL).await.unwrap();
    let marks: Vec<bool> = read.iter().map(|it| it.step).collect();
    assert_eq!(marks, [true, true, false]);
    // What was admitted last is not the latest.
    let follows = |hash| taken(&dhz.lane.id, &dhz.origin, on, Some(hash));
    let stale = dhz.origin.publish(&store, follows(waits.hash)).await;
    assert!(is_stale(&stale, &latest.hash), "{stale:?}");
    dhz.origin.store(&store, follows(latest.hash)).await;
    store.close().await;
}
