//! Servers that are set to lose what they acknowledge.

use std::sync::Arc;

use verbund_store::{Error, Store};

use crate::load::{Load, is_whole};
use crate::place::{Place, claim, open};
use crate::suite::kit::{Origin, audience};
use crate::wire::Wire;

async fn refused(place: &Place, named: &str) {
    match place.try_open("one").await {
        Err(error @ Error::Unsuitable(_)) => {
            let told = error.to_string();
            assert!(told.contains(named), "{told}");
            assert!(told.contains("store.accept_data_loss = true"), "{told}");
        }
        other => panic!("{named}: {other:?}"),
    }
}

async fn accepted(place: &Place, named: &str) -> Arc<dyn Store> {
    let mut options = place.options("one");
    options.accept_data_loss = true;
    let url = place.database.url().to_string();
    let store = open(&url, options).await.unwrap();
    let warnings = store.traits().warnings;
    assert!(
        warnings.iter().any(|warning| warning.contains(named)),
        "{warnings:?}"
    );
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_loses_is_refused_unless_that_is_accepted() {
    let place = Place::alone();
    let server = place.cluster();
    for (name, value, named) in [
        ("synchronous_commit", "off", "synchronous_commit is off"),
        ("fsync", "off", "fsync is off"),
        ("full_page_writes", "off", "full_page_writes is off"),
    ] {
        server.set(name, value).unwrap();
        refused(&place, named).await;
        accepted(&place, named).await.close().await;
        server.set(name, "on").unwrap();
        let store = place.try_open("one").await.unwrap();
        assert!(store.traits().warnings.is_empty());
        store.close().await;
    }
    // For this role or database only: what counts is what the session has.
    let name = place.database.name();
    server
        .psql(&format!(
            "ALTER DATABASE {name} SET synchronous_commit = off"
        ))
        .unwrap();
    refused(&place, "synchronous_commit is off").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_loses_is_refused_unless_that_is_accepted() {
    let place = Place::alone();
    let server = place.cluster();
    let alone = place.try_open("one").await.unwrap();
    alone.close().await;
    let standby = server.standby("second").unwrap();
    refused(&place, "synchronous_standby_names is empty").await;
    accepted(&place, "synchronous_standby_names is empty")
        .await
        .close()
        .await;
    server
        .set("synchronous_standby_names", "ANY 1 (second)")
        .unwrap();
    for setting in ["local", "remote_write"] {
        server.set("synchronous_commit", setting).unwrap();
        let named = format!("synchronous_commit is {setting}");
        refused(&place, &named).await;
        accepted(&place, &named).await.close().await;
    }
    server.set("synchronous_commit", "on").unwrap();
    let store = place.try_open("one").await.unwrap();
    assert!(store.traits().warnings.is_empty());
    store.close().await;

    let url = place.database.url();
    let url = url.host(&format!("127.0.0.1:{}", standby.port()));
    let url = url.query("sslmode=disable").to_string();
    match open(&url, place.options("one")).await {
        Err(Error::Unavailable { reason }) => assert!(reason.contains("standby"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

/// Settings that are changed under an open store are shown once it connects anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_loses_nothing_that_was_acknowledged() {
    let place = Place::alone();
    let first = place.cluster();
    let second = first.standby("second").unwrap();
    first
        .set("synchronous_standby_names", "ANY 1 (second)")
        .unwrap();
    let wire = Wire::to(first.port()).await;
    let url = place
        .database
        .url()
        .host(&format!("127.0.0.1:{}", wire.port))
        .query("sslmode=disable")
        .to_string();
    let mut stores = Vec::new();
    for name in ["one", "two"] {
        let store = open(&url, place.options(name)).await.unwrap();
        claim(&store).await;
        stores.push(store);
    }
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&stores[0], &audience(&["dhz", "kod"])).await;
    let load = Load::start(&stores, &dhz, &[lane], 3);
    load.goes_on(20).await;
    first.kill().unwrap();
    wire.lead_to(Some(second.port()));
    second.promote().unwrap();
    load.goes_on(20).await;
    let told = load.end().await;
    is_whole(&stores, &told).await;
}
