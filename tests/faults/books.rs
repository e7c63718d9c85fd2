//! What the tests with much traffic share.

use anyhow::Result;
use tokio::sync::watch;
use verbund_tests::{Federation, Load, System};

/// Two agencies that tell each other everything: neither is protected, neither prosecutes.
pub(crate) const ORIGIN: &str = "kod";
pub(crate) const PARTNER: &str = "quartiersbuero";

/// Waits until so many are acknowledged.
pub(crate) async fn reaches(mut acknowledged: watch::Receiver<usize>, count: usize) {
    // The load lives as long as the test.
    let _ = acknowledged.wait_for(|it| *it >= count).await;
}

/// Makes the requests, 64 at once, and cuts a node's power as soon as so many are acknowledged.
pub(crate) async fn cut_power(
    fed: &mut Federation,
    node: &str,
    origin: &System,
    load: &mut Load,
    after: usize,
) -> Result<()> {
    let acknowledged = load.acknowledged();
    let patience = fed.patience();
    let cutting = async {
        reaches(acknowledged, after).await;
        fed.node_mut(node).kill(patience).await
    };
    tokio::join!(load.call(origin, 64), cutting).1?;
    Ok(())
}

/// Waits until the partner has all of the origin's entries, and the origin all of its receipts.
pub(crate) async fn level(origin: &System, partner: &System) -> Result<()> {
    let entries = origin.status().await?.own_entries;
    let what = format!("with all {entries} entries");
    partner
        .until_partner(ORIGIN, &what, |it| it.received == entries)
        .await?;
    let what = format!("with receipts for all {entries} entries");
    origin
        .until_partner(PARTNER, &what, |it| {
            (it.sent, it.receipted, it.exceptions) == (entries, entries, 0)
        })
        .await?;
    Ok(())
}

/// Both feeds hold what was asked for, once each, and nothing else.
pub(crate) async fn agree(origin: &System, partner: &System, books: &[Load]) -> Result<()> {
    let all: usize = books.iter().map(|load| load.asked.len()).sum();
    for system in [origin, partner] {
        let feed = system.events().await?;
        assert_eq!(feed.len(), all, "events in the feed, and updates asked for");
        for load in books {
            load.compare(&feed)?;
        }
    }
    Ok(())
}
