//! A database on a server: whether the node could start on it, and whether it keeps what it acknowledges.

use std::sync::Arc;

use verbund_ledger::SystemEntropy;
use verbund_node::Config;
use verbund_store::{Error, FatalSignal, OpenOptions};

use super::{Check, Finding, Grade};
use crate::text;

/// Connects as a node would, and changes nothing. `None` where the database is a file: there a running node holds the lock.
pub(crate) async fn examine(config: &Config) -> Option<Finding> {
    let url = config.store.url.expose();
    if url.starts_with("sqlite:") {
        return None;
    }
    let about = config.node.agency.as_str();
    // The node's own keys stay untouched: this may be run by another user than the node's.
    let keys = match tempfile::tempdir() {
        Ok(keys) => keys,
        Err(error) => return Some(bad(about, "TEMPORARY_FOLDER", &error.to_string(), None)),
    };
    let options = OpenOptions {
        erasure_keys: keys.path().to_owned(),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: format!("doctor-{}", std::process::id()),
        migrate: false,
        // Told below instead of refused.
        accept_data_loss: true,
    };
    Some(match verbund_store::open(url, options).await {
        Ok(store) => {
            let traits = store.traits();
            store.close().await;
            let told = format!("{} {}", traits.engine.name(), traits.version);
            if traits.warnings.is_empty() {
                Finding::ok(about, Check::Store, told)
            } else {
                let accepted = config.store.accept_data_loss;
                let grade = if accepted { Grade::Warn } else { Grade::Fail };
                let detail = format!("{told}: {}", traits.warnings.join("; "));
                let advice = text::ADVICE_STORE_LOSES.to_string();
                Finding::bad(
                    about,
                    Check::Store,
                    grade,
                    "STORE_MAY_LOSE_DATA",
                    detail,
                    advice,
                )
            }
        }
        Err(error) => {
            let (reason, advice) = match &error {
                Error::Unavailable { .. } => ("STORE_UNAVAILABLE", text::ADVICE_STORE_UNAVAILABLE),
                Error::SchemaBehind { .. } => ("STORE_SCHEMA_BEHIND", text::ADVICE_STORE_MIGRATE),
                Error::NewerSchema { .. } => ("STORE_SCHEMA_NEWER", text::ADVICE_STORE_NEWER),
                Error::BadUrl { .. } => ("STORE_ADDRESS_WRONG", text::ADVICE_STORE_ADDRESS),
                _ => ("STORE_UNSUITABLE", text::ADVICE_STORE_UNSUITABLE),
            };
            bad(about, reason, &error.to_string(), Some(advice))
        }
    })
}

fn bad(about: &str, reason: &str, detail: &str, advice: Option<text::Text>) -> Finding {
    let advice = advice.unwrap_or(text::ADVICE_CONFIGURATION).to_string();
    Finding::bad(about, Check::Store, Grade::Fail, reason, detail, advice)
}

#[cfg(test)]
mod tests {
    use verbund_model::AgencyId;
    use verbund_node::config::StoreUrl;
    use verbund_test_postgres::Database;

    use super::*;

    async fn found(url: &str) -> Option<(Grade, Option<String>)> {
        let mut config = Config::new(AgencyId::parse("dhz").unwrap());
        config.store.url = StoreUrl::new(url);
        examine(&config).await.map(|it| (it.grade, it.reason))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_keeps_a_node_from_starting_on_a_database_is_told() {
        let database = tokio::task::block_in_place(Database::new).unwrap();
        let url = database.url().to_string();
        let fails = |reason: &str| Some((Grade::Fail, Some(reason.to_owned())));
        assert_eq!(found(&url).await, fails("STORE_SCHEMA_BEHIND"));
        verbund_store::migrate(&url).await.unwrap();
        assert_eq!(found(&url).await, Some((Grade::Ok, None)));

        let name = database.name();
        let lossy = format!("ALTER DATABASE {name} SET synchronous_commit = off");
        tokio::task::block_in_place(|| database.psql(&lossy)).unwrap();
        assert_eq!(found(&url).await, fails("STORE_MAY_LOSE_DATA"));

        let nobody = database.url().host("localhost:1").to_string();
        assert_eq!(found(&nobody).await, fails("STORE_UNAVAILABLE"));
        let open = "postgres://verbund@db.example/verbund?sslmode=disable";
        assert_eq!(found(open).await, fails("STORE_ADDRESS_WRONG"));
        assert_eq!(found("sqlite:verbund.db").await, None, "that is a file");
    }
}
