//! The own agency's node as a client sees it: how it is found, how it is called, and what its errors mean for the process.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};
use tonic::Status;
use tonic::transport::Channel;
use verbund_wire::agency::concept_service_client::ConceptServiceClient;
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::guard_service_client::GuardServiceClient;
use verbund_wire::agency::meeting_service_client::MeetingServiceClient;
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::protocol_service_client::ProtocolServiceClient;
use verbund_wire::agency::remark_service_client::RemarkServiceClient;
use verbund_wire::agency::report_service_client::ReportServiceClient;
use verbund_wire::agency::review_service_client::ReviewServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::task_service_client::TaskServiceClient;
use verbund_wire::agency::{
    GetConceptRequest, GetSituationRequest, GetStatusRequest, GetStatusResponse, Situation,
};
use verbund_wire::error::explain;

use crate::exit::{self, Exit, Failure};
use crate::names::Names;
use crate::publish::may_pass;
use crate::{table, text};

/// The client configuration that is read when none is named.
const DEFAULT_FILE: &str = "client.toml";
/// How long a single call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest answer of the services whose answers hold whole protocols, meetings or files. A protocol's texts come to about
/// 100 KiB at most, and a file of one to a few times that.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How to reach the own agency's node.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = text::HEADING_NODE.now())]
pub(crate) struct ClientArgs {
    #[arg(long, value_name = text::FILE.now(), env = "VERBUND_CLIENT", help = text::ARG_CLIENT_CONFIG)]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, value_name = "HOST:PORT", help = text::ARG_NODE)]
    pub(crate) node: Option<String>,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_CERTIFICATE)]
    pub(crate) certificate: Option<PathBuf>,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_KEY)]
    pub(crate) key: Option<PathBuf>,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_ROOTS)]
    pub(crate) roots: Option<PathBuf>,
}

/// A client configuration file. Paths are relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientConfig {
    /// `host:port` of the node's agency API.
    pub(crate) node: String,
    /// The own agency; only to be told early when the certificate is another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agency: Option<String>,
    /// The client's certificate chain, PEM.
    pub(crate) certificate: PathBuf,
    /// Its private key, PEM.
    pub(crate) key: PathBuf,
    /// The own agency's roots, PEM.
    pub(crate) roots: PathBuf,
}

impl ClientConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// When it can't be read, isn't TOML, lacks a key or has one that is unknown.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .map_err(|error| exit::usage(text::CANT_READ.fill(&[&path.display(), &error])))?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| exit::usage(text::BAD_CONFIG.fill(&[&path.display(), &error])))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for file in [&mut config.certificate, &mut config.key, &mut config.roots] {
            *file = folder.join(&*file);
        }
        Ok(config)
    }
}

impl ClientArgs {
    /// The configuration, from the file with whatever the options say in its place.
    ///
    /// # Errors
    /// When something that is needed is in neither.
    pub(crate) fn resolve(&self) -> anyhow::Result<ClientConfig> {
        let default = Path::new(DEFAULT_FILE);
        let file = match &self.config {
            Some(file) => Some(ClientConfig::read(file)?),
            None if default.exists() => Some(ClientConfig::read(default)?),
            None => None,
        };
        let missing =
            |option: &str| exit::usage(text::CLIENT_MISSING.fill(&[&option, &DEFAULT_FILE]));
        let path = |given: &Option<PathBuf>, file: Option<&PathBuf>, option: &str| {
            given
                .as_ref()
                .or(file)
                .cloned()
                .ok_or_else(|| missing(option))
        };
        let from_file = file.as_ref();
        Ok(ClientConfig {
            certificate: path(
                &self.certificate,
                from_file.map(|it| &it.certificate),
                "--certificate",
            )?,
            key: path(&self.key, from_file.map(|it| &it.key), "--key")?,
            roots: path(&self.roots, from_file.map(|it| &it.roots), "--roots")?,
            node: (self.node.clone())
                .or_else(|| from_file.map(|it| it.node.clone()))
                .ok_or_else(|| missing("--node"))?,
            agency: file.and_then(|it| it.agency),
        })
    }

    /// Connects to the node.
    ///
    /// # Errors
    /// When the configuration is wrong or the node can't be reached.
    pub(crate) async fn connect(&self) -> anyhow::Result<Node> {
        Node::connect(&self.resolve()?).await
    }
}

/// The own agency's node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    channel: Channel,
}

impl Node {
    /// Connects, once: whoever wants to wait for a node calls again.
    ///
    /// # Errors
    /// When the files are wrong (usage), or the node can't be reached or isn't the agency's own (unreachable).
    pub(crate) async fn connect(config: &ClientConfig) -> anyhow::Result<Self> {
        let channel = crate::tls::channel(config).await?;
        Ok(Self { channel })
    }

    pub(crate) fn situations(&self) -> SituationServiceClient<Channel> {
        SituationServiceClient::new(self.channel.clone())
    }

    pub(crate) fn feed(&self) -> FeedServiceClient<Channel> {
        FeedServiceClient::new(self.channel.clone())
    }

    pub(crate) fn concept(&self) -> ConceptServiceClient<Channel> {
        ConceptServiceClient::new(self.channel.clone())
    }

