//! The newest own entries, ready to be sent, so that pushing to five partners costs no five reads of the store.
//!
//! A cache and nothing more: what is not here is read from the store. Bounded by bytes; the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use verbund_ledger::LaneId;
use verbund_wire::federation;

/// Enough for every partner to be some milliseconds behind at full rate; a node at rest holds nothing.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// The newest entries by lane.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    lanes: HashMap<LaneId, VecDeque<(u64, federation::Entry)>>,
    order: VecDeque<(LaneId, usize)>,
    bytes: usize,
}

impl Recent {
    /// Remembers an entry; entries of one lane must come in sequence.
    pub(crate) fn push(&self, lane: LaneId, sequence: u64, entry: federation::Entry) {
        let bytes = size(&entry);
        let mut inner = self
            .inner
            .lock()
            .expect("no code panics while it holds the cache");
        let queue = inner.lanes.entry(lane).or_default();
        if queue.back().is_some_and(|(last, _)| last + 1 != sequence) {
            // A hole would make `after` lie; the store has it all.
            let dropped = queue.len();
            queue.clear();
            inner.forget(&lane, dropped);
        }
        inner
            .lanes
            .entry(lane)
            .or_default()
            .push_back((sequence, entry));
        inner.order.push_back((lane, bytes));
        inner.bytes += bytes;
        while inner.bytes > BYTES_MAX {
            let Some((lane, bytes)) = inner.order.pop_front() else {
                break;
            };
            inner.bytes -= bytes;
            if let Some(queue) = inner.lanes.get_mut(&lane) {
                queue.pop_front();
                if queue.is_empty() {
                    inner.lanes.remove(&lane);
                }
            }
        }
    }

    /// The entries right after `after`, or `None` where the store must be asked.
    pub(crate) fn after(
        &self,
        lane: &LaneId,
        after: u64,
        count: usize,
        bytes: usize,
    ) -> Option<Vec<federation::Entry>> {
        let inner = self
            .inner
            .lock()
            .expect("no code panics while it holds the cache");
        let queue = inner.lanes.get(lane)?;
        let first = queue.front()?.0;
        let skip = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        let mut taken = 0;
        let found: Vec<_> = queue
            .iter()
            .skip(skip)
            .take(count)
            .take_while(|(_, entry)| {
                taken += size(entry);
                taken <= bytes
            })
            .map(|(_, entry)| entry.clone())
            .collect();
        (!found.is_empty()).then_some(found)
    }

    /// Forgets all: something was erased.
    pub(crate) fn clear(&self) {
        *self
            .inner
            .lock()
            .expect("no code panics while it holds the cache") = Inner::default();
    }
}

impl Inner {
    fn forget(&mut self, lane: &LaneId, count: usize) {
        if count == 0 {
            return;
        }
        let freed: usize = self
            .order
            .iter()
            .filter(|(of, _)| of == lane)
            .map(|(_, bytes)| bytes)
            .sum();
        self.order.retain(|(of, _)| of != lane);
        self.bytes -= freed;
    }
}

fn size(entry: &federation::Entry) -> usize {
    let part = |part: &Option<federation::Committed>| {
        part.as_ref()
            .map_or(0, |part| part.salt.len() + part.content.len())
    };
    entry.frame.len() + entry.signature.len() + part(&entry.codes) + part(&entry.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> federation::Entry {
        federation::Entry {
            frame: vec![0; bytes].into(),
            ..Default::default()
        }
    }

    fn lane(n: u8) -> LaneId {
        LaneId([n; 16])
    }

    #[test]
    fn gives_what_follows_and_nothing_across_a_hole() {
        let recent = Recent::default();
        for sequence in 5..10 {
            recent.push(lane(1), sequence, entry(10));
        }
        assert_eq!(
            recent
                .after(&lane(1), 6, 100, 1000)
                .map(|found| found.len()),
            Some(3)
        );
        assert_eq!(
            recent.after(&lane(1), 3, 100, 1000),
            None,
            "4 is only in the store"
        );
        assert_eq!(recent.after(&lane(1), 9, 100, 1000), None);
        recent.push(lane(1), 20, entry(10));
        assert_eq!(
            recent.after(&lane(1), 8, 100, 1000),
            None,
            "10 to 19 are missing"
        );
    }

    #[test]
    fn is_bounded_by_bytes() {
        let recent = Recent::default();
        for sequence in 1..=40 {
            recent.push(
                lane((sequence % 3) as u8),
                sequence / 3 + 1,
                entry(256 * 1024),
            );
        }
        assert!(recent.inner.lock().unwrap().bytes <= BYTES_MAX);
        recent.clear();
        assert_eq!(recent.inner.lock().unwrap().bytes, 0);
    }
}
