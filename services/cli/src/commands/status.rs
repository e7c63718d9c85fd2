//! `verbund status`: how the own node is, and how it stands with each partner.

use clap::Args;
use verbund_wire::agency::{GetStatusResponse, Link, Partner};

use crate::client::{ClientArgs, failed};
use crate::output::{self, Format, clean, moment, new_table};
use crate::text::words;
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
            output::line(summary(&status))?;
            let mut table = new_table([
                text::COLUMN_PARTNER,
                text::COLUMN_LINK,
                text::COLUMN_LAST_HEARD,
                text::COLUMN_CLOCK,
                text::COLUMN_RECEIPTED,
                text::COLUMN_LAG,
                text::COLUMN_RECEIVED,
                text::COLUMN_REMARKS,
            ]);
            for partner in &status.partners {
                table.add_row(row(partner));
            }
            output::table(&table)?;
        }
    }
    Ok(())
}

fn summary(it: &GetStatusResponse) -> String {
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
    if it.review_entries > 0 {
        lines.push(text::STATUS_REVIEWS.fill(&[&it.review_entries]));
    }
    if it.alarms > 0 {
        lines.push(text::STATUS_ALARMS.fill(&[&it.alarms]));
    }
    lines.join("\n")
}

fn row(it: &Partner) -> Vec<String> {
    let link = it.link();
    let connected = link == Link::Connected;
    let mut remarks = Vec::new();
    if !it.problem.is_empty() {
        remarks.push(clean(&it.problem));
    }
    if link == Link::Elsewhere && !it.replica.is_empty() {
        remarks.push(text::HELD_BY.fill(&[&clean(&it.replica)]));
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
