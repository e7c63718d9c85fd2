//! Partners, the own node and alarms as they are shown.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use verbund_wire::agency::{Alarm, GetStatusResponse, Link, Partner};

use super::advice::{self, Advice, Level, Value};
use crate::frame::Frame;

/// A partner.
#[derive(Debug)]
pub(super) struct PartnerView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) link: Cow<'static, str>,
    pub(super) level: Level,
    /// When it was last heard of, in words.
    pub(super) heard: String,
    /// Until when its entries are receipted, in words.
    pub(super) receipts: String,
    pub(super) advice: Vec<AdviceRow>,
    /// What operators see besides.
    pub(super) facts: Vec<Fact>,
    /// Why there is no connection, in the node's own English; empty when there is one.
    pub(super) problem: String,
}

/// What is to be known, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AdviceRow {
    pub(super) level: Level,
    pub(super) text: String,
}

/// A name and a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) name: Cow<'static, str>,
    pub(super) value: String,
}

impl PartnerView {
    /// `own_serial` is the serial number of the own node's certificate.
    pub(super) fn new(frame: &Frame, it: &Partner, own_serial: &str, now: Timestamp) -> Self {
        let advice = advice::on_partner(it, now.as_millisecond());
        let level = match Link::try_from(it.link) {
            Ok(Link::Connected | Link::Elsewhere) => Level::Good,
            Ok(Link::Relayed) => Level::Warn,
            _ => Level::Bad,
        };
        Self {
            id: it.agency.clone(),
            name: frame.agency(&it.agency),
            link: frame.link(it.link),
            level,
            heard: if it.last_heard_ms == 0 {
                frame.t("operations-never").into_owned()
            } else {
                frame.ago(it.last_heard_ms).into_owned()
            },
            receipts: receipts(frame, it),
            advice: advice.iter().map(|it| advice_row(frame, it)).collect(),
            facts: if frame.roles.operates() {
                facts(frame, it, own_serial)
            } else {
                Vec::new()
            },
            problem: if frame.roles.operates() {
                it.problem.clone()
            } else {
                String::new()
            },
        }
    }
}

fn receipts(frame: &Frame, it: &Partner) -> String {
    match it.lag_ms {
        0 => frame.t("operations-receipted").into_owned(),
        lag => {
            let time = frame.lang.duration(lag / 1_000);
            frame.t1("operations-behind", "time", time).into_owned()
        }
    }
}

fn advice_row(frame: &Frame, it: &Advice) -> AdviceRow {
    let key = format!("operations-advice-{}", it.word);
    let text = match it.value {
        Value::Nothing => frame.t(&key),
        Value::Count(count) => frame.t1(&key, "count", count),
        Value::Seconds(seconds) => frame.t1(&key, "time", frame.lang.duration(seconds)),
    };
    AdviceRow {
        level: it.level,
        text: text.into_owned(),
    }
}

fn facts(frame: &Frame, it: &Partner, own_serial: &str) -> Vec<Fact> {
    let mut all = Vec::new();
    let mut add = |key: &str, value: String| {
        if !value.is_empty() {
            all.push(Fact {
                name: frame.t(key),
                value,
            });
        }
    };
    let number = |count: u64| frame.lang.number(count);
    add("operations-software", it.software.clone());
    add("operations-endpoint", it.endpoint.clone());
    add("operations-replica", it.replica.clone());
    let receipted = frame.t2(
        "operations-of",
        "part",
        number(it.receipted),
        "all",
        number(it.sent),
    );
    add("operations-receipts", receipted.into_owned());
    add("operations-exceptions", number(it.exceptions));
    add("operations-received", number(it.received));
    add("operations-refused", number(it.refused));
    add("operations-sealed", number(it.sealed));
    add("operations-stopped", number(it.stopped_lanes.into()));
    if Link::try_from(it.link) == Ok(Link::Connected) {
        let offset = frame.lang.number(it.clock_offset_ms.unsigned_abs());
        let sign = if it.clock_offset_ms < 0 { "−" } else { "+" };
        add("operations-clock", format!("{sign}{offset} ms"));
    }
    if it.certificate_not_after_ms != 0 {
        add(
            "operations-certificate",
            frame.moment(it.certificate_not_after_ms),
        );
    }
    let seen = match it.own_certificate_serial.as_str() {
        "" => String::new(),
        seen if seen == own_serial => frame.t("operations-seen-current").into_owned(),
        seen => frame
            .t1("operations-seen-other", "serial", seen.to_owned())
            .into_owned(),
    };
    add("operations-seen", seen);
    all
}

