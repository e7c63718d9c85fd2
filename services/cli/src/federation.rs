//! A whole federation in one folder of this machine, for demonstrations and measurements: one development authority for
//! each agency, a charter that all signed, and for each agency what its node and its systems need.
//!
//! ```text
//! demo.toml                 ports, and whether the folder is complete
//! charter.toml(.sig)        the charter and its signatures
//! pki/<agency>.…            each agency's authority
//! <agency>/node.toml        the node's configuration, written at each start
//! <agency>/node.log         what the node says
//! <agency>/<system>.toml    a client configuration for each of its systems
//! <agency>/briefing.toml    the configuration of its coordinators' application, and briefing.db, briefing.log
//! <agency>/{keys,tls,data,erasure-keys}
//! ```
//!
//! Keys, charter and data stay from run to run; certificates and revocation lists are issued anew at each start, so that
//! the folder never expires.

pub(crate) mod processes;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use verbund_briefing::config::NodeSection;
use verbund_ledger::CharterSignature;
use verbund_model::{
    AgencyId, Charter, Clock as _, EntryKeyText, FederationId, MemberKeys, SystemClock,
};
use verbund_node::Config;
use verbund_node::charter::signatures_file;
use verbund_node::config::Client;
use verbund_node::roles::Role;

use crate::authority::Authority;
use crate::charter_file::{CharterFile, signatures_path};
use crate::client::ClientConfig;
use crate::entry_key;
use crate::exit::{failure, usage};
use crate::files::{self, Access};
use crate::text;

/// Of certificates and revocation lists: longer than any demonstration runs.
const VALID_DAYS: u32 = 90;
const CHARTER_YEARS: i32 = 5;
/// Ports are looked for below the range from which systems give out ports by themselves.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const STATE_FILE: &str = "demo.toml";
/// The system that an agency's application is to its node.
pub(crate) const BRIEFING: &str = "briefing";
/// What people may do in an application, taken together.
pub(crate) const BRIEFING_ROLES: &[Role] = Role::ALL;

/// What the federation is to be.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Its vocabulary: a charter without its members' addresses and keys.
    pub(crate) vocabulary: String,
    /// The systems of each agency with their roles. The file of a system is `<name>.toml`.
    pub(crate) systems: Vec<(&'static str, &'static [Role])>,
}

impl Plan {
    /// The systems, and the application, which each agency has.
    fn all_systems(&self) -> impl Iterator<Item = (&'static str, &'static [Role])> {
        let systems = self.systems.iter().copied();
        systems.chain([(BRIEFING, BRIEFING_ROLES)])
    }
}

/// A folder that is ready to run, locked for this process.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) charter: Charter,
    pub(crate) members: Vec<Member>,
    _lock: File,
}

/// One agency of the federation.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) agency: AgencyId,
    /// Its name in the reader's language.
    pub(crate) name: String,
    /// The node's configuration.
    pub(crate) config: PathBuf,
    /// Where the node's log goes.
    pub(crate) log: PathBuf,
    /// The node's admin port.
    pub(crate) admin: SocketAddr,
    /// The configuration of the coordinators' application.
    pub(crate) briefing: PathBuf,
    /// What the node's configuration is besides its file: variables of its process.
    pub(crate) environment: BTreeMap<String, String>,
    systems: BTreeMap<&'static str, ClientConfig>,
}

impl Member {
    /// The client configuration of one of its systems.
    pub(crate) fn system(&self, name: &str) -> &ClientConfig {
        self.systems.get(name).expect("the plan names the system")
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// False while the folder is being made; an unfinished one is made anew.
    complete: bool,
    ports: BTreeMap<AgencyId, Ports>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ports {
    agency_api: u16,
    federation: u16,
    admin: u16,
    /// 0 in the folder of an earlier release, which had no applications.
    #[serde(default)]
    briefing: u16,
}

impl Ports {
    fn all(self) -> [u16; 4] {
        [self.agency_api, self.federation, self.admin, self.briefing]
    }
}

impl Folder {
    /// Opens the folder, or makes it. With `fresh`, what an earlier demonstration left is removed first.
    ///
    /// # Errors
    /// When another demonstration runs there, when the folder holds something else, or when it can't be written.
    pub(crate) fn open(path: &Path, plan: &Plan, fresh: bool) -> anyhow::Result<Self> {
        files::make_folder(path)?;
        let path = fs::canonicalize(path)?;
        let lock = lock(&path)?;
        let state = read_state(&path)?;
        let state = match state {
            Some(state) if state.complete && !fresh => state,
            Some(_) => {
                clear(&path, plan)?;
                make(&path, plan)?
            }
            None if is_empty(&path)? => make(&path, plan)?,
            None => {
                return Err(usage(
                    text::DEMO_NOT_A_DEMO.fill(&[&path.display(), &STATE_FILE]),
                ));
            }
        };
        let state = with_free_ports(&path, state)?;
        let charter = CharterFile::read(&path.join("charter.toml"))?.charter;
        renew_certificates(&path, &charter, plan)?;
        let members = charter
            .agencies()
            .map(|agency| write_configs(&path, &charter, &agency.id, &state, plan))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            path,
            charter,
            members,
            _lock: lock,
        })
    }
}

