//! Questions, answers and acknowledgements between real nodes.

use verbund_wire::agency::{
    AgencyDelivery, CorrectSituationRequest, DeliveryState, PublishReceipt, Remark, SituationDraft,
    SubjectKey,
};
use verbund_wire::error::explain;
use verbund_wire::federation::SubjectKind;

use crate::desk::{Desk, on, reason, terms};
use crate::kit::{Federation, draft, eventually, request_id};

fn key(owner: &str, published: &PublishReceipt) -> SubjectKey {
    SubjectKey {
        subject: published.subject.clone(),
        owner: owner.to_owned(),
    }
}

/// Who says what, and whether it answers something.
fn said(remarks: &[Remark]) -> Vec<(&str, &str, bool)> {
    let said = remarks.iter();
    said.map(|it| (it.agency.as_str(), it.text.as_str(), !it.answers.is_empty()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_stand_with_their_answers_wherever_the_subject_is() {
    let nodes = ["kod", "polizei", "quartiersbuero"];
    let federation = Federation::with(&nodes).await;
    let desks = Desk::all(&federation, nodes).await;
    let [kod, polizei, office] = &desks;
    let published = federation.publish("kod", draft()).await;
    let task = kod.ask(terms("polizei")).await;
    polizei.until_task(&task, "it has come", |_| true).await;
    federation
        .until("polizei", &published.subject, "it has come", |_| true)
        .await;
    let update = key("kod", &published);
    for on in [
        on(SubjectKind::Update, &update),
        on(SubjectKind::Task, &task),
    ] {
        office
            .until_remarks(&on, "the subject has come", |it| it.is_empty())
            .await;
        let first = polizei.remark(&on, "", "Seit wann?").await.unwrap().step;
        office
            .until_remarks(&on, "it is asked", |it| it.len() == 1)
            .await;
        let second = office.remark(&on, "", "Auch am Abend?").await.unwrap().step;
        kod.until_remarks(&on, "both are asked", |it| it.len() == 2)
            .await;
        kod.remark(&on, &second, "Nur am Tag.").await.unwrap();
        kod.remark(&on, &first, "Seit Montag.").await.unwrap();
        let all = [
            ("polizei", "Seit wann?", false),
            ("kod", "Seit Montag.", true),
            ("quartiersbuero", "Auch am Abend?", false),
            ("kod", "Nur am Tag.", true),
        ];
        for desk in &desks {
            let seen = desk
                .until_remarks(&on, "all has come", |it| it.len() == 4)
                .await;
            assert_eq!(said(&seen), all);
            assert_eq!((&seen[1].answers, &seen[3].answers), (&first, &second));
        }
    }
    // Not one of them has made a version of the update, or moved the task.
    assert_eq!(
        federation
            .get("kod", &published.subject)
            .await
            .unwrap()
            .version,
        1
    );
    assert_eq!(polizei.task(&task).await.unwrap().steps.len(), 1);
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remark_is_read_by_the_guard_and_answers_a_question_that_there_is() {
    let federation = Federation::with(&["kod"]).await;
    let kod = Desk::of(&federation, "kod").await;
    let task = kod.ask(terms("polizei")).await;
    let on_task = on(SubjectKind::Task, &task);
    let address = kod
        .remark(&on_task, "", "Rückfragen an kanarienvogel@example.org")
        .await;
    assert_eq!(reason(address), "GUARD_REJECTED");
    let long = kod.remark(&on_task, "", &"Ja. ".repeat(71)).await;
    assert_eq!(reason(long), "VALIDATION_FAILED");
    let silent = kod.remark(&on_task, "", "").await;
    assert_eq!(reason(silent), "VALIDATION_FAILED");
    let question = "ab".repeat(32);
    let unasked = kod.remark(&on_task, &question, "Seit Montag.").await;
    assert_eq!(
        explain(&unasked.unwrap_err()).violations[0].field,
        "answers"
    );
    assert!(kod.remarks(&on_task).await.unwrap().is_empty());
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remark_that_is_taken_back_is_gone_everywhere() {
    let canary = "Nordseite der Wiese";
    let mut federation = Federation::with(&["kod", "polizei"]).await;
    let [kod, polizei] = Desk::all(&federation, ["kod", "polizei"]).await;
    let task = kod.ask(terms("polizei")).await;
    let on_task = on(SubjectKind::Task, &task);
    polizei.until_task(&task, "it has come", |_| true).await;
    let kept = polizei
        .remark(&on_task, "", "Seit wann?")
        .await
        .unwrap()
        .step;
    let taken_back = polizei.remark(&on_task, "", canary).await.unwrap().step;
    kod.until_remarks(&on_task, "both are asked", |it| it.len() == 2)
        .await;
    kod.remark(&on_task, &taken_back, "Seit Montag.")
        .await
        .unwrap();

    // It is nobody else's to take back.
    assert_eq!(
        reason(kod.retract(&on_task, &taken_back).await),
        "STEP_NOT_ALLOWED"
    );
    let nothing = "ab".repeat(32);
    assert_eq!(
        reason(polizei.retract(&on_task, &nothing).await),
        "STEP_NOT_ALLOWED"
    );
    polizei
        .until_remarks(&on_task, "it is answered", |it| it.len() == 3)
        .await;

    polizei.retract(&on_task, &taken_back).await.unwrap();
    // Was away all the time, and never sees what was destroyed.
    federation.start("dhz").await;
    let dhz = Desk::of(&federation, "dhz").await;
    for (desk, node) in [(&kod, "kod"), (&polizei, "polizei"), (&dhz, "dhz")] {
        let seen = desk
            .until_remarks(&on_task, "it is taken back", |it| {
                it.len() == 3 && it.iter().any(|it| it.retracted)
            })
            .await;
        let gone: Vec<&Remark> = seen.iter().filter(|it| it.retracted).collect();
        assert_eq!(gone.len(), 1);
        assert_eq!(
            (
                gone[0].step.as_str(),
                gone[0].agency.as_str(),
                gone[0].text.as_str()
            ),
            (taken_back.as_str(), "polizei", "")
        );
        assert!(
            seen.iter()
                .any(|it| it.step == kept && it.text == "Seit wann?")
        );
        let answer = seen.iter().find(|it| it.text == "Seit Montag.").unwrap();
        assert_eq!(answer.answers, taken_back, "what was answered stays");
        eventually("no file holds the text", async || {
            !federation.holds(node, canary.as_bytes())
        })
        .await;
    }
    // The ledger's receipts tell that it is destroyed, and not only hidden.
    for node in ["kod", "polizei", "dhz"] {
        federation.stop(node).await;
        let left = contents(&federation, node, &taken_back).await;
        assert_eq!(left, 0, "{node} still has the content");
        assert_eq!(contents(&federation, node, &kept).await, 1);
    }
    federation.end().await;
}

/// Steps with this name whose content a stopped node's store still has.
async fn contents(federation: &Federation, node: &str, step: &str) -> usize {
    let store = federation.store(node).await;
    let steps = store.steps_after(None, 500).await.unwrap();
    let named = steps
        .iter()
        .filter(|(_, it)| it.entry.text.is_some() && it.hash.to_string() == step);
    let count = named.count();
    store.close().await;
    count
}

/// Whether an agency has taken note of a version, as this node tells; `None` where it is not in the audience.
fn noted(versions: &[Vec<AgencyDelivery>], version: usize, agency: &str) -> Option<bool> {
    let of = versions
        .get(version)?
        .iter()
        .find(|it| it.agency == agency)?;
    Some(of.acknowledged)
}

#[tokio::test(flavor = "multi_thread")]
async fn having_taken_note_is_told_apart_from_having_stored_and_for_each_version() {
    let nodes = ["kod", "polizei", "quartiersbuero"];
    let federation = Federation::with(&nodes).await;
    let desks = Desk::all(&federation, nodes).await;
    let [_, polizei, office] = &desks;
    let first = federation.publish("kod", draft()).await;
    let update = key("kod", &first);
    for node in ["polizei", "quartiersbuero"] {
        federation
            .until(node, &first.subject, "it has come", |_| true)
            .await;
        federation
            .until_delivered_at("kod", &first.subject, node, DeliveryState::Stored)
            .await;
    }
    for desk in &desks {
        assert_eq!(
            noted(&desk.delivery(&update).await, 0, "polizei"),
            Some(false)
        );
    }
    let seen = federation.get("polizei", &first.subject).await.unwrap();
    polizei.acknowledge(&update, &seen.etag).await.unwrap();
    for desk in &desks {
        eventually("all know who has taken note", async || {
            let versions = desk.delivery(&update).await;
            noted(&versions, 0, "polizei") == Some(true)
                && noted(&versions, 0, "quartiersbuero") == Some(false)
        })
        .await;
    }
    assert_eq!(
        noted(&office.delivery(&update).await, 0, "kod"),
        None,
        "it is its own"
    );

    let correction = CorrectSituationRequest {
        request_id: request_id(),
        subject: first.subject.clone(),
        etag: first.etag.clone(),
        situation: Some(SituationDraft {
            place: "neumarkt".into(),
            ..draft()
        }),
        confirm_review: false,
    };
    let mut client = federation.situations("kod").await;
    client.correct_situation(correction).await.unwrap();
    federation
        .until("polizei", &first.subject, "the correction has come", |it| {
            it.version == 2
        })
        .await;
    let stale = explain(&polizei.acknowledge(&update, &seen.etag).await.unwrap_err());
    let second = federation.get("polizei", &first.subject).await.unwrap();
    assert_eq!(
        (stale.reason.as_str(), &stale.metadata["latest_etag"]),
        ("STALE_ETAG", &second.etag)
    );
    for desk in &desks {
        eventually("of the correction nobody has taken note", async || {
            let versions = desk.delivery(&update).await;
            noted(&versions, 0, "polizei") == Some(true)
                && noted(&versions, 1, "polizei") == Some(false)
        })
        .await;
    }
    polizei.acknowledge(&update, "").await.unwrap();
    for desk in &desks {
        eventually("now it has", async || {
            noted(&desk.delivery(&update).await, 1, "polizei") == Some(true)
        })
        .await;
    }
    let nowhere = SubjectKey {
        subject: uuid::Uuid::new_v4().to_string(),
        owner: "kod".into(),
    };
    assert_eq!(
        reason(polizei.acknowledge(&nowhere, "").await),
        "SUBJECT_NOT_FOUND"
    );
    federation.end().await;
}
