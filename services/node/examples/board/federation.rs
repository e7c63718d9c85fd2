//! The federation of the measurement: keys, charter and certificates in a folder, and the one node that is started.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tonic::transport::Channel;
use verbund_ledger::{CharterSignature, EntryKey, SystemEntropy};
use verbund_model::{
    AgencyId, Charter, Clock as _, EntryKeyText, FederationId, MemberKeys, SystemClock,
};
use verbund_node::config::{Client, StoreUrl};
use verbund_node::roles::Role;
use verbund_node::{Config, Node, charter, keyfile};
use verbund_transport::pki::{Authority, Validity};
use verbund_transport::{Connector, Identity, SystemName, Tls, Trust};

const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");
/// The agency whose node is measured.
pub(crate) const OWN: &str = "kod";
/// The agency with which it shares its tasks.
pub(crate) const PARTNER: &str = "polizei";
const SYSTEM: &str = "measure";
/// A folder can be measured for so long.
const VALID_DAYS: u32 = 90;

/// One agency with what it signs with.
pub(crate) struct Member {
    pub(crate) agency: AgencyId,
    pub(crate) key: EntryKey,
    authority: Authority,
}

/// Its name in frames.
pub(crate) fn federation() -> FederationId {
    FederationId::parse("krefeld").expect("a slug")
}

/// One of Krefeld's agencies.
pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).expect("a slug")
}

fn validity() -> Validity {
    Validity::days(SystemClock.now(), VALID_DAYS)
}

fn write(path: PathBuf, content: impl AsRef<[u8]>) {
    fs::write(path, content).expect("a folder that can be written");
}

/// Makes all that the node's configuration names; gives the members, the only ones who hold their keys.
pub(crate) fn make(folder: &Path) -> Vec<Member> {
    for made in ["data", "crls"] {
        fs::create_dir_all(folder.join(made)).expect("a folder that can be written");
    }
    let agencies = Charter::vocabulary_agencies(VOCABULARY).expect("a vocabulary");
    let member = |agency: AgencyId| Member {
        authority: Authority::create(agency.clone(), federation(), validity())
            .expect("an authority"),
        key: EntryKey::generate(&SystemEntropy),
        agency,
    };
    let members: Vec<Member> = agencies.into_iter().map(member).collect();
    let keys = members.iter().map(|it| MemberKeys {
        agency: it.agency.clone(),
        // Nobody is dialled: the partners have no node.
        endpoint: String::new(),
        tls_roots_pem: it.authority.certificate_pem().to_owned(),
        entry_keys: vec![EntryKeyText::from_bytes(it.key.public().as_bytes())],
    });
    let expires = "2099-01-01".parse().expect("a day");
    let body =
        Charter::compose(VOCABULARY, keys.collect(), 1, None, expires).expect("a whole charter");
    let sign = |it: &Member| CharterSignature::sign(body.as_bytes(), it.agency.clone(), &it.key);
    let signatures: Vec<_> = members.iter().map(sign).collect();
    write(folder.join("charter.toml"), &body);
    write(
        folder.join("charter.toml.sig"),
        charter::signatures_file(&signatures),
    );
    let own = members.iter().find(|it| it.agency == agency(OWN));
    let Member { authority, key, .. } = own.expect("an agency of the vocabulary");
    let system = SystemName::parse(SYSTEM).expect("a name");
    let node = authority.issue(&authority.node(validity()));
    let system = authority.issue(&authority.system(system, validity()));
    for (name, issued) in [("node", node), (SYSTEM, system)] {
        let issued = issued.expect("a certificate");
        write(folder.join(format!("{name}.pem")), issued.certificate_pem);
        write(folder.join(format!("{name}.key")), issued.key_pem);
    }
    write(folder.join("root.pem"), authority.certificate_pem());
    write(folder.join("entry.key"), keyfile::text(key));
    members
}

/// The node's configuration; its ports are given out by the system.
pub(crate) fn config(folder: &Path) -> Config {
    let any = "127.0.0.1:0".parse().expect("an address");
    let mut config = Config::new(agency(OWN));
    config.node.data = folder.join("data");
    config.charter.file = folder.join("charter.toml");
    config.agency_api.listen = any;
    config.federation.listen = any;
    config.admin.listen = any;
    config.tls.certificate = folder.join("node.pem");
    config.tls.key = folder.join("node.key");
    config.tls.crls = folder.join("crls");
    config.entry_key.file = folder.join("entry.key");
    config.store.url = StoreUrl::new(url(folder));
    config.store.erasure_keys = erasure_keys(folder);
    config.clients = vec![Client {
        name: SYSTEM.to_owned(),
        roles: vec![Role::Publisher, Role::Coordinator, Role::Reader],
        acts_for_people: false,
    }];
    config
}

/// The address of the store.
pub(crate) fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("data/verbund.db").display())
}

/// Where the keys of the erasure days are.
pub(crate) fn erasure_keys(folder: &Path) -> PathBuf {
    folder.join("erasure-keys")
}

/// A connection of the agency's own system.
pub(crate) async fn connect(folder: &Path, node: &Node) -> Channel {
    let read = |name: &str| fs::read(folder.join(name)).expect("a file that was made");
    let identity = Identity::from_pem(
        &read(&format!("{SYSTEM}.pem")),
        &read(&format!("{SYSTEM}.key")),
    );
    let root = String::from_utf8(read("root.pem")).expect("PEM is text");
    let trust = Trust::new(federation())
        .with_roots(agency(OWN), &root)
        .expect("roots");
    let tls = Tls::new(identity.expect("an identity"), trust, Arc::new(SystemClock));
    let address = node.addresses().agency_api.to_string();
    Connector::new(&tls.expect("a TLS configuration"))
        .connect(&address, &agency(OWN))
        .await
        .expect("a connection")
}
