//! Which updates a caller wants to see.

use std::collections::BTreeSet;

use verbund_model::{
    AgencyId, CategoryId, Day, IdError, MeasureId, Observation, PlaceId, Reason, Urgency,
};

use super::day;
use super::vocabulary::Word;
use crate::agency::{self, ExerciseFilter};
use crate::error::{Error, FieldViolation};

/// Most ids of one kind in a filter: more than a charter has, so that "all but one" can be said.
pub const IDS_MAX: usize = 256;

/// Which updates a caller wants; what is empty chooses all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Agencies that they come from.
    pub agencies: BTreeSet<AgencyId>,
    /// Categories.
    pub categories: BTreeSet<CategoryId>,
    /// Places.
    pub places: BTreeSet<PlaceId>,
    /// The first day.
    pub from: Option<Day>,
    /// The last day, included.
    pub to: Option<Day>,
    /// Measures of the concept.
    pub measures: BTreeSet<MeasureId>,
    /// How soon the others should look.
    pub urgencies: BTreeSet<Urgency>,
    /// Only exercises, or none of them.
    pub exercise: Option<bool>,
}

impl Filter {
    /// Reads a filter. Ids that no charter knows choose nothing; they are no error, since a charter may have known them.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::ValidationFailed`] with every field that is wrong, seen from the filter.
    pub fn from_wire(it: Option<agency::SituationFilter>) -> Result<Self, Error> {
        let Some(it) = it else {
            return Ok(Self::default());
        };
        let mut violations = Vec::new();
        let filter = Self {
            agencies: ids("agencies", &it.agencies, AgencyId::parse, &mut violations),
            categories: ids(
                "categories",
                &it.categories,
                CategoryId::parse,
                &mut violations,
            ),
            places: ids("places", &it.places, PlaceId::parse, &mut violations),
            from: limit("from_day", &it.from_day, &mut violations),
            to: limit("to_day", &it.to_day, &mut violations),
            measures: ids("measures", &it.measures, MeasureId::parse, &mut violations),
            urgencies: urgencies(&it.urgencies, &mut violations),
            exercise: exercise(it.exercises, &mut violations),
        };
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from > to
        {
            violations.push(violation(
                "to_day",
                Reason::InvalidRange,
                "lies before from_day",
            ));
        }
        if violations.is_empty() {
            Ok(filter)
        } else {
            Err(Error::fields(violations))
        }
    }

    /// Whether an update of this agency is chosen.
    pub fn chooses(&self, agency: &AgencyId, it: &Observation) -> bool {
        fn any<T: Ord>(chosen: &BTreeSet<T>, it: &T) -> bool {
            chosen.is_empty() || chosen.contains(it)
        }
        any(&self.agencies, agency)
            && any(&self.categories, &it.category)
            && any(&self.places, &it.place)
            && self.from.is_none_or(|from| from <= it.day)
            && self.to.is_none_or(|to| it.day <= to)
            && any(&self.measures, &it.measure)
            && any(&self.urgencies, &it.urgency)
            && self.exercise.is_none_or(|exercise| exercise == it.exercise)
    }

    /// Whether it chooses by agency, category, place and day alone, which stores have indexes for.
    pub fn is_indexed(&self) -> bool {
        self.measures.is_empty() && self.urgencies.is_empty() && self.exercise.is_none()
    }

    /// A number that differs for different filters, so that a page token of one list is not taken for another's. Against
    /// mistakes, not against malice: who changes a token only changes what it sees itself.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hash = Fnv::default();
        for it in &self.agencies {
            hash.field(b'a', it.as_str());
        }
        for it in &self.categories {
            hash.field(b'c', it.as_str());
        }
        for it in &self.places {
            hash.field(b'p', it.as_str());
        }
        if let Some(from) = self.from {
            hash.field(b'f', &from.to_string());
        }
        if let Some(to) = self.to {
            hash.field(b't', &to.to_string());
        }
        for it in &self.measures {
            hash.field(b'm', it.as_str());
        }
        for it in &self.urgencies {
            hash.field(b'u', it.as_str());
        }
        if let Some(exercise) = self.exercise {
            hash.field(b'e', if exercise { "only" } else { "none" });
        }
        hash.0
    }
}

/// The same for a filter that is bytes.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hash = Fnv::default();
    hash.bytes(bytes);
    hash.0
}

