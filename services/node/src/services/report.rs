//! The report that the council's committee asks for.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use verbund_model::{Report, ReportPeriod};
use verbund_wire::agency::report_service_server::ReportService;
use verbund_wire::agency::{
    ExportReportRequest, ExportReportResponse, GetPictureRequest, GetPictureResponse,
    GetReportRequest, GetReportResponse,
};
use verbund_wire::convert::{picture, report as wire};
use verbund_wire::error::{Error, ErrorCode};

use crate::charter::InForce;
use crate::context::Context;
use crate::report::{collect, export};

/// Files that are made at once: a PDF takes a core for a while, and publishing must not wait for that.
const FILES_AT_ONCE: usize = 2;

#[derive(Debug)]
pub(crate) struct Reports {
    ctx: Arc<Context>,
    files: Semaphore,
}

impl Reports {
    pub(crate) fn new(ctx: Arc<Context>) -> Self {
        Self {
            ctx,
            files: Semaphore::new(FILES_AT_ONCE),
        }
    }

    /// The report of a period as this node sees it.
    async fn report(&self, in_force: &InForce, period: ReportPeriod) -> Result<Report, Error> {
        let charter = &in_force.charter;
        let updates = self.ctx.updates.report(&self.ctx, charter, period).await?;
        Ok(collect::with_agreed(&self.ctx, charter, updates))
    }
}

#[tonic::async_trait]
impl ReportService for Reports {
    async fn get_report(
        &self,
        request: Request<GetReportRequest>,
    ) -> Result<Response<GetReportResponse>, Status> {
        let period = wire::period(&request.into_inner())?;
        let in_force = self.ctx.charter.in_force();
        let report = self.report(&in_force, period).await?;
        Ok(Response::new(GetReportResponse {
            report: Some(wire::to_wire(&report)),
        }))
    }

    async fn get_picture(
        &self,
        request: Request<GetPictureRequest>,
    ) -> Result<Response<GetPictureResponse>, Status> {
        let asked = picture::Asked::from_wire(&request.into_inner())?;
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
        let in_force = self.ctx.charter.in_force();
        let report = self.report(&in_force, asked.period).await?;
        let _place = self.files.try_acquire().map_err(|_| {
            let message = "other files of reports are being made; ask again";
            Error::new(ErrorCode::Overloaded, message)
        })?;
        let file = export::file(&self.ctx, in_force, report, asked).await?;
        Ok(Response::new(ExportReportResponse { file: Some(file) }))
    }
}
