//! How it stands with each partner, in words that everybody understands.

use verbund_wire::agency::{Link, Partner};

use crate::frame::Frame;

/// What is behind by less is on its way: nobody has to be told.
const LAG_MIN_MS: u64 = 60_000;

/// How it stands with a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The agency's id.
    pub(crate) agency: String,
    /// `good`, `warn` or `bad`.
    pub(crate) class: &'static str,
    /// Says the same as the class without its colour.
    pub(crate) symbol: &'static str,
    /// In words, to follow the agency's name: `liegt 3 Minuten zurück`.
    pub(crate) text: String,
}

impl Standing {
    /// How it stands with a partner.
    pub(crate) fn new(frame: &Frame, it: &Partner) -> Self {
        let is_away = it.link() == Link::Away;
        let is_behind = it.lag_ms >= LAG_MIN_MS;
        let (class, symbol) = match (is_away || it.stopped_lanes > 0, is_behind || it.throttled) {
            (true, _) => ("bad", "✕"),
            (false, true) => ("warn", "…"),
            (false, false) => ("good", "✓"),
        };
        let mut parts = Vec::new();
        if it.stopped_lanes > 0 {
            parts.push(frame.t("partner-stopped").into_owned());
        }
        match it.link() {
            Link::Away if it.last_heard_ms == 0 => {
                parts.push(frame.t("partner-never").into_owned())
            }
            Link::Away => {
                let ago = frame.ago(it.last_heard_ms);
                parts.push(frame.t1("partner-away", "ago", ago).into_owned());
            }
            Link::Relayed => parts.push(frame.t("partner-relayed").into_owned()),
            Link::Connected | Link::Elsewhere | Link::Unspecified => {}
        }
        if is_behind {
            let lag = frame.lang.duration(it.lag_ms / 1_000);
            parts.push(frame.t1("partner-behind", "lag", lag).into_owned());
        }
        if it.throttled {
            parts.push(frame.t("partner-throttled").into_owned());
        }
        if parts.is_empty() {
            parts.push(frame.t("partner-current").into_owned());
        }
        Self {
            agency: it.agency.clone(),
            class,
            symbol,
            text: parts.join("; "),
        }
    }

    /// All partners, in the node's order.
    pub(crate) fn all(frame: &Frame, partners: &[Partner]) -> Vec<Self> {
        partners.iter().map(|it| Self::new(frame, it)).collect()
    }

    /// Nothing to tell of it.
    pub(crate) fn is_good(&self) -> bool {
        self.class == "good"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn told(partner: Partner) -> Standing {
        Standing::new(&Frame::sample(Lang::De), &partner)
    }

    #[test]
    fn who_is_behind_is_told_in_words() {
        let behind = told(Partner {
            link: Link::Connected as i32,
            lag_ms: 185_000,
            ..Partner::default()
        });
        assert_eq!(
            (behind.class, behind.text.as_str()),
            ("warn", "liegt 3 Minuten zurück")
        );
        let fresh = told(Partner {
            link: Link::Connected as i32,
            lag_ms: 900,
            ..Partner::default()
        });
        assert_eq!((fresh.class, fresh.text.as_str()), ("good", "aktuell"));
    }

    #[test]
    fn who_is_away_is_told_first() {
        let away = told(Partner {
            link: Link::Away as i32,
            lag_ms: 120_000,
            ..Partner::default()
        });
        assert_eq!(
            (away.class, away.text.as_str()),
            ("bad", "noch nie erreicht; liegt 2 Minuten zurück")
        );
    }
}
