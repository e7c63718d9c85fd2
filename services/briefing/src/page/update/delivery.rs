//! What became of an update at each agency of its audience, as a row of chips and in words.

use std::borrow::Cow;
use std::collections::HashMap;

use verbund_wire::agency::{AgencyDelivery, DeliveryState, VersionDelivery};

use crate::frame::Frame;

/// What became of an update at one agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chip {
    /// The agency's id.
    pub(crate) agency: String,
    /// `good`, `warn`, `bad`, or nothing.
    pub(crate) class: &'static str,
    /// Says at a glance what the colour says: `✓`, `✓✓`, `…`, `!`.
    pub(crate) symbol: &'static str,
    /// In words.
    pub(crate) text: String,
    /// Something that is not as it should be: the words are shown, and not only told.
    pub(crate) is_trouble: bool,
}

impl Chip {
    /// What became of it at one agency.
    pub(crate) fn new(frame: &Frame, it: &AgencyDelivery) -> Self {
        let (class, symbol, is_trouble) = match it.state() {
            _ if it.acknowledged => ("good", "✓✓", false),
            DeliveryState::Stored => ("", "✓", false),
            DeliveryState::Pending | DeliveryState::Unspecified => ("", "…", false),
            DeliveryState::Held | DeliveryState::NotUnderstood => ("warn", "!", true),
            DeliveryState::Refused => ("bad", "!", true),
            DeliveryState::Erased => ("", "✕", false),
        };
        Self {
            agency: it.agency.clone(),
            class,
            symbol,
            text: words(frame, it).into_owned(),
            is_trouble,
        }
    }

    /// What became of a version at each agency.
    pub(crate) fn row(frame: &Frame, version: Option<&VersionDelivery>) -> Vec<Self> {
        let agencies = version.map_or(&[][..], |it| &it.agencies);
        agencies.iter().map(|it| Self::new(frame, it)).collect()
    }
}

/// The state, and why where it is not stored.
fn words(frame: &Frame, it: &AgencyDelivery) -> Cow<'static, str> {
    if it.acknowledged {
        return frame.t("delivery-acknowledged");
    }
    if it.reason.is_empty() {
        return frame.delivery(it.state);
    }
    let key = format!(
        "delivery-reason-{}",
        it.reason.to_ascii_lowercase().replace('_', "-")
    );
    let reason = if frame.lang.has(&key) {
        frame.t(&key)
    } else {
        frame.t("delivery-reason-other")
    };
    Cow::Owned(format!("{}: {reason}", frame.delivery(it.state)))
}

/// An agency's way of all versions, for the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The agency's id.
    pub(crate) agency: String,
    /// For each version, the oldest first; none where it was not addressed.
    pub(crate) versions: Vec<Option<Chip>>,
    /// When the latest version was first on a screen there, in words; empty where nothing was told.
    pub(crate) shown: String,
}

/// The way of all versions, by agencies in the order of the latest version.
pub(crate) fn rows(frame: &Frame, versions: &[VersionDelivery]) -> Vec<Row> {
    let by_version: Vec<HashMap<&str, &AgencyDelivery>> = versions
        .iter()
        .map(|version| {
            version
                .agencies
                .iter()
                .map(|it| (it.agency.as_str(), it))
                .collect()
        })
        .collect();
    let latest = versions.last().map_or(&[][..], |it| &it.agencies);
    latest
        .iter()
        .map(|at| Row {
            agency: at.agency.clone(),
            versions: by_version
                .iter()
                .map(|version| {
                    version
                        .get(at.agency.as_str())
                        .map(|it| Chip::new(frame, it))
                })
                .collect(),
            shown: at.shown.as_ref().map_or_else(String::new, |shown| {
                format!("{}, {}", frame.day(&shown.day), frame.window(&shown.window))
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn chip(state: DeliveryState, reason: &str, acknowledged: bool) -> Chip {
        let told = AgencyDelivery {
            agency: "dhz".to_owned(),
            state: state as i32,
            reason: reason.to_owned(),
            acknowledged,
            shown: None,
        };
        Chip::new(&Frame::sample(Lang::De), &told)
    }

    #[test]
    fn each_state_has_a_sign_and_words_of_its_own() {
        let seen = [
            chip(DeliveryState::Pending, "", false),
            chip(DeliveryState::Stored, "", false),
            chip(DeliveryState::Stored, "", true),
            chip(DeliveryState::Refused, "GUARD_REJECTED", false),
        ];
        let symbols: Vec<_> = seen.iter().map(|it| it.symbol).collect();
        assert_eq!(symbols, ["…", "✓", "✓✓", "!"]);
        assert_eq!(seen[2].text, "zur Kenntnis genommen");
        assert_eq!(
            seen[3].text,
            "abgelehnt: der Wächter dort lehnt den Text ab"
        );
    }

    #[test]
    fn a_reason_of_a_newer_release_is_still_told_in_words() {
        let newer = chip(DeliveryState::Held, "NEWER_REASON", false);
        assert!(newer.text.starts_with("zurückgestellt: ") && !newer.text.contains("NEWER"));
    }

    #[test]
    fn the_table_follows_each_agency_through_the_versions() {
        let version = |state: DeliveryState| VersionDelivery {
            position: None,
            agencies: vec![AgencyDelivery {
                agency: "dhz".to_owned(),
                state: state as i32,
                ..AgencyDelivery::default()
            }],
        };
        let told = [
            version(DeliveryState::Stored),
            version(DeliveryState::Pending),
        ];
        let rows = rows(&Frame::sample(Lang::En), &told);
        let symbols: Vec<_> = rows[0]
            .versions
            .iter()
            .flatten()
            .map(|it| it.symbol)
            .collect();
        assert_eq!((rows.len(), symbols), (1, vec!["✓", "…"]));
    }
}
