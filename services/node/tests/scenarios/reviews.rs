//! What the guard wants looked at: held, decided on by a role, told in the audit log, and gone without a trace where it may not go.

use std::sync::Arc;

use serde_json::Value;
use tonic::transport::Channel;
use tonic::{Code, Status};
use verbund_ledger::SystemEntropy;
use verbund_model::ReviewId;
use verbund_node::Config;
use verbund_store::{AuditRecord, FatalSignal, HoldOutcome, NewReview, OpenOptions, Store};
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::review::Content;
use verbund_wire::agency::review_service_client::ReviewServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    AuditEvent, AuditRecord as Record, ConfirmReviewRequest, ConfirmSituationRequest,
    CorrectSituationRequest, DiscardReviewRequest, GetReviewRequest, HeldSituation,
    ListAuditRecordsRequest, ListReviewsRequest, PublishReceipt, PublishSituationRequest, Review,
    SituationDraft, SituationState, Verdict, WithdrawSituationRequest,
};
use verbund_wire::error::explain;
use verbund_wire::federation::{Handling, SourceKind, WithdrawalReason};

use crate::kit::{Federation, draft, eventually, request_id};

/// In no lexicon, and so for review; looked for afterwards wherever it must not be.
const CANARY: &str = "Qwxzyfalter";

fn doubtful() -> SituationDraft {
    SituationDraft {
        note: format!("Am Eingang liegt wieder ein {CANARY}"),
        ..draft()
    }
}

/// A request with an id of its own.
fn publishing(situation: SituationDraft) -> PublishSituationRequest {
    PublishSituationRequest {
        request_id: request_id(),
        situation: Some(situation),
        confirm_review: false,
    }
}

/// One of an agency's systems.
struct Desk {
    situations: SituationServiceClient<Channel>,
    reviews: ReviewServiceClient<Channel>,
    node: NodeServiceClient<Channel>,
}

impl Desk {
    async fn of(federation: &Federation, node: &str, system: &str) -> Self {
        let channel = federation.system(node, system).await;
        Self {
            situations: SituationServiceClient::new(channel.clone()),
            reviews: ReviewServiceClient::new(channel.clone()),
            node: NodeServiceClient::new(channel),
        }
    }

    async fn send(&self, request: &PublishSituationRequest) -> Result<PublishReceipt, Status> {
        let answer = self
            .situations
            .clone()
            .publish_situation(request.clone())
            .await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    async fn correct(
        &self,
        of: &PublishReceipt,
        situation: SituationDraft,
    ) -> Result<PublishReceipt, Status> {
        let request = CorrectSituationRequest {
            request_id: request_id(),
            subject: of.subject.clone(),
            etag: of.etag.clone(),
            situation: Some(situation),
            confirm_review: false,
        };
        let answer = self.situations.clone().correct_situation(request).await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    async fn withdraw(
        &self,
        subject: &str,
        reason: WithdrawalReason,
    ) -> Result<PublishReceipt, Status> {
        let request = WithdrawSituationRequest {
            request_id: request_id(),
            subject: subject.to_owned(),
            etag: String::new(),
            reason: reason.into(),
        };
        let answer = self.situations.clone().withdraw_situation(request).await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    async fn list(&self) -> Vec<Review> {
        let answer = self
            .reviews
            .clone()
            .list_reviews(ListReviewsRequest {})
            .await;
        answer.unwrap().into_inner().reviews
    }

    async fn show(&self, review: &str) -> Result<Review, Status> {
        let review = review.to_owned();
        let answer = self
            .reviews
            .clone()
            .get_review(GetReviewRequest { review })
            .await;
        Ok(answer?.into_inner().review.unwrap())
    }

    async fn confirm(&self, review: &str) -> Result<PublishReceipt, Status> {
        let review = review.to_owned();
        let request = ConfirmReviewRequest { review };
        let answer = self.reviews.clone().confirm_review(request).await;
        Ok(answer?.into_inner().receipt.unwrap())
    }

    async fn discard(&self, review: &str) -> Result<(), Status> {
        let review = review.to_owned();
        let request = DiscardReviewRequest { review };
        self.reviews.clone().discard_review(request).await.map(drop)
    }

    /// The audit log, the oldest record first, read in pages of two.
    async fn audit(&self) -> Vec<Record> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListAuditRecordsRequest {
                page_size: 2,
                page_token,
            };
            let page = self.node.clone().list_audit_records(request).await.unwrap();
            let page = page.into_inner();
            all.extend(page.records);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                all.reverse();
                return all;
            }
        }
    }