    pub(crate) fn guard(&self) -> GuardServiceClient<Channel> {
        GuardServiceClient::new(self.channel.clone())
    }

    pub(crate) fn reviews(&self) -> ReviewServiceClient<Channel> {
        ReviewServiceClient::new(self.channel.clone())
    }

    pub(crate) fn tasks(&self) -> TaskServiceClient<Channel> {
        TaskServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    pub(crate) fn meetings(&self) -> MeetingServiceClient<Channel> {
        MeetingServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    pub(crate) fn protocols(&self) -> ProtocolServiceClient<Channel> {
        ProtocolServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    pub(crate) fn remarks(&self) -> RemarkServiceClient<Channel> {
        RemarkServiceClient::new(self.channel.clone())
    }

    pub(crate) fn reports(&self) -> ReportServiceClient<Channel> {
        ReportServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    pub(crate) fn node(&self) -> NodeServiceClient<Channel> {
        NodeServiceClient::new(self.channel.clone())
    }

    /// The vocabulary's names for tables.
    ///
    /// # Errors
    /// As any call.
    pub(crate) async fn names(&self) -> anyhow::Result<Names> {
        let concept = answer(self.concept().get_concept(ask(GetConceptRequest {})).await)?;
        Ok(Names::of(&concept))
    }

    /// The node's status.
    ///
    /// # Errors
    /// As any call.
    pub(crate) async fn status(&self) -> Result<GetStatusResponse, Status> {
        let response = self.node().get_status(ask(GetStatusRequest {})).await?;
        Ok(response.into_inner())
    }

    /// One update in its latest state.
    ///
    /// # Errors
    /// As any call.
    pub(crate) async fn situation(&self, subject: &str) -> anyhow::Result<Update> {
        let request = GetSituationRequest {
            subject: subject.to_owned(),
            ..GetSituationRequest::default()
        };
        let response = answer(self.situations().get_situation(ask(request)).await)?;
        let situation = response
            .situation
            .context("the node answered without an update")?;
        Ok(Update {
            situation,
            history: response.history,
            queued: response.queued,
        })
    }
}

/// An update as the node knows it.
#[derive(Debug)]
pub(crate) struct Update {
    /// Its latest state.
    pub(crate) situation: Situation,
    /// All versions, the oldest first.
    pub(crate) history: Vec<Situation>,
    /// It was sent to nobody yet, and has no version.
    pub(crate) queued: bool,
}

/// A request with the time that its answer may take.
pub(crate) fn ask<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(CALL_TIMEOUT);
    request
}

/// The answer, or the error as the process tells it.
///
/// # Errors
/// [`Exit::Unreachable`] when the same may succeed later, [`Exit::Refused`] otherwise.
pub(crate) fn answer<T>(result: Result<tonic::Response<T>, Status>) -> anyhow::Result<T> {
    result
        .map(tonic::Response::into_inner)
        .map_err(|status| failed(&status))
}

/// What a status means for the process.
pub(crate) fn failed(status: &Status) -> anyhow::Error {
    let explained = explain(status);
    if may_pass(status, &explained) {
        let message = text::UNREACHABLE.fill(&[&causes(status), &explained.page()]);
        Failure::new(Exit::Unreachable, message).into()
    } else {
        Failure::new(Exit::Refused, table::refusal(&explained)).into()
    }
}

/// A status with what lies below it: "transport error" alone helps nobody.
fn causes(status: &Status) -> String {
    let mut words = vec![status.message().to_owned()];
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words.push(next);
        }
        cause = error.source();
    }
    words.retain(|it| !it.is_empty());
    crate::output::clean(&words.join(": "))
}

/// The id, or a new one (UUIDv7, as the contract asks for).
pub(crate) fn request_id(given: Option<&str>) -> String {
    given.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_beside_the_configuration_and_unknown_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.toml");
        let good = "node = \"localhost:1\"\ncertificate = \"c.pem\"\nkey = \"/k.pem\"\nroots = \"r.pem\"\n";
        fs::write(&file, good).unwrap();
        let config = ClientConfig::read(&file).unwrap();
        assert_eq!(config.certificate, folder.path().join("c.pem"));
        assert_eq!(config.key, Path::new("/k.pem"));

        fs::write(&file, format!("{good}colour = 1\n")).unwrap();
        let error = ClientConfig::read(&file).unwrap_err();
        assert_eq!(Failure::exit_of(&error), Exit::Usage);
        assert!(error.to_string().contains("colour"), "{error}");
    }

    #[test]
    fn a_busy_node_is_unreachable_and_a_refusal_is_one() {
        let exit = |status| Failure::exit_of(&failed(&status));
        assert_eq!(
            exit(Status::unavailable("connection refused")),
            Exit::Unreachable
        );
        assert_eq!(exit(Status::permission_denied("no")), Exit::Refused);
        let busy =
            verbund_wire::error::Error::new(verbund_wire::error::ErrorCode::DiskReserve, "full");
        assert_eq!(exit(busy.into()), Exit::Unreachable);
        let internal = verbund_wire::error::Error::internal();
        assert_eq!(exit(internal.into()), Exit::Refused);
    }
}
