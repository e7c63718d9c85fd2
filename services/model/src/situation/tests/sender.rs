//! What a sender may send.

use super::*;

#[test]
fn a_draft_becomes_an_observation() {
    let draft = with(|draft| {
        draft.audience = vec!["dhz".into(), "streetwork".into()];
        draft.readings = vec![
            count("spritzenfunde", Period::Window, 3),
            count("angetroffene-personen", Period::Window, 13),
        ];
        draft.exercise = true;
    });
    let checked = check_as("kod", &draft).unwrap();
    let observation = &checked.observation;
    assert_eq!(observation.category.as_str(), "konsumabfall");
    assert_eq!(observation.place.as_str(), "theaterplatz");
    assert_eq!(observation.day, date(2026, 5, 12));
    assert_eq!(
        observation.window.as_ref().map(|it| it.as_str()),
        Some("14-18")
    );
    assert_eq!(observation.trend, Trend::Steady);
    assert_eq!(observation.source, Some(SourceKind::OwnObservation));
    assert_eq!(observation.measure.as_str(), "m1");
    assert_eq!(observation.urgency, Urgency::Soon);
    assert!(observation.exercise && !observation.generalised);
    let values: Vec<Value> = observation.readings.iter().map(|it| it.value).collect();
    assert_eq!(values, [Value::Exact(3), Value::Band(Band::From10)]);
    assert_eq!(checked.note, draft.note);
    assert_eq!(checked.handling, Handling::Amber);
    assert_eq!(key(&checked.audience), "dhz,kod,streetwork");
    assert_eq!(checked.generalised, None);
}

#[test]
fn no_audience_is_all_of_the_federation() {
    let checked = check_as("kod", &draft()).unwrap();
    assert_eq!(&checked.audience, krefeld().members());
}

#[test]
fn an_empty_window_is_the_whole_day() {
    for window in [None, Some(String::new())] {
        let checked = check_as("kod", &with(|draft| draft.window = window)).unwrap();
        assert_eq!(checked.observation.window, None);
    }
}

#[test]
fn an_empty_draft_is_told_everything_that_is_missing() {
    let fields = [
        "category", "place", "measure", "trend", "source", "urgency", "handling", "day",
    ];
    let missing = fields.map(|field| (field.to_owned(), Reason::MissingField));
    assert_eq!(found(check_as("kod", &Draft::default())), missing);
}

#[test]
fn every_field_outside_the_vocabulary_is_named_with_what_is_allowed() {
    type Change = fn(&mut Draft);
    let cases: [(&str, Reason, &str, Change); 5] = [
        ("category", Reason::UnknownCategory, "aufenthalt", |it| {
            it.category = "straftat".into()
        }),
        ("place", Reason::UnknownPlace, "albrechtplatz", |it| {
            it.place = "Hinterhof 3".into()
        }),
        ("measure", Reason::UnknownMeasure, "m8", |it| {
            it.measure = "m9".into()
        }),
        ("window", Reason::UnknownWindow, "22-06", |it| {
            it.window = Some("14:35".into())
        }),
        (
            "audience[1]",
            Reason::UnknownAgency,
            "quartiersbuero",
            |it| {
                it.audience = vec!["dhz".into(), "presse".into()];
            },
        ),
    ];
    for (field, reason, allowed, change) in cases {
        let violations = check_as("kod", &with(change)).unwrap_err();
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert_eq!(
            (violations[0].field.as_str(), violations[0].reason),
            (field, reason)
        );
        assert!(
            violations[0].detail.contains(allowed),
            "{}",
            violations[0].detail
        );
    }
}

#[test]
fn a_sender_outside_the_charter_sends_nothing() {
    assert_eq!(
        found(check_as("presse", &draft())),
        one("agency", Reason::UnknownAgency)
    );
}

#[test]
fn a_day_is_written_one_way() {
    for bad in [
        "20260512",
        "2026-5-12",
        "2026-02-30",
        "12.05.2026",
        "heute",
        "2026-05-12 ",
        "2026-W20-2",
        "+02026-05-12",
        "2026-05-12T10:00",
        "２０２６-05-12",
    ] {
        let outcome = check_as("kod", &with(|draft| draft.day = bad.into()));
        assert_eq!(found(outcome), one("day", Reason::InvalidDay), "{bad:?}");
    }
}

/// A draft on a day this many days from today.
fn days_ahead(source: SourceKind, ahead: i32) -> Vec<(String, Reason)> {
    let today = day_number(date(2026, 5, 12));
    found(check_as(
        "kod",
        &with(|draft| {
            draft.source = Some(source);
            draft.window = None;
            draft.day = day_from_number(today + ahead).unwrap().to_string();
        }),
    ))
}

