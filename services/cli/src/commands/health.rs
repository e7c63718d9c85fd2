//! `verbund health`: whether the process on this machine takes work, where there is neither a shell nor curl to ask it with.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::config;
use super::init::reachable;
use crate::admin::{self, Answer};
use crate::exit::{Exit, Failure};
use crate::output::{self, Format, clean};
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct Health {
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_HEALTH_CONFIG, conflicts_with = "address")]
    config: Option<PathBuf>,
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7445", help = text::ARG_HEALTH_ADDRESS)]
    address: String,
    #[arg(long, value_name = "PATH", default_value = "/readyz", help = text::ARG_HEALTH_PATH)]
    path: String,
}

pub(crate) async fn run(args: Health, format: Format) -> anyhow::Result<()> {
    let address = match &args.config {
        Some(file) => reachable(config::load(file)?.admin.listen),
        None => args.address,
    };
    let answer = admin::get(address.as_str(), &args.path).await;
    let answer = answer.map_err(|error| {
        let error = format!("{error:#}");
        not_now(text::HEALTH_NO_ANSWER.fill(&[&address, &error]))
    })?;
    let is_ready = (200..300).contains(&answer.status);
    let why = reasons(&answer);
    if format == Format::Json {
        output::json(&json!({ "ready": is_ready, "status": answer.status, "reasons": why }))?;
    }
    if !is_ready {
        let why = clean(&why.join("; "));
        return Err(not_now(
            text::HEALTH_NOT_READY.fill(&[&answer.status, &why]),
        ));
    }
    if format == Format::Table {
        output::line(text::HEALTH_READY.now())?;
    }
    Ok(())
}

/// The reasons that a node gives; none of whatever else answers.
fn reasons(answer: &Answer) -> Vec<String> {
    let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let reasons = said["reasons"].as_array().into_iter().flatten();
    let words = |it: &Value| it["reason"].as_str().map(str::to_owned);
    reasons.filter_map(words).collect()
}

fn not_now(message: String) -> anyhow::Error {
    Failure::new(Exit::Unreachable, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_reasons_are_told_and_nobody_elses_words() {
        let of = |body: &str| {
            reasons(&Answer {
                status: 503,
                body: body.to_owned(),
            })
        };
        let node = r#"{"ready":false,"reasons":[{"reason":"DISK_RESERVE","description":"x"},{"reason":"STOPPING"}]}"#;
        assert_eq!(of(node), ["DISK_RESERVE", "STOPPING"]);
        for other in ["", "<html>", "[]", r#"{"reasons":"x"}"#] {
            assert!(of(other).is_empty(), "{other}");
        }
    }
}
