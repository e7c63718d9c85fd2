//! Commands of one release against a node of the other: what is in a duty log's script, or on an operator's machine, need not be
//! replaced on the same day as the node.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use verbund_tests::program::{self, Called};
use verbund_tests::{Federation, Plan, Release};

use super::scene::{DONE, ORIGIN, PARTNER, software, start, text};

const BOTH: [(Release, Release); 2] = [
    (Release::Previous, Release::This),
    (Release::This, Release::Previous),
];

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_one_release_reach_a_node_of_the_other() -> Result<()> {
    for (calling, called) in BOTH {
        let mut fed = Plan::nodes(&[ORIGIN, PARTNER]).build()?;
        start(&mut fed, ORIGIN, called).await?;
        start(&mut fed, PARTNER, calling).await?;
        let call = async |arguments: &[&str], input: &str| -> Result<Vec<Value>> {
            let told = call(&fed, calling, arguments, input).await?;
            assert_eq!(told.code, DONE, "{calling:?} {arguments:?}: {told:?}");
            told.json()
        };
        let line = json!({
            "category": "sauberkeit", "place": "theaterplatz", "day": fed.today().to_string(), "trend": "steady",
            "source": "own-observation", "measure": "m1", "urgency": "routine", "handling": "amber",
            "note": "Zwei Container sind voll.",
        });
        let pushed = call(&["push", "-"], &line.to_string()).await?;
        assert_eq!(pushed[0]["outcome"], "stored", "{pushed:?}");
        let subject = pushed[0]["subject"].as_str().context("a subject")?;
        let feed = call(&["feed"], "").await?;
        assert!(
            format!("{feed:?}").contains("Zwei Container sind voll."),
            "{feed:?}"
        );
        let got = call(&["get", subject], "").await?;
        assert!(format!("{got:?}").contains(subject), "{got:?}");
        let status = call(&["status"], "").await?;
        let told = software(&fed, called).await?;
        assert_eq!(status[0]["software"], told, "{status:?}");
        if calling == Release::This {
            let client = program::client(&fed, ORIGIN, "everything")?;
            let other = format!("runs {}", software(&fed, calling).await?);
            fed.until("the status to tell who runs another release", async || {
                let shown = ["status", "--config", text(&client).unwrap_or_default()];
                let shown = program::call(&fed, shown, "").await;
                let shown = shown.map_err(|error| error.to_string())?.out;
                shown.contains(&other).then_some(()).ok_or(shown)
            })
            .await?;
        }
        let title = [
            "--measure",
            "m1",
            "--category",
            "sauberkeit",
            "--title",
            "Glas am Brunnen entfernen",
        ];
        let ask = [&["task", "create", "--assignee", PARTNER][..], &title].concat();
        call(&ask, "").await?;
        let tasks = call(&["task", "list"], "").await?;
        assert!(
            format!("{tasks:?}").contains("Glas am Brunnen"),
            "{tasks:?}"
        );
        for listing in [
            &["alarms"][..],
            &["audit"],
            &["review", "list"],
            &["meeting", "list"],
        ] {
            call(listing, "").await?;
        }
        call(&["withdraw", subject, "--reason", "personal-data"], "").await?;
    }
    Ok(())
}

/// Calls a command that talks to the origin's node.
async fn call(
    fed: &Federation,
    release: Release,
    arguments: &[&str],
    input: &str,
) -> Result<Called> {
    let client = program::client(fed, ORIGIN, "everything")?;
    let general = ["--config", text(&client)?, "--format", "json"];
    let arguments = [arguments, &general].concat();
    program::call_of(release, fed, arguments, input).await
}
