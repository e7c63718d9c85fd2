//! Receipts, drafts, alarms, the charter, and the end.

use verbund_ledger::LaneId;
use verbund_model::{AuditEvent, UnixMillis, WindowId};
use verbund_store::{
    Alarm, AuditRecord, CharterRecord, Error, Limit, Pending, ReceiptRecord, ShownRecord, Step,
    Take, limits,
};

use super::kit::{
    ERASED_ON, Origin, Remote, TODAY, agency, alarm, audience, federation, item, step, subject,
};
use super::{Engine, holds};

pub(crate) async fn the_latest_receipt_is_kept(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz
        .open(&store, &audience(&["dhz", "kod", "polizei"]))
        .await;
    let receipt = |recipient: &str, generation, sequence, body: u8| ReceiptRecord {
        lane,
        recipient: agency(recipient),
        generation,
        sequence,
        body: vec![body; 40],
        signature: [body; 64],
    };
    let put = async |receipts| store.put_receipts(receipts).await.unwrap();
    put(vec![
        receipt("kod", 1, 5, 1),
        receipt("polizei", 1, 3, 2),
        receipt("kod", 1, 7, 3),
    ])
    .await;
    put(vec![receipt("kod", 1, 6, 4)]).await;
    let bodies = async || {
        let receipts = store.receipts().await.unwrap();
        receipts
            .into_iter()
            .map(|it| (it.recipient.to_string(), it.body[0]))
            .collect::<Vec<_>>()
    };
    let of = |kod, polizei| vec![("kod".to_owned(), kod), ("polizei".to_owned(), polizei)];
    assert_eq!(bodies().await, of(3, 2));
    put(vec![receipt("kod", 1, 7, 5)]).await;
    assert_eq!(
        bodies().await,
        of(5, 2),
        "an equal one may tell other exceptions"
    );
    put(vec![receipt("kod", 2, 1, 6), receipt("kod", 1, 99, 7)]).await;
    assert_eq!(
        bodies().await,
        of(6, 2),
        "a higher generation is newer whatever its sequence"
    );
    let elsewhere = ReceiptRecord {
        lane: dhz.lane(&audience(&["dhz"])).id,
        ..receipt("kod", 9, 9, 9)
    };
    put(vec![elsewhere]).await;
    assert_eq!(store.receipts().await.unwrap()[0], receipt("kod", 2, 1, 6));
    let many = (0..=limits::RECEIPTS)
        .map(|_| receipt("kod", 1, 1, 1))
        .collect();
    assert!(matches!(
        store.put_receipts(many).await,
        Err(Error::TooMany { .. })
    ));
    store.close().await;
}

/// That an entry was first shown to an agency.
fn showing(lane: LaneId, sequence: u64, id: &str, day: i32, window: &str) -> ShownRecord {
    ShownRecord {
        lane,
        sequence,
        agency: agency(id),
        day,
        window: WindowId::parse(window).unwrap(),
    }
}

