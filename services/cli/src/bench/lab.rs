//! The nodes that are measured, and the meter that tells what a measurement cost whom.
//!
//! The federation is Krefeld's with two changes. The quotas are out of the way, since what is measured is the node and not
//! its brake. No agency is protected, so that every update goes to all five partners at once: the harder case.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::time::sleep;
use verbund_ledger::SystemEntropy;
use verbund_model::{Charter, Entropy as _};
use verbund_node::roles::Role;
use verbund_store::Engine;
use verbund_wire::agency::{Link, Partner};

use super::process::{Cpu, Process, Spent, machine_busy};
use crate::client::Node;
use crate::federation::{Folder, Member, Plan};

const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");
/// The system that publishes and reads.
const SYSTEM: &str = "messstand";
/// How often a node is asked whether it has all. What is measured is longer by half of this.
const LOOK: Duration = Duration::from_millis(10);
/// A federation that doesn't get further for so long won't.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where what is measured keeps its data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The folder of the measurement's own folders.
    pub(super) data: &'a Path,
    /// The PostgreSQL server on which the first node keeps its database, in place of a file.
    pub(super) server: Option<&'a str>,
}

impl Place<'_> {
    /// The engine of the first node.
    pub(super) fn engine(&self) -> Engine {
        match self.server {
            Some(_) => Engine::Postgres,
            None => Engine::Sqlite,
        }
    }
}

/// A database that was made for a measurement.
#[derive(Debug)]
struct Scratch {
    server: String,
    name: String,
}

/// A federation in a folder of its own, with those of its nodes that run. Nodes and folder go with it.
#[derive(Debug)]
pub(super) struct Lab {
    // Fields are dropped in their order: the nodes before their folder.
    running: BTreeMap<String, Process>,
    federation: Folder,
    scratch: Option<Scratch>,
    _folder: TempDir,
}

impl Lab {
    /// A new federation below this folder; none of its nodes runs.
    ///
    /// # Errors
    /// When it can't be made.
    pub(super) fn new(data: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("verbund-bench-")
            .tempdir_in(data)
            .with_context(|| format!("no folder can be made in {}", data.display()))?;
        Ok(Self {
            running: BTreeMap::new(),
            federation: Folder::open(folder.path(), &plan()?, false)?,
            scratch: None,
            _folder: folder,
        })
    }

    /// A new federation with these nodes up and linked with each other.
    ///
    /// # Errors
    /// When one doesn't start.
    pub(super) async fn up(place: Place<'_>, agencies: &[&str]) -> anyhow::Result<Self> {
        let mut lab = Self::new(place.data)?;
        if let (Some(server), Some(first)) = (place.server, agencies.first()) {
            lab.on_server(server, first).await?;
        }
        lab.start_all(agencies).await?;
        Ok(lab)
    }

