//! Every method of the agency's API by every role. What the table does not allow nobody may do.

use std::collections::BTreeSet;

use anyhow::Result;
use tonic::Code;
use verbund_tests::{APPLICATION, Federation, HostilePartner, raw};
use verbund_wire::acting::{ACTING_ROLES, ACTOR};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::methods;

const ROLES: [&str; 5] = ["publisher", "coordinator", "reader", "operator", "auditor"];

/// Who may call what: the contract, written down a second time on purpose.
const TABLE: &[(&str, &[&str])] = &[
    (
        "SituationService/PublishSituation",
        &["publisher", "coordinator"],
    ),
    (
        "SituationService/PublishSituations",
        &["publisher", "coordinator"],
    ),
    (
        "SituationService/CorrectSituation",
        &["publisher", "coordinator"],
    ),
    (
        "SituationService/WithdrawSituation",
        &["publisher", "coordinator"],
    ),
    ("SituationService/ConfirmSituation", &["coordinator"]),
    (
        "SituationService/ListAwaitingConfirmation",
        &["coordinator"],
    ),
    (
        "SituationService/GetSituation",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "SituationService/ListSituations",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "FeedService/ListFeed",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "FeedService/WatchFeed",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "FeedService/GetDelivery",
        &["publisher", "coordinator", "reader"],
    ),
    ("FeedService/MarkShown", &["coordinator"]),
    (
        "FeedService/BatchGetDeliveries",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "FeedService/WatchDeliveries",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "GuardService/CheckText",
        &["publisher", "coordinator", "reader"],
    ),
    ("ReviewService/ListReviews", &["coordinator"]),
    ("ReviewService/GetReview", &["coordinator"]),
    ("ReviewService/ConfirmReview", &["coordinator"]),
    ("ReviewService/DiscardReview", &["coordinator"]),
    ("FeedService/Acknowledge", &["coordinator"]),
    ("TaskService/CreateTask", &["publisher", "coordinator"]),
    ("TaskService/TakeTaskStep", &["coordinator"]),
    (
        "TaskService/GetTask",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "TaskService/ListTasks",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "TaskService/WatchTasks",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "TaskService/SuggestAssignee",
        &["publisher", "coordinator", "reader"],
    ),
    ("MeetingService/PlanMeeting", &["coordinator"]),
    ("MeetingService/TakeMeetingStep", &["coordinator"]),
    (
        "MeetingService/GetMeeting",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "MeetingService/ListMeetings",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "MeetingService/WatchMeetings",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "MeetingService/ExportCalendar",
        &["publisher", "coordinator", "reader"],
    ),
    ("ProtocolService/TakeProtocolStep", &["coordinator"]),
    (
        "ProtocolService/GetProtocol",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "ProtocolService/ListProtocols",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "ProtocolService/WatchProtocols",
        &["publisher", "coordinator", "reader"],
    ),
    (
        "ProtocolService/ExportProtocol",
        &["publisher", "coordinator", "reader"],
    ),
    ("RemarkService/AddRemark", &["coordinator"]),
    ("RemarkService/RetractRemark", &["coordinator"]),
    (
        "RemarkService/ListRemarks",
        &["publisher", "coordinator", "reader"],
    ),
    ("ReportService/GetReport", &["coordinator", "reader"]),
    ("ReportService/GetPicture", &["coordinator", "reader"]),
    ("ReportService/ExportReport", &["coordinator", "reader"]),
    ("ConceptService/GetConcept", &ROLES),
    (
        "NodeService/GetStatus",
        &["coordinator", "reader", "operator", "auditor"],
    ),
    ("NodeService/ListAlarms", &["operator", "auditor"]),
    ("NodeService/ExportEvidence", &["operator", "auditor"]),
    ("NodeService/ListAuditRecords", &["operator", "auditor"]),
];

fn path(method: &str) -> String {
    format!("/verbund.agency.v1.{method}")
}

#[test]
fn the_table_names_every_method_of_the_contract() {
    let table: BTreeSet<String> = TABLE.iter().map(|(method, _)| path(method)).collect();
    let contract = methods::all().into_iter().map(|method| method.path);
    let contract: BTreeSet<String> = contract
        .filter(|path| path.starts_with("/verbund.agency.v1."))
        .collect();
    assert_eq!(table, contract);
    assert_eq!(table.len(), TABLE.len());
}

#[tokio::test]
async fn each_method_is_open_to_its_roles_and_to_no_other() -> Result<()> {
    let fed = Federation::started(&["kod"]).await?;
    for role in ROLES {
        let system = fed.system("kod", role).await?;
        for (method, allowed) in TABLE {
            // An empty message is wrong for most methods, but not a matter of roles.
            let answer = fed
                .patience()
                .within(
                    &format!("{method} as {role}"),
                    raw::call(&system.channel, &path(method), &[]),
                )
                .await?;
            let refusal = answer.err().map(|status| explain(&status));
            let reason = refusal.as_ref().map(|it| it.reason.as_str());
            if allowed.contains(&role) {
                let refused =
                    [ErrorCode::RoleMissing, ErrorCode::CallerUnknown].map(ErrorCode::reason);
                assert!(
                    !reason.is_some_and(|it| refused.contains(&it)),
                    "{method} as {role}"
                );
                let grpc = refusal.map(|it| it.grpc);
                let closed = [
                    Code::Unimplemented,
                    Code::PermissionDenied,
                    Code::Unauthenticated,
                    Code::Internal,
                ];
                assert!(
                    !grpc.is_some_and(|it| closed.contains(&it)),
                    "{method} as {role}: {grpc:?}"
                );
            } else {
                let refusal = refusal.unwrap();
                assert_eq!(
                    refusal.reason,
                    ErrorCode::RoleMissing.reason(),
                    "{method} as {role}"
                );
                assert_eq!(refusal.grpc, Code::PermissionDenied, "{method} as {role}");
                let named = &refusal.metadata["roles"];
                assert!(
                    allowed.iter().all(|role| named.contains(role)),
                    "{method}: {named}"
                );
            }
        }
    }
    Ok(())
}

