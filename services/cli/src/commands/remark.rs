//! `verbund remark`: questions and answers on a subject, among those who have it.

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_wire::agency::{
    AddRemarkRequest, ListRemarksRequest, Remark, RemarkSubject, RetractRemarkRequest, StepReceipt,
};
use verbund_wire::federation::SubjectKind;

use crate::client::{ClientArgs, Node, answer, ask};
use crate::names::Names;
use crate::output::{self, Format, clean, moment, new_table};
use crate::sending::{Sending, said};
use crate::subject::{SubjectArgs, step_in_short, whole_step};
use crate::{table, text, view, words};

#[derive(Args, Debug)]
pub(crate) struct RemarkArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_REMARK_ASK)]
    Ask(Ask),
    #[command(about = text::ABOUT_REMARK_ANSWER)]
    Answer(Answer),
    #[command(about = text::ABOUT_REMARK_RETRACT)]
    Retract(Retract),
    #[command(about = text::ABOUT_REMARK_LIST)]
    List(List),
}

/// A subject of any kind.
#[derive(Args, Debug)]
pub(crate) struct Any {
    #[arg(value_parser = words::parser::<SubjectKind>(), value_name = text::KIND.now(), help = text::ARG_KIND)]
    kind: String,
    #[command(flatten)]
    subject: SubjectArgs,
}

impl Any {
    /// What kind of subject, and which.
    ///
    /// # Errors
    /// As [`SubjectArgs::find`].
    pub(crate) async fn find(&self, node: &Node) -> anyhow::Result<RemarkSubject> {
        let kind = words::number::<SubjectKind>(&self.kind).unwrap_or_default();
        let known = SubjectKind::try_from(kind).unwrap_or_default();
        let key = Some(self.subject.find(known, node).await?);
        Ok(RemarkSubject { kind, key })
    }
}

#[derive(Args, Debug)]
struct Ask {
    #[command(flatten)]
    on: Any,
    #[arg(value_name = text::TEXT.now(), help = text::ARG_QUESTION)]
    text: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Args, Debug)]
struct Answer {
    #[command(flatten)]
    on: Any,
    #[arg(value_name = text::STEP.now(), help = text::ARG_ANSWERED)]
    question: String,
    #[arg(value_name = text::TEXT.now(), help = text::ARG_ANSWER_TEXT)]
    text: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Args, Debug)]
struct Retract {
    #[command(flatten)]
    on: Any,
    #[arg(value_name = text::STEP.now(), help = text::ARG_RETRACTED)]
    remark: String,
    #[arg(long, value_name = "UUID", help = text::ARG_REQUEST_ID)]
    request_id: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct List {
    #[command(flatten)]
    on: Any,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: RemarkArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Ask(args) => ask_something(args, format).await,
        Command::Answer(args) => answer_it(args, format).await,
        Command::Retract(args) => retract(args, format).await,
        Command::List(args) => list(args, format).await,
    }
}

async fn ask_something(args: Ask, format: Format) -> anyhow::Result<()> {
    let text = said(args.text)?;
    let node = args.sending.client.connect().await?;
    let on = args.on.find(&node).await?;
    add(on, String::new(), text, &args.sending, &node, format).await
}

async fn answer_it(args: Answer, format: Format) -> anyhow::Result<()> {
    let text = said(args.text)?;
    let node = args.sending.client.connect().await?;
    let on = args.on.find(&node).await?;
    let question = named(&args.question, &on, &node).await?;
    add(on, question, text, &args.sending, &node, format).await
}

async fn add(
    on: RemarkSubject,
    answers: String,
    text: String,
    sending: &Sending,
    node: &Node,
    format: Format,
) -> anyhow::Result<()> {
    let request = AddRemarkRequest {
        request_id: sending.request_id(),
        on: Some(on),
        answers,
        text,
        confirm_review: sending.confirm_review,
    };
    let response = answer(node.remarks().add_remark(ask(request)).await)?;
    say(&response.receipt.unwrap_or_default(), node, format).await
}

async fn retract(args: Retract, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let on = args.on.find(&node).await?;
    let request = RetractRemarkRequest {
        request_id: crate::client::request_id(args.request_id.as_deref()),
        remark: named(&args.remark, &on, &node).await?,
        on: Some(on),
    };
    let response = answer(node.remarks().retract_remark(ask(request)).await)?;
    say(&response.receipt.unwrap_or_default(), &node, format).await
}

/// Tells what was stored.
///
/// # Errors
/// As any call.
pub(crate) async fn say(receipt: &StepReceipt, node: &Node, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => output::json(&json!({ "receipt": view::step::receipt(receipt) }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(table::step::receipt(receipt, &names))?;
        }
    }
    Ok(())
}

/// The remark that begins as it was given.
async fn named(given: &str, on: &RemarkSubject, node: &Node) -> anyhow::Result<String> {
    let remarks = conversation(on.clone(), node).await?;
    whole_step(given, remarks.iter().map(|it| it.step.as_str()))
}

async fn conversation(on: RemarkSubject, node: &Node) -> anyhow::Result<Vec<Remark>> {
    let request = ask(ListRemarksRequest { on: Some(on) });
    Ok(answer(node.remarks().list_remarks(request).await)?.remarks)
}

async fn list(args: List, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let remarks = conversation(args.on.find(&node).await?, &node).await?;
    match format {
        Format::Json => remarks
            .iter()
            .try_for_each(|it| output::json(&json!({ "remark": view::remark::remark(it) })))?,
        Format::Table if remarks.is_empty() => output::note(text::NO_REMARKS.to_string()),
        Format::Table => output::table(&rows(&remarks, &node.names().await?))?,
    }
    Ok(())
}

fn rows(remarks: &[Remark], names: &Names) -> comfy_table::Table {
    let mut table = new_table([
        text::COLUMN_STEP,
        text::COLUMN_MADE,
        text::COLUMN_AGENCY,
        text::COLUMN_TEXT,
    ]);
    for it in remarks {
        let mut said = clean(&it.text);
        if it.retracted {
            said = format!("[{}]", text::RETRACTED);
        }
        if !it.answers.is_empty() {
            said = format!("↳ {}: {said}", step_in_short(&it.answers));
        }
        table.add_row([
            step_in_short(&it.step),
            moment(it.created_at_ms),
            names.agency(&it.agency),
            said,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_its_question_and_what_was_taken_back_is_gone() {
        let remark = |step: &str, answers: &str, text: &str, retracted| Remark {
            step: step.repeat(32),
            agency: "kod".to_owned(),
            answers: answers.repeat(32),
            text: text.to_owned(),
            retracted,
            created_at_ms: 0,
        };
        let remarks = [
            remark("ab", "", "Seit wann?", false),
            remark("cd", "ab", "Seit Montag.", false),
            remark("ef", "ab", "", true),
        ];
        let shown = rows(&remarks, &Names::default()).to_string();
        for words in [
            "Seit wann?",
            "↳ abababababab: Seit Montag.",
            "↳ abababababab: [zurückgenommen]",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
}
