//! Who talks to whom: mutual TLS between agencies, and between an agency's systems and its node.
//!
//! This crate promises:
//!
//! - A connection that it hands out has a peer whose certificate names exactly one SPIFFE identity, was issued under
//!   **that agency's own root and no other**, is valid now, is meant for this use and is not revoked ([`Peer`],
//!   [`PeerInfo`]). No agency's root vouches for another agency.
//! - TLS 1.3 only, HTTP/2 only, the hybrid X25519MLKEM768 preferred, no session resumption, so that every connection
//!   shows its certificate anew.
//! - Certificates, roots and revocation lists change without a restart; what is bad is not adopted, and is said
//!   ([`Tls`], [`Reloader`]). A peer that lost its trust loses its open connections, too ([`Tls::revalidate`],
//!   [`PeerInfo::still_trusted`]).
//! - Nobody can hold the doors: handshakes, connections, streams and windows are bounded ([`limits`]).
//! - A refusal has a stable reason ([`Refusal::reason`]), is logged where it is decided, and is counted ([`Counts`]).
//!
//! It builds the only rustls configurations of the project. It knows no gRPC service and no role: who may call what is
//! the node's business. Time comes from the [`Clock`](verbund_model::Clock) that the caller passes in.
//!
//! ```text
//! files ─▶ Identity ─┐                    ┌─▶ Acceptor ─▶ Connection ─▶ tonic, PeerInfo in each request
//! charter ─▶ Trust ──┴─▶ Tls (hot swap) ──┤
//! clock ────────────────────────┘         └─▶ Connector ─▶ tonic Channel
//! ```

mod client;
mod connection;
mod error;
mod explain;
mod files;
mod identity;
pub mod limits;
mod own;
pub mod pki;
mod refusal;
mod server;
mod tls;
mod trust;
mod verifier;
mod web;

pub use client::{Connector, Probe, Reached, Shown};
pub use connection::{Connection, PeerInfo};
pub use error::Error;
pub use explain::{ConnectError, Stage};
pub use files::{Reloaded, Reloader, TlsFiles};
pub use identity::{Peer, SpiffeId, SystemName};
pub use limits::Admit;
pub use own::Identity;
pub use refusal::Refusal;
pub use server::{Acceptor, Incoming};
pub use tls::{Counts, Tls};
pub use trust::{Root, Trust, read_roots, revocation_lists_end};
pub use web::{WebConnector, WebIdentity, WebListener, WebStream, web_connector};

/// Makes aws-lc-rs the process's cryptography provider. The first thing in `main`: libraries that build a TLS
/// configuration without naming a provider would panic otherwise. This crate itself names its provider.
///
/// Calling it again does nothing.
pub fn install_crypto_provider() {
    // An error means that a provider is installed already, which is what is wanted.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
