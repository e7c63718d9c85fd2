//! The configuration of a node: a TOML file, and environment variables over it.
//!
//! **Promise.** A key that nobody knows is an error that names the nearest known one; every problem is told at once, with its
//! key; what is told never holds a secret. A configuration that loaded holds absolute paths and values within their bounds, so
//! nothing behind it checks them again.
//!
//! One table, in `keys`, holds every key with its meaning, its bounds and the field it fills. Reading, `config dump` and the
//! commented file that `verbund init` writes all go by it, so none of them can forget a key.

mod check;
mod keys;
mod load;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use verbund_model::AgencyId;

use crate::roles::Role;

/// Prefix of the environment variables that override keys: `VERBUND__ADMIN__LISTEN` is `admin.listen`.
pub const ENVIRONMENT_PREFIX: &str = "VERBUND__";

/// Everything that an operator sets for one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[node]`: who it is and where it keeps what it has.
    pub node: NodeSection,
    /// `[charter]`: what the federation agreed.
    pub charter: CharterSection,
    /// `[agency_api]`: for systems and people of the own agency.
    pub agency_api: ListenSection,
    /// `[federation]`: for the partners' nodes.
    pub federation: ListenSection,
    /// `[admin]`: health and metrics, over plain HTTP.
    pub admin: ListenSection,
    /// `[tls]`: this node's certificate.
    pub tls: TlsSection,
    /// `[entry_key]`: the key that signs entries and receipts.
    pub entry_key: EntryKeySection,
    /// `[store]`: the database.
    pub store: StoreSection,
    /// `[partners]`: how the partners are reached.
    pub partners: PartnersSection,
    /// `[delivery]`: what partners are told beyond receipts.
    pub delivery: DeliverySection,
    /// `[telemetry]`: where traces go.
    pub telemetry: TelemetrySection,
    /// `[limits]`: bounds that an operator may move.
    pub limits: LimitsSection,
    /// `[[client]]`: the own agency's systems and people, by the name in their certificate.
    pub clients: Vec<Client>,
}

/// Who the node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSection {
    /// The agency whose node this is.
    pub agency: AgencyId,
    /// Folder of everything that the node writes, but for the erasure keys.
    pub data: PathBuf,
    /// Form of the log on the standard error.
    pub log: LogFormat,
    /// What is logged, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub log_filter: String,
    /// How long what was begun may take to end once the node is told to stop.
    pub drain: Duration,
    /// The name of this replica, where one is given; see [`NodeSection::replica`].
    pub replica: Option<String>,
}

impl NodeSection {
    /// The name of this replica among those over one database: the one that is given, or the machine's name and the process id.
    #[must_use]
    pub fn replica(&self) -> String {
        self.replica.clone().unwrap_or_else(|| {
            let machine = rustix::system::uname();
            let machine = machine.nodename().to_string_lossy();
            let machine: String = machine
                .chars()
                .filter(char::is_ascii_graphic)
                .take(REPLICA_CHARS - 11)
                .collect();
            format!("{machine}-{}", std::process::id())
        })
    }
}

/// The longest name of a replica: it stands in the database and in the status.
pub(crate) const REPLICA_CHARS: usize = 63;

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Human,
    /// One JSON object for each event.
    Json,
}

/// Where the charter is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharterSection {
    /// The charter's file. A newer one that the federation signed replaces it in the store, not here.
    pub file: PathBuf,
}

impl CharterSection {
    /// The file with the charter's signatures: the same name with `.sig` behind it.
    #[must_use]
    pub fn signatures(&self) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(".sig");
        PathBuf::from(name)
    }
}

/// Where one of the node's three listeners listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenSection {
    /// Address and port; port 0 lets the system choose one.
    pub listen: SocketAddr,
}

/// This node's certificate and the revocation lists. Trust roots come from the charter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSection {
    /// The certificate and its intermediates, PEM.
    pub certificate: PathBuf,
    /// The private key of it, PEM.
    pub key: PathBuf,
    /// Folder of the agencies' certificate revocation lists, `<agency>.crl` or `<agency>.pem`.
    pub crls: PathBuf,
}

