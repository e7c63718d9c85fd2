//! Processes that are killed.

use std::io::{BufRead, BufReader, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use verbund_store::{LaneRecord, Take};

use crate::load::{Load, is_whole, walk};
use crate::place::{Place, claim, eventually, open, options};
use crate::suite::kit::{Origin, audience, item, stored};

const URL: &str = "VERBUND_STORE_TEST_URL";
const KEYS: &str = "VERBUND_STORE_TEST_KEYS";
/// Of the process, as of its hold.
const NAME: &str = "two";
const HELD: &str = "link/kod";

/// Tells the parent, past the test harness.
fn say(line: &str) {
    let mut stdout = stdout().lock();
    stdout.write_all(line.as_bytes()).unwrap();
    stdout.write_all(b"\n").unwrap();
}

fn process(url: &str, keys: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "processes::a_process_of_its_own", "--nocapture"])
        .env(URL, url)
        .env(KEYS, keys)
        .stdout(Stdio::piped());
    command
}

/// Does nothing unless [`process`] has started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_of_its_own() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let keys = PathBuf::from(std::env::var(KEYS).unwrap());
    let store = open(&url, options(&keys, NAME)).await.unwrap();
    claim(&store).await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let hold = store.take_hold(HELD, Take::Always).await.unwrap().unwrap();
    loop {
        let calls = (1..20).map(|items| {
            let items = (0..items).map(|_| item(&lane, &dhz)).collect();
            store.publish(items, dhz.signer())
        });
        for outcomes in futures_util::future::join_all(calls).await {
            for outcome in outcomes.unwrap() {
                let entry = stored(outcome);
                say(&format!("stored {} {}", entry.sequence, entry.hash));
            }
        }
        assert!(store.keep_hold(&hold).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_killed_takes_nothing_along() {
    let place = Place::new();
    let survivor = place.replica("one").await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&survivor, &audience(&["dhz", "kod"])).await;
    let own = [survivor.clone()];
    for lines in [40, 300, 900] {
        let load = Load::start(&own, &dhz, &[lane], 2);
        let url = place.database.url().to_string();
        let mut child = process(&url, &place.keys()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut told = output.lines().map_while(Result::ok);
        let mut told = told
            .by_ref()
            .filter_map(|line| line.strip_prefix("stored ").map(str::to_owned));
        let mut answered: Vec<String> = told.by_ref().take(lines).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        let killed = Instant::now();
        answered.extend(told);
        assert!(answered.len() >= lines);
        load.goes_on(3).await;
        assert!(
            killed.elapsed() < Duration::from_secs(5),
            "the turn is not kept by who is dead"
        );
        eventually("its hold is free", Duration::from_secs(5), async || {
            let taken = survivor.take_hold(HELD, Take::IfFree).await.unwrap();
            taken.is_some()
        })
        .await;
        let held = survivor.holds().await.unwrap().remove(0);
        assert_eq!(held.holder, "one");
        let told = load.end().await;
        assert_eq!(told.refused, 0);
        is_whole(&own, &told).await;
        let LaneRecord { id, .. } = survivor.lanes().await.unwrap().remove(0);
        let all = walk(&survivor, &id).await;
        let all = all.iter().map(|it| format!("{} {}", it.sequence, it.hash));
        let all: std::collections::HashSet<_> = all.collect();
        let lost: Vec<_> = answered.iter().filter(|it| !all.contains(*it)).collect();
        assert!(lost.is_empty(), "of {}, lost: {lost:?}", answered.len());
    }
}
