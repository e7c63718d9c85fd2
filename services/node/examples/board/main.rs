//! How fast the board is at size, on this machine: `cargo run --release -p verbund-node --example board [FOLDER [RUNS]]`.
//!
//! Fills a store with 100,000 tasks and 10,000 protocols in `FOLDER`, unless an earlier call has; then starts a node over it, `RUNS`
//! times (three) in a process of its own each, and measures what the node says that reading the board took, its memory, pages of
//! lists and single calls. Calls go as any system's do: gRPC over mutual TLS on the loopback. The table goes to the standard error,
//! JSON to the standard output. `VERBUND_BOARD_TASKS` and `VERBUND_BOARD_PROTOCOLS` make it smaller.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the output is what it is for"
)]

mod federation;
mod fill;
mod texts;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tonic::transport::Channel;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use verbund_node::Node;
use verbund_wire::agency::protocol_service_client::ProtocolServiceClient;
use verbund_wire::agency::task_service_client::TaskServiceClient;
use verbund_wire::agency::{
    GetTaskRequest, ListProtocolsRequest, ListTasksRequest, ProtocolFilter, SubjectKey,
    TakeTaskStepRequest, Task, TaskFilter, TaskMove, TaskStatus,
};

/// Tells a process that it is the one that measures.
const ONE_RUN: &str = "VERBUND_BOARD_ONE_RUN";
/// Calls of each kind.
const CALLS: usize = 200;
/// Rows of a page, as a coordinator's application asks for them.
const PAGE: i32 = 50;
/// Rows of a page, most.
const PAGE_MAX: i32 = 500;

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args
        .next()
        .map_or_else(|| std::env::temp_dir().join("verbund-board"), PathBuf::from);
    let runs = args
        .next()
        .map_or(3, |runs| runs.parse().expect("a number of runs"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    verbund_transport::install_crypto_provider();
    if std::env::var_os(ONE_RUN).is_some() {
        println!("{}", runtime.block_on(measure(&folder)));
        return;
    }
    if !folder.join("filled").exists() {
        runtime.block_on(make(&folder));
    }
    let runs: Vec<Value> = (0..runs).map(|_| one_run(&folder)).collect();
    table(&runs);
    println!("{}", json!({ "runs": runs }));
}

/// How many there are to be.
fn amount(variable: &str, usual: usize) -> usize {
    let told = std::env::var(variable);
    told.map_or(usual, |it| it.parse().expect("a number"))
}

async fn make(folder: &Path) {
    let tasks = amount("VERBUND_BOARD_TASKS", 100_000);
    let protocols = amount("VERBUND_BOARD_PROTOCOLS", 10_000);
    // What an earlier call left half-done would be in the way.
    drop(std::fs::remove_dir_all(folder));
    std::fs::create_dir_all(folder).expect("a folder");
    let begun = Instant::now();
    let steps = fill::fill(folder, federation::make(folder), tasks, protocols).await;
    std::fs::write(folder.join("filled"), "").expect("a folder that can be written");
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("{tasks} tasks, {protocols} protocols: {steps} steps stored in {seconds:.0} s");
}

/// A run in a process of its own, so that its memory is its own.
fn one_run(folder: &Path) -> Value {
    let program = std::env::current_exe().expect("a program");
    let run = Command::new(program)
        .arg(folder)
        .env(ONE_RUN, "1")
        .stderr(Stdio::inherit())
        .output()
        .expect("the own program");
    assert!(run.status.success(), "{}", run.status);
    serde_json::from_slice(&run.stdout).expect("what a run prints")
}

/// All that one run measures, by name.
async fn measure(folder: &Path) -> Value {
    let told = Told::default();
    let subscriber = tracing_subscriber::registry().with(told.clone());
    tracing::subscriber::set_global_default(subscriber).expect("the first one");
    let mut figures = Map::new();
    let before = memory("VmRSS:");
    let begun = Instant::now();
    let node = Node::start(federation::config(folder)).await;
    let node = node.expect("the node starts");
    let mut put = |name: &str, value: f64| {
        figures.insert(name.to_owned(), json!((value * 1000.0).round() / 1000.0));
    };
    put("start_s", begun.elapsed().as_secs_f64());
    put(
        "rebuild_s",
        told.milliseconds.load(Ordering::Relaxed) as f64 / 1e3,
    );
    put("subjects", told.subjects.load(Ordering::Relaxed) as f64);
    put("resident_before_mib", before);
    put("resident_mib", memory("VmRSS:"));
    put("resident_peak_mib", memory("VmHWM:"));
    let channel = federation::connect(folder, &node).await;
    let calls = Calls::new(channel);
    let few = TaskFilter {
        statuses: vec![TaskStatus::Declined.into()],
        ..TaskFilter::default()
    };
    let none = TaskFilter {
        due_by: "2000-01-01".to_owned(),
        ..TaskFilter::default()
    };
    let all = TaskFilter::default();
    let middle = calls.middle().await;
    for (name, filter, token) in [
        ("tasks_first", &all, ""),
        ("tasks_middle", &all, middle.as_str()),
        ("tasks_few", &few, ""),
        ("tasks_none", &none, ""),
    ] {
        let times = calls.pages(filter, token).await;
        put_times(&mut put, name, times);
    }
    let begun = ProtocolFilter::default();
    let awaited = ProtocolFilter {
        awaiting_word: true,
        ..ProtocolFilter::default()
    };
    for (name, filter) in [("protocols_first", begun), ("protocols_none", awaited)] {
        put_times(&mut put, name, calls.protocols(&filter).await);
    }
    put_times(&mut put, "get_task", calls.get().await);
    put_times(&mut put, "step", calls.steps().await);
    put("resident_after_calls_mib", memory("VmRSS:"));
    node.stop().await;
    Value::Object(figures)
}

fn put_times(put: &mut impl FnMut(&str, f64), name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    put(&format!("{name}_p50_ms"), at(0.5));
    put(&format!("{name}_p99_ms"), at(0.99));
}

/// Memory of this process, in MiB.
fn memory(which: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(which));
    let kib = line.and_then(|line| line.split_whitespace().next());
    kib.and_then(|kib| kib.parse::<f64>().ok())
        .expect("a number")
        / 1024.0
}

