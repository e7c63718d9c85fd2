//! Figures, in four classes: persons, acts, shares and things.
//!
//! What goes in is a figure as it was counted; what comes out is the only form in which it is ever stored or sent.
//! Persons and acts come out in bands, and at a facility from 20 on as a multiple of 5; shares in steps of ten; things
//! exactly. A receiver can tell a figure that was not coarsened: [`Reading::admit`] accepts precisely the values that
//! [`ReadingDraft::check`] can make, no others.

mod parts;
mod sum;

use std::fmt;

pub(crate) use parts::check_parts;
use serde::{Deserialize, Serialize};
pub use sum::{Sum, Told};

use crate::charter::{Charter, Counts, Indicator, Place, Thresholds, ToldOf};
use crate::id::IndicatorId;
use crate::violation::{Reason, Violation};

/// Highest count that is believed. The largest real monthly figure is below two thousand; a million is a mistake.
pub const COUNT_MAX: u32 = 1_000_000;

/// How much time a figure covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Period {
    /// The observation's time window.
    #[serde(rename = "zeitfenster")]
    Window,
    /// The observation's day.
    #[serde(rename = "tag")]
    Day,
    /// The month that holds the observation's day.
    #[serde(rename = "monat")]
    Month,
}

impl Period {
    /// The period as charters write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "zeitfenster",
            Self::Day => "tag",
            Self::Month => "monat",
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A range of counts in which no small number shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// None; of public places only.
    Zero,
    /// Fewer than five; at a facility none is among them.
    Under5,
    /// 5 to 9.
    From5,
    /// 10 to 19.
    From10,
    /// 20 to 49.
    From20,
    /// 50 to 99.
    From50,
    /// 100 and more.
    From100,
}

impl Band {
    /// All bands, the smallest first.
    pub const ALL: [Self; 7] = [
        Self::Zero,
        Self::Under5,
        Self::From5,
        Self::From10,
        Self::From20,
        Self::From50,
        Self::From100,
    ];

    /// The band of a count.
    pub fn of(count: u32) -> Self {
        match count {
            0 => Self::Zero,
            1..=4 => Self::Under5,
            5..=9 => Self::From5,
            10..=19 => Self::From10,
            20..=49 => Self::From20,
            50..=99 => Self::From50,
            100.. => Self::From100,
        }
    }

    /// The lowest count that falls into the band at a public place.
    pub fn lowest(self) -> u32 {
        match self {
            Self::Zero => 0,
            Self::Under5 => 1,
            Self::From5 => 5,
            Self::From10 => 10,
            Self::From20 => 20,
            Self::From50 => 50,
            Self::From100 => 100,
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Zero => "0",
            Self::Under5 => "<5",
            Self::From5 => "5–9",
            Self::From10 => "10–19",
            Self::From20 => "20–49",
            Self::From50 => "50–99",
            Self::From100 => "100+",
        })
    }
}

/// A figure as it was counted. It never leaves the agency's node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadingDraft {
    /// An indicator of the charter.
    pub indicator: String,
    /// The period that the figure covers.
    pub period: Option<Period>,
    /// The figure.
    pub value: ValueDraft,
}

/// A figure as it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueDraft {
    /// No figure was given.
    #[default]
    Missing,
    /// How many persons, acts or things.
    Count(u32),
    /// A share of something.
    Share {
        /// Per cent, 0 to 100.
        percent: u32,
        /// How many were asked or counted. Never stored.
        base: u32,
    },
}

/// A figure in the only form in which it is stored and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The period that the figure covers.
    pub period: Period,
    /// The coarsened figure.
    pub value: Value,
}

/// A coarsened figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Persons or acts in a band.
    Band(Band),
    /// Persons or acts at a facility, from 20 on: a multiple of 5.
    Rounded(u32),
    /// A share in steps of ten per cent; 0 means under 10, 100 means over 90.
    SharePercent(u8),
    /// Things, exact.
    Exact(u32),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Band(band) => band.fmt(f),
            Self::Rounded(count) => f.pad(&format!("≈{count}")),
            Self::SharePercent(0) => f.pad("<10 %"),
            Self::SharePercent(100) => f.pad(">90 %"),
            Self::SharePercent(percent) => f.pad(&format!("{percent} %")),
            Self::Exact(count) => f.pad(&count.to_string()),
        }
    }
}

impl Value {
    /// Reads what `Display` wrote, as series keep it. "0" is nobody or no thing: the indicator's class says which.
    pub fn parse(text: &str, counts: Counts) -> Option<Self> {
        match counts {
            Counts::Things => text.parse().ok().map(Self::Exact),
            Counts::Share => match text.strip_suffix(" %")? {
                "<10" => Some(Self::SharePercent(0)),
                ">90" => Some(Self::SharePercent(100)),
                percent => percent.parse().ok().map(Self::SharePercent),
            },
            Counts::Persons | Counts::Acts => match text.strip_prefix('≈') {
                Some(count) => count.parse().ok().map(Self::Rounded),
                None => {
                    let mut bands = Band::ALL.into_iter();
                    bands.find(|band| band.to_string() == text).map(Self::Band)
                }
            },
        }
    }
}

