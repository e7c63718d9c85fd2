//! A disk that becomes full while a backup is made or restored: it is said, nothing stays that could be taken for a whole one, and with
//! room the same command ends well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use rustix::process::geteuid;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use verbund_tests::Load;
use verbund_tests::program::{self, Called};

use crate::scene::{DONE, FAILURE, ORIGIN, REFUSED, Scene, folder_copy, text};

const DISK_BYTES: u64 = 32 << 20;
/// What a file takes is a multiple of this.
const PAGE_BYTES: u64 = 4096;
/// So that rows need more than what is there anyway. One entry more opens their lane.
const ENTRIES: usize = 200;

/// A disk of its own, mounted on a folder where only its holder sees it, and who is sent there. `/proc` leads there as well.
struct SmallDisk {
    at: PathBuf,
    holder: Child,
}

impl SmallDisk {
    /// Mounts it; it goes with this value.
    async fn mounted(folder: &Path) -> Result<Self> {
        const HOLD: &str =
            r#"mount -t tmpfs -o "size=$1,mode=0700" tmpfs "$0" && echo mounted && exec cat"#;
        fs::create_dir_all(folder)?;
        let mut command = Command::new("unshare");
        command.arg("--mount");
        if !geteuid().is_root() {
            command.arg("--map-root-user");
        }
        let mut holder = command
            .args(["sh", "-c", HOLD, text(folder)?, &DISK_BYTES.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("unshare is needed (Debian: util-linux)")?;
        let out = holder.stdout.take().context("its output is ours")?;
        let said = BufReader::new(out).lines().next_line().await?;
        ensure!(said.as_deref() == Some("mounted"), "{said:?}");
        let process = holder.id().context("it runs")?;
        let folder = folder.strip_prefix("/").context("a whole path")?;
        let at = Path::new("/proc").join(process.to_string()).join("root");
        Ok(Self {
            at: at.join(folder),
            holder,
        })
    }

    /// Calls a command with the origin's configuration where the disk is mounted.
    async fn call(&self, scene: &Scene, arguments: &[&str]) -> Result<Called> {
        let process = self.holder.id().context("it runs")?.to_string();
        let mut launcher = vec!["nsenter", "--target", &process, "--mount", "--wdns=/"];
        if !geteuid().is_root() {
            launcher.extend(["--user", "--preserve-credentials"]);
        }
        let config = scene.config();
        let config = ["--config", text(&config)?];
        program::call_under(&scene.fed, &launcher, [arguments, &config].concat()).await
    }

    async fn restore(&self, scene: &Scene, backup: &Path) -> Result<Called> {
        let secret = scene.secret();
        let from = ["restore", "store", "--from", text(backup)?];
        self.call(
            scene,
            &[&from[..], &["--identity", text(&secret)?]].concat(),
        )
        .await
    }

    /// Fills it up to so many bytes, beside what is on it.
    fn leave(&self, free: u64) -> Result<()> {
        let mut used = 0;
        for found in fs::read_dir(&self.at)? {
            let found = found?;
            if found.path() != self.filler() {
                used += found.metadata()?.len().next_multiple_of(PAGE_BYTES);
            }
        }
        let filler = vec![0; usize::try_from(DISK_BYTES - used - free)?];
        Ok(fs::write(self.filler(), filler)?)
    }

    fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }

    /// What is on it, but for what fills it and what locks.
    fn names(&self) -> Result<Vec<String>> {
        let names = fs::read_dir(&self.at)?.map(|it| Ok(it?.file_name().to_string_lossy().into()));
        let mut names = names.collect::<Result<Vec<String>>>()?;
        names.retain(|it| it != "filler" && !it.ends_with(".lock"));
        names.sort();
        Ok(names)
    }
}

/// A stopped origin with entries.
async fn scene() -> Result<Scene> {
    let scene = Scene::sqlite().await?;
    let origin = scene.origin().await?;
    let mut load = Load::new(&origin, ENTRIES, "Vorher");
    load.call(&origin, 16).await;
    ensure!(load.kept().count() == ENTRIES);
    Ok(scene)
}

fn says_full(called: &Called) {
    assert_eq!(called.code, FAILURE, "{called:?}");
    assert!(
        called.err.contains("full") || called.err.contains("No space left"),
        "{called:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_onto_a_full_disk_leaves_no_store_and_goes_on_with_room() -> Result<()> {
    let mut scene = scene().await?;
    let backup = scene.back_up("store.age").await?;
    scene.stop(ORIGIN).await?;
    let bytes = fs::metadata(&backup)?.len();
    let data = scene.fed.node_folder(ORIGIN).join("data");
    fs::rename(&data, scene.fed.folder().join("lost"))?;

    // In eighths of the backup: first its plain copy does not fit, then the schema, then the entries, at last nothing is in the way.
    let mut halves = 0;
    for eighths in [4, 9, 13, 15, 17, 19] {
        let disk = SmallDisk::mounted(&data).await?;
        disk.leave(bytes * eighths / 8)?;
        let failed = disk.restore(&scene, &backup).await?;
        says_full(&failed);
        let left = disk.names()?;
        ensure!(
            !left.iter().any(|it| it.starts_with("backup-scratch")),
            "{eighths}: {left:?}"
        );
        disk.make_room()?;
        let checked = disk.call(&scene, &["store", "check"]).await?;
        ensure!(
            checked.code != DONE,
            "{eighths}: it is no whole store: {checked:?}"
        );
        if checked.code == REFUSED {
            ensure!(
                checked.err.contains("not finished"),
                "{eighths}: {checked:?}"
            );
            let started = disk.call(&scene, &["node"]).await?;
            ensure!(started.code == FAILURE, "{eighths}: {started:?}");
            ensure!(started.err.contains("not whole"), "{eighths}: {started:?}");
            halves += 1;
        }
        let done = disk.restore(&scene, &backup).await?;
        ensure!(done.code == DONE, "{eighths}: {done:?}");
        ensure!(
            done.out
                .contains(&format!("{} of them entries", ENTRIES + 1)),
            "{done:?}"
        );
        let checked = disk.call(&scene, &["store", "check"]).await?;
        ensure!(checked.code == DONE, "{eighths}: {checked:?}");
    }
    ensure!(halves > 0, "none stopped halfway");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_onto_a_full_disk_leaves_no_file() -> Result<()> {
    let mut scene = scene().await?;
    scene.stop(ORIGIN).await?;
    let whole = fs::metadata(scene.back_up("first.age").await?)?.len();
    let folder = scene.fed.folder().join("backups");
    let disk = SmallDisk::mounted(&folder).await?;
    let output = folder.join("store.age");
    let recipient = scene.recipient.clone();
    let make = ["backup", "store", "--recipient", &recipient, "--output"];
    let to = |output| [&make[..], &[output]].concat();
    let keys = ["backup", "keys", "--recipient", &recipient, "--folder"];
    let keys = [&keys[..], &[text(&folder)?]].concat();
    disk.leave(whole / 2)?;
    says_full(&disk.call(&scene, &to(text(&output)?)).await?);
    ensure!(disk.names()?.is_empty(), "{:?}", disk.names()?);
    disk.leave(0)?;
    says_full(&disk.call(&scene, &keys).await?);
    ensure!(disk.names()?.is_empty(), "{:?}", disk.names()?);
    disk.make_room()?;
    for command in [&to(text(&output)?), &keys] {
        let done = disk.call(&scene, command).await?;
        ensure!(done.code == DONE, "{done:?}");
    }

    // The disk of the node's own data, which holds the copy until it is encrypted.
    let data = scene.fed.node_folder(ORIGIN).join("data");
    let before = scene.fed.folder().join("before");
    fs::rename(&data, &before)?;
    let own = SmallDisk::mounted(&data).await?;
    folder_copy(&before, &own.at)?;
    own.leave(whole / 2)?;
    let again = scene.fed.folder().join("again.age");
    says_full(&own.call(&scene, &to(text(&again)?)).await?);
    ensure!(!again.exists());
    own.make_room()?;
    let done = own.call(&scene, &to(text(&again)?)).await?;
    ensure!(done.code == DONE, "{done:?}");
    let left = own.names()?;
    ensure!(
        !left.iter().any(|it| it.starts_with("backup-scratch")),
        "{left:?}"
    );
    Ok(())
}