#[test]
fn only_what_is_planned_lies_ahead_and_not_further_than_60_days() {
    for source in SourceKind::ALL {
        let planned = *source == SourceKind::Planned;
        assert_eq!(days_ahead(*source, 0), []);
        let tomorrow = if planned {
            vec![]
        } else {
            one("day", Reason::DayInFuture)
        };
        assert_eq!(days_ahead(*source, 1), tomorrow);
    }
    assert_eq!(days_ahead(SourceKind::Planned, 60), []);
    assert_eq!(
        days_ahead(SourceKind::Planned, 61),
        one("day", Reason::PlannedTooFar)
    );
    assert_eq!(
        days_ahead(SourceKind::OwnObservation, 61),
        one("day", Reason::DayInFuture)
    );
}

#[test]
fn nothing_is_older_than_400_days() {
    for source in SourceKind::ALL {
        assert_eq!(days_ahead(*source, -400), []);
        assert_eq!(days_ahead(*source, -401), one("day", Reason::DayTooOld));
    }
}

#[test]
fn a_window_may_be_told_once_it_has_begun() {
    let charter = krefeld();
    let check = |window: &str, day: &str, source, local: &str| {
        let draft = with(|draft| {
            draft.window = Some(window.into());
            draft.day = day.into();
            draft.source = Some(source);
        });
        found(draft.check(&charter, &agency("kod"), at(local)))
    };
    let (seen, planned) = (SourceKind::OwnObservation, SourceKind::Planned);
    let ahead = one("window", Reason::WindowInFuture);
    let day = "2026-05-12";
    assert_eq!(check("14-18", day, seen, "2026-05-12T13:59"), ahead);
    assert_eq!(check("14-18", day, seen, "2026-05-12T14:00"), []);
    assert_eq!(check("14-18", day, planned, "2026-05-12T08:00"), []);
    // The night belongs to the day it starts on.
    assert_eq!(check("22-06", day, seen, "2026-05-12T21:59"), ahead);
    assert_eq!(check("22-06", day, seen, "2026-05-12T22:00"), []);
    assert_eq!(check("22-06", day, seen, "2026-05-13T02:00"), []);
    assert_eq!(
        check("22-06", "2026-05-13", seen, "2026-05-13T02:00"),
        ahead
    );
    assert_eq!(
        check("06-10", "2026-05-13", seen, "2026-05-13T02:00"),
        ahead
    );
    // The night in which two o'clock comes twice, and the one in which it does not come.
    assert_eq!(check("22-06", "2026-10-24", seen, "2026-10-25T02:30"), []);
    assert_eq!(
        check("06-10", "2026-03-29", seen, "2026-03-29T05:59"),
        ahead
    );
    assert_eq!(check("06-10", "2026-03-29", seen, "2026-03-29T06:00"), []);
}

#[test]
fn a_note_has_280_characters_however_many_bytes_they_take() {
    for character in ["x", "ß", "–", "🚲"] {
        for field in ["note", "generalised_note"] {
            let check = |characters: usize| {
                let text = character.repeat(characters);
                found(check_as(
                    "dhz",
                    &with(|draft| match field {
                        "note" => draft.note = text,
                        _ => draft.generalised_note = text,
                    }),
                ))
            };
            assert_eq!(check(280), [], "{field} {character}");
            assert_eq!(
                check(281),
                one(field, Reason::NoteTooLong),
                "{field} {character}"
            );
        }
    }
}

#[test]
fn a_note_is_one_line_of_visible_characters() {
    for bad in [
        "\n", "\r", "\t", "\0", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\u{2066}", "\u{200f}",
    ] {
        let note = format!("Brunnen{bad}leer");
        let outcome = check_as("kod", &with(|draft| draft.note = note.clone()));
        assert_eq!(
            found(outcome),
            one("note", Reason::ControlCharacter),
            "{bad:?}"
        );
        assert_eq!(
            admit_note(&note).unwrap_err().reason,
            Reason::ControlCharacter
        );
    }
    for good in ["", "Süd–West „ok“ 5 €", "🚲", "…"] {
        assert_eq!(admit_note(good), Ok(()));
    }
    assert_eq!(
        admit_note(&"x".repeat(281)).unwrap_err().reason,
        Reason::NoteTooLong
    );
}

