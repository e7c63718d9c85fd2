//! What was measured, as a table for people and as JSON.

use std::collections::BTreeMap;

use clap::ValueEnum as _;
use comfy_table::{CellAlignment, Table};
use serde_json::{Map, Value, json};
use verbund_store::Engine;

use super::lab::Used;
use super::machine::Machine;
use super::measures::Name;
use super::scrape::Mean;
use super::statistics::median;
use super::words as text;
use crate::output::new_table;
use crate::text::Text;

/// One thing that was measured.
#[derive(Debug)]
pub(super) struct Measure {
    name: Name,
    pub(super) what: Text,
    engine: Engine,
    pub(super) figures: Vec<Figure>,
    /// Updates that the processor time was spent on.
    entries: usize,
    used: Used,
    /// The means of the nodes' own histograms in the last run, by role.
    pub(super) stages: BTreeMap<&'static str, BTreeMap<String, Mean>>,
}

impl Measure {
    pub(super) fn new(name: Name, what: Text, engine: Engine) -> Self {
        Self {
            name,
            what,
            engine,
            figures: Vec::new(),
            entries: 0,
            used: Used::default(),
            stages: BTreeMap::new(),
        }
    }

    /// Adds what a run used for so many updates.
    pub(super) fn add(&mut self, used: &Used, entries: usize) {
        self.used.add(used);
        self.entries += entries;
    }

    /// What it is called: with its engine where that is not the one that all have.
    fn title(&self) -> String {
        match self.engine {
            Engine::Sqlite => self.what.to_string(),
            Engine::Postgres => format!("{} ({})", self.what, self.engine.name()),
        }
    }

    fn microseconds(&self, seconds: f64) -> f64 {
        seconds * 1e6 / self.entries.max(1) as f64
    }

    /// Processors that everybody else kept busy meanwhile.
    fn others(&self) -> f64 {
        if self.used.seconds > 0.0 {
            self.used.others / self.used.seconds
        } else {
            0.0
        }
    }

    fn json(&self) -> Value {
        let mut cpu = Map::new();
        for (role, spent) in &self.used.by_role {
            let threads = spent.threads.iter();
            let threads: BTreeMap<_, _> = threads
                .map(|(name, spent)| (name, rounded(self.microseconds(*spent))))
                .collect();
            cpu.insert(
                (*role).to_owned(),
                json!({
                    "us_per_entry": rounded(self.microseconds(spent.total())),
                    "us_per_entry_user": rounded(self.microseconds(spent.user)),
                    "us_per_entry_system": rounded(self.microseconds(spent.system)),
                    "us_per_entry_by_thread": threads,
                }),
            );
        }
        let stage = |(name, mean): (&String, &Mean)| {
            (
                name.clone(),
                json!({ "mean": mean.mean, "count": mean.count }),
            )
        };
        let stages = self.stages.iter().map(|(role, means)| {
            let means: Map<_, _> = means.iter().map(stage).collect();
            ((*role).to_owned(), Value::Object(means))
        });
        json!({
            "name": name_of(self.name),
            "engine": self.engine.name(),
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
            "entries": self.entries,
            "cpu": cpu,
            "busy_processors_of_others": rounded(self.others()),
            "stages": stages.collect::<Map<_, _>>(),
        })
    }
}

/// A figure, from one or several runs.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    name: &'static str,
    label: Text,
    unit: Unit,
    target: Option<Target>,
    /// Which percentile it is, where the name doesn't say.
    per_cent: Option<f64>,
    runs: Vec<f64>,
    largest: bool,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    PerSecond,
    Milliseconds,
    Seconds,
    Mebibytes,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::PerSecond => format!("{value:.0}/s"),
            Self::Milliseconds => format!("{value:.2} ms"),
            Self::Seconds => format!("{value:.2} s"),
            Self::Mebibytes => format!("{value:.1} MiB"),
        }
    }
}

/// What is asked of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(target) => value >= target,
            Self::AtMost(target) => value <= target,
        }
    }
}

impl Figure {
    pub(super) fn new(name: &'static str, label: Text, unit: Unit, target: Option<Target>) -> Self {
        Self {
            name,
            label,
            unit,
            target,
            per_cent: None,
            runs: Vec::new(),
            largest: false,
        }
    }

    /// Names the percentile that it is.
    pub(super) fn of(mut self, per_cent: f64) -> Self {
        self.per_cent = Some(per_cent);
        self
    }

    fn name(&self) -> String {
        match self.per_cent {
            Some(per_cent) => format!("{}_ms_p{per_cent}", self.name),
            None => self.name.to_owned(),
        }
    }

    fn label(&self) -> String {
        match self.per_cent {
            Some(per_cent) => format!("{} p{per_cent}", self.label),
            None => self.label.to_string(),
        }
    }

    /// Adds a run's value.
    pub(super) fn push(&mut self, value: f64) {
        self.runs.push(value);
    }

    /// The largest value counts, not the median.
    pub(super) fn count_largest(&mut self) {
        self.largest = true;
    }

    /// The last run's value, for people.
    pub(super) fn last(&self) -> String {
        self.unit
            .show(self.runs.last().copied().unwrap_or(f64::NAN))
    }

    fn value(&self) -> f64 {
        if self.largest {
            self.runs.iter().copied().fold(f64::NAN, f64::max)
        } else {
            median(&self.runs)
        }
    }

