//! A database that goes away and comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use verbund_store::{Error, Health, Store};

use crate::load::{Load, Told, is_whole};
use crate::place::{Place, claim, eventually, open};
use crate::suite::kit::{Origin, audience, item};

/// A call waits for five seconds, and for what it was in the middle of.
const SAYS_SO: Duration = Duration::from_secs(12);
const COMES_BACK: Duration = Duration::from_secs(15);

async fn is_told(stores: &[Arc<dyn Store>], wanted: bool) {
    for store in stores {
        let mut health = store.health();
        let told = tokio::time::timeout(
            COMES_BACK,
            health.wait_for(|health| (*health == Health::Available) == wanted),
        );
        let told = told.await.expect("health tells the truth").unwrap();
        if let Health::Unavailable { reason } = &*told {
            assert!(
                !reason.is_empty() && !reason.contains("postgres:"),
                "{reason}"
            );
        }
    }
}

/// What every call does while there is no database: waits, but not for ever.
async fn is_refused(store: &Arc<dyn Store>, origin: &Origin) {
    let since = Instant::now();
    let lane = origin.lane(&audience(&["dhz"]));
    let opening = origin.opening(&lane.id);
    let (written, read) = tokio::join!(store.open_lane(lane, opening), store.lanes());
    for (what, refused) in [("write", written.err()), ("read", read.err())] {
        assert!(
            matches!(refused, Some(Error::Unavailable { .. })),
            "{what}: {refused:?}"
        );
    }
    assert!(since.elapsed() < SAYS_SO, "{:?}", since.elapsed());
}

async fn through(
    place: &Place,
    times: usize,
    go: impl Fn(),
    come_back: impl Fn(),
) -> (Vec<Arc<dyn Store>>, Told) {
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let other = dhz.open(&stores[1], &audience(&["dhz", "polizei"])).await;
    let load = Load::start(&stores, &dhz, &[lane, other], 3);
    load.goes_on(5).await;
    for _ in 0..times {
        go();
        is_told(&stores, false).await;
        is_refused(&stores[0], &dhz).await;
        come_back();
        is_told(&stores, true).await;
        load.goes_on(5).await;
    }
    let told = load.end().await;
    assert!(told.refused > 0, "somebody was told");
    assert!(told.longest < SAYS_SO, "{:?}", told.longest);
    is_whole(&stores, &told).await;
    for store in &stores {
        assert!(futures_util::FutureExt::now_or_never(store.fatal().fatal()).is_none());
    }
    (stores, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_and_a_start() {
    let place = Place::alone();
    let server = place.cluster();
    through(
        &place,
        1,
        || server.stop().unwrap(),
        || server.start().unwrap(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_and_a_recovery() {
    let place = Place::alone();
    let server = place.cluster();
    through(
        &place,
        1,
        || server.kill().unwrap(),
        || server.start().unwrap(),
    )
    .await;
}

/// As a machine that hangs, or a cable that is pulled: nobody says anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_silent() {
    let place = Place::alone();
    let server = place.cluster();
    through(
        &place,
        1,
        || server.freeze().unwrap(),
        || server.thaw().unwrap(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn short_restarts_are_not_noticed() {
    let place = Place::alone();
    let stores = place.replicas(["one", "two"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let load = Load::start(&stores, &dhz, &[lane], 3);
    for round in 0..4 {
        load.goes_on(5).await;
        if round % 2 == 0 {
            place.cluster().restart().unwrap();
        } else {
            place.cluster().kill().unwrap();
            place.cluster().start().unwrap();
        }
    }
    load.goes_on(5).await;
    let told = load.end().await;
    assert_eq!(told.refused, 0, "calls wait for a database that comes back");
    is_whole(&stores, &told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_ended_again_and_again() {
    let place = Place::new();
    let stores = place.replicas(["one", "two", "three"]).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let load = Load::start(&stores, &dhz, &[lane], 3);
    let mut ended = 0;
    for _ in 0..25 {
        load.goes_on(1).await;
        ended += place.database.terminate_backends().unwrap();
        // Readers as well: theirs are found dead only when they are used.
        for store in &stores {
            store.lanes().await.unwrap();
        }
    }
    assert!(ended > 100, "{ended}");
    load.goes_on(5).await;
    let told = load.end().await;
    assert_eq!(told.refused, 0, "calls wait for a connection");
    is_whole(&stores, &told).await;
    is_told(&stores, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_free_connection() {
    let place = Place::alone();
    let server = place.cluster();
    server.set("max_connections", "40").unwrap();
    server.set("superuser_reserved_connections", "20").unwrap();
    server.restart().unwrap();
    verbund_store::migrate(&place.database.url().to_string())
        .await
        .unwrap();
    let roles = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations/postgres/roles.sql");
    let roles = place.database.roles(&roles).unwrap();
    let mut options = place.options("one");
    options.migrate = false;
    let store = open(&roles.run.to_string(), options).await.unwrap();
    claim(&store).await;
    let stores = [store];
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let load = Load::start(&stores, &dhz, &[lane], 3);
    load.goes_on(5).await;
    // Beyond twenty only an administrator gets in.
    let others = server.occupy(22).unwrap();
    load.goes_on(5).await;
    server
        .psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'verbund'")
        .unwrap();
    is_told(&stores, false).await;
    is_refused(&stores[0], &dhz).await;
    drop(others);
    is_told(&stores, true).await;
    load.goes_on(5).await;
    let told = load.end().await;
    assert!(told.longest < SAYS_SO, "{:?}", told.longest);
    is_whole(&stores, &told).await;
}

/// The machine has lost its power, and its address is another one's: nobody closes the old connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_nobody_closes() {
    let place = Place::alone();
    let wire = crate::wire::Wire::to(place.cluster().port()).await;
    let url = place
        .database
        .url()
        .host(&format!("127.0.0.1:{}", wire.port))
        .query("sslmode=disable")
        .to_string();
    let store = open(&url, place.options("one")).await.unwrap();
    claim(&store).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    // All connections that read are made.
    let reads = (0..40).map(|_| store.lanes());
    futures_util::future::join_all(reads).await;
    let stores = [store];
    let load = Load::start(&stores, &dhz, &[lane], 3);
    load.goes_on(5).await;
    for _ in 0..2 {
        wire.silence();
        eventually("reads get through again", 2 * COMES_BACK, async || {
            let reads = (0..20).map(|_| stores[0].lanes());
            let reads = futures_util::future::join_all(reads).await;
            reads.iter().all(|read| read.is_ok())
        })
        .await;
        load.goes_on(5).await;
        is_told(&stores, true).await;
    }
    let told = load.end().await;
    assert!(told.longest < SAYS_SO, "{:?}", told.longest);
    is_whole(&stores, &told).await;
}

/// A replica that stops with the turn in its hands, as a process does that is suspended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_keeps_the_turn() {
    let place = Place::alone();
    let store = place.replica("one").await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let stuck = crate::wire::Psql::connect(&place.database.url().to_string()).await;
    stuck
        .run("SET idle_in_transaction_session_timeout = '3s'; BEGIN; UPDATE meta SET edition = edition + 1")
        .await;
    let since = Instant::now();
    dhz.store(&store, item(&lane, &dhz)).await;
    assert!(since.elapsed() > Duration::from_secs(1), "it waited");
    eventually("it is available", COMES_BACK, async || {
        *store.health().borrow() == Health::Available
    })
    .await;
}
