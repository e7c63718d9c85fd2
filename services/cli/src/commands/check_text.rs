//! `verbund check-text`: what the guard would say, before anything is sent.

use clap::Args;
use verbund_wire::agency::{CheckTextRequest, Verdict};

use crate::client::{ClientArgs, answer, ask};
use crate::exit::{Exit, Failure};
use crate::output::{self, Format, clean};
use crate::text::{self, Lang, words};
use crate::view;

#[derive(Args, Debug)]
pub(crate) struct CheckText {
    #[arg(value_name = text::TEXT.now(), help = text::ARG_TEXT)]
    input: String,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: CheckText, format: Format) -> anyhow::Result<()> {
    let content = match args.input.as_str() {
        "-" => super::read_text("-".as_ref())?
            .trim_end_matches('\n')
            .to_owned(),
        _ => args.input,
    };
    let node = args.client.connect().await?;
    let request = CheckTextRequest { text: content };
    let response = answer(node.guard().check_text(ask(request)).await)?;
    match format {
        Format::Json => output::json(&view::check(&response))?,
        Format::Table => {
            output::line(words::verdict(response.verdict()).to_string())?;
            for finding in &response.findings {
                let advice = match text::lang() {
                    Lang::De => &finding.advice_de,
                    Lang::En => &finding.advice_en,
                };
                output::line(text::FINDING.fill(&[
                    &clean(&finding.policy_class),
                    &finding.start,
                    &finding.end,
                    &words::verdict(finding.severity()),
                    &clean(advice),
                ]))?;
            }
        }
    }
    match response.verdict() {
        Verdict::Reject => Err(Failure::new(Exit::Refused, text::TEXT_REJECTED.to_string()).into()),
        _ => Ok(()),
    }
}
