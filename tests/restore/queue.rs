//! What is published while a restored node signs nothing: acknowledged as queued, and signed afterwards, once and in its order.

use anyhow::{Context as _, Result, ensure};
use tonic::{Code, Status};
use verbund_tests::federation::request_id;
use verbund_tests::{Clock, Load, Surroundings, System};
use verbund_wire::agency::{
    GetSituationRequest, PublishReceipt, PublishSituationRequest, WithdrawSituationRequest,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::WithdrawalReason;

use crate::scene::{DONE, KEPT_DAYS, ORIGIN, PARTNER, Scene};

/// Updates that a system pushes meanwhile.
const PUSHED: usize = 200;
/// In no dictionary, and in a text that the guard refuses.
const CANARY: &str = "Qwxzyfalter";
const DAY: i64 = 24 * 3600;

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_meanwhile_is_queued_and_signed_afterwards_on_sqlite() -> Result<()> {
    meanwhile(Scene::sqlite().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_meanwhile_is_queued_and_signed_afterwards_on_postgresql() -> Result<()> {
    meanwhile(Scene::postgres().await?).await
}

fn request(system: &System, note: &str) -> PublishSituationRequest {
    let mut situation = system.draft(note);
    situation.audience = vec![PARTNER.to_owned()];
    PublishSituationRequest {
        request_id: request_id(),
        situation: Some(situation),
        confirm_review: false,
    }
}

async fn send(
    system: &System,
    request: &PublishSituationRequest,
) -> Result<PublishReceipt, Status> {
    let mut situations = system.situations.clone();
    let answer = situations.publish_situation(request.clone()).await?;
    let receipt = answer.into_inner().receipt;
    receipt.ok_or_else(|| Status::internal("a response without a receipt"))
}

/// The origin is there again from its backup, and lacks what it told last; the partner, which holds it, is not.
async fn restored(scene: &mut Scene) -> Result<()> {
    let origin = scene.origin().await?;
    origin.tell("Eins.", &[PARTNER]).await?;
    let backup = scene.back_up("store.age").await?;
    origin.tell("Zwei.", &[PARTNER]).await?;
    scene
        .agree(&["Eins.".to_owned(), "Zwei.".to_owned()])
        .await?;
    scene.kill(ORIGIN).await?;
    scene.stop(PARTNER).await?;
    scene.lose_database()?;
    let restored = scene.restore(&backup).await?;
    ensure!(restored.code == DONE, "{restored:?}");
    scene.start(ORIGIN).await?;
    scene.forgo_absent().await?;
    scene
        .until_status("only the partner to be awaited", |it| {
            it.awaited == [PARTNER]
        })
        .await
}

async fn meanwhile(mut scene: Scene) -> Result<()> {
    restored(&mut scene).await?;
    let origin = scene.origin().await?;

    // One after the other, as a person writes; and in numbers, as a system pushes.
    let mut told: Vec<String> = ["Eins.", "Zwei."].map(str::to_owned).to_vec();
    let mut sent = Vec::new();
    for number in ["eins", "zwei", "drei", "vier", "fünf"] {
        let note = format!("Danach {number}.");
        let request = request(&origin, &note);
        let receipt = send(&origin, &request).await?;
        ensure!(receipt.queued && receipt.position.is_none(), "{receipt:?}");
        sent.push((request, receipt.subject));
        told.push(note);
    }
    let mut load = Load::new(&origin, PUSHED, "Während");
    load.stream(&origin).await?;
    ensure!(load.kept().count() == PUSHED, "all are acknowledged");
    let mut receipts = load.asked.iter().filter_map(|it| it.acknowledged());
    ensure!(receipts.all(|it| it.queued), "as queued");
    let last = request(&origin, "Und weiter.");
    send(&origin, &last).await?;
    let queued = 5 + PUSHED as u64 + 1;
    scene.until_queued(queued).await?;

    // What is refused leaves no trace, and what is queued none in clear.
    let refused = request(&origin, &format!("{CANARY}, Tel. 0171 2345678"));
    let refused = send(&origin, &refused).await.expect_err("a number");
    ensure!(
        explain(&refused).code == Some(ErrorCode::GuardRejected),
        "{refused}"
    );
    let bytes = scene.bytes()?;
    for text in [CANARY, "Danach eins"] {
        let mut windows = bytes.windows(text.len());
        ensure!(
            !windows.any(|window| window == text.as_bytes()),
            "{text} is on the disk"
        );
    }

    // One is taken back in time.
    let (_, dropped) = sent.remove(1);
    told.remove(3);
    let withdrawal = WithdrawSituationRequest {
        request_id: request_id(),
        subject: dropped.clone(),
        etag: String::new(),
        reason: WithdrawalReason::Error as i32,
    };
    let mut situations = origin.situations.clone();
    situations.withdraw_situation(withdrawal).await?;
    let queued = queued - 1;

    // All of it outlives the node, and its requests are known.
    scene.kill(ORIGIN).await?;
    scene.start(ORIGIN).await?;
    scene.until_queued(queued).await?;
    scene.signs_nothing().await?;
    let origin = scene.origin().await?;
    for (request, subject) in &sent {
        let again = send(&origin, request).await?;
        ensure!(again.subject == *subject && again.queued, "{again:?}");
        ensure!(again.repeated_request, "{again:?}");
        let mut other = request.clone();
        let situation = other.situation.as_mut().context("an update")?;
        situation.note = "Etwas anderes.".to_owned();
        let reused = send(&origin, &other).await.expect_err("another content");
        ensure!(reused.code() == Code::AlreadyExists, "{reused}");
        let get = GetSituationRequest {
            subject: subject.clone(),
            ..GetSituationRequest::default()
        };
        let found = origin.situations.clone().get_situation(get).await?;
        ensure!(found.into_inner().queued, "it says so");
    }
    scene.until_queued(queued).await?;

    // The partner shows what it has, and the node is killed in the middle of signing.
    scene.start(PARTNER).await?;
    scene
        .until_status("the first to be signed", |it| it.queued_entries < queued)
        .await?;
    scene.kill(ORIGIN).await?;
    scene.start(ORIGIN).await?;
    scene.until_it_signs().await?;
    scene.until_queued(0).await?;
    let origin = scene.origin().await?;
    let after = origin.tell("Gleich.", &[PARTNER]).await?;
    ensure!(!after.queued, "{after:?}");
    told.push("Und weiter.".to_owned());
    told.push("Gleich.".to_owned());

    // Each came once, and those of one caller in its order.
    let all = told.len() + PUSHED;
    let partner = scene.partner().await?;
    let look = async || match partner.notes_of(ORIGIN).await {
        Ok(found) if found.len() >= all => Ok(found),
        Ok(found) => Err(format!("{} of {all}", found.len())),
        Err(error) => Err(error.to_string()),
    };
    let mut found = scene.fed.until("the partner to hold all", look).await?;
    let pushed = |note: &String| note.starts_with("Während");
    let mut numbers: Vec<String> = found.iter().filter(|it| pushed(it)).cloned().collect();
    numbers.sort();
    numbers.dedup();
    ensure!(numbers.len() == PUSHED, "{} of the pushed", numbers.len());
    found.retain(|it| !pushed(it));
    assert_eq!(found, told, "in the order in which they were sent");
    let own = origin.status().await?.own_entries;
    origin
        .until_partner(PARTNER, "with receipts for all", |it| it.receipted == own)
        .await?;
    for (request, subject) in &sent {
        let again = send(&origin, request).await?;
        ensure!(again.subject == *subject && !again.queued, "{again:?}");
        ensure!(again.position.is_some(), "{again:?}");
    }
    let events = origin.events().await?;
    let mut subjects = events.iter().filter_map(|it| it.situation.as_ref());
    ensure!(
        subjects.all(|it| it.subject != dropped),
        "it was taken back"
    );
    scene.nobody_saw_a_fork().await?;
    scene.stop(ORIGIN).await?;
    let checked = scene.with_config(&["store", "check"]).await?;
    ensure!(checked.code == DONE, "{checked:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_beyond_its_last_day_is_forgotten_and_told_of() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    restored(&mut scene).await?;
    let origin = scene.origin().await?;
    send(&origin, &request(&origin, "Bald vergessen.")).await?;
    scene.stop(ORIGIN).await?;
    let clock = Clock::ahead(scene.fed.folder(), ORIGIN, i64::from(KEPT_DAYS + 2) * DAY)?;
    let later = Surroundings::new().clock(&clock)?;
    scene.fed.launch_in(ORIGIN, &later)?;
    scene.fed.ready(&[ORIGIN]).await?;
    let origin = scene.origin().await?;
    origin
        .until_alarm("QUEUED_EXPIRED", ORIGIN, "1 queued")
        .await?;
    scene.until_queued(0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_carries_what_is_queued() -> Result<()> {
    let mut scene = Scene::sqlite().await?;
    restored(&mut scene).await?;
    let origin = scene.origin().await?;
    let sent = request(&origin, "Danach.");
    let first = send(&origin, &sent).await?;
    let backup = scene.back_up("second.age").await?;
    scene.kill(ORIGIN).await?;
    scene.lose_database()?;
    let again = scene.restore(&backup).await?;
    ensure!(again.code == DONE, "{again:?}");
    scene.start(ORIGIN).await?;
    scene.until_queued(1).await?;
    let origin = scene.origin().await?;
    let repeated = send(&origin, &sent).await?;
    ensure!(repeated.subject == first.subject && repeated.queued);
    scene.forgo_absent().await?;
    scene.start(PARTNER).await?;
    scene.until_it_signs().await?;
    let partner = scene.partner().await?;
    partner
        .until_notes(ORIGIN, &["Eins.", "Zwei.", "Danach."])
        .await
}
