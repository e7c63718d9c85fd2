//! The sender's check: against the charter, the clock and the rule for protected origins.

use super::{
    Checked, Draft, Generalised, NOTE_CHARS, Observation, PAST_DAYS, PLANNED_DAYS, READINGS_MAX,
    SourceKind, Urgency,
};
use crate::audience::{AGENCIES_MAX, Audience};
use crate::charter::{Agency, Charter};
use crate::id::{AgencyId, PlaceId, WindowId};
use crate::line::check_line;
use crate::reading::{Reading, ReadingDraft, check_parts};
use crate::time::{Day, UnixMillis, day_number, parse_day};
use crate::violation::{Reason, Violation};

impl Draft {
    /// Checks everything at once, so that a caller can mend everything at once.
    ///
    /// # Errors
    /// All violations that were found, at least one, with paths relative to the draft.
    pub fn check(
        &self,
        charter: &Charter,
        own: &AgencyId,
        now: UnixMillis,
    ) -> Result<Checked, Vec<Violation>> {
        let mut found = Vec::new();
        let own = charter.agency(own).or_else(|| {
            let detail = "the sender is no agency of the charter";
            found.push(Violation::new("agency", Reason::UnknownAgency, detail));
            None
        });
        let category = told(
            &mut found,
            "category",
            charter.find_category(&self.category),
        );
        let place = told(&mut found, "place", charter.find_place(&self.place));
        let measure = told(&mut found, "measure", charter.find_measure(&self.measure));
        let window = self.check_window(charter, &mut found);
        let trend = required(&mut found, "trend", self.trend, "say where it is going");
        let source = required(
            &mut found,
            "source",
            self.source,
            "say how the agency knows",
        );
        let urgency = required(
            &mut found,
            "urgency",
            self.urgency,
            "say how soon the others should look",
        );
        let handling = required(
            &mut found,
            "handling",
            self.handling,
            "say how far it may travel",
        );
        let day = self.check_day(charter, window.as_ref(), now, &mut found);
        let addressed = own.and_then(|own| self.check_audience(charter, own, &mut found));
        found.extend(check_line("note", &self.note, NOTE_CHARS));
        found.extend(check_line(
            "generalised_note",
            &self.generalised_note,
            NOTE_CHARS,
        ));
        let readings = self.check_readings(charter, &mut found);

        let split = own
            .zip(addressed)
            .map(|(own, addressed)| Split::of(charter, own, addressed));
        if let Some(split) = &split
            && split.generalised.is_none()
            && !self.generalised_note.is_empty()
        {
            let detail = "only what a protected origin tells police or prosecutor is generalised";
            found.push(Violation::new(
                "generalised_note",
                Reason::GeneralisedNoteNotAllowed,
                detail,
            ));
        }
        if !found.is_empty() {
            return Err(found);
        }
        let checked = (|| {
            let observation = Observation {
                category: category?.clone(),
                place: place?.id.clone(),
                day: day?,
                window,
                trend: trend?,
                source: Some(source?),
                measure: measure?.clone(),
                urgency: urgency?,
                exercise: self.exercise,
                generalised: false,
                readings,
            };
            let split = split?;
            let generalised = match split.generalised {
                None => None,
                Some(audience) => Some(Generalised {
                    observation: generalise(&observation, &place?.district),
                    note: self.generalised_note.clone(),
                    audience,
                    not_before: day_after_telling(&observation, charter, now),
                }),
            };
            Some(Checked {
                observation,
                note: self.note.clone(),
                handling: handling?,
                audience: split.full,
                generalised,
            })
        })();
        Ok(checked.expect("every part that is missing has left a violation"))
    }

    fn check_window(&self, charter: &Charter, found: &mut Vec<Violation>) -> Option<WindowId> {
        let window = self.window.as_deref().filter(|window| !window.is_empty())?;
        told(found, "window", charter.find_window(window)).cloned()
    }

    /// The day must be one, not lie ahead unless planned, and not lie back for ever.
    fn check_day(
        &self,
        charter: &Charter,
        window: Option<&WindowId>,
        now: UnixMillis,
        found: &mut Vec<Violation>,
    ) -> Option<Day> {
        let Some(day) = parse_day(&self.day) else {
            let (reason, detail) = match self.day.is_empty() {
                true => (Reason::MissingField, "give the day, as YYYY-MM-DD"),
                false => (Reason::InvalidDay, "a day is written YYYY-MM-DD"),
            };
            found.push(Violation::new("day", reason, detail));
            return None;
        };
        let today = charter.today(now);
        let ahead = day_number(day) - day_number(today);
        if ahead < -PAST_DAYS {
            let detail = format!("an update may lie at most {PAST_DAYS} days back");
            found.push(Violation::new("day", Reason::DayTooOld, detail));
        } else if self.source == Some(SourceKind::Planned) {
            if ahead > PLANNED_DAYS {
                let detail = format!("a planned update may lie at most {PLANNED_DAYS} days ahead");
                found.push(Violation::new("day", Reason::PlannedTooFar, detail));
            }
        } else if ahead > 0 {
            let detail = format!("today is {today}; only a planned update may lie ahead");
            found.push(Violation::new("day", Reason::DayInFuture, detail));
        } else if let Some(window) = window
            && !charter.has_begun(day, window, now)
        {
            let detail = "this window has not begun; only a planned update may lie ahead";
            found.push(Violation::new("window", Reason::WindowInFuture, detail));
        }
        Some(day)
    }

