//! `verbund review`: what the guard wants looked at, and what a coordinator decides on it.

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_wire::agency::review::Content;
use verbund_wire::agency::{
    ConfirmReviewRequest, DiscardReviewRequest, GetReviewRequest, HeldSituation,
    ListReviewsRequest, Review,
};
use verbund_wire::federation::Handling;

use crate::client::{ClientArgs, answer, ask};
use crate::names::Names;
use crate::output::{self, Format, clean, moment, new_table};
use crate::text::words;
use crate::view::field_in_json;
use crate::{findings, table, text, view};

#[derive(Args, Debug)]
pub(crate) struct ReviewArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_REVIEW_LIST)]
    List {
        #[command(flatten)]
        client: ClientArgs,
    },
    #[command(about = text::ABOUT_REVIEW_SHOW)]
    Show(One),
    #[command(about = text::ABOUT_REVIEW_CONFIRM)]
    Confirm(One),
    #[command(about = text::ABOUT_REVIEW_DISCARD)]
    Discard(One),
}

#[derive(Args, Debug)]
struct One {
    #[arg(value_name = "ID", help = text::ARG_REVIEW)]
    review: String,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: ReviewArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::List { client } => list(&client, format).await,
        Command::Show(one) => show(one, format).await,
        Command::Confirm(one) => confirm(one, format).await,
        Command::Discard(one) => discard(one, format).await,
    }
}

async fn list(client: &ClientArgs, format: Format) -> anyhow::Result<()> {
    let node = client.connect().await?;
    let request = ask(ListReviewsRequest {});
    let reviews = answer(node.reviews().list_reviews(request).await)?.reviews;
    if format == Format::Json {
        return Ok(reviews
            .iter()
            .try_for_each(|review| output::json(&view::review(review)))?);
    }
    if reviews.is_empty() {
        output::note(text::NO_REVIEWS.to_string());
        return Ok(());
    }
    let names = node.names().await?;
    let mut table = new_table([
        text::COLUMN_REVIEW,
        text::COLUMN_UNTIL,
        text::COLUMN_TEXT,
        text::COLUMN_FINDINGS,
    ]);
    for review in &reviews {
        let mut content = Vec::new();
        if let Some(held) = situation(review) {
            content.push(about(held, &names));
            content.extend(texts(review, held).map(|(_, text)| text));
        }
        table.add_row([
            clean(&review.review),
            clean(&review.until),
            content.join("\n"),
            findings::short(&review.findings),
        ]);
    }
    Ok(output::table(&table)?)
}

async fn show(args: One, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let request = GetReviewRequest {
        review: args.review,
    };
    let review = answer(node.reviews().get_review(ask(request)).await)?.review;
    let review = review.unwrap_or_default();
    if format == Format::Json {
        return Ok(output::json(&view::review(&review))?);
    }
    let names = node.names().await?;
    Ok(output::line(in_full(&review, &names))?)
}

/// All that a coordinator needs to decide.
fn in_full(it: &Review, names: &Names) -> String {
    let mut lines = vec![
        text::REVIEW_HEAD.fill(&[&clean(&it.review), &clean(&it.subject)]),
        text::REVIEW_SINCE.fill(&[&moment(it.held_at_ms), &clean(&it.until)]),
    ];
    if !it.corrects_etag.is_empty() {
        lines.push(text::REVIEW_CORRECTS.fill(&[&clean(&it.corrects_etag)]));
    }
    if let Some(held) = situation(it) {
        let agencies = |ids: &[String]| {
            let named = ids.iter().map(|id| names.agency(id));
            named.collect::<Vec<_>>().join(", ")
        };
        lines.push(format!("  {}", about(held, names)));
        lines.push(text::REVIEW_FOR.fill(&[&agencies(&held.audience)]));
        if !held.generalised_audience.is_empty() {
            let told = agencies(&held.generalised_audience);
            lines.push(text::REVIEW_FOR_GENERALISED.fill(&[&told]));
        }
        if it.needs_second_coordinator {
            lines.push(text::REVIEW_SECOND.to_string());
        }
        lines.push(String::new());
        let texts = texts(it, held);
        lines.extend(
            texts.map(|(field, text)| text::REVIEW_FIELD.fill(&[&field_in_json(field), &text])),
        );
    }
    lines.push(String::new());
    let verdict = words::verdict(it.verdict());
    lines.push(text::REVIEW_VERDICT.fill(&[&clean(&it.guard_version), &verdict]));
    lines.extend(findings::lines(&it.findings));
    lines.join("\n")
}

/// What it is about, where and when, without its texts.
fn about(it: &HeldSituation, names: &Names) -> String {
    let handling = Handling::try_from(it.handling).unwrap_or_default();
    let Some(observation) = &it.observation else {
        return words::handling(handling).to_owned();
    };
    let when = format!("{} {}", clean(&observation.day), clean(&observation.window));
    [
        names.category(&observation.category),
        names.place(&observation.place),
        when.trim_end().to_owned(),
        words::handling(handling).to_owned(),
    ]
    .join(", ")
}

/// Its fields with what they say, findings marked.
fn texts<'a>(
    review: &'a Review,
    held: &'a HeldSituation,
) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let fields = [
        ("situation.note", &held.note),
        ("situation.generalised_note", &held.generalised_note),
    ];
    let said = fields.into_iter().filter(|(_, said)| !said.is_empty());
    said.map(|(field, said)| (field, findings::marked(field, said, &review.findings)))
}

fn situation(review: &Review) -> Option<&HeldSituation> {
    let Content::Situation(held) = review.content.as_ref()?;
    Some(held)
}

async fn confirm(args: One, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let request = ConfirmReviewRequest {
        review: args.review,
    };
    let response = answer(node.reviews().confirm_review(ask(request)).await)?;
    let receipt = response.receipt.unwrap_or_default();
    match format {
        Format::Json => output::json(&view::receipt(&receipt).into())?,
        Format::Table => output::line(table::receipt(&receipt))?,
    }
    Ok(())
}

async fn discard(args: One, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let request = DiscardReviewRequest {
        review: args.review.clone(),
    };
    answer(node.reviews().discard_review(ask(request)).await)?;
    match format {
        Format::Json => output::json(&json!({ "review": args.review, "outcome": "discarded" }))?,
        Format::Table => output::line(text::REVIEW_DISCARDED.fill(&[&clean(&args.review)]))?,
    }
    Ok(())
}
