//! A federation of nodes in one process.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tonic::transport::Channel;
use verbund_ledger::{CharterSignature, EntryKey, SystemEntropy};
use verbund_model::{
    AgencyId, Charter, Clock, EntryKeyText, FederationId, MemberKeys, SystemClock, UnixMillis,
};
use verbund_node::config::{Client, StoreUrl};
use verbund_node::roles::Role;
use verbund_node::{Config, Node, charter, keyfile};
use verbund_store::{FatalSignal, OpenOptions, Store};
use verbund_test_postgres::{Cluster, Database};
use verbund_transport::pki::{Authority, Validity};
use verbund_transport::{Connector, Identity, SystemName, Tls, Trust};
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    DeliveryState, GetDeliveryRequest, GetSituationRequest, GetStatusRequest, Link,
    ListSituationsRequest, Partner, PublishReceipt, PublishSituationRequest, Situation,
    SituationDraft, VersionDelivery,
};
use verbund_wire::federation::{Handling, SourceKind, Trend, Urgency};

pub(crate) const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");
const DEADLINE: Duration = Duration::from_secs(20);

struct Member {
    agency: AgencyId,
    authority: Authority,
    key: EntryKey,
    federation: SocketAddr,
    api: SocketAddr,
}

/// A clock that a test moves on. It only ever goes forward, since certificates are valid from now on.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    /// At this hour of tomorrow in the charter's time zone.
    pub(crate) fn tomorrow_at(hour: i8) -> Self {
        let now = jiff::Timestamp::from_millisecond(now().0).unwrap();
        let here = now.in_tz("Europe/Berlin").unwrap();
        let then = here.date().tomorrow().unwrap().at(hour, 0, 0, 0);
        let then = then.to_zoned(here.time_zone().clone()).unwrap();
        let ahead = then.timestamp().as_millisecond() - now.as_millisecond();
        Self(AtomicI64::new(ahead))
    }

    /// Lets so many milliseconds pass.
    pub(crate) fn move_on(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// The day in the charter's time zone.
    pub(crate) fn day(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.now().0).unwrap();
        now.in_tz("Europe/Berlin").unwrap().date().to_string()
    }
}

impl Clock for Hand {
    fn now(&self) -> UnixMillis {
        let ahead = self.0.load(Ordering::Relaxed);
        SystemClock.now().saturating_add_ms(ahead)
    }
}

/// A port that nobody listens on. Not one that the system would choose: those go to connections as well, and one may be taken before a
/// node listens on it. Each test is a process of its own and begins at another one.
fn free_port() -> SocketAddr {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id() % 1000 * 18;
    loop {
        let next = first + TAKEN.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(12_000 + next % 20_000).unwrap();
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap();
        }
    }
}

fn now() -> UnixMillis {
    SystemClock.now()
}

/// The machine's clock, and some days.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ahead(Arc<AtomicI64>);

impl Ahead {
    /// From now on it is so many days ahead.
    pub(crate) fn days(&self, days: i64) {
        self.0.store(days * 86_400_000, Ordering::Relaxed);
    }
}

impl Clock for Ahead {
    fn now(&self) -> UnixMillis {
        now().saturating_add_ms(self.0.load(Ordering::Relaxed))
    }
}

fn members(vocabulary: &str) -> (Vec<Member>, String) {
    let federation = FederationId::parse("krefeld").unwrap();
    let members: Vec<Member> = Charter::vocabulary_agencies(VOCABULARY)
        .unwrap()
        .into_iter()
        .map(|agency| Member {
            authority: Authority::create(
                agency.clone(),
                federation.clone(),
                Validity::days(now(), 30),
            )
            .unwrap(),
            key: EntryKey::generate(&SystemEntropy),
            federation: free_port(),
            api: free_port(),
            agency,
        })
        .collect();
    let charter = compose(&members, vocabulary, 1, None);
    (members, charter)
}

fn compose(
    members: &[Member],
    vocabulary: &str,
    version: u32,
    previous: Option<[u8; 32]>,
) -> String {
    let keys = members
        .iter()
        .map(|member| MemberKeys {
            agency: member.agency.clone(),
            endpoint: member.federation.to_string(),
            tls_roots_pem: member.authority.certificate_pem().to_owned(),
            entry_keys: vec![EntryKeyText::from_bytes(member.key.public().as_bytes())],
        })
        .collect();
    let expires = "2099-01-01".parse().unwrap();
    Charter::compose(vocabulary, keys, version, previous, expires).unwrap()
}

