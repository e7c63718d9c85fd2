//! Updates that are acknowledged while a node does not sign, after a restore.

use tonic::{Code, Status};
use verbund_ledger::FrameHash;
use verbund_model::AgencyId;
use verbund_store::marker;
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::review_service_client::ReviewServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    Alarm, ConfirmReviewRequest, ConfirmSituationRequest, CorrectSituationRequest,
    GetSituationRequest, GetSituationResponse, ListAlarmsRequest, PublishReceipt,
    PublishSituationRequest, SituationDraft, WithdrawSituationRequest,
};
use verbund_wire::convert::etag;
use verbund_wire::error::explain;
use verbund_wire::federation::{Handling, WithdrawalReason};

use crate::kit::{AGENCIES, Federation, VOCABULARY, draft, eventually, request_id};

const CANARY: &str = "Qwxzyfalter";

/// A node that was started after its marker was lost, while nobody else is there.
async fn recovering(node: &str) -> Federation {
    let mut federation = Federation::new();
    federation.start(node).await;
    federation.stop(node).await;
    lose_marker(&federation, node);
    federation.start(node).await;
    assert_eq!(federation.status(node).await.read_only, "RECOVERING");
    federation
}

fn lose_marker(federation: &Federation, node: &str) {
    let folder = federation.config(node).store.erasure_keys;
    std::fs::remove_file(folder.join("marker")).unwrap();
}

/// The operator waits for nobody.
fn forgo_all(federation: &Federation, node: &str) {
    forgo_all_but(federation, node, node);
}

/// The operator waits for one partner.
fn forgo_all_but(federation: &Federation, node: &str, heard: &str) {
    let folder = federation.config(node).store.erasure_keys;
    let others = AGENCIES
        .into_iter()
        .filter(|it| ![node, heard].contains(it));
    let others: Vec<AgencyId> = others.map(|it| AgencyId::parse(it).unwrap()).collect();
    marker::change(&folder, |marker| {
        marker.recovery.as_mut().unwrap().forgone.extend(others);
    })
    .unwrap();
}

async fn until_it_signs(federation: &Federation, node: &str) {
    eventually("the node signs", async || {
        federation.status(node).await.read_only.is_empty()
    })
    .await;
}

async fn send(
    federation: &Federation,
    node: &str,
    request: &PublishSituationRequest,
) -> Result<PublishReceipt, Status> {
    let mut client = federation.situations(node).await;
    let answer = client.publish_situation(request.clone()).await?;
    Ok(answer.into_inner().receipt.unwrap())
}

fn request(situation: SituationDraft) -> PublishSituationRequest {
    PublishSituationRequest {
        request_id: request_id(),
        situation: Some(situation),
        confirm_review: false,
    }
}

async fn get(federation: &Federation, node: &str, subject: &str) -> GetSituationResponse {
    let request = GetSituationRequest {
        subject: subject.to_owned(),
        ..GetSituationRequest::default()
    };
    let mut client = federation.situations(node).await;
    client.get_situation(request).await.unwrap().into_inner()
}

async fn withdraw(federation: &Federation, node: &str, subject: &str) -> Result<(), Status> {
    let withdrawal = WithdrawSituationRequest {
        request_id: request_id(),
        subject: subject.to_owned(),
        etag: String::new(),
        reason: WithdrawalReason::Error.into(),
    };
    let mut client = federation.situations(node).await;
    client.withdraw_situation(withdrawal).await.map(drop)
}

async fn alarms(federation: &Federation, node: &str) -> Vec<Alarm> {
    let mut client = NodeServiceClient::new(federation.system(node, "audit").await);
    let alarms = client.list_alarms(ListAlarmsRequest {}).await.unwrap();
    alarms.into_inner().alarms
}

