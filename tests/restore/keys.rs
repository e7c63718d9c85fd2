//! Erasure keys: backed up apart, restored into an empty folder, and what is due is gone before anybody can ask.

use std::fs;

use anyhow::{Result, ensure};
use verbund_tests::{Clock, Surroundings};

use crate::scene::{DONE, KEPT_DAYS, ORIGIN, PARTNER, REFUSED, Scene, text};

const DAY: i64 = 24 * 3600;

/// Makes a backup of the keys; gives its file.
async fn back_up_keys(scene: &Scene) -> Result<std::path::PathBuf> {
    let folder = scene.fed.folder().join("key-backups");
    fs::create_dir_all(&folder)?;
    let arguments = ["--recipient", &scene.recipient, "--folder", text(&folder)?];
    let arguments = [&["backup", "keys"][..], &arguments].concat();
    let called = scene.with_config(&arguments).await?;
    ensure!(called.code == DONE, "{called:?}");
    let mut files = fs::read_dir(folder)?;
    Ok(files.next().expect("a backup")?.path())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_lost_but_the_backups() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    scene.origin().await?.tell("Eins.", &[PARTNER]).await?;
    scene.agree(&["Eins.".to_owned()]).await?;
    let store = scene.back_up("store.age").await?;
    let keys = back_up_keys(&scene).await?;
    scene.kill(ORIGIN).await?;
    let node = scene.fed.node_folder(ORIGIN);
    let secret = scene.secret();
    let restore = ["restore", "keys", "--from", text(&keys)?];
    let restore = [&restore[..], &["--identity", text(&secret)?]].concat();
    let refused = scene.with_config(&restore).await?;
    assert_eq!(
        refused.code, REFUSED,
        "the keys that are there are newer: {refused:?}"
    );
    for folder in ["data", "erasure-keys"] {
        fs::remove_dir_all(node.join(folder))?;
    }
    let done = scene.with_config(&restore).await?;
    assert_eq!(done.code, DONE, "{done:?}");
    let done = scene.restore(&store).await?;
    assert_eq!(done.code, DONE, "{done:?}");
    scene.start(ORIGIN).await?;
    scene.signs_nothing().await?;
    scene.forgo_absent().await?;
    scene.until_it_signs().await?;
    scene.agree(&["Eins.".to_owned()]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_gone_before_anybody_can_ask() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    scene
        .origin()
        .await?
        .tell("Bald vergessen.", &[PARTNER])
        .await?;
    scene.agree(&["Bald vergessen.".to_owned()]).await?;
    let store = scene.back_up("store.age").await?;
    for node in [ORIGIN, PARTNER] {
        scene.stop(node).await?;
    }
    scene.lose_database()?;
    let done = scene.restore(&store).await?;
    assert_eq!(done.code, DONE, "{done:?}");
    let clock = Clock::ahead(scene.fed.folder(), ORIGIN, i64::from(KEPT_DAYS + 2) * DAY)?;
    let later = Surroundings::new().clock(&clock)?;
    scene.fed.launch_in(ORIGIN, &later)?;
    scene.fed.ready(&[ORIGIN]).await?;
    let origin = scene.origin().await?;
    let notes = origin.notes_of(ORIGIN).await?;
    assert!(
        notes.iter().all(String::is_empty),
        "in its first answer: {notes:?}"
    );
    scene.signs_nothing().await
}