/// A call for a person, as an application makes it.
fn acting(roles: &str) -> [(&'static str, String); 2] {
    [(ACTOR, "3f2a".to_owned()), (ACTING_ROLES, roles.to_owned())]
}

/// Through an application a person may do what both may do, and the application by itself may read.
#[tokio::test]
async fn a_person_may_do_what_the_application_may_do_too() -> Result<()> {
    let fed = Federation::started(&["kod"]).await?;
    // Its own roles are all but the auditor's.
    let app = fed.system("kod", APPLICATION).await?;
    let refused = async |method: &str, metadata: &[(&'static str, String)]| {
        let path = path(method);
        let calling = raw::call_with(&app.channel, &path, metadata, &[]);
        let answer = fed.patience().within(method, calling).await?;
        let refusal = answer.err().map(|status| explain(&status).reason);
        let of_roles = [ErrorCode::RoleMissing, ErrorCode::CallerUnknown].map(ErrorCode::reason);
        anyhow::Ok(refusal.is_some_and(|it| of_roles.contains(&&*it)))
    };
    for (method, allowed) in TABLE {
        for role in ROLES {
            let may = allowed.contains(&role) && role != "auditor";
            assert_eq!(
                refused(method, &acting(role)).await?,
                !may,
                "{method} for a person as {role}"
            );
        }
        assert_eq!(
            refused(method, &[]).await?,
            !allowed.contains(&"reader"),
            "{method} by itself"
        );
    }
    Ok(())
}

/// Whoever may not act for people is refused whatever it calls, also what is open to every system.
#[tokio::test]
async fn a_system_that_acts_for_nobody_may_not_say_that_it_does() -> Result<()> {
    let fed = Federation::started(&["kod"]).await?;
    let system = fed.system("kod", "everything").await?;
    let health = "/grpc.health.v1.Health/Check".to_owned();
    let methods = TABLE.iter().map(|(method, _)| path(method));
    for path in methods.chain([health]) {
        let metadata = acting("coordinator");
        let status = raw::call_with(&system.channel, &path, &metadata, &[]).await;
        let status = status.unwrap_err();
        assert_eq!(
            explain(&status).reason,
            ErrorCode::ActingNotAllowed.reason(),
            "{path}"
        );
    }
    Ok(())
}

/// A certificate that is in order, of a system that the configuration does not name.
#[tokio::test]
async fn an_unlisted_system_may_call_nothing() -> Result<()> {
    let fed = Federation::started(&["kod"]).await?;
    let system = fed.system("kod", "unlisted").await?;
    for (method, _) in TABLE {
        let status = raw::call(&system.channel, &path(method), &[])
            .await
            .unwrap_err();
        assert_eq!(
            explain(&status).reason,
            ErrorCode::CallerUnknown.reason(),
            "{method}"
        );
    }
    let health = "/grpc.health.v1.Health/Check";
    let status = raw::call(&system.channel, health, &[]).await.unwrap_err();
    assert_eq!(explain(&status).reason, ErrorCode::CallerUnknown.reason());
    Ok(())
}

/// What is in no table can be called by nobody, whatever roles he has; and the two doors are two houses.
#[tokio::test]
async fn what_is_in_no_table_is_closed() -> Result<()> {
    let fed = Federation::started(&["kod"]).await?;
    let system = fed.system("kod", "everything").await?;
    for path in [
        "/verbund.agency.v1.SituationService/DropEverything",
        "/verbund.agency.v1.SituationService/PublishSituation/",
        "/verbund.federation.v1.FederationService/Exchange",
        "/verbund.federation.v1.FederationService/Probe",
        "/nobody.knows/This",
    ] {
        let status = raw::call(&system.channel, path, &[]).await.unwrap_err();
        let closed = [Code::PermissionDenied, Code::Unimplemented];
        assert!(closed.contains(&status.code()), "{path}: {status:?}");
    }
    for path in [
        "/grpc.health.v1.Health/Check",
        "/verbund.agency.v1.ConceptService/GetConcept",
    ] {
        raw::call(&system.channel, path, &[]).await?;
    }

    let partner = HostilePartner::new(&fed, "polizei")?;
    let channel = partner.channel("kod").await?;
    raw::call(
        &channel,
        "/verbund.federation.v1.FederationService/Probe",
        &[],
    )
    .await?;
    for (method, _) in TABLE {
        let status = raw::call(&channel, &path(method), &[]).await.unwrap_err();
        assert_eq!(
            status.code(),
            Code::Unimplemented,
            "{method} at the federation's door"
        );
    }
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        let status = raw::call(&channel, path, &[]).await.unwrap_err();
        assert_eq!(
            status.code(),
            Code::Unimplemented,
            "{path} at the federation's door"
        );
    }
    Ok(())
}
