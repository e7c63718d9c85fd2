//! Several replicas of one node over one PostgreSQL, and a PostgreSQL that is stopped, killed, frozen, full, cut off, failed
//! over and badly set: what is acknowledged is there, once, at every replica.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod commits;
mod erasures;
mod holds;
mod lanes;
mod life;
mod load;
mod news;
mod outages;
mod place;
mod processes;
mod settings;
#[path = "../suite/mod.rs"]
#[expect(dead_code, reason = "only its kit is needed here")]
mod suite;
mod verification;
mod wire;
