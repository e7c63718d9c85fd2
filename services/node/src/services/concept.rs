//! The vocabulary in force.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use verbund_wire::agency::concept_service_server::ConceptService;
use verbund_wire::agency::{GetConceptRequest, GetConceptResponse};
use verbund_wire::convert::concept;

use crate::context::Context;

#[derive(Debug)]
pub(crate) struct Concept(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl ConceptService for Concept {
    async fn get_concept(
        &self,
        _: Request<GetConceptRequest>,
    ) -> Result<Response<GetConceptResponse>, Status> {
        let in_force = self.0.charter.in_force();
        Ok(Response::new(concept::to_wire(
            &in_force.charter,
            &in_force.hash,
        )))
    }
}
