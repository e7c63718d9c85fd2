//! What is measured, one function for each.
//!
//! Each has a federation of its own in an empty folder, so that none inherits another's database.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use tokio::time::sleep;
use verbund_store::Engine;
use verbund_wire::agency::SituationFilter;

use super::drive::{self, Published, Until};
use super::lab::{self, Lab, Meter, Place};
use super::load::Load;
use super::report::{Figure, Measure, Target, Unit};
use super::scrape::{self, Metrics};
use super::statistics::Times;
use super::words as text;
use crate::client::Node;
use crate::output::note;
use crate::text::Text;

/// Publishes on their way at once, as the requirement says.
const IN_FLIGHT: usize = 256;
/// Publishes on their way at once in each of six agencies.
const IN_FLIGHT_OF_SIX: usize = 64;
/// Updates a second where latency under a steady load is measured, as the requirement says.
const PACE: u32 = 500;
/// The two agencies where two are enough.
const ORIGIN: &str = "kod";
const PARTNER: &str = "polizei";
/// Updates on a page, as a coordinator's application asks for them.
const PAGE: i32 = 50;
/// A page may take so long, milliseconds.
const PAGE_MS: f64 = 10.0;
/// A picture may, with all that are listed in its period, which here is a million: with a hundred thousand it is a tenth.
const PICTURE_MS: f64 = 100.0;
/// Links that each node of the federation has.
const LINKS: usize = 5;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Name {
    /// Publishes acknowledged a second over one stream.
    Publish,
    /// The same, each in a call of its own.
    PublishUnary,
    /// From an origin to one partner, until the partner has all.
    Replicate,
    /// A partner that was away takes in what it missed.
    CatchUp,
    /// A smaller backlog after a restart.
    Reconnect,
    /// One publish on its way at a time.
    Single,
    /// From publishing to the partner's feed at a steady pace.
    Paced,
    /// Six nodes publish to each other.
    FanOut,
    /// Memory at rest.
    Memory,
    /// Until a federation of six is up.
    Start,
    /// Pages of lists and of the feed, over many entries.
    Pages,
}

impl Name {
    /// Whether it depends on the origin's engine enough to be measured on both.
    pub(super) const fn on_both(self) -> bool {
        matches!(
            self,
            Self::Publish | Self::PublishUnary | Self::Single | Self::Pages
        )
    }
}

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    pub(super) runs: u32,
    warm_up: Duration,
    measured: Duration,
    /// For what has to hold for at least ten seconds.
    sustained: Duration,
    backlog: u32,
    backlog_small: u32,
    paced: u32,
    rest: Duration,
    /// Entries over which pages are read.
    listed: u32,
    /// Pages of each kind.
    pages: u32,
}

impl Effort {
    /// For figures that count.
    pub(super) const FULL: Self = Self {
        runs: 3,
        warm_up: Duration::from_secs(2),
        measured: Duration::from_secs(10),
        sustained: Duration::from_secs(12),
        backlog: 100_000,
        backlog_small: 10_000,
        paced: 10_000,
        rest: Duration::from_secs(10),
        listed: 1_000_000,
        pages: 300,
    };
    /// To see whether a change did anything.
    pub(super) const QUICK: Self = Self {
        runs: 1,
        warm_up: Duration::from_secs(1),
        measured: Duration::from_secs(3),
        sustained: Duration::from_secs(4),
        backlog: 20_000,
        backlog_small: 10_000,
        paced: 2_500,
        rest: Duration::from_secs(3),
        listed: 50_000,
        pages: 100,
    };
}

/// Measures one thing.
///
/// # Errors
/// When something goes wrong; that it is slow is nothing wrong.
pub(super) async fn run(name: Name, place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    match name {
        Name::Publish => publish(place, effort, Way::Stream).await,
        Name::PublishUnary => publish(place, effort, Way::Unary).await,
        Name::Replicate => replicate(place, effort).await,
        Name::CatchUp => catch_up(place, effort).await,
        Name::Reconnect => reconnect(place, effort).await,
        Name::Single => single(place, effort).await,
        Name::Paced => paced(place, effort).await,
        Name::FanOut => fan_out(place, effort).await,
        Name::Memory => memory(place, effort).await,
        Name::Start => start(place, effort).await,
        Name::Pages => pages(place, effort).await,
    }
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Stream,
    Unary,
}

