//! A node's whole life with no more rights than it needs, and its beginning.

use std::path::Path;
use std::sync::Arc;

use verbund_ledger::{HeldReason, Outcome};
use verbund_store::{
    CharterRecord, Condition, Error, Filter, Pending, PublishItem, Readmission, ReceiptRecord,
    ReceivedEntry, Step, Store, Take,
};

use crate::load::ALL;
use crate::place::{Place, claim, open};
use crate::suite::kit::{
    ERASED_ON, Origin, Remote, TODAY, alarm, audience, issued, item, request, step, subject,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_that_runs_can_do_all_that_a_node_does() {
    let place = Place::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres/roles.sql");
    let roles = place.database.roles(&file).unwrap();
    let (migrates, runs) = (roles.migrate.to_string(), roles.run.to_string());
    let mut options = place.options("one");
    options.migrate = false;
    let behind = open(&runs, options.clone()).await;
    assert!(
        matches!(behind, Err(Error::SchemaBehind { found: 0, .. })),
        "{behind:?}"
    );
    let migrated = verbund_store::migrate(&migrates).await.unwrap();
    assert_eq!(migrated.from, 0);
    // As an operator does after each migration.
    place.database.roles(&file).unwrap();
    let store = open(&runs, options.clone()).await.unwrap();
    live(&store).await;
    store.close().await;

    // Once more, with all that is there by now.
    let mut stores = Vec::new();
    for name in ["one", "two"] {
        let mut options = options.clone();
        options.replica = name.to_owned();
        stores.push(open(&runs, options).await.unwrap());
    }
    for store in &stores {
        live(store).await;
    }
    let warnings = stores[0].traits().warnings;
    assert!(warnings.is_empty(), "{warnings:?}");
}

async fn live(store: &Arc<dyn Store>) {
    let generation = claim(store).await;
    assert_eq!(store.generation().await.unwrap(), generation);
    let dhz = Origin::new("dhz");
    let readers = audience(&["dhz", "kod"]);
    let lane = dhz.open(store, &readers).await;

    // Own: first, corrected, withdrawn, erased; a draft and a generalised second.
    let draft = |subject| Pending {
        subject,
        due: Some(TODAY),
        erasure_day: ERASED_ON,
        body: b"a draft".to_vec(),
    };
    let waits = draft(subject());
    let asked = PublishItem {
        request: Some(request("duty-log")),
        pending: Some(waits.clone()),
        generalised: Some(waits.subject),
        ..item(&lane, &dhz)
    };
    let key = asked.request.clone().unwrap();
    let first = dhz.store(store, asked).await;
    assert!(store.request(&key).await.unwrap().is_some());
    let becomes = PublishItem {
        subject: waits.subject,
        consumes_pending: Some(waits.clone()),
        ..item(&lane, &dhz)
    };
    dhz.store(store, becomes).await;
    assert_eq!(store.pending(&waits.subject).await.unwrap(), None);
    let dropped = draft(subject());
    store.put_pending(dropped.clone()).await.unwrap();
    store.put_pending(dropped.clone()).await.unwrap();
    store.drop_pending(&dropped.subject).await.unwrap();
    let corrected = dhz.store(store, step(&first, &dhz, Step::Corrected)).await;
    let mut erased = step(&corrected, &dhz, Step::Erased);
    erased.erases = vec![first.hash, corrected.hash];
    dhz.store(store, erased).await;
    assert!(store.finish_erasures().await.unwrap() > 0);

    // A step, hidden before its day.
    let stepped = PublishItem {
        condition: Condition::Follows(None),
        projection: None,
        ..item(&lane, &dhz)
    };
    let stepped = dhz.store(store, stepped).await;
    let on = stepped.subject.unwrap();
    assert_eq!(store.steps(&on).await.unwrap().len(), 1);
    let hidden = store.erase_entries(&on, vec![stepped.hash]).await;
    assert_eq!(hidden.unwrap(), 1);
    assert!(store.finish_erasures().await.unwrap() > 0);

    // Others': received through a hold, held and judged again, stopped.
    let mut kod = Remote::new("kod", &readers);
    let hold = store.take_hold("link/kod", Take::Always).await.unwrap();
    let hold = hold.unwrap();
    let opening = kod.step(subject(), Step::Issued);
    let held = ReceivedEntry {
        outcome: Outcome::Held(HeldReason::CharterUnknown),
        ..kod.next()
    };
    let unknown = ReceivedEntry {
        outcome: Outcome::NotUnderstood,
        ..kod.next()
    };
    let mut batch = kod.batch(vec![opening, held, unknown]);
    batch.hold = Some(hold.clone());
    store.receive(batch).await.unwrap();
    assert!(store.keep_hold(&hold).await.unwrap());
    let judged = Readmission {
        lane: kod.lane.id,
        sequence: 2,
        outcome: Outcome::Stored,
        content: None,
        subject: Some(subject()),
        projection: Some(issued(&kod.origin.agency)),
        step: false,
        erases: Vec::new(),
    };
    let understood = Readmission {
        sequence: 3,
        projection: None,
        step: true,
        ..judged.clone()
    };
    let judged = store.readmit(vec![judged, understood]).await.unwrap();
    assert_eq!(judged.len(), 2);
    assert!(!store.steps_after(None, 10).await.unwrap().is_empty());
    let receipt = ReceiptRecord {
        lane,
        recipient: kod.origin.agency.clone(),
        generation,
        sequence: 2,
        body: vec![1],
        signature: [2; 64],
    };
    store.put_receipts(vec![receipt.clone()]).await.unwrap();
    let newer = ReceiptRecord {
        sequence: 3,
        ..receipt
    };
    store.put_receipts(vec![newer.clone()]).await.unwrap();
    assert!(store.receipts().await.unwrap().contains(&newer));
    store
        .stop_lane(&kod.lane.id, "a fork", alarm("a fork"))
        .await
        .unwrap();
    store.put_alarm(alarm("another")).await.unwrap();
    store.release_hold(&hold).await.unwrap();

    // The rest.
    let version = u32::try_from(generation).unwrap();
    let charter = CharterRecord {
        version,
        body: vec![3],
        signatures: vec![4],
    };
    store.put_charter(charter.clone()).await.unwrap();
    assert_eq!(store.charter().await.unwrap(), Some(charter));
    let past = PublishItem {
        erasure_day: TODAY - 1,
        generalised: Some(subject()),
        ..item(&lane, &dhz)
    };
    dhz.store(store, past).await;
    assert_eq!(store.erase_due(TODAY).await.unwrap(), 1);
    let all = Filter::default();
    let page = store.situations(&all, None, 10).await.unwrap();
    assert!(page.items.len() >= 2);
    assert!(!store.entries(&lane, 0, ALL).await.unwrap().is_empty());
    assert!(!store.alarms(10).await.unwrap().is_empty());
    assert!(
        futures_util::FutureExt::now_or_never(store.fatal().fatal()).is_none(),
        "nothing is forbidden"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_that_runs_does_not_migrate() {
    let place = Place::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres/roles.sql");
    let roles = place.database.roles(&file).unwrap();
    let migrated = open(&roles.run.to_string(), place.options("one")).await;
    let told = format!("{:?}", migrated.unwrap_err());
    assert!(told.contains("permission denied"), "{told}");
    let tables = place
        .database
        .psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
    assert_eq!(tables.unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_start_on_an_empty_database_open_it() {
    for _ in 0..3 {
        let place = Place::new();
        let names: Vec<String> = (0..8).map(|number| format!("replica {number}")).collect();
        let opened = names.iter().map(|name| place.try_open(name));
        let opened = futures_util::future::join_all(opened).await;
        let stores: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
        let claims = futures_util::future::join_all(stores.iter().map(claim)).await;
        let mut generations = claims;
        generations.sort_unstable();
        assert_eq!(generations, (1..=8).collect::<Vec<_>>());
        let applied = place
            .database
            .psql("SELECT count(*) = max(number) FROM migration");
        assert_eq!(applied.unwrap(), "t");
        let newest = stores[3].generation().await.unwrap();
        assert_eq!(newest, 8);
        for store in stores {
            store.close().await;
        }
    }
}
