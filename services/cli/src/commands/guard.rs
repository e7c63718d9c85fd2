//! `verbund guard check`: the guard by itself, without a node: what it says of texts, and how good it is on a labelled corpus.

use std::io::{BufRead as _, BufWriter, Write as _, stdin, stdout};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use verbund_guard::evaluate::{self, Report, Tally};
use verbund_guard::{Guard, GuardSettings, VERSION, Verdict};

use crate::exit;
use crate::output::{self, Format, new_table};
use crate::text;

/// What it knows of places and organisations where no charter is given.
const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");

#[derive(Args, Debug)]
pub(crate) struct GuardArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_GUARD_CHECK, after_help = text::GUARD_CHECK_MORE)]
    Check {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_GUARD_TSV)]
        tsv: Option<PathBuf>,
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_GUARD_CHARTER)]
        charter: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &GuardArgs, format: Format) -> anyhow::Result<()> {
    let Command::Check { tsv, charter } = &args.command;
    let vocabulary = match charter {
        Some(path) => super::read_text(path)?,
        None => VOCABULARY.to_owned(),
    };
    let guard = Guard::new(settings(&vocabulary)?);
    match tsv {
        None => lines(&guard),
        Some(path) => {
            let corpus = std::fs::read_to_string(path)
                .map_err(|error| exit::usage(text::CANT_READ.fill(&[&path.display(), &error])))?;
            let report = evaluate::corpus(&guard, &corpus)
                .map_err(|error| exit::usage(text::CANT_READ.fill(&[&path.display(), &error])))?;
            tell(&report, format)
        }
    }
}

/// What a charter or a vocabulary adds: every name in it, and its places.
pub(crate) fn settings(toml: &str) -> anyhow::Result<GuardSettings> {
    let charter: toml::Table = toml.parse().context("the charter is no TOML")?;
    let mut words = Vec::new();
    names(&toml::Value::Table(charter.clone()), &mut words);
    let places = charter.get("place").and_then(toml::Value::as_array);
    let places = places.into_iter().flatten();
    let places = places.filter_map(|place| place.get("name")?.as_str());
    Ok(GuardSettings::default()
        .with_words(words)
        .with_places(places))
}

/// All texts under a key that is called `name` or `unit`.
fn names(value: &toml::Value, into: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                match value {
                    toml::Value::String(text) if key == "name" || key == "unit" => {
                        into.push(text.clone());
                    }
                    toml::Value::Table(languages) if key == "name" => {
                        let texts = languages.values().filter_map(toml::Value::as_str);
                        into.extend(texts.map(str::to_owned));
                    }
                    value => names(value, into),
                }
            }
        }
        toml::Value::Array(all) => all.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

/// One JSON object for each line of the standard input. The text itself is never repeated.
fn lines(guard: &Guard) -> anyhow::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    for line in stdin().lock().split(b'\n') {
        let line = line?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        writeln!(out, "{}", verdict(&guard.check_bytes(line)))?;
        // Whoever writes line by line reads line by line.
        out.flush()?;
    }
    Ok(())
}

fn verdict(it: &Verdict) -> Value {
    let findings = it.findings.iter().map(|finding| {
        json!({
            "class": finding.class.as_str(),
            "rule": finding.rule,
            "start": finding.start,
            "end": finding.end,
            "severity": finding.severity.as_str(),
            "advice_de": finding.advice_de,
            "advice_en": finding.advice_en,
        })
    });
    json!({ "verdict": it.outcome.as_str(), "findings": findings.collect::<Vec<_>>() })
}

fn tell(report: &Report, format: Format) -> anyhow::Result<()> {
    let mut rows: Vec<(String, Tally)> = report
        .classes
        .iter()
        .map(|(class, tally)| (class.clone(), *tally))
        .collect();
    match format {
        Format::Json => {
            let classes = rows
                .iter()
                .map(|(class, tally)| (class.clone(), row(tally)));
            output::json(&json!({
                "guard": VERSION,
                "all": row(&report.total()),
                "classes": classes.collect::<serde_json::Map<_, _>>(),
                "wrong": report.errors.iter().map(|error| json!({
                    "id": error.id,
                    "class": error.class,
                    "verdict": error.outcome.as_str(),
                    "rules": error.rules,
                })).collect::<Vec<_>>(),
            }))?;
        }
        Format::Table => {
            rows.push((text::GUARD_ALL.to_string(), report.total()));
            let mut table = new_table([
                text::GUARD_CLASS,
                text::GUARD_STOP,
                text::GUARD_RECALL,
                text::GUARD_PASS,
                text::GUARD_HELD,
                text::GUARD_REFUSED,
            ]);
            for (class, tally) in rows {
                table.add_row([
                    output::clean(&class),
                    tally.stop.to_string(),
                    share(tally.stop, tally.recall()),
                    tally.pass.to_string(),
                    share(tally.pass, tally.held_share()),
                    share(tally.pass, tally.refused_share()),
                ]);
            }
            output::table(&table)?;
        }
    }
    Ok(())
}

fn row(tally: &Tally) -> Value {
    json!({
        "stop": tally.stop,
        "recall": tally.recall(),
        "pass": tally.pass,
        "held_share": tally.held_share(),
        "refused_share": tally.refused_share(),
    })
}

fn share(of: u32, share: f64) -> String {
    if of == 0 {
        String::new()
    } else {
        format!("{:.1} %", share * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charter_s_places_are_known_and_nothing_is_repeated() {
        let guard = Guard::new(settings(VOCABULARY).unwrap());
        let said = |text: &str| verdict(&guard.check(text));
        assert_eq!(said("Lage am Theaterplatz ruhig.")["verdict"], "pass");
        let wrong = said("Rückfragen an max.mustermann@example.org");
        assert_eq!(wrong["verdict"], "reject");
        assert!(!wrong.to_string().contains("mustermann"));
        let unreadable = verdict(&guard.check_bytes(b"\xff\xfe"));
        assert_eq!(unreadable["verdict"], "review");
        let finding = &wrong["findings"][0];
        assert!(finding["class"].as_str().unwrap().starts_with('P'));
        assert!(finding["start"].as_u64() < finding["end"].as_u64());
    }
}
