//! The committee's report, from updates that nodes exchanged.

use jiff::{Span, civil::Date};
use tonic::transport::Channel;
use tonic::{Code, Status};
use verbund_node::Config;
use verbund_node::config::Client;
use verbund_node::roles::Role;
use verbund_wire::agency::meeting_service_client::MeetingServiceClient;
use verbund_wire::agency::report_service_client::ReportServiceClient;
use verbund_wire::agency::take_meeting_step_request::Step;
use verbund_wire::agency::task_service_client::TaskServiceClient;
use verbund_wire::agency::{
    AgendaDraft, CorrectSituationRequest, CreateTaskRequest, DeliveryState, ExportReportRequest,
    ExportedFile, FileFormat, FileLanguage, GetReportRequest, MeetingDraft, OpenBriefing,
    PlanMeetingRequest, RecordDecision, Report, ReportCount, SituationDraft,
    TakeMeetingStepRequest, TermsDraft, WithdrawSituationRequest, reading_draft,
};
use verbund_wire::error::explain;
use verbund_wire::federation::{Handling, Period, WithdrawalReason};

use crate::kit::{Federation, draft, request_id};

/// So many days each, in the past, so that nothing of it is planned and nothing erased.
const DAYS: i64 = 14;

fn day(ago: i64) -> Date {
    // The charter's day, which is another one than the machine's for some hours.
    let now = jiff::Timestamp::now().in_tz("Europe/Berlin").unwrap();
    now.date().checked_sub(Span::new().days(ago)).unwrap()
}

/// The last days before yesterday, as a report wants them.
fn asked() -> GetReportRequest {
    GetReportRequest {
        from_day: day(DAYS + 1).to_string(),
        to_day: day(2).to_string(),
    }
}

/// An update for reports, so many days ago.
fn told(place: &str, ago: i64) -> SituationDraft {
    SituationDraft {
        place: place.to_owned(),
        day: day(ago).to_string(),
        handling: Handling::Green.into(),
        ..draft()
    }
}

fn needles(ago: i64, count: u32) -> SituationDraft {
    let mut update = told("neumarkt", ago);
    update.readings = vec![verbund_wire::agency::ReadingDraft {
        indicator: "spritzenfunde".to_owned(),
        period: Period::Day.into(),
        value: Some(reading_draft::Value::Count(count)),
    }];
    update
}

/// A node's configuration with systems that have one role each.
fn with_roles(mut config: Config) -> Config {
    for role in Role::ALL {
        config.clients.push(Client {
            name: format!("only-{role}"),
            roles: vec![*role],
            acts_for_people: false,
        });
    }
    config
}

async fn client(federation: &Federation, node: &str, role: &str) -> ReportServiceClient<Channel> {
    ReportServiceClient::new(federation.system(node, &format!("only-{role}")).await)
}

async fn report(federation: &Federation, node: &str) -> Report {
    let mut client = client(federation, node, "reader").await;
    let answer = client.get_report(asked()).await.unwrap();
    answer.into_inner().report.unwrap()
}

async fn export(federation: &Federation, format: FileFormat) -> Result<ExportedFile, Status> {
    let mut client = client(federation, "kod", "coordinator").await;
    let request = ExportReportRequest {
        from_day: asked().from_day,
        to_day: asked().to_day,
        format: format.into(),
        language: FileLanguage::English.into(),
    };
    let answer = client.export_report(request).await?;
    Ok(answer.into_inner().file.unwrap())
}