    async fn events(&self) -> Vec<AuditEvent> {
        self.audit().await.iter().map(Record::event).collect()
    }
}

fn reason(refused: &Status) -> String {
    explain(refused).reason
}

/// Refused as decided on, in this way.
fn is_closed(refused: &Status, decision: &str) {
    let explained = explain(refused);
    assert_eq!(explained.reason, "REVIEW_CLOSED");
    assert_eq!(explained.metadata["decision"], decision);
}

fn situation(review: &Review) -> &HeldSituation {
    let Some(Content::Situation(held)) = &review.content else {
        panic!("{review:?}")
    };
    held
}

/// Opens a stopped node's store.
async fn store(config: &Config) -> Arc<dyn Store> {
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

/// Holds a draft that is held already once more, changed: under a guard of its time that found less, say, or on a day that is over.
async fn held_otherwise(config: &Config, of: &Review, note: Option<&str>, days: i32) -> String {
    let store = store(config).await;
    let id = ReviewId::parse(&of.review).unwrap();
    let known = store.review(&id).await.unwrap().unwrap();
    let mut body: Value = serde_json::from_slice(known.body.as_deref().unwrap()).unwrap();
    if let Some(note) = note {
        body["note"] = note.into();
    }
    let other = NewReview {
        id: ReviewId::from_hash([9; 16]),
        subject: known.subject,
        request: known.request,
        held_at: known.held_at,
        last_day: known.last_day + days,
        body: serde_json::to_vec(&body).unwrap(),
    };
    let record = AuditRecord::of_node(known.held_at, verbund_model::AuditEvent::ReviewHeld);
    let outcome = store.hold_review(other, record).await.unwrap();
    assert_eq!(outcome, HoldOutcome::Held);
    store.close().await;
    ReviewId::from_hash([9; 16]).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_confirmed_arrives_as_reviewed_and_nobody_sees_it_before() {
    let mut federation = Federation::new();
    for agency in ["kod", "polizei"] {
        federation.start(agency).await;
    }
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let request = publishing(doubtful());
    let held = desk.send(&request).await.unwrap();
    assert!(held.awaiting_review && !held.awaiting_confirmation);
    assert_eq!(held.position, None);
    assert_eq!(held.audience.len(), 6);
    let [finding] = &held.findings[..] else {
        panic!("{held:?}")
    };
    assert_eq!(
        (&*finding.policy_class, &*finding.rule),
        ("P1", "unknown-word")
    );
    assert_eq!(finding.field, "situation.note");
    let note = doubtful().note;
    assert_eq!(&note[finding.start as usize..finding.end as usize], CANARY);
    assert!(!finding.advice_de.is_empty());

    let status = federation.status("kod").await;
    assert_eq!((status.review_entries, status.pending_entries), (1, 0));
    let listed = desk.list().await;
    assert_eq!(listed.len(), 1);
    let shown = desk.show(&held.review).await.unwrap();
    assert_eq!(shown, listed[0]);
    assert_eq!(
        (&shown.review, &shown.subject),
        (&held.review, &held.subject)
    );
    assert_eq!(shown.until, held.review_until);
    assert_eq!(shown.verdict(), Verdict::Review);
    assert_eq!(shown.findings, held.findings);
    assert_eq!(shown.guard_version, verbund_guard::VERSION);
    let content = situation(&shown);
    assert_eq!((&content.note, &content.audience), (&note, &held.audience));
    assert_eq!(content.observation.as_ref().unwrap().place, "theaterplatz");

    // Nothing of it is anywhere: not at a partner, not in this node's own lists, not on the disk.
    let marker = federation.publish("kod", draft()).await.subject;
    federation
        .until("polizei", &marker, "what came after it is there", |_| true)
        .await;
    let other = Desk::of(&federation, "polizei", "duty-log").await;
    assert_eq!(other.list().await, []);
    for node in ["kod", "polizei"] {
        assert_eq!(federation.list(node).await.len(), 1, "{node}");
        assert!(federation.get(node, &held.subject).await.is_none());
        assert!(!federation.holds(node, CANARY.as_bytes()));
    }
    let refused = other.show(&held.review).await.unwrap_err();
    assert_eq!(
        (refused.code(), &*reason(&refused)),
        (Code::NotFound, "REVIEW_NOT_FOUND")
    );

    // A coordinator lets it go: a role, and so also the one who sent it.
    let receipt = desk.confirm(&held.review).await.unwrap();
    assert_eq!(receipt.subject, held.subject);
    assert!(receipt.position.is_some() && !receipt.awaiting_review);
    federation
        .until("polizei", &held.subject, "it arrives", |it| {
            it.reviewed && it.note == note
        })
        .await;
    assert!(federation.get("kod", &held.subject).await.unwrap().reviewed);
    assert_eq!(desk.list().await, []);
    assert_eq!(federation.status("kod").await.review_entries, 0);

    // Asked again, both give their first answer.
    let again = desk.confirm(&held.review).await.unwrap();
    assert!(again.repeated_request);
    assert_eq!(again.position, receipt.position);
    let again = desk.send(&request).await.unwrap();
    assert!(again.repeated_request && !again.awaiting_review);
    assert_eq!(again.position, receipt.position);
    is_closed(&desk.show(&held.review).await.unwrap_err(), "confirmed");
    is_closed(&desk.discard(&held.review).await.unwrap_err(), "confirmed");

    let auditor = Desk::of(&federation, "kod", "auditor").await;
    let log = auditor.audit().await;
    let told: Vec<_> = log.iter().map(Record::event).collect();
    assert_eq!(told, [AuditEvent::ReviewHeld, AuditEvent::ReviewConfirmed]);
    for record in &log {
        assert_eq!(record.role, "coordinator");
        assert_eq!(
            (&record.subject, &record.review),
            (&held.subject, &held.review)
        );
        assert_eq!(record.guard_version, verbund_guard::VERSION);
        let [kept] = &record.findings[..] else {
            panic!("{record:?}")
        };
        assert_eq!((kept.start, kept.end), (finding.start, finding.end));
        assert_eq!(kept.rule, "unknown-word");
        let all = format!("{record:?}");
        assert!(!all.contains(CANARY) && !all.contains("duty-log"), "{all}");
        assert_eq!(record.pseudonym.len(), 16);
    }
    assert!(!federation.holds("kod", CANARY.as_bytes()));
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_refused_with_the_findings_and_nothing_is_kept() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let machine = Desk::of(&federation, "kod", "machine").await;
    let published = machine.send(&publishing(draft())).await.unwrap();
    for confirm_review in [false, true] {
        let request = PublishSituationRequest {
            confirm_review,
            ..publishing(doubtful())
        };
        let refused = machine.send(&request).await.unwrap_err();
        let explained = explain(&refused);
        assert_eq!(explained.reason, "GUARD_REVIEW");
        assert_eq!(explained.violations[0].reason, "GUARD_P1");
        assert!(!format!("{refused:?}").contains(CANARY));
    }
    let refused = machine.correct(&published, doubtful()).await.unwrap_err();
    assert_eq!(reason(&refused), "GUARD_REVIEW");
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    assert_eq!(desk.list().await, []);
    assert_eq!(desk.events().await, []);
    // It can't decide either.
    let held = desk.send(&publishing(doubtful())).await.unwrap().review;
    assert_eq!(
        reason(&machine.confirm(&held).await.unwrap_err()),
        "ROLE_MISSING"
    );
    assert_eq!(
        reason(&machine.discard(&held).await.unwrap_err()),
        "ROLE_MISSING"
    );
    assert_eq!(
        reason(&machine.show(&held).await.unwrap_err()),
        "ROLE_MISSING"
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guard_rejects_by_now_is_refused_for_good() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let rejected = SituationDraft {
        note: "Bitte bei max@example.org melden".into(),
        ..draft()
    };
    let refused = desk.send(&publishing(rejected)).await.unwrap_err();
    assert_eq!(reason(&refused), "GUARD_REJECTED", "not even held");
    let held = desk.send(&publishing(doubtful())).await.unwrap();
    let shown = desk.show(&held.review).await.unwrap();
    federation.stop("kod").await;
    let worse = Some("Bitte bei max@example.org melden");
    let id = held_otherwise(&federation.config("kod"), &shown, worse, 0).await;
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    assert_eq!(desk.show(&id).await.unwrap().verdict(), Verdict::Reject);
    let refused = desk.confirm(&id).await.unwrap_err();
    let explained = explain(&refused);
    assert_eq!(explained.reason, "GUARD_REJECTED");
    assert_eq!(explained.violations[0].field, "situation.note");
    assert!(!format!("{refused:?}").contains("example.org"));
    is_closed(&desk.confirm(&id).await.unwrap_err(), "refused");
    is_closed(&desk.show(&id).await.unwrap_err(), "refused");
    assert_eq!(federation.list("kod").await, []);
    let log = desk.audit().await;
    let last = log.last().unwrap();
    assert_eq!(last.event(), AuditEvent::ReviewRefused);
    assert!(last.findings.iter().any(|it| it.rule == "email"));
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_discarded_stays_so() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let second = Desk::of(&federation, "kod", "second").await;
    let request = publishing(doubtful());
    let held = desk.send(&request).await.unwrap();
    second.discard(&held.review).await.unwrap();
    second.discard(&held.review).await.unwrap();
    assert_eq!(desk.list().await, []);
    is_closed(&desk.confirm(&held.review).await.unwrap_err(), "discarded");
    is_closed(&desk.send(&request).await.unwrap_err(), "discarded");
    let unknown = desk.discard(&uuid::Uuid::now_v7().to_string()).await;
    assert_eq!(reason(&unknown.unwrap_err()), "REVIEW_NOT_FOUND");
    let nonsense = desk.confirm("Herr Brinkhoff").await.unwrap_err();
    let explained = explain(&nonsense);
    assert_eq!(explained.reason, "VALIDATION_FAILED");
    assert_eq!(explained.violations[0].field, "review");
    assert!(!format!("{nonsense:?}").contains("Brinkhoff"));
    // Whoever knows the update only takes it back by that.
    let held = desk.send(&publishing(doubtful())).await.unwrap();
    let withdrawn = desk.withdraw(&held.subject, WithdrawalReason::PersonalData);
    assert_eq!(withdrawn.await.unwrap().position, None);
    is_closed(&desk.confirm(&held.review).await.unwrap_err(), "discarded");
    assert_eq!(federation.list("kod").await, []);
    let log = desk.audit().await;
    let discarded: Vec<_> = log
        .iter()
        .filter(|it| it.event() == AuditEvent::ReviewDiscarded)
        .collect();
    assert_eq!(discarded.len(), 2);
    assert_ne!(
        discarded[0].pseudonym, discarded[1].pseudonym,
        "two callers are told apart"
    );
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gets_the_same_answer_and_another_content_none() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let request = publishing(doubtful());
    let first = desk.send(&request).await.unwrap();
    assert!(!first.repeated_request);
    let again = desk.send(&request).await.unwrap();
    let repeated = PublishReceipt {
        repeated_request: true,
        ..first.clone()
    };
    assert_eq!(again, repeated);
    let other = PublishSituationRequest {
        situation: Some(SituationDraft {
            place: "neumarkt".into(),
            ..doubtful()
        }),
        ..request.clone()
    };
    let reused = desk.send(&other).await.unwrap_err();
    assert_eq!(
        (reused.code(), &*reason(&reused)),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    // To say afterwards that one has read the findings is another request.
    let confirming = PublishSituationRequest {
        confirm_review: true,
        ..request.clone()
    };
    assert_eq!(
        reason(&desk.send(&confirming).await.unwrap_err()),
        "REQUEST_ID_REUSED"
    );
    assert_eq!(desk.list().await.len(), 1);
    assert_eq!(desk.events().await, [AuditEvent::ReviewHeld]);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_in_the_same_call_is_the_same_two_steps() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let request = PublishSituationRequest {
        confirm_review: true,
        ..publishing(doubtful())
    };
    let receipt = desk.send(&request).await.unwrap();
    assert!(receipt.position.is_some() && !receipt.awaiting_review);
    assert!(
        federation
            .get("kod", &receipt.subject)
            .await
            .unwrap()
            .reviewed
    );
    let both = [AuditEvent::ReviewHeld, AuditEvent::ReviewConfirmed];
    assert_eq!(desk.events().await, both);
    let again = desk.send(&request).await.unwrap();
    assert_eq!(
        (again.position, again.repeated_request),
        (receipt.position, true)
    );
    // Where nothing is found there is nothing to confirm.
    let plain = PublishSituationRequest {
        confirm_review: true,
        ..publishing(draft())
    };
    let plain = desk.send(&plain).await.unwrap();
    assert!(
        !federation
            .get("kod", &plain.subject)
            .await
            .unwrap()
            .reviewed
    );
    assert_eq!(desk.events().await, both);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_may_wait_for_review_and_for_a_second_coordinator() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let second = Desk::of(&federation, "kod", "second").await;
    let request = publishing(SituationDraft {
        handling: Handling::Clear.into(),
        ..doubtful()
    });
    let held = desk.send(&request).await.unwrap();
    assert!(held.awaiting_review && held.awaiting_confirmation);
    assert!(
        desk.show(&held.review)
            .await
            .unwrap()
            .needs_second_coordinator
    );
    let release = ConfirmSituationRequest {
        subject: held.subject.clone(),
    };
    let early = second
        .situations
        .clone()
        .confirm_situation(release.clone())
        .await;
    assert_eq!(reason(&early.unwrap_err()), "NOTHING_TO_CONFIRM");
    let reviewed = second.confirm(&held.review).await.unwrap();
    assert!(reviewed.awaiting_confirmation && !reviewed.awaiting_review);
    assert_eq!(
        (&reviewed.subject, reviewed.position),
        (&held.subject, None)
    );
    assert!(second.confirm(&held.review).await.unwrap().repeated_request);
    let again = desk.send(&request).await.unwrap();
    assert!(again.awaiting_confirmation && !again.awaiting_review && again.repeated_request);
    let status = federation.status("kod").await;
    assert_eq!((status.review_entries, status.pending_entries), (0, 1));
    let same = desk
        .situations
        .clone()
        .confirm_situation(release.clone())
        .await;
    assert_eq!(reason(&same.unwrap_err()), "SAME_COORDINATOR");
    let released = second.situations.clone().confirm_situation(release).await;
    let released = released.unwrap().into_inner().receipt.unwrap();
    assert!(released.position.is_some());
    assert!(federation.get("kod", &held.subject).await.unwrap().reviewed);
    let all = [
        AuditEvent::ReviewHeld,
        AuditEvent::ReviewConfirmed,
        AuditEvent::ClearConfirmed,
    ];
    assert_eq!(desk.events().await, all);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_held_against_the_version_that_it_corrects() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let first = desk.send(&publishing(draft())).await.unwrap();
    let held = desk.correct(&first, doubtful()).await.unwrap();
    assert!(held.awaiting_review);
    assert_eq!(held.subject, first.subject);
    assert_eq!(
        desk.show(&held.review).await.unwrap().corrects_etag,
        first.etag
    );
    let late = desk.correct(&first, doubtful()).await.unwrap();
    assert_ne!(late.review, held.review);
    let better = desk.confirm(&held.review).await.unwrap();
    let now = federation.get("kod", &first.subject).await.unwrap();
    assert_eq!((now.version, now.reviewed), (2, true));
    assert_eq!(now.etag, better.etag);
    // What it corrects is no longer the latest: it waits, to be discarded.
    let stale = desk.confirm(&late.review).await.unwrap_err();
    assert_eq!(reason(&stale), "STALE_ETAG");
    assert_eq!(desk.list().await.len(), 1);
    // The withdrawal takes it along.
    let gone = desk.withdraw(&first.subject, WithdrawalReason::PersonalData);
    gone.await.unwrap();
    assert_eq!(desk.list().await, []);
    is_closed(&desk.confirm(&late.review).await.unwrap_err(), "discarded");
    let erased = federation.get("kod", &first.subject).await.unwrap();
    assert_eq!(erased.state(), SituationState::Erased);
    let log = desk.audit().await;
    let told: Vec<_> = log.iter().rev().take(2).map(Record::event).collect();
    let both = [
        AuditEvent::ReviewDiscarded,
        AuditEvent::PersonalDataWithdrawn,
    ];
    assert_eq!(told, both);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_notes_of_a_protected_origin_are_looked_at() {
    let mut federation = Federation::new();
    federation.start("streetwork").await;
    let desk = Desk::of(&federation, "streetwork", "duty-log").await;
    let told = SituationDraft {
        generalised_note: format!("Mehr {CANARY} als sonst"),
        source: SourceKind::OwnObservation.into(),
        ..draft()
    };
    let held = desk.send(&publishing(told.clone())).await.unwrap();
    assert!(held.awaiting_review);
    assert!(
        held.findings
            .iter()
            .all(|it| it.field == "situation.generalised_note")
    );
    assert_eq!(held.generalised_audience, ["polizei", "staatsanwaltschaft"]);
    let shown = desk.show(&held.review).await.unwrap();
    assert_eq!(situation(&shown).generalised_note, told.generalised_note);
    assert_eq!(situation(&shown).note, told.note);
    let confirmed = desk.confirm(&held.review).await.unwrap();
    assert_eq!(confirmed.generalised_audience, held.generalised_audience);
    // Its day has come already.
    eventually("the generalised form goes", async || {
        federation.list("streetwork").await.len() == 2
    })
    .await;
    let all = federation.list("streetwork").await;
    assert!(all.iter().all(|it| it.reviewed));
    assert!(all.iter().any(|it| it.note == told.generalised_note));
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_decides_on_is_forgotten_and_that_is_told() {
    let mut federation = Federation::new();
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    let held = desk.send(&publishing(doubtful())).await.unwrap();
    let shown = desk.show(&held.review).await.unwrap();
    federation.stop("kod").await;
    // Its seven days and the one on which it was held are over.
    let id = held_otherwise(&federation.config("kod"), &shown, None, -8).await;
    federation.start("kod").await;
    let desk = Desk::of(&federation, "kod", "duty-log").await;
    is_closed(&desk.confirm(&id).await.unwrap_err(), "expired");
    assert_eq!(desk.list().await.len(), 1, "only the other one is shown");
    eventually("it is told", async || {
        let log = desk.audit().await;
        log.iter()
            .any(|it| it.event() == AuditEvent::ReviewExpired && it.review == id)
    })
    .await;
    let log = desk.audit().await;
    let expired = log
        .iter()
        .find(|it| it.event() == AuditEvent::ReviewExpired);
    let expired = expired.unwrap();
    assert_eq!((&*expired.role, &*expired.pseudonym), ("node", ""));
    is_closed(&desk.confirm(&id).await.unwrap_err(), "expired");
    assert_eq!(federation.status("kod").await.review_entries, 1);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_replica_holds_and_another_confirms() {
    let mut federation = Federation::new();
    federation.on_postgres("kod");
    for node in ["kod", "kod#2", "polizei"] {
        federation.start(node).await;
    }
    let first = Desk::of(&federation, "kod", "duty-log").await;
    let other = Desk::of(&federation, "kod#2", "second").await;
    let request = publishing(doubtful());
    let held = first.send(&request).await.unwrap();
    assert_eq!(other.list().await.len(), 1);
    let again = other.send(&request).await.unwrap();
    assert_ne!(
        again.review, held.review,
        "another caller's request is another one"
    );
    other.discard(&again.review).await.unwrap();
    let receipt = other.confirm(&held.review).await.unwrap();
    let again = first.confirm(&held.review).await.unwrap();
    assert_eq!(
        (again.position, again.repeated_request),
        (receipt.position, true)
    );
    federation
        .until("polizei", &held.subject, "it arrives", |it| it.reviewed)
        .await;
    let dump = federation
        .database("kod")
        .psql("SELECT string_agg(review::text, ' ') FROM review");
    assert!(!dump.unwrap().contains(&hex::encode(CANARY)));
    federation.end().await;
}
