//! A disk that fails to flush: the kernel answers fdatasync and fsync with EIO from some moment on.

use std::process::ExitStatus;

use anyhow::Result;
use verbund_tests::surroundings::flushes;
use verbund_tests::{Federation, Load, Plan, Surroundings};

use crate::books::{ORIGIN, PARTNER, agree, level};

/// The first flush of the store's writer that fails; its start takes some of those before.
const FAILS_FROM: u32 = 40;

/// The exit code by which a service manager knows that it must not start the node again by itself.
const STORE: i32 = 6;

/// Both nodes are up; the disk of one of them fails soon.
async fn failing(node: &str) -> Result<Federation> {
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).build()?;
    let trace = fed.folder().join("flushes");
    for id in [ORIGIN, PARTNER] {
        if id == node {
            fed.launch_in(id, &Surroundings::new().failing_flushes(FAILS_FROM, &trace))?;
        } else {
            fed.launch(id)?;
        }
    }
    fed.ready(&[ORIGIN, PARTNER]).await?;
    Ok(fed)
}

/// The node has ended by itself, and says why.
async fn ended(fed: &mut Federation, node: &str) -> Result<()> {
    let patience = fed.patience();
    let status: ExitStatus = fed.node_mut(node).end(patience).await?;
    assert_eq!(status.code(), Some(STORE), "the exit code: {status}");
    let log = fed.node(node).log()?;
    let last = log.lines().last().unwrap_or_default();
    for words in [
        "the store has failed",
        "I/O error",
        "nothing more is acknowledged",
    ] {
        assert!(last.contains(words), "the last line says {words:?}: {last}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_whose_flush_fails_acknowledges_nothing_more_and_ends() -> Result<()> {
    let mut fed = failing(ORIGIN).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let trace = fed.folder().join("flushes");
    let (start, _) = flushes(&trace)?;
    // One at a time: each acknowledgement needs a flush of its own.
    let mut load = Load::new(&system, 100, "Meldung");
    load.call(&system, 1).await;
    let kept = load.kept().count();
    assert!((5..100).contains(&kept), "{kept} acknowledged");
    for attempt in 1..=20 {
        let answer = system.tell(&format!("Nachtrag {attempt}"), &[]).await;
        assert!(
            answer.is_err(),
            "acknowledged after the failure: {answer:?}"
        );
    }
    ended(&mut fed, ORIGIN).await?;
    let (flushed, failed) = flushes(&trace)?;
    assert!(failed > 0, "no flush failed");
    assert!(
        kept <= flushed - start,
        "{kept} acknowledgements, and no more than {} flushes succeeded since the start",
        flushed - start
    );

    fed.launch(ORIGIN)?;
    fed.ready(&[ORIGIN]).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    load.compare(&origin.events().await?)?;
    load.repeat(&origin).await?;
    level(&origin, &partner).await?;
    load.compare(&partner.events().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_whose_flush_fails_ends_and_catches_up_after_its_restart() -> Result<()> {
    let mut fed = failing(PARTNER).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    let mut load = Load::new(&origin, 200, "Meldung");
    // One at a time: the partner has to flush many times.
    load.call(&origin, 1).await;
    assert_eq!(
        load.kept().count(),
        200,
        "the partner's disk is nothing to the origin"
    );
    ended(&mut fed, PARTNER).await?;

    fed.launch(PARTNER)?;
    fed.ready(&[PARTNER]).await?;
    let partner = fed.system(PARTNER, "everything").await?;
    level(&origin, &partner).await?;
    agree(&origin, &partner, &[load]).await
}
