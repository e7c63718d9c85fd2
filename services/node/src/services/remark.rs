//! Questions and answers on updates, tasks, meetings and protocols.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use verbund_wire::agency::remark_service_server::RemarkService;
use verbund_wire::agency::{
    AddRemarkRequest, AddRemarkResponse, ListRemarksRequest, ListRemarksResponse,
    RetractRemarkRequest, RetractRemarkResponse,
};

use super::finished;
use crate::caller;
use crate::context::Context;
use crate::steps::remark;

#[derive(Debug)]
pub(crate) struct Remarks(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl RemarkService for Remarks {
    async fn add_remark(
        &self,
        request: Request<AddRemarkRequest>,
    ) -> Result<Response<AddRemarkResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let adding = async move { ctx.measured(remark::add(&ctx, caller, request)).await };
        let receipt = finished(&self.0, adding).await?;
        Ok(Response::new(AddRemarkResponse {
            receipt: Some(receipt),
        }))
    }

    async fn retract_remark(
        &self,
        request: Request<RetractRemarkRequest>,
    ) -> Result<Response<RetractRemarkResponse>, Status> {
        let caller = caller::of(&request)?;
        let (ctx, request) = (self.0.clone(), request.into_inner());
        let retracting = async move { ctx.measured(remark::retract(&ctx, caller, request)).await };
        let receipt = finished(&self.0, retracting).await?;
        Ok(Response::new(RetractRemarkResponse {
            receipt: Some(receipt),
        }))
    }

    async fn list_remarks(
        &self,
        request: Request<ListRemarksRequest>,
    ) -> Result<Response<ListRemarksResponse>, Status> {
        let remarks = remark::list(&self.0, request.into_inner()).await?;
        Ok(Response::new(ListRemarksResponse { remarks }))
    }
}
