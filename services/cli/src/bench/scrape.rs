//! Reads a node's admin port as any Prometheus does: readiness, and the sums behind its histograms.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::bail;

use crate::admin;

/// Whether the node says that it is ready.
pub(super) async fn ready(admin: SocketAddr) -> bool {
    let answer = admin::get(admin, "/readyz").await;
    answer.is_ok_and(|answer| answer.status == 200)
}

/// The node's metrics now.
///
/// # Errors
/// When it doesn't answer.
pub(super) async fn metrics(admin: SocketAddr) -> anyhow::Result<Metrics> {
    let answer = admin::get(admin, "/metrics").await?;
    if answer.status != 200 {
        bail!("/metrics: {}", answer.status);
    }
    Ok(Metrics::parse(&answer.body))
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
