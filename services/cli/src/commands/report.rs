//! `verbund report`: what the council's committee asks for, on the terminal or as a file.

use clap::{Args, ValueEnum};
use serde_json::json;
use verbund_wire::agency::{ExportReportRequest, FileFormat, GetReportRequest};

use crate::client::{ClientArgs, answer, ask};
use crate::exit;
use crate::output::{self, Format};
use crate::sending::{OutputArgs, file_language, save};
use crate::{table, text, view};

#[derive(Args, Debug)]
pub(crate) struct Report {
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_FROM)]
    from: String,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_TO)]
    to: String,
    #[arg(long = "as", value_enum, value_name = text::FORM.now(), help = text::ARG_REPORT_AS)]
    wanted: Option<As>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

/// What a report is taken out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum As {
    Markdown,
    Csv,
    Pdf,
}

pub(crate) async fn run(args: Report, format: Format) -> anyhow::Result<()> {
    if args.wanted.is_none() && args.output.output.is_some() {
        return Err(exit::usage(text::OUTPUT_NEEDS_FORM.to_string()));
    }
    let node = args.client.connect().await?;
    if let Some(wanted) = args.wanted {
        let wanted = match wanted {
            As::Markdown => FileFormat::Markdown,
            As::Csv => FileFormat::Csv,
            As::Pdf => FileFormat::Pdf,
        };
        let request = ExportReportRequest {
            from_day: args.from,
            to_day: args.to,
            format: wanted.into(),
            language: file_language(),
        };
        let response = answer(node.reports().export_report(ask(request)).await)?;
        let file = response.file.unwrap_or_default();
        return save(&file, args.output.output.as_deref(), format);
    }
    let request = GetReportRequest {
        from_day: args.from,
        to_day: args.to,
    };
    let response = answer(node.reports().get_report(ask(request)).await)?;
    let report = response.report.unwrap_or_default();
    match format {
        Format::Json => output::json(&json!({ "report": view::report::report(&report) }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(table::report::report(&report, &names))?;
        }
    }
    Ok(())
}
