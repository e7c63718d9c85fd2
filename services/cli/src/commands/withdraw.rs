//! `verbund withdraw`: takes an own update back.

use clap::Args;
use verbund_wire::agency::WithdrawSituationRequest;
use verbund_wire::federation::WithdrawalReason;

use crate::client::{ClientArgs, answer, ask, request_id};
use crate::output::{self, Format};
use crate::{table, text, view, words};

#[derive(Args, Debug)]
pub(crate) struct Withdraw {
    #[arg(value_name = "ID", help = text::ARG_SUBJECT)]
    subject: String,
    #[arg(long, value_parser = reason_parser(), value_name = text::REASON.now(), help = text::ARG_REASON)]
    reason: String,
    #[arg(long, value_name = "ETAG", help = text::ARG_ETAG)]
    etag: Option<String>,
    #[arg(long, value_name = "UUID", help = text::ARG_REQUEST_ID)]
    request_id: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

fn reason_parser() -> clap::builder::PossibleValuesParser {
    words::all::<WithdrawalReason>().into()
}

pub(crate) async fn run(args: Withdraw, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let reason = words::number::<WithdrawalReason>(&args.reason).unwrap_or_default();
    let etag = match args.etag {
        Some(etag) => etag,
        // What holds something about a person never waits for anybody to look first.
        None if reason == WithdrawalReason::PersonalData as i32 => String::new(),
        None => node.situation(&args.subject).await?.situation.etag,
    };
    let request = WithdrawSituationRequest {
        request_id: request_id(args.request_id.as_deref()),
        subject: args.subject,
        etag,
        reason,
    };
    let response = answer(node.situations().withdraw_situation(ask(request)).await)?;
    let receipt = response.receipt.unwrap_or_default();
    match format {
        Format::Json => output::json(&view::receipt(&receipt).into())?,
        Format::Table => output::line(table::receipt(&receipt))?,
    }
    Ok(())
}
