//! What a receiver takes.

use super::*;

/// A checked update of an agency, and the audience it is sent to.
fn sent(origin: &str) -> (Observation, Audience) {
    let checked = check_as(origin, &draft()).unwrap();
    (checked.observation, checked.audience)
}

fn admit(
    origin: &str,
    audience: &Audience,
    mut observation: Observation,
    change: impl FnOnce(&mut Observation),
) -> Vec<(String, Reason)> {
    change(&mut observation);
    match observation.admit(&krefeld(), &agency(origin), audience) {
        Ok(()) => Vec::new(),
        Err(violations) => violations
            .into_iter()
            .map(|it| (it.field, it.reason))
            .collect(),
    }
}

#[test]
fn a_receiver_checks_the_vocabulary() {
    let (observation, audience) = sent("kod");
    let admit = |change: fn(&mut Observation)| admit("kod", &audience, observation.clone(), change);
    assert_eq!(admit(|_| {}), []);
    assert_eq!(
        admit(|it| it.category = CategoryId::parse("straftat").unwrap()),
        one("category", Reason::UnknownCategory)
    );
    assert_eq!(
        admit(|it| it.place = PlaceId::parse("hof").unwrap()),
        one("place", Reason::UnknownPlace)
    );
    assert_eq!(
        admit(|it| it.measure = MeasureId::parse("m9").unwrap()),
        one("measure", Reason::UnknownMeasure)
    );
    assert_eq!(
        admit(|it| it.window = Some(WindowId::parse("14-15").unwrap())),
        one("window", Reason::UnknownWindow)
    );
    assert_eq!(
        admit(|it| it.source = None),
        one("source", Reason::SourceRequired)
    );
    assert_eq!(
        admit(|it| it.day = date(1999, 12, 31)),
        one("day", Reason::InvalidDay)
    );
    assert_eq!(
        admit(|it| it.day = date(9999, 12, 31)),
        one("day", Reason::InvalidDay)
    );
    assert_eq!(admit(|it| it.generalised = true).len(), 5);
}

#[test]
fn a_receiver_checks_figures() {
    let (observation, audience) = sent("kod");
    let admit = |readings: &[(&str, Period, Value)]| {
        let readings = readings.iter().map(|(indicator, period, value)| Reading {
            indicator: crate::IndicatorId::parse(indicator).unwrap(),
            period: *period,
            value: *value,
        });
        let readings: Vec<Reading> = readings.collect();
        admit("kod", &audience, observation.clone(), |it| {
            it.readings = readings
        })
    };
    let persons = (
        "angetroffene-personen",
        Period::Window,
        Value::Band(Band::Zero),
    );
    assert_eq!(admit(&[persons]), []);
    assert_eq!(
        admit(&[("angetroffene-personen", Period::Window, Value::Exact(3))]),
        one("readings[0].value", Reason::ValueClassMismatch)
    );
    assert_eq!(
        admit(&[("angetroffene-personen", Period::Window, Value::Rounded(25))]),
        one("readings[0].value", Reason::ValueClassMismatch)
    );
    assert_eq!(
        admit(&[(
            "ortsansaessig-anteil",
            Period::Month,
            Value::SharePercent(41)
        )]),
        one("readings[0].value", Reason::InvalidRange)
    );
    assert_eq!(
        admit(&[("nutzende", Period::Day, Value::Band(Band::From5))]),
        one("readings[0].period", Reason::PeriodNotAllowed)
    );
    assert_eq!(
        admit(&[("gewicht", Period::Day, Value::Exact(3))]),
        one("readings[0].indicator", Reason::UnknownIndicator)
    );
    assert_eq!(
        admit(&[persons, persons]),
        one("readings[1]", Reason::DuplicateReading)
    );
    let many = [("spritzenfunde", Period::Day, Value::Exact(1)); 17];
    assert_eq!(admit(&many), one("readings", Reason::TooManyReadings));
}

