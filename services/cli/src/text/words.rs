//! The contract's enums as people say them.

use verbund_wire::agency::{DeliveryState, Link, Verdict};
use verbund_wire::federation::{Band, Handling, Trend, Urgency, WithdrawalReason};

use super::Text;

const UNSAID: Text = Text::new("–", "–");

pub(crate) fn trend(word: Trend) -> Text {
    match word {
        Trend::Unspecified => UNSAID,
        Trend::Falling => Text::new("↘ sinkend", "↘ falling"),
        Trend::Steady => Text::new("→ gleich", "→ steady"),
        Trend::Rising => Text::new("↗ steigend", "↗ rising"),
        Trend::Unknown => Text::new("? unklar", "? unknown"),
    }
}

pub(crate) fn urgency(word: Urgency) -> Text {
    match word {
        Urgency::Unspecified => UNSAID,
        Urgency::Routine => Text::new("Routine", "routine"),
        Urgency::Soon => Text::new("heute noch", "today"),
        Urgency::Immediate => Text::new("SOFORT", "NOW"),
    }
}

/// The colours of TLP have one name in all languages.
pub(crate) fn handling(word: Handling) -> &'static str {
    match word {
        Handling::Unspecified => "–",
        Handling::Clear => "TLP:CLEAR",
        Handling::Green => "TLP:GREEN",
        Handling::Amber => "TLP:AMBER",
        Handling::AmberStrict => "TLP:AMBER+STRICT",
    }
}

pub(crate) fn band(word: Band) -> &'static str {
    match word {
        Band::Unspecified => "?",
        Band::Zero => "0",
        Band::Under5 => "<5",
        Band::Band5To9 => "5–9",
        Band::Band10To19 => "10–19",
        Band::Band20To49 => "20–49",
        Band::Band50To99 => "50–99",
        Band::Band100AndMore => "100+",
    }
}

pub(crate) fn withdrawal(word: WithdrawalReason) -> Text {
    match word {
        WithdrawalReason::Unspecified => UNSAID,
        WithdrawalReason::Error => Text::new("Irrtum", "error"),
        WithdrawalReason::Obsolete => Text::new("überholt", "obsolete"),
        WithdrawalReason::Duplicate => Text::new("doppelt", "duplicate"),
        WithdrawalReason::PersonalData => Text::new("Personenbezug", "personal data"),
    }
}

pub(crate) fn delivery(word: DeliveryState) -> Text {
    match word {
        DeliveryState::Unspecified => UNSAID,
        DeliveryState::Pending => Text::new("noch keine Quittung", "no receipt yet"),
        DeliveryState::Stored => Text::new("gespeichert", "stored"),
        DeliveryState::Held => Text::new("zurückgestellt", "held"),
        DeliveryState::Refused => Text::new("abgelehnt", "refused"),
        DeliveryState::NotUnderstood => Text::new("nicht verstanden", "not understood"),
        DeliveryState::Erased => Text::new("gelöscht", "erased"),
    }
}

pub(crate) fn link(word: Link) -> Text {
    match word {
        Link::Unspecified => UNSAID,
        Link::Connected => Text::new("verbunden", "connected"),
        Link::Away => Text::new("nicht erreichbar", "away"),
        Link::Relayed => Text::new("über Dritte", "relayed"),
        Link::Elsewhere => Text::new("anderswo", "elsewhere"),
    }
}

pub(crate) fn verdict(word: Verdict) -> Text {
    match word {
        Verdict::Unspecified => UNSAID,
        Verdict::Pass => Text::new("nichts gefunden", "nothing found"),
        Verdict::Review => Text::new(
            "von der Koordination zu bestätigen",
            "needs a coordinator's confirmation",
        ),
        Verdict::Reject => Text::new("abzulehnen", "to be rejected"),
    }
}
