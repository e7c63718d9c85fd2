//! An agency's node: takes in its systems' updates, keeps them, exchanges them with the partners' nodes, and shows them.
//!
//! **Promises.** What is acknowledged is on stable storage. Nothing is stored, sent or logged before the guard has seen it. A partner's
//! outage, fault or malice stays its own. Whatever a partner sends authenticates itself; nothing is believed because of who carries it.
//!
//! Where to look: `publish` is the way of an own update, `replicate` the exchange with partners, `admission` what a received entry
//! may become, `services` the gRPC API, [`node`] how it all starts and stops. The store, the transport and the ledger are crates of
//! their own.

pub mod admin;
mod admission;
mod arrivals;
mod audit;
mod caller;
mod certificates;
pub mod charter;
pub mod config;
mod context;
mod database;
mod deliveries;
pub mod disk;
mod erasure;
mod follow;
mod hub;
mod incidents;
pub mod keyfile;
mod lanes;
pub mod metrics;
pub mod node;
mod partners;
pub mod protocol_file;
mod publish;
mod readmission;
mod recent;
mod recovery;
mod replicate;
mod report;
pub mod roles;
mod servers;
mod services;
mod shown;
mod steps;
mod succession;
pub mod tasks;
pub mod telemetry;
mod text;
mod updates;
mod views;

pub use admission::{erases, is_step, project};
pub use config::Config;
pub use node::{Addresses, Error, Node};

/// Name and version of this software, as partners and operators see it.
pub const SOFTWARE: &str = concat!("verbund/", env!("CARGO_PKG_VERSION"));
/// The highest protocol level that this release speaks.
pub const PROTOCOL_LEVEL: u32 = 2;
