//! The partners' side of replication: answers their streams and their probes.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use verbund_store::Take;
use verbund_transport::{Peer, PeerInfo, Shown};
use verbund_wire::convert::peer::{Certificate, DESCRIPTION_BYTES, DialBack};
use verbund_wire::error::{Error, ErrorCode};
use verbund_wire::federation::federation_service_server::FederationService;
use verbund_wire::federation::{ExchangeRequest, ExchangeResponse, ProbeRequest, ProbeResponse};

use crate::context::Context;
use crate::partners::Partner;
use crate::replicate::limits::CALL_BACK_AGAIN;
use crate::replicate::link::{self, End, Inbound};
use crate::tasks::OnError;

#[derive(Debug)]
pub(crate) struct Federation(pub(crate) Arc<Context>);

impl Federation {
    /// The partner whose node calls, by its certificate, and that.
    fn caller<T>(&self, request: &Request<T>) -> Result<(Arc<Partner>, Shown), Status> {
        let unknown = || {
            Error::new(
                ErrorCode::CallerUnknown,
                "the caller's certificate names no partner's node",
            )
        };
        let peer = request.extensions().get::<PeerInfo>().ok_or_else(unknown)?;
        if !peer.still_trusted() {
            let message = "the caller's certificate was revoked, has expired, or its agency left the federation";
            return Err(Error::new(ErrorCode::CertificateRevoked, message).into());
        }
        match peer.peer() {
            Peer::Node(agency) => {
                let partner = self.0.partners.partner(agency).ok_or_else(unknown)?;
                Ok((partner, peer.shown()))
            }
            Peer::System { .. } => Err(Error::new(
                ErrorCode::WrongCaller,
                "this is for partners' nodes; systems talk to the agency API",
            )
            .into()),
        }
    }
}

#[tonic::async_trait]
impl FederationService for Federation {
    type ExchangeStream = Pin<Box<dyn Stream<Item = Result<ExchangeResponse, Status>> + Send>>;

    async fn exchange(
        &self,
        request: Request<Streaming<ExchangeRequest>>,
    ) -> Result<Response<Self::ExchangeStream>, Status> {
        let (partner, shown) = self.caller(&request)?;
        if self.0.stop.is_cancelled() {
            return Err(Error::new(ErrorCode::Stopping, "the node is stopping").into());
        }
        let inbound: Inbound = Box::pin(request.into_inner().filter_map(|request| async {
            match request {
                Ok(request) => request.message.map(Ok),
                Err(status) => Some(Err(status)),
            }
        }));
        // A load balancer may bring the stream to any replica: the newest has it.
        let held = partner.place.take(&self.0, &partner.agency, Take::Always);
        let held = held.await.map_err(super::store_failed)?;
        let held = held.ok_or_else(Error::internal)?;
        let (outbox, messages) = link::outbox();
        let (ended, end) = tokio::sync::oneshot::channel();
        let ctx = self.0.clone();
        self.0.tasks.spawn(
            format!("link from {}", partner.agency),
            OnError::StopNode,
            async move {
                let dialler = partner.agency.clone();
                match link::run(ctx, partner, dialler, Some(shown), held, outbox, inbound).await {
                    End::Store(error) => return Err(error),
                    // The stream below may be gone.
                    end => drop(ended.send(end)),
                }
                Ok(())
            },
        );
        let responses = ReceiverStream::new(messages).map(|message| {
            Ok(ExchangeResponse {
                message: Some(message),
            })
        });
        let last = futures_util::stream::once(end)
            .filter_map(|end| async { end.ok().and_then(status).map(Err) });
        Ok(Response::new(Box::pin(responses.chain(last))))
    }

    async fn probe(
        &self,
        request: Request<ProbeRequest>,
    ) -> Result<Response<ProbeResponse>, Status> {
        let (partner, shown) = self.caller(&request)?;
        let dial_back = if request.get_ref().dial_back {
            Some(call_back(&self.0, &partner).await.to_wire())
        } else {
            None
        };
        Ok(Response::new(ProbeResponse {
            hello: Some(link::hello_of(&self.0, Some(&shown))),
            dial_back,
        }))
    }
}

/// Calls a partner where this node would dial it, and tells what came of it.
async fn call_back(ctx: &Context, partner: &Partner) -> DialBack {
    // One at a time; who waited meanwhile hears the same.
    let mut last = partner.called_back.lock().await;
    if let Some((at, told)) = &*last
        && at.elapsed() < CALL_BACK_AGAIN
    {
        return told.clone();
    }
    let endpoint = ctx.endpoint_of(&partner.agency).unwrap_or_default();
    let (mut problem, mut seen) = (None, None);
    if !endpoint.is_empty() {
        let probe = ctx.connector.probe(&endpoint, &partner.agency).await;
        seen = probe.shown.map(|it| Certificate {
            serial: it.serial,
            validity: it.validity,
        });
        problem = probe.result.err().map(|error| {
            let words = crate::text::bounded(&error.to_string(), DESCRIPTION_BYTES);
            (error.reason().to_owned(), words)
        });
    }
    let told = DialBack {
        endpoint,
        problem,
        seen,
        linked: partner.link().is_some(),
    };
    *last = Some((Instant::now(), told.clone()));
    told
}

/// What the partner is told of a link's end; nothing where it knows.
fn status(end: End) -> Option<Status> {
    let (code, message) = match end {
        End::Duplicate | End::HeldElsewhere => (
            ErrorCode::StreamReplaced,
            "another stream between the two nodes stays".to_owned(),
        ),
        End::Protocol(what) => (ErrorCode::ProtocolViolation, what.to_owned()),
        End::Silent(_) | End::Closed | End::Refused(_) => (
            ErrorCode::Stopping,
            "the stream ends here; come again".to_owned(),
        ),
        End::Unavailable(_) => (
            ErrorCode::StoreUnavailable,
            "the node's database does not answer; come again".to_owned(),
        ),
        End::Store(_) => (ErrorCode::Stopping, "the node is stopping".to_owned()),
        End::Stream(_) => return None,
    };
    Some(Error::new(code, message).into())
}
