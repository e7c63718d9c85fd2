//! Makes a fixture of this release's schema: `cargo run -p verbund-store --example fixture -- FOLDER`.
//!
//! Run once with each release that changes the schema, before the change; `tests/fixtures/README.md` says what becomes of
//! it. Writes `verbund.db`, `keys/` and `told.txt`, what the store then tells of itself.

#![expect(
    clippy::unwrap_used,
    reason = "it is run by hand and says where it stopped"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use verbund_ledger::SystemEntropy;
use verbund_store::{FatalSignal, OpenOptions, open};

#[path = "../tests/fixtures/content.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod content;
#[path = "../tests/suite/mod.rs"]
#[expect(dead_code, reason = "only its kit is needed here")]
mod suite;

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("usage: fixture FOLDER"));
    fs::create_dir_all(&folder).unwrap();
    let url = format!("sqlite:{}", folder.join("verbund.db").display());
    let options = OpenOptions {
        erasure_keys: folder.join("keys"),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: "one".to_owned(),
        migrate: true,
        accept_data_loss: false,
    };
    let store = open(&url, options).await.unwrap();
    content::fill(&store).await;
    fs::write(folder.join("told.txt"), content::told(&store).await).unwrap();
    store.close().await;
}
