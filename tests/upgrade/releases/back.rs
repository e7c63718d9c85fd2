//! Going back to the release before, and what of backups each release reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use verbund_tests::program::Called;
use verbund_tests::{Federation, Plan, Release, System};

use super::scene::{DONE, ORIGIN, PARTNER, is_sound, start, stop, text, with_config};

/// Members whose nodes are never there.
const AWAY: [&str; 4] = ["dhz", "polizei", "staatsanwaltschaft", "streetwork"];

struct Scene {
    fed: Federation,
    recipient: String,
}

impl Scene {
    /// Two nodes of the release before.
    async fn started() -> Result<Self> {
        let plan = Plan::nodes(&[ORIGIN, PARTNER]).patience(Duration::from_secs(120));
        let mut fed = plan.build()?;
        for node in [ORIGIN, PARTNER] {
            start(&mut fed, node, Release::Previous).await?;
        }
        let secret = fed.folder().join("secret");
        let made = ["backup", "keygen", "--output", text(&secret)?];
        let made = verbund_tests::program::call(&fed, made, "").await?;
        ensure!(made.code == DONE, "{made:?}");
        let recipient = made.out.trim().to_owned();
        Ok(Self { fed, recipient })
    }

    async fn origin(&self) -> Result<System> {
        self.fed.system(ORIGIN, "everything").await
    }

    async fn partner(&self) -> Result<System> {
        self.fed.system(PARTNER, "everything").await
    }

    async fn back_up(&self, release: Release) -> Result<PathBuf> {
        let file = self.fed.folder().join(format!("{release:?}.age"));
        let arguments = ["backup", "store", "--recipient", &self.recipient];
        let arguments = [&arguments[..], &["--output", text(&file)?]].concat();
        let called = with_config(&self.fed, release, ORIGIN, &arguments).await?;
        ensure!(called.code == DONE, "{called:?}");
        Ok(file)
    }

    async fn restore(&self, release: Release, file: &Path) -> Result<Called> {
        let secret = self.fed.folder().join("secret");
        let arguments = ["restore", "store", "--from", text(file)?];
        let arguments = [&arguments[..], &["--identity", text(&secret)?]].concat();
        with_config(&self.fed, release, ORIGIN, &arguments).await
    }

    /// The origin's database is moved out of the way, as the page says.
    fn set_database_aside(&self) -> Result<()> {
        let data = self.fed.node_folder(ORIGIN).join("data");
        for file in ["verbund.db", "verbund.db-wal", "verbund.db-shm"] {
            if data.join(file).exists() {
                fs::rename(data.join(file), data.join(format!("{file}.newer")))?;
            }
        }
        Ok(())
    }

    /// The operator goes on without the members that are never there, and the node signs again.
    async fn signs_again(&self, release: Release) -> Result<()> {
        let arguments = [&["restore", "without", "--accept-loss"][..], &AWAY].concat();
        let called = with_config(&self.fed, release, ORIGIN, &arguments).await?;
        ensure!(called.code == DONE, "{called:?}");
        let origin = self.origin().await?;
        let look = async || {
            let status = origin.status().await.map_err(|error| error.to_string())?;
            let signs = status.read_only.is_empty();
            signs.then_some(()).ok_or_else(|| format!("{status:?}"))
        };
        self.fed.until("the origin to sign again", look).await
    }

    /// Both feeds hold exactly these notes of the origin.
    async fn agree(&self, notes: &[&str]) -> Result<()> {
        let mut wanted = notes.to_vec();
        wanted.sort_unstable();
        let systems = [self.origin().await?, self.partner().await?];
        for system in &systems {
            let look = async || {
                let found = system.notes_of(ORIGIN).await;
                let mut found = found.map_err(|error| error.to_string())?;
                found.sort();
                (found == wanted)
                    .then_some(())
                    .ok_or_else(|| format!("{found:?}"))
            };
            self.fed.until("both feeds to hold the same", look).await?;
        }
        for system in &systems {
            let alarms = system.alarms().await?;
            // Lanes with members that were not heard are closed: no place is signed twice.
            let other = alarms.iter().find(|it| it.reason != "OWN_LANE_CLOSED");
            ensure!(other.is_none(), "{other:?}");
        }
        Ok(())
    }
}

fn refuses_a_newer_schema(called: &Called) {
    assert_ne!(called.code, DONE, "{called:?}");
    assert!(called.err.contains("the store has schema"), "{called:?}");
}