impl ReadingDraft {
    /// Checks the figure against the charter and coarsens it.
    ///
    /// `place` is where it was counted, when that is known; without it the vocabulary alone is checked, since the same
    /// count takes different forms at a facility and in public.
    pub(crate) fn check(
        &self,
        path: &str,
        charter: &Charter,
        place: Option<&Place>,
        has_window: bool,
        violations: &mut Vec<Violation>,
    ) -> Option<Reading> {
        let before = violations.len();
        let indicator = match charter.find_indicator(&self.indicator) {
            Ok(indicator) => Some(indicator),
            Err((reason, detail)) => {
                violations.push(Violation::new(format!("{path}.indicator"), reason, detail));
                None
            }
        };
        match (self.period, indicator) {
            (None, _) => violations.push(Violation::new(
                format!("{path}.period"),
                Reason::MissingField,
                "say which period the figure covers",
            )),
            (Some(period), Some(indicator)) => {
                check_period(path, period, indicator, has_window, violations)
            }
            (Some(_), None) => {}
        }
        let (indicator, place) = (indicator?, place?);
        check_level(path, place, indicator, violations);
        let value = match coarsen(self.value, indicator, place, charter.thresholds()) {
            Ok(value) => value,
            Err((field, reason, detail)) => {
                violations.push(Violation::new(format!("{path}.{field}"), reason, detail));
                return None;
            }
        };
        let period = self.period?;
        (violations.len() == before).then(|| Reading {
            indicator: indicator.id.clone(),
            period,
            value,
        })
    }
}

impl Reading {
    /// Checks a figure that another node coarsened.
    pub(crate) fn admit(
        &self,
        path: &str,
        charter: &Charter,
        place: Option<&Place>,
        has_window: bool,
        violations: &mut Vec<Violation>,
    ) {
        let indicator = match charter.find_indicator(self.indicator.as_str()) {
            Ok(indicator) => indicator,
            Err((reason, detail)) => {
                violations.push(Violation::new(format!("{path}.indicator"), reason, detail));
                return;
            }
        };
        check_period(path, self.period, indicator, has_window, violations);
        let Some(place) = place else { return };
        check_level(path, place, indicator, violations);
        if let Err((reason, detail)) =
            admit_value(self.value, indicator, place, charter.thresholds())
        {
            violations.push(Violation::new(format!("{path}.value"), reason, detail));
        }
    }
}

fn check_period(
    path: &str,
    period: Period,
    indicator: &Indicator,
    has_window: bool,
    violations: &mut Vec<Violation>,
) {
    if !indicator.periods.contains(&period) {
        let allowed: Vec<&str> = indicator.periods.iter().map(|p| p.as_str()).collect();
        let detail = match allowed.is_empty() {
            true => "this part is not told: its total is told for another period".to_owned(),
            false => format!("this indicator is told for: {}", allowed.join(", ")),
        };
        violations.push(Violation::new(
            format!("{path}.period"),
            Reason::PeriodNotAllowed,
            detail,
        ));
    } else if period == Period::Window && !has_window {
        let detail = "the figure covers a time window, but the update names none";
        violations.push(Violation::new(
            format!("{path}.period"),
            Reason::PeriodNotAllowed,
            detail,
        ));
    }
}

/// Persons are told of places or of districts, as the charter says for each indicator, so that no district holds a place that
/// is told too.
fn check_level(path: &str, place: &Place, indicator: &Indicator, violations: &mut Vec<Violation>) {
    if !indicator.is_told_of(place) {
        let detail = match indicator.told_of {
            Some(ToldOf::Districts) => {
                "this indicator is told of zones and quarters, not of places within"
            }
            _ => "this indicator is told of places, not of zones and quarters",
        };
        violations.push(Violation::new(
            format!("{path}.indicator"),
            Reason::PlaceNotAllowed,
            detail,
        ));
    }
}

/// What a count becomes. Total, so that the receiver's check can be stated as "in the image of this".
fn coarsen_count(count: u32, counts: Counts, place: &Place, thresholds: &Thresholds) -> Value {
    debug_assert!(counts != Counts::Share, "a share is no count");
    if counts == Counts::Things {
        return Value::Exact(count);
    }
    if place.is_public() {
        return Value::Band(Band::of(count));
    }
    if count >= thresholds.facility_rounded_from {
        return Value::Rounded(round_to(count, thresholds.rounding));
    }
    // That nobody came to a counselling room on some day tells who was not there, or that the one colleague was ill.
    Value::Band(Band::of(count).max(Band::Under5))
}

/// Nearest multiple, halves up. Rounded once, from the figure as it was counted: rounding twice would drift.
fn round_to(count: u32, step: u32) -> u32 {
    count.saturating_add(step / 2) / step * step
}

