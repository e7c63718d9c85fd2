//! The one table of error codes: stable reason, gRPC code, what a caller may do again, page.
//!
//! A reason is part of the contract and never changes its meaning. Each has a page in `docs/errors/`, and a test holds the
//! two together.

use std::fmt;
use std::time::Duration;

use tonic::Code;

/// What a caller may do again after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Nothing: the same request meets the same refusal.
    Never,
    /// Read the latest state, decide anew and send a new request.
    Anew,
    /// Send the same request, with the same request id, after this time.
    After(Duration),
}

const fn after_ms(milliseconds: u64) -> Retry {
    Retry::After(Duration::from_millis(milliseconds))
}

macro_rules! table {
    ($($(#[doc = $doc:literal])+ $name:ident = $reason:literal, $code:ident, $retry:expr;)+) => {
        /// Every reason for which a node turns a request down.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)+];

            /// The stable reason, such as `STALE_ETAG`; `google.rpc.ErrorInfo` carries it.
            pub const fn reason(self) -> &'static str {
                match self { $(ErrorCode::$name => $reason,)+ }
            }

            /// The gRPC code that it is sent as.
            pub const fn grpc(self) -> Code {
                match self { $(ErrorCode::$name => Code::$code,)+ }
            }

            /// What the caller may do again.
            pub const fn retry(self) -> Retry {
                match self { $(ErrorCode::$name => $retry,)+ }
            }
        }
    };
}

table! {
    // The request itself.
    /// The request breaks rules of the charter or the contract; each is told with its field.
    ValidationFailed = "VALIDATION_FAILED", InvalidArgument, Retry::Never;
    /// The guard found something in the text that no confirmation can lift.
    GuardRejected = "GUARD_REJECTED", InvalidArgument, Retry::Never;
    /// The guard found something in the text that a coordinator must confirm.
    GuardReview = "GUARD_REVIEW", FailedPrecondition, Retry::Never;
    /// The request id was used before, with other content.
    RequestIdReused = "REQUEST_ID_REUSED", AlreadyExists, Retry::Never;
    /// The feed cursor is not one that this node gave out.
    CursorInvalid = "CURSOR_INVALID", InvalidArgument, Retry::Never;
    /// The page token is not one that this node gave out for this filter.
    PageTokenInvalid = "PAGE_TOKEN_INVALID", InvalidArgument, Retry::Never;
    /// The message is larger than the node takes.
    MessageTooLarge = "MESSAGE_TOO_LARGE", OutOfRange, Retry::Never;

    // The update that it is about.
    /// There is no such update here, or none that the caller may know of.
    SituationNotFound = "SITUATION_NOT_FOUND", NotFound, Retry::Never;
    /// The update has a newer version than the one that the caller saw.
    StaleEtag = "STALE_ETAG", Aborted, Retry::Anew;
    /// The update comes from another agency, and only its origin changes it.
    NotOwnSituation = "NOT_OWN_SITUATION", PermissionDenied, Retry::Never;
    /// The update was withdrawn, and what is withdrawn stays so.
    SituationWithdrawn = "SITUATION_WITHDRAWN", FailedPrecondition, Retry::Never;
    /// The update was corrected as often as it may be.
    TooManyVersions = "TOO_MANY_VERSIONS", FailedPrecondition, Retry::Never;
    /// The update waits for its second coordinator; until then it can't be changed.
    SecondCoordinatorRequired = "SECOND_COORDINATOR_REQUIRED", FailedPrecondition, Retry::Never;
    /// The one who sent the update can't be the one who confirms it.
    SameCoordinator = "SAME_COORDINATOR", PermissionDenied, Retry::Never;
    /// Nothing of this update waits for a confirmation.
    NothingToConfirm = "NOTHING_TO_CONFIRM", FailedPrecondition, Retry::Never;

    // The task, meeting or protocol that it is about.
    /// There is no such subject here, or none that the caller may know of.
    SubjectNotFound = "SUBJECT_NOT_FOUND", NotFound, Retry::Never;
    /// The state of the subject does not allow the step, or not to this agency.
    StepNotAllowed = "STEP_NOT_ALLOWED", FailedPrecondition, Retry::Never;
    /// Another revision of the protocol is in force than the one that the caller saw.
    StaleRevision = "STALE_REVISION", Aborted, Retry::Anew;
    /// The time that the charter sets is not over.
    TooEarly = "TOO_EARLY", FailedPrecondition, Retry::Never;
    /// As many steps were taken on the subject as may be.
    TooManySteps = "TOO_MANY_STEPS", FailedPrecondition, Retry::Never;
    /// The charter's protocol level does not have such entries yet.
    ProtocolLevel = "PROTOCOL_LEVEL", FailedPrecondition, Retry::Never;

    // The review list.
    /// No draft with this id is or was in the review list, or it was decided on too long ago.
    ReviewNotFound = "REVIEW_NOT_FOUND", NotFound, Retry::Never;
    /// The draft was decided on otherwise: confirmed, discarded, refused, or its time was over.
    ReviewClosed = "REVIEW_CLOSED", FailedPrecondition, Retry::Never;
    /// As many drafts wait for review as may; somebody has to decide on some first.
    ReviewListFull = "REVIEW_LIST_FULL", FailedPrecondition, Retry::Never;

    // Who asks.
    /// The caller's certificate is not one of a system that this node knows.
    CallerUnknown = "CALLER_UNKNOWN", Unauthenticated, Retry::Never;
    /// The caller's certificate was revoked or has expired, or its agency left the federation.
    CertificateRevoked = "CERTIFICATE_REVOKED", Unauthenticated, Retry::Never;
    /// The caller lacks a role that the method needs.
    RoleMissing = "ROLE_MISSING", PermissionDenied, Retry::Never;
    /// The caller says that it acts for a person, and the node's configuration does not let it.
    ActingNotAllowed = "ACTING_NOT_ALLOWED", PermissionDenied, Retry::Never;
    /// The method is for another kind of caller: nodes talk to nodes, systems to their own agency's node.
    WrongCaller = "WRONG_CALLER", PermissionDenied, Retry::Never;
    /// The other node broke the rules of the exchange.
    ProtocolViolation = "PROTOCOL_VIOLATION", InvalidArgument, Retry::Never;
    /// Another stream between the same two nodes stays, and this one ends.
    StreamReplaced = "STREAM_REPLACED", Aborted, after_ms(1_000);

    // How the node is.
    /// No alarm with this number is kept, or it comes with no proof.
    AlarmNotFound = "ALARM_NOT_FOUND", NotFound, Retry::Never;
    /// The disk is down to its reserve: the node reads, and takes nothing new.
    DiskReserve = "DISK_RESERVE", Unavailable, after_ms(60_000);
    /// The node was restored and signs nothing until its partners have shown what they hold of it.
    Recovering = "RECOVERING", Unavailable, after_ms(60_000);
    /// The node's database does not answer; whether the request was stored may not be known.
    StoreUnavailable = "STORE_UNAVAILABLE", Unavailable, after_ms(1_000);
    /// The node is stopping.
    Stopping = "STOPPING", Unavailable, after_ms(2_000);
    /// The node has as much to do as it takes on.
    Overloaded = "OVERLOADED", ResourceExhausted, after_ms(500);
    /// Something went wrong in the node that the caller can do nothing about.
    Internal = "INTERNAL", Internal, Retry::Never;
}

