//! The committee's report as JSON.

use serde_json::{Value, json};
use verbund_wire::agency::{
    Displacement, PlaceChange, Report, ReportCount, ReportSeries, ReportTasks, ReportValue,
};

use super::none_if_empty;

pub(crate) fn report(it: &Report) -> Value {
    let counts = |all: &[ReportCount]| all.iter().map(count).collect::<Value>();
    json!({
        "from_day": it.from_day,
        "to_day": it.to_day,
        "updates": it.updates,
        "updates_before": it.updates_before,
        "left_out": it.left_out,
        "compared": it.compared,
        "complete": it.complete,
        "figures_complete": !it.figures_incomplete,
        "by_category": counts(&it.by_category),
        "by_place": counts(&it.by_place),
        "by_measure": counts(&it.by_measure),
        "by_window": counts(&it.by_window),
        "series": it.series.iter().map(series).collect::<Vec<_>>(),
        "displacement": it.displacement.iter().map(displacement).collect::<Vec<_>>(),
        "tasks": it.tasks.iter().map(tasks).collect::<Vec<_>>(),
        "decisions": counts(&it.decisions),
    })
}

fn count(it: &ReportCount) -> Value {
    json!({ "id": none_if_empty(&it.id), "count": it.count, "before": it.before })
}

fn series(it: &ReportSeries) -> Value {
    let value = |it: &ReportValue| json!({ "day": it.day, "period": it.period, "value": it.value });
    json!({
        "indicator": it.indicator,
        "place": it.place,
        "values": it.values.iter().map(value).collect::<Vec<_>>(),
        "sum": none_if_empty(&it.sum),
    })
}

fn displacement(it: &Displacement) -> Value {
    let change =
        |it: &PlaceChange| json!({ "place": it.place, "before": it.before, "now": it.now });
    json!({
        "category": it.category,
        "from_place": it.from_place,
        "from_before": it.from_before,
        "from_now": it.from_now,
        "to": it.to.iter().map(change).collect::<Vec<_>>(),
    })
}

fn tasks(it: &ReportTasks) -> Value {
    json!({
        "measure": it.measure,
        "opened": it.opened,
        "open": it.open,
        "overdue": it.overdue,
        "done": it.done,
        "declined": it.declined,
    })
}
