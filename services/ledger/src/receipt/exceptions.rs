//! Which entries of a lane aren't simply stored, as few ranges as will do.
//!
//! **Promise.** Ranges are ascending, don't touch where their outcomes are equal, and are never more than [`RANGES_MAX`].
//! When there would be more, the oldest are dropped and `truncated_below` says up to where: from there on everything told is
//! exact, before it nothing is told. A receipt never says "stored" of an entry because there was no room for the truth.

use crate::frame::SEQUENCE_MAX;
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

    /// Exceptions from single entries in any order; of several for one sequence the last counts. What can't be a sequence is
    /// passed over.
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
            if !replaced && outcome != Outcome::Stored && is_sequence(sequence) {
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
        let told = self.outcome(sequence);
        if !is_sequence(sequence) || told.is_none_or(|told| told == outcome) {
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
        // Below 1 there is nothing to drop: 0 says that.
        if sequence <= self.truncated_below.max(1) {
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

    /// The exceptions of a lane's beginning: nothing beyond `sequence`, which is at least 1.
    #[must_use]
    pub fn up_to(&self, sequence: u64) -> Self {
        let ranges = self
            .ranges
            .iter()
            .take_while(|range| range.first <= sequence);
        Self {
            ranges: ranges
                .map(|range| Range {
                    last: range.last.min(sequence),
                    ..*range
                })
                .collect(),
            truncated_below: self.truncated_below.min(sequence.saturating_add(1)),
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

fn is_sequence(sequence: u64) -> bool {
    (1..=SEQUENCE_MAX).contains(&sequence)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::outcome::{HeldReason, RefusedReason};
    use crate::testing::any_outcome;

    const REFUSED: Outcome = Outcome::Refused(RefusedReason::GuardRejected);
    const HELD: Outcome = Outcome::Held(HeldReason::CharterUnknown);

    fn ranges(exceptions: &Exceptions) -> Vec<(u64, u64, Outcome)> {
        let ranges = exceptions.ranges().iter();
        ranges
            .map(|range| (range.first, range.last, range.outcome))
            .collect()
    }

    fn is_canonical(exceptions: &Exceptions) -> bool {
        let (ranges, below) = (exceptions.ranges.clone(), exceptions.truncated_below);
        Exceptions::from_canonical(ranges, below, SEQUENCE_MAX).as_ref() == Some(exceptions)
    }

    #[test]
    fn neighbours_with_one_outcome_are_one_range() {
        let exceptions = Exceptions::from_outcomes([
            (4, HELD),
            (2, HELD),
            (3, HELD),
            (5, REFUSED),
            (9, REFUSED),
        ]);
        assert_eq!(
            ranges(&exceptions),
            [(2, 4, HELD), (5, 5, REFUSED), (9, 9, REFUSED)]
        );
        assert_eq!(exceptions.outcome(1), Some(Outcome::Stored));
        assert_eq!(exceptions.outcome(3), Some(HELD));
        assert_eq!(exceptions.outcome(10), Some(Outcome::Stored));
    }

    #[test]
    fn recording_splits_and_joins_ranges() {
        let mut exceptions = Exceptions::from_outcomes((2..=6).map(|sequence| (sequence, HELD)));
        exceptions.record(4, REFUSED);
        assert_eq!(
            ranges(&exceptions),
            [(2, 3, HELD), (4, 4, REFUSED), (5, 6, HELD)]
        );
        exceptions.record(2, Outcome::Stored);
        exceptions.record(6, Outcome::Stored);
        assert_eq!(
            ranges(&exceptions),
            [(3, 3, HELD), (4, 4, REFUSED), (5, 5, HELD)]
        );
        exceptions.record(4, HELD);
        assert_eq!(ranges(&exceptions), [(3, 5, HELD)]);
        for sequence in 3..=5 {
            exceptions.record(sequence, Outcome::Stored);
        }
        assert!(exceptions.is_none());
    }

    #[test]
    fn the_oldest_give_way_and_the_receipt_says_so() {
        let outcomes = (1..=300).map(|n| (2 * n, REFUSED));
        let mut exceptions = Exceptions::from_outcomes(outcomes);
        assert_eq!(exceptions.ranges().len(), RANGES_MAX);
        assert_eq!(exceptions.truncated_below(), 89);
        assert_eq!(exceptions.ranges()[0].first, 90);
        assert_eq!(exceptions.outcome(88), None, "dropped, so nothing is told");
        assert_eq!(exceptions.outcome(89), Some(Outcome::Stored));
        exceptions.record(88, Outcome::Erased);
        assert_eq!(
            exceptions.outcome(88),
            None,
            "what is dropped stays dropped"
        );
        exceptions.record(602, REFUSED);
        assert_eq!(exceptions.truncated_below(), 91);
        assert!(is_canonical(&exceptions));
    }

    #[test]
    fn a_list_that_begins_late_says_so() {
        let mut exceptions = Exceptions::from_outcomes((1..=10).map(|sequence| (sequence, HELD)));
        exceptions.truncate_below(6);
        assert_eq!(ranges(&exceptions), [(6, 10, HELD)]);
        assert_eq!(
            (exceptions.outcome(5), exceptions.outcome(6)),
            (None, Some(HELD))
        );
        exceptions.truncate_below(3);
        assert_eq!(
            exceptions.truncated_below(),
            6,
            "it never takes back that it dropped"
        );

        let mut whole = Exceptions::none();
        whole.truncate_below(1);
        assert!(whole.is_none(), "there is nothing below 1 to drop");
    }

    #[test]
    fn what_is_no_sequence_is_passed_over() {
        let mut exceptions = Exceptions::from_outcomes([(0, HELD), (u64::MAX, HELD)]);
        exceptions.record(0, HELD);
        exceptions.record(SEQUENCE_MAX + 1, HELD);
        assert!(exceptions.is_none());
    }

    fn any_steps() -> impl Strategy<Value = Vec<(u64, Outcome)>> {
        prop::collection::vec((1u64..40, any_outcome()), 0..120)
    }

    proptest! {
        /// Whatever is recorded in whatever order: each entry has the outcome recorded last.
        #[test]
        fn recording_is_a_map(steps in any_steps()) {
            let mut recorded = Exceptions::none();
            let mut model = BTreeMap::new();
            for (sequence, outcome) in &steps {
                recorded.record(*sequence, *outcome);
                model.insert(*sequence, *outcome);
                prop_assert!(is_canonical(&recorded));
            }
            for sequence in 1..45 {
                let expected = model.get(&sequence).copied().unwrap_or(Outcome::Stored);
                prop_assert_eq!(recorded.outcome(sequence), Some(expected));
            }
            // Equal knowledge is equal ranges, however it was gathered.
            prop_assert_eq!(&Exceptions::from_outcomes(steps), &recorded);
            prop_assert_eq!(&Exceptions::from_outcomes(model), &recorded);
        }

        #[test]
        fn recording_twice_changes_nothing(steps in any_steps(), again in any::<prop::sample::Index>()) {
            prop_assume!(!steps.is_empty());
            let mut exceptions = Exceptions::from_outcomes(steps.clone());
            let (sequence, _) = steps[again.index(steps.len())];
            let outcome = exceptions.outcome(sequence).unwrap();
            let before = exceptions.clone();
            exceptions.record(sequence, outcome);
            prop_assert_eq!(exceptions, before);
        }

        /// Under truncation what is told stays exact, and the newest are told.
        #[test]
        fn what_is_told_is_exact(steps in prop::collection::vec((1u64..2000, any_outcome()), 300..900)) {
            let mut recorded = Exceptions::none();
            for (sequence, outcome) in &steps {
                recorded.record(*sequence, *outcome);
            }
            let batch = Exceptions::from_outcomes(steps.clone());
            let model: BTreeMap<_, _> = steps.into_iter().collect();
            for exceptions in [&recorded, &batch] {
                prop_assert!(is_canonical(exceptions));
                for sequence in 1..2000 {
                    let expected = model.get(&sequence).copied().unwrap_or(Outcome::Stored);
                    if sequence >= exceptions.truncated_below() {
                        prop_assert_eq!(exceptions.outcome(sequence), Some(expected));
                    } else {
                        prop_assert_eq!(exceptions.outcome(sequence), None);
                    }
                }
            }
            prop_assert!(batch.truncated_below() <= recorded.truncated_below(), "at once, no more is dropped than must be");
        }

        #[test]
        fn a_beginning_tells_the_same_of_what_it_reaches(steps in any_steps(), end in 1u64..45) {
            let whole = Exceptions::from_outcomes(steps);
            let beginning = whole.up_to(end);
            for sequence in 1..=end {
                prop_assert_eq!(beginning.outcome(sequence), whole.outcome(sequence));
            }
            prop_assert!(beginning.ranges().iter().all(|range| range.last <= end));
            prop_assert!(is_canonical(&beginning));
        }
    }
}
