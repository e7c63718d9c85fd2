//! Nodes in one process: mutual TLS, databases, replication, receipts, all of it real.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod charters;
mod drafts;
mod federation;
mod kit;
mod outages;
mod replicas;