/// FNV-1a with 64 bits: the same on every release and machine, unlike the standard library's hasher.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn field(&mut self, kind: u8, text: &str) {
        // Ids and days hold no NUL, so it ends each field.
        self.bytes(&[kind]);
        self.bytes(text.as_bytes());
        self.bytes(&[0]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// Reads ids of one kind; what is wrong goes to `violations`.
pub(super) fn ids<T: Ord>(
    field: &str,
    texts: &[String],
    parse: fn(&str) -> Result<T, IdError>,
    violations: &mut Vec<FieldViolation>,
) -> BTreeSet<T> {
    if texts.len() > IDS_MAX {
        violations.push(violation(
            field,
            Reason::InvalidRange,
            "has more than 256 ids",
        ));
        return BTreeSet::new();
    }
    let mut ids = BTreeSet::new();
    for (at, text) in texts.iter().enumerate() {
        match parse(text) {
            Ok(id) => {
                ids.insert(id);
            }
            Err(error) => violations.push(violation(
                &format!("{field}[{at}]"),
                Reason::InvalidId,
                &error.to_string(),
            )),
        }
    }
    ids
}

fn urgencies(numbers: &[i32], violations: &mut Vec<FieldViolation>) -> BTreeSet<Urgency> {
    let mut urgencies = BTreeSet::new();
    for (at, number) in numbers.iter().enumerate() {
        match Urgency::from_wire(*number) {
            Ok(Some(urgency)) => {
                urgencies.insert(urgency);
            }
            Ok(None) | Err(_) => violations.push(FieldViolation {
                field: format!("urgencies[{at}]"),
                reason: "UNKNOWN_VALUE".to_owned(),
                description: "is no urgency".to_owned(),
            }),
        }
    }
    urgencies
}

fn exercise(number: i32, violations: &mut Vec<FieldViolation>) -> Option<bool> {
    match ExerciseFilter::try_from(number) {
        Ok(ExerciseFilter::Unspecified) => None,
        Ok(ExerciseFilter::None) => Some(false),
        Ok(ExerciseFilter::Only) => Some(true),
        Err(_) => {
            violations.push(FieldViolation {
                field: "exercises".to_owned(),
                reason: "UNKNOWN_VALUE".to_owned(),
                description: "is none of its values".to_owned(),
            });
            None
        }
    }
}

fn limit(field: &'static str, text: &str, violations: &mut Vec<FieldViolation>) -> Option<Day> {
    if text.is_empty() {
        return None;
    }
    match day(text, field) {
        Ok(day) => Some(day),
        Err(error) => {
            violations.push(violation(
                field,
                Reason::InvalidDay,
                &error.problem().to_string(),
            ));
            None
        }
    }
}

fn violation(field: &str, reason: Reason, description: &str) -> FieldViolation {
    FieldViolation {
        field: field.to_owned(),
        reason: reason.as_str().to_owned(),
        description: description.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use verbund_model::Trend;

    use super::*;
    use crate::error::ErrorCode;

    fn wire() -> agency::SituationFilter {
        agency::SituationFilter {
            agencies: vec!["kod".to_owned(), "dhz".to_owned(), "kod".to_owned()],
            categories: vec!["nadelfund".to_owned()],
            places: vec!["theaterplatz".to_owned()],
            from_day: "2026-11-01".to_owned(),
            to_day: "2026-11-23".to_owned(),
            ..Default::default()
        }
    }

    fn filter(change: impl FnOnce(&mut agency::SituationFilter)) -> Result<Filter, Error> {
        let mut it = wire();
        change(&mut it);
        Filter::from_wire(Some(it))
    }

    fn wrong_fields(change: impl FnOnce(&mut agency::SituationFilter)) -> Vec<(String, String)> {
        let error = filter(change).expect_err("must be refused");
        assert_eq!(error.code(), ErrorCode::ValidationFailed);
        let violations = error.violations().iter();
        violations
            .map(|it| (it.field.clone(), it.reason.clone()))
            .collect()
    }

    fn chosen(filter: &Filter, agency: &str, category: &str, place: &str, day: &str) -> bool {
        let it = Observation {
            category: CategoryId::parse(category).expect("a slug"),
            place: PlaceId::parse(place).expect("a slug"),
            day: day.parse().expect("a day"),
            window: None,
            trend: Trend::Unknown,
            source: None,
            measure: MeasureId::parse("m1").expect("a slug"),
            urgency: Urgency::Soon,
            exercise: false,
            generalised: false,
            readings: Vec::new(),
        };
        filter.chooses(&AgencyId::parse(agency).expect("a slug"), &it)
    }

    #[test]
    fn an_empty_filter_chooses_all() {
        let none = Filter::from_wire(None).expect("is valid");
        assert_eq!(
            Filter::from_wire(Some(Default::default())),
            Ok(none.clone())
        );
        assert!(chosen(&none, "x", "y", "z", "1999-01-01"));
    }

    #[test]
    fn every_part_of_a_filter_counts() {
        let it = filter(|_| ()).expect("is valid");
        assert!(chosen(
            &it,
            "dhz",
            "nadelfund",
            "theaterplatz",
            "2026-11-01"
        ));
        assert!(chosen(
            &it,
            "kod",
            "nadelfund",
            "theaterplatz",
            "2026-11-23"
        ));
        assert!(!chosen(
            &it,
            "polizei",
            "nadelfund",
            "theaterplatz",
            "2026-11-10"
        ));
        assert!(!chosen(&it, "dhz", "laerm", "theaterplatz", "2026-11-10"));
        assert!(!chosen(&it, "dhz", "nadelfund", "ostwall", "2026-11-10"));
        assert!(!chosen(
            &it,
            "dhz",
            "nadelfund",
            "theaterplatz",
            "2026-10-31"
        ));
        assert!(!chosen(
            &it,
            "dhz",
            "nadelfund",
            "theaterplatz",
            "2026-11-24"
        ));
    }

    #[test]
    fn measures_urgencies_and_exercises_count_too() {
        let chosen = |change: fn(&mut agency::SituationFilter)| {
            let it = filter(change).expect("is valid");
            chosen(&it, "dhz", "nadelfund", "theaterplatz", "2026-11-01")
        };
        assert!(chosen(
            |it| it.measures = vec!["m2".to_owned(), "m1".to_owned()]
        ));
        assert!(!chosen(|it| it.measures = vec!["m2".to_owned()]));
        assert!(chosen(|it| it.urgencies = vec![Urgency::Soon.to_wire()]));
        assert!(!chosen(
            |it| it.urgencies = vec![Urgency::Immediate.to_wire()]
        ));
        assert!(chosen(|it| it.exercises = ExerciseFilter::None as i32));
        assert!(!chosen(|it| it.exercises = ExerciseFilter::Only as i32));
    }

    #[test]
    fn words_that_do_not_exist_are_refused() {
        let wrong = wrong_fields(|it| {
            it.urgencies = vec![1, 0, 99];
            it.exercises = 9;
        });
        let expected = ["urgencies[1]", "urgencies[2]", "exercises"];
        let expected = expected.map(|field| (field.to_owned(), "UNKNOWN_VALUE".to_owned()));
        assert_eq!(wrong, expected);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = wrong_fields(|it| {
            it.agencies.push("DHZ".to_owned());
            it.from_day = "gestern".to_owned();
            it.places = vec!["x".to_owned(); IDS_MAX + 1];
        });
        let expected = [
            ("agencies[3]", "INVALID_ID"),
            ("places", "INVALID_RANGE"),
            ("from_day", "INVALID_DAY"),
        ];
        assert_eq!(
            wrong,
            expected.map(|(field, reason)| (field.to_owned(), reason.to_owned()))
        );
    }

    #[test]
    fn a_period_runs_forward() {
        let wrong = wrong_fields(|it| it.to_day = "2026-10-31".to_owned());
        assert_eq!(wrong, [("to_day".to_owned(), "INVALID_RANGE".to_owned())]);
    }

    #[test]
    fn equal_filters_have_equal_fingerprints_and_others_do_not() {
        let of = |change: fn(&mut agency::SituationFilter)| {
            filter(change).expect("is valid").fingerprint()
        };
        let base = of(|_| ());
        assert_eq!(
            of(|it| it.agencies = vec!["dhz".to_owned(), "kod".to_owned()]),
            base
        );
        assert_ne!(of(|it| it.agencies.clear()), base);
        assert_ne!(of(|it| it.categories.clear()), base);
        assert_ne!(of(|it| it.places.clear()), base);
        assert_ne!(of(|it| it.from_day.clear()), base);
        assert_ne!(of(|it| it.to_day.clear()), base);
        assert_ne!(
            of(|it| {
                it.categories = vec!["x".to_owned()];
                it.places.clear();
            }),
            of(|it| {
                it.places = vec!["x".to_owned()];
                it.categories.clear();
            })
        );
        assert_ne!(of(|it| it.measures = vec!["m1".to_owned()]), base);
        assert_ne!(of(|it| it.urgencies = vec![1]), base);
        assert_ne!(
            of(|it| it.exercises = ExerciseFilter::Only as i32),
            of(|it| it.exercises = ExerciseFilter::None as i32)
        );
        // Tokens outlive an upgrade: the number must stay what it is. Computed apart from this code.
        assert_eq!(base, 0x7385_b6fb_52e0_966b);
    }
}
