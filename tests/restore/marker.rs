//! What tells a restored node from an honest restart, without the command's help.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::scene::{ORIGIN, PARTNER, Scene, folder_copy};

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_same_run_is_noticed() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    let data = scene.fed.node_folder(ORIGIN).join("data");
    let copy = scene.fed.folder().join("copy.db");
    scene.origin().await?.tell("Eins.", &[PARTNER]).await?;
    // Beside the running node, with another program: no start comes between the copy and the loss, so that generations are equal.
    let copied = Command::new("sqlite3")
        .arg(data.join("verbund.db"))
        .arg(format!(".backup {}", copy.display()))
        .status()
        .context("sqlite3 is needed (Debian: apt-get install sqlite3)")?;
    ensure!(copied.success(), "{copied}");
    scene.origin().await?.tell("Zwei.", &[PARTNER]).await?;
    let told = ["Eins.".to_owned(), "Zwei.".to_owned()];
    scene.agree(&told).await?;
    scene.stop(ORIGIN).await?;
    scene.lose_database()?;
    fs::copy(&copy, data.join("verbund.db"))?;
    scene.start(ORIGIN).await?;
    scene.signs_nothing().await?;
    scene.forgo_absent().await?;
    scene.until_it_signs().await?;
    scene.agree(&told).await?;
    scene.nobody_saw_a_fork().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_marker_counts_as_a_restore_and_receipts_stay_ahead() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    for note in ["Eins.", "Zwei."] {
        scene.partner().await?.tell(note, &[ORIGIN]).await?;
    }
    scene.stop(ORIGIN).await?;
    // It starts some times more, so that its receipts are of a later generation than a low one.
    for _ in 0..2 {
        scene.start(ORIGIN).await?;
        scene.stop(ORIGIN).await?;
    }
    let marker = scene.fed.node_folder(ORIGIN).join("erasure-keys/marker");
    fs::remove_file(marker)?;
    scene.start(ORIGIN).await?;
    scene.signs_nothing().await?;
    scene.forgo_absent().await?;
    scene.until_it_signs().await?;
    scene.partner().await?.tell("Drei.", &[ORIGIN]).await?;
    let sent = scene.partner().await?.partner(ORIGIN).await?.sent;
    let partner = scene.partner().await?;
    partner
        .until_partner(ORIGIN, "with receipts for all", |it| it.receipted == sent)
        .await?;
    Ok(())
}

/// The machine's image is put back, marker and all: only the partners can tell.
#[tokio::test(flavor = "multi_thread")]
async fn an_own_entry_that_a_partner_shows_later_stops_signing() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    let node = scene.fed.node_folder(ORIGIN);
    let image = scene.fed.folder().join("image");
    scene.origin().await?.tell("Eins.", &[PARTNER]).await?;
    scene.stop(ORIGIN).await?;
    folder_copy(&node, &image)?;
    scene.start(ORIGIN).await?;
    scene.origin().await?.tell("Zwei.", &[PARTNER]).await?;
    let mut told = vec!["Eins.".to_owned(), "Zwei.".to_owned()];
    scene.agree(&told).await?;
    scene.stop(ORIGIN).await?;
    for folder in ["data", "erasure-keys"] {
        fs::remove_dir_all(node.join(folder))?;
        folder_copy(&image.join(folder), &node.join(folder))?;
    }
    scene.start(ORIGIN).await?;
    let origin = scene.origin().await?;
    origin
        .until_alarm("OWN_ENTRY_ELSEWHERE", ORIGIN, "own entries")
        .await?;
    scene.signs_nothing().await?;
    scene.forgo_absent().await?;
    scene.until_it_signs().await?;
    origin.tell("Drei.", &[PARTNER]).await?;
    told.push("Drei.".to_owned());
    scene.agree(&told).await?;
    scene.nobody_saw_a_fork().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_counts_as_a_restore() -> Result<()> {
    let mut scene = Scene::postgres().await?;
    scene.origin().await?.tell("Eins.", &[PARTNER]).await?;
    let mut told = vec!["Eins.".to_owned()];
    scene.agree(&told).await?;
    for node in [PARTNER, ORIGIN] {
        scene.stop(node).await?;
    }
    scene.fail_over()?;
    scene.start(ORIGIN).await?;
    scene.signs_nothing().await?;
    scene.forgo_absent().await?;
    scene.start(PARTNER).await?;
    scene.until_it_signs().await?;
    scene.origin().await?.tell("Zwei.", &[PARTNER]).await?;
    told.push("Zwei.".to_owned());
    scene.agree(&told).await?;
    scene.nobody_saw_a_fork().await
}