/// Nearest ten per cent, halves up; the ends are open, since "3 per cent of 60" is two persons.
fn coarsen_share(percent: u32) -> u8 {
    match percent {
        0..10 => 0,
        10..=90 => (round_to(percent, 10)) as u8,
        _ => 100,
    }
}

type Refusal = (&'static str, Reason, String);

fn coarsen(
    value: ValueDraft,
    indicator: &Indicator,
    place: &Place,
    thresholds: &Thresholds,
) -> Result<Value, Refusal> {
    match (value, indicator.counts) {
        (ValueDraft::Missing, _) => {
            Err(("value", Reason::MissingField, "give the figure".to_owned()))
        }
        (ValueDraft::Count(_), Counts::Share) => Err((
            "value",
            Reason::ValueClassMismatch,
            "this indicator is a share: give per cent and how many were counted".to_owned(),
        )),
        (ValueDraft::Share { .. }, Counts::Persons | Counts::Acts | Counts::Things) => Err((
            "value",
            Reason::ValueClassMismatch,
            format!(
                "this indicator counts {}: give a count",
                indicator.counts.as_str()
            ),
        )),
        (ValueDraft::Count(count), counts) => {
            if count > COUNT_MAX {
                return Err((
                    "value",
                    Reason::InvalidRange,
                    format!("a count is at most {COUNT_MAX}"),
                ));
            }
            Ok(coarsen_count(count, counts, place, thresholds))
        }
        (ValueDraft::Share { percent, base }, Counts::Share) => {
            if percent > 100 {
                return Err((
                    "value.percent",
                    Reason::InvalidRange,
                    "per cent are 0 to 100".to_owned(),
                ));
            }
            if base > COUNT_MAX {
                return Err((
                    "value.base",
                    Reason::InvalidRange,
                    format!("a base is at most {COUNT_MAX}"),
                ));
            }
            if base < thresholds.share_base_from {
                return Err((
                    "value.base",
                    Reason::ShareBaseTooSmall,
                    format!("a share is told of at least {}", thresholds.share_base_from),
                ));
            }
            Ok(Value::SharePercent(coarsen_share(percent)))
        }
    }
}

/// Whether [`coarsen`] can have made this value here.
fn admit_value(
    value: Value,
    indicator: &Indicator,
    place: &Place,
    thresholds: &Thresholds,
) -> Result<(), (Reason, String)> {
    let mismatch = |detail: String| Err((Reason::ValueClassMismatch, detail));
    match (indicator.counts, value) {
        (Counts::Things, Value::Exact(count)) if count > COUNT_MAX => Err((
            Reason::InvalidRange,
            format!("a count is at most {COUNT_MAX}"),
        )),
        (Counts::Things, Value::Exact(_)) => Ok(()),
        (Counts::Things, _) => mismatch("this indicator counts things: exact".to_owned()),
        (Counts::Share, Value::SharePercent(percent)) if percent <= 100 && percent % 10 == 0 => {
            Ok(())
        }
        (Counts::Share, Value::SharePercent(_)) => Err((
            Reason::InvalidRange,
            "a share is told in steps of ten per cent".to_owned(),
        )),
        (Counts::Share, _) => {
            mismatch("this indicator is a share in steps of ten per cent".to_owned())
        }
        (Counts::Persons | Counts::Acts, Value::Band(_)) if place.is_public() => Ok(()),
        (Counts::Persons | Counts::Acts, Value::Band(Band::Zero)) => Err((
            Reason::ZeroNotTold,
            "none is told only of public places".to_owned(),
        )),
        (Counts::Persons | Counts::Acts, Value::Band(band))
            if band.lowest() < thresholds.facility_rounded_from =>
        {
            Ok(())
        }
        (Counts::Persons | Counts::Acts, Value::Band(_)) => mismatch(format!(
            "at a facility, figures from {} on are rounded and not in bands",
            thresholds.facility_rounded_from
        )),
        (Counts::Persons | Counts::Acts, Value::Rounded(count)) if place.is_facility() => {
            let step = thresholds.rounding;
            if count % step != 0 || count < thresholds.facility_rounded_from {
                let from = thresholds.facility_rounded_from;
                return Err((
                    Reason::InvalidRange,
                    format!("a rounded figure is a multiple of {step}, from {from} on"),
                ));
            }
            if count > round_to(COUNT_MAX, step) {
                return Err((
                    Reason::InvalidRange,
                    format!("a count is at most {COUNT_MAX}"),
                ));
            }
            Ok(())
        }
        (Counts::Persons | Counts::Acts, Value::Rounded(_)) => mismatch(
            "rounded figures are told only of facilities; of public places in bands".to_owned(),
        ),
        (Counts::Persons | Counts::Acts, Value::SharePercent(_) | Value::Exact(_)) => {
            mismatch(format!(
                "this indicator counts {}: in bands",
                indicator.counts.as_str()
            ))
        }
    }
}

#[cfg(test)]
mod tests;
