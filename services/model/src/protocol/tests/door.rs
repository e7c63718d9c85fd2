//! What may be said.

use super::*;
use crate::{Audience, ItemTexts, ProtocolRules, Reason, Texts};

fn audience() -> Audience {
    Audience::new(INVITED.iter().map(|id| agency(id))).unwrap()
}

fn admit(it: &ProtocolTransition) -> Result<(), Vec<(String, Reason)>> {
    it.admit(&CHARTER, &agency(OWNER), &audience())
        .map_err(|found| found.into_iter().map(|it| (it.field, it.reason)).collect())
}

#[test]
fn what_is_well_formed_is_admitted() {
    let (told, _) = circulating();
    for it in ProtocolMove::ALL {
        assert_eq!(admit(&step_of(*it, &told.history())), Ok(()), "{it}");
    }
}

#[test]
fn a_revision_is_checked_field_by_field() {
    use Reason::*;
    type Change = fn(&mut ProtocolContent);
    let cases: [(Change, &str, Reason); 27] = [
        (
            |it| it.number.meeting_type = MeetingTypeId::parse("fest").unwrap(),
            "number.meeting_type",
            UnknownMeetingType,
        ),
        (|it| it.number.year = 1999, "number.year", InvalidRange),
        (|it| it.number.year = 2200, "number.year", InvalidRange),
        (
            |it| it.number.chair = agency(DEPUTY),
            "number.chair",
            SubjectMismatch,
        ),
        (|it| it.number.count = 0, "number.count", InvalidRange),
        (
            |it| it.meeting = subject(1, "feuerwehr"),
            "meeting",
            UnknownAgency,
        ),
        (
            |it| {
                it.deputy = agency(STRANGER);
                it.attendance
                    .insert(agency(DEPUTY), Attendance::Participant);
            },
            "deputy",
            SubjectMismatch,
        ),
        (
            |it| {
                it.deputy = agency(OWNER);
                it.attendance
                    .insert(agency(DEPUTY), Attendance::Participant);
            },
            "deputy",
            SubjectMismatch,
        ),
        (
            |it| {
                it.attendance.insert(agency(STRANGER), Attendance::Absent);
            },
            "attendance",
            SubjectMismatch,
        ),
        (
            |it| {
                it.attendance.insert(agency(OWNER), Attendance::Participant);
            },
            "attendance",
            SubjectMismatch,
        ),
        (
            |it| {
                it.attendance.insert(agency(ATTENDING), Attendance::Chair);
            },
            "attendance",
            SubjectMismatch,
        ),
        (
            |it| {
                it.attendance.insert(agency(ATTENDING), Attendance::Deputy);
            },
            "attendance",
            SubjectMismatch,
        ),
        (
            |it| {
                it.items = (1..=25)
                    .map(|it| ProtocolItem {
                        copies: vec![],
                        ..item(it)
                    })
                    .collect()
            },
            "items",
            InvalidRange,
        ),
        (
            |it| it.items[0].number = ItemNumber(0),
            "items[0].number",
            InvalidRange,
        ),
        (
            |it| it.items[1].number = ItemNumber(1),
            "items[1].number",
            InvalidRange,
        ),
        (
            |it| it.items[1].measure = Some(MeasureId::parse("m99").unwrap()),
            "items[1].measure",
            UnknownMeasure,
        ),
        (
            |it| it.items[0].assessments[0] = agency(STRANGER),
            "items[0].assessments",
            SubjectMismatch,
        ),
        (
            |it| it.items[0].assessments = vec![agency(OWNER); 510],
            "items",
            InvalidRange,
        ),
        (
            |it| it.items[0].tasks = vec![subject(1, OWNER); 512],
            "items",
            InvalidRange,
        ),
        (
            |it| it.items[0].decisions = vec![it.items[0].decisions[0].clone(); 512],
            "items",
            InvalidRange,
        ),
        (
            |it| it.items[0].decisions[0].dissent = agencies(&[ABSENT]),
            "items[0].decisions",
            SubjectMismatch,
        ),
        (
            |it| it.items[0].updates.push(subject(7, ATTENDING)),
            "items[0].updates",
            SubjectMismatch,
        ),
        (
            |it| it.items[0].updates = vec![subject(7, ATTENDING); 511],
            "items",
            InvalidRange,
        ),
        (
            |it| it.items[0].copies[1] = copy(5, OWNER),
            "items[0].copies[1]",
            SubjectMismatch,
        ),
        (
            |it| it.items[0].copies.push(copy(8, OWNER)),
            "items[0].copies[2]",
            SubjectMismatch,
        ),
        (
            |it| it.items[1].copies[0].observation.place = PlaceId::parse("mars").unwrap(),
            "items[1].copies[0].place",
            UnknownPlace,
        ),
        // What a protected origin tells is generalised where police is in the audience.
        (
            |it| {
                it.items[0].updates[1] = subject(8, DEPUTY);
                it.items[0].copies[1] = copy(8, DEPUTY);
            },
            "items[0].copies[1].generalised",
            NotGeneralised,
        ),
    ];
    for (at, (change, field, reason)) in cases.into_iter().enumerate() {
        let mut content = Box::new(content());
        change(&mut content);
        let expected = Err(vec![(field.to_owned(), reason)]);
        let steps: [fn(Box<ProtocolContent>) -> ProtocolTransition; 3] = [
            ProtocolTransition::Drafted,
            ProtocolTransition::Revised,
            ProtocolTransition::Circulated,
        ];
        for step in steps {
            assert_eq!(admit(&step(content.clone())), expected, "{at}");
        }
    }
}

