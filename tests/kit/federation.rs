//! A federation on this machine: one folder, one process for each node that a test asks for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use uuid::Uuid;
use verbund_ledger::CharterSignature;
use verbund_model::{
    AgencyId, Charter, Clock as _, Day, EntryKeyText, FederationId, MemberKeys, SystemClock,
};
use verbund_transport::pki::{Issued, Validity};

use crate::node::NodeProcess;
use crate::patience::Patience;
use crate::pki::{Member, agency};
use crate::surroundings::Surroundings;
use crate::system::System;

pub(crate) const VOCABULARY: &str = include_str!("../../deploy/charter/krefeld.toml");
/// What the vocabulary itself says, to be exchanged for a test's.
const QUOTA: &str = "entries = 50000\nmebibytes = 64";
const KEPT: &str = "[retention_days]\nupdate = 90";
const FIGURES_KEPT: &str = "reading = 3650";

/// The systems that each node knows: one for each role, one with all roles, one with none.
pub const SYSTEMS: &[(&str, &[&str])] = &[
    ("publisher", &["publisher"]),
    ("coordinator", &["coordinator"]),
    ("reader", &["reader"]),
    ("operator", &["operator"]),
    ("auditor", &["auditor"]),
    (
        "everything",
        &["publisher", "coordinator", "reader", "operator", "auditor"],
    ),
];

/// A system that several people share: it acts for them, and has all roles but the auditor's.
pub const APPLICATION: &str = "application";

/// What a test's federation is to be like.
#[derive(Debug, Clone)]
pub struct Plan {
    nodes: Vec<AgencyId>,
    listening: Vec<AgencyId>,
    /// In the vocabulary: this for that.
    exchanged: Vec<(&'static str, String)>,
    patience: Duration,
}

impl Plan {
    /// These agencies have nodes; all others of Krefeld are members whose nodes are away.
    #[must_use]
    pub fn nodes(ids: &[&str]) -> Self {
        let nodes: Vec<AgencyId> = ids.iter().map(|id| agency(id)).collect();
        Self {
            listening: nodes.clone(),
            nodes,
            exchanged: Vec::new(),
            patience: Duration::from_secs(60),
        }
    }

    /// The charter tells where this agency is to be reached as well, though the federation starts no node of it. Those of whom
    /// it doesn't tell nobody dials.
    #[must_use]
    pub fn dialled(mut self, id: &str) -> Self {
        self.listening.push(agency(id));
        self
    }

    /// What each origin may send in a day.
    #[must_use]
    pub fn quota(mut self, entries: u64, mebibytes: u64) -> Self {
        let quota = format!("entries = {entries}\nmebibytes = {mebibytes}");
        self.exchanged.push((QUOTA, quota));
        self
    }

    /// For how many days updates are kept.
    #[must_use]
    pub fn kept(mut self, days: u32) -> Self {
        let kept = format!("[retention_days]\nupdate = {days}");
        self.exchanged.push((KEPT, kept));
        self
    }

    /// For how many days figures are kept as series of their own.
    #[must_use]
    pub fn figures_kept(mut self, days: u32) -> Self {
        self.exchanged
            .push((FIGURES_KEPT, format!("reading = {days}")));
        self
    }

