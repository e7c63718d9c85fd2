//! In which windows entries were first shown, as nodes tell each other and callers.

use bytes::Bytes;
use verbund_ledger::LaneId;
use verbund_model::{Day, WindowId};

use super::{ConversionError, day, fixed, id};
use crate::{agency, federation};

/// One entry's first showing at an agency: a window, and nothing that is finer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    /// The entry's lane.
    pub lane: LaneId,
    /// The entry's place in it, from 1.
    pub sequence: u64,
    /// The day that the window belongs to.
    pub day: Day,
    /// The window. Whether the charter has it is for the reader to know.
    pub window: WindowId,
}

/// A showing as it travels.
#[must_use]
pub fn to_wire(it: &Showing) -> federation::Showing {
    federation::Showing {
        lane: Bytes::copy_from_slice(&it.lane.0),
        sequence: it.sequence,
        day: it.day.to_string(),
        window: it.window.as_str().to_owned(),
    }
}

/// A showing as a partner tells it. Nothing about it is believed yet.
///
/// # Errors
/// A field that is none.
pub fn from_wire(it: &federation::Showing) -> Result<Showing, ConversionError> {
    if it.sequence == 0 {
        return Err(ConversionError::missing("sequence"));
    }
    Ok(Showing {
        lane: LaneId(fixed(&it.lane, "lane", "is not 16 bytes")?),
        sequence: it.sequence,
        day: day(&it.day, "day")?,
        window: id(&it.window, "window", WindowId::parse)?,
    })
}

/// A showing as callers see it.
#[must_use]
pub fn first_to_wire(day: Day, window: &WindowId) -> agency::FirstShown {
    agency::FirstShown {
        day: day.to_string(),
        window: window.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn showing() -> Showing {
        Showing {
            lane: LaneId([7; 16]),
            sequence: 3,
            day: "2026-11-27".parse().expect("a day"),
            window: WindowId::parse("14-18").expect("a window"),
        }
    }

    #[test]
    fn a_showing_goes_both_ways() {
        assert_eq!(from_wire(&to_wire(&showing())), Ok(showing()));
        let told = first_to_wire(showing().day, &showing().window);
        assert_eq!((&*told.day, &*told.window), ("2026-11-27", "14-18"));
    }

    #[test]
    fn what_is_no_showing_is_refused_by_its_field() {
        let good = to_wire(&showing());
        let refused = |it: federation::Showing, path: &str| {
            assert_eq!(from_wire(&it).expect_err("must be refused").path(), path);
        };
        let with = |change: fn(&mut federation::Showing)| {
            let mut it = good.clone();
            change(&mut it);
            it
        };
        refused(with(|it| it.lane = vec![1; 15].into()), "lane");
        refused(with(|it| it.lane = Bytes::new()), "lane");
        refused(with(|it| it.sequence = 0), "sequence");
        refused(with(|it| it.day = "27.11.2026".to_owned()), "day");
        refused(with(|it| it.day = "2026-11-27T14:03".to_owned()), "day");
        refused(with(|it| it.day.clear()), "day");
        refused(with(|it| it.window = "14:03 Uhr".to_owned()), "window");
        refused(with(|it| it.window.clear()), "window");
    }
}
