//! What was on a screen: told to the audience when its window is over, by the window and nothing finer, and forgotten after two weeks.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use verbund_node::config::{Client, TellShown};
use verbund_node::roles::Role;
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::{
    DeliveryState, FirstShown, GetDeliveryRequest, MarkShownRequest, ShownUpdate, SituationDraft,
    SubjectKey,
};

use verbund_wire::federation::federation_service_client::FederationServiceClient;
use verbund_wire::federation::peer_message::Kind;
use verbund_wire::federation::{ExchangeRequest, Hello, PeerMessage};

use crate::kit::{Federation, Hand, draft, eventually};

const ORIGIN: &str = "kod";
const SHOWS: &str = "polizei";
const SMALL: &str = "quartiersbuero";
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Three nodes by one clock, at three in the afternoon of tomorrow. One tells what it shows; nothing is said at the two others, where
/// fewer than five coordinate.
async fn three() -> (Federation, Arc<Hand>) {
    let mut federation = Federation::new();
    let clock = Arc::new(Hand::tomorrow_at(15));
    for node in [ORIGIN, SHOWS, SMALL] {
        let mut config = federation.config(node);
        if node == SHOWS {
            config.delivery.shown = TellShown::On;
        }
        federation.start_with(node, config, clock.clone()).await;
    }
    (federation, clock)
}

fn among(agencies: &[&str]) -> SituationDraft {
    SituationDraft {
        audience: agencies.iter().map(|it| (*it).to_owned()).collect(),
        ..draft()
    }
}

fn shown(subject: &str, version: &str) -> ShownUpdate {
    ShownUpdate {
        key: Some(SubjectKey {
            subject: subject.to_owned(),
            owner: ORIGIN.to_owned(),
        }),
        version: version.to_owned(),
    }
}

async fn mark(
    federation: &Federation,
    node: &str,
    updates: Vec<ShownUpdate>,
) -> Result<(), Status> {
    let mut feed = FeedServiceClient::new(federation.system(node, "duty-log").await);
    let answer = feed
        .mark_shown(MarkShownRequest {
            updates,
            coordinators: 0,
        })
        .await;
    answer.map(drop)
}

