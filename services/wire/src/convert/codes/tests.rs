use proptest::collection::vec;
use proptest::prelude::*;
use verbund_guard::gate::Unguarded;

use super::super::{samples, text};
use super::*;

/// A small withdrawal, to be changed in one thing at a time.
fn sample() -> federation::Codes {
    federation::Codes {
        charter_version: 1,
        guard_version: "1".to_owned(),
        subject: vec![7; 16].into(),
        parents: vec![vec![8; 32].into()],
        created_at_ms: 1_700_000_000_000,
        reviewed: true,
        handling: federation::Handling::Amber as i32,
        owner: String::new(),
        kind: Some(withdrawn(federation::WithdrawalReason::Error as i32)),
    }
}

fn withdrawn(reason: i32) -> WireKind {
    WireKind::Situation(federation::Situation {
        transition: Some(WireTransition::Withdrawn(federation::Withdrawal { reason })),
    })
}

fn observed() -> federation::Observation {
    federation::Observation {
        category: "nadelfund".to_owned(),
        place: "theaterplatz".to_owned(),
        day: "2026-11-23".to_owned(),
        window: "06-10".to_owned(),
        trend: federation::Trend::Rising as i32,
        source: federation::SourceKind::OwnObservation as i32,
        measure: "m1".to_owned(),
        urgency: federation::Urgency::Soon as i32,
        exercise: false,
        generalised: false,
        readings: vec![federation::Reading {
            indicator: "spritzen".to_owned(),
            period: federation::Period::Window as i32,
            value: Some(federation::reading::Value::Exact(12)),
        }],
    }
}

fn decoded(message: &federation::Codes) -> Result<Codes, ContentError> {
    decode(&message.encode_to_vec())
}

/// The path at which a changed sample is malformed.
fn malformed_at(change: impl FnOnce(&mut federation::Codes)) -> String {
    let mut message = sample();
    change(&mut message);
    match decoded(&message) {
        Err(ContentError::Malformed(error)) => error.path().to_owned(),
        other => panic!("expected malformed codes, got {other:?}"),
    }
}

fn malformed_observation_at(change: impl FnOnce(&mut federation::Observation)) -> String {
    malformed_at(|it| {
        let mut observation = observed();
        change(&mut observation);
        it.kind = Some(WireKind::Situation(federation::Situation {
            transition: Some(WireTransition::Issued(observation)),
        }));
    })
}

fn lane_opened_with(agencies: &[&str], predecessor: Option<federation::LanePosition>) -> WireKind {
    WireKind::LaneOpened(federation::LaneOpened {
        agencies: agencies.iter().map(|it| (*it).to_owned()).collect(),
        predecessor,
    })
}

/// A text part as any node might make one: the guard has not seen this note.
fn of_note(note: &str) -> Vec<u8> {
    let note = note.to_owned();
    federation::Text {
        note,
        ..federation::Text::default()
    }
    .encode_to_vec()
}

/// A text part encoded once more, whatever the guard thinks of it.
fn again(text: text::Text<Unguarded>) -> Vec<u8> {
    let text = text.each(|it| it.read().to_owned());
    let item = |it: text::ItemText<String>| federation::ItemText {
        title: it.title,
        affairs: it.affairs,
        assessments: it.assessments,
        decisions: it.decisions,
        notes: it.notes,
    };
    federation::Text {
        note: text.note,
        title: text.title,
        description: text.description,
        items: text.items.into_iter().map(item).collect(),
    }
    .encode_to_vec()
}

