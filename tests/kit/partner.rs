//! A member whose node is written by the test: it has the agency's real key and certificate, and says what it likes.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{Mutex, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};
use verbund_ledger::{Entry, EntryKey, LaneId, PublicKey, Receipt};
use verbund_model::{AgencyId, Clock as _, SystemClock};
use verbund_transport::{Acceptor, Admit, Connector, Identity, PeerInfo, Tls, Trust, limits};
use verbund_wire::convert;
use verbund_wire::federation::federation_service_client::FederationServiceClient;
use verbund_wire::federation::federation_service_server::{
    FederationService, FederationServiceServer,
};
use verbund_wire::federation::peer_message::Kind;
use verbund_wire::federation::{
    Entries, ExchangeRequest, ExchangeResponse, Hello, PeerMessage, ProbeRequest, ProbeResponse,
    Receipts, Subscribe,
};

use crate::federation::Federation;
use crate::patience::Patience;
use crate::pki::agency;

/// Messages that may wait to be sent: a test that floods is slowed down like any other.
const OUTBOX: usize = 16;

type Inbox = Pin<Box<dyn Stream<Item = Result<PeerMessage, Status>> + Send>>;

/// A member's node in the hands of the test.
#[derive(Debug)]
pub struct HostilePartner {
    agency: AgencyId,
    federation: String,
    tls: Tls,
    key: Arc<EntryKey>,
    address: SocketAddr,
    charter_version: u32,
    nodes: Vec<(AgencyId, SocketAddr, PublicKey)>,
    patience: Patience,
}

impl HostilePartner {
    /// This member's node.
    ///
    /// # Errors
    /// When its certificate can't be used.
    pub fn new(fed: &Federation, id: &str) -> Result<Self> {
        let member = fed.member(id);
        let identity = Identity::from_pem(
            member.node.certificate_pem.as_bytes(),
            member.node.key_pem.as_bytes(),
        )?;
        let mut trust = Trust::new(fed.id().clone());
        let mut nodes = Vec::new();
        for agency in fed.charter().agencies() {
            let other = fed.member(agency.id.as_str());
            trust = trust.with_roots(agency.id.clone(), other.authority.certificate_pem())?;
            nodes.push((
                agency.id.clone(),
                other.federation_api(),
                other.entry_key.public().clone(),
            ));
        }
        Ok(Self {
            agency: member.agency.clone(),
            federation: fed.id().to_string(),
            tls: Tls::new(identity, trust, Arc::new(SystemClock))?,
            key: member.entry_key.clone(),
            address: member.federation_api(),
            charter_version: fed.charter().version(),
            nodes,
            patience: fed.patience(),
        })
    }

    /// The key that its agency signs with.
    #[must_use]
    pub fn key(&self) -> &EntryKey {
        &self.key
    }

    /// What an honest node of this agency would say first.
    #[must_use]
    pub fn hello(&self) -> Hello {
        Hello {
            federation: self.federation.clone(),
            agency: self.agency.to_string(),
            software: "hostile".to_owned(),
            protocol_level: 2,
            charter_version: self.charter_version,
            charter_hash: vec![0; 32].into(),
            now_ms: SystemClock.now().0,
            generation: 1,
            stream: 0,
            seen: None,
            known: None,
        }
    }

    /// A connection to a node, on which nothing has been called yet.
    ///
    /// # Errors
    /// When the node does not take it.
    pub async fn channel(&self, node: &str) -> Result<Channel> {
        let (to, address, _) = self.node(node)?;
        let connector = Connector::new(&self.tls);
        let connecting = connector.connect(&address.to_string(), &to).await;
        Ok(connecting?)
    }