async fn publish(place: Place<'_>, effort: Effort, way: Way) -> anyhow::Result<Measure> {
    let (name, what, target) = match way {
        Way::Stream => (
            Name::Publish,
            text::PUBLISH,
            // What is asked of PostgreSQL is a share of what SQLite does.
            (place.engine() == Engine::Sqlite).then_some(Target::AtLeast(14_000.0)),
        ),
        Way::Unary => (Name::PublishUnary, text::PUBLISH_UNARY, None),
    };
    let seconds = effort.measured.as_secs();
    let how = text::HOW_PUBLISH.fill(&[&effort.runs, &seconds, &IN_FLIGHT]);
    let mut measure = begin(place, name, what, &how);
    let mut rates = Figure::new(
        "acknowledged_per_second",
        text::RATE,
        Unit::PerSecond,
        target,
    );
    let mut p50 = Figure::new("acknowledged_ms_p50", text::P50, Unit::Milliseconds, None);
    let mut p99 = Figure::new("acknowledged_ms_p99", text::P99, Unit::Milliseconds, None);
    let until = Until::Elapsed(effort.warm_up + effort.measured);
    let lab = Lab::up(place, &[ORIGIN]).await?;
    let node = lab.client(ORIGIN).await?;
    for run in 1..=effort.runs {
        let mut load = Load::new(&[PARTNER]);
        let sampled = Sampled::begin(&lab, &[("origin", ORIGIN)]).await?;
        let published = match way {
            Way::Stream => drive::stream(&node, &mut load, IN_FLIGHT, until).await?,
            Way::Unary => drive::unary(&node, load, IN_FLIGHT, until).await?,
        };
        sampled.end(&lab, &mut measure, published.count()).await?;
        let times = published.times(effort.warm_up);
        rates.push(published.per_second(effort.warm_up));
        p50.push(times.percentile_ms(50.0));
        p99.push(times.percentile_ms(99.0));
        progress(what, run, effort, &rates);
    }
    measure.figures.extend([rates, p50, p99]);
    lab.down().await?;
    Ok(measure)
}

async fn replicate(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let seconds = effort.sustained.as_secs();
    let how = text::HOW_REPLICATE.fill(&[&effort.runs, &seconds, &IN_FLIGHT]);
    let mut measure = begin(place, Name::Replicate, text::REPLICATE, &how);
    let target = Some(Target::AtLeast(9_000.0));
    let mut rates = Figure::new("entries_per_second", text::RATE, Unit::PerSecond, target);
    let mut lags = Figure::new(
        "level_after_last_ms",
        text::LEVEL_AFTER,
        Unit::Milliseconds,
        None,
    );
    let lab = Lab::up(place, &[ORIGIN, PARTNER]).await?;
    let (origin, partner) = (lab.client(ORIGIN).await?, lab.client(PARTNER).await?);
    warm(&origin, &partner).await?;
    for run in 1..=effort.runs {
        let roles = [("origin", ORIGIN), ("partner", PARTNER)];
        let sampled = Sampled::begin(&lab, &roles).await?;
        let mut load = Load::new(&[PARTNER]);
        let until = Until::Elapsed(effort.sustained);
        let published = drive::stream(&origin, &mut load, IN_FLIGHT, until).await?;
        let last = Instant::now();
        lab::level((&origin, ORIGIN), (&partner, PARTNER)).await?;
        rates.push(published.count() as f64 / published.began.elapsed().as_secs_f64());
        lags.push(milliseconds(last.elapsed()));
        sampled.end(&lab, &mut measure, published.count()).await?;
        lab::receipted(&origin, PARTNER).await?;
        progress(text::REPLICATE, run, effort, &rates);
    }
    measure.figures.extend([rates, lags]);
    lab.down().await?;
    Ok(measure)
}

async fn catch_up(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let how = text::HOW_CATCH_UP.fill(&[&effort.runs, &effort.backlog]);
    let mut measure = begin(place, Name::CatchUp, text::CATCH_UP, &how);
    let target = Some(Target::AtLeast(20_000.0));
    let mut rates = Figure::new("entries_per_second", text::RATE, Unit::PerSecond, target);
    let mut ready = Figure::new("ready_ms", text::READY_AFTER, Unit::Milliseconds, None);
    for away in absences(&mut measure, place, effort, effort.backlog).await? {
        rates.push(f64::from(effort.backlog) / away.level.as_secs_f64());
        ready.push(milliseconds(away.ready));
    }
    measure.figures.extend([rates, ready]);
    Ok(measure)
}

