use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;
use verbund_model::{AgencyId, Audience};

use super::*;
use crate::metrics::Build;

struct Served {
    address: SocketAddr,
    readiness: Readiness,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
}

async fn served() -> Served {
    let admin = Admin::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = admin.address();
    let dhz = AgencyId::parse("dhz").unwrap();
    let build = Build {
        version: "1",
        guard: "1",
        agency: &dhz,
    };
    let metrics = Arc::new(Metrics::new(&build, &Audience::new([dhz.clone()]).unwrap()));
    let (readiness, stop) = (Readiness::new(), CancellationToken::new());
    let serving = admin.serve(readiness.clone(), metrics.clone(), stop.clone());
    Served {
        address,
        readiness,
        metrics,
        stop,
        serving: tokio::spawn(serving),
    }
}

impl Served {
    /// A whole answer, head and body, over a connection of its own.
    async fn ask(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[tokio::test]
async fn readiness_follows_its_reasons() {
    let served = served().await;
    let answer = served.ask("GET /readyz").await;
    assert_eq!(status(&answer), "503");
    let told: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!(
        told,
        serde_json::json!({
            "ready": false,
            "reasons": [{ "reason": "STARTING", "description": "the node is starting" }]
        })
    );

    served.readiness.started();
    let answer = served.ask("GET /readyz").await;
    assert_eq!(status(&answer), "200");
    let told: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!(told, serde_json::json!({ "ready": true, "reasons": [] }));
    assert!(
        answer.contains("content-type: application/json"),
        "{answer}"
    );

    served
        .readiness
        .set("DISK_RESERVE", "12 MiB free of 256 MiB that must be");
    served.readiness.set("CHARTER_EXPIRED", "since yesterday");
    let answer = served.ask("GET /readyz").await;
    assert_eq!(status(&answer), "503");
    assert!(
        answer.contains("DISK_RESERVE") && answer.contains("CHARTER_EXPIRED"),
        "{answer}"
    );

    served.readiness.clear("CHARTER_EXPIRED");
    served.readiness.clear("DISK_RESERVE");
    assert_eq!(status(&served.ask("GET /readyz").await), "200");
}

#[tokio::test]
async fn a_node_that_stops_stays_unready_and_alive() {
    let served = served().await;
    served.readiness.started();
    served.readiness.stopping();
    served.readiness.clear(STOPPING);
    let answer = served.ask("GET /readyz").await;
    assert!(
        status(&answer) == "503" && answer.contains(STOPPING),
        "{answer}"
    );
    assert_eq!(status(&served.ask("GET /healthz").await), "200");
}

#[tokio::test]
async fn metrics_are_open_metrics() {
    let served = served().await;
    served.metrics.published("stored");
    let answer = served.ask("GET /metrics").await;
    assert_eq!(status(&answer), "200");
    assert!(
        answer.contains(&format!("content-type: {MEDIA_TYPE}")),
        "{answer}"
    );
    assert!(
        body(&answer).contains("verbund_published_total{outcome=\"stored\"} 1\n"),
        "{answer}"
    );
    assert!(body(&answer).ends_with("# EOF\n"), "{answer}");
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let served = served().await;
    for (head, expected) in [
        ("GET /", "404"),
        ("GET /metrics/../etc/passwd", "404"),
        ("POST /healthz", "405"),
        ("DELETE /metrics", "405"),
        ("HEAD /healthz", "200"),
    ] {
        assert_eq!(status(&served.ask(head).await), expected, "{head}");
    }
}

#[tokio::test]
async fn serving_ends_when_told_and_open_connections_do_not_hold_it() {
    let served = served().await;
    // A client that stays connected between its scrapes.
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    served.stop.cancel();
    served.serving.await.unwrap().unwrap();
    assert!(
        TcpStream::connect(served.address).await.is_err(),
        "it still accepts"
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_closed_and_gives_its_place_back() {
    let places = Arc::new(Semaphore::new(1));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut bounded = Bounded {
        listener,
        places: places.clone(),
    };
    let _client = TcpStream::connect(address).await.unwrap();
    let (mut connection, _) = bounded.accept().await;
    assert_eq!(places.available_permits(), 0);
    let before = Instant::now();
    let error = connection.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(before.elapsed() >= IDLE_MAX);
    drop(connection);
    assert_eq!(places.available_permits(), 1);
}

#[tokio::test]
async fn more_connections_than_places_wait_for_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut bounded = Bounded {
        listener,
        places: Arc::new(Semaphore::new(1)),
    };
    let _first = TcpStream::connect(address).await.unwrap();
    let _second = TcpStream::connect(address).await.unwrap();
    let (held, _) = bounded.accept().await;
    {
        let mut waiting = std::pin::pin!(bounded.accept());
        let ready = futures_util::poll!(&mut waiting).is_ready();
        assert!(!ready, "a second connection got in");
    }
    drop(held);
    bounded.accept().await;
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let served = served().await;
    let error = Admin::bind(served.address).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}
