//! The sender's door and the receiver's.

use super::*;
use crate::testing::at;
use crate::{Audience, ItemTexts, Reason, Texts};

fn draft() -> MeetingDraft {
    MeetingDraft {
        meeting_type: "lagebesprechung".into(),
        deputy: DEPUTY.into(),
        invited: vec![DEPUTY.into(), OTHER.into()],
        day: "2026-12-01".into(),
        start: "09:30".into(),
        minutes: 90,
        place: "neumarkt".into(),
        agenda: vec![AgendaDraft {
            number: 4,
            measure: "m1".into(),
            approves: Some(subject(3, CHAIR)),
            title: "Lage am Neumarkt".into(),
        }],
        series: Some(SubjectId::from_bytes([8; 16])),
        title: "Lage vor dem Wochenende".into(),
    }
}

fn check(draft: &MeetingDraft) -> Result<MeetingTerms, Vec<(String, Reason)>> {
    draft
        .check(&CHARTER, &agency(CHAIR), at("2026-11-26T10:00"))
        .map_err(|found| found.into_iter().map(|it| (it.field, it.reason)).collect())
}

#[test]
fn a_draft_without_a_fault_becomes_terms() {
    let terms = check(&draft()).unwrap();
    assert_eq!(terms.invited, agencies(&[CHAIR, DEPUTY, OTHER]));
    assert_eq!((terms.start_minute, terms.minutes), (570, 90));
    assert_eq!(terms.agenda[0].number, ItemNumber(4));
    assert_eq!(terms.series, draft().series);
    let audience = Audience::new(terms.invited.iter().cloned()).unwrap();
    assert_eq!(terms.admit(&CHARTER, &audience), Ok(()));
    // Nobody named is everybody; nowhere named is nowhere of the charter; an agenda may follow.
    let bare = MeetingDraft {
        invited: Vec::new(),
        place: String::new(),
        agenda: Vec::new(),
        series: None,
        ..draft()
    };
    let terms = check(&bare).unwrap();
    assert!(terms.invited.iter().eq(CHARTER.members().iter()));
    assert_eq!((terms.place, terms.agenda), (None, Vec::new()));
}

#[test]
fn a_draft_is_checked_field_by_field() {
    use Reason::*;
    type Change = fn(&mut MeetingDraft);
    let cases: [(Change, &str, Reason); 28] = [
        (|it| it.day = "20261201".into(), "day", InvalidDay),
        (
            |it| it.meeting_type = "fest".into(),
            "meeting_type",
            UnknownMeetingType,
        ),
        (|it| it.meeting_type.clear(), "meeting_type", MissingField),
        (|it| it.deputy = "feuerwehr".into(), "deputy", UnknownAgency),
        (|it| it.deputy = CHAIR.into(), "deputy", SubjectMismatch),
        (|it| it.deputy = STRANGER.into(), "deputy", SubjectMismatch),
        (
            |it| it.invited[1] = "feuerwehr".into(),
            "invited[1]",
            UnknownAgency,
        ),
        (|it| it.day = "bald".into(), "day", InvalidDay),
        (|it| it.day = "2026-11-25".into(), "day", InvalidRange),
        (|it| it.day = "2028-11-26".into(), "day", InvalidRange),
        (|it| it.start = "24:00".into(), "start", InvalidRange),
        (|it| it.start = "09:60".into(), "start", InvalidRange),
        (|it| it.start = "9:00".into(), "start", InvalidRange),
        (|it| it.start = "+9:00".into(), "start", InvalidRange),
        (|it| it.minutes = 4, "minutes", InvalidRange),
        (|it| it.minutes = 1441, "minutes", InvalidRange),
        (|it| it.minutes = 70_000, "minutes", InvalidRange),
        (|it| it.place = "mars".into(), "place", UnknownPlace),
        (
            |it| it.agenda[0].number = 0,
            "agenda[0].number",
            InvalidRange,
        ),
        (
            |it| it.agenda[0].number = 256,
            "agenda[0].number",
            InvalidRange,
        ),
        (
            |it| it.agenda.push(it.agenda[0].clone()),
            "agenda[1].number",
            InvalidRange,
        ),
        (
            |it| it.agenda = vec![AgendaDraft::default(); AGENDA_MAX + 1],
            "agenda",
            InvalidRange,
        ),
        (
            |it| it.agenda[0].measure = "m99".into(),
            "agenda[0].measure",
            UnknownMeasure,
        ),
        (
            |it| it.agenda[0].approves = Some(subject(1, "feuerwehr")),
            "agenda[0].approves",
            UnknownAgency,
        ),
        (
            |it| it.agenda[0].title = " ".into(),
            "agenda[0].title",
            MissingField,
        ),
        (
            |it| it.agenda[0].title = "a".repeat(121),
            "agenda[0].title",
            NoteTooLong,
        ),
        (|it| it.title.clear(), "title", MissingField),
        (
            |it| it.title = "eins\nzwei".into(),
            "title",
            ControlCharacter,
        ),
    ];
    for (at, (change, field, reason)) in cases.into_iter().enumerate() {
        let mut draft = draft();
        change(&mut draft);
        assert_eq!(check(&draft), Err(vec![(field.to_owned(), reason)]), "{at}");
    }
    let alone = MeetingDraft {
        invited: vec![CHAIR.into()],
        ..draft()
    };
    let found = check(&alone).unwrap_err();
    assert!(found.contains(&("invited".to_owned(), AudienceTooSmall)));
}

