//! What is wrong with the content: refused, unknown, undecodable, missing. None of it ever stops a lane; what became of each
//! entry stands in the receipt, and what is refused stays nowhere.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use verbund_ledger::{Entry, HeldReason, Outcome, RefusedReason};
use verbund_model::{Observation, SubjectId, Transition, WithdrawalReason};
use verbund_tests::{Forge, audience, raw};
use verbund_wire::agency::{DeliveryState, SituationState};
use verbund_wire::convert::codes::{self, Kind};
use verbund_wire::federation::CharterDocument;
use verbund_wire::federation::peer_message::Kind as Word;

use crate::scene::{HONEST, HOSTILE, Scene, VICTIM, outcomes};

/// Nobody says this but the test; where it turns up, a refused text was kept.
const CANARY: &str = "kanarienvogel";

#[tokio::test]
async fn a_text_about_a_person_is_refused_and_kept_nowhere() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let notes = ["Eins.", "Rückfragen an kanarienvogel@example.org.", "Zwei."];
    talk.give(&lane.lane(&notes)).await?;
    let receipt = talk.receipt(lane.lane, 4).await?;
    let refused = Outcome::Refused(RefusedReason::GuardRejected);
    let (stored, refused) = (Some(Outcome::Stored), Some(refused));
    assert_eq!(outcomes(&receipt), [stored, stored, refused, stored]);
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "Zwei."])
        .await?;
    scene.counted(4, 1, 0, 0).await?;
    assert!(
        scene.victim.alarms().await?.is_empty(),
        "an alarm is for what stays wrong"
    );
    scene.others_go_on().await?;

    let metric = "verbund_entries_received_total";
    let labels = r#"origin="dhz",outcome="refused",reason="GUARD_REJECTED""#;
    let node = scene.fed.node(VICTIM);
    assert!((node.metric(metric, labels).await? - 1.0).abs() < 0.5);
    let (_, metrics) = node.get("/metrics").await?;
    assert!(!metrics.contains(CANARY));
    let status = format!("{:?}", scene.victim.status().await?);
    assert!(!status.contains(CANARY));
    let patience = scene.fed.patience();
    scene.fed.node_mut(VICTIM).stop(patience).await?;
    holds_not(&scene.fed.node_folder(VICTIM), CANARY.as_bytes())
}

/// Neither the database nor its log, nor what the node logged.
fn holds_not(folder: &Path, canary: &[u8]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            holds_not(&path, canary)?;
        } else {
            let found = fs::read(&path)?
                .windows(canary.len())
                .any(|window| window == canary);
            ensure!(!found, "{} holds the refused text", path.display());
        }
    }
    Ok(())
}

