//! A database that goes away and comes back.

use std::collections::BTreeSet;
use std::time::Duration;

use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use verbund_test_postgres::Cluster;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{Link, PublishReceipt, PublishSituationRequest};
use verbund_wire::error::explain;

use crate::kit::{Federation, draft, eventually, request_id};

/// Publishes as a careful client does: the same request again until it is answered.
async fn publish_until_answered(
    mut client: SituationServiceClient<tonic::transport::Channel>,
) -> PublishReceipt {
    let request = PublishSituationRequest {
        request_id: request_id(),
        situation: Some(draft()),
        confirm_review: false,
    };
    loop {
        match client.publish_situation(request.clone()).await {
            Ok(answer) => return answer.into_inner().receipt.unwrap(),
            Err(status) => {
                let explained = explain(&status);
                assert_eq!(
                    (status.code(), explained.reason.as_str()),
                    (Code::Unavailable, "STORE_UNAVAILABLE"),
                    "{status}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn terminated_connections_lose_and_double_nothing() {
    const CALLERS: usize = 8;
    const ROUNDS: usize = 12;
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    federation.start("kod").await;
    federation.start("polizei").await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    let (mut subjects, mut ended) = (BTreeSet::new(), 0);
    for _ in 0..ROUNDS {
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..CALLERS {
            sending.spawn(publish_until_answered(federation.situations("kod").await));
        }
        // In the midst of it: one has been answered.
        let first = sending.join_next().await.unwrap().unwrap();
        let database = federation.database("kod");
        ended += tokio::task::block_in_place(|| database.terminate_backends()).unwrap();
        let others = sending.join_all().await;
        let receipts = others.into_iter().chain([first]);
        subjects.extend(receipts.map(|it| it.subject));
    }
    assert!(ended >= 12, "only {ended} connections were ended");
    assert_eq!(subjects.len(), ROUNDS * CALLERS);
    for node in ["kod", "polizei"] {
        eventually("all are there", async || {
            federation.list_all(node).await.len() >= subjects.len()
        })
        .await;
        let listed: BTreeSet<_> = federation.list_all(node).await.into_iter().collect();
        assert_eq!(listed, subjects, "nothing is lost or doubled at {node}");
    }
    assert_eq!(federation.status("kod").await.alarms, 0);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_database_stops_nothing_but_what_needs_it() {
    let cluster = tokio::task::block_in_place(Cluster::start_new).unwrap();
    let mut federation = Federation::new();
    federation.on_cluster("kod", &cluster);
    federation.start("kod").await;
    federation.start("polizei").await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    let before = federation.publish("kod", draft()).await.subject;
    assert_eq!(federation.admin("kod", "/readyz").await.0, 200);

    tokio::task::block_in_place(|| cluster.stop()).unwrap();
    // Nobody has to ask for anything first.
    eventually("readiness says so", async || {
        let (code, body) = federation.admin("kod", "/readyz").await;
        code == 503 && body.contains("STORE_UNAVAILABLE")
    })
    .await;
    let (_, metrics) = federation.admin("kod", "/metrics").await;
    assert!(metrics.contains("verbund_store_available 0"), "{metrics}");
    assert_eq!(grpc_health(&federation).await, ServingStatus::NotServing);
    let status = federation.status("kod").await;
    assert_eq!(status.read_only, "STORE_UNAVAILABLE");
    assert!(!status.store.unwrap().problem.is_empty());
    let request = PublishSituationRequest {
        request_id: request_id(),
        situation: Some(draft()),
        confirm_review: false,
    };
    let mut client = federation.situations("kod").await;
    let refused = client.publish_situation(request.clone()).await.unwrap_err();
    let explained = explain(&refused);
    assert_eq!(
        (refused.code(), explained.reason.as_str()),
        (Code::Unavailable, "STORE_UNAVAILABLE")
    );
    assert_eq!(explained.retry_after, Some(Duration::from_secs(1)));

    tokio::task::block_in_place(|| cluster.start()).unwrap();
    eventually("it is ready again", async || {
        federation.admin("kod", "/readyz").await.0 == 200
    })
    .await;
    assert_eq!(grpc_health(&federation).await, ServingStatus::Serving);
    let answer = client.publish_situation(request).await.unwrap();
    let after = answer.into_inner().receipt.unwrap().subject;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    for subject in [&before, &after] {
        federation
            .until("polizei", subject, "it arrived", |_| true)
            .await;
    }
    let theirs = federation.publish("polizei", draft()).await.subject;
    federation
        .until("kod", &theirs, "it arrived", |_| true)
        .await;

    // A node can be stopped while it waits for its database.
    tokio::task::block_in_place(|| cluster.stop()).unwrap();
    eventually("readiness says so", async || {
        federation.admin("kod", "/readyz").await.0 == 503
    })
    .await;
    federation.end().await;
}

async fn grpc_health(federation: &Federation) -> ServingStatus {
    let mut client = HealthClient::new(federation.system("kod", "duty-log").await);
    let asked = client.check(HealthCheckRequest::default()).await;
    asked.unwrap().into_inner().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_killed_under_load_loses_and_doubles_nothing() {
    const CALLERS: usize = 8;
    const EACH: usize = 40;
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    federation
        .start_mortal("kod", federation.config("kod"))
        .await;
    federation.start("kod#2").await;
    federation.start("polizei").await;
    eventually("one of them has the stream", async || {
        federation.partner("kod", "polizei").await.link() == Link::Connected
            || federation.partner("kod#2", "polizei").await.link() == Link::Connected
    })
    .await;
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let replicas = [
            federation.situations("kod").await,
            federation.situations("kod#2").await,
        ];
        sending.spawn(async move {
            let mut subjects = Vec::new();
            for _ in 0..EACH {
                subjects.push(publish_at_any(&replicas).await);
            }
            subjects
        });
    }
    // In the midst of it.
    eventually("half of it is there", async || {
        federation.status("kod#2").await.own_entries > (CALLERS * EACH / 2) as u64
    })
    .await;
    federation.kill("kod");
    let subjects: Vec<_> = sending.join_all().await.into_iter().flatten().collect();
    let subjects: BTreeSet<_> = subjects.into_iter().collect();
    assert_eq!(subjects.len(), CALLERS * EACH);
    for node in ["kod#2", "polizei"] {
        eventually("all are there", async || {
            federation.list_all(node).await.len() >= subjects.len()
        })
        .await;
        let listed = federation.list_all(node).await;
        assert_eq!(listed.len(), subjects.len(), "nothing is doubled at {node}");
        let listed: BTreeSet<_> = listed.into_iter().collect();
        assert_eq!(listed, subjects, "nothing is lost at {node}");
    }
    federation
        .until_link("kod#2", "polizei", Link::Connected)
        .await;
    assert_eq!(federation.status("kod#2").await.alarms, 0);
    assert_eq!(federation.status("polizei").await.alarms, 0);
    federation.end().await;
}

/// Publishes at one replica, and with the same request at the next where that one does not answer.
async fn publish_at_any(replicas: &[SituationServiceClient<tonic::transport::Channel>]) -> String {
    let request = PublishSituationRequest {
        request_id: request_id(),
        situation: Some(draft()),
        confirm_review: false,
    };
    for client in replicas.iter().cycle() {
        match client.clone().publish_situation(request.clone()).await {
            Ok(answer) => return answer.into_inner().receipt.unwrap().subject,
            Err(status) => assert!(
                matches!(
                    status.code(),
                    Code::Unavailable | Code::Unknown | Code::Cancelled
                ),
                "{status}"
            ),
        }
    }
    unreachable!("the replicas are asked in a circle")
}