async fn reconnect(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let how = text::HOW_RECONNECT.fill(&[&effort.runs, &effort.backlog_small]);
    let mut measure = begin(place, Name::Reconnect, text::RECONNECT, &how);
    let target = Some(Target::AtMost(1.0));
    let mut level = Figure::new("level_seconds", text::LEVEL_SECONDS, Unit::Seconds, target);
    let mut ready = Figure::new("ready_ms", text::READY_AFTER, Unit::Milliseconds, None);
    for away in absences(&mut measure, place, effort, effort.backlog_small).await? {
        level.push(away.level.as_secs_f64());
        ready.push(milliseconds(away.ready));
    }
    measure.figures.extend([level, ready]);
    Ok(measure)
}

/// How a partner came back, counted from the start of its process.
#[derive(Clone, Copy, Debug)]
struct Return {
    ready: Duration,
    level: Duration,
}

/// Stops a partner, publishes, starts the partner again and waits until it has all.
async fn absences(
    measure: &mut Measure,
    place: Place<'_>,
    effort: Effort,
    backlog: u32,
) -> anyhow::Result<Vec<Return>> {
    let mut lab = Lab::up(place, &[ORIGIN, PARTNER]).await?;
    let origin = lab.client(ORIGIN).await?;
    warm(&origin, &lab.client(PARTNER).await?).await?;
    let mut returns = Vec::new();
    for run in 1..=effort.runs {
        lab.stop(PARTNER).await?;
        let mut load = Load::new(&[PARTNER]);
        drive::stream(&origin, &mut load, IN_FLIGHT, Until::Count(backlog)).await?;
        let meter = Meter::start(&lab, &[("origin", ORIGIN), ("partner", PARTNER)]);
        let began = Instant::now();
        lab.spawn(PARTNER)?;
        lab.ready(PARTNER).await?;
        let ready = began.elapsed();
        let partner = lab.client(PARTNER).await?;
        lab::level((&origin, ORIGIN), (&partner, PARTNER)).await?;
        let level = began.elapsed();
        let metrics = scrape::metrics(lab.admin(PARTNER)?).await?;
        measure.add(&meter.stop(&lab)?, backlog as usize);
        measure
            .stages
            .insert("partner", metrics.means_since(&Metrics::default()));
        lab::receipted(&origin, PARTNER).await?;
        returns.push(Return { ready, level });
        note(text::RETURNED.fill(&[
            &measure.what,
            &run,
            &effort.runs,
            &format!("{:.2}", level.as_secs_f64()),
        ]));
    }
    lab.down().await?;
    Ok(returns)
}

async fn single(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let how = text::HOW_SINGLE.fill(&[&effort.runs, &effort.measured.as_secs()]);
    let mut measure = begin(place, Name::Single, text::SINGLE, &how);
    let until = Until::Elapsed(effort.warm_up + effort.measured);
    let lab = Lab::up(place, &[ORIGIN]).await?;
    let node = lab.client(ORIGIN).await?;
    for way in [Way::Stream, Way::Unary] {
        let (names, labels) = match way {
            Way::Stream => (
                ["stream_ms_p50", "stream_ms_p95", "stream_ms_p99"],
                [text::STREAM_P50, text::STREAM_P95, text::STREAM_P99],
            ),
            Way::Unary => (
                ["unary_ms_p50", "unary_ms_p95", "unary_ms_p99"],
                [text::UNARY_P50, text::UNARY_P95, text::UNARY_P99],
            ),
        };
        let most = match place.engine() {
            Engine::Sqlite => 0.6,
            Engine::Postgres => 2.5,
        };
        let targets = [Some(Target::AtMost(most)), None, None];
        let mut figures = percentiles(names, labels, targets);
        for run in 1..=effort.runs {
            let mut load = Load::new(&[PARTNER]);
            let sampled = Sampled::begin(&lab, &[("origin", ORIGIN)]).await?;
            let published = match way {
                Way::Stream => drive::stream(&node, &mut load, 1, until).await?,
                Way::Unary => drive::unary(&node, load, 1, until).await?,
            };
            sampled.end(&lab, &mut measure, published.count()).await?;
            let times = published.times(effort.warm_up);
            for (figure, per_cent) in figures.iter_mut().zip([50.0, 95.0, 99.0]) {
                figure.push(times.percentile_ms(per_cent));
            }
            progress(text::SINGLE, run, effort, &figures[0]);
        }
        measure.figures.extend(figures);
    }
    lab.down().await?;
    Ok(measure)
}