/// The entry key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKeySection {
    /// File with the private key: the 32-byte seed in hex.
    pub file: PathBuf,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSection {
    /// Where the database is; the scheme chooses the engine.
    pub url: StoreUrl,
    /// Below this many bytes free on the data folder's disk the node takes nothing new.
    pub disk_reserve_bytes: u64,
    /// Folder of the keys under which texts are stored. Never back it up together with the database.
    pub erasure_keys: PathBuf,
    /// Bring the schema up to this release at start; where nothing is said, only where nobody shares the database.
    pub migrate_at_start: Option<bool>,
    /// Run also on a database that is set up to lose what it acknowledged.
    pub accept_data_loss: bool,
    /// Folder in which tasks and protocols are laid down as files before they are forgotten; none keeps nothing.
    pub archive: Option<PathBuf>,
}

impl StoreSection {
    /// Whether the schema is brought up to this release at start.
    #[must_use]
    pub fn migrates(&self) -> bool {
        self.migrate_at_start
            .unwrap_or_else(|| self.url.expose().starts_with("sqlite:"))
    }
}

/// A database address. It may hold a password, so that it shows itself without one.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(String);

impl StoreUrl {
    /// Takes an address such as `sqlite:data/verbund.db`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address with everything in it. For the store alone; never to be shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The path of an address that names a file, such as `sqlite:data/verbund.db`, and the scheme before it.
    fn file(&self) -> Option<(&str, &str)> {
        let (scheme, rest) = self.0.split_once(':')?;
        let rest = rest.strip_prefix("//").map_or(Some(rest), |_| None)?;
        Some((scheme, rest))
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0.split(['?', '#']).next().unwrap_or_default();
        let hidden = if url.len() == self.0.len() {
            ""
        } else {
            "?***"
        };
        let Some((scheme, rest)) = url.split_once("://") else {
            return write!(f, "{url}{hidden}");
        };
        // The last @ ends the credentials: passwords may hold one.
        match rest.rsplit_once('@') {
            Some((_, host)) => write!(f, "{scheme}://***@{host}{hidden}"),
            None => write!(f, "{scheme}://{rest}{hidden}"),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

/// How partners are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnersSection {
    /// Dial the partners; otherwise wait for them.
    pub dial: bool,
    /// `host:port` by agency, instead of what the charter says.
    pub endpoint: BTreeMap<AgencyId, String>,
}

/// What partners are told of their updates beyond receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliverySection {
    /// Whether the day and window are kept and told in which an update was first on a screen here.
    pub shown: TellShown,
}

/// Whether it is told that something was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TellShown {
    /// Where at least [`COORDINATORS_MIN`] coordinate: clients with that role, and the people for whom one of them acts.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl TellShown {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Auto, Self::On, Self::Off];

    /// The word for it in configuration files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// With fewer coordinators a window would tell which of them was at work.
pub const COORDINATORS_MIN: usize = 5;

/// Where traces go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TelemetrySection {
    /// Address of an OTLP collector that speaks gRPC, scheme included; none exports nothing.
    pub otlp_endpoint: Option<String>,
    /// Partners with whom trace ids are exchanged, where they opted in as well.
    pub share_traces_with: Vec<AgencyId>,
}

/// Bounds that depend on the machine and its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsSection {
    /// Publishes that may wait for their flush; beyond, callers are told to come again.
    pub publish_queue: usize,
    /// Feeds that may be watched at the same time.
    pub feed_watchers: usize,
}

/// A system or person of the own agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name in its certificate: `spiffe://<agency>.<federation>.verbund/system/<name>`.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// It is used by several people and says with each call for whom it is made; see [`verbund_wire::acting`]. By itself it reads at
    /// most.
    pub acts_for_people: bool,
}

/// Something that is wrong with the configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, such as `limits.publish_queue` or `client[1].roles`.
    pub key: String,
    /// What is wrong and what would be right; never a secret.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        let (key, message) = (key.into(), message.into());
        Self { key, message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// Why there is no usable configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the configuration {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{path}:{line}:{column}: {message}", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong; without the line itself, which may hold a password.
        message: String,
    },
    /// Keys or values are wrong.
    #[error("{path} has {count} {noun}:{list}", path = path.display(), count = problems.len(),
        noun = if problems.len() == 1 { "problem" } else { "problems" }, list = list(problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong.
        problems: Vec<Problem>,
    },
}