#[test]
fn no_violation_repeats_what_was_sent() {
    let secret = "Brinkhoff";
    let text = format!("Herr {secret}\n");
    let draft = Draft {
        category: text.clone(),
        place: text.clone(),
        day: text.clone(),
        window: Some(text.clone()),
        measure: text.clone(),
        audience: vec![text.clone()],
        note: text.clone(),
        generalised_note: text.repeat(40),
        readings: vec![ReadingDraft {
            indicator: text,
            ..ReadingDraft::default()
        }],
        ..Draft::default()
    };
    let violations = check_as("kod", &draft).unwrap_err();
    assert!(violations.len() > 10);
    assert!(!format!("{violations:?}").contains(secret));
}

#[test]
fn an_audience_has_somebody_besides_the_sender() {
    let check = |ids: &[&str]| {
        check_as(
            "kod",
            &with(|it| it.audience = ids.iter().map(|id| (*id).to_owned()).collect()),
        )
    };
    assert_eq!(
        found(check(&["kod"])),
        one("audience", Reason::AudienceTooSmall)
    );
    assert_eq!(
        found(check(&["kod", "kod"])),
        one("audience", Reason::AudienceTooSmall)
    );
    assert_eq!(key(&check(&["dhz", "dhz"]).unwrap().audience), "dhz,kod");
    assert_eq!(
        found(check(&["dhz"; 65])),
        one("audience", Reason::AudienceTooLarge)
    );
    assert_eq!(
        found(check(&[""])),
        one("audience[0]", Reason::MissingField)
    );
}

#[test]
fn readings_are_checked_one_by_one_with_their_paths() {
    let check = |readings: Vec<ReadingDraft>| {
        found(check_as("kod", &with(|draft| draft.readings = readings)))
    };
    let good = || count("spritzenfunde", Period::Window, 3);
    let second = |reading: ReadingDraft| check(vec![good(), reading]);
    assert_eq!(
        second(count("gewicht", Period::Day, 3)),
        one("readings[1].indicator", Reason::UnknownIndicator)
    );
    assert_eq!(
        second(count("", Period::Day, 3)),
        one("readings[1].indicator", Reason::MissingField)
    );
    assert_eq!(
        second(count("nutzende", Period::Day, 30)),
        one("readings[1].period", Reason::PeriodNotAllowed)
    );
    assert_eq!(
        second(ReadingDraft {
            period: None,
            ..count("nutzende", Period::Day, 30)
        }),
        one("readings[1].period", Reason::MissingField)
    );
    assert_eq!(
        second(ReadingDraft {
            value: ValueDraft::Missing,
            ..count("nutzende", Period::Month, 0)
        }),
        one("readings[1].value", Reason::MissingField)
    );
    let share = |percent, base| ReadingDraft {
        indicator: "ortsansaessig-anteil".into(),
        period: Some(Period::Month),
        value: ValueDraft::Share { percent, base },
    };
    assert_eq!(second(share(40, 50)), []);
    assert_eq!(
        second(share(40, 49)),
        one("readings[1].value.base", Reason::ShareBaseTooSmall)
    );
    assert_eq!(
        second(share(101, 50)),
        one("readings[1].value.percent", Reason::InvalidRange)
    );
    assert_eq!(
        second(count("ortsansaessig-anteil", Period::Month, 3)),
        one("readings[1].value", Reason::ValueClassMismatch)
    );
    assert_eq!(
        second(ReadingDraft {
            indicator: "nutzende".into(),
            ..share(40, 50)
        }),
        one("readings[1].value", Reason::ValueClassMismatch)
    );
    assert_eq!(
        second(count("reinigungen", Period::Day, COUNT_MAX + 1)),
        one("readings[1].value", Reason::InvalidRange)
    );
    assert_eq!(second(good()), one("readings[1]", Reason::DuplicateReading));
    assert_eq!(second(count("spritzenfunde", Period::Day, 9)), []);
    assert_eq!(
        check(vec![good(); 17]),
        one("readings", Reason::TooManyReadings)
    );
}

#[test]
fn a_figure_of_a_window_needs_a_window() {
    let draft = with(|draft| {
        draft.window = None;
        draft.readings = vec![count("spritzenfunde", Period::Window, 3)];
    });
    assert_eq!(
        found(check_as("kod", &draft)),
        one("readings[0].period", Reason::PeriodNotAllowed)
    );
}

#[test]
fn what_is_planned_has_no_figures() {
    let draft = with(|draft| {
        draft.source = Some(SourceKind::Planned);
        draft.readings = vec![count("streifenstunden", Period::Day, 6)];
    });
    assert_eq!(
        found(check_as("kod", &draft)),
        one("readings", Reason::ReadingOfPlanned)
    );
}