async fn paced(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let how = text::HOW_PACED.fill(&[&effort.runs, &effort.paced, &PACE]);
    let mut measure = begin(place, Name::Paced, text::PACED, &how);
    let mut feed = percentiles(
        ["feed_ms_p50", "feed_ms_p99", "feed_ms_max"],
        [text::FEED_P50, text::FEED_P99, text::FEED_MAX],
        [Some(Target::AtMost(1.0)), Some(Target::AtMost(2.5)), None],
    );
    let mut acknowledged = percentiles(
        [
            "acknowledged_ms_p50",
            "acknowledged_ms_p99",
            "lateness_ms_p99",
        ],
        [
            text::ACKNOWLEDGED_P50,
            text::ACKNOWLEDGED_P99,
            text::LATENESS_P99,
        ],
        [None, None, None],
    );
    let lab = Lab::up(place, &[ORIGIN, PARTNER]).await?;
    let (origin, partner) = (lab.client(ORIGIN).await?, lab.client(PARTNER).await?);
    warm(&origin, &partner).await?;
    let warm_up = PACE * u32::try_from(effort.warm_up.as_secs()).unwrap_or(1);
    for run in 1..=effort.runs {
        let mut load = Load::new(&[PARTNER]);
        let roles = [("origin", ORIGIN), ("partner", PARTNER)];
        let sampled = Sampled::begin(&lab, &roles).await?;
        let paced = drive::paced(&origin, &partner, &mut load, PACE, effort.paced, warm_up).await?;
        sampled
            .end(&lab, &mut measure, (effort.paced + warm_up) as usize)
            .await?;
        for (figure, per_cent) in feed.iter_mut().zip([50.0, 99.0, 100.0]) {
            figure.push(paced.to_feed.percentile_ms(per_cent));
        }
        let others = [
            paced.to_acknowledgement.percentile_ms(50.0),
            paced.to_acknowledgement.percentile_ms(99.0),
            paced.lateness.percentile_ms(99.0),
        ];
        for (figure, value) in acknowledged.iter_mut().zip(others) {
            figure.push(value);
        }
        progress(text::PACED, run, effort, &feed[0]);
    }
    measure.figures.extend(feed);
    measure.figures.extend(acknowledged);
    lab.down().await?;
    Ok(measure)
}

async fn fan_out(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let seconds = effort.sustained.as_secs();
    let how = text::HOW_FAN_OUT.fill(&[&effort.runs, &seconds, &IN_FLIGHT_OF_SIX]);
    let mut measure = begin(place, Name::FanOut, text::FAN_OUT, &how);
    let target = Some(Target::AtLeast(2_000.0));
    let mut rates = Figure::new("published_per_second", text::RATE, Unit::PerSecond, target);
    let mut lags = Figure::new(
        "level_after_last_ms",
        text::LEVEL_AFTER,
        Unit::Milliseconds,
        None,
    );
    let lab = six(place).await?;
    let clients = clients(&lab).await?;
    for run in 1..=effort.runs {
        let agencies = lab.agencies();
        let roles: Vec<_> = agencies.iter().map(|it| ("nodes", it.as_str())).collect();
        let meter = Meter::start(&lab, &roles);
        let began = Instant::now();
        let published = publish_all(&clients, Until::Elapsed(effort.sustained)).await?;
        let last = Instant::now();
        all_level(&clients).await?;
        rates.push(published as f64 / began.elapsed().as_secs_f64());
        lags.push(milliseconds(last.elapsed()));
        measure.add(&meter.stop(&lab)?, published);
        progress(text::FAN_OUT, run, effort, &rates);
    }
    measure.figures.extend([rates, lags]);
    lab.down().await?;
    Ok(measure)
}