fn config(folder: &Path, member: &Member, members: &[Member], charter: &str) -> Config {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let signatures: Vec<_> = members
        .iter()
        .map(|member| {
            CharterSignature::sign(charter.as_bytes(), member.agency.clone(), &member.key)
        })
        .collect();
    let issued = member
        .authority
        .issue(&member.authority.node(Validity::days(now(), 30)))
        .unwrap();
    let mut config = Config::new(member.agency.clone());
    config.node.data = folder.join("data");
    std::fs::create_dir_all(&config.node.data).unwrap();
    config.charter.file = write("charter.toml", charter);
    write("charter.toml.sig", &charter::signatures_file(&signatures));
    config.agency_api.listen = member.api;
    config.federation.listen = member.federation;
    config.admin.listen = "127.0.0.1:0".parse().unwrap();
    config.tls.certificate = write("node.pem", &issued.certificate_pem);
    config.tls.key = write("node.key", &issued.key_pem);
    config.tls.crls = folder.join("crls");
    std::fs::create_dir_all(&config.tls.crls).unwrap();
    config.entry_key.file = write("entry.key", &keyfile::text(&member.key));
    config.store.url = StoreUrl::new(format!(
        "sqlite:{}",
        config.node.data.join("verbund.db").display()
    ));
    config.store.erasure_keys = folder.join("erasure");
    config.clients = ["duty-log", "second", "audit"]
        .map(|name| Client {
            name: name.into(),
            roles: vec![
                Role::Publisher,
                Role::Coordinator,
                Role::Reader,
                Role::Operator,
            ],
            acts_for_people: false,
        })
        .into();
    config.clients.push(Client {
        name: "machine".into(),
        roles: vec![Role::Publisher],
        acts_for_people: false,
    });
    config.clients.push(Client {
        name: "auditor".into(),
        roles: vec![Role::Auditor],
        acts_for_people: false,
    });
    config
}

/// A federation of Krefeld's six agencies; each node can be started and stopped. A node goes by its agency's id; a second replica
/// of it by that and what stands behind a `#`, such as `kod#2`.
pub(crate) struct Federation {
    members: Vec<Member>,
    /// All versions, the first one first.
    charters: Vec<String>,
    folder: tempfile::TempDir,
    nodes: HashMap<String, Running>,
    /// The databases of agencies whose nodes are not over SQLite.
    databases: HashMap<String, Database>,
}

/// A node, in a runtime of its own where it is to be killed.
struct Running {
    node: Node,
    runtime: Option<Runtime>,
}

impl Federation {
    /// None started yet.
    pub(crate) fn new() -> Self {
        Self::under(VOCABULARY)
    }

    /// None started yet, under a charter with this vocabulary.
    pub(crate) fn under(vocabulary: &str) -> Self {
        verbund_transport::install_crypto_provider();
        let (members, charter) = members(vocabulary);
        let folder = tempfile::tempdir().unwrap();
        Self {
            members,
            charters: vec![charter],
            folder,
            nodes: HashMap::new(),
            databases: HashMap::new(),
        }
    }

    /// All started.
    pub(crate) async fn started() -> Self {
        Self::with(&AGENCIES).await
    }

    /// These started.
    pub(crate) async fn with(nodes: &[&str]) -> Self {
        let mut federation = Self::new();
        for node in nodes {
            federation.start(node).await;
        }
        federation
    }

    fn member(&self, node: &str) -> &Member {
        let agency = node.split('#').next().unwrap();
        self.members
            .iter()
            .find(|member| member.agency.as_str() == agency)
            .unwrap()
    }

    /// All members agree on the next charter, with this vocabulary. Nodes that start from now on have it in their file.
    pub(crate) fn amend(&mut self, vocabulary: &str) {
        let last = self.charters.last().unwrap();
        let version = u32::try_from(self.charters.len()).unwrap() + 1;
        let previous = Some(verbund_ledger::charter_hash(last.as_bytes()));
        let next = compose(&self.members, vocabulary, version, previous);
        self.charters.push(next);
    }

    /// This agency's node keeps what it has in PostgreSQL: several replicas of it may run.
    pub(crate) fn on_postgres(&mut self, agency: &str) {
        let database = tokio::task::block_in_place(Database::new).unwrap();
        self.databases.insert(agency.to_owned(), database);
    }

    /// The same with a server of its own, which can be stopped.
    pub(crate) fn on_cluster(&mut self, agency: &str, cluster: &Cluster) {
        let database = tokio::task::block_in_place(|| cluster.database()).unwrap();
        self.databases.insert(agency.to_owned(), database);
    }

