//! `verbund confirm`: the second coordinator lets an update go.

use clap::Args;
use verbund_wire::agency::ConfirmSituationRequest;

use crate::client::{ClientArgs, answer, ask};
use crate::output::{self, Format};
use crate::{table, text, view};

#[derive(Args, Debug)]
pub(crate) struct Confirm {
    #[arg(value_name = "ID", help = text::ARG_SUBJECT)]
    subject: String,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Confirm, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let request = ConfirmSituationRequest {
        subject: args.subject,
    };
    let response = answer(node.situations().confirm_situation(ask(request)).await)?;
    let receipt = response.receipt.unwrap_or_default();
    match format {
        Format::Json => output::json(&view::receipt(&receipt).into())?,
        Format::Table => output::line(table::receipt(&receipt))?,
    }
    Ok(())
}
