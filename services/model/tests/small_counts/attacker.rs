//! Who wants to know: he has the rules, all that was told, and the sums that hold between the true figures.

use std::collections::BTreeMap;

use verbund_model::{Period, Value, ValueDraft};

use crate::federation::{FACILITY, Federation, Figure, SQUARE};

/// So many counts must remain possible for a small one.
pub(crate) const POSSIBLE: usize = 3;
/// Counts below it point at persons.
pub(crate) const SMALL: u32 = 5;
/// What he believes of a figure that was not told.
const UNTOLD: (u32, u32) = (0, 1_000_000);

/// An attack that was tried.
pub(crate) struct Attack {
    pub(crate) name: String,
    /// What he found out, where he won.
    pub(crate) won: Option<String>,
}

impl Attack {
    pub(crate) fn new(name: impl Into<String>, won: Option<String>) -> Self {
        Self {
            name: name.into(),
            won,
        }
    }
}

/// Which counts are told as which value, at a square and at a facility: the attacker's tables, made by asking for each.
pub(crate) struct Tables {
    square: BTreeMap<Value, (u32, u32)>,
    facility: BTreeMap<Value, (u32, u32)>,
}

impl Tables {
    const HIGHEST: u32 = 700;

    pub(crate) fn of(federation: &Federation) -> Self {
        let table = |place, indicator: &str| {
            let mut spans = BTreeMap::new();
            for count in 0..=Self::HIGHEST {
                let figure = Figure::count(place, indicator, Period::Day, count);
                let span = spans
                    .entry(federation.told(&figure).unwrap())
                    .or_insert((count, count));
                span.1 = count;
            }
            // The largest band has no upper end; a rounded one that the search cuts has a known width.
            for span in spans.values_mut().filter(|span| span.1 == Self::HIGHEST) {
                span.1 = UNTOLD.1;
            }
            spans
        };
        Self {
            square: table(SQUARE, "platzverweise"),
            facility: table(FACILITY, "cafe-pause-besuche"),
        }
    }

    fn table(&self, place: &str) -> &BTreeMap<Value, (u32, u32)> {
        match place == FACILITY {
            true => &self.facility,
            false => &self.square,
        }
    }

    /// Lowest and highest count that are told as this value.
    pub(crate) fn span(&self, place: &str, value: Value) -> (u32, u32) {
        self.table(place)[&value]
    }

    /// The same for a count that would be told, were it not for the rule.
    pub(crate) fn span_of(&self, place: &str, count: u32) -> (u32, u32) {
        *self
            .table(place)
            .values()
            .find(|span| (span.0..=span.1).contains(&count))
            .unwrap()
    }
}

/// Figures, how they are put into updates, and what holds between the true ones.
pub(crate) struct Scene {
    pub(crate) figures: Vec<Figure>,
    /// A total and the figures that it is the sum of.
    pub(crate) sums: Vec<(usize, Vec<usize>)>,
    /// Which figures are put into which update; those that are in none are held back.
    pub(crate) updates: Vec<Vec<usize>>,
}

impl Scene {
    /// A total that comes last, and its parts, each in an update of its own.
    pub(crate) fn total(figures: Vec<Figure>) -> Self {
        let last = figures.len() - 1;
        Self {
            figures,
            sums: vec![(last, (0..last).collect())],
            updates: (0..=last).map(|figure| vec![figure]).collect(),
        }
    }

    fn count(&self, figure: usize) -> u32 {
        match self.figures[figure].value {
            ValueDraft::Count(count) => count,
            ValueDraft::Missing | ValueDraft::Share { .. } => unreachable!("a scene counts"),
        }
    }

    /// What he knows of each figure when the federation has told what it tells.
    fn told(&self, federation: &Federation, tables: &Tables) -> Vec<(u32, u32)> {
        let mut spans = vec![UNTOLD; self.figures.len()];
        for update in &self.updates {
            let figures: Vec<&Figure> = update.iter().map(|it| &self.figures[*it]).collect();
            if let Ok(values) = federation.publish(&figures) {
                for (figure, value) in update.iter().zip(values) {
                    spans[*figure] = tables.span(self.figures[*figure].place, value);
                }
            }
        }
        spans
    }

