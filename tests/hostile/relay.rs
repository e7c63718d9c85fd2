//! A third node between an origin and the victim: what it may hand on, what it may learn, and who is blamed.

use anyhow::Result;
use verbund_ledger::{LaneId, Outcome};
use verbund_tests::{Forge, HostilePartner, Plan, Talk, audience};
use verbund_wire::agency::{Link, Partner};
use verbund_wire::federation::peer_message::Kind;

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM, outcomes};

/// An honest agency whose node is away: nobody dials it, and the test speaks for it when it comes.
const ABSENT: &str = "streetwork";

/// The victim asks the hostile node for what the absent agency wrote.
async fn asked_to_relay(scene: &Scene) -> Result<Talk> {
    let mut talk = scene.wanted().await?;
    talk.asked_for(ABSENT).await?;
    Ok(talk)
}

/// A lane of the absent agency, made with its own key.
fn absent_lane(scene: &Scene) -> Forge {
    Forge::new(
        &scene.fed,
        ABSENT,
        audience(&[ABSENT, HOSTILE, VICTIM, HONEST]),
    )
}

/// The absent agency's node comes by itself, and the victim wants its entries from itself.
async fn absent_returns(scene: &Scene) -> Result<Talk> {
    let mut talk = HostilePartner::new(&scene.fed, ABSENT)?
        .greet(VICTIM)
        .await?;
    talk.asked_for(ABSENT).await?;
    Ok(talk)
}

/// What is to be believed of a relay: entries authenticate themselves.
#[tokio::test]
async fn true_entries_are_taken_from_a_third_node() -> Result<()> {
    let mut scene = Scene::set().await?;
    let talk = asked_to_relay(&scene).await?;
    let mut lane = absent_lane(&scene);
    talk.give(&lane.lane(&["Eins.", "Zwei."])).await?;
    scene
        .victim
        .until_notes(ABSENT, &["Eins.", "Zwei."])
        .await?;
    let relayed = |partner: &Partner| partner.link() == Link::Relayed && partner.received == 3;
    scene
        .victim
        .until_partner(ABSENT, "relayed", relayed)
        .await?;
    assert!(scene.victim.alarms().await?.is_empty());
    scene.others_go_on().await
}

/// What a relay damages or invents is its own fault: the absent agency's lane goes on, from elsewhere.
#[tokio::test]
async fn a_relay_can_not_make_an_honest_agency_look_guilty() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = asked_to_relay(&scene).await?;
    let mut lane = absent_lane(&scene);
    talk.give(&lane.lane(&["Eins."])).await?;
    scene.victim.until_notes(ABSENT, &["Eins."]).await?;

    let mut invented = lane.clone();
    invented.key = scene.fed.member(HOSTILE).entry_key.clone();
    talk.give(&[invented.update("Nie gesagt.")]).await?;
    let alarm = scene
        .victim
        .until_alarm("CARRIER_FAULT", HOSTILE, ABSENT)
        .await?;
    assert_eq!(alarm.lane.as_ref(), lane.lane.as_bytes());
    scene.takes_another_lane(&mut talk).await?;

    // The agency itself is believed all the same, in the same lane.
    let mut absent = absent_returns(&scene).await?;
    absent.give(&lane.updates(&["Zwei."])).await?;
    let receipt = absent.receipt(lane.lane, 3).await?;
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored); 3]);
    scene
        .victim
        .until_notes(ABSENT, &["Eins.", "Zwei."])
        .await?;
    let innocent = |partner: &Partner| partner.stopped_lanes == 0 && partner.refused == 0;
    scene
        .victim
        .until_partner(ABSENT, "innocent", innocent)
        .await?;
    scene.others_go_on().await
}

/// An absent agency's entries without their contents: the relay leaves them out, and the origin must not pay for it.
#[tokio::test]
async fn a_relay_that_drops_contents_does_not_spoil_them_for_good() -> Result<()> {
    let mut scene = Scene::set().await?;
    let talk = asked_to_relay(&scene).await?;
    let mut lane = absent_lane(&scene);
    let mut entries = lane.lane(&["Eins.", "Zwei."]);
    let whole = entries[2].clone();
    (entries[2].codes, entries[2].text) = (None, None);
    talk.give(&entries).await?;
    scene.victim.until_notes(ABSENT, &["Eins."]).await?;
    let missing = |partner: &Partner| partner.received == 3 && partner.sealed == 1;
    scene
        .victim
        .until_partner(ABSENT, "with one content missing", missing)
        .await?;

    let mut absent = absent_returns(&scene).await?;
    absent.give(&[whole, lane.update("Drei.")]).await?;
    absent.receipt(lane.lane, 4).await?;
    scene
        .victim
        .until_notes(ABSENT, &["Eins.", "Zwei.", "Drei."])
        .await?;
    scene.others_go_on().await
}