#[test]
fn a_protocol_copies_64_updates_and_no_more() {
    let with = |copies: u8| {
        let mut content = content();
        content.items = vec![item(1), item(2)];
        content.items[1].copies.truncate(1);
        let updates: Vec<SubjectRef> = (0..copies - 1).map(|it| subject(it, OWNER)).collect();
        content.items[0].copies = (0..copies - 1).map(|it| copy(it, OWNER)).collect();
        content.items[0].updates = updates;
        admit(&ProtocolTransition::Circulated(Box::new(content)))
    };
    assert_eq!(with(64), Ok(()));
    assert_eq!(
        with(65),
        Err(vec![("items".to_owned(), Reason::InvalidRange)])
    );
}

#[test]
fn other_steps_have_their_bounds() {
    use Reason::*;
    let revision = StepId([1; 32]);
    let none = ItemNumber(0);
    let cases = [
        (
            ProtocolTransition::Objected {
                revision,
                item: Some(none),
            },
            "item",
            InvalidRange,
        ),
        (
            ProtocolTransition::Proposed {
                revision,
                item: none,
                part: ProposedPart::Title,
            },
            "item",
            InvalidRange,
        ),
        (
            ProtocolTransition::Corrected { item: Some(none) },
            "item",
            InvalidRange,
        ),
        (
            reserved(revision, &[STRANGER], &[]),
            "silent",
            SubjectMismatch,
        ),
        (
            reserved(revision, &[], &[STRANGER]),
            "objecting",
            SubjectMismatch,
        ),
        (
            ProtocolTransition::Approved {
                meeting: subject(1, "feuerwehr"),
            },
            "meeting",
            UnknownAgency,
        ),
    ];
    for (it, field, reason) in cases {
        assert_eq!(admit(&it), Err(vec![(field.to_owned(), reason)]), "{it:?}");
    }
}

fn item_texts() -> ItemTexts<'static> {
    ItemTexts {
        title: "Lage am Neumarkt",
        affairs: "",
        assessments: vec!["Mehr Abfall.", "Unverändert.", "Ruhiger."],
        decisions: vec!["Öfter reinigen."],
        notes: vec!["", "Zwei Reinigungen."],
    }
}