    fn check_audience(
        &self,
        charter: &Charter,
        own: &Agency,
        found: &mut Vec<Violation>,
    ) -> Option<Audience> {
        if self.audience.is_empty() {
            return Some(charter.members().clone());
        }
        if self.audience.len() > AGENCIES_MAX {
            let detail = format!("an audience names at most {AGENCIES_MAX} agencies");
            found.push(Violation::new("audience", Reason::AudienceTooLarge, detail));
            return None;
        }
        let before = found.len();
        let mut agencies = vec![own.id.clone()];
        for (index, id) in self.audience.iter().enumerate() {
            match charter.find_agency(id) {
                Ok(agency) => agencies.push(agency.id.clone()),
                Err((reason, detail)) => {
                    found.push(Violation::new(format!("audience[{index}]"), reason, detail));
                }
            }
        }
        if found.len() > before {
            return None;
        }
        if agencies.iter().all(|id| *id == own.id) {
            let detail =
                "name at least one agency besides the sender, or none for all of the federation";
            found.push(Violation::new("audience", Reason::AudienceTooSmall, detail));
            return None;
        }
        Audience::new(agencies).ok()
    }

    fn check_readings(&self, charter: &Charter, found: &mut Vec<Violation>) -> Vec<Reading> {
        if self.readings.len() > READINGS_MAX {
            let detail = format!("an update has at most {READINGS_MAX} readings");
            found.push(Violation::new("readings", Reason::TooManyReadings, detail));
            return Vec::new();
        }
        if self.source == Some(SourceKind::Planned) && !self.readings.is_empty() {
            let detail = "what is planned has not been counted";
            found.push(Violation::new("readings", Reason::ReadingOfPlanned, detail));
        }
        let place = charter.find_place(&self.place).ok();
        let has_window = self
            .window
            .as_deref()
            .is_some_and(|window| !window.is_empty());
        let mut readings = Vec::with_capacity(self.readings.len());
        for (index, draft) in self.readings.iter().enumerate() {
            let path = format!("readings[{index}]");
            let same = |other: &ReadingDraft| {
                other.indicator == draft.indicator && other.period == draft.period
            };
            if self.readings[..index].iter().any(same) {
                let detail = "one figure for each indicator and period";
                found.push(Violation::new(path, Reason::DuplicateReading, detail));
                continue;
            }
            readings.extend(draft.check(&path, charter, place, has_window, found));
        }
        // Paths count the figures that were given, of which the refused ones are no longer in this list.
        if readings.len() == self.readings.len() {
            check_parts(&readings, charter, found);
        }
        readings
    }
}

/// Who gets the update in full, and who gets it generalised.
struct Split {
    full: Audience,
    generalised: Option<Audience>,
}

impl Split {
    fn of(charter: &Charter, own: &Agency, addressed: Audience) -> Self {
        let bound: Vec<AgencyId> = match own.protected {
            true => addressed
                .iter()
                .filter(|id| charter.is_bound_to_prosecute(id))
                .cloned()
                .collect(),
            false => Vec::new(),
        };
        if bound.is_empty() {
            return Self {
                full: addressed,
                generalised: None,
            };
        }
        // A protected agency is never bound to prosecute (the charter's check), so it stays in its own audience.
        let full = addressed.without(&bound).expect("the sender stays");
        let generalised = Audience::new(bound.into_iter().chain([own.id.clone()]))
            .expect("a part of an audience and the sender");
        Self {
            full,
            generalised: Some(generalised),
        }
    }
}

/// District and day, nothing that would tell the shift.
/// The day after what was seen, or after the day on which what is planned is told: a notice that comes after the fact is none.
fn day_after_telling(observation: &Observation, charter: &Charter, now: UnixMillis) -> Day {
    let told = observation.day.min(charter.operational_day(now));
    // A clock at the end of the calendar is wrong anyway; it must not become a panic.
    told.tomorrow().unwrap_or(told)
}

fn generalise(observation: &Observation, district: &PlaceId) -> Observation {
    Observation {
        place: district.clone(),
        window: None,
        source: None,
        urgency: Urgency::Routine,
        generalised: true,
        readings: Vec::new(),
        ..observation.clone()
    }
}

fn told<T>(
    found: &mut Vec<Violation>,
    field: &str,
    outcome: Result<T, (Reason, String)>,
) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err((reason, detail)) => {
            found.push(Violation::new(field, reason, detail));
            None
        }
    }
}

fn required<T>(
    found: &mut Vec<Violation>,
    field: &str,
    value: Option<T>,
    detail: &str,
) -> Option<T> {
    if value.is_none() {
        found.push(Violation::new(field, Reason::MissingField, detail));
    }
    value
}
