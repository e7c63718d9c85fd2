//! Messages that are larger than the agency API takes.

use anyhow::Result;
use futures_util::stream;
use verbund_tests::Federation;
use verbund_tests::federation::request_id;
use verbund_wire::agency::publish_situations_response::Outcome;
use verbund_wire::agency::{PublishSituationRequest, PublishSituationsRequest};
use verbund_wire::error::{ErrorCode, explain};

use crate::books::ORIGIN;

/// The agency API takes 2 MiB.
const TOO_MUCH: usize = 3 << 20;
const AGENCY: &str = "listener=\"agency\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_large_is_told_so_and_its_connection_goes_on() -> Result<()> {
    let fed = Federation::started(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    system.tell("Vorher.", &[]).await?;

    let status = system
        .publish(system.draft(&"x".repeat(TOO_MUCH)))
        .await
        .expect_err("too large");
    assert_eq!(
        explain(&status).code,
        Some(ErrorCode::MessageTooLarge),
        "{status}"
    );
    assert!(
        status.message().contains(&(2 << 20).to_string()),
        "it tells the limit: {status}"
    );

    system.tell("Nachher.", &[]).await?;
    assert_eq!(system.notes_of(ORIGIN).await?, ["Vorher.", "Nachher."]);
    // The metrics are as old as a second; they are of now when they show another connection.
    let _other = fed.system(ORIGIN, "reader").await?;
    let node = fed.node(ORIGIN);
    let open = async || match node.metric("verbund_connections_open", AGENCY).await {
        Ok(2.0) => Ok(()),
        other => Err(format!("{other:?}")),
    };
    fed.until("two connections to be open", open).await?;
    assert_eq!(
        node.metric("verbund_connections_total", AGENCY).await?,
        2.0,
        "all that went over one connection"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_is_too_large_ends_its_stream_after_the_answers_to_those_before() -> Result<()>
{
    let fed = Federation::started(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let item = |note: &str| PublishSituationsRequest {
        request: Some(PublishSituationRequest {
            request_id: request_id(),
            situation: Some(system.draft(note)),
            confirm_review: false,
        }),
    };
    let items = [
        item("Eins."),
        item("Zwei."),
        item(&"x".repeat(TOO_MUCH)),
        item("Drei."),
    ];
    let mut answers = system
        .situations
        .clone()
        .publish_situations(stream::iter(items))
        .await?
        .into_inner();
    let mut stored = 0;
    let status = loop {
        match answers.message().await {
            Ok(Some(answer)) => {
                assert!(
                    matches!(answer.outcome, Some(Outcome::Receipt(_))),
                    "{answer:?}"
                );
                stored += 1;
            }
            Ok(None) => panic!("the stream ended as if all were well"),
            Err(status) => break status,
        }
    };
    assert_eq!(
        explain(&status).code,
        Some(ErrorCode::MessageTooLarge),
        "{status}"
    );
    assert_eq!(stored, 2, "answers to what came before");
    assert_eq!(system.notes_of(ORIGIN).await?.len(), 2, "what is stored");
    Ok(())
}