/// Every reason to refuse a content, one entry each, all in one lane that goes on to its end.
#[tokio::test]
async fn each_refused_entry_has_its_reason_and_the_lane_goes_on() -> Result<()> {
    let mut scene = Scene::set().await?;
    let honest = scene
        .honest
        .tell("Vom Quartiersbüro.", &[VICTIM, HOSTILE])
        .await?;
    scene.victim.until_subject(&honest.subject).await?;
    let theirs = honest.position.unwrap_or_default();
    let their_subject = SubjectId::parse(&honest.subject)?;
    let their_frame = verbund_ledger::FrameHash(theirs.frame_hash.as_ref().try_into()?);

    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = lane.lane(&["Eins."]);
    let known = codes::decode(&entries[1].codes.as_ref().unwrap().content)?.subject;
    let known_frame = verbund_tests::forge::hash(&entries[1]);
    let mut expected = vec![Outcome::Stored, Outcome::Stored];

    let mut say = |lane: &mut Forge, codes: codes::Codes, note: &str, outcome| {
        entries.push(lane.next(codes::encode(&codes), raw::text(note)));
        expected.push(outcome);
    };
    let vocabulary = Outcome::Refused(RefusedReason::VocabularyUnknown);
    let policy = Outcome::Refused(RefusedReason::PolicyViolated);
    let illegal = Outcome::Refused(RefusedReason::TransitionIllegal);

    // Words that the charter does not know.
    type Change = fn(&mut Observation);
    let unknown: [Change; 4] = [
        |it| it.place = "moers-bahnhof".parse().unwrap(),
        |it| it.category = "straftat".parse().unwrap(),
        |it| it.measure = "m99".parse().unwrap(),
        |it| it.window = Some("03-04".parse().unwrap()),
    ];
    for change in unknown {
        let codes = with_observation(&lane, change);
        say(&mut lane, codes, "Unbekannt.", vocabulary);
    }
    // Rules that an honest node keeps.
    let wrong: [Change; 2] = [|it| it.source = None, |it| it.generalised = true];
    for change in wrong {
        let codes = with_observation(&lane, change);
        say(&mut lane, codes, "Unerlaubt.", policy);
    }
    let codes = lane.issued();
    say(&mut lane, codes, "Ein\u{0}Steuerzeichen.", policy);
    let codes = lane.issued();
    let long = "ä".repeat(281);
    say(
        &mut lane,
        codes,
        &long,
        Outcome::Refused(RefusedReason::Oversize),
    );

    // Steps that are not possible from where the update stands.
    let step = |lane: &Forge, subject, parents: &[_], transition| codes::Codes {
        subject,
        parents: parents.to_vec(),
        ..lane.codes(Kind::Situation(transition))
    };
    let observation = lane.observation();
    let nowhere = SubjectId::from_random([7; 16]);
    let frame = [known_frame];
    let steps = [
        // A second beginning; a correction of nothing; without saying of what.
        step(&lane, known, &[], Transition::Issued(observation.clone())),
        step(
            &lane,
            nowhere,
            &frame,
            Transition::Corrected(observation.clone()),
        ),
        step(
            &lane,
            known,
            &[],
            Transition::Corrected(observation.clone()),
        ),
        step(
            &lane,
            known,
            &[],
            Transition::Withdrawn(WithdrawalReason::Error),
        ),
        // What belongs to another agency.
        step(
            &lane,
            their_subject,
            &[their_frame],
            Transition::Corrected(observation.clone()),
        ),
        step(
            &lane,
            their_subject,
            &[their_frame],
            Transition::Withdrawn(WithdrawalReason::Error),
        ),
        // The lane's audience never changes.
        lane.codes(Kind::LaneOpened {
            audience: lane.audience.clone(),
            predecessor: None,
        }),
    ];
    for codes in steps {
        say(&mut lane, codes, "", illegal);
    }
    // Subjects are each origin's own: this one erases an update of the hostile agency that never came, and nobody else's.
    let personal = step(
        &lane,
        their_subject,
        &[their_frame],
        Transition::Withdrawn(WithdrawalReason::PersonalData),
    );
    say(&mut lane, personal, "", Outcome::Stored);
    let codes = lane.issued();
    say(&mut lane, codes, "Zuletzt.", Outcome::Stored);

    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, entries.len() as u64).await?;
    for (sequence, outcome) in (1..).zip(&expected) {
        assert_eq!(
            receipt.outcome(sequence),
            Some(*outcome),
            "entry {sequence}"
        );
    }
    let refused = expected
        .iter()
        .filter(|it| matches!(it, Outcome::Refused(_)))
        .count();
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "", "Zuletzt."])
        .await?;
    scene
        .victim
        .until_notes(HONEST, &["Vom Quartiersbüro."])
        .await?;
    scene
        .counted(entries.len() as u64, refused as u64, 0, 0)
        .await?;
    scene.others_go_on().await
}

fn with_observation(lane: &Forge, change: fn(&mut Observation)) -> codes::Codes {
    let mut observation = lane.observation();
    change(&mut observation);
    lane.codes(Kind::Situation(Transition::Issued(observation)))
}

