use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tracing::{info, info_span};
use verbund_ledger::LaneId;

use super::*;

/// Keeps what would go to a collector.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// What is exported while `work` runs.
fn exported(work: impl FnOnce()) -> Vec<SpanData> {
    let kept = Kept::default();
    let provider = provider(kept.clone(), None);
    let subscriber = tracing_subscriber::registry().with(export_layer(&provider));
    tracing::subscriber::with_default(subscriber, work);
    provider.force_flush().unwrap();
    let spans = kept.0.lock().unwrap();
    spans.clone()
}

fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

const LANE: LaneId = LaneId([7; 16]);
const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn only_the_projects_own_spans_and_events_are_exported() {
    let spans = exported(|| {
        drop(info_span!(target: "h2::codec", "foreign").entered());
        drop(info_span!(target: "hyper_util::client", "foreign").entered());
        drop(info_span!(target: "tonic::transport", "foreign").entered());
        drop(info_span!(target: "tower::buffer", "foreign").entered());
        drop(info_span!(target: "sqlx::query", "foreign").entered());
        let own = info_span!("own").entered();
        info!(target: "sqlx::query", statement = "SELECT 'CANARY'", "foreign");
        info!("own event");
        drop(own);
        drop(tracing::debug_span!("detail").entered());
    });
    assert_eq!(spans.len(), 1, "{spans:#?}");
    assert_eq!(spans[0].name, "own");
    let events: Vec<&str> = spans[0].events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["own event"]);
    assert!(!format!("{spans:?}").contains("CANARY"));
}

#[test]
fn a_partner_that_shares_its_traces_is_linked_and_decides_nothing() {
    let traces = Traces::new([agency("kod")]);
    let spans = exported(|| drop(traces.received(&agency("kod"), SENT).entered()));
    let [span] = &spans[..] else {
        panic!("{spans:?}")
    };
    let [link] = &span.links.links[..] else {
        panic!("{span:?}")
    };
    let trace = TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    assert_eq!(link.span_context.trace_id(), trace);
    assert!(!link.span_context.is_sampled());
    // Neither parent nor trace id come from the partner.
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert_ne!(span.span_context.trace_id(), trace);
}

#[test]
fn a_partner_that_was_not_chosen_gets_no_link_and_no_id() {
    let traces = Traces::new([agency("kod")]);
    let spans = exported(|| {
        drop(traces.received(&agency("polizei"), SENT).entered());
        drop(traces.received(&agency("kod"), "00-nonsense").entered());
        let publish = info_span!("publish").entered();
        traces.published(&LANE, 1, &tracing::Span::current());
        drop(publish);
        assert_eq!(traces.for_partner(&agency("polizei"), &LANE, 1), "");
        assert_ne!(traces.for_partner(&agency("kod"), &LANE, 1), "");
    });
    assert_eq!(spans.len(), 3);
    assert!(
        spans.iter().all(|span| span.links.links.is_empty()),
        "{spans:?}"
    );
}

#[test]
fn a_publish_is_told_to_partners_with_its_own_entry_only() {
    let traces = Traces::new([agency("kod")]);
    let mut told = String::new();
    let spans = exported(|| {
        let publish = info_span!("publish").entered();
        traces.published(&LANE, 5, &tracing::Span::current());
        drop(publish);
        told = traces.for_partner(&agency("kod"), &LANE, 5);
        assert_eq!(traces.for_partner(&agency("kod"), &LANE, 6), "");
        assert_eq!(traces.for_partner(&agency("kod"), &LaneId([8; 16]), 5), "");
    });
    let context = &spans[0].span_context;
    assert_eq!(
        told,
        format!("00-{}-{}-01", context.trace_id(), context.span_id())
    );
}

#[test]
fn what_is_remembered_has_a_bound() {
    let traces = Traces::new([agency("kod")]);
    exported(|| {
        let _publish = info_span!("publish").entered();
        for sequence in 1..=5000 {
            traces.published(&LANE, sequence, &tracing::Span::current());
        }
    });
    assert_eq!(traces.for_partner(&agency("kod"), &LANE, 1), "");
    assert_ne!(traces.for_partner(&agency("kod"), &LANE, 5000), "");
    let known =
        (1..=5000).filter(|&place| !traces.for_partner(&agency("kod"), &LANE, place).is_empty());
    assert_eq!(known.count(), 4096);
}