#[test]
fn a_meeting_may_be_today_and_in_two_years() {
    for day in ["2026-11-26", "2028-11-25"] {
        let draft = MeetingDraft {
            day: day.into(),
            ..draft()
        };
        assert!(check(&draft).is_ok(), "{day}");
    }
}

fn audience() -> Audience {
    Audience::new(INVITED.iter().map(|id| agency(id))).unwrap()
}

fn admit(it: &MeetingTransition) -> Result<(), Vec<(String, Reason)>> {
    it.admit(&CHARTER, &audience())
        .map_err(|found| found.into_iter().map(|it| (it.field, it.reason)).collect())
}

#[test]
fn a_receiver_admits_what_is_well_formed() {
    for it in MeetingMove::ALL {
        assert_eq!(admit(&step_of(*it, PARTICIPANT)), Ok(()), "{it}");
    }
    // Also what lies far back, or ahead: it looks at no clock.
    let old = MeetingTerms {
        day: day("2001-01-01"),
        ..terms()
    };
    assert_eq!(admit(&MeetingTransition::Planned(old)), Ok(()));
}

#[test]
fn a_receiver_refuses_terms_that_no_sender_makes() {
    use Reason::*;
    type Change = fn(&mut MeetingTerms);
    let cases: [(Change, &str, Reason); 14] = [
        (
            |it| it.meeting_type = MeetingTypeId::parse("fest").unwrap(),
            "meeting_type",
            UnknownMeetingType,
        ),
        (|it| it.deputy = agency(STRANGER), "deputy", SubjectMismatch),
        (|it| drop(it.invited.pop_last()), "invited", SubjectMismatch),
        (
            |it| it.invited.extend([agency(STRANGER)]),
            "invited",
            SubjectMismatch,
        ),
        (|it| it.day = day("1999-12-31"), "day", InvalidDay),
        (|it| it.day = day("2200-01-01"), "day", InvalidDay),
        (|it| it.start_minute = 1440, "start_minute", InvalidRange),
        (|it| it.minutes = 4, "minutes", InvalidRange),
        (|it| it.minutes = 1441, "minutes", InvalidRange),
        (
            |it| it.place = Some(PlaceId::parse("mars").unwrap()),
            "place",
            UnknownPlace,
        ),
        (
            |it| it.agenda[0].number = ItemNumber(0),
            "agenda[0].number",
            InvalidRange,
        ),
        (
            |it| it.agenda[1].number = ItemNumber(1),
            "agenda[1].number",
            InvalidRange,
        ),
        (
            |it| it.agenda[1].measure = Some(MeasureId::parse("m99").unwrap()),
            "agenda[1].measure",
            UnknownMeasure,
        ),
        (
            |it| it.agenda = (1..=25).map(item).collect(),
            "agenda",
            InvalidRange,
        ),
    ];
    for (at, (change, field, reason)) in cases.into_iter().enumerate() {
        let mut terms = terms();
        change(&mut terms);
        let expected = Err(vec![(field.to_owned(), reason)]);
        assert_eq!(
            admit(&MeetingTransition::Planned(terms.clone())),
            expected,
            "{at}"
        );
        assert_eq!(admit(&MeetingTransition::Amended(terms)), expected, "{at}");
    }
}

