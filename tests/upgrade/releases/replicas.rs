//! Replicas of both releases over one PostgreSQL.

use std::time::Duration;

use anyhow::{Result, ensure};
use verbund_tests::postgres::Cluster;
use verbund_tests::replica::share_node;
use verbund_tests::{Plan, Release, Replica, Surroundings};

use super::crowd::{Counter, Crowd, everybody_has, is_stored_at};
use super::exchange::exchange;
use super::scene::{self, DONE, ORIGIN, PARTNER, nobody_complains, software};

const ALL: [&str; 3] = ["one", "two", PARTNER];

/// A replica of this release that leaves the schema to `verbund store migrate`, as a role that runs has to.
fn of_this() -> Surroundings {
    Surroundings::of(Release::This).set("store.migrate_at_start", false)
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_are_replaced_one_by_one_over_a_database_that_was_migrated_first() -> Result<()> {
    let server = Cluster::start_new()?;
    let database = server.database()?;
    let url = database.url();
    let plan = Plan::nodes(&[ORIGIN, PARTNER]).patience(Duration::from_secs(200));
    let mut fed = plan.build()?;
    let this = software(&fed, Release::This).await?;
    share_node(&fed, ORIGIN, "one", &url)?;
    for node in [ORIGIN, PARTNER] {
        scene::start(&mut fed, node, Release::Previous).await?;
    }
    let old = Surroundings::of(Release::Previous);
    let mut two = Replica::started_in(&fed, ORIGIN, "two", &url, &old).await?;
    let counter = |name, agency, system| Counter {
        name,
        agency,
        system,
    };
    let counters = [
        counter("one", ORIGIN, fed.system(ORIGIN, "everything").await?),
        counter("two", ORIGIN, two.system(&fed, "everything").await?),
        counter(PARTNER, PARTNER, fed.system(PARTNER, "everything").await?),
    ];
    let crowd = Crowd::start(&counters);
    crowd.go_on(&fed, &ALL, 10).await?;

    // The schema first, under load, by the new release.
    let migrate = ["store", "migrate"];
    let migrated = scene::with_config(&fed, Release::This, ORIGIN, &migrate).await?;
    ensure!(migrated.code == DONE, "{migrated:?}");
    crowd.go_on(&fed, &ALL, 10).await?;
    // Those of the previous release that run go on; none of it starts again.
    let late = scene::with_config(&fed, Release::Previous, ORIGIN, &["node"]).await?;
    assert_ne!(late.code, DONE);
    assert!(late.err.contains("the store has schema"), "{late:?}");
    crowd.go_on(&fed, &ALL, 10).await?;

    // One after another.
    let patience = fed.patience();
    two.process.stop(patience).await?;
    crowd.go_on(&fed, &["one", PARTNER], 10).await?;
    let mut two = Replica::started_in(&fed, ORIGIN, "two", &url, &of_this()).await?;
    assert_eq!(counters[1].system.status().await?.software, this);
    assert_ne!(counters[0].system.status().await?.software, this);
    crowd.go_on(&fed, &ALL, 20).await?;
    // Both answer for one agency, and both see what the partner does.
    for at in [0, 1] {
        let [here, partner] = [&counters[at], &counters[2]].map(|it| (it.agency, &it.system));
        exchange(&fed, here, partner).await?;
        exchange(&fed, partner, here).await?;
    }
    scene::stop(&mut fed, ORIGIN).await?;
    crowd.go_on(&fed, &["two", PARTNER], 10).await?;
    fed.launch_in(ORIGIN, &of_this())?;
    fed.ready(&[ORIGIN]).await?;
    crowd.go_on(&fed, &ALL, 10).await?;

    let told = crowd.end().await?;
    everybody_has(&fed, &counters, &told).await?;
    is_stored_at(&fed, &counters[0], &told, &[PARTNER]).await?;
    is_stored_at(&fed, &counters[2], &told, &[ORIGIN]).await?;
    for counter in &counters {
        nobody_complains(&[&counter.system]).await?;
    }
    two.process.stop(patience).await?;
    scene::stop(&mut fed, ORIGIN).await?;
    scene::is_sound(&fed, ORIGIN).await
}
