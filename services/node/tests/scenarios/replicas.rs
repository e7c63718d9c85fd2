//! Several replicas of one node over one PostgreSQL.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tonic::Streaming;
use tonic::transport::Channel;
use verbund_ledger::SystemEntropy;
use verbund_store::{FatalSignal, OpenOptions, Take};
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    ConfirmSituationRequest, DeliveryState, Link, PublishReceipt, PublishSituationRequest,
    SituationDraft, SituationState, WatchFeedRequest, WatchFeedResponse, WithdrawSituationRequest,
};
use verbund_wire::error::explain;
use verbund_wire::federation::{Handling, WithdrawalReason};

use crate::kit::{Federation, VOCABULARY, draft, eventually, request_id};

/// The order service's node as two replicas; nobody else yet.
async fn replicas() -> Federation {
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    for node in ["kod", "kod#2"] {
        federation.start(node).await;
    }
    federation
}

async fn watch(federation: &Federation, node: &str) -> Streaming<WatchFeedResponse> {
    let mut client = FeedServiceClient::new(federation.system(node, "duty-log").await);
    let request = WatchFeedRequest::default();
    let mut events = client.watch_feed(request).await.unwrap().into_inner();
    while !events.message().await.unwrap().unwrap().live {}
    events
}

/// The subjects that a watcher is told of, until it was told of so many.
async fn told(events: &mut Streaming<WatchFeedResponse>, count: usize) -> Vec<String> {
    let mut subjects = Vec::new();
    let reading = async {
        while subjects.len() < count {
            let message = events.message().await.unwrap().unwrap();
            let found = message.events.into_iter().filter_map(|it| it.situation);
            subjects.extend(found.map(|it| it.subject));
        }
    };
    let reading = tokio::time::timeout(Duration::from_secs(20), reading).await;
    assert!(reading.is_ok(), "told of {} of {count}", subjects.len());
    subjects
}

