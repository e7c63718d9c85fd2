//! A client's way to its own agency's node: the certificate says which agency and federation that is.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tonic::transport::Channel;
use verbund_model::SystemClock;
use verbund_transport::{ConnectError, Connector, Identity, Stage, Tls, Trust};

use crate::client::ClientConfig;
use crate::exit::{self, Exit, Failure};
use crate::text;

/// Opens a channel to the node of the own agency, and to nobody else.
///
/// # Errors
/// When the files are wrong (usage), or there is no connection (unreachable, or refused where who we are is the reason).
pub(crate) async fn channel(config: &ClientConfig) -> anyhow::Result<Channel> {
    let identity = Identity::from_pem(&read(&config.certificate)?, &read(&config.key)?)
        .map_err(|error| bad(&config.certificate, &error))?;
    let id = identity.id().clone();
    let agency = id.peer.agency().clone();
    if let Some(wanted) = &config.agency
        && wanted != agency.as_str()
    {
        return Err(exit::usage(text::OTHER_AGENCY.fill(&[&id, wanted])));
    }
    let roots = read(&config.roots)?;
    let trust = Trust::new(id.federation.clone())
        .with_roots(agency.clone(), &String::from_utf8_lossy(&roots))
        .map_err(|error| bad(&config.roots, &error))?;
    let tls = Tls::new(identity, trust, Arc::new(SystemClock))
        .map_err(|error| bad(&config.certificate, &error))?;
    let connecting = Connector::new(&tls).connect(&config.node, &agency).await;
    connecting.map_err(|error| not_connected(&config.node, &error))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).map_err(|error| exit::usage(text::CANT_READ.fill(&[&path.display(), &error])))
}

fn bad(path: &Path, error: &verbund_transport::Error) -> anyhow::Error {
    exit::usage(text::BAD_FILE.fill(&[&path.display(), error]))
}

/// Why there is no connection, and what to do about it.
fn not_connected(node: &str, error: &ConnectError) -> anyhow::Error {
    let exit = match error.stage() {
        Stage::Address if matches!(error, ConnectError::Address) => Exit::Usage,
        Stage::Address | Stage::Tcp | Stage::Tls => Exit::Unreachable,
        Stage::Identity | Stage::Admission => Exit::Refused,
    };
    let message =
        text::NOT_CONNECTED.fill(&[&node, &error.reason(), error, &text::advice::of(error)]);
    Failure::new(exit, message).into()
}