proptest! {
    #[test]
    fn texts_come_back_as_they_were(bytes in samples::text_bytes()) {
        let text = text::decode(&bytes).expect("is one");
        prop_assert_eq!(again(text), bytes);
    }

    #[test]
    fn codes_come_back_as_they_were(codes in samples::codes()) {
        prop_assert_eq!(decode(&encode(&codes)), Ok(codes));
    }

    #[test]
    fn whatever_decodes_has_those_bytes_and_no_others(codes in samples::codes(), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut bytes = encode(&codes);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(changed) = decode(&bytes) {
            prop_assert_ne!(&changed, &codes);
            prop_assert_eq!(encode(&changed), bytes);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..512)) {
        if let Ok(codes) = decode(&bytes) {
            prop_assert_eq!(encode(&codes), bytes.clone());
        }
        if let Ok(text) = text::decode(&bytes) {
            prop_assert_eq!(again(text), bytes);
        }
    }

    #[test]
    fn notes_come_back_as_they_were(note in ".*") {
        let text = text::decode(&of_note(&note)).expect("is one");
        prop_assert_eq!(text.note.read(), &note);
    }
}

#[test]
fn samples_of_the_tests_are_valid() {
    assert!(decoded(&sample()).is_ok());
    let mut message = sample();
    message.kind = Some(WireKind::Situation(federation::Situation {
        transition: Some(WireTransition::Corrected(observed())),
    }));
    assert!(decoded(&message).is_ok());
    message.kind = Some(lane_opened_with(&["dhz", "kod"], None));
    assert!(decoded(&message).is_ok());
}

#[test]
fn an_unknown_field_is_not_understood() {
    let mut bytes = sample().encode_to_vec();
    // Field 100, varint 1: what a newer release might add.
    bytes.extend([0xa0, 0x06, 0x01]);
    assert_eq!(decode(&bytes), Err(ContentError::NotUnderstood));

    let mut bytes = of_note("Ruhige Lage.");
    bytes.extend([0xa0, 0x06, 0x01]);
    assert_eq!(text::decode(&bytes), Err(ContentError::NotUnderstood));
}

#[test]
fn an_unknown_field_deep_inside_is_not_understood() {
    // A withdrawal (field 3 of a situation, field 11 of codes) that says one thing more.
    let inner = [0x08, 0x01, 0xa0, 0x06, 0x01];
    let mut bytes = federation::Codes {
        kind: None,
        ..sample()
    }
    .encode_to_vec();
    bytes.extend([0x5a, 2 + inner.len() as u8, 0x1a, inner.len() as u8]);
    bytes.extend(inner);
    assert!(federation::Codes::decode(&*bytes).is_ok());
    assert_eq!(decode(&bytes), Err(ContentError::NotUnderstood));
}

#[test]
fn an_unknown_kind_is_not_understood() {
    let mut bytes = federation::Codes {
        kind: None,
        ..sample()
    }
    .encode_to_vec();
    assert_eq!(decode(&bytes), Err(ContentError::NotUnderstood));
    // Field 12, an empty message: a kind of a newer release.
    bytes.extend([0x62, 0x00]);
    assert_eq!(decode(&bytes), Err(ContentError::NotUnderstood));
}

#[test]
fn an_unknown_step_or_word_is_not_understood() {
    let mut message = sample();
    message.kind = Some(WireKind::Situation(federation::Situation {
        transition: None,
    }));
    assert_eq!(decoded(&message), Err(ContentError::NotUnderstood));
    message.kind = Some(withdrawn(99));
    assert_eq!(decoded(&message), Err(ContentError::NotUnderstood));
    message = sample();
    message.handling = 99;
    assert_eq!(decoded(&message), Err(ContentError::NotUnderstood));
}

#[test]
fn another_spelling_of_the_same_is_not_understood() {
    let canonical = sample().encode_to_vec();

    // A varint with a needless byte: charter_version 1 as 0x81 0x00.
    let mut overlong = canonical.clone();
    assert_eq!(overlong[..2], [0x08, 0x01]);
    overlong.splice(1..2, [0x81, 0x00]);
    // A default that is written out: reviewed = false.
    let mut defaulted = federation::Codes {
        reviewed: false,
        ..sample()
    }
    .encode_to_vec();
    defaulted.extend([0x30, 0x00]);
    // A field that is given twice; the last one counts.
    let mut doubled = canonical.clone();
    doubled.extend([0x08, 0x01]);
    // Fields in another order.
    let mut turned = canonical[2..].to_vec();
    turned.extend(&canonical[..2]);

    for bytes in [overlong, defaulted, doubled, turned] {
        assert!(federation::Codes::decode(&*bytes).is_ok());
        assert_eq!(decode(&bytes), Err(ContentError::NotUnderstood));
    }
}

