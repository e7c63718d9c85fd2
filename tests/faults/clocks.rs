//! Clocks that are an hour and more apart. Only the sender of an update compares it with a clock, and nothing is ordered by
//! time; so nothing stops, everybody is told, and what can't be undone waits.

use std::net::TcpListener;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use jiff::ToSpan as _;
use verbund_model::{Clock as _, SystemClock};
use verbund_tests::{Clock, Federation, Plan, Surroundings, System, program};
use verbund_wire::agency::report_service_client::ReportServiceClient;
use verbund_wire::agency::{
    GetReportRequest, Link, ReadingDraft, Report, SituationDraft, reading_draft,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::Period;

use crate::books::{ORIGIN, PARTNER, level};

const HOUR: i64 = 3600;
const NOTE: &str = "Nächste Woche vergessen.";
const KEPT_DAYS: u32 = 7;
/// Longer than updates, and short enough for a clock to be believed that leaps over it.
const FIGURES_KEPT_DAYS: u32 = 20;
/// Between two looks at two clocks.
const SLACK_MS: i64 = 30_000;

/// Seconds from now to the beginning of a day in the charter's zone.
fn seconds_until(fed: &Federation, day: jiff::civil::Date) -> Result<i64> {
    let begins = day.to_zoned(fed.charter().time_zone().clone())?;
    Ok(begins.timestamp().as_second() - SystemClock.now().0 / 1000)
}

/// Seconds by which a clock is ahead that shows half past midnight of the next day, or of the one after it where that is less
/// than an hour away.
fn tomorrow(fed: &Federation) -> Result<i64> {
    let next = seconds_until(fed, fed.today().tomorrow()?)? + HOUR / 2;
    Ok(if next > HOUR + 60 {
        next
    } else {
        next + 24 * HOUR
    })
}

fn with_clock(clock: &Clock) -> Result<Surroundings> {
    Surroundings::new().clock(clock)
}

/// Both nodes are up and connected; the partner's clock is ahead by this.
async fn apart(fed: &mut Federation, seconds: i64) -> Result<(System, System)> {
    let clock = Clock::ahead(fed.folder(), PARTNER, seconds)?;
    fed.launch(ORIGIN)?;
    fed.launch_in(PARTNER, &with_clock(&clock)?)?;
    fed.ready(&[ORIGIN, PARTNER]).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    origin
        .until_partner(PARTNER, "connected", |it| it.link() == Link::Connected)
        .await?;
    partner
        .until_partner(ORIGIN, "connected", |it| it.link() == Link::Connected)
        .await?;
    Ok((origin, partner))
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_of_a_node_that_is_ahead_are_taken_and_exchange_goes_on_both_ways() -> Result<()> {
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).build()?;
    let ahead = tomorrow(&fed)?;
    let (origin, partner) = apart(&mut fed, ahead).await?;
    // "Today" where the clock is ahead.
    let now = SystemClock.now().saturating_add_ms(ahead * 1000);
    let draft = |system: &System| SituationDraft {
        day: fed.charter().today(now).to_string(),
        ..system.draft("Heute, sagt die Uhr hier.")
    };
    partner.publish(draft(&partner)).await?;
    origin
        .until_notes(PARTNER, &["Heute, sagt die Uhr hier."])
        .await?;
    // The clocks do differ: the origin itself may not say so.
    let status = origin.publish(draft(&origin)).await.expect_err("tomorrow");
    let explained = explain(&status);
    assert_eq!(explained.code, Some(ErrorCode::ValidationFailed));
    assert_eq!(explained.violations[0].reason, "DAY_IN_FUTURE");

    origin.tell("Und zurück.", &[]).await?;
    partner.until_notes(ORIGIN, &["Und zurück."]).await?;
    level(&origin, &partner).await
}

#[tokio::test(flavor = "multi_thread")]
async fn status_and_doctor_tell_how_far_a_partners_clock_is_off() -> Result<()> {
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).build()?;
    let (origin, partner) = apart(&mut fed, 2 * HOUR).await?;
    for (system, of, offset_ms) in [
        (&origin, PARTNER, 2 * HOUR * 1000),
        (&partner, ORIGIN, -2 * HOUR * 1000),
    ] {
        let told = system.partner(of).await?.clock_offset_ms;
        assert!(
            (told - offset_ms).abs() < SLACK_MS,
            "the clock of {of} is said to be off by {told} ms instead of {offset_ms}"
        );
    }
    let config = fed.node_folder(ORIGIN).join("node.toml");
    let config = config.to_str().context("a path")?;
    let doctor =
        program::call(&fed, ["--format", "json", "doctor", "--config", config], "").await?;
    let findings = doctor.json()?;
    let clock = findings
        .iter()
        .find(|it| it["about"] == PARTNER && it["check"] == "clock")
        .with_context(|| format!("no word of the clock: {doctor:?}"))?;
    assert_eq!(clock["grade"], "fail", "{clock}");
    assert_eq!(clock["reason"], "CLOCK_APART", "{clock}");
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_erased_while_the_clock_is_an_hour_off() -> Result<()> {
    let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).kept(KEPT_DAYS).build()?;
    let patience = fed.patience();
    let due = due_after_telling(&mut fed).await?;

    // The last day of the update is nearly over; the origin is an hour and more behind.
    let origin_clock = Clock::ahead(fed.folder(), ORIGIN, due - 600 - HOUR - 60)?;
    let clock = Clock::ahead(fed.folder(), PARTNER, due - 600)?;
    fed.launch_in(ORIGIN, &with_clock(&origin_clock)?)?;
    fed.launch_in(PARTNER, &with_clock(&clock)?)?;
    fed.ready(&[ORIGIN, PARTNER]).await?;
    let partner = fed.system(PARTNER, "everything").await?;
    partner
        .until_partner(ORIGIN, "an hour behind", |it| {
            it.link() == Link::Connected && it.clock_offset_ms < -HOUR * 1000
        })
        .await?;
    clock.set_ahead(due + 600)?;
    logged(&fed, "erasure pauses").await?;
    assert_eq!(partner.notes_of(ORIGIN).await?, [NOTE], "it is still there");

    // The origin's clock is set right, and tells so when it connects again.
    fed.node_mut(ORIGIN).kill(patience).await?;
    origin_clock.set_ahead(due + 600)?;
    fed.launch_in(ORIGIN, &with_clock(&origin_clock)?)?;
    erased(&fed, &partner).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_has_leapt_erases_nothing_until_a_partners_clock_agrees() -> Result<()> {
    let plan = Plan::nodes(&[ORIGIN, PARTNER]).kept(KEPT_DAYS);
    let mut fed = plan.figures_kept(FIGURES_KEPT_DAYS).build()?;
    let due = due_after_telling(&mut fed).await?;

    // A battery has died, say; nobody is there to ask.
    let clock = Clock::ahead(fed.folder(), PARTNER, due + 60 * 24 * HOUR)?;
    fed.launch_in(PARTNER, &with_clock(&clock)?)?;
    fed.ready(&[PARTNER]).await?;
    let partner = fed.system(PARTNER, "everything").await?;
    logged(&fed, "erasure waits for a partner's clock").await?;
    assert_eq!(partner.notes_of(ORIGIN).await?, [NOTE], "it is still there");
    assert_eq!(figures(&fed, PARTNER)?, 1, "and so is its figure");

    // So many days have passed indeed.
    fed.launch_in(ORIGIN, &with_clock(&clock)?)?;
    erased(&fed, &partner).await?;
    no_figures(&fed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_kept_for_their_own_time_and_then_forgotten_before_a_node_serves() -> Result<()>
{
    let plan = Plan::nodes(&[ORIGIN, PARTNER]).kept(KEPT_DAYS);
    let mut fed = plan.figures_kept(FIGURES_KEPT_DAYS).build()?;
    let patience = fed.patience();
    let told = fed.today();
    due_after_telling(&mut fed).await?;
    let last = told.checked_add(i64::from(FIGURES_KEPT_DAYS).days())?;
    let ends = seconds_until(&fed, last.tomorrow()?)?;

    // On their last day the update is long gone.
    let clock = Clock::ahead(fed.folder(), PARTNER, ends - HOUR)?;
    fed.launch_in(PARTNER, &with_clock(&clock)?)?;
    fed.ready(&[PARTNER]).await?;
    let partner = fed.system(PARTNER, "everything").await?;
    gone(&fed, &partner).await?;
    assert_eq!(figures(&fed, PARTNER)?, 1);
    let it = report(&partner, told).await?;
    assert_eq!((it.complete, it.figures_incomplete), (false, false));
    // Midnight comes.
    clock.set_ahead(ends + 600)?;
    no_figures(&fed).await?;
    // A report's day begins with its first window, in the morning.
    clock.set_ahead(ends + 12 * HOUR)?;
    assert!(report(&partner, told).await?.figures_incomplete);

    // A node that was off, and gets no further than to the opening of its first port.
    assert_eq!(figures(&fed, ORIGIN)?, 1);
    let _taken = TcpListener::bind(fed.member(ORIGIN).agency_api())?;
    let clock = Clock::ahead(fed.folder(), ORIGIN, ends + 600)?;
    fed.launch_in(ORIGIN, &with_clock(&clock)?)?;
    assert!(!fed.node_mut(ORIGIN).end(patience).await?.success());
    assert!(fed.node(ORIGIN).logged(&["agency API"])?, "it came so far");
    assert_eq!(figures(&fed, ORIGIN)?, 0);
    Ok(())
}

/// Both nodes get an update and are stopped. Gives the seconds until it has to be gone.
async fn due_after_telling(fed: &mut Federation) -> Result<i64> {
    let patience = fed.patience();
    for node in [ORIGIN, PARTNER] {
        fed.launch(node)?;
    }
    fed.ready(&[ORIGIN, PARTNER]).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    origin.publish(with_figure(origin.draft(NOTE))).await?;
    let partner = fed.system(PARTNER, "everything").await?;
    partner.until_notes(ORIGIN, &[NOTE]).await?;
    let today = fed.today();
    for node in [ORIGIN, PARTNER] {
        fed.node_mut(node).stop(patience).await?;
    }
    seconds_until(fed, today.checked_add((i64::from(KEPT_DAYS) + 1).days())?)
}

fn with_figure(draft: SituationDraft) -> SituationDraft {
    let needles = ReadingDraft {
        indicator: "spritzenfunde".to_owned(),
        period: Period::Day.into(),
        value: Some(reading_draft::Value::Count(12)),
    };
    SituationDraft {
        readings: vec![needles],
        ..draft
    }
}

/// How many figures there are in a node's series, with another program's eyes.
fn figures(fed: &Federation, node: &str) -> Result<u32> {
    let database = fed.node_folder(node).join("data/verbund.db");
    let asked = Command::new("sqlite3")
        .arg("-readonly")
        .arg(database)
        .arg("SELECT count(*) FROM reading")
        .output()
        .context("sqlite3 is needed (Debian: apt-get install sqlite3)")?;
    ensure!(asked.status.success(), "{asked:?}");
    Ok(String::from_utf8(asked.stdout)?.trim().parse()?)
}

/// Waits until the partner has none any more.
async fn no_figures(fed: &Federation) -> Result<()> {
    let none = async || match figures(fed, PARTNER) {
        Ok(0) => Ok(()),
        Ok(left) => Err(format!("{left} figures")),
        Err(error) => Err(format!("{error:#}")),
    };
    fed.until("the figures to be forgotten", none).await
}

async fn report(system: &System, day: jiff::civil::Date) -> Result<Report> {
    let request = GetReportRequest {
        from_day: day.to_string(),
        to_day: day.to_string(),
    };
    let mut reports = ReportServiceClient::new(system.channel.clone());
    let answer = reports.get_report(request).await?.into_inner();
    answer.report.context("a report")
}

async fn erased(fed: &Federation, partner: &System) -> Result<()> {
    logged(fed, "erasure goes on").await?;
    gone(fed, partner).await
}

async fn gone(fed: &Federation, partner: &System) -> Result<()> {
    let gone = async || match partner.notes_of(ORIGIN).await {
        Ok(notes) if notes.iter().all(String::is_empty) => Ok(()),
        Ok(notes) => Err(format!("{notes:?}")),
        Err(status) => Err(status.to_string()),
    };
    fed.until("the note to be erased", gone).await
}

async fn logged(fed: &Federation, words: &str) -> Result<()> {
    let look = async || match fed.node(PARTNER).logged(&[words]) {
        Ok(true) => Ok(()),
        Ok(false) => Err("it does not".to_owned()),
        Err(error) => Err(format!("{error:#}")),
    };
    fed.until(&format!("the node of {PARTNER} to log {words:?}"), look)
        .await
}
