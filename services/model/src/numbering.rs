//! Words as numbers. Who counts a hundred thousand updates while somebody looks at a screen compares numbers: comparing texts would be
//! most of the work.

use std::collections::HashMap;
use std::hash::Hash;

use crate::id::{AgencyId, CategoryId, IndicatorId, MeasureId, PlaceId, WindowId};
use crate::reading::Reading;
use crate::report::{ToldFigure, ToldFigures};
use crate::time::UnixMillis;

/// Ids with a number each, in the order in which they came. There are no more of them than charters had.
#[derive(Debug, Clone)]
pub struct Numbered<Id> {
    ids: Vec<Id>,
    numbers: HashMap<Id, u32>,
}

impl<Id> Default for Numbered<Id> {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            numbers: HashMap::new(),
        }
    }
}

impl<Id: Clone + Eq + Hash> Numbered<Id> {
    /// An id's number, a new one where it has none.
    pub fn number(&mut self, id: &Id) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).expect("a vocabulary is small");
        self.ids.push(id.clone());
        self.numbers.insert(id.clone(), number);
        number
    }

    /// An id's number, if it has one.
    pub fn known(&self, id: &Id) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The ids, each in the place of its number.
    pub fn ids(&self) -> &[Id] {
        &self.ids
    }
}

/// The words of updates.
#[derive(Debug, Clone, Default)]
pub struct Numbering {
    /// Agencies.
    pub agencies: Numbered<AgencyId>,
    /// Categories.
    pub categories: Numbered<CategoryId>,
    /// Places.
    pub places: Numbered<PlaceId>,
    /// Measures.
    pub measures: Numbered<MeasureId>,
    /// Time windows.
    pub windows: Numbered<WindowId>,
    /// Indicators.
    pub indicators: Numbered<IndicatorId>,
}

impl Numbering {
    /// The figures of a version of an update; none where it has none.
    pub fn figures(
        &mut self,
        readings: &[Reading],
        created_at: UnixMillis,
        version: [u8; 32],
    ) -> Option<ToldFigures> {
        let figure = |it: &Reading| ToldFigure {
            indicator: self.indicators.number(&it.indicator),
            period: it.period,
            value: it.value,
        };
        (!readings.is_empty()).then(|| ToldFigures {
            created_at,
            version,
            figures: readings.iter().map(figure).collect(),
        })
    }
}