async fn memory(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let rest = effort.rest.as_secs();
    let how = text::HOW_MEMORY.fill(&[&rest, &effort.measured.as_secs()]);
    let mut measure = begin(place, Name::Memory, text::MEMORY, &how);
    let figure = |name, label, target| Figure::new(name, label, Unit::Mebibytes, target);
    let target = Some(Target::AtMost(30.0));
    let lab = six(place).await?;
    sleep(effort.rest).await;
    let mut figures = [
        figure("resident_mib_after_start", text::RESIDENT_START, target),
        figure("own_mib_after_start", text::OWN_START, None),
        figure("resident_mib_after_load", text::RESIDENT_LOAD, target),
        figure("own_mib_after_load", text::OWN_LOAD, None),
    ];
    weigh(&lab, &mut figures[..2])?;
    let clients = clients(&lab).await?;
    publish_all(&clients, Until::Elapsed(effort.measured)).await?;
    all_level(&clients).await?;
    drop(clients);
    sleep(effort.rest).await;
    weigh(&lab, &mut figures[2..])?;
    measure.figures.extend(figures);
    lab.down().await?;
    Ok(measure)
}

/// The resident memory of each node, and the part of it that isn't the program's file.
fn weigh(lab: &Lab, figures: &mut [Figure]) -> anyhow::Result<()> {
    for agency in lab.agencies() {
        let memory = lab.process(&agency)?.memory();
        figures[0].push(mebibytes(memory.resident));
        figures[1].push(mebibytes(memory.resident - memory.file));
    }
    // The largest counts: each node is to be within the bound.
    for figure in figures {
        figure.count_largest();
    }
    Ok(())
}

async fn start(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let how = text::HOW_START.fill(&[&effort.runs]);
    let mut measure = begin(place, Name::Start, text::START, &how);
    let target = Some(Target::AtMost(3.0));
    let mut up = Figure::new("up_seconds", text::UP_SECONDS, Unit::Seconds, target);
    for run in 1..=effort.runs {
        let began = Instant::now();
        let lab = six(place).await?;
        up.push(began.elapsed().as_secs_f64());
        lab.down().await?;
        progress(text::START, run, effort, &up);
    }
    measure.figures.push(up);
    Ok(measure)
}

/// Publishes many, and then reads pages of all kinds as a coordinator's application does.
async fn pages(place: Place<'_>, effort: Effort) -> anyhow::Result<Measure> {
    let how = text::HOW_PAGES.fill(&[&effort.listed, &effort.pages, &PAGE]);
    let mut measure = begin(place, Name::Pages, text::PAGES, &how);
    let lab = Lab::up(place, &[ORIGIN]).await?;
    let node = lab.client(ORIGIN).await?;
    let mut load = Load::new(&[PARTNER]);
    let mut left = effort.listed;
    while left > 0 {
        // In pieces, so that it is seen to go on.
        let piece = left.min(100_000);
        drive::stream(&node, &mut load, IN_FLIGHT, Until::Count(piece)).await?;
        left -= piece;
        note(text::FILLED.fill(&[&text::PAGES, &(effort.listed - left), &effort.listed]));
    }
    let kinds = [
        ("list", text::PAGES_ALL, SituationFilter::default()),
        (
            "list_place",
            text::PAGES_PLACE,
            SituationFilter {
                places: vec!["theaterplatz".to_owned()],
                ..SituationFilter::default()
            },
        ),
        (
            "list_category",
            text::PAGES_CATEGORY,
            SituationFilter {
                categories: vec!["sauberkeit".to_owned()],
                ..SituationFilter::default()
            },
        ),
        (
            "list_measure",
            text::PAGES_MEASURE,
            SituationFilter {
                measures: vec!["m3".to_owned()],
                ..SituationFilter::default()
            },
        ),
    ];
    let calls = (kinds.len() + 2) * effort.pages as usize;
    let sampled = Sampled::begin(&lab, &[("origin", ORIGIN)]).await?;
    for (name, label, filter) in kinds {
        let times = drive::list(&node, &filter, PAGE, effort.pages).await?;
        measure
            .figures
            .extend(page_figures(name, label, &times, PAGE_MS));
    }
    let times = drive::feed(&node, PAGE, effort.pages).await?;
    measure
        .figures
        .extend(page_figures("feed", text::PAGES_FEED, &times, PAGE_MS));
    let times = drive::pictures(&node, effort.pages).await?;
    measure.figures.extend(page_figures(
        "picture",
        text::PAGES_PICTURE,
        &times,
        PICTURE_MS,
    ));
    sampled.end(&lab, &mut measure, calls).await?;
    lab.down().await?;
    Ok(measure)
}

