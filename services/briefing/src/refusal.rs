//! What the node refused, as people read it: what happened, what to do, which field, and what the guard found.

use std::collections::BTreeMap;

use http::StatusCode;
use tonic::{Code, Status};
use verbund_wire::error::{ErrorCode, FieldViolation, explain};

/// A refusal of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Which error of the contract it is; `None` for one without, such as a lost connection.
    pub(crate) code: Option<ErrorCode>,
    /// What is wrong with which field.
    pub(crate) fields: Vec<FieldViolation>,
    /// The node's own words, in English, for who looks into it.
    pub(crate) message: String,
    facts: BTreeMap<String, String>,
    grpc: Code,
}

impl Refusal {
    /// What a status tells.
    pub(crate) fn of(status: &Status) -> Self {
        let explained = explain(status);
        Self {
            code: explained.code,
            fields: explained.violations,
            message: explained.message,
            facts: explained.metadata,
            grpc: explained.grpc,
        }
    }

    /// A fact that the node tells with it, such as the `state` that does not allow a step; empty where it doesn't.
    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map_or("", String::as_str)
    }

    /// The guard wants the text read once more, or does not let it through.
    pub(crate) fn is_of_guard(&self) -> bool {
        matches!(
            self.code,
            Some(ErrorCode::GuardRejected | ErrorCode::GuardReview)
        )
    }

    /// There is nothing there, or nothing that may be known of.
    pub(crate) fn is_not_found(&self) -> bool {
        self.grpc == Code::NotFound
    }

    /// The same may go well later, as it is.
    pub(crate) fn may_pass(&self) -> bool {
        // Cancelled is what the own side makes of a call that took too long.
        matches!(
            self.grpc,
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled
        )
    }

    /// The node does not answer at all.
    pub(crate) fn is_away(&self) -> bool {
        self.code.is_none() && self.may_pass()
    }

    /// The part of the catalogue's keys that names it: `refusal-<word>` says what happened and what to do.
    pub(crate) fn word(&self) -> String {
        match self.code {
            Some(code) => code.reason().to_ascii_lowercase().replace('_', "-"),
            None if self.is_away() => "node-away".to_owned(),
            None => "unknown".to_owned(),
        }
    }

    /// The status of the page that shows it.
    pub(crate) fn status(&self) -> StatusCode {
        match self.grpc {
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::PermissionDenied | Code::Unauthenticated => StatusCode::FORBIDDEN,
            Code::Aborted | Code::AlreadyExists => StatusCode::CONFLICT,
            Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            _ if self.may_pass() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_takes_too_long_is_one_that_does_not_answer() {
        for status in [
            Status::cancelled("Timeout expired"),
            Status::unavailable("connection refused"),
        ] {
            let refusal = Refusal::of(&status);
            assert_eq!(refusal.word(), "node-away");
            assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        assert_eq!(Refusal::of(&Status::unknown("")).word(), "unknown");
    }
}
