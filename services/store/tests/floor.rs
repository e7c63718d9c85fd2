//! A store that the next release has brought up: this one goes on with it where that release has only expanded it, and leaves it alone
//! where it has contracted it. On both engines.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

#[expect(dead_code, reason = "only its kit is needed here")]
mod suite;
#[expect(dead_code, reason = "the other tests use the rest")]
mod upkeep;

use std::fs;
use std::path::Path;

use suite::kit::{agency, federation};
use upkeep::{Filled, Place, first};
use verbund_store::{Error, Migrated, Progress, Result, backup, restore};

/// The schema of this release.
fn known() -> u32 {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    u32::try_from(fs::read_dir(migrations).unwrap().count()).unwrap()
}

/// Leaves a store as the next release would: with one more migration, which has this floor, and rows of its own.
async fn next_release(place: &Place, floor: u32) {
    let next = known() + 1;
    place
        .tamper("CREATE TABLE later (number INTEGER PRIMARY KEY)")
        .await;
    place.tamper("INSERT INTO later VALUES (1)").await;
    place
        .tamper("ALTER TABLE entry ADD COLUMN later INTEGER NOT NULL DEFAULT 0")
        .await;
    place
        .tamper("ALTER TABLE pending ADD COLUMN later TEXT")
        .await;
    place
        .tamper(&format!(
            "INSERT INTO migration (number, name, sha256, floor) VALUES ({next}, 'later', {{00}}, {floor})"
        ))
        .await;
    if matches!(place, Place::Sqlite(_)) {
        place.tamper(&format!("PRAGMA user_version = {next}")).await;
    }
}

fn is_newer<T: std::fmt::Debug>(result: Result<T>, may_run: bool) {
    match result {
        Err(Error::NewerSchema {
            found,
            known: own,
            opens,
        }) => assert_eq!((found, own, opens), (known() + 1, known(), may_run)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_with_an_expanded_store() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        next_release(&place, known()).await;
        let store = place.open(&filled.keys).await.unwrap();
        let generation = store.claim(&federation(), &agency("dhz")).await.unwrap();
        assert_eq!(generation, 2);
        let before = store.lanes().await.unwrap();
        let dhz = &filled.dhz;
        let entry = dhz.store(&store, first(&filled.near, dhz, "40")).await;
        assert_eq!(entry.sequence, before[0].head.sequence + 1);
        store.close().await;
        assert_eq!(filled.kinds(&place).await, [], "it can be checked");
        assert_eq!(place.dump("later", &["number"]).await, ["1"], "left alone");
        let migrated = verbund_store::migrate(&place.url()).await.unwrap();
        let there = known() + 1;
        assert_eq!((migrated.from, migrated.to), (there, there));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_leaves_a_contracted_store_alone() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        next_release(&place, known() + 1).await;
        let entries = place.dump("entry", &["position", "hash"]).await;
        is_newer(place.open(&filled.keys).await.map(drop), false);
        is_newer(filled.check(&place).await.map(drop), false);
        is_newer(verbund_store::migrate(&place.url()).await, false);
        assert_eq!(place.dump("entry", &["position", "hash"]).await, entries);
    }
}

/// A migration of a time without floors, or of a hand, says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_word_it_leaves_it_alone() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        next_release(&place, 0).await;
        is_newer(place.open(&filled.keys).await.map(drop), false);
    }
}

async fn make_backup(filled: &Filled, place: &Place, file: &Path) -> Result<()> {
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let (upkeep, mut signers) = (filled.upkeep(), filled.signers());
    backup(&place.url(), file, &upkeep, &mut signers, told)
        .await
        .map(drop)
}

async fn restored(filled: &Filled, file: &Path, to: &Place) -> Result<()> {
    let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
    let (upkeep, mut signers) = (filled.upkeep(), filled.signers());
    restore(file, &to.url(), &upkeep, &mut signers, told)
        .await
        .map(drop)
}

/// It would leave out what it doesn't know, and say that it has it all.
#[tokio::test(flavor = "multi_thread")]
async fn what_works_on_all_of_a_store_needs_the_newer_release() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        next_release(&place, known()).await;
        is_newer(filled.copy(&place, &Place::sqlite()).await, true);
        is_newer(filled.rebuild(&place).await, true);
        is_newer(verbund_store::reopen(&place.url()).await, true);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.db");
        is_newer(make_backup(&filled, &place, &file).await, true);
        // The store still opens.
        place.open(&filled.keys).await.unwrap().close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_backup_is_for_the_newer_release() {
    for place in Place::both() {
        let filled = Filled::make(&place).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("verbund.db");
        make_backup(&filled, &place, &file).await.unwrap();
        let file_place = Place::Sqlite(folder);
        next_release(&file_place, known()).await;
        is_newer(restored(&filled, &file, &Place::sqlite()).await, true);
    }
}

#[test]
fn what_to_do_is_said() {
    let says = |opens| {
        let error = Error::NewerSchema {
            found: 7,
            known: 5,
            opens,
        };
        error.to_string()
    };
    for opens in [false, true] {
        assert!(says(opens).contains("schema 7") && says(opens).contains("up to 5"));
    }
    assert!(says(false).contains("restore a backup"));
    assert!(says(true).contains("may run on it"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_store_says_its_floor() {
    for place in Place::both() {
        let Migrated { from, to } = verbund_store::migrate(&place.url()).await.unwrap();
        assert_eq!((from, to), (0, known()));
        let floors = place.dump("migration", &["number", "floor"]).await;
        assert_eq!(floors[..5], ["1|0", "2|0", "3|0", "4|0", "5|5"]);
    }
}
