//! A federation that is made with the `verbund` program alone, as operators make theirs: for tests that walk the handbook.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use verbund_model::Charter;

use crate::binary::{self, Release};
use crate::federation::{Hosts, VOCABULARY};
use crate::node::NodeProcess;
use crate::patience::Patience;
use crate::surroundings::Surroundings;

/// Where the federation's charter is prepared: `vocabulary.toml`, `members.toml` and what they name.
pub const KEEPER: &str = "keeper";
/// The client of each agency that its operators have, with its configuration `office.toml`.
const OFFICE: &str = "office=coordinator,reader,operator,auditor";

/// The agencies of Krefeld, each with its own folder, its development authority in `pki` and a configuration for its node.
#[derive(Debug)]
pub struct HandMade {
    folder: TempDir,
    hosts: Hosts,
    agencies: Vec<String>,
    nodes: BTreeMap<String, NodeProcess>,
    patience: Patience,
}

impl HandMade {
    /// Makes it with a charter that all have signed, and starts the nodes of these agencies. The charter names no address of the others.
    ///
    /// # Errors
    /// What could not be made.
    pub async fn started(nodes: &[&str], patience: Duration) -> Result<Self> {
        let agencies = Charter::vocabulary_agencies(VOCABULARY)?;
        let mut fed = Self {
            folder: tempfile::Builder::new()
                .prefix("verbund-handbook-")
                .tempdir()?,
            hosts: Hosts::claim()?,
            agencies: agencies.iter().map(ToString::to_string).collect(),
            nodes: BTreeMap::new(),
            patience: Patience::of(patience),
        };
        let keeper = fed.folder_of(KEEPER);
        fs::create_dir(&keeper)?;
        fs::write(keeper.join("vocabulary.toml"), VOCABULARY)?;
        let mut members = String::new();
        for agency in fed.agencies.clone() {
            fs::create_dir(fed.folder_of(&agency))?;
            let host = fed.host(&agency)?;
            let make = format!(
                "verbund pki authority --agency {agency} --federation krefeld
                verbund init . --agency {agency} --federation krefeld --pki pki --client {OFFICE} --agency-listen {host}:7443 \\
                  --federation-listen {host}:7444 --admin-listen {host}:7445"
            );
            fed.shell(&agency, &make, &[]).await?;
            let folder = fed.folder_of(&agency);
            fs::copy(
                folder.join("tls/root.pem"),
                keeper.join(format!("{agency}.root.pem")),
            )?;
            let key = fs::read_to_string(folder.join("keys/entry.pub"))?;
            let endpoint = match nodes.contains(&agency.as_str()) {
                true => format!("{host}:7444"),
                false => String::new(),
            };
            writeln!(
                members,
                "[[member]]\nagency = {agency:?}\nendpoint = {endpoint:?}\nroots = \"{agency}.root.pem\"\nentry_keys = [{:?}]\n",
                key.trim()
            )?;
        }
        fs::write(keeper.join("members.toml"), members)?;
        let compose = "verbund charter compose --vocabulary vocabulary.toml --members members.toml --expires 2035-12-31";
        fed.shell(KEEPER, compose, &[]).await?;
        for agency in fed.agencies.clone() {
            let sign = format!(
                "verbund charter sign charter.toml --agency {agency} --key ../{agency}/keys/entry.key"
            );
            fed.shell(KEEPER, &sign, &[]).await?;
        }
        for agency in &fed.agencies {
            for end in ["charter.toml", "charter.toml.sig"] {
                fs::copy(keeper.join(end), fed.folder_of(agency).join(end))?;
            }
            for other in fed.agencies.iter().filter(|it| *it != agency) {
                let list = format!("tls/crls/{other}.crl");
                fs::copy(
                    fed.folder_of(other).join(&list),
                    fed.folder_of(agency).join(&list),
                )?;
            }
        }
        for agency in nodes {
            fed.start(agency).await?;
        }
        Ok(fed)
    }

    /// The agencies, in the vocabulary's order.
    #[must_use]
    pub fn agencies(&self) -> &[String] {
        &self.agencies
    }

    /// The deadline of the test.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// An agency's folder, or the keeper's.
    #[must_use]
    pub fn folder_of(&self, place: &str) -> PathBuf {
        self.folder.path().join(place)
    }

