//! The two gRPC servers: one for the agency's own systems, one for the partners' nodes.

use std::convert::Infallible;
use std::sync::Arc;

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use verbund_store::Health;
use verbund_transport::{Admit, Incoming, limits};
use verbund_wire::agency::concept_service_server::ConceptServiceServer;
use verbund_wire::agency::feed_service_server::FeedServiceServer;
use verbund_wire::agency::guard_service_server::GuardServiceServer;
use verbund_wire::agency::meeting_service_server::MeetingServiceServer;
use verbund_wire::agency::node_service_server::NodeServiceServer;
use verbund_wire::agency::protocol_service_server::ProtocolServiceServer;
use verbund_wire::agency::remark_service_server::RemarkServiceServer;
use verbund_wire::agency::report_service_server::ReportServiceServer;
use verbund_wire::agency::review_service_server::ReviewServiceServer;
use verbund_wire::agency::situation_service_server::SituationServiceServer;
use verbund_wire::agency::task_service_server::TaskServiceServer;
use verbund_wire::federation::federation_service_server::FederationServiceServer;

use crate::caller::Authorise;
use crate::context::Context;
use crate::services;

/// Serves the agency's systems until the node stops.
///
/// # Errors
/// The transport's.
pub(crate) async fn agency(
    ctx: Arc<Context>,
    incoming: Incoming,
) -> Result<(), tonic::transport::Error> {
    let (health, health_service) = tonic_health::server::health_reporter();
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(verbund_wire::FILE_DESCRIPTOR_SET)
    };
    let reflection_v1 = reflection()
        .build_v1()
        .expect("the built-in descriptors are whole");
    let reflection_v1alpha = reflection()
        .build_v1alpha()
        .expect("the built-in descriptors are whole");
    let bytes = limits::AGENCY_MESSAGE_BYTES;
    macro_rules! bounded {
        ($server:expr) => {
            $server
                .max_decoding_message_size(bytes)
                .max_encoding_message_size(bytes)
        };
    }
    let serving = limits::grpc_server(Admit::Systems)
        .layer(Authorise::new(&ctx.config.clients, ctx.metrics.clone()))
        .add_service(health_service)
        .add_service(reflection_v1)
        .add_service(reflection_v1alpha)
        .add_service(bounded!(SituationServiceServer::new(
            services::situation::Situations(ctx.clone())
        )))
        .add_service(bounded!(FeedServiceServer::new(services::feed::Feed(
            ctx.clone()
        ))))
        .add_service(bounded!(ConceptServiceServer::new(
            services::concept::Concept(ctx.clone())
        )))
        .add_service(bounded!(GuardServiceServer::new(services::guard::Guard(
            ctx.clone()
        ))))
        .add_service(bounded!(ReviewServiceServer::new(
            services::review::Reviews(ctx.clone())
        )))
        .add_service(bounded!(ReportServiceServer::new(
            services::report::Reports::new(ctx.clone())
        )))
        .add_service(bounded!(TaskServiceServer::new(services::task::Tasks(
            ctx.clone()
        ))))
        .add_service(bounded!(MeetingServiceServer::new(
            services::meeting::Meetings(ctx.clone())
        )))
        .add_service(bounded!(ProtocolServiceServer::new(
            services::protocol::Protocols(ctx.clone())
        )))
        .add_service(bounded!(RemarkServiceServer::new(
            services::remark::Remarks(ctx.clone())
        )))
        .add_service(bounded!(NodeServiceServer::new(services::node::Node(
            ctx.clone()
        ))))
        .serve_with_incoming_shutdown(incoming, ctx.stop.clone().cancelled_owned());
    tokio::select! {
        served = serving => served,
        never = tell_health(&ctx, health) => match never {},
    }
}

/// Keeps the gRPC health protocol's answers in step with the database.
async fn tell_health(ctx: &Context, reporter: HealthReporter) -> Infallible {
    let mut health = ctx.store.health();
    loop {
        let status = match &*health.borrow_and_update() {
            Health::Available => ServingStatus::Serving,
            Health::Unavailable { .. } => ServingStatus::NotServing,
        };
        for service in [
            "",
            "Situation",
            "Feed",
            "Concept",
            "Guard",
            "Review",
            "Report",
            "Task",
            "Meeting",
            "Protocol",
            "Remark",
            "Node",
        ] {
            let name = if service.is_empty() {
                String::new()
            } else {
                format!("verbund.agency.v1.{service}Service")
            };
            reporter.set_service_status(name, status).await;
        }
        if health.changed().await.is_err() {
            // The store is closed, which is the end of the node.
            std::future::pending::<()>().await;
        }
    }
}

/// Serves the partners' nodes until the node stops.
///
/// # Errors
/// The transport's.
pub(crate) async fn federation(
    ctx: Arc<Context>,
    incoming: Incoming,
) -> Result<(), tonic::transport::Error> {
    let bytes = limits::FEDERATION_MESSAGE_BYTES;
    let service = FederationServiceServer::new(services::federation::Federation(ctx.clone()))
        .max_decoding_message_size(bytes)
        .max_encoding_message_size(bytes);
    limits::grpc_server(Admit::Nodes)
        .add_service(service)
        .serve_with_incoming_shutdown(incoming, ctx.stop.clone().cancelled_owned())
        .await
}
