//! Who is let in, and who may call what: real certificates at both doors of a real node, and every method by every role.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod certificates;
mod revocation;
mod roles;
