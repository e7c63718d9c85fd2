//! What the process tells of itself: its log, and traces for a collector.
//!
//! **Promise.** No content: only this project's own spans and events go to a collector, and their fields hold ids of the
//! charter, counts, times and stable reasons. A panic is logged with its place, and with its words only where they are part
//! of the program. Nothing here can stop or slow the node: what the collector doesn't take in time is dropped.
//!
//! [`Telemetry`] is the process's, once; [`Traces`] is a node's: what it tells its partners of its traces, and what it believes.

mod traces;

#[cfg(test)]
mod tests;

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter};
use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, error, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};
use verbund_model::AgencyId;

pub use traces::Traces;

use crate::config::{Config, LogFormat};

/// Longest wait for the collector to take one batch.
const EXPORT_MAX: Duration = Duration::from_secs(5);

/// What is traced, by the beginning of its target: this project's crates. Everything else stays out: the exporter's own calls
/// go through `h2`, `hyper`, `tonic` and `tower` and would trace themselves for ever, and what another crate writes into its
/// fields nobody here promises.
const TRACED: &str = "verbund";

/// How the process tells of itself.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Form of the log.
    pub log: LogFormat,
    /// What is logged, in the syntax of `EnvFilter`.
    pub filter: &'a str,
    /// The collector; none exports nothing.
    pub otlp_endpoint: Option<&'a str>,
    /// Whose process it is; none where it serves several agencies, as a demo does.
    pub agency: Option<&'a AgencyId>,
}

impl<'a> From<&'a Config> for Options<'a> {
    fn from(config: &'a Config) -> Self {
        Self {
            log: config.node.log,
            filter: &config.node.log_filter,
            otlp_endpoint: config.telemetry.otlp_endpoint.as_deref(),
            agency: Some(&config.node.agency),
        }
    }
}

/// Why the process can't tell of itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter can't be read.
    #[error("log filter can't be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// No exporter can be made for the collector's address.
    #[error("can't export traces to {endpoint}")]
    Export {
        /// The address.
        endpoint: String,
        /// Why.
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// Something else takes the process's events already.
    #[error("the process has a log already")]
    Installed(#[from] tracing_subscriber::util::TryInitError),
}

/// The process's log and traces. [`Telemetry::shutdown`] sends what is still waiting.
#[derive(Debug)]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Begins to log to the standard error and, where a collector is configured, to export. Once for each process, inside a
    /// Tokio runtime. Replaces the panic hook by one that tells no content.
    ///
    /// # Errors
    /// Where the filter or the collector's address is none, or the process logs already.
    pub fn install(options: &Options<'_>) -> Result<Self, Error> {
        let filter = EnvFilter::builder()
            .with_default_directive(LevelFilter::WARN.into())
            .parse(options.filter)?;
        let provider = options
            .otlp_endpoint
            .map(|endpoint| exporting(endpoint, options.agency));
        let provider = provider.transpose()?;
        tracing_subscriber::registry()
            .with(log(options.log).with_filter(filter))
            .with(provider.as_ref().map(export_layer))
            .try_init()?;
        std::panic::set_hook(Box::new(log_panic));
        Ok(Self { provider })
    }

    /// Sends what is still waiting and stops exporting; gives up after `deadline`.
    pub async fn shutdown(self, deadline: Duration) {
        let Some(provider) = self.provider else {
            return;
        };
        // The call blocks until the collector has answered, so that it gets a thread that may, and its own deadline besides.
        let flushing =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(deadline));
        match tokio::time::timeout(deadline, flushing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => warn!(%error, "the last traces were not exported"),
            Ok(Err(_)) | Err(_) => warn!("the collector did not take the last traces in time"),
        }
    }
}

/// The log on the standard error; the standard output is for data.
fn log<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let layer = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Human => {
            let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            layer.with_ansi(colour).with_target(false).boxed()
        }
        LogFormat::Json => layer
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
    }
}

fn exporting(endpoint: &str, agency: Option<&AgencyId>) -> Result<SdkTracerProvider, Error> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_MAX)
        .build()
        .map_err(|source| Error::Export {
            endpoint: endpoint.to_owned(),
            source,
        })?;
    Ok(provider(exporter, agency))
}

/// Sampling follows `OTEL_TRACES_SAMPLER`, queue and batch sizes `OTEL_BSP_*`, as with any OpenTelemetry program; the queue
/// is bounded (2048 spans by default) and drops what doesn't fit.
fn provider(exporter: impl SpanExporter + 'static, agency: Option<&AgencyId>) -> SdkTracerProvider {
    let mut attributes = vec![KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))];
    if let Some(agency) = agency {
        attributes.push(KeyValue::new("service.instance.id", agency.to_string()));
    }
    let resource = Resource::builder()
        .with_service_name("verbund")
        .with_attributes(attributes)
        .build();
    SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(exporter)
        .build()
}

fn export_layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("verbund"))
        .with_filter(Targets::new().with_target(TRACED, LevelFilter::INFO))
}

/// Says where a panic happened. What it says is told only where it is part of the program: put together at run time, as by
/// `expect` on an error, it might hold content.
fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let words =
        crate::tasks::words(info.payload()).unwrap_or("(not told, since it may hold content)");
    error!(place, words, "panic");
}
