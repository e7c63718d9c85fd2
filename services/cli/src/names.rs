//! The vocabulary's names in the reader's language, for tables. What the concept doesn't know shows as its id.

use std::collections::HashMap;

use verbund_wire::agency::{GetConceptResponse, Term};

use crate::output::clean;
use crate::text;

/// Names by id, one map for each kind.
#[derive(Debug, Default)]
pub(crate) struct Names {
    agencies: HashMap<String, String>,
    places: HashMap<String, String>,
    categories: HashMap<String, String>,
    indicators: HashMap<String, String>,
    measures: HashMap<String, String>,
}

impl Names {
    pub(crate) fn of(concept: &GetConceptResponse) -> Self {
        let terms = |terms: &mut dyn Iterator<Item = &Term>| {
            terms
                .map(|term| (term.id.clone(), name(term)))
                .collect::<HashMap<_, _>>()
        };
        let places = concept
            .places
            .iter()
            .map(|it| (it.id.clone(), clean(&it.name)));
        Self {
            agencies: terms(&mut concept.agencies.iter().filter_map(|it| it.term.as_ref())),
            places: places.collect(),
            categories: terms(&mut concept.categories.iter()),
            indicators: terms(&mut concept.indicators.iter().filter_map(|it| it.term.as_ref())),
            measures: terms(&mut concept.measures.iter()),
        }
    }

    pub(crate) fn agency(&self, id: &str) -> String {
        known(&self.agencies, id)
    }

    /// All agencies of the charter.
    pub(crate) fn agency_ids(&self) -> impl Iterator<Item = &str> {
        self.agencies.keys().map(String::as_str)
    }

    /// Agencies in a row.
    pub(crate) fn agencies(&self, ids: &[String]) -> String {
        let named = ids.iter().map(|id| self.agency(id));
        named.collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn place(&self, id: &str) -> String {
        known(&self.places, id)
    }

    pub(crate) fn category(&self, id: &str) -> String {
        known(&self.categories, id)
    }

    /// A measure with its id in capitals, as the concept writes it: `M1 Sauberkeit`.
    pub(crate) fn measure(&self, id: &str) -> String {
        let short = clean(id).to_uppercase();
        match self.measures.get(id) {
            Some(name) => format!("{short} {name}"),
            None => short,
        }
    }

    pub(crate) fn indicator(&self, id: &str) -> String {
        known(&self.indicators, id)
    }
}

/// The name in the reader's language.
pub(crate) fn name(term: &Term) -> String {
    clean(match text::lang() {
        text::Lang::De => &term.name_de,
        text::Lang::En => &term.name_en,
    })
}

fn known(names: &HashMap<String, String>, id: &str) -> String {
    names.get(id).cloned().unwrap_or_else(|| clean(id))
}