#[test]
fn a_receiver_refuses_steps_beyond_their_bounds() {
    let lane = |at: u16| CutLane {
        lane: [[at.to_be_bytes()[0]; 8], [at.to_be_bytes()[1]; 8]]
            .concat()
            .try_into()
            .unwrap(),
        origin: agency(CHAIR),
        sequence: 1,
    };
    let cut = |lanes: Vec<CutLane>| MeetingTransition::Opened {
        participants: agencies(&PRESENT),
        cut: Cut { lanes },
    };
    assert_eq!(admit(&cut((0..256).map(lane).collect())), Ok(()));
    let item = |number: u8| MeetingTransition::Found {
        item: ItemNumber(number),
    };
    assert_eq!(admit(&item(255)), Ok(()));
    use Reason::*;
    let late = day("2200-01-01");
    let mut task = asked();
    task.assignee = agency(STRANGER);
    let task = MeetingTransition::ProposedTask {
        item: ItemNumber(1),
        terms: task,
    };
    let cases = [
        (cut((0..257).map(lane).collect()), "cut", InvalidRange),
        (cut(vec![lane(1), lane(1)]), "cut", InvalidRange),
        (cut(vec![lane(2), lane(1)]), "cut", InvalidRange),
        (item(0), "item", InvalidRange),
        (task, "assignee", SubjectMismatch),
        (
            MeetingTransition::TookOver {
                participants: agencies(&[CHAIR, STRANGER]),
            },
            "participants",
            SubjectMismatch,
        ),
        (
            MeetingTransition::Opened {
                participants: BTreeSet::new(),
                cut: Cut::default(),
            },
            "participants",
            SubjectMismatch,
        ),
        (
            dissented(StepId([0; 32]), &[STRANGER]),
            "agencies",
            SubjectMismatch,
        ),
        (
            MeetingTransition::Closed { erase_on: late },
            "erase_on",
            InvalidDay,
        ),
        (
            MeetingTransition::Cancelled { erase_on: late },
            "erase_on",
            InvalidDay,
        ),
    ];
    for (it, field, reason) in cases {
        assert_eq!(admit(&it), Err(vec![(field.to_owned(), reason)]), "{field}");
    }
}

#[test]
fn each_step_has_its_own_texts() {
    let item = |title: &'static str| ItemTexts {
        title,
        ..ItemTexts::default()
    };
    let items = [item("Lage"), item("Verschiedenes")];
    let plan = Texts {
        title: "Lagebesprechung",
        items: &items,
        ..Texts::default()
    };
    let description = Texts {
        description: "Mehr Reinigungen.",
        ..Texts::default()
    };
    let task = Texts {
        title: "Reinigen",
        ..description
    };
    let none = Texts::default();
    for it in MeetingMove::ALL {
        use MeetingMove::*;
        let fine = |texts: &Texts<'_>| match it {
            Plan | Amend => *texts == plan,
            Find | ProposeDecision | Decide => *texts == description,
            Dissent => *texts == description || *texts == none,
            ProposeTask => *texts == task,
            _ => *texts == none,
        };
        for texts in [plan, description, task, none] {
            let found = step_of(*it, CHAIR).admit_texts(&texts);
            assert_eq!(found.is_empty(), fine(&texts), "{it}: {texts:?}: {found:?}");
        }
    }
}

#[test]
fn texts_have_their_lengths() {
    let fields = |it: &MeetingTransition, texts: &Texts<'_>| -> Vec<String> {
        let found = it.admit_texts(texts);
        found.into_iter().map(|it| it.field).collect()
    };
    let (long, longer) = ("ä".repeat(120), "ä".repeat(121));
    for (title, fields_found) in [(&long, vec![]), (&longer, vec!["items[1].title"])] {
        let items = [&long, title].map(|title| ItemTexts {
            title,
            ..ItemTexts::default()
        });
        let texts = Texts {
            title: &long,
            items: &items,
            ..Texts::default()
        };
        let plan = MeetingTransition::Planned(terms());
        assert_eq!(fields(&plan, &texts), fields_found);
        let one = Texts {
            items: &items[..1],
            ..texts
        };
        assert_eq!(fields(&plan, &one), ["items"]);
    }
    let affairs = [
        ItemTexts {
            title: "Lage",
            affairs: "Ruhig.",
            ..ItemTexts::default()
        },
        ItemTexts {
            title: "Lage",
            ..ItemTexts::default()
        },
    ];
    let texts = Texts {
        title: &longer,
        items: &affairs,
        ..Texts::default()
    };
    let plan = MeetingTransition::Planned(terms());
    assert_eq!(fields(&plan, &texts), ["title", "items[0]"]);
    for (chars, fields_found) in [(1000, vec![]), (1001, vec!["description"])] {
        let description = "ß".repeat(chars);
        let texts = Texts {
            description: &description,
            ..Texts::default()
        };
        for it in [found(), decided(), dissented(StepId([0; 32]), &[OTHER])] {
            assert_eq!(fields(&it, &texts), fields_found);
        }
    }
}
