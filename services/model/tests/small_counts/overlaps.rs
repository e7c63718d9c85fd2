//! Periods and places that lie within each other, and figures that are told more than once.

use verbund_model::{Counts, Indicator, Period};

use crate::attacker::{Attack, Chance, SMALL, Scene, Tables, telling_sums};
use crate::federation::{FACILITY, Federation, Figure, SQUARE, ZONE};

const WINDOWS: [&str; 5] = ["06-10", "10-14", "14-18", "18-22", "22-06"];
/// Places of one zone.
const SQUARES: [&str; 8] = [
    "theaterplatz",
    "joseph-beuys-platz",
    "suedwall-westwall",
    "stadtgarten",
    "moritzplatz",
    "neumarkt",
    "luisenplatz",
    "ostwall",
];

fn of_persons(federation: &Federation) -> Vec<&Indicator> {
    let persons = |it: &&Indicator| matches!(it.counts, Counts::Persons | Counts::Acts);
    federation.0.indicators().filter(persons).collect()
}

/// The whole and its parts, the parts first.
fn whole(parts: Vec<Figure>, whole: Figure) -> Scene {
    Scene::total(parts.into_iter().chain([whole]).collect())
}

/// A month less its days, a day less its windows, a month less its windows.
pub(crate) fn periods() -> Vec<Attack> {
    let federation = Federation::new();
    let tables = Tables::of(&federation);
    let mut attacks = Vec::new();
    for (place, indicator) in [
        (SQUARE, "platzverweise"),
        (SQUARE, "angetroffene-personen"),
        (FACILITY, "cafe-pause-besuche"),
        (FACILITY, "nutzende"),
    ] {
        for counts in telling_sums(&tables, place, 4) {
            let sum = counts.iter().sum();
            let days = |period: Period| {
                let days = counts.iter().zip(1..);
                days.map(move |(count, day)| {
                    Figure::count(place, indicator, period, *count).on(day)
                })
            };
            let month = Figure::count(place, indicator, Period::Month, sum).on(28);
            let day = Figure::count(place, indicator, Period::Day, sum);
            let windows = counts.iter().zip(WINDOWS).map(|(count, window)| {
                Figure::count(place, indicator, Period::Window, *count).within(window)
            });
            for (name, scene) in [
                (
                    "a month less its days",
                    whole(days(Period::Day).collect(), month.clone()),
                ),
                ("a day less its windows", whole(windows.collect(), day)),
                (
                    "a month less its windows",
                    whole(days(Period::Window).collect(), month),
                ),
            ] {
                assert!(
                    scene.wins_without_the_rule(&tables),
                    "{counts:?} is no attack"
                );
                let won = scene.attack(&federation, &tables);
                attacks.push(Attack::new(
                    format!("{name}, {indicator} at {place}: {counts:?}"),
                    won,
                ));
            }
        }
    }
    // No indicator has a second period, wherever it is tried.
    for indicator in of_persons(&federation) {
        for place in [SQUARE, FACILITY, ZONE] {
            let periods = [Period::Window, Period::Day, Period::Month];
            let told = periods.into_iter().filter(|period| {
                let figure = Figure::count(place, indicator.id.as_str(), *period, 60);
                let alone = federation.told(&figure);
                let family = family(&federation, indicator, &figure);
                alone.is_ok() || family
            });
            let told = told.count();
            attacks.push(Attack::new(
                format!("a second period of {} at {place}", indicator.id),
                (told > 1).then(|| format!("{told} periods are told")),
            ));
        }
    }
    attacks
}

/// Whether a part is told beside its total and the other part.
fn family(federation: &Federation, indicator: &Indicator, figure: &Figure) -> bool {
    let Some(total) = &indicator.part_of else {
        return false;
    };
    let of = federation
        .0
        .indicators()
        .filter(|it| it.part_of.as_ref() == Some(total));
    let ids = of.map(|it| it.id.as_str()).chain([total.as_str()]);
    let figures: Vec<Figure> = ids
        .map(|id| Figure::count(figure.place, id, figure.period, 60))
        .collect();
    federation
        .publish(&figures.iter().collect::<Vec<_>>())
        .is_ok()
}