/// A withdrawal for personal data destroys what it names. What another agency wrote it can't name.
#[tokio::test]
async fn nobody_can_erase_what_another_agency_wrote() -> Result<()> {
    let mut scene = Scene::set().await?;
    let honest = scene
        .honest
        .tell("Bleibt bestehen.", &[VICTIM, HOSTILE])
        .await?;
    scene.victim.until_subject(&honest.subject).await?;
    let theirs = honest.position.unwrap_or_default();
    let their_frame = verbund_ledger::FrameHash(theirs.frame_hash.as_ref().try_into()?);

    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    talk.give(&lane.lane(&["Wird getilgt."])).await?;
    let receipt = talk.receipt(lane.lane, 2).await?;
    let own = receipt.hash;
    let subject = subject_of(&lane, &scene).await?;
    let withdrawal = codes::Codes {
        subject,
        parents: vec![own, their_frame],
        ..lane.codes(Kind::Situation(Transition::Withdrawn(
            WithdrawalReason::PersonalData,
        )))
    };
    // Once beside its own, and once under a subject that nobody knows.
    let blind = codes::Codes {
        subject: SubjectId::from_random([7; 16]),
        parents: vec![their_frame],
        ..withdrawal.clone()
    };
    for codes in [&withdrawal, &blind] {
        talk.give(&[lane.next(codes::encode(codes), raw::text(""))])
            .await?;
    }
    talk.receipt(lane.lane, 4).await?;
    let look = async || {
        let event = scene.victim.until_subject(&subject.to_string()).await;
        let situation = event
            .map_err(|error| error.to_string())?
            .situation
            .unwrap_or_default();
        if situation.state() == SituationState::Erased {
            Ok(())
        } else {
            Err(format!("{situation:?}"))
        }
    };
    scene
        .fed
        .until("the hostile agency's own update to be erased", look)
        .await?;
    let event = scene.victim.until_subject(&honest.subject).await?;
    let situation = event.situation.unwrap_or_default();
    assert_eq!(situation.note, "Bleibt bestehen.");
    assert_eq!(situation.state(), SituationState::Current);
    scene.others_go_on().await?;
    assert_eq!(
        scene
            .honest
            .delivery(&honest.subject, VICTIM)
            .await?
            .state(),
        DeliveryState::Stored
    );
    Ok(())
}

/// The subject of the hostile agency's only update at the victim.
async fn subject_of(lane: &Forge, scene: &Scene) -> Result<SubjectId> {
    let look = async || {
        let events = scene
            .victim
            .events()
            .await
            .map_err(|status| status.to_string())?;
        let situations = events.into_iter().filter_map(|event| event.situation);
        let of_origin = situations
            .into_iter()
            .find(|it| it.agency == lane.origin.as_str());
        of_origin
            .map(|it| it.subject)
            .ok_or_else(|| "nothing of it".to_owned())
    };
    Ok(SubjectId::parse(
        &scene
            .fed
            .until("an update of the hostile agency", look)
            .await?,
    )?)
}

/// A protected origin that tells the police place and hour: every node refuses it, not only the police's.
#[tokio::test]
async fn a_protected_origin_can_tell_the_police_nothing_but_generalities() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = Forge::new(
        &scene.fed,
        HOSTILE,
        audience(&[HOSTILE, VICTIM, HONEST, "polizei"]),
    );
    talk.give(&lane.lane(&["Zu genau."])).await?;
    let receipt = talk.receipt(lane.lane, 2).await?;
    let refused = Outcome::Refused(RefusedReason::PolicyViolated);
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored), Some(refused)]);
    scene.victim.until_notes(HOSTILE, &[]).await?;
    scene.counted(2, 1, 0, 0).await?;
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}