    fn json(&self) -> Value {
        let (least, most) = match self.target {
            Some(Target::AtLeast(target)) => (Some(target), None),
            Some(Target::AtMost(target)) => (None, Some(target)),
            None => (None, None),
        };
        json!({
            "name": self.name(),
            "value": rounded(self.value()),
            "runs": self.runs.iter().copied().map(rounded).collect::<Vec<_>>(),
            "at_least": least,
            "at_most": most,
            "met": self.target.map(|target| target.met_by(self.value())),
        })
    }
}

/// All of it as one JSON object.
pub(super) fn json(machine: &Machine, entry_bytes: usize, quick: bool, all: &[Measure]) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "release": !cfg!(debug_assertions),
        "quick": quick,
        "entry_bytes": entry_bytes,
        "machine": machine.json(),
        "measures": all.iter().map(Measure::json).collect::<Vec<_>>(),
    })
}

/// The figures beside what is asked of them.
pub(super) fn figures(all: &[Measure]) -> Table {
    let mut table = new_table([
        text::COLUMN_MEASURE,
        text::COLUMN_FIGURE,
        text::COLUMN_RESULT,
        text::COLUMN_TARGET,
        text::COLUMN_MET,
    ]);
    for measure in all {
        for (index, figure) in measure.figures.iter().enumerate() {
            let value = figure.value();
            let target = match figure.target {
                Some(Target::AtLeast(target)) => format!("≥ {}", figure.unit.show(target)),
                Some(Target::AtMost(target)) => format!("≤ {}", figure.unit.show(target)),
                None => String::new(),
            };
            let met = figure.target.map(|target| match target.met_by(value) {
                true => crate::text::YES,
                false => crate::text::NO,
            });
            table.add_row([
                if index == 0 {
                    measure.title()
                } else {
                    String::new()
                },
                figure.label(),
                figure.unit.show(value),
                target,
                met.map(|met| met.to_string()).unwrap_or_default(),
            ]);
        }
    }
    right(&mut table, &[2, 3]);
    table
}

/// Where the processors' time went.
pub(super) fn cpu(all: &[Measure]) -> Table {
    let mut table = new_table([
        text::COLUMN_MEASURE,
        text::COLUMN_PROCESS,
        text::COLUMN_CPU,
        text::COLUMN_CPU_SYSTEM,
        text::COLUMN_THREADS,
    ]);
    for measure in all.iter().filter(|it| it.entries > 0) {
        for (index, (role, spent)) in measure.used.by_role.iter().enumerate() {
            let threads = spent.threads.iter();
            let mut threads: Vec<_> = threads
                .map(|(name, spent)| (measure.microseconds(*spent), name))
                .collect();
            threads.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
            let threads: Vec<_> = threads
                .into_iter()
                .map(|(spent, name)| format!("{name} {spent:.1}"))
                .collect();
            table.add_row([
                if index == 0 {
                    measure.title()
                } else {
                    String::new()
                },
                (*role).to_owned(),
                format!("{:.1}", measure.microseconds(spent.total())),
                format!("{:.1}", measure.microseconds(spent.system)),
                threads.join(", "),
            ]);
        }
        table.add_row([
            String::new(),
            text::OTHERS.to_string(),
            text::BUSY.fill(&[&format!("{:.0}", measure.others() * 100.0)]),
            String::new(),
            String::new(),
        ]);
    }
    right(&mut table, &[2, 3]);
    table
}

/// What the nodes themselves say of their stages.
pub(super) fn stages(all: &[Measure]) -> Table {
    let mut table = new_table([
        text::COLUMN_MEASURE,
        text::COLUMN_PROCESS,
        text::COLUMN_STAGE,
        text::COLUMN_MEAN,
        text::COLUMN_COUNT,
    ]);
    for measure in all {
        for (role, means) in &measure.stages {
            for (name, mean) in means {
                let shown = if name.contains("_seconds") {
                    format!("{:.3} ms", mean.mean * 1e3)
                } else {
                    format!("{:.1}", mean.mean)
                };
                table.add_row([
                    measure.title(),
                    (*role).to_owned(),
                    name.trim_start_matches("verbund_").to_owned(),
                    shown,
                    format!("{:.0}", mean.count),
                ]);
            }
        }
    }
    right(&mut table, &[3, 4]);
    table
}

fn right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// The name as it is given on the command line.
fn name_of(name: Name) -> String {
    let value = name.to_possible_value();
    value
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

/// Three decimals: what is behind them is noise.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_of_its_runs_and_held_against_its_target() {
        let target = Some(Target::AtMost(2.0));
        let mut figure = Figure::new("t_ms", text::P50, Unit::Milliseconds, target);
        for value in [9.0, 1.5, 2.0] {
            figure.push(value);
        }
        let json = figure.json();
        assert_eq!((&json["value"], &json["met"]), (&json!(2.0), &json!(true)));
        figure.count_largest();
        let json = figure.json();
        assert_eq!((&json["value"], &json["met"]), (&json!(9.0), &json!(false)));
    }

    #[test]
    fn at_least_is_met_by_as_much() {
        assert!(Target::AtLeast(2.0).met_by(2.0) && !Target::AtLeast(2.0).met_by(1.9));
        assert!(
            !Target::AtLeast(2.0).met_by(f64::NAN),
            "nothing measured is nothing met"
        );
    }
}
