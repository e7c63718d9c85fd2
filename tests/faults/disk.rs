//! A disk that is nearly full. The node's data folder is a small disk of its own, and the test fills it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use verbund_tests::{Federation, Plan, Surroundings, System};
use verbund_wire::agency::WithdrawSituationRequest;
use verbund_wire::error::{ErrorCode, Retry, explain};
use verbund_wire::federation::WithdrawalReason;

use crate::books::{ORIGIN, PARTNER};

const DISK_MIB: u32 = 96;
const RESERVE_MIB: u32 = 32;
/// Leaves less than the reserve, and more than nothing.
const FILLED_MIB: usize = 72;

/// The origin's node on a small disk, the partner's as usual.
async fn launched(reserve_mib: u32) -> Result<Federation> {
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).build()?;
    let data = fed.node_folder(ORIGIN).join("data");
    let small = Surroundings::new()
        .own_disk(&data, DISK_MIB)
        .set("store.disk_reserve_mib", reserve_mib);
    fed.launch_in(ORIGIN, &small)?;
    fed.launch(PARTNER)?;
    fed.ready(&[PARTNER]).await?;
    Ok(fed)
}

/// Waits until the admin port answers so.
async fn readiness(fed: &Federation, code: u16, says: &str) -> Result<String> {
    let what = format!("/readyz to answer {code} with {says:?}");
    let look = async || match fed.node(ORIGIN).get("/readyz").await {
        Ok((found, body)) if found == code && body.contains(says) => Ok(body),
        Ok((found, body)) => Err(format!("{found} {body}")),
        Err(error) => Err(format!("{error:#}")),
    };
    fed.until(&what, look).await
}

fn filler(fed: &Federation) -> PathBuf {
    let data = fed.node_folder(ORIGIN).join("data");
    fed.node(ORIGIN).inside(&data.join("filler"))
}

async fn fill(fed: &Federation) -> Result<()> {
    fs::write(filler(fed), vec![0; FILLED_MIB << 20]).context("the node's disk can be filled")?;
    readiness(fed, 503, "DISK_RESERVE").await?;
    Ok(())
}

async fn refused(system: &System, note: &str) -> Result<()> {
    let status = system.tell(note, &[]).await.expect_err("read-only");
    let explained = explain(&status);
    assert_eq!(explained.code, Some(ErrorCode::DiskReserve), "{status}");
    assert!(
        explained.message.contains("until there is room"),
        "it says what has to be done: {explained:?}"
    );
    assert_eq!(
        ErrorCode::DiskReserve.retry(),
        Retry::After(explained.retry_after.context("when to come again")?)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_down_to_its_reserve_is_told_everywhere_and_takes_nothing_new() -> Result<()> {
    let mut fed = launched(RESERVE_MIB).await?;
    fed.ready(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let before = system.tell("Vor dem Engpass.", &[]).await?;
    fill(&fed).await?;

    refused(&system, "Im Engpass.").await?;
    let status = system.status().await?;
    assert_eq!(status.read_only, "DISK_RESERVE");
    assert!(
        status.disk_free_bytes < status.disk_reserve_bytes,
        "{} bytes free, {} reserved",
        status.disk_free_bytes,
        status.disk_reserve_bytes
    );
    assert_eq!(fed.node(ORIGIN).metric("verbund_read_only", "").await?, 1.0);
    assert!(fed.node(ORIGIN).logged(&["ERROR", "down to its reserve"])?);
    assert_eq!(
        system.notes_of(ORIGIN).await?,
        ["Vor dem Engpass."],
        "what is there can be read, and nothing was stored"
    );
    assert_eq!(
        system.until_subject(&before.subject).await?.position,
        before.position
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_withdrawn_on_a_full_disk() -> Result<()> {
    let mut fed = launched(RESERVE_MIB).await?;
    fed.ready(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    let told = system
        .tell("Hätte nicht gesagt werden sollen.", &[])
        .await?;
    partner.until_subject(&told.subject).await?;
    fill(&fed).await?;

    let request = WithdrawSituationRequest {
        request_id: verbund_tests::federation::request_id(),
        subject: told.subject.clone(),
        etag: String::new(),
        reason: WithdrawalReason::PersonalData as i32,
    };
    system
        .situations
        .clone()
        .withdraw_situation(request)
        .await
        .context("personal data never waits, least of all for room")?;
    let gone = async || match partner.notes_of(ORIGIN).await {
        Ok(notes) if notes.iter().all(String::is_empty) => Ok(()),
        Ok(notes) => Err(format!("{notes:?}")),
        Err(status) => Err(status.to_string()),
    };
    fed.until("the note to be destroyed at the partner", gone)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_room_again_takes_updates_again_its_own_and_its_partners() -> Result<()> {
    let mut fed = launched(RESERVE_MIB).await?;
    fed.ready(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    fill(&fed).await?;
    refused(&system, "Wieder Platz.").await?;
    partner.tell("Der Partner arbeitet weiter.", &[]).await?;

    fs::remove_file(filler(&fed))?;
    readiness(&fed, 200, "").await?;
    system.tell("Wieder Platz.", &[]).await?;
    partner.until_notes(ORIGIN, &["Wieder Platz."]).await?;
    system
        .until_notes(PARTNER, &["Der Partner arbeitet weiter."])
        .await?;
    assert_eq!(system.status().await?.read_only, "");
    assert!(fed.node(ORIGIN).logged(&["room on the disk again"])?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_starts_without_room_reads_and_takes_nothing_from_its_first_call_on()
-> Result<()> {
    let fed = launched(DISK_MIB + 1).await?;
    let reasons = readiness(&fed, 503, "DISK_RESERVE").await?;
    assert!(!reasons.contains("STARTING"), "{reasons}");
    let system = fed.system(ORIGIN, "everything").await?;
    refused(&system, "Gleich nach dem Start.").await?;
    assert_eq!(system.notes_of(ORIGIN).await?, [""; 0]);
    Ok(())
}
