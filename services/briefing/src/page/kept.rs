//! What is said where a period reaches back further than something is kept: a zero would look like a quiet time.

use verbund_wire::agency::Retention;

use crate::frame::Frame;

/// That updates of the period may have been erased already.
pub(crate) fn updates(frame: &Frame) -> String {
    told(frame, ["kept-updates-gone", "kept-updates"], |it| {
        it.update_days
    })
}

/// That figures of the period have been.
pub(crate) fn figures(frame: &Frame) -> String {
    told(frame, ["kept-figures-gone", "kept-figures"], |it| {
        it.reading_days
    })
}

fn told(frame: &Frame, [gone, kept]: [&str; 2], days: impl Fn(&Retention) -> u32) -> String {
    let retention = frame.concept.as_ref().and_then(|it| it.told.retention);
    let gone = frame.t(gone);
    match retention.as_ref().map(days) {
        Some(days) => format!("{gone} {}", frame.t1(kept, "count", days)),
        // A node of an earlier release does not say for how long.
        None => gone.into_owned(),
    }
}
