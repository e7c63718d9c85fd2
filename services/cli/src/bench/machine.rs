//! What it was measured on, and whether the machine had anything else to do.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::machine_busy;
use super::statistics::Times;

/// Flushes that are timed.
const FLUSHES: usize = 300;
/// Bytes that each of them has to bring to the disk: what one commit of one update takes.
const FLUSH_BYTES: usize = 8 << 10;
/// For so long the machine is looked at before anything starts.
const QUIET_LOOK: Duration = Duration::from_secs(1);
/// Above this share of one processor others are at work and the figures don't count.
const QUIET_MAX: f64 = 0.1;

/// The machine.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) kernel: String,
    pub(super) memory_mib: u64,
    pub(super) filesystem: String,
    pub(super) flush: Times,
    /// Processors that were busy before anything started.
    pub(super) busy_before: f64,
}

impl Machine {
    /// Looks at the machine, and at the disk that this folder is on.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(super) fn look(folder: &Path) -> anyhow::Result<Self> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let busy = machine_busy();
        std::thread::sleep(QUIET_LOOK);
        let busy_before = (machine_busy() - busy) / QUIET_LOOK.as_secs_f64();
        Ok(Self {
            cpu: value_of(&read("/proc/cpuinfo"), "model name").to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            memory_mib: memory_mib(&read("/proc/meminfo")),
            filesystem: filesystem(&read("/proc/mounts"), &fs::canonicalize(folder)?),
            flush: flushes(&folder.join("flush"))?,
            busy_before,
        })
    }

    /// Nothing else was at work before.
    pub(super) fn was_quiet(&self) -> bool {
        self.busy_before <= QUIET_MAX
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "cpu": self.cpu,
            "cores": self.cores,
            "kernel": self.kernel,
            "memory_mib": self.memory_mib,
            "filesystem": self.filesystem,
            "fdatasync_ms": {
                "bytes": FLUSH_BYTES,
                "p50": self.flush.percentile_ms(50.0),
                "p99": self.flush.percentile_ms(99.0),
            },
            "busy_processors_before": self.busy_before,
            "quiet_before": self.was_quiet(),
        })
    }
}

fn value_of<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or("", |(_, value)| value.trim())
}

fn memory_mib(meminfo: &str) -> u64 {
    let kib = value_of(meminfo, "MemTotal").split(' ').next();
    kib.and_then(|it| it.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The type of the file system that holds a folder: that of the longest mount point above it.
fn filesystem(mounts: &str, folder: &Path) -> String {
    let mount = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        Some((PathBuf::from(fields.next()?), fields.next()?.to_owned()))
    };
    let above = mounts
        .lines()
        .filter_map(mount)
        .filter(|(point, _)| folder.starts_with(point));
    let nearest = above.max_by_key(|(point, _)| point.components().count());
    nearest.map(|(_, kind)| kind).unwrap_or_default()
}

/// How long flushes take, as a database's log does them: written over, in a file that has its size.
fn flushes(path: &Path) -> anyhow::Result<Times> {
    let mut file = File::create(path)?;
    let block = [0x5a; FLUSH_BYTES];
    for _ in 0..64 {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    let mut times = Vec::with_capacity(FLUSHES);
    for index in 0..FLUSHES {
        let began = Instant::now();
        file.seek(SeekFrom::Start((index % 64 * FLUSH_BYTES) as u64))?;
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    drop(file);
    fs::remove_file(path)?;
    Ok(Times::new(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_tells_the_file_system() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        assert_eq!(filesystem(mounts, Path::new("/tmp/x")), "tmpfs");
        assert_eq!(filesystem(mounts, Path::new("/tmpx")), "ext4");
    }

    #[test]
    fn facts_are_found_by_their_names() {
        let text = "MemFree: 1 kB\nMemTotal:       2048 kB\n";
        assert_eq!(memory_mib(text), 2);
        assert_eq!(
            value_of("model name\t: AMD EPYC\n", "model name"),
            "AMD EPYC"
        );
    }
}
