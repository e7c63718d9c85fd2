//! `verbund alarms`: what went wrong and stays wrong until somebody looks.

use clap::Args;
use verbund_wire::agency::{ExportEvidenceRequest, ListAlarmsRequest};

use crate::client::{ClientArgs, answer, ask};
use crate::output::{self, Format, clean, moment, new_table};
use crate::sending::{OutputArgs, save};
use crate::{exit, text, view};

#[derive(Args, Debug)]
pub(crate) struct Alarms {
    #[arg(long, value_name = "N", help = text::ARG_EVIDENCE)]
    evidence: Option<u64>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Alarms, format: Format) -> anyhow::Result<()> {
    if args.evidence.is_none() && args.output.output.is_some() {
        return Err(exit::usage(text::OUTPUT_NEEDS_EVIDENCE.to_string()));
    }
    let node = args.client.connect().await?;
    if let Some(alarm) = args.evidence {
        let request = ExportEvidenceRequest { alarm };
        let response = answer(node.node().export_evidence(ask(request)).await)?;
        let file = response.file.unwrap_or_default();
        return save(&file, args.output.output.as_deref(), format);
    }
    let alarms = answer(node.node().list_alarms(ask(ListAlarmsRequest {})).await)?.alarms;
    if format == Format::Json {
        return Ok(alarms
            .iter()
            .try_for_each(|alarm| output::json(&view::alarm(alarm)))?);
    }
    if alarms.is_empty() {
        output::note(text::NO_ALARMS.to_string());
        return Ok(());
    }
    let mut table = new_table([
        text::COLUMN_NUMBER,
        text::COLUMN_MADE,
        text::COLUMN_AGENCY,
        text::COLUMN_REASON,
        text::COLUMN_REMARKS,
        text::COLUMN_EVIDENCE,
    ]);
    for alarm in &alarms {
        let evidence = if alarm.has_evidence {
            text::EVIDENCE_KEPT.to_string()
        } else {
            String::new()
        };
        table.add_row([
            alarm.number.to_string(),
            moment(alarm.at_ms),
            clean(&alarm.agency),
            clean(&alarm.reason),
            clean(&alarm.description),
            evidence,
        ]);
    }
    Ok(output::table(&table)?)
}
