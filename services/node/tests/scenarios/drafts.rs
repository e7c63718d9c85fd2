//! Drafts that wait: they are read again under what is in force when they go.

use std::sync::Arc;

use serde_json::Value;
use tonic::{Code, Status};
use verbund_ledger::SystemEntropy;
use verbund_node::Config;
use verbund_store::{FatalSignal, OpenOptions, Pending};
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    Alarm, ConfirmSituationRequest, ListAlarmsRequest, PublishReceipt, PublishSituationRequest,
    SituationDraft,
};
use verbund_wire::error::explain;
use verbund_wire::federation::Handling;

use crate::kit::{Federation, VOCABULARY, draft, eventually, now_in_krefeld, request_id};

fn clear() -> SituationDraft {
    SituationDraft {
        handling: Handling::Clear.into(),
        ..draft()
    }
}

async fn confirm(federation: &Federation, subject: &str) -> Result<(), Status> {
    let second = federation.system("kod", "second").await;
    let request = ConfirmSituationRequest {
        subject: subject.to_owned(),
    };
    let mut client = SituationServiceClient::new(second);
    client.confirm_situation(request).await.map(drop)
}

async fn alarms(federation: &Federation, node: &str) -> Vec<Alarm> {
    let mut client = NodeServiceClient::new(federation.system(node, "audit").await);
    let alarms = client.list_alarms(ListAlarmsRequest {}).await.unwrap();
    alarms.into_inner().alarms
}

/// Changes a waiting draft as if it had been taken before a rule came that it breaks.
async fn rewrite(config: &Config, pick: impl Fn(&Pending) -> bool, note: &str) {
    let options = OpenOptions {
        erasure_keys: config.store.erasure_keys.clone(),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: "test".to_owned(),
        migrate: false,
        accept_data_loss: false,
    };
    let store = verbund_store::open(config.store.url.expose(), options)
        .await
        .unwrap();
    // Everything that waits for a day, however far ahead.
    let waiting = store.pending_due(i32::MAX, 10).await.unwrap();
    let mut pending = waiting.into_iter().find(pick).unwrap();
    let mut body: Value = serde_json::from_slice(&pending.body).unwrap();
    body["note"] = note.into();
    pending.body = serde_json::to_vec(&body).unwrap();
    pending.due = Some(0);
    store.put_pending(pending).await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_updates_request_is_not_taken_for_other_content() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let mut client = federation.situations("kod").await;
    let request = PublishSituationRequest {
        request_id: request_id(),
        situation: Some(clear()),
        confirm_review: false,
    };
    let mut send = async |situation: SituationDraft| -> Result<PublishReceipt, Status> {
        let request = PublishSituationRequest {
            situation: Some(situation),
            ..request.clone()
        };
        let answer = client.publish_situation(request).await?;
        Ok(answer.into_inner().receipt.unwrap())
    };
    let other = || SituationDraft {
        place: "neumarkt".into(),
        ..clear()
    };
    let first = send(clear()).await.unwrap();
    assert!(first.awaiting_confirmation);
    // While it waits, and after it has gone.
    for confirmed in [false, true] {
        if confirmed {
            confirm(&federation, &first.subject).await.unwrap();
        }
        let again = send(clear()).await.unwrap();
        assert_eq!(again.subject, first.subject);
        assert!(again.repeated_request);
        assert_eq!(again.awaiting_confirmation, !confirmed);
        let reused = send(other()).await.unwrap_err();
        assert_eq!(
            (reused.code(), explain(&reused).reason.as_str()),
            (Code::AlreadyExists, "REQUEST_ID_REUSED"),
            "confirmed: {confirmed}"
        );
    }
    assert_eq!(federation.list("kod").await.len(), 1);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_charter_does_not_know_waits_for_somebody_to_look() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let subject = federation.publish("kod", clear()).await.subject;
    federation.stop("kod").await;
    let renamed = VOCABULARY.replace("\"theaterplatz\"", "\"theatervorplatz\"");
    assert_ne!(renamed, VOCABULARY);
    federation.amend(&renamed);
    federation.start("kod").await;
    let refused = confirm(&federation, &subject).await.unwrap_err();
    let explained = explain(&refused);
    assert_eq!(explained.reason, "VALIDATION_FAILED");
    assert_eq!(explained.violations[0].reason, "UNKNOWN_PLACE");
    let raised = alarms(&federation, "kod").await;
    assert_eq!(raised.len(), 1);
    assert_eq!(raised[0].reason, "DRAFT_REFUSED");
    assert!(
        raised[0].description.contains("UNKNOWN_PLACE"),
        "{raised:?}"
    );
    assert_eq!(
        federation.status("kod").await.pending_entries,
        1,
        "it stays"
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_guard_refuses_does_not_go_when_its_day_has_come() {
    let mut federation = Federation::new();
    federation.start("streetwork").await;
    let today = now_in_krefeld().date();
    let planned = SituationDraft {
        day: today.to_string(),
        window: "06-10".into(),
        source: verbund_wire::federation::SourceKind::Planned.into(),
        ..draft()
    };
    let receipt = federation.publish("streetwork", planned).await;
    assert_eq!(federation.status("streetwork").await.pending_entries, 1);
    federation.stop("streetwork").await;
    let config = federation.config("streetwork");
    rewrite(&config, |_| true, "Bitte bei max@example.org melden").await;
    federation.start("streetwork").await;
    eventually("an alarm is raised", async || {
        !alarms(&federation, "streetwork").await.is_empty()
    })
    .await;
    let raised = alarms(&federation, "streetwork").await;
    assert_eq!(raised[0].reason, "DRAFT_REFUSED");
    assert!(!raised[0].description.contains("example.org"), "{raised:?}");
    assert_eq!(federation.list("streetwork").await.len(), 1);
    assert_eq!(
        federation.status("streetwork").await.pending_entries,
        1,
        "it stays"
    );
    // Whoever looks withdraws the update, and its draft goes with it.
    let withdrawal = verbund_wire::agency::WithdrawSituationRequest {
        request_id: request_id(),
        subject: receipt.subject,
        etag: receipt.etag,
        reason: verbund_wire::federation::WithdrawalReason::Error.into(),
    };
    let mut client = federation.situations("streetwork").await;
    client.withdraw_situation(withdrawal).await.unwrap();
    assert_eq!(federation.status("streetwork").await.pending_entries, 0);
    federation.end().await;
}
