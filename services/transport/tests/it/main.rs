//! Real handshakes over the loopback: everything that can be wrong with a certificate, and what must work.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod admission;
mod bounds;
mod files;
mod kit;
mod open;
mod outgoing;
