//! Nodes in one process: mutual TLS, databases, replication, receipts, all of it real.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]
#![expect(clippy::print_stderr, reason = "figures for whoever reads the output")]

mod application;
mod charters;
mod desk;
mod drafts;
mod federation;
mod kit;
mod meetings;
mod outages;
mod protocols;
mod queued;
mod remarks;
mod replicas;
mod reports;
mod reviews;
mod shown;
mod tasks;
