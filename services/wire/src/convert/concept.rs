//! The vocabulary in force, as callers read it.

use bytes::Bytes;
use verbund_model::{Charter, Handling, Names, Period, Retention, ToldOf, Use};

use super::vocabulary::Word as _;
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
                position: it.position.map(|it| agency::Position {
                    latitude_millidegrees: it.latitude_millidegrees,
                    longitude_millidegrees: it.longitude_millidegrees,
                }),
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
                part_of: it
                    .part_of
                    .as_ref()
                    .map_or_else(String::new, |it| it.as_str().to_owned()),
                periods: it
                    .periods
                    .iter()
                    .copied()
                    .map(Period::as_str)
                    .map(str::to_owned)
                    .collect(),
                told_of: it.told_of.map_or("", ToldOf::as_str).to_owned(),
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
        federation_term: Some(term(charter.federation().as_str(), charter.names())),
        meeting_types: charter
            .meeting_types()
            .map(|it| term(it.id.as_str(), &it.names))
            .collect(),
        responsibilities: charter
            .responsibilities()
            .iter()
            .map(|it| agency::Responsibility {
                category: it.category.as_str().to_owned(),
                agency: it.agency.as_str().to_owned(),
            })
            .collect(),
        silent_sign_off_days: charter.protocol_rules().release_with_reservation_after_days,
        handlings: Handling::ALL.into_iter().map(rule).collect(),
        retention: Some(retention(charter.retention())),
    }
}

fn retention(it: &Retention) -> agency::Retention {
    agency::Retention {
        update_days: it.update_days,
        reading_days: it.reading_days,
        task_after_close_days: it.task_after_close_days,
        protocol_days: it.protocol_days,
    }
}

fn rule(it: Handling) -> agency::HandlingRule {
    agency::HandlingRule {
        handling: it.to_wire(),
        relay: it.allows(Use::Relay),
        report: it.allows(Use::Report),
        export: it.allows(Use::Export),
        projector: it.allows(Use::Projector),
        public_bulletin: it.allows(Use::PublicBulletin),
        second_coordinator: it.needs_second_coordinator(),
    }
}

fn term(id: &str, names: &Names) -> agency::Term {
    agency::Term {
        id: id.to_owned(),
        name_de: names.de.clone(),
        name_en: names.en.clone(),
    }
}

#[cfg(test)]
mod tests {
    use verbund_model::{EntryKeyText, MemberKeys};

    use super::*;

    const KREFELD: &str = include_str!("../../../../deploy/charter/krefeld.toml");

    fn krefeld() -> Charter {
        let members = Charter::vocabulary_agencies(KREFELD)
            .expect("the example is a vocabulary")
            .into_iter()
            .zip(1..)
            .map(|(agency, key)| MemberKeys {
                agency,
                endpoint: String::new(),
                tls_roots_pem: format!(
                    "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                    "ABCDEFGH".repeat(key.into()),
                ),
                entry_keys: vec![EntryKeyText::from_bytes(&[key; 32])],
            })
            .collect();
        let expires = "2027-12-31".parse().expect("a day");
        let text = Charter::compose(KREFELD, members, 3, Some([9; 32]), expires).expect("composes");
        Charter::parse(text.as_bytes()).expect("parses")
    }

    #[test]
    fn nothing_of_the_vocabulary_is_lost() {
        let charter = krefeld();
        let it = to_wire(&charter, &[7; 32]);
        assert_eq!(it.federation, "krefeld");
        assert_eq!(it.charter_version, 3);
        assert_eq!(&*it.charter_hash, &[7; 32]);
        assert_eq!(it.time_zone, "Europe/Berlin");
        assert_eq!(it.agencies.len(), charter.agencies().len());
        assert_eq!(it.places.len(), charter.places().len());
        assert_eq!(it.categories.len(), charter.categories().len());
        assert_eq!(it.indicators.len(), charter.indicators().len());
        assert_eq!(it.measures.len(), charter.measures().len());
        assert_eq!(it.windows, ["06-10", "10-14", "14-18", "18-22", "22-06"]);

        let federation = it.federation_term.as_ref().expect("is told");
        assert_eq!(federation.id, "krefeld");
        assert_eq!(federation.name_de, charter.names().de);
        assert_eq!(it.meeting_types.len(), charter.meeting_types().len());
        assert_eq!(it.responsibilities.len(), charter.responsibilities().len());
        let days = charter.protocol_rules();
        let days = days.release_with_reservation_after_days;
        assert_eq!(it.silent_sign_off_days, days);
        let kept = it.retention.expect("is told");
        assert_eq!((kept.update_days, kept.reading_days), (90, 3650));
        assert_eq!(
            (kept.task_after_close_days, kept.protocol_days),
            (365, 3650)
        );
        let handlings: Vec<_> = it.handlings.iter().map(|it| it.handling()).collect();
        use crate::federation::Handling as Told;
        let expected = [Told::Clear, Told::Green, Told::Amber, Told::AmberStrict];
        assert_eq!(handlings, expected);
        let green = &it.handlings[1];
        assert!(green.report && green.projector && !green.public_bulletin);
        assert!(it.handlings[0].second_coordinator && !green.second_coordinator);
        assert!(it.places.iter().all(|it| it.position.is_none()));

        let dhz = it
            .agencies
            .iter()
            .find(|it| it.term.as_ref().is_some_and(|it| it.id == "dhz"));
        assert!(dhz.is_some_and(|it| it.protected && !it.bound_to_prosecute));
        for (told, indicator) in it.indicators.iter().zip(charter.indicators()) {
            assert_eq!(
                told.term.as_ref().map(|it| &*it.id),
                Some(indicator.id.as_str())
            );
            assert_eq!(told.periods.len(), indicator.periods.len());
            let part_of = indicator.part_of.as_ref().map_or("", |it| it.as_str());
            assert_eq!(told.part_of, part_of);
            assert_eq!(told.told_of, indicator.told_of.map_or("", ToldOf::as_str));
        }
    }
}
