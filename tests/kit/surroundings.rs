//! What a node's process runs in, besides its files: keys set from outside, another clock, a small disk of its own, flushes
//! that fail or take long; and of which release it is.
//!
//! Nothing here is the node's doing or knowing: the kernel answers otherwise than usual, through Debian's `strace`,
//! `faketime` and `unshare`.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::geteuid;

use crate::binary::{self, Release};

/// Mounts a file system on a folder ($0, of $1 MiB), then becomes the process that it was started for. The mount is of a
/// namespace of its own: nobody else sees it, and it goes with the process.
const OWN_DISK: &str = r#"
disk=$0 mebibytes=$1; shift
mount -t tmpfs -o "size=${mebibytes}m,mode=0700" tmpfs "$disk" && exec "$@"
"#;

/// What a process is started with. Nothing at first.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    release: Release,
    under: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

impl Surroundings {
    /// Nothing special.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The process is of this release.
    #[must_use]
    pub fn of(release: Release) -> Self {
        Self {
            release,
            ..Self::default()
        }
    }

    /// Sets a key of the configuration, such as `store.disk_reserve_mib`, as its environment variable does.
    #[must_use]
    pub fn set(self, key: &str, value: impl Display) -> Self {
        let name = format!("VERBUND__{}", key.to_uppercase().replace('.', "__"));
        self.variable(&name, value.to_string())
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().into()));
        self
    }

    /// From the `from`th flush of a thread on the kernel answers EIO. Each flush is written to `trace`; see [`flushes`].
    #[must_use]
    pub fn failing_flushes(self, from: u32, trace: &Path) -> Self {
        self.traced(
            &format!("fdatasync,fsync:error=EIO:when={from}+"),
            trace,
            "fdatasync,fsync",
        )
    }

    /// Each flush takes so long.
    #[must_use]
    pub fn slow_flushes(self, each: Duration, trace: &Path) -> Self {
        let micros = each.as_micros();
        self.traced(
            &format!("fdatasync:delay_enter={micros}"),
            trace,
            "fdatasync",
        )
    }

    fn traced(mut self, injected: &str, trace: &Path, calls: &str) -> Self {
        // `-D`: the node stays this process's child, so that signals and exit codes are its own.
        let words = [
            "strace",
            "-D",
            "-qq",
            "-f",
            "--seccomp-bpf",
            "--signal=none",
        ];
        self.under.extend(words.map(OsString::from));
        self.under.push(format!("--trace={calls}").into());
        self.under.push(format!("--inject={injected}").into());
        self.under.extend(["--output".into(), trace.into()]);
        self
    }

    /// The folder is a disk of its own, of so many MiB, and empty. [`NodeProcess::inside`](crate::NodeProcess::inside)
    /// leads to it.
    #[must_use]
    pub fn own_disk(mut self, folder: &Path, mebibytes: u32) -> Self {
        self.under
            .extend(["unshare", "--mount"].map(OsString::from));
        if !geteuid().is_root() {
            self.under.push("--map-root-user".into());
        }
        self.under
            .extend(["sh", "-c", OWN_DISK].map(OsString::from));
        self.under.push(folder.into());
        self.under.push(mebibytes.to_string().into());
        self
    }

    /// The process sees this clock.
    ///
    /// # Errors
    /// When `faketime` is not there.
    pub fn clock(self, clock: &Clock) -> Result<Self> {
        Ok(self
            .variable("LD_PRELOAD", faketime()?)
            .variable("FAKETIME_TIMESTAMP_FILE", &clock.file)
            .variable("FAKETIME_NO_CACHE", "1")
            // Timers go on as they do where somebody sets a clock.
            .variable("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .variable("FAKETIME_DISABLE_SHM", "1")
            .variable("NO_FAKE_STAT", "1"))
    }

    /// A command that runs `verbund` so.
    ///
    /// # Errors
    /// When there is no such binary.
    pub(crate) fn command(&self) -> Result<Command> {
        let program = binary::path(self.release)?;
        let mut words = self.under.iter().map(OsString::as_os_str);
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}

/// A clock that is off, and can be set while a process looks at it.
#[derive(Debug)]
pub struct Clock {
    file: PathBuf,
}

impl Clock {
    /// A clock that is ahead of the real one by so many seconds. It is kept in a folder that outlives its processes.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn ahead(folder: &Path, name: &str, seconds: i64) -> Result<Self> {
        let file = folder.join(format!("{name}.clock"));
        let clock = Self { file };
        clock.set_ahead(seconds)?;
        Ok(clock)
    }

    /// Sets it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set_ahead(&self, seconds: i64) -> Result<()> {
        // Moved into place, so that nobody ever reads half a time.
        let draft = self.file.with_extension("draft");
        fs::write(&draft, format!("{seconds:+}\n"))?;
        Ok(fs::rename(draft, &self.file)?)
    }
}

/// How many flushes a trace shows that succeeded, and how many that failed.
///
/// # Errors
/// When it can't be read.
pub fn flushes(trace: &Path) -> Result<(usize, usize)> {
    let trace = fs::read_to_string(trace)?;
    // Some lines are ` <... fdatasync resumed>) = 0`: another thread's call came between.
    let succeeded = trace.lines().filter(|line| line.ends_with("= 0")).count();
    let failed = trace.lines().filter(|line| line.contains(" EIO ")).count();
    Ok((succeeded, failed))
}

/// What `faketime` preloads, in its own words.
fn faketime() -> Result<String> {
    let asked = Command::new("faketime")
        .args(["-f", "+0", "printenv", "LD_PRELOAD"])
        .stdin(Stdio::null())
        .output()
        .context("faketime is needed (Debian: apt-get install faketime)")?;
    ensure!(asked.status.success(), "faketime failed: {asked:?}");
    Ok(String::from_utf8(asked.stdout)?.trim().to_owned())
}