    /// The database of an agency's node.
    pub(crate) fn database(&self, agency: &str) -> &Database {
        &self.databases[agency]
    }

    /// What a node is started with: its files are where they were before.
    pub(crate) fn config(&self, node: &str) -> Config {
        self.config_under(node, self.charters.len())
    }

    /// The same with an earlier version of the charter in its file.
    pub(crate) fn config_under(&self, node: &str, version: usize) -> Config {
        let own = self.folder.path().join(node);
        std::fs::create_dir_all(&own).unwrap();
        let member = self.member(node);
        let mut config = config(&own, member, &self.members, &self.charters[version - 1]);
        if node.contains('#') {
            config.agency_api.listen = "127.0.0.1:0".parse().unwrap();
            config.federation.listen = "127.0.0.1:0".parse().unwrap();
        }
        if let Some(database) = self.databases.get(member.agency.as_str()) {
            config.store.url = StoreUrl::new(database.url().to_string());
            config.store.migrate_at_start = Some(true);
            config.store.erasure_keys = self
                .folder
                .path()
                .join(member.agency.as_str())
                .join("erasure");
            config.node.replica = Some(node.to_owned());
        }
        config
    }

    /// Starts a node, in the folder that it had before.
    pub(crate) async fn start(&mut self, node: &str) {
        self.start_as(node, self.config(node)).await;
    }

    /// Starts a node whose clock is ahead by so many days.
    pub(crate) async fn start_ahead(&mut self, node: &str, days: i64) {
        let clock = Ahead::default();
        clock.days(days);
        self.start_by(node, &clock).await;
    }

    /// Starts a node by another clock than the machine's.
    pub(crate) async fn start_with(&mut self, node: &str, config: Config, clock: Arc<dyn Clock>) {
        let entropy = Arc::new(SystemEntropy);
        let running = Running {
            node: Node::start_with(config, clock, entropy).await.unwrap(),
            runtime: None,
        };
        self.nodes.insert(node.to_owned(), running);
    }

    /// The charter in force.
    pub(crate) fn charter(&self) -> Charter {
        Charter::parse(self.charters.last().unwrap().as_bytes()).unwrap()
    }

    /// Starts a node with this configuration.
    pub(crate) async fn start_as(&mut self, node: &str, config: Config) {
        let running = Running {
            node: Node::start(config).await.unwrap(),
            runtime: None,
        };
        self.nodes.insert(node.to_owned(), running);
    }

    /// Starts a node that goes by another clock.
    pub(crate) async fn start_by(&mut self, node: &str, clock: &Ahead) {
        let config = self.config(node);
        self.start_with(node, config, Arc::new(clock.clone())).await;
    }

    /// Starts a node anew, or for the first time, where nobody reaches it and where it reaches nobody.
    pub(crate) async fn isolate(&mut self, node: &str) {
        if self.nodes.contains_key(node) {
            self.stop(node).await;
        }
        let mut config = self.config(node);
        config.federation.listen = "127.0.0.1:0".parse().unwrap();
        for other in self.members.iter().map(|it| &it.agency) {
            // Nothing listens on this port.
            let nowhere = "127.0.0.1:1".to_owned();
            config.partners.endpoint.insert(other.clone(), nowhere);
        }
        self.start_as(node, config).await;
    }

    /// Starts a node anew, where the charter says.
    pub(crate) async fn restart(&mut self, node: &str) {
        self.stop(node).await;
        self.start(node).await;
    }

    /// Starts a node that can be killed.
    pub(crate) async fn start_mortal(&mut self, node: &str, config: Config) {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let started = runtime.spawn(Node::start(config)).await.unwrap();
        let running = Running {
            node: started.unwrap(),
            runtime: Some(runtime),
        };
        self.nodes.insert(node.to_owned(), running);
    }

    /// Ends a node between two of its steps: nothing is released, told or written any more.
    pub(crate) fn kill(&mut self, node: &str) {
        let running = self.nodes.remove(node).unwrap();
        running.runtime.unwrap().shutdown_background();
    }

