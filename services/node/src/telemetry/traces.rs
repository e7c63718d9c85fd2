//! Trace context across agencies: only where both opted in, as links, and on nobody's word but for the ids.
//!
//! What a partner sends can add a link to a span here and nothing else: it can't choose that or whether a span is recorded, can't
//! become its parent, and its baggage and trace state are not even read.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use verbund_ledger::LaneId;
use verbund_model::AgencyId;

/// Publishes whose trace is remembered until their entry is sent: more than are ever between a commit and its push.
const REMEMBERED_MAX: usize = 4096;

/// What a node tells its partners of its traces, and what it takes from theirs.
#[derive(Debug, Default)]
pub struct Traces {
    shared_with: BTreeSet<AgencyId>,
    remembered: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    contexts: HashMap<(LaneId, u64), SpanContext>,
    order: VecDeque<(LaneId, u64)>,
}

impl Traces {
    /// Shares trace ids with these partners and nobody else.
    #[must_use]
    pub fn new(share_with: impl IntoIterator<Item = AgencyId>) -> Self {
        Self {
            shared_with: share_with.into_iter().collect(),
            remembered: Mutex::default(),
        }
    }

    /// Remembers that the entry at this place was published within a span.
    pub fn published(&self, lane: &LaneId, sequence: u64, span: &Span) {
        if !self.shared_with.is_empty() {
            self.remember(lane, sequence, span);
        }
    }

    fn remember(&self, lane: &LaneId, sequence: u64, span: &Span) {
        let context = span.context().span().span_context().clone();
        if !context.is_valid() {
            return;
        }
        let mut remembered = self.remembered();
        let place = (*lane, sequence);
        if remembered.contexts.insert(place, context).is_none() {
            remembered.order.push_back(place);
        }
        if remembered.order.len() > REMEMBERED_MAX
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.contexts.remove(&oldest);
        }
    }

    /// The W3C `traceparent` to send with entries of a lane up to `reached`: the publish of the last of them. Empty where the
    /// partner isn't among those with whom traces are shared, or nothing is known.
    pub fn for_partner(&self, partner: &AgencyId, lane: &LaneId, reached: u64) -> String {
        if !self.shared_with.contains(partner) {
            return String::new();
        }
        let remembered = self.remembered();
        let context = remembered.contexts.get(&(*lane, reached));
        context.map(traceparent).unwrap_or_default()
    }

    /// A span for taking in entries of `origin`, linked to their publish where both agencies share traces. Anything but a
    /// well-formed `traceparent` is passed over.
    pub fn received(&self, origin: &AgencyId, sent: &str) -> Span {
        let span = info_span!("take entries in", %origin);
        if self.shared_with.contains(origin)
            && let Some(context) = parse(sent)
        {
            span.add_link(context);
        }
        span
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered
            .lock()
            .expect("no code panics while it holds the contexts")
    }
}

/// Writes the ids in the form of W3C Trace Context, version 00.
fn traceparent(context: &SpanContext) -> String {
    let flags = context.trace_flags() & TraceFlags::SAMPLED;
    format!(
        "00-{}-{}-{:02x}",
        context.trace_id(),
        context.span_id(),
        flags.to_u8()
    )
}

/// Reads a `traceparent` of version 00. Its flags are dropped: whether a span is recorded is decided here.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let mut part = |digits: usize| {
        let part = parts.next()?;
        let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (part.len() == digits && part.bytes().all(fits)).then_some(part)
    };
    let (version, trace, span, _flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    if version != "00" || parts.next().is_some() {
        return None;
    }
    let trace = TraceId::from_hex(trace).ok()?;
    let span = SpanId::from_hex(span).ok()?;
    let context = SpanContext::new(trace, span, TraceFlags::NOT_SAMPLED, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_gives_its_ids_and_not_its_sampling_decision() {
        let context = parse(GIVEN).unwrap();
        assert!(context.is_remote() && !context.is_sampled());
        assert_eq!(
            traceparent(&context),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
        );
    }

    #[test]
    fn what_is_no_traceparent_is_passed_over() {
        for sent in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-ébf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(parse(sent).is_none(), "{sent}");
        }
    }
}