/// The calls of an agency's system.
struct Calls {
    tasks: TaskServiceClient<Channel>,
    protocols: ProtocolServiceClient<Channel>,
}

impl Calls {
    fn new(channel: Channel) -> Self {
        let protocols = ProtocolServiceClient::new(channel.clone());
        Self {
            tasks: TaskServiceClient::new(channel).max_decoding_message_size(64 << 20),
            protocols: protocols.max_decoding_message_size(64 << 20),
        }
    }

    async fn list(&self, filter: &TaskFilter, size: i32, token: &str) -> (Vec<Task>, String) {
        let request = ListTasksRequest {
            filter: Some(filter.clone()),
            page_size: size,
            page_token: token.to_owned(),
        };
        let answer = self.tasks.clone().list_tasks(request).await;
        let page = answer.expect("a page").into_inner();
        (page.tasks, page.next_page_token)
    }

    /// The token of the page in the middle of the list.
    async fn middle(&self) -> String {
        let (mut tokens, mut token) = (Vec::new(), String::new());
        loop {
            (_, token) = self.list(&TaskFilter::default(), PAGE_MAX, &token).await;
            if token.is_empty() {
                return tokens.swap_remove(tokens.len() / 2);
            }
            tokens.push(token.clone());
        }
    }

    async fn pages(&self, filter: &TaskFilter, token: &str) -> Vec<Duration> {
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let begun = Instant::now();
            self.list(filter, PAGE, token).await;
            times.push(begun.elapsed());
        }
        times
    }

    async fn protocols(&self, filter: &ProtocolFilter) -> Vec<Duration> {
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let request = ListProtocolsRequest {
                filter: Some(filter.clone()),
                page_size: PAGE,
                page_token: String::new(),
            };
            let begun = Instant::now();
            let answer = self.protocols.clone().list_protocols(request).await;
            answer.expect("a page");
            times.push(begun.elapsed());
        }
        times
    }

    async fn get(&self) -> Vec<Duration> {
        let mut times = Vec::new();
        for task in self.keys(&TaskFilter::default()).await {
            let request = GetTaskRequest { task };
            let begun = Instant::now();
            let answer = self.tasks.clone().get_task(request).await;
            answer.expect("a task");
            times.push(begun.elapsed());
        }
        times
    }

    /// Takes a step on tasks, and looks for each at the top of the list: the board has it when the step is answered.
    async fn steps(&self) -> Vec<Duration> {
        let running = TaskFilter {
            statuses: vec![TaskStatus::InProgress.into()],
            assignees: vec![federation::OWN.to_owned()],
            ..TaskFilter::default()
        };
        let mut times = Vec::new();
        for task in self.keys(&running).await {
            let request = TakeTaskStepRequest {
                request_id: uuid::Uuid::now_v7().to_string(),
                task: task.clone(),
                r#move: TaskMove::Progress.into(),
                ..TakeTaskStepRequest::default()
            };
            let begun = Instant::now();
            let answer = self.tasks.clone().take_task_step(request).await;
            answer.expect("a step");
            times.push(begun.elapsed());
            let (first, _) = self.list(&TaskFilter::default(), 1, "").await;
            assert_eq!(first.first().map(|it| &it.key), Some(&task));
        }
        times
    }

    /// As many tasks as there are calls.
    async fn keys(&self, filter: &TaskFilter) -> Vec<Option<SubjectKey>> {
        let (tasks, _) = self.list(filter, PAGE_MAX, "").await;
        tasks.into_iter().take(CALLS).map(|it| it.key).collect()
    }
}

/// What the node logs when it has read its board.
#[derive(Clone, Default)]
struct Told {
    subjects: Arc<AtomicU64>,
    milliseconds: Arc<AtomicU64>,
}

impl<S: tracing::Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().ends_with("board") {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Told {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "subjects" => self.subjects.store(value, Ordering::Relaxed),
            "milliseconds" => self.milliseconds.store(value, Ordering::Relaxed),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// The runs beside each other.
fn table(runs: &[Value]) {
    let names = runs.first().and_then(Value::as_object);
    for name in names.into_iter().flat_map(Map::keys) {
        let of_one = |run: &Value| format!("{:>11.3}", run[name].as_f64().unwrap_or(f64::NAN));
        let all: Vec<String> = runs.iter().map(of_one).collect();
        eprintln!("{name:<28}{}", all.join(""));
    }
}