/// Held as long as the demonstration runs, however it ends.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("demo.lock");
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| failure(text::DEMO_RUNS.fill(&[&folder.display()])))?;
    Ok(file)
}

fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    Ok(fs::read_dir(folder)?
        .flatten()
        .all(|it| it.file_name() == "demo.lock"))
}

fn read_state(folder: &Path) -> anyhow::Result<Option<State>> {
    let path = folder.join(STATE_FILE);
    match fs::read_to_string(&path) {
        Ok(content) => Ok(Some(toml::from_str(&content).map_err(|error| {
            usage(text::BAD_CONFIG.fill(&[&path.display(), &error]))
        })?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(usage(text::CANT_READ.fill(&[&path.display(), &error]))),
    }
}

fn write_state(folder: &Path, state: &State) -> anyhow::Result<()> {
    files::replace(
        &folder.join(STATE_FILE),
        toml::to_string(state)?.as_bytes(),
        Access::Public,
    )
}

/// Removes what a demonstration made, by name, and nothing else.
fn clear(folder: &Path, plan: &Plan) -> anyhow::Result<()> {
    let members = Charter::vocabulary_agencies(&plan.vocabulary)?;
    let folders = members.iter().map(AgencyId::as_str).chain(["pki"]);
    for made in folders
        .map(|name| folder.join(name))
        .filter(|it| it.exists())
    {
        fs::remove_dir_all(made)?;
    }
    for name in ["charter.toml", "charter.toml.sig"] {
        let made = folder.join(name);
        if made.exists() {
            fs::remove_file(made)?;
        }
    }
    Ok(())
}

/// Makes authorities, keys and the charter.
fn make(folder: &Path, plan: &Plan) -> anyhow::Result<State> {
    write_state(folder, &State::default())?;
    let agencies = Charter::vocabulary_agencies(&plan.vocabulary)?;
    let federation = federation_of(&plan.vocabulary)?;
    let mut taken = Vec::new();
    let mut state = State::default();
    let mut keys = Vec::new();
    let mut members = Vec::new();
    for agency in &agencies {
        let authority = Authority::create(&folder.join("pki"), agency, &federation, VALID_DAYS)?;
        let home = folder.join(agency.as_str());
        for made in ["keys", "tls/crls", "data", "erasure-keys"] {
            files::make_folder(&home.join(made))?;
        }
        let key = entry_key::make(&home.join("keys/entry.key"))?;
        let ports = free_ports(&mut taken)?;
        members.push(MemberKeys {
            agency: agency.clone(),
            endpoint: on_loopback(ports.federation).to_string(),
            tls_roots_pem: authority.certificate_pem().to_owned(),
            entry_keys: vec![EntryKeyText::from_bytes(key.public().as_bytes())],
        });
        state.ports.insert(agency.clone(), ports);
        keys.push((agency.clone(), key));
    }
    let today = jiff::Timestamp::from_millisecond(SystemClock.now().0)?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let expires = today.saturating_add(jiff::Span::new().years(CHARTER_YEARS));
    let body = Charter::compose(&plan.vocabulary, members, 1, None, expires)?;
    let signatures: Vec<_> = keys
        .into_iter()
        .map(|(agency, key)| CharterSignature::sign(body.as_bytes(), agency, &key))
        .collect();
    let file = folder.join("charter.toml");
    files::replace(&file, body.as_bytes(), Access::Public)?;
    let signed = signatures_file(&signatures);
    files::replace(&signatures_path(&file), signed.as_bytes(), Access::Public)?;
    state.complete = true;
    write_state(folder, &state)?;
    Ok(state)
}

fn federation_of(vocabulary: &str) -> anyhow::Result<FederationId> {
    #[derive(Deserialize)]
    struct Head {
        federation: Federation,
    }
    #[derive(Deserialize)]
    struct Federation {
        id: FederationId,
    }
    Ok(toml::from_str::<Head>(vocabulary)?.federation.id)
}

/// The remembered ports, with others where somebody has taken one meanwhile.
fn with_free_ports(folder: &Path, mut state: State) -> anyhow::Result<State> {
    let mut taken: Vec<u16> = state.ports.values().flat_map(|it| it.all()).collect();
    let mut changed = false;
    for ports in state.ports.values_mut() {
        if !ports
            .all()
            .into_iter()
            .all(|port| port > 0 && is_free(port))
        {
            *ports = free_ports(&mut taken)?;
            changed = true;
        }
    }
    if changed {
        write_state(folder, &state)?;
    }
    Ok(state)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(on_loopback(port)).is_ok()
}

fn on_loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Four ports that nobody listens on and that aren't `taken`.
fn free_ports(taken: &mut Vec<u16>) -> anyhow::Result<Ports> {
    // Each process begins elsewhere, so that two that are being made don't meet.
    let width = u32::from(PORTS.end - PORTS.start);
    let begin = std::process::id().wrapping_mul(97) % width;
    let mut candidates = (0..width)
        .map(|step| PORTS.start + u16::try_from((begin + step) % width).unwrap_or_default())
        .filter(|port| is_free(*port));
    let mut next = || {
        let port = candidates.find(|port| !taken.contains(port));
        let port = port.ok_or_else(|| failure(text::DEMO_NO_PORTS.to_string()))?;
        taken.push(port);
        anyhow::Ok(port)
    };
    Ok(Ports {
        agency_api: next()?,
        federation: next()?,
        admin: next()?,
        briefing: next()?,
    })
}

/// Issues all certificates and lists anew and hands the lists to everybody.
fn renew_certificates(folder: &Path, charter: &Charter, plan: &Plan) -> anyhow::Result<()> {
    for agency in charter.agencies() {
        let mut authority = Authority::open(&folder.join("pki"), &agency.id)?;
        authority.write_revocation_list(VALID_DAYS)?;
        let tls = folder.join(agency.id.as_str()).join("tls");
        let mut issued = vec![("node", authority.issue_node(&[], VALID_DAYS)?)];
        for (name, _) in plan.all_systems() {
            issued.push((name, authority.issue_system(name, VALID_DAYS)?));
        }
        for (name, issued) in issued {
            let key = fs::read(&issued.key)?;
            files::replace(&tls.join(format!("{name}.key")), &key, Access::Secret)?;
            let certificate = fs::read(&issued.certificate)?;
            files::replace(
                &tls.join(format!("{name}.pem")),
                &certificate,
                Access::Public,
            )?;
        }
        let root = authority.certificate_pem().as_bytes();
        files::replace(&tls.join("root.pem"), root, Access::Public)?;
        let list = fs::read(authority.revocation_list())?;
        for member in charter.agencies() {
            let crls = folder.join(member.id.as_str()).join("tls/crls");
            files::replace(
                &crls.join(format!("{}.crl", agency.id)),
                &list,
                Access::Public,
            )?;
        }
    }
    Ok(())
}

/// Writes the configurations of one agency's node and systems.
fn write_configs(
    folder: &Path,
    charter: &Charter,
    agency: &AgencyId,
    state: &State,
    plan: &Plan,
) -> anyhow::Result<Member> {
    let ports_of = |agency: &AgencyId| {
        let ports = state.ports.get(agency).copied();
        ports.ok_or_else(|| usage(text::DEMO_BROKEN.fill(&[&folder.display()])))
    };
    let home = folder.join(agency.as_str());
    let ports = ports_of(agency)?;
    let mut config = Config::new(agency.clone());
    config.charter.file = "../charter.toml".into();
    config.agency_api.listen = on_loopback(ports.agency_api);
    config.federation.listen = on_loopback(ports.federation);
    config.admin.listen = on_loopback(ports.admin);
    for partner in charter.agencies().filter(|it| it.id != *agency) {
        let endpoint = on_loopback(ports_of(&partner.id)?.federation).to_string();
        // The charter is signed and can't follow when a port has to change.
        if endpoint != partner.endpoint {
            config
                .partners
                .endpoint
                .insert(partner.id.clone(), endpoint);
        }
    }
    let clients = plan.all_systems().map(|(name, roles)| Client {
        name: name.to_owned(),
        roles: roles.to_vec(),
        acts_for_people: name == BRIEFING,
    });
    config.clients = clients.collect();
    files::replace(
        &home.join("node.toml"),
        config.template().as_bytes(),
        Access::Public,
    )?;
    let client = |name: &'static str| -> anyhow::Result<_> {
        let content = ClientConfig {
            node: on_loopback(ports.agency_api).to_string(),
            agency: Some(agency.to_string()),
            certificate: format!("tls/{name}.pem").into(),
            key: format!("tls/{name}.key").into(),
            roots: "tls/root.pem".into(),
        };
        let path = home.join(format!("{name}.toml"));
        files::replace(&path, toml::to_string(&content)?.as_bytes(), Access::Public)?;
        Ok((name, ClientConfig::read(&path)?))
    };
    let names = charter.agency(agency).map(|it| it.names.clone());
    Ok(Member {
        agency: agency.clone(),
        name: names.map_or_else(
            || agency.to_string(),
            |it| text::either(&it.de, &it.en).to_owned(),
        ),
        config: home.join("node.toml"),
        log: home.join("node.log"),
        admin: on_loopback(ports.admin),
        briefing: write_briefing(&home, ports)?,
        environment: BTreeMap::new(),
        systems: plan
            .systems
            .iter()
            .map(|(name, _)| client(name))
            .collect::<anyhow::Result<_>>()?,
    })
}

/// Writes the configuration of one agency's application, which is a system of the agency like its others.
fn write_briefing(home: &Path, ports: Ports) -> anyhow::Result<PathBuf> {
    let listen = on_loopback(ports.briefing);
    let node = on_loopback(ports.agency_api).to_string();
    let config = briefing_config(listen, format!("http://{listen}"), node);
    let path = home.join(format!("{BRIEFING}.toml"));
    files::replace(&path, toml::to_string(&config)?.as_bytes(), Access::Public)?;
    Ok(path)
}

/// The configuration of an application whose files lie where those of all clients lie.
pub(crate) fn briefing_config(
    listen: SocketAddr,
    public_url: String,
    node: String,
) -> verbund_briefing::Config {
    let node = NodeSection {
        address: node,
        certificate: format!("tls/{BRIEFING}.pem").into(),
        key: format!("tls/{BRIEFING}.key").into(),
        roots: "tls/root.pem".into(),
    };
    verbund_briefing::Config::new(listen, public_url, node)
}

#[cfg(test)]
pub(crate) mod tests {
    use verbund_ledger::{EntryKey, signed_by_majority};

    use super::*;

    pub(crate) const VOCABULARY: &str = include_str!("../../../deploy/charter/krefeld.toml");

    fn plan() -> Plan {
        Plan {
            vocabulary: VOCABULARY.to_owned(),
            systems: vec![("duty-log", &[Role::Publisher])],
        }
    }

    /// Krefeld's charter with made-up keys.
    pub(crate) fn charter() -> Charter {
        let agencies = Charter::vocabulary_agencies(VOCABULARY)
            .unwrap()
            .into_iter();
        let members = agencies.enumerate().map(|(index, agency)| {
            let key = EntryKey::from_seed(&[u8::try_from(index).unwrap() + 1; 32]).unwrap();
            let root = ["AA==", "AQ==", "Ag==", "Aw==", "BA==", "BQ=="][index];
            MemberKeys {
                agency,
                endpoint: String::new(),
                tls_roots_pem: format!(
                    "-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n"
                ),
                entry_keys: vec![EntryKeyText::from_bytes(key.public().as_bytes())],
            }
        });
        let expires = jiff::civil::date(2030, 1, 1);
        let text = Charter::compose(VOCABULARY, members.collect(), 1, None, expires).unwrap();
        Charter::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_folder_is_made_once_and_taken_up_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo");
        let open = |fresh| Folder::open(&path, &plan(), fresh);
        let body = || CharterFile::read(&path.join("charter.toml")).unwrap().body;

        let first = open(false).unwrap();
        assert_eq!(first.members.len(), 6);
        let file = CharterFile::read(&path.join("charter.toml")).unwrap();
        signed_by_majority(&file.charter, &file.body, &file.signatures).unwrap();
        for member in &first.members {
            let config = Config::load(&member.config, []).unwrap();
            config.check().unwrap();
            assert_eq!(config.admin.listen, member.admin);
            assert_eq!(
                member.system("duty-log").node,
                config.agency_api.listen.to_string()
            );
        }
        assert!(open(false).is_err(), "a second one at the same time");
        drop(first);

        drop(open(false).unwrap());
        assert_eq!(body(), file.body);
        drop(open(true).unwrap());
        assert_ne!(body(), file.body);
    }

    #[test]
    fn an_unfinished_folder_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        write_state(path, &State::default()).unwrap();
        files::make_folder(&path.join("pki")).unwrap();
        fs::write(path.join("pki/dhz.root.key"), b"half").unwrap();
        assert_eq!(Folder::open(path, &plan(), false).unwrap().members.len(), 6);
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.odt"), b"x").unwrap();
        for fresh in [false, true] {
            assert!(Folder::open(folder.path(), &plan(), fresh).is_err());
        }
        assert!(folder.path().join("thesis.odt").exists());
    }
}