    /// Opens a stream to a node and says nothing yet.
    ///
    /// # Errors
    /// When the node does not take it.
    pub async fn dial(&self, node: &str) -> Result<Talk> {
        let (to, _, key) = self.node(node)?;
        let dialling = async {
            let channel = self.channel(node).await?;
            let (outbox, messages) = mpsc::channel(OUTBOX);
            let requests = ReceiverStream::new(messages).map(|message| ExchangeRequest {
                message: Some(message),
            });
            let mut client = FederationServiceClient::new(channel)
                .max_decoding_message_size(limits::FEDERATION_MESSAGE_BYTES);
            let responses = client.exchange(requests).await?.into_inner();
            let inbox = responses.filter_map(async |response| match response {
                Ok(response) => response.message.map(Ok),
                Err(status) => Some(Err(status)),
            });
            Ok::<_, anyhow::Error>(Talk {
                with: to.clone(),
                key,
                outbox,
                inbox: Box::pin(inbox),
                patience: self.patience,
            })
        };
        self.patience
            .within(&format!("the node of {to} to take a stream"), dialling)
            .await?
    }

    /// Opens a stream to a node, says Hello as an honest node does and hears the node's.
    ///
    /// # Errors
    /// When the node does not take it.
    pub async fn greet(&self, node: &str) -> Result<Talk> {
        let mut talk = self.dial(node).await?;
        talk.say(Kind::Hello(self.hello())).await?;
        talk.hear_hello().await?;
        Ok(talk)
    }

    /// Listens where the charter says, for nodes that dial.
    ///
    /// # Errors
    /// When the address can't be had.
    pub async fn listen(&self) -> Result<Door> {
        let listener = Acceptor::bind(self.address).await?;
        let incoming = Acceptor::new(&self.tls, Admit::Nodes)?.incoming(listener);
        let (callers, talks) = mpsc::channel(OUTBOX);
        let doorman = Doorman {
            nodes: self.nodes.clone(),
            callers,
            patience: self.patience,
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let service = FederationServiceServer::new(doorman)
            .max_decoding_message_size(limits::FEDERATION_MESSAGE_BYTES);
        let serving = limits::grpc_server(Admit::Nodes)
            .add_service(service)
            .serve_with_incoming_shutdown(incoming, stopped);
        // It ends with the door, or with the test's runtime.
        tokio::spawn(serving);
        Ok(Door {
            talks: Mutex::new(talks),
            patience: self.patience,
            _stop: stop.drop_guard(),
        })
    }

    fn node(&self, node: &str) -> Result<(AgencyId, SocketAddr, PublicKey)> {
        let wanted = agency(node);
        let found = self.nodes.iter().find(|(agency, ..)| *agency == wanted);
        found
            .cloned()
            .with_context(|| format!("{node} is no member"))
    }
}

/// Where nodes that dial a [`HostilePartner`] arrive.
#[derive(Debug)]
pub struct Door {
    talks: Mutex<mpsc::Receiver<Talk>>,
    patience: Patience,
    _stop: DropGuard,
}

impl Door {
    /// The next stream that this node opens; nothing has been said or heard on it.
    ///
    /// # Errors
    /// When it doesn't come.
    pub async fn caller(&self, node: &str) -> Result<Talk> {
        let mut talks = self.talks.lock().await;
        let wanted = agency(node);
        loop {
            let talk = self
                .patience
                .within(&format!("the node of {node} to dial"), talks.recv())
                .await?;
            let talk = talk.context("the door is open")?;
            if talk.with == wanted {
                return Ok(talk);
            }
        }
    }
}

struct Doorman {
    nodes: Vec<(AgencyId, SocketAddr, PublicKey)>,
    callers: mpsc::Sender<Talk>,
    patience: Patience,
}

#[tonic::async_trait]
impl FederationService for Doorman {
    type ExchangeStream = Pin<Box<dyn Stream<Item = Result<ExchangeResponse, Status>> + Send>>;

