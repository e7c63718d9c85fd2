//! What is wrong with the chain: replayed, reordered, damaged, forged, forked. These are the ledger's faults, which alone can
//! stop a lane.

use std::path::{Path, PathBuf};

use anyhow::Result;
use verbund_ledger::frame::SEQUENCE_MAX;
use verbund_ledger::{
    Entry, EntryKey, Evidence, Fault, Frame, FrameHash, LaneId, Outcome, SystemEntropy,
};
use verbund_model::FederationId;
use verbund_tests::program::{self, Called};
use verbund_tests::{Forge, agency, audience};
use verbund_wire::convert::codes::Predecessor;
use verbund_wire::error::ErrorCode;
use verbund_wire::error::explain;
use verbund_wire::federation;

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

#[tokio::test]
async fn reordered_entries_stop_the_lane_where_the_order_ends() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = lane.lane(&["Eins.", "Zwei.", "Drei."]);
    entries.swap(2, 3);
    talk.give(&entries).await?;
    scene
        .stopped(
            &mut talk,
            &lane,
            2,
            Fault::Gap {
                expected: 3,
                got: 4,
            }
            .as_str(),
        )
        .await?;
    scene.victim.until_notes(HOSTILE, &["Eins."]).await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

#[tokio::test]
async fn a_gap_stops_the_lane() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let entries = lane.lane(&["Eins.", "Zwei.", "Drei."]);
    talk.give(&entries[..2]).await?;
    talk.receipt(lane.lane, 2).await?;
    talk.give(&entries[3..]).await?;
    scene.stopped(&mut talk, &lane, 2, "gap").await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// Every damage that can be done to the third entry of a lane, and the reason that is given for it.