pub(crate) async fn first_showings_are_kept_for_two_weeks(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz
        .open(&store, &audience(&["dhz", "kod", "polizei"]))
        .await;
    let other = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    dhz.store(&store, item(&lane, &dhz)).await;
    dhz.store(&store, item(&other, &dhz)).await;
    let first = showing(lane, 2, "kod", TODAY, "14-18");
    let beside = showing(lane, 2, "polizei", TODAY + 1, "06-10");
    let elsewhere = showing(other, 2, "kod", TODAY + 1, "22-06");
    let put = async |shown| store.put_shown(shown).await.unwrap();
    put(vec![
        first.clone(),
        showing(lane, 2, "kod", TODAY, "18-22"),
        // Of entries and lanes that are not here.
        showing(lane, 3, "kod", TODAY, "14-18"),
        showing(LaneId([9; 16]), 1, "kod", TODAY, "14-18"),
    ])
    .await;
    put(vec![
        showing(lane, 2, "kod", TODAY - 1, "14-18"),
        beside.clone(),
        elsewhere.clone(),
    ])
    .await;
    let of = async |sequence| store.shown(&lane, sequence).await.unwrap();
    assert_eq!(of(2).await, [first.clone(), beside.clone()]);
    assert_eq!(of(3).await, []);

    let entries = async |lane: LaneId| {
        let limit = Limit {
            count: 9,
            bytes: u32::MAX,
        };
        store.entries(&lane, 0, limit).await.unwrap()
    };
    let (here, there) = (entries(lane).await, entries(other).await);
    let positions = [here[1].position, there[1].position, there[0].position, -1];
    let mut many = store.shown_of(&positions).await.unwrap();
    many.sort_by_key(|it| (it.lane != lane, it.agency.clone()));
    assert_eq!(many, [first.clone(), beside.clone(), elsewhere.clone()]);
    assert_eq!(store.shown_of(&[]).await.unwrap(), []);

    let kod = agency("kod");
    let at = async |from, after, limit| store.shown_at(&kod, from, after, limit).await.unwrap();
    assert_eq!(at(0, None, 9).await, [first.clone(), elsewhere.clone()]);
    assert_eq!(at(0, None, 1).await, std::slice::from_ref(&first));
    assert_eq!(
        at(0, Some((lane, 2)), 9).await,
        std::slice::from_ref(&elsewhere)
    );
    assert_eq!(
        at(TODAY + 1, None, 9).await,
        std::slice::from_ref(&elsewhere)
    );

    store.erase_due(TODAY + limits::SHOWN_DAYS).await.unwrap();
    assert_eq!(of(2).await, [first, beside.clone()]);
    store
        .erase_due(TODAY + limits::SHOWN_DAYS + 1)
        .await
        .unwrap();
    assert_eq!(of(2).await, [beside]);
    let many = vec![elsewhere; limits::SHOWN + 1];
    assert!(matches!(
        store.put_shown(many).await,
        Err(Error::TooMany { .. })
    ));
    assert!(matches!(
        store.shown_at(&kod, 0, None, limits::PAGE_ROWS + 1).await,
        Err(Error::TooMany { .. })
    ));
    store.close().await;
}

pub(crate) async fn showings_go_with_their_entry(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let withdrawn = dhz.store(&store, item(&lane, &dhz)).await;
    let due = dhz.store(&store, item(&lane, &dhz)).await;
    let shown = |sequence| showing(lane, sequence, "kod", ERASED_ON, "14-18");
    let put = async |sequence| store.put_shown(vec![shown(sequence)]).await.unwrap();
    let of = async |sequence| store.shown(&lane, sequence).await.unwrap();
    put(withdrawn.sequence).await;
    put(due.sequence).await;

    let mut withdrawal = step(&withdrawn, &dhz, Step::Erased);
    withdrawal.erases = vec![withdrawn.hash];
    dhz.store(&store, withdrawal).await;
    assert_eq!(of(withdrawn.sequence).await, []);
    assert_eq!(of(due.sequence).await, [shown(due.sequence)]);
    put(withdrawn.sequence).await;
    assert_eq!(
        of(withdrawn.sequence).await,
        [],
        "nothing is noted of what is erased"
    );

    store.erase_due(ERASED_ON + 1).await.unwrap();
    assert_eq!(of(due.sequence).await, []);
    store.close().await;
}

pub(crate) async fn drafts_come_due(engine: &impl Engine) {
    let store = engine.open().await;
    let draft = |due, body: &[u8]| Pending {
        subject: subject(),
        due,
        erasure_day: ERASED_ON,
        body: body.to_vec(),
    };
    let later = draft(Some(102), b"later");
    let today = draft(Some(101), b"canary in a draft");
    let waiting = draft(None, b"for a second coordinator");
    for draft in [&later, &today, &waiting] {
        store.put_pending(draft.clone()).await.unwrap();
    }
    assert_eq!(store.pending_due(100, 9).await.unwrap(), []);
    assert_eq!(
        store.pending_due(101, 9).await.unwrap(),
        std::slice::from_ref(&today)
    );
    assert_eq!(
        store.pending_due(200, 9).await.unwrap(),
        [today.clone(), later.clone()]
    );
    assert_eq!(
        store.pending_due(200, 1).await.unwrap(),
        std::slice::from_ref(&today)
    );
    assert_eq!(
        store.pending_held(9).await.unwrap(),
        std::slice::from_ref(&waiting),
        "what waits for somebody waits for no day"
    );
    assert_eq!(store.pending_held(0).await.unwrap(), []);
    let changed = Pending {
        due: Some(100),
        body: b"changed".to_vec(),
        ..today.clone()
    };
    store.put_pending(changed.clone()).await.unwrap();
    assert_eq!(store.pending(&today.subject).await.unwrap(), Some(changed));
    assert_eq!(store.pending_count().await.unwrap(), 3);
    store.drop_pending(&today.subject).await.unwrap();
    store.drop_pending(&subject()).await.unwrap();
    assert_eq!(store.pending(&today.subject).await.unwrap(), None);
    assert_eq!(
        store.pending(&waiting.subject).await.unwrap(),
        Some(waiting)
    );
    assert_eq!(store.pending_count().await.unwrap(), 2);
    let large = draft(None, &vec![0; limits::PENDING_BYTES + 1]);
    assert!(matches!(
        store.put_pending(large).await,
        Err(Error::TooMany { .. })
    ));
    assert!(!holds(&engine.bytes(), b"canary in a draft"));
    store.close().await;
}

