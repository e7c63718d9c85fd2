//! Lies in receipts, and in the other words that partners believe of each other.

use anyhow::Result;
use verbund_ledger::{
    Exceptions, FrameHash, LaneId, Outcome, Receipt, RefusedReason, SignedReceipt,
};
use verbund_tests::{Talk, agency};
use verbund_wire::agency::{DeliveryState, EntryPosition, PublishReceipt};
use verbund_wire::federation::peer_message::Kind;
use verbund_wire::federation::{CharterDocument, LaneStopped};

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM};

/// What the hostile node would say of an update of the victim if it were honest.
fn receipt(position: &EntryPosition) -> Result<Receipt> {
    Ok(Receipt {
        recipient: agency(HOSTILE),
        generation: 1,
        lane: LaneId(position.lane.as_ref().try_into()?),
        sequence: position.sequence,
        hash: FrameHash(position.frame_hash.as_ref().try_into()?),
        exceptions: Exceptions::none(),
    })
}

/// The victim has told something to all three.
async fn told(scene: &Scene, audience: &[&str]) -> Result<(PublishReceipt, EntryPosition)> {
    let told = scene.victim.tell("Vom Ordnungsdienst.", audience).await?;
    let position = told.position.clone().unwrap_or_default();
    Ok((told, position))
}

async fn delivered(
    scene: &Scene,
    subject: &str,
    agency: &str,
    state: DeliveryState,
    reason: &str,
) -> Result<()> {
    let look = async || {
        let delivery = scene
            .victim
            .delivery(subject, agency)
            .await
            .map_err(|status| status.to_string())?;
        if delivery.state() == state && delivery.reason == reason {
            Ok(())
        } else {
            Err(format!("{delivery:?}"))
        }
    };
    scene
        .fed
        .until(
            &format!("the word of {agency} to be {state:?} {reason}"),
            look,
        )
        .await
}

async fn send(talk: &Talk, scene: &Scene, receipt: &Receipt) -> Result<()> {
    talk.receipts(&[receipt.sign(scene.hostile.key())]).await
}

/// What is to be believed, so that the tests below prove something.
#[tokio::test]
async fn a_true_receipt_is_believed() -> Result<()> {
    let mut scene = Scene::set().await?;
    let (update, position) = told(&scene, &[HOSTILE, HONEST]).await?;
    let talk = scene.wanted().await?;
    delivered(&scene, &update.subject, HOSTILE, DeliveryState::Pending, "").await?;
    let mut receipt = receipt(&position)?;
    send(&talk, &scene, &receipt).await?;
    delivered(&scene, &update.subject, HOSTILE, DeliveryState::Stored, "").await?;
    receipt.exceptions.record(
        position.sequence,
        Outcome::Refused(RefusedReason::GuardRejected),
    );
    receipt.generation = 2;
    send(&talk, &scene, &receipt).await?;
    let state = DeliveryState::Refused;
    delivered(&scene, &update.subject, HOSTILE, state, "GUARD_REJECTED").await?;
    scene.others_go_on().await
}

#[tokio::test]
async fn receipts_that_lie_are_not_believed() -> Result<()> {
    let mut scene = Scene::set().await?;
    let (update, position) = told(&scene, &[HOSTILE, HONEST]).await?;
    delivered(&scene, &update.subject, HONEST, DeliveryState::Stored, "").await?;
    let (secret, hidden) = told(&scene, &[HONEST]).await?;
    delivered(&scene, &secret.subject, HONEST, DeliveryState::Stored, "").await?;
    let mut talk = scene.wanted().await?;

    let truth = receipt(&position)?;
    // Of an entry that was never written.
    send(
        &talk,
        &scene,
        &Receipt {
            sequence: 1_000_000,
            ..truth.clone()
        },
    )
    .await?;
    scene
        .victim
        .until_alarm("RECEIPT_BEYOND_HEAD", HOSTILE, "1000000")
        .await?;
    // In the name of another, and of the victim itself; with a signature that does not hold.
    let mut withdrawn = Receipt {
        recipient: agency(HONEST),
        generation: u64::MAX,
        ..truth.clone()
    };
    withdrawn
        .exceptions
        .record(position.sequence, Outcome::NotUnderstood);
    send(&talk, &scene, &withdrawn).await?;
    send(
        &talk,
        &scene,
        &Receipt {
            recipient: agency(VICTIM),
            ..withdrawn.clone()
        },
    )
    .await?;
    let mut forged = truth.sign(scene.hostile.key());
    forged.signature[9] ^= 1;
    // Of a lane that the hostile agency knows nothing of, and of one that nobody knows.
    let unasked = Receipt {
        generation: 9,
        ..receipt(&hidden)?
    };
    let nowhere = Receipt {
        lane: LaneId([7; 16]),
        ..truth.clone()
    };
    let garbage = SignedReceipt {
        body: vec![0xff; 200],
        signature: [0; 64],
    };
    let signed = |receipt: &Receipt| receipt.sign(scene.hostile.key());
    talk.receipts(&[forged, signed(&unasked), signed(&nowhere), garbage])
        .await?;

    // All that has been read when this is answered.
    scene.takes_another_lane(&mut talk).await?;
    delivered(&scene, &update.subject, HOSTILE, DeliveryState::Pending, "").await?;
    delivered(&scene, &update.subject, HONEST, DeliveryState::Stored, "").await?;
    delivered(&scene, &secret.subject, HONEST, DeliveryState::Stored, "").await?;
    assert!(
        scene
            .victim
            .delivery(&secret.subject, HOSTILE)
            .await
            .is_err()
    );
    send(&talk, &scene, &truth).await?;
    delivered(&scene, &update.subject, HOSTILE, DeliveryState::Stored, "").await?;
    scene.others_go_on().await
}

