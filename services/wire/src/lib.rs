//! The public contract of `proto/` as Rust code, and the conversions between it and the domain.
//!
//! This is the only crate that names prost messages. It promises that nothing which came over the wire reaches the domain
//! unchecked, and that nothing the domain says is lost on its way out.

pub mod acting;
pub mod convert;
pub mod error;
pub mod methods;
pub mod words;

/// The code generated from `proto/`, nested as its packages are, since generated paths go by package.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::allow_attributes_without_reason,
    rustdoc::all,
    reason = "generated code; `buf lint` sees to the contract"
)]
mod generated {
    pub mod federation {
        pub mod v1 {
            tonic::include_proto!("verbund.federation.v1");
        }
    }
    pub mod agency {
        pub mod v1 {
            tonic::include_proto!("verbund.agency.v1");
        }
    }
}

/// Messages and services between an agency's systems or people and their own node.
pub use generated::agency::v1 as agency;
/// Messages and services between two nodes, and what entries are made of. `Text` is not among them: only
/// [`convert::text`] makes one, of what has come through the guard.
pub mod federation {
    #[expect(
        hidden_glob_reexports,
        reason = "that is the point: outside of this crate nobody can name it"
    )]
    pub(crate) use crate::generated::federation::v1::Text;
    pub use crate::generated::federation::v1::*;
}

/// Everything in `proto/` as an encoded `FileDescriptorSet`, with its comments; server reflection serves it.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/verbund.bin"));
