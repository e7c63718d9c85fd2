//! The picture of a period: which one a caller asks for, and what it tells.

use std::collections::BTreeSet;

use verbund_model::{AgencyId, MeasureId, Picture, PlacePicture, ReportPeriod};

use super::{filter, report};
use crate::agency;
use crate::error::Error;

/// Which updates a caller wants counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The days.
    pub period: ReportPeriod,
    /// Agencies that the updates come from; none for all.
    pub agencies: BTreeSet<AgencyId>,
    /// Measures that they belong to; none for all.
    pub measures: BTreeSet<MeasureId>,
}

impl Asked {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::ValidationFailed`] with every field that is wrong.
    pub fn from_wire(it: &agency::GetPictureRequest) -> Result<Self, Error> {
        let mut violations = Vec::new();
        let period = report::days(&it.from_day, &it.to_day, &mut violations);
        let agencies = filter::ids("agencies", &it.agencies, AgencyId::parse, &mut violations);
        let measures = filter::ids("measures", &it.measures, MeasureId::parse, &mut violations);
        match period {
            Some(period) if violations.is_empty() => Ok(Self {
                period,
                agencies,
                measures,
            }),
            _ => Err(Error::fields(violations)),
        }
    }
}

/// A picture as callers read it.
#[must_use]
pub fn to_wire(it: &Picture) -> agency::Picture {
    agency::Picture {
        from_day: it.period.from().to_string(),
        to_day: it.period.to().to_string(),
        compared: it.compared,
        incomplete: !it.complete,
        updates: it.updates.now,
        updates_before: it.updates.before,
        exercises: it.exercises,
        places: it.places.iter().map(place).collect(),
        windows: it
            .windows
            .iter()
            .map(|it| agency::PictureWindow {
                place: it.id.0.to_string(),
                window: it
                    .id
                    .1
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                count: it.now,
                before: it.before,
            })
            .collect(),
        categories: it
            .cells
            .iter()
            .map(|it| agency::PictureCategory {
                place: it.id.1.to_string(),
                category: it.id.0.to_string(),
                count: it.now,
                before: it.before,
            })
            .collect(),
        days: it
            .days
            .iter()
            .map(|(day, count)| agency::PictureDay {
                day: day.to_string(),
                count: *count,
            })
            .collect(),
        displacement: it.displacement.iter().map(report::displacement).collect(),
    }
}

fn place(it: &PlacePicture) -> agency::PicturePlace {
    agency::PicturePlace {
        place: it.count.id.to_string(),
        count: it.count.now,
        before: it.count.before,
        rising: it.trends.rising,
        steady: it.trends.steady,
        falling: it.trends.falling,
        unknown: it.trends.unknown,
        latest_day: it.latest.map(|it| it.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> agency::GetPictureRequest {
        agency::GetPictureRequest {
            from_day: "2026-05-01".to_owned(),
            to_day: "2026-05-31".to_owned(),
            agencies: vec!["kod".to_owned()],
            measures: vec!["m1".to_owned(), "m1".to_owned()],
        }
    }

    #[test]
    fn what_is_asked_for_is_read() {
        let it = Asked::from_wire(&asked()).expect("is valid");
        assert_eq!(it.period.days(), 31);
        assert_eq!((it.agencies.len(), it.measures.len()), (1, 1));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = agency::GetPictureRequest {
            from_day: String::new(),
            to_day: "2026-05-31".to_owned(),
            agencies: vec!["KOD".to_owned()],
            measures: vec!["m1".to_owned(), "M 2".to_owned()],
        };
        let error = Asked::from_wire(&wrong).expect_err("must be refused");
        let fields: Vec<_> = error.violations().iter().map(|it| &*it.field).collect();
        assert_eq!(fields, ["from_day", "agencies[0]", "measures[1]"]);
        let long = agency::GetPictureRequest {
            to_day: "2027-06-01".to_owned(),
            ..asked()
        };
        assert!(Asked::from_wire(&long).is_err());
    }
}
