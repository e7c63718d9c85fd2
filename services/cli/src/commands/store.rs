//! `verbund store`: the node's database as a whole, brought up to date, checked, moved and mended.

mod knowledge;
mod meter;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use comfy_table::Cell;
use serde_json::json;
use verbund_model::{Charter, Clock as _, SystemClock, day_number};
use verbund_node::Config;
use verbund_node::config::StoreUrl;
use verbund_store::{Checked, Error, Finding, Upkeep};

use self::knowledge::{Codebook, Members};
pub(super) use self::meter::Meter;
use super::config;
use crate::charter_file::CharterFile;
use crate::exit::{Exit, Failure, failure};
use crate::output::{self, Format, clean, new_table};
use crate::text;

#[derive(Args, Debug)]
#[command(after_help = text::STORE_EXIT_CODES)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_STORE_MIGRATE)]
    Migrate {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
        #[arg(long, value_name = text::STORE_URL.now(), env = "VERBUND_STORE_URL", help = text::ARG_STORE_URL)]
        url: Option<String>,
    },
    #[command(about = text::ABOUT_STORE_CHECK, after_help = text::STORE_EXIT_CODES)]
    Check {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
    },
    #[command(about = text::ABOUT_STORE_COPY, after_help = text::STORE_EXIT_CODES)]
    Copy(Copy),
    #[command(about = text::ABOUT_STORE_REBUILD)]
    Rebuild {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
    },
}

#[derive(Args, Debug)]
struct Copy {
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
    config: PathBuf,
    #[arg(long, value_name = text::STORE_URL.now(), env = "VERBUND_STORE_TO", required_unless_present = "undo", help = text::ARG_STORE_TO)]
    to: Option<String>,
    #[arg(long, help = text::ARG_STORE_KEEP)]
    keep: bool,
    #[arg(long, conflicts_with_all = ["to", "keep"], help = text::ARG_STORE_UNDO)]
    undo: bool,
}

pub(crate) async fn run(args: StoreArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Migrate { config, url } => migrate(&config, url, format).await,
        Command::Check { config } => check(&config, format).await,
        Command::Copy(args) => match args.to {
            Some(to) if !args.undo => copy(&args.config, &to, !args.keep, format).await,
            _ => undo(&args.config, format).await,
        },
        Command::Rebuild { config } => rebuild(&config, format).await,
    }
}

/// A configured node: where its store is, and what has to be known to look through it.
pub(super) struct Node {
    config: Config,
    upkeep: Upkeep,
    members: Members,
}

impl Node {
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        let config = config::load(path)?;
        let charter = CharterFile::read(&config.charter.file)?;
        let today = charter.charter.today(SystemClock.now());
        let upkeep = Upkeep {
            erasure_keys: config.store.erasure_keys.clone(),
            today: day_number(today),
            accept_data_loss: config.store.accept_data_loss,
        };
        Ok(Self {
            members: Members::of(&charter.charter),
            upkeep,
            config,
        })
    }

    pub(super) fn url(&self) -> &str {
        self.config.store.url.expose()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The charter that is configured.
    pub(super) fn charter(&self) -> anyhow::Result<Charter> {
        Ok(CharterFile::read(&self.config.charter.file)?.charter)
    }

    /// Today in the federation's zone, in days since 1970-01-01.
    pub(super) fn today(&self) -> i32 {
        self.upkeep.today
    }

    /// What work on the whole store needs.
    pub(super) fn parts(&mut self) -> (&Upkeep, &mut Members) {
        (&self.upkeep, &mut self.members)
    }
}

