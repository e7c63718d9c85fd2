//! What the node counts and measures, for Prometheus.
//!
//! **Promise.** No content, and nothing that grows with it: labels are agencies of the charter in force, stable reasons and
//! names that the program holds itself. What would be another label is counted under `other`.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};
use verbund_guard::Class;
use verbund_ledger::Outcome;
use verbund_model::{AgencyId, Audience};
use verbund_transport::Counts;

use crate::disk::Look;
use crate::roles;

/// The media type of [`Metrics::encode`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The one method whose calls are not counted.
const MARK_SHOWN: &str = "/verbund.agency.v1.FeedService/MarkShown";

/// Upper bounds in seconds: from what an embedded store needs on a good disk to what a caller waits for at most.
const SECONDS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// Upper bounds for the number of entries in one commit: powers of two up to the largest batch.
const ENTRIES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 256.0, 512.0, 1024.0];

/// Where the time of a publish goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Checking it against the charter.
    Check,
    /// The guard.
    Guard,
    /// Waiting for its turn and for the flush.
    Commit,
    /// From its arrival to the answer.
    Total,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Check, Self::Guard, Self::Commit, Self::Total];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Guard => "guard",
            Self::Commit => "commit",
            Self::Total => "total",
        }
    }
}

/// The queues that can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Publishes that wait for their flush.
    Publish,
    /// Feeds that are watched.
    Watchers,
    /// Updates that were acknowledged while the node does not sign.
    Signing,
}

impl Queue {
    const ALL: [Self; 3] = [Self::Publish, Self::Watchers, Self::Signing];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Watchers => "watchers",
            Self::Signing => "signing",
        }
    }
}

/// Whose text the guard read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The own agency's, before it was stored.
    Sender,
    /// A partner's, before it was stored.
    Receiver,
}

impl Side {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
        }
    }
}

/// Whose certificate is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateOf {
    /// This node's.
    Own,
    /// The one that a partner showed last.
    Partner,
}

impl CertificateOf {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Partner => "partner",
        }
    }
}

/// An agency of the charter in force, or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct AgencyLabel(Option<AgencyId>);