async fn publish_many(
    client: SituationServiceClient<Channel>,
    count: usize,
) -> Vec<PublishReceipt> {
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..count {
        let mut client = client.clone();
        sending.spawn(async move {
            let request = PublishSituationRequest {
                request_id: request_id(),
                situation: Some(draft()),
                confirm_review: false,
            };
            let answer = client.publish_situation(request).await.unwrap();
            answer.into_inner().receipt.unwrap()
        });
    }
    sending.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_takes_the_other_shows_and_the_lane_has_no_gap() {
    const EACH: usize = 60;
    let federation = replicas().await;
    let mut at_first = watch(&federation, "kod").await;
    let mut at_second = watch(&federation, "kod#2").await;
    let (first, second) = tokio::join!(
        publish_many(federation.situations("kod").await, EACH),
        publish_many(federation.situations("kod#2").await, EACH),
    );
    let receipts: Vec<_> = first.iter().chain(&second).collect();
    let subjects: BTreeSet<_> = receipts.iter().map(|it| it.subject.clone()).collect();
    assert_eq!(subjects.len(), 2 * EACH);
    for events in [&mut at_first, &mut at_second] {
        let told = told(events, 2 * EACH).await;
        assert_eq!(told.len(), 2 * EACH, "nothing is told twice");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), subjects);
    }
    let lanes: BTreeSet<_> = receipts
        .iter()
        .map(|it| it.position.as_ref().unwrap().lane.clone())
        .collect();
    assert_eq!(lanes.len(), 1, "both write one lane");
    let sequences: BTreeSet<_> = receipts
        .iter()
        .map(|it| it.position.as_ref().unwrap().sequence)
        .collect();
    let last = 1 + 2 * EACH as u64;
    assert_eq!(sequences, (2..=last).collect(), "the first is the opening");
    // How soon, for whoever reads the output: from the answer at the one to the watcher of the other.
    let mut took = Vec::new();
    let mut client = federation.situations("kod").await;
    for _ in 0..EACH {
        let request = PublishSituationRequest {
            request_id: request_id(),
            situation: Some(draft()),
            confirm_review: false,
        };
        client.publish_situation(request).await.unwrap();
        let answered = Instant::now();
        told(&mut at_second, 1).await;
        took.push(answered.elapsed());
    }
    took.sort();
    eprintln!(
        "shown by the other: p50 {:?}, max {:?}",
        took[EACH / 2],
        took[EACH - 1]
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_of_one_replica_gets_what_the_other_takes() {
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    federation.start("kod").await;
    federation.start("polizei").await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    federation.start("kod#2").await;
    federation
        .until_link("kod#2", "polizei", Link::Elsewhere)
        .await;
    assert_eq!(federation.partner("kod#2", "polizei").await.replica, "kod");
    assert_eq!(federation.partner("kod", "polizei").await.replica, "kod");

    let subject = federation.publish("kod#2", draft()).await.subject;
    federation
        .until("polizei", &subject, "it arrived", |it| {
            it.note == draft().note
        })
        .await;
    // Its receipt came to the one and is known to the other.
    for node in ["kod", "kod#2"] {
        federation
            .until_delivered_at(node, &subject, "polizei", DeliveryState::Stored)
            .await;
    }
    // And what it sends to the one is shown by the other.
    let theirs = federation.publish("polizei", draft()).await.subject;
    federation
        .until("kod#2", &theirs, "it is shown", |_| true)
        .await;
    federation
        .until_delivered_at("polizei", &theirs, "kod", DeliveryState::Stored)
        .await;
    assert_eq!(federation.status("kod").await.alarms, 0);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_moves_when_its_holder_dies_and_when_it_stops() {
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    let mut passive = federation.config("polizei");
    passive.partners.dial = false;
    federation.start_as("polizei", passive).await;
    federation
        .start_mortal("kod", federation.config("kod"))
        .await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    federation.start("kod#2").await;
    federation
        .until_link("kod#2", "polizei", Link::Elsewhere)
        .await;
    let before = federation.publish("kod", draft()).await.subject;

    federation.kill("kod");
    let died = Instant::now();
    federation
        .until_link("kod#2", "polizei", Link::Connected)
        .await;
    eprintln!("the stream moved after {:?}", died.elapsed());
    let after = federation.publish("kod#2", draft()).await.subject;
    for subject in [&before, &after] {
        federation
            .until("polizei", subject, "it arrived", |_| true)
            .await;
    }
    let theirs = federation.publish("polizei", draft()).await.subject;
    federation
        .until("kod#2", &theirs, "it arrived", |_| true)
        .await;

    // One that stops gives it back at once.
    federation.start("kod#3").await;
    federation
        .until_link("kod#3", "polizei", Link::Elsewhere)
        .await;
    federation.stop("kod#2").await;
    let stopped = Instant::now();
    federation
        .until_link("kod#3", "polizei", Link::Connected)
        .await;
    eprintln!("and after {:?} from one that stopped", stopped.elapsed());
    for subject in [&before, &after, &theirs] {
        federation
            .until("kod#3", subject, "it is shown", |_| true)
            .await;
    }
    assert_eq!(federation.status("kod#3").await.alarms, 0);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_another_replica_takes_ends_here() {
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    federation.start("kod").await;
    federation.start("polizei").await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    // A replica to which a load balancer brought the partner, and which then dies.
    let config = federation.config("kod#2");
    let options = OpenOptions {
        erasure_keys: config.store.erasure_keys.clone(),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: "taker".to_owned(),
        migrate: false,
        accept_data_loss: false,
    };
    let store = verbund_store::open(config.store.url.expose(), options)
        .await
        .unwrap();
    // The partner dials again at once and brings the stream back, so that it is taken until that has been seen.
    let taking = async {
        let mut tick = tokio::time::interval(Duration::from_millis(500));
        loop {
            tick.tick().await;
            let took = store.take_hold("link/polizei", Take::Always).await;
            took.unwrap().expect("the newest has it");
        }
    };
    let seen = eventually("kod says who has the stream", async || {
        let polizei = federation.partner("kod", "polizei").await;
        polizei.link() == Link::Elsewhere && polizei.replica == "taker"
    });
    tokio::select! {
        () = taking => {}
        () = seen => {}
    }
    // It never keeps what it took.
    store.close().await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    let subject = federation.publish("polizei", draft()).await.subject;
    federation
        .until("kod", &subject, "it arrived", |_| true)
        .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ends_as_replicas_come_to_one_stream() {
    let mut federation = Federation::new();
    for agency in ["kod", "polizei"] {
        federation.on_postgres(agency);
    }
    for node in ["kod", "kod#2", "polizei", "polizei#2"] {
        federation.start(node).await;
    }
    for (replicas, partner) in [
        (["kod", "kod#2"], "polizei"),
        (["polizei", "polizei#2"], "kod"),
    ] {
        let what = format!("one replica has the stream with {partner}");
        eventually(&what, async || {
            let mut links = Vec::new();
            for node in replicas {
                links.push(federation.partner(node, partner).await.link());
            }
            links.sort();
            links == [Link::Connected, Link::Elsewhere]
        })
        .await;
    }
    for node in ["kod", "kod#2", "polizei", "polizei#2"] {
        let subject = federation.publish(node, draft()).await.subject;
        for other in ["kod", "kod#2", "polizei", "polizei#2"] {
            let what = format!("{other} shows what {node} took");
            federation.until(other, &subject, &what, |_| true).await;
        }
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_at_one_replica_destroys_what_the_other_took() {
    let mut federation = replicas().await;
    federation.start("polizei").await;
    let receipt = federation.publish("kod", draft()).await;
    for node in ["kod", "kod#2", "polizei"] {
        federation
            .until(node, &receipt.subject, "it is shown", |it| {
                it.note == draft().note
            })
            .await;
    }
    let withdrawal = WithdrawSituationRequest {
        request_id: request_id(),
        subject: receipt.subject.clone(),
        etag: String::new(),
        reason: WithdrawalReason::PersonalData.into(),
    };
    let mut client = federation.situations("kod#2").await;
    client.withdraw_situation(withdrawal).await.unwrap();
    for node in ["kod", "kod#2", "polizei"] {
        federation
            .until(node, &receipt.subject, "it is gone", |it| {
                it.state() == SituationState::Erased && it.note.is_empty()
            })
            .await;
    }
    federation
        .until_delivered_at("kod", &receipt.subject, "polizei", DeliveryState::Erased)
        .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_draft_goes_once_whoever_lets_it_go() {
    let federation = replicas().await;
    let clear = SituationDraft {
        handling: Handling::Clear.into(),
        ..draft()
    };
    for _ in 0..5 {
        let waiting = federation.publish("kod", clear.clone()).await;
        assert!(waiting.awaiting_confirmation);
        let confirm = async |node: &str, name: &str| {
            let mut client = SituationServiceClient::new(federation.system(node, name).await);
            let request = ConfirmSituationRequest {
                subject: waiting.subject.clone(),
            };
            client.confirm_situation(request).await
        };
        let (first, second) = tokio::join!(confirm("kod", "second"), confirm("kod#2", "audit"));
        let refused = match (first, second) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
            both => panic!("one of both should have confirmed it: {both:?}"),
        };
        assert_eq!(explain(&refused).reason, "NOTHING_TO_CONFIRM");
    }
    for node in ["kod", "kod#2"] {
        eventually("all are shown", async || {
            federation.list(node).await.len() == 5
        })
        .await;
        assert_eq!(federation.status(node).await.pending_entries, 0);
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charter_that_one_replica_takes_is_in_force_at_the_other() {
    let mut federation = replicas().await;
    federation.amend(VOCABULARY);
    // Its file holds the next one, as at a rolling restart.
    federation.stop("kod").await;
    federation.start("kod").await;
    eventually("the other has it too", async || {
        federation.status("kod#2").await.charter_version == 2
    })
    .await;
    let (one, other) = (
        federation.status("kod").await,
        federation.status("kod#2").await,
    );
    assert_eq!(one.generation, 1_000_003, "each start raises it");
    eventually("and the generation", async || {
        federation.status("kod#2").await.generation == one.generation
    })
    .await;
    assert_eq!(
        (one.replica.as_str(), other.replica.as_str()),
        ("kod", "kod#2")
    );
    let store = one.store.unwrap();
    assert_eq!(store.engine, "PostgreSQL");
    assert!(store.warnings.is_empty() && store.problem.is_empty());
    federation.end().await;
}