pub(crate) async fn alarms_are_bounded(engine: &impl Engine) {
    let store = engine.open().await;
    let first = alarm("first");
    store.put_alarm(first.clone()).await.unwrap();
    // The store numbers them.
    let first = Alarm { number: 1, ..first };
    assert_eq!(store.alarms(9).await.unwrap(), std::slice::from_ref(&first));
    let flood = (0..limits::ALARMS).map(|_| store.put_alarm(alarm("flood")));
    for put in futures_util::future::join_all(flood).await {
        put.unwrap();
    }
    store.put_alarm(alarm("last")).await.unwrap();
    let all = store.alarms(limits::ALARMS).await.unwrap();
    assert_eq!(all.len(), limits::ALARMS as usize);
    assert_eq!(all[0].detail, "last", "the newest first");
    assert!(!all.contains(&first), "the oldest go");
    assert!(store.alarms(limits::ALARMS + 1).await.is_err());
    let mut large = alarm("");
    large.evidence = Some(vec![0; limits::EVIDENCE_BYTES + 1]);
    assert!(matches!(
        store.put_alarm(large).await,
        Err(Error::TooMany { .. })
    ));
    store.close().await;
}

pub(crate) async fn a_charter_is_followed_by_a_newer_one_only(engine: &impl Engine) {
    let charter = |version, body: u8| CharterRecord {
        version,
        body: vec![body; 100],
        signatures: vec![body],
    };
    let store = engine.open().await;
    assert_eq!(store.charter().await.unwrap(), None);
    store.put_charter(charter(3, 1)).await.unwrap();
    store.put_charter(charter(4, 2)).await.unwrap();
    store.close().await;
    let store = engine.open().await;
    for older in [charter(3, 1), charter(4, 3)] {
        assert!(matches!(
            store.put_charter(older).await,
            Err(Error::CharterNotNewer(4))
        ));
    }
    store.put_charter(charter(4, 2)).await.unwrap();
    assert_eq!(store.charter().await.unwrap(), Some(charter(4, 2)));
    store.close().await;
}

pub(crate) async fn closed_means_closed(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let queued = (0..50).map(|_| store.publish(vec![item(&lane, &dhz)], dhz.signer()));
    let queued = futures_util::future::join_all(queued);
    let (outcomes, ()) = tokio::join!(queued, store.close());
    // Whatever was queued before is finished, whatever came after was told.
    let stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    for outcome in outcomes {
        assert!(matches!(outcome, Ok(_) | Err(Error::Closed)), "{outcome:?}");
    }
    store.close().await;
    assert!(matches!(
        store.claim(&federation(), &agency("dhz")).await,
        Err(Error::Closed)
    ));
    assert!(matches!(store.lanes().await, Err(Error::Closed)));
    let mut kod = Remote::new("kod", &audience(&["dhz", "kod"]));
    let entry = kod.next();
    assert!(matches!(
        store.receive(kod.batch(vec![entry])).await,
        Err(Error::Closed)
    ));
    assert_eq!(store.fatal().reason(), None, "being closed is no failure");
    let store = engine.open().await;
    assert_eq!(
        store.lanes().await.unwrap()[0].head.sequence,
        stored as u64 + 1
    );
    store.close().await;
}

