//! A total and the parts that add up to it: in one update, in several, with one of them held back.

use std::collections::{BTreeMap, BTreeSet};

use verbund_model::{Period, Value};

use crate::attacker::{Attack, POSSIBLE, SMALL, Scene, Tables, telling_sums};
use crate::federation::{FACILITY, Federation, Figure, SQUARE};

const TOTAL: &str = "dkr-konsumvorgaenge";
const PARTS: [&str; 2] = ["dkr-konsumvorgaenge-iv", "dkr-konsumvorgaenge-inhalativ"];

fn figures(place: &'static str, counts: [u32; 2]) -> Vec<Figure> {
    let parts = PARTS.iter().zip(counts);
    let total = (&TOTAL, counts[0] + counts[1]);
    let all = parts.chain([total]);
    all.map(|(indicator, count)| Figure::count(place, indicator, Period::Month, count).by("dhz"))
        .collect()
}

/// All ways to put a total and its two parts into updates; parts that are in none are held back.
const WAYS: [(&str, &[&[usize]]); 8] = [
    ("in one update", &[&[0, 1, 2]]),
    ("each in its own", &[&[0], &[1], &[2]]),
    ("the parts apart from the total", &[&[0, 1], &[2]]),
    ("the small one apart", &[&[0], &[1, 2]]),
    ("the large one apart", &[&[1], &[0, 2]]),
    ("the small one held back", &[&[1, 2]]),
    ("the large one held back", &[&[0, 2]]),
    ("the total held back", &[&[0, 1]]),
];

pub(crate) fn attacks() -> Vec<Attack> {
    let federation = Federation::new();
    let tables = Tables::of(&federation);
    let mut attacks = Vec::new();
    for place in [FACILITY, SQUARE] {
        let mut families: BTreeSet<[u32; 2]> = telling_sums(&tables, place, 2)
            .into_iter()
            .filter_map(|counts| counts.try_into().ok())
            .collect();
        // Those that would win nothing as well, at the edges of bands and roundings.
        for small in 1..SMALL {
            families.extend([0, 1, 4, 5, 9, 15, 19, 22, 23, 105].map(|other| [small, other]));
        }
        for counts in families {
            for (way, updates) in WAYS {
                let scene = Scene {
                    figures: figures(place, counts),
                    sums: vec![(2, vec![0, 1])],
                    updates: updates.iter().map(|update| update.to_vec()).collect(),
                };
                let won = scene.attack(&federation, &tables);
                attacks.push(Attack::new(
                    format!("parts {counts:?} at {place}, {way}"),
                    won,
                ));
            }
        }
        for (name, way) in [
            ("told together", together as Way),
            ("told apart", apart),
            ("told without the refused", without_the_refused),
        ] {
            let missing = by_what_is_missing(&federation, place, way);
            attacks.extend(missing.into_iter().map(|it| Attack {
                name: format!("{}, {name}", it.name),
                ..it
            }));
        }
    }
    attacks
}

/// He knows that this sender tells whatever may be told, and draws his conclusions from what is missing.
fn by_what_is_missing(federation: &Federation, place: &'static str, way: Way) -> Vec<Attack> {
    const UP_TO: u32 = 70;
    let mut behind = BTreeMap::<Vec<Option<Value>>, BTreeSet<[u32; 2]>>::new();
    for one in 0..=UP_TO {
        for other in 0..=UP_TO - one {
            let figures = figures(place, [one, other]);
            let told = way(federation, &figures.iter().collect::<Vec<_>>());
            behind.entry(told).or_default().insert([one, other]);
        }
    }
    let cut = |pairs: &BTreeSet<[u32; 2]>| pairs.iter().any(|pair| pair[0] + pair[1] == UP_TO);
    let families = behind.into_iter().filter(|(_, pairs)| !cut(pairs));
    families
        .map(|(told, pairs)| {
            let won = [0, 1].into_iter().find_map(|side| {
                let left: BTreeSet<u32> = pairs.iter().map(|pair| pair[side]).collect();
                let small = left.iter().any(|count| (1..SMALL).contains(count));
                (small && left.len() < POSSIBLE).then(|| format!("{left:?}"))
            });
            let told: Vec<String> = told
                .iter()
                .map(|it| it.map_or("?".to_owned(), |it| it.to_string()))
                .collect();
            Attack::new(format!("what is missing in {told:?} at {place}"), won)
        })
        .collect()
}

/// How a sender goes about it: what comes to be told of each figure.
type Way = fn(&Federation, &[&Figure]) -> Vec<Option<Value>>;

/// All in one update, and the total alone when that is refused.
fn together(federation: &Federation, figures: &[&Figure]) -> Vec<Option<Value>> {
    match federation.publish(figures) {
        Ok(values) => values.into_iter().map(Some).collect(),
        Err(_) => vec![None, None, federation.told(figures[2]).ok()],
    }
}

/// Each in an update of its own.
fn apart(federation: &Federation, figures: &[&Figure]) -> Vec<Option<Value>> {
    figures.iter().map(|it| federation.told(it).ok()).collect()
}

/// All in one update, and one part or the other left out when that is refused.
fn without_the_refused(federation: &Federation, figures: &[&Figure]) -> Vec<Option<Value>> {
    if let Ok(values) = federation.publish(figures) {
        return values.into_iter().map(Some).collect();
    }
    let beside_total = |part: usize| {
        let told = federation.publish(&[figures[part], figures[2]]);
        told.map(|values| values[0]).ok()
    };
    vec![
        beside_total(0),
        beside_total(1),
        federation.told(figures[2]).ok(),
    ]
}