async fn migrate(path: &Path, url: Option<String>, format: Format) -> anyhow::Result<()> {
    let config = config::load(path)?;
    let url = url.as_deref().unwrap_or(config.store.url.expose());
    let migrated = verbund_store::migrate(url).await.map_err(failed)?;
    if format == Format::Json {
        return Ok(output::json(
            &json!({ "from": migrated.from, "to": migrated.to }),
        )?);
    }
    if migrated.from == migrated.to {
        output::line(text::STORE_IS_CURRENT.fill(&[&migrated.to]))?;
    } else {
        output::line(text::STORE_MIGRATED.fill(&[&migrated.from, &migrated.to]))?;
        if !url.starts_with("sqlite:") {
            output::note(text::STORE_ROLES.to_string());
        }
    }
    Ok(())
}

async fn check(path: &Path, format: Format) -> anyhow::Result<()> {
    let mut node = Node::of(path)?;
    let url = node.config.store.url.expose().to_owned();
    let mut meter = Meter::new();
    let told: &mut (dyn FnMut(verbund_store::Progress) + Send) = &mut |it| meter.show(it);
    let (upkeep, members) = (&node.upkeep, &mut node.members);
    let checked = verbund_store::check(&url, upkeep, members, &Codebook, told).await;
    meter.end();
    let checked = checked.map_err(failed)?;
    let count = checked.findings.len() as u64 + checked.more;
    match format {
        Format::Json => {
            for finding in &checked.findings {
                output::json(&finding_json(finding))?;
            }
            output::json(&json!({
                "entries": checked.entries, "lanes": checked.lanes, "findings": count,
            }))?;
        }
        Format::Table if count > 0 => show(&checked)?,
        Format::Table => {
            output::line(text::STORE_RIGHT.fill(&[&checked.entries, &checked.lanes]))?;
        }
    }
    if count == 0 {
        return Ok(());
    }
    let told = text::STORE_WRONG.fill(&[&count, &checked.entries, &checked.lanes]);
    Err(failure(told))
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    json!({
        "kind": finding.kind.as_str(),
        "table": finding.table,
        "row": finding.row,
        "lane": finding.lane.map(|it| it.to_string()),
        "sequence": finding.sequence,
        "detail": finding.detail,
    })
}

fn show(checked: &Checked) -> anyhow::Result<()> {
    let mut table = new_table([
        text::COLUMN_FINDING,
        text::COLUMN_TABLE,
        text::COLUMN_ROW,
        text::COLUMN_LANE_PLACE,
        text::COLUMN_SEEN,
    ]);
    for finding in &checked.findings {
        let place = match (finding.lane, finding.sequence) {
            (Some(lane), Some(sequence)) => format!("{lane}, {sequence}"),
            _ => String::new(),
        };
        table.add_row([
            Cell::new(text::finding(finding.kind)),
            Cell::new(finding.table),
            Cell::new(clean(&finding.row)),
            Cell::new(place),
            Cell::new(clean(&finding.detail)),
        ]);
    }
    output::table(&table)?;
    if checked.more > 0 {
        output::note(text::STORE_MORE.fill(&[&checked.more]));
    }
    Ok(())
}

async fn copy(path: &Path, to: &str, moves: bool, format: Format) -> anyhow::Result<()> {
    let mut node = Node::of(path)?;
    let from = node.url().to_owned();
    let mut meter = Meter::new();
    let told: &mut (dyn FnMut(verbund_store::Progress) + Send) = &mut |it| meter.show(it);
    let (upkeep, members) = (&node.upkeep, &mut node.members);
    let copied = verbund_store::copy(&from, to, moves, upkeep, members, told).await;
    meter.end();
    let copied = copied.map_err(failed)?;
    if format == Format::Json {
        return Ok(output::json(&json!({
            "rows": copied.rows, "entries": copied.entries, "found": copied.found,
            "generation": copied.generation,
        }))?);
    }
    output::line(text::STORE_COPIED.fill(&[
        &copied.rows,
        &copied.entries,
        &copied.found,
        &copied.generation,
    ]))?;
    if moves {
        // Without what may be a password.
        output::note(text::STORE_NEXT.fill(&[&StoreUrl::new(to)]));
    }
    Ok(())
}

