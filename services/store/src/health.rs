//! Whether the database answers, and what its operator should know of it.

use std::sync::Arc;

/// Whether the database answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Available,
    /// It does not, or takes nothing. The store goes on trying.
    Unavailable {
        /// What was said last; never content, never a password.
        reason: Arc<str>,
    },
}

/// Which engines there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one: one process.
    Sqlite,
    /// A server: several replicas.
    Postgres,
}

impl Engine {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// What a status shows of the store.
#[derive(Debug, Clone)]
pub struct Traits {
    /// The engine.
    pub engine: Engine,
    /// Its version as it says it.
    pub version: String,
    /// This replica's name.
    pub replica: String,
    /// Promises that the database is set not to keep, and the operator has accepted that.
    pub warnings: Vec<String>,
}
