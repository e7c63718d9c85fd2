//! The nodes of such a federation and their applications: one process each, the same binary called as `verbund node`, so that one can be killed
//! like a real one. They end with this process, however it ends.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use verbund_model::AgencyId;

use super::Member;
use crate::exit::failure;
use crate::text;

/// How long a node may take to stop; its own drain is shorter.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// A node that ended without being asked to.
#[derive(Debug)]
pub(crate) struct Died {
    pub(crate) agency: AgencyId,
    pub(crate) status: ExitStatus,
}

/// The nodes' processes.
#[derive(Debug)]
pub(crate) struct Nodes {
    keepers: JoinSet<()>,
    stop: watch::Sender<bool>,
    died: mpsc::Receiver<Died>,
    pids: Vec<(AgencyId, u32)>,
}

impl Nodes {
    /// Starts all nodes and, where they are wanted, applications. They are not up yet when this returns.
    ///
    /// # Errors
    /// When a process can't be started.
    pub(crate) fn start(members: &[Member], with_applications: bool) -> anyhow::Result<Self> {
        let (stop, stopping) = watch::channel(false);
        let (death, died) = mpsc::channel(2 * members.len().max(1));
        let mut nodes = Self {
            keepers: JoinSet::new(),
            stop,
            died,
            pids: Vec::new(),
        };
        for member in members {
            let child = spawn(member)?;
            nodes
                .pids
                .push((member.agency.clone(), child.id().unwrap_or_default()));
            let (agency, death, stopping) =
                (member.agency.clone(), death.clone(), stopping.clone());
            nodes.keepers.spawn(keep(child, agency, death, stopping));
        }
        for member in members.iter().filter(|_| with_applications) {
            let child = spawn_application(member)?;
            let (agency, death, stopping) =
                (member.agency.clone(), death.clone(), stopping.clone());
            nodes.keepers.spawn(keep(child, agency, death, stopping));
        }
        Ok(nodes)
    }

    /// The process ids, in the order of the members.
    pub(crate) fn pids(&self) -> &[(AgencyId, u32)] {
        &self.pids
    }

    /// The next node that ends without being asked to.
    pub(crate) async fn died(&mut self) -> Died {
        match self.died.recv().await {
            Some(died) => died,
            // All have ended and were told.
            None => std::future::pending().await,
        }
    }

    /// Stops all nodes, and waits for them.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.keepers.join_next().await.is_some() {}
    }
}

/// Starts one node, which isn't up yet when this returns.
///
/// # Errors
/// When the process can't be started.
pub(crate) fn spawn(member: &Member) -> anyhow::Result<Child> {
    start("node", &member.config, &member.log, &member.environment)
}

/// Starts one agency's application, which isn't up yet when this returns.
fn spawn_application(member: &Member) -> anyhow::Result<Child> {
    let log = member.briefing.with_extension("log");
    start("briefing", &member.briefing, &log, &BTreeMap::new())
}

/// Starts this binary with a command and its configuration.
fn start(
    command: &str,
    config: &Path,
    log: &Path,
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<Child> {
    let out = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .map_err(|error| failure(text::CANT_WRITE.fill(&[&log.display(), &error])))?;
    let binary = std::env::current_exe()?;
    let child = Command::new(binary)
        .arg(command)
        .arg("--config")
        .arg(config)
        .arg("--end-with")
        .arg(std::process::id().to_string())
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        // Ctrl-C in the terminal is for this process, which then stops the others in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

/// Owns one node's process from its start to its end.
async fn keep(
    mut child: Child,
    agency: AgencyId,
    death: mpsc::Sender<Died>,
    mut stopping: watch::Receiver<bool>,
) {
    tokio::select! {
        status = child.wait() => {
            if let Ok(status) = status {
                // Room for one of each; only a demonstration that is ending doesn't listen.
                let _ = death.send(Died { agency, status }).await;
            }
        }
        () = told(&mut stopping) => {
            if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
                let _ = kill_process(pid, Signal::TERM);
            }
            if timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
        }
    }
}

async fn told(stopping: &mut watch::Receiver<bool>) {
    // An error is the demonstration's end, which is the same.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Asks the kernel for a SIGTERM at the end of the process that started this one, so that what a demonstration started never
/// outlives it, however it ends.
///
/// # Errors
/// When the kernel can't be asked, or that process has ended already.
pub(crate) fn end_with(parent: i32) -> anyhow::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::TERM))?;
    // It may have ended before the kernel was asked.
    let lives = getppid().is_some_and(|it| it.as_raw_nonzero().get() == parent);
    if lives {
        Ok(())
    } else {
        Err(failure(text::PARENT_GONE.to_string()))
    }
}

/// How a process ended, in words.
pub(crate) fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => text::DEMO_EXIT_CODE.fill(&[&code]),
        (None, Some(signal)) => text::DEMO_SIGNAL.fill(&[&signal]),
        (None, None) => "?".to_owned(),
    }
}
