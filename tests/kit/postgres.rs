//! PostgreSQL for nodes that are replicas of one agency: a database of the test's own in the shared server, or a server of its
//! own that it may stop and kill. What `store.url` of a node's configuration takes is their `url()`.

pub use verbund_test_postgres::{Cluster, Database, Occupied, Roles, Url};
