//! An update as somebody types it: read from the form, from the update that it corrects, or as the form begins.

use jiff::Timestamp;
use jiff::civil::Date;
use verbund_wire::agency::reading_draft::Value;
use verbund_wire::agency::{ReadingDraft, ShareDraft, Situation, SituationDraft};
use verbund_wire::federation::{Handling, Period, Reading, SourceKind, Trend, Urgency, reading};

use crate::concept::Concept;
use crate::form::Fields;
use crate::page::trouble::one_line;

/// Rows of figures that a form may have; the contract takes no more.
pub(crate) const READINGS_MAX: usize = 16;

/// An update as it is typed. Words of the contract are its numbers; 0 says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) place: String,
    pub(crate) category: String,
    /// YYYY-MM-DD; empty for another day that was not given.
    pub(crate) day: String,
    /// Empty for the whole day.
    pub(crate) window: String,
    pub(crate) trend: i32,
    pub(crate) source: i32,
    /// Empty for the one that goes with the category.
    pub(crate) measure: String,
    pub(crate) urgency: i32,
    pub(crate) handling: i32,
    /// The partners that get it.
    pub(crate) audience: Vec<String>,
    pub(crate) note: String,
    pub(crate) generalised_note: String,
    pub(crate) exercise: bool,
    pub(crate) readings: Vec<Row>,
}

/// A row of the figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Indicator and period, as `spritzenfunde/tag`; empty for a row that is not used.
    pub(crate) what: String,
    /// The figure, or the share in per cent.
    pub(crate) value: String,
    /// Of how many, for a share.
    pub(crate) base: String,
}

/// What is wrong with a field, by the contract's path and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) field: String,
    pub(crate) reason: String,
}

impl Draft {
    /// The form as it begins: now, seen by oneself, for all.
    pub(crate) fn new(concept: &Concept, own: &str, now: Timestamp) -> Self {
        let (day, window) = current_window(concept, now);
        Self {
            day: day.to_string(),
            window,
            source: SourceKind::OwnObservation as i32,
            urgency: Urgency::Routine as i32,
            handling: Handling::Amber as i32,
            audience: partners(concept, own),
            readings: vec![Row::default()],
            ..Self::default()
        }
    }

    /// What a form says.
    pub(crate) fn of_form(fields: &Fields) -> Self {
        let day = match fields.one("day") {
            "other" => fields.one("day-other"),
            day => day,
        };
        let rows = (0..READINGS_MAX).map_while(|at| {
            let what = format!("reading-{at}");
            fields.has(&what).then(|| Row {
                what: fields.one(&what).to_owned(),
                value: fields.one(&format!("value-{at}")).to_owned(),
                base: fields.one(&format!("base-{at}")).to_owned(),
            })
        });
        Self {
            place: fields.one("place").to_owned(),
            category: fields.one("category").to_owned(),
            day: day.to_owned(),
            window: fields.one("window").to_owned(),
            trend: fields.word::<Trend>("trend"),
            source: fields.word::<SourceKind>("source"),
            measure: fields.one("measure").to_owned(),
            urgency: fields.word::<Urgency>("urgency"),
            handling: fields.word::<Handling>("handling"),
            audience: fields.all("to").map(str::to_owned).collect(),
            note: one_line(fields.one("note")),
            generalised_note: one_line(fields.one("generalised-note")),
            exercise: fields.has("exercise"),
            readings: rows.collect(),
        }
    }

    /// An update that is to be corrected. What was counted is known only in bands by now: those figures are typed again.
    pub(crate) fn of_update(it: &Situation) -> Self {
        let told = it.observation.clone().unwrap_or_default();
        let mut readings: Vec<Row> = told.readings.iter().map(Row::of_reading).collect();
        if readings.is_empty() {
            readings.push(Row::default());
        }
        Self {
            place: told.place,
            category: told.category,
            day: told.day,
            window: told.window,
            trend: told.trend,
            source: told.source,
            measure: told.measure,
            urgency: told.urgency,
            handling: it.handling,
            audience: it.audience.clone(),
            note: it.note.clone(),
            generalised_note: String::new(),
            exercise: told.exercise,
            readings,
        }
    }

