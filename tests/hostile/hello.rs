//! What is wrong with the conversation: the first word, the size of a message, words that nobody knows, silence.

use anyhow::Result;
use tokio::time::Instant;
use verbund_tests::{Plan, raw};
use verbund_wire::agency::{Link, Partner};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::peer_message::Kind;
use verbund_wire::federation::{
    Certificate, Entries, Heartbeat, Hello, LaneCursor, PeerMessage, Receipt, Receipts, Subscribe,
    Unsubscribe,
};

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM, wire};

/// Says this instead of, or after, a right Hello; the stream ends, the status says why, and a right Hello is welcome.
async fn breaks_the_protocol(
    scene: &Scene,
    after_hello: bool,
    word: Kind,
    why: &str,
) -> Result<()> {
    let mut talk = match after_hello {
        true => scene.wanted().await?,
        false => scene.hostile.dial(VICTIM).await?,
    };
    talk.say(word).await?;
    let end = explain(&talk.ended().await?);
    assert_eq!(
        end.reason,
        ErrorCode::ProtocolViolation.reason(),
        "{why}: {}",
        end.message
    );
    let told = |partner: &Partner| partner.link() == Link::Away && partner.problem.contains(why);
    scene
        .victim
        .until_partner(HOSTILE, &format!("with the problem {why:?}"), told)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_hello_is_told_and_a_right_one_is_welcome() -> Result<()> {
    let mut scene = Scene::set().await?;
    let right = scene.hostile.hello();
    let of = |federation: &str, agency: &str| {
        let (federation, agency) = (federation.to_owned(), agency.to_owned());
        Kind::Hello(Hello {
            federation,
            agency,
            ..right.clone()
        })
    };
    let heartbeat = Kind::Heartbeat(Heartbeat { now_ms: 0 });
    for (word, why) in [
        (of("moers", HOSTILE), "of another federation"),
        (of("", HOSTILE), "of another federation"),
        (of("krefeld", HONEST), "names another agency"),
        (of("krefeld", VICTIM), "names another agency"),
        (of("krefeld", ""), "names another agency"),
        (heartbeat, "first message is not Hello"),
    ] {
        breaks_the_protocol(&scene, false, word, why).await?;
    }
    let mut talk = scene.wanted().await?;
    let connected =
        |partner: &Partner| partner.link() == Link::Connected && partner.problem.is_empty();
    scene
        .victim
        .until_partner(HOSTILE, "connected, without a problem", connected)
        .await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

#[tokio::test]
async fn words_beyond_their_bounds_end_the_stream() -> Result<()> {
    let mut scene = Scene::set().await?;
    let hello = Kind::Hello(scene.hostile.hello());
    let subscribe = |lane: usize, lanes: usize| {
        let cursor = LaneCursor {
            lane: vec![0; lane].into(),
            sequence: 1,
        };
        Kind::Subscribe(Subscribe {
            origin: VICTIM.to_owned(),
            have: vec![cursor; lanes],
        })
    };
    let unsubscribe = Kind::Unsubscribe(Unsubscribe {
        origin: "Kein Name!".to_owned(),
    });
    let receipt = Receipt {
        body: vec![0; 80].into(),
        signature: vec![0; 64].into(),
    };
    let receipts = |receipt: &Receipt, count| {
        Kind::Receipts(Receipts {
            receipts: vec![receipt.clone(); count],
        })
    };
    let unsigned = Receipt {
        signature: vec![0; 3].into(),
        ..receipt.clone()
    };
    let mut lane = scene.lane();
    let mut entries = vec![lane.opening()];
    entries.extend((0..512).map(|_| lane.update("Viel.")));
    let entries = Entries {
        entries: entries.iter().map(wire).collect(),
        traceparent: String::new(),
    };
    for (word, why) in [
        (hello, "Hello twice"),
        (subscribe(16, 4097), "too many lanes"),
        (subscribe(15, 1), "lane id is not 16 bytes"),
        (unsubscribe, "agency id is none"),
        (receipts(&receipt, 257), "too many receipts"),
        (receipts(&unsigned, 1), "receipt can't be read"),
        (Kind::Entries(entries), "too many entries"),
    ] {
        breaks_the_protocol(&scene, true, word, why).await?;
    }
    scene.counted(0, 0, 0, 0).await?;
    let mut talk = scene.wanted().await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// A message above the contract's bound is not even read into memory.
#[tokio::test]
async fn an_oversize_message_ends_the_stream() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let before = scene.fed.node(VICTIM).resident_bytes()?;
    let mut lane = scene.lane();
    let opening = lane.opening();
    let huge = lane.next(vec![b'x'; 64 << 20], Vec::new());
    // The node may end the stream before it is all sent.
    let _ = talk.give(&[opening, huge]).await;
    let end = explain(&talk.ended().await?);
    assert_eq!(
        end.reason,
        ErrorCode::ProtocolViolation.reason(),
        "{}",
        end.message
    );
    let told = |partner: &Partner| {
        partner.link() == Link::Away && partner.problem.contains("larger than it may be")
    };
    scene
        .victim
        .until_partner(HOSTILE, "with its problem", told)
        .await?;
    let grown = scene
        .fed
        .node(VICTIM)
        .resident_bytes()?
        .saturating_sub(before);
    assert!(
        grown < 32 << 20,
        "the node has grown by {grown} bytes over a message that it refuses"
    );
    scene.counted(0, 0, 0, 0).await?;
    let mut talk = scene.wanted().await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// A newer release may say more than this one knows.
#[tokio::test]
async fn unknown_words_are_passed_over() -> Result<()> {
    let mut scene = Scene::set().await?;
    let told = scene.victim.tell("Für alle.", &[HOSTILE, HONEST]).await?;
    // As bytes, since no message type of this release can say them: ExchangeRequest{message} around each.
    let word = |content: Vec<u8>| raw::field(1, &content);
    let hello = [
        raw::field(1, b"krefeld"),
        raw::field(2, HOSTILE.as_bytes()),
        raw::field(99, b"mehr"),
    ];
    let words = vec![
        word(raw::field(1, &hello.concat())),
        word(raw::field(99, b"ein neues Wort")),
        word(Vec::new()),
        Vec::new(),
        word(raw::field(2, &raw::field(1, VICTIM.as_bytes()))),
    ];
    let channel = scene.hostile.channel(VICTIM).await?;
    let path = "/verbund.federation.v1.FederationService/Exchange";
    let mut answers = raw::converse(&channel, path, words).await?;
    let hash = told.position.unwrap_or_default().frame_hash;
    let listening = async {
        while let Some(answer) = answers.message().await? {
            // The next lane names its predecessor by hash only within a signed frame, so what is sent here is the entry.
            if answer
                .windows(9)
                .any(|window| window == "Für alle".as_bytes())
            {
                return Ok(());
            }
        }
        anyhow::bail!("the stream ended before the entry {hash:?} came")
    };
    scene
        .fed
        .patience()
        .within("the victim's entry", listening)
        .await??;
    scene.others_go_on().await
}

/// Whoever opens a stream and says nothing is let go, and holds nobody up meanwhile.
#[tokio::test]
async fn silence_is_let_go() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut silent = scene.hostile.dial(VICTIM).await?;
    let began = Instant::now();
    scene.others_go_on().await?;
    let mut talk = scene.wanted().await?;
    scene.takes_another_lane(&mut talk).await?;
    silent.ended().await?;
    assert!(
        began.elapsed().as_secs() < 20,
        "it was let go after {:?}",
        began.elapsed()
    );
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// The newest stream of one dialler is the one that counts; the one before is told.
#[tokio::test]
async fn a_second_stream_takes_the_place_of_the_first() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut first = scene.wanted().await?;
    let mut second = scene.wanted().await?;
    first.ended().await?;
    scene.takes_another_lane(&mut second).await?;
    scene.others_go_on().await
}

/// The other way round: the node dials, and meets somebody who answers wrongly.
#[tokio::test]
async fn a_node_that_dials_is_as_careful() -> Result<()> {
    let plan = Plan::nodes(&[VICTIM, HONEST]).dialled(HOSTILE);
    let mut scene = Scene::with(plan).await?;
    let door = scene.hostile.listen().await?;
    let right = scene.hostile.hello();
    let wrong = [
        (
            Hello {
                federation: "moers".to_owned(),
                ..right.clone()
            },
            "of another federation",
        ),
        (
            Hello {
                agency: HONEST.to_owned(),
                ..right.clone()
            },
            "names another agency",
        ),
    ];
    for (hello, why) in wrong {
        let mut talk = door.caller(VICTIM).await?;
        talk.hear_hello().await?;
        talk.say(Kind::Hello(hello)).await?;
        let told = |partner: &Partner| partner.problem.contains(why);
        scene
            .victim
            .until_partner(HOSTILE, &format!("with the problem {why:?}"), told)
            .await?;
    }
    let mut talk = door.caller(VICTIM).await?;
    talk.say(Kind::Hello(right)).await?;
    talk.asked_for(HOSTILE).await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// An empty message says nothing and costs nothing.
#[tokio::test]
async fn empty_messages_are_passed_over() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    for _ in 0..1000 {
        talk.give(&[]).await?;
        talk.receipts(&[]).await?;
        talk.send(PeerMessage { kind: None }).await?;
    }
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// What it says of itself is shown to operators: short, and without anything that a terminal would obey.
#[tokio::test]
async fn what_a_partner_says_of_itself_is_bounded() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.hostile.dial(VICTIM).await?;
    let hello = Hello {
        software: format!("\u{1b}[2Jverbund\n{}", "x".repeat(1 << 20)),
        protocol_level: u32::MAX,
        charter_version: u32::MAX,
        charter_hash: vec![7; 5].into(),
        now_ms: i64::MIN,
        generation: u64::MAX,
        seen: Some(Certificate {
            serial: "\u{1b}[2J".repeat(1 << 10),
            not_before_ms: i64::MAX,
            not_after_ms: i64::MIN,
        }),
        ..scene.hostile.hello()
    };
    talk.say(Kind::Hello(hello)).await?;
    let asks = |kind| matches!(kind, Kind::CharterRequest(_)).then_some(());
    talk.hear("that it wants the newer charter", asks).await?;
    for now_ms in [i64::MAX, i64::MIN, 0] {
        talk.say(Kind::Heartbeat(Heartbeat { now_ms })).await?;
    }
    let bounded = |partner: &Partner| {
        let shown = &partner.software;
        shown.contains("verbund") && shown.len() <= 64 && !shown.chars().any(char::is_control)
    };
    scene
        .victim
        .until_partner(HOSTILE, "with a bounded name of its software", bounded)
        .await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// Trace contexts are taken from those only with whom it was agreed, and never believed.
#[tokio::test]
async fn false_trace_contexts_are_passed_over() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let real = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let contexts = [
        String::new(),
        "no context".to_owned(),
        "0".repeat(1 << 20),
        real.to_owned(),
    ];
    for (traceparent, entry) in contexts
        .into_iter()
        .zip(lane.lane(&["Eins.", "Zwei.", "Drei."]))
    {
        let entries = vec![wire(&entry)];
        talk.say(Kind::Entries(Entries {
            entries,
            traceparent,
        }))
        .await?;
    }
    talk.receipt(lane.lane, 4).await?;
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "Zwei.", "Drei."])
        .await?;
    assert!(
        !scene
            .fed
            .node(VICTIM)
            .logged(&["0af7651916cd43dd8448eb211c80319c"])?
    );
    scene.others_go_on().await
}
