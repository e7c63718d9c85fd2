//! The own agency's node: the way to it, and calls in the name of a person.
//!
//! A page gets at the node only through [`Acting`], which a [`Visitor`](crate::session::Visitor) gives to whoever may do what
//! the page does. Each call tells the node in which role somebody acts, and under which pseudonym.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use verbund_model::SystemClock;
use verbund_transport::{Connector, Peer, Reloader, Tls, TlsFiles, Trust};
use verbund_wire::acting::{ACTING_ROLES, ACTOR};
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

use crate::config::NodeSection;
use crate::error::Error;
use crate::role::Roles;

/// How long a call may take before the page says that the node does not answer.
const CALL_MAX: Duration = Duration::from_secs(10);
/// The longest answer: whole protocols, meetings and files.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The way to the own agency's node. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    channel: Channel,
    agency: Arc<str>,
}

impl Node {
    /// Prepares the way; the first call goes it. Also gives what keeps the certificate fresh.
    pub(crate) fn new(config: &NodeSection) -> Result<(Self, Reloader), Error> {
        let files = TlsFiles {
            certificate: config.certificate.clone(),
            key: config.key.clone(),
            crls: None,
        };
        let identity = files.identity()?;
        let id = identity.id().clone();
        let Peer::System { agency, .. } = &id.peer else {
            return Err(Error::NotASystem(id.to_string()));
        };
        let roots = read(&config.roots)?;
        let trust = Trust::new(id.federation.clone()).with_roots(agency.clone(), &roots)?;
        let tls = Tls::new(identity, trust, Arc::new(SystemClock))?;
        let channel = Connector::new(&tls).connect_lazy(&config.address, agency)?;
        let reloader = Reloader::new(files, tls).with_roots(agency.clone(), &config.roots);
        let node = Self {
            channel,
            agency: Arc::from(agency.as_str()),
        };
        Ok((node, reloader))
    }

    /// The own agency, as the certificate says.
    pub(crate) fn agency(&self) -> &str {
        &self.agency
    }

    /// Calls of the application itself, which only reads: watching, and the vocabulary.
    pub(crate) fn watching(&self) -> Calls<NoActor> {
        Calls {
            channel: self.channel.clone(),
            agency: self.agency.clone(),
            actor: NoActor,
        }
    }

    /// Calls in the name of a person.
    pub(crate) fn acting(&self, actor: &str, roles: Roles) -> Acting {
        let value = |text: &str| {
            text.parse::<MetadataValue<Ascii>>()
                .expect("ids and roles are plain characters")
        };
        Calls {
            channel: self.channel.clone(),
            agency: self.agency.clone(),
            actor: Actor {
                id: value(actor),
                roles: value(&roles.at_node()),
            },
        }
    }
}

fn read(path: &Path) -> Result<String, verbund_transport::Error> {
    std::fs::read_to_string(path).map_err(|source| verbund_transport::Error::Read {
        path: path.to_owned(),
        source,
    })
}

/// Tells the node for whom a call is.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    id: MetadataValue<Ascii>,
    roles: MetadataValue<Ascii>,
}

impl Interceptor for Actor {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.set_timeout(CALL_MAX);
        let metadata = request.metadata_mut();
        metadata.insert(ACTOR, self.id.clone());
        metadata.insert(ACTING_ROLES, self.roles.clone());
        Ok(request)
    }
}

/// A call of the application itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoActor;

impl Interceptor for NoActor {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        Ok(request)
    }
}

/// The node's services, called for somebody.
#[derive(Debug, Clone)]
pub(crate) struct Calls<A> {
    channel: Channel,
    agency: Arc<str>,
    actor: A,
}

impl<A> Calls<A> {
    /// The agency whose node is called.
    pub(crate) fn agency(&self) -> &str {
        &self.agency
    }
}

/// The node's services, called for a person.
pub(crate) type Acting = Calls<Actor>;

macro_rules! services {
    ($($name:ident: $client:ident;)+) => {
        impl<A: Interceptor + Clone> Calls<A> {
            $(
                pub(crate) fn $name(&self) -> $client<InterceptedService<Channel, A>> {
                    $client::with_interceptor(self.channel.clone(), self.actor.clone())
                        .max_decoding_message_size(ANSWER_BYTES_MAX)
                }
            )+
        }
    };
}

services! {
    concept: ConceptServiceClient;
    feed: FeedServiceClient;
    guard: GuardServiceClient;
    meetings: MeetingServiceClient;
    node: NodeServiceClient;
    protocols: ProtocolServiceClient;
    remarks: RemarkServiceClient;
    reports: ReportServiceClient;
    reviews: ReviewServiceClient;
    situations: SituationServiceClient;
    tasks: TaskServiceClient;
}

/// A new request id, as the contract asks for. A form carries it from the moment it is shown, so that sending it twice does it
/// once.
pub(crate) fn request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