fn page_figures(name: &'static str, label: Text, times: &Times, at_most: f64) -> [Figure; 2] {
    let target = Some(Target::AtMost(at_most));
    let named = |per_cent: f64, target| {
        let mut figure = Figure::new(name, label, Unit::Milliseconds, target).of(per_cent);
        figure.push(times.percentile_ms(per_cent));
        figure
    };
    [named(50.0, None), named(99.0, target)]
}

/// A federation with all six nodes, each linked with each.
async fn six(place: Place<'_>) -> anyhow::Result<Lab> {
    let mut lab = Lab::new(place.data)?;
    let agencies = lab.agencies();
    debug_assert_eq!(agencies.len(), LINKS + 1);
    let names: Vec<_> = agencies.iter().map(String::as_str).collect();
    lab.start_all(&names).await?;
    Ok(lab)
}

async fn clients(lab: &Lab) -> anyhow::Result<BTreeMap<String, Node>> {
    let mut clients = BTreeMap::new();
    for agency in lab.agencies() {
        let client = lab.client(&agency).await?;
        clients.insert(agency, client);
    }
    Ok(clients)
}

/// All agencies publish to all; gives how many updates there were in all.
async fn publish_all(clients: &BTreeMap<String, Node>, until: Until) -> anyhow::Result<usize> {
    let mut publishing = tokio::task::JoinSet::new();
    for node in clients.values() {
        let node = node.clone();
        publishing.spawn(async move {
            let mut load = Load::new(&[]);
            let published = drive::stream(&node, &mut load, IN_FLIGHT_OF_SIX, until).await;
            published.map(|it: Published| it.count())
        });
    }
    let mut published = 0;
    while let Some(ended) = publishing.join_next().await {
        published += ended??;
    }
    Ok(published)
}

async fn all_level(clients: &BTreeMap<String, Node>) -> anyhow::Result<()> {
    for (origin, node) in clients {
        for (receiver, its_node) in clients.iter().filter(|(it, _)| *it != origin) {
            lab::level((node, origin), (its_node, receiver)).await?;
        }
    }
    Ok(())
}

/// Opens the lane and brings caches and connections to where they stay.
async fn warm(origin: &Node, partner: &Node) -> anyhow::Result<()> {
    let mut load = Load::new(&[PARTNER]);
    drive::stream(origin, &mut load, 64, Until::Count(2_000)).await?;
    lab::level((origin, ORIGIN), (partner, PARTNER)).await?;
    lab::receipted(origin, PARTNER).await
}

/// What a run used, from outside and in the nodes' own words.
struct Sampled {
    meter: Meter,
    before: Vec<(&'static str, String, Metrics)>,
}

impl Sampled {
    async fn begin(lab: &Lab, roles: &[(&'static str, &str)]) -> anyhow::Result<Self> {
        let mut before = Vec::new();
        for (role, agency) in roles {
            let metrics = scrape::metrics(lab.admin(agency)?).await?;
            before.push((*role, (*agency).to_owned(), metrics));
        }
        let meter = Meter::start(lab, roles);
        Ok(Self { meter, before })
    }

    async fn end(self, lab: &Lab, measure: &mut Measure, entries: usize) -> anyhow::Result<()> {
        measure.add(&self.meter.stop(lab)?, entries);
        for (role, agency, before) in self.before {
            let metrics = scrape::metrics(lab.admin(&agency)?).await?;
            measure.stages.insert(role, metrics.means_since(&before));
        }
        Ok(())
    }
}

fn percentiles<const N: usize>(
    names: [&'static str; N],
    labels: [Text; N],
    targets: [Option<Target>; N],
) -> Vec<Figure> {
    let all = names.into_iter().zip(labels).zip(targets);
    all.map(|((name, label), target)| Figure::new(name, label, Unit::Milliseconds, target))
        .collect()
}

/// Says how it is measured, and begins.
fn begin(place: Place<'_>, name: Name, what: Text, how: &str) -> Measure {
    let engine = place.engine();
    note(text::BEGIN.fill(&[&what, &engine.name(), &how]));
    Measure::new(name, what, engine)
}

fn progress(what: Text, run: u32, effort: Effort, figure: &Figure) {
    note(text::RUN.fill(&[&what, &run, &effort.runs, &figure.last()]));
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
