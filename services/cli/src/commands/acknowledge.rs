//! `verbund acknowledge`: the own agency has taken note of an update or a protocol.

use clap::Args;
use verbund_wire::agency::AcknowledgeRequest;

use super::remark::{Any, say};
use crate::client::{ClientArgs, answer, ask, request_id};
use crate::output::Format;
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct Acknowledge {
    #[command(flatten)]
    on: Any,
    #[arg(long, value_name = "ETAG", help = text::ARG_READ_VERSION)]
    version: Option<String>,
    #[arg(long, value_name = "UUID", help = text::ARG_REQUEST_ID)]
    request_id: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: Acknowledge, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let on = args.on.find(&node).await?;
    let request = AcknowledgeRequest {
        request_id: request_id(args.request_id.as_deref()),
        kind: on.kind,
        key: on.key,
        version: args.version.unwrap_or_default(),
    };
    let response = answer(node.feed().acknowledge(ask(request)).await)?;
    say(&response.receipt.unwrap_or_default(), &node, format).await
}
