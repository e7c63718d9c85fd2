//! A partner that was away.

use std::time::Duration;

use anyhow::Result;
use verbund_tests::{Load, Plan};
use verbund_wire::agency::Link;

use crate::books::{ORIGIN, PARTNER, agree, level};

const BACKLOG: usize = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_was_away_for_ten_thousand_updates_catches_up_unasked() -> Result<()> {
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER])
        .patience(Duration::from_secs(150))
        .build()?;
    let patience = fed.patience();
    for node in [ORIGIN, PARTNER] {
        fed.launch(node)?;
    }
    fed.ready(&[ORIGIN, PARTNER]).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    let mut before = Load::new(&origin, 1, "Vorher");
    before.call(&origin, 1).await;
    level(&origin, &fed.system(PARTNER, "everything").await?).await?;
    fed.node_mut(PARTNER).stop(patience).await?;
    origin
        .until_partner(PARTNER, "away", |it| it.link() == Link::Away)
        .await?;

    let mut load = Load::new(&origin, BACKLOG, "Meldung");
    load.stream(&origin).await?;
    assert_eq!(
        load.kept().count(),
        BACKLOG,
        "acknowledged while it is away"
    );
    let waiting = origin.partner(PARTNER).await?;
    assert_eq!(
        waiting.sent - waiting.receipted,
        BACKLOG as u64,
        "the status tells how much the partner lacks"
    );

    fed.launch(PARTNER)?;
    fed.ready(&[PARTNER]).await?;
    let partner = fed.system(PARTNER, "everything").await?;
    level(&origin, &partner).await?;
    agree(&origin, &partner, &[before, load]).await
}
