//! `verbund correct`: a better version of an own update.

use std::path::PathBuf;

use clap::Args;
use verbund_wire::agency::CorrectSituationRequest;

use super::push::say_wrong;
use crate::client::{ClientArgs, answer, ask, request_id};
use crate::exit::usage;
use crate::output::{self, Format};
use crate::{table, text, update, view};

#[derive(Args, Debug)]
pub(crate) struct Correct {
    #[arg(value_name = "ID", help = text::ARG_SUBJECT)]
    subject: String,
    #[arg(value_name = text::FILE.now(), help = text::ARG_UPDATE)]
    input: PathBuf,
    #[arg(long, value_name = "ETAG", help = text::ARG_ETAG)]
    etag: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Correct, format: Format) -> anyhow::Result<()> {
    let source = super::read_text(&args.input)?;
    let update = match update::parse(&source, 1) {
        Ok(update) => update,
        Err(problems) => {
            say_wrong(&problems, format)?;
            return Err(usage(text::NOT_AN_UPDATE.to_string()));
        }
    };
    let node = args.client.connect().await?;
    let etag = match args.etag {
        Some(etag) => etag,
        None => node.situation(&args.subject).await?.situation.etag,
    };
    let given = Some(update.request_id.as_str()).filter(|id| !id.is_empty());
    let request = CorrectSituationRequest {
        request_id: request_id(given),
        subject: args.subject,
        etag,
        situation: update.situation,
        confirm_review: update.confirm_review,
    };
    let response = answer(node.situations().correct_situation(ask(request)).await)?;
    let receipt = response.receipt.unwrap_or_default();
    match format {
        Format::Json => output::json(&view::receipt(&receipt).into())?,
        Format::Table => output::line(table::receipt(&receipt))?,
    }
    Ok(())
}