    /// How long all waits of the test may take together; a minute if nothing is said.
    #[must_use]
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// Makes authorities, keys, the signed charter and the configurations. Nothing is started.
    ///
    /// # Errors
    /// What could not be made.
    pub fn build(self) -> Result<Federation> {
        verbund_transport::install_crypto_provider();
        let patience = Patience::of(self.patience);
        let folder = tempfile::Builder::new().prefix("verbund-test-").tempdir()?;
        let hosts = Hosts::claim()?;
        let federation = FederationId::parse("krefeld")?;
        let mut members = BTreeMap::new();
        for (at, agency) in (1..).zip(Charter::vocabulary_agencies(VOCABULARY)?) {
            members.insert(
                agency.clone(),
                Member::new(agency, &federation, hosts.host(at))?,
            );
        }
        let mut fed = Federation {
            plan: self,
            folder,
            _hosts: hosts,
            id: federation,
            members,
            charter: None,
            nodes: BTreeMap::new(),
            patience,
        };
        let charter = fed.compose_charter(VOCABULARY, 1, None)?;
        fed.charter = Some(Charter::parse(charter.as_bytes())?);
        for agency in &fed.plan.nodes {
            fed.set_up(agency, &charter)?;
        }
        Ok(fed)
    }
}

/// The agencies of Krefeld, and the nodes of some of them.
#[derive(Debug)]
pub struct Federation {
    plan: Plan,
    folder: TempDir,
    _hosts: Hosts,
    id: FederationId,
    members: BTreeMap<AgencyId, Member>,
    charter: Option<Charter>,
    nodes: BTreeMap<AgencyId, NodeProcess>,
    patience: Patience,
}

impl Federation {
    /// A federation in which these agencies' nodes are up and ready.
    ///
    /// # Errors
    /// What could not be made or did not start.
    pub async fn started(ids: &[&str]) -> Result<Self> {
        let mut fed = Plan::nodes(ids).build()?;
        for id in ids {
            fed.launch(id)?;
        }
        fed.ready(ids).await?;
        Ok(fed)
    }

    /// The federation's id.
    #[must_use]
    pub fn id(&self) -> &FederationId {
        &self.id
    }

    /// The charter that all nodes begin with.
    ///
    /// # Panics
    /// Never: a federation is built with its charter.
    #[must_use]
    pub fn charter(&self) -> &Charter {
        self.charter
            .as_ref()
            .expect("a federation is built with its charter")
    }

    /// A member with its secrets.
    ///
    /// # Panics
    /// Where the agency is none of Krefeld's.
    #[must_use]
    pub fn member(&self, id: &str) -> &Member {
        self.members.get(&agency(id)).expect("an agency of Krefeld")
    }

    /// Today in Krefeld.
    #[must_use]
    pub fn today(&self) -> Day {
        self.charter().today(SystemClock.now())
    }

    /// The deadline of the test.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Starts a node's process, or starts it again.
    ///
    /// # Errors
    /// When it runs already or can't be started.
    pub fn launch(&mut self, id: &str) -> Result<()> {
        self.launch_in(id, &Surroundings::new())
    }

    /// The same in other surroundings.
    ///
    /// # Errors
    /// As [`Federation::launch`].
    pub fn launch_in(&mut self, id: &str, surroundings: &Surroundings) -> Result<()> {
        let member = self.member(id);
        let admin = member.admin();
        let node = NodeProcess::launch(id, &self.node_folder(id), admin, surroundings)?;
        let before = self.nodes.insert(agency(id), node);
        ensure!(
            before.is_none_or(|mut before| before.has_ended()),
            "the node of {id} was still running"
        );
        Ok(())
    }

    /// Waits until these nodes say that they are ready.
    ///
    /// # Errors
    /// When one ends instead, or at the deadline.
    pub async fn ready(&mut self, ids: &[&str]) -> Result<()> {
        let patience = self.patience;
        for id in ids {
            let node = self
                .nodes
                .get_mut(&agency(id))
                .context("a node that was launched")?;
            node.ready(patience).await?;
        }
        Ok(())
    }

    /// A node's process.
    ///
    /// # Panics
    /// Where it was never launched.
    #[must_use]
    pub fn node(&self, id: &str) -> &NodeProcess {
        self.nodes
            .get(&agency(id))
            .expect("a node that was launched")
    }

    /// The same, to stop or kill it.
    ///
    /// # Panics
    /// Where it was never launched.
    pub fn node_mut(&mut self, id: &str) -> &mut NodeProcess {
        self.nodes
            .get_mut(&agency(id))
            .expect("a node that was launched")
    }

    /// Connects a system with a certificate of this name, be it one of [`SYSTEMS`] or not, to its agency's node.
    ///
    /// # Errors
    /// Why it does not reach it.
    pub async fn system(&self, id: &str, name: &str) -> Result<System> {
        let certificate = self.member(id).system(name)?;
        self.system_with(id, &certificate).await
    }

    /// The same with a certificate that is there already.
    ///
    /// # Errors
    /// Why it does not reach it.
    pub async fn system_with(&self, id: &str, certificate: &Issued) -> Result<System> {
        let endpoint = self.member(id).agency_api().to_string();
        self.system_at(id, certificate, &endpoint).await
    }

