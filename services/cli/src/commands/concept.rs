//! `verbund concept`: the vocabulary in force.

use clap::{Args, ValueEnum};
use comfy_table::Table;
use verbund_wire::agency::{GetConceptRequest, GetConceptResponse, Term};

use crate::client::{ClientArgs, answer, ask};
use crate::names::name;
use crate::output::{self, Format, clean, new_table};
use crate::{text, view};

#[derive(Args, Debug)]
pub(crate) struct Concept {
    #[arg(value_enum, help = text::ARG_CONCEPT_PART)]
    part: Option<Part>,
    #[command(flatten)]
    client: ClientArgs,
}

/// A part of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Agencies,
    Places,
    Categories,
    Indicators,
    Measures,
    Windows,
}

pub(crate) async fn run(args: Concept, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let concept = answer(node.concept().get_concept(ask(GetConceptRequest {})).await)?;
    if format == Format::Json {
        let mut value = view::concept(&concept);
        if let Some(part) = args.part {
            let key = part
                .to_possible_value()
                .map(|it| it.get_name().to_owned())
                .unwrap_or_default();
            value = value[key].take();
        }
        return Ok(output::json(&value)?);
    }
    let parts = args
        .part
        .as_ref()
        .map_or(Part::value_variants(), std::slice::from_ref);
    for part in parts {
        output::table(&of(*part, &concept))?;
    }
    Ok(())
}

fn of(part: Part, concept: &GetConceptResponse) -> Table {
    let id = |term: &Option<Term>| term.as_ref().map(|it| clean(&it.id)).unwrap_or_default();
    let called = |term: &Option<Term>| term.as_ref().map(name).unwrap_or_default();
    let terms = |title: text::Text, terms: &[Term]| {
        let mut table = new_table([title, text::COLUMN_NAME]);
        for term in terms {
            table.add_row([clean(&term.id), name(term)]);
        }
        table
    };
    match part {
        Part::Agencies => {
            let mut table =
                new_table([text::PART_AGENCIES, text::COLUMN_NAME, text::COLUMN_REMARKS]);
            for it in &concept.agencies {
                let remark = match (it.protected, it.bound_to_prosecute) {
                    (true, _) => text::PROTECTED.to_string(),
                    (_, true) => text::BOUND_TO_PROSECUTE.to_string(),
                    _ => String::new(),
                };
                table.add_row([id(&it.term), called(&it.term), remark]);
            }
            table
        }
        Part::Places => {
            let mut table = new_table([
                text::PART_PLACES,
                text::COLUMN_NAME,
                text::COLUMN_TYPE,
                text::COLUMN_DISTRICT,
            ]);
            for it in &concept.places {
                table.add_row([
                    clean(&it.id),
                    clean(&it.name),
                    clean(&it.r#type),
                    clean(&it.district),
                ]);
            }
            table
        }
        Part::Indicators => {
            let mut table = new_table([
                text::PART_INDICATORS,
                text::COLUMN_NAME,
                text::COLUMN_UNIT,
                text::COLUMN_COUNTS,
                text::COLUMN_PERIODS,
                text::COLUMN_TOLD_OF,
            ]);
            for it in &concept.indicators {
                table.add_row([
                    id(&it.term),
                    called(&it.term),
                    clean(&it.unit),
                    clean(&it.counts),
                    clean(&it.periods.join(", ")),
                    match &*it.told_of {
                        "" => text::TOLD_OF_ANY.to_string(),
                        "places" => text::TOLD_OF_PLACES.to_string(),
                        "districts" => text::TOLD_OF_DISTRICTS.to_string(),
                        other => clean(other),
                    },
                ]);
            }
            table
        }
        Part::Categories => terms(text::PART_CATEGORIES, &concept.categories),
        Part::Measures => terms(text::PART_MEASURES, &concept.measures),
        Part::Windows => {
            let mut table = new_table([text::PART_WINDOWS]);
            for window in &concept.windows {
                table.add_row([clean(window)]);
            }
            table
        }
    }
}
