//! A node that keeps no rule, because it is old, broken or hostile: every receiver refuses what an honest one would not send.

use verbund_model::{
    Band, Counts, Indicator, IndicatorId, Period, PlaceId, Reading, SourceKind, Urgency, Value,
};

use crate::attacker::Attack;
use crate::federation::{FACILITY, Federation, SQUARE, ZONE};

const PERIODS: [Period; 3] = [Period::Window, Period::Day, Period::Month];

fn reading(indicator: &Indicator, period: Period, value: Value) -> Reading {
    Reading {
        indicator: indicator.id.clone(),
        period,
        value,
    }
}

pub(crate) fn attacks() -> Vec<Attack> {
    let federation = Federation::new();
    let mut attacks = Vec::new();
    let mut send = |name: String, place: &str, readings: Vec<Reading>| {
        let taken = federation.refuses("kod", place, readings, |_| {}).is_none();
        attacks.push(Attack::new(
            name,
            taken.then(|| "a receiver takes it".to_owned()),
        ));
    };
    let persons = |it: &&Indicator| it.counts != Counts::Things;
    for indicator in federation.0.indicators().filter(persons) {
        let id = &indicator.id;
        let fine = match indicator.counts {
            Counts::Share => Value::SharePercent(40),
            _ => Value::Band(Band::From10),
        };
        let period = indicator.periods[0];
        let places: [&str; 2] = match indicator.told_of.unwrap() {
            verbund_model::ToldOf::Places => [SQUARE, FACILITY],
            verbund_model::ToldOf::Districts => [ZONE, "suedbezirk"],
        };
        for place in [SQUARE, FACILITY, ZONE, "suedbezirk"] {
            for other in PERIODS {
                if other == period && places.contains(&place) {
                    continue;
                }
                let name = format!("{id} for {other} at {place}, though told for {period}");
                send(name, place, vec![reading(indicator, other, fine)]);
            }
        }
        for place in places {
            let mut values = vec![
                Value::Exact(3),
                Value::Exact(44),
                Value::Rounded(4),
                Value::Rounded(21),
            ];
            values.extend(match indicator.counts {
                Counts::Share => vec![
                    Value::SharePercent(4),
                    Value::SharePercent(41),
                    Value::SharePercent(110),
                    Value::Band(Band::Under5),
                ],
                _ if place == FACILITY => vec![
                    Value::Band(Band::Zero),
                    Value::Band(Band::From20),
                    Value::Band(Band::From100),
                    Value::SharePercent(10),
                ],
                _ => vec![
                    Value::Rounded(25),
                    Value::Rounded(100),
                    Value::SharePercent(10),
                ],
            });
            for value in values {
                let name = format!("{id} as {value:?} at {place}");
                send(name, place, vec![reading(indicator, period, value)]);
            }
            let twice = vec![reading(indicator, period, fine); 2];
            send(format!("{id} twice in one update at {place}"), place, twice);
        }
    }
    attacks.extend(parts(&federation));
    attacks.extend(protected(&federation));
    attacks
}

/// Families that are torn apart, or of which a part is small.
fn parts(federation: &Federation) -> Vec<Attack> {
    let ids = [
        "dkr-konsumvorgaenge",
        "dkr-konsumvorgaenge-iv",
        "dkr-konsumvorgaenge-inhalativ",
    ];
    let make = |at: usize, value| Reading {
        indicator: IndicatorId::parse(ids[at]).unwrap(),
        period: Period::Month,
        value,
    };
    let (few, some, many) = (
        Value::Band(Band::Under5),
        Value::Band(Band::From10),
        Value::Rounded(25),
    );
    [
        (
            "a small part beside all",
            vec![make(0, many), make(1, few), make(2, some)],
        ),
        (
            "the other small part beside all",
            vec![make(0, many), make(1, some), make(2, few)],
        ),
        (
            "two small parts beside a small total",
            vec![make(0, few), make(1, few), make(2, few)],
        ),
        ("a small part alone", vec![make(1, few)]),
        ("a large part alone", vec![make(1, some)]),
        (
            "the parts without their total",
            vec![make(1, some), make(2, some)],
        ),
        ("a part and the total", vec![make(0, many), make(2, some)]),
    ]
    .into_iter()
    .map(|(name, readings)| {
        let taken = federation
            .refuses("kod", FACILITY, readings, |_| {})
            .is_none();
        Attack::new(name, taken.then(|| "a receiver takes it".to_owned()))
    })
    .collect()
}

/// What a protected origin tells police and prosecutor has no figures: district and day of one update beside square and window of
/// the other would be two levels of one count.
fn protected(federation: &Federation) -> Vec<Attack> {
    let mut attacks = Vec::new();
    for origin in ["dhz", "streetwork"] {
        for indicator in federation.0.indicators() {
            let value = match indicator.counts {
                Counts::Persons | Counts::Acts => Value::Band(Band::From10),
                Counts::Share => Value::SharePercent(40),
                Counts::Things => Value::Exact(7),
            };
            for period in &indicator.periods {
                let readings = vec![reading(indicator, *period, value)];
                let taken = federation.refuses(origin, SQUARE, readings, |it| {
                    it.generalised = true;
                    it.place = PlaceId::parse(ZONE).unwrap();
                    (it.window, it.source, it.urgency) = (None, None, Urgency::Routine);
                });
                attacks.push(Attack::new(
                    format!(
                        "{} for {period} in a generalised update of {origin}",
                        indicator.id
                    ),
                    taken.is_none().then(|| "a receiver takes it".to_owned()),
                ));
            }
        }
    }
    let planned = federation.0.indicators().map(|indicator| {
        let readings = vec![reading(indicator, indicator.periods[0], Value::Exact(7))];
        let taken = federation.refuses("kod", SQUARE, readings, |it| {
            it.source = Some(SourceKind::Planned);
        });
        Attack::new(
            format!("{} of what is planned", indicator.id),
            taken.is_none().then(|| "a receiver takes it".to_owned()),
        )
    });
    attacks.extend(planned);
    attacks
}