    /// The address of the loopback that an agency has, or one that joins.
    ///
    /// # Errors
    /// Never for up to 250 agencies.
    pub fn host(&self, agency: &str) -> Result<Ipv4Addr> {
        let at = self.agencies.iter().position(|it| it == agency);
        Ok(self
            .hosts
            .host(u8::try_from(at.unwrap_or(self.agencies.len()) + 1)?))
    }

    /// Starts the node in an agency's folder and waits until it is ready.
    ///
    /// # Errors
    /// When it ends instead.
    pub async fn start(&mut self, agency: &str) -> Result<()> {
        let admin = (self.host(agency)?, 7445).into();
        let folder = self.folder_of(agency);
        let mut node = NodeProcess::launch(agency, &folder, admin, &Surroundings::new())?;
        node.ready(self.patience).await?;
        self.nodes.insert(agency.to_owned(), node);
        Ok(())
    }

    /// A node's process.
    ///
    /// # Panics
    /// Where it was never started.
    #[must_use]
    pub fn node(&self, agency: &str) -> &NodeProcess {
        self.nodes.get(agency).expect("a node that was started")
    }

    /// Runs commands in the folder of a place as an operator does, with `verbund` on the path and these variables. Gives what they wrote.
    ///
    /// # Errors
    /// When one of them fails, with all that was written.
    pub async fn shell(
        &self,
        place: &str,
        code: &str,
        variables: &[(&str, &str)],
    ) -> Result<String> {
        let ending = Command::new("bash")
            .args(["-euo", "pipefail", "-c", code])
            .current_dir(self.folder_of(place))
            .env("PATH", self.path()?)
            .env("VERBUND_LANG", "en")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let ended = self.patience.within("commands to end", ending).await??;
        let out = String::from_utf8_lossy(&ended.stdout).into_owned();
        ensure!(
            ended.status.success(),
            "at {place}, {}:\n{code}\n{out}{}",
            ended.status,
            String::from_utf8_lossy(&ended.stderr)
        );
        Ok(out)
    }

    /// What `PATH` is to be, so that `verbund` is found.
    ///
    /// # Errors
    /// When there is no such program.
    pub fn path(&self) -> Result<OsString> {
        let program = binary::path(Release::This)?;
        let mut path = OsString::from(program.parent().context("a folder of binaries")?);
        if let Some(before) = std::env::var_os("PATH") {
            path.push(":");
            path.push(before);
        }
        Ok(path)
    }

    /// The status that an agency's operators see.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn status(&self, agency: &str) -> Result<Value> {
        let asked = self
            .shell(
                agency,
                "verbund --format json status --config office.toml",
                &[],
            )
            .await?;
        Ok(serde_json::from_str(&asked)?)
    }

    /// Waits until what an agency's operators see is as wanted.
    ///
    /// # Errors
    /// At the deadline: what they see instead.
    pub async fn until_status(
        &self,
        agency: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let mut seen = String::new();
        let look = async || match self.status(agency).await {
            Ok(status) if holds(&status) => Ok(status),
            Ok(status) => {
                seen = status.to_string();
                Err(seen.clone())
            }
            // The deadline ends a call in the middle; what was seen before says more.
            Err(error) => Err(format!("{error:#}; before that {seen}")),
        };
        let what = format!("the status of {agency} to show {what}");
        self.patience.until(&what, look).await
    }

    /// What `verbund doctor` finds at an agency, whether or not all is well.
    ///
    /// # Errors
    /// When it tells nothing.
    pub async fn doctor(&self, agency: &str) -> Result<Vec<Value>> {
        let told = self
            .shell(
                agency,
                "verbund --format json doctor --config node.toml || true",
                &[],
            )
            .await?;
        let found: Result<Vec<Value>, _> = told.lines().map(serde_json::from_str).collect();
        Ok(found?)
    }
}

/// What a status says of a partner.
#[must_use]
pub fn partner<'a>(status: &'a Value, agency: &str) -> &'a Value {
    let mut partners = status["partners"].as_array().into_iter().flatten();
    partners
        .find(|it| it["agency"] == agency)
        .unwrap_or(&Value::Null)
}

/// What the doctor says of an agency's check.
///
/// # Errors
/// When it says nothing of it.
pub fn finding<'a>(findings: &'a [Value], about: &str, check: &str) -> Result<&'a Value> {
    findings
        .iter()
        .find(|it| it["about"] == about && it["check"] == check)
        .with_context(|| format!("no word of {about}'s {check}: {findings:?}"))
}
