//! Who may call what: the one table of methods and roles.
//!
//! Every method of the contract for an agency's own systems and people is a row here, and a test holds the table and
//! `proto/` together: a method that has no row can be called by nobody, and fails the build's tests. Reflection and health
//! tell nothing of any content and are open to every system that the agency lets in at all.

use std::fmt;
use std::str::FromStr;

/// What a system or person of the own agency is there for. The configuration gives roles to certificate names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A system that reports by itself, such as a duty log.
    Publisher,
    /// A person, or the application they work in: publishes, confirms what wants a second look, runs briefings.
    Coordinator,
    /// Reads the feed and nothing else.
    Reader,
    /// Runs the node; sees its state, not its content.
    Operator,
    /// Checks that rules are kept; sees alarms and evidence.
    Auditor,
}

use Role::{Auditor, Coordinator, Operator, Publisher, Reader};

impl Role {
    /// All roles.
    pub const ALL: &'static [Role] = &[Publisher, Coordinator, Reader, Operator, Auditor];

    /// The word for it in configuration files and errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Publisher => "publisher",
            Coordinator => "coordinator",
            Reader => "reader",
            Operator => "operator",
            Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("roles are publisher, coordinator, reader, operator and auditor")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let found = Self::ALL.iter().find(|role| role.as_str() == word);
        found.copied().ok_or(UnknownRole)
    }
}