impl ErrorCode {
    /// The code with this reason.
    pub fn from_reason(reason: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.reason() == reason)
    }

    /// The page that says what happened and what to do, such as `docs/errors/stale-etag.md`.
    pub fn page(self) -> String {
        format!("docs/errors/{}.md", kebab(self.reason()))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

fn kebab(reason: &str) -> String {
    reason.to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    use verbund_ledger::{CharterFault, Fault, FrameError, KeyError, Outcome, Part};
    use verbund_model::{AgencyId, Reason};

    use super::*;
    use crate::error::status::grpc_name;

    fn pages() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors")
    }

    /// Pages that stand for a group instead of one code.
    const GROUPS: [&str; 3] = ["README", "transport", "ledger"];

    #[test]
    fn each_reason_is_unique_and_well_formed() {
        let reasons: BTreeSet<_> = ErrorCode::ALL.iter().map(|it| it.reason()).collect();
        assert_eq!(reasons.len(), ErrorCode::ALL.len());
        for reason in reasons {
            assert!(
                reason.len() <= 63
                    && reason
                        .bytes()
                        .all(|it| it.is_ascii_uppercase() || it == b'_'),
                "{reason} is not what google.rpc.ErrorInfo asks for"
            );
            assert!(ErrorCode::from_reason(reason).is_some());
        }
        assert_eq!(ErrorCode::from_reason("NO_SUCH_REASON"), None);
    }

    #[test]
    fn only_what_may_pass_by_itself_is_sent_again() {
        for code in ErrorCode::ALL {
            let transient = matches!(
                code.grpc(),
                Code::Unavailable | Code::ResourceExhausted | Code::Aborted
            );
            assert_eq!(
                code.retry() != Retry::Never,
                transient,
                "{code} tells generic clients something else than it says itself"
            );
        }
    }

    #[test]
    fn table_and_pages_match() {
        let expected: BTreeSet<String> = ErrorCode::ALL
            .iter()
            .map(|it| kebab(it.reason()))
            .chain(GROUPS.map(str::to_owned))
            .collect();
        let found: BTreeSet<String> = fs::read_dir(pages())
            .expect("docs/errors is there")
            .map(|it| it.expect("can be listed").path())
            .map(|it| {
                it.file_stem()
                    .expect("has a name")
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert_eq!(found, expected);

        let index = fs::read_to_string(pages().join("README.md")).expect("the index is there");
        for code in ErrorCode::ALL {
            let stem = kebab(code.reason());
            let page = fs::read_to_string(pages().join(format!("{stem}.md"))).expect("is there");
            assert!(
                page.starts_with(&format!("# {}\n", code.reason())),
                "{stem}.md must begin with its reason"
            );
            for part in ["gRPC code: ", "## What happened", "## What to do"] {
                assert!(page.contains(part), "{stem}.md lacks {part:?}");
            }
            assert!(
                page.contains(&format!("gRPC code: `{}`", grpc_name(code.grpc()))),
                "{stem}.md names another gRPC code"
            );
            assert!(
                index.contains(&format!("| [{}]({stem}.md) |", code.reason())),
                "the index lacks {code}"
            );
        }
    }

    fn page(stem: &str) -> String {
        fs::read_to_string(pages().join(format!("{stem}.md"))).expect("the page is there")
    }

    #[test]
    fn the_contract_names_only_reasons_of_the_table() {
        let mut named = BTreeSet::new();
        for method in crate::methods::all() {
            let Some((_, refusals)) = method.comment.split_once("Refuses ") else {
                continue;
            };
            for reason in refusals.split('`').skip(1).step_by(2) {
                let code = ErrorCode::from_reason(reason);
                named.insert(code.unwrap_or_else(|| panic!("{} names {reason}", method.path)));
            }
        }
        assert!(named.contains(&ErrorCode::StaleEtag), "no comment was read");
    }

    #[test]
    fn every_reason_of_a_field_is_explained() {
        let page = page("validation-failed");
        let own = ["UNKNOWN_VALUE", "INVALID_VALUE"];
        for reason in Reason::ALL.iter().map(|it| it.as_str()).chain(own) {
            assert!(
                page.contains(&format!("`{reason}`")),
                "validation-failed.md lacks {reason}"
            );
        }
    }

    #[test]
    fn every_outcome_and_fault_is_explained() {
        let page = page("ledger");
        let outcomes = Outcome::ALL.into_iter().filter_map(Outcome::reason);
        let faults = faults();
        let faults = faults.iter().map(Fault::as_str);
        let charters = charter_faults();
        let charters = charters.iter().map(CharterFault::as_str);
        for reason in outcomes.chain(faults).chain(charters) {
            assert!(
                page.contains(&format!("`{reason}`")),
                "ledger.md lacks {reason}"
            );
        }
    }

    /// One of each. The match is there so that a new fault does not compile until it is listed.
    fn faults() -> Vec<Fault> {
        let all = vec![
            Fault::Malformed(FrameError::UnknownFormat(9)),
            Fault::Malformed(FrameError::UnknownSuite(9)),
            Fault::Malformed(FrameError::Truncated),
            Fault::WrongFederation,
            Fault::WrongOrigin,
            Fault::WrongLane,
            Fault::UnknownKey,
            Fault::BadSignature,
            Fault::EpochMismatch {
                expected: 1,
                got: 2,
            },
            Fault::CommitmentMismatch { part: Part::Codes },
            Fault::TooLarge {
                part: Part::Text,
                bytes: 1,
            },
            Fault::Gap {
                expected: 1,
                got: 2,
            },
            Fault::ChainBroken { sequence: 1 },
            Fault::Forked { sequence: 1 },
            Fault::NotALaneOpening,
        ];
        for fault in &all {
            match fault {
                Fault::Malformed(_)
                | Fault::WrongFederation
                | Fault::WrongOrigin
                | Fault::WrongLane
                | Fault::UnknownKey
                | Fault::BadSignature
                | Fault::EpochMismatch { .. }
                | Fault::CommitmentMismatch { .. }
                | Fault::TooLarge { .. }
                | Fault::Gap { .. }
                | Fault::ChainBroken { .. }
                | Fault::Forked { .. }
                | Fault::NotALaneOpening => {}
            }
        }
        all
    }

    fn charter_faults() -> Vec<CharterFault> {
        let all = vec![
            CharterFault::WrongFederation,
            CharterFault::NotNext {
                expected: 1,
                got: 2,
            },
            CharterFault::WrongPredecessor,
            CharterFault::InvalidKey {
                agency: AgencyId::parse("dhz").expect("a slug"),
                error: KeyError::Malformed,
            },
            CharterFault::TooFewSignatures { have: 1, need: 4 },
            CharterFault::UnknownKey,
            CharterFault::BadSignature,
        ];
        for fault in &all {
            match fault {
                CharterFault::WrongFederation
                | CharterFault::NotNext { .. }
                | CharterFault::WrongPredecessor
                | CharterFault::InvalidKey { .. }
                | CharterFault::TooFewSignatures { .. }
                | CharterFault::UnknownKey
                | CharterFault::BadSignature => {}
            }
        }
        all
    }
}