/// A lane that the carrier is not in: it should not even have it.
#[tokio::test]
async fn a_lane_that_was_carried_beyond_its_audience_is_not_taken() -> Result<()> {
    let mut scene = Scene::set().await?;
    let talk = asked_to_relay(&scene).await?;
    let mut lane = Forge::new(&scene.fed, ABSENT, audience(&[ABSENT, VICTIM, HONEST]));
    let entries = lane.lane(&["Nicht für jeden."]);
    talk.give(&entries).await?;
    let why = "carried beyond its audience";
    scene
        .victim
        .until_alarm("LANE_NOT_OPENED", HOSTILE, why)
        .await?;
    scene.victim.until_notes(ABSENT, &[]).await?;
    // From the agency itself it is as good as any.
    let mut absent = absent_returns(&scene).await?;
    absent.give(&entries).await?;
    absent.receipt(lane.lane, 2).await?;
    scene
        .victim
        .until_notes(ABSENT, &["Nicht für jeden."])
        .await?;
    scene.others_go_on().await
}

/// Whoever asks, and for whomever: lanes are served to their audience, and nobody else hears that they exist.
#[tokio::test]
async fn a_lane_is_served_to_its_audience_only() -> Result<()> {
    let mut scene = Scene::set().await?;
    let secret = scene.honest.tell("Unter uns.", &[VICTIM]).await?;
    scene.victim.until_subject(&secret.subject).await?;
    let own = scene.victim.tell("Auch unter uns.", &[HONEST]).await?;
    scene.honest.until_subject(&own.subject).await?;
    let lanes = [secret, own].map(|told| told.position.unwrap_or_default().lane);

    let mut talk = scene.wanted().await?;
    for origin in [HONEST, VICTIM, HOSTILE, ABSENT] {
        talk.subscribe(origin).await?;
    }
    let open = scene
        .victim
        .tell("Für alle drei.", &[HONEST, HOSTILE])
        .await?;
    let open_lane = open.position.unwrap_or_default().lane;
    let shows = |kind: &Kind, lane: &[u8]| {
        let holds = |bytes: &[u8]| bytes.windows(lane.len()).any(|window| window == lane);
        match kind {
            Kind::Entries(it) => it.entries.iter().any(|entry| holds(&entry.frame)),
            Kind::Receipts(it) => it.receipts.iter().any(|receipt| holds(&receipt.body)),
            Kind::Subscribe(it) => it.have.iter().any(|have| holds(&have.lane)),
            Kind::LaneStopped(it) => holds(&it.lane),
            _ => false,
        }
    };
    // The honest node's word on the open lane comes last of all: with the gossip of third parties' receipts.
    let honest = scene.fed.member(HONEST).entry_key.public().clone();
    let gossip = |kind: &Kind| match kind {
        Kind::Receipts(it) => it.receipts.iter().any(|receipt| {
            let about = shows(kind, &open_lane);
            about
                && honest.verifies_receipt(
                    &receipt.body,
                    &receipt.signature.as_ref().try_into().unwrap(),
                )
        }),
        _ => false,
    };
    let all = talk.all_until("the honest node's receipt", gossip).await?;
    assert!(
        all.iter()
            .any(|kind| matches!(kind, Kind::Entries(_)) && shows(kind, &open_lane))
    );
    for lane in &lanes {
        assert!(
            !all.iter().any(|kind| shows(kind, lane)),
            "a lane beyond its audience"
        );
    }
    scene.others_go_on().await
}

/// Two nodes of one hostile agency, say: the same entries by two ways at once are one.
#[tokio::test]
async fn entries_that_come_by_two_ways_are_one() -> Result<()> {
    let plan = Plan::nodes(&[VICTIM, HONEST]);
    let mut scene = Scene::with(plan).await?;
    let talk = asked_to_relay(&scene).await?;
    let mut lane = absent_lane(&scene);
    let entries = lane.lane(&["Eins.", "Zwei.", "Drei."]);
    talk.give(&entries[..3]).await?;
    let mut absent = absent_returns(&scene).await?;
    talk.give(&entries).await?;
    absent.give(&entries).await?;
    absent.receipt(lane.lane, 4).await?;
    scene
        .victim
        .until_notes(ABSENT, &["Eins.", "Zwei.", "Drei."])
        .await?;
    assert_ne!(lane.lane, LaneId([0; 16]));
    scene.others_go_on().await
}
