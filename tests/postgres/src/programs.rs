//! PostgreSQL's own programs, and how they are run.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::geteuid;

use crate::url::Url;

/// Where Debian keeps each version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The newest version's folder of programs.
pub(crate) fn folder() -> Result<PathBuf> {
    let number = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path())
        .filter(|version| version.join("bin/initdb").is_file())
        .max_by_key(|version| number(version));
    if let Some(newest) = newest {
        return Ok(newest.join("bin"));
    }
    let asked = Command::new("pg_config").arg("--bindir").output();
    let told = asked.ok().and_then(|it| String::from_utf8(it.stdout).ok());
    let folder = told.map(|told| PathBuf::from(told.trim_end()));
    folder
        .filter(|folder| folder.join("initdb").is_file())
        .context("PostgreSQL is not there; on Debian: apt-get install postgresql")
}

/// Whom servers run as: they refuse to be root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    ids: Option<(u32, u32)>,
}

impl Account {
    pub(crate) fn find() -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self { ids: None });
        }
        let id = |which| -> Result<u32> {
            let told = run(Command::new("id").args([which, "postgres"]), "")?;
            Ok(told.trim_end().parse()?)
        };
        let ids = (id("-u")?, id("-g")?);
        Ok(Self { ids: Some(ids) })
    }

    /// A command that runs as this account.
    pub(crate) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.ids {
            // With these root's further groups are dropped too.
            command.uid(user).gid(group);
        }
        command
    }

    /// Gives a file or folder to the account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        if let Some((user, group)) = self.ids {
            std::os::unix::fs::chown(path, Some(user), Some(group))
                .with_context(|| format!("give {} to postgres", path.display()))?;
        }
        Ok(())
    }
}

/// Runs a command to its end and gives what it printed.
pub(crate) fn run(command: &mut Command, input: &str) -> Result<String> {
    let shown = format!("{:?}", command.get_program());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {shown}"))?;
    let mut to = child.stdin.take().context("its input is ours")?;
    // It may end before it has read everything, and then it says why.
    drop(to.write_all(input.as_bytes()));
    drop(to);
    let ended = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{shown}: {}: {said}", ended.status);
    Ok(String::from_utf8(ended.stdout)?)
}

/// A command of `psql` that stops at the first error and prints values only.
pub(crate) fn psql(url: &Url) -> Result<Command> {
    let mut command = Command::new(folder()?.join("psql"));
    command
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"])
        .arg(url.to_string())
        .env("PGCONNECT_TIMEOUT", "30")
        // Notices are no news to a test.
        .env("PGOPTIONS", "-c client_min_messages=warning");
    Ok(command)
}

/// Runs statements; gives the rows, one a line, columns apart by `|`.
pub(crate) fn query(url: &Url, sql: &str) -> Result<String> {
    let rows = run(&mut psql(url)?, sql)?;
    Ok(rows.trim_end().to_owned())
}

/// Hexadecimal digits that nobody guesses and no other test has.
pub(crate) fn random() -> Result<String> {
    let mut random = [0; 12];
    fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(hex::encode(random))
}

/// Waits until something holds; `what` is said when it does not in time.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !holds()? {
        ensure!(
            began.elapsed() < Duration::from_secs(30),
            "waited in vain for {what}"
        );
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
