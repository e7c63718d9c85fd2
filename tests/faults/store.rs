//! `verbund store`: a node moves between engines and goes on as if nothing had been; what is broken is said and mended.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use verbund_tests::program::{self, Called};
use verbund_tests::{Federation, System, postgres};

use crate::books::{ORIGIN, PARTNER};

const DONE: Option<i32> = Some(0);
const FAILURE: Option<i32> = Some(1);
const USAGE: Option<i32> = Some(2);
const UNREACHABLE: Option<i32> = Some(3);
const REFUSED: Option<i32> = Some(4);

fn configuration(fed: &Federation) -> PathBuf {
    fed.node_folder(ORIGIN).join("node.toml")
}

/// Calls `verbund store` for the origin's node.
async fn store(fed: &Federation, arguments: &[&str]) -> Result<Called> {
    let config = configuration(fed);
    let config = config.to_str().context("a path")?;
    let arguments = [
        &["--format", "json", "store"],
        arguments,
        &["--config", config],
    ]
    .concat();
    program::call(fed, arguments, "").await
}

/// Puts another address into the origin's configuration, as an operator does.
fn move_to(fed: &Federation, url: &str) -> Result<()> {
    let file = configuration(fed);
    let text = fs::read_to_string(&file)?;
    let text = text.split("\n[store]").next().unwrap_or_default();
    Ok(fs::write(
        &file,
        format!("{text}\n[store]\nurl = {url:?}\n"),
    )?)
}

async fn start(fed: &mut Federation) -> Result<System> {
    fed.launch(ORIGIN)?;
    fed.ready(&[ORIGIN]).await?;
    fed.system(ORIGIN, "everything").await
}

async fn stop(fed: &mut Federation) -> Result<()> {
    let patience = fed.patience();
    fed.node_mut(ORIGIN).stop(patience).await.map(drop)
}

/// One of everything: issued, corrected, withdrawn, withdrawn because of personal data.
async fn speak(fed: &Federation, system: &System) -> Result<()> {
    let client = program::client(fed, ORIGIN, "everything")?;
    let client = client.to_str().context("a path")?;
    for (note, reason) in [
        ("Zwei Container sind voll.", None),
        ("Drei Container sind voll.", Some("error")),
        ("Alle Container sind voll.", Some("personal-data")),
    ] {
        let told = system.tell(note, &[]).await?;
        if let Some(reason) = reason {
            let arguments = [
                "withdraw",
                &told.subject,
                "--reason",
                reason,
                "--config",
                client,
            ];
            let called = program::call(fed, arguments, "").await?;
            assert_eq!(called.code, DONE, "{called:?}");
        }
    }
    Ok(())
}

/// Waits until the partner has all entries and its receipts are here; what was erased is an exception in them.
async fn level(origin: &System, partner: &System) -> Result<()> {
    let entries = origin.status().await?.own_entries;
    let what = format!("with all {entries} entries");
    partner
        .until_partner(ORIGIN, &what, |it| it.received == entries)
        .await?;
    let what = format!("with receipts for all {entries} entries");
    origin
        .until_partner(PARTNER, &what, |it| {
            (it.sent, it.receipted) == (entries, entries)
        })
        .await?;
    Ok(())
}

/// What the feed says, cursors aside: they hang on the lanes, which stay as well.
async fn feed(system: &System) -> Result<Vec<String>> {
    let events = system.events().await?;
    Ok(events.iter().map(|event| format!("{event:?}")).collect())
}