/// The own node.
#[derive(Debug)]
pub(super) struct NodeView {
    /// Why nothing new is taken; none when it is.
    pub(super) read_only: Option<String>,
    pub(super) store_problem: String,
    pub(super) warnings: Vec<String>,
    pub(super) advice: Vec<AdviceRow>,
    pub(super) facts: Vec<Fact>,
    pub(super) revocations: Vec<Fact>,
}

impl NodeView {
    pub(super) fn new(frame: &Frame, it: &GetStatusResponse, now: Timestamp) -> Self {
        let store = it.store.clone().unwrap_or_default();
        Self {
            read_only: (!it.read_only.is_empty()).then(|| read_only(frame, &it.read_only)),
            advice: node_advice(frame, it, now),
            facts: node_facts(frame, it),
            revocations: it
                .revocation_lists
                .iter()
                .map(|list| Fact {
                    name: Cow::Owned(frame.agency(&list.agency)),
                    value: match list.next_update_ms {
                        0 => frame.t("operations-crl-unreadable").into_owned(),
                        until => frame.moment(until),
                    },
                })
                .collect(),
            store_problem: store.problem,
            warnings: store.warnings,
        }
    }
}

/// Why a node takes nothing new, in words; a reason of a newer release as it is.
fn read_only(frame: &Frame, reason: &str) -> String {
    let key = format!("refusal-{}", reason.to_ascii_lowercase().replace('_', "-"));
    if frame.lang.has(&key) {
        frame.t(&key).into_owned()
    } else {
        reason.to_owned()
    }
}

fn node_advice(frame: &Frame, it: &GetStatusResponse, now: Timestamp) -> Vec<AdviceRow> {
    let mut all = Vec::new();
    let mut add = |level: Level, text: Cow<'static, str>| {
        if level > Level::Good {
            all.push(AdviceRow {
                level,
                text: text.into_owned(),
            });
        }
    };
    if let Some(days) = days_until(&it.charter_expires, frame.today()) {
        let text = match days {
            ..0 => frame.t("operations-charter-expired"),
            0.. => frame.t1("operations-charter-ends", "count", days),
        };
        add(advice::charter(days), text);
    }
    if it.certificate_not_after_ms != 0 {
        let validity = advice::validity(it.certificate_not_before_ms, it.certificate_not_after_ms);
        let (level, left) = advice::certificate(validity, now.as_millisecond());
        let text = match left {
            Value::Seconds(0) => frame.t("operations-certificate-ended"),
            Value::Seconds(seconds) => frame.t1(
                "operations-certificate-ends",
                "time",
                frame.lang.duration(seconds),
            ),
            _ => Cow::default(),
        };
        add(level, text);
    }
    for list in &it.revocation_lists {
        let is_over = list.next_update_ms <= now.as_millisecond();
        let level = if is_over { Level::Bad } else { Level::Good };
        add(
            level,
            frame.t1("operations-crl-ended", "agency", frame.agency(&list.agency)),
        );
    }
    add(
        advice::disk(it.disk_free_bytes, it.disk_reserve_bytes),
        frame.t("operations-disk-low"),
    );
    all
}

