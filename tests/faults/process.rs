//! A node as a process: one for each data folder, and an orderly end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use verbund_tests::{Federation, Load, Plan, Surroundings, program};
use verbund_wire::agency::WatchFeedRequest;

use crate::books::{ORIGIN, PARTNER, reaches};

/// The default of `node.drain_seconds`, and a moment for the rest.
const DRAIN: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread")]
async fn a_second_node_on_the_same_folder_is_refused_and_told_who_has_it() -> Result<()> {
    let fed = Federation::started(&[ORIGIN]).await?;
    let config = fed.node_folder(ORIGIN).join("node.toml");
    let second = program::call(
        &fed,
        ["node", "--config", config.to_str().context("a path")?],
        "",
    )
    .await?;
    assert_eq!(second.code, Some(1), "{second:?}");
    let said = second.err.lines().last().unwrap_or_default();
    let pid = fed.node(ORIGIN).pid().to_string();
    for words in ["verbund.db.lock", "in use", pid.as_str()] {
        assert!(said.contains(words), "it says {words:?}: {said}");
    }
    let system = fed.system(ORIGIN, "everything").await?;
    system
        .tell("Der erste Knoten merkt nichts davon.", &[])
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_answers_what_was_begun_and_ends_within_the_drain() -> Result<()> {
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).build()?;
    // Slow flushes: whatever is asked for is under way when the signal comes.
    let slow =
        Surroundings::new().slow_flushes(Duration::from_millis(200), &fed.folder().join("flushes"));
    fed.launch_in(ORIGIN, &slow)?;
    fed.launch(PARTNER)?;
    fed.ready(&[ORIGIN, PARTNER]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let mut watched = system
        .feed
        .clone()
        .watch_feed(WatchFeedRequest::default())
        .await?
        .into_inner();
    let mut calls = Load::new(&system, 400, "Einzeln");
    // As many as may wait: several batches.
    let mut stream = Load::new(&system, 1000, "Strom");

    let (called, streamed) = (calls.acknowledged(), stream.acknowledged());
    let patience = fed.patience();
    let stopping = async {
        tokio::join!(reaches(called, 20), reaches(streamed, 20));
        let node = fed.node_mut(ORIGIN);
        node.signal(Signal::TERM)?;
        let began = Instant::now();
        let readiness = async || match node.get("/readyz").await {
            Ok((503, body)) if body.contains("STOPPING") => Ok(()),
            other => Err(format!("{other:?}")),
        };
        patience.until("/readyz to say STOPPING", readiness).await?;
        let status = node.end(patience).await?;
        anyhow::Ok((status, began.elapsed()))
    };
    let watching = async {
        while let Some(message) = watched.message().await? {
            drop(message);
        }
        Ok::<_, tonic::Status>(())
    };
    let (stopped, (), stream_end, watch_end) = tokio::join!(
        stopping,
        calls.call(&system, 64),
        stream.stream(&system),
        watching
    );
    let (status, took) = stopped?;
    assert_eq!(status.code(), Some(0), "the exit code: {status}");
    assert!(took < DRAIN, "it took {took:?}");
    stream_end.context("the publish stream ends in order")?;
    watch_end.context("the feed ends in order")?;
    for asked in calls.asked.iter().chain(&stream.asked) {
        if let Some(Err(status)) = &asked.answer {
            // Refused, or never begun since the connection was closed; what was begun is known to be stored or not.
            assert!(!status.message().contains("not known"), "{status}");
        }
    }
    let acknowledged = calls.kept().count() + stream.kept().count();
    assert!(calls.kept().count() < 400, "the signal came too late");

    fed.launch(ORIGIN)?;
    fed.ready(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let feed = system.events().await?;
    assert_eq!(
        feed.len(),
        acknowledged,
        "what is stored, and what was acknowledged"
    );
    calls.compare(&feed)?;
    stream.compare(&feed)
}