    /// The same at this address, be it the agency's node or one of its replicas.
    pub(crate) async fn system_at(
        &self,
        id: &str,
        certificate: &Issued,
        endpoint: &str,
    ) -> Result<System> {
        let (federation, today) = (self.id.clone(), self.today());
        System::connect(
            self.member(id),
            endpoint,
            federation,
            certificate,
            today,
            self.patience,
        )
        .await
    }

    /// Looks until what is looked for is there; a wait that fails tells what the nodes logged last.
    ///
    /// # Errors
    /// As [`Patience::until`].
    pub async fn until<T>(
        &self,
        what: &str,
        look: impl AsyncFnMut() -> Result<T, String>,
    ) -> Result<T> {
        self.patience
            .until(what, look)
            .await
            .with_context(|| self.last_words())
    }

    /// What the nodes logged last.
    #[must_use]
    pub fn last_words(&self) -> String {
        let mut told = String::new();
        for (agency, node) in &self.nodes {
            // Writing to a string can't fail.
            let _ = writeln!(told, "--- {agency} logged last:\n{}", node.log_tail(15));
        }
        told
    }

    /// The folder of all of them, for whatever else a test keeps.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything of one agency's node.
    #[must_use]
    pub fn node_folder(&self, id: &str) -> PathBuf {
        self.folder.path().join(id)
    }

    /// Gives a node a revocation list of an agency, as that agency publishes it.
    ///
    /// # Errors
    /// When it can't be made or written.
    pub fn publish_revocations(
        &self,
        at_node: &str,
        of: &str,
        number: u64,
        serials: &[Vec<u8>],
    ) -> Result<()> {
        let validity = Validity::days(SystemClock.now(), 7);
        let list = self
            .member(of)
            .authority
            .revocation_list(number, serials, validity)?;
        // Moved into place, so that no node ever reads half a list.
        let folder = self.node_folder(at_node).join("tls/crls");
        let draft = self.folder.path().join(format!("{at_node}-{of}.crl"));
        fs::write(&draft, list)?;
        fs::rename(draft, folder.join(format!("{of}.crl")))?;
        Ok(())
    }

    /// Puts the next charter in place at a node that runs: this agency is no member any more, and all have signed.
    ///
    /// # Errors
    /// When it can't be made or written.
    pub fn remove_member(&self, at_node: &str, agency: &str) -> Result<()> {
        let begins = format!("[[agency]]\nid = {agency:?}\n");
        let at = VOCABULARY
            .find(&begins)
            .context("an agency of the vocabulary")?;
        let (before, rest) = VOCABULARY.split_at(at);
        let after = rest[begins.len()..].find("[[").context("more than that")?;
        let vocabulary = format!("{before}{}", &rest[begins.len() + after..]);
        let file = self.node_folder(at_node).join("charter.toml");
        let previous = verbund_ledger::charter_hash(&fs::read(&file)?);
        let charter = self.compose_charter(&vocabulary, 2, Some(previous))?;
        fs::write(file.with_extension("toml.sig"), self.signatures(&charter))?;
        fs::write(file, charter)?;
        Ok(())
    }

    fn compose_charter(
        &self,
        vocabulary: &str,
        version: u32,
        previous: Option<[u8; 32]>,
    ) -> Result<String> {
        let mut vocabulary = vocabulary.to_owned();
        for (this, that) in &self.plan.exchanged {
            ensure!(
                vocabulary.contains(this),
                "the vocabulary does not say {this:?} as the kit believes"
            );
            vocabulary = vocabulary.replace(this, that);
        }
        let agencies = Charter::vocabulary_agencies(&vocabulary)?;
        let members = self
            .members
            .values()
            .filter(|it| agencies.contains(&it.agency));
        let members = members.map(|member| MemberKeys {
            agency: member.agency.clone(),
            endpoint: match self.plan.listening.contains(&member.agency) {
                true => member.federation_api().to_string(),
                false => String::new(),
            },
            tls_roots_pem: member.authority.certificate_pem().to_owned(),
            entry_keys: vec![EntryKeyText::from_bytes(
                member.entry_key.public().as_bytes(),
            )],
        });
        let expires = SystemClock.now().saturating_add_ms(365 * 24 * 3600 * 1000);
        let expires = jiff::Timestamp::from_millisecond(expires.0)?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        Ok(Charter::compose(
            &vocabulary,
            members.collect(),
            version,
            previous,
            expires,
        )?)
    }