fn node_facts(frame: &Frame, it: &GetStatusResponse) -> Vec<Fact> {
    let store = it.store.clone().unwrap_or_default();
    let number = |count: u64| frame.lang.number(count);
    let disk = frame.t2(
        "operations-disk-free",
        "free",
        bytes(frame, it.disk_free_bytes),
        "reserve",
        bytes(frame, it.disk_reserve_bytes),
    );
    let charter = frame.t2(
        "operations-charter-until",
        "version",
        it.charter_version.to_string(),
        "day",
        frame.day(&it.charter_expires),
    );
    let hash: String = it
        .charter_hash
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    let certificate = if it.certificate_not_after_ms == 0 {
        String::new()
    } else {
        frame.moment(it.certificate_not_after_ms)
    };
    let all = [
        ("operations-software", it.software.clone()),
        ("operations-replica", it.replica.clone()),
        (
            "operations-store",
            format!("{} {}", store.engine, store.version),
        ),
        ("operations-generation", it.generation.to_string()),
        ("operations-disk", disk.into_owned()),
        ("operations-own-entries", number(it.own_entries)),
        ("operations-partner-entries", number(it.partner_entries)),
        ("operations-pending", number(it.pending_entries)),
        ("operations-reviews", number(it.review_entries)),
        ("operations-queued", number(it.queued_entries)),
        ("operations-guard", it.guard_version.clone()),
        ("operations-charter", charter.into_owned()),
        ("operations-charter-hash", hash),
        ("operations-certificate", certificate),
        ("operations-serial", it.certificate_serial.clone()),
    ];
    let told = all
        .into_iter()
        .filter(|(_, value)| !value.trim().is_empty());
    told.map(|(key, value)| Fact {
        name: frame.t(key),
        value,
    })
    .collect()
}

/// Days until a day such as `2028-12-31`; none where it is no day.
fn days_until(day: &str, today: Date) -> Option<i32> {
    let day: Date = day.parse().ok()?;
    today.until(day).ok().map(|it| it.get_days())
}

/// Bytes in the largest unit that leaves a whole number.
fn bytes(frame: &Frame, count: u64) -> String {
    let (unit, size) = match count {
        0..1_048_576 => ("KiB", 1_024),
        1_048_576..1_073_741_824 => ("MiB", 1_048_576),
        _ => ("GiB", 1_073_741_824),
    };
    format!("{} {unit}", frame.lang.number(count / size))
}

/// An alarm.
#[derive(Debug)]
pub(super) struct AlarmRow {
    pub(super) id: String,
    pub(super) at: String,
    pub(super) agency: String,
    pub(super) title: String,
    /// What to do.
    pub(super) advice: String,
    /// The reason, the lane and the node's own English words, for who looks into it.
    pub(super) detail: String,
    /// Where its proof is; empty where there is none.
    pub(super) evidence: String,
}

impl AlarmRow {
    pub(super) fn new(frame: &Frame, it: &Alarm) -> Self {
        let word = it.reason.to_ascii_lowercase().replace('_', "-");
        let known = frame.lang.has(&format!("operations-alarm-{word}"));
        let word = if known { word.as_str() } else { "other" };
        let lane: String = it.lane.iter().map(|it| format!("{it:02x}")).collect();
        let mut detail = format!("{}: {}", it.reason, it.description);
        if !lane.is_empty() {
            detail.push_str(&format!(" (lane {lane}, {})", it.sequence));
        }
        Self {
            id: format!("alarm-{}", it.number),
            at: frame.moment(it.at_ms),
            agency: if it.agency.is_empty() {
                frame.own_name()
            } else {
                frame.agency(&it.agency)
            },
            title: frame
                .lang
                .text(&format!("operations-alarm-{word}"))
                .into_owned(),
            advice: frame
                .lang
                .text(&format!("operations-alarm-{word}-advice"))
                .into_owned(),
            detail,
            evidence: if it.has_evidence {
                format!("/betrieb/beweis/{}", it.number)
            } else {
                String::new()
            },
        }
    }
}