/// When a node has it that an update's first version was shown at an agency.
async fn first(federation: &Federation, node: &str, subject: &str, at: &str) -> Option<FirstShown> {
    let versions = federation.delivery(node, subject).await;
    let mut agencies = versions[0].agencies.iter();
    let agency = agencies.find(|it| it.agency == at);
    agency.expect("it is of the audience").shown.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audience_learns_the_window_when_it_is_over_and_forgets_it() {
    let (federation, clock) = three().await;
    let wide = among(&[ORIGIN, SHOWS, SMALL]);
    let wide = federation.publish(ORIGIN, wide).await;
    let narrow = federation.publish(ORIGIN, among(&[ORIGIN, SHOWS])).await;
    for receipt in [&wide, &narrow] {
        federation
            .until_delivered(ORIGIN, &receipt.subject, DeliveryState::Stored)
            .await;
    }
    let day = clock.day();
    let both = vec![
        shown(&wide.subject, ""),
        shown(&narrow.subject, &narrow.etag),
    ];
    mark(&federation, SHOWS, both.clone()).await.unwrap();
    mark(&federation, SMALL, vec![shown(&wide.subject, "")])
        .await
        .expect("it is accepted where it is off");
    for node in [ORIGIN, SHOWS, SMALL] {
        let now = first(&federation, node, &wide.subject, SHOWS).await;
        assert_eq!(now, None, "{node} sees who is looking just now");
    }

    clock.move_on(4 * HOUR_MS);
    let told = Some(FirstShown {
        day,
        window: "14-18".to_owned(),
    });
    for (node, subject) in [
        (SHOWS, &wide.subject),
        (ORIGIN, &wide.subject),
        (SMALL, &wide.subject),
        (ORIGIN, &narrow.subject),
    ] {
        eventually(&format!("{node} knows the window"), async || {
            first(&federation, node, subject, SHOWS).await == told
        })
        .await;
    }
    // What was not kept can't be told by anybody.
    for node in [SMALL, ORIGIN] {
        assert_eq!(first(&federation, node, &wide.subject, SMALL).await, None);
    }

    mark(&federation, SHOWS, both).await.unwrap();
    clock.move_on(4 * HOUR_MS);
    assert_eq!(
        first(&federation, SHOWS, &wide.subject, SHOWS).await,
        told,
        "the first time stays"
    );

    // Outside the audience there is neither the update nor its lane.
    let mut outside = FeedServiceClient::new(federation.system(SMALL, "duty-log").await);
    let request = GetDeliveryRequest {
        subject: narrow.subject.clone(),
        origin: ORIGIN.to_owned(),
        ..GetDeliveryRequest::default()
    };
    let refused = outside.get_delivery(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let lane = narrow.position.unwrap().lane;
    assert!(federation.holds(ORIGIN, &lane) && !federation.holds(SMALL, &lane));

    clock.move_on(15 * DAY_MS);
    for node in [ORIGIN, SHOWS, SMALL] {
        eventually(&format!("{node} forgets the window"), async || {
            first(&federation, node, &wide.subject, SHOWS)
                .await
                .is_none()
        })
        .await;
    }
    // Once that is forgotten a look at an old update is no first one.
    let old = vec![shown(&wide.subject, "")];
    mark(&federation, SHOWS, old).await.unwrap();
    clock.move_on(4 * HOUR_MS);
    assert_eq!(first(&federation, SHOWS, &wide.subject, SHOWS).await, None);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_coordinators_are_enough_and_what_is_no_version_here_is_passed_over() {
    let mut federation = Federation::new();
    let clock = Arc::new(Hand::tomorrow_at(15));
    let mut config = federation.config(SHOWS);
    for name in ["fourth", "fifth"] {
        config.clients.push(Client {
            name: name.into(),
            roles: vec![Role::Coordinator],
            acts_for_people: false,
        });
    }
    federation.start_with(SHOWS, config, clock.clone()).await;
    let config = federation.config(ORIGIN);
    federation.start_with(ORIGIN, config, clock.clone()).await;
    let audience = among(&[ORIGIN, SHOWS]);
    let marked = federation.publish(ORIGIN, audience.clone()).await;
    let other = federation.publish(ORIGIN, audience.clone()).await;
    let own = federation.publish(SHOWS, audience).await;
    for receipt in [&marked, &other] {
        federation
            .until_delivered(ORIGIN, &receipt.subject, DeliveryState::Stored)
            .await;
    }
    let mut of_own = shown(&own.subject, "");
    of_own.key = Some(SubjectKey {
        subject: own.subject.clone(),
        owner: String::new(),
    });
    let updates = vec![
        shown(&uuid::Uuid::now_v7().to_string(), ""),
        shown(&other.subject, &marked.etag),
        of_own,
        shown(&marked.subject, &marked.etag),
    ];
    mark(&federation, SHOWS, updates).await.unwrap();
    let malformed = shown("keine Kennung", "");
    let refused = mark(&federation, SHOWS, vec![malformed]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let many = vec![shown(&marked.subject, ""); 201];
    let refused = mark(&federation, SHOWS, many).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);

    clock.move_on(4 * HOUR_MS);
    eventually("the origin knows the window", async || {
        first(&federation, ORIGIN, &marked.subject, SHOWS)
            .await
            .is_some_and(|it| it.window == "14-18")
    })
    .await;
    assert_eq!(first(&federation, SHOWS, &other.subject, SHOWS).await, None);
    assert_eq!(first(&federation, SHOWS, &own.subject, ORIGIN).await, None);
    federation.end().await;
}

/// Whether a node tells what it shows before its first sign of life, to a partner of this protocol level.
async fn is_told(federation: &Federation, node: &str, level: u32) -> bool {
    let hello = Hello {
        federation: "krefeld".to_owned(),
        agency: SMALL.to_owned(),
        software: "0.1.0".to_owned(),
        protocol_level: level,
        charter_version: 1,
        generation: u64::from(level),
        ..Hello::default()
    };
    let (outbox, messages) = mpsc::channel(1);
    let message = PeerMessage {
        kind: Some(Kind::Hello(hello)),
    };
    let request = ExchangeRequest {
        message: Some(message),
    };
    outbox.send(request).await.unwrap();
    let mut client = FederationServiceClient::new(federation.peer(SMALL, node).await);
    let answer = client.exchange(ReceiverStream::new(messages)).await;
    let mut inbox = answer.unwrap().into_inner();
    loop {
        let answer = inbox.message().await.unwrap().expect("the stream goes on");
        match answer.message.and_then(|it| it.kind) {
            Some(Kind::Shown(told)) => {
                assert_eq!(told.showings.len(), 1);
                return true;
            }
            Some(Kind::Heartbeat(_)) => return false,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_of_an_older_release_is_not_told() {
    let mut federation = Federation::new();
    let clock = Arc::new(Hand::tomorrow_at(15));
    for node in [ORIGIN, SHOWS] {
        let mut config = federation.config(node);
        config.delivery.shown = TellShown::On;
        federation.start_with(node, config, clock.clone()).await;
    }
    let update = among(&[ORIGIN, SHOWS, SMALL]);
    let update = federation.publish(ORIGIN, update).await.subject;
    let stored = DeliveryState::Stored;
    federation
        .until_delivered_at(ORIGIN, &update, SHOWS, stored)
        .await;
    mark(&federation, SHOWS, vec![shown(&update, "")])
        .await
        .unwrap();
    clock.move_on(4 * HOUR_MS);
    assert!(!is_told(&federation, SHOWS, 1).await);
    assert!(is_told(&federation, SHOWS, 2).await);
    federation.end().await;
}
