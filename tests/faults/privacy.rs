//! No content anywhere but in the answers to those who may read it. A word that nothing but contents holds is sent through
//! the nodes in every way, accepted and refused, and then looked for in all that the nodes tell of themselves, at the most
//! talkative that they can be set to.

use std::path::{Path, PathBuf};

use anyhow::Result;
use tonic::Status;
use verbund_ledger::Outcome;
use verbund_tests::collector::Collector;
use verbund_tests::federation::request_id;
use verbund_tests::{Federation, Forge, HostilePartner, Plan, Surroundings, System, audience, raw};
use verbund_wire::agency::review_service_client::ReviewServiceClient;
use verbund_wire::agency::task_service_client::TaskServiceClient;
use verbund_wire::agency::{
    CheckTextRequest, ConfirmReviewRequest, CorrectSituationRequest, CreateTaskRequest,
    DiscardReviewRequest, ListAuditRecordsRequest, ListReviewsRequest, PublishSituationRequest,
    SituationDraft, TakeTaskStepRequest, TaskMove, TermsDraft,
};
use verbund_wire::convert::codes;
use verbund_wire::federation::{DeclineReason, Handling};

/// In no vocabulary, no log line and no name of ours.
const CANARY: &str = "Zitronenfalter";
/// Not in the guard's lexicon either: a text with it is held for review.
const DOUBTFUL: &str = "Qwxzyfalter";

const ORIGIN: &str = "kod";
const PARTNER: &str = "quartiersbuero";
const HOSTILE: &str = "dhz";

/// Every form in which bytes get into a log: as they are, in hex, as a list of numbers.
fn traces_of_it(told: &[u8]) -> Vec<String> {
    let told = String::from_utf8_lossy(told).to_lowercase();
    let forms = [CANARY, DOUBTFUL].map(|word| {
        let bytes = word.as_bytes();
        let list: Vec<_> = bytes.iter().map(u8::to_string).collect();
        [word.to_lowercase(), hex::encode(bytes), list.join(", ")]
    });
    let mut found = Vec::new();
    for form in forms.concat() {
        for (at, _) in told.match_indices(&form) {
            let begins = told[..at].rfind('\n').map_or(0, |at| at + 1);
            let line: String = told[begins..].chars().take(400).collect();
            found.push(line.lines().next().unwrap_or_default().to_owned());
        }
    }
    found
}

