//! The vocabulary in force, as callers read it.

use bytes::Bytes;
use verbund_model::{Charter, Names, Period};

use crate::agency;

/// The vocabulary of a charter; `hash` is the SHA-256 of its bytes.
pub fn to_wire(charter: &Charter, hash: &[u8; 32]) -> agency::GetConceptResponse {
    agency::GetConceptResponse {
        federation: charter.federation().as_str().to_owned(),
        charter_version: charter.version(),
        charter_hash: Bytes::copy_from_slice(hash),
        time_zone: charter.time_zone_name().to_owned(),
        agencies: charter
            .agencies()
            .map(|it| agency::Agency {
                term: Some(term(it.id.as_str(), &it.names)),
                protected: it.protected,
                bound_to_prosecute: it.bound_to_prosecute,
            })
            .collect(),
        places: charter
            .places()
            .map(|it| agency::Place {
                id: it.id.as_str().to_owned(),
                name: it.name.clone(),
                r#type: it.kind.as_str().to_owned(),
                district: it.district.as_str().to_owned(),
            })
            .collect(),
        categories: charter
            .categories()
            .map(|it| term(it.id.as_str(), &it.names))
            .collect(),
        indicators: charter
            .indicators()
            .map(|it| agency::Indicator {
                term: Some(term(it.id.as_str(), &it.names)),
                unit: it.unit.clone(),
                counts: it.counts.as_str().to_owned(),
                periods: it
                    .periods
                    .iter()
                    .copied()
                    .map(Period::as_str)
                    .map(str::to_owned)
                    .collect(),
            })
            .collect(),
        measures: charter
            .measures()
            .map(|it| term(it.id.as_str(), &it.names))
            .collect(),
        windows: charter
            .windows()
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
    }
}

fn term(id: &str, names: &Names) -> agency::Term {
    agency::Term {
        id: id.to_owned(),
        name_de: names.de.clone(),
        name_en: names.en.clone(),
    }
}