/// Nothing is wrong with the store that is configured.
async fn is_right(fed: &Federation) -> Result<()> {
    let checked = store(fed, &["check"]).await?;
    assert_eq!(checked.code, DONE, "{checked:?}");
    assert_eq!(checked.json()?[0]["findings"], 0, "{checked:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_moves_to_postgresql_and_back() -> Result<()> {
    let mut fed = Federation::started(&[ORIGIN, PARTNER]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    speak(&fed, &system).await?;
    partner.tell("Alles geleert.", &[]).await?;
    level(&system, &partner).await?;
    system.until_notes(PARTNER, &["Alles geleert."]).await?;
    is_right(&fed).await?;
    let database = postgres::Database::new()?;
    let url = database.url().to_string();

    // Not while the node runs.
    let refused = store(&fed, &["copy", "--to", &url]).await?;
    assert_eq!(refused.code, REFUSED, "{refused:?}");
    let before = feed(&system).await?;
    let status = system.status().await?;
    stop(&mut fed).await?;
    is_right(&fed).await?;

    let there = format!("sqlite:{}/back.db", fed.node_folder(ORIGIN).display());
    for to in [&url, &there] {
        let copied = store(&fed, &["copy", "--to", to]).await?;
        assert_eq!(copied.code, DONE, "{copied:?}");
        assert!(!copied.err.contains("postgres:"), "a password: {copied:?}");
        let told = &copied.json()?[0];
        assert!(told["entries"].as_u64() >= Some(status.own_entries));
        // The old one is nobody's any more, and says so.
        fed.launch(ORIGIN)?;
        let patience = fed.patience();
        let ended = fed.node_mut(ORIGIN).end(patience).await?;
        assert!(!ended.success());
        assert!(fed.node(ORIGIN).logged(&["moved to another place"])?);
        move_to(&fed, to)?;
        is_right(&fed).await?;
        let system = start(&mut fed).await?;
        assert_eq!(feed(&system).await?[..before.len()], before);
        level(&system, &partner).await?;
        system.tell("Wieder geleert.", &[]).await?;
        level(&system, &partner).await?;
        is_right(&fed).await?;
        stop(&mut fed).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_not_used_is_taken_back() -> Result<()> {
    let mut fed = Federation::started(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    speak(&fed, &system).await?;
    let before = feed(&system).await?;
    stop(&mut fed).await?;
    let undone = store(&fed, &["copy", "--undo"]).await?;
    assert_eq!(undone.code, REFUSED, "{undone:?}");
    let to = format!("sqlite:{}/new.db", fed.node_folder(ORIGIN).display());
    for _ in 0..2 {
        // Once more is the same.
        let copied = store(&fed, &["copy", "--to", &to]).await?;
        assert_eq!(copied.code, DONE, "{copied:?}");
    }
    let undone = store(&fed, &["copy", "--undo"]).await?;
    assert_eq!(undone.code, DONE, "{undone:?}");
    let system = start(&mut fed).await?;
    assert_eq!(feed(&system).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_said_and_what_is_computed_is_mended() -> Result<()> {
    let mut fed = Federation::started(&[ORIGIN]).await?;
    stop(&mut fed).await?;
    let database = postgres::Database::new()?;
    move_to(&fed, &database.url().to_string())?;
    // A node does not make its own schema there.
    fed.launch(ORIGIN)?;
    let patience = fed.patience();
    assert!(!fed.node_mut(ORIGIN).end(patience).await?.success());
    let first = store(&fed, &["migrate"]).await?;
    assert_eq!(first.json()?[0]["from"], 0, "{first:?}");
    let again = store(&fed, &["migrate"]).await?;
    assert_eq!(
        again.json()?[0]["from"],
        first.json()?[0]["to"],
        "{again:?}"
    );
    let system = start(&mut fed).await?;
    speak(&fed, &system).await?;
    let before = feed(&system).await?;
    is_right(&fed).await?;
    stop(&mut fed).await?;

    let computed = "DELETE FROM reading; UPDATE situation SET place = 'hauptbahnhof', versions = 7; \
         UPDATE entry SET version = 9 WHERE version = 1";
    database.psql(computed)?;
    let checked = store(&fed, &["check"]).await?;
    assert_eq!(checked.code, FAILURE, "{checked:?}");
    let kinds: Vec<_> = checked
        .json()?
        .iter()
        .map(|it| it["kind"].clone())
        .collect();
    assert!(kinds.contains(&"situation".into()) && kinds.contains(&"version".into()));
    for changed in [true, false] {
        let rebuilt = store(&fed, &["rebuild"]).await?;
        assert_eq!(rebuilt.code, DONE, "{rebuilt:?}");
        assert_eq!(rebuilt.json()?[0]["situations"].as_u64() > Some(0), changed);
    }
    is_right(&fed).await?;
    let system = start(&mut fed).await?;
    assert_eq!(feed(&system).await?, before);
    stop(&mut fed).await?;

    // What is signed can't be computed.
    database.psql("UPDATE entry SET signature = (SELECT signature FROM entry WHERE sequence = 3) WHERE sequence = 2")?;
    let checked = store(&fed, &["check"]).await?;
    assert_eq!(checked.code, FAILURE, "{checked:?}");
    let finding = &checked.json()?[0];
    assert_eq!(
        (&finding["kind"], &finding["sequence"]),
        (&"signature".into(), &2.into())
    );
    let to = format!("sqlite:{}/new.db", fed.node_folder(ORIGIN).display());
    let refused = store(&fed, &["copy", "--to", &to]).await?;
    assert_eq!(refused.code, FAILURE, "{refused:?}");
    assert!(refused.err.contains("sequence 2"), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_say_what_to_do() -> Result<()> {
    let mut fed = Federation::started(&[ORIGIN]).await?;
    stop(&mut fed).await?;
    for (to, code) in [
        ("mysql://db/verbund", USAGE),
        (
            "postgres://verbund:secret@db.example/verbund?sslmode=disable",
            USAGE,
        ),
        (
            "postgres://verbund:secret@127.0.0.1:1/verbund?sslmode=disable",
            UNREACHABLE,
        ),
    ] {
        let called = store(&fed, &["copy", "--to", to]).await?;
        assert_eq!(called.code, code, "{called:?}");
        assert!(!called.err.contains("secret"), "{called:?}");
    }
    let called = store(&fed, &["copy"]).await?;
    assert_eq!(called.code, USAGE, "{called:?}");
    move_to(&fed, "sqlite:nowhere.db")?;
    let called = store(&fed, &["check"]).await?;
    assert_eq!(called.code, USAGE, "{called:?}");
    Ok(())
}
