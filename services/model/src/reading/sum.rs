//! Adding up what was told: a quarter's dispersal orders from its days, a year's acts from its months.
//!
//! A sum is made of told figures and of nothing else, so nobody learns from it what those don't say already; a sum that is
//! rounded or put into bands anew would say less and be wrong besides. It is told as what it can be: from the lowest to the
//! highest number that fits with every figure in it. Who was counted on two days is in it twice.

use std::fmt;

use super::{Band, COUNT_MAX, Period, Value, admit_value};
use crate::charter::{Charter, Counts, Indicator, Place, Thresholds};

/// A count below it points at persons.
const SMALL: u64 = 5;
/// So many counts must remain possible for a small one.
const POSSIBLE: u64 = 3;

/// All counts that are told as one value; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) lowest: u32,
    pub(super) highest: u32,
}

impl Span {
    /// The counts that are told as this value at this place. None of a share.
    pub(super) fn of(value: Value, place: &Place, thresholds: &Thresholds) -> Option<Self> {
        match value {
            Value::Band(band) => {
                let next = Band::ALL.iter().find(|other| **other > band);
                let highest = next.map_or(COUNT_MAX, |next| next.lowest() - 1);
                let lowest = if band == Band::Under5 && place.is_facility() {
                    0
                } else {
                    band.lowest()
                };
                Some(Self { lowest, highest })
            }
            Value::Rounded(told) => {
                let below = thresholds.rounding / 2;
                let lowest = told
                    .saturating_sub(below)
                    .max(thresholds.facility_rounded_from);
                let highest = told
                    .saturating_add(thresholds.rounding - 1 - below)
                    .min(COUNT_MAX);
                Some(Self { lowest, highest })
            }
            Value::Exact(count) => Some(Self {
                lowest: count,
                highest: count,
            }),
            Value::SharePercent(_) => None,
        }
    }
}

/// A figure of a series, as it was told.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The period that it covers.
    pub period: Period,
    /// Where it was counted.
    pub place: &'a Place,
    /// The figure.
    pub value: Value,
}

/// What told figures of one indicator come to: every number from the lowest to the highest is possible.
///
/// Shown as `0`, `<5`, `27`, `15–35`, `105+`, and `–` where nothing was told: that nobody told anything is not "nobody".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    figures: u32,
    left_out: u32,
    lowest: u64,
    highest: u64,
    /// It has a figure without an upper end.
    open: bool,
    things: bool,
}

impl Sum {
    /// Adds up an indicator's figures for one of its periods.
    ///
    /// Left out, and counted, is what must not be added: figures for another period, of places that the charter in force does
    /// not tell this indicator of, and values that it could not have made (a charter may have changed, and the series is older).
    /// Of shares nothing is left: they have no sum. The caller sees to it that each figure is there once; a month that was
    /// told again replaces what was told before.
    pub fn of<'a>(
        charter: &Charter,
        indicator: &Indicator,
        period: Period,
        told: impl IntoIterator<Item = Told<'a>>,
    ) -> Self {
        let mut sum = Self {
            things: indicator.counts == Counts::Things,
            ..Self::default()
        };
        for it in told {
            let fits = it.period == period
                && indicator.periods.contains(&period)
                && indicator.is_told_of(it.place)
                && admit_value(it.value, indicator, it.place, charter.thresholds()).is_ok();
            let span = Span::of(it.value, it.place, charter.thresholds()).filter(|_| fits);
            match span {
                Some(span) => sum.add(span, it.value == Value::Band(Band::From100)),
                None => sum.left_out = sum.left_out.saturating_add(1),
            }
        }
        sum
    }

    fn add(&mut self, span: Span, open: bool) {
        self.figures = self.figures.saturating_add(1);
        self.lowest = self.lowest.saturating_add(u64::from(span.lowest));
        self.highest = self.highest.saturating_add(u64::from(span.highest));
        self.open |= open;
    }

    /// Two sums as one: a table's rows as its last line.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            figures: self.figures.saturating_add(other.figures),
            left_out: self.left_out.saturating_add(other.left_out),
            lowest: self.lowest.saturating_add(other.lowest),
            highest: self.highest.saturating_add(other.highest),
            open: self.open || other.open,
            things: self.things && other.things,
        }
    }

    /// How many figures are in it.
    pub fn figures(&self) -> u32 {
        self.figures
    }

    /// How many figures are not in it; see [`Sum::of`].
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    /// The lowest number that it can be.
    pub fn lowest(&self) -> u64 {
        self.lowest
    }

    /// The highest number that it can be; none where a figure says "100 and more".
    pub fn highest(&self) -> Option<u64> {
        (!self.open).then_some(self.highest)
    }

    /// Whether somebody who sees this total beside these parts, and knows that there are no others, could narrow a small part
    /// down to fewer than three counts.
    ///
    /// A total that was made of its parts by [`Sum::and`] never does. Ask before a total that was told by itself is put beside
    /// figures that add up to it, and leave the total out.
    pub fn gives_away(&self, parts: &[Self]) -> bool {
        parts.iter().enumerate().any(|(index, part)| {
            let small = !part.things && (1..SMALL).contains(&part.highest);
            let others = parts
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .fold(Self::default(), |sum, (_, it)| sum.and(*it));
            let at_least = match others.highest() {
                Some(highest) => part.lowest.max(self.lowest.saturating_sub(highest)),
                None => part.lowest,
            };
            // Where nothing is possible the parts do not add up, and so tell nothing of each other.
            let room = match self.highest() {
                Some(highest) => highest.checked_sub(others.lowest),
                None => Some(u64::MAX),
            };
            let left = room.map_or(0, |room| {
                (part.highest.min(room) + 1).saturating_sub(at_least)
            });
            small && (1..POSSIBLE).contains(&left)
        })
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.highest() {
            _ if self.figures == 0 => f.pad("–"),
            None => f.pad(&format!("{}+", self.lowest)),
            Some(highest) if highest == self.lowest => f.pad(&highest.to_string()),
            // Where it begins, at none or at one, tells a facility from a square and no more.
            Some(highest) if highest < SMALL => f.pad(&format!("<{SMALL}")),
            Some(highest) => f.pad(&format!("{}–{highest}", self.lowest)),
        }
    }
}

#[cfg(test)]
mod tests;
