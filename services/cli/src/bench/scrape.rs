//! Reads a node's admin port as any Prometheus does: readiness, and the sums behind its histograms.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the node says that it is ready.
pub(super) async fn ready(admin: SocketAddr) -> bool {
    answer(admin, "/readyz").await.is_ok()
}

/// The node's metrics now.
///
/// # Errors
/// When it doesn't answer.
pub(super) async fn metrics(admin: SocketAddr) -> anyhow::Result<Metrics> {
    Ok(Metrics::parse(&answer(admin, "/metrics").await?))
}

async fn answer(admin: SocketAddr, path: &str) -> anyhow::Result<String> {
    let asking = async {
        let mut stream = TcpStream::connect(admin).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = timeout(PATIENCE, asking).await.context("no answer")??;
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("{path}: {}", answer.lines().next().unwrap_or_default());
    }
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    Ok(body.to_owned())
}

/// Values by their name with labels, as the text tells them.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    fn parse(text: &str) -> Self {
        let value = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(value).collect())
    }

    /// The means of all histograms over what was observed since `before`, by name with labels.
    pub(super) fn means_since(&self, before: &Self) -> BTreeMap<String, Mean> {
        let mut means = BTreeMap::new();
        for (row, count) in &self.0 {
            let (name, labels) = match row.split_once('{') {
                Some((name, labels)) => (name, format!("{{{labels}")),
                None => (row.as_str(), String::new()),
            };
            let Some(name) = name.strip_suffix("_count") else {
                continue;
            };
            let of = |metrics: &Self, row: &str| metrics.0.get(row).copied().unwrap_or(0.0);
            let sum = format!("{name}_sum{labels}");
            let count = count - of(before, row);
            if count > 0.0 && self.0.contains_key(&sum) {
                let mean = (of(self, &sum) - of(before, &sum)) / count;
                means.insert(format!("{name}{labels}"), Mean { mean, count });
            }
        }
        means
    }
}

/// A histogram's mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mean {
    pub(super) mean: f64,
    pub(super) count: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_of_what_came_since() {
        let before = Metrics::parse(
            "# HELP t Time\nt_seconds_sum{stage=\"check\"} 1.0\nt_seconds_count{stage=\"check\"} 10\n",
        );
        let after = Metrics::parse(
            "t_seconds_sum{stage=\"check\"} 4.0\nt_seconds_count{stage=\"check\"} 16\nn_sum 3.0\nn_count 0\nn_total 5\n# EOF\n",
        );
        let means = after.means_since(&before);
        let expected = Mean {
            mean: 0.5,
            count: 6.0,
        };
        assert_eq!(means.get("t_seconds{stage=\"check\"}"), Some(&expected));
        assert_eq!(means.len(), 1, "nothing was observed of n");
    }
}