/// A zone less its squares, and less its squares and a house.
pub(crate) fn levels() -> Vec<Attack> {
    let federation = Federation::new();
    let tables = Tables::of(&federation);
    let mut attacks = Vec::new();
    for counts in telling_sums(&tables, SQUARE, 4) {
        for (indicator, period) in [
            ("platzverweise", Period::Day),
            ("streetwork-kontakte", Period::Window),
            ("obv-verstoesse-konsum", Period::Month),
        ] {
            let squares = counts.iter().zip(SQUARES);
            let squares = squares.map(|(count, at)| Figure::count(at, indicator, period, *count));
            let sum = counts.iter().sum();
            let scene = whole(
                squares.collect(),
                Figure::count(ZONE, indicator, period, sum),
            );
            assert!(
                scene.wins_without_the_rule(&tables),
                "{counts:?} is no attack"
            );
            let won = scene.attack(&federation, &tables);
            attacks.push(Attack::new(
                format!("a zone less its squares, {indicator}: {counts:?}"),
                won,
            ));
        }
    }
    // The house rounds, the zone does not: their edges differ. A zone where nobody was empties the house.
    for (house, square) in [
        (0, 0),
        (1, 9),
        (4, 19),
        (4, 45),
        (3, 46),
        (2, 17),
        (4, 5),
        (4, 0),
    ] {
        let figures = [(FACILITY, house), (SQUARE, square), (ZONE, house + square)];
        let figures =
            figures.map(|(at, count)| Figure::count(at, "platzverweise", Period::Day, count));
        let won = Scene::total(figures.to_vec()).attack(&federation, &tables);
        attacks.push(Attack::new(
            format!("a zone less a square and a house: {house}, {square}"),
            won,
        ));
    }
    // No indicator is told of both levels.
    for indicator in of_persons(&federation) {
        let period = indicator.periods[0];
        let told = |places: &[&'static str]| {
            places.iter().any(|place| {
                let figure = Figure::count(place, indicator.id.as_str(), period, 60);
                federation.told(&figure).is_ok() || family(&federation, indicator, &figure)
            })
        };
        let both = told(&[SQUARE, FACILITY, "hauptbahnhof"]) && told(&[ZONE, "suedbezirk"]);
        attacks.push(Attack::new(
            format!("{} of a place and of its district", indicator.id),
            both.then(|| "both are told".to_owned()),
        ));
    }
    attacks
}

/// Two ways at once: days of squares, the squares' months, the zone's days, the zone's month.
pub(crate) fn grids() -> Vec<Attack> {
    let federation = Federation::new();
    let tables = Tables::of(&federation);
    let mut chance = Chance(21);
    let mut attacks = Vec::new();
    for number in 0..60 {
        let (rows, columns) = (2 + number % 3, 2 + number % 4);
        let mut figures = Vec::new();
        let mut sums = Vec::new();
        let place = |row: usize| if row == rows { ZONE } else { SQUARES[row] };
        let mut counts = vec![vec![0; columns + 1]; rows + 1];
        for row in 0..rows {
            for column in 0..columns {
                let count = [chance.below(5), chance.below(3), 4, 9][chance.below(4) as usize];
                for (row, column) in [
                    (row, column),
                    (rows, column),
                    (row, columns),
                    (rows, columns),
                ] {
                    counts[row][column] += count;
                }
            }
        }
        let at = |row: usize, column: usize| row * (columns + 1) + column;
        for (row, counts) in counts.iter().enumerate() {
            for (column, count) in counts.iter().enumerate() {
                let period = if column == columns {
                    Period::Month
                } else {
                    Period::Day
                };
                let figure = Figure::count(place(row), "platzverweise", period, *count);
                figures.push(figure.on(1 + column as u8));
            }
            sums.push((
                at(row, columns),
                (0..columns).map(|column| at(row, column)).collect(),
            ));
        }
        for column in 0..=columns {
            sums.push((
                at(rows, column),
                (0..rows).map(|row| at(row, column)).collect(),
            ));
        }
        let updates = (0..figures.len()).map(|figure| vec![figure]).collect();
        let scene = Scene {
            figures,
            sums,
            updates,
        };
        let won = scene.attack(&federation, &tables);
        attacks.push(Attack::new(
            format!("a grid of squares and days, {number}: {counts:?}"),
            won,
        ));
    }
    attacks
}

