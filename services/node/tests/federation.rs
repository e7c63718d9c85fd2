//! Six nodes in one process, over real mutual TLS and real SQLite: an update goes the whole way.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use verbund_ledger::{CharterSignature, EntryKey, SystemEntropy};
use verbund_model::{
    AgencyId, Charter, Clock, EntryKeyText, FederationId, MemberKeys, SystemClock, UnixMillis,
};
use verbund_node::config::Client;
use verbund_node::roles::Role;
use verbund_node::{Config, Node, charter, keyfile};
use verbund_transport::pki::{Authority, Validity};
use verbund_transport::{Connector, Identity, SystemName, Tls, Trust};
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    DeliveryState, GetDeliveryRequest, GetStatusRequest, PublishSituationRequest, SituationDraft,
    WatchFeedRequest,
};
use verbund_wire::federation::{Handling, SourceKind, Trend, Urgency};

const VOCABULARY: &str = include_str!("../../../deploy/charter/krefeld.toml");
const DEADLINE: Duration = Duration::from_secs(20);

struct Member {
    agency: AgencyId,
    authority: Authority,
    key: EntryKey,
    federation: SocketAddr,
    api: SocketAddr,
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

fn now() -> UnixMillis {
    SystemClock.now()
}

fn members() -> (Vec<Member>, String) {
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
    (
        members,
        Charter::compose(VOCABULARY, keys, 1, None, expires).unwrap(),
    )
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
    config.store.url = verbund_node::config::StoreUrl::new(format!(
        "sqlite:{}",
        config.node.data.join("verbund.db").display()
    ));
    config.store.erasure_keys = folder.join("erasure");
    config.clients = vec![Client {
        name: "duty-log".into(),
        roles: vec![
            Role::Publisher,
            Role::Coordinator,
            Role::Reader,
            Role::Operator,
        ],
    }];
    config
}

async fn system(member: &Member) -> tonic::transport::Channel {
    let name = SystemName::parse("duty-log").unwrap();
    let issued = member
        .authority
        .issue(&member.authority.system(name, Validity::days(now(), 30)))
        .unwrap();
    let identity =
        Identity::from_pem(issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();
    let trust = Trust::new(FederationId::parse("krefeld").unwrap())
        .with_roots(member.agency.clone(), member.authority.certificate_pem())
        .unwrap();
    let tls = Tls::new(identity, trust, Arc::new(SystemClock)).unwrap();
    Connector::new(&tls)
        .connect(&member.api.to_string(), &member.agency)
        .await
        .unwrap()
}

fn draft() -> SituationDraft {
    let yesterday = jiff::Zoned::now().date().yesterday().unwrap();
    SituationDraft {
        category: "konsumabfall".into(),
        place: "theaterplatz".into(),
        day: yesterday.to_string(),
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

#[tokio::test(flavor = "multi_thread")]
async fn an_update_reaches_the_partners_feeds_and_its_origin_sees_their_receipts() {
    verbund_transport::install_crypto_provider();
    let (members, charter) = members();
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = Vec::new();
    for member in &members {
        let own = folder.path().join(member.agency.as_str());
        std::fs::create_dir_all(&own).unwrap();
        nodes.push(
            Node::start(config(&own, member, &members, &charter))
                .await
                .unwrap(),
        );
    }
    let kod = members
        .iter()
        .find(|member| member.agency.as_str() == "kod")
        .unwrap();
    let polizei = members
        .iter()
        .find(|member| member.agency.as_str() == "polizei")
        .unwrap();

    let mut feed = FeedServiceClient::new(system(polizei).await);
    let mut events = feed
        .watch_feed(WatchFeedRequest::default())
        .await
        .unwrap()
        .into_inner();
    let channel = system(kod).await;
    let request = PublishSituationRequest {
        request_id: uuid::Uuid::now_v7().to_string(),
        situation: Some(draft()),
        confirm_review: false,
    };
    let receipt = SituationServiceClient::new(channel.clone())
        .publish_situation(request)
        .await
        .unwrap()
        .into_inner()
        .receipt;
    let subject = receipt.unwrap().subject;

    let seen = tokio::time::timeout(DEADLINE, async {
        loop {
            let message = events.message().await.unwrap().expect("the feed goes on");
            if let Some(event) = message.events.into_iter().next() {
                return event.situation.unwrap();
            }
        }
    });
    let seen = seen.await.expect("the update reaches the partner's feed");
    assert_eq!(
        (seen.subject.as_str(), seen.agency.as_str()),
        (subject.as_str(), "kod")
    );
    assert_eq!(seen.note, "Vermehrt Utensilien an der Nordseite");

    let mut feed = FeedServiceClient::new(channel.clone());
    let everywhere = tokio::time::timeout(DEADLINE, async {
        loop {
            let delivery = feed
                .get_delivery(GetDeliveryRequest {
                    subject: subject.clone(),
                })
                .await
                .unwrap()
                .into_inner();
            let agencies = &delivery.versions[0].agencies;
            assert_eq!(agencies.len(), 5);
            if agencies
                .iter()
                .all(|agency| agency.state() == DeliveryState::Stored)
            {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    everywhere.await.expect("all five receipts come back");
    let status = NodeServiceClient::new(channel)
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(
        status
            .partners
            .iter()
            .all(|partner| partner.receipted == partner.sent && partner.lag_ms == 0),
        "{status:?}"
    );
    for node in nodes {
        node.stop().await;
    }
}
