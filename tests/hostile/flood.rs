//! Too much of what is right, and too little of listening.

use std::time::Duration;

use anyhow::Result;
use verbund_tests::{Forge, HostilePartner, Plan, audience};
use verbund_wire::agency::{Link, Partner};
use verbund_wire::federation::peer_message::Kind;

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM};

/// What a node may grow by under any of this. A node at rest takes 20 to 30 MiB; queues, caches and windows are bounded to
/// some MiB together.
const GROWTH_MAX: u64 = 96 << 20;

/// Another agency that does something wrong, once.
const OTHER: &str = "streetwork";

/// The quota of the tests here, entries a day. More than the honest ones send.
const QUOTA: u64 = 300;

#[tokio::test]
async fn an_origin_over_its_quota_is_throttled_and_nobody_else() -> Result<()> {
    let plan = Plan::nodes(&[VICTIM, HONEST]).quota(QUOTA, 64);
    let mut scene = Scene::with(plan).await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let opening = lane.opening();
    talk.give(&[opening]).await?;
    // Perfectly valid ones, and no look at whether anybody wants more.
    for _ in 0..100 {
        let batch: Vec<_> = (0..100)
            .map(|_| lane.update("Noch eine Meldung."))
            .collect();
        talk.give(&batch).await?;
    }
    let throttled = |partner: &Partner| partner.throttled;
    let partner = scene
        .victim
        .until_partner(HOSTILE, "throttled", throttled)
        .await?;
    assert!(partner.received >= QUOTA, "{partner:?}");
    // What is on its way when the quota is reached is a few batches.
    assert!(
        partner.received <= QUOTA + 1000,
        "{} of a quota of {QUOTA}",
        partner.received
    );
    let unsubscribed = |kind| match kind {
        Kind::Unsubscribe(it) if it.origin == HOSTILE => Some(()),
        _ => None,
    };
    talk.hear("that it wants no more", unsubscribed).await?;
    assert_eq!(partner.link(), Link::Connected, "it may still read");
    scene.others_go_on().await?;

    // The day's count is kept: a restart does not give a new one.
    let received = scene.victim.partner(HOSTILE).await?.received;
    let patience = scene.fed.patience();
    scene.fed.node_mut(VICTIM).kill(patience).await?;
    scene.fed.launch(VICTIM)?;
    scene.fed.ready(&[VICTIM]).await?;
    scene.victim = scene.fed.system(VICTIM, "everything").await?;
    let talk = scene.hostile.greet(VICTIM).await?;
    scene
        .victim
        .until_partner(HOSTILE, "throttled after the restart", throttled)
        .await?;
    talk.give(&[lane.update("Und noch eine.")]).await?;
    scene.others_go_on().await?;
    assert_eq!(scene.victim.partner(HOSTILE).await?.received, received);
    Ok(())
}

/// More lanes than audiences could be, and more tricks than alarms: those about others stay in sight.
#[tokio::test]
async fn a_flood_of_lanes_is_bounded_and_hides_no_alarm() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    talk.give(&lane.lane(&["Die erste."])).await?;
    for _ in 0..700 {
        talk.give(&[scene.lane().opening()]).await?;
    }
    let bound = "as many lanes as it may have";
    scene
        .victim
        .until_alarm("LANE_NOT_OPENED", HOSTILE, bound)
        .await?;
    for _ in 0..1500 {
        talk.give(&[scene.lane().update("Ohne Anfang.")]).await?;
    }
    // Read when this is answered.
    talk.give(&[lane.update("Die letzte.")]).await?;
    talk.receipt(lane.lane, 3).await?;
    let received = scene.victim.partner(HOSTILE).await?.received;
    assert!(
        received <= 515,
        "{received} entries, of which three are updates"
    );

    let other = HostilePartner::new(&scene.fed, OTHER)?;
    let mut talk = other.greet(VICTIM).await?;
    talk.asked_for(OTHER).await?;
    let mut theirs = Forge::new(&scene.fed, OTHER, audience(&[OTHER, VICTIM]));
    talk.give(&[theirs.update("Auch ohne Anfang.")]).await?;
    scene
        .victim
        .until_alarm("LANE_NOT_OPENED", OTHER, "")
        .await?;
    let alarms = scene.victim.alarms().await?;
    assert!(alarms.len() < 50, "{} alarms", alarms.len());
    scene.others_go_on().await
}

