//! Claims about screens. They are unsigned, so a partner is heard for its own agency alone, and only where it can be true.

use anyhow::Result;
use verbund_ledger::LaneId;
use verbund_wire::agency::{DeliveryState, FirstShown};
use verbund_wire::federation::peer_message::Kind;
use verbund_wire::federation::{Showing, Shown};

use crate::scene::{HONEST, HOSTILE, Scene};

/// A day before or after today.
fn day(ahead: i64) -> String {
    // In Krefeld, where it may be another day than in the zone of the machine.
    let now = jiff::Timestamp::now().in_tz("Europe/Berlin").unwrap();
    now.date()
        .saturating_add(jiff::Span::new().days(ahead))
        .to_string()
}

fn showing(lane: &[u8], sequence: u64, day: String, window: &str) -> Showing {
    Showing {
        lane: lane.to_vec().into(),
        sequence,
        day,
        window: window.to_owned(),
    }
}

#[tokio::test]
async fn a_partner_speaks_of_its_own_screens_only_and_of_what_it_has() -> Result<()> {
    let mut scene = Scene::set().await?;
    let told = scene
        .victim
        .tell("Vom Ordnungsdienst.", &[HOSTILE, HONEST])
        .await?;
    let secret = scene.victim.tell("Vom Ordnungsdienst.", &[HONEST]).await?;
    let talk = scene.wanted().await?;
    let mut own = scene.lane();
    talk.give(&own.lane(&["Neue Spur, neuer Anfang."])).await?;
    scene.counted(2, 0, 0, 0).await?;

    let (at, hidden) = (told.position.unwrap(), secret.position.unwrap());
    let LaneId(own) = own.lane;
    let truth = showing(&at.lane, at.sequence, day(-2), "14-18");
    let lies = [
        // Not when anybody could have seen it, or no longer to be told.
        showing(&at.lane, at.sequence, day(2), "14-18"),
        showing(&at.lane, at.sequence, day(-20), "14-18"),
        showing(&at.lane, at.sequence, day(-2), "14-15"),
        // What is not there, what it was never given, what is its own.
        showing(&at.lane, at.sequence + 1, day(-2), "14-18"),
        showing(&at.lane, u64::MAX, day(-2), "14-18"),
        showing(&[9; 16], 1, day(-2), "14-18"),
        showing(&hidden.lane, hidden.sequence, day(-2), "14-18"),
        showing(&own, 2, day(-2), "14-18"),
    ];
    let later = showing(&at.lane, at.sequence, day(-1), "06-10");
    let all = lies.into_iter().chain([truth, later]).collect();
    talk.say(Kind::Shown(Shown { showings: all })).await?;

    let first = Some(FirstShown {
        day: day(-2),
        window: "14-18".to_owned(),
    });
    let look = async || {
        let delivery = scene.victim.delivery(&told.subject, HOSTILE).await;
        let delivery = delivery.map_err(|status| status.to_string())?;
        if delivery.shown == first {
            Ok(())
        } else {
            Err(format!("{delivery:?}"))
        }
    };
    scene.fed.until("the one that can be true", look).await?;
    for subject in [&told.subject, &secret.subject] {
        let honest = scene.victim.delivery(subject, HONEST).await?;
        assert_eq!(honest.shown, None, "{HONEST} has said nothing");
    }
    let honest = scene.honest.delivery(&told.subject, HOSTILE).await?;
    assert_eq!(honest.shown, None, "nobody passes it on");
    assert_eq!(honest.state(), DeliveryState::Pending);
    scene.others_go_on().await
}

#[tokio::test]
async fn what_is_too_much_or_no_showing_ends_the_stream() -> Result<()> {
    let mut scene = Scene::set().await?;
    let good = showing(&[9; 16], 1, day(-1), "14-18");
    let minute = showing(&[9; 16], 1, format!("{}T14:03", day(-1)), "14-18");
    for showings in [vec![good; 257], vec![minute]] {
        let mut talk = scene.wanted().await?;
        talk.say(Kind::Shown(Shown { showings })).await?;
        talk.ended().await?;
    }
    scene.others_go_on().await
}
