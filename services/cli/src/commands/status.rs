//! `verbund status`: how the own node is, and how it stands with each partner.

use clap::Args;
use verbund_model::{Clock as _, Remaining, SystemClock, UnixMillis, Validity};
use verbund_wire::agency::{GetStatusResponse, Link, Partner};

use crate::client::{ClientArgs, failed};
use crate::output::{self, Format, clean, moment, new_table};
use crate::text::{Text, words};
use crate::{text, view};

#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Status, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let status = node.status().await.map_err(|status| failed(&status))?;
    match format {
        Format::Json => output::json(&view::status(&status))?,
        Format::Table => {
            let now = SystemClock.now();
            output::line(summary(&status, now))?;
            let mut table = new_table([
                text::COLUMN_PARTNER,
                text::COLUMN_LINK,
                text::COLUMN_LAST_HEARD,
                text::COLUMN_CLOCK,
                text::COLUMN_RECEIPTED,
                text::COLUMN_LAG,
                text::COLUMN_RECEIVED,
                text::COLUMN_CERTIFICATE,
                text::COLUMN_OURS_SEEN,
                text::COLUMN_REMARKS,
            ]);
            for partner in &status.partners {
                table.add_row(row(partner, &status, now));
            }
            output::table(&table)?;
        }
    }
    Ok(())
}

fn summary(it: &GetStatusResponse, now: UnixMillis) -> String {
    let mut lines = vec![text::STATUS_NODE.fill(&[
        &clean(&it.agency),
        &clean(&it.federation),
        &clean(&it.software),
        &it.charter_version,
        &clean(&it.charter_expires),
    ])];
    lines.push(text::STATUS_CERTIFICATE.fill(&[
        &moment(it.certificate_not_after_ms),
        &clean(&it.certificate_serial),
    ]));
    let own = validity(it.certificate_not_before_ms, it.certificate_not_after_ms);
    lines.extend(runs_out(own, now).map(|words| words.to_string()));
    let ends = it.revocation_lists.iter().map(|it| it.next_update_ms);
    if let Some(first) = ends.min() {
        lines.push(match first {
            0 => text::STATUS_REVOCATION_UNREADABLE.to_string(),
            first => text::STATUS_REVOCATION.fill(&[&moment(first)]),
        });
    }
    lines.push(text::STATUS_STORE.fill(&[
        &it.own_entries,
        &it.partner_entries,
        &it.pending_entries,
        &(it.disk_free_bytes >> 20),
    ]));
    if let Some(store) = &it.store {
        lines.push(text::STATUS_ENGINE.fill(&[
            &clean(&store.engine),
            &clean(&store.version),
            &clean(&it.replica),
        ]));
        if !store.problem.is_empty() {
            lines.push(text::STATUS_STORE_PROBLEM.fill(&[&clean(&store.problem)]));
        }
        let warnings = store.warnings.iter();
        lines.extend(warnings.map(|it| text::STATUS_STORE_WARNING.fill(&[&clean(it)])));
    }
    if !it.read_only.is_empty() {
        lines.push(text::STATUS_READ_ONLY.fill(&[&clean(&it.read_only)]));
    }
    if !it.awaited.is_empty() {
        lines.push(text::STATUS_AWAITED.fill(&[&clean(&it.awaited.join(", "))]));
    }
    if it.queued_entries > 0 {
        lines.push(text::STATUS_QUEUED.fill(&[&it.queued_entries]));
    }
    if it.review_entries > 0 {
        lines.push(text::STATUS_REVIEWS.fill(&[&it.review_entries]));
    }
    if it.alarms > 0 {
        lines.push(text::STATUS_ALARMS.fill(&[&it.alarms]));
    }
    lines.join("\n")
}

fn validity(not_before_ms: i64, not_after_ms: i64) -> Validity {
    Validity {
        not_before: UnixMillis(not_before_ms),
        not_after: UnixMillis(not_after_ms),
    }
}

/// What is to be said of what is left of a certificate.
fn runs_out(validity: Validity, now: UnixMillis) -> Option<Text> {
    match validity.remaining(now) {
        Remaining::Enough => None,
        Remaining::Third => Some(text::CERTIFICATE_THIRD),
        Remaining::Sixth => Some(text::CERTIFICATE_SIXTH),
        Remaining::Nothing => Some(text::CERTIFICATE_OVER),
    }
}

/// A partner, beside what the own node is.
fn row(it: &Partner, own: &GetStatusResponse, now: UnixMillis) -> Vec<String> {
    let link = it.link();
    let connected = link == Link::Connected;
    let mut remarks = Vec::new();
    if !it.problem.is_empty() {
        remarks.push(clean(&it.problem));
    }
    if link == Link::Elsewhere && !it.replica.is_empty() {
        remarks.push(text::HELD_BY.fill(&[&clean(&it.replica)]));
    }
    // While releases are replaced one sees here who is left.
    if !it.software.is_empty() && it.software != own.software {
        remarks.push(text::OTHER_SOFTWARE.fill(&[&clean(&it.software)]));
    }
    let counted = [
        (u64::from(it.stopped_lanes), text::STOPPED_LANES),
        (it.exceptions, text::EXCEPTIONS),
        (it.refused, text::REFUSED_HERE),
        (it.sealed, text::SEALED_HERE),
    ];
    remarks.extend(
        counted
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, words)| words.fill(&[n])),
    );
    if it.throttled {
        remarks.push(text::THROTTLED.to_string());
    }
    let theirs = validity(it.certificate_not_before_ms, it.certificate_not_after_ms);
    let certificate = match it.certificate_not_after_ms {
        0 => "–".to_owned(),
        until => {
            remarks.extend(runs_out(theirs, now).map(|words| words.to_string()));
            moment(until)
        }
    };
    let ours = match it.own_certificate_serial.as_str() {
        "" => "–".to_owned(),
        seen if seen == own.certificate_serial => text::OURS_CURRENT.to_string(),
        older => text::OURS_OTHER.fill(&[&clean(older)]),
    };
    vec![
        clean(&it.agency),
        words::link(link).to_string(),
        if it.last_heard_ms == 0 {
            "–".to_owned()
        } else {
            moment(it.last_heard_ms)
        },
        if connected {
            seconds_signed(it.clock_offset_ms)
        } else {
            "–".to_owned()
        },
        format!("{}/{}", it.receipted, it.sent),
        lag(it.lag_ms),
        it.received.to_string(),
        certificate,
        ours,
        remarks.join("; "),
    ]
}

/// A lag as people say it.
pub(crate) fn lag(ms: u64) -> String {
    match ms {
        0 => "–".to_owned(),
        1..10_000 => format!("{:.1} s", ms as f64 / 1000.0),
        10_000..120_000 => format!("{} s", ms / 1000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

fn seconds_signed(ms: i64) -> String {
    format!("{:+.1} s", ms as f64 / 1000.0)
}
