//! One node's process: started, asked, stopped, killed.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::patience::Patience;
use crate::surroundings::Surroundings;

/// A process of `verbund node`. It is killed when this is dropped.
#[derive(Debug)]
pub struct NodeProcess {
    id: String,
    child: Child,
    admin: SocketAddr,
    log: PathBuf,
}

impl NodeProcess {
    pub(crate) fn launch(
        id: &str,
        folder: &Path,
        admin: SocketAddr,
        surroundings: &Surroundings,
    ) -> Result<Self> {
        let log = folder.join("log");
        let file = File::options().create(true).append(true).open(&log)?;
        let child = surroundings
            .command()?
            .args(["--lang", "en", "node", "--config"])
            .arg(folder.join("node.toml"))
            // However this test ends, its nodes end too.
            .args(["--end-with", &std::process::id().to_string()])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("can't start the verbund binary")?;
        Ok(Self {
            id: id.to_owned(),
            child,
            admin,
            log,
        })
    }

    /// Waits until the node says that it is ready.
    pub(crate) async fn ready(&mut self, patience: Patience) -> Result<()> {
        let what = format!("the node of {} to be ready", self.id);
        let ended = patience
            .until(&what, async || {
                if let Ok(Some(status)) = self.child.try_wait() {
                    return Ok(Some(status));
                }
                match self.get("/readyz").await {
                    Ok((200, _)) => Ok(None),
                    Ok((code, body)) => Err(format!("{code} {body}")),
                    Err(error) => Err(format!("{error:#}")),
                }
            })
            .await
            .with_context(|| self.log_tail(30))?;
        match ended {
            None => Ok(()),
            Some(status) => bail!(
                "the node of {} ended ({status}) instead of starting:\n{}",
                self.id,
                self.log_tail(30)
            ),
        }
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it can't be asked, or goes on until the deadline.
    pub async fn stop(&mut self, patience: Patience) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.end(patience).await
    }

    /// Kills it, as a power cut does.
    ///
    /// # Errors
    /// When it can't be killed.
    pub async fn kill(&mut self, patience: Patience) -> Result<ExitStatus> {
        self.signal(Signal::KILL)?;
        self.end(patience).await
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .context("a process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it goes on until the deadline.
    pub async fn end(&mut self, patience: Patience) -> Result<ExitStatus> {
        let what = format!("the node of {} to end", self.id);
        let look = async || match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("it runs".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        patience.until(&what, look).await
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// The value of a metric, its labels given as they are written: `verbund_tls_refusals_total`,
    /// `listener="agency",reason="CERTIFICATE_EXPIRED"`. Nought where there is no such row.
    ///
    /// # Errors
    /// When the admin port does not answer.
    pub async fn metric(&self, name: &str, labels: &str) -> Result<f64> {
        let (_, text) = self.get("/metrics").await?;
        let row = if labels.is_empty() {
            format!("{name} ")
        } else {
            format!("{name}{{{labels}}} ")
        };
        let found = text.lines().find_map(|line| line.strip_prefix(&row));
        Ok(found.map_or(Ok(0.0), str::parse)?)
    }

    /// What the admin port answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn get(&self, path: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(self.admin).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.admin
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("an answer with a head")?;
        let code = head.split(' ').nth(1).context("a status line")?.parse()?;
        Ok((code, body.to_owned()))
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A path as the process sees it, which matters where it has a disk of its own.
    #[must_use]
    pub fn inside(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.child.id()));
        root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Bytes of memory that are its own and resident.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"))
            .context("a resident size")?;
        Ok(kib.trim().parse::<u64>()? * 1024)
    }

    /// Everything that it has logged, of all its starts.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Whether a line of the log holds all of these.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn logged(&self, words: &[&str]) -> Result<bool> {
        let file = BufReader::new(File::open(&self.log)?);
        for line in file.lines() {
            let line = line?;
            if words.iter().all(|word| line.contains(word)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn log_tail(&self, lines: usize) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let all: Vec<&str> = log.lines().collect();
        let tail = &all[all.len().saturating_sub(lines)..];
        tail.iter()
            .map(|line| format!("{}\n", brief(line)))
            .collect()
    }
}

/// A line of the JSON log as people read it; any other line as it is.
fn brief(line: &str) -> String {
    let Ok(Value::Object(mut event)) = serde_json::from_str::<Value>(line) else {
        return line.to_owned();
    };
    let mut text = String::new();
    for known in ["timestamp", "level", "message"] {
        if let Some(Value::String(word)) = event.remove(known) {
            text.push_str(&word);
            text.push(' ');
        }
    }
    event.remove("target");
    let rest = event.iter().map(|(name, value)| format!("{name}={value}"));
    text + &rest.collect::<Vec<_>>().join(" ")
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
