//! The command line against a running node: what it prints, and how it ends.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use verbund_tests::program::{self, Called};
use verbund_tests::{Federation, Plan};
use verbund_wire::agency::Link;

use crate::books::{ORIGIN, PARTNER};

/// The exit codes that `verbund --help` documents.
const DONE: Option<i32> = Some(0);
const FAILURE: Option<i32> = Some(1);
const USAGE: Option<i32> = Some(2);
const UNREACHABLE: Option<i32> = Some(3);
const REFUSED: Option<i32> = Some(4);

/// Calls a command that talks to the origin's node.
async fn call(fed: &Federation, arguments: &[&str], input: &str) -> Result<Called> {
    let client = program::client(fed, ORIGIN, "everything")?;
    let client = client.to_str().context("a path")?;
    let arguments = arguments.iter().copied().chain(["--config", client]);
    program::call(fed, arguments, input).await
}

fn line(fed: &Federation, note: &str) -> Value {
    json!({
        "category": "sauberkeit",
        "place": "theaterplatz",
        "day": fed.today().to_string(),
        "trend": "steady",
        "source": "own-observation",
        "measure": "m1",
        "urgency": "routine",
        "handling": "amber",
        "note": note,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn push_answers_each_line_and_names_those_that_are_wrong() -> Result<()> {
    let fed = Federation::started(&[ORIGIN]).await?;
    let good = line(&fed, "Zwei Container sind voll.");
    let mut unknown = line(&fed, "Wo?");
    unknown["place"] = json!("nirgendwo");
    let rejected = line(&fed, "Bitte an anna.beispiel@example.org schreiben.");
    let lines = [
        good.to_string(),
        "{\"category\": \"sauberkeit\",".to_owned(),
        unknown.to_string(),
        rejected.to_string(),
        line(&fed, "Alles geleert.").to_string(),
    ];
    let called = call(&fed, &["--format", "json", "push", "-"], &lines.join("\n")).await?;
    assert_eq!(called.code, REFUSED, "{called:?}");
    let mut answers = called.json()?;
    answers.sort_by_key(|answer| answer["line"].as_u64());
    let told: Vec<_> = answers
        .iter()
        .map(|it| {
            (
                it["line"].as_u64(),
                it["outcome"].as_str(),
                it["reason"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some(1), Some("stored"), None),
            (Some(2), Some("refused"), Some("INVALID_INPUT")),
            (Some(3), Some("refused"), Some("VALIDATION_FAILED")),
            (Some(4), Some("refused"), Some("GUARD_REJECTED")),
            (Some(5), Some("stored"), None),
        ]
    );
    assert_eq!(
        answers[2]["violations"][0]["field"], "place",
        "{}",
        answers[2]
    );
    assert_eq!(
        answers[3]["violations"][0]["field"], "note",
        "{}",
        answers[3]
    );
    assert!(
        !called.out.contains("anna"),
        "a refused text is not repeated"
    );
    assert!(
        called.err.contains('3'),
        "it counts what was refused: {}",
        called.err
    );
    let system = fed.system(ORIGIN, "everything").await?;
    let mut notes = system.notes_of(ORIGIN).await?;
    notes.sort();
    assert_eq!(notes, ["Alles geleert.", "Zwei Container sind voll."]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn push_of_what_is_all_right_ends_with_nought_and_again_stores_nothing_anew() -> Result<()> {
    let fed = Federation::started(&[ORIGIN]).await?;
    let mut line = line(&fed, "Zwei Container sind voll.");
    line["request_id"] = json!(verbund_tests::federation::request_id());
    let mut subjects = Vec::new();
    for repeated in [false, true] {
        let called = call(&fed, &["--format", "json", "push", "-"], &line.to_string()).await?;
        assert_eq!(called.code, DONE, "{called:?}");
        let answer = called.json()?.pop().context("an answer")?;
        assert_eq!(answer["repeated_request"], repeated, "{answer}");
        subjects.push(answer["subject"].clone());
    }
    assert_eq!(subjects[0], subjects[1]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn push_to_a_node_that_is_not_there_says_that_it_may_work_later() -> Result<()> {
    let fed = Plan::nodes(&[ORIGIN]).build()?;
    let input = line(&fed, "Niemand da.").to_string();
    let called = call(&fed, &["push", "-", "--patience", "1"], &input).await?;
    assert_eq!(called.code, UNREACHABLE, "{called:?}");
    assert_eq!(
        called.out, "",
        "data goes to the standard output, the rest does not"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn feed_prints_one_json_document_for_each_update() -> Result<()> {
    let fed = Federation::started(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let told = system.tell("Zwei Container sind voll.", &[]).await?;
    let expected = |it: &Value| {
        assert_eq!(it["situation"]["subject"], told.subject.as_str(), "{it}");
        assert_eq!(it["situation"]["note"], "Zwei Container sind voll.", "{it}");
        assert_eq!(it["situation"]["agency"], ORIGIN, "{it}");
        assert_eq!(
            it["situation"]["observation"]["place"], "theaterplatz",
            "{it}"
        );
    };
    let called = call(&fed, &["--format", "json", "feed"], "").await?;
    assert_eq!(called.code, DONE, "{called:?}");
    let listed = called.json()?;
    assert_eq!(listed.len(), 1, "{called:?}");
    expected(&listed[0]);

    // From a cursor on each is an event, with its own cursor.
    let called = call(&fed, &["--format", "json", "feed", "--cursor", ""], "").await?;
    assert_eq!(called.code, DONE, "{called:?}");
    let events = called.json()?;
    assert_eq!(events.len(), 1, "{called:?}");
    expected(&events[0]);
    let cursor = events[0]["cursor"].as_str().context("a cursor")?;
    let called = call(&fed, &["--format", "json", "feed", "--cursor", cursor], "").await?;
    assert_eq!((called.code, called.out.as_str()), (DONE, ""), "{called:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_the_node_and_its_partners() -> Result<()> {
    let fed = Federation::started(&[ORIGIN, PARTNER]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    system
        .until_partner(PARTNER, "connected", |it| it.link() == Link::Connected)
        .await?;
    let called = call(&fed, &["--format", "json", "status"], "").await?;
    assert_eq!(called.code, DONE, "{called:?}");
    let status = called.json()?.pop().context("a status")?;
    assert_eq!(status["agency"], ORIGIN, "{status}");
    assert_eq!(status["read_only"], Value::Null, "{status}");
    let partners = status["partners"].as_array().context("partners")?;
    let links: Vec<_> = partners
        .iter()
        .filter(|it| it["link"] == "connected")
        .map(|it| it["agency"].as_str())
        .collect();
    assert_eq!(links, [Some(PARTNER)], "{status}");

    let called = call(&fed, &["status"], "").await?;
    assert_eq!(called.code, DONE, "{called:?}");
    for words in [ORIGIN, PARTNER] {
        assert!(called.out.contains(words), "{}", called.out);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_ends_with_nought_where_all_is_well_and_with_one_where_a_partner_is_away()
-> Result<()> {
    let mut fed = Federation::started(&[ORIGIN, PARTNER]).await?;
    let patience = fed.patience();
    let config = fed.node_folder(ORIGIN).join("node.toml");
    let well = doctor(&fed, &config).await?;
    assert_eq!(well.code, DONE, "{well:?}");
    let findings = well.json()?;
    let call = finding(&findings, PARTNER, "call")?;
    assert_eq!(call["grade"], "ok", "a real call was made: {call}");

    fed.node_mut(PARTNER).stop(patience).await?;
    let away = doctor(&fed, &config).await?;
    assert_eq!(away.code, FAILURE, "{away:?}");
    let findings = away.json()?;
    let port = finding(&findings, PARTNER, "port")?;
    assert_eq!(port["grade"], "fail", "{port}");

    let none = doctor(&fed, &config.with_file_name("none.toml")).await?;
    assert_eq!(none.code, USAGE, "{none:?}");
    Ok(())
}

async fn doctor(fed: &Federation, config: &Path) -> Result<Called> {
    let config = config.to_str().context("a path")?;
    program::call(fed, ["--format", "json", "doctor", "--config", config], "").await
}

fn finding<'a>(findings: &'a [Value], about: &str, check: &str) -> Result<&'a Value> {
    findings
        .iter()
        .find(|it| it["about"] == about && it["check"] == check)
        .with_context(|| format!("no word of {about}'s {check}: {findings:?}"))
}
