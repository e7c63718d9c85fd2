//! A store moves between engines with everything in it, whatever comes in between, and never becomes two.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

#[path = "fixtures/content.rs"]
#[expect(
    dead_code,
    reason = "what it holds in clear is for the tests of upgrades"
)]
mod content;
#[expect(dead_code, reason = "only its kit is needed here")]
mod suite;
#[expect(dead_code, reason = "the tests of checks use the rest")]
mod upkeep;

use std::path::Path;

use content::{ORIGINS, fill, told};
use suite::kit::{ERASED_ON, Origin, TODAY, agency, alarm, federation, item};
use tempfile::TempDir;
use upkeep::{Filled, Keys, Place};
use verbund_ledger::EntryKey;
use verbund_store::{Copied, Error, FindingKind, Limit, Pending, Progress, Result, Stage, Upkeep};

fn of(keys: &TempDir) -> Upkeep {
    Upkeep {
        erasure_keys: keys.path().join("keys"),
        today: TODAY - 80,
        accept_data_loss: false,
    }
}

/// Copies a store that [`fill`] has filled.
async fn copy(from: &Place, to: &Place, keys: &TempDir) -> Result<Copied> {
    let mut signers = Keys::seeded(&ORIGINS);
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let (from, to) = (from.url(), to.url());
    verbund_store::copy(&from, &to, true, &of(keys), &mut signers, told).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_either_way() {
    for (from, to) in [
        (Place::sqlite(), Place::postgres()),
        (Place::postgres(), Place::sqlite()),
        (Place::sqlite(), Place::sqlite()),
        (Place::postgres(), Place::postgres()),
    ] {
        let keys = tempfile::tempdir().unwrap();
        let store = from.open(&keys).await.unwrap();
        fill(&store).await;
        let before = told(&store).await;
        let generation = store.generation().await.unwrap();
        let alarms = store.alarms(100).await.unwrap().len();
        store.close().await;
        let projections = from.dump("situation", &["changed", "first", "lane"]).await;

        let copied = copy(&from, &to, &keys).await.unwrap();
        assert_eq!((copied.generation, copied.found), (generation + 1, 0));
        assert!(copied.entries > 25 && copied.rows > copied.entries);
        assert_eq!(
            to.dump("situation", &["changed", "first", "lane"]).await,
            projections
        );

        // What it was made from is no node's store any more.
        let opened = from.open(&keys).await;
        assert!(matches!(opened, Err(Error::MovedAway)), "{opened:?}");

        // The copy is, and says the same; what comes next follows on what was there.
        let store = to.open(&keys).await.unwrap();
        assert_eq!(told(&store).await, before);
        let claimed = store.claim(&federation(), &agency("dhz")).await.unwrap();
        assert_eq!(claimed, generation + 2);
        let dhz = Origin {
            agency: agency("dhz"),
            key: EntryKey::from_seed(&[1; 32]).unwrap().into(),
        };
        let lane = store.lanes().await.unwrap().remove(0);
        let stored = dhz.store(&store, item(&lane.id, &dhz)).await;
        assert_eq!(stored.sequence, lane.head.sequence + 1);
        store.put_alarm(alarm("after")).await.unwrap();
        let now = store.alarms(100).await.unwrap();
        assert_eq!((now.len(), &*now[0].detail), (alarms + 1, "after"));
        // The erasure that was under way is finished there.
        assert_eq!(store.finish_erasures().await.unwrap(), 1);
        store.close().await;
    }
}

/// Four pages of entries.
const MANY: usize = 1_700;

async fn made_large(place: &Place) -> (TempDir, String) {
    let keys = tempfile::tempdir().unwrap();
    let store = place.open(&keys).await.unwrap();
    fill(&store).await;
    let dhz = Origin {
        agency: agency("dhz"),
        key: EntryKey::from_seed(&[1; 32]).unwrap().into(),
    };
    let lane = store.lanes().await.unwrap().remove(0).id;
    let mut left = MANY;
    while left > 0 {
        let some = left.min(100);
        let items = (0..some).map(|_| item(&lane, &dhz)).collect();
        store.publish(items, dhz.signer()).await.unwrap();
        left -= some;
    }
    let all = store
        .entries(
            &lane,
            0,
            Limit {
                count: 10_000,
                bytes: u32::MAX,
            },
        )
        .await
        .unwrap();
    let hashes: Vec<String> = all.iter().map(|it| it.hash.to_string()).collect();
    store.close().await;
    (keys, hashes.join(" "))
}

/// Copies until some rows are there, then is gone as in a crash.
async fn interrupted(from: &Place, to: &Place, keys: &TempDir, stage: Stage, rows: u64) -> bool {
    let mut signers = Keys::seeded(&ORIGINS);
    let (enough, mut reached) = tokio::sync::mpsc::channel(1);
    let mut told = |it: Progress| {
        if it.stage == stage && it.done >= rows {
            // Told already, the second time.
            let _ = enough.try_send(());
        }
    };
    let (from, to, upkeep) = (from.url(), to.url(), of(keys));
    let told: &mut (dyn FnMut(Progress) + Send) = &mut told;
    let copy = verbund_store::copy(&from, &to, true, &upkeep, &mut signers, told);
    tokio::select! {
        biased;
        _ = reached.recv() => true,
        done = copy => {
            done.unwrap();
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_copy_goes_on() {
    for (from, to) in [
        (Place::sqlite(), Place::postgres()),
        (Place::postgres(), Place::sqlite()),
    ] {
        let (keys, before) = made_large(&from).await;
        for (stage, rows) in [
            (Stage::Copying, 1),
            (Stage::Copying, 600),
            (Stage::Copying, 1_500),
            (Stage::Comparing, 1),
            (Stage::Comparing, 1_024),
        ] {
            assert!(interrupted(&from, &to, &keys, stage, rows).await);
            let opened = eventually(&to, &keys).await;
            assert!(matches!(opened, Error::CopyUnfinished), "{opened:?}");
        }
        let copied = copy(&from, &to, &keys).await.unwrap();
        assert_eq!(copied.found, copied.rows);
        // Once more changes nothing.
        assert_eq!(copy(&from, &to, &keys).await.unwrap(), copied);
        let store = to.open(&keys).await.unwrap();
        let lane = store.lanes().await.unwrap().remove(0).id;
        let limit = Limit {
            count: 10_000,
            bytes: u32::MAX,
        };
        let all = store.entries(&lane, 0, limit).await.unwrap();
        let hashes: Vec<String> = all.iter().map(|it| it.hash.to_string()).collect();
        assert_eq!(hashes.join(" "), before);
        store.close().await;
    }
}

/// Why a place can't be opened, once whoever had it is gone.
async fn eventually(place: &Place, keys: &TempDir) -> Error {
    loop {
        match place.open(keys).await {
            Err(Error::InUse { .. }) => tokio::task::yield_now().await,
            opened => return opened.unwrap_err(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_use_is_not_copied() {
    for (from, to) in [
        (Place::sqlite(), Place::postgres()),
        (Place::postgres(), Place::sqlite()),
    ] {
        let filled = Filled::make(&from).await;
        let in_use = |it: &Error| matches!(it, Error::InUse { .. } | Error::Occupied { .. });
        let store = from.open(&filled.keys).await.unwrap();
        store.claim(&federation(), &agency("dhz")).await.unwrap();
        let refused = filled.copy(&from, &to).await.unwrap_err();
        assert!(in_use(&refused), "{refused:?}");
        store.close().await;
        // Nor does a place that a node has opened become a copy.
        let store = to.open(&filled.keys).await.unwrap();
        store.put_alarm(alarm("mine")).await.unwrap();
        let refused = filled.copy(&from, &to).await.unwrap_err();
        assert!(in_use(&refused), "{refused:?}");
        store.close().await;
        let refused = filled.copy(&from, &to).await.unwrap_err();
        assert!(matches!(refused, Error::NotACopy(_)), "{refused:?}");
        let refused = filled.copy(&from, &from).await.unwrap_err();
        assert!(in_use(&refused), "{refused:?}");
    }
}

/// A replica whose connection was away for so long that the store was moved meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_missed_the_move_stores_nothing_more() {
    let from = Place::postgres();
    let filled = Filled::make(&from).await;
    let store = from.open(&filled.keys).await.unwrap();
    store.claim(&federation(), &agency("dhz")).await.unwrap();
    from.tamper("UPDATE meta SET edition = -1").await;
    let draft = item(&filled.near, &filled.dhz);
    let published = store.publish(vec![draft], filled.dhz.signer()).await;
    assert!(published.is_err(), "{published:?}");
    let why = store.fatal().fatal().await;
    assert!(why.contains("moved to another place"), "{why}");
    store.close().await;
    let opened = from.open(&filled.keys).await;
    assert!(matches!(opened, Err(Error::MovedAway)), "{opened:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_store_stays_it() {
    for (from, to) in [
        (Place::sqlite(), Place::postgres()),
        (Place::postgres(), Place::sqlite()),
    ] {
        let filled = Filled::make(&from).await;
        let store = to.open(&filled.keys).await.unwrap();
        store.claim(&federation(), &agency("kod")).await.unwrap();
        store.close().await;
        match filled.copy(&from, &to).await.unwrap_err() {
            Error::NotACopy(why) => assert!(why.contains("kod.krefeld"), "{why}"),
            other => panic!("{other:?}"),
        }
        // An empty one is nobody's to copy.
        let empty = Place::sqlite();
        empty.open(&filled.keys).await.unwrap().close().await;
        let refused = filled.copy(&empty, &Place::sqlite()).await.unwrap_err();
        assert!(matches!(refused, Error::NobodysStore), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_of_one_state() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    let (keys, _) = made_large(&from).await;
    assert!(interrupted(&from, &to, &keys, Stage::Copying, 600).await);
    // The node has run in between.
    let store = loop {
        match from.open(&keys).await {
            Err(Error::InUse { .. }) => tokio::task::yield_now().await,
            store => break store.unwrap(),
        }
    };
    store.claim(&federation(), &agency("dhz")).await.unwrap();
    store.close().await;
    let refused = copy(&from, &to, &keys).await.unwrap_err();
    assert!(matches!(refused, Error::NotACopy(_)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_in_the_copy_is_found() {
    for (from, to) in [
        (Place::sqlite(), Place::postgres()),
        (Place::postgres(), Place::sqlite()),
    ] {
        let (keys, _) = made_large(&from).await;
        assert!(interrupted(&from, &to, &keys, Stage::Copying, 1_200).await);
        eventually(&to, &keys).await;
        to.tamper("UPDATE entry SET outcome = 16 WHERE position = 40")
            .await;
        match copy(&from, &to, &keys).await.unwrap_err() {
            Error::CopyDiffers { table, row } => assert_eq!((table, &*row), ("entry", "40")),
            other => panic!("{other:?}"),
        }
        assert!(matches!(
            eventually(&to, &keys).await,
            Error::CopyUnfinished
        ));
        // Nothing has happened to the store.
        from.open(&keys).await.unwrap().close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_not_copied() {
    for (from, to) in [
        (Place::sqlite(), Place::postgres()),
        (Place::postgres(), Place::sqlite()),
    ] {
        let filled = Filled::make(&from).await;
        for (statement, kind) in [
            (
                "UPDATE entry SET signature = (SELECT signature FROM entry WHERE position = 3) WHERE position = 6",
                FindingKind::Signature,
            ),
            (
                "UPDATE entry SET codes_salt = (SELECT codes_salt FROM entry WHERE position = 3) WHERE position = 5",
                FindingKind::Codes,
            ),
            (
                "UPDATE entry SET text = (SELECT text FROM entry WHERE position = 3) WHERE position = 4",
                FindingKind::TextSealed,
            ),
            (
                "UPDATE entry SET hash = {00} WHERE position = 3",
                FindingKind::FrameHash,
            ),
            ("DELETE FROM entry WHERE position = 1", FindingKind::Gap),
        ] {
            from.tamper(statement).await;
            match filled.copy(&from, &to).await.unwrap_err() {
                Error::Damaged(finding) => assert_eq!(finding.kind, kind, "{finding}"),
                other => panic!("{other:?}"),
            }
        }
        let opened = to.open(&filled.keys).await;
        assert!(matches!(opened, Err(Error::CopyUnfinished)), "{opened:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_can_be_taken_back() {
    for (from, to) in [
        (Place::sqlite(), Place::postgres()),
        (Place::postgres(), Place::sqlite()),
    ] {
        let filled = Filled::make(&from).await;
        let reopened = verbund_store::reopen(&from.url()).await;
        assert!(matches!(reopened, Err(Error::NobodysStore)), "{reopened:?}");
        filled.copy(&from, &to).await.unwrap();
        // To one place only.
        let refused = filled.copy(&from, &Place::sqlite()).await;
        assert!(matches!(refused, Err(Error::MovedAway)), "{refused:?}");
        verbund_store::reopen(&from.url()).await.unwrap();
        let store = from.open(&filled.keys).await.unwrap();
        store.claim(&federation(), &agency("dhz")).await.unwrap();
        store.close().await;
        // And back again, into a place of its own.
        let back = Place::sqlite();
        filled.copy(&to, &back).await.unwrap();
        assert_eq!(filled.kinds(&back).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_nobody_can_open_is_copied_all_the_same() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    let filled = Filled::make(&from).await;
    let store = from.open(&filled.keys).await.unwrap();
    let draft = Pending {
        subject: suite::kit::subject(),
        due: None,
        erasure_day: ERASED_ON + 1,
        body: b"wartet".to_vec(),
    };
    store.put_pending(draft).await.unwrap();
    store.close().await;
    let key = format!("keys/{}.1.key", ERASED_ON + 1);
    std::fs::remove_file(filled.keys.path().join(key)).unwrap();
    filled.copy(&from, &to).await.unwrap();
    assert_eq!(filled.kinds(&to).await, [FindingKind::ErasureKeyMissing]);
}

/// The role that a node runs as can't make a copy, and can work on one.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_by_the_owner_of_the_tables() {
    let from = Place::sqlite();
    let filled = Filled::make(&from).await;
    let Place::Postgres(database) = Place::postgres() else {
        unreachable!()
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres/roles.sql");
    let roles = database.roles(&file).unwrap();
    let (migrate, run) = (roles.migrate.to_string(), roles.run.to_string());
    verbund_store::migrate(&migrate).await.unwrap();
    database.roles(&file).unwrap();
    let (upkeep, from) = (filled.upkeep(), from.url());
    for (url, may) in [(&run, false), (&migrate, true)] {
        let mut signers = filled.signers();
        let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
        let copied = verbund_store::copy(&from, url, true, &upkeep, &mut signers, told).await;
        match copied {
            Ok(_) => assert!(may),
            Err(Error::Unsuitable(why)) => assert!(!may && why.contains("owns the tables")),
            other => panic!("{other:?}"),
        }
    }
    let mut signers = filled.signers();
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let checked = verbund_store::check(&run, &upkeep, &mut signers, &upkeep::Words, told).await;
    assert_eq!(checked.unwrap().findings, []);
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let rebuilt = verbund_store::rebuild(&run, &upkeep, &mut signers, &upkeep::Words, told).await;
    assert_eq!(rebuilt.unwrap(), verbund_store::Rebuilt::default());
    let back = Place::sqlite();
    let (mut signers, to) = (filled.signers(), back.url());
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let copied = verbund_store::copy(&run, &to, true, &upkeep, &mut signers, told).await;
    assert_eq!(copied.unwrap().found, 0);
    assert_eq!(filled.kinds(&back).await, []);
}
