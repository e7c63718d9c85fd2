//! `verbund briefing`: the coordinators' application, until it is told to stop.

use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use verbund_briefing::config::LogFormat;
use verbund_briefing::{Config, Server};

use crate::exit::{failure, usage};
use crate::federation::processes::end_with;
use crate::output;
use crate::{service_manager, text};

/// What is logged where the environment says nothing. No level logs a name, a text or a token.
const LOG: &str = "info";

#[derive(Args, Debug)]
pub(crate) struct BriefingArgs {
    #[arg(long, value_name = text::FILE.now(), env = "VERBUND_BRIEFING", help = text::ARG_BRIEFING_CONFIG)]
    config: PathBuf,
    #[arg(long, value_name = "PID", hide = true, help = text::ARG_END_WITH)]
    end_with: Option<i32>,
}

pub(crate) fn run(args: &BriefingArgs) -> anyhow::Result<()> {
    if let Some(parent) = args.end_with {
        end_with(parent)?;
    }
    let config = load(&args.config)?;
    log(config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(config))
}

/// The application's configuration.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn load(path: &std::path::Path) -> anyhow::Result<Config> {
    Config::load(path, std::env::vars_os()).map_err(|error| usage(format!("{error:#}")))
}

fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Human => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    // Before the start: a signal during it must not be lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let url = config.public_url.clone();
    let server = Server::bind(config)
        .await
        .map_err(|error| failure(format!("{error:#}")))?;
    output::note(text::BRIEFING_LISTENS.fill(&[&server.local_addr()?, &url]));
    service_manager::ready();
    server
        .run(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await;
    Ok(())
}