    /// Tries to find out a small figure; gives what he found.
    pub(crate) fn attack(&self, federation: &Federation, tables: &Tables) -> Option<String> {
        let spans = self.told(federation, tables);
        self.found(&spans)
    }

    /// Whether he would find it out if every figure were told.
    pub(crate) fn wins_without_the_rule(&self, tables: &Tables) -> bool {
        let spans = self
            .figures
            .iter()
            .enumerate()
            .map(|(at, figure)| tables.span_of(figure.place, self.count(at)));
        self.found(&spans.collect::<Vec<_>>()).is_some()
    }

    fn found(&self, spans: &[(u32, u32)]) -> Option<String> {
        (0..self.figures.len()).find_map(|figure| {
            let count = self.count(figure);
            // That nobody was somewhere is no secret at a square.
            let secret = match self.figures[figure].place == FACILITY {
                true => count < SMALL,
                false => (1..SMALL).contains(&count),
            };
            if !secret {
                return None;
            }
            // More than enough are possible when the first few of them are.
            let (lowest, highest) = spans[figure];
            let left: Vec<u32> = (lowest..=highest.min(lowest + 40))
                .filter(|count| self.fits(spans, figure, *count))
                .collect();
            assert!(
                highest > lowest + 40 || left.contains(&count),
                "he rules out the truth: {count} is not in {left:?}"
            );
            (left.len() < POSSIBLE).then(|| format!("{count} is one of {left:?}"))
        })
    }

    /// Whether the sums can hold with this count. Narrows all spans by each other until nothing moves.
    fn fits(&self, spans: &[(u32, u32)], figure: usize, count: u32) -> bool {
        let mut spans = spans.to_vec();
        spans[figure] = (count, count);
        loop {
            let before = spans.clone();
            for (total, parts) in &self.sums {
                let ends = |spans: &[(u32, u32)], but: Option<usize>| {
                    let others = parts.iter().filter(|part| Some(**part) != but);
                    others.fold((0u32, 0u32), |sum, part| {
                        (
                            sum.0.saturating_add(spans[*part].0),
                            sum.1.saturating_add(spans[*part].1),
                        )
                    })
                };
                let sum = ends(&spans, None);
                spans[*total] = (spans[*total].0.max(sum.0), spans[*total].1.min(sum.1));
                for part in parts {
                    let others = ends(&spans, Some(*part));
                    let (lowest, highest) = spans[*total];
                    let Some(room) = highest.checked_sub(others.0) else {
                        return false;
                    };
                    let span = &mut spans[*part];
                    *span = (
                        span.0.max(lowest.saturating_sub(others.1)),
                        span.1.min(room),
                    );
                }
            }
            if spans.iter().any(|(lowest, highest)| lowest > highest) {
                return false;
            }
            if spans == before {
                return true;
            }
        }
    }
}

/// Numbers that look like chance and are the same in each run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(end)) as u32
    }
}

/// Counts of which one is small and whose sum would give it away, were it told beside them: the others at the very top or
/// bottom of their bands, or all of them small. Found by trying.
pub(crate) fn telling_sums(tables: &Tables, place: &'static str, most: usize) -> Vec<Vec<u32>> {
    let edges: &[u32] = match place == FACILITY {
        true => &[4, 9, 19, 20, 22, 23, 27, 28, 32],
        false => &[1, 2, 4, 5, 9, 10, 19, 49],
    };
    let mut found = Vec::new();
    for small in 1..SMALL {
        let mut others: Vec<Vec<u32>> = edges.iter().map(|edge| vec![*edge]).collect();
        for _ in 1..most {
            for counts in &others {
                let mut counts = counts.clone();
                counts.push(small);
                counts.reverse();
                let sum = counts.iter().sum();
                let all = counts.iter().copied().chain([sum]);
                let figures = all.map(|it| Figure::count(place, "platzverweise", Period::Day, it));
                if Scene::total(figures.collect()).wins_without_the_rule(tables) {
                    found.push(counts);
                }
            }
            others = others
                .iter()
                .flat_map(|counts| {
                    let last = counts[counts.len() - 1];
                    let next = edges.iter().filter(move |edge| **edge >= last);
                    next.map(|edge| [counts.as_slice(), &[*edge]].concat())
                })
                .collect();
        }
    }
    found.sort();
    found.dedup();
    found
}