impl EncodeLabelValue for AgencyLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(self.0.as_ref().map_or("other", AgencyId::as_str))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByPartner {
    partner: AgencyLabel,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCertificate {
    agency: AgencyLabel,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOriginAndOutcome {
    origin: AgencyLabel,
    outcome: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByListener {
    listener: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRefusal {
    listener: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStage {
    stage: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByQueue {
    queue: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByFinding {
    class: &'static str,
    side: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByMethod {
    method: &'static str,
    code: &'static str,
}

/// What doesn't change while the node runs.
#[derive(Clone, Debug)]
pub struct Build<'a> {
    /// Version of the software.
    pub version: &'a str,
    /// Version of the guard.
    pub guard: &'a str,
    /// The own agency.
    pub agency: &'a AgencyId,
}

/// All metrics of one node.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    members: ArcSwap<Audience>,
    published: Family<ByOutcome, Counter>,
    publish_seconds: [Histogram; Stage::ALL.len()],
    received: Family<ByOriginAndOutcome, Counter>,
    receipts: Counter,
    link_up: Family<ByPartner, Gauge>,
    lag: Family<ByPartner, Gauge<f64, AtomicU64>>,
    throttled: Family<ByPartner, Gauge>,
    unreceipted: Family<ByPartner, Gauge>,
    connections: Family<ByListener, Counter>,
    connections_open: Family<ByListener, Gauge>,
    refusals: Family<ByRefusal, Counter>,
    commit_seconds: Histogram,
    commit_entries: Histogram,
    queues: [Gauge; Queue::ALL.len()],
    findings: Family<ByFinding, Counter>,
    requests: Family<ByMethod, Counter>,
    alarms: Gauge,
    read_only: Gauge,
    recovering: Gauge,
    store_available: Gauge,
    disk_free_bytes: Gauge,
    charter_version: Gauge,
    charter_expires: Gauge,
    certificate_expires: Gauge,
    certificate_remaining: Family<ByCertificate, Gauge<f64, AtomicU64>>,
}

impl Metrics {
    /// All metrics at nought.
    #[must_use]
    pub fn new(build: &Build<'_>, members: &Audience) -> Self {
        let mut registry = Registry::with_prefix("verbund");
        let info = vec![
            ("version", build.version.to_owned()),
            ("guard", build.guard.to_owned()),
            ("agency", build.agency.to_string()),
        ];
        let mut add = Registration(&mut registry);
        add.0.register("build", "What runs here", Info::new(info));
        let stages = Family::<ByStage, Histogram, fn() -> Histogram>::new_with_constructor(seconds);
        let stages = add.metric(
            "publish",
            "Time of a publish, by where it goes",
            Some(Unit::Seconds),
            stages,
        );
        let queues: Family<ByQueue, Gauge> = add.plain("queue_depth", "How many wait, by queue");
        Self {
            members: ArcSwap::from_pointee(members.clone()),
            published: add.plain("published", "Publishes by what became of them"),
            publish_seconds: Stage::ALL.map(|stage| {
                let stage = stage.as_str();
                stages.get_or_create_owned(&ByStage { stage })
            }),
            received: add.plain(
                "entries_received",
                "Entries of partners by what became of them",
            ),
            receipts: add.plain("receipts", "Receipts of partners that were news"),
            link_up: add.plain("link_up", "Whether a stream to the partner is up"),
            lag: add.unit(
                "lag",
                "How long the oldest own entry has waited for the partner's receipt",
                Unit::Seconds,
            ),
            throttled: add.plain(
                "throttled",
                "Whether the partner is over its quota of the day",
            ),
            unreceipted: add.plain(
                "unreceipted",
                "Own entries that the partner should hold and gave no receipt for",
            ),
            connections: add.plain("connections", "Connections taken, by listener"),
            connections_open: add.plain("connections_open", "Connections open, by listener"),
            refusals: add.plain(
                "tls_refusals",
                "Connections refused, by listener and reason",
            ),
            commit_seconds: add.metric(
                "store_commit",
                "Time of a transaction with its flush",
                Some(Unit::Seconds),
                seconds(),
            ),
            commit_entries: add.metric(
                "store_commit_entries",
                "Entries in one transaction",
                None,
                Histogram::new(ENTRIES),
            ),
            queues: Queue::ALL.map(|queue| {
                let queue = queue.as_str();
                queues.get_or_create_owned(&ByQueue { queue })
            }),
            findings: add.plain(
                "guard_findings",
                "What the guard found, by class and whose text",
            ),
            requests: add.plain(
                "requests",
                "Calls of the agency's systems by method and answer",
            ),
            alarms: add.plain("alarms", "Open alarms"),
            read_only: add.plain("read_only", "Whether the node takes nothing new"),
            recovering: add.plain(
                "recovering",
                "Whether the node was restored and signs nothing until its partners have shown what they hold of it",
            ),
            store_available: add.plain("store_available", "Whether the database answers"),
            disk_free_bytes: add.unit("disk_free", "Room on the store's disk", Unit::Bytes),
            charter_version: add.plain("charter_version", "Version of the charter in force"),
            charter_expires: add.unit(
                "charter_expires_timestamp",
                "When the charter expires, since 1970",
                Unit::Seconds,
            ),
            certificate_expires: add.unit(
                "certificate_expires_timestamp",
                "When the node's certificate expires, since 1970",
                Unit::Seconds,
            ),
            certificate_remaining: add.unit(
                "certificate_remaining",
                "Share of its life that a certificate has left: the node's, and those that partners showed last",
                Unit::Other("ratio".to_owned()),
            ),
            registry,
        }
    }

    /// Takes the members of a new charter over; the rows of those who left go.
    pub fn follow(&self, members: &Audience) {
        let before = self.members.swap(Arc::new(members.clone()));
        for left in before.iter().filter(|agency| !members.contains(agency)) {
            let partner = AgencyLabel(Some(left.clone()));
            let row = ByPartner { partner };
            self.link_up.remove(&row);
            self.lag.remove(&row);
            self.throttled.remove(&row);
            self.unreceipted.remove(&row);
            self.certificate_remaining.remove(&ByCertificate {
                agency: row.partner,
                kind: CertificateOf::Partner.as_str(),
            });
        }
    }

    /// A publish was answered: `stored`, `repeated`, `awaiting-confirmation`, or the stable reason of its error.
    pub fn published(&self, outcome: &'static str) {
        self.published.get_or_create(&ByOutcome { outcome }).inc();
    }

    /// A stage of a publish took this long.
    pub fn publish_stage(&self, stage: Stage, took: Duration) {
        self.publish_seconds[stage as usize].observe(took.as_secs_f64());
    }

    /// An entry of a partner was taken in.
    pub fn received(&self, origin: &AgencyId, outcome: Outcome) {
        let row = ByOriginAndOutcome {
            origin: self.label(origin),
            outcome: outcome.as_str(),
            reason: outcome.reason().unwrap_or_default(),
        };
        self.received.get_or_create(&row).inc();
    }

    /// So many receipts were news.
    pub fn receipts(&self, count: usize) {
        self.receipts.inc_by(count as u64);
    }

    /// The stream to a partner came or went.
    pub fn link_up(&self, partner: &AgencyId, up: bool) {
        self.link_up
            .get_or_create(&self.partner(partner))
            .set(up.into());
    }

    /// The oldest own entry without the partner's receipt has waited this long.
    pub fn lag(&self, partner: &AgencyId, lag: Duration) {
        self.lag
            .get_or_create(&self.partner(partner))
            .set(lag.as_secs_f64());
    }

    /// A partner is over its quota of the day, or no longer.
    pub fn throttled(&self, origin: &AgencyId, throttled: bool) {
        self.throttled
            .get_or_create(&self.partner(origin))
            .set(throttled.into());
    }

    /// So many own entries that a partner should hold have no receipt of it yet.
    pub fn unreceipted(&self, partner: &AgencyId, entries: u64) {
        self.unreceipted
            .get_or_create(&self.partner(partner))
            .set(signed(entries));
    }

    /// What a listener, `agency` or `federation`, has taken and refused since the node started.
    pub fn connections(&self, listener: &'static str, counts: &Counts) {
        let row = ByListener { listener };
        level(&self.connections.get_or_create(&row), counts.accepted);
        self.connections_open
            .get_or_create(&row)
            .set(signed(counts.open));
        for (reason, refused) in &counts.refused {
            level(
                &self.refusals.get_or_create(&ByRefusal { listener, reason }),
                *refused,
            );
        }
    }

    /// The store committed and flushed this many entries in one transaction.
    pub fn committed(&self, entries: usize, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.commit_entries.observe(entries as f64);
    }

    /// So many wait in a queue.
    pub fn queue(&self, queue: Queue, depth: usize) {
        self.queues[queue as usize].set(signed(depth));
    }

    /// The guard found something.
    pub fn finding(&self, class: Class, side: Side) {
        let class = class.as_str();
        let side = side.as_str();
        self.findings
            .get_or_create(&ByFinding { class, side })
            .inc();
    }

    /// A call of one of the agency's systems was answered; `code` is the name of its gRPC code. That something was shown is not counted:
    /// looked at every few seconds, the number would tell when people are at their screens.
    pub fn request(&self, method_path: &str, code: &'static str) {
        if method_path == MARK_SHOWN {
            return;
        }
        let row = roles::METHODS.iter().find(|(path, _)| *path == method_path);
        let method = row.map_or("other", |(path, _)| *path);
        self.requests
            .get_or_create(&ByMethod { method, code })
            .inc();
    }

    /// So many alarms are open.
    pub fn alarms(&self, open: usize) {
        self.alarms.set(signed(open));
    }

    /// So much room is on the store's disk, and whether the node takes nothing new for that.
    pub fn disk(&self, look: &Look) {
        self.disk_free_bytes.set(signed(look.free_bytes));
        self.read_only.set(look.read_only.into());
    }

    /// Whether the node was restored and signs nothing yet.
    pub fn recovering(&self, recovering: bool) {
        self.recovering.set(recovering.into());
    }

    /// Whether the database answers.
    pub fn store_available(&self, available: bool) {
        self.store_available.set(available.into());
    }

    /// The charter in force, and when it expires in seconds since 1970.
    pub fn charter(&self, version: u32, expires_seconds: i64) {
        self.charter_version.set(version.into());
        self.charter_expires.set(expires_seconds);
    }

    /// When the node's own certificate expires, in seconds since 1970.
    pub fn certificate(&self, expires_seconds: i64) {
        self.certificate_expires.set(expires_seconds);
    }

    /// A certificate has this share of its life left, from 1 to 0.
    pub fn certificate_remaining(&self, agency: &AgencyId, of: CertificateOf, ratio: f64) {
        let row = ByCertificate {
            agency: self.label(agency),
            kind: of.as_str(),
        };
        self.certificate_remaining.get_or_create(&row).set(ratio);
    }

    /// All metrics as OpenMetrics text, see [`MEDIA_TYPE`].
    ///
    /// # Errors
    /// Where a metric can't be written as text.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }

    fn label(&self, agency: &AgencyId) -> AgencyLabel {
        let is_member = self.members.load().contains(agency);
        AgencyLabel(is_member.then(|| agency.clone()))
    }

    fn partner(&self, agency: &AgencyId) -> ByPartner {
        let partner = self.label(agency);
        ByPartner { partner }
    }
}

/// Registers metrics and hands them back.
struct Registration<'a>(&'a mut Registry);

impl Registration<'_> {
    fn plain<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        self.metric(name, help, None, M::default())
    }

    fn unit<M: Metric + Clone + Default>(&mut self, name: &str, help: &str, unit: Unit) -> M {
        self.metric(name, help, Some(unit), M::default())
    }

    fn metric<M: Metric + Clone>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<Unit>,
        metric: M,
    ) -> M {
        match unit {
            Some(unit) => self.0.register_with_unit(name, help, unit, metric.clone()),
            None => self.0.register(name, help, metric.clone()),
        }
        metric
    }
}

/// Lifts a counter to what was counted elsewhere.
fn level(counter: &Counter, counted: u64) {
    counter.inner().fetch_max(counted, Ordering::Relaxed);
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn signed(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use verbund_ledger::{HeldReason, RefusedReason};

    use super::*;

    fn agency(id: &str) -> AgencyId {
        AgencyId::parse(id).unwrap()
    }

    fn audience(ids: &[&str]) -> Audience {
        Audience::new(ids.iter().map(|id| agency(id))).unwrap()
    }

    fn metrics() -> Metrics {
        let build = Build {
            version: "1.2.3",
            guard: "7",
            agency: &agency("dhz"),
        };
        Metrics::new(&build, &audience(&["dhz", "kod", "polizei"]))
    }

    fn has(text: &str, line: &str) {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }

    #[test]
    fn what_is_counted_is_told() {
        let metrics = metrics();
        metrics.published("stored");
        metrics.published("stored");
        metrics.published("GUARD_REJECTED");
        metrics.publish_stage(Stage::Commit, Duration::from_micros(400));
        metrics.received(&agency("kod"), Outcome::Stored);
        let refused = Outcome::Refused(RefusedReason::GuardRejected);
        metrics.received(&agency("kod"), refused);
        metrics.received(&agency("kod"), Outcome::Held(HeldReason::CharterUnknown));
        metrics.receipts(3);
        metrics.link_up(&agency("kod"), true);
        metrics.lag(&agency("polizei"), Duration::from_millis(1500));
        metrics.throttled(&agency("polizei"), true);
        metrics.unreceipted(&agency("polizei"), 12);
        let counts = Counts {
            accepted: 9,
            open: 4,
            refused: [("expired", 3)].into(),
            ..Counts::default()
        };
        metrics.connections("federation", &counts);
        metrics.connections("federation", &counts);
        metrics.committed(17, Duration::from_millis(2));
        metrics.queue(Queue::Publish, 5);
        metrics.finding(Class::P2, Side::Receiver);
        metrics.request("/verbund.agency.v1.FeedService/ListFeed", "OK");
        metrics.alarms(2);
        metrics.disk(&Look {
            free_bytes: 1 << 30,
            read_only: true,
            changed: true,
        });
        metrics.recovering(true);
        metrics.charter(4, 1_800_000_000);
        metrics.certificate(1_700_000_000);
        metrics.certificate_remaining(&agency("dhz"), CertificateOf::Own, 0.25);
        metrics.certificate_remaining(&agency("kod"), CertificateOf::Partner, 1.0);
        let text = metrics.encode().unwrap();
        for line in [
            "verbund_build_info{version=\"1.2.3\",guard=\"7\",agency=\"dhz\"} 1",
            "verbund_published_total{outcome=\"stored\"} 2",
            "verbund_published_total{outcome=\"GUARD_REJECTED\"} 1",
            "verbund_publish_seconds_count{stage=\"commit\"} 1",
            "verbund_publish_seconds_bucket{le=\"0.0005\",stage=\"commit\"} 1",
            "verbund_publish_seconds_bucket{le=\"0.00025\",stage=\"commit\"} 0",
            "verbund_receipts_total 3",
            "verbund_link_up{partner=\"kod\"} 1",
            "verbund_lag_seconds{partner=\"polizei\"} 1.5",
            "verbund_throttled{partner=\"polizei\"} 1",
            "verbund_unreceipted{partner=\"polizei\"} 12",
            "verbund_connections_total{listener=\"federation\"} 9",
            "verbund_connections_open{listener=\"federation\"} 4",
            "verbund_tls_refusals_total{listener=\"federation\",reason=\"expired\"} 3",
            "verbund_store_commit_seconds_count 1",
            "verbund_store_commit_entries_sum 17.0",
            "verbund_queue_depth{queue=\"publish\"} 5",
            "verbund_queue_depth{queue=\"watchers\"} 0",
            "verbund_queue_depth{queue=\"signing\"} 0",
            "verbund_guard_findings_total{class=\"P2\",side=\"receiver\"} 1",
            "verbund_requests_total{method=\"/verbund.agency.v1.FeedService/ListFeed\",code=\"OK\"} 1",
            "verbund_alarms 2",
            "verbund_read_only 1",
            "verbund_recovering 1",
            "verbund_disk_free_bytes 1073741824",
            "verbund_charter_version 4",
            "verbund_charter_expires_timestamp_seconds 1800000000",
            "verbund_certificate_expires_timestamp_seconds 1700000000",
            "verbund_certificate_remaining_ratio{agency=\"dhz\",kind=\"own\"} 0.25",
            "verbund_certificate_remaining_ratio{agency=\"kod\",kind=\"partner\"} 1.0",
            "# EOF",
        ] {
            has(&text, line);
        }
        for outcome in [Outcome::Stored, refused] {
            let (outcome, reason) = (outcome.as_str(), outcome.reason().unwrap_or_default());
            let row = format!("{{origin=\"kod\",outcome=\"{outcome}\",reason=\"{reason}\"}} 1");
            has(&text, &format!("verbund_entries_received_total{row}"));
        }
    }

    #[test]
    fn nobody_is_measured_at_a_screen() {
        assert!(roles::roles_of(MARK_SHOWN).is_some());
        let metrics = metrics();
        metrics.request(MARK_SHOWN, "OK");
        let text = metrics.encode().unwrap();
        assert!(!text.contains("verbund_requests_total{"), "{text}");
    }

    #[test]
    fn labels_are_bounded_by_the_charter_and_the_contract() {
        let metrics = metrics();
        for number in 0..1000 {
            let stranger = agency(&format!("stranger-{number}"));
            metrics.received(&stranger, Outcome::Stored);
            metrics.lag(&stranger, Duration::ZERO);
            metrics.request(&format!("/made.up/{number}"), "UNIMPLEMENTED");
        }
        let text = metrics.encode().unwrap();
        assert!(!text.contains("stranger") && !text.contains("made.up"));
        has(
            &text,
            "verbund_requests_total{method=\"other\",code=\"UNIMPLEMENTED\"} 1000",
        );
        has(&text, "verbund_lag_seconds{partner=\"other\"} 0.0");
    }

    #[test]
    fn a_partner_that_left_leaves_no_gauge() {
        let metrics = metrics();
        metrics.link_up(&agency("kod"), true);
        metrics.lag(&agency("kod"), Duration::ZERO);
        metrics.throttled(&agency("kod"), false);
        metrics.link_up(&agency("polizei"), true);
        for id in ["dhz", "kod"] {
            metrics.certificate_remaining(&agency(id), CertificateOf::Partner, 0.5);
        }
        metrics.follow(&audience(&["dhz", "polizei"]));
        let text = metrics.encode().unwrap();
        assert!(!text.contains("=\"kod\""), "{text}");
        has(&text, "verbund_link_up{partner=\"polizei\"} 1");
    }

    #[test]
    fn every_stage_and_queue_has_its_own_place() {
        for (index, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, index);
        }
        for (index, queue) in Queue::ALL.into_iter().enumerate() {
            assert_eq!(queue as usize, index);
        }
    }
}