#[test]
fn a_revision_has_as_many_texts_as_its_codes_tell_of() {
    let fields = |title: &str, items: &[ItemTexts<'_>]| -> Vec<String> {
        let texts = Texts {
            title,
            items,
            ..Texts::default()
        };
        let found = circulated().admit_texts(&texts);
        found.into_iter().map(|it| it.field).collect()
    };
    let fine = || vec![item_texts(), item_texts()];
    assert_eq!(fields("Protokoll", &fine()), Vec::<String>::new());
    assert_eq!(fields("", &fine()), ["title"]);
    assert_eq!(fields(&"a".repeat(121), &fine()), ["title"]);
    assert_eq!(fields("Protokoll", &fine()[..1]), ["items"]);
    let (l120, l121) = ("ü".repeat(120), "ü".repeat(121));
    let (l280, l281) = ("ü".repeat(280), "ü".repeat(281));
    let (l1000, l1001) = ("ü".repeat(1000), "ü".repeat(1001));
    let (l2000, l2001) = ("ü".repeat(2000), "ü".repeat(2001));
    let most = ItemTexts {
        title: &l120,
        affairs: &l2000,
        assessments: vec![&l1000; 3],
        decisions: vec![&l1000],
        notes: vec![&l280; 2],
    };
    assert_eq!(
        fields("Protokoll", &[item_texts(), most.clone()]),
        Vec::<String>::new()
    );
    let longer = ItemTexts {
        title: &l121,
        affairs: &l2001,
        assessments: vec![&l1001, &l1000, &l1000],
        decisions: vec![&l1001],
        notes: vec![&l280, &l281],
    };
    assert_eq!(
        fields("Protokoll", &[most, longer]),
        [
            "items[1].title",
            "items[1].affairs",
            "items[1].assessments[0]",
            "items[1].decisions[0]",
            "items[1].notes[1]",
        ]
    );
    let fewer = ItemTexts {
        title: "",
        assessments: vec!["Mehr Abfall."],
        decisions: vec![""],
        notes: Vec::new(),
        ..item_texts()
    };
    assert_eq!(
        fields("Protokoll", &[item_texts(), fewer]),
        [
            "items[1].title",
            "items[1].assessments",
            "items[1].decisions[0]",
            "items[1].notes",
        ]
    );
}

#[test]
fn each_step_has_its_own_texts() {
    let (told, _) = circulating();
    let items = [item_texts(), item_texts()];
    let revision = Texts {
        title: "Protokoll",
        items: &items,
        ..Texts::default()
    };
    let description = Texts {
        description: "So war es nicht.",
        ..Texts::default()
    };
    let note = Texts {
        note: "Anbei.",
        ..Texts::default()
    };
    let none = Texts::default();
    for it in ProtocolMove::ALL {
        use ProtocolMove::*;
        let fine = match it {
            Draft | Revise | Circulate => revision,
            Object | Propose | Correct => description,
            _ => none,
        };
        let step = step_of(*it, &told.history());
        for texts in [revision, description, note, none] {
            let found = step.admit_texts(&texts);
            assert_eq!(found.is_empty(), texts == fine, "{it}: {texts:?}");
        }
    }
    let long = "ß".repeat(1001);
    let long = Texts {
        description: &long,
        ..Texts::default()
    };
    let found = objected(StepId([1; 32])).admit_texts(&long);
    assert_eq!(found[0].reason, Reason::NoteTooLong);
}

#[test]
fn a_reservation_waits_for_its_day() {
    let rules = ProtocolRules {
        release_with_reservation_after_days: 14,
    };
    let day = |text: &str| text.parse().unwrap();
    let since = day("2026-12-01");
    let first = day("2026-12-15");
    assert_eq!(may_reserve(since, day("2026-12-14"), &rules), Err(first));
    assert_eq!(may_reserve(since, first, &rules), Ok(()));
    assert_eq!(may_reserve(since, day("2027-01-01"), &rules), Ok(()));
}
