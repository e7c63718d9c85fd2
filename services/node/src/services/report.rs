//! The report that the council's committee asks for.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::{Request, Response, Status};
use verbund_wire::agency::report_service_server::ReportService;
use verbund_wire::agency::{
    ExportReportRequest, ExportReportResponse, GetPictureRequest, GetPictureResponse,
    GetReportRequest, GetReportResponse,
};
use verbund_wire::convert::{picture, report as wire};
use verbund_wire::error::{Error, ErrorCode};

use crate::context::Context;
use crate::report::{collect, export};

/// Reports that are made at once: each may read a year of updates, and publishing must not wait for that.
const AT_ONCE: usize = 2;

#[derive(Debug)]
pub(crate) struct Reports {
    ctx: Arc<Context>,
    places: Semaphore,
}

impl Reports {
    pub(crate) fn new(ctx: Arc<Context>) -> Self {
        Self {
            ctx,
            places: Semaphore::new(AT_ONCE),
        }
    }

    fn place(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.places.try_acquire().map_err(|_| {
            let message = "other reports are being made; ask again";
            Error::new(ErrorCode::Overloaded, message)
        })
    }
}

#[tonic::async_trait]
impl ReportService for Reports {
    async fn get_report(
        &self,
        request: Request<GetReportRequest>,
    ) -> Result<Response<GetReportResponse>, Status> {
        let period = wire::period(&request.into_inner())?;
        let _place = self.place()?;
        let in_force = self.ctx.charter.in_force();
        let report = collect::report(&self.ctx, &in_force.charter, period).await?;
        Ok(Response::new(GetReportResponse {
            report: Some(wire::to_wire(&report)),
        }))
    }

    async fn get_picture(
        &self,
        request: Request<GetPictureRequest>,
    ) -> Result<Response<GetPictureResponse>, Status> {
        let asked = picture::Asked::from_wire(&request.into_inner())?;
        let _place = self.place()?;
        let in_force = self.ctx.charter.in_force();
        let updates = &self.ctx.updates;
        let drawn = updates
            .picture(&self.ctx, &in_force.charter, &asked)
            .await?;
        Ok(Response::new(GetPictureResponse {
            picture: Some(picture::to_wire(&drawn)),
        }))
    }

    async fn export_report(
        &self,
        request: Request<ExportReportRequest>,
    ) -> Result<Response<ExportReportResponse>, Status> {
        let asked = wire::Export::from_wire(&request.into_inner())?;
        let _place = self.place()?;
        let in_force = self.ctx.charter.in_force();
        let report = collect::report(&self.ctx, &in_force.charter, asked.period).await?;
        let file = export::file(&self.ctx, in_force, report, asked).await?;
        Ok(Response::new(ExportReportResponse { file: Some(file) }))
    }
}