#[test]
fn trailing_garbage_is_refused() {
    let mut bytes = sample().encode_to_vec();
    bytes.push(0xff);
    assert!(matches!(decode(&bytes), Err(ContentError::Malformed(_))));
    let mut bytes = of_note("x");
    bytes.push(0xff);
    assert!(matches!(
        text::decode(&bytes),
        Err(ContentError::Malformed(_))
    ));
}

#[test]
fn a_text_that_is_not_utf_8_is_malformed() {
    assert!(matches!(
        text::decode(&[0x0a, 0x01, 0xff]),
        Err(ContentError::Malformed(_))
    ));
}

#[test]
fn malformed_fields_are_named() {
    assert_eq!(
        malformed_at(|it| it.subject = vec![7; 15].into()),
        "subject"
    );
    assert_eq!(malformed_at(|it| it.subject.clear()), "subject");
    assert_eq!(
        malformed_at(|it| it.parents[0] = vec![8; 31].into()),
        "parents"
    );
    assert_eq!(
        malformed_at(|it| it.parents = vec![vec![8; 32].into(); PARENTS_MAX + 1]),
        "parents"
    );
    assert_eq!(malformed_at(|it| it.handling = 0), "handling");
    assert_eq!(
        malformed_at(|it| it.guard_version = "1".repeat(GUARD_VERSION_BYTES + 1)),
        "guard_version"
    );
    assert_eq!(
        malformed_at(|it| it.guard_version = "Herr Brinkhoff".to_owned()),
        "guard_version"
    );
    assert_eq!(
        malformed_at(|it| it.kind = Some(withdrawn(0))),
        "situation.withdrawn.reason"
    );
}

#[test]
fn malformed_observations_are_named() {
    use malformed_observation_at as at;
    assert_eq!(at(|it| it.category.clear()), "situation.issued.category");
    assert_eq!(
        at(|it| it.place = "Theater Platz".to_owned()),
        "situation.issued.place"
    );
    assert_eq!(
        at(|it| it.window = "_".to_owned()),
        "situation.issued.window"
    );
    assert_eq!(at(|it| it.measure.clear()), "situation.issued.measure");
    assert_eq!(at(|it| it.trend = 0), "situation.issued.trend");
    assert_eq!(at(|it| it.urgency = 0), "situation.issued.urgency");
    assert_eq!(
        at(|it| it.readings[0].value = None),
        "situation.issued.readings[0].value"
    );
    assert_eq!(
        at(|it| it.readings[0].value = Some(federation::reading::Value::Band(0))),
        "situation.issued.readings[0].value"
    );
    assert_eq!(
        at(|it| it.readings[0].value = Some(federation::reading::Value::SharePercent(256))),
        "situation.issued.readings[0].value"
    );
    assert_eq!(
        at(|it| it.readings[0].period = 0),
        "situation.issued.readings[0].period"
    );
}

#[test]
fn a_day_has_one_spelling() {
    for other in [
        "20261123",
        "2026-11-23T00:00",
        "2026-1-3",
        "+002026-11-23",
        "2026-02-30",
        "heute",
    ] {
        assert_eq!(
            malformed_observation_at(|it| it.day = other.to_owned()),
            "situation.issued.day",
            "{other}"
        );
    }
}

