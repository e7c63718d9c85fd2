//! What has certainly not been seen before, told from memory.
//!
//! Nearly every item that is published or received begins a new subject under a new request id. Asking the database costs a
//! round trip to its thread and, with many subjects, a page from the disk for each; so both are remembered well enough to
//! know most of the new ones for new. "Maybe" is always a right answer, and means a look.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use verbund_model::{RequestId, SubjectId};

/// Request ids that are remembered: those of the last minutes at the highest rate.
pub(crate) const REQUESTS: usize = 16_384;
/// Bits for each subject: with four of them set, about one in eighty is asked for in vain.
const BITS_EACH: u64 = 10;
/// Subjects that there is room for at least (1.3 MB), and at most (21 MB): beyond, more and more are asked for in vain.
const SUBJECTS: std::ops::RangeInclusive<u64> = 1 << 20..=1 << 24;

/// What one writer remembers of the past.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) subjects: Arc<SeenSubjects>,
    pub(crate) requests: SeenRequests,
}

/// Subjects that may have been seen: a Bloom filter. Their ids are random, so their own bytes serve as hashes; an id that is
/// chosen to collide only costs a look.
#[derive(Debug)]
pub(crate) struct SeenSubjects {
    words: Vec<AtomicU64>,
    /// Everything in the database has been added.
    complete: AtomicBool,
}

impl SeenSubjects {
    /// Knows nothing yet; has room for twice as many as there may be.
    pub(crate) fn new(subjects: u64) -> Self {
        let room = (2 * subjects).clamp(*SUBJECTS.start(), *SUBJECTS.end());
        let words = (room * BITS_EACH).div_ceil(64);
        Self {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
            complete: AtomicBool::new(false),
        }
    }

    pub(crate) fn add(&self, subject: &SubjectId) {
        for (word, bit) in self.bits(subject) {
            self.words[word].fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// All that was there before is in: from now on a "no" can be given.
    pub(crate) fn set_complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Whether it may have been added.
    pub(crate) fn may_hold(&self, subject: &SubjectId) -> bool {
        let has = |(word, bit): (usize, u64)| self.words[word].load(Ordering::Relaxed) & bit != 0;
        !self.complete.load(Ordering::Acquire) || self.bits(subject).into_iter().all(has)
    }

    fn bits(&self, subject: &SubjectId) -> [(usize, u64); 4] {
        let id = u128::from_be_bytes(*subject.as_bytes());
        let (upper, lower) = ((id >> 64) as u64, id as u64);
        let words = self.words.len() as u128;
        std::array::from_fn(|i| {
            let hash = upper.wrapping_add(lower.wrapping_mul(i as u64));
            // The upper bits choose the word, the lower ones the bit in it.
            let word = (u128::from(hash) * words) >> 64;
            (
                usize::try_from(word).expect("it is below the length"),
                1 << (hash % 64),
            )
        })
    }
}

/// The highest request ids. They begin with the time, so a new one is nearly always above the others.
#[derive(Debug)]
pub(crate) struct SeenRequests {
    ids: BTreeSet<[u8; 16]>,
    /// All ids above are among `ids`; `None` when there are no others at all.
    floor: Option<[u8; 16]>,
}

impl SeenRequests {
    /// From the highest ids of the database, at most [`REQUESTS`].
    pub(crate) fn new(highest: BTreeSet<[u8; 16]>) -> Self {
        let floor = (highest.len() >= REQUESTS)
            .then(|| highest.first().copied())
            .flatten();
        Self {
            ids: highest,
            floor,
        }
    }

    pub(crate) fn add(&mut self, id: &RequestId) {
        self.ids.insert(*id.as_bytes());
        if self.ids.len() > REQUESTS {
            self.floor = self.floor.max(self.ids.pop_first());
        }
    }

    /// Whether it may have been added, or be in the database.
    pub(crate) fn may_hold(&self, id: &RequestId) -> bool {
        self.floor.is_some_and(|floor| *id.as_bytes() <= floor) || self.ids.contains(id.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn subject() -> SubjectId {
        SubjectId::new(Uuid::new_v4())
    }

    fn request(at: u64) -> RequestId {
        let mut bytes = *Uuid::now_v7().as_bytes();
        bytes[..6].copy_from_slice(&at.to_be_bytes()[2..]);
        RequestId::from_bytes(bytes).unwrap()
    }

    #[test]
    fn says_no_only_when_it_knows_everything() {
        let seen = SeenSubjects::new(0);
        let (known, unknown) = (subject(), subject());
        seen.add(&known);
        assert!(seen.may_hold(&known) && seen.may_hold(&unknown));
        seen.set_complete();
        assert!(seen.may_hold(&known) && !seen.may_hold(&unknown));
    }

    #[test]
    fn forgets_no_subject_and_doubts_few() {
        let seen = SeenSubjects::new(0);
        seen.set_complete();
        let added: Vec<_> = (0..100_000).map(|_| subject()).collect();
        added.iter().for_each(|subject| seen.add(subject));
        assert!(added.iter().all(|subject| seen.may_hold(subject)));
        let doubted = (0..10_000).filter(|_| seen.may_hold(&subject())).count();
        assert!(doubted < 50, "{doubted} of 10,000 at a tenth of the room");
    }

    #[test]
    fn requests_are_new_above_the_floor_only() {
        let mut seen = SeenRequests::new(BTreeSet::new());
        assert!(!seen.may_hold(&request(0)), "an empty store has seen none");
        let ids: Vec<_> = (0..REQUESTS as u64 + 100)
            .map(|at| request(1000 + at))
            .collect();
        ids.iter().for_each(|id| seen.add(id));
        assert!(ids.iter().all(|id| seen.may_hold(id)));
        assert!(
            seen.may_hold(&request(5)),
            "below the floor anything may have been"
        );
        assert!(!seen.may_hold(&request(1_000_000)));
        assert!(
            !seen.may_hold(&request(5000)),
            "between known ones, but not one of them"
        );
        seen.add(&request(7));
        assert!(seen.may_hold(&request(1050)), "the floor never sinks");
    }

    #[test]
    fn what_the_database_held_back_is_below_the_floor() {
        let highest = (0..REQUESTS as u64)
            .map(|at| *request(1000 + at).as_bytes())
            .collect();
        let seen = SeenRequests::new(highest);
        assert!(seen.may_hold(&request(900)));
        let few = [request(1000), request(1001)];
        let seen = SeenRequests::new(few.iter().map(|id| *id.as_bytes()).collect());
        assert!(seen.may_hold(&few[0]) && !seen.may_hold(&request(900)));
    }
}
