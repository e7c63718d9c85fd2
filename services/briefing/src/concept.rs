//! The vocabulary of the charter in force, with its names in both languages.
//!
//! What the vocabulary does not know, such as a place that a later charter dropped, shows as its id.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use verbund_wire::agency::{Agency, GetConceptResponse, Indicator, Place, Term};

use crate::lang::Lang;

/// The vocabulary.
#[derive(Debug, Clone)]
pub(crate) struct Concept {
    /// What the node told.
    pub(crate) told: GetConceptResponse,
    /// The time zone of days and windows.
    pub(crate) zone: TimeZone,
    agencies: HashMap<String, usize>,
    places: HashMap<String, usize>,
    categories: HashMap<String, usize>,
    indicators: HashMap<String, usize>,
    measures: HashMap<String, usize>,
}

impl Concept {
    /// Takes over what the node told.
    pub(crate) fn new(told: GetConceptResponse) -> Self {
        fn index<'a>(ids: impl Iterator<Item = &'a str>) -> HashMap<String, usize> {
            ids.enumerate()
                .map(|(index, id)| (id.to_owned(), index))
                .collect()
        }
        let term = |term: &'_ Option<Term>| term.as_ref().map_or("", |it| &it.id).to_owned();
        let agencies: Vec<String> = told.agencies.iter().map(|it| term(&it.term)).collect();
        let indicators: Vec<String> = told.indicators.iter().map(|it| term(&it.term)).collect();
        Self {
            zone: TimeZone::get(&told.time_zone).unwrap_or(TimeZone::UTC),
            agencies: index(agencies.iter().map(String::as_str)),
            places: index(told.places.iter().map(|it| it.id.as_str())),
            categories: index(told.categories.iter().map(|it| it.id.as_str())),
            indicators: index(indicators.iter().map(String::as_str)),
            measures: index(told.measures.iter().map(|it| it.id.as_str())),
            told,
        }
    }

    /// Today in the charter's time zone.
    pub(crate) fn today(&self, now: jiff::Timestamp) -> jiff::civil::Date {
        now.to_zoned(self.zone.clone()).date()
    }

    /// A member.
    pub(crate) fn agency(&self, id: &str) -> Option<&Agency> {
        self.agencies.get(id).map(|at| &self.told.agencies[*at])
    }

    /// A place.
    pub(crate) fn place(&self, id: &str) -> Option<&Place> {
        self.places.get(id).map(|at| &self.told.places[*at])
    }

    /// A category.
    pub(crate) fn category(&self, id: &str) -> Option<&Term> {
        self.categories.get(id).map(|at| &self.told.categories[*at])
    }

    /// An indicator.
    pub(crate) fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.get(id).map(|at| &self.told.indicators[*at])
    }

    /// A measure.
    pub(crate) fn measure(&self, id: &str) -> Option<&Term> {
        self.measures.get(id).map(|at| &self.told.measures[*at])
    }

    /// The ids of all members, in the charter's order.
    pub(crate) fn agency_ids(&self) -> impl Iterator<Item = &str> {
        let terms = self.told.agencies.iter().filter_map(|it| it.term.as_ref());
        terms.map(|term| term.id.as_str())
    }

    /// An agency's name.
    pub(crate) fn agency_name(&self, id: &str, lang: Lang) -> String {
        let term = self.agency(id).and_then(|it| it.term.as_ref());
        name(term, id, lang)
    }

    /// A place's name. Places have one name in all languages.
    pub(crate) fn place_name(&self, id: &str) -> String {
        self.place(id).map_or(id, |it| &it.name).to_owned()
    }

    /// A category's name.
    pub(crate) fn category_name(&self, id: &str, lang: Lang) -> String {
        name(self.category(id), id, lang)
    }

    /// An indicator's name.
    pub(crate) fn indicator_name(&self, id: &str, lang: Lang) -> String {
        let term = self.indicator(id).and_then(|it| it.term.as_ref());
        name(term, id, lang)
    }

    /// A meeting type's name.
    pub(crate) fn meeting_type_name(&self, id: &str, lang: Lang) -> String {
        let term = self.told.meeting_types.iter().find(|it| it.id == id);
        name(term, id, lang)
    }

    /// A measure's name with its id in capitals, as the concept writes it: `M1 Sauberkeit`.
    pub(crate) fn measure_name(&self, id: &str, lang: Lang) -> String {
        let short = id.to_uppercase();
        match self.measure(id) {
            Some(_) => format!("{short} {}", name(self.measure(id), id, lang)),
            None => short,
        }
    }
}

/// A term's name in a language.
pub(crate) fn name(term: Option<&Term>, id: &str, lang: Lang) -> String {
    let name = term.map_or("", |term| match lang {
        Lang::De => &term.name_de,
        Lang::En => &term.name_en,
    });
    if name.is_empty() { id } else { name }.to_owned()
}