/// A refusal that says nothing of what it refuses, in words or details.
fn says_nothing(what: &str, status: &Status) {
    for told in [
        format!("{status:?}").as_bytes(),
        status.message().as_bytes(),
        status.details(),
    ] {
        assert_eq!(
            traces_of_it(told),
            [""; 0],
            "the refusal of {what}: {status:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_content_is_in_logs_metrics_traces_or_refusals() -> Result<()> {
    let collector = Collector::listen().await?;
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).build()?;
    let patience = fed.patience();
    for (node, log) in [(ORIGIN, "json"), (PARTNER, "human")] {
        let talkative = Surroundings::new()
            .set("node.log", log)
            .set("node.log_filter", "trace")
            .set("telemetry.otlp_endpoint", collector.endpoint());
        fed.launch_in(node, &talkative)?;
    }
    fed.ready(&[ORIGIN, PARTNER]).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;

    let note = format!("Ein {CANARY} am Theaterplatz.");
    accepted(&origin, &note).await?;
    stepped(&fed, &origin, &partner).await?;
    refused(&origin).await;
    hostile(&fed, &partner).await?;
    let reviewed = held(&fed, &origin).await?;
    partner.until_notes(ORIGIN, &[&note, "", &reviewed]).await?;

    for node in [ORIGIN, PARTNER] {
        for path in ["/metrics", "/readyz", "/healthz"] {
            let (_, told) = fed.node(node).get(path).await?;
            assert_eq!(traces_of_it(told.as_bytes()), [""; 0], "{path} of {node}");
        }
    }
    // The last traces are sent at the end.
    for node in [ORIGIN, PARTNER] {
        fed.node_mut(node).stop(patience).await?;
    }
    let exported = collector.exported();
    let spans = String::from_utf8_lossy(&exported);
    assert!(spans.contains("publish"), "spans do come: {spans}");
    assert_eq!(traces_of_it(&exported), [""; 0], "the traces");
    for node in [ORIGIN, PARTNER] {
        let log = fed.node(node).log()?;
        assert!(log.contains("TRACE"), "the log of {node} is talkative");
        assert_eq!(traces_of_it(log.as_bytes()), [""; 0], "the log of {node}");
    }
    Ok(())
}

/// What passes: published, repeated, corrected, read.
async fn accepted(system: &System, note: &str) -> Result<()> {
    let request = PublishSituationRequest {
        request_id: request_id(),
        situation: Some(system.draft(note)),
        confirm_review: false,
    };
    let mut client = system.situations.clone();
    client.publish_situation(request.clone()).await?;
    let told = client
        .publish_situation(request)
        .await?
        .into_inner()
        .receipt;
    let told = told.unwrap_or_default();
    let without = SituationDraft {
        note: String::new(),
        ..system.draft("")
    };
    let correction = CorrectSituationRequest {
        request_id: request_id(),
        subject: told.subject,
        etag: told.etag,
        situation: Some(without),
        confirm_review: false,
    };
    client.correct_situation(correction).await?;
    assert_eq!(system.notes_of(ORIGIN).await?, [note, ""], "it is read");
    let mut guard = system.guard.clone();
    guard
        .check_text(CheckTextRequest {
            text: format!("{CANARY}: zitronenfalter@example.org"),
        })
        .await?;
    Ok(())
}

/// What is said on a task: asked, declined with a note, remarked on, refused.
async fn stepped(fed: &Federation, origin: &System, partner: &System) -> Result<()> {
    let mut tasks = TaskServiceClient::new(origin.channel.clone());
    let terms = TermsDraft {
        assignee: PARTNER.to_owned(),
        measure: "m1".to_owned(),
        category: "sauberkeit".to_owned(),
        title: format!("Ein {CANARY} am Theaterplatz"),
        description: format!("Ein {CANARY} am Theaterplatz."),
        ..TermsDraft::default()
    };
    let request = CreateTaskRequest {
        request_id: request_id(),
        terms: Some(terms.clone()),
        handling: Handling::Amber.into(),
        ..CreateTaskRequest::default()
    };
    let created = tasks.create_task(request.clone()).await?.into_inner();
    let task = created.receipt.and_then(|it| it.subject);
    let refused = CreateTaskRequest {
        request_id: request_id(),
        terms: Some(TermsDraft {
            title: format!("{CANARY}: zitronenfalter@example.org"),
            ..terms
        }),
        ..request
    };
    match tasks.create_task(refused).await {
        Err(status) => says_nothing("a title", &status),
        Ok(response) => panic!("a mailbox was taken for a title: {response:?}"),
    }
    let decline = TakeTaskStepRequest {
        request_id: request_id(),
        task,
        r#move: TaskMove::Decline.into(),
        decline_reason: DeclineReason::NoCapacity.into(),
        note: format!("Ein {CANARY} am Theaterplatz."),
        ..TakeTaskStepRequest::default()
    };
    let look = async || {
        let mut theirs = TaskServiceClient::new(partner.channel.clone());
        let taken = theirs.take_task_step(decline.clone()).await;
        let taken = taken.map_err(|status| status.to_string())?.into_inner();
        taken.task.ok_or_else(|| "no task".to_owned())
    };
    let declined = fed.until("the task to be at the partner's", look).await?;
    assert!(declined.note.contains(CANARY), "it is read");
    Ok(())
}

/// What is held for review: shown, discarded, confirmed, told in the audit log. Gives the note that is confirmed.
async fn held(fed: &Federation, system: &System) -> Result<String> {
    let mut reviews = ReviewServiceClient::new(system.channel.clone());
    let note = format!("Am Eingang liegt wieder ein {DOUBTFUL}");
    let mut ids = Vec::new();
    for _ in 0..3 {
        let receipt = system.publish(system.draft(&note)).await?;
        assert!(receipt.awaiting_review, "{receipt:?}");
        assert_eq!(traces_of_it(format!("{receipt:?}").as_bytes()), [""; 0]);
        ids.push(receipt.review);
    }
    let [first, second, _] = &ids[..] else {
        unreachable!("three were sent");
    };
    let listed = reviews.list_reviews(ListReviewsRequest {}).await?;
    let listed = format!("{:?}", listed.into_inner());
    assert_eq!(listed.matches(DOUBTFUL).count(), 3, "the list does show it");
    let review = first.clone();
    reviews
        .discard_review(DiscardReviewRequest { review })
        .await?;
    let review = first.clone();
    let closed = reviews.confirm_review(ConfirmReviewRequest { review });
    match closed.await {
        Err(status) => says_nothing("what was discarded", &status),
        Ok(response) => panic!("what was discarded was confirmed: {response:?}"),
    }
    let review = second.clone();
    let confirmed = reviews.confirm_review(ConfirmReviewRequest { review });
    let confirmed = confirmed.await?.into_inner().receipt.unwrap_or_default();
    assert!(confirmed.position.is_some());
    let log = ListAuditRecordsRequest::default();
    let log = system.node.clone().list_audit_records(log).await?;
    let log = log.into_inner().records;
    assert_eq!(log.len(), 5);
    assert_eq!(traces_of_it(format!("{log:?}").as_bytes()), [""; 0]);
    // The third still waits. Neither the database nor its journal holds a word of any of them.
    for file in walk(&fed.node_folder(ORIGIN))? {
        let content = match std::fs::read(&file) {
            Ok(content) => content,
            // A key of a text that was discarded goes at any moment.
            Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => continue,
            Err(problem) => return Err(problem.into()),
        };
        let holds = content
            .windows(DOUBTFUL.len())
            .any(|it| it == DOUBTFUL.as_bytes());
        assert!(!holds, "{}", file.display());
    }
    Ok(note)
}

/// All files in a folder and below.
fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder)? {
        let path = item?.path();
        match path.is_dir() {
            true => files.extend(walk(&path)?),
            false => files.push(path),
        }
    }
    Ok(files)
}