/// 0.1.0 opens no store that 0.2.0 has written. Its own backup from before brings it back, and the partners bring what came since.
#[tokio::test(flavor = "multi_thread")]
async fn back_to_the_release_before_by_its_own_backup() -> Result<()> {
    let mut scene = Scene::started().await?;
    scene.origin().await?.tell("Davor.", &[]).await?;
    let backup = scene.back_up(Release::Previous).await?;
    stop(&mut scene.fed, ORIGIN).await?;
    start(&mut scene.fed, ORIGIN, Release::This).await?;
    scene.origin().await?.tell("Danach.", &[]).await?;
    scene.agree(&["Davor.", "Danach."]).await?;
    stop(&mut scene.fed, ORIGIN).await?;

    let node = with_config(&scene.fed, Release::Previous, ORIGIN, &["node"]).await?;
    refuses_a_newer_schema(&node);
    // It has left the store as it was: this release still has it all.
    is_sound(&scene.fed, ORIGIN).await?;

    scene.set_database_aside()?;
    let restored = scene.restore(Release::Previous, &backup).await?;
    assert_eq!(restored.code, DONE, "{restored:?}");
    start(&mut scene.fed, ORIGIN, Release::Previous).await?;
    scene.signs_again(Release::Previous).await?;
    scene.agree(&["Davor.", "Danach."]).await?;
    scene.origin().await?.tell("Zurück.", &[]).await?;
    scene.agree(&["Davor.", "Danach.", "Zurück."]).await?;

    // And forward again, over what it has made of it.
    stop(&mut scene.fed, ORIGIN).await?;
    start(&mut scene.fed, ORIGIN, Release::This).await?;
    scene.agree(&["Davor.", "Danach.", "Zurück."]).await?;
    stop(&mut scene.fed, ORIGIN).await?;
    is_sound(&scene.fed, ORIGIN).await
}

#[tokio::test(flavor = "multi_thread")]
async fn this_release_restores_a_backup_of_the_one_before() -> Result<()> {
    let mut scene = Scene::started().await?;
    scene.origin().await?.tell("Davor.", &[]).await?;
    let backup = scene.back_up(Release::Previous).await?;
    scene.origin().await?.tell("Danach.", &[]).await?;
    scene.agree(&["Davor.", "Danach."]).await?;
    stop(&mut scene.fed, ORIGIN).await?;
    scene.set_database_aside()?;
    let restored = scene.restore(Release::This, &backup).await?;
    assert_eq!(restored.code, DONE, "{restored:?}");
    start(&mut scene.fed, ORIGIN, Release::This).await?;
    scene.signs_again(Release::This).await?;
    scene.agree(&["Davor.", "Danach."]).await?;
    scene.origin().await?.tell("Weiter.", &[]).await?;
    scene.agree(&["Davor.", "Danach.", "Weiter."]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_release_before_refuses_a_backup_of_this_one() -> Result<()> {
    let mut scene = Scene::started().await?;
    scene.origin().await?.tell("Davor.", &[]).await?;
    stop(&mut scene.fed, ORIGIN).await?;
    start(&mut scene.fed, ORIGIN, Release::This).await?;
    let backup = scene.back_up(Release::This).await?;
    stop(&mut scene.fed, ORIGIN).await?;
    scene.set_database_aside()?;
    refuses_a_newer_schema(&scene.restore(Release::Previous, &backup).await?);
    // It has left nothing that stands in this release's way.
    let restored = scene.restore(Release::This, &backup).await?;
    assert_eq!(restored.code, DONE, "{restored:?}");
    start(&mut scene.fed, ORIGIN, Release::This).await?;
    scene.signs_again(Release::This).await?;
    scene.agree(&["Davor."]).await
}

/// What the other release's `node` command would do is told by `config check`, without any store.
#[tokio::test(flavor = "multi_thread")]
async fn both_take_the_configuration_and_neither_a_key_that_it_does_not_know() -> Result<()> {
    let fed = Plan::nodes(&[ORIGIN]).build()?;
    let file = fed.node_folder(ORIGIN).join("node.toml");
    let before = fs::read_to_string(&file)?;
    for release in [Release::Previous, Release::This] {
        fs::write(&file, &before)?;
        let check = ["config", "check"];
        let taken = with_config(&fed, release, ORIGIN, &check).await?;
        assert_eq!(taken.code, DONE, "{taken:?}");
        // As a later release might have one.
        fs::write(&file, format!("{before}\n[tomorrow]\nis_fine = true\n"))?;
        for command in [&check[..], &["node"]] {
            let refused = with_config(&fed, release, ORIGIN, command).await?;
            assert_eq!(refused.code, Some(2), "{refused:?}");
            assert!(refused.err.contains("tomorrow"), "{refused:?}");
        }
    }
    let data = fed.node_folder(ORIGIN).join("data");
    assert_eq!(fs::read_dir(data)?.count(), 0, "nothing was begun");
    Ok(())
}
