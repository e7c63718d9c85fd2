//! Krefeld's federation: what a node of it would store of a figure, and what it would take from another node.

use verbund_model::{
    AgencyId, Audience, Charter, CharterError, Draft, EntryKeyText, Handling, MemberKeys,
    Observation, Period, Reading, ReadingDraft, Reason, SourceKind, Trend, UnixMillis, Urgency,
    Value, ValueDraft, Violation,
};

pub(crate) const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");

pub(crate) const SQUARE: &str = "theaterplatz";
pub(crate) const FACILITY: &str = "dhz-schwertstrasse";
pub(crate) const ZONE: &str = "vier-waelle";

/// 2026-05-31, eleven at night in Krefeld: all windows of the month have begun.
const NOW: UnixMillis = UnixMillis(1_780_261_200_000);

/// A figure that somebody would like to tell.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) origin: &'static str,
    pub(crate) place: &'static str,
    pub(crate) indicator: String,
    pub(crate) period: Period,
    pub(crate) day: u8,
    pub(crate) window: Option<&'static str>,
    pub(crate) value: ValueDraft,
}

impl Figure {
    pub(crate) fn count(place: &'static str, indicator: &str, period: Period, count: u32) -> Self {
        Self {
            origin: "kod",
            place,
            indicator: indicator.to_owned(),
            period,
            day: 12,
            window: (period == Period::Window).then_some("14-18"),
            value: ValueDraft::Count(count),
        }
    }

    pub(crate) fn by(self, origin: &'static str) -> Self {
        Self { origin, ..self }
    }

    pub(crate) fn on(self, day: u8) -> Self {
        Self { day, ..self }
    }

    pub(crate) fn within(self, window: &'static str) -> Self {
        Self {
            window: Some(window),
            ..self
        }
    }
}

pub(crate) struct Federation(pub(crate) Charter);

impl Federation {
    pub(crate) fn new() -> Self {
        Self::with(VOCABULARY)
    }

    pub(crate) fn with(vocabulary: &str) -> Self {
        Self::read(vocabulary).unwrap()
    }

    /// The federation that agreed on this vocabulary, if it makes a charter.
    pub(crate) fn read(vocabulary: &str) -> Result<Self, CharterError> {
        let agencies = Charter::vocabulary_agencies(vocabulary)?;
        let members = agencies
            .into_iter()
            .enumerate()
            .map(|(at, agency)| MemberKeys {
                endpoint: format!("{agency}.example:7443"),
                tls_roots_pem: format!(
                    "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                    "QUJD".repeat(1 + at)
                ),
                entry_keys: vec![EntryKeyText::from_bytes(&[at as u8; 32])],
                agency,
            });
        let expires = jiff::civil::date(2028, 12, 31);
        let text = Charter::compose(vocabulary, members.collect(), 1, None, expires)?;
        Charter::parse(text.as_bytes()).map(Self)
    }

    /// What a node would store of these figures in one update; the place, day and origin are the first one's.
    pub(crate) fn publish(&self, figures: &[&Figure]) -> Result<Vec<Value>, Vec<Violation>> {
        let first = figures[0];
        let draft = Draft {
            category: "angebot".into(),
            place: first.place.into(),
            day: format!("2026-05-{:02}", first.day),
            window: first.window.map(str::to_owned),
            trend: Some(Trend::Steady),
            source: Some(SourceKind::OwnObservation),
            measure: "m1".into(),
            urgency: Some(Urgency::Soon),
            handling: Some(Handling::Amber),
            readings: figures
                .iter()
                .map(|figure| ReadingDraft {
                    indicator: figure.indicator.clone(),
                    period: Some(figure.period),
                    value: figure.value,
                })
                .collect(),
            ..Draft::default()
        };
        let origin = AgencyId::parse(first.origin).unwrap();
        let checked = draft.check(&self.0, &origin, NOW)?;
        // What a sender may send every receiver takes, and police and prosecutor get no figure of a protected origin.
        let observation = &checked.observation;
        observation
            .admit(&self.0, &origin, &checked.audience)
            .unwrap();
        assert!(
            checked
                .generalised
                .is_none_or(|it| it.observation.readings.is_empty())
        );
        Ok(observation.readings.iter().map(|it| it.value).collect())
    }

    /// What a node would store of this figure alone.
    pub(crate) fn told(&self, figure: &Figure) -> Result<Value, Vec<Violation>> {
        self.publish(&[figure]).map(|values| values[0])
    }

    /// What a receiver says to readings that another node made as it liked; none where it takes them.
    pub(crate) fn refuses(
        &self,
        origin: &str,
        place: &str,
        readings: Vec<Reading>,
        change: impl FnOnce(&mut Observation),
    ) -> Option<Vec<Reason>> {
        let figure = Figure::count(SQUARE, "spritzenfunde", Period::Window, 5);
        let draft = Draft {
            category: "angebot".into(),
            place: place.into(),
            day: "2026-05-12".into(),
            window: figure.window.map(str::to_owned),
            trend: Some(Trend::Steady),
            source: Some(SourceKind::OwnObservation),
            measure: "m1".into(),
            urgency: Some(Urgency::Soon),
            handling: Some(Handling::Amber),
            audience: vec!["streetwork".into(), "dhz".into(), "kod".into()],
            ..Draft::default()
        };
        let origin = AgencyId::parse(origin).unwrap();
        let mut observation = draft.check(&self.0, &origin, NOW).unwrap().observation;
        observation.readings = readings;
        change(&mut observation);
        let audience = ["streetwork", "dhz", "kod"].map(|agency| AgencyId::parse(agency).unwrap());
        let audience = Audience::new(audience).unwrap();
        let found = observation.admit(&self.0, &origin, &audience).err()?;
        Some(found.into_iter().map(|it| it.reason).collect())
    }
}
