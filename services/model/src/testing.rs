//! What this crate's tests share: Krefeld's charter and times on its clocks, and histories.

pub(crate) mod told;

use crate::charter::{Charter, EntryKeyText, MemberKeys};
use crate::id::AgencyId;
use crate::situation::{Draft, SourceKind, Trend, Urgency};
use crate::{Handling, UnixMillis};

pub(crate) const VOCABULARY: &str = include_str!("../../../deploy/charter/krefeld.toml");

pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).expect("a slug")
}

pub(crate) fn members() -> Vec<MemberKeys> {
    let agencies = Charter::vocabulary_agencies(VOCABULARY).expect("the vocabulary reads");
    agencies
        .into_iter()
        .enumerate()
        .map(|(at, agency)| member(agency, at as u8))
        .collect()
}

/// A member with a root and a key of its own. Model checks only their form.
pub(crate) fn member(agency: AgencyId, at: u8) -> MemberKeys {
    MemberKeys {
        endpoint: format!("{agency}.example:7443"),
        tls_roots_pem: format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            "QUJD".repeat(1 + usize::from(at))
        ),
        entry_keys: vec![EntryKeyText::from_bytes(&[at; 32])],
        agency,
    }
}

/// The text of Krefeld's charter, complete.
pub(crate) fn krefeld_toml() -> String {
    let expires = jiff::civil::date(2028, 12, 31);
    Charter::compose(VOCABULARY, members(), 1, None, expires).expect("the vocabulary composes")
}

pub(crate) fn krefeld() -> Charter {
    Charter::parse(krefeld_toml().as_bytes()).expect("what compose gives can be read")
}

/// Krefeld's charter with a part of its text replaced; the part must be there.
pub(crate) fn krefeld_with(changes: &[(&str, &str)]) -> Result<Charter, crate::CharterError> {
    let mut text = krefeld_toml();
    for (from, to) in changes {
        assert!(text.contains(from), "the charter does not contain {from:?}");
        text = text.replacen(from, to, 1);
    }
    Charter::parse(text.as_bytes())
}

/// A time on the clocks of Krefeld, such as `2026-03-28T19:30`.
pub(crate) fn at(local: &str) -> UnixMillis {
    let local: jiff::civil::DateTime = local.parse().expect("a date and time");
    let zoned = local.in_tz("Europe/Berlin").expect("bundled zone");
    UnixMillis(zoned.timestamp().as_millisecond())
}

/// A draft with nothing wrong in it, for a sender of any agency on 2026-05-12.
pub(crate) fn draft() -> Draft {
    Draft {
        category: "konsumabfall".into(),
        place: "theaterplatz".into(),
        day: "2026-05-12".into(),
        window: Some("14-18".into()),
        trend: Some(Trend::Steady),
        source: Some(SourceKind::OwnObservation),
        measure: "m1".into(),
        urgency: Some(Urgency::Soon),
        handling: Some(Handling::Amber),
        note: "Spritzenfunde am Brunnen, Reinigung bestellt.".into(),
        ..Draft::default()
    }
}

/// A moment on the day of [`draft`], in its window.
pub(crate) fn now() -> UnixMillis {
    at("2026-05-12T15:10")
}
