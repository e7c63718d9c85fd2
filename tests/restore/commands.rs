//! Backups that are none, wrong keys, places that are taken; and another program reads what we write.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::scene::{DONE, FAILURE, ORIGIN, REFUSED, Scene, USAGE, text};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_is_refused_and_changes_nothing() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    scene.origin().await?.tell("Eins.", &[]).await?;
    let backup = scene.back_up("store.age").await?;
    let running = scene.restore(&backup).await?;
    assert_eq!(running.code, REFUSED, "beside a running node: {running:?}");
    scene.stop(ORIGIN).await?;
    let over = scene.restore(&backup).await?;
    assert_eq!(over.code, REFUSED, "over a store: {over:?}");
    assert!(over.err.contains("not empty"), "{over:?}");

    scene.lose_database()?;
    let whole = fs::read(&backup)?;
    let broken = scene.fed.folder().join("broken.age");
    for length in [whole.len() - 1, whole.len() / 2, 300] {
        fs::write(&broken, &whole[..length])?;
        let cut = scene.restore(&broken).await?;
        assert_eq!(cut.code, FAILURE, "{length} bytes: {cut:?}");
    }
    fs::write(&broken, "nothing of the kind\n")?;
    assert_eq!(scene.restore(&broken).await?.code, REFUSED);
    let other = scene.fed.folder().join("other");
    let made = scene
        .call(&["backup", "keygen", "--output", text(&other)?])
        .await?;
    assert_eq!(made.code, DONE);
    let wrong = ["restore", "store", "--from", text(&backup)?, "--identity"];
    let wrong = scene
        .with_config(&[&wrong[..], &[text(&other)?]].concat())
        .await?;
    assert_eq!(wrong.code, REFUSED, "{wrong:?}");
    assert!(wrong.err.contains("another key"), "{wrong:?}");
    let secret_as_recipient = fs::read_to_string(&other)?;
    let secret_as_recipient = secret_as_recipient.lines().last().context("a key")?;
    let arguments = ["backup", "store", "--output", "x", "--recipient"];
    let mistaken = scene
        .with_config(&[&arguments[..], &[secret_as_recipient]].concat())
        .await?;
    assert_eq!(mistaken.code, USAGE);
    assert!(!mistaken.err.contains(secret_as_recipient), "{mistaken:?}");

    // None of that has left anything: the right one fits.
    let data = scene.fed.node_folder(ORIGIN).join("data");
    let left = fs::read_dir(data)?.filter_map(Result::ok);
    let left = left.filter(|it| {
        it.file_name()
            .to_string_lossy()
            .starts_with("backup-scratch")
    });
    assert_eq!(left.count(), 0);
    let done = scene.restore(&backup).await?;
    assert_eq!(done.code, DONE, "{done:?}");
    let again = scene.restore(&backup).await?;
    assert_eq!(again.code, REFUSED, "there is a store now: {again:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_decrypts_a_backup_and_no_node_runs_on_it() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    scene.origin().await?.tell("Eins.", &[]).await?;
    let backup = scene.back_up("store.age").await?;
    scene.stop(ORIGIN).await?;
    let database = scene.fed.node_folder(ORIGIN).join("data/verbund.db");
    scene.lose_database()?;
    let decrypted = Command::new("age")
        .arg("--decrypt")
        .arg("--identity")
        .arg(scene.secret())
        .arg("--output")
        .arg(&database)
        .arg(&backup)
        .status()
        .context("age is needed (Debian: apt-get install age)")?;
    assert!(decrypted.success());
    let checked = scene.with_config(&["store", "check"]).await?;
    assert_eq!(checked.code, DONE, "it is whole: {checked:?}");
    let started = scene.with_config(&["node"]).await?;
    assert_eq!(started.code, FAILURE, "{started:?}");
    assert!(started.err.contains("backup"), "{started:?}");
    Ok(())
}