#[test]
fn figures_that_give_a_small_count_away_together_are_refused() {
    let draft = with(|draft| {
        draft.place = "dhz-schwertstrasse".into();
        draft.readings = vec![
            count("dkr-konsumvorgaenge", Period::Month, 23),
            count("dkr-konsumvorgaenge-inhalativ", Period::Month, 19),
            count("dkr-konsumvorgaenge-iv", Period::Month, 4),
        ];
    });
    assert_eq!(
        found(check_as("dhz", &draft)),
        one("readings[2].value", Reason::SmallCountShows)
    );
}

/// What each agency gets of an update: in full, generalised, or nothing.
fn shares(origin: &str, audience: &[&str]) -> (String, Option<String>) {
    let draft = with(|it| it.audience = audience.iter().map(|id| (*id).to_owned()).collect());
    let checked = check_as(origin, &draft).unwrap();
    (
        key(&checked.audience),
        checked.generalised.map(|it| key(&it.audience)),
    )
}

#[test]
fn what_a_protected_origin_tells_is_split() {
    let some = |text: &str| Some(text.to_owned());
    for origin in ["dhz", "streetwork"] {
        let (full, generalised) = shares(origin, &[]);
        assert_eq!(full, "dhz,kod,quartiersbuero,streetwork");
        let mut bound = ["polizei", "staatsanwaltschaft", origin];
        bound.sort_unstable();
        assert_eq!(generalised, some(&bound.join(",")));
    }
    // Only those who were addressed.
    assert_eq!(
        shares("dhz", &["kod", "polizei"]),
        ("dhz,kod".into(), some("dhz,polizei"))
    );
    assert_eq!(shares("dhz", &["kod"]), ("dhz,kod".into(), None));
    // With nobody else, the full update stays at home.
    assert_eq!(
        shares("dhz", &["polizei"]),
        ("dhz".into(), some("dhz,polizei"))
    );
    // Others are not protected.
    assert_eq!(shares("kod", &["polizei"]), ("kod,polizei".into(), None));
    assert_eq!(shares("polizei", &["dhz", "staatsanwaltschaft"]).1, None);
}

#[test]
fn the_generalised_update_tells_district_and_day_and_trend() {
    let draft = with(|draft| {
        draft.trend = Some(Trend::Rising);
        draft.urgency = Some(Urgency::Immediate);
        draft.exercise = true;
        draft.readings = vec![count("spritzenfunde", Period::Window, 3)];
    });
    let checked = check_as("streetwork", &draft).unwrap();
    let full = checked.observation;
    let generalised = checked.generalised.unwrap();
    assert_eq!(full.readings.len(), 1);
    assert_eq!(
        generalised.observation,
        Observation {
            place: PlaceId::parse("vier-waelle").unwrap(),
            window: None,
            source: None,
            urgency: Urgency::Routine,
            generalised: true,
            readings: Vec::new(),
            ..full
        }
    );
    assert_eq!(generalised.observation.trend, Trend::Rising);
    assert!(generalised.observation.exercise);
    assert_eq!(
        generalised.note, "",
        "the note of the full update stays out of it"
    );
    assert_eq!(generalised.not_before, date(2026, 5, 13));
}

#[test]
fn the_generalised_update_waits_until_the_night_shift_is_over() {
    let charter = krefeld();
    let draft = with(|draft| draft.window = Some("22-06".into()));
    let checked = draft
        .check(&charter, &agency("streetwork"), at("2026-05-13T01:00"))
        .unwrap();
    let generalised = checked.generalised.unwrap();
    assert_eq!(generalised.not_before, date(2026, 5, 13));
    assert!(!generalised.is_due(&charter, at("2026-05-13T01:00")));
    assert!(!generalised.is_due(&charter, at("2026-05-13T05:59")));
    assert!(generalised.is_due(&charter, at("2026-05-13T06:00")));
}

#[test]
fn a_generalised_note_goes_only_where_something_is_generalised() {
    let note = "Verlagerung im Viertel";
    let check = |origin: &str, audience: &[&str]| {
        let draft = with(|draft| {
            draft.generalised_note = note.into();
            draft.audience = audience.iter().map(|id| (*id).to_owned()).collect();
        });
        check_as(origin, &draft)
    };
    assert_eq!(
        check("dhz", &["polizei"])
            .unwrap()
            .generalised
            .unwrap()
            .note,
        note
    );
    let refused = one("generalised_note", Reason::GeneralisedNoteNotAllowed);
    assert_eq!(found(check("dhz", &["kod"])), refused);
    assert_eq!(found(check("kod", &["polizei"])), refused);
}