/// A hold is one replica's at a time, under a generation that only rises.
pub(crate) async fn a_hold_is_fenced(engine: &impl Engine) {
    let store = engine.open().await;
    let first = store.take_hold("link/kod", Take::IfFree).await.unwrap();
    let first = first.unwrap();
    assert!(store.keep_hold(&first).await.unwrap());
    // The replica's own is free for itself, and the newest wins.
    let second = store.take_hold("link/kod", Take::IfFree).await.unwrap();
    let second = second.unwrap();
    assert!(second.generation > first.generation);
    assert!(!store.keep_hold(&first).await.unwrap());
    store.release_hold(&first).await.unwrap();
    assert!(
        store.keep_hold(&second).await.unwrap(),
        "it was not his to release"
    );
    let third = store.take_hold("link/kod", Take::Always).await.unwrap();
    let third = third.unwrap();
    assert!(!store.keep_hold(&second).await.unwrap());
    let holds = store.holds().await.unwrap();
    assert_eq!(holds.len(), 1);
    assert_eq!(
        (&*holds[0].name, holds[0].generation, holds[0].in_force),
        ("link/kod", third.generation, true)
    );
    let audience = audience(&["dhz", "kod"]);
    let mut kod = Remote::new("kod", &audience);
    let entry = kod.next();
    let mut batch = kod.batch(vec![entry]);
    batch.hold = Some(second);
    let lost = store.receive(batch.clone()).await;
    assert!(matches!(lost, Err(Error::HoldLost)), "{lost:?}");
    assert!(store.lanes().await.unwrap().is_empty());
    batch.hold = Some(third.clone());
    assert_eq!(store.receive(batch).await.unwrap().stored, 1);
    store.release_hold(&third).await.unwrap();
    assert!(!store.keep_hold(&third).await.unwrap());
    assert!(!store.holds().await.unwrap()[0].in_force);
    store.close().await;
    let store = engine.open().await;
    let fourth = store.take_hold("link/kod", Take::IfFree).await.unwrap();
    assert!(fourth.unwrap().generation > third.generation);
    store.close().await;
}

pub(crate) async fn charters_are_followed_one_by_one(engine: &impl Engine) {
    let store = engine.open().await;
    let charter = |version: u32| CharterRecord {
        version,
        body: version.to_be_bytes().to_vec(),
        signatures: Vec::new(),
    };
    for version in [3, 4, 7] {
        store.put_charter(charter(version)).await.unwrap();
    }
    for (after, next) in [(0, Some(3)), (3, Some(4)), (4, Some(7)), (7, None)] {
        assert_eq!(
            store.charter_after(after).await.unwrap(),
            next.map(charter),
            "after {after}"
        );
    }
    store.close().await;
}

pub(crate) async fn each_start_raises_the_generation(engine: &impl Engine) {
    for generation in 1..3 {
        let store = engine.open().await;
        assert_eq!(store.generation().await.unwrap(), generation - 1);
        let claimed = store.claim(&federation(), &agency("dhz")).await.unwrap();
        assert_eq!(claimed, generation);
        assert_eq!(store.generation().await.unwrap(), generation);
        store.close().await;
    }
}

/// The bound itself would take a minute to reach; what is done at it is the same statement as for alarms.
pub(crate) async fn an_audit_log_is_bounded_and_forgotten(engine: &impl Engine) {
    const DAY_MS: i64 = 86_400_000;
    let store = engine.open().await;
    let on = |day: i32| {
        let at = UnixMillis(i64::from(day) * DAY_MS + 1);
        AuditRecord::of_node(at, AuditEvent::ReviewExpired).about(subject())
    };
    let old = TODAY - limits::AUDIT_DAYS - 1;
    for day in [old, old + 1, TODAY] {
        store.put_audit(on(day)).await.unwrap();
    }
    let all = store.audit(None, 9).await.unwrap();
    let numbers: Vec<i64> = all.iter().map(|it| it.number).collect();
    assert_eq!(all.len(), 3);
    assert!(numbers.is_sorted_by(|a, b| a > b), "the newest first");
    let page = store.audit(Some(numbers[0]), 1).await.unwrap();
    assert_eq!(page, [all[1].clone()]);
    assert!(store.audit(None, limits::PAGE_ROWS + 1).await.is_err());
    store.erase_due(TODAY).await.unwrap();
    assert_eq!(store.audit(None, 9).await.unwrap(), all[..2]);
    store.close().await;
    let store = engine.open().await;
    assert_eq!(store.audit(None, 9).await.unwrap(), all[..2]);
    store.close().await;
}
