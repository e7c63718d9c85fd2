//! `verbund briefing`: the coordinators' application, until it is told to stop.
//!
//! It serves whether its node is there or not. What keeps it from the node is told where it is started, since somebody looks there then.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};
use tracing_subscriber::EnvFilter;
use verbund_briefing::config::{ConfigError, LogFormat, NodeSection};
use verbund_briefing::{Config, Error, Server};

use crate::client::{ClientConfig, Node, failed};
use crate::exit::{Exit, Failure, failure, usage};
use crate::federation::processes::end_with;
use crate::output;
use crate::{service_manager, text};

/// What is logged where the environment says nothing. No level logs a name, a text or a token.
const LOG: &str = "info";
/// How long the node may take to come: often both are started together.
const NODE_PATIENCE: Duration = Duration::from_secs(5);
/// After how long it is looked for again.
const NODE_AGAIN: Duration = Duration::from_millis(500);

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
pub(crate) fn load(path: &Path) -> anyhow::Result<Config> {
    Config::load(path, std::env::vars_os()).map_err(|error| {
        usage(match &error {
            ConfigError::Read { path, source } => {
                text::BRIEFING_NO_CONFIG.fill(&[&path.display(), source])
            }
            ConfigError::Invalid { path, message } => {
                text::BRIEFING_BAD_CONFIG.fill(&[&path.display(), &message.trim_end()])
            }
        })
    })
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
    let node = config.node.clone();
    let server = Server::bind(config).await.map_err(|it| not_started(&it))?;
    output::note(text::BRIEFING_LISTENS.fill(&[&server.local_addr()?, &url]));
    service_manager::ready();
    let mut running = std::pin::pin!(server.run(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }));
    tokio::select! {
        () = &mut running => return Ok(()),
        found = look_for(&node) => if let Err(error) = found {
            output::note(text::BRIEFING_NO_NODE.fill(&[&error]));
        },
    }
    running.await;
    Ok(())
}

/// Why the application does not start, and what to do.
fn not_started(error: &Error) -> anyhow::Error {
    match error {
        Error::Listen { address, source } => {
            failure(text::BRIEFING_NOT_LISTENING.fill(&[address, source]))
        }
        Error::Tls(verbund_transport::Error::Read { path, source })
        | Error::Secret { path, source } => {
            usage(text::BRIEFING_NO_FILE.fill(&[&path.display(), source]))
        }
        Error::Tls(error) => usage(text::BRIEFING_BAD_TLS.fill(&[error])),
        Error::NodeAddress(error) => {
            usage(text::BRIEFING_BAD_ADDRESS.fill(&[error, &text::advice::of(error)]))
        }
        Error::NotASystem(id) => usage(text::BRIEFING_NOT_A_SYSTEM.fill(&[id])),
        other => failure(other.to_string()),
    }
}

/// Looks whether the node is there and lets this application in.
///
/// # Errors
/// What keeps it from the node, and what to do.
async fn look_for(node: &NodeSection) -> anyhow::Result<()> {
    let config = ClientConfig {
        node: node.address.clone(),
        agency: None,
        certificate: node.certificate.clone(),
        key: node.key.clone(),
        roots: node.roots.clone(),
    };
    let until = Instant::now() + NODE_PATIENCE;
    loop {
        let look = async {
            let status = Node::connect(&config).await?.status().await;
            status.map_err(|it| failed(&it))
        };
        match look.await {
            Err(error)
                if Failure::exit_of(&error) == Exit::Unreachable && Instant::now() < until =>
            {
                sleep(NODE_AGAIN).await;
            }
            found => return found.map(drop),
        }
    }
}