fn list(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("\n  {problem}"))
        .collect()
}

impl Config {
    /// The configuration that an agency's node has when its file names the agency and nothing else. Paths are relative.
    #[must_use]
    pub fn new(agency: AgencyId) -> Self {
        let any = |port| ListenSection {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port),
        };
        Self {
            node: NodeSection {
                agency,
                data: "data".into(),
                log: LogFormat::Human,
                log_filter: "info".to_owned(),
                drain: Duration::from_secs(10),
                replica: None,
            },
            charter: CharterSection {
                file: "charter.toml".into(),
            },
            agency_api: any(7443),
            federation: any(7444),
            admin: ListenSection {
                listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7445),
            },
            tls: TlsSection {
                certificate: "tls/node.pem".into(),
                key: "tls/node.key".into(),
                crls: "tls/crls".into(),
            },
            entry_key: EntryKeySection {
                file: "keys/entry.key".into(),
            },
            store: StoreSection {
                url: store_in(Path::new("data")),
                disk_reserve_bytes: 256 << 20,
                erasure_keys: "erasure-keys".into(),
                migrate_at_start: None,
                accept_data_loss: false,
                archive: None,
            },
            partners: PartnersSection {
                dial: true,
                endpoint: BTreeMap::new(),
            },
            delivery: DeliverySection::default(),
            telemetry: TelemetrySection::default(),
            limits: LimitsSection {
                publish_queue: 4096,
                feed_watchers: 256,
            },
            clients: Vec::new(),
        }
    }

    /// Has what the node writes in a folder of its own, beside that of what it only reads.
    pub fn keep_in(&mut self, state: &Path) {
        self.node.data = state.join(&self.node.data);
        self.store.url = store_in(&self.node.data);
        self.store.erasure_keys = state.join(&self.store.erasure_keys);
    }

    /// The roles of a system of the own agency, by the name in its certificate; none for one that isn't listed.
    #[must_use]
    pub fn roles_of(&self, name: &str) -> &[Role] {
        let client = self.clients.iter().find(|client| client.name == name);
        client.map_or(&[], |client| &client.roles)
    }

    /// Whether it is kept in which window an update was first on a screen of this agency. `client` says so; where it acts for people,
    /// `people` of them may act as coordinators.
    #[must_use]
    pub fn keeps_shown(&self, client: &str, people: usize) -> bool {
        match self.delivery.shown {
            TellShown::On => true,
            TellShown::Off => false,
            TellShown::Auto => {
                let coordinators = self.clients.iter();
                let coordinators =
                    coordinators.filter(|client| client.roles.contains(&Role::Coordinator));
                // By name: one client is one, however often listed.
                let counted: BTreeMap<&str, usize> = coordinators
                    .map(|it| {
                        let is_asked = it.acts_for_people && it.name == client;
                        (it.name.as_str(), if is_asked { people.max(1) } else { 1 })
                    })
                    .collect();
                let all = counted
                    .values()
                    .fold(0, |all: usize, it| all.saturating_add(*it));
                all >= COORDINATORS_MIN
            }
        }
    }

    /// Whether what was kept is told to the audience.
    #[must_use]
    pub fn tells_shown(&self) -> bool {
        self.delivery.shown != TellShown::Off
    }

    /// Makes every path absolute, from the folder that holds the configuration.
    fn resolve(&mut self, folder: &Path) {
        for path in [
            &mut self.node.data,
            &mut self.charter.file,
            &mut self.tls.certificate,
            &mut self.tls.key,
            &mut self.tls.crls,
            &mut self.entry_key.file,
            &mut self.store.erasure_keys,
        ] {
            *path = folder.join(&*path);
        }
        if let Some(archive) = &mut self.store.archive {
            *archive = folder.join(&*archive);
        }
        if let Some((scheme, file)) = self.store.url.file() {
            self.store.url = StoreUrl(format!("{scheme}:{}", folder.join(file).display()));
        }
    }
}

/// The default database of a data folder.
fn store_in(data: &Path) -> StoreUrl {
    StoreUrl(format!("sqlite:{}", data.join("verbund.db").display()))
}