async fn undo(path: &Path, format: Format) -> anyhow::Result<()> {
    let config = config::load(path)?;
    let reopened = verbund_store::reopen(config.store.url.expose()).await;
    reopened.map_err(|error| match error {
        Error::NobodysStore => {
            Failure::new(Exit::Refused, text::STORE_NOT_MOVED.to_string()).into()
        }
        error => failed(error),
    })?;
    match format {
        Format::Json => output::json(&json!({ "reopened": true }))?,
        Format::Table => output::line(text::STORE_REOPENED.to_string())?,
    }
    Ok(())
}

async fn rebuild(path: &Path, format: Format) -> anyhow::Result<()> {
    let mut node = Node::of(path)?;
    let url = node.url().to_owned();
    let mut meter = Meter::new();
    let told: &mut (dyn FnMut(verbund_store::Progress) + Send) = &mut |it| meter.show(it);
    let (upkeep, members) = node.parts();
    let rebuilt = verbund_store::rebuild(&url, upkeep, members, &Codebook, told).await;
    meter.end();
    let rebuilt = rebuilt.map_err(failed)?;
    if format == Format::Json {
        return Ok(output::json(&json!({
            "situations": rebuilt.situations, "readings": rebuilt.readings, "versions": rebuilt.versions,
        }))?);
    }
    let told = if rebuilt == verbund_store::Rebuilt::default() {
        text::STORE_NOTHING_REBUILT.to_string()
    } else {
        text::STORE_REBUILT.fill(&[&rebuilt.situations, &rebuilt.readings, &rebuilt.versions])
    };
    Ok(output::line(told)?)
}

/// What a failure means for whoever called, and in which words.
pub(super) fn failed(error: Error) -> anyhow::Error {
    let (exit, message) = match &error {
        Error::InUse { path, pid } => {
            let whose = pid.map_or_else(
                || path.display().to_string(),
                |pid| format!("{}, PID {pid}", path.display()),
            );
            (Exit::Refused, text::STORE_IN_USE.fill(&[&whose]))
        }
        Error::Occupied { sessions } => (
            Exit::Refused,
            text::STORE_IN_USE.fill(&[&format!("PostgreSQL, {sessions}")]),
        ),
        Error::MovedAway => (Exit::Refused, text::STORE_IS_MOVED.to_string()),
        Error::CopyUnfinished => (Exit::Refused, text::STORE_NOT_WHOLE.to_string()),
        Error::IsBackup => (Exit::Refused, text::STORE_IS_BACKUP.to_string()),
        Error::NobodysStore => (Exit::Refused, text::STORE_NOBODYS.to_string()),
        Error::NotACopy(why) => (Exit::Refused, text::STORE_NOT_EMPTY.fill(&[why])),
        Error::Damaged(finding) => (
            Exit::Failure,
            text::STORE_DAMAGED.fill(&[&clean(&finding.to_string())]),
        ),
        Error::CopyDiffers { table, row } => {
            (Exit::Failure, text::STORE_DIFFERS.fill(&[table, row]))
        }
        Error::NewerSchema {
            found,
            known,
            opens,
        } => {
            let why = if *opens {
                text::STORE_EXPANDED
            } else {
                text::STORE_CONTRACTED
            };
            (Exit::Refused, why.fill(&[found, known]))
        }
        Error::SchemaBehind { found, known } => {
            (Exit::Failure, text::STORE_BEHIND.fill(&[found, known]))
        }
        Error::DiskFull => (Exit::Failure, text::STORE_DISK_FULL.to_string()),
        Error::Unavailable { reason } => (Exit::Unreachable, text::STORE_AWAY.fill(&[reason])),
        Error::BadUrl { .. } => (Exit::Usage, error.to_string()),
        Error::Fatal { source, .. } => {
            let told = format!("{error}: {source}");
            (Exit::Failure, text::STORE_FAILED.fill(&[&clean(&told)]))
        }
        _ => (Exit::Failure, text::STORE_FAILED.fill(&[&error])),
    };
    Failure::new(exit, message).into()
}
