//! A node as a process of its own: started, watched from outside through `/proc`, and stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::scrape;
use crate::federation::{Member, processes};

/// How long a node may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a node that starts is asked whether it is up. What is measured is longer by half of this.
const LOOK: Duration = Duration::from_millis(5);
/// Clock ticks of `/proc` in a second, on every Linux that runs on this hardware.
const TICKS_PER_SECOND: f64 = 100.0;
/// `/proc/<pid>/statm` counts pages.
const PAGE_BYTES: u64 = 4096;

/// A running node.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pid: u32,
    member: Member,
}

impl Process {
    /// Starts a member's node; it isn't up yet when this returns.
    ///
    /// # Errors
    /// When the program can't be started.
    pub(super) fn spawn(member: &Member) -> anyhow::Result<Self> {
        let child = processes::spawn(member)?;
        let pid = child.id().context("the node ended at once")?;
        Ok(Self {
            child,
            pid,
            member: member.clone(),
        })
    }

    /// Waits until the node says that it is ready.
    ///
    /// # Errors
    /// When it ends instead, with the last lines of its log, or takes too long.
    pub(super) async fn ready(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "the node of {} ended with {status}:\n{}",
                    self.member.agency,
                    tail(&self.member.log)
                );
            }
            if scrape::ready(self.member.admin).await {
                return Ok(());
            }
            if Instant::now() >= until {
                bail!(
                    "the node of {} isn't up after {} s:\n{}",
                    self.member.agency,
                    PATIENCE.as_secs(),
                    tail(&self.member.log)
                );
            }
            sleep(LOOK).await;
        }
    }

    /// Asks the node to stop, and waits until it has.
    ///
    /// # Errors
    /// When it doesn't.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        kill_process(pid.context("a process id")?, Signal::TERM)?;
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let status = ended.context("the node doesn't stop")??;
        if !status.success() {
            bail!(
                "the node of {} ended with {status}:\n{}",
                self.member.agency,
                tail(&self.member.log)
            );
        }
        Ok(())
    }

    /// The processor time that it has used.
    pub(super) fn cpu(&self) -> Cpu {
        Cpu::of(&self.pid.to_string())
    }

    /// The memory that it holds.
    pub(super) fn memory(&self) -> Memory {
        Memory::of(self.pid)
    }
}

/// Processor time of a process, with that of its threads by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Cpu {
    user: u64,
    system: u64,
    /// User and system time by thread name; threads that have ended are missing.
    threads: BTreeMap<String, u64>,
}

impl Cpu {
    /// Of this process itself.
    pub(super) fn own() -> Self {
        Self::of("self")
    }

    fn of(pid: &str) -> Self {
        let mut cpu = Self::default();
        if let Some((_, user, system)) = read_stat(Path::new(&format!("/proc/{pid}/stat"))) {
            (cpu.user, cpu.system) = (user, system);
        }
        let tasks = fs::read_dir(format!("/proc/{pid}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            if let Some((name, user, system)) = read_stat(&task.path().join("stat")) {
                // Numbers at the end of a name tell threads of one kind apart.
                let kind = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
                *cpu.threads.entry(kind.to_owned()).or_default() += user + system;
            }
        }
        cpu
    }

    /// What came on top since `before`.
    pub(super) fn since(&self, before: &Self) -> Spent {
        let threads = self.threads.iter().map(|(name, ticks)| {
            let earlier = before.threads.get(name).copied().unwrap_or(0);
            (name.clone(), seconds(ticks.saturating_sub(earlier)))
        });
        Spent {
            user: seconds(self.user.saturating_sub(before.user)),
            system: seconds(self.system.saturating_sub(before.system)),
            threads: threads.filter(|(_, spent)| *spent > 0.0).collect(),
        }
    }
}

/// Processor time, in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Spent {
    pub(super) user: f64,
    pub(super) system: f64,
    pub(super) threads: BTreeMap<String, f64>,
}

impl Spent {
    pub(super) fn total(&self) -> f64 {
        self.user + self.system
    }

    /// Both together: of several processes, or several runs.
    pub(super) fn add(&mut self, other: &Self) {
        self.user += other.user;
        self.system += other.system;
        for (name, spent) in &other.threads {
            *self.threads.entry(name.clone()).or_default() += spent;
        }
    }
}

/// Name, user and system ticks of a process or thread.
fn read_stat(path: &Path) -> Option<(String, u64, u64)> {
    let stat = fs::read_to_string(path).ok()?;
    let (begin, end) = (stat.find('(')?, stat.rfind(')')?);
    let mut fields = stat[end + 1..].split_ascii_whitespace();
    // proc(5): the state is field 3, user time is field 14, system time follows.
    let user = fields.nth(11)?.parse().ok()?;
    let system = fields.next()?.parse().ok()?;
    Some((stat[begin + 1..end].to_owned(), user, system))
}

fn seconds(ticks: u64) -> f64 {
    ticks as f64 / TICKS_PER_SECOND
}

/// The whole machine's busy processor time, in seconds.
pub(super) fn machine_busy() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line
        .split_ascii_whitespace()
        .skip(1)
        .filter_map(|it| it.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal
    let busy = [0, 1, 2, 5, 6].map(|index| ticks.get(index).copied().unwrap_or(0));
    seconds(busy.iter().sum())
}

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// All of it.
    pub(super) resident: u64,
    /// The part that is the program's and its libraries' file pages, shared by all processes of it.
    pub(super) file: u64,
}

impl Memory {
    fn of(pid: u32) -> Self {
        let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
        let mut pages = statm
            .split_ascii_whitespace()
            .skip(1)
            .filter_map(|it| it.parse::<u64>().ok());
        let mut next = || pages.next().unwrap_or(0) * PAGE_BYTES;
        Self {
            resident: next(),
            file: next(),
        }
    }
}

/// The last lines of a log.
fn tail(path: &Path) -> String {
    let log = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_process_is_read() {
        let before = Cpu::own();
        assert!(before.threads.values().count() > 0, "threads have names");
        assert!(Memory::of(std::process::id()).resident > 0);
        assert!(machine_busy() > 0.0);
    }

    #[test]
    fn a_name_may_hold_what_it_likes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stat");
        fs::write(&path, "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 41 42 0").unwrap();
        assert_eq!(read_stat(&path), Some(("a) b (c".to_owned(), 41, 42)));
    }

    #[test]
    fn what_came_on_top_is_told_by_thread() {
        let cpu = |user, worker| Cpu {
            user,
            system: 0,
            threads: [("worker".to_owned(), worker)].into(),
        };
        let mut spent = cpu(250, 150).since(&cpu(100, 50));
        assert_eq!((spent.total(), spent.threads["worker"]), (1.5, 1.0));
        spent.add(&spent.clone());
        assert_eq!((spent.total(), spent.threads["worker"]), (3.0, 2.0));
    }
}