fn rows(counts: &[ReportCount]) -> Vec<(&str, u32, u32)> {
    counts
        .iter()
        .map(|it| (it.id.as_str(), it.count, it.before))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_asked_for_again_tells_what_changed_meanwhile() {
    let mut federation = Federation::new();
    for agency in ["kod", "dhz"] {
        let config = with_roles(federation.config(agency));
        federation.start_as(agency, config).await;
    }
    let updates = async || report(&federation, "kod").await.updates;
    assert_eq!(updates().await, 0);
    let told_wrongly = federation.publish("kod", told("neumarkt", 5)).await;
    assert_eq!(updates().await, 1);
    assert_eq!(updates().await, 1);
    federation.publish("kod", told("neumarkt", 6)).await;
    assert_eq!(updates().await, 2);
    let withdrawal = WithdrawSituationRequest {
        request_id: request_id(),
        subject: told_wrongly.subject,
        etag: told_wrongly.etag,
        reason: WithdrawalReason::Error.into(),
    };
    let mut situations = federation.situations("kod").await;
    situations.withdraw_situation(withdrawal).await.unwrap();
    assert_eq!(updates().await, 1);

    // What a partner tells, too, and what is agreed on.
    let arriving = federation.publish("dhz", told("theaterplatz", 3)).await;
    let (subject, stored) = (arriving.subject, DeliveryState::Stored);
    federation
        .until_delivered_at("dhz", &subject, "kod", stored)
        .await;
    assert_eq!(updates().await, 2);
    let task = CreateTaskRequest {
        request_id: request_id(),
        terms: Some(TermsDraft {
            assignee: "kod".to_owned(),
            measure: "m3".to_owned(),
            category: "sauberkeit".to_owned(),
            title: "Reinigung bestellen".to_owned(),
            ..TermsDraft::default()
        }),
        handling: Handling::Green.into(),
        ..CreateTaskRequest::default()
    };
    let mut reports = client(&federation, "kod", "reader").await;
    let mut tasks = async || {
        let to_day = day(0).to_string();
        let request = GetReportRequest { to_day, ..asked() };
        let answer = reports.get_report(request).await.unwrap();
        answer.into_inner().report.unwrap().tasks
    };
    assert_eq!(tasks().await, []);
    let channel = federation.system("kod", "only-coordinator").await;
    let mut board = TaskServiceClient::new(channel);
    board.create_task(task).await.unwrap();
    assert_eq!(tasks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_of_two_periods() {
    let mut federation = Federation::new();
    let config = with_roles(federation.config("kod"));
    federation.start_as("kod", config).await;

    // Four updates fell to one at one square while they rose from none to three at another.
    for ago in [18, 19, 20, 21] {
        federation.publish("kod", told("theaterplatz", ago)).await;
    }
    federation.publish("kod", told("theaterplatz", 5)).await;
    for (ago, count) in [(3, 7), (4, 5), (6, 1)] {
        federation.publish("kod", needles(ago, count)).await;
    }
    // What must not be in it: not for reports, a drill, taken back, and days outside.
    let amber = SituationDraft {
        handling: Handling::Amber.into(),
        ..needles(7, 100)
    };
    federation.publish("kod", amber).await;
    let drill = SituationDraft {
        exercise: true,
        ..needles(8, 100)
    };
    federation.publish("kod", drill).await;
    let withdrawn = federation.publish("kod", needles(9, 100)).await;
    federation.publish("kod", needles(40, 100)).await;
    let mut situations = federation.situations("kod").await;
    let withdrawal = WithdrawSituationRequest {
        request_id: request_id(),
        subject: withdrawn.subject,
        etag: withdrawn.etag,
        reason: WithdrawalReason::Error.into(),
    };
    situations.withdraw_situation(withdrawal).await.unwrap();
    // What is corrected counts once, as it stands now.
    let corrected = federation.publish("kod", needles(10, 50)).await;
    let correction = CorrectSituationRequest {
        request_id: request_id(),
        subject: corrected.subject,
        etag: corrected.etag,
        situation: Some(needles(10, 2)),
        ..CorrectSituationRequest::default()
    };
    situations.correct_situation(correction).await.unwrap();

    let it = report(&federation, "kod").await;
    assert_eq!((it.from_day, it.to_day), (asked().from_day, asked().to_day));
    assert_eq!((it.updates, it.left_out), (5, 1));
    assert_eq!(rows(&it.by_category), [("konsumabfall", 5, 4)]);
    assert_eq!(
        rows(&it.by_place),
        [("theaterplatz", 1, 4), ("neumarkt", 4, 0)]
    );
    assert_eq!(rows(&it.by_measure), [("m1", 5, 4)]);
    assert_eq!(rows(&it.by_window), [("14-18", 5, 4)]);
    assert_eq!(it.displacement.len(), 1);
    let found = &it.displacement[0];
    assert_eq!(
        (found.from_place.as_str(), found.from_before, found.from_now),
        ("theaterplatz", 4, 1)
    );
    let rose = &found.to[0];
    assert_eq!(
        (rose.place.as_str(), rose.before, rose.now),
        ("neumarkt", 0, 4)
    );
    assert_eq!(it.series.len(), 1);
    let series = &it.series[0];
    let values: Vec<&str> = series.values.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(values, ["2", "1", "5", "7"]);
    assert_eq!(series.sum, "15");
    assert!(series.values.iter().all(|it| it.period == "day"));

    files(&federation).await;
    federation.end().await;
}

async fn files(federation: &Federation) {
    let csv = export(federation, FileFormat::Csv).await.unwrap();
    assert!(csv.name.ends_with(".csv"), "{}", csv.name);
    assert!(csv.media_type.starts_with("text/csv"));
    let text = String::from_utf8(csv.content.to_vec()).unwrap();
    let line = "Updates by place,theaterplatz,Theaterplatz,,,,,1,4,\r\n";
    assert!(text.contains(line), "{text}");
    let markdown = export(federation, FileFormat::Markdown).await.unwrap();
    let text = String::from_utf8(markdown.content.to_vec()).unwrap();
    assert!(text.starts_with("# Report to the committee"), "{text}");
    assert!(text.contains("Theaterplatz: 4 → 1"), "{text}");
    // No note is in it, and no agency but the one that made it.
    assert!(!text.contains("Utensilien an der"), "{text}");
    let pdf = export(federation, FileFormat::Pdf).await.unwrap();
    assert!(pdf.content.starts_with(b"%PDF-"));
    assert_eq!(pdf.media_type, "application/pdf");
    let refused = export(federation, FileFormat::Icalendar).await.unwrap_err();
    let violations = explain(&refused).violations;
    assert_eq!(violations[0].field, "format");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_coordinators_and_readers_ask_and_only_for_what_makes_sense() {
    let mut federation = Federation::new();
    let config = with_roles(federation.config("kod"));
    federation.start_as("kod", config).await;
    for role in Role::ALL {
        let mut client = client(&federation, "kod", role.as_str()).await;
        let got = client.get_report(asked()).await.map(drop);
        let exported = ExportReportRequest {
            from_day: asked().from_day,
            to_day: asked().to_day,
            format: FileFormat::Csv.into(),
            ..ExportReportRequest::default()
        };
        let exported = client.export_report(exported).await.map(drop);
        let may = matches!(role, Role::Coordinator | Role::Reader);
        for answer in [got, exported] {
            let code = answer.err().map(|status| status.code());
            assert_eq!(code, (!may).then_some(Code::PermissionDenied), "{role}");
        }
    }
    let mut reader = client(&federation, "kod", "reader").await;
    for (from_day, to_day, field, reason) in [
        ("2026-05-02", "2026-05-01", "to_day", "INVALID_RANGE"),
        ("2024-05-01", "2025-05-02", "to_day", "INVALID_RANGE"),
        ("", "2026-05-01", "from_day", "MISSING_FIELD"),
        ("2026-05-01", "morgen", "to_day", "INVALID_VALUE"),
    ] {
        let request = GetReportRequest {
            from_day: from_day.to_owned(),
            to_day: to_day.to_owned(),
        };
        let refused = reader.get_report(request).await.unwrap_err();
        let told = explain(&refused);
        assert_eq!(told.reason, "VALIDATION_FAILED");
        assert_eq!(told.violations[0].field, field);
        assert_eq!(told.violations[0].reason, reason);
    }
    federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_origins_updates_are_counted_alike_at_every_node() {
    let mut federation = Federation::new();
    let nodes = ["streetwork", "kod", "polizei"];
    for node in nodes {
        let config = with_roles(federation.config(node));
        federation.start_as(node, config).await;
    }
    let mut update = told("albrechtplatz", 5);
    update.audience = ["kod", "polizei"].map(str::to_owned).into();
    let receipt = federation.publish("streetwork", update).await;
    let subject = receipt.subject.as_str();
    let stored = DeliveryState::Stored;
    federation
        .until_delivered_at("streetwork", subject, "kod", stored)
        .await;
    crate::kit::eventually("police have the generalised one", async || {
        !federation.list("polizei").await.is_empty()
    })
    .await;
    for node in nodes {
        let it = report(&federation, node).await;
        assert_eq!(it.updates, 1, "{node}");
        assert_eq!(rows(&it.by_place), [("kronprinzenviertel", 1, 0)], "{node}");
        assert_eq!(rows(&it.by_window), [("", 1, 0)], "{node}");
    }
    federation.end().await;
}

/// A task and a decision for the third measure.
async fn decide(federation: &Federation) {
    let system = || federation.system("kod", "duty-log");
    let terms = TermsDraft {
        assignee: "kod".to_owned(),
        measure: "m3".to_owned(),
        category: "sauberkeit".to_owned(),
        title: "Reinigung bestellen".to_owned(),
        ..TermsDraft::default()
    };
    let mut tasks = TaskServiceClient::new(system().await);
    for handling in [Handling::Green, Handling::Amber] {
        let request = CreateTaskRequest {
            request_id: request_id(),
            terms: Some(terms.clone()),
            handling: handling.into(),
            ..CreateTaskRequest::default()
        };
        tasks.create_task(request).await.unwrap();
    }
    let item = AgendaDraft {
        title: "Reinigung am Spielplatz".to_owned(),
        measure: "m3".to_owned(),
        ..AgendaDraft::default()
    };
    let plan = PlanMeetingRequest {
        request_id: request_id(),
        meeting: Some(MeetingDraft {
            meeting_type: "lagebesprechung".to_owned(),
            deputy: "quartiersbuero".to_owned(),
            day: day(0).to_string(),
            start: "10:00".to_owned(),
            agenda: vec![item],
            ..MeetingDraft::default()
        }),
        ..PlanMeetingRequest::default()
    };
    let mut meetings = MeetingServiceClient::new(system().await);
    let planned = meetings.plan_meeting(plan).await.unwrap().into_inner();
    let decision = RecordDecision {
        item: 1,
        text: "Die Reinigung wird bestellt.".to_owned(),
        ..RecordDecision::default()
    };
    let open = OpenBriefing {
        participants: vec!["polizei".to_owned()],
    };
    for step in [Step::Open(open), Step::Decide(decision)] {
        let request = TakeMeetingStepRequest {
            request_id: request_id(),
            meeting: planned.receipts[0].subject.clone(),
            step: Some(step),
            ..TakeMeetingStepRequest::default()
        };
        meetings.take_meeting_step(request).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_and_decisions_are_told_by_measure() {
    let mut federation = Federation::new();
    let config = with_roles(federation.config("kod"));
    federation.start_as("kod", config).await;
    decide(&federation).await;
    let mut reader = client(&federation, "kod", "reader").await;
    let request = GetReportRequest {
        from_day: day(1).to_string(),
        to_day: day(-1).to_string(),
    };
    // The board follows the store, a moment later.
    let mut found = Report::default();
    crate::kit::eventually("the report has the decision", async || {
        let answer = reader.get_report(request.clone()).await.unwrap();
        found = answer.into_inner().report.unwrap();
        !found.decisions.is_empty() && !found.tasks.is_empty()
    })
    .await;
    assert_eq!(rows(&found.decisions), [("m3", 1, 0)]);
    assert_eq!(found.tasks.len(), 1);
    let it = &found.tasks[0];
    assert_eq!(it.measure, "m3");
    // The amber one is not told.
    let counts = [it.opened, it.open, it.overdue, it.done, it.declined];
    assert_eq!(counts, [1, 1, 0, 0, 0]);
    federation.end().await;
}