    /// What the admin port answers to a path: the status code, and the body.
    pub(crate) async fn admin(&self, node: &str, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.node(node).addresses().admin)
            .await
            .unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        (code, body.to_owned())
    }

    /// How a node stands with a partner.
    pub(crate) async fn partner(&self, node: &str, partner: &str) -> Partner {
        let status = self.status(node).await;
        let mut partners = status.partners.into_iter();
        partners.find(|it| it.agency == partner).unwrap()
    }

    /// Waits until a node stands so with a partner.
    pub(crate) async fn until_link(&self, node: &str, partner: &str, link: Link) {
        let what = format!("{node} has {partner} as {link:?}");
        eventually(&what, async || {
            self.partner(node, partner).await.link() == link
        })
        .await;
    }

    /// Stops a node.
    pub(crate) async fn stop(&mut self, node: &str) {
        let Running { node, runtime } = self.nodes.remove(node).unwrap();
        node.stop().await;
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }

    /// Stops all.
    pub(crate) async fn end(mut self) {
        let nodes: Vec<String> = self.nodes.keys().cloned().collect();
        for node in nodes {
            self.stop(&node).await;
        }
    }

    fn node(&self, node: &str) -> &Node {
        &self.nodes[node].node
    }

    /// A connection of an agency's own system, with all roles but the auditor's.
    pub(crate) async fn system(&self, agency: &str, name: &str) -> Channel {
        let member = self.member(agency);
        let name = SystemName::parse(name).unwrap();
        let request = member.authority.system(name, Validity::days(now(), 30));
        let issued = member.authority.issue(&request).unwrap();
        let identity =
            Identity::from_pem(issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes())
                .unwrap();
        let trust = Trust::new(FederationId::parse("krefeld").unwrap())
            .with_roots(member.agency.clone(), member.authority.certificate_pem())
            .unwrap();
        let tls = Tls::new(identity, trust, Arc::new(SystemClock)).unwrap();
        Connector::new(&tls)
            .connect(
                &self.node(agency).addresses().agency_api.to_string(),
                &member.agency,
            )
            .await
            .unwrap()
    }

    /// A connection as the node of one agency makes it to that of another, in the hands of the test.
    pub(crate) async fn peer(&self, from: &str, to: &str) -> Channel {
        let (from, to) = (self.member(from), self.member(to));
        let request = from.authority.node(Validity::days(now(), 30));
        let issued = from.authority.issue(&request).unwrap();
        let identity =
            Identity::from_pem(issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes())
                .unwrap();
        let trust = Trust::new(FederationId::parse("krefeld").unwrap())
            .with_roots(from.agency.clone(), from.authority.certificate_pem())
            .unwrap()
            .with_roots(to.agency.clone(), to.authority.certificate_pem())
            .unwrap();
        let tls = Tls::new(identity, trust, Arc::new(SystemClock)).unwrap();
        Connector::new(&tls)
            .connect(&to.federation.to_string(), &to.agency)
            .await
            .unwrap()
    }

    /// The client of the situation service.
    pub(crate) async fn situations(&self, agency: &str) -> SituationServiceClient<Channel> {
        SituationServiceClient::new(self.system(agency, "duty-log").await)
    }

    /// Publishes an update.
    pub(crate) async fn publish(&self, agency: &str, situation: SituationDraft) -> PublishReceipt {
        let request = PublishSituationRequest {
            request_id: request_id(),
            situation: Some(situation),
            confirm_review: false,
        };
        let mut client = self.situations(agency).await;
        let answer = client.publish_situation(request).await.unwrap();
        answer.into_inner().receipt.unwrap()
    }

    /// All updates that a node lists.
    pub(crate) async fn list(&self, agency: &str) -> Vec<Situation> {
        let mut client = self.situations(agency).await;
        let answer = client
            .list_situations(ListSituationsRequest::default())
            .await
            .unwrap();
        answer.into_inner().situations
    }

    /// The subjects of all updates that a node lists, over all pages.
    pub(crate) async fn list_all(&self, node: &str) -> Vec<String> {
        let mut client = self.situations(node).await;
        let mut found = Vec::new();
        let mut request = ListSituationsRequest::default();
        loop {
            let page = client.list_situations(request.clone()).await.unwrap();
            let page = page.into_inner();
            found.extend(page.situations.into_iter().map(|it| it.subject));
            if page.next_page_token.is_empty() {
                return found;
            }
            request.page_token = page.next_page_token;
        }
    }

    /// An update as a node has it.
    pub(crate) async fn get(&self, agency: &str, subject: &str) -> Option<Situation> {
        let mut client = self.situations(agency).await;
        let request = GetSituationRequest {
            subject: subject.to_owned(),
            ..GetSituationRequest::default()
        };
        let answer = client.get_situation(request).await;
        answer.ok().and_then(|answer| answer.into_inner().situation)
    }

    /// Waits until a node's view of an update is as it should be.
    pub(crate) async fn until(
        &self,
        agency: &str,
        subject: &str,
        what: &str,
        is: impl Fn(&Situation) -> bool,
    ) {
        eventually(what, async || {
            self.get(agency, subject).await.is_some_and(|it| is(&it))
        })
        .await;
    }

    /// What became of an update's versions, as its origin knows.
    pub(crate) async fn delivery(&self, agency: &str, subject: &str) -> Vec<VersionDelivery> {
        let mut client = FeedServiceClient::new(self.system(agency, "duty-log").await);
        let request = GetDeliveryRequest {
            subject: subject.to_owned(),
            ..GetDeliveryRequest::default()
        };
        let answer = client.get_delivery(request).await.unwrap();
        answer.into_inner().versions
    }

    /// Waits until every agency of the audience has told this of every version.
    pub(crate) async fn until_delivered(&self, agency: &str, subject: &str, state: DeliveryState) {
        let what = format!("all of the audience tell {state:?}");
        eventually(&what, async || {
            let versions = self.delivery(agency, subject).await;
            versions
                .iter()
                .flat_map(|version| &version.agencies)
                .all(|it| it.state() == state)
        })
        .await;
    }

    /// Waits until one agency has told this of an update's first version.
    pub(crate) async fn until_delivered_at(
        &self,
        node: &str,
        subject: &str,
        at: &str,
        state: DeliveryState,
    ) {
        let what = format!("{at} tells {state:?}");
        eventually(&what, async || {
            let versions = self.delivery(node, subject).await;
            let mut agencies = versions[0].agencies.iter();
            agencies.any(|it| it.agency == at && it.state() == state)
        })
        .await;
    }

    /// The node's word on itself and its partners.
    pub(crate) async fn status(&self, agency: &str) -> verbund_wire::agency::GetStatusResponse {
        let mut client = NodeServiceClient::new(self.system(agency, "duty-log").await);
        client
            .get_status(GetStatusRequest {})
            .await
            .unwrap()
            .into_inner()
    }

    /// A stopped node's store.
    pub(crate) async fn store(&self, node: &str) -> Arc<dyn Store> {
        let config = self.config(node);
        let options = OpenOptions {
            erasure_keys: config.store.erasure_keys.clone(),
            entropy: Arc::new(SystemEntropy),
            fatal: FatalSignal::new(),
            replica: "test".to_owned(),
            migrate: false,
            accept_data_loss: false,
        };
        let opened = verbund_store::open(config.store.url.expose(), options).await;
        opened.unwrap()
    }

    /// Whether any file of a node's data folder holds these bytes.
    pub(crate) fn holds(&self, agency: &str, bytes: &[u8]) -> bool {
        let data = self.folder.path().join(agency).join("data");
        std::fs::read_dir(data).unwrap().any(|file| {
            let content = std::fs::read(file.unwrap().path()).unwrap_or_default();
            content.windows(bytes.len()).any(|window| window == bytes)
        })
    }
}

