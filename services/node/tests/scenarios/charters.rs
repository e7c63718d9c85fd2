//! Charters that follow each other.

use crate::kit::{Federation, VOCABULARY, draft, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_missed_several_charters_takes_them_one_by_one() {
    let mut federation = Federation::new();
    federation.start("polizei").await;
    federation.stop("polizei").await;
    // Each version comes to be known to the order service's node, as when it is adopted over the years.
    for _ in 0..3 {
        federation.amend(VOCABULARY);
        federation.start("kod").await;
        federation.stop("kod").await;
    }
    federation.start("kod").await;
    let behind = federation.config_under("polizei", 1);
    federation.start_as("polizei", behind).await;
    eventually(
        "the police's node has come to the fourth version",
        async || federation.status("polizei").await.charter_version == 4,
    )
    .await;
    assert_eq!(
        federation.status("polizei").await.alarms,
        0,
        "nothing was offered out of its turn"
    );
    // And it takes what was written under it.
    let subject = federation.publish("kod", draft()).await.subject;
    federation
        .until("polizei", &subject, "the update is shown", |it| {
            it.note == draft().note
        })
        .await;
    federation.end().await;
}
