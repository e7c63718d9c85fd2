//! `verbund audit`: what was decided on texts, when and in which role.

use clap::Args;
use verbund_wire::agency::{AuditRecord, ListAuditRecordsRequest};

use crate::client::{ClientArgs, answer, ask};
use crate::output::{self, Format, clean, moment, new_table};
use crate::{findings, text, view};

#[derive(Args, Debug)]
pub(crate) struct Audit {
    #[arg(long, default_value_t = 100, value_name = "N", help = text::ARG_LIMIT)]
    limit: u32,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Audit, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let mut left = args.limit as usize;
    let mut records: Vec<AuditRecord> = Vec::new();
    let mut page_token = String::new();
    while left > 0 {
        let request = ListAuditRecordsRequest {
            page_size: i32::try_from(left).unwrap_or(i32::MAX),
            page_token,
        };
        let page = answer(node.node().list_audit_records(ask(request)).await)?;
        left = left.saturating_sub(page.records.len());
        match format {
            // At once: whoever wants all of a year need not wait for the last page.
            Format::Json => page
                .records
                .iter()
                .try_for_each(|record| output::json(&view::audit(record)))?,
            Format::Table => records.extend(page.records),
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if format == Format::Json {
        return Ok(());
    }
    if records.is_empty() {
        output::note(text::NO_AUDIT.to_string());
        return Ok(());
    }
    let mut table = new_table([
        text::COLUMN_NUMBER,
        text::COLUMN_MADE,
        text::COLUMN_EVENT,
        text::COLUMN_ROLE,
        text::COLUMN_PSEUDONYM,
        text::COLUMN_SUBJECT,
        text::COLUMN_FINDINGS,
    ]);
    for record in &records {
        table.add_row([
            record.number.to_string(),
            moment(record.at_ms),
            text::audit_event(record.event()).to_string(),
            clean(&record.role),
            clean(&record.pseudonym),
            clean(&record.subject),
            findings::short(&record.findings),
        ]);
    }
    Ok(output::table(&table)?)
}