#[test]
fn a_receiver_refuses_none_at_a_facility_and_figures_that_give_each_other_away() {
    let (observation, audience) = sent("kod");
    let readings = |values: &[(&str, Value)]| {
        let make = |(indicator, value): &(&str, Value)| Reading {
            indicator: crate::IndicatorId::parse(indicator).unwrap(),
            period: Period::Month,
            value: *value,
        };
        let readings: Vec<Reading> = values.iter().map(make).collect();
        admit("kod", &audience, observation.clone(), |it| {
            it.place = PlaceId::parse("dhz-schwertstrasse").unwrap();
            it.readings = readings;
        })
    };
    assert_eq!(
        readings(&[("nutzende", Value::Band(Band::Zero))]),
        one("readings[0].value", Reason::ZeroNotTold)
    );
    let away = [
        ("dkr-konsumvorgaenge", Value::Rounded(25)),
        ("dkr-konsumvorgaenge-iv", Value::Band(Band::Under5)),
        ("dkr-konsumvorgaenge-inhalativ", Value::Band(Band::From10)),
    ];
    assert_eq!(
        readings(&away),
        one("readings[1].value", Reason::SmallCountShows)
    );
}

#[test]
fn a_receiver_refuses_what_a_protected_origin_should_have_generalised() {
    let (observation, audience) = sent("dhz");
    let charter = krefeld();
    assert_eq!(admit("dhz", &audience, observation.clone(), |_| {}), []);
    for bound in ["polizei", "staatsanwaltschaft"] {
        let audience = audience.with(agency(bound)).unwrap();
        let refused = admit("dhz", &audience, observation.clone(), |_| {});
        assert_eq!(
            refused,
            one("generalised", Reason::NotGeneralised),
            "{bound}"
        );
        // From an agency that is not protected it is right.
        assert_eq!(admit("kod", &audience, observation.clone(), |_| {}), []);
    }
    assert_eq!(
        admit("presse", &audience, observation, |_| {}),
        one("agency", Reason::UnknownAgency)
    );
    assert!(charter.is_bound_to_prosecute(&agency("polizei")));
}

#[test]
fn a_generalised_update_holds_nothing_that_tells_the_shift() {
    let checked = check_as("dhz", &draft()).unwrap();
    let Generalised {
        observation,
        audience,
        ..
    } = checked.generalised.unwrap();
    let admit = |change: fn(&mut Observation)| admit("dhz", &audience, observation.clone(), change);
    assert_eq!(admit(|_| {}), []);
    assert_eq!(
        admit(|it| it.place = PlaceId::parse("theaterplatz").unwrap()),
        one("place", Reason::NotGeneralised)
    );
    assert_eq!(
        admit(|it| it.window = Some(WindowId::parse("14-18").unwrap())),
        one("window", Reason::NotGeneralised)
    );
    assert_eq!(
        admit(|it| it.source = Some(SourceKind::OwnObservation)),
        one("source", Reason::NotGeneralised)
    );
    assert_eq!(
        admit(|it| it.urgency = Urgency::Soon),
        one("urgency", Reason::NotGeneralised)
    );
    assert_eq!(
        admit(|it| {
            it.readings = vec![Reading {
                indicator: crate::IndicatorId::parse("spritzenfunde").unwrap(),
                period: Period::Day,
                value: Value::Exact(1),
            }];
        }),
        one("readings", Reason::NotGeneralised)
    );
    let kod = observation
        .admit(&krefeld(), &agency("kod"), &audience)
        .unwrap_err();
    assert_eq!(kod[0].reason, Reason::NotGeneralised);
}

#[test]
fn a_receiver_refuses_figures_of_what_is_planned() {
    let (observation, audience) = sent("kod");
    let refused = admit("kod", &audience, observation, |it| {
        it.source = Some(SourceKind::Planned);
        it.readings = vec![Reading {
            indicator: crate::IndicatorId::parse("spritzenfunde").unwrap(),
            period: Period::Day,
            value: Value::Exact(1),
        }];
    });
    assert_eq!(refused, one("readings", Reason::ReadingOfPlanned));
}
