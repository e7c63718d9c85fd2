//! What the coordinators' application asks of its node: acting for people, what waits for a second coordinator, deliveries as they
//! change, the picture, and lists by what a store has no index for.

use std::collections::BTreeSet;

use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use tonic::{Code, Request, Streaming};
use verbund_node::config::Client;
use verbund_node::roles::Role;
use verbund_wire::acting::{ACTING_ROLES, ACTOR};
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::remark_service_client::RemarkServiceClient;
use verbund_wire::agency::report_service_client::ReportServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    AcknowledgeRequest, AddRemarkRequest, BatchGetDeliveriesRequest, ConfirmSituationRequest,
    DeliveryState, DeliverySubject, ExerciseFilter, GetPictureRequest, Link,
    ListAuditRecordsRequest, ListAwaitingConfirmationRequest, ListAwaitingConfirmationResponse,
    ListSituationsRequest, Picture, PublishReceipt, PublishSituationRequest, RemarkSubject,
    SituationDraft, SituationFilter, SubjectDelivery, SubjectKey, WatchDeliveriesRequest,
    WatchDeliveriesResponse, WithdrawSituationRequest,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::{Handling, SubjectKind, Urgency, WithdrawalReason};

use crate::kit::{Federation, draft, eventually, request_id};

const APP: &str = "briefing";

/// Nodes of which one has an application that acts for people.
async fn with_application(nodes: &[&str]) -> Federation {
    let mut federation = Federation::new();
    for node in nodes {
        let mut config = federation.config(node);
        config.clients.push(Client {
            name: APP.to_owned(),
            roles: vec![Role::Coordinator, Role::Reader, Role::Auditor],
            acts_for_people: true,
        });
        federation.start_as(node, config).await;
    }
    federation
}

/// The same call, for a person in some roles.
fn acting<T>(message: T, actor: &str, roles: &str) -> Request<T> {
    let mut request = Request::new(message);
    let metadata = request.metadata_mut();
    metadata.insert(ACTOR, actor.parse().unwrap());
    metadata.insert(ACTING_ROLES, roles.parse().unwrap());
    request
}

fn publishing(situation: SituationDraft) -> PublishSituationRequest {
    PublishSituationRequest {
        request_id: request_id(),
        situation: Some(situation),
        confirm_review: false,
    }
}

fn clear() -> SituationDraft {
    SituationDraft {
        handling: Handling::Clear.into(),
        ..draft()
    }
}

async fn send(app: &Channel, actor: &str, situation: SituationDraft) -> PublishReceipt {
    let mut client = SituationServiceClient::new(app.clone());
    let answer = client.publish_situation(acting(publishing(situation), actor, "coordinator"));
    answer.await.unwrap().into_inner().receipt.unwrap()
}