/// It asks for everything and reads nothing: what is sent to it waits within bounds, and it is let go after a while.
#[tokio::test]
async fn a_partner_that_never_reads_harms_nobody_and_is_let_go() -> Result<()> {
    let plan = Plan::nodes(&[VICTIM, HONEST])
        .dialled(HOSTILE)
        .patience(Duration::from_secs(120));
    let mut scene = Scene::with(plan).await?;
    let door = scene.hostile.listen().await?;
    // The victim has dialled, and has its answer. From here on nothing is read.
    let talk = door.caller(VICTIM).await?;
    talk.say(Kind::Hello(scene.hostile.hello())).await?;
    talk.subscribe(VICTIM).await?;
    let connected = |partner: &Partner| partner.link() == Link::Connected;
    scene
        .victim
        .until_partner(HOSTILE, "connected", connected)
        .await?;

    let before = scene.fed.node(VICTIM).resident_bytes()?;
    // Several times what the transport's windows and the node's queues hold: 12 MiB and more.
    let note = "Übergang frei. ".repeat(18);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (victim, note) = (scene.victim.clone(), note.clone());
        writers.spawn(async move {
            for _ in 0..200 {
                victim.tell(&note, &[HOSTILE, HONEST]).await?;
            }
            Ok::<_, tonic::Status>(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    let caught_up = |partner: &Partner| partner.receipted == partner.sent && partner.sent > 12_000;
    scene
        .honest_at_victim("level with all that was written", caught_up)
        .await?;
    let grown = scene
        .fed
        .node(VICTIM)
        .resident_bytes()?
        .saturating_sub(before);
    assert!(grown < GROWTH_MAX, "the node has grown by {grown} bytes");
    scene.others_go_on().await?;

    let told = |partner: &Partner| {
        partner.link() == Link::Away && partner.problem.contains("took nothing for too long")
    };
    scene.victim.until_partner(HOSTILE, "let go", told).await?;
    scene.others_go_on().await
}

/// It asks again and again for everything from the beginning, and for what does not exist.
#[tokio::test]
async fn endless_subscriptions_harm_nobody() -> Result<()> {
    let mut scene = Scene::set().await?;
    for _ in 0..50 {
        scene
            .victim
            .tell("Einmal gesagt.", &[HOSTILE, HONEST])
            .await?;
    }
    let mut talk = scene.wanted().await?;
    let before = scene.fed.node(VICTIM).resident_bytes()?;
    for number in 0..2000 {
        talk.subscribe(&format!("agency-{number}")).await?;
    }
    let mut entries = 0;
    for _ in 0..200 {
        talk.subscribe(VICTIM).await?;
        let some = |kind| {
            if let Kind::Entries(some) = kind {
                Some(some.entries.len())
            } else {
                None
            }
        };
        entries += talk.hear("entries", some).await?;
    }
    assert!(entries >= 200, "it is served what it may have");
    let grown = scene
        .fed
        .node(VICTIM)
        .resident_bytes()?
        .saturating_sub(before);
    assert!(grown < GROWTH_MAX, "the node has grown by {grown} bytes");
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// Fifty faults in fifty lanes: each stops its lane, and the node goes on as before.
#[tokio::test]
async fn many_faults_at_once_stay_with_their_lanes() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut good = scene.lane();
    talk.give(&good.lane(&["Gut."])).await?;
    for number in 0..50 {
        let mut lane = Forge::new(&scene.fed, HOSTILE, audience(&[HOSTILE, VICTIM, HONEST]));
        let mut entries = lane.lane(&["Eins."]);
        let wrong = lane.with_frame("Zwei.", |frame| frame.previous.0[number % 32] ^= 1);
        entries.push(wrong);
        talk.give(&entries).await?;
        talk.give(&[good.update("Weiterhin gut.")]).await?;
    }
    talk.receipt(good.lane, 52).await?;
    let all = |partner: &Partner| partner.stopped_lanes == 50 && partner.received == 152;
    scene
        .victim
        .until_partner(HOSTILE, "with fifty stopped lanes", all)
        .await?;
    scene.others_go_on().await
}

/// One partner can't take all the doors: its connections are bounded, and the others' come through.
#[tokio::test]
async fn many_connections_of_one_partner_keep_nobody_out() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut open = Vec::new();
    let mut refused = 0;
    for _ in 0..40 {
        match scene.hostile.channel(VICTIM).await {
            Ok(channel) => open.push(channel),
            Err(_) => refused += 1,
        }
    }
    assert!(
        open.len() <= 8 && refused >= 32,
        "{} open, {refused} refused",
        open.len()
    );
    assert!(
        scene
            .fed
            .node(VICTIM)
            .logged(&["connection refused", "TOO_MANY_CONNECTIONS"])?
    );
    let other = HostilePartner::new(&scene.fed, OTHER)?;
    other.greet(VICTIM).await?;
    scene.others_go_on().await?;
    drop(open);
    let look = async || match scene.hostile.greet(VICTIM).await {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{error:#}")),
    };
    scene
        .fed
        .until("room for the hostile partner again", look)
        .await?;
    scene.others_go_on().await
}
