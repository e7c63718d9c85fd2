//! A lane's name that belongs to another. Whoever takes it first must not keep its owner out.

use anyhow::Result;
use verbund_ledger::Outcome;
use verbund_tests::{Forge, HostilePartner, Talk, audience};

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM, outcomes};

/// An honest agency, for which the test speaks.
const OWNER: &str = "streetwork";

fn owners_lane(scene: &Scene) -> Forge {
    Forge::new(
        &scene.fed,
        OWNER,
        audience(&[OWNER, HOSTILE, VICTIM, HONEST]),
    )
}

/// The owner's node comes, and the victim wants its entries.
async fn owner(scene: &Scene) -> Result<Talk> {
    let mut talk = HostilePartner::new(&scene.fed, OWNER)?
        .greet(VICTIM)
        .await?;
    talk.asked_for(OWNER).await?;
    Ok(talk)
}

#[tokio::test]
async fn a_stolen_lane_name_keeps_nobody_out() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut theirs = owners_lane(&scene);
    let entries = theirs.lane(&["Meine Spur."]);
    let mut stolen = scene.lane();
    let opening = stolen.opening_as(theirs.lane);
    talk.give(&[opening, stolen.update("Hier war ich zuerst.")])
        .await?;
    scene.not_opened(&stolen, "").await?;
    let mut owner = owner(&scene).await?;
    owner.give(&entries).await?;
    let receipt = owner.receipt(theirs.lane, 2).await?;
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored); 2]);
    scene.victim.until_notes(OWNER, &["Meine Spur."]).await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}