/// The six, in the order of the charter.
pub(crate) const AGENCIES: [&str; 6] = [
    "dhz",
    "streetwork",
    "kod",
    "polizei",
    "staatsanwaltschaft",
    "quartiersbuero",
];

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is().await {
            // Each look is a call over the network: nothing spins.
            tokio::task::yield_now().await;
        }
    };
    assert!(
        tokio::time::timeout(DEADLINE, waiting).await.is_ok(),
        "waited in vain until {what}"
    );
}

/// A new request id.
pub(crate) fn request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Now in Krefeld, where it may be another day than in the zone of the machine.
pub(crate) fn now_in_krefeld() -> jiff::Zoned {
    jiff::Timestamp::now().in_tz("Europe/Berlin").unwrap()
}

/// An update of the day before yesterday, for all: long enough ago that its generalised form is due at any hour.
pub(crate) fn draft() -> SituationDraft {
    let today = now_in_krefeld().date();
    let day = today.yesterday().unwrap().yesterday().unwrap();
    SituationDraft {
        category: "konsumabfall".into(),
        place: "theaterplatz".into(),
        day: day.to_string(),
        window: "14-18".into(),
        trend: Trend::Rising.into(),
        source: SourceKind::OwnObservation.into(),
        measure: "m1".into(),
        urgency: Urgency::Routine.into(),
        handling: Handling::Amber.into(),
        note: "Vermehrt Utensilien an der Nordseite".into(),
        ..SituationDraft::default()
    }
}