    /// The update as it is sent; all that the node could not even be asked about, otherwise. `measure` is the one that goes with
    /// the category.
    pub(crate) fn to_wire(
        &self,
        concept: &Concept,
        own: &str,
        measure: Option<&str>,
    ) -> Result<SituationDraft, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let used = self
            .readings
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.is_unused());
        let readings: Vec<_> = used
            .map(|(at, row)| row.to_wire(at, concept, &mut wrong))
            .collect();
        let all = partners(concept, own);
        let is_for_all = all.iter().all(|id| self.audience.contains(id));
        if self.audience.is_empty() {
            wrong.push(Wrong::new("situation.audience", "AUDIENCE_TOO_SMALL"));
        }
        let measure = match self.measure.as_str() {
            "" => measure.unwrap_or_default(),
            chosen => chosen,
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(SituationDraft {
            category: self.category.clone(),
            place: self.place.clone(),
            day: self.day.clone(),
            window: self.window.clone(),
            trend: self.trend,
            source: self.source,
            measure: measure.to_owned(),
            urgency: self.urgency,
            handling: self.handling,
            // Nobody named means everybody, also whoever joins before it is sent.
            audience: if is_for_all {
                Vec::new()
            } else {
                self.audience.clone()
            },
            note: self.note.clone(),
            readings,
            exercise: self.exercise,
            generalised_note: self.generalised_note.clone(),
        })
    }

    /// Where a figure of the draft that was sent stands in the form: rows that are not used are not sent.
    pub(crate) fn row_of_sent(&self, index: usize) -> Option<usize> {
        let mut used = self
            .readings
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.is_unused());
        used.nth(index).map(|(at, _)| at)
    }
}

impl Row {
    fn of_reading(it: &Reading) -> Self {
        let period = match it.period() {
            Period::Window => "zeitfenster",
            Period::Day => "tag",
            Period::Month => "monat",
            Period::Unspecified => "",
        };
        Self {
            what: format!("{}/{period}", it.indicator),
            value: match it.value {
                Some(reading::Value::Exact(count)) => count.to_string(),
                _ => String::new(),
            },
            base: String::new(),
        }
    }

    /// Nobody chose anything in it.
    pub(crate) fn is_unused(&self) -> bool {
        self.what.is_empty() && self.value.is_empty() && self.base.is_empty()
    }

    fn to_wire(&self, at: usize, concept: &Concept, wrong: &mut Vec<Wrong>) -> ReadingDraft {
        let (indicator, period) = self.what.split_once('/').unwrap_or((&self.what, ""));
        let mut number = |text: &str, part: &str| match text.parse::<u32>() {
            Ok(number) => number,
            Err(_) => {
                let reason = if text.is_empty() {
                    "MISSING_FIELD"
                } else {
                    "INVALID_VALUE"
                };
                wrong.push(Wrong::new(
                    format!("situation.readings[{at}].{part}"),
                    reason,
                ));
                0
            }
        };
        let is_share = concept
            .indicator(indicator)
            .is_some_and(|it| it.counts == "share");
        let value = if is_share {
            Value::Share(ShareDraft {
                percent: number(&self.value, "value"),
                base: number(&self.base, "base"),
            })
        } else {
            Value::Count(number(&self.value, "value"))
        };
        if self.what.is_empty() {
            wrong.push(Wrong::new(
                format!("situation.readings[{at}].indicator"),
                "MISSING_FIELD",
            ));
        }
        ReadingDraft {
            indicator: indicator.to_owned(),
            period: period_of(period) as i32,
            value: Some(value),
        }
    }
}

impl Wrong {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

/// A period by the charter's word for it.
pub(crate) fn period_of(word: &str) -> Period {
    match word {
        "zeitfenster" => Period::Window,
        "tag" => Period::Day,
        "monat" => Period::Month,
        _ => Period::Unspecified,
    }
}

/// All members but the own agency.
pub(crate) fn partners(concept: &Concept, own: &str) -> Vec<String> {
    let others = concept.agency_ids().filter(|id| *id != own);
    others.map(str::to_owned).collect()
}

/// The day and window of a moment. A window over midnight belongs to the day on which it begins.
fn current_window(concept: &Concept, now: Timestamp) -> (Date, String) {
    let now = now.to_zoned(concept.zone.clone());
    let (today, hour) = (now.date(), now.hour());
    for window in &concept.told.windows {
        let Some((Ok(from), Ok(to))) = window
            .split_once('-')
            .map(|(from, to)| (from.parse::<i8>(), to.parse::<i8>()))
        else {
            continue;
        };
        if from < to && (from..to).contains(&hour) || from >= to && hour >= from {
            return (today, window.clone());
        }
        if from >= to && hour < to {
            return (today.yesterday().unwrap_or(today), window.clone());
        }
    }
    (today, String::new())
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Agency, GetConceptResponse, Indicator, Term};