#[test]
fn without_a_collector_nothing_is_told() {
    let traces = Traces::new([agency("kod")]);
    tracing::subscriber::with_default(tracing_subscriber::registry(), || {
        let _publish = info_span!("publish").entered();
        traces.published(&LANE, 1, &tracing::Span::current());
    });
    assert_eq!(traces.for_partner(&agency("kod"), &LANE, 1), "");
}

/// Set for the process that [`a_process_logs_exports_and_panics_without_content`] starts: the collector's address.
const CHILD: &str = "VERBUND_TEST_COLLECTOR";

/// Telemetry is the process's, so that this test needs one of its own: it starts itself again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_logs_exports_and_panics_without_content() {
    if let Ok(collector) = std::env::var(CHILD) {
        return child(&collector).await;
    }
    let (address, mut exports) = collector().await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "telemetry::tests::a_process_logs_exports_and_panics_without_content";
    command
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, &address);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");

    let lines: Vec<serde_json::Value> = told
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let message = |words: &str| lines.iter().find(|line| line["message"] == words);
    assert!(message("an own event").is_some(), "{told}");
    assert!(message("too fine for the filter").is_none(), "{told}");
    let panics: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "panic")
        .collect();
    assert_eq!(panics.len(), 2, "{told}");
    assert_eq!(panics[0]["words"], "written in the program");
    assert!(
        panics[0]["place"]
            .as_str()
            .unwrap()
            .contains("telemetry/tests.rs:"),
        "{told}"
    );
    assert_eq!(panics[1]["words"], "(not told, since it may hold content)");
    assert!(!told.contains("CANARY"), "{told}");

    let mut exported = Vec::new();
    while let Ok(export) = exports.try_recv() {
        exported.extend_from_slice(&export);
    }
    let has = |text: &str| {
        exported
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(
        has("an own span") && has("service.instance.id") && has("dhz"),
        "{exported:?}"
    );
    // The exporter's own calls would be traced with these names.
    assert!(
        !has("h2::") && !has("tonic::") && !has("CANARY"),
        "{exported:?}"
    );
}

async fn child(collector: &str) {
    let dhz = agency("dhz");
    let options = Options {
        log: LogFormat::Json,
        filter: "info",
        otlp_endpoint: Some(collector),
        agency: Some(&dhz),
    };
    let telemetry = Telemetry::install(&options).unwrap();
    assert!(matches!(
        Telemetry::install(&options),
        Err(Error::Installed(_))
    ));
    info_span!("an own span").in_scope(|| info!("an own event"));
    tracing::debug!("too fine for the filter");
    let literal = std::thread::spawn(|| panic!("written in the program"));
    assert!(literal.join().is_err());
    let content = std::hint::black_box("CANARY");
    let composed = std::thread::spawn(move || panic!("unexpected {content}"));
    assert!(composed.join().is_err());
    telemetry.shutdown(Duration::from_secs(20)).await;
}

/// A collector that takes everything; gives what it took, as it came.
async fn collector() -> (String, mpsc::UnboundedReceiver<Bytes>) {
    let (taken, exports) = mpsc::unbounded_channel();
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let take = move |body: Bytes| {
        let taken = taken.clone();
        async move {
            taken.send(body).unwrap();
            // An empty message, and the status that would otherwise be a trailer.
            let headers = [
                (CONTENT_TYPE.as_str(), "application/grpc"),
                ("grpc-status", "0"),
            ];
            (headers, Bytes::from_static(&[0; 5]))
        }
    };
    let routes = Routes::from(Router::new().route(path, post(take)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = tonic::transport::Server::builder().add_routes(routes);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (address, exports)
}

#[tokio::test]
async fn a_collector_that_never_answers_does_not_hold_the_end() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let telemetry = Telemetry {
        provider: Some(exporting(&endpoint, None).unwrap()),
    };
    let provider = telemetry.provider.as_ref().unwrap();
    let subscriber = tracing_subscriber::registry().with(export_layer(provider));
    tracing::subscriber::with_default(subscriber, || drop(info_span!("waiting").entered()));
    let before = std::time::Instant::now();
    telemetry.shutdown(Duration::from_millis(200)).await;
    assert!(before.elapsed() < EXPORT_MAX, "took {:?}", before.elapsed());
}