fn reason(status: &Status) -> String {
    explain(status).reason
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gets_the_same_subject_before_and_after_it_is_signed() {
    let federation = recovering("kod").await;
    let sent = request(draft());
    let first = send(&federation, "kod", &sent).await.unwrap();
    assert!(first.queued && !first.repeated_request);
    assert!(first.position.is_none() && first.etag.is_empty());
    assert_eq!(first.audience.len(), AGENCIES.len());
    let other = PublishSituationRequest {
        situation: Some(SituationDraft {
            place: "neumarkt".into(),
            ..draft()
        }),
        ..sent.clone()
    };
    for signed in [false, true] {
        if signed {
            forgo_all(&federation, "kod");
            until_it_signs(&federation, "kod").await;
            eventually("the queue is empty", async || {
                federation.status("kod").await.queued_entries == 0
            })
            .await;
        } else {
            assert_eq!(federation.status("kod").await.queued_entries, 1);
        }
        let again = send(&federation, "kod", &sent).await.unwrap();
        assert_eq!(again.subject, first.subject, "signed: {signed}");
        assert!(again.repeated_request);
        assert_eq!(again.queued, !signed);
        assert_eq!(again.position.is_some(), signed);
        let reused = send(&federation, "kod", &other).await.unwrap_err();
        assert_eq!(reused.code(), Code::AlreadyExists, "signed: {signed}");
        assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
        let found = get(&federation, "kod", &first.subject).await;
        assert_eq!(found.queued, !signed);
        let situation = found.situation.unwrap();
        assert_eq!(situation.note, draft().note);
        assert_eq!(situation.version, u32::from(signed));
        assert_eq!(federation.list("kod").await.len(), usize::from(signed));
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_checked_is_checked_as_ever_and_what_waits_for_somebody_goes_to_its_list() {
    let federation = recovering("kod").await;
    let noted = |note: &str| SituationDraft {
        note: note.to_owned(),
        ..draft()
    };
    let refused = noted(&format!("{CANARY}, Tel. 0171 2345678"));
    let refused = send(&federation, "kod", &request(refused)).await;
    assert_eq!(reason(&refused.unwrap_err()), "GUARD_REJECTED");
    let unknown = SituationDraft {
        place: "mond".into(),
        ..noted(CANARY)
    };
    let unknown = send(&federation, "kod", &request(unknown)).await;
    assert_eq!(reason(&unknown.unwrap_err()), "VALIDATION_FAILED");
    assert_eq!(federation.status("kod").await.queued_entries, 0);
    send(&federation, "kod", &request(draft())).await.unwrap();
    for text in [CANARY, "Nordseite"] {
        assert!(!federation.holds("kod", text.as_bytes()), "{text}");
    }

    let reviewed = PublishSituationRequest {
        confirm_review: true,
        ..request(noted(&format!("Am Eingang liegt wieder ein {CANARY}")))
    };
    let held = send(&federation, "kod", &reviewed).await.unwrap();
    assert!(held.awaiting_review && !held.queued, "{held:?}");
    let again = send(&federation, "kod", &reviewed).await.unwrap();
    assert!(again.awaiting_review && again.review == held.review);
    let system = federation.system("kod", "second").await;
    let confirm = ConfirmReviewRequest {
        review: held.review.clone(),
    };
    let mut reviews = ReviewServiceClient::new(system.clone());
    let early = reviews.confirm_review(confirm.clone()).await.unwrap_err();
    assert_eq!(reason(&early), "RECOVERING");
    let clear = SituationDraft {
        handling: Handling::Clear.into(),
        ..draft()
    };
    let clear = send(&federation, "kod", &request(clear)).await.unwrap();
    assert!(clear.awaiting_confirmation && !clear.queued);
    let second = ConfirmSituationRequest {
        subject: clear.subject.clone(),
    };
    let mut situations = SituationServiceClient::new(system);
    let early = situations.confirm_situation(second.clone()).await;
    assert_eq!(reason(&early.unwrap_err()), "RECOVERING");
    let correction = CorrectSituationRequest {
        request_id: request_id(),
        subject: clear.subject.clone(),
        etag: etag::to_wire(&FrameHash([7; 32])),
        situation: Some(draft()),
        confirm_review: false,
    };
    let early = situations.correct_situation(correction).await;
    assert_eq!(reason(&early.unwrap_err()), "RECOVERING");
    assert_eq!(federation.status("kod").await.queued_entries, 1);

    forgo_all(&federation, "kod");
    until_it_signs(&federation, "kod").await;
    reviews.confirm_review(confirm).await.unwrap();
    situations.confirm_situation(second).await.unwrap();
    eventually("all three are there", async || {
        federation.list("kod").await.len() == 3
    })
    .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_origins_update_is_told_in_both_forms_afterwards() {
    let federation = recovering("streetwork").await;
    let told = send(&federation, "streetwork", &request(draft())).await;
    let told = told.unwrap();
    assert!(told.queued);
    assert_eq!(
        told.generalised_audience,
        ["polizei", "staatsanwaltschaft"],
        "{told:?}"
    );
    assert_eq!(federation.status("streetwork").await.pending_entries, 0);
    forgo_all(&federation, "streetwork");
    // It is of the day before yesterday, so that its generalised form is due at once.
    eventually("both forms are out", async || {
        federation.list("streetwork").await.len() == 2
    })
    .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_charter_does_not_know_stays_with_an_alarm_and_stops_nothing() {
    let mut federation = recovering("kod").await;
    let refused = send(&federation, "kod", &request(draft())).await.unwrap();
    let goes = SituationDraft {
        place: "neumarkt".into(),
        ..draft()
    };
    let goes = send(&federation, "kod", &request(goes)).await.unwrap();
    federation.stop("kod").await;
    let renamed = VOCABULARY.replace("\"theaterplatz\"", "\"theatervorplatz\"");
    assert_ne!(renamed, VOCABULARY);
    federation.amend(&renamed);
    forgo_all(&federation, "kod");
    federation.start("kod").await;
    federation
        .until("kod", &goes.subject, "the other one is signed", |it| {
            it.version == 1
        })
        .await;
    let about = async || {
        let mut alarms = alarms(&federation, "kod").await;
        alarms.retain(|it| it.reason == "QUEUED_REFUSED");
        alarms
    };
    eventually("an alarm is raised", async || !about().await.is_empty()).await;
    assert!(get(&federation, "kod", &refused.subject).await.queued);
    assert_eq!(federation.status("kod").await.queued_entries, 1, "it stays");
    // It is no reason to queue what comes now, and is told of once.
    let now = SituationDraft {
        place: "neumarkt".into(),
        ..draft()
    };
    let now = send(&federation, "kod", &request(now)).await.unwrap();
    assert!(!now.queued, "{now:?}");
    let raised = about().await;
    assert_eq!(raised.len(), 1, "{raised:?}");
    assert!(raised[0].description.contains("UNKNOWN_PLACE"));
    assert!(raised[0].description.contains(&refused.subject));
    withdraw(&federation, "kod", &refused.subject)
        .await
        .unwrap();
    assert_eq!(federation.status("kod").await.queued_entries, 0);
    assert_eq!(federation.list("kod").await.len(), 2);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_in_time_is_never_sent_and_its_text_is_destroyed() {
    let federation = recovering("kod").await;
    let sent = request(draft());
    let told = send(&federation, "kod", &sent).await.unwrap();
    let folder = federation.config("kod").store.erasure_keys;
    let keys = || -> Vec<_> {
        let files = std::fs::read_dir(&folder).unwrap();
        // One that goes while it is looked at is gone.
        let files = files.filter_map(|file| std::fs::read(file.unwrap().path()).ok());
        files.filter(|it| it.len() == 32).collect()
    };
    let before = keys();
    assert!(!before.is_empty());
    withdraw(&federation, "kod", &told.subject).await.unwrap();
    eventually("its key is gone", async || {
        before.iter().any(|key| !keys().contains(key))
    })
    .await;
    assert!(federation.get("kod", &told.subject).await.is_none());
    forgo_all(&federation, "kod");
    until_it_signs(&federation, "kod").await;
    assert_eq!(federation.list("kod").await.len(), 0);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_before_another_restore_is_not_signed_again() {
    let mut federation = recovering("kod").await;
    let told = send(&federation, "kod", &request(draft())).await.unwrap();
    federation.stop("kod").await;
    let config = federation.config("kod");
    let database = config.node.data.join("verbund.db");
    let copy = std::fs::read(&database).unwrap();
    forgo_all(&federation, "kod");
    federation.start("kod").await;
    federation.start("polizei").await;
    federation
        .until("polizei", &told.subject, "it arrives", |it| it.version == 1)
        .await;
    federation.stop("kod").await;
    // The database as it was while the update was queued: its entry comes back from the partner.
    for journal in ["verbund.db-wal", "verbund.db-shm"] {
        drop(std::fs::remove_file(config.node.data.join(journal)));
    }
    std::fs::write(&database, copy).unwrap();
    federation.start("kod").await;
    assert_eq!(federation.status("kod").await.read_only, "RECOVERING");
    assert_eq!(federation.status("kod").await.queued_entries, 1);
    forgo_all_but(&federation, "kod", "polizei");
    until_it_signs(&federation, "kod").await;
    eventually("the queue is empty", async || {
        federation.status("kod").await.queued_entries == 0
    })
    .await;
    for node in ["kod", "polizei"] {
        assert_eq!(federation.list(node).await.len(), 1, "at {node}");
        assert_eq!(get(&federation, node, &told.subject).await.history.len(), 1);
    }
    federation.end().await;
}
