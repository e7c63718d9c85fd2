//! How long the guard takes: to be ready, for notes of 280 characters and for texts of 1 KiB.
//!
//! `cargo run --release -p verbund-guard --example timing < corpus.tsv`. The texts of the corpus are strung together to the two
//! lengths, so that nearly every check reads words that the one before did not.

#![expect(clippy::print_stdout, reason = "an example speaks to who runs it")]

use std::error::Error;
use std::io::{Read, stdin};
use std::time::{Duration, Instant};

use verbund_guard::{Guard, GuardSettings};

const ROUNDS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut corpus = String::new();
    stdin().read_to_string(&mut corpus)?;
    let all: String = corpus
        .lines()
        .filter_map(|line| line.rsplit('\t').next())
        .flat_map(|text| [text, " "])
        .collect();
    let started = Instant::now();
    let guard = Guard::new(GuardSettings::default());
    guard.check("Lage ruhig");
    println!("ready after {:?}", started.elapsed());
    for (name, length) in [("280 characters", 280), ("1 KiB", 1024)] {
        let texts = pieces(&all, length);
        let mut first = measure(&guard, &texts);
        let mut rest: Vec<Duration> = (1..ROUNDS).flat_map(|_| measure(&guard, &texts)).collect();
        println!("{name}: {} texts", texts.len());
        tell("  first time", &mut first);
        tell("  afterwards", &mut rest);
    }
    Ok(())
}

fn pieces(all: &str, length: usize) -> Vec<String> {
    let chars: Vec<char> = all.chars().collect();
    chars
        .chunks_exact(length)
        .map(|it| it.iter().collect())
        .collect()
}

fn measure(guard: &Guard, texts: &[String]) -> Vec<Duration> {
    let one = |text: &String| {
        let started = Instant::now();
        std::hint::black_box(guard.check(text));
        started.elapsed()
    };
    texts.iter().map(one).collect()
}

fn tell(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| {
        times
            .get(((times.len() as f64 - 1.0) * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{name}: median {:?}, p99 {:?}, longest {:?}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
