//! The case-free check before anything is sent. The text is neither stored nor logged.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use verbund_wire::agency::guard_service_server::GuardService;
use verbund_wire::agency::{CheckTextRequest, CheckTextResponse};
use verbund_wire::convert::finding;
use verbund_wire::error::{Error, ErrorCode};

use crate::context::Context;

/// The longest text that is checked, in bytes; the contract says so.
const TEXT_BYTES: usize = 4 * 1024;

#[derive(Debug)]
pub(crate) struct Guard(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl GuardService for Guard {
    async fn check_text(
        &self,
        request: Request<CheckTextRequest>,
    ) -> Result<Response<CheckTextResponse>, Status> {
        let text = request.into_inner().text;
        if text.len() > TEXT_BYTES {
            return Err(Error::new(
                ErrorCode::MessageTooLarge,
                "a text of at most 4 KiB can be checked",
            )
            .into());
        }
        Ok(Response::new(finding::to_wire(
            &self.0.charter.in_force().guard.check(&text),
            verbund_guard::VERSION,
        )))
    }
}