/// It signs for another entry than the one that the victim wrote: somebody keeps two histories.
#[tokio::test]
async fn a_receipt_for_another_history_raises_an_alarm() -> Result<()> {
    let mut scene = Scene::set().await?;
    let (update, position) = told(&scene, &[HOSTILE, HONEST]).await?;
    let talk = scene.wanted().await?;
    let truth = receipt(&position)?;
    for _ in 0..100 {
        send(
            &talk,
            &scene,
            &Receipt {
                hash: FrameHash([7; 32]),
                ..truth.clone()
            },
        )
        .await?;
    }
    scene
        .victim
        .until_alarm("HISTORIES_DIFFER", VICTIM, "dhz holds another entry")
        .await?;
    send(&talk, &scene, &truth).await?;
    delivered(&scene, &update.subject, HOSTILE, DeliveryState::Stored, "").await?;
    assert_eq!(scene.victim.alarms().await?.len(), 1, "one lie, one alarm");
    scene.others_go_on().await
}

/// It says of each lane of the victim that it stopped it. The victim goes on in a few successors, and after that with the
/// others.
#[tokio::test]
async fn stopping_the_victims_lanes_again_and_again_does_not_stop_the_victim() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    talk.subscribe(VICTIM).await?;
    let mut lanes = Vec::new();
    for round in 0..8 {
        let (update, position) = told(&scene, &[HOSTILE, HONEST]).await?;
        delivered(&scene, &update.subject, HONEST, DeliveryState::Stored, "").await?;
        let stopped = LaneStopped {
            lane: position.lane.clone(),
            sequence: 1,
            reason: "forked".to_owned(),
        };
        if !lanes.contains(&position.lane) {
            lanes.push(position.lane);
        }
        talk.say(Kind::LaneStopped(stopped)).await?;
        if round == 0 {
            scene
                .victim
                .until_alarm("OWN_LANE_STOPPED", HOSTILE, "forked")
                .await?;
        }
        // Read when this is answered.
        scene.takes_another_lane(&mut talk).await?;
    }
    assert!((2..=5).contains(&lanes.len()), "{} lanes", lanes.len());
    scene.others_go_on().await
}

/// The same words again and again: told, and not without end.
#[tokio::test]
async fn a_flood_of_tricks_does_not_bury_the_other_alarms() -> Result<()> {
    let mut scene = Scene::set().await?;
    let (_, position) = told(&scene, &[HOSTILE, HONEST]).await?;
    let mut talk = scene.wanted().await?;
    for number in 0..600 {
        let body = format!("Satzung Nummer {number}").into_bytes().into();
        talk.say(Kind::Charter(CharterDocument {
            body,
            signatures: Vec::new(),
        }))
        .await?;
        let (lane, reason) = (position.lane.clone(), format!("Grund {number}"));
        talk.say(Kind::LaneStopped(LaneStopped {
            lane,
            sequence: 1,
            reason,
        }))
        .await?;
    }
    scene.takes_another_lane(&mut talk).await?;
    scene
        .victim
        .until_alarm("CHARTER_REFUSED", HOSTILE, "")
        .await?;
    scene
        .victim
        .until_alarm("OWN_LANE_STOPPED", HOSTILE, "")
        .await?;
    let alarms = scene.victim.alarms().await?.len();
    assert!(alarms < 50, "{alarms} alarms over two tricks");
    scene.others_go_on().await
}