/// All entries on one subject have one audience.
#[tokio::test]
async fn a_subject_stays_in_its_audience() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut narrow = Forge::new(&scene.fed, HOSTILE, audience(&[HOSTILE, VICTIM]));
    talk.give(&narrow.lane(&["Nur für euch."])).await?;
    let parent = talk.receipt(narrow.lane, 2).await?.hash;
    let subject = subject_of(&narrow, &scene).await?;
    let mut wide = scene.lane();
    let transition = Transition::Corrected(wide.observation());
    let codes = codes::Codes {
        subject,
        parents: vec![parent],
        ..wide.codes(Kind::Situation(transition))
    };
    let opening = wide.opening();
    talk.give(&[
        opening,
        wide.next(codes::encode(&codes), raw::text("Für alle.")),
    ])
    .await?;
    let receipt = talk.receipt(wide.lane, 2).await?;
    let refused = Outcome::Refused(RefusedReason::SubjectAudienceMismatch);
    assert_eq!(outcomes(&receipt), [Some(Outcome::Stored), Some(refused)]);
    scene
        .victim
        .until_notes(HOSTILE, &["Nur für euch."])
        .await?;
    scene.others_go_on().await
}

/// What a newer release might mean is kept sealed and counted, also over a restart; the lane goes on.
#[tokio::test]
async fn what_is_not_understood_is_kept_sealed() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = lane.lane(&["Eins."]);
    // Not a random subject: the guard reads the bytes of what is not understood, and chance may spell a number plate.
    let good = codes::encode(&codes::Codes {
        subject: SubjectId::from_random([1; 16]),
        ..lane.issued()
    });
    let note = raw::text("Verstanden?");
    let strange: Vec<(Vec<u8>, Vec<u8>)> = vec![
        (unknown_kind(&lane), note.clone()),
        // A field that no release has yet, in the codes and in the text.
        (
            [good.clone(), raw::field(99, b"neu")].concat(),
            note.clone(),
        ),
        (
            good.clone(),
            [note.clone(), raw::field(99, b"neu")].concat(),
        ),
        // One message in another spelling; no message at all; nothing.
        (
            [raw::varint(1 << 3), raw::varint(0), good.clone()].concat(),
            note.clone(),
        ),
        (b"\xff\xff\xff\xff".to_vec(), note.clone()),
        (good, b"\xff".to_vec()),
        (Vec::new(), note),
    ];
    let count = strange.len();
    for (codes, text) in strange {
        entries.push(lane.next(codes, text));
    }
    entries.push(lane.update("Zwei."));
    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, entries.len() as u64).await?;
    let mut expected = vec![Some(Outcome::NotUnderstood); count];
    expected.splice(0..0, [Some(Outcome::Stored); 2]);
    expected.push(Some(Outcome::Stored));
    assert_eq!(outcomes(&receipt), expected);
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "Zwei."])
        .await?;
    scene
        .counted(entries.len() as u64, 0, count as u64, 0)
        .await?;
    scene.others_go_on().await?;

    let patience = scene.fed.patience();
    scene.fed.node_mut(VICTIM).kill(patience).await?;
    scene.fed.launch(VICTIM)?;
    scene.fed.ready(&[VICTIM]).await?;
    scene.victim = scene.fed.system(VICTIM, "everything").await?;
    scene
        .counted(entries.len() as u64, 0, count as u64, 0)
        .await?;
    let mut talk = scene.wanted().await?;
    let again = talk.receipt(lane.lane, entries.len() as u64).await?;
    assert_eq!(outcomes(&again), expected);

    // Whoever comes for the lane gets it whole, sealed entries too: another release may understand them.
    talk.say(Word::Unsubscribe(verbund_wire::federation::Unsubscribe {
        origin: HOSTILE.into(),
    }))
    .await?;
    scene.others_go_on().await
}

/// Codes whose kind has a number that this release does not know.
fn unknown_kind(lane: &Forge) -> Vec<u8> {
    let mut codes = codes::encode(&codes::Codes {
        subject: SubjectId::from_random([1; 16]),
        ..lane.issued()
    });
    let opening = Kind::LaneOpened {
        audience: lane.audience.clone(),
        predecessor: None,
    };
    let other = codes::encode(&codes::Codes {
        kind: opening,
        ..codes::decode(&codes).unwrap()
    });
    // Both spell the same but for the kind, which comes last.
    let same = codes.iter().zip(&other).take_while(|(a, b)| a == b).count();
    codes.truncate(same);
    codes.extend(raw::field(77, b"eine Aufgabe"));
    codes
}

