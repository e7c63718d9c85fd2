//! Recall and false alarms of the guard on a labelled corpus from the standard input.
//!
//! `cargo run --release -p verbund-guard --example evaluate < corpus.tsv`. The table goes to the standard output, the names of
//! the texts that were judged wrongly to the standard error.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example speaks to who runs it"
)]

use std::error::Error;
use std::io::{Read, stdin};

use verbund_guard::evaluate;
use verbund_guard::{Guard, GuardSettings};

/// The facilities of the example charter whose names hold an address.
const PLACES: &[&str] = &[
    "DHZ, Schwertstraße 80",
    "Kontaktpunkt City, Königstraße 114",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut corpus = String::new();
    stdin().read_to_string(&mut corpus)?;
    let guard = Guard::new(GuardSettings::default().with_places(PLACES));
    let report = evaluate::corpus(&guard, &corpus)?;
    println!("class            stop recall reject |  pass   held refused");
    let mut rows: Vec<_> = report
        .classes
        .iter()
        .map(|(name, tally)| (name.as_str(), *tally))
        .collect();
    rows.push(("all", report.total()));
    for (name, it) in rows {
        println!(
            "{name:14} {:6} {:5.1}% {:6} | {:5} {:5.1}% {:6.1}%",
            it.stop,
            it.recall() * 100.0,
            it.rejected,
            it.pass,
            it.held_share() * 100.0,
            it.refused_share() * 100.0,
        );
    }
    for error in &report.errors {
        eprintln!(
            "{} {} {} {:?}",
            error.id, error.class, error.outcome, error.rules
        );
    }
    Ok(())
}
