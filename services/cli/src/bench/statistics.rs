//! Percentiles and medians.

use std::time::Duration;

/// Times that were observed, sorted.
#[derive(Clone, Debug)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    pub(super) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest time that this share of all times doesn't exceed, in milliseconds; not a number where there are none.
    pub(super) fn percentile_ms(&self, per_cent: f64) -> f64 {
        let rank = (per_cent / 100.0 * self.0.len() as f64).ceil() as usize;
        let found = self.0.get(rank.max(1) - 1);
        found.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }
}

/// The middle one of some values; of an even number the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_observed() {
        let times = Times::new((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(times.percentile_ms(50.0), 100.0);
        assert_eq!(times.percentile_ms(99.0), 198.0);
        assert_eq!(times.percentile_ms(0.0), 1.0);
        assert_eq!(times.percentile_ms(100.0), 200.0);
        assert!(Times::new(Vec::new()).percentile_ms(50.0).is_nan());
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }
}
