//! Deciding on drafts that wait for review.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use verbund_wire::agency::review_service_server::ReviewService;
use verbund_wire::agency::{
    ConfirmReviewRequest, ConfirmReviewResponse, DiscardReviewRequest, DiscardReviewResponse,
    GetReviewRequest, GetReviewResponse, ListReviewsRequest, ListReviewsResponse,
};
use verbund_wire::convert::review::id;

use super::finished;
use crate::caller;
use crate::context::Context;
use crate::publish::review;

#[derive(Debug)]
pub(crate) struct Reviews(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl ReviewService for Reviews {
    async fn list_reviews(
        &self,
        _: Request<ListReviewsRequest>,
    ) -> Result<Response<ListReviewsResponse>, Status> {
        let reviews = review::list(&self.0).await?;
        Ok(Response::new(ListReviewsResponse { reviews }))
    }

    async fn get_review(
        &self,
        request: Request<GetReviewRequest>,
    ) -> Result<Response<GetReviewResponse>, Status> {
        let id = id(&request.into_inner().review)?;
        let review = review::one(&self.0, &id).await?;
        Ok(Response::new(GetReviewResponse {
            review: Some(review),
        }))
    }

    async fn confirm_review(
        &self,
        request: Request<ConfirmReviewRequest>,
    ) -> Result<Response<ConfirmReviewResponse>, Status> {
        let caller = caller::of(&request)?;
        let id = id(&request.into_inner().review)?;
        let ctx = self.0.clone();
        let confirming = async move { ctx.measured(review::confirm(&ctx, &caller, &id)).await };
        let receipt = finished(&self.0, confirming).await?;
        Ok(Response::new(ConfirmReviewResponse {
            receipt: Some(receipt),
        }))
    }

    async fn discard_review(
        &self,
        request: Request<DiscardReviewRequest>,
    ) -> Result<Response<DiscardReviewResponse>, Status> {
        let caller = caller::of(&request)?;
        let id = id(&request.into_inner().review)?;
        let ctx = self.0.clone();
        finished(
            &self.0,
            async move { review::discard(&ctx, &caller, &id).await },
        )
        .await?;
        Ok(Response::new(DiscardReviewResponse {}))
    }
}