async fn awaiting(app: &Channel, actor: &str) -> ListAwaitingConfirmationResponse {
    let mut client = SituationServiceClient::new(app.clone());
    let request = acting(ListAwaitingConfirmationRequest {}, actor, "coordinator");
    let answer = client.list_awaiting_confirmation(request).await;
    answer.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_behind_one_application_are_two() {
    let federation = with_application(&["kod"]).await;
    let app = federation.system("kod", APP).await;
    let mut client = SituationServiceClient::new(app.clone());
    let receipt = send(&app, "anna", clear()).await;
    assert!(receipt.awaiting_confirmation);

    let confirm = ConfirmSituationRequest {
        subject: receipt.subject.clone(),
    };
    let own = acting(confirm.clone(), "anna", "coordinator");
    let refused = client.confirm_situation(own).await.unwrap_err();
    assert_eq!(
        explain(&refused).reason,
        ErrorCode::SameCoordinator.reason()
    );
    let reader = acting(confirm.clone(), "bert", "reader");
    let refused = client.confirm_situation(reader).await.unwrap_err();
    assert_eq!(explain(&refused).reason, ErrorCode::RoleMissing.reason());
    let itself = client.confirm_situation(confirm.clone()).await.unwrap_err();
    assert_eq!(explain(&itself).reason, ErrorCode::RoleMissing.reason());
    let second = acting(confirm, "bert", "coordinator, reader");
    client.confirm_situation(second).await.unwrap();

    // The log knows two roles' words under pseudonyms, and no id.
    let another = send(&app, "carla", clear()).await;
    let confirm = ConfirmSituationRequest {
        subject: another.subject,
    };
    let third = acting(confirm, "anna", "coordinator");
    client.confirm_situation(third).await.unwrap();
    let mut node = NodeServiceClient::new(app);
    let request = acting(ListAuditRecordsRequest::default(), "dora", "auditor");
    let records = node.list_audit_records(request).await.unwrap();
    let records = records.into_inner().records;
    let pseudonyms: BTreeSet<_> = records.iter().map(|it| it.pseudonym.clone()).collect();
    assert_eq!(pseudonyms.len(), 2, "{records:?}");
    assert!(records.iter().all(|it| it.role == "coordinator"));
    for id in ["anna", "bert", "carla"] {
        assert!(!format!("{records:?}").contains(id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_belongs_to_the_person_who_used_it() {
    let federation = with_application(&["kod"]).await;
    let app = federation.system("kod", APP).await;
    let mut client = SituationServiceClient::new(app);
    let request = publishing(draft());
    let mut subjects = BTreeSet::new();
    for (actor, repeated) in [("anna", false), ("bert", false), ("anna", true)] {
        let answer = client.publish_situation(acting(request.clone(), actor, "coordinator"));
        let receipt = answer.await.unwrap().into_inner().receipt.unwrap();
        assert_eq!(receipt.repeated_request, repeated, "{actor}");
        subjects.insert(receipt.subject);
    }
    assert_eq!(subjects.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_acts_for_nobody_may_not_say_that_it_does() {
    let federation = with_application(&["kod"]).await;
    let mut client = federation.situations("kod").await;
    let request = acting(publishing(draft()), "anna", "coordinator");
    let refused = client.publish_situation(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(
        explain(&refused).reason,
        ErrorCode::ActingNotAllowed.reason()
    );
    assert!(!format!("{refused:?}").contains("anna"));

    let app = federation.system("kod", APP).await;
    let mut client = SituationServiceClient::new(app);
    let request = acting(publishing(draft()), "Anna", "coordinator");
    let refused = client.publish_situation(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(!format!("{refused:?}").contains("Anna"));
}

async fn what_waits_is_listed(federation: Federation) {
    let app = federation.system("kod", APP).await;
    assert_eq!(awaiting(&app, "anna").await.situations, []);
    let first = send(&app, "anna", clear()).await;
    let second = send(&app, "bert", clear()).await;
    // A generalised form that waits for its day is none of these, nor is what needs no second.
    send(&app, "anna", draft()).await;

    let listed = awaiting(&app, "anna").await;
    assert!(!listed.more);
    let told: Vec<_> = listed
        .situations
        .iter()
        .map(|it| {
            let situation = it.situation.as_ref().unwrap();
            assert_eq!(situation.note, clear().note);
            assert_eq!(situation.handling(), Handling::Clear);
            assert_eq!(situation.agency, "kod");
            assert!(!it.until.is_empty() && situation.etag.is_empty());
            (&*situation.subject, it.sent_by_caller)
        })
        .collect();
    assert_eq!(
        told,
        [(&*second.subject, false), (&*first.subject, true)],
        "the latest first, and whose it is"
    );

    // Whoever sent it takes it back; it has no version yet that could be named.
    let mut client = SituationServiceClient::new(app.clone());
    let request = WithdrawSituationRequest {
        request_id: request_id(),
        subject: first.subject,
        etag: String::new(),
        reason: WithdrawalReason::Error.into(),
    };
    let withdrawn = client.withdraw_situation(acting(request, "anna", "coordinator"));
    withdrawn.await.unwrap();
    let confirm = ConfirmSituationRequest {
        subject: second.subject,
    };
    let confirmed = client.confirm_situation(acting(confirm, "anna", "coordinator"));
    confirmed.await.unwrap();
    assert_eq!(awaiting(&app, "anna").await.situations, []);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_second_coordinator_is_listed() {
    what_waits_is_listed(with_application(&["kod"]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_listed_over_postgres() {
    what_waits_is_listed(on_postgres(&[]).await).await;
}

/// The same with kod's node over PostgreSQL, and others beside it.
async fn on_postgres(others: &[&str]) -> Federation {
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    for node in ["kod"].iter().chain(others) {
        let mut config = federation.config(node);
        config.clients.push(Client {
            name: APP.to_owned(),
            roles: vec![Role::Coordinator, Role::Reader],
            acts_for_people: true,
        });
        federation.start_as(node, config).await;
    }
    federation
}

fn key(subject: &str, owner: &str) -> DeliverySubject {
    DeliverySubject {
        kind: SubjectKind::Update.into(),
        key: Some(SubjectKey {
            subject: subject.to_owned(),
            owner: owner.to_owned(),
        }),
    }
}

async fn batch(
    federation: &Federation,
    node: &str,
    subjects: Vec<DeliverySubject>,
) -> Vec<SubjectDelivery> {
    let mut feed = FeedServiceClient::new(federation.system(node, "duty-log").await);
    let answer = feed.batch_get_deliveries(BatchGetDeliveriesRequest { subjects });
    answer.await.unwrap().into_inner().deliveries
}

/// Reads until a subject is named.
async fn until_named(watched: &mut Streaming<WatchDeliveriesResponse>, subject: &str) {
    loop {
        let message = watched.next().await.expect("it goes on").unwrap();
        assert!(!message.all, "so few can be named");
        let mut named = message.subjects.iter();
        if named.any(|it| it.key.as_ref().is_some_and(|it| it.subject == subject)) {
            return;
        }
    }
}

async fn watch(federation: &Federation, node: &str) -> Streaming<WatchDeliveriesResponse> {
    let mut feed = FeedServiceClient::new(federation.system(node, "duty-log").await);
    let watched = feed.watch_deliveries(WatchDeliveriesRequest {}).await;
    let mut watched = watched.unwrap().into_inner();
    let sign = watched.next().await.unwrap().unwrap();
    assert_eq!(sign, WatchDeliveriesResponse::default(), "a sign of life");
    watched
}

async fn deliveries_are_told(mut federation: Federation) {
    let mut at_origin = watch(&federation, "kod").await;
    let receipt = federation.publish("kod", draft()).await;
    until_named(&mut at_origin, &receipt.subject).await;
    federation
        .until_delivered_at("kod", &receipt.subject, "polizei", DeliveryState::Stored)
        .await;

    // A third node is told of it too, by gossip; and of what others acknowledge.
    let mut at_third = watch(&federation, "polizei").await;
    federation.start("quartiersbuero").await;
    federation
        .until_delivered_at(
            "kod",
            &receipt.subject,
            "quartiersbuero",
            DeliveryState::Stored,
        )
        .await;
    until_named(&mut at_third, &receipt.subject).await;
    until_named(&mut at_origin, &receipt.subject).await;

    let mut feed = FeedServiceClient::new(federation.system("polizei", "duty-log").await);
    let acknowledge = AcknowledgeRequest {
        request_id: request_id(),
        kind: SubjectKind::Update.into(),
        key: key(&receipt.subject, "kod").key,
        version: String::new(),
    };
    feed.acknowledge(acknowledge).await.unwrap();
    until_named(&mut at_third, &receipt.subject).await;
    eventually("the acknowledgement is there", async || {
        let told = batch(&federation, "kod", vec![key(&receipt.subject, "")]).await;
        let latest = told[0].latest.as_ref().unwrap();
        let mut agencies = latest.agencies.iter();
        agencies.any(|it| it.agency == "polizei" && it.acknowledged)
    })
    .await;
    until_named(&mut at_origin, &receipt.subject).await;

    // What is said on it, too.
    let mut at_third = watch(&federation, "polizei").await;
    let mut at_origin = watch(&federation, "kod").await;
    let mut remarks = RemarkServiceClient::new(federation.system("polizei", "duty-log").await);
    let question = AddRemarkRequest {
        request_id: request_id(),
        on: Some(RemarkSubject {
            kind: SubjectKind::Update.into(),
            key: key(&receipt.subject, "kod").key,
        }),
        text: "Lagen die Spritzen auch am Spielplatz?".to_owned(),
        ..AddRemarkRequest::default()
    };
    remarks.add_remark(question).await.unwrap();
    until_named(&mut at_third, &receipt.subject).await;
    until_named(&mut at_origin, &receipt.subject).await;

    // Many at once are the same as one by one, in the order in which they are asked for.
    let other = federation.publish("kod", draft()).await;
    for subject in [&receipt.subject, &other.subject] {
        federation
            .until_delivered_at("kod", subject, "quartiersbuero", DeliveryState::Stored)
            .await;
    }
    let unknown = key("00000000-0000-4000-8000-000000000000", "kod");
    let asked = vec![
        key(&other.subject, "kod"),
        unknown,
        key(&receipt.subject, ""),
    ];
    let told = batch(&federation, "kod", asked).await;
    let subjects: Vec<_> = told
        .iter()
        .map(|it| {
            let subject = it.subject.clone().unwrap();
            let key = subject.key.unwrap();
            assert_eq!(key.owner, "kod");
            key.subject
        })
        .collect();
    assert_eq!(subjects, [other.subject.clone(), receipt.subject.clone()]);
    for (subject, told) in subjects.iter().zip(told) {
        let mut versions = federation.delivery("kod", subject).await;
        assert_eq!(told.latest, versions.pop());
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_told_as_they_change() {
    deliveries_are_told(with_application(&["kod", "polizei"]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_told_over_postgres() {
    deliveries_are_told(on_postgres(&["polizei"]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_receipt_names_nothing_and_says_that_all_may_have_changed() {
    let mut federation = with_application(&["kod"]).await;
    for _ in 0..70 {
        federation.publish("kod", draft()).await;
    }
    let mut watched = watch(&federation, "kod").await;
    federation.start("polizei").await;
    loop {
        let message = watched.next().await.expect("it goes on").unwrap();
        assert!(message.subjects.len() <= 64);
        if message.all {
            assert_eq!(message.subjects, []);
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_a_bound_and_knows_its_kinds() {
    let federation = with_application(&["kod"]).await;
    let mut feed = FeedServiceClient::new(federation.system("kod", "duty-log").await);
    let mut refused = async |subjects: Vec<DeliverySubject>| {
        let answer = feed.batch_get_deliveries(BatchGetDeliveriesRequest { subjects });
        explain(&answer.await.unwrap_err()).violations[0]
            .field
            .clone()
    };
    let one = key("00000000-0000-4000-8000-000000000000", "kod");
    assert_eq!(refused(vec![one.clone(); 201]).await, "subjects");
    let task = DeliverySubject {
        kind: SubjectKind::Task.into(),
        ..one
    };
    assert_eq!(refused(vec![task]).await, "subjects.kind");
}

async fn picture(federation: &Federation, agencies: &[&str], measures: &[&str]) -> Picture {
    let day = draft().day;
    let system = federation.system("kod", "duty-log").await;
    let request = GetPictureRequest {
        from_day: day.clone(),
        to_day: day,
        agencies: agencies.iter().map(|it| (*it).to_owned()).collect(),
        measures: measures.iter().map(|it| (*it).to_owned()).collect(),
    };
    let answer = ReportServiceClient::new(system).get_picture(request).await;
    answer.unwrap().into_inner().picture.unwrap()
}

async fn filtered(federation: &Federation, filter: SituationFilter) -> Vec<String> {
    let mut client = federation.situations("kod").await;
    let mut subjects = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListSituationsRequest {
            filter: Some(filter.clone()),
            page_size: 2,
            page_token,
        };
        let page = client.list_situations(request).await.unwrap().into_inner();
        assert!(page.situations.len() <= 2);
        subjects.extend(page.situations.into_iter().map(|it| it.subject));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return subjects;
        }
    }
}

async fn updates_are_counted_and_chosen(mut federation: Federation) {
    let own = federation.publish("kod", draft()).await;
    let drill = SituationDraft {
        exercise: true,
        ..draft()
    };
    let drill = federation.publish("kod", drill).await;
    let urgent = SituationDraft {
        measure: "m2".into(),
        urgency: Urgency::Immediate.into(),
        place: "neumarkt".into(),
        window: String::new(),
        ..draft()
    };
    let urgent = federation.publish("kod", urgent).await;
    let theirs = federation.publish("polizei", draft()).await;
    federation
        .until("kod", &theirs.subject, "it is here", |it| it.version == 1)
        .await;

    let all = picture(&federation, &[], &[]).await;
    assert_eq!((all.updates, all.exercises), (3, 1));
    assert_eq!(all.places[0].place, "theaterplatz");
    assert_eq!((all.places[0].count, all.places[0].rising), (2, 2));
    assert_eq!(all.days.len(), 1);
    assert_eq!(all.days[0].count, 3);
    assert_eq!(picture(&federation, &["polizei"], &[]).await.updates, 1);
    assert_eq!(picture(&federation, &[], &["m2"]).await.updates, 1);

    let of_m1 = SituationFilter {
        measures: vec!["m1".to_owned()],
        ..SituationFilter::default()
    };
    let listed = filtered(&federation, of_m1.clone()).await;
    assert_eq!(
        listed,
        [&theirs, &drill, &own].map(|it| it.subject.clone()),
        "the last changed first, over two pages"
    );
    let drills = SituationFilter {
        exercises: ExerciseFilter::Only.into(),
        ..SituationFilter::default()
    };
    assert_eq!(
        filtered(&federation, drills).await,
        std::slice::from_ref(&drill.subject)
    );
    let soon = SituationFilter {
        urgencies: vec![Urgency::Immediate.into()],
        agencies: vec!["kod".to_owned()],
        ..SituationFilter::default()
    };
    assert_eq!(
        filtered(&federation, soon.clone()).await,
        std::slice::from_ref(&urgent.subject)
    );

    // What is taken back is listed and not counted; what is erased is neither.
    let mut client = federation.situations("kod").await;
    for (receipt, reason) in [
        (&urgent, WithdrawalReason::Error),
        (&own, WithdrawalReason::PersonalData),
    ] {
        let request = WithdrawSituationRequest {
            request_id: request_id(),
            subject: receipt.subject.clone(),
            etag: receipt.etag.clone(),
            reason: reason.into(),
        };
        client.withdraw_situation(request).await.unwrap();
    }
    assert_eq!(picture(&federation, &[], &[]).await.updates, 1);
    assert_eq!(
        filtered(&federation, soon.clone()).await,
        std::slice::from_ref(&urgent.subject)
    );
    let listed = filtered(&federation, of_m1.clone()).await;
    assert_eq!(listed, [&theirs, &drill].map(|it| it.subject.clone()));

    // It is all there again after a start.
    federation.restart("kod").await;
    assert_eq!(picture(&federation, &[], &[]).await.updates, 1);
    assert_eq!(filtered(&federation, of_m1).await, listed);
    assert_eq!(filtered(&federation, soon).await, [urgent.subject]);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_are_counted_and_chosen_by_what_has_no_index() {
    updates_are_counted_and_chosen(Federation::with(&["kod", "polizei"]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_are_counted_and_chosen_over_postgres() {
    updates_are_counted_and_chosen(on_postgres(&["polizei"]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_counts_the_same() {
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    federation.start("kod").await;
    federation.start("kod#2").await;
    let before = picture(&federation, &[], &[]).await.updates;
    let system = federation.situations("kod#2").await;
    let mut client = system;
    let request = publishing(draft());
    client.publish_situation(request).await.unwrap();
    eventually("the other replica has it", async || {
        picture(&federation, &[], &[]).await.updates == before + 1
    })
    .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_until_when_certificates_hold() {
    let federation = with_application(&["kod", "polizei"]).await;
    federation
        .until_link("kod", "polizei", Link::Connected)
        .await;
    let status = federation.status("kod").await;
    let now = jiff::Timestamp::now().as_millisecond();
    assert!(status.certificate_not_after_ms > now);
    assert!(!status.certificate_serial.is_empty());
    let charter = std::fs::read(&federation.config("kod").charter.file).unwrap();
    assert_eq!(
        &*status.charter_hash,
        verbund_ledger::charter_hash(&charter)
    );
    assert_eq!(status.revocation_lists, [], "nobody publishes one");
    for partner in &status.partners {
        let connected = partner.link() == Link::Connected;
        assert_eq!(
            partner.certificate_not_after_ms > now,
            connected,
            "{partner:?}"
        );
        assert!(partner.endpoint.starts_with("127.0.0.1:"), "{partner:?}");
    }
}
