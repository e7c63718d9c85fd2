//! `verbund config`: what a node's configuration says, and what is wrong with it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_node::Config;
use verbund_node::config::{ConfigError, Problem};

use crate::exit::usage;
use crate::output::{self, Format};
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_CONFIG_CHECK)]
    Check {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
    },
    #[command(about = text::ABOUT_CONFIG_DUMP)]
    Dump {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
    },
}

pub(crate) fn run(args: &ConfigArgs, format: Format) -> anyhow::Result<()> {
    match &args.command {
        Command::Dump { config } => Ok(output::line(load(config)?.dump().trim_end())?),
        Command::Check { config } => check(config, format),
    }
}

fn check(path: &Path, format: Format) -> anyhow::Result<()> {
    let read = Config::load(path, std::env::vars_os());
    let (problems, error) = match read {
        Ok(config) => match config.check() {
            Ok(()) => (Vec::new(), None),
            Err(problems) => (problems.clone(), Some(wrong(path, &problems))),
        },
        Err(ConfigError::Invalid { problems, .. }) => {
            let error = wrong(path, &problems);
            (problems, Some(error))
        }
        Err(error) => return Err(usage(error.to_string())),
    };
    if format == Format::Json {
        let list = problems
            .iter()
            .map(|it| json!({ "key": it.key, "message": it.message }));
        let list: Vec<_> = list.collect();
        output::json(&json!({ "ok": list.is_empty(), "problems": list }))?;
    }
    match error {
        Some(error) => Err(error),
        None => {
            output::note(text::CONFIG_OK.fill(&[&path.display()]));
            Ok(())
        }
    }
}

/// Reads a node's configuration with the environment over it.
///
/// # Errors
/// What is wrong with it, all at once.
pub(crate) fn load(path: &Path) -> anyhow::Result<Config> {
    Config::load(path, std::env::vars_os()).map_err(|error| usage(error.to_string()))
}

/// Problems as one error.
pub(crate) fn wrong(path: &Path, problems: &[Problem]) -> anyhow::Error {
    let lines: String = problems
        .iter()
        .map(|problem| format!("\n  {problem}"))
        .collect();
    usage(text::BAD_CONFIG.fill(&[&path.display(), &lines]))
}