#[test]
fn a_lane_lists_its_agencies_in_one_order() {
    for agencies in [&[][..], &["kod", "dhz"], &["dhz", "dhz"], &["DHZ"]] {
        assert_eq!(
            malformed_at(|it| it.kind = Some(lane_opened_with(agencies, None))),
            "lane_opened.agencies",
            "{agencies:?}"
        );
    }
    let many: Vec<String> = (0..65).map(|it| format!("a{it:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(
        malformed_at(|it| it.kind = Some(lane_opened_with(&many, None))),
        "lane_opened.agencies"
    );
}

#[test]
fn a_predecessor_is_a_frame() {
    let position = federation::LanePosition {
        lane: vec![1; 16].into(),
        sequence: 0,
        frame_hash: vec![2; 32].into(),
    };
    assert_eq!(
        malformed_at(|it| it.kind = Some(lane_opened_with(&["dhz"], Some(position)))),
        "lane_opened.predecessor.sequence"
    );
}

#[test]
fn errors_never_repeat_what_was_sent() {
    let canary = "Kanarienvogel";
    let mut message = sample();
    message.kind = Some(WireKind::Situation(federation::Situation {
        transition: Some(WireTransition::Issued(federation::Observation {
            category: canary.to_owned(),
            ..observed()
        })),
    }));
    let error = decoded(&message).expect_err("no slug");
    assert!(!format!("{error} {error:?}").contains(canary));
}

/// A small step on a meeting, to be changed in one thing at a time.
fn step() -> federation::Codes {
    federation::Codes {
        owner: "kod".to_owned(),
        kind: Some(opened(&["dhz", "kod"], &[7; 16])),
        ..sample()
    }
}

fn opened(participants: &[&str], lane: &[u8]) -> WireKind {
    use federation::meeting_step::Transition;
    WireKind::Meeting(federation::MeetingStep {
        transition: Some(Transition::Opened(federation::MeetingOpened {
            participants: participants.iter().map(|it| (*it).to_owned()).collect(),
            cut: vec![federation::CutLane {
                lane: lane.to_vec().into(),
                origin: "kod".to_owned(),
                sequence: 3,
            }],
        })),
    })
}

#[test]
fn steps_name_who_opened_their_subject_and_nothing_else_does() {
    assert!(decoded(&step()).is_ok());
    let at = |codes: &federation::Codes| match decoded(codes) {
        Err(ContentError::Malformed(error)) => error.path().to_owned(),
        other => panic!("expected malformed codes, got {other:?}"),
    };
    let nameless = federation::Codes {
        owner: String::new(),
        ..step()
    };
    assert_eq!(at(&nameless), "owner");
    let owned = federation::Codes {
        owner: "kod".to_owned(),
        ..sample()
    };
    assert_eq!(at(&owned), "owner");
}

#[test]
fn a_step_has_one_spelling() {
    let at = |kind: WireKind| {
        let codes = federation::Codes {
            kind: Some(kind),
            ..step()
        };
        match decoded(&codes) {
            Err(ContentError::Malformed(error)) => error.path().to_owned(),
            other => panic!("expected malformed codes, got {other:?}"),
        }
    };
    // Two orders of one set would be two contents with one meaning.
    assert_eq!(
        at(opened(&["kod", "dhz"], &[7; 16])),
        "meeting.opened.participants"
    );
    assert_eq!(
        at(opened(&["kod", "kod"], &[7; 16])),
        "meeting.opened.participants"
    );
    assert_eq!(at(opened(&["kod"], &[7; 15])), "meeting.opened.cut.lane");
    let pinned = |item| {
        use federation::meeting_step::Transition;
        WireKind::Meeting(federation::MeetingStep {
            transition: Some(Transition::Pinned(federation::MeetingPinned {
                item,
                update: None,
            })),
        })
    };
    assert_eq!(at(pinned(0)), "meeting.pinned.item");
    assert_eq!(at(pinned(256)), "meeting.pinned.item");
    assert_eq!(at(pinned(1)), "meeting.pinned.update");
}

#[test]
fn a_step_that_a_newer_release_knows_is_not_understood() {
    for kind in [
        WireKind::Task(federation::TaskStep { transition: None }),
        WireKind::Protocol(federation::ProtocolStep { transition: None }),
        WireKind::Remark(federation::RemarkStep {
            on: 9,
            transition: Some(federation::remark_step::Transition::Asked(
                federation::Plain {},
            )),
        }),
    ] {
        let codes = federation::Codes {
            kind: Some(kind),
            ..step()
        };
        assert_eq!(decoded(&codes), Err(ContentError::NotUnderstood));
    }
}
