//! Real PostgreSQL servers for tests.
//!
//! A [`Database`] is an empty database of its own in a server that many tests share: that of [`SHARED`], which `tests/run`
//! sets, or else one that the process starts for itself. A [`Cluster`] is a server of a test's own, to be stopped, killed
//! and set otherwise.
//!
//! What is started here is real: the system's newest PostgreSQL with its data in a temporary folder, flushes on, passwords,
//! and TLS with a certificate that is verified. No server of the system is touched. A server goes with the process that
//! started it, however that ends: a shell waits for it and cleans up behind it. So nothing has to be caught, trapped or
//! called at the end.
//!
//! By hand, and for many runs in a row:
//!
//! ```text
//! cargo run -p verbund-test-postgres -- cargo nextest run -p verbund-store
//! cargo run -p verbund-test-postgres      # says what to export, and stays until it is interrupted
//! ```

mod certificate;
mod cluster;
mod database;
mod programs;
mod url;

pub use cluster::Cluster;
pub use database::{Database, Occupied, Roles};
pub use url::Url;

/// The environment variable with the URL of the server that tests share, as its administrator.
pub const SHARED: &str = "VERBUND_TEST_POSTGRES";
