//! What became of an entry at a partner, as callers see it.

use verbund_ledger::Outcome;
use verbund_model::{AgencyId, Day, SubjectKind, SubjectRef, WindowId};

use super::vocabulary::Word as _;
use super::{shown, step};
use crate::agency;

/// What an agency's node did with an entry; `None` while it has given no receipt for it.
/// `shown`: when it was first on a screen there, as far as the agency told. `acknowledged`: it has said that it has taken note.
pub fn to_wire(
    agency: &AgencyId,
    outcome: Option<Outcome>,
    shown: Option<(Day, &WindowId)>,
    acknowledged: bool,
) -> agency::AgencyDelivery {
    use agency::DeliveryState as State;
    let state = match outcome {
        None => State::Pending,
        Some(Outcome::Stored) => State::Stored,
        Some(Outcome::Held(_)) => State::Held,
        Some(Outcome::Refused(_)) => State::Refused,
        Some(Outcome::NotUnderstood) => State::NotUnderstood,
        Some(Outcome::Erased) => State::Erased,
    };
    agency::AgencyDelivery {
        agency: agency.as_str().to_owned(),
        state: state as i32,
        reason: outcome
            .and_then(Outcome::reason)
            .unwrap_or_default()
            .to_owned(),
        acknowledged,
        shown: shown.map(|(day, window)| shown::first_to_wire(day, window)),
    }
}

/// The name of a subject whose versions are delivered.
pub fn subject(kind: SubjectKind, key: &SubjectRef) -> agency::DeliverySubject {
    agency::DeliverySubject {
        kind: kind.to_wire(),
        key: Some(step::key_to_wire(key)),
    }
}
