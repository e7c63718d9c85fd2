//! A day in Krefeld, as the six agencies might have told it.
//!
//! Figures are those of public sources (the council's motion, the city's press releases, Caritas' interim report, local
//! papers); the notes are made up, and say nothing about any person. One step holds an e-mail address, so that one sees
//! the guard refuse it.

use verbund_model::Day;
use verbund_wire::agency::{ReadingDraft, SituationDraft, reading_draft};
use verbund_wire::federation::{Handling, Period, SourceKind, Trend, Urgency, WithdrawalReason};

use Trend::{Falling, Rising, Steady, Unknown};

/// One thing that an agency does in the course of the day.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Unique in the day; request ids are made of it.
    pub(crate) key: &'static str,
    pub(crate) agency: &'static str,
    pub(crate) action: Action,
}

/// What it does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Publish(SituationDraft),
    /// Replaces what the step with this key published.
    Correct(&'static str, SituationDraft),
    /// Takes back what the step with this key published.
    Withdraw(&'static str, WithdrawalReason),
    /// Is sent, and must be refused.
    MustBeRefused(SituationDraft),
}

impl Action {
    /// The update that the step tells, where it tells one.
    pub(crate) fn draft(&self) -> Option<&SituationDraft> {
        match self {
            Self::Publish(draft) | Self::Correct(_, draft) | Self::MustBeRefused(draft) => {
                Some(draft)
            }
            Self::Withdraw(..) => None,
        }
    }
}

/// The steps in the order of the day.
pub(crate) fn steps(day: Day) -> Vec<Step> {
    let tell = |category, place, window, trend, note| {
        Draft::new(day, category, place, window, trend, note)
    };
    let mut steps = Vec::new();
    let mut add = |agency, key, action| {
        steps.push(Step {
            key,
            agency,
            action,
        })
    };
    let publish = |draft: Draft| Action::Publish(draft.0);

    // 06–10
    add(
        "kod",
        "kod-spritzen",
        publish(
            tell(
                "konsumabfall",
                "lutherplatz",
                "06-10",
                Rising,
                "Mehr Spritzen als an anderen Tagen, vor allem an den Bänken.",
            )
            .measure("m3")
            .count("spritzenfunde", Period::Window, 14),
        ),
    );
    add(
        "quartiersbuero",
        "qb-spielplatz",
        publish(
            tell(
                "spielplatz",
                "albrechtplatz",
                "06-10",
                Steady,
                "Spielplatz vor Schulbeginn begangen, sauber und nutzbar.",
            )
            .measure("m3")
            .count("spritzenfunde", Period::Window, 0),
        ),
    );
    add(
        "kod",
        "kod-reinigung",
        publish(
            tell(
                "sauberkeit",
                "suedwall-westwall",
                "06-10",
                Falling,
                "Zusätzliche Reinigung ist erfolgt.",
            )
            .count("reinigungen", Period::Day, 6),
        ),
    );
    add(
        "dhz",
        "dhz-oeffnung",
        publish(
            tell(
                "angebot",
                "dhz-schwertstrasse",
                "06-10",
                Steady,
                "Regulär geöffnet, alle Plätze im Konsumraum verfügbar.",
            )
            .measure("m2"),
        ),
    );
    add(
        "streetwork",
        "sw-theaterplatz",
        publish(
            tell(
                "verlagerung",
                "theaterplatz",
                "06-10",
                Falling,
                "Der Theaterplatz ist leerer als in den Vorwochen.",
            )
            .measure("m2"),
        ),
    );

    // 10–14
    add(
        "streetwork",
        "sw-bleichpfad",
        publish(
            tell(
                "verlagerung",
                "bleichpfad",
                "10-14",
                Rising,
                "Treffpunkt verlagert sich vom Theaterplatz zum Bleichpfad.",
            )
            .measure("m2")
            .soon()
            .count("streetwork-kontakte", Period::Window, 17),
        ),
    );
    add(
        "quartiersbuero",
        "qb-anliegen",
        publish(
            tell(
                "beschwerde",
                "kontaktpunkt-city",
                "10-14",
                Steady,
                "Vor allem Fragen zu Beleuchtung und Müll.",
            )
            .source(SourceKind::ThirdParty)
            .measure("m5")
            .count("buergeranliegen", Period::Day, 6),
        ),
    );
    add(
        "quartiersbuero",
        "qb-doppelt",
        publish(
            tell(
                "beschwerde",
                "kontaktpunkt-city",
                "10-14",
                Steady,
                "Fragen zu Beleuchtung und Müll.",
            )
            .source(SourceKind::ThirdParty)
            .measure("m5"),
        ),
    );
    add(
        "kod",
        "kod-brachflaeche-1",
        publish(
            tell(
                "kontrolle",
                "koelner-strasse-brachflaeche",
                "10-14",
                Steady,
                "Erste Kontrolle der Brachfläche mit der Hausverwaltung abgestimmt.",
            )
            .count("angetroffene-personen", Period::Window, 13),
        ),
    );
    add(
        "kod",
        "kod-spritzen-2",
        Action::Correct(
            "kod-spritzen",
            tell(
                "konsumabfall",
                "lutherplatz",
                "06-10",
                Rising,
                "Nachgezählt: mehr Spritzen als an anderen Tagen, vor allem an den Bänken.",
            )
            .measure("m3")
            .count("spritzenfunde", Period::Window, 12)
            .0,
        ),
    );
    add(
        "dhz",
        "dhz-warnung",
        publish(
            tell(
                "gesundheit",
                "vier-waelle",
                "10-14",
                Unknown,
                "Hinweis auf ungewöhnlich starke Substanzen; Ersthelfende bitte vorbereitet sein.",
            )
            .source(SourceKind::Unverified)
            .measure("m2")
            .immediate(),
        ),
    );
    add(
        "polizei",
        "pol-praesenz",
        publish(
            tell(
                "kontrolle",
                "hauptbahnhof",
                "10-14",
                Steady,
                "Gemeinsame Präsenz mit der Bundespolizei am Vorplatz.",
            )
            .count("streifenstunden", Period::Day, 18),
        ),
    );
    add(
        "quartiersbuero",
        "qb-doppelt-zurueck",
        Action::Withdraw("qb-doppelt", WithdrawalReason::Duplicate),
    );

    // 14–18
    add(
        "kod",
        "kod-mail",
        Action::MustBeRefused(
            tell(
                "beschwerde",
                "neumarkt",
                "14-18",
                Unknown,
                "Rückfragen bitte an beschwerde@beispiel.de richten.",
            )
            .source(SourceKind::ThirdParty)
            .0,
        ),
    );
    add(
        "kod",
        "kod-obv",
        publish(
            tell(
                "ordnung",
                "vier-waelle",
                "14-18",
                Steady,
                "Monatsstand der Verstöße gegen die ordnungsbehördliche Verordnung.",
            )
            .count("obv-verstoesse-konsum", Period::Month, 56)
            .count("obv-verstoesse-lagern", Period::Month, 37)
            .count("obv-verstoesse-alkohol", Period::Month, 17),
        ),
    );
    add(
        "kod",
        "kod-brachflaeche-2",
        publish(
            tell(
                "kontrolle",
                "koelner-strasse-brachflaeche",
                "14-18",
                Falling,
                "Zweite Kontrolle, deutlich weniger als am Vormittag.",
            )
            .count("angetroffene-personen", Period::Window, 7),
        ),
    );
    add(
        "streetwork",
        "sw-luisenplatz",
        publish(
            tell(
                "verlagerung",
                "luisenplatz",
                "14-18",
                Rising,
                "Weiter zum Luisenplatz und Ostwall; ruhig, ansprechbar.",
            )
            .measure("m2"),
        ),
    );
    add(
        "staatsanwaltschaft",
        "sta-hinweis",
        publish(
            tell(
                "ordnung",
                "vier-waelle",
                "14-18",
                Steady,
                "Anzeigen bitte weiter auf dem üblichen Weg; hier nur die allgemeine Lage.",
            )
            .source(SourceKind::ThirdParty),
        ),
    );
    add(
        "polizei",
        "pol-kod",
        publish(
            tell(
                "kontrolle",
                "ostwall",
                "14-18",
                Steady,
                "Abstimmung der Streifenwege für den Abend.",
            )
            .handling(Handling::AmberStrict)
            .to(&["kod"]),
        ),
    );
    add(
        "kod",
        "kod-uebung",
        publish(
            tell(
                "infrastruktur",
                "neumarkt",
                "14-18",
                Unknown,
                "Übung der Meldewege: Absperrung am Neumarkt.",
            )
            .soon()
            .exercise(),
        ),
    );

    // 18–22
    add(
        "dhz",
        "dhz-tag",
        publish(
            tell(
                "angebot",
                "dhz-schwertstrasse",
                "18-22",
                Steady,
                "Tageszahlen des Drogenhilfezentrums.",
            )
            .measure("m2")
            .count("cafe-pause-besuche", Period::Day, 79),
        ),
    );
    add(
        "dhz",
        "dhz-monat",
        publish(
            tell(
                "angebot",
                "dhz-schwertstrasse",
                "18-22",
                Rising,
                "Monatsstand: Nutzung und Vermittlungen.",
            )
            .measure("m2")
            .count("dkr-konsumvorgaenge", Period::Month, 1332)
            .count("nutzende", Period::Month, 136)
            .count("vermittlungen", Period::Month, 77),
        ),
    );
    add(
        "dhz",
        "dhz-schliesstag",
        publish(
            tell(
                "angebot",
                "dhz-schwertstrasse",
                "",
                Unknown,
                "Wegen einer Fortbildung geschlossen; Streetwork ist länger unterwegs.",
            )
            .planned_for(day.saturating_add(jiff::Span::new().days(8)))
            .measure("m2")
            .soon(),
        ),
    );
    add(
        "polizei",
        "pol-verweise",
        publish(
            tell(
                "ordnung",
                "hauptbahnhof",
                "18-22",
                Falling,
                "Ruhiger als am Wochenende.",
            )
            .count("platzverweise", Period::Day, 9),
        ),
    );
    add(
        "quartiersbuero",
        "qb-licht",
        publish(
            tell(
                "infrastruktur",
                "stadtgarten",
                "18-22",
                Steady,
                "Zwei Laternen am Hauptweg sind dunkel, Stadtwerke sind informiert.",
            )
            .measure("m6"),
        ),
    );

    // 22–06
    add(
        "polizei",
        "pol-nacht",
        publish(
            tell(
                "aufenthalt",
                "platz-der-wiedervereinigung",
                "22-06",
                Steady,
                "Nacht ohne Auffälligkeiten.",
            )
            .handling(Handling::Green),
        ),
    );
    steps
}

/// An update with what most have in common.
struct Draft(SituationDraft);

impl Draft {
    fn new(day: Day, category: &str, place: &str, window: &str, trend: Trend, note: &str) -> Self {
        Self(SituationDraft {
            category: category.to_owned(),
            place: place.to_owned(),
            day: day.to_string(),
            window: window.to_owned(),
            trend: trend.into(),
            source: SourceKind::OwnObservation.into(),
            measure: "m1".to_owned(),
            urgency: Urgency::Routine.into(),
            handling: Handling::Green.into(),
            note: note.to_owned(),
            ..SituationDraft::default()
        })
    }

    fn measure(mut self, measure: &str) -> Self {
        self.0.measure = measure.to_owned();
        self
    }

    fn source(mut self, source: SourceKind) -> Self {
        self.0.source = source.into();
        self
    }

    fn handling(mut self, handling: Handling) -> Self {
        self.0.handling = handling.into();
        self
    }

    fn to(mut self, audience: &[&str]) -> Self {
        self.0.audience = audience.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    fn soon(mut self) -> Self {
        self.0.urgency = Urgency::Soon.into();
        self
    }

    fn immediate(mut self) -> Self {
        self.0.urgency = Urgency::Immediate.into();
        self
    }

    fn exercise(mut self) -> Self {
        self.0.exercise = true;
        self
    }

    fn planned_for(mut self, day: Day) -> Self {
        self.0.day = day.to_string();
        self.source(SourceKind::Planned)
    }

    fn count(mut self, indicator: &str, period: Period, count: u32) -> Self {
        self.0.readings.push(ReadingDraft {
            indicator: indicator.to_owned(),
            period: period.into(),
            value: Some(reading_draft::Value::Count(count)),
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use verbund_model::{AgencyId, Charter, UnixMillis};
    use verbund_wire::convert::draft;

    use super::*;
    use crate::federation::tests::{VOCABULARY, charter};

    const DAY: Day = jiff::civil::date(2026, 11, 22);
    /// The day after, at noon.
    const NOW: UnixMillis = UnixMillis(1_795_435_200_000);

    #[test]
    fn everything_but_the_refused_is_right() {
        let charter: Charter = charter();
        assert_eq!(charter.operational_day(NOW), DAY.tomorrow().unwrap());
        for step in steps(DAY) {
            let Some(told) = step.action.draft() else {
                continue;
            };
            let own = AgencyId::parse(step.agency).unwrap();
            let checked = draft::from_wire(told.clone()).check(&charter, &own, NOW);
            assert!(checked.is_ok(), "{}: {:?}", step.key, checked.err());
        }
    }

    #[test]
    fn keys_are_unique_and_refer_to_earlier_steps_of_the_same_agency() {
        let mut before: BTreeSet<(&str, &str)> = BTreeSet::new();
        for step in steps(DAY) {
            if let Action::Correct(of, _) | Action::Withdraw(of, _) = &step.action {
                assert!(before.contains(&(step.agency, *of)), "{}", step.key);
            }
            assert!(
                before.insert((step.agency, step.key)),
                "{} is there twice",
                step.key
            );
        }
    }

    #[test]
    fn all_six_agencies_have_something_to_tell() {
        let agencies: BTreeSet<String> = steps(DAY).iter().map(|it| it.agency.to_owned()).collect();
        let members = Charter::vocabulary_agencies(VOCABULARY).unwrap();
        assert_eq!(agencies, members.iter().map(ToString::to_string).collect());
    }
}
