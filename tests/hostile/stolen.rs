//! Names that belong to another: a lane's, and a subject's. Whoever takes one first must not keep its owner out.

use anyhow::Result;
use verbund_ledger::Outcome;
use verbund_tests::{Forge, HostilePartner, Talk, audience, raw};
use verbund_wire::agency::{GetDeliveryRequest, GetSituationRequest};
use verbund_wire::convert::codes::{self, Codes};

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

/// So is a subject's id: it is unique for each origin, not for all.
#[tokio::test]
async fn a_stolen_subject_keeps_nobody_out() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut theirs = owners_lane(&scene);
    let update = theirs.issued();
    let mut stolen = scene.lane();
    let same = Codes {
        subject: update.subject,
        ..stolen.issued()
    };
    let opening = stolen.opening();
    let entry = stolen.next(codes::encode(&same), raw::text("Vorgedrängt."));
    talk.give(&[opening, entry]).await?;
    let receipt = talk.receipt(stolen.lane, 2).await?;
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored); 2]);

    let mut owner = owner(&scene).await?;
    let opening = theirs.opening();
    let entry = theirs.next(codes::encode(&update), raw::text("Meine Meldung."));
    owner.give(&[opening, entry]).await?;
    let receipt = owner.receipt(theirs.lane, 2).await?;
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored); 2]);
    // Both are there, each under its own agency's name.
    scene.victim.until_notes(OWNER, &["Meine Meldung."]).await?;
    scene.victim.until_notes(HOSTILE, &["Vorgedrängt."]).await?;
    // A caller that reads by id says whose it means; otherwise it gets the one that came first.
    let id = update.subject.to_string();
    for (origin, note) in [
        (OWNER, "Meine Meldung."),
        (HOSTILE, "Vorgedrängt."),
        ("", "Vorgedrängt."),
    ] {
        let request = GetSituationRequest {
            subject: id.clone(),
            origin: origin.to_owned(),
        };
        let mut client = scene.victim.situations.clone();
        let found = client.get_situation(request).await?.into_inner();
        assert_eq!(found.situation.unwrap_or_default().note, note);
        assert_eq!(found.history.len(), 1, "{origin}");
        let request = GetDeliveryRequest {
            subject: id.clone(),
            origin: origin.to_owned(),
            ..GetDeliveryRequest::default()
        };
        let mut client = scene.victim.feed.clone();
        let delivery = client.get_delivery(request).await?.into_inner();
        assert_eq!(delivery.versions.len(), 1, "{origin}");
    }
    scene.others_go_on().await
}
