//! The gRPC services: each call is authorised before it gets here, checked by a use case, and answered with google.rpc errors.

pub(crate) mod concept;
pub(crate) mod federation;
pub(crate) mod feed;
pub(crate) mod guard;
pub(crate) mod node;
pub(crate) mod situation;

use tonic::Status;

/// The status of a store that can't answer any more.
fn store_failed(error: verbund_store::Error) -> Status {
    crate::publish::unavailable(error).into()
}