    /// Lets a node keep its data in a new database of a server.
    async fn on_server(&mut self, server: &str, agency: &str) -> anyhow::Result<()> {
        let letters = "abcdefghijklmnopqrstuvwxyz".as_bytes();
        let mut random = [0; 12];
        SystemEntropy.fill(&mut random);
        let random = random.map(|byte| char::from(letters[usize::from(byte) % letters.len()]));
        let name = format!("verbund_bench_{}", String::from_iter(random));
        let url = verbund_store::make_scratch(server, &name).await?;
        self.scratch = Some(Scratch {
            server: server.to_owned(),
            name,
        });
        let member = self
            .federation
            .members
            .iter_mut()
            .find(|it| it.agency.as_str() == agency)
            .with_context(|| format!("the vocabulary names no {agency}"))?;
        let settings = [
            ("VERBUND__STORE__URL", url),
            ("VERBUND__STORE__MIGRATE_AT_START", "true".to_owned()),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value));
        member.environment.extend(settings);
        Ok(())
    }

    /// All agencies of the federation.
    pub(super) fn agencies(&self) -> Vec<String> {
        let names = self.federation.members.iter();
        names.map(|it| it.agency.to_string()).collect()
    }

    pub(super) fn charter(&self) -> &Charter {
        &self.federation.charter
    }

    /// Starts these nodes and waits until each is linked with each.
    ///
    /// # Errors
    /// When one doesn't start.
    pub(super) async fn start_all(&mut self, agencies: &[&str]) -> anyhow::Result<()> {
        for agency in agencies {
            self.spawn(agency)?;
        }
        for agency in agencies {
            self.process_mut(agency)?.ready().await?;
        }
        for agency in agencies {
            self.linked(agency, agencies.len() - 1).await?;
        }
        Ok(())
    }

    /// Starts a node; it isn't up yet.
    ///
    /// # Errors
    /// When it can't be started.
    pub(super) fn spawn(&mut self, agency: &str) -> anyhow::Result<()> {
        let process = Process::spawn(self.member(agency)?)?;
        self.running.insert(agency.to_owned(), process);
        Ok(())
    }

    /// Waits until a node that was started is up.
    ///
    /// # Errors
    /// When it ends instead.
    pub(super) async fn ready(&mut self, agency: &str) -> anyhow::Result<()> {
        self.process_mut(agency)?.ready().await
    }

    /// Stops a node.
    ///
    /// # Errors
    /// When it doesn't stop as it should.
    pub(super) async fn stop(&mut self, agency: &str) -> anyhow::Result<()> {
        let process = self.running.remove(agency).context("the node runs")?;
        process.stop().await
    }

    /// Stops all nodes.
    ///
    /// # Errors
    /// When one doesn't stop as it should.
    pub(super) async fn down(mut self) -> anyhow::Result<()> {
        while let Some((_, process)) = self.running.pop_first() {
            process.stop().await?;
        }
        if let Some(Scratch { server, name }) = &self.scratch {
            verbund_store::remove_scratch(server, name).await?;
        }
        Ok(())
    }

    /// A client of this agency's node, over a connection of its own.
    ///
    /// # Errors
    /// When there is no connection.
    pub(super) async fn client(&self, agency: &str) -> anyhow::Result<Node> {
        Node::connect(self.member(agency)?.system(SYSTEM)).await
    }

    /// Where a node tells its metrics.
    ///
    /// # Errors
    /// When there is no such agency.
    pub(super) fn admin(&self, agency: &str) -> anyhow::Result<SocketAddr> {
        Ok(self.member(agency)?.admin)
    }

    fn member(&self, agency: &str) -> anyhow::Result<&Member> {
        let found = self
            .federation
            .members
            .iter()
            .find(|it| it.agency.as_str() == agency);
        found.with_context(|| format!("the vocabulary names no {agency}"))
    }

    pub(super) fn process(&self, agency: &str) -> anyhow::Result<&Process> {
        self.running.get(agency).context("the node runs")
    }

    fn process_mut(&mut self, agency: &str) -> anyhow::Result<&mut Process> {
        self.running.get_mut(agency).context("the node runs")
    }

    /// Waits until a node has so many links.
    ///
    /// # Errors
    /// When it doesn't get them.
    pub(super) async fn linked(&self, agency: &str, links: usize) -> anyhow::Result<()> {
        let node = self.client(agency).await?;
        let until = Instant::now() + PATIENCE;
        let is_up = |partner: &Partner| partner.link() == Link::Connected;
        while node
            .status()
            .await?
            .partners
            .iter()
            .filter(|it| is_up(it))
            .count()
            < links
        {
            if Instant::now() >= until {
                bail!("the node of {agency} doesn't get its {links} links");
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

fn plan() -> anyhow::Result<Plan> {
    let mut vocabulary: toml::Table = VOCABULARY.parse()?;
    let quota = vocabulary
        .get_mut("quota_per_origin_and_day")
        .and_then(toml::Value::as_table_mut)
        .context("the vocabulary has quotas")?;
    quota.insert("entries".to_owned(), 1_000_000_000.into());
    quota.insert("mebibytes".to_owned(), 1_000_000.into());
    let agencies = vocabulary
        .get_mut("agency")
        .and_then(toml::Value::as_array_mut)
        .context("the vocabulary has agencies")?;
    for agency in agencies.iter_mut().filter_map(toml::Value::as_table_mut) {
        agency.remove("protected");
        agency.remove("bound_to_prosecute");
    }
    Ok(Plan {
        vocabulary: vocabulary.to_string(),
        systems: vec![(SYSTEM, &[Role::Publisher, Role::Reader])],
    })
}

/// Waits until `receiver` holds everything that `origin` has sent to it, and gives how many entries that are.
///
/// # Errors
/// When it doesn't get further.
pub(super) async fn level(
    (origin, origin_name): (&Node, &str),
    (receiver, receiver_name): (&Node, &str),
) -> anyhow::Result<u64> {
    let expected = partner(origin, receiver_name).await?.sent;
    let (mut last, mut moved) = (0, Instant::now());
    loop {
        let received = partner(receiver, origin_name).await?.received;
        if received >= expected {
            return Ok(expected);
        }
        if received > last {
            (last, moved) = (received, Instant::now());
        }
        if moved.elapsed() >= PATIENCE {
            bail!("{receiver_name} has {received} of {expected} entries and gets no further");
        }
        sleep(LOOK).await;
    }
}

/// Waits until an origin has the receipts for all that it has sent to a partner, and makes sure that nothing was refused.
///
/// # Errors
/// When one is missing, or tells of anything but an entry stored whole.
pub(super) async fn receipted(origin: &Node, partner_name: &str) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let partner = partner(origin, partner_name).await?;
        if partner.exceptions > 0 {
            bail!(
                "{partner_name} did not store {} entries",
                partner.exceptions
            );
        }
        if partner.receipted == partner.sent {
            return Ok(());
        }
        if Instant::now() >= until {
            bail!(
                "{partner_name} gave {} of {} receipts",
                partner.receipted,
                partner.sent
            );
        }
        sleep(LOOK).await;
    }
}

/// How it stands with a partner, as its own node sees it.
///
/// # Errors
/// When the node doesn't tell.
pub(super) async fn partner(node: &Node, name: &str) -> anyhow::Result<Partner> {
    let status = node.status().await?;
    let found = status.partners.into_iter().find(|it| it.agency == name);
    found.with_context(|| format!("the node knows no {name}"))
}

/// Tells processor time: of the client, of each node by its role, and of all that isn't ours.
#[derive(Debug)]
pub(super) struct Meter {
    began: Instant,
    machine: f64,
    client: Cpu,
    nodes: Vec<(&'static str, String, Cpu)>,
}

impl Meter {
    /// Begins with these nodes; several may have one role, and one that doesn't run yet has used nothing.
    pub(super) fn start(lab: &Lab, roles: &[(&'static str, &str)]) -> Self {
        let node = |(role, agency): &(&'static str, &str)| {
            let used = lab.process(agency).map(Process::cpu).unwrap_or_default();
            (*role, (*agency).to_owned(), used)
        };
        Self {
            began: Instant::now(),
            machine: machine_busy(),
            client: Cpu::own(),
            nodes: roles.iter().map(node).collect(),
        }
    }

    /// What was used since.
    ///
    /// # Errors
    /// When a node no longer runs.
    pub(super) fn stop(self, lab: &Lab) -> anyhow::Result<Used> {
        let mut used = Used {
            seconds: self.began.elapsed().as_secs_f64(),
            ..Used::default()
        };
        used.by_role
            .push(("client", Cpu::own().since(&self.client)));
        for (role, agency, before) in &self.nodes {
            used.add_role(role, &lab.process(agency)?.cpu().since(before));
        }
        let ours: f64 = used.by_role.iter().map(|(_, spent)| spent.total()).sum();
        used.others = (machine_busy() - self.machine - ours).max(0.0);
        Ok(used)
    }
}

/// Processor time by role, in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Used {
    pub(super) by_role: Vec<(&'static str, Spent)>,
    /// What all other processes of the machine used, the kernel's own work for ours among it.
    pub(super) others: f64,
    /// How long it took.
    pub(super) seconds: f64,
}

impl Used {
    /// Both runs together.
    pub(super) fn add(&mut self, other: &Self) {
        self.others += other.others;
        self.seconds += other.seconds;
        for (role, spent) in &other.by_role {
            self.add_role(role, spent);
        }
    }

    fn add_role(&mut self, role: &'static str, spent: &Spent) {
        match self.by_role.iter_mut().find(|(it, _)| *it == role) {
            Some((_, sum)) => sum.add(spent),
            None => self.by_role.push((role, spent.clone())),
        }
    }
}