/// The same place and time more than once: by one origin, by two, for one window, for several, in updates of their own.
pub(crate) fn repetitions() -> Vec<Attack> {
    let federation = Federation::new();
    let tables = Tables::of(&federation);
    let mut attacks = Vec::new();
    for counts in [
        [1, 1, 1],
        [1, 1, 2],
        [2, 2, 4],
        [4, 4, 4],
        [1, 9, 9],
        [4, 9, 19],
        [1, 4, 5],
    ] {
        let sum: u32 = counts.iter().sum();
        let figure = |count| Figure::count(SQUARE, "platzverweise", Period::Day, count);
        let three: Vec<Figure> = counts.map(figure).to_vec();
        let others = ["kod", "polizei", "quartiersbuero"];
        let by_three: Vec<Figure> = three
            .iter()
            .zip(others)
            .map(|(it, origin)| it.clone().by(origin))
            .collect();
        let day = figure(sum);
        let month = Figure::count(SQUARE, "platzverweise", Period::Month, sum);
        let zone = Figure::count(ZONE, "platzverweise", Period::Day, sum);
        for (name, scene) in [
            (
                "three updates of a day",
                Scene {
                    sums: Vec::new(),
                    ..whole(three.clone(), day.clone())
                },
            ),
            (
                "three updates of a day and the month",
                whole(three.clone(), month),
            ),
            (
                "three agencies and the zone of one",
                whole(by_three.clone(), zone),
            ),
            (
                "three agencies of a day",
                Scene {
                    sums: Vec::new(),
                    ..whole(by_three, day)
                },
            ),
        ] {
            let won = scene.attack(&federation, &tables);
            attacks.push(Attack::new(format!("{name}: {counts:?}"), won));
        }
    }
    // The same figure from every agency that may tell it, at every window: always the same value, so nothing is cut out of it.
    for count in 0..SMALL {
        for origin in ["kod", "polizei", "dhz", "streetwork"] {
            let told = WINDOWS.map(|window| {
                let figure = Figure::count(SQUARE, "angetroffene-personen", Period::Window, count);
                federation.told(&figure.by(origin).within(window)).unwrap()
            });
            let differ = told.iter().any(|value| *value != told[0]);
            attacks.push(Attack::new(
                format!("{count} told by {origin} in each window"),
                differ.then(|| format!("{told:?}")),
            ));
        }
    }
    attacks
}

/// Months, weeks and zones as they come, with one small day or square in each.
pub(crate) fn by_chance() -> Vec<Attack> {
    let federation = Federation::new();
    let tables = Tables::of(&federation);
    let mut chance = Chance(4);
    let mut attacks = Vec::new();
    for number in 0..1_500_usize {
        let (place, indicator) =
            [(SQUARE, "platzverweise"), (FACILITY, "cafe-pause-besuche")][number % 2];
        let busy = [3, 6, 15, 25, 60][number % 5];
        let (name, parts) = [("month", 28), ("week", 7), ("zone", 8)][number % 3];
        let mut counts: Vec<u32> = (0..parts).map(|_| chance.below(busy)).collect();
        counts[0] = 1 + chance.below(4);
        let sum = counts.iter().sum();
        let days = counts.iter().zip(1..);
        let days =
            days.map(|(count, day)| Figure::count(place, indicator, Period::Day, *count).on(day));
        let squares = counts.iter().zip(SQUARES);
        let squares = squares.map(|(count, at)| Figure::count(at, indicator, Period::Day, *count));
        let scene = match name {
            "month" => whole(
                days.collect(),
                Figure::count(place, indicator, Period::Month, sum),
            ),
            // No charter knows weeks. Somebody who has two months' figures may have one all the same.
            "week" => whole(
                days.collect(),
                Figure::count(place, indicator, Period::Month, sum).on(7),
            ),
            _ => whole(
                squares.collect(),
                Figure::count(ZONE, indicator, Period::Day, sum),
            ),
        };
        let won = scene.attack(&federation, &tables);
        attacks.push(Attack::new(format!("{name} {number}: {counts:?}"), won));
    }
    attacks
}