    async fn exchange(
        &self,
        request: Request<Streaming<ExchangeRequest>>,
    ) -> Result<Response<Self::ExchangeStream>, Status> {
        let peer = request
            .extensions()
            .get::<PeerInfo>()
            .ok_or_else(|| Status::internal("no peer"))?;
        let with = peer.peer().agency().clone();
        let known = self.nodes.iter().find(|(agency, ..)| *agency == with);
        let (_, _, key) = known
            .cloned()
            .ok_or_else(|| Status::internal("no member"))?;
        let (outbox, messages) = mpsc::channel(OUTBOX);
        let inbox = request
            .into_inner()
            .filter_map(async |request| match request {
                Ok(request) => request.message.map(Ok),
                Err(status) => Some(Err(status)),
            });
        let talk = Talk {
            with,
            key,
            outbox,
            inbox: Box::pin(inbox),
            patience: self.patience,
        };
        self.callers
            .send(talk)
            .await
            .map_err(|_| Status::unavailable("the test is over"))?;
        let responses = ReceiverStream::new(messages).map(|message| {
            Ok(ExchangeResponse {
                message: Some(message),
            })
        });
        Ok(Response::new(Box::pin(responses)))
    }

    async fn probe(&self, _: Request<ProbeRequest>) -> Result<Response<ProbeResponse>, Status> {
        Err(Status::unimplemented("hostile"))
    }
}

/// One stream with one node. Nothing is read unless the test listens.
pub struct Talk {
    with: AgencyId,
    key: PublicKey,
    outbox: mpsc::Sender<PeerMessage>,
    inbox: Inbox,
    patience: Patience,
}

impl std::fmt::Debug for Talk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Talk")
            .field("with", &self.with)
            .finish_non_exhaustive()
    }
}

impl Talk {
    /// Says something.
    ///
    /// # Errors
    /// When the stream has ended, or the node does not take it.
    pub async fn say(&self, kind: Kind) -> Result<()> {
        self.send(PeerMessage { kind: Some(kind) }).await
    }

    /// Sends a message as it is.
    ///
    /// # Errors
    /// As [`Talk::say`].
    pub async fn send(&self, message: PeerMessage) -> Result<()> {
        let what = format!("the node of {} to take a message", self.with);
        let sent = self
            .patience
            .within(&what, self.outbox.send(message))
            .await?;
        sent.ok()
            .with_context(|| format!("the stream with {} has ended", self.with))
    }

    /// Hands entries over in one message.
    ///
    /// # Errors
    /// As [`Talk::say`].
    pub async fn give(&self, entries: &[Entry]) -> Result<()> {
        self.give_wire(entries.iter().map(convert::entry::to_wire).collect())
            .await
    }

    /// The same for entries that no ledger could make.
    ///
    /// # Errors
    /// As [`Talk::say`].
    pub async fn give_wire(&self, entries: Vec<verbund_wire::federation::Entry>) -> Result<()> {
        self.say(Kind::Entries(Entries {
            entries,
            traceparent: String::new(),
        }))
        .await
    }

    /// Asks for all lanes of an origin from their beginning.
    ///
    /// # Errors
    /// As [`Talk::say`].
    pub async fn subscribe(&self, origin: &str) -> Result<()> {
        self.say(Kind::Subscribe(Subscribe {
            origin: origin.to_owned(),
            have: Vec::new(),
        }))
        .await
    }

    /// Hands receipts over.
    ///
    /// # Errors
    /// As [`Talk::say`].
    pub async fn receipts(&self, receipts: &[verbund_ledger::SignedReceipt]) -> Result<()> {
        let receipts = receipts.iter().map(convert::receipt::to_wire).collect();
        self.say(Kind::Receipts(Receipts { receipts })).await
    }

