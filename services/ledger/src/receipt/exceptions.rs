//! Which entries of a lane aren't simply stored, as few ranges as will do.
//!
//! **Promise.** Ranges are ascending, don't touch where their outcomes are equal, and are never more than [`RANGES_MAX`].
//! When there would be more, the oldest are dropped and `truncated_below` says up to where: from there on everything told is
//! exact, before it nothing is told. A receipt never says "stored" of an entry because there was no room for the truth.

use crate::outcome::Outcome;

/// The most ranges that a receipt holds: 4.3 KiB of them. A lane with more has trouble that counting doesn't help.
pub const RANGES_MAX: usize = 256;

/// Consecutive entries with one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The first sequence.
    pub first: u64,
    /// The last sequence, not below the first.
    pub last: u64,
    /// What became of them; never [`Outcome::Stored`].
    pub outcome: Outcome,
}

/// All exceptions of a lane, or the newest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    ranges: Vec<Range>,
    truncated_below: u64,
}

impl Exceptions {
    /// No exceptions: everything is stored.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            ranges: Vec::new(),
            truncated_below: 0,
        }
    }

    /// Exceptions from single entries in any order; of several for one sequence the last counts.
    #[must_use]
    pub fn from_outcomes(outcomes: impl IntoIterator<Item = (u64, Outcome)>) -> Self {
        let mut outcomes: Vec<_> = outcomes.into_iter().collect();
        // Stable, so that the last of one sequence stays the last.
        outcomes.sort_by_key(|(sequence, _)| *sequence);
        let mut exceptions = Self::none();
        for (index, (sequence, outcome)) in outcomes.iter().copied().enumerate() {
            let replaced = outcomes
                .get(index + 1)
                .is_some_and(|(next, _)| *next == sequence);
            if !replaced && outcome != Outcome::Stored {
                exceptions.append(Range {
                    first: sequence,
                    last: sequence,
                    outcome,
                });
            }
        }
        exceptions.cap();
        exceptions
    }

    /// Notes what became of one entry, in place of what was noted before. Nothing is noted of entries below
    /// [`Exceptions::truncated_below`].
    pub fn record(&mut self, sequence: u64, outcome: Outcome) {
        if sequence < self.truncated_below || self.outcome(sequence) == Some(outcome) {
            return;
        }
        let at = self.ranges.partition_point(|range| range.last < sequence);
        let tail = self.ranges.split_off(at);
        let single = Range {
            first: sequence,
            last: sequence,
            outcome,
        };
        let mut tail = tail.into_iter();
        // The range at `at` may hold the sequence; what it holds to either side stays as it was.
        let (before, after) = match tail.next() {
            Some(range) if range.first <= sequence => (
                (range.first < sequence).then(|| Range {
                    last: sequence - 1,
                    ..range
                }),
                (range.last > sequence).then(|| Range {
                    first: sequence + 1,
                    ..range
                }),
            ),
            untouched => (None, untouched),
        };
        let single = (outcome != Outcome::Stored).then_some(single);
        for range in [before, single, after].into_iter().flatten().chain(tail) {
            self.append(range);
        }
        self.cap();
    }

    /// Drops what is told of entries below `sequence`, and says so: for a caller whose own list begins there.
    pub fn truncate_below(&mut self, sequence: u64) {
        if sequence <= self.truncated_below {
            return;
        }
        self.truncated_below = sequence;
        self.ranges.retain(|range| range.last >= sequence);
        if let Some(first) = self.ranges.first_mut() {
            first.first = first.first.max(sequence);
        }
    }

    /// What became of an entry that the receipt reaches; `None` where exceptions were dropped.
    #[must_use]
    pub fn outcome(&self, sequence: u64) -> Option<Outcome> {
        if sequence < self.truncated_below {
            return None;
        }
        let at = self.ranges.partition_point(|range| range.last < sequence);
        match self.ranges.get(at) {
            Some(range) if range.first <= sequence => Some(range.outcome),
            _ => Some(Outcome::Stored),
        }
    }

    /// The ranges, ascending.
    #[must_use]
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// Nothing is told of entries below this sequence; 0 when everything is told.
    #[must_use]
    pub const fn truncated_below(&self) -> u64 {
        self.truncated_below
    }

    /// Whether everything is told and everything is stored.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.ranges.is_empty() && self.truncated_below == 0
    }

    /// Takes ranges as they were encoded, if that is how [`Exceptions`] would hold them on a lane of this length.
    pub(super) fn from_canonical(
        ranges: Vec<Range>,
        truncated_below: u64,
        length: u64,
    ) -> Option<Self> {
        let in_order = ranges.windows(2).all(|pair| {
            let (left, right) = (&pair[0], &pair[1]);
            left.last < right.first
                && !(left.last + 1 == right.first && left.outcome == right.outcome)
        });
        let sound = ranges
            .iter()
            .all(|range| range.first <= range.last && range.outcome != Outcome::Stored);
        let begins = ranges
            .first()
            .is_none_or(|range| range.first >= truncated_below.max(1));
        let ends = ranges.last().is_none_or(|range| range.last <= length);
        // 1 would drop nothing, and so be a second spelling of 0.
        let truncation = truncated_below != 1 && truncated_below <= length + 1;
        (in_order && sound && begins && ends && truncation && ranges.len() <= RANGES_MAX).then_some(
            Self {
                ranges,
                truncated_below,
            },
        )
    }

    /// How far the entries have come in all, see [`Outcome::progress`].
    pub(super) fn progress(&self) -> i128 {
        self.ranges
            .iter()
            .map(|range| {
                i128::from(range.last - range.first + 1) * i128::from(range.outcome.progress())
            })
            .sum()
    }

    /// Adds a range behind all others.
    fn append(&mut self, range: Range) {
        match self.ranges.last_mut() {
            Some(last) if last.outcome == range.outcome && last.last + 1 == range.first => {
                last.last = range.last;
            }
            _ => self.ranges.push(range),
        }
    }

    fn cap(&mut self) {
        let excess = self.ranges.len().saturating_sub(RANGES_MAX);
        if let Some(dropped) = self.ranges.drain(..excess).next_back() {
            self.truncated_below = dropped.last + 1;
        }
    }
}