/// Entries of a charter that nobody here has wait for it, and a charter that nobody signed is not taken.
#[tokio::test]
async fn an_unsigned_charter_is_not_taken_and_its_entries_wait() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    talk.give(&lane.lane(&["Eins."])).await?;
    lane.charter_version = 2;
    talk.give(&[lane.update("Aus der Zukunft.")]).await?;
    lane.charter_version = 1;
    talk.give(&[lane.update("Zwei.")]).await?;
    let receipt = talk.receipt(lane.lane, 4).await?;
    let held = Some(Outcome::Held(HeldReason::CharterUnknown));
    let stored = Some(Outcome::Stored);
    assert_eq!(outcomes(&receipt), [stored, stored, held, stored]);
    scene.counted(4, 0, 1, 0).await?;

    let folder = scene.fed.node_folder(VICTIM);
    let current = fs::read_to_string(folder.join("charter.toml"))?;
    let next = current.replacen("version = 1", "version = 2", 1);
    assert_ne!(current, next);
    for body in [next.clone().into_bytes(), b"no charter at all".to_vec()] {
        let document = CharterDocument {
            body: body.into(),
            signatures: Vec::new(),
        };
        talk.say(Word::Charter(document)).await?;
    }
    scene
        .victim
        .until_alarm("CHARTER_REFUSED", HOSTILE, "")
        .await?;
    assert_eq!(scene.victim.status().await?.charter_version, 1);
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "Zwei."])
        .await?;
    scene.others_go_on().await
}

/// A content may be missing once its day is over, and not before.
#[tokio::test]
async fn a_content_that_is_held_back_is_missed() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = lane.lane(&["Eins.", "Ohne Text.", "Ohne alles.", "Zwei."]);
    entries[2].text = None;
    entries[3] = Entry {
        codes: None,
        text: None,
        ..entries[3].clone()
    };
    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, 5).await?;
    let missing = Some(Outcome::Held(HeldReason::ContentMissing));
    let stored = Some(Outcome::Stored);
    assert_eq!(
        outcomes(&receipt),
        [stored, stored, missing, missing, stored]
    );
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "Zwei."])
        .await?;
    scene.counted(5, 0, 2, 0).await?;
    scene.others_go_on().await
}

/// Each erasure day costs a key: nobody may choose freely.
#[tokio::test]
async fn a_content_that_wants_to_be_kept_for_ever_is_refused() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    let mut lane = scene.lane();
    let mut entries = lane.lane(&["Eins."]);
    let eternal = lane.with_frame("Für immer.", |frame| frame.erasure_day += 10_000);
    lane.take(&eternal);
    entries.push(eternal);
    entries.push(lane.update("Zwei."));
    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, 4).await?;
    let refused = Some(Outcome::Refused(RefusedReason::PolicyViolated));
    let stored = Some(Outcome::Stored);
    assert_eq!(outcomes(&receipt), [stored, stored, refused, stored]);
    scene
        .victim
        .until_notes(HOSTILE, &["Eins.", "Zwei."])
        .await?;
    scene.others_go_on().await
}

/// A content above its bound is a fault of the ledger, since its origin signed for it.
#[tokio::test]
async fn an_oversize_content_stops_the_lane() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut talk = scene.wanted().await?;
    for (codes, text) in [
        (verbund_ledger::CODES_MAX + 1, 10),
        (10, verbund_ledger::TEXT_MAX + 1),
        (3 * 1024 * 1024, 10),
    ] {
        let mut lane = scene.lane();
        talk.give(&lane.lane(&["Eins."])).await?;
        talk.receipt(lane.lane, 2).await?;
        talk.give(&[lane.next(vec![b'x'; codes], vec![b'x'; text])])
            .await?;
        scene.stopped(&mut talk, &lane, 2, "too-large").await?;
    }
    scene.takes_another_lane(&mut talk).await?;
    scene.others_go_on().await
}
