//! `verbund doctor`: looks at the own files and calls every partner, and says in words what to do.

use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::Cell;
use serde_json::json;
use verbund_model::SystemClock;

use super::config;
use crate::doctor::{Finding, Grade, database, own, partners};
use crate::exit::failure;
use crate::output::{self, Format, clean, new_table};
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct Doctor {
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
    config: PathBuf,
}

pub(crate) async fn run(args: Doctor, format: Format) -> anyhow::Result<()> {
    let findings = examine(&args.config).await?;
    match format {
        Format::Json => {
            for finding in &findings {
                output::json(&json!({
                    "about": finding.about,
                    "check": finding.check.slug(),
                    "grade": finding.grade.slug(),
                    "reason": finding.reason,
                    "detail": finding.detail,
                }))?;
            }
        }
        Format::Table => {
            let header = [
                text::COLUMN_ABOUT,
                text::COLUMN_CHECK,
                text::COLUMN_RESULT,
                text::COLUMN_REMARKS,
            ];
            let mut table = new_table(header);
            for finding in &findings {
                let mut remark = clean(&finding.detail);
                if let Some(advice) = &finding.advice {
                    remark = format!("{remark}\n→ {advice}");
                }
                table.add_row([
                    Cell::new(&finding.about),
                    Cell::new(finding.check.name()),
                    Cell::new(finding.grade.name()),
                    Cell::new(remark),
                ]);
            }
            output::table(&table)?;
        }
    }
    let failed = findings
        .iter()
        .filter(|finding| finding.grade == Grade::Fail)
        .count();
    if failed > 0 {
        return Err(failure(text::DOCTOR_FAILED.fill(&[&failed])));
    }
    Ok(())
}

async fn examine(path: &Path) -> anyhow::Result<Vec<Finding>> {
    let config = config::load(path)?;
    let (mut findings, own) = own::examine(&config, &SystemClock);
    findings.extend(database::examine(&config).await);
    if let Some(own) = own {
        findings.extend(partners::examine(&config, &own, &SystemClock).await);
    }
    Ok(findings)
}
