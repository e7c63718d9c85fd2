//! `verbund node`: an agency's node, until it is told to stop.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use verbund_node::telemetry::{Options, Telemetry};
use verbund_node::{Config, Error, Node};

use super::config;
use crate::exit::{Exit, Failure, failure};
use crate::federation::processes::end_with;
use crate::{service_manager, text};

/// How long the last traces may take.
const TELEMETRY_DEADLINE: Duration = Duration::from_secs(2);
/// What a stop takes beyond the drain: closing the store, the last traces.
const CLOSING: Duration = Duration::from_secs(20);

#[derive(Args, Debug)]
pub(crate) struct NodeArgs {
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
    config: PathBuf,
    #[arg(long, value_name = "PID", hide = true, help = text::ARG_END_WITH)]
    end_with: Option<i32>,
}

pub(crate) fn run(args: &NodeArgs) -> anyhow::Result<()> {
    if let Some(parent) = args.end_with {
        end_with(parent)?;
    }
    let config = config::load(&args.config)?;
    config
        .create_folders()
        .map_err(|error| failure(error.to_string()))?;
    config
        .check()
        .map_err(|problems| config::wrong(&args.config, &problems))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let telemetry = Telemetry::install(&Options::from(&config))?;
    // Before the start: a signal during it must not be lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let drain = config.node.drain;
    let result = match Node::start(config).await {
        Err(error) => Err(ended(&error)),
        Ok(node) => {
            service_manager::ready();
            let result = tokio::select! {
                _ = terminate.recv() => Ok(()),
                _ = interrupt.recv() => Ok(()),
                error = node.failed() => Err(ended(&error)),
            };
            service_manager::stopping(drain + CLOSING);
            node.stop().await;
            result
        }
    };
    telemetry.shutdown(TELEMETRY_DEADLINE).await;
    result
}

/// Why the node has ended. A failed store has a number of its own: who starts the node again by itself must not do so then, since
/// after a failed flush the system may show as written what is not on the disk.
fn ended(error: &Error) -> anyhow::Error {
    if error.is_of_the_store() {
        Failure::new(Exit::Store, error.to_string()).into()
    } else {
        failure(error.to_string())
    }
}
