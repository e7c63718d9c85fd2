//! Updates go the whole way through six nodes.

use tonic::Code;
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::{
    ConfirmSituationRequest, CorrectSituationRequest, DeliveryState, Link, PublishSituationRequest,
    SituationDraft, SituationState, WatchFeedRequest, WithdrawSituationRequest,
};
use verbund_wire::error::explain;
use verbund_wire::federation::{Handling, SourceKind, WithdrawalReason};

use crate::kit::{AGENCIES, Federation, draft, eventually, request_id};

#[tokio::test(flavor = "multi_thread")]
async fn an_update_reaches_the_partners_feeds_and_its_origin_sees_their_receipts() {
    let federation = Federation::started().await;
    let mut feed = FeedServiceClient::new(federation.system("polizei", "duty-log").await);
    let mut events = feed
        .watch_feed(WatchFeedRequest::default())
        .await
        .unwrap()
        .into_inner();
    let subject = federation.publish("kod", draft()).await.subject;
    let seen = loop {
        let message = events.message().await.unwrap().expect("the feed goes on");
        if let Some(event) = message.events.into_iter().next() {
            break event.situation.unwrap();
        }
    };
    assert_eq!(
        (seen.subject.as_str(), seen.agency.as_str()),
        (subject.as_str(), "kod")
    );
    assert_eq!(seen.note, draft().note);
    federation
        .until_delivered("kod", &subject, DeliveryState::Stored)
        .await;
    assert_eq!(
        federation.delivery("kod", &subject).await[0].agencies.len(),
        5
    );
    eventually("the origin sees all receipts", async || {
        let status = federation.status("kod").await;
        status
            .partners
            .iter()
            .all(|partner| partner.receipted == partner.sent && partner.lag_ms == 0)
    })
    .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_absent_origin_wrote_comes_from_a_third_node() {
    let mut federation = Federation::new();
    for agency in ["kod", "polizei"] {
        federation.start(agency).await;
    }
    let subject = federation.publish("kod", draft()).await.subject;
    federation
        .until("polizei", &subject, "the first partner has it", |_| true)
        .await;
    federation.stop("kod").await;
    federation.start("quartiersbuero").await;
    federation
        .until(
            "quartiersbuero",
            &subject,
            "it came through the third node",
            |it| it.note == draft().note,
        )
        .await;
    let status = federation.status("quartiersbuero").await;
    let kod = status
        .partners
        .iter()
        .find(|partner| partner.agency == "kod")
        .unwrap();
    assert_eq!(kod.link(), Link::Relayed);
    federation.start("kod").await;
    let next = federation.publish("kod", draft()).await.subject;
    federation
        .until(
            "quartiersbuero",
            &next,
            "it comes from the origin again",
            |_| true,
        )
        .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_destroyed_everywhere_also_where_it_never_arrived() {
    let mut federation = Federation::new();
    for agency in ["kod", "polizei"] {
        federation.start(agency).await;
    }
    let canary = "Nordseite der Wiese";
    let with_canary = SituationDraft {
        note: canary.into(),
        ..draft()
    };
    let published = federation.publish("kod", with_canary.clone()).await;
    let subject = published.subject.clone();
    let correction = CorrectSituationRequest {
        request_id: request_id(),
        subject: subject.clone(),
        etag: published.etag,
        situation: Some(with_canary),
        confirm_review: false,
    };
    federation
        .situations("kod")
        .await
        .correct_situation(correction)
        .await
        .unwrap();
    federation
        .until("polizei", &subject, "the correction arrived", |it| {
            it.version == 2
        })
        .await;
    let withdrawal = WithdrawSituationRequest {
        request_id: request_id(),
        subject: subject.clone(),
        etag: String::new(),
        reason: WithdrawalReason::PersonalData.into(),
    };
    federation
        .situations("kod")
        .await
        .withdraw_situation(withdrawal)
        .await
        .unwrap();
    // Was away all the time, and never sees what was destroyed.
    federation.start("dhz").await;
    for agency in ["kod", "polizei", "dhz"] {
        let gone = |it: &verbund_wire::agency::Situation| {
            it.state() == SituationState::Erased && it.note.is_empty()
        };
        federation.until(agency, &subject, "it is gone", gone).await;
        assert!(
            !federation.holds(agency, canary.as_bytes()),
            "{agency} still holds the text"
        );
    }
    eventually("receipts tell of the erasure", async || {
        let versions = federation.delivery("kod", &subject).await;
        ["polizei", "dhz"].iter().all(|agency| {
            let of = |version: usize| {
                versions[version]
                    .agencies
                    .iter()
                    .find(|it| it.agency == *agency)
                    .unwrap()
                    .state()
            };
            versions.len() == 3
                && of(0) == DeliveryState::Erased
                && of(1) == DeliveryState::Erased
                && of(2) == DeliveryState::Stored
        })
    })
    .await;
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn police_and_prosecutor_get_only_the_generalised_form_of_what_a_protected_origin_tells() {
    let federation = Federation::started().await;
    let receipt = federation.publish("streetwork", draft()).await;
    assert_eq!(
        receipt.audience,
        ["dhz", "kod", "quartiersbuero", "streetwork"]
    );
    assert_eq!(
        receipt.generalised_audience,
        ["polizei", "staatsanwaltschaft"]
    );
    federation
        .until("kod", &receipt.subject, "the others have it", |it| {
            it.note == draft().note
        })
        .await;
    for agency in ["polizei", "staatsanwaltschaft"] {
        eventually("the generalised form arrived", async || {
            !federation.list(agency).await.is_empty()
        })
        .await;
        let listed = federation.list(agency).await;
        let generalised = listed[0].observation.as_ref().unwrap();
        assert_eq!(listed.len(), 1);
        assert_ne!(listed[0].subject, receipt.subject);
        assert!(
            generalised.generalised && generalised.window.is_empty() && listed[0].note.is_empty()
        );
        assert_eq!(generalised.source(), SourceKind::Unspecified);
        assert_eq!(generalised.place, "vier-waelle");
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_repeat_safely_and_corrections_name_the_version_they_saw() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let mut client = federation.situations("kod").await;
    let request = PublishSituationRequest {
        request_id: request_id(),
        situation: Some(draft()),
        confirm_review: false,
    };
    let first = client
        .publish_situation(request.clone())
        .await
        .unwrap()
        .into_inner()
        .receipt
        .unwrap();
    let again = client
        .publish_situation(request.clone())
        .await
        .unwrap()
        .into_inner()
        .receipt
        .unwrap();
    assert_eq!(
        (&again.subject, &again.etag, again.repeated_request),
        (&first.subject, &first.etag, true)
    );
    let other = SituationDraft {
        place: "neumarkt".into(),
        ..draft()
    };
    let reused = client
        .publish_situation(PublishSituationRequest {
            situation: Some(other.clone()),
            ..request
        })
        .await
        .unwrap_err();
    assert_eq!(
        (reused.code(), explain(&reused).reason.as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );

    let correct = |etag: &str, situation: SituationDraft| CorrectSituationRequest {
        request_id: request_id(),
        subject: first.subject.clone(),
        etag: etag.to_owned(),
        situation: Some(situation),
        confirm_review: false,
    };
    let corrected = client
        .correct_situation(correct(&first.etag, other.clone()))
        .await
        .unwrap();
    let second = corrected.into_inner().receipt.unwrap();
    let stale = client
        .correct_situation(correct(&first.etag, draft()))
        .await
        .unwrap_err();
    assert_eq!(
        (stale.code(), explain(&stale).reason.as_str()),
        (Code::Aborted, "STALE_ETAG")
    );
    let situation = federation.get("kod", &first.subject).await.unwrap();
    assert_eq!(
        (situation.version, situation.etag.as_str()),
        (2, second.etag.as_str())
    );
    assert_eq!(situation.observation.unwrap().place, "neumarkt");
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_tells_nobody_whom_the_first_version_did_not() {
    let mut federation = Federation::new();
    for agency in ["streetwork", "polizei", "staatsanwaltschaft"] {
        federation.start(agency).await;
    }
    let narrow = SituationDraft {
        audience: vec!["kod".into(), "polizei".into()],
        ..draft()
    };
    let first = federation.publish("streetwork", narrow).await;
    assert_eq!(first.generalised_audience, ["polizei"]);
    eventually("the generalised form arrived", async || {
        federation.list("polizei").await.len() == 1
    })
    .await;
    let correction = CorrectSituationRequest {
        request_id: request_id(),
        subject: first.subject.clone(),
        etag: first.etag.clone(),
        // Left empty, as the contract says; it means the first version's audience, not everybody.
        situation: Some(SituationDraft {
            trend: verbund_wire::federation::Trend::Falling.into(),
            ..draft()
        }),
        confirm_review: false,
    };
    let corrected = federation
        .situations("streetwork")
        .await
        .correct_situation(correction)
        .await
        .unwrap();
    let corrected = corrected.into_inner().receipt.unwrap();
    assert_eq!(corrected.audience, ["kod", "streetwork"]);
    assert_eq!(corrected.generalised_audience, ["polizei"]);
    let subject = federation.list("polizei").await[0].subject.clone();
    federation
        .until("polizei", &subject, "the correction arrived", |it| {
            it.version == 2
        })
        .await;
    assert!(federation.list("staatsanwaltschaft").await.is_empty());
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clear_waits_for_its_second_coordinator() {
    let mut federation = Federation::new();
    for agency in ["kod", "quartiersbuero"] {
        federation.start(agency).await;
    }
    let clear = SituationDraft {
        handling: Handling::Clear.into(),
        ..draft()
    };
    let receipt = federation.publish("kod", clear).await;
    assert!(receipt.awaiting_confirmation);
    assert_eq!(federation.status("kod").await.pending_entries, 1);
    let confirm = || ConfirmSituationRequest {
        subject: receipt.subject.clone(),
    };
    let same = federation
        .situations("kod")
        .await
        .confirm_situation(confirm())
        .await
        .unwrap_err();
    assert_eq!(explain(&same).reason, "SAME_COORDINATOR");
    assert!(
        federation.list("kod").await.is_empty(),
        "nothing was published yet"
    );
    let second = federation.system("kod", "second").await;
    let mut second =
        verbund_wire::agency::situation_service_client::SituationServiceClient::new(second);
    second.confirm_situation(confirm()).await.unwrap();
    federation
        .until("quartiersbuero", &receipt.subject, "it went out", |it| {
            it.handling() == Handling::Clear
        })
        .await;
    let confirmed = federation.get("kod", &receipt.subject).await.unwrap();
    let alone = CorrectSituationRequest {
        request_id: request_id(),
        subject: receipt.subject.clone(),
        etag: confirmed.etag,
        situation: Some(SituationDraft {
            handling: Handling::Clear.into(),
            place: "neumarkt".into(),
            ..draft()
        }),
        confirm_review: false,
    };
    let refused = federation
        .situations("kod")
        .await
        .correct_situation(alone)
        .await
        .unwrap_err();
    assert_eq!(
        explain(&refused).violations[0].reason,
        "HANDLING_NOT_ACCEPTED"
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_partner_reaches_it_when_it_comes() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let mut subjects = Vec::new();
    for _ in 0..20 {
        subjects.push(federation.publish("kod", draft()).await.subject);
    }
    for agency in AGENCIES.iter().filter(|agency| **agency != "kod") {
        federation.start(agency).await;
    }
    for subject in &subjects {
        federation
            .until_delivered("kod", subject, DeliveryState::Stored)
            .await;
    }
    federation.end().await;
}
