//! The `verbund` program as people call it in a shell: arguments, input, output, exit code.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::binary::{self, Release};
use crate::federation::Federation;

/// How a call ended.
#[derive(Debug, Clone)]
pub struct Called {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub out: String,
    /// What it wrote to its standard error.
    pub err: String,
}

impl Called {
    /// The standard output as JSON lines.
    ///
    /// # Errors
    /// When a line is none.
    pub fn json(&self) -> Result<Vec<Value>> {
        let parse = |line| serde_json::from_str(line).with_context(|| format!("{self:?}"));
        self.out.lines().map(parse).collect()
    }
}

/// Calls `verbund` in English and waits until it has ended.
///
/// # Errors
/// When it can't be started, or goes on until the test's deadline.
pub async fn call<A: AsRef<OsStr>>(
    fed: &Federation,
    arguments: impl IntoIterator<Item = A>,
    input: &str,
) -> Result<Called> {
    call_of(Release::This, fed, arguments, input).await
}

/// The same with the binary of this release.
///
/// # Errors
/// As [`call`].
pub async fn call_of<A: AsRef<OsStr>>(
    release: Release,
    fed: &Federation,
    arguments: impl IntoIterator<Item = A>,
    input: &str,
) -> Result<Called> {
    let command = Command::new(binary::path(release)?);
    call_by(fed, command, arguments, input).await
}

/// The same, by another program that becomes `verbund` in other surroundings: `nsenter` with its options, say.
///
/// # Errors
/// As [`call`].
pub async fn call_under<A: AsRef<OsStr>>(
    fed: &Federation,
    launcher: &[&str],
    arguments: impl IntoIterator<Item = A>,
) -> Result<Called> {
    let (first, rest) = launcher.split_first().context("a program")?;
    let mut command = Command::new(first);
    command.args(rest).arg(binary::path(Release::This)?);
    call_by(fed, command, arguments, "").await
}

async fn call_by<A: AsRef<OsStr>>(
    fed: &Federation,
    mut command: Command,
    arguments: impl IntoIterator<Item = A>,
    input: &str,
) -> Result<Called> {
    let mut child = command
        .args(["--lang", "en"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("can't start the verbund binary")?;
    let mut to = child.stdin.take().context("its input is ours")?;
    let feeding = async {
        // It may end before it has read everything.
        let _ = to.write_all(input.as_bytes()).await;
        drop(to);
    };
    let ending = async { tokio::join!(feeding, child.wait_with_output()).1 };
    let ended = fed
        .patience()
        .within("a call of verbund to end", ending)
        .await??;
    Ok(Called {
        code: ended.status.code(),
        out: String::from_utf8(ended.stdout)?,
        err: String::from_utf8(ended.stderr)?,
    })
}

/// Starts a command that goes on, such as `verbund briefing`, in English; what it says goes into a file. It is killed when this is
/// dropped.
///
/// # Errors
/// When it can't be started.
pub fn start<A: AsRef<OsStr>>(
    release: Release,
    arguments: impl IntoIterator<Item = A>,
    log: &Path,
) -> Result<Child> {
    let log = fs::File::options().create(true).append(true).open(log)?;
    Command::new(binary::path(release)?)
        .args(["--lang", "en"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("can't start the verbund binary")
}

/// Writes the client configuration of one of the agency's systems; what `--config` takes.
///
/// # Errors
/// When it can't be made or written.
pub fn client(fed: &Federation, agency: &str, system: &str) -> Result<PathBuf> {
    let member = fed.member(agency);
    let issued = member.system(system)?;
    let folder = fed.node_folder(agency).join(format!("client-{system}"));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("client.pem"), &issued.certificate_pem)?;
    fs::write(folder.join("client.key"), &issued.key_pem)?;
    fs::write(folder.join("roots.pem"), member.authority.certificate_pem())?;
    let node = member.agency_api();
    let text = format!(
        "node = \"{node}\"\nagency = \"{agency}\"\ncertificate = \"client.pem\"\nkey = \"client.key\"\nroots = \"roots.pem\"\n"
    );
    let file = folder.join("client.toml");
    fs::write(&file, text)?;
    Ok(file)
}
