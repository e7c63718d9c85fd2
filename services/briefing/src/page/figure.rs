//! Charts that several pages show.

use verbund_wire::agency::{Displacement, PictureDay};

use crate::chart::{Bar, Bars, Change, DayCount, Days, Figure, Shift};
use crate::frame::Frame;

/// How often something was told, by day.
pub(crate) fn days(frame: &Frame, days: &[PictureDay]) -> Option<Figure> {
    let highest = days.iter().max_by_key(|it| it.count)?;
    let description = frame.t2(
        "picture-day-peak",
        "day",
        frame.day(&highest.day),
        "count",
        highest.count,
    );
    let day = |it: &PictureDay| DayCount {
        short: frame.day_short(&it.day),
        name: frame.day(&it.day),
        count: it.count,
    };
    Days {
        id: "days",
        lang: frame.lang,
        caption: frame.t("picture-days").into_owned(),
        description: description.into_owned(),
        row_head: frame.t("chart-day").into_owned(),
        count_head: frame.t("chart-updates").into_owned(),
        days: days.iter().map(day).collect(),
    }
    .draw()
}

/// How often something was told, by whatever `head` names; both are keys of the catalogue.
pub(crate) fn counts(
    frame: &Frame,
    id: &str,
    [caption, head]: [&str; 2],
    compares: bool,
    bars: Vec<Bar>,
) -> Option<Figure> {
    let highest = bars.iter().max_by_key(|it| it.now)?;
    let description = frame.t2(
        "report-most",
        "name",
        highest.name.clone(),
        "count",
        highest.now,
    );
    Bars {
        id,
        lang: frame.lang,
        caption: frame.t(caption).into_owned(),
        description: description.into_owned(),
        row_head: frame.t(head).into_owned(),
        now_head: frame.t("chart-now").into_owned(),
        before_head: compares.then(|| frame.t("chart-before").into_owned()),
        bars,
    }
    .draw()
}

/// What fell at one place while it rose at others.
pub(crate) fn shift(
    frame: &Frame,
    index: usize,
    it: &Displacement,
    href: impl Fn(&str) -> String,
) -> Option<Figure> {
    let change = |place: &str, before: u32, now: u32| Change {
        name: frame.place(place),
        href: href(place),
        before,
        now,
    };
    let to: Vec<Change> = it
        .to
        .iter()
        .map(|to| change(&to.place, to.before, to.now))
        .collect();
    let names: Vec<&str> = to.iter().map(|it| it.name.as_str()).collect();
    let description = frame.t2(
        "picture-shift-text",
        "from",
        frame.place(&it.from_place),
        "to",
        names.join(", "),
    );
    Shift {
        id: &format!("shift-{index}"),
        lang: frame.lang,
        caption: frame.category(&it.category),
        description: description.into_owned(),
        heads: ["chart-place", "chart-before", "chart-now", "chart-change"]
            .map(|it| frame.t(it).into_owned()),
        from: change(&it.from_place, it.from_before, it.from_now),
        to,
    }
    .draw()
}
