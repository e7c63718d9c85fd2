//! Holds: which replica of a node has what only one may have at a time, such as a partner's stream.
//!
//! A hold carries a fencing generation that only rises: whoever lost it without knowing is refused by what it shows.

use std::sync::Arc;

/// How a hold is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Only while nobody else's is in force: it was never taken, released, has expired, or is this replica's own.
    IfFree,
    /// In any case: the newest wins.
    Always,
}

/// A hold that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What is held.
    pub name: Arc<str>,
    /// Rises each time that it is taken.
    pub generation: u64,
}

/// A hold as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRecord {
    /// What is held.
    pub name: String,
    /// The replica that took it last.
    pub holder: String,
    /// Of its taking.
    pub generation: u64,
    /// Whether it is neither released nor expired.
    pub in_force: bool,
}
