//! The two releases, and what their nodes say of themselves.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use verbund_tests::program::{self, Called};
use verbund_tests::{Federation, Release, Surroundings, System};

/// Two agencies that tell each other everything: neither is protected, neither prosecutes.
pub(crate) const ORIGIN: &str = "kod";
pub(crate) const PARTNER: &str = "quartiersbuero";
pub(crate) const DONE: Option<i32> = Some(0);

/// What a node says that it is: `verbund/0.1.0`.
pub(crate) async fn software(fed: &Federation, release: Release) -> Result<String> {
    let told = program::call_of(release, fed, ["--version"], "").await?;
    ensure!(told.code == DONE, "{told:?}");
    Ok(told.out.trim().replace(' ', "/"))
}

/// Starts a node, or starts it again, and waits until it is ready.
pub(crate) async fn start(fed: &mut Federation, node: &str, release: Release) -> Result<()> {
    fed.launch_in(node, &Surroundings::of(release))?;
    fed.ready(&[node]).await
}

/// Stops a node as its operator does.
pub(crate) async fn stop(fed: &mut Federation, node: &str) -> Result<()> {
    let patience = fed.patience();
    let status = fed.node_mut(node).stop(patience).await?;
    ensure!(status.success(), "the node of {node} stopped with {status}");
    Ok(())
}

/// Calls a command of a release with a node's configuration.
pub(crate) async fn with_config(
    fed: &Federation,
    release: Release,
    node: &str,
    arguments: &[&str],
) -> Result<Called> {
    let config = fed.node_folder(node).join("node.toml");
    let arguments = [arguments, &["--config", text(&config)?]].concat();
    program::call_of(release, fed, arguments, "").await
}

/// A store has nothing wrong in it, by this release's account.
pub(crate) async fn is_sound(fed: &Federation, node: &str) -> Result<()> {
    let checked = with_config(fed, Release::This, node, &["store", "check"]).await?;
    ensure!(checked.code == DONE, "the store of {node}: {checked:?}");
    Ok(())
}

/// Nobody found anything wrong with anybody.
pub(crate) async fn nobody_complains(systems: &[&System]) -> Result<()> {
    for system in systems {
        let alarms = system.alarms().await?;
        ensure!(alarms.is_empty(), "{alarms:?}");
    }
    Ok(())
}

pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path of letters")
}

/// Without this every other test here could run one release against itself.
#[tokio::test]
async fn they_are_two() -> Result<()> {
    let fed = verbund_tests::Plan::nodes(&[]).build()?;
    let [this, previous] = [
        software(&fed, Release::This).await?,
        software(&fed, Release::Previous).await?,
    ];
    assert_ne!(this, previous);
    let pinned = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/upgrade"))?;
    let pinned: Vec<_> = pinned
        .map(|it| Ok(it?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    let archive = format!("{}.tar.xz", previous.replace('/', "-"));
    assert!(pinned.contains(&archive), "{archive} is not in {pinned:?}");
    Ok(())
}
