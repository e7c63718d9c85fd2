//! A federation in a folder, for measuring: development certificates, a charter with room for the load, and six
//! configurations.
//!
//! The charter is Krefeld's with two changes. The quotas are out of the way, since what is measured is the node and not its
//! brake. No agency is protected, so that every update goes to all five partners at once: the harder case.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use verbund_ledger::{CharterSignature, EntryKey, SystemEntropy};
use verbund_model::{AgencyId, Charter, EntryKeyText, FederationId, MemberKeys};
use verbund_node::Config;
use verbund_node::charter::signatures_file;
use verbund_node::config::{Client, StoreUrl};
use verbund_node::roles::Role;

use crate::authority::Authority;
use crate::client::ClientConfig;
use crate::files::{self, Access};
use crate::{charter_file, entry_key};

const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");
/// The name of the system that publishes and reads.
const SYSTEM: &str = "messstand";
/// Days that certificates and revocation lists last; a measurement takes minutes.
const DAYS: u32 = 7;

/// The federation, made and not running.
#[derive(Debug)]
pub(super) struct Federation {
    pub(super) charter: Charter,
    pub(super) members: Vec<Member>,
}

/// One agency of it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) agency: AgencyId,
    pub(super) config: PathBuf,
    pub(super) log: PathBuf,
    pub(super) admin: SocketAddr,
    pub(super) client: ClientConfig,
}

struct Keys {
    agency: AgencyId,
    authority: Authority,
    entry: EntryKey,
    agency_api: SocketAddr,
    federation: SocketAddr,
    admin: SocketAddr,
}

impl Federation {
    /// Makes one in an empty folder.
    ///
    /// # Errors
    /// When a file can't be written or no port is free.
    pub(super) fn create(folder: &Path) -> anyhow::Result<Self> {
        let vocabulary = vocabulary()?;
        let id = FederationId::parse("krefeld")?;
        let pki = folder.join("pki");
        let keys = Charter::vocabulary_agencies(&vocabulary)?
            .into_iter()
            .map(|agency| {
                let home = folder.join(agency.as_str());
                files::make_folder(&home)?;
                let [agency_api, federation, admin] = free_ports()?;
                Ok(Keys {
                    authority: Authority::create(&pki, &agency, &id, DAYS)?,
                    entry: entry_key::make(&home.join("entry.key"), &SystemEntropy)?,
                    agency,
                    agency_api,
                    federation,
                    admin,
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let charter = write_charter(folder, &vocabulary, &keys)?;
        let crls = folder.join("crls");
        files::make_folder(&crls)?;
        for it in &keys {
            let list = it.authority.revocation_list();
            fs::copy(&list, crls.join(format!("{}.crl", it.agency))).context("a revocation list")?;
        }
        let members = keys
            .iter()
            .map(|it| write_member(folder, it))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { charter, members })
    }

    /// The member of this name.
    pub(super) fn member(&self, agency: &str) -> &Member {
        let found = self.members.iter().find(|it| it.agency.as_str() == agency);
        found.expect("the vocabulary names it")
    }
}

fn vocabulary() -> anyhow::Result<String> {
    let mut document: toml::Table = VOCABULARY.parse()?;
    let quota = document
        .get_mut("quota_per_origin_and_day")
        .and_then(toml::Value::as_table_mut)
        .context("the vocabulary has quotas")?;
    quota.insert("entries".to_owned(), 1_000_000_000.into());
    quota.insert("mebibytes".to_owned(), 1_000_000.into());
    let agencies = document
        .get_mut("agency")
        .and_then(toml::Value::as_array_mut)
        .context("the vocabulary has agencies")?;
    for agency in agencies.iter_mut().filter_map(toml::Value::as_table_mut) {
        agency.remove("protected");
        agency.remove("bound_to_prosecute");
    }
    Ok(document.to_string())
}

fn write_charter(folder: &Path, vocabulary: &str, keys: &[Keys]) -> anyhow::Result<Charter> {
    let members = keys.iter().map(|it| MemberKeys {
        agency: it.agency.clone(),
        endpoint: it.federation.to_string(),
        tls_roots_pem: it.authority.certificate_pem().to_owned(),
        entry_keys: vec![EntryKeyText::from_bytes(it.entry.public().as_bytes())],
    });
    let body = Charter::compose(vocabulary, members.collect(), 1, None, "2099-12-31".parse()?)?;
    let path = folder.join("charter.toml");
    files::write_new(&path, body.as_bytes(), Access::Public)?;
    let signatures: Vec<_> = keys
        .iter()
        .map(|it| CharterSignature::sign(body.as_bytes(), it.agency.clone(), &it.entry))
        .collect();
    let beside = charter_file::signatures_path(&path);
    files::write_new(&beside, signatures_file(&signatures).as_bytes(), Access::Public)?;
    Ok(Charter::parse(body.as_bytes())?)
}

fn write_member(folder: &Path, keys: &Keys) -> anyhow::Result<Member> {
    let home = folder.join(keys.agency.as_str());
    let node = keys.authority.issue_node(&[], DAYS)?;
    let system = keys.authority.issue_system(SYSTEM, DAYS)?;
    let mut config = Config::new(keys.agency.clone());
    config.node.data = home.join("data");
    config.charter.file = folder.join("charter.toml");
    config.agency_api.listen = keys.agency_api;
    config.federation.listen = keys.federation;
    config.admin.listen = keys.admin;
    config.tls.certificate = node.certificate;
    config.tls.key = node.key;
    config.tls.crls = folder.join("crls");
    config.entry_key.file = home.join("entry.key");
    config.store.url = StoreUrl::new(format!("sqlite:{}", home.join("data/verbund.db").display()));
    config.store.erasure_keys = home.join("erasure-keys");
    config.clients = vec![Client {
        name: SYSTEM.to_owned(),
        roles: vec![Role::Publisher, Role::Reader],
    }];
    files::make_folder(&config.node.data)?;
    files::make_folder(&config.store.erasure_keys)?;
    let path = home.join("node.toml");
    files::write_new(&path, config.template().as_bytes(), Access::Public)?;
    Ok(Member {
        agency: keys.agency.clone(),
        config: path,
        log: home.join("node.log"),
        admin: keys.admin,
        client: ClientConfig {
            node: keys.agency_api.to_string(),
            agency: Some(keys.agency.to_string()),
            certificate: system.certificate,
            key: system.key,
            roots: keys.authority.certificate(),
        },
    })
}

/// Ports that are free now. All are held until all are known, so that none is given twice.
fn free_ports<const N: usize>() -> anyhow::Result<[SocketAddr; N]> {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0"));
    let mut ports = [SocketAddr::from(([127, 0, 0, 1], 0)); N];
    for (port, listener) in ports.iter_mut().zip(listeners) {
        *port = listener.context("no free port")?.local_addr()?;
    }
    Ok(ports)
}
