//! Finds the `verbund` binary that belongs to the sources, and builds it where it is missing or older than they are; and that of the
//! release before, which `tests/run upgrade` builds.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::{Context as _, Result, anyhow, ensure};
use rustix::fs::{FlockOperation, flock};

/// Of which release a program is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Release {
    /// The one that is tested.
    #[default]
    This,
    /// The one before.
    Previous,
}

/// A release's binary.
pub(crate) fn path(release: Release) -> Result<PathBuf> {
    match release {
        Release::This => this().map(Path::to_owned),
        Release::Previous => env::var_os("VERBUND_PREVIOUS")
            .map(PathBuf::from)
            .context("VERBUND_PREVIOUS has to name the binary of the release before: `tests/run upgrade` builds it"),
    }
}

/// The binary to test; `VERBUND_BINARY` names another one.
fn this() -> Result<&'static Path> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| find().map_err(|error| format!("{error:#}")));
    found.as_deref().map_err(|error| anyhow!("{error}"))
}

fn find() -> Result<PathBuf> {
    if let Some(given) = env::var_os("VERBUND_BINARY") {
        return Ok(given.into());
    }
    let this = env::current_exe()?;
    let folder = this
        .parent()
        .and_then(Path::parent)
        .context("a test runs from target/<profile>/deps")?;
    let binary = folder.join("verbund");
    let stamp = folder.join(".verbund-tested");
    if is_current(&binary, &stamp)? {
        return Ok(binary);
    }
    // Each test may be a process of its own: one builds, the others wait and look again.
    let lock = File::create(folder.join(".verbund-build.lock"))?;
    flock(&lock, FlockOperation::LockExclusive)?;
    if !is_current(&binary, &stamp)? {
        build(folder)?;
        ensure!(binary.exists(), "cargo built no {}", binary.display());
        // cargo leaves a binary alone that a change of the sources does not concern.
        fs::write(&stamp, "")?;
    }
    Ok(binary)
}

fn build(folder: &Path) -> Result<()> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root())
        .args(["build", "--quiet", "--package", "verbund-cli"]);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.status().context("can't call cargo")?;
    ensure!(
        built.success(),
        "the verbund binary could not be built: {built}"
    );
    Ok(())
}

/// Whether nothing that the binary is made of is newer than it, or than the last build.
fn is_current(binary: &Path, stamp: &Path) -> Result<bool> {
    let Ok(built) = changed(binary) else {
        return Ok(false);
    };
    let built = changed(stamp).map_or(built, |stamped| built.max(stamped));
    let root = root();
    for part in [
        "services",
        "proto",
        "migrations",
        "Cargo.lock",
        "Cargo.toml",
    ] {
        if newest(&root.join(part))? > built {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The latest change below a path, tests left out.
fn newest(path: &Path) -> Result<SystemTime> {
    let mut latest = changed(path)?;
    if !path.is_dir() {
        return Ok(latest);
    }
    latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if name != "tests" && name != "tests.rs" {
            latest = latest.max(newest(&path)?);
        }
    }
    Ok(latest)
}

fn changed(path: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
