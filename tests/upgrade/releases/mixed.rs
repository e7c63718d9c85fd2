//! Nodes of both releases in one federation, over SQLite.

use std::time::Duration;

use anyhow::Result;
use verbund_tests::{Federation, Plan, Release};

use super::crowd::{Counter, Crowd, everybody_has, is_stored_at};
use super::exchange::exchange;
use super::scene::{self, ORIGIN, PARTNER, nobody_complains, software};

const NODES: [&str; 3] = [ORIGIN, PARTNER, "polizei"];

#[tokio::test(flavor = "multi_thread")]
async fn one_node_after_another_is_replaced_while_all_publish() -> Result<()> {
    let plan = Plan::nodes(&NODES).patience(Duration::from_secs(200));
    let mut fed = plan.build()?;
    let [this, previous] = [
        software(&fed, Release::This).await?,
        software(&fed, Release::Previous).await?,
    ];
    for node in NODES {
        scene::start(&mut fed, node, Release::Previous).await?;
    }
    let mut counters = Vec::new();
    for node in NODES {
        let system = fed.system(node, "everything").await?;
        assert_eq!(system.status().await?.software, previous);
        counters.push(Counter {
            name: node,
            agency: node,
            system,
        });
    }
    let crowd = Crowd::start(&counters);
    crowd.go_on(&fed, &NODES, 5).await?;
    exchange_all(&fed, &counters).await?;
    for node in NODES {
        let others: Vec<_> = NODES.into_iter().filter(|it| *it != node).collect();
        scene::stop(&mut fed, node).await?;
        crowd.go_on(&fed, &others, 5).await?;
        scene::start(&mut fed, node, Release::This).await?;
        for counter in counters.iter().filter(|it| it.name != node) {
            let is_new = |it: &verbund_wire::agency::Partner| it.software == this;
            counter.system.until_partner(node, &this, is_new).await?;
        }
        crowd.go_on(&fed, &NODES, 5).await?;
        exchange_all(&fed, &counters).await?;
    }
    let told = crowd.end().await?;
    everybody_has(&fed, &counters, &told).await?;
    for counter in &counters {
        let others: Vec<_> = NODES.into_iter().filter(|it| *it != counter.name).collect();
        is_stored_at(&fed, counter, &told, &others).await?;
        nobody_complains(&[&counter.system]).await?;
    }
    for node in NODES {
        scene::stop(&mut fed, node).await?;
        scene::is_sound(&fed, node).await?;
    }
    Ok(())
}

/// Each with the next one: with three nodes these are all pairs, whatever the mix, and each asks once and is asked once.
async fn exchange_all(fed: &Federation, counters: &[Counter]) -> Result<()> {
    let next = counters.iter().cycle().skip(1);
    for (one, other) in counters.iter().zip(next) {
        let [one, other] = [one, other].map(|it| (it.agency, &it.system));
        exchange(fed, one, other).await?;
    }
    Ok(())
}
