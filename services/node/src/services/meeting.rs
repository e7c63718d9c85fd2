//! Meetings: planning them, running the joint briefing, listing and watching them.

use std::collections::BTreeSet;
use std::sync::Arc;

use tonic::{Request, Response, Status};
use verbund_model::{Day, MeetingStatus, SubjectKind};
use verbund_wire::agency::meeting_service_server::MeetingService;
use verbund_wire::agency::{
    ExportCalendarRequest, ExportCalendarResponse, GetMeetingRequest, GetMeetingResponse,
    ListMeetingsRequest, ListMeetingsResponse, Meeting, MeetingFilter, PlanMeetingRequest,
    PlanMeetingResponse, TakeMeetingStepRequest, TakeMeetingStepResponse, WatchMeetingsRequest,
    WatchMeetingsResponse,
};
use verbund_wire::convert::page::{self, List};
use verbund_wire::convert::step;
use verbund_wire::error::Error;

use super::{finished, watch};
use crate::caller;
use crate::context::Context;
use crate::steps::board::{Card, Record};
use crate::steps::{calendar, meeting};

#[derive(Debug)]
pub(crate) struct Meetings(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl MeetingService for Meetings {
    async fn plan_meeting(
        &self,
        request: Request<PlanMeetingRequest>,
    ) -> Result<Response<PlanMeetingResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let planning = async move { ctx.measured(meeting::plan(&ctx, caller, request)).await };
        let receipts = finished(&self.0, planning).await?;
        Ok(Response::new(PlanMeetingResponse { receipts }))
    }

    async fn take_meeting_step(
        &self,
        request: Request<TakeMeetingStepRequest>,
    ) -> Result<Response<TakeMeetingStepResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let taking = async move {
            ctx.measured(meeting::take_step(&ctx, caller, request))
                .await
        };
        let took = finished(&self.0, taking).await?;
        Ok(Response::new(TakeMeetingStepResponse {
            receipt: Some(took.receipt),
            meeting: took.meeting,
            protocol: took.protocol.as_ref().map(step::key_to_wire),
        }))
    }

    async fn get_meeting(
        &self,
        request: Request<GetMeetingRequest>,
    ) -> Result<Response<GetMeetingResponse>, Status> {
        let request = request.into_inner();
        let key = step::key(request.meeting.as_ref(), &self.0.agency, "meeting")?;
        let (meeting, steps) = meeting::get(&self.0, &key).await?;
        Ok(Response::new(GetMeetingResponse {
            meeting: Some(meeting),
            steps,
        }))
    }

    async fn list_meetings(
        &self,
        request: Request<ListMeetingsRequest>,
    ) -> Result<Response<ListMeetingsResponse>, Status> {
        let request = request.into_inner();
        let filter = request.filter.unwrap_or_default();
        let list = List::filtered("meetings", &filter);
        let chosen = Chosen::of(filter)?;
        let size = page::size(request.page_size)? as usize;
        let before = super::before(list, &request.page_token)?;
        let ctx = &self.0;
        let (meetings, next) = ctx
            .board
            .list(SubjectKind::Meeting, before, size, |record| {
                chosen.show(ctx, record)
            });
        Ok(Response::new(ListMeetingsResponse {
            meetings,
            next_page_token: super::next_page(list, next),
        }))
    }

    type WatchMeetingsStream = watch::Watched<WatchMeetingsResponse>;

    async fn watch_meetings(
        &self,
        request: Request<WatchMeetingsRequest>,
    ) -> Result<Response<Self::WatchMeetingsStream>, Status> {
        let only = match request.into_inner().meeting {
            None => None,
            some => Some(step::key(some.as_ref(), &self.0.agency, "meeting")?),
        };
        let watched = watch::board(&self.0, move |ctx, record| match record {
            None => Some(WatchMeetingsResponse { meeting: None }),
            Some(record) if only.as_ref().is_none_or(|it| *it == record.key) => {
                let meeting = meeting::shown(ctx, &record.card)?;
                Some(WatchMeetingsResponse {
                    meeting: Some(meeting),
                })
            }
            Some(_) => None,
        })?;
        Ok(Response::new(watched))
    }

    async fn export_calendar(
        &self,
        request: Request<ExportCalendarRequest>,
    ) -> Result<Response<ExportCalendarResponse>, Status> {
        let request = request.into_inner();
        let only = match request.meeting {
            None => None,
            some => Some(step::key(some.as_ref(), &self.0.agency, "meeting")?),
        };
        let file = calendar::export(&self.0, only.as_ref(), request.language)?;
        Ok(Response::new(ExportCalendarResponse { file: Some(file) }))
    }
}

/// What a filter chooses.
struct Chosen {
    statuses: BTreeSet<i32>,
    from: Option<Day>,
    to: Option<Day>,
    series: String,
}

impl Chosen {
    fn of(filter: MeetingFilter) -> Result<Self, Error> {
        step::words::<MeetingStatus>(&filter.statuses, "filter.statuses")?;
        Ok(Self {
            statuses: filter.statuses.into_iter().collect(),
            from: super::day(&filter.from_day, "filter.from_day")?,
            to: super::day(&filter.to_day, "filter.to_day")?,
            series: filter.series,
        })
    }

    fn show(&self, ctx: &Context, record: &Record) -> Option<Meeting> {
        let Card::Meeting(meeting) = &record.card else {
            return None;
        };
        let day = meeting.day.parse::<Day>().ok()?;
        let chosen = (self.statuses.is_empty() || self.statuses.contains(&meeting.status))
            && self.from.is_none_or(|from| day >= from)
            && self.to.is_none_or(|to| day <= to)
            && (self.series.is_empty() || self.series == meeting.series);
        chosen.then(|| meeting::shown(ctx, &record.card)).flatten()
    }
}
