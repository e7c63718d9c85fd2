//! Displacement: what fell at one place while it rose at others.
//!
//! Two counts of updates beside each other and nothing more: whether one came from the other, people have to say.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Count;
use crate::charter::{Charter, Place};
use crate::id::{CategoryId, PlaceId};

/// By how many updates something has to fall and to rise: a change of one is no change.
pub const FELL_BY: u32 = 2;
/// And by which share of what it was before, as one in so many: a fifth.
const ONE_IN: u32 = 5;
/// Most places that are named for one that fell, those of the same district first, then the largest changes.
pub const TO_PLACES_MAX: usize = 10;
/// Most places that fell, the largest changes first.
pub const DISPLACEMENTS_MAX: usize = 100;

/// What fell at one place while it rose at others, in updates of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displacement {
    /// The category.
    pub category: CategoryId,
    /// Where it fell.
    pub from: PlaceChange,
    /// Where it rose, at least one.
    pub to: Vec<PlaceChange>,
}

/// How often something was told of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceChange {
    /// The place.
    pub place: PlaceId,
    /// How often before.
    pub before: u32,
    /// How often in the period.
    pub now: u32,
}

/// Finds it in counts by category and place, which stand in the charter's order.
///
/// Compared are places with places, and districts with districts: a place and the district around it are one and the same
/// ground. What the charter in force does not know is not compared.
pub(crate) fn find(charter: &Charter, cells: &[Count<(CategoryId, PlaceId)>]) -> Vec<Displacement> {
    let mut by_category: BTreeMap<&CategoryId, Vec<Cell<'_>>> = BTreeMap::new();
    for count in cells {
        let (category, id) = &count.id;
        if let Some(place) = charter.place(id)
            && charter.category(category).is_some()
        {
            let cell = Cell { place, count };
            by_category.entry(category).or_default().push(cell);
        }
    }
    // In the charter's order, so that what is of one size is too: sorting keeps it.
    let mut found: Vec<Displacement> = charter
        .categories()
        .filter_map(|term| Some((&term.id, by_category.get(&term.id)?)))
        .flat_map(|(category, cells)| {
            let fell = cells.iter().filter(|it| it.fell());
            fell.filter_map(|from| of(category, from, cells))
        })
        .collect();
    found.sort_by_key(|it| Reverse((it.from.before - it.from.now, rise(&it.to))));
    found.truncate(DISPLACEMENTS_MAX);
    found
}

fn of(category: &CategoryId, from: &Cell<'_>, cells: &[Cell<'_>]) -> Option<Displacement> {
    let mut to: Vec<&Cell<'_>> = cells
        .iter()
        .filter(|it| it.rose() && it.level() == from.level())
        .collect();
    to.sort_by_key(|it| {
        let elsewhere = it.place.district != from.place.district;
        (elsewhere, Reverse(it.count.change()))
    });
    to.truncate(TO_PLACES_MAX);
    let to: Vec<PlaceChange> = to.into_iter().map(Cell::change).collect();
    (!to.is_empty()).then(|| Displacement {
        category: category.clone(),
        from: from.change(),
        to,
    })
}

fn rise(to: &[PlaceChange]) -> u64 {
    to.iter().map(|it| u64::from(it.now - it.before)).sum()
}

struct Cell<'a> {
    place: &'a Place,
    count: &'a Count<(CategoryId, PlaceId)>,
}

impl Cell<'_> {
    fn fell(&self) -> bool {
        changed(self.count.before, self.count.before, self.count.now)
    }

    fn rose(&self) -> bool {
        changed(self.count.before, self.count.now, self.count.before)
    }

    /// Whether it is a district.
    fn level(&self) -> bool {
        self.place.kind.is_district()
    }

    fn change(&self) -> PlaceChange {
        PlaceChange {
            place: self.place.id.clone(),
            before: self.count.before,
            now: self.count.now,
        }
    }
}

/// Whether the larger is far enough above the smaller, measured by what was before.
fn changed(before: u32, larger: u32, smaller: u32) -> bool {
    let by = larger.saturating_sub(smaller);
    by >= FELL_BY && u64::from(by) * u64::from(ONE_IN) >= u64::from(before)
}