/// What does not pass.
async fn refused(system: &System) {
    let draft = || system.draft("");
    let drafts = [
        (
            "a text that the guard rejects",
            system.draft("Bitte an zitronenfalter@example.org schreiben."),
        ),
        (
            "a text that is too long",
            system.draft(&format!("{CANARY} ").repeat(40)),
        ),
        (
            "a text with control characters",
            system.draft(&format!("{CANARY}\u{7}")),
        ),
        (
            "a place",
            SituationDraft {
                place: format!("{CANARY} 3"),
                ..draft()
            },
        ),
        (
            "a category",
            SituationDraft {
                category: format!("{CANARY}!"),
                ..draft()
            },
        ),
        (
            "a measure",
            SituationDraft {
                measure: format!("{CANARY}!"),
                ..draft()
            },
        ),
        (
            "a day",
            SituationDraft {
                day: CANARY.to_owned(),
                ..draft()
            },
        ),
        (
            "a window",
            SituationDraft {
                window: format!("{CANARY}-10"),
                ..draft()
            },
        ),
        (
            "an audience",
            SituationDraft {
                audience: vec![format!("{CANARY} e.V.")],
                ..draft()
            },
        ),
        (
            "a message that is too large",
            system.draft(&format!("{CANARY} ").repeat(200_000)),
        ),
    ];
    for (what, draft) in drafts {
        match system.publish(draft).await {
            Err(status) => says_nothing(what, &status),
            Ok(receipt) => panic!("{what} was taken: {receipt:?}"),
        }
    }
    let request = PublishSituationRequest {
        request_id: CANARY.to_owned(),
        situation: Some(draft()),
        confirm_review: false,
    };
    match system.situations.clone().publish_situation(request).await {
        Err(status) => says_nothing("a request id", &status),
        Ok(response) => panic!("a request id was taken: {response:?}"),
    }
}

/// What a partner's node should have kept to itself.
async fn hostile(fed: &Federation, victim: &System) -> Result<()> {
    let mut talk = HostilePartner::new(fed, HOSTILE)?.greet(PARTNER).await?;
    talk.asked_for(HOSTILE).await?;
    let mut lane = Forge::new(fed, HOSTILE, audience(&[HOSTILE, PARTNER]));
    let mut entries = lane.lane(&[
        &format!("Noch ein {CANARY}."),
        "Bitte an zitronenfalter@example.org schreiben.",
        &format!("{CANARY} ").repeat(40),
    ]);
    let issued = codes::encode(&lane.issued());
    entries.push(lane.next(
        format!("kein Protobuf, aber ein {CANARY}").into(),
        raw::text(""),
    ));
    entries.push(lane.next(issued, format!("kein Protobuf, aber ein {CANARY}").into()));
    let last = lane.head.sequence;
    talk.give(&entries).await?;
    let receipt = talk.receipt(lane.lane, last).await?;
    let stored = (1..=last)
        .filter(|sequence| receipt.outcome(*sequence) == Some(Outcome::Stored))
        .count();
    assert_eq!(stored, 2, "the opening and the first update: {receipt:?}");
    victim
        .until_notes(HOSTILE, &[&format!("Noch ein {CANARY}.")])
        .await
}
