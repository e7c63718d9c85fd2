//! Protocols: taking steps on them, listing, watching and exporting them.

use std::collections::BTreeSet;
use std::sync::Arc;

use tonic::{Request, Response, Status};
use verbund_model::{AgencyId, MeetingTypeId, ProtocolStatus, SubjectKind, SubjectRef};
use verbund_wire::agency::protocol_service_server::ProtocolService;
use verbund_wire::agency::{
    ExportProtocolRequest, ExportProtocolResponse, GetProtocolRequest, GetProtocolResponse,
    ListProtocolsRequest, ListProtocolsResponse, Protocol, ProtocolFilter, TakeProtocolStepRequest,
    TakeProtocolStepResponse, WatchProtocolsRequest, WatchProtocolsResponse,
};
use verbund_wire::convert::page::{self, List};
use verbund_wire::convert::step;
use verbund_wire::error::Error;

use super::{finished, watch};
use crate::caller;
use crate::context::Context;
use crate::steps::board::{Card, Record};
use crate::steps::protocol;

/// Most meeting types to choose by.
const TYPES_MAX: usize = 64;

#[derive(Debug)]
pub(crate) struct Protocols(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl ProtocolService for Protocols {
    async fn take_protocol_step(
        &self,
        request: Request<TakeProtocolStepRequest>,
    ) -> Result<Response<TakeProtocolStepResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let taking = async move {
            ctx.measured(protocol::take_step(&ctx, caller, request))
                .await
        };
        let (receipt, protocol) = finished(&self.0, taking).await?;
        Ok(Response::new(TakeProtocolStepResponse {
            receipt: Some(receipt),
            protocol,
        }))
    }

    async fn get_protocol(
        &self,
        request: Request<GetProtocolRequest>,
    ) -> Result<Response<GetProtocolResponse>, Status> {
        let request = request.into_inner();
        let key = step::key(request.protocol.as_ref(), &self.0.agency, "protocol")?;
        let revision = step::optional_step(&request.revision, "revision")?;
        let (protocol, steps) = protocol::get(&self.0, &key, revision).await?;
        Ok(Response::new(GetProtocolResponse {
            protocol: Some(protocol),
            steps,
        }))
    }

    async fn list_protocols(
        &self,
        request: Request<ListProtocolsRequest>,
    ) -> Result<Response<ListProtocolsResponse>, Status> {
        let request = request.into_inner();
        let filter = request.filter.unwrap_or_default();
        let list = List::filtered("protocols", &filter);
        let chosen = Chosen::of(filter)?;
        let size = page::size(request.page_size)? as usize;
        let before = super::before(list, &request.page_token)?;
        let board = &self.0.board;
        let (protocols, next) = board.list(SubjectKind::Protocol, before, size, |record| {
            chosen.show(&self.0, record)
        });
        Ok(Response::new(ListProtocolsResponse {
            protocols,
            next_page_token: super::next_page(list, next),
        }))
    }

    type WatchProtocolsStream = watch::Watched<WatchProtocolsResponse>;

    async fn watch_protocols(
        &self,
        request: Request<WatchProtocolsRequest>,
    ) -> Result<Response<Self::WatchProtocolsStream>, Status> {
        let request = request.into_inner();
        let one: Option<SubjectRef> = match &request.protocol {
            None => None,
            named => Some(step::key(named.as_ref(), &self.0.agency, "protocol")?),
        };
        let watched = watch::board(&self.0, move |ctx, record| {
            let Some(record) = record else {
                return Some(WatchProtocolsResponse { protocol: None });
            };
            let chosen = one.as_ref().is_none_or(|it| *it == record.key);
            let protocol = protocol::shown(ctx, &record.card).filter(|_| chosen)?;
            Some(WatchProtocolsResponse {
                protocol: Some(protocol),
            })
        })?;
        Ok(Response::new(watched))
    }

    async fn export_protocol(
        &self,
        request: Request<ExportProtocolRequest>,
    ) -> Result<Response<ExportProtocolResponse>, Status> {
        let file = protocol::export::export(&self.0, &request.into_inner()).await?;
        Ok(Response::new(ExportProtocolResponse { file: Some(file) }))
    }
}

/// What a filter chooses.
struct Chosen {
    statuses: BTreeSet<i32>,
    /// What numbers begin with.
    meeting_types: Vec<MeetingTypeId>,
    awaiting_word: bool,
}

impl Chosen {
    fn of(filter: ProtocolFilter) -> Result<Self, Error> {
        step::words::<ProtocolStatus>(&filter.statuses, "filter.statuses")?;
        if filter.meeting_types.len() > TYPES_MAX {
            let message = "at most 64 meeting types";
            return Err(Error::field(
                "filter.meeting_types",
                "INVALID_RANGE",
                message,
            ));
        }
        let types = filter.meeting_types.iter().enumerate().map(|(at, it)| {
            MeetingTypeId::parse(it).map_err(|error| {
                let path = format!("filter.meeting_types[{at}]");
                Error::field(path, "INVALID_ID", error.to_string())
            })
        });
        Ok(Self {
            statuses: filter.statuses.into_iter().collect(),
            meeting_types: types.collect::<Result<_, _>>()?,
            awaiting_word: filter.awaiting_word,
        })
    }

    fn show(&self, ctx: &Context, record: &Record) -> Option<Protocol> {
        let Card::Protocol(noted) = &record.card else {
            return None;
        };
        let it = noted.read();
        let of_type = self.meeting_types.is_empty()
            || self
                .meeting_types
                .iter()
                .any(|wanted| is_of(&it.number, wanted, &record.key.owner));
        let chosen = of_type
            && (self.statuses.is_empty() || self.statuses.contains(&it.status))
            && (!self.awaiting_word || noted.awaits_word_of(&ctx.agency));
        chosen.then(|| protocol::shown(ctx, &record.card)).flatten()
    }
}

/// Whether a protocol's number is of this type: type, year, owner and count, joined by hyphens.
fn is_of(number: &str, meeting_type: &MeetingTypeId, owner: &AgencyId) -> bool {
    let rest = number.strip_prefix(meeting_type.as_str());
    let rest = rest.and_then(|it| it.strip_prefix('-'));
    let year = rest.and_then(|it| it.split_once('-'));
    year.is_some_and(|(year, rest)| {
        let count = rest.strip_prefix(owner.as_str());
        let count = count.and_then(|it| it.strip_prefix('-'));
        year.bytes().all(|it| it.is_ascii_digit())
            && count.is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()))
    })
}