/// Every method of `verbund.agency.v1` and the roles that may call it.
pub const METHODS: &[(&str, &[Role])] = &[
    (
        "/verbund.agency.v1.SituationService/PublishSituation",
        &[Publisher, Coordinator],
    ),
    (
        "/verbund.agency.v1.SituationService/PublishSituations",
        &[Publisher, Coordinator],
    ),
    (
        "/verbund.agency.v1.SituationService/CorrectSituation",
        &[Publisher, Coordinator],
    ),
    (
        "/verbund.agency.v1.SituationService/WithdrawSituation",
        &[Publisher, Coordinator],
    ),
    (
        "/verbund.agency.v1.SituationService/ConfirmSituation",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.SituationService/ListAwaitingConfirmation",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.SituationService/GetSituation",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.SituationService/ListSituations",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.FeedService/ListFeed",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.FeedService/WatchFeed",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.FeedService/GetDelivery",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.FeedService/BatchGetDeliveries",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.FeedService/WatchDeliveries",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.GuardService/CheckText",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.ReviewService/ListReviews",
        &[Coordinator],
    ),
    ("/verbund.agency.v1.ReviewService/GetReview", &[Coordinator]),
    (
        "/verbund.agency.v1.ReviewService/ConfirmReview",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.ReviewService/DiscardReview",
        &[Coordinator],
    ),
    ("/verbund.agency.v1.FeedService/Acknowledge", &[Coordinator]),
    ("/verbund.agency.v1.FeedService/MarkShown", &[Coordinator]),
    (
        "/verbund.agency.v1.TaskService/CreateTask",
        &[Publisher, Coordinator],
    ),
    (
        "/verbund.agency.v1.TaskService/TakeTaskStep",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.TaskService/GetTask",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.TaskService/ListTasks",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.TaskService/WatchTasks",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.TaskService/SuggestAssignee",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.MeetingService/PlanMeeting",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.MeetingService/TakeMeetingStep",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.MeetingService/GetMeeting",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.MeetingService/ListMeetings",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.MeetingService/WatchMeetings",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.MeetingService/ExportCalendar",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.ProtocolService/TakeProtocolStep",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.ProtocolService/GetProtocol",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.ProtocolService/ListProtocols",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.ProtocolService/WatchProtocols",
        &[Publisher, Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.ProtocolService/ExportProtocol",
        &[Publisher, Coordinator, Reader],
    ),
    ("/verbund.agency.v1.RemarkService/AddRemark", &[Coordinator]),
    (
        "/verbund.agency.v1.RemarkService/RetractRemark",
        &[Coordinator],
    ),
    (
        "/verbund.agency.v1.RemarkService/ListRemarks",
        &[Publisher, Coordinator, Reader],
    ),
    ("/verbund.agency.v1.ConceptService/GetConcept", Role::ALL),
    (
        "/verbund.agency.v1.ReportService/GetReport",
        &[Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.ReportService/GetPicture",
        &[Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.ReportService/ExportReport",
        &[Coordinator, Reader],
    ),
    (
        "/verbund.agency.v1.NodeService/GetStatus",
        &[Coordinator, Operator, Auditor, Reader],
    ),
    (
        "/verbund.agency.v1.NodeService/ListAlarms",
        &[Operator, Auditor],
    ),
    (
        "/verbund.agency.v1.NodeService/ExportEvidence",
        &[Operator, Auditor],
    ),
    (
        "/verbund.agency.v1.NodeService/ListAuditRecords",
        &[Operator, Auditor],
    ),
];

/// Services whose methods every system of the agency may call, whatever its roles.
const OPEN_SERVICES: &[&str] = &[
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// The roles that may call a method, given by its path such as `/verbund.agency.v1.FeedService/ListFeed`.
///
/// `None` for a path that isn't in the table.
#[must_use]
pub fn roles_of(method_path: &str) -> Option<&'static [Role]> {
    let row = METHODS.iter().find(|(path, _)| *path == method_path);
    row.map(|(_, roles)| *roles)
}

/// Whether a system of the own agency with these roles may call a method. What isn't in the table nobody may call.
#[must_use]
pub fn allowed(method_path: &str, roles: &[Role]) -> bool {
    if OPEN_SERVICES
        .iter()
        .any(|service| method_path.starts_with(service))
    {
        return true;
    }
    let permitted = roles_of(method_path).unwrap_or_default();
    roles.iter().any(|role| permitted.contains(role))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_method_of_the_contract_has_one_row_and_every_row_a_method() {
        let rows: Vec<String> = METHODS.iter().map(|(path, _)| (*path).to_owned()).collect();
        let set: BTreeSet<String> = rows.iter().cloned().collect();
        assert_eq!(rows.len(), set.len(), "a method stands in the table twice");
        let contract: BTreeSet<String> = verbund_wire::methods::all()
            .into_iter()
            .filter(|method| method.path.starts_with("/verbund.agency.v1."))
            .map(|method| method.path)
            .collect();
        assert_eq!(set, contract);
    }

    #[test]
    fn roles_are_those_that_the_contract_promises() {
        for method in verbund_wire::methods::all() {
            if !method.path.starts_with("/verbund.agency.v1.") {
                continue;
            }
            let promised = promised_roles(&method.comment);
            let given: BTreeSet<Role> = roles_of(&method.path)
                .unwrap_or_default()
                .iter()
                .copied()
                .collect();
            assert_eq!(promised, given, "{} says: {}", method.path, method.comment);
        }
    }

    /// The roles in a comment such as "... Roles: publisher, coordinator." or "Role: coordinator, and not ...".
    fn promised_roles(comment: &str) -> BTreeSet<Role> {
        let comment = comment.replace('\n', " ");
        let (_, list) = comment
            .split_once("Roles: ")
            .or_else(|| comment.split_once("Role: "))
            .unwrap_or_else(|| panic!("no roles in: {comment}"));
        let list = list.split('.').next().unwrap_or_default();
        if list.trim() == "all" {
            return Role::ALL.iter().copied().collect();
        }
        list.split(',')
            .filter_map(|word| word.trim().parse().ok())
            .collect()
    }

    #[test]
    fn each_method_is_open_to_its_roles_and_to_no_other() {
        for (path, permitted) in METHODS {
            assert!(!permitted.is_empty(), "{path} can be called by nobody");
            assert!(!allowed(path, &[]), "{path} without a role");
            for role in Role::ALL {
                assert_eq!(
                    allowed(path, &[*role]),
                    permitted.contains(role),
                    "{path} as {role}"
                );
            }
        }
    }

    #[test]
    fn unknown_and_foreign_methods_are_closed_even_to_all_roles() {
        for path in [
            "",
            "/",
            "/verbund.agency.v1.SituationService/DropEverything",
            "/verbund.agency.v1.SituationService/PublishSituation/",
            "/verbund.federation.v1.FederationService/Exchange",
            "/grpc.health.v1.HealthX/Check",
        ] {
            assert!(!allowed(path, Role::ALL), "{path:?} is open");
        }
    }

    #[test]
    fn health_and_reflection_need_no_role() {
        assert!(allowed("/grpc.health.v1.Health/Check", &[]));
        assert!(allowed(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            &[]
        ));
    }

    #[test]
    fn words_and_roles_go_both_ways() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        assert_eq!("Publisher".parse::<Role>(), Err(UnknownRole));
    }
}