    use super::*;

    fn concept() -> Concept {
        let term = |id: &str| {
            Some(Term {
                id: id.to_owned(),
                ..Term::default()
            })
        };
        Concept::new(GetConceptResponse {
            time_zone: "Europe/Berlin".to_owned(),
            windows: ["06-10", "10-14", "14-18", "18-22", "22-06"]
                .map(str::to_owned)
                .to_vec(),
            agencies: ["kod", "dhz", "polizei"]
                .map(|id| Agency {
                    term: term(id),
                    ..Agency::default()
                })
                .to_vec(),
            indicators: vec![Indicator {
                term: term("anteil"),
                counts: "share".to_owned(),
                ..Indicator::default()
            }],
            ..GetConceptResponse::default()
        })
    }

    #[test]
    fn the_form_begins_now_and_a_night_belongs_to_the_day_before() {
        let at = |time: &str| {
            let draft = Draft::new(&concept(), "kod", time.parse().unwrap());
            (draft.day, draft.window)
        };
        let told = |day: &str, window: &str| (day.to_owned(), window.to_owned());
        assert_eq!(at("2026-11-27T15:30:00+01:00"), told("2026-11-27", "14-18"));
        assert_eq!(at("2026-11-27T23:10:00+01:00"), told("2026-11-27", "22-06"));
        assert_eq!(at("2026-11-28T05:59:00+01:00"), told("2026-11-27", "22-06"));
        assert_eq!(at("2026-11-28T06:00:00+01:00"), told("2026-11-28", "06-10"));
    }

    #[test]
    fn all_partners_means_nobody_is_named_and_none_is_a_mistake() {
        let mut draft = Draft::new(&concept(), "kod", Timestamp::UNIX_EPOCH);
        assert_eq!(draft.audience, ["dhz", "polizei"]);
        assert!(
            draft
                .to_wire(&concept(), "kod", None)
                .unwrap()
                .audience
                .is_empty()
        );
        draft.audience = vec!["dhz".to_owned()];
        assert_eq!(
            draft.to_wire(&concept(), "kod", None).unwrap().audience,
            ["dhz"]
        );
        draft.audience.clear();
        let wrong = draft.to_wire(&concept(), "kod", None).unwrap_err();
        assert_eq!(
            wrong,
            [Wrong::new("situation.audience", "AUDIENCE_TOO_SMALL")]
        );
    }

    #[test]
    fn a_form_is_read_as_it_was_typed() {
        let typed = b"place=ostwall&day=other&day-other=2026-12-01&trend=rising&source=planned&to=dhz&note=Viel%0D%0AM%C3%BCll\
            &reading-0=&value-0=&base-0=&reading-1=spritzenfunde/tag&value-1=12&base-1=&exercise=on";
        let draft = Draft::of_form(&Fields::parse(typed));
        assert_eq!(
            (draft.place.as_str(), draft.day.as_str()),
            ("ostwall", "2026-12-01")
        );
        assert_eq!(draft.note, "Viel Müll");
        assert!(draft.exercise);
        let sent = draft.to_wire(&concept(), "kod", Some("m3")).unwrap();
        assert_eq!(sent.measure, "m3");
        assert_eq!(sent.readings.len(), 1);
        assert_eq!(sent.readings[0].value, Some(Value::Count(12)));
        assert_eq!(sent.readings[0].period(), Period::Day);
        assert_eq!(draft.row_of_sent(0), Some(1));
    }

    #[test]
    fn figures_that_are_no_numbers_are_told_by_their_row() {
        let typed =
            b"to=dhz&reading-0=anteil/monat&value-0=viel&base-0=&reading-1=x/tag&value-1=&base-1=";
        let wrong = Draft::of_form(&Fields::parse(typed))
            .to_wire(&concept(), "kod", None)
            .unwrap_err();
        assert_eq!(
            wrong,
            [
                Wrong::new("situation.readings[0].value", "INVALID_VALUE"),
                Wrong::new("situation.readings[0].base", "MISSING_FIELD"),
                Wrong::new("situation.readings[1].value", "MISSING_FIELD"),
            ]
        );
    }
}