    /// Listens until something is said that `pick` takes; what it doesn't take is passed over.
    ///
    /// # Errors
    /// When the stream ends before, or at the deadline.
    pub async fn hear<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(Kind) -> Option<T>,
    ) -> Result<T> {
        let with = self.with.clone();
        let mut heard = String::new();
        let listening = async {
            loop {
                match self.inbox.next().await {
                    Some(Ok(PeerMessage { kind: Some(kind) })) => {
                        heard = name(&kind).to_owned();
                        if let Some(found) = pick(kind) {
                            return Ok(found);
                        }
                    }
                    Some(Ok(_)) => {}
                    Some(Err(status)) => bail!("the stream ended before {what}: {status}"),
                    None => bail!("the stream ended before {what}"),
                }
            }
        };
        let listened = self
            .patience
            .within(&format!("{with} to say {what}"), listening)
            .await;
        listened.with_context(|| format!("the last word was {heard}"))?
    }

    /// The node's Hello.
    ///
    /// # Errors
    /// As [`Talk::hear`].
    pub async fn hear_hello(&mut self) -> Result<Hello> {
        let pick = |kind| {
            if let Kind::Hello(hello) = kind {
                Some(hello)
            } else {
                None
            }
        };
        self.hear("Hello", pick).await
    }

    /// Waits until the node asks for an origin's entries.
    ///
    /// # Errors
    /// As [`Talk::hear`].
    pub async fn asked_for(&mut self, origin: &str) -> Result<Subscribe> {
        let pick = |kind| match kind {
            Kind::Subscribe(subscribe) if subscribe.origin == origin => Some(subscribe),
            _ => None,
        };
        self.hear(&format!("that it wants the entries of {origin}"), pick)
            .await
    }

    /// The node's own receipt on a lane that reaches so far, with its signature checked.
    ///
    /// # Errors
    /// As [`Talk::hear`].
    pub async fn receipt(&mut self, lane: LaneId, sequence: u64) -> Result<Receipt> {
        let (with, key) = (self.with.clone(), self.key.clone());
        let pick = |kind| {
            let Kind::Receipts(receipts) = kind else {
                return None;
            };
            let signed = receipts
                .receipts
                .into_iter()
                .filter_map(|receipt| convert::receipt::from_wire(receipt).ok());
            let keys = std::slice::from_ref(&key);
            let mut own = signed.filter_map(|signed| signed.verify(|_| keys).ok());
            own.find(|receipt| {
                receipt.recipient == with && receipt.lane == lane && receipt.sequence >= sequence
            })
        };
        self.hear(&format!("a receipt on the lane up to {sequence}"), pick)
            .await
    }

    /// Waits until the node ends the stream; gives what it says of it.
    ///
    /// # Errors
    /// At the deadline.
    pub async fn ended(&mut self) -> Result<Status> {
        let with = self.with.clone();
        let listening = async {
            loop {
                match self.inbox.next().await {
                    Some(Ok(_)) => {}
                    Some(Err(status)) => return status,
                    None => return Status::ok("the stream ended without a word"),
                }
            }
        };
        self.patience
            .within(&format!("the node of {with} to end the stream"), listening)
            .await
    }

    /// Everything that is said until `last` is; for what must not be said.
    ///
    /// # Errors
    /// As [`Talk::hear`].
    pub async fn all_until(
        &mut self,
        what: &str,
        mut last: impl FnMut(&Kind) -> bool,
    ) -> Result<Vec<Kind>> {
        let mut all = Vec::new();
        let pick = |kind: Kind| {
            let ends = last(&kind);
            all.push(kind);
            ends.then_some(())
        };
        self.hear(what, pick).await?;
        Ok(all)
    }
}

fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Hello(_) => "Hello",
        Kind::Subscribe(_) => "Subscribe",
        Kind::Unsubscribe(_) => "Unsubscribe",
        Kind::Entries(_) => "Entries",
        Kind::Receipts(_) => "Receipts",
        Kind::LaneStopped(_) => "LaneStopped",
        Kind::CharterRequest(_) => "CharterRequest",
        Kind::Charter(_) => "Charter",
        Kind::Heartbeat(_) => "Heartbeat",
        Kind::Exhausted(_) => "Exhausted",
        Kind::Shown(_) => "Shown",
    }
}
