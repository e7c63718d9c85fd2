//! The receiver's check of what another node made. It looks at no clock: a late receiver must judge as an early one did.

use super::{NOTE_CHARS, Observation, READINGS_MAX, SourceKind, Urgency};
use crate::audience::Audience;
use crate::charter::{Charter, PlaceKind};
use crate::id::AgencyId;
use crate::line::check_line;
use crate::reading::check_parts;
use crate::time::has_sense;
use crate::violation::{Reason, Violation};

impl Observation {
    /// Checks decoded content of a partner: vocabulary, classes of figures, and the rule for protected origins.
    ///
    /// # Errors
    /// All violations that were found, at least one, with paths relative to the observation.
    pub fn admit(
        &self,
        charter: &Charter,
        origin: &AgencyId,
        audience: &Audience,
    ) -> Result<(), Vec<Violation>> {
        let mut found = Vec::new();
        let mut note = |field: &str, reason: Reason, detail: &str| {
            found.push(Violation::new(field, reason, detail))
        };

        let origin = charter.agency(origin);
        if origin.is_none() {
            note(
                "agency",
                Reason::UnknownAgency,
                "the origin is no agency of the charter",
            );
        }
        if charter.category(&self.category).is_none() {
            note(
                "category",
                Reason::UnknownCategory,
                "no category of the charter",
            );
        }
        let place = charter.place(&self.place);
        if place.is_none() {
            note("place", Reason::UnknownPlace, "no place of the charter");
        }
        if charter.measure(&self.measure).is_none() {
            note(
                "measure",
                Reason::UnknownMeasure,
                "no measure of the charter",
            );
        }
        if self
            .window
            .as_ref()
            .is_some_and(|window| !charter.windows().contains(window))
        {
            note(
                "window",
                Reason::UnknownWindow,
                "no time window of the charter",
            );
        }
        if !has_sense(self.day) {
            note(
                "day",
                Reason::InvalidDay,
                "a day lies in the years 2000 to 2199",
            );
        }
        let protected = origin.is_some_and(|agency| agency.protected);
        if self.generalised {
            if !protected {
                note(
                    "generalised",
                    Reason::NotGeneralised,
                    "only a protected origin's updates are generalised",
                );
            }
            if place
                .is_some_and(|place| !matches!(place.kind, PlaceKind::Zone | PlaceKind::Quarter))
            {
                note(
                    "place",
                    Reason::NotGeneralised,
                    "a generalised update names a district",
                );
            }
            if self.window.is_some() {
                note(
                    "window",
                    Reason::NotGeneralised,
                    "a generalised update names the whole day",
                );
            }
            if self.source.is_some() {
                note(
                    "source",
                    Reason::NotGeneralised,
                    "a generalised update names no source",
                );
            }
            if self.urgency != Urgency::Routine {
                note(
                    "urgency",
                    Reason::NotGeneralised,
                    "a generalised update is routine",
                );
            }
            if !self.readings.is_empty() {
                note(
                    "readings",
                    Reason::NotGeneralised,
                    "a generalised update has no readings",
                );
            }
        } else {
            if self.source.is_none() {
                note(
                    "source",
                    Reason::SourceRequired,
                    "an update says how its origin knows",
                );
            }
            if protected && audience.iter().any(|id| charter.is_bound_to_prosecute(id)) {
                let detail = "what a protected origin tells police or prosecutor is generalised";
                note("generalised", Reason::NotGeneralised, detail);
            }
            if self.source == Some(SourceKind::Planned) && !self.readings.is_empty() {
                note(
                    "readings",
                    Reason::ReadingOfPlanned,
                    "what is planned has not been counted",
                );
            }
        }
        if self.readings.len() > READINGS_MAX {
            note(
                "readings",
                Reason::TooManyReadings,
                "an update has at most 16 readings",
            );
        } else {
            for (index, reading) in self.readings.iter().enumerate() {
                let path = format!("readings[{index}]");
                let twice = self.readings[..index].iter().any(|other| {
                    other.indicator == reading.indicator && other.period == reading.period
                });
                if twice {
                    let detail = "one figure for each indicator and period";
                    found.push(Violation::new(path, Reason::DuplicateReading, detail));
                    continue;
                }
                reading.admit(&path, charter, place, self.window.is_some(), &mut found);
            }
            check_parts(&self.readings, charter, &mut found);
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// Checks a partner's note: length and characters. What it says is the guard's matter.
///
/// # Errors
/// The violation, with the field `note`.
pub fn admit_note(note: &str) -> Result<(), Violation> {
    check_line("note", note, NOTE_CHARS).map_or(Ok(()), Err)
}
