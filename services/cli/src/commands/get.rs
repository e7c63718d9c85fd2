//! `verbund get`: one update with its history and what became of it at the partners.

use clap::Args;
use serde_json::json;
use verbund_wire::agency::GetDeliveryRequest;

use crate::client::{ClientArgs, Update, answer, ask};
use crate::output::{self, Format, clean};
use crate::{table, text, view};

#[derive(Args, Debug)]
pub(crate) struct Get {
    #[arg(value_name = "ID", help = text::ARG_SUBJECT)]
    subject: String,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Get, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let Update {
        situation,
        history,
        queued,
    } = node.situation(&args.subject).await?;
    if queued {
        return match format {
            Format::Json => Ok(output::json(&json!({
                "situation": view::situation(&situation),
                "history": [],
                "delivery": [],
                "queued": true,
            }))?),
            Format::Table => Ok(output::line(
                text::QUEUED.fill(&[&clean(&situation.subject)]),
            )?),
        };
    }
    let request = GetDeliveryRequest {
        subject: args.subject,
        ..GetDeliveryRequest::default()
    };
    let delivery = answer(node.feed().get_delivery(ask(request)).await)?;
    match format {
        Format::Json => output::json(&json!({
            "situation": view::situation(&situation),
            "history": history.iter().map(view::situation).collect::<Vec<_>>(),
            "delivery": view::delivery(&delivery.versions),
            "queued": false,
        }))?,
        Format::Table => {
            let names = node.names().await?;
            output::table(&table::history(&situation, &history, &delivery, &names))?;
        }
    }
    Ok(())
}