#[tokio::test]
async fn a_damaged_entry_stops_its_lane_and_no_other() -> Result<()> {
    type Damage = fn(&mut federation::Entry);
    let damages: &[(&str, &str, Damage)] = &[
        ("a bit of the frame's hash chain", "bad-signature", |it| {
            flip(&mut it.frame, 40)
        }),
        ("a bit of the erasure day", "bad-signature", |it| {
            flip(&mut it.frame, 73)
        }),
        ("a bit of the key's name", "unknown-key", |it| {
            flip(&mut it.frame, 65)
        }),
        ("the frame's format", "unknown-format", |it| {
            flip(&mut it.frame, 0)
        }),
        ("the frame's suite", "unknown-suite", |it| {
            flip(&mut it.frame, 1)
        }),
        ("the frame's end", "malformed", |it| {
            it.frame = it.frame.slice(..it.frame.len() - 1)
        }),
        ("a byte behind the frame", "malformed", |it| {
            it.frame = [it.frame.as_ref(), b"x"].concat().into();
        }),
        ("a bit of the signature", "bad-signature", |it| {
            flip(&mut it.signature, 63)
        }),
        ("a bit of the codes", "commitment-mismatch", |it| {
            flip(&mut it.codes.as_mut().unwrap().content, 0);
        }),
        ("a bit of the codes' salt", "commitment-mismatch", |it| {
            flip(&mut it.codes.as_mut().unwrap().salt, 31);
        }),
        ("a bit of the text", "commitment-mismatch", |it| {
            flip(&mut it.text.as_mut().unwrap().content, 5);
        }),
        ("a bit of the text's salt", "commitment-mismatch", |it| {
            flip(&mut it.text.as_mut().unwrap().salt, 0);
        }),
        (
            "the text in place of the codes",
            "commitment-mismatch",
            |it| {
                it.codes = it.text.clone();
            },
        ),
    ];
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    for (damage, reason, damaged) in damages {
        let mut lane = scene.lane();
        let mut entries: Vec<_> = lane
            .lane(&["Eins.", "Zwei.", "Drei."])
            .iter()
            .map(wire)
            .collect();
        damaged(&mut entries[2]);
        talk.give_wire(entries).await?;
        let stopped = scene.stopped(&mut talk, &lane, 2, reason).await;
        stopped.map_err(|error| error.context(format!("damaged: {damage}")))?;
    }
    let count = damages.len();
    scene.counted(2 * count as u64, 0, 0, count as u32).await?;
    scene
        .victim
        .until_notes(HOSTILE, &vec!["Eins."; count])
        .await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// What can't even be read as an entry says nothing about any lane: the stream ends, and a new one is welcome.
#[tokio::test]
async fn what_is_no_entry_ends_the_stream() -> Result<()> {
    type Damage = fn(&mut federation::Entry);
    let damages: &[(&str, Damage)] = &[
        ("a signature that is cut short", |it| {
            it.signature = it.signature.slice(..63)
        }),
        ("no signature", |it| it.signature.clear()),
        ("a salt that is cut short", |it| {
            let salt = &mut it.codes.as_mut().unwrap().salt;
            *salt = salt.slice(1..);
        }),
        ("a frame that is cut short", |it| {
            it.frame = it.frame.slice(..100)
        }),
        ("no frame", |it| it.frame.clear()),
    ];
    let mut scene = Scene::set().await?;
    for (damage, damaged) in damages {
        let mut talk = scene.wanted().await?;
        let mut entry = wire(&scene.lane().opening());
        damaged(&mut entry);
        talk.give_wire(vec![entry]).await?;
        let end = explain(&talk.ended().await?);
        assert_eq!(
            end.reason,
            ErrorCode::ProtocolViolation.reason(),
            "{damage}"
        );
        let told = |partner: &verbund_wire::agency::Partner| {
            partner.problem.contains("broke the protocol")
        };
        scene
            .victim
            .until_partner(HOSTILE, &format!("with its problem ({damage})"), told)
            .await?;
    }
    scene.counted(0, 0, 0, 0).await?;
    let mut talk = scene.wanted().await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

#[tokio::test]
async fn entries_signed_with_another_key_stop_the_lane() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let stranger = EntryKey::generate(&SystemEntropy);
    let honest = scene.fed.member(HONEST).entry_key.clone();
    // Another key under the right key's name, under its own name, and another member's real key.
    let forgeries: [(&EntryKey, bool, &str); 3] = [
        (&stranger, false, "bad-signature"),
        (&stranger, true, "unknown-key"),
        (&honest, true, "unknown-key"),
    ];
    for (key, under_its_name, reason) in forgeries {
        let mut lane = scene.lane();
        talk.give(&lane.lane(&["Eins."])).await?;
        talk.receipt(lane.lane, 2).await?;
        let mut entry = lane.with_frame("Zwei.", |frame| {
            if under_its_name {
                frame.key = key.id();
            }
        });
        entry.signature = key.sign_frame(&entry.frame);
        talk.give(&[entry]).await?;
        scene.stopped(&mut talk, &lane, 2, reason).await?;
    }
    scene.counted(6, 0, 0, 3).await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// Frames that are signed as they should be and belong elsewhere.
#[tokio::test]
async fn entries_that_belong_elsewhere_stop_the_lane() -> Result<()> {
    type Change = fn(&mut Frame);
    let changes: &[(&str, Change)] = &[
        ("wrong-federation", |frame| {
            frame.federation = FederationId::parse("moers").unwrap()
        }),
        ("wrong-origin", |frame| frame.origin = agency(HONEST)),
        ("wrong-lane", |frame| frame.lane = LaneId([7; 16])),
        ("chain-broken", |frame| frame.previous = FrameHash([7; 32])),
        ("epoch-mismatch", |frame| frame.epoch = 2),
        ("gap", |frame| frame.sequence = 9),
    ];
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    for (reason, change) in changes {
        let mut lane = scene.lane();
        let mut entries = lane.lane(&["Eins."]);
        entries.push(lane.with_frame("Zwei.", *change));
        talk.give(&entries).await?;
        let stopped = scene.stopped(&mut talk, &lane, 2, reason).await;
        stopped.map_err(|error| error.context(format!("where {reason} is expected")))?;
    }
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// Lanes that begin in a way in which no lane begins. None is opened; each is told once.
#[tokio::test]
async fn lanes_that_begin_wrongly_are_not_opened() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;

    let mut without_us = Forge::new(&scene.fed, HOSTILE, audience(&[HOSTILE, HONEST]));
    talk.give(&without_us.lane(&["Nicht für euch."])).await?;
    scene
        .not_opened(&without_us, "carried beyond its audience")
        .await?;

    let mut without_itself = Forge::new(&scene.fed, HOSTILE, audience(&[HONEST, VICTIM]));
    talk.give(&without_itself.lane(&["Nicht von mir."])).await?;
    scene
        .not_opened(&without_itself, "its origin is not in it")
        .await?;

    let mut unopened = scene.lane();
    talk.give(&[unopened.update("Gleich zur Sache.")]).await?;
    scene.not_opened(&unopened, "does not open it").await?;

    let mut headless = scene.lane();
    talk.give(&headless.lane(&["Ohne Anfang."])[1..]).await?;
    scene.not_opened(&headless, "opening never came").await?;

    let mut secret = scene.lane();
    let mut opening = secret.opening();
    opening.codes = None;
    talk.give(&[opening]).await?;
    scene.not_opened(&secret, "without its codes").await?;

    let mut foreign = scene.lane();
    foreign.federation = FederationId::parse("moers")?;
    talk.give(&foreign.lane(&["Aus Moers."])).await?;
    scene.not_opened(&foreign, "wrong-federation").await?;

    let mut forged = scene.lane();
    forged.key = EntryKey::generate(&SystemEntropy).into();
    talk.give(&forged.lane(&["Gefälscht."])).await?;
    scene.not_opened(&forged, "unknown-key").await?;

    let mut dangling = scene.lane();
    dangling.head.hash = FrameHash([7; 32]);
    talk.give(&[dangling.opening()]).await?;
    scene.not_opened(&dangling, "not-a-lane-opening").await?;

    scene.counted(0, 0, 0, 0).await?;
    scene.victim.until_notes(HOSTILE, &[]).await?;
    let alarms = scene.victim.alarms().await?.len();
    for _ in 0..3 {
        talk.give(&unopened.updates(&["Noch einmal."])).await?;
    }
    scene.takes_another_lane(&mut talk).await?;
    assert_eq!(
        scene.victim.alarms().await?.len(),
        alarms,
        "the same trick is told once"
    );
    scene.others_go_on().await
}

/// Entries that another agency would have to carry. Nobody asked this one for them.
#[tokio::test]
async fn entries_of_an_origin_that_is_there_are_not_taken_from_another() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut stolen = Forge::new(&scene.fed, HONEST, audience(&[HOSTILE, VICTIM, HONEST]));
    talk.give(&stolen.lane(&["Nie gesagt."])).await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.victim.until_notes(HONEST, &[]).await?;
    scene.others_go_on().await
}

/// Two entries for one place: evidence that convinces an outsider who has the charter and nothing else.
#[tokio::test]
async fn a_fork_stops_the_lane_and_leaves_evidence() -> Result<()> {
    // At the head, and where the head has long moved on.
    for behind in [0, 2] {
        let mut scene = Scene::set().await?;
        let mut talk = scene.wanted().await?;
        let mut lane = scene.lane();
        talk.give(&lane.lane(&["Eins."])).await?;
        let other = lane.with_frame("Zwei, wie es andere hören.", |_| ());
        talk.give(&[lane.update("Zwei.")]).await?;
        let later: Vec<Entry> = (0..behind).map(|_| lane.update("Weiter.")).collect();
        if !later.is_empty() {
            talk.give(&later).await?;
        }
        talk.receipt(lane.lane, 3 + behind).await?;
        talk.give(&[other]).await?;
        scene
            .stopped(&mut talk, &lane, 3 + behind, "forked")
            .await?;
        scene.takes_another_lane(&mut talk).await?;
        scene.others_go_on().await?;

        let file = evidence(&scene).await?;
        let evidence = Evidence::decode(&std::fs::read(&file)?)?;
        let keys = [scene.fed.member(HOSTILE).entry_key.public().clone()];
        let proven = evidence.verify(&keys)?;
        assert_eq!(
            (proven.origin.as_str(), proven.lane, proven.sequence),
            (HOSTILE, lane.lane, 3)
        );
        // The command says the same to whoever has the charter, and nothing to whoever has another.
        let charter = scene.fed.node_folder(HONEST).join("charter.toml");
        let checked = verify(&scene, &file, &charter).await?;
        assert_eq!(checked.json()?[0]["accused"], HOSTILE, "{checked:?}");
        let keyless = scene.fed.node_folder(HONEST).join("keyless.toml");
        let key = hex::encode(keys[0].as_bytes());
        let text = std::fs::read_to_string(&charter)?;
        assert!(text.contains(&key));
        let other = EntryKey::generate(&SystemEntropy);
        let other = hex::encode(other.public().as_bytes());
        std::fs::write(&keyless, text.replace(&key, &other))?;
        let checked = verify(&scene, &file, &keyless).await?;
        assert_eq!(checked.out, "");
        assert!(checked.err.contains("not verified"), "{checked:?}");
    }
    Ok(())
}

async fn verify(scene: &Scene, file: &Path, charter: &Path) -> Result<Called> {
    let (file, charter) = (file.display(), charter.display());
    let call = format!("--format json verify {file} --charter {charter}");
    program::call(&scene.fed, call.split(' '), "").await
}

/// The evidence that the victim keeps, as an auditor takes it out.
async fn evidence(scene: &Scene) -> Result<PathBuf> {
    let alarms = scene.victim.alarms().await?;
    let kept: Vec<_> = alarms.iter().filter(|it| it.has_evidence).collect();
    anyhow::ensure!(kept.len() == 1, "{alarms:?}");
    let file = scene.fed.node_folder(VICTIM).join("fork.evidence");
    let client = program::client(&scene.fed, VICTIM, "auditor")?;
    let (client, output) = (client.display(), file.display());
    let export = async |number: u64| {
        let call = format!("alarms --config {client} --evidence {number} --output {output}");
        program::call(&scene.fed, call.split(' '), "").await
    };
    let none = export(kept[0].number + 1000).await?;
    anyhow::ensure!(none.code != Some(0) && !file.exists(), "{none:?}");
    let taken = export(kept[0].number).await?;
    anyhow::ensure!(taken.code == Some(0), "{taken:?}");
    Ok(file)
}

/// What the origin of a stopped lane does next: it goes on in another that names the last undisputed entry.
#[tokio::test]
async fn a_successor_goes_on_after_a_stopped_lane_and_the_stop_survives_a_restart() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    talk.give(&lane.lane(&["Eins."])).await?;
    talk.receipt(lane.lane, 2).await?;
    let undisputed = lane.head;
    talk.give(&[lane.with_frame("Zwei.", |frame| frame.previous = FrameHash([7; 32]))])
        .await?;
    scene.stopped(&mut talk, &lane, 2, "chain-broken").await?;

    // The honest continuation comes too late.
    talk.give(&[lane.update("Zwei.")]).await?;
    let mut next = scene.lane();
    let predecessor = Predecessor {
        lane: lane.lane,
        sequence: undisputed.sequence,
        frame_hash: undisputed.hash,
    };
    let opening = next.successor(Some(predecessor));
    talk.give(&[opening, next.update("Zwei, neu.")]).await?;
    let receipt = talk.receipt(next.lane, 2).await?;
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored); 2]);

    let patience = scene.fed.patience();
    scene.fed.node_mut(VICTIM).kill(patience).await?;
    scene.fed.launch(VICTIM)?;
    scene.fed.ready(&[VICTIM]).await?;
    let mut talk = scene.hostile.greet(VICTIM).await?;
    let wanted = talk.asked_for(HOSTILE).await?;
    let of = |lane: &Forge| {
        wanted
            .have
            .iter()
            .find(|it| it.lane.as_ref() == lane.lane.as_bytes())
    };
    assert_eq!(of(&next).map(|it| it.sequence), Some(2));
    let stopped = of(&lane).map(|it| it.sequence);
    assert_eq!(
        stopped,
        Some(SEQUENCE_MAX),
        "nothing more of the stopped lane is wanted"
    );
    talk.give(&[lane.update("Drei.")]).await?;
    scene.takes_another_lane(&mut talk).await?;
    let notes = ["Eins.", "Zwei, neu.", "Neue Spur, neuer Anfang."];
    scene.victim = scene.fed.system(VICTIM, "everything").await?;
    scene.victim.until_notes(HOSTILE, &notes).await?;
    scene.counted(6, 0, 0, 1).await?;
    scene.others_go_on().await
}

fn flip(bytes: &mut bytes::Bytes, at: usize) {
    let mut changed = bytes.to_vec();
    changed[at] ^= 1;
    *bytes = changed.into();
}
