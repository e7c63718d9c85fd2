use std::convert::Infallible;
use std::io;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn error(words: &str) -> io::Error {
    io::Error::other(words.to_owned())
}

fn told(failure: &Failure) -> String {
    chain(failure)
}

/// Whether a failure is known without waiting.
fn has_failed(tasks: &Tasks) -> bool {
    tasks.failed().now_or_never().is_some()
}

/// Waits until no task runs.
async fn quiet(tasks: &Tasks) {
    while !tasks.running().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_error_of_a_task_that_the_node_needs_stops_it_with_name_and_cause() {
    let tasks = Tasks::new();
    tasks.spawn("publish", OnError::StopNode, async {
        Err(error("disk on fire"))
    });
    let failure = tasks.failed().await;
    assert_eq!(told(&failure), "task publish failed: disk on fire");
    assert_eq!(failure.task, "publish");
}

#[tokio::test]
async fn the_first_failure_is_the_one_that_is_told() {
    let tasks = Tasks::new();
    tasks.spawn("first", OnError::StopNode, async { Err(error("cause")) });
    quiet(&tasks).await;
    tasks.spawn("second", OnError::StopNode, async {
        Err(error("consequence"))
    });
    quiet(&tasks).await;
    assert_eq!(tasks.failed().await.task, "first");
}

#[tokio::test]
async fn an_error_that_is_only_logged_stops_nothing() {
    let tasks = Tasks::new();
    tasks.spawn("watcher", OnError::Log, async {
        Err(error("reader has gone"))
    });
    quiet(&tasks).await;
    assert!(!has_failed(&tasks));
}

#[tokio::test]
async fn a_panic_stops_the_node_whatever_the_task() {
    for on_error in [OnError::StopNode, OnError::Log] {
        let tasks = Tasks::new();
        tasks.spawn("watcher", on_error, async {
            if tasks_exist() {
                panic!("a bug");
            }
            Ok::<_, Infallible>(())
        });
        assert_eq!(told(&*tasks.failed().await), "task watcher panicked: a bug");
    }
}

fn broken() -> io::Result<()> {
    Err(error("CANARY"))
}

/// Keeps the compiler from knowing that what follows a panic can't be reached.
fn tasks_exist() -> bool {
    std::hint::black_box(true)
}

#[tokio::test]
async fn words_of_a_panic_that_were_put_together_are_not_told() {
    let tasks = Tasks::new();
    tasks.spawn("watcher", OnError::Log, async {
        broken().expect("never fails");
        Ok::<_, Infallible>(())
    });
    assert_eq!(told(&*tasks.failed().await), "task watcher panicked");
}

#[tokio::test]
async fn an_essential_task_may_end_only_while_stopping() {
    let tasks = Tasks::new();
    tasks.spawn_essential("listener", async { Ok::<_, Infallible>(()) });
    let failure = tasks.failed().await;
    assert_eq!(
        told(&failure),
        "task listener ended, though the node can't do without it"
    );

    let tasks = Tasks::new();
    let stop = tasks.stop_token();
    tasks.spawn_essential("listener", async move {
        stop.cancelled().await;
        Ok::<_, Infallible>(())
    });
    assert!(tasks.stop(&Readiness::new(), SECOND).await.is_clean());
    assert!(!has_failed(&tasks));
}

#[tokio::test]
async fn stopping_goes_in_its_order() {
    let tasks = Tasks::new();
    let readiness = Readiness::new();
    readiness.started();
    let (accepting, stop) = (tasks.accepting(), tasks.stop_token());
    let (seen, order) = oneshot::channel();
    let watched = readiness.clone();
    tasks.spawn("listener", OnError::StopNode, async move {
        accepting.cancelled().await;
        stop.cancelled().await;
        seen.send(watched.is_ready()).unwrap();
        Ok::<_, Infallible>(())
    });
    assert!(readiness.is_ready() && !tasks.is_stopping());
    assert!(tasks.stop(&readiness, SECOND).await.is_clean());
    assert!(
        !order.await.unwrap(),
        "told to stop while the node said that it is ready"
    );
    assert!(tasks.accepting().is_cancelled() && tasks.is_stopping());
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_may_end_within_the_drain() {
    let tasks = Tasks::new();
    let stop = tasks.stop_token();
    let (done, ended) = oneshot::channel();
    let more = tasks.clone();
    tasks.spawn("commit", OnError::StopNode, async move {
        stop.cancelled().await;
        tokio::time::sleep(5 * SECOND).await;
        // Work that follows from it belongs to the drain as well.
        more.spawn("receipt", OnError::StopNode, async move {
            tokio::time::sleep(2 * SECOND).await;
            done.send(()).unwrap();
            Ok::<_, Infallible>(())
        });
        Ok::<_, Infallible>(())
    });
    let before = Instant::now();
    assert!(tasks.stop(&Readiness::new(), 10 * SECOND).await.is_clean());
    assert_eq!(before.elapsed(), 7 * SECOND);
    ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_within_the_drain_is_dropped_and_named() {
    struct Told(Option<oneshot::Sender<()>>);
    impl Drop for Told {
        fn drop(&mut self) {
            let told = self.0.take().map(|told| told.send(()));
            assert_eq!(told, Some(Ok(())));
        }
    }
    let tasks = Tasks::new();
    let (dropped, heard) = oneshot::channel();
    let told = Told(Some(dropped));
    tasks.spawn(format!("link {}", "kod"), OnError::StopNode, async move {
        let _told = told;
        std::future::pending::<Result<(), Infallible>>().await
    });
    let before = Instant::now();
    let stopped = tasks.stop(&Readiness::new(), 10 * SECOND).await;
    assert_eq!(before.elapsed(), 10 * SECOND);
    assert_eq!(stopped.aborted, ["link kod"]);
    assert_eq!(stopped.stuck, Vec::<Name>::new());
    assert!(!stopped.is_clean());
    heard.await.unwrap();
    assert!(!has_failed(&tasks), "being dropped is no failure");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_awaits_is_told_as_stuck() {
    let tasks = Tasks::new();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (entered, inside) = oneshot::channel();
    tasks.spawn("busy", OnError::StopNode, async move {
        entered.send(()).unwrap();
        held.recv().unwrap();
        Ok::<_, Infallible>(())
    });
    inside.await.unwrap();
    let stopped = tasks.stop(&Readiness::new(), Duration::ZERO).await;
    assert_eq!(stopped.aborted, ["busy"]);
    assert_eq!(stopped.stuck, ["busy"]);
    release.send(()).unwrap();
}

#[tokio::test]
async fn running_tasks_are_known_by_name() {
    let tasks = Tasks::new();
    for name in ["one", "two"] {
        let stop = tasks.stop_token();
        tasks.spawn(name, OnError::Log, async move {
            stop.cancelled().await;
            Ok::<_, Infallible>(())
        });
    }
    assert_eq!(tasks.running(), ["one", "two"]);
    tasks.stop(&Readiness::new(), SECOND).await;
    assert_eq!(tasks.running(), Vec::<Name>::new());
}
