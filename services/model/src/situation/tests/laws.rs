//! What holds for any draft.

use super::*;

#[test]
fn words_are_what_serde_writes() {
    assert_eq!(
        Trend::ALL.len() + SourceKind::ALL.len() + Urgency::ALL.len() + WithdrawalReason::ALL.len(),
        15
    );
    for reason in WithdrawalReason::ALL {
        let table =
            toml::Table::try_from(std::collections::BTreeMap::from([("it", reason)])).unwrap();
        assert_eq!(table["it"].as_str(), Some(reason.as_str()));
    }
    for source in SourceKind::ALL {
        let table =
            toml::Table::try_from(std::collections::BTreeMap::from([("it", source)])).unwrap();
        assert_eq!(table["it"].as_str(), Some(source.as_str()));
    }
}

fn any_word(good: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(good).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

prop_compose! {
    fn any_reading()(
        indicator in any_word(&["spritzenfunde", "nutzende", "ortsansaessig-anteil", "platzverweise",
            "angetroffene-personen", "dkr-konsumvorgaenge", "dkr-konsumvorgaenge-iv"]),
        period in prop::option::of(prop::sample::select(&[Period::Window, Period::Day, Period::Month][..])),
        count in prop_oneof![0u32..40, any::<u32>()],
        base in 0u32..200,
        kind in 0..4,
    ) -> ReadingDraft {
        let value = match kind {
            0 => ValueDraft::Missing,
            1 => ValueDraft::Share { percent: count, base },
            _ => ValueDraft::Count(count),
        };
        ReadingDraft { indicator, period, value }
    }
}

prop_compose! {
    fn any_draft()(
        category in any_word(&["aufenthalt", "konsumabfall", "angebot"]),
        place in any_word(&["theaterplatz", "dhz-schwertstrasse", "vier-waelle", "lutherplatz"]),
        day in prop_oneof![4 => (20_180..20_700i32).prop_map(|n| day_from_number(n).unwrap().to_string()), 1 => "\\PC{0,12}"],
        window in prop::option::of(any_word(&["", "06-10", "14-18", "22-06"])),
        trend in prop::option::weighted(0.9, prop::sample::select(Trend::ALL)),
        source in prop::option::weighted(0.9, prop::sample::select(SourceKind::ALL)),
        measure in any_word(&["m1", "m2"]),
        urgency in prop::option::weighted(0.9, prop::sample::select(Urgency::ALL)),
        handling in prop::option::weighted(0.9, prop::sample::select(&Handling::ALL[..])),
        audience in prop::collection::vec(any_word(&["dhz", "kod", "polizei", "staatsanwaltschaft"]), 0..4),
        readings in prop::collection::vec(any_reading(), 0..4),
        (note, exercise) in ("\\PC{0,20}", any::<bool>()),
    ) -> Draft {
        Draft { category, place, day, window, trend, source, measure, urgency, handling, audience, note,
            readings, exercise, generalised_note: String::new() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The law between the two doors: whatever a sender's check lets through, every receiver admits, in full and
    /// generalised; and nobody who must prosecute is in the audience of a protected origin's full update.
    #[test]
    fn what_a_sender_may_send_every_receiver_admits(
        draft in any_draft(),
        origin in prop::sample::select(&["dhz", "streetwork", "kod", "polizei"][..]),
    ) {
        thread_local! {
            static CHARTER: Charter = krefeld();
        }
        CHARTER.with(|charter| {
            let origin = agency(origin);
            match draft.check(charter, &origin, now()) {
                Err(violations) => {
                    prop_assert!(!violations.is_empty());
                    let distinct: BTreeSet<(&str, Reason)> =
                        violations.iter().map(|it| (it.field.as_str(), it.reason)).collect();
                    prop_assert_eq!(distinct.len(), violations.len());
                }
                Ok(checked) => {
                    prop_assert_eq!(checked.observation.admit(charter, &origin, &checked.audience), Ok(()));
                    prop_assert_eq!(admit_note(&checked.note), Ok(()));
                    prop_assert!(checked.audience.contains(&origin));
                    let protected = charter.agency(&origin).unwrap().protected;
                    let bound = |id: &AgencyId| charter.is_bound_to_prosecute(id);
                    prop_assert!(!protected || !checked.audience.iter().any(bound));
                    if let Some(generalised) = checked.generalised {
                        prop_assert!(protected);
                        prop_assert_eq!(
                            generalised.observation.admit(charter, &origin, &generalised.audience),
                            Ok(())
                        );
                        prop_assert!(generalised.audience.iter().all(|id| bound(id) || *id == origin));
                        let told = generalised.observation.day.min(charter.operational_day(now()));
                        prop_assert!(generalised.not_before > told);
                    }
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn any_clock_is_survived(now in any::<i64>(), source in prop::sample::select(SourceKind::ALL)) {
        thread_local! {
            static CHARTER: Charter = krefeld();
        }
        CHARTER.with(|charter| {
            let now = UnixMillis(now);
            let day = charter.today(now);
            let draft = Draft { day: day.to_string(), window: None, source: Some(source), ..draft() };
            // Days before the year 0 have another form; all others are today's.
            let outcome = draft.check(charter, &agency("dhz"), now);
            prop_assert!(outcome.is_ok() || day.year() < 0);
            Ok(())
        })?;
    }
}

/// Every reason of this crate can be met, and each is met by what it is named for.
#[test]
fn every_reason_can_be_met() {
    let charter = krefeld();
    let mut met = BTreeSet::new();
    let mut send = |origin: &str, change: &dyn Fn(&mut Draft)| {
        let draft = with(|draft| change(draft));
        let violations = draft.check(&charter, &agency(origin), now()).unwrap_err();
        assert_eq!(violations.len(), 1, "{violations:?}");
        met.insert(violations[0].reason);
    };
    let figure = |indicator: &str, value| ReadingDraft {
        indicator: indicator.into(),
        period: Some(Period::Month),
        value,
    };
    let few = ValueDraft::Share {
        percent: 40,
        base: 20,
    };
    send("kod", &|it| it.place = "x".into());
    send("kod", &|it| it.category = "x".into());
    send("kod", &|it| it.measure = "x".into());
    send("kod", &|it| it.window = Some("x".into()));
    send("kod", &|it| it.audience = vec!["x".into()]);
    send("kod", &|it| it.audience = vec!["kod".into()]);
    send("kod", &|it| it.audience = vec!["dhz".into(); 65]);
    send("kod", &|it| it.trend = None);
    send("kod", &|it| it.day = "x".into());
    send("kod", &|it| it.day = "2026-05-13".into());
    send("kod", &|it| it.window = Some("18-22".into()));
    send("kod", &|it| it.day = "2024-05-13".into());
    send("kod", &|it| {
        (it.day, it.source) = ("2026-09-13".into(), Some(SourceKind::Planned))
    });
    send("kod", &|it| it.note = "x".repeat(281));
    send("kod", &|it| it.note = "\u{7}".into());
    send("kod", &|it| it.generalised_note = "x".into());
    send("kod", &|it| it.readings = vec![figure("x", few)]);
    send("kod", &|it| it.readings = vec![figure("nutzende", few)]);
    send("kod", &|it| {
        it.readings = vec![figure("ortsansaessig-anteil", few)]
    });
    send("kod", &|it| {
        it.readings = vec![figure("nutzende", ValueDraft::Count(u32::MAX))]
    });
    send("kod", &|it| {
        it.readings = vec![count("nutzende", Period::Day, 9)]
    });
    send("kod", &|it| {
        it.place = "vier-waelle".into();
        it.readings = vec![count("nutzende", Period::Month, 9)]
    });
    send("kod", &|it| {
        it.readings = vec![count("nutzende", Period::Month, 9); 2]
    });
    send("kod", &|it| {
        it.readings = vec![count("nutzende", Period::Month, 9); 17]
    });
    send("kod", &|it| {
        it.source = Some(SourceKind::Planned);
        it.readings = vec![count("nutzende", Period::Month, 9)];
    });
    send("dhz", &|it| {
        it.place = "dhz-schwertstrasse".into();
        it.readings = vec![
            count("dkr-konsumvorgaenge", Period::Month, 23),
            count("dkr-konsumvorgaenge-inhalativ", Period::Month, 19),
            count("dkr-konsumvorgaenge-iv", Period::Month, 4),
        ];
    });
    let mut receive = |change: &dyn Fn(&mut Observation), audience: &[&str]| {
        let mut observation = check_as("dhz", &draft()).unwrap().observation;
        change(&mut observation);
        let audience = Audience::new(audience.iter().map(|id| agency(id))).unwrap();
        let violations = observation
            .admit(&charter, &agency("dhz"), &audience)
            .unwrap_err();
        assert_eq!(violations.len(), 1, "{violations:?}");
        met.insert(violations[0].reason);
    };
    receive(&|_| {}, &["dhz", "polizei"]);
    receive(&|it| it.source = None, &["dhz"]);
    receive(
        &|it| {
            it.place = PlaceId::parse("dhz-schwertstrasse").unwrap();
            let indicator = crate::IndicatorId::parse("nutzende").unwrap();
            let value = Value::Band(Band::Zero);
            it.readings = vec![Reading {
                indicator,
                period: Period::Month,
                value,
            }];
        },
        &["dhz"],
    );
    // One is of meetings; the others are the node's: they need the caller, the store, or ids that are no part of a draft.
    let elsewhere = [
        Reason::UnknownMeetingType,
        Reason::HandlingNotAccepted,
        Reason::SubjectMismatch,
        Reason::TooManyVersions,
        Reason::InvalidId,
        Reason::InvalidRequestId,
    ];
    let missing: Vec<&Reason> = Reason::ALL
        .iter()
        .filter(|it| !met.contains(it) && !elsewhere.contains(it))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
