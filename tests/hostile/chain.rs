//! What is wrong with the chain: replayed, reordered, damaged, forged, forked. The ledger's faults, which alone can stop a lane.

use anyhow::Result;
use verbund_ledger::{EntryKey, FrameHash, Outcome, SystemEntropy};
use verbund_model::FederationId;
use verbund_tests::{Forge, audience};

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM, outcomes, wire};

#[tokio::test]
async fn replayed_entries_are_taken_once() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let entries = lane.lane(&["Eins.", "Zwei."]);
    for _ in 0..3 {
        talk.give(&entries).await?;
    }
    let more = lane.updates(&["Drei."]);
    talk.give(&[entries.as_slice(), &more].concat()).await?;
    let receipt = talk.receipt(lane.lane, 4).await?;
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored); 4]);
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "Zwei.", "Drei."])
        .await?;
    scene.counted(4, 0, 0, 0).await?;
    assert!(scene.victim.alarms().await?.is_empty());
    scene.others_go_on().await
}