    /// Signatures of all members, in the form of the file beside a charter.
    fn signatures(&self, charter: &str) -> String {
        let line = |member: &Member| {
            let signed = CharterSignature::sign(
                charter.as_bytes(),
                member.agency.clone(),
                &member.entry_key,
            );
            format!(
                "{} {} {}\n",
                signed.agency,
                signed.key,
                hex::encode(signed.signature)
            )
        };
        self.members.values().map(line).collect()
    }

    /// Writes the folder of one node.
    fn set_up(&self, agency: &AgencyId, charter: &str) -> Result<()> {
        let member = &self.members[agency];
        let folder = self.node_folder(agency.as_str());
        for part in ["", "data", "erasure-keys", "tls", "tls/crls", "keys"] {
            fs::DirBuilder::new()
                .mode(0o700)
                .recursive(true)
                .create(folder.join(part))?;
        }
        fs::write(folder.join("charter.toml"), charter)?;
        fs::write(folder.join("charter.toml.sig"), self.signatures(charter))?;
        fs::write(folder.join("tls/node.pem"), &member.node.certificate_pem)?;
        write_secret(&folder.join("tls/node.key"), &member.node.key_pem)?;
        write_secret(
            &folder.join("keys/entry.key"),
            &hex::encode(member.entry_key.seed().as_slice()),
        )?;
        fs::write(folder.join("node.toml"), configuration(member))?;
        Ok(())
    }
}

fn write_secret(path: &Path, secret: &str) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    Ok(file.write_all(secret.as_bytes())?)
}

/// What a node's configuration says that listens at its member's addresses.
fn configuration(member: &Member) -> String {
    configuration_at(
        member,
        [member.agency_api(), member.federation_api(), member.admin()],
    )
}

pub(crate) fn configuration_at(
    member: &Member,
    [agency_api, federation, admin]: [SocketAddr; 3],
) -> String {
    let agency = &member.agency;
    let mut text = format!(
        r#"
[node]
agency = "{agency}"
log = "json"
log_filter = "info,verbund_node=debug,verbund_transport=debug"

[agency_api]
listen = "{agency_api}"

[federation]
listen = "{federation}"

[admin]
listen = "{admin}"
"#
    );
    for (name, roles) in SYSTEMS {
        // Writing to a string can't fail.
        let _ = writeln!(text, "\n[[client]]\nname = {name:?}\nroles = {roles:?}");
    }
    let roles = ["publisher", "coordinator", "reader", "operator"];
    let _ = writeln!(
        text,
        "\n[[client]]\nname = {APPLICATION:?}\nroles = {roles:?}\nacts_for_people = true"
    );
    text
}

/// Addresses of the loopback that no other test uses, so that every node has the ports of the manual and is found where the
/// charter says, also after a restart.
#[derive(Debug)]
pub(crate) struct Hosts {
    network: [u8; 2],
    /// Whoever listens here has the network.
    _claim: TcpListener,
}

impl Hosts {
    pub(crate) fn claim() -> Result<Self> {
        for _ in 0..1000 {
            let [a, b, ..] = *Uuid::new_v4().as_bytes();
            // 127.0 is everybody's.
            let network = [a | 1, b];
            let host = Ipv4Addr::new(127, network[0], network[1], 254);
            if let Ok(claim) = TcpListener::bind((host, 7442)) {
                return Ok(Self {
                    network,
                    _claim: claim,
                });
            }
        }
        anyhow::bail!("127.0.0.0/8 has no free network: these tests need Linux's loopback")
    }

    pub(crate) fn host(&self, at: u8) -> Ipv4Addr {
        Ipv4Addr::new(127, self.network[0], self.network[1], at)
    }
}

/// A request id as callers make them.
#[must_use]
pub fn request_id() -> String {
    Uuid::now_v7().to_string()
}
